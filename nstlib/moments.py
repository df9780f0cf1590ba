"""Styles as means and covariances of features, in place of Gram matrices.

A Gram matrix mixes the two: G = Sigma + mu mu^T. After a ReLU the mean activations mu are large,
so most of G says how strongly the channels respond, and little of it which of them vary together.
Taken apart, each counts for itself. Symbols as in `nstlib.losses`; Sigma is a covariance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nstlib.losses import StyleTerm, Tensor, gram_matrix, masked_gram, mix_styles, ops

TINY = 1e-12  # so that of a style of one colour nothing is divided by 0
WIDENING = 1e-3  # variance added to every channel, in parts of what a channel has on average


class Moments(NamedTuple):
    """Mean (B, C, 1) and covariance (B, C, C) of features over their positions."""

    mean: Tensor
    covariance: Tensor


def mean_covariance(features: Tensor, mask: Tensor | None = None) -> Moments:
    """Which channels are active on average, and which vary together.

    Args:
        features: (B, h, w, C).
        mask: (1, h, w, 1), from 0 to 1, as of `masked_gram`; None for everywhere.

    Returns mu and Sigma = G - mu mu^T, with a position's weight in both the square of its mask.

    >>> mean, covariance = mean_covariance([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> mean[0, :, 0].numpy(), covariance[0].numpy()
    (array([2., 3.], dtype=float32), array([[1., 1.],
           [1., 1.]], dtype=float32))
    """
    F = ops.convert_to_tensor(features)
    if mask is None:
        mean, G = ops.mean(F, axis=(1, 2)), gram_matrix(F)
    else:
        weight = ops.square(ops.convert_to_tensor(mask, F.dtype))
        mean, G = ops.mean(weight * F, axis=(1, 2)) / ops.mean(weight), masked_gram(F, mask)
    mean = mean[..., None]
    return Moments(mean, G - outer(mean))


def outer(mean: Tensor) -> Tensor:
    """mu mu^T (B, C, C), of means (B, C, 1)."""
    return mean * ops.transpose(mean, (0, 2, 1))


def moments_loss(image: Moments, style: Moments) -> Tensor:
    """How far two styles are apart, in mean and covariance, each in units of the style's own.

        |mu - mu_s|^2 / (2 |mu_s|^2) + |Sigma - Sigma_s|^2 / (2 |Sigma_s|^2)

    Args:
        image, style: of one layer; the style's are the unit of both terms.

    Returns a scalar: 0 for the same style, about 1 for an image of nothing.

    >>> still = Moments([[[1.0], [2.0]]], [[[0.0, 0.0], [0.0, 0.0]]])
    >>> float(moments_loss(still, Moments([[[1.0], [2.0]]], [[[3.0, 0.0], [0.0, 3.0]]])))
    0.5
    """
    return sum(
        ops.sum(ops.square(ops.subtract(x, y))) / (ops.sum(ops.square(y)) + TINY) / 2
        for x, y in zip(image, style, strict=True)
    )


def wasserstein_loss(image: Moments, style: Moments) -> Tensor:
    """How far one normal distribution is from the other, over how wide the style's is.

        |mu - mu_s|^2 + tr(Sigma + Sigma_s - 2 (Sigma_s^1/2 Sigma Sigma_s^1/2)^1/2)

    Both covariances are widened a little, by the same variance in every direction: where a
    picture's own is 0, the root has no slope that a gradient could follow.

    Args:
        image, style: of one layer.

    Returns a scalar, in units of |mu_s|^2 + tr Sigma_s. Olkin and Pukelsheim 1982, for the
    Wasserstein-2 distance of two normal distributions.

    >>> narrow, wide = Moments([[[1.0]]], [[[1.0]]]), Moments([[[4.0]]], [[[9.0]]])
    >>> round(float(wasserstein_loss(narrow, wide)), 2)  # (3^2 + (3 - 1)^2) / (4^2 + 9)
    0.52
    """
    image, style = (Moments(*map(ops.convert_to_tensor, each)) for each in (image, style))
    C = style.covariance.shape[-1]
    unit = ops.sum(ops.square(style.mean)) + trace(style.covariance) + TINY
    least = WIDENING * unit / C
    wider = least * ops.eye(C, dtype=style.covariance.dtype)
    Sigma, Sigma_s = image.covariance + wider, style.covariance + wider
    root = matrix_root(Sigma_s)
    cross = eigenvalues(ops.matmul(ops.matmul(root, Sigma), root))
    spread = trace(Sigma) + trace(Sigma_s) - 2 * ops.sum(ops.sqrt(ops.maximum(cross, least**2)))
    return (ops.sum(ops.square(ops.subtract(image.mean, style.mean))) + spread) / unit


def trace(matrices: Tensor) -> Tensor:
    """The sum of the diagonals of matrices (B, C, C)."""
    return ops.sum(ops.diagonal(matrices, axis1=1, axis2=2))


def eigenvalues(matrices: Tensor) -> Tensor:
    """The eigenvalues (B, C) of symmetric matrices (B, C, C), with a stable gradient.

    An eigenvalue v^T A v changes with A alone: to first order v adds nothing. So the gradient of
    the eigenvectors, in which differences of eigenvalues are divided by, is not needed.

    >>> eigenvalues([[[2.0, 1.0], [1.0, 2.0]]]).numpy().round(3)
    array([[1., 3.]], dtype=float32)
    """
    matrices = ops.convert_to_tensor(matrices)
    _, vectors = ops.eigh(ops.stop_gradient(matrices))
    return ops.sum(vectors * ops.matmul(matrices, vectors), axis=1)


def matrix_root(matrices: Tensor) -> Tensor:
    """The square root of symmetric positive semidefinite matrices (B, C, C).

    >>> matrix_root([[[4.0, 0.0], [0.0, 9.0]]]).numpy().round(3)[0]
    array([[2., 0.],
           [0., 3.]], dtype=float32)
    """
    values, vectors = ops.eigh(ops.convert_to_tensor(matrices))
    roots = ops.sqrt(ops.maximum(values, 0))  # of 0, rounded, there can be less
    return ops.matmul(vectors * roots[:, None], ops.transpose(vectors, (0, 2, 1)))


def mix_moments(
    targets: Sequence[Mapping[str, Moments]], shares: Sequence[float]
) -> dict[str, Moments]:
    """The moments of a picture of which each style fills a share, layer by layer.

    Args:
        targets: for each style a dict from layer name to its moments; same names.
        shares: as of `mix_styles`, which mixes what can be added: mu and G.

    >>> dark, light = {"low": Moments([[[0.0]]], [[[0.0]]])}, {"low": Moments([[[4.0]]], [[[0.0]]])}
    >>> mix_moments([dark, light], [1, 1])["low"].covariance.numpy()  # 2 away from their mean
    array([[[4.]]], dtype=float32)
    """
    means, grams = [], []
    for each in targets:
        means.append({name: ops.convert_to_tensor(mean) for name, (mean, _) in each.items()})
        grams.append({name: Sigma + outer(means[-1][name]) for name, (_, Sigma) in each.items()})
    mu, G = mix_styles(means, shares), mix_styles(grams, shares)
    return {name: Moments(mu[name], G[name] - outer(mu[name])) for name in mu}


MEAN_COVARIANCE = StyleTerm(mean_covariance, moments_loss, mix_moments)
WASSERSTEIN = StyleTerm(mean_covariance, wasserstein_loss, mix_moments)
