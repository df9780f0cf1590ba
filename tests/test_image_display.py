"""Pictures on a page, never without words for those who cannot see them."""

import base64
import html
import io
import re

import numpy as np
import pytest
from pictures import BLUE, GREEN, RED, WIDTH, assert_corners, corners, refusal, solid
from PIL import Image

from nstlib.images import load_image, show


def pictures(page: str) -> list[Image.Image]:
    data = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in data]


def test_show(displayed):
    show(load_image(corners()), alt='A "test" & <four> quarters', title="Colours <3")
    (page,) = (output.data for output in displayed)
    assert html.escape('A "test" & <four> quarters') in page
    assert "<four>" not in page
    assert re.search("<figcaption style=[^>]*>Colours &lt;3</figcaption>", page)
    assert f'width="{WIDTH}"' in page
    (picture,) = pictures(page)
    assert_corners(load_image(picture), tolerance=12)


def test_show_a_row(displayed):
    row = [load_image(solid("RGB", colour)) for colour in (RED, GREEN, BLUE)]
    show(row, alt="Plain", captions=["r", "g", "<b>"], title="Three", width=99)
    (page,) = (output.data for output in displayed)
    assert re.findall(r'alt="([^"]+)"', page) == [f"Plain ({i} of 3)" for i in (1, 2, 3)]
    assert re.findall("<figcaption[^>]*>([^<]+)<", page) == ["Three", "r", "g", "&lt;b&gt;"]
    assert page.count('width="99"') == 3
    assert "flex-wrap:wrap" in page
    for picture, colour in zip(pictures(page), (RED, GREEN, BLUE), strict=True):
        np.testing.assert_allclose(picture.getpixel((9, 9)), colour, atol=6)


def test_show_takes_one_alt_per_image(displayed):
    show((corners(), corners()), alt=["left", "right"])
    assert re.findall(r'alt="([^"]+)"', displayed[0].data) == ["left", "right"]


def test_show_keeps_notebooks_small(displayed):
    noise = np.random.default_rng(0).random((1, 1000, 3000, 3))
    show(noise, alt="Noise")
    (picture,) = pictures(displayed[0].data)
    assert picture.size == (1024, 341)
    assert len(displayed[0].data) < 800_000


def test_show_does_not_change_the_image(displayed):
    image = load_image(corners())
    before = image.copy()
    show(image, alt="Quarters")
    np.testing.assert_array_equal(image, before)


TWO = [corners()] * 2
NOT_SHOWN = {
    "empty": (corners(), {"alt": ""}),
    "blank": (corners(), {"alt": "  "}),
    "none": (corners(), {"alt": None}),
    "empty in a row": (TWO, {"alt": ["left", ""]}),
    "short row": (TWO, {"alt": ["left"]}),
    "empty for a row": (TWO, {"alt": ""}),
    "captions": (TWO, {"alt": "two", "captions": ["one"]}),
    "no images": ([], {"alt": "nothing"}),
    "grey": (np.zeros((4, 4)), {"alt": "grey"}),
    "nan": (np.full((4, 4, 3), np.nan), {"alt": "nan"}),
}


@pytest.mark.parametrize("kind", NOT_SHOWN)
def test_show_refuses(displayed, kind):
    image, options = NOT_SHOWN[kind]
    refusal(show, image, **options)
    assert displayed == []


def test_alt_is_required():
    with pytest.raises(TypeError):
        show(corners())
