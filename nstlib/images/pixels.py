"""From the bytes of a picture file to pixels, whatever its kind, and back to whole numbers.

Between the steps, pixels are a float32 array in [0, 1] without a batch axis.
"""

import contextlib
import io
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from nstlib.images.sources import ImageError, one_line

MAX_PIXELS = 80_000_000  # width x height, checked before the picture is decoded
MIN_SIDE = 16  # pixels; VGG halves the picture four times, so less leaves nothing to look at
# Only these are opened: Pillow hands some others, such as EPS, to an outside program.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000", "ICO")


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
                converted = ImageCms.profileToProfile(
                    picture,
                    ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                    ImageCms.createProfile("sRGB"),
                    outputMode="RGB",
                )
                picture = converted or picture
        bands = [np.asarray(band) for band in (picture.convert("RGB"), *alpha)]
        return check_array(np.dstack(bands), name)


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
    before = pixels.shape[:2]
    height, width = scaled_shape(before, max_side)
    size, smaller = (width, height), max_side is not None and max_side < max(before)
    if min(size) < MIN_SIDE:
        scaled = f" when scaled to max_side={max_side}" if smaller else ""
        raise ImageError(
            f"{name} is too small, {size[0]} x {size[1]} pixels{scaled}: "
            f"both sides need {MIN_SIDE} or more."
        )
    if not smaller:
        return pixels
    # Lanczos averages over all the pixels that fall together, so fine patterns do not alias.
    lanczos = Image.Resampling.LANCZOS
    bands = [Image.fromarray(pixels[..., i]).resize(size, lanczos) for i in range(3)]
    return np.dstack([np.asarray(band) for band in bands]).clip(0, 1)


def scaled_shape(shape: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """Height and width with a longer side of at most max_side.

    >>> scaled_shape((300, 451), 64)
    (43, 64)
    """
    factor = min(1, (max_side or math.inf) / max(shape))
    return round(shape[0] * factor), round(shape[1] * factor)


def to_uint8(image: Any) -> np.ndarray:
    """Turn an image into whole numbers, as files and screens want them.

    Args:
        image: shape (1, H, W, 3) or (H, W, 3), an array or a tensor, RGB in [0, 1];
            values outside are clipped. A uint8 image is only copied.

    Returns:
        A new uint8 array of shape (H, W, 3), RGB in 0..255.

    Raises:
        ImageError: if it has another shape or type, or holds NaN or infinity.

    >>> to_uint8(np.full((1, 1, 2, 3), 0.5)).tolist()
    [[[128, 128, 128], [128, 128, 128]]]
    """
    array = np.asarray(image)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 3 or array.shape[-1] != 3 or array.size == 0:
        raise ImageError(
            f"the image has shape {np.shape(image)}: give one of shape (1, H, W, 3) or (H, W, 3)."
        )
    if array.dtype == np.uint8:
        return array.copy()
    if array.dtype.kind not in "fV":  # V is how NumPy sees TensorFlow's bfloat16
        raise ImageError(f"the image holds {array.dtype}: give floats in 0..1 or uint8.")
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise ImageError(
            "the image holds NaN or infinity: replace these values, or find what made them."
        )
    return np.rint(array.clip(0, 1) * 255).astype(np.uint8)


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
