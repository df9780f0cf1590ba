"""Style transfer from end to end: two pictures in, a painting and its history out."""

from __future__ import annotations

import dataclasses
import math
import os
import time
import warnings
from collections.abc import Callable, Sequence
from numbers import Integral, Real

import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from nstlib.images import MIN_SIDE, load_image
from nstlib.networks import FeatureExtractor
from nstlib.objective import CONTENT_LAYERS, STYLE_LAYERS, TERMS, Objective
from nstlib.optimizers import lbfgs

# The weights that give a good picture; they mean the same for every network (see `Objective`).
CONTENT_WEIGHT = 1.0
STYLE_WEIGHT = 10.0
TV_WEIGHT = 1.0

HISTORY = ("evaluation", "seconds", "total", *TERMS)  # what is recorded of an evaluation


@dataclasses.dataclass
class Progress:
    """What a callback is told after an evaluation: `image` is the best picture so far."""

    evaluation: int
    seconds: float
    total: float
    terms: dict[str, float]
    image: np.ndarray


@dataclasses.dataclass
class Result:
    """A painting, how it came about, and with which settings.

    image: (1, H, W, 3), RGB in [0, 1]: the one with the lowest loss that was evaluated.
    history: equally long lists, an entry an evaluation: `evaluation`, `seconds`, `total`,
        `content`, `style`, `total_variation` (the terms are weighted: they add up to the total).
    settings: with them, `stylize(content, style, **settings)` makes the picture again.
    stopped: why the run ended, in words.
    """

    image: np.ndarray
    history: dict[str, list]
    settings: dict
    stopped: str


class Timeline:
    """A callback that keeps the best picture so far at some evaluations.

    Args:
        at: numbers of evaluations, from 1.

    Attributes:
        images: a dict from the number of evaluations to the picture (1, H, W, 3).

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


class NotFinite(StopRun):
    """The loss or its gradient is NaN or infinite."""


class Run:
    """Counts the evaluations of an objective, records them, and keeps the best picture.

    The one place where evaluations are counted: an optimiser is handed the run and calls it with
    an image. It raises `StopRun` when the budget is spent, when the callback returns True, and
    when the loss is no longer finite.
    """

    def __init__(self, objective, evaluations, callback=None, progress=True):
        self.objective, self.evaluations, self.callback = objective, evaluations, callback
        self.rows = []  # one per evaluation: number, seconds, total, terms
        self.best_image, self.best_total = None, math.inf
        self.started = time.perf_counter()
        hidden = {} if progress else {"disable": True}  # left out, TQDM_DISABLE still counts
        self.bar = tqdm(total=evaluations, unit="eval", **hidden)

    def __call__(self, image):
        number = len(self.rows) + 1
        if number > self.evaluations:
            raise StopRun(f"all {self.evaluations} evaluations done")
        loss, gradient, terms = self.objective(image)
        total, terms = float(loss), terms.numpy().tolist()
        check = float(tf.reduce_sum(gradient))  # finite only if all of the gradient is
        if not math.isfinite(total) or not math.isfinite(check):
            raise NotFinite(
                f"the loss or its gradient was not finite at evaluation {number} (loss {total}): "
                "check the pictures and the weights"
            )
        seconds = time.perf_counter() - self.started
        self.rows.append((number, seconds, total, *terms))
        if total < self.best_total:
            self.best_image, self.best_total = image, total
        self.bar.set_postfix(loss=f"{self.best_total:.4g}", refresh=False)
        self.bar.update()
        if self.callback is not None:
            named = dict(zip(TERMS, terms, strict=True))
            progress = Progress(number, seconds, total, named, self.best_image.numpy())
            if self.callback(progress):
                raise StopRun(f"stopped by the callback after {number} evaluations")
        return loss, gradient

    def history(self) -> dict[str, list]:
        """The record as equally long lists, as in `Result.history`."""
        columns = zip(*self.rows, strict=True)
        return dict(zip(HISTORY, map(list, columns), strict=True))


def stylize(
    content,
    style,
    *,
    network: str = "vgg19-lite",
    pooling: str = "max",
    weights: str | os.PathLike | None = None,
    size: int = 384,
    evaluations: int = 100,
    content_weight: float = CONTENT_WEIGHT,
    style_weight: float = STYLE_WEIGHT,
    tv_weight: float = TV_WEIGHT,
    seed: int = 0,
    callback: Callable[[Progress], bool | None] | None = None,
    progress: bool = True,
) -> Result:
    """Paint the content picture in the manner of the style picture.

    Starts from the content and changes its pixels with L-BFGS, so that features of
    `block4_conv2` stay and the Gram matrices of the five `blockN_conv1` become the style's
    (Gatys et al. 2015, 2016).

    Args:
        content, style: whatever `load_image` takes: path, bytes, PIL image, array, https address.
        network, pooling, weights: see `FeatureExtractor`.
        size: longer side in pixels, of the painting and of the style picture; a smaller picture
            is not enlarged.
        evaluations: the budget, in evaluations of loss and gradient.
        content_weight, style_weight, tv_weight: see `Objective`; a larger `style_weight` paints
            more boldly, a larger `tv_weight` smoother.
        seed: of all that is random (only the weights of `vgg19-random`).
        callback: called after every evaluation with a `Progress`; returns True to stop.
        progress: whether to show a bar with the evaluations, the time left and the best loss.

    Returns a `Result`. An interruption (Ctrl-C, the notebook's stop button) ends the run and
    returns the best picture so far, and so does a loss that is not finite, with a warning.

    Raises:
        KeyboardInterrupt: if there was no picture yet.
        ImageError: a picture that cannot be used.
        ValueError: a setting out of range; a loss that is not finite from the start.
        OSError: weights that cannot be downloaded or read.

    >>> result = stylize(np.zeros((32, 48, 3)), np.ones((32, 32, 3)), evaluations=3, progress=False)
    >>> result.image.shape, result.stopped
    ((1, 32, 48, 3), 'all 3 evaluations done')
    """
    _check_settings(size, evaluations, seed, content_weight, style_weight, tv_weight)
    content, style = load_image(content, max_side=size), load_image(style, max_side=size)
    layers = sorted({*CONTENT_LAYERS, *STYLE_LAYERS})
    extractor = FeatureExtractor(layers, network, pooling, weights=weights, seed=seed)
    term_weights = {
        "content_weight": content_weight,
        "style_weight": style_weight,
        "tv_weight": tv_weight,
    }
    objective = Objective(extractor, content, style, **term_weights)
    run = Run(objective, evaluations, callback, progress)
    try:
        lbfgs(run, tf.constant(content))
        stopped = "no step makes the loss any smaller"
    except NotFinite as reason:
        if run.best_image is None:
            raise ValueError(str(reason)) from None
        stopped = f"{reason}; the picture returned is the best one before that"
        warnings.warn(stopped, stacklevel=2)
    except StopRun as reason:
        stopped = str(reason)
    except KeyboardInterrupt:
        if run.best_image is None:
            raise
        stopped = f"interrupted after {len(run.rows)} evaluations"
    finally:
        run.bar.close()
    settings = {
        "network": network,
        "pooling": pooling,
        "weights": None if weights is None else str(weights),
        "size": int(size),
        "evaluations": len(run.rows),
        **{name: float(weight) for name, weight in term_weights.items()},
        "seed": int(seed),
    }
    return Result(run.best_image.numpy(), run.history(), settings, stopped)


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


def _check_settings(size, evaluations, seed, *term_weights):
    whole = (("size", size, MIN_SIDE), ("evaluations", evaluations, 1), ("seed", seed, 0))
    for name, number, least in whole:
        if isinstance(number, bool) or not isinstance(number, Integral) or number < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, not {number!r}")
    names = ("content_weight", "style_weight", "tv_weight")
    for name, number in zip(names, term_weights, strict=True):
        if not isinstance(number, Real) or not 0 <= number < math.inf:
            raise ValueError(f"{name} must be a number of at least 0, not {number!r}")
    if not any(term_weights):
        raise ValueError("all three weights are 0: give at least one term a weight")
