"""Keras's own settings, old switches of TensorFlow, and files that stand in the way."""

import os
import pathlib
import subprocess
import sys

import pytest

from nstlib.backend import check_shadows

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAINT = "nstlib.stylize(np.zeros((32, 48, 3)), np.ones((32, 32, 3)), evaluations=2, progress=False)"
SETTINGS = """{"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow",
"image_data_format": "channels_first"}"""


def python(lines, folder, **variables):
    """Run Python in a folder; returns its exit status and what it wrote last."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    process = subprocess.run(
        [sys.executable, "-c", lines],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return process.returncode, (process.stdout + process.stderr).strip().splitlines()[-1:]


def test_channels_first_in_keras_settings_changes_no_painting(tmp_path):
    (tmp_path / "keras.json").write_text(SETTINGS)
    lines = f"""
import nstlib, numpy as np
from nstlib.backend import keras
from nstlib.training.distill import build_student
assert keras.config.image_data_format() == "channels_first"
first = {PAINT}
build_student()(np.zeros((1, 32, 32, 3), "float32"))
average = nstlib.FeatureExtractor("block3_conv1", pooling="average")(np.zeros((1, 32, 48, 3)))
assert average["block3_conv1"].shape == (1, 8, 12, 80)
keras.config.set_image_data_format("channels_last")
last = {PAINT}
assert (first.image == last.image).all()
print("same")
"""
    assert python(lines, tmp_path, KERAS_HOME=str(tmp_path)) == (0, ["same"])


@pytest.mark.parametrize("call", ["disable_eager_execution", "disable_v2_behavior"])
def test_graphs_of_version_1_get_a_sentence(tmp_path, call):
    before = f"import tensorflow as tf; tf.compat.v1.{call}(); import nstlib, numpy as np;"
    code, last = python(before + PAINT, tmp_path)
    assert code == 1 and last[0].startswith(
        "RuntimeError: TensorFlow's eager execution is switched"
    )
    before = f"import nstlib, numpy as np, tensorflow as tf; tf.compat.v1.{call}();"
    code, last = python(before + "nstlib.FeatureExtractor('block1_conv1')", tmp_path)
    assert code == 1 and "restart the kernel" in last[0]


@pytest.mark.parametrize("name", ["keras", "tensorflow", "numpy"])
@pytest.mark.parametrize("text", ["", "import tensorflow, keras"])
def test_a_file_that_stands_in_the_way_is_named(tmp_path, name, text):
    file = tmp_path / f"{name}.py"
    file.write_text(text)
    code, last = python("import nstlib", tmp_path)
    assert code == 1
    assert f"{file.name} is imported in the place of {name}: give that file another" in last[0]


def test_what_is_missing_is_not_in_the_way():
    check_shadows(["no_such_library", "numpy", "keras"])
