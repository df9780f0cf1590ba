"""Load a picture from anywhere as an image ready for a network."""

import os
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from nstlib.images.pixels import (
    MIN_SIDE,
    check_array,
    check_size,
    decode,
    open_picture,
    orientation,
    scale,
    scaled_shape,
)
from nstlib.images.sources import ImageError, name_of, one_line, read


def load_image(
    source: str | os.PathLike | bytes | Image.Image | np.ndarray, max_side: int | None = None
) -> np.ndarray:
    """Load a picture as an image ready for a network.

    The picture is turned upright (EXIF), transparency is laid on white, and an embedded
    colour profile, or the gamma of a PNG, is converted to sRGB. An animation gives its first frame.

    Args:
        source: a path (`~` is your home folder), an https address, the bytes of a picture file,
            a PIL picture, or an array of shape (H, W), (H, W, 3), (H, W, 4) or (1, H, W, 3):
            uint8 in 0..255, uint16 in 0..65535 or float in 0..1. The source is not changed.
        max_side: the longer side in pixels, at least 16. A larger picture is scaled down
            and keeps its aspect ratio; a smaller one stays as it is. Of a large photograph, 12
            million pixels say, this takes much less memory than all of it.

    Returns:
        A float32 array of shape (1, height, width, 3), RGB in [0, 1].

    Raises:
        ImageError: if there is no usable picture; the message names it and says why.

    >>> from nstlib.images import example_path
    >>> load_image(example_path("chelsea"), max_side=64).shape
    (1, 43, 64, 3)
    """
    whole = isinstance(max_side, (int, np.integer))
    if max_side is not None and not (whole and max_side >= MIN_SIDE):
        given = one_line(repr(max_side))
        raise ImageError(f"max_side is {given}: give a whole number, {MIN_SIDE} or more.")
    return open_image(source).load(max_side)


class OpenedImage(NamedTuple):
    """A picture whose size is known; its pixels are decoded by `pixels` or `load`.

    name: what messages call it.
    shape: height and width, upright.
    source: the bytes of a file, a PIL picture, or an array.
    """

    name: str
    shape: tuple[int, int]
    source: bytes | Image.Image | np.ndarray

    def scaled_shape(self, max_side: int) -> tuple[int, int]:
        """Height and width when loaded with this longer side."""
        return scaled_shape(self.shape, max_side)

    def pixels(self, max_side: int | None = None) -> np.ndarray:
        """Enough pixels (H, W, 3) for `at_size` with a side up to this; of small pictures all."""
        return decode(self.source, self.name, max_side)

    def at_size(self, pixels: np.ndarray, max_side: int | None = None) -> np.ndarray:
        """The image, as `load_image` returns it, from its `pixels`."""
        return scale(pixels, self.shape, max_side, self.name)[np.newaxis]

    def load(self, max_side: int | None = None) -> np.ndarray:
        """The image, as `load_image` returns it."""
        return self.at_size(self.pixels(max_side), max_side)


def open_image(source: Any, role: str = "") -> OpenedImage:
    """Open whatever `load_image` takes; a file's pixels are not decoded yet.

    Args:
        source: as of `load_image`.
        role: what messages call a source that has no name of its own, such as "style 2".

    Raises:
        ImageError: if there is no usable picture; the message names it and says why.

    >>> open_image(np.zeros((20, 30, 3))).shape
    (20, 30)
    """
    name = name_of(source, role)
    if isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)):
        data = read(source, name)
        return OpenedImage(name, _shape(open_picture(data, name), name), data)
    if isinstance(source, Image.Image):
        return OpenedImage(name, _shape(source, name), source)
    if hasattr(source, "__array__"):  # a NumPy array or a tensor
        array = check_array(np.asarray(source), name)
        return OpenedImage(name, array.shape[:2], array)
    raise ImageError(
        f"{name} cannot be loaded: give a path, an https address, bytes, a PIL picture "
        "or a NumPy array."
    )


def _shape(picture: Image.Image, name: str) -> tuple[int, int]:
    """Height and width, upright; for the EXIF of a PNG, Pillow has to decode it."""
    check_size(picture, name)
    width, height = picture.size
    return (width, height) if orientation(picture) in (5, 6, 7, 8) else (height, width)
