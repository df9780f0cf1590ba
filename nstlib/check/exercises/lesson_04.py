"""Lesson 04, Gram matrices by hand: its exercises."""

from __future__ import annotations

import re

import numpy as np

from nstlib import losses
from nstlib.check import references
from nstlib.check.comparison import compare, compare_by_hand, numbers, slips_of
from nstlib.check.exercises import random_features
from nstlib.check.exercises.random_features import gram_by_numpy, norm, rows
from nstlib.check.framework import Check, Stopped, StudentError

# ---- gram_matrix ---------------------------------------------------------------------------------


def _reshaped(F):
    """The bug of a published tutorial: channels are put first by reshape, which moves nothing."""
    X = F.reshape(len(F), F.shape[-1], -1)
    return X @ X.transpose(0, 2, 1) / X.shape[2]


def _centred(F):
    X = rows(F)
    X = X - X.mean(axis=1, keepdims=True)
    return X.transpose(0, 2, 1) @ X / X.shape[1]


def _cosines(F):
    G = gram_by_numpy(F)
    length = np.sqrt(np.diagonal(G, axis1=1, axis2=2))
    return G / (length[:, :, None] * length[:, None, :])


def _product_of_means(F):
    mean = rows(F).mean(axis=1)
    return mean[:, :, None] * mean[:, None, :]


def _only_diagonal(F):
    return gram_by_numpy(F) * np.eye(F.shape[-1])


def _positions(F):
    return F.shape[1] * F.shape[2]


GRAM_SLIPS = slips_of(
    {
        "Your Gram is H*W times too large: did you divide by the number of positions?": lambda F: (
            gram_by_numpy(F) * _positions(F)
        ),
        "You divide by the number of channels: divide by that of positions, h * w.": lambda F: (
            gram_by_numpy(F) * _positions(F) / F.shape[-1]
        ),
        "You divide by the channels, too: divide by the number of positions only, h * w.": (
            lambda F: gram_by_numpy(F) / F.shape[-1]
        ),
        "You divide by the number of positions twice: once is enough.": lambda F: (
            gram_by_numpy(F) / _positions(F)
        ),
        "You divide by the height only: there are h * w positions.": lambda F: (
            gram_by_numpy(F) * F.shape[2]
        ),
        "You divide by the width only: there are h * w positions.": lambda F: (
            gram_by_numpy(F) * F.shape[1]
        ),
        "You take the picture for a square: it has h * w positions, not h * h.": lambda F: (
            gram_by_numpy(F) * _positions(F) / F.shape[1] ** 2
        ),
        "Your Gram is half as large as it should be: there is no 1/2.": lambda F: (
            gram_by_numpy(F) / 2
        ),
        "The sign is wrong: of squares, the diagonal cannot be negative.": lambda F: (
            -gram_by_numpy(F)
        ),
        "You divide by the root of the number of positions: divide by the number itself.": (
            lambda F: gram_by_numpy(F) * np.sqrt(_positions(F))
        ),
        "You divide by one position too few: there are h * w of them.": lambda F: (
            gram_by_numpy(F) * _positions(F) / (_positions(F) - 1)
        ),
        "One half of your matrix is 0, but it is symmetric: G[j, i] is the same as G[i, j].": (
            lambda F: np.triu(gram_by_numpy(F))
        ),
    }
) + slips_of(
    {
        "Shape and trace are right, and yet it is another matrix: you reshape to (channels, "
        "positions), but reshape moves no number, so your rows mix the channels. Reshape to "
        "(positions, channels), and transpose that.": _reshaped,
        "You subtract each channel's mean: that makes a covariance, and a Gram matrix keeps "
        "it.": _centred,
        "You divide each channel by its length, so that the diagonal is 1: how strong a channel "
        "is, belongs to the style.": _cosines,
        "You average over the positions before you multiply: what counts is whether two channels "
        "are active at the same position. Multiply first.": _product_of_means,
        "You multiply each channel with itself only: every pair of channels has its number.": (
            _only_diagonal,
            lambda F: np.diagonal(gram_by_numpy(F), 0, 1, 2),
        ),
        "You multiply channels at positions that are not the same: both factors are those of one "
        "position.": (
            lambda F: rows(F).transpose(0, 2, 1) @ rows(np.roll(F, 1, 2)),
            lambda F: rows(F).transpose(0, 2, 1) @ rows(np.roll(F, 1, 1)),
        ),
        "The first axis is missing: of one picture it is (1, C, C), as features come in batches.": (
            lambda F: gram_by_numpy(F)[0]
        ),
        "You multiply positions with positions, F F^T: the other way round, F^T F, it is channels "
        "with channels.": lambda F: rows(F) @ rows(F).transpose(0, 2, 1),
    },
    multiple=True,
)
SEVERAL_SLIPS = slips_of(
    {
        "For one picture it is right, but of two pictures you look only at the first: "
        "the shape is (B, C, C).": lambda F: gram_by_numpy(F[:1]),
        "For one picture it is right, for two it is half as large: divide by the positions of one "
        "picture.": lambda F: gram_by_numpy(F) / 2,
        "For one picture it is right, but both of two pictures get the Gram matrix of the first.": (
            lambda F: np.stack([gram_by_numpy(F)[0]] * len(F))
        ),
    }
) + slips_of(
    {
        "For one picture it is right, but two pictures become one Gram matrix: each has its own.": (
            lambda F: gram_by_numpy(F).mean(axis=0, keepdims=True)
        ),
    },
    multiple=True,
)


GRAMS_BY_HAND = {
    "the docstring's example": (np.array([[[[1.0, 2.0], [3.0, 4.0]]]], "float32"),),
    "negative features": (np.array([[[[1.0, -2.0], [-3.0, 4.0]]]], "float32"),),
    "one position": (np.array([[[[1.0, 2.0]]]], "float32"),),
    "one channel": (np.array([[[[1.0]], [[3.0]]]], "float32"),),
    "features that are 0": (np.zeros((1, 1, 2, 2), "float32"),),
}


def _transposed(student):
    """The student's function, with a hint where a product of matrices fails."""

    def explained(features):
        try:
            return student(features)
        except Stopped as stopped:
            if not re.search("matmul|dimension|attribute 'T'|Matrix|transpose|size", str(stopped)):
                raise
            raise StudentError(
                f"{stopped}. F.T turns round all axes, that of the pictures as well: change the "
                "last two alone, with np.transpose(F, (0, 2, 1)) or ops.transpose(F, (0, 2, 1))."
            ) from None

    return explained


def _examine_gram_matrix(student):
    student, right = _transposed(student), losses.gram_matrix
    compare(
        student,
        random_features.features(1),
        right,
        GRAM_SLIPS,
        shape_words=lambda shape: "One row and one column for each channel, and a first axis of 1.",
        by_hand=GRAMS_BY_HAND,
    )
    yield True, "It multiplies channels with channels and averages over the positions."
    compare(
        student,
        random_features.features(2),
        right,
        SEVERAL_SLIPS,
        shape_words=lambda shape: "For one picture it is right, for two it should be (2, C, C).",
    )
    yield True, "Of two pictures, each has its own Gram matrix; the features stay as they are."


gram_matrix = Check(
    losses.gram_matrix,
    _examine_gram_matrix,
    (
        "Write the features of one picture as a matrix: one row for each position, one column for "
        "each channel. Which product of two such matrices is of shape (C, C)?",
        "Reshape to F of shape (B, h * w, C). Reshape keeps the order of the numbers, so channels "
        "have to stay last; transpose is what moves them.",
        "It is F^T F / (h * w): transpose F to (B, C, h * w), multiply with F (@), divide.",
    ),
)

# ---- gram_distance -------------------------------------------------------------------------------


def _spectral(X):
    return np.linalg.norm(X[0], 2)


DISTANCE_SLIPS = slips_of(
    {
        "It is not relative: divide by |G| + |A|, or loud layers are always far apart.": (
            lambda G, A: norm(G - A)
        ),
        "You divide by the larger of |G| and |A|: divide by their sum.": (
            lambda G, A: norm(G - A) / max(norm(G), norm(A))
        ),
        "You divide by the root of |G| |A|: divide by |G| + |A|.": (
            lambda G, A: norm(G - A) / np.sqrt(norm(G) * norm(A))
        ),
        "Brackets are missing: x / a + b divides by a only, x / (a + b) by both.": (
            lambda G, A: norm(G - A) / norm(G) + norm(A)
        ),
        "You divide by |A| only, so the way from G to A is not as long as the way back: divide by "
        "|G| + |A|.": lambda G, A: norm(G - A) / norm(A),
        "You divide by |G| only, so the way from G to A is not as long as the way back: divide by "
        "|G| + |A|.": lambda G, A: norm(G - A) / norm(G),
        "You return the sum of squared differences: take its root, and divide by |G| + |A|.": (
            lambda G, A: np.sum((G - A) ** 2)
        ),
        "That is the style loss, a mean of squares: here it is a root, and relative.": (
            lambda G, A: np.mean((G - A) ** 2)
        ),
        "You leave out the roots: |X| is the root of the sum of all squares.": lambda G, A: (
            np.sum((G - A) ** 2) / (np.sum(G**2) + np.sum(A**2))
        ),
        "You square in the end: it is right before that.": lambda G, A: (
            (norm(G - A) / (norm(G) + norm(A))) ** 2
        ),
        "You divide by the root of |G|^2 + |A|^2: divide by the sum of the two roots.": (
            lambda G, A: np.sqrt(np.sum((G - A) ** 2) / (np.sum(G**2) + np.sum(A**2)))
        ),
        "It is twice too large: divide by the sum of |G| and |A|, not by their average.": (
            lambda G, A: 2 * norm(G - A) / (norm(G) + norm(A))
        ),
        "You divide by |G + A|: first the norm of each, then the sum.": lambda G, A: (
            norm(G - A) / norm(G + A)
        ),
        "You add absolute values: |X| is the root of the sum of all squares.": lambda G, A: (
            np.abs(G - A).sum() / (np.abs(G).sum() + np.abs(A).sum())
        ),
        "You subtract the norms: two quite different matrices can have the same norm. Subtract "
        "the matrices, then take the norm.": lambda G, A: (
            np.abs(norm(G) - norm(A)) / (norm(G) + norm(A))
        ),
        "You forgot the squares: differences up and down cancel.": lambda G, A: (
            np.sum(G - A) / (np.sum(G) + np.sum(A))
        ),
        "np.linalg.norm(X, 2) of a matrix is its largest singular value: leave the 2 out.": (
            lambda G, A: _spectral(G - A) / (_spectral(G) + _spectral(A))
        ),
        "That is how similar they are, 1 for the same: a distance is 0 for the same.": (
            lambda G, A: np.sum(G * A) / (norm(G) * norm(A))
        ),
        "That is 1 minus the distance: it is 0 for the same.": (
            lambda G, A: 1 - norm(G - A) / (norm(G) + norm(A))
        ),
        "You compare directions only: matrices of which one is twice the other would be the "
        "same.": (lambda G, A: 1 - np.sum(G * A) / (norm(G) * norm(A))),
        "The sign is wrong: a distance is never negative.": lambda G, A: (
            -norm(G - A) / (norm(G) + norm(A))
        ),
        "You compare the diagonals only: the style is in all pairs of channels.": lambda G, A: (
            norm(np.diagonal(G - A, 0, 1, 2))
            / (norm(np.diagonal(G, 0, 1, 2)) + norm(np.diagonal(A, 0, 1, 2)))
        ),
    }
)


def _there_and_back(distance):
    """Both ways at once: only so dividing by the larger norm is not dividing by one of them."""
    return lambda G, A: np.stack([distance(G, A), distance(A, G)])


def _number(student):
    def distance(G, A):
        try:
            found = numbers(student(G, A))
        except Stopped as stopped:
            if "norm" not in str(stopped) and "axis" not in str(stopped):
                raise
            raise StudentError(
                f'{stopped}. G is (1, C, C), no matrix: np.linalg.norm(X, "fro") takes one with '
                "two axes, X[0], and np.linalg.norm(np.ravel(X)) is the same for any."
            ) from None
        if found.shape:
            raise StudentError(
                f"It returns one number; yours has shape {found.shape}. The norm goes over all "
                "axes at once."
            )
        return found

    return distance


def _grams(*numbers):
    return tuple(np.array(number, "float32").reshape(1, 1, 1) for number in numbers)


DISTANCES_BY_HAND = {
    "the docstring's example": (
        np.array([[[3.0, 0.0], [0.0, 4.0]]], "float32"),
        np.zeros((1, 2, 2), "float32"),
    ),
    "one channel": _grams(1, 3),
    "small numbers": _grams(1e-4, 3e-4),
    "large numbers": _grams(1e4, 3e4),
    "the other one of zeros": _grams(0, 2),
}


def _examine_gram_distance(student):
    distance, right = _number(student), references.gram_distance
    slips = [slip._replace(wrong=_there_and_back(slip.wrong)) for slip in DISTANCE_SLIPS]
    compare(
        _there_and_back(distance),
        random_features.grams(),
        _there_and_back(right),
        slips,
    )
    for words, inputs in DISTANCES_BY_HAND.items():
        compare_by_hand(distance, inputs, right, words)
    yield True, "It is the norm of the difference, relative to both norms, for any two matrices."
    compare(student, lambda: random_features.grams()()[:1] * 2, lambda G, A: 0.0, rounds=1)
    yield True, "It is 0 for the same matrix, and the matrices stay as they are."


gram_distance = Check(
    references.gram_distance,
    _examine_gram_distance,
    (
        "|X|, the Frobenius norm, takes a matrix for one long vector: square, add up, root.",
        "Three norms are needed: of the difference, of G, and of A.",
        "norm(G - A) / (norm(G) + norm(A)), with norm(X) = sqrt(sum(square(X))) or "
        "np.linalg.norm, after np.ravel.",
    ),
)
