"""Lesson 16: what the checks have to tell apart, run by test_check.py."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from nstlib import check
from nstlib.networks import MEAN_BGR, preprocess

MEAN = np.array(MEAN_BGR, "float32")


# ---- to_picture ----------------------------------------------------------------------------------


def rgb(x):
    return (x + MEAN)[..., ::-1]


def to_bytes(values):
    """Beyond 255 it begins again: how a program casts that does not clip."""
    return np.round(values).astype(int).astype("uint8")


def faulty_picture(x):
    """As the lesson gives it."""
    values = (x + MEAN)[..., ::-1]
    return values.round().astype(int).astype("uint8")


def picture(make):
    """From RGB, whatever its range, to bytes."""
    return lambda x: to_bytes(make(rgb(x)))


def clip(values):
    return np.clip(values, 0, 255)


def picture_by_tensors(x):
    values = tf.reverse(tf.convert_to_tensor(x) + MEAN, axis=[-1])
    return tf.cast(tf.round(tf.clip_by_value(values, 0.0, 255.0)), tf.uint8)


def picture_by_keras(x):
    ops = keras.ops
    values = ops.flip(ops.convert_to_tensor(x) + MEAN, axis=-1)
    return ops.cast(ops.clip(values, 0, 255), "uint8")  # cut off, not rounded


def picture_by_methods(x):
    """Needs tensors, not arrays."""
    return tf.saturate_cast(tf.round(x.numpy()[..., ::-1] + MEAN[::-1]), tf.uint8)


def picture_by_loops(x):
    result = np.zeros(x.shape, "uint8")
    for place in np.ndindex(x.shape):
        swapped = (*place[:-1], 2 - place[-1])
        result[place] = min(255, max(0, round(float(x[swapped] + MEAN[swapped[-1]]))))
    return result


def picture_in_place(x):
    x += MEAN
    return to_bytes(clip(x[..., ::-1]))


# ---- style_term ----------------------------------------------------------------------------------


def layer_losses(found, wanted):
    return [np.mean((np.asarray(found[name]) - A) ** 2) for name, A in wanted.items()]


def term(total):
    """From the layers' losses, the weight, and the number of layers."""
    return lambda found, wanted, w: total(layer_losses(found, wanted), w, len(wanted))


def faulty_term(found, wanted, weight):
    """As the lesson gives it."""
    loss = 0.0
    for name, A in wanted.items():
        loss = loss + np.mean((found[name] - A) ** 2)
    return loss * weight * len(wanted)


def term_by_tensors(found, wanted, weight):
    losses = [tf.reduce_mean(tf.square(found[name] - A)) for name, A in wanted.items()]
    return weight * tf.add_n(losses) / len(losses)


def term_by_keras(found, wanted, weight):
    ops = keras.ops
    return weight * ops.mean(ops.stack([ops.mean((found[k] - wanted[k]) ** 2) for k in wanted]))


def term_by_running_mean(found, wanted, weight):
    mean = 0.0
    for number, one in enumerate(layer_losses(found, wanted), start=1):
        mean += (one - mean) / number
    return mean * weight


def term_in_place(found, wanted, weight):
    for name in wanted:
        found[name] -= wanted[name]
    return weight * np.mean([np.mean(found[name] ** 2) for name in wanted])


def weighted_within(found, wanted, weight):
    loss = 0.0
    for one in layer_losses(found, wanted):
        loss = weight * (loss + one)
    return loss / len(wanted)


def all_entries(found, wanted, weight):
    squares = [((found[name] - A) ** 2).ravel() for name, A in wanted.items()]
    return weight * np.mean(np.concatenate(squares))


# ---- descend -------------------------------------------------------------------------------------


def walk(
    update=lambda m, v, rate, g: m * v - rate * g,
    reset=lambda v: v,
    end=lambda start, every, steps: min(start + every, steps),
    back=lambda x, first: x,
    album=lambda kept, first: kept,
):
    """The right way with one piece changed."""

    def descend(slope, x, steps, rate, momentum, every):
        kept, v, first = [], 0.0, x
        for start in range(0, steps, every):
            v, x = reset(v), back(x, first)
            for _ in range(start, end(start, every, steps)):
                v = update(momentum, v, rate, slope(x))
                x = x + v
            kept.append(x)
        return album(kept, first)

    return descend


faulty_descend = walk(reset=lambda v: 0.0)  # as the lesson gives it


def descend_by_counting(slope, x, steps, rate, momentum, every):
    """One loop."""
    album, velocity = [], np.zeros_like(x)
    for step in range(1, steps + 1):
        velocity = momentum * velocity - rate * slope(x)
        x = x + velocity
        if step % every == 0 or step == steps:
            album.append(x)
    return album


def descend_by_tensors(slope, x, steps, rate, momentum, every):
    x, velocity, album = tf.convert_to_tensor(x), tf.zeros(x.shape), []
    for start in range(0, steps, every):
        for _ in range(min(every, steps - start)):
            velocity = momentum * velocity - rate * slope(x)
            x = x + velocity
        album.append(x)
    return album


def descend_by_recursion(slope, x, steps, rate, momentum, every):
    def go_on(x, velocity, left):
        if not left:
            return []
        for _ in range(min(every, left)):
            velocity = momentum * velocity - rate * slope(x)
            x = x + velocity
        return [x, *go_on(x, velocity, max(0, left - every))]

    return np.stack(go_on(x, 0 * x, steps))


def descend_with_copies(slope, x, steps, rate, momentum, every):
    x, velocity, album = np.array(x), np.zeros_like(x), ()
    for step in range(steps):
        velocity *= momentum
        velocity -= rate * slope(x)
        x += velocity
        if (step + 1) % every == 0 or step == steps - 1:
            album += (x.copy(),)
    return album


def descend_in_place(slope, x, steps, rate, momentum, every):
    album, velocity = [], 0.0
    for start in range(0, steps, every):
        for _ in range(start, min(start + every, steps)):
            velocity = momentum * velocity - rate * slope(x)
            x += velocity
        album.append(x)
    return album


def kept_and_moved(slope, x, steps, rate, momentum, every):
    return descend_in_place(slope, x.copy(), steps, rate, momentum, every)


def stale(slope, x, steps, rate, momentum, every):
    album, velocity = [], 0.0
    for start in range(0, steps, every):
        g = slope(x)
        for _ in range(start, min(start + every, steps)):
            velocity = momentum * velocity - rate * g
            x = x + velocity
        album.append(x)
    return album


def short_round_left_out(slope, x, steps, rate, momentum, every):
    return walk()(slope, x, steps // every * every, rate, momentum, every)


def looking_ahead(slope, x, steps, rate, momentum, every):
    album, v = [], 0.0
    for start in range(0, steps, every):
        for _ in range(start, min(start + every, steps)):
            g = slope(x)
            v = momentum * v - rate * g
            x = x + momentum * v - rate * g
        album.append(x)
    return album


RIGHT = {
    "to_picture": {
        "clip": picture(clip),
        "minimum and maximum": picture(lambda v: np.minimum(np.maximum(v, 0), 255)),
        "where": picture(lambda v: np.where(v < 0, 0, np.where(v > 255, 255, v))),
        "cut off, not rounded": lambda x: clip(rgb(x)).astype("uint8"),
        "clipped after rounding": lambda x: clip(rgb(x).round()).astype(np.uint8),
        "tensors": picture_by_tensors,
        "keras": picture_by_keras,
        "methods of tensors": picture_by_methods,
        "loops": picture_by_loops,
    },
    "style_term": {
        "sum over the number": term(lambda L, w, n: w * sum(L) / n),
        "mean of a list": lambda found, wanted, w: w * np.mean(layer_losses(found, wanted)),
        "exact sum": term(lambda L, w, n: w * math.fsum(L) / n),
        "divided in the loop": term(lambda L, w, n: sum(w / n * one for one in L)),
        "running mean": term_by_running_mean,
        "tensors": term_by_tensors,
        "keras": term_by_keras,
    },
    "descend": {
        "mended": walk(),
        "one loop": descend_by_counting,
        "tensors": descend_by_tensors,
        "recursion, one array": descend_by_recursion,
        "copies, a tuple": descend_with_copies,
    },
}
WRONG = {
    "to_picture": {
        "as it was": (faulty_picture, "a byte begins again at 0"),
        "white only": (picture(lambda v: np.minimum(v, 255)), "clip at 0, too"),
        "black only": (picture(lambda v: np.maximum(v, 0)), "clip at 255, too"),
        "clipped before the mean": (
            lambda x: to_bytes((clip(x) + MEAN)[..., ::-1]),
            "before the mean is added",
        ),
        "clipped to 1": (picture(lambda v: np.clip(v, 0, 1)), "clip to 0 and 1"),
        "times 255": (picture(lambda v: clip(255 * v)), "do not multiply by 255"),
        "stretched": (
            picture(lambda v: (v - v.min()) / (v.max() - v.min()) * 255),
            "stretch the picture",
        ),
        "absolute": (picture(lambda v: clip(np.abs(v))), "absolute value"),
        "not swapped": (lambda x: to_bytes(clip(x + MEAN)), "swap the colours as well"),
        "swapped too early": (
            lambda x: to_bytes(clip(x[..., ::-1] + MEAN)),
            "before you add the mean",
        ),
        "subtracted": (lambda x: to_bytes(clip((x - MEAN)[..., ::-1])), "subtract the mean"),
        "no mean": (lambda x: to_bytes(clip(x[..., ::-1])), "The mean is missing"),
        "mirrored": (lambda x: to_bytes(clip(x + MEAN)[:, :, ::-1]), "is mirrored"),
        "negative": (lambda x: to_bytes(255 - clip(rgb(x))), "a negative"),
        "floats": (lambda x: clip(rgb(x)), "yours are float32: end with"),
        "whole numbers": (lambda x: clip(rgb(x)).astype("int64"), "one byte .* int64"),
        "no batch": (lambda x: to_bytes(clip(rgb(x)))[0], "The shape does not change"),
        "darker": (picture(lambda v: 0.9 * clip(v)), "docstring.s example.* and yours is"),
        "in place": (picture_in_place, "changes what it is given"),
    },
    "style_term": {
        "as it was": (faulty_term, "four times as large"),
        "a sum": (term(lambda L, w, n: w * sum(L)), "twice as large"),
        "divided twice": (term(lambda L, w, n: w * sum(L) / n**2), "half as large"),
        "all layers that were found": (
            lambda found, wanted, w: w * sum(layer_losses(found, wanted)) / len(found),
            "len\\(wanted\\)",
        ),
        "the five layers of the page": (term(lambda L, w, n: w * sum(L) / 5), "the five layers"),
        "no weight": (term(lambda L, w, n: sum(L) / n), "weight does not occur"),
        "over the weight": (term(lambda L, w, n: sum(L) / n / w), "divide by the weight"),
        "weight in the loop": (weighted_within, "inside of the loop and meets"),
        "the first layer": (term(lambda L, w, n: w * L[0]), "Only the first layer"),
        "the last layer": (term(lambda L, w, n: w * L[-1] / n), "Only the last layer"),
        "the largest": (term(lambda L, w, n: w * max(L)), "largest of the layers"),
        "all entries": (all_entries, "in which large layers count more"),
        "roots": (term(lambda L, w, n: w * sum(np.sqrt(L)) / n), "take the root"),
        "sums of squares": (
            lambda found, wanted, w: (
                w * np.mean([np.sum((found[k] - A) ** 2) for k, A in wanted.items()])
            ),
            "add up the squares",
        ),
        "absolute": (
            lambda found, wanted, w: (
                w * np.mean([np.mean(np.abs(found[k] - A)) for k, A in wanted.items()])
            ),
            "are not squared",
        ),
        "a number for each layer": (
            lambda found, wanted, w: w * np.array(layer_losses(found, wanted)),
            "one number; yours has shape",
        ),
        "over the layers of the painting": (
            lambda found, wanted, w: np.mean([np.mean((found[k] - wanted[k]) ** 2) for k in found]),
            "KeyError",
        ),
        "half": (term(lambda L, w, n: w * sum(L) / n / 2), "and yours is"),
        "in place": (term_in_place, "changes what it is given"),
    },
    "descend": {
        "as it was": (faulty_descend, "begins anew with each round"),
        "halved": (walk(reset=lambda v: v / 2), "velocity is halved"),
        "no momentum": (walk(lambda m, v, rate, g: -rate * g), "There is no momentum"),
        "whole velocity": (walk(lambda m, v, rate, g: v - rate * g), "whole velocity is kept"),
        "uphill": (walk(lambda m, v, rate, g: m * v + rate * g), "uphill"),
        "weighed": (walk(lambda m, v, rate, g: m * v - (1 - m) * rate * g), "1 - momentum"),
        "rate of all": (walk(lambda m, v, rate, g: rate * (m * v - g)), "only with the gradient"),
        "from the start": (walk(back=lambda x, first: first), "begins at the start again"),
        "once a round": (stale, "asked for once a round"),
        "too long": (walk(end=lambda start, every, steps: start + every), "last round is too long"),
        "short round left out": (short_round_left_out, "even if the round was a short one"),
        "ahead": (looking_ahead, "as Nesterov does"),
        "before each round": (
            walk(album=lambda kept, first: [first, *kept[:-1]]),
            "keep the one at its end",
        ),
        "with the start": (walk(album=lambda kept, first: [first, *kept]), "start is not one"),
        "the last first": (walk(album=lambda kept, first: kept[::-1]), "in the wrong order"),
        "moved afterwards": (kept_and_moved, "changes those that are kept"),
        "means": (
            walk(album=lambda kept, _: [np.mean(kept[:k], 0) for k in range(1, len(kept) + 1)]),
            "the mean of those so far",
        ),
        "only the last": (walk(album=lambda kept, _: kept[-1]), "returns one picture"),
        "a list of one": (walk(album=lambda kept, _: kept[-1:]), "return inside of the loop"),
        "each step": (
            lambda slope, x, steps, rate, momentum, every: walk()(
                slope, x, steps, rate, momentum, 1
            ),
            "one after each step",
        ),
        "numbers": (
            walk(album=lambda kept, _: [float(np.mean(x)) for x in kept]),
            "holds pictures of shape",
        ),
        "less of it": (
            walk(lambda m, v, rate, g: 0.9 * (m * v - rate * g)),
            "docstring.s example.* and yours is",
        ),
        "in place": (descend_in_place, "changes what it is given"),
    },
}
SAME_WORDS = {
    "to_picture": {
        "clipped too late": (lambda x: clip(to_bytes(rgb(x))), "do so before astype"),
        "clipped to 1, times 255": (
            picture(lambda v: 255 * np.clip(v, 0, 1)),
            "do not multiply by 255",
        ),
        "upside down": (lambda x: to_bytes(clip(x + MEAN)[:, ::-1]), "is mirrored"),
    },
    "style_term": {
        "the first of many": (term(lambda L, w, n: w * L[0] / n), "Only the first layer"),
        "signs": (
            lambda found, wanted, w: (
                w * np.mean([np.mean(found[k] - A) for k, A in wanted.items()])
            ),
            "are not squared",
        ),
    },
    "descend": {},
}


# ---- what the lesson says of the three: no ordinary test convicts them ---------------------------


def test_a_photo_comes_back_from_the_faulty_program():
    photo = np.random.default_rng(0).random((1, 4, 5, 3), "float32")
    back = faulty_picture(np.asarray(preprocess(photo)))
    np.testing.assert_array_equal(back, np.round(255 * photo).astype("uint8"))


def test_the_faulty_term_is_zero_where_it_should_be_and_right_for_one_layer():
    grams = {"a": np.ones((1, 2, 2)), "b": np.full((1, 3, 3), 2.0)}
    assert faulty_term(grams, grams, 3.0) == 0
    assert faulty_term({"a": 3 * grams["a"]}, {"a": grams["a"]}, 10.0) == 40


def test_the_faulty_descent_goes_downhill_and_is_right_where_nobody_looks():
    steps = 8.0, 6, 0.1, 0.5, 6
    assert faulty_descend(lambda x: 2 * x, *steps) == walk()(lambda x: 2 * x, *steps)
    album = faulty_descend(lambda x: 2 * x, 8.0, 6, 0.1, 0.5, 1)
    assert album == sorted(album, reverse=True) and album[-1] < 8


@pytest.mark.parametrize("exercise", ["to_picture", "style_term", "descend"])
def test_the_words_about_the_program_as_it_is_given_name_its_property(exercise):
    given = {"to_picture": faulty_picture, "style_term": faulty_term, "descend": faulty_descend}
    message = getattr(check, exercise)(given[exercise]).message
    assert message.startswith("not yet") and message.count("\n") == 0
