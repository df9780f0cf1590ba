"""Lessons with VGG-19 in the place of `vgg19-lite`; `make test-vgg19` runs all of them."""

import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parent / "robust" / "vgg19.py"


# The quickest one that paints, and the one whose games need real shapes.
@pytest.mark.parametrize("lesson", ["00", pytest.param("04", marks=pytest.mark.slow)])
def test_a_lesson_runs_with_vgg19(lesson):
    command = [sys.executable, SCRIPT, lesson]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"{lesson}_" in done.stdout


def test_a_cell_that_fails_is_named(tmp_path):
    """Or the test above could not fail."""
    code = (
        "import pathlib, sys; sys.argv = ['']; import vgg19; "
        "vgg19.code_of = lambda source: ['x = 1', 'x / 0']; vgg19.run(pathlib.Path('07_x.py'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPT.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "cell 2 of 07_x" in done.stderr and "x / 0" in done.stderr
