"""The programs that train the fast networks: tiny runs that learn, stop, and go on."""

import itertools
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nstlib.fast import perceptual
from nstlib.fast.any_style import encoder, load_decoder, style_statistics
from nstlib.fast.transfer_network import PHOTOGRAPH, load_transfer_network
from nstlib.training import any_style, transfer_network
from nstlib.training.photographs import Photographs, clear_sky
from nstlib.training.teachers import load_pictures

TINY = {"steps_per_epoch": 2, "batch": 2, "size": 64, "verbose": 0}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of photographs and artworks, and one of styles: noise of several coarsenesses."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for part in ("images", "styles"):
        (folder / part).mkdir()
    names = [f"images/{kind}_{number}" for kind in ("art", "photo") for number in range(7)]
    for number, name in enumerate([*names, "styles/one", "styles/two"]):
        pixels = rng.integers(0, 256, (12 + number, 12, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((90, 80)).save(folder / f"{name}.jpg")
    return folder


@pytest.fixture(autouse=True)
def eagerly():
    """Without compiling, which takes much longer than so few steps."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def curves(path):
    return json.loads(path.with_suffix(".json").read_text())


def test_many_styles_are_trained_and_a_stopped_training_goes_on(pictures, tmp_path):
    output = tmp_path / "new" / "network.npz"
    transfer_network.train(pictures, [pictures / "styles"], output, steps=4, **TINY)
    assert [row["epoch"] for row in curves(output)] == [0, 1]
    first = output.read_bytes()
    transfer_network.train(pictures, [pictures / "styles"], output, steps=6, **TINY)
    assert [row["epoch"] for row in curves(output)] == [0, 1, 2]
    assert output.read_bytes() != first
    network, styles = load_transfer_network(output)
    assert list(styles) == [PHOTOGRAPH, "one", "two"]
    painting = network(np.ones((1, 16, 16, 3), "float32"), styles["two"][np.newaxis])
    assert painting.shape == (1, 16, 16, 3)
    assert {"content", "style", "variation", "loss"} <= set(curves(output)[0])


def test_the_same_seed_trains_the_same_network(pictures, tmp_path):
    losses = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        output = tmp_path / f"{name}.npz"
        common = {**TINY, "steps": 2, "seed": seed}
        transfer_network.train(pictures, [pictures / "styles"], output, **common)
        losses.append(curves(output)[0]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert losses[0] != pytest.approx(losses[2], rel=1e-4)


def test_a_decoder_is_trained_with_every_transform(pictures, tmp_path):
    output = tmp_path / "decoder.npz"
    painter = any_style.train(pictures, [pictures / "styles"], output, steps=2, bank=3, **TINY)
    decoder = load_decoder(output)
    assert decoder.scales == pytest.approx(painter.decoder.scales)
    pairs = load_pictures(pictures)
    seen = any_style.draw_style(pairs, pairs, np.random.default_rng(0))
    x = {"seen": seen[:, :64, :64]}
    x["style"] = np.array([2], "int32")
    paintings = [
        painter({**x, "transform": np.array([number], "int32")}).numpy()
        for number in range(len(any_style.SHARES))
    ]
    assert all(np.abs(a - b).max() > 1e-4 for a, b in itertools.combinations(paintings, 2))


def test_a_bank_gives_each_style_what_its_picture_has():
    pictures = np.random.default_rng(0).random((3, 1, 48, 48, 3), "float32")
    bank = any_style.Bank(pictures)
    wanted = style_statistics(encoder()(pictures[2]))
    for name, pair in bank.statistics_of(np.array([0, 2])).items():
        for found, own in zip(pair, wanted[name], strict=True):
            np.testing.assert_allclose(found[1], own[0], rtol=1e-4, atol=1e-3)
    G = perceptual.gram_matrices(perceptual.looking()(pictures[0]))
    for name, found in bank.gram_matrices_of(np.array([0, 2])).items():
        np.testing.assert_allclose(found[0], G[name][0], rtol=1e-4, atol=1e-3)


def test_without_styles_it_says_where_it_looked(tmp_path):
    with pytest.raises(FileNotFoundError, match="no styles in .*expected .*jpg files"):
        transfer_network.train(tmp_path, [tmp_path], tmp_path / "network.npz")


def test_every_style_has_its_turn(pictures):
    pairs = load_pictures(pictures)
    data = transfer_network.StyledPhotographs(pairs, 10, 2, 64, 0, styles=5)
    drawn = np.concatenate([data[index][0]["style"] for index in range(10)])
    assert sorted(drawn.tolist()) == sorted([0, 1, 2, 3, 4] * 4)
    assert sorted(drawn[:5].tolist()) == [0, 1, 2, 3, 4]


def test_crops_are_clean_and_seen_with_some_noise_and_the_same_when_asked_again(pictures):
    data = Photographs(load_pictures(pictures), 4, 8, 64, 0)
    (x,), (again,) = data[1], data[1]
    assert x["photographs"].shape == x["seen"].shape == (8, 64, 64, 3)
    np.testing.assert_array_equal(x["seen"], again["seen"])
    batches = [data[index][0] for index in range(4)]
    differing = [np.abs(each["seen"] - each["photographs"]).max((1, 2, 3)) > 0 for each in batches]
    assert 0.1 < np.mean(differing) < 0.6
    assert not np.array_equal(x["seen"], data[2][0]["seen"])


def test_a_clear_sky_changes_slowly():
    sky = clear_sky(64, np.random.default_rng(0))
    assert sky.shape == (64, 64, 3) and sky.min() >= 0 and sky.max() <= 1
    blocks = sky.reshape(8, 8, 8, 8, 3).mean(axis=(1, 3))
    assert np.abs(np.diff(blocks, axis=0)).max() < 0.25


def test_a_painting_that_is_the_photograph_in_its_own_style_has_no_loss_but_its_variation():
    image = np.random.default_rng(0).random((2, 64, 64, 3)).astype("float32")
    seen = perceptual.looking()(image)
    terms = perceptual.terms(image, seen, seen, perceptual.gram_matrices(seen))
    assert np.abs(terms["content"]).max() < 1e-6 and np.abs(terms["style"]).max() < 1e-6
    total = perceptual.total(terms)
    np.testing.assert_allclose(total, perceptual.WEIGHTS["variation"] * terms["variation"], 1e-4)


def test_the_border_counts_in_no_term():
    rng = np.random.default_rng(0)
    one, photograph = rng.random((2, 1, 96, 96, 3)).astype("float32")
    other = one.copy()
    other[:, :2] = other[:, -2:] = 0
    look = perceptual.looking()
    style = perceptual.gram_matrices(look(photograph))
    first, second = (
        perceptual.terms(image, look(image), look(photograph), style) for image in (one, other)
    )
    np.testing.assert_allclose(first["variation"], second["variation"], rtol=1e-5)
    shallow = "block1_conv1"
    np.testing.assert_array_equal(look(one)[shallow], look(other)[shallow])
