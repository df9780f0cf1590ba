"""The settings of `stylize`, checked before any work begins: one clear sentence each."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real

from nstlib.conventions import CONVENTIONS, VARIATIONS
from nstlib.engine.run import Limits
from nstlib.images import MIN_SIDE
from nstlib.images.colors import COLOR_CHOICES
from nstlib.layers import layers_for
from nstlib.networks import POOLINGS, PRECISIONS, layer_names
from nstlib.optimizers import OPTIMIZERS

# Arguments of an optimiser that are not for its user to set.
NOT_SETTINGS = ("lower", "upper", "state", "remember")
KEPT = ("momentum", "beta_1", "beta_2")  # shares of the past that an optimiser keeps
# With 0, the first would divide by 0, and the second would stand still.
POSITIVE = ("epsilon", "first_change")
WEIGHTS = ("content_weight", "style_weight", "tv_weight")
# Those that go on to the objective, besides its layers.
OBJECTIVE_SETTINGS = ("convention", *WEIGHTS, "style_weights", "variation")


def check_whole(name: str, number, least: int) -> int:
    """A whole number of at least so much, NumPy's included."""
    if isinstance(number, bool) or not isinstance(number, Integral) or number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {number!r}")
    return int(number)


def check_number(name: str, number) -> float:
    """A finite number of at least 0, NumPy's included."""
    if isinstance(number, bool) or not isinstance(number, Real) or not 0 <= number < math.inf:
        raise ValueError(f"{name} must be a number of at least 0, not {number!r}")
    return float(number)


def check_choice(name: str, value, choices: Sequence[str]) -> str:
    """One of some names."""
    if value not in tuple(choices):
        raise ValueError(f"unknown {name} {value!r}: choose one of {', '.join(choices)}")
    return value


def check_sizes(size, sizes) -> list[int]:
    """The longer sides to paint at, one after the other: `sizes`, or else just `size`."""
    if sizes is None:
        return [check_whole("size", size, MIN_SIDE)]
    sizes = _check_list("sizes", sizes, "[128, 256, 384]")
    sizes = [check_whole("each of the sizes", side, MIN_SIDE) for side in sizes]
    if sorted(set(sizes)) != sizes:
        raise ValueError(f"sizes must grow from one to the next, unlike {sizes}")
    return sizes


def check_budgets(evaluations, sizes: Sequence[int]) -> list[int]:
    """Evaluations for each of the sizes; one number is for all together and is split evenly.

    >>> check_budgets(100, [128, 256, 384])
    [33, 33, 34]
    """
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


def check_limits(evaluations, sizes, target_loss, patience, seconds) -> Limits:
    """When the run ends."""
    return Limits(
        check_budgets(evaluations, sizes),
        None if target_loss is None else check_number("target_loss", target_loss),
        None if patience is None else check_whole("patience", patience, 1),
        None if seconds is None else check_number("seconds", seconds),
    )


def check_resumable(optimizer, checkpoint, resume) -> None:
    """Whether a run with this optimiser can be saved, if it is to be."""
    if optimizer == "scipy" and (checkpoint is not None or resume is not None):
        raise ValueError(
            "a run of SciPy's optimiser can be neither saved nor resumed, as it tells nobody what "
            "it remembers: use optimizer='lbfgs'"
        )


def check_settings(**settings) -> dict:
    """What defines a painting, in a form that can be stored as JSON; what is None is left out."""
    check_choice("convention", settings["convention"], CONVENTIONS)
    published = CONVENTIONS[settings["convention"]]
    for name in WEIGHTS:
        default = getattr(published, name)
        weight = default if settings[name] is None else settings[name]
        settings[name] = check_number(name, weight)
    if not any(settings[name] for name in WEIGHTS):
        raise ValueError("all three weights are 0: give at least one term a weight")
    check_choice("pooling", settings["pooling"], POOLINGS)
    check_choice("precision", settings["precision"], ("auto", *PRECISIONS))
    settings["variation"] = settings["variation"] or published.variation
    check_choice("variation", settings["variation"], VARIATIONS)
    settings["seed"] = check_whole("seed", settings["seed"], 0)
    if settings["weights"] is not None:
        settings["weights"] = str(settings["weights"])
    settings["init"] = _path_or(settings["init"], "a picture")
    for name in ("content_layers", "style_layers"):
        layers = settings[name]
        if layers is not None and not isinstance(layers, str):
            settings[name] = _plain_layers(name, layers)
    if settings["style_weights"] is not None:
        shares = _check_list("style_weights", settings["style_weights"], "[0.7, 0.3]")
        settings["style_weights"] = [check_number("each of the style_weights", s) for s in shares]
    if settings["preserve_color"] is not None:
        check_choice("preserve_color", settings["preserve_color"], COLOR_CHOICES)
    if settings["masks"] is not None:
        masks = settings["masks"]
        masks = list(masks) if isinstance(masks, (list, tuple)) else [masks]
        settings["masks"] = [_path_or(mask, "a mask") for mask in masks]
    optimizer, options = settings["optimizer"], settings["optimizer_settings"]
    settings["optimizer_settings"] = _check_optimizer(optimizer, options)
    return {name: value for name, value in settings.items() if value is not None}


def _path_or(source, words) -> str:
    """A path is kept among the settings; of pixels it is only said that there were some."""
    return str(source) if isinstance(source, (str, os.PathLike)) else words


def _check_list(name, values, example) -> list:
    """A list, or what can be made one (a tuple, an array of NumPy's), with something in it."""
    usable = isinstance(values, Iterable) and not isinstance(values, (str, Mapping))
    found = list(values) if usable else []
    if not found:
        raise ValueError(f"{name} must be a list such as {example}, not {values!r}")
    return found


def _plain_layers(name, layers):
    """Names of layers, or a dict from names to weights, with Python's numbers for NumPy's."""
    if not isinstance(layers, Mapping):
        return _check_list(name, layers, "['block1_conv1', 'block2_conv1']")
    return {layer: check_number(f"each weight of {name}", layers[layer]) for layer in layers}


def _check_optimizer(optimizer, options) -> dict:
    """The optimiser's own settings, as numbers, with its defaults for what is not given."""
    function = OPTIMIZERS[check_choice("optimizer", optimizer, OPTIMIZERS)]
    partial = isinstance(function, functools.partial)  # one with other defaults
    defaults = function.func.__kwdefaults__ if partial else function.__kwdefaults__
    defaults = {name: value for name, value in defaults.items() if name not in NOT_SETTINGS}
    defaults |= function.keywords if partial else {}
    if options is not None and not isinstance(options, Mapping):
        raise ValueError(f"optimizer_settings must map names to numbers, not be {options!r}")
    options = dict(options or {})
    for name, number in options.items():
        if name not in defaults:
            known = ", ".join(sorted(defaults))
            raise ValueError(f"{optimizer} has no setting {name!r}: choose from {known}")
        whole = name == "memory"
        options[name] = check_whole(name, number, 1) if whole else check_number(name, number)
        if name in KEPT and number >= 1:
            raise ValueError(f"{name} must be below 1, or nothing is ever forgotten, not {number}")
        if name in POSITIVE and number == 0:
            raise ValueError(f"{name} must be more than 0")
    chosen = defaults | options
    return {name: number for name, number in chosen.items() if number is not None}


def resolved_layers(settings: Mapping) -> dict:
    """The layers of the objective and their weights, by the names of its arguments."""
    names = ("content_layers", "style_layers")
    given = [settings.get(name) for name in names]
    layers = layers_for(settings["network"], settings["convention"], *given)
    known = layer_names(settings["network"])
    for name in (name for part in layers for name in part if name not in known):
        raise ValueError(
            f"{settings['network']} has no layer {name!r}: choose from {', '.join(known)}"
        )
    return dict(zip(names, layers, strict=True))
