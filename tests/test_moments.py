"""Means and covariances against NumPy's, distances against SciPy's roots and numbers by hand."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.linalg import sqrtm

from nstlib.losses import gram_matrix, masked_gram
from nstlib.moments import (
    MEAN_COVARIANCE,
    WIDENING,
    Moments,
    eigenvalues,
    matrix_root,
    mean_covariance,
    mix_moments,
    moments_loss,
    wasserstein_loss,
)

LOSSES = pytest.mark.parametrize("loss", [moments_loss, wasserstein_loss])


@pytest.fixture
def features():
    """Of two pictures: positive as after a ReLU, of different widths and means."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(2, 6, 6))
    return [np.maximum(rng.normal(0.3, 1, (1, 9, 11, 6)) @ A, 0) for A in mixing]


# ---- means and covariances -----------------------------------------------------------------------


def rows_of(F):
    return F.reshape(-1, F.shape[-1])


@pytest.mark.parametrize("masked", [False, True])
def test_they_are_those_of_numpy(features, masked):
    F, rng = features[0], np.random.default_rng(1)
    mask = rng.random((1, 9, 11, 1)) if masked else None
    weights = np.ones(99) if mask is None else np.square(mask).ravel()
    mean, covariance = mean_covariance(F, mask)
    np.testing.assert_allclose(mean[0, :, 0], np.average(rows_of(F), axis=0, weights=weights))
    wanted = np.cov(rows_of(F), rowvar=False, aweights=weights, bias=True)
    np.testing.assert_allclose(covariance[0], wanted, atol=1e-12)


@pytest.mark.parametrize("masked", [False, True])
def test_a_gram_matrix_is_the_covariance_and_the_square_of_the_mean(features, masked):
    F = features[0]
    mask = np.random.default_rng(1).random((1, 9, 11, 1)) if masked else None
    G = gram_matrix(F) if mask is None else masked_gram(F, mask)
    mean, covariance = (np.asarray(each[0]) for each in mean_covariance(F, mask))
    np.testing.assert_allclose(G[0], covariance + mean @ mean.T, rtol=1e-12)


def test_a_mask_of_ones_and_halves_is_none_and_what_lies_outside_does_not_count(features):
    F = features[0]
    everywhere = mean_covariance(F)
    for value in (1.0, 0.5):
        for one, other in zip(
            mean_covariance(F, np.full((1, 9, 11, 1), value)), everywhere, strict=True
        ):
            np.testing.assert_allclose(one, other, atol=1e-12)
    left = np.zeros((1, 9, 11, 1))
    left[:, :, :4] = 1
    changed = F.copy()
    changed[:, :, 4:] *= 7
    for one, other, cut in zip(
        mean_covariance(F, left),
        mean_covariance(changed, left),
        mean_covariance(F[:, :, :4]),
        strict=True,
    ):
        np.testing.assert_allclose(one, other)
        np.testing.assert_allclose(one, cut, atol=1e-12)


def test_where_something_is_does_not_matter(features):
    F = features[0]
    shuffled = np.random.default_rng(2).permutation(rows_of(F)).reshape(F.shape)
    for one, other in zip(mean_covariance(F), mean_covariance(shuffled), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


# ---- distances -----------------------------------------------------------------------------------


@LOSSES
def test_zero_for_the_same_and_more_for_any_other(features, loss):
    one, other = (mean_covariance(F) for F in features)
    assert float(loss(one, one)) == pytest.approx(0, abs=1e-12)
    moved = Moments(one.mean + 0.1, one.covariance)
    wider = Moments(one.mean, 1.1 * one.covariance)
    assert min(float(loss(each, one)) for each in (other, moved, wider)) > 1e-4


@LOSSES
def test_the_unit_of_the_features_does_not_matter(features, loss):
    small, large = (
        float(loss(*(mean_covariance(scale * F) for F in features))) for scale in (0.1, 1e3)
    )
    assert small == pytest.approx(large, rel=1e-6)


def test_moments_loss_by_hand():
    image = Moments(np.array([[[1.0], [0.0]]]), np.array([[[2.0, 1.0], [1.0, 0.0]]]))
    style = Moments(np.array([[[0.0], [2.0]]]), np.array([[[2.0, 0.0], [0.0, 1.0]]]))
    wanted = (1 + 4) / (2 * 4) + (1 + 1 + 1) / (2 * (4 + 1))
    assert float(moments_loss(image, style)) == pytest.approx(wanted)


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 2.0), (3.0, 0.5), (-1.0, 1.0)])
def test_wasserstein_of_one_channel_by_hand(mean, deviation):
    """|mu - mu_s|^2 + (sigma - sigma_s)^2, against a style of mean 2 and deviation 4."""
    image, style = (
        Moments(np.full((1, 1, 1), mu), np.full((1, 1, 1), sigma**2))
        for mu, sigma in ((mean, deviation), (2.0, 4.0))
    )
    unit = 2**2 + 4**2
    wider, style_wider = ((sigma**2 + WIDENING * unit) ** 0.5 for sigma in (deviation, 4))
    wanted = ((mean - 2) ** 2 + (wider - style_wider) ** 2) / unit
    assert float(wasserstein_loss(image, style)) == pytest.approx(wanted)
    assert wanted == pytest.approx(((mean - 2) ** 2 + (deviation - 4) ** 2) / unit, rel=0.01)


def wasserstein_by_scipy(image, style, widening):
    (mu, Sigma), (mu_s, Sigma_s) = ([np.asarray(x[0]) for x in each] for each in (image, style))
    unit = (mu_s**2).sum() + np.trace(Sigma_s)
    wider = widening * unit / len(mu) * np.eye(len(mu))
    A, B = Sigma + wider, Sigma_s + wider
    root = sqrtm(B)
    cross = np.trace(sqrtm(root @ A @ root)).real
    return (((mu - mu_s) ** 2).sum() + np.trace(A) + np.trace(B) - 2 * cross) / unit


def test_wasserstein_as_with_scipys_roots(features):
    pair = [mean_covariance(F) for F in features]
    for image, style in (pair, pair[::-1]):
        found = float(wasserstein_loss(image, style))
        assert found == pytest.approx(wasserstein_by_scipy(image, style, WIDENING), rel=1e-9)
        assert found == pytest.approx(wasserstein_by_scipy(image, style, 0), rel=0.01)


def test_wasserstein_of_fewer_positions_than_channels_in_single_precision():
    """As in the deep layers of a small picture: both covariances are singular."""
    F = np.maximum(np.random.default_rng(4).normal(size=(2, 1, 4, 5, 64)), 0)
    pair = [mean_covariance(each) for each in F]
    single = [mean_covariance(each.astype("float32")) for each in F]
    wanted = wasserstein_by_scipy(*pair, WIDENING)
    assert float(wasserstein_loss(*pair)) == pytest.approx(wanted, rel=1e-6)
    assert float(wasserstein_loss(*single)) == pytest.approx(wanted, rel=1e-3)
    assert float(wasserstein_loss(single[0], single[0])) == pytest.approx(0, abs=1e-4)


def test_wasserstein_is_as_far_in_both_directions_but_for_the_unit(features):
    one, other = (mean_covariance(F) for F in features)
    equal = 4.0  # one widening for both: the same unit
    scale = [equal / float(np.sum(m.mean**2) + np.trace(m.covariance[0])) for m in (one, other)]
    one, other = (
        Moments(m.mean * k**0.5, m.covariance * k) for m, k in zip((one, other), scale, strict=True)
    )
    assert float(wasserstein_loss(one, other)) == pytest.approx(
        float(wasserstein_loss(other, one)), rel=1e-9
    )


@LOSSES
def test_the_gradient_is_that_of_differences(features, loss):
    image, style = tf.constant(features[0]), mean_covariance(features[1])
    with tf.GradientTape() as tape:
        tape.watch(image)
        value = loss(mean_covariance(image), style)
    gradient = tape.gradient(value, image).numpy()
    rng = np.random.default_rng(5)
    for _ in range(3):
        direction = rng.normal(size=image.shape)
        ahead, behind = (
            float(loss(mean_covariance(features[0] + h * direction), style)) for h in (1e-5, -1e-5)
        )
        assert (gradient * direction).sum() == pytest.approx((ahead - behind) / 2e-5, rel=1e-5)


def test_the_gradient_in_single_precision_points_where_that_in_double_does(features):
    found = []
    for kind in ("float32", "float64"):
        image, style = (tf.constant(F, kind) for F in features)
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = wasserstein_loss(mean_covariance(image), mean_covariance(style))
        found.append(tape.gradient(value, image).numpy())
    np.testing.assert_allclose(*found, atol=1e-3 * np.abs(found[1]).max())


@LOSSES
@pytest.mark.parametrize("image", [0.0, 3.7, "noise"])
@pytest.mark.parametrize("style", [0.0, 3.7, "noise"])
def test_flat_and_black_features_give_finite_numbers(loss, image, style):
    rng = np.random.default_rng(6)

    def features_of(kind):
        shape = (1, 5, 7, 8)
        return (rng.random(shape) if kind == "noise" else np.full(shape, kind)).astype("float32")

    F, target = tf.constant(features_of(image)), mean_covariance(features_of(style))
    with tf.GradientTape() as tape:
        tape.watch(F)
        value = loss(mean_covariance(F), target)
    assert np.isfinite(value) and np.isfinite(tape.gradient(value, F)).all()


# ---- roots and eigenvalues -----------------------------------------------------------------------


def singular(C, rank, seed=7):
    factor = np.random.default_rng(seed).normal(size=(C, rank))
    return factor @ factor.T


@pytest.mark.parametrize("rank", [0, 1, 3, 6])
def test_a_root_squared_is_the_matrix_also_of_singular_ones(rank):
    A = singular(6, rank)[None]
    root = matrix_root(A).numpy()[0]
    np.testing.assert_allclose(root @ root, A[0], atol=1e-12)
    np.testing.assert_allclose(root, root.T, atol=1e-12)
    assert np.linalg.eigvalsh(root).min() > -1e-12


def test_of_several_matrices_each_has_its_root_and_its_eigenvalues():
    A = np.stack([singular(4, 4, seed) for seed in (1, 2)])
    for k, root in enumerate(matrix_root(A).numpy()):
        np.testing.assert_allclose(root, sqrtm(A[k]), atol=1e-9)
    np.testing.assert_allclose(eigenvalues(A), np.linalg.eigvalsh(A))


@pytest.mark.parametrize("A", [np.eye(3), np.diag([2.0, 2.0, 5.0]), singular(3, 3)])
def test_equal_eigenvalues_have_a_gradient_too(A):
    """Of the sum of their squares, tr A^2, it is 2 A."""
    A = tf.constant(A[None])
    with tf.GradientTape() as tape:
        tape.watch(A)
        total = tf.reduce_sum(eigenvalues(A) ** 2)
    np.testing.assert_allclose(tape.gradient(total, A), 2 * A, atol=1e-12)


# ---- mixtures ------------------------------------------------------------------------------------


def test_of_pictures_pasted_side_by_side_the_moments_are_mixed(features):
    F, other = features[0][:, :, :8], features[1][:, :, :2]
    pasted = mean_covariance(np.concatenate([F, other], axis=2))
    mixed = mix_moments([{"a": mean_covariance(F)}, {"a": mean_covariance(other)}], [4, 1])["a"]
    np.testing.assert_allclose(mixed.mean, pasted.mean)
    np.testing.assert_allclose(mixed.covariance, pasted.covariance, atol=1e-12)
    average = 0.8 * mean_covariance(F).covariance + 0.2 * mean_covariance(other).covariance
    assert np.abs(mixed.covariance - average).max() > 0.01, "means apart make it wider"


def test_a_style_mixed_with_itself_or_with_none_of_another_stays_as_it_is(features):
    one, other = ({"a": mean_covariance(F)} for F in features)
    for targets, shares in (([one], [0.3]), ([one, one], [3, 1]), ([one, other], [2, 0])):
        mixed = MEAN_COVARIANCE.mix(targets, shares)["a"]
        for found, wanted in zip(mixed, one["a"], strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_shares_that_cannot_be_get_a_sentence(features):
    with pytest.raises(ValueError, match="share of at least 0 for each of 1 styles"):
        mix_moments([{"a": mean_covariance(features[0])}], [1, 2])
