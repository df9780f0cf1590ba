"""Reduced precision: chosen only where it is right and faster, and then good enough."""

import time

import numpy as np
import pytest
import tensorflow as tf

from nstlib import FeatureExtractor, Objective, example_path, load_image, stylize
from nstlib.engine import precision
from nstlib.objective import CONTENT_LAYERS, STYLE_LAYERS

PAIRS = [
    ("chelsea", "hokusai_great_wave"),
    ("astronaut", "van_gogh_houses_at_auvers"),
    ("china", "kandinsky_composition_viii"),
]


class Slow(Objective):
    """The same as any, after a while."""

    def __call__(self, image):
        time.sleep(0.5)
        return super().__call__(image)


def objective(kind, cat, wave, precision="float32", **weights):
    extractor = FeatureExtractor([*CONTENT_LAYERS, *STYLE_LAYERS], precision=precision)
    return kind(extractor, cat, wave, **weights)


@pytest.fixture
def reduced(monkeypatch):
    """A machine that is fast in bfloat16, whatever this one is."""
    monkeypatch.setattr(precision, "faster_precision", lambda: "mixed_bfloat16")


def test_cosine():
    a = tf.constant([[3.0, 0.0], [0.0, 4.0]])
    assert precision.cosine(a, a) == pytest.approx(1)
    assert precision.cosine(a, -7 * a) == pytest.approx(-1)
    assert precision.cosine(a, tf.constant([[0.0, 5.0], [5.0, 0.0]])) == 0
    assert precision.cosine(a, tf.constant([[1.0, 0.0], [0.0, 0.0]])) == pytest.approx(0.6)
    assert not precision.cosine(a, 0 * a) >= precision.COSINE, "no direction is not the same one"


@pytest.mark.parametrize(
    ("exact", "candidate", "chosen"),
    [
        ((Slow, {}), (Objective, {}), "mixed_bfloat16"),  # right and faster
        ((Slow, {}), (Objective, {"content_weight": 0, "tv_weight": 1000}), "float32"),  # wrong
        ((Slow, {}), (Objective, {"tv_weight": float("nan")}), "float32"),  # not a number
        ((Slow, {}), (Slow, {}), "float32"),  # right and no faster
        ((Objective, {}), (Slow, {}), "float32"),  # right and slower
    ],
)
def test_reduced_precision_has_to_be_right_and_faster(cat, wave, reduced, exact, candidate, chosen):
    made = {}

    def build(name):
        kind, weights = {"float32": exact, "mixed_bfloat16": candidate}[name]
        made[name] = objective(kind, cat, wave, **weights)
        return made[name]

    found, name = precision.choose_precision(build, cat, evaluations=1_000_000)
    assert name == chosen and found is made[chosen]
    assert set(made) == {"float32", "mixed_bfloat16"}


def test_a_small_run_or_a_machine_without_is_not_even_tried(cat, wave, reduced, monkeypatch):
    def build(name):
        assert name == "float32"
        return objective(Objective, cat, wave)

    assert precision.choose_precision(build, cat, evaluations=10)[1] == "float32"
    monkeypatch.setattr(precision, "faster_precision", lambda: None)
    assert precision.choose_precision(build, cat, evaluations=1_000_000)[1] == "float32"


@pytest.mark.parametrize("chosen", ["float32", "mixed_bfloat16"])
def test_auto_is_recorded_as_what_was_chosen(cat, wave, reduced, monkeypatch, chosen):
    monkeypatch.setattr(precision, "SMALL_RUN", 0)
    monkeypatch.setattr(precision, "WORTH", 0 if chosen == "mixed_bfloat16" else 1e9)
    result = stylize(cat, wave, size=64, evaluations=2, progress=False)
    assert result.settings["precision"] == chosen
    assert result.checkpoint.settings["precision"] == chosen


# ---- how good it is, on a machine that has it ----------------------------------------------------


@pytest.fixture(scope="module")
def fast_bfloat16():
    # Asked several times: when others are at work on this machine, one answer may be wrong.
    if not any(precision.faster_precision.__wrapped__() for _ in range(5)):
        pytest.skip("this machine is not faster in bfloat16: nobody would use it here")


def pair(names, size):
    return [load_image(example_path(name), max_side=size) for name in names]


@pytest.mark.parametrize("names", PAIRS)
def test_the_gradient_points_the_same_way(fast_bfloat16, names):
    content, style = pair(names, 256)
    gradients = [
        objective(Objective, content, style, kind)(content)[1]
        for kind in ("float32", "mixed_bfloat16")
    ]
    assert precision.cosine(*gradients) >= precision.COSINE


def test_the_painting_is_as_good(fast_bfloat16):
    def lowest(kind):
        settings = {"size": 128, "evaluations": 60, "progress": False, "precision": kind}
        image = stylize(content, style, **settings).image
        return float(judge(tf.constant(image))[0])  # both judged in full precision

    content, style = pair(PAIRS[0], 128)
    judge = objective(Objective, content, style)
    assert lowest("mixed_bfloat16") == pytest.approx(lowest("float32"), rel=0.02)


def test_the_product_is_timed_on_this_machine():
    found = precision.faster_precision()
    assert found in (None, "mixed_bfloat16", "mixed_float16")
    seconds = precision._product_seconds({"float32": tf.float32}, side=64)["float32"]
    assert 0 < seconds < np.inf
