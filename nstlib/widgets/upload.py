"""Upload a photo, in Colab with its own dialog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from nstlib.images import ImageError, load_image, show
from nstlib.images.encoding import jpeg
from nstlib.images.sources import one_line
from nstlib.notebook import is_headless
from nstlib.widgets.accessible import in_words, news, show_widget

# A larger one closes the browser's connection to the kernel, before Python hears of it.
LIMIT = "A photo may have up to 10 MB; with make lab or on the course's own server, 50 MB."


class PhotoUpload:
    """A button to choose a photo from the student's own disk.

    Attributes:
        image: the photo as (1, H, W, 3), RGB in [0, 1]; the fallback until one is chosen.
        widget: the box with the button, the photo and a message.
    """

    def __init__(self, fallback: Any, *, max_side: int = 384):
        self.max_side = max_side
        self.image = load_image(fallback, max_side=max_side)
        self.button = ipywidgets.FileUpload(
            accept="image/*",
            multiple=False,
            description="Choose a photo",
            layout={"width": "14em"},
        )
        self.picture = ipywidgets.Image(value=jpeg(self.image), format="jpeg", width=240)
        self.message = news(f"No photo chosen yet: this one is used. {LIMIT}")
        self.button.observe(self._chosen, names="value")
        self.widget = ipywidgets.VBox(
            [self.button, self.message, self.picture, in_words("The photo that is used")]
        )

    def _chosen(self, change: Mapping[str, Any]) -> None:
        if not change["new"]:
            return
        name, data, size = _uploaded(change["new"])
        if len(data) < size:
            self.message.value = (
                f"{name}: only {len(data) / 1e6:.1f} of its {size / 1e6:.1f} MB arrived, so the "
                f"photo before it is used. {LIMIT}"
            )
            return
        try:
            self.image = load_image(data, max_side=self.max_side)
        except (ImageError, MemoryError) as error:
            self.message.value = f"{name}: {one_line(error)}"
            return
        self.picture.value = jpeg(self.image)
        height, width = self.image.shape[1:3]
        self.message.value = f"{name}: {width} x {height} pixels."

    def _ipython_display_(self) -> None:
        if is_headless():
            show(self.image, alt="The photo that is used", title=self.message.value, width=240)
        else:
            show_widget(self.widget)


def upload_photo(fallback: Any, *, max_side: int = 384) -> PhotoUpload:
    """Let the student choose a photo; in Colab with Colab's own dialog, else with a button.

    Args:
        fallback: the picture to use until, or unless, one is chosen.
        max_side: longer side in pixels.

    Returns a `PhotoUpload`; its `image` is the photo.

    >>> from nstlib.images import example_path
    >>> upload_photo(example_path("chelsea"), max_side=96).image.shape
    (1, 64, 96, 3)
    """
    photo = PhotoUpload(fallback, max_side=max_side)
    try:
        from google.colab import files
    except ImportError:
        return photo
    if is_headless():
        return photo
    try:
        chosen = files.upload()  # Colab's own dialog; an empty dict when it is cancelled
        if chosen:
            photo._chosen({"new": {name: {"content": data} for name, data in chosen.items()}})
    # Without cookies, or in a cell that is stopped, the dialog raises errors of many kinds.
    except (Exception, KeyboardInterrupt) as error:
        photo.message.value = (
            f"Colab's dialog gave no photo ({one_line(error)}): this one is used. Run the cell "
            "again, and allow cookies of other sites if the dialog does not open."
        )
    return photo


def _uploaded(value: Any) -> tuple[str, bytes, int]:
    """Name, bytes and size of the first file: a dict in ipywidgets 7, a tuple of dicts in 8."""
    name, file = next(iter(value.items())) if isinstance(value, dict) else ("", value[0])
    about = {**file, **file.get("metadata", {})}
    data = bytes(file["content"] or b"")
    return about.get("name") or name or "the photo", data, about.get("size") or 0
