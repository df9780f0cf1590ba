"""Each convention against its formulas as published, written anew in NumPy from raw features."""

import numpy as np
import pytest
import tensorflow as tf

from nstlib import FeatureExtractor, Objective, layer_names
from nstlib.check.references import convert_style_weight
from nstlib.conventions import CONVENTIONS, VARIATIONS, find_convention
from nstlib.losses import total_variation
from nstlib.objective import layers_for

PUBLISHED = [name for name, convention in CONVENTIONS.items() if not convention.relative]
RELATIVE = [name for name in CONVENTIONS if name not in PUBLISHED]
VGG_CHANNELS = (64, 128, 256, 512, 512)
FIVE = [f"block{block}_conv1" for block in (1, 2, 3, 4, 5)]
DEEP = "block5_conv1"  # where vgg19-lite has no block5_conv2
replaces = pytest.mark.filterwarnings("ignore:vgg19-lite has no block5_conv2")


@pytest.fixture(scope="module")
def extractor():
    return FeatureExtractor(layer_names())


@pytest.fixture(scope="module")
def pictures():
    """Image, content and style; sides that are a multiple of 16."""
    rng = np.random.default_rng(0)
    return [rng.random((1, 48, 64, 3), "float32") ** power for power in (1, 2, 3)]


@pytest.fixture(scope="module")
def features(extractor, pictures):
    """Of the three pictures, as the matrices of M positions by C channels."""
    return [
        {
            name: np.asarray(F, "float64").reshape(-1, F.shape[-1])
            for name, F in extractor(picture).items()
        }
        for picture in pictures
    ]


# ---- the formulas: each gives the weighted content, style and total variation -----------------


def gatys2015(x, c, s, image):
    content = np.sum((x["block4_conv2"] - c["block4_conv2"]) ** 2) / 2
    style = 0.0
    for name in FIVE:
        M, C = x[name].shape
        E = np.sum((x[name].T @ x[name] - s[name].T @ s[name]) ** 2) / (4 * C**2 * M**2)
        style += E / 5
    return 1.0 * content, 1e3 * style, 0.0


def gram_over_elements(F):
    return F.T @ F / F.size


def jcjohnson(x, c, s, image):
    content = np.mean((x["block4_conv2"] - c["block4_conv2"]) ** 2)
    grams = [(gram_over_elements(x[name]), gram_over_elements(s[name])) for name in FIVE]
    style = sum(np.mean((G - A) ** 2) for G, A in grams)
    corner, values = 0.0, 256 * image
    height, width, _ = values.shape
    for row in range(height - 1):
        for column in range(width - 1):
            pixel = values[row, column]
            corner += np.sum((values[row, column + 1] - pixel) ** 2)
            corner += np.sum((values[row + 1, column] - pixel) ** 2)
    return 5.0 * content, 1e2 * style, 1e-3 * corner / 2


def tensorflow(x, c, s, image):
    content = np.mean((x[DEEP] - c[DEEP]) ** 2)
    style = 0.0
    for name in FIVE:
        G, A = (np.einsum("mi,mj->ij", F[name], F[name]) / len(F[name]) for F in (x, s))
        style += np.mean((G - A) ** 2)
    variation = np.abs(np.diff(image, axis=0)).sum() + np.abs(np.diff(image, axis=1)).sum()
    return 1e4 * content / 1, 1e-2 * style / 5, 30 * variation


def keras(x, c, s, image):
    content = np.sum((x[DEEP] - c[DEEP]) ** 2)
    rows, columns, channels = image.shape
    style = 0.0
    for name in FIVE:
        S = np.sum((s[name].T @ s[name] - x[name].T @ x[name]) ** 2)
        style += 1e-6 / 5 * S / (4.0 * channels**2 * (rows * columns) ** 2)
    values = 255 * image[..., ::-1] - [103.939, 116.779, 123.68]
    a = (values[:-1, :-1] - values[1:, :-1]) ** 2
    b = (values[:-1, :-1] - values[:-1, 1:]) ** 2
    return 2.5e-8 * content, style, 1e-6 * np.sum((a + b) ** 1.25)


def pytorch(x, c, s, image):
    content = np.mean((x["block2_conv2"] - c["block2_conv2"]) ** 2)
    style = 0.0
    for name in ("block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1"):
        style += np.mean((gram_over_elements(x[name]) - gram_over_elements(s[name])) ** 2)
    return 1 * content, 1e6 * style, 0.0


def d2l(x, c, s, image):
    content = np.mean((x["block4_conv4"] - c["block4_conv4"]) ** 2)
    style = sum(
        np.mean((gram_over_elements(x[name]) - gram_over_elements(s[name])) ** 2) for name in FIVE
    )
    values = (image - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    variation = 0.5 * (
        np.abs(values[1:] - values[:-1]).mean() + np.abs(values[:, 1:] - values[:, :-1]).mean()
    )
    return 1 * content, 1e4 * style, 10 * variation


def anishathalye(x, c, s, image):
    content = np.sum((x["block4_conv2"] - c["block4_conv2"]) ** 2) / c["block4_conv2"].size
    style = 0.0
    for name in FIVE:
        G, A = gram_over_elements(x[name]), gram_over_elements(s[name])
        style += 0.2 * np.sum((G - A) ** 2) / A.size
    dy, dx = np.diff(255 * image, axis=0), np.diff(255 * image, axis=1)
    variation = np.sum(dy**2) / dy.size + np.sum(dx**2) / dx.size
    return 5.0 * content, 5e2 * style, 1e2 * variation


@replaces
@pytest.mark.parametrize("name", PUBLISHED)
def test_terms_equal_the_published_formula(name, extractor, pictures, features):
    image, content, style = pictures
    loss, _, terms = Objective(extractor, content, style, convention=name)(image)
    wanted = globals()[name](*features, image[0].astype("float64"))
    np.testing.assert_allclose(terms, wanted, rtol=1e-5)
    np.testing.assert_allclose(loss, sum(wanted), rtol=1e-5)


def test_jcjohnson_and_anishathalye_are_one_objective(extractor, pictures):
    """1e2 for each of five layers and 5e2 for their mean: only the total variation differs."""
    image, content, style = pictures
    (loss, gradient, terms), other = (
        Objective(extractor, content, style, convention=name, tv_weight=0)(image)
        for name in ("jcjohnson", "anishathalye")
    )
    np.testing.assert_allclose(other[0], loss, rtol=1e-6)
    np.testing.assert_allclose(other[2], terms, rtol=1e-6)
    assert np.linalg.norm(other[1] - gradient) < 1e-5 * np.linalg.norm(gradient)


def test_gradient_of_jcjohnsons_variation():
    """What its code adds to the gradient: each difference, once for either of its pixels."""
    values = np.random.default_rng(1).random((1, 5, 4, 3))
    wanted = np.zeros_like(values)
    corner, right, below = values[:, :-1, :-1], values[:, :-1, 1:], values[:, 1:, :-1]
    wanted[:, :-1, :-1] += (corner - right) + (corner - below)
    wanted[:, :-1, 1:] -= corner - right
    wanted[:, 1:, :-1] -= corner - below
    values = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        variation = VARIATIONS[CONVENTIONS["jcjohnson"].variation](values)
    np.testing.assert_allclose(tape.gradient(variation, values), wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "squared"), [("sum_of_absolutes", False), ("absolute", False), ("squared", True)]
)
@pytest.mark.parametrize("shape", [(2, 5, 4, 3), (1, 1, 6, 1), (1, 6, 1, 3)])
def test_variations_are_what_the_lesson_writes_with_slices(name, squared, shape):
    """And so is their gradient: only computed faster."""
    values = tf.constant(np.random.default_rng(2).random(shape))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(values)
        wanted = total_variation(values, squared) / (1 if "sum" in name else np.prod(shape))
        found = VARIATIONS[name](values)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    gradients = [tape.gradient(each, values) for each in (found, wanted)]
    np.testing.assert_allclose(*gradients, atol=1e-12)


# ---- the table of constants ----------------------------------------------------------------------


def constants(name, style_weight=None):
    """k at the style layers, with the channels and positions they have in VGG-19."""
    convention = find_convention(name)
    blocks = [int(layer[5]) - 1 for layer in convention.style_layers]
    N = 512 * 512
    return [
        convention.style_constant(VGG_CHANNELS[block], N // 4**block, N, style_weight)
        for block in blocks
    ]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("jcjohnson", [100] * 5),
        ("anishathalye", [100] * 5),
        ("tensorflow", [8.2, 32.8, 131, 524, 524]),
        ("d2l", [1e4] * 5),
        ("pytorch", [1e6] * 5),
    ],
)
def test_style_constants(name, wanted):
    np.testing.assert_allclose(constants(name), wanted, rtol=2e-3)


def test_style_constants_of_gatys_and_keras():
    gatys = constants("gatys2015", style_weight=1)
    np.testing.assert_allclose(gatys, [205, 819, 3277, 13107, 13107], rtol=2e-3)
    np.testing.assert_allclose(constants("gatys2015"), np.multiply(1e3, gatys))
    # Equal weights: 3 channels and the image's pixels shift the balance to the shallow layers.
    ratio = np.divide(constants("keras", style_weight=1), gatys)
    np.testing.assert_allclose(ratio, [455, 114, 28.4, 7.1, 0.444], rtol=2e-3)


def test_content_constants():
    sizes = {"C": 512, "M": 64 * 64}  # block4_conv2 of 512x512 pixels
    wanted = {"jcjohnson": 5, "anishathalye": 5, "tensorflow": 1e4, "pytorch": 1, "d2l": 1}
    assert {name: find_convention(name).content_constant(**sizes) for name in wanted} == wanted
    assert find_convention("gatys2015").content_constant(**sizes, content_weight=1e-3) == (
        pytest.approx(1049, rel=1e-3)
    )
    assert find_convention("keras").content_constant(**sizes) == pytest.approx(2.5e-8 * 512 * 4096)


LAYERS = [(C, 512 * 512 // 4**block) for block, C in enumerate(VGG_CHANNELS)]  # C and M


def converted(weight, source, target, C, M):
    conventions = find_convention(source), find_convention(target)
    return convert_style_weight(weight, *conventions, C, M, N=512 * 512)


def test_style_weights_convert_as_the_published_formulas_say():
    """With T = sum (F^T F - A^T A)^2 of one of five layers, and weights that make both equal."""
    for C, M in LAYERS:
        # keras: w / 5 T / (4 3^2 N^2), gatys2015: w / 5 T / (4 C^2 M^2)
        wanted = C**2 * M**2 / (9 * (512 * 512) ** 2)
        assert converted(1.0, "keras", "gatys2015", C, M) == pytest.approx(wanted)
        # jcjohnson: w T / (C^4 M^2), tensorflow: w / 5 T / (C^2 M^2)
        assert converted(1.0, "jcjohnson", "tensorflow", C, M) == pytest.approx(5 / C**2)


@pytest.mark.parametrize("source", PUBLISHED)
def test_a_converted_style_weight_has_the_same_constant(source):
    for target in PUBLISHED:
        for C, M in LAYERS:
            weight = converted(7.0, source, target, C, M)
            there = find_convention(target).style_constant(C, M, 512 * 512, weight)
            here = find_convention(source).style_constant(C, M, 512 * 512, 7.0)
            assert there == pytest.approx(here)
            assert converted(weight, target, source, C, M) == pytest.approx(7.0)


@pytest.mark.parametrize("name", RELATIVE)
def test_relative_style_weights_cannot_be_converted(name):
    for pair in ((name, "keras"), ("keras", name)):
        with pytest.raises(ValueError, match="relative has no constants"):
            converted(1.0, *pair, C=64, M=100)


@pytest.mark.parametrize(
    ("name", "ratio"),
    [("gatys2015", 1), ("tensorflow", 1), ("jcjohnson", 64), ("d2l", 64), ("keras", 1024)],
)
def test_what_style_loss_is_multiplied_by_from_the_first_block_to_the_last(name, ratio):
    convention = find_convention(name)
    first, last = (
        convention.style_constant(C, M, 512 * 512, style_weight=1.0, layers=5) / C**2
        for C, M in (LAYERS[0], LAYERS[4])
    )
    assert first / last == pytest.approx(ratio)


@pytest.mark.parametrize("name", RELATIVE)
def test_relative_has_no_constants(name):
    with pytest.raises(ValueError, match="relative has no constants"):
        find_convention(name).style_constant(64, 100, 100)
    with pytest.raises(ValueError, match="relative has no constants"):
        find_convention(name).content_constant(64, 100)


# ---- weights and layers in published units -------------------------------------------------------


@replaces
@pytest.mark.parametrize("name", PUBLISHED)
def test_weights_multiply_the_terms(name, extractor, pictures):
    image, content, style = pictures
    published = Objective(extractor, content, style, convention=name).terms(image)
    c = find_convention(name)
    weights = {"content_weight": 2 * c.content_weight, "style_weight": 3 * c.style_weight}
    weights["tv_weight"] = 5 * c.tv_weight
    terms = Objective(extractor, content, style, convention=name, **weights).terms(image)
    np.testing.assert_allclose(terms, published * [2.0, 3.0, 5.0], rtol=1e-5)


def test_layer_weights_multiply_the_published_constants(extractor, pictures, features):
    """The layers count one by one in a sum; a mean is over as many as are named."""
    image, content, style = pictures
    weights = {"block1_conv1": 2.0, "block3_conv2": 0.5}
    x, _, s = features
    losses = [
        weight * np.mean((gram_over_elements(x[name]) - gram_over_elements(s[name])) ** 2)
        for name, weight in weights.items()
    ]
    for name, wanted in (("jcjohnson", 1e2 * sum(losses)), ("anishathalye", 5e2 * np.mean(losses))):
        objective = Objective(extractor, content, style, convention=name, style_layers=weights)
        np.testing.assert_allclose(objective.terms(image)[1], wanted, rtol=1e-5)


def test_a_layer_that_a_network_lacks_is_replaced():
    with pytest.warns(UserWarning, match=r"^vgg19-lite has no block5_conv2: block5_conv1 takes"):
        content, style = layers_for("vgg19-lite", "tensorflow")
    assert (list(content), list(style)) == (["block5_conv1"], FIVE)
    with pytest.warns(UserWarning, match=r"^vgg16 has no block4_conv4: block4_conv3 takes"):
        assert list(layers_for("vgg16", "d2l")[0]) == ["block4_conv3"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", CONVENTIONS)
def test_vgg19_has_every_layer(name):
    convention = find_convention(name)
    published = convention.content_layers, convention.style_layers
    for found, layers in zip(layers_for("vgg19", name), published, strict=True):
        weights = layers if isinstance(layers, dict) else dict.fromkeys(layers, 1.0)
        mean = sum(weights.values()) / len(weights) if convention.relative else 1.0
        assert found == {layer: pytest.approx(k / mean) for layer, k in weights.items()}


@replaces
def test_the_objective_replaces_the_same_layer(pictures):
    _, content, style = pictures
    objective = Objective(FeatureExtractor(FIVE), content, style, convention="tensorflow")
    assert list(objective.content) == [DEEP]


@replaces
@pytest.mark.parametrize("name", CONVENTIONS)
def test_black_pictures_give_finite_numbers(name, extractor):
    black = np.zeros((1, 16, 16, 3), "float32")
    loss, gradient, _ = Objective(extractor, black, black, convention=name)(black)
    assert np.isfinite(loss) and np.isfinite(gradient).all()


def test_targets_of_nothing_but_zeros_divide_nothing_by_zero():
    relative, zeros = find_convention("relative"), np.zeros((1, 2, 2, 3), "float32")
    assert np.isfinite(relative.content_constant(3, 4, target=zeros))
    assert np.isfinite(relative.style_constant(3, 4, 4, target=zeros))


def test_an_unknown_convention_gets_the_list():
    with pytest.raises(ValueError, match="unknown convention 'caffe': choose one of mean-covar"):
        find_convention("caffe")


def test_without_total_variation_its_weight_needs_one(extractor, pictures):
    image, content, style = pictures
    with pytest.raises(ValueError, match="name a variation"):
        Objective(extractor, content, style, convention="pytorch", tv_weight=1.0)
    objective = Objective(
        extractor, content, style, convention="pytorch", tv_weight=1.0, variation="absolute"
    )
    assert objective.terms(image)[2] > 0
