"""Put what was planned and measured into the guides: `make guides`.

Between `<!--= NAME -->` and `<!--/-->`, the guides have what this script writes there: minutes from
the lessons' headings, seconds and megabytes from benchmarks/classroom.json. A name is that of a
table below, or says where a number stands among the "pieces" of classroom.json, such as
`server / rss`. Words of our own in a table (what happens in a section, which sections a timetable
leaves out) stay.

A line must not begin with a place in the middle of a paragraph: Markdown would end it there.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[1]
MEASURED = ROOT / "benchmarks" / "classroom.json"
PLACE = re.compile(r"<!--= (?P<name>.+?) -->(?P<old>.*?)<!--/-->", flags=re.S)
TIMETABLES = {"90 minutes": 90, "half a day": 240, "a day": 480, "twelve weeks": 1440}
WEEK = 120  # minutes in each week of the longest one

Places = Mapping[str, str | Callable[[str], str]]


class GuideError(Exception):
    """What a guide says and what the lessons are do not go together: one sentence on what to do."""


class Lesson(NamedTuple):
    """A lesson's title, its file's name, and from its sections to their minutes.

    `computes` are the sections that have a cell of code.
    """

    title: str
    stem: str
    sections: dict[str, int]
    computes: set[str]


def read_lesson(source: pathlib.Path) -> Lesson:
    """What the headings of notebooks/source/NN_topic.py say; what is optional has no minutes."""
    text = source.read_text(encoding="utf-8")
    sections, computes, section = {}, set(), None
    for cell in re.split(r"^# %%", text, flags=re.M):
        if not cell.startswith(" [markdown]"):
            computes.add(section)
        elif heading := re.search(r"^# ## (.+?)(?: \((\d+) minutes?\b.*)?$", cell, flags=re.M):
            section = heading[1] if heading[2] else None
            if section:
                sections[section] = int(heading[2])
    title = re.search(r"^# # (.+)$", text, flags=re.M)[1]
    return Lesson(title, source.stem, sections, computes)


def filled(text: str, places: Places, measured: dict) -> str:
    """A guide's text with everything between its marks as it should be.

    Args:
        text: of the guide.
        places: by name what belongs there, or a function that makes it of what is there.
        measured: where to look up the other names, such as "server / rss".

    Raises:
        GuideError: Nothing is known of a place, or one of `places` is not in the text.

    >>> filled("It takes <!--= a / b -->2<!--/--> s.", {}, {"a": {"b": 29.7}})
    'It takes <!--= a / b -->30<!--/--> s.'
    """
    used = set()

    def fill(match: re.Match) -> str:
        name, old = match["name"], match["old"]
        used.add(name)
        new = places[name] if name in places else looked_up(name, measured)
        return f"<!--= {name} -->{new(old) if callable(new) else new}<!--/-->"

    text = PLACE.sub(fill, text)
    if missing := sorted(places.keys() - used):
        raise GuideError(f"there is no place for {missing[0]!r}")
    return text


def looked_up(name: str, measured: dict) -> str:
    """What stands at a path in nested dictionaries: a text, or a number in a few digits."""
    found = measured
    for key in name.split(" / "):
        if not isinstance(found, dict) or key not in found:
            raise GuideError(f"nothing is known of the place {name!r}: {key!r} is not measured")
        found = found[key]
    return found if isinstance(found, str) else f"{found:.0f}" if found >= 10 else f"{found:.2g}"


def rows(text: str) -> list[list[str]]:
    """The cells of the Markdown table in a text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def table(head: list[str], body: list[list[str]]) -> str:
    """A Markdown table, with an empty line before and after it."""

    def line(row: list[str]) -> str:
        return "|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|"

    lines = [line(head), "|" + "---|" * len(head), *map(line, body)]
    return "\n\n" + "\n".join(lines) + "\n\n"


# ---- teaching.md -------------------------------------------------------------------------------


def teaching_places(lessons: dict[str, Lesson], pieces: dict) -> Places:
    """Args: the lessons by number, and the measurements of classroom.json."""
    overview = []
    for number, lesson in lessons.items():
        seconds = pieces.get(f"seconds of {number}", {})
        unknown = [name for name in seconds if name and name not in lesson.sections]
        unmeasured = [name for name in lesson.sections if name in lesson.computes - seconds.keys()]
        if wrong := unknown + unmeasured:
            raise GuideError(
                f"lesson {number} has changed since it was measured, see {wrong[0]!r}: "
                f"make classroom CLASSROOM_ARGS=\"--only 'seconds of {number}'\""
            )
        file = f"{lesson.stem}.ipynb"
        links = f"[student](../notebooks/{file}), [instructor](../notebooks/instructor/{file})"
        minutes, machine = sum(lesson.sections.values()), f"{sum(seconds.values()):.0f} s"
        overview.append([lesson.title, links, str(minutes), machine])
    return {
        "number of lessons": str(len(lessons)),
        "planned minutes": str(sum(int(row[2]) for row in overview)),
        "lessons": table(["Lesson", "Notebooks", "Planned minutes", "Machine"], overview),
        **{f"timetable of {name}": timetable(name, lessons) for name in TIMETABLES},
        **{
            f"sections of {number}": sections(lesson, pieces[f"seconds of {number}"])
            for number, lesson in lessons.items()
        },
    }


def sections(lesson: Lesson, seconds: dict[str, float]) -> Callable[[str], str]:
    """The table of a lesson's sections; the last column stays."""

    def fill(old: str) -> str:
        happens = {row[0]: row[-1] for row in rows(old)}
        if gone := [name for name in happens if name not in lesson.sections]:
            raise GuideError(f"{lesson.title} has no section {gone[0]!r}: rename or delete its row")
        body = []
        for name, minutes in lesson.sections.items():
            machine = seconds.get(name, 0.0)
            shown = f"{machine:.0f} s" if machine >= 0.5 else ""
            body.append([name, str(minutes), shown, happens.get(name, "")])
        return table(["Section", "Minutes", "Machine", "What happens"], body)

    return fill


def kept(lesson: Lesson, words: str, silent: str) -> int:
    """Minutes of the sections that "all", "without A; B" or "only A; B" keeps.

    `silent` are those whose cells run although they are left out.
    """
    how, _, listed = words.partition(" ")
    named = listed.split("; ") if listed else []
    if how not in ("all", "without", "only") or (how == "all") != (not named):
        raise GuideError(f'"all", "without A; B" or "only A; B" is what a row may say, not {words}')
    chosen = [name for name in lesson.sections if (name in named) == (how == "only")]
    left_out = [name for name in lesson.sections if name not in chosen]
    run = silent.split("; ") if silent else []
    unknown = [name for name in named if name not in lesson.sections]
    if wrong := unknown + [name for name in run if name not in left_out]:
        raise GuideError(f"{lesson.title} has no section {wrong[0]!r}, or it is not left out")
    return sum(lesson.sections[name] for name in chosen)


def timetable(name: str, lessons: dict[str, Lesson]) -> Callable[[str], str]:
    """A timetable with the minutes of its lessons, and of its weeks ("break 10; closing 10")."""

    def fill(old: str) -> str:
        body, weeks = [], {}
        for what, words, silent, minutes in rows(old)[:-1]:
            if what in lessons:
                minutes = kept(lessons[what], words, silent)
            elif week := re.match(r"\*\*(Week \d+)\.", what):
                minutes = sum(map(int, re.findall(r" (\d+)(?=;|$)", what)))
                weeks[week[1]] = 0
            body.append([what, words, silent, str(minutes)])
            if weeks:
                weeks[list(weeks)[-1]] += int(minutes)
        total = sum(int(row[-1]) for row in body)
        found = {name: (total, TIMETABLES[name])} | {w: (n, WEEK) for w, n in weeks.items()}
        for part, (together, planned) in found.items():
            if together != planned:
                raise GuideError(
                    f"the timetable of {part} adds up to {together} minutes, not to {planned}: "
                    "change what it leaves out"
                )
        body.append(["**Together**", "", "", f"**{total}**"])
        return table(["", "Sections", "Run, do not discuss", "Minutes"], body)

    return fill


# ---- deploying.md and CLASSROOM.md -------------------------------------------------------------


def crowds(pieces: dict) -> dict[str, dict]:
    """The measurements of lesson 00 by one or many, by name."""
    return {name: one for name, one in pieces.items() if " at once" in name or " in two" in name}


def waiting(one: dict, which: str) -> str:
    """Seconds from the press on the button to the first painting: "median" or "most"."""
    return f"{one['seconds']['wait for the painting'][which]:.0f} s"


def together(one: dict) -> str:
    """Memory of all kernels of a crowd at its peak."""
    return f"{one['peak pss together'] / 1024:.1f} GB"


def deploying_places(numbers: list[str], pieces: dict) -> Places:
    """Args: the lessons' numbers, and the measurements of classroom.json."""
    costs = []
    for number in numbers:
        one = pieces["1 at once" if number == "00" else f"lesson {number}"]
        most = max(one["peak with children"], one["peak rss"]["most"])
        costs.append([number, f"{most:.0f} MB", f"{one['after']['rss']['median']:.0f} MB"])
    body = [
        [
            name,
            waiting(one, "median"),
            waiting(one, "most"),
            f"{one['until the last']:.0f} s",
            together(one),
        ]
        for name, one in crowds(pieces).items()
    ]
    head = ["Kernels", "Median wait", "Longest wait", "Until the last has finished"]
    return {
        "lessons": table(["Lesson", "At its peak", "At its end"], costs),
        "crowds": table([*head, "Memory together"], body),
    }


def classroom_places(machine: dict, pieces: dict) -> Places:
    """Args: the machine, or machines, and the measurements of classroom.json."""

    def both(one, moment):
        found = one["seconds"][moment]
        values = [found["median"]] if one["kernels"] == 1 else [found["median"], found["most"]]
        return "; ".join(f"{seconds:.0f} s" for seconds in values)

    body = [
        [
            name,
            *(both(one, m) for m in ("nstlib imported", "wait for the painting", "finished")),
            f"{one['until the last']:.0f} s",
            f"{one['busy percent']:.0f} %",
            f"{one['cpu seconds']['median']:.0f} s",
            f"{one['threads']['median']:.0f}",
            f"{one['peak rss']['most']:.0f} MB",
            together(one),
        ]
        for name, one in crowds(pieces).items()
    ]
    head = ["kernels", "imported", "wait for the painting", "finished", "the last one", "CPU"]
    head += ["processor time each", "threads each", "peak RSS each", "PSS together"]
    allocator = {"nothing set": pieces["1 at once"]}
    allocator |= {name[3:]: one for name, one in pieces.items() if name.startswith("1, MALLOC")}
    memory = [
        [name, f"{one['peak rss']['median']:.0f} MB", f"{one['after']['rss']['median']:.0f} MB"]
        for name, one in allocator.items()
    ]
    cores = [
        [name, f"{one['TensorFlow']:.1f}", f"{one['NumPy']:.1f}", f"{one['threads']}"]
        for name, one in pieces["variables"].items()
    ]
    return {
        "machine": table(["", ""], [[name, value] for name, value in machine.items()]),
        "crowds": table(head, body),
        "allocator": table(["variable", "peak RSS", "RSS at the end"], memory),
        "variables": table(["variable", "cores in TensorFlow", "cores in NumPy", "threads"], cores),
    }


def guides() -> dict[pathlib.Path, str]:
    """The guides as they should be, by path."""
    sources = sorted((ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
    lessons = {source.stem[:2]: read_lesson(source) for source in sources}
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    machine, pieces = dict(measured["machine"]), measured["pieces"]
    for name, other in measured.get("elsewhere", {}).items():
        machine[f"but {name}"] = ", ".join(other.values())
    coarse_to_fine = (ROOT / "benchmarks" / "coarse_to_fine_table.md").read_text(encoding="utf-8")
    places = {
        "docs/engine.md": lambda: {"coarse to fine": f"\n\n{coarse_to_fine}\n"},
        "docs/teaching.md": lambda: teaching_places(lessons, pieces),
        "docs/deploying.md": lambda: deploying_places(list(lessons), pieces),
        "benchmarks/CLASSROOM.md": lambda: classroom_places(machine, pieces),
    }
    found = {}
    for name, make in places.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        try:
            found[ROOT / name] = filled(text, make(), {"machine": machine} | pieces)
        except KeyError as error:
            raise GuideError(f"{name}: {error} is not measured: make classroom") from None
        except GuideError as error:
            raise GuideError(f"{name}: {error}") from None
    return found


def main() -> int:
    try:
        found = guides()
    except GuideError as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in found.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
