"""Figures for the lessons: one call each, readable in black and white and by the colour-blind.

Every figure is shown with an alternative text and a title that states its finding; both are the
caller's to give, because only the caller knows what was found.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from nstlib.display import image_tag

# Okabe and Ito's palette, distinguishable with every common kind of colour blindness.
COLORS = {
    "total": "#000000",
    "content": "#0072B2",
    "style": "#D55E00",
    "total_variation": "#009E73",
}
DASHES = {"total": "-", "content": "--", "style": "-.", "total_variation": ":"}  # without colour


def show_figure(figure: Figure, *, alt: str, kind: str = "png") -> None:
    """Show a Matplotlib figure below the cell, with an alternative text.

    Args:
        figure: it needs no pyplot and no window.
        alt: what the figure shows, in words.
        kind: "png" for lines, "jpeg" for photographs, which keeps notebooks small.

    Raises:
        ImageError: without an alternative text.
    """
    from IPython.display import HTML, display

    buffer = io.BytesIO()
    options = {"pil_kwargs": {"quality": 85}} if kind == "jpeg" else {}
    figure.savefig(buffer, format=kind, dpi=110, bbox_inches="tight", facecolor="white", **options)
    display(HTML(image_tag(buffer.getvalue(), kind, alt)))


def loss_curves(history: Mapping[str, Sequence[float]], *, title: str, alt: str) -> None:
    """Draw the weighted loss terms against evaluations, on a logarithmic axis.

    Args:
        history: as in `Result.history`; terms that are 0 throughout are left out.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.
    """
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.add_subplot()
    ends = []
    for name, color in COLORS.items():
        values = np.asarray(history[name], float)
        if values.max(initial=0) <= 0:
            continue
        shown = np.where(values > 0, values, np.nan)  # the content starts at 0, which has no log
        axes.plot(history["evaluation"], shown, color=color, ls=DASHES[name], lw=2)
        ends.append((values[-1], name.replace("_", " "), color))
    axes.set_yscale("log")
    axes.set_xlim(1, max(history["evaluation"]) or 1)
    _label_ends(axes, ends)
    axes.set_xlabel("evaluations of loss and gradient")
    axes.set_ylabel("loss (weighted)")
    axes.set_title(title, loc="left")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    show_figure(figure, alt=alt)


def _label_ends(axes, ends) -> None:
    """Write each curve's name at its right end, moved apart where two would overlap."""
    low, high = np.log(axes.get_ylim())
    spacing, last = 0.07, -np.inf
    for value, name, color in sorted(ends):
        height = max((np.log(max(value, 1e-30)) - low) / (high - low), last + spacing)
        axes.text(1.01, height, name, color=color, va="center", transform=axes.transAxes)
        last = height


def strip(
    images: Sequence, labels: Sequence[str], *, title: str, alt: str, columns: int = 4
) -> None:
    """Show images in rows, each with a label above it, on one scale.

    Args:
        images: of shape (1, H, W, 3) or (H, W, 3), RGB in [0, 1].
        labels: as many texts.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.
        columns: images per row.
    """
    if len(images) != len(labels) or not len(images):
        raise ValueError(f"{len(images)} images need as many labels, not {len(labels)}")
    images = [np.asarray(image).reshape(np.shape(image)[-3:]).clip(0, 1) for image in images]
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    ratio = max(image.shape[0] / image.shape[1] for image in images)
    width = 9.0 / columns
    figure = Figure(figsize=(9.0, rows * (width * ratio + 0.3) + 0.4), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, image, label in zip(grid.flat, images, labels, strict=False):
        axes.imshow(image, interpolation="lanczos")
        axes.set_title(label, fontsize=10)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    show_figure(figure, alt=alt, kind="jpeg")
