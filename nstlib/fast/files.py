"""Read the files of the fast networks and of learnt styles."""

from __future__ import annotations

import os

import numpy as np

from nstlib.images.sources import home


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
        raise ValueError(f"{path} is not a whole .npz file of {what}: {error}") from error
    return {
        name: each.astype("float32") if each.dtype.kind == "f" else each
        for name, each in read.items()
    }
