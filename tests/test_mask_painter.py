"""The mask painter: its shapes by geometry, and its sliders and buttons as a browser moves them."""

import numpy as np
import pytest

from nstlib import ImageError, stylize
from nstlib.images.masks import load_masks
from nstlib.widgets.mask_painter import KINDS, MaskPainter, Shape, draw_mask


@pytest.fixture
def painter(cat):
    return MaskPainter(cat, [Shape("rectangle", x=0.25, width=0.5, height=1.0, softness=0)])


def drawn(*shapes, size=(60, 80)):
    return draw_mask(shapes, size)[0, :, :, 0]


# ---- shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "share"),
    [
        (Shape("horizon", y=0.3, softness=0), 0.3),
        (Shape("rectangle", width=0.5, height=0.25, softness=0), 0.125),
        (Shape("ellipse", width=0.5, height=0.5, softness=0), np.pi / 16),
    ],
)
def test_the_area_of_a_shape(shape, share):
    assert drawn(shape).mean() == pytest.approx(share, abs=0.004)


def test_where_a_shape_is():
    mask = drawn(Shape("rectangle", x=0.25, y=0.75, width=0.5, height=0.5, softness=0))
    assert mask[30:, :40].min() == 1 and mask[:30].max() == mask[:, 40:].max() == 0
    assert drawn(Shape("horizon", y=0.5, softness=0))[[29, 30], 5].tolist() == [1, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_softness_makes_a_wider_border_and_keeps_the_middle(kind):
    hard, soft = (drawn(Shape(kind, softness=softness)) for softness in (0, 0.2))

    def gray(mask):
        return ((mask > 0.05) & (mask < 0.95)).sum()

    assert gray(soft) > 5 * gray(hard)
    assert soft.min() >= 0 and soft.max() <= 1
    assert abs(soft.mean() - hard.mean()) < 0.05


def test_a_soft_horizon_falls_evenly():
    column = drawn(Shape("horizon", y=0.5, softness=0.25))[:, 0]  # over 20 of 80 pixels
    assert np.allclose(np.diff(column)[21:38], -1 / 20, atol=1e-6)


def test_shapes_are_added_and_taken_away_in_their_order():
    whole = Shape("rectangle", width=1, height=1, softness=0)
    hole = Shape("ellipse", width=0.5, height=0.5, softness=0, take_away=True)
    assert drawn(whole, hole)[30, 40] == 0 and drawn(whole, hole)[0, 0] == 1
    assert drawn(hole, whole).min() == 1
    assert drawn(whole, hole).mean() == pytest.approx(1 - np.pi / 16, abs=0.004)


def test_a_shape_fits_any_size():
    for size in ((30, 40), (60, 80), (90, 120)):
        assert drawn(Shape("ellipse", softness=0), size=size).mean() == pytest.approx(
            0.196, abs=0.01
        )


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="'star'"):
        drawn(Shape("star"))


# ---- the painter ---------------------------------------------------------------------------------


def test_the_mask_follows_the_sliders(painter):
    assert painter.mask.shape == (1, 43, 64, 1) and painter.mask.mean() == pytest.approx(0.5)
    painter.controls["width"].value = 0.25
    assert painter.mask.mean() == pytest.approx(0.25)
    painter.controls["take_away"].value = True
    assert painter.mask.max() == 0


def test_keep_and_undo(painter):
    left = painter.shape
    painter.keep.click()
    painter.controls["x"].value = 0.75
    assert painter.shapes == [left] and painter.mask.mean() == pytest.approx(1.0)
    painter.undo.click()
    assert painter.shapes == [] and painter.shape == left
    assert painter.mask.mean() == pytest.approx(0.5)
    painter.undo.click()
    assert "nothing to undo" in painter._live.message.value


def test_shapes_given_are_kept_but_for_the_last(cat):
    shapes = [Shape("horizon"), Shape("ellipse", take_away=True)]
    painter = MaskPainter(cat, shapes)
    assert painter.shapes == shapes[:1] and painter.shape == shapes[1]
    np.testing.assert_array_equal(painter.mask, draw_mask(shapes, cat.shape[1:3]))
    with pytest.raises(ImageError, match="empty"):
        MaskPainter(cat, [])


def test_the_picture_changes_in_a_browser(painter, cat, with_browser):
    painter = MaskPainter(cat)
    before = painter._live.picture.value
    painter.controls["y"].value = 0.9
    painter.wait()
    assert painter._live.picture.value != before
    assert painter._live.message.value.startswith("Computed in")


def test_a_stored_notebook_shows_photo_and_mask(painter, displayed):
    painter._ipython_display_()
    (shown,) = displayed
    assert "the mask: 50% of the photo" in shown.data and "data:image/jpeg" in shown.data


def test_a_notebook_shows_the_widget(painter, displayed, with_browser):
    painter._ipython_display_()
    assert displayed[0] is painter.widget


def test_its_masks_are_those_that_stylize_takes(painter, cat, wave):
    masks = load_masks(painter.mask, 2, cat.shape[1:3])
    np.testing.assert_allclose(masks[0], painter.mask, atol=1e-6)
    settings = {"size": 48, "evaluations": 2, "progress": False}
    assert stylize(cat, [wave, cat], masks=painter.mask, **settings).image.shape == (1, 32, 48, 3)
