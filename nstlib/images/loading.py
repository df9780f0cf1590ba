"""Load a picture from anywhere as an image ready for a network."""

import os

import numpy as np
from PIL import Image

from nstlib.images.pixels import MIN_SIDE, check_array, decode, on_white, open_picture, scale
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
    name = name_of(source)
    if isinstance(source, Image.Image):
        pixels = decode(source, name)
    elif isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)):
        pixels = decode(open_picture(read(source, name), name), name)
    elif hasattr(source, "__array__"):  # a NumPy array or a tensor
        pixels = check_array(np.asarray(source), name)
    else:
        raise ImageError(
            f"{name} cannot be loaded: give a path, an https address, bytes, a PIL picture "
            "or a NumPy array."
        )
    return scale(on_white(pixels), max_side, name)[np.newaxis]
