"""From an image to the bytes of a picture file: exact for the disk, small enough for a page."""

import io
from typing import Any

from PIL import Image

from nstlib.images.pixels import to_uint8

SHOWN_SIDE = 1024  # pixels; larger pictures are scaled down to keep stored notebooks small
STORED_BYTES = 150_000  # the most that a picture in a notebook may have


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """Write a picture as the bytes of a file.

    Args:
        picture: a PIL picture.
        kind: "png" or "jpeg".
        options: Pillow's for this kind, such as `quality`.

    >>> encode(Image.new("RGB", (8, 8)), "png")[1:4]
    b'PNG'
    """
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, **options)
    return buffer.getvalue()


def jpeg(image: Any) -> bytes:
    """Write an image, as for `to_uint8`, as a JPEG of at most `SHOWN_SIDE` pixels a side."""
    picture = Image.fromarray(to_uint8(image))
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.LANCZOS)
    return _lean(picture, "jpeg", quality=88)


def small_file(
    picture: Image.Image, kind: str = "jpeg", limit: int = STORED_BYTES
) -> tuple[bytes, str]:
    """Write a picture as a file that a notebook can store.

    Args:
        picture: a PIL picture.
        kind: "png" or "jpeg"; a PNG that is too large becomes a JPEG.
        limit: the most bytes; only a JPEG of the coarsest kind may have more.

    Returns the file and its kind.

    >>> data, kind = small_file(Image.new("RGB", (8, 8)), "png")
    >>> kind, len(data) < 100
    ('png', True)
    """
    fine: dict[str, Any] = {} if kind == "png" else {"quality": 90, "subsampling": 0}
    data = _lean(picture, kind, **fine)
    # What is too large has many colours, and such pictures hide the traces of a coarser JPEG.
    for quality, subsampling in ((85, 0), (75, 0), (75, 2), (60, 2), (40, 2)):
        if len(data) <= limit:
            break
        kind = "jpeg"
        data = _lean(picture, kind, quality=quality, subsampling=subsampling)
    return data, kind


def _lean(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """Write the same pixels in fewer bytes, for some milliseconds more."""
    more = {"optimize": True} | ({"progressive": True} if kind == "jpeg" else {})
    try:
        return encode(picture, kind, **options, **more)
    except OSError:  # of noise there are more bytes than Pillow then has room for
        return encode(picture, kind, **options)
