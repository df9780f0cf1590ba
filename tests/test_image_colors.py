"""Colours at their edges: where clipping, flat pictures and other kinds of arrays matter."""

import numpy as np
import pytest
import tensorflow as tf

from nstlib import example_path, load_image
from nstlib.engine.pictures import Pictures
from nstlib.images.colors import (
    gray_pictures,
    luminance,
    luminance_transfer,
    match_color,
    match_palette,
    mixed_palette,
)


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


# ---- the style's colours at the end --------------------------------------------------------------


@pytest.fixture(scope="module")
def palette():
    return load_image(example_path("hokusai_great_wave"), max_side=96).reshape(-1, 3)


@pytest.fixture(scope="module")
def painting():
    return load_image(example_path("astronaut"), max_side=96)


def colours(image):
    return np.reshape(image, (-1, 3))


def apart(colours, others):
    """The largest difference of the quantiles of red, green and blue, and of their mixtures."""
    axes = np.concatenate([np.eye(3), np.ones((1, 3)) / 3, [[1, -1, 0], [0.5, 0.5, -1]]])
    ranks = np.linspace(0.02, 0.98, 25)
    return np.abs(
        np.quantile(colours @ axes.T, ranks, axis=0) - np.quantile(others @ axes.T, ranks, axis=0)
    ).max()


def test_the_quantiles_of_all_colours_become_the_palettes(painting, palette):
    matched = match_palette(painting, palette)
    assert matched.shape == painting.shape and matched.dtype == painting.dtype
    assert 0 <= matched.min() and matched.max() <= 1
    assert apart(colours(painting), palette) > 0.3
    assert apart(colours(matched), palette) < 0.06
    np.testing.assert_allclose(colours(matched).mean(axis=0), palette.mean(axis=0), atol=0.02)


def test_a_painting_that_has_the_colours_already_stays(palette, painting):
    shuffled = np.random.default_rng(0).permutation(colours(painting))
    np.testing.assert_allclose(match_palette(painting, shuffled), painting, atol=0.03)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_flat_painting_becomes_the_mean_of_the_palette(value, palette):
    """And not an extreme colour that the palette does not have."""
    matched = match_palette(np.full((1, 30, 40, 3), value, "float32"), palette)
    np.testing.assert_allclose(
        matched, np.broadcast_to(palette.mean(axis=0), matched.shape), atol=0.01
    )


def test_an_even_ground_stays_even_and_the_whole_has_the_palettes_mean(painting, palette):
    sky = painting.copy()
    sky[:, :40] = 1
    matched = match_palette(sky, palette)
    assert colours(matched[:, :40]).std(axis=0).max() < 1e-3
    np.testing.assert_allclose(colours(matched).mean(axis=0), palette.mean(axis=0), atol=0.02)
    assert matched[:, :40].mean() > matched[:, 40:].mean(), "white stays the lightest"


def test_a_style_of_one_colour_gives_that_colour(painting):
    matched = match_palette(painting, np.array([[0.2, 0.4, 0.6]]))
    np.testing.assert_allclose(colours(matched) - [0.2, 0.4, 0.6], 0, atol=1e-6)


def test_a_grey_painting_keeps_its_light_and_dark(painting, palette):
    gray = np.repeat(luminance(painting), 3, axis=-1)
    matched = match_palette(gray, palette)
    assert np.corrcoef(luminance(matched).ravel(), luminance(gray).ravel())[0, 1] > 0.9
    np.testing.assert_allclose(colours(matched).mean(axis=0), palette.mean(axis=0), atol=0.02)


@pytest.mark.parametrize("shape", [(1, 1, 1, 3), (1, 1, 2, 3), (1, 16, 1, 3)])
def test_few_pixels_are_no_fault(shape, palette):
    tiny = np.random.default_rng(3).random(shape)
    matched = match_palette(tiny, palette[:5])
    assert matched.shape == shape and 0 <= matched.min() and matched.max() <= 1


def test_only_the_region_decides_which_colour_becomes_which(painting, palette):
    left = np.zeros((*painting.shape[:3], 1))
    left[:, :, :50] = 1
    matched = match_palette(painting, palette, left)
    inside = np.ravel(left) == 1
    assert apart(colours(matched)[inside], palette) < 0.06
    changed = painting.copy()
    changed[:, :, 50:] = 0.3
    again = match_palette(changed, palette, left)
    np.testing.assert_allclose(again[:, :, :50], matched[:, :, :50], atol=1e-6)
    np.testing.assert_array_equal(match_palette(painting, palette, 0 * left), painting)


def test_the_same_seed_gives_the_same_colours(painting, palette):
    first, again = (match_palette(painting, palette) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_of_several_styles_each_gives_as_many_colours_as_its_share():
    styles = [np.full((1, 7, 9, 3), value) for value in (0.0, 0.5, 1.0)]
    for shares in ([0.2, 0.3, 0.5], [0.0, 1.0, 0.0]):
        values = mixed_palette(styles, shares)[:, 0]
        found = [np.mean(values == value) for value in (0.0, 0.5, 1.0)]
        np.testing.assert_allclose(found, shares, atol=1e-4)


def finished(painting, strength, styles, masks=None, shares=(1.0,)):
    pictures = Pictures([painting], [styles], [masks], [])
    return pictures.finished(painting, 0, strength, shares)


def test_the_strength_goes_from_what_was_painted_to_the_styles_colours(painting, palette):
    style = palette.reshape(1, -1, 96, 3)
    none, half, whole = (finished(painting, strength, [style]) for strength in (0, 0.5, 1))
    np.testing.assert_array_equal(none, painting)
    np.testing.assert_allclose(half, (none + whole) / 2, atol=1e-6)
    distances = [apart(colours(image), palette) for image in (none, half, whole)]
    assert distances == sorted(distances, reverse=True) and distances[-1] < 0.08


def test_with_masks_each_region_has_its_style_and_there_is_no_seam(painting):
    red, blue = (np.full((1, 20, 20, 3), colour) for colour in ([0.8, 0.1, 0.1], [0.1, 0.1, 0.8]))
    width = painting.shape[2]
    ramp = np.clip((np.arange(width) - 30) / 36, 0, 1).astype("float32")
    ramp = np.broadcast_to(ramp[:, None], (*painting.shape[:3], 1))
    image = finished(painting, 1, [red, blue], [1 - ramp, ramp], (0.5, 0.5))
    np.testing.assert_allclose(image[:, :, :30], red[0, 0, 0] + 0 * image[:, :, :30], atol=1e-6)
    np.testing.assert_allclose(image[:, :, 67:], blue[0, 0, 0] + 0 * image[:, :, 67:], atol=1e-6)
    steps = np.abs(np.diff(image, axis=2)).max()
    assert steps < 1.1 * 0.7 / 36, "from red to blue as evenly as the masks do"
    nowhere = finished(painting, 1, [red, blue], [0 * ramp, ramp], (0.5, 0.5))
    np.testing.assert_allclose(nowhere[:, :, :30], painting[:, :, :30], atol=1e-6)
