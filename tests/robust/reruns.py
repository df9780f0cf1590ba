"""Run a lesson as a class does: in an odd folder, read-only, and its cells more than once.

`read_only_pass` and `rerun_pass` run a notebook in a kernel of its own and return what every cell
said on each occasion; `errors` and `changes` look for what went wrong.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import html
import itertools
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient

ROOT = pathlib.Path(__file__).resolve().parents[2]
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
PARTS = ("nstlib", "data", "notebooks")  # all that a lesson may ask for
FOLDER = "Été – 日本 kurs/nst course"
# Python and Jupyter make these; .gitignore lists them.
CACHES = ("__pycache__", ".ipynb_checkpoints")
# Takes from root, for one command, the right to write where permissions say no.
OBEDIENT = ("setpriv", "--bounding-set=-dac_override", "--")
PATIENCE = 300  # seconds for a cell

# What may differ from one run to the next: a number with a unit of time or memory behind it, how
# many spaces are before it, and TensorFlow's log lines at its first import. A cell whose words hang
# on the clock in another way, such as "who is ahead after so many seconds", has the tag `measured`.
MEASURED = re.compile(r" *\d+(?:\.\d+)? (?:s|ms|seconds|milliseconds|MB|GB)\b")
TENSORFLOW_LOG = re.compile(r"^(?:[IWE]0000 .*|WARNING: All log messages before absl.*)\n?", re.M)
PICTURE = re.compile(r"data:[\w/+.-]+;base64,[\w/+=]+")
ERROR = "!! "  # how an error is told among the words of a cell

# The copy must be what is imported, not an editable install of the repository.
WHERE = "import nstlib\nprint(nstlib.__file__)"
PROBE = """\
import os, pathlib
for place in "probe.txt", "../data/probe.txt", "../nstlib/probe.txt":
    try:
        pathlib.Path(place).write_text("x")
        print(place, "was written")
    except PermissionError:
        print(place, "is refused")
"""
REFUSED = ["probe.txt is refused", "../data/probe.txt is refused", "../nstlib/probe.txt is refused"]


def copy_course(folder: pathlib.Path) -> pathlib.Path:
    """Copy what a lesson needs of the repository as it is now."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(*CACHES))
    return folder


def course_of(notebook: pathlib.Path) -> pathlib.Path:
    return next(above for above in notebook.parents if (above / "nstlib").is_dir())


def files(folder: pathlib.Path) -> dict[str, tuple]:
    """All that lies in a folder: of a file its time and a digest; caches do not count."""
    found = {}
    for path in folder.rglob("*"):
        if not set(path.parts) & set(CACHES):
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[f"{path.relative_to(folder)}"] = (
                digest,
                path.is_file() and path.stat().st_mtime_ns,
            )
    return found


@contextlib.contextmanager
def read_only(folder: pathlib.Path) -> Iterator[None]:
    """No permission to write, neither in the folder nor in any below it."""
    everything = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in everything}
    try:
        for path, mode in modes.items():
            path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def obedient_prefix(folder: pathlib.Path) -> tuple[str, ...] | None:
    """What makes a command respect permissions: for most nothing, for root OBEDIENT, else None."""
    closed = folder / "closed"
    closed.mkdir()
    write = "import sys\nopen(sys.argv[1], 'x')"
    with read_only(closed):
        for number, prefix in enumerate([(), OBEDIENT]):
            command = [*prefix, sys.executable, "-c", write, str(closed / f"probe_{number}.txt")]
            with contextlib.suppress(FileNotFoundError):  # no setpriv
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if "PermissionError" in done.stderr:
                    return prefix
    return None


@contextlib.contextmanager
def sit_down(
    notebook: pathlib.Path, home: pathlib.Path, prefix=(), **more: str
) -> Iterator[Callable[[str], str]]:
    """Start a kernel beside a notebook; gives a function from a cell's source to what it says.

    Args:
        notebook: in a copy of the course.
        home: the user's home folder, which can be written.
        prefix: the beginning of the command that starts the kernel.
        more: environment variables besides NST_FAST.
    """
    unwanted = re.compile("MPLBACKEND|NST_.*|TQDM_.*|JUPYTER.*|IPYTHON.*|KERAS_.*|MPL.*|XDG_.*")
    inherited = {name: os.environ[name] for name in os.environ if not unwanted.fullmatch(name)}
    environment = inherited | {
        "HOME": str(home),
        "PYTHONPATH": str(course_of(notebook)),  # as after `make lab` in the copy
        "NST_FAST": "1",
        "NST_HEADLESS": "0",  # a student sits there
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **more,
    }
    client = NotebookClient(
        nbformat.v4.new_notebook(), kernel_name="python3", timeout=PATIENCE, allow_errors=True
    )
    client.create_kernel_manager()
    launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    client.km.kernel_spec.argv = [*prefix, *launch]

    def run(source: str) -> str:
        cell = nbformat.v4.new_code_cell(source)
        client.nb.cells = [cell]
        return said(client.execute_cell(cell, 0).outputs)

    with client.setup_kernel(cwd=str(notebook.parent), env=environment):
        yield run


def said(outputs) -> str:
    """The words of a cell's outputs, without pictures and without what may differ."""
    streams = {"stdout": "", "stderr": ""}
    parts = []
    for output in outputs:
        data = output.get("data", {})
        if output.output_type == "stream":
            streams[output.name] += output.text
        elif output.output_type == "error":
            parts.append(f"{ERROR}{output.ename}: {output.evalue}")
        elif "text/html" in data:
            parts.append(html.unescape(re.sub("<[^>]*>", " ", data["text/html"])))
            parts += re.findall(r'alt="([^"]*)"', data["text/html"])
        else:
            parts.append(data.get("text/plain", ""))
    streams["stderr"] = TENSORFLOW_LOG.sub("", streams["stderr"])
    text = "\n".join(part.strip() for part in [*streams.values(), *parts] if part.strip())
    return MEASURED.sub(" <measured>", PICTURE.sub("<picture>", text))


# ---- the two passes ------------------------------------------------------------------------


class Cell(NamedTuple):
    """A code cell: its number among all cells, and whether its words hang on the clock."""

    number: int
    source: str
    measured: bool = False

    def __str__(self):
        return f"cell {self.number} ({self.source.strip().splitlines()[0][:50]})"


@dataclasses.dataclass
class Told:
    """What a notebook said.

    cells: its code cells.
    said: occasion -> what each cell said.
    notes: what was found besides.
    """

    cells: list[Cell]
    said: dict[str, list[str]]
    notes: dict[str, list[str]]


def sections(notebook: pathlib.Path) -> list[list[Cell]]:
    """The code cells, by the heading that they stand under."""
    found = [[]]
    for number, cell in enumerate(nbformat.read(notebook, as_version=4).cells, start=1):
        if cell.cell_type == "markdown" and re.search(r"^#{1,6} ", cell.source, flags=re.M):
            found.append([])
        elif cell.cell_type == "code" and cell.source.strip():
            measured = "measured" in cell.metadata.get("tags", ())
            found[-1].append(Cell(number, cell.source, measured))
    return [section for section in found if section]


def code_cells(notebook: pathlib.Path) -> list[Cell]:
    return [cell for section in sections(notebook) for cell in section]


def read_only_pass(notebook: pathlib.Path, home: pathlib.Path, prefix=()) -> Told:
    """Run all cells where nothing can be written: `first`, and then all of them `again`.

    The notes: `probe`, which tried to write; `where` nstlib is; and what was said to those lines
    that would save a picture, without their #, `kept`.
    """
    cells = code_cells(notebook)
    lines = [line for cell in cells for line in cell.source.splitlines()]
    keep = [line.removeprefix("# ") for line in lines if line.startswith("# nstlib.save_image(")]
    with read_only(notebook.parents[1]), sit_down(notebook, home, prefix) as run:
        notes = {"probe": run(PROBE).splitlines()}
        said = {occasion: [run(cell.source) for cell in cells] for occasion in ("first", "again")}
        notes |= {"where": [run(WHERE)], "kept": [run(line) for line in keep]}
    return Told(cells, said, notes)


def rerun_pass(notebook: pathlib.Path, home: pathlib.Path, **more: str) -> Told:
    """Run each cell `first` and on a second `click`, and each `section` once more at its end.

    The notes: `left`, the files that came, went or changed meanwhile.
    """
    course = course_of(notebook)
    before = files(course)
    said = {"first": [], "click": [], "section": []}
    with sit_down(notebook, home, **more) as run:
        for section in sections(notebook):
            for cell in section:
                said["first"].append(run(cell.source))
                said["click"].append(run(cell.source))
            said["section"] += [run(cell.source) for cell in section]
    after = files(course)
    left = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return Told(code_cells(notebook), said, {"left": left})


def errors(told: Told, occasion: str) -> list[str]:
    """Cells that ended with an error."""
    return [
        f"{cell} {words[words.index(ERROR) :][:300]}"
        for cell, words in zip(told.cells, told.said[occasion], strict=True)
        if ERROR in words
    ]


def changes(cells: list[Cell], before: list[str], after: list[str]) -> list[str]:
    """Cells that did not say the same on two occasions, with the first line that differs."""
    found = []
    for cell, old, new in zip(cells, before, after, strict=True):
        if old != new and not cell.measured:
            lines = itertools.zip_longest(old.splitlines(), new.splitlines(), fillvalue="no more")
            first, second = next((a, b) for a, b in lines if a != b)
            found.append(f"{cell} said {first[:200]!r}, then {second[:200]!r}")
    return found
