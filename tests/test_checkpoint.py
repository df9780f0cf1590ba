"""Checkpoints: a run that was saved goes on as if it had never stopped, to the last bit."""

import functools
import importlib
import os
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from nstlib import example_path, load_image, stylize
from nstlib.conventions import CONVENTIONS, DEFAULT
from nstlib.engine.checkpoint import FORMAT, Saver, load_checkpoint, save_checkpoint

# On a GPU, sums are added up in any order: there, nothing is equal to the last bit.
QUICK = {"size": 48, "progress": False, "precision": "float32"}
FULL, HALF = 16, 8
WEIGHTS = CONVENTIONS[DEFAULT]
STYLIZE = importlib.import_module("nstlib.stylize")  # nstlib.stylize is the function


@pytest.fixture(scope="module")
def paint(cat, wave):
    return functools.partial(stylize, cat, wave, **QUICK)


@pytest.fixture(scope="module")
def whole(paint):
    """The run that nothing interrupts, by optimiser."""
    return functools.cache(lambda optimizer: paint(optimizer=optimizer, evaluations=FULL))


@pytest.fixture(scope="module")
def saved_once(paint, tmp_path_factory):
    path = tmp_path_factory.mktemp("half") / "run.npz"
    paint(evaluations=HALF, checkpoint=path)
    return path


@pytest.fixture
def half(saved_once, tmp_path):
    """A run saved after half of its evaluations, in a folder with nothing else."""
    return shutil.copy(saved_once, tmp_path / "run.npz")


def same(one, other):
    np.testing.assert_array_equal(one.image, other.image)
    timeless = [{**result.history, "seconds": None} for result in (one, other)]
    assert timeless[0] == timeless[1]
    assert one.settings == other.settings
    return True


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "gradient-descent"])
def test_resumed_from_a_file_equals_the_uninterrupted_run(paint, whole, optimizer, tmp_path):
    path = tmp_path / "run.npz"
    first = paint(optimizer=optimizer, evaluations=HALF, checkpoint=path)
    assert len(first.history["total"]) == HALF
    resumed = paint(optimizer=optimizer, evaluations=FULL, resume=path)
    assert same(resumed, whole(optimizer))
    assert resumed.history["seconds"] == sorted(resumed.history["seconds"])


def test_resumed_again_and_again(paint, whole, half):
    for evaluations in (9, 13):
        paint(evaluations=evaluations, resume=half)  # goes on saving in that file
    assert same(paint(evaluations=FULL, resume=half), whole("lbfgs"))


def test_a_result_can_be_resumed_in_memory(paint, whole):
    assert same(paint(evaluations=FULL, resume=paint(evaluations=HALF)), whole("lbfgs"))


def test_a_run_that_was_resumed_without_a_step_can_be_resumed_again(paint, whole, half, tmp_path):
    again = paint(evaluations=HALF, resume=half, checkpoint=tmp_path / "copy.npz")
    assert same(paint(evaluations=FULL, resume=again), whole("lbfgs"))
    assert same(paint(evaluations=FULL, resume=tmp_path / "copy.npz"), whole("lbfgs"))


def test_a_finished_run_resumed_with_its_budget_returns_its_picture(paint, half, tmp_path):
    finished = paint(evaluations=HALF)
    assert same(paint(evaluations=HALF, resume=half), finished)
    assert same(paint(evaluations=HALF, resume=finished), finished)


def test_a_budget_below_what_was_done_is_said(paint, half):
    done = len(load_checkpoint(half).rows)
    with pytest.raises(ValueError, match=f"has done {done} evaluations at size 48 already"):
        paint(evaluations=2, resume=half)
    paint(evaluations=done, resume=half)


def test_of_several_sizes_stopped_in_the_middle_of_the_second(cat, wave, tmp_path):
    settings = QUICK | {"sizes": [32, 48], "evaluations": [5, 9], "size": 1}
    path = tmp_path / "run.npz"
    stopped = stylize(
        cat, wave, checkpoint=path, callback=lambda progress: progress.evaluation == 9, **settings
    )
    assert stopped.history["size"] == [32] * 5 + [48] * 4
    assert load_checkpoint(path).snapshot.stage == 1
    uninterrupted = stylize(cat, wave, **settings)
    assert same(stylize(cat, wave, resume=path, **settings), uninterrupted)
    assert same(stylize(cat, wave, resume=stopped, **settings), uninterrupted)


@pytest.mark.parametrize("convention", ["mean-covariance", "wasserstein", "relative"])
def test_in_every_convention_with_masks_broad_strokes_and_two_styles(
    cat, wave, convention, tmp_path
):
    dance = load_image(example_path("renoir_moulin_de_la_galette"), max_side=48)
    left = np.zeros((43, 64))
    left[:, :30] = 1
    settings = QUICK | {"masks": left, "strokes": "broad", "evaluations": [4, 7]}
    paint = functools.partial(stylize, cat, [wave, dance], convention=convention, **settings)
    path = tmp_path / "run.npz"
    stopped = paint(checkpoint=path, callback=lambda progress: progress.evaluation == 8)
    assert stopped.history["size"] == [32] * 4 + [48] * 4
    uninterrupted = paint()
    assert same(paint(resume=path), uninterrupted)
    assert same(paint(resume=stopped), uninterrupted)


def test_what_is_loaded_is_what_was_saved(paint, tmp_path):
    saved = paint(evaluations=HALF).checkpoint
    save_checkpoint(saved, tmp_path / "run.npz")
    loaded = load_checkpoint(tmp_path / "run.npz")
    assert loaded.settings == saved.settings and loaded.pictures == saved.pictures
    assert loaded.rows == saved.rows
    for name, value in saved.snapshot.state._asdict().items():
        np.testing.assert_array_equal(getattr(loaded.snapshot.state, name), value)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


# ---- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"optimizer": "adam"}, "had optimizer='lbfgs', not 'adam'"),
        ({"convention": "jcjohnson"}, "had convention='mean-covariance', not 'jcjohnson'"),
        ({"style_weight": 11}, f"had style_weight={WEIGHTS.style_weight}, not 11.0"),
        ({"match_colors": 0.5}, "had match_colors=1.0, not 0.5"),
        ({"preserve_color": "match"}, "had preserve_color=None, not 'match'"),
        ({"strokes": "fine"}, "had style_scale=1.0, not 0.6"),
        ({"strokes": "broad"}, r"had sizes=\[48\], not \[32, 48\]"),
        ({"size": 40}, r"had sizes=\[48\], not \[40\]"),
        ({"seed": 1}, "had seed=0, not 1"),
        ({"variation": "squared"}, "had variation='absolute', not 'squared'"),
        ({"optimizer_settings": {"memory": 5}}, "had optimizer_settings=.*10.*, not .*5"),
        ({"precision": "mixed_bfloat16"}, "had precision='float32', not 'mixed_bfloat16'"),
    ],
)
def test_other_settings_are_refused_with_both_values(paint, half, setting, words):
    with pytest.raises(ValueError, match=words):
        paint(resume=half, **setting)


def test_a_setting_that_is_left_out_now_is_another_setting(paint, tmp_path):
    path = tmp_path / "run.npz"
    paint(evaluations=1, variation="squared", checkpoint=path)
    with pytest.raises(ValueError, match="had variation='squared', not 'absolute'"):
        paint(evaluations=2, resume=path)


def test_defaults_that_are_spelt_out_are_no_other_settings(paint, half):
    spelt_out = {"optimizer_settings": {"memory": 10}, "variation": "absolute"}
    spelt_out |= {"tv_weight": WEIGHTS.tv_weight, "strokes": "medium", "pooling": "average"}
    resumed = paint(evaluations=FULL, resume=half, **spelt_out)
    assert len(resumed.history["total"]) == FULL


def test_other_pictures_are_refused(cat, wave, noise, half):
    for pictures in ((noise, wave), (cat, noise), (cat, [wave, wave])):
        with pytest.raises(ValueError, match="has other pictures"):
            stylize(*pictures, resume=half, **QUICK)


def test_auto_precision_resumes_with_what_was_chosen(cat, wave, half):
    settings = QUICK | {"precision": "auto", "evaluations": HALF}
    assert stylize(cat, wave, resume=half, **settings).settings["precision"] == "float32"


@pytest.mark.parametrize("damage", ["truncated", "empty", "text", "other arrays", "a single array"])
def test_a_file_that_is_no_checkpoint_is_neither_resumed_nor_replaced(paint, half, damage):
    if damage == "other arrays":
        np.savez(half, weights=np.zeros(3))
    elif damage == "a single array":
        with open(half, "wb") as file:
            np.save(file, np.zeros(3))
    else:
        data = half.read_bytes()
        half.write_bytes({"truncated": data[: len(data) // 2], "empty": b""}.get(damage, b"hello"))
    before = half.read_bytes()
    for use in ("resume", "checkpoint"):
        with pytest.raises(ValueError, match="run.npz is not a whole checkpoint of nstlib"):
            paint(evaluations=2, **{use: half})
    assert half.read_bytes() == before


def test_another_format_is_named(paint, half):
    with np.load(half) as file:
        arrays = dict(file)
    arrays["about"] = str(arrays["about"]).replace(f'"format": {FORMAT}', '"format": 99')
    np.savez(half, **arrays)
    with pytest.raises(
        ValueError, match=f"checkpoint of format 99, and this nstlib reads {FORMAT}"
    ):
        paint(resume=half)


def test_a_place_that_will_not_do_is_found_before_the_work(paint, tmp_path):
    def worked(progress):
        raise AssertionError("worked")

    with pytest.raises(ValueError, match="folder of the checkpoint .*no/run.npz is missing"):
        paint(checkpoint=tmp_path / "no" / "run.npz", callback=worked)
    with pytest.raises(ValueError, match="is a folder: give the name of a file"):
        paint(checkpoint=tmp_path, callback=worked)
    with pytest.raises(FileNotFoundError, match="no checkpoint .*run.npz: check the path"):
        paint(resume=tmp_path / "run.npz", callback=worked)


# ---- when something goes wrong -------------------------------------------------------------------


def resumed_on_a_full_disk(pictures, path):
    """Nobody may write more than 20 kB into a file; saved at every step, and at the end."""
    import resource  # here, as Windows has none

    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))
    STYLIZE.Saver = functools.partial(Saver, seconds=0)
    paint = functools.partial(stylize, *pictures, evaluations=FULL, **QUICK)
    with pytest.warns(UserWarning, match="could not be saved in .*run.npz: .*too large") as warned:
        result = paint(resume=path)
    assert len(warned) > 2
    both = (result, paint(resume=result))
    return [SimpleNamespace(image=r.image, history=r.history, settings=r.settings) for r in both]


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_full_disk_warns_and_the_run_goes_on(whole, half, cat, wave, in_own_process):
    before = half.read_bytes()
    result, again = in_own_process(resumed_on_a_full_disk, (cat, wave), half)
    assert same(result, whole("lbfgs"))
    assert half.read_bytes() == before, "the older checkpoint is whole"
    assert [path.name for path in half.parent.iterdir()] == ["run.npz"], "and nothing is left over"
    assert same(again, whole("lbfgs")), "memory has it all"


def painted_after(pictures, sizes):
    """The painting of a process that has painted at these sizes before."""
    for size in sizes:
        stylize(*pictures, size=size, evaluations=4, progress=False)
    return stylize(*pictures, evaluations=FULL, **QUICK).image


def test_what_a_process_painted_before_changes_no_bit(cat, wave, in_own_process):
    first, later = (in_own_process(painted_after, (cat, wave), sizes) for sizes in ((), (32, 40)))
    np.testing.assert_array_equal(first, later)


def test_it_is_saved_at_most_so_often(tmp_path, paint, monkeypatch):
    saved = []

    class Counted(Saver):
        def save(self, run):
            saved.append(len(run.rows))
            return super().save(run)

    settings = {"evaluations": 5, "optimizer": "adam", "checkpoint": tmp_path / "run.npz"}
    for seconds, expected in ((1000, [1, 5]), (0, [1, 2, 3, 4, 5, 5])):  # and at the end
        saved.clear()
        monkeypatch.setattr(STYLIZE, "Saver", functools.partial(Counted, seconds=seconds))
        paint(**settings)
        assert saved == expected


KILLED = """
import functools, importlib, sys, time
import numpy as np
module = importlib.import_module("nstlib.stylize")
module.Saver = functools.partial(module.Saver, seconds=0.2)

def say(progress):
    print(progress.evaluation, progress.seconds, flush=True)
    time.sleep(0.05)

cat, wave = (np.load(f"{sys.argv[1]}/{name}.npy") for name in ("cat", "wave"))
module.stylize(cat, wave, size=48, evaluations=1000, progress=False, precision="float32",
               checkpoint=f"{sys.argv[1]}/run.npz", callback=say)
"""


def test_a_killed_process_loses_no_more_than_the_interval(paint, cat, wave, tmp_path):
    np.save(tmp_path / "cat.npy", cat)
    np.save(tmp_path / "wave.npy", wave)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        evaluation, seconds = line.split()
        if int(evaluation) == 20:
            process.send_signal(signal.SIGKILL)
            break
    assert process.wait() == -signal.SIGKILL
    rows = load_checkpoint(tmp_path / "run.npz").rows
    assert 1 <= len(rows) <= 21
    longest = max(np.diff([row[1] for row in rows], prepend=0.0)[1:], default=1.0)
    assert float(seconds) - rows[-1][1] <= 0.2 + 4 * max(longest, 0.1), "a step, and the interval"
    resumed = paint(evaluations=24, resume=tmp_path / "run.npz")
    assert same(resumed, paint(evaluations=24))


def test_an_interruption_while_the_end_is_saved_loses_nothing(paint, tmp_path, monkeypatch):
    module, saved = importlib.import_module("nstlib.engine.checkpoint"), []

    def interrupted(checkpoint, path):
        saved.append(len(checkpoint.rows))
        if len(saved) == 2:
            raise KeyboardInterrupt
        save_checkpoint(checkpoint, path)

    monkeypatch.setattr(module, "save_checkpoint", interrupted)
    result = paint(evaluations=4, optimizer="adam", checkpoint=tmp_path / "run.npz")
    assert saved == [1, 4, 4] and len(result.history["total"]) == 4
    assert len(load_checkpoint(tmp_path / "run.npz").rows) == 4


def test_a_link_as_checkpoint_stays_a_link(paint, tmp_path):
    (tmp_path / "far").mkdir()
    link = tmp_path / "run.npz"
    link.symlink_to("far/it.npz")
    paint(evaluations=2, checkpoint=link)
    assert link.is_symlink() and len(load_checkpoint(link).rows) > 0
    assert [path.name for path in (tmp_path / "far").iterdir()] == ["it.npz"]
    paint(evaluations=3, resume=link)
    assert link.is_symlink()
