"""Masks: where in the painting a style applies, white for here and black for not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from nstlib.images import ImageError, load_image
from nstlib.images.colors import luminance

SAME_ASPECT = 0.02  # how far the ratio of a mask's sides may be from that of the painting


def load_masks(sources: Any, styles: int, shape: tuple[int, int]) -> list[np.ndarray]:
    """One mask for each style, at the size of the painting.

    Args:
        sources: one mask, or a list of them: each what `load_image` takes, or an array (H, W) or
            (1, H, W, 1) from 0 to 1. White pixels are painted in that style. One mask for two
            styles is that of the first; the second has the rest.
        styles: how many styles there are.
        shape: height and width of the painting. A mask of another size is scaled.

    Returns a list of arrays (1, H, W, 1) in [0, 1].

    Raises:
        ImageError: a mask that cannot be used, is black all over, or has other proportions than
            the painting.
        ValueError: not one mask for each style.

    >>> left = np.array([[1.0, 0.0]] * 32).repeat(16, axis=1)
    >>> [mask.mean() for mask in load_masks(left, styles=2, shape=(32, 32))]
    [np.float32(0.5), np.float32(0.5)]
    """
    sources = list(sources) if isinstance(sources, (list, tuple)) else [sources]
    masks = [_load_mask(source, shape) for source in sources]
    if len(masks) == 1 and styles == 2:
        masks.append(1 - masks[0])
    if len(masks) != styles:
        raise ValueError(
            f"masks needs one for each style, not {len(masks)} for {styles} (or one for two "
            "styles: the second has what the first leaves)"
        )
    for number, mask in enumerate(masks, start=1):
        if mask.mean() < 1e-3:
            raise ImageError(
                f"the mask of style {number} is black: make white where this style applies"
            )
    return masks


def _load_mask(source: Any, shape: tuple[int, int]) -> np.ndarray:
    mask = luminance(load_image(source))
    height, width = mask.shape[1:3]
    if abs(width / height * shape[0] / shape[1] - 1) > SAME_ASPECT:
        raise ImageError(
            f"the mask is {width}x{height} and the painting {shape[1]}x{shape[0]}: "
            "draw the mask on the content picture"
        )
    return mask_at(mask, shape)


def mask_at(mask: ArrayLike, shape: Sequence[int]) -> np.ndarray:
    """The mask at another size: each value is the mean of the area that it stands for.

    Args:
        mask: (1, H, W, 1).
        shape: height and width, of a layer's features say.

    Returns an array (1, h, w, 1).

    >>> mask_at(np.array([[1.0, 1.0, 1.0, 0.0]])[None, :, :, None], (1, 2)).ravel()
    array([1. , 0.5], dtype=float32)
    """
    return tf.image.resize(tf.cast(mask, tf.float32), tuple(shape), method="area").numpy()
