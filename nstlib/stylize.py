"""Style transfer from end to end: two pictures in, a painting and its history out."""

from __future__ import annotations

import dataclasses
import math
import os
import time
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from nstlib.images import load_image
from nstlib.networks import FeatureExtractor
from nstlib.objective import CONTENT_LAYERS, STYLE_LAYERS, TERMS, Objective
from nstlib.optimizers import lbfgs

# The weights that give a good picture; they mean the same for every network (see `Objective`).
CONTENT_WEIGHT = 1.0
STYLE_WEIGHT = 5.0
TV_WEIGHT = 0.1


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
    settings: all that is needed to make the picture again.
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
    >>> _ = stylize(picture, picture, evaluations=3, callback=timeline, progress=False)
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


class Run:
    """Counts the evaluations of an objective, records them, and keeps the best picture.

    The one place where evaluations are counted: an optimiser is handed the run and calls it with
    an image. It raises `StopRun` when the budget is spent, when the callback returns True, and
    when the loss is no longer finite.
    """

    def __init__(self, objective, evaluations, callback=None, progress=True):
        self.objective, self.evaluations, self.callback = objective, evaluations, callback
        self.history = {key: [] for key in ("evaluation", "seconds", "total", *TERMS)}
        self.best_image, self.best_total = None, math.inf
        self.started = time.perf_counter()
        hidden = {} if progress else {"disable": True}  # left out, TQDM_DISABLE still counts
        self.bar = tqdm(total=evaluations, unit="eval", **hidden)

    def __call__(self, image):
        count = len(self.history["total"])
        if count >= self.evaluations:
            raise StopRun(f"all {self.evaluations} evaluations done")
        loss, gradient, terms = self.objective(image)
        total, terms = float(loss), terms.numpy().tolist()
        check = float(tf.reduce_sum(gradient))  # finite only if all of the gradient is
        if not math.isfinite(total) or not math.isfinite(check):
            raise StopRun(
                f"the loss or its gradient was not finite at evaluation {count + 1} "
                f"(loss {total}): check the pictures and the weights; "
                "the picture returned is the best one before that"
            )
        seconds = time.perf_counter() - self.started
        for key, number in zip(self.history, (count + 1, seconds, total, *terms), strict=True):
            self.history[key].append(number)
        if total < self.best_total:
            self.best_image, self.best_total = image, total
        self.bar.set_postfix(loss=f"{self.best_total:.4g}", refresh=False)
        self.bar.update()
        if self.callback is not None and self.callback(self._progress(terms)):
            raise StopRun(f"stopped by the callback after {count + 1} evaluations")
        return loss, gradient

    def _progress(self, terms):
        last = {key: values[-1] for key, values in self.history.items()}
        return Progress(
            evaluation=last["evaluation"],
            seconds=last["seconds"],
            total=last["total"],
            terms=dict(zip(TERMS, terms, strict=True)),
            image=self.best_image.numpy(),
        )


def stylize(
    content,
    style,
    *,
    network: str = "vgg19-lite",
    pooling: str = "max",
    weights: str | os.PathLike | None = None,
    size: int = 384,
    evaluations: int = 150,
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
        ImageError: a picture that cannot be used.
        ValueError: a setting out of range.
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
    except StopRun as reason:
        stopped = str(reason)
    except KeyboardInterrupt:
        stopped = f"interrupted after {len(run.history['total'])} evaluations"
    finally:
        run.bar.close()
    if "not finite" in stopped:
        warnings.warn(stopped, stacklevel=2)
    best = content if run.best_image is None else run.best_image.numpy()
    settings = {
        "network": network,
        "pooling": pooling,
        "weights": str(extractor.weights),
        "size": [best.shape[2], best.shape[1]],
        "evaluations": len(run.history["total"]),
        **term_weights,
        "content_layers": list(CONTENT_LAYERS),
        "style_layers": list(STYLE_LAYERS),
        "optimizer": "lbfgs",
        "seed": seed,
    }
    return Result(best, run.history, settings, stopped)


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
    for name, number, least in (
        ("size", size, 16),
        ("evaluations", evaluations, 1),
        ("seed", seed, 0),
    ):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, not {number!r}")
    for name, number in zip(
        ("content_weight", "style_weight", "tv_weight"), term_weights, strict=True
    ):
        if not isinstance(number, (int, float)) or not 0 <= number < math.inf:
            raise ValueError(f"{name} must be a number of at least 0, not {number!r}")
    if not any(term_weights):
        raise ValueError("all three weights are 0: give at least one term a weight")
