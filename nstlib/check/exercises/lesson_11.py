"""Lesson 11, control: its exercises."""

from __future__ import annotations

import numpy as np

from nstlib import losses
from nstlib.check.comparison import (
    Slip,
    close,
    compare,
    compare_by_hand,
    draw_apart,
    numbers,
    raise_slip,
    slips_of,
)
from nstlib.check.exercises import random_features
from nstlib.check.exercises.random_features import correlation, gram_by_numpy, rows
from nstlib.check.framework import Check, StudentError
from nstlib.images import colors

# ---- luminance_transfer --------------------------------------------------------------------------

PRINTED_INVERSE = 1.2e-3  # as far as YIQ's matrices are off with the three digits in which print is


def _draw_images(batch):
    """Draws a painting and a darker content, of colours so strong that some will be clipped."""

    def draw():
        rng = np.random.default_rng()
        images = [rng.beta(a, 0.5, (batch, 5, 7, 3)) for a in (0.9, 0.4)]
        return tuple((0.1 + 0.8 * image).astype("float32") for image in images)

    return draw


def _Y(image, weights=colors.LUMINANCE):
    return np.sum(image * np.array(weights), axis=-1, keepdims=True)


def _with(light):
    """The content with other light and dark, as some measure of an image says."""
    return lambda p, c: c + light(p) - light(c)


def _one_channel(k):
    return lambda p, c: c + (_Y(p) - _Y(c)) * np.eye(3)[k]


TRANSFERS = {
    "The two are swapped: light and dark are the painting's, the colours the content's.": (
        lambda p, c: p + _Y(c) - _Y(p)
    ),
    "The sign is wrong: add the painting's luminance, subtract the content's.": (
        lambda p, c: c - _Y(p) + _Y(c)
    ),
    "The content's own luminance stays in: subtract it, or the image gets too bright.": (
        lambda p, c: c + _Y(p)
    ),
    "You subtract the content's luminance: add the painting's, too.": lambda p, c: c - _Y(c),
    "The three colours count alike with you: green looks much brighter than blue, so take the "
    "weights LUMINANCE, or luminance(...).": (
        _with(lambda image: image.mean(axis=-1, keepdims=True)),
        _with(lambda image: image.sum(axis=-1, keepdims=True)),
    ),
    "Those are the weights of ITU-R BT.709, for linear light: the Y of YIQ, and LUMINANCE here, is "
    "that of BT.601.": _with(lambda image: _Y(image, (0.2126, 0.7152, 0.0722))),
    "The weights are in the wrong order: red comes first, then green, then blue.": (
        _with(lambda image: _Y(image, colors.LUMINANCE[::-1]))
    ),
    "0.30, 0.59 and 0.11 are rounded: take the weights LUMINANCE, or luminance(...).": (
        _with(lambda image: _Y(image, (0.30, 0.59, 0.11)))
    ),
    "You round the colours to 8 bits: they stay floats.": (
        lambda p, c: np.rint(255 * (c + _Y(p) - _Y(c))) / 255
    ),
    "The largest of the three colours is the value of HSV: luminance is their weighted mean.": (
        _with(lambda image: image.max(axis=-1, keepdims=True))
    ),
    "You change one of the colours only: add the same to red, green and blue, or hues change.": (
        _one_channel(0),
        _one_channel(1),
        _one_channel(2),
    ),
    "You weight what you add: the weights are for the luminance, and red, green and blue all get "
    "the same.": lambda p, c: c + (_Y(p) - _Y(c)) * np.array(colors.LUMINANCE),
    "You add one number to the whole picture: every pixel has a luminance of its own.": (
        _with(lambda image: _Y(image).mean()),
        _with(lambda image: image.mean()),
    ),
    "You add half of the difference: the luminance should be the painting's.": (
        lambda p, c: c + (_Y(p) - _Y(c)) / 2
    ),
    "You add the painting with its colours: of the painting, add the luminance alone.": (
        lambda p, c: c + p - _Y(c)
    ),
    "It is grey: the content's colours are missing.": lambda p, c: _Y(p) * np.ones(3),
    "That is the painting as it was.": lambda p, c: p,
    "That is the content as it was.": lambda p, c: c,
    "You multiply: that scales I and Q as well, so that dark places lose their colour. Add the "
    "difference of the luminances.": (  # far brighter than the others, and so the last to compare
        lambda p, c: c * _Y(p) / _Y(c),
        lambda p, c: c * p.max(axis=-1, keepdims=True) / c.max(axis=-1, keepdims=True),
    ),
}
TRANSFER_SLIPS = [
    Slip(lambda p, c: c + _Y(p) - _Y(c), "It is right but for one thing: clip to [0, 1]."),
    *(
        slip._replace(wrong=lambda p, c, wrong=slip.wrong, top=top: wrong(p, c).clip(1 - top, top))
        for slip in slips_of(TRANSFERS)
        for top in (1, np.inf)  # clipped, or not even that
    ),
]


SEVERAL_TRANSFERS = slips_of(
    {
        "For one image it is right, but of two you take the luminances of the first.": (
            lambda p, c: np.clip(c + _Y(p)[:1] - _Y(c)[:1], 0, 1)
        )
    }
)


def _image_words(shape):
    return "It is an image: red, green and blue for each pixel, in batches of one or more."


def _examine_luminance_transfer(student):
    right, words = colors.luminance_transfer, {"shape_words": _image_words}

    def answer(painting, content):
        found, wanted = numbers(student(painting, content)), right(painting, content)
        return wanted if close(found, wanted, PRINTED_INVERSE) else found

    compare(answer, _draw_images(1), right, TRANSFER_SLIPS, **words)
    yield True, "The light and dark are the painting's, I and Q are the content's, all in [0, 1]."
    gray, red = np.full((1, 1, 1, 3), 0.4), np.array([[[[0.6, 0.2, 0.2]]]])
    by_hand = {
        "the docstring's example": (gray, red),
        "white on red": (np.ones((1, 1, 1, 3)), red),
        "black on red": (np.zeros((1, 1, 1, 3)), red),
    }
    compare(answer, _draw_images(2), right, SEVERAL_TRANSFERS, by_hand=by_hand, **words)
    yield True, "It is right for several images at once, and both stay as they are."


luminance_transfer = Check(
    colors.luminance_transfer,
    _examine_luminance_transfer,
    (
        "Grey has red = green = blue, and neither I nor Q. So what happens to Y, I and Q of a "
        "pixel, when you add 0.1 to all of its three colours?",
        "luminance(image) is (B, H, W, 1), so that it can be added to (B, H, W, 3). By how much "
        "is the painting brighter than the content, pixel by pixel?",
        "np.clip(content + luminance(painting) - luminance(content), 0, 1).",
    ),
)

# ---- match_color: more than one answer is right --------------------------------------------------

LEAST_VARIANCE = 3e-4  # in any direction: some add 1e-6 to it, to be safe from dividing by 0


def _draw_colors(height, width, mean, spread):
    """A picture whose red, green and blue go together, more or less, as in photographs."""
    rng = np.random.default_rng()
    mixing = rng.uniform(0.1, 1, (3, 3)) + np.diag(rng.uniform(1, 2, 3))
    mixing *= spread / np.linalg.norm(mixing, 2)
    image = mean + rng.uniform(-1, 1, (height * width, 3)) @ mixing
    return image.reshape(1, height, width, 3).astype("float32")


def _draw_pictures():
    """A style and a content of other sides and other numbers of pixels, of so many that it does not
    matter whether covariances are divided by N or N - 1. However matched, no colour leaves [0, 1].
    """
    rng = np.random.default_rng()
    while True:
        sides = rng.permutation([(12, 16), (15, 20), (11, 35)])[:2]
        style, content = (
            _draw_colors(*side, rng.uniform(0.4, 0.6, 3), rng.uniform(0.15, 0.25)) for side in sides
        )
        x, y = rows(style)[0], rows(content)[0]
        S, K = covariance(x), covariance(y)
        means = np.array([x.mean(axis=0), y.mean(axis=0)])
        reach = np.linalg.norm((x - means[0]) @ root(S, -0.5), axis=1).max()
        widest = np.sqrt(max(np.linalg.norm(S, 2), np.linalg.norm(K, 2)))
        inside = reach * widest < min(means.min(), 1 - means.max())
        least = min(np.linalg.eigvalsh(S)[0], np.linalg.eigvalsh(K)[0])
        if not inside or least < LEAST_VARIANCE or min(S.min(), K.min()) < 0:
            continue  # np.sqrt of each number is to be a slip, not undefined
        if len(x) < len(y) and all(
            _differs(slip.wrong(style, content), x, _palette(x, y), 3) for slip in COLOR_SLIPS
        ):
            return style, content


def _palette(x, y, share=1.0):
    """Mean and covariance between those of the colours x, with a share of 0, and y, with 1."""
    mean = (1 - share) * x.mean(axis=0) + share * y.mean(axis=0)
    return mean, (1 - share) * covariance(x) + share * covariance(y)


def _differs(found, x, palette, times=1):
    """What keeps an image from having the colours `x`, moved to a mean and a covariance."""
    z, (mean, wanted) = rows(found)[0], palette
    if np.abs(z.mean(axis=0) - mean).max() > 2e-3 * times:
        return f"The mean colour should be {mean.round(3)}, and yours is {z.mean(axis=0).round(3)}."
    if np.abs(covariance(z) - wanted).max() > 0.02 * times * wanted.max():
        return (
            "The mean colour is right, but not the covariance. Print np.cov of what comes out: the "
            f"first row should be {wanted[0].round(4)}, and yours is {covariance(z)[0].round(4)}."
        )
    before = np.column_stack([x, np.ones(len(x))])
    affine = before @ np.linalg.lstsq(before, z, rcond=None)[0]
    if np.abs(affine - z).max() > 1e-3 * times:
        return (
            "Mean and covariance are right, but it is not A (x - mean) + the new mean with one A "
            "for all colours x of the style: are these other pixels, or in other places?"
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
    "A is a product of matrices: write @, and not *, which multiplies number by number.": (
        lambda S, K: root(K, 0.5) * root(S, -0.5)
    ),
    "You multiply by the style's spread where you have to divide by it: S^(-1/2), not S^(1/2).": (
        lambda S, K: root(K, 0.5) @ root(S, 0.5)
    ),
    "np.corrcoef forgets how far the colours spread: take np.cov.": (
        lambda S, K: root(correlation(K), 0.5) @ root(correlation(S), -0.5)
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
    "A covariance is a mean: divide (x - mean).T @ (x - mean) by the number of its own pixels.": (
        lambda x, y, A: _moved(x, y, A * np.sqrt((len(y) - 1) / (len(x) - 1)))
    ),
    "You use only a part of the content's pixels: the covariance is that of all of them.": (
        lambda x, y, A: _moved(x, y[: len(x)], _best(x, y[: len(x)]))
    ),
    "x.T @ x / N is no covariance yet: subtract the mean first.": (
        lambda x, y, A: _moved(x, y, root(y.T @ y / len(y), 0.5) @ root(x.T @ x / len(x), -0.5))
    ),
    "reshape moves no number, so your three rows mix the colours: reshape to (-1, 3).": (
        lambda x, y, A: _moved_in_rows(x.reshape(3, -1), y.reshape(3, -1))
    ),
    "That is the style as it was: without a share, or with 1, mean and covariance are those of the "
    "content.": lambda x, y, A: x,
}


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


# From the colours x and y, their covariances S and K and a share, to wrong colours.
SHARES = {
    "share has no effect: below 1, a part of the style's own mean and covariance stays.": (
        lambda x, y, S, K, share: _moved(x, y, root(K, 0.5) @ root(S, -0.5))
    ),
    # With symmetric roots, two mixed pictures, matrices A and roots are one and the same.
    "You lay two pictures over each other, or mix two matrices A, or two roots: the covariance of "
    "what comes out lies elsewhere. Mix the means and the covariances, and find the A that leads "
    "there.": (
        lambda x, y, S, K, share: (
            (1 - share) * x + share * _moved(x, y, root(K, 0.5) @ root(S, -0.5))
        )
    ),
    "You take powers with share in them: mix the covariances, then take the root.": (
        lambda x, y, S, K, share: _between(x, y, share, root(K, share / 2) @ root(S, -share / 2))
    ),
    "share is the content's part: with 1 the palette is the content's, with 0 the style's.": (
        lambda x, y, S, K, share: _between(x, y, 1 - share, _to(S, K, 1 - share))
    ),
    "Of the means you mix nothing: with share the mean, too, lies between the two.": (
        lambda x, y, S, K, share: _between(x, y, 1, _to(S, K, share)),
        lambda x, y, S, K, share: _between(x, y, 0, _to(S, K, share)),
    ),
    "Of the covariances you mix nothing: with share the covariance, too, lies between the two.": (
        lambda x, y, S, K, share: _between(x, y, share, _to(S, K, 1)),
        lambda x, y, S, K, share: _between(x, y, share, _to(S, K, 0)),
    ),
    "The style's part is missing: 1 - share of its own mean and covariance stays.": (
        lambda x, y, S, K, share: (
            (x - x.mean(axis=0)) @ (root(share * K, 0.5) @ root(S, -0.5)).T + share * y.mean(axis=0)
        ),
        lambda x, y, S, K, share: _between(x, y, share, root(share * K, 0.5) @ root(S, -0.5)),
    ),
    "You square the shares of the covariances: they are mixed as the means are.": (
        lambda x, y, S, K, share: _between(
            x, y, share, root((1 - share) ** 2 * S + share**2 * K, 0.5) @ root(S, -0.5)
        )
    ),
    "The mixed covariance stands in both places: A divides by the style's own spread, S^(-1/2).": (
        lambda x, y, S, K, share: _between(
            x, y, share, root(K, 0.5) @ root((1 - share) * S + share * K, -0.5)
        )
    ),
    "You take the covariance of the pixels of both pictures together: it has the distance of the "
    "two means in it, too. Mix the two covariances.": (
        lambda x, y, S, K, share: _between(x, y, share, _of_one_crowd(x, y, S, K, share)),
        lambda x, y, S, K, share: _between(
            x, y, share, root(covariance(np.concatenate([x, y])), 0.5) @ root(S, -0.5)
        ),
    ),
}


def _to(S, K, share):
    """A matrix from the covariance S to one on the way to K."""
    return root((1 - share) * S + share * K, 0.5) @ root(S, -0.5)


def _of_one_crowd(x, y, S, K, share):
    """A matrix to the covariance of the pixels of both, thrown together in these shares."""
    away = y.mean(axis=0) - x.mean(axis=0)
    together = (1 - share) * S + share * K + share * (1 - share) * np.outer(away, away)
    return root(together, 0.5) @ root(S, -0.5)


def _between(x, y, share, A):
    """Colours moved by A around a mean on the way from the one to the other."""
    return (x - x.mean(axis=0)) @ A.T + (1 - share) * x.mean(axis=0) + share * y.mean(axis=0)


def _as_images_with_a_share(move):
    """A wrong formula of colours and covariances as one of images and a share."""

    def wrong(style, content, share):
        x, y = rows(style)[0], rows(content)[0]
        found = move(x, y, covariance(x), covariance(y), share)
        return np.clip(found, 0, 1).reshape(style.shape)

    return wrong


SHARE_SLIPS = [
    slip._replace(wrong=_as_images_with_a_share(slip.wrong)) for slip in slips_of(SHARES)
]


def _draw_pictures_and_a_share():
    """The more red in the content, the less green and blue: the style's go together otherwise."""
    while True:
        style, content = _draw_pictures()
        content[..., 0] = 1 - content[..., 0]
        share = float(np.random.default_rng().uniform(0.3, 0.45))
        x, y = rows(style)[0], rows(content)[0]
        if all(
            _differs(slip.wrong(style, content, share), x, _palette(x, y, share), 3)
            for slip in SHARE_SLIPS
        ):
            return style, content, share


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
        x, y = rows(style)[0], rows(content)[0]
        _told_apart(found, COLOR_SLIPS, wrongs, _differs(found, x, _palette(x, y)))
    yield True, "The style has the mean and the covariance of the content's colours."
    for _ in range(3):
        inputs, _, wrongs = draw_apart(_draw_pictures_and_a_share, colors.match_color, SHARE_SLIPS)
        style, content, share = inputs
        found = _image(student(style, content, share), style, content)
        x, y = rows(style)[0], rows(content)[0]
        _told_apart(found, SHARE_SLIPS, wrongs, _differs(found, x, _palette(x, y, share)))
    yield True, "With a share below 1 it has a mean and a covariance between the two."
    style = _draw_colors(13, 17, 0.5, 0.3)
    content = np.random.default_rng().integers(0, 2, (1, 9, 11, 3)).astype("float32")
    found = _image(student(style, content), style, content)
    if found.min() < 0 or found.max() > 1:
        raise StudentError("With colours as glaring as these, yours leave [0, 1]: clip them.")
    if ((found == 0) | (found == 1)).mean() < 0.05:
        raise StudentError("Some colours leave [0, 1]: clip these, and leave the others alone.")
    yield True, "What leaves [0, 1] is clipped, and both pictures stay as they are."
    for height, width in ((3, 2), (2, 5)):
        one, other = np.full((1, 2, 3, 3), 0.2), np.full((1, height, width, 3), 0.6)
        for more in ((), (0.5,), (0.0,), (1.0,)):
            grays = one, other, *more
            compare_by_hand(student, grays, colors.match_color, "pictures of one grey each")
    yield True, "And pictures of one grey each have the same grey in the end, or one between."


def _told_apart(found, slips, wrongs, words):
    """A `StudentError` if there are words on what is wrong; with those of a slip, if it is one."""
    if words:
        raise_slip(np.clip(found, 0, 1), slips, wrongs)
        raise StudentError(words)


match_color = Check(
    colors.match_color,
    _examine_match_color,
    (
        "Think of one colour instead of three: subtract the style's mean, divide by its standard "
        "deviation, multiply by the content's, add the content's mean. What takes the place of a "
        "standard deviation where there are three colours?",
        "The root of the covariance matrix. With colours as rows x of (N, 3), np.cov(x, "
        "rowvar=False) is 3 by 3, and matrix_power(S, -0.5) is one over its root.",
        "With the covariances S of the style and K of the new colours, A = matrix_power(K, 0.5) @ "
        "matrix_power(S, -0.5), and the new colours are (x - x.mean(axis=0)) @ A.T + the new mean, "
        "clipped, in the style's shape. share mixes what K and the new mean are.",
    ),
)

# ---- masked_gram ---------------------------------------------------------------------------------


def _draw_region():
    """Features and a soft mask, which is 0 at some positions, and more than 0 at most."""
    rng = np.random.default_rng()
    (F,) = random_features.features()()
    T = rng.uniform(0.1, 0.9, (*F.shape[:3], 1)) * (rng.random((*F.shape[:3], 1)) < 0.8)
    T.flat[rng.integers(T.size)] = rng.uniform(0.6, 0.9)  # somewhere it is inside, however one asks
    return F, T.astype("float32")


def _draw_full_mask():
    (F,) = random_features.features()()
    return F, np.ones_like(F[..., :1])


def _chosen(inside):
    """The Gram matrix of the positions inside alone, all alike."""
    return lambda F, T: gram_by_numpy(F * inside(T)) / inside(T).mean()


def _times(size):
    """The Gram matrix of the masked features, undivided by the mask's size, times a number."""
    return lambda F, T: gram_by_numpy(F * T) * size(T.astype(float))


MASKED = {
    "The mask does not occur: multiply the features by it.": lambda F, T: gram_by_numpy(F),
    "You divide by the number of all positions only: divide by the mean of the squared mask, too, "
    "or a small region has a small Gram matrix.": _times(lambda T: 1),
    "Nothing is divided: divide by the sum of the squared mask, or take gram_matrix and divide by "
    "its mean.": _times(lambda T: T.size),
    "You divide by the sum of the mask: for masks of 0 and 1 it is the same, but here some values "
    "lie between. The features are multiplied twice, so divide by the sum of the squares.": (
        _times(lambda T: 1 / T.mean())
    ),
    "You divide by the square of the mean: divide by the mean of the squares.": (
        _times(lambda T: 1 / T.mean() ** 2)
    ),
    "You multiply by the mask's mean square: divide by it.": _times(lambda T: (T**2).mean()),
    "You divide by the mask's mean square twice: once is enough.": (
        _times(lambda T: 1 / (T**2).mean() ** 2)
    ),
    "You take the root of the mask's mean square: leave it out.": (
        _times(lambda T: 1 / np.sqrt((T**2).mean()))
    ),
    "You divide by the number of positions where the mask is not 0: soft masks need the mean of "
    "the squares.": _times(lambda T: 1 / (T > 0).mean()),
}
REGIONS = {
    "The mask comes too late: in a Gram matrix there are no positions left. Multiply the features "
    "by it.": (
        lambda F, T: gram_by_numpy(F) * T.mean(),
        lambda F, T: gram_by_numpy(F) / (T**2).mean(),
    ),
    "You multiply by the mask twice: F * T is enough, for both factors of the product have it.": (
        lambda F, T: gram_by_numpy(F * T**2)
    ),
    "The mask counts once in your product: both factors have it, (F * T)^T (F * T).": (
        lambda F, T: gram_by_numpy(F * np.sqrt(T))
    ),
    "You only ask whether a position is inside: where the mask is 0.5, it should count less, but "
    "it should count.": (
        _chosen(lambda T: T > 0),
        _chosen(lambda T: T > 0.5),
        _chosen(np.round),
    ),
    "It is the Gram matrix of the other region, where the mask is 0: multiply by the mask itself, "
    "not by 1 minus the mask.": lambda F, T: gram_by_numpy(F * (1 - T)),
    "The first axis is missing: of one picture it is (1, C, C).": (
        lambda F, T: gram_by_numpy(F * T)[0]
    ),
    "You multiply positions with positions: it should be channels with channels.": (
        lambda F, T: rows(F * T) @ rows(F * T).transpose(0, 2, 1)
    ),
}
MULTIPLE = (
    "It is a multiple of what it should be: with a mask of ones it would not be the Gram matrix. "
    "Divide the sum over the positions by the sum of the squared mask."
)
MASK_SLIPS = [
    *slips_of(MASKED),
    *(slip._replace(multiple=True) for slip in slips_of(REGIONS)),
    # A likely multiple for itself, so that what is drawn keeps it apart from the others.
    Slip(lambda F, T: losses.masked_gram(F, T) / F.shape[-1], MULTIPLE),
    Slip(lambda F, T: 7.7 * losses.masked_gram(F, T), MULTIPLE, multiple=True),
]


def _few(positions):
    return np.array([[positions]], "float32")


def _examine_masked_gram(student):
    right = losses.masked_gram
    compare(
        student,
        _draw_region,
        right,
        MASK_SLIPS,
        shape_words=lambda shape: "One row and one column for each channel, and a first axis of 1.",
        by_hand={
            "the docstring's example": (_few([[1, 2], [3, 4]]), _few([[1], [0]])),
            "a mask of 0.5": (_few([[1, 2], [3, 4]]), _few([[0.5], [0.5]])),
            "one position, inside by half": (_few([[2]]), _few([[0.5]])),
        },
    )
    yield True, "The mask weights the features, and its size is divided out."
    compare(student, _draw_full_mask, lambda F, T: losses.gram_matrix(F), rounds=1)
    yield True, "With a mask of ones it is the Gram matrix; features and mask stay as they are."


masked_gram = Check(
    losses.masked_gram,
    _examine_masked_gram,
    (
        "Multiply before you add up: what has to become of the features outside of the region?",
        "gram_matrix(features * mask) divides by all positions, those outside included. What would "
        "a mask of 0.5 everywhere give, and what should it give?",
        "Divide gram_matrix(features * mask) by the mean of mask ** 2.",
    ),
)
