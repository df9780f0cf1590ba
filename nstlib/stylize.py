"""Style transfer from end to end: pictures in, a painting and its history out."""

from __future__ import annotations

import dataclasses
import inspect
import os
import pathlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from nstlib.backend import check_eager
from nstlib.engine.checkpoint import (
    Checkpoint,
    Saver,
    check_place,
    check_same_pictures,
    check_same_settings,
    fingerprint,
    load_checkpoint,
)
from nstlib.engine.memory import affordable_precision, release_memory
from nstlib.engine.pictures import (
    Pictures,
    fit,
    load_pictures,
    open_pictures,
    starting_image,
    surprises,
)
from nstlib.engine.precision import SMALL_RUN, choose_precision
from nstlib.engine.run import Limits, Progress, Run, refuse_after_fork
from nstlib.engine.settings import Settings, check_whole
from nstlib.images.sources import home
from nstlib.lbfgs import Evaluate, Point, no_metric
from nstlib.losses import Tensor
from nstlib.names import check_name
from nstlib.networks import FeatureExtractor
from nstlib.objective import Objective, shares_of
from nstlib.optimizers import OPTIMIZERS

POINTS = "an optimiser has to yield a Point for each evaluation (see evaluate_at in nstlib.lbfgs)"


def paint(
    objective: Evaluate,
    start: Tensor,
    *,
    optimizer: str | Callable = "lbfgs",
    evaluations: int = 100,
    run: Run | None = None,
    state: Any = None,
    **options: float,
) -> Run:
    """Let an optimiser change an image until the objective is small enough.

    Args:
        objective: gives loss and gradient (and perhaps terms) of an image, as `Objective` does.
        start: image (1, H, W, 3), RGB in [0, 1], to begin with.
        optimizer: a name in `OPTIMIZERS`, or such a generator of your own. It is called with the
            objective and the image, and yields what `evaluate_at` in `nstlib.lbfgs` gives.
        evaluations: the budget; ignored with a `run`.
        run: a `Run` that has begun, with limits of its own.
        state: what the optimiser remembered, to go on from there; handed on only if there is one.
        options: further arguments of the optimiser.

    Returns the run: its `best_image` is the painting, its `history()` says how it came about. An
    interruption (Ctrl-C, the notebook's stop button) ends it with the best picture so far, and so
    does a loss that is no longer finite, with a warning.

    Raises:
        KeyboardInterrupt: if there was no picture yet.
        TypeError: an optimiser that yields something else.
        ValueError: an unknown optimiser, or one that yields nothing; a loss that is not finite from
            the start.

    >>> def objective(image):
    ...     return tf.reduce_sum((image - 0.25) ** 2), 2 * (image - 0.25)
    >>> run = paint(objective, start=tf.ones((1, 2, 2, 3)), evaluations=5)
    >>> run.best_image.numpy()[0, 0, 0].round(3), run.stopped
    (array([0.25, 0.25, 0.25], dtype=float32), 'all 5 evaluations done')
    """
    if not callable(optimizer):
        optimizer = OPTIMIZERS[check_name("optimizer", optimizer, OPTIMIZERS)]
    image = tf.cast(start, tf.float32)
    if run is None:
        run = Run(Limits([check_whole("evaluations", evaluations, 1)]), progress=False)
        run.begin(stage=0, size=max(image.shape[1:3]))
    if run.stopped:
        return run
    if state is not None:
        options["state"] = state
    try:
        for point in optimizer(objective, image, **options):
            if not isinstance(point, Point):
                raise TypeError(f"{POINTS}, not a {type(point).__name__}")
            run.record(point)
            if run.stopped:
                break
        else:
            if run.best_image is None:
                raise ValueError(f"{POINTS}, and this one yielded nothing")
            run.stopped = "no step makes the loss any smaller"
    except KeyboardInterrupt:
        if not run.interrupt():
            raise
    if run.failed:
        warnings.warn(run.stopped, stacklevel=2)
    return run


@dataclasses.dataclass
class Result:
    """A painting, how it came about, and with which settings.

    image: (1, H, W, 3), RGB in [0, 1]: the one with the lowest loss that was evaluated.
    history: equally long lists, an entry an evaluation: `evaluation`, `seconds`, `size`, `total`,
        `content`, `style`, `total_variation` (the terms are weighted: they add up to the total).
    settings: with them, `stylize(content, style, **settings)` makes the picture again; pixels given
        as `init` or `masks` are not among them.
    stopped: why the run ended, in words.
    checkpoint: what the optimiser remembers; `stylize(..., resume=result)` goes on from there.
    """

    image: np.ndarray
    history: dict[str, list]
    settings: dict[str, Any]
    stopped: str
    checkpoint: Checkpoint | None = dataclasses.field(default=None, repr=False)


def stylize(
    content: Any,
    style: Any,
    *,
    callback: Callable[[Progress], bool | None] | None = None,
    progress: bool = True,
    checkpoint: str | os.PathLike | None = None,
    resume: str | os.PathLike | Result | None = None,
    **settings: Any,
) -> Result:
    """Paint the content picture in the manner of the style picture.

    Starts from the content and changes its pixels with L-BFGS, so that features of it stay, and the
    mean and covariance of the features in the five `blockN_conv1` become the style's (Gatys et al.
    2015, 2016, with Gram matrices); at the end, its colours become the style's.

    Args:
        content, style: whatever `load_image` takes: path, bytes, PIL image, array, https address;
            for the style also a list of them.
        callback: called after every evaluation with a `Progress`; returns True to stop.
        progress: whether to show a bar with the evaluations, the time left and the best loss.
        checkpoint: a file to save the run in, every 10 s and at the end.
        resume: such a file, or a `Result`: go on from there, and save in that file again. Give
            the same pictures and settings; the limits and the callback may be others. A size
            that was finished is not taken up again.
        settings: how to paint: network, weights, layers, masks, colours, start, sizes, optimiser,
            budget, precision, seed. `Settings` in `nstlib.engine.settings` explains each of them.

    Returns a `Result`. An interruption (Ctrl-C, the notebook's stop button) ends the run and
    returns the best picture so far, and so does a loss that is not finite, with a warning. There is
    one, too, where a photograph is smaller than the size asked for, or one evaluation will paint
    nothing.

    Raises:
        KeyboardInterrupt: if there was no picture yet.
        ImageError: a picture that cannot be used.
        MemoryError: the run would need more memory than there is; says which size would fit.
        TypeError: a setting that there is not.
        ValueError: a setting out of range; a checkpoint of another run, or that cannot be saved
            where it shall; a loss that is not finite from the start.
        RuntimeError: the process was forked from one that has painted.
        OSError: weights that cannot be downloaded or read; a checkpoint that is not there.

    >>> result = stylize(np.zeros((32, 48, 3)), np.ones((32, 32, 3)), evaluations=3, progress=False)
    >>> result.image.shape, result.stopped
    ((1, 32, 48, 3), 'all 3 evaluations done')
    """
    check_eager()
    refuse_after_fork()
    chosen = Settings.of(settings, besides=("callback", "progress", "checkpoint", "resume"))
    record, limits, size = chosen.record(), chosen.limits(), chosen.sizes[-1]
    if callback is not None and not callable(callback):
        raise ValueError(f"callback must be a function that takes a Progress, not {callback!r}")
    saved, checkpoint = _to_resume(resume, checkpoint)
    if resume is not None:
        check_same_settings(saved, record)
        chosen = dataclasses.replace(chosen, precision=saved.settings["precision"])

    sources = open_pictures(content, style)
    shares = shares_of(sources[1:], chosen.style_shares)  # before a network is built, or downloaded
    shape = sources[0].scaled_shape(size)
    style_shapes = [each.scaled_shape(chosen.style_side(size)) for each in sources[1:]]
    for sentence in surprises(sources[0], chosen, settings):
        warnings.warn(sentence, stacklevel=2)
    large = limits.evaluations[-1] * shape[0] * shape[1] >= SMALL_RUN
    if large:
        release_memory()  # of the paintings before: for a small run it takes too long
    precision = affordable_precision(shape, style_shapes, chosen)
    pictures = load_pictures(sources, chosen)
    start = starting_image(chosen.init, pictures.contents[0], pictures.styles[0][0], chosen.seed)
    identity = fingerprint([*pictures.all(), start])
    if saved is not None:
        check_same_pictures(saved, identity)

    def objective_at(stage: int, extractor: FeatureExtractor) -> Objective:
        masks, terms = pictures.masks[stage], chosen.for_objective()
        contents, styles = pictures.contents[stage], pictures.styles[stage]
        return Objective(extractor, contents, styles, masks=masks, **terms)

    def build(precision: str) -> Objective:
        """The objective at the last size, with its network in that precision."""
        extractor = FeatureExtractor(
            sorted(set().union(*chosen.layers.values())),
            chosen.network,
            chosen.pooling,
            weights=chosen.weights,
            seed=chosen.seed,
            precision=precision,
        )
        return objective_at(-1, extractor)

    if precision == "auto":
        first = fit(start, shape)
        last, precision = choose_precision(build, first, limits.evaluations[-1])
        if large:
            release_memory()  # of the comparison
    else:
        last = build(precision)
    record["precision"] = precision

    saver = Saver(checkpoint, record, identity)
    rows, snapshot = (saved.rows, saved.snapshot) if saved else ((), None)
    run = Run(limits, callback, progress, rows, snapshot, saver, pictures.colored)
    try:
        for stage in range(saved.snapshot.stage if saved else 0, len(chosen.sizes)):
            final = stage == len(chosen.sizes) - 1
            objective = last if final else objective_at(stage, last.extractor)
            image, state, best_image = _begin(stage, pictures, start, run, saved)
            run.begin(stage, chosen.sizes[stage], best_image)
            options = {"state": state, **chosen.optimizer_settings}
            if stage > 0 and chosen.optimizer == "lbfgs":
                options["metric"] = no_metric  # what is coarse in the picture is painted by now
            paint(objective, image, optimizer=chosen.optimizer, run=run, **options)
            if run.over:
                break
    except KeyboardInterrupt:
        if not run.interrupt():
            raise
    except Exception:
        saver.save(run)  # whatever went wrong, the run can go on from there
        raise
    finally:
        run.bar.close()
    reached = chosen.sizes.index(run.rows[-1][2])  # of several sizes, not all may have had a turn
    image = pictures.finished(run.best_image.numpy(), reached, chosen.match_colors, shares)
    made_with = {name: value for name, value in record.items() if name != "sizes"}
    made_with |= run.budget_used(chosen.sizes)
    return Result(image, run.history(), made_with, run.stopped, saver.save(run))


def _signature() -> inspect.Signature:
    """With all settings by name, for whoever asks for help or presses Tab."""
    own = inspect.signature(stylize)
    *named, _ = own.parameters.values()
    settings = inspect.signature(Settings).parameters.values()
    fields = [field.replace(kind=inspect.Parameter.KEYWORD_ONLY) for field in settings]
    return own.replace(parameters=[*named, *fields])


stylize.__signature__ = _signature()  # type: ignore[attr-defined]


def _to_resume(
    resume: Result | str | os.PathLike | None, checkpoint: str | os.PathLike | None
) -> tuple[Checkpoint | None, str | os.PathLike | None]:
    """What was saved, if anything is to go on, and the file to save in."""
    saved = None
    if isinstance(resume, Result):
        saved = resume.checkpoint
    elif resume is not None:
        resume = _path("resume", resume, ", or a Result")
        saved, checkpoint = load_checkpoint(resume), checkpoint or resume
    if checkpoint is not None:
        checkpoint = _path("checkpoint", checkpoint)
        check_place(checkpoint)
    return saved, checkpoint


def _path(name: str, path: Any, besides: str = "") -> pathlib.Path:
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"{name} must be the path of a file{besides}, not {path!r}")
    return home(path)


def _begin(
    stage: int, pictures: Pictures, start: np.ndarray, run: Run, saved: Checkpoint | None
) -> tuple[Tensor, Any, Tensor | None]:
    """Where a size begins: the image, what the optimiser remembers, and the best image so far."""
    if saved and saved.snapshot.stage == stage:
        snapshot = saved.snapshot
        return snapshot.state.x, snapshot.state, snapshot.best_image
    if stage == 0:
        return start, None, None
    image = fit(run.best_image.numpy(), pictures.contents[stage].shape[1:3])
    return image, None, run.best_image  # the coarser painting: what there is to lose by now
