"""Styles as whole distributions of features, compared along many directions by sorting.

Mean and covariance say how far a cloud of features reaches in each direction, and not what lies in
between. Along one direction every feature is a number, and of two heaps of numbers the cheapest
transport is known: the smallest goes to the smallest, the next to the next, and so on. Symbols as
in `nstlib.losses`; a direction has length 1, and there are K of them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from nstlib.losses import StyleTerm, Tensor, mix_styles, ops

TINY = 1e-12  # so that of a black style nothing is divided by 0


class Slices(NamedTuple):
    """Features along K directions (1, M, K), and what each position counts (M,)."""

    values: Tensor
    weights: Tensor


@functools.cache
def directions(C: int) -> np.ndarray:
    """C directions at right angles to each other (C, C), drawn at random and always the same.

    Published losses draw new ones for each evaluation. Then every evaluation is of another loss,
    and L-BFGS learns from the difference of two.

    >>> R = directions(3)
    >>> (R.T @ R).round(6) + 0
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    R, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(C, C)))
    R.flags.writeable = False  # all callers share it
    return R


def slices(features: Tensor, mask: Tensor | None = None) -> Slices:
    """Features along `directions`.

    Args:
        features: (1, h, w, C).
        mask: (1, h, w, 1), from 0 to 1, as of `nstlib.losses.masked_gram`; None for everywhere.

    >>> values, weights = slices([[[[3.0], [-4.0]]]])
    >>> np.abs(values[0, :, 0].numpy()), weights.numpy()
    (array([3., 4.], dtype=float32), array([1., 1.], dtype=float32))
    """
    F = ops.convert_to_tensor(features)
    _, height, width, C = F.shape
    R = ops.convert_to_tensor(directions(C), F.dtype)
    values = ops.matmul(ops.reshape(F, (1, height * width, C)), R)
    weights = ops.ones(height * width, F.dtype)
    if mask is not None:
        weights = ops.square(ops.reshape(ops.convert_to_tensor(mask, F.dtype), (height * width,)))
    return Slices(values, weights)


def sliced_loss(image: Slices, style: Slices) -> Tensor:
    """The mean square of the way from each value to where it belongs in the style.

        mean over directions of mean_i (x_(i) - y_(i))^2, with x and y sorted

    Args:
        image, style: of one layer, of any sizes; every position of the style counts the same.

    Returns a scalar, in units of the style's mean square. Where a value belongs depends on its
    rank, which a small step does not change: so the gradient is that of a squared distance to fixed
    targets. Rabin et al. 2011; for style transfer Heitz et al. 2021.

    >>> gray, halves = Slices([[[0.5], [0.5]]], [1.0, 1.0]), Slices([[[1.0], [0.0]]], [1.0, 1.0])
    >>> float(sliced_loss(gray, halves))  # 0.25 over 0.5
    0.5
    """
    x, y = ops.convert_to_tensor(image.values), ops.convert_to_tensor(style.values)
    weights = ops.convert_to_tensor(image.weights)
    way = ops.square(x - _targets(x, weights, y))
    mean = ops.sum(weights[:, None] * way) / (ops.sum(weights) * x.shape[-1])
    return mean / (ops.mean(ops.square(y)) + TINY)


def _targets(x: Tensor, weights: Tensor, y: Tensor) -> Tensor:
    """`belongings` as a constant: NumPy sorts several times as fast as TensorFlow."""
    import tensorflow as tf  # here: other backends read the conventions, too

    targets = tf.numpy_function(belongings, [x[0], weights, y[0]], x.dtype, stateful=False)
    return tf.stop_gradient(tf.ensure_shape(targets, x.shape[1:])[None])


def belongings(x: np.ndarray, weights: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where each value belongs among others: what stands at the same rank there, column by column.

    Args:
        x: values (M, K).
        weights: what each row of x counts (M,).
        y: the others (M', K).

    Returns an array (M, K).

    >>> x, y = np.array([[5.0], [1.0], [3.0]]), np.array([[20.0], [30.0], [10.0]])
    >>> belongings(x, np.ones(3), y)[:, 0]
    array([30., 10., 20.])
    """
    order, y = np.argsort(x, axis=0), np.sort(y, axis=0)
    if len(x) == len(y) and weights.min() == weights.max():
        ranked = y
    else:
        # A rank from 0 to 1 of the middle of each value, and what the style has there.
        each = weights[order]
        rank = (np.cumsum(each, axis=0, dtype=np.float64) - each / 2) / weights.sum()
        ranked = _at(rank, y)
    targets = np.empty_like(x)
    np.put_along_axis(targets, order, ranked.astype(x.dtype), axis=0)
    return targets


def _at(rank: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What sorted columns y have at ranks from 0 to 1; between two of them, the mixture."""
    place = np.clip(rank * len(y) - 0.5, 0, len(y) - 1)
    below = np.minimum(place.astype(int), max(len(y) - 2, 0))
    above = np.minimum(below + 1, len(y) - 1)
    low, high = (np.take_along_axis(y, each, axis=0) for each in (below, above))
    return low + (place - below) * (high - low)


def mix_slices(
    targets: Sequence[Mapping[str, Slices]], shares: Sequence[float]
) -> dict[str, Slices]:
    """A style between others: along each direction, what they have at the same rank is mixed.

    Args:
        targets: for each style a dict from layer name to its slices; same names.
        shares: as of `mix_styles`.

    It is the distribution whose mean squared distance to all of them is the least.

    >>> dark, light = ({"low": Slices([[[v], [v]]], [1.0, 1.0])} for v in (0.0, 4.0))
    >>> mix_slices([dark, light], [3, 1])["low"].values.numpy()[0, :, 0]
    array([1., 1.], dtype=float32)
    """
    most = {name: max(len(each[name].weights) for each in targets) for name in targets[0]}
    sorted_values = []
    for each in targets:
        found = {}
        for name, (values, _) in each.items():
            y = np.sort(np.asarray(values)[0], axis=0)
            rank = (np.arange(most[name]) + 0.5)[:, None] / most[name] + np.zeros(y.shape[-1])
            found[name] = ops.convert_to_tensor(_at(rank, y)[None], "float32")
        sorted_values.append(found)
    mixed = mix_styles(sorted_values, shares)
    return {name: Slices(values, ops.ones(most[name])) for name, values in mixed.items()}


SLICED_WASSERSTEIN = StyleTerm(slices, sliced_loss, mix_slices)
