"""docs/deploying.md says what was measured, and its configuration is one that exists.

A rule takes the guide's text and yields complaints. The first test applies all rules to the guide;
the second one breaks the guide in one way each, and the rule in question has to notice.
"""

import copy
import doctest
import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from guides import dead_links, rows

import student_kit

ROOT = pathlib.Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "deploying.md"
VALUES = ROOT / "docs" / "jupyterhub" / "values.yaml"
BENCHMARKS = ROOT / "benchmarks"
MEASURED = json.loads((BENCHMARKS / "classroom.json").read_text(encoding="utf-8"))
PIECES = MEASURED["pieces"]
SUFFIXES = {"M": 1, "G": 1024}  # as JupyterHub reads them
# What we set, with the names of the Helm chart (values.schema.yaml of its version 3): its schema
# refuses any other name.
CHART = {
    "hub": {"config"},
    "singleuser": {
        "image",
        "cmd",
        "defaultUrl",
        "startTimeout",
        "memory",
        "cpu",
        "extraEnv",
        "lifecycleHooks",
        "extraFiles",
        "storage",
        "profileList",
    },
    "cull": {"enabled", "users", "timeout", "every", "maxAge", "concurrency"},
    "prePuller": {"hook", "continuous", "extraImages"},
    "scheduling": {"userScheduler", "userPlaceholder", "podPriority"},
}


def table(text, heading):
    """The rows of the table under a heading."""
    return rows(text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0])


def crowd(name):
    one = PIECES[name]
    wait = one["seconds"]["wait for the painting"]
    seconds = wait["median"], wait["most"], one["until the last"]
    return [name, *(f"{s:.0f} s" for s in seconds), f"{one['peak pss together'] / 1024:.1f} GB"]


def lesson_peak(number):
    one = PIECES["1 at once" if number == "00" else f"lesson {number}"]
    peak = max(one["peak with children"], one["peak rss"]["most"])
    return [number, f"{peak:.0f} MB", f"{one['after']['rss']['median']:.0f} MB"]


# ---- the rules -----------------------------------------------------------------------------


def crowds(text):
    wanted = [crowd(name) for name in PIECES if " at once" in name or " in two" in name]
    if table(text, "How many students") != wanted:
        yield f"the table of crowds is not {wanted}"


def lessons(text):
    numbers = [path.name[:2] for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))]
    wanted = [lesson_peak(number) for number in numbers]
    if table(text, "What a student costs") != wanted:
        yield f"the table of lessons is not {wanted}"


def sentences(text):
    """What the text quotes besides its tables."""
    one, four, eight = (PIECES[f"{count} at once"] for count in (1, 4, 8))
    alone, thread, twelve = (PIECES[f"{count} at once, one thread"] for count in (1, 8, 12))
    spread, server = PIECES["8 in two minutes, one thread"], PIECES["server"]

    def wait(piece, which="most"):
        return f"{piece['seconds']['wait for the painting'][which]:.0f}"

    peaks = [piece["peak rss"]["most"] for piece in (one, eight, thread)]
    arenas, trim = (
        peaks[0] - piece["peak rss"]["most"]
        for name, piece in PIECES.items()
        if name.startswith("1, MALLOC")
    )
    flat = " ".join(text.split())
    for words in (
        f"{peaks[2]:.0f} MB each, {thread['after']['uss']['median']:.0f} MB are a kernel's own",
        f"by shares, a kernel takes {thread['after']['pss']['median']:.0f} MB",
        f"takes {server['rss']:.0f} MB before a notebook is opened",
        f"takes {100 * one['idle share of a core']:.1f} % of a core",
        f"{thread['cpu seconds']['median']:.0f} seconds of one core",
        f"wait {wait(thread, 'median')} s in the median and {wait(thread)} s at most, in the place "
        f"of {wait(eight, 'median')} and {wait(eight)} s",
        f"waits {wait(alone)} s with it in the place of {wait(one)} s",
        f"It saves {peaks[1] - peaks[2]:.0f} MB a kernel",
        f"waited {wait(four)} s at most without that setting, and twelve with it {wait(twelve)} s",
        f"within two minutes wait {wait(spread)} s at most",
        f"(ten times {thread['cpu seconds']['median']:.0f} of the 600 seconds",
        f"{eight['peak pss together'] / 1024 / 8:.1f} GB for each open notebook",
        f"save {arenas:.0f} and {trim:.0f} MB of {peaks[0]:.0f}",
        f"takes {peaks[0] + server['rss']:.0f} MB if program code",
    ):
        if words not in flat:
            yield f"measured is: {words}"


def one_configuration(text):
    """What the guide sets for TLJH is what values.yaml sets for the chart."""
    values = yaml.safe_load(VALUES.read_text(encoding="utf-8"))
    found = dict(re.findall(r'^    "([A-Z_]+)": "(\w+)",$', text, flags=re.M))
    if found != values["singleuser"]["extraEnv"]:
        yield "the environment variables are not those of values.yaml"
    if f"limits.memory {values['singleuser']['memory']['limit']}\n" not in text:
        yield "the memory limit is not that of values.yaml"
    if f"services.cull.timeout {values['cull']['timeout']}\n" not in text:
        yield "the culler's timeout is not that of values.yaml"
    cull = values["singleuser"]["extraFiles"]["cull"]["data"]
    for section, options in cull.items():
        for name, value in options.items():
            if f'"--{section}.{name}={value}"' not in text:
                yield f"{section}.{name} is not that of values.yaml"


def links(text):
    return dead_links(text, GUIDE)


RULES = (crowds, lessons, sentences, one_configuration, links)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_guide_agrees_with_what_was_measured_and_set(rule):
    assert list(rule(GUIDE.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (crowds, "| 4 at once |", "| 5 at once |"),
        (lessons, "| 02 |", "| 2 |"),
        (sentences, "are a\n  kernel's own", "are its own"),
        (sentences, "seconds of one core", "seconds of two cores"),
        (one_configuration, "limits.memory 2G", "limits.memory 3G"),
        (one_configuration, '"OPENBLAS_NUM_THREADS": "1"', '"OPENBLAS_NUM_THREADS": "2"'),
        (one_configuration, "cull_idle_timeout=3600", "cull_idle_timeout=360"),
        (one_configuration, "cull.timeout 3600", "cull.timeout 60"),
        (links, "(#binder)", "(#bindery)"),
        (links, "jupyterhub/values.yaml)", "jupyterhub/value.yaml)"),
    ],
)
def test_rule_notices(rule, old, new):
    text = GUIDE.read_text(encoding="utf-8")
    assert old in text, "the guide has changed: break it in another way"
    assert list(rule(text.replace(old, new)))


# ---- the values ----------------------------------------------------------------------------


def unknown_names(values):
    return [name for name in values if name not in CHART] + [
        f"{section}.{name}"
        for section, names in CHART.items()
        for name in values.get(section, {})
        if name not in names
    ]


def test_values_have_names_that_the_chart_knows():
    values = yaml.safe_load(VALUES.read_text(encoding="utf-8"))
    assert unknown_names(values) == []
    wrong = copy.deepcopy(values)
    wrong["singleuser"]["mem_limit"] = "2G"
    assert unknown_names(wrong) == ["singleuser.mem_limit"]
    assert all(isinstance(value, str) for value in values["singleuser"]["extraEnv"].values())


def test_limits_leave_room_for_what_was_measured():
    student = yaml.safe_load(VALUES.read_text(encoding="utf-8"))["singleuser"]
    limit, guarantee = (
        float(student["memory"][name][:-1]) * SUFFIXES[student["memory"][name][-1]]
        for name in ("limit", "guarantee")
    )
    # Lesson 09 takes more on purpose, and looks at the limit first.
    names = [name for name in PIECES if name.startswith("lesson ") and name != "lesson 09"]
    peaks = [PIECES[name]["peak rss"]["most"] for name in ("1 at once", *names)]
    assert guarantee < limit and max(peaks) + PIECES["server"]["rss"] < limit
    own = PIECES["8 at once, one thread"]["after"]["uss"]["most"] + PIECES["server"]["uss"]
    assert own < guarantee


def test_the_hook_copies_notebooks_and_keeps_what_is_there(tmp_path):
    student = yaml.safe_load(VALUES.read_text(encoding="utf-8"))["singleuser"]
    command = student["lifecycleHooks"]["postStart"]["exec"]["command"]
    course, home = tmp_path / "srv", tmp_path / "home"
    (course / "notebooks").mkdir(parents=True)
    home.mkdir()
    for name in ("00.ipynb", "01.ipynb"):
        (course / "notebooks" / name).write_text("new")
    script = command[2].replace("/srv/nst-course", str(course))
    assert str(course) in script
    here = home / "nst-course" / "notebooks"
    for _ in range(2):  # at every start of the server
        subprocess.run([*command[:2], script], env={**os.environ, "HOME": str(home)}, check=True)
        assert {path.name for path in here.iterdir()} == {"00.ipynb", "01.ipynb"}
        (here / "00.ipynb").write_text("the student's")
    assert (here / "00.ipynb").read_text() == "the student's"


@pytest.mark.parametrize("installed", [True, False])
def test_a_home_needs_notebooks_only_if_the_library_is_installed(tmp_path, installed):
    home = tmp_path / "home"
    home.mkdir()
    if installed:  # as pip puts it into an environment
        shutil.copytree(student_kit.ROOT / "nstlib", tmp_path / "site" / "nstlib")
    setup = (student_kit.ROOT / "publish" / "setup_cell.py").read_text(encoding="utf-8")
    code = f"import sys; sys.path.append({str(tmp_path / 'site')!r})\n{setup}"
    command = [sys.executable, "-I", "-S", "-c", code]  # knows nothing of this environment
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == installed
    assert ("No nstlib" in done.stderr) != installed


# ---- the measurement -----------------------------------------------------------------------


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


def test_the_report_is_that_of_the_stored_measurement(benchmarks):
    from classroom_report import report

    assert report(MEASURED) == (BENCHMARKS / "CLASSROOM.md").read_text(encoding="utf-8")


def test_all_pieces_are_measured_or_said_to_be_missing(benchmarks):
    import classroom

    assert set(classroom.pieces()) == {*PIECES, *MEASURED["not measured"]}
    assert doctest.testmod(importlib.import_module("classroom")).failed == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells shared memory")
def test_a_student_is_measured(benchmarks):
    from classroom_student import classroom

    one = classroom(1, extra={"NST_FAST": "1", "TF_NUM_INTRAOP_THREADS": "1"})
    moments = [one["seconds"][name]["most"] for name in list(one["seconds"])]
    assert set(one["seconds"]) >= {"kernel ready", "nstlib imported", "first painting", "finished"}
    assert min(moments) > 0 and one["seconds"]["finished"]["most"] <= one["until the last"]
    assert 200 < one["after"]["uss"]["most"] <= one["after"]["rss"]["most"] < 2000
    assert one["after"]["rss"]["most"] <= one["peak rss"]["most"] + 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells shared memory")
def test_what_was_measured_is_kept_and_a_wrong_name_refused(benchmarks, monkeypatch, tmp_path):
    import classroom

    calls = []
    monkeypatch.setattr(classroom, "jupyter_server", lambda: calls.append(1) or {"rss": 1})
    command = ["--only", "server", "--cache", str(tmp_path), "--output", str(tmp_path)]
    classroom.main(command)
    classroom.main(command)
    assert len(calls) == 1
    classroom.main([*command, "--fresh"])
    assert len(calls) == 2
    with pytest.raises(SystemExit):
        classroom.main(["--only", "9 at once", "--cache", str(tmp_path)])
