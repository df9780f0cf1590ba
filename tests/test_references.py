"""What exercises compare with: receptive fields, parameters, memory, sizes, SciPy's objective."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, rosen, rosen_der

from nstlib import FeatureExtractor, count_parameters, layer_names, layers_up_to, receptive_field
from nstlib.check.references import (
    activation_bytes,
    feature_shapes,
    gaussian_wasserstein,
    optimal_transport_map,
    plan_schedule,
    polynomial_mmd,
    scipy_objective,
    sliced_wasserstein,
    whiten,
)
from nstlib.images.colors import matrix_power
from nstlib.networks import LITE_WIDTHS

# ---- receptive fields and parameters, against the networks themselves ----------------------------


@pytest.mark.parametrize("layer", ["block1_conv1", "block1_conv2", "block2_conv1", "block3_conv1"])
def test_the_receptive_field_is_where_the_gradient_is(layer):
    """With average pooling and all weights positive, no pixel in it goes without a gradient."""
    extractor = FeatureExtractor(layer, pooling="average", weights="random")
    for convolution in extractor.model.layers:
        convolution.set_weights([np.abs(weights) for weights in convolution.get_weights()])
    image = tf.ones((1, 64, 64, 3))
    with tf.GradientTape() as tape:
        tape.watch(image)
        features = extractor(image)[layer]
        value = tf.reduce_sum(features[:, features.shape[1] // 2, features.shape[2] // 2])
    seen = np.abs(tape.gradient(value, image)).sum(axis=(0, 3)) > 0
    side = receptive_field(layers_up_to(layer))
    assert seen.any(axis=0).sum() == seen.any(axis=1).sum() == side


def test_the_receptive_fields_of_vgg():
    sides = [receptive_field(layers_up_to(f"block{b}_conv1", "vgg16")) for b in (1, 2, 3, 4, 5)]
    assert sides == [3, 10, 24, 60, 132]
    sides = [receptive_field(layers_up_to(f"block{b}_conv1", "vgg19")) for b in (1, 2, 3, 4, 5)]
    assert sides == [3, 10, 24, 68, 156]


def test_a_receptive_field_from_the_top_down():
    rng = np.random.default_rng(0)
    for _ in range(20):
        layers = [tuple(pair) for pair in rng.integers(1, 6, (7, 2)).tolist()]
        side = 1
        for kernel, stride in reversed(layers):
            side = (side - 1) * stride + kernel
        assert receptive_field(layers) == side
    assert receptive_field([]) == 1


def test_the_parameters_of_the_networks():
    for kernel, channels_in, channels_out in ((3, 3, 64), (1, 5, 2), (5, 4, 7)):
        layer = keras.layers.Conv2D(channels_out, kernel)
        layer.build((None, None, None, channels_in))
        assert layer.count_params() == count_parameters(kernel, channels_in, channels_out)
    deepest = layer_names("vgg19-lite")[-1]
    model = FeatureExtractor(deepest).model
    widths = [3, *(layer.filters for layer in model.layers if hasattr(layer, "filters"))]
    counts = [count_parameters(3, a, b) for a, b in itertools.pairwise(widths)]
    assert sum(counts) == model.count_params()


def test_layers_up_to():
    assert layers_up_to("block1_conv1") == [(3, 1)]
    assert layers_up_to("block3_conv2", "vgg19").count((2, 2)) == 2
    with pytest.raises(ValueError, match="no layer 'block9_conv1'"):
        layers_up_to("block9_conv1")


# ---- memory and sizes planned beforehand: against real networks, by hand, by what they promise ---

NETWORKS = ("vgg19-lite", "vgg19", "vgg16")


@pytest.mark.parametrize("network", NETWORKS)
def test_shapes_are_those_of_all_convolutions_and_of_the_poolings_between(network):
    names = [name for name, _, _ in feature_shapes(layer_names(network)[-1], network)]
    assert [name for name in names if "conv" in name] == list(layer_names(network))
    assert [name for name in names if "pool" in name] == [f"block{b}_pool" for b in (1, 2, 3, 4)]
    for name, following in itertools.pairwise(names):
        assert ("pool" in name) == (name[:6] != following[:6])


def test_shapes_and_bytes_are_those_of_real_features():
    """With sides that the scales do not divide."""
    convolutions = list(layer_names("vgg19-lite"))
    shapes = feature_shapes(convolutions[-1])
    features = FeatureExtractor(convolutions)(np.zeros((1, 45, 70, 3), "float32"))
    kept = [layer for layer in shapes if "conv" in layer[0]]
    for name, C, scale in kept:
        assert tuple(features[name].shape) == (1, 45 // scale, 70 // scale, C)
    wanted = sum(features[name].numpy().nbytes for name in convolutions)
    assert activation_bytes(kept, 45, 70) == wanted
    poolings = sum(
        4 * C * (45 // 2**block) * (70 // 2**block)
        for block, C in enumerate(LITE_WIDTHS[:4], start=1)
    )
    assert activation_bytes(shapes, 45, 70) == wanted + poolings


def test_bytes_by_hand():
    shapes = [("low", 3, 1), ("deep", 10, 2)]
    assert activation_bytes(shapes, 4, 6) == 4 * (3 * 24 + 10 * 6)
    assert activation_bytes(shapes, 5, 7, bytes_each=2) == 2 * (3 * 35 + 10 * 6)
    assert activation_bytes([], 4, 6) == 0
    assert activation_bytes([], 4, 6, recompute=True) == 0


def test_recomputing_by_hand():
    shapes = [("block1_conv1", 3, 1), ("block1_pool", 3, 2)]
    shapes += [("block2_conv1", 20, 2), ("block2_conv2", 10, 2)]
    kept, again = 3 * 6 + 10 * 6, max(3 * 24, 20 * 6)
    assert activation_bytes(shapes, 4, 6, recompute=True) == 4 * (kept + again)
    assert activation_bytes(shapes, 4, 6, 2, recompute=True) == 2 * (kept + again)
    one = [layer for layer in shapes if "block1" in layer[0]]
    assert activation_bytes(one, 4, 6, recompute=True) == activation_bytes(one, 4, 6)


def test_twice_the_side_is_four_times_the_memory():
    shapes = feature_shapes("block5_conv1", "vgg19")
    assert activation_bytes(shapes, 512, 256) == 4 * activation_bytes(shapes, 256, 128)
    assert activation_bytes(shapes, 512, 256, 2) * 2 == activation_bytes(shapes, 512, 256)


@given(st.integers(64, 4096), st.integers(1, 6), st.integers(6, 2000))
def test_every_level_gets_its_share_of_the_time_and_no_more(size, levels, budget):
    sizes, evaluations = plan_schedule(size, levels, budget)
    assert len(sizes) == len(evaluations) == levels and sizes[-1] == size
    for small, large in itertools.pairwise(sizes):
        assert small == large // 2
    for level, count in enumerate(reversed(evaluations)):
        assert isinstance(count, int) and count >= 1
        assert count <= budget * 4**level / levels < count + 1


def test_a_schedule_by_hand():
    assert plan_schedule(101, 2, 5) == ([50, 101], [10, 2])
    assert plan_schedule(512, 1, 7) == ([512], [7])


# ---- SciPy's objective ---------------------------------------------------------------------------


class Asked:
    """Rosenbrock's valley as `evaluate`, of pictures; keeps what it was asked."""

    def __init__(self):
        self.questions = []

    def __call__(self, x):
        self.questions.append(x)
        point = np.ravel(x).astype("float64")
        gradient = rosen_der(point).reshape(x.shape)
        return tf.constant(rosen(point), x.dtype), tf.constant(gradient, x.dtype)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_scipys_objective_asks_for_a_picture_and_answers_in_float64(kind):
    evaluate, shape = Asked(), (1, 2, 4, 3)
    flat = np.random.default_rng(0).normal(size=24)
    value, gradient = scipy_objective(evaluate, shape, kind)(flat)
    assert len(evaluate.questions) == 1
    question = evaluate.questions[0]
    assert question.shape == shape and question.dtype == kind
    np.testing.assert_array_equal(question[0, 1, 3], flat[-3:].astype(kind))
    assert type(value) is float and type(gradient) is np.ndarray
    assert gradient.dtype == "float64" and gradient.shape == (24,)
    assert value == pytest.approx(rosen(flat), rel=1e-5)
    np.testing.assert_allclose(gradient, rosen_der(flat), rtol=1e-3, atol=1e-3)


def test_scipy_goes_the_same_way_with_it_as_without():
    start = np.linspace(-1, 1, 6)
    evaluate = Asked()
    ours = minimize(
        scipy_objective(evaluate, (1, 2, 1, 3), "float64"), start, jac=True, method="L-BFGS-B"
    )
    theirs = minimize(rosen, start, jac=rosen_der, method="L-BFGS-B")
    np.testing.assert_allclose(ours.x, theirs.x, rtol=1e-9)
    assert ours.nfev == theirs.nfev == len(evaluate.questions) > 20
    np.testing.assert_allclose(ours.x, 1, atol=1e-4)


def test_in_float32_scipy_finds_the_bottom_too():
    found = minimize(
        scipy_objective(Asked(), (1, 2, 1, 3)), np.zeros(6), jac=True, method="L-BFGS-B"
    )
    np.testing.assert_allclose(found.x, 1, atol=0.02)


# ---- from one covariance to another --------------------------------------------------------------


def test_the_optimal_map_reaches_the_covariance_and_moves_least():
    rng = np.random.default_rng(0)
    S_c, S_s = (A @ A.T + 0.1 * np.eye(4) for A in rng.normal(size=(2, 4, 4)))

    def moved(T):
        """The mean of |T x - x|^2 over vectors x of covariance S_c."""
        return np.trace((T - np.eye(4)) @ S_c @ (T - np.eye(4)).T)

    T = optimal_transport_map(S_c, S_s)
    np.testing.assert_allclose(T @ S_c @ T, S_s, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(T, T.T, atol=1e-9)
    turns = [np.eye(4), *(np.linalg.qr(A)[0] for A in rng.normal(size=(50, 4, 4)))]
    for turn in turns:
        other = matrix_power(S_s, 0.5) @ turn @ matrix_power(S_c, -0.5)
        np.testing.assert_allclose(other @ S_c @ other.T, S_s, rtol=1e-6, atol=1e-9)
        assert moved(T) < moved(other)


def test_white_features_stay_white_when_they_are_turned():
    rng = np.random.default_rng(1)
    F = rng.gamma(1.0, 1.0, (1, 9, 11, 5)) @ rng.uniform(size=(5, 5))
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    for white in (whiten(F), whiten(F) @ turn):
        rows = white.reshape(-1, 5)
        np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(rows.T @ rows / 99, np.eye(5), atol=1e-6)


# ---- distances between distributions -------------------------------------------------------------


def test_wasserstein_is_what_the_optimal_map_has_to_carry():
    rng = np.random.default_rng(2)
    S_c, S_s = (A @ A.T + 0.1 * np.eye(4) for A in rng.normal(size=(2, 4, 4)))
    mean_c, mean_s = rng.normal(size=(2, 4))
    change = optimal_transport_map(S_c, S_s) - np.eye(4)
    way = np.sum((mean_c - mean_s) ** 2) + np.trace(change @ S_c @ change)
    assert gaussian_wasserstein(mean_c, S_c, mean_s, S_s) == pytest.approx(way, rel=1e-9)
    assert gaussian_wasserstein(mean_s, S_s, mean_c, S_c) == pytest.approx(way, rel=1e-9)
    assert gaussian_wasserstein(mean_c, S_c, mean_c, S_c) == pytest.approx(0, abs=1e-9)


def test_sorting_finds_a_move_and_no_shuffling():
    rng = np.random.default_rng(3)
    F = rng.gamma(1.0, 1.0, (50, 4))
    axes, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    shift = np.array([1.0, -2.0, 0.0, 3.0])
    assert 4 * sliced_wasserstein(F, F + shift, axes) == pytest.approx(14)
    assert sliced_wasserstein(F, rng.permutation(F), axes) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_kernel_is_the_gram_loss_and_with_a_shift_the_means_too(shift):
    rng = np.random.default_rng(4)
    F, S = rng.gamma(1.0, 1.0, (30, 5)), rng.gamma(1.0, 1.5, (20, 5))
    G, A = F.T @ F / 30, S.T @ S / 20
    wanted = np.sum((G - A) ** 2) + 2 * shift * np.sum((F.mean(axis=0) - S.mean(axis=0)) ** 2)
    assert polynomial_mmd(F, S, shift) == pytest.approx(wanted, rel=1e-6)
