"""Lesson 10, control: its exercise on colours, of which more than one answer is right."""

from __future__ import annotations

import numpy as np

from nstlib.check.answers import close, draw_apart, numbers, slips_of
from nstlib.check.draws import rows
from nstlib.check.framework import Check, StudentError
from nstlib.images import colors

LEAST_VARIANCE = 3e-4  # in any direction: some add 1e-6 to it, to be safe from dividing by 0


def _draw_colors(height, width, mean, spread):
    """A picture whose red, green and blue go together, more or less, as in photographs."""
    rng = np.random.default_rng()
    mixing = rng.uniform(0.1, 1, (3, 3)) + np.diag(rng.uniform(1, 2, 3))
    mixing *= spread / np.linalg.norm(mixing, 2)
    image = mean + rng.uniform(-1, 1, (height * width, 3)) @ mixing
    return image.reshape(1, height, width, 3).astype("float32")


def _draw_pictures():
    """A style and a content of other sides, but of as many pixels: so it does not matter whether
    covariances are divided by N or N - 1. However they are matched, no colour leaves [0, 1].
    """
    rng = np.random.default_rng()
    while True:
        sides = rng.permutation([(12, 20), (15, 16), (10, 24)])[:2]
        style, content = (
            _draw_colors(*side, rng.uniform(0.4, 0.6, 3), rng.uniform(0.15, 0.25)) for side in sides
        )
        x, y = rows(style)[0], rows(content)[0]
        S, K, mean = covariance(x), covariance(y), y.mean(axis=0)
        reach = np.linalg.norm((x - x.mean(axis=0)) @ root(S, -0.5), axis=1).max()
        inside = reach * np.sqrt(np.linalg.norm(K, 2)) < min(mean.min(), 1 - mean.max())
        least = min(np.linalg.eigvalsh(S)[0], np.linalg.eigvalsh(K)[0])
        if not inside or least < LEAST_VARIANCE or min(S.min(), K.min()) < 0:
            continue  # np.sqrt of each number is to be a slip, not undefined
        if all(_differs(slip.wrong(style, content), x, y, 3) for slip in COLOR_SLIPS):
            return style, content


def _differs(found, x, y, times=1):
    """What keeps an image from having the colours `x`, moved to the statistics of `y`."""
    z = rows(found)[0]
    if np.abs(z.mean(axis=0) - y.mean(axis=0)).max() > 2e-3 * times:
        return (
            f"The mean colour should be {y.mean(axis=0).round(3)}, the content's, and yours is "
            f"{z.mean(axis=0).round(3)}."
        )
    wanted = covariance(y)
    if np.abs(covariance(z) - wanted).max() > 0.02 * times * wanted.max():
        return (
            "The mean colour is right, but not the covariance. Print np.cov of what comes out: the "
            f"first row should be {wanted[0].round(4)}, and yours is {covariance(z)[0].round(4)}."
        )
    before = np.column_stack([x, np.ones(len(x))])
    affine = before @ np.linalg.lstsq(before, z, rcond=None)[0]
    if np.abs(affine - z).max() > 1e-3 * times:
        return (
            "Mean and covariance are right, but it is not A (x - mean) + the content's mean with "
            "the same A for every colour x of the style: are these other pixels, or in other "
            "places?"
        )
    return ""


def covariance(x):
    return np.cov(x, rowvar=False)


root, inverse, cholesky = colors.matrix_power, np.linalg.inv, np.linalg.cholesky
# From the covariances S of the style and K of the content to a wrong A.
MATRICES = {
    "The means agree, and that is all: the spread of the colours should, too.": (
        lambda S, K: np.eye(3)
    ),
    "You match red, green and blue one by one, so they do not go together as they do in the "
    "content: that needs the whole covariance matrix.": (
        lambda S, K: np.diag(np.sqrt(np.diag(K) / np.diag(S)))
    ),
    "You swap the two roots: divide by the style's spread, and multiply by the content's.": (
        lambda S, K: root(S, 0.5) @ root(K, -0.5),
        lambda S, K: root(K, -0.5) @ root(S, 0.5),
    ),
    "A is transposed: colours are rows, so multiply by A.T from the right, (x - mean) @ A.T, and "
    "keep the order of the two factors of A: their product is not symmetric, though they are.": (
        lambda S, K: root(S, -0.5) @ root(K, 0.5),
        lambda S, K: (cholesky(K) @ inverse(cholesky(S))).T,
        lambda S, K: (inverse(cholesky(S)) @ cholesky(K)).T,
        lambda S, K: inverse(cholesky(S)) @ cholesky(K),
    ),
    "The roots are missing: with A = K S^(-1) the covariance becomes A S A^T, which is not K.": (
        lambda S, K: K @ inverse(S),
        lambda S, K: inverse(S) @ K,
    ),
    "The style's own spread stays in: S^(-1/2) is missing.": lambda S, K: root(K, 0.5),
    "The content's spread is missing: K^(1/2).": lambda S, K: root(S, -0.5),
    "K ** 0.5 and np.sqrt(K) take the root of each number: the root of a matrix is one that gives "
    "K when multiplied with itself. matrix_power(K, 0.5) does that.": (
        lambda S, K: np.sqrt(K) @ inverse(np.sqrt(S)),
        lambda S, K: np.sqrt(K) @ (1 / np.sqrt(S)),
        lambda S, K: np.sqrt(K) / np.sqrt(S),
    ),
    "np.corrcoef forgets how far the colours spread: take np.cov.": (
        lambda S, K: root(_correlation(K), 0.5) @ root(_correlation(S), -0.5)
    ),
}
# From the colours x and y, and the right A, to wrong colours.
COLORS = {
    "You do not subtract the style's mean: A is for the way from the mean to a colour.": (
        lambda x, y, A: x @ A.T + y.mean(axis=0)
    ),
    "The content's mean is missing: add it in the end.": lambda x, y, A: (x - x.mean(axis=0)) @ A.T,
    "You add the style's mean again: the content's is wanted.": (
        lambda x, y, A: (x - x.mean(axis=0)) @ A.T + x.mean(axis=0)
    ),
    "You subtract the content's mean from the style: subtract the style's own.": (
        lambda x, y, A: (x - y.mean(axis=0)) @ A.T + y.mean(axis=0)
    ),
    "You take one mean of all numbers: each of the three colours has its own, with axis=0.": (
        lambda x, y, A: (x - x.mean()) @ A.T + y.mean()
    ),
    "x.T @ x / N is no covariance yet: subtract the mean first.": (
        lambda x, y, A: _moved(x, y, root(y.T @ y / len(y), 0.5) @ root(x.T @ x / len(x), -0.5))
    ),
    "reshape moves no number, so your three rows mix the colours: reshape to (-1, 3).": (
        lambda x, y, A: _moved_in_rows(x.reshape(3, -1), y.reshape(3, -1))
    ),
    "That is the style as it was.": lambda x, y, A: x,
}


def _correlation(S):
    return S / np.sqrt(np.outer(np.diag(S), np.diag(S)))


def _best(x, y):
    return root(covariance(y), 0.5) @ root(covariance(x), -0.5)


def _moved(x, y, A):
    return (x - x.mean(axis=0)) @ A.T + y.mean(axis=0)


def _moved_in_rows(x, y):
    return _moved(x.T, y.T, _best(x.T, y.T)).T.reshape(-1, 3)


def _as_images(move):
    """A wrong formula of colours as one of images."""

    def wrong(style, content):
        x, y = rows(style)[0], rows(content)[0]
        return np.clip(move(x, y), 0, 1).reshape(style.shape)

    return wrong


COLOR_SLIPS = [
    slip._replace(
        wrong=_as_images(lambda x, y, A=slip.wrong: _moved(x, y, A(covariance(x), covariance(y))))
    )
    for slip in slips_of(MATRICES)
] + [
    slip._replace(wrong=_as_images(lambda x, y, move=slip.wrong: move(x, y, _best(x, y))))
    for slip in slips_of(COLORS)
]


def _image(found, style, content):
    """An answer as an image of the style's shape, or a `StudentError`."""
    found = numbers(found)
    if found.shape != style.shape:
        words = {
            content.shape: " That is the content's: the style gets other colours.",
            (style[0, ..., 0].size, 3): " Reshape the colours to the style's shape.",
            style.shape[1:]: " The first axis is missing.",
        }.get(found.shape, "")
        raise StudentError(
            f"It returns an image of shape {style.shape}; yours has shape {found.shape}.{words}"
        )
    if found.dtype.kind != "f":
        raise StudentError(f"It returns floats between 0 and 1, and yours are {found.dtype}.")
    if not np.isfinite(found).all():
        raise StudentError(
            "Infinite or undefined values (inf, nan): below 0 there is no root, and covariances "
            "can be below 0. Is it the root of the matrix, or of each number?"
        )
    return found


def _examine_match_color(student):
    for _ in range(3):
        inputs, _, wrongs = draw_apart(_draw_pictures, colors.match_color, COLOR_SLIPS)
        style, content = inputs
        found = _image(student(style, content), style, content)
        words = _differs(found, rows(style)[0], rows(content)[0])
        if words:
            for slip, wrong in zip(COLOR_SLIPS, wrongs, strict=True):
                if close(np.clip(found, 0, 1), wrong):
                    raise StudentError(slip.words)
            raise StudentError(words)
    yield True, "The style has the mean and the covariance of the content's colours."
    style = _draw_colors(13, 17, 0.5, 0.3)
    content = np.random.default_rng().integers(0, 2, (1, 9, 11, 3)).astype("float32")
    found = _image(student(style, content), style, content)
    if found.min() < 0 or found.max() > 1:
        raise StudentError("With colours as glaring as these, yours leave [0, 1]: clip them.")
    if ((found == 0) | (found == 1)).mean() < 0.05:
        raise StudentError("Some colours leave [0, 1]: clip these, and leave the others alone.")
    yield True, "What leaves [0, 1] is clipped, and both pictures stay as they are."


match_color = Check(
    colors.match_color,
    _examine_match_color,
    (
        "Think of one colour instead of three: subtract the style's mean, divide by its standard "
        "deviation, multiply by the content's, add the content's mean. What takes the place of a "
        "standard deviation where there are three colours?",
        "The root of the covariance matrix. With colours as rows x of (N, 3), np.cov(x, "
        "rowvar=False) is 3 by 3, and matrix_power(S, -0.5) is one over its root.",
        "A = matrix_power(K, 0.5) @ matrix_power(S, -0.5), and the new colours are "
        "(x - x.mean(axis=0)) @ A.T + y.mean(axis=0), clipped, in the style's shape.",
    ),
)
