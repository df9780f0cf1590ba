"""One page of pictures to show and to send: a single HTML file that needs nothing else.

Whatever a student writes is text, never HTML, and so is what stands in the files of others. The
page asks nothing of any network, and its own policy (in `<meta>`) forbids it.
"""

from __future__ import annotations

import base64
import html
import io
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from nstlib.images import ImageError, check_output, to_uint8
from nstlib.images.encoding import SHOWN_SIDE, small_file
from nstlib.images.examples import credit
from nstlib.images.loading import open_image
from nstlib.images.pixels import open_picture
from nstlib.images.saving import record_in, written_whole
from nstlib.images.sources import home, name_of, one_line, read
from nstlib.stylize import Result

ENDINGS = (".html",)
PICTURE_BYTES = 250_000  # the most that a picture may have on the page
MOVING_BYTES = 5_000_000  # and an animation
LINK = re.compile(r"""(https://[^\s<>"']*[^\s<>"'.,;:!?)])""")
# Colours are the browser's own, for light and dark; a printer gets the light ones.
STYLE = """\
:root { color-scheme: light dark; font: 1.05rem/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.2; } p, li { max-width: 42rem; }
.pictures { display: grid; gap: 1.5rem; padding: 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
figure { margin: 0; break-inside: avoid; }
img { width: 100%; height: auto; display: block; }
figcaption p { margin: .4rem 0; } .caption { font-weight: 600; }
a { color: inherit; } code { font-size: .85em; } h2 { break-after: avoid; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } details { display: none; }
  .pictures { grid-template-columns: 1fr 1fr; } }
"""
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1 dir="auto">{title}</h1>
{author}</header>
<main>
{sections}<section>
<h2>Pictures</h2>
<div class="pictures">
{pictures}
</div>
</section>
<section>
<h2>Credits</h2>
<p>The pictures on this page were made of these, by neural style transfer:</p>
<ul>
{credits}
</ul>
</section>
</main>
</body>
</html>
"""


class _Picture(NamedTuple):
    """A picture as the page needs it; `moving` is the file of an animation, or nothing."""

    image: Image.Image
    record: dict[str, Any]
    moving: bytes = b""


def portfolio(
    pictures: Sequence[Any],
    path: str | os.PathLike,
    *,
    title: str,
    alt: Sequence[str],
    captions: Sequence[str],
    credits: Sequence[str] = (),
    author: str = "",
    sections: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write one HTML file with pictures, how each was made, and whose pictures went into them.

    It opens from a folder or a mail, on a screen, a phone, or paper. Settings and seconds are those
    of a `Result`; of a file that `save_image` or the command `nst` has written, those of its record
    (the seconds under "took"). Of photos, nothing but the pixels goes into the page: no place, no
    time, no camera.

    Args:
        pictures: each a `Result` of `stylize`, or what `load_image` takes: a file, an array. An
            animated GIF shows its first frame, and moves when it is asked to.
        path: of the page, such as "portfolio.html".
        title: of the page, in a few words.
        alt: for each picture, what can be seen, for readers who cannot see it.
        captions: for each picture, what it is called.
        credits: for each picture that went into these, author, title, year and rights in a
            sentence, or the course's name for it, such as "china". What the files say of the
            course's pictures is added.
        author: who made the page.
        sections: from headings to texts, such as {"Intention": "..."}; an empty line begins a new
            paragraph.
        overwrite: whether an older file may be replaced.

    Returns the path of the page.

    Raises:
        ImageError: a picture that cannot be used, a text that is missing, no credit at all, or a
            file that cannot be written; the message says which, and what to do.

    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = portfolio(
    ...         [np.zeros((1, 16, 16, 3))],
    ...         f"{folder}/portfolio.html",
    ...         title="1 < 2",
    ...         alt=["A black square"],
    ...         captions=["Night"],
    ...         credits=["Drawn by myself"],
    ...     )
    ...     "<title>1 &lt; 2</title>" in page.read_text(encoding="utf-8")
    True
    """
    path = home(path)
    check_output(path, overwrite, ENDINGS)
    alt, captions, credits = (
        _texts(name, given)
        for name, given in (("alt", alt), ("captions", captions), ("credits", credits))
    )
    if not isinstance(pictures, (list, tuple)) or not pictures:
        raise ImageError("pictures has to be a list with at least one picture: put it in [ ].")
    if not len(pictures) == len(alt) == len(captions):
        raise ImageError(
            f"there are {len(pictures)} pictures, {len(alt)} alt texts and {len(captions)} "
            "captions: give one of each per picture."
        )
    loaded = [_load(each, f"picture {n}") for n, each in enumerate(pictures, start=1)]
    records = [one.record for one in loaded]
    page = PAGE.format(
        title=_escaped("title", title),
        style=STYLE,
        author=f'<p dir="auto">{_escaped("author", author)}</p>\n' if author else "",
        sections="".join(_sections(sections or {})),
        pictures="\n".join(map(_figure, loaded, alt, captions)),
        credits="\n".join(
            f'<li dir="auto">{_linked(one)}</li>' for one in _all_credits(credits, records)
        ),
    )
    with written_whole(path) as part:
        # What is no letter, half of a pair say, becomes a question mark.
        part.write_bytes(page.encode("utf-8", "replace"))
    return path


def _texts(name: str, given: Any) -> list[str]:
    """A list of texts, none of them empty."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise ImageError(f"{name} has to be a list of texts: put them in [ ].")
    for number, text in enumerate(given, start=1):
        _escaped(f"{name}, text {number} of {len(given)},", text)
    return list(given)


def _escaped(name: str, text: Any) -> str:
    """A text as HTML that shows it, whatever it says."""
    if not isinstance(text, str):
        raise ImageError(f"{name} is a {type(text).__name__}: give a text.")
    shown = _as_html(text).strip()
    if not shown:
        raise ImageError(f"{name} is empty: say it in a few words.")
    return shown


def _as_html(text: str) -> str:
    return html.escape("".join(c for c in text if c.isspace() or unicodedata.category(c) != "Cc"))


def _linked(text: str) -> str:
    """A text as HTML, in which an https address can be followed."""
    pieces = map(_as_html, LINK.split(text.strip()))  # every second one is an address
    return "".join(
        f'<a href="{piece}">{piece}</a>' if number % 2 else piece
        for number, piece in enumerate(pieces)
    )


def _sections(sections: Mapping[str, str]) -> Iterator[str]:
    if not isinstance(sections, Mapping):
        raise ImageError('sections has to be a dict, such as {"Intention": "..."}.')
    for heading, text in sections.items():
        _escaped(f"the text of the section {one_line(repr(heading))}", text)
        paragraphs = (part for part in re.split(r"\n\s*\n", text) if part.strip())
        yield f'<section>\n<h2 dir="auto">{_escaped("a heading", heading)}</h2>\n'
        yield "".join(f'<p dir="auto">{_linked(part)}</p>\n' for part in paragraphs)
        yield "</section>\n"


# ---- pictures ------------------------------------------------------------------------------------


def _load(source: Any, role: str) -> _Picture:
    """A picture, scaled down for the page, with what is known of it."""
    if isinstance(source, Result):
        seconds = (source.history or {}).get("seconds")
        took = {"took": seconds[-1]} if seconds else {}
        return _Picture(_scaled(source.image, role), {**(source.settings or {}), **took})
    if isinstance(source, (str, os.PathLike)):
        name = f"{role}, {name_of(source)}"
        data = read(source, name)
        image, record = _scaled(data, name), record_in(data, name)
        moves = open_picture(data, name).format == "GIF" and _is_animated(data)
        if moves and len(data) > MOVING_BYTES:
            limit = f"{MOVING_BYTES / 1e6:g} MB"
            raise ImageError(f"{name} is too large to move, over {limit}: leave out some frames.")
        return _Picture(image, record, data if moves else b"")
    return _Picture(_scaled(source, role), {})


def _is_animated(gif: bytes) -> bool:
    """Whether a GIF has a second frame; one that is cut short may have it, and cannot show it."""
    try:
        with Image.open(io.BytesIO(gif)) as opened:
            return bool(getattr(opened, "is_animated", False))
    except Exception:  # of broken files that can be anything
        return False


def _scaled(source: Any, role: str) -> Image.Image:
    return Image.fromarray(to_uint8(open_image(source, role).load(SHOWN_SIDE)))


def _figure(picture: _Picture, alt: str, caption: str) -> str:
    """The HTML of a picture, of its caption, and of how it was made."""
    data, kind = small_file(picture.image, "jpeg", PICTURE_BYTES)
    width, height = picture.image.size
    described = f'alt="{_escaped("alt", alt)}" width="{width}" height="{height}"'
    lines = [f'<img {described} src="{_address(data, kind)}">']
    if picture.moving:  # nothing moves on a page unless its reader wants it to
        lines += ["<details>", "<summary>Let it move</summary>"]
        lines += [f'<img {described} src="{_address(picture.moving, "gif")}">', "</details>"]
    lines += ["<figcaption>", f'<p class="caption" dir="auto">{_escaped("captions", caption)}</p>']
    lines += [f"<p>{line}</p>" for line in _made(picture.record)]
    return "\n".join(["<figure>", *lines, "</figcaption>", "</figure>"])


def _address(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _made(record: Mapping[str, Any]) -> Iterator[str]:
    """In HTML, how a picture was made, as its record says; settings as one would type them."""
    rest = dict(record)
    sources = [
        (words, rest.pop(key, None))
        for key, words in (("content", "From"), ("style", "in the style of"))
    ]
    parts = [f"{words} {_listed(names)}" for words, names in sources if names]
    took = rest.pop("took", None)
    # Files of others may say anything, and 1e9 seconds are 30 years.
    if (
        isinstance(took, (int, float, np.floating))
        and not isinstance(took, bool)
        and 0 <= took < 1e9
    ):
        parts.append(f"painted in {took:.1f} s")
    if parts:
        sentence = ", ".join(parts)
        yield _escaped("a record", sentence[0].upper() + sentence[1:] + ".")
    if rest:
        settings = ", ".join(f"{name}={value!r}" for name, value in rest.items())
        yield f"Settings: <code>{_escaped('settings', settings)}</code>"


def _listed(names: Any) -> str:
    return ", ".join(map(str, names)) if isinstance(names, list) else str(names)


def _all_credits(given: Sequence[str], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is to be said of each picture that was used, once, and first what was given.

    Raises:
        ImageError: there is nothing.
    """
    found: list[str | None] = [credit(text) or text for text in given]
    for record in records:
        for key in ("content", "style"):
            names = record.get(key)
            for name in names if isinstance(names, list) else [names]:
                found.append(credit(PurePath(str(name)).stem))
    credits = list(dict.fromkeys(filter(None, found)))
    if not credits:
        raise ImageError(
            "there is no credit: for each picture that you used, give author, title, year and "
            "rights in a sentence, or the course's name for it, such as credits=['china']."
        )
    return credits
