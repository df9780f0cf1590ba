"""Pictures on a page, never without words for those who cannot see them."""

import base64
import html
import io
import re

import nbformat
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from nbconvert import HTMLExporter, LatexExporter, MarkdownExporter
from pictures import BLUE, GREEN, RED, assert_corners, corners, refusal, solid
from PIL import Image

from nstlib import plots
from nstlib.images import load_image, show
from nstlib.images.printed import BYTES, GAP, WIDTH, printed


def pictures(page: str) -> list[Image.Image]:
    data = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in data]


def test_show(displayed):
    show(load_image(corners()), alt='A "test" & <four> quarters', title="Colours <3")
    (page,) = (output.data for output in displayed)
    assert html.escape('A "test" & <four> quarters') in page
    assert "<four>" not in page
    assert re.search("<figcaption style=[^>]*>Colours &lt;3</figcaption>", page)
    assert f'width="{load_image(corners()).shape[2]}"' in page
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


# ---- where HTML is not read ----------------------------------------------------------------------


def opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "JPEG"
        return np.asarray(picture, int)


def stored(displayed):
    """A notebook whose cells have displayed these things."""
    outputs = []
    for page in displayed:
        data, metadata = DisplayFormatter().format(page)
        if "image/jpeg" in data:  # as the kernel writes bytes
            data["image/jpeg"] = base64.b64encode(data["image/jpeg"]).decode()
        outputs.append(nbformat.v4.new_output("display_data", data, metadata=metadata))
    cell = nbformat.v4.new_code_cell("show()", outputs=outputs)
    return nbformat.v4.new_notebook(cells=[cell])


def test_an_export_without_html_has_the_figures(displayed):
    image = load_image(corners())
    show(image, alt="Quarters", title="Colours")
    plots.strip([image] * 3, ["a", "b", "c"], title="A row", alt="Quarters.")
    plots.bars({"a": 1, "b": 2}, title="Bars", alt="Two bars.")
    notebook = stored(displayed)
    html = [output.data["text/html"] for output in notebook.cells[0].outputs]
    assert all("alt=" in page for page in html)
    # What is written to a PDF, with the order in which LaTeX takes what there is.
    order = LatexExporter().default_config.NbConvertBase.display_data_priority
    exporter = MarkdownExporter()
    text, resources = exporter.from_notebook_node(notebook)
    assert text.count("data:image/") == 5, "Markdown may hold HTML, and keeps it"
    exporter = MarkdownExporter()
    exporter.config.NbConvertBase.display_data_priority = order
    exporter = MarkdownExporter(config=exporter.config)
    text, resources = exporter.from_notebook_node(notebook)
    files = resources["outputs"]
    assert len(files) == 3 and text.count("![jpeg](") == 3 and "IPython" not in text
    for file in files.values():
        assert opened(file).std() > 20


def test_pages_come_first_where_they_can_be_read():
    """JupyterLab and nbconvert rank HTML before pictures: titles and texts stay."""
    order = HTMLExporter().default_config.NbConvertBase.display_data_priority
    assert order.index("text/html") < order.index("image/jpeg")


def test_a_row_is_one_picture_with_its_texts(displayed):
    row = [load_image(solid("RGB", colour)) for colour in (RED, GREEN, BLUE)]
    show(row, alt="Plain", captions=["r", "g", ""], title="Three", width=320)
    pixels = opened(printed(displayed[0].data))
    width = pixels.shape[1]
    title = pixels[:18]
    assert title.min() < 80, "its letters"
    bar = pixels[19 + GAP + 30]
    for part, colour in enumerate((RED, GREEN, BLUE)):
        middle = bar[int((part + 0.5) * width / 3)]
        np.testing.assert_allclose(middle, colour, atol=25)
    below = pixels[-18:]
    assert below[:, : width // 3].min() < 120 and below[:, -width // 4 :].min() > 200


@pytest.mark.parametrize("columns", [2, 3, 4, 5, 6, 8])
def test_it_has_the_columns_of_the_page(displayed, columns):
    plots.strip(
        [np.zeros((9, 9, 3))] * columns, ["x"] * columns, title="", alt="-", columns=columns
    )
    dark = opened(printed(displayed[0].data))[GAP + 20].max(axis=1) < 60
    assert np.diff(dark.astype(int)).clip(0).sum() + dark[0] == columns


def test_a_long_row_is_broken_like_the_page(displayed):
    show([np.zeros((1, 60, 300, 3))] * 7, alt="Black")
    pixels = opened(printed(displayed[0].data))
    dark = pixels.max(axis=(1, 2)) >= 0
    assert pixels.shape[1] <= WIDTH and dark.all()
    columns = (pixels[10].max(axis=1) < 60).sum()
    assert abs(columns - 3 * 300 * WIDTH / 990) < 12, "three in a row"
    rows = (pixels[:, 20].max(axis=1) < 60).sum()
    assert abs(rows - 3 * 60 * WIDTH / 990) < 8, "seven in three rows"


def test_it_is_small_whatever_it_shows(displayed):
    noise = np.random.default_rng(0).random((1, 1000, 3000, 3))
    show([noise, noise], alt="Noise", title="A finding " * 40, captions=["x" * 300, "×→≈"])
    assert len(printed(displayed[0].data)) < 2 * BYTES
    smooth = np.linspace(0, 1, 990 * 600).reshape(1, 600, 990, 1).repeat(3, 3)
    show(smooth, alt="Smooth")
    assert len(printed(displayed[1].data)) <= BYTES


@pytest.mark.parametrize("page", ["", "<p>text</p>", "<script>x</script>", '<img src="a.png">'])
def test_a_page_without_a_picture_of_its_own_gives_none(page):
    assert printed(page) is None
