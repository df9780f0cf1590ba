"""Painting in one pass: by name, mixed, learnt, or as any picture; and what is refused."""

import pathlib

import numpy as np
import pytest

from nstlib import (
    FeatureExtractor,
    LearntStyle,
    example_path,
    examples,
    fast_stylize,
    gram_distance,
    gram_matrix,
    load_image,
    style_names,
    stylize,
)
from nstlib.fast import bands
from nstlib.fast.any_style import LEVELS, WIDTHS
from nstlib.fast.styles import known_styles
from nstlib.fast.stylize import encode_and_decode, style_numbers
from nstlib.fast.transfer_network import PHOTOGRAPH
from nstlib.fast.transforms import TRANSFORMS

CAT, WAVE = example_path("chelsea"), example_path("hokusai_great_wave")
EXACT = {"precision": "float32", "size": 96}


@pytest.fixture(scope="module")
def photograph():
    return load_image(CAT, 96)


def test_the_courses_paintings_are_among_the_styles_and_there_are_enough():
    assert set(examples("style")) < set(style_names())
    assert len(style_names()) >= 24 and PHOTOGRAPH not in style_names()


def test_features_become_the_picture_again():
    """Also at its borders, where the encoder without a mirror would see black."""
    photograph = load_image(CAT, 96)
    encode, decode = encode_and_decode()
    features = encode(photograph)
    sides = dict(zip(LEVELS, (1, 2, 4, 8), strict=True))
    assert {n: tuple(F.shape) for n, F in features.items()} == {
        n: (1, 64 // side, 96 // side, WIDTHS[n]) for n, side in sides.items()
    }
    off = np.abs(decode(features).numpy() - photograph)
    assert off.mean() < 0.1 and off[:, :4].mean() < 0.15


@pytest.mark.parametrize("size", [(16, 16), (17, 41), (64, 48), (130, 33)])
@pytest.mark.parametrize("style", ["hokusai_great_wave", WAVE], ids=["name", "picture"])
def test_a_painting_of_any_size(size, style):
    image = np.random.default_rng(0).random((*size, 3))
    painting = fast_stylize(image, style, precision="float32")
    assert painting.shape == (1, *size, 3) and painting.dtype == np.float32
    assert painting.min() >= 0 and painting.max() <= 1


@pytest.mark.parametrize("style", ["hokusai_great_wave", WAVE], ids=["name", "picture"])
def test_a_painting_is_closer_to_the_style_than_the_photograph_was(style, photograph):
    painting = fast_stylize(photograph, style, precision="float32")
    look = FeatureExtractor("block2_conv1")
    target, before, after = (
        gram_matrix(look(image)["block2_conv1"])
        for image in (load_image(WAVE, 320), photograph, painting)
    )
    assert gram_distance(after, target) < 0.8 * gram_distance(before, target)


@pytest.mark.parametrize("style", ["hokusai_great_wave", WAVE], ids=["name", "picture"])
def test_strength_leads_from_the_photograph_to_the_painting(style, photograph):
    away = [
        np.abs(fast_stylize(photograph, style, strength, precision="float32") - photograph).mean()
        for strength in (0, 0.5, 1)
    ]
    assert away == sorted(away) and away[0] < min(0.1, 0.65 * away[2])


def test_a_mixture_counts_shares_by_their_proportions():
    poppies = fast_stylize(CAT, "hokusai_poppies", **EXACT)
    alone = fast_stylize(CAT, {"hokusai_poppies": 3, "klimt_baby": 0}, **EXACT)
    np.testing.assert_allclose(alone, poppies, atol=1e-5)
    half, same = (
        fast_stylize(CAT, {"hokusai_poppies": share, "klimt_baby": share}, **EXACT)
        for share in (1, 7)
    )
    np.testing.assert_allclose(half, same, atol=1e-4)
    assert np.abs(half - poppies).mean() > 0.01


def test_a_learnt_style_paints_with_its_numbers_alone_and_in_mixtures():
    learnt = LearntStyle("mine", known_styles()["klimt_baby"])
    named = fast_stylize(CAT, "klimt_baby", **EXACT)
    np.testing.assert_array_equal(fast_stylize(CAT, learnt, **EXACT), named)
    mixed = fast_stylize(CAT, {learnt: 1, "klimt_baby": 1}, **EXACT)
    np.testing.assert_allclose(mixed, named, atol=1e-4)


def test_each_transform_paints_another_picture(photograph):
    paintings = [
        fast_stylize(photograph, WAVE, transform=name, precision="float32") for name in TRANSFORMS
    ]
    for number, one in enumerate(paintings):
        assert all(np.abs(one - other).mean() > 0.002 for other in paintings[:number])


@pytest.mark.parametrize("style", ["klimt_baby", WAVE], ids=["name", "picture"])
def test_a_plain_picture_gets_no_lines_along_its_border(style):
    sky = np.full((64, 80, 3), (0.4, 0.6, 0.9))
    painting = fast_stylize(sky, style, precision="float32")[0]
    inside = painting[16:-16, 16:-16]
    for edge in (painting[:2], painting[-2:], painting[:, :2], painting[:, -2:]):
        away = np.abs(edge.reshape(-1, 3).mean(axis=0) - inside.reshape(-1, 3).mean(axis=0))
        assert away.max() < 0.05


@pytest.mark.parametrize("style", ["klimt_baby", WAVE], ids=["name", "picture"])
def test_a_large_picture_is_painted_in_bands_that_do_not_show(monkeypatch, style):
    image = np.random.default_rng(0).random((41, 12, 3)).repeat(8, axis=0).repeat(8, axis=1)
    whole = fast_stylize(image, style, precision="float32")
    monkeypatch.setattr(bands, "LARGE", 0)
    monkeypatch.setattr(bands, "BAND", 96)
    banded = fast_stylize(image, style, precision="float32")
    # Both add up in another order, and the transform makes more of that in a few places: 0.0004,
    # however many rows are around a band. With 48 rows a pixel is off by 0.005.
    np.testing.assert_allclose(banded, whole, atol=1e-3)
    assert np.abs(banded - whole).mean() < 2e-5


STATUS = pathlib.Path("/proc/self/status")  # unlike getrusage, nothing of the parent's


def peak(style):
    """The most memory of this process in MB, after painting the largest picture."""
    image = np.random.default_rng(0).random((256, 256, 3), "float32").repeat(8, 0).repeat(8, 1)
    assert fast_stylize(image, style, precision="float32").shape == (1, 2048, 2048, 3)
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


@pytest.mark.skipif(not STATUS.exists(), reason="memory is measured as Linux does")
@pytest.mark.parametrize("style", ["hokusai_great_wave", WAVE], ids=["name", "picture"])
def test_the_largest_picture_takes_less_than_two_gigabytes(in_own_process, style):
    assert in_own_process(peak, style) < 2000


def test_only_the_ratio_of_shares_counts_however_large_they_are():
    few, many = (
        style_numbers({"klimt_baby": share, "hokusai_poppies": 3 * share}) for share in (1, 5e307)
    )
    np.testing.assert_allclose(few, many, rtol=1e-6)


def test_stylize_takes_a_painting_as_its_start_and_has_less_to_do():
    painting = fast_stylize(CAT, "hokusai_great_wave", **EXACT)
    common = {"size": 96, "evaluations": 1, "progress": False, "precision": "float32"}
    ahead = stylize(CAT, WAVE, init=painting, **common).history["style"][0]
    assert ahead < 0.8 * stylize(CAT, WAVE, **common).history["style"][0]


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"style": "nobody"}, "unknown style 'nobody': choose one of arcimboldo_spring"),
        ({"style": "nobody.jpg"}, "'nobody.jpg' is missing"),
        ({"style": {}}, "needs at least one with a share above 0"),
        ({"style": {"klimt_baby": 0}}, "needs at least one with a share above 0"),
        ({"style": {"klimt_baby": -1}}, "the share of 'klimt_baby' is -1: give a number of at"),
        ({"style": {"nobody": 1}}, "unknown style 'nobody'"),
        ({"style": None}, "the style picture, a NoneType, cannot be loaded"),
        ({"strength": 1.5}, "strength is 1.5: give a number from 0 to 1"),
        ({"strength": "much"}, "strength is 'much': give a number from 0 to 1"),
        ({"strength": float("nan")}, "strength is nan: give a number from 0 to 1"),
        ({"size": 8}, "size is 8: give a whole number from 16 to 2048"),
        ({"size": 4096}, "size is 4096: give a whole number from 16 to 2048"),
        ({"size": 99.5}, "size is 99.5: give a whole number from 16 to 2048"),
        ({"transform": "magic"}, "unknown transform 'magic': choose one of identity, adain"),
        ({"precision": "half"}, "unknown precision 'half': choose one of auto, float32"),
        ({"content": "gone.jpg"}, "'gone.jpg' is missing"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(arguments, words):
    given = {"content": CAT, "style": "klimt_baby", **arguments}
    with pytest.raises(ValueError) as error:
        fast_stylize(**given)
    assert words in str(error.value) and "\n" not in str(error.value)
