"""Which layers an objective compares, and how much each layer and each style counts."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from numbers import Real

from nstlib.conventions import find_convention
from nstlib.networks import layer_names

Layers = str | Sequence[str] | Mapping[str, float]


def layers_for(
    network: str,
    convention: str = "relative",
    content_layers: Layers | None = None,
    style_layers: Layers | None = None,
) -> tuple[dict[str, float], dict[str, float]]:
    """The content and the style layers of an objective, each with its weight.

    Args:
        network: as in `layer_names`.
        convention: a name in `CONVENTIONS`.
        content_layers, style_layers: names, or a mapping from names to weights; None for the
            convention's own. One of those that the network lacks is replaced by the deepest layer
            of the same block, with a warning.

    Returns two dicts from names to weights (in `relative` their mean is 1): the layers that the
    objective's `FeatureExtractor` has to give, and what can be handed on to the objective.

    Raises:
        ValueError: unknown network or convention; no layer at all; weights that are no such thing.

    >>> layers_for("vgg19", "pytorch", style_layers={"block1_conv1": 1, "block2_conv1": 0.5})
    ({'block2_conv2': 1.0}, {'block1_conv1': 1.0, 'block2_conv1': 0.5})
    """
    published, known = find_convention(convention), layer_names(network)
    if content_layers is None:
        content_layers = [_existing(name, known, network) for name in published.content_layers]
    if style_layers is None:
        style_layers = [_existing(name, known, network) for name in published.style_layers]
    return (
        _layer_weights("content_layers", content_layers, published.relative),
        _layer_weights("style_layers", style_layers, published.relative),
    )


def _layer_weights(argument, layers, relative):
    layers = [layers] if isinstance(layers, str) else layers
    weights = dict(layers) if isinstance(layers, Mapping) else dict.fromkeys(layers, 1.0)
    if not weights:
        raise ValueError(f"{argument} names no layer: it needs at least one")
    _check_shares(argument, weights.values())
    scale = len(weights) / sum(weights.values()) if relative else 1.0
    return {name: float(weight * scale) for name, weight in weights.items()}


def _existing(name, known, network):
    if name in known:
        return name
    deepest = [other for other in known if other.startswith(name[:6])][-1]
    warnings.warn(f"{network} has no {name}: {deepest} takes its place", stacklevel=3)
    return deepest


def shares_of(styles: Sequence, style_weights: Sequence[float] | None) -> list[float]:
    """What each of several styles counts: shares that add up to 1, equal ones for None.

    >>> shares_of(["wave", "village"], [3, 1])
    [0.75, 0.25]
    """
    if not styles:
        raise ValueError("style holds no picture: give one, or a list of at least one")
    shares = [1.0] * len(styles) if style_weights is None else list(style_weights)
    if len(shares) != len(styles):
        raise ValueError(
            f"style_weights needs one share for each style picture, not {len(shares)} for "
            f"{len(styles)}"
        )
    _check_shares("style_weights", shares)
    return [share / sum(shares) for share in shares]


def _check_shares(argument, shares):
    shares = list(shares)
    usable = all(isinstance(share, Real) and 0 <= share < math.inf for share in shares)
    if not usable or not any(shares):
        raise ValueError(
            f"{argument} must be numbers of at least 0 and not all of them 0, not {shares}"
        )
