"""The kit for a class: complete, without solutions, and one of its notebooks runs."""

import os
import pathlib
import sys
import zipfile

import nbformat
import pytest
from nbclient import NotebookClient

import build
import student_kit

SOURCES = sorted((build.NOTEBOOKS / "source").glob("*.py"))


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """The unpacked kit, in a folder with a space and an accent."""
    folder = tmp_path_factory.mktemp("my course é")
    student_kit.write_kit(folder / "kit.zip")
    with zipfile.ZipFile(folder / "kit.zip") as packed:
        packed.extractall(folder)
    return folder / student_kit.FOLDER


def files(kit):
    return {path.relative_to(kit).as_posix() for path in kit.rglob("*") if path.is_file()}


def test_it_has_what_a_student_needs(kit):
    found = files(kit)
    assert {f"notebooks/{source.stem}.ipynb" for source in SOURCES} <= found
    assert {"README.md", "LICENSE", "data/weights/vgg19-lite.npz", "data/CREDITS.md"} <= found
    assert {"nstlib/__init__.py", "nstlib/check/__init__.py", "pyproject.toml"} <= found


def test_it_has_no_more_than_that(kit):
    assert not [name for name in files(kit) if name.startswith(("tests/", "benchmarks/", "."))]
    assert not [name for name in files(kit) if "instructor" in name or "source/" in name]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_its_notebooks_have_no_solution_and_no_note(kit, source):
    lesson = build.read_lesson(source, build.repository())
    withheld = [cell for cell in lesson if build.tags(cell) & build.WITHHELD["student"]]
    assert withheld and not build.leaks(lesson)
    stored = nbformat.read(kit / "notebooks" / f"{source.stem}.ipynb", as_version=4)
    shown = "\n".join(cell.source for cell in stored.cells)
    assert not [cell.source for cell in withheld if cell.source in shown]
    assert not [cell for cell in stored.cells if build.tags(cell) & build.WITHHELD["student"]]
    assert not [cell for cell in build.code_cells(stored) if cell.outputs]


def test_the_same_files_make_the_same_zip(tmp_path):
    for name in ("one.zip", "two.zip"):
        student_kit.write_kit(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_notebook_of_it_runs_on_its_own_library(kit, monkeypatch):
    monkeypatch.setenv("NST_FAST", "1")
    monkeypatch.setenv("NST_HEADLESS", "1")
    monkeypatch.setenv("PYTHONPATH", str(kit))  # before the course that is being tested
    notebook = nbformat.read(kit / "notebooks" / "00_first_painting.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("print(nstlib.__file__)"))
    resources = {"metadata": {"path": str(kit / "notebooks")}}
    NotebookClient(notebook, kernel_name="python3", timeout=300, resources=resources).execute()
    where = pathlib.Path(notebook.cells[-1].outputs[0].text.strip())
    assert where == kit / "nstlib" / "__init__.py"
    assert os.path.commonpath([sys.prefix, kit]) != sys.prefix
