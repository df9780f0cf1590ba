"""The lessons with another network, tiny: `python tests/robust/vgg19.py [NN ...]`; no download.

All code of a lesson, with its solutions, runs as `setup(network="vgg19")` would have it, and every
cell "The real VGG-19" is turned on. Its weights are made here: there is nothing to be recognised,
but layers, channels and shapes are those of VGG-19.
"""

import linecache
import os
import pathlib
import sys

os.environ.update(NST_FAST="1", NST_HEADLESS="1", MPLBACKEND="Agg", TQDM_DISABLE="1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "publish")]

import IPython.display  # noqa: E402

import build  # noqa: E402
import nstlib  # noqa: E402
import nstlib.engine.profile  # noqa: E402
import nstlib.weights  # noqa: E402

NETWORK, OFF = "vgg19", "real = None\n"


def code_of(source: pathlib.Path) -> list[str]:
    """The cells of the instructor's notebook, with the real VGG-19 turned on."""
    notebook = build.build(build.read_lesson(source, "owner/name"), "instructor")
    cells = [cell.source for cell in build.code_cells(notebook)[1:]]  # the first finds the library
    return [cell.replace(OFF, f"real = {NETWORK!r}\n") for cell in cells]


def made_weights(network, shapes, path):
    """In the place of a download."""
    return nstlib.weights._random_weights({name: shapes[name] for name in shapes}, 0)


def run(source: pathlib.Path) -> None:
    """Run all cells; raises what a cell raises, with the cell in a note."""
    names = {"__name__": "__main__"}
    for number, cell in enumerate(code_of(source), start=1):
        name = f"<cell {number} of {source.stem}>"
        # TensorFlow reads the source of a function that it compiles.
        linecache.cache[name] = len(cell), None, cell.splitlines(keepends=True), name
        try:
            exec(compile(cell, name, "exec"), names)
        except Exception as error:
            error.add_note(f"in {name}:\n{cell}")
            raise


if __name__ == "__main__":
    IPython.display.display = lambda *shown, **options: None
    nstlib.weights._keras_weights = made_weights
    setup = nstlib.setup
    nstlib.setup = lambda network=NETWORK: setup(network)
    for lesson in sorted((build.NOTEBOOKS / "source").glob("*.py")):
        if len(sys.argv) == 1 or lesson.stem[:2] in sys.argv[1:]:
            print(lesson.stem, flush=True)
            run(lesson)
