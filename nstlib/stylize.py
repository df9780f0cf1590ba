"""Style transfer from end to end: pictures in, a painting and its history out."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from nstlib.engine.checkpoint import (
    Checkpoint,
    Saver,
    check_place,
    check_same_run,
    fingerprint,
    load_checkpoint,
)
from nstlib.engine.memory import check_memory, release_memory
from nstlib.engine.pictures import fit, load_pictures, starting_image
from nstlib.engine.precision import SMALL_RUN, choose_precision
from nstlib.engine.run import NotFinite, Progress, Run, SizeDone, StopRun
from nstlib.engine.settings import (
    OBJECTIVE_SETTINGS,
    check_limits,
    check_resumable,
    check_settings,
    check_sizes,
    resolved_layers,
)
from nstlib.layers import Layers
from nstlib.networks import FeatureExtractor
from nstlib.objective import Objective
from nstlib.optimizers import OPTIMIZERS


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
    settings: dict
    stopped: str
    checkpoint: Checkpoint | None = dataclasses.field(default=None, repr=False)


def stylize(
    content,
    style,
    *,
    network: str = "vgg19-lite",
    pooling: str = "max",
    weights: str | os.PathLike | None = None,
    convention: str = "relative",
    content_weight: float | None = None,
    style_weight: float | None = None,
    tv_weight: float | None = None,
    content_layers: Layers | None = None,
    style_layers: Layers | None = None,
    style_weights: Sequence[float] | None = None,
    masks=None,
    preserve_color: str | None = None,
    variation: str | None = None,
    init="content",
    size: int = 384,
    sizes: Sequence[int] | None = None,
    optimizer: str = "lbfgs",
    optimizer_settings: Mapping[str, float] | None = None,
    evaluations: int | Sequence[int] = 100,
    target_loss: float | None = None,
    patience: int | None = None,
    seconds: float | None = None,
    precision: str = "auto",
    seed: int = 0,
    callback: Callable[[Progress], bool | None] | None = None,
    progress: bool = True,
    checkpoint: str | os.PathLike | None = None,
    resume: str | os.PathLike | Result | None = None,
) -> Result:
    """Paint the content picture in the manner of the style picture.

    Starts from the content and changes its pixels with L-BFGS, so that features of
    `block4_conv2` stay and the Gram matrices of the five `blockN_conv1` become the style's
    (Gatys et al. 2015, 2016).

    Args:
        content, style: whatever `load_image` takes: path, bytes, PIL image, array, https address;
            for the style also a list of them.
        network, pooling, weights: see `FeatureExtractor`.
        convention, content_weight, style_weight, tv_weight, content_layers, style_layers,
            style_weights, variation: see `Objective`. In the default convention, a larger
            `style_weight` than 10 paints more boldly, a larger `tv_weight` than 1 smoother.
        masks: for each style where it applies, white for here: pictures drawn on the content, or
            arrays; one alone for the first of two styles. See `load_masks`.
        preserve_color: keep the colours of the content: `match` gives them to the style picture
            beforehand, `luminance` paints the light and dark only.
        init: what to start from: `content`, `noise`, `style`, or a picture.
        size: longer side in pixels, of the painting and of the style picture; a smaller picture
            is not enlarged.
        sizes: in place of `size`, several to paint at, from coarse to fine. Each begins with the
            painting of the last one, and its optimiser with nothing remembered.
        optimizer: `lbfgs`, `adam`, `adam-tensorflow`, `gradient-descent` or `scipy`.
        optimizer_settings: arguments of that function in `nstlib.optimizers`.
        evaluations: the budget, in evaluations of loss and gradient; of several sizes one number
            for all together, or one each.
        target_loss: stop when the loss at the last size is that low.
        patience: stop when so many evaluations have lowered the loss by less than 0.1 %.
        seconds: stop after that time, with what there is; when resuming, the time before counts.
        precision: of the network, see `FeatureExtractor`; `auto` for what is fast and right on
            this machine, see `choose_precision`.
        seed: of all that is random (noise, and the weights of `vgg19-random`).
        callback: called after every evaluation with a `Progress`; returns True to stop.
        progress: whether to show a bar with the evaluations, the time left and the best loss.
        checkpoint: a file to save the run in, every 10 s and at the end.
        resume: such a file, or a `Result`: go on from there, and save in that file again. Give
            the same pictures and settings; the limits and the callback may be others. A size
            that was finished is not taken up again.

    Returns a `Result`. An interruption (Ctrl-C, the notebook's stop button) ends the run and
    returns the best picture so far, and so does a loss that is not finite, with a warning.

    Raises:
        KeyboardInterrupt: if there was no picture yet.
        ImageError: a picture that cannot be used.
        MemoryError: the run would need more memory than there is; says which size would fit.
        ValueError: a setting out of range; a checkpoint of another run, or that cannot be saved
            where it shall; a loss that is not finite from the start.
        OSError: weights that cannot be downloaded or read; a checkpoint that is not there.

    >>> result = stylize(np.zeros((32, 48, 3)), np.ones((32, 32, 3)), evaluations=3, progress=False)
    >>> result.image.shape, result.stopped
    ((1, 32, 48, 3), 'all 3 evaluations done')
    """
    sizes = check_sizes(size, sizes)
    settings = check_settings(
        network=network,
        pooling=pooling,
        weights=weights,
        convention=convention,
        content_weight=content_weight,
        style_weight=style_weight,
        tv_weight=tv_weight,
        content_layers=content_layers,
        style_layers=style_layers,
        style_weights=style_weights,
        masks=masks,
        preserve_color=preserve_color,
        variation=variation,
        init=init,
        sizes=sizes,
        optimizer=optimizer,
        optimizer_settings=optimizer_settings,
        precision=precision,
        seed=seed,
    )
    terms = {name: settings[name] for name in OBJECTIVE_SETTINGS if name in settings}
    terms |= resolved_layers(settings)
    limits = check_limits(evaluations, sizes, target_loss, patience, seconds)
    check_resumable(optimizer, checkpoint, resume)
    saved = resume.checkpoint if isinstance(resume, Result) else None
    if resume is not None and not isinstance(resume, Result):
        saved, checkpoint = load_checkpoint(resume), checkpoint or resume
    if checkpoint is not None:
        check_place(checkpoint)
    pictures = load_pictures(content, style, sizes, masks, preserve_color)
    contents, styles = pictures.contents, pictures.styles
    start = starting_image(init, contents[0], styles[0][0], settings["seed"])
    identity = fingerprint([*pictures.all(), start])
    if resume is not None:
        check_same_run(saved, settings, identity)
        settings["precision"] = saved.settings["precision"]
    style_shapes = [image.shape[1:3] for image in styles[-1]]
    shape = contents[-1].shape[1:3]
    large = limits.evaluations[-1] * shape[0] * shape[1] >= SMALL_RUN
    if large:
        release_memory()  # of the paintings before: for a small run it takes too long
    settings["precision"] = check_memory(shape, style_shapes, settings | terms)

    def objective_at(stage, extractor):
        masks = pictures.masks[stage]
        return Objective(extractor, contents[stage], styles[stage], masks=masks, **terms)

    def build(precision):  # the objective at the last size, with its network in that precision
        extractor = FeatureExtractor(
            sorted({*terms["content_layers"], *terms["style_layers"]}),
            network,
            pooling,
            weights=weights,
            seed=seed,
            precision=precision,
        )
        return objective_at(-1, extractor)

    if settings["precision"] == "auto":
        first = fit(start, shape)
        last, settings["precision"] = choose_precision(build, first, limits.evaluations[-1])
        if large:
            release_memory()  # of the comparison
    else:
        last = build(settings["precision"])
    saver = Saver(checkpoint, settings, identity)
    run = Run(limits, callback, progress, saved.rows if saved else (), saver, pictures.colored)
    try:
        for stage in range(saved.snapshot.stage if saved else 0, len(sizes)):
            objective = last if stage == len(sizes) - 1 else objective_at(stage, last.extractor)
            image, state, best_image = _begin(stage, contents[stage], start, run, saved)
            run.begin(objective, stage, sizes[stage], best_image)
            stopped = _minimize(run, image, settings, state)
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
    except Exception:
        saver.save(run)  # whatever went wrong, the run can go on from there
        raise
    finally:
        run.bar.close()
    checkpointed = saver.save(run)
    settings = {name: value for name, value in settings.items() if name != "sizes"}
    settings |= _budget_used(sizes, run.history()["size"])
    return Result(
        pictures.colored(run.best_image.numpy()), run.history(), settings, stopped, checkpointed
    )


def _budget_used(sizes, history) -> dict:
    """The settings that say at which sizes the run was, and for how many evaluations."""
    done = [history.count(side) for side in sizes if side in history]
    if len(done) == 1:
        return {"size": sizes[0], "evaluations": done[0]}
    return {"sizes": sizes[: len(done)], "evaluations": done}


def _begin(stage, content, start, run, saved):
    """Where a size begins: the image, what the optimiser remembers, and the best image so far."""
    if saved and saved.snapshot.stage == stage:
        snapshot = saved.snapshot
        return snapshot.state.x, snapshot.state, snapshot.best_image
    if stage == 0:
        return tf.constant(start), None, None
    image = tf.constant(fit(run.best_image.numpy(), content.shape[1:3]))
    return image, None, run.best_image  # the coarser painting: what there is to lose by now


def _minimize(run, image, settings, state) -> str:
    """Run the optimiser until this size is done; returns why it is."""
    options = dict(settings["optimizer_settings"])
    if settings["optimizer"] != "scipy":
        options |= {"state": state, "remember": run.remember}
    try:
        OPTIMIZERS[settings["optimizer"]](run, image, **options)
    except SizeDone as reason:
        return str(reason)
    return "no step makes the loss any smaller"
