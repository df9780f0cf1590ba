"""Lesson 04: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import tensorflow as tf


def rows(F):
    return np.reshape(F, (F.shape[0], -1, F.shape[-1]))


def gram(F):
    X = rows(F)
    return X.transpose(0, 2, 1) @ X / X.shape[1]


def gram_by_loops(F):
    batch, height, width, channels = F.shape
    G = np.zeros((batch, channels, channels))
    for b in range(batch):
        for i in range(channels):
            for j in range(channels):
                total = sum(
                    float(F[b, y, x, i]) * float(F[b, y, x, j])
                    for y in range(height)
                    for x in range(width)
                )
                G[b, i, j] = total / (height * width)
    return G


def gram_channels_first(F):
    """As those write it who come from PyTorch; the positions' order does not matter."""
    X = tf.transpose(F, (0, 3, 1, 2))
    shape = tf.shape(X)
    X = tf.reshape(X, (shape[0], shape[1], -1))
    positions = tf.cast(shape[2] * shape[3], X.dtype)
    return tf.linalg.matmul(X, X, transpose_b=True) / positions


def gram_as_average_of_outer_products(F):
    return np.mean(F[..., :, None] * F[..., None, :], axis=(1, 2))


def gram_with_shape_of_a_tensor(F):
    _, height, width, _ = F.shape.as_list()
    return tf.einsum("bhwc,bhwd->bcd", F, F) / float(height * width)


def reshape_without_transpose(F):
    X = np.reshape(F, (F.shape[0], F.shape[-1], -1))
    return X @ X.transpose(0, 2, 1) / X.shape[-1]


def covariance(F):
    X = rows(F) - rows(F).mean(axis=1, keepdims=True)
    return X.transpose(0, 2, 1) @ X / X.shape[1]


def cosines(F):
    X = rows(F) / np.linalg.norm(rows(F), axis=1, keepdims=True)
    return X.transpose(0, 2, 1) @ X


def product_of_means(F):
    mean = F.mean(axis=(1, 2))
    return np.einsum("bc,bd->bcd", mean, mean)


def in_place(F):
    F /= np.sqrt(F.shape[1] * F.shape[2])
    return np.einsum("bhwc,bhwd->bcd", F, F)


def of_the_first(F):
    return gram(F)[:1]


def positions(F):
    return rows(F) @ rows(F).transpose(0, 2, 1)


def batch_divided(F):
    return np.einsum("bhwc,bhwd->bcd", F, F) * F.shape[-1] / F.size


RIGHT = {
    "gram_matrix": {
        "numpy": gram,
        "einsum": lambda F: np.einsum("bhwc,bhwd->bcd", F, F) / (F.shape[1] * F.shape[2]),
        "float64": lambda F: gram(F.astype("float64")),
        "matmul": lambda F: tf.matmul(rows(F), rows(F), transpose_a=True) / len(rows(F)[0]),
        "loops": gram_by_loops,
        "channels first": gram_channels_first,
        "outer products": gram_as_average_of_outer_products,
        "tensors only": gram_with_shape_of_a_tensor,
        "keras": lambda F: keras.ops.einsum("bhwc,bhwd->bcd", F, F) / F[0, ..., 0].size,
        "lists": lambda F: gram(F).tolist(),
        "each picture": lambda F: np.stack([gram(f[None])[0] for f in F]),
    },
}
WRONG = {
    "gram_matrix": {
        "not divided": (lambda F: np.einsum("bhwc,bhwd->bcd", F, F), "H\\*W times too large"),
        "by the channels": (
            lambda F: np.einsum("bhwc,bhwd->bcd", F, F) / F.shape[-1],
            "divide by the number of channels",
        ),
        "by both": (lambda F: gram(F) / F.shape[-1], "by the channels, too"),
        "twice": (lambda F: gram(F) / rows(F).shape[1], "positions twice"),
        "by the height": (lambda F: gram(F) * F.shape[2], "by the height only"),
        "by the width": (lambda F: gram(F) * F.shape[1], "by the width only"),
        "only squares": (
            lambda F: np.einsum("bhwc,bhwd->bcd", F, F) / F.shape[1] ** 2,
            "picture for a square",
        ),
        "half": (lambda F: gram(F) / 2, "half as large as"),
        "sign": (lambda F: -gram(F), "sign is wrong"),
        "reshape without transpose": (reshape_without_transpose, "reshape moves no number"),
        "covariance": (covariance, "makes a covariance"),
        "cosines": (cosines, "diagonal is 1"),
        "product of means": (product_of_means, "before you multiply"),
        "diagonal": (lambda F: gram(F) * np.eye(F.shape[-1]), "with itself only"),
        "upper half": (lambda F: np.triu(gram(F)), "One half of your matrix"),
        "no batch": (lambda F: gram(F)[0], "first axis is missing: of one"),
        "positions": (positions, "positions with positions"),
        "wrong axis": (lambda F: np.einsum("bhwc,bhvc->bwv", F, F), "One row and one column"),
        "mean features": (lambda F: F.mean(axis=(1, 2)), "yours has shape \\(1, .\\)"),
        "first picture": (of_the_first, "only at the first"),
        "all pictures in one": (
            lambda F: gram(F).mean(axis=0, keepdims=True),
            "two pictures become one",
        ),
        "batch divides, too": (batch_divided, "for two it is half as large"),
        "the first for all": (
            lambda F: np.repeat(gram(F[:1]), len(F), axis=0),
            "both of two pictures",
        ),
        "whole numbers": (lambda F: (10 * gram(F)).astype("int64"), "lose everything behind"),
        "in place": (in_place, "changes what it is given"),
        "constant": (lambda F: np.ones((len(F), F.shape[3], F.shape[3])), "and yours is"),
    },
}


def test_the_bug_of_the_published_tutorial_keeps_shape_and_trace():
    """Only properties that it breaks can find it: the lesson's own example is one that it fails."""
    F = np.random.default_rng(0).random((1, 4, 5, 3))
    wrong, right = reshape_without_transpose(F), gram(F)
    assert wrong.shape == right.shape
    np.testing.assert_allclose(np.trace(wrong[0]), np.trace(right[0]))
    np.testing.assert_allclose(wrong, wrong.transpose(0, 2, 1))
    assert not np.allclose(wrong, right, rtol=0.05)
    tiny = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    assert gram(tiny)[0, 0, 1] == 7 and reshape_without_transpose(tiny)[0, 0, 1] == 5.5
