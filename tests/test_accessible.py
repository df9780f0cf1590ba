"""What makes widgets usable without seeing them; tests/browser sees what it does in a page."""

import ipywidgets
import pytest

from nstlib import example_path, widgets
from nstlib.widgets import accessible
from nstlib.widgets.mask_painter import MaskPainter
from nstlib.widgets.sliders import live


def parts(box):
    """All widgets in a box."""
    for part in getattr(box, "children", ()):
        yield part
        yield from parts(part)


def test_a_widget_is_shown_with_what_names_its_parts(displayed):
    box = ipywidgets.VBox()
    accessible.show_widget(box)
    shown, script = displayed
    assert shown is box and "nst-widget" in box._dom_classes
    assert "<script>" in script.data and "aria-label" in script.data


@pytest.mark.parametrize(
    "make",
    [
        lambda cat: live(lambda level: cat, level=[1, 2], fallback=[{}], alt="A cat"),
        lambda cat: widgets.StylePainter(cat, {"wave": example_path("hokusai_great_wave")}),
        lambda cat: widgets.upload_photo(cat),
        lambda cat: MaskPainter(cat),
    ],
    ids=["live", "StylePainter", "PhotoUpload", "MaskPainter"],
)
def test_every_picture_has_words_in_its_box_and_every_widget_tells_news(cat, make):
    widget = make(cat).widget
    boxes = [part for part in [widget, *parts(widget)] if isinstance(part, ipywidgets.VBox)]
    pictures = [part for part in parts(widget) if isinstance(part, ipywidgets.Image)]
    assert pictures
    for picture in pictures:
        (box,) = (box for box in boxes if picture in box.children)
        words = [part for part in box.children if "nst-words" in str(getattr(part, "value", ""))]
        assert len(words) == 1
        # With a tooltip, JupyterLab shows no picture at all (ipywidgets 8.1).
        assert not getattr(picture, "tooltip", None)
    assert any("nst-news" in getattr(part, "_dom_classes", ()) for part in parts(widget))


def test_the_words_are_those_that_are_given(cat):
    widget = live(lambda level: cat, level=[1, 2], fallback=[{}], alt="A cat").widget
    assert any(">A cat<" in str(getattr(part, "value", "")) for part in parts(widget))


def test_words_are_no_html():
    assert "A &lt; B</span>" in accessible.in_words("A < B").value
