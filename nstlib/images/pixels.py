"""From the bytes of a picture file to pixels, whatever its kind, and back to whole numbers.

Between the steps, pixels are a float32 array in [0, 1] without a batch axis.
"""

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from nstlib.images.sources import BY_HAND, ImageError, one_line

MAX_PIXELS = 120_000_000  # width x height; Pillow has 4 bytes for each
LARGE = 4_000_000  # pixels; from here on a picture that shall become small is shrunk while decoded
HEADROOM = 3  # the longer side that is kept of these, over the one wanted: what Lanczos needs
STRIP = 1_000_000  # pixels of a large picture that are floats at a time
MIN_SIDE = 16  # pixels; VGG halves the picture four times, so less leaves nothing to look at
ROUNDING = 1e-3  # how far floats may stick out of 0..1
# Only these are opened: Pillow hands some others, such as EPS, to an outside program.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000", "ICO")


def open_picture(data: bytes, name: str) -> Image.Image:
    """Open a picture file; its pixels are not decoded yet."""
    if b"<html" in data[:1000].lower() or b"<!doctype html" in data[:1000].lower():
        raise ImageError(f"{name} is not a picture but a web page: {BY_HAND}.")
    Image.init()
    formats = [known for known in FORMATS if known in Image.OPEN]  # AVIF is new in Pillow 11.3
    with _errors_in_words(name):
        return Image.open(io.BytesIO(data), formats=formats)


def check_size(picture: Image.Image, name: str) -> None:
    """Refuse a picture whose pixels would fill the memory; they are not decoded for that."""
    with _errors_in_words(name):
        if math.prod(picture.size) > MAX_PIXELS:
            raise Image.DecompressionBombError


def orientation(picture: Image.Image) -> int:
    """How the picture lies, as EXIF counts it: 1 is upright, above 4 the sides are exchanged."""
    if picture.format == "TIFF":  # Pillow itself turns these
        return 1
    with contextlib.suppress(Exception):  # unreadable EXIF: the picture is taken as it lies
        return picture.getexif().get(ExifTags.Base.Orientation, 1)
    return 1


def decode(
    source: bytes | Image.Image | np.ndarray,
    name: str,
    max_side: int | None = None,
    lay: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Decode a picture, upright, into float32 (H, W, channels) in [0, 1].

    A picture of more than `LARGE` pixels comes out smaller, with means of square blocks of pixels,
    but with at least `HEADROOM` times `max_side`, so that the last step to that size is `scale`'s;
    and it is turned into floats strip by strip. A JPEG of ours is shrunk by its decoder before.

    Args:
        source: a picture file, a PIL picture, or an array that `check_array` has seen. It is not
            changed.
        name: for messages.
        max_side: the longer side that is wanted; None for the picture's own.
        lay: what makes of a strip, (H, W) or (H, W, 1, 3 or 4), the channels to return, such as
            `on_white`, which is the default.

    Raises:
        ImageError: what cannot be decoded.
    """
    lay = lay or on_white
    with _errors_in_words(name):
        if isinstance(source, np.ndarray):
            return _in_strips(
                lambda top, end: lay(_floats(source[top:end])), source.shape, max_side
            )
        picture = open_picture(source, name) if isinstance(source, bytes) else source
        lies = orientation(picture)
        if isinstance(source, bytes) and max_side and math.prod(picture.size) > LARGE:
            factor = HEADROOM * max_side / max(picture.size)
            width, height = (math.ceil(side * factor) for side in picture.size)
            picture.draft(None, (width, height))  # does nothing but for a JPEG
        picture.load()
        unit, gamma = _unit(picture, name), _gamma(picture)

        def strip(top: int, end: int) -> np.ndarray:
            part = picture
            if end - top < picture.height:
                part = picture.crop((0, top, picture.width, end))
            return lay(_brightened(_decoded(part, unit, name), gamma))

        return _upright(_in_strips(strip, picture.size[::-1], max_side), lies)


def _in_strips(
    strip: Callable[[int, int], np.ndarray], shape: Sequence[int], max_side: int | None
) -> np.ndarray:
    """Put a picture together from strips of its rows; a large one from means of its blocks."""
    height, width = shape[:2]
    if height * width <= LARGE:
        return strip(0, height)
    block = max(1, max(height, width) // (HEADROOM * max_side)) if max_side else 1
    block = min(block, height, width)
    rows = block * max(1, STRIP // (width * block))
    top, left = height % block // 2, width % block // 2  # what no block fits in, from both sides
    whole: Any = None
    for start in range(0, height // block * block, rows):
        end = min(start + rows, height // block * block)
        part = strip(top + start, top + end)[:, left : left + width // block * block]
        if block > 1:
            blocks = part.reshape((end - start) // block, block, width // block, block, -1)
            part = blocks.mean(axis=(1, 3))
        if whole is None:
            whole = np.empty((height // block, *part.shape[1:]), np.float32)
        whole[start // block : end // block] = part
    return whole


def _upright(pixels: np.ndarray, lies: int) -> np.ndarray:
    """Turn pixels (H, W, ...) that lie as EXIF says."""
    if lies in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    down, across = lies in (3, 4, 7, 8), lies in (2, 3, 6, 7)
    return np.ascontiguousarray(pixels[:: -1 if down else 1, :: -1 if across else 1])


def _unit(picture: Image.Image, name: str) -> int:
    """What white is in a picture with one number a pixel, if these are more than 8 bits."""
    if picture.mode.startswith("I"):
        # Files have 16 bits a pixel, also in the 32-bit mode "I"; Pillow's own conversion has 8.
        converted = picture.mode == "I" and picture.format is None
        return 255 if converted and np.max(np.asarray(picture), initial=0) <= 255 else 65535
    if picture.mode != "F":
        return 255
    gray = np.asarray(picture)  # files hold 0..1, Pillow's own conversions give 0..255
    high = gray.max(initial=0)
    if not high > 1 + ROUNDING:
        return 1
    # Floats that are a little, or in a few lights, above 1 are no 0..255: these would be black.
    if gray.mean() > 8 or (np.isfinite(high) and (gray == np.rint(gray)).all()):
        return 255
    check_array(gray, name)  # says what is wrong with them
    return 1


def _decoded(picture: Image.Image, unit: int, name: str) -> np.ndarray:
    """Float32 in [0, 1]: (H, W) grey, (H, W, 3), or (H, W, 4) with alpha."""
    if picture.mode.startswith("I") or picture.mode == "F":
        gray = np.asarray(picture)
        return _floats(check_array(gray if unit == 1 else gray.astype(np.float32) / unit, name))
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
    return _floats(check_array(np.dstack(bands), name))


def _gamma(picture: Image.Image) -> float:
    """The power that makes sRGB of a PNG which says so in no other way than by its gAMA chunk."""
    gamma = picture.info.get("gamma")
    known = "srgb" in picture.info or "icc_profile" in picture.info
    if known or not isinstance(gamma, (int, float)) or not 0.1 < gamma < 10:
        return 1.0
    power = 1 / (2.2 * gamma)  # 2.2: what sRGB is nearly
    return power if abs(power - 1) > 0.02 else 1.0


def _brightened(pixels: np.ndarray, power: float) -> np.ndarray:
    """Pixels to a power, without their alpha."""
    if power == 1:
        return pixels
    colours = slice(None, 3) if pixels.ndim == 3 else slice(None)
    pixels[..., colours] **= power
    return pixels


def check_array(array: np.ndarray, name: str) -> np.ndarray:
    """Check an array of pixels and give it without a batch axis; its numbers stay as they are."""
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        array = array[0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and shape[-1] in (1, 3, 4))):
        raise ImageError(
            f"{name} has shape {shape}: give (H, W), (H, W, 3), (H, W, 4) or (1, H, W, 3)."
        )
    if array.dtype in (np.uint8, np.uint16):
        return array
    if array.dtype.kind != "f":
        raise ImageError(f"{name} holds {array.dtype}: give uint8, uint16 or floats in 0..1.")
    low, high = array.min(), array.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ImageError(f"{name} holds NaN or infinity: replace these values first.")
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise ImageError(
            f"{name} has values from {low:g} to {high:g}, out of the range 0..1: scale them first."
        )
    return array


def _floats(array: np.ndarray) -> np.ndarray:
    """What `check_array` gave, as new float32 in [0, 1]."""
    if array.dtype.kind == "u":
        return np.divide(array, np.iinfo(array.dtype).max, dtype=np.float32)
    return array.astype(np.float32).clip(0, 1)


def on_white(pixels: np.ndarray) -> np.ndarray:
    """Give grey three channels, and lay what is transparent on white."""
    if pixels.ndim == 2 or pixels.shape[-1] == 1:
        return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=-1)
    if pixels.shape[-1] == 3:
        return pixels
    alpha = pixels[..., 3:]
    return (pixels[..., :3] * alpha + (1 - alpha)).clip(0, 1)


def scale(
    pixels: np.ndarray, before: tuple[int, int], max_side: int | None, name: str
) -> np.ndarray:
    """Scale down to a longer side of max_side, and refuse what is too small for a network.

    `before` is the height and width of the picture, of which the pixels may be fewer (`decode`).
    """
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
    except MemoryError:
        raise ImageError(
            f"{name} needs more memory than there is: use a smaller copy of it."
        ) from None
    except UnidentifiedImageError:
        raise ImageError(
            f"{name} is not a picture that can be read: give a JPEG, PNG, WebP, GIF or TIFF file."
        ) from None
    except Exception as error:
        raise ImageError(
            f"{name} is damaged or cut short ({one_line(error)}): get a whole copy of it."
        ) from error
