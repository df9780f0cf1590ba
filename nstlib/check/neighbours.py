"""Neighbouring pixels of lesson 07: images, and right and wrong ways to compare their values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

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
