"""Each setting that will not do gets one clear sentence; those that do come out as plain JSON."""

import dataclasses
import inspect
import json
import pathlib

import numpy as np
import pytest

from nstlib import stylize
from nstlib.engine.settings import Settings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"convention": "ours"}, "unknown convention 'ours': choose one of mean-covariance, was"),
        ({"optimizer": "sgd"}, "unknown optimizer 'sgd': choose one of lbfgs, adam"),
        ({"precision": "float16"}, "unknown precision 'float16': choose one of auto, float32"),
        ({"seed": 1.5}, "seed must be a whole number of at least 0, not 1.5"),
        ({"style_weight": True}, "style_weight must be a number of at least 0, not True"),
        ({"content_weight": [1]}, "content_weight must be a number"),
        ({"style_shares": 3}, r"style_shares must be a list such as \[0.7, 0.3\], not 3"),
        ({"style_shares": []}, "style_shares must be a list"),
        ({"style_shares": ["a"]}, "each of the style_shares must be a number"),
        ({"style_shares": [1, -1]}, "each of the style_shares must be a number of at least 0"),
        ({"preserve_color": "hue"}, "unknown preserve_color 'hue': choose one of match, luminance"),
        ({"content_layers": 5}, "content_layers must be a list such as .*, not 5"),
        ({"style_layers": {"block1_conv1": "1"}}, "each weight of style_layers must be a number"),
        ({"optimizer_settings": {"speed": 1}}, "lbfgs has no setting 'speed': choose from first_"),
        ({"optimizer_settings": {"lower": 0.2}}, "lbfgs has no setting 'lower'"),
        ({"optimizer_settings": {"memory": 0}}, "memory must be a whole number of at least 1"),
        ({"optimizer_settings": 5}, "optimizer_settings must map names to numbers, not be 5"),
        ({"optimizer": "adam", "optimizer_settings": {"beta_1": 1}}, "beta_1 must be below 1"),
        ({"match_colors": -0.1}, "match_colors must be a number of at least 0"),
        ({"match_colors": 1.01}, "match_colors must be a number from 0 to 1, not 1.01"),
        ({"match_colors": True}, "match_colors must be"),
        ({"match_colors": 0.5, "preserve_color": "luminance"}, "leave out match_colors"),
        ({"strokes": "wide"}, "unknown strokes 'wide': choose one of fine, medium, broad"),
        ({"strokes": "broad", "sizes": [32, 64]}, "strokes stands for sizes and style_scale"),
        ({"strokes": "medium", "style_scale": 1}, "give it, or these"),
        ({"style_scale": 0}, "style_scale must be more than 0"),
        ({"style_scale": float("inf")}, "style_scale must be a number of at least 0"),
        ({"strokes": "broad", "evaluations": 2}, "2 evaluations are not enough for 3 sizes"),
        (
            {"optimizer": "gradient-descent", "optimizer_settings": {"momentum": 1.5}},
            "momentum must be below 1",
        ),
    ],
)
def test_bad_settings_get_a_sentence(given, words):
    with pytest.raises(ValueError, match=words) as error:
        Settings(**given)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sizes": [128, 64]}, "sizes must grow from one to the next, unlike"),
        ({"sizes": [64, 64]}, "sizes must grow"),
        ({"sizes": []}, "sizes must be a list such as"),
        ({"sizes": "128"}, "sizes must be a list such as .*, not '128'"),
        ({"sizes": 128}, "sizes must be a list such as .*, not 128"),
        ({"sizes": [8, 64]}, "each of the sizes must be a whole number of at least 16, not 8"),
        ({"size": 8}, "size must be a whole number of at least 16, not 8"),
    ],
)
def test_bad_sizes_get_a_sentence(given, words):
    with pytest.raises(ValueError, match=words):
        Settings(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"evaluations": [1, 2, 3]}, "there are 3 numbers of evaluations for 2 sizes"),
        ({"evaluations": 1}, "1 evaluations are not enough for 2 sizes"),
        ({"evaluations": [5, 0]}, "each of the evaluations must be a whole number of at least 1"),
        ({"evaluations": "12"}, "evaluations must be a whole number"),
        ({"target_loss": -1}, "target_loss must be a number of at least 0"),
        ({"target_loss": float("nan")}, "target_loss must be"),
        ({"patience": 0}, "patience must be a whole number of at least 1, not 0"),
        ({"seconds": "60"}, "seconds must be a number of at least 0, not '60'"),
    ],
)
def test_bad_limits_get_a_sentence(given, words):
    with pytest.raises(ValueError, match=words):
        Settings(**given, sizes=[32, 64])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"network": "vgg"}, "unknown network 'vgg'"),
        ({"pooling": "min"}, "unknown pooling 'min'"),
        ({"variation": "abs"}, "unknown variation 'abs'"),
        ({"style_layers": ["block9_conv1"]}, "has no layer 'block9_conv1'"),
        ({"style_shares": [1, 2]}, "one share for each style picture, not 2 for 1"),
        ({"convention": "pytorch", "tv_weight": 1}, "without total variation"),
        ({"weights": "nowhere.npz"}, "nowhere.npz is missing"),
    ],
)
def test_what_only_the_network_knows_gets_one_too(cat, wave, given, words):
    with pytest.raises((ValueError, OSError), match=words):
        stylize(cat, wave, size=32, evaluations=1, progress=False, **given)


@pytest.mark.parametrize(
    ("given", "sizes", "scale"),
    [
        ({}, [384], 1.0),
        ({"strokes": "medium"}, [384], 1.0),
        ({"strokes": "fine", "size": 100}, [100], 0.6),
        ({"strokes": "broad"}, [128, 256, 384], 1.0),
        ({"strokes": "broad", "size": 512}, [171, 341, 512], 1.0),
        ({"strokes": "broad", "size": 64}, [32, 43, 64], 1.0),
        ({"strokes": "broad", "size": 40}, [32, 40], 1.0),
        ({"strokes": "broad", "size": 16}, [16], 1.0),
        ({"sizes": [32, 64], "style_scale": 2}, [32, 64], 2.0),
    ],
)
def test_strokes_stand_for_sizes_and_a_scale(given, sizes, scale):
    chosen = Settings(**given)
    assert (chosen.sizes, chosen.style_scale) == (sizes, scale)
    assert len(chosen.evaluations) == len(sizes) and sum(chosen.evaluations) == 60
    again = Settings(**chosen.record())
    assert (again.sizes, again.style_scale) == (sizes, scale)


@pytest.mark.parametrize(("scale", "side"), [(0.01, 16), (0.6, 38), (1, 64), (5, 320)])
def test_the_style_is_never_smaller_than_a_picture_can_be(scale, side):
    assert Settings(style_scale=scale).style_side(64) == side


@pytest.mark.parametrize(
    ("given", "pooling", "match_colors"),
    [
        ({}, "average", 1.0),
        ({"convention": "wasserstein"}, "average", 1.0),
        ({"convention": "relative"}, "max", 0.0),
        ({"convention": "jcjohnson", "match_colors": 0.3}, "max", 0.3),
        ({"pooling": "max", "match_colors": 0}, "max", 0.0),
        ({"preserve_color": "match"}, "average", 0.0),
        ({"preserve_color": "luminance", "match_colors": 0}, "average", 0.0),
    ],
)
def test_pooling_and_colours_are_the_conventions_own(given, pooling, match_colors):
    chosen = Settings(**given)
    assert (chosen.pooling, chosen.match_colors) == (pooling, match_colors)
    again = Settings(**chosen.record())
    assert (again.pooling, again.match_colors) == (pooling, match_colors)


def test_what_comes_out_is_plain_json_and_goes_in_again():
    given = {
        "style_weight": np.float32(0.1),
        "seed": np.int64(3),
        "style_layers": {"block1_conv1": np.float32(0.1), "block2_conv1": 1},
        "content_layers": ("block4_conv2",),
        "style_shares": np.array([1.0, 2.0]),
        "optimizer_settings": {"memory": np.int32(5)},
        "init": pathlib.Path("start.png"),
        "weights": pathlib.Path("mine.npz"),
    }
    found = Settings(**given).record()
    stored = json.loads(json.dumps(found))
    assert stored == found == Settings(**stored).record()
    assert stored["init"] == "start.png" and stored["style_shares"] == [1, 2]


def test_what_is_none_is_left_out_but_the_weights_are_the_conventions():
    found = Settings(convention="jcjohnson", tv_weight=0).record()
    assert None not in found.values()
    weights = (found["content_weight"], found["style_weight"], found["tv_weight"])
    assert weights == (5, 100, 0), "0 is a weight, and not left to the convention"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("style_weights", "style_weight, .*style_shares"),
        ("calback", "callback"),  # codespell:ignore
        ("zzz", "network, pooling"),
    ],
)
def test_an_unknown_setting_is_told_from_its_neighbours(cat, wave, name, meant):
    with pytest.raises(TypeError, match=f"no setting '{name}': did you mean {meant}"):
        stylize(cat, wave, **{name: 1})


def test_settings_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().style_weight = 3
    given = {"memory": 5}
    chosen = Settings(optimizer_settings=given)
    given["memory"] = 7
    assert chosen.optimizer_settings["memory"] == 5


def test_pixels_are_not_recorded():
    record = Settings(init=np.zeros((32, 32, 3)), masks=np.ones((32, 32))).record()
    assert record["init"] == "a picture" and record["masks"] == ["a mask"]


def test_help_lists_every_setting():
    names = list(inspect.signature(stylize).parameters)
    assert names[:2] == ["content", "style"]
    assert {field.name for field in dataclasses.fields(Settings)} < set(names)
