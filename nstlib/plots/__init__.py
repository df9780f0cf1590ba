"""Figures for the lessons: one call each, readable in black and white and by the colour-blind.

Each function takes a `title`, the finding as a sentence, and an `alt`, the alternative text, and
shows its figure below the cell, with the title as text. With `alt=None` it returns the figure
instead, for `live`; not so `strip` and `patches`, for `live` takes pictures and captions as such.
"""

from nstlib.plots.curves import bars, compare_losses, loss_curves
from nstlib.plots.figures import show_figure
from nstlib.plots.findings import finding
from nstlib.plots.galleries import (
    color_clouds,
    patches,
    picture_grid,
    point_clouds,
    receptive_fields,
    strip,
)
from nstlib.plots.heatmaps import distance_table, feature_blocks, feature_grid, gram_heatmaps

__all__ = [
    "bars",
    "color_clouds",
    "compare_losses",
    "distance_table",
    "feature_blocks",
    "feature_grid",
    "finding",
    "gram_heatmaps",
    "loss_curves",
    "patches",
    "picture_grid",
    "point_clouds",
    "receptive_fields",
    "show_figure",
    "strip",
]
