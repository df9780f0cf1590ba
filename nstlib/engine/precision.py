"""Reduced precision, where it is faster and right: measured, not assumed."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

from nstlib.objective import Objective

COSINE = 0.99  # between the gradients in reduced and in full precision, to call them the same
WORTH = 1.15  # times faster, to be worth it
# Finding out costs some evaluations, and a second network has to be compiled: a run of fewer pixel
# evaluations does without.
SMALL_RUN = 2_000_000


def choose_precision(
    build: Callable[[str], Objective], image: tf.Tensor, evaluations: int
) -> tuple[Objective, str]:
    """Reduced precision if this machine computes faster with it and the gradient stays the same.

    Args:
        build: gives the objective in the precision it is told, as `FeatureExtractor` names it.
        image: (1, H, W, 3), of the objective's size; there the gradients are compared.
        evaluations: how many are planned.

    Returns the objective, and its precision. It is `float32` unless the run is long enough to be
    worth finding out, a matrix product is faster in reduced precision on this machine, the
    gradient's cosine to that of float32 is at least 0.99, and an evaluation is at least 1.15 times
    as fast.
    """
    exact, image = build("float32"), tf.constant(image)
    if evaluations * image.shape[1] * image.shape[2] < SMALL_RUN or faster_precision() is None:
        return exact, "float32"
    reduced = faster_precision()
    candidate = build(reduced)
    gradients, seconds = _gradients_and_seconds([exact, candidate], image)
    right = cosine(*gradients) >= COSINE  # False also if one is not a number
    fast = seconds[0] >= WORTH * seconds[1]
    return (candidate, reduced) if right and fast else (exact, "float32")


def cosine(a: tf.Tensor, b: tf.Tensor) -> float:
    """Cosine of the angle between two tensors of one shape; 1 where both point the same way."""
    a, b = tf.cast(a, tf.float64), tf.cast(b, tf.float64)
    return float(tf.reduce_sum(a * b) / (tf.norm(a) * tf.norm(b)))


@functools.cache
def faster_precision() -> str | None:
    """The reduced precision in which this machine multiplies matrices faster, or None."""
    kinds = {"mixed_bfloat16": tf.bfloat16}
    if tf.config.list_physical_devices("GPU"):
        kinds["mixed_float16"] = tf.float16
    seconds = _product_seconds({"float32": tf.float32, **kinds})
    fastest = min(kinds, key=seconds.__getitem__)
    return fastest if seconds["float32"] >= WORTH * seconds[fastest] else None


def _product_seconds(kinds: Mapping[str, tf.DType], side: int = 1024) -> dict[str, float]:
    """Of a matrix product in each of these kinds of numbers, taken by turns: others work too."""
    full = tf.random.stateless_uniform((side, side), (0, 0))
    matrices = {name: tf.cast(full, kind) for name, kind in kinds.items()}
    product = tf.function(tf.matmul, autograph=False)
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(8):  # the first one also prepares
        for name, matrix in matrices.items():
            started = time.perf_counter()
            product(matrix, matrix)[0, 0].numpy()
            seconds[name].append(time.perf_counter() - started)
    return {name: min(found) for name, found in seconds.items()}


def _gradients_and_seconds(
    objectives: Sequence[Objective], image: tf.Tensor
) -> tuple[list[tf.Tensor], list[float]]:
    """By turns, as above; the first time also compiles."""
    gradients: dict[int, tf.Tensor] = {}
    seconds: dict[int, float] = {}
    for _ in range(3):
        for number, objective in enumerate(objectives):
            started = time.perf_counter()
            _, gradients[number], _ = objective(image)
            gradients[number].numpy()
            taken = time.perf_counter() - started
            seconds[number] = min(taken, seconds.get(number, taken))
    return list(gradients.values()), list(seconds.values())
