"""Finished pieces of the benchmark, kept as JSON: what is interrupted goes on where it was."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import pathlib
import time
from collections.abc import Callable

from imports import HERE, reached

WEIGHTS = HERE.parent / "data" / "weights" / "vgg19-lite.npz"


class Cache:
    """A folder with a file for each piece, named after its kind and the settings it depends on."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.started = folder, time.perf_counter()
        folder.mkdir(parents=True, exist_ok=True)

    def forget(self, kind: str = "") -> None:
        """All pieces, or those whose kind begins so."""
        for path in self.folder.glob(f"{kind}*.json"):
            path.unlink()

    def path(self, kind: str, settings: dict) -> pathlib.Path:
        """Where a piece is kept."""
        key = hashlib.sha256(json.dumps([kind, settings], sort_keys=True).encode()).hexdigest()
        return self.folder / f"{kind}-{key[:12]}.json"

    def piece(self, kind: str, settings: dict, compute: Callable[[], object]):
        """What `compute` gives, or gave when it was called with these settings before."""
        path = self.path(kind, settings)
        since_start = (time.perf_counter() - self.started) / 60
        if path.exists():
            print(f"{since_start:5.1f} min  {kind}: kept from before", flush=True)
        else:
            print(f"{since_start:5.1f} min  {kind} ...", flush=True)
            record = {"kind": kind, "settings": settings, "result": compute()}
            part = path.with_suffix(".part")
            part.write_text(json.dumps(record, indent=1))
            os.replace(part, path)
        return json.loads(path.read_text())["result"]


def code_of(*names: str) -> str:
    """A fingerprint of these modules of the benchmark and of all of ours that they import.

    Comments and layout do not count. A name that there is no module for raises FileNotFoundError.
    """
    paths = set().union(*(reached(HERE / f"{name}.py") for name in names))
    trees = [ast.dump(ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(paths)]
    return hashlib.sha256("".join(trees).encode() + WEIGHTS.read_bytes()).hexdigest()[:12]
