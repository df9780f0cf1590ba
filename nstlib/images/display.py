"""Pictures on the page: images below a notebook cell, never without an alternative text."""

import base64
import html
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from nstlib.images.pixels import to_uint8
from nstlib.images.sources import ImageError

SHOWN_SIDE = 1024  # pixels; larger pictures are scaled down to keep stored notebooks small


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
    from IPython.display import HTML, display  # here, so that scripts need no IPython

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
    figures = "".join(map(_figure, images, alts, captions, [width] * len(images)))
    row = f'<div style="display:flex;flex-wrap:wrap;gap:8px">{figures}</div>'
    heading = _figcaption(title, "font-weight:bold;margin-bottom:4px")
    display(HTML(f'<figure style="margin:0">{heading}{row}</figure>'))


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


def jpeg(pixels: np.ndarray) -> bytes:
    """Give pixels (H, W, 3), uint8, as a JPEG file that is small enough for a notebook."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=88)
    return buffer.getvalue()


def _figure(image: Any, alt: str, caption: str, width: int | None) -> str:
    pixels = to_uint8(image)
    tag = image_tag(jpeg(pixels), "jpeg", alt, width or pixels.shape[1])
    return f'<figure style="margin:0">{tag}{_figcaption(caption)}</figure>'


def _figcaption(text: str | None, css: str = "") -> str:
    style = f' style="{css}"' if css else ""
    return f"<figcaption{style}>{html.escape(text)}</figcaption>" if text else ""
