"""Lesson 01, images and the VGG contract: its exercises."""

from __future__ import annotations

import numpy as np

from nstlib import networks
from nstlib.check.comparison import compare, slips_of
from nstlib.check.framework import Check

MEAN = np.array(networks.MEAN_BGR)
# What networks that were trained in PyTorch want instead.
TORCH_MEAN, TORCH_DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def _swap(image):
    return image[..., ::-1]


def _draw_image():
    """Neither square nor symmetric, with colours from nearly black to nearly white."""
    rng = np.random.default_rng()
    height, width = rng.permutation([4, 5, 6, 7])[:2]
    return (rng.uniform(0.02, 0.98, (1, height, width, 3)).astype("float32"),)


def _pixels(*colors):
    """A picture of one row."""
    return (np.array([[colors]], "float32"),)


def _shape_words(shape):
    if len(shape) == 3:
        return "Keep the first axis, even if it holds only one picture."
    if len(shape) == 4 and shape[1] == 3 != shape[3]:
        return "The colours stay the last axis: with TensorFlow, VGG wants no other order of axes."
    return "The shape of the picture does not change, only its values."


# ---- preprocess ----------------------------------------------------------------------------------

PREPROCESS_SLIPS = slips_of(
    {
        "The colours are still in the order red, green, blue, and lost each other's mean: VGG "
        "wants blue first.": lambda x: x * 255 - MEAN,
        "Each colour lost its own mean, but red still comes first: VGG wants blue first.": (
            lambda x: x * 255 - _swap(MEAN)
        ),
        "Blue lost the mean of red: MEAN_BGR begins with blue, so swap the colours before you "
        "subtract it.": lambda x: _swap(x) * 255 - _swap(MEAN),
        "You subtract the mean before scaling, but MEAN_BGR counts from 0 to 255: scale first.": (
            lambda x: (_swap(x) - MEAN) * 255
        ),
        "You do not scale: VGG's colours go from 0 to 255, the picture's from 0 to 1.": lambda x: (
            _swap(x) - MEAN
        ),
        "The mean is still in: subtract MEAN_BGR at the end.": lambda x: _swap(x) * 255,
        "You add the mean: subtract it.": lambda x: _swap(x) * 255 + MEAN,
        "It is a negative: subtract the mean from the picture.": lambda x: MEAN - _swap(x) * 255,
        "You mirror the picture, left to right: the colours are the last axis, image[..., ::-1].": (
            lambda x: x[:, :, ::-1] * 255 - MEAN
        ),
        "You turn the picture upside down: the colours are the last axis, image[..., ::-1].": (
            lambda x: x[:, ::-1] * 255 - MEAN
        ),
        "You subtract one number, the mean of all three: each colour has its own, MEAN_BGR.": (
            lambda x: _swap(x) * 255 - MEAN.mean()
        ),
        "White is 255, not 256: there are 256 values with 0.": lambda x: _swap(x) * 256 - MEAN,
        "From -1 to 1 is what other networks want: VGG wants 0 to 255, minus its mean colour.": (
            lambda x: x * 2 - 1
        ),
        "That is the contract of networks trained in PyTorch: Keras's VGG wants BGR, 0 to 255, "
        "and no division by a standard deviation.": lambda x: (x - TORCH_MEAN) / TORCH_DEVIATION,
        "You clip, and all that is darker than the mean becomes the same: negative values are "
        "meant to be there.": lambda x: np.clip(_swap(x) * 255 - MEAN, 0, 255),
        "You subtract this picture's own mean: VGG counts on that of its training pictures, "
        "MEAN_BGR, the same for every picture.": lambda x: (
            _swap(x) * 255 - _swap(x).mean(axis=(0, 1, 2)) * 255
        ),
        "You cut the colours to whole numbers: VGG computes with floats, keep them.": lambda x: (
            np.floor(_swap(x) * 255) - MEAN
        ),
        "You round the colours to whole numbers: VGG computes with floats, keep them.": lambda x: (
            np.rint(_swap(x) * 255) - MEAN
        ),
    }
)


def _examine_preprocess(student):
    compare(
        student,
        _draw_image,
        networks.preprocess,
        PREPROCESS_SLIPS,
        shape_words=_shape_words,
        by_hand={
            "the docstring's example": _pixels([1.0, 0.0, 0.0]),
            "black and white, in float64": (np.array([[[[0.0] * 3], [[1.0] * 3]]]),),
        },
    )
    yield True, "Blue comes first, the range is that of 0 to 255, and each colour lost its mean."
    yield True, "The picture that it was given is as before."


preprocess = Check(
    networks.preprocess,
    _examine_preprocess,
    (
        "Three steps: swap the colours, scale, subtract. Which one has to come last?",
        "image[..., ::-1] reads the last axis backwards: RGB becomes BGR.",
        "Multiply that by 255 and subtract MEAN_BGR from it; the three numbers of the mean fit "
        "the last axis by themselves.",
    ),
)

# ---- deprocess -----------------------------------------------------------------------------------


def _draw_vgg_input():
    """Made of a picture that keeps clear of 0 and 1: there, clipping makes no difference."""
    (image,) = _draw_image()
    return ((_swap(0.1 + 0.8 * image) * 255 - MEAN).astype("float32"),)


def _draw_beyond():
    """Some values are darker than black, and some brighter than white."""
    (image,) = _draw_image()
    return ((_swap(2 * image - 0.5) * 255 - MEAN).astype("float32"),)


def _both(wrong):
    """A wrong formula, and the same with the result clipped in the end."""
    return wrong, lambda y: np.clip(wrong(y), 0, 1)


def _stretched(y):
    image = _swap(y + MEAN)
    return (image - image.min()) / (image.max() - image.min())


# All of these are told apart on values that need no clipping.
DEPROCESS_SLIPS = slips_of(
    {
        "Blue still comes first: swap the colours back, after adding the mean.": _both(
            lambda y: (y + MEAN) / 255
        ),
        "Blue got the mean of red: MEAN_BGR begins with blue, so add it before you swap.": _both(
            lambda y: _swap(y + _swap(MEAN)) / 255
        ),
        "Blue still comes first, and it got the mean of red: add MEAN_BGR, then swap.": _both(
            lambda y: (y + _swap(MEAN)) / 255
        ),
        "You subtract the mean once more: on the way back, add it.": _both(
            lambda y: _swap(y - MEAN) / 255
        ),
        "The mean is missing: add MEAN_BGR before you divide.": _both(lambda y: _swap(y) / 255),
        "Your colours go from 0 to 255: divide by 255, so that they go from 0 to 1.": lambda y: (
            _swap(y + MEAN)
        ),
        "You divide before you add the mean, but MEAN_BGR counts from 0 to 255: add it first.": (
            lambda y: _swap(y / 255 + MEAN)
        ),
        "All is white: the values were far above 1 before you clipped them. Add the mean first, "
        "then divide all of it by 255.": lambda y: np.ones_like(y),
        "You mirror the picture, left to right: the colours are the last axis.": _both(
            lambda y: (y + MEAN)[:, :, ::-1] / 255
        ),
        "You clip before you add the mean, and all dark colours are lost: clip at the very end.": (
            lambda y: _swap(np.clip(y, 0, 255) + MEAN) / 255
        ),
        "You stretch the colours so that they fill the range: that changes every picture. Values "
        "beyond the range are cut, the others stay.": _stretched,
        "You round to whole numbers, so what you return is not exactly what went in.": _both(
            lambda y: _swap(np.rint(y + MEAN)) / 255
        ),
        "You cut to whole numbers, so what you return is not exactly what went in.": _both(
            lambda y: _swap(np.floor(y + MEAN)) / 255
        ),
    }
)


def _unclipped(y):
    return _swap(y + MEAN) / 255


def _clipped_channel(y, k):
    image = _unclipped(y)
    image[..., k] = np.clip(image[..., k], 0, 1)
    return image


CLIP_SLIPS = slips_of(
    {
        "Values below 0 and above 1 are still there: clip to [0, 1].": _unclipped,
        "Values above 1 are still there: clip them, too.": lambda y: np.maximum(_unclipped(y), 0),
        "Values below 0 are still there: clip them, too.": lambda y: np.minimum(_unclipped(y), 1),
        "Values beyond the range come round again on the other side: clip them.": lambda y: (
            _unclipped(y) % 1
        ),
        "Not all colours are clipped: clip red, green and blue.": (
            lambda y: _clipped_channel(y, 0),
            lambda y: _clipped_channel(y, 1),
            lambda y: _clipped_channel(y, 2),
        ),
        "You take away the sign: darker than black is black, not grey.": lambda y: np.abs(
            np.minimum(_unclipped(y), 1)
        ),
    }
)


def _examine_deprocess(student):
    compare(
        student,
        _draw_vgg_input,
        networks.deprocess,
        DEPROCESS_SLIPS,
        shape_words=_shape_words,
    )
    yield True, "What `preprocess` made of a picture becomes that picture again."
    by_hand = {
        "the docstring's example": _pixels([-103.939, -116.779, 131.32]),
        "darker than black and brighter than white, in float64": (
            np.array([[[[-200.0] * 3], [[200.0] * 3]]]),
        ),
    }
    compare(student, _draw_beyond, networks.deprocess, CLIP_SLIPS, by_hand=by_hand)
    yield True, "Colours that no screen can show are clipped to [0, 1]."
    yield True, "What it was given is as before."


deprocess = Check(
    networks.deprocess,
    _examine_deprocess,
    (
        "Undo the steps of `preprocess` from the last one to the first: what did it do last?",
        "Add MEAN_BGR, divide by 255, swap the colours back; values beyond 0 and 1 may remain.",
        "bgr = (vgg_input + MEAN_BGR) / 255; swap that with [..., ::-1], then np.clip(..., 0, 1).",
    ),
)
