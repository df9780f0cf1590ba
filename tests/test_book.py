"""The website from a small lesson: what is shown, folded and left out, and where links lead.

tests/browser opens the built website; here only one test needs Sphinx.
"""

import base64
import io
import json
import pathlib
import re

import nbformat
import pytest
from PIL import Image

import book_pages
import book_site
import build
import make_book
from book_pages import BookError, Pictures, Texts

ROOT = pathlib.Path(__file__).resolve().parents[1]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


def picture(width=300, height=200, kind="png"):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, format=kind)
    return buffer.getvalue()


def address(content, kind="png"):
    return f"data:image/{kind};base64," + base64.b64encode(content).decode("ascii")


def text(source, *tags, name=""):
    cell = nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)})
    return cell | {"id": name or f"c{abs(hash(source)) % 10**8}"}


def code(source, *tags, printed="", page=""):
    outputs = [nbformat.v4.new_output("stream", text=printed)] if printed else []
    if page:
        data = {"text/html": page, "text/plain": "<IPython.core.display.HTML object>"}
        outputs.append(nbformat.v4.new_output("display_data", data))
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs)
    return cell | {"id": f"c{abs(hash(source)) % 10**8}"}


IMG = f'<img alt="A teal &amp; calm square" width="150" src="{address(picture())}">'
SETUP = "import nstlib"
STUB = code("def count(n):\n    ...", "exercise")
EMPTY = code('check.quiz("42-1", "")', "exercise")
SHARED = [
    text(f"# 42 Small\n\n![Teal]({address(picture())})", name="top"),
    code(SETUP),
    code("show(image)", page=IMG),
    code("live(paint)", page=f"<b>It moves</b>{IMG}"),
]
CHECKED = code("verdict = check.count(count)", printed="All passed.\n")
AFTER = text("**Next:** [00](00_first_painting.ipynb), `see [this](that.md)`", name="end")
INSTRUCTOR = [
    *SHARED,
    text("**For the instructor.** Let them vote.", "instructor"),
    code("def count(n):\n    return n + 1", "solution"),
    CHECKED,
    code('check.quiz("42-1", "b")', "solution", printed="right    That one.\n"),
    AFTER,
]
STUDENT = [*SHARED, STUB, CHECKED, EMPTY, AFTER]


def notebook(cells):
    made = nbformat.v4.new_notebook(cells=[nbformat.from_dict(dict(c)) for c in cells])
    made.metadata = nbformat.from_dict(build.METADATA)
    return made


def texts(pictures=None):
    return Texts(ROOT, "owner/name", LESSONS, pictures or Pictures())


def page(solutions=True, student=STUDENT, instructor=INSTRUCTOR, pictures=None):
    made = book_pages.lesson_page(
        notebook(student), notebook(instructor), texts(pictures), SETUP, solutions
    )
    nbformat.validate(made)
    return made


def everything(made):
    return json.dumps(made)


def summaries(made):
    return re.findall("<summary>(.+?)</summary>", "\n".join(c.source for c in made.cells))


# ---- a lesson -------------------------------------------------------------------------------


def test_a_stub_is_followed_by_its_folded_solution():
    sources = [cell.source for cell in page().cells]
    place = sources.index("def count(n):\n    ...")
    assert sources[place + 1 : place + 4] == [
        '<details class="folded">\n<summary>One solution</summary>',
        "def count(n):\n    return n + 1",
        "</details>",
    ]
    assert summaries(page()) == ["The cell that finds the library", "One solution", "The answer"]


def test_the_answer_of_a_quiz_is_folded_with_what_was_said_to_it():
    cells = page().cells
    place = [cell.source for cell in cells].index('check.quiz("42-1", "b")')
    assert "The answer" in cells[place - 1].source and cells[place + 1].source == "</details>"
    assert cells[place].outputs[0].text == "right    That one.\n"


def test_every_fold_is_closed():
    sources = [cell.source for cell in page().cells]
    marks = [s[:8] for s in sources if s.startswith(("<details", "</details"))]
    assert marks == ["<details", "</detail"] * 3


def test_notes_for_the_instructor_are_left_out():
    assert "Let them vote" not in everything(page())


def test_without_solutions_nothing_gives_them_away():
    made = everything(page(solutions=False))
    for secret in ("n + 1", "That one.", '42-1\\", \\"b', "All passed."):
        assert secret in everything(page()), secret
        assert secret not in made, secret
    assert "def count(n):\\n    ..." in made and "It moves" in made


def test_what_was_printed_stays():
    assert "All passed." in everything(page())


def test_pictures_become_files_with_their_size_and_words():
    pictures = Pictures()
    made = page(pictures=pictures)
    assert "data:image" not in everything(made)
    (name,) = pictures.files  # the same picture three times
    assert pictures.files[name] == picture()
    tag = re.search("<img[^>]+>", made.cells[0].source)[0]
    assert tag == f'<img alt="Teal" width="300" height="200" src="pictures/{name}">'
    (shown,) = (cell for cell in made.cells if cell.source == "show(image)")
    assert 'alt="A teal &amp; calm square" width="150" height="100"' in str(shown.outputs)


def test_a_photograph_stays_a_photograph():
    pictures = Pictures()
    pictures.tag(picture(kind="jpeg"), "Teal")
    assert next(iter(pictures.files)).endswith(".jpg")


def test_a_widget_says_that_it_moves_in_the_notebook():
    outputs = {c.source: str(c.outputs) for c in page().cells if c.cell_type == "code"}
    assert 'class="moves"' in outputs["live(paint)"]
    assert 'class="moves"' not in outputs["show(image)"]
    silent = code("painter = widgets.StylePainter(content)")
    silent = nbformat.from_dict(dict(silent))
    book_pages.show_outputs(silent, Pictures())
    assert not silent.outputs, "nothing was shown"


@pytest.mark.parametrize(
    "call",
    ["painter = widgets.StylePainter(content)", "live.live(a)", "MaskPainter(photo, [tower])"],
)
def test_widgets_are_known_by_their_call(call):
    assert book_pages.WIDGET.search(call)
    assert not book_pages.WIDGET.search("from nstlib import live, widgets")


def test_notebooks_that_do_not_belong_together_are_refused():
    with pytest.raises(BookError, match="no exercise to the solution 'def count"):
        page(student=[*SHARED, CHECKED, AFTER])
    with pytest.raises(BookError, match="no solution to the exercise 'check.quiz"):
        page(instructor=[cell for cell in INSTRUCTOR if "42-1" not in cell["source"]])
    with pytest.raises(BookError, match="differ at 'new'"):
        page(instructor=[text("new"), *INSTRUCTOR])


def test_a_picture_without_words_is_refused():
    with pytest.raises(BookError, match="no alternative text"):
        Pictures().out_of(f'<img src="{address(picture())}">')


# ---- links ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "folder, target, expected",
    [
        ("notebooks", "04_gram_matrices.ipynb", "04_gram_matrices.ipynb"),
        ("notebooks", "../docs/engine.md#optimisers", "engine.md#optimisers"),
        ("notebooks", "../data/CREDITS.md", "credits.md"),
        ("docs", "../data/CREDITS.md", "credits.md"),
        ("docs", "../README.md", "index.md"),
        ("docs", "teaching.md", "https://github.com/owner/name/blob/main/docs/teaching.md"),
        ("", "LICENSE", "https://github.com/owner/name/blob/main/LICENSE"),
        ("", "notebooks/source", "https://github.com/owner/name/tree/main/notebooks/source"),
        ("", "docs/gallery.md", "gallery.md"),
        ("docs", "#regions", "#regions"),
        ("docs", "https://arxiv.org/abs/1508.06576", "https://arxiv.org/abs/1508.06576"),
    ],
)
def test_links_lead_to_pages_or_to_the_repository(folder, target, expected):
    assert texts().page(f"a [word]({target}).", folder) == f"a [word]({expected})."


def test_code_is_no_link():
    source = "`a[i](x)` and\n\n```python\nlosses[0](missing.md)\n```\n"
    assert texts().page(source, "docs") == source


@pytest.mark.parametrize("source", ["[word](missing.md)", "![word](missing.jpg)"])
def test_a_link_to_nothing_is_refused(source):
    with pytest.raises(BookError, match=r"missing\.(md|jpg), and it is missing"):
        texts().page(source, "docs")


# ---- the first page -------------------------------------------------------------------------


def first(solutions=True, readme=None):
    readme = readme or (ROOT / "README.md").read_text(encoding="utf-8")
    openings = dict.fromkeys(LESSONS, f"![Teal]({address(picture())})")
    return book_pages.first_page(readme, openings, texts(), solutions)


def test_the_first_page_has_the_lessons_of_the_readme():
    made, readme = first(), (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d) \| \[(.+?)\].*\| (\d+ min) \|", readme, flags=re.M)
    cards = re.findall(
        r'<li><img alt="Teal".*\n<a class="title" href="(\w+)\.html"><span>(\d\d)</span> (.+)</a>'
        r'\n<p>(\d+ min) · <a href="(\S+)">Open in Colab<span class="for-the-ear">: (.+)</span>',
        made,
    )
    assert [(number, title, minutes) for _, number, title, minutes, *_ in cards] == rows
    assert [name for name, *_ in cards] == LESSONS
    assert all(card[0] in card[4] and card[2] == card[5] for card in cards)


def test_the_first_page_shows_no_picture_from_elsewhere():
    assert "badge" not in first()
    assert re.findall(r'src="([^"]+)/', first()) == ["pictures"] * (len(LESSONS) + 1)


def test_the_first_page_says_where_the_solutions_are():
    assert "folded below its stub" in " ".join(first().split())
    assert "are not on these pages" in first(solutions=False)


def test_what_is_for_teachers_is_not_on_the_first_page():
    assert "teaching" not in first().lower() and "instructor" not in first()


def test_the_first_page_orders_all_pages():
    assert re.findall(r"^\w+$", first().partition("```{toctree}")[2], flags=re.M) == [
        *LESSONS,
        "gallery",
        "engine",
        "credits",
    ]


def test_a_readme_without_a_row_or_section_is_refused():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    with pytest.raises(BookError, match="see its table"):
        first(readme=re.sub(r"^\| 04 .*\n", "", readme, flags=re.M))
    with pytest.raises(BookError, match="see Paint your own photo"):
        first(readme=readme.replace("## Paint your own photo", "## Paint"))


# ---- the stored lessons ---------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_the_stored_lesson_becomes_a_page(name):
    folder = ROOT / "notebooks"
    student = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    instructor = nbformat.read(folder / "instructor" / f"{name}.ipynb", as_version=4)
    setup = student.cells[[c.cell_type for c in student.cells].index("code")].source
    with_them, without = (
        book_pages.lesson_page(student, instructor, texts(), setup, solutions)
        for solutions in (True, False)
    )
    answers = [cell for cell in instructor.cells if "solution" in build.tags(cell)]
    assert len(summaries(with_them)) == len(answers) + 1 and len(answers) >= 4
    assert summaries(without) == ["The cell that finds the library"]
    secrets = [o.text for cell in answers for o in cell.outputs if "text" in o]
    assert len(secrets) >= 3
    assert all(json.dumps(secret) in everything(with_them) for secret in secrets)
    assert not [secret for secret in secrets if json.dumps(secret) in everything(without)]
    assert not build.leaks(without.cells + answers)
    notes = [c.source for c in instructor.cells if "instructor" in build.tags(c)]
    assert notes and not any(json.dumps(note) in everything(with_them) for note in notes)
    assert 'class=\\"moves\\"' in everything(with_them)


# ---- the built site -------------------------------------------------------------------------

GOOD = """<html lang="en"><body><article role="main" id="all"><section id="one"><h1>One
<a class="headerlink" href="#one">#</a></h1><p>Words &amp; <em>more</em>.</p>
<img alt="Teal" src="teal.png"></section></article><a href="index.html#one">up</a></body></html>"""


def site(folder, body=""):
    (folder / "index.html").write_text(GOOD.replace("</body>", f"{body}</body>"), "utf-8")
    (folder / "teal.png").write_bytes(picture())
    return book_site.problems(folder)


def test_a_good_site_has_no_problems(tmp_path):
    assert site(tmp_path) == []


@pytest.mark.parametrize(
    "body, problem",
    [
        ('<a href="gone.html">x</a>', "index.html links to gone.html: no such file"),
        ('<a href="#two">x</a>', "index.html links to #two: no such place on it"),
        ('<a href="index.html#two">x</a>', "index.html#two: no such place on it"),
        ('<a href="/index.html">x</a>', "links to /index.html: not relative"),
        ('<img alt="x" src="gone.png">', "needs gone.png, and it is missing"),
        ('<img alt="" src="teal.png">', "a picture without alternative text: teal.png"),
        ('<script src="https://example.org/a.js"></script>', "asks another place for https:"),
        ('<link rel="stylesheet" href="//example.org/a.css">', "asks another place for //"),
    ],
)
def test_what_is_wrong_with_a_site_is_found(tmp_path, body, problem):
    (found,) = site(tmp_path, body)
    assert problem in found


def test_what_a_style_sheet_needs_and_a_broken_picture_are_found(tmp_path):
    css = "a{src:url(gone.woff2) format('x'),url(old.ttf)} b{background:url(data:image/x;base64,A)}"
    (tmp_path / "a.css").write_text(css, "utf-8")
    (tmp_path / "torn.png").write_bytes(picture()[:60])
    gone, torn = site(tmp_path)
    assert gone == "a.css needs gone.woff2, and it is missing"
    assert torn.startswith("torn.png cannot be opened")


def test_an_empty_site_is_a_problem(tmp_path):
    assert "there is no page" in book_site.problems(tmp_path)[0]


def test_the_search_gets_the_text_of_each_section(tmp_path):
    site(tmp_path)
    script = book_site.search_texts(tmp_path)
    page = json.loads(script.removeprefix("var pageTexts = ").rstrip(";\n"))["index.html"]
    assert page.startswith('<section id="all" role="main"><section id="one">One')
    assert "Words &amp; more." in page and "#" not in page and page.count("</section>") == 2


def test_a_small_website_is_built(tmp_path):
    """A course of one lesson, with one formula and one link to another page, by Sphinx."""
    root, packages = tmp_path / "a course", tmp_path / "node_modules"
    for folder in ("notebooks/instructor", "docs", "data"):
        (root / folder).mkdir(parents=True)
    for source in make_book.KATEX:
        file = packages / source.replace("*", "some")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", "utf-8")
    formula = text("As $c_i = 3$ says, [here](../docs/engine.md#how-it-works).", name="formula")
    for folder, cells in (("notebooks", STUDENT), ("notebooks/instructor", INSTRUCTOR)):
        nbformat.write(notebook([*cells[:-1], formula]), root / folder / "42_small.ipynb")
    readme = (
        "# A course\n\nIntroduction.\n\n## Start\n\nNow.\n\n## Lessons\n\n| | Lesson |\n|---|---|\n"
        "| 42 | [Small](notebooks/42_small.ipynb) | 9 min | [![b](https://x.org/b.svg)]"
        "(https://x.org/42) |\n\n## Paint your own photo\n\nYes.\n\n## Licence and credits\n\nOk.\n"
    )
    (root / "README.md").write_text(readme, "utf-8")
    (root / "LICENSE").write_text("free", "utf-8")
    (root / "pyproject.toml").write_text('[tool.nst]\nrepository = "owner/name"\n', "utf-8")
    (root / "docs" / "engine.md").write_text("# The engine\n\n## How it works\n\nSo.\n", "utf-8")
    (root / "docs" / "gallery.md").write_text("# Gallery\n\n[Up](../README.md)\n", "utf-8")
    (root / "data" / "CREDITS.md").write_text("# Credits\n\nNobody.\n", "utf-8")
    output = tmp_path / "site"
    make_book.make(root, tmp_path / "work", output, packages, solutions=True)

    lesson = (output / "42_small.html").read_text("utf-8")
    assert '<span class="math">c_i = 3</span>' in lesson
    assert 'href="engine.html#how-it-works"' in lesson
    fold = re.search("<details class=.folded.>\n<summary>One solution.*?</details>", lesson, re.S)
    assert "return n + 1" in re.sub("<[^>]+>", "", fold[0])
    assert "The answer" in lesson and "Let them vote" not in lesson
    assert (output / "licences" / "furo.txt").read_text("utf-8").startswith("Copyright")
    assert not list(output.rglob("*.ipynb")), "no sources beside the pages"
    (output / "engine.html").unlink()
    assert any("engine.html" in problem for problem in book_site.problems(output))


def test_what_is_missing_is_said_in_a_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(make_book.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BookError, match=r"needs sphinx, myst_nb, furo: pip install"):
        make_book.run_sphinx(tmp_path, tmp_path)
    monkeypatch.setattr(make_book.make_slides, "fetch", failing)
    assert make_book.main([]) == 1
    assert capsys.readouterr().err == "no npm\n"


def failing(folder, who):
    raise make_book.make_slides.SlidesError("no npm")
