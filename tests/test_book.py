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

import build
import make_book
import markers
import web
from web import PublishError

ROOT = pathlib.Path(__file__).resolve().parents[1]
LESSONS = web.lessons()


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


def page(solutions=True, student=STUDENT, instructor=INSTRUCTOR):
    cells = web.lesson(notebook(student), notebook(instructor))
    made = make_book.lesson_page(cells, SETUP, solutions)
    nbformat.validate(made)
    return made


def everything(made):
    return json.dumps(made)


def folds(made):
    """(what is written on it, source) of every folded cell."""
    cells = [cell for cell in made.cells if "hide-cell" in build.tags(cell)]
    return [(cell.metadata.mystnb.code_prompt_show, cell.source) for cell in cells]


# ---- a lesson -------------------------------------------------------------------------------


def test_a_stub_is_followed_by_its_folded_solution():
    made = page()
    sources = [cell.source for cell in made.cells]
    assert sources[sources.index(STUB["source"]) + 1] == "def count(n):\n    return n + 1"
    assert folds(made) == [
        ("The cell that finds the library", SETUP),
        ("One solution", "def count(n):\n    return n + 1"),
        ("The answer", 'check.quiz("42-1", "b")'),
    ]


def test_notes_for_the_instructor_are_left_out():
    assert "Let them vote" not in everything(page())


def test_progress_is_left_out():
    end = [text("What you have passed", "progress"), code("check.progress()", "progress")]
    made = everything(page(True, [*STUDENT, *end], [*INSTRUCTOR, *end]))
    assert "What you have passed" not in made and "check.progress" not in made


def test_without_solutions_nothing_gives_them_away():
    made = everything(page(solutions=False))
    for secret in ("n + 1", "That one.", '42-1\\", \\"b', "All passed."):
        assert secret in everything(page()), secret
        assert secret not in made, secret
    assert "def count(n):\\n    ..." in made and "It moves" in made


def test_a_widget_says_that_it_moves_in_the_notebook():
    silent = code("painter = widgets.StylePainter(content)")
    cells = [*SHARED, silent, AFTER]
    outputs = {c.source: str(c.get("outputs")) for c in page(True, cells, cells).cells}
    assert 'class="moves"' in outputs["live(paint)"]
    assert 'class="moves"' not in outputs["show(image)"]
    assert outputs[silent["source"]] == "[]", "nothing was shown"


@pytest.mark.parametrize(
    "call",
    ["painter = widgets.StylePainter(content)", "live.live(a)", "MaskPainter(photo, [tower])"],
)
def test_widgets_are_known_by_their_call(call):
    assert web.WIDGET.search(call)
    assert not web.WIDGET.search("from nstlib import live, widgets")


def test_what_a_prediction_is_about_is_folded():
    cells = [
        *SHARED,
        text("## One\n\n**Predict.** Which colour?"),
        code("show(teal)", page=IMG),
        code("print(1)", printed="1"),
        text(markers.FOLDED.format("It is teal.")),
        code("show(gray)", page=IMG),
        text("**Predict.** And now?"),
        text("### Two"),
        code("print(2)", printed="2"),
        AFTER,
    ]
    made = page(True, cells, cells)
    folded = [cell.source for cell in made.cells if "hide-output" in build.tags(cell)]
    assert folded == ["show(teal)", "print(1)"]


def test_notebooks_that_do_not_belong_together_are_refused():
    with pytest.raises(PublishError, match="no exercise to the solution 'def count"):
        page(student=[*SHARED, CHECKED, AFTER])
    with pytest.raises(PublishError, match="no solution to the exercise 'check.quiz"):
        page(instructor=[cell for cell in INSTRUCTOR if "42-1" not in cell["source"]])
    with pytest.raises(PublishError, match="differ at 'new'"):
        page(instructor=[text("new"), *INSTRUCTOR])


# ---- links ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "folder, target, expected",
    [
        ("notebooks", "04_gram_matrices.ipynb", "04_gram_matrices.ipynb"),
        ("notebooks", "../docs/engine.md#optimisers", "engine.md#optimisers"),
        ("notebooks", "../data/CREDITS.md", "credits.md"),
        ("docs", "../data/CREDITS.md", "credits.md"),
        ("docs", "../README.md", "index.md"),
        ("docs", "teaching.md", "https://github.com/{}/blob/main/docs/teaching.md"),
        ("", "LICENSE", "https://github.com/{}/blob/main/LICENSE"),
        ("", "notebooks/source", "https://github.com/{}/tree/main/notebooks/source"),
        ("", "docs/gallery.md", "gallery.md"),
        ("docs", "#regions", "#regions"),
        ("docs", "https://arxiv.org/abs/1508.06576", "https://arxiv.org/abs/1508.06576"),
    ],
)
def test_links_lead_to_pages_or_to_the_repository(folder, target, expected):
    pages = make_book.PAGES | {f"notebooks/{name}.ipynb": f"{name}.ipynb" for name in LESSONS}
    expected = expected.format(build.repository())
    assert web.linked(f"a [word]({target}).", folder, pages) == f"a [word]({expected})."


def test_code_is_no_link():
    source = "`a[i](x)` and\n\n```python\nlosses[0](missing.md)\n```\n"
    assert web.linked(source, "docs", {}) == source


def test_a_picture_becomes_part_of_the_page(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "teal.png").write_bytes(picture())
    (tmp_path / "pyproject.toml").write_text('[tool.nst]\nrepository = "a/b"\n', "utf-8")
    assert web.linked("![Teal](teal.png)", "docs", {}, tmp_path) == f"![Teal]({address(picture())})"
    already = f"![Teal]({address(picture())})"
    assert web.linked(already, "docs", {}, tmp_path) == already


def test_a_link_to_nothing_is_refused():
    with pytest.raises(PublishError, match=r"missing\.md, and it is missing"):
        web.linked("[word](missing.md)", "docs", {})
    with pytest.raises(build.LessonError, match=r"missing\.jpg is missing"):
        web.linked("![word](missing.jpg)", "docs", {})


# ---- the first page -------------------------------------------------------------------------


def first(solutions=True, readme=None):
    readme = readme or (ROOT / "README.md").read_text(encoding="utf-8")
    openings = dict.fromkeys(LESSONS, f"![Teal]({address(picture())})")
    return make_book.first_page(readme, openings, solutions)


def test_the_first_page_has_the_lessons_of_the_readme():
    made, readme = first(), (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d) \| \[(.+?)\].*\| (\d+ min) \|", readme, flags=re.M)
    cards = re.findall(
        r'<li><img alt="Teal".*\n<a class="title" href="(\w+)\.html"><span>(\d\d)</span> (.+)</a>'
        r'\n<p>(\d+ min) ·\n<a href="(\S+)">Open in Colab<span class="for-the-ear">: (.+)</span>',
        made,
    )
    assert [(number, title, minutes) for _, number, title, minutes, *_ in cards] == rows
    assert [name for name, *_ in cards] == LESSONS
    assert all(card[0] in card[4] and card[2] == card[5] for card in cards)


def test_the_first_page_shows_no_picture_from_elsewhere():
    assert "badge" not in first()
    assert re.findall(r'src="([^"]{10})', first()) == ["data:image"] * len(LESSONS)


def test_the_first_page_leads_to_the_page_that_paints_beside_it():
    start, _, rest = first().partition("## Lessons")
    assert '<a class="play" href="play.html">Paint in the browser</a>' in start
    assert "play.html" not in rest


def test_the_first_page_says_where_the_solutions_are():
    assert "folded below its stub" in " ".join(first().split())
    assert "are not on these pages" in first(solutions=False)


def test_what_is_for_teachers_is_not_on_the_first_page():
    assert "teaching" not in first().lower() and "instructor" not in first()


def test_the_first_page_orders_all_pages():
    assert re.findall(r"^\w+$", first().partition("```{toctree}")[2], flags=re.M) == [
        *LESSONS,
        "puzzles",
        "gallery",
        "project",
        "engine",
        "credits",
    ]


def test_a_readme_without_a_row_or_section_is_refused():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    with pytest.raises(PublishError, match="see its table"):
        first(readme=re.sub(r"^\| 04 .*\n", "", readme, flags=re.M))
    with pytest.raises(PublishError, match="see Paint your own photo"):
        first(readme=readme.replace("## Paint your own photo", "## Paint"))


# ---- the stored lessons ---------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_the_stored_lesson_becomes_a_page(name):
    setup = build.SETUP.replace("{{repository}}", build.repository())
    with_them, without = (
        make_book.lesson_page(web.read_lesson(name), setup, solutions)
        for solutions in (True, False)
    )
    cells = web.read_lesson(name)
    answers = [cell for cell in cells if "solution" in build.tags(cell)]
    assert [name for name, _ in folds(with_them)][1:].count("One solution") >= 1
    assert len(folds(with_them)) == len(answers) + 1 and len(answers) >= 4
    assert [name for name, _ in folds(without)] == ["The cell that finds the library"]
    secrets = [o.text for cell in answers for o in cell.outputs if "text" in o]
    assert len(secrets) >= 3
    assert all(json.dumps(secret) in everything(with_them) for secret in secrets)
    assert not [secret for secret in secrets if json.dumps(secret) in everything(without)]
    assert not build.leaks(without.cells + answers)
    notes = [c.source for c in cells if "instructor" in build.tags(c)]
    assert notes and not any(json.dumps(note) in everything(with_them) for note in notes)
    assert 'class=\\"moves\\"' in everything(with_them)


# ---- the built site -------------------------------------------------------------------------


def test_the_search_gets_the_text_of_each_section(tmp_path):
    (tmp_path / "index.html").write_text(
        """<html lang="en"><body><article role="main" id="all"><section id="one"><h1>One
        <a class="headerlink" href="#one">#</a></h1><p>Words &amp; <em>more</em>.</p>
        <img alt="Teal" src="teal.png"></section></article></body></html>""",
        "utf-8",
    )
    script = make_book.search_texts(tmp_path)
    page = json.loads(script.removeprefix("var pageTexts = ").rstrip(";\n"))["index.html"]
    assert page.startswith('<article id="all" role="main"><section id="one">One')
    assert "Words &amp; more." in page and "#" not in page and "teal" not in page


def test_a_small_website_is_built(tmp_path, capfd):
    """A course of one lesson, with one formula and one link to another page, by Sphinx."""
    root, packages = tmp_path / "a course", tmp_path / "node_modules"
    for folder in ("notebooks/instructor", "docs", "data"):
        (root / folder).mkdir(parents=True)
    for source in web.KATEX:
        file = packages / source.replace("*", "some")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", "utf-8")
    formula = text("As $c_i = 3$ says, [here](../docs/engine.md#how-it-works).", name="formula")
    for folder, cells in (("notebooks", STUDENT), ("notebooks/instructor", INSTRUCTOR)):
        nbformat.write(notebook([*cells[:-1], formula]), root / folder / "42_small.ipynb")
        nbformat.write(notebook([text("# Puzzles")]), root / folder / "puzzles.ipynb")
    readme = (
        "# A course\n\nIntroduction.\n\n## Start\n\nNow.\n\n## Lessons\n\n| | Lesson |\n|---|---|\n"
        "| 42 | [Small](notebooks/42_small.ipynb) | 9 min | [![b](https://x.org/b.svg)]"
        "(https://x.org/42) |\n\n## Paint your own photo\n\nYes.\n\n## Licence and credits\n\nOk.\n"
    )
    (root / "README.md").write_text(readme, "utf-8")
    (root / "LICENSE").write_text("free", "utf-8")
    (root / "pyproject.toml").write_text('[tool.nst]\nrepository = "owner/name"\n', "utf-8")
    (root / "docs" / "engine.md").write_text("# The engine\n\n## How it works\n\nSo.\n", "utf-8")
    (root / "docs" / "project.md").write_text("# Your project\n\nYours.\n", "utf-8")
    (root / "docs" / "gallery.md").write_text("# Gallery\n\n[Up](../README.md)\n", "utf-8")
    (root / "data" / "CREDITS.md").write_text("# Credits\n\nNobody.\n", "utf-8")
    output = tmp_path / "site"
    make_book.make(root, tmp_path / "work", output, packages, solutions=True)

    lesson = (output / "42_small.html").read_text("utf-8")
    assert '<span class="math">c_i = 3</span>' in lesson
    assert 'href="engine.html#how-it-works"' in lesson
    fold = re.search("<details.(?:(?!<details).)*?One solution.*?</details>", lesson, re.S)
    assert "return n + 1" in re.sub("<[^>]+>", "", fold[0])
    assert "The answer" in lesson and "Let them vote" not in lesson
    assert (output / "licences" / "furo.txt").read_text("utf-8").startswith("Copyright")
    assert not list(output.rglob("*.ipynb")), "no sources beside the pages"
    (root / "docs" / "engine.md").write_text("# The engine\n\n[x](#nowhere)\n", "utf-8")
    with pytest.raises(PublishError, match="Sphinx stopped"):
        make_book.make(root, tmp_path / "work", output, packages, solutions=True)
    said = capfd.readouterr().err
    assert "'how-it-works'" in said and "'nowhere'" in said


def test_what_is_missing_is_said_in_a_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(make_book.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PublishError, match=r"needs sphinx, myst_nb, furo: pip install"):
        make_book.run_sphinx(tmp_path, tmp_path)
    monkeypatch.setattr(web, "fetch", failing)
    assert make_book.main([]) == 1
    assert capsys.readouterr().err == "no npm\n"


def failing(folder, lists, who):
    raise PublishError("no npm")
