"""Feature extractors: the right layers of the right networks, and the contract with VGG."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nstlib import FeatureExtractor, layer_names
from nstlib.images import data_folder
from nstlib.networks import LITE_WIDTHS, MEAN_BGR

LITE = data_folder() / "weights" / "vgg19-lite.npz"


def features_by_hand(image, weights, deepest):
    """The network in NumPy's own words: pad, multiply, add, ReLU, pool."""
    x = (np.asarray(image, "float64")[0, ..., ::-1] * 255) - MEAN_BGR
    for name in layer_names("vgg19-lite"):
        if name.endswith("conv1") and name != "block1_conv1":
            h, w = x.shape[0] // 2 * 2, x.shape[1] // 2 * 2
            x = x[:h, :w].reshape(h // 2, 2, w // 2, 2, -1).max(axis=(1, 3))
        kernel, bias = (weights[f"{name}/{part}"].astype("float64") for part in ("kernel", "bias"))
        padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
        y = sum(
            padded[i : i + x.shape[0], j : j + x.shape[1]] @ kernel[i, j]
            for i in range(3)
            for j in range(3)
        )
        x = np.maximum(y + bias, 0)
        if name == deepest:
            return x


def test_features_equal_numpys(noise):
    """Order of the colours, means, padding, ReLU and pooling, all at once."""
    weights = np.load(LITE)
    for layer in ("block1_conv1", "block2_conv2", "block5_conv1"):
        found = FeatureExtractor(layer)(noise)[layer].numpy()[0]
        wanted = features_by_hand(noise, weights, layer)
        np.testing.assert_allclose(found, wanted, atol=1e-3 * wanted.max())


def test_shapes_and_order():
    layers = ["block4_conv2", "block1_conv1", "block5_conv1"]
    features = FeatureExtractor(layers)(np.zeros((2, 50, 67, 3)))
    assert list(features) == layers
    assert [tuple(f.shape) for f in features.values()] == [
        (2, 6, 8, LITE_WIDTHS[3]),
        (2, 50, 67, LITE_WIDTHS[0]),
        (2, 3, 4, LITE_WIDTHS[4]),
    ]


def test_nothing_beyond_the_deepest_layer_is_computed():
    names = [
        layer.name for layer in FeatureExtractor(["block1_conv2", "block2_conv1"]).model.layers
    ]
    assert names[-1] == "block2_conv1"


def test_average_pooling_differs_from_the_first_pooling_on(noise):
    layers = ["block1_conv2", "block2_conv1"]
    maximum, average = (FeatureExtractor(layers, pooling=p)(noise) for p in ("max", "average"))
    np.testing.assert_array_equal(maximum["block1_conv2"], average["block1_conv2"])
    assert tf.reduce_mean(average["block2_conv1"]) < tf.reduce_mean(maximum["block2_conv1"])


def test_the_image_is_not_changed(noise):
    before = noise.copy()
    FeatureExtractor("block1_conv1")(noise)
    np.testing.assert_array_equal(noise, before)


def test_features_can_be_differentiated_with_respect_to_the_image(noise):
    image = tf.constant(noise)
    extractor = FeatureExtractor("block5_conv1")
    with tf.GradientTape() as tape:
        tape.watch(image)
        total = tf.reduce_sum(extractor(image)["block5_conv1"])
    gradient = tape.gradient(total, image)
    assert gradient.shape == image.shape and float(tf.norm(gradient)) > 0
    assert not extractor.model.trainable_variables


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_lower_precision_gives_float32_features_that_are_close(noise, precision):
    layers = ["block1_conv1", "block3_conv1"]
    exact = FeatureExtractor(layers)(noise)
    rough = FeatureExtractor(layers, precision=precision)(noise)
    for name in layers:
        assert rough[name].dtype == tf.float32
        error = float(tf.norm(rough[name] - exact[name]) / tf.norm(exact[name]))
        # Block 1 is always in full precision.
        assert error == 0 if name.startswith("block1") else 0 < error < 0.03


def test_random_networks_are_seeded_and_keep_their_scale(noise):
    same = [FeatureExtractor("block3_conv1", weights="random", seed=s)(noise) for s in (1, 1, 2)]
    a, b, c = (f["block3_conv1"].numpy() for f in same)
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)
    features = FeatureExtractor(["block1_conv1", "block3_conv4"], "vgg19-random")(noise)
    assert features["block3_conv4"].shape[-1] == 256
    shallow, deep = (float(tf.math.reduce_std(f)) for f in features.values())
    assert 0.2 < deep / shallow < 5


@pytest.mark.parametrize("network", ["vgg16", "vgg19"])
def test_keras_networks_load_weights_from_a_file(network, noise, tmp_path):
    """The loading code is real; the weights are made here, as Keras would store them."""
    application = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}[network]
    keras.utils.set_random_seed(5)
    original = application(include_top=False, weights=None)
    path = tmp_path / f"{network}.weights.h5"
    original.save_weights(path)
    layers = ["block1_conv2", "block3_conv3", "block5_conv3"]
    assert layer_names(network)[-1] == ("block5_conv3" if network == "vgg16" else "block5_conv4")
    found = FeatureExtractor(layers, network, weights=path)(noise)
    reference = keras.Model(original.input, [original.get_layer(n).output for n in layers])
    module = getattr(keras.applications, network)
    for name, wanted in zip(layers, reference(module.preprocess_input(noise * 255)), strict=True):
        np.testing.assert_allclose(found[name], wanted, rtol=1e-3, atol=1e-4)


def test_a_failed_download_says_what_to_do(monkeypatch, tmp_path):
    def no_network(*args, **kwargs):
        raise Exception("URL fetch failure: no network")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras.src.applications.vgg19.file_utils, "get_file", no_network)
    with pytest.raises(OSError, match="no network") as raised:
        FeatureExtractor("block1_conv1", "vgg19")
    message = str(raised.value)
    assert "\n" not in message and str(tmp_path / "models") in message
    assert "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5" in message
    assert "vgg19-lite" in message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((["block1_conv1"], "vgg20"), "vgg19-lite, vgg19, vgg16, vgg19-random"),
        ((["block1_conv3"],), "no layer 'block1_conv3'.*block1_conv1, block1_conv2"),
        ((["block5_conv2"],), "vgg19-lite has no layer 'block5_conv2'"),
        (([],), "at least one layer"),
        ((["block1_conv1"], "vgg19-lite", "median"), "choose one of max, average"),
    ],
)
def test_wrong_arguments_list_the_valid_ones(arguments, words):
    with pytest.raises(ValueError, match=words):
        FeatureExtractor(*arguments)


def test_wrong_precision():
    with pytest.raises(ValueError, match="mixed_bfloat16"):
        FeatureExtractor("block1_conv1", precision="int8")


@pytest.mark.parametrize("shape", [(48, 64, 3), (1, 48, 64), (1, 48, 64, 4), (1, 48, 64, 1)])
def test_wrong_shapes_get_a_sentence(shape):
    with pytest.raises(ValueError, match=r"\(1, H, W, 3\)"):
        FeatureExtractor("block1_conv1")(np.zeros(shape))


def test_whole_numbers_are_refused():
    with pytest.raises(ValueError, match="uint8: divide it by 255"):
        FeatureExtractor("block1_conv1")(np.zeros((1, 16, 16, 3), np.uint8))


def test_a_file_for_random_weights_is_refused(tmp_path):
    with pytest.raises(ValueError, match="choose vgg19"):
        FeatureExtractor("block1_conv1", "vgg19-random", weights=tmp_path / "w.h5")


def test_an_image_too_small_for_the_deepest_layer():
    with pytest.raises(ValueError, match="64x15 pixels.*before block5_conv1.*at least 16"):
        FeatureExtractor(["block5_conv1", "block1_conv1"])(np.zeros((1, 15, 64, 3)))


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "text", "other"])
def test_bad_weights_files(damage, tmp_path):
    path = tmp_path / "weights.npz"
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(LITE.read_bytes()[:1000])
    elif damage == "text":
        path.write_text("not weights")
    elif damage == "other":
        np.savez(path, something=np.zeros(3))
    for network in ("vgg19-lite", "vgg19"):
        with pytest.raises((ValueError, OSError), match="weights.npz"):
            FeatureExtractor("block1_conv1", network, weights=path)


def test_the_embedded_weights_are_small():
    assert LITE.stat().st_size <= 5_000_000
