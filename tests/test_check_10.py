"""Lesson 10: what the checks have to tell apart, run by test_check.py."""

import itertools
import math

import numpy as np
import tensorflow as tf


def values(shapes, height, width):
    return [C * (height // scale) * (width // scale) for _, C, scale in shapes]


def activations_by_loop(shapes, height, width, bytes_each=4, recompute=False):
    """All in one walk: whenever a block begins, the last layer of the one before is known."""
    total = kept = most = of_block = last = 0
    block = ""
    for name, channels, scale in shapes:
        if not name.startswith(f"{block}_"):
            kept, most = kept + last, max(most, of_block - last)
            block, of_block = name.split("_")[0], 0
        last = channels * math.floor(height / scale) * math.floor(width / scale) * bytes_each
        total, of_block = total + last, of_block + last
    return kept + last + max(most, of_block - last) if recompute else total


def activations_by_dict(shapes, height, width, bytes_each=4, recompute=False):
    """One number a layer, as for a bar chart, then their sum."""
    sizes = {name: C * (height // s) * (width // s) * bytes_each for name, C, s in shapes}
    if not recompute:
        return sum(sizes.values())
    last = {name[:6]: name for name in sizes}  # a later layer takes the place of an earlier one
    again = dict.fromkeys(last, 0)
    for name in sizes.keys() - set(last.values()):
        again[name[:6]] += sizes[name]
    return sum(sizes[name] for name in last.values()) + max(again.values())


def activations_by_numpy(shapes, height, width, bytes_each=4, recompute=False):
    channels, scales = (np.array([layer[i] for layer in shapes]) for i in (1, 2))
    sizes = channels * (height // scales) * (width // scales) * bytes_each
    blocks = np.array([int(layer[0].split("_")[0].removeprefix("block")) for layer in shapes])
    if not recompute:
        return sizes.sum()
    is_last = np.append(blocks[1:] != blocks[:-1], True)
    return sizes[is_last].sum() + np.bincount(blocks, sizes * ~is_last).max().astype(int)


def activations_by_tensorflow(shapes, height, width, bytes_each=4, recompute=False):
    sizes = tf.constant(values(shapes, height, width), tf.int64) * bytes_each
    if not recompute:
        return tf.reduce_sum(sizes)
    blocks = [name.split("_")[0] for name, _, _ in shapes]
    numbers = tf.constant([sorted(set(blocks)).index(block) for block in blocks])
    totals, last = tf.math.segment_sum(sizes, numbers), []
    for number in range(len(set(blocks))):
        last.append(sizes[numbers == number][-1])
    return tf.reduce_sum(last) + tf.reduce_max(totals - tf.stack(last))


def activations_by_groups(shapes, height, width, bytes_each=4, recompute=False):
    """The least of what may be left out: all but the most that one block computes once more."""
    total = sum(C * int(height / s) * int(width / s) for _, C, s in shapes)
    again = []
    for _, block in itertools.groupby(shapes, key=lambda layer: layer[0].split("_")[0]):
        again.append(sum(values(list(block)[:-1], height, width)))
    return (total - (sum(again) - max(again)) * bool(recompute)) * bytes_each


def each(formula):
    """Bytes by a formula of channels, height, width and scale."""

    def solution(shapes, height, width, bytes_each=4):
        return bytes_each * sum(formula(C, height, width, scale) for _, C, scale in shapes)

    return solution


def recomputed(formula):
    """Right without `recompute`, and with it a formula of the values, a list for each block."""

    def solution(shapes, height, width, bytes_each=4, recompute=False):
        if not recompute:
            return activations_by_loop(shapes, height, width, bytes_each)
        blocks = {}
        for layer in shapes:
            blocks.setdefault(layer[0][:6], []).extend(values([layer], height, width))
        return bytes_each * formula(list(blocks.values()))

    return solution


def last_ones(blocks):
    return sum(block[-1] for block in blocks)


def again(blocks):
    return max(sum(block[:-1]) for block in blocks)


def only_poolings(blocks):
    """Kept are the last layers but for that of the last block, which is computed once more."""
    return last_ones(blocks[:-1]) + max(again(blocks[:-1]), sum(blocks[-1]))


def dropping(blocks):
    return max(last_ones(blocks[: k + 1]) + sum(block[:-1]) for k, block in enumerate(blocks))


def always_in_float32(shapes, height, width, bytes_each=4, recompute=False):
    each = 4 if recompute else bytes_each
    return activations_by_loop(shapes, height, width, each, recompute)


def without_recompute(shapes, height, width, bytes_each=4):
    return activations_by_loop(shapes, height, width, bytes_each)


def all_of(formula):
    """Bytes by a formula of the right values of each layer and the bytes of each."""

    def solution(shapes, height, width, bytes_each=4):
        return formula(values(shapes, height, width), bytes_each)

    return solution


def returns_in_the_loop(shapes, height, width, bytes_each=4):
    for _, C, scale in shapes:
        return C * (height // scale) * (width // scale) * bytes_each


def overwrites(shapes, height, width, bytes_each=4):
    for _, C, scale in shapes:
        total = C * (height // scale) * (width // scale) * bytes_each
    return total


def pops(shapes, height, width, bytes_each=4):
    total = 0
    while shapes:
        _, C, scale = shapes.pop()
        total += C * (height // scale) * (width // scale) * bytes_each
    return total


def without_poolings(shapes, height, width, bytes_each=4):
    convolutions = [layer for layer in shapes if "conv" in layer[0]]
    return activations_by_loop(convolutions, height, width, bytes_each)


def without_a_default(shapes, height, width):
    return 4 * sum(values(shapes, height, width))


def rounded_in_the_end(shapes, height, width, bytes_each=4):
    return int(sum(C * height * width / scale**2 for _, C, scale in shapes)) * bytes_each


def scales(levels):
    return [2**level for level in range(levels)][::-1]


def plan(size, levels, evaluations):
    return (
        [size // scale for scale in scales(levels)],
        [evaluations * scale**2 // levels for scale in scales(levels)],
    )


def plan_from_the_end(size, levels, evaluations):
    sizes, counts, share = [], [], evaluations / levels
    for _ in range(levels):
        sizes.insert(0, size)
        counts.insert(0, math.floor(share))
        size, share = size // 2, share * 4
    return sizes, counts


def plan_by_numpy(size, levels, evaluations):
    scale = 2 ** np.arange(levels)[::-1]
    return size // scale, (evaluations / levels * scale**2).astype(int)


def plan_by_pixels(size, levels, evaluations):
    """With what an evaluation costs, compared with one at the full size."""
    costs = [0.25**level for level in reversed(range(levels))]
    sizes = [int(size * cost**0.5) for cost in costs]
    return [sizes, [int(evaluations / levels / cost) for cost in costs]]


def sized(formula):
    """Right evaluations, at wrong sizes: a formula of the size, the number of levels, the scale."""

    def solution(size, levels, evaluations):
        sizes = [formula(size, levels, scale) for scale in scales(levels)]
        return sizes, plan(size, levels, evaluations)[1]

    return solution


def shared(formula):
    """Right sizes, with wrong evaluations: a formula of the budget, the levels, the scale."""

    def solution(size, levels, evaluations):
        counts = [int(formula(evaluations, levels, scale)) for scale in scales(levels)]
        return plan(size, levels, evaluations)[0], counts

    return solution


def fine_to_coarse(size, levels, evaluations):
    sizes, counts = plan(size, levels, evaluations)
    return sizes[::-1], counts[::-1]


def reversed_evaluations(size, levels, evaluations):
    sizes, counts = plan(size, levels, evaluations)
    return sizes, counts[::-1]


def three_levels(size, levels, evaluations):
    return plan(size, 3, evaluations)


def one_too_many(size, levels, evaluations):
    return plan(size, levels + 1, evaluations)


def no_full_size(size, levels, evaluations):
    sizes, counts = plan(size, levels + 1, evaluations)
    return sizes[:-1], counts[:-1]


def smallest_counts(size, levels, evaluations):
    share = evaluations / levels
    return plan(size, levels, 1)[0], [int(share / 4**level) for level in range(levels)]


def in_number(base):
    def solution(size, levels, evaluations):
        parts = [base**level for level in reversed(range(levels))]
        return plan(size, levels, 1)[0], [evaluations * part // sum(parts) for part in parts]

    return solution


def floats(of_sizes):
    def solution(size, levels, evaluations):
        sizes, counts = plan(size, levels, evaluations)
        share = evaluations / levels
        if of_sizes:
            return [size / scale for scale in scales(levels)], counts
        return sizes, [share * scale**2 for scale in scales(levels)]

    return solution


RIGHT = {
    "activation_bytes": {
        "loop": activations_by_loop,
        "dict": activations_by_dict,
        "numpy": activations_by_numpy,
        "tensorflow": activations_by_tensorflow,
        "groups": activations_by_groups,
    },
    "plan_schedule": {
        "whole numbers": plan,
        "from the end": plan_from_the_end,
        "numpy": plan_by_numpy,
        "costs": plan_by_pixels,
        "tuples": lambda *budget: tuple(map(tuple, plan(*budget))),
    },
}
WRONG = {
    "activation_bytes": {
        "values": (all_of(lambda v, b: sum(v)), "You count the values"),
        "bits": (all_of(lambda v, b: 8 * b * sum(v)), "You count bits"),
        "gradients, too": (all_of(lambda v, b: 2 * b * sum(v)), "gradients are not asked"),
        "one side": (each(lambda C, h, w, s: C * h * w // s), "scale counts once"),
        "no scale": (each(lambda C, h, w, s: C * h * w), "scale does not occur"),
        "powers of 2": (
            each(lambda C, h, w, s: C * (h // 2**s) * (w // 2**s)),
            "no number of poolings",
        ),
        "no channels": (each(lambda C, h, w, s: (h // s) * (w // s)), "channels are missing"),
        "rounded up": (
            each(lambda C, h, w, s: C * math.ceil(h / s) * math.ceil(w / s)),
            "You round up",
        ),
        "rounded": (each(lambda C, h, w, s: C * round(h / s) * round(w / s)), "to the nearest"),
        "product rounded": (each(lambda C, h, w, s: C * (h * w // s**2)), "round too late"),
        "rounded in the end": (rounded_in_the_end, "round in the end"),
        "not rounded": (
            each(lambda C, h, w, s: C * h * w / s**2),
            "no half positions",
        ),
        "a square": (each(lambda C, h, w, s: C * (h // s) ** 2), "for a square"),
        "Gram matrices": (each(lambda C, h, w, s: C * C), "size of a Gram matrix"),
        "only the last": (overwrites, "only the last layer"),
        "only the first": (returns_in_the_loop, "only the first layer"),
        "only the largest": (all_of(lambda v, b: b * max(v)), "only the largest"),
        "without the last": (all_of(lambda v, b: b * sum(v[:-1])), "first or the last layer"),
        "without poolings": (without_poolings, "leave the poolings out"),
        "with the picture": (
            lambda *what: activations_by_loop(*what) + 4 * 3 * what[1] * what[2],
            "add the picture itself",
        ),
        "kilobytes": (all_of(lambda v, b: b * sum(v) // 1024), "neither kilobytes"),
        "a list": (all_of(lambda v, b: [b * value for value in v]), "Add the layers up"),
        "always 4": (all_of(lambda v, b: 4 * sum(v)), "bytes_each does not occur"),
        "twice": (all_of(lambda v, b: b * sum(v) * (4 if b != 4 else 1)), "once is enough"),
        "no bytes_each": (without_a_default, "3 positional arguments|bytes_each"),
        "in place": (pops, "changes what it is given"),
        "constant": (lambda *what: 1000, "example.* yours is 1000"),
        "no recompute": (without_recompute, "besides what has a default"),
        "all the same": (
            recomputed(lambda blocks: sum(map(sum, blocks))),
            "recompute has no effect",
        ),
        "only what is kept": (recomputed(last_ones), "not what is computed once more"),
        "only what is computed": (recomputed(again), "not what was kept"),
        "one block alone": (recomputed(lambda blocks: max(map(sum, blocks))), "one block alone"),
        "counted twice": (
            recomputed(lambda blocks: last_ones(blocks) + max(map(sum, blocks))),
            "counts twice",
        ),
        "one layer at a time": (
            recomputed(lambda blocks: last_ones(blocks) + max(max([0, *b[:-1]]) for b in blocks)),
            "held together",
        ),
        "the first block": (
            recomputed(lambda blocks: last_ones(blocks) + sum(blocks[0][:-1])),
            "first block's layers",
        ),
        "the first layers": (
            recomputed(lambda blocks: again([b[::-1] for b in blocks]) + sum(b[0] for b in blocks)),
            "You keep the first layer",
        ),
        "only poolings": (recomputed(only_poolings), "keep the poolings only"),
        "dropped": (recomputed(dropping), "was kept stays to the end"),
        "the block with most of all": (
            recomputed(lambda blocks: last_ones(blocks) + sum(max(blocks, key=sum)[:-1])),
            "last layer is the largest",
        ),
        "recomputed in bytes of bytes": (
            lambda shapes, h, w, each=4, recompute=False: (
                activations_by_loop(shapes, h, w, each, recompute) * (each if recompute else 1)
            ),
            "bytes_each twice",
        ),
        "recomputed in float32": (always_in_float32, "you forget bytes_each"),
    },
    "plan_schedule": {
        "fine to coarse": (fine_to_coarse, "from fine to coarse"),
        "one size": (sized(lambda size, levels, scale: size), "sizes are all the same"),
        "even steps": (
            lambda size, levels, e: (
                [size * level // levels for level in range(1, levels + 1)],
                plan(size, levels, e)[1],
            ),
            "by the same amount",
        ),
        "quarters": (sized(lambda size, levels, scale: size // scale**2), "shrink by 4"),
        "beyond": (
            sized(lambda size, levels, scale: size * 2 ** (levels - 1) // scale),
            "grow beyond it",
        ),
        "no full size": (no_full_size, "full size is missing"),
        "rounded up": (sized(lambda size, levels, scale: -(-size // scale)), "cannot be halved"),
        "reversed": (reversed_evaluations, "evaluations are reversed"),
        "as many for all": (shared(lambda e, levels, scale: e / levels), "gets as many"),
        "by the side": (shared(lambda e, levels, scale: e / levels * scale), "side and not the"),
        "divided": (shared(lambda e, levels, scale: e / levels / scale**2), "fewer evaluations"),
        "whole budget": (shared(lambda e, levels, scale: e * scale**2), "whole budget"),
        "budget in number": (in_number(4), "to the budget in number"),
        "of the smallest": (smallest_counts, "evaluations at the smallest size"),
        "rounded early": (shared(lambda e, levels, scale: e // levels * scale**2), "too early"),
        "overspent": (
            shared(lambda e, levels, scale: math.ceil(e / levels * scale**2)),
            "more than the budget",
        ),
        "always three": (three_levels, "you return 3 sizes"),
        "float sizes": (floats(True), "sizes are whole numbers"),
        "float evaluations": (floats(False), "evaluations are whole numbers"),
        "pairs": (lambda *budget: list(zip(*plan(*budget), strict=True)), "It returns two lists"),
        "only the sizes": (lambda *budget: plan(*budget)[0], "It returns two lists"),
        "only the last level": (
            lambda size, levels, e: (size, e),
            "The sizes are no list",
        ),
        "constant": (
            lambda size, levels, e: ([7] * levels, [7] * levels),
            "and yours is 7",
        ),
    },
}
SAME_WORDS = {  # of slips that have come up already
    "activation_bytes": {
        "the height": (each(lambda C, h, w, s: C * (h // s) * w), "scale counts once"),
        "megabytes": (all_of(lambda v, b: b * sum(v) / 2**20), "neither kilobytes"),
    },
    "plan_schedule": {
        "in number, by the side": (in_number(2), "to the budget in number"),
        "one too many": (one_too_many, "the full size is one of the levels"),
    },
}
