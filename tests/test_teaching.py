"""docs/teaching.md agrees with the lessons: sections, minutes, timetables, quizzes, links.

A rule takes the guide's text and yields complaints. The first test applies all rules to the guide;
the second one breaks the guide in one way each, and the rule in question has to notice.
"""

import itertools
import json
import pathlib
import re

import pytest
from guides import dead_links, rows

import build
from nstlib.check.questions import read_quizzes

ROOT = pathlib.Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "teaching.md"
MEASURED = json.loads((ROOT / "benchmarks" / "classroom.json").read_text(encoding="utf-8"))[
    "pieces"
]
HEADING = re.compile(r"^## (.+) \((\d+) minutes?\b", flags=re.M)
TIMETABLES = {"90 minutes": 90, "Half a day": 240, "A day": 480, "Six weeks": 720}
WEEK = 120


def read_lessons():
    """From "00" on: the title, and the minutes of each section by its name."""
    found = {}
    for source in sorted((ROOT / "notebooks" / "source").glob("*.py")):
        cells = build.read_lesson(source, "owner/name")
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        title = re.search(r"^# (.+)$", text, flags=re.M)[1]
        found[source.stem[:2]] = title, {name: int(n) for name, n in HEADING.findall(text)}
    return found


LESSONS = read_lessons()
QUIZZES = read_quizzes()


def part(text, heading):
    """What stands under a heading, up to the next one of its level; "" if it is missing."""
    level = heading.split()[0]
    begin = re.search(rf"^{re.escape(heading)}$", text, flags=re.M)
    rest = text[begin.end() :] if begin else ""
    return re.split(rf"^#{{1,{len(level)}}} ", rest, flags=re.M)[0]


# ---- the rules -----------------------------------------------------------------------------


def sections_of_lessons(text):
    """The table in a lesson's block has the lesson's headings, with their minutes, in order."""
    for title, sections in LESSONS.values():
        table = [(name, minutes) for name, minutes, *_ in rows(part(text, f"### {title}"))]
        if table != [(name, str(minutes)) for name, minutes in sections.items()]:
            yield f"{title}: its table is not that of its headings"


def seconds_of_sections(text):
    """How long the machine works is what `make classroom` has measured."""
    for number, (title, sections) in LESSONS.items():
        measured = MEASURED[f"seconds of {number}"]
        seconds = [measured.get(name, 0.0) for name in sections]  # a section may have no code
        wanted = [f"{s:.0f} s" if s >= 0.5 else "" for s in seconds]
        if [row[2] for row in rows(part(text, f"### {title}"))] != wanted:
            yield f"{title}: the machine takes {wanted}"
        total = f"{sum(measured.values()):.0f} s"
        table = rows(part(text, "## The day before"))
        if [row[-1] for row in table if row[0] == title] != [total]:
            yield f"{title}: all its cells take {total}"


def minutes_of_lessons(text):
    table = rows(part(text, "## The day before"))
    listed = [[row[0], row[2]] for row in table if len(row) == 4 and row[0][:2] in LESSONS]
    wanted = [[title, str(sum(sections.values()))] for title, sections in LESSONS.values()]
    if listed != wanted:
        yield "the table of lessons is not that of the lessons"
    total = sum(sum(sections.values()) for _, sections in LESSONS.values())
    if f"{total} minutes" not in text:
        yield f"all lessons together have {total} minutes"


def kept(sections, words):
    """The names that "all", "without A; B" or "only A; B" keeps, and those it names in vain."""
    if words == "all":
        return list(sections), []
    how, _, names = words.partition(" ")
    names = names.split("; ")
    unknown = [name for name in names if name not in sections]
    if how not in ("without", "only"):
        return [], [words]
    return [name for name in sections if (name in names) == (how == "only")], unknown


def timetables(text):
    """Their rows are what their sections take, and add up to what the timetable claims."""
    for heading, claimed in TIMETABLES.items():
        table = rows(part(text, f"### {heading}"))
        if not table or table[-1][-1] != f"**{claimed}**":
            yield f"{heading}: does not end with {claimed} minutes"
            continue
        if (found := sum(int(row[-1]) for row in table[:-1])) != claimed:
            yield f"{heading}: its rows add up to {found} minutes, not to {claimed}"
        for what, words, silent, minutes in table[:-1]:
            if what in LESSONS:
                sections = LESSONS[what][1]
                names, unknown = kept(sections, words)
                run = silent.split("; ") if silent else []
                unknown += [name for name in run if name not in sections or name in names]
                if unknown:
                    yield f"{heading}, {what}: {unknown}"
                if sum(sections[name] for name in names) != int(minutes):
                    yield f"{heading}, {what}: its sections do not take {minutes} minutes"
            elif what.startswith("**Week"):  # "... break 10; questions 5"
                parts = re.findall(r" (\d+)(?=;|$)", what)
                if sum(map(int, parts)) != int(minutes):
                    yield f"{heading}: {what!r} does not take {minutes} minutes"


def weeks(text):
    """Each week has its two hours."""
    table = rows(part(text, "### Six weeks"))[:-1]
    numbers = itertools.accumulate(row[0].startswith("**Week") for row in table)
    groups = itertools.groupby(zip(numbers, table, strict=True), key=lambda pair: pair[0])
    for number, group in groups:
        if (found := sum(int(row[-1]) for _, row in group)) != WEEK:
            yield f"week {number} has {found} minutes"


def misconceptions(text):
    """A choice that reveals one is wrong, of that lesson's quiz, and no question is left out."""
    for number, (title, _) in LESSONS.items():
        block = part(text, f"### {title}")
        found = re.findall(r"\b(\d\d-\d)((?:,? \([a-d]\))+)", block)
        for question, letters in found:
            for letter in re.findall(r"[a-d]", letters):
                choice = QUIZZES[question].choices.get(letter) if question in QUIZZES else None
                if choice is None or choice.right or question[:2] != number:
                    yield f"{title}: {question} ({letter}) reveals nothing"
        asked = {question for question in QUIZZES if question[:2] == number}
        if missing := sorted(asked - {question for question, _ in found}):
            yield f"{title}: what do {missing} reveal?"


def links(text):
    return dead_links(text, GUIDE)


RULES = (
    sections_of_lessons,
    seconds_of_sections,
    minutes_of_lessons,
    timetables,
    weeks,
    misconceptions,
    links,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_guide_agrees_with_the_lessons(rule):
    assert list(rule(GUIDE.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (sections_of_lessons, "| Cat or negative? | 5 |", "| Cat or negative? | 6 |"),
        (sections_of_lessons, "| Four walkers |", "| Five walkers |"),
        (sections_of_lessons, "### 05 Texture", "### 05 Textures"),
        (seconds_of_sections, " s | ", " min | "),
        (minutes_of_lessons, "| 25 | ", "| 24 | "),
        (minutes_of_lessons, "480 minutes", "500 minutes"),
        (timetables, "| Arrive, open lesson 00 | | | 5 |", "| Arrive, open lesson 00 | | | 6 |"),
        (timetables, "| 00 | all | | 25 |", "| 00 | all but the quiz | | 25 |"),
        (timetables, "without Two styles in one |", "without Two styles |"),
        (timetables, "Is a painting a valley? | 31 |", "The duel | 31 |"),
        (timetables, "**90**", "**95**"),
        (timetables, "break 10; questions 10 | | | 30 |", "break 5; questions 10 | | | 30 |"),
        (weeks, "| 10 | all | | 50 |", "| 10 | all | | 45 |"),
        (misconceptions, "00-1 (a)", "00-1 (b)"),
        (misconceptions, "10-3 (c)", "10-3 (d)"),
        (misconceptions, "00-3 (a), (b)", "00-2 (b)"),
        (links, "(../data/CREDITS.md)", "(../data/CREDIT.md)"),
        (links, "(#final-project)", "(#the-final-project)"),
    ],
)
def test_rule_notices(rule, old, new):
    text = GUIDE.read_text(encoding="utf-8")
    assert old in text, "the guide has changed: break it in another way"
    assert list(rule(text.replace(old, new)))
