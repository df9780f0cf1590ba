"""Pictures of every odd kind come out right, and unusable ones are refused in one sentence."""

import io
import os
import re
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from pictures import (
    BLUE,
    GREEN,
    HEIGHT,
    PIXELS,
    RED,
    WIDTH,
    YELLOW,
    assert_corners,
    assert_image,
    chunk,
    corners,
    cut,
    encode,
    exif,
    good,
    png,
    quarters,
    refusal,
    solid,
)
from PIL import Image, features

from nstlib.images import load_image, pixels, to_uint8

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


QUARTERS = np.asarray(corners())
ARRAYS = {
    "uint8": QUARTERS,
    "batch": QUARTERS[np.newaxis],
    "uint16": QUARTERS.astype(np.uint16) * 257,
    "float64": QUARTERS / 255,
    "float32, batch": (QUARTERS / 255).astype(np.float32)[np.newaxis],
    "float16": (QUARTERS / 255).astype(np.float16),
    "rgba": np.asarray(corners().convert("RGBA")),
    "fortran": np.asfortranarray(QUARTERS),
    "big-endian": (QUARTERS / 255).astype(">f8"),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays(kind):
    array, before = ARRAYS[kind].copy(), ARRAYS[kind].copy()
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


# --- refusals: files and pictures in memory --------------------------------------------------


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""
    return png(width, height, 8, 2, b"\0")


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


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
def test_bad_file_is_refused_and_named(tmp_path, kind):
    data, keyword = BAD_FILES[kind]
    path = tmp_path / "odd one.png"
    path.write_bytes(data)
    names = {path: "odd one.png", str(path): "odd one.png", data: "^the picture in memory"}
    for source, name in names.items():
        message = refusal(load_image, source)
        assert re.search(keyword, message) and re.search(name, message)


def memory_to_refuse(bomb: bytes) -> float:
    """In MB."""
    import resource  # here, as Windows has none

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "too many pixels" in refusal(load_image, bomb)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000


@pytest.mark.skipif(os.name != "posix", reason="memory is measured as POSIX does")
def test_a_bomb_is_refused_before_it_is_decoded(in_own_process):
    whole = png(9000, 9000, 8, 0, bytes(9000 * 9001))  # 80 kB, and 81 MB when decoded
    assert in_own_process(memory_to_refuse, whole) < 40


def test_a_stricter_limit_of_pillow_is_kept(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert "too many pixels" in refusal(load_image, good())


def test_pixel_limit(monkeypatch):
    monkeypatch.setattr(pixels, "MAX_PIXELS", WIDTH * HEIGHT)
    assert_corners(load_image(good()))
    monkeypatch.setattr(pixels, "MAX_PIXELS", WIDTH * HEIGHT - 1)
    assert "too many pixels" in refusal(load_image, good())
    assert "too many pixels" in refusal(load_image, corners())


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
    assert message.startswith("the array") and keyword in message


def test_bad_pil_pictures(tmp_path):
    path = tmp_path / "cut.png"
    path.write_bytes(cut("PNG"))
    message = refusal(load_image, Image.open(path))
    assert message.startswith("the picture in memory is damaged or cut short")
    assert "shape" in refusal(load_image, Image.new("RGB", (0, 20)))
    closed = Image.open(io.BytesIO(good()))
    closed.close()
    assert "the picture in memory" in refusal(load_image, closed)


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


NOT_SHOWN = {
    "batch": (np.zeros((2, 4, 4, 3)), "shape"),
    "grey": (np.zeros((4, 4)), "shape"),
    "rgba": (np.zeros((4, 4, 4)), "shape"),
    "empty": (np.zeros((1, 0, 4, 3)), "shape"),
    "int32": (np.zeros((4, 4, 3), np.int32), "int32"),
    "nan": (np.full((4, 4, 3), np.nan), "NaN"),
    "infinity": (np.full((4, 4, 3), np.inf), "infinity"),
    "text": ("a.png", "shape"),
    "none": (None, "shape"),
}


@pytest.mark.parametrize("kind", NOT_SHOWN)
def test_to_uint8_refuses(kind):
    image, keyword = NOT_SHOWN[kind]
    assert keyword in refusal(to_uint8, image)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(PIXELS)
def test_loading_and_to_uint8_are_inverse(pixels):
    before = pixels.copy()
    np.testing.assert_array_equal(to_uint8(load_image(pixels)), before)
    np.testing.assert_array_equal(pixels, before)
