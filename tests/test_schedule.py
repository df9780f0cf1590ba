"""Memory and sizes planned beforehand: against real networks, by hand, and by what they promise."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nstlib import FeatureExtractor, layer_names
from nstlib.check.references import activation_bytes, feature_shapes, plan_schedule
from nstlib.networks import LITE_WIDTHS

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
