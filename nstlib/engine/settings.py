"""The settings of a painting, checked before any work begins: one clear sentence each."""

from __future__ import annotations

import dataclasses
import difflib
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from numbers import Integral, Real
from typing import Any

from nstlib.conventions import DEFAULT, check_variation, find_convention
from nstlib.engine.run import Limits
from nstlib.images import MIN_SIDE
from nstlib.images.colors import COLOR_CHOICES
from nstlib.names import check_name
from nstlib.networks import BLOCKS, POOLINGS, PRECISIONS, check_layers
from nstlib.objective import Layers, layers_for
from nstlib.optimizers import OPTIMIZERS

# Arguments of an optimiser that are not for its user to set.
NOT_SETTINGS = ("lower", "upper", "state")
KEPT = ("momentum", "beta_1", "beta_2")  # shares of the past that an optimiser keeps
# With 0, the first would divide by 0, and the second would stand still.
POSITIVE = ("epsilon", "first_change")
WEIGHTS = ("content_weight", "style_weight", "tv_weight")
# Of each size of strokes: the parts of the size that are painted at, and the style picture's scale.
STROKES = {"fine": ((1,), 0.6), "medium": ((1,), 1.0), "broad": ((1 / 3, 2 / 3, 1), 1.0)}
# Those that go on to the objective, besides its layers.
OBJECTIVE_SETTINGS = ("convention", *WEIGHTS, "style_shares", "variation")


@dataclasses.dataclass(frozen=True, eq=False)
class Settings:
    """All that defines a painting besides its two pictures, and when it ends.

    network, pooling, weights: see `FeatureExtractor`.
    convention, content_weight, style_weight, tv_weight, content_layers, style_layers, style_shares,
        variation: see `Objective`. In the default convention, a larger `style_weight` than 10
        paints more boldly, a larger `tv_weight` than 0.9 smoother.
    masks: for each style where it applies, white for here: pictures drawn on the content, or
        arrays; one alone for the first of two styles. See `load_masks`.
    preserve_color: keep the colours of the content: `match` gives them to the style picture
        beforehand, `luminance` paints the light and dark only.
    match_colors: how far the finished painting's colours are moved to the style's, from 0 to 1
        (`match_palette`); None for the convention's own, and for 0 with `preserve_color`.
    strokes: the size of the brush: `fine`, `medium` or `broad`; None for medium. Fine strokes come
        from a smaller style picture, broad ones from painting small at first.
    init: what to start from: `content`, `noise`, `style`, or a picture.
    size: longer side in pixels, of the painting and of the style picture; a smaller picture is not
        enlarged.
    style_scale: the style picture's size over the painting's.
    sizes: in place of `size`, several to paint at, from coarse to fine. Each begins with the
        painting of the last one, and its optimiser with nothing remembered.
    optimizer: `lbfgs`, `adam`, `adam-tensorflow` or `gradient-descent`.
    optimizer_settings: arguments of that function in `nstlib.optimizers`.
    evaluations: the budget, in evaluations of loss and gradient; of several sizes one number for
        all together, or one each.
    target_loss: stop when the loss at the last size is that low.
    patience: stop when so many evaluations have lowered the loss by less than 0.1 %.
    seconds: stop after that time, with what there is; when resuming, the time before counts.
    precision: of the network, see `FeatureExtractor`; `auto` for what is fast and right on this
        machine, see `choose_precision`.
    seed: of all that is random (noise, and the weights of `vgg19-random`).

    Once made, every field has a value that can be used: the convention's where none was given, a
    list of sizes and a scale in place of strokes, a budget for each. A ValueError says what will
    not do.

    >>> Settings(sizes=[128, 256, 384], evaluations=100).evaluations
    [33, 33, 34]
    """

    network: str = "vgg19-lite"
    pooling: str | None = None
    weights: str | os.PathLike | None = None
    convention: str = DEFAULT
    content_weight: float | None = None
    style_weight: float | None = None
    tv_weight: float | None = None
    content_layers: Layers | None = None
    style_layers: Layers | None = None
    style_shares: Sequence[float] | None = None
    masks: Any = None
    preserve_color: str | None = None
    match_colors: float | None = None
    strokes: str | None = None
    variation: str | None = None
    init: Any = "content"
    size: int = 384
    style_scale: float | None = None
    sizes: Sequence[int] | None = None
    optimizer: str = "lbfgs"
    optimizer_settings: Mapping[str, float] | None = None
    evaluations: int | Sequence[int] = 60
    target_loss: float | None = None
    patience: int | None = None
    seconds: float | None = None
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value in _checked(vars(self)).items():
            object.__setattr__(self, name, value)  # frozen from here on
        self.layers  # noqa: B018 - one that there is not is said now

    @classmethod
    def of(cls, given: Mapping[str, Any], besides: Iterable[str] = ()) -> Settings:
        """Settings by name; of a name that is neither theirs nor besides, which was meant."""
        names = [field.name for field in dataclasses.fields(cls)]
        for name in given:
            if name not in names:
                alike = difflib.get_close_matches(name, [*names, *besides])
                alike += [n for n in names if n.split("_")[0] == name.split("_")[0]]
                meant = ", ".join(dict.fromkeys(alike)) or ", ".join(names)
                raise TypeError(f"there is no setting {name!r}: did you mean {meant}?")
        return cls(**given)

    @cached_property
    def layers(self) -> dict[str, dict[str, float]]:
        """The layers of the objective and their weights, by the names of its arguments.

        Raises:
            ValueError: a network or a layer that there is not.
        """
        given = self.content_layers, self.style_layers
        content, style = layers_for(self.network, self.convention, *given)
        check_layers(self.network, [*content, *style])
        return {"content_layers": content, "style_layers": style}

    def for_objective(self) -> dict[str, Any]:
        """The arguments of `Objective`, besides extractor, pictures and masks."""
        return {name: getattr(self, name) for name in OBJECTIVE_SETTINGS} | self.layers

    def style_side(self, side: int) -> int:
        """The longer side of a style picture for a painting with this one."""
        return max(MIN_SIDE, round(self.style_scale * side))

    def limits(self) -> Limits:
        """When the run ends."""
        return Limits(*(getattr(self, name) for name in Limits._fields))

    def record(self) -> dict[str, Any]:
        """What defines the painting, in a form that can be stored as JSON; None is left out."""
        record = {name: value for name, value in vars(self).items() if value is not None}
        for name in ("size", "layers", *Limits._fields):
            record.pop(name, None)
        record["init"] = _path_or(self.init, "a picture")
        if self.masks is not None:
            record["masks"] = [_path_or(mask, "a mask") for mask in self.masks]
        return record


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """All settings in the form in which they are used."""
    s = dict(given)
    published = find_convention(s["convention"])
    if s["preserve_color"] is not None:
        if s["match_colors"]:
            raise ValueError(
                "preserve_color keeps the photograph's colours: leave out match_colors"
            )
        s["match_colors"] = 0.0
    for name in (*WEIGHTS, "pooling", "match_colors"):
        s[name] = getattr(published, name) if s[name] is None else s[name]
    for name, check in CHECKS.items():
        if s[name] is not None or getattr(Settings, name) is not None:  # where None is no default
            s[name] = check(name, s[name])
    if not any(s[name] for name in WEIGHTS):
        raise ValueError("all three weights are 0: give at least one term a weight")
    s["variation"] = check_variation(s["variation"] or published.variation, s["tv_weight"])
    (s["sizes"], s["style_scale"]), s["strokes"] = _check_strokes(s), None
    s["evaluations"] = _check_budgets(s["evaluations"], s["sizes"])
    s["optimizer_settings"] = _check_optimizer(s["optimizer"], s["optimizer_settings"])
    s["weights"] = None if s["weights"] is None else str(s["weights"])
    if s["masks"] is not None:
        masks = s["masks"]
        s["masks"] = list(masks) if isinstance(masks, (list, tuple)) else [masks]
    return s


def _path_or(source: Any, words: str) -> str:
    """A path is kept among the settings; of pixels it is only said that there were some."""
    return str(source) if isinstance(source, (str, os.PathLike)) else words


def check_whole(name: str, number: Any, least: int) -> int:
    """A whole number of at least so much, NumPy's included."""
    if isinstance(number, bool) or not isinstance(number, Integral) or number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {number!r}")
    return int(number)


def _check_number(name: str, number: Any) -> float:
    """A finite number of at least 0, NumPy's included."""
    if (
        isinstance(number, bool)
        or not isinstance(number, Real)
        or not 0 <= float(number) < math.inf
    ):
        raise ValueError(f"{name} must be a number of at least 0, not {number!r}")
    return float(number)


def _check_share(name: str, number: Any) -> float:
    """A number from 0 to 1."""
    if _check_number(name, number) > 1:
        raise ValueError(f"{name} must be a number from 0 to 1, not {number!r}")
    return float(number)


def _check_list(name: str, values: Any, example: str) -> list:
    """A list, or what can be made one (a tuple, an array of NumPy's), with something in it."""
    usable = isinstance(values, Iterable) and not isinstance(values, (str, Mapping))
    found = list(values) if usable else []
    if not found:
        raise ValueError(f"{name} must be a list such as {example}, not {values!r}")
    return found


def _check_sizes(size: Any, sizes: Any) -> list[int]:
    """The longer sides to paint at, one after the other: `sizes`, or else just `size`."""
    if sizes is None:
        return [check_whole("size", size, MIN_SIDE)]
    sizes = _check_list("sizes", sizes, "[128, 256, 384]")
    sizes = [check_whole("each of the sizes", side, MIN_SIDE) for side in sizes]
    if sorted(set(sizes)) != sizes:
        raise ValueError(f"sizes must grow from one to the next, unlike {sizes}")
    return sizes


def _check_strokes(s: Mapping[str, Any]) -> tuple[list[int], float]:
    """The sizes to paint at, and the style picture's scale: those given, or those of the strokes.

    Raises:
        ValueError: no such thing, or both.
    """
    sizes, scale, strokes = _check_sizes(s["size"], s["sizes"]), s["style_scale"], s["strokes"]
    if strokes is not None and (s["sizes"] is not None or scale is not None):
        raise ValueError("strokes stands for sizes and style_scale: give it, or these")
    parts, usual = STROKES[strokes or "medium"]
    scale = _check_number("style_scale", usual if scale is None else scale)
    if scale == 0:
        raise ValueError("style_scale must be more than 0")
    if s["sizes"] is None:
        (side,) = sizes
        least = min(side, 2 * MIN_SIDE)  # the shorter side is enough then, but of a panorama
        sizes = sorted({max(least, round(part * side)) for part in parts})
    return sizes, scale


def _check_budgets(evaluations: Any, sizes: Sequence[int]) -> list[int]:
    """Evaluations for each of the sizes; one number is for all together and is split evenly."""
    if isinstance(evaluations, Sequence) and not isinstance(evaluations, str):
        if len(evaluations) != len(sizes):
            raise ValueError(
                f"there are {len(evaluations)} numbers of evaluations for {len(sizes)} sizes: "
                "give one for each size, or one for all together"
            )
        return [check_whole("each of the evaluations", number, 1) for number in evaluations]
    total = check_whole("evaluations", evaluations, 1)
    if total < len(sizes):
        raise ValueError(f"{total} evaluations are not enough for {len(sizes)} sizes")
    ends = [total * (part + 1) // len(sizes) for part in range(len(sizes))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _check_shares(name: str, shares: Any) -> list[float]:
    """Shares of styles, with Python's numbers for NumPy's."""
    shares = _check_list(name, shares, "[0.7, 0.3]")
    return [_check_number(f"each of the {name}", share) for share in shares]


def _plain_layers(name: str, layers: Any) -> str | list[str] | dict[str, float]:
    """Names of layers, or a dict from names to weights, with Python's numbers for NumPy's."""
    if isinstance(layers, str):
        return layers
    if not isinstance(layers, Mapping):
        return _check_list(name, layers, "['block1_conv1', 'block2_conv1']")
    return {layer: _check_number(f"each weight of {name}", layers[layer]) for layer in layers}


def _check_optimizer(optimizer: str, options: Any) -> dict[str, float]:
    """The optimiser's own settings, as numbers, with its defaults for what is not given."""
    function: Any = OPTIMIZERS[check_name("optimizer", optimizer, OPTIMIZERS)]
    changed = isinstance(function, partial)  # one with other defaults
    defaults = function.func.__kwdefaults__ if changed else function.__kwdefaults__
    defaults = {name: value for name, value in defaults.items() if name not in NOT_SETTINGS}
    defaults |= function.keywords if changed else {}
    if options is not None and not isinstance(options, Mapping):
        raise ValueError(f"optimizer_settings must map names to numbers, not be {options!r}")
    options = dict(options or {})
    for name, number in options.items():
        if name not in defaults:
            known = ", ".join(sorted(defaults))
            raise ValueError(f"{optimizer} has no setting {name!r}: choose from {known}")
        whole = name == "memory"
        options[name] = check_whole(name, number, 1) if whole else _check_number(name, number)
        if name in KEPT and number >= 1:
            raise ValueError(f"{name} must be below 1, or nothing is ever forgotten, not {number}")
        if name in POSITIVE and number == 0:
            raise ValueError(f"{name} must be more than 0")
    chosen = defaults | options
    return {name: number for name, number in chosen.items() if number is not None}


# What each setting has to be that can be judged by itself; None only where it is the default.
CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "network": partial(check_name, names=BLOCKS),
    "pooling": partial(check_name, names=POOLINGS),
    "precision": partial(check_name, names=("auto", *PRECISIONS)),
    "preserve_color": partial(check_name, names=COLOR_CHOICES),
    "match_colors": _check_share,
    "strokes": partial(check_name, names=STROKES),
    "content_weight": _check_number,
    "style_weight": _check_number,
    "tv_weight": _check_number,
    "content_layers": _plain_layers,
    "style_layers": _plain_layers,
    "style_shares": _check_shares,
    "target_loss": _check_number,
    "patience": partial(check_whole, least=1),
    "seconds": _check_number,
    "seed": partial(check_whole, least=0),
}
