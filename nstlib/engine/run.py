"""A run: counts the evaluations of an objective, records them, keeps the best picture, and stops.

`Run` stands between the optimiser and the objective. It is the one place where evaluations are
counted, so budgets, histories, plots and the progress bar all speak of the same thing.
"""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from nstlib.objective import TERMS

HISTORY = ("evaluation", "seconds", "size", "total", *TERMS)  # what is recorded of an evaluation
PROGRESS = 0.001  # a loss that falls by a smaller share than this has made no progress


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
        self.at, self.images = set(at), {}

    def __call__(self, progress: Progress) -> None:
        if progress.evaluation in self.at:
            self.images[progress.evaluation] = progress.image


class StopRun(Exception):
    """Raised by `Run` to leave the optimiser's loop; its text says why."""


class SizeDone(StopRun):
    """This size is finished; the next one, if there is one, may begin."""


class NotFinite(StopRun):
    """The loss or its gradient is NaN or infinite."""


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
    """A run before one of its steps: how much was recorded, and what the optimiser remembers."""

    stage: int
    evaluations: int
    best_total: float
    best_image: tf.Tensor | None
    state: NamedTuple | None


class Run:
    """An optimiser is handed the run in place of the objective and calls it with an image.

    Args:
        limits: see `Limits`.
        callback: called after every evaluation with a `Progress`; returns True to stop.
        progress: whether to show a bar.
        rows: the record so far of a run that goes on, as in `rows` of that run.
        on_snapshot: called with the run before every step of the optimiser.
        finish: turns the image of a `Progress` into the one to be shown.

    Raises `StopRun` out of the call when a limit is reached, when the callback returns True, and
    when the loss is no longer finite.
    """

    def __init__(
        self,
        limits: Limits,
        callback: Callable[[Progress], bool | None] | None = None,
        progress: bool = True,
        rows: Sequence[tuple] = (),
        on_snapshot: Callable[[Run], None] | None = None,
        finish: Callable[[np.ndarray], np.ndarray] | None = None,
    ):
        self.limits, self.callback, self.on_snapshot = limits, callback, on_snapshot
        self.finish = finish or (lambda image: image)
        self.rows = [tuple(row) for row in rows]  # one an evaluation, in the order of HISTORY
        self.snapshot = None
        self.best_image, self.best_total = None, math.inf
        total = sum(limits.evaluations)
        # In a notebook tqdm itself does not look at its variable.
        hidden = not progress or bool(os.environ.get("TQDM_DISABLE"))
        self.bar = tqdm(total=total, initial=len(self.rows), unit="eval", disable=hidden)
        self.started = time.perf_counter() - (self.rows[-1][1] if self.rows else 0.0)

    def begin(self, objective, stage: int, size: int, best_image=None) -> None:
        """Begin a size, or go on with it; what is best starts anew, as losses of two sizes differ.

        Args:
            objective: gives loss, gradient and terms of an image of this size.
            stage: the number of the size, from 0.
            size: the longer side in pixels.
            best_image: what to fall back on until something was evaluated.

        Raises:
            ValueError: a run that goes on has done more than the budget already.
        """
        self.objective, self.stage, self.size = objective, stage, size
        done = [(number, total) for number, _, side, total, *_ in self.rows if side == size]
        before, budget = len(self.rows) - len(done), self.limits.evaluations[stage]
        if len(done) > budget:
            raise ValueError(
                f"the run to resume has done {len(done)} evaluations at size {size} already: "
                f"ask for at least as many, not {budget}"
            )
        self.end = before + budget
        self.best_image, self.best_total, self.mark = best_image, math.inf, (math.inf, before)
        for number, total in done:
            self._note(number, total)

    def __call__(self, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        number = len(self.rows) + 1
        self._check_limits(number)
        loss, gradient, terms = self.objective(image)
        total, terms = float(loss), terms.numpy().tolist()
        check = float(tf.reduce_sum(gradient))  # finite only if all of the gradient is
        if not math.isfinite(total) or not math.isfinite(check):
            raise NotFinite(
                f"the loss or its gradient was not finite at evaluation {number} (loss {total}): "
                "check the pictures and the weights"
            )
        seconds = time.perf_counter() - self.started
        self.rows.append((number, seconds, self.size, total, *terms))
        if total < self.best_total:
            self.best_image = image
        self._note(number, total)
        self.bar.set_postfix(loss=f"{self.best_total:.4g}", refresh=False)
        self.bar.update()
        if self.callback is not None:
            named = dict(zip(TERMS, terms, strict=True))
            best = self.finish(self.best_image.numpy())
            if self.callback(Progress(number, seconds, self.size, total, named, best)):
                raise StopRun(f"stopped by the callback after {number} evaluations")
        return loss, gradient

    def remember(self, state: NamedTuple) -> None:
        """Take note of where the optimiser is, before one of its steps."""
        best = self.best_total, self.best_image
        self.snapshot = Snapshot(self.stage, len(self.rows), *best, state)
        if self.on_snapshot is not None:
            self.on_snapshot(self)

    def history(self) -> dict[str, list]:
        """The record as equally long lists, as in `Result.history`."""
        columns = zip(*self.rows, strict=True)
        return dict(zip(HISTORY, map(list, columns), strict=True))

    def _note(self, number, total):
        self.best_total = min(self.best_total, total)
        if total < self.mark[0] - PROGRESS * abs(self.mark[0]) or self.mark[0] == math.inf:
            self.mark = total, number

    def _check_limits(self, number):
        limits, last = self.limits, self.stage == len(self.limits.evaluations) - 1
        if number > self.end:
            raise SizeDone(f"all {number - 1} evaluations done")
        late = limits.seconds is not None and time.perf_counter() - self.started > limits.seconds
        if late and number > 1:
            raise StopRun(f"{limits.seconds:g} s are over, after {number - 1} evaluations")
        if last and limits.target_loss is not None and self.best_total <= limits.target_loss:
            raise SizeDone(f"the loss is down to {self.best_total:.4g}, as asked")
        if limits.patience is not None and number - 1 - self.mark[1] >= limits.patience:
            raise SizeDone(f"{limits.patience} evaluations brought less than 0.1 %")


def evaluations_until(totals: Sequence[float], share: float) -> int:
    """After how many evaluations so large a share of the whole drop of the loss was done.

    Args:
        totals: the loss at evaluation 1, 2, 3, ...
        share: of the drop from the first loss to the lowest one, from 0 to 1.

    Returns the number of the first evaluation, from 1, whose loss is low enough.

    >>> evaluations_until([10.0, 6.0, 4.0, 2.0], share=0.5)
    2
    """
    mark = totals[0] - share * (totals[0] - min(totals))
    return next(number for number, total in enumerate(totals, start=1) if total <= mark)
