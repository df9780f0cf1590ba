"""Optimisers, written to be read: gradient descent, Adam, L-BFGS with bounds, and SciPy's.

An optimiser here is a loop that asks `evaluate(x)` for value and gradient and looks for a better
`x`. It knows nothing of budgets, progress bars or pictures: whoever provides `evaluate` counts
the calls and raises an exception when there have been enough (see `nstlib.engine.run`).

Before each step it hands to `remember` all that the rest of its way depends on, a named tuple.
Started again with that as `state`, it goes on as if it had never stopped.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from nstlib.line_search import Evaluate, dot, free_gradient, wolfe_search
from nstlib.steps import adam_step, scipy_objective, two_loop_direction

Remember = Callable[[NamedTuple], None]


def _forget(state: NamedTuple) -> None:
    """In place of `remember`, when nobody wants to resume."""


class DescentState(NamedTuple):
    """What gradient descent remembers; the learning rate, because it may have been chosen."""

    x: tf.Tensor
    velocity: tf.Tensor
    learning_rate: float | None


def gradient_descent(
    evaluate: Evaluate,
    x: tf.Tensor,
    *,
    learning_rate: float | None = None,
    momentum: float = 0.0,
    lower: float = 0.0,
    upper: float = 1.0,
    state: DescentState | None = None,
    remember: Remember = _forget,
):
    """Step against the gradient for ever: v <- momentum v - learning_rate g, x <- x + v.

    Args:
        evaluate: gives value (scalar) and gradient g (the shape of `x`) at a point.
        x: where to start, any shape.
        learning_rate: how far to go for a gradient of 1; None for that with which the first step
            changes a coordinate by 0.01 on average.
        momentum: how much of a step's velocity v the next one keeps, from 0 to below 1.
        lower, upper: bounds of every coordinate; what goes beyond is put back.
        state, remember: see the module.

    Never returns: `evaluate` ends it with an exception. Polyak 1964, for the momentum.
    """
    x = tf.clip_by_value(x, lower, upper)
    x, velocity, learning_rate = state or (x, tf.zeros_like(x), learning_rate)
    while True:
        remember(DescentState(x, velocity, learning_rate))
        _, gradient = evaluate(x)
        if learning_rate is None:
            learning_rate = 0.01 / max(float(tf.reduce_mean(tf.abs(gradient))), 1e-30)
        velocity = momentum * velocity - learning_rate * gradient
        x = tf.clip_by_value(x + velocity, lower, upper)


class AdamState(NamedTuple):
    """What Adam remembers: the point, running means of g and of its square, the steps so far."""

    x: tf.Tensor
    m: tf.Tensor
    v: tf.Tensor
    t: int


def adam(
    evaluate: Evaluate,
    x: tf.Tensor,
    *,
    learning_rate: float = 0.02,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    lower: float = 0.0,
    upper: float = 1.0,
    state: AdamState | None = None,
    remember: Remember = _forget,
):
    """Adam: the running mean of the gradient, each coordinate divided by its usual size, for ever.

    Args:
        evaluate: gives value (scalar) and gradient g (the shape of `x`) at a point.
        x: where to start, any shape.
        learning_rate: about how much a coordinate changes in a step while the gradient is steady.
        beta_1, beta_2: how much the running means of g and g^2 keep at each step.
        epsilon: added to the usual size. It is a gradient, so it depends on the scale of the loss.
        lower, upper: bounds of every coordinate; what goes beyond is put back.
        state, remember: see the module.

    Never returns: `evaluate` ends it with an exception. Kingma and Ba 2015, algorithm 1, in the
    order of computation at the end of their section 2, which is also Keras's.
    """
    x = tf.clip_by_value(x, lower, upper)
    x, m, v, t = state or (x, tf.zeros_like(x), tf.zeros_like(x), 0)
    while True:
        remember(AdamState(x, m, v, t))
        _, gradient = evaluate(x)
        t += 1
        # A number of Python's would be compiled in.
        now = tf.constant(t, x.dtype)
        settings = (learning_rate, beta_1, beta_2, epsilon)
        x, m, v = _adam_step_within(x, m, v, gradient, now, *settings, lower, upper)


@tf.function(reduce_retracing=True)
def _adam_step_within(x, m, v, gradient, t, learning_rate, beta_1, beta_2, epsilon, lower, upper):
    x, m, v = adam_step(x, m, v, gradient, t, learning_rate, beta_1, beta_2, epsilon)
    return tf.clip_by_value(x, lower, upper), m, v


_direction = tf.function(two_loop_direction, autograph=False, reduce_retracing=True)


class LBFGSState(NamedTuple):
    """What L-BFGS remembers: the point, what was found there, and the latest steps."""

    x: tf.Tensor
    value: float
    gradient: tf.Tensor
    steps: Sequence[tf.Tensor]
    changes: Sequence[tf.Tensor]
    known: int


def lbfgs(
    evaluate: Evaluate,
    x: tf.Tensor,
    *,
    memory: int = 10,
    lower: float = 0.0,
    upper: float = 1.0,
    first_change: float = 0.01,
    state: LBFGSState | None = None,
    remember: Remember = _forget,
) -> tf.Tensor:
    """Minimise with limited-memory BFGS, keeping every coordinate within bounds.

    Args:
        evaluate: gives value (scalar) and gradient (the shape of `x`) at a point.
        x: where to start, any shape, float32 or float64.
        memory: how many steps are remembered to estimate the curvature.
        lower, upper: bounds of every coordinate.
        first_change: mean absolute change of a coordinate in the very first step, when nothing
            is known of the curvature.
        state, remember: see the module.

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
    if state is None:
        x = tf.clip_by_value(x, lower, upper)
        value, gradient = evaluate(x)
        state = LBFGSState(x, float(value), gradient, nothing, nothing, 0)
    x, value, gradient, steps, changes, known = state
    while True:
        remember(LBFGSState(x, value, gradient, steps, changes, known))
        free, gradient_free = free_gradient(x, gradient, lower, upper)
        if known:
            direction = tf.where(free, _direction(gradient_free, steps, changes), 0.0)
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
        # Positive curvature, or the estimate breaks; of a cosine, so that no unit of x or of the
        # value matters.
        if dot(s, y) > 1e-10 * tf.norm(s) * tf.norm(y):
            steps, changes, known = [*steps[1:], s], [*changes[1:], y], known + 1
        x, value, gradient = found.x, found.value, found.gradient


def scipy_lbfgsb(
    evaluate: Evaluate,
    x: tf.Tensor,
    *,
    memory: int = 10,
    lower: float = 0.0,
    upper: float = 1.0,
) -> tf.Tensor:
    """Minimise with SciPy's L-BFGS-B, the reference that `lbfgs` is measured against.

    Args: as those of `lbfgs`. SciPy wants a flat vector in float64, on the CPU, so every
    evaluation is converted there and back. It tells nobody what it remembers: a run cannot be
    resumed.

    Returns the last point, when SciPy finds no lower one. Byrd, Lu, Nocedal and Zhu 1995.
    """
    import scipy.optimize  # here: it takes 30 MB, and most lessons do without

    found = scipy.optimize.minimize(
        scipy_objective(evaluate, x.shape, x.dtype),
        np.asarray(x, "float64").ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=scipy.optimize.Bounds(lower, upper),
        # Its own reasons to stop are switched off: budgets are the business of `evaluate`.
        options={"maxcor": memory, "maxiter": 10**9, "maxfun": 10**9, "ftol": 0, "gtol": 0},
    )
    return tf.constant(found.x.reshape(x.shape), x.dtype)


# By name. Adam's second settings are those of TensorFlow's style transfer tutorial: an epsilon as
# large as that suits only a loss as large as that tutorial's (see `nstlib.conventions`).
OPTIMIZERS = {
    "lbfgs": lbfgs,
    "adam": adam,
    "adam-tensorflow": functools.partial(adam, learning_rate=0.02, beta_1=0.99, epsilon=0.1),
    "gradient-descent": gradient_descent,
    "scipy": scipy_lbfgsb,
}
