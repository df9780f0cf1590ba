"""Lesson 05: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import tensorflow as tf


def norm(X):
    return np.linalg.norm(np.ravel(X))


def descent(
    loss_and_gradient,
    image,
    learning_rates,
    momentum,
    turn=lambda momentum, velocity, rate, g: momentum * velocity - rate * g,
    move=lambda image, velocity, *_: image + velocity,
    better=lambda losses: losses[-1] == min(losses),
    low=0.0,
    high=1.0,
):
    """The loop, or with a piece changed."""
    best, losses, velocity = image, [], 0.0
    for rate in learning_rates:
        loss, g = loss_and_gradient(image)
        losses.append(float(loss))
        if better(losses):
            best = image
        velocity = turn(momentum, velocity, rate, g)
        image = tf.clip_by_value(move(image, velocity, momentum, rate, g), low, high)
    return best, losses


def changed(**pieces):
    return lambda *arguments: descent(*arguments, **pieces)


def descent_in_numpy(loss_and_gradient, image, learning_rates, momentum):
    image, velocity = np.array(image), np.zeros(image.shape)
    best, losses = image.copy(), []
    for rate in learning_rates:
        loss, g = loss_and_gradient(tf.constant(image))
        losses.append(float(loss))
        if losses[-1] <= min(losses):
            best = image.copy()
        velocity *= momentum
        velocity -= rate * g.numpy()
        image += velocity
        np.clip(image, 0, 1, out=image)
    return best, losses


def descent_of_a_variable(loss_and_gradient, image, learning_rates, momentum):
    pixels, velocity = tf.Variable(image), tf.Variable(tf.zeros_like(image))
    best, lowest, losses = image, float("inf"), []
    for rate in learning_rates:
        loss, g = loss_and_gradient(pixels)
        losses.append(float(loss))
        if loss < lowest:
            best, lowest = pixels.numpy(), loss
        velocity.assign(momentum * velocity - rate * g)
        pixels.assign(tf.clip_by_value(pixels + velocity, 0, 1))
    return best, losses


def descent_with_sgd(loss_and_gradient, image, learning_rates, momentum):
    """Keras's own momentum, whose learning rate is set before each step."""
    pixels, seen = keras.Variable(image), []
    sgd = keras.optimizers.SGD(momentum=momentum)
    for rate in learning_rates:
        loss, g = loss_and_gradient(pixels.value)
        seen.append((float(loss), pixels.numpy()))
        sgd.learning_rate = rate
        sgd.apply([g], [pixels])
        pixels.assign(keras.ops.clip(pixels, 0, 1))
    return min(seen, key=lambda pair: pair[0])[1], [loss for loss, _ in seen]


def descent_that_keeps_all(loss_and_gradient, image, learning_rates, momentum):
    images, losses, velocity = [image], [], tf.zeros_like(image)
    for rate in learning_rates:
        loss, g = loss_and_gradient(images[-1])
        losses += [loss.numpy()]
        velocity = momentum * velocity - rate * g
        images.append(tf.clip_by_value(images[-1] + velocity, 0, 1))
    return images[int(np.argmin(losses))], losses


def descent_compiled(loss_and_gradient, image, learning_rates, momentum):
    return descent(tf.function(loss_and_gradient.__call__), image, learning_rates, momentum)


def one_array(loss_and_gradient, image, learning_rates, momentum):
    """The best image is the array that goes on moving."""
    image, velocity = np.array(image), 0.0
    best, losses = image, []
    for rate in learning_rates:
        loss, g = loss_and_gradient(image)
        losses.append(float(loss))
        if losses[-1] == min(losses):
            best = image
        velocity = momentum * velocity - rate * np.asarray(g)
        image += velocity
        image.clip(0, 1, out=image)
    return best, losses


def keeps_after_the_step(loss_and_gradient, image, learning_rates, momentum):
    best, losses, velocity = image, [], 0.0
    for rate in learning_rates:
        loss, g = loss_and_gradient(image)
        losses.append(float(loss))
        velocity = momentum * velocity - rate * g
        image = tf.clip_by_value(image + velocity, 0, 1)
        if losses[-1] == min(losses):
            best = image
    return best, losses


def asks_twice(loss_and_gradient, image, learning_rates, momentum):
    def twice(image):
        return loss_and_gradient(image)[0], loss_and_gradient(image)[1]

    return descent(twice, image, learning_rates, momentum)


def shifted_losses(loss_and_gradient, image, learning_rates, momentum):
    """Asks once a step and once before, and drops the first loss."""
    bowl = loss_and_gradient
    best, losses = descent(bowl, image, learning_rates, momentum)
    w, c = bowl.w, bowl.c
    images = []

    def watched(image):
        images.append(image)
        away = image - c
        return tf.reduce_sum(w * away**2), 2 * w * away

    descent(watched, image, [*learning_rates, 0.0], momentum)
    return best, [float(watched(x)[0]) for x in images[1 : 1 + len(losses)]]


def only_lower_ones(loss_and_gradient, image, learning_rates, momentum):
    best, losses = descent(loss_and_gradient, image, learning_rates, momentum)
    return best, np.minimum.accumulate(losses).tolist()


def records_the_lowest(loss_and_gradient, image, learning_rates, momentum):
    best, losses = descent(loss_and_gradient, image, learning_rates, momentum)
    return best, [loss for n, loss in enumerate(losses) if loss == min(losses[: n + 1])]


def returns_in_the_descent(loss_and_gradient, image, learning_rates, momentum):
    return descent(loss_and_gradient, image, learning_rates[:1], momentum)


def pops(loss_and_gradient, image, learning_rates, momentum):
    rates = [learning_rates.pop(0) for _ in list(learning_rates)]
    return descent(loss_and_gradient, image, rates, momentum)


def last_seen(loss_and_gradient, image, learning_rates, momentum):
    return descent(loss_and_gradient, image, learning_rates, momentum, better=lambda losses: True)


def with_rates(of):
    return lambda f, x, rates, m: descent(f, x, of(rates), m)


def mixed(targets, weights):
    pairs = list(zip(weights, targets, strict=True))
    return {name: sum(weight * A[name] for weight, A in pairs) for name in targets[0]}


def mix(targets, shares):
    return mixed(targets, np.array(shares) / np.sum(shares))


def mix_by_loops(targets, shares):
    mixture = {}
    for name in targets[0]:
        mixture[name] = np.zeros(targets[0][name].shape)
        for share, A in zip(shares, targets, strict=True):
            mixture[name] = mixture[name] + share * A[name]
        mixture[name] = mixture[name] / sum(shares)
    return mixture


def mix_with_tensors(targets, shares):
    p = tf.cast(shares, tf.float32) / tf.cast(sum(shares), tf.float32)
    return {name: tf.tensordot(p, tf.stack([A[name] for A in targets]), 1) for name in targets[0]}


def mix_as_average(targets, shares):
    return {
        name: np.average([A[name] for A in targets], axis=0, weights=shares) for name in targets[0]
    }


def into_the_first(targets, shares):
    """The bug that shows only in the second call."""
    mixture = targets[0]
    for name in mixture:
        mixture[name] = mix(targets, shares)[name]
    return mixture


def into_the_arrays(targets, shares):
    for share, A in zip(shares, targets, strict=True):
        for name in A:
            A[name] *= share / sum(shares)
    return {name: sum(A[name] for A in targets) for name in targets[0]}


def normalizes_in_place(targets, shares):
    for i, share in enumerate(list(shares)):
        shares[i] = share / sum(shares)
    return mixed(targets, shares)


def overwrites(targets, shares):
    mixture = {}
    for share, A in zip(shares, targets, strict=True):
        for name in A:
            mixture[name] = share / sum(shares) * A[name]
    return mixture


def overwrites_at_full_strength(targets, shares):
    mixture = {}
    for A in targets:
        mixture.update(A)
    return mixture


def returns_in_the_loop(targets, shares):
    for name in targets[0]:
        return {name: mix(targets, shares)[name]}


def two_styles(targets, shares):
    p = shares[0] / (shares[0] + shares[1])
    return {name: p * A + (1 - p) * targets[1][name] for name, A in targets[0].items()}


def two_of_all(targets, shares):
    return mixed(targets[:2], [share / sum(shares) for share in shares[:2]])


def the_largest(targets, shares):
    return dict(targets[int(np.argmax(shares))])


def softmax(shares):
    return np.exp(shares) / np.exp(shares).sum()


def weights(of):
    return lambda targets, shares: mixed(targets, of(np.array(shares, float)))


def without_the_first_axis(targets, shares):
    return {name: A[0] for name, A in mix(targets, shares).items()}


RIGHT = {
    "gradient_descent": {
        "tensors": descent,
        "numpy, in place": descent_in_numpy,
        "variables": descent_of_a_variable,
        "Keras's SGD": descent_with_sgd,
        "all images kept": descent_that_keeps_all,
        "compiled": descent_compiled,
        "a list of two": lambda *arguments: list(descent(*arguments)),
        "losses as an array": lambda *arguments: (lambda best, losses: (best, np.array(losses)))(
            *descent(*arguments)
        ),
    },
    "mix_styles": {
        "comprehension": mix,
        "loops": mix_by_loops,
        "tensorflow": mix_with_tensors,
        "average": mix_as_average,
        "lists": lambda t, s: {name: A.tolist() for name, A in mix(t, s).items()},
    },
}
WRONG = {
    "gradient_descent": {
        "one array": (one_array, "picture after the last step"),
        "the last one seen": (last_seen, "last picture that was looked at"),
        "the start": (changed(better=lambda losses: False), "You return the start"),
        "after the step": (keeps_after_the_step, "keep the picture after the step"),
        "losses after the steps": (shifted_losses, "losses are those after each step"),
        "lowest so far": (only_lower_ones, "Your losses only fall"),
        "uphill": (changed(turn=lambda m, v, rate, g: m * v + rate * g), "You go uphill"),
        "no momentum": (changed(turn=lambda m, v, rate, g: -rate * g), "momentum does not occur"),
        "all of the velocity": (
            changed(turn=lambda m, v, rate, g: v - rate * g),
            "whole velocity is",
        ),
        "momentum backwards": (
            changed(turn=lambda m, v, rate, g: -m * v - rate * g),
            "sign of the momentum",
        ),
        "an average": (
            changed(turn=lambda m, v, rate, g: m * v - (1 - m) * rate * g),
            "with 1 - momentum",
        ),
        "rate times velocity": (
            changed(
                turn=lambda m, v, rate, g: m * v - g, move=lambda x, v, m, rate, g: x + rate * v
            ),
            "multiply the whole velocity with",
        ),
        "the step twice": (changed(move=lambda x, v, m, rate, g: x + v - rate * g), "once more"),
        "Nesterov": (changed(move=lambda x, v, m, rate, g: x + m * v - rate * g), "as Nesterov"),
        "no learning rate": (changed(turn=lambda m, v, rate, g: m * v - g), "rates do not occur"),
        "first rate": (with_rates(lambda rates: rates[:1] * len(rates)), "first learning rate"),
        "last rate": (with_rates(lambda rates: rates[-1:] * len(rates)), "last learning rate"),
        "backwards": (with_rates(lambda rates: rates[::-1]), "wrong order"),
        "not clipped": (changed(low=-99.0, high=99.0), "Colours leave the range"),
        "clipped at 255": (changed(high=255.0), "what is above 1 is not"),
        "clipped at 1 alone": (changed(low=-99.0), "what is below 0 is not"),
        "a clipped velocity": (
            changed(turn=lambda m, v, rate, g: tf.clip_by_value(m * v - rate * g, 0, 1)),
            "You clip the velocity",
        ),
        "asks twice": (asks_twice, "more than once a step"),
        "the image alone": (lambda *arguments: descent(*arguments)[0], "It returns two things"),
        "the other way round": (
            lambda *arguments: descent(*arguments)[::-1],
            "has shape|image first",
        ),
        "only improvements": (records_the_lowest, "whether it is the lowest or not"),
        "return in the loop": (returns_in_the_descent, "There is one loss"),
        "the last loss": (
            lambda *arguments: (lambda best, losses: (best, losses[-1]))(*descent(*arguments)),
            "with a loss for each step",
        ),
        "pops": (pops, "changes what it is given"),
    },
    "mix_styles": {
        "not normalized": (weights(lambda s: s), "do not divide the shares"),
        "by their number": (weights(lambda s: s / len(s)), "by the number of styles: divide"),
        "no shares": (weights(lambda s: np.ones(len(s)) / len(s)), "All styles count alike"),
        "added up": (weights(lambda s: np.ones(len(s))), "without shares"),
        "only the first": (lambda t, s: dict(t[0]), "Only the first style"),
        "the last overwrites": (overwrites_at_full_strength, "at full strength"),
        "overwrites": (overwrites, "with its share"),
        "the largest": (the_largest, "the largest share is there"),
        "reversed": (weights(lambda s: s[::-1] / s.sum()), "wrong styles"),
        "by the largest": (weights(lambda s: s / s.max()), "by the largest share"),
        "by the length": (weights(lambda s: s / norm(s)), "length of the shares"),
        "squared": (weights(lambda s: s**2 / (s**2).sum()), "square the shares"),
        "softmax": (weights(softmax), "softmax"),
        "whole numbers": (weights(lambda s: s // s.sum()), "use / and not //"),
        "divided twice": (weights(lambda s: s / s.sum() / len(s)), "once is enough"),
        "two styles": (two_styles, "third one is missing: loop"),
        "two of all": (two_of_all, "though its share is in the sum"),
        "one layer": (returns_in_the_loop, "return inside of the loop"),
        "a list": (lambda t, s: list(mix(t, s).values()), "yours is a list"),
        "too many names": (lambda t, s: mix(t, s) | {"sum": 1.0}, "should not have"),
        "no batch": (without_the_first_axis, "mix layer by layer"),
        "dict in place": (into_the_first, "changes what it is given"),
        "constant": (lambda t, s: {n: np.ones_like(A) for n, A in t[0].items()}, "another mixture"),
    },
}
IN_PLACE = {"mix_styles": [into_the_arrays, normalizes_in_place]}
SAME_WORDS = {
    "gradient_descent": {
        "the highest": (
            changed(better=lambda losses: losses[-1] == max(losses)),
            "picture with the highest loss",
        ),
    },
}
