"""Lesson 07, total variation: its exercises."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nstlib import losses
from nstlib.check import references
from nstlib.check.comparison import compare, numbers, slips_of
from nstlib.check.framework import Check

# ---- neighbouring pixels -------------------------------------------------------------------------

ROWS, COLUMNS, CHANNELS = 1, 2, 3  # the axes of an image (B, H, W, channels)


def draw_images(batch):
    """Draws images without equal neighbours, with height, width and channels all different.

    Nearly equal ones are not drawn either: d / (|d| + 1e-8) is as good a sign as any, but not where
    d is as small. So the values are steps from 0 to 1 in any order, each moved by up to a quarter.
    """

    def draw():
        rng = np.random.default_rng()
        height, width = rng.permutation([4, 5, 6])[:2]
        shape = (batch, height, width, 3)
        steps = rng.permutation(np.prod(shape)) + rng.uniform(0.25, 0.75, np.prod(shape))
        return ((steps / steps.size).reshape(shape).astype("float32"),)

    return draw


def draw_plateaus():
    """Draws images of three shades only, so that many neighbours are equal."""
    (image,) = draw_images(1)()
    return (np.floor(3 * image) / 2,)


def differences(image, axis):
    """Each value's neighbour minus the value, with float64's digits."""
    return np.diff(image.astype(float), axis=axis)


def sum_of(size, image, axes=(ROWS, COLUMNS)):
    return sum(size(differences(image, axis)).sum() for axis in axes)


def rolled(image, axis):
    """Differences that go on from the last pixel to the first one."""
    return np.roll(image.astype(float), -1, axis) - image


def corners(size, image):
    """`size` of dx and dy where a pixel has both neighbours."""
    dx, dy = differences(image, COLUMNS)[:, :-1], differences(image, ROWS)[:, :, :-1]
    return size(dx, dy)


def two_apart(image):
    """Central differences: of the neighbour to the right and that to the left."""
    v = image.astype(float)
    return np.abs(v[:, :, 2:] - v[:, :, :-2]).sum() + np.abs(v[:, 2:] - v[:, :-2]).sum()


def diagonal(image):
    return np.abs(image[:, 1:, 1:].astype(float) - image[:, :-1, :-1]).sum()


def padded(image):
    """With zeros around the picture."""
    v = np.pad(image.astype(float), ((0, 0), (1, 1), (1, 1), (0, 0)))
    return sum_of(np.abs, v)


def half_padded(image):
    """With zeros behind the last row and the last column."""
    v = np.pad(image.astype(float), ((0, 0), (0, 1), (0, 1), (0, 0)))
    return sum_of(np.abs, v)


class Neighbours(NamedTuple):
    """What the differences to four neighbours contribute, each of the image's shape."""

    left: np.ndarray
    right: np.ndarray
    above: np.ndarray
    below: np.ndarray


def neighbours(image, size=np.sign):
    """`size` gets a value minus its neighbour; the result is 0 where there is no neighbour."""

    def of(axis, side):
        pad = [(0, 0)] * 4
        pad[axis] = (1, 0) if side > 0 else (0, 1)
        return np.pad(size(side * differences(image, axis)), pad)

    return Neighbours(of(COLUMNS, 1), of(COLUMNS, -1), of(ROWS, 1), of(ROWS, -1))


def all_around(size):
    """The sum over all neighbours."""
    return lambda image: sum(neighbours(image, size))


def wrapped(image):
    """The gradient of a picture that goes on from its last pixels to the first ones."""
    steps = [(np.sign(rolled(image, axis)), axis) for axis in (ROWS, COLUMNS)]
    return sum(np.roll(step, 1, axis) - step for step, axis in steps)


FRAME = ((0, 0), (1, 1), (1, 1), (0, 0))


def eight(image):
    """The gradient if diagonal neighbours counted, too."""
    v, (rows, columns) = np.pad(image, FRAME, mode="edge"), image.shape[1:3]
    places = [(i, j) for i in range(3) for j in range(3)]
    return sum(np.sign(image - v[:, i : i + rows, j : j + columns]) for i, j in places)


def inside(image):
    """The gradient, but 0 at the border."""
    inner = np.zeros(image.shape)
    inner[:, 1:-1, 1:-1] = 1
    return inner * sum(neighbours(image))


def tied(image, sign):
    """As if a difference of 0 to the right or below had this sign."""
    equal = neighbours(image, lambda d: d == 0)
    one_side = np.add(equal.left, equal.above, dtype=float) - equal.right - equal.below
    return sum(neighbours(image)) + sign * one_side


BY_HAND = {
    "the docstring's example": (np.array([[[[0.0], [2.0], [1.0]]]], "float32"),),
    "one column": (np.array([[[[0.0]], [[2.0]], [[1.0]]]], "float32"),),
    "two colours": (np.array([[[[0.0, 5.0], [2.0, 5.5]]]], "float32"),),
    "one pixel": (np.array([[[[0.5]]]], "float32"),),
    "two rows": (np.array([[[[3.0], [1.0]], [[2.0], [4.0]]]]),),
}

# ---- total_variation -----------------------------------------------------------------------------

VARIATIONS = {
    "You take squares: absolute values are wanted, unless squared is True.": (
        lambda v: sum_of(np.square, v)
    ),
    "You take means of the differences: add them up.": (
        lambda v: np.abs(differences(v, 1)).mean() + np.abs(differences(v, 2)).mean()
    ),
    "You divide by the number of values: the sum is wanted.": lambda v: sum_of(np.abs, v) / v.size,
    "You divide by the number of pixels: the sum is wanted.": (
        lambda v: sum_of(np.abs, v) / v[..., 0].size
    ),
    "Only differences along the rows are there, from left to right: add those from above to below "
    "(axis 1).": lambda v: sum_of(np.abs, v, [COLUMNS]),
    "Only differences from above to below are there: add those from left to right (axis 2; axis 0 "
    "is the batch).": lambda v: sum_of(np.abs, v, [ROWS]),
    "You compare colours with each other: the last axis has the channels, the rows and columns are "
    "axes 1 and 2.": lambda v: sum_of(np.abs, v, [CHANNELS]),
    "You compare columns and colours: the rows and columns are axes 1 and 2.": (
        lambda v: sum_of(np.abs, v, [COLUMNS, CHANNELS])
    ),
    "np.gradient takes half of the difference to the right and to the left: neighbours are "
    "v[:, 1:] and v[:, :-1].": lambda v: np.abs(np.gradient(v, axis=(ROWS, COLUMNS))).sum(),
    "You compare neighbouring colours, too: only neighbouring pixels count, axes 1 and 2.": (
        lambda v: sum_of(np.abs, v, [ROWS, COLUMNS, CHANNELS])
    ),
    "You take the root of dx^2 + dy^2 at each pixel: that is the isotropic total variation. Here "
    "dx and dy count on their own.": (
        lambda v: corners(lambda dx, dy: np.sqrt(dx**2 + dy**2).sum(), v)
    ),
    "You take the root of a sum of squares: add up absolute values.": (
        lambda v: np.sqrt(sum_of(np.square, v))
    ),
    "You add the roots of two sums of squares: add up absolute values.": (
        lambda v: np.sqrt(sum_of(np.square, v, [ROWS])) + np.sqrt(sum_of(np.square, v, [COLUMNS]))
    ),
    "Your differences go on from the last pixel to the first, as np.roll does: slice instead.": (
        lambda v: np.abs(rolled(v, ROWS)).sum() + np.abs(rolled(v, COLUMNS)).sum()
    ),
    "Nothing is made positive: steps up and down cancel. Take absolute values.": (
        lambda v: sum_of(lambda d: d, v)
    ),
    "You take the absolute value of the sum: of each difference, and then the sum.": (
        lambda v: sum_of(lambda d: np.abs(d.sum()), v)
    ),
    "Of three colours only the one with the largest difference counts: add up all.": (
        lambda v: sum_of(lambda d: np.abs(d).max(axis=-1), v)
    ),
    "Only the first colour counts with you: take all of them.": (
        lambda v: sum_of(np.abs, v[..., :1])
    ),
    "You average over the colours: add them up.": lambda v: sum_of(np.abs, v) / v.shape[-1],
    "You make the picture grey first: each colour has its own differences.": (
        lambda v: sum_of(np.abs, v.mean(axis=-1, keepdims=True))
    ),
    "The last row and the last column are missing in part: dx and dy have different shapes, so add "
    "them up on their own.": lambda v: corners(lambda dx, dy: (np.abs(dx) + np.abs(dy)).sum(), v),
    "You add dx and dy before you take absolute values: each counts on its own.": (
        lambda v: corners(lambda dx, dy: np.abs(dx + dy).sum(), v)
    ),
    "You compare pixels that are two apart: take those next to each other.": two_apart,
    "You compare diagonal neighbours: shift along one axis at a time.": diagonal,
    "You compare the border with zeros around the picture: it has no neighbours there.": padded,
    "You compare the last row and column with zeros behind them: they have no neighbour there.": (
        half_padded
    ),
    "Each pair of neighbours counts twice, from either side: count it once.": (
        lambda v: 2 * sum_of(np.abs, v)
    ),
    "You take half of it: there is no 1/2.": lambda v: sum_of(np.abs, v) / 2,
    "The sign is wrong: a sum of absolute values is not negative.": lambda v: -sum_of(np.abs, v),
}
SEVERAL_SLIPS = slips_of(
    {
        "For one picture it is right, but of two pictures you look only at the first.": lambda v: (
            sum_of(np.abs, v[:1])
        ),
        "For one picture it is right, but you average over two: add them up.": lambda v: (
            sum_of(np.abs, v) / 2
        ),
        "You compare the pictures of a batch with each other: only neighbours count, axes 1 "
        "and 2.": (lambda v: sum_of(np.abs, v, [0, ROWS, COLUMNS])),
    }
)
SQUARED_SLIPS = slips_of(
    {
        "nothing changes: then take squares in the place of absolute values.": (
            lambda v: sum_of(np.abs, v)
        ),
        "you square the sum: square each difference, then add up.": lambda v: (
            sum_of(np.abs, v) ** 2
        ),
        "you square two sums: square each difference, then add up.": (
            lambda v: sum_of(lambda d: np.abs(d).sum() ** 2, v)
        ),
        "you take the root in the end: leave it out.": lambda v: np.sqrt(sum_of(np.square, v)),
        "you add the roots of two sums: leave them out.": (
            lambda v: sum_of(lambda d: np.sqrt(np.square(d).sum()), v)
        ),
        "you take roots of dx^2 + dy^2: leave them out.": (
            lambda v: corners(lambda dx, dy: np.sqrt(dx**2 + dy**2).sum(), v)
        ),
        "you leave out differences at the border: add up dx and dy on their own.": (
            lambda v: corners(lambda dx, dy: (dx**2 + dy**2).sum(), v)
        ),
        "you add dx and dy before you square: each counts on its own.": (
            lambda v: corners(lambda dx, dy: ((dx + dy) ** 2).sum(), v)
        ),
        "you square the values instead of their differences.": (
            lambda v: sum_of(np.abs, v.astype(float) ** 2)
        ),
        "you take the mean: add up.": lambda v: sum_of(np.square, v) / v.size,
        "you add means: add up all squares.": lambda v: sum_of(lambda d: np.mean(d**2), v),
        "you take half of it: there is no 1/2.": lambda v: sum_of(np.square, v) / 2,
        "only differences from left to right are there.": lambda v: sum_of(np.square, v, [COLUMNS]),
        "only differences from above to below are there.": lambda v: sum_of(np.square, v, [ROWS]),
    },
    before="With squared=True ",
)


def _examine_total_variation(student):
    def check(draw, slips, squared=False):
        def right(image):
            return losses.total_variation(image, squared)

        def answer(image):
            return student(image, True) if squared else student(image)

        compare(answer, draw, right, slips, shape_words=words, by_hand=BY_HAND)

    def words(shape):
        return "Sum over all axes, that of the batch as well, which tf.image.total_variation keeps."

    check(draw_images(1), slips_of(VARIATIONS))
    yield True, "It adds up the absolute differences of neighbours, along rows and along columns."
    check(draw_images(2), SEVERAL_SLIPS)
    yield True, "It is right for several pictures at once."
    check(draw_images(1), SQUARED_SLIPS, squared=True)
    yield True, "With squared=True it adds up squares, and the pictures stay as they are."


total_variation = Check(
    losses.total_variation,
    _examine_total_variation,
    (
        "All differences between a pixel and the one to its right are one subtraction of two "
        "slices. Of which ones? The same goes for the one below.",
        "image[:, :, 1:] - image[:, :, :-1] are those to the right: one column fewer than the "
        "image. Rows are axis 1. The two have different shapes, so add up each on its own.",
        "The sum of abs(dx) plus the sum of abs(dy), or of dx ** 2 and dy ** 2 if squared.",
    ),
)

# ---- total_variation_gradient --------------------------------------------------------------------

GRADIENTS = {
    "The sign is wrong: where a value is larger than all its neighbours, the total variation grows "
    "with it.": lambda v: -sum(neighbours(v)),
    "You look to the right and below only: a value is in the differences to its left and above as "
    "well.": lambda v: neighbours(v).right + neighbours(v).below,
    "You look to the left and above only: a value is in the differences to its right and below as "
    "well.": lambda v: neighbours(v).left + neighbours(v).above,
    "The neighbours above and below are missing.": (
        lambda v: neighbours(v).left + neighbours(v).right
    ),
    "The neighbours to the left and right are missing.": (
        lambda v: neighbours(v).above + neighbours(v).below
    ),
    **{
        f"One of four neighbours is missing, the one {where}.": (
            lambda v, missing=number: sum(neighbours(v)) - neighbours(v)[missing]
        )
        for number, where in enumerate(("to the left", "to the right", "above", "below"))
    },
    "You add where you have to subtract: of a difference, the larger value gets +1, and the "
    "smaller one -1.": lambda v: np.subtract(*neighbours(v)[:2]) + np.subtract(*neighbours(v)[2:]),
    "The picture goes on from its last pixels to the first ones with you, as np.roll does: there "
    "are no neighbours beyond the border.": wrapped,
    "You add up the differences themselves: the slope of |d| is only its sign.": (
        all_around(lambda d: d)
    ),
    "That is the gradient of the squares, 2 d: the slope of |d| is only its sign.": (
        all_around(lambda d: 2 * d)
    ),
    "It is twice too large: each neighbour counts once.": lambda v: 2 * sum(neighbours(v)),
    "You average over four neighbours: add them up.": lambda v: sum(neighbours(v)) / 4,
    "It is half as large: each neighbour counts in full.": lambda v: sum(neighbours(v)) / 2,
    "You divide by the number of values: the total variation is a sum.": (
        lambda v: sum(neighbours(v)) / v.size
    ),
    "You take the sign of the whole sum: take it of each difference, and then the sum.": (
        lambda v: np.sign(all_around(lambda d: d)(v))
    ),
    "In the end you take the sign once more: values from -4 to 4 are possible.": (
        lambda v: np.sign(sum(neighbours(v)))
    ),
    "You count neighbours that differ: larger ones count as -1.": (
        all_around(lambda d: np.abs(np.sign(d)))
    ),
    "You compare the border with zeros around the picture: it has no neighbours there.": (
        lambda v: sum(neighbours(np.pad(v, FRAME)))[:, 1:-1, 1:-1]
    ),
    "You take in diagonal neighbours as well: there are four, left, right, above and below.": (
        lambda v: eight(v)
    ),
    "You make the picture grey first: each colour has its own differences.": (
        lambda v: sum(neighbours(v.mean(axis=-1, keepdims=True))) * np.ones(v.shape[-1])
    ),
    "It is 0 at the border: values there have neighbours, too, two or three.": inside,
}
SEVERAL_GRADIENT_SLIPS = slips_of(
    {
        "For one picture it is right, but of two pictures you look only at the first.": lambda v: (
            sum(neighbours(v[:1]))
        ),
    }
)
PLATEAU_SLIPS = slips_of(
    {
        "an equal neighbour counts as a smaller one, +1: it counts as 0.": (
            all_around(lambda d: np.where(d >= 0, 1, -1))
        ),
        "an equal neighbour counts as a larger one, -1: it counts as 0.": (
            all_around(lambda d: np.where(d > 0, 1, -1))
        ),
        "where(d > 0, 1, -1) takes a difference of 0 for a negative one: its sign is 0.": (
            lambda v: tied(v, -1)
        ),
        "where(d >= 0, 1, -1) takes a difference of 0 for a positive one: its sign is 0.": (
            lambda v: tied(v, 1)
        ),
    },
    before="Without equal neighbours it is right, but ",
)


GRADIENTS_BY_HAND = {
    "the docstring's example": (np.array([[[[0.0], [1.0], [0.5]]]], "float32"),),
    **BY_HAND,
}
EQUAL_BY_HAND = {
    "equal and nearly equal neighbours": (np.array([[[[0.0], [0.0], [0.01]]]], "float32"),),
}


def _examine_total_variation_gradient(student):
    def answer(image):
        found = numbers(student(image))
        return found.astype(float)  # whole numbers are as good as floats

    def check(draw, slips, by_hand=GRADIENTS_BY_HAND):
        right = references.total_variation_gradient
        compare(answer, draw, right, slips, shape_words=words, by_hand=by_hand)

    def words(shape):
        return (
            "It has the image's shape: a value at the border has fewer neighbours, but it counts."
        )

    check(draw_images(1), slips_of(GRADIENTS))
    yield True, "It adds up the signs of the differences to all neighbours."
    check(draw_images(2), SEVERAL_GRADIENT_SLIPS)
    yield True, "It is right for several pictures at once."
    check(draw_plateaus, PLATEAU_SLIPS, EQUAL_BY_HAND)
    yield True, "Equal neighbours count as 0, and the pictures stay as they are."


total_variation_gradient = Check(
    references.total_variation_gradient,
    _examine_total_variation_gradient,
    (
        "Make one value a little larger. Which differences become larger, and which ones smaller? "
        "How fast does |d| grow with d?",
        "For each of up to four neighbours: +1 where the value is larger, -1 where it is smaller, "
        "0 where both are equal. np.sign and ops.sign do that for a whole array.",
        "Take the signs of dx and dy. A step dx from left to right raises the pixel on its right: "
        "add it there, and subtract it from the one on its left. ops.pad, or zeros with += on "
        "slices, brings both to the image's shape.",
    ),
)
