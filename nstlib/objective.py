"""The objective of style transfer: one number to make small, its gradient, and its three terms."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from nstlib.losses import content_loss, gram_matrix, style_loss, total_variation
from nstlib.networks import FeatureExtractor

CONTENT_LAYERS = ("block4_conv2",)
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
TERMS = ("content", "style", "total_variation")


class Objective:
    """Content, style and total variation of an image, against fixed targets.

        L = content_weight L_content + style_weight L_style + tv_weight L_tv

    Every term is relative, so a weight means the same for every network and every size:

    - L_content: mean squared difference of features, over the mean square of the content's own.
    - L_style: mean over the layers of |G - A|^2 / |A|^2, with A the style's Gram matrix.
    - L_tv: total variation per pixel value.

    Args:
        extractor: a `FeatureExtractor` that gives at least the content and the style layers.
        content, style: images (1, H, W, 3), RGB in [0, 1]; their sizes may differ.
        content_weight, style_weight, tv_weight: weights of the terms, at least 0.
        content_layers, style_layers: names of layers.

    `objective(image)` returns the loss, its gradient (the image's shape), and the weighted terms
    in the order of `TERMS`; the terms add up to the loss. It is compiled once per image shape.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        content,
        style,
        *,
        content_weight: float,
        style_weight: float,
        tv_weight: float,
        content_layers: Sequence[str] = CONTENT_LAYERS,
        style_layers: Sequence[str] = STYLE_LAYERS,
    ):
        self.extractor = extractor
        self.weights = tf.constant([content_weight, style_weight, tv_weight], tf.float32)
        content_features, style_features = extractor(content), extractor(style)
        self.P = {name: content_features[name] for name in content_layers}
        self.A = {name: gram_matrix(style_features[name]) for name in style_layers}
        self._compiled = tf.function(self._value_and_gradient, reduce_retracing=True)

    def __call__(self, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return self._compiled(image)

    def terms(self, image) -> tf.Tensor:
        """The three weighted terms of the loss, shape (3,), in the order of `TERMS`."""
        features = self.extractor(image)
        content = [content_loss(features[name], P) / _mean_square(P) for name, P in self.P.items()]
        style = [
            style_loss(gram_matrix(features[name]), A) / _mean_square(A)
            for name, A in self.A.items()
        ]
        variation = total_variation(image) / tf.size(image, tf.float32)
        unweighted = tf.stack([tf.reduce_mean(content), tf.reduce_mean(style), variation])
        return self.weights * unweighted

    def _value_and_gradient(self, image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            terms = self.terms(image)
            loss = tf.reduce_sum(terms)
        return loss, tape.gradient(loss, image), terms


def _mean_square(target):
    """The scale of a target; never 0, so that a black picture divides nothing by zero."""
    return tf.reduce_mean(tf.square(target)) + 1e-12
