"""Whether somebody sits in front of this notebook."""

from __future__ import annotations

import os
import sys

from IPython import get_ipython


def is_headless() -> bool:
    """Whether nobody can press a button: the notebook is run by a tool, or there is no notebook.

    The environment variable NST_HEADLESS says so, or with 0 that there is somebody. Without it, a
    tool such as `nbconvert --execute` is known by its cells: no one could answer their `input()`.
    Colab is never taken for a tool.
    """
    said = os.environ.get("NST_HEADLESS")
    if said:
        return said != "0"
    shell = get_ipython()
    if not hasattr(shell, "kernel"):
        return True
    # Of a slider that was moved the message says nothing about it: then there is somebody.
    request: dict = getattr(shell.kernel, "get_parent", dict)()
    asked = request.get("content", {}).get("allow_stdin")
    return asked is False and "google.colab" not in sys.modules
