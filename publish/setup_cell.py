import importlib.util
import pathlib
import shutil
import subprocess
import sys

address, here = "https://github.com/{{repository}}", pathlib.Path.cwd()


def course():
    """The folder with nstlib: this one, one above, or one that was fetched into course."""
    folders = [here, *here.parents, *(path.parent for path in here.glob("course/**/nstlib"))]
    return next((folder for folder in folders if (folder / "nstlib").is_dir()), None)


if course() is None and "google.colab" in sys.modules:
    subprocess.run(["git", "clone", "-q", "--depth", "1", address, "course"], check=False)
if course() is None and "google.colab" in sys.modules:
    from google.colab import files

    print(f"{address} cannot be fetched: choose a zip of the course on your disk.")
    for name in files.upload():
        shutil.unpack_archive(name, "course")
if course() is not None and not getattr(importlib.util.find_spec("nstlib"), "origin", None):
    sys.path.insert(0, str(course()))
assert importlib.util.find_spec("nstlib"), f"No nstlib: open this notebook in a copy of {address}"
