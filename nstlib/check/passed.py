"""What a student has passed: remembered, kept in a file of their own, and drawn as a table.

In a notebook with somebody in front of it, names of passed exercises and quiz questions go into
nst-progress.json in its folder, in Colab into the student's Drive once that is mounted. Elsewhere,
as in a test or where a notebook is built, no file is read or written. Nothing is sent anywhere.

Several notebooks may share the file: each adds what it knows and takes nothing away, and whatever
two that write in the same moment lose is added again with the next answer.
"""

from __future__ import annotations

import html
import json
import os
import pathlib
import secrets
import stat
import sys
from collections.abc import Collection, Mapping
from typing import Any

import IPython.display

from nstlib.notebook import is_headless


def _folder() -> pathlib.Path:
    """The folder we are in; where it was deleted under us, whichever we go to next."""
    try:
        return pathlib.Path.cwd()
    except OSError:
        return pathlib.Path()


NAME = "nst-progress.json"
HERE = _folder()  # the notebook's, even when it later goes to another one
DRIVE = pathlib.Path("/content/drive/MyDrive")  # in Colab, once it is mounted

KEPT = f"Kept in {NAME}, beside this notebook, and sent nowhere."
KEPT_IN_DRIVE = f"Kept in {NAME}, in your Drive, and sent nowhere else."
KEPT_IN_COLAB = (
    "Kept on this Colab machine, which is taken back some time after you leave. To keep it longer, "
    "mount your Drive: the folder symbol at the left, then the one with Drive's triangle."
)
NOT_WRITTEN = f"{NAME} cannot be written here: this is remembered until the kernel stops."
NOT_READ = (
    f"{NAME} cannot be read and stays as it is: what you pass is remembered until the kernel "
    "stops. Delete the file to begin a new one."
)

# Names of what was passed in this session, or read from the file meanwhile: passed stays passed.
_known: set[str] = set()


def remember(name: str) -> None:
    """Keep that an exercise, such as "gram_matrix", or a quiz question, such as "04-1", is passed.

    It never raises: where the file cannot be kept, `look_up` says so.
    """
    _known.add(name)
    look_up()


def look_up() -> tuple[set[str], str]:
    """The names of all that is passed, now or earlier, and a sentence on where they are kept."""
    if is_headless():
        return set(_known), ""
    in_colab = "google.colab" in sys.modules
    in_drive = in_colab and DRIVE.is_dir()
    path = (DRIVE if in_drive else HERE) / NAME
    try:
        content = _read(path)
    except (OSError, ValueError, RecursionError):  # the last one of a file of brackets
        return set(_known), NOT_READ
    stored = set(content["passed"])
    new = _known - stored
    _known.update(stored)
    if new:
        try:
            _write(path, {**content, "passed": sorted(_known)})
        except OSError:
            return set(_known), NOT_WRITTEN
    kept = KEPT_IN_DRIVE if in_drive else KEPT_IN_COLAB if in_colab else KEPT
    return set(_known), kept if _known else ""


def _read(path: pathlib.Path) -> dict[str, Any]:
    """What is in a file, its names under "passed".

    Raises:
        ValueError: this is not what `_write` has written.
    """
    if not path.exists():
        return {"passed": []}
    if not path.is_file():  # reading a pipe might never end
        raise ValueError(f"{path} is no ordinary file")
    content = json.loads(path.read_text(encoding="utf-8-sig"))  # some editors put a mark first
    names = content.get("passed") if isinstance(content, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{path} has no list of names")
    return content


def _write(path: pathlib.Path, content: Mapping[str, Any]) -> None:
    """Write the file as a whole: another notebook that reads it finds the old one or the new.

    Of a link, what it leads to is written.

    Raises:
        OSError: it cannot be written, or it is locked.
    """
    path = pathlib.Path(os.path.realpath(path))
    if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
        raise PermissionError(f"{path} is locked")  # a folder that is not would let it be replaced
    part = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
    try:
        part.write_text(json.dumps(content, indent=1), encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


# ---- the table -----------------------------------------------------------------------------------

# The page's own colours, so that it can be read on light and dark ones; a mark beside each colour.
# JupyterLab would put all of it to the right.
STYLE = """\
table.nst-progress {border-collapse: collapse; margin: 0}
table.nst-progress caption {caption-side: top; text-align: left; font-weight: bold; color: inherit}
table.nst-progress tr > * {text-align: left !important; vertical-align: baseline;
  padding: 3px 16px 3px 4px}
table.nst-progress td:nth-child(2) {white-space: nowrap}
.nst-progress .item {display: inline-block; margin: 1px 0; padding: 0 7px; border: 1px dashed;
  border-radius: 9px; white-space: nowrap}
.nst-progress .passed {border-style: solid; background: rgba(0, 158, 115, 0.22)}
.nst-progress .next {border: 2px solid; font-weight: bold}"""
# On the page, and in a text that any terminal can print.
MARKS = {"passed": ("✓", "[x]"), "next": ("▸", "[>]"), "not yet": ("○", "[ ]")}


class Table(IPython.display.HTML):
    """HTML that is a text where no HTML is read."""

    def __init__(self, page: str, text: str):
        super().__init__(page)
        self._text = text

    def __repr__(self) -> str:
        return self._text


def draw(
    lessons: Mapping[str, Mapping[str, str]],
    titles: Mapping[str, str],
    known: Collection[str],
    note: str = "",
) -> Table:
    """What is passed of all lessons, and what is next, as a table.

    Args:
        lessons: for each lesson, such as "04", its exercises and questions in their order: from the
            name to what is written.
        titles: of the lessons.
        known: the names of those that are passed.
        note: a sentence below.

    >>> lessons = {"00": {"paint": "paint", "00-1": "quiz 1", "00-2": "quiz 2"}}
    >>> draw(lessons, {"00": "First painting"}, {"paint"})
    1 of 3 passed. Next: quiz 1, in lesson 00.
    00 First painting: 1 of 3
        [x] paint  [>] quiz 1  [ ] quiz 2
    """
    names = [name for items in lessons.values() for name in items]
    summary = f"{len(set(known) & set(names))} of {len(names)} passed."
    coming = _next(lessons, known)
    if coming:
        lesson = next(number for number, items in lessons.items() if coming in items)
        summary += f" Next: {lessons[lesson][coming]}, in lesson {lesson}."
    rows, lines = [], [summary]
    for lesson, items in lessons.items():
        title = f"{lesson} {titles.get(lesson, '')}".strip()
        count = f"{len(set(known) & set(items))} of {len(items)}"
        states = {
            name: "passed" if name in known else "next" if name == coming else "not yet"
            for name in items
        }
        chips = "".join(_chip(items[name], state) for name, state in states.items())
        rows.append(
            f'<tr><th scope="row">{html.escape(title)}</th><td>{count}</td><td>{chips}</td></tr>'
        )
        marked = "  ".join(f"{MARKS[state][1]} {items[name]}" for name, state in states.items())
        lines += [f"{title}: {count}", f"    {marked}"]
    head = "".join(
        f'<th scope="col">{name}</th>' for name in ("Lesson", "Passed", "Exercises and quiz")
    )
    page = (
        f'<style>{STYLE}</style><table class="nst-progress"><caption>{summary}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    if note:
        page += f"<p>{note}</p>"
        lines.append(note)
    return Table(page, "\n".join(lines))


def _next(lessons: Mapping[str, Collection[str]], known: Collection[str]) -> str | None:
    """The first that is open from the last lesson on that was begun, or else the first of all."""
    last = max((number for number, items in lessons.items() if set(items) & set(known)), default="")
    from_there = [name for number, items in lessons.items() if number >= last for name in items]
    everything = [name for items in lessons.values() for name in items]
    return next((name for name in [*from_there, *everything] if name not in known), None)


def _chip(text: str, state: str) -> str:
    mark = f'<span role="img" aria-label="{state}:">{MARKS[state][0]}</span>'
    return f'<span class="item {state.replace(" ", "-")}">{mark} {html.escape(text)}</span> '
