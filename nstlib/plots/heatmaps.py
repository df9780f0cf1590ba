"""Figures of what a network sees: feature maps, Gram matrices, distances between them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nstlib.images.colors import LUMINANCE
from nstlib.plots.figures import (
    MAGNITUDES,
    SIGNED,
    WIDTH,
    add_color_bar,
    new_figure,
    number,
    picture_axes,
    show_figure,
    words,
)

WRITTEN = 6  # rows at most, for numbers in the cells of a matrix
CUT = 0.995  # a few positions are so active that all others would look black beside them


def feature_grid(
    features: Any,
    *,
    title: str,
    alt: str | None,
    channels: Sequence[int] | int | None = None,
    columns: int = 8,
    labels: Sequence[str] | None = None,
) -> Figure | None:
    """Show the feature maps of one layer, all on one scale.

    Args:
        features: of shape (1, h, w, C), as a `FeatureExtractor` gives them.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.
        channels: which channels, or how many of the most active ones (16 if it is not given);
            these come first that are most active on average.
        columns: maps per row.
        labels: a text for each map, instead of the channel's number.

    Raises:
        ValueError: if the features have another shape, or there is no such channel.

    >>> features = np.arange(24.0).reshape(1, 2, 4, 3)
    >>> feature_grid(features, title="Brighter to the lower right", alt="Three feature maps.")
    <IPython.core.display.HTML object>
    """
    maps = _maps(features)
    if channels is None or isinstance(channels, (int, np.integer)):
        channels = most_active(maps, 16 if channels is None else channels)
    if not len(channels) or not set(channels) <= set(range(maps.shape[-1])):
        raise ValueError(f"channels are numbers from 0 to {maps.shape[-1] - 1}, not {channels}")
    labels = [f"channel {channel}" for channel in channels] if labels is None else labels
    if len(labels) != len(channels):
        raise ValueError(f"{len(channels)} maps need as many labels, not {len(labels)}")
    maps = maps[..., list(channels)]
    columns = min(columns, len(channels))
    rows = -(-len(channels) // columns)
    figure, grid = picture_axes(
        rows, columns, maps.shape[0] / maps.shape[1], title=title, labels=labels, right=1.25
    )
    scale, cut = _scale(maps)
    for axes, i in zip(grid.flat, range(len(channels)), strict=False):
        drawn = axes.imshow(maps[..., i], interpolation="nearest", **scale)
    beyond = f" (up to {number(np.abs(maps).max())})" if cut != "neither" else ""
    add_color_bar(figure, list(grid.flat), drawn, f"activation{beyond}", extend=cut)
    return show_figure(figure, alt=alt)


def feature_blocks(
    features: Mapping[str, object], *, title: str, alt: str | None, columns: int = 6
) -> Figure | None:
    """Show the most active channels of several layers, a row for each layer.

    Args:
        features: from the layers' names to their features (1, h, w, C), as a `FeatureExtractor`
            gives them. Each row has a scale of its own, which is said beside it: the layers'
            activations differ too much for a common one.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.
        columns: channels per layer.

    Raises:
        ValueError: if there are no features, or some have another shape.

    >>> features = {"block1_conv1": np.ones((1, 4, 4, 3)), "block2_conv1": np.ones((1, 2, 2, 3))}
    >>> feature_blocks(features, title="They shrink", alt="Two rows of white squares.")
    <IPython.core.display.HTML object>
    """
    if not features:
        raise ValueError("there are no features to show")
    layers = {name: _maps(values) for name, values in features.items()}
    columns = min(columns, max(maps.shape[-1] for maps in layers.values()))
    ratio = max(maps.shape[0] / maps.shape[1] for maps in layers.values())
    chosen = {name: most_active(maps, columns) for name, maps in layers.items()}
    labels = [
        f"channel {channel}" if channel is not None else ""
        for channels in chosen.values()
        for channel in channels + [None] * (columns - len(channels))
    ]
    figure, grid = picture_axes(
        len(layers), columns, ratio, title=title, labels=labels, left=1.65, right=0.75
    )
    for row, (name, maps) in zip(grid, layers.items(), strict=True):
        scale, cut = _scale(maps[..., chosen[name]])
        height, width, count = maps.shape
        size = f"{name}\n{width} × {height} positions\n{count} channels"
        row[0].set_ylabel(size, rotation="horizontal", ha="right", va="center", fontsize=10)
        for axes, channel in zip(row, chosen[name], strict=False):
            drawn = axes.imshow(maps[..., channel], interpolation="nearest", **scale)
        add_color_bar(figure, row, drawn, extend=cut)
    return show_figure(figure, alt=alt)


def most_active(maps: np.ndarray, count: int) -> list[int]:
    """Number the channels of (h, w, C) that are most active on average, the first one most.

    >>> most_active(np.array([[[1.0, 5.0, 3.0]]]), 2)
    [1, 2]
    """
    return np.argsort(-np.abs(maps).mean((0, 1)), kind="stable")[:count].tolist()


def _maps(features: Any) -> np.ndarray:
    maps = np.asarray(features, np.float32)
    maps = maps[0] if maps.ndim == 4 and len(maps) == 1 else maps
    if maps.ndim != 3 or not maps.size:
        raise ValueError(f"features have the shape (1, h, w, C), not {np.shape(features)}")
    return maps


def _scale(maps: np.ndarray) -> tuple[dict, str]:
    """What `imshow` needs for one scale, and at which end of the colours it leaves values out."""
    size = np.abs(maps)
    top = float(size.max())
    cut = float(np.quantile(size, CUT))
    beyond = 0 < cut < top / 1.5
    top = (cut if beyond else top) or 1.0
    if maps.min() < 0:
        norm = colors.Normalize(-top, top)
        return {"cmap": SIGNED, "norm": norm}, "both" if beyond else "neither"
    return {"cmap": MAGNITUDES, "norm": colors.Normalize(0, top)}, "max" if beyond else "neither"


def gram_heatmaps(
    grams: Mapping[str, object],
    *,
    title: str,
    alt: str | None,
    scale: str = "auto",
    columns: int = 5,
) -> Figure | None:
    """Show Gram matrices side by side on one scale.

    Args:
        grams: from names to matrices (C, C) or (1, C, C).
        title: the finding, as a sentence.
        alt: what the figure shows, in words.
        scale: "linear", "root" or "log": how colours follow values; "auto" chooses what lets
            the middle ones be seen. The colour bar says which it is.
        columns: matrices per row.

    Small matrices have their numbers written into them.

    Raises:
        ValueError: if there are no matrices, some are not square, or the scale is unknown.

    >>> gram_heatmaps({"by hand": [[5.0, 7.0], [7.0, 10.0]]}, title="Symmetric",
    ...               alt="A matrix of two rows: 5, 7 and 7, 10.")
    <IPython.core.display.HTML object>
    """
    matrices = [_matrix(name, gram) for name, gram in grams.items()]
    if not matrices:
        raise ValueError("there are no Gram matrices to show")
    norm, label = _gram_scale(np.concatenate([matrix.ravel() for matrix in matrices]), scale)
    columns = min(columns, len(matrices))
    rows = -(-len(matrices) // columns)
    by_hand = max(map(len, matrices)) <= WRITTEN
    figure, grid = picture_axes(
        rows,
        columns,
        1.0,
        title=title,
        labels=list(grams),
        right=1.25,
        below=0.26,
        largest=2.0 if by_hand else 3.5,
    )
    cmap = SIGNED if float(norm.vmin or 0) < 0 else MAGNITUDES
    for axes, matrix in zip(grid.flat, matrices, strict=False):
        drawn = axes.imshow(matrix, cmap=cmap, norm=norm, interpolation="nearest")
        axes.set_xlabel(f"{len(matrix)} channels", fontsize=10.5, labelpad=2)
        if by_hand:
            _write_numbers(axes, matrix, drawn, size={1: 15, 2: 15, 3: 11.5}.get(len(matrix), 9))
    add_color_bar(figure, list(grid.flat), drawn, label)
    return show_figure(figure, alt=alt)


def _matrix(name: str, gram: Any) -> np.ndarray:
    matrix = np.asarray(gram, np.float64)
    matrix = matrix[0] if matrix.ndim == 3 and len(matrix) == 1 else matrix
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name} is no square matrix: it has the shape {np.shape(gram)}")
    return matrix


def _gram_scale(values: np.ndarray, scale: str) -> tuple[colors.Normalize, str]:
    """The norm for these values, and the words that say what it does."""
    low, high = min(float(values.min()), 0.0), float(np.abs(values).max()) or 1.0
    positive = values[values > 0]
    if scale == "auto":
        middle = float(np.median(np.abs(values)))
        if high < 8 * middle or not values.any():
            scale = "linear"
        else:
            scale = "root" if high < 1000 * middle or low < 0 else "log"
    if scale == "log":
        # The smallest entries, of channels that hardly ever meet, would take up half the colors.
        low = float(np.quantile(positive, 0.02)) if len(positive) else high
        return colors.LogNorm(min(low, high / 10), high, clip=True), "logarithmic scale"
    low = -high if low < 0 else 0.0
    if scale == "root":
        norm = colors.FuncNorm((_root, lambda x: np.sign(x) * np.square(x)), low, high)
        return norm, "square-root scale"
    if scale != "linear":
        raise ValueError(f"unknown scale {scale!r}: choose 'auto', 'linear', 'root' or 'log'")
    return colors.Normalize(low, high), "linear scale"


def _root(x: np.ndarray) -> np.ndarray:
    return np.sign(x) * np.sqrt(np.abs(x))


def _write_numbers(axes: Axes, matrix: np.ndarray, drawn: Any, size: float) -> None:
    """Numbers in the cells, in letters of so many points."""
    for (row, column), value in np.ndenumerate(matrix):
        *rgb, _ = drawn.to_rgba(value)
        light = np.dot(rgb, LUMINANCE) > 0.5
        color = "black" if light else "white"
        axes.text(column, row, number(value), ha="center", va="center", color=color, size=size)


def distance_table(
    names: Sequence[str], distances: Any, *, title: str, alt: str | None
) -> Figure | None:
    """Show a distance between each two of several things as a table.

    Pale is the nearest pair, dark the farthest one. Few distances are written into the table; of
    many, a dot marks the nearest in each row.

    Args:
        names: of the things.
        distances: a symmetric matrix, a row and a column for each thing.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.

    Raises:
        ValueError: if the matrix is not symmetric, or has not as many rows as there are names.

    >>> distance_table(["sea", "sky"], [[0, 2.5], [2.5, 0]], title="Not far", alt="2.5 apart.")
    <IPython.core.display.HTML object>
    """
    matrix = _matrix("distances", distances)
    if len(matrix) != len(names):
        raise ValueError(f"{len(names)} names need as many rows, not {len(matrix)}")
    if not np.allclose(matrix, matrix.T, rtol=1e-3, equal_nan=True):
        raise ValueError("distances must be symmetric: as far from A to B as from B to A")
    labels = [textwrap.fill(words(name), 12 if len(names) <= WRITTEN else 18) for name in names]
    side = 0.85 * len(names) + 0.6
    # No wider than a page, or its letters are shown smaller than those of other figures.
    width = min(max(side + 1, 6.0), WIDTH)
    figure = new_figure(width * 0.75, title=title, width=width)
    axes = figure.add_subplot(anchor="NW")
    others = np.ma.masked_array(matrix, np.eye(len(matrix), dtype=bool))
    low, high = others.min(), others.max()
    norm = colors.Normalize(low if low < high else 0, high)
    drawn = axes.imshow(others, cmap="cividis_r", norm=norm, aspect=0.7)
    if len(names) <= WRITTEN:
        _write_numbers(axes, matrix, drawn, size=12)
    else:
        axes.plot(others.argmin(axis=1), range(len(names)), "o", color="black", ms=7)
        figure.colorbar(drawn, ax=axes, shrink=0.6, label="distance; a dot: nearest in its row")
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(names)), labels, fontsize=10)
    axes.set_yticks(range(len(names)), labels, fontsize=10)
    if len(names) > WRITTEN:  # side by side, such labels would run into each other
        lines = [words(name) for name in names]
        axes.set_xticklabels(lines, rotation=45, ha="left", va="bottom", rotation_mode="anchor")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return show_figure(figure, alt=alt)
