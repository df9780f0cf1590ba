"""Reduced precision, where it is faster and right: measured, not assumed."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import tensorflow as tf

from nstlib.objective import Objective

COSINE = 0.99  # between the gradients in reduced and in full precision, to call them the same
WORTH = 1.15  # times faster, to be worth it
# Finding out costs as much as some evaluations: a run of fewer pixel evaluations does without.
SMALL_RUN = 2_000_000


def choose_precision(
    build: Callable[[str], Objective], image: tf.Tensor, evaluations: int
) -> tuple[Objective, str]:
    """Reduced precision if this machine computes faster with it and the gradient stays the same.

    Args:
        build: gives the objective in the precision it is told, as `FeatureExtractor` names it.
        image: (1, H, W, 3), of the objective's size; there the gradients are compared.
        evaluations: how many are planned.

    Returns the objective, and its precision. It is `float32` unless a matrix product is faster in
    reduced precision on this machine, the gradient's cosine to that of float32 is at least 0.99,
    and an evaluation is at least 1.15 times as fast.
    """
    exact, image = build("float32"), tf.constant(image)
    reduced = faster_precision()
    if reduced is None or evaluations * image.shape[1] * image.shape[2] < SMALL_RUN:
        return exact, "float32"
    candidate = build(reduced)
    # Not compiled: that would cost more than it saves in an evaluation or two.
    gradient, seconds = _gradient_and_seconds(exact, image)
    reduced_gradient, reduced_seconds = _gradient_and_seconds(candidate, image)
    right = cosine(gradient, reduced_gradient) >= COSINE  # False also if one is not a number
    fast = seconds >= WORTH * reduced_seconds
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
    full = _product_seconds(tf.float32)
    seconds = {name: _product_seconds(kind) for name, kind in kinds.items()}
    fastest = min(seconds, key=seconds.get)
    return fastest if full >= WORTH * seconds[fastest] else None


def _product_seconds(kind, side=1024, repeats=5):
    matrix = tf.cast(tf.random.stateless_uniform((side, side), (0, 0)), kind)
    product = tf.function(tf.matmul, autograph=False)
    seconds = []
    for _ in range(repeats):  # the first one also prepares
        started = time.perf_counter()
        product(matrix, matrix)[0, 0].numpy()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _gradient_and_seconds(objective, image, repeats=2):
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        _, gradient, _ = objective.value_and_gradient(image)
        gradient.numpy()
        seconds.append(time.perf_counter() - started)
    return gradient, min(seconds)
