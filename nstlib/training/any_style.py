"""Train the decoder that paints in any style.

    python -m nstlib.training.any_style PICTURES [STYLES ...] --output FILE.npz

PICTURES is the folder that `nstlib.training.distill` trains from: its photographs are painted, its
artworks are the styles; STYLES are folders of further ones.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from nstlib.backend import keras
from nstlib.engine.settings import check_whole
from nstlib.fast import perceptual
from nstlib.fast.any_style import (
    LEVELS,
    Decoder,
    Style,
    decoder_arrays,
    encoder,
    load_decoder,
    style_statistics,
    transformed,
)
from nstlib.fast.transforms import TRANSFORMS
from nstlib.losses import Tensor
from nstlib.training.fitting import Painter, fit, options_of
from nstlib.training.photographs import Photographs
from nstlib.training.teachers import Picture, is_artwork, load_pictures

ops = keras.ops

STYLE_CROP = 224  # side of a style, in pixels
SHARES = {  # how often each transform is trained with
    "identity": 0.1,
    "adain": 0.15,
    "whiten_and_color": 0.15,
    "optimal_transport": 0.6,
}
PHOTOGRAPHS_AS_STYLES = 0.15
OTHER_COLORS, OTHER_CONTRAST = 0.4, 0.3  # shares of styles that are changed so


class StylePairs(Photographs):
    """Crops, the number of a style for each, and a transform for the batch."""

    def __init__(self, *arguments: Any, styles: int) -> None:
        super().__init__(*arguments)
        self.styles = styles

    def __getitem__(self, index: int) -> tuple[Any]:
        (x,) = super().__getitem__(index)
        rng = np.random.default_rng((self.seed, self.epoch, index, 2))
        styles = rng.integers(self.styles, size=self.batch)
        transform = rng.choice(len(SHARES), p=list(SHARES.values()))
        transforms = np.full(self.batch, transform, "int32")
        return ({**x, "style": styles.astype("int32"), "transform": transforms},)


def draw_style(
    photographs: Sequence[Picture], artworks: Sequence[Picture], rng: np.random.Generator
) -> np.ndarray:
    """A style picture (1, side, side, 3): a crop of an artwork, or now and then of a photograph.

    There are few artworks: some have their colours exchanged or their contrast changed.
    """
    source = photographs if rng.random() < PHOTOGRAPHS_AS_STYLES else artworks
    picture = source[int(rng.integers(len(source)))][1]
    side = rng.uniform(0.6, 1.0) * min(picture.size)
    left, top = rng.uniform(0, picture.width - side), rng.uniform(0, picture.height - side)
    box = (left, top, left + side, top + side)
    crop = picture.resize((STYLE_CROP, STYLE_CROP), Image.Resampling.BICUBIC, box=box)
    style = np.asarray(crop, "float32") / 255.0
    if rng.random() < OTHER_COLORS:
        style = style[..., rng.permutation(3)]
    if rng.random() < OTHER_CONTRAST:
        style = style ** rng.uniform(0.6, 1.6)
    return style[np.newaxis]


class Bank:
    """What a training wants of each of its style pictures, looked at once only.

    Args:
        styles: pictures (1, H, W, 3).
    """

    def __init__(self, styles: Iterable[np.ndarray]) -> None:
        look, encode = perceptual.looking(), encoder()
        rows = [
            (style_statistics(encode(style)), perceptual.gram_matrices(look(style)))
            for style in styles
        ]
        self.statistics = {
            name: tuple(ops.concatenate([row[0][name][part] for row in rows]) for part in (0, 1))
            for name in LEVELS
        }
        self.gram_matrices = {
            name: ops.concatenate([row[1][name] for row in rows]) for name in rows[0][1]
        }

    def statistics_of(self, numbers: Tensor) -> Style:
        return {
            name: tuple(ops.take(each, numbers, axis=0) for each in pair)
            for name, pair in self.statistics.items()
        }

    def gram_matrices_of(self, numbers: Tensor) -> dict[str, Tensor]:
        return {name: ops.take(G, numbers, axis=0) for name, G in self.gram_matrices.items()}


class AnyStyle(Painter):
    """The decoder, behind the encoder and the transforms, which have nothing to learn.

    Args:
        decoder: that is trained.
        bank: its styles.
        precision: in which vgg19-lite looks at pictures.
    """

    # The features tell a decoder so much of the photograph that less has to hold on to it.
    weights_of_terms = {"content": 0.88, "style": 9.2, "variation": 0.25, "error": 20.0}  # noqa: RUF012

    def __init__(self, decoder: Decoder, bank: Bank, precision: str) -> None:
        super().__init__(precision)
        self.decoder, self.bank = decoder, bank
        look = encoder(precision)
        self.encode = lambda images: look(images)  # a plain function: it is not trained

    def call(self, x: Mapping[str, Tensor], training: bool = False) -> Tensor:
        content = self.encode(x["seen"])
        style = self.bank.statistics_of(x["style"])
        branches = [
            lambda transform=TRANSFORMS[name]: transformed(content, style, transform)
            for name in SHARES
        ]
        return self.decoder(ops.switch(x["transform"][0], branches))

    def style_targets(self, x: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        return self.bank.gram_matrices_of(x["style"])

    def unchanged(self, x: Mapping[str, Tensor]) -> Tensor:
        return x["transform"] == list(SHARES).index("identity")


def feature_scales(bank: Bank) -> list[float]:
    """The mean deviation of the styles' features at each level."""
    variances = [np.sum(np.square(root), axis=-1) for _, root in bank.statistics.values()]
    return [float(np.sqrt(each).mean()) for each in variances]


def train(
    pictures: pathlib.Path,
    styles: Sequence[pathlib.Path],
    output: pathlib.Path,
    *,
    steps: int = 10_000,
    steps_per_epoch: int = 100,
    batch: int = 4,
    size: int = 128,
    learning_rate: float = 1e-3,
    precision: str = "float32",
    seed: int = 0,
    start: pathlib.Path | None = None,
    bank: int = 1200,
    **how: Any,
) -> AnyStyle:
    """Train the decoder and write it to `output` (.npz) after every epoch; see `fit`.

    With `start`, the file of a decoder, its weights are where the training begins; `bank` is how
    many style pictures are drawn; `how` goes to `fit`.
    """
    output = pathlib.Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    pairs = load_pictures(pictures)
    photographs = [pair for pair in pairs if not is_artwork(pair[0])]
    artworks = [pair for pair in pairs if is_artwork(pair[0])]
    for path in sorted(path for each in styles for path in pathlib.Path(each).glob("*.jpg")):
        with Image.open(path) as picture:
            artworks.append((path, picture.convert("RGB")))
    if not artworks:
        raise ValueError(f"there are no styles to train with: no artworks in {pictures}, no STYLES")
    check_whole("bank", bank, 1)
    rng = np.random.default_rng((seed, 3))
    data = StylePairs(photographs, steps_per_epoch, batch, size, seed, styles=bank)
    styles_seen = Bank(draw_style(photographs, artworks, rng) for _ in range(bank))
    if start is None:
        decoder = Decoder(precision, feature_scales(styles_seen))
    else:
        decoder = load_decoder(start, precision)
        decoder.trainable = True
    painter = AnyStyle(decoder, styles_seen, precision)
    painter(data[0][0])
    fit(
        painter,
        data,
        output,
        lambda: decoder_arrays(decoder),
        steps=steps,
        learning_rate=learning_rate,
        **how,
    )
    return painter


def main() -> None:
    options = options_of("any_style", train, __doc__, "the folder above images/", "*")
    train(options.pop("pictures"), options.pop("styles"), options.pop("output"), **options)


if __name__ == "__main__":
    main()
