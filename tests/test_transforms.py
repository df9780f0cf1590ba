"""Transforms of features: what each gives a photograph of a style, and what it leaves."""

import numpy as np
import pytest

from nstlib.fast.transforms import (
    TRANSFORMS,
    adain,
    optimal_transport,
    power,
    style_of,
    whiten_and_color,
)

TURNED = ["whiten_and_color", "optimal_transport"]


def features(seed, channels=5):
    rng = np.random.default_rng(seed)
    mixing = np.eye(channels) + rng.uniform(-0.5, 0.5, (channels, channels))
    F = rng.normal(size=(1, 24, 30, channels)) @ mixing + rng.normal(size=channels)
    return F.astype("float32")


def moments(F):
    rows = np.reshape(F, (-1, np.shape(F)[-1]))
    return rows.mean(axis=0), np.cov(rows.T, bias=True)


def moved(F, transform, style):
    return np.asarray(transform(F, *style_of(style)))


@pytest.mark.parametrize("name", ["adain", *TURNED])
def test_mean_and_variances_become_the_styles(name):
    content, style = features(0), features(1) + 7
    mean, covariance = moments(moved(content, TRANSFORMS[name], style))
    wanted_mean, wanted = moments(style)
    np.testing.assert_allclose(mean, wanted_mean, atol=1e-3)
    np.testing.assert_allclose(np.diag(covariance), np.diag(wanted), rtol=0.1)


@pytest.mark.parametrize("name", TURNED)
def test_the_whole_covariance_becomes_the_styles(name):
    content, style = features(0), features(1)
    _, covariance = moments(moved(content, TRANSFORMS[name], style))
    _, wanted = moments(style)
    assert np.linalg.norm(covariance - wanted) < 0.1 * np.linalg.norm(wanted)


def test_adain_leaves_correlations_as_they_are():
    content, style = features(0), features(1)
    _, before = moments(content)
    _, after = moments(moved(content, adain, style))

    def correlations(S):
        return S / np.sqrt(np.outer(np.diag(S), np.diag(S)))

    np.testing.assert_allclose(correlations(after), correlations(before), atol=1e-3)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_picture_that_is_its_own_style_stays_as_it_is(name):
    F = features(2)
    np.testing.assert_allclose(moved(F, TRANSFORMS[name], F), F, atol=5e-3)


def test_optimal_transport_moves_the_features_least():
    rows = np.random.default_rng(0).normal(size=(1, 40, 40, 2))
    content, style = (rows @ mixing for mixing in ([[1, 0.5], [0.5, 1]], [[3, 0], [0, 0.3]]))
    content, style = content.astype("float32"), style.astype("float32")
    way = {n: np.mean((moved(content, TRANSFORMS[n], style) - content) ** 2) for n in TURNED}
    assert way["optimal_transport"] < 0.95 * way["whiten_and_color"]


def test_without_correlations_all_three_agree():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(600, 5))
    rows = np.linalg.qr(rows - rows.mean(axis=0))[0]  # no two channels vary together
    basis = 25 * rows.reshape(1, 20, 30, 5)
    content, style = (basis * scale for scale in ([1, 2, 3, 4, 5], [5, 1, 4, 2, 3]))
    content, style = content.astype("float32"), style.astype("float32")
    first = moved(content, adain, style)
    for transform in (whiten_and_color, optimal_transport):
        np.testing.assert_allclose(moved(content, transform, style), first, atol=2e-3)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_picture_of_one_colour_gives_numbers(name):
    flat = np.ones((1, 8, 8, 5), "float32")
    assert np.isfinite(moved(flat, TRANSFORMS[name], features(1))).all()
    assert np.isfinite(moved(features(1), TRANSFORMS[name], flat)).all()


def test_pictures_of_a_batch_know_nothing_of_each_other():
    contents, styles = (np.concatenate([features(s), features(s + 1)]) for s in (0, 5))
    both = moved(contents, optimal_transport, styles)
    alone = moved(contents[1:], optimal_transport, styles[1:])
    np.testing.assert_allclose(both[1:], alone, atol=1e-3)


def test_powers_of_a_matrix():
    _, S = moments(features(4))
    S = S[np.newaxis].astype("float32")
    root, inverse = power(S, 0.5)[0].numpy(), power(S, -1.0)[0].numpy()
    np.testing.assert_allclose(root @ root, S[0], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(inverse @ S[0], np.eye(5), atol=1e-2)
