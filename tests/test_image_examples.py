"""The pictures of the course, and what importing the room of pictures loads."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

from pictures import refusal

from nstlib import images
from nstlib.images import example_path, examples


def test_examples():
    assert "chelsea" in examples("content")
    assert "hokusai_great_wave" in examples("style")
    for name in examples("content") + examples("style"):
        assert example_path(name).is_file()
    assert not set(examples("content")) & set(examples("style"))


def test_unknown_example_lists_the_names():
    message = refusal(example_path, "mona_lisa")
    assert "'mona_lisa'" in message
    for name in examples("content") + examples("style"):
        assert name in message
    assert '"content" or "style"' in refusal(examples, "paintings")


def test_data_folder_of_an_installed_package(tmp_path):
    copy = tmp_path / "nstlib" / "images" / "examples.py"
    copy.parent.mkdir(parents=True)
    shutil.copy(Path(images.__file__).with_name("examples.py"), copy)
    data_folder = runpy.run_path(str(copy))["data_folder"]
    assert "is missing" in refusal(data_folder)
    for folder in (tmp_path / "data", tmp_path / "nstlib" / "data"):  # the repository's, its own
        (folder / "content").mkdir(parents=True)
        assert data_folder() == folder.resolve()


def test_importing_is_light():
    code = (  # the module and what it imports, without the rest of the package
        "import sys, types; package = sys.modules['nstlib'] = types.ModuleType('nstlib');"
        "package.__path__ = [sys.argv[1]]; import nstlib.images; print(*sys.modules)"
    )
    folder = str(Path(images.__file__).parents[1])
    process = subprocess.run(
        [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
    )
    loaded = set(process.stdout.split())
    assert {"nstlib.images", "nstlib.images.display"} <= loaded
    assert not {"tensorflow", "keras", "IPython", "matplotlib", "nstlib.backend"} & loaded
