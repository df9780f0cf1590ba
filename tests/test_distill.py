"""The training of vgg19-lite, for real but tiny: teachers with random weights, three pictures."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from nstlib import FeatureExtractor, Objective, stylize
from nstlib.conventions import find_convention
from nstlib.networks import layer_names
from nstlib.training import distill
from nstlib.training.teachers import (
    TARGETS,
    Crops,
    load_pictures,
    load_teachers,
    original_teacher,
)

WIDTHS = (4, 4, 6, 6, 8)
TINY = {"steps_per_epoch": 3, "batch": 2, "size": 32, "widths": WIDTHS, "verbose": 0}

ops = keras.ops


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teachers")
    rng = np.random.default_rng(0)

    def he(*shape, fan_in):
        return rng.normal(0, np.sqrt(2 / fan_in), shape).astype("float32")

    arrays, channels = {}, 3
    for name in layer_names("vgg19")[:8]:
        width = (64, 128, 256)[int(name[5]) - 1]
        arrays[f"{name}/kernel"] = he(3, 3, channels, width, fan_in=9 * channels)
        arrays[f"{name}/bias"] = np.zeros(width, "float32")
        channels = width
    np.savez(folder / "teacher_vgg19_blocks123.npz", **arrays)

    arrays, channels = (
        {"conv0.weight": 255 * np.eye(3).reshape(3, 3, 1, 1), "conv0.bias": np.zeros(3)},
        3,
    )
    for block, (width, depth, wide) in enumerate(
        zip((16, 32, 64, 128, 128), (2, 2, 4, 4, 1), (64, 128, 256, 512, 512), strict=True), 1
    ):
        for conv in range(1, depth + 1):
            arrays[f"conv{block}{conv}.weight"] = he(width, channels, 3, 3, fan_in=9 * channels)
            arrays[f"conv{block}{conv}.bias"] = np.zeros(width, "float32")
            channels = width
        arrays[f"conv{block}1_aux.weight"] = he(wide, width, 1, 1, fan_in=width)
        arrays[f"conv{block}1_aux.bias"] = np.zeros(wide, "float32")
    np.savez(folder / "teacher_vgg19_compressed16x.npz", **arrays)

    (folder / "images").mkdir()
    for number in range(12):
        name = f"{'art' if number % 4 == 0 else 'photo'}_{number:04}.jpg"
        pixels = rng.integers(0, 256, (40 + number, 64, 3), np.uint8)
        Image.fromarray(pixels).resize((64, 48)).save(folder / "images" / name)
    return folder


def train(folder, output, **settings):
    return distill.distill(load_teachers(folder), load_pictures(folder), output, **settings)


@pytest.fixture(scope="module")
def trained(teachers, tmp_path_factory):
    output = tmp_path_factory.mktemp("trained") / "tiny.npz"
    return train(teachers, output, steps=6, **TINY), output


def test_folding_changes_nothing_but_the_scale_of_channels(trained, noise):
    """What is written is the student that was trained: same features, up to a factor a channel."""
    distiller, output = trained
    student = distiller.student(noise, training=False)
    plain = FeatureExtractor(TARGETS, weights=output)(noise)
    for name in TARGETS:
        a = np.reshape(student[name], (-1, student[name].shape[-1]))
        b = np.reshape(plain[name], (-1, plain[name].shape[-1]))
        for channel_a, channel_b in zip(a.T, b.T, strict=True):
            if channel_a.max() > 1e-3:
                factor = (channel_a @ channel_b) / (channel_a @ channel_a)
                np.testing.assert_allclose(
                    channel_b, factor * channel_a, atol=0.03 * channel_b.max()
                )


def test_any_function_may_fold(trained, tmp_path):
    """One that returns tensors writes the same weights; one that forgets the bias, others."""
    distiller, output = trained
    mine = tmp_path / "mine.npz"

    def tensors(*norm):
        return [ops.convert_to_tensor(part) for part in distill.fold_batch_norm(*norm)]

    def without_bias(kernel, gamma, beta, mean, variance):
        kernel, bias = distill.fold_batch_norm(kernel, gamma, beta, mean, variance)
        return kernel, 0 * bias

    distill.save(distiller, mine, tensors)
    with np.load(mine) as found, np.load(output) as wanted:
        assert sorted(found) == sorted(wanted)
        for name in wanted:
            np.testing.assert_allclose(found[name], wanted[name], rtol=2e-3)  # float16
    assert not any(distill.fold(distiller, without_bias)[f"{name}/bias"].any() for name in TARGETS)


def test_a_student_paints(trained, cat, wave):
    _, output = trained
    result = stylize(cat, wave, weights=output, size=48, evaluations=2, progress=False)
    assert np.ptp(result.image) > 0.1 and result.settings["weights"] == str(output)


def test_units_go_by_the_channels_of_the_student(trained, cat, wave):
    """In a convention whose constants have the number of channels in them."""
    _, output = trained
    convention, layer = find_convention("gatys2015"), "block1_conv1"
    extractor = FeatureExtractor([layer], weights=output)
    layers = {"content_layers": layer, "style_layers": layer, "convention": "gatys2015"}
    objective = Objective(extractor, cat, wave, **layers)
    _, style = objective.regions[0]
    A, k = style[layer]
    pixels = cat.shape[1] * cat.shape[2]
    wanted = convention.style_constant(WIDTHS[0], pixels, pixels, layers=1, target=A)
    assert A.shape[-1] == WIDTHS[0] and k == pytest.approx(wanted / WIDTHS[0] ** 2)


def test_any_network_may_teach_with_any_loss(teachers, tmp_path):
    """vgg19-lite as the teacher, and a loss that is always 0: so nothing is learnt."""
    teacher, pictures = FeatureExtractor(TARGETS), load_pictures(teachers)
    crops = Crops(pictures, 3, batch=2, size=32)
    student = distill.build_student(WIDTHS)
    scales = distill.feature_scale(teacher, crops)
    distiller = distill.Distiller(
        student, teacher, *scales, loss_of_layer=lambda p, T, mean, scale: 0.0 * ops.sum(p)
    )
    distiller(crops[0][0])
    distiller.compile("sgd")
    before = [np.array(weight) for weight in student.trainable_weights]
    losses = distiller.train_on_batch(crops[0][0], return_dict=True)
    assert losses["loss"] == 0 and sorted(losses) == [*(f"block{b}" for b in range(1, 6)), "loss"]
    for old, new in zip(before, student.trainable_weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_loss_falls(teachers, tmp_path):
    losses = []
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: losses.append(logs["loss"]))
    settings = {**TINY, "widths": (16,) * 5, "steps_per_epoch": 20, "callbacks": [keep]}
    train(teachers, tmp_path / "t.npz", steps=80, learning_rate=2e-2, **settings)
    assert losses[-1] < 0.8 * losses[0]


class Recorder(keras.callbacks.Callback):
    """Notes the epochs that are trained, and stops after one of them as Ctrl-C would."""

    def __init__(self, stop_after=None):
        super().__init__()
        self.epochs, self.stop_after = [], stop_after

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(epoch)
        if epoch == self.stop_after:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_a_stopped_training_goes_on_where_it_was(teachers, tmp_path):
    """Four epochs at once, or two, stop, two more: the same weights."""
    train(teachers, tmp_path / "whole.npz", steps=12, **TINY)
    parts, later = tmp_path / "parts.npz", Recorder()
    with pytest.raises(KeyboardInterrupt):
        train(teachers, parts, steps=12, **TINY, callbacks=[Recorder(stop_after=1)])
    stopped = dict(np.load(parts))
    train(teachers, parts, steps=12, **TINY, callbacks=[later])
    assert later.epochs == [2, 3]
    once, resumed = (np.load(tmp_path / f"{name}.npz") for name in ("whole", "parts"))
    for name in once:
        np.testing.assert_allclose(once[name], resumed[name], rtol=1e-2, atol=2e-3)
    assert any(not np.array_equal(stopped[name], resumed[name]) for name in resumed)


def test_a_finished_training_says_so(teachers, tmp_path, capsys):
    for _ in range(2):
        train(teachers, tmp_path / "t.npz", steps=3, **TINY)
    assert "finished" in capsys.readouterr().out


def test_another_backend_needs_no_tensorflow(teachers, tmp_path):
    """Trained with PyTorch, where that is installed, while TensorFlow cannot be imported."""
    pytest.importorskip("torch", reason="PyTorch is not installed: trained with TensorFlow only")
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise ImportError('no TensorFlow here')")
    options = "steps=2, steps_per_epoch=2, batch=2, size=32, widths=(4, 4, 4, 4, 4), verbose=0"
    code = (
        "import pathlib, nstlib; from nstlib.training.distill import *;"
        f"folder = pathlib.Path({str(teachers)!r});"
        "given = load_teachers(folder), load_pictures(folder);"
        f"distill(*given, {str(tmp_path / 'w.npz')!r}, {options});"
        "nstlib.stylize"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    environment = {**os.environ, "KERAS_BACKEND": "torch", "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert (tmp_path / "w.npz").exists(), done.stderr
    assert "KERAS_BACKEND=tensorflow" in done.stderr


def test_crops_depend_on_seed_epoch_and_number_only(teachers):
    pictures = load_pictures(teachers)
    first, again, other = (Crops(pictures, 5, batch=3, size=32, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[2][0], again[2][0])
    assert not np.array_equal(first[2][0], first[3][0])
    assert not np.array_equal(first[2][0], other[2][0])
    again.epoch = 1
    assert not np.array_equal(first[2][0], again[2][0])
    assert first[0][0].shape == (3, 32, 32, 3)
    assert 0 <= first[0][0].min() and first[0][0].max() <= 1


def test_held_out_pictures_are_not_trained_on(teachers):
    training = {path for path, _ in load_pictures(teachers)}
    held_out = {path for path, _ in load_pictures(teachers, held_out=True)}
    assert len(held_out) == 2 and len(training) == 10 and not training & held_out


def test_the_original_teacher_is_vgg(teachers, noise):
    """Keras's own VGG-19 with the same weights sees the same."""
    stored = np.load(teachers / "teacher_vgg19_blocks123.npz")
    vgg = keras.applications.VGG19(include_top=False, weights=None)
    for name in layer_names("vgg19")[:8]:
        vgg.get_layer(name).set_weights([stored[f"{name}/kernel"], stored[f"{name}/bias"]])
    wanted = keras.Model(vgg.input, vgg.get_layer("block3_conv1").output)(
        keras.applications.vgg19.preprocess_input(noise * 255)
    )
    teacher = original_teacher(teachers / "teacher_vgg19_blocks123.npz")
    np.testing.assert_allclose(teacher(noise)["block3_conv1"], wanted, rtol=1e-3, atol=1e-2)


def test_an_empty_folder_gets_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"images.*\.jpg"):
        load_pictures(tmp_path)


@pytest.mark.slow
def test_it_runs_as_a_command(teachers, tmp_path):
    command = [sys.executable, "-m", "nstlib.training.distill", teachers]
    options = "--steps 2 --steps-per-epoch 2 --batch 2 --size 32 --widths 4 4 4 4 4 --verbose 2"
    done = subprocess.run(
        [*map(str, command), "--output", str(tmp_path / "c.npz"), *options.split()],
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
    assert "loss:" in done.stdout and (tmp_path / "c.npz").exists()
