"""Where painting starts: the content, noise, the style, or another picture."""

from __future__ import annotations

import os

import numpy as np
import tensorflow as tf

from nstlib.images import ImageError, load_image

STARTS = ("content", "noise", "style")


def starting_image(init, content: np.ndarray, style: np.ndarray, seed: int = 0) -> np.ndarray:
    """The image that an optimiser starts from.

    Args:
        init: `content`, `noise` (grey with normally distributed noise), `style`, or whatever
            `load_image` takes; a picture of another shape is scaled and cropped around its middle.
        content, style: images (1, H, W, 3), RGB in [0, 1].
        seed: of the noise.

    Returns an image of the content's shape, in [0, 1].

    Raises:
        ImageError: a picture that cannot be used; text that is neither such a name nor a file.

    >>> gray = np.full((1, 32, 48, 3), 0.5, "float32")
    >>> starting_image("noise", gray, gray, seed=1).std().round(2)
    np.float32(0.1)
    """
    if isinstance(init, str) and init in STARTS:
        if init == "noise":
            noise = np.random.default_rng(seed).normal(0.5, 0.1, content.shape)
            return np.clip(noise, 0, 1).astype("float32")
        return content if init == "content" else fit(style, content.shape[1:3])
    if isinstance(init, str) and "://" not in init and not os.path.exists(init):
        raise ImageError(
            f"unknown init {init!r}: choose one of {', '.join(STARTS)}, or give a picture (there "
            "is no file of that name)"
        )
    return fit(load_image(init), content.shape[1:3])


def fit(image: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Scale an image until it covers a shape, and crop what stands out, on both sides alike.

    Args:
        image: (1, H, W, 3), in [0, 1].
        shape: height and width.

    >>> fit(np.zeros((1, 20, 60, 3)), (40, 40)).shape
    (1, 40, 40, 3)
    """
    if tuple(image.shape[1:3]) == tuple(shape):
        return np.asarray(image, "float32")
    scale = max(wanted / side for wanted, side in zip(shape, image.shape[1:3], strict=True))
    cover = [
        max(round(scale * side), wanted)
        for wanted, side in zip(shape, image.shape[1:3], strict=True)
    ]
    scaled = tf.image.resize(image, cover, method="bicubic", antialias=True)
    top, left = ((side - wanted) // 2 for wanted, side in zip(shape, cover, strict=True))
    cropped = scaled[:, top : top + shape[0], left : left + shape[1]]
    return np.clip(cropped, 0, 1).astype("float32")
