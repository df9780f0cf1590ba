"""The objective against formulas written independently, and its gradient against differences."""

import numpy as np
import pytest
import tensorflow as tf

from nstlib import FeatureExtractor, Objective, losses
from nstlib.conventions import CONVENTIONS
from nstlib.losses import gram_matrix
from nstlib.objective import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    TERMS,
    layers_for,
    pad_to_multiple,
)

LAYERS = sorted({*CONTENT_LAYERS, *STYLE_LAYERS})
DEFAULT = CONVENTIONS["mean-covariance"]


@pytest.fixture(scope="module")
def extractor():
    return FeatureExtractor([*LAYERS, "block3_conv2", "block4_conv2"])


@pytest.fixture(scope="module")
def style():
    """Of another size than the content, and both sides a multiple of 16."""
    return np.random.default_rng(1).random((1, 32, 48, 3), "float32") ** 2


def gram(F):
    F = np.asarray(F, "float64")[0].reshape(-1, F.shape[-1])
    return F.T @ F / len(F)


def relative_style(x, s, name):
    A = gram(s[name])
    return ((gram(x[name]) - A) ** 2).sum() / (A**2).sum()


def relative_moments(x, s, name):
    """Means and covariances by NumPy's own: half the one difference and half the other."""
    found = []
    for F in (x, s):
        rows = np.asarray(F[name], "float64")[0].reshape(-1, F[name].shape[-1])
        found.append((rows.mean(axis=0), np.cov(rows, rowvar=False, bias=True)))
    pairs = zip(*found, strict=True)
    return sum(((a - b) ** 2).sum() / (b**2).sum() / 2 for a, b in pairs)


def relative_content(x, c, name):
    P = np.asarray(c[name], "float64")
    return ((np.asarray(x[name]) - P) ** 2).sum() / (P**2).sum()


@pytest.mark.parametrize(
    ("convention", "likeness"),
    [("relative", relative_style), ("mean-covariance", relative_moments)],
)
def test_terms_equal_an_independent_formula(extractor, noise, style, convention, likeness):
    weights = {"content_weight": 2.0, "style_weight": 3.0, "tv_weight": 5.0}
    objective = Objective(extractor, noise, style, convention=convention, **weights)
    loss, _, terms = objective(tf.constant(noise[:, ::-1]))
    x, c, s = (extractor(image) for image in (noise[:, ::-1], noise, style))
    layers = [CONVENTIONS[convention].content_layers, CONVENTIONS[convention].style_layers]
    layers = [of if isinstance(of, dict) else dict.fromkeys(of, 1.0) for of in layers]

    def mean(of, term, other):
        return sum(k * term(x, other, name) for name, k in of.items()) / sum(of.values())

    content, likeness = mean(layers[0], relative_content, c), mean(layers[1], likeness, s)
    image = noise[0].astype("float64")
    variation = np.abs(np.diff(image, axis=0)).sum() + np.abs(np.diff(image, axis=1)).sum()
    wanted = [2 * content, 3 * likeness, 5 * variation / image.size]
    np.testing.assert_allclose(terms, wanted, rtol=1e-4)
    np.testing.assert_allclose(loss, sum(wanted), rtol=1e-4)
    assert TERMS == ("content", "style", "total_variation")


def test_weights_left_out_are_those_that_give_a_good_picture(extractor, noise, style):
    image = noise[:, ::-1]
    terms = Objective(extractor, noise, style).terms(image)
    ones = {"content_weight": 1, "style_weight": 1, "tv_weight": 1}
    unweighted = Objective(extractor, noise, style, **ones).terms(image)
    weights = [DEFAULT.content_weight, DEFAULT.style_weight, DEFAULT.tv_weight]
    np.testing.assert_allclose(terms, unweighted * weights, rtol=1e-6)


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


@pytest.mark.filterwarnings("ignore:vgg16 has no block3_conv4")
@pytest.mark.parametrize("network", ["vgg19-lite", "vgg16", "vgg19-random"])
def test_it_is_traced_once(network, monkeypatch):
    calls, original = [], FeatureExtractor.__call__
    monkeypatch.setattr(
        FeatureExtractor, "__call__", lambda self, x: calls.append(1) or original(self, x)
    )
    content, *images = np.random.default_rng(0).random((4, 1, 24, 40, 3), "float32")
    weights = "random" if network == "vgg16" else None  # its own would be downloaded
    layers = {name for part in layers_for(network) for name in part}
    objective = Objective(FeatureExtractor(layers, network, weights=weights), content, content)
    assert len(calls) == 2  # content and style
    losses = [float(objective(image)[0]) for image in (*images, images[0].astype("float64"))]
    assert len(calls) == 3
    assert len(set(losses)) == 3 and losses[0] == losses[3]


def test_many_objectives_give_no_warning_of_tensorflows(noise, monkeypatch, caplog):
    """TensorFlow takes one function each of many objectives for one that is traced over again."""
    monkeypatch.setattr(tf.get_logger(), "propagate", True)
    shallow = {"content_layers": "block1_conv1", "style_layers": "block1_conv1"}
    extractor = FeatureExtractor("block1_conv1")
    for weight in range(1, 10):
        smaller = noise[:, weight:]  # each of another size, as from coarse to fine
        Objective(extractor, smaller, noise, style_weight=weight, **shallow)(smaller)
    assert "retracing" not in caplog.text


def test_black_pictures_give_finite_numbers(extractor):
    black = np.zeros((1, 32, 32, 3), "float32")
    objective = Objective(extractor, black, black)
    for image in (black, black + 0.5):
        loss, gradient, _ = objective(tf.constant(image))
        assert np.isfinite(loss) and np.isfinite(gradient).all()


# ---- several styles, layers with weights, the other total variation ------------------------------


def grams(extractor, picture):
    features = extractor(pad_to_multiple(picture, 16))
    return {name: gram_matrix(features[name]) for name in STYLE_LAYERS}


def test_several_styles_are_one_target_mixed_by_their_shares(extractor, noise, style, wave):
    image = noise[:, ::-1]
    G, *targets = (grams(extractor, picture) for picture in (image, style, wave))
    for given, shares in ((None, (0.5, 0.5)), ((1, 3), (0.25, 0.75)), ((0, 2), (0, 1))):
        shared = {"style_shares": given, "convention": "relative"}
        objective = Objective(extractor, noise, [style, wave], **shared)
        wanted = 0.0
        for name in STYLE_LAYERS:
            A = sum(
                share * target[name].numpy() for share, target in zip(shares, targets, strict=True)
            )
            wanted += 10 / 5 * np.sum((G[name] - A) ** 2) / np.sum(A**2)
        np.testing.assert_allclose(objective.terms(image)[1], wanted, rtol=1e-4)


def test_in_published_units_a_mixture_pulls_as_its_styles_do_one_by_one(
    extractor, noise, style, wave
):
    """Weighted squared distances and the one to the mixture differ by a constant: same gradient."""
    image, units = noise[:, ::-1], {"convention": "jcjohnson", "content_weight": 0, "tv_weight": 0}
    mixed = Objective(extractor, noise, [style, wave], style_shares=[1, 3], **units)(image)[1]
    alone = [Objective(extractor, noise, one, **units)(image)[1] for one in (style, wave)]
    wanted = 0.25 * alone[0] + 0.75 * alone[1]
    assert np.linalg.norm(mixed - wanted) < 1e-4 * np.linalg.norm(wanted)


@pytest.mark.parametrize(
    "name", "content_loss gram_matrix style_loss total_variation mix_styles total_loss".split()
)
def test_what_students_write_is_what_paints(extractor, noise, style, wave, name, monkeypatch):
    """A taught function that gives something else, and the objective leads elsewhere."""
    before = Objective(extractor, noise, [style, wave], convention="relative")(1 - noise)
    original = getattr(losses, name)

    def squared(*given, **named):
        answer = original(*given, **named)
        return {k: v**2 for k, v in answer.items()} if name == "mix_styles" else answer**2

    monkeypatch.setattr(losses, name, squared)
    after = Objective(extractor, noise, [style, wave], convention="relative")(1 - noise)
    assert np.linalg.norm(after[1] - before[1]) > 0.01 * np.linalg.norm(before[1])


def test_the_gram_matrix_of_a_region_that_students_write_paints_too(
    extractor, noise, style, wave, monkeypatch
):
    half = np.zeros((*noise.shape[:3], 1), "float32")
    half[:, :, : noise.shape[2] // 2] = 1
    masks = {"masks": [half, 1 - half], "convention": "relative"}
    before = Objective(extractor, noise, [style, wave], **masks)(1 - noise)
    original = losses.masked_gram
    monkeypatch.setattr(losses, "masked_gram", lambda F, mask: 2 * original(F, mask))
    after = Objective(extractor, noise, [style, wave], **masks)(1 - noise)
    assert np.linalg.norm(after[1] - before[1]) > 0.01 * np.linalg.norm(before[1])


@pytest.mark.parametrize(
    ("convention", "likeness"),
    [("relative", relative_style), ("mean-covariance", relative_moments)],
)
def test_layers_of_unequal_weight(extractor, noise, style, convention, likeness):
    """Of relative terms only the proportions count; equal ones are the plain mean."""
    image, units = noise[:, ::-1], {"convention": convention, "style_weight": 10}
    x, s = extractor(image), extractor(style)
    likeness = {name: likeness(x, s, name) for name in STYLE_LAYERS}
    wanted = 10 * (3 * likeness["block1_conv1"] + likeness["block4_conv1"]) / 4
    for scale in (1, 100):
        weights = {"block1_conv1": 3 * scale, "block4_conv1": scale, "block2_conv1": 0}
        terms = Objective(extractor, noise, style, style_layers=weights, **units).terms(image)
        np.testing.assert_allclose(terms[1], wanted, rtol=1e-4)
    terms = Objective(extractor, noise, style, style_layers="block2_conv1", **units).terms(image)
    np.testing.assert_allclose(terms[1], 10 * likeness["block2_conv1"], rtol=1e-4)


def test_content_at_two_layers(extractor, noise, style):
    image, layers = noise[:, ::-1], ["block3_conv2", "block4_conv2"]
    x, c = extractor(image), extractor(noise)
    wanted = np.mean([np.sum((x[n] - c[n]) ** 2) / np.sum(np.square(c[n])) for n in layers])
    objective = Objective(extractor, noise, style, content_layers=layers)
    np.testing.assert_allclose(objective.terms(image)[0], wanted, rtol=1e-5)


def test_squared_variation(extractor, noise, style):
    objective = Objective(extractor, noise, style, tv_weight=7, variation="squared")
    image = noise[0].astype("float64")
    wanted = (np.diff(image, axis=0) ** 2).sum() + (np.diff(image, axis=1) ** 2).sum()
    np.testing.assert_allclose(objective.terms(noise)[2], 7 * wanted / image.size, rtol=1e-5)


def test_what_layers_for_gives_can_be_handed_on(extractor, noise, style):
    given = {"style_layers": {"block1_conv1": 1, "block2_conv1": 3}}
    content_layers, style_layers = layers_for("vgg19-lite", **given)
    total = sum(CONTENT_LAYERS.values())
    assert content_layers == {
        name: pytest.approx(3 * k / total) for name, k in CONTENT_LAYERS.items()
    }
    assert style_layers == {"block1_conv1": 0.5, "block2_conv1": 1.5}
    handed = {"content_layers": content_layers, "style_layers": style_layers}
    terms = [Objective(extractor, noise, style, **k).terms(noise) for k in (given, handed)]
    np.testing.assert_array_equal(*terms)


# ---- pictures whose sides are no multiple of the poolings ----------------------------------------


def test_every_picture_is_continued_as_in_a_mirror(extractor, style):
    """As if the caller had: the same terms, but for the total variation of the picture alone."""
    rng = np.random.default_rng(2)
    content, image = rng.random((2, 1, 37, 51, 3), "float32")
    uneven = style[:, :21, :46]

    def mirrored(picture, top, bottom, left, right):
        return np.pad(picture, ((0, 0), (top, bottom), (left, right), (0, 0)), "symmetric")

    terms = Objective(extractor, content, uneven).terms(image)
    by_hand = Objective(extractor, mirrored(content, 5, 6, 6, 7), mirrored(uneven, 5, 6, 1, 1))
    np.testing.assert_allclose(terms[:2], by_hand.terms(mirrored(image, 5, 6, 6, 7))[:2], rtol=1e-6)
    variation = np.abs(np.diff(image, axis=1)).sum() + np.abs(np.diff(image, axis=2)).sum()
    wanted = DEFAULT.tv_weight * variation / image.size
    np.testing.assert_allclose(terms[2], wanted, rtol=1e-5)


def test_no_seam(extractor, style):
    """All four edges are painted alike: the gradient at one is about that at its opposite."""
    image = np.random.default_rng(0).random((1, 79, 95, 3), "float32")
    objective = Objective(extractor, image, style, content_weight=0, tv_weight=0)
    strength = np.abs(objective(image)[1]).mean(axis=(0, 3))
    assert 0.7 < strength[:, -8:].mean() / strength[:, :8].mean() < 1.4
    assert 0.7 < strength[-8:].mean() / strength[:8].mean() < 1.4


def test_a_multiple_is_left_alone_and_no_more_is_added_than_the_layers_need(extractor, style):
    image = np.zeros((1, 32, 48, 3), "float32")
    assert pad_to_multiple(image, 16) is image
    assert Objective(extractor, image, style).multiple == 16
    shallow = {"content_layers": "block3_conv2", "style_layers": "block2_conv1"}
    assert Objective(extractor, image, style, **shallow).multiple == 4


@pytest.mark.parametrize(("side", "multiple"), [(1, 16), (3, 16), (5, 16), (17, 16), (2, 4)])
def test_pictures_smaller_than_what_they_lack(side, multiple):
    ramp = np.tile(np.arange(side)[:, None, None], (1, 1, multiple, 1))
    padded = pad_to_multiple(ramp, multiple).numpy()[0, :, 0, 0]
    assert len(padded) % multiple == 0 and len(padded) - side < multiple
    assert set(padded) == set(range(side))
    assert set(np.abs(np.diff(padded))) <= {0, 1}  # neighbours stay neighbours


# ---- what cannot be ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"convention": "vgg"}, "unknown convention 'vgg': choose one of mean-covariance"),
        ({"variation": "cubed"}, "unknown variation 'cubed': choose one of absolute, squared"),
        ({"variation": "none"}, "name a variation"),
        ({"style_shares": [1, 2]}, "one share for each style picture, not 2 for 1"),
        ({"style_shares": [0]}, "style_shares must be numbers of at least 0 and not all"),
        ({"style_shares": [-1.0]}, "style_shares must be numbers of at least 0"),
        ({"style_layers": {"block1_conv1": float("nan")}}, "style_layers must be numbers"),
        ({"style_layers": {"block1_conv1": "much"}}, "style_layers must be numbers"),
        ({"content_layers": []}, "content_layers names no layer"),
        ({"content_layers": "block4_conv4"}, "needs block4_conv4, and the extractor gives only"),
    ],
)
def test_settings_that_cannot_be_get_a_sentence(settings, words, extractor, noise, style):
    with pytest.raises(ValueError, match=words) as error:
        Objective(extractor, noise, style, **settings)
    assert "\n" not in str(error.value)


def test_pictures_that_cannot_be_get_a_sentence(extractor, noise, style):
    with pytest.raises(ValueError, match="style holds no picture"):
        Objective(extractor, noise, [])
    with pytest.raises(ValueError, match=r"images of shape \(1, H, W, 3\)"):
        Objective(extractor, noise[0], style)
    with pytest.raises(ValueError, match="divide it by 255"):
        Objective(extractor, noise, (255 * style).astype("uint8"))
    with pytest.raises(ValueError, match=r"shape \(1, 48, 64, 3\), and the image has shape"):
        Objective(extractor, noise, style)(style)
