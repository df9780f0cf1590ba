"""Gradient descent and Adam, written to be read; L-BFGS has a module of its own.

All are generators of evaluations, as `nstlib.lbfgs` explains.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import tensorflow as tf

from nstlib.lbfgs import Evaluate, Point, evaluate_at, lbfgs


class DescentState(NamedTuple):
    """What gradient descent remembers; the learning rate, because it may have been chosen."""

    x: tf.Tensor
    velocity: tf.Tensor
    learning_rate: float | None = None


def gradient_descent(
    evaluate: Evaluate,
    x: tf.Tensor,
    *,
    learning_rate: float | None = None,
    momentum: float = 0.0,
    lower: float = 0.0,
    upper: float = 1.0,
    state: DescentState | None = None,
) -> Iterator[Point]:
    """Step against the gradient for ever: v <- momentum v - learning_rate g, x <- x + v.

    Args:
        evaluate: gives value (scalar) and gradient g (the shape of `x`) at a point.
        x: where to start, any shape.
        learning_rate: how far to go for a gradient of 1; None for that with which the first step
            changes a coordinate by 0.01 on average.
        momentum: how much of a step's velocity v the next one keeps, from 0 to below 1.
        lower, upper: bounds of every coordinate; what goes beyond is put back.
        state: of a `Point`, to go on from there.

    Yields a `Point` for every evaluation, without end. Polyak 1964, for the momentum.

    >>> def bowl(x):
    ...     return tf.reduce_sum(x**2) / 2, x
    >>> walk = gradient_descent(bowl, tf.constant([0.8]), learning_rate=0.5)
    >>> [round(next(walk).x.numpy().item(), 2) for _ in range(3)]
    [0.8, 0.4, 0.2]
    """
    x = tf.clip_by_value(x, lower, upper)
    x, velocity, learning_rate = state or (x, tf.zeros_like(x), learning_rate)
    while True:
        here = evaluate_at(evaluate, x)
        if learning_rate is None:
            size = float(tf.reduce_mean(tf.abs(here.gradient)))
            learning_rate = 0.01 / max(size, 1e-30)
        velocity = momentum * velocity - learning_rate * here.gradient
        x = tf.clip_by_value(x + velocity, lower, upper)
        yield here._replace(state=DescentState(x, velocity, learning_rate))


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
) -> Iterator[Point]:
    """Adam: the running mean of the gradient, each coordinate divided by its usual size, for ever.

    Args:
        evaluate, x, lower, upper, state: as of `gradient_descent`.
        learning_rate, beta_1, beta_2, epsilon: see `adam_step`.

    Yields a `Point` for every evaluation, without end.

    >>> def bowl(x):
    ...     return tf.reduce_sum(x**2) / 2, x
    >>> walk = adam(bowl, tf.constant([0.8]), learning_rate=0.1)
    >>> [round(next(walk).x.numpy().item(), 2) for _ in range(3)]
    [0.8, 0.7, 0.6]
    """
    x = tf.clip_by_value(x, lower, upper)
    x, m, v, t = state or (x, tf.zeros_like(x), tf.zeros_like(x), 0)
    while True:
        here, t = evaluate_at(evaluate, x), t + 1
        now = tf.constant(t, x.dtype)  # a number of Python's would be compiled in
        settings = (learning_rate, beta_1, beta_2, epsilon)
        x, m, v = _adam_step_within(lower, upper, x, m, v, here.gradient, now, *settings)
        yield here._replace(state=AdamState(x, m, v, t))


def adam_step(
    x: tf.Tensor,
    m: tf.Tensor,
    v: tf.Tensor,
    gradient: tf.Tensor,
    t: float,
    learning_rate: float = 0.02,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """One step of Adam: against the running mean of the gradient, each coordinate in its own unit.

    Args:
        x: the point, any shape.
        m, v: running means of the gradient and of its square, zeros at first.
        gradient: at x.
        t: the number of this step, from 1; early on, the means of so few steps are too small.
        learning_rate: about how far a coordinate goes while its gradient is steady.
        beta_1, beta_2: how much of m and of v is kept.
        epsilon: added to a coordinate's usual gradient, so that nothing is divided by 0. It is a
            gradient, too, so it depends on the scale of the loss.

    Returns the new x, m and v. Kingma and Ba 2015, algorithm 1, in the order of computation at the
    end of their section 2, which is also Keras's.

    >>> x, m, v = adam_step(tf.constant([0.5, 0.5]), 0.0, 0.0, tf.constant([3.0, -0.01]), t=1)
    >>> x.numpy().round(3)  # the first step has one length, whatever the gradient
    array([0.48, 0.52], dtype=float32)
    """
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient**2
    rate = learning_rate * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)
    return x - rate * m / (v**0.5 + epsilon), m, v


@tf.function(reduce_retracing=True)
def _adam_step_within(
    lower: float, upper: float, *arguments: tf.Tensor | float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    x, m, v = adam_step(*arguments)
    return tf.clip_by_value(x, lower, upper), m, v


# By name. Adam's second settings are those of TensorFlow's style transfer tutorial: an epsilon as
# large as that suits only a loss as large as that tutorial's (see `nstlib.conventions`).
OPTIMIZERS: dict[str, Callable[..., Iterator[Point]]] = {
    "lbfgs": lbfgs,
    "adam": adam,
    "adam-tensorflow": functools.partial(adam, learning_rate=0.02, beta_1=0.99, epsilon=0.1),
    "gradient-descent": gradient_descent,
}
