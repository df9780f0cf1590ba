"""What the lessons' figures show, kept where a reader does not see it before the figure.

A title states the finding, and an alternative text tells it. Written in the cell that is about to
be run, both would give a prediction away: so they stand in `lessons/NN.toml`, by the figure's name.
"""

from __future__ import annotations

import functools
import pathlib
import tomllib

FOLDER = pathlib.Path(__file__).with_name("lessons")


def finding(figure: str, **values: object) -> dict[str, str | list[str]]:
    """The title and the alternative text of a lesson's figure, as arguments of what shows it.

    Args:
        figure: the number of the lesson and the name of the figure, such as "04-shuffled".
        values: what stands for `{name}` in them, where a text says what was computed.

    Returns "title" and "alt": a text, or a list with one for each picture.

    Raises:
        ValueError: if there is no such figure, or a value is missing.

    >>> finding("04-game", colours=2, best="block4_conv1", matched=9)["title"]
    'Colours match 2 of 11 halves, block4_conv1 matches 9'
    """
    number, _, name = figure.partition("-")
    texts = read_findings().get(number, {}).get(name)
    if texts is None:
        raise ValueError(f"there is no figure {figure!r}: see the names in {FOLDER}")
    try:
        return {kind: _filled(text, values) for kind, text in texts.items()}
    except KeyError as error:
        raise ValueError(f"the texts of figure {figure!r} need a value for {error}") from None


def _filled(text: str | list[str], values: dict[str, object]) -> str | list[str]:
    if isinstance(text, list):
        return [part.format_map(values) for part in text]
    return text.format_map(values)


@functools.cache
def read_findings() -> dict[str, dict[str, dict[str, str | list[str]]]]:
    """From lessons' numbers to their figures' names, and from these to title and alt."""
    files = sorted(FOLDER.glob("*.toml"))
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in files}
