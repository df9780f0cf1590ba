"""docs/teaching.md and docs/deploying.md hold what was planned and measured; no link is dead."""

import doctest
import pathlib
import re

import pytest
from guides import dead_links

from nstlib.check.questions import read_quizzes
from nstlib.engine.settings import Settings

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(DOCS)
    import fill_guides
    from fill_guides import GuideError, Lesson, filled


def test_guides_hold_what_was_planned_and_measured():
    for path, text in fill_guides.guides().items():
        assert text == path.read_text(encoding="utf-8"), f"{path.name} is old: make guides"


@pytest.mark.parametrize("name", ["90 minutes", "half a day", "a day"])
def test_nobody_sits_for_two_hours(name):
    """From break to break at most 105 minutes."""
    text = (DOCS / "teaching.md").read_text(encoding="utf-8")
    (table,) = (
        m["old"] for m in fill_guides.PLACE.finditer(text) if name in m["name"].split("of ")
    )
    stretches = [0]
    for what, *_, minutes in fill_guides.rows(table)[:-1]:
        if what in ("Break", "Lunch"):
            stretches.append(0)
        else:
            stretches[-1] += int(minutes)
    assert max(stretches) <= 105 and len(stretches) == {"90": 1, "half": 3, "a": 5}[name.split()[0]]


@pytest.fixture
def lessons():
    sections = {"Setup": 1, "Gram matrices": 6, "Quiz": 3}
    return {"04": Lesson("04 Grams", "04_grams", sections, {"Setup", "Gram matrices"})}


PIECES = {"seconds of 04": {"Setup": 3.4, "Gram matrices": 12.6, "Quiz": 0.1}}
SECTIONS = """\
| Section | Minutes | Machine | What happens |
|---|---|---|---|
| Setup | 9 | | library found |
| Gram matrices | 9 | 9 s | *predict: what is forgotten?* |
"""
WEEKS = """\
| | Sections | Run, do not discuss | Minutes |
|---|---|---|---|
| **Week 1.** Arrive 50; questions 63 | | | 0 |
| 04 | without Quiz | Quiz | 0 |
| **Together** | | | **0** |
"""


def test_a_table_gets_numbers_and_keeps_words(lessons):
    sections = fill_guides.sections(lessons["04"], PIECES["seconds of 04"])(SECTIONS)
    assert fill_guides.rows(sections) == [
        ["Setup", "1", "3 s", "library found"],
        ["Gram matrices", "6", "13 s", "*predict: what is forgotten?*"],
        ["Quiz", "3", "", ""],
    ]


def test_a_timetable_adds_up_what_it_keeps(lessons, monkeypatch):
    monkeypatch.setitem(fill_guides.TIMETABLES, "twelve weeks", 120)
    made = fill_guides.timetable("twelve weeks", lessons)(WEEKS)
    assert [row[-1] for row in fill_guides.rows(made)] == ["113", "7", "**120**"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("questions 63", "questions 62", "twelve weeks adds up to 119 minutes, not to 120"),
        (
            "| 0 |\n| 04",
            "| 0 |\n| Rest | | | 0 |\n| **Week 2.** Talk 0 | | | 0 |\n| 04",
            "of Week 1 adds",
        ),
        ("without Quiz", "without Test", "has no section 'Test'"),
        ("| Quiz |", "| Setup |", "'Setup', or it is not left out"),
        ("without Quiz", "all but Quiz", "is what a row may say"),
    ],
)
def test_a_timetable_that_cannot_be_kept_is_refused(lessons, monkeypatch, old, new, words):
    monkeypatch.setitem(fill_guides.TIMETABLES, "twelve weeks", 120)
    assert old in WEEKS
    with pytest.raises(GuideError, match=words):
        fill_guides.timetable("twelve weeks", lessons)(WEEKS.replace(old, new))


def test_what_the_lessons_no_longer_have_is_noticed(lessons):
    with pytest.raises(GuideError, match="04 Grams has no section 'Gram'"):
        fill_guides.sections(lessons["04"], {})(SECTIONS.replace("Gram matrices", "Gram"))
    renamed = {"seconds of 04": {"Setup": 3.4, "Grams": 12.6}}
    for pieces in (renamed, {"seconds of 04": {"Setup": 3.4}}, {}):
        with pytest.raises(GuideError, match="make classroom CLASSROOM_ARGS=.*'seconds of 04'"):
            fill_guides.teaching_places(lessons, pieces)


def test_the_docstring_tells_the_truth():
    assert doctest.testmod(fill_guides).failed == 0


def test_an_unknown_place_and_a_missing_one_are_refused():
    for name in ("sever / rss", "server / rs", "server / rss / most"):
        with pytest.raises(GuideError, match=f"nothing is known of the place '{name}'"):
            filled(f"It takes <!--= {name} -->90<!--/--> MB.", {}, {"server": {"rss": 90.1}})
    with pytest.raises(GuideError, match="no place for 'lessons'"):
        filled("No place.", {"lessons": "11"}, {})


# ---- what a choice reveals, and links ------------------------------------------------------------


def test_a_choice_that_reveals_a_misconception_is_a_wrong_one_and_no_question_is_left_out():
    """Whoever chooses what teaching.md names, such as 04-1 (b), has the misconception."""
    text, quizzes = (DOCS / "teaching.md").read_text(encoding="utf-8"), read_quizzes()
    for number, block in re.findall(r"^### (\d\d) .+\n((?:(?!##).*\n)*)", text, flags=re.M):
        found = re.findall(r"\b(\d\d-\d)((?:,? \([a-d]\))+)", block)
        for question, letters in found:
            assert question[:2] == number
            for letter in re.findall(r"[a-d]", letters):
                assert not quizzes[question].choices[letter].right, f"{question} ({letter})"
        assert {name for name, _ in found} == {name for name in quizzes if name[:2] == number}


def test_a_dead_link_is_noticed(tmp_path):
    guide = tmp_path / "guide.md"
    (tmp_path / "other.md").write_text("# What a Gram matrix, by hand, forgets\n")
    good = "[a](other.md) [b](other.md#what-a-gram-matrix-by-hand-forgets) [c](#here)\n\n## Here"
    assert list(dead_links(good, guide)) == []
    for bad in ("another.md", "other.md#what-a-gram-matrix-forgets", "#there"):
        assert len(list(dead_links(f"[d]({bad}) {good}", guide))) == 1


def test_the_gallery_is_painted_with_settings_that_there_are():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        from make_gallery import PAIRS
    for pair in PAIRS.values():
        Settings.of(pair.settings)
