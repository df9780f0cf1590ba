"""Pictures of every odd kind come out right, and unusable ones are refused in one sentence.

The tests make all their pictures themselves.
"""

import base64
import contextlib
import hashlib
import html
import http.client
import http.server
import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, PngImagePlugin, features

from nstlib import images
from nstlib.images import (
    ImageError,
    check_output,
    example_path,
    examples,
    load_image,
    pixels,
    read_metadata,
    save_image,
    show,
    sources,
    to_uint8,
)

RED, GREEN, BLUE, YELLOW = (230, 20, 30), (10, 200, 40), (20, 40, 220), (240, 230, 20)
WIDTH, HEIGHT = 48, 32


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


# --- odd but good pictures -------------------------------------------------------------------

LOSSLESS = {
    "png": ("PNG", {}),
    "uncompressed png": ("PNG", {"compress_level": 0}),
    "bmp": ("BMP", {}),
    "tiff": ("TIFF", {}),
    "lzw tiff": ("TIFF", {"compression": "tiff_lzw"}),
    "deflated tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    "webp lossless": ("WEBP", {"lossless": True}),
    "ppm": ("PPM", {}),
    "jpeg2000": ("JPEG2000", {}),
}
LOSSY = {
    "jpeg": ("JPEG", {"quality": 95}),
    "progressive jpeg": ("JPEG", {"quality": 95, "progressive": True}),
    "subsampled jpeg": ("JPEG", {"quality": 90, "subsampling": 2}),
    "webp": ("WEBP", {"quality": 95}),
    "jpeg inside tiff": ("TIFF", {"compression": "jpeg"}),
    "avif": ("AVIF", {"quality": 95}),
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_formats_are_exact(kind):
    format, options = LOSSLESS[kind]
    image = load_image(encode(corners(), format, **options))
    assert_image(image)
    np.testing.assert_array_equal(to_uint8(image), np.asarray(corners()))


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_formats_are_close(kind):
    format, options = LOSSY[kind]
    if format == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    assert_corners(load_image(encode(corners(), format, **options)))


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    return data


# Where the quarters of the stored picture belong once it is upright.
UPRIGHT = {
    1: [RED, GREEN, BLUE, YELLOW],
    2: [GREEN, RED, YELLOW, BLUE],
    3: [YELLOW, BLUE, GREEN, RED],
    4: [BLUE, YELLOW, RED, GREEN],
    5: [RED, BLUE, GREEN, YELLOW],
    6: [BLUE, RED, YELLOW, GREEN],
    7: [YELLOW, GREEN, BLUE, RED],
    8: [GREEN, YELLOW, RED, BLUE],
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_is_applied(format, orientation):
    image = load_image(encode(corners(), format, exif=exif(orientation), quality=95))
    size = (WIDTH, HEIGHT) if orientation <= 4 else (HEIGHT, WIDTH)
    assert_image(image, *size)
    np.testing.assert_allclose(quarters(image), UPRIGHT[orientation], atol=6)


@pytest.mark.parametrize("bad", [b"Exif\0\0", b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_unreadable_exif_is_no_reason_to_refuse(bad):
    assert_corners(load_image(encode(corners(), "JPEG", exif=bad, quality=95)))


def test_orientation_that_does_not_exist_is_ignored():
    assert_corners(load_image(encode(corners(), "JPEG", exif=exif(42), quality=95)))


def solid(mode: str, colour) -> Image.Image:
    return Image.new(mode, (20, 18), colour)


# A picture of one colour, and what must come out (0..255).
SOLIDS = {
    "grey": (solid("L", 90), "PNG", (90, 90, 90)),
    "grey jpeg": (solid("L", 90), "JPEG", (90, 90, 90)),
    "grey and alpha": (solid("LA", (100, 51)), "PNG", (224, 224, 224)),  # 100 * 0.2 + 255 * 0.8
    "grey and alpha, clear": (solid("LA", (0, 0)), "PNG", (255, 255, 255)),
    "rgba, clear": (solid("RGBA", (9, 8, 7, 0)), "PNG", (255, 255, 255)),
    "rgba, a third": (solid("RGBA", (255, 0, 60, 85)), "PNG", (255, 170, 190)),
    "rgba, opaque": (solid("RGBA", (9, 8, 7, 255)), "PNG", (9, 8, 7)),
    "rgba webp": (solid("RGBA", (200, 100, 0, 0)), "WEBP", (255, 255, 255)),
    "rgba tiff": (solid("RGBA", (255, 0, 60, 85)), "TIFF", (255, 170, 190)),
    "palette": (solid("RGB", (30, 60, 90)).quantize(4), "PNG", (30, 60, 90)),
    "palette gif": (solid("RGB", (30, 60, 90)).quantize(4), "GIF", (30, 60, 90)),
    "palette bmp": (solid("RGB", (30, 60, 90)).quantize(4), "BMP", (30, 60, 90)),
    "one bit, white": (solid("1", 1), "PNG", (255, 255, 255)),
    "one bit, black": (solid("1", 0), "PNG", (0, 0, 0)),
    "one bit tiff": (solid("1", 1), "TIFF", (255, 255, 255)),
    "16 bit": (solid("I;16", 32768), "PNG", (127.5, 127.5, 127.5)),
    "16 bit tiff": (solid("I;16", 13107), "TIFF", (51, 51, 51)),
    "16 bit pgm": (solid("I", 13107), "PPM", (51, 51, 51)),
    "32 bit tiff": (solid("I", 65535), "TIFF", (255, 255, 255)),
    "float tiff, 0..1": (solid("F", 0.2), "TIFF", (51, 51, 51)),
    "float tiff, 0..255": (solid("F", 51.0), "TIFF", (51, 51, 51)),
    "cmyk tiff": (solid("CMYK", (255, 0, 0, 0)), "TIFF", (0, 255, 255)),
    "cmyk tiff, black": (solid("CMYK", (0, 0, 0, 204)), "TIFF", (51, 51, 51)),
    "cmyk jpeg": (solid("CMYK", (0, 255, 0, 0)), "JPEG", (255, 0, 255)),
    "ycbcr": (solid("RGB", (51, 51, 51)).convert("YCbCr"), "JPEG", (51, 51, 51)),
}


@pytest.mark.parametrize("kind", SOLIDS)
def test_every_kind_of_pixel_comes_out_right(kind):
    picture, format, expected = SOLIDS[kind]
    for source in (encode(picture, format), picture):
        image = load_image(source)
        assert_image(image, 20, 18)
        tolerance = 2 if format in ("JPEG", "WEBP") else 0.51
        np.testing.assert_allclose(image[0, 9, 10] * 255, expected, atol=tolerance)
        assert np.ptp(image, axis=(1, 2)).max() < 0.01


def test_16_bit_keeps_its_steps():
    steps = np.arange(400, dtype=np.uint16).reshape(20, 20) * 100
    image = load_image(encode(Image.fromarray(steps), "PNG"))
    np.testing.assert_allclose(image[0, ..., 0] * 65535, steps, atol=0.1)


def test_16_bit_is_turned_upright():
    steps = np.arange(320, dtype=np.uint16).reshape(16, 20)
    image = load_image(encode(Image.fromarray(steps), "PNG", exif=exif(3)))
    np.testing.assert_allclose(image[0, ..., 1] * 65535, steps[::-1, ::-1], atol=0.1)


def test_16_bit_colour_png():
    row = b"\0" + struct.pack(">HHH", 0xFFFF, 0x8000, 0x1000) * 16
    image = load_image(png(16, 16, 16, 2, row * 16))
    np.testing.assert_allclose(image[0, 5, 5] * 255, (255, 128, 16), atol=0.51)


def test_adobe_cmyk_jpeg_is_not_a_negative():
    data = encode(solid("CMYK", (0, 0, 255, 0)), "JPEG", quality=95)
    assert b"Adobe" in data  # Adobe's mark says that the inks are stored inverted
    np.testing.assert_allclose(load_image(data)[0, 9, 10] * 255, (255, 255, 0), atol=3)


def test_palette_with_transparency():
    picture = Image.new("P", (20, 18), 0)
    picture.putpalette([200, 10, 10, 10, 10, 200])
    picture.paste(1, (10, 0, 20, 18))
    for options in ({"transparency": 0}, {"transparency": bytes([0, 255])}):
        image = load_image(encode(picture, "PNG", **options))
        np.testing.assert_allclose(image[0, 4, 4] * 255, (255, 255, 255))
        np.testing.assert_allclose(image[0, 4, 14] * 255, (10, 10, 200), atol=0.01)
    half = load_image(encode(picture, "PNG", transparency=bytes([51, 255])))
    np.testing.assert_allclose(half[0, 4, 4] * 255, (244, 206, 206), atol=0.01)
    clear = load_image(encode(picture, "GIF", transparency=1))
    np.testing.assert_allclose(clear[0, 4, 14] * 255, (255, 255, 255))


@pytest.mark.parametrize(
    ("mode", "colour", "transparent", "left"),
    [("RGB", (9, 8, 7), (9, 8, 7), 255), ("RGB", (9, 8, 7), (9, 8, 6), 9), ("L", 9, 9, 255)],
    ids=["rgb", "rgb, another colour", "grey"],
)
def test_one_transparent_colour(mode, colour, transparent, left):
    picture = solid(mode, colour)
    picture.paste(tuple([50] * 3) if mode == "RGB" else 50, (10, 0, 20, 18))
    image = load_image(encode(picture, "PNG", transparency=transparent))
    np.testing.assert_allclose(image[0, 4, [4, 14], 0] * 255, [left, 50], atol=0.01)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_animation_gives_its_first_frame(format):
    frames = [solid("RGB", colour) for colour in (RED, GREEN, BLUE)]
    more = {} if format == "TIFF" else {"duration": 50, "loop": 0}
    more |= {"lossless": True} if format == "WEBP" else {}
    data = encode(frames[0], format, save_all=True, append_images=frames[1:], **more)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.n_frames == 3
    np.testing.assert_allclose(load_image(data)[0, 9, 10] * 255, RED, atol=1)


def test_phone_picture_with_a_second_one_inside():
    data = encode(corners(), "MPO", save_all=True, append_images=[solid("RGB", GREEN)], quality=95)
    assert_corners(load_image(data))


def test_icon_gives_its_largest_picture():
    data = encode(corners(32, 32), "ICO", sizes=[(16, 16), (32, 32)])
    assert_image(load_image(data), 32, 32)


def number(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(number, values))


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def colour_profile(space: bytes, **tags: bytes) -> bytes:
    """A colour profile by hand, as Pillow makes none but sRGB."""
    text = b"nst test profile\0"
    everything = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78 + 1),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1, 0.8249),
    } | {name.encode(): data for name, data in tags.items()}
    table, body, offset = b"", b"", 128 + 4 + 12 * len(everything)
    for tag, data in everything.items():
        table += tag + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    rest = struct.pack(">I", len(everything)) + table + body
    size, version = 128 + len(rest), 0x02100000
    header = struct.pack(">I4sI4s4s4s", size, b"none", version, b"mntr", space, b"XYZ ")
    header = header.ljust(36, b"\0") + b"acsp"
    header = header.ljust(68, b"\0") + number(0.9642) + number(1) + number(0.8249)
    return header.ljust(128, b"\0") + rest


def swapped_profile() -> bytes:
    """A colour profile in which red and blue have changed places."""
    curves = {"rTRC": gamma(2.2), "gTRC": gamma(2.2), "bTRC": gamma(2.2)}
    red, blue = xyz(0.4361, 0.2225, 0.0139), xyz(0.1431, 0.0606, 0.7139)
    green = xyz(0.3851, 0.7169, 0.0971)
    return colour_profile(b"RGB ", rXYZ=blue, gXYZ=green, bXYZ=red, **curves)


def test_grey_picture_has_a_profile_of_its_own():
    linear = colour_profile(b"GRAY", kTRC=gamma(1))  # half the light is 188 in sRGB
    for format in ("PNG", "JPEG"):
        image = load_image(encode(solid("L", 128), format, icc_profile=linear))
        np.testing.assert_allclose(image[0, 9, 10] * 255, (188, 188, 188), atol=2)


def test_colour_profile_is_converted_to_srgb():
    for picture, red in (
        (solid("RGB", (255, 0, 0)), (0, 0, 255)),
        (solid("RGB", (0, 0, 255)), (255, 0, 0)),
    ):
        image = load_image(encode(picture, "PNG", icc_profile=swapped_profile()))
        np.testing.assert_allclose(image[0, 9, 10] * 255, red, atol=8)


def test_colour_profile_and_transparency_together():
    data = encode(solid("RGBA", (255, 0, 0, 51)), "PNG", icc_profile=swapped_profile())
    np.testing.assert_allclose(load_image(data)[0, 9, 10] * 255, (204, 204, 255), atol=3)


@pytest.mark.parametrize("profile", [b"rubbish", bytes(200)], ids=["rubbish", "zeros"])
def test_broken_colour_profile_is_ignored(profile):
    data = encode(corners(), "PNG", icc_profile=profile)
    np.testing.assert_array_equal(to_uint8(load_image(data)), np.asarray(corners()))


def test_profile_of_another_kind_of_picture_is_ignored():
    image = load_image(encode(solid("L", 90), "JPEG", icc_profile=swapped_profile()))
    np.testing.assert_allclose(image[0, 9, 10] * 255, (90, 90, 90), atol=1)


# --- sources ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["a.png", "no suffix", "wrong suffix.jpg", "Ünïcode ♥.png", "#%20.png"]
)
def test_paths(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(encode(corners(), "PNG"))
    for source in (path, str(path)):
        assert_corners(load_image(source), tolerance=0)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes(kind):
    assert_corners(load_image(kind(encode(corners(), "PNG"))), tolerance=0)


@pytest.mark.parametrize(
    "array",
    [
        np.asarray(corners()),
        np.asarray(corners())[np.newaxis],
        np.asarray(corners()).astype(np.uint16) * 257,
        np.asarray(corners()) / 255,
        (np.asarray(corners()) / 255).astype(np.float32)[np.newaxis],
        (np.asarray(corners()) / 255).astype(np.float16),
        np.asarray(corners().convert("RGBA")),
        np.asfortranarray(np.asarray(corners())),
        (np.asarray(corners()) / 255).astype(">f8"),
    ],
    ids=[
        "uint8",
        "batch",
        "uint16",
        "float64",
        "float32-batch",
        "float16",
        "rgba",
        "fortran",
        "big-endian",
    ],
)
def test_arrays(array):
    before = array.copy()
    array.flags.writeable = False
    assert_corners(load_image(array), tolerance=0.2)
    assert_image(load_image(array, max_side=24), 24, 16)
    np.testing.assert_array_equal(array, before)


def test_array_with_alpha_is_laid_on_white():
    array = np.zeros((16, 16, 4), np.float32)
    array[..., 0], array[..., 3] = 1, 0.25
    np.testing.assert_allclose(load_image(array)[0, 0, 0], (1, 0.75, 0.75), atol=1e-6)


@pytest.mark.parametrize("shape", [(16, 20), (16, 20, 1)])
def test_grey_array(shape):
    image = load_image(np.full(shape, 0.3))
    assert_image(image, 20, 16)
    np.testing.assert_allclose(image, 0.3, atol=1e-6)


def test_rounding_errors_of_an_array_are_clipped():
    image = load_image(np.full((16, 16, 3), 1.00001))
    assert image.max() == 1


def test_result_is_a_copy_of_the_array():
    array = np.full((1, 16, 16, 3), 0.5, np.float32)
    load_image(array)[:] = 0
    assert (array == 0.5).all()


def test_anything_that_numpy_understands_is_an_array():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            return np.full((1, 16, 16, 3), 0.25, np.float32)

    assert (load_image(Tensor()) == 0.25).all()
    assert (to_uint8(Tensor()) == 64).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK", "I", "F", "1"])
def test_pil_picture_is_not_changed(mode):
    picture = (solid("F", 0.5) if mode == "F" else corners()).convert(mode)
    picture.info["note"] = "mine"
    before = picture.copy()
    load_image(picture, max_side=picture.width - 1)[:] = 0.5
    assert (picture.mode, picture.size, picture.info) == (before.mode, before.size, before.info)
    assert picture.tobytes() == before.tobytes()


def test_rotated_pil_picture_is_not_changed():
    picture = Image.open(io.BytesIO(encode(corners(), "JPEG", exif=exif(6), quality=95)))
    assert_image(load_image(picture, max_side=30), 20, 30)
    assert picture.size == (WIDTH, HEIGHT)
    assert picture.getexif()[0x0112] == 6


def test_file_is_not_changed_nor_kept_open(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encode(corners(), "PNG"))
    before = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_image(path)
    assert path.read_bytes() == before


# --- scaling ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "max_side", "expected"),
    [
        ((400, 300), 200, (200, 150)),
        ((300, 400), 200, (150, 200)),
        ((400, 300), 400, (400, 300)),
        ((40, 30), 200, (40, 30)),  # never enlarged
        ((1000, 16), 1000, (1000, 16)),
        ((101, 67), 50, (50, 33)),
        ((400, 300), np.int64(200), (200, 150)),
    ],
    ids=str,
)
def test_max_side(size, max_side, expected):
    assert_image(load_image(Image.new("RGB", size), max_side=max_side), *expected)


def test_scaling_keeps_colours_in_place():
    image = load_image(corners(960, 640), max_side=48)
    assert_corners(image, tolerance=1)


def test_scaling_stays_in_range():
    """Lanczos overshoots at sharp edges."""
    edge = np.zeros((100, 100, 3), np.float32)
    edge[:, 50:] = 1
    assert_image(load_image(edge, max_side=33), 33, 33)


@pytest.mark.parametrize("source", ["picture", "array", "16 bit"])
def test_scaling_is_antialiased(source):
    board = np.indices((256, 256)).sum(axis=0) % 2
    if source == "picture":
        image = load_image(Image.fromarray((board * 255).astype(np.uint8)), max_side=64)
    elif source == "array":
        image = load_image(board.astype(np.float32), max_side=64)
    else:
        image = load_image(Image.fromarray((board * 65535).astype(np.uint16)), max_side=64)
    np.testing.assert_allclose(image, 0.5, atol=0.02)


def test_scaling_does_not_bleed_hidden_colours():
    """What is fully transparent may have any colour, and must not shine through."""
    array = np.zeros((64, 64, 4), np.uint8)
    array[:, :32] = (255, 0, 0, 0)
    array[:, 32:] = (255, 255, 255, 255)
    np.testing.assert_allclose(load_image(array, max_side=16), 1, atol=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(16, 400), st.integers(16, 400), st.integers(16, 300))
def test_aspect_ratio_is_kept(width, height, max_side):
    factor = min(1, max_side / max(width, height))
    picture = Image.new("RGB", (width, height), RED)
    if min(round(width * factor), round(height * factor)) < 16:
        assert f"max_side={max_side}" in refusal(load_image, picture, max_side=max_side)
        return
    _, rows, columns, _ = load_image(picture, max_side=max_side).shape
    assert max(rows, columns) == min(max_side, max(width, height))
    assert abs(rows - height * factor) <= 0.5
    assert abs(columns - width * factor) <= 0.5


# --- refusals: files and pictures in memory --------------------------------------------------


def cut(format: str, part: float = 0.6, **options) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), format, **options)
    return data[: int(len(data) * part)]


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""
    return png(width, height, 8, 2, b"\0")


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def good() -> bytes:
    return encode(corners(), "PNG")


BAD_FILES = {
    "empty": (b"", "empty"),
    "text": (b"this is no picture\n" * 20, "not a picture"),
    "one byte": (b"\x89", "not a picture"),
    "zeros": (bytes(1000), "not a picture"),
    "web page": (b"<!DOCTYPE html><html><body>404</body></html>", "not a picture"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "not a picture"),
    "pdf": (b"%PDF-1.7\n1 0 obj\n", "not a picture"),
    "postscript": (encode(corners(), "EPS"), "not a picture"),
    "zip": (b"PK\x03\x04" + bytes(100), "not a picture"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50), "not a picture"),
    "numpy": (b"\x93NUMPY\x01\0" + bytes(100), "not a picture"),
    "only the signature of png": (b"\x89PNG\r\n\x1a\n", "not a picture"),
    "only the start of jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "damaged|not a picture"),
    "cut jpeg": (cut("JPEG"), "damaged or cut short"),
    "cut progressive jpeg": (cut("JPEG", progressive=True), "damaged or cut short"),
    "jpeg without its end": (cut("JPEG", 0.97), "damaged or cut short"),
    "cut png": (cut("PNG"), "damaged or cut short"),
    "cut gif": (cut("GIF"), "damaged or cut short"),
    "cut webp": (cut("WEBP"), "damaged or cut short|not a picture"),
    "cut bmp": (cut("BMP"), "damaged or cut short"),
    "cut tiff": (cut("TIFF"), "damaged or cut short|not a picture"),
    "cut ppm": (cut("PPM"), "damaged or cut short"),
    "cut jpeg2000": (cut("JPEG2000"), "damaged or cut short|not a picture"),
    "cut ico": (cut("ICO"), "damaged or cut short|not a picture"),
    "png without pixels": (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)),
        "damaged or cut short|not a picture",
    ),
    "png with a wrong checksum": (flipped(good(), 20), "not a picture|damaged"),
    "png with broken pixels": (png(32, 32, 8, 2, b"\0" * 40), "damaged or cut short"),
    "png of no width": (png(0, 32, 8, 2, b""), "not a picture|damaged|shape"),
    "png bomb": (claims(20_000, 20_000), "too many pixels"),
    "png bomb, mild": (claims(9_000, 9_000), "too many pixels"),
    "png bomb, gigantic": (claims(2**31 - 1, 2**31 - 1), "too many pixels|not a picture"),
    "png bomb, one line": (claims(100_000_000, 1), "too many pixels"),
    "gif bomb": (
        b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0),
        "too many|not a pic|dam",
    ),
    "bmp bomb": (
        b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 90, 0, 0, 54, 40, 30000, 30000, 1, 24, 0, 0, 0, 0, 0, 0),
        "too many pixels",
    ),
    "too small": (encode(Image.new("RGB", (15, 40)), "PNG"), "too small"),
    "one pixel": (encode(Image.new("RGB", (1, 1)), "GIF"), "too small"),
    "a line": (encode(Image.new("RGB", (3000, 2)), "PNG"), "too small"),
    "float tiff with nan": (encode(solid("F", float("nan")), "TIFF"), "NaN"),
    "float tiff out of range": (encode(solid("F", 1e9), "TIFF"), "out of the range"),
    "32 bit tiff out of range": (encode(solid("I", 2_000_000_000), "TIFF"), "out of the range"),
    "32 bit tiff below zero": (encode(solid("I", -70_000), "TIFF"), "out of the range"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_file_is_refused(tmp_path, kind):
    data, keyword = BAD_FILES[kind]
    path = tmp_path / "odd one.png"
    path.write_bytes(data)
    for source in (path, str(path)):
        message = refusal(load_image, source)
        assert "odd one.png" in message
        assert re.search(keyword, message)


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_bytes_are_refused(kind):
    data, keyword = BAD_FILES[kind]
    message = refusal(load_image, data)
    assert message.startswith("the picture in memory")
    assert re.search(keyword, message)


@pytest.mark.parametrize("kind", [kind for kind in BAD_FILES if "bomb" in kind])
def test_bomb_is_refused_before_it_is_decoded(monkeypatch, kind):
    def explode(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", explode)
    refusal(load_image, BAD_FILES[kind][0])


def test_a_stricter_limit_of_pillow_is_kept(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert "too many pixels" in refusal(load_image, good())


def test_pixel_limit(monkeypatch):
    monkeypatch.setattr(pixels, "MAX_PIXELS", WIDTH * HEIGHT)
    assert_corners(load_image(good()))
    monkeypatch.setattr(pixels, "MAX_PIXELS", WIDTH * HEIGHT - 1)
    assert "too many pixels" in refusal(load_image, good())
    assert "too many pixels" in refusal(load_image, corners())


def test_byte_limit(monkeypatch, tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(good())
    monkeypatch.setattr(sources, "MAX_BYTES", len(good()))
    assert_corners(load_image(path))
    monkeypatch.setattr(sources, "MAX_BYTES", len(good()) - 1)
    assert "too large" in refusal(load_image, good())
    message = refusal(load_image, path)
    assert "too large" in message
    assert "big.png" in message


def test_huge_file_is_not_read_whole(tmp_path):
    path = tmp_path / "sparse.png"
    with path.open("wb") as file:
        file.truncate(200_000_000_000)  # takes no room on the disk
    assert "too large, over 50 MB" in refusal(load_image, path)


def test_missing_file(tmp_path):
    for name in ("missing.png", "no/such/folder/missing.png"):
        message = refusal(load_image, tmp_path / name)
        assert name in message
        assert "is missing" in message


def test_file_as_a_folder(tmp_path):
    (tmp_path / "a.png").write_bytes(good())
    assert "missing" in refusal(load_image, tmp_path / "a.png" / "b.png")


def test_folder(tmp_path):
    message = refusal(load_image, tmp_path)
    assert tmp_path.name in message
    assert "is a folder" in message


def test_dangling_link(tmp_path):
    (tmp_path / "link.png").symlink_to(tmp_path / "gone.png")
    assert "link.png' is missing" in refusal(load_image, tmp_path / "link.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "pipe.png' is not an ordinary file" in refusal(load_image, tmp_path / "pipe.png")


def test_file_without_permission(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")  # chmod would not stop root

    path = tmp_path / "secret.png"
    path.write_bytes(good())
    monkeypatch.setattr(Path, "open", denied)
    message = refusal(load_image, path)
    assert "secret.png" in message
    assert "Permission denied" in message


@pytest.mark.parametrize("name", ["two\nlines.png", "x" * 5000, "nul\0.png", ""], ids=repr)
def test_strange_names(name):
    assert len(refusal(load_image, name)) < 500


# --- refusals: arrays, pictures, types, options ----------------------------------------------

BAD_ARRAYS = {
    "one axis": (np.zeros(30), "shape"),
    "two channels": (np.zeros((30, 30, 2)), "shape"),
    "five channels": (np.zeros((30, 30, 5)), "shape"),
    "channels first": (np.zeros((3, 30, 30)), "shape"),
    "batch of two": (np.zeros((2, 30, 30, 3)), "shape"),
    "five axes": (np.zeros((1, 1, 30, 30, 3)), "shape"),
    "nothing": (np.zeros((0, 30, 3)), "shape"),
    "single number": (np.float32(0.5), "shape"),
    "whole numbers": (np.zeros((30, 30, 3), np.int64), "int64"),
    "yes and no": (np.zeros((30, 30, 3), bool), "bool"),
    "texts": (np.full((30, 30, 3), "x"), "<U1"),
    "complex": (np.zeros((30, 30, 3), complex), "complex128"),
    "objects": (np.full((30, 30, 3), None), "object"),
    "nan": (np.full((30, 30, 3), np.nan), "NaN"),
    "infinity": (np.full((30, 30, 3), -np.inf), "NaN or infinity"),
    "0..255 floats": (np.full((30, 30, 3), 255.0), "out of the range"),
    "-1..1 floats": (np.full((30, 30, 3), -1.0), "out of the range"),
    "too small": (np.zeros((15, 30, 3)), "too small"),
}


@pytest.mark.parametrize("kind", BAD_ARRAYS)
def test_bad_array_is_refused(kind):
    array, keyword = BAD_ARRAYS[kind]
    message = refusal(load_image, array)
    assert message.startswith("the array")
    assert keyword in message


@pytest.mark.parametrize(
    "source", [None, 5, 0.5, [[1, 2], [3, 4]], {"path": "a.png"}, open, object()]
)
def test_wrong_type_is_refused(source):
    message = refusal(load_image, source)
    assert type(source).__name__ in message
    assert "cannot be loaded" in message


def test_bad_pil_pictures(tmp_path):
    path = tmp_path / "cut.png"
    path.write_bytes(cut("PNG"))
    message = refusal(load_image, Image.open(path))
    assert message.startswith("the picture in memory is damaged or cut short")
    assert "shape" in refusal(load_image, Image.new("RGB", (0, 20)))
    closed = Image.open(io.BytesIO(good()))
    closed.close()
    assert "the picture in memory" in refusal(load_image, closed)


@pytest.mark.parametrize(
    "max_side", [0, -5, 15, 256.0, "256", True, float("nan"), [256], np.zeros((9, 9))], ids=repr
)
def test_bad_max_side(max_side):
    message = refusal(load_image, corners(), max_side=max_side)
    assert message.startswith("max_side is")
    assert "16 or more" in message


def test_narrow_picture_names_the_scaled_size(tmp_path):
    path = tmp_path / "panorama.png"
    path.write_bytes(encode(Image.new("L", (2000, 40)), "PNG"))
    assert_image(load_image(path), 2000, 40)
    message = refusal(load_image, path, max_side=500)
    assert "panorama.png" in message
    assert "500 x 10 pixels when scaled to max_side=500" in message


# --- downloads -------------------------------------------------------------------------------


class Answers(http.server.BaseHTTPRequestHandler):
    """What the little server says to each path."""

    def do_GET(self):
        with contextlib.suppress(OSError):  # the client may have hung up
            getattr(self, "answer_" + self.path.split("?")[0].strip("/").split(".")[0])()

    def start(self, code=200, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def answer_good(self):
        self.start(Content_Type="image/png")
        self.wfile.write(good())

    def answer_agent(self):
        assert self.headers["User-Agent"] == "nstlib"
        self.answer_good()

    def answer_empty(self):
        self.start()

    def answer_page(self):
        self.start()
        self.wfile.write(b"<html>a page about the picture</html>")

    def answer_gone(self):
        self.send_error(404)

    def answer_forbidden(self):
        self.send_error(403)

    def answer_broken(self):
        self.send_error(500)

    def answer_rubbish(self):
        self.wfile.write(b"what?\r\n\r\n")

    def answer_large(self):  # no Content-Length, and no end either
        self.start()
        while True:
            self.wfile.write(bytes(65536))

    def answer_liar(self):
        self.start(**{"Content-Length": "10"})
        self.wfile.write(good())

    def answer_cut(self):
        self.start(**{"Content-Length": str(len(good()) + 5)})
        self.wfile.write(good())

    def answer_silent(self):
        self.server.over.wait(20)

    def answer_drip(self):
        self.start()
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()

    def answer_dripping_headers(self):
        self.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()

    def answer_moved(self):
        self.start(302, Location="/good.png")

    def answer_downgrade(self):
        self.start(302, Location="http://localhost/good.png")

    def answer_to_ftp(self):
        self.start(301, Location="ftp://localhost/good.png")

    def answer_to_file(self):
        self.start(301, Location="file:///etc/passwd")

    def answer_circle(self):
        self.start(302, Location="/circle.png")

    def log_message(self, *_):
        pass


@pytest.fixture
def site(monkeypatch):
    """The address of a real local server, only without the encryption of https."""

    class Plain(http.client.HTTPConnection):
        def __init__(self, host, timeout, **_):  # the rest is about encryption
            super().__init__(host, timeout=timeout)

    monkeypatch.setattr(http.client, "HTTPSConnection", Plain)
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.over = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "path", ["/good.png", "/agent.png", "/moved.png", "/good.png?naïve=à côté#é", "/good.png "]
)
def test_download(site, path):
    assert_corners(load_image(site + path), tolerance=0)


def test_scheme_in_capitals(site):
    assert_corners(load_image(site.replace("https", "HTTPS") + "/good.png", max_side=100))


@pytest.mark.parametrize(
    ("page", "keyword"),
    [
        ("empty", "is empty"),
        ("page", "is not a picture"),
        ("gone", "the server answers 404 Not Found"),
        ("forbidden", "the server answers 403"),
        ("broken", "the server answers 500"),
        ("rubbish", r"cannot be downloaded \(what\?\)"),
        ("liar", "damaged or cut short|not a picture"),
        ("cut", "cannot be downloaded .*IncompleteRead"),
        ("downgrade", "leads on to 'http://localhost/good.png', which is not https"),
        ("to_ftp", "leads on to 'ftp://localhost/good.png', which is not https"),
        ("to_file", "cannot be downloaded .*not allowed"),
        ("circle", "the server answers 302"),
    ],
)
def test_bad_download_is_refused(site, page, keyword):
    message = refusal(load_image, f"{site}/{page}.png")
    assert f"{site}/{page}.png" in message
    assert re.search(keyword, message)


def test_endless_download_is_refused(site, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 500_000)
    message = refusal(load_image, f"{site}/large.png")
    assert "too large, over 0.5 MB" in message
    assert "large.png" in message


@pytest.mark.parametrize("page", ["silent", "drip", "dripping_headers"])
def test_slow_download_is_refused(site, monkeypatch, page):
    monkeypatch.setattr(sources, "DOWNLOAD_SECONDS", 0.6)
    monkeypatch.setattr(sources, "READ_SECONDS", 0.3)
    start = time.monotonic()
    message = refusal(load_image, f"{site}/{page}.png")
    assert "is too slow" in message
    assert f"{page}.png" in message
    assert time.monotonic() - start < 5


def test_silence_ends_sooner_than_the_whole_limit(site, monkeypatch):
    monkeypatch.setattr(sources, "READ_SECONDS", 0.3)
    start = time.monotonic()
    assert "is too slow" in refusal(load_image, f"{site}/silent.png")
    assert time.monotonic() - start < 5


def test_download_stops_by_itself(site, monkeypatch):
    """The thread behind a slow download must not go on after the refusal."""
    monkeypatch.setattr(sources, "DOWNLOAD_SECONDS", 0.3)
    refusal(load_image, f"{site}/drip.png")
    end = time.monotonic() + 5
    while any("ThreadPool" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_server_that_is_not_there(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    message = refusal(load_image, "https://127.0.0.1:9/a.png")
    assert "https://127.0.0.1:9/a.png" in message
    assert "cannot be downloaded" in message


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/a.png",
        "ftp://example.org/a.png",
        "file:///etc/passwd",
        "s3://bucket/a.png",
    ],
)
def test_only_https(monkeypatch, address):
    monkeypatch.setattr(sources, "_fetch", None)  # nothing may be asked for
    message = refusal(load_image, address)
    assert address in message
    assert "not an https address" in message


@pytest.mark.parametrize("address", ["https://", "https:///a.png", "https://[::1/a.png"])
def test_addresses_without_sense(address):
    message = refusal(load_image, address)
    assert address in message
    assert "cannot be downloaded" in message


# --- to_uint8 --------------------------------------------------------------------------------


def test_to_uint8_clips_and_rounds():
    values = np.array([-0.5, 0, 0.5 / 255 + 1e-4, 0.499 / 255, 1, 1.7]).reshape(1, 1, 2, 3)
    result = to_uint8(values)
    assert result.dtype == np.uint8
    assert result.tolist() == [[[0, 0, 1], [0, 255, 255]]]


@pytest.mark.parametrize("shape", [(1, 4, 5, 3), (4, 5, 3)])
def test_to_uint8_shapes(shape):
    assert to_uint8(np.zeros(shape)).shape == (4, 5, 3)


def test_to_uint8_copies():
    pixels = np.full((2, 2, 3), 7, np.uint8)
    to_uint8(pixels)[:] = 0
    assert (pixels == 7).all()


@pytest.mark.parametrize(
    ("image", "keyword"),
    [
        (np.zeros((2, 4, 4, 3)), "shape"),
        (np.zeros((4, 4)), "shape"),
        (np.zeros((4, 4, 4)), "shape"),
        (np.zeros((1, 0, 4, 3)), "shape"),
        (np.zeros((4, 4, 3), np.int32), "int32"),
        (np.full((4, 4, 3), np.nan), "NaN"),
        (np.full((4, 4, 3), np.inf), "infinity"),
        ("a.png", "shape"),
        (None, "shape"),
    ],
    ids=["batch", "grey", "rgba", "empty", "int32", "nan", "inf", "text", "none"],
)
def test_to_uint8_refuses(image, keyword):
    assert keyword in refusal(to_uint8, image)


PIXELS = hnp.arrays(
    np.uint8, st.tuples(st.integers(16, 24), st.integers(16, 24), st.just(3)), fill=st.nothing()
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(PIXELS)
def test_loading_and_to_uint8_are_inverse(pixels):
    before = pixels.copy()
    np.testing.assert_array_equal(to_uint8(load_image(pixels)), before)
    np.testing.assert_array_equal(pixels, before)


# --- save_image and read_metadata ------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(PIXELS, st.dictionaries(st.text(), JSON, max_size=4))
def test_png_round_trip_is_exact(tmp_path_factory, pixels, metadata):
    image = (pixels / np.float32(255))[np.newaxis]
    before = image.copy()
    path = tmp_path_factory.mktemp("round") / "trip.png"
    assert save_image(image, path, metadata) == path
    np.testing.assert_array_equal(to_uint8(load_image(path)), pixels)
    assert read_metadata(path) == metadata
    np.testing.assert_array_equal(image, before)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(metadata=st.dictionaries(st.text(), JSON, max_size=4))
def test_jpeg_keeps_metadata(tmp_path_factory, metadata):
    path = tmp_path_factory.mktemp("jpeg") / "a.jpg"
    save_image(load_image(corners()), path, metadata)
    assert_corners(load_image(path), tolerance=4)
    assert read_metadata(path) == metadata


@pytest.mark.parametrize(
    ("name", "format"), [("a.png", "PNG"), ("a.PNG", "PNG"), ("a.jpg", "JPEG"), ("a.JPEG", "JPEG")]
)
def test_suffix_gives_the_format(tmp_path, name, format):
    save_image(load_image(corners()), str(tmp_path / name))
    with Image.open(tmp_path / name) as picture:
        assert picture.format == format
    assert read_metadata(tmp_path / name) == {}
    assert os.listdir(tmp_path) == [name]


def test_jpeg_keeps_colour_edges(tmp_path):
    """Without subsampling, stripes of one pixel keep their colours."""
    stripes = np.zeros((1, 32, 32, 3))
    stripes[:, :, ::2, 0] = 1
    save_image(stripes, tmp_path / "a.jpg")
    np.testing.assert_allclose(load_image(tmp_path / "a.jpg"), stripes, atol=0.15)


def test_numpy_numbers_in_metadata(tmp_path):
    save_image(corners(), tmp_path / "a.png", {"loss": np.float32(0.5), "steps": np.int64(7)})
    assert read_metadata(tmp_path / "a.png") == {"loss": 0.5, "steps": 7}


@pytest.mark.parametrize("text", ["not json", "[1, 2]", "5", ""])
def test_foreign_text_is_no_metadata(tmp_path, text):
    info = PngImagePlugin.PngInfo()
    info.add_text("nstlib", text)
    (tmp_path / "a.png").write_bytes(encode(corners(), "PNG", pnginfo=info))
    (tmp_path / "a.jpg").write_bytes(encode(corners(), "JPEG", comment=f"nstlib {text}"))
    (tmp_path / "b.jpg").write_bytes(encode(corners(), "JPEG", comment='{"seed": 1}'))
    (tmp_path / "a.gif").write_bytes(encode(corners(), "GIF", comment=b"\xff\xfe"))
    for name in ("a.png", "a.jpg", "b.jpg", "a.gif"):
        assert read_metadata(tmp_path / name) == {}


def test_read_metadata_downloads_nothing(monkeypatch):
    monkeypatch.setattr(sources, "_fetch", None)
    assert "is missing" in refusal(read_metadata, "https://example.org/a.png")


def test_read_metadata_refuses(tmp_path):
    assert "is missing" in refusal(read_metadata, tmp_path / "gone.png")
    (tmp_path / "a.png").write_bytes(b"text")
    assert "a.png' is not a picture" in refusal(read_metadata, tmp_path / "a.png")


BAD_SAVES = {
    "gif": ("a.gif", {}, "end in .png, .jpg or .jpeg"),
    "no suffix": ("a", {}, "end in .png"),
    "missing folder": ("no/a.png", {}, "folder"),
    "existing": ("there.png", {"overwrite": False}, "already exists"),
    "list as metadata": ("a.png", {"metadata": [1]}, "metadata is not a dict"),
    "text as metadata": ("a.png", {"metadata": "seed"}, "metadata is not a dict"),
    "object in metadata": ("a.png", {"metadata": {"x": object()}}, "JSON"),
    "array in metadata": ("a.png", {"metadata": {"x": np.zeros(3)}}, "JSON"),
    "tuple as key": ("a.png", {"metadata": {(1, 2): 3}}, "JSON"),
    "too much for jpeg": ("a.jpg", {"metadata": {"x": "y" * 70_000}}, "save a .png"),
    "a folder of that name": ("folder.png", {}, "is a folder"),
    "a name too long": ("x" * 300 + ".png", {}, "cannot be written"),
}


@pytest.mark.parametrize("kind", BAD_SAVES)
def test_bad_save_is_refused(tmp_path, kind):
    name, options, keyword = BAD_SAVES[kind]
    (tmp_path / "there.png").write_bytes(b"old")
    (tmp_path / "folder.png").mkdir()
    message = refusal(save_image, corners(), tmp_path / name, **options)
    assert name[-50:] in message
    assert keyword in message
    assert sorted(os.listdir(tmp_path)) == ["folder.png", "there.png"]
    assert (tmp_path / "there.png").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["new.png", "new.JPG", "there.png"])
def test_check_output_accepts_and_touches_nothing(tmp_path, name):
    (tmp_path / "there.png").write_bytes(b"old")
    assert check_output(tmp_path / name) is None
    check_output(str(tmp_path / name), overwrite=name == "there.png")
    assert os.listdir(tmp_path) == ["there.png"]
    assert (tmp_path / "there.png").read_bytes() == b"old"


def test_check_output_looks_for_permission_to_write(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert "does not allow writing" in refusal(check_output, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "overwrite", "keyword"),
    [
        ("a.gif", True, "end in .png, .jpg or .jpeg"),
        ("a", True, "end in .png"),
        ("no/a.png", True, "make its folder first"),
        ("there.png/a.png", True, "make its folder first"),
        ("there.png", False, "already exists"),
        ("folder.png", False, "is a folder"),
    ],
)
def test_check_output_refuses_in_the_words_of_save_image(tmp_path, name, overwrite, keyword):
    (tmp_path / "there.png").write_bytes(b"old")
    (tmp_path / "folder.png").mkdir()
    message = refusal(check_output, tmp_path / name, overwrite)
    assert name in message
    assert keyword in message
    assert refusal(save_image, corners(), tmp_path / name, overwrite=overwrite) == message


def test_existing_output_names_both_ways_out(tmp_path):
    (tmp_path / "there.png").write_bytes(b"old")
    message = refusal(check_output, tmp_path / "there.png", overwrite=False)
    assert "overwrite=True" in message
    assert "--overwrite" in message


def test_check_output_without_permission(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")  # chmod would not stop root

    monkeypatch.setattr(Path, "is_dir", denied)
    message = refusal(check_output, tmp_path / "a.png")
    assert "a.png' cannot be written (Permission denied)" in message


def test_output_is_checked_before_the_image(tmp_path):
    """Whoever gives a wrong name learns that first, as it is what `check_output` says."""
    wrong = np.full((16, 16, 3), np.nan)
    assert "end in .png" in refusal(save_image, wrong, tmp_path / "a.gif")
    assert "folder" in refusal(save_image, wrong, tmp_path / "no" / "a.png")


def test_bad_image_is_not_saved(tmp_path):
    refusal(save_image, np.full((16, 16, 3), np.nan), tmp_path / "a.png")
    assert os.listdir(tmp_path) == []


def test_saving_replaces(tmp_path):
    path = tmp_path / "a.png"
    save_image(np.zeros((16, 16, 3)), path, {"seed": 1})
    save_image(np.ones((16, 16, 3)), path, {"seed": 2})
    assert load_image(path).min() == 1
    assert read_metadata(path) == {"seed": 2}


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_leaves_the_old_file(tmp_path, monkeypatch, step, error):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    write_bytes = Path.write_bytes

    def half(self, data):
        write_bytes(self, data[: len(data) // 2])
        raise error

    def fail(*_):
        raise error

    if step == "write_bytes":
        monkeypatch.setattr(Path, "write_bytes", half)
    else:
        monkeypatch.setattr(os, "replace", fail)
    if isinstance(error, OSError):
        message = refusal(save_image, corners(), path)
        assert "a.png' cannot be written (No space left on device)" in message
    else:
        with pytest.raises(KeyboardInterrupt):
            save_image(corners(), path)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.png"]


def test_the_file_never_appears_half_written(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    seen = []
    write_bytes = Path.write_bytes

    def watch(self, data):
        seen.append(self)
        return write_bytes(self, data)

    monkeypatch.setattr(Path, "write_bytes", watch)
    save_image(corners(), path)
    assert len(seen) == 1
    assert seen[0] != path
    assert seen[0].parent == path.parent  # os.replace is only atomic within one disk


@pytest.fixture
def closed_folder(tmp_path, monkeypatch):
    """The current folder does not allow writing; the home folder, which is returned, does."""
    home, access = tmp_path / "home", os.access
    home.mkdir()
    (tmp_path / "closed").mkdir()
    monkeypatch.chdir(tmp_path / "closed")
    monkeypatch.setattr(Path, "home", lambda: home)
    # Permissions would not stop root.
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != "." and access(path, mode))
    yield home
    assert os.listdir(tmp_path / "closed") == []


def test_a_bare_name_in_a_closed_folder_is_saved_at_home(closed_folder, capsys):
    for seed in (1, 2):  # as when the cell is run twice
        path = save_image(corners(), "mine.png", {"seed": seed})
    assert path == closed_folder / "nst-paintings" / "mine.png"
    assert read_metadata(path) == {"seed": 2}
    said = f"This folder does not allow writing: the picture is in {path}\n"
    assert capsys.readouterr().out == 2 * said
    assert os.listdir(path.parent) == ["mine.png"]
    assert "already exists" in refusal(save_image, corners(), "mine.png", overwrite=False)


@pytest.mark.parametrize("obstacle", ["a file", "no home", "no permission"])
def test_without_a_home_folder_it_is_saved_among_temporary_files(
    closed_folder, monkeypatch, capsys, obstacle
):
    access = os.access
    if obstacle == "a file":
        (closed_folder / "nst-paintings").write_text("not a folder")
    elif obstacle == "no home":
        closed_folder.rmdir()
    else:
        monkeypatch.setattr(
            os,
            "access",
            lambda path, mode: Path(path).name != "nst-paintings" and access(path, mode),
        )
    temporary = closed_folder.parent / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    path = save_image(corners(), "mine.png")
    assert path.parent.parent == temporary and path.name == "mine.png"
    assert str(path) in capsys.readouterr().out


def test_whoever_names_a_folder_gets_no_other(closed_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    for name in (tmp_path / "mine.png", "../mine.png"):
        assert "does not allow writing" in refusal(save_image, corners(), name)
    assert "does not allow writing" in refusal(check_output, "mine.png")
    assert os.listdir(closed_folder) == []


def test_a_bare_name_that_will_not_do_makes_no_folder(closed_folder):
    assert "end in .png" in refusal(save_image, corners(), "mine.gif")
    assert os.listdir(closed_folder) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_saved_file_has_ordinary_permissions(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    save_image(corners(), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


# --- show ------------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch):
    """The pages that `show` displays."""
    pages = []
    monkeypatch.setattr("IPython.display.display", lambda page: pages.append(page.data))
    return pages


def pictures(page: str) -> list[Image.Image]:
    data = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in data]


def test_show(shown):
    show(load_image(corners()), alt='A "test" & <four> quarters', title="Colours <3")
    (page,) = shown
    assert html.escape('A "test" & <four> quarters') in page
    assert "<four>" not in page
    assert re.search("<figcaption style=[^>]*>Colours &lt;3</figcaption>", page)
    assert f'width="{WIDTH}"' in page
    (picture,) = pictures(page)
    assert_corners(load_image(picture), tolerance=12)


def test_show_a_row(shown):
    row = [load_image(solid("RGB", colour)) for colour in (RED, GREEN, BLUE)]
    show(row, alt="Plain", captions=["r", "g", "<b>"], title="Three", width=99)
    (page,) = shown
    assert re.findall(r'alt="([^"]+)"', page) == [f"Plain ({i} of 3)" for i in (1, 2, 3)]
    assert re.findall("<figcaption[^>]*>([^<]+)<", page) == ["Three", "r", "g", "&lt;b&gt;"]
    assert page.count('width="99"') == 3
    assert "flex-wrap:wrap" in page
    for picture, colour in zip(pictures(page), (RED, GREEN, BLUE), strict=True):
        np.testing.assert_allclose(picture.getpixel((9, 9)), colour, atol=6)


def test_show_takes_one_alt_per_image(shown):
    show((corners(), corners()), alt=["left", "right"])
    assert re.findall(r'alt="([^"]+)"', shown[0]) == ["left", "right"]


def test_show_keeps_notebooks_small(shown):
    noise = np.random.default_rng(0).random((1, 1000, 3000, 3))
    show(noise, alt="Noise")
    (picture,) = pictures(shown[0])
    assert picture.size == (1024, 341)
    assert len(shown[0]) < 800_000


def test_show_does_not_change_the_image(shown):
    image = load_image(corners())
    before = image.copy()
    show(image, alt="Quarters")
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (corners(), {"alt": ""}),
        (corners(), {"alt": "  "}),
        (corners(), {"alt": None}),
        ([corners()] * 2, {"alt": ["left", ""]}),
        ([corners()] * 2, {"alt": ["left"]}),
        ([corners()] * 2, {"alt": ""}),
        ([corners()] * 2, {"alt": "two", "captions": ["one"]}),
        ([], {"alt": "nothing"}),
        (np.zeros((4, 4)), {"alt": "grey"}),
        (np.full((4, 4, 3), np.nan), {"alt": "nan"}),
    ],
    ids=[
        "empty",
        "blank",
        "none",
        "empty-in-row",
        "short-row",
        "empty-row",
        "captions",
        "no-images",
        "grey",
        "nan",
    ],
)
def test_show_refuses(shown, image, options):
    refusal(show, image, **options)
    assert shown == []


def test_alt_is_required():
    with pytest.raises(TypeError):
        show(corners())


# --- the pictures of the course --------------------------------------------------------------


def test_examples():
    assert "chelsea" in examples("content")
    assert "hokusai_great_wave" in examples("style")
    for name in examples("content") + examples("style"):
        assert example_path(name).is_file()
    assert not set(examples("content")) & set(examples("style"))


def test_unknown_example_lists_the_names():
    message = refusal(example_path, "mona_lisa")
    assert "'mona_lisa'" in message
    for name in examples("content") + examples("style"):
        assert name in message
    assert '"content" or "style"' in refusal(examples, "paintings")


def test_data_folder_of_an_installed_package(tmp_path, monkeypatch):
    package = tmp_path / "nstlib"
    (package / "images").mkdir(parents=True)
    module = sys.modules["nstlib.images.examples"]  # `images.examples` is the function
    monkeypatch.setattr(module, "__file__", str(package / "images" / "examples.py"))
    assert "is missing" in refusal(images.data_folder)
    (tmp_path / "data" / "content").mkdir(parents=True)
    assert images.data_folder() == (tmp_path / "data").resolve()
    (package / "data" / "content").mkdir(parents=True)
    assert images.data_folder() == (package / "data").resolve()


# --- the module itself -----------------------------------------------------------------------


def test_importing_is_light():
    code = (  # the module and what it imports, without the rest of the package
        "import sys, types; package = sys.modules['nstlib'] = types.ModuleType('nstlib');"
        "package.__path__ = [sys.argv[1]]; import nstlib.images; print(*sys.modules)"
    )
    folder = str(Path(images.__file__).parents[1])
    process = subprocess.run(
        [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
    )
    loaded = set(process.stdout.split())
    assert {"nstlib.images", "nstlib.images.display"} <= loaded
    assert not {"tensorflow", "keras", "IPython", "matplotlib", "nstlib.backend"} & loaded


def test_loading_is_repeatable():
    """The same bytes give the same image, so results can be reproduced."""
    data = encode(corners(301, 203), "JPEG")
    digests = {hashlib.sha256(load_image(data, max_side=64)).hexdigest() for _ in range(3)}
    assert len(digests) == 1


def test_metadata_is_plain_json(tmp_path):
    """Other tools can read the record too."""
    save_image(corners(), tmp_path / "a.png", {"network": "VGG-19", "seed": 3})
    with Image.open(tmp_path / "a.png") as picture:
        assert json.loads(picture.text["nstlib"]) == {"network": "VGG-19", "seed": 3}
