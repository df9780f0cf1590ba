"""Where painting starts."""

import numpy as np
import pytest
from PIL import Image

from nstlib import ImageError, save_image, stylize
from nstlib.engine.pictures import (
    STARTS,
    TINY,
    fit,
    load_pictures,
    mirrored,
    open_pictures,
    starting_image,
    surprises,
)
from nstlib.engine.settings import Settings
from nstlib.images.loading import open_image


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
    settings = {"size": 64, "evaluations": 1, "progress": False, "seed": 5, "match_colors": 0}
    for init in ("noise", "style", noise):
        result = stylize(cat, wave, init=init, **settings)
        np.testing.assert_array_equal(result.image, starting_image(init, cat, wave, 5))
        assert result.settings["init"] == (init if isinstance(init, str) else "a picture")


# ---- which picture a sentence is about ------------------------------------------------------

GOOD, BAD = np.zeros((32, 48, 3)), np.full((32, 48, 3), 255.0)


@pytest.mark.parametrize(
    ("content", "style", "words"),
    [
        (BAD, GOOD, "^the content picture has values from 255"),
        (GOOD, BAD, "^the style picture has values from 255"),
        (GOOD, [GOOD, BAD], "^style 2 has values from 255"),
        (GOOD, [BAD, GOOD], "^style 1 has values from 255"),
        (GOOD, (GOOD, GOOD, b"x"), "^style 3 is not a picture"),
        (GOOD, [GOOD, {}], "^style 2, a dict, cannot be loaded"),
        (GOOD, [GOOD, np.zeros((30, 30), int)], "^style 2 holds int64"),
        (GOOD, [GOOD, np.zeros((15, 90, 3))], "^style 2 is too small, 96 x 16|^style 2 is too"),
        (GOOD, [GOOD, np.zeros((30, 900, 3))], "^style 2 is too small, 48 x 2 pixels when scaled"),
        (GOOD, [GOOD, "nowhere.png"], "^'nowhere.png' is missing"),
        ([GOOD], GOOD, "^the content picture, a list, cannot be loaded"),
    ],
)
def test_the_picture_that_is_wrong_is_named(content, style, words):
    with pytest.raises(ImageError, match=words):
        load_pictures(open_pictures(content, style), Settings(size=48))


def test_an_init_picture_that_is_wrong_is_named(cat, wave):
    with pytest.raises(ImageError, match="^the init picture has values from 255"):
        starting_image(BAD, cat, wave)


# ---- tildes ---------------------------------------------------------------------------------


def test_a_tilde_in_every_path_of_a_painting(cat, wave, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    save_image(cat, tmp_path / "cat.png")
    save_image(np.ones((1, 43, 64, 3)), tmp_path / "mask.png")
    settings = {"size": 64, "init": "~/cat.png", "masks": "~/mask.png", "progress": False}
    stylize("~/cat.png", "~/cat.png", evaluations=2, checkpoint="~/run.npz", **settings)
    assert (tmp_path / "run.npz").exists()
    more = stylize("~/cat.png", "~/cat.png", evaluations=3, resume="~/run.npz", **settings)
    assert more.history["evaluation"][-1] == 3


# ---- tiny styles, and what may surprise -----------------------------------------------------


def test_a_tiny_style_paints_no_frame_of_dots(wave):
    """The outermost rows were more than twice as restless as those inside."""
    gray = np.full((1, 96, 96, 3), 0.5, np.float32)
    tiny = wave[:, 10:26, 20:36]
    image = stylize(gray, tiny, size=96, evaluations=40, init="noise", progress=False).image[0]
    assert image[:3].std() < 1.3 * image[40:43].std()
    assert image[:, :3].std() < 1.3 * image[:, 40:43].std()


@pytest.mark.parametrize("shape", [(16, 16), (16, 400), (31, 17), (20, 63)])
def test_a_tiny_style_keeps_its_pixels(shape):
    style = np.random.default_rng(0).random((1, *shape, 3))
    large = mirrored(style)
    assert min(large.shape[1:3]) >= 2 * TINY
    assert set(np.unique(large)) == set(np.unique(style))


def test_a_style_that_is_not_tiny_stays(wave):
    assert mirrored(wave) is wave


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"size": 512}, 1),
        ({"sizes": [128, 512]}, 1),
        ({"size": 300}, 0),
        ({}, 0),  # a default that nobody asked for
        ({"evaluations": 1}, 1),
        ({"evaluations": [1, 1], "sizes": [100, 200]}, 1),
        ({"evaluations": 2}, 0),
        ({"evaluations": 1, "size": 512}, 2),
    ],
)
def test_what_will_not_be_as_asked_for_is_said(given, count):
    photo = open_image(Image.new("RGB", (300, 200)))
    assert len(list(surprises(photo, Settings(**given), given))) == count


def test_whoever_gives_an_array_knows_its_size():
    """So do the lessons, which paint small pictures of the size of the larger ones before."""
    assert not list(surprises(open_image(np.zeros((200, 300))), Settings(size=512), {"size"}))


def test_stylize_says_so_in_warnings(cat, wave, tmp_path):
    path = save_image(cat, tmp_path / "small.png")
    with pytest.warns(UserWarning, match="64x43 pixels and is not enlarged to 96"):
        stylize(path, wave, size=96, evaluations=2, progress=False)
    with pytest.warns(UserWarning, match="one evaluation only looks at the image"):
        stylize(cat, wave, evaluations=1, progress=False)


def test_a_large_init_is_fitted_as_a_small_one_is(cat):
    content = cat[:, :, :30]
    large = fit(cat, (2580, 3840))
    start = starting_image(large, content, cat)
    np.testing.assert_allclose(start, starting_image(cat, content, cat), atol=0.12)
