"""Slides from a small lesson: what is shown, and what is in the notes.

tests/browser opens the decks of the real lessons, and sees that they fit; here nothing is fetched.
"""

import base64
import io
import itertools
import json
import pathlib
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from PIL import Image

import build
import make_slides
import web

ROOT = pathlib.Path(__file__).resolve().parents[1]
LESSONS = web.lessons()


def data_address(width=300, height=200):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, format="png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


PICTURE = data_address()


def metadata(tags, slide):
    kind = "slide" if slide is True else slide
    return {"tags": list(tags)} | ({"slideshow": {"slide_type": kind}} if kind else {})


def text(source, *tags, slide=None):
    return nbformat.v4.new_markdown_cell(source, metadata=metadata(tags, slide))


def code(source, *tags, printed="", shows="", slide=None):
    outputs = []
    if printed:
        outputs.append(nbformat.v4.new_output("stream", text=printed))
    if shows:
        data = {"text/html": shows, "text/plain": "<IPython.core.display.HTML object>"}
        outputs.append(nbformat.v4.new_output("display_data", data))
    return nbformat.v4.new_code_cell(
        source, metadata=metadata(tags, slide), outputs=outputs, execution_count=7
    )


def figure(title="It is teal", caption="a colour"):
    return (
        f'<figure><figcaption style="font-weight:bold">{title}</figcaption><div><figure>'
        f'<img alt="A teal square" src="{PICTURE}"><figcaption>{caption}</figcaption>'
        "</figure></div></figure>"
    )


OPENING = f"""# 42 A small lesson

[Open in Colab](https://example.org)

![Something teal]({PICTURE})

This is what you will make."""
PROMISES = "## What you will be able to do\n\n1. **Do** it.\n2. **Say** it."
STUB = code('def count(n):\n    """As many."""\n    ...', "exercise")
EMPTY = code('check.quiz("42-1", "")', "exercise")
TWO = code("show_two()", shows=figure("The first"))
TWO.outputs += code("", shows=figure("The second")).outputs
LESSON = [
    text(OPENING, slide=True),
    text(PROMISES, slide=True),
    text("**For the instructor.** Let them vote.", "instructor"),
    text("## Setup (1 minute)\n\nThis cell finds the library."),
    code("import nstlib", printed="found"),
    text("## Colours (3 minutes)\n\nThere are many, as $c < 3$ says.", slide=True),
    code("nothing = shown"),
    text("Nobody reads this aloud."),
    text("**Predict.** Which colour is it?", slide="subslide"),
    code("show(image)", shows=figure()),
    text("**Explain.** It is teal.", slide="subslide"),
    text("And six times seven?"),
    code("print(6 * 7)", printed="42\n"),
    text("Move it."),
    code("live(paint)", shows=figure("It moves")),
    code("both()"),
    text("**Predict.** Which is which?", slide="subslide"),
    TWO,
    code("noise()", printed="too much", slide="skip"),
    text("## Exercise: count (2 minutes)\n\nComplete the function.", slide=True),
    STUB,
    code("def count(n):\n    return n + 1", "solution"),
    code("verdict = check.count(count)", printed="All passed.\n"),
    text("## Quiz\n\n**1.** Which? (a) this one, (b) that one.", slide=True),
    EMPTY,
    code('check.quiz("42-1", "b")', "solution", printed="right    That one it is.\n"),
    text("## Key points\n\n1. **Teal.**\n\n## References\n\n- Nobody, 1890.", slide=True),
]


class Slide:
    """A slide of the page that nbconvert made, read as a browser does."""

    def __init__(self, section):
        self.notes = " ".join(part.extract().get_text() for part in section.select(".notes"))
        self.page, self.text = section, " ".join(section.get_text().split())
        self.title = section.find(re.compile("^h[1-6]$")).get_text().strip()


def slides(cells=LESSON, notes=None):
    cells = [nbformat.from_dict(json.loads(json.dumps(cell))) for cell in cells]
    page = make_slides.deck_html(make_slides.deck(cells, notes), "42 A small lesson")
    return [Slide(page) for page in BeautifulSoup(page, "html.parser").select("section > section")]


def titled(title):
    return [slide for slide in slides() if slide.title == title]


# ---- the slides of the small lesson ---------------------------------------------------------


def test_every_cell_goes_where_its_slide_type_says():
    assert [(slide.page.find(re.compile("^h[1-6]$")).name, slide.title) for slide in slides()] == [
        ("h1", "42 A small lesson"),
        ("h2", "What you will be able to do"),
        ("h2", "Colours"),
        ("h3", "Colours"),  # the prediction
        ("h3", "Colours"),  # the figure
        ("h3", "Colours"),  # the explanation
        ("h3", "Colours"),  # what was printed
        ("h3", "Colours"),  # a widget
        ("h3", "Colours"),  # a prediction about two figures
        ("h3", "Colours"),  # the first
        ("h3", "Colours"),  # the second
        ("h2", "Exercise: count"),
        ("h3", "Exercise: count"),  # the stub
        ("h2", "Quiz"),
        ("h2", "Key points"),
        ("h2", "References"),
    ]


def test_a_prediction_stands_on_the_slide_before_its_answer():
    section, predict, shown, explain, *_ = titled("Colours")
    assert "Which colour is it?" in predict.text and not predict.page.find("img")
    assert shown.page.find("img")["alt"] == "A teal square" and "It is teal" in shown.text
    assert "Explain. It is teal." in explain.text
    assert "Nobody reads this aloud." in section.notes and "Nobody" not in section.text
    assert "3 minutes" in section.notes and "minutes" not in section.text
    assert "cell [7]" in shown.notes


def test_a_figure_is_shown_without_its_code_and_what_is_printed_with_it():
    _, _, shown, _, printed, *_ = titled("Colours")
    assert "show(image)" not in shown.text
    assert printed.page.select_one(".highlight").get_text().strip() == "print(6 * 7)"
    assert printed.page.select_one(".printed").get_text().strip() == "42"


def test_the_sentence_that_leads_to_what_is_printed_stands_above_it():
    printed = titled("Colours")[4]
    assert printed.text.index("And six times seven?") < printed.text.index("42")
    assert "seven" not in printed.notes


def test_a_widget_says_that_it_moves_in_the_notebook():
    said = ["in the notebook you move it" in slide.text for slide in titled("Colours")]
    assert said == [number == 5 for number in range(len(said))]
    assert "Move it." in titled("Colours")[4].notes


def test_each_figure_is_a_slide_of_its_own():
    *_, first, second = titled("Colours")
    assert "The first" in first.text and "The second" in second.text
    assert [len(slide.page.find_all("img")) for slide in (first, second)] == [1, 1]


def test_a_section_whose_heading_is_no_slide_is_left_out_and_so_is_what_is_skipped():
    said = " ".join(slide.text + slide.notes for slide in slides())
    assert "finds the library" not in said and "import nstlib" not in said
    assert "too much" not in said and "nothing = shown" not in said


def test_the_first_slide_has_the_picture_and_notes_are_for_the_instructor():
    title, promises, *_ = slides()
    assert title.page.find("img")["alt"] == "Something teal" and "Colab" not in title.text
    assert "Let them vote" in promises.notes and "Let them vote" not in promises.text


def test_the_stub_is_shown_and_the_solution_noted():
    task, stub = titled("Exercise: count")
    assert stub.text.endswith("...") and "Complete the function." in task.text
    assert stub.notes.count("return n + 1") == 1 and "All passed." in stub.notes
    assert not [slide for slide in slides() if "n + 1" in slide.text or "passed" in slide.text]


def test_the_answer_of_a_quiz_waits():
    (quiz,) = titled("Quiz")
    answer = quiz.page.select_one(".fragment").extract()
    assert answer.select_one(".right").get_text() == "b" and "That one it is." in answer.get_text()
    assert "(a) this one" in quiz.page.get_text() and "That one" not in quiz.page.get_text()
    assert "check.quiz" not in quiz.text


TEACHING = """
### 41 Another

**Goes wrong.** Everything.

### 42 A small lesson

**Aim:** teal.

**Say**, at the slides of these sections:

- *Colours*: Vote first. Expect
  "green".
- *Exercise: count*: Count.

**Goes wrong.** They see
blue.

**Misconceptions**, and what reveals them:
- all is green: **42-1 (a)**

**Short of time.** Leave it.

## Project
"""


def test_the_guide_stands_in_the_notes_where_it_is_needed():
    made = slides(LESSON, make_slides.guide(TEACHING, "42"))
    notes = {}
    for slide in made:
        notes.setdefault(slide.title, " ".join(slide.notes.split()))
    assert 'Say. Vote first. Expect "green".' in notes["Colours"]
    assert "Count." in notes["Exercise: count"] and "Vote" not in notes["Exercise: count"]
    assert all(words in notes["What you will be able to do"] for words in ("see blue", "Leave it"))
    assert "all is green" in notes["Quiz"] and "Everything" not in str(notes)
    assert not [slide for slide in made if "Vote" in slide.text or "blue" in slide.text]


@pytest.mark.parametrize("name", LESSONS)
def test_what_the_guide_says_finds_its_slide(name):
    teaching = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    guide = make_slides.guide(teaching, name[:2])
    said = [slide.notes for slide in slides(web.read_lesson(name), guide)]
    assert len(guide) >= 4
    assert sum("Say." in notes for notes in said) == 3
    for begins in make_slides.GUIDE:
        assert sum(begins in notes for notes in said) == 1, begins


def test_formulas_are_left_for_katex():
    assert "$c < 3$" in titled("Colours")[0].text


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("05_texture.ipynb", "05_texture.html"),
        ("../data/CREDITS.md", "CREDITS.md"),
        ("../docs/engine.md#x", "https://github.com/{}/blob/main/docs/engine.md#x"),
        ("https://example.org/a.ipynb", "https://example.org/a.ipynb"),
    ],
)
def test_links(link, expected):
    pages = {"notebooks/05_texture.ipynb": "05_texture.html", "data/CREDITS.md": "CREDITS.md"}
    expected = expected.format(build.repository())
    assert web.linked(f"[a]({link})", "notebooks", pages) == f"[a]({expected})"


# ---- the lessons and the files --------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_has_a_deck(name):
    cells = web.read_lesson(name)
    taught = itertools.takewhile(lambda c: not c.source.startswith("## Optional: "), cells)
    predictions = [c for c in taught if c.cell_type == "markdown" and "**Predict" in c.source]
    made = slides(cells)
    asks = [bool(slide.page.find("strong", string=re.compile("^Predict"))) for slide in made]
    assert made[0].page.find("h1") and made[0].page.find("img")
    assert sum(asks) == len(predictions) >= 3
    shows = [bool(slide.page.select(".printed, .shown")) for slide in made]
    asked = [number for number, one in enumerate(asks) if one and number > 1]  # not a promise
    assert not any(shows[number] for number in asked)
    # One prediction may wait for another one's answer, and not longer.
    for number, after_next in zip(asked, [*asked[2:], len(made), len(made)], strict=True):
        assert any(shows[number:after_next]), f"slide {number + 1} is not answered"
    assert sum(bool(slide.page.select(".fragment .right")) for slide in made) >= 3
    assert sum(bool(slide.notes) for slide in made) > len(made) / 2
    shown = " ".join(slide.text for slide in made)
    solutions = [" ".join(c.source.split()) for c in cells if "solution" in build.tags(c)]
    assert solutions and not [s for s in solutions if s in shown]


def test_a_deck_loads_nothing_from_elsewhere():
    page = make_slides.deck_html(make_slides.deck(LESSON[:1]), "A")
    loaded = re.findall(r'<(?:script|img)[^>]* src="([^"]+)"|<link[^>]* href="([^"]+)"', page)
    addresses = [a or b for a, b in loaded]
    assert addresses and not [a for a in addresses if re.match("https?:|//", a)]
    assert '<html lang="en">' in page
    vendored = {name for name in addresses if name.startswith("vendor/")}
    assert {name.removeprefix("vendor/") for name in vendored} <= set(make_slides.VENDOR.values())


def test_licences_come_along():
    kept = {name.removesuffix("/LICENSE") for name in make_slides.VENDOR if "LICENSE" in name}
    assert kept == {*packages()["dependencies"], "reveal.js/dist/theme/fonts/source-sans-pro"}


def packages(folder=make_slides.FOLDER):
    return json.loads((folder / "package.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("publish/slides", "dependencies"),
        ("publish/play", "dependencies"),
        ("tests/browser", "devDependencies"),
    ],
)
def test_packages_are_pinned_and_the_lock_names_no_host(folder, kind):
    lock = (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    versions = packages(ROOT / folder)[kind]
    assert versions
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
    assert "resolved" not in lock and "registry" not in lock
    locked = json.loads(lock)["packages"]
    assert locked.pop("")[kind] == versions
    assert all(package["integrity"].startswith("sha512-") for package in locked.values())


def test_without_npm_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_slides, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert make_slides.main([]) == 1
    assert "The slides need npm" in capsys.readouterr().err


def test_what_was_fetched_is_not_fetched_again(tmp_path, monkeypatch):
    lock = (make_slides.FOLDER / "package-lock.json").read_text(encoding="utf-8")
    (tmp_path / "fetched.json").write_text(lock, encoding="utf-8")
    monkeypatch.setenv("PATH", "")
    assert (
        make_slides.web.fetch(tmp_path, make_slides.FOLDER, "I need") == tmp_path / "node_modules"
    )
