"""A run: the record of a painting, evaluation by evaluation, its best picture, and when it ends.

It is the one place where evaluations are counted, so budgets, histories, plots and the progress bar
all speak of the same thing.
"""

from __future__ import annotations

import dataclasses
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from nstlib.lbfgs import Point
from nstlib.objective import TERMS

HISTORY = ("evaluation", "seconds", "size", "total", *TERMS)  # what is recorded of an evaluation
LEAST_GAIN = 0.001  # the share by which a loss has to fall within `patience` evaluations

SECONDS_SEEN, SECONDS_LOGGED = 0.1, 10.0  # between two looks of the bar: on a screen, in a log
_PAINTING_PROCESS: dict[str, int] = {}  # the one that painted first; copied by a fork


@dataclasses.dataclass
class Progress:
    """What a callback is told after an evaluation: `image` is the best picture so far.

    `size` is the longer side that was asked for; of several sizes, the best is the best of the
    present one.
    """

    evaluation: int
    seconds: float
    size: int
    total: float
    terms: dict[str, float]
    image: np.ndarray


class Timeline:
    """A callback that keeps the best picture so far at some evaluations.

    Args:
        at: numbers of evaluations, from 1.

    Attributes:
        images: a dict from the number of evaluations to the picture (1, H, W, 3).

    >>> from nstlib.stylize import stylize
    >>> timeline = Timeline(at=(1, 3))
    >>> picture = np.zeros((32, 32, 3))
    >>> _ = stylize(picture, picture + 1, evaluations=3, callback=timeline, progress=False)
    >>> sorted(timeline.images)
    [1, 3]
    """

    def __init__(self, at: Sequence[int]):
        self.at = set(at)
        self.images: dict[int, np.ndarray] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.evaluation in self.at:
            self.images[progress.evaluation] = progress.image


class Limits(NamedTuple):
    """When a run ends.

    evaluations: the budget of each size.
    target_loss: the loss at the last size that is low enough.
    patience: the evaluations in which the loss of a size has to fall by at least a thousandth.
    seconds: the time after which no evaluation begins.
    """

    evaluations: Sequence[int]
    target_loss: float | None = None
    patience: int | None = None
    seconds: float | None = None


class Snapshot(NamedTuple):
    """A run between two steps of its optimiser: how much was recorded, and what is remembered."""

    stage: int
    evaluations: int
    best_image: tf.Tensor | None
    state: Any


class Run:
    """What happened in a painting, and whether it is to go on.

    Args:
        limits: see `Limits`.
        callback: called after every evaluation with a `Progress`; returns True to stop.
        progress: whether to show a bar.
        rows, snapshot: the record so far of a run that goes on, and where it was.
        on_snapshot: called with the run between two steps of the optimiser.
        finish: turns the image of a `Progress` into the one to be shown.

    Attributes:
        rows: what was recorded, a tuple in the order of `HISTORY` for each evaluation.
        best_image, best_total: of the present size.
        stopped: why this size is done, in words; empty as long as it is not.
        over: whether the whole run is, whatever other sizes were planned.
        failed: whether it ended at a loss that is not finite.
    """

    def __init__(
        self,
        limits: Limits,
        callback: Callable[[Progress], bool | None] | None = None,
        progress: bool = True,
        rows: Sequence[tuple] = (),
        snapshot: Snapshot | None = None,
        on_snapshot: Callable[[Run], None] | None = None,
        finish: Callable[[np.ndarray], np.ndarray] | None = None,
    ):
        refuse_after_fork()
        self.limits, self.callback, self.on_snapshot = limits, callback, on_snapshot
        self.finish = finish or (lambda image: image)
        self.rows = [tuple(row) for row in rows]
        self.snapshot = snapshot
        self.best_image: tf.Tensor | None = None
        self.best_total = math.inf
        total = sum(limits.evaluations)
        # In a notebook tqdm itself does not look at its variable.
        hidden = not progress or bool(os.environ.get("TQDM_DISABLE"))
        self.bar = tqdm(
            total=total,
            initial=len(self.rows),
            unit="eval",
            disable=hidden or sys.stderr is None,  # it is without a console
            mininterval=SECONDS_SEEN if _is_seen() else SECONDS_LOGGED,
        )
        self.started = time.perf_counter() - (self.rows[-1][1] if self.rows else 0.0)
        self.stopped, self.over, self.failed = "", False, False

    def begin(self, stage: int, size: int, best_image: tf.Tensor | None = None) -> None:
        """Begin a size, or go on with it; what is best starts anew, as losses of two sizes differ.

        Args:
            stage: the number of the size, from 0.
            size: the longer side in pixels.
            best_image: what to fall back on until something was evaluated.

        Raises:
            ValueError: a run that goes on has done more than the budget already.
        """
        self.stage, self.size, self.stopped = stage, size, ""
        done = [(number, total) for number, _, side, total, *_ in self.rows if side == size]
        before, budget = len(self.rows) - len(done), self.limits.evaluations[stage]
        if len(done) > budget:
            raise ValueError(
                f"the run to resume has done {len(done)} evaluations at size {size} already: "
                f"ask for at least as many, not {budget}"
            )
        self.end = before + budget
        self.best_image, self.best_total = best_image, math.inf
        # The loss at the last gain that was worth it, and its evaluation: patience counts from it.
        self.gained_total, self.gained_at = math.inf, before
        for number, total in done:
            self._note(number, total)
        self._check_limits()

    def record(self, point: Point) -> None:
        """Take note of an evaluation, and of whether it was the last.

        Raises:
            ValueError: a loss or a gradient that is not finite, when there is no picture yet.
        """
        number = len(self.rows) + 1
        check = float(tf.reduce_sum(point.gradient))  # finite only if all of the gradient is
        if not math.isfinite(point.value) or not math.isfinite(check):
            reason = (
                f"the loss or its gradient was not finite at evaluation {number} "
                f"(loss {point.value}): check the pictures and the weights"
            )
            if self.best_image is None:
                raise ValueError(reason)
            self.failed, self.over = True, True
            self.stopped = f"{reason}; the picture returned is the best one before that"
            return
        seconds = time.perf_counter() - self.started
        terms = [] if point.terms is None else np.asarray(point.terms).tolist()
        self.rows.append((number, seconds, self.size, point.value, *terms))
        if point.value < self.best_total:
            self.best_image = point.x
        self._note(number, point.value)
        self.bar.set_postfix(loss=f"{self.best_total:.4g}", refresh=False)
        self.bar.update()
        if point.state is not None:
            self.snapshot = Snapshot(self.stage, number, self.best_image, point.state)
            if self.on_snapshot is not None:
                self.on_snapshot(self)
        if self.callback is not None:
            named = dict(zip(TERMS, terms, strict=False))
            shown = self.finish(self.best_image.numpy())
            if self.callback(Progress(number, seconds, self.size, point.value, named, shown)):
                self.stop(f"stopped by the callback after {number} evaluations")
                return
        self._check_limits()

    def stop(self, reason: str) -> None:
        """End the run, whatever sizes were to come."""
        self.stopped, self.over = reason, True

    def interrupt(self) -> bool:
        """End the run with the picture that there is; False if there is none."""
        self.stop(f"interrupted after {len(self.rows)} evaluations")
        return self.best_image is not None

    def history(self) -> dict[str, list]:
        """The record as equally long lists, as in `Result.history`."""
        columns = zip(*self.rows, strict=True)
        return dict(zip(HISTORY, map(list, columns), strict=False))

    def budget_used(self, sizes: Sequence[int]) -> dict[str, Any]:
        """The settings that say at which sizes the run was, and for how many evaluations."""
        at_sizes = [row[2] for row in self.rows]
        done = [at_sizes.count(side) for side in sizes if side in at_sizes]
        if len(done) == 1:
            return {"size": sizes[0], "evaluations": done[0]}
        return {"sizes": sizes[: len(done)], "evaluations": done}

    def _note(self, number: int, total: float) -> None:
        self.best_total = min(self.best_total, total)
        least = self.gained_total - LEAST_GAIN * abs(self.gained_total)
        if self.gained_total == math.inf or total < least:
            self.gained_total, self.gained_at = total, number

    def _check_limits(self) -> None:
        """Say why this size is done, if it is: before it costs another evaluation."""
        limits, number = self.limits, len(self.rows)
        last = self.stage == len(limits.evaluations) - 1
        late = limits.seconds is not None and time.perf_counter() - self.started > limits.seconds
        if number >= self.end:
            self.stopped = f"all {number} evaluations done"
        elif late and number:
            self.stop(f"{limits.seconds:g} s are over, after {number} evaluations")
        elif last and limits.target_loss is not None and self.best_total <= limits.target_loss:
            self.stopped = f"the loss is down to {self.best_total:.4g}, as asked"
        elif limits.patience is not None and number - self.gained_at >= limits.patience:
            self.stopped = f"{limits.patience} evaluations brought less than 0.1 %"


def refuse_after_fork() -> None:
    """Say so in a process that was forked after a painting, in place of waiting for ever.

    TensorFlow's threads, which compute, are not copied into such a process.

    Raises:
        RuntimeError: this is one.
    """
    if _PAINTING_PROCESS.setdefault("id", os.getpid()) != os.getpid():
        raise RuntimeError(
            "this process was forked from one that has painted, and TensorFlow does not survive "
            'that: start it with multiprocessing.get_context("spawn")'
        )


def _is_seen() -> bool:
    """Whether the bar moves on a screen: in a log file each of its looks is a line that stays."""
    in_a_notebook = "ipykernel" in sys.modules
    return in_a_notebook or (sys.stderr is not None and sys.stderr.isatty())
