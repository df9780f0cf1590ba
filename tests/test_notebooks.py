"""The stored notebooks are what notebooks/build.py makes of the sources, and it builds soundly."""

import pathlib

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
