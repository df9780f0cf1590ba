"""Networks that look at a picture: VGG as a feature extractor.

`FeatureExtractor` gives the features of named layers. All networks share Keras's layer names, so
a lesson runs with any of them:

- `vgg19-lite`: small, trained for this course (`nstlib.training.distill`), comes with it. Default.
- `vgg19`, `vgg16`: Simonyan and Zisserman 2014, ImageNet weights, downloaded by Keras once.
- `vgg19-random`: VGG-19 with random weights, the control experiment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from nstlib.backend import check_eager, keras
from nstlib.losses import Tensor
from nstlib.names import check_name
from nstlib.weights import Weights, load_weights

ops = keras.ops

# How many convolutions each block has; between two blocks a 2x2 pooling halves height and width.
BLOCKS = {
    "vgg19-lite": (2, 2, 4, 4, 1),
    "vgg19": (2, 2, 4, 4, 4),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19-random": (2, 2, 4, 4, 4),
}
POOLINGS = ("max", "average")
FORMAT = "channels_last"  # of all images and features, whatever Keras's own settings say
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
LITE_WIDTHS = (16, 32, 80, 160, 256)  # channels of the five blocks of vgg19-lite
VGG_WIDTHS = (64, 128, 256, 512, 512)
MEAN_BGR = (103.939, 116.779, 123.68)  # of the ImageNet pictures that VGG was trained on


def preprocess(image: Tensor) -> Tensor:
    """RGB in [0, 1] to what VGG was trained on: BGR, 0 to 255, minus the mean colour.

    Args:
        image: (B, H, W, 3), RGB in [0, 1]; stays as it is.

    Returns an array of the same shape, with values from about -124 to 151. Simonyan and
    Zisserman 2014, section 2.1; the order of the colours is that of the published weights.

    Raises:
        ValueError: whole numbers, or no three colours.

    >>> preprocess([[[[1.0, 0.0, 0.0]]]]).numpy().round(1)  # red: now it is the last one
    array([[[[-103.9, -116.8,  131.3]]]], dtype=float32)
    """
    image = ops.convert_to_tensor(image)
    if "int" in str(image.dtype) or image.shape[-1] != 3:
        raise ValueError(
            f"preprocess wants RGB in [0, 1] of shape (B, H, W, 3), not {image.dtype} of shape "
            f"{tuple(image.shape)}: divide whole numbers by 255, or use load_image"
        )
    bgr = ops.flip(image, axis=-1)
    return bgr * 255.0 - ops.cast(MEAN_BGR, bgr.dtype)


def deprocess(vgg_input: Tensor) -> Tensor:
    """The way back from what VGG wants: RGB in [0, 1].

    Args:
        vgg_input: (B, H, W, 3), BGR, 0 to 255 minus the mean colour; stays as it is.

    Returns an image of the same shape; what no screen can show is clipped to [0, 1]. What
    `preprocess` made of an image comes back up to rounding.

    Raises:
        ValueError: no three colours.

    >>> deprocess(preprocess([[[[1.0, 0.0, 0.5]]]])).numpy().round(3)
    array([[[[1. , 0. , 0.5]]]], dtype=float32)
    """
    vgg_input = ops.convert_to_tensor(vgg_input)
    if vgg_input.shape[-1] != 3:
        raise ValueError(
            f"deprocess wants BGR of shape (B, H, W, 3), not of shape {tuple(vgg_input.shape)}"
        )
    bgr = (vgg_input + ops.cast(MEAN_BGR, vgg_input.dtype)) / 255.0
    return ops.clip(ops.flip(bgr, axis=-1), 0.0, 1.0)


class ToBGR(keras.layers.Layer):
    """`preprocess` as the first layer of a network."""

    def call(self, images: Tensor) -> Tensor:
        return preprocess(images)


# ---- the table of layers -------------------------------------------------------------------------


class Layer(NamedTuple):
    """A row of a network's table: a convolution, or the pooling between two blocks.

    name: Keras's, such as `block2_conv1` or `block1_pool`.
    block: from 1.
    kernel, stride: in values of the layer's own input; only a pooling has a stride above 1.
    inputs, channels: how many channels come in, and how many come out.
    scale: a side of the features is the image's over this, rounded down.
    """

    name: str
    block: int
    kernel: int
    stride: int
    inputs: int
    channels: int
    scale: int


def layer_table(network: str = "vgg19-lite") -> dict[str, Layer]:
    """All convolutions and poolings of a network by their names, in their order.

    Args:
        network: `vgg19-lite`, `vgg19`, `vgg16` or `vgg19-random`.

    Raises:
        ValueError: unknown network.

    >>> list(layer_table("vgg19"))[:4]
    ['block1_conv1', 'block1_conv2', 'block1_pool', 'block2_conv1']
    >>> layer_table("vgg19")["block2_conv1"].channels
    128
    """
    depths = BLOCKS[check_name("network", network, BLOCKS)]
    widths = LITE_WIDTHS if network == "vgg19-lite" else VGG_WIDTHS
    rows, inputs, scale = [], 3, 1
    for block, (depth, width) in enumerate(zip(depths, widths, strict=True), start=1):
        for conv in range(1, depth + 1):
            rows.append(Layer(f"block{block}_conv{conv}", block, 3, 1, inputs, width, scale))
            inputs = width
        scale *= 2
        rows.append(Layer(f"block{block}_pool", block, 2, 2, width, width, scale))
    return {row.name: row for row in rows[:-1]}  # nothing comes after the last pooling


def rows_up_to(name: str, network: str = "vgg19-lite") -> list[Layer]:
    """The rows of a network's table from the image up to a convolution.

    Raises:
        ValueError: unknown network or layer.

    >>> [layer.name for layer in rows_up_to("block2_conv1")]
    ['block1_conv1', 'block1_conv2', 'block1_pool', 'block2_conv1']
    """
    check_layers(network, [name])
    table = layer_table(network)
    return list(table.values())[: list(table).index(name) + 1]


def check_layers(network: str, layers: Iterable[str]) -> None:
    """A ValueError that lists the network's layers, unless it has all of these.

    >>> check_layers("vgg19", ["block9_conv1"])
    Traceback (most recent call last):
    ValueError: vgg19 has no layer 'block9_conv1': choose from block1_conv1, block1_conv2, ...
    """
    known = layer_names(network)
    for name in layers:
        if name not in known:
            raise ValueError(f"{network} has no layer {name!r}: choose from {', '.join(known)}")


def layer_names(network: str = "vgg19-lite") -> list[str]:
    """Names of the network's convolutions, from the first to the deepest.

    >>> layer_names("vgg19-lite")[-2:]
    ['block4_conv4', 'block5_conv1']
    """
    return [layer.name for layer in layer_table(network).values() if layer.stride == 1]


# ---- the network ---------------------------------------------------------------------------------


class FeatureExtractor:
    """Features of an image at named layers of a network, after the ReLU.

    Args:
        layers: names as in `layer_names(network)`; nothing beyond the deepest is computed.
        network: `vgg19-lite` (comes with the course), `vgg19`, `vgg16` or `vgg19-random`.
        pooling: `max`, as VGG was trained, or `average`, as Gatys et al. preferred.
        weights: None for the network's own; `random` for He-initialised ones (He et al. 2015);
            or the path of a weights file: Keras's `.h5` for `vgg19` and `vgg16`, else an `.npz` of
            any widths, as `nstlib.training.distill` writes it.
        seed: of the random weights.
        precision: `float32`, or `mixed_bfloat16` or `mixed_float16` for the convolutions from
            block 2 on, with average pooling for all but the first; the features returned are
            float32 all the same.

    Called with images (B, H, W, 3), RGB in [0, 1], it returns a dict from layer name to features
    (B, h, w, C) with h = H / 2 ** (block - 1), rounded down. What VGG wants of its input (BGR,
    0 to 255, mean subtracted) happens in here, never with the caller.

    Raises:
        ValueError: unknown network, layer, pooling or precision; an image of another shape or too
            small for the deepest layer; a weights file that does not fit.
        OSError: weights that cannot be downloaded or read.
        RuntimeError: eager execution was switched off.

    >>> import numpy as np
    >>> extractor = FeatureExtractor(["block1_conv1", "block3_conv1"])
    >>> features = extractor(np.zeros((1, 64, 48, 3), "float32"))
    >>> features["block3_conv1"].shape[1:3]
    TensorShape([16, 12])
    """

    def __init__(
        self,
        layers: str | Iterable[str],
        network: str = "vgg19-lite",
        pooling: str = "max",
        *,
        weights: str | os.PathLike | None = None,
        seed: int = 0,
        precision: str = "float32",
    ):
        check_eager()
        known = layer_names(network)
        layers = [layers] if isinstance(layers, str) else list(layers)
        if not layers:
            raise ValueError(f"{network} needs at least one layer: choose from {', '.join(known)}")
        check_layers(network, layers)
        check_name("pooling", pooling, POOLINGS)
        check_name("precision", precision, PRECISIONS)
        if network == "vgg19-random" and weights not in (None, "random"):
            raise ValueError("vgg19-random has random weights: for those of a file choose vgg19")
        self.layers, self.network, self.pooling = layers, network, pooling
        self.weights = "random" if network == "vgg19-random" else weights or "own"
        self.deepest = max(layers, key=known.index)
        rows, table = rows_up_to(self.deepest, network), layer_table(network)
        self.scale = rows[-1].scale  # of the deepest features
        shapes = {name: (3, 3, table[name].inputs, table[name].channels) for name in known}
        loaded = load_weights(network, shapes, self.weights, seed)
        self.model = _build(rows, layers, loaded, pooling, precision)

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        if "int" in str(getattr(images, "dtype", "")):
            raise ValueError(
                f"{self.network} looks at RGB in [0, 1], and this image holds {images.dtype}: "
                "divide it by 255, or load it with load_image"
            )
        images = ops.convert_to_tensor(images, "float32")
        if len(images.shape) != 4 or images.shape[-1] != 3:
            raise ValueError(
                f"{self.network} looks at images of shape (1, H, W, 3), RGB in [0, 1]; "
                f"this one has shape {tuple(images.shape)}"
            )
        if any(side is not None and side < self.scale for side in images.shape[1:3]):
            raise ValueError(
                f"an image of {images.shape[2]}x{images.shape[1]} pixels vanishes in the poolings "
                f"before {self.deepest}: it needs at least {self.scale} a side"
            )
        features = self.model(images)
        return {name: ops.cast(features[name], "float32") for name in self.layers}


def _build(
    rows: list[Layer], layers: list[str], weights: Weights, pooling: str, precision: str
) -> Any:
    """The network from the image to the last of the rows, as a Keras model."""
    pool = keras.layers.MaxPooling2D if pooling == "max" else keras.layers.AveragePooling2D
    image, features = keras.Input((None, None, 3)), {}
    x = ToBGR(name="to_bgr", dtype="float32")(image)  # with a name, or it is to_bgr_1, to_bgr_2
    for layer in rows:
        if layer.stride > 1:
            x = pool(layer.kernel, name=layer.name, dtype=precision, data_format=FORMAT)(x)
            continue
        # Rounded to 8 bits, block 1's many equal neighbours would send the gradient of a maximum to
        # the wrong pixels; an average does not choose. The first layer costs next to nothing.
        exact = layer.inputs == 3 or (layer.block == 1 and pooling == "max")
        dtype = "float32" if exact else precision
        options = {"padding": "same", "activation": "relu", "name": layer.name, "dtype": dtype}
        kernel, bias = weights[layer.name]  # a file's own width counts, not the table's
        conv = keras.layers.Conv2D(len(bias), layer.kernel, data_format=FORMAT, **options)
        x = conv(x)
        conv.set_weights([kernel, bias])
        if layer.name in layers:
            features[layer.name] = x
    model = keras.Model(image, features)
    model.trainable = False
    return model
