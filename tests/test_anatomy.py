"""Receptive fields and parameters against the networks themselves."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from nstlib import FeatureExtractor, count_parameters, layer_names, layers_up_to, receptive_field


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
