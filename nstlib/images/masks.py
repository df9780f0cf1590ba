"""Masks: where in the painting a style applies, white for here and black for not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from nstlib.images.colors import luminance
from nstlib.images.loading import open_image
from nstlib.images.pixels import decode, on_white
from nstlib.images.sources import ImageError

BLACK = 1e-3  # the mean of a mask that is black all over
SAME_ASPECT = 0.02  # how far the ratio of a mask's sides may be from that of the painting


def load_masks(sources: Any, styles: int, shape: tuple[int, int]) -> list[np.ndarray]:
    """One mask for each style, at the size of the painting.

    White is where the style applies, black where it does not, grey in between. What is transparent
    counts as black; if nothing but black is drawn on it, the drawing itself counts as white. A
    picture that is darker than mid-grey all over, such as one of zeros and ones, of palette
    numbers, or of 16 bits with 8 in use, is lightened until its lightest pixel is white.

    Args:
        sources: one mask, or a list of them: each what `load_image` takes, or an array (H, W) or
            (1, H, W, 1). Floats from 0 to 1 are taken as they are; whole numbers may be yes and
            no, 0 and 1, 0 to 255 or 0 to 65535. One mask for two styles is that of the first;
            the second has the rest.
        styles: how many styles there are.
        shape: height and width of the painting. A mask of another size is scaled.

    Returns a list of arrays (1, H, W, 1) in [0, 1].

    Raises:
        ImageError: a mask that cannot be used, is black all over, has other proportions than the
            painting, or holds the numbers of several regions.
        ValueError: not one mask for each style.

    >>> left = np.array([[1.0, 0.0]] * 32).repeat(16, axis=1)
    >>> [mask.mean() for mask in load_masks(left, styles=2, shape=(32, 32))]
    [np.float32(0.5), np.float32(0.5)]
    """
    sources = list(sources) if isinstance(sources, (list, tuple)) else [sources]
    masks = []
    for number, source in enumerate(sources, start=1):
        role = "the mask" if len(sources) == 1 else f"mask {number}"
        masks.append(_load_mask(source, shape, role))
    if len(masks) == 1 and styles == 2:
        masks.append(1 - masks[0])
        if masks[1].mean() < BLACK:
            raise ImageError(
                "the mask is white all over, so the second style has no place: make black where it "
                "applies"
            )
    if len(masks) != styles:
        raise ValueError(
            f"masks needs one for each style, not {len(masks)} for {styles} (or one for two "
            "styles: the second has what the first leaves)"
        )
    for number, mask in enumerate(masks, start=1):
        if mask.mean() < BLACK:
            raise ImageError(
                f"the mask of style {number} is black: make white where this style applies"
            )
    return masks


def _load_mask(source: Any, shape: tuple[int, int], role: str) -> np.ndarray:
    if hasattr(source, "__array__"):
        source = _as_picture(np.asarray(source), role)
    opened = open_image(source, role)
    height, width = opened.shape
    rounded = 1 / min(shape)  # a small painting has whole pixels, not quite its proportions
    if abs(width / height * shape[0] / shape[1] - 1) > max(SAME_ASPECT, rounded):
        raise ImageError(
            f"{opened.name} is {width}x{height} and the painting {shape[1]}x{shape[0]}: "
            "draw the mask on the content picture"
        )
    light, alpha = np.moveaxis(decode(opened.source, opened.name, max(shape), _on_black), -1, 0)
    mask = alpha if light.max() == 0 and alpha.min() < 1 else light
    floats = isinstance(source, np.ndarray) and source.dtype.kind == "f"
    if not floats and 0 < mask.max() < 0.5:
        levels = np.unique(np.rint(mask * 255))
        if 2 < len(levels) and levels[-1] < 32:
            raise ImageError(
                f"{opened.name} holds the numbers 0 to {levels[-1]:g}, of several regions as it "
                "seems: give one mask for each style, such as labels == 1"
            )
        mask = mask / mask.max()
    return mask_at(mask[np.newaxis, :, :, np.newaxis], shape)


def _as_picture(array: np.ndarray, role: str) -> np.ndarray:
    """An array that `load_image` takes too: yes and no, and any whole numbers, as uint8 or 16."""
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind in "iu" and array.size:
        low, high = array.min(), array.max()
        if low < 0 or high > 65535:
            raise ImageError(
                f"{role} holds whole numbers from {low} to {high}: give 0 and 1, or 0 to 255"
            )
        return array.astype(np.uint8 if high <= 255 else np.uint16)
    return array


def _on_black(pixels: np.ndarray) -> np.ndarray:
    """How light a mask is with black behind it, and how opaque: (H, W, 2)."""
    transparent = pixels.ndim == 3 and pixels.shape[-1] == 4
    alpha = pixels[..., 3:] if transparent else np.ones((*pixels.shape[:2], 1), np.float32)
    light = luminance(on_white(pixels[..., :3] if transparent else pixels))
    return np.concatenate([light * alpha, alpha], axis=-1)


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
