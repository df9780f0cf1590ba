"""A network for any style: features of a photograph, the statistics of a painting, and a decoder.

vgg19-lite takes a photograph apart into features; a transform gives them the statistics of a style;
the decoder here, trained once, makes a picture of them. Huang and Belongie 2017 with AdaIN, Li et
al. 2017 with whitening and colouring; one decoder serves all of `nstlib.fast.transforms`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nstlib.backend import keras
from nstlib.fast.transfer_network import mirror, twice_as_large
from nstlib.fast.transforms import style_of
from nstlib.losses import Tensor
from nstlib.networks import FORMAT, FeatureExtractor
from nstlib.weights import filled_from, read_arrays

ops = keras.ops

# The encoder's layers from which a picture is put together again, and how many channels they have.
WIDTHS = {"block1_conv1": 16, "block2_conv1": 32, "block3_conv1": 80, "block4_conv1": 160}
LEVELS = tuple(WIDTHS)
Style = Mapping[str, tuple[Tensor, Tensor]]  # from a level to its mean and root of the covariance
Transform = Callable[[Tensor, Tensor, Tensor], Tensor]


def encoder(precision: str = "float32") -> FeatureExtractor:
    """Photographs and paintings to features."""
    return FeatureExtractor(LEVELS, pooling="max", precision=precision)


def style_statistics(features: Mapping[str, Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
    """Mean and root of the covariance at each level, of the features of style pictures."""
    return {name: style_of(features[name]) for name in LEVELS}


def transformed(
    features: Mapping[str, Tensor], style: Style, transform: Transform
) -> dict[str, Tensor]:
    """The features of photographs with the statistics of their styles, level by level."""
    return {name: transform(features[name], *style[name]) for name in LEVELS}


class MirrorConv(keras.layers.Layer):
    """A convolution whose borders are mirrored, with ReLU."""

    def __init__(self, channels: int, kernel: int, dtype: str, name: str):
        super().__init__(autocast=False, name=name)
        self.border = kernel // 2
        self.convolution = keras.layers.Conv2D(
            channels,
            kernel,
            activation="relu",
            kernel_initializer="he_normal",
            data_format=FORMAT,
            dtype=dtype,
        )

    def call(self, x: Tensor) -> Tensor:
        return self.convolution(mirror(x, self.border))


class Residual(keras.layers.Layer):
    """Two convolutions whose answer is added to what comes in; untrained, they add nothing."""

    def __init__(self, channels: int, dtype: str, name: str):
        super().__init__(autocast=False, name=name)
        self.first = MirrorConv(channels, 3, dtype, f"{name}a")
        self.second = keras.layers.Conv2D(
            channels,
            3,
            kernel_initializer="zeros",
            data_format=FORMAT,
            dtype=dtype,
            name=f"{name}b",
        )

    def call(self, x: Tensor) -> Tensor:
        answer = self.second(mirror(self.first(x), 1))
        return ops.cast(x, answer.dtype) + answer


class Decoder(keras.Model):
    """Pictures from features: the encoder's way back, with what each level says on the way.

    Args:
        precision: of the convolutions, `float32` or `mixed_bfloat16`.
        scales: by which the features of each level are divided: they are large in VGG.

    Called with features of the four `LEVELS`, of pictures whose sides are multiples of 8, it
    returns pictures (B, H, W, 3) in [0, 1].
    """

    def __init__(self, precision: str = "float32", scales: Sequence[float] = (1, 1, 1, 1)):
        super().__init__(name="decoder", autocast=False)
        self.scales = tuple(map(float, scales))
        one, two, three, _ = WIDTHS.values()

        def conv(name: str, channels: int) -> MirrorConv:
            return MirrorConv(channels, 3, precision, name)

        self.stages = [
            [conv("level4", three)],
            [conv("level3a", three), conv("level3b", three), conv("level3c", two)],
            [conv("level2a", two), conv("level2b", one)],
            [conv("level1", one)],
        ]
        self.residuals = [
            Residual(WIDTHS[f"block{level}_conv1"], precision, f"residual{level}")
            for level in (4, 3, 2)
        ]
        self.joins = [
            keras.layers.Conv2D(width, 1, data_format=FORMAT, dtype=precision, name=f"join{level}")
            for level, width in ((3, three), (2, two), (1, one))
        ]
        self.last = keras.layers.Conv2D(
            3,
            3,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
            data_format=FORMAT,
            dtype=precision,
            name="last",
        )

    def call(self, features: Mapping[str, Tensor]) -> Tensor:
        levels = [features[name] / scale for name, scale in zip(LEVELS, self.scales, strict=True)]
        x = levels[3]
        for number, stage in enumerate(self.stages):
            if number:
                x = twice_as_large(x)
                x = x + self.joins[number - 1](levels[3 - number])
            if number < len(self.residuals):  # at the full size they would cost the most
                x = self.residuals[number](x)
            for convolution in stage:
                x = convolution(x)
        return ops.sigmoid(4.0 * ops.cast(self.last(mirror(x, 1)), "float32"))

    def convolutions(self) -> dict[str, keras.layers.Conv2D]:
        """All convolutions by their names."""
        mirrored = [each for stage in self.stages for each in stage]
        mirrored += [each.first for each in self.residuals]
        plain = [each.second for each in self.residuals] + [*self.joins, self.last]
        return {
            **{each.name: each.convolution for each in mirrored},
            **{each.name: each for each in plain},
        }


def decoder_arrays(decoder: Decoder) -> dict[str, np.ndarray]:
    """What a file of a decoder holds: kernel and bias of each convolution, and the scales."""
    arrays = {"scales": np.array(decoder.scales, "float32")}
    for name, convolution in decoder.convolutions().items():
        kernel, bias = convolution.get_weights()
        arrays[f"{name}/kernel"] = kernel.astype("float16")
        arrays[f"{name}/bias"] = bias.astype("float16")
    return arrays


def load_decoder(path: str | os.PathLike, precision: str = "float32") -> Decoder:
    """A trained decoder.

    Args:
        path: of a file that holds `decoder_arrays`.
        precision: of the convolutions.

    Raises:
        OSError: no such file.
        ValueError: a file with something else in it.
    """
    arrays = read_arrays(path, "a decoder")
    sizes = zip(LEVELS, WIDTHS.values(), (16, 8, 4, 2), strict=True)
    nothing = {name: np.zeros((1, side, side, width), "float32") for name, width, side in sizes}
    with filled_from(path, arrays, "decoder"):
        decoder = Decoder(precision, arrays["scales"].tolist())
        decoder(nothing)
        for name, convolution in decoder.convolutions().items():
            convolution.set_weights([arrays[f"{name}/kernel"], arrays[f"{name}/bias"]])
    decoder.trainable = False
    return decoder
