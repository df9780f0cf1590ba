"""The losses against independent formulas, on numbers that can be checked by hand."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_check_04 import gram_by_loops

from nstlib import (
    content_loss,
    gram_distance,
    gram_matrix,
    mix_styles,
    most_similar_layer,
    style_loss,
    total_variation,
)
from nstlib.check.references import total_variation_gradient
from nstlib.losses import total_loss

floats = st.floats(-10, 10, width=32)
features = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 5), st.integers(1, 4)),
    elements=floats,
)


def test_gram_by_hand():
    F = np.array([[1.0, 2.0], [3.0, 4.0]], "float32").reshape(1, 1, 2, 2)
    np.testing.assert_allclose(gram_matrix(F)[0], [[5, 7], [7, 10]])


@settings(max_examples=40, deadline=None)
@given(features)
def test_gram_equals_loops(F):
    np.testing.assert_allclose(gram_matrix(F), gram_by_loops(F), rtol=1e-4, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(features)
def test_gram_is_symmetric_and_positive_semidefinite(F):
    G = gram_matrix(F).numpy()
    np.testing.assert_allclose(G, G.transpose(0, 2, 1), rtol=1e-5, atol=1e-5)
    assert np.linalg.eigvalsh(G.astype("float64")).min() >= -1e-3


@settings(max_examples=25, deadline=None)
@given(features, st.randoms(use_true_random=False))
def test_gram_is_blind_to_where_things_are(F, random):
    positions = F.reshape(F.shape[0], -1, F.shape[-1])
    order = list(range(positions.shape[1]))
    random.shuffle(order)
    shuffled = positions[:, order].reshape(F.shape)
    np.testing.assert_allclose(gram_matrix(shuffled), gram_matrix(F), rtol=1e-4, atol=1e-4)


def test_gram_does_not_depend_on_the_size_of_the_picture():
    F = np.random.default_rng(0).random((1, 3, 4, 2), "float32")
    np.testing.assert_allclose(gram_matrix(np.tile(F, (1, 2, 3, 1))), gram_matrix(F), rtol=1e-5)


def test_gram_in_a_graph_with_unknown_sizes():
    graph = tf.function(gram_matrix, input_signature=[tf.TensorSpec((None, None, None, 3))])
    F = np.random.default_rng(0).random((2, 5, 4, 3), "float32")
    np.testing.assert_allclose(graph(F), gram_by_loops(F), rtol=1e-5)


def test_content_and_style_loss_are_mean_squares():
    rng = np.random.default_rng(1)
    F, P = rng.random((2, 1, 4, 5, 3), "float32")
    np.testing.assert_allclose(content_loss(F, P), ((F - P) ** 2).sum() / (4 * 5 * 3), rtol=1e-5)
    G, A = gram_by_loops(F), gram_by_loops(P)
    np.testing.assert_allclose(style_loss(G, A), ((G - A) ** 2).sum() / 3**2, rtol=1e-5)


def test_style_loss_in_the_unit_of_the_paper():
    """E_l = sum (G - A)^2 / (4 C^2 M^2) with sums for Grams is a quarter of ours."""
    rng = np.random.default_rng(2)
    F, P = rng.random((2, 1, 6, 7, 4), "float32")
    C, M = 4, 42
    raw = ((gram_by_loops(F) * M - gram_by_loops(P) * M) ** 2).sum() / (4 * C**2 * M**2)
    np.testing.assert_allclose(style_loss(gram_matrix(F), gram_matrix(P)) / 4, raw, rtol=1e-4)


def test_total_variation_by_hand():
    plus = np.zeros((1, 3, 3, 1), "float32")
    plus[0, 1, :, 0] = plus[0, :, 1, 0] = 1
    checkerboard = (np.indices((4, 4)).sum(axis=0) % 2).astype("float32")[None, ..., None]
    assert float(total_variation(plus)) == 8
    assert float(total_variation(checkerboard)) == 24
    assert float(total_variation(3 * checkerboard, squared=True)) == 9 * 24


@settings(max_examples=25, deadline=None)
@given(features)
def test_total_variation_is_tensorflows(image):
    wanted = tf.reduce_sum(tf.image.total_variation(tf.constant(image)))
    np.testing.assert_allclose(total_variation(image), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("squared", [False, True])
def test_total_variation_equals_loops(squared):
    image = np.random.default_rng(3).random((1, 5, 4, 3), "float32")
    power, total = (2 if squared else 1), 0.0
    for y in range(5):
        for x in range(4):
            if x < 3:
                total += (abs(image[0, y, x + 1] - image[0, y, x]) ** power).sum()
            if y < 4:
                total += (abs(image[0, y + 1, x] - image[0, y, x]) ** power).sum()
    np.testing.assert_allclose(total_variation(image, squared), total, rtol=1e-5)


def test_gradient_of_the_total_variation_is_tensorflows():
    image = tf.constant(np.random.default_rng(10).random((2, 5, 4, 3), "float32"))
    with tf.GradientTape() as tape:
        tape.watch(image)
        variation = tf.image.total_variation(image)
    wanted = tape.gradient(variation, image)
    np.testing.assert_array_equal(total_variation_gradient(image), wanted)
    assert np.abs(wanted).max() == 4  # some value is larger or smaller than all four neighbours


def test_gradient_of_the_total_variation_by_difference_quotients():
    """To both sides; on plateaus, too, where these two cancel."""
    image = np.random.default_rng(11).integers(0, 3, (1, 4, 5, 2)).astype(float)
    for place in np.ndindex(image.shape):
        step = np.zeros_like(image)
        step[place] = 0.25
        quotient = (total_variation(image + step) - total_variation(image - step)) / 0.5
        assert float(total_variation_gradient(image)[place]) == float(quotient)


def test_total_variation_of_an_edge_and_of_a_ramp():
    """Absolute differences mind both alike, squares prefer the ramp."""
    edge = np.repeat([0.0, 1.0], 8).reshape(1, 1, 16, 1)
    ramp = np.clip(np.arange(16) / 8 - 0.5, 0, 1).reshape(1, 1, 16, 1)
    assert [float(total_variation(v)) for v in (edge, ramp)] == [1, 1]
    assert [float(total_variation(v, squared=True)) for v in (edge, ramp)] == [1, 1 / 8]


@pytest.fixture
def objective():
    """What `total_loss` takes; the layer b is of both, and a is not asked for."""
    rng = np.random.default_rng(12)
    channels = {"a": 2, "b": 3, "c": 4}
    features, P = ({n: rng.random((1, 4, 5, C)) for n, C in channels.items()} for _ in range(2))
    content = {"b": (P["b"], 2.0)}
    style = {"b": (rng.random((1, 3, 3)), 0.5), "c": (rng.random((1, 4, 4)), 3.0)}
    return features, rng.random((1, 6, 5, 3)), content, style, 0.1


def test_total_loss_is_the_weighted_sum(objective):
    features, image, content, style, _ = objective
    wanted = 2 * np.square(features["b"] - content["b"][0]).sum() / (4 * 5 * 3)
    for layer, k, C in (("b", 0.5, 3), ("c", 3, 4)):
        wanted += k * np.square(gram_by_loops(features[layer]) - style[layer][0]).sum() / C**2
    wanted += 0.1 * (np.abs(np.diff(image, axis=1)).sum() + np.abs(np.diff(image, axis=2)).sum())
    np.testing.assert_allclose(total_loss(*objective), wanted, rtol=1e-6)


def test_doubled_weights_double_the_loss_and_its_gradient(objective):
    features, image, content, style, _ = objective

    def loss_and_gradient(weight):
        F = {name: tf.constant(array) for name, array in features.items()}
        pairs = [{n: (T, weight * k) for n, (T, k) in part.items()} for part in (content, style)]
        with tf.GradientTape() as tape:
            tape.watch(F)
            loss = total_loss(F, image, *pairs, tv_weight=0.0)
        return [loss, *tape.gradient([loss], [F["b"], F["c"]])]

    for once, twice in zip(loss_and_gradient(1), loss_and_gradient(2), strict=True):
        np.testing.assert_allclose(twice, 2 * once)


def test_gram_distance_is_a_distance_in_the_everyday_sense():
    """The same from both sides, 0 for equal ones only, at most 1, and no detour is shorter."""
    rng = np.random.default_rng(6)
    G, A, E = (gram_by_loops(F) for F in rng.random((3, 1, 4, 5, 3)))
    to, back = float(gram_distance(G, A)), float(gram_distance(A, G))
    assert to == pytest.approx(back) and 0 < to < 1
    assert float(gram_distance(G, G)) == 0
    assert float(gram_distance(100 * G, 100 * A)) == pytest.approx(to)
    assert float(gram_distance(G, -G)) == pytest.approx(1)
    assert to <= float(gram_distance(G, E)) + float(gram_distance(E, A))
    assert to == pytest.approx(
        np.linalg.norm((G - A)[0]) / (np.linalg.norm(G[0]) + np.linalg.norm(A[0]))
    )


def test_the_most_similar_layer_is_not_the_faintest():
    rng = np.random.default_rng(7)
    a = {"faint": rng.random((1, 4, 4, 2)) / 100, "loud": rng.random((1, 2, 3, 5)) * 100}
    b = {"faint": rng.random((1, 4, 4, 2)) / 100, "loud": a["loud"] * 1.1}
    assert most_similar_layer(a, b) == most_similar_layer(b, a) == "loud"
    assert most_similar_layer(a, a) == "faint"  # the first one, where several are alike


def test_a_mixture_of_styles_has_the_gradient_of_their_average_loss():
    rng = np.random.default_rng(8)
    targets = [{"a": rng.random((1, 3, 3)), "b": rng.random((1, 2, 2))} for _ in range(3)]
    shares = [1, 2, 5]
    mixture = mix_styles(targets, shares)
    for name in ("a", "b"):
        G, other = tf.constant(rng.random((2, *targets[0][name].shape)))

        def average(G, name=name):
            terms = [s * style_loss(G, A[name]) for s, A in zip(shares, targets, strict=True)]
            return tf.add_n(terms) / sum(shares)

        change = average(G) - average(other)
        wanted = style_loss(G, mixture[name]) - style_loss(other, mixture[name])
        np.testing.assert_allclose(change, wanted)


def test_of_pictures_pasted_side_by_side_each_counts_as_its_area_does():
    F = np.random.default_rng(9).random((1, 5, 8, 3), "float32")
    A, B = gram_matrix(F[:, :, :6]), gram_matrix(F[:, :, 6:])
    mixture = mix_styles([{"a": A}, {"a": B}], [3, 1])["a"]
    np.testing.assert_allclose(gram_matrix(F), mixture, rtol=1e-5)


def test_mixing_one_style_is_that_style_and_changes_nothing():
    A = {"a": np.arange(4.0).reshape(1, 2, 2)}
    np.testing.assert_array_equal(mix_styles([A, A], [3, 1])["a"], A["a"])
    np.testing.assert_array_equal(mix_styles([A], [0.2])["a"], np.arange(4.0).reshape(1, 2, 2))


def test_losses_are_zero_only_for_equal_arguments():
    F = np.random.default_rng(4).random((1, 3, 3, 2), "float32")
    assert float(content_loss(F, F)) == 0 < float(content_loss(F, F + 0.1))
    G = gram_matrix(F)
    assert float(style_loss(G, G)) == 0 < float(style_loss(G, 2 * G))


def test_arguments_are_not_changed():
    F, P = np.random.default_rng(5).random((2, 1, 3, 3, 2), "float32")
    before = F.copy(), P.copy()
    content_loss(F, P), gram_matrix(F), style_loss(F[0], P[0]), total_variation(F)
    total_variation_gradient(F)
    np.testing.assert_array_equal(F, before[0])
    np.testing.assert_array_equal(P, before[1])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: content_loss(np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 3, 3))), "same layer"),
        (lambda: gram_matrix(np.zeros((2, 2, 3))), r"\(B, h, w, C\)"),
        (lambda: style_loss(np.zeros((1, 2, 2)), np.zeros((1, 3, 3))), "same layer"),
        (lambda: total_variation(np.zeros((4, 4))), r"\(B, H, W, channels\)"),
        (lambda: gram_distance(np.zeros((1, 2, 2)), np.zeros((1, 3, 3))), "same layer"),
        (lambda: mix_styles([{}], [1, 2]), "each of 1 styles"),
        (lambda: mix_styles([{}, {}], [3, -1]), r"\[3, -1\]"),
        (lambda: mix_styles([{}, {}], [0, 0]), "not all of them 0"),
    ],
)
def test_wrong_shapes_get_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
