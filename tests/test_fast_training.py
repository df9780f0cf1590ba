"""The programs that train the fast networks: tiny runs that learn, stop, and go on."""

import itertools
import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nstlib.fast import perceptual
from nstlib.fast.any_style import encoder, load_decoder, style_statistics
from nstlib.fast.transfer_network import PHOTOGRAPH, load_transfer_network
from nstlib.training import any_style, transfer_network
from nstlib.training.fitting import cut
from nstlib.training.photographs import Photographs, clear_sky
from nstlib.training.teachers import is_artwork, load_pictures

TINY = {"steps_per_epoch": 2, "batch": 2, "size": 64, "verbose": 0}
TINIEST = {**TINY, "steps_per_epoch": 1, "batch": 1}
ART = 6  # artworks among the pictures that are not held out


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
    """Without compiling, which takes longer than so few steps."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def compiled(eagerly):
    """As trainings really are."""
    tf.config.run_functions_eagerly(False)


def curves(path):
    return json.loads(path.with_suffix(".json").read_text())


def test_many_styles_are_trained_and_a_stopped_training_goes_on(pictures, tmp_path, compiled):
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
    assert {"content", "style", "variation", "error", "loss"} <= set(curves(output)[0])


def test_a_training_begins_with_the_network_and_the_styles_of_another(pictures, tmp_path):
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    transfer_network.train(pictures, [pictures / "styles"], first, steps=1, **TINIEST)
    still = {**TINIEST, "steps": 1, "learning_rate": 0.0}
    painter = transfer_network.train(pictures, [pictures / "styles"], second, start=first, **still)
    (network, styles), (again, kept) = load_transfer_network(first), load_transfer_network(second)
    for name, numbers in styles.items():
        np.testing.assert_allclose(kept[name], numbers, atol=1e-3)
    kernels = (each.blocks[0].convolution.kernel for each in (network, again))
    np.testing.assert_allclose(*kernels, atol=1e-3)
    assert painter.network.trainable_variables
    others = painter.numbers.numpy()[len(styles) :]
    assert len(others) == ART
    np.testing.assert_allclose(others[0], np.mean([*styles.values()], axis=0), atol=1e-3)


def test_each_epoch_draws_its_own_crops_also_after_a_stop(pictures, tmp_path, monkeypatch):
    drawn = []
    fetch = Photographs.__getitem__

    def noted(self, index):
        drawn.append(self.epoch)
        return fetch(self, index)

    monkeypatch.setattr(Photographs, "__getitem__", noted)
    for steps in (2, 3):
        output = tmp_path / "network.npz"
        transfer_network.train(pictures, [pictures / "styles"], output, steps=steps, **TINIEST)
    assert {0, 1, 2} <= {*drawn}


def test_a_training_that_ended_before_its_file_was_written_writes_it(pictures, tmp_path, capsys):
    output = tmp_path / "network.npz"
    how = {**TINIEST, "steps": 1}
    transfer_network.train(pictures, [pictures / "styles"], output, **how)
    wanted, rows = dict(np.load(output)), curves(output)
    output.unlink()
    transfer_network.train(pictures, [pictures / "styles"], output, **how)
    assert "was finished already" in capsys.readouterr().out
    for name, array in np.load(output).items():
        if name != "styles/names":  # the average, computed once more
            np.testing.assert_allclose(array, wanted[name], atol=1e-3)
    assert curves(output) == rows


def test_the_checkpoint_of_another_training_is_told(pictures, tmp_path):
    output = tmp_path / "network.npz"
    transfer_network.train(pictures, [pictures / "styles"], output, steps=1, **TINIEST)
    (tmp_path / "one").mkdir()
    shutil.copy(pictures / "styles" / "one.jpg", tmp_path / "one")
    with pytest.raises(ValueError, match=r"network.checkpoint cannot be gone on from"):
        transfer_network.train(pictures, [tmp_path / "one"], output, steps=2, **TINIEST)


@pytest.mark.parametrize(
    "names, how, words",
    [
        (["art_0", "art_1"], {}, "there are no photographs to train with"),
        (["photo_0", "photo_1"], {}, "there are no styles to train with"),
        (["photo_1", "art_1"], {"size": 60}, "a crop's side must be a multiple of 8"),
        (["photo_1", "art_1"], {"size": 40}, "at least 48, not 40"),
        (["photo_1", "art_1"], {"bank": 0}, "bank must be a whole number of at least 1"),
    ],
)
def test_what_nothing_can_be_trained_from_is_told(names, how, words, pictures, tmp_path):
    (tmp_path / "images").mkdir()
    for name in ("a_held_out_one", *names):
        source = "photo_1" if name.startswith("a_") else name
        shutil.copy(pictures / "images" / f"{source}.jpg", tmp_path / "images" / f"{name}.jpg")
    with pytest.raises(ValueError) as error:
        any_style.train(tmp_path, [], tmp_path / "decoder.npz", steps=2, **{**TINY, **how})
    assert words in str(error.value) and "\n" not in str(error.value)


def test_only_what_is_called_so_is_an_artwork():
    names = ("art_0001.jpg", "photo_art.jpg", "party.jpg", "photo_7.jpg")
    assert [is_artwork(pathlib.Path("art") / name) for name in names] == [True, False, False, False]


def test_the_same_seed_trains_the_same_network(pictures, tmp_path):
    losses = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        output = tmp_path / f"{name}.npz"
        common = {**TINIEST, "steps": 1, "seed": seed}
        transfer_network.train(pictures, [pictures / "styles"], output, **common)
        losses.append(curves(output)[0]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert losses[0] != pytest.approx(losses[2], rel=1e-4)


def test_a_decoder_is_trained_with_every_transform(pictures, tmp_path):
    output = tmp_path / "decoder.npz"
    # So few steps are too few for a warm-up: at the usual rate the last layer would saturate.
    how = {**TINY, "steps": 2, "bank": 3, "learning_rate": 1e-5}
    painter = any_style.train(pictures, [pictures / "styles"], output, **how)
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


def test_a_photograph_that_should_stay_as_it_is_is_held_to_its_pixels(pictures):
    """The loss of an exact copy is 0: its pixels count in the place of the variation."""
    pairs, look = load_pictures(pictures), perceptual.looking()
    styles = [np.full((1, 64, 64, 3), value, "float32") for value in (0.2, 0.8)]
    bank, G = any_style.Bank(styles), perceptual.gram_matrices(look(styles[0]))
    decoder = any_style.AnyStyle(any_style.Decoder(), bank, "float32")
    many = transfer_network.ManyStyles(
        transfer_network.TransferNetwork(),
        {name: np.concatenate([each, each]) for name, each in G.items()},
        "float32",
    )
    (x,) = Photographs(pairs, 1, 2, 64, 0)[0]
    own = {"style": np.array([0, 0], "int32")}
    own["transform"] = np.full(2, list(any_style.SHARES).index("identity"), "int32")
    other = {"style": np.array([1, 1], "int32"), "transform": np.full(2, 1, "int32")}
    for painter in (decoder, many):
        photographs = x["photographs"]
        assert painter.compute_loss({**x, **own}, y_pred=photographs) < 1e-3
        assert painter.compute_loss({**x, **other}, y_pred=photographs) > 1
        brighter = painter.compute_loss({**x, **own}, y_pred=photographs + 0.01)
        assert brighter > 0.01 * painter.weights_of_terms["error"]


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


def test_every_style_has_its_turn_and_so_has_every_group(pictures):
    pairs = load_pictures(pictures)
    data = transfer_network.StyledPhotographs(pairs, 12, 2, 64, 0, groups=(4, 3))
    drawn = np.concatenate([data[index][0]["style"] for index in range(12)])
    own, beside = drawn[::2], drawn[1::2]
    assert sorted(own[:4].tolist()) == sorted(own[4:8].tolist()) == [0, 1, 2, 3]
    assert all(sorted(beside[n : n + 3].tolist()) == [4, 5, 6] for n in (0, 3, 6, 9))
    alone = transfer_network.StyledPhotographs(pairs, 2, 2, 64, 0, groups=(4, 0))
    assert sorted([*alone[0][0]["style"], *alone[1][0]["style"]]) == [0, 1, 2, 3]


def test_paintings_are_looked_at_from_another_corner_each_time(pictures):
    data = Photographs(load_pictures(pictures), 80, 1, 64, 0)
    corners = np.array([data[index][0]["corner"][0] for index in range(80)])
    assert {*corners[:, 0]} == {*corners[:, 1]} == {*range(8)}
    image = np.zeros((2, 64, 64, 3)) + np.arange(64 * 64).reshape(64, 64, 1)
    seen = cut(image, np.array([[3, 5], [3, 5]]))
    np.testing.assert_array_equal(seen, image[:, 3:59, 5:61])


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
