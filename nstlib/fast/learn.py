"""Teach the network of many styles a new one, by training the numbers of that style alone.

The network stays as it is; Adam looks for the one or two thousand numbers with which it paints like
the given picture. Dumoulin et al. 2017, section 3.3, found that enough.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from nstlib.backend import check_eager, keras
from nstlib.engine.checkpoint import file_name
from nstlib.engine.precision import faster_precision
from nstlib.engine.settings import check_whole
from nstlib.fast import perceptual
from nstlib.fast.styles import LearntStyle, known_styles, weights_path
from nstlib.fast.stylize import STYLE_SIZE
from nstlib.fast.transfer_network import load_transfer_network
from nstlib.images import data_folder, examples
from nstlib.images.loading import open_image
from nstlib.images.sources import name_of

LEARNING_RATE = 0.06  # at first; it falls to 0 as a cosine does
CROP, BATCH = 128, 4  # what the network paints at a step: side in pixels, and how many
PHOTOGRAPH_SIZE = 320  # longer side of the photographs that are painted
# The network holds on to a photograph by itself, whatever the numbers.
WEIGHTS = {**perceptual.WEIGHTS, "content": 1.3}


class Learning(NamedTuple):
    """What a callback of `learn_style` is told: steps so far, the loss, and the style so far."""

    step: int
    loss: float
    style: LearntStyle


def learn_style(
    painting: Any,
    *,
    steps: int = 50,
    photographs: Iterable[Any] | None = None,
    name: str | None = None,
    callback: Callable[[Learning], bool | None] | None = None,
    progress: bool = True,
    seed: int = 0,
) -> LearntStyle:
    """Learn a style of its own from any picture; seconds, and then it paints at once.

    Args:
        painting: the style picture, as `load_image` takes it.
        steps: of the training; the course's own styles had some hundreds each.
        photographs: pictures to practise on, as `load_image` takes them; without them the five of
            the course. More of them keep more of a photograph's shapes.
        name: of the style; without it the picture's file name.
        callback: called after every step with a `Learning`; returns True to stop.
        progress: whether to show a bar.
        seed: of what is drawn from the photographs.

    Returns the style, which `fast_stylize` paints in and `save` keeps. An interruption (Ctrl-C, the
    notebook's stop button) ends the training with what was learnt.

    Raises:
        KeyboardInterrupt: before anything was.
        ValueError: a picture or a number that cannot be used.

    >>> wood = np.random.default_rng(0).random((64, 1, 3)).repeat(64, axis=1)
    >>> learn_style(wood, steps=1, name="wood", progress=False).name
    'wood'
    """
    check_eager()
    check_whole("steps", steps, 1)
    check_whole("seed", seed, 0)
    picture = open_image(painting, "the painting")
    target = picture.load(STYLE_SIZE)
    if min(target.shape[1:3]) < perceptual.SMALLEST:
        height, width = target.shape[1:3]
        raise ValueError(
            f"{name_of(painting, 'the painting')} is too small to learn from, {width}x{height} "
            f"pixels when its longer side has {STYLE_SIZE} at most: both sides need "
            f"{perceptual.SMALLEST} or more"
        )
    sources = [data_folder() / "content" / f"{each}.jpg" for each in examples("content")]
    crops = Practice(sources if photographs is None else photographs, seed)
    precision = faster_precision() or "float32"
    lesson = Lesson(target, precision)
    numbers = tf.Variable(lesson.nearest(crops.draw()), name="numbers")
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    optimizer = keras.optimizers.Adam(schedule, beta_2=0.99)
    optimizer.build([numbers])
    if name is None:
        named = isinstance(painting, (str, os.PathLike))
        name = PurePath(file_name(painting)).stem if named else "a painting"
    learnt: LearntStyle | None = None
    with tqdm(total=steps, desc=f"learning {name}", disable=not progress) as bar:
        try:
            for step in range(1, steps + 1):
                loss, gradient = lesson.loss_and_gradient(numbers, tf.constant(crops.draw()))
                optimizer.apply([gradient], [numbers])
                learnt = LearntStyle(name, numbers.numpy())
                bar.set_postfix_str(f"loss {float(loss):.2f}", refresh=False)
                bar.update()
                if callback and callback(Learning(step, float(loss), learnt)):
                    break
        except KeyboardInterrupt:
            if learnt is None:
                raise
    assert learnt is not None  # there is a step at least
    return learnt


class Lesson:
    """The network, with the loss of what it paints against one painting.

    Args:
        painting: (1, H, W, 3), whose style is learnt.
        precision: of the convolutions.
    """

    def __init__(self, painting: np.ndarray, precision: str):
        self.network, _ = load_transfer_network(weights_path(), precision)
        self.look = perceptual.looking(precision)
        self.target = perceptual.gram_matrices(self.look(tf.constant(painting)))
        self.loss_and_gradient = tf.function(self._loss_and_gradient, autograph=False)

    def _loss_and_gradient(self, numbers: tf.Tensor, photographs: tf.Tensor) -> Any:
        """The mean loss of a batch painted with these numbers (N,), and where it falls."""
        with tf.GradientTape() as tape:
            tape.watch(numbers)
            rows = tf.tile(numbers[tf.newaxis], [photographs.shape[0], 1])
            loss = tf.reduce_mean(perceptual.total(self.terms(rows, photographs), WEIGHTS))
        return loss, tape.gradient(loss, numbers)

    def terms(self, rows: tf.Tensor, photographs: tf.Tensor) -> dict[str, tf.Tensor]:
        """The terms of the loss of each photograph, painted with the numbers in its row."""
        paintings = self.network(photographs, rows)
        seen = self.look(photographs)
        return perceptual.terms(paintings, self.look(paintings), seen, self.target)

    def nearest(self, photographs: np.ndarray) -> np.ndarray:
        """The numbers of the known style that paints most like the painting, to begin with."""
        rows = np.stack(list(known_styles().values()))
        again = np.repeat(photographs[:1], len(rows), axis=0)
        terms = self.terms(tf.constant(rows), tf.constant(again))
        return rows[np.argmin(perceptual.total(terms, WEIGHTS))]


class Practice:
    """Crops of photographs to practise on.

    Raises:
        ValueError: no photograph, or one that is too small.
    """

    def __init__(self, photographs: Iterable[Any], seed: int):
        self.images = []
        for number, each in enumerate(photographs, start=1):
            image = open_image(each, f"photograph {number}").load(PHOTOGRAPH_SIZE)[0]
            if min(image.shape[:2]) < CROP:
                height, width = image.shape[:2]
                raise ValueError(
                    f"{name_of(each, f'photograph {number}')} is too small to practise on, "
                    f"{width}x{height} pixels: both sides need {CROP} or more"
                )
            self.images.append(image)
        if not self.images:
            raise ValueError("there are no photographs to practise on: give at least one")
        self.rng = np.random.default_rng(seed)

    def draw(self) -> np.ndarray:
        """A batch of crops, some of them mirrored."""
        return np.stack([self._crop() for _ in range(BATCH)])

    def _crop(self) -> np.ndarray:
        image = self.images[self.rng.integers(len(self.images))]
        top, left = (self.rng.integers(side - CROP + 1) for side in image.shape[:2])
        crop = image[top : top + CROP, left : left + CROP]
        return crop[:, ::-1] if self.rng.random() < 0.5 else crop
