"""Style transfer from end to end, on small pictures: what is returned, and what can go wrong."""

import json
import threading

import numpy as np
import pytest
import tensorflow as tf

from nstlib import ImageError, Timeline, objective, stylize
from nstlib.check.references import evaluations_until
from nstlib.optimizers import OPTIMIZERS

QUICK = {"size": 64, "evaluations": 12, "progress": False}


def test_a_painting_comes_closer_to_the_style(cat, wave):
    result = stylize(cat, wave, **QUICK)
    history = result.history
    assert result.image.shape == cat.shape and result.image.dtype == np.float32
    assert 0 <= result.image.min() and result.image.max() <= 1
    assert min(history["style"]) < 0.5 * history["style"][0]
    assert history["content"][0] == 0 < history["content"][-1]


def test_history_is_complete_and_adds_up(cat, wave):
    history = stylize(cat, wave, **QUICK).history
    assert history["evaluation"] == list(range(1, 13))
    assert {len(values) for values in history.values()} == {12}
    assert history["seconds"] == sorted(history["seconds"])
    terms = np.array([history[name] for name in objective.TERMS])
    np.testing.assert_allclose(terms.sum(axis=0), history["total"], rtol=1e-5)


def test_the_image_is_the_one_with_the_lowest_loss(cat, wave):
    seen = []

    def keep(progress):
        seen.append((progress.total, progress.image.copy()))

    result = stylize(cat, wave, callback=keep, match_colors=0, **QUICK)  # its colours as painted
    lowest = int(np.argmin(result.history["total"]))
    np.testing.assert_array_equal(result.image, seen[lowest][1])
    np.testing.assert_array_equal(result.image, seen[-1][1])


def test_the_same_settings_make_the_same_picture(cat, wave):
    first, again = (stylize(cat, wave, **QUICK).image for _ in range(2))
    np.testing.assert_allclose(first, again, atol=1e-4)


def test_settings_tell_how_to_make_it_again(cat, wave):
    first = stylize(
        cat, wave, callback=lambda p: p.evaluation == 7, **QUICK, style_weight=7, seed=3
    )
    wanted = {"network": "vgg19-lite", "evaluations": 7, "style_weight": 7, "seed": 3, "size": 64}
    assert wanted.items() <= first.settings.items()
    again = stylize(cat, wave, **json.loads(json.dumps(first.settings)), progress=False)
    np.testing.assert_allclose(again.image, first.image, atol=1e-4)


def test_numpys_numbers_are_numbers(cat, wave):
    sizes = {"size": np.int64(64), "evaluations": np.int32(2), "style_weight": np.float32(3)}
    assert stylize(cat, wave, **sizes, progress=False).settings["style_weight"] == 3


def test_weights_do_what_their_names_say(cat, wave):
    def change(**weights):
        settings = {**QUICK, "evaluations": 30, **weights}
        return float(np.abs(stylize(cat, wave, **settings).image - cat).mean())

    assert change(content_weight=100) < change() < change(style_weight=1000)
    smooth, rough = (stylize(cat, wave, **QUICK, tv_weight=w).image for w in (100, 0))
    assert np.abs(np.diff(smooth, axis=1)).mean() < 0.5 * np.abs(np.diff(rough, axis=1)).mean()


def test_content_and_style_may_have_different_sizes(cat, wave):
    result = stylize(cat[:, :33, :47], wave[:, :20], **{**QUICK, "evaluations": 2})
    assert result.image.shape == (1, 33, 47, 3)


def test_a_callback_may_stop_the_run(cat, wave):
    result = stylize(cat, wave, callback=lambda progress: progress.evaluation == 3, **QUICK)
    assert len(result.history["total"]) == 3
    assert result.stopped == "stopped by the callback after 3 evaluations"


def test_an_interruption_returns_the_best_picture_so_far(cat, wave):
    def interrupt(progress):
        if progress.evaluation == 4:
            raise KeyboardInterrupt

    result = stylize(cat, wave, callback=interrupt, **QUICK)
    assert result.stopped == "interrupted after 4 evaluations"
    assert not np.array_equal(result.image, cat)


def test_an_interruption_before_there_is_a_picture_goes_on_to_the_caller(cat, wave, monkeypatch):
    def interrupted(self, image):
        raise KeyboardInterrupt

    monkeypatch.setattr(objective.Objective, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stylize(cat, wave, **QUICK)


def test_a_loss_that_is_not_finite_from_the_start_is_an_error(cat, wave, monkeypatch):
    def broken(self, image):
        nan = tf.constant(float("nan"))
        return nan, image, tf.stack([nan, nan, nan])

    monkeypatch.setattr(objective.Objective, "__call__", broken)
    with pytest.raises(ValueError, match="not finite at evaluation 1"):
        stylize(cat, wave, **QUICK)


@pytest.mark.parametrize("broken", ["loss", "gradient"])
def test_a_loss_that_is_not_finite_stops_with_the_reason(cat, wave, monkeypatch, broken):
    original, calls = objective.Objective.__call__, []

    def fails_at_the_fifth(self, image):
        calls.append(1)
        loss, gradient, terms = original(self, image)
        if len(calls) == 5:
            nan = tf.constant(float("nan"))
            return (nan, gradient, terms) if broken == "loss" else (loss, gradient * nan, terms)
        return loss, gradient, terms

    monkeypatch.setattr(objective.Objective, "__call__", fails_at_the_fifth)
    with pytest.warns(UserWarning, match="not finite at evaluation 5"):
        result = stylize(cat, wave, **QUICK)
    assert len(result.history["total"]) == 4
    assert np.isfinite(result.image).all() and not np.array_equal(result.image, cat)


def test_a_callbacks_own_error_is_not_swallowed(cat, wave):
    def wrong(progress):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        stylize(cat, wave, callback=wrong, **QUICK)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"size": 8}, "size must be a whole number of at least 16, not 8"),
        ({"size": 64.5}, "size must be a whole number"),
        ({"evaluations": 0}, "evaluations must be a whole number of at least 1"),
        ({"evaluations": True}, "evaluations must be"),
        ({"seed": -1}, "seed must be"),
        ({"style_weight": -1}, "style_weight must be a number of at least 0"),
        ({"tv_weight": float("nan")}, "tv_weight must be"),
        ({"content_weight": float("inf")}, "content_weight must be"),
        ({"content_weight": "5"}, "content_weight must be"),
        ({"content_weight": 0, "style_weight": 0, "tv_weight": 0}, "all three weights are 0"),
        ({"network": "vgg99"}, "unknown network 'vgg99'"),
        ({"pooling": "min"}, "unknown pooling 'min'"),
        ({"callback": 3}, "callback must be a function that takes a Progress, not 3"),
        ({"resume": 3}, "resume must be the path of a file, or a Result, not 3"),
        ({"checkpoint": 3}, "checkpoint must be the path of a file, not 3"),
    ],
)
def test_settings_out_of_range_get_a_sentence(cat, wave, setting, words):
    with pytest.raises(ValueError, match=words):
        stylize(cat, wave, **{**QUICK, **setting})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_paints(cat, wave, optimizer):
    result = stylize(cat, wave, optimizer=optimizer, convention="relative", **QUICK)
    # Adam with TensorFlow's epsilon is slow here (see `OPTIMIZERS`).
    assert min(result.history["total"]) < 0.97 * result.history["total"][0]
    assert 0 <= result.image.min() and result.image.max() <= 1
    assert result.settings["optimizer"] == optimizer
    assert result.checkpoint is not None


def test_an_optimizers_own_settings_count(cat, wave):
    def change(rate):
        settings = {**QUICK, "evaluations": 2, "optimizer_settings": {"learning_rate": rate}}
        seen = []
        stylize(cat, wave, optimizer="adam", callback=lambda p: seen.append(p.total), **settings)
        return abs(seen[1] - seen[0])

    assert change(1e-5) < 0.1 * change(1e-2)


def test_a_bad_picture_is_named(cat):
    with pytest.raises(ImageError, match="nowhere.jpg"):
        stylize(cat, "nowhere.jpg", **QUICK)


def test_random_networks_paint_too_and_follow_the_seed(cat, wave):
    quick = {**QUICK, "evaluations": 3, "size": 32, "network": "vgg19-random"}
    one, other = (stylize(cat, wave, seed=seed, **quick).image for seed in (1, 2))
    assert not np.allclose(one, other)


def test_timeline_keeps_what_it_was_asked_for(cat, wave):
    timeline = Timeline(at=(1, 5, 99))
    stylize(cat, wave, callback=timeline, **QUICK)
    assert list(timeline.images) == [1, 5]
    np.testing.assert_array_equal(timeline.images[1], cat)


def test_the_progress_bar_counts_evaluations(cat, wave, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)  # whoever builds a notebook sets it
    stylize(cat, wave, **{**QUICK, "progress": True})
    assert "12/12" in capsys.readouterr().err


def test_the_progress_bar_can_be_switched_off_from_outside(cat, wave, capsys, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    stylize(cat, wave, **{**QUICK, "progress": True})
    assert "12/12" not in capsys.readouterr().err


def test_it_works_in_a_thread(cat, wave):
    results = []
    thread = threading.Thread(target=lambda: results.append(stylize(cat, wave, **QUICK)))
    thread.start()
    thread.join()
    assert len(results[0].history["total"]) == 12


def test_evaluations_until():
    totals = [10.0, 6.0, 7.0, 4.0, 2.0, 3.0]
    assert [evaluations_until(totals, share) for share in (0, 0.5, 0.6, 0.75, 1)] == [1, 2, 4, 4, 5]
