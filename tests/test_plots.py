"""Figures: shown as pictures with an alternative text, and true to the data."""

import base64
import io
import re

import IPython.display
import numpy as np
import pytest
from PIL import Image

from nstlib import plots

HISTORY = {
    "evaluation": [1, 2, 3, 4],
    "seconds": [0.1, 0.2, 0.3, 0.4],
    "total": [10.0, 5.0, 4.0, 3.5],
    "content": [0.0, 1.0, 1.5, 1.5],
    "style": [10.0, 4.0, 2.5, 2.0],
    "total_variation": [0.0, 0.0, 0.0, 0.0],
}


@pytest.fixture
def shown(monkeypatch):
    pages = []
    monkeypatch.setattr(IPython.display, "display", lambda html: pages.append(html.data))
    return pages


@pytest.fixture
def figures(monkeypatch):
    kept = []
    original = plots.show_figure
    monkeypatch.setattr(
        plots,
        "show_figure",
        lambda figure, **options: (kept.append(figure), original(figure, **options)),
    )
    return kept


def test_a_figure_is_a_small_picture_with_alternative_text(shown):
    plots.loss_curves(HISTORY, title="It falls", alt='Loss < 10 and "falling"')
    (page,) = shown
    assert 'alt="Loss &lt; 10 and &quot;falling&quot;"' in page
    data = base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "PNG" and picture.width > 400
    assert len(data) < 150_000


def test_loss_curves_are_the_data_on_a_log_axis(shown, figures):
    plots.loss_curves(HISTORY, title="It falls", alt="falling")
    axes = figures[0].axes[0]
    assert axes.get_yscale() == "log" and axes.get_title(loc="left") == "It falls"
    drawn = {line.get_color(): line.get_ydata() for line in axes.lines}
    np.testing.assert_allclose(drawn[plots.COLORS["style"]], HISTORY["style"])
    assert np.isnan(drawn[plots.COLORS["content"]][0])
    assert plots.COLORS["total_variation"] not in drawn
    assert {text.get_text() for text in axes.texts} == {"total", "content", "style"}


def test_labels_do_not_overlap(shown, figures):
    history = {**HISTORY, "content": HISTORY["total"], "style": HISTORY["total"]}
    plots.loss_curves(history, title="All the same", alt="three equal curves")
    heights = sorted(text.get_position()[1] for text in figures[0].axes[0].texts)
    assert np.diff(heights).min() > 0.05


def test_a_strip_shows_every_image_with_its_label(shown, figures):
    images = [np.full((1, 20, 30, 3), value) for value in (0, 0.5, 1.5)]
    plots.strip(images, ["a", "b", "c"], title="Brighter", alt="three greys", columns=2)
    drawn = [axes for axes in figures[0].axes if axes.images]
    assert [axes.get_title() for axes in drawn] == ["a", "b", "c"]
    assert drawn[1].images[0].get_array().mean() == 0.5
    assert "Brighter" in figures[0].get_suptitle()
    assert 'alt="three greys"' in shown[0] and "data:image/jpeg" in shown[0]


def test_no_figure_without_words(shown):
    with pytest.raises(ValueError, match="alt is empty"):
        plots.loss_curves(HISTORY, title="It falls", alt=" ")
    with pytest.raises(ValueError, match="3 images need as many labels"):
        plots.strip([np.zeros((4, 4, 3))] * 3, ["a"], title="t", alt="a")
    assert shown == []


def test_curves_can_be_told_apart_without_colour(shown, figures):
    plots.loss_curves({**HISTORY, "total_variation": [1, 1, 1, 1]}, title="t", alt="four curves")
    styles = [line.get_linestyle() for line in figures[0].axes[0].lines]
    assert len(set(styles)) == len(styles) == 4
