"""The anatomy of a convolutional network: how far a layer sees, and how many weights it has.

A layer is described by its kernel's side and its stride, both in pixels of its own input: (3, 1)
is a convolution of VGG, (2, 2) a pooling.
"""

from __future__ import annotations

from nstlib.networks import layer_names


def receptive_field(layers):
    """How many pixels of the image, from side to side, one value of a layer depends on.

    A kernel of side k takes in k - 1 neighbours more. Neighbours in the layer below are as many
    pixels apart as the strides of all layers before have made them.

    Args:
        layers: (kernel, stride) of each layer, from the image up to the one in question.

    Returns the side in pixels. Araujo, Norris and Sim 2019, "Computing receptive fields of
    convolutional neural networks", equation 2.

    >>> receptive_field([(3, 1), (3, 1), (2, 2), (3, 1)])  # up to VGG's block2_conv1
    10
    """
    side, step = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * step
        step *= stride
    return side


def count_parameters(kernel, channels_in, channels_out):
    """How many numbers a convolution has to learn: k^2 C_in C_out weights and C_out biases.

    The picture's size does not occur: every position is looked at with the same weights.

    Args:
        kernel: the kernel's side k.
        channels_in, channels_out: of the layer's input and output.

    >>> count_parameters(3, 3, 64)  # VGG's block1_conv1
    1792
    """
    weights = kernel * kernel * channels_in * channels_out
    return weights + channels_out


def layers_up_to(name: str, network: str = "vgg19-lite") -> list[tuple[int, int]]:
    """(kernel, stride) of all layers of a network from the image up to a convolution.

    Args:
        name: one of `layer_names(network)`.
        network: as in `layer_names`.

    Raises:
        ValueError: unknown network or layer.

    >>> layers_up_to("block2_conv1")
    [(3, 1), (3, 1), (2, 2), (3, 1)]
    """
    known = layer_names(network)
    if name not in known:
        raise ValueError(f"{network} has no layer {name!r}: choose from {', '.join(known)}")
    layers = []
    for number, layer in enumerate(known[: known.index(name) + 1]):
        if number and layer.endswith("conv1"):
            layers.append((2, 2))  # the pooling between two blocks
        layers.append((3, 1))
    return layers
