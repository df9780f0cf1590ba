"""Checkpoints: a run on disk, with all that its optimiser remembers, so that it can go on."""

from __future__ import annotations

import hashlib
import json
import math
import os
import pathlib
import time
import urllib.parse
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from nstlib.engine.run import HISTORY, Run, Snapshot
from nstlib.lbfgs import LBFGSState
from nstlib.optimizers import AdamState, DescentState

FORMAT = 2
STATES = {kind.__name__: kind for kind in (DescentState, AdamState, LBFGSState)}


class Checkpoint(NamedTuple):
    """All that a run needs to go on as if it had never stopped.

    settings: of the run, as in `Result.settings`.
    pictures: the `fingerprint` of the pictures that it works on.
    rows: what was recorded, a tuple in the order of `HISTORY` for each evaluation.
    snapshot: where the run was.
    """

    settings: dict
    pictures: str
    rows: list[tuple]
    snapshot: Snapshot


class Saver:
    """Saves a run in a file now and then; handed to `Run` as `on_snapshot`.

    Args:
        path: of the file, or None to save nothing.
        settings, pictures: as in `Checkpoint`.
        seconds: the least time between two savings: what a killed process loses at most. The
            first step is saved at once.
    """

    def __init__(
        self, path: str | os.PathLike | None, settings: dict, pictures: str, seconds: float = 10.0
    ):
        self.path, self.settings, self.pictures = path, settings, pictures
        self.seconds, self.saved = seconds, -math.inf  # so the first step is saved at once

    def __call__(self, run: Run) -> None:
        if time.perf_counter() - self.saved >= self.seconds:
            self.save(run)

    def save(self, run: Run) -> Checkpoint | None:
        """Save now; a disk that is full is no reason to lose the run. None if it had not begun."""
        if run.snapshot is None:
            return None
        rows = run.rows[: run.snapshot.evaluations]
        checkpoint = Checkpoint(self.settings, self.pictures, rows, run.snapshot)
        if self.path is not None:
            try:
                try:
                    save_checkpoint(checkpoint, self.path)
                except KeyboardInterrupt:
                    if not run.stopped:
                        raise  # `stylize` saves once more
                    save_checkpoint(checkpoint, self.path)  # the run is over: only this is left
            except OSError as error:
                warnings.warn(f"the run could not be saved in {self.path}: {error}", stacklevel=2)
        self.saved = time.perf_counter()
        return checkpoint


def names_only(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without the folders of files: whoever is given a painting need not know them.

    >>> names_only({"init": "/home/ada/start.png", "masks": ["left.png"], "seed": 1})
    {'init': 'start.png', 'masks': ['left.png'], 'seed': 1}
    """
    named = dict(settings)
    for name in ("init", "weights"):
        if name in named:
            named[name] = file_name(named[name])
    if "masks" in named:
        named["masks"] = [file_name(mask) for mask in named["masks"]]
    return named


def file_name(source: str | os.PathLike) -> str:
    """The last part of a path or an address, without what an address asks for.

    >>> file_name("https://example.org/wave.jpg?key=123"), file_name("noise")
    ('wave.jpg', 'noise')
    """
    text = os.fspath(source)
    if "://" in text:
        text = urllib.parse.unquote(urllib.parse.urlsplit(text).path)
    return pathlib.Path(text).name or "a picture"


def check_same_settings(saved: Checkpoint | None, settings: dict) -> None:
    """Whether a saved run has these settings; its precision may have been found out.

    Raises:
        ValueError: it has others, or there is nothing to go on from.
    """
    if saved is None:
        raise ValueError("this result cannot be resumed: its optimiser remembered nothing")
    old, new = names_only(saved.settings), names_only(settings)
    # Others follow from the convention, so it comes first; what is None is left out of either.
    for name in dict.fromkeys(("convention", *new, *old)):
        before, value = old.get(name), new.get(name)
        if before != value and (name, value) != ("precision", "auto"):
            raise ValueError(
                f"the run to resume had {name}={before!r}, not {value!r}: "
                "give it the same settings, or begin anew without resume"
            )


def check_same_pictures(saved: Checkpoint, pictures: str) -> None:
    """Whether a saved run has the pictures of this `fingerprint`.

    Raises:
        ValueError: it has others.
    """
    if saved.pictures != pictures:
        raise ValueError(
            "the run to resume has other pictures: give it the same, or begin anew without resume"
        )


def check_place(path: str | os.PathLike) -> None:
    """Whether a run can be saved in this file: before the work, not after it.

    Raises:
        ValueError: its folder is missing or allows no writing; a file of another kind is there.
    """
    path = pathlib.Path(path)
    folder = pathlib.Path(os.path.realpath(path)).parent
    if path.is_dir():
        raise ValueError(f"the checkpoint {path} is a folder: give the name of a file")
    if not folder.is_dir():
        raise ValueError(f"the folder of the checkpoint {path} is missing: make it first")
    if not os.access(folder, os.W_OK):
        raise ValueError(f"the folder of the checkpoint {path} does not allow writing")
    if path.exists():
        _read(path, whole=False)  # never replace somebody's photograph


def fingerprint(images: Iterable[np.ndarray]) -> str:
    """A short text that is the same only for the same images.

    >>> fingerprint([np.zeros((1, 2, 2, 3))]) == fingerprint([np.zeros((1, 2, 2, 3))])
    True
    """
    digest = hashlib.sha256()
    for image in images:
        digest.update(f"{image.shape}".encode() + np.asarray(image, "float32").tobytes())
    return digest.hexdigest()[:16]


def save_checkpoint(checkpoint: Checkpoint, path: str | os.PathLike) -> None:
    """Write a checkpoint; until it is written whole, an older one of that name stays.

    Raises:
        OSError: if it cannot be written.
    """
    path, snapshot = pathlib.Path(os.path.realpath(path)), checkpoint.snapshot  # through links
    about = {
        "format": FORMAT,
        "settings": names_only(checkpoint.settings),
        "pictures": checkpoint.pictures,
        "stage": snapshot.stage,
        "state": type(snapshot.state).__name__,
    }
    arrays: dict[str, Any] = {
        f"state_{name}": np.stack(value) if isinstance(value, list) else value
        for name, value in snapshot.state._asdict().items()
        if value is not None and not (isinstance(value, list) and not value)
    }
    if snapshot.best_image is not None:
        arrays["best_image"] = snapshot.best_image
    rows = np.array(checkpoint.rows).reshape(-1, len(HISTORY))
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with open(unfinished, "wb") as file:
            np.savez(file, about=json.dumps(about), rows=rows, **arrays)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_checkpoint(path: str | os.PathLike) -> Checkpoint:
    """Read what `save_checkpoint` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a whole checkpoint, or one of another version.
    """
    about, arrays = _read(path)
    if about["format"] != FORMAT:
        raise ValueError(
            f"{path} is a checkpoint of format {about['format']}, and this nstlib reads {FORMAT}: "
            "resume it with the version that saved it"
        )
    rows = [(int(row[0]), row[1], int(row[2]), *row[3:]) for row in arrays["rows"].tolist()]
    best_image = tf.constant(arrays["best_image"]) if "best_image" in arrays else None
    state = _state(STATES[about["state"]], arrays)
    snapshot = Snapshot(about["stage"], len(rows), best_image, state)
    return Checkpoint(about["settings"], about["pictures"], rows, snapshot)


def _read(
    path: str | os.PathLike, whole: bool = True
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a checkpoint says about itself, and its arrays, if they are wanted."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return json.loads(str(file["about"])), dict(file) if whole else {}
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no checkpoint {path}: check the path") from None
    except PermissionError:
        raise PermissionError(f"the checkpoint {path} does not allow reading") from None
    except Exception as error:  # NumPy has many ways to say so
        message = f"{path} is not a whole checkpoint of nstlib: name another file"
        raise ValueError(message) from error


def _state(kind: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    fields: dict[str, Any] = {}  # what is missing was empty, or None
    for name in kind._fields:
        value = arrays.get(f"state_{name}")
        if value is None:
            continue
        if value.ndim == 0:
            fields[name] = value.item()
        elif value.ndim > arrays["state_x"].ndim:
            fields[name] = list(value)
        else:
            fields[name] = tf.constant(value)
    return kind(**fields)
