"""Figures of curves and bars: how a loss falls, and what is larger than what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from nstlib.names import check_name
from nstlib.plots.figures import (
    DASHES,
    PALETTE,
    label_ends,
    new_figure,
    number,
    plain_ticks,
    show_figure,
    words,
)

COLORS = {
    "total": "#000000",
    "content": "#0072B2",
    "style": "#D55E00",
    "total_variation": "#009E73",
}
AXIS = {
    "evaluation": "evaluations of loss and gradient",
    "step": "steps of training",
    "seconds": "seconds",
}


def loss_curves(
    history: Mapping[str, Sequence[float]], *, title: str, alt: str | None
) -> Figure | None:
    """Draw the weighted loss terms against evaluations, on a logarithmic axis.

    Args:
        history: as in `Result.history`; terms that are 0 throughout are left out.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.

    Raises:
        ValueError: if no term is above 0.

    >>> history = {"evaluation": [1, 2], "total": [9, 3], "content": [0, 1], "style": [9, 2],
    ...            "total_variation": [0, 0]}
    >>> loss_curves(history, title="It falls", alt="The loss falls from 9 to 3.")
    <IPython.core.display.HTML object>
    """
    curves = {
        name: (history["evaluation"], history[name], color, dash)
        for (name, color), dash in zip(COLORS.items(), DASHES, strict=False)
    }
    figure = _draw_curves(curves, title, AXIS["evaluation"], "loss (weighted)")
    return show_figure(figure, alt=alt)


def compare_losses(
    histories: Mapping[str, Mapping | Sequence[float]],
    *,
    term: str = "total",
    x: str = "evaluation",
    title: str,
    alt: str | None,
    label: str = "",
) -> Figure | None:
    """Draw one loss term of several runs on the same logarithmic axis.

    Args:
        histories: from the runs' names to their `Result.history`, or to the losses alone.
        term: which of a history's terms.
        x: "evaluation"; "step" for a training; or "seconds" to see which run is faster.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.
        label: what is drawn, beside the axis, if it is no loss.

    Raises:
        ValueError: for an unknown `x` or `term`, for seconds of losses alone, or if no loss is
            above 0.

    >>> compare_losses({"Adam": [9, 5, 4], "L-BFGS": [9, 3, 2]}, title="L-BFGS wins",
    ...                alt="The loss with L-BFGS falls faster.")
    <IPython.core.display.HTML object>
    """
    check_name("x", x, AXIS)
    curves = {}
    for i, (name, history) in enumerate(histories.items()):
        if not isinstance(history, Mapping):
            if x == "seconds":
                raise ValueError(f"{name} has losses alone, no seconds: give its Result.history")
            history = {x: range(1, len(history) + 1), term: history}
        if term not in history:
            raise ValueError(f"{name} has no term {term!r}: choose from {', '.join(history)}")
        curves[name] = history[x], history[term], PALETTE[i % 7], DASHES[i % 7]
    label = label or ("loss" if term == "total" else f"{words(term)} loss")
    return show_figure(_draw_curves(curves, title, AXIS[x], label), alt=alt)


def _draw_curves(curves: Mapping[str, tuple], title: str, x_label: str, y_label: str) -> Figure:
    """Draw {name: (x, y, color, dash)}, each labelled at its end."""
    figure = new_figure(3.6, title=title, width=7.5)
    axes = figure.add_subplot()
    starts, ends = [], []
    for name, (x, y, color, dash) in curves.items():
        x, y = np.asarray(x, float), np.asarray(y, float)
        shown = np.where(y > 0, y, np.nan)  # the content starts at 0, which has no logarithm
        if not np.isfinite(shown).any():
            continue
        last = np.flatnonzero(np.isfinite(shown))[-1]
        axes.plot(x, shown, color=color, ls=dash, lw=2, marker="o", markevery=[last], clip_on=False)
        starts.append(x[0])
        ends.append((x[last], shown[last], words(name), color))
    if not ends:
        raise ValueError("there is no loss above 0 to draw on a logarithmic axis")
    axes.set_yscale("log")
    plain_ticks(axes.yaxis)
    start, stop = min(starts), max(end[0] for end in ends)
    axes.set_xlim(start, stop if stop > start else start + 1)
    label_ends(axes, ends, height=2.8)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def bars(
    values: Mapping[str, float],
    *,
    title: str,
    alt: str | None,
    log: bool = False,
    label: str = "",
    groups: int = 1,
) -> Figure | None:
    """Draw numbers as horizontal bars, from top to bottom, with the numbers beside them.

    Args:
        values: from names to numbers.
        title: the finding, as a sentence.
        alt: what the figure shows, in words.
        log: a logarithmic axis, for numbers of very different size. It has no 0 for a bar to begin
            at, so the numbers are dots.
        label: what the numbers are, with their unit, below the axis.
        groups: how many groups of equal length the bars are of, each in a colour of its own.

    Raises:
        ValueError: if there is nothing to draw: no number, or with `log` none above 0.

    >>> bars({"vgg16": 14_714_688, "vgg19": 20_024_384}, title="Three more layers",
    ...      alt="vgg16 has 14.7 million parameters, vgg19 20 million.", label="parameters")
    <IPython.core.display.HTML object>
    """
    sizes = np.array([float(value) for value in values.values()])
    drawn = np.where(sizes > 0, sizes, np.nan) if log else sizes
    if not np.isfinite(drawn).any():
        raise ValueError(f"there is no number {'above 0 ' if log else ''}to draw as a bar")
    figure = new_figure(0.34 * len(sizes) + 0.7, title=title, width=7.5)
    axes = figure.add_subplot()
    colors = [PALETTE[row * groups // len(sizes) % len(PALETTE)] for row in range(len(sizes))]
    if log:
        axes.scatter(drawn, range(len(sizes)), color=colors, s=60, zorder=2, clip_on=False)
        axes.grid(alpha=0.3)
    else:
        axes.barh(range(len(sizes)), drawn, color=colors, height=0.7)
    axes.set_yticks(range(len(sizes)), [words(name, 32) for name in values])
    axes.set_ylim(len(sizes) - 0.5, -0.5)
    if log:
        axes.set_xscale("log")
        label = f"{label} (logarithmic axis)".strip()
    else:
        axes.axvline(0, color="black", lw=1)
        axes.set_xticks([])  # the numbers stand beside the bars
        axes.spines["bottom"].set_visible(False)
    axes.margins(x=0.12)
    base = axes.get_xlim()[0] if log else 0
    for row, size in enumerate(sizes):
        axes.annotate(
            number(size) if np.isfinite(size) else "none",
            xy=(size if np.isfinite(size) and (size > 0 or not log) else base, row),
            xytext=((8 if log else 4) if size >= 0 or not np.isfinite(size) else -4, 0),
            textcoords="offset points",
            va="center",
            ha="right" if size < 0 else "left",
        )
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return show_figure(figure, alt=alt)
