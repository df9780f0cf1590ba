"""Colours kept or given: the photograph's, in two ways, or at the end the style's.

Both ways to keep them are those of Gatys, Bethge, Hertzmann and Shechtman 2016, Preserving Color in
Neural Artistic Style Transfer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

LUMINANCE = (0.299, 0.587, 0.114)  # how bright red, green and blue look; ITU-R BT.601
COLOR_CHOICES = ("match", "luminance")
# A palette is known well enough from so many pixels; more ranks would set tones of a sky apart.
PALETTE_PIXELS, RANKS = 20_000, 128


def luminance(image: ArrayLike) -> np.ndarray:
    """How bright each pixel looks: the weighted mean of its colours.

    Args:
        image: (B, H, W, 3), RGB in [0, 1].

    Returns an array (B, H, W, 1), in [0, 1]. ITU-R BT.601, the Y of the colour space YIQ.

    >>> luminance(np.array([[[[0.0, 1.0, 0.0]]]])).round(3)
    array([[[[0.587]]]])
    """
    image = np.asarray(image)
    return np.sum(image * np.asarray(LUMINANCE, image.dtype), axis=-1, keepdims=True)


def luminance_transfer(painting: ArrayLike, content: ArrayLike) -> np.ndarray:
    """The painting's light and dark with the content's colours: Y of the one, I and Q of the other.

    Grey has neither I nor Q. So adding the same to red, green and blue changes Y alone, and no
    conversion is needed.

    Args:
        painting, content: (B, H, W, 3), RGB in [0, 1], of one shape; they stay as they are.

    Returns an image of that shape, clipped to [0, 1]: only there do colours change.

    Raises:
        ValueError: two shapes.

    >>> gray, red = np.full((1, 1, 1, 3), 0.4), np.array([[[[0.6, 0.2, 0.2]]]])
    >>> luminance_transfer(gray, red).round(2)  # as bright as the grey, as red as the red
    array([[[[0.68, 0.28, 0.28]]]])
    """
    painting, content = np.asarray(painting), np.asarray(content)
    if painting.shape != content.shape:
        raise ValueError(
            f"luminance_transfer wants two images of one shape, not {painting.shape} and "
            f"{content.shape}: scale one of them"
        )
    return np.clip(content + luminance(painting) - luminance(content), 0, 1)


def match_color(style: ArrayLike, content: ArrayLike, share: float = 1.0) -> np.ndarray:
    """The style picture with the content's colours, their mean and covariance; or halfway there.

    Every colour x of the style becomes A (x - mean) + the new mean, with the matrix
    A = K^(1/2) S^(-1/2) from the covariances S of the style's colours and K of the new ones.

    Args:
        style, content: (1, H, W, 3), RGB in [0, 1]; sizes may differ, and both stay as they are.
        share: from 0 to 1, of the content's mean and covariance in the new ones; the rest are the
            style's own.

    Returns an image of the style's shape, clipped to [0, 1]; what is clipped no longer matches.

    >>> style, content = np.random.default_rng(0).uniform(0.3, 0.7, (2, 1, 40, 50, 3))
    >>> matched = match_color(style, content / 2)
    >>> np.allclose(matched.mean(axis=(1, 2)), content.mean(axis=(1, 2)) / 2)
    True
    """
    style, content = np.asarray(style), np.asarray(content)
    x, y = style.reshape(-1, 3), content.reshape(-1, 3)
    mean, S = x.mean(axis=0), np.cov(x, rowvar=False)
    new_mean = (1 - share) * mean + share * y.mean(axis=0)
    K = (1 - share) * S + share * np.cov(y, rowvar=False)
    A = matrix_power(K, 0.5) @ matrix_power(S, -0.5)
    matched = (x - mean) @ A.T + new_mean
    return np.clip(matched, 0, 1).reshape(style.shape).astype(style.dtype)


def match_palette(
    painting: ArrayLike,
    palette: ArrayLike,
    region: ArrayLike | None = None,
    rotations: int = 10,
    seed: int = 0,
) -> np.ndarray:
    """The painting in the colours of a palette: as much of each as there.

    Along a line through the space of colours, the painting's values take those of the palette that
    have the same rank. That is done for the three axes of many rotations, one after the other.

    Args:
        painting: (1, H, W, 3), RGB in [0, 1]; stays as it is.
        palette: (N, 3), the colours of a style picture's pixels; N need not be H W.
        region: (1, H, W, 1), above 0.5 where the colours are to be the palette's; what that makes
            of a colour is done elsewhere, too. None for everywhere.
        rotations: how many.
        seed: of the rotations.

    Returns an image of the painting's shape, clipped to [0, 1]. Pitie, Kokaram and Dahyot 2005,
    N-dimensional probability density function transfer.

    >>> gray = np.linspace(0, 1, 48).reshape(1, 4, 4, 3)
    >>> match_palette(gray, np.array([[0.2, 0.4, 0.6]])).round(3)[0, 0, 0]
    array([0.2, 0.4, 0.6])
    """
    painting, rng = np.asarray(painting), np.random.default_rng(seed)
    x, palette = painting.reshape(-1, 3).astype("float64"), np.asarray(palette, "float64")
    inside = np.arange(len(x)) if region is None else np.flatnonzero(np.ravel(region) > 0.5)
    if len(inside) > PALETTE_PIXELS:
        inside = rng.choice(inside, PALETTE_PIXELS, replace=False)
    ranks = np.linspace(0, 1, RANKS)
    for _ in range(rotations if len(inside) else 0):
        axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        x, wanted = x @ axes, palette @ axes
        for axis in range(3):
            # Of an even ground many ranks are one value: it gets the mean of all that they would.
            have, of = np.unique(np.quantile(x[inside, axis], ranks).round(6), return_inverse=True)
            values = np.bincount(of, np.quantile(wanted[:, axis], ranks)) / np.bincount(of)
            x[:, axis] = np.interp(x[:, axis], have, values)
        x = x @ axes.T
    return np.clip(x, 0, 1).reshape(painting.shape).astype(painting.dtype)


def mixed_palette(
    styles: Sequence[ArrayLike], shares: Sequence[float], seed: int = 0
) -> np.ndarray:
    """Colours of pixels of several style pictures, of each as many as its share.

    Args:
        styles: images (1, h, w, 3).
        shares: add up to 1.
        seed: of the pixels taken.

    Returns colours (N, 3).

    >>> black, white = np.zeros((1, 4, 4, 3)), np.ones((1, 8, 8, 3))
    >>> mixed_palette([black, white], [0.25, 0.75]).mean().round(2)
    np.float64(0.75)
    """
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [
            rng.choice(np.reshape(style, (-1, 3)), round(share * PALETTE_PIXELS))
            for style, share in zip(styles, shares, strict=True)
        ]
    )


def matrix_power(matrix: np.ndarray, power: float, least: float = 1e-6) -> np.ndarray:
    """A symmetric matrix to the power of any number, through its eigenvalues.

    Args:
        matrix: symmetric, with eigenvalues of at least 0.
        power: such as 0.5 for the root, -0.5 for one over the root.
        least: eigenvalues below this part of the largest one count as that much: a grey picture
            has two that are 0, and no inverse.

    >>> matrix_power(np.diag([4.0, 9.0]), 0.5).round(6)
    array([[2., 0.],
           [0., 3.]])
    """
    values, vectors = np.linalg.eigh(matrix)
    floor = max(least * values.max(), 1e-10)  # of a picture of one colour all of them are 0
    return (vectors * np.maximum(values, floor) ** power) @ vectors.T


def gray_pictures(
    content: ArrayLike, styles: Sequence[ArrayLike]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Content and styles without colour, the styles with the mean and contrast of the content.

    Args:
        content: (1, H, W, 3), RGB in [0, 1].
        styles: a list of such images, of any sizes.

    Returns the grey content and the list of grey styles, all with three equal colours.

    >>> gray, _ = gray_pictures(np.ones((1, 2, 2, 3)), [])
    >>> gray.shape
    (1, 2, 2, 3)
    """
    gray = np.repeat(luminance(content), 3, axis=-1)
    matched = []
    for style in styles:
        Y = luminance(style)
        Y = (Y - Y.mean()) * gray.std() / max(Y.std(), 1e-3) + gray.mean()
        matched.append(np.repeat(np.clip(Y, 0, 1), 3, axis=-1))
    return gray, matched
