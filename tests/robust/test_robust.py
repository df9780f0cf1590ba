"""Every lesson, robust in front of a class: `make test-robust`; `make test` asks the first one.

A student's notebook is run in two fresh kernels, an instructor's in one, all with NST_FAST=1.
What is done there, reruns.py says; the tests look at it, one property each.
"""

import pathlib
import shutil

import pytest
import reruns

from nstlib.check.passed import NOT_WRITTEN


@pytest.fixture(scope="module", params=reruns.LESSONS)
def lesson(request):
    return request.param


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Of all kernels; so the user's own settings and downloads do not count."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def closed_course(tmp_path_factory):
    """A copy in a folder with a difficult name, and what makes a kernel respect permissions."""
    folder = tmp_path_factory.mktemp("closed")
    prefix = reruns.obedient_prefix(folder)
    if prefix is None:
        pytest.skip("permissions do not stop this user, and there is no setpriv to change that")
    yield reruns.copy_course(folder / reruns.FOLDER) / "notebooks", prefix
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def open_course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("open")
    yield reruns.copy_course(folder) / "notebooks"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def closed(closed_course, home, lesson):
    """What the student's notebook says where nothing can be written."""
    folder, prefix = closed_course
    return reruns.read_only_pass(folder / lesson, home, prefix)


@pytest.fixture(scope="module")
def student(open_course, home, lesson):
    """What the student's notebook says when cells and sections are run twice."""
    return reruns.rerun_pass(open_course / lesson, home)


@pytest.fixture(scope="module")
def instructor(open_course, home, lesson):
    """The same with the solutions, and with widgets that do their work at once."""
    return reruns.rerun_pass(open_course / "instructor" / lesson, home, NST_HEADLESS="1")


def same(told, before, after):
    return reruns.changes(told.cells, told.said[before], told.said[after])


def test_read_only_and_a_folder_with_spaces_and_foreign_letters(closed):
    assert closed.notes["probe"] == reruns.REFUSED, "the test itself is wrong: this can be written"
    assert reruns.FOLDER in closed.notes["where"][0], "the test itself is wrong: another nstlib"
    assert reruns.errors(closed, "first") == []


def test_a_picture_to_keep_goes_to_the_home_folder(closed, home, lesson):
    kept = closed.notes["kept"]
    assert len(kept) == lesson.startswith("00")  # the only lesson with such a line
    for said in kept:
        place = said.splitlines()[0].removeprefix("This folder does not allow writing: ")
        path = pathlib.Path(place.removeprefix("the picture is in "))
        assert path.parent == home / "nst-paintings" and path.stat().st_size > 1000


def test_what_is_passed_where_it_cannot_be_kept(closed_course, home):
    folder, prefix = closed_course
    with (
        reruns.read_only(folder.parent),
        reruns.sit_down(folder / reruns.LESSONS[0], home, prefix) as run,
    ):
        run("from nstlib import check")
        assert run('check.quiz("00-1", "b")').startswith("right ")
        assert NOT_WRITTEN in run("check.progress()")


def test_all_cells_again_in_the_same_kernel(closed):
    assert reruns.errors(closed, "again") == []
    assert same(closed, "first", "again") == []


def test_a_second_fresh_kernel_says_the_same(closed, student):
    """In another folder, that can be written, and where the cells above were run more often."""
    assert reruns.errors(student, "first") == []
    assert reruns.changes(closed.cells, closed.said["first"], student.said["first"]) == []


@pytest.mark.parametrize("occasion", ["click", "section"])
def test_cells_and_sections_twice(student, occasion):
    assert reruns.errors(student, occasion) == []
    assert same(student, "first", occasion) == []


def test_no_files_are_left(student):
    """Not even nst-progress.json: nobody has passed anything."""
    assert student.notes["left"] == []


@pytest.mark.parametrize("occasion", ["click", "section"])
def test_cells_and_sections_twice_with_solutions(instructor, occasion):
    assert reruns.errors(instructor, "first") == []
    assert reruns.errors(instructor, occasion) == []
    assert same(instructor, "first", occasion) == []


def test_no_files_are_left_with_solutions(instructor):
    """Nor here, where all is passed and nobody sits."""
    assert instructor.notes["left"] == []
