"""Lesson 00, first painting: its exercise."""

from __future__ import annotations

import numpy as np

from nstlib.check import references
from nstlib.check.comparison import compare_by_hand
from nstlib.check.framework import NOTHING, Check, FoundNothing, StudentError, shorten


def _examine_evaluations_until(student):
    first = student([10.0, 6.0, 4.0, 2.0], 0.5)
    if first is None or first is ...:
        yield False, NOTHING
        return
    whole = isinstance(first, (int, np.integer)) and not isinstance(first, bool)
    yield (
        whole,
        f"It returns a whole number, the number of an evaluation (yours: {shorten(first)}).",
    )
    if not whole:
        return
    rng = np.random.default_rng()  # new losses each time, so that no answer passes by luck
    for _ in range(4):
        totals, share = _losses_with_a_bump(rng), float(rng.choice([0.6, 0.7, 0.8]))
        wanted = references.evaluations_until(totals, share)
        try:
            answer = student(totals, share)
        except FoundNothing as nothing:
            words = _slip(None, totals, share)
            if words == BY_HAND_WORDS:
                raise
            raise StudentError(f"{nothing} {words}") from None
        if answer != wanted:
            yield (
                False,
                f"For totals {totals} and share {share} it is {wanted}, yours is "
                f"{shorten(answer)}. {_slip(answer, totals, share)}",
            )
    yield True, "It finds the first time on losses that rise once more in between."
    for words, (totals, share) in BY_HAND.items():
        compare_by_hand(student, (totals, share), references.evaluations_until, words, whole=True)
    yield True, "So it does where a loss is exactly on the mark, and for a share of 0 or 1."


BY_HAND_WORDS = "Count by hand on [10, 6, 4, 2]: half of the drop is done at 2."
BY_HAND = {
    "the docstring's example": ([10.0, 6.0, 4.0, 2.0], 0.5),
    "a loss that is exactly on the mark": ([8.0, 7.0, 4.0, 0.0], 0.5),
    "a highest loss that is not the first one": ([8.0, 10.0, 5.0, 4.0, 0.0], 0.5),
    "a bump before the mark is reached": ([16.0, 12.0, 20.0, 8.0, 0.0, 4.0], 0.5),
    "a loss that nearly gets there": ([10.0, 6.1, 2.5, 2.0], 0.5),
    "none of the drop": ([8.0, 4.0, 0.0], 0.0),
    "all of the drop": ([8.0, 4.0, 1.0, 2.0], 1.0),
    "a first loss that is the lowest": ([2.0, 3.0, 4.0], 0.5),
}


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

    run = len(totals)  # where the last losses below the mark begin
    while totals[run - 2] <= mark:
        run -= 1
    while totals[run - 1] > mark:
        run -= 1
    while totals[run - 2] <= mark:
        run -= 1
    slips = {
        run: "Go from the first loss to the last one: it may rise again in between, and the first "
        "time counts.",
        first(mark) - 1: "Evaluations are counted from 1, positions in a list from 0.",
        first(mark) + 1: "One too many: the first total belongs to evaluation 1.",
        first(start * (1 - share)): "The drop ends at the lowest loss, not at 0.",
        first(start - share * (start - totals[-1])): "The drop ends at the lowest, not the last.",
        first(start - (1 - share) * (start - lowest)): "You wait for 1 - share of the drop.",
        max(i for i, t in enumerate(totals, 1) if t > mark) + 1: "You take the last time that the "
        "loss gets there: it may rise again in between, the first time counts.",
    }
    return slips.get(answer, BY_HAND_WORDS)


evaluations_until = Check(
    references.evaluations_until,
    _examine_evaluations_until,
    (
        "The whole drop goes from the first total to the lowest one.",
        "So the mark to reach is totals[0] - share * (totals[0] - min(totals)).",
        "Walk through enumerate(totals, start=1) and return the first number at or below the mark.",
    ),
)
