"""The objective of style transfer: one number to make small, its gradient, and its three terms."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import tensorflow as tf

from nstlib import losses
from nstlib.conventions import CONVENTIONS, DEFAULT, VARIATIONS, check_variation, find_convention
from nstlib.images.masks import mask_at
from nstlib.losses import Tensor
from nstlib.networks import FeatureExtractor, layer_names, layer_table

TERMS = ("content", "style", "total_variation")
CONTENT_LAYERS = CONVENTIONS[DEFAULT].content_layers
STYLE_LAYERS = CONVENTIONS[DEFAULT].style_layers

Layers = str | Sequence[str] | Mapping[str, float]  # names, or names with weights


class Objective:
    """Content, style and total variation of an image, against fixed targets.

        L = content_weight L_content + style_weight L_style + tv_weight L_tv

    It is `nstlib.losses.total_loss`, term by term. In the conventions `mean-covariance` and
    `relative` a weight means the same for every network and every size:

    - L_content: mean squared difference of features, over the mean square of the content's own.
    - L_style: mean over the layers of what a style term says: the squared differences of means and
      of covariances, each over the style's own (see `nstlib.moments`), or in `relative`
      |G - A|^2 / |A|^2, with A the style's Gram matrix.
    - L_tv: total variation per pixel value.

    The other conventions are those of known implementations, and their weights mean what they
    mean there (see `nstlib.conventions`). All of them come down to one coefficient a layer.

    The network sees every picture continued to a multiple of its poolings (`pad_to_multiple`).

    Args:
        extractor: a `FeatureExtractor` that gives at least the content and the style layers.
        content: image (1, H, W, 3), RGB in [0, 1].
        style: such an image, or a list of them; sizes may differ. Of several, the target is the
            mixture of their statistics (`mix_styles`), or with masks one for each region.
        convention: a name in `CONVENTIONS`, for whatever else is None.
        content_weight, style_weight, tv_weight: weights of the terms, at least 0, in the units of
            the convention.
        content_layers, style_layers: names of layers, or a mapping from names to weights. These
            multiply the layer's constant in the convention, so that 1 is as published; in
            `relative` only their proportions count.
        style_shares: shares of several style pictures, divided by their sum; None for equal ones,
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
        content: Tensor,
        style: Tensor | Sequence[Tensor],
        *,
        convention: str = DEFAULT,
        content_weight: float | None = None,
        style_weight: float | None = None,
        tv_weight: float | None = None,
        content_layers: Layers | None = None,
        style_layers: Layers | None = None,
        style_shares: Sequence[float] | None = None,
        masks: Sequence[Tensor] | None = None,
        variation: str | None = None,
    ):
        published = find_convention(convention)
        self.tv_weight = published.tv_weight if tv_weight is None else tv_weight
        variation = check_variation(variation or published.variation, self.tv_weight)
        self.variation = VARIATIONS[variation]
        self.value_scale = tf.constant(published.value_scale, tf.float32)
        content_layers, style_layers = layers_for(
            extractor.network, convention, content_layers, style_layers
        )
        compared = [*content_layers, *style_layers]
        missing = [name for name in compared if name not in extractor.layers]
        if missing:
            raise ValueError(
                f"the objective needs {', '.join(missing)}, and the extractor gives only "
                f"{', '.join(extractor.layers)}: build it with the layers that layers_for names"
            )
        styles = list(style) if isinstance(style, (list, tuple)) else [style]
        if masks is not None and len(masks) != len(styles):
            raise ValueError(f"masks needs one for each style, not {len(masks)} for {len(styles)}")
        if masks is not None and style_shares is None:
            style_shares = [float(np.mean(mask)) for mask in masks]
        shares = shares_of(styles, style_shares)
        self.extractor, self.shape = extractor, tuple(content.shape)
        table = layer_table(extractor.network)
        self.multiple = max(table[name].scale for name in compared)
        padded = pad_to_multiple(content, self.multiple)
        P = extractor(padded)
        M = {name: math.prod(features.shape[1:3]) for name, features in P.items()}
        N = math.prod(padded.shape[1:3])

        # What `total_loss` wants: by layer, the target and the coefficient of its loss.
        self.content, count = {}, len(content_layers)
        for name, weight in content_layers.items():
            C = P[name].shape[-1]  # of a network of one's own, not as many as the table says
            k = published.content_constant(C, M[name], content_weight, count, target=P[name])
            self.content[name] = P[name], weight * k

        # Each region has its masks by layer, or None for the whole picture, and its style.
        self.style_term = published.style_term
        seen: list[Mapping[str, Any]] = []
        for picture in styles:
            F = self.features(picture)
            seen.append({name: self.style_term.describe(F[name], None) for name in style_layers})
        regions: list = [None]
        if masks is None:
            seen, shares = [self.style_term.mix(seen, shares)], [1.0]
        else:
            regions = [{name: self._mask(mask, P[name]) for name in style_layers} for mask in masks]
        self.regions, count = [], len(style_layers)
        for region, targets, share in zip(regions, seen, shares, strict=True):
            style = {}
            for name, weight in style_layers.items():
                A, C = targets[name], P[name].shape[-1]
                k = published.style_constant(C, M[name], N, style_weight, count, target=A)
                style[name] = A, share * weight * k / C**2  # style_loss is S / (C^2 M^2)
            self.regions.append((region, style))

    def __call__(self, image: Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        image = tf.convert_to_tensor(image, tf.float32)
        if tuple(image.shape) != self.shape:
            raise ValueError(
                f"this objective compares with a content picture of shape {self.shape}, and the "
                f"image has shape {tuple(image.shape)}: make both of one size"
            )
        return self._compiled(image)

    def terms(self, image: Tensor) -> tf.Tensor:
        """The three weighted terms of the loss, shape (3,), in the order of `TERMS`.

        Each is the total loss with the other two left out.
        """
        F, values = self.features(image), image * self.value_scale
        loss = functools.partial(losses.total_loss, F, values, style_term=self.style_term)
        nothing = VARIATIONS["none"]
        content = loss(self.content, {}, 0.0, variation=nothing)
        style = [
            loss({}, targets, 0.0, variation=nothing, masks=masks)
            for masks, targets in self.regions
        ]
        variation = loss({}, {}, self.tv_weight, variation=self.variation)
        return tf.stack([content, tf.add_n(style), variation])

    def features(self, image: Tensor) -> dict[str, tf.Tensor]:
        """What the network sees in an image, by layer: (1, h, w, C)."""
        return self.extractor(pad_to_multiple(image, self.multiple))

    def _mask(self, mask: Tensor, features: Tensor) -> np.ndarray:
        """A mask as a layer sees it; gone on beyond the edges as the image is."""
        if tuple(mask.shape) != (*self.shape[:3], 1):
            raise ValueError(
                f"a mask has shape {tuple(mask.shape)}: for a content picture of shape "
                f"{self.shape} it has to be {(*self.shape[:3], 1)}"
            )
        return mask_at(pad_to_multiple(mask, self.multiple), features.shape[1:3])

    @functools.cached_property
    def _compiled(self) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor, tf.Tensor]]:
        # Bound to one shape, it is traced once; else TensorFlow warns where there are many of them.
        compiled = tf.function(self._value_and_gradient, autograph=False)
        return compiled.get_concrete_function(tf.TensorSpec(self.shape, tf.float32))

    def _value_and_gradient(self, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        # One pixel's share of the loss is so small that float16 would take its gradient for 0.
        # Multiplied by a power of two, no digit of it changes.
        scale = 2.0 ** round(math.log2(math.prod(self.shape)))
        with tf.GradientTape() as tape:
            tape.watch(image)
            terms = self.terms(image)
            loss = tf.reduce_sum(terms)
            scaled = scale * loss
        return loss, tape.gradient(scaled, image) / scale, terms


# ---- which layers, and how much each layer and each style counts ---------------------------------


def layers_for(
    network: str,
    convention: str = DEFAULT,
    content_layers: Layers | None = None,
    style_layers: Layers | None = None,
) -> tuple[dict[str, float], dict[str, float]]:
    """The content and the style layers of an objective, each with its weight.

    Args:
        network: as in `layer_names`.
        convention: a name in `CONVENTIONS`.
        content_layers, style_layers: names, or a mapping from names to weights; None for the
            convention's own. One of those that the network lacks is replaced by the deepest layer
            of the same block, with a warning.

    Returns two dicts from names to weights (in `relative` their mean is 1): the layers that the
    objective's `FeatureExtractor` has to give, and what can be handed on to the objective.

    Raises:
        ValueError: unknown network or convention; no layer at all; weights that are no such thing.

    >>> layers_for("vgg19", "pytorch", style_layers={"block1_conv1": 1, "block2_conv1": 0.5})
    ({'block2_conv2': 1.0}, {'block1_conv1': 1.0, 'block2_conv1': 0.5})
    """
    published, found = find_convention(convention), []
    for argument, layers in (("content_layers", content_layers), ("style_layers", style_layers)):
        names = getattr(published, argument) if layers is None else layers
        names = [names] if isinstance(names, str) else names
        weights = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, 1.0)
        if not weights:
            raise ValueError(f"{argument} names no layer: it needs at least one")
        if layers is None:
            weights = _existing(network, weights)
        _check_shares(argument, weights.values())
        scale = len(weights) / sum(weights.values()) if published.relative else 1.0
        found.append({name: float(weight * scale) for name, weight in weights.items()})
    return found[0], found[1]


def _existing(network: str, weights: Mapping[str, float]) -> dict[str, float]:
    """These layers with their weights, or what the network has in their place."""
    known, found = layer_names(network), dict[str, float]()
    for name, weight in weights.items():
        if name not in known:
            block, _, _ = name.partition("_")
            missing, name = name, [k for k in known if k.startswith(f"{block}_")][-1]
            warnings.warn(f"{network} has no {missing}: {name} takes its place", stacklevel=3)
        found[name] = found.get(name, 0.0) + weight
    return found


def shares_of(styles: Sequence, style_shares: Sequence[float] | None) -> list[float]:
    """What each of several styles counts: shares that add up to 1, equal ones for None.

    >>> shares_of(["wave", "village"], [3, 1])
    [0.75, 0.25]
    """
    if not styles:
        raise ValueError("style holds no picture: give one, or a list of at least one")
    shares = [1.0] * len(styles) if style_shares is None else list(style_shares)
    if len(shares) != len(styles):
        raise ValueError(
            f"style_shares needs one share for each style picture, not {len(shares)} for "
            f"{len(styles)}"
        )
    _check_shares("style_shares", shares)
    return [share / sum(shares) for share in shares]


def _check_shares(argument: str, shares: Iterable[float]) -> None:
    shares = list(shares)
    usable = all(isinstance(share, Real) and 0 <= float(share) < math.inf for share in shares)
    if not usable or not any(shares):
        raise ValueError(
            f"{argument} must be numbers of at least 0 and not all of them 0, not {shares}"
        )


# ---- the edges -----------------------------------------------------------------------------------


def pad_to_multiple(image: Tensor, multiple: int) -> Tensor:
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
        missing = -side % multiple
        # A mirror shows no more than there is: what is missing beyond that, the next round adds.
        padding.append([min(missing // 2, side), min(missing - missing // 2, side)])
    if not any(before or after for before, after in padding):
        return image
    return pad_to_multiple(tf.pad(image, [*padding, [0, 0]], "SYMMETRIC"), multiple)
