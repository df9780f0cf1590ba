"""The rubric, the review sheet and the marked projects agree with each other."""

import pathlib
import re

import pytest
from bs4 import BeautifulSoup
from guides import dead_links

ROOT = pathlib.Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "project.md"
TEXT = GUIDE.read_text(encoding="utf-8")
PROJECTS = sorted((ROOT / "docs" / "projects").glob("*.html"))


def section(text, heading):
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text):
    """The cells of the tables in a text, row by row, without their heads."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("*") for cell in line] for line in lines]
    return [row for row in cells if row[0] and not set(row[0]) <= {"-"}]


RUBRIC = {name: levels for name, *levels in rows(section(TEXT, "Rubric"))}


def test_links_lead_somewhere():
    assert not list(dead_links(TEXT, GUIDE))


def test_the_rubric_has_seven_rows_of_four_levels_that_differ():
    assert len(RUBRIC) == 7
    for levels in RUBRIC.values():
        assert len(levels) == 4 == len(set(levels)) and all(levels)


def marked():
    """Name, points that are said in all, and from each row to its points."""
    parts = re.split(r"^\*\*\[.+\]\(projects/(\w+)\.html\)\*\*", TEXT, flags=re.M)[1:]
    for name, part in zip(parts[::2], parts[1::2], strict=True):
        total = re.search(r"(\d+) of (\d+)\.", part)
        points = {row: int(number) for row, number, _ in rows(part)}
        yield name, int(total[1]), int(total[2]), points


@pytest.mark.parametrize(("name", "total", "most", "points"), list(marked()))
def test_marks_add_up_row_by_row(name, total, most, points):
    assert list(points) == list(RUBRIC) and most == 4 * len(RUBRIC)
    assert sum(points.values()) == total and set(points.values()) <= {1, 2, 3, 4}


def test_every_project_is_marked_and_shown():
    names = [path.stem for path in PROJECTS]
    assert sorted(name for name, *_ in marked()) == names and len(names) == 2
    for name in names:
        assert f"](images/project_{name}.jpg)" in TEXT


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_a_project_is_a_small_page_that_needs_nothing_else(path):
    page = BeautifulSoup(path.read_bytes(), "html.parser")
    assert path.stat().st_size < 300_000
    assert not page.select("script, link") and len(page.select("figure")) >= 3
    assert all(image["alt"] and image["src"].startswith("data:") for image in page.select("img"))
    assert page.select("li") and "project.md" in page.header.get_text()


def test_the_weak_project_has_the_fault_that_its_marks_speak_of():
    """Its numbers fall before they rise, and it says that they rise."""
    page = BeautifulSoup((ROOT / "docs/projects/years.html").read_bytes(), "html.parser")
    first, second, third = map(float, re.findall(r"0\.\d\d", page.main.get_text())[:3])
    assert second < first < third and "lighter from year to year" in page.main.get_text()


def test_the_guide_for_teachers_gives_each_row_its_minute():
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    marking = guide.partition("**Marking in ten minutes")[2]
    minutes = [row for row in rows(marking) if re.match(r"\d", row[0])]
    assert [row[2] for row in minutes if row[2]] == list(RUBRIC)
    spent = [int(number) for row in minutes for number in row[0].split(" to ")]
    assert spent == list(range(1, 11))
