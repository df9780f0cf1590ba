"""Exercises that check themselves: they say what is missing, and never raise.

`check.evaluations_until(your_function)` prints what passed and what did not, in words, with the
probable misconception. `check.evaluations_until.hint()` gives one hint more each time;
`.solution()` shows the library's own source. `check.quiz("00-1", "b")` answers a quiz question.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from nstlib.quizzes import QUIZZES
from nstlib.stylize import evaluations_until as _evaluations_until


class Verdict(NamedTuple):
    """What a check found: whether all passed, and in words what."""

    passed: bool
    message: str

    def _ipython_display_(self):
        """The message has been printed already: a notebook need not show it again."""


class Check:
    """The check of one exercise.

    Args:
        reference: the library's own function.
        examine: gets the student's function and yields (passed, words), a pair per demand; it
            may raise, which counts as not passed.
        hints: from a nudge to nearly the answer.
    """

    def __init__(self, reference: Callable, examine: Callable, hints: Sequence[str]):
        self.reference, self._examine, self._hints = reference, examine, list(hints)
        self._hints_given = 0
        self.__doc__ = f"Check your own `{reference.__name__}`."

    def __call__(self, function) -> Verdict:
        passed, lines = True, []
        try:
            for fine, words in self._examine(_guarded(function)):
                lines.append(f"{'passed ' if fine else 'not yet'}  {words}")
                passed = passed and fine
                if not fine:
                    break  # what comes next would only repeat the same mistake
        except StudentError as error:
            passed = False
            lines.append(f"not yet  {error}")
        except Exception:  # an answer so odd that it cannot even be compared
            passed = False
            lines.append("not yet  What it returns cannot be used: compare with its docstring.")
        if passed:
            lines.append("All passed.")
        verdict = Verdict(passed, "\n".join(lines))
        print(verdict.message)
        return verdict

    def hint(self) -> None:
        """Print one hint more than last time."""
        self._hints_given = min(self._hints_given + 1, len(self._hints))
        for number, hint in enumerate(self._hints[: self._hints_given], start=1):
            print(f"Hint {number} of {len(self._hints)}: {hint}")

    def solution(self) -> None:
        """Print the library's own source, after saying so."""
        print(
            f"Here is how nstlib does it (nstlib/{self.reference.__module__.split('.')[-1]}.py):\n"
        )
        print(inspect.getsource(self.reference))


def quiz(question: str, choice: str) -> Verdict:
    """Answer a quiz question, such as `quiz("00-1", "b")`; says why the choice is right or not."""
    choices = QUIZZES.get(question) if isinstance(question, str) else None
    if choices is None:
        verdict = Verdict(False, f"There is no question {question!r}: try {', '.join(QUIZZES)}.")
    elif not isinstance(choice, str) or choice not in choices:
        verdict = Verdict(False, f"not yet  Put your choice in: {', '.join(map(repr, choices))}.")
    else:
        right, words = choices[choice]
        verdict = Verdict(right, f"{'right  ' if right else 'not yet'}  {words}")
    print(verdict.message)
    return verdict


class StudentError(Exception):
    """What a student's function raised, in words."""


def _guarded(function):
    """The function, with whatever it raises as a `StudentError`; "not found" becomes None."""

    def call(*arguments):
        try:
            return function(*arguments)
        except StopIteration:  # of next(...) over nothing: nothing was found
            return None
        except NotImplementedError:
            raise StudentError("It is unfinished: replace the ... by your code.") from None
        except (Exception, SystemExit) as error:
            try:
                words = f"{type(error).__name__}: {error}"
            except Exception:
                words = type(error).__name__
            raise StudentError(f"Your function stopped with {words}") from None

    return call


# ---- lesson 00 -----------------------------------------------------------------------------


def _examine_evaluations_until(function):
    first = function([10.0, 6.0, 4.0, 2.0], 0.5)
    if first is None or first is ...:
        yield False, "It returns nothing yet: replace the ... and return a number."
        return
    whole = isinstance(first, (int, np.integer)) and not isinstance(first, bool)
    yield whole, f"It returns a whole number, the number of an evaluation (yours: {first!r})."
    rng = np.random.default_rng()  # new losses each time, so that no answer passes by luck
    for _ in range(4):
        totals, share = _losses_with_a_bump(rng), float(rng.choice([0.6, 0.7, 0.8]))
        given = list(totals)
        answer, wanted = function(given, share), _evaluations_until(totals, share)
        if given != totals:
            yield False, "It changes the list that it is given: work on a copy."
        if answer != wanted:
            yield (
                False,
                f"For totals {totals} and share {share} it is {wanted}, yours is {answer}. "
                f"{_slip(answer, totals, share)}",
            )
    yield True, "It finds the first time on losses that rise once more in between."


def _losses_with_a_bump(rng) -> list[float]:
    """From about 100 to about 40, with a late bump; every known slip leads to its own number."""
    plateau = [99] * int(rng.integers(0, 4))
    falling = [94, 87.2, 85.2, 83.2, 80.8, 74, 66.5, 62, 60, 56.5, 54, 50.5, 47, 90, 45, 40, 80]
    return [round(float(v + rng.uniform(0, 0.4)), 1) for v in (100, *plateau, *falling)]


def _slip(answer, totals, share) -> str:
    """The mistake that leads to this answer, in words."""
    start, lowest = totals[0], min(totals)
    mark = start - share * (start - lowest)

    def first(level):
        return next((i for i, total in enumerate(totals, 1) if total <= level), None)

    slips = {
        first(mark) - 1: "Evaluations are counted from 1, positions in a list from 0.",
        first(mark) + 1: "One too many: the first total belongs to evaluation 1.",
        first(start * (1 - share)): "The drop ends at the lowest loss, not at 0.",
        first(start - share * (start - totals[-1])): "The drop ends at the lowest, not the last.",
        first(start - (1 - share) * (start - lowest)): "You wait for 1 - share of the drop.",
        max(i for i, t in enumerate(totals, 1) if t > mark) + 1: "You take the last time that the "
        "loss gets there: it may rise again in between, the first time counts.",
    }
    return slips.get(answer, "Count by hand on [10, 6, 4, 2]: half of the drop is done at 2.")


evaluations_until = Check(
    _evaluations_until,
    _examine_evaluations_until,
    (
        "The whole drop goes from the first total to the lowest one.",
        "So the mark to reach is totals[0] - share * (totals[0] - min(totals)).",
        "Walk through enumerate(totals, start=1) and return the first number at or below the mark.",
    ),
)
