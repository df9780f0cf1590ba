"""How much memory a run needs, estimated before it begins, and whether there is as much.

A run that takes more than there is does not fail with an error: the system ends the whole
process, and a notebook only says that its kernel has died. So `stylize` asks here beforehand.
"""

from __future__ import annotations

import bisect
import contextlib
import ctypes
import gc
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from nstlib.conventions import DEFAULT, find_convention
from nstlib.engine.available import available_memory
from nstlib.engine.settings import Settings
from nstlib.losses import GRAM
from nstlib.networks import Layer, layer_names, layer_table, rows_up_to
from nstlib.objective import Layers, layers_for
from nstlib.sliced import SLICED_WASSERSTEIN

Size = tuple[int, int]  # height and width

FLOAT, HALF = 4, 2  # bytes
# Fitted to the peaks of whole runs on a CPU with TensorFlow 2.21, each in a process of its own:
# vgg19-lite at 256 to 1024 pixels and vgg19-random at 192 to 512, in both precisions.
STARTING_UP = 40e6  # bytes for the thread pools and compiled functions of TensorFlow
WEIGHT_COPIES = 3.5  # the variables, copies to load them, and others in the convolutions' order
FEATURE_COPIES = 1.7  # each feature is kept for the gradient, and many gradients wait meanwhile
CONTENT_COPIES = 3.6  # of a content layer's features: their difference, its square, gradients
MOMENTS_COPIES = 1.7  # of a style layer's features, where their mean counts for itself
SORTED_COPIES = 5.0  # of a style layer's features, where they are sorted
MASKED_COPIES = 1.3  # of a style layer's features, for each region; besides those of the moments
STYLE_FEATURE_COPIES = 1.4  # without a gradient, when the targets are made
IMAGE_COPIES = 10  # what prepares the image for the network, and the steps of total variation

STEP, SMALLEST = 16, 64  # the sizes proposed: multiples of the one, from the other on


def affordable_precision(shape: Size, style_shapes: Sequence[Size], settings: Settings) -> str:
    """The precision that there is memory for, or an error that says which size would fit.

    With a GPU nothing is refused: there TensorFlow takes the memory for itself beforehand, and
    says so when that was too little, so nobody's kernel dies.

    Args:
        shape: height and width of the painting, at the largest of its sizes.
        style_shapes: height and width of each style picture, likewise.
        settings: of the run.

    Returns the precision of the settings, but `float32` in place of `auto` where only the
    comparison of two networks would be too much.

    Raises:
        MemoryError: one sentence for the reader of a notebook.
    """
    network, precision = settings.network, settings.precision
    if tf.config.list_physical_devices("GPU"):
        return precision
    names = ("convention", "optimizer", "optimizer_settings")
    what: dict[str, Any] = settings.layers | {name: getattr(settings, name) for name in names}
    what["masked"] = settings.masks is not None
    free = available_memory()
    needed = 0
    for tried in dict.fromkeys([precision, "float32"] if precision == "auto" else [precision]):
        what["precision"] = tried
        needed = estimate_memory(network, shape, style_shapes=style_shapes, **what)
        if needed <= free:
            return tried
    side = largest_size(network, shape, free, style_shapes=style_shapes, **what)
    proposal = f"size={side} would fit"
    if side is None:
        proposal = "not even a small one would fit, so close other notebooks and programs"
    height, width = shape
    raise MemoryError(
        f"painting {width}x{height} with {network} needs about {_gigabytes(needed)} and "
        f"{_gigabytes(free)} are free: {proposal}"
    )


def release_memory() -> None:
    """Give back to the system what finished paintings have left behind.

    Compiled functions and networks refer to each other in circles. Python finds such circles only
    now and then, because there are so few of them, and each holds megabytes. And what the C library
    gets back it keeps for later, unless it is glibc and is asked not to. Takes a few tenths of a
    second, as Python looks at every object there is.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library, or Windows
        ctypes.CDLL(None).malloc_trim(0)


def estimate_memory(
    network: str,
    shape: Size,
    *,
    style_shapes: Sequence[Size] | None = None,
    convention: str = DEFAULT,
    content_layers: Layers | None = None,
    style_layers: Layers | None = None,
    optimizer: str = "lbfgs",
    optimizer_settings: Mapping[str, float] | None = None,
    precision: str = "float32",
    masked: bool = False,
) -> int:
    """Bytes that a run takes at its peak, beyond those that its process holds before it.

    Counted are TensorFlow's starting up, the weights, the targets, one evaluation of loss and
    gradient (or the features of a large style picture, if these take more), and what the optimiser
    remembers. Not counted are the pictures themselves, which are loaded after it at not much more
    than the painting's size, and what a callback keeps.

    On a CPU it is within 25 % of the peaks that were measured. Later runs of a process take less,
    as TensorFlow starts up only once.

    Args:
        network: a name as in `layer_names`.
        shape: height and width of the painting.
        style_shapes: height and width of each style picture; None for one like the painting.
        convention, content_layers, style_layers: see `Objective`.
        optimizer, optimizer_settings, precision: see `stylize`; `auto` for two precisions that
            are compared.
        masked: whether each style has a region of its own.

    >>> estimate_memory("vgg19", (512, 512)) > 3 * estimate_memory("vgg19-lite", (256, 256))
    True
    """
    style_shapes = [shape] if style_shapes is None else style_shapes
    content, style = layers_for(network, convention, content_layers, style_layers)
    names, table = layer_names(network), layer_table(network)
    rows = rows_up_to(max([*content, *style], key=names.index), network)
    # Of each layer: its weights, and the bytes of its features for each pixel of the image.
    weights = sum(
        (row.kernel**2 * row.inputs + 1) * row.channels for row in rows if row.stride == 1
    )
    targets = FLOAT * math.prod(shape) * _values(content, table)
    targets += FLOAT * len(style_shapes) * sum(table[name].channels ** 2 for name in style)
    features = sum(_feature_bytes(row, precision) for row in rows)
    pixel = IMAGE_COPIES * 3 * FLOAT + FEATURE_COPIES * features
    pixel += CONTENT_COPIES * FLOAT * _values(content, table)
    style_term = find_convention(convention).style_term
    of_moments = {GRAM: 0.0, SLICED_WASSERSTEIN: SORTED_COPIES}.get(style_term, MOMENTS_COPIES)
    of_region = MASKED_COPIES + of_moments if masked else 0.0
    pixel += (of_moments + len(style_shapes) * of_region) * FLOAT * _values(style, table)
    image = math.prod(shape) * pixel
    peaks = [image + optimizer_bytes(shape, optimizer, optimizer_settings)]
    peaks += [STYLE_FEATURE_COPIES * features * math.prod(each) for each in style_shapes]
    copies = WEIGHT_COPIES
    if precision == "auto":
        copies += 1  # the network that it is compared with
    return round(STARTING_UP + copies * FLOAT * weights + targets + max(peaks))


def _values(names: Iterable[str], table: Mapping[str, Layer]) -> float:
    """How many values some layers have for each pixel of the image."""
    return sum(table[name].channels / table[name].scale ** 2 for name in names)


def _feature_bytes(layer: Layer, precision: str) -> float:
    """Bytes of a layer's features for each pixel of the image."""
    reduced = precision in ("mixed_bfloat16", "mixed_float16")
    rounded = reduced and (layer.block > 1 or layer.stride > 1)  # block 1 stays in float32
    return layer.channels / layer.scale**2 * (HALF if rounded else FLOAT)


def optimizer_bytes(
    shape: Size, optimizer: str = "lbfgs", optimizer_settings: Mapping[str, float] | None = None
) -> int:
    """Bytes of what an optimiser holds: vectors with a number for each value of the image.

    L-BFGS remembers a step and a change of the gradient for each of its `memory`, and the line
    search has points and gradients of its own.

    >>> optimizer_bytes((100, 100), "lbfgs") - optimizer_bytes((100, 100), "lbfgs", {"memory": 9})
    240000
    """
    remembered = 2 * int((optimizer_settings or {}).get("memory", 10))
    vectors = remembered + 8 if optimizer == "lbfgs" else 6
    return 3 * math.prod(shape) * vectors * FLOAT


def largest_size(
    network: str,
    shape: Size,
    free: int,
    *,
    style_shapes: Sequence[Size] | None = None,
    **what: Any,
) -> int | None:
    """The longer side at which a run fits into so many free bytes.

    Args:
        network, shape, style_shapes, what: as for `estimate_memory`. The pictures would be
            scaled down from these shapes, never up.
        free: bytes, as from `available_memory`.

    Returns the largest multiple of 16 up to the longest side of all pictures, or None if it would
    be less than 64.

    >>> largest_size("vgg19", (1365, 2048), free=2_000_000_000)
    720
    """
    shapes = [shape, *([shape] if style_shapes is None else style_shapes)]

    def needed(side: int) -> int:
        smaller = [_scaled(each, side) for each in shapes]
        return estimate_memory(network, smaller[0], style_shapes=smaller[1:], **what)

    sides = range(SMALLEST, max(map(max, shapes)) + 1, STEP)
    fitting = bisect.bisect_right(sides, free, key=needed)  # the more pixels, the more bytes
    return sides[fitting - 1] if fitting else None


def _scaled(shape: Size, side: int) -> Size:
    factor = min(1, side / max(shape))
    return math.ceil(shape[0] * factor), math.ceil(shape[1] * factor)


def _gigabytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e9:.2f} GB"
