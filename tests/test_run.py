"""A run: limits, the record, the best picture, and several sizes; on a bowl, and on pictures."""

import time

import numpy as np
import pytest
import tensorflow as tf

from nstlib import objective, stylize
from nstlib.engine.run import HISTORY, Limits, NotFinite, Run, SizeDone, StopRun

ONE = tf.ones((1, 1, 1, 3))


def bowl(image):
    loss = tf.reduce_sum(image**2)
    return loss, 2 * image, tf.stack([loss, 0.0, 0.0])


def begun(*evaluations, stage=0, size=1, callback=None, **limits):
    run = Run(Limits(evaluations, **limits), callback, progress=False)
    run.begin(bowl, stage, size)
    return run


def test_every_evaluation_counts_and_the_budget_ends_it():
    run = begun(2)
    run(ONE), run(2 * ONE)
    with pytest.raises(SizeDone, match="all 2 evaluations done"):
        run(ONE)
    history = run.history()
    assert tuple(history) == HISTORY
    assert history["evaluation"] == [1, 2] and history["total"] == [3, 12]
    assert history["content"] == [3, 12] and history["size"] == [1, 1]


def test_the_best_picture_is_kept_not_the_last():
    run = begun(9)
    for factor in (2.0, 1.0, 3.0):
        run(factor * ONE)
    assert run.best_total == 3
    np.testing.assert_array_equal(run.best_image, ONE)


def test_target_loss_ends_it_before_the_next_evaluation():
    run = begun(9, target_loss=3.0)
    run(2 * ONE), run(ONE)
    with pytest.raises(SizeDone, match="the loss is down to 3, as asked"):
        run(ONE)
    assert len(run.rows) == 2


def test_target_loss_counts_only_at_the_last_size():
    run = begun(2, 2, target_loss=100.0)
    run(ONE), run(ONE)
    with pytest.raises(SizeDone, match="all 2 evaluations done"):
        run(ONE)
    run.begin(bowl, stage=1, size=2)
    run(ONE)
    with pytest.raises(SizeDone, match="down to 3"):
        run(ONE)


def test_patience_ends_it_when_the_loss_hardly_falls():
    run = begun(99, patience=3)
    for factor in (2.0, 1.0, 0.9999, 0.9998, 0.9997):  # 3, then less than a thousandth below
        run(factor * ONE)
    with pytest.raises(SizeDone, match="3 evaluations brought less than 0.1 %"):
        run(ONE)


def test_patience_adds_up_small_progress():
    """Steps of 0.06 % each are progress when two of them are seen together."""
    run = begun(99, patience=3)
    for step in range(20):
        run(ONE * 0.9997**step)
    assert len(run.rows) == 20


def test_patience_begins_anew_with_each_size():
    run = begun(9, 9, patience=2)
    run(ONE), run(ONE), run(ONE)
    with pytest.raises(SizeDone):
        run(ONE)
    run.begin(bowl, stage=1, size=2)
    run(2 * ONE), run(2 * ONE), run(2 * ONE)
    with pytest.raises(SizeDone):
        run(ONE)
    assert run.history()["size"] == [1, 1, 1, 2, 2, 2]


def test_time_ends_it_but_not_before_there_is_a_picture():
    run = begun(9, seconds=0.0)
    run(ONE)
    with pytest.raises(StopRun, match="0 s are over, after 1 evaluations") as stopped:
        run(ONE)
    assert not isinstance(stopped.value, SizeDone), "no other size begins"


def test_time_goes_on_from_the_record_of_a_run_that_goes_on():
    row = (1, 50.0, 1, 3.0, 3.0, 0.0, 0.0)
    run = Run(Limits([9], seconds=51.0), progress=False, rows=[row])
    run.begin(bowl, stage=0, size=1, best_image=ONE)
    run(2 * ONE)
    assert 50 <= run.history()["seconds"][-1] < 51
    assert run.best_total == 3, "the best of the record counts"
    time.sleep(1.1)
    with pytest.raises(StopRun, match="51 s are over"):
        run(ONE)


def test_a_loss_or_gradient_that_is_not_finite_is_not_recorded():
    run = begun(9)
    run(ONE)
    for bad in (float("nan"), float("inf")):
        with pytest.raises(NotFinite, match="not finite at evaluation 2"):
            run(ONE * bad)
    assert len(run.rows) == 1


def test_the_callback_sees_everything_and_may_stop():
    seen = []

    def callback(progress):
        seen.append(progress)
        return progress.evaluation == 2

    run = begun(9, size=7, callback=callback)
    run(ONE)
    with pytest.raises(StopRun, match="stopped by the callback after 2 evaluations"):
        run(2 * ONE)
    last = seen[-1]
    assert (last.evaluation, last.size, last.total) == (2, 7, 12)
    assert last.terms == {"content": 12, "style": 0, "total_variation": 0}
    assert last.seconds == run.history()["seconds"][1]
    np.testing.assert_array_equal(last.image, ONE)


def test_a_snapshot_holds_what_was_there_when_it_was_taken():
    run = begun(9)
    run(2 * ONE)
    run.remember(None)
    run(ONE)
    assert run.snapshot.evaluations == 1 and run.snapshot.best_total == 12
    np.testing.assert_array_equal(run.snapshot.best_image, 2 * ONE)


def test_a_budget_that_is_used_up_already_is_said():
    rows = [(number, 1.0, 1, 3.0, 3.0, 0.0, 0.0) for number in (1, 2, 3)]
    run = Run(Limits([2]), progress=False, rows=rows)
    with pytest.raises(ValueError, match="has done 3 evaluations at size 1 already: .* not 2"):
        run.begin(bowl, stage=0, size=1)


# ---- several sizes, with pictures ----------------------------------------------------------------

SIZES = {"sizes": [32, 64], "progress": False, "precision": "float32"}


def test_sizes_follow_each_other_and_share_the_budget(cat, wave):
    seen = []
    result = stylize(cat, wave, evaluations=7, callback=seen.append, **SIZES)
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
