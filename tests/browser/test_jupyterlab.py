"""Every student notebook, opened and run in JupyterLab, and its widgets moved in Chromium.

`make lab` or `make test` first, then `make test-browser`. What is missing for it, the tests say.
LAB_PICTURES=folder keeps screenshots of every lesson.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

try:
    from playwright import sync_api
except ImportError:
    sync_api = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
PLACES = os.pathsep.join([f"{sys.prefix}/bin", f"{ROOT}/.venv/bin", os.environ.get("PATH", "")])
LAB = shutil.which("jupyter-lab", path=PLACES)
PICTURES = os.environ.get("LAB_PICTURES")
PATIENCE = 60  # seconds for the server, for a page and for a widget
RUN = 240  # seconds for all cells of a notebook

pytestmark = [
    pytest.mark.skipif(not sync_api, reason='no Playwright: pip install -e ".[browser]"'),
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium; CHROMIUM=path names one"),
    pytest.mark.skipif(not LAB, reason='there is no JupyterLab: pip install -e ".[lab]"'),
]

# All cells are in the page, seen or not, and nothing is asked of the network.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

# What JupyterLab itself complains about: a regular expression, and why it does no harm.
HARMLESS: dict[str, str] = {}

READY = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.context?.isReady && panel.sessionContext?.isReady &&
    panel.sessionContext.session?.kernel?.status === 'idle' &&
    jupyterapp.commands.hasCommand('notebook:run-all-cells');
}"""

# What Run > Run All Cells does; then what went wrong, by the number of the cell.
RUN_ALL = """async seconds => {
  const late = new Promise(done => setTimeout(() => done('late'), 1000 * seconds));
  const end = await Promise.race([jupyterapp.commands.execute('notebook:run-all-cells'), late]);
  if (end === 'late') return [`it still runs after ${seconds} s`];
  const wrong = [], cells = jupyterapp.shell.currentWidget.content.model.toJSON().cells;
  cells.forEach((cell, number) => {
    if (cell.cell_type === 'code' && !cell.execution_count && [cell.source].flat().join('').trim())
      wrong.push(`cell ${number} was not run`);
    for (const output of cell.outputs ?? []) {
      const text = [output.text ?? ''].flat().join('');
      if (output.output_type === 'error') wrong.push(`cell ${number}: ${output.evalue}`);
      if (text.includes('Traceback')) wrong.push(`cell ${number}: ${text}`);
    }
  });
  return wrong;
}"""

EXECUTE = """code => jupyterapp.shell.currentWidget.sessionContext.session.kernel
  .requestExecute({code}).done.then(reply => reply.content.status)"""

# The pixels of a picture, to be remembered, and what share of them has changed since.
PIXELS = """async (picture, compare) => {
  await picture.decode();
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


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a JupyterLab with a copy of the course and none of the user's settings."""
    folder, home = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("settings")
    (folder / "notebooks").mkdir()
    for lesson in LESSONS:
        shutil.copy(ROOT / "notebooks" / f"{lesson}.ipynb", folder / "notebooks")
    for part in "nstlib", "data":
        shutil.copytree(ROOT / part, folder / part)
    (home / "labconfig").mkdir()
    (home / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    unwanted = re.compile("NST_HEADLESS|MPLBACKEND|JUPYTER.*")
    inherited = {name: os.environ[name] for name in os.environ if not unwanted.fullmatch(name)}
    environment = inherited | {
        "NST_FAST": "1",
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_CONFIG_DIR": str(home),
        "JUPYTER_DATA_DIR": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": str(folder),
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    options = [
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={address.rpartition(':')[2]}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
    ]
    with (home / "log").open("w") as log:
        process = subprocess.Popen([LAB, *options], env=environment, stdout=log, stderr=log)
    try:
        _wait_for(process, f"{address}/api", home / "log")
        yield address
    finally:
        process.terminate()  # and with it, its kernels
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(process, address, log):
    for _ in range(2 * PATIENCE):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.5)
    pytest.fail(f"no answer from {address}: {log.read_text()}")


@pytest.fixture(scope="module")
def browser():
    sync_api.expect.set_options(timeout=1000 * PATIENCE)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(server, browser):
    """A function that opens a lesson and runs it; afterwards there must be no complaint."""
    page, complaints = browser.new_page(viewport={"width": 1400, "height": 900}), []
    page.set_default_timeout(1000 * PATIENCE)
    page.on("console", lambda m: m.type == "error" and complaints.append(f"{m.text} {m.location}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def run(lesson):
        page.goto(f"{server}/lab/tree/notebooks/{lesson}.ipynb?reset")
        page.wait_for_function(READY)
        assert page.evaluate(RUN_ALL, RUN) == []
        return page

    yield run
    if page.evaluate("Boolean(window.jupyterapp)"):
        page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")  # it takes memory
    page.close()
    assert [text for text in complaints if not any(re.search(p, text) for p in HARMLESS)] == []


def keep(page, name, part=None):
    """A screenshot for LAB_PICTURES: of the first cells, or of the screen around a part."""
    if PICTURES:
        part = part or page.locator(".jp-Notebook .jp-Cell").first
        part.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        page.screenshot(path=pathlib.Path(PICTURES) / f"{name}.png")


def boxes(page):
    """The widgets that show a picture."""
    picture = page.locator("img.widget-image")
    return page.locator(".jp-OutputArea .widget-vbox").filter(has=picture)


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


def move(box):
    """Change the first control, with the keyboard or the mouse."""
    control = box.locator("select, input[type=checkbox], .noUi-handle").first
    control.scroll_into_view_if_needed()
    if control.evaluate("part => part.matches('select')"):
        control.select_option(index=0 if control.evaluate("part => part.selectedIndex") else 1)
    elif control.evaluate("part => part.matches('input')"):
        control.click()
    else:
        control.focus()
        for _ in range(6):
            control.press("ArrowRight")


@pytest.mark.parametrize("lesson", LESSONS[1:])
def test_a_widget_answers(opened, lesson):
    page = opened(lesson)
    keep(page, f"{lesson}_top")
    box = boxes(page).first
    picture, message = box.locator("img.widget-image"), box.locator(".widget-label").last
    remember(picture)
    sync_api.expect(message).to_have_text(re.compile("^Computed in"))
    at_first = message.inner_text()
    keep(page, f"{lesson}_before", picture)
    move(box)
    assert has_changed(picture), message.inner_text()
    page.wait_for_timeout(2000)  # what the last key asked for
    sync_api.expect(message).to_have_text(re.compile("^Computed in"))
    keep(page, f"{lesson}_widget", picture)
    print(f"{lesson}: {at_first} Moved: {message.inner_text()}")


def test_the_first_lesson_paints_stops_and_takes_a_photo(opened):
    page = opened(LESSONS[0])
    keep(page, f"{LESSONS[0]}_top")
    painter, photo = boxes(page).nth(0), boxes(page).nth(1)
    picture, message = painter.locator("img.widget-image"), painter.locator(".widget-label").last
    paint = painter.get_by_role("button", name="Paint")
    stop = painter.get_by_role("button", name="Stop")
    expect = sync_api.expect

    # Two styles, one after the other: each painting differs from what was there before.
    for style in "hokusai_great_wave", "kandinsky_composition_viii":
        remember(picture)
        painter.locator("select").select_option(style)
        paint.click()
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
    stop.click()
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
        photo.get_by_role("button").click()
    chooser.value.set_files(ROOT / "data" / "content" / "astronaut.jpg")
    expect(photo.locator(".widget-label").last).to_contain_text("astronaut.jpg: ")
    assert has_changed(picture, 0.1)
    keep(page, f"{LESSONS[0]}_photo", picture)
    cell = page.locator(".jp-CodeCell").filter(has_text="mine = nstlib.stylize(photo.image")
    picture = cell.locator(".jp-OutputArea img").first
    remember(picture)
    cell.locator(".cm-content").press("Control+Enter")
    assert has_changed(picture, 0.1)
    keep(page, f"{LESSONS[0]}_mine", picture)
