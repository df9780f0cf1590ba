"""Train `vgg19-lite`: a small VGG-19 that learns to see like the real one.

A teacher's features at `block1_conv1` ... `block5_conv1` are the targets. The student has the
same layers with fewer channels, and a linear 1x1 map (a "head") per layer that translates its
few channels into the teacher's many. The loss of a layer is the share of the teacher's variance
that the translation leaves unexplained, so 0 is perfect and 1 is no better than a constant.

Batch normalisation makes the training of thirteen layers quick; afterwards it is folded into the
convolutions, the heads are dropped, and what is left is a plain VGG.

Run it with `make distill TEACHERS=folder`, or `python -m nstlib.distill folder --steps 20000`.
The folder holds `images/*.jpg`, `teacher_vgg19_blocks123.npz` (arrays `blockB_convN/kernel` and
`/bias`) and `teacher_vgg19_compressed16x.npz` (the encoder of Wang et al., CVPR 2020).
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageEnhance

from nstlib.backend import keras
from nstlib.networks import BLOCKS, LITE_WIDTHS, ToBGR

ops = keras.ops

TARGETS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
HELD_OUT_EVERY = 10  # every tenth picture is kept away from the training


# ---- the teachers --------------------------------------------------------------------------


def original_teacher(path: pathlib.Path, deepest: str = "block3_conv1") -> keras.Model:
    """The original VGG-19 up to `deepest`: images (B, H, W, 3) in [0, 1] to a dict of features."""
    weights = np.load(path)
    x = image = keras.Input((None, None, 3))
    x, features = ToBGR(dtype="float32")(x), {}
    for block, depth in enumerate(BLOCKS["vgg19"], start=1):
        for conv in range(1, depth + 1):
            name = f"block{block}_conv{conv}"
            x = _fixed_conv(x, weights[f"{name}/kernel"], weights[f"{name}/bias"], "same")
            features[name] = x
            if name == deepest:
                return keras.Model(image, features, name="original_teacher", trainable=False)
        x = keras.layers.MaxPooling2D(2)(x)
    raise ValueError(f"the teacher has no layer {deepest!r}")


def compressed_teacher(path: pathlib.Path) -> keras.Model:
    """The compressed VGG-19 of Wang et al. 2020, giving its estimate of VGG-19's conv4_1, conv5_1.

    Its convolutions pad by reflection, and its weights are stored as (out, in, 3, 3).
    """
    weights = np.load(path)

    def conv(x, name):
        if weights[f"{name}.weight"].shape[-1] == 3:
            x = ReflectionPadding()(x)
        kernel = weights[f"{name}.weight"].transpose(2, 3, 1, 0)
        activation = None if name == "conv0" else "relu"
        return _fixed_conv(x, kernel, weights[f"{name}.bias"], "valid", activation)

    image = keras.Input((None, None, 3))
    x, features = conv(image, "conv0"), {}
    for block, depth in enumerate((2, 2, 4, 4, 1), start=1):
        for number in range(1, depth + 1):
            x = conv(x, f"conv{block}{number}")
            if number == 1 and block >= 4:
                features[f"block{block}_conv1"] = conv(x, f"conv{block}1_aux")
        x = keras.layers.MaxPooling2D(2)(x)
    return keras.Model(image, features, name="compressed_teacher", trainable=False)


class ReflectionPadding(keras.layers.Layer):
    """Pad height and width by one pixel, mirrored."""

    def call(self, x):
        return ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")


def _fixed_conv(x, kernel, bias, padding, activation="relu"):
    layer = keras.layers.Conv2D(
        kernel.shape[-1], kernel.shape[0], padding=padding, activation=activation
    )
    y = layer(x)
    layer.set_weights([kernel, bias])
    layer.trainable = False
    return y


def load_teachers(folder: pathlib.Path):
    """Both teachers as one function: images (B, H, W, 3) in [0, 1] to features at `TARGETS`."""
    first = original_teacher(folder / "teacher_vgg19_blocks123.npz")
    last = compressed_teacher(folder / "teacher_vgg19_compressed16x.npz")

    def features(images):
        found = {**first(images), **last(images)}
        return {name: found[name] for name in TARGETS}

    return features


# ---- the pictures --------------------------------------------------------------------------


class Crops(keras.utils.PyDataset):
    """Random crops (B, size, size, 3) in [0, 1]: scaled, mirrored, their light and colour varied.

    Seed, epoch and batch number decide what is drawn, so a resumed training sees what an
    uninterrupted one would have seen.
    """

    def __init__(self, pictures, steps, batch=16, size=128, seed=0, art_share=0.25):
        super().__init__(workers=1, max_queue_size=8)
        self.pictures, self.steps, self.batch = pictures, steps, batch
        self.size, self.seed, self.epoch = size, seed, 0
        art = np.array([path.name.startswith("art") for path, _ in pictures])
        # Paintings are what styles are made of, and there are few: draw them more often.
        weights = np.where(art, art_share / max(art.sum(), 1), 1 / max((~art).sum(), 1))
        self.weights = weights / weights.sum()

    def __len__(self):
        return self.steps

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, self.epoch, index))
        chosen = rng.choice(len(self.pictures), self.batch, p=self.weights)
        crops = np.stack([self._crop(self.pictures[i][1], rng) for i in chosen])
        return (crops.astype("float32") / 255.0,)

    def _crop(self, picture, rng):
        shortest = min(picture.size)
        side = rng.uniform(min(self.size * 0.75, shortest), shortest)
        left = rng.uniform(0, picture.width - side)
        top = rng.uniform(0, picture.height - side)
        box = (left, top, left + side, top + side)
        crop = picture.resize((self.size, self.size), Image.Resampling.BICUBIC, box=box)
        if rng.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        for adjust in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            crop = adjust(crop).enhance(rng.uniform(0.7, 1.3))
        return np.asarray(crop)


def load_pictures(folder: pathlib.Path, held_out: bool = False):
    """The training pictures as (path, PIL image) pairs, or those held out from it."""
    paths = sorted((folder / "images").glob("*.jpg"))
    wanted = [p for i, p in enumerate(paths) if (i % HELD_OUT_EVERY == 0) == held_out]
    if not wanted:
        raise FileNotFoundError(f"no pictures in {folder / 'images'}: expected *.jpg files there")
    pairs = []
    for path in wanted:
        with Image.open(path) as picture:
            pairs.append((path, picture.convert("RGB")))
    return pairs


# ---- the student ---------------------------------------------------------------------------


def build_student(widths=LITE_WIDTHS) -> keras.Model:
    """The student with batch normalisation: images in [0, 1] to its features at `TARGETS`."""
    x = image = keras.Input((None, None, 3))
    x, features = ToBGR(dtype="float32")(x), {}
    for block, (width, depth) in enumerate(zip(widths, BLOCKS["vgg19-lite"], strict=True), 1):
        if block > 1:
            x = keras.layers.MaxPooling2D(2)(x)
        for conv in range(1, depth + 1):
            name = f"block{block}_conv{conv}"
            x = keras.layers.Conv2D(width, 3, padding="same", use_bias=False, name=name)(x)
            x = keras.layers.BatchNormalization(momentum=0.99, name=f"{name}_norm")(x)
            x = keras.layers.ReLU(name=f"{name}_relu")(x)
            if name in TARGETS:
                features[name] = x
    return keras.Model(image, features, name="student")


class Distiller(keras.Model):
    """A student, its heads, and the loss against the teacher; trained with plain `fit`."""

    def __init__(self, student, teacher, variances, channels):
        super().__init__()
        self.student = student
        self.heads = {
            name: keras.layers.Conv2D(channels[name], 1, name=f"head_{name}") for name in TARGETS
        }
        self.variances = variances
        # A tuple hides the teacher from Keras's tracking: checkpoints hold only what is trained.
        self._teacher = (teacher,)
        self.trackers = {name: keras.metrics.Mean(name=name[:6]) for name in TARGETS}

    def call(self, images, training=False):
        features = self.student(images, training=training)
        return {name: self.heads[name](features[name]) for name in TARGETS}

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        target = self._teacher[0](x)
        total = 0.0
        for name in TARGETS:
            # The heads predict features of unit variance: VGG's own are in the hundreds, and Adam
            # would spend the training on growing the heads to that scale.
            wanted = ops.cast(target[name], "float32") / self.variances[name] ** 0.5
            unexplained = ops.mean(ops.square(ops.cast(y_pred[name], "float32") - wanted))
            self.trackers[name].update_state(unexplained)
            total += unexplained
        return total


def feature_variances(teacher, crops: Crops, batches: int = 12) -> dict[str, float]:
    """Total variance of the teacher's features: mean over channels of each channel's variance."""
    seen = {name: [] for name in TARGETS}
    for index in range(batches):
        for name, value in teacher(crops[index][0]).items():
            value = ops.convert_to_numpy(ops.cast(value, "float32"))
            seen[name].append(value.reshape(-1, value.shape[-1]))
    return {name: float(np.concatenate(v).var(axis=0).mean()) for name, v in seen.items()}


def fold(distiller: Distiller) -> dict[str, np.ndarray]:
    """The student as plain convolutions: batch normalisation folded in, features on VGG's scale.

    A channel may be multiplied by s > 0 and divided by s in the next convolution without any
    change further on, as ReLU and pooling commute with s. That freedom is used where a head reads
    the features: each channel gets the length of its column of the head, so it counts in a Gram
    matrix as much as what it stands for in the teacher.
    """
    weights, incoming = {}, np.ones(3)
    for block, depth in enumerate(BLOCKS["vgg19-lite"], start=1):
        for conv in range(1, depth + 1):
            name = f"block{block}_conv{conv}"
            kernel = distiller.student.get_layer(name).get_weights()[0]
            norm = distiller.student.get_layer(f"{name}_norm")
            gamma, beta, mean, variance = norm.get_weights()
            gain = gamma / np.sqrt(variance + norm.epsilon)
            bias = beta - mean * gain
            outgoing = np.ones(kernel.shape[-1])
            if name in TARGETS:
                head = distiller.heads[name].get_weights()[0][0, 0]  # (channels, teacher channels)
                scale = distiller.variances[name] ** 0.5
                outgoing = scale * np.linalg.norm(head, axis=1) + 1e-6
            kernel = kernel * gain / incoming[:, None] * outgoing
            weights[f"{name}/kernel"] = kernel.astype("float16")
            weights[f"{name}/bias"] = (bias * outgoing).astype("float16")
            incoming = outgoing
    return weights


class SaveFolded(keras.callbacks.Callback):
    """Write the folded network after every epoch, so that a stopped training leaves one."""

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)

    def on_epoch_end(self, epoch, logs=None):
        partial = self.path.with_suffix(".partial.npz")
        np.savez(partial, **fold(self.model))
        partial.replace(self.path)


def distill(
    folder: pathlib.Path,
    output: pathlib.Path,
    *,
    steps: int = 20_000,
    steps_per_epoch: int = 250,
    batch: int = 16,
    size: int = 128,
    learning_rate: float = 4e-3,
    precision: str = "float32",
    widths=LITE_WIDTHS,
    seed: int = 0,
    verbose: int | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Distiller:
    """Train the student and write its weights to `output` (.npz) after every epoch.

    A training that was stopped goes on from its last epoch when it is called again with the same
    `output`; the checkpoint lies beside it. `steps` may be changed in between: the learning rate
    follows a cosine that ends at the new number.
    """
    folder, output = pathlib.Path(folder), pathlib.Path(output)
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(precision)
    teacher = load_teachers(folder)
    crops = Crops(load_pictures(folder), steps_per_epoch, batch, size, seed)
    variances = feature_variances(teacher, crops)
    channels = {name: v.shape[-1] for name, v in teacher(crops[0][0]).items()}

    distiller = Distiller(build_student(widths), teacher, variances, channels)
    distiller(crops[0][0])
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 100, steps, alpha=0.0, warmup_target=learning_rate, warmup_steps=200
    )
    distiller.compile(keras.optimizers.Adam(schedule, clipnorm=1.0))
    backup = keras.callbacks.BackupAndRestore(
        output.with_suffix(".checkpoint"), delete_checkpoint=False
    )
    draw = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(crops, "epoch", epoch)
    )
    distiller.fit(
        crops,
        epochs=-(-steps // steps_per_epoch),
        callbacks=[draw, backup, SaveFolded(output), *callbacks],
        shuffle=False,
        verbose=verbose,
    )
    return distiller


def main():
    parser = argparse.ArgumentParser(prog="python -m nstlib.distill", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=pathlib.Path, help="teachers and images")
    parser.add_argument("--output", type=pathlib.Path, default="vgg19-lite.npz")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--steps-per-epoch", type=int, default=250)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", type=int, default=128, help="side of a crop in pixels")
    parser.add_argument("--learning-rate", type=float, default=4e-3)
    parser.add_argument("--widths", type=int, nargs=5, default=LITE_WIDTHS)
    parser.add_argument("--precision", default="float32", help="or mixed_bfloat16")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", default="auto", help="2 prints a line per epoch")
    options = vars(parser.parse_args())
    if options["verbose"] != "auto":
        options["verbose"] = int(options["verbose"])
    distill(options.pop("folder"), options.pop("output"), **options)


if __name__ == "__main__":
    main()
