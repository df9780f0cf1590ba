"""The losses of neural style transfer, as plain functions on tensors.

Symbols, here and in the lessons: F are the features of a layer, seen as a matrix of M positions
by C channels; P are the content's features; G and A are the Gram matrices of the image and of the
style. Every function works with any Keras backend and differentiates through it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from nstlib.backend import keras

ops = keras.ops
Tensor = Any  # of whichever backend, or what can be made one: an array, nested lists
Features = Mapping[str, Tensor]  # from the name of a layer


def content_loss(F: Tensor, P: Tensor) -> Tensor:
    """Mean squared difference between two layers of features: sum (F - P)^2 / (C M).

    Args:
        F, P: features (B, h, w, C) of the image and of the content picture.

    Returns a scalar. Gatys et al. 2015, equation 1, with the mean instead of half the sum, so
    that it depends neither on the picture's size nor on the number of channels.

    >>> float(content_loss([[1.0, 2.0]], [[1.0, 4.0]]))
    2.0
    """
    F, P = ops.convert_to_tensor(F), ops.convert_to_tensor(P)
    if F.shape != P.shape:
        raise ValueError(
            f"content_loss compares features of one shape, not {tuple(F.shape)} with "
            f"{tuple(P.shape)}: take both from the same layer, of pictures of the same size"
        )
    return ops.mean(ops.square(F - P))


def gram_matrix(features: Tensor) -> Tensor:
    """Which channels are active together, wherever that is: G = F^T F / M.

    Args:
        features: (B, h, w, C); their M = h w positions are the rows of F.

    Returns G of shape (B, C, C), symmetric and positive semidefinite. Gatys et al. 2015,
    equation 3, divided by M, so that pictures of different sizes can be compared.

    >>> gram_matrix([[[[1.0, 2.0], [3.0, 4.0]]]])  # two positions, two channels
    <tf.Tensor: shape=(1, 2, 2), dtype=float32, numpy=
    array([[[ 5.,  7.],
            [ 7., 10.]]], dtype=float32)>
    """
    features = ops.convert_to_tensor(features)
    if len(features.shape) != 4:
        raise ValueError(
            f"gram_matrix wants features of shape (B, h, w, C), not {tuple(features.shape)}"
        )
    batch, height, width, C = ops.shape(features)
    M = height * width
    F = ops.reshape(features, (batch, M, C))
    return ops.matmul(ops.transpose(F, (0, 2, 1)), F) / ops.cast(M, F.dtype)


def style_loss(G: Tensor, A: Tensor) -> Tensor:
    """Mean squared difference between two Gram matrices: sum (G - A)^2 / C^2.

    Args:
        G, A: Gram matrices (B, C, C) of the image and of the style picture at one layer.

    Returns a scalar. Gatys et al. 2015, equation 4; with `gram_matrix` dividing by M this is
    their E_l times 4.

    >>> float(style_loss([[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 4.0]]))
    2.0
    """
    G, A = ops.convert_to_tensor(G), ops.convert_to_tensor(A)
    if G.shape != A.shape:
        raise ValueError(
            f"style_loss compares Gram matrices of one shape, not {tuple(G.shape)} with "
            f"{tuple(A.shape)}: take both from the same layer"
        )
    return ops.mean(ops.square(G - A))


def total_variation(image: Tensor, squared: bool = False) -> Tensor:
    """How much neighbouring pixels differ: sum |dx| + sum |dy|, or the sum of their squares.

    Args:
        image: (B, H, W, channels).
        squared: squares instead of absolute values.

    Returns a scalar. The absolute form is the anisotropic one of Rudin, Osher and Fatemi's
    1992 total variation, and what `tf.image.total_variation` computes.

    >>> plus = [[[[0.0], [1.0], [0.0]], [[1.0], [1.0], [1.0]], [[0.0], [1.0], [0.0]]]]
    >>> float(total_variation(plus))
    8.0
    """
    dx, dy = neighbour_differences(image)
    size = ops.square if squared else ops.abs
    return ops.sum(size(dx)) + ops.sum(size(dy))


def neighbour_differences(image: Tensor) -> tuple[Tensor, Tensor]:
    """By how much each value differs from the next one, along the rows and along the columns.

    Args:
        image: (B, H, W, channels).

    Returns dx (B, H, W - 1, channels) and dy (B, H - 1, W, channels).

    >>> dx, dy = neighbour_differences([[[[0.0], [1.0], [0.5]]]])
    >>> dx[0, 0, :, 0].numpy(), dy.shape
    (array([ 1. , -0.5], dtype=float32), TensorShape([1, 0, 3, 1]))
    """
    image = ops.convert_to_tensor(image)
    if len(image.shape) != 4:
        raise ValueError(
            f"total variation wants an image of shape (B, H, W, channels), not {tuple(image.shape)}"
        )
    height, width = image.shape[1:3]
    # Split, in place of slices: TensorFlow takes four times as long for the gradient of those.
    (left, _), (_, right) = ops.split(image, [width - 1], 2), ops.split(image, [1], 2)
    (upper, _), (_, lower) = ops.split(image, [height - 1], 1), ops.split(image, [1], 1)
    return right - left, lower - upper


class StyleTerm(NamedTuple):
    """What a layer tells of a style, and how two of these are compared.

    describe: from features (1, h, w, C) and a mask (1, h, w, 1) or None to their statistics.
    compare: from the statistics of the image and of the style to a scalar.
    mix: from the statistics of several styles, each a dict from layer name, and their shares to
        those of the mixture.
    """

    describe: Callable[[Tensor, Tensor | None], Any]
    compare: Callable[[Any, Any], Tensor]
    mix: Callable[[Sequence[Mapping[str, Any]], Sequence[float]], Mapping[str, Any]]


def total_loss(
    features: Features,
    image: Tensor,
    content: Mapping[str, tuple[Tensor, float]],
    style: Mapping[str, tuple[Any, float]],
    tv_weight: float,
    *,
    masks: Features | None = None,
    variation: Callable[[Tensor], Tensor] | None = None,
    style_term: StyleTerm | None = None,
) -> Tensor:
    """The objective of style transfer: L = sum_l k_l L_content + sum_l k_l L_style + w_tv L_tv.

    Args:
        features: dict from layer name to features (1, h, w, C) of the image.
        image: (1, H, W, 3), which is being painted.
        content: dict from layer name to (P, k): the content's features and the term's weight.
        style: dict from layer name to (A, k): the style's Gram matrix and the term's weight.
        tv_weight: weight of the total variation.
        masks: dict from layer name to the mask (1, h, w, 1) of the style's region; None for the
            whole picture.
        variation: what takes the place of `total_variation`.
        style_term: what takes the place of Gram matrices and `style_loss`.

    Returns a scalar. Gatys et al. 2015, equation 7, with a weight for every layer and the total
    variation of later implementations.

    >>> features, P = {"deep": [[[[1.0, 2.0]]]]}, [[[[1.0, 4.0]]]]
    >>> float(total_loss(features, [[[[0.5]]]], {"deep": (P, 10.0)}, {}, tv_weight=1.0))
    20.0
    """
    loss = tv_weight * (variation or total_variation)(image)
    style_term = style_term or GRAM
    for layer, (P, k) in content.items():
        loss = loss + k * content_loss(features[layer], P)
    for layer, (A, k) in style.items():
        G = style_term.describe(features[layer], masks[layer] if masks else None)
        loss = loss + k * style_term.compare(G, A)
    return loss


def masked_gram(features: Tensor, mask: Tensor) -> Tensor:
    """The Gram matrix of a region: of the features times the mask, over the mask's own size.

    Args:
        features: (1, h, w, C).
        mask: (1, h, w, 1), from 0 to 1, and not 0 everywhere; see `nstlib.images.masks.mask_at`.

    Returns G of shape (1, C, C): for a mask of ones `gram_matrix(features)`. Gatys et al. 2017,
    Controlling Perceptual Factors in Neural Style Transfer, equation 5, where the guidance channel
    has a mean square of 1.

    >>> features = [[[[1.0, 2.0], [3.0, 4.0]]]]
    >>> masked_gram(features, [[[[1.0], [0.0]]]])[0].numpy()  # the first position alone
    array([[1., 2.],
           [2., 4.]], dtype=float32)
    """
    features = ops.convert_to_tensor(features)
    mask = ops.convert_to_tensor(mask, features.dtype)
    return gram_matrix(features * mask) / ops.mean(ops.square(mask))


def mix_styles(targets: Sequence[Features], shares: Sequence[float]) -> dict[str, Tensor]:
    """The Gram matrices of a mixture of styles: sum_s share_s A_s, layer by layer.

    The mean squared distances to several targets, weighted by shares that add up to 1, differ from
    the one to this mixture only by a constant, if all have the same coefficient: then both have
    the same gradient and paint the same picture.

    Args:
        targets: for each style a dict from layer name to Gram matrix (B, C, C); same names.
        shares: for each style a number of at least 0; only their proportions count.

    Returns such a dict, of the mixture.

    Raises:
        ValueError: not one share for each style; shares below 0, or all of them 0.

    >>> {name: float(A) for name, A in mix_styles([{"low": 8.0}, {"low": 0.0}], [3, 1]).items()}
    {'low': 6.0}
    """
    if len(targets) != len(shares) or min(shares, default=0) < 0 or not sum(shares):
        raise ValueError(
            f"mix_styles wants a share of at least 0 for each of {len(targets)} styles, and not "
            f"all of them 0: {list(shares)}"
        )
    total = sum(shares)
    return {
        name: sum(share / total * A[name] for A, share in zip(targets, shares, strict=True))
        for name in targets[0]
    }


# Looked up by name when they are called: whoever replaces one of them paints with another loss.
GRAM = StyleTerm(
    describe=lambda F, mask: gram_matrix(F) if mask is None else masked_gram(F, mask),
    compare=lambda G, A: style_loss(G, A),
    mix=lambda targets, shares: mix_styles(targets, shares),
)
