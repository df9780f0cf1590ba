"""Paint a large picture band by band, for less memory, so that no seam shows.

What a network does to a pixel depends on the pixels around it, and on statistics of the whole
picture. So the bands are gone through twice: to add up the statistics, and to paint. Each is seen
with the rows around it that its own depend on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import tensorflow as tf

from nstlib.moments import Moments, mix_moments

LARGE = 1_300_000  # pixels
BAND = 560  # rows, at most
AROUND = 80  # rows: what is further away changes a pixel by next to nothing, beyond 98 not at all
MULTIPLE = 8  # of which all numbers of rows are one

Statistics = Mapping[str, Moments]


class Band(NamedTuple):
    """Rows of a picture.

    seen: those to compute with.
    own: the first and the last of those to keep, counted from the first of those seen.
    """

    seen: slice
    own: tuple[int, int]


def is_large(height: int, width: int) -> bool:
    """Whether a picture is to be painted in bands."""
    return height * width > LARGE


def paint_in_bands(
    height: int,
    look: Callable[[slice, int, int], Statistics],
    paint: Callable[[slice, Statistics], tf.Tensor],
) -> tf.Tensor:
    """A picture of so many rows.

    Args:
        height: a multiple of 8.
        look: gives the statistics of the rows from the second to the third of its arguments, which
            are counted from the first of the rows seen.
        paint: gives the rows seen, painted with the statistics of the whole.
    """
    bands = bands_of(height)
    seen = [look(each.seen, *each.own) for each in bands]
    whole = mix_moments(seen, [bottom - top for _, (top, bottom) in bands])
    parts = [paint(each.seen, whole)[:, slice(*each.own)] for each in bands]
    return tf.concat(parts, axis=1)


def bands_of(height: int) -> list[Band]:
    """Bands of about equal height.

    >>> bands_of(1080)[1]
    Band(seen=slice(464, 1080, None), own=(80, 616))
    """
    rows = MULTIPLE * math.ceil(height / MULTIPLE / math.ceil(height / BAND))
    bands = []
    for top in range(0, height, rows):
        above, bottom = max(top - AROUND, 0), min(top + rows, height)
        below = min(bottom + AROUND, height)
        bands.append(Band(slice(above, below), (top - above, bottom - above)))
    return bands
