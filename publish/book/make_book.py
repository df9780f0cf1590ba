"""Make the website: `make book` writes dist/book/index.html, for a browser without network.

The pages are made of the stored notebooks (nothing is executed), of the README, of two pages in
docs and of the credits, by Sphinx with MyST-NB and the theme Furo. KaTeX comes from npm, as it does
for the slides.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import time

import nbformat

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
sys.path[:0] = [str(FOLDER.parent), str(FOLDER.parent / "slides")]  # for build and make_slides

import book_pages  # noqa: E402
import book_site  # noqa: E402
import build  # noqa: E402
import make_slides  # noqa: E402
from book_pages import BookError  # noqa: E402

KATEX = {source: name for source, name in make_slides.VENDOR.items() if source.startswith("katex/")}
# Whose style sheets and scripts are part of the site.
LICENSED = ("sphinx", "furo", "sphinx-basic-ng", "myst-nb", "pygments", "accessible-pygments")


def write_source(root: pathlib.Path, source: pathlib.Path, solutions: bool) -> book_pages.Pictures:
    """Write all pages as Sphinx reads them; the pictures are written after the build."""
    repository = build.repository(root)
    lessons = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    pictures = book_pages.Pictures()
    texts = book_pages.Texts(root, repository, lessons, pictures)
    setup = build.SETUP.replace("{{repository}}", repository)
    openings = {}
    for name in lessons:
        folder = root / "notebooks"
        paths = (folder / f"{name}.ipynb", folder / "instructor" / f"{name}.ipynb")
        if not paths[1].exists():
            raise BookError(f"{paths[1]} is missing: make notebooks")
        student, instructor = (nbformat.read(path, as_version=4) for path in paths)
        openings[name] = student.cells[0].source
        page = book_pages.lesson_page(student, instructor, texts, setup, solutions)
        nbformat.write(page, source / f"{name}.ipynb")
    readme = (root / "README.md").read_text("utf-8")
    first = book_pages.first_page(readme, openings, texts, solutions)
    (source / "index.md").write_text(first, "utf-8")
    for path, name in book_pages.PAGES.items():
        if name != "index.md":
            text = (root / path).read_text("utf-8")
            page = texts.page(text, pathlib.PurePosixPath(path).parent.as_posix())
            (source / name).write_text(page, "utf-8")
    return pictures


def run_sphinx(source: pathlib.Path, output: pathlib.Path) -> None:
    """Every warning is an error: a link that leads nowhere is one."""
    missing = [name for name in ("sphinx", "myst_nb", "furo") if not importlib.util.find_spec(name)]
    if missing:
        raise BookError(
            f'The website needs {", ".join(missing)}: pip install -e ".[book]", or make book.'
        )
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-c", FOLDER, "-d"]
    command += [source.parent / "doctrees", "-E", "-q", "-W", "--keep-going", source, output]
    if subprocess.run(list(map(str, command)), check=False).returncode:
        raise BookError("Sphinx stopped at the warnings above: correct them, then make book again.")


def copy_licences(root: pathlib.Path, output: pathlib.Path) -> None:
    """The course's licence, and those of all whose files are part of the site."""
    output.mkdir(parents=True)
    shutil.copyfile(root / "LICENSE", output / "course.txt")
    for name in LICENSED:
        files = importlib.metadata.files(name) or []
        texts = [f.locate().read_text("utf-8") for f in files if "LICENSE" in f.name.upper()]
        if not texts:
            raise BookError(f"{name} was installed without its licence: install it again.")
        (output / f"{name}.txt").write_text("\n\n".join(texts), "utf-8")


def make(root: pathlib.Path, work: pathlib.Path, output: pathlib.Path, packages, solutions) -> None:
    """Write the website of the repository `root` into `output`.

    Args:
        work: a folder for what is made on the way; it is deleted first.
        packages: node_modules with KaTeX.
    """
    for folder in (work, output):
        shutil.rmtree(folder, ignore_errors=True)
    source = work / "source"
    source.mkdir(parents=True)
    pictures = write_source(root, source, solutions)
    run_sphinx(source, output)
    (output / "pictures").mkdir()
    for name, content in pictures.files.items():
        (output / "pictures" / name).write_bytes(content)
    make_slides.copy_packages(packages, output / "vendor", KATEX)
    copy_licences(root, output / "licences")
    texts = book_site.search_texts(output)
    (output / "_static" / "texts.js").write_text(texts, "utf-8")
    (output / ".buildinfo").unlink(missing_ok=True)
    (output / "objects.inv").unlink(missing_ok=True)
    if found := book_site.problems(output):
        raise BookError("\n".join(["The website is not as it should be:", *found]))


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description="Make the website of the course.")
    parser.add_argument("--without-solutions", action="store_true", help="leave them out")
    options = parser.parse_args(arguments)
    start, output = time.perf_counter(), ROOT / "dist" / "book"
    try:
        packages = make_slides.fetch(ROOT / "build" / "slides", who="The website needs")
        make(ROOT, ROOT / "build" / "book", output, packages, not options.without_solutions)
    except (BookError, make_slides.SlidesError) as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file()) / 1e6
    pages = len(list(output.glob("*.html")))
    seconds = time.perf_counter() - start
    print(f"{pages} pages, {size:.1f} MB, in {seconds:.0f} s: open dist/book/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
