"""The kit for a class: complete, without solutions, and one of its notebooks runs."""

import fnmatch
import os
import pathlib
import re
import subprocess
import zipfile

import nbformat
import pytest
from guides import dead_links
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


def test_everybody_may_read_its_files(kit):
    with zipfile.ZipFile(kit.parent / "kit.zip") as packed:
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o644}


def files(kit):
    return {path.relative_to(kit).as_posix() for path in kit.rglob("*") if path.is_file()}


def test_it_has_what_a_student_needs(kit):
    found = files(kit)
    assert {f"notebooks/{source.stem}.ipynb" for source in SOURCES} <= found
    assert {"README.md", "LICENSE", "data/weights/vgg19-lite.npz", "data/CREDITS.md"} <= found
    assert {"nstlib/__init__.py", "nstlib/check/quizzes/00.md", "pyproject.toml"} <= found


def test_it_has_no_more_than_that(kit):
    assert not [name for name in files(kit) if name.startswith(("tests/", "slides/", "."))]
    assert not [name for name in files(kit) if "instructor" in name or "source/" in name]


@pytest.mark.skipif(os.name == "nt", reason="the Makefile needs a POSIX shell")
def test_its_makefile_makes_what_is_in_it(kit):
    made = subprocess.run(["make", "help"], cwd=kit, capture_output=True, text=True, check=True)
    assert re.findall(r"^make (\S+)", made.stdout, flags=re.M) == ["help", "lab"]
    plan = subprocess.run(["make", "-n", "lab"], cwd=kit, capture_output=True, text=True)
    assert plan.returncode == 0 and "jupyter lab" in plan.stdout, plan.stderr
    assert subprocess.run(["make", "-n", "test"], cwd=kit, capture_output=True).returncode


def test_its_readme_says_how_long_what_for_where_and_whom_to_ask(kit):
    text = (kit / "README.md").read_text(encoding="utf-8")
    assert re.findall(
        r"^\| (\d\d) \[.*\]\(notebooks/(\w+)\.ipynb\) \| \d+ min \|$", text, re.M
    ) == [(s.stem[:2], s.stem) for s in SOURCES if fnmatch.fnmatch(s.name, f"{build.LESSON}.py")]
    for words in ("You need", "Unpack the zip where", f"{build.repository()}/issues", "make lab"):
        assert words in text
    assert not list(dead_links(text, kit / "README.md"))


@pytest.mark.parametrize("name", student_kit.GUIDES)
def test_links_in_its_guides_lead_somewhere(kit, name):
    assert not list(dead_links((kit / name).read_text(encoding="utf-8"), kit / name))


def test_what_was_solved_or_tried_in_the_folder_stays_there(kit, tmp_path, monkeypatch):
    """`make lab` opens the very notebooks that a teacher may solve in front of a class."""
    monkeypatch.setattr(student_kit, "ROOT", tmp_path)
    for name in (*student_kit.FILES, *student_kit.GUIDES, "notebooks/Untitled.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("solved", encoding="utf-8")
    found = student_kit.kit_files()
    assert "notebooks/Untitled.ipynb" not in found and b"solved" in found.values()
    notebooks = {name for name in found if name.endswith(".ipynb")}
    assert notebooks == {f"notebooks/{source.stem}.ipynb" for source in SOURCES}
    assert not [name for name in notebooks if found[name] != (kit / name).read_bytes()]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_its_notebooks_have_no_solution_and_no_note(kit, source):
    lesson = build.read_lesson(source, build.repository())
    withheld = [cell for cell in lesson if build.tags(cell) & build.WITHHELD["student"]]
    assert withheld
    stored = nbformat.read(kit / "notebooks" / f"{source.stem}.ipynb", as_version=4)
    shown = "\n".join(cell.source for cell in stored.cells)
    assert not [cell.source for cell in withheld if cell.source in shown]
    assert not [cell for cell in stored.cells if build.tags(cell) & build.WITHHELD["student"]]
    assert not [cell for cell in build.code_cells(stored) if cell.outputs]


def test_the_same_files_make_the_same_zip(tmp_path):
    for name in ("one.zip", "two.zip"):
        student_kit.write_kit(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        assert {entry.date_time for entry in packed.infolist()} == {student_kit.WHEN}


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
