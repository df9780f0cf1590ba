"""Two well-known loops of style transfer in TensorFlow, on the objective of `problem`.

They do what the tutorial of TensorFlow and the example of Keras do, each in its own idiom: how
the picture passes through the network, what is compiled, which optimiser with which settings,
when colours are clipped. Only the terms of the loss are ours, so that all run after one number.
"""

from __future__ import annotations

import keras
import tensorflow as tf
from problem import (
    CONTENT_LAYER,
    CONTENT_WEIGHT,
    LAYERS,
    STYLE_LAYERS,
    STYLE_WEIGHT,
    TV_WEIGHT,
    Problem,
)

preprocess_input = keras.applications.vgg19.preprocess_input


def vgg(weights) -> keras.Model:
    """The network of Keras's applications, cut off behind the deepest layer that is needed."""
    x = image = keras.Input((None, None, 3))
    features = {}
    for name, (kernel, bias) in weights.items():
        if name.endswith("conv1") and name != "block1_conv1":
            x = keras.layers.MaxPooling2D(2)(x)
        conv = keras.layers.Conv2D(
            kernel.shape[-1], 3, padding="same", activation="relu", name=name
        )
        x = features[name] = conv(x)
        conv.set_weights([kernel, bias])
    model = keras.Model(image, {name: features[name] for name in LAYERS})
    model.trainable = False
    return model


class Loop:
    """Loss and gradient, compiled, of a loop that has a `loss`."""

    @tf.function
    def loss_and_gradient(self, image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = self.loss(image)
        return loss, tape.gradient(loss, image)

    def evaluate(self, image):
        loss, gradient = self.loss_and_gradient(tf.convert_to_tensor(image))
        return float(loss), gradient.numpy()


class Tutorial(Loop):
    """The loop of TensorFlow's tutorial: Adam on a variable, a whole step compiled, then a clip."""

    def __init__(self, problem: Problem, learning_rate=0.02, epsilon=0.1):
        self.network = vgg(problem.weights)
        self.content_target = self.features(problem.content)[CONTENT_LAYER]
        features = self.features(problem.style)
        self.style_targets = {name: gram_by_einsum(features[name]) for name in STYLE_LAYERS}
        self.image = tf.Variable(problem.content)
        self.optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.99, epsilon=epsilon)
        self.optimizer.build([self.image])

    def features(self, image):
        return self.network(preprocess_input(image * 255.0))

    def loss(self, image):
        features = self.features(image)
        loss = CONTENT_WEIGHT * relative_error(features[CONTENT_LAYER], self.content_target)
        for name, A in self.style_targets.items():
            G = gram_by_einsum(features[name])
            loss += STYLE_WEIGHT / len(STYLE_LAYERS) * relative_error(G, A)
        variation = tf.image.total_variation(image)[0]
        return loss + TV_WEIGHT * variation / tf.size(image, tf.float32)

    @tf.function
    def train_step(self):
        with tf.GradientTape() as tape:
            loss = self.loss(self.image)
        gradient = tape.gradient(loss, self.image)
        self.optimizer.apply_gradients([(gradient, self.image)])
        self.image.assign(tf.clip_by_value(self.image, 0.0, 1.0))
        return loss

    def run(self, enough):
        while not enough(float(self.train_step())):
            pass


def gram_by_einsum(features):
    positions = tf.cast(features.shape[1] * features.shape[2], tf.float32)
    return tf.linalg.einsum("bijc,bijd->bcd", features, features) / positions


class KerasExample(Loop):
    """The loop of Keras's example: SGD with a falling rate, loss and gradient compiled, no clip.

    As published, content and style go through the network with the picture at every step, which
    makes a step three times as costly. The numbers are the same without them: where only the
    numbers count, `together=False` leaves them out.
    """

    def __init__(self, problem: Problem, learning_rate=100.0, together=True):
        self.network = vgg(problem.weights)
        self.together = together
        self.content, self.style = tf.constant(problem.content), tf.constant(problem.style)
        if not together:
            self.kept = self.network(
                preprocess_input(tf.concat([self.content, self.style], 0) * 255)
            )
        self.image = tf.Variable(problem.content)
        schedule = keras.optimizers.schedules.ExponentialDecay(
            learning_rate, decay_steps=100, decay_rate=0.96
        )
        self.optimizer = keras.optimizers.SGD(schedule)
        self.optimizer.build([self.image])

    def features(self, image):
        """Of content, style and image, by layer."""
        pictures = tf.concat([self.content, self.style, image], 0) if self.together else image
        features = self.network(preprocess_input(pictures * 255.0))
        if self.together:
            return features
        return {name: tf.concat([self.kept[name], features[name]], 0) for name in features}

    def loss(self, image):
        features = self.features(image)
        content, _, combination = tf.unstack(features[CONTENT_LAYER])
        loss = CONTENT_WEIGHT * relative_error(combination, content)
        for name in STYLE_LAYERS:
            _, style, combination = tf.unstack(features[name])
            error = relative_error(gram_by_matmul(combination), gram_by_matmul(style))
            loss += STYLE_WEIGHT / len(STYLE_LAYERS) * error
        dx = tf.abs(image[:, :, 1:] - image[:, :, :-1])
        dy = tf.abs(image[:, 1:] - image[:, :-1])
        variation = (tf.reduce_sum(dx) + tf.reduce_sum(dy)) / tf.size(image, tf.float32)
        return loss + TV_WEIGHT * variation

    def run(self, enough):
        done = False
        while not done:
            loss, gradient = self.loss_and_gradient(self.image)
            self.optimizer.apply_gradients([(gradient, self.image)])
            done = enough(float(loss))


def gram_by_matmul(features):
    """Of a single picture's features, channels first."""
    channels = tf.transpose(features, (2, 0, 1))
    F = tf.reshape(channels, (channels.shape[0], -1))
    return tf.matmul(F, F, transpose_b=True) / tf.cast(tf.shape(F)[1], tf.float32)


def relative_error(seen, target):
    """Mean squared difference over the target's own mean square."""
    return tf.reduce_mean((seen - target) ** 2) / tf.reduce_mean(target**2)
