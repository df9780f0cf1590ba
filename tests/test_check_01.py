"""Lesson 01: what the contract with VGG is, and ways to break it that students find."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nstlib import deprocess, preprocess
from nstlib.images import save_image
from nstlib.networks import MEAN_BGR, ToBGR

# ---- the library's own -------------------------------------------------------------------------


def test_preprocess_is_what_keras_does_and_what_the_networks_do(noise):
    wanted = keras.applications.vgg19.preprocess_input(noise * 255)
    np.testing.assert_allclose(preprocess(noise), wanted, atol=1e-4)
    np.testing.assert_array_equal(ToBGR()(noise), preprocess(noise))


def test_the_way_there_and_back(noise, cat):
    for image in (noise, cat):
        before = image.copy()
        there = preprocess(image)
        kept = there.numpy().copy()
        np.testing.assert_allclose(deprocess(there), image, atol=2e-7)
        np.testing.assert_array_equal(image, before)
        np.testing.assert_array_equal(there, kept)


def test_no_color_of_a_screen_is_lost():
    """All 256 values of 8 bits come back exactly, also from float64."""
    for dtype in ("float32", "float64"):
        values = np.repeat(np.arange(256), 3).reshape(1, 16, 16, 3)
        back = deprocess(preprocess((values / 255).astype(dtype)))
        assert back.dtype == dtype
        np.testing.assert_array_equal(np.rint(back.numpy() * 255), values)


def test_what_no_screen_can_show_is_clipped():
    far = np.array([[[[-1e6, 0, 1e6]]]], "float32")
    np.testing.assert_allclose(deprocess(far), [[[[1, MEAN_BGR[1] / 255, 0]]]], rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: preprocess(np.zeros((1, 4, 4, 3), "uint8")), "divide whole numbers by 255"),
        (lambda: preprocess(np.zeros((1, 4, 4, 4))), r"\(1, 4, 4, 4\)"),
        (lambda: deprocess(np.zeros((1, 4, 4))), r"\(1, 4, 4\)"),
    ],
)
def test_wrong_inputs_get_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# ---- what the checks have to tell apart, run by test_check.py -----------------------------------

MEAN = np.array(MEAN_BGR, "float32")


def preprocess_by_loops(image):
    image, made = np.asarray(image), np.zeros(image.shape)
    for channel in range(3):
        made[..., channel] = image[..., 2 - channel] * 255 - MEAN_BGR[channel]
    return made


def preprocess_in_place(image):
    image *= 255
    image -= MEAN[::-1]
    return image[..., ::-1]


def deprocess_in_place(vgg_input):
    vgg_input += MEAN
    return np.clip(vgg_input[..., ::-1] / 255, 0, 1)


def whole_numbers(image):
    return ((image * 255).astype("uint8") - MEAN.astype("uint8"))[..., ::-1]


def stretched(y):
    image = (y + MEAN)[..., ::-1]
    return (image - image.min()) / (image.max() - image.min())


def clipped(y):
    return np.clip(y, 0, 1)


def back(y):
    return ((y + MEAN) / 255)[..., ::-1]


RIGHT = {
    "preprocess": {
        "numpy": lambda x: x[..., ::-1] * 255 - MEAN,
        "float64 and a tuple": lambda x: x.astype("float64")[..., ::-1] * 255 - MEAN_BGR,
        "tensorflow": lambda x: tf.reverse(x, [-1]) * 255.0 - tf.constant(MEAN),
        "a method of tensors": lambda x: (x.numpy()[..., [2, 1, 0]] - MEAN / 255) * 255,
        "loops": preprocess_by_loops,
        "gather": lambda x: keras.ops.take(x, [2, 1, 0], axis=-1) * 255.0 - MEAN_BGR,
        "keras's own": lambda x: keras.applications.vgg19.preprocess_input(x * 255),
        "lists": lambda x: preprocess_by_loops(x).tolist(),
    },
    "deprocess": {
        "numpy": lambda y: clipped(back(y)),
        "clipped to 255 first": lambda y: np.clip(y + MEAN, 0, 255)[..., ::-1] / 255,
        "tensorflow": lambda y: tf.clip_by_value(tf.reverse(y + MEAN, [-1]) / 255.0, 0, 1),
        "minimum and maximum": lambda y: np.maximum(np.minimum(back(y.astype(float)), 1), 0),
        "keras": lambda y: keras.ops.clip(keras.ops.flip((y + MEAN) / 255, -1), 0, 1),
    },
}
WRONG = {
    "preprocess": {
        "not swapped": (lambda x: x * 255 - MEAN, "lost each other's mean"),
        "not swapped, own means": (lambda x: x * 255 - MEAN[::-1], "but red still comes first"),
        "mean in the wrong order": (lambda x: x[..., ::-1] * 255 - MEAN[::-1], "mean of red"),
        "mean before scaling": (lambda x: (x[..., ::-1] - MEAN) * 255, "before scaling"),
        "not scaled": (lambda x: x[..., ::-1] - MEAN, "do not scale"),
        "no mean": (lambda x: x[..., ::-1] * 255, "still in"),
        "mean added": (lambda x: x[..., ::-1] * 255 + MEAN, "You add the mean"),
        "a negative": (lambda x: MEAN - x[..., ::-1] * 255, "negative: subtract"),
        "mirrored": (lambda x: x[:, :, ::-1] * 255 - MEAN, "left to right"),
        "upside down": (lambda x: x[:, ::-1] * 255 - MEAN, "upside down"),
        "256": (lambda x: x[..., ::-1] * 256 - MEAN, "255, not 256"),
        "from -1 to 1": (lambda x: x * 2 - 1, "other networks want"),
        "pytorch": (
            lambda x: (x - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225],
            "PyTorch",
        ),
        "clipped": (lambda x: np.clip(x[..., ::-1] * 255 - MEAN, 0, 255), "You clip"),
        "own mean": (
            lambda x: (x - x.mean(axis=(1, 2), keepdims=True))[..., ::-1] * 255,
            "picture's own mean",
        ),
        "cut": (lambda x: np.floor(x[..., ::-1] * 255) - MEAN, "cut the colours"),
        "rounded": (lambda x: np.rint(x[..., ::-1] * 255) - MEAN, "round the colours"),
        "whole numbers": (whole_numbers, "lose everything behind the point"),
        "in place": (preprocess_in_place, "changes what it is given"),
        "no batch": (lambda x: (x[..., ::-1] * 255 - MEAN)[0], "Keep the first axis"),
        "channels first": (
            lambda x: np.moveaxis(x[..., ::-1] * 255 - MEAN, -1, 1),
            "stay the last axis",
        ),
        "only squares": (
            lambda x: np.reshape(x[..., ::-1] * 255 - MEAN, (1, x.shape[1], x.shape[1], 3)),
            "ValueError: cannot reshape",
        ),
        "divided by 0": (lambda x: (x[..., ::-1] * 255 - MEAN) * np.inf, "Infinite or undefined"),
        "constant": (lambda x: np.full(x.shape, 7.0), "and yours is"),
    },
    "deprocess": {
        "not swapped": (lambda y: clipped((y + MEAN) / 255), "Blue still comes first: swap"),
        "mean in the wrong order": (lambda y: clipped((y[..., ::-1] + MEAN) / 255), "mean of red:"),
        "neither": (lambda y: (y + MEAN[::-1]) / 255, "and it got the mean of red"),
        "mean subtracted": (lambda y: ((y - MEAN) / 255)[..., ::-1], "once more"),
        "no mean": (lambda y: clipped(y / 255)[..., ::-1], "mean is missing"),
        "not divided": (lambda y: (y + MEAN)[..., ::-1], "from 0 to 255: divide"),
        "divided too early": (lambda y: (y / 255 + MEAN)[..., ::-1], "divide before you add"),
        "all white": (lambda y: clipped(y / 255 + MEAN)[..., ::-1], "All is white"),
        "mirrored": (lambda y: clipped((y + MEAN) / 255)[:, :, ::-1], "left to right"),
        "clipped too early": (
            lambda y: ((np.clip(y, 0, 255) + MEAN) / 255)[..., ::-1],
            "clip before you add",
        ),
        "stretched": (stretched, "stretch the colours"),
        "rounded": (lambda y: clipped(np.rint(y + MEAN)[..., ::-1] / 255), "You round"),
        "8 bits": (lambda y: (y + MEAN).astype("uint8")[..., ::-1] / 255, "You cut"),
        "whole numbers": (
            lambda y: (y + MEAN).astype("uint8")[..., ::-1],
            "lose everything behind the point",
        ),
        "not clipped": (back, "below 0 and above 1"),
        "clipped below": (lambda y: np.maximum(back(y), 0), "Values above 1"),
        "clipped above": (lambda y: np.minimum(back(y), 1), "Values below 0 are"),
        "wrapped": (lambda y: back(y) % 1, "come round again"),
        "without a sign": (lambda y: np.minimum(np.abs(back(y)), 1), "take away the sign"),
        "in place": (deprocess_in_place, "changes what it is given"),
        "no batch": (lambda y: clipped(back(y))[0], "Keep the first axis"),
        "constant": (lambda y: np.full(y.shape, 0.5), "not the values"),
    },
}


def test_a_picture_survives_being_stored(tmp_path, cat):
    save_image(deprocess(preprocess(cat)).numpy(), tmp_path / "cat.png")
