"""How well `vgg19-lite` sees: measured against its teachers, on pictures it was not trained on.

    python benchmarks/network_quality.py TEACHERS [--weights FILE.npz | random] [--style-weight W]

TEACHERS is the folder that `nstlib.training.distill` trains from. Prints the model card's table:
1. R2 of the best linear map from the network's features to the teachers', layer by layer.
2. Style transfer with the network, judged by the original VGG-19 (blocks 1 to 3).
3. The cost of an evaluation.
"""

import argparse
import pathlib
import statistics
import time

import numpy as np
import tensorflow as tf

from nstlib import FeatureExtractor, Objective, example_path, load_image, save_image, stylize
from nstlib.conventions import CONVENTIONS, DEFAULT
from nstlib.losses import gram_matrix
from nstlib.networks import rows_up_to
from nstlib.objective import CONTENT_LAYERS, STYLE_LAYERS
from nstlib.training.teachers import TARGETS, load_pictures, load_teachers, original_teacher

PAIRS = (
    ("chelsea", "hokusai_great_wave"),
    ("china", "van_gogh_houses_at_auvers"),
    ("astronaut", "kandinsky_composition_viii"),
    ("coffee", "renoir_moulin_de_la_galette"),
    ("rocket", "hiroshige_inokashira_snow"),
    ("china", "bruegel_harvesters"),
    ("chelsea", "kandinsky_composition_viii"),
    ("astronaut", "hokusai_great_wave"),
    ("coffee", "arcimboldo_spring"),
    ("china", "hokusai_great_wave"),
    ("chelsea", "renoir_moulin_de_la_galette"),
    ("astronaut", "hokusai_poppies"),
)
JUDGES = ("block1_conv1", "block2_conv1", "block3_conv1", "block3_conv4")


def best_linear_r2(extractor, teacher, pictures, positions=4000):
    """R2 by layer: least squares with intercept on half of the pictures, scored on the others.

    The pictures are cropped, not scaled, to multiples of 16; of each, so many positions count.
    """
    half = len(pictures) // 2
    sums = {name: [0.0, 0.0] for name in TARGETS}
    rows = {name: [] for name in TARGETS}
    for number, (_, picture) in enumerate(pictures):
        width, height = picture.width // 16 * 16, picture.height // 16 * 16
        image = load_image(picture.crop((0, 0, width, height)))
        seen, wanted = extractor(image), teacher(tf.constant(image))
        for name in TARGETS:
            x, y = (np.reshape(f[name], (-1, f[name].shape[-1])) for f in (seen, wanted))
            pick = np.random.default_rng(number).permutation(len(x))[:positions]
            x = np.column_stack([x[pick], np.ones(len(pick))]).astype("float64")
            y = y[pick].astype("float64")
            if number < half:
                sums[name][0] += x.T @ x
                sums[name][1] += x.T @ y
            else:
                rows[name].append((x, y))
    scores = {}
    for name in TARGETS:
        solution = np.linalg.lstsq(*sums[name], rcond=None)[0]
        x, y = (np.concatenate(part) for part in zip(*rows[name], strict=True))
        residual = np.sum((x @ solution - y) ** 2)
        scores[name] = 1 - residual / np.sum((y - y.mean(axis=0)) ** 2)
    return scores


def load_judge(teachers):
    """The original VGG-19, from images to features."""
    return original_teacher(teachers / "teacher_vgg19_blocks123.npz", "block3_conv4")


def judgement(judge, photograph, style, painting):
    """How much of the distance to the style is left, and how much of the content is there."""
    start, goal, end = (judge(tf.constant(each)) for each in (photograph, style, painting))
    ratios = []
    for name in JUDGES:
        before, target, after = (gram_matrix(F[name]) for F in (start, goal, end))
        ratios.append(float(tf.norm(after - target) / tf.norm(before - target)))
    deep = [np.ravel(F["block3_conv4"]) for F in (start, end)]
    return statistics.geometric_mean(ratios), float(np.corrcoef(*deep)[0, 1])


def seconds_per_evaluation(weights, size=(213, 320), repeats=30, network="vgg19-lite"):
    """Median seconds of one loss and gradient, with all layers of the default objective."""
    layers, pooling = {*CONTENT_LAYERS, *STYLE_LAYERS}, CONVENTIONS[DEFAULT].pooling
    extractor = FeatureExtractor(layers, network, pooling, weights=weights)
    images = np.random.default_rng(0).random((3, 1, *size, 3), np.float32)
    objective = Objective(
        extractor, images[0], images[1], content_weight=1, style_weight=1, tv_weight=1
    )
    image, times = tf.constant(images[2]), []
    for _ in range(repeats + 3):
        started = time.perf_counter()
        objective(image)[1].numpy()
        times.append(time.perf_counter() - started)
    return statistics.median(times[3:])


def multiplications(network):
    """Multiplications of the convolutions per pixel of the image, up to `block5_conv1`."""
    rows = [row for row in rows_up_to("block5_conv1", network) if row.stride == 1]
    return sum(9 * row.inputs * row.channels / row.scale**2 for row in rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("teachers", type=pathlib.Path)
    parser.add_argument("--weights", help="an .npz file, or random; without: the embedded ones")
    parser.add_argument("--size", type=int, default=384, help="of the judged paintings")
    parser.add_argument("--style-weight", type=float, help="without: the convention's own")
    parser.add_argument("--tv-weight", type=float, help="likewise")
    parser.add_argument("--save", type=pathlib.Path, help="folder for the judged paintings")
    parser.add_argument("--only", choices=("r2", "transfer", "cost"))
    options = parser.parse_args()

    if options.only in (None, "r2"):
        extractor = FeatureExtractor(TARGETS, weights=options.weights)
        teacher = load_teachers(options.teachers)
        held_out = load_pictures(options.teachers, held_out=True)
        for name, score in best_linear_r2(extractor, teacher, held_out).items():
            print(f"R2 {name} {score:.3f}", flush=True)

    if options.only in (None, "transfer"):
        judge, size = load_judge(options.teachers), options.size
        settings = {"style_weight": options.style_weight, "tv_weight": options.tv_weight}
        settings |= {"weights": options.weights, "size": size, "progress": False}
        distances, correlations = [], []
        for content, style in PAIRS:
            paths = example_path(content), example_path(style)
            result = stylize(*paths, **settings)
            pictures = (load_image(path, max_side=size) for path in paths)
            distance, correlation = judgement(judge, *pictures, result.image)
            distances.append(distance)
            correlations.append(correlation)
            print(
                f"{content} as {style}: Gram {distance:.3f}, content {correlation:.3f}", flush=True
            )
            if options.save:
                options.save.mkdir(parents=True, exist_ok=True)
                save_image(result.image, options.save / f"{content}_{style}.png", result.settings)
        distance, correlation = statistics.mean(distances), statistics.mean(correlations)
        print(f"mean: Gram {distance:.3f}, content {correlation:.3f}")

    if options.only in (None, "cost"):
        share = multiplications("vgg19-lite") / multiplications("vgg19")
        print(f"multiplications: 1/{1 / share:.1f} of VGG-19's")
        print(
            f"loss and gradient at 320x213: {1000 * seconds_per_evaluation(options.weights):.1f} ms"
        )


if __name__ == "__main__":
    main()
