"""How far to go along a direction: a line search that satisfies the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

Evaluate = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


class Point(NamedTuple):
    """A point on the search line: how far along it, and what was found there."""

    step: float
    x: tf.Tensor
    value: float
    gradient: tf.Tensor
    slope: float


def wolfe_search(
    evaluate: Evaluate,
    x: tf.Tensor,
    value: float,
    gradient: tf.Tensor,
    direction: tf.Tensor,
    step: float,
    lower: float,
    upper: float,
    *,
    decrease: float = 1e-4,
    curvature: float = 0.9,
    trials: int = 20,
) -> Point | None:
    """A step along `direction` that satisfies the strong Wolfe conditions.

    The value has to fall by at least `decrease` of what the slope promised, and the slope has to
    flatten to `curvature` of what it was. As long as only the first holds, the step grows; once a
    lowest point lies in between, from `low`, the best step so far, to `high`, it is narrowed down.

    Args:
        evaluate: gives value and gradient at a point.
        x, value, gradient: the start, and what `evaluate` gave there.
        direction: where to go; the gradient has to fall along it.
        step: how far to go at first, in lengths of `direction`.
        lower, upper: bounds of every coordinate; points beyond are projected back onto them.
        trials: how many evaluations may be spent.

    Returns the point; when the trials are over the lowest one found, or None if none is lower.
    Nocedal and Wright 2006, algorithms 3.5 and 3.6, in one loop.
    """
    start = low = Point(0.0, x, float(value), gradient, float(dot(gradient, direction)))
    high = None
    for _ in range(trials):
        point, moving = _advance(x, direction, tf.constant(step, x.dtype), lower, upper)
        value, gradient = evaluate(point)
        here = Point(step, point, float(value), gradient, float(dot(gradient, moving)))

        if here.value > start.value + decrease * step * start.slope or here.value >= low.value:
            high = here
        else:
            if abs(here.slope) <= -curvature * start.slope:
                return here
            ahead = 1.0 if high is None else high.step - low.step
            if here.slope * ahead >= 0:  # past the lowest point: it lies back towards `low`
                high = low
            low = here
        step = 4 * step if high is None else _between(low, high)
    return low if low.value < start.value else None


def _between(low: Point, high: Point) -> float:
    """Minimum of the parabola through low's value and slope and high's value, kept well inside."""
    width = high.step - low.step
    bend = high.value - low.value - low.slope * width
    fraction = -low.slope * width / (2 * bend) if bend > 0 else 0.5
    return low.step + width * min(max(fraction, 0.1), 0.9)


@tf.function(reduce_retracing=True)
def _advance(x, direction, step, lower, upper):
    """The point so far along, within the bounds, and the part of the direction still moving it."""
    moved = x + step * direction
    point = tf.clip_by_value(moved, lower, upper)
    return point, tf.where(moved == point, direction, 0.0)


@tf.function(reduce_retracing=True)
def free_gradient(x, gradient, lower, upper):
    """Which coordinates the gradient does not push against a bound, and its part along these."""
    free = ~(((x <= lower) & (gradient > 0)) | ((x >= upper) & (gradient < 0)))
    return free, tf.where(free, gradient, 0.0)


def dot(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Inner product of two tensors of one shape, a scalar that stays on the device."""
    return tf.reduce_sum(a * b)
