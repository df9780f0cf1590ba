"""Paint a mask onto a photo with sliders: rectangles, ellipses and horizons, added or taken away.

Only core ipywidgets, version 7 (Colab) or 8, by way of `nstlib.widgets.sliders`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import ipywidgets
import numpy as np

from nstlib.images import ImageError, load_image
from nstlib.notebook import is_headless
from nstlib.widgets.accessible import show_widget
from nstlib.widgets.sliders import live

KINDS = ("horizon", "rectangle", "ellipse")
TINT = (0.90, 0.62, 0.0)  # what is chosen looks orange; the mask beside it says it without colour
TINTED = 0.6  # how much of that colour


class Shape(NamedTuple):
    """One shape of a mask. All sizes are shares of the photo's sides, so they fit any size of it.

    kind: `horizon` (all that is above y), `rectangle` or `ellipse`.
    x, y: the middle, from the left and from the top.
    width, height: from side to side; a horizon has none.
    softness: how wide the border is in which white becomes black, a share of the longer side.
    take_away: whether the shape is black, and not white.
    """

    kind: str = "horizon"
    x: float = 0.5
    y: float = 0.5
    width: float = 0.5
    height: float = 0.5
    softness: float = 0.02
    take_away: bool = False


def draw_mask(shapes: Iterable[Shape], size: Sequence[int]) -> np.ndarray:
    """Draw shapes on black, the first one first.

    Args:
        shapes: white is added by each one, or taken away.
        size: height and width in pixels.

    Returns a mask (1, H, W, 1), from 0 to 1.

    Raises:
        ValueError: a kind of shape that is not known.

    >>> draw_mask([Shape("horizon", y=0.5)], (4, 2))[0, :, 0, 0]
    array([1., 1., 0., 0.], dtype=float32)
    """
    mask = np.zeros(tuple(size), "float32")
    for shape in shapes:
        white = np.clip(0.5 - _distance(shape, size) / _border(shape, size), 0, 1)
        mask = np.minimum(mask, 1 - white) if shape.take_away else np.maximum(mask, white)
    return mask.astype("float32")[None, :, :, None]


def _border(shape: Shape, size: Sequence[int]) -> float:
    """How wide the border is, in pixels; one at least, as a pixel may lie half inside."""
    return max(shape.softness * max(size), 1.0)


def _distance(shape: Shape, size: Sequence[int]) -> np.ndarray:
    """How many pixels each pixel lies outside of the shape, below 0 inside of it."""
    height, width = size
    down = np.arange(height)[:, None] + 0.5 - shape.y * height
    across = np.arange(width)[None, :] + 0.5 - shape.x * width
    half_height, half_width = (
        max(shape.height * height / 2, 0.5),
        max(shape.width * width / 2, 0.5),
    )
    if shape.kind == "horizon":
        return down + 0 * across
    if shape.kind == "rectangle":
        return np.maximum(np.abs(down) - half_height, np.abs(across) - half_width)
    if shape.kind == "ellipse":
        radius = np.hypot(down / half_height, across / half_width)
        return (radius - 1) * min(half_height, half_width)
    raise ValueError(f"unknown kind of shape {shape.kind!r}: choose one of {', '.join(KINDS)}")


class MaskPainter:
    """Sliders for a shape on a photo; the mask is ready at any time, as `mask`.

    One shape follows the sliders. Keep leaves it where it is, and the sliders then move another
    one; Undo takes up the one that was kept last.

    Args:
        photo: an image (1, H, W, 3), RGB in [0, 1], or what `load_image` takes.
        shapes: what to begin with; the sliders start with the last of them.

    Attributes:
        shapes: the list of the shapes that are kept.
        controls: the widgets for the shape that is being made, by the names of `Shape`.
        keep, undo: the buttons.
        widget: the box with everything in it.

    >>> painter = MaskPainter(np.zeros((1, 20, 40, 3)), [Shape("rectangle", softness=0)])
    >>> painter.mask.shape, float(painter.mask.mean())
    ((1, 20, 40, 1), 0.25)
    >>> painter.controls["width"].value = 1.0
    >>> float(painter.mask.mean())
    0.5
    """

    def __init__(self, photo: Any, shapes: Sequence[Shape] = (Shape(),)):
        if not shapes:
            raise ImageError("shapes is empty: give one at least, the sliders start with it.")
        self.photo = load_image(photo)
        *kept, first = (Shape(*shape) for shape in shapes)
        self.shapes = list(kept)
        self._live = live(
            self._look,
            kind=list(KINDS),
            x=(0.0, 1.0, 0.01),
            y=(0.0, 1.0, 0.01),
            width=(0.0, 1.0, 0.01),
            height=(0.0, 1.0, 0.01),
            softness=(0.0, 0.5, 0.01),
            take_away=False,
            fallback=[first._asdict()],
            alt="The photo, orange where the mask is, and beside it the mask, white on black",
            title="Paint a mask",
        )
        self.controls = self._live.controls
        self.keep = ipywidgets.Button(description="Keep", icon="check", tooltip="and begin another")
        self.undo = ipywidgets.Button(description="Undo", icon="undo", tooltip="back to the last")
        self.keep.on_click(lambda _: self._keep())
        self.undo.on_click(lambda _: self._undo())
        buttons = ipywidgets.HBox([self.keep, self.undo])
        self.widget = ipywidgets.VBox([self._live.widget, buttons])

    @property
    def shape(self) -> Shape:
        """The shape that the sliders make."""
        return Shape(**{name: control.value for name, control in self.controls.items()})

    @property
    def mask(self) -> np.ndarray:
        """What is painted, the sliders' shape included: (1, H, W, 1), from 0 to 1."""
        return draw_mask([*self.shapes, self.shape], self.photo.shape[1:3])

    def wait(self) -> None:
        """Wait until the picture shows what the sliders say."""
        self._live.wait()

    def _look(self, **values: Any) -> tuple[list, list]:
        mask = draw_mask([*self.shapes, Shape(**values)], self.photo.shape[1:3])
        tinted = self.photo + TINTED * mask * (np.array(TINT, "float32") - self.photo)
        white = np.repeat(mask, 3, axis=-1)
        return [tinted, white], ["the photo", f"the mask: {mask.mean():.0%} of the photo"]

    def _keep(self) -> None:
        self.shapes.append(self.shape)
        self._live.message.value = f"Shapes kept: {len(self.shapes)}. The sliders move another one."

    def _undo(self) -> None:
        if not self.shapes:
            self._live.message.value = "There is nothing to undo: no shape was kept."
            return
        for name, value in self.shapes.pop()._asdict().items():
            self.controls[name].value = value
        self._live.message.value = f"Shapes kept: {len(self.shapes)}."

    def _ipython_display_(self) -> None:
        if is_headless():
            self._live._ipython_display_()  # a stored notebook gets the picture
        else:
            show_widget(self.widget)
