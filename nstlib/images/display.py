"""Pictures on the page: HTML below a notebook cell, with texts that can be read without seeing."""

import base64
import html
from collections.abc import Sequence
from typing import Any

from nstlib.images.encoding import jpeg
from nstlib.images.pixels import to_uint8
from nstlib.images.printed import printed
from nstlib.images.sources import ImageError

GAP = 8  # CSS pixels between pictures
LEAST = 90  # CSS pixels; on a narrow page rows are broken rather than pictures made smaller


def show(
    image: Any,
    *,
    alt: str | Sequence[str],
    title: str | None = None,
    captions: Sequence[str] | None = None,
    width: int | None = None,
) -> None:
    """Show an image, or several side by side, below the notebook cell.

    Args:
        image: as for `to_uint8`, or a list of such images.
        alt: what can be seen, in words, for readers who cannot see it. For several images
            one text each, or one for all.
        title: a line above: what there is to see.
        captions: for several images, one line below each of them.
        width: of each image on the page, in CSS pixels; without it, its own width.

    Raises:
        ImageError: if a text is missing or an image cannot be shown.

    >>> import numpy as np
    >>> show(np.zeros((1, 16, 16, 3)), alt="A black square")
    <IPython.core.display.HTML object>
    """
    images = list(image) if isinstance(image, (list, tuple)) else [image]
    captions = [""] * len(images) if captions is None else list(captions)
    if isinstance(alt, str) and alt.strip() and len(images) > 1:
        alt = [f"{alt} ({i + 1} of {len(images)})" for i in range(len(images))]
    alts = [alt] if isinstance(alt, str) else list(alt or [])
    if not images or len(images) != len(captions) or len(images) != len(alts):
        raise ImageError(
            f"there are {len(images)} images, {len(alts)} alt texts and {len(captions)} captions: "
            "give one of each per image."
        )
    parts = []
    for one, text, caption in zip(images, alts, captions, strict=True):
        tag = image_tag(jpeg(one), "jpeg", text, width or to_uint8(one).shape[1])
        parts.append(figure_html(tag, caption=caption))
    show_html(figure_html(row_html(parts), title=title or ""))


def show_html(page: str) -> None:
    """Show HTML below the notebook cell, and its pictures where HTML is not read: in a PDF, say.

    Jupyter and Colab take the HTML of the two, with its title and alternative texts.
    """
    from IPython.display import HTML, display  # here, so that scripts need no IPython

    shown, picture = HTML(page), printed(page)
    if picture is not None:
        shown._repr_jpeg_ = lambda: picture  # type: ignore[attr-defined]
    display(shown)


def image_tag(data: bytes, kind: str, alt: str, width: int | None = None) -> str:
    """Write the HTML of a picture whose file (of this kind, such as "png") is part of the page.

    >>> image_tag(b"...", "png", alt="Three dots", width=9)
    '<img alt="Three dots" width="9" style="..." src="data:image/png;base64,Li4u">'
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ImageError("alt is empty: say in a few words what the image shows.")
    # IPython.display.Image would be shorter, but Colab's IPython knows no alt text.
    size = f'width="{int(width)}" ' if width else ""
    source = base64.b64encode(data).decode("ascii")
    return (
        f'<img alt="{html.escape(alt)}" {size}style="max-width:100%;height:auto" '
        f'src="data:image/{kind};base64,{source}">'
    )


def figure_html(content: str, *, title: str = "", caption: str = "") -> str:
    """Write the HTML of a picture or a row with a line above it or below it, as text.

    >>> figure_html("<img>", title="1 < 2")
    '<figure style="margin:0"><figcaption style="...">1 &lt; 2</figcaption><img></figure>'
    """
    if not (title or caption):
        return f"<div>{content}</div>"
    bold = "font-weight:bold;margin-bottom:4px"
    above = f'<figcaption style="{bold}">{html.escape(title)}</figcaption>' if title else ""
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f'<figure style="margin:0">{above}{content}{below}</figure>'


def row_html(parts: Sequence[str], columns: int | None = None, width: int = 0) -> str:
    """Write the HTML of pictures side by side.

    Args:
        parts: the HTML of each.
        columns: how many in a row, fewer on a narrow page; without it, as many as fit.
        width: of each column where there is room, in CSS pixels.
    """
    style = "display:flex;flex-wrap:wrap"
    if columns:
        widest = columns * (width + GAP) - GAP
        least = f"max({LEAST}px,calc((100% - {columns * GAP}px)/{columns}))"
        style = (
            f"display:grid;grid-template-columns:repeat(auto-fill,minmax({least},1fr));"
            f"max-width:{widest}px"
        )
    return f'<div style="{style};gap:{GAP}px">{"".join(parts)}</div>'
