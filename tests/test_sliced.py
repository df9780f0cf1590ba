"""Distributions of features along directions, against SciPy's and by hand."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from nstlib import FeatureExtractor, Objective
from nstlib.check.references import sliced_wasserstein
from nstlib.conventions import find_convention
from nstlib.fast.transforms import nearest_neighbours
from nstlib.sliced import (
    SLICED_WASSERSTEIN,
    Slices,
    belongings,
    directions,
    mix_slices,
    sliced_loss,
    slices,
)


def made(seed, height=6, width=7, C=4):
    return np.random.default_rng(seed).gamma(1.0, 1.0, (1, height, width, C)).astype("float32")


def loss(F, S, mask=None):
    return float(sliced_loss(slices(F, mask), slices(S)))


def column(values):
    values = np.array(values, "float32")
    return Slices(values[None, :, None], np.ones(len(values), "float32"))


def test_one_grey_and_half_black_half_white():
    """The same mean square 1/2, so the same Gram matrix, and 1 - 1/sqrt 2 apart."""
    grey, halves = column([0.5**0.5] * 4), column([0, 1, 0, 1])
    assert float(sliced_loss(grey, halves)) == pytest.approx((1 - 0.5**0.5) / 0.5, rel=1e-6)


def test_as_the_lesson_has_it():
    F, S = made(0), made(1)
    rows = [Z.reshape(-1, 4).astype("float64") for Z in (F, S)]
    wanted = sliced_wasserstein(*rows, directions(4)) / np.mean(rows[1] ** 2)
    assert loss(F, S) == pytest.approx(wanted, rel=1e-5)


def test_sorting_is_the_cheapest_transport():
    """SciPy has Wasserstein-1, whose transport is the same."""
    x, y = made(0, 5, 5, 1).reshape(-1, 1), made(1, 3, 4, 1).reshape(-1, 1)
    wanted = scipy.stats.wasserstein_distance(x[:, 0], y[:, 0])
    many = np.repeat(x, 12, axis=0), np.repeat(y, 25, axis=0)
    way = many[0] - belongings(many[0], np.ones(300, "float32"), many[1])
    assert np.abs(way).mean() == pytest.approx(wanted, rel=1e-5)


def test_positions_may_be_shuffled_but_no_channel_alone():
    S = made(0)
    rows = S.reshape(-1, 4)
    turned = np.random.default_rng(1).permutation(rows).reshape(S.shape)
    alone = S.copy()
    alone[..., 0] = np.random.default_rng(1).permutation(S[..., 0].ravel()).reshape(S.shape[:3])
    assert loss(turned, S) == pytest.approx(0, abs=1e-9)
    assert loss(alone, S) > 1e-3


def test_a_mask_leaves_the_rest_out():
    S = made(0, 4, 4)
    half = np.zeros((1, 4, 8, 1), "float32")
    half[:, :, :4] = 1
    F = np.concatenate([S, 9 * made(1, 4, 4)], axis=2)
    assert loss(F, S, half) == pytest.approx(0, abs=1e-9)
    assert loss(F, S) > 1
    assert loss(F, S, np.ones((1, 4, 8, 1))) == pytest.approx(loss(F, S), rel=1e-5)


def test_a_mask_that_is_soft_everywhere_is_none():
    F, S = made(0), made(1, 5, 5)
    soft = np.full((1, 6, 7, 1), 0.3, "float32")
    assert loss(F, S, soft) == pytest.approx(loss(F, S), rel=1e-5)


@pytest.mark.parametrize(
    ("F", "S"),
    [
        (made(0, C=1), made(1, 3, 3, C=1)),
        (made(0, 1, 1), made(1)),
        (made(0), made(1, 1, 1)),
        (made(0, 1, 1), made(1, 1, 1)),
        (0 * made(0), made(1)),
        (0 * made(0), 0 * made(0)),
    ],
    ids=["one channel", "one position", "one of the style", "one and one", "black", "both black"],
)
def test_the_least_that_features_can_be(F, S):
    F = tf.Variable(F)
    with tf.GradientTape() as tape:
        value = sliced_loss(slices(F), slices(S))
    assert np.isfinite(value) and np.isfinite(tape.gradient(value, F)).all()


def test_nobody_can_turn_the_directions_of_others():
    with pytest.raises(ValueError, match="read-only"):
        directions(4)[0, 0] = 7


def test_the_gradient_is_that_of_the_value():
    F, S = tf.constant(made(0)), slices(made(1, 5, 4))
    way = tf.constant(np.random.default_rng(2).normal(size=F.shape).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(F)
        value = sliced_loss(slices(F), S)
    slope = float(tf.reduce_sum(tape.gradient(value, F) * way))
    ahead, behind = (float(sliced_loss(slices(F + t * way), S)) for t in (1e-3, -1e-3))
    assert (ahead - behind) / 2e-3 == pytest.approx(slope, rel=0.02)  # a few change their ranks


def test_between_two_styles():
    one, other = ({"low": column(values)} for values in ([4.0, 0.0, 2.0], [9.0, 3.0, 6.0]))
    mixed = mix_slices([one, other], [1, 2])["low"]
    np.testing.assert_allclose(mixed.values[0, :, 0], [2, 14 / 3, 22 / 3], rtol=1e-6)
    assert float(sliced_loss(column([4.0, 0.0, 2.0]), mix_slices([one, other], [1, 0])["low"])) == 0


def test_mixed_with_a_smaller_picture():
    one, other = ({"low": column(values)} for values in ([0.0, 1.0, 2.0, 3.0], [10.0, 12.0]))
    assert mix_slices([one, other], [0, 1])["low"].values.shape == (1, 4, 1)
    assert float(np.mean(mix_slices([one, other], [1, 1])["low"].values)) == pytest.approx(6.25)


def test_an_objective_of_it():
    """Compiled, of pictures of two sizes, with a region, and of its own style nothing is asked."""
    convention = find_convention("sliced-wasserstein")
    assert convention.style_term is SLICED_WASSERSTEIN
    layers = sorted({*convention.content_layers, *convention.style_layers})
    extractor = FeatureExtractor(layers, pooling=convention.pooling)
    picture, other = (
        np.random.default_rng(n).random((1, 32, 32 + n, 3), "float32") for n in (0, 16)
    )
    own = Objective(extractor, picture, picture, convention="sliced-wasserstein")
    assert float(own(picture)[2][1]) == pytest.approx(0, abs=1e-6)
    mask = np.zeros((1, 32, 32, 1), "float32")
    mask[:, :, :16] = 1
    settings = {"convention": "sliced-wasserstein", "masks": [mask, 1 - mask]}
    value, gradient, terms = Objective(extractor, picture, [other, picture], **settings)(picture)
    assert np.isfinite(value) and np.isfinite(gradient).all() and terms[1] > 0


def test_nearest_neighbours_are_the_styles_own():
    F, S = made(0), 3 + 2 * made(1, 5, 4)
    found = nearest_neighbours(F, S)
    assert {tuple(x) for x in found.reshape(-1, 4)} <= {tuple(y) for y in S.reshape(-1, 4)}
    assert found.shape == F.shape and len(np.unique(found.reshape(-1, 4), axis=0)) > 5
    np.testing.assert_array_equal(nearest_neighbours(S, S), S)
    few = nearest_neighbours(F, S, choice=2)
    assert len(np.unique(few.reshape(-1, 4), axis=0)) == 2
