"""Lesson 12: what the checks have to tell apart, run by test_check.py."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from nstlib.fast import transfer_network

# ---- instance_norm -------------------------------------------------------------------------------


def wide(rows):
    return np.asarray(rows)[:, None, None]


def normal(x, axes=(1, 2), least=1e-5):
    mean = x.mean(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=axes, keepdims=True) + least)


def with_keepdims(x, gamma, beta):
    return wide(gamma) * normal(x) + wide(beta)


def with_keras(x, gamma, beta):
    mean, variance = ops.moments(x, axes=(1, 2), keepdims=True)
    return gamma[:, None, None] * (x - mean) / ops.sqrt(variance + 1e-5) + beta[:, None, None]


def with_tensorflow(x, gamma, beta):
    mean, variance = tf.nn.moments(x, axes=(1, 2))
    scale = gamma * tf.math.rsqrt(variance + 1e-5)
    shift = beta - scale * mean
    return x * scale[:, tf.newaxis, tf.newaxis] + shift[:, tf.newaxis, tf.newaxis]


def with_einsum(x, gamma, beta):
    return np.einsum("bhwc,bc->bhwc", normal(x), gamma) + wide(beta)


def by_loops(x, gamma, beta):
    found = np.empty(x.shape)
    for b in range(x.shape[0]):
        for c in range(x.shape[-1]):
            channel = x[b, :, :, c].astype(float)
            sigma = math.sqrt(channel.var() + 1e-5)
            found[b, :, :, c] = gamma[b, c] * (channel - channel.mean()) / sigma + beta[b, c]
    return found


def flattened(x, gamma, beta):
    rows = x.reshape(x.shape[0], -1, x.shape[-1])
    rows = (rows - rows.mean(1, keepdims=True)) / (rows.std(1, keepdims=True) + 1e-6)
    return (gamma[:, None] * rows + beta[:, None]).reshape(x.shape)


def by_keras_layer(x, gamma, beta):
    layer = keras.layers.GroupNormalization(groups=-1, epsilon=1e-5, center=False, scale=False)
    return layer(x) * wide(gamma) + wide(beta)


def over(axes):
    return lambda x, gamma, beta: wide(gamma) * normal(x, axes) + wide(beta)


def divided_by(size):
    return lambda x, g, b: wide(g) * (x - x.mean((1, 2), keepdims=True)) / size(x) + wide(b)


def flat_rows(x, gamma, beta):
    return with_keepdims(x, gamma, beta).reshape(x.shape[0], -1, x.shape[-1])


def norm_in_place(x, gamma, beta):
    x -= x.mean(axis=(1, 2), keepdims=True)
    return wide(gamma) * x / np.sqrt((x**2).mean(axis=(1, 2), keepdims=True) + 1e-5) + wide(beta)


def squeezed(x, gamma, beta):
    low, high = x.min((1, 2), keepdims=True), x.max((1, 2), keepdims=True)
    return wide(gamma) * (x - low) / (high - low) + wide(beta)


# ---- conditional_instance_norm -------------------------------------------------------------------


def mixed_numbers(x, gammas, betas, shares):
    return with_keepdims(x, shares @ gammas, shares @ betas)


def mixed_with_einsum(x, gammas, betas, shares):
    gamma, beta = (np.einsum("bs,sc->bc", shares, rows) for rows in (gammas, betas))
    return with_keepdims(x, gamma, beta)


def mixed_pictures(x, gammas, betas, shares):
    """Every style's picture, times its share: the same, as all of it is linear in the numbers."""
    painted = [with_keepdims(x, g[None], b[None]) for g, b in zip(gammas, betas, strict=True)]
    return sum(wide(shares[:, k : k + 1]) * picture for k, picture in enumerate(painted))


def mixed_by_loops(x, gammas, betas, shares):
    rows = [sum(s * g for s, g in zip(row, gammas, strict=True)) for row in shares]
    shifts = [sum(s * b for s, b in zip(row, betas, strict=True)) for row in shares]
    return with_keras(x, np.array(rows), np.array(shifts))


def mixed_with_tensors(x, gammas, betas, shares):
    return transfer_network.instance_norm(x, tf.matmul(shares, gammas), tf.matmul(shares, betas))


def mixed_by_average(x, gammas, betas, shares):
    rows = [np.average(gammas, axis=0, weights=row) for row in shares]
    shifts = [np.average(betas, axis=0, weights=row) for row in shares]
    return with_keepdims(x, rows, shifts)


def by(rows):
    """With numbers for each picture, made of a style's rows and the shares in another way."""
    return lambda x, g, b, s: with_keepdims(x, rows(g, s), rows(b, s))


def equal(rows, shares):
    return np.full_like(shares, 0.25 if shares.shape[1] == 4 else 1 / shares.shape[1]) @ rows


def without_adding_up(x, gammas, betas, shares):
    return np.stack([with_keepdims(x, gammas[[k] * len(x)], betas[[k] * len(x)]) for k in (0, 1)])


def mixed_in_place(x, gammas, betas, shares):
    found = mixed_numbers(x, gammas, betas, shares)
    shares /= 2
    return found


# ---- break_even ----------------------------------------------------------------------------------


def counted(training, loop, one_pass):
    if one_pass >= loop:
        return math.inf
    pictures = max(1, int(training / (loop - one_pass)))
    while training + pictures * one_pass > pictures * loop:
        pictures += 1
    return pictures


def with_numpy(training, loop, one_pass):
    if loop <= one_pass:
        return np.inf
    return max(1, int(np.ceil(training / (loop - one_pass))))


def by_negative_floor(training, loop, one_pass):
    saved = loop - one_pass
    return float("inf") if saved <= 0 else max(1, int(-(-training // saved)))


def pays(formula):
    """Right where it never pays."""
    return lambda t, loop, one: formula(t, loop, one) if loop > one else math.inf


def one_too_many_when_even(training, loop, one_pass):
    return math.floor(training / (loop - one_pass)) + 1


RIGHT = {
    "instance_norm": {
        "keepdims": with_keepdims,
        "keras": with_keras,
        "tensorflow": with_tensorflow,
        "einsum": with_einsum,
        "loops": by_loops,
        "flattened, added to the deviation": flattened,
        "a layer of Keras": by_keras_layer,
        "1e-3 added": lambda x, g, b: wide(g) * normal(x, least=1e-3) + wide(b),
    },
    "conditional_instance_norm": {
        "mixed numbers": mixed_numbers,
        "einsum": mixed_with_einsum,
        "mixed pictures": mixed_pictures,
        "loops": mixed_by_loops,
        "tensors": mixed_with_tensors,
        "weighted averages": mixed_by_average,
    },
    "break_even": {
        "counted": counted,
        "numpy": with_numpy,
        "negative floor": by_negative_floor,
        "ceil": pays(lambda t, loop, one: max(1, math.ceil(t / (loop - one)))),
    },
}
WRONG = {
    "instance_norm": {
        "batch": (over((0, 1, 2)), "that is batch normalisation"),
        "layer": (over((1, 2, 3)), "layer normalisation"),
        "everything": (over((0, 1, 2, 3)), "average over everything"),
        "channels": (over(3), "channels at each position"),
        "height": (over(1), "height alone"),
        "another pair of axes": (over((2, 3)), "wrong two axes"),
        "the deviation of all pictures": (
            divided_by(lambda x: x.std((0, 1, 2))),
            "one of yours is over all pictures",
        ),
        "a sum of squares": (
            divided_by(lambda x: x.std((1, 2), keepdims=True) * np.sqrt(x[0, ..., 0].size)),
            "squares are added up",
        ),
        "mean distance": (
            divided_by(
                lambda x: np.abs(x - x.mean((1, 2), keepdims=True)).mean((1, 2), keepdims=True)
            ),
            "mean distance from the mean",
        ),
        "much added": (
            lambda x, g, b: wide(g) * normal(x, least=1) + wide(b),
            "1e-5 is enough",
        ),
        "gamma before the mean": (
            lambda x, g, b: (
                (wide(g) * x - x.mean((1, 2), keepdims=True)) / x.std((1, 2), keepdims=True)
                + wide(b)
            ),
            "before its mean is subtracted",
        ),
        "variance": (divided_by(lambda x: x.var((1, 2), keepdims=True)), "divide by the variance"),
        "nothing": (divided_by(lambda x: 1), "divide by nothing"),
        "multiplied": (divided_by(lambda x: 1 / x.std((1, 2), keepdims=True)), "multiply by the"),
        "mean square": (
            divided_by(lambda x: np.sqrt((x**2).mean((1, 2), keepdims=True))),
            "root of the mean square of x",
        ),
        "less one": (divided_by(lambda x: x.std((1, 2), keepdims=True, ddof=1)), "less one"),
        "mean stays": (
            lambda x, g, b: wide(g) * x / x.std((1, 2), keepdims=True) + wide(b),
            "mean of x stays in",
        ),
        "mean again": (
            lambda x, g, b: with_keepdims(x, g, b) + x.mean((1, 2), keepdims=True),
            "mean of x again",
        ),
        "no numbers": (lambda x, g, b: normal(x), "do not occur"),
        "no beta": (lambda x, g, b: wide(g) * normal(x), "beta is missing"),
        "no gamma": (lambda x, g, b: normal(x) + wide(b), "gamma is missing"),
        "swapped": (lambda x, g, b: with_keepdims(x, b, g), "are swapped"),
        "too early": (lambda x, g, b: wide(g) * (normal(x) + wide(b)), "too early"),
        "subtracted": (lambda x, g, b: with_keepdims(x, g, -b), "subtract beta"),
        "divided": (lambda x, g, b: with_keepdims(x, 1 / g, b), "divide by gamma"),
        "1 + gamma": (lambda x, g, b: with_keepdims(x, 1 + g, b), "multiply by 1 \\+ gamma"),
        "first picture": (lambda x, g, b: with_keepdims(x, g[:1], b[:1]), "of the first picture"),
        "last picture": (lambda x, g, b: with_keepdims(x, g[-1:], b[-1:]), "of the last picture"),
        "mean over the pictures": (
            lambda x, g, b: with_keepdims(x, g.mean(0)[None], b.mean(0)[None]),
            "over the pictures: each picture",
        ),
        "smallest and largest": (squeezed, "smallest value to 0"),
        "plain channel": (
            lambda x, g, b: wide(g) * normal(x, least=0) + wide(b),
            "the same everywhere.* yours is",
        ),
        "flat": (flat_rows, "has the shape of x"),
        "whole numbers": (lambda x, g, b: with_keepdims(x, g, b).astype(int), "lose everything"),
        "undefined": (lambda x, g, b: with_keepdims(x, g * np.nan, b), "Infinite or undefined"),
        "in place": (norm_in_place, "changes what it is given"),
        "one argument": (lambda x: normal(x), "must take 3 arguments"),
    },
    "conditional_instance_norm": {
        "no shares": (by(equal), "shares do not occur"),
        "all styles": (
            by(lambda rows, s: np.repeat(rows.sum(0)[None], len(s), 0)),
            "add up all styles",
        ),
        "a row for each": (by(lambda rows, s: rows[: len(s)]), "a row of the styles for each"),
        "last style": (by(lambda rows, s: s[:, -1:] * rows[-1]), "Only the last style is left"),
        "last picture": (by(lambda rows, s: s[[-1] * len(s)] @ rows), "of the last picture"),
        "first style": (by(lambda rows, s: rows[[0] * len(s)]), "first style for all"),
        "largest": (by(lambda rows, s: rows[s.argmax(1)]), "largest share alone"),
        "first picture": (by(lambda rows, s: s[[0] * len(s)] @ rows), "of the first picture"),
        "mean of the shares": (
            by(lambda rows, s: np.repeat(s.mean(0, keepdims=True), len(s), 0) @ rows),
            "mean of the shares",
        ),
        "all alike": (by(lambda rows, s: (s > 0) @ rows), "count alike"),
        "divided": (by(lambda rows, s: s @ rows / s.shape[1]), "divide the mixture"),
        "squared": (by(lambda rows, s: s**2 @ rows), "square the shares"),
        "gammas alone": (
            lambda x, g, b, s: with_keepdims(x, s @ g, b[[0] * len(x)]),
            "gammas, but not the betas",
        ),
        "betas alone": (
            lambda x, g, b, s: with_keepdims(x, g[[0] * len(x)], s @ b),
            "betas, but not the gammas",
        ),
        "swapped": (lambda x, g, b, s: with_keepdims(x, s @ b, s @ g), "are swapped"),
        "gammas twice": (lambda x, g, b, s: with_keepdims(x, s @ g, s @ g), "mix the gammas twice"),
        "betas twice": (lambda x, g, b, s: with_keepdims(x, s @ b, s @ b), "mix the betas twice"),
        "too early": (
            lambda x, g, b, s: wide(s @ g) * (normal(x) + wide(s @ b)),
            "betas come too early",
        ),
        "mean stays": (
            lambda x, g, b, s: wide(s @ g) * x / x.std((1, 2), keepdims=True) + wide(s @ b),
            "mean of x stays in",
        ),
        "no betas": (lambda x, g, b, s: wide(s @ g) * normal(x), "betas are missing"),
        "no gammas": (lambda x, g, b, s: normal(x) + wide(s @ b), "gammas are missing"),
        "not normalised": (
            lambda x, g, b, s: wide(s @ g) * x + wide(s @ b),
            "not normalised yet",
        ),
        "batch": (lambda x, g, b, s: over((0, 1, 2))(x, s @ g, s @ b), "all pictures together"),
        "layer": (lambda x, g, b, s: over((1, 2, 3))(x, s @ g, s @ b), "over the channels, too"),
        "squares": (
            lambda x, g, b, s: with_keepdims(x, np.sqrt(s @ g**2), s @ b),
            "deviations by their squares",
        ),
        "not added up": (without_adding_up, "one axis too many"),
        "one picture": (lambda x, *rest: mixed_numbers(x, *rest)[0], "has the shape of x"),
        "in place": (mixed_in_place, "changes what it is given"),
    },
    "break_even": {
        "the loop alone": (pays(lambda t, loop, one: math.ceil(t / loop)), "each picture, too"),
        "the pass alone": (pays(lambda t, loop, one: math.ceil(t / one)), "could have painted"),
        "times faster": (pays(lambda t, loop, one: loop / one), "times faster"),
        "added": (pays(lambda t, loop, one: math.ceil(t / (loop + one))), "You add the two"),
        "sign": (lambda t, loop, one: math.ceil(t / (one - loop)), "wrong sign"),
        "multiplied": (pays(lambda t, loop, one: t * (loop - one)), "seconds that are saved"),
        "seconds": (
            pays(lambda t, loop, one: t + math.ceil(t / (loop - one)) * one),
            "Those are seconds",
        ),
        "upside down": (pays(lambda t, loop, one: (loop - one) / t), "wrong way round"),
        "rounded down": (pays(lambda t, loop, one: int(t / (loop - one))), "round down"),
        "one more": (pays(lambda t, loop, one: math.ceil(t / (loop - one)) + 1), "one picture too"),
        "not rounded": (pays(lambda t, loop, one: t / (loop - one)), "part of a picture"),
        "as a float": (pays(lambda t, loop, one: np.ceil(t / (loop - one))), "a whole number, and"),
        "one more when even": (one_too_many_when_even, "after 10 pictures.* it is 10"),
        "no picture": (
            pays(lambda t, loop, one: math.ceil(t / (loop - one))),
            "no training.* it is 1",
        ),
        "never negative": (
            lambda t, loop, one: max(1, math.ceil(t / (loop - one + 1e-12))),
            "every picture costs more",
        ),
        "never when equal": (
            lambda t, loop, one: max(1, math.ceil(t / (loop - one))) if loop >= one else math.inf,
            "ZeroDivisionError",
        ),
        "a sentence": (
            lambda t, loop, one: math.ceil(t / (loop - one)) if loop > one and t else "never",
            "It returns numbers, and yours is a str",
        ),
    },
}
SAME_WORDS = {
    "instance_norm": {
        "width": (over(2), "height alone"),
        "pictures and height": (over((0, 1)), "wrong two axes"),
        "largest distance": (
            divided_by(
                lambda x: np.abs(x - x.mean((1, 2), keepdims=True)).max((1, 2), keepdims=True)
            ),
            "or by the largest",
        ),
        "added to the deviation": (
            divided_by(lambda x: x.std((1, 2), keepdims=True) + 1),
            "1e-5 is enough",
        ),
        "mean divided": (
            lambda x, g, b: (
                wide(g) * (x - x.mean((1, 2), keepdims=True) / x.std((1, 2), keepdims=True))
                + wide(b)
            ),
            "mean of x stays in",
        ),
    },
    "conditional_instance_norm": {
        "all alike, divided": (
            by(lambda rows, s: (s > 0) @ rows / (s > 0).sum(1, keepdims=True)),
            "count alike",
        ),
        "a row of the betas for each": (
            lambda x, g, b, s: with_keepdims(x, s @ g, b[: len(x)]),
            "gammas, but not the betas",
        ),
        "a row of the gammas for each": (
            lambda x, g, b, s: with_keepdims(x, g[: len(x)], s @ b),
            "betas, but not the gammas",
        ),
        "mean of the betas": (
            lambda x, g, b, s: with_keepdims(x, s @ g, equal(b, s)),
            "gammas, but not the betas",
        ),
    },
    "break_even": {
        "the pass once": (
            pays(lambda t, loop, one: math.ceil((t + one) / loop)),
            "each picture, too",
        ),
        "rounded": (pays(lambda t, loop, one: round(t / (loop - one))), "round down"),
    },
}
IN_PLACE = {"instance_norm": [norm_in_place], "conditional_instance_norm": [mixed_in_place]}
