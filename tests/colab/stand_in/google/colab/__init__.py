"""Stands in for the module that only Colab has, with the part of it that the lessons reach."""

from google.colab import files

__all__ = ["files"]


def load_ipython_extension(ipython) -> None:
    """Colab's kernel loads its module as an extension, so that it is there before any cell."""
