"""The shell command `nst`: one painting from two pictures.

nst photo.jpg painting.jpg --output result.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import tensorflow as tf

from nstlib.images import check_output, save_image
from nstlib.sources import one_line
from nstlib.stylize import stylize

EXAMPLE = """example:
  nst photo.jpg style.jpg --output painting.png --size 512 --style-weight 20

The pictures are files or https addresses. The settings are stored in the output file.
"""


def _parser(defaults: dict) -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="nst",
        description="Paint one picture in the manner of another.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("content", metavar="CONTENT", help="what to paint")
    add("style", metavar="STYLE", help="in which manner")
    add("--output", "-o", required=True, metavar="OUT.png", type=Path, help="a .png or .jpg file")
    add("--overwrite", action="store_true", help="replace the output if it exists")
    add("--quiet", "-q", action="store_true", help="no progress bar")
    network = "vgg19-lite (comes with nstlib), vgg19, vgg16 or vgg19-random"
    for name, kind, what in (
        ("network", str, network),
        ("size", int, "longer side in pixels"),
        ("evaluations", int, "how long to paint, in evaluations of the loss"),
        ("content-weight", float, "larger keeps more of the photograph"),
        ("style-weight", float, "larger paints more boldly"),
        ("tv-weight", float, "larger paints smoother"),
        ("seed", int, "of all that is random"),
    ):
        default = defaults[name.replace("-", "_")]
        add(f"--{name}", type=kind, default=default, help=f"{what} (default: {default})")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run `nst` with these arguments; returns the exit status: 0, or 2 after a one-line error."""
    try:
        options = vars(_parser(stylize.__kwdefaults__).parse_args(arguments))
        output, overwrite = options.pop("output"), options.pop("overwrite")
        check_output(output, overwrite)  # before the work, not after it
        content, style = options.pop("content"), options.pop("style")
        try:
            result = stylize(content, style, progress=not options.pop("quiet"), **options)
        except KeyboardInterrupt:
            raise ValueError("interrupted before there was a picture") from None
        record = {"content": Path(content).name, "style": Path(style).name, **result.settings}
        save_image(result.image, output, metadata=record, overwrite=overwrite)
    except (ValueError, OSError, MemoryError, tf.errors.ResourceExhaustedError) as error:
        print(f"nst: {one_line(error)}", file=sys.stderr)
        return 2
    print(f"{output}: {result.stopped}, {result.history['seconds'][-1]:.1f} s")
    return 0


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage that argparse puts before it."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}: see {self.prog} --help\n")


if __name__ == "__main__":
    sys.exit(main())
