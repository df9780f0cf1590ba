"""Lesson 10, control: its exercises, but for match_color, which is in lesson_10_colors."""

from __future__ import annotations

import numpy as np

from nstlib import losses
from nstlib.check import draws
from nstlib.check.answers import Slip, compare, slips_of
from nstlib.check.draws import gram_by_numpy, rows
from nstlib.check.framework import Check
from nstlib.images import colors

# ---- luminance_transfer --------------------------------------------------------------------------

OTHERS_COEFFICIENTS = 7e-3  # as far as Y is off with 0.30, 0.59, 0.11, or YIQ's printed inverse


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


def _image_words(shape):
    return "It is an image: red, green and blue for each pixel, in batches of one or more."


def _examine_luminance_transfer(student):
    right, words = colors.luminance_transfer, {"shape_words": _image_words}
    words["tolerance"] = OTHERS_COEFFICIENTS
    compare(student, _draw_images(1), right, TRANSFER_SLIPS, **words)
    yield True, "The light and dark are the painting's, I and Q are the content's, all in [0, 1]."
    compare(student, _draw_images(2), right, **words)
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

# ---- masked_gram ---------------------------------------------------------------------------------


def _draw_region():
    """Features and a soft mask, which is 0 at some positions, and more than 0 at most."""
    rng = np.random.default_rng()
    (F,) = draws.features()()
    T = rng.uniform(0.1, 0.9, (*F.shape[:3], 1)) * (rng.random((*F.shape[:3], 1)) < 0.8)
    return F, T.astype("float32")


def _draw_full_mask():
    (F,) = draws.features()()
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
MASK_SLIPS = [
    *slips_of(MASKED),
    *(slip._replace(multiple=True) for slip in slips_of(REGIONS)),
    Slip(
        lambda F, T: 7.7 * losses.masked_gram(F, T),
        "It is a multiple of what it should be: with a mask of ones it would not be the Gram "
        "matrix. Divide the sum over the positions by the sum of the squared mask.",
        multiple=True,
    ),
]


def _examine_masked_gram(student):
    right = losses.masked_gram
    compare(
        student,
        _draw_region,
        right,
        MASK_SLIPS,
        shape_words=lambda shape: "One row and one column for each channel, and a first axis of 1.",
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
