"""Lesson 04, Gram matrices by hand: its exercises."""

from __future__ import annotations

import re

import numpy as np

from nstlib import losses
from nstlib.check.comparison import compare, slips_of
from nstlib.check.exercises import random_features
from nstlib.check.exercises.random_features import gram_by_numpy, rows
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
