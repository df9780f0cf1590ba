"""A picture to watch while a cell computes: of a training, say, after every few steps."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from nstlib.images.encoding import jpeg
from nstlib.notebook import is_headless
from nstlib.plots.figures import draw
from nstlib.widgets.accessible import in_words, news, show_widget


class Easel:
    """A picture below the cell that makes it; every `show` puts another in its place.

    Args:
        alt: what the picture shows, whichever it is, in words.
        width: in pixels.

    Attributes:
        picture: an `ipywidgets.Image` with the latest picture.
        message: an `ipywidgets.Label` with what is said of it.

    Where nobody looks, in a notebook that is executed by a tool, nothing is shown.

    >>> easel = Easel(alt="A painting that comes about.")
    >>> easel.show(np.zeros((1, 8, 8, 3)), "step 1")
    >>> easel.message.value
    'step 1'
    """

    def __init__(self, alt: str, width: int = 384):
        self.picture = ipywidgets.Image(format="jpeg", width=width)
        self.message = news()
        if not is_headless():
            show_widget(ipywidgets.VBox([self.picture, in_words(alt), self.message]))

    def show(self, image: Any, caption: str = "") -> None:
        """Show an image (1, H, W, 3), RGB in [0, 1], or a figure, and say something of it."""
        if isinstance(image, Figure):  # not cropped, so that it keeps its size
            image = np.asarray(draw(image, cropped=False))
        self.picture.value = jpeg(image)
        self.message.value = caption
