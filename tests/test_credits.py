"""Every picture that the project ships is credited, and every credit has its picture."""

import re
from pathlib import Path

import numpy as np
import pytest

from nstlib import images

DATA = Path(images.__file__).resolve().parents[2] / "data"
COLUMNS = ["file", "author", "title", "year", "rights", "source"]
PICTURES = sorted(
    path.relative_to(DATA).as_posix()
    for path in DATA.rglob("*")
    if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff"}
)


def credit_rows(text: str) -> dict[str, dict[str, str]]:
    """The rows of the table of credits, by file."""
    lines = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|") and not re.fullmatch(r"[|\s:-]+", line)
    ]
    header, *rows = lines
    assert header == COLUMNS
    files = [row[0] for row in rows]
    assert len(set(files)) == len(files), "a picture has two rows"
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in rows}


@pytest.fixture(scope="module")
def credits() -> dict[str, dict[str, str]]:
    return credit_rows((DATA / "CREDITS.md").read_text(encoding="utf-8"))


def test_there_are_pictures_of_both_kinds():
    assert {name.split("/")[0] for name in PICTURES} >= {"content", "style"}
    assert len(PICTURES) >= 16


@pytest.mark.parametrize("picture", PICTURES)
def test_every_picture_is_credited(credits, picture):
    assert picture in credits, f"{picture} has no row in data/CREDITS.md"
    row = credits[picture]
    for column in COLUMNS:
        assert len(row[column]) >= 3, f"{picture}: {column} is missing in data/CREDITS.md"
    assert row["year"] == "undated" or re.search(r"\b\d{4}$", row["year"])
    assert row["rights"].startswith(("CC0", "CC BY", "public domain"))


def test_every_credit_has_its_picture(credits):
    assert sorted(credits) == PICTURES


@pytest.mark.parametrize("picture", [picture for picture in PICTURES if "/" in picture])
def test_every_picture_loads_by_its_name(picture):
    image = images.load_image(images.example_path(Path(picture).stem), max_side=64)
    assert max(image.shape) == 64
    assert np.ptp(image) > 0.3  # a picture, not a flat surface


def test_a_row_without_a_year_is_noticed():
    row = "| content/a.jpg | A. Nonymous | A picture |  | CC0 | somewhere |"
    table = "| file | author | title | year | rights | source |\n|---|---|---|---|---|---|\n" + row
    assert credit_rows(table)["content/a.jpg"]["year"] == ""
