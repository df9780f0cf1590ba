"""Textures that tile: what leaves a picture at one edge comes in at the opposite one.

A network sees a border where a picture ends, and paints it like one. So it is shown more than the
picture: beyond each edge, what stands at the opposite edge. There the seam lies in the middle of
what it sees, and has to be texture as everything else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from nstlib.lbfgs import Evaluate
from nstlib.losses import Tensor


def wrap(image: Tensor, margin: int) -> tf.Tensor:
    """Go on beyond the edges with what stands at the opposite edges.

    Args:
        image: (B, H, W, channels).
        margin: how far on each side, in pixels, at most H and W.

    Returns an image (B, H + 2 margin, W + 2 margin, channels); the gradient flows through it.

    Raises:
        ValueError: a margin that is no whole number from 0 to the shorter side.

    >>> wrap(tf.reshape([1.0, 2.0, 3.0], (1, 1, 3, 1)), 1)[0, 1, :, 0].numpy()
    array([3., 1., 2., 3., 1.], dtype=float32)
    """
    image = tf.convert_to_tensor(image)
    shortest = min(image.shape[1:3])
    if type(margin) is not int or not 0 <= margin <= shortest:
        raise ValueError(
            f"margin is {margin!r}: give a whole number from 0 to the shorter side, {shortest}"
        )
    for axis in (1, 2):
        side = image.shape[axis]
        places = tf.range(-margin, side + margin) % side
        image = tf.gather(image, places, axis=axis)
    return image


def tileable(objective: Evaluate, margin: int = 32) -> Evaluate:
    """An objective of an image that is looked at as if it went on beyond its edges.

    Args:
        objective: gives loss and gradient (and perhaps terms) of `wrap(image, margin)`: for images
            (1, H, W, 3) an `Objective` for content pictures with 2 margin more in height and width.
        margin: how far beyond each edge it is shown, in pixels: more than what the deepest layer
            sees to one side is of no use.

    Returns an objective for `paint`. Pixels that are seen twice get both gradients.

    >>> def bowl(x):  # a sum over 5 x 5 pixels: of a single one, 25 times
    ...     return tf.reduce_sum(x**2), 2 * x
    >>> loss, gradient = tileable(bowl, margin=1)(tf.ones((1, 3, 3, 1)))
    >>> float(loss), gradient[0, :, :, 0].numpy()  # those at the edges are seen more than once
    (25.0, array([[8., 4., 8.],
           [4., 2., 4.],
           [8., 4., 8.]], dtype=float32))
    """

    def evaluate(image: Tensor) -> tuple[Any, ...]:
        image = tf.convert_to_tensor(image)
        with tf.GradientTape() as tape:
            tape.watch(image)
            seen = wrap(image, margin)
        loss, gradient, *more = objective(seen)
        return loss, tape.gradient(seen, image, output_gradients=gradient), *more

    return evaluate


def repeat(image: Any, times: int = 2) -> np.ndarray:
    """An image beside and below itself, so often in each direction: (1, H, W, 3) to larger.

    >>> repeat(np.zeros((1, 16, 24, 3))).shape
    (1, 32, 48, 3)
    """
    return np.tile(np.asarray(image), (1, times, times, 1))


def seam(image: Any) -> float:
    """How much an image shows its edges when it is laid beside and below itself.

    Across the seam neighbours differ by so much on average; elsewhere, line for line, by that much:
    the former over the mean of the latter, of the two directions the larger number. About 1 is a
    seam that is no seam; photographs have 3 and more.

    Args:
        image: (1, H, W, channels) of at least 3 pixels a side, not of one colour.

    >>> seam(np.arange(4.0).reshape(1, 1, 4, 1) * np.ones((1, 4, 1, 1)))  # 0 1 2 3, then 0 again
    3.0
    """
    found = []
    for axis in (1, 2):
        x = np.moveaxis(np.asarray(image, "float64"), axis, 0)
        lines = np.abs(x - np.roll(x, 1, axis=0)).reshape(len(x), -1).mean(axis=1)
        across, inside = lines[0], lines[1:].mean()
        found.append(across / inside if inside else 0.0)
    return float(max(found))
