"""Masks at their edges: how far off, how dark, and in which form they may be."""

import numpy as np
import pytest
from pictures import encode
from PIL import Image

from nstlib import ImageError
from nstlib.images.masks import load_masks


@pytest.mark.parametrize(("width", "fits"), [(100, True), (101, True), (98, False), (103, False)])
def test_the_sides_may_be_in_a_ratio_that_is_two_percent_off(width, fits):
    """A picture that was scaled to whole pixels has no exact ratio."""
    for height, shape in ((100, (50, 50)), (50, (50, 100))):
        mask = np.ones((height, width * 100 // 100))
        if fits:
            assert load_masks(mask, 1, shape)[0].shape == (1, *shape, 1)
        else:
            with pytest.raises(ImageError, match="draw the mask on the content picture"):
                load_masks(mask, 1, shape)


def test_a_mask_of_one_white_pixel_in_a_thousand_is_black():
    mask = np.zeros((50, 100))
    mask[0, :6] = 1
    assert load_masks(mask, 1, (50, 100))[0].sum() == 6
    mask[0, 4:] = 0
    with pytest.raises(ImageError, match="style 1 is black"):
        load_masks([mask], 1, (50, 100))


@pytest.mark.parametrize("kind", [list, tuple])
def test_two_styles_have_two_masks_and_neither_is_changed(kind):
    left = np.zeros((20, 30))
    left[:, :10] = 1
    both = load_masks(kind([left, left]), 2, (20, 30))
    for mask in both:
        np.testing.assert_array_equal(mask[0, :, :, 0], left)


# ---- every way in which people make masks ---------------------------------------------------

LEFT = np.zeros((20, 30), np.uint8)
LEFT[:, :15] = 1


def palette(*colours):
    """A picture of palette numbers 0 and 1."""
    picture = Image.fromarray(LEFT, mode="P")
    picture.putpalette([value for colour in colours for value in colour])
    return picture


def drawn(colour, behind=(0, 0, 0, 0)):
    """The left half in one colour with alpha, the right one in another."""
    array = np.empty((20, 30, 4), np.uint8)
    array[:, :15], array[:, 15:] = colour, behind
    return Image.fromarray(array)


LEFT_HALVES = {
    "0 and 255": LEFT * np.uint8(255),
    "0 and 1": LEFT,
    "yes and no": LEFT == 1,
    "int64, 0 and 1": LEFT.astype(np.int64),
    "int32, 0 and 255": LEFT.astype(np.int32) * 255,
    "int64, 0 and 65535": LEFT.astype(np.int64) * 65535,
    "int64, 0 and 256": LEFT.astype(np.int64) * 256,
    "16 bit": LEFT * np.uint16(65535),
    "16 bit, 0 and 255": LEFT * np.uint16(255),
    "16 bit, 0 and 1": LEFT.astype(np.uint16),
    "floats": LEFT.astype(np.float64),
    "with axes": LEFT[np.newaxis, :, :, np.newaxis] == 1,
    "one channel": LEFT[..., np.newaxis],
    "three channels of 0 and 1": np.repeat(LEFT[..., np.newaxis], 3, axis=-1),
    "a file of 0 and 1": encode(Image.fromarray(LEFT), "PNG"),
    "a file of 16 bit": encode(Image.fromarray(LEFT * np.uint16(65535)), "PNG"),
    "a file of 16 bit with 8 in use": encode(Image.fromarray(LEFT * np.uint16(255)), "PNG"),
    "one bit": encode(Image.fromarray(LEFT == 1), "PNG"),
    "a palette, black and white": palette((0, 0, 0), (255, 255, 255)),
    "a palette, black and dark red": palette((0, 0, 0), (128, 0, 0)),
    "a palette of numbers": encode(palette((0, 0, 0), (1, 1, 1)), "PNG"),
    "white on transparent": drawn((255, 255, 255, 255)),
    "white on transparent white": drawn((255, 255, 255, 255), (255, 255, 255, 0)),
    "black on transparent": drawn((0, 0, 0, 255)),
    "red on transparent": drawn((200, 0, 0, 255)),
    "white and black, opaque": drawn((255, 255, 255, 255), (0, 0, 0, 255)),
    "a transparent file": encode(drawn((255, 255, 255, 255)), "PNG"),
    "grey and alpha": drawn((255, 255, 255, 255)).convert("LA"),
    "a transparent palette": encode(palette((9, 9, 9), (255,) * 3), "PNG", transparency=0),
}


@pytest.mark.parametrize("kind", LEFT_HALVES)
def test_the_left_half_is_the_left_half_in_every_form(kind):
    source = LEFT_HALVES[kind]
    first, second = load_masks(source, 2, (20, 30))
    np.testing.assert_allclose(first[0, :, :, 0], LEFT, atol=1e-5)
    np.testing.assert_allclose(second, 1 - first, atol=1e-5)


def test_what_is_drawn_on_nothing_is_as_light_as_it_is_and_no_lighter():
    grey, half = (128, 128, 128, 255), (128, 128, 128, 128)
    (mask,) = load_masks(drawn(grey), 1, (20, 30))
    np.testing.assert_allclose(mask[0, 0, [0, 29], 0], [128 / 255, 0], atol=1e-5)
    (mask,) = load_masks(drawn((255,) * 4, half), 1, (20, 30))
    np.testing.assert_allclose(mask[0, 0, [0, 29], 0], [1, (128 / 255) ** 2], atol=1e-5)


def test_dark_greys_are_lightened_until_the_lightest_is_white():
    for lightest in (32, 100):
        grey = LEFT * np.uint8(lightest)
        grey[:10, :15] = 10
        (mask,) = load_masks(grey, 1, (20, 30))
        np.testing.assert_allclose(mask[0, :, 0, 0], [10 / lightest] * 10 + [1] * 10, atol=1e-5)


def test_a_mask_may_be_as_small_as_four_columns():
    (mask,) = load_masks(np.array([[1.0] * 4] * 4 + [[0.0] * 4] * 4), 1, (32, 16))
    np.testing.assert_array_equal(mask[0, :, 0, 0], [1] * 16 + [0] * 16)


def test_half_transparent_is_half():
    (mask,) = load_masks(drawn((255, 255, 255, 255), (255, 255, 255, 128)), 1, (20, 30))
    np.testing.assert_allclose(mask[0, 0, [0, 29], 0], [1, 128 / 255], atol=1e-5)


def test_floats_and_greys_are_taken_as_they_are():
    """Whoever computes a soft mask means its values."""
    soft = np.linspace(0.1, 0.4, 600).reshape(20, 30)
    np.testing.assert_allclose(load_masks(soft, 1, (20, 30))[0][0, :, :, 0], soft, atol=1e-6)
    gray = np.full((20, 30), 128, np.uint8)
    np.testing.assert_allclose(load_masks(gray, 1, (20, 30))[0], 128 / 255, atol=1e-6)


REGIONS = np.arange(600).reshape(20, 30) // 200
BAD_MASKS = {
    "labels": (REGIONS.astype(np.uint8), "numbers 0 to 2, of several regions"),
    "labels, int64": (REGIONS, "labels == 1"),
    "labels, 16 bit": (REGIONS.astype(np.uint16), "numbers 0 to 2, of several regions"),
    "labels in a file": (encode(Image.fromarray(REGIONS.astype(np.uint8)), "PNG"), "labels == 1"),
    "below zero": (REGIONS - 1, "from -1 to 1"),
    "too large": (LEFT.astype(int) * 65536, "^the mask holds whole numbers from 0 to 65536"),
    "nothing": (np.zeros((0, 30), int), "shape"),
    "0..255 floats": (LEFT * 255.0, "out of the range"),
    "NaN": (np.full((20, 30), np.nan), "NaN"),
    "no": (LEFT == 2, "black"),
    "clear all over": (drawn((255, 255, 255, 0)), "black"),
    "text": (np.full((20, 30), "x"), "<U1"),
    "two channels": (np.zeros((20, 30, 2)), "shape"),
    "no picture": (b"x", "not a picture"),
    "tilted": (np.ones((30, 20)), "draw the mask on the content picture"),
}


@pytest.mark.parametrize("kind", BAD_MASKS)
def test_a_mask_that_means_something_else_is_refused(kind):
    source, words = BAD_MASKS[kind]
    with pytest.raises(ImageError, match=words):
        load_masks(source, 1, (20, 30))


def test_of_several_masks_the_bad_one_is_named():
    with pytest.raises(ImageError, match="^mask 2 holds NaN"):
        load_masks([LEFT, np.full((20, 30), np.nan)], 2, (20, 30))


def test_a_large_mask_is_shrunk_as_a_photograph_is():
    large = np.kron(LEFT, np.ones((120, 120), np.uint8))
    np.testing.assert_allclose(load_masks(large, 1, (40, 60))[0], load_masks(LEFT, 1, (40, 60))[0])
