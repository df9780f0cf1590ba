"""Make play.html, the page of the website that paints in the browser; make_book.py calls this.

What the page needs lies in scripts beside it, weights and pictures too, because a page that was
opened from a folder may not read its neighbours. esbuild bundles src/ with TensorFlow.js; both come
from npm, in the versions of package-lock.json, into build/play.
"""

from __future__ import annotations

import base64
import html
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))  # for web

import web  # noqa: E402
from web import ROOT, PublishError  # noqa: E402

WEIGHTS = ("vgg19-lite", "transfer-network", "any-style")
WASM = "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm"
PICTURE_SIDE = 512  # longer side in pixels of the course's pictures on the page
LESSON = re.compile(r"\{\{lesson (\d\d)\}\}")
CREDIT = re.compile(r"^\| (?P<file>\w+/[\w.]+) \| (?P<author>[^|]+) \| (?P<title>[^|]+) \|", re.M)
TENSORFLOW_JS = """\
TensorFlow.js, Copyright Google LLC, is part of play/worker.js and play/wasm.js. It is licensed
under the Apache License, Version 2.0, as are the packages long and @webgpu/types that it uses;
seedrandom, Copyright David Bau, is licensed under the MIT licence. The notices stand at the end of
play/worker.js. The text of the Apache License follows.

"""


def script(name: str, value: object) -> str:
    """JavaScript that the page loads to get a value by its name."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f'(globalThis.nst ??= {{}})["{name}"]={text};\n'


def exported(path: pathlib.Path) -> dict[str, dict]:
    """The arrays of a file of weights, as src/weights.js reads them."""
    arrays = {}
    with np.load(path) as file:
        for name in file.files:
            array = file[name]
            if array.dtype == np.float16:
                text = base64.b64encode(array.astype("<f2").tobytes()).decode("ascii")
                arrays[name] = {"shape": array.shape, "float16": text}
            else:
                arrays[name] = {"shape": array.shape, "values": array.tolist()}
    return arrays


def pictures(data: pathlib.Path) -> dict[str, list[dict]]:
    """The course's photographs and paintings, a little smaller, with their credits."""
    found: dict[str, list[dict]] = {"content": [], "style": []}
    for row in CREDIT.finditer((data / "CREDITS.md").read_text("utf-8")):
        folder, _, name = row["file"].partition("/")
        picture = Image.open(data / row["file"]).convert("RGB")
        picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        picture.save(buffer, format="jpeg", quality=80)
        entry = {"name": pathlib.Path(name).stem, "author": row["author"], "title": row["title"]}
        entry["jpeg"] = base64.b64encode(buffer.getvalue()).decode("ascii")
        found[folder].append(entry)
    return found


def bundle(packages: pathlib.Path, source: str) -> str:
    """A module of src/ and all that it imports, as one script."""
    options = ["--bundle", "--minify", "--format=iife", "--target=es2022", "--log-level=error"]
    command = ["node", packages / "esbuild" / "bin" / "esbuild", FOLDER / "src" / source, *options]
    environment = os.environ | {"NODE_PATH": str(packages)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        raise PublishError(f"esbuild could not bundle publish/play/src/{source}: {said}")
    return done.stdout.decode("utf-8")


def page(template: str, lessons: list[str]) -> str:
    """The page, with `{{lesson NN}}` for the address of a lesson.

    A line with a lesson that there is not is left out.
    """
    addresses = {name[:2]: html.escape(f"{name}.html") for name in lessons}
    lines = [
        LESSON.sub(lambda match: addresses[match[1]], line)
        for line in template.splitlines(keepends=True)
        if all(number in addresses for number in LESSON.findall(line))
    ]
    return "".join(lines)


def make(root: pathlib.Path, output: pathlib.Path, packages: pathlib.Path) -> None:
    """Write play.html and the folder play into the website.

    Args:
        output: the folder of the website.
        packages: node_modules with TensorFlow.js and esbuild.
    """
    place = output / "play"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    scripts = {
        "worker": bundle(packages, "worker.js"),
        "wasm": base64.b64encode((packages / WASM).read_bytes()).decode("ascii"),
        "pictures": pictures(root / "data"),
    }
    scripts |= {name: exported(root / "data" / "weights" / f"{name}.npz") for name in WEIGHTS}
    for name, value in scripts.items():
        (place / f"{name}.js").write_text(script(name, value), "utf-8")
    (place / "page.js").write_text(bundle(packages, "page.js"), "utf-8")
    shutil.copyfile(FOLDER / "play.css", place / "play.css")
    template = (FOLDER / "play.html").read_text("utf-8")
    (output / "play.html").write_text(page(template, web.lessons(root)), "utf-8")
    licences = output / "licences"
    licences.mkdir(exist_ok=True)
    text = TENSORFLOW_JS + (root / "LICENSE").read_text("utf-8")
    (licences / "tensorflow.js.txt").write_text(text, "utf-8")


def fetch() -> pathlib.Path:
    """The folder with the npm packages."""
    return web.fetch(ROOT / "build" / "play", FOLDER, "The page that paints needs")


def main() -> int:
    try:
        make(ROOT, ROOT / "dist" / "book", fetch())
    except PublishError as error:
        print(error, file=sys.stderr)
        return 1
    print("open dist/book/play.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
