"""Where painting starts."""

import numpy as np
import pytest

from nstlib import ImageError, save_image, stylize
from nstlib.engine.pictures import STARTS, fit, starting_image


@pytest.mark.parametrize("init", STARTS)
def test_every_start_has_the_contents_shape_and_range(cat, wave, init):
    start = starting_image(init, cat, wave[:, :20])
    assert start.shape == cat.shape and start.dtype == np.float32
    assert 0 <= start.min() and start.max() <= 1


def test_the_content_is_the_content(cat, wave):
    np.testing.assert_array_equal(starting_image("content", cat, wave), cat)


def test_noise_follows_its_seed(cat, wave):
    first, same, other = (starting_image("noise", cat, wave, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).mean() > 0.05
    assert abs(first.mean() - 0.5) < 0.01 and abs(first.std() - 0.1) < 0.01


def test_the_style_covers_the_content_without_being_distorted():
    """A white disc in the middle of the style is still round, and still in the middle."""
    y, x = np.mgrid[:40, :80]
    disc = ((y - 19.5) ** 2 + (x - 39.5) ** 2 < 15**2).astype("float32")
    style = np.repeat(disc[None, :, :, None], 3, axis=-1)
    start = starting_image("style", np.zeros((1, 80, 80, 3), "float32"), style)[0, :, :, 0]
    assert start.shape == (80, 80)
    np.testing.assert_allclose(start, start[::-1], atol=1e-3)
    np.testing.assert_allclose(start, start[:, ::-1], atol=1e-3)
    assert abs((start[40] > 0.5).sum() - 60) <= 2 and abs((start[:, 40] > 0.5).sum() - 60) <= 2


@pytest.mark.parametrize("shape", [(17, 64), (64, 17), (33, 47), (128, 96)])
def test_fit_gives_any_shape(cat, shape):
    assert fit(cat, shape).shape == (1, *shape, 3)
    assert 0 <= fit(cat, shape).min() and fit(cat, shape).max() <= 1


def test_fit_leaves_what_fits(noise):
    np.testing.assert_array_equal(fit(noise, noise.shape[1:3]), noise)


def test_a_picture_of_another_shape_may_be_a_file_or_an_array(cat, wave, noise, tmp_path):
    path = save_image(noise, tmp_path / "start.png")
    for init in (path, str(path), noise):
        start = starting_image(init, cat[:, :, :30], wave)
        assert start.shape == cat[:, :, :30].shape
        np.testing.assert_allclose(start, fit(noise, start.shape[1:3]), atol=0.02)


@pytest.mark.parametrize("init", ["nois", "Content", "no/such/picture.jpg", ""])
def test_an_unknown_name_gets_the_names_and_that_there_is_no_file(cat, wave, init):
    with pytest.raises(ImageError) as error:
        starting_image(init, cat, wave)
    assert repr(init) in str(error.value) and "content, noise, style" in str(error.value)
    assert "no file of that name" in str(error.value)


def test_what_is_no_picture_at_all_is_an_image_error(cat, wave):
    for init in (b"not a picture", 7, None):
        with pytest.raises(ImageError):
            starting_image(init, cat, wave)


def test_stylize_starts_where_it_is_told(cat, wave, noise):
    settings = {"size": 64, "evaluations": 1, "progress": False, "seed": 5}
    for init in ("noise", "style", noise):
        result = stylize(cat, wave, init=init, **settings)
        np.testing.assert_array_equal(result.image, starting_image(init, cat, wave, 5))
        assert result.settings["init"] == (init if isinstance(init, str) else "a picture")
