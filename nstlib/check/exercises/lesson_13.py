"""Lesson 13, any style: its exercises."""

from __future__ import annotations

import numpy as np

from nstlib.check import references
from nstlib.check.comparison import compare, draw_apart, numbers, raise_slip, slips_of
from nstlib.check.exercises.random_features import centred, correlation, rows
from nstlib.check.framework import Check, StudentError
from nstlib.images.colors import matrix_power as root

inverse, cholesky = np.linalg.inv, np.linalg.cholesky

# ---- adain ---------------------------------------------------------------------------------------


def _draw_pair(batch=1):
    """Draws features of a content and of a style of another size, no channel like another."""

    def draw():
        rng = np.random.default_rng()
        channels = 3
        sides = rng.permutation([(4, 5), (5, 7), (6, 4)])[:2]
        pair = []
        for height, width in sides:
            loudness = rng.uniform(0.6, 2.5, (batch, 1, 1, channels))
            silence = rng.uniform(0, 3, (batch, 1, 1, channels))
            F = rng.gamma(1.0, 1.0, (batch, height, width, channels)) * loudness + silence
            pair.append(F.astype("float32"))
        return tuple(pair)

    return draw


def _statistics(F, axis=(1, 2), ddof=0):
    F = F.astype("float64")
    return F.mean(axis=axis, keepdims=True), F.std(axis=axis, keepdims=True, ddof=ddof)


def _by(formula, axis=(1, 2), axis_s=(1, 2), ddof=0):
    """A wrong AdaIN from F and the four statistics: m and d of the content, m_s and d_s."""
    return lambda F, S: formula(F, *_statistics(F, axis, ddof), *_statistics(S, axis_s, ddof))


def _adain(F, m, d, m_s, d_s):
    return (F - m) / d * d_s + m_s


def _size(F):
    """The number of positions."""
    return F.shape[1] * F.shape[2]


def _first(F):
    return F[:1]


def _reshaped(F, S):
    """Channels made by reshape, which moves no number."""
    x, y = (Z.reshape(len(Z), Z.shape[-1], -1).astype("float64") for Z in (F, S))
    m, d, m_s, d_s = (f(Z, axis=2, keepdims=True) for Z in (x, y) for f in (np.mean, np.std))
    return ((x - m) / d * d_s + m_s).reshape(F.shape)


def _whitened_and_colored(F, S):
    x, y = rows(F)[0], rows(S)[0]
    S_c, S_s = (np.cov(z, rowvar=False, bias=True) for z in (x, y))
    return ((x - x.mean(axis=0)) @ root(S_c, -0.5) @ root(S_s, 0.5) + y.mean(axis=0)).reshape(
        F.shape
    )


ADAIN_SLIPS = slips_of(
    {
        "You scale by the variance: the deviation is its root.": _by(
            lambda F, m, d, m_s, d_s: (F - m) / d**2 * d_s**2 + m_s
        ),
        "You divide by the content's variance: its root is the deviation.": _by(
            lambda F, m, d, m_s, d_s: (F - m) / d**2 * d_s + m_s
        ),
        "You multiply by the style's variance: its root is the deviation.": _by(
            lambda F, m, d, m_s, d_s: (F - m) / d * d_s**2 + m_s
        ),
        "The means are the style's, the deviations still the content's: scale the features between "
        "the two means.": _by(lambda F, m, d, m_s, d_s: F - m + m_s),
        "The style's mean is missing: add it in the end.": _by(
            lambda F, m, d, m_s, d_s: (F - m) / d * d_s
        ),
        "You add the content's mean again: it is the style's that is wanted.": (
            _by(lambda F, m, d, m_s, d_s: (F - m) / d * d_s + m),
            _by(lambda F, m, d, m_s, d_s: (F - m) / d * d_s + m_s + m),
        ),
        "You subtract the style's mean: the content's is subtracted, the style's is added.": (
            _by(lambda F, m, d, m_s, d_s: (F - m_s) / d * d_s + m_s),
            _by(lambda F, m, d, m_s, d_s: (F - m_s) / d * d_s + m),
            _by(lambda F, m, d, m_s, d_s: (F - m) / d * d_s - m_s),
        ),
        "Only the mean is divided by the deviation: write F - mean in parentheses.": _by(
            lambda F, m, d, m_s, d_s: F - m / d * d_s + m_s
        ),
        "You divide by the style's deviation, too: divide by the content's, multiply by the "
        "style's.": _by(lambda F, m, d, m_s, d_s: (F - m) / d / d_s + m_s),
        "You only scale: subtract the content's mean first, and add the style's in the end.": _by(
            lambda F, m, d, m_s, d_s: F / d * d_s
        ),
        "A deviation is how far a channel is from its mean: subtract the mean before you square.": (
            _by(lambda F, m, d, m_s, d_s: (F - m) / np.hypot(m, d) * np.hypot(m_s, d_s) + m_s),
            _by(lambda F, m, d, m_s, d_s: (F - m) / d * np.hypot(m_s, d_s) + m_s),
            _by(lambda F, m, d, m_s, d_s: (F - m) / np.hypot(m, d) * d_s + m_s),
        ),
        "The squares are added up: a variance is their mean, and the two pictures have not the "
        "same number of positions.": lambda F, S: _by(
            lambda F, m, d, m_s, d_s: (F - m) / d * d_s * np.sqrt(_size(S) / _size(F)) + m_s
        )(F, S),
        "You bring the smallest and the largest value to the style's: it is mean and deviation "
        "that should be the style's.": lambda F, S: (
            (F - F.min((1, 2), keepdims=True))
            / np.ptp(F, (1, 2), keepdims=True)
            * np.ptp(S, (1, 2), keepdims=True)
            + S.min((1, 2), keepdims=True)
        ),
        "You do not subtract the content's mean: do it first, or it is scaled as well.": _by(
            lambda F, m, d, m_s, d_s: F / d * d_s + m_s
        ),
        "That is normalised and no more: the style's deviation and mean are missing.": _by(
            lambda F, m, d, m_s, d_s: (F - m) / d
        ),
        "You do not divide by the content's deviation: its own spread stays in.": _by(
            lambda F, m, d, m_s, d_s: (F - m) * d_s + m_s
        ),
        "You do not multiply by the style's deviation: the spread is 1 now.": _by(
            lambda F, m, d, m_s, d_s: (F - m) / d + m_s
        ),
        "The two deviations are swapped: divide by the content's, multiply by the style's.": _by(
            lambda F, m, d, m_s, d_s: (F - m) * d / d_s + m_s
        ),
        "You add the style's mean before you multiply by its deviation, so the mean is scaled, "
        "too.": _by(lambda F, m, d, m_s, d_s: ((F - m) / d + m_s) * d_s),
        "F and S are swapped: the content F gets the statistics of the style S, and its shape "
        "stays.": (
            lambda F, S: _by(_adain)(S, F),
            _by(lambda F, m, d, m_s, d_s: (F - m_s) / d_s * d + m),
        ),
        "One mean and one deviation for all channels: each channel has its own, so take them over "
        "height and width alone, axes 1 and 2.": (
            _by(_adain, (1, 2, 3), (1, 2, 3)),
            _by(_adain, (1, 2, 3), (1, 2)),
            _by(_adain, (1, 2), (1, 2, 3)),
        ),
        "You take mean and deviation over the channels, position by position: take them over the "
        "positions, axes 1 and 2, channel by channel.": _by(_adain, axis=-1),
        "You average over one of the two sides only: positions have two axes, 1 and 2.": (
            _by(_adain, axis=1),
            _by(_adain, axis=2),
        ),
        "You divide by one position less: mean and deviation are plain means over all positions.": (
            _by(_adain, ddof=1)
        ),
        "What you add so that nothing is divided by 0 is so much that it shows: 1e-5 is enough.": (
            _by(lambda F, m, d, m_s, d_s: (F - m) / (d + 0.1) * d_s + m_s),
            _by(lambda F, m, d, m_s, d_s: (F - m) / (d + 0.1) * (d_s + 0.1) + m_s),
            _by(lambda F, m, d, m_s, d_s: (F - m) / np.sqrt(d**2 + 0.1) * d_s + m_s),
            _by(lambda F, m, d, m_s, d_s: (F - m) / (d + 1) * d_s + m_s),
            _by(lambda F, m, d, m_s, d_s: (F - m) / (d + 0.01) * d_s + m_s),
            _by(lambda F, m, d, m_s, d_s: (F - m) / np.sqrt(d**2 + 0.01) * d_s + m_s),
        ),
        "reshape moves no number, so your channels are mixed: they are the last axis.": _reshaped,
        "You make the whole covariance the style's. AdaIN takes each channel by itself.": (
            _whitened_and_colored
        ),
        "Those are the content's features, as they were.": lambda F, S: F,
    }
)
SEVERAL_ADAIN_SLIPS = slips_of(
    {
        "For one picture it is right, but of two pictures each has its own mean and deviation: "
        "leave axis 0 out.": (
            _by(_adain, (0, 1, 2), (0, 1, 2)),
            _by(_adain, (0, 1, 2), (1, 2)),
            _by(_adain, (1, 2), (0, 1, 2)),
        ),
        "For one picture it is right, but of two pictures both get the first one's style.": (
            lambda F, S: _by(_adain)(F, _first(S))
        ),
        "For one picture it is right, but of two pictures you return the first only.": (
            lambda F, S: _by(_adain)(_first(F), _first(S))
        ),
    }
)
ADAIN_BY_HAND = {
    "the docstring's example": (
        np.array([[[[1.0], [3.0]]]], "float32"),
        np.array([[[[10.0], [14.0]]]], "float32"),
    ),
    "a channel that does not vary": (
        np.array([[[[5.0], [5.0]]]], "float32"),
        np.array([[[[10.0], [14.0]]]], "float32"),
    ),
}


def _examine_adain(student):
    right = references.adain
    compare(
        student,
        _draw_pair(),
        right,
        ADAIN_SLIPS,
        shape_words=lambda shape: "It is the content's: only the numbers change.",
        by_hand=ADAIN_BY_HAND,
    )
    yield True, "Each channel has the style's mean and deviation, also one that did not vary."
    compare(student, _draw_pair(2), right, SEVERAL_ADAIN_SLIPS, rounds=2)
    yield True, "Of two pictures, each gets its own style; the features stay as they are."


adain = Check(
    references.adain,
    _examine_adain,
    (
        "Do the example with 1, 3 and 10, 14 on paper: subtract, divide, multiply, add. Each of "
        "the four steps is one operation on the whole array.",
        "Take means over height and width, axis=(1, 2), with keepdims=True: then an array of shape "
        "(B, 1, 1, C) can be subtracted from one of (B, h, w, C).",
        "(F - mean) / deviation * deviation_s + mean_s, where a deviation is "
        "ops.sqrt(ops.var(F, axis=(1, 2), keepdims=True) + 1e-5).",
    ),
)

# ---- whiten --------------------------------------------------------------------------------------

WHITE = 0.02  # how far a covariance may be off: so M and M - 1 positions are both right


def _draw_correlated():
    """Draws features whose channels vary together, with many more positions than channels.

    All covariances are above 0, so that the root of each number is a slip, not undefined.
    """
    rng = np.random.default_rng()
    while True:
        height, width = rng.permutation([12, 16])
        mixing = rng.uniform(0.2, 1, (3, 3)) + np.diag(rng.uniform(1, 2, 3))
        F = rng.gamma(2.0, 1.0, (1, height, width, 3)) @ mixing
        x = rows(F)[0]
        values = np.linalg.eigvalsh(np.cov(x, rowvar=False))
        if values[0] > 0.3 and np.diff(values).min() > 0.5 and np.cov(x.T).min() > 0.1:
            return (F.astype("float32"),)


def _whitened(make):
    """Wrong features: the centred ones, times a matrix that is made of their covariance."""
    return lambda F: (
        centred(rows(F)[0]) @ make(np.cov(rows(F)[0], rowvar=False, bias=True))
    ).reshape(F.shape)


def _of_rows(move):
    return lambda F: move(rows(F)[0]).reshape(F.shape)


def _moment(x):
    return x.T @ x / len(x)


def _inverse_root_of(x):
    return root(np.cov(x.T, bias=True), -0.5)


def _axes(S):
    return np.linalg.eigh(S)


def _whitened_rows(F):
    """Channels made by reshape, which moves no number."""
    x = F.reshape(F.shape[-1], -1).astype("float64").T
    return (centred(x) @ root(np.cov(x.T, bias=True), -0.5)).T.reshape(F.shape)


WHITE_SLIPS = slips_of(
    {
        "The mean is 0, and that is all: the channels still have their own spread, and vary "
        "together.": _whitened(lambda S: np.eye(3)),
        "Each channel has a variance of 1, but they still vary together: divide by the root of the "
        "whole covariance matrix, not by the deviations.": (
            _whitened(lambda S: np.diag(np.diag(S) ** -0.5))
        ),
        "You divide each channel by its variance. It is the root that one divides by, and that of "
        "the whole covariance matrix.": _whitened(lambda S: np.diag(1 / np.diag(S))),
        "You divide by the deviations, and then by the root of a covariance that still has them "
        "in it: the root alone is enough.": (
            _whitened(lambda S: np.diag(np.diag(S) ** -0.5) @ root(S, -0.5))
        ),
        "The eigenvectors are the columns of that matrix: do not transpose it.": (
            _whitened(lambda S: _axes(S)[1].T / np.sqrt(_axes(S)[0])),
            _whitened(lambda S: _axes(S)[1].T),
        ),
        "Cholesky's root L has L @ L.T = covariance: rows are multiplied by inv(L).T.": (
            _whitened(lambda S: inverse(cholesky(S))),
            _whitened(cholesky),
            _whitened(lambda S: cholesky(S).T),
        ),
        "The covariance is right, but not the mean: subtract it first, and do not add it again.": (
            _of_rows(lambda x: x @ root(np.cov(x.T, bias=True), -0.5)),
            _of_rows(lambda x: centred(x) @ root(np.cov(x.T, bias=True), -0.5) + x.mean(axis=0)),
        ),
        "Each channel has a mean of its own, x.mean(axis=0): yours is that of each position, or "
        "one for all.": (
            _of_rows(lambda x: (x - x.mean(axis=1, keepdims=True)) @ _inverse_root_of(x)),
            _of_rows(lambda x: (x - x.mean()) @ _inverse_root_of(x)),
            _of_rows(lambda x: (x - x.mean()) @ root(_moment(x - x.mean()), -0.5)),
        ),
        "Your covariance still has the mean in it, x.T @ x / M is a Gram matrix: subtract the mean "
        "first.": (
            _of_rows(lambda x: centred(x) @ root(_moment(x), -0.5)),
            _of_rows(lambda x: x @ root(_moment(x), -0.5)),
        ),
        "You multiply by the root of the covariance, and so make the spread larger: it is one over "
        "the root, matrix_power(covariance, -0.5).": _whitened(lambda S: root(S, 0.5)),
        "You divide by the covariance, and not by its root: matrix_power(covariance, -0.5).": (
            _whitened(lambda S: inverse(S))
        ),
        "1 / np.sqrt takes the root of each number: matrix_power(covariance, -0.5) is that of the "
        "matrix.": (
            _whitened(lambda S: 1 / np.sqrt(S)),
            _whitened(lambda S: inverse(np.sqrt(S))),
        ),
        "The cloud is turned so that no two channels vary together, and not yet scaled: divide by "
        "the root of each eigenvalue.": _whitened(lambda S: _axes(S)[1]),
        "You divide by the eigenvalues: they are variances, so divide by their roots.": (
            _whitened(lambda S: _axes(S)[1] / _axes(S)[0])
        ),
        "You multiply by the roots of the eigenvalues: divide by them.": (
            _whitened(lambda S: _axes(S)[1] * np.sqrt(_axes(S)[0]))
        ),
        "That is the root of the correlations, which have forgotten how far each channel spreads: "
        "take the covariance.": _whitened(lambda S: root(correlation(S), -0.5)),
        "A covariance is a mean: divide x.T @ x by the number of positions.": (
            _of_rows(lambda x: centred(x) @ root(np.cov(x.T, bias=True) * len(x), -0.5)),
            _of_rows(lambda x: centred(x) @ root(np.cov(x.T, bias=True) * len(x) / 3, -0.5)),
        ),
        "reshape moves no number, so your channels are mixed: reshape to (-1, C).": _whitened_rows,
        "One mean and one deviation for all channels do not tell which of them vary together.": (
            _of_rows(lambda x: (x - x.mean()) / x.std())
        ),
        "Those are the features as they were.": lambda F: F,
    }
)


def _features(found, F):
    """An answer as features of the shape of F, or a `StudentError`."""
    found = numbers(found)
    if found.shape != F.shape:
        words = {
            (F[..., 0].size, F.shape[-1]): " Reshape it back to that of the features.",
            F.shape[1:]: " The first axis is missing.",
            F.shape[-1:] * 2: " That is the matrix: apply it to the features.",
        }.get(found.shape, "")
        raise StudentError(
            f"It returns features of shape {F.shape}; yours have shape {found.shape}.{words}"
        )
    if found.dtype.kind != "f":
        raise StudentError(f"It returns floats, and yours are {found.dtype}.")
    if not np.isfinite(found).all():
        raise StudentError(
            "Infinite or undefined values (inf, nan): is it the root of the matrix, or of each "
            "number?"
        )
    return found.astype("float64")


def _not_white(found, F):
    """What keeps features from being F, whitened."""
    x, z = rows(F)[0], rows(found)[0]
    if np.abs(z.mean(axis=0)).max() > 2e-3:
        return f"The mean of every channel should be 0, and yours are {z.mean(axis=0).round(3)}."
    S = np.cov(z, rowvar=False, bias=True)
    if np.abs(S - np.eye(len(S))).max() > WHITE:
        return (
            "The mean is 0, but the covariance is not the identity. Print np.cov of what comes "
            f"out: the first row should be 1, 0, 0, and yours is {S[0].round(3) + 0}."
        )
    before = np.column_stack([x, np.ones(len(x))])
    if np.abs(before @ np.linalg.lstsq(before, z, rcond=None)[0] - z).max() > 1e-2:
        return (
            "Mean and covariance are right, but the same matrix has to be applied at every "
            "position, and each position has to stay in its place."
        )
    return ""


def _examine_whiten(student):
    for _ in range(3):
        (F,), _, wrongs = draw_apart(_draw_correlated, references.whiten, WHITE_SLIPS)
        found = _features(student(F), F)
        words = _not_white(found, F)
        if words:
            raise_slip(found, WHITE_SLIPS, wrongs)
            raise StudentError(words)
    yield True, "The mean is 0, and the covariance the identity."
    yield True, "One matrix for all positions did it, and the features stay as they are."


whiten = Check(
    references.whiten,
    _examine_whiten,
    (
        "Of one channel you would subtract the mean and divide by the deviation, the root of the "
        "variance. What is the root of a covariance matrix, and how does one divide by it?",
        "Reshape to x of (M, C), with a row for each position, and subtract x.mean(axis=0). The "
        "covariance is then x.T @ x / M.",
        "x @ matrix_power(covariance, -0.5), and reshape that to the shape of F.",
    ),
)

# ---- optimal_transport_map -----------------------------------------------------------------------

MAPS_APART = 1e-3  # roots are taken in float32 by some, in several ways


def _draw_covariances():
    """Draws two covariances with all numbers above 0, which stretch in different directions."""
    rng = np.random.default_rng()
    pair = []
    for _ in range(2):
        # In each row the diagonal outweighs the rest, so that nothing has a variance of nearly 0:
        # there every way to a root rounds in a way of its own.
        mixing = rng.uniform(0.1, 0.7, (3, 3)) + np.diag(rng.uniform(1.5, 3, 3))
        pair.append((mixing @ mixing.T).astype("float32"))
    return tuple(pair)


def _inner(S_c, S_s):
    return root(S_s, 0.5) @ S_c @ root(S_s, 0.5)


def _symmetric_half(T):
    return (T + T.T) / 2


MAP_SLIPS = slips_of(
    {
        "That is whitening and colouring: it makes the covariance the style's, but it is not "
        "symmetric, and so not the shortest way.": (
            lambda S_c, S_s: root(S_s, 0.5) @ root(S_c, -0.5),
            lambda S_c, S_s: (root(S_s, 0.5) @ root(S_c, -0.5)).T,
        ),
        "With Cholesky's roots T S_c T^T is the style's covariance, but T is not symmetric, and so "
        "not the shortest way.": lambda S_c, S_s: cholesky(S_s) @ inverse(cholesky(S_c)),
        "To make a matrix symmetric afterwards is not enough: T S_c T is no longer the style's "
        "covariance.": (
            lambda S_c, S_s: _symmetric_half(root(S_s, 0.5) @ root(S_c, -0.5)),
            lambda S_c, S_s: _symmetric_half(cholesky(S_s) @ inverse(cholesky(S_c))),
        ),
        "It goes the other way, from the style to the content: S_c and S_s are swapped.": (
            lambda S_c, S_s: inverse(references.optimal_transport_map(S_c, S_s))
        ),
        "That is AdaIN's: each channel by itself, so what varies together is as before.": (
            lambda S_c, S_s: np.diag(np.sqrt(np.diag(S_s) / np.diag(S_c)))
        ),
        "No root is taken: with T = S_s S_c^-1 the covariance becomes T S_c T^T, which is not "
        "S_s.": (
            lambda S_c, S_s: S_s @ inverse(S_c),
            lambda S_c, S_s: inverse(S_c) @ S_s,
        ),
        "np.sqrt and ** 0.5 take the root of each number: matrix_power(S, 0.5) is that of the "
        "matrix.": (
            lambda S_c, S_s: (
                np.sqrt(S_s) @ root(np.sqrt(S_s) @ S_c @ np.sqrt(S_s), -0.5) @ np.sqrt(S_s)
            ),
            lambda S_c, S_s: root(S_s, 0.5) @ (1 / np.sqrt(_inner(S_c, S_s))) @ root(S_s, 0.5),
            lambda S_c, S_s: (
                np.sqrt(S_s) @ (1 / np.sqrt(np.sqrt(S_s) @ S_c @ np.sqrt(S_s))) @ np.sqrt(S_s)
            ),
        ),
        "The matrix in the middle has the exponent -1/2: yours is 1/2.": (
            lambda S_c, S_s: root(S_s, 0.5) @ root(_inner(S_c, S_s), 0.5) @ root(S_s, 0.5)
        ),
        "The matrix in the middle has the exponent -1/2: yours is -1.": (
            lambda S_c, S_s: root(S_s, 0.5) @ inverse(_inner(S_c, S_s)) @ root(S_s, 0.5)
        ),
        "** -1/2 is one over it, and half of that: write -0.5, or (-1/2).": (
            lambda S_c, S_s: root(S_s, 0.5) @ (inverse(_inner(S_c, S_s)) / 2) @ root(S_s, 0.5)
        ),
        "1 / ... divides number by number: matrix_power(..., -0.5) is one over the root of a "
        "matrix.": (
            lambda S_c, S_s: root(S_s, 0.5) @ (1 / root(_inner(S_c, S_s), 0.5)) @ root(S_s, 0.5)
        ),
        "The outer roots have the exponent 1/2: yours is -1/2.": (
            lambda S_c, S_s: (
                root(S_s, -0.5)
                @ root(root(S_s, -0.5) @ S_c @ root(S_s, -0.5), -0.5)
                @ root(S_s, -0.5)
            ),
            lambda S_c, S_s: root(S_s, -0.5) @ root(_inner(S_c, S_s), -0.5) @ root(S_s, -0.5),
        ),
        "Outside stands the style's root, and yours is the content's.": (
            lambda S_c, S_s: root(S_c, 0.5) @ root(_inner(S_c, S_s), -0.5) @ root(S_c, 0.5)
        ),
        "The style's root stands on both sides of the middle: there it is missing.": (
            lambda S_c, S_s: root(_inner(S_c, S_s), -0.5),
            lambda S_c, S_s: root(S_s, 0.5) @ root(_inner(S_c, S_s), -0.5),
            lambda S_c, S_s: root(_inner(S_c, S_s), -0.5) @ root(S_s, 0.5),
            lambda S_c, S_s: root(_inner(S_c, S_s), -0.5) @ S_s,
        ),
        "Outside stands the root of the style's covariance, not the covariance itself.": (
            lambda S_c, S_s: S_s @ root(_inner(S_c, S_s), -0.5) @ S_s,
            lambda S_c, S_s: S_s @ root(S_s @ S_c @ S_s, -0.5) @ S_s,
        ),
        "In the middle stands root @ S_c @ root: yours has the covariance in place of its root.": (
            lambda S_c, S_s: root(S_s, 0.5) @ root(S_s @ S_c @ S_s, -0.5) @ root(S_s, 0.5)
        ),
        "The content's covariance stands in the middle alone, without the style's roots around it: "
        "root @ S_c @ root.": lambda S_c, S_s: root(S_s, 0.5) @ root(S_c, -0.5) @ root(S_s, 0.5),
        "In the middle S_c stands between two roots, and yours has one: root @ S_c @ root.": (
            lambda S_c, S_s: root(S_s, 0.5) @ root(root(S_s, 0.5) @ S_c, -0.5) @ root(S_s, 0.5),
            lambda S_c, S_s: root(S_s, 0.5) @ root(S_c @ root(S_s, 0.5), -0.5) @ root(S_s, 0.5),
        ),
        "Products of matrices are written @: * multiplies number by number.": (
            lambda S_c, S_s: root(S_s, 0.5) * root(_inner(S_c, S_s), -0.5) * root(S_s, 0.5),
            lambda S_c, S_s: root(S_s, 0.5) * root(S_c, -0.5),
            lambda S_c, S_s: (
                root(S_s, 0.5) * root(root(S_s, 0.5) * S_c * root(S_s, 0.5), -0.5) * root(S_s, 0.5)
            ),
            lambda S_c, S_s: (
                root(S_s, 0.5) @ root(root(S_s, 0.5) * S_c * root(S_s, 0.5), -0.5) @ root(S_s, 0.5)
            ),
        ),
        "Those are the style's own covariance or root: how far the content spreads already does "
        "not occur.": (lambda S_c, S_s: root(S_s, 0.5), lambda S_c, S_s: S_s),
        "That only whitens: the style does not occur.": lambda S_c, S_s: root(S_c, -0.5),
        "That is the identity, which changes nothing.": lambda S_c, S_s: np.eye(len(S_c)),
    }
)
MAPS_BY_HAND = {
    "the docstring's example": (
        np.diag([1.0, 4.0]).astype("float32"),
        np.diag([9.0, 1.0]).astype("float32"),
    ),
    "a covariance and itself": (np.array([[5, 4], [4, 5]], "float32"),) * 2,
}


def _examine_map(student):
    right = references.optimal_transport_map
    compare(
        student,
        _draw_covariances,
        right,
        MAP_SLIPS,
        shape_words=lambda shape: "It is a matrix, with a row and a column for each channel.",
        tolerance=MAPS_APART,
        by_hand=MAPS_BY_HAND,
    )
    yield True, "T S_c T is the style's covariance, and T is symmetric: the shortest way."
    yield True, "From a covariance to itself it is the identity; both stay as they are."


optimal_transport_map = Check(
    references.optimal_transport_map,
    _examine_map,
    (
        "The formula has three factors, and the first is also the last. Compute it once: "
        "root = matrix_power(S_s, 0.5).",
        "The middle one is one over the root of a matrix, matrix_power(..., -0.5). Of which? Of "
        "the content's covariance, with the style's root on either side.",
        "root @ matrix_power(root @ S_c @ root, -0.5) @ root.",
    ),
)
