"""A figure as one picture, for where a notebook's HTML is not read: a PDF, a mail, a terminal."""

import base64
import io
import textwrap
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from nstlib.images.encoding import encode

PAGE = 990  # CSS pixels: the width of a notebook's page
WIDTH = 600  # pixels that stand for it here: 100 to the inch of a printed column
GAP = 4
TITLE, CAPTION = 15, 12  # pixels: heights of the letters
NARROWEST = 300  # pixels: room for a title above a small picture
BYTES = 9_000  # a notebook stores it beside the HTML, so it has to be small


class _Picture(NamedTuple):
    picture: Image.Image
    caption: list[str]


class _Figure(HTMLParser):
    """The pictures of a page with what stands below each, and what stands above the first."""

    def __init__(self, page: str):
        super().__init__()
        self.title: list[str] = []
        self.pictures: list[_Picture] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        _, embedded, data = (given.get("src") or "").partition(";base64,")
        if tag == "img" and embedded:
            with Image.open(io.BytesIO(base64.b64decode(data))) as opened:
                picture = opened.convert("RGB")
            width = min(int(given.get("width") or picture.width), PAGE) * WIDTH / PAGE
            size = max(1, round(width)), max(1, round(picture.height * width / picture.width))
            self.pictures.append(_Picture(picture.resize(size, Image.Resampling.LANCZOS), []))
        self.inside = tag == "figcaption"

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            (self.pictures[-1].caption if self.pictures else self.title).append(data)


def printed(page: str) -> bytes | None:
    """Draw the HTML of a figure as one small JPEG: its title, and its pictures with their captions.

    Args:
        page: as `figure_html` writes it, with pictures that are part of it.

    Returns the file, or None where the page has no picture.

    >>> from nstlib.images.display import figure_html, image_tag
    >>> tag = image_tag(encode(Image.new("RGB", (990, 99)), "png"), "png", alt="A black bar")
    >>> Image.open(io.BytesIO(printed(figure_html(tag, title="Black")))).width
    600
    >>> printed("<script></script>") is None
    True
    """
    figure = _Figure(page)
    if not figure.pictures:
        return None
    rows: list[list[_Picture]] = [[]]
    for one in figure.pictures:
        if rows[-1] and _width(rows[-1]) + GAP + one.picture.width > WIDTH:
            rows.append([])
        rows[-1].append(one)
    widest = max(*map(_width, rows), NARROWEST)
    parts = [_lines(figure.title, widest, TITLE), *(_row(row, widest) for row in rows)]
    sheet = Image.new("RGB", (widest, sum(part.height + GAP for part in parts)), "white")
    y = 0
    for part in parts:
        sheet.paste(part, (0, y))
        y += part.height + GAP
    for quality, scale in ((75, 1.0), (60, 1.0), (45, 1.0), (35, 1.0), (35, 0.75), (30, 0.6)):
        size = round(sheet.width * scale), round(sheet.height * scale)
        data = encode(sheet.resize(size, Image.Resampling.LANCZOS), "jpeg", quality=quality)
        if len(data) <= BYTES:
            break
    return data


def _width(row: list[_Picture]) -> int:
    return sum(one.picture.width + GAP for one in row) - GAP


def _row(row: list[_Picture], widest: int) -> Image.Image:
    """Pictures side by side, each with its caption below it."""
    texts = [_lines(one.caption, one.picture.width, CAPTION) for one in row]
    height = max(one.picture.height + text.height for one, text in zip(row, texts, strict=True))
    sheet, x = Image.new("RGB", (widest, height), "white"), 0
    for (picture, _), text in zip(row, texts, strict=True):
        sheet.paste(picture, (x, 0))
        sheet.paste(text, (x, picture.height))
        x += picture.width + GAP
    return sheet


def _lines(texts: list[str], width: int, height: int) -> Image.Image:
    """Texts in black on white, broken into lines as wide as that."""
    if not texts:
        return Image.new("RGB", (width, 0))
    import matplotlib  # here, because its letters are wanted for a notebook's figures only

    font = ImageFont.truetype(
        str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")), height
    )
    letters = max(4, int(width / (0.56 * height)))
    lines = [line for text in texts for line in textwrap.wrap(text, letters)]
    spacing = round(1.3 * height)
    sheet = Image.new("RGB", (width, spacing * len(lines)), "white")
    drawing = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        drawing.text((0, spacing * number), line, fill="black", font=font)
    return sheet
