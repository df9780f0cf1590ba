"""Lesson 03, painting from features: its exercises."""

from __future__ import annotations

import numpy as np

from nstlib import losses
from nstlib.backend import keras
from nstlib.check import references
from nstlib.check.comparison import close, compare, compare_by_hand, slips_of
from nstlib.check.exercises import random_features
from nstlib.check.exercises.random_features import norm
from nstlib.check.framework import NOTHING, Check, Stopped, StudentError, shorten

ops = keras.ops

# ---- content_loss --------------------------------------------------------------------------------


def _positions(F):
    return F.shape[1] * F.shape[2]


CONTENT_SLIPS = slips_of(
    {
        "You return half of it: the mean, without 1/2.": lambda F, P: np.mean((F - P) ** 2) / 2,
        "You take absolute differences: square them instead, so that large ones count for "
        "more.": lambda F, P: np.mean(np.abs(F - P)),
        "You forgot the square: differences up and down cancel, and the loss can be "
        "negative.": lambda F, P: np.mean(F - P),
        "You take the mean first and square it then: differences up and down have cancelled by "
        "then. Square each one, then take the mean.": lambda F, P: np.mean(F - P) ** 2,
        "You take the root of the mean square: leave it out.": (
            lambda F, P: np.sqrt(np.mean((F - P) ** 2))
        ),
        "You return the length of the difference (np.linalg.norm), its Frobenius norm: neither "
        "a root nor a sum is wanted, but the mean of the squares.": lambda F, P: norm(F - P),
        "You subtract the squares: square the difference.": lambda F, P: np.mean(F**2 - P**2),
        "You add F and P: it is their difference that counts.": (
            lambda F, P: np.mean((F + P) ** 2)
        ),
        "You multiply F and P: it is their difference that counts.": (lambda F, P: np.mean(F * P)),
        "P does not occur: compare F with P.": lambda F, P: np.mean(F**2),
        "Its sign is wrong: a loss becomes smaller when pictures become more similar.": (
            lambda F, P: -np.mean((F - P) ** 2)
        ),
        "You take the median: take the mean.": lambda F, P: np.median((F - P) ** 2),
        "Only the first channel counts with you: take all of them.": (
            lambda F, P: np.mean((F - P)[..., 0] ** 2),
            lambda F, P: np.sum((F - P)[..., 0] ** 2) / F.size,
        ),
        "You divide by the size of P: that makes it a relative loss, and here it is the "
        "plain mean.": lambda F, P: np.sum((F - P) ** 2) / np.sum(P**2),
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
SEVERAL_SLIPS = slips_of(
    {
        "For one picture it is right, but of two pictures you look only at the first.": (
            lambda F, P: np.mean((F[0] - P[0]) ** 2)
        ),
        "For one picture it is right, for two it is twice too large: take the mean over all "
        "B h w C numbers.": lambda F, P: np.sum((F - P) ** 2) / F[0].size,
    }
)
FEATURES_BY_HAND = {
    "the docstring's example": (np.array([[[[1.0, 2.0]]]]), np.array([[[[1.0, 4.0]]]])),
    "one row": (np.array([[[[1.0], [2.0]]]]), np.array([[[[3.0], [2.0]]]])),
    "one column": (np.array([[[[1.0]], [[2.0]]]]), np.array([[[[1.0]], [[5.0]]]])),
    "the same twice": (np.array([[[[1.0, 2.0]]]]), np.array([[[[1.0, 2.0]]]])),
}


def _examine_content_loss(student):
    def axes(shape):
        return "Take the mean over all axes." if shape else ""

    for batch, slips, words in (
        (1, CONTENT_SLIPS, "It is the mean of the squared differences, for features of any shape."),
        (2, SEVERAL_SLIPS, "It is right for several pictures at once, and its arguments stay."),
    ):
        draw = random_features.features(batch, stacks=2)
        compare(
            student,
            draw,
            losses.content_loss,
            slips,
            shape_words=axes,
            by_hand=FEATURES_BY_HAND,
        )
        yield True, words


content_loss = Check(
    losses.content_loss,
    _examine_content_loss,
    (
        "Three steps: the difference, its square, and one number made of all squares.",
        "Square each difference before anything is added up, or up and down cancel.",
        "The mean over all axes of (F - P) ** 2: np.mean, tf.reduce_mean and ops.mean all do that.",
    ),
)

# ---- gradient_step -------------------------------------------------------------------------------


class Bowl:
    """The loss sum w (x - c)^2, whose gradient is 2 w (x - c), and what it was asked for."""

    def __init__(self, w, c):
        self.w, self.c, self.asked_for = ops.cast(w, "float32"), ops.cast(c, "float32"), []

    def __call__(self, image):
        self.asked_for.append(image)
        return ops.sum(self.w * (image - self.c) ** 2)


def _draw_step():
    """A picture, a learning rate, and the w and c of a bowl; some steps lead beyond 0 and 1."""
    rng = np.random.default_rng()
    shape = 1, 2, 3, 3
    image, w, c = (rng.uniform(*ends, shape) for ends in ((0.05, 0.95), (0.3, 1.2), (-1, 2)))
    return image.astype("float32"), float(rng.uniform(0.1, 0.3)), w, c


def _stepped(step=lambda g, rate: rate * g, low=0.0, high=1.0):
    """A step with another length, or other bounds."""

    def new_image(image, rate, w, c):
        return np.clip(image - step(2 * w * (image - c), rate), low, high)

    return new_image


def _twice(image, rate, w, c):
    return _stepped()(_stepped()(image, rate, w, c), rate, w, c)


STEP_SLIPS = slips_of(
    {
        "You go uphill: the gradient says which way the loss grows, so it is subtracted.": (
            _stepped(lambda g, rate: -rate * g)
        ),
        "Colours leave the range: clip the new image to [0, 1].": _stepped(low=-9, high=9),
        "What is below 0 is put back, what is above 1 is not: clip to [0, 1].": _stepped(high=9),
        "What is above 1 is put back, what is below 0 is not: clip to [0, 1].": _stepped(low=-9),
        "The learning rate does not occur: the step is learning_rate times the gradient.": (
            _stepped(lambda g, rate: g)
        ),
        "You divide by the learning rate: multiply with it.": _stepped(lambda g, rate: g / rate),
        "You return the gradient: take learning_rate times it off the image.": (
            lambda image, rate, w, c: 2 * w * (image - c)
        ),
        "You return the step alone: take it off the image.": (
            lambda image, rate, w, c: -rate * 2 * w * (image - c),
            lambda image, rate, w, c: rate * 2 * w * (image - c),
            lambda image, rate, w, c: np.clip(-rate * 2 * w * (image - c), 0, 1),
        ),
        "You bring the gradient to one length first: here it is taken as it is.": (
            _stepped(lambda g, rate: rate * g / np.abs(g).mean()),
            _stepped(lambda g, rate: rate * g / np.abs(g).max()),
            _stepped(lambda g, rate: rate * g / g.std()),
            _stepped(lambda g, rate: rate * g / norm(g)),
        ),
        "Only the gradient's sign counts with you: a steep pixel takes a larger step.": (
            _stepped(lambda g, rate: rate * np.sign(g))
        ),
        "You subtract the loss: it is one number, and each pixel has a slope of its own.": (
            lambda image, rate, w, c: np.clip(image - rate * np.sum(w * (image - c) ** 2), 0, 1)
        ),
        "You clip the gradient: it may be of any size, it is the new image that is clipped.": (
            _stepped(lambda g, rate: rate * np.clip(g, 0, 1)),
            lambda image, rate, w, c: image - rate * np.clip(2 * w * (image - c), 0, 1),
        ),
        "You take two steps: one is asked for.": _twice,
        "Your step is half as long: it is learning_rate times the gradient.": (
            _stepped(lambda g, rate: rate * g / 2)
        ),
        "Brackets are missing: image - learning_rate * gradient, the product first.": (
            lambda image, rate, w, c: np.clip((image - rate) * 2 * w * (image - c), 0, 1)
        ),
        "You return the image as it came: make the new one, and return that.": (
            lambda image, rate, w, c: image
        ),
        "You round to 8 bits: steps smaller than a grey level would never be taken.": (
            lambda image, rate, w, c: np.rint(255 * _stepped()(image, rate, w, c)) / 255
        ),
    }
)


def _one_image(student):
    """The student's function of a bowl and tensors, with words for the slips of a tape."""

    def step(image, rate, w, c):
        loss_of = Bowl(w, c)
        try:
            found = student(loss_of, ops.convert_to_tensor(image), rate)
        except Stopped as stopped:
            raise StudentError(_of_a_tape(str(stopped), loss_of)) from None
        if isinstance(found, tuple):
            raise StudentError("It returns the new image alone: take it out of what you return.")
        return found

    return step


def _of_a_tape(stopped, loss_of):
    """What to say where there was no gradient."""
    if "NoneType" in stopped or "None values" in stopped:
        if any(isinstance(image, np.ndarray) for image in loss_of.asked_for):
            return (
                "You hand loss_of a NumPy array, which no tape can follow: hand it the tensor that "
                "the tape watches."
            )
        return (
            "tape.gradient gives None: within the with block, tape.watch(image) comes first, and "
            "then the loss is computed."
        )
    if "assign" in stopped:
        return "A tensor cannot be changed: make a new one, image - learning_rate * gradient."
    return stopped


def _at_a_point(image, rate, w=1.0, c=0.0):
    return np.array(image, "float32").reshape(1, 1, -1, 3), rate, w, c


STEPS_BY_HAND = {
    "the docstring's example": _at_a_point([0.5, 0.25, 0.0], 0.1),
    "a loss that is at its lowest": _at_a_point([0.5, 0.5, 0.5], 0.1, c=0.5),
    "a learning rate of 0": _at_a_point([0.5, 0.25, 0.0], 0.0),
    "a learning rate that is far too large": _at_a_point([0.5, 0.25, 0.0], 1000.0),
    "two pixels": _at_a_point([0.5, 0.25, 0.0, 1.0, 0.75, 0.5], 0.1),
}


def _examine_gradient_step(student):
    def described(inputs):
        return f"an image of shape {inputs[0].shape}"

    step, right = _one_image(student), _stepped()
    compare(step, _draw_step, right, STEP_SLIPS, described=described)
    yield True, "It steps against the gradient, and every value stays in [0, 1]."
    for words, (image, rate, w, c) in STEPS_BY_HAND.items():
        of = f"{words}, the loss sum({w:g} * (image - {c:g})**2)"
        compare_by_hand(
            lambda image, rate, w=w, c=c: step(image, rate, w, c),
            (image, rate),
            lambda image, rate, w=w, c=c: right(image, rate, w, c),
            of,
        )
    yield True, "So it does in the docstring's example, at the bottom of a loss, for any rate."


gradient_step = Check(
    references.gradient_step,
    _examine_gradient_step,
    (
        "Three steps: the loss under a tape, its gradient with respect to the image, a new image.",
        "with tf.GradientTape() as tape: tape.watch(image), then loss = loss_of(image); after "
        "it, no longer indented, tape.gradient(loss, image).",
        "Return tf.clip_by_value(image - learning_rate * gradient, 0, 1).",
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
