"""Whether reruns.py finds what it is there to find, in a small notebook that does it all wrong."""

import nbformat
import pytest
import reruns

# Headings and code cells; after each cell its number, which counts the headings too.
BAD = [
    "# Start",
    "import pathlib, random, time\ncount, seen = 0, []",  # 2
    "# Wrong",
    "count += 1\nprint('count', count)",  # 4: another number with each click
    "print('seen', seen)",  # 5: right when clicked twice, not when its section is run again
    "seen = [1]",  # 6
    "print(random.random())",  # 7: never the same
    "pathlib.Path('left.txt').write_text('x')\nprint('written')",  # 8
    "pathlib.Path('../data/old.txt').write_text('old')",  # 9: changed, with the same content
    "print(undefined)",  # 10
    "# Right",
    "print(f'it took {time.perf_counter():.3f} s')",  # 12
    "print(time.perf_counter())  # 13: has the tag",  # 13
    "# nstlib.save_image(...)\nprint('kept in', __import__('os').environ['HOME'])",  # 14
]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    course = tmp_path_factory.mktemp("small")
    for part in reruns.PARTS:
        (course / part).mkdir()
    (course / "nstlib" / "__init__.py").write_text("def save_image(_): print('saved')\n")
    (course / "data" / "old.txt").write_text("old")
    cells = [
        nbformat.v4.new_markdown_cell(source)
        if source.startswith("# ") and "\n" not in source
        else nbformat.v4.new_code_cell(source)
        for source in BAD
    ]
    cells[12].metadata["tags"] = ["measured"]
    path = course / "notebooks" / "00_bad.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def closed(notebook, home, tmp_path_factory):
    prefix = reruns.obedient_prefix(tmp_path_factory.mktemp("probe"))
    if prefix is None:
        pytest.skip("permissions do not stop this user, and there is no setpriv to change that")
    return reruns.read_only_pass(notebook, home, prefix)


@pytest.fixture(scope="module")
def rerun(notebook, home):
    return reruns.rerun_pass(notebook, home)


def numbers(told, complaints):
    """Of the cells that are complained of."""
    return [cell.number for cell in told.cells if any(str(cell) in text for text in complaints)]


def test_finds_a_folder_that_can_be_written(notebook, home):
    with reruns.sit_down(notebook, home) as run:
        assert run(reruns.PROBE).splitlines() != reruns.REFUSED
    for part in reruns.PARTS:
        (notebook.parents[1] / part / "probe.txt").unlink()


def test_finds_what_writes_into_a_read_only_course(closed):
    assert closed.notes["probe"] == reruns.REFUSED
    assert numbers(closed, reruns.errors(closed, "first")) == [8, 9, 10]
    assert "PermissionError" in reruns.errors(closed, "again")[0]


def test_finds_what_differs_when_all_is_run_again(closed):
    changed = reruns.changes(closed.cells, closed.said["first"], closed.said["again"])
    assert numbers(closed, changed) == [7]


def test_finds_what_differs_in_another_kernel(closed, rerun):
    changed = reruns.changes(closed.cells, closed.said["first"], rerun.said["first"])
    assert numbers(closed, changed) == [7, 8, 9]


def test_finds_what_differs_on_a_second_click(rerun):
    changed = reruns.changes(rerun.cells, rerun.said["first"], rerun.said["click"])
    assert numbers(rerun, changed) == [4, 7]
    assert "said 'count 1', then 'count 2'" in changed[0]


def test_finds_what_differs_when_a_section_is_run_again(rerun):
    changed = reruns.changes(rerun.cells, rerun.said["first"], rerun.said["section"])
    assert numbers(rerun, changed) == [4, 5, 7]
    assert numbers(rerun, reruns.errors(rerun, "section")) == [10]


def test_finds_files_that_are_left_or_written_anew(rerun):
    assert sorted(rerun.notes["left"]) == ["data/old.txt", "notebooks/left.txt"]


def test_finds_the_lines_that_save_a_picture(closed, home, notebook):
    assert closed.said["first"][-1] == f"kept in {home}"
    assert closed.notes["kept"] == ["saved"]
    assert str(notebook.parents[1]) in closed.notes["where"][0]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("all done in 3 s.", "all done in 12.5 s.", True),
        ("all done in 3 s.", "all done in    7 s.", True),
        ("it needs 1.25 GB, or 80 MB", "it needs 2 GB, or 7 MB", True),
        ("done after 3 steps", "done after 12.5 steps", False),
        ("done in 7 s, with loss 3", "done in 7 s, with loss 4", False),
    ],
)
def test_finds_numbers_but_not_measured_ones(one, other, same):
    def said(words):
        return reruns.said([nbformat.v4.new_output("stream", text=words)])

    assert (said(one) == said(other)) is same


def test_finds_the_words_of_html_and_not_its_pictures():
    def said(page):
        return reruns.said([nbformat.v4.new_output("display_data", data={"text/html": page})])

    picture = '<b>Two &amp; two</b><img alt="{}" src="data:image/png;base64,{}">'
    assert said(picture.format("a cat", "AAAA")) == said(picture.format("a cat", "BBBB"))
    assert said(picture.format("a cat", "AAAA")) != said(picture.format("a dog", "AAAA"))
    assert "Two & two" in said(picture)
