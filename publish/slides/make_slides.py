"""Make the decks: `make slides` writes dist/slides/NN_topic.html, for a browser without network.

nbconvert makes the slides, with the template deck.html.j2 and the metadata that nbconvert and
Jupyter have for it, slide_type, of which docs/contributing.md has the rule. deck.js lets every
slide fit. Reveal.js, KaTeX and a typeface come from npm, in the versions of package-lock.json,
which also has their checksums, into build/slides; what a deck needs of them is copied beside it.
"""

from __future__ import annotations

import argparse
import html
import itertools
import pathlib
import re
import shutil
import sys
import time

import nbformat
from nbconvert import SlidesExporter

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))  # for build and web

import build  # noqa: E402
import markers  # noqa: E402
import web  # noqa: E402
from web import ROOT, PublishError  # noqa: E402

SANS = "reveal.js/dist/theme/fonts/source-sans-pro"
# What is taken from build/slides/node_modules, and where it goes below vendor.
VENDOR = web.KATEX | {
    "katex/dist/contrib/auto-render.min.js": "katex/auto-render.min.js",
    "reveal.js/LICENSE": "reveal/LICENSE",
    "reveal.js/dist/reset.css": "reveal/reset.css",
    "reveal.js/dist/reveal.css": "reveal/reveal.css",
    "reveal.js/dist/reveal.js": "reveal/reveal.js",
    "reveal.js/plugin/notes/notes.js": "reveal/notes.js",
    f"{SANS}/LICENSE": "fonts/source-sans-pro/LICENSE",
    f"{SANS}/source-sans-pro.css": "fonts/source-sans-pro/sans.css",
    f"{SANS}/*.woff": "fonts/source-sans-pro/",
    "@fontsource/inconsolata/LICENSE": "fonts/inconsolata/LICENSE",
    "@fontsource/inconsolata/400.css": "fonts/inconsolata/400.css",
    "@fontsource/inconsolata/700.css": "fonts/inconsolata/700.css",
    "@fontsource/inconsolata/files/*-[47]00-normal.woff2": "fonts/inconsolata/files/",
}
HEADING = re.compile(r"^(#+) (.+?)(?: \((\d+ minutes?)\))?$", re.M)
QUIZ = re.compile(r'\bcheck\.quiz\(\s*"[^"]*",\s*"([^"]*)"')

# Where in a deck the parts of a lesson's block in docs/teaching.md are needed.
GUIDE = {
    "Aim": "What you will be able to do",
    "Goes wrong": "What you will be able to do",
    "Short of time": "What you will be able to do",
    "Misconceptions": "Quiz",
}


def slide_type(cell) -> str:
    """Where a cell goes: what its metadata says, or else what follows from what it is."""
    if chosen := cell.metadata.get("slideshow", {}).get("slide_type"):
        return chosen
    if cell.cell_type == "markdown":
        return "notes"
    if answer := QUIZ.search(cell.source):
        return "fragment" if answer[1] else "skip"
    if "exercise" in build.tags(cell):
        return "subslide"
    if "solution" in build.tags(cell) or web.CHECK.search(cell.source):
        return "notes"
    return "subslide" if cell.outputs else "skip"


def parts(cell) -> list:
    """A cell, or one for each figure that it shows, or for each heading of a text.

    After a heading come its planned minutes, in a note.
    """
    made = []
    if cell.cell_type == "code":
        for output in cell.outputs:
            if not made or ("text/html" in output.get("data", {}) and web.has_pictures(made[-1])):
                same = {"metadata": cell.metadata, "execution_count": cell.execution_count}
                made.append(nbformat.v4.new_code_cell(cell.source, **same))
            made[-1].outputs.append(output)
        return made or [cell]
    for text in re.split(r"^(?=#+ )", cell.source.strip(), flags=re.M):
        if text:
            plain = HEADING.sub(r"\1 \2", text)
            made.append(nbformat.v4.new_markdown_cell(plain, metadata=cell.metadata))
            if (heading := HEADING.match(text)) and heading[3]:
                made.append(note(f"**{heading[3]}**"))
    return made


def note(text: str):
    """A text that the presenter alone sees."""
    return nbformat.v4.new_markdown_cell(text, metadata={"slideshow": {"slide_type": "notes"}})


def leads(text, cell) -> bool:
    """Whether a text without a slide_type says what the code right below it prints."""
    chosen = [one.metadata.get("slideshow") for one in (text, cell)]
    kinds = [one.cell_type for one in (text, cell)]
    if any(chosen) or kinds != ["markdown", "code"] or "instructor" in build.tags(text):
        return False
    return bool(cell.outputs) and slide_type(cell) == "subslide" and not web.has_pictures(cell)


def guide(teaching: str, number: str) -> dict[str, str]:
    """What docs/teaching.md tells the presenter of a lesson, by the heading where it is needed."""
    block = re.search(rf"^### {number} .*?(?=^##|\Z)", teaching, flags=re.M | re.S)
    if not block:
        return {}
    said = re.findall(r"^- \*(.+?)\*: (.+(?:\n  .+)*)", block[0], flags=re.M)
    notes = {heading: f"**Say.** {words}" for heading, words in said}
    for kind, heading in GUIDE.items():
        if piece := re.search(rf"^\*\*{kind}.+(?:\n.+)*", block[0], flags=re.M):
            notes[heading] = f"{notes.get(heading, '')}\n\n{piece[0]}".strip()
    return notes


def deck(cells: list, notes: dict[str, str] | None = None):
    """The notebook whose cells are what a deck shows and says, each with its slide_type.

    Args:
        notes: what else the presenter reads, by the heading of the slide.
    """
    section, shown, made = "", False, []
    cells = [*itertools.chain.from_iterable(map(parts, cells))]
    kinds = [slide_type(cell) for cell in cells]
    for number, pair in enumerate(itertools.pairwise(cells)):
        if leads(*pair):
            kinds[number : number + 2] = "subslide", "-"
    for cell, kind in zip(cells, kinds, strict=True):
        heading = cell.cell_type == "markdown" and HEADING.match(cell.source)
        if heading and len(heading[1]) < 3:
            shown = kind == "slide"  # a section whose heading is no slide is left out
        if not shown or kind == "skip":
            continue
        section = heading[2] if heading else section
        cell.metadata = {"slideshow": {"slide_type": kind}}
        if kind in ("slide", "subslide") and not heading:
            cell.metadata.title = section
        if cell.cell_type == "code":
            if answer := QUIZ.search(cell.source):
                cell.metadata.answer = answer[1]
            for output in cell.outputs:
                output.output_type = output.output_type.replace("execute_result", "display_data")
                output.pop("execution_count", None)
            cell.metadata.pictures = web.has_pictures(cell)
            web.say_what_moves(cell)
        else:
            text = re.sub(r"^\[Open in Colab\].*\n", "", cell.source, flags=re.M)
            cell.source = markers.unfolded(text)
        made.append(cell)
        if heading and heading[2] in (notes or {}):
            made.append(note(notes[heading[2]]))
    return nbformat.v4.new_notebook(cells=made)


def deck_html(notebook, title: str) -> str:
    template = str(FOLDER / "deck.html.j2")
    exporter = SlidesExporter(template_file=template, exclude_anchor_links=True)
    return exporter.from_notebook_node(notebook, {"title": title})[0]


def make_all(output: pathlib.Path, packages: pathlib.Path, lessons=(), root=ROOT) -> int:
    """Write the decks of all lessons, or of those with these numbers, and an index; how many."""
    names = web.lessons(root)
    pages = {f"notebooks/{name}.ipynb": f"{name}.html" for name in names}
    pages["data/CREDITS.md"] = "CREDITS.md"
    if unknown := [n for n in lessons if not any(name.startswith(n) for name in names)]:
        raise PublishError(f"There is no lesson {unknown[0]} in notebooks.")
    shutil.rmtree(output, ignore_errors=True)
    web.copy_packages(packages, output / "vendor", VENDOR)
    for path in (FOLDER / "deck.css", FOLDER / "deck.js", root / "data" / "CREDITS.md"):
        shutil.copyfile(path, output / path.name)
    items, teaching = [], (root / "docs" / "teaching.md").read_text(encoding="utf-8")
    for name in names:
        if not lessons or name.startswith(tuple(lessons)):
            cells = web.read_lesson(name, root, pages)
            title = HEADING.search(cells[0].source)[2]
            page = deck_html(deck(cells, guide(teaching, name[:2])), title)
            (output / f"{name}.html").write_text(page, encoding="utf-8", newline="\n")
            link = f'<a href="{name}.html">{html.escape(title)}</a>'
            items.append(f'<li>{link} (<a href="{name}.html?handout">handout</a>)</li>\n')
    index = (FOLDER / "index.html").read_text(encoding="utf-8")
    index = index.replace("{{decks}}", "".join(items))
    (output / "index.html").write_text(index, encoding="utf-8", newline="\n")
    return len(items)


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description="Make a deck of slides of each lesson.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="these only, e.g. 00 03")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        packages = web.fetch(ROOT / "build" / "slides", FOLDER, "The slides need")
        count = make_all(ROOT / "dist" / "slides", packages, options.lessons)
    except (PublishError, build.LessonError) as error:
        print(error, file=sys.stderr)
        return 1
    seconds = time.perf_counter() - start
    print(f"{count} decks in {seconds:.1f} s: open dist/slides/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
