"""Lesson 05: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import tensorflow as tf


def mean_square(G, A):
    return np.mean((G - A) ** 2)


def norm(X):
    return np.linalg.norm(np.ravel(X))


def style_by_loops(G, A):
    batch, C, _ = np.shape(G)
    total = 0.0
    for b in range(batch):
        for i in range(C):
            for j in range(C):
                total += (float(G[b, i, j]) - float(A[b, i, j])) ** 2
    return total / (batch * C * C)


def style_in_place(G, A):
    G -= A
    return np.mean(G**2)


def mixed(targets, weights):
    pairs = list(zip(weights, targets, strict=True))
    return {name: sum(weight * A[name] for weight, A in pairs) for name in targets[0]}


def mix(targets, shares):
    return mixed(targets, np.array(shares) / np.sum(shares))


def mix_by_loops(targets, shares):
    mixture = {}
    for name in targets[0]:
        mixture[name] = np.zeros(targets[0][name].shape)
        for share, A in zip(shares, targets, strict=True):
            mixture[name] = mixture[name] + share * A[name]
        mixture[name] = mixture[name] / sum(shares)
    return mixture


def mix_with_tensors(targets, shares):
    p = tf.cast(shares, tf.float32) / tf.cast(sum(shares), tf.float32)
    return {name: tf.tensordot(p, tf.stack([A[name] for A in targets]), 1) for name in targets[0]}


def mix_as_average(targets, shares):
    return {
        name: np.average([A[name] for A in targets], axis=0, weights=shares) for name in targets[0]
    }


def into_the_first(targets, shares):
    """The bug that shows only in the second call."""
    mixture = targets[0]
    for name in mixture:
        mixture[name] = mix(targets, shares)[name]
    return mixture


def into_the_arrays(targets, shares):
    for share, A in zip(shares, targets, strict=True):
        for name in A:
            A[name] *= share / sum(shares)
    return {name: sum(A[name] for A in targets) for name in targets[0]}


def normalizes_in_place(targets, shares):
    for i, share in enumerate(list(shares)):
        shares[i] = share / sum(shares)
    return mixed(targets, shares)


def overwrites(targets, shares):
    mixture = {}
    for share, A in zip(shares, targets, strict=True):
        for name in A:
            mixture[name] = share / sum(shares) * A[name]
    return mixture


def overwrites_at_full_strength(targets, shares):
    mixture = {}
    for A in targets:
        mixture.update(A)
    return mixture


def returns_in_the_loop(targets, shares):
    for name in targets[0]:
        return {name: mix(targets, shares)[name]}


def two_styles(targets, shares):
    p = shares[0] / (shares[0] + shares[1])
    return {name: p * A + (1 - p) * targets[1][name] for name, A in targets[0].items()}


def two_of_all(targets, shares):
    return mixed(targets[:2], [share / sum(shares) for share in shares[:2]])


def the_largest(targets, shares):
    return dict(targets[int(np.argmax(shares))])


def softmax(shares):
    return np.exp(shares) / np.exp(shares).sum()


def weights(of):
    return lambda targets, shares: mixed(targets, of(np.array(shares, float)))


def without_the_first_axis(targets, shares):
    return {name: A[0] for name, A in mix(targets, shares).items()}


RIGHT = {
    "style_loss": {
        "numpy": mean_square,
        "float64": lambda G, A: ((G.astype(float) - A) ** 2).sum() / G.size,
        "tensorflow": lambda G, A: tf.reduce_mean(tf.math.squared_difference(G, A)),
        "keras": lambda G, A: keras.ops.mean(keras.ops.square(G - A)),
        "loops": style_by_loops,
        "einsum": lambda G, A: np.einsum("bij,bij->", G - A, G - A) / G.size,
        "trace": lambda G, A: np.mean([np.trace(D @ D.T) for D in G - A]) / G.shape[1] ** 2,
    },
    "mix_styles": {
        "comprehension": mix,
        "loops": mix_by_loops,
        "tensorflow": mix_with_tensors,
        "average": mix_as_average,
        "lists": lambda t, s: {name: A.tolist() for name, A in mix(t, s).items()},
    },
}
WRONG = {
    "style_loss": {
        "sum": (lambda G, A: np.sum((G - A) ** 2), "return the sum of the squares"),
        "by C": (lambda G, A: np.sum((G - A) ** 2) / G.shape[-1], "by C only"),
        "by C^2 twice": (lambda G, A: mean_square(G, A) / G.shape[-1] ** 2, "by C\\^2 twice"),
        "the paper's": (lambda G, A: mean_square(G, A) / 4, "1/4 is the paper's"),
        "half": (lambda G, A: mean_square(G, A) / 2, "half of it"),
        "absolute": (lambda G, A: np.mean(np.abs(G - A)), "absolute differences"),
        "no square": (lambda G, A: np.mean(G - A), "forgot the square"),
        "square of the mean": (lambda G, A: np.mean(G - A) ** 2, "mean first and square"),
        "root": (lambda G, A: np.sqrt(mean_square(G, A)), "root of the mean square"),
        "norm": (lambda G, A: norm(G - A), "Frobenius norm"),
        "relative": (lambda G, A: (norm(G - A) / norm(A)) ** 2, "relative loss"),
        "distance": (lambda G, A: norm(G - A) / (norm(G) + norm(A)), "distance of lesson 04"),
        "difference of squares": (lambda G, A: np.mean(G**2 - A**2), "subtract the squares"),
        "added": (lambda G, A: np.mean((G + A) ** 2), "You add G and A"),
        "no A": (lambda G, A: np.mean(G**2), "A does not occur"),
        "matrix product": (lambda G, A: np.mean((G - A) @ (G - A)), "product of two matrices"),
        "diagonals": (lambda G, A: np.mean(np.diag((G - A)[0]) ** 2), "diagonals only"),
        "upper half": (
            lambda G, A: np.sum(np.triu(G - A) ** 2) / G.shape[-1] ** 2,
            "only one half",
        ),
        "sign": (lambda G, A: -mean_square(G, A), "sign is wrong"),
        "not one number": (
            lambda G, A: np.mean((G - A) ** 2, axis=(1, 2)),
            "mean over all axes",
        ),
        "first picture": (lambda G, A: mean_square(G[0], A[0]), "only at the first"),
        "only batch one": (
            lambda G, A: np.sum((G - A) ** 2) / G[0].size,
            "for two it is twice too large",
        ),
        "in place": (style_in_place, "changes what it is given"),
        "whole number": (lambda G, A: int(100 * mean_square(G, A)), "lose everything behind"),
        "constant": (lambda G, A: 2.0, "and yours is 2"),
    },
    "mix_styles": {
        "not normalized": (weights(lambda s: s), "do not divide the shares"),
        "by their number": (weights(lambda s: s / len(s)), "by the number of styles: divide"),
        "no shares": (weights(lambda s: np.ones(len(s)) / len(s)), "All styles count alike"),
        "added up": (weights(lambda s: np.ones(len(s))), "without shares"),
        "only the first": (lambda t, s: dict(t[0]), "Only the first style"),
        "the last overwrites": (overwrites_at_full_strength, "at full strength"),
        "overwrites": (overwrites, "with its share"),
        "the largest": (the_largest, "the largest share is there"),
        "reversed": (weights(lambda s: s[::-1] / s.sum()), "wrong styles"),
        "by the largest": (weights(lambda s: s / s.max()), "by the largest share"),
        "by the length": (weights(lambda s: s / norm(s)), "length of the shares"),
        "squared": (weights(lambda s: s**2 / (s**2).sum()), "square the shares"),
        "softmax": (weights(softmax), "softmax"),
        "whole numbers": (weights(lambda s: s // s.sum()), "use / and not //"),
        "divided twice": (weights(lambda s: s / s.sum() / len(s)), "once is enough"),
        "two styles": (two_styles, "third one is missing: loop"),
        "two of all": (two_of_all, "though its share is in the sum"),
        "one layer": (returns_in_the_loop, "return inside of the loop"),
        "a list": (lambda t, s: list(mix(t, s).values()), "yours is a list"),
        "too many names": (lambda t, s: mix(t, s) | {"sum": 1.0}, "should not have"),
        "no batch": (without_the_first_axis, "mix layer by layer"),
        "dict in place": (into_the_first, "changes what it is given"),
        "constant": (lambda t, s: {n: np.ones_like(A) for n, A in t[0].items()}, "another mixture"),
    },
}
IN_PLACE = {"mix_styles": [into_the_arrays, normalizes_in_place]}
