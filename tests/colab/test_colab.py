"""Every student notebook as in Colab: its versions, its kernel, and a page that presses buttons.

`make test-colab` makes the environment for it; constraints.txt has the versions. Three things are
not Colab's: the dialog that asks for files (`stand_in`), the page, which is the class `Page`, and
GitHub, for which a copy of this working tree stands in. The rest is as there: nstlib is not
installed, the notebook lies in no folder of the course, and the folder it runs in is empty.
"""

import ast
import contextlib
import importlib.metadata
import io
import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest
from jupyter_client import BlockingKernelClient
from nbclient import NotebookClient
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
LISTED = (HERE / "constraints.txt").read_text(encoding="utf-8")
REPOSITORY = re.search('^repository = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.M)[1]
PATIENCE = 60  # seconds for a widget
CELL = 300  # seconds for a cell
CANCELLED = ""  # what is chosen in a dialog that is cancelled
# In the kernel: what `live` made and a cell showed; the mask painter has one inside.
LIVE = "[getattr(x, '_live', x) for x in Out.values() if hasattr(x, 'controls')]"


# ---- what stands in for Colab and GitHub ---------------------------------------------------


def git(*arguments):
    name = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")
    subprocess.run(["git", *name, *arguments], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def github(tmp_path_factory):
    """This working tree as a repository that can be cloned, with what is not committed yet."""
    copy = tmp_path_factory.mktemp("github") / "course.git"
    git("init", "--quiet", "--bare", str(copy))
    here = f"--git-dir={copy}", f"--work-tree={ROOT}"
    git(*here, "add", "--all")
    git(*here, "commit", "--quiet", "--message", "the working tree")
    return copy.as_uri()


@pytest.fixture(scope="session")
def kit(tmp_path_factory):
    """The zip that an instructor hands to a class."""
    kit = tmp_path_factory.mktemp("kit") / "nst-course.zip"
    command = [sys.executable, "publish/student_kit.py", "--output", kit]
    subprocess.run(command, cwd=ROOT, check=True)
    return kit


@pytest.fixture
def folder(tmp_path):
    """Empty, as Colab's is."""
    folder = tmp_path / "content"
    folder.mkdir()
    return folder


@contextlib.contextmanager
def colab(lesson, folder, address, dialogs=()):
    """Open a lesson; `address` is what the course is cloned from, `dialogs` what is chosen."""
    chosen = folder.parent / "chosen.json"
    chosen.write_text(json.dumps([str(path) for path in dialogs]), encoding="utf-8")
    # Inside pytest, ipykernel would not show in a cell what C++ and other programs write.
    not_there = ("NST_HEADLESS", "PYTEST_CURRENT_TEST")
    kept = {name: value for name, value in os.environ.items() if name not in not_there}
    environment = kept | {
        "NST_FAST": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a warning of the debugger, which nobody uses
        "PYTHONPATH": str(HERE / "stand_in"),
        "CHOSEN": str(chosen),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{address}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{REPOSITORY}",
    }
    client = NotebookClient(
        nbformat.read(lesson, as_version=4),
        timeout=CELL,
        kernel_name="python3",
        extra_arguments=["--ext=google.colab"],  # as in Colab, whose kernel loads the real one
    )
    kernel = client.setup_kernel(cwd=str(folder), env=environment)
    with kernel, contextlib.closing(Page(client)) as page:
        yield page


class Page:
    """What the browser does: runs cells, presses, and hears what the widgets are to show."""

    def __init__(self, client):
        self.client, self.cells = client, client.nb.cells
        self.kernel = BlockingKernelClient(connection_file=client.km.connection_file)
        self.kernel.load_connection_file()
        self.kernel.start_channels()
        self.kernel.wait_for_ready(timeout=PATIENCE)
        self.state = {}  # by the widget's id

    def close(self):
        self.kernel.stop_channels()

    def run_all(self):
        """Run all cells, of which none may fail; give what they print, and what warns."""
        for number, cell in enumerate(self.cells):
            if cell.cell_type == "code":
                self.client.execute_cell(cell, number)
        streams = [o for cell in self.cells for o in cell.get("outputs", []) if "text" in o]
        printed = "".join(o.text for o in streams if o.name == "stdout")
        noise = "".join(o.text for o in streams if o.name == "stderr")
        return printed, noise

    def ask(self, expression):
        """The value of an expression in the kernel; no cell may be running."""
        reply = self.kernel.execute(
            "", user_expressions={"it": expression}, reply=True, timeout=PATIENCE
        )
        answer = reply["content"]["user_expressions"]["it"]
        assert answer["status"] == "ok", answer
        return ast.literal_eval(answer["data"]["text/plain"])

    def send(self, widget, data, buffers=None):
        while self.listen(patience=0):
            pass
        self.state.clear()
        content = {"comm_id": self.ask(f"{widget}.model_id"), "data": data}
        message = self.kernel.session.msg("comm_msg", content)
        self.kernel.session.send(self.kernel.shell_channel.socket, message, buffers=buffers)

    def press(self, button):
        self.send(button, {"method": "custom", "content": {"event": "click"}})

    def change(self, widget, **state):
        self.send(widget, {"method": "update", "state": state})

    def upload(self, widget, path):
        """What the FileUpload of ipywidgets 7 sends."""
        state = {"metadata": [{"name": path.name}], "error": "", "_counter": 1}
        data = {"method": "update", "state": state | {"data": [None]}}
        self.send(widget, data | {"buffer_paths": [["data", 0]]}, [path.read_bytes()])

    def listen(self, patience=1):
        """Take the next thing that the kernel says, of a widget or not; False if it is silent."""
        try:
            message = self.kernel.get_iopub_msg(timeout=patience)
        except queue.Empty:
            return False
        data = message["content"].get("data", {})
        if message["msg_type"] == "comm_msg" and data.get("method") == "update":
            state = self.state.setdefault(message["content"]["comm_id"], {})
            state.update(data["state"])
            for (trait,), buffer in zip(data["buffer_paths"], message["buffers"], strict=True):
                state[trait] = bytes(buffer)
        return True

    def is_told(self, widget):
        """Whether the widget was told to show something, since something was pressed."""
        while self.listen(patience=0.3):
            pass
        return "value" in self.state.get(self.ask(f"{widget}.model_id"), {})

    def hear(self, widget, pattern):
        """Wait until the widget is told to show this, a regular expression; give what it shows."""
        widget, end = self.ask(f"{widget}.model_id"), time.monotonic() + PATIENCE
        while not re.match(pattern, str(self.state.get(widget, {}).get("value", ""))):
            assert time.monotonic() < end, f"the widget showed no {pattern!r} in {PATIENCE} s"
            self.listen()
        return self.state[widget].pop("value")

    def move(self, control):
        """Give a control another value, as the page would, whatever kind it is of."""
        kind = self.ask(f"type({control}).__name__")
        if kind == "Checkbox":
            self.change(control, value=not self.ask(f"{control}.value"))
        elif kind in ("Dropdown", "SelectionSlider"):
            index, count = self.ask(f"({control}.index, len({control}.options))")
            self.change(control, index=(index + 1) % count)
        else:
            value, low, high = self.ask(f"({control}.value, {control}.min, {control}.max)")
            self.change(control, value=high if value == low else low)


def pixels(picture):
    with Image.open(io.BytesIO(picture)) as image:
        return np.asarray(image, int)


# ---- the tests -----------------------------------------------------------------------------


def test_the_versions_are_those_of_colab():
    listed = dict(re.findall(r"^([\w.-]+)==(\S+)$", LISTED, flags=re.M))
    assert {name: importlib.metadata.version(name) for name in listed} == listed


def test_nothing_but_the_setup_cell_brings_nstlib():
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("nstlib")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_and_its_controls_answer(lesson, folder, github):
    first = lesson == LESSONS[0]  # it has no live picture, and asks for a photo
    with colab(lesson, folder, github, [CANCELLED] if first else []) as page:
        printed, noise = page.run_all()
        assert noise == "" and "Warning" not in printed
        assert page.ask("nstlib.__file__") == str(folder / "course" / "nstlib" / "__init__.py")
        count = page.ask(f"len({LIVE})")
        assert count > 0 or first
        for number in range(count):
            live = f"{LIVE}[{number}]"
            answered = []
            for name in page.ask(f"list({live}.controls)"):
                page.move(f"{live}.controls[{name!r}]")
                page.ask(f"{live}.wait()")
                message = page.ask(f"{live}.message.value")
                assert message.startswith("Computed in"), (name, message)
                answered += [name] * page.is_told(f"{live}.picture")
            assert answered, "no control changes the picture"


def test_a_zip_where_github_is_out_of_reach_then_photos_and_buttons(folder, kit):
    coffee, cat = (ROOT / "data" / "content" / name for name in ("coffee.jpg", "chelsea.jpg"))
    with colab(LESSONS[0], folder, "file:///nowhere", [kit, coffee]) as page:
        printed, noise = page.run_all()
        assert "choose a zip of the course" in printed
        assert [line for line in noise.splitlines() if line.startswith("fatal: '/nowhere'")], noise
        library = folder / "course" / "nst-course" / "nstlib"
        assert page.ask("nstlib.__file__") == str(library / "__init__.py")

        assert page.ask("photo.message.value").startswith("coffee.jpg: 96 x 64")
        page.upload("photo.button", cat)
        assert page.hear("photo.message", ".").startswith("chelsea.jpg: 96 x 64")
        assert page.ask("type(photo.button.value).__name__") == "dict"  # a tuple in ipywidgets 8

        before = page.ask("painter.picture.value")
        page.press("painter.paint")
        assert page.hear("painter.message", ".") == "Painting..."
        page.hear("painter.bar", "[1-9]")
        assert page.ask("painter.result") is None  # the kernel answers while it paints
        page.press("painter.stop")
        message = page.hear("painter.message", ".")
        assert 0 < int(re.match(r"Stopped: (\d+) evaluations? in ", message)[1]) < 60
        painted, photo = map(pixels, (page.hear("painter.picture", "b"), before))
        assert painted.shape == photo.shape and np.abs(painted - photo).mean() > 3
