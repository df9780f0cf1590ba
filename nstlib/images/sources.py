"""From a source to bytes: a picture file, read from a path, an https address or memory.

`ImageError` is here too, since all modules about pictures need it and import from this one.
"""

import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from PIL import Image

MAX_BYTES = 50_000_000  # of a file or a download, checked before it is decoded
READ_SECONDS = 10  # the longest silence of a server that we sit through
DOWNLOAD_SECONDS = 60  # the longest a whole download may take
BROWSERS_ONLY = (401, 403, 406, 429)  # what servers answer that want no programs
BY_HAND = "save the picture with the browser and give its path"


class ImageError(ValueError):
    """A picture (or a request about one) that cannot be used; the message says what to do."""


def read(source: str | os.PathLike | bytes | bytearray | memoryview, name: str) -> bytes:
    """Read a picture file: what contains "://" is an address, other text is a path."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif "://" in str(source):
        data = _download(str(source), name)
    else:
        data = _read_file(str(source), name)
    if not data:
        raise ImageError(f"{name} is empty (0 bytes): save or download it again.")
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES / 1e6:g} MB"
        raise ImageError(f"{name} is too large, over {limit}: use a smaller copy of it.")
    return data


def home(path: str | os.PathLike) -> Path:
    """The path with `~` at its beginning as the home folder, where no shell has done so.

    Raises:
        ImageError: it is no path.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ImageError(f"{name_of(path, 'the path')} is not the name of a file: give a text.")
    return Path(os.path.expanduser(path))


def name_of(source: Any, role: str = "") -> str:
    """Give what error messages call a source, on one line.

    Args:
        source: of a picture.
        role: such as "style 2"; it names what has no name of its own.

    >>> name_of("cat.jpg", "style 2"), name_of(b"...", "style 2"), name_of({}, "style 2")
    ("'cat.jpg'", 'style 2', 'style 2, a dict,')
    """
    if isinstance(source, (str, os.PathLike)):
        text = "".join(c if c.isprintable() else "?" for c in str(source))
        return f"'{text}'" if len(text) <= 300 else f"'{text[:100]}...{text[-100:]}'"
    if isinstance(source, (bytes, bytearray, memoryview, Image.Image)):
        return role or "the picture in memory"
    if hasattr(source, "__array__"):
        return role or "the array"
    kind = f"a {type(source).__name__}"
    return f"{role}, {kind}," if role else kind


def one_line(error: Any) -> str:
    """Give what an error says, on one line; its type where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def _read_file(path: str | os.PathLike, name: str) -> bytes:
    path = home(path)
    try:
        if not path.exists():
            raise ImageError(f"{name} is missing: check the spelling and the folder.")
        if path.is_dir():
            raise ImageError(f"{name} is a folder: name a picture inside it.")
        if not path.is_file():  # reading a pipe or a device might never end
            raise ImageError(f"{name} is not an ordinary file: give a picture file.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one more than `read` accepts
    except OSError as error:
        raise ImageError(
            f"{name} cannot be read ({error.strerror}): check its name and its permissions."
        ) from error


class _RedirectToHttps(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # named and called as in urllib
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not newurl.lower().startswith("https://"):
            raise ImageError(
                f"{name_of(req.full_url)} leads on to {name_of(newurl)}, which is not https: "
                "download the picture yourself and give its path."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(address: str, name: str) -> bytes:
    address = address.strip()
    if not address.lower().startswith("https://"):
        raise ImageError(f"{name} is not an https address: use https, or download it yourself.")
    pool = ThreadPoolExecutor(1)  # a time limit on the whole, which urllib does not offer
    try:
        return pool.submit(_fetch, address).result(timeout=DOWNLOAD_SECONDS)
    except ImageError:
        raise
    except Exception as error:
        reason = getattr(error, "reason", error)  # urllib wraps the cause, such as a timeout
        if isinstance(reason, TimeoutError):
            raise ImageError(f"{name} is too slow: try later, or another address.") from error
        if isinstance(error, urllib.error.HTTPError):
            error.close()
            if error.code in BROWSERS_ONLY:
                raise ImageError(
                    f"{name} is not given to programs (the server answers {error.code} {reason}): "
                    f"{BY_HAND}."
                ) from error
            reason = f"the server answers {error.code} {reason}"
        raise ImageError(
            f"{name} cannot be downloaded ({one_line(reason)}): check address and connection."
        ) from error
    finally:
        pool.shutdown(wait=False)


def _fetch(address: str) -> bytes:
    deadline = time.monotonic() + DOWNLOAD_SECONDS
    # Addresses copied from a browser may hold letters such as é, which urllib does not take.
    address = urllib.parse.quote(address, safe="%/:=&?~#+!$,;'@()*[]")
    request = urllib.request.Request(address, headers={"User-Agent": "nstlib"})
    opener = urllib.request.build_opener(_RedirectToHttps)
    data = bytearray()
    with opener.open(request, timeout=READ_SECONDS) as response:
        # The bytes are counted here, as the length a server states may be wrong. read1 gives
        # what has come so far; read would wait until all 65536 are there.
        while len(data) <= MAX_BYTES and (chunk := response.read1(65536)):
            data += chunk
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length and len(data) <= MAX_BYTES:
            raise http.client.IncompleteRead(b"", response.length)
    return bytes(data)
