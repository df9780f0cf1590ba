"""Lesson 03: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import tensorflow as tf


def content_by_loops(F, P):
    pairs = list(zip(np.ravel(F).tolist(), np.ravel(P).tolist(), strict=True))
    return sum((f - p) ** 2 for f, p in pairs) / len(pairs)


def content_in_place(F, P):
    F -= P
    return np.mean(F**2)


def mean_square(F, P):
    return np.mean((F - P) ** 2)


def mean_over_axes(F, P):
    return np.mean((F - P) ** 2, axis=(0, 1, 2))


def norm(X):
    return np.linalg.norm(np.ravel(X))


def relative(F, P):
    return norm(F - P) / (norm(F) + norm(P))


def least(measure):
    return lambda a, b: min(a, key=lambda name: measure(a[name], b[name]))


def layer_by_loops(features_a, features_b):
    best, best_difference = None, float("inf")
    for name, F in features_a.items():
        P = features_b[name]
        top = sum(float(f - p) ** 2 for f, p in zip(F.ravel(), P.ravel(), strict=True)) ** 0.5
        sizes = [sum(float(x) ** 2 for x in X.ravel()) ** 0.5 for X in (F, P)]
        if top / sum(sizes) < best_difference:
            best, best_difference = name, top / sum(sizes)
    return best


def layer_with_tensors(features_a, features_b):
    names = list(features_a)
    F, P = [[features[name] for name in names] for features in (features_a, features_b)]
    found = [tf.norm(f - p) / (tf.norm(f) + tf.norm(p)) for f, p in zip(F, P, strict=True)]
    return names[int(tf.argmin(tf.stack(found)))]


def layer_by_sorting(features_a, features_b):
    return sorted(features_a, key=lambda name: relative(features_a[name], features_b[name]))[0]


def layer_in_place(features_a, features_b):
    for name in features_a:
        features_a[name] = features_a[name] - features_b[name]
    return min(features_a, key=lambda name: norm(features_a[name]))


def returns_in_the_loop(features_a, features_b):
    best = 2
    for name in features_a:
        if relative(features_a[name], features_b[name]) < best:
            return name


def forgets_the_best(features_a, features_b):
    for name in features_a:
        best = name
    return best


def gradient(loss_of, image):
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = loss_of(image)
    return tape.gradient(loss, image)


def step(change=lambda g, rate: rate * g, low=0.0, high=1.0):
    """A step with another length, or other bounds."""
    return lambda loss_of, image, learning_rate: tf.clip_by_value(
        image - change(gradient(loss_of, image), learning_rate), low, high
    )


def step_compiled(loss_of, image, learning_rate):
    @tf.function
    def compiled(image):
        return step()(loss_of, image, learning_rate)

    return compiled(image)


def step_of_a_variable(loss_of, image, learning_rate):
    pixels = tf.Variable(image)
    with tf.GradientTape() as tape:
        loss = loss_of(pixels)
    pixels.assign_sub(learning_rate * tape.gradient(loss, pixels))
    pixels.assign(tf.clip_by_value(pixels, 0, 1))
    return pixels


def step_of_a_keras_variable(loss_of, image, learning_rate):
    pixels = keras.Variable(image)
    with tf.GradientTape() as tape:
        loss = loss_of(pixels.value)
    keras.optimizers.SGD(learning_rate).apply([tape.gradient(loss, pixels.value)], [pixels])
    return keras.ops.clip(pixels, 0, 1)


def step_in_numpy(loss_of, image, learning_rate):
    g = gradient(loss_of, tf.constant(image)).numpy()
    return np.clip(np.array(image) - learning_rate * g, 0, 1)


def step_by_parts(loss_of, image, learning_rate):
    """Each value on its own."""
    g = np.ravel(gradient(loss_of, image))
    new = [min(max(x - learning_rate * d, 0), 1) for x, d in zip(np.ravel(image), g, strict=True)]
    return np.reshape(new, image.shape)


def nothing_watched(loss_of, image, learning_rate):
    with tf.GradientTape() as tape:
        loss = loss_of(image)
    return image - learning_rate * tape.gradient(loss, image)


def loss_before_the_tape(loss_of, image, learning_rate):
    loss = loss_of(image)
    with tf.GradientTape() as tape:
        tape.watch(image)
    return image - learning_rate * tape.gradient(loss, image)


def loss_of_an_array(loss_of, image, learning_rate):
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = loss_of(image.numpy())
    return image - learning_rate * tape.gradient(loss, image)


def assigned(loss_of, image, learning_rate):
    return image.assign_sub(learning_rate * gradient(loss_of, image))


def remembered_step():
    memory = {}

    def remembered(loss_of, image, learning_rate):
        key = image.shape
        if key not in memory:
            memory[key] = step()(loss_of, image, learning_rate)
        return memory[key]

    return remembered


def two_steps(loss_of, image, learning_rate):
    return step()(loss_of, step()(loss_of, image, learning_rate), learning_rate)


RIGHT = {
    "gradient_step": {
        "tensorflow": step(),
        "compiled": step_compiled,
        "a variable": step_of_a_variable,
        "a variable of Keras, and its SGD": step_of_a_keras_variable,
        "numpy in the end": step_in_numpy,
        "value by value": step_by_parts,
        "maximum and minimum": lambda f, x, r: tf.minimum(
            tf.maximum(x - r * gradient(f, x), 0.0), 1.0
        ),
        "a list": lambda f, x, r: step()(f, x, r).numpy().tolist(),
    },
    "content_loss": {
        "numpy": mean_square,
        "float64": lambda F, P: np.square(F.astype(float) - P).sum() / F.size,
        "tensorflow": lambda F, P: tf.reduce_mean(tf.square(F - P)),
        "keras": lambda F, P: keras.ops.mean((F - P) ** 2),
        "loops": content_by_loops,
        "dot": lambda F, P: np.dot((F - P).ravel(), (F - P).ravel()) / F.size,
        "the other way round": lambda F, P: ((P - F) ** 2).mean(),
        "methods of tensors": lambda F, P: np.mean((F.numpy() - P.numpy()) ** 2),
    },
    "most_similar_layer": {
        "min with a key": least(relative),
        "sorted": layer_by_sorting,
        "loops": layer_by_loops,
        "tensorflow": layer_with_tensors,
        "squared in the end": least(lambda F, P: relative(F, P) ** 2),
        "mean for sum": least(
            lambda F, P: (
                np.sqrt(np.mean((F - P) ** 2))
                / (np.sqrt(np.mean(F**2)) + np.sqrt(np.mean(P.astype(float) ** 2)))
            )
        ),
    },
}
WRONG = {
    "gradient_step": {
        "uphill": (step(lambda g, rate: -rate * g), "You go uphill"),
        "not clipped": (step(low=-9, high=9), "clip the new image"),
        "clipped at 255": (step(high=255.0), "what is above 1 is not"),
        "clipped at 1 alone": (step(low=-9), "what is below 0 is not"),
        "no learning rate": (step(lambda g, rate: g), "learning rate does not occur"),
        "divided": (step(lambda g, rate: g / rate), "divide by the learning rate"),
        "the gradient": (lambda f, x, r: gradient(f, x), "You return the gradient"),
        "the step": (lambda f, x, r: -r * gradient(f, x), "You return the step alone"),
        "one length": (
            step(lambda g, rate: rate * g / tf.reduce_mean(tf.abs(g))),
            "gradient to one length",
        ),
        "signs": (step(lambda g, rate: rate * tf.sign(g)), "sign counts"),
        "the loss": (lambda f, x, r: tf.clip_by_value(x - r * f(x), 0, 1), "subtract the loss"),
        "a clipped gradient": (
            step(lambda g, rate: rate * tf.clip_by_value(g, 0, 1)),
            "You clip the gradient",
        ),
        "two steps": (two_steps, "two steps"),
        "half a step": (step(lambda g, rate: rate * g / 2), "half as long"),
        "no brackets": (
            lambda f, x, r: tf.clip_by_value((x - r) * gradient(f, x), 0, 1),
            "Brackets are missing",
        ),
        "the old image": (lambda f, x, r: x, "the image as it came"),
        "eight bits": (lambda f, x, r: np.rint(255 * step()(f, x, r)) / 255, "round to 8 bits"),
        "nothing watched": (nothing_watched, "tape.gradient gives None"),
        "an array for the loss": (loss_of_an_array, "NumPy array, which no tape"),
        "assigned": (assigned, "A tensor cannot be changed"),
        "a pair": (lambda f, x, r: (step()(f, x, r), f(x)), "the new image alone"),
        "one value": (lambda f, x, r: tf.reduce_mean(x), "an array of shape"),
        "a memory": (remembered_step(), "The shape is right, but not"),
    },
    "content_loss": {
        "sum": (lambda F, P: np.sum((F - P) ** 2), "return the sum of the squares"),
        "the paper's": (lambda F, P: np.sum((F - P) ** 2) / 2, "Half the sum"),
        "half": (lambda F, P: mean_square(F, P) / 2, "half of it"),
        "absolute": (lambda F, P: np.mean(np.abs(F - P)), "absolute differences"),
        "no square": (lambda F, P: np.mean(F - P), "forgot the square"),
        "square of the mean": (lambda F, P: np.mean(F - P) ** 2, "mean first and square"),
        "root": (lambda F, P: mean_square(F, P) ** 0.5, "root of the mean square"),
        "length": (lambda F, P: norm(F - P), "length of the difference"),
        "difference of squares": (lambda F, P: np.mean(F**2 - P**2), "subtract the squares"),
        "added": (lambda F, P: np.mean((F + P) ** 2), "You add F and P"),
        "multiplied": (lambda F, P: np.mean(F * P), "You multiply F and P"),
        "no P": (lambda F, P: np.mean(F**2), "P does not occur"),
        "sign": (lambda F, P: -mean_square(F, P), "sign is wrong"),
        "by positions": (
            lambda F, P: np.sum((F - P) ** 2) / (F.shape[1] * F.shape[2]),
            "number of positions only",
        ),
        "by channels": (
            lambda F, P: np.sum((F - P) ** 2) / F.shape[-1],
            "number of channels only",
        ),
        "only squares": (
            lambda F, P: np.sum((F - P) ** 2) / (F.shape[1] ** 2 * F.shape[3]),
            "picture for a square",
        ),
        "relative": (lambda F, P: mean_square(F, P) / np.mean(P**2), "makes it a relative loss"),
        "not one number": (mean_over_axes, "mean over all axes"),
        "first picture": (lambda F, P: mean_square(F[0], P[0]), "only at the first"),
        "only batch one": (
            lambda F, P: np.sum((F - P) ** 2) / F[0].size,
            "for two it is twice too large",
        ),
        "whole number": (lambda F, P: int(mean_square(F, P)), "lose everything behind"),
        "in place": (content_in_place, "changes what it is given"),
        "constant": (lambda F, P: 2.0, "and yours is 2"),
    },
    "most_similar_layer": {
        "absolute": (least(mean_square), "faintest features"),
        "sum": (least(lambda F, P: np.sum((F - P) ** 2)), "favours small layers"),
        "most": (least(lambda F, P: -relative(F, P)), "differs most"),
        "by the first": (least(lambda F, P: norm(F - P) / norm(F)), "size of the first picture"),
        "by the second": (least(lambda F, P: norm(F - P) / norm(P)), "size of the second picture"),
        "no roots": (
            least(lambda F, P: np.sum((F - P) ** 2) / (np.sum(F**2) + np.sum(P**2))),
            "Take the root of each",
        ),
        "no squares": (
            least(lambda F, P: np.sum(F - P) / (np.sum(F) + np.sum(P))),
            "forgot the square",
        ),
        "absolute sum": (
            least(lambda F, P: np.abs(np.sum(F - P)) / (np.sum(F) + np.sum(P))),
            "cancelled already",
        ),
        "absolute values": (
            least(lambda F, P: np.abs(F - P).sum() / (np.abs(F).sum() + np.abs(P).sum())),
            "add absolute values",
        ),
        "sizes": (
            least(lambda F, P: abs(norm(F) - norm(P)) / (norm(F) + norm(P))),
            "compare the two sizes",
        ),
        "return in the loop": (returns_in_the_loop, "first layer every time"),
        "last of the loop": (forgets_the_best, "last layer every time"),
        "min without a key": (lambda a, b: min(a), "first name in the alphabet"),
        "max without a key": (lambda a, b: max(a), "last name in the alphabet"),
        "a pair": (lambda a, b: (0.1, "deep"), "the name alone"),
        "the difference": (
            lambda a, b: min(relative(a[n], b[n]) for n in a),
            "yours is of type float32",
        ),
        "the features": (lambda a, b: next(iter(a.values())), "yours is of type ndarray"),
        "the position": (lambda a, b: 2, "yours is of type int"),
        "unknown": (lambda a, b: "conv1", "There is no layer 'conv1'"),
        "dict in place": (layer_in_place, "changes what it is given"),
        "constant": (lambda a, b: "block3_conv1", "right layer in . of"),
    },
}
SAME_WORDS = {
    "gradient_step": {
        "the loss before the tape": (loss_before_the_tape, "tape.gradient gives None"),
        "the largest is 1": (
            step(lambda g, rate: rate * g / tf.reduce_max(tf.abs(g))),
            "gradient to one length",
        ),
        "the length is 1": (step(lambda g, rate: rate * g / tf.norm(g)), "gradient to one length"),
        "uphill, returned alone": (lambda f, x, r: r * gradient(f, x), "You return the step alone"),
    },
}
