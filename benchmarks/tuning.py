"""Which settings a peer runs with: its published ones, or better ones from a small grid.

Published settings suit the scale of the loss they were published with. So each peer is tried with
a few others too, on a pair that is not measured. With n pixel values a gradient's entries are
about 1/n: `learning_rate_n` and `scale_n` are multiplied by n and `epsilon_n` is divided by it,
so that they mean the same at every size.
"""

from __future__ import annotations

import math

from contenders import contender
from problem import Problem

PUBLISHED = {}
GRIDS = {
    "tutorial": [
        PUBLISHED,
        *(
            {"learning_rate": rate, "epsilon_n": epsilon}
            for rate in (0.02, 0.05, 0.1)
            for epsilon in (0.1, 10.0)
        ),
    ],
    "keras": [PUBLISHED, *({"learning_rate_n": rate} for rate in (1e-5, 3e-5, 1e-4, 3e-4))],
    "torch": [
        PUBLISHED,
        {"scale_n": 1.0},
        {"line_search": "strong_wolfe"},
        {"line_search": "strong_wolfe", "scale_n": 1.0},
    ],
}


def for_size(settings: dict, n: int) -> dict:
    """Settings as a peer takes them, at n pixel values.

    >>> for_size({"learning_rate": 0.05, "epsilon_n": 10.0}, 1000)
    {'learning_rate': 0.05, 'epsilon': 0.01}
    """
    sized = {}
    for name, number in settings.items():
        if name == "epsilon_n":
            number = number / n
        elif name.endswith("_n"):
            number = number * n
        sized[name.removesuffix("_n")] = number
    return sized


def peer(name: str, problem: Problem, settings: dict, **more):
    """A peer with settings from its grid."""
    return contender(name, problem, **for_size(settings, problem.content.size), **more)


def trajectory(one, cap: int, mark: float = -math.inf) -> list[float]:
    """The loss at each evaluation: up to the mark, or so many, or until it is not finite."""
    losses = []

    def over():
        last = losses[-1] if losses else math.inf
        return len(losses) >= cap or last <= mark or (losses and not math.isfinite(last))

    def enough(loss):
        if not over():
            losses.append(loss)
        return over()

    one.run(enough)
    return losses


def rank(name: str, problem: Problem, steps: int, tried: int | None) -> list[tuple[dict, float]]:
    """The peer's settings with the lowest loss each had within so many steps, best first.

    `tried`: how many of the grid; None for all.
    """
    more = {"together": False} if name == "keras" else {}
    ranking = []
    for settings in GRIDS[name][:tried]:
        losses = trajectory(peer(name, problem, settings, **more), steps)
        ranking.append((settings, min(losses) if math.isfinite(losses[-1]) else math.inf))
    return sorted(ranking, key=lambda entry: entry[1])


def race(name: str, problem: Problem, ranked, cap: int, mark: float = -math.inf) -> dict:
    """The peer's trajectory with the best of its settings, which come ranked.

    Settings that are just stable at one size may diverge at another: then the next best count.
    """
    more = {"together": False} if name == "keras" else {}
    for settings in ranked:
        losses = trajectory(peer(name, problem, settings, **more), cap, mark)
        if math.isfinite(losses[-1]):
            break
    return {"settings": settings, "losses": losses}
