"""What the fast networks are trained to paint: crops of photographs, clean and as a camera sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nstlib.training.teachers import Crops, Picture

GRID = 8  # pixels: what three halvings make one of
SMALLEST = 48  # side of a crop: less would leave the deepest layers nothing to look at
PLAIN_SHARE = 0.1  # of gradients without any detail: few photographs are a clear sky all over
NOISY_SHARE, NOISE = 0.3, 0.05  # of crops with noise, and its largest deviation


class Photographs(Crops):
    """Batches of crops (B, size, size, 3) in [0, 1], in two copies, and a corner to `cut` from.

    `photographs` are what the paintings are compared with, `seen` is what the network paints: in
    some of these there is noise, so that a painting does not depend on it. `corner` (B, 2) is the
    same for all of a batch.

    Args:
        pictures: (path, picture) pairs.
        steps: batches in an epoch.
        batch, size, seed: as of `Crops`; the size a multiple of `GRID`.

    Raises:
        ValueError: no pictures, or another size.
    """

    def __init__(
        self, pictures: Sequence[Picture], steps: int, batch: int, size: int, seed: int
    ) -> None:
        if not pictures:
            raise ValueError("there are no photographs to train with: all pictures are artworks")
        if size < SMALLEST or size % GRID:
            raise ValueError(
                f"a crop's side must be a multiple of {GRID} and at least {SMALLEST}, not {size}"
            )
        super().__init__(pictures, steps, batch, size, seed, art_share=0.0)

    def __getitem__(self, index: int) -> tuple[Any]:
        rng = np.random.default_rng((self.seed, self.epoch, index, 1))
        (photographs,) = super().__getitem__(index)
        for photograph in photographs:
            if rng.random() < PLAIN_SHARE:
                photograph[:] = clear_sky(self.size, rng)
        seen = photographs.copy()
        for picture in seen:
            if rng.random() < NOISY_SHARE:
                picture += rng.normal(0, rng.uniform(0, NOISE), picture.shape)
        corner = np.tile(rng.integers(0, GRID, 2, dtype="int32"), (self.batch, 1))
        x = {"photographs": photographs, "seen": np.clip(seen, 0, 1), "corner": corner}
        return (x,)


def clear_sky(size: int, rng: np.random.Generator) -> np.ndarray:
    """A picture (size, size, 3) that goes from one colour to another, often a similar one."""
    one, other = rng.uniform(0, 1, (2, 3))
    if rng.random() < 0.5:
        other = one + rng.normal(0, 0.1, 3)
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:size, :size] / size - 0.5
    share = np.clip(0.5 + np.cos(angle) * columns + np.sin(angle) * rows, 0, 1)[..., np.newaxis]
    sky = share * one + (1 - share) * other + rng.normal(0, 0.01, (size, size, 3))
    return np.clip(sky, 0, 1)
