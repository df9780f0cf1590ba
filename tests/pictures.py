"""Pictures that tests make themselves, and what is asked of those that come back."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from nstlib.images import ImageError

RED, GREEN, BLUE, YELLOW = (230, 20, 30), (10, 200, 40), (20, 40, 220), (240, 230, 20)
WIDTH, HEIGHT = 48, 32


PIXELS = hnp.arrays(
    np.uint8, st.tuples(st.integers(16, 24), st.integers(16, 24), st.just(3)), fill=st.nothing()
)


def corners(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A picture with one colour in each quarter: red, green / blue, yellow."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(YELLOW, (width // 2, height // 2, width, height))
    return picture


def encode(picture: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=format, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG file by hand, for the kinds that Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    middle = b"".join(extra) + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + middle + chunk(b"IEND", b"")


def quarters(image: np.ndarray) -> np.ndarray:
    """The colours (0..255) in the middles of the quarters: top left, top right, bottom ..."""
    _, height, width, _ = image.shape
    rows, columns = [height // 4, 3 * height // 4], [width // 4, 3 * width // 4]
    return np.array([image[0, row, column] * 255 for row in rows for column in columns])


def assert_image(image: np.ndarray, width: int = WIDTH, height: int = HEIGHT) -> None:
    assert image.dtype == np.float32
    assert image.shape == (1, height, width, 3)
    assert image.min() >= 0
    assert image.max() <= 1


def assert_corners(image: np.ndarray, tolerance: float = 6) -> None:
    assert_image(image)
    np.testing.assert_allclose(quarters(image), [RED, GREEN, BLUE, YELLOW], atol=tolerance)


def refusal(call, *arguments, **options) -> str:
    """The message of the refusal: exactly an ImageError, in one line that ends properly."""
    with pytest.raises(ImageError) as caught:
        call(*arguments, **options)
    message = str(caught.value)
    assert type(caught.value) is ImageError
    assert len(message.splitlines()) == 1
    assert message.endswith(".")
    assert ": " in message or ", " in message  # the reason, then what to do
    return message


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def solid(mode: str, colour) -> Image.Image:
    return Image.new(mode, (20, 18), colour)


def cut(format: str, part: float = 0.6, **options) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), format, **options)
    return data[: int(len(data) * part)]


def good() -> bytes:
    return encode(corners(), "PNG")
