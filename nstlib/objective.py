"""The objective of style transfer: one number to make small, its gradient, and its three terms."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from nstlib.conventions import CONVENTIONS, VARIATIONS, find_convention
from nstlib.images.masks import mask_at
from nstlib.layers import Layers, layers_for, shares_of
from nstlib.losses import content_loss, gram_matrix, masked_gram, style_loss
from nstlib.networks import FeatureExtractor

TERMS = ("content", "style", "total_variation")
DEFAULT = CONVENTIONS["relative"]
CONTENT_LAYERS, STYLE_LAYERS = DEFAULT.content_layers, DEFAULT.style_layers
# The weights that give a good picture; they mean the same for every network (see `Objective`).
CONTENT_WEIGHT, STYLE_WEIGHT = DEFAULT.content_weight, DEFAULT.style_weight
TV_WEIGHT = DEFAULT.tv_weight


class Objective:
    """Content, style and total variation of an image, against fixed targets.

        L = content_weight L_content + style_weight L_style + tv_weight L_tv

    In the convention `relative` a weight means the same for every network and every size:

    - L_content: mean squared difference of features, over the mean square of the content's own.
    - L_style: mean over the layers of |G - A|^2 / |A|^2, with A the style's Gram matrix.
    - L_tv: total variation per pixel value.

    The other conventions are those of known implementations, and their weights mean what they
    mean there (see `nstlib.conventions`). All of them come down to one coefficient a layer.

    The network sees every picture continued to a multiple of its poolings (`pad_to_multiple`).

    Args:
        extractor: a `FeatureExtractor` that gives at least the content and the style layers.
        content: image (1, H, W, 3), RGB in [0, 1].
        style: such an image, or a list of them; sizes may differ. Of several, the style term is
            the average of their style terms.
        convention: a name in `CONVENTIONS`, for whatever else is None.
        content_weight, style_weight, tv_weight: weights of the terms, at least 0, in the units of
            the convention.
        content_layers, style_layers: names of layers, or a mapping from names to weights. These
            multiply the layer's constant in the convention, so that 1 is as published; in
            `relative` only their proportions count.
        style_weights: shares of several style pictures, divided by their sum; None for equal ones,
            or with masks for the sizes of their areas.
        masks: for each style picture where it applies: (1, H, W, 1), of the content's size, 1 for
            here and 0 for not (see `nstlib.images.masks`); None for everywhere.
        variation: `absolute` or `squared` differences of neighbouring pixels (any name in
            `VARIATIONS`).

    `objective(image)` returns the loss, its gradient (the image's shape), and the weighted terms
    in the order of `TERMS`; the terms add up to the loss. It is compiled once, at the first call.

    Raises:
        ValueError: unknown convention or variation; layers that the extractor does not give;
            weights or shares that are no such thing; an image of another shape than the content.

    >>> extractor = FeatureExtractor([*CONTENT_LAYERS, *STYLE_LAYERS])
    >>> gray = tf.fill((1, 32, 48, 3), 0.5)
    >>> loss, gradient, terms = Objective(extractor, content=gray, style=1 - gray / 2)(gray)
    >>> terms.numpy()[[0, 2]], gradient.shape  # nothing lost of the content, and no variation
    (array([0., 0.], dtype=float32), TensorShape([1, 32, 48, 3]))
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        content,
        style,
        *,
        convention: str = "relative",
        content_weight: float | None = None,
        style_weight: float | None = None,
        tv_weight: float | None = None,
        content_layers: Layers | None = None,
        style_layers: Layers | None = None,
        style_weights: Sequence[float] | None = None,
        masks: Sequence | None = None,
        variation: str | None = None,
    ):
        published = find_convention(convention)
        content_weight = published.content_weight if content_weight is None else content_weight
        style_weight = published.style_weight if style_weight is None else style_weight
        self.tv_weight = published.tv_weight if tv_weight is None else tv_weight
        self.variation = _find_variation(variation or published.variation, self.tv_weight)
        self.value_scale = tf.constant(published.value_scale, tf.float32)
        styles = list(style) if isinstance(style, (list, tuple)) else [style]
        if masks is not None and len(masks) != len(styles):
            raise ValueError(f"masks needs one for each style, not {len(masks)} for {len(styles)}")
        if masks is not None and style_weights is None:
            style_weights = [float(np.mean(mask)) for mask in masks]
        shares = shares_of(styles, style_weights)
        content_layers, style_layers = layers_for(
            extractor.network, convention, content_layers, style_layers
        )
        _check_layers(extractor, [*content_layers, *style_layers])
        deepest_block = max(int(name[5]) for name in [*content_layers, *style_layers])
        self.extractor = extractor
        self.multiple = 2 ** (deepest_block - 1)
        self.shape = tuple(content.shape)

        # Per target: the layer's name, the target itself, the coefficient of its loss, and of a
        # style the mask at that layer.
        features = self._features(content)
        M = {name: F.shape[1] * F.shape[2] for name, F in features.items()}
        N = math.prod(_next_multiple(side, self.multiple) for side in self.shape[1:3])
        self.content, self.style = [], []
        for name, weight in content_layers.items():
            P = features[name]
            k = published.content_coefficient(P, M[name], content_weight, len(content_layers))
            self.content.append((name, P, weight * k))
        shapes = {name: F.shape[1:3] for name, F in features.items()}
        for number, (picture, share) in enumerate(zip(styles, shares, strict=True)):
            features = self._features(picture)
            for name, weight in style_layers.items():
                A = gram_matrix(features[name])
                k = published.style_coefficient(A, M[name], N, style_weight, len(style_layers))
                mask = None if masks is None else self._mask(masks[number], shapes[name])
                self.style.append((name, A, share * weight * k, mask))

    def __call__(self, image) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        image = tf.convert_to_tensor(image, tf.float32)
        if tuple(image.shape) != self.shape:
            raise ValueError(
                f"this objective compares with a content picture of shape {self.shape}, and the "
                f"image has shape {tuple(image.shape)}: make both of one size"
            )
        return self._compiled(image)

    def terms(self, image) -> tf.Tensor:
        """The three weighted terms of the loss, shape (3,), in the order of `TERMS`."""
        features = self._features(image)
        content = [k * content_loss(features[name], P) for name, P, k in self.content]
        whole = {name for name, _, _, mask in self.style if mask is None}
        G = {name: gram_matrix(features[name]) for name in whole}  # several styles share them
        style = [
            k * style_loss(G[name] if mask is None else masked_gram(features[name], mask), A)
            for name, A, k, mask in self.style
        ]
        variation = self.tv_weight * self.variation(image * self.value_scale)
        return tf.stack([tf.add_n(content), tf.add_n(style), variation])

    def _mask(self, mask, shape):
        """A mask as a layer sees it; gone on beyond the edges as the image is."""
        if tuple(mask.shape) != (*self.shape[:3], 1):
            raise ValueError(
                f"a mask has shape {tuple(mask.shape)}: for a content picture of shape "
                f"{self.shape} it has to be {(*self.shape[:3], 1)}"
            )
        return mask_at(pad_to_multiple(mask, self.multiple), shape)

    def _features(self, image):
        return self.extractor(pad_to_multiple(image, self.multiple))

    @functools.cached_property
    def _compiled(self):
        # Bound to one shape, it is never traced again.
        compiled = tf.function(self._value_and_gradient, autograph=False)
        return compiled.get_concrete_function(tf.TensorSpec(self.shape, tf.float32))

    def _value_and_gradient(self, image):
        # One pixel's share of the loss is so small that float16 would take its gradient for 0.
        # Multiplied by a power of two, no digit of it changes.
        scale = 2.0 ** round(math.log2(math.prod(self.shape)))
        with tf.GradientTape() as tape:
            tape.watch(image)
            terms = self.terms(image)
            loss = tf.reduce_sum(terms)
            scaled = scale * loss
        return loss, tape.gradient(scaled, image) / scale, terms


def pad_to_multiple(image, multiple: int):
    """Go on beyond the edges as in a mirror, until both sides are a multiple.

    A 2x2 pooling drops the last row or column of an odd side, so the deep layers do not see the
    right and the lower edge of most pictures, and hardly paint them. What is missing is added on
    both sides by halves: all on one side, that side would be painted more than the others.

    Args:
        image: (B, H, W, channels); may be smaller than what it lacks.
        multiple: what the sides shall be a multiple of.

    Returns the image, or a larger one; the gradient flows through it.

    >>> pad_to_multiple(tf.constant([[[[1], [2], [3], [4], [5]]]]), 8)[0, 0, :, 0].numpy()
    array([1, 1, 2, 3, 4, 5, 5, 4], dtype=int32)
    """
    if len(image.shape) != 4:
        return image  # the extractor says what is wrong with it
    padding = [[0, 0]]
    for side in image.shape[1:3]:
        missing = _next_multiple(side, multiple) - side
        # A mirror shows no more than there is: what is missing beyond that, the next round adds.
        padding.append([min(missing // 2, side), min(missing - missing // 2, side)])
    if not any(before or after for before, after in padding):
        return image
    return pad_to_multiple(tf.pad(image, [*padding, [0, 0]], "SYMMETRIC"), multiple)


def _next_multiple(side, multiple):
    return -(-side // multiple) * multiple


def _check_layers(extractor, names):
    missing = [name for name in names if name not in extractor.layers]
    if missing:
        raise ValueError(
            f"the objective needs {', '.join(missing)}, and the extractor gives only "
            f"{', '.join(extractor.layers)}: build it with the layers that layers_for names"
        )


def _find_variation(name, tv_weight):
    if name not in VARIATIONS:
        raise ValueError(f"unknown variation {name!r}: choose one of {', '.join(VARIATIONS)}")
    if name == "none" and tv_weight:
        raise ValueError(
            f"without total variation there is no tv_weight of {tv_weight}: name a variation for it"
        )
    return VARIATIONS[name]
