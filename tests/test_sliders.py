"""Live pictures: moved by the tests as a browser would move them, with a thread and without."""

import base64
import io
import re
import threading

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from nstlib import FeatureExtractor, gram_matrix, plots
from nstlib.images.printed import PAGE
from nstlib.widgets.sliders import Answer, live


def pixels(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture, int)


def gray(level):
    return np.full((1, 20, 30, 3), float(level))


def gray_live(compute=gray, level=(0.0, 1.0, 0.25), fallback=({"level": 0.5},), **more):
    return live(compute, level=level, fallback=fallback, alt="A grey square", **more)


def test_it_starts_with_the_first_fallback(with_browser):
    widget = gray_live()
    assert widget.controls["level"].value == 0.5
    assert abs(pixels(widget.picture.value).mean() - 128) < 3
    assert re.fullmatch(r"Computed in \d+\.\d\d s\.", widget.message.value)


@pytest.mark.parametrize("browser", [True, False])
def test_a_move_computes_again(browser, request):
    if browser:
        request.getfixturevalue("with_browser")
    widget = gray_live()
    widget.controls["level"].value = 1.0
    widget.wait()
    assert pixels(widget.picture.value).min() > 252


def test_the_last_value_wins_and_others_are_left_out(with_browser):
    begun, go_on, seen = threading.Event(), threading.Event(), []

    def slow(level):
        seen.append(level)
        if level == 1:
            begun.set()
            assert go_on.wait(timeout=10)
        return gray(level / 100)

    widget = gray_live(slow, level=(0, 100, 1), fallback=[{}])
    for level in range(1, 101):
        widget.controls["level"].value = level
        begun.wait(timeout=10)
    go_on.set()
    widget.wait()
    assert seen == [0, 1, 100]
    assert pixels(widget.picture.value).min() > 252


def test_an_error_is_said_in_one_line_and_the_picture_stays(with_browser):
    def picky(level):
        if level == 1:
            raise ValueError("Too bright.\nAnd a second line.")
        return gray(level)

    widget = gray_live(picky)
    before = widget.picture.value
    widget.controls["level"].value = 1
    widget.wait()
    assert widget.message.value == "This did not work: Too bright."
    assert widget.picture.value == before
    widget.controls["level"].value = 0.75
    widget.wait()
    assert widget.message.value.startswith("Computed") and widget.picture.value != before


def test_what_is_no_picture_is_an_error(with_browser):
    widget = gray_live(lambda level: None)
    assert widget.message.value.startswith("This did not work: the image has shape ()")


def test_a_stored_notebook_shows_the_fallbacks(displayed):
    calls = []

    def compute(layer, scale):
        calls.append((layer, scale))
        return gray(0.5)

    fallback = [{"layer": "block1_conv1"}, {"layer": "<b>", "scale": False}]
    widget = live(
        compute,
        layer=["block1_conv1", "<b>"],
        scale=True,
        fallback=fallback,
        alt='What the "layer" sees',
        title="Which < layer?",
    )
    widget._ipython_display_()
    assert sorted(calls) == [("<b>", False), ("block1_conv1", True)]
    (shown,) = displayed
    captions = re.findall("<figcaption>(.*?)</figcaption>", shown.data)
    assert captions == ["layer: block1_conv1, scale: yes", "layer: &lt;b&gt;, scale: no"]
    assert 'alt="What the &quot;layer&quot; sees (layer: block1_conv1, scale: yes)"' in shown.data
    assert "Which &lt; layer?" in shown.data
    stored = re.findall('base64,([^"]+)', shown.data)
    assert [pixels(base64.b64decode(data)).shape for data in stored] == [(240, 360, 3)] * 2
    assert widget.controls["layer"].value == "block1_conv1"


def test_a_stored_notebook_does_not_hide_an_error():
    with pytest.raises(ZeroDivisionError):
        gray_live(lambda level: 1 / 0)


def test_a_notebook_shows_the_widget(displayed, with_browser):
    widget = gray_live(title="Brighter")
    widget._ipython_display_()
    assert displayed[0] is widget.widget


def test_the_control_fits_what_may_be_chosen():
    own = ipywidgets.Text(value="mine")
    widget = live(
        lambda **values: gray(0.5),
        style=["wave", "poppies"],
        size=[64, 128],
        strength=[("gentle", 2.0), ("bold", 50.0)],
        count=(1, 9, 2),
        share=(0.0, 1.0, 0.1),
        bgr=False,
        own=own,
        fallback=[{"strength": 50.0, "count": 3}],
        alt="gray",
    )
    kinds = {name: type(control).__name__ for name, control in widget.controls.items()}
    assert kinds == {
        "style": "Dropdown",
        "size": "SelectionSlider",
        "strength": "SelectionSlider",
        "count": "IntSlider",
        "share": "FloatSlider",
        "bgr": "Checkbox",
        "own": "Text",
    }
    assert widget._in_words() == (
        "style: wave, size: 64, strength: bold, count: 3, share: 0, bgr: no, own: mine"
    )
    sliders = [widget.controls[name] for name in ("size", "strength", "count", "share")]
    assert all(slider.continuous_update for slider in sliders)


@pytest.mark.parametrize("choice", [[], (1, 2), "text", None, (0, 1, "a"), {"a": 1}])
def test_choices_that_make_no_control(choice):
    with pytest.raises(ValueError, match="level is"):
        gray_live(level=choice)


@pytest.mark.parametrize(
    ("fallback", "words"),
    [
        ([], "fallback is empty"),
        ([{"shade": 1}], "no such control"),
        ([{"level": 0.5}, {"level": 7}], "cannot be chosen"),
        ([{"level": "dark"}], "cannot be chosen"),
    ],
)
@pytest.mark.parametrize("browser", [True, False])
def test_fallbacks_that_cannot_be_set(fallback, words, browser, request):
    if browser:
        request.getfixturevalue("with_browser")
    with pytest.raises(ValueError, match=words):
        gray_live(fallback=fallback)


def test_no_picture_without_words():
    with pytest.raises(ValueError, match="alt is empty"):
        live(gray, level=(0.0, 1.0, 0.1), fallback=[{}], alt=" ")


def test_several_images_stand_side_by_side_with_captions_below():
    def compute(level):
        return [gray(level), gray(1)], ["be_fore", f"<{level}>"]

    widget = gray_live(compute, fallback=[{}])
    row = pixels(widget.picture.value)
    assert row.shape == (240, 360 + 8 + 360, 3)
    assert row[:, :350].max() < 5 and row[:, 380:].min() > 250
    assert re.findall("<span>(.*?)</span>", widget.captions.value) == ["be fore", "&lt;0.0&gt;"]
    assert widget.captions.layout.display != "none" and widget.heading.layout.display == "none"
    widget.controls["level"].value = 0.5
    assert "&lt;0.5&gt;" in widget.captions.value


def test_images_need_as_many_captions(with_browser):
    widget = gray_live(lambda level: ([gray(0.0), gray(1.0)], ["before"]))
    assert "2 images need as many captions" in widget.message.value


def test_a_stored_row_has_its_captions_and_the_settings(displayed):
    def compute(level):
        return [gray(level), gray(1)], ["before", f"<{level}>"]

    widget = gray_live(compute, title="Which?", fallback=[{"level": 0.5}, {"level": 1}])
    widget._ipython_display_()
    (shown,) = displayed
    assert re.findall("<figcaption.*?>(.*?)</figcaption>", shown.data) == [
        "Which?",
        *("before", "&lt;0.5&gt;", "(level: 0.5)"),
        *("before", "&lt;1.0&gt;", "(level: 1)"),
    ]
    stored = re.findall('base64,([^"]+)', shown.data)
    means = [pixels(base64.b64decode(data)).mean() for data in stored]
    np.testing.assert_allclose(means, [128, 255, 255, 255], atol=3)
    alts = re.findall('alt="(.*?)"', shown.data)
    assert alts[0] == "A grey square (level: 0.5, 1 of 2)" and len(set(alts)) == 4


def test_the_title_of_a_figure_is_text(displayed):
    def compute(level):
        return plots.bars({"a": level + 1}, title=f"It is <{level}>", alt=None)

    widget = gray_live(compute)
    assert "It is &lt;0.5&gt;" in widget.heading.value
    assert widget.heading.layout.display != "none" and widget.captions.layout.display == "none"
    widget.controls["level"].value = 1.0
    assert "It is &lt;1.0&gt;" in widget.heading.value
    widget._ipython_display_()
    assert "<figcaption>It is &lt;0.5&gt; (level: 0.5)</figcaption>" in displayed[0].data


def test_many_large_images_fit_the_page():
    noise = np.random.default_rng(0).random((3, 500, 700, 3))
    data = Answer.of(list(noise)).side_by_side()
    assert pixels(data).shape[1] <= PAGE and len(data) < 150_000


def test_gram_matrices_of_a_layer_live(cat, with_browser):
    layers = ["block1_conv1", "block3_conv1"]
    extractor = FeatureExtractor(layers)

    def draw(layer):
        grams = {layer: gram_matrix(extractor(cat)[layer])}
        return plots.gram_heatmaps(grams, title="Which channels go together?", alt=None)

    widget = live(draw, layer=layers, fallback=[{"layer": layers[0]}], alt="A Gram matrix")
    before = widget.picture.value
    widget.controls["layer"].value = "block3_conv1"
    widget.wait()
    assert widget.message.value.startswith("Computed")
    assert pixels(widget.picture.value).shape == pixels(before).shape, "the page does not jump"
    assert np.abs(pixels(widget.picture.value) - pixels(before)).mean() > 3
