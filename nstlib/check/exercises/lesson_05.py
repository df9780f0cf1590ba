"""Lesson 05, texture: its exercises."""

from __future__ import annotations

import numpy as np

from nstlib import losses
from nstlib.check.comparison import close, compare_by_hand, draw_apart, names, numbers, slips_of
from nstlib.check.exercises import random_features
from nstlib.check.exercises.mean_square import examine_mean_square, mean_square_slips
from nstlib.check.exercises.random_features import gram_by_numpy, norm
from nstlib.check.framework import Check, StudentError

# ---- style_loss ----------------------------------------------------------------------------------

STYLE_SLIPS = mean_square_slips("G", "A") + slips_of(
    {
        "You return the sum of the squares: divide by C^2, or layers with many channels count for "
        "more.": lambda G, A: np.sum((G - A) ** 2),
        "You divide by C only: a Gram matrix has C^2 numbers.": lambda G, A: (
            np.sum((G - A) ** 2) / G.shape[-1]
        ),
        "You divide by C^2 twice: the mean has done it once already.": lambda G, A: (
            np.sum((G - A) ** 2) / G.shape[-1] ** 4
        ),
        "The 1/4 is the paper's: our Gram matrices are divided by M already, and the loss is "
        "just the mean.": lambda G, A: np.mean((G - A) ** 2) / 4,
        "That is the distance of lesson 04, gram_distance: a loss is the plain mean of squares.": (
            lambda G, A: norm(G - A) / (norm(G) + norm(A))
        ),
        "(G - A) @ (G - A) is the product of two matrices: square each number, (G - A) ** 2.": (
            lambda G, A: np.mean((G - A) @ (G - A))
        ),
        "You compare the diagonals only: the style is in all pairs of channels.": lambda G, A: (
            np.mean(np.diagonal(G - A, 0, 1, 2) ** 2)
        ),
        "G and A are Gram matrices already: do not multiply them once more.": (
            lambda G, A: np.mean((G @ G.transpose(0, 2, 1) - A @ A.transpose(0, 2, 1)) ** 2)
        ),
        "You count only one half of the symmetric matrices: take all of their C^2 numbers.": (
            lambda G, A: np.sum(np.triu(G - A) ** 2) / G.shape[-1] ** 2
        ),
    }
)


def _examine_style_loss(student):
    passed = (
        "It is the mean of the squared differences of two Gram matrices.",
        "It is right for several pictures at once, and the matrices stay as they are.",
    )
    draw = random_features.grams
    G, A = np.array([[[[1.0, 2.0], [2.0, 4.0]]], [[[1.0, 0.0], [0.0, 4.0]]]], "float32")
    by_hand = {
        "the docstring's example": (G, A),
        "one channel": (np.array([[[3.0]]]), np.array([[[1.0]]])),
        "the same twice": (G, G),
    }
    right = losses.style_loss
    return examine_mean_square(student, right, draw, STYLE_SLIPS, "B C C", passed, by_hand)


style_loss = Check(
    losses.style_loss,
    _examine_style_loss,
    (
        "It is the content loss once more, of Gram matrices in the place of features.",
        "The difference, its square, and one number made of all squares.",
        "The mean over all axes of (G - A) ** 2: np.mean, tf.reduce_mean and ops.mean all do that.",
    ),
)

# ---- mix_styles ----------------------------------------------------------------------------------

LAYERS = ("block1_conv1", "block3_conv1", "block2_conv1")


def _draw_styles(count):
    """Targets of several styles, and their shares.

    These are whole numbers, as whoever mixes 3 parts with 1 part writes them.
    """

    def draw():
        rng = np.random.default_rng()
        channels = dict(zip(LAYERS, rng.permutation([2, 3, 4]), strict=True))
        targets = []
        for _ in range(count):
            target = {}
            for name, C in channels.items():
                F = rng.gamma(1.0, 2.0, (1, 4, 5, C))
                target[name] = gram_by_numpy(F).astype("float32")
            targets.append(target)
        shares = [int(share) for share in rng.choice(np.arange(2, 12), count, replace=False)]
        return targets, shares

    return draw


def _flat(mixture):
    """All numbers of a mixture in a row."""
    return np.concatenate([np.ravel(mixture[name]) for name in LAYERS])


def _weighted(weights_of):
    """A mixture by other weights: `weights_of` makes them of the shares."""

    def mix(targets, shares):
        weights = weights_of(np.array(shares, float))
        pairs = list(zip(weights, map(_flat, targets), strict=True))
        return sum(weight * A for weight, A in pairs)

    return mix


def _only(chosen):
    """A mixture that takes but one style."""

    def weights_of(shares):
        weights = np.zeros(len(shares))
        weights[chosen(shares)] = 1
        return weights

    return _weighted(weights_of)


def _last_share(shares):
    weights = np.zeros(len(shares))
    weights[-1] = shares[-1] / shares.sum()
    return weights


def _first_two(shares):
    weights = np.zeros(len(shares))
    weights[:2] = shares[:2] / shares[:2].sum()
    return weights


def _first_two_of_all(shares):
    return np.where(np.arange(len(shares)) < 2, shares / shares.sum(), 0)


MIXTURES = {
    "Of three styles the third one is missing: loop over all of them.": _weighted(_first_two),
    "Of three styles the third one is missing, though its share is in the sum.": (
        _weighted(_first_two_of_all)
    ),
    "You do not divide the shares by their sum: 3 and 1 mean three quarters and one quarter.": (
        _weighted(lambda s: s)
    ),
    "You divide by the number of styles: divide by the sum of the shares.": (
        _weighted(lambda s: s / len(s))
    ),
    "All styles count alike with you: the shares do not occur.": (
        _weighted(lambda s: np.ones(len(s)) / len(s))
    ),
    "You add the styles up, without shares: all counts more than once.": (
        _weighted(lambda s: np.ones(len(s)))
    ),
    "Only the first style is there: add up all of them.": _only(lambda s: 0),
    "Only the last style is there, at full strength: does each round of the loop overwrite the one "
    "before?": _only(lambda s: -1),
    "Only the last style is there, with its share: add to what is there, with +.": (
        _weighted(_last_share)
    ),
    "Only the style with the largest share is there: the others belong in, too.": (
        _only(lambda s: int(np.argmax(s)))
    ),
    "The shares go to the wrong styles: the first share is that of the first style.": (
        _weighted(lambda s: s[::-1] / s.sum())
    ),
    "You divide by the largest share: divide by the sum of all shares.": (
        _weighted(lambda s: s / s.max())
    ),
    "You divide by the length of the shares (np.linalg.norm): divide by their sum.": (
        _weighted(lambda s: s / np.sqrt((s**2).sum()))
    ),
    "You square the shares: take them as they are, divided by their sum.": (
        _weighted(lambda s: s**2 / (s**2).sum())
    ),
    "A softmax makes the large shares far too large: divide each share by their sum.": (
        _weighted(lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum())
    ),
    "You divide whole numbers to whole numbers: use / and not //, and no int(...).": (
        _weighted(lambda s: s // s.sum())
    ),
    "You divide by the shares' sum and by the number of styles: once is enough.": (
        _weighted(lambda s: s / s.sum() / len(s))
    ),
}


def _right_mixture(targets, shares):
    return _flat(losses.mix_styles(targets, shares))


def _compare_mixtures(student, draw, slips):
    """As `compare`, for dicts from layer to matrix."""
    for _ in range(2):
        (targets, shares), wanted, wrongs = draw_apart(draw, _right_mixture, slips)
        found = names(student(targets, shares), LAYERS, "layer to Gram matrix")
        found = {name: numbers(found[name]) for name in LAYERS}
        for name in LAYERS:
            if found[name].shape != targets[0][name].shape:
                raise StudentError(
                    f"At {name} the Gram matrices have shape {targets[0][name].shape}, and your "
                    f"mixture has {found[name].shape}: mix layer by layer."
                )
        found = _flat(found)
        if close(found, wanted):
            continue
        for slip, wrong in zip(slips, wrongs, strict=True):
            if close(found, wrong):
                raise StudentError(slip.words)
        raise StudentError(
            f"For shares {shares} it is another mixture: add up share / sum of all shares times "
            "Gram matrix, over the styles."
        )


def _examine_mix_styles(student):
    _compare_mixtures(student, _draw_styles(3), slips_of(MIXTURES))
    yield True, "Three styles are mixed layer by layer, as their shares say."
    _compare_mixtures(student, _draw_styles(2), slips=())
    yield True, "So are two, and the styles and their shares stay as they are."
    for words, (targets, shares) in MIXED_BY_HAND.items():
        compare_by_hand(
            lambda targets, shares: np.array([numbers(_low(student(targets, shares)))]),
            (targets, shares),
            lambda targets, shares: np.array([losses.mix_styles(targets, shares)["low"]]),
            words,
        )
    yield True, "And it is right for one style, for parts of a whole, and for a share of 0."


def _low(found):
    return names(found, ("low", "deep"), "layer to Gram matrix")["low"]


def _style(low):
    return {"low": np.full((1, 1, 1), low, "float32"), "deep": np.ones((1, 2, 2), "float32")}


MIXED_BY_HAND = {
    "the docstring's example": ([_style(8), _style(0)], [3, 1]),
    "shares that are no whole numbers": ([_style(8), _style(0)], [0.75, 0.25]),
    "small shares": ([_style(8), _style(0)], [0.003, 0.001]),
    "a share of 0": ([_style(8), _style(2)], [0, 5]),
    "one style": ([_style(8)], [2]),
    "layers in another order": ([_style(8), dict(reversed(_style(0).items()))], [1, 1]),
}


mix_styles = Check(
    losses.mix_styles,
    _examine_mix_styles,
    (
        "For one layer only: how would you mix two matrices three to one?",
        "Divide each share by the sum of all shares; then a mixture of a style with itself is "
        "that style again.",
        "Return a dict over the names of targets[0]: for each name the sum of share / total * "
        "A[name] over zip(targets, shares).",
    ),
)
