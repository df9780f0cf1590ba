"""How fast networks are trained: Adam, a cosine, averaged weights, going on after a stop."""

from __future__ import annotations

import argparse
import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nstlib.backend import keras
from nstlib.fast import perceptual
from nstlib.images.saving import written_whole
from nstlib.losses import Tensor
from nstlib.names import defaults_of
from nstlib.training.epochs import fit_in_epochs
from nstlib.training.photographs import GRID
from nstlib.training.teachers import Crops

ops = keras.ops


class Painter(keras.Model):
    """What is trained: a network and the perceptual loss of what it paints.

    A subclass says in `call` how a batch is painted, in `style_targets` what it is compared with,
    and in `unchanged` which photographs should stay as they are: there the error of the pixels
    counts in the place of the variation. Trained with plain `fit`.

    Args:
        precision: in which vgg19-lite looks at the paintings.
    """

    weights_of_terms: Mapping[str, float]

    def __init__(self, precision: str) -> None:
        super().__init__()
        self.look = perceptual.looking(precision)  # a plain function: it is not trained
        self.trackers = {name: keras.metrics.Mean(name=name) for name in self.weights_of_terms}

    def style_targets(self, x: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The Gram matrices (B, C, C) of the styles, layer by layer."""
        raise NotImplementedError

    def unchanged(self, x: Mapping[str, Tensor]) -> Tensor:
        """Whether each photograph is its own style: (B,)."""
        raise NotImplementedError

    def compute_loss(
        self,
        x: Mapping[str, Tensor],
        y: None = None,
        y_pred: Tensor = None,  # the paintings
        sample_weight: None = None,
        training: bool = True,
    ) -> Tensor:
        paintings, photographs = (cut(each, x["corner"]) for each in (y_pred, x["photographs"]))
        seen, style, unchanged = self.look(photographs), self.style_targets(x), self.unchanged(x)
        style = {
            name: ops.where(unchanged[:, None, None], own, style[name])
            for name, own in perceptual.gram_matrices(seen).items()
        }
        terms = perceptual.terms(paintings, self.look(paintings), seen, style)
        error = ops.mean(ops.abs(paintings - photographs), (1, 2, 3))
        terms["error"] = ops.where(unchanged, error, 0.0)
        terms["variation"] = ops.where(unchanged, 0.0, terms["variation"])
        for name, value in terms.items():
            self.trackers[name].update_state(value)
        return ops.mean(perceptual.total(terms, self.weights_of_terms))


def cut(images: Tensor, corner: Tensor) -> Tensor:
    """What of pictures (B, H, W, 3) is looked at: from the first corner on, `GRID` pixels less.

    Always from the same corner, a network that paints and one that looks, both of which halve
    pictures, could agree on a pattern that repeats every `GRID` pixels.
    """
    height, width = (side - GRID for side in images.shape[1:3])
    top, left = corner[0, 0], corner[0, 1]
    return ops.slice(images, (0, top, left, 0), (ops.shape(images)[0], height, width, 3))


class Save(keras.callbacks.Callback):
    """After every epoch, the network's file and the curves of its losses."""

    def __init__(self, path: pathlib.Path, arrays: Callable[[], Mapping[str, np.ndarray]]) -> None:
        super().__init__()
        self.path, self.curves, self.arrays = path, path.with_suffix(".json"), arrays

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        arrays: dict[str, Any] = dict(self.arrays())
        with written_whole(self.path) as part:
            np.savez(part, **arrays)
        if logs:
            rows = json.loads(self.curves.read_text()) if self.curves.exists() else []
            rows = [row for row in rows if row["epoch"] < epoch]  # of a run that was begun anew
            rows.append({"epoch": epoch, **{name: float(value) for name, value in logs.items()}})
            with written_whole(self.curves) as part:
                part.write_text(json.dumps(rows))


def fit(
    painter: Painter,
    data: Crops,
    output: pathlib.Path,
    arrays: Callable[[], Mapping[str, np.ndarray]],
    *,
    steps: int,
    learning_rate: float,
    average: float = 0.998,
    verbose: int | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Train, and write the averaged weights to `output` after every epoch; see `fit_in_epochs`.

    `steps` may be changed when a training goes on: the learning rate follows a cosine that ends at
    the new number.

    Args:
        arrays: gives what is to be written.
        average: which share of the averaged weights a step leaves as they were.
    """
    warmup = min(100, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 100,
        steps - warmup,
        alpha=0.01,
        warmup_target=learning_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.Adam(
        schedule, beta_2=0.99, global_clipnorm=5.0, use_ema=True, ema_momentum=average
    )
    painter.compile(optimizer)
    # In this order: the checkpoint has the weights that are trained, the file gets their average.
    own = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True), Save(output, arrays)]
    fit_in_epochs(painter, data, output, steps, [*own, *callbacks], verbose)


def options_of(
    program: str, train: Callable, description: str | None, pictures: str, styles: str
) -> dict[str, Any]:
    """What was asked for on the command line of a program that trains.

    Args:
        program: the name of its module in `nstlib.training`.
        train: what it calls, whose defaults are the program's; but it reports every step.
        description: its help.
        pictures: what the help says of the folder of pictures.
        styles: how many folders of styles it takes, in the words of `argparse`.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m nstlib.training.{program}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pictures", type=pathlib.Path, help=pictures)
    parser.add_argument("styles", type=pathlib.Path, nargs=styles, help="folders of style pictures")
    output = f"build/{program.replace('_', '-')}.npz"
    parser.add_argument("--output", type=pathlib.Path, default=output)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--size", type=int, help="side of a crop in pixels")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--precision", help="or mixed_bfloat16")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--start", type=pathlib.Path, help="a trained network to begin with")
    parser.add_argument("--verbose", type=int, default=1, help="2 prints a line per epoch")
    parser.set_defaults(**defaults_of(train))
    return vars(parser.parse_args())
