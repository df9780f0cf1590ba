"""Conventions: in which units each known implementation of style transfer gives its weights.

The published ones compare features and Gram matrices of the same network. They differ in what they
divide by, so one style weight is 0.01 here and 1000000 there. With the symbols of
`nstlib.losses`, and S = sum (F^T F - A^T A)^2 the difference of two Gram matrices that nothing
has divided, every style term is the same sum over the layers,

    L_style = sum_l k_l S_l / (C_l^4 M_l^2)

and only the constants k_l tell the implementations apart. Our own, `mean-covariance`,
`wasserstein` and `sliced-wasserstein`, compare something else (`nstlib.moments`, `nstlib.sliced`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from nstlib import losses
from nstlib.losses import StyleTerm, Tensor, ops
from nstlib.moments import MEAN_COVARIANCE, WASSERSTEIN
from nstlib.names import check_name
from nstlib.sliced import SLICED_WASSERSTEIN

DEFAULT = "mean-covariance"  # which of them paints best
FIRST_OF_EACH_BLOCK = tuple(f"block{block}_conv1" for block in (1, 2, 3, 4, 5))


class Convention(NamedTuple):
    """The published settings of one implementation, as data.

    source: where the numbers stand.
    note: what these numbers do not carry over, in a sentence.
    content_weight, style_weight, tv_weight: as published.
    content_layers, style_layers: in the names of Keras; with weights, where these differ.
    mean_of_layers: whether the layers are averaged, or else added up.
    content_factor, content_sum: the content term is the factor times P/(C M), a mean, or P, a sum,
        with P = sum (F - P)^2.
    style_factor, channel_power, position_power: the style term's constant of a layer,
        k = style_weight factor C^channel_power (M/N)^position_power, with N pixels in the image.
    target_power: both terms are multiplied by this power of the mean square of their target: 0 for
        constants, -1 for terms that are relative to the target's own size.
    style_term: what is compared. Other terms than that of Gram matrices are relative to their
        target by themselves.
    pooling, match_colors: see `Settings`.
    variation, value_scale: which total variation (a name in `VARIATIONS`), and of which values:
        what the colours in [0, 1] are multiplied by, one number or one for each of R, G and B.
    """

    source: str
    note: str
    content_weight: float
    style_weight: float
    tv_weight: float
    content_layers: tuple[str, ...] | Mapping[str, float] = ("block4_conv2",)
    style_layers: tuple[str, ...] | Mapping[str, float] = FIRST_OF_EACH_BLOCK
    mean_of_layers: bool = False
    content_factor: float = 1.0
    content_sum: bool = False
    style_factor: float = 1.0
    channel_power: int = 0
    position_power: int = 0
    target_power: int = 0
    variation: str = "none"
    value_scale: float | tuple[float, float, float] = 1.0
    style_term: StyleTerm = losses.GRAM
    pooling: str = "max"
    match_colors: float = 0.0

    @property
    def relative(self) -> bool:
        """Whether a term is measured in units of its target, and not in constants."""
        return self.target_power != 0

    def style_constant(
        self,
        C: int,
        M: int,
        N: int,
        style_weight: float | None = None,
        layers: int | None = None,
        target: Tensor = None,
    ) -> float:
        """The constant k of a layer in the sum L_style = sum_l k_l S_l / (C_l^4 M_l^2).

        Args:
            C, M: the layer's channels and positions.
            N: pixels of the image.
            style_weight: None for the published one.
            layers: how many layers there are; None for the published number.
            target: the style's Gram matrix, which a relative convention needs.

        Raises:
            ValueError: a relative convention without a target.

        >>> tensorflow = find_convention("tensorflow")
        >>> [round(tensorflow.style_constant(C, 100, 100), 1) for C in (64, 128, 256, 512)]
        [8.2, 32.8, 131.1, 524.3]
        """
        weight = self.style_weight if style_weight is None else style_weight
        share = 1 / (layers or len(self.style_layers)) if self.mean_of_layers else 1.0
        factor = self.style_factor * C**self.channel_power * (M / N) ** self.position_power
        relative_itself = target is not None and self.style_term is not losses.GRAM
        unit = 1.0 if relative_itself else self._unit(target)
        return weight * share * factor * unit

    def content_constant(
        self,
        C: int,
        M: int,
        content_weight: float | None = None,
        layers: int | None = None,
        target: Tensor = None,
    ) -> float:
        """What the mean P/(C M) of a layer is multiplied by; arguments as in `style_constant`.

        >>> find_convention("gatys2015").content_constant(C=512, M=64 * 64)
        1048576.0
        """
        weight = self.content_weight if content_weight is None else content_weight
        share = 1 / (layers or len(self.content_layers)) if self.mean_of_layers else 1.0
        factor = self.content_factor * (C * M if self.content_sum else 1)
        return weight * share * factor * self._unit(target)

    def _unit(self, target: Tensor) -> float:
        """The power of the target's mean square; never of 0, so that black divides nothing by 0."""
        if not self.relative:
            return 1.0
        if target is None:
            raise ValueError("relative has no constants: its terms are divided by their targets")
        return (float(ops.mean(ops.square(target))) + 1e-12) ** self.target_power


_MOMENTS = Convention(
    source="nstlib: means and covariances, each relative to the style's own",
    note="Weights mean the same for every network, size of picture and choice of layers.",
    content_weight=1.0,
    style_weight=10.0,
    tv_weight=0.9,
    content_layers={"block1_conv1": 0.2, "block3_conv4": 1.0, "block5_conv1": 2.0},
    style_layers=dict(zip(FIRST_OF_EACH_BLOCK, (4.0, 2.0, 1.0, 0.5, 0.25), strict=True)),
    mean_of_layers=True,
    channel_power=2,
    target_power=-1,
    variation="absolute",
    style_term=MEAN_COVARIANCE,
    pooling="average",
    match_colors=1.0,
)

# Most of them compute the total variation of what enters VGG: colours from 0 to 255.
CONVENTIONS = {
    "mean-covariance": _MOMENTS,
    "wasserstein": _MOMENTS._replace(style_term=WASSERSTEIN),
    "sliced-wasserstein": _MOMENTS._replace(
        source="nstlib: whole distributions of features, relative to the style's mean square",
        style_term=SLICED_WASSERSTEIN,
    ),
    "relative": Convention(
        source="nstlib: each term is divided by the mean square of its own target",
        note="Weights mean the same for every network, size of picture and choice of layers.",
        content_weight=1.0,
        style_weight=10.0,
        tv_weight=1.0,
        mean_of_layers=True,
        channel_power=2,
        target_power=-1,
        variation="absolute",
    ),
    "gatys2015": Convention(
        source="Gatys, Ecker and Bethge 2015, A Neural Algorithm of Artistic Style",
        note="As commonly reported, unchecked against the paper: alpha/beta of 1e-3; its VGG-19 "
        "had rescaled weights and average pooling, and its undivided Gram matrices need a style "
        "picture of the content's size.",
        content_weight=1.0,
        style_weight=1e3,
        tv_weight=0.0,
        mean_of_layers=True,
        content_factor=1 / 2,
        content_sum=True,
        style_factor=1 / 4,
        channel_power=2,
    ),
    "jcjohnson": Convention(
        source="jcjohnson/neural-style, neural_style.lua:22-24,533-544",
        note="Its total variation enters the gradient but not the loss it prints, it multiplies "
        "colours by 256 where our network has 255, and several styles become one average Gram.",
        content_weight=5.0,
        style_weight=1e2,
        tv_weight=1e-3,
        variation="half_sum_of_squares",
        value_scale=256.0,
    ),
    "tensorflow": Convention(
        source="tensorflow/docs, tutorials/generative/style_transfer.ipynb",
        note="It keeps colours in [0, 1] by clipping after every step.",
        content_weight=1e4,
        style_weight=1e-2,
        tv_weight=30.0,
        content_layers=("block5_conv2",),
        mean_of_layers=True,
        channel_power=2,
        variation="sum_of_absolutes",
    ),
    "keras": Convention(
        source="keras-team/keras-io, examples/generative/neural_style_transfer.py",
        note="It takes 3 channels and the image's pixels for C and M of every layer, and its "
        "undivided Gram matrices need a style picture of the content's size.",
        content_weight=2.5e-8,
        style_weight=1e-6,
        tv_weight=1e-6,
        content_layers=("block5_conv2",),
        mean_of_layers=True,
        content_sum=True,
        style_factor=1 / (4 * 3**2),
        channel_power=4,
        position_power=2,
        variation="sum_of_powers",
        value_scale=255.0,
    ),
    "pytorch": Convention(
        source="pytorch/tutorials, advanced_source/neural_style_tutorial.py",
        note="torchvision's VGG-19 has activations of another scale, and the style term goes with "
        "their fourth power; the tutorial also takes them before the ReLU.",
        content_weight=1.0,
        style_weight=1e6,
        tv_weight=0.0,
        content_layers=("block2_conv2",),
        style_layers=(
            "block1_conv1",
            "block1_conv2",
            "block2_conv1",
            "block2_conv2",
            "block3_conv1",
        ),
    ),
    "d2l": Convention(
        source="d2l-ai/d2l-en, chapter_computer-vision/neural-style.md:338,356,376,391",
        note="torchvision's VGG-19 has activations of another scale, and the style term goes with "
        "their fourth power; older editions have a style weight of 1e3.",
        content_weight=1.0,
        style_weight=1e4,
        tv_weight=10.0,
        content_layers=("block4_conv4",),
        variation="half_mean_of_absolutes",
        value_scale=(1 / 0.229, 1 / 0.224, 1 / 0.225),  # over the deviations of ImageNet's colours
    ),
    "anishathalye": Convention(
        source="anishathalye/neural-style, neural_style.py:14-27, stylize.py:103,120-165",
        note="It adds to the content a layer relu5_2 when asked to, and starts from noise.",
        content_weight=5.0,
        style_weight=5e2,
        tv_weight=1e2,
        mean_of_layers=True,
        variation="means_of_squares",
        value_scale=255.0,
    ),
}


def check_variation(name: str, tv_weight: float) -> str:
    """A name in `VARIATIONS`; without a total variation there must be no weight for it.

    Raises:
        ValueError: an unknown name, or a weight of nothing.

    >>> check_variation("absolute", tv_weight=1.0)
    'absolute'
    """
    check_name("variation", name, VARIATIONS)
    if name == "none" and tv_weight:
        raise ValueError(
            f"without total variation there is no tv_weight of {tv_weight}: name a variation for it"
        )
    return name


def find_convention(name: str) -> Convention:
    """The convention of this name, or a ValueError that lists the names.

    >>> find_convention("jcjohnson").style_weight
    100.0
    """
    return CONVENTIONS[check_name("convention", name, CONVENTIONS)]


# ---- total variation: each takes values (B, H, W, channels) and gives a scalar -------------------


def _where_both_neighbours_are(values: Tensor) -> Tensor:
    """dx^2 + dy^2 of the pixels that are in neither the last row nor the last column."""
    dx, dy = losses.neighbour_differences(values)
    dx, _ = ops.split(dx, [dx.shape[1] - 1], 1)  # slices have a slow gradient
    dy, _ = ops.split(dy, [dy.shape[2] - 1], 2)
    return ops.square(dx) + ops.square(dy)


def _means(size: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """The mean size of the differences along x plus that along y."""
    dx, dy = losses.neighbour_differences(values)
    return ops.mean(size(dx)) + ops.mean(size(dy))


def _per_value(variation: Tensor, values: Tensor) -> Tensor:
    return variation / ops.cast(ops.size(values), values.dtype)


VARIATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "absolute": lambda values: _per_value(losses.total_variation(values), values),
    "squared": lambda values: _per_value(losses.total_variation(values, squared=True), values),
    "sum_of_absolutes": lambda values: losses.total_variation(values),
    "half_sum_of_squares": lambda values: ops.sum(_where_both_neighbours_are(values)) / 2,
    "means_of_squares": lambda values: _means(ops.square, values),
    "sum_of_powers": lambda values: ops.sum(ops.power(_where_both_neighbours_are(values), 1.25)),
    "half_mean_of_absolutes": lambda values: _means(ops.abs, values) / 2,
    "none": lambda values: ops.zeros((), values.dtype),
}
