"""Checks reject every wrong solution with its own words, accept every right one, never raise."""

import re
import sys

import numpy as np
import pytest

from nstlib import check
from nstlib.quizzes import QUIZZES


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


def raises(totals, share):
    raise RuntimeError("oh no")


class WordlessError(Exception):
    def __str__(self):
        raise RuntimeError


def raises_without_words(totals, share):
    raise WordlessError


WRONG = {
    "unfinished": (lambda totals, share: ..., "replace the \\.\\.\\."),
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
    "the loss itself": (lambda t, s: t[right_with_a_loop(t, s) - 1], "whole number"),
    "a boolean": (lambda t, s: True, "whole number"),
    "a constant": (lambda t, s: 2, "yours is 2"),
    "sorts in place": (sorts_in_place, "changes the list"),
    "raises": (raises, "RuntimeError: oh no"),
    "exits": (lambda t, s: sys.exit(3), "SystemExit: 3"),
    "finds nothing": (lambda t, s: next(iter(())), "returns nothing"),
    "raises what has no words": (raises_without_words, "stopped with Wordless"),
    "returns an array": (lambda t, s: np.array([2, 3]), "whole number"),
    "an array now and then": (lambda t, s: 2 if len(t) == 4 else np.ones(2), "cannot be used"),
    "not a function": (42, "TypeError"),
    "wrong signature": (lambda totals: 2, "TypeError"),
}


@pytest.mark.parametrize(
    "solution", [right_with_a_loop, right_with_numpy, right_with_a_running_minimum]
)
def test_right_solutions_pass(solution):
    for _ in range(20):
        assert check.evaluations_until(solution).passed


@pytest.mark.parametrize("name", WRONG)
def test_wrong_solutions_are_told_apart(name, capsys):
    solution, words = WRONG[name]
    for _ in range(20):
        verdict = check.evaluations_until(solution)
        assert not verdict.passed
        assert "not yet" in verdict.message
        assert re.search(words, verdict.message), verdict.message
    assert verdict.message in capsys.readouterr().out


def test_hints_come_one_more_at_a_time(capsys):
    made = check.Check(right_with_a_loop, lambda function: iter(()), ["look", "think"])
    counts = []
    for _ in range(3):
        made.hint()
        counts.append(capsys.readouterr().out.count("Hint"))
    assert counts == [1, 2, 2]


def test_the_solution_is_the_librarys_own(capsys):
    check.evaluations_until.solution()
    printed = capsys.readouterr().out
    assert printed.startswith("Here is how nstlib does it") and "def evaluations_until" in printed


@pytest.mark.parametrize("question", QUIZZES)
def test_every_choice_has_feedback_of_its_own_and_one_is_right(question):
    choices = QUIZZES[question]
    verdicts = {choice: check.quiz(question, choice) for choice in choices}
    assert sum(verdict.passed for verdict in verdicts.values()) == 1
    assert len({verdict.message for verdict in verdicts.values()}) == len(choices) == 3


@pytest.mark.parametrize(
    ("question", "choice"),
    [("00-1", ""), ("00-1", "z"), ("x", "a"), ("00-1", None), ("00-1", ["b"]), (["00-1"], "b")],
)
def test_a_quiz_never_raises(question, choice):
    assert not check.quiz(question, choice).passed
