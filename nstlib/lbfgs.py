"""L-BFGS with bounds: the line search, the two loops, and the loop around both.

An optimiser of this course is a generator of evaluations:

    for point in lbfgs(objective, image):
        print(point.value)  # and break when it is enough

It asks `evaluate(x)` for value and gradient, and yields what it was told. Whoever loops counts,
draws and decides when it is enough. The generator ends by itself where no step makes the value
any smaller.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.fft
import tensorflow as tf

# Gives value (a scalar), gradient (the shape of x), and perhaps more, which is passed on.
Evaluate = Callable[[tf.Tensor], Sequence[Any]]
Metric = Callable[[np.ndarray], np.ndarray]


class Point(NamedTuple):
    """What an optimiser was told about one point.

    x, value, gradient: where it was, and what `evaluate` gave there.
    terms: what else `evaluate` gave, or None.
    state: all that the rest of the way depends on; None in the middle of a step. Started again
        with it, the optimiser goes on from here as if it had never stopped.
    """

    x: tf.Tensor
    value: float
    gradient: tf.Tensor
    terms: Any = None
    state: Any = None


def evaluate_at(evaluate: Evaluate, x: tf.Tensor | np.ndarray) -> Point:
    """Evaluate at a point: `evaluate` is given a tensor, and its gradient is made one like it."""
    x = tf.convert_to_tensor(x)
    value, gradient, *more = evaluate(x)
    return Point(x, float(value), tf.cast(gradient, x.dtype), more[0] if more else None)


class LBFGSState(NamedTuple):
    """What L-BFGS remembers: the point, what was found there, and the latest s and y."""

    x: tf.Tensor
    value: float
    gradient: tf.Tensor
    steps: Sequence[np.ndarray] = ()
    changes: Sequence[np.ndarray] = ()


def lbfgs(
    evaluate: Evaluate,
    x: tf.Tensor | np.ndarray,
    *,
    memory: int = 10,
    lower: float = 0.0,
    upper: float = 1.0,
    first_change: float = 0.01,
    metric: Metric | None = None,
    state: LBFGSState | None = None,
) -> Iterator[Point]:
    """Minimise with limited-memory BFGS, keeping every coordinate within bounds.

    Args:
        evaluate: gives value (scalar) and gradient (the shape of `x`) at a point.
        x: where to start, any shape, float32 or float64.
        memory: how many steps are remembered to estimate the curvature.
        lower, upper: bounds of every coordinate.
        first_change: mean absolute change of a coordinate in the very first step, when nothing
            is known of the curvature.
        metric: P, a guess at the inverse of the curvature up to a factor, for all directions that
            no step has explored; None for `frequency_metric` where x is an image (B, H, W,
            channels), and for `no_metric` otherwise.
        state: of a `Point`, to go on from there.

    Yields a `Point` for every evaluation, the trials of the line search included; ends when no
    step along the gradient makes the value any smaller.

    Nocedal and Wright 2006, algorithms 7.4 and 7.5 (two-loop recursion); bounds by projection of
    the steps and by freezing the coordinates that the gradient pushes against a bound (Bertsekas
    1982).

    >>> def bowl(x):  # its lowest point, at 3, is out of bounds
    ...     return tf.reduce_sum((x - 3.0) ** 2), 2 * (x - 3.0)
    >>> [round(point.value, 2) for point in lbfgs(bowl, tf.constant([0.2, 0.7]))]
    [13.13, 13.03, 12.72, 11.53, 8.4, 8.0]
    """
    if metric is None:
        metric = frequency_metric if len(x.shape) == 4 else no_metric
    lower, upper = float(lower), float(upper)  # those of NumPy in float64 would make x float64
    if state is None:
        here = evaluate_at(evaluate, np.clip(x, lower, upper))
        state = LBFGSState(here.x, here.value, here.gradient)
        yield here._replace(state=state)
    here = Point(state.x, state.value, state.gradient)
    steps, changes = list(state.steps), list(state.changes)
    while True:
        x, gradient = np.asarray(here.x), np.asarray(here.gradient)
        free, gradient_free = free_gradient(x, gradient, lower, upper)
        if steps:
            direction = two_loop_direction(gradient_free, steps, changes, metric)
            direction, step = np.where(free, direction, 0), 1.0
        if not steps or dot(direction, gradient) >= 0:  # nothing known, or it leads uphill
            steps, changes = [], []
            direction = np.where(free, -metric(gradient_free), 0)
            size = float(np.mean(np.abs(direction)))
            if size == 0:
                return
            step = first_change / size

        found, last = yield from wolfe_search(evaluate, here, direction, step, lower, upper)
        if found is None and not steps:
            yield last
            return
        if found is None:  # a stale memory can mislead: once more, along the gradient
            steps, changes = [], []
        else:
            s, y = np.asarray(found.x) - x, np.asarray(found.gradient) - gradient
            # Positive curvature, or the estimate breaks; of a cosine, so that no unit of x or of
            # the value matters.
            if dot(s, y) > 1e-10 * math.sqrt(dot(s, s)) * math.sqrt(dot(y, y)):
                steps, changes = [*steps, s][-memory:], [*changes, y][-memory:]
            here = found
        state = LBFGSState(here.x, here.value, here.gradient, steps, changes)
        yield last._replace(state=state)


# ---- the direction: what was learned from the latest steps ---------------------------------------


def no_metric(gradient: np.ndarray) -> np.ndarray:
    """The gradient as it is, P g = g: L-BFGS as in the textbook."""
    return gradient


def two_loop_direction(
    gradient: np.ndarray,
    steps: Sequence[np.ndarray],
    changes: Sequence[np.ndarray],
    metric: Metric = no_metric,
) -> np.ndarray:
    """Minus the inverse curvature times the gradient, from remembered steps.

    Args:
        gradient: at the current point, any shape.
        steps: s, by how much the point changed in each step, oldest first; at least one.
        changes: y, by how much the gradient changed in each of them; no s . y may be 0.
        metric: what stands for the inverse curvature, up to a factor, before any step was made.

    Returns the direction in which to search. Nocedal and Wright 2006, algorithm 7.4.

    >>> s, y = np.array([1.0, 0.0]), np.array([4.0, 0.0])  # curvature 4
    >>> two_loop_direction(np.array([8.0, 0.0]), [s], [y])  # 8 / 4, downhill
    array([-2., -0.])
    """
    q, alphas = np.array(gradient), []  # a copy, changed in place: large arrays are slow to get
    for s, y in zip(reversed(steps), reversed(changes), strict=True):
        alphas.append(dot(s, q) / dot(s, y))
        q -= alphas[-1] * y
    # The latest step says how large the metric has to be, for all directions not yet seen.
    s, y = steps[-1], changes[-1]
    size = dot(y, metric(np.array(y)))  # a copy, as a metric may work in place
    q = (dot(s, y) / size if size else 0.0) * metric(q)  # a tiny y squares to 0
    for s, y, alpha in zip(steps, changes, reversed(alphas), strict=True):
        beta = dot(y, q) / dot(s, y)
        q += (alpha - beta) * s
    return -q


def frequency_metric(gradient: np.ndarray, knee: float = 0.1) -> np.ndarray:
    """A gradient in which coarse changes of the picture count for more than fine ones.

    The loss is curved little along the low frequencies of a picture, which so many pixels share,
    and a step against the plain gradient hardly moves them. P g weights each frequency f with
    1 / (1 + f / knee)^2.

    Args:
        gradient: (B, H, W, channels).
        knee: in cycles a pixel (the finest pattern has 0.5): there a quarter is left.

    Returns P g, of the same shape; P is symmetric and positive definite.

    >>> flat = np.ones((1, 4, 6, 3))
    >>> stripes = np.array([1.0, -1.0] * 3)[:, None] * flat  # 0.5 cycles a pixel
    >>> frequency_metric(flat + stripes)[0, 0, :2, 0].round(3)  # 1 + 1/36, 1 - 1/36
    array([1.028, 0.972])
    """
    height, width = gradient.shape[1:3]
    spectrum = scipy.fft.rfft2(gradient, axes=(1, 2))
    spectrum *= _weights_of_frequencies(height, width, knee, spectrum.real.dtype)
    return scipy.fft.irfft2(spectrum, (height, width), axes=(1, 2))


@functools.lru_cache(maxsize=8)
def _weights_of_frequencies(height: int, width: int, knee: float, dtype: np.dtype) -> np.ndarray:
    f = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    return ((1 + f / knee) ** -2)[..., None].astype(dtype)


# ---- the line search: how far to go along it -----------------------------------------------------


class _Trial(NamedTuple):
    """A point on the search line: how far along it, what was found there, and how steep it is."""

    step: float
    point: Point
    slope: float


def wolfe_search(
    evaluate: Evaluate,
    start: Point,
    direction: np.ndarray,
    step: float,
    lower: float,
    upper: float,
    *,
    decrease: float = 1e-4,
    curvature: float = 0.9,
    trials: int = 20,
) -> Generator[Point, None, tuple[Point | None, Point]]:
    """A step along `direction` that satisfies the strong Wolfe conditions.

    The value has to fall by at least `decrease` of what the slope promised, and the slope has to
    flatten to `curvature` of what it was. As long as only the first holds, the step grows; once a
    lowest point lies in between, from `low`, the best step so far, to `high`, it is narrowed down.

    Args:
        evaluate: gives value and gradient at a point.
        start: where the line begins; the gradient has to fall along it.
        direction: where to go.
        step: how far to go at first, in lengths of `direction`.
        lower, upper: bounds of every coordinate; points beyond are projected back onto them.
        trials: how many evaluations may be spent.

    Yields every point that will not do. Returns the one that does (when the trials are over the
    lowest one found, or None if none is lower), and the last one evaluated, which was not yielded:
    only its receiver knows what comes after it.
    Nocedal and Wright 2006, algorithms 3.5 and 3.6, in one loop.
    """
    x, slope = np.asarray(start.x), dot(start.gradient, direction)
    low, high = _Trial(0.0, start, slope), None
    for trial in range(trials):
        moved = np.asarray(x + step * direction, x.dtype)  # a metric may answer in float64
        within = np.clip(moved, lower, upper)
        point = evaluate_at(evaluate, within)
        moving = np.where(moved == within, direction, 0)  # beyond a bound it moves nothing
        tried = _Trial(step, point, dot(point.gradient, moving))

        promised = start.value + decrease * step * slope
        if point.value > promised or point.value >= low.point.value:
            high = tried
        else:
            if abs(tried.slope) <= -curvature * slope:
                return point, point
            ahead = 1.0 if high is None else high.step - low.step
            if tried.slope * ahead >= 0:  # past the lowest point: it lies back towards `low`
                high = low
            low = tried
        step = 4 * step if high is None else _between(low, high)
        if trial < trials - 1:
            yield point
    return (low.point if low.point.value < start.value else None), point


def _between(low: _Trial, high: _Trial) -> float:
    """Minimum of the parabola through low's value and slope and high's value, kept well inside."""
    width = high.step - low.step
    bend = high.point.value - low.point.value - low.slope * width
    fraction = -low.slope * width / (2 * bend) if bend > 0 else 0.5
    return low.step + width * min(max(fraction, 0.1), 0.9)


def free_gradient(
    x: np.ndarray, gradient: np.ndarray, lower: float, upper: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which coordinates the gradient does not push against a bound, and its part along these."""
    free = ~(((x <= lower) & (gradient > 0)) | ((x >= upper) & (gradient < 0)))
    return free, np.where(free, gradient, 0)


def dot(a: np.ndarray | tf.Tensor, b: np.ndarray | tf.Tensor) -> float:
    """Inner product of two arrays of one shape."""
    return float(np.vdot(a, b))
