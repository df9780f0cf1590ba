"""Lesson 03, painting from features: its exercises."""

from __future__ import annotations

import numpy as np

from nstlib import losses
from nstlib.check import references
from nstlib.check.comparison import close, slips_of
from nstlib.check.exercises import random_features
from nstlib.check.exercises.mean_square import examine_mean_square, mean_square_slips
from nstlib.check.exercises.random_features import norm
from nstlib.check.framework import NOTHING, Check, StudentError, shorten

# ---- content_loss --------------------------------------------------------------------------------


def _positions(F):
    return F.shape[1] * F.shape[2]


CONTENT_SLIPS = mean_square_slips("F", "P") + slips_of(
    {
        "You return the sum of the squares: divide by how many numbers there are, so that a larger "
        "picture does not count for more.": lambda F, P: np.sum((F - P) ** 2),
        "Half the sum is how the paper of 2015 writes it: here it is the mean.": lambda F, P: (
            np.sum((F - P) ** 2) / 2
        ),
        "You divide by the number of positions only: divide by the number of channels, too.": (
            lambda F, P: np.sum((F - P) ** 2) / _positions(F)
        ),
        "You divide by the number of channels only: divide by the number of positions, too.": (
            lambda F, P: np.sum((F - P) ** 2) / F.shape[-1]
        ),
        "You take the picture for a square: M is height times width.": lambda F, P: (
            np.sum((F - P) ** 2) / (F.shape[1] ** 2 * F.shape[-1])
        ),
    }
)


def _examine_content_loss(student):
    def draw(batch):
        return random_features.features(batch, stacks=2)

    passed = (
        "It is the mean of the squared differences, for features of any shape.",
        "It is right for several pictures at once, and its arguments stay as they are.",
    )
    one, three = np.array([[[[1.0, 2.0]]]]), np.array([[[[1.0, 4.0]]]])
    by_hand = {
        "the docstring's example": (one, three),
        "one row": (np.array([[[[1.0], [2.0]]]]), np.array([[[[3.0], [2.0]]]])),
        "one column": (np.array([[[[1.0]], [[2.0]]]]), np.array([[[[1.0]], [[5.0]]]])),
        "the same twice": (one, one),
    }
    right = losses.content_loss
    return examine_mean_square(student, right, draw, CONTENT_SLIPS, "B h w C", passed, by_hand)


content_loss = Check(
    losses.content_loss,
    _examine_content_loss,
    (
        "Three steps: the difference, its square, and one number made of all squares.",
        "Square each difference before anything is added up, or up and down cancel.",
        "The mean over all axes of (F - P) ** 2: np.mean, tf.reduce_mean and ops.mean all do that.",
    ),
)

# ---- most_similar_layer --------------------------------------------------------------------------

LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block3_conv4", "block4_conv2", "deep")
CASES = 8


def _draw_pictures():
    """Features of two pictures at several layers, in sizes that are far apart.

    The relative differences are close together, so that every other measure ranks them otherwise.
    They come about in three ways: the features grow, shrink, or point elsewhere.
    """
    rng = np.random.default_rng()
    least, a, b = rng.uniform(0.3, 0.7), {}, {}
    for name in rng.permutation(LAYERS):
        F = rng.gamma(1.0, 10 ** rng.uniform(-0.5, 0.5), (1, *rng.integers(2, 6, 3)))
        s = least * rng.uniform(1, 1.15)  # |F - P| / (|F| + |P|) will be s
        factor = rng.choice([(1 + s) / (1 - s), (1 - s) / (1 + s), 1])
        if factor == 1:
            aside = rng.normal(size=F.shape) ** rng.choice([1, 5])  # everywhere, or in few places
            aside -= F * np.sum(F * aside) / np.sum(F * F)
            P = F + aside * norm(F) / norm(aside) * 2 * s / (1 - s**2)
        else:
            P = F * factor
        a[str(name)], b[str(name)] = F.astype("float32"), P.astype("float32")
    return a, {name: b[name] for name in list(b)[::-1]}


def _least(measure):
    """Picks the layer at which a measure of two arrays of features is least."""

    def pick(a, b):
        return min(a, key=lambda name: measure(a[name], b[name]))

    return pick


def _relative(F, P):
    return norm(F - P) / (norm(F) + norm(P))


MEASURES = {
    "The layer with the faintest features wins with you: divide by the size of the features.": (
        lambda F, P: np.mean((F - P) ** 2)
    ),
    "You do not divide by the features' size, and a sum favours small layers besides.": (
        lambda F, P: np.sum((F - P) ** 2)
    ),
    "You return the layer that differs most: least is asked for.": lambda F, P: -_relative(F, P),
    "You divide by the size of the first picture's features only: |F| + |P| treats both alike.": (
        lambda F, P: norm(F - P) / norm(F)
    ),
    "You divide by the size of the second picture's features only: |F| + |P| treats both alike.": (
        lambda F, P: norm(F - P) / norm(P)
    ),
    # |F + P| in the place of |F| + |P| ranks as the squares do.
    "Take the root of each sum of squares before you add the two, |F| + |P|, and not the larger of "
    "the two: or layers that differ in strength come off too well.": (
        lambda F, P: np.sum((F - P) ** 2) / (np.sum(F**2) + np.sum(P**2))
    ),
    "You forgot the square: differences up and down cancel, or count as less than nothing.": (
        lambda F, P: np.sum(F - P) / (np.sum(F) + np.sum(P))
    ),
    "You take the size of a difference that has cancelled already: square before you add up.": (
        lambda F, P: np.abs(np.sum(F - P)) / (np.sum(F) + np.sum(P))
    ),
    "You add absolute values: |F| is the root of the sum of all squares.": (
        lambda F, P: np.abs(F - P).sum() / (np.abs(F).sum() + np.abs(P).sum())
    ),
    "You compare the two sizes, |F| with |P|: features of one size can be quite different.": (
        lambda F, P: np.abs(norm(F) - norm(P)) / (norm(F) + norm(P))
    ),
}
PICKS = {
    **{words: _least(measure) for words, measure in MEASURES.items()},
    "The two dicts have their layers in different orders: take both features by the name, "
    "features_b[name].": lambda a, b: _by_place(a, b),
    "You return the first layer every time: does a return stand inside of the loop?": (
        lambda a, b: next(iter(a))
    ),
    "You return the last layer every time: keep the best one until the loop is over.": (
        lambda a, b: list(a)[-1]
    ),
    "You return the first name in the alphabet: min needs a key, which says what to compare.": (
        lambda a, b: min(a)
    ),
    "You return the last name in the alphabet: compare the differences, not the names.": (
        lambda a, b: max(a)
    ),
}


def _by_place(a, b):
    """Picks the layer by features that stand at the same place of both dicts."""

    def difference(name):
        F, P = a[name].ravel(), list(b.values())[list(a).index(name)].ravel()
        return _relative(F[: P.size], P[: F.size])

    return min(a, key=difference)


def _clear(a, b):
    """No measure has two layers that are nearly the same: rounding would choose between them."""
    for measure in (_relative, *MEASURES.values()):
        first, second = sorted(measure(a[name], b[name]) for name in a)[:2]
        if close(np.array(first), np.array(second), 1e-3):
            return False
    return True


def _draw_cases():
    """Several pairs of pictures, for which all rules together give answers of their own."""
    rules = (references.most_similar_layer, *PICKS.values())
    while True:
        cases = []
        while len(cases) < CASES:
            a, b = _draw_pictures()
            if _clear(a, b):
                cases.append((a, b))
        if len({tuple(rule(a, b) for a, b in cases) for rule in rules}) == len(rules):
            return cases


def _layer_name(found, names):
    """An answer as the name of a layer, or a `StudentError`."""
    if found is None or found is ...:
        raise StudentError(NOTHING)
    if isinstance(found, (tuple, list)):
        raise StudentError("It returns the name alone: take it out of what you return.")
    if not isinstance(found, str):
        raise StudentError(
            f"It returns a layer's name, and yours is of type {type(found).__name__}."
        )
    if found not in names:
        raise StudentError(f"There is no layer {shorten(repr(found))}: only {', '.join(names)}.")
    return str(found)


def _examine_most_similar_layer(student):
    cases = _draw_cases()
    found = [_layer_name(student(a, b), a) for a, b in cases]
    yield True, "It returns the name of a layer."
    wanted = [references.most_similar_layer(a, b) for a, b in cases]
    if found != wanted:
        for words, pick in PICKS.items():
            if found == [pick(a, b) for a, b in cases]:
                raise StudentError(words)
        right = sum(one == other for one, other in zip(found, wanted, strict=True))
        raise StudentError(
            f"It finds the right layer in {right} of {CASES} cases. Print |F - P| / (|F| + |P|) "
            "for each layer: the least of them wins."
        )
    yield True, "It is the layer of the least relative difference, and what it is given stays."
    for words, (a, b) in BY_HAND.items():
        try:
            answer = _layer_name(student(a, b), a)
        except StudentError as error:
            raise StudentError(f"With {words}: {error}") from None
        if answer != references.most_similar_layer(a, b):
            raise StudentError(f"With {words} it is another layer.")
    yield True, "So it is in the docstring's example, with one layer, and in any order of names."


def _at(value):
    return np.full((1, 1, 1, 1), value, "float32")


BY_HAND = {
    'the docstring\'s example, {"low": 1 against 2, "deep": 4 against 5},': (
        {"low": _at(1), "deep": _at(4)},
        {"low": _at(2), "deep": _at(5)},
    ),
    "the same two layers in another order": (
        {"low": _at(1), "deep": _at(4)},
        {"deep": _at(5), "low": _at(2)},
    ),
    "one layer only": ({"deep": _at(1)}, {"deep": _at(9)}),
}


most_similar_layer = Check(
    references.most_similar_layer,
    _examine_most_similar_layer,
    (
        "First write the relative difference of one layer, then look for the least of all layers.",
        "np.linalg.norm(F) is the root of the sum of all squares, whatever the shape of F.",
        "Within the function write def difference(name), which returns |F - P| / (|F| + |P|) for "
        "features_a[name] and features_b[name]; then min(features_a, key=difference).",
    ),
)
