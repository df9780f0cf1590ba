"""What the race of the duel and its report share: contenders, budgets, marks, rounding."""

from typing import NamedTuple

import numpy as np

REPORTED = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)  # of the evaluations: after 25, 50, 100, 200, 400


class Contender(NamedTuple):
    """An optimiser, its settings, and its share of the evaluations.

    relative_epsilon: Adam's epsilon, over the root mean square of the gradient at the start.
    """

    optimizer: str
    options: dict
    share: float = 1.0
    relative_epsilon: float | None = None


def budget(contender, settings):
    """How many evaluations a contender may make."""
    return round(contender.share * settings["evaluations"])


def marks_of(settings):
    """The marks, ever wider apart, and those reported."""
    N = settings["evaluations"]
    reported = sorted({max(1, round(share * N)) for share in REPORTED})
    denser = np.geomspace(1, N, 32).round().astype(int).tolist()
    return sorted({*denser, *reported}), reported


def digits(number, count=5):
    """A number rounded to so many significant digits."""
    return float(f"{number:.{count}g}")
