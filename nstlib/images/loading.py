"""Load a picture from anywhere as an image ready for a network.

Between the steps, pixels are a float32 array in [0, 1] without a batch axis.
"""

import contextlib
import io
import math
import os
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from nstlib.images.sources import ImageError, name_of, one_line, read

MAX_PIXELS = 80_000_000  # width x height, checked before the picture is decoded
MIN_SIDE = 16  # pixels; VGG halves the picture four times, so less leaves nothing to look at
# Only these are opened: Pillow hands some others, such as EPS, to an outside program.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000", "ICO")


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


def open_picture(data: bytes, name: str) -> Image.Image:
    """Open a picture file; its pixels are not decoded yet."""
    Image.init()
    formats = [known for known in FORMATS if known in Image.OPEN]  # AVIF is new in Pillow 11.3
    with _errors_in_words(name):
        return Image.open(io.BytesIO(data), formats=formats)


def decode(picture: Image.Image, name: str) -> np.ndarray:
    """Decode a picture into float32 in [0, 1]: (H, W) grey, (H, W, 3), or (H, W, 4) with alpha."""
    with _errors_in_words(name):
        if math.prod(picture.size) > MAX_PIXELS:
            raise Image.DecompressionBombError
        picture.load()
        with contextlib.suppress(Exception):  # unreadable EXIF: take the picture as it lies
            picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I"):  # 16 bits a pixel, also in the 32-bit mode "I"
            return check_array(np.asarray(picture, np.float32) / 65535, name)
        if picture.mode == "F":  # files hold 0..1, Pillow's own conversions give 0..255
            gray = np.asarray(picture)
            return check_array(gray / 255 if gray.max(initial=0) > 1 else gray, name)
        alpha = []
        profile = picture.info.get("icc_profile")
        if picture.has_transparency_data:
            alpha = [picture.convert("RGBA").getchannel("A")]
            picture = picture.convert("RGBA").convert("RGB")
        elif picture.mode not in ("L", "CMYK"):  # these two come with profiles of their own
            picture = picture.convert("RGB")
        if profile:
            with contextlib.suppress(Exception):  # not convertible: colours a little off, no more
                picture = ImageCms.profileToProfile(
                    picture,
                    ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                    ImageCms.createProfile("sRGB"),
                    outputMode="RGB",
                )
        return check_array(np.dstack([picture.convert("RGB"), *alpha]), name)


def check_array(array: np.ndarray, name: str) -> np.ndarray:
    """Check an array of pixels and give it as float32 in [0, 1], without a batch axis."""
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        array = array[0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and shape[-1] in (1, 3, 4))):
        raise ImageError(
            f"{name} has shape {shape}: give (H, W), (H, W, 3), (H, W, 4) or (1, H, W, 3)."
        )
    if array.dtype in (np.uint8, np.uint16):
        return np.divide(array, np.iinfo(array.dtype).max, dtype=np.float32)
    if array.dtype.kind != "f":
        raise ImageError(f"{name} holds {array.dtype}: give uint8, uint16 or floats in 0..1.")
    if not np.isfinite(array).all():
        raise ImageError(f"{name} holds NaN or infinity: replace these values first.")
    low, high = array.min(), array.max()
    if low < -1e-3 or high > 1 + 1e-3:  # rounding errors may stick out a little
        raise ImageError(
            f"{name} has values from {low:g} to {high:g}, out of the range 0..1: scale them first."
        )
    return array.astype(np.float32).clip(0, 1)


def on_white(pixels: np.ndarray) -> np.ndarray:
    """Give grey three channels, and lay what is transparent on white."""
    if pixels.ndim == 2 or pixels.shape[-1] == 1:
        return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=-1)
    if pixels.shape[-1] == 3:
        return pixels
    alpha = pixels[..., 3:]
    return pixels[..., :3] * alpha + (1 - alpha)


def scale(pixels: np.ndarray, max_side: int | None, name: str) -> np.ndarray:
    """Scale down to a longer side of max_side, and refuse what is too small for a network."""
    height, width = pixels.shape[:2]
    factor = min(1, (max_side or math.inf) / max(height, width))
    size = round(width * factor), round(height * factor)
    if min(size) < MIN_SIDE:
        scaled = f" when scaled to max_side={max_side}" if factor < 1 else ""
        raise ImageError(
            f"{name} is too small, {size[0]} x {size[1]} pixels{scaled}: "
            f"both sides need {MIN_SIDE} or more."
        )
    if factor == 1:
        return pixels
    # Lanczos averages over all the pixels that fall together, so fine patterns do not alias.
    bands = [Image.fromarray(pixels[..., i]).resize(size, Image.LANCZOS) for i in range(3)]
    return np.dstack(bands).clip(0, 1)


@contextlib.contextmanager
def _errors_in_words(name: str) -> Iterator[None]:
    """Turn whatever Pillow raises into an ImageError; of broken files that can be anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except Image.DecompressionBombError:
        limit = f"{MAX_PIXELS / 1e6:g} million"
        raise ImageError(
            f"{name} has too many pixels, over {limit}: use a smaller copy of it."
        ) from None
    except UnidentifiedImageError:
        raise ImageError(
            f"{name} is not a picture that can be read: give a JPEG, PNG, WebP, GIF or TIFF file."
        ) from None
    except Exception as error:
        raise ImageError(
            f"{name} is damaged or cut short ({one_line(error)}): get a whole copy of it."
        ) from error
