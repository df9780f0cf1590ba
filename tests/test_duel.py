"""The comparison of optimisers: the race is fair, and the file says what happened in it."""

import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from nstlib.check.references import scipy_lbfgsb

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "data" / "optimizer_duel.json"

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(ROOT / "benchmarks")
    import duel
    import duel_plan
    import duel_race
    import duel_report


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    folder = tmp_path_factory.mktemp("duel")
    command = [sys.executable, ROOT / "benchmarks" / "duel.py", "--quick", "--folder", folder]
    # In a process of its own, where it can choose the threads of NumPy before NumPy is there.
    done = subprocess.run(
        [*map(str, command), "--output", str(folder / "duel.json")],
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(params=[pytest.param("quick", marks=pytest.mark.slow), "committed"])
def found(request):
    """The file, and the settings that it should have been made with."""
    if request.param == "quick":
        text = (request.getfixturevalue("quick") / "duel.json").read_text()
        return json.loads(text), duel.QUICK
    if not COMMITTED.exists():
        pytest.skip("data/optimizer_duel.json is not there: make duel")
    return json.loads(COMMITTED.read_text()), duel.FULL


def bowl(image):
    """An objective whose lowest point is at 0.25: loss, gradient, and no terms."""
    x = tf.cast(image, "float32")
    scale = tf.range(1.0, 1.0 + x.shape[0])
    return tf.reduce_sum(scale * (x - 0.25) ** 2), 2 * scale * (x - 0.25), None


# ---- the file ------------------------------------------------------------------------------------


def test_all_that_it_holds_is_documented(found):
    file, _ = found
    about, sections = file["about"], set(file) - {"about"}
    assert sections <= set(about) <= sections | {"what", "judge"}
    for key in {key for run in file["runs"] for key in run} - {"contender", "pair", "start"}:
        assert f"{key}:" in about["runs"] or f"{key}," in about["runs"], key
    for key in file["settings"]:
        assert f"{key}:" in about["settings"], key
    for key in next(iter(file["contenders"].values())).keys() - {"optimizer", "options", "budget"}:
        assert f"{key}:" in about["contenders"], key


def test_everybody_is_there_with_the_right_budget(found):
    file, settings = found
    assert file["settings"] == settings
    wanted = {
        (name, *pair, start)
        for name in duel.CONTENDERS
        for pair in settings["pairs"]
        for start in settings["starts"]
    }
    assert {(run["contender"], *run["pair"], run["start"]) for run in file["runs"]} == wanted
    assert len(file["runs"]) == len(wanted)
    for name, contender in file["contenders"].items():
        values = max(3 * height * width for height, width in (r["shape"] for r in file["runs"]))
        assert contender == duel_report.describe(duel.CONTENDERS[name], settings, values)


def test_losses_fall_and_seconds_pass(found):
    file, _ = found
    for run in file["runs"]:
        budget = file["contenders"][run["contender"]]["budget"]
        marks = [mark for mark in file["marks"] if mark <= budget]
        assert marks[-1] == budget >= run["evaluations"] > 0
        assert len(run["loss"]) == len(run["seconds"]) == len(marks)
        assert sorted(run["loss"], reverse=True) == run["loss"] and run["loss"][-1] > 0
        assert sorted(run["seconds"]) == run["seconds"] and run["milliseconds"] > 0
        reported = [mark for mark in file["reported"] if mark <= budget]
        assert len(run["style"]) == len(run["content"]) == len(reported)
        assert all(distance > 0 for distance in run["style"])
        assert all(-1 <= similarity <= 1.0001 for similarity in run["content"])


def test_all_start_from_the_same_point_of_the_same_objective(found):
    file, settings = found
    for pair in settings["pairs"]:
        for start in settings["starts"]:
            runs = [r for r in file["runs"] if r["pair"] == pair and r["start"] == start]
            assert len({run["gradient"] for run in runs}) == 1
            assert [run["loss"][0] for run in runs] == pytest.approx(
                [runs[0]["loss"][0]] * len(runs), rel=1e-4
            )


def test_the_summary_follows_from_the_runs(found):
    file, _ = found
    for start, by_contender in file["summary"].items():
        finals = {}
        best = file["best_adam"][start]
        adams = {tuple(r["pair"]): r for r in runs_of(file, start, best)}
        for name, marks in by_contender.items():
            runs = runs_of(file, start, name)
            finals[name] = statistics.median(run["loss"][-1] for run in runs)
            for j, (mark, measures) in enumerate(marks.items()):
                i = file["marks"].index(int(mark))
                ratios = [run["loss"][i] / adams[tuple(run["pair"])]["loss"][i] for run in runs]
                assert_spread(measures["loss"], [run["loss"][i] for run in runs])
                assert_spread(measures["over_adam"], ratios)
                assert_spread(measures["style"], [run["style"][j] for run in runs])
                assert_spread(measures["content"], [run["content"][j] for run in runs])
            for run in runs:
                assert_reached(run, file["marks"], adams[tuple(run["pair"])]["loss"][-1])
        assert finals[best] == min(finals[name] for name in duel.ADAMS)
        descent = file["best_descent"][start]
        assert finals[descent] == min(finals[name] for name in duel.DESCENTS)
    for name, speed in file["speed"].items():
        runs = [run for run in file["runs"] if run["contender"] == name]
        assert_spread(speed, [run["milliseconds"] for run in runs])


def runs_of(file, start, name):
    return [run for run in file["runs"] if run["start"] == start and run["contender"] == name]


def assert_spread(spread, numbers):
    wanted = [statistics.median(numbers), min(numbers), max(numbers)]
    assert spread == pytest.approx(wanted, rel=1e-4)


def assert_reached(run, marks, goal):
    """No mark before `reached` is clearly below the goal, and none after it clearly above."""
    for mark, loss in zip(marks, run["loss"], strict=False):
        if run["reached"] is None or mark < run["reached"]:
            assert loss > goal * (1 - 1e-4)
        else:
            assert loss < goal * (1 + 1e-4)


def test_it_is_small_and_names_no_machine_nor_folder(found):
    file, _ = found
    text = duel_report.to_text(file)
    assert len(text) < 150_000 and json.loads(text) == file
    assert str(pathlib.Path.home()) not in text and str(ROOT) not in text
    assert set(file["machine"]) == {*duel_report.machine(), "date"}


@pytest.mark.slow
def test_a_finished_problem_is_not_run_again(quick, monkeypatch, tmp_path, capsys):
    def refuse(*_):
        raise AssertionError("run again")

    monkeypatch.setattr(duel, "run_problem", refuse)
    arguments = ["--quick", "--folder", str(quick), "--output", str(tmp_path / "again.json")]
    duel.main(arguments)
    assert (tmp_path / "again.json").read_text() == (quick / "duel.json").read_text()
    assert "Adam 0.02" in capsys.readouterr().out
    monkeypatch.setitem(duel.QUICK, "seed", 1)  # other settings: what is kept does not count
    with pytest.raises(AssertionError, match="run again"):
        duel.main(arguments)


# ---- the race ------------------------------------------------------------------------------------


def test_racers_take_turns_and_stop_at_their_budgets():
    order = []

    def racer(name, budget):
        def objective(image):
            order.append(name)
            return bowl(image)

        contender = duel_plan.Contender("adam", {"learning_rate": 0.01})
        return duel_race.Racer(objective, tf.ones(5), contender, budget, block=2, reported=(3,))

    racers = [racer("a", 5), racer("b", 4)]
    duel_race.race(racers)
    assert "".join(order) == "aabbbbaaa"  # the order turns round after each block
    assert [len(r.losses) for r in racers] == [5, 4] and set(racers[0].images) == {3}


def test_an_error_in_a_racer_is_told():
    def broken(image):
        raise ZeroDivisionError("broken")

    with pytest.raises(ZeroDivisionError, match="broken"):
        duel_race.race([duel_race.Racer(broken, tf.ones(3), duel_plan.Contender("scipy", {}), 5)])


def test_the_restarted_one_forgets_and_goes_on_from_its_best():
    racing = duel_race.restarted(bowl, tf.linspace(0.3, 1.0, 40), every=6, memory=5)
    points = list(itertools.islice(racing, 17))
    for again in (6, 12):
        best = min(points[:again], key=lambda point: point.value)
        np.testing.assert_array_equal(points[again].x, best.x)


def test_scipy_goes_the_same_way_when_it_is_paused():
    start, values = tf.linspace(0.3, 1.0, 40), []

    def evaluate(x):
        value, gradient, _ = bowl(x)
        values.append(float(value))
        return value, gradient

    scipy_lbfgsb(evaluate, start)
    paused = [point.value for point in duel_race.scipy_lbfgsb(bowl, start)]
    assert len(values) > 3 and paused == values


def test_the_judge_prefers_the_style(cat, wave):
    cat, wave = cat[:, :32], wave[:, :32, : cat.shape[2]]
    judge = duel_race.Judge(cat, wave)
    assert judge(cat) == pytest.approx((1.0, 1.0), abs=1e-3)
    distance, similarity = judge(0.2 * cat + 0.8 * wave)
    assert 0 < distance < 0.7 and similarity < 0.9
