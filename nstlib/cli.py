"""The shell command `nst`: one painting from two pictures.

nst photo.jpg painting.jpg --output result.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nstlib.images import check_output, save_image
from nstlib.stylize import stylize

EXAMPLE = """example:
  nst photo.jpg style.jpg --output painting.png --size 512 --style-weight 20

The pictures are files or https addresses. The settings are stored in the output file.
"""


def _parser(defaults: dict) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
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
        result = stylize(content, style, progress=not options.pop("quiet"), **options)
        save_image(result.image, output, metadata=result.settings, overwrite=overwrite)
    except (ValueError, OSError) as error:
        print(f"nst: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("nst: interrupted before the first picture", file=sys.stderr)
        return 130
    seconds = result.history["seconds"][-1] if result.history["seconds"] else 0
    print(f"{output}: {result.stopped}, {seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
