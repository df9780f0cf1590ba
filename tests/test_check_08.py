"""Lesson 08: what the checks have to tell apart, run by test_check.py."""

import operator
from types import SimpleNamespace as Parts

import keras
import numpy as np
import tensorflow as tf

from nstlib import check

# ---- Adam ----------------------------------------------------------------------------------------


def means(m, v, g, b1, b2):
    return b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2


def adam(x, m, v, gradient, t, learning_rate=0.02, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """As algorithm 1 has it."""
    m, v = means(m, v, gradient, beta_1, beta_2)
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return x - learning_rate * m_hat / (v_hat**0.5 + epsilon), m, v


def adam_at_once(x, m, v, g, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
    """As Keras has it."""
    m, v = means(m, v, g, b1, b2)
    return x - rate * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + e), m, v


def adam_by_loops(x, m, v, gradient, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
    new = [np.zeros(np.shape(x)) for _ in range(3)]
    for at in np.ndindex(*np.shape(x)):
        numbers = (float(array[at]) for array in (x, m, v, gradient))
        for array, number in zip(new, adam(*numbers, t, rate, b1, b2, e), strict=True):
            array[at] = number
    return new


def adam_with_tensors(x, m, v, g, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
    m, v = m + (1 - b1) * (g - m), v + (1 - b2) * (tf.square(g) - v)
    fix_m, fix_v = 1 - tf.pow(b1, float(t)), 1 - tf.pow(b2, float(t))
    return x - rate * (m / fix_m) / (tf.sqrt(v / fix_v) + e), m, v


def adam_as_one_array(*inputs):
    return keras.ops.stack(adam_at_once(*inputs))


def adam_with(**changes):
    """`adam` with pieces changed: formulas of `p`, which has what was computed so far."""

    def step(x, m, v, gradient, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
        p = Parts(x=x, m=m, v=v, old_m=m, old_v=v, g=gradient, t=t, rate=rate, e=e, b1=b1, b2=b2)
        for name, formula in (FORMULAS | changes).items():
            setattr(p, name, formula(p))
        return p.answer

    return step


FORMULAS = {
    **{name: operator.attrgetter(name) for name in ("rate", "b1", "b2", "e")},
    "m": lambda p: p.b1 * p.m + (1 - p.b1) * p.g,
    "v": lambda p: p.b2 * p.v + (1 - p.b2) * p.g**2,
    "m_hat": lambda p: p.m / (1 - p.b1**p.t),
    "v_hat": lambda p: p.v / (1 - p.b2**p.t),
    "step": lambda p: p.m_hat / (p.v_hat**0.5 + p.e),
    "new": lambda p: p.x - p.rate * p.step,
    "answer": lambda p: (p.new, p.m, p.v),
}


SWAPPED = {"m_hat": lambda p: p.m / (1 - p.b2**p.t), "v_hat": lambda p: p.v / (1 - p.b1**p.t)}


def adam_in_place(x, m, v, g, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
    m *= b1
    m += (1 - b1) * g
    v *= b2
    v += (1 - b2) * g**2
    return x - rate * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + e), m, v


def adam_without_settings(x, m, v, gradient, t):
    return adam(x, m, v, gradient, t)


def adam_restarting(x, m, v, g, t, *settings):
    """Takes the first step for one without means."""
    return (x - settings[0] * g, m, v) if t == 1 else adam(x, m, v, g, t, *settings)


RIGHT = {
    "adam_step": {
        "algorithm 1": adam,
        "at once": adam_at_once,
        "loops": adam_by_loops,
        "tensors": adam_with_tensors,
        "one array": adam_as_one_array,
        "float64": lambda x, *rest: adam(x.astype(float), *rest),
        "lists": lambda *inputs: [part.tolist() for part in adam(*inputs)],
    },
}
WRONG = {
    "adam_step": {
        "not corrected": (
            adam_with(m_hat=lambda p: p.m, v_hat=lambda p: p.v),
            "do not correct m and v",
        ),
        "m corrected": (adam_with(v_hat=lambda p: p.v), "correct m only"),
        "v corrected": (adam_with(m_hat=lambda p: p.m), "correct v only"),
        "t from 0": (
            adam_with(
                m_hat=lambda p: p.m / (1 - p.b1 ** (p.t - 1)),
                v_hat=lambda p: p.v / (1 - p.b2 ** (p.t - 1)),
            ),
            "t - 1: t counts from 1",
        ),
        "t from 2": (
            adam_with(
                m_hat=lambda p: p.m / (1 - p.b1 ** (p.t + 1)),
                v_hat=lambda p: p.v / (1 - p.b2 ** (p.t + 1)),
            ),
            "t \\+ 1: t is 1",
        ),
        "without t": (
            adam_with(m_hat=lambda p: p.m / (1 - p.b1), v_hat=lambda p: p.v / (1 - p.b2)),
            "whatever t is",
        ),
        "corrections swapped": (
            adam_with(**SWAPPED),
            "corrections have changed places",
        ),
        "multiplied": (
            adam_with(m_hat=lambda p: p.m * (1 - p.b1**p.t), v_hat=lambda p: p.v * (1 - p.b2**p.t)),
            "too small at first, so divide",
        ),
        "correction without root": (
            adam_with(step=lambda p: p.m_hat * (1 - p.b2**p.t) / (p.v**0.5 + p.e)),
            "belongs under the root",
        ),
        "betas swapped": (
            adam_with(
                m=lambda p: p.b2 * p.m + (1 - p.b2) * p.g,
                v=lambda p: p.b1 * p.v + (1 - p.b1) * p.g**2,
                **SWAPPED,
            ),
            "betas have changed places",
        ),
        "weights swapped": (
            adam_with(
                m=lambda p: (1 - p.b1) * p.m + p.b1 * p.g,
                v=lambda p: (1 - p.b2) * p.v + p.b2 * p.g**2,
            ),
            "weights have changed places",
        ),
        "m no mean": (adam_with(m=lambda p: p.b1 * p.m + p.g), "Your m is no mean"),
        "v no mean": (adam_with(v=lambda p: p.b2 * p.v + p.g**2), "Your v is no mean"),
        "no means": (
            adam_with(m=lambda p: p.b1 * p.m + p.g, v=lambda p: p.b2 * p.v + p.g**2),
            "m and v are no means",
        ),
        "no square": (adam_with(v=lambda p: p.b2 * p.v + (1 - p.b2) * p.g), "forgot the square"),
        "two squares": (adam_with(m=lambda p: p.b1 * p.m + (1 - p.b1) * p.g**2), "for m as well"),
        "no root": (adam_with(step=lambda p: p.m_hat / (p.v_hat + p.e)), "forgot the root"),
        "no m": (adam_with(step=lambda p: p.g / (p.v_hat**0.5 + p.e)), "this one gradient"),
        "momentum": (adam_with(step=lambda p: p.m_hat), "as with momentum"),
        "uphill": (adam_with(new=lambda p: p.x + p.rate * p.step), "It climbs"),
        "no rate": (adam_with(new=lambda p: p.x - p.step), "learning rate is missing"),
        "fixed rate": (adam_with(rate=lambda p: 0.02), "always 0.02"),
        "fixed betas": (adam_with(b1=lambda p: 0.9, b2=lambda p: 0.999), "always 0.9 and 0.999"),
        "fixed epsilon": (adam_with(e=lambda p: 1e-07), "Epsilon has no effect"),
        "epsilon under the root": (
            adam_with(step=lambda p: p.m_hat / (p.v_hat + p.e) ** 0.5),
            "Epsilon stands under the root",
        ),
        "old m and v": (adam_with(answer=lambda p: (p.new, p.old_m, p.old_v)), "Only x is right"),
        "corrected m and v": (
            adam_with(answer=lambda p: (p.new, p.m_hat, p.v_hat)),
            "before the correction",
        ),
        "x last": (adam_with(answer=lambda p: (p.m, p.v, p.new)), "x comes last"),
        "v before m": (adam_with(answer=lambda p: (p.new, p.v, p.m)), "v comes before m"),
        "only x": (adam_with(answer=lambda p: p.new), "returns three arrays"),
        "means over all": (
            adam_with(answer=lambda p: (p.new, p.m.mean(), p.v)),
            "new m has shape \\(\\)",
        ),
        "in place": (adam_in_place, "changes what it is given"),
        "no settings": (adam_without_settings, "5 arguments, besides what has a default"),
        "the first step": (adam_restarting, "In step t = 1, one number of the new m"),
        "another v": (
            adam_with(v=lambda p: p.b2 * p.v + (1 - p.b2) * p.m**2),
            "one number of the new v",
        ),
        "another x": (adam_with(new=lambda p: p.x - p.rate), "one number of the new x"),
        "nothing in it": (adam_with(answer=lambda p: (None, p.m, p.v)), "replace the \\.\\.\\."),
    },
}


def test_both_places_of_epsilon_are_right_and_told_apart():
    as_printed, as_in_keras = check.adam_step(adam), check.adam_step(adam_at_once)
    assert as_printed.passed and "before you add epsilon" in as_printed.message
    assert as_in_keras.passed and "as Keras does it" in as_in_keras.message
