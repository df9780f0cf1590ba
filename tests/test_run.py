"""A run: limits, the record, the best picture, and several sizes; on a bowl, and on pictures."""

import time

import numpy as np
import pytest
import tensorflow as tf

from nstlib import objective, paint, stylize
from nstlib.engine.run import HISTORY, Limits, Run
from nstlib.lbfgs import Point, evaluate_at

ONE = tf.ones((1, 1, 1, 3))


def at(image, **state):
    """What an optimiser is told about a point in a bowl."""
    loss = tf.reduce_sum(image**2)
    return Point(image, float(loss), 2 * image, tf.stack([loss, 0.0, 0.0]), **state)


def begun(*evaluations, stage=0, size=1, callback=None, **limits):
    run = Run(Limits(evaluations, **limits), callback, progress=False)
    run.begin(stage, size)
    return run


def record(run, *factors):
    """Points at so many times one; returns why the size is done after each."""
    reasons = []
    for factor in factors:
        run.record(at(factor * ONE))
        reasons.append(run.stopped)
    return reasons


def test_every_evaluation_counts_and_the_budget_ends_it():
    run = begun(2)
    assert record(run, 1, 2) == ["", "all 2 evaluations done"] and not run.over
    history = run.history()
    assert tuple(history) == HISTORY
    assert history["evaluation"] == [1, 2] and history["total"] == [3, 12]
    assert history["content"] == [3, 12] and history["size"] == [1, 1]


def test_the_best_picture_is_kept_not_the_last():
    run = begun(9)
    record(run, 2.0, 1.0, 3.0)
    assert run.best_total == 3
    np.testing.assert_array_equal(run.best_image, ONE)


def test_target_loss_ends_it():
    assert record(begun(9, target_loss=3.0), 2, 1) == ["", "the loss is down to 3, as asked"]


def test_target_loss_counts_only_at_the_last_size():
    run = begun(2, 2, target_loss=100.0)
    assert record(run, 1, 1) == ["", "all 2 evaluations done"]
    run.begin(stage=1, size=2)
    assert record(run, 1) == ["the loss is down to 3, as asked"]


def test_patience_ends_it_when_the_loss_hardly_falls():
    run = begun(99, patience=3)
    *before, last = record(run, 2.0, 1.0, 0.9999, 0.9998, 0.9997)  # less than a thousandth below
    assert before == [""] * 4 and last == "3 evaluations brought less than 0.1 %"


def test_patience_adds_up_small_progress():
    """Steps of 0.06 % each are progress when two of them are seen together."""
    assert not any(record(begun(99, patience=3), *(0.9997**step for step in range(20))))


def test_patience_begins_anew_with_each_size():
    run = begun(9, 9, patience=2)
    assert record(run, 1, 1, 1)[-1].startswith("2 evaluations brought less")
    run.begin(stage=1, size=2)
    assert [bool(reason) for reason in record(run, 2, 2, 2)] == [False, False, True]
    assert run.history()["size"] == [1, 1, 1, 2, 2, 2]


def test_time_ends_it_but_not_before_there_is_a_picture():
    run = begun(9, seconds=0.0)
    assert not run.stopped
    assert record(run, 1) == ["0 s are over, after 1 evaluations"] and run.over, "no other size"


def test_time_that_a_callback_takes_counts_before_the_next_evaluation():
    run = begun(9, seconds=0.2, callback=lambda progress: time.sleep(0.3))
    assert record(run, 1) == ["0.2 s are over, after 1 evaluations"]


def test_time_goes_on_from_the_record_of_a_run_that_goes_on():
    row = (1, 50.0, 1, 3.0, 3.0, 0.0, 0.0)
    run = Run(Limits([9], seconds=51.0), progress=False, rows=[row])
    run.begin(stage=0, size=1, best_image=ONE)
    assert record(run, 2) == [""]
    assert 50 <= run.history()["seconds"][-1] < 51
    assert run.best_total == 3, "the best of the record counts"
    time.sleep(1.1)
    assert record(run, 1) == ["51 s are over, after 3 evaluations"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_or_gradient_that_is_not_finite_is_not_recorded(bad):
    run = begun(9)
    with pytest.raises(ValueError, match="not finite at evaluation 1"):
        run.record(at(ONE * bad))
    record(run, 1)
    run.record(at(ONE * bad))
    assert "not finite at evaluation 2" in run.stopped and run.over and run.failed
    assert len(run.rows) == 1


def test_the_callback_sees_everything_and_may_stop():
    seen = []

    def callback(progress):
        seen.append(progress)
        return progress.evaluation == 2

    run = begun(9, size=7, callback=callback)
    assert record(run, 1, 2) == ["", "stopped by the callback after 2 evaluations"] and run.over
    last = seen[-1]
    assert (last.evaluation, last.size, last.total) == (2, 7, 12)
    assert last.terms == {"content": 12, "style": 0, "total_variation": 0}
    assert last.seconds == run.history()["seconds"][1]
    np.testing.assert_array_equal(last.image, ONE)


def test_a_snapshot_is_taken_between_two_steps_with_what_was_there():
    run = begun(9)
    run.record(at(2 * ONE, state=("first",)))
    run.record(at(ONE))  # in the middle of a step
    assert run.snapshot.evaluations == 1
    assert run.snapshot.state == ("first",)
    np.testing.assert_array_equal(run.snapshot.best_image, 2 * ONE)


def test_a_budget_that_is_used_up_already_is_said():
    rows = [(number, 1.0, 1, 3.0, 3.0, 0.0, 0.0) for number in (1, 2, 3)]
    run = Run(Limits([2]), progress=False, rows=rows)
    with pytest.raises(ValueError, match="has done 3 evaluations at size 1 already: .* not 2"):
        run.begin(stage=0, size=1)


# ---- paint: any objective, any optimiser ---------------------------------------------------------


def bowl(image):
    return tf.reduce_sum((image - 0.25) ** 2), 2 * (image - 0.25)


def test_paint_takes_an_objective_without_terms_and_an_optimiser_of_ones_own():
    def halving(evaluate, x, state=None):
        while True:
            yield evaluate_at(evaluate, x)
            x = x / 2

    run = paint(bowl, ONE, optimizer=halving, evaluations=3)
    assert run.stopped == "all 3 evaluations done"
    history = run.history()
    assert list(history) == ["evaluation", "seconds", "size", "total"]
    np.testing.assert_allclose(history["total"], [3 * (x - 0.25) ** 2 for x in (1, 0.5, 0.25)])
    np.testing.assert_array_equal(run.best_image, ONE / 4)


def test_paint_ends_where_no_step_leads_down():
    run = paint(lambda image: (tf.reduce_sum(image), tf.zeros_like(image)), ONE)
    assert run.stopped == "no step makes the loss any smaller" and len(run.rows) == 1


def test_an_interrupted_painting_is_kept_but_not_one_that_was_not_begun():
    def interrupted(image, calls=[]):  # noqa: B006
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return bowl(image)

    run = paint(interrupted, ONE)
    assert run.stopped == "interrupted after 2 evaluations" and run.best_image is not None

    def at_once(image):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint(at_once, ONE)


def test_paint_takes_pictures_of_any_kind_of_number():
    for start in (np.ones((1, 1, 1, 3)), [[[[1, 1, 1]]]], np.ones((1, 1, 1, 3), "uint8")):
        assert paint(bowl, start, evaluations=9).best_total < 1e-6


def test_paint_says_what_went_wrong():
    def breaks(image):
        value, gradient = bowl(image)
        return (value if value > 1 else value * float("nan")), gradient

    with pytest.warns(UserWarning, match="not finite at evaluation 2"):
        assert paint(breaks, ONE, first_change=0.5).best_total > 1
    with pytest.raises(ValueError, match="evaluations must be a whole number of at least 1, not 0"):
        paint(bowl, ONE, evaluations=0)


def test_paint_takes_an_optimiser_without_state_and_a_gradient_of_numpys():
    def numpys(image):
        return float(bowl(image)[0]), np.asarray(bowl(image)[1], "float64")

    def downhill(evaluate, x):
        while True:
            here = evaluate_at(evaluate, x)
            yield here
            x = x - here.gradient / 4

    run = paint(numpys, ONE, optimizer=downhill, evaluations=9)
    np.testing.assert_allclose(run.best_image, 0.25 + 0.75 / 2**8 * ONE, rtol=1e-6)
    for optimizer in ("lbfgs", "adam", "gradient-descent"):
        assert paint(numpys, ONE, optimizer=optimizer, evaluations=9).best_image.dtype == tf.float32


@pytest.mark.parametrize(
    ("yields", "error", "words"),
    [([], ValueError, "yielded nothing"), ([0.5], TypeError, "not a float")],
)
def test_an_optimiser_that_yields_no_points_is_told_so(yields, error, words):
    with pytest.raises(error, match=f"has to yield a Point for each evaluation .*{words}"):
        paint(bowl, ONE, optimizer=lambda evaluate, x: iter(yields))


def test_an_unknown_optimiser_gets_the_list():
    with pytest.raises(ValueError, match="unknown optimizer 'sgd': choose one of lbfgs, adam"):
        paint(bowl, ONE, optimizer="sgd")


# ---- several sizes, with pictures ----------------------------------------------------------------

SIZES = {"sizes": [32, 64], "progress": False, "precision": "float32"}


def test_sizes_follow_each_other_and_share_the_budget(cat, wave):
    seen = []
    result = stylize(cat, wave, evaluations=7, callback=seen.append, match_colors=0, **SIZES)
    assert result.history["size"] == [32] * 3 + [64] * 4
    assert result.history["evaluation"] == list(range(1, 8))
    assert result.stopped == "all 7 evaluations done"
    assert result.image.shape == cat.shape
    assert [max(progress.image.shape) for progress in seen] == result.history["size"]
    assert [progress.size for progress in seen] == result.history["size"]
    assert result.settings["sizes"] == [32, 64] and result.settings["evaluations"] == [3, 4]
    assert "size" not in result.settings
    at_last = result.history["total"][3:]
    best = seen[3 + int(np.argmin(at_last))].image
    np.testing.assert_array_equal(result.image, best)
    again = stylize(cat, wave, **result.settings, progress=False)
    np.testing.assert_allclose(again.image, result.image, atol=1e-4)


def test_a_run_that_ends_at_a_coarser_size_has_the_colours_of_each_region(cat, wave):
    left = np.zeros((43, 64))
    left[:, :30] = 1
    settings = SIZES | {"masks": left, "evaluations": 7, "style_scale": 0.8}
    stopped = stylize(cat, [wave, 1 - wave], callback=lambda p: p.evaluation == 3, **settings)
    assert stopped.image.shape == (1, 22, 32, 3) and stopped.settings["match_colors"] == 1
    again = stylize(cat, [wave, 1 - wave], **(stopped.settings | {"masks": left}), progress=False)
    np.testing.assert_allclose(again.image, stopped.image, atol=1e-4)


def test_a_size_begins_with_the_painting_of_the_last_one(cat, wave):
    result = stylize(cat, wave, evaluations=[12, 1], **SIZES)
    content = result.history["content"]
    assert content[0] == 0 and content[12] > 0.01


def test_patience_ends_a_size_and_the_next_begins(cat, wave):
    settings = SIZES | {"optimizer": "gradient-descent"}
    still = {"optimizer_settings": {"learning_rate": 0}}
    result = stylize(cat, wave, evaluations=40, patience=3, **settings, **still)
    assert result.history["size"] == [32] * 4 + [64] * 4
    assert result.stopped == "3 evaluations brought less than 0.1 %"


def test_limits_of_stylize(cat, wave):
    settings = SIZES | {"evaluations": [3, 30]}
    full = stylize(cat, wave, **settings)
    wanted = full.history["total"][10]
    reached = stylize(cat, wave, target_loss=wanted, **settings)
    assert reached.stopped.startswith("the loss is down to")
    assert min(reached.history["total"][3:]) <= wanted < min(reached.history["total"][3:-1])
    late = stylize(cat, wave, seconds=0, **settings)
    assert len(late.history["total"]) == 1 and late.stopped.startswith("0 s are over")
    assert late.settings["size"] == 32 and late.settings["evaluations"] == 1


def test_nothing_evaluated_at_a_size_leaves_the_coarser_picture(cat, wave, monkeypatch):
    """Settings and picture agree, however the run ended between two sizes."""
    original = objective.Objective.__call__

    def breaks_when_large(self, image):
        loss, gradient, terms = original(self, image)
        return (loss * float("nan") if image.shape[2] == 64 else loss), gradient, terms

    monkeypatch.setattr(objective.Objective, "__call__", breaks_when_large)
    with pytest.warns(UserWarning, match="not finite at evaluation 3"):
        result = stylize(cat, wave, evaluations=[2, 2], **SIZES)
    assert max(result.image.shape) == 32
    assert result.settings["size"] == 32 and result.settings["evaluations"] == 2
