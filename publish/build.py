"""Build the notebooks of the lessons: `python publish/build.py [NN ...]`, or `make notebooks`.

A lesson is written once, in notebooks/source/NN_topic.py (jupytext's py:percent format). Of each
lesson two notebooks are made: notebooks/NN_topic.ipynb for students, without outputs, and
notebooks/instructor/NN_topic.ipynb, executed, with solutions. Tags say which cell goes where:

    # %% tags=["exercise"]                what the student completes: not for instructors
    # %% tags=["solution"]                takes the place of the exercise: not for students
    # %% [markdown] tags=["instructor"]   notes for the instructor: not for students

All other tags and metadata (nbval-check-output, slideshow, ...) are kept. `# {{setup}}` becomes the
cell that finds the library, publish/setup_cell.py, the same in every lesson, and `{{repository}}`
the repository named in pyproject.toml, `{{website}}` its website. Links are written as seen from
notebooks/; those that begin with ../ get another ../ in the instructor's notebook. A picture,
`![what it shows](../a/b.jpg)`, is put into the notebook itself: Colab and exports do not find it in
a folder.

Whatever differs from run to run is left out, so the same source always makes the same notebook.
"""

from __future__ import annotations

import argparse
import base64
import collections
import copy
import hashlib
import mimetypes
import os
import pathlib
import re
import sys
import tomllib

import jupytext
import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import ExecutePreprocessor, TagRemovePreprocessor

import markers

HERE = pathlib.Path(__file__).resolve().parent
NOTEBOOKS = HERE.parent / "notebooks"
LESSON = "[0-9][0-9]_*"  # the file of a lesson; a page without a number is none: puzzles
SETUP = (HERE / "setup_cell.py").read_text(encoding="utf-8").rstrip()  # the first code of a lesson
# The tags of the cells that an audience does not get.
WITHHELD = {"student": {"solution", "instructor"}, "instructor": {"exercise"}}
# No versions in here: they would change with whoever builds.
METADATA = {
    "accelerator": "GPU",
    "colab": {"gpuType": "T4", "provenance": [], "toc_visible": True},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}
# Where the repository's name stands besides notebooks, and how: OWNER is {0}, NAME is {1}.
NAMING = ("pyproject.toml", "README.md", "CITATION.cff")
PLACES = (
    'repository = "{0}/{1}"',
    "github.com/{0}/{1}",
    "{0}.github.io/{1}",
    "/github/{0}/{1}/",  # Colab
    "/gh/{0}/{1}/",  # Binder
)
WEBSITE = "https://{0}.github.io/{1}"
PICTURE = re.compile(r"(!\[[^\]]*\])\((\.\./[^)\s]+)\)")
LINK_UP = re.compile(r"""(\]\(|\b(?:src|href)=["'])(?=\.\./)""")


class LessonError(Exception):
    """A lesson that cannot be built; the message says where and why."""


def repository(root=NOTEBOOKS.parent) -> str:
    """OWNER/NAME on GitHub, from pyproject.toml."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"]["nst"]["repository"]


def notebook_paths(source, notebooks=NOTEBOOKS) -> dict[str, pathlib.Path]:
    """Where the two notebooks of a lesson lie."""
    name = f"{source.stem}.ipynb"
    return {"student": notebooks / name, "instructor": notebooks / "instructor" / name}


def tags(cell) -> set[str]:
    return set(cell.metadata.get("tags", ()))


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def read_lesson(source, repository: str) -> list:
    """All cells of a lesson, each with its lasting id."""
    cells = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent").cells
    cells = markers.fill_in(cells)
    seen = collections.Counter()

    def embedded(match):
        return f"{match[1]}({data_address(source.parents[1] / match[2])})"

    for cell in cells:
        # Notes of jupytext on how the source is written.
        for key in ("lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"):
            cell.metadata.pop(key, None)
        seen[cell.source] += 1
        identity = f"{source.stem}\n{seen[cell.source]}\n{cell.source}"
        cell.id = hashlib.sha256(identity.encode()).hexdigest()[:12]
        cell.source = cell.source.replace("# {{setup}}", SETUP)
        cell.source = cell.source.replace("{{repository}}", repository)
        cell.source = cell.source.replace("{{website}}", WEBSITE.format(*repository.split("/")))
        if cell.cell_type == "markdown":
            cell.source = PICTURE.sub(embedded, cell.source)
    return cells


def data_address(path) -> str:
    """A picture's file as the address of a picture."""
    if not path.is_file():
        raise LessonError(f"the picture {path} is missing")
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:{mimetypes.guess_type(path)[0]};base64,{data}"


def build(cells: list, audience: str):
    """The notebook for "student" or "instructor", not executed."""
    notebook = nbformat.v4.new_notebook(cells=copy.deepcopy(cells), metadata=METADATA)
    TagRemovePreprocessor(remove_cell_tags=WITHHELD[audience]).preprocess(notebook, {})
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and audience == "instructor":
            cell.source = LINK_UP.sub(r"\1../", cell.source)
    nbformat.validate(notebook)
    return notebook


def leaks(cells: list) -> list[str]:
    """Solutions whose every line can be read in one cell of the student's notebook.

    Lines that the solution shares with the stub before it do not count.
    """
    found, stub = [], set()
    shown = [_lines(cell) for cell in cells if not tags(cell) & WITHHELD["student"]]
    for cell in cells:
        secret = _lines(cell) - stub
        if "solution" in tags(cell) and any(secret <= lines for lines in shown):
            first = cell.source.strip().splitlines()[0]
            found.append(f"the solution {first!r} can be read in the student's notebook")
        stub = _lines(cell) if "exercise" in tags(cell) else set()
    return found


def _lines(cell) -> set[str]:
    lines = (line.strip(" \t>`*-") for line in cell.source.splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def execute(notebook, folder, timeout: int = 1800) -> None:
    """Run all cells in `folder` and keep those outputs that are the same on every run."""
    os.environ.pop("MPLBACKEND", None)  # Agg, say, would keep the figures out of the notebook
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    os.environ["NST_HEADLESS"] = "1"  # widgets do their work at once
    os.environ["TQDM_DISABLE"] = "1"  # a progress bar would stay at the 0 % it began with
    options = {"kernel_name": "python3", "record_timing": False, "store_widget_state": False}
    # In several pieces one printed table may be stored, and shown, in several boxes.
    run = ExecutePreprocessor(timeout=timeout, coalesce_streams=True, **options)
    current = {"number": 0, "cell": None}
    run.on_cell_start = lambda cell, cell_index: current.update(number=cell_index + 1, cell=cell)
    try:
        run.preprocess(notebook, {"metadata": {"path": str(folder)}})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        where = f"cell {current['number']}:\n{current['cell'] and current['cell'].source}"
        raise LessonError(f"{where}\n\n{error}") from error
    notebook.metadata = nbformat.from_dict(METADATA)  # the kernel has added its version
    for cell in code_cells(notebook):
        for output in cell.outputs:  # a widget, whose state is not stored, leaves its text
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        # Standard error has warnings with addresses, and progress bars with seconds.
        cell.outputs = [
            o for o in cell.outputs if o.get("name") != "stderr" and o.get("data", True)
        ]


def to_text(notebook) -> str:
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def write(notebook, path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(to_text(notebook), encoding="utf-8", newline="\n")


def made(source, notebooks, repository: str, run: bool = False) -> dict:
    """{path: notebook} of a lesson: the instructor's executed now, or with its stored outputs.

    Stored outputs are dropped if any code has changed.
    """
    cells, paths = read_lesson(source, repository), notebook_paths(source, notebooks)
    if found := leaks(cells):
        raise LessonError("\n".join(found))
    student, instructor = (build(cells, audience) for audience in paths)
    if run:
        paths["instructor"].parent.mkdir(exist_ok=True)
        execute(instructor, paths["instructor"].parent)
    elif paths["instructor"].exists():
        new, old = map(code_cells, (instructor, nbformat.read(paths["instructor"], as_version=4)))
        # An id stands for the source as written, with whatever name the repository has.
        if [cell.id for cell in new] == [cell.id for cell in old]:
            for cell, same in zip(new, old, strict=True):
                cell.outputs, cell.execution_count = same.outputs, same.execution_count
    return {paths["student"]: student, paths["instructor"]: instructor}


def build_lesson(source, notebooks, repository: str, run: bool = True) -> None:
    """Write both notebooks of a lesson."""
    for path, notebook in made(source, notebooks, repository, run).items():
        write(notebook, path)


def check_lesson(source, notebooks, repository: str) -> list[str]:
    """What in the stored notebooks of a lesson is not as its source says."""
    problems = []
    for path, notebook in made(source, notebooks, repository).items():
        if not path.exists():
            problems.append(f"{path} is missing")
        elif path.read_text(encoding="utf-8") != to_text(notebook):
            pairs = zip(notebook.cells, nbformat.read(path, as_version=4).cells, strict=False)
            cells = [f"cell {n}" for n, (new, old) in enumerate(pairs, start=1) if new != old]
            where = ", ".join(cells[:3]) or "metadata, or how many cells there are"
            problems.append(f"{path} differs from its source: {where}")
    # nbval does not compare a cell that has no count, and other gaps tell of a run by hand.
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        problems.append(f"{path} was not executed from top to bottom")
    return problems


def rename_repository(name: str, notebooks=NOTEBOOKS) -> None:
    """Write OWNER/NAME into all notebooks, whose outputs stay, and into the files of NAMING."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise LessonError("this is no repository: give OWNER/NAME, as in its address on GitHub")
    root, old = notebooks.parent, repository(notebooks.parent)
    for path in (root / file for file in NAMING):
        text = path.read_text(encoding="utf-8")
        for place in PLACES:
            text = text.replace(place.format(*old.split("/")), place.format(*name.split("/")))
        path.write_text(text, encoding="utf-8", newline="\n")
    for source in sorted((notebooks / "source").glob("*.py")):
        build_lesson(source, notebooks, name, run=False)


def strays(notebooks=NOTEBOOKS) -> list[str]:
    """Notebooks that have no source."""
    lessons = {path.stem for path in (notebooks / "source").glob("*.py")}
    stored = [*notebooks.glob("*.ipynb"), *(notebooks / "instructor").glob("*.ipynb")]
    return [f"{path} has no source" for path in sorted(stored) if path.stem not in lessons]


def main(arguments=None, notebooks=NOTEBOOKS) -> int:
    parser = argparse.ArgumentParser(description="Build the notebooks of the lessons.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="these only, e.g. 00 03")
    parser.add_argument("--no-execute", action="store_true", help="keep outputs where code is same")
    parser.add_argument("--check", action="store_true", help="write nothing, say what differs")
    parser.add_argument("--repository", metavar="OWNER/NAME", help="rename it; run nothing")
    options = parser.parse_args(arguments)
    sources = sorted((notebooks / "source").glob("*.py"))
    if unknown := [n for n in options.lessons if not any(s.stem.startswith(n) for s in sources)]:
        parser.error(f"there is no lesson {unknown[0]} in {notebooks / 'source'}")
    problems = [] if options.lessons else strays(notebooks)
    source = options.repository
    try:
        if options.repository:
            rename_repository(options.repository, notebooks)
            return 0
        for source in sources:
            if options.lessons and not source.stem.startswith(tuple(options.lessons)):
                continue
            if options.check:
                problems += check_lesson(source, notebooks, repository(notebooks.parent))
                continue
            print(f"building {source.stem}", flush=True)
            build_lesson(source, notebooks, repository(notebooks.parent), not options.no_execute)
    except (LessonError, markers.MarkerError) as error:
        problems.append(f"{source}: {error}")
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
