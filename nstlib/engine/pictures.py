"""The pictures of a painting at every size, and the image that it starts from."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from nstlib.engine.settings import Settings
from nstlib.images import ImageError
from nstlib.images.colors import (
    gray_pictures,
    luminance_transfer,
    match_color,
    match_palette,
    mixed_palette,
)
from nstlib.images.loading import OpenedImage, open_image
from nstlib.images.masks import load_masks

TINY = 32  # pixels; a style picture with a shorter side is continued to twice this
STARTS = ("content", "noise", "style")


class Pictures(NamedTuple):
    """The pictures of a run, each a list over its sizes.

    contents: images (1, H, W, 3), as the network shall see them.
    styles: lists of images.
    masks: lists of masks (1, H, W, 1), one for each style; or None.
    colors: the contents with the colours that the painting gets back; empty if it keeps its own.
    """

    contents: list[np.ndarray]
    styles: list[list[np.ndarray]]
    masks: list[list[np.ndarray] | None]
    colors: list[np.ndarray]

    def all(self) -> list[np.ndarray]:
        """Every picture there is."""
        lists = [*self.styles, *(masks or [] for masks in self.masks)]
        return [*self.contents, *self.colors, *(image for images in lists for image in images)]

    def colored(self, painting: np.ndarray) -> np.ndarray:
        """The painting, of one of the sizes, with the colours that it is to have."""
        for content in self.colors:
            if content.shape == painting.shape:
                return luminance_transfer(painting, content)
        return painting

    def finished(
        self, painting: np.ndarray, stage: int, match_colors: float, shares: Sequence[float]
    ) -> np.ndarray:
        """The painting as it is handed over: with the style's colours.

        Args:
            painting: image (1, H, W, 3).
            stage: the number of its size, from 0.
            match_colors: how far the colours are moved, from 0 to 1.
            shares: of the styles, adding up to 1; with masks these say where.
        """
        painting, styles, masks = self.colored(painting), self.styles[stage], self.masks[stage]
        if not match_colors:
            return painting
        if masks is None:
            matched = match_palette(painting, mixed_palette(styles, shares))
        else:
            moved = [
                mask * (match_palette(painting, mixed_palette([style], [1.0]), mask) - painting)
                for style, mask in zip(styles, masks, strict=True)
            ]
            matched = painting + sum(moved) / np.maximum(sum(masks), 1)
        moved = painting + match_colors * (matched - painting)
        return np.clip(moved, 0, 1).astype(np.float32)


def open_pictures(content: Any, style: Any) -> list[OpenedImage]:
    """The content and each style picture, opened: their sizes are known, nothing is decoded yet.

    Args:
        content, style: as of `stylize`.

    Raises:
        ImageError: a picture that cannot be used.

    >>> [picture.shape for picture in open_pictures(np.zeros((32, 48, 3)), np.ones((40, 40, 3)))]
    [(32, 48), (40, 40)]
    """
    styles = list(style) if isinstance(style, (list, tuple)) else [style]
    if not styles:
        raise ValueError("style holds no picture: give one, or a list of at least one")
    alone = "the style picture" if len(styles) == 1 else ""
    return [
        open_image(content, "the content picture"),
        *(open_image(each, alone or f"style {k}") for k, each in enumerate(styles, start=1)),
    ]


def load_pictures(opened: Sequence[OpenedImage], settings: Settings) -> Pictures:
    """Load all that a painting is made from, at each of its sizes.

    Args:
        opened: the content and the style pictures, from `open_pictures`.
        settings: of the run.

    Raises:
        ImageError, ValueError: a picture or a mask that cannot be used.

    >>> opened = open_pictures(np.zeros((32, 48, 3)), np.ones((40, 40, 3)))
    >>> load_pictures(opened, Settings(sizes=[24, 48])).contents[0].shape
    (1, 16, 24, 3)
    """
    # Of large photographs no more pixels are kept than the last size needs.
    side = settings.sizes[-1]
    content = opened[0].pixels(side)
    styles = [picture.pixels(settings.style_side(side)) for picture in opened[1:]]
    if settings.preserve_color == "match":
        styles = [match_color(picture[np.newaxis], content[np.newaxis])[0] for picture in styles]
    pictures = Pictures([], [], [], [])
    for side in settings.sizes:
        image, masks = opened[0].at_size(content, side), None
        at_size = [
            mirrored(each.at_size(pixels, settings.style_side(side)))
            for each, pixels in zip(opened[1:], styles, strict=True)
        ]
        if settings.masks is not None:
            masks = load_masks(settings.masks, len(styles), image.shape[1:3])
        if settings.preserve_color == "luminance":
            pictures.colors.append(image)
            image, at_size = gray_pictures(image, at_size)
        pictures.contents.append(image)
        pictures.styles.append(at_size)
        pictures.masks.append(masks)
    return pictures


def mirrored(style: np.ndarray) -> np.ndarray:
    """A tiny style picture continued as in mirrors, a larger one as it is.

    The deep layers see little but the edges of a picture of 16 to 24 pixels, beyond which there is
    black for them; and a painting with the same statistics gets a frame of dots.

    Args:
        style: image (1, H, W, 3).

    >>> mirrored(np.zeros((1, 16, 40, 3))).shape, mirrored(np.zeros((1, 32, 40, 3))).shape
    ((1, 64, 64, 3), (1, 32, 40, 3))
    """
    if min(style.shape[1:3]) >= TINY:
        return style
    missing = [max(0, 2 * TINY - side) for side in style.shape[1:3]]
    around = [(more // 2, more - more // 2) for more in missing]
    return np.pad(style, [(0, 0), *around, (0, 0)], mode="symmetric")


def surprises(content: OpenedImage, settings: Settings, asked: Container[str]) -> Iterator[str]:
    """Sentences about a painting that will not be what whoever asked for it may expect.

    Args:
        content: of the run. Whoever gives an array, not a file, has seen its size.
        settings: of the run.
        asked: names of the settings that were given; a default surprises nobody.

    >>> list(surprises(open_image(np.zeros((20, 30))), Settings(evaluations=1), set()))
    ['one evaluation only looks at the image that painting starts from, ...']
    """
    wanted, (height, width) = settings.sizes[-1], content.shape
    a_file = not isinstance(content.source, np.ndarray)
    if a_file and max(height, width) < wanted and ("size" in asked or "sizes" in asked):
        yield (
            f"the content picture has {width}x{height} pixels and is not enlarged to {wanted}: for "
            "a larger painting, take a larger picture"
        )
    if max(settings.limits().evaluations) == 1:
        yield (
            "one evaluation only looks at the image that painting starts from, and changes "
            "nothing: give it more, such as evaluations=100"
        )


def starting_image(init: Any, content: np.ndarray, style: np.ndarray, seed: int = 0) -> np.ndarray:
    """The image that an optimiser starts from.

    Args:
        init: `content`, `noise` (grey with normally distributed noise), `style`, or whatever
            `load_image` takes; a picture of another shape is scaled and cropped around its middle.
        content, style: images (1, H, W, 3), RGB in [0, 1].
        seed: of the noise.

    Returns an image of the content's shape, in [0, 1].

    Raises:
        ImageError: a picture that cannot be used; text that is neither such a name nor a file.

    >>> gray = np.full((1, 32, 48, 3), 0.5, "float32")
    >>> starting_image("noise", gray, gray, seed=1).std().round(2)
    np.float32(0.1)
    """
    if isinstance(init, str) and init in STARTS:
        if init == "noise":
            noise = np.random.default_rng(seed).normal(0.5, 0.1, content.shape)
            return np.clip(noise, 0, 1).astype("float32")
        return content if init == "content" else fit(style, content.shape[1:3])
    if isinstance(init, str) and "://" not in init and not os.path.exists(os.path.expanduser(init)):
        raise ImageError(
            f"unknown init {init!r}: choose one of {', '.join(STARTS)}, or give a picture (there "
            "is no file of that name)"
        )
    picture = open_image(init, "the init picture")
    # Cut to the content's shape, one side may lose; the other has what it needs.
    cover = max(content.shape[1:3]) * max(picture.shape) // min(picture.shape)
    return fit(picture.at_size(picture.pixels(cover)), content.shape[1:3])


def fit(image: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Scale an image until it covers a shape, and crop what stands out, on both sides alike.

    Args:
        image: (1, H, W, 3), in [0, 1].
        shape: height and width.

    >>> fit(np.zeros((1, 20, 60, 3)), (40, 40)).shape
    (1, 40, 40, 3)
    """
    if tuple(image.shape[1:3]) == tuple(shape):
        return np.asarray(image, "float32")
    scale = max(wanted / side for wanted, side in zip(shape, image.shape[1:3], strict=True))
    cover = [
        max(round(scale * side), wanted)
        for wanted, side in zip(shape, image.shape[1:3], strict=True)
    ]
    scaled = tf.image.resize(image, cover, method="bicubic", antialias=True)
    top, left = ((side - wanted) // 2 for wanted, side in zip(shape, cover, strict=True))
    cropped = scaled[:, top : top + shape[0], left : left + shape[1]]
    return np.clip(cropped, 0, 1).astype("float32")
