"""Lesson 12, a network that paints: its exercises."""

from __future__ import annotations

import math

import numpy as np

from nstlib.check import references
from nstlib.check.comparison import compare, compare_by_hand, numbers, slips_of, written
from nstlib.check.framework import Check, StudentError
from nstlib.fast import transfer_network

# ---- instance_norm -------------------------------------------------------------------------------

ADDED = 1e-3  # as far as answers differ with what is added to the variance: Keras adds 1e-3


def _draw_normalised(pictures=2):
    """Features whose channels all have another mean and deviation, and numbers for each picture."""
    rng = np.random.default_rng()
    height, width, channels = rng.permutation([3, 4, 5])
    each = pictures, 1, 1, channels
    x = rng.uniform(2, 5, each) * rng.normal(0, 1, (pictures, height, width, channels))
    x = x + rng.uniform(3, 8, each) * rng.choice([-1, 1], each)
    gamma, beta = rng.uniform(0.5, 2, (pictures, channels)), rng.uniform(1, 4, (pictures, channels))
    return tuple(array.astype("float32") for array in (x, gamma, beta))


def _wide(numbers):
    return numbers[:, None, None]


def _mean(x, axes=(1, 2)):
    return x.mean(axis=axes, keepdims=True)


def _sigma(x, axes=(1, 2)):
    return x.std(axis=axes, keepdims=True)


def _over(axes):
    """With mean and deviation over other axes."""
    return lambda x, g, b: _wide(g) * (x - _mean(x, axes)) / _sigma(x, axes) + _wide(b)


def _normal(x):
    return (x - _mean(x)) / _sigma(x)


def _by(size):
    """Divided by something else than the deviation."""
    return lambda x, g, b: _wide(g) * (x - _mean(x)) / size(x) + _wide(b)


NORMS = {
    "You average over the pictures, too: that is batch normalisation. Here every picture has a "
    "mean and a deviation of its own: axis=(1, 2).": _over((0, 1, 2)),
    "You average over the channels, too, which is layer normalisation: every channel has a mean "
    "and a deviation of its own: axis=(1, 2).": _over((1, 2, 3)),
    "You average over everything: every channel of every picture has a mean and a deviation of its "
    "own, over height and width: axis=(1, 2).": _over((0, 1, 2, 3)),
    "You average over the channels at each position: the other way round, over the positions of "
    "each channel: axis=(1, 2).": _over(3),
    "You average over the height alone, or over the width alone: all positions of a channel "
    "belong together: axis=(1, 2).": (_over(1), _over(2)),
    "Mean and deviation are over the same positions, those of one channel of one picture: one of "
    "yours is over all pictures.": (
        lambda x, g, b: _wide(g) * (x - _mean(x)) / _sigma(x, (0, 1, 2)) + _wide(b),
        lambda x, g, b: _wide(g) * (x - _mean(x, (0, 1, 2))) / _sigma(x) + _wide(b),
    ),
    "Those are the wrong two axes: of (B, h, w, C), height and width are axis=(1, 2).": tuple(
        _over(axes) for axes in ((0, 1), (0, 2), (0, 3), (1, 3), (2, 3))
    ),
    "You divide by the variance: divide by its root, the deviation.": _by(lambda x: _sigma(x) ** 2),
    "You divide by nothing: the deviation of what comes out should be gamma.": _by(lambda x: 1),
    "You multiply by the deviation: divide by it.": _by(lambda x: 1 / _sigma(x)),
    "You divide by the root of the mean square of x: subtract the mean first, and take the root of "
    "the mean square of what is left.": _by(lambda x: np.sqrt(_mean(x**2))),
    "Your variance divides by the number of positions less one: here it is the plain mean of the "
    "squares.": _by(lambda x: x.std(axis=(1, 2), keepdims=True, ddof=1)),
    "The squares are added up: the variance is their mean.": _by(
        lambda x: np.sqrt(((x - _mean(x)) ** 2).sum(axis=(1, 2), keepdims=True))
    ),
    "You divide by the mean distance from the mean, or by the largest: the deviation is the root "
    "of the mean square.": (
        _by(lambda x: _mean(np.abs(x - _mean(x)))),
        _by(lambda x: np.abs(x - _mean(x)).max(axis=(1, 2), keepdims=True)),
    ),
    "What you add so that nothing is divided by 0 is so much that it shows: 1e-5 is enough.": (
        _by(lambda x: np.sqrt(_sigma(x) ** 2 + 1)),
        _by(lambda x: _sigma(x) + 1),
    ),
    "You multiply x by gamma before its mean is subtracted: write x - mean in parentheses.": (
        lambda x, g, b: (_wide(g) * x - _mean(x)) / _sigma(x) + _wide(b)
    ),
    "The mean of x stays in: subtract it, also from what is divided by the deviation.": (
        lambda x, g, b: _wide(g) * x / _sigma(x) + _wide(b),
        lambda x, g, b: _wide(g) * (x - _mean(x) / _sigma(x)) + _wide(b),
    ),
    "You add the mean of x again: what comes out has the mean beta, whatever went in.": (
        lambda x, g, b: _wide(g) * _normal(x) + _wide(b) + _mean(x)
    ),
    "gamma and beta do not occur: multiply by the one, then add the other.": (
        lambda x, g, b: _normal(x)
    ),
    "beta is missing: add it in the end.": lambda x, g, b: _wide(g) * _normal(x),
    "gamma is missing: multiply by it, once the deviation is 1.": (
        lambda x, g, b: _normal(x) + _wide(b)
    ),
    "gamma and beta are swapped: multiply by gamma, and add beta.": (
        lambda x, g, b: _wide(b) * _normal(x) + _wide(g)
    ),
    "beta comes too early: multiply by gamma first, or beta is scaled as well.": (
        lambda x, g, b: _wide(g) * (_normal(x) + _wide(b))
    ),
    "You subtract beta: add it.": lambda x, g, b: _wide(g) * _normal(x) - _wide(b),
    "You divide by gamma: multiply by it.": lambda x, g, b: _normal(x) / _wide(g) + _wide(b),
    "You multiply by 1 + gamma: gamma itself is the deviation that comes out.": (
        lambda x, g, b: (1 + _wide(g)) * _normal(x) + _wide(b)
    ),
    "You take gamma and beta of the first picture for all: each picture has a row of its own.": (
        lambda x, g, b: _wide(g[:1]) * _normal(x) + _wide(b[:1])
    ),
    "You take gamma and beta of the last picture for all: each picture has a row of its own.": (
        lambda x, g, b: _wide(g[-1:]) * _normal(x) + _wide(b[-1:])
    ),
    "You take the mean of gamma and beta over the pictures: each picture has a row of its own.": (
        lambda x, g, b: (
            _wide(g.mean(0, keepdims=True)) * _normal(x) + _wide(b.mean(0, keepdims=True))
        )
    ),
    "You bring the smallest value to 0 and the largest to 1: it is mean and deviation that should "
    "come out.": lambda x, g, b: (
        _wide(g) * (x - x.min((1, 2), keepdims=True)) / np.ptp(x, (1, 2), keepdims=True) + _wide(b)
    ),
}


def _same_shape(shape):
    return "What comes out has the shape of x."


def _examine_instance_norm(student):
    right = transfer_network.instance_norm
    words: dict = {"shape_words": _same_shape}
    x = np.array([[[[1.0], [3.0]]]], "float32")
    ten, five = np.full((1, 1), 10, "float32"), np.full((1, 1), 5, "float32")
    by_hand = {"the docstring's example": (x, ten, five)}
    words |= {"by_hand": by_hand, "tolerance": ADDED}
    compare(student, _draw_normalised, right, slips_of(NORMS), **words)
    yield True, "Every channel of every picture comes out with the mean beta, the deviation gamma."
    plain = np.full((1, 2, 2, 1), 3, "float32")
    compare_by_hand(student, (plain, ten, five), right, "a channel that is the same everywhere")
    yield True, "A channel without any variance becomes beta, and x stays as it is."


instance_norm = Check(
    transfer_network.instance_norm,
    _examine_instance_norm,
    (
        "Do it in two steps: first give every channel of every picture the mean 0 and the "
        "deviation 1, then the deviation gamma and the mean beta.",
        "ops.mean(x, axis=(1, 2), keepdims=True) is (B, 1, 1, C), so it can be subtracted from x; "
        "ops.var goes likewise. gamma is (B, C): gamma[:, None, None] is (B, 1, 1, C).",
        "gamma[:, None, None] * (x - mean) / ops.sqrt(variance + 1e-5) + beta[:, None, None].",
    ),
)

# ---- conditional_instance_norm -------------------------------------------------------------------


def _draw_styles():
    """Features of three pictures, four styles, and the shares of these in each picture."""
    rng = np.random.default_rng()
    x, _, _ = _draw_normalised(pictures=3)
    gammas, betas = rng.uniform(0.3, 3, (4, x.shape[-1])), rng.uniform(1, 6, (4, x.shape[-1]))
    shares = rng.dirichlet(np.full(4, 0.8), 3)
    shares[2] = np.eye(4)[rng.integers(4)]  # one style alone
    return tuple(array.astype("float32") for array in (x, gammas, betas, shares))


def _numbers(mixed):
    """With rows of gamma and beta for each picture that are made of the shares in another way."""
    return lambda x, g, b, s: _wide(mixed(g, s)) * _normal(x) + _wide(mixed(b, s))


CONDITIONS = {
    "The shares do not occur: you take the mean of all styles.": (
        _numbers(lambda rows, s: np.ones_like(s) @ rows / 4)
    ),
    "The shares do not occur: you add up all styles.": (
        _numbers(lambda rows, s: np.ones_like(s) @ rows)
    ),
    "You take a row of the styles for each picture: shares say how much of which style it gets.": (
        _numbers(lambda rows, s: rows[: len(s)])
    ),
    "Only the last style is left: add all of them up, each times its share.": (
        _numbers(lambda rows, s: s[:, -1:] @ rows[-1:])
    ),
    "You take the first style for all pictures: the shares say which.": (
        _numbers(lambda rows, s: np.ones_like(s[:, :1]) @ rows[:1])
    ),
    "You take the style with the largest share alone: the others have a say, too.": (
        _numbers(lambda rows, s: rows[s.argmax(axis=1)])
    ),
    "You take the shares of the first picture for all: each picture has a row of its own.": (
        _numbers(lambda rows, s: np.ones_like(s[:, :1]) @ s[:1] @ rows)
    ),
    "You take the shares of the last picture for all: each picture has a row of its own.": (
        _numbers(lambda rows, s: np.ones_like(s[:, :1]) @ s[-1:] @ rows)
    ),
    "You take the mean of the shares for all pictures: each picture has a row of its own.": (
        _numbers(lambda rows, s: np.ones_like(s[:, :1]) @ _mean(s, 0) @ rows)
    ),
    "All styles that have a share count alike with you: multiply each by its share.": (
        _numbers(lambda rows, s: (s > 0) @ rows / (s > 0).sum(axis=1, keepdims=True)),
        _numbers(lambda rows, s: (s > 0) @ rows),
    ),
    "You divide the mixture by the number of styles: the shares add up to 1 already.": (
        _numbers(lambda rows, s: s @ rows / 4)
    ),
    "You square the shares, or multiply by them twice: once is enough.": (
        _numbers(lambda rows, s: s**2 @ rows)
    ),
    "You mix the gammas, but not the betas: the shares are for both.": (
        lambda x, g, b, s: _wide(s @ g) * _normal(x) + _wide(np.ones_like(s) @ b / 4),
        lambda x, g, b, s: _wide(s @ g) * _normal(x) + _wide(np.ones_like(s) @ b),
        lambda x, g, b, s: _wide(s @ g) * _normal(x) + _wide(np.ones_like(s[:, :1]) @ b[:1]),
        lambda x, g, b, s: _wide(s @ g) * _normal(x) + _wide(b[: len(x)]),
    ),
    "You mix the betas, but not the gammas: the shares are for both.": (
        lambda x, g, b, s: _wide(np.ones_like(s) @ g / 4) * _normal(x) + _wide(s @ b),
        lambda x, g, b, s: _wide(np.ones_like(s) @ g) * _normal(x) + _wide(s @ b),
        lambda x, g, b, s: _wide(np.ones_like(s[:, :1]) @ g[:1]) * _normal(x) + _wide(s @ b),
        lambda x, g, b, s: _wide(g[: len(x)]) * _normal(x) + _wide(s @ b),
    ),
    "gammas and betas are swapped: multiply by the gammas, and add the betas.": (
        lambda x, g, b, s: _wide(s @ b) * _normal(x) + _wide(s @ g)
    ),
    "You mix the gammas twice: what is added is the mixture of the betas.": (
        lambda x, g, b, s: _wide(s @ g) * _normal(x) + _wide(s @ g)
    ),
    "You mix the betas twice: what is multiplied with is the mixture of the gammas.": (
        lambda x, g, b, s: _wide(s @ b) * _normal(x) + _wide(s @ b)
    ),
    "The betas come too early: multiply by the gammas first, or the betas are scaled as well.": (
        lambda x, g, b, s: _wide(s @ g) * (_normal(x) + _wide(s @ b))
    ),
    "The betas are missing: add their mixture in the end.": (
        lambda x, g, b, s: _wide(s @ g) * _normal(x)
    ),
    "The gammas are missing: multiply by their mixture.": (
        lambda x, g, b, s: _normal(x) + _wide(s @ b)
    ),
    "x is not normalised yet: every channel of every picture needs the mean 0 and the deviation 1 "
    "before gamma and beta come.": lambda x, g, b, s: _wide(s @ g) * x + _wide(s @ b),
    "The mean of x stays in: subtract it before you divide by the deviation.": (
        lambda x, g, b, s: _wide(s @ g) * x / _sigma(x) + _wide(s @ b)
    ),
    "You normalise over all pictures together: every picture has a mean and a deviation of its "
    "own.": lambda x, g, b, s: _over((0, 1, 2))(x, s @ g, s @ b),
    "You normalise over the channels, too: every channel has a mean and a deviation of its own.": (
        lambda x, g, b, s: _over((1, 2, 3))(x, s @ g, s @ b)
    ),
    "You mix the deviations by their squares: the mixture is that of the numbers themselves.": (
        lambda x, g, b, s: _wide(np.sqrt(s @ g**2)) * _normal(x) + _wide(s @ b)
    ),
}


def _style_shape(shape):
    if len(shape) == 5:
        return "There is one axis too many: add the styles up, each times its share."
    return _same_shape(shape)


def _draw_single():
    x, gammas, betas, _ = _draw_styles()
    return x[:1], gammas[:1], betas[:1], np.ones((1, 1), "float32")


def _adding_up(function):
    """Called with shares that add up to 1, whatever `compare` has made of them."""
    return lambda x, g, b, s: function(x, g, b, s / s.sum(axis=1, keepdims=True))


def _examine_conditional_instance_norm(student):
    student, right = map(_adding_up, (student, references.conditional_instance_norm))
    words = {"shape_words": _style_shape}
    x = np.array([[[[1.0], [3.0]]]], "float32")
    two = np.array([[2.0], [4.0]], "float32")
    by_hand = {
        "the docstring's example": (x, two, two, np.array([[0.5, 0.5]], "float32")),
        "the second style alone": (x, two, two, np.array([[0.0, 1.0]], "float32")),
    }
    compare(student, _draw_styles, right, slips_of(CONDITIONS), by_hand=by_hand, **words)
    yield True, "Each picture is normalised by the mixture of styles that its shares ask for."
    compare(student, _draw_single, right, rounds=1, **words)
    yield True, "With one style it is `instance_norm`; all arrays stay as they are."


conditional_instance_norm = Check(
    references.conditional_instance_norm,
    _examine_conditional_instance_norm,
    (
        "A mixture of styles is a mixture of their numbers. Which gamma does a picture get that is "
        "half of the first style and half of the second?",
        "shares is (B, S) and gammas is (S, C): their matrix product is (B, C), a row for each "
        "picture. And what takes x and such rows, you have written already.",
        "return instance_norm(x, ops.matmul(shares, gammas), ops.matmul(shares, betas)).",
    ),
)

# ---- break_even ----------------------------------------------------------------------------------


def _draw_seconds():
    """A training that pays, after so many pictures that it shows who rounds how."""
    rng = np.random.default_rng()
    while True:
        one_pass = float(rng.integers(2, 9))
        loop = one_pass + float(rng.integers(11, 40))
        training = float(rng.integers(2000, 9000))
        rest = training / (loop - one_pass) % 1
        if 0.1 < rest < 0.4:
            return training, loop, one_pass


PICTURES = {
    "The network needs time for each picture, too: what a picture saves is loop - one_pass.": (
        lambda t, loop, one: math.ceil(t / loop),
        lambda t, loop, one: math.floor(t / loop),
        lambda t, loop, one: t / loop,
        lambda t, loop, one: math.ceil((t + one) / loop),  # once, for all pictures
        lambda t, loop, one: math.floor((t + one) / loop),
        lambda t, loop, one: (t + one) / loop,
    ),
    "You count the pictures that the network could have painted during its training: ask what a "
    "picture saves, loop - one_pass.": (
        lambda t, loop, one: math.ceil(t / one),
        lambda t, loop, one: math.floor(t / one),
        lambda t, loop, one: t / one,
    ),
    "That is how many times faster the network paints: the training does not occur in it.": (
        lambda t, loop, one: loop / one,
        lambda t, loop, one: math.ceil(loop / one),
        lambda t, loop, one: math.floor(loop / one),
    ),
    "You add the two: what a picture saves is the difference, loop - one_pass.": (
        lambda t, loop, one: math.ceil(t / (loop + one)),
        lambda t, loop, one: math.floor(t / (loop + one)),
        lambda t, loop, one: t / (loop + one),
    ),
    "The difference has the wrong sign: a picture saves loop - one_pass.": (
        lambda t, loop, one: math.ceil(t / (one - loop)),
        lambda t, loop, one: math.floor(t / (one - loop)),
        lambda t, loop, one: t / (one - loop),
    ),
    "You take the training for seconds that are saved: divide it by what a picture saves.": (
        lambda t, loop, one: t * (loop - one),
        lambda t, loop, one: t - (loop - one),
    ),
    "Those are seconds, and what is asked is how many pictures.": (
        lambda t, loop, one: t + math.ceil(t / (loop - one)) * one
    ),
    "You divide the wrong way round: how often does what a picture saves go into the training?": (
        lambda t, loop, one: (loop - one) / t,
        lambda t, loop, one: math.ceil((loop - one) / t),
        lambda t, loop, one: math.floor((loop - one) / t),
    ),
    "You round down: with so few pictures the training has not quite paid for itself.": (
        lambda t, loop, one: math.floor(t / (loop - one))
    ),
    "That is one picture too many.": lambda t, loop, one: math.ceil(t / (loop - one)) + 1,
    "A part of a picture saves nothing: round up, with math.ceil.": (
        lambda t, loop, one: t / (loop - one)
    ),
}


def _never(student, loop, one_pass, words):
    """What is said of a network that does not gain on the loop."""
    found = numbers(student(50.0, loop, one_pass))
    if found.shape != () or found != math.inf:
        raise StudentError(
            f"With a loop of {loop:g} and a pass of {one_pass:g} seconds, {words}: the training "
            f"never pays, so it is math.inf, and yours is {written(found)}."
        )


def _examine_break_even(student):
    right = references.break_even
    by_hand = {
        "the docstring's example, where both have cost the same after 10 pictures": (
            100.0,
            12.0,
            2.0,
        ),
        "a training that the first picture pays": (3.0, 12.0, 2.0),
        "no training": (0.0, 12.0, 2.0),
    }
    compare(
        student,
        _draw_seconds,
        right,
        slips_of(PICTURES),
        whole=True,
        whole_words="Pictures are counted: round up, with math.ceil.",
        by_hand=by_hand,
    )
    yield True, "It counts what every picture saves, and rounds up."
    _never(student, 2.0, 12.0, "every picture costs more")
    _never(student, 5.0, 5.0, "no picture saves anything")
    yield True, "A network that is no faster than the loop never pays."


break_even = Check(
    references.break_even,
    _examine_break_even,
    (
        "Write down for three pictures what the loop costs in all, and what the network costs in "
        "all, its training included. By how much do they get closer with every picture?",
        "The training has to be made up for by loop - one_pass for each picture. And what if that "
        "is not above 0?",
        "max(1, math.ceil(training / (loop - one_pass))) if loop > one_pass else math.inf.",
    ),
)
