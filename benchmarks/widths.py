"""How few channels still hold a style: `make widths`, into data/small_networks.json and .jpg.

Trains students of several widths to see like `vgg19-lite`, on the course's own pictures, and paints
with each of them, before its training and after. About half an hour on two cores; what is finished
is kept in build/widths, so an interrupted run goes on. A lesson shows what comes out.
"""

import argparse
import json
import pathlib
import time
from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
from network_quality import seconds_per_evaluation
from PIL import Image

from nstlib import (
    FeatureExtractor,
    example_path,
    examples,
    gram_matrix,
    load_image,
    save_image,
    stylize,
)
from nstlib.images import to_uint8
from nstlib.networks import LITE_WIDTHS
from nstlib.training import distill
from nstlib.training.teachers import TARGETS, Crops

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAIRS = (("chelsea", "hokusai_great_wave"), ("coffee", "cassatt_summertime"))
HELD_OUT = tuple(name for pair in PAIRS for name in pair)  # nothing is learnt from these four
TILE = (256, 168)  # width and height of a painting on the contact sheet, in pixels
KINDS = ("trained", "untrained")


class Plan(NamedTuple):
    """What is trained, and for how long."""

    widths: Sequence[Sequence[int]] = (
        (2, 4, 10, 20, 32),
        (5, 10, 25, 50, 80),
        (8, 16, 40, 80, 128),
        LITE_WIDTHS,
    )
    steps: int = 1200
    batch: int = 8
    size: int = 64  # of a crop, in pixels
    evaluations: int = 60  # for a painting


QUICK = Plan(widths=((2, 2, 3, 3, 4), (3, 3, 4, 4, 5)), steps=4, batch=2, size=32, evaluations=2)


def names(widths):
    """Of a network's files, by kind."""
    return {kind: f"{kind}-{'-'.join(map(str, widths))}" for kind in KINDS}


def train(widths, teacher, folder, plan):
    """Write a student's weights before and after its training; returns the processor's seconds."""
    sources = [*examples("content"), *examples("style")]
    paths = [example_path(name) for name in sources if name not in HELD_OUT]
    pictures = [(path, Image.open(path).convert("RGB")) for path in paths]
    files = {kind: folder / f"{name}.npz" for kind, name in names(widths).items()}

    crops = Crops(pictures, 12, plan.batch, plan.size)
    keras.utils.set_random_seed(0)
    student = distill.build_student(widths)
    beginner = distill.Distiller(student, teacher, *distill.feature_scale(teacher, crops))
    beginner(crops[0][0])
    distill.save(beginner, files["untrained"])

    options = {"widths": widths, "momentum": 0.97, "learning_rate": 1e-2, "verbose": 2}
    options |= {"steps_per_epoch": min(100, plan.steps), "batch": plan.batch, "size": plan.size}
    started = time.process_time()
    distill.distill(teacher, pictures, files["trained"], steps=plan.steps, **options)
    return round(time.process_time() - started)


def distance(judge, image, style):
    """How far a picture's Gram matrices are from the style's: a mean of the layers."""
    seen, wanted = judge(image), judge(style)
    grams = [(gram_matrix(seen[n])[0], gram_matrix(wanted[n])[0]) for n in TARGETS]
    return float(np.mean([np.linalg.norm(G - A) / np.linalg.norm(A) for G, A in grams]))


def measure(name, weights, teacher, folder, plan):
    """How a network sees, and how it paints, judged by its teacher; its paintings go to files.

    "gram" is the distance to the style, with the photograph's at 1.
    """
    images = [load_image(example_path(each), max_side=512) for each in HELD_OUT]
    images = np.concatenate([image[:, :288, :448] for image in images])  # all four are as large
    F, T = FeatureExtractor(TARGETS, weights=weights)(images), teacher(images)
    row = {"r2": {layer: round(distill.linear_r2(F[layer], T[layer]), 3) for layer in TARGETS}}
    options = {"convention": "relative", "weights": weights, "size": TILE[0], "progress": False}
    row["gram"] = {}
    for names_of_pair in PAIRS:
        photo, style = (load_image(example_path(n), max_side=TILE[0]) for n in names_of_pair)
        result = stylize(photo, style, evaluations=plan.evaluations, **options)
        left = distance(teacher, result.image, style) / distance(teacher, photo, style)
        row["gram"][" as ".join(names_of_pair)] = round(left, 3)
        save_image(result.image, folder / f"{name}-{names_of_pair[0]}.png")
    return row


def all_networks(folder, plan):
    """What is said of the students, the narrowest first, and of their teacher."""
    teacher, rows = FeatureExtractor(TARGETS), []
    for widths in plan.widths:
        kept = folder / f"{names(widths)['trained']}.json"
        if not kept.exists():
            row = {"widths": list(widths), "training_seconds": train(widths, teacher, folder, plan)}
            for kind, name in names(widths).items():
                row[kind] = measure(name, folder / f"{name}.npz", teacher, folder, plan)
            kept.write_text(json.dumps(row))
        rows.append(json.loads(kept.read_text()))
        arrays = np.load(folder / f"{names(widths)['trained']}.npz")
        rows[-1]["parameters"] = sum(array.size for array in arrays.values())
    kept = folder / "teacher.json"
    if not kept.exists():
        kept.write_text(json.dumps(measure("teacher", None, teacher, folder, plan)))
    return rows, json.loads(kept.read_text())


def contact_sheet(folder, plan):
    """Four rows, each pair trained and untrained; the last column is the teacher's, and the style.

    A column for each width, the narrowest first.
    """
    sheet = Image.new("RGB", (TILE[0] * (len(plan.widths) + 1), TILE[1] * 4), "white")
    for number, (content, style) in enumerate(PAIRS):
        for below, kind in enumerate(KINDS):
            files = [folder / f"{names(widths)[kind]}-{content}.png" for widths in plan.widths]
            last = folder / f"teacher-{content}.png" if below == 0 else example_path(style)
            for column, file in enumerate([*files, last]):
                tile = Image.fromarray(to_uint8(load_image(file, max_side=TILE[0])))
                place = column * TILE[0], (2 * number + below) * TILE[1]
                sheet.paste(tile.crop((0, 0, *TILE)), place)
    return sheet


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="tiny, to see that it runs")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build" / "widths")
    parser.add_argument(
        "--output", type=pathlib.Path, default=ROOT / "data" / "small_networks.json"
    )
    options = parser.parse_args()
    plan = QUICK if options.quick else Plan()
    options.folder.mkdir(parents=True, exist_ok=True)
    rows, teacher = all_networks(options.folder, plan)
    # All of them now, one after the other, so that a busy machine is as busy for each.
    for row in rows:
        file = options.folder / f"{names(row['widths'])['trained']}.npz"
        row["evaluation_ms"] = round(1000 * seconds_per_evaluation(file), 1)
    teacher["evaluation_ms"] = round(1000 * seconds_per_evaluation(None), 1)
    found = {"plan": plan._asdict() | {"pairs": PAIRS, "tile": TILE}, "networks": rows}
    options.output.write_text(json.dumps(found | {"teacher": teacher}, indent=1) + "\n")
    contact_sheet(options.folder, plan).save(options.output.with_suffix(".jpg"), quality=85)


if __name__ == "__main__":
    main()
