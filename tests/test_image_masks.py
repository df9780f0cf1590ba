"""Masks at their edges: how far off, how dark, and in which form they may be."""

import numpy as np
import pytest

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
