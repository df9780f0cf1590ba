import importlib.util
import pathlib
import subprocess
import sys

here = pathlib.Path.cwd()
folders = [here, *here.parents, here / "course"]
root = next((folder for folder in folders if (folder / "nstlib").is_dir()), None)
if root is None and "google.colab" in sys.modules:
    address = "https://github.com/{{repository}}"
    subprocess.run(["git", "clone", "-q", "--depth", "1", address, "course"], check=True)
    root = here / "course"
if root is not None and importlib.util.find_spec("nstlib") is None:
    sys.path.insert(0, str(root))
