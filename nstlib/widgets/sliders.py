"""Pictures that follow a slider: `live` makes a widget that computes again whenever it is moved.

Only core ipywidgets, version 7 (Colab) or 8, and no Output widget: what is computed becomes the
value of one picture, so that nothing flickers. What is said about it, is text beside it.
"""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

import ipywidgets
import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from traitlets import TraitError

from nstlib.images import ImageError
from nstlib.images.display import GAP, figure_html, image_tag, row_html, show_html
from nstlib.images.encoding import STORED_BYTES, small_file
from nstlib.images.pixels import to_uint8
from nstlib.images.printed import PAGE
from nstlib.notebook import is_headless
from nstlib.plots.figures import draw, number, words
from nstlib.plots.galleries import enlarged
from nstlib.widgets.accessible import in_words, news, show_widget
from nstlib.widgets.worker import Worker

LARGE = 384  # pixels: a picture that is smaller is enlarged


def live(
    compute: Callable[..., Any],
    /,
    *,
    fallback: Sequence[Mapping[str, Any]],
    alt: str,
    title: str = "",
    **controls: Any,
) -> Live:
    """Show what `compute` makes of some settings, and let the student change them.

    Args:
        compute: called with a value for each control, by name. It returns an image, a list of
            images to be shown side by side, (images, captions), or a Matplotlib figure (those
            of `plots` with `alt=None`). It runs in a thread; to seem live, in half a second.
        fallback: settings, each a dict of values by name, for which a stored notebook shows
            pictures. The widget starts with the first; what it leaves out starts as usual.
        alt: what the picture shows whatever the settings, in words.
        title: a line above: what there is to find out.
        controls: by name, what may be chosen: a list of options, texts or numbers; a tuple
            (min, max, step) of numbers; True or False; or a widget that has a `value`.

    Returns a `Live`, which shows itself when it ends a cell.

    Raises:
        ValueError: for a control that is none of these, without a fallback, or with one that
            the controls cannot be set to.
        ImageError: without an alternative text, or if `compute` returns no image.

    >>> gray = live(lambda level: np.full((8, 8, 3), level), level=(0.0, 1.0, 0.1),
    ...             fallback=[{"level": 0.5}], alt="A grey square.")
    >>> gray.controls["level"].value = 0.7
    >>> gray.message.value
    'Computed in ... s.'
    """
    return Live(compute, fallback, alt, title, controls)


class Live:
    """What `live` makes.

    Attributes:
        controls: the widgets that set the values, by name.
        heading: an `ipywidgets.HTML` with the title of a figure.
        picture: an `ipywidgets.Image` with the latest picture.
        captions: an `ipywidgets.HTML` with what stands below its parts.
        message: an `ipywidgets.Label`: how long that took, or what went wrong.
        widget: the box with all of them.
    """

    def __init__(
        self,
        compute: Callable[..., Any],
        fallback: Sequence[Mapping[str, Any]],
        alt: str,
        title: str,
        controls: Mapping[str, Any],
    ):
        if not isinstance(alt, str) or not alt.strip():
            raise ImageError("alt is empty: say in a few words what the picture shows.")
        if not fallback:
            raise ValueError("fallback is empty: give settings for a stored notebook to show")
        self.compute, self.alt, self.title = compute, alt, title
        self.controls = {name: _control(name, choice) for name, choice in controls.items()}
        self.picture = ipywidgets.Image(
            format="jpeg", layout={"max_width": "calc(100% - 4px)", "align_self": "flex-start"}
        )
        self.heading, self.captions = ipywidgets.HTML(), ipywidgets.HTML()
        self.message = news()
        self.widget = ipywidgets.VBox(
            [
                ipywidgets.HTML(f"<b>{html.escape(title)}</b>"),
                ipywidgets.HBox(
                    list(self.controls.values()),
                    layout={"flex_flow": "row wrap", "grid_gap": "4px 24px"},  # of flex boxes too
                ),
                self.heading,
                self.picture,
                in_words(alt),
                self.captions,
                self.message,
            ]
        )
        self._worker = Worker(self._work)
        usual = self._values()
        # Settings in words and what they give, for a notebook in which nothing moves.
        self._stored: list[tuple[str, Answer]] = []
        for settings in reversed(fallback):  # the first one last: there the widget stays
            self._set({**usual, **settings})
            if is_headless():
                # Here an error is not caught: it has to stop the building of the notebook.
                answer = Answer.of(self.compute(**self._values()))
                self._show(answer)
                self._stored.insert(0, (self._in_words(), answer))
        for control in self.controls.values():
            control.observe(lambda change: self._worker.start(self._values()), names="value")
        if not is_headless():
            self._worker.start(self._values())
            self.wait()  # so that the cell ends with a picture

    def wait(self) -> None:
        """Wait until the picture shows what the controls say."""
        self._worker.wait()

    def _work(self, stop: threading.Event, values: dict) -> None:
        begin = time.perf_counter()
        # All that goes wrong must be said in the widget: nobody sees a thread's traceback.
        try:
            self._show(Answer.of(self.compute(**values)))
            self.message.value = f"Computed in {time.perf_counter() - begin:.2f} s."
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            self.message.value = f"This did not work: {lines[0][:300]}"

    def _show(self, answer: Answer) -> None:
        self.picture.value = answer.side_by_side()
        for part, text in (self.heading, answer.heading()), (self.captions, answer.below()):
            part.value, part.layout.display = text, "" if text else "none"

    def _values(self) -> dict:
        return {name: control.value for name, control in self.controls.items()}

    def _set(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name not in self.controls:
                raise ValueError(f"fallback sets {name!r}, and there is no such control")
            try:
                self.controls[name].value = value
                taken = self.controls[name].value
            except TraitError:
                taken = None
            # A slider moves a value that lies outside to its end, and says nothing.
            if taken != value:
                raise ValueError(f"fallback sets {name} to {value!r}, which cannot be chosen")

    def _in_words(self) -> str:
        return ", ".join(
            f"{words(name)}: {_shown(control)}" for name, control in self.controls.items()
        )

    def _ipython_display_(self) -> None:
        if is_headless():
            stored = [answer.stored(self.alt, settings) for settings, answer in self._stored]
            show_html(figure_html(row_html(stored), title=self.title))
        else:
            show_widget(self.widget)


# ---- controls ------------------------------------------------------------------------------


def _control(name: str, choice: Any) -> ipywidgets.Widget:
    """The widget for what may be chosen, as in `live`."""
    if isinstance(choice, ipywidgets.Widget) and hasattr(choice, "value"):
        return choice
    look = {"description": words(name), "style": {"description_width": "initial"}}
    if isinstance(choice, bool):
        return ipywidgets.Checkbox(value=choice, indent=False, description=words(name))
    look["layout"] = {"width": "26em", "max_width": "100%"}
    if isinstance(choice, list) and choice:
        # An option may be a pair of what is shown and what is meant, as ipywidgets allows.
        meant = [option[1] if isinstance(option, tuple) else option for option in choice]
        if all(_is_number(option) for option in meant):
            return ipywidgets.SelectionSlider(options=choice, continuous_update=True, **look)
        return ipywidgets.Dropdown(options=choice, **look)
    if isinstance(choice, tuple) and len(choice) == 3 and all(map(_is_number, choice)):
        whole = all(isinstance(end, (int, np.integer)) for end in choice)
        slider = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        low, high, step = choice
        return slider(value=low, min=low, max=high, step=step, continuous_update=True, **look)
    raise ValueError(
        f"{name} is {choice!r}: give a list of options, (min, max, step), True, False or a widget"
    )


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _shown(control: ipywidgets.Widget) -> str:
    """The control's value as the student reads it."""
    if isinstance(control.value, bool):
        return "yes" if control.value else "no"
    if isinstance(getattr(control, "label", None), str):
        return control.label
    return number(control.value) if _is_number(control.value) else str(control.value)


# ---- answers -------------------------------------------------------------------------------


class Answer(NamedTuple):
    """What a `compute` returned: pictures, a caption for each, and the title of a figure."""

    pictures: list[Image.Image]
    captions: list[str]
    title: str = ""

    @classmethod
    def of(cls, answer: Any) -> Answer:
        """Read what a `compute` may return, as in `live`.

        >>> Answer.of(([np.zeros((8, 8, 3)), np.ones((8, 8, 3))], ["black", "white"])).captions
        ['black', 'white']
        """
        if isinstance(answer, Figure):
            # Not cropped, so that the picture keeps its size while a slider is dragged.
            return cls([draw(answer, cropped=False)], [""], str(answer.get_label()))
        captions = None
        if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[0], (list, tuple)):
            answer, captions = answer
        images = list(answer) if isinstance(answer, (list, tuple)) else [answer]
        captions = [""] * len(images) if captions is None else list(map(words, captions))
        if not images or len(images) != len(captions):
            raise ImageError(f"{len(images)} images need as many captions, not {len(captions)}.")
        room = (PAGE + GAP) // len(images) - GAP
        pictures = [Image.fromarray(to_uint8(image)) for image in images]
        return cls([enlarged(picture, room, LARGE) for picture in pictures], captions)

    def side_by_side(self) -> bytes:
        """All pictures in a row, on white, as one JPEG file."""
        tallest = max(picture.height for picture in self.pictures)
        width = sum(picture.width + GAP for picture in self.pictures) - GAP
        page, x = Image.new("RGB", (width, tallest), "white"), 0
        for picture in self.pictures:
            page.paste(picture, (x, tallest - picture.height))
            x += picture.width + GAP
        return small_file(page)[0]

    def heading(self) -> str:
        """The title as HTML, in lines that may break."""
        return f'<div style="line-height:1.4">{html.escape(self.title)}</div>' if self.title else ""

    def below(self) -> str:
        """The captions as HTML, each as far from the left as its picture."""
        if not any(self.captions):
            return ""
        columns = " ".join(f"minmax(0,{picture.width}fr)" for picture in self.pictures)
        width = sum(picture.width + GAP for picture in self.pictures) - GAP
        style = f"display:grid;grid-template-columns:{columns};gap:{GAP}px;max-width:{width}px"
        texts = "".join(f"<span>{html.escape(caption)}</span>" for caption in self.captions)
        return f'<div style="{style};line-height:1.4">{texts}</div>'

    def stored(self, alt: str, settings: str) -> str:
        """HTML for a notebook in which nothing moves."""
        parts, count = [], len(self.pictures)
        for i, (picture, caption) in enumerate(zip(self.pictures, self.captions, strict=True)):
            data, kind = small_file(picture, limit=STORED_BYTES // count)
            of_many = f", {i + 1} of {count}" if count > 1 else ""
            tag = image_tag(data, kind, f"{alt} ({settings}{of_many})", picture.width)
            parts.append(figure_html(tag, caption=caption))
        said = self.title or any(self.captions)
        caption = f"{self.title} ({settings})".strip() if said else settings
        return figure_html(row_html(parts) if count > 1 else parts[0], caption=caption)
