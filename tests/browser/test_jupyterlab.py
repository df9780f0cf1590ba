"""Every student notebook, opened and run in JupyterLab, and its widgets moved in Chromium.

`make lab` or `make test` first, then `make test-browser`. What is missing for it, the tests say.
LAB_PICTURES=folder keeps screenshots of every lesson.
"""

import re
import time

import pytest
from controls import CONTROLS, check_controls, move
from lab import (
    EXAMINE,
    EXECUTE,
    FAINT,
    LESSONS,
    NEEDED,
    PATIENCE,
    ROOT,
    boxes,
    keep,
    predictions,
    sync_api,
    theme,
)

pytestmark = NEEDED

CONTRAST = 4.5  # of a text to what is behind it, as WCAG 2 asks for at level AA

# The pixels of a picture, to be remembered, and what share of them has changed since.
PIXELS = """async (picture, compare) => {
  try {
    await picture.decode();
  } catch (error) {
    if (compare) return 0;  // the next one was just taking its place: ask again
    throw error;
  }
  const [width, height] = [picture.naturalWidth, picture.naturalHeight];
  const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext('2d');
  pen.drawImage(picture, 0, 0);
  const now = pen.getImageData(0, 0, width, height).data, before = window.pixelsBefore;
  if (!compare) { window.pixelsBefore = now; return 0; }
  if (now.length !== before.length) return 1;
  let changed = 0;
  for (let i = 0; i < now.length; i += 4)
    changed += [0, 1, 2].some(color => Math.abs(now[i + color] - before[i + color]) > 4);
  return changed / (width * height);
}"""


def remember(picture):
    sync_api.expect(picture, "the widget shows no picture").to_be_visible()
    picture.scroll_into_view_if_needed()
    assert picture.bounding_box()["width"] >= 50, "too small to be seen"
    picture.evaluate(PIXELS, False)


def has_changed(picture, least=0.01):
    """Whether this share of the picture's pixels becomes different, and it is still to be seen."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if picture.evaluate(PIXELS, True) >= least:
            return picture.is_visible()
        picture.page.wait_for_timeout(100)
    return False


def examine(page, lesson, axe):
    """Outputs can be read in JupyterLab's dark theme and its light one, and axe finds no fault."""
    for name in "Dark", "Light":
        theme(page, name)
        faint, texts, least = page.evaluate(FAINT, CONTRAST)
        assert texts and faint == [], f"{lesson}, {name}"
        print(f"{lesson}: {texts} texts, {name.lower()}, contrast at least {least:.1f}")
        for number, box in enumerate(boxes(page)):
            keep(page, f"{lesson}_{number}_{name.lower()}", box)
        if axe:
            page.evaluate(axe)
            wrong, passed = page.evaluate(EXAMINE)
            assert wrong == [], f"{lesson}, {name}"
            assert "image-alt" in passed, "axe has seen no output"
    if not axe:
        pytest.skip("npm could not fetch axe-core; all the rest has passed")


@pytest.mark.parametrize("lesson", LESSONS[1:])
def test_a_widget_answers(opened, axe, lesson):
    page = opened(lesson)
    keep(page, f"{lesson}_top")
    for number, box in enumerate(boxes(page)):
        picture, message = box.locator("img.widget-image"), box.get_by_role("status")
        remember(picture)
        sync_api.expect(message).to_have_text(re.compile("^Computed in"))
        at_first = message.inner_text()
        keep(page, f"{lesson}_{number}_before", picture)
        move(box.locator(CONTROLS).first, times=6)
        assert has_changed(picture), message.inner_text()
        page.wait_for_timeout(2000)  # what the last key asked for
        sync_api.expect(message).to_have_text(re.compile("^Computed in"))
        print(f"{lesson}: {at_first} Moved: {message.inner_text()}")
        check_controls(box)
        keep(page, f"{lesson}_{number}_widget", picture)
    for box in predictions(page):
        guess(box)
    examine(page, lesson, axe)


def guess(box):
    """Say something with the keyboard: the answer then stands beside it."""
    check_controls(box)
    message = box.get_by_role("status")
    sync_api.expect(message).to_have_text(re.compile("^Say what you expect"))
    box.get_by_role("button").first.press("Enter")
    sync_api.expect(message).to_have_text(re.compile(r"^You said: .+ (It is: |So it is)"))


def test_the_first_lesson_paints_stops_and_takes_a_photo(opened, axe):
    page = opened(LESSONS[0])
    keep(page, f"{LESSONS[0]}_top")
    page.set_viewport_size({"width": 1280, "height": 900})  # of a laptop
    painting = page.locator("figure figure", has_text=re.compile("^the painting$")).first
    row = painting.locator("xpath=../figure").all()
    tops = {picture.bounding_box()["y"] for picture in row}
    assert len(row) == 3 and len(tops) == 1, "content, painting and style stand in one row"
    painter, photo = boxes(page)
    page.set_viewport_size({"width": 1000, "height": 900})
    for box in painter, photo:
        cut = box.get_by_role("status").evaluate("e => e.scrollWidth > e.clientWidth")
        assert not cut, "its words go on beyond the edge"
    page.set_viewport_size({"width": 1400, "height": 900})
    check_controls(painter)
    check_controls(photo)
    for box in predictions(page):
        guess(box)
    picture, message = painter.locator("img.widget-image"), painter.get_by_role("status")
    paint = painter.get_by_role("button", name="Paint")
    stop = painter.get_by_role("button", name="Stop")
    expect = sync_api.expect

    # Two styles, one after the other: each painting differs from what was there before.
    for style in "hokusai_great_wave", "kandinsky_composition_viii":
        remember(picture)
        painter.locator("select").select_option(style)
        paint.press("Space")
        expect(message).to_have_text("Painting...")
        expect(message).to_have_text(re.compile(r"^Done: \d+ evaluations"))
        assert has_changed(picture, 0.1), style
        print(style, message.inner_text())
        keep(page, f"{LESSONS[0]}_{style}", picture)

    # Stop, in the middle of a painting that is long enough even for a fast machine. What was
    # painted by then is shown.
    assert page.evaluate(EXECUTE, "painter.evaluations = 2000") == "ok"
    remember(picture)
    painter.locator("select").select_option("renoir_moulin_de_la_galette")
    paint.click()
    expect(message).to_have_text("Painting...")
    assert has_changed(picture, 0.1), "the picture is not shown while it is painted"
    stop.press("Space")
    expect(message).to_have_text(re.compile(r"^Stopped: \d+ evaluations"))
    assert 5 <= int(re.search(r"\d+", message.inner_text())[0]) < 2000
    expect(paint).to_be_enabled()
    expect(stop).to_be_disabled()
    print(message.inner_text())
    keep(page, f"{LESSONS[0]}_stopped", picture)

    # A photo from the disk, which the next cell then paints.
    picture = photo.locator("img.widget-image")
    remember(picture)
    with page.expect_file_chooser() as chooser:
        photo.get_by_role("button").press("Enter")
    chooser.value.set_files(ROOT / "data" / "content" / "astronaut.jpg")
    expect(photo.get_by_role("status")).to_contain_text("astronaut.jpg: ")
    assert has_changed(picture, 0.1)
    keep(page, f"{LESSONS[0]}_photo", picture)
    cell = page.locator(".jp-CodeCell").filter(has_text="mine = nstlib.stylize(photo.image")
    picture = cell.locator(".jp-OutputArea img").first
    remember(picture)
    cell.locator(".cm-content").press("Control+Enter")
    assert has_changed(picture, 0.1)
    keep(page, f"{LESSONS[0]}_mine", picture)
    examine(page, LESSONS[0], axe)
