"""nstlib itself as a contender, and the problems that all contenders are given."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps
from problem import CONTENT_WEIGHT, LAYERS, STYLE_WEIGHT, TV_WEIGHT, Problem

from nstlib import FeatureExtractor, Objective, example_path, load_image
from nstlib.lbfgs import lbfgs


@functools.cache
def extractor_of(network: str, precision: str = "float32", pooling: str = "max"):
    return FeatureExtractor(LAYERS, network, pooling, precision=precision)


def make_problem(network: str, pair: tuple[str, str], shape: tuple[int, int]) -> Problem:
    """Two example pictures, scaled and cropped to (height, width), multiples of 16."""
    layers = extractor_of(network).model.layers
    weights = {layer.name: tuple(layer.get_weights()) for layer in layers if "_conv" in layer.name}
    return Problem(network, weights, *(picture(name, shape) for name in pair))


def picture(name: str, shape: tuple[int, int]) -> np.ndarray:
    """An example picture, scaled and cropped to (height, width)."""
    height, width = shape
    with Image.open(example_path(name)) as image:
        return load_image(ImageOps.fit(image.convert("RGB"), (width, height)))


class Ours:
    """What `stylize` does in the convention `relative`: L-BFGS on an `Objective`, from the content.

    Args:
        problem: its weights are not looked at: the network's own are the same.
        precision, pooling: as in `FeatureExtractor`.
        judged: whether `run` reports the loss in float32, whatever the precision it paints with:
            losses that are compared have to be measured alike. This costs time.
    """

    def __init__(self, problem: Problem, precision="float32", pooling="max", judged=False):
        def objective(precision):
            return Objective(
                extractor_of(problem.network, precision, pooling),
                problem.content,
                problem.style,
                convention="relative",
                content_weight=CONTENT_WEIGHT,
                style_weight=STYLE_WEIGHT,
                tv_weight=TV_WEIGHT,
            )

        self.content = tf.constant(problem.content)
        self.objective = objective(precision)
        self.judge = None
        if judged and precision != "float32":
            self.judge = tf.function(objective("float32").terms, autograph=False)

    def evaluate(self, image):
        loss, gradient, _ = self.objective(image)
        return float(loss), gradient.numpy()

    def run(self, enough, optimizer=lbfgs):
        for point in optimizer(self.objective, self.content):
            reported = point.value if self.judge is None else tf.reduce_sum(self.judge(point.x))
            if enough(float(reported)):
                break
