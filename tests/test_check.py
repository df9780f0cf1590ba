"""Checks reject every wrong solution with its own words, accept every right one, never raise.

The solutions of the lessons from 01 on are in test_check_NN.py: RIGHT[exercise] from name to
function, WRONG[exercise] from name to function and what its message must contain.
"""

import ast
import inspect
import pathlib
import re
import sys
import textwrap

import numpy as np
import pytest
import test_check_01
import test_check_02
import test_check_03
import test_check_04
import test_check_05
import test_check_06
import test_check_07
import test_check_08
import test_check_09
import test_check_10

import build
import nstlib
from nstlib import check
from nstlib.check import QUIZZES, answers, neighbours


def mark(totals, share):
    return totals[0] - share * (totals[0] - min(totals))


def right_with_a_loop(totals, share):
    for number in range(1, len(totals) + 1):
        if totals[number - 1] <= mark(totals, share):
            return number


def right_with_numpy(totals, share):
    totals = np.asarray(totals)
    return np.argmax(totals <= totals[0] - share * (totals[0] - totals.min())) + 1


def right_with_a_running_minimum(totals, share):
    best = np.minimum.accumulate(totals)
    return int((best > mark(totals, share)).sum()) + 1


def first_at(level):
    def solution(totals, share):
        return next(i for i, t in enumerate(totals, 1) if t <= level(totals, share))

    return solution


def sorts_in_place(totals, share):
    level = mark(totals, share)
    totals.sort(reverse=True)
    return next(i for i, t in enumerate(totals, 1) if t <= level)


OF_LESSON_00 = {
    "returns nothing": (lambda totals, share: None, "replace the \\.\\.\\."),
    "counted from 0": (lambda t, s: right_with_a_loop(t, s) - 1, "positions in a list from 0"),
    "one too many": (lambda t, s: right_with_a_loop(t, s) + 1, "One too many"),
    "drop to zero": (first_at(lambda t, s: t[0] * (1 - s)), "not at 0"),
    "drop to the last": (first_at(lambda t, s: t[0] - s * (t[0] - t[-1])), "not the last"),
    "share of what is left": (first_at(lambda t, s: t[0] - (1 - s) * (t[0] - min(t))), "1 - share"),
    "last time": (
        lambda t, s: max(i for i, v in enumerate(t, 1) if v > mark(t, s)) + 1,
        "the first time counts",
    ),
    "a float": (lambda t, s: float(right_with_a_loop(t, s)), "whole number"),
    "a constant": (lambda t, s: 2, "yours is 2"),
    "sorts in place": (sorts_in_place, "changes what it is given"),
    "an array now and then": (lambda t, s: 2 if len(t) == 4 else np.ones(2), "cannot be used"),
}
MODULES = (
    test_check_01,
    test_check_02,
    test_check_03,
    test_check_04,
    test_check_05,
    test_check_06,
    test_check_07,
    test_check_08,
    test_check_09,
    test_check_10,
)
RIGHT = {
    "evaluations_until": {
        "a loop": right_with_a_loop,
        "numpy": right_with_numpy,
        "a running minimum": right_with_a_running_minimum,
    }
}
WRONG = {"evaluations_until": OF_LESSON_00}
for module in MODULES:
    RIGHT.update(module.RIGHT)
    WRONG.update(module.WRONG)
EXERCISES = [name for name in check.__all__ if isinstance(getattr(check, name), check.Check)]
REPEATS = 5  # inputs are drawn afresh: what passes once has to pass every time


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
    for _ in range(REPEATS):
        verdict = getattr(check, exercise)(RIGHT[exercise][name])
        assert verdict.passed, verdict.message


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_library_passes(exercise):
    for _ in range(REPEATS):
        assert getattr(check, exercise)(reference(exercise)).passed


@pytest.mark.parametrize(("exercise", "name"), of_all(WRONG))
def test_wrong_solutions_are_told_apart(exercise, name, capsys):
    solution, words = WRONG[exercise][name]
    for _ in range(REPEATS):
        verdict = getattr(check, exercise)(solution)
        assert not verdict.passed
        last = verdict.message.splitlines()[-1]
        assert last.startswith("not yet") and re.search(words, last), verdict.message
    assert verdict.message in capsys.readouterr().out


@pytest.mark.parametrize(
    ("solution", "words", "exercise"),
    [
        (*case, exercise)
        for module in MODULES
        for exercise, cases in getattr(module, "SAME_WORDS", {}).items()
        for case in cases.values()
    ],
)
def test_other_ways_to_the_same_mistake_are_found(solution, words, exercise):
    for _ in range(REPEATS):
        verdict = getattr(check, exercise)(solution)
        assert not verdict.passed and re.search(words, verdict.message), verdict.message


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_two_wrong_solutions_get_the_same_words(exercise):
    found = {name: the_last_line(exercise, wrong) for name, (wrong, _) in WRONG[exercise].items()}
    assert len(set(found.values())) == len(found), sorted(found.items(), key=lambda item: item[1])


@pytest.mark.parametrize("module", [module for module in MODULES if hasattr(module, "IN_PLACE")])
def test_other_changes_in_place_are_found(module):
    for exercise, solutions in module.IN_PLACE.items():
        for solution in solutions:
            assert "changes what it is given" in getattr(check, exercise)(solution).message


def test_neighbours_are_never_drawn_nearly_equal():
    """Else d / (|d| + 1e-8), as good as a sign, would be refused now and then."""
    for _ in range(1000):
        (image,) = neighbours.draw_images(2)()
        for axis in (neighbours.ROWS, neighbours.COLUMNS):
            assert np.abs(neighbours.differences(image, axis)).min() > 1e-3


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
    "finds nothing": (lambda *_: next(iter(())), "replace the \\.\\.\\."),
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


def test_an_endless_loop_can_be_interrupted():
    with pytest.raises(KeyboardInterrupt):
        check.content_loss(raising(KeyboardInterrupt()))


def test_formulas_that_never_differ_are_a_mistake_of_the_course():
    same = answers.Slip(lambda x: x, "the same")
    with pytest.raises(RuntimeError, match="agree"):
        answers.draw_apart(lambda: (1.0,), lambda x: x, [same])


# ---- hints and solutions -------------------------------------------------------------------


def test_hints_come_one_more_at_a_time(capsys):
    made = check.Check(right_with_a_loop, lambda function: iter(()), ["look", "think"])
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

LESSONS = ["00", *(module.__name__[-2:] for module in MODULES)]


def test_every_lesson_has_three_questions():
    assert list(QUIZZES) == [f"{lesson}-{number}" for lesson in LESSONS for number in (1, 2, 3)]


@pytest.mark.parametrize("question", QUIZZES)
def test_every_choice_has_feedback_of_its_own_and_one_is_right(question):
    choices = QUIZZES[question].choices
    assert list(choices) == list("abcd")[: len(choices)] and len(choices) in (3, 4)
    verdicts = {choice: check.quiz(question, choice) for choice in choices}
    assert sum(verdict.passed for verdict in verdicts.values()) == 1
    assert len({verdict.message for verdict in verdicts.values()}) == len(choices)
    assert len({choice.text for choice in choices.values()}) == len(choices)
    assert check.quiz(question, " A ").message == verdicts["a"].message


def test_the_right_choice_is_not_always_the_same_letter():
    for lesson in LESSONS:
        right = [
            letter
            for name, question in QUIZZES.items()
            for letter, choice in question.choices.items()
            if name.startswith(lesson) and choice.right
        ]
        assert len(set(right)) > 1


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


# ---- the lessons agree with all this -------------------------------------------------------

SOURCES = sorted((build.NOTEBOOKS / "source").glob("*.py"))


def plain(text):
    """Without line breaks and the marks of a list."""
    return re.sub(r"\s+", " ", re.sub(r"^\s*[-*] ", " ", text, flags=re.M))


def lesson_cells(source: pathlib.Path, kind):
    return [c for c in build.read_lesson(source, "owner/name") if c.cell_type == kind]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_quiz_questions_stand_in_their_lesson(source):
    texts = [plain(cell.source) for cell in lesson_cells(source, "markdown")]
    code = "\n".join(cell.source for cell in lesson_cells(source, "code"))
    for name, question in QUIZZES.items():
        if not name.startswith(source.stem[:2]):
            continue
        number = name.split("-")[1]
        pieces = [f"**{number}.** {question.text}"]
        pieces += [f"({letter}) {choice.text}" for letter, choice in question.choices.items()]
        assert any(all(plain(piece) in text for piece in pieces) for text in texts), name
        right = next(letter for letter, choice in question.choices.items() if choice.right)
        assert f'check.quiz("{name}", "")' in code and f'check.quiz("{name}", "{right}")' in code


class Bare(ast.NodeTransformer):
    """Leaves of a function what it computes: no docstrings, annotations, guards, conversions."""

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.returns, node.body = None, [self.bare(line) for line in node.body]
        node.body = [line for line in node.body if line is not None]
        return node

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        return node.args[0] if ast.unparse(node.func) == "ops.convert_to_tensor" else node

    def bare(self, line):
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            return None
        if isinstance(line, ast.If) and all(isinstance(inner, ast.Raise) for inner in line.body):
            return None
        if isinstance(line, ast.Assign) and ast.unparse(line.targets) == ast.unparse(line.value):
            return None  # x = x is left of x = ops.convert_to_tensor(x)
        return line


def computed(function_source):
    tree = Bare().visit(ast.parse(textwrap.dedent(function_source)))
    return ast.unparse(tree)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_what_a_lesson_teaches_is_the_librarys(source):
    """But for docstrings, annotations, and what guards the library against wrong arguments."""
    for cell in lesson_cells(source, "code"):
        for node in ast.parse(cell.source).body if "solution" in build.tags(cell) else ():
            if isinstance(node, ast.FunctionDef) and node.name in EXERCISES:
                taught = ast.get_source_segment(cell.source, node)
                ours = inspect.getsource(reference(node.name))
                assert computed(taught) == computed(ours), node.name


def test_the_comparison_with_the_library_sees_what_matters():
    ours = inspect.getsource(nstlib.content_loss)
    same = "def content_loss(F, P):\n    return ops.mean(ops.square(F - P))"
    assert computed(ours) == computed(same) != computed(same.replace("mean", "sum"))
