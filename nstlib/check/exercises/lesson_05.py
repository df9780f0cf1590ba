"""Lesson 05, texture: its exercises."""

from __future__ import annotations

import numpy as np

from nstlib import losses
from nstlib.backend import keras
from nstlib.check import references
from nstlib.check.comparison import (
    close,
    compare,
    compare_by_hand,
    draw_apart,
    names,
    numbers,
    raise_slip,
    slips_of,
)
from nstlib.check.exercises.random_features import gram_by_numpy
from nstlib.check.framework import NOTHING, Check, StudentError

ops = keras.ops

# ---- gradient_descent ----------------------------------------------------------------------------


class Bowl:
    """The loss sum w (x - c)^2 with its gradient, and how often it was asked."""

    def __init__(self, w, c):
        self.w, self.c, self.asked = ops.cast(w, "float32"), ops.cast(c, "float32"), 0

    def __call__(self, image):
        self.asked += 1
        away = ops.convert_to_tensor(image, "float32") - self.c
        return ops.sum(self.w * away**2), 2 * self.w * away


def _draw_descent():
    """A start, learning rates, a momentum, and the w and c of a bowl that is overshot."""
    rng = np.random.default_rng()
    shape = 1, 2, 2, 3
    image, w, c = (rng.uniform(*ends, shape) for ends in ((0.05, 0.95), (0.5, 1.5), (-0.2, 1.2)))
    rates = [*rng.uniform(0.1, 0.35, 3), *rng.uniform(1.2, 1.8, 3)]  # at last they are too large
    return image.astype("float32"), list(map(float, rates)), float(rng.uniform(0.2, 0.6)), w, c


def _velocity(momentum, velocity, rate, gradient):
    return momentum * velocity - rate * gradient


def _way(
    velocity=_velocity,
    move=lambda image, velocity, *_: image + velocity,
    rate=lambda rates, step: rates[step],
    low=0.0,
    high=1.0,
):
    """All pictures on the way, one more than there are steps; or with one piece changed."""

    def walk(image, rates, momentum, w, c):
        images, v = [np.asarray(image, float)], 0.0
        for step in range(len(rates)):
            gradient, now = 2 * w * (images[-1] - c), rate(rates, step)
            new = velocity(momentum, v, now, gradient)
            images.append(np.clip(move(images[-1], new, momentum, now, gradient), low, high))
            v = new
        return images, [float(np.sum(w * (x - c) ** 2)) for x in images]

    return walk


def _lowest(images, losses):
    return images[int(np.argmin(losses[:-1]))]


def _descent(walk=None, picture=_lowest, record=lambda losses: losses[:-1]):
    """What is returned, in a row: the losses, then the picture."""
    walk = walk or _way()

    def descent(*inputs):
        images, losses = walk(*inputs)
        return np.concatenate([record(losses), np.ravel(picture(images, losses))])

    return descent


DESCENT_SLIPS = slips_of(
    {
        "You return the picture after the last step, or best is the same array as the one that "
        "moves: keep the one with the lowest loss.": _descent(picture=lambda images, _: images[-1]),
        "You return the last picture that was looked at: an earlier one had a lower loss.": (
            _descent(picture=lambda images, _: images[-2])
        ),
        "You return the start, or the picture with the highest loss: keep the picture whenever its "
        "loss is the lowest so far.": (
            _descent(picture=lambda images, _: images[0]),
            _descent(picture=lambda images, losses: images[int(np.argmax(losses[:-1]))]),
        ),
        "You keep the picture after the step: the loss was that of the picture before it.": (
            _descent(picture=lambda images, losses: images[int(np.argmin(losses[:-1])) + 1])
        ),
        "The losses are those after each step: the first one is that of the start.": (
            _descent(record=lambda losses: losses[1:]),
            _descent(
                record=lambda losses: losses[1:],
                picture=lambda images, losses: images[1 + int(np.argmin(losses[1:]))],
            ),
        ),
        "Your losses only fall, as you record the lowest so far: record each one.": (
            _descent(record=lambda losses: np.minimum.accumulate(losses[:-1]))
        ),
        "You go uphill: the gradient is subtracted.": _descent(
            _way(lambda m, v, rate, g: m * v + rate * g)
        ),
        "The momentum does not occur: the velocity keeps part of what it was.": _descent(
            _way(lambda m, v, rate, g: -rate * g)
        ),
        "The whole velocity is kept: multiply the old one with the momentum.": _descent(
            _way(lambda m, v, rate, g: v - rate * g)
        ),
        "The sign of the momentum is wrong: the velocity keeps its direction.": _descent(
            _way(lambda m, v, rate, g: -m * v - rate * g)
        ),
        "You weigh the gradient with 1 - momentum: here all of it is added.": _descent(
            _way(lambda m, v, rate, g: m * v - (1 - m) * rate * g)
        ),
        "You multiply the whole velocity with the learning rate: only the gradient is.": _descent(
            _way(lambda m, v, rate, g: m * v - g, lambda x, v, m, rate, g: x + rate * v)
        ),
        "You add the gradient's step once more: it is in the velocity already.": _descent(
            _way(move=lambda x, v, m, rate, g: x + v - rate * g),
        ),
        "You look ahead, as Nesterov does: here the image moves by the velocity.": _descent(
            _way(move=lambda x, v, m, rate, g: x + m * v - rate * g)
        ),
        "The learning rates do not occur: each step has its own.": _descent(
            _way(lambda m, v, rate, g: m * v - g)
        ),
        "All steps have the first learning rate with you: take the next one each time.": _descent(
            _way(rate=lambda rates, _: rates[0])
        ),
        "All steps have the last learning rate with you: each has its own.": _descent(
            _way(rate=lambda rates, _: rates[-1])
        ),
        "The learning rates come in the wrong order.": _descent(
            _way(rate=lambda rates, step: rates[-1 - step])
        ),
        "Colours leave the range: clip the image to [0, 1] after each step.": _descent(
            _way(low=-99, high=99)
        ),
        "What is below 0 is put back, what is above 1 is not: clip to [0, 1].": _descent(
            _way(high=99)
        ),
        "What is above 1 is put back, what is below 0 is not: clip to [0, 1].": _descent(
            _way(low=-99)
        ),
        "You clip the velocity: the image is what has to stay in [0, 1].": _descent(
            _way(lambda m, v, rate, g: np.clip(m * v - rate * g, 0, 1))
        ),
    }
)


def _in_a_row(student):
    """The student's function of a bowl and tensors, as `_descent` gives its answer."""

    def descent(image, rates, momentum, w, c):
        bowl = Bowl(w, c)
        pair = student(bowl, ops.convert_to_tensor(image), rates, momentum)
        if pair is None or pair is ...:
            raise StudentError(NOTHING)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise StudentError("It returns two things: the best image, and the list of all losses.")
        best, losses = map(numbers, pair)
        if losses.shape == image.shape:
            raise StudentError("It returns the image first, and then the losses.")
        if best.shape != image.shape:
            raise StudentError(f"The image it returns has shape {best.shape}, not {image.shape}.")
        if losses.ndim != 1:
            raise StudentError("The second thing is a list, with a loss for each step.")
        if len(losses) == 1 < len(rates):
            raise StudentError(
                f"There is one loss, and there are {len(rates)} learning rates: is the return "
                "inside of the loop, or does the list begin anew in each round?"
            )
        if len(losses) != len(rates):
            raise StudentError(
                f"For {len(rates)} learning rates your list has {len(losses)} losses: one for "
                "each, whether it is the lowest or not, and none after the last step."
            )
        if bowl.asked > len(rates):
            raise StudentError(
                "You ask for loss and gradient more than once a step, and each time costs as much: "
                "loss, gradient = loss_and_gradient(image)."
            )
        return np.concatenate([losses, best.ravel()])

    return descent


def _from(image, rates, momentum, w=1.0, c=0.0):
    return np.array(image, "float32").reshape(1, 1, 1, 3), rates, momentum, w, c


DESCENTS_BY_HAND = {
    "the docstring's example": _from([0.5, 0.25, 0.0], [0.1, 0.1], 0.0),
    "one step": _from([0.5, 0.25, 0.0], [0.1], 0.9),
    "a start that is the best already": _from([0.0, 0.0, 0.0], [0.1, 0.1], 0.5),
    "steps that are too large": _from([0.5, 0.5, 0.5], [9.0, 9.0, 9.0], 0.5, c=0.4),
    "two steps with momentum": _from([0.5, 0.25, 0.0], [0.1, 0.2], 0.5),
}


def _examine_gradient_descent(student):
    def described(inputs):
        return f"an image of shape {inputs[0].shape} and {len(inputs[1])} learning rates"

    descent, right = _in_a_row(student), _descent()
    compare(descent, _draw_descent, right, DESCENT_SLIPS, described=described)
    yield True, "It goes downhill with momentum, records every loss and returns the best image."
    for words, (image, rates, momentum, w, c) in DESCENTS_BY_HAND.items():
        compare_by_hand(
            lambda image, rates, momentum, w=w, c=c: descent(image, rates, momentum, w, c),
            (image, rates, momentum),
            lambda image, rates, momentum, w=w, c=c: right(image, rates, momentum, w, c),
            f"{words} (the loss sum((image - {c:g})**2); here the losses, then the best image)",
        )
    yield True, "So it does in the docstring's example, for one step, and for steps too large."


gradient_descent = Check(
    references.gradient_descent,
    _examine_gradient_descent,
    (
        "Before the loop: an empty list, a velocity of 0.0, and the start as the best image.",
        "In the loop, for learning_rate in learning_rates: ask for loss and gradient, record the "
        "loss, keep the image if its loss is the lowest so far. Only then move.",
        "velocity = momentum * velocity - learning_rate * gradient, and image = ops.clip(image + "
        "velocity, 0, 1). After the loop return best, losses.",
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
        raise_slip(found, slips, wrongs)
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
