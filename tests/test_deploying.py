"""What docs/deploying.md configures exists, fits what was measured, and works."""

import copy
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from jupyter_server.serverapp import ServerApp

import student_kit
from nstlib.images.sources import MAX_BYTES
from nstlib.widgets.upload import LIMIT

ROOT = pathlib.Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "deploying.md"
VALUES = ROOT / "docs" / "jupyterhub" / "values.yaml"
MEASURED = ROOT / "benchmarks" / "classroom.json"
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


def test_tljh_is_configured_like_the_cluster():
    """What the guide sets for the one is what values.yaml sets for the other."""
    text = GUIDE.read_text(encoding="utf-8")
    values = yaml.safe_load(VALUES.read_text(encoding="utf-8"))
    student = values["singleuser"]
    assert dict(re.findall(r'^    "([A-Z_]+)": "(\w+)",$', text, flags=re.M)) == student["extraEnv"]
    assert f"limits.memory {student['memory']['limit']}\n" in text
    assert f"services.cull.timeout {values['cull']['timeout']}\n" in text
    options = {
        f"{section}.{name}={value}"
        for section, options in student["extraFiles"]["server"]["data"].items()
        for name, value in options.items()
    }
    assert set(re.findall(r'"--(\w+\.\w+=[^"\n]+)"', text)) == options


def test_every_server_takes_a_large_photo():
    """What the widget promises, and more than Tornado's own 10 MB, in all three places."""
    make = subprocess.run(
        ["make", "--dry-run", "lab"], cwd=student_kit.ROOT, capture_output=True, text=True
    ).stdout
    (argument,) = re.findall(r'--ServerApp\.tornado_settings="[^"]+"', make)
    server = ServerApp()
    server.parse_command_line(shlex.split(argument))
    student = yaml.safe_load(VALUES.read_text(encoding="utf-8"))["singleuser"]
    hub = student["extraFiles"]["server"]["data"]["ServerApp"]["tornado_settings"]
    assert server.tornado_settings == hub  # and a test above compares the guide with it
    promised = int(re.search(r"server, (\d+) MB", LIMIT).group(1)) * 1e6
    assert promised < hub["websocket_max_message_size"] and promised <= MAX_BYTES


def test_limits_leave_room_for_what_was_measured():
    student = yaml.safe_load(VALUES.read_text(encoding="utf-8"))["singleuser"]
    limit, guarantee = (
        float(student["memory"][name][:-1]) * SUFFIXES[student["memory"][name][-1]]
        for name in ("limit", "guarantee")
    )
    pieces = json.loads(MEASURED.read_text(encoding="utf-8"))["pieces"]
    # Lesson 10 takes more on purpose, and looks at the limit first.
    names = [name for name in pieces if name.startswith("lesson ") and name != "lesson 10"]
    peaks = [pieces[name]["peak rss"]["most"] for name in ("1 at once", *names)]
    assert guarantee < limit and max(peaks) + pieces["server"]["rss"] < limit
    own = pieces["8 at once, one thread"]["after"]["uss"]["most"] + pieces["server"]["uss"]
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
