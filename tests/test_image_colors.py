"""Colours at their edges: where clipping, flat pictures and other kinds of arrays matter."""

import numpy as np
import pytest
import tensorflow as tf

from nstlib.images.colors import gray_pictures, luminance, luminance_transfer, match_color


def stripes(low, high):
    """A grey picture of two values, each in half of its pixels."""
    values = np.where(np.arange(32) % 2, high, low)
    return np.broadcast_to(values[:, None], (1, 8, 32, 3)).astype("float32")


@pytest.mark.parametrize("kind", [np.ndarray.tolist, tf.constant], ids=["lists", "tensors"])
def test_lists_and_tensors_are_taken_as_well(kind):
    one, other = np.random.default_rng(0).uniform(0.3, 0.7, (2, 1, 4, 5, 3))
    for function, pictures in (
        (luminance, [one]),
        (luminance_transfer, [one, other]),
        (match_color, [one, other]),
    ):
        found = function(*map(kind, pictures))
        np.testing.assert_allclose(found, function(*pictures), rtol=1e-6)


def test_what_leaves_the_range_is_clipped():
    """At both ends: bright content with the contrast of another picture goes beyond white."""
    wide, bright, dark = stripes(0, 1), stripes(0.6, 1), stripes(0, 0.4)
    skewed = np.concatenate([wide[:, :, :4] * 0, wide[:, :, 4:] * 0 + 1], axis=2)  # mostly white
    for content in (bright, dark):
        for style in (skewed, 1 - skewed):
            matched = match_color(style, content)
            _, (gray,) = gray_pictures(content, [style])
            assert matched.min() >= 0 and matched.max() <= 1
            assert gray.min() >= 0 and gray.max() <= 1
    _, (gray,) = gray_pictures(bright, [1 - skewed])
    assert gray.max() == 1, "a few white stripes on black have to leave the range"


def test_a_flat_style_becomes_the_contents_mean_and_a_faint_one_gets_its_contrast():
    content = stripes(0.2, 0.6)
    _, (flat, faint) = gray_pictures(content, [stripes(0.5, 0.5), stripes(0.5, 0.503)])
    np.testing.assert_allclose(flat, 0.4, atol=1e-6)
    np.testing.assert_allclose(faint.std(), 0.2, rtol=1e-3)
