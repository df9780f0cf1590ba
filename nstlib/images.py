"""Pictures in and out: load from anywhere, save with a record of how it was made, show.

Every function works on the same thing, an *image*: a float32 array of shape
(1, height, width, 3) with red, green and blue in [0, 1].

The steps are in modules of their own: `sources` reads the bytes of a file, `pixels` decodes
them, `display` puts images on the page.
"""

import contextlib
import io
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from nstlib.display import show
from nstlib.pixels import MIN_SIDE, check_array, decode, on_white, open_picture, scale, to_uint8
from nstlib.sources import ImageError, name_of, one_line, read

__all__ = [
    "MIN_SIDE",
    "ImageError",
    "check_output",
    "data_folder",
    "example_path",
    "examples",
    "load_image",
    "read_metadata",
    "save_image",
    "show",
    "to_uint8",
]
PAINTINGS = "nst-paintings"  # the folder, in the home folder, of what cannot be saved right here


def load_image(
    source: str | os.PathLike | bytes | Image.Image | np.ndarray, max_side: int | None = None
) -> np.ndarray:
    """Load a picture as an image ready for a network.

    The picture is turned upright (EXIF), transparency is laid on white, and an embedded
    colour profile is converted to sRGB. An animation gives its first frame.

    Args:
        source: a path, an https address, the bytes of a picture file, a PIL picture, or an
            array of shape (H, W), (H, W, 3), (H, W, 4) or (1, H, W, 3): uint8 in 0..255,
            uint16 in 0..65535 or float in 0..1. The source is not changed.
        max_side: the longer side in pixels, at least 16. A larger picture is scaled down
            and keeps its aspect ratio; a smaller one stays as it is.

    Returns:
        A float32 array of shape (1, height, width, 3), RGB in [0, 1].

    Raises:
        ImageError: if there is no usable picture; the message names it and says why.

    >>> load_image(example_path("chelsea"), max_side=64).shape
    (1, 43, 64, 3)
    """
    whole = isinstance(max_side, (int, np.integer))
    if max_side is not None and not (whole and max_side >= MIN_SIDE):
        given = one_line(repr(max_side))
        raise ImageError(f"max_side is {given}: give a whole number, {MIN_SIDE} or more.")
    name = name_of(source)
    if isinstance(source, Image.Image):
        pixels = decode(source, name)
    elif isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)):
        pixels = decode(open_picture(read(source, name), name), name)
    elif hasattr(source, "__array__"):  # a NumPy array or a tensor
        pixels = check_array(np.asarray(source), name)
    else:
        raise ImageError(
            f"{name} cannot be loaded: give a path, an https address, bytes, a PIL picture "
            "or a NumPy array."
        )
    return scale(on_white(pixels), max_side, name)[np.newaxis]


def save_image(
    image: Any, path: str | os.PathLike, metadata: dict | None = None, overwrite: bool = True
) -> Path:
    """Save an image as PNG or JPEG, with a record of how it was made inside the file.

    The file appears whole or not at all: on failure an older file stays as it was.

    A bare name such as "mine.png" means the current folder. If that does not allow writing, as a
    course that many share, the file goes to nst-paintings in your home folder, or else to a
    temporary folder, and a sentence is printed that says where. Whoever names a folder means it.

    Args:
        image: as for `to_uint8`.
        path: ends in .png (exact), .jpg or .jpeg (smaller, nearly exact).
        metadata: anything JSON can hold, such as network, weights, seed and evaluations.
        overwrite: False refuses to replace an existing file.

    Returns:
        The path of the saved file, wherever that is.

    Raises:
        ImageError: if the suffix, the folder, the metadata or the image will not do, or the
            file exists and may not be replaced.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_image(np.zeros((1, 16, 16, 3)), f"{folder}/black.png", {"seed": 7})
    ...     read_metadata(path)
    {'seed': 7}
    """
    path, name = Path(path), name_of(path)
    moved = path.parent == Path() and not os.access(path.parent, os.W_OK)
    if moved:
        _check_suffix(path)
        with _disk_errors_in_words(name):
            path = _writable_folder() / path.name
    check_output(path, overwrite)
    data = _encode(to_uint8(image), path.suffix.lower(), metadata, name)
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    with _disk_errors_in_words(name):
        try:
            part.write_bytes(data)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    if moved:
        print(f"This folder does not allow writing: the picture is in {path}")
    return path


def check_output(path: str | os.PathLike, overwrite: bool = True) -> None:
    """Check that `save_image` would write this very file: before long work, not after it.

    Args:
        path: as for `save_image`.
        overwrite: as for `save_image`.

    Raises:
        ImageError: if the suffix or the folder will not do, or the file may not be replaced.

    >>> check_output("painting.gif")
    Traceback (most recent call last):
    nstlib.sources.ImageError: 'painting.gif' cannot be saved: let its name end in .png, ...
    """
    path, name = Path(path), name_of(path)
    _check_suffix(path)
    with _disk_errors_in_words(name):
        if path.is_dir():
            raise ImageError(f"{name} is a folder: give the name of a file to write.")
        if not path.parent.is_dir():
            raise ImageError(f"{name} cannot be saved: make its folder first, it is missing.")
        if not os.access(path.parent, os.W_OK):
            raise ImageError(f"{name} cannot be saved: its folder does not allow writing.")
        if not overwrite and path.exists():
            raise ImageError(
                f"{name} already exists: choose another name or allow overwriting "
                "(overwrite=True, in a shell --overwrite)."
            )


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise ImageError(
            f"{name_of(path)} cannot be saved: let its name end in .png, .jpg or .jpeg."
        )


def _writable_folder() -> Path:
    """One of our own, so that a picture which replaces another replaces one of ours."""
    with contextlib.suppress(OSError, RuntimeError):  # of a home that is closed, or none at all
        folder = Path.home() / PAINTINGS
        folder.mkdir(exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix=f"{PAINTINGS}-"))


@contextlib.contextmanager
def _disk_errors_in_words(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ImageError(
            f"{name} cannot be written ({error.strerror}): choose another folder or name."
        ) from error


def _encode(pixels: np.ndarray, suffix: str, metadata: dict | None, name: str) -> bytes:
    if not isinstance(metadata, (dict, type(None))):
        raise ImageError(f"{name} cannot be saved: metadata is not a dict, give it as one.")
    try:
        # NumPy's numbers are not JSON, but their item() is.
        text = json.dumps(metadata or {}, default=lambda value: value.item())
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ImageError(
            f"{name} cannot be saved: metadata holds what JSON cannot ({error}), "
            "use numbers and texts."
        ) from error
    options: dict[str, Any] = {"format": "JPEG", "quality": 95, "subsampling": 0}
    if suffix == ".png":
        options = {"format": "PNG", "pnginfo": PngImagePlugin.PngInfo()}
        if metadata:
            options["pnginfo"].add_text("nstlib", text)
    elif metadata:
        options["comment"] = f"nstlib {text}"
        if len(options["comment"]) > 65533:
            raise ImageError(f"{name} cannot hold that much metadata: save a .png instead.")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, **options)
    return buffer.getvalue()


def read_metadata(path: str | os.PathLike) -> dict:
    """Read the record that `save_image` stored in a file.

    Args:
        path: a picture file.

    Returns:
        The metadata, or {} where the file holds none of ours.

    Raises:
        ImageError: if the file is not a readable picture.

    >>> read_metadata(example_path("chelsea"))
    {}
    """
    name = name_of(path)
    info = open_picture(read(Path(path), name), name).info  # of a Path: never an address
    comment = info.get("comment", b"")
    if isinstance(comment, bytes) and comment.startswith(b"nstlib "):
        text = comment.removeprefix(b"nstlib ").decode("ascii", "replace")
    else:
        text = info.get("nstlib", "{}")
    try:
        found = json.loads(text)
    except (ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def data_folder() -> Path:
    """Find the folder with the pictures that come with the course.

    Raises:
        ImageError: if it is missing.

    >>> (data_folder() / "style").is_dir()
    True
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "data", package.parent / "data"):  # installed, or a repository
        if (folder / "content").is_dir():
            return folder
    raise ImageError(f"{package / 'data'} is missing: install nstlib again.")


def examples(kind: str) -> list[str]:
    """List the names of the pictures that come with the course.

    Args:
        kind: "content" (photographs) or "style" (paintings and prints).

    Returns:
        The names in alphabetical order, for `example_path`.

    Raises:
        ImageError: if there is no such kind.

    >>> examples("content")
    ['astronaut', 'chelsea', 'china', 'coffee', 'rocket']
    """
    if kind not in ("content", "style"):
        raise ImageError(f'there are no examples of kind {kind!r}: use "content" or "style".')
    return sorted(path.stem for path in (data_folder() / kind).glob("*.jpg"))


def example_path(name: str) -> Path:
    """Give the path of a picture that comes with the course.

    Args:
        name: one of `examples("content")` or `examples("style")`.

    Raises:
        ImageError: if there is none of that name; the message lists them.

    >>> example_path("hokusai_great_wave").name
    'hokusai_great_wave.jpg'
    """
    for kind in ("content", "style"):
        if name in examples(kind):
            return data_folder() / kind / f"{name}.jpg"
    names = ", ".join(examples("content") + examples("style"))
    raise ImageError(f"there is no example picture {name!r}: choose one of {names}.")
