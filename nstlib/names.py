"""The one sentence for a name that does not exist, and what an argument is that nobody names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any


def check_name(what: str, name: object, names: Iterable[str]) -> str:
    """One of some names, or a ValueError that lists them.

    >>> check_name("pooling", "median", ["max", "average"])
    Traceback (most recent call last):
    ValueError: unknown pooling 'median': choose one of max, average
    """
    names = list(names)
    if not isinstance(name, str) or name not in names:
        raise ValueError(f"unknown {what} {name!r}: choose one of {', '.join(names)}")
    return name


def defaults_of(function: Callable) -> dict[str, Any]:
    """What a function takes for each argument that is not given.

    >>> defaults_of(check_name), defaults_of(lambda x, steps=9: x)
    ({}, {'steps': 9})
    """
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}
