"""Checks reject every wrong solution with its own words, accept every right one, never raise.

The solutions of a lesson are in test_check_NN.py: RIGHT[exercise] from name to function,
WRONG[exercise] from name to function and what its message must contain. Where a lesson has them,
SAME_WORDS is like WRONG, with words that another one has already, and IN_PLACE[exercise] is a list
of functions that change what they are given.
"""

import importlib
import os
import re
import sys
import time
import zlib

import numpy as np
import pytest
import test_check_04

from nstlib import check
from nstlib.check import comparison
from nstlib.check.exercises import lesson_07
from nstlib.check.questions import read_quiz, read_quizzes

LESSONS = sorted(set(check.EXERCISES.values()))
SOLUTIONS = [importlib.import_module(f"test_check_{lesson}") for lesson in LESSONS]


def of_all_lessons(name):
    """A table of all lessons, from an exercise on."""
    return {key: part for lesson in SOLUTIONS for key, part in getattr(lesson, name, {}).items()}


RIGHT, WRONG, SAME_WORDS, IN_PLACE = map(
    of_all_lessons, ("RIGHT", "WRONG", "SAME_WORDS", "IN_PLACE")
)
EXERCISES = list(check.EXERCISES)
SOAK = float(os.environ.get("NST_SOAK", "0"))  # seconds for each solution: see `make test-soak`


@pytest.fixture(autouse=True)
def draws(request, monkeypatch):
    """Checks draw their inputs afresh; here they follow from the test's name.

    So a test says the same twice, and what fails can be repeated. `make test-soak` draws afresh.
    """
    seeds = np.random.SeedSequence(None if SOAK else zlib.crc32(request.node.name.encode()))
    default_rng = np.random.default_rng
    monkeypatch.setattr(
        np.random,
        "default_rng",
        lambda seed=None: default_rng(seeds.spawn(1)[0] if seed is None else seed),
    )


def repeatedly():
    """Twice: what passes once has to pass every time. In a soak, for some seconds."""
    end = time.monotonic() + SOAK
    yield from range(2)
    while time.monotonic() < end:
        yield


def of_all(solutions):
    return [(exercise, name) for exercise in solutions for name in solutions[exercise]]


def the_last_line(exercise, solution):
    """What is wrong, without the numbers of one draw."""
    verdict = getattr(check, exercise)(solution)
    return re.sub(r"-?\d[\d.e+-]*", "#", verdict.message.splitlines()[-1])


def reference(exercise):
    return getattr(check, exercise).reference


# ---- right and wrong solutions -------------------------------------------------------------


def test_every_exercise_has_enough_of_both():
    assert set(EXERCISES) == set(RIGHT) == set(WRONG)
    for exercise in EXERCISES:
        assert len(RIGHT[exercise]) >= 3 and len(WRONG[exercise]) >= 8


@pytest.mark.parametrize(("exercise", "name"), of_all(RIGHT))
def test_right_solutions_pass(exercise, name):
    for _ in repeatedly():
        verdict = getattr(check, exercise)(RIGHT[exercise][name])
        assert verdict.passed, verdict.message


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_library_passes(exercise):
    for _ in repeatedly():
        assert getattr(check, exercise)(reference(exercise)).passed


@pytest.mark.parametrize(("exercise", "name"), of_all(WRONG))
def test_wrong_solutions_are_told_apart(exercise, name, capsys):
    solution, words = WRONG[exercise][name]
    for _ in repeatedly():
        verdict = getattr(check, exercise)(solution)
        assert not verdict.passed
        last = verdict.message.splitlines()[-1]
        assert last.startswith("not yet") and re.search(words, last), verdict.message
    assert verdict.message in capsys.readouterr().out


@pytest.mark.parametrize(("exercise", "name"), of_all(SAME_WORDS))
def test_other_ways_to_the_same_mistake_are_found(exercise, name):
    solution, words = SAME_WORDS[exercise][name]
    for _ in repeatedly():
        verdict = getattr(check, exercise)(solution)
        assert not verdict.passed and re.search(words, verdict.message), verdict.message


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_two_wrong_solutions_get_the_same_words(exercise):
    found = {name: the_last_line(exercise, wrong) for name, (wrong, _) in WRONG[exercise].items()}
    assert len(set(found.values())) == len(found), sorted(found.items(), key=lambda item: item[1])


@pytest.mark.parametrize("exercise", IN_PLACE)
def test_other_changes_in_place_are_found(exercise):
    for solution in IN_PLACE[exercise]:
        assert "changes what it is given" in getattr(check, exercise)(solution).message


def test_neighbours_are_never_drawn_nearly_equal():
    """Else d / (|d| + 1e-8), as good as a sign, would be refused now and then."""
    for _ in range(1000):
        (image,) = lesson_07.draw_images(2)()
        for axis in (lesson_07.ROWS, lesson_07.COLUMNS):
            assert np.abs(lesson_07.differences(image, axis)).min() > 1e-3


@pytest.mark.parametrize("factor", [1, 3])
def test_a_wrong_matrix_is_recognized_whatever_it_was_divided_by(factor):
    def undivided(F):
        return factor * test_check_04.reshape_without_transpose(F)

    assert "reshape moves no number" in check.gram_matrix(undivided).message


# ---- never raises --------------------------------------------------------------------------


class WordlessError(Exception):
    def __str__(self):
        raise RuntimeError


class Unspeakable:
    def __repr__(self):
        raise RuntimeError

    def __array__(self, *_):
        raise SystemExit


def raising(error):
    def solution(*_):
        raise error

    return solution


def endless(*arguments):
    return endless(*arguments)


def printing(*_):
    print("I am here")
    return "printed"


def yielding(*_):
    yield 1.0


# What it is given, and what the message says, if that is the same for all exercises.
ODD = {
    "unfinished": (lambda *_: ..., "replace the \\.\\.\\."),
    "nothing": (lambda *_: None, "replace the \\.\\.\\."),
    "not implemented": (raising(NotImplementedError), "replace the \\.\\.\\."),
    "finds nothing": (lambda *_: next(iter(())), "next\\(\\.\\.\\.\\)"),
    "an error": (raising(RuntimeError("oh no")), "stopped with RuntimeError: oh no"),
    "an error without words": (raising(WordlessError()), "stopped with WordlessError"),
    "sys.exit": (lambda *_: sys.exit(3), "SystemExit: 3"),
    "generator's exit": (raising(GeneratorExit()), "GeneratorExit"),
    "endless recursion": (endless, "RecursionError"),
    "no function": (42, "no function but int: hand over the function itself"),
    "None": (None, "no function but NoneType"),
    "an ellipsis": (..., "no function but ellipsis"),
    "an array": (np.ones(3), "no function but ndarray"),
    "no argument": (lambda: 1, "must take \\d argument"),
    "too many arguments": (lambda a, b, c, d, e, f, g, h: 1, "must take \\d argument"),
    "a string": (lambda *_: "deep", None),
    "a dict": (lambda *_: {"a": 1}, None),
    "a set": (lambda *_: {1}, None),
    "a boolean": (lambda *_: True, None),
    "a complex number": (lambda *_: 1j, None),
    "an object": (lambda *_: object(), None),
    "an unspeakable object": (lambda *_: Unspeakable(), None),
    "objects": (lambda *_: np.array([None, "x"]), None),
    "a ragged list": (lambda *_: [[1.0], [1.0, 2.0]], None),
    "nothing in a list": (lambda *_: [None], None),
    "an empty list": (lambda *_: [], None),
    "infinity": (lambda *_: float("inf"), None),
    "nan": (lambda *_: float("nan"), None),
    "the arguments": (lambda *arguments: arguments, None),
    "the function": (lambda *_: len, None),
    "a generator": (yielding, None),
    "prints": (printing, None),
    "a class": (dict, None),
    "a type of its own": (Unspeakable, None),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_whatever_it_is_given_a_check_does_not_raise(exercise, odd):
    solution, words = ODD[odd]
    verdict = getattr(check, exercise)(solution)
    assert not verdict.passed and verdict.message.splitlines()[-1].startswith("not yet")
    assert words is None or re.search(words, verdict.message), verdict.message


def test_what_a_student_prints_is_printed_and_does_not_matter(capsys):
    def talks(F, P):
        print("looking at", F.shape)
        return np.mean((F - P) ** 2)

    assert check.content_loss(talks).passed
    assert "looking at" in capsys.readouterr().out


@pytest.mark.parametrize("printed", ["here", "here\n", "x" * 1000, "x" * 999 + "\n", "x" * 5000])
def test_what_a_student_prints_ends_before_the_verdict_begins(printed, capsys):
    def talks(F, P):
        print(printed, end="")
        return np.mean((F - P) ** 2)

    verdict = check.content_loss(talks)
    shown = capsys.readouterr().out.removesuffix(f"\n{verdict.message}\n")
    kept = printed.removesuffix("\n") if len(printed) <= 1000 else f"{printed[:1000]} ..."
    assert shown == kept


def test_what_the_library_takes_besides_is_not_asked_for():
    def ours(x, *, trick=None):
        return x

    verdict = check.Check(ours, lambda student: student(1), [])(lambda: 1)
    assert "It must take 1 argument: ours(x). Yours is ours()." in verdict.message


def test_an_endless_loop_can_be_interrupted():
    with pytest.raises(KeyboardInterrupt):
        check.content_loss(raising(KeyboardInterrupt()))


def test_formulas_that_never_differ_are_a_mistake_of_the_course():
    same = comparison.Slip(lambda x: x, "the same")
    with pytest.raises(RuntimeError, match="agree"):
        comparison.draw_apart(lambda: (1.0,), lambda x: x, [same])


# ---- hints and solutions -------------------------------------------------------------------


def test_hints_come_one_more_at_a_time(capsys):
    made = check.Check(np.sum, lambda function: iter(()), ["look", "think"])
    counts = []
    for _ in range(3):
        made.hint()
        counts.append(capsys.readouterr().out.count("Hint"))
    assert counts == [1, 2, 2]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_three_hints_and_then_the_librarys_own_solution(exercise, capsys):
    for _ in range(3):
        getattr(check, exercise).hint()
    hints = set(re.findall("Hint (.) of 3: .+", capsys.readouterr().out))
    assert hints == {"1", "2", "3"}
    getattr(check, exercise).solution()
    printed = capsys.readouterr().out
    assert printed.startswith("Here is how nstlib does it") and f"def {exercise}" in printed


# ---- the quiz ------------------------------------------------------------------------------

QUIZZES = read_quizzes()


def test_every_lesson_has_three_questions():
    assert list(QUIZZES) == [f"{lesson}-{number}" for lesson in LESSONS for number in (1, 2, 3)]


@pytest.mark.parametrize("question", QUIZZES)
def test_every_choice_has_feedback_of_its_own_and_one_is_right(question):
    choices = QUIZZES[question].choices
    assert list(choices) == list("abcd")[: len(choices)] and len(choices) in (3, 4)
    verdicts = {choice: check.quiz(question, choice) for choice in choices}
    assert [choice for choice, verdict in verdicts.items() if verdict.passed] == [
        QUIZZES[question].right
    ]
    assert len({verdict.message for verdict in verdicts.values()}) == len(choices)
    assert check.quiz(question, " A ").message == verdicts["a"].message


def test_the_right_choice_is_not_always_the_same_letter():
    for lesson in LESSONS:
        assert len({QUIZZES[f"{lesson}-{number}"].right for number in (1, 2, 3)}) > 1


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        ("00-1", ""),
        ("00-1", "z"),
        ("x", "a"),
        ("00-1", None),
        ("00-1", ["b"]),
        (["00-1"], "b"),
        (Unspeakable(), Unspeakable()),
    ],
)
def test_a_quiz_never_raises(question, choice):
    assert not check.quiz(question, choice).passed


GOOD_QUIZ = """\
# Quiz of lesson 42

**1.** Six
by nine?

- (a) 54
  - right: It is,
    in base 10.
- (b) 42
  - not yet: Only in base 13.

**2.** More?

- (a) yes
  - not yet: No.
- (b) no
  - right: Yes.
"""


def test_a_quiz_is_read_as_it_is_written():
    first, second = read_quiz(GOOD_QUIZ, "42").values()
    assert first.markdown == "**1.** Six\nby nine?\n\n- (a) 54\n- (b) 42"
    assert first.choices["a"] == ("54", True, "It is, in base 10.")
    assert (first.right, second.right) == ("a", "b")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("not yet: Only", "right: Only", "42-1: one choice must be right, and here are 2"),
        ("right: Yes", "not yet: Yes", "42-2: one choice must be right, and here are 0"),
        ("  - not yet: No.\n", "", "42-2: .a. needs one line below it"),
        ("not yet: No.", "not yet: ", "42-2: .a. needs one line below it"),
        ("not yet: No.", "wrong: No.", "42-2: .a. needs one line below it"),
        ("  - not yet: No.", "- not yet: No.", "42-2: .a. needs one line below it"),
        ("(b) no", "(c) no", "42-2: after 1 choices comes .b."),
        ("(b) no", "(b) yes", "42-2: two choices have the same text"),
        ("Yes.", "No.", "42-2: two choices have the same feedback"),
        ("**2.**", "**3.**", "42-2: begin it with ..2"),
    ],
)
def test_a_mistake_in_a_quiz_is_named(old, new, words):
    assert GOOD_QUIZ.count(old) == 1
    with pytest.raises(ValueError, match=words):
        read_quiz(GOOD_QUIZ.replace(old, new), "42")
