"""How well the fast networks paint: judged as in network_quality.py, on photographs and paintings
that they were not trained on, with contact sheets to look at.

    python benchmarks/fast_quality.py TEACHERS --styles FOLDER --sheets FOLDER [--only PART ...]

TEACHERS is the folder that they were trained from, with the judge; `--styles` holds the pictures of
the styles that are not in data/style. Prints the tables of benchmarks/FAST.md.
"""

import argparse
import itertools
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
from network_quality import PAIRS, judgement, load_judge
from PIL import Image

from nstlib import (
    example_path,
    examples,
    fast_stylize,
    learn_style,
    load_image,
    style_names,
    stylize,
)
from nstlib.engine.precision import faster_precision
from nstlib.fast.stylize import painter
from nstlib.fast.transforms import TRANSFORMS
from nstlib.fast.video import Steady
from nstlib.images import to_uint8
from nstlib.training.teachers import load_pictures

SIZE = 320
PHOTOGRAPHS = 12  # of those that no network was trained on
UNSEEN = 8  # pairs of a photograph and a painting not trained on
LEARNT = 3  # new styles
CELL = 300  # pixels on a contact sheet


def contact_sheet(rows, path):
    """Pictures in rows, each as large as a cell allows."""
    sheet = Image.new("RGB", (CELL * max(map(len, rows)), CELL * len(rows)), "white")
    for top, row in enumerate(rows):
        for left, image in enumerate(row):
            picture = Image.fromarray(to_uint8(image))
            picture.thumbnail((CELL - 4, CELL - 4), Image.Resampling.LANCZOS)
            sheet.paste(picture, (left * CELL, top * CELL))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=92)


def report(title, scores):
    mean = np.mean(scores, axis=0)
    print(f"| {title} | {mean[0]:.3f} | {mean[1]:.3f} |", flush=True)


def judged(judge, triples, path):
    """Scores of (photograph, style picture, painting), which go onto a contact sheet."""
    contact_sheet([list(triple) for triple in triples], path)
    return [judgement(judge, *triple) for triple in triples]


def with_noise(photograph, rng, share=0.01):
    noisy = photograph + rng.normal(0, share, photograph.shape)
    return np.clip(noisy, 0, 1).astype("float32")


def noise_gain(photographs, style):
    """Change of the painting over that of the photograph, which gets some noise."""
    rng, gains = np.random.default_rng(0), []
    for photograph in photographs:
        noisy = with_noise(photograph, rng)
        change = fast_stylize(noisy, style) - fast_stylize(photograph, style)
        gains.append(np.std(change) / np.std(noisy - photograph))
    return np.mean(gains)


def flicker(photographs, style, frames=12):
    """Mean change between frames of still scenes with noise: of paintings alone, and steadied."""
    rng, paint, changes = np.random.default_rng(0), painter(style), []
    for photograph in photographs:
        steady, shown = Steady(), []
        for _ in range(frames):
            noisy = with_noise(photograph, rng)
            painting = paint(noisy)
            shown.append(np.stack([painting, steady(noisy, painting)]))
        later = shown[3:]  # the first have nothing to hold on to
        changes += [np.abs(x - y).mean((1, 2, 3, 4)) for x, y in itertools.pairwise(later)]
    return np.mean(changes, axis=0)


def report_noise(photographs, bold):
    for name, style in (("many", "hokusai_great_wave"), ("any", bold)):
        gain = noise_gain(photographs, style)
        print(f"| 1 % noise, {name}: change of the painting over it | {gain:.2f} | |")
        alone, steadied = flicker(photographs, style)
        print(f"| flicker, {name}, frames alone and steadied | {alone:.4f} | {steadied:.4f} |")


EVALUATIONS = (10, 20, 30)  # of `stylize` from a painting in one pass
LONGEST = 100  # evaluations from the photograph, to reach the same loss


def report_init():
    """How many evaluations from the photograph reach what so few from a painting reach."""
    for loss, more in (("the defaults", {}), ("Gram matrices", {"convention": "relative"})):
        titles = " | ".join(f"after {each}" for each in EVALUATIONS)
        print(f"\n| {loss} | {titles} |\n|---|---|---|---|")
        report_init_with({"size": SIZE, "progress": False, "precision": "float32", **more})


def report_init_with(settings):
    needed = {"many styles": [], "any style": []}
    for content, name in PAIRS[:6]:
        style = example_path(name)
        plain = stylize(example_path(content), style, evaluations=LONGEST, **settings)
        slow = np.minimum.accumulate(plain.history["total"])
        for kind, given in zip(needed, (name, style), strict=True):
            painting = fast_stylize(example_path(content), given, size=SIZE)
            ahead = stylize(
                example_path(content),
                style,
                init=painting,
                evaluations=EVALUATIONS[-1],
                **settings,
            )
            fast = np.minimum.accumulate(ahead.history["total"])
            row = [np.searchsorted(-slow, -fast[each - 1]) + 1 for each in EVALUATIONS]
            needed[kind].append(row)
            print(f"| {content}, {name}, {kind} | {' | '.join(map(str, row))} |", flush=True)
    for kind, rows in needed.items():
        mean = " | ".join(f"{each:.0f}" for each in np.mean(rows, axis=0))
        print(f"| {kind}, mean | {mean} |", flush=True)


NEW_STYLE = """
import time
from nstlib import example_path, fast_stylize, learn_style
imported = time.perf_counter()
style = learn_style({picture!r}, progress=False)
learnt = time.perf_counter()
fast_stylize(example_path("chelsea"), style)
print(learnt - imported, time.perf_counter() - learnt)
"""


def seconds(size, style, repeats=7):
    """Median seconds of a whole call, warm, with a square photograph of this size."""
    photograph = np.random.default_rng(0).random((size, size, 3), "float32")
    taken = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        fast_stylize(photograph, style)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[1:])


def report_seconds():
    picture = str(example_path("hokusai_ejiri"))
    started = time.perf_counter()
    command = [sys.executable, "-c", NEW_STYLE.format(picture=picture)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    taken = time.perf_counter() - started
    learning, painting = map(float, done.stdout.split())
    print(f"\na new style in a fresh process: {taken:.1f} s until the first painting is there,")
    print(f"of which {learning:.1f} s to learn it and {painting:.1f} s to paint", flush=True)
    style = load_image(example_path("hokusai_great_wave"))
    print(f"\n| pixels | many | any | ({faster_precision() or 'float32'})\n|---|---|---|")
    for size in (256, 512, 1024):
        row = (seconds(size, each) for each in ("klimt_baby", style))
        print(f"| {size}x{size} | {' | '.join(f'{each:.3f} s' for each in row)} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("teachers", type=pathlib.Path)
    parser.add_argument("--styles", type=pathlib.Path, required=True)
    parser.add_argument("--sheets", type=pathlib.Path, default="build/fast_sheets")
    parts = ("seconds", "init", "many", "any", "learn", "noise")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    options = parser.parse_args()
    if "seconds" in options.only:  # first, while nothing else is in memory
        report_seconds()
    if "init" in options.only:
        report_init()
    if not set(options.only) - {"seconds", "init"}:
        return
    judge = load_judge(options.teachers)
    held_out = load_pictures(options.teachers, held_out=True)
    kinds = {kind: [p for path, p in held_out if kind in path.name] for kind in ("photo", "art")}
    spread = np.linspace(0, len(kinds["photo"]) - 1, PHOTOGRAPHS).astype(int)
    photographs = [load_image(kinds["photo"][number], SIZE) for number in spread]
    artworks = [load_image(picture, SIZE) for picture in kinds["art"]]
    gallery = [[load_image(example_path(name), SIZE) for name in pair] for pair in PAIRS]

    def style_picture(name):
        own = options.styles / f"{name}.jpg"
        return load_image(example_path(name) if name in examples("style") else own, SIZE)

    print("| | style left | content |\n|---|---|---|")
    if "many" in options.only:
        triples = []
        for number, name in enumerate(style_names()):
            photograph = photographs[number % PHOTOGRAPHS]
            triples.append((photograph, style_picture(name), fast_stylize(photograph, name)))
        scores = judged(judge, triples, options.sheets / "many.jpg")
        report("many styles, each on a photograph not trained on", scores)
        for name, score in zip(style_names(), scores, strict=True):
            print(f"| {name} | {score[0]:.3f} | {score[1]:.3f} |")
        triples = [
            (content, style, fast_stylize(content, name))
            for (content, style), (_, name) in zip(gallery, PAIRS, strict=True)
        ]
        report(
            "many styles, the course's pairs", judged(judge, triples, options.sheets / "pairs.jpg")
        )
    if "any" in options.only:
        for name in TRANSFORMS:
            unseen = [
                (photograph, style, fast_stylize(photograph, style, transform=name))
                for photograph, style in zip(photographs[:UNSEEN], artworks, strict=False)
            ]
            bold = [(c, s, fast_stylize(c, s, transform=name)) for c, s in gallery]
            sheets = [options.sheets / f"{name}_{part}.jpg" for part in ("unseen", "bold")]
            report(f"any style, {name}, paintings not trained on", judged(judge, unseen, sheets[0]))
            report(f"any style, {name}, the course's pairs", judged(judge, bold, sheets[1]))
        for name in TRANSFORMS:
            errors = [np.abs(fast_stylize(p, p, transform=name) - p).mean() for p in photographs]
            print(
                f"| a photograph as its own style, {name}: mean error | {np.mean(errors):.4f} | |"
            )
    if "learn" in options.only:
        triples = []
        for style in artworks[3 : 3 + LEARNT]:
            started = time.perf_counter()
            learnt = learn_style(style, progress=False)
            paintings = [fast_stylize(photograph, learnt) for photograph in photographs[:4]]
            print(f"a style learnt, and four paintings: {time.perf_counter() - started:.1f} s")
            triples += [(p, style, y) for p, y in zip(photographs, paintings, strict=False)]
        report("new styles, learnt", judged(judge, triples, options.sheets / "learnt.jpg"))
    if "noise" in options.only:
        report_noise(photographs[:4], gallery[0][1])


if __name__ == "__main__":
    main()
