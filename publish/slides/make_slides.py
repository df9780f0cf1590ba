"""Make the decks: `make slides` writes dist/slides/NN_topic.html, for a browser without network.

Reveal.js, KaTeX and a typeface come from npm, in the versions of package-lock.json, which also has
their checksums, into build/slides; from there everything a deck needs is copied beside it.
"""

from __future__ import annotations

import argparse
import pathlib
import shutil
import subprocess
import sys
import time

import nbformat

import slide_html
import slide_outline

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
# What is taken from build/slides/node_modules, and where it goes below vendor.
VENDOR = {
    "reveal.js/LICENSE": "reveal/LICENSE",
    "reveal.js/dist/reset.css": "reveal/reset.css",
    "reveal.js/dist/reveal.css": "reveal/reveal.css",
    "reveal.js/dist/reveal.js": "reveal/reveal.js",
    "reveal.js/plugin/notes/notes.js": "reveal/notes.js",
    "reveal.js/dist/theme/fonts/source-sans-pro/LICENSE": "fonts/source-sans-pro/LICENSE",
    "reveal.js/dist/theme/fonts/source-sans-pro/*.woff": "fonts/source-sans-pro/",
    "@fontsource/inconsolata/LICENSE": "fonts/inconsolata/LICENSE",
    "@fontsource/inconsolata/files/inconsolata-latin-400-normal.woff2": "fonts/inconsolata/",
    "@fontsource/inconsolata/files/inconsolata-latin-ext-400-normal.woff2": "fonts/inconsolata/",
    "@fontsource/inconsolata/files/inconsolata-latin-700-normal.woff2": "fonts/inconsolata/",
    "katex/LICENSE": "katex/LICENSE",
    "katex/dist/katex.min.css": "katex/katex.min.css",
    "katex/dist/katex.min.js": "katex/katex.min.js",
    "katex/dist/fonts/*.woff2": "katex/fonts/",
}


class SlidesError(Exception):
    """Slides that cannot be made; the message says why, and what to do."""


def fetch(folder: pathlib.Path, lists=FOLDER, who: str = "The slides need") -> pathlib.Path:
    """The folder with the npm packages, fetched unless these versions are there already.

    Args:
        lists: where the package.json lies, and its lock file with the versions and checksums.
        who: needs them, for the sentence that says what is missing.
    """
    lock = (lists / "package-lock.json").read_text(encoding="utf-8")
    done = folder / "fetched.json"
    if done.exists() and done.read_text(encoding="utf-8") == lock:
        return folder / "node_modules"
    npm = shutil.which("npm")
    if npm is None:
        raise SlidesError(
            f"{who} npm, which fetches packages for the browser, and it was not found. Install "
            "Node.js, which comes with it (Debian, Ubuntu: apt install npm), and try again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(lists / name, folder / name)
    done.unlink(missing_ok=True)  # npm empties the folder first, and may not come to an end
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run([npm, "ci", *options], cwd=folder, check=False).returncode:
        raise SlidesError(
            f"{who} packages that npm could not fetch: see above. Is there a network?"
        )
    done.write_text(lock, encoding="utf-8")
    return folder / "node_modules"


def copy_packages(packages: pathlib.Path, target: pathlib.Path, wanted: dict[str, str]) -> None:
    """Copy what is wanted of the npm packages, as VENDOR says it."""
    for source, name in wanted.items():
        found = sorted(packages.glob(source))
        if not found:
            raise SlidesError(f"{source} is missing in {packages}: delete that folder, try again.")
        for path in found:
            place = target / (f"{name}{path.name}" if name.endswith("/") else name)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def copy_vendor(packages: pathlib.Path, target: pathlib.Path) -> None:
    """Everything the decks need, and its licences."""
    copy_packages(packages, target, VENDOR)
    shutil.copyfile(FOLDER / "fonts.css", target / "fonts" / "fonts.css")


def make_deck(instructor: pathlib.Path, student: pathlib.Path) -> tuple[str, str, int]:
    """(HTML, title, number of slides) of a lesson."""
    notebooks = [nbformat.read(path, as_version=4) for path in (instructor, student)]
    try:
        slides = slide_outline.outline(*notebooks)
    except ValueError as error:
        raise SlidesError(f"{instructor.name}: {error}") from error
    return slide_html.deck_html(slides), slides[0].title, len(slides)


def make_all(output: pathlib.Path, packages: pathlib.Path, lessons=()) -> list[tuple]:
    """Write the decks of all lessons, or of those whose numbers are given, and their index."""
    sources = sorted((ROOT / "notebooks" / "instructor").glob("*.ipynb"))
    for name in lessons:
        if not any(source.stem.startswith(name) for source in sources):
            raise SlidesError(f"There is no lesson {name} in notebooks/instructor.")
    if lessons:
        sources = [s for s in sources if s.stem.startswith(tuple(lessons))]
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    copy_vendor(packages, output / "vendor")
    for path in (FOLDER / "deck.css", FOLDER / "deck.js", ROOT / "data" / "CREDITS.md"):
        shutil.copyfile(path, output / path.name)
    decks = []
    for source in sources:
        page, title, count = make_deck(source, ROOT / "notebooks" / source.name)
        name = f"{source.stem}.html"
        (output / name).write_text(page, encoding="utf-8", newline="\n")
        decks.append((name, title, count))
        print(f"{name}: {count} slides")
    index = slide_html.index_html(decks)
    (output / "index.html").write_text(index, encoding="utf-8", newline="\n")
    return decks


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description="Make a deck of slides of each lesson.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="these only, e.g. 00 03")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        packages = fetch(ROOT / "build" / "slides")
        decks = make_all(ROOT / "dist" / "slides", packages, options.lessons)
    except SlidesError as error:
        print(error, file=sys.stderr)
        return 1
    seconds = time.perf_counter() - start
    print(f"{len(decks)} decks in {seconds:.1f} s: open dist/slides/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
