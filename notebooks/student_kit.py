"""Pack the course for a class: `make student-kit` writes dist/nst-course.zip.

In it are the students' notebooks, the library and the pictures; no solutions, no notes for the
instructor, no tests. It unpacks into one folder, from which `make lab` starts, and the setup cell
of a notebook takes it as it is where the course cannot be fetched.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = "nst-course"  # in the zip
FILES = ("LICENSE", "Makefile", "environment.yml", "pyproject.toml", "docs/engine.md")
PATTERNS = ("notebooks/*.ipynb", "nstlib/**/*.py", "data/**/*", "docs/images/*")
WHEN = (2020, 1, 1, 0, 0, 0)  # the same files make the same zip

README = """\
# Neural style transfer, from first painting to your own

The lessons are in the folder `notebooks`; begin with `00_first_painting.ipynb`.

On your own computer (Linux, macOS with Apple silicon, or Windows with WSL) with Python 3.11, 3.12
or 3.13, open a terminal in this folder. The first time it takes some minutes and a connection:

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

Code: Apache License 2.0. Texts: CC BY 4.0. See LICENSE, and data/CREDITS.md for the pictures.
"""


def kit_files(root: pathlib.Path = ROOT) -> list[pathlib.Path]:
    """What goes into the kit, as paths below the repository."""
    found = [root / name for name in FILES]
    for pattern in PATTERNS:
        found += sorted(path for path in root.glob(pattern) if path.is_file())
    return [path.relative_to(root) for path in found if "__pycache__" not in path.parts]


def write_kit(output: pathlib.Path, root: pathlib.Path = ROOT) -> None:
    """Write the zip; the same files always make the same bytes."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as kit:
        kit.writestr(zipfile.ZipInfo(f"{FOLDER}/README.md", WHEN), README)
        for path in kit_files(root):
            entry = zipfile.ZipInfo(f"{FOLDER}/{path.as_posix()}", WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            kit.writestr(entry, (root / path).read_bytes())


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
