"""The measurement of a class: a student is watched, and what was measured is kept."""

import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells shared memory"
)

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(ROOT / "benchmarks")
    import classroom
    import classroom_student


def test_a_student_is_measured():
    one = classroom_student.classroom(1, extra={"NST_FAST": "1", "TF_NUM_INTRAOP_THREADS": "1"})
    moments = [one["seconds"][name]["most"] for name in list(one["seconds"])]
    assert set(one["seconds"]) >= {"kernel ready", "nstlib imported", "first painting", "finished"}
    assert min(moments) > 0 and one["seconds"]["finished"]["most"] <= one["until the last"]
    assert 200 < one["after"]["uss"]["most"] <= one["after"]["rss"]["most"] < 2000
    assert one["after"]["rss"]["most"] <= one["peak rss"]["most"] + 1


def test_all_pieces_are_measured():
    stored = json.loads((ROOT / "benchmarks" / "classroom.json").read_text(encoding="utf-8"))
    assert list(stored["pieces"]) == list(classroom.pieces())


@pytest.fixture
def measure(monkeypatch, tmp_path):
    """Measures two quick pieces in an empty folder; returns what is stored, and what was called."""
    calls = []
    plan = {name: (lambda name=name: calls.append(name) or len(calls), {}) for name in ("a", "b")}
    monkeypatch.setattr(classroom, "pieces", lambda: plan)
    monkeypatch.setattr(classroom, "machine", lambda packages: {"cores": "2"})

    def run(*arguments):
        calls.clear()
        classroom.main([*arguments, "--output", str(tmp_path)])
        stored = json.loads((tmp_path / "classroom.json").read_text(encoding="utf-8"))
        return list(stored["pieces"]), list(calls)

    return run


def test_only_what_is_missing_is_measured(measure):
    assert measure("--only", "b") == (["b"], ["b"])
    assert measure() == (["a", "b"], ["a"])
    assert measure() == (["a", "b"], [])
    assert measure("--only", "b") == (["a", "b"], ["b"])
    assert measure("--fresh") == (["a", "b"], ["a", "b"])


def test_a_wrong_name_is_refused(measure, capsys):
    with pytest.raises(SystemExit):
        measure("--only", "c")
    assert "no measurement 'c'" in capsys.readouterr().err


def test_another_machine_measures_what_it_is_asked_and_says_so(
    measure, monkeypatch, capsys, tmp_path
):
    measure()
    monkeypatch.setattr(classroom, "machine", lambda packages: {"cores": "8"})
    with pytest.raises(SystemExit):
        measure()
    assert "--fresh" in capsys.readouterr().err
    assert measure("--only", "b") == (["a", "b"], ["b"])
    stored = json.loads((tmp_path / "classroom.json").read_text(encoding="utf-8"))
    assert stored["machine"] == {"cores": "2"} and stored["elsewhere"] == {"b": {"cores": "8"}}
    assert measure("--fresh", "--only", "b") == (["b"], ["b"])
    stored = json.loads((tmp_path / "classroom.json").read_text(encoding="utf-8"))
    assert stored["machine"] == {"cores": "8"} and not stored["elsewhere"]


def test_an_interrupted_measurement_keeps_what_is_finished(measure, monkeypatch):
    plan = classroom.pieces()

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(classroom, "pieces", lambda: plan | {"b": (interrupted, {})})
    with pytest.raises(KeyboardInterrupt):
        measure()
    monkeypatch.setattr(classroom, "pieces", lambda: plan)
    assert measure() == (["a", "b"], ["b"])
