"""The pictures that come with the course."""

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
