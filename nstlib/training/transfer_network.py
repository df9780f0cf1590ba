"""Train the network that paints in many styles, and the numbers of each style.

    python -m nstlib.training.transfer_network PHOTOGRAPHS STYLES [STYLES ...] --output FILE.npz

PHOTOGRAPHS is the folder that `nstlib.training.distill` trains from; STYLES are folders of
pictures, each called by its style's name. The artworks beside the photographs are styles, too, in
half of the paintings: their numbers are not kept, but a network that has painted in more styles is
taught new ones better.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping, Sequence
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
from nstlib.training.teachers import is_artwork, load_pictures

ops = keras.ops

STYLE_SIZE = 320  # longer side of the style pictures, in pixels


class StyledPhotographs(Photographs):
    """Crops, and the number of the style to paint each in.

    Args:
        groups: how many styles are in each group. Groups take turns, and so do the styles of one.
    """

    def __init__(self, *arguments: Any, groups: Sequence[int]) -> None:
        super().__init__(*arguments)
        self.groups = [each for each in groups if each]

    def __getitem__(self, index: int) -> tuple[Any]:
        (x,) = super().__getitem__(index)
        first = (self.epoch * self.steps + index) * self.batch
        styles = [self.style(number) for number in range(first, first + self.batch)]
        return ({**x, "style": np.array(styles, "int32")},)

    def style(self, number: int) -> int:
        """Of the crop with this number, of all."""
        turn, group = divmod(number, len(self.groups))
        round_, place = divmod(turn, self.groups[group])
        order = np.random.default_rng((self.seed, round_)).permutation(self.groups[group])
        return sum(self.groups[:group]) + int(order[place])


class ManyStyles(Painter):
    """The network and a row of numbers for each style.

    Args:
        network: that is trained.
        targets: Gram matrices of the styles, each with a row for every style. The first style is
            the photograph itself: its row is not looked at.
        precision: in which vgg19-lite looks at the paintings.
    """

    weights_of_terms = {**perceptual.WEIGHTS, "content": 3.2, "error": 20.0}  # noqa: RUF012

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

    def style_targets(self, x: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return {name: ops.take(G, x["style"], axis=0) for name, G in self.targets.items()}

    def unchanged(self, x: Mapping[str, Tensor]) -> Tensor:
        return x["style"] == 0


def style_targets(pictures: Iterable[Any]) -> perceptual.Features:
    """Gram matrices of the style pictures, below a first row that stands for the photograph."""
    look = perceptual.looking()
    found = [perceptual.gram_matrices(look(load_image(each, STYLE_SIZE))) for each in pictures]
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

    With `start`, the file of a network, its weights are where the training begins, and the numbers
    of those of its styles whose pictures are among `styles`; the others are left out. `how` goes to
    `fit`.
    """
    output = pathlib.Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    paths = sorted(path for each in styles for path in pathlib.Path(each).glob("*.jpg"))
    if not paths:
        raise FileNotFoundError(f"no styles in {', '.join(map(str, styles))}: expected *.jpg files")
    names = [PHOTOGRAPH, *(path.stem for path in paths)]
    pairs = load_pictures(photographs)
    pictures = [pair for pair in pairs if not is_artwork(pair[0])]
    artworks = [picture for path, picture in pairs if is_artwork(path)]
    groups = len(names), len(artworks)
    data = StyledPhotographs(pictures, steps_per_epoch, batch, size, seed, groups=groups)
    network, known = TransferNetwork(precision), dict[str, np.ndarray]()
    if start is not None:
        network, known = load_transfer_network(start, precision)
        network.trainable = True
    painter = ManyStyles(network, style_targets([*paths, *artworks]), precision)
    painter(data[0][0])
    unknown = np.mean([*known.values()], axis=0) if known else network.start()
    painter.numbers.assign([known.get(name, unknown) for name in names] + [unknown] * len(artworks))
    fit(
        painter,
        data,
        output,
        lambda: network_arrays(painter.network, names, painter.numbers[: len(names)]),
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
