"""The pictures that come with the course, and whose they are."""

import functools
import re
from pathlib import Path

from nstlib.images.sources import ImageError


def data_folder() -> Path:
    """Find the folder with the pictures that come with the course.

    Raises:
        ImageError: if it is missing.

    >>> (data_folder() / "style").is_dir()
    True
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "data", package.parent / "data"):  # installed, or a repository
        if (folder / "content").is_dir():
            return folder
    raise ImageError(f"{package / 'data'} is missing: install nstlib again.")


def examples(kind: str) -> list[str]:
    """List the names of the pictures that come with the course.

    Args:
        kind: "content" (photographs) or "style" (paintings and prints).

    Returns:
        The names in alphabetical order, for `example_path`.

    Raises:
        ImageError: if there is no such kind.

    >>> examples("content")
    ['astronaut', 'chelsea', 'china', 'coffee', 'rocket']
    """
    if kind not in ("content", "style"):
        raise ImageError(f'there are no examples of kind {kind!r}: use "content" or "style".')
    return sorted(path.stem for path in (data_folder() / kind).glob("*.jpg"))


def example_path(name: str) -> Path:
    """Give the path of a picture that comes with the course.

    Args:
        name: one of `examples("content")` or `examples("style")`.

    Raises:
        ImageError: if there is none of that name; the message lists them.

    >>> example_path("hokusai_great_wave").name
    'hokusai_great_wave.jpg'
    """
    for kind in ("content", "style"):
        if name in examples(kind):
            return data_folder() / kind / f"{name}.jpg"
    names = ", ".join(examples("content") + examples("style"))
    raise ImageError(f"there is no example picture {name!r}: choose one of {names}.")


def credit(name: str) -> str | None:
    """Who made a picture of the course, or a style that its network knows, and who may use it.

    Args:
        name: one of `examples("content")`, `examples("style")` or `nstlib.style_names()`.

    Returns a sentence to put below what was made of it, or None for a name that is none of these.

    >>> credit("hokusai_great_wave")
    'Katsushika Hokusai, Under the Wave off Kanagawa, about 1831: public domain (the work itself).'
    >>> credit("china").endswith("CC BY 2.0, https://creativecommons.org/licenses/by/2.0/.")
    True
    """
    return _credits().get(name)


@functools.cache
def _credits() -> dict[str, str]:
    """From names to credits: the rows of the tables in data/CREDITS.md and on the model card."""
    found = {}
    card = (data_folder() / "weights" / "README.md").read_text(encoding="utf-8")
    for name, work in re.findall(
        r"^\| (\w+) \| (.+, (?:about )?\d+(?: BC)?) \|$", card, flags=re.M
    ):
        found[name] = f"{work}: public domain (the work itself)."
    text = (data_folder() / "CREDITS.md").read_text(encoding="utf-8")
    licences = dict(re.findall(r"^(CC[\w .]+): <(.+?)>", text, flags=re.M))
    row = r"^\| \w+/(\w+)\.jpg \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|"
    for name, author, title, year, rights in re.findall(row, text, flags=re.M):
        when = "" if year == "undated" else f", {year}"
        where = f", {licences[rights]}" if rights in licences else ""
        found[name] = f"{author}, {title}{when}: {rights}{where}."
    return found
