"""Markers in a lesson's source, and what stands in their places in the notebooks.

    # {{quiz 04-1}}                           in a text: question and choices, as they are written
                                              in nstlib/check/quizzes/04.md; the cells with the
                                              empty and with the right answer follow the text
    # {{solution nstlib.losses.style_loss}}   in a solution: what the library computes, below the
                                              `def` and the docstring's first line of the stub

    {{machine: Gram matrices}}              in a text: the diagram of the whole course, and which
                                              part of it the lesson is about
    **Explain.** ...                        at the beginning of a text: the whole cell is folded
                                              until the reader opens it, after the prediction

A lesson with a quiz ends with `check.progress()`, the same for all: no source says it.

So neither a question nor a solution is written twice. What guards the library against wrong
arguments is no part of a solution: statements `if ...: raise ...`, and conversions of an argument
to a tensor, `x = ops.convert_to_tensor(x)`. Nor are the types of a function within the function.
"""

from __future__ import annotations

import ast
import pathlib
import re
import runpy

import nbformat

ROOT = pathlib.Path(__file__).resolve().parents[1]
EXPLAIN = "**Explain.** "
QUIZ = re.compile(r"\{\{quiz ([^}]*)\}\}")
MACHINE = re.compile(r"\{\{machine: ([^}]*)\}\}")
SOLUTION = re.compile(r"# \{\{solution ([\w.]+)\}\}")
# By its path: to import nstlib would load TensorFlow.
DIAGRAM = """\
```text
    photograph ──┐               ┌──▶ content loss ──────────────────┐
    style ───────┼──▶ network ───┤                                   ├──▶ sum ──▶ gradient
    painting ────┤               └──▶ Gram matrices ──▶ style loss ──┤               │
       ▲         └──────────────────▶ total variation ───────────────┘               │
       └───────────────────────────── step of the pixels ◀───────────────────────────┘
```"""
PROGRESS = (
    "This is what you have passed so far, here and in the other lessons. It is kept in a file of "
    "your own, and sent nowhere."
)
FOLDED = "<details>\n<summary><b>Explain</b></summary>\n\n{}\n\n</details>"
read_quizzes = runpy.run_path(str(ROOT / "nstlib" / "check" / "questions.py"))["read_quizzes"]


class MarkerError(ValueError):
    """A marker that cannot be replaced; the message says why."""


def fill_in(cells: list) -> list:
    """The cells of a lesson, with what their markers stand for.

    Raises:
        MarkerError: there is no such question or function, or no stub before a solution.
    """
    filled, stub, asked = [], "", False
    for cell in cells:
        filled.append(cell)
        if cell.cell_type == "markdown" and (marker := MACHINE.search(cell.source)):
            cell.source = cell.source.replace(marker[0], machine(marker[1]))
        if cell.cell_type == "markdown" and cell.source.startswith(EXPLAIN):
            cell.source = FOLDED.format(cell.source.removeprefix(EXPLAIN))
        if cell.cell_type == "markdown" and (marker := QUIZ.search(cell.source)):
            name = marker[1]
            if name not in read_quizzes():
                raise MarkerError(f"there is no question {name} in nstlib/check/quizzes")
            question, asked = read_quizzes()[name], True
            cell.source = cell.source.replace(marker[0], question.markdown)
            filled.append(_code(f'check.quiz("{name}", "")', "exercise"))
            answer = f'check.quiz("{name}", "{question.right}")'
            filled.append(_code(answer, "solution", "nbval-check-output"))
        elif marker := SOLUTION.fullmatch(cell.source.strip()):
            cell.source = solution(marker[1], stub)
        stub = cell.source if "exercise" in cell.metadata.get("tags", ()) else ""
    return [*filled, *progress()] if asked else filled


def progress() -> list:
    """The end of a lesson: what of it is passed, and what of all others. It is on no slide."""
    metadata = {"tags": ["progress"], "slideshow": {"slide_type": "skip"}}
    return [
        nbformat.v4.new_markdown_cell(PROGRESS, metadata=metadata),
        nbformat.v4.new_code_cell("check.progress()", metadata=metadata),
    ]


def machine(parts: str) -> str:
    """The diagram with these parts in capitals, and a line that says so, for the ear too.

    >>> print(machine("network, sum").splitlines()[-1])
    **You are here:** network, sum.
    """
    diagram = DIAGRAM
    for part in filter(None, parts.split(", ")):
        if part not in DIAGRAM:
            raise MarkerError(f"the diagram of the machine has no {part!r}")
        diagram = diagram.replace(part, part.upper())
    return f"{diagram}\n\n**You are here:** {parts}." if parts else diagram


def unfolded(text: str) -> str:
    """A text as its lesson has it: on a slide, an explanation is open.

    >>> unfolded(FOLDED.format("It is teal."))
    '**Explain.** It is teal.'
    """
    before, after = FOLDED.split("{}")
    folded = text.startswith(before) and text.endswith(after)
    return EXPLAIN + text.removeprefix(before).removesuffix(after) if folded else text


def _code(source: str, *tags: str):
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})


def solution(function: str, stub: str) -> str:
    """A function of the library as a student would have written it, who completes `stub`."""
    module, _, name = function.rpartition(".")
    path = ROOT / f"{module.replace('.', '/')}.py"
    if not path.is_file():
        raise MarkerError(f"there is no {module}, of which {function} is to be taken")
    text = path.read_text(encoding="utf-8")
    ours, given = _find(text, name), _find(stub, name)
    if ours is None:
        raise MarkerError(f"there is no function {name} in {module}")
    if given is None:
        raise MarkerError(f"before the solution {name}, an exercise must have its `def`")
    docstring = given.body[0]
    head = stub.splitlines()[: docstring.lineno]
    if docstring.end_lineno > docstring.lineno:
        head[-1] += '"""'
    return "\n".join(head + _computed(ours, text.splitlines()))


def _find(text: str, name: str) -> ast.FunctionDef | None:
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return next((node for node in found if node.name == name), None)


def _computed(function: ast.FunctionDef, lines: list[str]) -> list[str]:
    """The lines behind the docstring, without those that guard."""
    docstring, *body = function.body
    left_out = {
        line for node in body if _guards(node) for line in range(node.lineno, node.end_lineno + 1)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef) and node is not function:
            lines[node.lineno - 1] = f"{' ' * node.col_offset}def {node.name}({_names(node.args)}):"
            left_out |= set(range(node.lineno + 1, node.body[0].lineno))
    numbers = range(docstring.end_lineno + 1, function.end_lineno + 1)
    return [lines[number - 1] for number in numbers if number not in left_out]


def _names(arguments: ast.arguments) -> str:
    """Arguments without their types, which no lesson asks for."""
    for node in ast.walk(arguments):
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(arguments)


def _guards(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return not node.orelse and all(isinstance(inner, ast.Raise) for inner in node.body)
    if isinstance(node, ast.Assign):  # x, y = convert(x), convert(y)
        value = node.value
        values = value.elts if isinstance(value, ast.Tuple) else [value]
        same = [v.args[0] if _converts(v) else None for v in values]
        targets = ast.unparse(node.targets[0]).strip("()").split(", ")
        return targets == [v and ast.unparse(v) for v in same]
    return False


def _converts(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "ops.convert_to_tensor"
