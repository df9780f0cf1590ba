"""Pictures in and out: load from anywhere, save with a record of how it was made, show.

Every function works on the same thing, an *image*: a float32 array of shape
(1, height, width, 3) with red, green and blue in [0, 1].
"""

import base64
import contextlib
import html
import http.client
import io
import json
import math
import os
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin, UnidentifiedImageError

MAX_BYTES = 50_000_000  # of a file or a download, checked before it is decoded
MAX_PIXELS = 80_000_000  # width x height, checked before the picture is decoded
MIN_SIDE = 16  # pixels; VGG halves the picture four times, so less leaves nothing to look at
READ_SECONDS = 10  # the longest silence of a server that we sit through
DOWNLOAD_SECONDS = 60  # the longest a whole download may take
SHOWN_SIDE = 1024  # pixels; larger pictures are scaled down to keep stored notebooks small
# Only these are opened: Pillow hands some others, such as EPS, to an outside program.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000", "ICO")


class ImageError(ValueError):
    """A picture (or a request about one) that cannot be used; the message says what to do."""


def load_image(
    source: str | os.PathLike | bytes | Image.Image | np.ndarray, max_side: int | None = None
) -> np.ndarray:
    """Load a picture as an image ready for a network.

    The picture is turned upright (EXIF), transparency is laid on white, and an embedded
    colour profile is converted to sRGB. An animation gives its first frame.

    Args:
        source: a path, an https address, the bytes of a picture file, a PIL picture, or an
            array of shape (H, W), (H, W, 3), (H, W, 4) or (1, H, W, 3): uint8 in 0..255,
            uint16 in 0..65535 or float in 0..1. The source is not changed.
        max_side: the longer side in pixels, at least 16. A larger picture is scaled down
            and keeps its aspect ratio; a smaller one stays as it is.

    Returns:
        A float32 array of shape (1, height, width, 3), RGB in [0, 1].

    Raises:
        ImageError: if there is no usable picture; the message names it and says why.

    >>> load_image(example_path("chelsea"), max_side=64).shape
    (1, 43, 64, 3)
    """
    whole = isinstance(max_side, (int, np.integer)) and not isinstance(max_side, bool)
    if max_side is not None and not (whole and max_side >= MIN_SIDE):
        given = _one_line(repr(max_side))
        raise ImageError(f"max_side is {given}: give a whole number, {MIN_SIDE} or more.")
    name = _name(source)
    if isinstance(source, Image.Image):
        pixels = _decode(source, name)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        pixels = _decode(_open(bytes(source), name), name)
    elif isinstance(source, (str, os.PathLike)):
        read = _download if "://" in str(source) else _read_file
        pixels = _decode(_open(read(str(source), name), name), name)
    elif hasattr(source, "__array__"):  # a NumPy array or a tensor
        pixels = _check_array(np.asarray(source), name)
    else:
        raise ImageError(
            f"{name} cannot be loaded: give a path, an https address, bytes, a PIL picture "
            "or a NumPy array."
        )
    return _scale(_on_white(pixels), max_side, name)[np.newaxis]


def to_uint8(image: Any) -> np.ndarray:
    """Turn an image into whole numbers, as files and screens want them.

    Args:
        image: shape (1, H, W, 3) or (H, W, 3), an array or a tensor, RGB in [0, 1];
            values outside are clipped. A uint8 image is only copied.

    Returns:
        A new uint8 array of shape (H, W, 3), RGB in 0..255.

    Raises:
        ImageError: if it has another shape or type, or holds NaN or infinity.

    >>> to_uint8(np.full((1, 1, 2, 3), 0.5)).tolist()
    [[[128, 128, 128], [128, 128, 128]]]
    """
    array = np.asarray(image)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 3 or array.shape[-1] != 3 or array.size == 0:
        raise ImageError(
            f"the image has shape {np.shape(image)}: give one of shape (1, H, W, 3) or (H, W, 3)."
        )
    if array.dtype == np.uint8:
        return array.copy()
    if array.dtype.kind not in "fV":  # V is how NumPy sees TensorFlow's bfloat16
        raise ImageError(f"the image holds {array.dtype}: give floats in 0..1 or uint8.")
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise ImageError(
            "the image holds NaN or infinity: the optimisation that made it diverged, "
            "lower its learning rate."
        )
    return np.rint(array.clip(0, 1) * 255).astype(np.uint8)


def save_image(
    image: Any, path: str | os.PathLike, metadata: dict | None = None, overwrite: bool = True
) -> Path:
    """Save an image as PNG or JPEG, with a record of how it was made inside the file.

    The file appears whole or not at all: on failure an older file stays as it was.

    Args:
        image: as for `to_uint8`.
        path: ends in .png (exact), .jpg or .jpeg (smaller, nearly exact).
        metadata: anything JSON can hold, such as network, weights, seed and evaluations.
        overwrite: False refuses to replace an existing file.

    Returns:
        The path of the saved file.

    Raises:
        ImageError: if the suffix, the folder, the metadata or the image will not do.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_image(np.zeros((1, 16, 16, 3)), f"{folder}/black.png", {"seed": 7})
    ...     read_metadata(path)
    {'seed': 7}
    """
    path, name = Path(path), _name(path)
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise ImageError(f"{name} cannot be saved: let its name end in .png, .jpg or .jpeg.")
    data = _encode(to_uint8(image), path.suffix.lower(), metadata, name)
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if not path.parent.is_dir():
            raise ImageError(f"{name} cannot be saved: make its folder first, it is missing.")
        if not overwrite and path.exists():
            raise ImageError(f"{name} already exists: choose another name or overwrite=True.")
        try:
            part.write_bytes(data)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ImageError(
            f"{name} cannot be written ({error.strerror}): choose another folder or name."
        ) from error
    return path


def read_metadata(path: str | os.PathLike) -> dict:
    """Read the record that `save_image` stored in a file.

    Args:
        path: a picture file.

    Returns:
        The metadata, or {} where the file holds none of ours.

    Raises:
        ImageError: if the file is not a readable picture.

    >>> read_metadata(example_path("chelsea"))
    {}
    """
    name = _name(path)
    info = _open(_read_file(path, name), name).info
    comment = info.get("comment", b"")
    if isinstance(comment, bytes) and comment.startswith(b"nstlib "):
        text = comment.removeprefix(b"nstlib ").decode("ascii", "replace")
    else:
        text = info.get("nstlib", "{}")
    try:
        found = json.loads(text)
    except (ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


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
        title: a line below.
        captions: for several images, one line below each of them.
        width: of each image on the page, in CSS pixels; without it, its own width.

    Raises:
        ImageError: if a text is missing or an image cannot be shown.

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
    if not all(isinstance(text, str) and text.strip() for text in alts):
        raise ImageError("alt is empty: say in a few words what the image shows.")
    figures = "".join(map(_figure, images, alts, captions, [width] * len(images)))
    row = f'<div style="display:flex;flex-wrap:wrap;gap:8px">{figures}</div>'
    # IPython.display.Image would be shorter, but Colab's IPython knows no alt text.
    display(HTML(f'<figure style="margin:0">{row}{_figcaption(title)}</figure>'))


def data_folder() -> Path:
    """Find the folder with the pictures that come with the course.

    Raises:
        ImageError: if it is missing.

    >>> (data_folder() / "style").is_dir()
    True
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "data", package.parent / "data"):  # installed, or a repository
        if (folder / "content").is_dir():
            return folder
    raise ImageError(f"{package / 'data'} is missing: install nstlib again.")


def examples(kind: str) -> list[str]:
    """List the names of the pictures that come with the course.

    Args:
        kind: "content" (photographs) or "style" (paintings and prints).

    Returns:
        The names in alphabetical order, for `example_path`.

    Raises:
        ImageError: if there is no such kind.

    >>> examples("content")
    ['astronaut', 'chelsea', 'china', 'coffee', 'rocket']
    """
    if kind not in ("content", "style"):
        raise ImageError(f'there are no examples of kind {kind!r}: use "content" or "style".')
    return sorted(path.stem for path in (data_folder() / kind).glob("*.jpg"))


def example_path(name: str) -> Path:
    """Give the path of a picture that comes with the course.

    Args:
        name: one of `examples("content")` or `examples("style")`.

    Raises:
        ImageError: if there is none of that name; the message lists them.

    >>> example_path("hokusai_great_wave").name
    'hokusai_great_wave.jpg'
    """
    for kind in ("content", "style"):
        if name in examples(kind):
            return data_folder() / kind / f"{name}.jpg"
    names = ", ".join(examples("content") + examples("style"))
    raise ImageError(f"there is no example picture {name!r}: choose one of {names}.")


# --- from a source to pixels -----------------------------------------------------------------


def _name(source: Any) -> str:
    """What error messages call a source, on one line."""
    if isinstance(source, (str, os.PathLike)):
        text = "".join(c if c.isprintable() else "?" for c in str(source))
        return f"'{text}'" if len(text) <= 300 else f"'{text[:100]}...{text[-100:]}'"
    if isinstance(source, (bytes, bytearray, memoryview, Image.Image)):
        return "the picture in memory"
    return "the array" if hasattr(source, "__array__") else f"a {type(source).__name__}"


def _read_file(path: str | os.PathLike, name: str) -> bytes:
    path = Path(path)
    try:
        if not path.exists():
            raise ImageError(f"{name} is missing: check the spelling and the folder.")
        if path.is_dir():
            raise ImageError(f"{name} is a folder: name a picture inside it.")
        if not path.is_file():  # reading a pipe or a device might never end
            raise ImageError(f"{name} is not an ordinary file: give a picture file.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one more than _open accepts
    except OSError as error:
        raise ImageError(
            f"{name} cannot be read ({error.strerror}): check its name and its permissions."
        ) from error


class _RedirectToHttps(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if not newurl.lower().startswith("https://"):
            raise ImageError(
                f"{_name(req.full_url)} leads on to {_name(newurl)}, which is not https: "
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
            reason = f"the server answers {error.code} {reason}"
            error.close()
        raise ImageError(
            f"{name} cannot be downloaded ({_one_line(reason)}): check address and connection."
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


def _one_line(error: Any) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@contextlib.contextmanager
def _errors_in_words(name: str) -> Iterator[None]:
    """Turn whatever Pillow raises into an ImageError; of broken files that can be anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except Image.DecompressionBombError:
        limit = f"{MAX_PIXELS / 1e6:g} million"
        raise ImageError(
            f"{name} has too many pixels, over {limit}: use a smaller copy of it."
        ) from None
    except UnidentifiedImageError:
        raise ImageError(
            f"{name} is not a picture that can be read: give a JPEG, PNG, WebP, GIF or TIFF file."
        ) from None
    except Exception as error:
        raise ImageError(
            f"{name} is damaged or cut short ({_one_line(error)}): get a whole copy of it."
        ) from error


def _open(data: bytes, name: str) -> Image.Image:
    """Open a picture file; its pixels are not decoded yet."""
    if not data:
        raise ImageError(f"{name} is empty (0 bytes): save or download it again.")
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES / 1e6:g} MB"
        raise ImageError(f"{name} is too large, over {limit}: use a smaller copy of it.")
    Image.init()
    formats = [known for known in FORMATS if known in Image.OPEN]  # AVIF is new in Pillow 11.3
    with _errors_in_words(name):
        return Image.open(io.BytesIO(data), formats=formats)


def _decode(picture: Image.Image, name: str) -> np.ndarray:
    """Decode a picture into float32 in [0, 1]: (H, W) grey, (H, W, 3), or (H, W, 4) with alpha."""
    with _errors_in_words(name):
        if math.prod(picture.size) > MAX_PIXELS:
            raise Image.DecompressionBombError
        picture.load()
        with contextlib.suppress(Exception):  # unreadable EXIF: take the picture as it lies
            picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I"):  # 16 bits a pixel, also in the 32-bit mode "I"
            return _check_array(np.asarray(picture, np.float32) / 65535, name)
        if picture.mode == "F":  # files hold 0..1, Pillow's own conversions give 0..255
            grey = np.asarray(picture)
            return _check_array(grey / 255 if grey.max(initial=0) > 1 else grey, name)
        alpha = []
        profile = picture.info.get("icc_profile")
        if picture.has_transparency_data:
            alpha = [picture.convert("RGBA").getchannel("A")]
            picture = picture.convert("RGBA").convert("RGB")
        elif picture.mode not in ("L", "CMYK"):  # these two come with profiles of their own
            picture = picture.convert("RGB")
        if profile:
            with contextlib.suppress(Exception):  # not convertible: colours a little off, no more
                picture = ImageCms.profileToProfile(
                    picture,
                    ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                    ImageCms.createProfile("sRGB"),
                    outputMode="RGB",
                )
        return _check_array(np.dstack([picture.convert("RGB"), *alpha]), name)


def _check_array(array: np.ndarray, name: str) -> np.ndarray:
    """Check an array of pixels and give it as float32 in [0, 1], without a batch axis."""
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        array = array[0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and shape[-1] in (1, 3, 4))):
        raise ImageError(
            f"{name} has shape {shape}: give (H, W), (H, W, 3), (H, W, 4) or (1, H, W, 3)."
        )
    if array.dtype in (np.uint8, np.uint16):
        return np.divide(array, np.iinfo(array.dtype).max, dtype=np.float32)
    if array.dtype.kind != "f":
        raise ImageError(f"{name} holds {array.dtype}: give uint8, uint16 or floats in 0..1.")
    if not np.isfinite(array).all():
        raise ImageError(f"{name} holds NaN or infinity: replace these values first.")
    low, high = array.min(), array.max()
    if low < -1e-3 or high > 1 + 1e-3:  # rounding errors may stick out a little
        raise ImageError(
            f"{name} has values from {low:g} to {high:g}, out of the range 0..1: scale them first."
        )
    return array.astype(np.float32).clip(0, 1)


def _on_white(pixels: np.ndarray) -> np.ndarray:
    """Give grey three channels, and lay what is transparent on white."""
    if pixels.ndim == 2 or pixels.shape[-1] == 1:
        return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=-1)
    if pixels.shape[-1] == 3:
        return pixels
    alpha = pixels[..., 3:]
    return pixels[..., :3] * alpha + (1 - alpha)


def _scale(pixels: np.ndarray, max_side: int | None, name: str) -> np.ndarray:
    """Scale down to a longer side of max_side, and refuse what is too small for a network."""
    height, width = pixels.shape[:2]
    factor = min(1, (max_side or math.inf) / max(height, width))
    size = round(width * factor), round(height * factor)
    if min(size) < MIN_SIDE:
        scaled = f" when scaled to max_side={max_side}" if factor < 1 else ""
        raise ImageError(
            f"{name} is too small, {size[0]} x {size[1]} pixels{scaled}: "
            f"both sides need {MIN_SIDE} or more."
        )
    if factor == 1:
        return pixels
    # Lanczos averages over all the pixels that fall together, so fine patterns do not alias.
    bands = [Image.fromarray(pixels[..., i]).resize(size, Image.LANCZOS) for i in range(3)]
    return np.dstack(bands).clip(0, 1)


# --- from pixels to files and pages ----------------------------------------------------------


def _encode(pixels: np.ndarray, suffix: str, metadata: dict | None, name: str) -> bytes:
    if not isinstance(metadata, (dict, type(None))):
        raise ImageError(f"{name} cannot be saved: metadata is not a dict, give it as one.")
    try:
        # NumPy's numbers are not JSON, but their item() is.
        text = json.dumps(metadata or {}, default=lambda value: value.item())
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ImageError(
            f"{name} cannot be saved: metadata holds what JSON cannot ({error}), "
            "use numbers and texts."
        ) from error
    options: dict[str, Any] = {"format": "JPEG", "quality": 95, "subsampling": 0}
    if suffix == ".png":
        options = {"format": "PNG", "pnginfo": PngImagePlugin.PngInfo()}
        if metadata:
            options["pnginfo"].add_text("nstlib", text)
    elif metadata:
        options["comment"] = f"nstlib {text}"
        if len(options["comment"]) > 65533:
            raise ImageError(f"{name} cannot hold that much metadata: save a .png instead.")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, **options)
    return buffer.getvalue()


def _figure(image: Any, alt: str, caption: str, width: int | None) -> str:
    picture = Image.fromarray(to_uint8(image))
    width = width or picture.width
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE), Image.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=88)
    source = base64.b64encode(buffer.getvalue()).decode("ascii")
    return (
        f'<figure style="margin:0"><img alt="{html.escape(alt)}" width="{int(width)}" '
        f'style="max-width:100%;height:auto" src="data:image/jpeg;base64,{source}">'
        f"{_figcaption(caption)}</figure>"
    )


def _figcaption(text: str | None) -> str:
    return f"<figcaption>{html.escape(text)}</figcaption>" if text else ""
