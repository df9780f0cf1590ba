"""The stored notebooks are what publish/build.py makes of the sources, and it builds soundly."""

import importlib.machinery
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import types

import nbformat
import pytest

import build

SOURCES = sorted((build.NOTEBOOKS / "source").glob("*.py"))


# ---- the stored notebooks ------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_stored_notebooks_are_up_to_date(source):
    """If this fails, run `make notebooks`."""
    assert not build.check_lesson(source, build.NOTEBOOKS, build.repository())


def test_every_notebook_has_a_source():
    assert not build.strays()


# ---- the builder ---------------------------------------------------------------------------

LESSON = """\
# %% [markdown] slideshow={"slide_type": "slide"}
# # Sums
# [Open](https://github.com/{{repository}}), [credits](../data/CREDITS.md)

# %%
import sys
x = 2

# %% [markdown]
# Add.

# %% tags=["exercise"]
y = ...
y

# %% tags=["solution", "nbval-check-output"]
y = x + 2
y

# %% [markdown] tags=["instructor"]
# Ask them what 2 is.

# %%
print("noise", file=sys.stderr)
print(4)

# %%
print(4)

# %%
print(4)
"""


@pytest.fixture
def source(tmp_path):
    """A tiny lesson in a repository of its own."""
    (tmp_path / "pyproject.toml").write_text('[tool.nst]\nrepository = "a/b"\n', encoding="utf-8")
    source = tmp_path / "notebooks" / "source" / "00_sums.py"
    source.parent.mkdir(parents=True)
    source.write_text(LESSON, encoding="utf-8")
    return source


def run(source, *arguments):
    return build.main(list(arguments), source.parents[1])


def stored(source):
    """The two notebooks, student's and instructor's."""
    paths = build.notebook_paths(source, source.parents[1])
    return [nbformat.read(path, as_version=4) for path in paths.values()]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def test_tags_say_who_gets_what(source):
    assert run(source, "--no-execute") == 0
    student, instructor = map(sources, stored(source))
    assert "y = ...\ny" in student and "y = ...\ny" not in instructor
    assert "y = x + 2\ny" in instructor and "y = x + 2\ny" not in student
    assert "Ask them what 2 is." in instructor and "Ask them what 2 is." not in student
    assert instructor.index("y = x + 2\ny") == student.index("y = ...\ny")


def test_metadata(source):
    run(source, "--no-execute")
    for notebook in stored(source):
        assert notebook.metadata == build.METADATA
        assert notebook.cells[0].metadata == {"slideshow": {"slide_type": "slide"}}
    assert stored(source)[1].cells[3].metadata.tags == ["solution", "nbval-check-output"]


def test_links(source):
    run(source, "--no-execute")
    student, instructor = (notebook.cells[0].source for notebook in stored(source))
    assert "https://github.com/a/b)" in student and "](../data/CREDITS.md)" in student
    assert "https://github.com/a/b)" in instructor and "](../../data/CREDITS.md)" in instructor


def test_ids_are_unique_and_survive_changes_elsewhere(source):
    run(source, "--no-execute")
    student, instructor = stored(source)
    for notebook in (student, instructor):
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    source.write_text(LESSON.replace("# Add.", "# Add them.\n\n# %%\nnew = 1"), encoding="utf-8")
    run(source, "--no-execute")
    before, after = ({cell.id for cell in n.cells} for n in (student, stored(source)[0]))
    assert len(before - after) == 1 and len(after - before) == 2


def test_execution(source):
    """One test for all of it, as a kernel takes a second to start."""
    assert run(source) == 0
    paths = build.notebook_paths(source, source.parents[1])
    first = {path: path.read_bytes() for path in paths.values()}
    student, instructor = stored(source)
    assert all(not cell.outputs and cell.execution_count is None for cell in code(student))
    assert [cell.execution_count for cell in code(instructor)] == [1, 2, 3, 4, 5]
    assert code(instructor)[1].outputs[0].data == {"text/plain": "4"}
    # Standard error is dropped, standard output kept.
    assert [output.text for output in code(instructor)[2].outputs] == ["4\n"]
    assert run(source, "--check") == 0

    assert run(source) == 0
    assert {path: path.read_bytes() for path in paths.values()} == first

    # A changed text keeps the outputs; changed code drops them, and the check says so.
    source.write_text(LESSON.replace("# Add.", "# Add them."), encoding="utf-8")
    assert run(source, "--check") == 1
    assert run(source, "--no-execute") == 0
    assert code(stored(source)[1]) == code(instructor)
    assert run(source, "--check") == 0
    source.write_text(LESSON.replace("x = 2", "x = 3"), encoding="utf-8")
    assert run(source, "--no-execute") == 0
    assert not any(cell.outputs for cell in code(stored(source)[1]))
    assert run(source, "--check") == 1


def test_kernel_runs_where_the_notebook_lies_and_widgets_leave_text(source):
    source.write_text(
        "# %%\nimport os\nprint(os.path.basename(os.getcwd()))\n"
        "# %%\nimport ipywidgets\nipywidgets.IntSlider()\n",
        encoding="utf-8",
    )
    assert run(source) == 0
    where, slider = code(stored(source)[1])
    assert where.outputs[0].text == "instructor\n"
    assert list(slider.outputs[0].data) == ["text/plain"]
    assert "widgets" not in stored(source)[1].metadata


def test_figures_are_stored_whatever_the_backend(source, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    source.write_text(
        "# %%\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);\n", encoding="utf-8"
    )
    assert run(source) == 0
    assert "image/png" in code(stored(source)[1])[0].outputs[0].data


def test_an_error_stops_the_build(source, capsys):
    source.write_text(LESSON.replace("y = x + 2", "y = x / 0"), encoding="utf-8")
    assert run(source) == 1
    message = capsys.readouterr().err
    assert "00_sums.py" in message and "cell 4" in message and "ZeroDivisionError" in message
    assert not list(source.parents[1].rglob("*.ipynb"))


def test_check_finds_what_was_edited_by_hand(source, capsys):
    run(source, "--no-execute")
    for audience, path in build.notebook_paths(source, source.parents[1]).items():
        capsys.readouterr()
        path.write_text(path.read_text(encoding="utf-8").replace("x = 2", "x = 5"), "utf-8")
        assert run(source, "--check") == 1
        message = capsys.readouterr().err
        assert f"{path} differs from its source: cell 2" in message, audience


def test_check_writes_nothing(source):
    assert run(source, "--check") == 1
    assert not list(source.parents[1].rglob("*.ipynb"))


def test_check_finds_notebooks_without_source(source, capsys):
    run(source, "--no-execute")
    source.rename(source.with_name("01_other.py"))
    run(source, "--check")
    message = capsys.readouterr().err
    assert message.count("00_sums.ipynb has no source") == 2


def test_a_solution_that_can_be_read_elsewhere_stops_the_build(source, capsys):
    source.write_text(LESSON.replace("# Add.", "# Add: `y = x + 2`"), encoding="utf-8")
    assert run(source, "--no-execute") == 0  # in a sentence: not the whole line
    source.write_text(LESSON.replace("# Add.", "# Add:\n#\n#     y = x + 2"), encoding="utf-8")
    assert run(source, "--no-execute") == 1
    assert "can be read" in capsys.readouterr().err


def test_only_the_lessons_asked_for(source):
    source.with_name("01_more.py").write_text("# %%\n1\n", encoding="utf-8")
    assert run(source, "01", "--no-execute") == 0
    assert [path.name for path in source.parents[1].glob("*.ipynb")] == ["01_more.ipynb"]
    with pytest.raises(SystemExit):
        run(source, "07", "--no-execute")


def test_the_builder_reads_this_repository():
    assert build.NOTEBOOKS.parent == pathlib.Path(__file__).resolve().parents[1]
    assert build.repository().count("/") == 1


# ---- the setup cell, and the repository's name ---------------------------------------------------

SETUP = build.SETUP


def test_every_lesson_has_the_same_setup_cell():
    for source in SOURCES:
        cells = [
            cell.source for cell in build.read_lesson(source, "a/b") if cell.cell_type == "code"
        ]
        assert cells[0] == SETUP.replace("{{repository}}", "a/b"), source.stem


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder outside the course, and a Python that does not know nstlib."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def find_spec(name):  # installed in the tests' environment, nstlib would be found everywhere
        paths = [folder for folder in sys.path if str(tmp_path) in folder]
        return importlib.machinery.PathFinder.find_spec(name, paths)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    return tmp_path


def small_course(folder):
    (folder / "nstlib").mkdir(parents=True)
    (folder / "nstlib" / "__init__.py").write_text("")


def set_up():
    exec(compile(SETUP.replace("{{repository}}", "a/b"), "setup", "exec"), {})


def test_setup_finds_the_course_above(elsewhere, monkeypatch):
    small_course(elsewhere / "my course ü")
    (elsewhere / "my course ü" / "notebooks").mkdir()
    monkeypatch.chdir(elsewhere / "my course ü" / "notebooks")
    set_up()
    assert sys.path[0] == str(elsewhere / "my course ü")


def test_setup_is_not_taken_in_by_what_a_moved_course_leaves(elsewhere, monkeypatch):
    """An editable install keeps a folder with the pictures, and that counts as a package."""
    shell = elsewhere / "site-packages"
    (shell / "nstlib" / "data").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(shell)])
    small_course(elsewhere / "course")
    monkeypatch.chdir(elsewhere / "course")
    set_up()
    assert sys.path[0] == str(elsewhere / "course")


def test_setup_says_what_to_do_where_there_is_no_course(elsewhere):
    with pytest.raises(
        AssertionError, match="open this notebook in a copy of https://github.com/a/b"
    ):
        set_up()


def pretend_colab(monkeypatch, upload):
    """Colab's own module, which exists nowhere else."""
    module = types.ModuleType("google.colab")
    module.files = types.SimpleNamespace(upload=upload)
    monkeypatch.setitem(sys.modules, "google.colab", module)


def test_setup_clones_in_colab(elsewhere, monkeypatch):
    calls = []

    def run(command, check):
        calls.append(command)
        small_course(elsewhere / "course")

    monkeypatch.setattr(subprocess, "run", run)
    pretend_colab(monkeypatch, upload=lambda: pytest.fail("nothing to upload"))
    set_up()
    assert "https://github.com/a/b" in calls[0] and sys.path[0] == str(elsewhere / "course")
    set_up()  # the same cell once more
    assert len(calls) == 1


def test_setup_takes_a_zip_where_nothing_can_be_fetched(elsewhere, monkeypatch, capsys):
    small_course(elsewhere / "packed" / "course-main")
    shutil.make_archive("mine", "zip", elsewhere / "packed")
    shutil.rmtree(elsewhere / "packed")
    monkeypatch.setattr(subprocess, "run", lambda command, check: None)
    pretend_colab(monkeypatch, upload=lambda: {"mine.zip": b""})
    set_up()
    assert "choose a zip of the course" in capsys.readouterr().out
    assert sys.path[0] == str(elsewhere / "course" / "course-main")


def test_another_repository_is_written_everywhere_and_outputs_stay(source, capsys):
    root = source.parents[2]
    (root / "README.md").write_text("[x](https://colab.x/github/a/b/blob) https://binder.x/gh/a/b/")
    (root / "CITATION.cff").write_text("https://a.github.io/b/ https://github.com/a/b#x")
    more = "\n# %% [markdown]\n# From https://github.com/{{repository}}.\n"
    source.write_text(source.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert run(source) == 0
    before = [cell.get("outputs") for cell in stored(source)[1].cells]
    assert run(source, "--repository", "me/my-fork") == 0
    student, instructor = stored(source)
    assert [cell.get("outputs") for cell in instructor.cells] == before and any(before)
    assert build.repository(root) == "me/my-fork"
    written = "".join((root / name).read_text() for name in ("README.md", "CITATION.cff"))
    assert "https://me.github.io/my-fork/ https://github.com/me/my-fork#x" in written
    assert "a/b" not in written + str(student) + str(instructor)
    assert not build.check_lesson(source, source.parents[1], "me/my-fork")


def test_a_name_that_is_no_repository(source, capsys):
    assert run(source, "--repository", "https://github.com/a/b") == 1
    assert "give OWNER/NAME" in capsys.readouterr().err
