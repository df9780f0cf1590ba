"""The styles that the network of many styles knows, and those that it was taught."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
from pathlib import Path

import numpy as np

from nstlib.fast.transfer_network import PHOTOGRAPH
from nstlib.images import check_output, data_folder
from nstlib.images.saving import written_whole
from nstlib.images.sources import home
from nstlib.weights import read_arrays

LEARNT = "a learnt style"
ENDINGS = (".npz",)  # of its file


@functools.cache
def known_styles() -> dict[str, np.ndarray]:
    """The numbers (N,) of each style that the network was trained with, by its name."""
    arrays = read_arrays(weights_path(), "the network of many styles")
    return dict(zip(map(str, arrays["styles/names"]), arrays["styles/numbers"], strict=True))


def style_names() -> list[str]:
    """Names of the styles that `fast_stylize` knows without their pictures.

    >>> "hokusai_great_wave" in style_names()
    True
    """
    return sorted(name for name in known_styles() if name != PHOTOGRAPH)


def weights_path() -> Path:
    """The file of the network of many styles that comes with the course."""
    return data_folder() / "weights" / "transfer-network.npz"


@functools.cache
def network_mark() -> str:
    """What tells the kernels of the network from others: a style is numbers for these alone."""
    arrays, digest = read_arrays(weights_path(), "the network of many styles"), hashlib.sha256()
    for name in sorted(arrays):
        if not name.startswith("styles/"):
            digest.update(name.encode() + arrays[name].tobytes())
    return digest.hexdigest()[:16]


@dataclasses.dataclass(frozen=True, eq=False)
class LearntStyle:
    """A style that the network of many styles was taught by `learn_style`.

    name: of its picture.
    numbers: (N,), all that there is of it.
    network: the mark of the network that was taught.
    """

    name: str
    numbers: np.ndarray
    network: str = dataclasses.field(default_factory=network_mark)

    def save(self, path: str | os.PathLike, *, overwrite: bool = False) -> Path:
        """Write the style into an .npz file of a few kilobytes, whole or not at all.

        Raises:
            ValueError: another ending, a file that exists, no place to write, or numbers that
                cannot be kept.
        """
        path = home(path)
        check_output(path, overwrite, ENDINGS)
        with np.errstate(over="ignore"):
            numbers = self.numbers.astype("float16")
        if not np.isfinite(numbers).all():
            raise ValueError(
                f"the style {self.name!r} has numbers that are undefined or above 65,504: it was "
                "not saved, learn it anew"
            )
        with written_whole(path) as part:
            np.savez(
                part, name=np.array(self.name), numbers=numbers, network=np.array(self.network)
            )
        return path


def load_style(path: str | os.PathLike) -> LearntStyle:
    """A style that `LearntStyle.save` wrote.

    Raises:
        OSError: no such file.
        ValueError: another kind of file, or a style of a network with other weights.
    """
    arrays = read_arrays(path, LEARNT)
    numbers, name = arrays.get("numbers", np.empty(0)), arrays.get("name", np.empty(0))
    if not numbers.size or numbers.dtype.kind != "f" or name.shape or name.dtype.kind != "U":
        raise ValueError(f"{path} holds no style: give a file that a learnt style was saved in")
    if not np.isfinite(numbers).all():
        raise ValueError(f"{path} holds numbers that are infinite or undefined: learn it anew")
    if str(arrays.get("network")) != network_mark():
        raise ValueError(
            f"{path} was learnt with other weights than this version's network has, and would be "
            "painted wrongly: learn it anew from its picture"
        )
    if numbers.shape != next(iter(known_styles().values())).shape:
        raise ValueError(f"{path} holds another number of numbers than a style has: learn it anew")
    return LearntStyle(str(name), numbers)
