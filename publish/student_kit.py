"""Pack the course for a class: `make student-kit` writes dist/nst-course.zip.

In it are the students' notebooks, the library and the pictures; no solutions, no notes for the
instructor, no tests. The notebooks are made from their sources: those in the folder may hold what
somebody solved in them, or tried. The kit unpacks into one folder, from which `make lab` starts,
and the setup cell of a notebook takes it as it is where the course cannot be fetched.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import zipfile

import build
import web

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = "nst-course"  # in the zip
FILES = ("LICENSE", "Makefile", "environment.yml", "pyproject.toml")
GUIDES = ("docs/engine.md", "benchmarks/RESULTS.md", "docs/project.md")  # with links to each other
PATTERNS = (
    "nstlib/**/*.py",
    "nstlib/py.typed",
    "nstlib/check/quizzes/*.md",
    "nstlib/plots/lessons/*.toml",
    "data/**/*",
    "docs/images/*",
    "docs/projects/*",
)
WHEN = (2020, 1, 1, 0, 0, 0)  # the same files make the same zip

README = """\
# Neural style transfer, from first painting to your own

| Lesson | Time in a class |
|---|---|
{lessons}

With care, and on your own, plan half as much again or more; each lesson says it at its beginning.

**You need** some Python: to call a function, to write one, to take a part of an array. From the
second lesson on NumPy helps, and to have met a neural network before.

**Unpack the zip where the folder will stay**: in one that was moved, everything is installed anew.
It takes some gigabytes, most of it TensorFlow.

## Start

The lessons are in the folder `notebooks`; begin with `00_first_painting.ipynb`. Ten puzzles for in
between are in `puzzles.ipynb`.

On your own computer (Linux, macOS with Apple silicon, or Windows with WSL) with Python 3.11, 3.12
or 3.13, open a terminal in this folder. The first time it takes some minutes and a connection,
afterwards neither:

```sh
make lab
```

With conda, on Windows too:

```sh
conda env create -f environment.yml
conda activate nst-course
jupyter lab notebooks/00_first_painting.ipynb
```

In Colab: open a notebook from this folder (menu File, Upload notebook). If its first cell asks for
a zip of the course, choose the zip that this folder came in.

## Questions

Ask whoever gave you this folder. A sentence that is wrong, a check that refuses a right answer, a
cell that doesn't run: <https://github.com/{repository}/issues>.

Code: Apache License 2.0. Texts: CC BY 4.0. See LICENSE, and data/CREDITS.md for the pictures.
"""


def readme(repository: str) -> str:
    """For students; the lessons' times are those of the course's own README."""
    rows = web.ROW.finditer((build.NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8"))
    lessons = "\n".join(
        f"| {row['number']} [{row['title']}](notebooks/{row['name']}.ipynb) | {row['minutes']} |"
        for row in rows
    )
    return README.format(lessons=lessons, repository=repository)


def kit_files() -> dict[str, bytes]:
    """What is in each file of the kit, by its path there."""
    name = build.repository()
    found = {"README.md": readme(name).encode()}
    for source in sorted((build.NOTEBOOKS / "source").glob("*.py")):
        notebook = build.build(build.read_lesson(source, name), "student")
        found[f"notebooks/{source.stem}.ipynb"] = build.to_text(notebook).encode()
    paths = [ROOT / name for name in (*FILES, *GUIDES)]
    for pattern in PATTERNS:
        paths += sorted(path for path in ROOT.glob(pattern) if path.is_file())
    for path in paths:
        if "__pycache__" not in path.parts:
            found[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    # What can be made of the kit: the first part.
    found["Makefile"] = found["Makefile"].partition(b"# ---- for developers")[0]
    return found


def write_kit(output: pathlib.Path) -> None:
    """Write the zip; the same files always make the same bytes."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as kit:
        for path, content in kit_files().items():
            entry = zipfile.ZipInfo(f"{FOLDER}/{path}", WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16  # or only its owner could read what unzip makes of it
            kit.writestr(entry, content)


def main() -> int:
    parser = argparse.ArgumentParser(description="Pack the course for a class.")
    default = ROOT / "dist" / "nst-course.zip"
    parser.add_argument("--output", type=pathlib.Path, default=default, metavar="KIT.zip")
    output = parser.parse_args().output
    write_kit(output)
    print(
        f"{output.name}: {output.stat().st_size / 1e6:.1f} MB, in the folder {output.parent.name}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
