"""Textures that tile: what the network is shown, the gradient that comes back, the seam."""

import numpy as np
import pytest
import tensorflow as tf

import nstlib
from nstlib.tiles import repeat, seam, tileable, wrap

rng = np.random.default_rng(0)
IMAGE = rng.random((1, 6, 8, 3), "float32")


def test_wrap_goes_on_at_the_opposite_edge():
    np.testing.assert_array_equal(
        wrap(IMAGE, 3), np.pad(IMAGE, ((0, 0), (3, 3), (3, 3), (0, 0)), "wrap")
    )
    np.testing.assert_array_equal(wrap(IMAGE, 0), IMAGE)


@pytest.mark.parametrize("margin", [-1, 7, 2.0, True, None])
def test_a_margin_that_cannot_be_is_refused(margin):
    with pytest.raises(ValueError, match=f"margin is {margin!r}: .* to the shorter side, 6"):
        wrap(IMAGE, margin)


def test_gradients_are_those_of_finite_differences():
    weights = rng.normal(size=(1, 10, 12, 3))

    def objective(x):
        return tf.reduce_sum(weights * x**2), 2 * weights * x, "terms"

    evaluate, image = tileable(objective, margin=2), tf.constant(IMAGE, tf.float64)
    loss, gradient, terms = evaluate(image)
    assert float(loss) == pytest.approx(np.sum(weights * wrap(image, 2) ** 2)) and terms == "terms"
    direction = rng.normal(size=IMAGE.shape)
    ahead, behind = (float(evaluate(image + h * direction)[0]) for h in (1e-5, -1e-5))
    assert np.sum(gradient * direction) == pytest.approx((ahead - behind) / 2e-5, rel=1e-6)


def test_a_shifted_image_is_the_same_tile():
    """Where a tile is cut does not matter to what is wrapped far enough."""

    def objective(x):
        return tf.reduce_sum(tf.abs(x[:, 1:-1, 1:-1] - x[:, :-2, 1:-1])), tf.zeros_like(x)

    losses = {
        round(float(tileable(objective, 1)(np.roll(IMAGE, shift, axis=1))[0]), 3)
        for shift in range(6)
    }
    assert len(losses) == 1


def test_repeated_tiles_lie_side_by_side():
    wall = repeat(IMAGE, 3)
    assert wall.shape == (1, 18, 24, 3)
    for row, column in ((0, 0), (6, 8), (12, 16)):
        np.testing.assert_array_equal(wall[:, row : row + 6, column : column + 8], IMAGE)


def test_the_seam_of_noise_is_none_and_of_a_slope_is_all():
    noise, slope = rng.random((1, 64, 64, 3)), np.linspace(0, 1, 64)[None, :, None, None]
    assert seam(noise) == pytest.approx(1, abs=0.1)
    for image in (slope, slope.swapaxes(1, 2)):
        assert seam(image * np.ones((1, 64, 64, 3))) == pytest.approx(63)
    assert seam(nstlib.load_image(nstlib.example_path("china"), max_side=128)) > 3
    assert seam(np.ones((1, 4, 4, 3))) == 0


def test_a_painted_tile_has_no_seam_and_another_texture_has():
    """The real network, on a small texture."""
    size, margin = 48, 16
    path = nstlib.example_path("van_gogh_houses_at_auvers")
    style = nstlib.load_image(path, max_side=128)[:, -64:, :64]
    layers = ["block1_conv1", "block2_conv1", "block3_conv1"]
    look = nstlib.FeatureExtractor(layers, pooling="average")
    noise = (
        np.random.default_rng(0).normal(0.5, 0.1, (1, size, size, 3)).clip(0, 1).astype("float32")
    )
    terms = {"convention": "relative", "content_weight": 0, "style_weight": 30, "tv_weight": 3}
    terms |= {"style_layers": layers, "content_layers": layers[-1:]}
    plain = nstlib.Objective(look, noise, style, **terms)
    wrapped = tileable(nstlib.Objective(look, wrap(noise, margin).numpy(), style, **terms), margin)
    found = [
        seam(nstlib.paint(objective, noise, evaluations=30).best_image)
        for objective in (plain, wrapped)
    ]
    assert found[1] < 1.1 < 1.4 < found[0]
