"""Make the website: `make book` writes dist/book/index.html, for a browser without network.

The pages are made of the stored notebooks (nothing is executed), of the README, of two pages in
docs and of the credits, by Sphinx with MyST-NB and the theme Furo. A lesson's page has each
exercise as its stub, with one solution folded below it, and no notes for the instructor. KaTeX
comes from npm, as it does for the slides. The page that paints is made by publish/play.
"""

from __future__ import annotations

import argparse
import html
import importlib.metadata
import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

import nbformat
from bs4 import BeautifulSoup  # comes with nbconvert

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent), str(FOLDER.parent / "play")]  # for build, web and make_play

import build  # noqa: E402
import make_play  # noqa: E402
import markers  # noqa: E402
import web  # noqa: E402
from web import ROOT, PublishError  # noqa: E402

# What else becomes a page, and under which name.
PAGES = {
    "README.md": "index.md",
    "notebooks/puzzles.ipynb": "puzzles.ipynb",
    "docs/gallery.md": "gallery.md",
    "docs/project.md": "project.md",
    "docs/engine.md": "engine.md",
    "data/CREDITS.md": "credits.md",
}
# The sections of the README that the first page has, in its order.
SECTIONS = ("Lessons", "Start", "Paint your own photo", "Licence and credits")
EXPLAINED = markers.FOLDED.split("{}")[0]
PICTURE = re.compile(r"!\[(?P<alt>[^]]*)\]\((?P<source>data:[^)]+)\)")
CARD = """<li><img alt="{alt}" src="{source}">
<a class="title" href="{name}.html"><span>{number}</span> {title}</a>
<p>{minutes} ·
<a href="{colab}">Open in Colab<span class="for-the-ear">: {title}</span></a></p></li>"""
PLAY = re.compile(r"\[(?P<words>[^]]+)\]\(https:[^)\s]+/play\.html\)")
READING = """\
What the cells print and show on these pages was stored when the lessons were run with
`vgg19-lite` on two CPU cores. {solutions} Where a notebook has sliders and buttons, there is a
picture here: open the lesson in Colab or on your own computer to move them.
"""
FOLDED = """\
One solution of each exercise is folded below its stub, and what follows was computed with it: try
first, then open it."""
WITHHELD = "Solutions of the exercises are not on these pages; what follows was computed with them."
# Whose style sheets and scripts are part of the site.
LICENSED = ("sphinx", "furo", "sphinx-basic-ng", "myst-nb", "pygments", "accessible-pygments")


def lesson_page(cells: list, setup: str, solutions: bool = True):
    """The notebook that becomes a lesson's page, of the cells as `web.lesson` gives them.

    Without `solutions` their cells are missing, and so is what the checks said to them. From a
    prediction to its Explain, or to the next heading, what comes out is folded. Progress is left
    out: on a page nobody passes anything.
    """
    page, asked = nbformat.v4.new_notebook(metadata=build.METADATA), False
    for cell in cells:
        if cell.cell_type == "markdown":
            ends = re.search(r"^#+ ", cell.source, flags=re.M) or EXPLAINED in cell.source
            asked = "**Predict" in cell.source or (asked and not ends)
        tags, check = build.tags(cell), web.CHECK.search(cell.source)
        if tags & {"instructor", "progress"} or ("solution" in tags and not solutions):
            continue
        cell.metadata = {}
        if cell.source == setup:
            fold(cell, "The cell that finds the library")
        elif "solution" in tags:
            fold(cell, "The answer" if check else "One solution")
        elif check and cell.cell_type == "code" and not solutions:
            cell.outputs = []
        elif asked and cell.get("outputs"):
            fold(cell, "What comes out", "output")
        web.say_what_moves(cell)
        if cell.cell_type == "markdown":  # the page that paints lies beside this one
            cell.source = PLAY.sub(r'<a href="play.html">\g<words></a>', cell.source)
        page.cells.append(cell)
    return page


def fold(cell, name: str, part: str = "cell") -> None:
    """Let MyST-NB fold a cell below this name, or its output."""
    prompts = {"code_prompt_show": name, "code_prompt_hide": name}
    cell.metadata = {"tags": [f"hide-{part}"], "mystnb": prompts}


def first_page(readme: str, openings: dict[str, str], solutions: bool = True) -> str:
    """The landing page in Markdown, with the README's words and its table of the lessons as cards.

    Args:
        openings: the first cell of each lesson, whose picture is on its card.
    """
    start, *parts = re.split(r"^## (.+)\n", readme, flags=re.M)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    missing = [name for name in SECTIONS if name not in sections]
    rows = list(web.ROW.finditer(readme))
    if missing or [row["name"] for row in rows] != list(openings):
        raise PublishError(
            "The README must have a row for every lesson, in their order, and the sections "
            f"{', '.join(SECTIONS)}: see {', '.join(missing) or 'its table'}."
        )
    pictures = {name: PICTURE.search(opening) for name, opening in openings.items()}
    if bare := [name for name, picture in pictures.items() if not picture]:
        raise PublishError(f"The first cell of {bare[0]} has no picture for the first page")
    cards = "\n".join(
        CARD.format_map(
            {
                k: html.escape(v)
                for k, v in (row.groupdict() | pictures[row["name"]].groupdict()).items()
            }
        )
        for row in rows
    )
    paragraphs = re.sub(r"^\|.*\n", "", sections["Lessons"], flags=re.M).strip().split("\n\n")
    # What is for teachers stays in the repository.
    readers = [p for p in paragraphs if "notebooks/instructor" not in p]
    how = READING.format(solutions=FOLDED if solutions else WITHHELD)
    sections["Lessons"] = "\n\n".join([f'<ol class="lessons">\n{cards}\n</ol>', *readers, how])
    body = "".join(f"## {name}\n\n{sections[name].strip()}\n\n" for name in SECTIONS)
    order = {
        "Lessons": openings,
        "More": [pathlib.Path(name).stem for name in list(PAGES.values())[1:]],
    }
    contents = "\n".join(
        "```{{toctree}}\n:hidden:\n:caption: {}\n\n{}\n```\n".format(caption, "\n".join(names))
        for caption, names in order.items()
    )
    # The README leads to the website's page that paints; here it is beside the first one.
    start = PLAY.sub(r'<a class="play" href="play.html">\g<words></a>', start)
    return f"{start.strip()}\n\n{body}{contents}"


def write_source(root: pathlib.Path, source: pathlib.Path, solutions: bool) -> None:
    """Write all pages as Sphinx reads them."""
    lessons = web.lessons(root)
    pages = PAGES | {f"notebooks/{name}.ipynb": f"{name}.ipynb" for name in lessons}
    setup = build.SETUP.replace("{{repository}}", build.repository(root))
    openings = {}
    notebooks = [pathlib.Path(path) for path in pages if path.endswith(".ipynb")]
    for path in notebooks:
        cells = web.read_lesson(path.stem, root, pages)
        if path.stem in lessons:
            openings[path.stem] = cells[0].source
        nbformat.write(lesson_page(cells, setup, solutions), source / path.name)
    for path, name in PAGES.items():
        if not name.endswith(".md"):
            continue
        text = (root / path).read_text("utf-8")
        if name == "index.md":
            text = first_page(text, openings, solutions)
        folder = pathlib.PurePosixPath(path).parent.as_posix()
        (source / name).write_text(web.linked(text, folder, pages, root), "utf-8")


def run_sphinx(source: pathlib.Path, output: pathlib.Path) -> None:
    """Every warning is an error: a link that leads nowhere is one."""
    missing = [name for name in ("sphinx", "myst_nb", "furo") if not importlib.util.find_spec(name)]
    if missing:
        raise PublishError(
            f'The website needs {", ".join(missing)}: pip install -e ".[book]", or make book.'
        )
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-c", FOLDER, "-d"]
    command += [source.parent / "doctrees", "-E", "-q", "-n", "-W", "--keep-going", source, output]
    if subprocess.run(list(map(str, command)), check=False).returncode:
        raise PublishError("Sphinx stopped at the warnings above: correct them, make book again.")


def search_texts(folder: pathlib.Path) -> str:
    """JavaScript with the text of every page, by sections.

    A page that was opened from a folder may not read its neighbours: from here the search takes
    the lines that it shows below what it found.
    """
    texts = {}
    for path in sorted(set(folder.glob("*.html")) - {folder / "search.html"}):
        main = BeautifulSoup(path.read_text("utf-8"), "html.parser").find(attrs={"role": "main"})
        for part in main.select("script, style, img, .headerlink"):
            part.decompose()
        for part in main.select(":not(section)"):
            part.unwrap()
        texts[path.name] = re.sub(r"\s+", " ", str(main))
    return f"var pageTexts = {json.dumps(texts, ensure_ascii=False)};\n"


def copy_licences(root: pathlib.Path, output: pathlib.Path) -> None:
    """The course's licence, and those of all whose files are part of the site."""
    output.mkdir(parents=True)
    shutil.copyfile(root / "LICENSE", output / "course.txt")
    for name in LICENSED:
        files = importlib.metadata.files(name) or []
        texts = [f.locate().read_text("utf-8") for f in files if "LICENSE" in f.name.upper()]
        if not texts:
            raise PublishError(f"{name} was installed without its licence: install it again.")
        (output / f"{name}.txt").write_text("\n\n".join(texts), "utf-8")


def make(root: pathlib.Path, work: pathlib.Path, output: pathlib.Path, packages, solutions) -> None:
    """Write the website of the repository `root` into `output`.

    Args:
        work: a folder for what is made on the way; it is deleted first.
        packages: node_modules with KaTeX.
    """
    for folder in (work, output):
        shutil.rmtree(folder, ignore_errors=True)
    (work / "source").mkdir(parents=True)
    write_source(root, work / "source", solutions)
    run_sphinx(work / "source", work / "site")  # MyST-NB leaves a folder of its own beside it
    shutil.move(work / "site", output)
    web.copy_packages(packages, output / "vendor", web.KATEX)
    copy_licences(root, output / "licences")
    (output / "_static" / "texts.js").write_text(search_texts(output), "utf-8")
    (output / ".buildinfo").unlink(missing_ok=True)


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description="Make the website of the course.")
    parser.add_argument("--without-solutions", action="store_true", help="leave them out")
    options = parser.parse_args(arguments)
    start, output = time.perf_counter(), ROOT / "dist" / "book"
    try:
        packages = web.fetch(
            ROOT / "build" / "slides", FOLDER.parent / "slides", "The website needs"
        )
        make(ROOT, ROOT / "build" / "book", output, packages, not options.without_solutions)
        make_play.make(ROOT, output, make_play.fetch())
    except (PublishError, build.LessonError) as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file()) / 1e6
    pages = len(list(output.glob("*.html")))
    seconds = time.perf_counter() - start
    print(f"{pages} pages, {size:.1f} MB, in {seconds:.0f} s: open dist/book/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
