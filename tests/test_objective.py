"""The objective against formulas written independently, and its gradient against differences."""

import numpy as np
import pytest
import tensorflow as tf

from nstlib import FeatureExtractor, Objective
from nstlib.objective import CONTENT_LAYERS, STYLE_LAYERS, TERMS

LAYERS = [*CONTENT_LAYERS, *STYLE_LAYERS]


@pytest.fixture(scope="module")
def extractor():
    return FeatureExtractor(LAYERS)


def gram(F):
    F = np.asarray(F, "float64")[0].reshape(-1, F.shape[-1])
    return F.T @ F / len(F)


def test_terms_equal_an_independent_formula(extractor, cat, wave, noise):
    weights = {"content_weight": 2.0, "style_weight": 3.0, "tv_weight": 5.0}
    loss, _, terms = Objective(extractor, noise, wave, **weights)(tf.constant(noise[:, ::-1]))
    x, c, s = (extractor(image) for image in (noise[:, ::-1], noise, wave))
    P = np.asarray(c["block4_conv2"], "float64")
    content = ((np.asarray(x["block4_conv2"]) - P) ** 2).sum() / (P**2).sum()
    style = 0.0
    for name in STYLE_LAYERS:
        A = gram(s[name])
        style += ((gram(x[name]) - A) ** 2).sum() / (A**2).sum() / 5
    image = noise[0].astype("float64")
    variation = np.abs(np.diff(image, axis=0)).sum() + np.abs(np.diff(image, axis=1)).sum()
    wanted = [2 * content, 3 * style, 5 * variation / image.size]
    np.testing.assert_allclose(terms, wanted, rtol=1e-4)
    np.testing.assert_allclose(loss, sum(wanted), rtol=1e-4)
    assert TERMS == ("content", "style", "total_variation")


def test_gradient_equals_differences(extractor, cat, wave):
    objective = Objective(extractor, cat, wave, content_weight=1, style_weight=10, tv_weight=0.1)
    rng = np.random.default_rng(0)
    image = np.clip(cat + rng.normal(0, 0.1, cat.shape), 0, 1).astype("float32")
    gradient = objective(tf.constant(image))[1].numpy()
    direction = gradient / np.linalg.norm(gradient)
    ahead, behind = (float(objective(tf.constant(image + h * direction))[0]) for h in (0.02, -0.02))
    np.testing.assert_allclose((ahead - behind) / 0.04, np.linalg.norm(gradient), rtol=0.05)


def test_content_is_zero_at_the_content_and_style_at_the_style(extractor, cat):
    objective = Objective(extractor, cat, cat, content_weight=1, style_weight=1, tv_weight=0)
    loss, _, terms = objective(tf.constant(cat))
    np.testing.assert_allclose(terms, 0, atol=1e-8)
    assert float(loss) >= 0


def test_weights_mean_the_same_when_the_activations_have_another_scale(cat, wave, tmp_path):
    """Features a thousand times larger, as another network may have them, change no term."""
    from nstlib.images import data_folder

    weights = dict(np.load(data_folder() / "weights" / "vgg19-lite.npz"))
    larger = {k: v.astype("float32") for k, v in weights.items()}
    larger["block1_conv1/kernel"] *= 1000
    for name in larger:
        if name.endswith("bias"):
            larger[name] *= 1000
    np.savez(tmp_path / "larger.npz", **larger)
    terms = []
    for path in (None, tmp_path / "larger.npz"):
        objective = Objective(
            FeatureExtractor(LAYERS, weights=path),
            cat,
            wave,
            content_weight=1,
            style_weight=1,
            tv_weight=1,
        )
        terms.append(objective(tf.constant(cat[:, ::-1]))[2].numpy())
    np.testing.assert_allclose(terms[1], terms[0], rtol=1e-3)


def test_it_is_compiled_once(extractor, cat, wave):
    objective = Objective(extractor, cat, wave, content_weight=1, style_weight=1, tv_weight=1)
    for shift in range(4):
        objective(tf.constant(np.roll(cat, shift, axis=2)))
    assert objective._compiled.experimental_get_tracing_count() == 1


def test_black_pictures_give_finite_numbers(extractor):
    black = np.zeros((1, 32, 32, 3), "float32")
    objective = Objective(extractor, black, black, content_weight=1, style_weight=1, tv_weight=1)
    loss, gradient, _ = objective(tf.constant(black))
    assert np.isfinite(loss) and np.isfinite(gradient).all()
