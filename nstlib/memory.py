"""How much memory a run needs, estimated before it begins, and how much there is.

A run that needs more than there is does not fail with an error: the system ends the whole
process, and a notebook only says that its kernel has died. So `stylize` asks beforehand.
"""

from __future__ import annotations

import math
import pathlib
from collections.abc import Mapping, Sequence

import psutil
import tensorflow as tf

from nstlib.images import MIN_SIDE
from nstlib.networks import LITE_WIDTHS, VGG_WIDTHS, layer_names
from nstlib.objective import layers_for
from nstlib.settings import resolved_layers

Size = tuple[int, int]  # height and width

# Fitted to the peaks of whole runs, each in a process of its own, on a CPU with TensorFlow 2.21:
# vgg19-lite at 256 to 1024 pixels, vgg19-random at 192 to 768, in float32 and mixed_bfloat16.
STARTING_UP = 100e6  # what TensorFlow's compilers and thread pools take in their first run
WEIGHT_COPIES = 3  # of each weight: the variable, and rearranged for the two passes of convolving
IMAGES = 20  # tensors as large as the image that its preparation and total variation go through
FLOAT, HALF, DOUBLE = 4, 2, 8  # bytes

STEP = 16  # a proposed size is a multiple of that
SMALLEST = 64  # and not below that


def estimate_memory(
    network: str,
    shape: Size,
    *,
    style_shapes: Sequence[Size] | None = None,
    content_layers=None,
    style_layers=None,
    optimizer: str = "lbfgs",
    optimizer_settings: Mapping[str, float] | None = None,
    precision: str = "float32",
) -> int:
    """Bytes that a run takes at its peak, beyond those its process holds before it.

    Counted are what TensorFlow takes to start up, the network's weights, one evaluation of loss
    and gradient (or the features of a style picture, should those need more), the targets, and
    what the optimiser remembers. Not counted are the pictures themselves, as they are loaded by
    then, the coarser ones of several sizes, and whatever a callback keeps. On a CPU it is within
    25 % of what was measured. A later run in the same process takes less: TensorFlow is started.

    Args:
        network: a name as in `layer_names`.
        shape: height and width of the painting.
        style_shapes: height and width of each style picture; None for one like the painting.
        content_layers, style_layers: of the objective; None for those of `relative`.
        optimizer, optimizer_settings: as in `stylize`.
        precision: of the network, as in `stylize`. `auto` is counted as `float32`, which needs
            more and is tried in any case.

    Returns a number of bytes.

    >>> round(estimate_memory("vgg19", (512, 512)) / 1e9, 1)
    1.0
    """
    style_shapes = [shape] if style_shapes is None else style_shapes
    layers = layers_for(network, "relative", content_layers, style_layers)
    style_peak = max(_features_bytes(network, each, *layers, precision)[0] for each in style_shapes)
    kept, in_flight = _features_bytes(network, shape, *layers, precision)
    image = 3 * FLOAT * math.prod(shape)
    evaluation = kept + in_flight + IMAGES * image
    return round(
        STARTING_UP
        + WEIGHT_COPIES * FLOAT * _parameters(network, *layers)
        + max(evaluation, style_peak)
        + _targets_bytes(network, shape, *layers, len(style_shapes))
        + optimizer_bytes(optimizer, optimizer_settings, shape)
    )
