"""The shell command `nst`: one painting from two pictures.

nst photo.jpg painting.jpg --output result.png
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import re
import signal
import sys
import tempfile
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

import numpy as np
import tensorflow as tf

from nstlib.conventions import CONVENTIONS, VARIATIONS
from nstlib.engine.checkpoint import file_name, names_only
from nstlib.engine.pictures import STARTS
from nstlib.engine.settings import STROKES
from nstlib.fast.command import paint_in_one_pass
from nstlib.fast.learn import Learning, learn_style
from nstlib.fast.styles import ENDINGS, style_names
from nstlib.fast.stylize import fast_stylize
from nstlib.fast.transforms import TRANSFORMS
from nstlib.images import ImageError, check_output, save_image
from nstlib.images.colors import COLOR_CHOICES
from nstlib.images.sources import one_line
from nstlib.names import defaults_of
from nstlib.networks import BLOCKS, POOLINGS, PRECISIONS
from nstlib.optimizers import OPTIMIZERS
from nstlib.stylize import Result, stylize

EXAMPLE = """examples:
  nst photo.jpg style.jpg --output painting.png --size 512 --style-weight 20
  nst photo.jpg sky.jpg ground.jpg -o painting.png --masks sky_mask.png
  nst photo.jpg style.jpg -o large.png --sizes 256 512 1024 --checkpoint large.npz
  nst photo.jpg style.jpg -o large.png --sizes 256 512 1024 --resume large.npz

in one pass, without an optimisation (see nst --fast --help and nst --learn --help):
  nst --fast photo.jpg hokusai_great_wave --output painting.png
  nst --learn painting.jpg --output style.npz
  nst --list-styles

The pictures are files or https addresses, and come before options that take several values, such
as --masks. Ctrl-C, and the signals TERM and HUP, end the painting and save what there is. The
settings are stored in the output file, of other files the names.

exit status: 0 with a painting, 2 after an error, 128 and a signal's number if it came before there
was a painting
"""

FAST_EXAMPLE = """examples:
  nst --fast photo.jpg hokusai_great_wave --output painting.png
  nst --fast photo.jpg any_painting.jpg --output painting.png --strength 0.7
  nst --fast photos/ hokusai_poppies style.npz --style-shares 2 1 --output painted/
  nst --fast clip.mp4 van_gogh_irises --output painted.mp4 --size 512

A STYLE is a name (nst --list-styles), the file of a style that nst --learn learnt, or any picture.
Several of the first two mix. Videos (to .mp4 or .gif) need imageio's ffmpeg: pip install
'nstlib[video]'. Ctrl-C ends one, and saves the frames that are finished; of a folder, it leaves the
paintings that are, with an exit status of 128 and the signal's number.
"""

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # by their names, as Windows lacks one


class _Help(argparse.RawDescriptionHelpFormatter):
    """Breaks no name at a hyphen: it is to be copied."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


def _parser(defaults: dict) -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="nst",
        usage="%(prog)s CONTENT STYLE [STYLE ...] --output OUT.png [options]",
        description="Paint one picture in the manner of another.",
        epilog=EXAMPLE,
        formatter_class=_Help,
    )
    parser.add_argument("content", metavar="CONTENT", help="what to paint")
    parser.add_argument("style", metavar="STYLE", nargs="+", help="in which manner; several mix")
    add = parser.add_argument
    add("--output", "-o", required=True, metavar="OUT.png", type=Path, help="a .png or .jpg file")
    add("--overwrite", action="store_true", help="replace an output or checkpoint that exists")
    add("--quiet", "-q", action="store_true", help="no progress bar")
    version = importlib.import_module("nstlib").__version__  # the roof; nothing here rests on it
    add("--version", action="version", version=f"nst {version}")

    def option(
        name: str,
        what: str,
        kind: Callable[[str], Any] = str,
        default: str | None = None,
        **more: Any,
    ) -> None:
        given = defaults[name.replace("-", "_")]
        text = f"{what} (default: {default or given})"
        group.add_argument(f"--{name}", type=kind, default=given, help=text, **more)

    def weight(name: str, what: str) -> None:
        convention = defaults["convention"]
        own = getattr(CONVENTIONS[convention], name.replace("-", "_"))
        default = f"the convention's own, in {convention} {own:g}"
        option(name, what, float, default, metavar="NUMBER")

    group = parser.add_argument_group("what the painting is to be like")
    option("network", _one_of(BLOCKS), metavar="NAME")
    option("weights", "a file of weights, or random", str, "the network's own", metavar="FILE")
    option("pooling", _one_of(POOLINGS), str, "the convention's own", metavar="NAME")
    option("convention", f"the units of the weights: {_one_of(CONVENTIONS)}", metavar="NAME")
    weight("content-weight", "larger keeps more of the photograph")
    weight("style-weight", "larger paints more boldly")
    weight("tv-weight", "larger paints smoother")
    several: dict[str, Any] = {"nargs": "+", "metavar": "NUMBER", "type": float}
    shares = "shares of several styles (default: equal ones, or with masks their areas)"
    group.add_argument("--style-shares", help=shares, **several)
    masks = "pictures that are white where each style applies; one for the first of two styles"
    group.add_argument("--masks", nargs="+", metavar="MASK.png", help=f"{masks} (default: none)")
    colors = f"keep the colours of the photograph: {_one_of(COLOR_CHOICES)}"
    option("preserve-color", colors, str, "those of the style", metavar="HOW")
    brush = f"size of the brush: {_one_of(STROKES)}"
    option("strokes", brush, str, "medium", metavar="HOW")
    finish = "how far the colours are moved to the style's at the end, from 0 to 1"
    option("match-colors", finish, float, "the convention's own", metavar="SHARE")
    variation = f"what tv-weight makes small: {_one_of(VARIATIONS)}"
    option("variation", variation, str, "the convention's own", metavar="NAME")
    option("init", f"what to start from: {_one_of(STARTS)}, or a picture", metavar="START")
    option("seed", "of all that is random", int, metavar="NUMBER")

    group = parser.add_argument_group("how large and how long")
    option("size", "longer side in pixels", int, metavar="PIXELS")
    several = {"nargs": "+", "type": int}
    scale = "the style picture's size over the painting's"
    option("style-scale", scale, float, "1", metavar="NUMBER")
    sizes = "in its place several, from coarse to fine (default: just the one)"
    group.add_argument("--sizes", metavar="PIXELS", help=sizes, **several)
    budget = (
        "how long to paint, in evaluations of the loss; of several sizes one number for all "
        f"together, or one each (default: {defaults['evaluations']})"
    )
    given = [defaults["evaluations"]]
    group.add_argument("--evaluations", metavar="NUMBER", default=given, help=budget, **several)
    option("target-loss", "stop at this loss", float, "at none", metavar="LOSS")
    patience = "stop when so many evaluations have lowered the loss by less than 0.1 %%"
    option("patience", patience, int, "never", metavar="NUMBER")
    option("seconds", "stop after this time", float, "never", metavar="NUMBER")

    group = parser.add_argument_group("how to compute it")
    option("optimizer", _one_of(OPTIMIZERS), metavar="NAME")
    own = "its arguments, such as learning_rate=0.05"
    options = {"nargs": "+", "metavar": "NAME=NUMBER"}
    option("optimizer-settings", own, _setting, "its own", **options)
    option("precision", _one_of(("auto", *PRECISIONS)), metavar="NAME")
    saved = "a file to save the run in, every 10 s and at the end"
    option("checkpoint", saved, str, "in none", metavar="RUN.npz")
    resumed = "such a file: go on from there, and save in it again; give the same settings"
    option("resume", resumed, str, "begin anew", metavar="RUN.npz")
    return parser


def _fast_parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="nst --fast",
        usage="%(prog)s CONTENT STYLE [STYLE ...] --output OUT [options]",
        description="Paint a photograph, a folder of them, or a video in one pass of a network.",
        epilog=FAST_EXAMPLE,
        formatter_class=_Help,
    )
    add = parser.add_argument
    add("--fast", action="store_true", help=argparse.SUPPRESS)
    add("content", metavar="CONTENT", help="what to paint: a picture, folder or video")
    add("styles", metavar="STYLE", nargs="+", help="a name, a learnt style's file, or a picture")
    add("--output", "-o", required=True, metavar="OUT", type=Path, help="a file, or a folder")
    add("--overwrite", action="store_true", help="replace paintings that exist")
    add("--quiet", "-q", action="store_true", help="no progress bar, nothing about what is made")
    shares: dict[str, Any] = {"nargs": "+", "metavar": "NUMBER", "type": float}
    add("--style-shares", help="shares of several styles (default: equal ones)", **shares)
    given = defaults_of(fast_stylize)
    strength = f"from 0, about the photograph, to 1 (default: {given['strength']:g})"
    add("--strength", type=float, default=given["strength"], metavar="NUMBER", help=strength)
    size = "longer side in pixels (default: the photograph's own, up to 2048)"
    add("--size", type=int, metavar="PIXELS", help=size)
    how = f"what gives it any picture's style: {_one_of(TRANSFORMS)}"
    how += f" (default: {given['transform']})"
    add("--transform", default=given["transform"], metavar="NAME", help=how)
    return parser


def _learning_parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="nst --learn",
        usage="%(prog)s PAINTING --output STYLE.npz [options]",
        description="Learn the style of a picture, for nst --fast. Ctrl-C ends it, and keeps it.",
    )
    add = parser.add_argument
    add("--learn", action="store_true", help=argparse.SUPPRESS)
    add("painting", metavar="PAINTING", help="whose style to learn")
    add("--output", "-o", required=True, metavar="STYLE.npz", type=Path, help="an .npz file")
    add("--overwrite", action="store_true", help="replace a file that exists")
    add("--quiet", "-q", action="store_true", help="no progress bar")
    steps = defaults_of(learn_style)["steps"]
    add("--steps", type=int, default=steps, metavar="NUMBER", help=f"(default: {steps})")
    own = "pictures to practise on (default: those of the course)"
    add("--photographs", nargs="+", metavar="PICTURE", help=own)
    add("--seed", type=int, default=0, metavar="NUMBER", help="of what is drawn from them")
    return parser


def _setting(text: str) -> tuple[str, float]:
    """A name and a number, from "learning_rate=0.05"; what counts things stays a whole number."""
    name, _, number = text.partition("=")
    try:
        return name, int(number) if number.isdigit() else float(number)
    except ValueError:
        message = f"{text!r} is not of the form learning_rate=0.05"
        raise argparse.ArgumentTypeError(message) from None


def _one_of(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def main(arguments: list[str] | None = None) -> int:
    """Run `nst` with these arguments; returns the exit status, as `nst --help` explains it.

    Args:
        arguments: what follows `nst`; without it, what the shell gave.
    """
    with _unbreakable_output(), _Ending() as ending, _warnings_in_one_line():
        try:
            given = sys.argv[1:] if arguments is None else arguments
            for option, work in WITHOUT_OPTIMISATION.items():
                if option in given:
                    work(given, ending)
                    return 0
            options = vars(_parser(defaults_of(stylize)).parse_args(given))
            output, result = _paint(options, ending)
        except (ValueError, OSError, MemoryError, tf.errors.ResourceExhaustedError) as error:
            _say(one_line(error))
            return 2
        except (KeyboardInterrupt, Exception) as error:
            # Here and there, TensorFlow makes a TypeError without words of an interruption.
            if not (isinstance(error, KeyboardInterrupt) or ending.number):
                raise
            _say(f"interrupted {ending.when}")
            return 128 + (ending.number or signal.SIGINT)
        print(f"{output}: {result.stopped}, {result.history['seconds'][-1]:.1f} s")
        return 0


def _paint_fast(arguments: list[str], ending: _Ending) -> None:
    options = vars(_fast_parser().parse_args(arguments))
    del options["fast"]
    quiet = options.pop("quiet")
    pictures = options.pop("content"), options.pop("styles"), options.pop("output")
    lines = paint_in_one_pass(*pictures, **options, progress=not quiet)
    for number, line in enumerate(lines, start=1):
        ending.when = f"after {number} painting{'s' if number > 1 else ''}"
        if not quiet:
            print(line)


def _learn(arguments: list[str], ending: _Ending) -> None:
    options = vars(_learning_parser().parse_args(arguments))
    output, overwrite, quiet = (options.pop(name) for name in ("output", "overwrite", "quiet"))
    del options["learn"]
    check_output(output, overwrite, ENDINGS)
    ending.when = "before anything was learnt"
    taken: list[int] = []

    def count(learning: Learning) -> None:
        taken.append(learning.step)

    painting = options.pop("painting")
    style = learn_style(painting, callback=count, progress=not quiet, **options)
    ending.over = True
    early = f", interrupted after {len(taken)} of {options['steps']} steps" if ending.number else ""
    print(f"{style.save(output, overwrite=overwrite)}: the style of {style.name}{early}")


def _list_styles(arguments: list[str], ending: _Ending) -> None:
    print(*style_names(), sep="\n")


WITHOUT_OPTIMISATION: dict[str, Callable[[list[str], _Ending], None]] = {
    "--list-styles": _list_styles,
    "--learn": _learn,
    "--fast": _paint_fast,
}


def _paint(options: dict[str, Any], ending: _Ending) -> tuple[Path, Result]:
    """Paint and save what was asked for; returns the file and what came out."""
    output, overwrite = options.pop("output"), options.pop("overwrite")
    content, style = options.pop("content"), options.pop("style")
    check_output(output, overwrite)  # before the work, not after it
    _check_places(output, overwrite, content, style, options)
    options["optimizer_settings"] = dict(options["optimizer_settings"] or [])
    if len(options["evaluations"]) == 1:
        (options["evaluations"],) = options["evaluations"]  # for all sizes together
    result = stylize(content, style, progress=not options.pop("quiet"), **options)
    ending.over = True
    names = [file_name(each) for each in style]
    record = {
        "content": file_name(content),
        "style": names if len(names) > 1 else names[0],
        **names_only(result.settings),
    }
    try:
        return save_image(result.image, output, metadata=record, overwrite=overwrite), result
    except ImageError as error:
        raise ImageError(f"{error} {_rescue(result.image, output, record)}") from error


def _check_places(
    output: Path, overwrite: bool, content: str, style: Sequence[str], options: dict[str, Any]
) -> None:
    """Refuse to paint for an hour and then write over a checkpoint, or over somebody's photo.

    Raises:
        ValueError: a file is to be two things, or a checkpoint is there that was not asked for.
    """
    saved, resumed = options["checkpoint"], options["resume"]
    for option, path in (("--checkpoint", saved), ("--resume", resumed)):
        if path and _same_file(path, output):
            raise ValueError(
                f"{path} cannot be both the output and the {option}: give two names, such as "
                f"{output.name} and {output.stem}.npz"
            )
    for path in (content, *style, *(options["masks"] or [])):
        if output.exists() and "://" not in path and _same_file(path, output):
            raise ValueError(
                f"{path} is to be read, and would be lost: give the output another name"
            )
    goes_on = saved and resumed and _same_file(saved, resumed)
    if saved and Path(saved).exists() and not overwrite and not goes_on:
        raise ValueError(f"the checkpoint {saved} exists: go on with --resume, or give --overwrite")


def _same_file(one: str | Path, other: str | Path) -> bool:
    """Whether two paths, by whatever links, lead to one file, be it there or not yet."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        paths = (os.path.normcase(os.path.realpath(path)) for path in (one, other))
        return len(set(paths)) == 1


def _rescue(image: np.ndarray, output: Path, record: dict) -> str:
    """Save elsewhere a painting that its place did not take, a full disk say; returns where."""
    try:
        with tempfile.NamedTemporaryFile(
            prefix=f"{output.stem}-", suffix=".png", delete=False
        ) as free:
            pass
        return f"The painting is in {save_image(image, free.name, metadata=record)} for now."
    except (ImageError, OSError) as error:
        return f"The painting could not be saved elsewhere either: {error}"


class _Ending:
    """While it lasts, a signal that ends a process ends the painting as Ctrl-C does, once.

    Whoever presses Ctrl-C twice, or ends the painting while it is being saved, loses nothing. What
    is ignored, SIGHUP after `nohup` say, stays ignored. Signals reach the main thread only.

    Attributes:
        number: of the signal that came, 0 before that.
        over: whether there is nothing to interrupt any more, as the painting is being saved.
        when: what there is if it is interrupted now, in words.
    """

    def __init__(self) -> None:
        self.number, self.over, self.when = 0, False, "before there was a picture"
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Ending:
        if threading.current_thread() is threading.main_thread():
            for name in ENDING:
                number = getattr(signal, name, None)
                usual = (signal.SIG_DFL, signal.default_int_handler)
                if number is not None and signal.getsignal(number) in usual:
                    self._before[number] = signal.signal(number, self._came)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _came(self, number: int, _: FrameType | None) -> None:
        first, self.number = not self.number, self.number or number
        if first and not self.over:
            raise KeyboardInterrupt


class _Unbreakable:
    """A stream to print on, whatever becomes of it: who closes a pipe need not lose a painting."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        """Write; letters that the terminal has not got as their numbers."""
        try:
            return self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding or "ascii"
            return self.write(text.encode(encoding, "backslashreplace").decode(encoding))
        except (OSError, ValueError):
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """Write what is still kept."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._give_up()

    def _give_up(self) -> None:
        """Send all that follows nowhere, or Python would fail with it at its end."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _unbreakable_output() -> Iterator[None]:
    """What is printed to a closed pipe, or in no terminal's letters, is no reason to fail."""
    before = sys.stdout, sys.stderr
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        streams = [_Unbreakable(nowhere if stream is None else stream) for stream in before]
        sys.stdout, sys.stderr = streams
        try:
            yield
        finally:
            for stream in streams:
                stream.flush()
            sys.stdout, sys.stderr = before


def _say(text: str) -> None:
    print(f"nst: {text}", file=sys.stderr)


@contextlib.contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Warnings without the line of source that Python adds: whoever reads it is in a shell."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        _say(f"warning: {one_line(message)}")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage that argparse puts before it."""

    def error(self, message: str) -> NoReturn:
        if re.search(r"required: (CONTENT, )?STYLE$|invalid (int|float) value: '.*\.\w+'", message):
            message += ": the pictures come before options that take several values, like --masks"
        self.exit(2, f"{self.prog}: {message}: see {self.prog} --help\n")


if __name__ == "__main__":
    sys.exit(main())
