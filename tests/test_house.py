"""The library is built as docs/contributing.md draws it: imports lead down, never in a circle."""

import graphlib
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "nstlib"
FIGURE = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(ROOT / "benchmarks")
    from imports import imports


def floors(text: str) -> dict[str, int]:
    """From each file or room to its floor, counted from the top of the figure."""
    figure = text.partition("## The house")[2].partition("```text")[2].partition("```")[0]
    drawn = re.findall(r"^ *│(.+?)│", figure, flags=re.M)
    return {name: floor for floor, names in enumerate(drawn) for name in names.split()}


def room(path: pathlib.Path) -> str:
    """The name of a file of the library as the figure has it."""
    first, *more = path.relative_to(LIBRARY).parts
    return f"{first}/" if more else first.removesuffix(".py")


def files() -> list[pathlib.Path]:
    return sorted(path for path in LIBRARY.rglob("*.py") if path != LIBRARY / "__init__.py")


def wrong_imports(house: dict[str, int]) -> list[str]:
    """What files import that is not below them, and not in the same room."""
    return [
        f"{path.relative_to(LIBRARY)} imports {other.relative_to(LIBRARY)}"
        for path in files()
        for other in imports(path)
        if room(other) != room(path) and not house[room(other)] > house[room(path)]
    ]


def test_the_figure_has_all_rooms_and_no_others():
    assert set(floors(FIGURE)) == {room(path) for path in files()}


def test_imports_lead_down():
    assert wrong_imports(floors(FIGURE)) == []


def test_an_import_that_leads_up_is_noticed():
    house = floors(FIGURE)
    turned = house | {"networks": house["stylize"], "stylize": house["networks"]}
    wrong = wrong_imports(turned)
    assert "objective.py imports networks.py" in wrong
    assert [line for line in wrong if line.startswith("stylize.py imports engine/")]


@pytest.mark.parametrize("folder", ["nstlib", "benchmarks", "publish"])
def test_nothing_imports_in_a_circle(folder):
    paths = [p for p in (ROOT / folder).rglob("*.py") if "node_modules" not in p.parts]
    folders = [ROOT, *{path.parent for path in paths}]
    graph = {path: imports(path, folders) for path in paths}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, with the circle


def test_a_circle_is_noticed(tmp_path):
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.py").write_text(f"def later():\n    import {other}\n")
    graph = {path: imports(path, [tmp_path]) for path in tmp_path.glob("*.py")}
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(graph).prepare()


def test_the_library_knows_nothing_of_what_stands_around_it():
    outside = [ROOT, *(ROOT / name for name in ("benchmarks", "docs", "publish", "tests"))]
    for path in files():
        assert all(LIBRARY in other.parents for other in imports(path, outside)), path
