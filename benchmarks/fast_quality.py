"""How well the fast networks paint: judged as in network_quality.py, on photographs and paintings
that they were not trained on, with contact sheets to look at.

    python benchmarks/fast_quality.py TEACHERS --styles FOLDER --sheets FOLDER [--only PART ...]

TEACHERS is the folder that they were trained from, with the judge; `--styles` holds the pictures of
the styles that are not in data/style. Prints the tables of benchmarks/FAST.md.
"""

import argparse
import pathlib
import statistics
import time

import numpy as np
import tensorflow as tf
from network_quality import JUDGES, PAIRS
from PIL import Image

from nstlib import (
    example_path,
    examples,
    fast_stylize,
    gram_matrix,
    learn_style,
    load_image,
    style_names,
)
from nstlib.engine.precision import faster_precision
from nstlib.fast.transforms import TRANSFORMS
from nstlib.images import to_uint8
from nstlib.training.teachers import load_pictures, original_teacher

SIZE = 320
PHOTOGRAPHS = 12  # of those that no network was trained on
UNSEEN = 8  # pairs of a photograph and a painting not trained on
LEARNT = 3  # new styles
CELL = 300  # pixels on a contact sheet


class Judge:
    """The original VGG-19: how much of the distance to the style is left, how much content is."""

    def __init__(self, teachers):
        self.look = original_teacher(teachers / "teacher_vgg19_blocks123.npz", "block3_conv4")

    def __call__(self, photograph, style, painting):
        start, goal, end = (self.look(tf.constant(each)) for each in (photograph, style, painting))
        ratios = []
        for name in JUDGES:
            before, target, after = (gram_matrix(F[name]) for F in (start, goal, end))
            ratios.append(float(tf.norm(after - target) / tf.norm(before - target)))
        deep = [np.ravel(F["block3_conv4"]) for F in (start, end)]
        return statistics.geometric_mean(ratios), float(np.corrcoef(*deep)[0, 1])


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
    return [judge(*triple) for triple in triples]


def noise_gain(photographs, style, share=0.01):
    """Change of the painting over that of the photograph, which gets so much noise."""
    rng, gains = np.random.default_rng(0), []
    for photograph in photographs:
        noisy = np.clip(photograph + rng.normal(0, share, photograph.shape), 0, 1)
        noisy = noisy.astype("float32")
        change = fast_stylize(noisy, style) - fast_stylize(photograph, style)
        gains.append(np.std(change) / np.std(noisy - photograph))
    return np.mean(gains)


def seconds(size, style, repeats=7):
    """Median seconds of a whole call, warm, with a square photograph of this size."""
    photograph = np.random.default_rng(0).random((size, size, 3), "float32")
    taken = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        fast_stylize(photograph, style)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[1:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("teachers", type=pathlib.Path)
    parser.add_argument("--styles", type=pathlib.Path, required=True)
    parser.add_argument("--sheets", type=pathlib.Path, default="build/fast_sheets")
    parts = ("many", "any", "learn", "noise", "seconds")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    options = parser.parse_args()
    judge = Judge(options.teachers)
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
        for name, style in (("many", "hokusai_great_wave"), ("any", gallery[0][1])):
            gain = noise_gain(photographs[:4], style)
            print(f"| 1 % noise, {name}: change of the painting over it | {gain:.2f} | |")
    if "seconds" in options.only:
        print(f"\n| pixels | many | any | ({faster_precision() or 'float32'})\n|---|---|---|")
        for size in (256, 512, 1024):
            row = (seconds(size, style) for style in ("klimt_baby", gallery[0][1]))
            print(f"| {size}x{size} | {' | '.join(f'{each:.3f} s' for each in row)} |", flush=True)


if __name__ == "__main__":
    main()
