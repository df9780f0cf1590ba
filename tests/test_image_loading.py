"""Loading scales what is too large, refuses what makes no sense, and changes no source."""

import hashlib
import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import (
    HEIGHT,
    RED,
    WIDTH,
    assert_corners,
    assert_image,
    corners,
    encode,
    exif,
    refusal,
    solid,
)
from PIL import Image

from nstlib.images import load_image


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
    kinds = {
        "picture": Image.fromarray((board * 255).astype(np.uint8)),
        "16 bit": Image.fromarray((board * 65535).astype(np.uint16)),
        "array": board.astype(np.float32),
    }
    np.testing.assert_allclose(load_image(kinds[source], max_side=64), 0.5, atol=0.02)


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


@pytest.mark.parametrize(
    "source", [None, 5, 0.5, [[1, 2], [3, 4]], {"path": "a.png"}, open, object()]
)
def test_wrong_type_is_refused(source):
    assert f"{type(source).__name__} cannot be loaded" in refusal(load_image, source)


@pytest.mark.parametrize(
    "max_side", [0, -5, 15, 256.0, "256", True, float("nan"), [256], np.zeros((9, 9))], ids=repr
)
def test_bad_max_side(max_side):
    message = refusal(load_image, corners(), max_side=max_side)
    assert message.startswith("max_side is") and "16 or more" in message


def test_narrow_picture_names_the_scaled_size(tmp_path):
    path = tmp_path / "panorama.png"
    path.write_bytes(encode(Image.new("L", (2000, 40)), "PNG"))
    assert_image(load_image(path), 2000, 40)
    words = "panorama.png' is too small, 500 x 10 pixels when scaled to max_side=500"
    assert words in refusal(load_image, path, max_side=500)


def test_loading_is_repeatable():
    """The same bytes give the same image, so results can be reproduced."""
    data = encode(corners(301, 203), "JPEG")
    digests = {hashlib.sha256(load_image(data, max_side=64)).hexdigest() for _ in range(3)}
    assert len(digests) == 1
