"""Train the network that paints in many styles, and the numbers of each style.

    python -m nstlib.training.transfer_network PHOTOGRAPHS STYLES [STYLES ...] --output FILE.npz

PHOTOGRAPHS is the folder that `nstlib.training.distill` trains from; STYLES are folders of
pictures, each called by its style's name.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nstlib.backend import keras
from nstlib.fast import perceptual
from nstlib.fast.transfer_network import (
    PHOTOGRAPH,
    TransferNetwork,
    load_transfer_network,
    network_arrays,
)
from nstlib.images import load_image
from nstlib.losses import Tensor
from nstlib.training.fitting import Painter, fit, options_of
from nstlib.training.photographs import Photographs
from nstlib.training.teachers import load_pictures

ops = keras.ops

STYLE_SIZE = 320  # longer side of the style pictures, in pixels


class StyledPhotographs(Photographs):
    """Crops, and the number of the style to paint each in; every style has its turn."""

    def __init__(self, *arguments: Any, styles: int) -> None:
        super().__init__(*arguments)
        self.styles = styles

    def __getitem__(self, index: int) -> tuple[Any]:
        (x,) = super().__getitem__(index)
        first = (self.epoch * self.steps + index) * self.batch
        turns = (divmod(number, self.styles) for number in range(first, first + self.batch))
        order = [
            np.random.default_rng((self.seed, round_)).permutation(self.styles)[place]
            for round_, place in turns
        ]
        return ({**x, "style": np.array(order, "int32")},)


class ManyStyles(Painter):
    """The network and a row of numbers for each style.

    Args:
        network: that is trained.
        targets: Gram matrices of the styles, each with a row for every style. The first style is
            the photograph itself: its row is not looked at.
        precision: in which vgg19-lite looks at the paintings.
    """

    weights_of_terms = {**perceptual.WEIGHTS, "content": 5.5}  # noqa: RUF012

    def __init__(
        self, network: TransferNetwork, targets: perceptual.Features, precision: str
    ) -> None:
        super().__init__(precision)
        self.network = network
        self.targets = targets
        start = np.array(network.start(), "float32")
        self.numbers = self.add_weight(
            shape=(len(next(iter(targets.values()))), len(start)),
            initializer=lambda shape, dtype=None: ops.broadcast_to(start, shape),
            name="numbers",
        )

    def call(self, x: Mapping[str, Tensor], training: bool = False) -> Tensor:
        return self.network(x["seen"], ops.take(self.numbers, x["style"], axis=0))

    def style_targets(
        self, x: Mapping[str, Tensor], seen: perceptual.Features
    ) -> perceptual.Features:
        itself = ops.reshape(x["style"] == 0, (-1, 1, 1))
        return {
            name: ops.where(itself, own, ops.take(self.targets[name], x["style"], axis=0))
            for name, own in perceptual.gram_matrices(seen).items()
        }


def style_targets(paths: Sequence[pathlib.Path]) -> perceptual.Features:
    """Gram matrices of the style pictures, below a first row that stands for the photograph."""
    look = perceptual.looking()
    found = [perceptual.gram_matrices(look(load_image(path, STYLE_SIZE))) for path in paths]
    rows = [{name: ops.ones_like(G) for name, G in found[0].items()}, *found]
    return {name: ops.concatenate([row[name] for row in rows]) for name in found[0]}


def train(
    photographs: pathlib.Path,
    styles: Sequence[pathlib.Path],
    output: pathlib.Path,
    *,
    steps: int = 12_000,
    steps_per_epoch: int = 100,
    batch: int = 4,
    size: int = 128,
    learning_rate: float = 2e-3,
    precision: str = "float32",
    seed: int = 0,
    start: pathlib.Path | None = None,
    **how: Any,
) -> ManyStyles:
    """Train the network and write it to `output` (.npz) after every epoch; see `fit`.

    With `start`, the file of a network, its weights and styles are where the training begins; `how`
    goes to `fit`.
    """
    output = pathlib.Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    paths = sorted(path for each in styles for path in pathlib.Path(each).glob("*.jpg"))
    if not paths:
        raise FileNotFoundError(f"no styles in {', '.join(map(str, styles))}: expected *.jpg files")
    names = [PHOTOGRAPH, *(path.stem for path in paths)]
    pictures = [pair for pair in load_pictures(photographs) if "art" not in pair[0].name]
    data = StyledPhotographs(pictures, steps_per_epoch, batch, size, seed, styles=len(names))
    network, known = TransferNetwork(precision), dict[str, np.ndarray]()
    if start is not None:
        network, known = load_transfer_network(start, precision)
        network.trainable = True
    painter = ManyStyles(network, style_targets(paths), precision)
    painter(data[0][0])
    painter.numbers.assign([known.get(name, network.start()) for name in names])
    fit(
        painter,
        data,
        output,
        lambda: network_arrays(painter.network, names, painter.numbers),
        steps=steps,
        learning_rate=learning_rate,
        **how,
    )
    return painter


def main() -> None:
    options = options_of("transfer_network", train, __doc__, "the folder above images/", "+")
    train(options.pop("pictures"), options.pop("styles"), options.pop("output"), **options)


if __name__ == "__main__":
    main()
