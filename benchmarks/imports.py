"""Which of the repository's files a file of Python imports: read from its code, nothing is run."""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterable

HERE = pathlib.Path(__file__).resolve().parent
FOLDERS = (HERE, HERE.parent)  # where the modules of the benchmarks and the package nstlib lie


def imports(path: pathlib.Path, folders: Iterable[pathlib.Path] = FOLDERS) -> set[pathlib.Path]:
    """The files that a file imports anywhere in it, of those below the folders.

    Of `from nstlib import Objective` that is the file in which `Objective` is, not the package's
    `__init__`, which only hands it on.
    """
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {_module(alias.name, folders) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}: relative imports are not followed, name the package")
            found |= {_holder(node.module, alias.name, folders) for alias in node.names}
    return found - {None, path}


def reached(path: pathlib.Path, folders: Iterable[pathlib.Path] = FOLDERS) -> set[pathlib.Path]:
    """A file with all that it imports, that these import, and so on."""
    found, new = set(), {path}
    while new:
        found |= new
        new = set().union(*(imports(one, folders) for one in new)) - found
    return found


def _module(name: str, folders: Iterable[pathlib.Path]) -> pathlib.Path | None:
    """The file of a module or package; None if it is none of ours."""
    for folder in folders:
        stem = folder.joinpath(*name.split("."))
        for path in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py"):
            if path.is_file():
                return path
    return None


def _holder(module: str, name: str, folders: Iterable[pathlib.Path]) -> pathlib.Path | None:
    """The file of `from module import name`: a module, or where a package has the name from."""
    path = _module(f"{module}.{name}", folders) or _module(module, folders)
    if path and path.name == "__init__.py":
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if name == (alias.asname or alias.name):
                        return _holder(node.module, alias.name, folders) or path
    return path
