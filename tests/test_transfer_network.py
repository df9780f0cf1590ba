"""The network of many styles and the decoder: what goes in, what comes out, and their files."""

import numpy as np
import pytest
import tensorflow as tf

from nstlib.fast.any_style import (
    Decoder,
    decoder_arrays,
    encoder,
    load_decoder,
    style_statistics,
    transformed,
)
from nstlib.fast.transfer_network import (
    TransferNetwork,
    convolve_enlarged,
    instance_norm,
    load_transfer_network,
    mirror,
    network_arrays,
    twice_as_large,
)
from nstlib.fast.transforms import identity
from nstlib.images import data_folder

SMALL = {"residuals": 1, "widths": (4, 6, 8)}


def pictures(*shape, seed=0):
    return np.random.default_rng(seed).random(shape).astype("float32")


def numbers(network, rows=1, seed=1):
    noise = np.random.default_rng(seed).normal(0, 0.3, (rows, network.numbers))
    return (np.array(network.start()) + noise).astype("float32")


@pytest.mark.parametrize("of_x", ["float32", "float64"])
@pytest.mark.parametrize("of_numbers", ["float32", "float64"])
def test_instance_norm_gives_each_channel_the_mean_and_deviation_asked_for(of_x, of_numbers):
    x = (pictures(2, 9, 7, 3) * 5).astype(of_x)
    gamma, beta = (pictures(2, 3, seed=seed).astype(of_numbers) for seed in (1, 2))
    y = instance_norm(x, gamma, beta).numpy()
    assert y.dtype == of_x
    np.testing.assert_allclose(y.mean(axis=(1, 2)), beta, atol=1e-4)
    np.testing.assert_allclose(y.std(axis=(1, 2)), gamma, atol=1e-4)


def test_instance_norm_is_the_same_for_a_batch_whose_size_is_not_known_yet():
    x, gamma, beta = pictures(2, 9, 7, 3), pictures(2, 3, seed=1), pictures(2, 3, seed=2)
    unknown = [tf.TensorSpec([None, *each.shape[1:]]) for each in (x, gamma, beta)]
    later = tf.function(instance_norm, input_signature=unknown)(x, gamma, beta)
    np.testing.assert_allclose(instance_norm(x, gamma, beta), later, atol=1e-5)


def test_a_convolution_of_the_enlarged_is_that_without_the_large_array():
    x, kernel = pictures(2, 6, 9, 5), pictures(3, 3, 5, 4, seed=1)
    plain = tf.nn.conv2d(mirror(twice_as_large(x), 1), kernel, 1, "VALID").numpy()
    short = convolve_enlarged(x, kernel).numpy()
    assert short.shape == plain.shape
    np.testing.assert_allclose(short[:, 1:-1, 1:-1], plain[:, 1:-1, 1:-1], atol=1e-4)
    np.testing.assert_allclose(short.mean(), plain.mean(), rtol=0.05)


def test_a_painting_has_the_photographs_size_and_colours_that_a_screen_has():
    network = TransferNetwork(**SMALL)
    painting = network(pictures(2, 24, 36, 3), numbers(network, 2)).numpy()
    assert painting.shape == (2, 24, 36, 3)
    assert painting.min() >= 0 and painting.max() <= 1 and painting.std() > 1e-3


def test_each_picture_of_a_batch_is_painted_with_its_own_numbers():
    network = TransferNetwork(**SMALL)
    images, rows = pictures(2, 24, 24, 3), numbers(network, 2)
    both = network(images, rows).numpy()
    for k in (0, 1):
        alone = network(images[k : k + 1], rows[k : k + 1]).numpy()
        np.testing.assert_allclose(both[k : k + 1], alone, atol=1e-5)
    assert np.abs(network(images, rows[::-1]).numpy() - both).max() > 1e-3


def test_borders_are_mirrored_so_one_colour_stays_one_colour():
    network = TransferNetwork(**SMALL)
    sky = np.full((1, 32, 32, 3), 0.7, "float32")
    painting = network(sky, numbers(network)).numpy()
    assert np.ptp(painting, axis=(1, 2)).max() < 1e-3


def test_a_network_is_read_as_it_was_written(tmp_path):
    network = TransferNetwork(**SMALL)
    rows, image = numbers(network, 2), pictures(1, 16, 20, 3)
    painting = network(image, rows[:1]).numpy()
    path = tmp_path / "network.npz"
    np.savez(path, **network_arrays(network, ["one", "two"], rows))
    again, styles = load_transfer_network(path)
    assert list(styles) == ["one", "two"]
    np.testing.assert_allclose(styles["two"], rows[1], atol=1e-2)
    repainted = again(image, styles["one"][np.newaxis]).numpy()
    np.testing.assert_allclose(repainted, painting, atol=0.01)


def test_a_decoder_is_read_as_it_was_written(tmp_path):
    look, decoder = encoder(), Decoder(scales=(10, 50, 100, 100))
    features = look(pictures(1, 24, 16, 3))
    picture = decoder(features).numpy()
    assert picture.shape == (1, 24, 16, 3)
    np.savez(tmp_path / "decoder.npz", **decoder_arrays(decoder))
    again = load_decoder(tmp_path / "decoder.npz")
    np.testing.assert_allclose(again(features).numpy(), picture, atol=0.03)  # in float16


def test_every_level_tells_the_decoder_something():
    look, decoder = encoder(), Decoder(scales=(10, 50, 100, 100))
    features = look(pictures(1, 16, 16, 3))
    picture = decoder(features).numpy()
    for name in features:
        without = {**features, name: 0 * features[name]}
        assert np.abs(decoder(without).numpy() - picture).max() > 1e-5, name


def test_the_identity_changes_no_features():
    look = encoder()
    features, style = look(pictures(1, 16, 16, 3)), look(pictures(1, 32, 32, 3, seed=3))
    same = transformed(features, style_statistics(style), identity)
    assert all(np.array_equal(same[name], features[name]) for name in features)


def test_a_decoder_s_residuals_and_scales_count():
    features = encoder()(pictures(1, 16, 16, 3))
    decoder = Decoder(scales=(10, 50, 100, 100))
    picture = decoder(features).numpy()
    for each in decoder.residuals:
        kernel, bias = each.second.get_weights()
        each.second.set_weights([kernel + 0.001, bias])
        assert np.abs(decoder(features).numpy() - picture).max() > 1e-5, each.name
        each.second.set_weights([kernel, bias])
    decoder.scales = (1, 1, 1, 1)
    assert np.abs(decoder(features).numpy() - picture).max() > 1e-5


def changed_file(load, change, path):
    """The course's file of a network, changed."""
    name = "transfer-network" if load is load_transfer_network else "any-style"
    arrays = dict(np.load(data_folder() / "weights" / f"{name}.npz"))
    kernel = "last/kernel"
    if change == "another network":
        arrays = {"block1_conv1/kernel": arrays[kernel]}
    elif change == "an array less":
        del arrays[kernel]
    elif change == "another shape":
        arrays[kernel] = arrays[kernel][:1]
    elif change == "no number":
        arrays[kernel] = arrays[kernel] * np.nan
    elif change == "a scalar":
        arrays |= {name: arrays[name].sum() for name in ("up_2/kernel", "scales") if name in arrays}
    elif change == "other numbers":
        other = "styles/numbers" if load is load_transfer_network else "scales"
        arrays[other] = arrays[other][..., :3]
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    "change",
    ["another network", "an array less", "another shape", "no number", "a scalar", "other numbers"],
)
@pytest.mark.parametrize("load", [load_transfer_network, load_decoder])
def test_a_file_of_another_network_is_told_in_one_sentence(load, change, tmp_path):
    path = changed_file(load, change, tmp_path / "other.npz")
    what = "network of many styles" if load is load_transfer_network else "decoder"
    with pytest.raises(ValueError) as error:
        load(path)
    assert str(error.value).startswith(f"{path} holds no {what} of this version: get the course's")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("load", [load_transfer_network, load_decoder])
def test_files_that_are_none_are_refused(load, tmp_path):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK no")
    with pytest.raises(ValueError, match="broken.npz is not a whole .npz file"):
        load(broken)
    with pytest.raises(FileNotFoundError, match="missing.npz is missing: check the path"):
        load(tmp_path / "missing.npz")
