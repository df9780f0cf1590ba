"""Lesson 10, starts, sizes, memory and precision: its exercises."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from nstlib.check import references
from nstlib.check.comparison import compare, compare_by_hand, numbers, slips_of
from nstlib.check.framework import NOTHING, Check, StudentError, shorten

# ---- activation_bytes ----------------------------------------------------------------------------

LAYERS = "block1_conv1 block1_conv2 block1_pool block2_conv1 block2_conv2 block2_pool".split()
LAYERS += "block3_conv1 block3_pool block4_conv1".split()
EXAMPLE = [("block1_conv1", 3, 1), ("block1_conv2", 3, 1), ("block1_pool", 3, 2)]
EXAMPLE += [("block2_conv1", 10, 2), ("block2_pool", 10, 4)]


def _draw_network():
    """Layers as in a VGG, but with channels and scales as no network has them.

    Without rounding, their values do not add up to a whole number: so it shows who rounds when.
    """
    rng = np.random.default_rng()
    one, two = (int(factor) for factor in rng.choice([2, 3, 4], 2))
    scales = (1, 1, one, one, one, *[one * two] * 2, *[one * two * 2] * 2)
    while True:
        channels = [int(C) for C in rng.choice(np.arange(5, 60), len(LAYERS), replace=False)]
        height, width = (int(side) for side in rng.choice(np.arange(41, 100), 2, replace=False))
        values = [Fraction(C * height * width, s**2) for C, s in zip(channels, scales, strict=True)]
        if sum(values).denominator > 1:
            return list(zip(LAYERS, channels, scales, strict=True)), height, width


def _draw_network_and_bytes():
    return *_draw_network(), int(np.random.default_rng().choice([2, 8]))


def _draw_network_to_recompute():
    """With a second block that may be as large as the first one, though it has fewer positions."""
    shapes, height, width, each = _draw_network_and_bytes()
    more = int(np.random.default_rng().integers(2, 12))
    shapes = [(name, C * (more if "block2_conv" in name else 1), s) for name, C, s in shapes]
    return shapes, height, width, each, True


_bytes = references.activation_bytes


def _each_layer(values):
    """4 bytes for each value, where a layer has `values(C, h, w, scale)` of them."""
    return lambda shapes, h, w: 4 * sum(values(C, h, w, scale) for _, C, scale in shapes)


def _together(bytes_of):
    """Bytes from the right number of values of each layer, in their order."""
    return lambda shapes, h, w: bytes_of([C * (h // s) * (w // s) for _, C, s in shapes])


VALUES = {
    "The scale counts once with you: both sides are shorter, the height and the width.": (
        lambda C, h, w, s: C * (h // s) * w,
        lambda C, h, w, s: C * h * (w // s),
        lambda C, h, w, s: C * h * w // s,
        lambda C, h, w, s: C * (h * w // s),
    ),
    "The scale does not occur: behind a pooling a layer has fewer positions than the picture.": (
        lambda C, h, w, s: C * h * w
    ),
    "The scale is a factor already, and no number of poolings: divide by it, not by 2**scale.": (
        lambda C, h, w, s: C * (h // 2**s) * (w // 2**s)
    ),
    "The channels are missing: at each position there is one value for each of them.": (
        lambda C, h, w, s: (h // s) * (w // s)
    ),
    "You round up: a side that the scale does not divide is rounded down, h // scale.": (
        lambda C, h, w, s: C * -(-h // s) * -(-w // s)
    ),
    "round() goes to the nearest whole number: a side is rounded down, h // scale.": (
        lambda C, h, w, s: C * round(h / s) * round(w / s)
    ),
    "You round too late: round each of the two sides down, then multiply them.": (
        lambda C, h, w, s: C * (h * w // s**2),
        lambda C, h, w, s: C * h * w // s**2,
        lambda C, h, w, s: C * (h // s * w // s),
    ),
    "You take the picture for a square: it is height times width.": (
        lambda C, h, w, s: C * (h // s) ** 2,
        lambda C, h, w, s: C * (w // s) ** 2,
    ),
    "C * C is the size of a Gram matrix: the features have C values at each position.": (
        lambda C, h, w, s: C * C
    ),
}
SUMS = {
    "You count the values: each of them takes bytes_each bytes.": sum,
    "You count bits: in a byte there are 8 of them, and bytes are asked for.": (
        lambda values: 32 * sum(values)
    ),
    "It is twice too much: 4 bytes for each value, and the gradients are not asked for.": (
        lambda values: 8 * sum(values)
    ),
    "You count only the last layer: the gradient needs the features of all layers.": (
        lambda values: 4 * values[-1]
    ),
    "You count only the first layer: does the return stand inside of the loop?": (
        lambda values: 4 * values[0]
    ),
    "You count only the largest layer: all of them are kept at the same time, so add them up.": (
        lambda values: 4 * max(values)
    ),
    "The first or the last layer is missing: all of them are kept.": (
        lambda values: 4 * sum(values[1:]),
        lambda values: 4 * sum(values[:-1]),
    ),
    "Bytes are asked for, neither kilobytes nor megabytes.": (
        lambda values: 4 * sum(values) / 2**10,
        lambda values: 4 * sum(values) / 2**20,
        lambda values: 4 * sum(values) / 1e3,
        lambda values: 4 * sum(values) / 1e6,
        lambda values: 4 * sum(values) / 2**30,
        lambda values: 4 * sum(values) // 2**10,
        lambda values: 4 * sum(values) // 2**20,
    ),
}
WHOLE = {
    "You leave the poolings out: what comes out of them is kept, too.": (
        lambda shapes, h, w: _bytes([s for s in shapes if "pool" not in s[0]], h, w)
    ),
    "You add the picture itself: count what is in the list, layer by layer.": (
        lambda shapes, h, w: _bytes(shapes, h, w) + 4 * 3 * h * w
    ),
    "You round in the end: round the two sides of each layer down, then multiply them.": (
        lambda shapes, h, w: 4 * int(sum(C * h * w / s**2 for _, C, s in shapes)),
    ),
}
ACTIVATION_SLIPS = [
    *(slip._replace(wrong=_each_layer(slip.wrong)) for slip in slips_of(VALUES)),
    *(slip._replace(wrong=_together(slip.wrong)) for slip in slips_of(SUMS)),
    *slips_of(WHOLE),
]
BYTES_EACH = {
    "In float32 it is right, but bytes_each does not occur: it need not be 4.": (
        lambda shapes, h, w, each: _bytes(shapes, h, w)
    ),
    "In float32 it is right, but you multiply by 4 and by bytes_each: once is enough.": (
        lambda shapes, h, w, each: _bytes(shapes, h, w, 4 * each)
    ),
    "In float32 it is right, but you take bytes_each for bits: it is a number of bytes.": (
        lambda shapes, h, w, each: _bytes(shapes, h, w, 8 * each),
        lambda shapes, h, w, each: _bytes(shapes, h, w, each) // 8,
    ),
}


def _by_blocks(bytes_of):
    """Bytes of `bytes_of(blocks)` values, where a block is the values of its layers in order."""

    def wrong(shapes, h, w, each, recompute):
        blocks = [
            [C * (h // s) * (w // s) for name, C, s in shapes if name.startswith(block)]
            for block in ("block1", "block2", "block3", "block4")
        ]
        return each * bytes_of(blocks)

    return wrong


def _kept(blocks):
    return sum(block[-1] for block in blocks)


def _largest(blocks):
    """What is computed once more, of the block that has most of it."""
    return max(sum(block[:-1]) for block in blocks)


RECOMPUTED = {
    "recompute has no effect: then only the last layer of each block is kept.": (
        _by_blocks(lambda blocks: sum(map(sum, blocks)))
    ),
    "You count what is kept, and not what is computed once more while the gradient passes.": (
        _by_blocks(_kept)
    ),
    "You count what is computed once more, and not what was kept: it waits all the time.": (
        _by_blocks(_largest)
    ),
    "You count one block alone: of the others the last layers wait meanwhile.": (
        _by_blocks(lambda blocks: max(map(sum, blocks)))
    ),
    "The last layer of one block counts twice: it was kept, and need not be computed again.": (
        _by_blocks(lambda blocks: _kept(blocks) + max(map(sum, blocks)))
    ),
    "Of a block all layers but the last are computed once more, and held together: add them up.": (
        _by_blocks(lambda blocks: _kept(blocks) + max(max([0, *block[:-1]]) for block in blocks))
    ),
    "It is the first block's layers that you compute once more: another one may have more.": (
        _by_blocks(lambda blocks: _kept(blocks) + sum(blocks[0][:-1]))
    ),
    "You keep the first layer of each block: the last one is kept.": (
        _by_blocks(
            lambda blocks: (
                sum(block[0] for block in blocks) + max(sum(block[1:]) for block in blocks)
            )
        )
    ),
    "You keep the poolings only: the last block may end with a convolution, and that is kept, "
    "too.": _by_blocks(
        lambda blocks: _kept(blocks[:-1]) + max(_largest(blocks[:-1]), sum(blocks[-1]))
    ),
    "You drop the last layers of the blocks behind: what was kept stays to the end.": (
        _by_blocks(
            lambda blocks: max(_kept(blocks[: k + 1]) + sum(blocks[k][:-1]) for k in range(4))
        )
    ),
    "You count the values where recompute is True: each of them takes bytes_each bytes.": (
        lambda shapes, h, w, each, recompute: _bytes(shapes, h, w, 1, True)
    ),
    "Where recompute is True you forget bytes_each: it need not be 4.": (
        lambda shapes, h, w, each, recompute: _bytes(shapes, h, w, 4, True)
    ),
    "Where recompute is True you multiply by bytes_each twice: once is enough.": (
        lambda shapes, h, w, each, recompute: _bytes(shapes, h, w, each**2, True)
    ),
}


def _examine_activation_bytes(student):
    right, words = references.activation_bytes, {"whole": True}
    words["described"] = lambda inputs: f"nine layers and a picture of {inputs[2]}×{inputs[1]}"
    words["shape_words"] = lambda shape: "Add the layers up."
    words["whole_words"] = "There are no half positions: round each side down with //."
    by_hand = {
        "the docstring's example": (EXAMPLE, 5, 7),
        "one layer": ([("block1_conv1", 1, 1)], 1, 1),
        "numbers beyond 32 bits": (
            [("block1_conv1", 5111, 1), ("block2_conv1", 5113, 2)],
            40097,
            40099,
        ),
    }
    compare(student, _draw_network, right, ACTIVATION_SLIPS, by_hand=by_hand, **words)
    yield True, "In float32 it counts every value of every layer, with sides rounded down."
    compare(student, _draw_network_and_bytes, right, slips_of(BYTES_EACH), **words)
    yield True, "It does so for other bytes_each, and the list of layers stays as it is."
    recomputed = {
        "the docstring's example": (EXAMPLE, 5, 7, 4, True),
        "one block": ([("block1_conv1", 3, 1), ("block1_conv2", 5, 1)], 2, 2, 4, True),
        "a block whose last layer is the largest": (
            [
                ("block1_conv1", 3, 1),
                ("block1_pool", 4, 2),
                ("block2_conv1", 1, 2),
                ("block2_conv2", 40, 2),
            ],
            2,
            2,
            4,
            True,
        ),
        "blocks of one layer": ([("block1_conv1", 3, 1), ("block2_conv1", 5, 1)], 2, 2, 4, True),
    }
    slips = slips_of(RECOMPUTED)
    compare(student, _draw_network_to_recompute, right, slips, by_hand=recomputed, **words)
    yield True, "With recompute it counts what is kept, and the most that is computed once more."


activation_bytes = Check(
    references.activation_bytes,
    _examine_activation_bytes,
    (
        "Think of one layer first: how many positions has it, and how many values at each? A layer "
        "has height // scale rows of width // scale positions.",
        "Without recompute, add up C * (height // scale) * (width // scale) over (name, C, scale) "
        "of the list, and multiply by bytes_each. With it, sort these values by block first, as in "
        'blocks.setdefault(name.split("_")[0], []).append(values).',
        "With recompute, two numbers are added: the last values of all blocks, and the largest of "
        "the sums of what else is in a block.",
    ),
)

# ---- plan_schedule -------------------------------------------------------------------------------


def _draw_budget():
    """Sizes and budgets that leave a rest, so that it shows who rounds how."""
    rng = np.random.default_rng()
    levels = int(rng.integers(3, 6))
    size = 2 ** (levels - 1) * int(rng.integers(10, 60)) - 1
    return size, levels, levels * int(rng.integers(5, 40)) + int(rng.integers(1, levels))


def _sizes(formula):
    """Sizes, coarse to fine, by a formula of the full size and of how much smaller each is."""
    return lambda size, levels, e: [formula(size, 2**k) for k in reversed(range(levels))]


def _shares(formula):
    """Evaluations, coarse to fine, by a formula of a level's share of the budget and its scale."""
    return lambda size, levels, e: [int(formula(e / levels, 2**k)) for k in reversed(range(levels))]


def _in_number(base):
    """Evaluations that add up to the budget, each level `base` times that of the next one."""
    return lambda size, levels, e: [
        e * base**k // sum(base**j for j in range(levels)) for k in reversed(range(levels))
    ]


SIZES = {
    "Your sizes go from fine to coarse: begin with the smallest, and end with `size`.": (
        lambda size, levels, e: [size // 2**k for k in range(levels)]
    ),
    "Your sizes are all the same: each is half of the next.": _sizes(lambda size, scale: size),
    "Your sizes grow by the same amount each time: each should be twice the one before.": (
        lambda size, levels, e: [size * (k + 1) // levels for k in range(levels)]
    ),
    "Your sizes shrink by 4 each time: a quarter of the pixels is half the side.": (
        _sizes(lambda size, scale: size // scale**2)
    ),
    "Your sizes begin with `size` and grow beyond it: the painting ends at `size`.": (
        lambda size, levels, e: [size * 2**k for k in range(levels)]
    ),
    "The full size is missing: the last one is `size` itself.": (
        _sizes(lambda size, scale: size // (2 * scale))
    ),
    "A size that cannot be halved is rounded down: divide with //.": (
        _sizes(lambda size, scale: -(-size // scale)),
        _sizes(lambda size, scale: round(size / scale)),
    ),
    "Sizes need not be even: divide with //, and no more.": (
        _sizes(lambda size, scale: size // scale // 2 * 2)
    ),
}
EVALUATIONS = {
    "Your evaluations are reversed: most of them belong to the smallest size, where they are "
    "cheap.": lambda size, levels, e: [int(e / levels * 4**k) for k in range(levels)],
    "Every level gets as many evaluations with you: at half the size one costs a quarter, so in "
    "the same time there are four times as many.": _shares(lambda share, scale: share),
    "You count the side and not the pixels: half the side has a quarter of the pixels, so there "
    "are four times as many evaluations, not twice.": _shares(lambda share, scale: share * scale),
    "You give fewer evaluations to smaller sizes: there they are cheaper, so multiply.": (
        _shares(lambda share, scale: share / scale**2),
        _shares(lambda share, scale: share / scale),
    ),
    "Every level gets the whole budget with you: divide it by the number of levels.": (
        lambda size, levels, e: [e * 4**k for k in reversed(range(levels))],
        lambda size, levels, e: [e * 2**k for k in reversed(range(levels))],
        lambda size, levels, e: [e] * levels,
    ),
    "Your evaluations add up to the budget in number: what they cost should add up to it, and at "
    "half the size four cost as much as one.": (_in_number(4), _in_number(2)),
    "You count the budget in evaluations at the smallest size: it is in those at the full size, so "
    "the last level gets the plain share.": (
        lambda size, levels, e: [int(e / levels / 4**k) for k in range(levels)]
    ),
    "At half the side an evaluation costs a quarter, even if the side was rounded down: compute "
    "with the scales 1, 2, 4, not with the sizes.": lambda size, levels, e: [
        int(e / levels * (size / (size // 2**k)) ** 2) for k in reversed(range(levels))
    ],
    "You round too early: multiply the share first, and round it down then.": (
        _shares(lambda share, scale: int(share) * scale**2)
    ),
    "Round down: otherwise more than the budget is spent.": (
        _shares(lambda share, scale: np.ceil(share * scale**2)),
        _shares(lambda share, scale: np.ceil(share) * scale**2),
        _shares(lambda share, scale: round(share * scale**2)),
    ),
}


def _two_lists(found, levels) -> list[np.ndarray]:
    """An answer as the array of the sizes and that of the evaluations, or a `StudentError`."""
    if found is None or found is ...:
        raise StudentError(NOTHING)
    if not isinstance(found, (tuple, list, np.ndarray)) or len(found) != 2:
        raise StudentError(
            "It returns two lists, as in `return sizes, evaluations`, and yours is "
            f"{shorten(found)}."
        )
    lists = []
    for name, values in zip(("sizes", "evaluations"), found, strict=True):
        array = numbers(values)
        if array.ndim != 1:
            raise StudentError(f"The {name} are no list of numbers, but {shorten(values)}.")
        if len(array) != levels:
            raise StudentError(
                f"For levels={levels} you return {len(array)} {name}: one for each level is "
                "wanted, and the full size is one of the levels."
            )
        if array.dtype.kind == "f":
            cure = "divide with //" if name == "sizes" else "round each down with int(...)"
            raise StudentError(f"The {name} are whole numbers, and yours are floats: {cure}.")
        lists.append(array)
    return lists


def _part(function, index):
    """One of the two lists that a plan consists of."""
    return lambda size, levels, e: _two_lists(function(size, levels, e), levels)[index]


PLANS_BY_HAND = {"the docstring's example": (101, 2, 5), "two levels": (64, 2, 6)}


def _examine_plan_schedule(student):
    right = references.plan_schedule
    sizes, evaluations = _part(student, 0), _part(student, 1)
    compare(sizes, _draw_budget, _part(right, 0), slips_of(SIZES), whole=True)
    yield True, "The sizes double from one level to the next, up to the full size."
    compare(evaluations, _draw_budget, _part(right, 1), slips_of(EVALUATIONS), whole=True)
    yield True, "Every level gets the same time: the smaller its pictures, the more evaluations."
    for index, part in enumerate((sizes, evaluations)):
        for words, inputs in PLANS_BY_HAND.items():
            compare_by_hand(part, inputs, _part(right, index), words, whole=True)
        compare(part, lambda: (_draw_budget()[0], 1, 7), _part(right, index), whole=True)
    yield True, "With one level, all of the budget goes to the full size."


plan_schedule = Check(
    references.plan_schedule,
    _examine_plan_schedule,
    (
        "Write down for three levels how many pixels each size has, the last one being 1. How "
        "many evaluations at each cost as much as one at the last?",
        "At a size smaller by `scale` (1, 2, 4 and so on), scale ** 2 evaluations cost what one "
        "costs at the full size. Each level may cost evaluations / levels.",
        "With scales from 2 ** (levels - 1) down to 1: the sizes are size // scale, the "
        "evaluations int(evaluations / levels * scale ** 2).",
    ),
)
