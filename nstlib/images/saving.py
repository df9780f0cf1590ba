"""Save an image with a record of how it was made, and read that record again."""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from nstlib.images.encoding import encode
from nstlib.images.pixels import open_picture, to_uint8
from nstlib.images.sources import ImageError, home, name_of, one_line, read

ENDINGS = (".png", ".jpg", ".jpeg")  # of pictures
PAINTINGS = "nst-paintings"  # the folder, in the home folder, of what cannot be saved right here


def save_image(
    image: Any, path: str | os.PathLike, metadata: dict | None = None, overwrite: bool = True
) -> Path:
    """Save an image as PNG or JPEG, with a record of how it was made inside the file.

    The file appears whole or not at all: on failure an older file stays as it was. Of a symbolic
    link, the file that it leads to is written.

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
    path, name = home(path), name_of(path)
    moved = path.parent == Path() and not os.access(path.parent, os.W_OK)
    if moved:
        _check_ending(path, ENDINGS)
        with disk_errors_in_words(name):
            path = _writable_folder() / path.name
    check_output(path, overwrite)
    data = _file(to_uint8(image), path.suffix.lower(), metadata, name)
    with written_whole(path) as part:
        part.write_bytes(data)
    if moved:
        print(f"This folder does not allow writing: the picture is in {path}")
    return path


def check_output(
    path: str | os.PathLike, overwrite: bool = True, endings: Sequence[str] = ENDINGS
) -> None:
    """Check that this very file can be written: before long work, not after it.

    Args:
        path: of a picture, as for `save_image`, or of another file.
        overwrite: as for `save_image`.
        endings: that its name may have, in small letters.

    Raises:
        ImageError: if the ending or the folder will not do, or the file may not be replaced.

    >>> check_output("painting.gif")
    Traceback (most recent call last):
    nstlib.images.sources.ImageError: 'painting.gif' cannot be saved: let its name end in .png, ...
    """
    path, name = home(path), name_of(path)
    _check_ending(path, endings)
    with disk_errors_in_words(name):
        if path.is_dir():
            raise ImageError(f"{name} is a folder: give the name of a file to write.")
        folder = _place(path).parent
        if not folder.is_dir():
            raise ImageError(f"{name} cannot be saved: make its folder first, it is missing.")
        if not os.access(folder, os.W_OK):
            raise ImageError(f"{name} cannot be saved: its folder does not allow writing.")
        if not overwrite and path.exists():
            raise ImageError(
                f"{name} already exists: choose another name or allow overwriting "
                "(overwrite=True, in a shell --overwrite)."
            )


def _place(path: Path) -> Path:
    """Where a file of this name lies: a link is written through, and stays a link."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _check_ending(path: Path, endings: Sequence[str]) -> None:
    if path.suffix.lower() not in endings:
        *first, last = endings
        these = f"{', '.join(first)} or {last}" if first else last
        raise ImageError(f"{name_of(path)} cannot be saved: let its name end in {these}.")


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Where to write a file that appears whole or not at all; of a link, what it leads to.

    Raises:
        ImageError: on a full disk, say; an older file is as it was.
    """
    place = _place(path)
    part = place.with_name(f".{secrets.token_hex(8)}.part{place.suffix.lower()}")
    with disk_errors_in_words(name_of(path)):
        try:
            yield part
            os.replace(part, place)
        finally:
            part.unlink(missing_ok=True)


def _writable_folder() -> Path:
    """One of our own, so that a picture which replaces another replaces one of ours."""
    with contextlib.suppress(OSError, RuntimeError):  # of a home that is closed, or none at all
        folder = Path.home() / PAINTINGS
        folder.mkdir(exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix=f"{PAINTINGS}-"))


@contextlib.contextmanager
def disk_errors_in_words(name: str) -> Iterator[None]:
    """Turn what the system says of a full disk, a folder or a name into an `ImageError`."""
    try:
        yield
    except OSError as error:
        why = error.strerror or one_line(error)
        raise ImageError(
            f"{name} cannot be written ({why}): choose another folder or name."
        ) from error
    except ValueError as error:  # of a name with a null character in it
        if isinstance(error, ImageError):
            raise
        raise ImageError(
            f"{name} cannot be written ({one_line(error)}): choose another name."
        ) from error


def _file(pixels: np.ndarray, suffix: str, metadata: dict | None, name: str) -> bytes:
    """The bytes of the file, with the record inside."""
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
    picture = Image.fromarray(pixels)
    if suffix == ".png":
        record = PngImagePlugin.PngInfo()
        if metadata:
            record.add_text("nstlib", text)
        return encode(picture, "png", pnginfo=record)
    comment = f"nstlib {text}" if metadata else ""
    if len(comment) > 65533:
        raise ImageError(f"{name} cannot hold that much metadata: save a .png instead.")
    return encode(picture, "jpeg", quality=95, subsampling=0, comment=comment)


def read_metadata(path: str | os.PathLike) -> dict:
    """Read the record that `save_image` stored in a file.

    Args:
        path: a picture file.

    Returns:
        The metadata, or {} where the file holds none of ours.

    Raises:
        ImageError: if the file is not a readable picture.

    >>> from nstlib.images import example_path
    >>> read_metadata(example_path("chelsea"))
    {}
    """
    name = name_of(path)
    return record_in(read(Path(path), name), name)  # of a Path: never an address


def record_in(data: bytes, name: str) -> dict:
    """The record in the bytes of a picture file, or {}; messages call it by this name."""
    info = open_picture(data, name).info
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
