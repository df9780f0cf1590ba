"""What stands in the notebooks where a lesson's source has a marker."""

import nbformat
import pytest

import markers
from nstlib.check.questions import read_quizzes


def cells(*sources, tag="exercise"):
    """A stub, if any, and a text or a solution with a marker."""
    *stub, last = sources
    made = [nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}) for source in stub]
    kind = nbformat.v4.new_markdown_cell if "quiz" in last else nbformat.v4.new_code_cell
    return [*made, kind(last)]


LIBRARY = '''\
def before(x):
    return x


def add(F: Tensor, P: Tensor, *, twice: bool = False) -> Tensor:
    """The library's docstring.

    >>> add(1, 2)
    3
    """
    F, P = ops.convert_to_tensor(F), ops.convert_to_tensor(P)
    if F.shape != P.shape:
        raise ValueError(
            "two shapes"
        )

    def inner(x: Tensor, *more: int, k: int = 1) -> Tensor:
        return ops.convert_to_tensor(x)  # why

    if twice:
        F = F + P
    return inner(F) + P
'''
STUB = '''\
def add(F, P):
    """The lesson's docstring.

    F, P: numbers.
    """
    ...
'''
SOLUTION = '''\
def add(F, P):
    """The lesson's docstring."""

    def inner(x, *more, k=1):
        return ops.convert_to_tensor(x)  # why

    if twice:
        F = F + P
    return inner(F) + P'''


@pytest.fixture
def library(tmp_path, monkeypatch):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "sums.py").write_text(LIBRARY, encoding="utf-8")
    monkeypatch.setattr(markers, "ROOT", tmp_path)


def test_a_question_brings_the_cells_of_its_answers():
    question = read_quizzes()["04-1"]
    text, exercise, solution, *_ = markers.fill_in(cells("## Quiz\n\n{{quiz 04-1}}\n\nGo on."))
    assert text.source == f"## Quiz\n\n{question.markdown}\n\nGo on."
    assert exercise.source == 'check.quiz("04-1", "")' and exercise.metadata.tags == ["exercise"]
    assert solution.source == f'check.quiz("04-1", "{question.right}")'
    assert solution.metadata.tags == ["solution", "nbval-check-output"]


def test_a_lesson_with_a_quiz_ends_with_its_progress():
    made = markers.fill_in(
        [*cells("{{quiz 04-1}} quiz"), *cells("{{quiz 04-2}}"), *cells("# the end")]
    )
    assert [cell.source for cell in made].count("check.progress()") == 1
    assert [cell.source for cell in made[-2:]] == [markers.PROGRESS, "check.progress()"]
    for cell in made[-2:]:
        assert cell.metadata == {"tags": ["progress"], "slideshow": {"slide_type": "skip"}}


def test_a_solution_is_the_librarys_below_the_stubs_head(library):
    stub, solution = markers.fill_in(cells(STUB, "# {{solution course.sums.add}}"))
    assert (stub.source, solution.source) == (STUB, SOLUTION)


def test_a_docstring_of_one_line_stays_as_it_is(library):
    stub = 'def add(F, P):\n    """The lesson\'s docstring."""\n    ...'
    assert markers.fill_in(cells(stub, "# {{solution course.sums.add}}"))[1].source == SOLUTION


def test_an_explanation_is_folded_and_open_on_a_slide():
    text = "**Explain.** It is *teal*.\n\nLook."
    (cell,) = markers.fill_in([nbformat.v4.new_markdown_cell(text)])
    assert cell.source.startswith("<details>") and "\n\nIt is *teal*.\n\nLook.\n\n" in cell.source
    assert markers.unfolded(cell.source) == text
    assert markers.unfolded("<details>Other</details>") == "<details>Other</details>"


def test_the_diagram_says_where_a_lesson_is():
    here, whole = markers.fill_in(
        [nbformat.v4.new_markdown_cell(text) for text in ("{{machine: network}}", "{{machine: }}")]
    )
    assert "NETWORK" in here.source and here.source.endswith("**You are here:** network.")
    assert (
        whole.source
        == markers.DIAGRAM
        == here.source.split("\n\n")[0].replace("NETWORK", "network")
    )
    with pytest.raises(markers.MarkerError, match="no 'brush'"):
        markers.machine("brush")


def test_other_cells_stay_as_they_are():
    made = cells("x = 1", "# a comment")
    assert [cell.source for cell in markers.fill_in(made)] == ["x = 1", "# a comment"]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (cells("{{quiz 04-9}}"), "no question 04-9"),
        (cells("{{quiz 4}}"), "no question 4"),
        (cells(STUB, "# {{solution course.none.add}}"), "no course.none, of which"),
        (cells(STUB, "# {{solution course.sums.none}}"), "no function none in course.sums"),
        (cells("# {{solution course.sums.add}}"), "before the solution add"),
        (cells("x = 1", "# {{solution course.sums.add}}"), "before the solution add"),
        (cells(STUB, "# {{solution course.sums.add}}", tag="other"), "before the solution add"),
    ],
)
def test_a_marker_that_means_nothing_is_named(library, made, words):
    with pytest.raises(markers.MarkerError, match=words):
        markers.fill_in(made)
