"""Paint a photograph in one pass: in a known style, a mixture, a learnt one, or any picture's."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from nstlib.backend import check_eager
from nstlib.engine.precision import faster_precision
from nstlib.fast.any_style import (
    LEVELS,
    WIDTHS,
    encoder,
    load_decoder,
    style_statistics,
)
from nstlib.fast.styles import LearntStyle, known_styles, style_names, transfer_network
from nstlib.fast.transfer_network import PHOTOGRAPH, mirror
from nstlib.fast.transforms import TRANSFORMS
from nstlib.images import MIN_SIDE, data_folder
from nstlib.images.loading import open_image
from nstlib.images.sources import home
from nstlib.moments import Moments, mean_covariance, mix_moments
from nstlib.names import check_name
from nstlib.networks import PRECISIONS, layer_table

LARGEST = 2048  # longer side in pixels of a painting
STYLE_SIZE = 320  # longer side in pixels of a picture that gives its style, as in the training
MARGIN = 16  # pixels of mirror image around a picture: what borders do to a network stays in there
BLACK = 32  # pixels from a border up to which VGG's features see the black beyond it
# A larger picture is painted in bands by the network of any style, for less memory: once to see
# the statistics of the whole, and once more to paint. No seam shows, as a band is seen with all
# that its pixels depend on: encoder and decoder look 37 and 40 pixels far.
LARGE = 1_300_000  # pixels
BAND = 560  # rows, at most
AROUND = 80  # rows above and below it
MULTIPLE = 8  # the sides of what the networks see are multiples of it


def fast_stylize(
    content: Any,
    style: Any,
    strength: float = 1.0,
    *,
    size: int | None = None,
    transform: str = "optimal_transport",
    precision: str = "auto",
) -> np.ndarray:
    """Paint a photograph in another manner, in one pass of a trained network.

    Args:
        content: what to paint, as `load_image` takes it.
        style: one of `style_names()`, such as "hokusai_great_wave"; what `learn_style` returned; a
            dict from such names, or learnt styles, to their shares; or any picture, as
            `load_image` takes it. A style with a name, or a learnt one, comes closer to its
            painting.
        strength: from 0, about the photograph itself, to 1.
        size: longer side in pixels, from 16 to 2048; a smaller photograph is not enlarged. Without
            it, the photograph's own up to 2048.
        transform: what gives any picture's style to the photograph, a name in
            `nstlib.fast.transforms.TRANSFORMS`.
        precision: of the convolutions, as in `FeatureExtractor`; `auto` for the faster one here.

    Returns the painting (1, H, W, 3), RGB in [0, 1]. `stylize` takes it as its `init`.

    Raises:
        ValueError: a picture, a style, or a setting that cannot be used.

    >>> photograph = np.linspace(0, 1, 48 * 32 * 3).reshape(48, 32, 3)
    >>> fast_stylize(photograph, {"hokusai_great_wave": 2, "cross_pink_cloud": 1}).shape
    (1, 48, 32, 3)
    """
    side = check_side(size)
    paint = painter(style, strength, transform=transform, precision=precision)
    return paint(open_image(content, "the content picture").load(side))


def painter(
    style: Any,
    strength: float = 1.0,
    *,
    transform: str = "optimal_transport",
    precision: str = "auto",
) -> Callable[[np.ndarray], np.ndarray]:
    """What paints many photographs in one manner: a style picture is looked at once only.

    Args:
        style, strength, transform, precision: as of `fast_stylize`.

    Returns a function from a photograph (1, H, W, 3), RGB in [0, 1], to its painting.

    Raises:
        ValueError: a style or a setting that cannot be used.

    >>> paint = painter("klimt_baby", 0.5)
    >>> [paint(np.full((1, side, 20, 3), 0.5, "float32")).shape for side in (16, 24)]
    [(1, 16, 20, 3), (1, 24, 20, 3)]
    """
    check_eager()
    strength = _number("strength", strength, 1.0)
    check_name("transform", transform, TRANSFORMS)
    check_name("precision", precision, ["auto", *PRECISIONS])
    if precision == "auto":
        precision = faster_precision() or "float32"
    numbers = style_numbers(style)
    if numbers is not None:
        numbers = strength * numbers + (1 - strength) * known_styles()[PHOTOGRAPH]
        network, row = transfer_network(precision), numbers[np.newaxis].astype("float32")
        return lambda photograph: _inside(network(_with_margin(photograph), row), photograph)
    picture = open_image(style, "the style picture").load(STYLE_SIZE)
    statistics, paint = any_style(precision, transform)
    target = statistics(_with_margin(picture))
    return lambda photograph: _inside(paint(_with_margin(photograph), target, strength), photograph)


def check_side(size: Any) -> int:
    """The longer side in pixels up to which a photograph is painted.

    Raises:
        ValueError: no whole number from 16 to 2048, nor None.
    """
    if size is not None and (type(size) is not int or not MIN_SIDE <= size <= LARGEST):
        raise ValueError(f"size is {size!r}: give a whole number from {MIN_SIDE} to {LARGEST}")
    return size or LARGEST


def style_numbers(style: Any) -> np.ndarray | None:
    """The numbers of a style with a name, of a learnt one, or of a mixture; None of a picture.

    Raises:
        ValueError: a mixture of what has no numbers, or without shares.

    >>> style_numbers({"hokusai_poppies": 1, "nobody": 1})
    Traceback (most recent call last):
    ValueError: unknown style 'nobody': choose one of ...
    """
    if isinstance(style, LearntStyle):
        return style.numbers
    if isinstance(style, str):
        if not (style in style_names() or "." in style or home(style).exists()):
            check_name("style", style, style_names())  # no name of a file either
        return known_styles()[style] if style in style_names() else None
    if not isinstance(style, Mapping):
        return None
    shares = [_number(f"the share of {name!r}", share) for name, share in style.items()]
    if not sum(shares):
        raise ValueError("a mixture of styles needs at least one with a share above 0")
    for each in style:
        if not isinstance(each, LearntStyle):
            check_name("style", each, style_names())
    return np.average([style_numbers(each) for each in style], axis=0, weights=shares)


@functools.cache
def any_style(precision: str, transform: str) -> tuple[Callable, Callable]:
    """The network of any style, compiled.

    Returns two functions: from a style picture (1, H, W, 3) to its statistics, and from a
    photograph, statistics and strength to the painting.
    """
    look, move = encoder(precision), TRANSFORMS[transform]
    scales = {name: layer_table()[name].scale for name in LEVELS}
    decode = load_decoder(data_folder() / "weights" / "any-style.npz", precision)
    picture, number = tf.TensorSpec((1, None, None, 3)), tf.TensorSpec(())
    rows, targets, moments = tf.TensorSpec((), tf.int32), {}, {}
    for name, C in WIDTHS.items():
        square = tf.TensorSpec((1, C, C))
        targets[name] = tf.TensorSpec((1, C)), square
        moments[name] = Moments(tf.TensorSpec((1, C, 1)), square)

    def compiled(*signature: Any) -> Callable:
        return functools.partial(tf.function, input_signature=signature, autograph=False)

    def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
        features = {}
        for name, F in look(mirror(images, BLACK)).items():
            cut = BLACK // scales[name]
            features[name] = F[:, cut:-cut, cut:-cut]
        return features

    @compiled(picture)
    def statistics(style: tf.Tensor) -> Any:
        return style_statistics(encode(style))

    def moved(F: tf.Tensor, style: Any, strength: tf.Tensor, whole: Moments | None) -> tf.Tensor:
        return F + strength * (move(F, *style, whole) - F)

    @compiled(picture, targets, number)
    def paint_whole(photograph: tf.Tensor, style: Any, strength: tf.Tensor) -> tf.Tensor:
        features = encode(photograph)
        return decode({n: moved(F, style[n], strength, None) for n, F in features.items()})

    @compiled(picture, targets, number, moments)
    def paint_band(photograph: tf.Tensor, style: Any, strength: tf.Tensor, whole: Any) -> tf.Tensor:
        features = encode(photograph)
        return decode({n: moved(F, style[n], strength, whole[n]) for n, F in features.items()})

    @compiled(picture, rows, rows)
    def moments_of_band(photograph: tf.Tensor, top: tf.Tensor, bottom: tf.Tensor) -> Any:
        features = encode(photograph)
        parts = {n: F[:, top // scales[n] : bottom // scales[n]] for n, F in features.items()}
        return {name: mean_covariance(F) for name, F in parts.items()}

    def paint(photograph: np.ndarray, style: Any, strength: float) -> tf.Tensor:
        bands = bands_of(*photograph.shape[1:3])
        if len(bands) == 1:
            return paint_whole(photograph, style, strength)
        seen = [moments_of_band(photograph[:, each.seen], *each.own) for each in bands]
        whole = mix_moments(seen, [bottom - top for _, (top, bottom) in bands])
        parts = []
        for each in bands:
            painting = paint_band(photograph[:, each.seen], style, strength, whole)
            parts.append(painting[:, slice(*each.own)])
        return tf.concat(parts, axis=1)

    return statistics, paint


class Band(NamedTuple):
    """Rows of a large picture that are painted by themselves.

    seen: its rows, and those around it that the networks look at.
    own: its first and last, counted from the first of those seen.
    """

    seen: slice
    own: tuple[int, int]


def bands_of(height: int, width: int) -> list[Band]:
    """Bands of about equal height, a multiple of 8; of a picture that is not large, one.

    >>> bands_of(1080, 1600)[1]
    Band(seen=slice(464, 1080, None), own=(80, 616))
    """
    number = math.ceil(height / BAND) if height * width > LARGE else 1
    rows = MULTIPLE * math.ceil(height / MULTIPLE / number)
    bands = []
    for top in range(0, height, rows):
        above, bottom = max(top - AROUND, 0), min(top + rows, height)
        below = min(bottom + AROUND, height)
        bands.append(Band(slice(above, below), (top - above, bottom - above)))
    return bands


def _with_margin(image: np.ndarray) -> np.ndarray:
    """The picture with its mirror image around it, and sides that are multiples of 8."""
    borders = [(MARGIN, MARGIN + -side % MULTIPLE) for side in image.shape[1:3]]
    return np.pad(image, [(0, 0), *borders, (0, 0)], mode="symmetric")


def _inside(painting: tf.Tensor, photograph: np.ndarray) -> np.ndarray:
    """A painting without the margin that its photograph was given."""
    height, width = photograph.shape[1:3]
    return painting.numpy()[:, MARGIN : MARGIN + height, MARGIN : MARGIN + width]


def _number(what: str, value: Any, most: float = math.inf) -> float:
    """A number from 0 to the most, and not infinite."""
    if isinstance(value, (int, float, np.number)) and 0 <= value <= most and value < math.inf:
        return float(value)
    upto = "of at least 0" if most == math.inf else f"from 0 to {most:g}"
    raise ValueError(f"{what} is {value!r}: give a number {upto}")
