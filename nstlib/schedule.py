"""What a painting costs, planned beforehand: memory of the features, sizes from coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence

from nstlib.networks import LITE_WIDTHS, VGG_WIDTHS, layer_names

Layer = tuple[str, int, int]  # name, channels, scale


def feature_shapes(deepest: str, network: str = "vgg19-lite") -> list[Layer]:
    """Every convolution and pooling down to a layer: its channels, and how much smaller it is.

    Args:
        deepest: name of the last layer, as in `layer_names`.
        network: a name as there.

    Returns a list of (name, channels, scale): a side of the features is the image's over scale.

    >>> feature_shapes("block2_conv1", "vgg19")[1:]
    [('block1_conv2', 64, 1), ('block1_pool', 64, 2), ('block2_conv1', 128, 2)]
    """
    widths = LITE_WIDTHS if network == "vgg19-lite" else VGG_WIDTHS
    names = layer_names(network)
    shapes, block = [], 1
    for name in names[: names.index(deepest) + 1]:
        if int(name[5]) > block:  # a pooling lies between
            shapes.append((f"block{block}_pool", widths[block - 1], 2**block))
            block += 1
        shapes.append((name, widths[block - 1], 2 ** (block - 1)))
    return shapes


def activation_bytes(shapes: Sequence[Layer], height: int, width: int, bytes_each: int = 4) -> int:
    """Bytes of all features of a picture, which are kept until the gradient is computed.

    Args:
        shapes: for each layer (name, channels, scale), as from `feature_shapes`.
        height, width: of the picture, in pixels; a side that a scale does not divide is rounded
            down.
        bytes_each: of one value: 4 in float32, 2 in bfloat16.

    >>> activation_bytes(feature_shapes("block5_conv1", "vgg19"), 512, 512) / 2**20  # MiB
    320.0
    """
    values = sum(C * (height // scale) * (width // scale) for _, C, scale in shapes)
    return values * bytes_each


def plan_schedule(size: int, levels: int, evaluations: int) -> tuple[list[int], list[int]]:
    """Sizes from coarse to fine, each twice the one before, with a share of the time for each.

    An evaluation costs in proportion to the pixels: at half the size four of them cost what one
    costs at the full size. Every level gets the same time.

    Args:
        size: longer side of the painting, in pixels.
        levels: how many sizes, at least 1.
        evaluations: the budget, in evaluations at the full size; at least as many as levels.

    Returns the sizes and the evaluations at each, all rounded down, for `stylize(sizes=...,
    evaluations=...)`.

    >>> plan_schedule(384, levels=3, evaluations=60)
    ([96, 192, 384], [320, 80, 20])
    """
    scales = [2**level for level in reversed(range(levels))]
    share = evaluations / levels
    return [size // scale for scale in scales], [int(share * scale**2) for scale in scales]
