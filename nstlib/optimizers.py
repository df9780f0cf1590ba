"""L-BFGS with bounds, written to be read.

An optimiser here is a loop that asks `evaluate(x)` for value and gradient and looks for a better
`x`. It knows nothing of budgets, progress bars or pictures: whoever provides `evaluate` counts
the calls and raises an exception when there have been enough (see `nstlib.stylize`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

Evaluate = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


def lbfgs(
    evaluate: Evaluate,
    x: tf.Tensor,
    *,
    memory: int = 10,
    lower: float = 0.0,
    upper: float = 1.0,
    first_change: float = 0.01,
) -> tf.Tensor:
    """Minimise with limited-memory BFGS, keeping every coordinate within bounds.

    Args:
        evaluate: gives value (scalar) and gradient (the shape of `x`) at a point.
        x: where to start, any shape, float32 or float64.
        memory: how many steps are remembered to estimate the curvature.
        lower, upper: bounds of every coordinate.
        first_change: mean absolute change of a coordinate in the very first step, when nothing
            is known of the curvature.

    Returns the last point, when no step along the gradient makes the value any smaller.

    Nocedal and Wright 2006, algorithms 7.4 and 7.5 (two-loop recursion); bounds by projection of
    the steps and by freezing the coordinates that the gradient pushes against a bound (Bertsekas
    1982).

    >>> def bowl(x):  # its lowest point, at 3, is out of bounds
    ...     return tf.reduce_sum((x - 3.0) ** 2), 2 * (x - 3.0)
    >>> lbfgs(bowl, tf.constant([0.2, 0.7])).numpy().tolist()
    [1.0, 1.0]
    """
    nothing = [tf.zeros_like(x)] * memory  # an empty memory: zeros have no influence
    steps, changes, known = nothing, nothing, 0
    x = tf.clip_by_value(x, lower, upper)
    value, gradient = evaluate(x)
    while True:
        free = ~(((x <= lower) & (gradient > 0)) | ((x >= upper) & (gradient < 0)))
        gradient_free = tf.where(free, gradient, 0.0)
        if known:
            direction = tf.where(free, two_loop_direction(gradient_free, steps, changes), 0.0)
            step = 1.0
        if not known or dot(direction, gradient) >= 0:  # nothing remembered, or it leads uphill
            steps, changes, known = nothing, nothing, 0
            direction = -gradient_free
            size = float(tf.reduce_mean(tf.abs(direction)))
            if size == 0:
                return x
            step = first_change / size

        found = wolfe_search(evaluate, x, value, gradient, direction, step, lower, upper)
        if found is None and not known:
            return x
        if found is None:  # a stale memory can mislead: once more, along the gradient
            steps, changes, known = nothing, nothing, 0
            continue
        s, y = found.x - x, found.gradient - gradient
        if dot(s, y) > 1e-10 * dot(y, y):  # positive curvature, or the estimate breaks
            steps, changes, known = [*steps[1:], s], [*changes[1:], y], known + 1
        x, value, gradient = found.x, found.value, found.gradient


@tf.function(autograph=False, reduce_retracing=True)
def two_loop_direction(
    gradient: tf.Tensor, steps: Sequence[tf.Tensor], changes: Sequence[tf.Tensor]
) -> tf.Tensor:
    """Minus the inverse curvature times the gradient, from remembered steps.

    Args:
        gradient: at the current point.
        steps: s, by how much the point changed in each step, oldest first.
        changes: y, by how much the gradient changed in each of them. Where nothing is remembered
            yet, s and y are zeros; the latest must not be.

    Returns the direction in which to search. Nocedal and Wright 2006, algorithm 7.4.
    """
    one = tf.ones((), gradient.dtype)
    pairs = list(zip(steps, changes, strict=True))
    rhos = [tf.math.divide_no_nan(one, dot(s, y)) for s, y in pairs]
    q, alphas = gradient, []
    for (s, y), rho in zip(reversed(pairs), reversed(rhos), strict=True):
        alphas.append(rho * dot(s, q))
        q -= alphas[-1] * y
    # The curvature along the latest step stands for that along all directions not yet seen.
    s, y = pairs[-1]
    q *= dot(s, y) / dot(y, y)
    for (s, y), rho, alpha in zip(pairs, rhos, reversed(alphas), strict=True):
        q += (alpha - rho * dot(y, q)) * s
    return -q


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
    value: tf.Tensor,
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
    flatten to `curvature` of what it was. Points beyond a bound are projected back onto it.

    Returns the point, or the lowest one after so many trials, or None when nothing was lower.
    Nocedal and Wright 2006, algorithms 3.5 and 3.6, in one loop.
    """
    start = low = Point(0.0, x, float(value), gradient, float(dot(gradient, direction)))
    high = None
    for _ in range(trials):
        moved = x + step * direction
        point = tf.clip_by_value(moved, lower, upper)
        value, gradient = evaluate(point)
        slope = float(dot(gradient, tf.where(moved == point, direction, 0.0)))
        here = Point(step, point, float(value), gradient, slope)

        if here.value > start.value + decrease * step * start.slope or here.value >= low.value:
            high = here
        else:
            if abs(slope) <= -curvature * start.slope:
                return here
            if slope >= 0 if high is None else slope * (high.step - low.step) >= 0:
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


def dot(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Inner product of two tensors of one shape, a scalar that stays on the device."""
    return tf.reduce_sum(a * b)
