"""The shell command `nst`: one painting from two pictures.

nst photo.jpg painting.jpg --output result.png
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import tensorflow as tf

from nstlib.conventions import CONVENTIONS, VARIATIONS
from nstlib.engine.pictures import STARTS
from nstlib.images import ImageError, check_output, save_image
from nstlib.images.colors import COLOR_CHOICES
from nstlib.images.sources import one_line
from nstlib.networks import BLOCKS, POOLINGS, PRECISIONS
from nstlib.optimizers import OPTIMIZERS
from nstlib.stylize import stylize

EXAMPLE = """examples:
  nst photo.jpg style.jpg --output painting.png --size 512 --style-weight 20
  nst photo.jpg sky.jpg ground.jpg -o painting.png --masks sky_mask.png
  nst photo.jpg style.jpg -o large.png --sizes 256 512 1024 --checkpoint large.npz
  nst photo.jpg style.jpg -o large.png --sizes 256 512 1024 --resume large.npz

The pictures are files or https addresses. Ctrl-C ends the painting and saves what there is. The
settings are stored in the output file.
"""


def _parser(defaults: dict) -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="nst",
        usage="%(prog)s CONTENT STYLE [STYLE ...] --output OUT.png [options]",
        description="Paint one picture in the manner of another.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("content", metavar="CONTENT", help="what to paint")
    parser.add_argument("style", metavar="STYLE", nargs="+", help="in which manner; several mix")
    add = parser.add_argument
    add("--output", "-o", required=True, metavar="OUT.png", type=Path, help="a .png or .jpg file")
    add("--overwrite", action="store_true", help="replace an output or checkpoint that exists")
    add("--quiet", "-q", action="store_true", help="no progress bar")

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
    option("pooling", _one_of(POOLINGS), metavar="NAME")
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
    variation = f"what tv-weight makes small: {_one_of(VARIATIONS)}"
    option("variation", variation, str, "the convention's own", metavar="NAME")
    option("init", f"what to start from: {_one_of(STARTS)}, or a picture", metavar="START")
    option("seed", "of all that is random", int, metavar="NUMBER")

    group = parser.add_argument_group("how large and how long")
    option("size", "longer side in pixels", int, metavar="PIXELS")
    several = {"nargs": "+", "type": int}
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


def _setting(text: str) -> tuple[str, float]:
    """A name and a number, from "learning_rate=0.05"; what counts things stays a whole number."""
    name, _, number = text.partition("=")
    try:
        return name, int(number) if number.isdigit() else float(number)
    except ValueError:
        message = f"{text!r} is not of the form learning_rate=0.05"
        raise argparse.ArgumentTypeError(message) from None


def _defaults() -> dict[str, Any]:
    """What `stylize` takes for an option that is not given."""
    parameters = inspect.signature(stylize).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


def _one_of(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def main(arguments: list[str] | None = None) -> int:
    """Run `nst` with these arguments; returns the exit status: 0, or 2 after a one-line error."""
    try:
        options = vars(_parser(_defaults()).parse_args(arguments))
        output, overwrite = options.pop("output"), options.pop("overwrite")
        check_output(output, overwrite)  # before the work, not after it
        saved, resumed = options["checkpoint"], options["resume"]
        if saved and saved != resumed and Path(saved).exists() and not overwrite:
            raise ValueError(
                f"the checkpoint {saved} exists: go on with --resume, or give --overwrite"
            )
        options["optimizer_settings"] = dict(options["optimizer_settings"] or [])
        content, style = options.pop("content"), options.pop("style")
        if len(options["evaluations"]) == 1:
            (options["evaluations"],) = options["evaluations"]  # for all sizes together
        try:
            with _warnings_in_one_line():
                result = stylize(content, style, progress=not options.pop("quiet"), **options)
        except KeyboardInterrupt:
            raise ValueError("interrupted before there was a picture") from None
        names = [Path(each).name for each in style]
        record = {
            "content": Path(content).name,
            "style": names if len(names) > 1 else names[0],
            **result.settings,
        }
        try:
            output = save_image(result.image, output, metadata=record, overwrite=overwrite)
        except ImageError as error:
            raise ImageError(f"{error} {_rescue(result.image, output, record)}") from error
    except (ValueError, OSError, MemoryError, tf.errors.ResourceExhaustedError) as error:
        print(f"nst: {one_line(error)}", file=sys.stderr)
        return 2
    print(f"{output}: {result.stopped}, {result.history['seconds'][-1]:.1f} s")
    return 0


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


@contextlib.contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Warnings without the line of source that Python adds: whoever reads it is in a shell."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        print(f"nst: warning: {one_line(message)}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage that argparse puts before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}: see {self.prog} --help\n")


if __name__ == "__main__":
    sys.exit(main())
