"""What a fast network is trained to make small: the loss of a painting, seen by vgg19-lite.

The terms of a picture that is optimised (Gatys et al. 2015), but of many paintings at once: Johnson
et al. 2016 call it the perceptual loss. Each term is relative, so that the same weights suit all
styles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from nstlib.backend import keras
from nstlib.conventions import FIRST_OF_EACH_BLOCK
from nstlib.losses import Tensor, gram_matrix, neighbour_differences
from nstlib.networks import FeatureExtractor, layer_table

ops = keras.ops

Features = Mapping[str, Tensor]

CONTENT_LAYER = "block3_conv4"
# Colours and strokes are in the first three blocks, and count the most.
STYLE_LAYERS = dict(zip(FIRST_OF_EACH_BLOCK, (2.0, 2.0, 3.0, 1.0, 0.5), strict=True))
FLOOR = 0.01  # a relative distance from which it hardly pays to come any closer
WEIGHTS = {"content": 2.5, "style": 7.5, "variation": 0.25}
# VGG hardly minds a fringe of red beside green: that a colour changes counts so many times more.
COLORS = 80.0
BORDER = 8  # pixels beside the black that VGG pads pictures with: they count in no term
SMALLEST = 3 * BORDER  # side of a picture, so that every layer has something between its borders


def looking(precision: str = "float32") -> Callable[[Tensor], Features]:
    """A function that gives the features of pictures (B, H, W, 3), those at the border left out."""
    layers = [CONTENT_LAYER, *STYLE_LAYERS]
    extractor = FeatureExtractor(layers, pooling="max", precision=precision)
    cuts = {name: BORDER // layer_table()[name].scale for name in layers}

    def look(images: Tensor) -> Features:
        return {name: _inside(F, cuts[name]) for name, F in extractor(images).items()}

    return look


def _inside(F: Tensor, cut: int) -> Tensor:
    return F[:, cut : F.shape[1] - cut, cut : F.shape[2] - cut]


def gram_matrices(features: Features) -> dict[str, Tensor]:
    """The Gram matrix (B, C, C) of the features at each of the style's layers."""
    return {name: gram_matrix(features[name]) for name in STYLE_LAYERS}


def relative_distance(values: Tensor, target: Tensor) -> Tensor:
    """|values - target|^2 / |target|^2, for each picture of a batch: (B,).

    >>> relative_distance([[1.0, 2.0]], [[0.0, 2.0]]).numpy()
    array([0.25], dtype=float32)
    """
    values, target = ops.convert_to_tensor(values), ops.convert_to_tensor(target)
    axes = tuple(range(1, len(target.shape)))
    error, size = (ops.mean(ops.square(each), axes) for each in (values - target, target))
    return error / (size + 1e-8)


def log_distance(distance: Tensor) -> Tensor:
    """A relative distance on a logarithmic scale: 0 for none, 1 for a distance of 1.

    So it pays as much to halve a distance that is small already as a large one, and no style and no
    layer that is far off decides every step.

    >>> [round(float(log_distance(distance)), 2) for distance in (0, 0.1, 0.2, 0.4, 1)]
    [0.0, 0.52, 0.66, 0.8, 1.0]
    """
    return ops.log1p(distance / FLOOR) / math.log1p(1 / FLOOR)


def variation(paintings: Tensor) -> Tensor:
    """How much pixels (B, H, W, 3) differ from their neighbours, above all in colour: (B,).

    >>> black_and_white, red_and_green = [[0.0] * 3, [1.0] * 3], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    >>> variation([[black_and_white] * 2, [red_and_green] * 2]).numpy().round(1)
    array([ 1., 54.], dtype=float32)
    """
    total = 0.0
    for step in neighbour_differences(ops.convert_to_tensor(paintings)):
        color = step - ops.mean(step, -1, keepdims=True)
        total += ops.mean(ops.abs(step), (1, 2, 3)) + COLORS * ops.mean(ops.abs(color), (1, 2, 3))
    return total


def terms(
    paintings: Tensor, painted: Features, photographs: Features, style: Features
) -> dict[str, Tensor]:
    """The three terms of each painting, by the names of `WEIGHTS`, unweighted: (B,) each.

    Args:
        paintings: (B, H, W, 3).
        painted, photographs: their features, and those of the photographs.
        style: what the Gram matrices of the paintings should be.
    """
    seen = gram_matrices(painted)
    distances = [
        weight * log_distance(relative_distance(seen[name], style[name]))
        for name, weight in STYLE_LAYERS.items()
    ]
    return {
        "content": relative_distance(painted[CONTENT_LAYER], photographs[CONTENT_LAYER]),
        "style": sum(distances) / sum(STYLE_LAYERS.values()),
        "variation": variation(paintings[:, BORDER:-BORDER, BORDER:-BORDER]),
    }


def total(each: Mapping[str, Tensor], weights: Mapping[str, float] = WEIGHTS) -> Tensor:
    """The weighted sum of the `terms`: (B,)."""
    return sum(weights[name] * value for name, value in each.items())
