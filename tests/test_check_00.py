"""Lesson 00: what the checks have to tell apart, run by test_check.py."""

import numpy as np


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


RIGHT = {
    "evaluations_until": {
        "a loop": right_with_a_loop,
        "numpy": right_with_numpy,
        "a running minimum": right_with_a_running_minimum,
    }
}
WRONG = {
    "evaluations_until": {
        "returns nothing": (lambda totals, share: None, "replace the \\.\\.\\."),
        "counted from 0": (lambda t, s: right_with_a_loop(t, s) - 1, "positions in a list from 0"),
        "one too many": (lambda t, s: right_with_a_loop(t, s) + 1, "One too many"),
        "drop to zero": (first_at(lambda t, s: t[0] * (1 - s)), "not at 0"),
        "drop to the last": (first_at(lambda t, s: t[0] - s * (t[0] - t[-1])), "not the last"),
        "share of what is left": (
            first_at(lambda t, s: t[0] - (1 - s) * (t[0] - min(t))),
            "1 - share",
        ),
        "last time": (
            lambda t, s: max(i for i, v in enumerate(t, 1) if v > mark(t, s)) + 1,
            "the first time counts",
        ),
        "a float": (lambda t, s: float(right_with_a_loop(t, s)), "whole number"),
        "a constant": (lambda t, s: 2, "yours is 2"),
        "sorts in place": (sorts_in_place, "changes what it is given"),
        "an array now and then": (lambda t, s: 2 if len(t) == 4 else np.ones(2), "cannot be used"),
    }
}
