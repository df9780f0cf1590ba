"""What slides and website share: a lesson's cells, where its links lead, and packages from npm."""

from __future__ import annotations

import copy
import pathlib
import posixpath
import re
import shutil
import subprocess

import nbformat

import build

ROOT = build.NOTEBOOKS.parent
CHECK = re.compile(r"\bcheck\.\w")
WIDGET = re.compile(r"\b(live|widgets\.\w+|MaskPainter)\(")
MOVES = '<p class="moves">A picture of a widget: in the notebook you move it yourself.</p>'
# A lesson in the table of the README.
ROW = re.compile(
    r"^\| (?P<number>\d\d) \| \[(?P<title>[^]]+)\]\(notebooks/(?P<name>\w+)\.ipynb\) "
    r"\| (?P<minutes>\d+ min) \| .*\]\((?P<colab>https:[^)]+)\) \|$",
    flags=re.M,
)
# Code is left as it is: it may look like a link.
CODE_OR_LINK = re.compile(
    r"(?P<code>^```.*?^```|(?P<ticks>`+).+?(?P=ticks))|(?P<text>!?\[[^]]*\])\((?P<target>[^)\s]+)\)",
    flags=re.M | re.S,
)
# From build/slides/node_modules to the folder vendor; more of it only slides need.
KATEX = {
    "katex/LICENSE": "katex/LICENSE",
    "katex/dist/katex.min.css": "katex/katex.min.css",
    "katex/dist/katex.min.js": "katex/katex.min.js",
    "katex/dist/fonts/*.woff2": "katex/fonts/",
}


class PublishError(Exception):
    """Slides or a website that cannot be made; the message says why, and what to do."""


def lesson(student, instructor) -> list:
    """The cells of both notebooks: those executed, each solution after its stub.

    Texts are the student's: their links are as seen from notebooks/.
    """
    texts = {cell.id: cell.source for cell in student.cells}
    stubs = [cell for cell in student.cells if "exercise" in build.tags(cell)]
    cells = []
    for cell in copy.deepcopy(instructor.cells):
        if "solution" in build.tags(cell):
            if not stubs:
                raise PublishError(f"There is no exercise to the solution {cell.source[:60]!r}")
            cells.append(copy.deepcopy(stubs.pop(0)))
        elif "instructor" not in build.tags(cell):
            if cell.id not in texts:
                raise PublishError(f"Student and instructor differ at {cell.source[:60]!r}")
            cell.source = texts[cell.id]
        cells.append(cell)
    if stubs:
        raise PublishError(f"There is no solution to the exercise {stubs[0].source[:60]!r}")
    return cells


def lessons(root=ROOT) -> list[str]:
    """The names of the stored lessons, such as 00_first_painting, in their order."""
    return sorted(path.stem for path in (root / "notebooks").glob(f"{build.LESSON}.ipynb"))


def read_lesson(name: str, root=ROOT, pages: dict[str, str] | None = None) -> list:
    """The cells of a stored lesson, such as 00_first_painting, with links to these pages."""
    paths = build.notebook_paths(pathlib.Path(name), root / "notebooks").values()
    if missing := [path for path in paths if not path.exists()]:
        raise PublishError(f"{missing[0]} is missing: make notebooks")
    cells = lesson(*(nbformat.read(path, as_version=4) for path in paths))
    for cell in cells:
        if cell.cell_type == "markdown":
            folder = "notebooks/instructor" if "instructor" in build.tags(cell) else "notebooks"
            cell.source = linked(cell.source, folder, pages or {}, root)
    return cells


def has_pictures(cell) -> bool:
    return any("text/html" in output.get("data", {}) for output in cell.get("outputs", ()))


def say_what_moves(cell) -> None:
    """Below the picture that a widget left: where the widget itself is."""
    if WIDGET.search(cell.source) and has_pictures(cell):
        cell.outputs.append(nbformat.v4.new_output("display_data", {"text/html": MOVES}))


def linked(markdown: str, folder: str, pages: dict[str, str], root=ROOT) -> str:
    """Markdown of this folder of the repository, as it is written beside the pages.

    Pictures become part of it.

    Args:
        pages: where each file has become a page: {"docs/engine.md": "engine.md"}. A link to
            another file leads to GitHub.
    """
    github = f"https://github.com/{build.repository(root)}"

    def address(match):
        path, mark, anchor = (match["target"] or "").partition("#")
        if match["code"] or not path or re.match(r"[a-z]+:", path):
            return match[0]
        path = posixpath.normpath(posixpath.join(folder, path))
        if match["text"].startswith("!"):
            return f"{match['text']}({build.data_address(root / path)})"
        if path not in pages and (path.startswith("..") or not (root / path).exists()):
            raise PublishError(f"A text in {folder} has a link to {path}, and it is missing")
        kind = "tree" if (root / path).is_dir() else "blob"
        return f"{match['text']}({pages.get(path) or f'{github}/{kind}/main/{path}'}{mark}{anchor})"

    return CODE_OR_LINK.sub(address, markdown)


def fetch(folder: pathlib.Path, lists: pathlib.Path, who: str) -> pathlib.Path:
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
        raise PublishError(
            f"{who} npm, which fetches packages for the browser, and it was not found. Install "
            "Node.js, which comes with it (Debian, Ubuntu: apt install npm), and try again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(lists / name, folder / name)
    done.unlink(missing_ok=True)  # npm empties the folder first, and may not come to an end
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run([npm, "ci", *options], cwd=folder, check=False).returncode:
        raise PublishError(
            f"{who} packages that npm could not fetch: see above. Is there a network?"
        )
    done.write_text(lock, encoding="utf-8")
    return folder / "node_modules"


def copy_packages(packages: pathlib.Path, target: pathlib.Path, wanted: dict[str, str]) -> None:
    """Copy what is wanted of the npm packages, as KATEX says it."""
    for source, name in wanted.items():
        found = sorted(packages.glob(source))
        if not found:
            raise PublishError(f"{source} is missing in {packages}: delete that folder, try again.")
        for path in found:
            place = target / (f"{name}{path.name}" if name.endswith("/") else name)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
