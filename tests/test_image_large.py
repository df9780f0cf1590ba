"""Large pictures are shrunk on the way, and small ones are not touched by that."""

import io
import pathlib

import numpy as np
import pytest
from pictures import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    assert_image,
    chunk,
    corners,
    encode,
    exif,
    png,
    quarters,
    refusal,
)
from PIL import Image

from nstlib import example_path, examples
from nstlib.engine.pictures import load_pictures, open_pictures
from nstlib.engine.settings import Settings
from nstlib.images import load_image, pixels
from nstlib.images.colors import match_color
from nstlib.images.loading import open_image

RNG = np.random.default_rng(17)
COLOURS = RNG.integers(0, 256, (360, 480, 4), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (360, 480), dtype=np.uint16)


def plainly(path, max_side):
    """What loading is, in five lines: all pixels as floats, then Lanczos."""
    picture = Image.open(path).convert("RGB")
    array = np.asarray(picture).astype(np.float32) / np.float32(255)
    size = tuple(round(side * max_side / max(picture.size)) for side in picture.size)
    bands = [
        Image.fromarray(array[..., i]).resize(size, Image.Resampling.LANCZOS) for i in (0, 1, 2)
    ]
    return np.dstack([np.asarray(band) for band in bands]).clip(0, 1)[np.newaxis]


@pytest.mark.parametrize("name", examples("content") + examples("style"))
def test_the_courses_pictures_are_what_they_were_to_the_last_bit(name):
    path = example_path(name)
    for max_side in (96, 256, 384 if name == "chelsea" else 512):
        if max_side < max(Image.open(path).size):
            np.testing.assert_array_equal(load_image(path, max_side), plainly(path, max_side))


@pytest.mark.parametrize("colors", [None, "match"])
def test_every_size_comes_from_the_whole_of_a_small_picture(colors):
    paths = example_path("china"), example_path("hokusai_great_wave")
    found = load_pictures(open_pictures(*paths), Settings(sizes=[64, 192], preserve_color=colors))
    content, style = (load_image(path) for path in paths)
    if colors:
        style = match_color(style, content)
    for stage, side in enumerate((64, 192)):
        np.testing.assert_array_equal(found.contents[stage], load_image(content, side))
        np.testing.assert_array_equal(found.styles[stage][0], load_image(style, side))


KINDS = {
    "rgb": Image.fromarray(COLOURS[..., :3]),
    "rgba": Image.fromarray(COLOURS),
    "grey and alpha": Image.fromarray(COLOURS).convert("LA"),
    "grey": Image.fromarray(COLOURS[..., 0]),
    "palette": Image.fromarray(COLOURS[..., :3]).quantize(16),
    "one bit": Image.fromarray(COLOURS[..., 0]).convert("1"),
    "cmyk": Image.frombytes("CMYK", (480, 360), COLOURS.tobytes()),
    "16 bit": Image.fromarray(DEEP),
    "float": Image.fromarray((DEEP / 65535).astype(np.float32)),
    "float, 0..255": Image.fromarray(COLOURS[..., 0]).convert("F"),
    "uint8 array": COLOURS[..., :3],
    "float64 array": COLOURS / 255,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_in_strips_is_the_picture(monkeypatch, kind):
    whole = load_image(KINDS[kind])
    monkeypatch.setattr(pixels, "LARGE", 1000)
    monkeypatch.setattr(pixels, "STRIP", 7000)  # 14 rows, which 360 is no multiple of
    np.testing.assert_array_equal(load_image(KINDS[kind]), whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("max_side", [24, 37, 120])
def test_a_picture_that_is_shrunk_looks_as_before(monkeypatch, kind, max_side):
    """Noise is the hardest picture: what differs is how two ways of averaging weight it."""
    smooth = KINDS[kind]
    plain = load_image(smooth, max_side)
    monkeypatch.setattr(pixels, "LARGE", 1000)
    monkeypatch.setattr(pixels, "STRIP", 7000)
    shrunk = load_image(smooth, max_side)
    assert shrunk.shape == plain.shape
    assert np.abs(shrunk - plain).mean() < 0.03
    assert abs(shrunk.mean() - plain.mean()) < 0.005


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "MPO", "PNG", "TIFF", "WEBP"])
def test_a_large_picture_is_turned_upright(monkeypatch, format, orientation):
    data = encode(corners(480, 320), format, exif=exif(orientation), quality=95)
    plain = load_image(data, max_side=30)
    monkeypatch.setattr(pixels, "LARGE", 1000)
    opened = open_image(data)
    assert opened.shape == ((320, 480) if orientation <= 4 else (480, 320))
    np.testing.assert_allclose(quarters(opened.load(30)), quarters(plain), atol=4)
    assert opened.load(30).shape == plain.shape


@pytest.mark.parametrize("size", [(4001, 1003), (1003, 4001), (9999, 501), (2500, 2500)])
def test_odd_sides_keep_shape_and_corners(size):
    for source in (corners(*size), encode(corners(*size), "JPEG", quality=95)):
        opened = open_image(source)
        image = opened.load(400)
        assert image.shape[1:3] == opened.scaled_shape(400)
        np.testing.assert_allclose(quarters(image), [RED, GREEN, BLUE, YELLOW], atol=3)


def test_hidden_colours_of_a_large_picture_do_not_shine_through():
    array = np.zeros((2000, 2400, 4), np.uint8)
    array[:, ::2] = (255, 0, 0, 0)
    array[:, 1::2] = (255, 255, 255, 255)
    np.testing.assert_allclose(load_image(Image.fromarray(array), max_side=64), 1, atol=1e-5)


def test_a_jpeg_may_be_loaded_small_and_then_large():
    opened = open_image(encode(corners(3000, 2000), "JPEG", quality=95))
    assert_image(opened.load(60), 60, 40)
    large = opened.load(1500)
    assert_image(large, 1500, 1000)
    left, right = large[0, 100, 700], large[0, 100, 800]
    np.testing.assert_allclose([left * 255, right * 255], [RED, GREEN], atol=6)  # sharp


def test_a_picture_of_ours_in_memory_is_not_shrunk_itself():
    picture = Image.open(io.BytesIO(encode(corners(3000, 2000), "JPEG")))
    assert_image(load_image(picture, max_side=60), 60, 40)
    assert picture.size == (3000, 2000)


def test_a_large_grey_ramp_keeps_its_values():
    ramp = np.broadcast_to(np.linspace(0, 1, 4000, dtype=np.float32), (1200, 4000))
    image = load_image(np.ascontiguousarray(ramp), max_side=100)
    np.testing.assert_allclose(image[0, 10, :, 0], np.arange(0.5, 100) / 100, atol=2e-3)


def test_a_value_that_is_out_of_range_anywhere_is_found():
    array = np.zeros((2100, 2000, 3), np.float32)
    array[-1, -1, 0] = 7
    assert "from 0 to 7" in refusal(load_image, array, max_side=64)
    array[-1, -1, 0] = np.nan
    assert "NaN" in refusal(load_image, array, max_side=64)


def test_a_large_picture_that_is_cut_short_is_refused():
    data = encode(Image.fromarray(COLOURS[..., :3]).resize((3000, 2250)), "JPEG")
    assert "damaged" in refusal(load_image, data[: len(data) // 2], max_side=64)


# ---- memory ---------------------------------------------------------------------------------


STATUS = pathlib.Path("/proc/self/status")  # unlike getrusage, nothing of the parent's
measured = pytest.mark.skipif(not STATUS.exists(), reason="memory is measured as Linux does")


def photograph(path):
    """100 million pixels, as a file of a few MB."""
    Image.fromarray(COLOURS[..., :3]).resize((11600, 8700)).save(path, quality=85)


def peak(path, settings=None):
    """The most memory of this process in MB, after loading for a painting of 384 pixels."""
    load_pictures(open_pictures(path, path), Settings(size=384, **settings or {}))
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


@measured
@pytest.mark.parametrize("colors", [None, "match"])
def test_two_photographs_of_a_hundred_megapixels_take_little(tmp_path, in_own_process, colors):
    path = tmp_path / "photo.jpg"
    in_own_process(photograph, path)
    assert in_own_process(peak, path, {"preserve_color": colors}) < 1200


@measured
def test_a_large_png_is_in_floats_only_when_small(tmp_path, in_own_process):
    """40 million pixels are 160 MB of Pillow's, and would be 480 MB of floats, several times."""
    path = tmp_path / "large.png"
    path.write_bytes(png(8000, 5000, 8, 2, bytes(24001 * 5000), chunk(b"tEXt", b"a\0b")))
    small = tmp_path / "small.png"
    small.write_bytes(encode(corners(), "PNG"))
    assert in_own_process(peak, path) - in_own_process(peak, small) < 350
