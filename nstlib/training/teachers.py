"""What `vgg19-lite` learns from: the teachers' features, and crops of many pictures.

The folder that all of this is read from holds `images/*.jpg`, `teacher_vgg19_blocks123.npz`
(the original VGG-19, arrays `blockB_convN/kernel` and `/bias`) and
`teacher_vgg19_compressed16x.npz` (the encoder of Wang et al., CVPR 2020).
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from nstlib.backend import keras
from nstlib.networks import BLOCKS, FORMAT, ToBGR

ops = keras.ops
Tensor = Any  # of any of Keras's backends
Picture = tuple[pathlib.Path, Image.Image]
Teacher = Callable[[Tensor], dict[str, Tensor]]  # from images to features at `TARGETS`

TARGETS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
HELD_OUT_EVERY = 10  # every tenth picture is kept away from the training


def original_teacher(path: pathlib.Path, deepest: str = "block3_conv1") -> keras.Model:
    """The original VGG-19 up to `deepest`: images (B, H, W, 3) in [0, 1] to a dict of features."""
    weights = np.load(path)
    x = image = keras.Input((None, None, 3))
    x, features = ToBGR(dtype="float32")(x), {}
    for block, depth in enumerate(BLOCKS["vgg19"], start=1):
        for conv in range(1, depth + 1):
            name = f"block{block}_conv{conv}"
            x = _fixed_conv(x, weights[f"{name}/kernel"], weights[f"{name}/bias"], "same")
            features[name] = x
            if name == deepest:
                return keras.Model(image, features, name="original_teacher", trainable=False)
        x = keras.layers.MaxPooling2D(2, data_format=FORMAT)(x)
    raise ValueError(f"the teacher has no layer {deepest!r}")


def compressed_teacher(path: pathlib.Path) -> keras.Model:
    """The compressed VGG-19 of Wang et al. 2020, giving its estimate of VGG-19's conv4_1, conv5_1.

    Its convolutions pad by reflection, and its weights are stored as (out, in, 3, 3).
    """
    weights = np.load(path)

    def conv(x: Tensor, name: str) -> Tensor:
        if weights[f"{name}.weight"].shape[-1] == 3:
            x = ReflectionPadding()(x)
        kernel = weights[f"{name}.weight"].transpose(2, 3, 1, 0)
        activation = None if name == "conv0" else "relu"
        return _fixed_conv(x, kernel, weights[f"{name}.bias"], "valid", activation)

    image = keras.Input((None, None, 3))
    x, features = conv(image, "conv0"), {}
    for block, depth in enumerate((2, 2, 4, 4, 1), start=1):
        for number in range(1, depth + 1):
            x = conv(x, f"conv{block}{number}")
            if number == 1 and block >= 4:
                features[f"block{block}_conv1"] = conv(x, f"conv{block}1_aux")
        x = keras.layers.MaxPooling2D(2, data_format=FORMAT)(x)
    return keras.Model(image, features, name="compressed_teacher", trainable=False)


class ReflectionPadding(keras.layers.Layer):
    """Pad height and width by one pixel, mirrored."""

    def call(self, x: Tensor) -> Tensor:
        return ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")


def _fixed_conv(
    x: Tensor,
    kernel: np.ndarray,
    bias: np.ndarray,
    padding: str,
    activation: str | None = "relu",
) -> Tensor:
    options = {"padding": padding, "activation": activation, "data_format": FORMAT}
    layer = keras.layers.Conv2D(kernel.shape[-1], kernel.shape[0], **options)
    y = layer(x)
    layer.set_weights([kernel, bias])
    layer.trainable = False
    return y


def load_teachers(folder: pathlib.Path) -> Teacher:
    """Both teachers as one function: images (B, H, W, 3) in [0, 1] to features at `TARGETS`."""
    first = original_teacher(folder / "teacher_vgg19_blocks123.npz")
    last = compressed_teacher(folder / "teacher_vgg19_compressed16x.npz")

    def features(images: Tensor) -> dict[str, Tensor]:
        found = {**first(images), **last(images)}
        return {name: found[name] for name in TARGETS}

    return features


class Crops(keras.utils.PyDataset):
    """Random crops (B, size, size, 3) in [0, 1]: scaled, mirrored, their light and colour varied.

    Seed, epoch and batch number decide what is drawn, so a resumed training sees what an
    uninterrupted one would have seen.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        steps: int,
        batch: int = 16,
        size: int = 128,
        seed: int = 0,
        art_share: float = 0.2,
    ) -> None:
        super().__init__(workers=1, max_queue_size=8)
        self.pictures, self.steps, self.batch = pictures, steps, batch
        self.size, self.seed, self.epoch = size, seed, 0
        art = np.array([is_artwork(path) for path, _ in pictures])
        # Paintings are what styles are made of, and there are few: draw them more often.
        weights = np.where(
            art, art_share / max(art.sum(), 1), (1 - art_share) / max((~art).sum(), 1)
        )
        self.weights = weights / weights.sum()

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[np.ndarray]:
        rng = np.random.default_rng((self.seed, self.epoch, index))
        chosen = rng.choice(len(self.pictures), self.batch, p=self.weights)
        crops = np.stack([self._crop(self.pictures[i][1], rng) for i in chosen])
        return (crops.astype("float32") / 255.0,)

    def _crop(self, picture: Image.Image, rng: np.random.Generator) -> np.ndarray:
        shortest = min(picture.size)
        side = rng.uniform(min(self.size * 0.75, shortest), shortest)
        left = rng.uniform(0, picture.width - side)
        top = rng.uniform(0, picture.height - side)
        box = (left, top, left + side, top + side)
        crop = picture.resize((self.size, self.size), Image.Resampling.BICUBIC, box=box)
        if rng.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        for adjust in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            crop = adjust(crop).enhance(rng.uniform(0.7, 1.3))
        return np.asarray(crop)


def is_artwork(path: pathlib.Path) -> bool:
    """Whether a training picture is a work of art, by its name; the others are photographs."""
    return path.name.startswith("art")


def load_pictures(folder: pathlib.Path, held_out: bool = False) -> list[Picture]:
    """The training pictures as (path, PIL image) pairs, or those held out from it."""
    paths = sorted((folder / "images").glob("*.jpg"))
    wanted = [p for i, p in enumerate(paths) if (i % HELD_OUT_EVERY == 0) == held_out]
    if not wanted:
        raise FileNotFoundError(f"no pictures in {folder / 'images'}: expected *.jpg files there")
    pairs = []
    for path in wanted:
        with Image.open(path) as picture:
            pairs.append((path, picture.convert("RGB")))
    return pairs
