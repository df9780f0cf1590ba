"""What the shell command does without an optimisation: paint in one pass, learn a style."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nstlib.engine.checkpoint import file_name
from nstlib.fast.styles import LearntStyle, load_style, style_names
from nstlib.fast.stylize import check_side, painter
from nstlib.fast.video import ENDINGS, Steady, is_video, paint_video
from nstlib.images import ImageError, check_output, save_image
from nstlib.images.loading import open_image
from nstlib.images.saving import disk_errors_in_words
from nstlib.images.sources import home, name_of

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")  # in a folder


def style_of_arguments(styles: Sequence[str], shares: Sequence[float] | None) -> Any:
    """What `fast_stylize` takes, from what was written in the shell.

    Args:
        styles: names, files that learnt styles were saved in (.npz), or one picture.
        shares: of several; None for equal ones.

    Raises:
        ValueError: several styles with a picture among them, or a share too many or too few.

    >>> style_of_arguments(["hokusai_poppies", "klimt_baby"], [3, 1])
    {'hokusai_poppies': 3, 'klimt_baby': 1}
    """
    read = [load_style(each) if each.lower().endswith(".npz") else each for each in styles]
    if len(read) == 1:
        if shares is not None and len(shares) != 1:
            raise ValueError(f"one style needs one share, not {len(shares)}")
        return read[0]
    for each in read:
        if not isinstance(each, LearntStyle) and each not in style_names():
            raise ValueError(
                f"{each} is no name of a style: --fast mixes styles with names and learnt ones, "
                "and --list-styles lists them"
            )
    shares = [1.0] * len(read) if shares is None else shares
    if len(shares) != len(read):
        raise ValueError(f"{len(read)} styles need as many shares, not {len(shares)}")
    mixture: dict[Any, float] = {}
    for each, share in zip(read, shares, strict=True):
        mixture[each] = mixture.get(each, 0) + share  # a style may be named twice
    return mixture


def paint_in_one_pass(
    content: str,
    styles: Sequence[str],
    output: Path,
    *,
    style_shares: Sequence[float] | None,
    overwrite: bool,
    size: int | None,
    progress: bool = True,
    **manner: Any,
) -> Iterator[str]:
    """Paint a photograph, all those in a folder, or a video, and save what comes out.

    Args:
        content: a picture, a folder of them, or a video.
        styles, style_shares: see `style_of_arguments`.
        output: a file, or of a folder the folder for the paintings, which is made.
        size: longer side in pixels; None for the photograph's own.
        progress: whether a video gets a bar.
        manner: strength and transform, as of `painter`.

    Yields a line about each painting.

    Raises:
        ValueError, OSError: what cannot be read or written, before anything is painted.
    """
    style, side, output = style_of_arguments(styles, style_shares), check_side(size), home(output)
    ending = Path(content).suffix.lower()
    still = ending in PICTURES and ending != ".gif"
    if not still and (is_video(output) or (is_video(content) and ending != ".gif")):
        check_output(output, overwrite, ENDINGS)
        _check_apart(content, output)
        yield paint_video(
            content, painter(style, **manner), output, size=side, steady=Steady(), progress=progress
        )
        return
    pairs = list(_pairs(content, output))
    for path, painting in pairs:
        check_output(painting, overwrite)
        _check_apart(path, painting)
        open_image(path)
    names = [file_name(each) for each in styles]
    record = {"fast": True, "style": names if len(names) > 1 else names[0], "size": size, **manner}
    if style_shares:
        record["style_shares"] = list(style_shares)
    paint = painter(style, **manner)
    for path, painting in pairs:
        started = time.perf_counter()
        image = paint(open_image(path).load(side))
        seconds = time.perf_counter() - started
        about = {"content": file_name(path), **record}
        saved = save_image(image, painting, metadata=about, overwrite=overwrite)
        yield f"{saved}: painted in one pass, {seconds:.1f} s"


def _check_apart(path: str, output: Path) -> None:
    """Refuse to write over what is painted."""
    if output.exists() and "://" not in path and os.path.samefile(home(path), output):
        raise ValueError(f"{path} is to be read, and would be lost: choose another output")


def _pairs(content: str, output: Path) -> Iterator[tuple[str, Path]]:
    """Each photograph with the file that its painting goes into."""
    if "://" in content or not home(content).is_dir():
        yield content, output
        return
    folder = home(content)
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
    if not found:
        raise ImageError(f"the folder {content} has no pictures in it: look for the right one")
    if output.is_file() or (output.suffix and not output.is_dir()):
        raise ImageError(f"{content} is a folder: give a folder as output, too, not {output}")
    with disk_errors_in_words(name_of(output)):
        output.mkdir(parents=True, exist_ok=True)
    names: dict[str, Path] = {}
    for path in found:
        kept = path.suffix.lower() in (".jpg", ".jpeg", ".png")
        name = path.name if kept else f"{path.stem}.png"
        if name in names:
            raise ImageError(f"{names[name]} and {path} would both become {name}: rename one")
        names[name] = path
        yield str(path), output / name
