"""What the figures of `plots` have in common: words, colours, and a size that a notebook can store.

Every figure is drawn by a function that ends with `show_figure`. It has a title that states its
finding and an alternative text; both are the caller's to give, because only the caller knows what
was found. The title is text on the page, not part of the picture: until then it is the figure's
label, as Matplotlib calls the name of a figure's window.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from PIL import Image

from nstlib.images.display import figure_html, image_tag, show_html
from nstlib.images.encoding import small_file
from nstlib.images.printed import PAGE

# Okabe and Ito's palette, distinguishable with every common kind of colour blindness, and a way
# of dashing each, for those who see or print no colour at all.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":", (0, (6, 1)), (0, (1, 1)), (0, (4, 1, 1, 1, 1, 1)))
MAGNITUDES, SIGNED = "viridis", "RdBu_r"  # colour maps: from 0 up, and to both sides of 0

DPI = 110  # pixels per inch
WIDTH = PAGE / DPI  # inches
GAP = 0.08  # inches between pictures


def show_figure(figure: Figure, *, alt: str | None, kind: str = "png") -> Figure | None:
    """Show a Matplotlib figure below the cell, with its label as the title above it.

    Args:
        figure: it needs no pyplot and no window.
        alt: what the figure shows, in words; None to get the figure back instead.
        kind: "png" for lines, "jpeg" for photographs, which keeps notebooks small.

    Returns None, or the figure if `alt` is None: for `live`, which has its own text.

    Raises:
        ImageError: with an empty alternative text.
    """
    if alt is None:
        return figure
    data, kind = small_file(draw(figure), kind)
    show_html(figure_html(image_tag(data, kind, alt), title=str(figure.get_label())))
    return None


def draw(figure: Figure, *, cropped: bool = True) -> Image.Image:
    """Draw a figure as a picture.

    Args:
        figure: the figure.
        cropped: cut off what is empty around it.

    >>> draw(new_figure(2, title="", width=3), cropped=False).size
    (330, 220)
    """
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format="png",
        dpi=figure.dpi,
        bbox_inches="tight" if cropped else None,
        pad_inches=0.07,
        pil_kwargs={"compress_level": 1},
    )
    return Image.open(buffer).convert("RGB")


def new_figure(height: float, *, title: str, width: float) -> Figure:
    """Make a figure of this size in inches, whose title `show_figure` writes above it."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    figure.set_label(title)
    return figure


def picture_axes(
    rows: int,
    columns: int,
    ratio: float,
    *,
    title: str,
    labels: Sequence[str] = (),
    left: float = 0.05,
    right: float = 0.05,
    below: float = 0.0,
    largest: float = 4.5,
) -> tuple[Figure, np.ndarray]:
    """Make a figure with a grid of frameless axes for pictures, as wide as the page allows.

    Everything has its place in inches, without Matplotlib's automatic layout: that would be too
    slow for a figure with many pictures that follows a slider.

    Args:
        rows, columns: of the grid.
        ratio: height / width of the pictures.
        title: the finding, as a sentence; `show_figure` writes it above.
        labels: a text above each picture, or for a single row above the first ones.
        left, right, below: inches to leave free beside the grid and below each picture.
        largest: width of a picture, so that few are not blown up to fill the page.

    Returns the figure and its axes, of shape (rows, columns).

    >>> figure, grid = picture_axes(2, 3, 0.5, title="Six", labels=list("abcdef"))
    >>> grid.shape, grid[1, 0].get_title()
    ((2, 3), 'd')
    """
    cell = min((WIDTH - left - right - GAP * (columns - 1)) / columns, largest)
    width = max(left + right + columns * (cell + GAP) - GAP, 6.0)
    labels = [words(label, max(int(cell * 11.5), 6)) for label in labels]
    above = 0.06 + 0.17 * max((len(label.splitlines()) for label in labels), default=0)
    spaces = [above if row == 0 or len(labels) > columns else 0 for row in range(rows)]
    height = sum(spaces) + rows * (cell * ratio + below + GAP)

    figure = Figure(figsize=(width, height), dpi=DPI)
    figure.set_label(title)
    grid = np.empty((rows, columns), object)
    y = height
    for row in range(rows):
        y -= spaces[row] + cell * ratio
        for column in range(columns):
            x = left + column * (cell + GAP)
            box = (x / width, y / height, cell / width, cell * ratio / height)
            axes = grid[row, column] = figure.add_axes(box)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
        y -= below + GAP
    for axes, label in zip(grid.flat, labels, strict=False):
        axes.set_title(label, fontsize=9.5, pad=3)
    return figure, grid


def add_color_bar(
    figure: Figure, axes: Iterable[Axes], drawn: Any, label: str = "", **options: Any
) -> None:
    """Add a color bar to the right of these axes, which `picture_axes` has left room for."""
    width, height = figure.get_size_inches()
    boxes = [one.get_position() for one in axes]
    x, y = max(box.x1 for box in boxes) + 0.12 / width, min(box.y0 for box in boxes)
    tall = max(box.y1 for box in boxes) - y
    cax = figure.add_axes((x, y, 0.13 / width, tall))
    bar = figure.colorbar(drawn, cax=cax, **options)
    bar.set_label(textwrap.fill(label, int(tall * height * 13), break_on_hyphens=False))
    # One tick for each third of an inch, or those of small bars would overlap.
    if not isinstance(drawn.norm, LogNorm):
        bar.locator = MaxNLocator(max(2, min(int(tall * height / 0.33), 6)), steps=[1, 2, 5, 10])
        bar.update_ticks()
    bar.ax.tick_params(labelsize=9)


def words(name: object, width: int = 1000) -> str:
    """Write a name such as `hokusai_great_wave` as words, in lines of at most this many letters.

    >>> words("total_variation"), words("block1_conv1")
    ('total variation', 'block1_conv1')
    """
    # The names of layers stay as they are: that is how one asks for them.
    text = re.sub(r"(?<!block\d)_", " ", str(name))
    return textwrap.fill(text, width, break_long_words=False)


def number(value: float) -> str:
    """Write a number as one would by hand: whole, or with three digits that count.

    >>> number(20024384), number(0.0312345), number(5.0), number(2.5e-7)
    ('20,024,384', '0.0312', '5', '2.5e-07')
    """
    value = float(value)
    if value.is_integer() and abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:.3g}"


def plain_ticks(axis: Axis) -> None:
    """Write 0.5, 1 and 2 along a logarithmic axis, where Matplotlib would write 5 x 10^-1.

    The numbers are powers of ten where many of them are to be seen, and as close as there is room
    for where few are.

    >>> axes = new_figure(2, title="", width=3).add_subplot()
    >>> axes.set(yscale="log", ylim=(0.4, 4))
    [...]
    >>> plain_ticks(axes.yaxis)
    >>> [axes.yaxis.get_major_formatter()(tick) for tick in axes.get_yticks() if 0.4 <= tick <= 4]
    ['0.5', '1', '2']
    """
    low, high = axis.get_view_interval()
    ratio = high / low
    subs = (1,) if ratio > 10**2.5 else (1, 2, 5) if ratio > 6 else range(1, 10)
    axis.set_major_locator(LogLocator(subs=subs) if ratio > 2 else MaxNLocator(4))
    axis.set_major_formatter(FuncFormatter(lambda value, place: number(value)))
    axis.set_minor_formatter(NullFormatter())


def label_ends(axes: Axes, ends: Sequence[tuple], height: float, *, cased: bool = False) -> None:
    """Write names to the right of the axes, each tied to its point by a thin line.

    Args:
        axes: with their limits as they will stay.
        ends: (x, y, name, color) of each, in the units of the data.
        height: of the axes, roughly, in inches.
        cased: draw the lines with a white edge, to be seen on a photo.
    """
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [(*to_axes.transform(point), name, color) for *point, name, color in ends]
    ends.sort(key=lambda end: end[1])  # stable, and no two lines cross without need
    places = spread([y for _, y, *_ in ends], spacing=0.2 / height)
    for (x, y, name, color), place in zip(ends, places, strict=True):
        tie = {"arrowstyle": "-", "color": color, "lw": 1, "relpos": (0, 0.5)}
        if cased:
            tie["path_effects"] = [withStroke(linewidth=2.5, foreground="white")]
        else:  # grey, or a long one is taken for a curve that goes on
            tie |= {"color": "0.6", "lw": 0.8, "ls": ":"}
        axes.annotate(
            name,
            xy=(x, y),
            xytext=(1.05, place),
            xycoords="axes fraction",
            va="center",
            arrowprops=tie | {"shrinkA": 2, "shrinkB": 0},
            annotation_clip=False,
        )


def spread(heights: Sequence[float], spacing: float) -> np.ndarray:
    """Move sorted heights in [0, 1] apart until neighbours have this spacing, and not farther.

    >>> spread([0.0, 0.5, 0.5, 1.0], spacing=0.25)
    array([0.   , 0.375, 0.625, 1.   ])
    """
    # Without the spacing that each one needs below it, heights have to rise, and no more than that:
    # the nearest ones which do, by least squares, are an isotonic regression. (SciPy's would take
    # 40 MB of each kernel.) Neighbours that fall become a block at their mean.
    below = np.arange(len(heights)) * min(spacing, 1 / max(len(heights) - 1, 1))
    blocks: list[tuple[float, int]] = []
    for height in np.clip(heights, 0, 1) - below:
        blocks.append((height, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (lower, n), (upper, m) = blocks[-2:]
            blocks[-2:] = [((n * lower + m * upper) / (n + m), n + m)]
    rising = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])
    return np.clip(rising, 0, 1 - below[-1]) + below
