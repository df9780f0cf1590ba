"""Paint a photograph in one pass: in a known style, a mixture, a learnt one, or any picture's."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

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
from nstlib.fast.bands import MULTIPLE, is_large, paint_in_bands
from nstlib.fast.styles import LearntStyle, known_styles, style_names, weights_path
from nstlib.fast.transfer_network import PHOTOGRAPH, load_transfer_network, mirror, normalised
from nstlib.fast.transforms import TRANSFORMS
from nstlib.images import MIN_SIDE, data_folder
from nstlib.images.loading import open_image
from nstlib.images.sources import home
from nstlib.losses import Tensor
from nstlib.moments import Moments, mean_covariance
from nstlib.names import check_name
from nstlib.networks import PRECISIONS, layer_table

LARGEST = 2048  # longer side in pixels of a painting
STYLE_SIZE = 320  # longer side in pixels of a picture that gives its style, as in the training
MARGIN = 16  # pixels of mirror image around a picture: what borders do to a network stays in there
BLACK = 32  # pixels from a border up to which VGG's features see the black beyond it


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
        network, row = many_styles(precision), numbers[np.newaxis].astype("float32")
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
    largest = max(shares, default=0)
    if not largest:
        raise ValueError("a mixture of styles needs at least one with a share above 0")
    for each in style:
        if not isinstance(each, LearntStyle):
            check_name("style", each, style_names())
    weights = [share / largest for share in shares]  # their sum is finite, whatever they are
    return np.average([style_numbers(each) for each in style], axis=0, weights=weights)


def compiled(*signature: Any) -> Callable:
    """A decorator: the function as a graph for arguments like these."""
    return functools.partial(tf.function, input_signature=signature, autograph=False)


@functools.cache
def many_styles(precision: str) -> Callable:
    """The network of many styles, compiled: from photographs (1, H, W, 3) and numbers (1, N)."""
    network, _ = load_transfer_network(weights_path(), precision)
    last = network.up[1]
    rows, kind = tf.TensorSpec((), tf.int32), last.convolution.compute_dtype
    picture = tf.TensorSpec((1, None, None, 3)), tf.TensorSpec((1, network.numbers))
    x, fine = (
        tf.TensorSpec((1, None, None, block.channels), kind)
        for block in (network.up[0], network.first)
    )
    numbers = tf.TensorSpec((1, 2 * last.channels))
    one, square = (tf.TensorSpec((1, last.channels, n)) for n in (1, last.channels))

    paint_whole, begin = compiled(*picture)(network), compiled(*picture)(network.begin)

    @compiled(x, fine, rows, rows)
    def moments_of_band(x: Tensor, fine: Tensor, top: Tensor, bottom: Tensor) -> Any:
        y = last.convolved(x, fine)[:, top:bottom]
        return {last.name: mean_covariance(tf.cast(y, tf.float32))}

    @compiled(x, fine, numbers, Moments(one, square))
    def paint_band(x: Tensor, fine: Tensor, numbers: Tensor, whole: Moments) -> Tensor:
        y = last.convolved(x, fine)
        gamma, beta = tf.split(numbers, 2, axis=-1)
        variance = tf.linalg.diag_part(whole.covariance)
        return network.end(
            last.activation(normalised(y, gamma, beta, whole.mean[..., 0], variance))
        )

    def paint(photograph: Tensor, numbers: Tensor) -> Tensor:
        height, width = photograph.shape[1:3]
        if not is_large(height, width):
            return paint_whole(photograph, numbers)
        x, fine, own = begin(photograph, numbers)

        def rows_of(seen: slice) -> tuple[Tensor, Tensor]:
            return x[:, seen.start // 2 : seen.stop // 2], fine[:, seen]

        return paint_in_bands(
            height,
            lambda seen, *rows: moments_of_band(*rows_of(seen), *rows),
            lambda seen, whole: paint_band(*rows_of(seen), own, whole[last.name]),
        )

    return paint


@functools.cache
def encode_and_decode(precision: str = "float32") -> tuple[Any, Any]:
    """The two halves of the network of any style, compiled.

    Returns two functions: from a picture (1, H, W, 3), whose sides are multiples of 8, to its
    features at the four `LEVELS`, by name; and from such features to a picture.

    >>> encode, decode = encode_and_decode()
    >>> decode(encode(np.full((1, 48, 64, 3), 0.5, "float32"))).shape
    TensorShape([1, 48, 64, 3])
    """
    look = encoder(precision)
    decoder = load_decoder(data_folder() / "weights" / "any-style.npz", precision)
    features = {name: tf.TensorSpec((1, None, None, C)) for name, C in WIDTHS.items()}

    @compiled(tf.TensorSpec((1, None, None, 3)))
    def encode(images: Tensor) -> dict[str, Tensor]:
        found = {}
        for name, F in look(mirror(images, BLACK)).items():
            cut = BLACK // layer_table()[name].scale
            found[name] = F[:, cut:-cut, cut:-cut]
        return found

    @compiled(features)
    def decode(features: Mapping[str, Tensor]) -> Tensor:
        return decoder(features)

    return encode, decode


@functools.cache
def any_style(precision: str, transform: str) -> tuple[Callable, Callable]:
    """The network of any style with one of the transforms, compiled.

    Returns two functions: from a style picture (1, H, W, 3) to its statistics, and from a
    photograph, statistics and strength to the painting.
    """
    # Within a compiled function they need not be compiled by themselves.
    encode, decode = (half.python_function for half in encode_and_decode(precision))
    move = TRANSFORMS[transform]
    scales = {name: layer_table()[name].scale for name in LEVELS}
    picture, number = tf.TensorSpec((1, None, None, 3)), tf.TensorSpec(())
    rows, targets, moments = tf.TensorSpec((), tf.int32), {}, {}
    for name, C in WIDTHS.items():
        square = tf.TensorSpec((1, C, C))
        targets[name] = tf.TensorSpec((1, C)), square
        moments[name] = Moments(tf.TensorSpec((1, C, 1)), square)

    @compiled(picture)
    def statistics(style: Tensor) -> Any:
        return style_statistics(encode(style))

    def moved(F: Tensor, style: Any, strength: Tensor, whole: Moments | None) -> Tensor:
        return F + strength * (move(F, *style, whole) - F)

    @compiled(picture, targets, number)
    def paint_whole(photograph: Tensor, style: Any, strength: Tensor) -> Tensor:
        features = encode(photograph)
        return decode({n: moved(F, style[n], strength, None) for n, F in features.items()})

    @compiled(picture, targets, number, moments)
    def paint_band(photograph: Tensor, style: Any, strength: Tensor, whole: Any) -> Tensor:
        features = encode(photograph)
        return decode({n: moved(F, style[n], strength, whole[n]) for n, F in features.items()})

    @compiled(picture, rows, rows)
    def moments_of_band(photograph: Tensor, top: Tensor, bottom: Tensor) -> Any:
        features = encode(photograph)
        parts = {n: F[:, top // scales[n] : bottom // scales[n]] for n, F in features.items()}
        return {name: mean_covariance(F) for name, F in parts.items()}

    def paint(photograph: np.ndarray, style: Any, strength: float) -> Tensor:
        height, width = photograph.shape[1:3]
        if not is_large(height, width):
            return paint_whole(photograph, style, strength)
        return paint_in_bands(
            height,
            lambda seen, *own: moments_of_band(photograph[:, seen], *own),
            lambda seen, whole: paint_band(photograph[:, seen], style, strength, whole),
        )

    return statistics, paint


def _with_margin(image: np.ndarray) -> np.ndarray:
    """The picture with its mirror image around it, and sides that are multiples of 8."""
    borders = [(MARGIN, MARGIN + -side % MULTIPLE) for side in image.shape[1:3]]
    return np.pad(image, [(0, 0), *borders, (0, 0)], mode="symmetric")


def _inside(painting: Tensor, photograph: np.ndarray) -> np.ndarray:
    """A painting without the margin that its photograph was given."""
    height, width = photograph.shape[1:3]
    return painting.numpy()[:, MARGIN : MARGIN + height, MARGIN : MARGIN + width]


def _number(what: str, value: Any, most: float = math.inf) -> float:
    """A number from 0 to the most, and not infinite."""
    if isinstance(value, (int, float, np.number)) and 0 <= value <= most and value < math.inf:
        return float(value)
    upto = "of at least 0" if most == math.inf else f"from 0 to {most:g}"
    raise ValueError(f"{what} is {value!r}: give a number {upto}")
