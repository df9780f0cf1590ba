"""A picture comes from a path, an https address or memory, or one sentence says why not."""

import contextlib
import http.client
import http.server
import os
import re
import threading
import time
from pathlib import Path

import pytest
from pictures import assert_corners, good, refusal

from nstlib.images import load_image, read_metadata, sources


@pytest.mark.parametrize(
    "name", ["a.png", "no suffix", "wrong suffix.jpg", "Ünïcode ♥.png", "#%20.png"]
)
def test_paths(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(good())
    for source in (path, str(path)):
        assert_corners(load_image(source), tolerance=0)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes(kind):
    assert_corners(load_image(kind(good())), tolerance=0)


def test_byte_limit(tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(good())
    os.truncate(path, sources.MAX_BYTES)  # zeros after the picture, which nobody reads
    assert_corners(load_image(path))
    for size in (sources.MAX_BYTES + 1, 200_000_000_000):  # they take no room on the disk
        os.truncate(path, size)
        assert "big.png' is too large, over 50 MB" in refusal(load_image, path)
    assert "too large" in refusal(load_image, good().ljust(sources.MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone.png", "is missing"),
        ("no/such/folder/gone.png", "is missing"),
        ("a.png/b.png", "is missing"),  # a file as a folder
        ("link.png", "is missing"),
        ("folder", "is a folder"),
        ("pipe.png", "is not an ordinary file"),
    ],
)
def test_what_is_no_file(tmp_path, name, words):
    """A pipe, too: reading it would hang."""
    (tmp_path / "a.png").write_bytes(good())
    (tmp_path / "link.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "folder").mkdir()
    if name == "pipe.png":
        pytest.importorskip("fcntl", reason="no pipes on Windows")
        os.mkfifo(tmp_path / name)
    assert f"{name}' {words}" in refusal(load_image, tmp_path / name)


def read_without_permission(folder):
    os.chdir(folder)
    os.chmod(".", 0o755)
    Path("secret.png").write_bytes(good())
    Path("secret.png").chmod(0)
    if os.geteuid() == 0:  # nothing would stop root
        os.setuid(65534)
    return refusal(load_image, "secret.png")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_file_without_permission(tmp_path, in_own_process):
    message = in_own_process(read_without_permission, tmp_path)
    assert message.startswith("'secret.png' cannot be read (Permission denied)")


@pytest.mark.parametrize("name", ["two\nlines.png", "x" * 5000, "nul\0.png", ""], ids=repr)
def test_strange_names(name):
    assert len(refusal(load_image, name)) < 500


# --- downloads -------------------------------------------------------------------------------


class Answers(http.server.BaseHTTPRequestHandler):
    """What the little server says to each path."""

    def do_GET(self):
        self.server.asked.append(self.path)
        with contextlib.suppress(OSError):  # the client may have hung up
            getattr(self, "answer_" + self.path.split("?")[0].strip("/").split(".")[0])()

    def start(self, code=200, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def answer_good(self):
        self.start(Content_Type="image/png")
        self.wfile.write(good())

    def answer_agent(self):
        assert self.headers["User-Agent"] == "nstlib"
        self.answer_good()

    def answer_empty(self):
        self.start()

    def answer_page(self):
        self.start()
        self.wfile.write(b"<html>a page about the picture</html>")

    def answer_gone(self):
        self.send_error(404)

    def answer_forbidden(self):
        self.send_error(403)

    def answer_broken(self):
        self.send_error(500)

    def answer_rubbish(self):
        self.wfile.write(b"what?\r\n\r\n")

    def answer_large(self):  # no Content-Length, and no end either
        self.start()
        while True:
            self.wfile.write(bytes(65536))

    def answer_liar(self):
        self.start(**{"Content-Length": "10"})
        self.wfile.write(good())

    def answer_cut(self):
        self.start(**{"Content-Length": str(len(good()) + 5)})
        self.wfile.write(good())

    def answer_silent(self):
        self.server.over.wait(20)

    def answer_drip(self):
        self.start()
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()

    def answer_dripping_headers(self):
        self.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()

    def answer_moved(self):
        self.start(302, Location="/good.png")

    def answer_downgrade(self):
        self.start(302, Location="http://localhost/good.png")

    def answer_to_ftp(self):
        self.start(301, Location="ftp://localhost/good.png")

    def answer_to_file(self):
        self.start(301, Location="file:///etc/passwd")

    def answer_circle(self):
        self.start(302, Location="/circle.png")

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    """A real local server, only without the encryption of https; it notes what it is asked for."""

    class Plain(http.client.HTTPConnection):
        def __init__(self, host, timeout, **_):  # the rest is about encryption
            super().__init__(host, timeout=timeout)

    monkeypatch.setattr(http.client, "HTTPSConnection", Plain)
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.over, server.asked = threading.Event(), []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(server):
    return f"https://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize(
    "path", ["/good.png", "/agent.png", "/moved.png", "/good.png?naïve=à côté#é", "/good.png "]
)
def test_download(site, path):
    assert_corners(load_image(site + path), tolerance=0)


def test_scheme_in_capitals(site):
    assert_corners(load_image(site.replace("https", "HTTPS") + "/good.png", max_side=100))


@pytest.mark.parametrize(
    ("page", "keyword"),
    [
        ("empty", "is empty"),
        ("page", "is not a picture"),
        ("gone", "the server answers 404 Not Found"),
        ("forbidden", "the server answers 403"),
        ("broken", "the server answers 500"),
        ("rubbish", r"cannot be downloaded \(what\?\)"),
        ("liar", "damaged or cut short|not a picture"),
        ("cut", "cannot be downloaded .*IncompleteRead"),
        ("downgrade", "leads on to 'http://localhost/good.png', which is not https"),
        ("to_ftp", "leads on to 'ftp://localhost/good.png', which is not https"),
        ("to_file", "cannot be downloaded .*not allowed"),
        ("circle", "the server answers 302"),
    ],
)
def test_bad_download_is_refused(site, page, keyword):
    message = refusal(load_image, f"{site}/{page}.png")
    assert f"{site}/{page}.png" in message
    assert re.search(keyword, message)


def test_endless_download_is_refused(site):
    assert "large.png' is too large, over 50 MB" in refusal(load_image, f"{site}/large.png")


@pytest.mark.parametrize("page", ["silent", "drip", "dripping_headers"])
def test_slow_download_is_refused(site, monkeypatch, page):
    monkeypatch.setattr(sources, "DOWNLOAD_SECONDS", 0.6)
    monkeypatch.setattr(sources, "READ_SECONDS", 0.3)
    start = time.monotonic()
    assert f"{page}.png' is too slow" in refusal(load_image, f"{site}/{page}.png")
    assert time.monotonic() - start < 5


def test_silence_ends_sooner_than_the_whole_limit(site, monkeypatch):
    monkeypatch.setattr(sources, "READ_SECONDS", 0.3)
    start = time.monotonic()
    assert "is too slow" in refusal(load_image, f"{site}/silent.png")
    assert time.monotonic() - start < 5


def test_download_stops_by_itself(site, monkeypatch):
    """The thread behind a slow download must not go on after the refusal."""
    monkeypatch.setattr(sources, "DOWNLOAD_SECONDS", 0.3)
    refusal(load_image, f"{site}/drip.png")
    end = time.monotonic() + 5
    while any("ThreadPool" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://127.0.0.1:9/a.png", "cannot be downloaded"),  # nobody is there
        ("https://", "cannot be downloaded"),
        ("https:///a.png", "cannot be downloaded"),
        ("https://[::1/a.png", "cannot be downloaded"),
        ("ftp://example.org/a.png", "is not an https address"),
        ("file:///etc/passwd", "is not an https address"),
        ("s3://bucket/a.png", "is not an https address"),
    ],
)
def test_addresses_that_lead_nowhere(monkeypatch, address, words):
    monkeypatch.setenv("no_proxy", "*")
    assert refusal(load_image, address).startswith(f"'{address}' {words}")


def test_what_is_no_https_address_is_not_asked_for(site, server):
    assert "not an https address" in refusal(load_image, site.replace("https", "http") + "/a.png")
    assert "is missing" in refusal(read_metadata, f"{site}/good.png")  # of a path, never an address
    assert server.asked == []
