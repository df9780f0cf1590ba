"""What is passed: kept in one small file, whatever becomes of it, and drawn as a table."""

import json
import os
import sys
import types

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from nstlib import check
from nstlib.check import passed
from nstlib.check.questions import read_quizzes, read_titles


@pytest.fixture
def file(tmp_path, monkeypatch, with_browser):
    """Where a notebook in a folder of its own keeps its progress."""
    monkeypatch.setattr(passed, "HERE", tmp_path)
    new_session(monkeypatch)
    return tmp_path / passed.NAME


def new_session(monkeypatch):
    """As if the kernel had been started again, or another notebook opened."""
    monkeypatch.setattr(passed, "_known", set())


def answer(question):
    return check.quiz(question, read_quizzes()[question].right)


def double(x):
    return 2 * x


def kept(file):
    return json.loads(file.read_text(encoding="utf-8"))["passed"]


# ---- what is kept ---------------------------------------------------------------------------


def test_a_right_answer_is_kept_and_a_wrong_one_is_not(file, monkeypatch):
    wrong = next(c for c in "abc" if c != read_quizzes()["04-1"].right)
    check.quiz("04-1", wrong)
    assert not file.exists()
    answer("04-2")
    assert kept(file) == ["04-2"] and passed.look_up() == ({"04-2"}, passed.KEPT)
    check.quiz("04-2", wrong)  # once passed stays passed
    new_session(monkeypatch)
    assert passed.look_up() == ({"04-2"}, passed.KEPT)


def test_a_passed_exercise_is_kept_under_its_name(file):
    mine = check.Check(double, lambda student: [(student(3) == 6, "twice")], [])
    assert not mine(lambda x: x).passed and not file.exists()
    assert mine(double).passed and kept(file) == ["double"]


def test_every_exercise_is_kept_under_the_name_that_the_table_has():
    assert [getattr(check, name).reference.__name__ for name in check.EXERCISES] == list(
        check.EXERCISES
    )


def test_whose_function_paints_is_no_answer(file):
    check.evaluations_until.mine_or_library(check.evaluations_until.reference, gradient=False)
    assert not file.exists()


def test_two_notebooks_add_to_one_file(file, monkeypatch):
    answer("04-1")
    mine, other = passed._known, {"05-1"}
    monkeypatch.setattr(passed, "_known", other)
    answer("05-2")
    assert kept(file) == ["04-1", "05-1", "05-2"]
    monkeypatch.setattr(passed, "_known", mine)
    assert passed.look_up()[0] == {"04-1", "05-1", "05-2"}


def test_what_two_notebooks_lose_in_the_same_moment_is_added_again(file):
    answer("04-1")
    file.write_text('{"passed": ["05-1"]}', encoding="utf-8")  # read before, written after
    assert passed.look_up()[0] == {"04-1", "05-1"}
    assert kept(file) == ["04-1", "05-1"]


def test_what_a_later_version_knows_is_not_lost(file):
    file.write_text('{"passed": ["a_new_exercise"]}', encoding="utf-8")
    answer("04-1")
    assert kept(file) == ["04-1", "a_new_exercise"]


def test_nothing_else_is_left_in_the_folder(file):
    answer("04-1")
    assert [path.name for path in file.parent.iterdir()] == [passed.NAME]


posix = pytest.mark.skipif(os.name != "posix", reason="pipes, links and permissions of POSIX")

# ---- where it cannot be kept ----------------------------------------------------------------


def test_no_file_where_nobody_sits_neither_read_nor_written(file, monkeypatch):
    file.write_text('{"passed": ["05-1"]}', encoding="utf-8")
    monkeypatch.setenv("NST_HEADLESS", "1")  # as when notebooks are built
    answer("04-1")
    assert passed.look_up() == ({"04-1"}, "") and kept(file) == ["05-1"]


def test_no_file_of_scripts_and_tests(file, monkeypatch):
    monkeypatch.setattr("nstlib.notebook.get_ipython", lambda: None)
    answer("04-1")
    assert passed.look_up() == ({"04-1"}, "") and not file.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"passed": "04-1"}',
        b'{"passed": [1]}',
        b'{"solved": []}',
        b"[" * 200_000,
    ],
)
def test_a_broken_file_stays_as_it_is(file, content, capsys):
    file.write_bytes(content)
    assert answer("04-1").passed
    assert capsys.readouterr().out.startswith("right ")
    assert passed.look_up() == ({"04-1"}, passed.NOT_READ) and file.read_bytes() == content
    file.unlink()
    assert passed.look_up() == ({"04-1"}, passed.KEPT) and kept(file) == ["04-1"]


@posix
def test_a_pipe_of_that_name_is_not_waited_for(file):
    os.mkfifo(file)
    answer("04-1")
    assert passed.look_up() == ({"04-1"}, passed.NOT_READ)


def test_a_file_that_an_editor_has_saved(file):
    file.write_text('\ufeff{"passed": ["05-1"]}\r\n', encoding="utf-8")
    assert passed.look_up() == ({"05-1"}, passed.KEPT)
    answer("04-1")
    assert kept(file) == ["04-1", "05-1"]


def test_what_else_is_in_the_file_is_not_lost(file):
    file.write_text('{"passed": ["05-1"], "name": "Ada"}', encoding="utf-8")
    answer("04-1")
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content == {"passed": ["04-1", "05-1"], "name": "Ada"}


@posix
def test_a_link_stays_a_link(file, tmp_path):
    own = tmp_path / "elsewhere" / "mine.json"
    own.parent.mkdir()
    own.write_text('{"passed": ["05-1"]}', encoding="utf-8")
    file.symlink_to(own)
    answer("04-1")
    assert file.is_symlink() and kept(own) == ["04-1", "05-1"]
    assert [path.name for path in own.parent.iterdir()] == ["mine.json"]


@posix
def test_a_locked_file_stays_as_it_is(file):
    file.write_text('{"passed": ["05-1"]}', encoding="utf-8")
    file.chmod(0o444)
    answer("04-1")
    assert passed.look_up() == ({"04-1", "05-1"}, passed.NOT_WRITTEN) and kept(file) == ["05-1"]
    file.chmod(0o644)
    assert passed.look_up()[1] == passed.KEPT and kept(file) == ["04-1", "05-1"]


@posix
def test_a_folder_that_was_deleted_under_the_kernel(file, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(passed, "HERE", passed._folder())
    answer("04-1")
    assert passed.look_up() == ({"04-1"}, passed.NOT_WRITTEN)
    monkeypatch.chdir(tmp_path)


def test_a_folder_of_that_name(file):
    file.mkdir()
    answer("04-1")
    assert passed.look_up() == ({"04-1"}, passed.NOT_READ)


def test_a_folder_that_cannot_be_written(file, monkeypatch):
    def refuse(*arguments, **settings):
        raise PermissionError

    file.write_text('{"passed": ["05-1"]}', encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_text", refuse)
        assert passed.look_up() == ({"05-1"}, passed.KEPT), "nothing new, nothing to write"
        answer("04-1")
        assert passed.look_up() == ({"04-1", "05-1"}, passed.NOT_WRITTEN)
    assert kept(file) == ["05-1"]
    assert passed.look_up() == ({"04-1", "05-1"}, passed.KEPT) and kept(file) == ["04-1", "05-1"]


def test_a_disk_that_is_full_leaves_the_old_file(file, monkeypatch):
    def full(*arguments):
        raise OSError("No space left on device")

    file.write_text('{"passed": ["05-1"]}', encoding="utf-8")
    monkeypatch.setattr("pathlib.Path.replace", full)
    answer("04-1")
    assert passed.look_up()[1] == passed.NOT_WRITTEN and kept(file) == ["05-1"]
    assert [path.name for path in file.parent.iterdir()] == [passed.NAME]


def test_in_colab_it_goes_into_the_drive_once_that_is_there(file, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    drive = tmp_path / "drive"
    monkeypatch.setattr(passed, "DRIVE", drive)
    answer("04-1")
    assert passed.look_up() == ({"04-1"}, passed.KEPT_IN_COLAB) and kept(file) == ["04-1"]
    drive.mkdir()
    assert passed.look_up() == ({"04-1"}, passed.KEPT_IN_DRIVE)
    assert kept(drive / passed.NAME) == ["04-1"]


# ---- what is drawn --------------------------------------------------------------------------

LESSONS = {
    "00": {"paint": "paint", "00-1": "quiz 1"},
    "01": {"01-1": "quiz 1", "01-2": "quiz 2"},
}


@pytest.mark.parametrize(
    ("known", "begins"),
    [
        ((), "0 of 4 passed. Next: paint, in lesson 00."),
        (["paint"], "1 of 4 passed. Next: quiz 1, in lesson 00."),
        (["01-2"], "1 of 4 passed. Next: quiz 1, in lesson 01."),  # who has left out lesson 00
        (["01-1", "01-2"], "2 of 4 passed. Next: paint, in lesson 00."),
        (["paint", "00-1", "01-1", "01-2", "of a later version"], "4 of 4 passed.\n"),
    ],
)
def test_what_is_next(known, begins):
    assert repr(passed.draw(LESSONS, {}, known)).startswith(begins)


def test_the_table_can_be_read_aloud():
    table = passed.draw(LESSONS, {"00": "Paint < draw"}, ["paint"], "Kept here.")
    page = BeautifulSoup(table.data, "html.parser")
    assert page.caption.text == "1 of 4 passed. Next: quiz 1, in lesson 00."
    assert len(page.select("th[scope=col]")) == len(page.select("tbody tr:first-child > *"))
    assert [head.text for head in page.select("th[scope=row]")] == ["00 Paint < draw", "01"]
    assert [cell.text for cell in page.select("td:nth-of-type(1)")] == ["1 of 2", "0 of 2"]
    marks = [mark["aria-label"] for mark in page.select("[role=img]")]
    assert marks == ["passed:", "next:", "not yet:", "not yet:"]
    assert page.p.text == "Kept here." and repr(table).endswith("\nKept here.")


def test_the_course_has_a_row_for_each_lesson(displayed, monkeypatch):
    new_session(monkeypatch)
    check.progress()
    (table,) = displayed
    page = BeautifulSoup(table.data, "html.parser")
    rows = [row.text for row in page.select("th[scope=row]")]
    assert rows == [f"{number} {title}" for number, title in read_titles().items()]
    assert set(check.EXERCISES.values()) <= set(read_titles())
    assert {name[:2] for name in read_quizzes()} == set(read_titles())
    written = {item.text.split(maxsplit=1)[1] for item in page.select(".item")}
    assert written == {*check.EXERCISES, "quiz 1", "quiz 2", "quiz 3"}


# ---- a notebook -----------------------------------------------------------------------------

CELLS = """\
from nstlib import check
import os; os.chdir("/")
verdict = check.quiz("04-1", "b")
check.progress()"""


def test_a_notebook_keeps_it_in_its_own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NST_HEADLESS", "0")  # a student sits there
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(line) for line in CELLS.splitlines()]
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, kernel_name="python3", timeout=120, resources=resources).execute()
    data = notebook.cells[-1].outputs[0].data
    assert data["text/plain"].startswith("1 of ")
    assert passed.KEPT in data["text/plain"] and "<caption>1 of " in data["text/html"]
    assert kept(tmp_path / passed.NAME) == ["04-1"]
