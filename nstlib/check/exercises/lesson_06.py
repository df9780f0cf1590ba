"""Lesson 06, the objective: its exercises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nstlib import losses
from nstlib.check import references
from nstlib.check.comparison import (
    Slip,
    as_floats,
    close,
    compare,
    compare_by_hand,
    numbers,
    slips_of,
)
from nstlib.check.exercises.random_features import gram_by_numpy
from nstlib.check.framework import Check, Stopped, StudentError
from nstlib.conventions import CONVENTIONS, find_convention

# ---- total_loss ----------------------------------------------------------------------------------
# One kind of weight at a time is not 0: so it can be said which of the terms is wrong.


def draw_objective(content: float = 0.0, style: float = 0.0, tv: float = 0.0) -> Callable:
    """Draws what `total_loss` takes, small and at random, with weights times what is given here.

    There are three layers of content and three of style; one layer is of both, and stands in the
    middle, so that it is neither the first nor the last one.
    """

    def draw():
        rng = np.random.default_rng()
        names = [f"block{block}_conv{rng.integers(1, 3)}" for block in rng.permutation(5) + 1]
        channels = rng.permutation([2, 3, 4, 8, 9])
        shapes = [(1, *rng.permutation([5, 6, 7])[:2], C) for C in channels]

        def picture():
            drawn = [rng.gamma(1.0, 1.0, shape).astype("float32") for shape in shapes]
            return dict(zip(names, drawn, strict=True))

        def weight(scale):
            return scale * round(float(rng.uniform(0.5, 3)), 2)

        features, P, S = picture(), picture(), picture()
        of_content = {name: (P[name], weight(content)) for name in names[:3]}
        of_style = {
            name: (gram_by_numpy(S[name]).astype("float32"), weight(style))
            for name in (names[3], names[1], names[4])
        }
        return features, rng.random((1, 5, 4, 3), "float32"), of_content, of_style, weight(tv)

    return draw


def mean_square(D):
    return np.mean(D**2)


def sum_of_squares(D):
    return np.sum(D**2)


def mean_absolute(D):
    return np.mean(np.abs(D))


class Parts:
    """Of the arguments of `total_loss`: `content_k` and `style_k` are the layers' weights,
    `content` and `style` their losses; `only_content` and `only_style` say of which layers."""

    def __init__(self, features, image, content, style, tv_weight):
        F = {name: array.astype(float) for name, array in features.items()}
        self.compared = [(F[name], P.astype(float)) for name, (P, _) in content.items()]
        self.grams = [(gram_by_numpy(F[name]), A.astype(float)) for name, (A, _) in style.items()]
        self.content_k = np.array([k for _, k in content.values()])
        self.style_k = np.array([k for _, k in style.values()])
        self.only_content = np.array([name not in style for name in content])
        self.only_style = np.array([name not in content for name in style])
        self.C = np.array([F[name].shape[-1] for name in style])
        self.M = np.array([F[name][0, ..., 0].size for name in style])
        self.image, self.tv_weight = image.astype(float), tv_weight
        self.content, self.style = self.content_by(mean_square), self.style_by(mean_square)
        self.variation = self.variation_by(np.abs)
        self.features_variation = sum(
            np.abs(np.diff(X, axis=1)).sum() + np.abs(np.diff(X, axis=2)).sum() for X in F.values()
        )

    def content_by(self, loss, of=lambda F: F):
        return np.array([loss(of(F) - of(P)) for F, P in self.compared])

    def style_by(self, loss, factors=(1, 1, 1)):
        """With Gram matrices of the image that are too large by these factors."""
        pairs = zip(self.grams, factors, strict=True)
        return np.array([loss(factor * G - A) for (G, A), factor in pairs])

    def variation_by(self, size):
        return size(np.diff(self.image, axis=1)).sum() + size(np.diff(self.image, axis=2)).sum()


def slips(table: dict[str, Callable]) -> tuple[Slip, ...]:
    """From words and wrong formulas of the parts."""
    return tuple(
        Slip(lambda *inputs, of=formula: of(Parts(*inputs)), words)
        for words, formula in table.items()
    )


def of_layers(kind: str, k: Callable, losses: Callable) -> dict[str, Callable]:
    """What can go wrong with the sum over layers, of content and of style alike."""
    return {
        f"The {kind} layers' weights do not occur: multiply each layer's loss by its own k.": (
            lambda p: losses(p).sum()
        ),
        f"You take the {kind} weights squared: multiply each layer's loss by k once, outside of "
        "the square.": lambda p: (k(p) ** 2 * losses(p)).sum(),
        f"You add the {kind} weights to the losses: multiply them.": (
            lambda p: (k(p) + losses(p)).sum()
        ),
        f"Only the last {kind} layer counts: does each round of the loop overwrite the one before? "
        "Add to what is there.": lambda p: k(p)[-1] * losses(p)[-1],
        f"Only the first {kind} layer counts: is the return inside of the loop?": (
            lambda p: k(p)[0] * losses(p)[0]
        ),
        f"You average over the {kind} layers: add them up.": lambda p: (k(p) * losses(p)).mean(),
        f"You multiply the sum of the {kind} weights with the sum of the losses: each layer's loss "
        "has its own k.": lambda p: k(p).sum() * losses(p).sum(),
        f"The {kind} weights go to the wrong layers: take a layer's target and k from one entry.": (
            lambda p: (k(p)[::-1] * losses(p)).sum()
        ),
        f"Your {kind} part is subtracted: add it.": lambda p: -(k(p) * losses(p)).sum(),
        f"With the {kind} weights alone, all others being 0, your loss is 0: the {kind} part is "
        "missing, or overwritten by what comes later (= instead of +=).": lambda p: 0.0,
        f"You take the roots of the {kind} losses: leave them out.": (
            lambda p: (k(p) * np.sqrt(losses(p))).sum()
        ),
    }


def _content(p):
    return (p.content_k * p.content).sum()


CONTENT_SLIPS = slips(
    of_layers("content", lambda p: p.content_k, lambda p: p.content)
    | {
        "No weight occurs: multiply each layer's loss by its own k, and the total variation by "
        "tv_weight.": lambda p: p.content.sum() + p.style.sum() + p.variation,
        "The weights k do not occur, neither for content nor for style: multiply each layer's loss "
        "by its own k.": lambda p: p.content.sum() + p.style.sum(),
        "The style counts even where its weights are 0: multiply each layer's loss by its own k.": (
            lambda p: _content(p) + p.style.sum()
        ),
        "The total variation counts even where tv_weight is 0: multiply them.": (
            lambda p: _content(p) + p.variation
        ),
        "Your style layers have the weight of the last content layer: each has a k of its own, in "
        "the pair (A, k).": lambda p: _content(p) + p.content_k[-1] * p.style.sum(),
        "You divide by the sum of the weights: take the weights as they are.": (
            lambda p: _content(p) / p.content_k.sum()
        ),
        "You add up the squares of the content: content_loss is their mean.": (
            lambda p: (p.content_k * p.content_by(sum_of_squares)).sum()
        ),
        "You take half the sum of squares, as in the paper: content_loss is their mean.": (
            lambda p: (p.content_k * p.content_by(sum_of_squares)).sum() / 2
        ),
        "You compare the content by absolute differences: content_loss takes squares.": (
            lambda p: (p.content_k * p.content_by(mean_absolute)).sum()
        ),
        "You compare Gram matrices of the content, which forget where things are: compare the "
        "features themselves.": (
            lambda p: (p.content_k * p.content_by(mean_square, gram_by_numpy)).sum()
        ),
        "A layer of both content and style is missing from your content: if and elif take only "
        "one of the two.": lambda p: (p.content_k * p.content)[p.only_content].sum(),
    }
)
STYLE_SLIPS = slips(
    of_layers("style", lambda p: p.style_k, lambda p: p.style)
    | {
        "Your style part is once too large for each content layer: is its loop inside of the other "
        "one?": lambda p: len(p.content_k) * (p.style_k * p.style).sum(),
        "You add up the squares of the style: style_loss is their mean.": (
            lambda p: (p.style_k * p.style_by(sum_of_squares)).sum()
        ),
        "The 1/4 of your style part is the paper's: style_loss is just the mean.": (
            lambda p: (p.style_k * p.style).sum() / 4
        ),
        "You compare the style by absolute differences: style_loss takes squares.": (
            lambda p: (p.style_k * p.style_by(mean_absolute)).sum()
        ),
        "Your Gram matrices are not divided by the number of positions M, but A is: gram_matrix "
        "does it.": lambda p: (p.style_k * p.style_by(mean_square, p.M)).sum(),
        "You divide your Gram matrices by the channels, too, but A is not: take gram_matrix.": (
            lambda p: (p.style_k * p.style_by(mean_square, 1 / p.C)).sum()
        ),
        "A layer of both content and style is missing from your style: if and elif take only one "
        "of the two.": lambda p: (p.style_k * p.style)[p.only_style].sum(),
    }
)
TV_SLIPS = slips(
    {
        "You square tv_weight: multiply by it once.": lambda p: p.tv_weight**2 * p.variation,
        "You square the differences of neighbours: total_variation takes absolute values.": (
            lambda p: p.tv_weight * p.variation_by(np.square)
        ),
        "You divide the total variation by the number of values: here it is the plain sum.": (
            lambda p: p.tv_weight * p.variation / p.image.size
        ),
        "You subtract the total variation: add it.": lambda p: -p.tv_weight * p.variation,
        "You take the total variation of the features: take that of the image.": (
            lambda p: p.tv_weight * p.features_variation
        ),
        "You take half the total variation: take all of it.": (
            lambda p: p.tv_weight * p.variation / 2
        ),
        "With tv_weight alone, all others being 0, your loss is 0: the total variation is missing, "
        "or overwritten by what comes later.": lambda p: 0.0,
        "Your total variation counts once for each layer: there is but one image, so take it out "
        "of the loop.": lambda p: len(p.content_k) * p.tv_weight * p.variation,
        "Your total variation counts in both loops: take it out of them.": (
            lambda p: 2 * len(p.content_k) * p.tv_weight * p.variation
        ),
    }
)


def _examine_total_loss(student):
    def explained(*inputs):
        try:
            return student(*inputs)
        except Stopped as stopped:
            if "shape" not in str(stopped):
                raise
            raise StudentError(
                f"{stopped}. Compare features with P, and Gram matrices with A, each layer with "
                "its own: by the name, features[layer], as the dicts need not have one order."
            ) from None

    def check(slips, only, **weights):
        compare(
            explained,
            draw_objective(**weights),
            losses.total_loss,
            slips,
            shape_words=lambda shape: "Each loss is a mean or a sum over all axes.",
            described=lambda inputs: only,
            rounds=2,
        )

    check(CONTENT_SLIPS, "the content weights alone, all others being 0,", content=1)
    yield True, "With the content weights alone, it is the sum of k times the content loss."
    check(STYLE_SLIPS, "the style weights alone, all others being 0,", style=1)
    yield True, "With the style weights alone, it is the sum of k times the style loss."
    check(TV_SLIPS, "tv_weight alone, all others being 0,", tv=1)
    yield True, "With tv_weight alone, it is this times the total variation of the image."
    check((), "all weights together", content=1, style=1, tv=0.1)
    yield True, "It is the sum of all three, and what it is given stays as it is."
    for words, inputs in TOTALS_BY_HAND.items():
        compare_by_hand(explained, inputs, losses.total_loss, words)
    yield True, "So it is without style, without content, and without either."


def _few(values):
    return np.array([[values]], "float32")


FEATURES, TARGET = {"deep": _few([[1.0, 2.0]])}, {"deep": (_few([[1.0, 4.0]]), 10.0)}
STYLE = {"deep": (np.array([[[1.0, 2.0], [2.0, 0.0]]], "float32"), 2.0)}
DOT, ROW = _few([[0.5]]), _few([[0.0], [2.0], [1.0]])
TOTALS_BY_HAND = {
    "the docstring's example, without style": (FEATURES, DOT, TARGET, {}, 1.0),
    "no content": (FEATURES, DOT, {}, STYLE, 1.0),
    "neither content nor style": (FEATURES, ROW, {}, {}, 2.0),
    "a tv_weight of 0": (FEATURES, ROW, TARGET, STYLE, 0.0),
}


total_loss = Check(
    losses.total_loss,
    _examine_total_loss,
    (
        "First for one content layer, one style layer and the image: three terms, each with its "
        "weight. Then loop over the layers, and add.",
        "for layer, (P, k) in content.items() gives a layer's name, target and weight; the image's "
        "features there are features[layer]. A is a Gram matrix already: make one of these "
        "features, too.",
        "Begin with loss = tv_weight * total_variation(image). In one loop add k * content_loss("
        "features[layer], P), in another k * style_loss(gram_matrix(features[layer]), A).",
    ),
)

# ---- convert_style_weight ------------------------------------------------------------------------

KERAS = ("keras",)  # the only one whose constants depend on the number of positions
AVERAGING = ("gatys2015", "tensorflow", "anishathalye")
ADDING = ("jcjohnson", "pytorch", "d2l")  # up the layers; there, k is the style weight itself


def _draw_conversion(some, others):
    """Draws a weight, a convention of each kind in any order, and a layer of VGG-19."""

    def draw():
        rng = np.random.default_rng()
        pair = rng.permutation([rng.choice(some), rng.choice(others)])
        weight = float(round(rng.uniform(1.1, 9.9), 1) * 10.0 ** rng.integers(-2, 4))
        block = int(rng.integers(2, 6))
        N = 1024 * int(rng.integers(100, 300))
        return (
            weight,
            *map(find_convention, pair),
            min(32 * 2**block, 512),
            N // 4 ** (block - 1),
            N,
        )

    return draw


def _k(convention, C, M, N, weight=None):
    return convention.style_constant(C, M, N, weight)


def _by_hand(factor):
    """The conversion by a wrong formula for k."""
    return lambda weight, s, t, C, M, N: weight * factor(s, C, M, N) / factor(t, C, M, N)


def _conversion(formula):
    """A slip in which only the constants k occur: weighted, published, of weight 1."""

    def convert(weight, s, t, C, M, N):
        weighted, published, one = ([_k(c, C, M, N, w) for c in (s, t)] for w in (weight, None, 1))
        return formula(weighted, published, one)

    return convert


CONVERSIONS = {
    "You convert the other way round, from the target's units to the source's: divide the source's "
    "constant by the target's.": _conversion(lambda w, p, one: w[1] / one[0]),
    "The weight does not occur: style_constant takes the published weight unless you hand over "
    "yours, as its fourth argument.": _conversion(lambda w, p, one: p[0] / one[1]),
    "You divide by the target's constant at its published weight: divide by that at a weight of 1, "
    "style_constant(C, M, N, 1.0).": _conversion(lambda w, p, one: w[0] / p[1]),
    "You divide two published constants: the source needs your weight, and the target a weight of "
    "1.": _conversion(lambda w, p, one: p[0] / p[1]),
    "You divide the target's published constant by the source's: the other way round, with your "
    "weight there and 1 here.": _conversion(lambda w, p, one: p[1] / p[0]),
    "You hand your weight to both constants, so that it cancels: the target needs a weight of 1.": (
        _conversion(lambda w, p, one: w[0] / w[1])
    ),
    "That is the source's constant k: divide it by the target's at a weight of 1.": (
        _conversion(lambda w, p, one: w[0])
    ),
    "You multiply the two constants: divide them.": _conversion(lambda w, p, one: w[0] * one[1]),
    "You subtract the constants: divide them.": _conversion(lambda w, p, one: w[0] - one[1]),
    "You return the weight as it is: 1 here is not 1 there.": lambda weight, *_: weight,
    "You compare the published weights: that says what two people liked, not in which units. "
    "Compare the constants k.": (lambda weight, s, t, *_: weight * t.style_weight / s.style_weight),
    "You compare the published weights, and upside down: compare the constants k.": (
        lambda weight, s, t, *_: weight * s.style_weight / t.style_weight
    ),
    "You multiply your weight with the published one: hand it over as it is.": (
        lambda weight, s, t, *at: _k(s, *at, weight * s.style_weight) / _k(t, *at, 1.0)
    ),
    "C and M have changed places: style_constant(C, M, N, ...) wants the channels first.": (
        lambda weight, s, t, C, M, N: _k(s, M, C, N, weight) / _k(t, M, C, N, 1.0)
    ),
    "M and N have changed places: M counts the layer's positions, N the image's pixels.": (
        lambda weight, s, t, C, M, N: _k(s, C, N, M, weight) / _k(t, C, N, M, 1.0)
    ),
    "You convert a content weight: take style_constant.": (
        lambda weight, s, t, C, M, N: (
            s.content_constant(C, M, weight) / t.content_constant(C, M, 1.0)
        )
    ),
    "The channels are missing: k goes with C^channel_power.": (
        _by_hand(lambda c, C, M, N: c.style_factor * (M / N) ** c.position_power)
    ),
    "The positions are missing: k goes with (M/N)^position_power.": (
        _by_hand(lambda c, C, M, N: c.style_factor * C**c.channel_power)
    ),
    "The image's pixels are missing: k goes with (M/N)^position_power.": (
        _by_hand(lambda c, C, M, N: c.style_factor * C**c.channel_power * M**c.position_power)
    ),
    "The style_factor is missing: k is a multiple of it.": (
        _by_hand(lambda c, C, M, N: C**c.channel_power * (M / N) ** c.position_power)
    ),
    "Only the style_factor is there: k goes with the channels and the positions, too.": (
        _by_hand(lambda c, C, M, N: c.style_factor)
    ),
}
BY_HAND = Slip(
    _by_hand(lambda c, C, M, N: c.style_constant(C, M, N, 1.0, layers=1)),
    "You forget the mean: where mean_of_layers holds, k is divided by the number of layers.",
)


def _in_words(inputs):
    weight, source, target, C, M, N = inputs
    of, to = (next(n for n in CONVENTIONS if find_convention(n) == c) for c in (source, target))
    return f"a style weight of {weight:g} from {of} to {to}, and C={C}, M={M}, N={N},"


def _examine_convert_style_weight(student):
    def check(kinds, slips):
        right = references.convert_style_weight
        compare(student, _draw_conversion(*kinds), right, slips, described=_in_words, rounds=4)

    check((KERAS, AVERAGING), slips_of(CONVERSIONS))
    yield True, "It converts between Keras's example and conventions that average the layers."
    check((KERAS + AVERAGING, ADDING), [BY_HAND])
    yield True, "It does so where only one of the two averages."
    check((ADDING, ADDING), [])
    yield True, "And where none does."
    ours, theirs = find_convention("jcjohnson"), find_convention("tensorflow")
    inputs, words = (100.0, ours, theirs, 10, 100, 100), "the docstring's example"
    if not close(numbers(student(*inputs)), as_floats(5.0)):
        raise StudentError(f"For {words} it is 5.0, and yours is {student(*inputs)}.")
    yield True, "The docstring's example becomes 5."


convert_style_weight = Check(
    references.convert_style_weight,
    _examine_convert_style_weight,
    (
        "Two weights paint a layer as strongly if they lead to the same constant k there.",
        "source.style_constant(C, M, N, weight) is that constant, and k goes in proportion with "
        "the weight. Which weight of the target's leads to as much?",
        "Divide source.style_constant(C, M, N, weight) by target.style_constant(C, M, N, 1.0), "
        "which is what a weight of 1 leads to.",
    ),
)
