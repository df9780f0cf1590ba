"""Figures made of pictures: side by side, in a table, or with something drawn onto them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle
from matplotlib.patheffects import withStroke
from PIL import Image

from nstlib.images.display import GAP, figure_html, image_tag, row_html, show_html
from nstlib.images.encoding import STORED_BYTES, small_file
from nstlib.images.pixels import to_uint8
from nstlib.images.printed import PAGE
from nstlib.plots.figures import (
    PALETTE,
    label_ends,
    picture_axes,
    show_figure,
    words,
)

LARGEST = 495  # pixels: width of a picture in a row
DOTS = 2500  # pixels that stand for all of a picture, in a cloud of its colours


def strip(
    images: Sequence[Any], labels: Sequence[str], *, title: str, alt: str, columns: int = 4
) -> None:
    """Show images in rows, all as wide, each with a label below it.

    Args:
        images: of shape (1, H, W, 3) or (H, W, 3), RGB in [0, 1].
        labels: as many texts.
        title: the finding, as a sentence.
        alt: what all of them show, in words.
        columns: images per row.

    Raises:
        ValueError: if images and labels are not as many, or there are none.

    >>> import numpy as np
    >>> strip([np.zeros((9, 9, 3))], ["black"], title="Nothing", alt="A black square.")
    <IPython.core.display.HTML object>
    """
    room = _room(images, labels, columns)
    pictures = [Image.fromarray(to_uint8(image)) for image in images]
    pictures = [
        one.resize((room, max(1, round(one.height * room / one.width))), Image.Resampling.LANCZOS)
        for one in pictures
    ]
    _show_rows(pictures, labels, title, alt, columns, "jpeg")


def patches(
    images: Sequence[Any],
    labels: Sequence[str] | None = None,
    *,
    title: str,
    alt: str,
    columns: int = 8,
) -> None:
    """Show small pieces of pictures so large that their pixels can be counted.

    Args:
        images: the patches, as for `strip`.
        labels: as many texts, if there is something to say about each.
        title: the finding, as a sentence.
        alt: what all of them show, in words.
        columns: patches per row.

    Raises:
        ValueError: if patches and labels are not as many, or there are none.

    >>> import numpy as np
    >>> patches([np.eye(3)[None]], title="Three pixels", alt="Red, green and blue.")
    <IPython.core.display.HTML object>
    """
    labels = [""] * len(images) if labels is None else labels
    room = _room(images, labels, columns)
    pictures = [enlarged(Image.fromarray(to_uint8(image)), room, LARGEST) for image in images]
    _show_rows(pictures, labels, title, alt, columns, "png")


def enlarged(picture: Image.Image, room: int, largest: int) -> Image.Image:
    """Enlarge a picture by whole steps, pixel by pixel; scale one that is too wide down.

    Args:
        picture: a PIL picture.
        room: its width at most, in pixels.
        largest: its sides at most, once it is enlarged.

    >>> enlarged(Image.new("RGB", (10, 5)), room=38, largest=99).size
    (30, 15)
    """
    if picture.width > room:
        size = room, max(1, round(picture.height * room / picture.width))
        return picture.resize(size, Image.Resampling.LANCZOS)
    times = max(1, min(largest // max(picture.size), room // picture.width))
    size = picture.width * times, picture.height * times
    return picture.resize(size, Image.Resampling.NEAREST)


def _room(images: Sequence[Any], labels: Sequence[str], columns: int) -> int:
    """The width of a picture in rows, in pixels."""
    if len(images) != len(labels) or not len(images):
        raise ValueError(f"{len(images)} images need as many labels, not {len(labels)}")
    columns = min(columns, len(images))
    return min((PAGE + GAP) // columns - GAP, LARGEST)


def _show_rows(
    pictures: Sequence[Image.Image],
    labels: Sequence[str],
    title: str,
    alt: str,
    columns: int,
    kind: str,
) -> None:
    """Show pictures with a text below each; the alternative text of all is that of the first."""
    others = [f"{words(label)} ({i} of {len(labels)})".strip() for i, label in enumerate(labels, 1)]
    parts = []
    for picture, label, text in zip(pictures, labels, [alt, *others[1:]], strict=True):
        data, written = small_file(picture, kind, STORED_BYTES // len(pictures))
        tag = image_tag(data, written, text, picture.width)
        parts.append(figure_html(tag, caption=words(label)))
    widest = max(picture.width for picture in pictures)
    row = row_html(parts, min(columns, len(parts)), widest)
    show_html(figure_html(row, title=title))


def _tallest(images: Sequence[np.ndarray]) -> float:
    return max(image.shape[0] / image.shape[1] for image in images)


def picture_grid(
    images: Sequence[Sequence[Any]],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    *,
    title: str,
    alt: str | None,
) -> Figure | None:
    """Show images as a table, to compare along its rows and along its columns.

    Args:
        images: rows of images as for `strip`; None leaves a place empty.
        row_labels: one text for each row, left of it.
        column_labels: one text for each column, above it.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.

    Raises:
        ValueError: if rows or columns and their labels are not as many, or there is no image.

    >>> import numpy as np
    >>> black, white = np.zeros((9, 9, 3)), np.ones((9, 9, 3))
    >>> picture_grid([[black, None], [None, white]], ["dark", "light"], ["one", "two"],
    ...              title="Two squares", alt="A black and a white square.")
    <IPython.core.display.HTML object>
    """
    lengths = {len(row) for row in images}
    if len(images) != len(row_labels) or lengths != {len(column_labels)}:
        raise ValueError(
            f"{len(row_labels)} row labels and {len(column_labels)} column labels do not fit "
            f"{len(images)} rows of {', '.join(map(str, sorted(lengths)))} images"
        )
    pixels = [[None if image is None else to_uint8(image) for image in row] for row in images]
    there = [image for row in pixels for image in row if image is not None]
    if not there:
        raise ValueError("there is no image to show")
    rows, columns = len(images), len(column_labels)
    row_labels = [words(label, 16) for label in row_labels]
    left = 0.12 + 0.085 * max(
        len(line) for label in row_labels for line in label.splitlines() or ""
    )
    figure, grid = picture_axes(
        rows, columns, _tallest(there), title=title, labels=column_labels, left=left
    )
    for cells, row, label in zip(grid, pixels, row_labels, strict=True):
        cells[0].set_ylabel(label, rotation="horizontal", ha="right", va="center")
        for axes, image in zip(cells, row, strict=True):
            if image is not None:
                axes.imshow(image, interpolation="lanczos")
    return show_figure(figure, alt=alt, kind="jpeg")


def receptive_fields(
    image: Any,
    fields: Mapping[str, int],
    *,
    at: tuple[float, float] | None = None,
    title: str,
    alt: str | None,
) -> Figure | None:
    """Draw onto a photo how much of it one position of a layer sees.

    Args:
        image: as for `strip`.
        fields: from the layers' names to the sides of their receptive fields, in pixels.
        at: the pixel (x, y) they look at; the centre if it is not given.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.

    Raises:
        ValueError: if there is no field, or one has no side.

    >>> import numpy as np
    >>> receptive_fields(np.zeros((32, 32, 3)), {"block1_conv1": 3, "block1_conv2": 5},
    ...                  title="They grow", alt="A square of 3 and one of 5 pixels.")
    <IPython.core.display.HTML object>
    """
    if not fields or min(fields.values()) <= 0:
        raise ValueError(f"fields must be names with sides in pixels, not {dict(fields)}")
    pixels = to_uint8(image)
    height, width = pixels.shape[:2]
    x, y = at or ((width - 1) / 2, (height - 1) / 2)
    half = max(fields.values()) / 2
    left, right = min(-0.5, x - half), max(width - 0.5, x + half)
    top, bottom = min(-0.5, y - half), max(height - 0.5, y + half)

    names = [f"{words(name)}: {side} × {side} pixels" for name, side in fields.items()]
    ratio, beside = (bottom - top) / (right - left), 0.5 + 0.085 * max(map(len, names))
    figure, ((axes,),) = picture_axes(1, 1, ratio, title=title, right=beside, largest=5.5 / ratio)
    axes.imshow(pixels, interpolation="nearest")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    ends = []
    for i, (name, side) in enumerate(zip(names, fields.values(), strict=True)):
        color = PALETTE[i % len(PALETTE)]
        corner = x - side / 2, y - side / 2
        square = Rectangle(corner, side, side, fill=False, ec=color, lw=2, clip_on=False)
        square.set_path_effects([withStroke(linewidth=4, foreground="white")])
        axes.add_patch(square)
        ends.append((x + side / 2, corner[1], name, color))
    tall = axes.get_position().height * figure.get_figheight()
    label_ends(axes, ends, tall, cased=True)
    return show_figure(figure, alt=alt, kind="jpeg")


def color_clouds(pictures: Mapping[str, object], *, title: str, alt: str | None) -> Figure | None:
    """Draw the colours of pictures as clouds: a dot a pixel, redder to the right, bluer upwards.

    Each dot has its own colour. The ellipse belongs to mean and covariance of red and blue: it
    reaches 1.5 standard deviations from the mean in every direction. Grey lies on the diagonal.

    Args:
        pictures: from names to images of shape (1, H, W, 3) or (H, W, 3), RGB in [0, 1].
        title: the finding, as a sentence.
        alt: what the figure shows, in words.

    Raises:
        ValueError: if there is no picture.

    >>> import numpy as np
    >>> noise = np.random.default_rng(0).uniform(0, 1, (9, 9, 3))
    >>> color_clouds({"noise": noise}, title="Everywhere", alt="Dots of all colours.")
    <IPython.core.display.HTML object>
    """
    if not pictures:
        raise ValueError("there is no picture to show the colours of")
    figure, grid = picture_axes(
        1, len(pictures), 1.0, title=title, labels=list(pictures), left=0.3, below=0.25, largest=2.3
    )
    for axes, image in zip(grid.flat, pictures.values(), strict=True):
        colors = to_uint8(image).reshape(-1, 3) / 255
        few = np.random.default_rng(0).permutation(colors)[:DOTS]
        axes.scatter(few[:, 0], few[:, 2], c=few, s=3, linewidths=0)
        axes.plot([0, 1], [0, 1], color="0.6", lw=0.8, zorder=0)
        axes.add_patch(_spread(colors[:, [0, 2]]))
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="red", facecolor="0.93")
    grid[0, 0].set_ylabel("blue")
    return show_figure(figure, alt=alt, kind="jpeg")


def point_clouds(
    clouds: Mapping[str, Any], names: tuple[str, str], *, title: str, alt: str | None
) -> Figure | None:
    """Draw pairs of numbers as clouds of dots, all on one scale, with ellipses as `color_clouds`.

    Args:
        clouds: from names to points (N, 2).
        names: of the two numbers: to the right, and upwards.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.

    Raises:
        ValueError: if there is no cloud.

    >>> points = np.random.default_rng(0).normal(size=(99, 2))
    >>> point_clouds({"round": points}, ("x", "y"), title="Round", alt="A cloud of dots.")
    <IPython.core.display.HTML object>
    """
    if not clouds:
        raise ValueError("there is no cloud of points to show")
    figure, grid = picture_axes(
        1, len(clouds), 1.0, title=title, labels=list(clouds), left=0.55, below=0.4, largest=2.3
    )
    points = {name: np.asarray(cloud, np.float64) for name, cloud in clouds.items()}
    every = np.concatenate(list(points.values()))
    low, high = np.quantile(every, [0.002, 0.998], axis=0)  # some lie far out
    room = 0.05 * (high - low) + 1e-9
    for axes, cloud in zip(grid.flat, points.values(), strict=True):
        few = np.random.default_rng(0).permutation(cloud)[:DOTS]
        axes.scatter(*few.T, s=2, linewidths=0, color=PALETTE[0], alpha=0.35)
        axes.add_patch(_spread(cloud))
        axes.set(xlim=(low[0] - room[0], high[0] + room[0]), xlabel=names[0], facecolor="0.97")
        axes.set(ylim=(low[1] - room[1], high[1] + room[1]), aspect="auto")
    grid[0, 0].set_ylabel(names[1])
    return show_figure(figure, alt=alt)


def _spread(points: np.ndarray) -> Ellipse:
    """The ellipse 1.5 standard deviations around the mean of (N, 2)."""
    values, vectors = np.linalg.eigh(np.cov(points, rowvar=False))
    tall, wide = 3 * np.sqrt(np.maximum(values, 0))
    angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
    ellipse = Ellipse(points.mean(axis=0), wide, tall, angle=angle, fill=False, lw=1.5)
    ellipse.set_path_effects([withStroke(linewidth=3.5, foreground="white")])
    return ellipse
