"""Train `vgg19-lite`: a small VGG-19 that learns to see like the real one.

A teacher's features at `block1_conv1` ... `block5_conv1` are the targets. The student has the
same layers with fewer channels, and a linear 1x1 map (a "head") per layer that translates its
few channels into the teacher's many. The loss of a layer is the share of the teacher's variance
that the translation leaves unexplained, so 0 is perfect and 1 is no better than a constant. Any
network that gives features at these layers can be the teacher, and widths of one's own make a
student as small as one likes: `distill(teacher, pictures, "own.npz", widths=...)`, and then
`stylize(..., weights="own.npz")`.

Batch normalisation makes the training of thirteen layers quick; afterwards it is folded into the
convolutions, the heads are dropped, and what is left is a plain VGG.

Lesson 15 does this at a small size. In full, it is `make distill TEACHERS=folder`, or
`python -m nstlib.training.distill folder`. The folder holds `images/*.jpg`,
`teacher_vgg19_blocks123.npz` (arrays `blockB_convN/kernel` and `/bias`) and
`teacher_vgg19_compressed16x.npz` (the encoder of Wang et al., CVPR 2020).
"""

from __future__ import annotations

import argparse
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nstlib.backend import keras
from nstlib.images.saving import written_whole
from nstlib.names import defaults_of
from nstlib.networks import BLOCKS, FORMAT, LITE_WIDTHS, ToBGR
from nstlib.training.epochs import fit_in_epochs
from nstlib.training.teachers import (
    TARGETS,
    Crops,
    Picture,
    Teacher,
    Tensor,
    load_pictures,
    load_teachers,
)

ops = keras.ops
EPSILON = 1e-3  # Keras's own, added to a variance before its root is taken

# ---- three formulas ------------------------------------------------------------------------------


def linear_r2(F: Tensor, T: Tensor) -> float:
    """How much of a teacher's features the best linear map of a student's features explains.

    The map has a number for each pair of channels, and one that is added: least squares find it.

    Args:
        F: the student's features (B, h, w, C).
        T: the teacher's features of the same pictures at the same positions, (B, h, w, D).

    Returns 1 minus what is left of the variance, over all channels together: 1 if the map gives
    exactly T, 0 if it is no better than the means of the channels. It says little unless there
    are many more positions than channels C.

    >>> F, T = np.array([[[[1.0], [2.0], [3.0]]]]), np.array([[[[1.0], [5.0], [3.0]]]])
    >>> round(linear_r2(F, T), 3)
    0.25
    """
    x = np.reshape(F, (-1, np.shape(F)[-1])).astype("float64")
    y = np.reshape(T, (-1, np.shape(T)[-1])).astype("float64")
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)  # so that nothing needs to be added
    linear_map = np.linalg.lstsq(x, y, rcond=None)[0]  # (C, D)
    unexplained = np.sum((y - x @ linear_map) ** 2)
    return float(1 - unexplained / np.sum(y**2))


def distillation_loss(predicted: Tensor, T: Tensor, mean: Tensor, scale: float) -> Tensor:
    """The share of the teacher's variance that a prediction leaves unexplained.

    What is predicted are the teacher's features with mean 0 and variance 1, not as they are: VGG's
    own are in the hundreds, and Adam would spend the training on growing to that scale.

    Args:
        predicted: (B, h, w, D).
        T: the teacher's features (B, h, w, D).
        mean: of each of the teacher's channels, (D,).
        scale: the deviation of the teacher's features, one number for all channels: so a channel
            counts by its share of the variance.

    >>> T = np.array([[[[1.0], [5.0]]]])
    >>> float(distillation_loss([[[[-0.5], [1.5]]]], T, mean=np.array([3.0]), scale=2.0))
    0.25
    """
    return ops.mean(ops.square(predicted - (T - mean) / scale))


def fold_batch_norm(
    kernel: np.ndarray, gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One convolution that does what a convolution without bias and batch normalisation do.

    Args:
        kernel: of the convolution, (kh, kw, in, out).
        gamma, beta, mean, variance: of the normalisation that follows, (out,) each.

    Returns kernel and bias of the one convolution.

    >>> kernel, bias = fold_batch_norm(
    ...     np.array([[[[2.0]]]]), np.array([3.0]), np.array([1.0]), np.array([4.0]),
    ...     np.array([3.999]),
    ... )
    >>> kernel.round(3), bias.round(3)
    (array([[[[3.]]]]), array([-5.]))
    """
    gain = gamma / np.sqrt(variance + EPSILON)
    return kernel * gain, beta - mean * gain


# ---- student and training ------------------------------------------------------------------------


def build_student(widths: Sequence[int] = LITE_WIDTHS, momentum: float = 0.99) -> keras.Model:
    """The student with batch normalisation: images in [0, 1] to its features at `TARGETS`.

    Args:
        widths: channels of the five blocks.
        momentum: of the means and variances that the normalisation keeps; a training of a few
            hundred steps needs a smaller one than 0.99, or they stay behind.

    >>> build_student((4, 4, 6, 6, 8)).count_params()
    3744
    """
    x = image = keras.Input((None, None, 3))
    x, features = ToBGR(dtype="float32")(x), {}
    for block, (width, depth) in enumerate(zip(widths, BLOCKS["vgg19-lite"], strict=True), 1):
        if block > 1:
            x = keras.layers.MaxPooling2D(2, data_format=FORMAT)(x)
        for conv in range(1, depth + 1):
            name = f"block{block}_conv{conv}"
            options = {"padding": "same", "use_bias": False, "data_format": FORMAT, "name": name}
            x = keras.layers.Conv2D(width, 3, **options)(x)
            options = {"momentum": momentum, "epsilon": EPSILON, "name": f"{name}_norm"}
            x = keras.layers.BatchNormalization(**options)(x)
            x = keras.layers.ReLU(name=f"{name}_relu")(x)
            if name in TARGETS:
                features[name] = x
    return keras.Model(image, features, name="student")


class Distiller(keras.Model):
    """A student, its heads, and the loss against the teacher; trained with plain `fit`.

    Args:
        means, scales: of the teacher's features, as `feature_scale` gives them.
        loss_of_layer: in the place of `distillation_loss`, whose arguments it takes.
    """

    def __init__(
        self,
        student: keras.Model,
        teacher: Teacher,
        means: Mapping[str, np.ndarray],
        scales: Mapping[str, float],
        loss_of_layer: Callable = distillation_loss,
    ) -> None:
        super().__init__()
        self.student, self.loss_of_layer = student, loss_of_layer
        self.heads = {
            name: keras.layers.Conv2D(len(means[name]), 1, data_format=FORMAT, name=f"head_{name}")
            for name in TARGETS
        }
        self.means = {name: ops.convert_to_tensor(mean) for name, mean in means.items()}
        self.scales = scales
        self.teacher = teacher  # a plain function, so that checkpoints hold only what is trained
        self.trackers = {name: keras.metrics.Mean(name=name[:6]) for name in TARGETS}

    def call(self, images: Tensor, training: bool = False) -> dict[str, Tensor]:
        features = self.student(images, training=training)
        return {name: self.heads[name](features[name]) for name in TARGETS}

    def compute_loss(
        self,
        x: Tensor,
        y: None = None,
        y_pred: Any = None,  # what `call` returns
        sample_weight: None = None,
        training: bool = True,
    ) -> Tensor:
        target = self.teacher(x)
        total = 0.0
        for name in TARGETS:
            predicted, wanted = (ops.cast(each[name], "float32") for each in (y_pred, target))
            unexplained = self.loss_of_layer(predicted, wanted, self.means[name], self.scales[name])
            self.trackers[name].update_state(unexplained)
            total += unexplained
        return total


def feature_scale(
    teacher: Teacher, crops: Crops, batches: int = 12
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Of the teacher's features: the mean of each channel, and the deviation over all of them.

    The deviation is one number a layer, so that a channel counts by its share of the variance.
    """
    sums: dict[str, Any] = dict.fromkeys(TARGETS, 0.0)
    squares: dict[str, Any] = dict.fromkeys(TARGETS, 0.0)
    for index in range(batches):
        for name, value in teacher(crops[index][0]).items():
            value = ops.convert_to_numpy(ops.cast(value, "float32")).astype("float64")
            sums[name] = sums[name] + value.mean(axis=(0, 1, 2)) / batches
            squares[name] = squares[name] + np.square(value).mean(axis=(0, 1, 2)) / batches
    means = {name: total.astype("float32") for name, total in sums.items()}
    scales = {name: float((squares[name] - sums[name] ** 2).mean() ** 0.5) for name in TARGETS}
    return means, scales


def fold(distiller: Distiller, fold_layer: Callable = fold_batch_norm) -> dict[str, np.ndarray]:
    """The student as plain convolutions: batch normalisation folded in, features on VGG's scale.

    A channel may be multiplied by s > 0 and divided by s in the next convolution without any
    change further on, as ReLU and pooling commute with s. That freedom is used where a head reads
    the features: each channel gets the length of its column of the head, so it counts in a Gram
    matrix as much as what it stands for in the teacher.

    Args:
        fold_layer: makes one convolution of a convolution and its normalisation; takes and returns
            what `fold_batch_norm` does.
    """
    weights, incoming = {}, np.ones(3)
    for block, depth in enumerate(BLOCKS["vgg19-lite"], start=1):
        for conv in range(1, depth + 1):
            name = f"block{block}_conv{conv}"
            kernel = distiller.student.get_layer(name).get_weights()[0]
            norm = distiller.student.get_layer(f"{name}_norm")
            kernel, bias = map(np.asarray, fold_layer(kernel, *norm.get_weights()))
            outgoing = np.ones(kernel.shape[-1])
            if name in TARGETS:
                head = distiller.heads[name].get_weights()[0][0, 0]  # (channels, teacher channels)
                outgoing = distiller.scales[name] * np.linalg.norm(head, axis=1) + 1e-6
            kernel = kernel / incoming[:, None] * outgoing
            weights[f"{name}/kernel"] = kernel.astype("float16")
            weights[f"{name}/bias"] = (bias * outgoing).astype("float16")
            incoming = outgoing
    return weights


def save(
    distiller: Distiller, path: str | os.PathLike, fold_layer: Callable = fold_batch_norm
) -> None:
    """Write the folded student to a file, for `weights` of `stylize` and `FeatureExtractor`.

    Args:
        path: ends in .npz.
        fold_layer: see `fold`.
    """
    weights: dict[str, Any] = fold(distiller, fold_layer)
    with written_whole(pathlib.Path(path)) as part:
        np.savez(part, **weights)


class SaveFolded(keras.callbacks.Callback):
    """Write the folded network after every epoch, so that a stopped training leaves one."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        save(self.model, self.path)


def distill(
    teacher: Teacher,
    pictures: Sequence[Picture],
    output: str | os.PathLike,
    *,
    steps: int = 6_000,
    steps_per_epoch: int = 250,
    batch: int = 16,
    size: int = 128,
    learning_rate: float = 4e-3,
    widths: Sequence[int] = LITE_WIDTHS,
    momentum: float = 0.99,
    seed: int = 0,
    verbose: int | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Distiller:
    """Train a student and write its weights to `output` (.npz) after every epoch.

    See `fit_in_epochs`. `steps` may be changed when a training goes on: the learning rate follows a
    cosine that ends at the new number.

    Args:
        teacher: from images to features at `TARGETS`, such as a `FeatureExtractor` of them.
        pictures: (path, PIL picture) pairs, of which crops are drawn.
        widths, momentum: see `build_student`.
    """
    output = pathlib.Path(output)
    keras.utils.set_random_seed(seed)
    crops = Crops(pictures, steps_per_epoch, batch, size, seed)
    student = build_student(widths, momentum)
    distiller = Distiller(student, teacher, *feature_scale(teacher, crops))
    distiller(crops[0][0])
    warmup = min(200, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 100, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    distiller.compile(keras.optimizers.Adam(schedule, clipnorm=1.0))
    fit_in_epochs(distiller, crops, output, steps, [SaveFolded(output), *callbacks], verbose)
    return distiller


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nstlib.training.distill", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=pathlib.Path, help="teachers and images")
    parser.add_argument("--output", type=pathlib.Path, default="vgg19-lite.npz")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--steps-per-epoch", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--size", type=int, help="side of a crop in pixels")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--widths", type=int, nargs=5)
    parser.add_argument("--precision", default="float32", help="or mixed_bfloat16")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--verbose", help="2 prints a line per epoch")
    parser.set_defaults(**defaults_of(distill))
    options = vars(parser.parse_args())
    if options["verbose"] != "auto":
        options["verbose"] = int(options["verbose"])
    keras.config.set_dtype_policy(options.pop("precision"))  # of the teachers, too
    folder, output = options.pop("folder"), options.pop("output")
    distill(load_teachers(folder), load_pictures(folder), output, **options)


if __name__ == "__main__":
    main()
