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
    WIDTHS,
    encoder,
    load_decoder,
    style_statistics,
    transformed,
)
from nstlib.fast.styles import LearntStyle, known_styles, style_names, transfer_network
from nstlib.fast.transfer_network import PHOTOGRAPH, mirror
from nstlib.fast.transforms import TRANSFORMS
from nstlib.images import MIN_SIDE, data_folder
from nstlib.images.loading import open_image
from nstlib.images.sources import home
from nstlib.names import check_name
from nstlib.networks import PRECISIONS, layer_table

LARGEST = 2048  # longer side in pixels of a painting
STYLE_SIZE = 320  # longer side in pixels of a picture that gives its style, as in the training
MARGIN = 16  # pixels of mirror image around a picture: what borders do to a network stays in there
BLACK = 32  # pixels from a border up to which VGG's features see the black beyond it
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
    check_eager()
    strength = _number("strength", strength, 1.0)
    check_name("transform", transform, TRANSFORMS)
    check_name("precision", precision, ["auto", *PRECISIONS])
    if size is not None and (type(size) is not int or not MIN_SIDE <= size <= LARGEST):
        raise ValueError(f"size is {size!r}: give a whole number from {MIN_SIDE} to {LARGEST}")
    if precision == "auto":
        precision = faster_precision() or "float32"
    photograph = open_image(content, "the content picture").load(size or LARGEST)
    wide = _with_margin(photograph)
    numbers = style_numbers(style)
    if numbers is not None:
        numbers = strength * numbers + (1 - strength) * known_styles()[PHOTOGRAPH]
        painting = transfer_network(precision)(wide, numbers[np.newaxis].astype("float32"))
    else:
        picture = open_image(style, "the style picture").load(STYLE_SIZE)
        statistics, paint = any_style(precision, transform)
        painting = paint(wide, statistics(_with_margin(picture)), strength)
    height, width = photograph.shape[1:3]
    return painting.numpy()[:, MARGIN : MARGIN + height, MARGIN : MARGIN + width]


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
    picture = tf.TensorSpec((1, None, None, 3), tf.float32)
    features = {name: tf.TensorSpec((1, None, None, C)) for name, C in WIDTHS.items()}

    @functools.partial(tf.function, input_signature=[picture], autograph=False)
    def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
        found = {}
        for name, F in look(mirror(images, BLACK)).items():
            cut = BLACK // layer_table()[name].scale
            found[name] = F[:, cut:-cut, cut:-cut]
        return found

    @functools.partial(tf.function, input_signature=[features], autograph=False)
    def decode(features: Mapping[str, tf.Tensor]) -> tf.Tensor:
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
    picture = tf.TensorSpec((1, None, None, 3), tf.float32)
    spec = {n: (tf.TensorSpec((1, C)), tf.TensorSpec((1, C, C))) for n, C in WIDTHS.items()}

    @functools.partial(tf.function, input_signature=[picture], autograph=False)
    def statistics(style: tf.Tensor) -> Any:
        return style_statistics(encode(style))

    @functools.partial(
        tf.function, input_signature=[picture, spec, tf.TensorSpec(())], autograph=False
    )
    def paint(photograph: tf.Tensor, style: Any, strength: tf.Tensor) -> tf.Tensor:
        features = encode(photograph)
        moved = transformed(features, style, TRANSFORMS[transform])
        return decode({name: F + strength * (moved[name] - F) for name, F in features.items()})

    return statistics, paint


def _with_margin(image: np.ndarray) -> np.ndarray:
    """The picture with its mirror image around it, and sides that are multiples of 8."""
    borders = [(MARGIN, MARGIN + -side % MULTIPLE) for side in image.shape[1:3]]
    return np.pad(image, [(0, 0), *borders, (0, 0)], mode="symmetric")


def _number(what: str, value: Any, most: float = math.inf) -> float:
    """A number from 0 to the most, and not infinite."""
    if isinstance(value, (int, float, np.number)) and 0 <= value <= most and value < math.inf:
        return float(value)
    upto = "of at least 0" if most == math.inf else f"from 0 to {most:g}"
    raise ValueError(f"{what} is {value!r}: give a number {upto}")
