"""The one sentence for a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable


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
