"""Where the weights of a network come from: the course, Keras, a file, or a die."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from nstlib.backend import keras
from nstlib.images import data_folder
from nstlib.images.sources import home

Shapes = Mapping[str, tuple[int, int, int, int]]
Weights = Mapping[str, tuple[np.ndarray, np.ndarray]]  # kernel (3, 3, in, out) and bias (out,)


def load_weights(
    network: str, shapes: Shapes, weights: str | os.PathLike = "own", seed: int = 0
) -> Weights:
    """The weights of a network's convolutions.

    Args:
        network: `vgg19-lite`, `vgg19`, `vgg16` or `vgg19-random`.
        shapes: of the kernel of each convolution, by its name.
        weights: `own`, `random`, or the path of a file (Keras `.h5` for `vgg19` and `vgg16`, else
            `.npz`).
        seed: of the random ones.

    Raises:
        ValueError: a file that does not fit.
        OSError: weights that cannot be downloaded or read.
    """
    if weights == "random":
        return _random_weights(shapes, seed)
    if weights != "own":
        weights = os.path.expanduser(weights)
    if network in ("vgg19", "vgg16"):
        return _keras_weights(network, shapes, None if weights == "own" else weights)
    path = data_folder() / "weights" / "vgg19-lite.npz" if weights == "own" else weights
    return _npz_weights(network, shapes, pathlib.Path(path))


def _random_weights(shapes: Shapes, seed: int) -> Weights:
    """He et al. 2015: normal with variance 2 / fan-in, so that ReLU layers keep their scale."""
    rng, weights = np.random.default_rng(seed), {}
    for name, shape in shapes.items():
        kernel = rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape)
        weights[name] = kernel.astype("float32"), np.zeros(shape[-1], "float32")
    return weights


def _npz_weights(network: str, names: Iterable[str], path: pathlib.Path) -> Weights:
    arrays = read_arrays(path, f"weights of {network}")
    try:
        return {name: (arrays[f"{name}/kernel"], arrays[f"{name}/bias"]) for name in names}
    except KeyError as error:
        raise ValueError(f"{path} holds no weights of {network}: {error.args[0]}") from None


def read_arrays(path: str | os.PathLike, what: str) -> dict[str, np.ndarray]:
    """The arrays of an .npz file; numbers as float32.

    Args:
        what: the file should hold, for the message.

    Raises:
        OSError: no such file.
        ValueError: a file that holds no arrays.
    """
    path = home(path)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            read = {name: arrays[name] for name in arrays.files}
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{path} is missing: check the path, or get the course's data anew"
        ) from None
    except Exception as error:
        raise ValueError(
            f"{path} is not a whole .npz file of {what}: check the path, or get the file anew"
        ) from error
    return {
        name: each.astype("float32") if each.dtype.kind == "f" else each
        for name, each in read.items()
    }


@contextlib.contextmanager
def filled_from(path: str | os.PathLike, arrays: Mapping[str, np.ndarray], what: str) -> Iterator:
    """Within it a network gets its weights: arrays that do not fit are told in one sentence.

    Args:
        path: of the file that they were read from.
        what: the file should hold.

    Raises:
        ValueError: other names or shapes than the network has, or numbers that are none.
    """
    try:
        yield
        fits = all(np.isfinite(each).all() for each in arrays.values() if each.dtype.kind == "f")
    except (IndexError, KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(
            f"{path} holds no {what} of this version: get the course's data anew, or train one"
        )


def _keras_weights(network: str, names: Iterable[str], path: str | os.PathLike | None) -> Weights:
    """Keras's own VGG: from its cache, checked by its checksum, or downloaded, or from `path`."""
    application = {"vgg19": keras.applications.VGG19, "vgg16": keras.applications.VGG16}[network]
    if path is not None and not pathlib.Path(path).is_file():
        raise FileNotFoundError(f"the weights file {path} is missing: check the path")
    try:
        model = application(include_top=False, weights=path or "imagenet")
    except Exception as error:
        if path is not None:
            raise ValueError(f"{path} holds no Keras weights of {network}: {error}") from error
        folder = pathlib.Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"
        raise OSError(
            f"the weights of {network} could not be downloaded ({error}): put "
            f"{network}_weights_tf_dim_ordering_tf_kernels_notop.h5 into {folder} by hand, "
            "or use network='vgg19-lite', which needs no download"
        ) from error
    return {name: tuple(model.get_layer(name).get_weights()) for name in names}
