"""Load a picture from anywhere as an image ready for a network."""

import contextlib
import os
from typing import Any, NamedTuple

import numpy as np
from PIL import ExifTags, Image

from nstlib.images.pixels import (
    MIN_SIDE,
    check_array,
    decode,
    on_white,
    open_picture,
    scale,
    scaled_shape,
)
from nstlib.images.sources import ImageError, name_of, one_line, read


def load_image(
    source: str | os.PathLike | bytes | Image.Image | np.ndarray, max_side: int | None = None
) -> np.ndarray:
    """Load a picture as an image ready for a network.

    The picture is turned upright (EXIF), transparency is laid on white, and an embedded
    colour profile is converted to sRGB. An animation gives its first frame.

    Args:
        source: a path, an https address, the bytes of a picture file, a PIL picture, or an
            array of shape (H, W), (H, W, 3), (H, W, 4) or (1, H, W, 3): uint8 in 0..255,
            uint16 in 0..65535 or float in 0..1. The source is not changed.
        max_side: the longer side in pixels, at least 16. A larger picture is scaled down
            and keeps its aspect ratio; a smaller one stays as it is.

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
    """A picture whose size is known; its pixels are decoded by `load`."""

    name: str
    pixels: Image.Image | np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, upright."""
        if isinstance(self.pixels, np.ndarray):
            return self.pixels.shape[:2]
        width, height = self.pixels.size
        with contextlib.suppress(Exception):  # unreadable EXIF: the picture is taken as it lies
            if self.pixels.getexif().get(ExifTags.Base.Orientation, 1) > 4:
                return width, height
        return height, width

    def scaled_shape(self, max_side: int) -> tuple[int, int]:
        """Height and width when loaded with this longer side."""
        return scaled_shape(self.shape, max_side)

    def load(self, max_side: int | None = None) -> np.ndarray:
        """The image, as `load_image` returns it."""
        pixels = self.pixels
        if isinstance(pixels, Image.Image):
            pixels = decode(pixels, self.name)
        return scale(on_white(pixels), max_side, self.name)[np.newaxis]


def open_image(source: Any) -> OpenedImage:
    """Open whatever `load_image` takes; a file's pixels are not decoded yet.

    Raises:
        ImageError: if there is no usable picture; the message names it and says why.

    >>> open_image(np.zeros((20, 30, 3))).shape
    (20, 30)
    """
    name = name_of(source)
    if isinstance(source, Image.Image):
        return OpenedImage(name, source)
    if isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)):
        return OpenedImage(name, open_picture(read(source, name), name))
    if hasattr(source, "__array__"):  # a NumPy array or a tensor
        return OpenedImage(name, check_array(np.asarray(source), name))
    raise ImageError(
        f"{name} cannot be loaded: give a path, an https address, bytes, a PIL picture "
        "or a NumPy array."
    )
