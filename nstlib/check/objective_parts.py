"""The objective of lesson 06 in parts: what its right and its wrong formulas are made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nstlib.check.answers import Slip
from nstlib.check.draws import gram_by_numpy


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
