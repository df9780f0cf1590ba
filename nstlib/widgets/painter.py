"""Paint in another style, and stop, by pressing buttons in a notebook.

The painting is done by a `Worker`, which sets the values of widgets and nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import ipywidgets

from nstlib.conventions import CONVENTIONS, DEFAULT
from nstlib.engine.run import Progress
from nstlib.images import load_image, show
from nstlib.images.encoding import jpeg
from nstlib.notebook import is_headless
from nstlib.stylize import Result, stylize
from nstlib.widgets.accessible import in_words, news, show_widget
from nstlib.widgets.worker import Worker


class StylePainter:
    """Choose a style and a strength, press Paint, watch the picture change, press Stop.

    Args:
        content: an image (1, H, W, 3), RGB in [0, 1], or what `load_image` takes.
        styles: from the names in the menu to what `load_image` takes.
        size: longer side in pixels.
        evaluations: budget of a painting.
        settings: handed on to `stylize`.

    Attributes:
        result: the latest `Result`, None before the first painting is finished.
        widget: the box with everything in it.
    """

    def __init__(
        self,
        content: Any,
        styles: Mapping[str, object],
        *,
        size: int = 256,
        evaluations: int = 60,
        **settings: Any,
    ):
        self.content = load_image(content, max_side=size)
        self.styles, self.size, self.evaluations = dict(styles), size, evaluations
        self.settings = settings
        self.result: Result | None = None
        self._worker = Worker(self._work)

        self.style = ipywidgets.Dropdown(options=list(self.styles), description="Style")
        medium = CONVENTIONS[DEFAULT].style_weight
        self.strength = ipywidgets.SelectionSlider(
            options=[("gentle", medium / 4), ("medium", medium), ("bold", 4 * medium)],
            value=medium,
            description="Strength",
        )
        self.paint = ipywidgets.Button(description="Paint", button_style="primary", icon="play")
        self.stop = ipywidgets.Button(description="Stop", icon="stop", disabled=True)
        self.bar = ipywidgets.IntProgress(max=evaluations, description="0 s")
        self.picture = ipywidgets.Image(
            value=jpeg(self.content),
            format="jpeg",
            layout={"align_self": "flex-start"},  # or a small one is stretched as high as the row
        )
        self.message = news("Choose a style and press Paint.")
        self.paint.on_click(lambda _: self.start())
        self.stop.on_click(lambda _: self._worker.stop())
        controls = ipywidgets.VBox(
            [self.style, self.strength, ipywidgets.HBox([self.paint, self.stop]), self.bar]
        )
        alt = "The photo; while Paint works, and after that, its painting"
        row = ipywidgets.HBox([controls, ipywidgets.VBox([self.picture, in_words(alt)])])
        self.widget = ipywidgets.VBox([row, self.message])

    def start(self) -> None:
        """Start painting with what is chosen; returns at once unless headless."""
        if self._worker.busy:
            return
        self.paint.disabled, self.stop.disabled = True, False
        self.bar.value, self.message.value = 0, "Painting..."
        self._worker.start(self.style.value, self.strength.value)

    def wait(self) -> Result | None:
        """Wait for the painting in progress, if any, and return the latest result."""
        self._worker.wait()
        return self.result

    def _work(self, stop: threading.Event, style: str, strength: float) -> None:
        def show_progress(progress: Progress) -> bool:
            self._show_progress(progress)
            return stop.is_set()

        # All that goes wrong must be said in the widget: nobody sees a thread's traceback.
        try:
            self.result = stylize(
                self.content,
                self.styles[style],
                size=self.size,
                evaluations=self.evaluations,
                style_weight=strength,
                callback=show_progress,
                progress=False,
                **self.settings,
            )
            self.picture.value = jpeg(self.result.image)
            seconds = self.result.history["seconds"][-1]
            count = len(self.result.history["total"])
            ended = "Stopped" if stop.is_set() else "Done"
            self.message.value = (
                f"{ended}: {count} evaluation{'' if count == 1 else 's'} in {seconds:.1f} s."
            )
            if count < self.evaluations and not stop.is_set():
                self.message.value += f" It ended early: {self.result.stopped}."
        except Exception as error:
            if is_headless():
                raise  # while a notebook is built, nobody reads the message
            self.message.value = f"This did not work: {error}"
        finally:
            self.paint.disabled, self.stop.disabled = False, True

    def _show_progress(self, progress: Progress) -> None:
        self.bar.value = progress.evaluation
        self.bar.description = f"{progress.seconds:.0f} s"
        if progress.evaluation % 5 == 0:  # every picture would be more than a browser can show
            self.picture.value = jpeg(progress.image)

    def _ipython_display_(self) -> None:
        if not is_headless():
            show_widget(self.widget)
            return
        self.start()  # a stored notebook shows no widget: leave a painting in it
        if self.result is not None:
            show(
                [self.content, self.result.image],
                alt=["The photo before painting", f"The photo painted as {self.style.value}"],
                captions=["before", self.style.value],
                title="What the widget shows after Paint is pressed",
            )
