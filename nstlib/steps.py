"""What an optimiser computes between two evaluations, as plain functions.

The loops around them, with bounds and what is remembered, are in `nstlib.optimizers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from nstlib.line_search import Evaluate, dot


def adam_step(x, m, v, gradient, t, learning_rate=0.02, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """One step of Adam: against the running mean of the gradient, each coordinate in its own unit.

    Args:
        x: the point, any shape.
        m, v: running means of the gradient and of its square, zeros at first.
        gradient: at x.
        t: the number of this step, from 1; early on, the means of so few steps are too small.
        learning_rate: about how far a coordinate goes while its gradient is steady.
        beta_1, beta_2: how much of m and of v is kept.
        epsilon: added to a coordinate's usual gradient, so that nothing is divided by 0.

    Returns the new x, m and v. Kingma and Ba 2015, algorithm 1, in the order of computation at the
    end of their section 2, which is also Keras's.

    >>> x, m, v = adam_step(np.array([0.5, 0.5]), 0.0, 0.0, np.array([3.0, -0.01]), t=1)
    >>> x.round(3)  # the first step has one length, whatever the gradient
    array([0.48, 0.52])
    """
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient**2
    rate = learning_rate * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)
    return x - rate * m / (v**0.5 + epsilon), m, v


def two_loop_direction(gradient, steps: Sequence, changes: Sequence):
    """Minus the inverse curvature times the gradient, from remembered steps.

    Args:
        gradient: at the current point, any shape.
        steps: s, by how much the point changed in each step, oldest first; at least one.
        changes: y, by how much the gradient changed in each of them. Where nothing is remembered
            yet, s and y are zeros; the latest must not be.

    Returns the direction in which to search. Nocedal and Wright 2006, algorithm 7.4.

    >>> s, y = tf.constant([1.0, 0.0]), tf.constant([4.0, 0.0])  # curvature 4
    >>> two_loop_direction(tf.constant([8.0, 0.0]), [s], [y]).numpy()  # 8 / 4, downhill
    array([-2., -0.], dtype=float32)
    """
    q, alphas = gradient, []
    for s, y in zip(reversed(steps), reversed(changes), strict=True):
        alphas.append(tf.math.divide_no_nan(dot(s, q), dot(s, y)))
        q = q - alphas[-1] * y
    # The curvature along the latest step stands for that along all directions not yet seen.
    q = q * dot(steps[-1], changes[-1]) / dot(changes[-1], changes[-1])
    for s, y, alpha in zip(steps, changes, reversed(alphas), strict=True):
        beta = tf.math.divide_no_nan(dot(y, q), dot(s, y))
        q = q + (alpha - beta) * s
    return -q


def scipy_objective(evaluate: Evaluate, shape: Sequence[int], dtype="float32") -> Callable:
    """`evaluate` in the form that SciPy's optimisers want: flat vectors in float64.

    Args:
        evaluate: gives value (scalar) and gradient, for a tensor of that shape and type.
        shape, dtype: of what is optimised, e.g. (1, H, W, 3).

    Returns a function from a flat vector to the value, a float, and the flat gradient, in float64.

    >>> bowl = scipy_objective(lambda x: (tf.reduce_sum(x**2), 2 * x), shape=(1, 2))
    >>> bowl(np.array([3.0, 1.0]))
    (10.0, array([6., 2.]))
    """

    def value_and_gradient(flat):
        value, gradient = evaluate(tf.constant(flat.reshape(shape), dtype))
        return float(value), np.asarray(gradient, "float64").ravel()

    return value_and_gradient
