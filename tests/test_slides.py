"""Slides from a small lesson: what is shown, what is in the notes, and that it fits.

tests/browser opens the decks of the real lessons; here nothing is fetched.
"""

import base64
import html
import io
import json
import pathlib
import re

import nbformat
import pytest
from PIL import Image

import build
import make_slides
import slide_fit
import slide_html
import slide_outline
import slide_parts
from slide_parts import SIZES, Answer, Choices, Code, Picture, Pictures, Question, Slide, Text

ROOT = pathlib.Path(__file__).resolve().parents[1]
STORED = sorted((ROOT / "notebooks" / "instructor").glob("*.ipynb"))


def data_address(width=300, height=200):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, format="png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


PICTURE = data_address()


def text(source, *tags, slide=False):
    metadata = {"tags": list(tags)} | ({"slideshow": {"slide_type": "slide"}} if slide else {})
    return nbformat.v4.new_markdown_cell(source, metadata=metadata)


def code(source, *tags, printed="", shows=""):
    outputs = []
    if printed:
        outputs.append(nbformat.v4.new_output("stream", text=printed))
    if shows:
        data = {"text/html": shows, "text/plain": "<IPython.core.display.HTML object>"}
        outputs.append(nbformat.v4.new_output("display_data", data))
    return nbformat.v4.new_code_cell(
        source, metadata={"tags": list(tags)}, outputs=outputs, execution_count=7
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

This is what you will make. (Painting: nobody, [CC BY 2.0](https://example.org/by), 1890.)"""
PROMISES = """## What you will be able to do

1. **Do** it.
2. **Say** it.
3. **Read** it.

**You need** nothing. **It takes** 5 minutes."""
HOW = "Put your choice between the quotation marks."
EXPLAIN = """**Explain.** Teal is a colour somewhere between green and blue, as everybody sees. What
follows is long: it is about all the other colours, and nobody in the last row wants to read that
on a slide, where there is a picture to look at, and a presenter who has all this in the notes."""


def lesson():
    return [
        text(OPENING, slide=True),
        text(PROMISES, slide=True),
        text("**For the instructor.** Let them vote.", "instructor"),
        text("## Setup (1 minute)\n\nThis cell finds the library."),
        code("import nstlib", printed="found"),
        text("## Colours (3 minutes)\n\nThere are many, as $c = 3$ says. One is here.", slide=True),
        text("**Predict.** Which colour is it?\n\nThen run the cell."),
        code("show(image)", shows=figure()),
        text(EXPLAIN),
        text("## Exercise: count (2 minutes)\n\nComplete the function.", slide=True),
        code('def count(n):\n    """As many."""\n    return n + 1', "solution"),
        code("verdict = check.count(count)", printed="passed   It counts.\nAll passed.\n"),
        text(f"## Quiz\n\n**1.** Which? (a) this one, (b) that one.\n\n{HOW}", slide=True),
        code('check.quiz("42-1", "b")', "solution", printed="right    That one it is.\n"),
        text("**2.** How many?\n\n- (a) one\n- (b) two"),
        code('check.quiz("42-2", "a")', "solution", printed="right    One.\n"),
        text("## Key points\n\n1. **Teal.**\n\n## References\n\n- Nobody, 1890.", slide=True),
    ]


def student():
    stub = code('def count(n):\n    """As many."""\n    ...', "exercise")
    return nbformat.v4.new_notebook(
        cells=[stub, code('check.quiz("42-1", "")', "exercise"), code("", "exercise")]
    )


def outlined(cells=None, most=40):
    return slide_outline.outline(nbformat.v4.new_notebook(cells=cells or lesson()), student(), most)


def shown(slide):
    return slide_html.slide_html(slide).partition('<aside class="notes">')[0]


def notes(slide):
    return slide_html.notes_html(slide)


def plain(page):
    """What is read of a page: highlighting puts every name of a code into a tag of its own."""
    return html.unescape(re.sub("<[^>]+>", "", page))


def titled(slides, title):
    (slide,) = (slide for slide in slides if slide.title == title)
    return slide


# ---- the slides of the small lesson ---------------------------------------------------------


def test_sections_become_slides_in_their_order():
    assert [(slide.level, slide.title) for slide in outlined()] == [
        (1, "42 A small lesson"),
        (2, "What you will be able to do"),
        (2, "Colours"),
        (3, "It is teal"),
        (2, "Exercise: count"),
        (2, "Quiz: question 1"),
        (3, "Quiz: question 2"),
        (2, "Key points"),
        (2, "References"),
    ]


def test_the_first_slide_has_the_picture_and_its_author():
    title, promises, *_ = outlined()
    page = shown(title)
    assert 'alt="Something teal"' in page and ">A small lesson</h1>" in page
    assert "lesson 42" in page and "Painting: nobody" in page and "CC BY 2.0" in page
    assert "Colab" not in page and "what you will make" in notes(title)
    assert shown(promises).count("<li>") == 3 and "You need" not in shown(promises)
    assert "You need" in notes(promises) and "Let them vote" in notes(promises)


def test_a_section_that_is_no_slide_is_left_out():
    assert not [slide for slide in outlined() if "finds the library" in shown(slide)]
    assert not [slide for slide in outlined() if "import nstlib" in plain(notes(slide))]


def test_a_prediction_is_a_question_and_the_explanation_stands_below_the_picture():
    slides = outlined()
    question = titled(slides, "Colours").find(Question)
    assert (question.label, question.markdown) == ("Predict", "Which colour is it?")
    evidence = titled(slides, "It is teal")
    assert [type(part) for part in evidence.parts] == [Pictures, Answer]
    assert "as everybody sees." in shown(evidence) and "other colours" not in shown(evidence)
    assert "other colours" in notes(evidence) and "cell [7]" in notes(evidence)
    assert 'alt="A teal square"' in shown(evidence) and ">a colour<" in shown(evidence)
    assert "3 minutes" in notes(titled(slides, "Colours"))


def test_the_stub_is_shown_and_the_solution_noted():
    exercise = titled(outlined(), "Exercise: count")
    assert exercise.find(Code).source.endswith("...") and "n + 1" not in plain(shown(exercise))
    assert plain(notes(exercise)).count("return n + 1") == 1
    assert "All passed." in notes(exercise) and "All passed." not in shown(exercise)


@pytest.mark.parametrize(
    ("number", "choices", "right"),
    [
        (1, {"a": "this one", "b": "that one"}, "b"),
        (2, {"a": "one", "b": "two"}, "a"),
    ],
)
def test_quiz_answers_are_fragments(number, choices, right):
    slide = titled(outlined(), f"Quiz: question {number}")
    assert slide.find(Choices).choices == choices and slide.find(Choices).right == right
    page = shown(slide)
    assert "Put your choice" not in page and "**" not in slide.find(Question).markdown
    assert page.count("fragment right") == 1 and page.count("answer fragment") == 1
    assert f"The answer is {right}." in notes(slide)


def test_short_code_is_shown_with_what_it_printed():
    cells = [text("# 1 A", slide=True), text("## B\n\nC.", slide=True)]
    cells += [text("**Predict.** What?"), code("print(6 * 7)", printed="42\n")]
    slides = outlined([*cells, text("**Explain.** It is so.")])
    assert [type(part) for part in slides[-1].parts] == [Code, Code, Answer]
    assert slides[-1].parts[1].source == "42"


def test_noise_is_not_shown():
    bar = nbformat.v4.new_output(
        "display_data", {"text/plain": "  0%|          | 0/150 [00:00<?, ?eval/s]"}
    )
    cell = code("run()", printed="WARNING:tensorflow:5 out of 9\ndone\n")
    cell.outputs.insert(0, bar)
    assert slide_outline.printed(cell) == "done"


# ---- texts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("By L. A. Gatys. Then.", ["By L. A. Gatys.", "Then."]),
        ("With $a. B$ and `c. D`. Next.", ["With $a. B$ and `c. D`.", "Next."]),
        ("Open (one. Two) end. **Bold. Too.** End.", None),
    ],
)
def test_sentences(paragraph, expected):
    expected = expected or ["Open (one. Two) end.", "**Bold. Too.**", "End."]
    assert slide_parts.sentences(paragraph) == expected


def test_brief_keeps_a_sentence_and_a_very_short_one_not_alone():
    long = "This sentence is long enough to stand on a slide without any other, as you can see."
    assert slide_parts.brief(f"{long} {long}", 100) == long
    assert slide_parts.brief(f"Nobody is perfect. {long}", 90) == f"Nobody is perfect. {long}"


def test_what_announces_a_formula_is_kept():
    first = "This sentence is long enough to stand on a slide without any other, as you can see."
    text = f"{first} This one is left out. It is\n\n$$a = b$$\n\nAnd so on."
    assert slide_parts.shorter(text, 90) == f"{first} It is\n\n$$a = b$$\n\nAnd so on."


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("Look. **Predict:** what is it?", [("plain", "", "Look."), ("question", "Predict", "?")]),
        ("**Predict** first: which one?", [("question", "Predict", "Which one?")]),
        ("How large? **Predict** both.", [("question", "Predict", "How large? Predict both.")]),
        ("**Predict.** A?\n\n- b\n- c", [("question", "Predict", "A?\n\n- b\n- c")]),
        (
            "**Explain.** So.\n\n**Your turn.** Write a test of your own, and run it.",
            [("answer", "Explain", "So."), ("question", "Your turn", "?")],
        ),
    ],
)
def test_moments(markdown, expected):
    found = slide_outline.moments(markdown)
    assert [piece[:2] for piece in found] == [piece[:2] for piece in expected]
    for (*_, text), (*_, wanted) in zip(found, expected, strict=True):
        assert text == wanted or wanted == "?"


def test_last_paragraph_begins_with_a_sentence():
    text = "Before.\n\nIt is\n\n$$a = b$$\n\nand no more."
    assert slide_parts.last_paragraph(text) == text.removeprefix("Before.\n\n")
    assert slide_parts.last_paragraph("One.\n\nTwo.") == "Two."


def test_formulas_are_left_for_katex_and_code_is_not_a_formula():
    page = slide_html.markdown("Let $a < b_1*c*$, not `$x$`.\n\n$$\\sum_i x_i$$")
    assert '<span class="math">a &lt; b_1*c*</span>' in page
    assert '<span class="math display">\\sum_i x_i</span>' in page
    assert "<code>$x$</code>" in page


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("05_texture.ipynb", "05_texture.html"),
        ("../../data/CREDITS.md", "CREDITS.md"),
        ("../docs/engine.md", ""),
        ("https://example.org/a.ipynb", "https://example.org/a.ipynb"),
    ],
)
def test_links(link, expected):
    assert slide_html.address(link) == expected


# ---- size and number ------------------------------------------------------------------------


def test_too_much_is_shortened_until_it_fits():
    crowded = Slide("Much", 3, "evidence")
    crowded.parts = [Text("A sentence that says something. " * 9), Code("line\n" * 9)]
    crowded.parts += [Code("printed\n" * 12, "text"), Answer("It is so. " * 20)]
    fitted = slide_fit.fitted(crowded)
    assert fitted.height() <= slide_parts.HEIGHT
    assert fitted.find(Code).language == "text", "what was printed is the evidence"


@pytest.mark.parametrize("part", [Text("Word. " * 900), Code("x = 1\n" * 90)])
def test_a_single_part_is_cut(part):
    fitted = slide_fit.fitted(Slide("Much", 3, "section", parts=[part]))
    assert len(fitted.parts) == 1 and fitted.height() <= slide_parts.HEIGHT


def test_little_text_gets_large_letters():
    assert slide_fit.fitted(Slide("A", 2, "section", parts=[Text("B.")])).size == "large"
    wide = Code("x" * (SIZES["large"].code_characters + 1))
    assert slide_fit.fitted(Slide("A", 2, "section", parts=[wide])).size == "roomy"


def many():
    cells = [text("# 1 A", slide=True)]
    for number in range(5):
        cells.append(text(f"## Section {number}\n\nA text.", slide=True))
        for _ in range(6):
            cells += [text("**Predict.** What comes out?"), code("print()", printed="42\n" * 12)]
            cells.append(text("**Explain.** It is so."))
    return cells


def test_too_many_slides_are_thinned_and_nothing_is_lost():
    assert len(outlined(many(), most=999)) > 40
    slides = outlined(many(), most=40)
    assert len(slides) == 40 and sum(slide.begins for slide in slides) == 6
    said = "".join(shown(slide) + notes(slide) for slide in slides)
    assert said.count("What comes out?") >= 30 and said.count("It is so.") >= 30


def test_more_than_can_be_given_up_is_an_error():
    cells = [text(f"## Section {number}", slide=True) for number in range(9)]
    with pytest.raises(ValueError, match="it needs 9 slides, and 8 are allowed"):
        outlined(cells, most=8)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
def test_pictures_fit_and_keep_their_form(count):
    pictures = [Picture("teal", PICTURE, "a caption of several words")] * count
    rows = slide_html.arranged(pictures, 1200, 400)
    assert sum(map(len, rows)) == count
    assert all(abs(wide / tall - 1.5) < 0.01 for row in rows for _, wide, tall in row)
    for row in rows:
        assert sum(wide for _, wide, _ in row) + 16 * (len(row) - 1) <= 1200
    assert sum(row[0][2] for row in rows) <= 400


def test_a_title_in_a_figure_is_not_shown_twice():
    from nstlib.plots import figures

    drawn = figures.new_figure(2.0, title="It falls", width=6.0)
    drawn.subplots().plot([3, 2, 1])
    data, kind = figures.encode(drawn)
    source = f"data:image/{kind};base64," + base64.b64encode(data).decode("ascii")
    before = Picture("A line falls", source, title="It falls")
    after = slide_html.untitled(before)
    cut = slide_html.opened(before).height - slide_html.opened(after).height
    assert 15 < cut < 35 and after.title == "" and after.alt == before.alt
    blank = Picture("teal", PICTURE, title="It has none")
    assert slide_html.untitled(blank) == blank


# ---- the lessons and the files --------------------------------------------------------------


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_every_lesson_has_a_deck_that_fits(path):
    notebooks = [nbformat.read(p, as_version=4) for p in (path, path.parents[1] / path.name)]
    slides = slide_outline.outline(*notebooks)
    assert 5 <= len(slides) <= slide_fit.MOST_SLIDES
    assert slides[0].kind == "title" and slides[0].find(Pictures)
    assert not [slide.title for slide in slides if not slide.title or not slide.parts]
    assert not [slide.title for slide in slides if slide.height() > slide_parts.HEIGHT]
    assert sum(slide.kind == "quiz" for slide in slides) >= 3
    assert sum(bool(slide.notes) for slide in slides) > len(slides) / 2
    solutions = [c.source for c in notebooks[0].cells if build.tags(c) & {"solution"}]
    page = plain("".join(shown(slide) for slide in slides))
    assert not [s for s in solutions if "check.quiz" not in s and s in page]


def test_a_deck_loads_nothing_from_elsewhere():
    page = slide_html.deck_html(outlined())
    loaded = re.findall(r'<(?:script|img)[^>]* src="([^"]+)"|<link[^>]* href="([^"]+)"', page)
    addresses = [a or b for a, b in loaded]
    assert addresses and not [a for a in addresses if re.match("https?:|//", a)]
    assert '<html lang="en">' in page
    vendored = {name for name in addresses if name.startswith("vendor/")} - {
        "vendor/fonts/fonts.css"
    }
    assert {name.removeprefix("vendor/") for name in vendored} <= set(make_slides.VENDOR.values())


def test_licences_come_along():
    kept = {name.removesuffix("/LICENSE") for name in make_slides.VENDOR if "LICENSE" in name}
    assert kept == {*packages()["dependencies"], "reveal.js/dist/theme/fonts/source-sans-pro"}


def packages(folder=make_slides.FOLDER):
    return json.loads((folder / "package.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("folder", "kind"), [("publish/slides", "dependencies"), ("tests/browser", "devDependencies")]
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
    assert make_slides.fetch(tmp_path) == tmp_path / "node_modules"


def test_an_empty_cell_heads_nothing():
    page = slide_html.markdown("| | two |\n|---|---|\n| 1 | 2 |")
    assert "<td></td>" in page and page.count("<th>") == 1
