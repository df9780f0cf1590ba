"""From the notebooks and the README to the pages that Sphinx turns into the website.

A lesson's page has the cells of the student's notebook with the outputs of the instructor's: each
exercise as its stub, with one solution folded below it. Notes for the instructor are left out.
Pictures become files, and links lead to pages of the site, or to the repository for what is not a
page. Nothing here needs Sphinx.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import html
import io
import pathlib
import posixpath
import re

import nbformat
from PIL import Image

import build

# What else becomes a page, and under which name.
PAGES = {
    "README.md": "index.md",
    "docs/gallery.md": "gallery.md",
    "docs/engine.md": "engine.md",
    "data/CREDITS.md": "credits.md",
}
# The sections of the README that the first page has, in its order.
SECTIONS = ("Lessons", "Start", "Paint your own photo", "Licence and credits")
ROW = re.compile(
    r"^\| (?P<number>\d\d) \| \[(?P<title>[^]]+)\]\(notebooks/(?P<name>\w+)\.ipynb\) "
    r"\| (?P<minutes>\d+ min) \| .*\]\((?P<colab>https:[^)]+)\) \|$",
    flags=re.M,
)
# Code is left as it is: it may look like a link.
CODE_OR_LINK = re.compile(
    r"(?P<code>^```.*?^```|(?P<ticks>`+).+?(?P=ticks))"
    r"|(?P<mark>!?)\[(?P<text>[^]]*)\]\((?P<target>[^)\s]+)\)",
    flags=re.M | re.S,
)
IMG = re.compile(r"<img\b[^>]*>")
DATA = re.compile(r"data:image/(jpeg|png);base64,([A-Za-z0-9+/=]+)")
WIDGET = re.compile(r"\b(live|widgets\.\w+|MaskPainter)\(")
CHECK = re.compile(r"\bcheck\.\w")
READING = """\
What the cells print and show on these pages was stored when the lessons were run with
`vgg19-lite` on two CPU cores. {solutions} Where a notebook has sliders and buttons, there is a
picture here: open the lesson in Colab or on your own computer to move them.
"""
FOLDED = """\
One solution of each exercise is folded below its stub, and what follows was computed with it: try
first, then open it."""
WITHHELD = "Solutions of the exercises are not on these pages; what follows was computed with them."


class BookError(Exception):
    """A website that cannot be made; the message says why, and what to do."""


# ---- pictures -------------------------------------------------------------------------------


class Pictures:
    """The files of all pictures, {name: content}, each of them once."""

    def __init__(self):
        self.files: dict[str, bytes] = {}

    def tag(self, data: bytes, alt: str, width: int | None = None) -> str:
        """The <img> of a picture, with its size: the text below must not jump as it loads."""
        with Image.open(io.BytesIO(data)) as picture:
            wide, high = picture.size
            suffix = {"JPEG": "jpg", "PNG": "png"}[picture.format]
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{suffix}"
        self.files[name] = data
        width = width or wide
        return (
            f'<img alt="{html.escape(alt)}" width="{width}" height="{round(width * high / wide)}" '
            f'src="pictures/{name}">'
        )

    def out_of(self, page: str) -> str:
        """HTML whose embedded pictures have become files."""
        return IMG.sub(self._as_file, page)

    def _as_file(self, match: re.Match) -> str:
        tag = match[0]
        alt, width = re.search(r'\balt="([^"]*)"', tag), re.search(r'\bwidth="(\d+)"', tag)
        data = DATA.search(tag)
        if not (alt and data):
            raise BookError(f"A picture has no alternative text or no data: {tag[:120]}")
        content = base64.b64decode(data[2])
        return self.tag(content, html.unescape(alt[1]), int(width[1]) if width else None)


# ---- texts ----------------------------------------------------------------------------------


class Texts:
    """Rewrites Markdown of the repository for the site.

    Args:
        root: the repository's folder.
        repository: OWNER/NAME on GitHub, where links go that the site has no page for.
        lessons: the names of the lessons that are pages, such as 00_first_painting.
    """

    def __init__(self, root: pathlib.Path, repository: str, lessons, pictures: Pictures):
        self.root, self.repository, self.pictures = root, repository, pictures
        self.pages = PAGES | {f"notebooks/{name}.ipynb": f"{name}.ipynb" for name in lessons}

    def page(self, markdown: str, folder: str) -> str:
        """Markdown that was written in this folder of the repository, with links of the site."""

        def rewrite(match):
            if match["code"]:
                return match[0]
            if match["mark"]:
                return self.pictures.tag(self.content(match["target"], folder), match["text"])
            return f"[{match['text']}]({self.link(match['target'], folder)})"

        return CODE_OR_LINK.sub(rewrite, markdown)

    def link(self, target: str, folder: str) -> str:
        """Where a link of a text in this folder leads on the site."""
        path, mark, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or not path:
            return target
        path = posixpath.normpath(posixpath.join(folder, path))
        if path in self.pages:
            return self.pages[path] + mark + anchor
        place = self.root / path
        if path.startswith("..") or not place.exists():
            raise BookError(
                f"A text in {folder or 'the root'} links to {target}, and it is missing"
            )
        kind = "tree" if place.is_dir() else "blob"
        return f"https://github.com/{self.repository}/{kind}/main/{path}{mark}{anchor}"

    def content(self, target: str, folder: str) -> bytes:
        """The file of a picture, which lies in the repository or in its address."""
        if data := DATA.match(target):
            return base64.b64decode(data[2])
        place = self.root / posixpath.normpath(posixpath.join(folder, target))
        if not place.is_file():
            raise BookError(f"A text in {folder or 'the root'} shows {target}, and it is missing")
        return place.read_bytes()


# ---- a lesson -------------------------------------------------------------------------------


def merged(student, instructor, solutions: bool = True) -> list:
    """The cells of both notebooks: each stub, then its solution, and no notes for instructors.

    Without `solutions` their cells are missing, and so is what the checks said to them.
    """
    texts = {cell.id: cell.source for cell in student.cells}
    stubs = [cell for cell in student.cells if "exercise" in build.tags(cell)]
    cells = []
    for cell in copy.deepcopy(instructor.cells):
        if "instructor" in build.tags(cell):
            continue
        if "solution" in build.tags(cell):
            if not stubs:
                raise BookError(f"There is no exercise to the solution {cell.source[:60]!r}")
            cells.append(copy.deepcopy(stubs.pop(0)))
            cells += [cell] if solutions else []
            continue
        if cell.id not in texts:
            raise BookError(f"Student's and instructor's notebook differ at {cell.source[:60]!r}")
        cell.source = texts[cell.id]  # its links are as seen from notebooks/
        if not solutions and cell.cell_type == "code" and CHECK.search(cell.source):
            cell.outputs = []
        cells.append(cell)
    if stubs:
        raise BookError(f"There is no solution to the exercise {stubs[0].source[:60]!r}")
    return cells


def folded(cell, summary: str) -> list:
    """A cell that shows when its summary is clicked, or reached by Tab and entered."""
    opening = f'<details class="folded">\n<summary>{summary}</summary>'
    text = nbformat.v4.new_markdown_cell
    return [text(opening), cell, text("</details>")]


def summary(cell, setup: str) -> str:
    """What a folded cell is called; nothing for a cell that is not folded."""
    if cell.source == setup:
        return "The cell that finds the library"
    if "solution" in build.tags(cell):
        return "The answer" if CHECK.search(cell.source) else "One solution"
    return ""


def lesson_page(student, instructor, texts: Texts, setup: str, solutions: bool = True):
    """The notebook that becomes a lesson's page."""
    notebook = nbformat.v4.new_notebook(metadata=copy.deepcopy(student.metadata))
    for cell in merged(student, instructor, solutions):
        cell.metadata.pop("slideshow", None)
        if cell.cell_type == "markdown":
            cell.source = texts.page(cell.source, "notebooks")
        else:
            show_outputs(cell, texts.pictures)
        name = summary(cell, setup)
        notebook.cells += folded(cell, name) if name else [cell]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


def show_outputs(cell, pictures: Pictures) -> None:
    """Pictures as files, and a line below what moves in the notebook."""
    shown = False
    for output in cell.outputs:
        if page := output.get("data", {}).get("text/html"):
            output.data = {"text/html": pictures.out_of(page)}
            shown = True
    if shown and WIDGET.search(cell.source):
        line = '<p class="moves">A picture of a widget: in the notebook you move it yourself.</p>'
        cell.outputs.append(nbformat.v4.new_output("display_data", {"text/html": line}))


# ---- the first page -------------------------------------------------------------------------


def first_page(readme: str, openings: dict[str, str], texts: Texts, solutions: bool = True) -> str:
    """The landing page in Markdown, with the README's words and its table of the lessons as cards.

    Args:
        openings: the first cell of each lesson, whose picture is on its card.
    """
    start, *parts = re.split(r"^## (.+)\n", readme, flags=re.M)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    missing = [name for name in SECTIONS if name not in sections]
    rows = list(ROW.finditer(readme))
    if missing or [row["name"] for row in rows] != list(openings):
        raise BookError(
            "The README must have a row for every lesson, in their order, and the sections "
            f"{', '.join(SECTIONS)}: see {', '.join(missing) or 'its table'}."
        )
    cards = "\n".join(card(row, openings[row["name"]], texts) for row in rows)
    paragraphs = re.sub(r"^\|.*\n", "", sections["Lessons"], flags=re.M).strip().split("\n\n")
    # What is for teachers stays in the repository.
    readers = [p for p in paragraphs if "notebooks/instructor" not in p]
    how = READING.format(solutions=FOLDED if solutions else WITHHELD)
    sections["Lessons"] = "\n\n".join([f'<ol class="lessons">\n{cards}\n</ol>', *readers, how])
    body = "".join(f"## {name}\n\n{sections[name].strip()}\n\n" for name in SECTIONS)
    return texts.page(f"{start.strip()}\n\n{body}", "") + contents(openings)


def card(row: re.Match, opening: str, texts: Texts) -> str:
    """A lesson on the first page: picture, title, minutes, and the link to Colab."""
    picture = re.search(r"!\[[^]]*\]\([^)\s]+\)", opening)
    if not picture:
        raise BookError(f"The first cell of {row['name']} has no picture for the first page")
    title = html.escape(row["title"])
    return (
        f"<li>{texts.page(picture[0], 'notebooks')}\n"
        f'<a class="title" href="{row["name"]}.html"><span>{row["number"]}</span> {title}</a>\n'
        f'<p>{row["minutes"]} · <a href="{row["colab"]}">Open in Colab<span class="for-the-ear">: '
        f"{title}</span></a></p></li>"
    )


def contents(lessons) -> str:
    """The order of the pages, for Sphinx."""
    groups = {"Lessons": list(lessons), "More": ["gallery", "engine", "credits"]}
    return "\n".join(
        "```{{toctree}}\n:hidden:\n:caption: {}\n\n{}\n```\n".format(caption, "\n".join(names))
        for caption, names in groups.items()
    )
