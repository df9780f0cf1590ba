"""Widgets: pressed by the tests as a browser would press them, with a thread and without."""

import base64
import io
import sys
import threading
import types

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from nstlib import ImageError, example_path, load_image, notebook, plots, widgets
from nstlib.images import to_uint8

STYLES = {"wave": example_path("hokusai_great_wave"), "poppies": example_path("hokusai_poppies")}


@pytest.fixture
def painter(cat):
    return widgets.StylePainter(cat, STYLES, size=48, evaluations=8)


def pixels(widget):
    with Image.open(io.BytesIO(widget.picture.value)) as picture:
        return np.asarray(picture, int)


def test_headless_paints_at_once(painter):
    before = pixels(painter)
    painter.paint.click()
    assert painter.result is not None and len(painter.result.history["total"]) == 8
    assert np.abs(pixels(painter) - before).mean() > 3
    assert painter.message.value.startswith("Done: 8 evaluations")


def test_another_style_gives_another_painting(painter):
    painter.paint.click()
    first = pixels(painter)
    painter.style.value = "poppies"
    painter.paint.click()
    assert np.abs(pixels(painter) - first).mean() > 3


def test_in_a_notebook_it_paints_in_a_thread(painter, with_browser):
    painter.paint.click()
    assert painter.paint.disabled and not painter.stop.disabled
    result = painter.wait()
    assert len(result.history["total"]) == 8 and painter.bar.value == 8
    assert painter.stop.disabled and not painter.paint.disabled


def test_stop_keeps_the_best_picture_so_far(cat, with_browser):
    painter = widgets.StylePainter(cat, STYLES, size=48, evaluations=100_000)
    painter.bar.observe(lambda change: painter.stop.click(), names="value")
    painter.paint.click()
    result = painter.wait()
    assert 0 < len(result.history["total"]) < 100_000
    assert painter.message.value.startswith("Stopped")


def test_a_second_press_while_painting_does_nothing(painter, with_browser):
    begun, go_on, seen = threading.Event(), threading.Event(), []

    def follow(change):
        seen.append(change["new"])
        if change["new"] == 1:
            begun.set()
            assert go_on.wait(timeout=60)

    painter.bar.observe(follow, names="value")
    painter.start()
    assert begun.wait(timeout=60)
    painter.start()
    go_on.set()
    painter.wait()
    assert seen == list(range(1, 9)), "the bar neither went back to 0 nor stopped before the end"


def test_an_error_is_said_in_the_widget(cat, with_browser):
    painter = widgets.StylePainter(cat, {"gone": "gone.jpg"}, size=48, evaluations=2)
    painter.paint.click()
    painter.wait()
    assert "gone.jpg" in painter.message.value and not painter.paint.disabled


def test_headless_an_error_stops_the_building_of_a_notebook(cat):
    painter = widgets.StylePainter(cat, {"gone": "gone.jpg"}, size=48, evaluations=2)
    with pytest.raises(ImageError, match=r"gone\.jpg"):
        painter.start()


def test_the_widget_says_why_a_painting_ended_early(cat):
    painter = widgets.StylePainter(cat, STYLES, size=48, evaluations=8, target_loss=1e9)
    painter.paint.click()
    assert "1 evaluation in" in painter.message.value
    assert f"It ended early: {painter.result.stopped}." in painter.message.value


def test_a_stored_notebook_gets_a_painting(painter, capsys):
    painter._ipython_display_()
    assert painter.result is not None


def file_bytes():
    buffer = io.BytesIO()
    Image.fromarray(to_uint8(load_image(example_path("coffee"), max_side=80))).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("version", [7, 8])
def test_an_uploaded_photo_replaces_the_fallback(version):
    photo = widgets.upload_photo(example_path("chelsea"), max_side=64)
    assert photo.image.shape == (1, 43, 64, 3)
    entry = {"name": "coffee.png", "content": memoryview(file_bytes())}
    photo._chosen({"new": {"coffee.png": entry} if version == 7 else (entry,)})
    np.testing.assert_allclose(photo.image, load_image(file_bytes(), max_side=64))
    assert "coffee.png: 64 x 42" in photo.message.value


def test_a_bad_upload_is_named_and_the_old_photo_stays():
    photo = widgets.upload_photo(example_path("chelsea"), max_side=64)
    before = photo.image
    photo._chosen({"new": ({"name": "notes.txt", "content": b"no picture"},)})
    assert photo.image is before and photo.message.value.startswith("notes.txt: ")


@pytest.mark.parametrize("chosen", [{"mine.png": file_bytes()}, {}])
def test_colabs_own_dialog(chosen, monkeypatch, with_browser):
    files = types.SimpleNamespace(upload=lambda: chosen)
    colab = types.ModuleType("google.colab")
    colab.files = files
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    photo = widgets.upload_photo(example_path("chelsea"), max_side=64)
    expected = load_image(file_bytes() if chosen else example_path("chelsea"), max_side=64)
    np.testing.assert_allclose(photo.image, expected)


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("MessageError: TypeError: google.colab._files is undefined"),
        KeyboardInterrupt(),
        OSError("third-party cookies are blocked\nsee the console"),
    ],
)
def test_a_dialog_of_colab_that_fails_leaves_the_fallback(fault, monkeypatch, with_browser):
    def upload():
        raise fault

    colab = types.ModuleType("google.colab")
    colab.files = types.SimpleNamespace(upload=upload)
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    photo = widgets.upload_photo(example_path("chelsea"), max_side=64)
    np.testing.assert_array_equal(photo.image, load_image(example_path("chelsea"), max_side=64))
    said = photo.message.value
    assert said.startswith("Colab's dialog gave no photo (") and "cookies" in said
    assert "\n" not in said and (str(fault).split("\n")[0] or "KeyboardInterrupt") in said


def test_the_upload_says_beforehand_what_is_too_large(with_browser):
    photo = widgets.upload_photo(example_path("chelsea"), max_side=64)
    assert "up to 10 MB" in photo.message.value and "50 MB" in photo.message.value


@pytest.mark.parametrize("version", [7, 8])
def test_an_upload_that_did_not_arrive_whole(version):
    photo = widgets.upload_photo(example_path("chelsea"), max_side=64)
    before, half = photo.image, file_bytes()[:1000]
    if version == 7:
        about = {"name": "sea.png", "size": 12_000_000}
        value = {"sea.png": {"metadata": about, "content": half}}
    else:
        value = ({"name": "sea.png", "size": 12_000_000, "content": memoryview(half)},)
    photo._chosen({"new": value})
    assert photo.image is before
    assert photo.message.value.startswith("sea.png: only 0.0 of its 12.0 MB arrived")


@pytest.mark.parametrize(
    "value", [({"name": "", "content": b""},), ({"name": "a.png", "size": 0, "content": None},)]
)
def test_an_upload_of_nothing_is_said(value):
    photo = widgets.upload_photo(example_path("chelsea"), max_side=64)
    before = photo.image
    photo._chosen({"new": value})
    assert photo.image is before and "is empty (0 bytes)" in photo.message.value


def test_a_photo_too_large_for_the_memory_is_said(monkeypatch):
    def full(*_, **__):
        raise MemoryError

    photo = widgets.upload_photo(example_path("chelsea"), max_side=64)
    monkeypatch.setattr("nstlib.widgets.upload.load_image", full)
    photo._chosen({"new": ({"name": "a.png", "content": file_bytes()},)})
    assert photo.message.value == "a.png: MemoryError"


def test_headless_is_asked_of_the_environment(monkeypatch, with_browser):
    assert not notebook.is_headless()
    monkeypatch.setenv("NST_HEADLESS", "1")
    assert notebook.is_headless()
    monkeypatch.setenv("NST_HEADLESS", "0")
    assert not notebook.is_headless()


@pytest.mark.parametrize(
    ("request_", "headless"),
    [
        ({"content": {"allow_stdin": False}}, True),  # nbconvert, nbclient, papermill
        ({"content": {"allow_stdin": True}}, False),  # JupyterLab, Notebook, VS Code
        ({"content": {"comm_id": "1", "data": {}}}, False),  # a slider was moved
        ({}, False),
    ],
)
def test_a_tool_that_runs_a_notebook_is_noticed(request_, headless, monkeypatch, with_browser):
    kernel = types.SimpleNamespace(get_parent=lambda: request_)
    monkeypatch.setattr(notebook, "get_ipython", lambda: types.SimpleNamespace(kernel=kernel))
    assert notebook.is_headless() == headless
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert not notebook.is_headless()


CELL = """
import numpy as np
from nstlib import example_path
from nstlib.widgets import StylePainter, live
live(lambda level: np.full((32, 32, 3), level), level=(0.0, 1.0, 0.5),
     fallback=[{"level": 1.0}], alt="A white square")
"""


def test_an_executed_notebook_has_the_pictures_of_its_widgets(monkeypatch):
    """As `jupyter nbconvert --execute` runs it, in a kernel, and with no variable that says so."""
    monkeypatch.delenv("NST_HEADLESS", raising=False)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    (output,) = (o for o in notebook.cells[0].outputs if o.output_type == "display_data")
    assert 'alt="A white square (level: 1)"' in output.data["text/html"]
    with Image.open(io.BytesIO(base64.b64decode(output.data["image/jpeg"]))) as picture:
        assert picture.width >= 300


# ---- an easel ------------------------------------------------------------------------------


def test_an_easel_shows_the_latest_picture(with_browser, capsys):
    easel = widgets.Easel("A painting that comes about")
    for shade in (0.2, 0.8):
        easel.show(np.full((1, 16, 24, 3), shade), f"shade {shade}")
    assert pixels(easel).shape == (16, 24, 3) and abs(pixels(easel).mean() - 204) < 2
    assert easel.message.value == "shade 0.8" and "VBox" in capsys.readouterr().out


def test_an_easel_shows_a_figure_too():
    easel = widgets.Easel("A curve that grows")
    sizes = set()
    for losses in ([9.0, 3.0], [9.0, 3.0, 2000.0]):
        figure = plots.compare_losses({"a": losses}, title="", alt=None)
        easel.show(figure, "so far")
        sizes.add(pixels(easel).shape)
    assert len(sizes) == 1  # whatever is drawn


def test_where_nobody_looks_an_easel_shows_nothing(capsys):
    widgets.Easel("A painting that comes about").show(np.zeros((1, 16, 24, 3)), "step 1")
    assert capsys.readouterr().out == ""
