"""Lesson 15: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import scipy.linalg
import tensorflow as tf

from nstlib.training.distill import fold_batch_norm, linear_r2

ops = keras.ops

# ---- linear_r2 -----------------------------------------------------------------------------------


def rows(F):
    return np.reshape(F, (-1, F.shape[-1])).astype("float64")


def with_ones(x):
    return np.column_stack([x, np.ones(len(x))])


def fitted(x, y):
    return x @ np.linalg.lstsq(x, y, rcond=None)[0]


def total(y):
    return ((y - y.mean(axis=0)) ** 2).sum()


def r2_by_ones(F, T):
    x, y = with_ones(rows(F)), rows(T)
    return 1 - ((y - fitted(x, y)) ** 2).sum() / total(y)


def r2_by_normal_equations(F, T):
    x, y = with_ones(rows(F)), rows(T)
    W = np.linalg.solve(x.T @ x, x.T @ y)
    return 1 - np.mean((y - x @ W) ** 2) / y.var(axis=0).mean()


def r2_by_pseudoinverse(F, T):
    """And by the variance of what is predicted."""
    x, y = with_ones(rows(F)), rows(T)
    return (x @ np.linalg.pinv(x) @ y).var(axis=0).sum() / y.var(axis=0).sum()


def r2_by_scipy_and_a_loop(F, T):
    x, left, whole = with_ones(rows(F)), 0.0, 0.0
    for d in range(T.shape[-1]):
        y = T[..., d].reshape(-1).astype(float)
        w, *_ = scipy.linalg.lstsq(x, y)
        left += sum((y - x @ w) ** 2)
        whole += sum((y - y.mean()) ** 2)
    return 1 - left / whole


def r2_by_tensors(F, T):
    C, D = F.get_shape()[-1], T.get_shape()[-1]
    x, y = tf.reshape(F, (-1, C)), tf.reshape(T, (-1, D))
    x, y = x - tf.reduce_mean(x, 0), y - tf.reduce_mean(y, 0)
    W = tf.linalg.lstsq(x, y, fast=False)
    return 1 - tf.reduce_sum((y - x @ W) ** 2) / tf.reduce_sum(y**2)


def r2_by_qr(F, T):
    x, y = rows(F), rows(T)
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    Q, _ = np.linalg.qr(x)
    return np.linalg.norm(Q.T @ y) ** 2 / np.linalg.norm(y) ** 2


def r2_by_keras(F, T):
    x, y = (ops.reshape(Z, (-1, Z.shape[-1])) for Z in (F, T))
    x = ops.concatenate([x, ops.ones_like(x[:, :1])], axis=1)
    left = y - ops.matmul(x, ops.lstsq(x, y))
    return 1 - ops.sum(left**2) / ops.sum((y - ops.mean(y, axis=0)) ** 2)


def r2_from(formula):
    return lambda F, T: formula(rows(F), rows(T))


def left(x, y):
    return y - fitted(with_ones(x), y)


def r2_a_picture_each(F, T):
    parts = [left(rows(f), rows(t)) for f, t in zip(F, T, strict=True)]
    return 1 - (np.concatenate(parts) ** 2).sum() / total(rows(T))


def r2_reshaped(F, T):
    x, y = F.reshape(F.shape[-1], -1).T, T.reshape(T.shape[-1], -1).T
    return 1 - (left(x, y) ** 2).sum() / total(y)


def r2_in_place(F, T):
    F -= F.mean(axis=(0, 1, 2))
    return r2_by_ones(F, T)


# ---- distillation_loss ---------------------------------------------------------------------------


def loss_by_loop(predicted, T, mean, scale):
    found = 0.0
    for d in range(T.shape[-1]):
        wanted = (T[..., d] - mean[d]) / scale
        found += np.mean((predicted[..., d] - wanted) ** 2)
    return found / T.shape[-1]


def loss_by_tensorflow(predicted, T, mean, scale):
    return tf.reduce_mean(tf.math.squared_difference(predicted, (T - mean) / scale))


def loss_in_place(predicted, T, mean, scale):
    T -= mean
    return np.mean((predicted - T / scale) ** 2)


def squared(difference):
    return lambda p, T, m, s: np.mean(difference(p, T, m, s) ** 2)


def of_difference(reduce):
    return lambda p, T, m, s: reduce(p - (T - m) / s)


# ---- fold_batch_norm -----------------------------------------------------------------------------


def fold_by_loop(kernel, gamma, beta, mean, variance):
    new, bias = np.array(kernel), np.array(beta)
    for c in range(kernel.shape[-1]):
        gain = gamma[c] / (variance[c] + 0.001) ** 0.5
        new[..., c] = kernel[..., c] * gain
        bias[c] = beta[c] - mean[c] * gain
    return new, bias


def fold_by_tensors(kernel, gamma, beta, mean, variance):
    gain = gamma * tf.math.rsqrt(variance + 1e-3)
    return [kernel * gain, beta - mean * gain]


def fold_by_keras(kernel, gamma, beta, mean, variance):
    gain = gamma / ops.sqrt(variance + 1e-3)
    return kernel * ops.reshape(gain, (1, 1, 1, -1)), beta - mean * gain


def fold_by_matrix(kernel, gamma, beta, mean, variance):
    gain = np.diag(gamma / np.sqrt(variance + 0.001))
    return np.einsum("hwio,op->hwip", kernel, gain), beta - gain @ mean


def fold_by_trying(kernel, gamma, beta, mean, variance):
    """What the normalisation makes of 0 is the bias; less that, of the kernel the new kernel."""

    def norm(y):
        return gamma * (y - mean) / np.sqrt(variance + 0.001) + beta

    return norm(kernel) - norm(0.0), norm(0.0)


def fold_in_place(kernel, gamma, beta, mean, variance):
    gain = gamma / np.sqrt(variance + 0.001)
    kernel *= gain
    return kernel, beta - mean * gain


def folded(kernel=lambda k, gain: k * gain, bias=lambda b, m, gain: b - m * gain):
    def fold(k, g, b, m, v):
        gain = g / np.sqrt(v + 0.001)
        return kernel(k, gain), bias(b, m, gain)

    return fold


def with_gain(gain):
    """With another factor in kernel and bias."""

    def fold(k, g, b, m, v):
        return k * gain(g, b, m, v), b - m * gain(g, b, m, v)

    return fold


RIGHT = {
    "linear_r2": {
        "a column of ones": r2_by_ones,
        "normal equations": r2_by_normal_equations,
        "pseudoinverse": r2_by_pseudoinverse,
        "SciPy, a loop": r2_by_scipy_and_a_loop,
        "tensors": r2_by_tensors,
        "QR": r2_by_qr,
        "keras": r2_by_keras,
    },
    "distillation_loss": {
        "NumPy": lambda p, T, m, s: np.mean(np.square(p - (T - m) / s)),
        "keras": lambda p, T, m, s: ops.mean((p - (T - m) / s) ** 2),
        "tensors": loss_by_tensorflow,
        "a loop": loss_by_loop,
        "on the teacher's scale": lambda p, T, m, s: np.mean((s * p + m - T) ** 2) / s**2,
        "a product": lambda p, T, m, s: (d := np.ravel(p - (T - m) / s)) @ d / d.size,
        "Keras's loss": lambda p, T, m, s: ops.mean(
            keras.losses.mean_squared_error((T - m) / s, p)
        ),
    },
    "fold_batch_norm": {
        "a loop": fold_by_loop,
        "tensors": fold_by_tensors,
        "keras": fold_by_keras,
        "a matrix": fold_by_matrix,
        "trying": fold_by_trying,
    },
}
WRONG = {
    "linear_r2": {
        "no constant": (
            r2_from(lambda x, y: 1 - ((y - fitted(x, y)) ** 2).sum() / total(y)),
            "cannot add a constant",
        ),
        "constant forgotten": (
            r2_from(
                lambda x, y: (
                    1
                    - ((y - x @ np.linalg.lstsq(with_ones(x), y, rcond=None)[0][:-1]) ** 2).sum()
                    / total(y)
                )
            ),
            "leave it out of the prediction",
        ),
        "from 0": (
            r2_from(lambda x, y: 1 - (left(x, y) ** 2).sum() / (y**2).sum()),
            "measured from 0",
        ),
        "one mean": (
            r2_from(lambda x, y: 1 - (left(x, y) ** 2).sum() / ((y - y.mean()) ** 2).sum()),
            "one mean for all channels",
        ),
        "mean of a position": (
            r2_from(
                lambda x, y: (
                    1 - (left(x, y) ** 2).sum() / ((y - y.mean(axis=1, keepdims=True)) ** 2).sum()
                )
            ),
            "mean of each position",
        ),
        "unexplained": (
            r2_from(lambda x, y: (left(x, y) ** 2).sum() / total(y)),
            "left unexplained",
        ),
        "a mean of R2s": (
            r2_from(
                lambda x, y: np.mean(1 - (left(x, y) ** 2).sum(axis=0) / y.var(axis=0) / len(y))
            ),
            "average the R2 of the channels",
        ),
        "R": (lambda F, T: r2_by_ones(F, T) ** 0.5, "the root of it"),
        "lengths": (
            r2_from(lambda x, y: 1 - np.linalg.norm(left(x, y)) / total(y) ** 0.5),
            "roots of the squares",
        ),
        "distances": (
            r2_from(lambda x, y: 1 - np.abs(left(x, y)).sum() / np.abs(y - y.mean(axis=0)).sum()),
            "without squaring",
        ),
        "a map a picture": (r2_a_picture_each, "a map for each picture"),
        "first picture": (lambda F, T: r2_by_ones(F[:1], T[:1]), "first picture counts"),
        "reshape": (r2_reshaped, "reshape moves no number"),
        "swapped": (lambda F, T: r2_by_ones(T, F), "explain F by T"),
        "single channels": (
            r2_from(lambda x, y: (np.corrcoef(x.T, y.T)[:3, 3:] ** 2).max(axis=0).mean()),
            "one channel with one other",
        ),
        "adjusted": (
            r2_from(lambda x, y: 1 - (left(x, y) ** 2).sum() / total(y) * 59 / 56),
            "adjusted R2",
        ),
        "sum over mean": (
            r2_from(lambda x, y: 1 - (left(x, y) ** 2).sum() / y.var(axis=0).sum()),
            "a sum by a sum",
        ),
        "per cent": (lambda F, T: 100 * r2_by_ones(F, T), "in per cent"),
        "explained": (
            r2_from(lambda x, y: total(y) - (left(x, y) ** 2).sum()),
            "not yet its share: divide by the whole.$",
        ),
        "left": (r2_from(lambda x, y: (left(x, y) ** 2).sum()), "what is left, not yet"),
        "an array": (
            r2_from(lambda x, y: 1 - (left(x, y) ** 2).sum(axis=0) / y.var(axis=0) / len(y)),
            "one for each of the teacher's channels",
        ),
        "the map": (
            r2_from(lambda x, y: np.linalg.lstsq(with_ones(x), y, rcond=None)[0]),
            "That is the map",
        ),
        "always 1": (lambda F, T: 1.0, "it is .*, and yours is|docstring's example"),
        "whole": (lambda F, T: round(linear_r2(F, T)), "whole numbers"),
        "in place": (r2_in_place, "changes what it is given"),
    },
    "distillation_loss": {
        "no mean": (squared(lambda p, T, m, s: p - T / s), "not subtract the teacher's mean"),
        "no scale": (squared(lambda p, T, m, s: p - (T - m)), "not divide by the scale"),
        "neither": (squared(lambda p, T, m, s: p - T), "as they are: subtract"),
        "a variance": (squared(lambda p, T, m, s: p - (T - m) / s**2), "square of the scale"),
        "a root": (squared(lambda p, T, m, s: p - (T - m) / s**0.5), "root of the scale"),
        "multiplied": (squared(lambda p, T, m, s: p - (T - m) * s), "multiply by the scale"),
        "no parentheses": (squared(lambda p, T, m, s: p - (T - m / s)), "in parentheses"),
        "subtracted late": (squared(lambda p, T, m, s: p - (T / s - m)), "first subtract"),
        "added": (squared(lambda p, T, m, s: p - (T + m) / s), "mean is added"),
        "parentheses too wide": (squared(lambda p, T, m, s: (p - (T - m)) / s), "close too late"),
        "teacher's scale": (squared(lambda p, T, m, s: p * s + m - T), "on the teacher's scale"),
        "the prediction": (squared(lambda p, T, m, s: (p - m) / s - T), "it is there already"),
        "own mean": (
            squared(lambda p, T, m, s: p - (T - T.mean((0, 1, 2))) / s),
            "mean of this batch",
        ),
        "own deviation": (
            squared(lambda p, T, m, s: p - (T - m) / T.std()),
            "deviation of this batch",
        ),
        "distances": (of_difference(lambda d: np.abs(d).mean()), "without squaring"),
        "not squared": (of_difference(np.mean), "cancel"),
        "root": (of_difference(lambda d: np.sqrt((d**2).mean())), "take a root"),
        "sum": (of_difference(lambda d: (d**2).sum()), "squares are added up"),
        "channels": (
            of_difference(lambda d: (d**2).sum(axis=-1).mean()),
            "squares of the channels",
        ),
        "pictures": (
            of_difference(lambda d: sum((each**2).mean() for each in d)),
            "add up the pictures",
        ),
        "half": (of_difference(lambda d: (d**2).mean() / 2), "half of it"),
        "squared mean": (of_difference(lambda d: d.mean() ** 2), "square first"),
        "variance": (of_difference(np.var), "costs nothing"),
        "R2": (of_difference(lambda d: 1 - (d**2).mean()), "share that is explained"),
        "negative": (of_difference(lambda d: -(d**2).mean()), "wrong sign"),
        "first picture": (of_difference(lambda d: (d[0] ** 2).mean()), "first picture counts"),
        "no prediction": (squared(lambda p, T, m, s: (T - m) / s), "does not occur"),
        "an array": (of_difference(lambda d: (d**2).mean(axis=-1)), "positions and channels"),
        "too much": (of_difference(lambda d: 1.1 * (d**2).mean()), "docstring's example"),
        "in place": (loss_in_place, "changes what it is given"),
    },
    "fold_batch_norm": {
        "kernel as it was": (folded(kernel=lambda k, gain: k), "kernel: It is as it was"),
        "variance": (with_gain(lambda g, b, m, v: g / (v + 0.001)), "divide by the variance"),
        "no gamma": (with_gain(lambda g, b, m, v: 1 / np.sqrt(v + 0.001)), "gamma is missing"),
        "gamma alone": (with_gain(lambda g, b, m, v: g), "do not divide by the deviation"),
        "multiplied": (
            with_gain(lambda g, b, m, v: g * np.sqrt(v + 0.001)),
            "multiply with the deviation",
        ),
        "by gamma": (
            with_gain(lambda g, b, m, v: 1 / g / np.sqrt(v + 0.001)),
            "divide by gamma",
        ),
        "no 0.001": (with_gain(lambda g, b, m, v: g / np.sqrt(v)), "0.001 is missing"),
        "0.001 late": (with_gain(lambda g, b, m, v: g / (np.sqrt(v) + 0.001)), "comes after it"),
        "beta": (with_gain(lambda g, b, m, v: b / np.sqrt(v + 0.001)), "multiplied with beta"),
        "all into the kernel": (
            lambda k, g, b, m, v: (
                (k - m) * g / np.sqrt(v + 0.001) + b,
                b - m * g / np.sqrt(v + 0.001),
            ),
            "can only multiply",
        ),
        "channels that come in": (
            folded(kernel=lambda k, gain: k * gain[:, None]),
            "channels that come in",
        ),
        "sides": (folded(kernel=lambda k, gain: k * gain[:, None, None]), "sides of the kernel"),
        "one factor": (folded(kernel=lambda k, gain: k * gain[0]), "One factor for all"),
        "transposed": (
            folded(kernel=lambda k, gain: k.transpose(0, 1, 3, 2) * gain),
            "do not transpose",
        ),
        "bias: no mean": (folded(bias=lambda b, m, gain: b), "mean is missing"),
        "bias: plain mean": (folded(bias=lambda b, m, gain: b - m), "multiplied, too"),
        "bias: added": (folded(bias=lambda b, m, gain: b + m * gain), "mean is added"),
        "bias: beta too": (folded(bias=lambda b, m, gain: (b - m) * gain), "beta comes last"),
        "bias: no beta": (folded(bias=lambda b, m, gain: -m * gain), "beta is missing"),
        "bias: sign": (folded(bias=lambda b, m, gain: m * gain - b), "sign is wrong"),
        "bias: divided": (folded(bias=lambda b, m, gain: b - m / gain), "divided by the factor"),
        "bias: gamma only": (
            lambda k, g, b, m, v: (k * g / np.sqrt(v + 0.001), b - m * g),
            "mean is multiplied with gamma",
        ),
        "bias: no gamma": (
            lambda k, g, b, m, v: (k * g / np.sqrt(v + 0.001), b - m / np.sqrt(v + 0.001)),
            "mean is divided by the deviation",
        ),
        "bias: gamma for beta": (
            lambda k, g, b, m, v: (
                k * g / np.sqrt(v + 0.001),
                g - m * g / np.sqrt(v + 0.001),
            ),
            "in the place of beta",
        ),
        "bias: kernel": (
            lambda k, g, b, m, v: (
                k * g / np.sqrt(v + 0.001),
                b - m * g / np.sqrt(v + 0.001) * k.sum(axis=(0, 1, 2)),
            ),
            "not of what it gets",
        ),
        "bias: none": (folded(bias=lambda b, m, gain: 0 * b), "It is 0"),
        "bias: one": (
            folded(bias=lambda b, m, gain: 0 * b + (b - m * gain).mean()),
            "bias: One number for all",
        ),
        "kernel alone": (lambda *a: fold_batch_norm(*a)[0], "yours returns one thing"),
        "three": (lambda *a: (*fold_batch_norm(*a), 0), "yours returns 3 things"),
        "order": (lambda *a: fold_batch_norm(*a)[::-1], "wrong order"),
        "shape of the bias": (
            lambda *a: (fold_batch_norm(*a)[0], fold_batch_norm(*a)[1][:1]),
            "bias has shape",
        ),
        "shape of the kernel": (
            lambda *a: (fold_batch_norm(*a)[0][0], fold_batch_norm(*a)[1]),
            "kernel has shape",
        ),
        "a bit off": (
            folded(bias=lambda b, m, gain: b - m * gain + 0.1),
            "The bias: For the docstring's example",
        ),
        "in place": (fold_in_place, "changes what it is given"),
    },
}
SAME_WORDS = {  # of slips that have come up already
    "linear_r2": {
        "all numbers": (
            r2_from(
                lambda x, y: np.corrcoef(fitted(with_ones(x), y).ravel(), y.ravel())[0, 1] ** 2
            ),
            "one mean for all channels",
        ),
        "only F centred": (
            r2_from(lambda x, y: 1 - ((y - fitted(x - x.mean(axis=0), y)) ** 2).sum() / total(y)),
            "cannot add a constant",
        ),
        "best pair": (
            r2_from(lambda x, y: (np.corrcoef(x.T, y.T)[:3, 3:] ** 2).max()),
            "one channel with one other",
        ),
    },
    "distillation_loss": {
        "own deviations": (
            squared(lambda p, T, m, s: p - (T - m) / T.std((0, 1, 2))),
            "deviation of this batch",
        ),
        "both normalised": (
            squared(lambda p, T, m, s: (p - m) / s - (T - m) / s),
            "it is there already",
        ),
    },
    "fold_batch_norm": {
        "variance, without 0.001": (with_gain(lambda g, b, m, v: g / v), "divide by the variance"),
        "beta times gain": (
            folded(bias=lambda b, m, gain: b * gain - m),
            "beta comes last",
        ),
    },
}
