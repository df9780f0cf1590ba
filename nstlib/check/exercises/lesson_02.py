"""Lesson 02, inside VGG: its exercises."""

from __future__ import annotations

import math

import numpy as np

from nstlib.check import references
from nstlib.check.comparison import compare, slips_of
from nstlib.check.framework import Check

# ---- receptive_field -----------------------------------------------------------------------------


def _draw_layers():
    """Convolutions and poolings as no network has them, so that memorized numbers do not help."""
    rng = np.random.default_rng()
    count = int(rng.integers(5, 8))
    kernels, strides = rng.choice([2, 3, 5, 7], count), rng.choice([1, 1, 2, 3], count)
    return ([(int(k), int(s)) for k, s in zip(kernels, strides, strict=True)],)


def _walk(layers, grow, move, side=1):
    """A receptive field by other rules: how the side grows, how the step changes."""
    step = 1
    for kernel, stride in layers:
        side, step = grow(side, step, kernel, stride), move(step, stride)
    return side


def _grow(side, step, kernel, stride):
    return side + (kernel - 1) * step


def _move(step, stride):
    return step * stride


RECEPTIVE_FIELD_SLIPS = slips_of(
    {
        "You leave the strides out: behind a pooling of stride 2, neighbours are 2 pixels apart.": (
            lambda layers: 1 + sum(k - 1 for k, _ in layers)
        ),
        "You add whole kernels: the middle has been counted already, a kernel adds k - 1.": (
            lambda layers: sum(k for k, _ in layers)
        ),
        "You multiply the kernels: two of 3 see 5 pixels, not 9. Each one adds something.": (
            lambda layers: math.prod(k for k, _ in layers)
        ),
        "One too few: before any layer, a pixel sees itself, so begin with 1.": lambda layers: (
            _walk(layers, _grow, _move, side=0)
        ),
        "You take a layer's own stride for its own kernel: it counts only for the layers after "
        "it.": (lambda layers: _walk(layers, lambda r, j, k, s: r + (k - 1) * j * s, _move)),
        "You add k steps for each kernel: its middle has been counted already, so k - 1.": (
            lambda layers: _walk(layers, lambda r, j, k, s: r + k * j, _move)
        ),
        "You begin with 0 and add k steps for each kernel: begin with 1 and add k - 1.": (
            lambda layers: _walk(layers, lambda r, j, k, s: r + k * j, _move, side=0)
        ),
        "Only the stride of the layer before counts with you: the strides multiply, all of them.": (
            lambda layers: _walk(layers, _grow, lambda j, s: s)
        ),
        "You multiply each kernel by its own stride: what counts is the product of the strides "
        "before it.": lambda layers: 1 + sum((k - 1) * s for k, s in layers),
        "You add the strides up: two of stride 2 make neighbours 4 pixels apart, so multiply.": (
            lambda layers: _walk(layers, _grow, lambda j, s: j + s - 1)
        ),
        "You go through the layers in the wrong order: this formula begins at the image. (One that "
        "begins at the top has to be another: side = (side - 1) * stride + kernel.)": (
            lambda layers: _walk(layers[::-1], _grow, _move)
        ),
        "From the top down it is (side - 1) * stride + kernel: between so many places there is one "
        "gap less.": lambda layers: _walk(layers[::-1], lambda r, j, k, s: r * s + k, _move),
        "You return how many pixels apart two neighbours of the layer are: that is not yet how "
        "far each of them sees.": lambda layers: math.prod(s for _, s in layers),
        "You return the area in pixels: the side is asked for.": lambda layers: (
            _walk(layers, _grow, _move) ** 2
        ),
        "The last layer is missing: it counts, too.": lambda layers: _walk(
            layers[:-1], _grow, _move
        ),
        "The first layer is missing: it counts, too.": lambda layers: _walk(
            layers[1:], _grow, _move
        ),
        "You count one half of each kernel: it reaches out to both sides.": lambda layers: _walk(
            layers, lambda r, j, k, s: r + k // 2 * j, _move
        ),
        "You take every kernel for one of side 3: poolings, for instance, have 2.": lambda layers: (
            _walk(layers, lambda r, j, k, s: r + 2 * j, _move)
        ),
        "A pooling takes in neighbours, too: its kernel counts as any other.": lambda layers: _walk(
            layers, lambda r, j, k, s: r + (k - 1) * j * (s == 1), _move
        ),
        "You multiply the side by the strides: what they stretch is the step between neighbours.": (
            lambda layers: _walk(layers, lambda r, j, k, s: (r + k - 1) * s, _move)
        ),
        "You double the step at every layer: only layers with a stride make it longer.": (
            lambda layers: _walk(layers, lambda r, j, k, s: r + (k - 1) * j, lambda j, s: 2 * j)
        ),
    }
)


def _examine_receptive_field(student):
    by_hand = {
        "two convolutions": ([(3, 1), (3, 1)],),
        "a pooling alone": ([(2, 2)],),
        "a convolution behind a pooling": ([(2, 2), (3, 1)],),
        "two strides": ([(2, 2), (2, 3), (3, 1)],),
    }
    right = references.receptive_field
    compare(student, _draw_layers, right, RECEPTIVE_FIELD_SLIPS, whole=True, by_hand=by_hand)
    yield True, "It is right for any kernels and strides, from the image up."


receptive_field = Check(
    references.receptive_field,
    _examine_receptive_field,
    (
        "Begin with one pixel that sees itself. What does a kernel of side 3 add to it, and what "
        "does the same kernel add behind a pooling of stride 2?",
        "Keep two numbers: the side, and how many pixels apart two neighbours are (the step). "
        "Both begin with 1.",
        "For each (kernel, stride): first the side grows by (kernel - 1) * step, then the step is "
        "multiplied by the stride.",
    ),
)

# ---- count_parameters ----------------------------------------------------------------------------


def _draw_convolution():
    rng = np.random.default_rng()
    kernel, (channels_in, channels_out) = rng.integers(3, 8), rng.permutation(np.arange(9, 60))[:2]
    return int(kernel), int(channels_in), int(channels_out)


COUNT_SLIPS = slips_of(
    {
        "The biases are missing: one for each output channel.": lambda k, m, n: k * k * m * n,
        "A kernel has k rows of k weights: you count only one of its sides.": lambda k, m, n: (
            k * m * n + n
        ),
        "Each output channel looks at all input channels, with weights of its own for each: "
        "channels_in is missing.": lambda k, m, n: k * k * n + n,
        "Each output channel has kernels of its own: multiply the weights by channels_out.": (
            lambda k, m, n: k * k * m + n
        ),
        "That is the count of one output channel, and there are channels_out of them.": (
            lambda k, m, n: k * k * m + 1
        ),
        "The biases belong to the output: one for each channel that goes out, not in.": (
            lambda k, m, n: k * k * m * n + m
        ),
        "One bias is not enough: each output channel has one.": lambda k, m, n: k * k * m * n + 1,
        "Too many biases: the sums over all input channels share one for each output channel.": (
            lambda k, m, n: k * k * m * n + m * n
        ),
        "Too many biases: a kernel's k * k weights share one.": lambda k, m, n: k * k * (m * n + n),
        "As many biases as weights? There is one bias for each output channel.": lambda k, m, n: (
            2 * k * k * m * n
        ),
        "Every input channel is connected with every output channel: multiply them.": (
            lambda k, m, n: k * k * (m + n) + n
        ),
        "The square is for the kernel's two sides only: the channels count once.": lambda k, m, n: (
            (k * m) ** 2 * n + n
        ),
        "Squaring is not doubling: a kernel has k * k weights.": lambda k, m, n: 2 * k * m * n + n,
        "A kernel has two sides, k * k: its depth is channels_in.": lambda k, m, n: (
            k**3 * m * n + n
        ),
    }
)


def _examine_count_parameters(student):
    by_hand = {
        "the docstring's example": (1, 2, 3),
        "a kernel of side 2": (2, 1, 1),
        "numbers beyond 32 bits": (3, 150000, 150001),
    }
    right = references.count_parameters
    compare(student, _draw_convolution, right, COUNT_SLIPS, whole=True, by_hand=by_hand)
    yield True, "It counts weights and biases, for any kernel and any channels."


count_parameters = Check(
    references.count_parameters,
    _examine_count_parameters,
    (
        "Think of one output channel first: to which numbers does one of its values belong?",
        "One output channel has a kernel * kernel square of weights for each input channel, and "
        "one bias.",
        "So it has kernel * kernel * channels_in + 1 numbers, and there are channels_out of them.",
    ),
)
