"""Lesson 02: what the checks have to tell apart, run by test_check.py."""

import math

import numpy as np


def from_the_top(layers):
    side = 1
    for kernel, stride in layers[::-1]:
        side = (side - 1) * stride + kernel
    return side


def walk(layers, side=1, grow=lambda k: k - 1, move=lambda step, stride: step * stride):
    step = 1
    for kernel, stride in layers:
        side += grow(kernel) * step
        step = move(step, stride)
    return side


def with_sums(layers):
    kernels, strides = np.array(layers).T
    return 1 + np.sum((kernels - 1) * np.cumprod([1, *strides[:-1]]))


def recursive(layers):
    if not layers:
        return 1
    *before, (kernel, _) = layers
    return recursive(before) + (kernel - 1) * math.prod(stride for _, stride in before)


def stride_at_once(layers):
    side, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        side += (kernel - 1) * step
    return side


def top_down_without_a_gap(layers):
    side = 1
    for kernel, stride in reversed(layers):
        side = side * stride + kernel
    return side


def eats_the_list(layers):
    side, step = 1, 1
    while layers:
        kernel, stride = layers.pop(0)
        side, step = side + (kernel - 1) * step, step * stride
    return side


def previous_stride(layers):
    return walk(layers, move=lambda step, stride: stride)


RIGHT = {
    "receptive_field": {
        "from the image": walk,
        "from the top": from_the_top,
        "sums": with_sums,
        "recursive": recursive,
    },
    "count_parameters": {
        "in one line": lambda k, m, n: k**2 * m * n + n,
        "a channel at a time": lambda k, m, n: sum(k * k * m + 1 for _ in range(n)),
        "numpy": lambda k, m, n: np.zeros((k, k, m, n)).size + np.zeros(n).size,
        "product": lambda k, m, n: np.prod([k, k, m, n]) + n,
    },
}
WRONG = {
    "receptive_field": {
        "no strides": (lambda x: 1 + sum(k - 1 for k, _ in x), "leave the strides out"),
        "sum of kernels": (lambda x: sum(k for k, _ in x), "whole kernels: the middle"),
        "product of kernels": (lambda x: math.prod(k for k, _ in x), "multiply the kernels"),
        "begins with 0": (lambda x: walk(x, side=0), "One too few"),
        "its own stride": (stride_at_once, "own stride for its own kernel"),
        "k, not k - 1": (lambda x: walk(x, grow=lambda k: k), "its middle has been counted"),
        "k, from 0": (lambda x: walk(x, 0, lambda k: k), "begin with 0 and add k steps"),
        "stride before": (previous_stride, "Only the stride of the layer before"),
        "times its own": (lambda x: 1 + sum((k - 1) * s for k, s in x), "by its own stride"),
        "strides added": (lambda x: walk(x, move=lambda j, s: j + s - 1), "add the strides up"),
        "wrong order": (lambda x: walk(x[::-1]), "wrong order"),
        "top down": (top_down_without_a_gap, "one gap less"),
        "the step": (lambda x: math.prod([s for _, s in x]), "pixels apart two neighbours of"),
        "area": (lambda x: walk(x) ** 2, "return the area"),
        "no last layer": (lambda x: walk(x[:-1]), "last layer is missing"),
        "no first layer": (lambda x: walk(x[1:]), "first layer is missing"),
        "half": (lambda x: walk(x, grow=lambda k: k // 2), "one half of each kernel"),
        "always 3": (lambda x: walk(x, grow=lambda k: 2), "for one of side 3"),
        "always doubled": (lambda x: walk(x, move=lambda j, s: 2 * j), "double the step"),
        "a float": (lambda x: float(walk(x)), "whole number, and yours is"),
        "in place": (eats_the_list, "changes what it is given"),
        "constant": (lambda x: 5, "and yours is 5"),
        "a pair": (lambda x: (walk(x), walk(x)), "one number; yours has shape"),
    },
    "count_parameters": {
        "no bias": (lambda k, m, n: k * k * m * n, "biases are missing"),
        "one side": (lambda k, m, n: k * m * n + n, "only one of its sides"),
        "no input": (lambda k, m, n: k * k * n + n, "channels_in is missing"),
        "no output": (lambda k, m, n: k * k * m + n, "multiply the weights by channels_out"),
        "one channel": (lambda k, m, n: k * k * m + 1, "count of one output channel"),
        "bias of the input": (lambda k, m, n: k * k * m * n + m, "belong to the output"),
        "one bias": (lambda k, m, n: k * k * m * n + 1, "One bias is not enough"),
        "bias of each pair": (lambda k, m, n: (k * k + 1) * m * n, "Too many biases"),
        "bias of each weight": (lambda k, m, n: 2 * k * k * m * n, "As many biases"),
        "added": (lambda k, m, n: k * k * (m + n) + n, "connected with every"),
        "all squared": (lambda k, m, n: (k * m) ** 2 * n + n, "channels count once"),
        "doubled": (lambda k, m, n: k * 2 * m * n + n, "Squaring is not doubling"),
        "cubed": (lambda k, m, n: k**3 * m * n + n, "its depth is channels_in"),
        "a float": (lambda k, m, n: k**2.0 * m * n + n, "whole number, and yours is"),
        "constant": (lambda k, m, n: 1792, "and yours is 1792"),
    },
}
