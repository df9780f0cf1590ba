"""When painting from coarse to fine pays: `python benchmarks/coarse_to_fine.py [--quick]`.

Writes benchmarks/coarse_to_fine_table.md and docs/images/coarse_to_fine.jpg. Every schedule paints
the same pairs at the same last size. Judged are the seconds, the loss at the last size, and the
style term of the painting scaled down to a quarter, against the style picture at that size:
strokes and shapes too large for the network to see at once at full size are only in there.
"""

import argparse
import pathlib
import statistics
import time

import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw
from problem import LAYERS

from nstlib import FeatureExtractor, Objective, example_path, load_image, stylize
from nstlib.images import to_uint8

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAIRS = (
    ("china", "van_gogh_houses_at_auvers"),
    ("chelsea", "hokusai_great_wave"),
    ("astronaut", "kandinsky_composition_viii"),
)
STARTS = ("content", "noise")
# Evaluations by size, as shares of the last size and of the whole budget.
SCHEDULES = {
    "one size": ((1.0, 1.0),),
    "two sizes": ((0.5, 0.6), (1.0, 0.4)),
    "three sizes": ((0.25, 0.3), (0.5, 0.3), (1.0, 0.4)),
}


def style_when_smaller(painting, style, size):
    """The style term (weight 1) of the painting scaled down to this longer side."""
    small = load_image(painting, max_side=size)
    extractor = FeatureExtractor(LAYERS)
    objective = Objective(
        extractor, small, load_image(style, max_side=size), convention="relative", style_weight=1
    )
    return float(objective.terms(tf.constant(small))[1])


def measure(size, evaluations, pairs):
    rows, paintings = [], {}
    for content, style in pairs:
        for start in STARTS:
            for name, schedule in SCHEDULES.items():
                settings = {
                    "sizes": [round(share * size / 16) * 16 for share, _ in schedule],
                    "evaluations": [max(1, round(part * evaluations)) for _, part in schedule],
                    "init": start,
                    "convention": "relative",
                    "progress": False,
                }
                began = time.perf_counter()
                result = stylize(example_path(content), example_path(style), **settings)
                seconds = time.perf_counter() - began
                history = result.history
                last = [
                    total
                    for total, side in zip(history["total"], history["size"], strict=True)
                    if side == settings["sizes"][-1]
                ]
                coarse = style_when_smaller(result.image, example_path(style), size // 4)
                rows.append((content, style, start, name, seconds, min(last), coarse))
                print(*rows[-1], flush=True)
                paintings[content, start, name] = result.image
    return rows, paintings


def table(rows):
    lines = [
        "| start | schedule | seconds | loss at the last size | style term at a quarter |",
        "|---|---|---|---|---|",
    ]
    for start in STARTS:
        for name in SCHEDULES:
            chosen = [row[4:] for row in rows if row[2:4] == (start, name)]
            columns = list(zip(*chosen, strict=True))
            cells = [
                f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"
                for values in columns
            ]
            lines.append(f"| {start} | {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def picture(paintings, content, height=260, gap=6, label=22):
    """Rows: starts; columns: schedules."""
    tiles = [[paintings[content, start, name] for name in SCHEDULES] for start in STARTS]
    width = round(tiles[0][0].shape[2] * height / tiles[0][0].shape[1])
    columns, rows = len(SCHEDULES), len(STARTS)
    size = (columns * (width + gap) - gap, rows * (height + label))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for y, (start, row) in enumerate(zip(STARTS, tiles, strict=True)):
        for x, (name, image) in enumerate(zip(SCHEDULES, row, strict=True)):
            tile = Image.fromarray(to_uint8(image)).resize((width, height), Image.LANCZOS)
            left, top = x * (width + gap), y * (height + label)
            draw.text((left + 2, top + 5), f"start: {start}, {name}", fill="black")
            sheet.paste(tile, (left, top + label))
    return np.asarray(sheet)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny, to see that it runs")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT)
    options = parser.parse_args()
    size, evaluations, pairs = (128, 10, PAIRS[:1]) if options.quick else (384, 100, PAIRS)
    rows, paintings = measure(size, evaluations, pairs)
    text = table(rows)
    print(text)
    sheet = Image.fromarray(picture(paintings, pairs[0][0]))
    for name in ("benchmarks", "docs/images"):
        (options.output / name).mkdir(parents=True, exist_ok=True)
    sheet.save(options.output / "docs/images/coarse_to_fine.jpg", quality=85)
    report = options.output / "benchmarks/coarse_to_fine_table.md"
    report.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
