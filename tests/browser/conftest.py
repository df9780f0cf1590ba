"""A JupyterLab with the course in it, and a Chromium, for the tests of the lessons."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest
from lab import (
    CHROMIUM,
    LAB,
    LESSONS,
    PATIENCE,
    READY,
    ROOT,
    RUN,
    RUN_ALL,
    SETTINGS,
    sync_api,
)

import web


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
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(2 * PATIENCE):
        try:
            directly.open(address, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.5)
    pytest.fail(f"no answer from {address}: {log.read_text()}")


@pytest.fixture(scope="module")
def browser():
    sync_api.expect.set_options(timeout=1000 * PATIENCE)
    with sync_api.sync_playwright() as playwright:
        # The camera is Chromium's own, which sees a green test picture.
        options = ["--no-sandbox", "--use-fake-device-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core, or None where npm cannot fetch it."""
    here = pathlib.Path(__file__).resolve().parent
    try:
        packages = web.fetch(ROOT / "build" / "axe", here, "The accessibility tests need")
    except web.PublishError as error:
        print(error)
        return None
    return (packages / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


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
    assert complaints == []
