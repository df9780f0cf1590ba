"""What every lesson must have, and proof that each of these rules can fail.

A rule is a function that takes a lesson and returns its complaints. The first test applies all
rules to all lessons in notebooks/source; the others break a good lesson in one way each.
"""

import ast
import base64
import dataclasses
import inspect
import itertools
import pathlib
import re
import statistics
import sys

import nbformat
import pytest

import build
import make_slides
import markers
from nstlib.check.questions import read_quizzes, read_titles
from nstlib.plots.findings import read_findings

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "notebooks" / "source").glob(f"{build.LESSON}.py"))
PAGES = sorted({*(ROOT / "notebooks" / "source").glob("*.py")} - {*SOURCES})

MEDIAN_LINES, MOST_LINES = 5, 20  # of code in a cell
NOTEBOOK_BYTES, PICTURE_BYTES = 1_500_000, 150_000  # stored outputs
MACHINE_PATH = re.compile(r"(?<![\w.])(?:/(?:home|Users|root|work|tmp|private|opt)/\w|[A-Z]:\\\w)")
LINK = re.compile(r"""\]\(\s*<?([^)\s>]+)|\b(?:src|href)=["']([^"']+)""")
PICTURE = re.compile(r"show|show_\w+|plot|plot_\w+|imshow|scatter|hist|bar|semilogy|loglog")
TITLED = {"alt", "title", "titles", "caption", "captions"}
TITLES = {"title", "set_title", "suptitle"}
# What makes a list longer or shorter with every click.
GROW = {"append", "extend", "insert", "pop", "remove", "reverse"}
UNSEEDED = re.compile(
    r"default_rng\(\)|np\.random\.(?!default_rng)\w+|\brandom\.(?:random|choice|shuffle|sample)\("
    r"|tf\.random\.(?:normal|uniform|shuffle)\((?!.*\bseed=)"
)
ASKS = re.compile(r"\*\*(Predict|Find out|Your turn|Exercise|Without code|Stretch)")
WRITES = re.compile(
    r"\bopen\([^)]*, *[\"'][wax]|write_(?:text|bytes)\(|savefig\(|np\.save|save_image\(|checkpoint="
)


@dataclasses.dataclass
class Lesson:
    """A lesson, or a page that is none."""

    source: pathlib.Path  # .../notebooks/source/NN_topic.py

    def __post_init__(self):
        self.notebooks = self.source.parents[1]
        self.cells = build.read_lesson(self.source, "owner/name")
        self.lessons = sorted(path.stem for path in self.source.parent.glob(f"{build.LESSON}.py"))

    def markdown(self):
        return [cell.source for cell in self.cells if cell.cell_type == "markdown"]

    def code(self):
        return [cell for cell in self.cells if cell.cell_type == "code"]

    def source_of(self, tag):
        """All code of the cells with a tag."""
        return "\n".join(cell.source for cell in self.code() if tag in build.tags(cell))

    def opening(self):
        """The text before the first code cell."""
        text = itertools.takewhile(lambda cell: cell.cell_type == "markdown", self.cells)
        return "\n".join(cell.source for cell in text)

    def headings(self):
        """(level, text) of each heading."""
        text = re.sub(r"^(```|~~~).*?^\1", "", "\n\n".join(self.markdown()), flags=re.M | re.S)
        return [(len(m[1]), m[2]) for m in re.finditer(r"^(#{1,6}) +(.+)$", text, flags=re.M)]

    def stored(self):
        """The instructor's notebook as it is stored, or nothing."""
        path = build.notebook_paths(self.source, self.notebooks)["instructor"]
        return nbformat.read(path, as_version=4) if path.exists() else None

    def outputs(self):
        """(number of the cell, type, content) of all stored outputs."""
        for number, cell in enumerate(self.stored().cells if self.stored() else (), start=1):
            for output in cell.get("outputs", ()):
                yield number, "text/plain", output.get("text", "")
                for kind, content in output.get("data", {}).items():
                    yield number, kind, content if isinstance(content, str) else str(content)


def code_lines(cell):
    lines = (line.strip() for line in cell.source.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def begins(cell):
    return repr(cell.source.strip()[:50])


# ---- the rules -----------------------------------------------------------------------------


def one_title(lesson):
    titles = [text for level, text in lesson.headings() if level == 1]
    first = lesson.cells[0]
    if len(titles) != 1 or not re.search(r"^# ", first.source, flags=re.M):
        yield f"needs exactly one title (# ...), in its first cell; has {titles}"


def headings_in_order(lesson):
    for (above, _), (level, text) in itertools.pairwise(lesson.headings()):
        if level > above + 1:
            yield f"the heading {text!r} skips a level"


def objectives(lesson):
    if not any(re.search(r"objectives|you will|you can", t, re.I) for _, t in lesson.headings()):
        yield 'needs a section of objectives (a heading with "Objectives" or "you will ...")'


def minutes(lesson):
    if not re.search(r"\d+ min", lesson.opening()):
        yield 'must say before the first code cell how long it takes ("25 min")'


def minutes_add_up(lesson):
    """Those in the headings are those of the opening."""
    stated = re.search(r"(\d+) min", lesson.opening())
    parts = [m[1] for _, text in lesson.headings() if (m := re.search(r"\((\d+) min", text))]
    if stated and parts and sum(map(int, parts)) != int(stated[1]):
        yield f"says {stated[0]}, and the minutes of its headings add up to {sum(map(int, parts))}"


def optional_comes_last(lesson):
    """Whoever stops at the key points has had the lesson: what is optional counts no minutes."""
    over = False
    for _, text in lesson.headings():
        over = over or "key points" in text.lower()
        optional = text.startswith("Optional: ")
        if "optional" in text.lower() and not optional:
            yield f"the heading {text!r} must begin with 'Optional: '"
        if optional and not over:
            yield f"{text!r} must come after the key points"
        if optional and re.search(r"\d+ min", text):
            yield f"{text!r} must have no minutes, as it takes none of the lesson's"
    for text in lesson.markdown():
        if found := re.search(r"(?:section|here)[^.]{0,40} is optional", text):
            yield f"says {found[0]!r}: put it after the key points"


def seconds_are_printed(lesson):
    """What depends on the machine is measured where the student sits, not promised in the text."""
    for text in lesson.markdown():
        for found in re.findall(r"\b\d+(?:\.\d+)? (?:s|ms|sec|seconds|milliseconds)\b", text):
            yield f"promises {found!r}: let a cell print what it took"


def prerequisites(lesson):
    if not re.search(r"prerequisite|you need|before this lesson", lesson.opening(), re.I):
        yield 'must name its prerequisites before the first code cell ("Prerequisites: ...")'


def key_points(lesson):
    if not any("key points" in text.lower() for _, text in lesson.headings()):
        yield 'needs a section "Key points"'


def link_to_next(lesson):
    """The last lesson has nothing to link to. What is passed comes after the link."""
    later = [name for name in lesson.lessons if name > lesson.source.stem]
    texts = [text for text in lesson.markdown() if text != markers.PROGRESS]
    if later and f"({later[0]}.ipynb)" not in texts[-1]:
        yield f"must end with a link to the next lesson, {later[0]}.ipynb"


def words_before_code(lesson):
    """In both notebooks: a solution stands in the place of its stub."""
    for audience in build.WITHHELD:
        cells = build.build(lesson.cells, audience).cells
        if cells[0].cell_type == "code":
            yield "begins with code"
        for above, cell in itertools.pairwise(cells):
            hidden = "hidden-setup" in build.tags(above) | build.tags(cell)
            if above.cell_type == cell.cell_type == "code" and not hidden:
                yield f"needs a sentence before {begins(cell)} ({audience}'s notebook)"


def two_tracks(lesson):
    """A task for those who do not program, one for whoever wants more, and what came of that."""
    noted = "\n".join(cell.source for cell in lesson.cells if "instructor" in build.tags(cell))
    asked = "\n".join(cell.source for cell in lesson.cells if "instructor" not in build.tags(cell))
    for text, mark in (
        (asked, "**Without code.**"),
        (asked, "**Stretch.**"),
        (noted, "**The stretch task.**"),
    ):
        if not re.search(rf"^{re.escape(mark)} ", text, flags=re.M):
            whom = " for the instructor" if text is noted else ""
            yield f"needs a paragraph{whom} that begins with {mark}"


def exercises_have_solutions(lesson):
    for cell, after in zip(lesson.cells, [*lesson.cells[1:], None], strict=True):
        if "exercise" in build.tags(cell) and not (after and "solution" in build.tags(after)):
            yield f"needs a solution right after the exercise {begins(cell)}"


def solutions_do_not_leak(lesson):
    yield from build.leaks(lesson.cells)


def whole_quiz(lesson):
    """All of its lesson's questions are asked, in their order."""
    number = lesson.source.stem[:2]
    asked = re.findall(r'check\.quiz\("([^"]+)", ""\)', lesson.source_of("exercise"))
    wanted = [name for name in read_quizzes() if name.startswith(f"{number}-")]
    if asked != wanted:
        yield f"asks the questions {asked}, and its quiz has {wanted}"


def quiz_has_the_title(lesson):
    """By which `check.progress()` calls the lesson."""
    number, title = lesson.source.stem[:2], read_titles().get(lesson.source.stem[:2])
    asked = "check.quiz(" in lesson.source_of("exercise")
    if asked and (1, f"{number} {title}") not in lesson.headings():
        yield f"its quiz must begin with '# Quiz of lesson {number}: ' and the lesson's title"


def solutions_pass(lesson):
    """As the instructor's notebook was executed: so also those that differ from the library."""
    for cell in lesson.stored().cells if lesson.stored() else ():
        if "progress" in build.tags(cell):
            yield from _not_passed(lesson.source.stem[:2], cell)
        elif cell.cell_type == "code" and re.search(r"\b(check|puzzles)\.\w+\(", cell.source):
            printed = "".join(output.get("text", "") for output in cell.outputs)
            if not printed.startswith("right ") and not printed.endswith("All passed.\n"):
                yield f"{begins(cell)} has not passed: {printed[-200:]!r}"


def _not_passed(number, cell):
    """What the table at the end of an executed lesson has not seen passed, and should have."""
    for output in cell.get("outputs", ()):
        row = re.search(rf"^{number} .*: (\d+) of (\d+)\n(.*)", output.data["text/plain"], re.M)
        if row[1] != row[2]:
            yield f"ends with {row[3].strip()}: let a cell check what is not passed"


def imports_are_used(lesson):
    """By the text, or by a solution that a marker stands for."""
    trees = [ast.parse(cell.source) for cell in lesson.code()]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = (alias.asname or alias.name).split(".")[0]
                if name not in used:
                    yield f"imports {name} and does not use it"


def short_cells(lesson):
    sizes = [len(code_lines(cell)) for cell in lesson.code()] or [0]
    if statistics.median(sizes) > MEDIAN_LINES:
        yield f"the median code cell has {statistics.median(sizes)} lines, not {MEDIAN_LINES}"
    for cell, size in zip(lesson.code(), sizes, strict=False):
        if size > MOST_LINES:
            yield f"{begins(cell)} has {size} lines of code, more than {MOST_LINES}"


def pictures_described(lesson):
    for text in lesson.markdown():
        for found in re.findall(r"!\[\s*\]\([^)]*\)|<img(?![^>]*\balt=[\"'][^\"'])[^>]*>", text):
            yield f"needs alt text: {found[:60]}"
    for cell in lesson.code():
        calls = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
        names = [getattr(c.func, "attr", None) or getattr(c.func, "id", "") for c in calls]
        if TITLES & set(names):
            continue
        for call, name in zip(calls, names, strict=True):
            keywords = {keyword.arg for keyword in call.keywords}
            empty = not call.args and not keywords  # plt.show()
            # The name None is that of **settings, which may hold a title.
            if PICTURE.fullmatch(name) and not empty and not keywords & {*TITLED, None}:
                yield f"needs alt text or a title: {ast.unparse(call)[:60]}"


def answers_are_hidden(lesson):
    """From a prediction to the next heading, no title and no alt is written in a cell."""
    asked = False
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            asked = asked and not re.search(r"^#+ ", cell.source, flags=re.M)
            asked = asked or "**Predict" in cell.source
            continue
        statements = ast.parse(cell.source).body if asked else ()
        parts = [p for node in statements if not _is_definition(node) for p in ast.walk(node)]
        written = [(k.arg, k.value) for p in parts if isinstance(p, ast.Call) for k in p.keywords]
        written += [
            (getattr(p.targets[0], "id", ""), p.value) for p in parts if isinstance(p, ast.Assign)
        ]
        for name, value in written:
            if name in {"alt", "title"} and isinstance(
                value, (ast.Constant, ast.JoinedStr, ast.List)
            ):
                yield f"{begins(cell)} gives an answer away: put its {name} into plots/lessons"


def explanations_are_folded(lesson):
    """Each is a text of its own, after which the page goes on with something that is read."""
    before, _ = markers.FOLDED.split("{}")
    for cell, after in itertools.pairwise(lesson.cells):
        folded = cell.source.startswith(before)
        if cell.cell_type == "markdown" and not folded and markers.EXPLAIN in cell.source:
            yield f"{begins(cell)} must begin with its Explain, so that it can be folded"
        if folded and ASKS.search(cell.source):
            yield f"{cell.source[len(before) :][:50]!r} hides a question"
        if folded and after.cell_type == "code":
            yield f"needs a sentence between {cell.source[len(before) :][:50]!r} and the code"


def predictions_are_slides(lesson):
    """What asks is a slide, and so is what answers a prediction, after it and on another one."""
    folded, answered = markers.FOLDED.split("{}")[0], True
    for cell in lesson.cells:
        if cell.source.startswith("## Optional: "):  # comes last, and is for who wants more
            return
        kind = make_slides.slide_type(cell)
        text = cell.source if cell.cell_type == "markdown" else ""
        slide = kind in ("slide", "subslide")
        if ASKS.search(text) and "instructor" not in build.tags(cell) and not slide:
            yield f"{begins(cell)} asks something and is on no slide"
        if not text and not answered and kind in ("-", "fragment") and "quiz" not in cell.source:
            yield f"{begins(cell)} is on the slide of the prediction that it answers"
        if text.startswith(folded) and not slide:
            yield f"{text[len(folded) :][:50]!r} explains, and is no slide of its own"
        answered = (answered or slide) and "**Predict" not in text


def findings_are_shown(lesson):
    """Each once, and with numbers that were computed, not remembered."""
    number = lesson.source.stem[:2]
    asked = re.findall(r'plots\.finding\(\s*"([^"]+)"', "\n".join(c.source for c in lesson.code()))
    known = {f"{number}-{name}": texts for name, texts in read_findings().get(number, {}).items()}
    if sorted(asked) != sorted(known):
        yield f"shows the figures {sorted(asked)}, and plots/lessons has {sorted(known)}"
    for name, texts in known.items():
        if found := re.search(r"\d\.\d|\d ?%|vgg", str(texts)):
            yield f"figure {name} remembers what was computed ({found[0]}): give it as a value"


def only_what_was_chosen_is_called(lesson):
    """A student's function may pass its check and take tensors only: no cell calls it itself."""
    chosen = re.findall(r"\.mine_or_library\((\w+)", "\n".join(c.source for c in lesson.code()))
    for name in chosen:
        cells = lesson.code()  # what stands before the last definition is another function
        last = max((i for i, c in enumerate(cells) if f"def {name}(" in c.source), default=0)
        after = [c for c in cells[last:] if not {"exercise", "solution"} & build.tags(c)]
        code = "\n".join(c.source for c in after)
        if re.search(rf"(?<![\w.])(?<!def ){name}\(", code):
            yield f"calls {name}, and not the function that mine_or_library has chosen"


def nobody_is_waited_for(lesson):
    """Where a function is used, the student's or the library's is, and the cell says whose."""
    written = set()
    for cell in lesson.code():
        if "exercise" in build.tags(cell):
            written.update(re.findall(r"^def (\w+)", cell.source, flags=re.M))
        if re.search(r"\bif (?:not )?\w+\.passed\b", cell.source):
            yield f"{begins(cell)} waits for a check: let mine_or_library choose a function"
        nodes = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.ImportFrom)]
        for name in sorted(written & {a.asname or a.name for node in nodes for a in node.names}):
            yield f"{begins(cell)} imports {name} over the student's: let mine_or_library choose"


def library_first(lesson):
    """So it can choose Keras's backend, and what TensorFlow has to log is kept out of the cells."""
    code = [c for c in lesson.code() if not c.source.startswith(build.SETUP.split("\n")[0])]
    nodes = itertools.chain.from_iterable(ast.parse(cell.source).body for cell in code)
    imports = [ast.unparse(n) for n in nodes if isinstance(n, (ast.Import, ast.ImportFrom))]
    if imports and imports[0] != "import nstlib":
        yield f"must begin with `import nstlib`, not with {imports[0]}"


def cells_may_run_twice(lesson):
    """No `n += 1`, no `x = f(x)`, no `x.append(...)`, unless the cell itself has set n or x."""
    for cell in lesson.code():
        for name in _carried(ast.parse(cell.source).body, set()):
            yield f"{begins(cell)} changes {name}, so that a second click gives something else"


def sections_may_run_twice(lesson):
    """What a cell reads from an earlier section, no later cell of its own section sets anew."""
    sections = [[]]
    for cell in lesson.cells:
        if cell.cell_type == "markdown" and re.search(r"^#+ ", cell.source, flags=re.M):
            sections.append([])
        elif cell.cell_type == "code":
            sections[-1].append(cell)
    for section in sections:
        made, read = set(), {}
        for cell in section:
            new = set()
            for node in ast.parse(cell.source).body:
                if _is_definition(node):
                    new.add(node.name)
                    continue
                stored, loaded = _names(_parts(node))
                read.update((name, cell) for name in loaded - made - new - stored)
                new |= stored
            for name in new & set(read):
                yield f"{begins(read[name])} gets another {name} when its section is run again"
            made |= new


def _is_definition(node):
    return isinstance(node, (ast.FunctionDef, ast.ClassDef))  # what is inside is not run there


def _parts(node, without=()):
    inside = {id(deeper) for part in without for deeper in ast.walk(part)}
    return [part for part in ast.walk(node) if id(part) not in inside]


def _names(parts):
    """Names that are set and names that are read; those that only a comprehension knows are not."""
    targets = [part.target for part in parts if isinstance(part, ast.comprehension)]
    arguments = {part.arg for part in parts if isinstance(part, ast.arg)}
    local = {name.id for target in targets for name in ast.walk(target) if hasattr(name, "id")}
    names = [part for part in parts if isinstance(part, ast.Name)]
    stored = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    loaded = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    return stored - local, loaded - local - arguments


def _carried(body, made):
    """Names that statements change and have not made themselves; adds to `made` those they make."""
    for node in body:
        if _is_definition(node):
            made.add(node.name)
            continue
        blocks = [getattr(node, field, []) for field in ("body", "orelse", "finalbody")]
        within = [part for block in blocks if isinstance(block, list) for part in block]
        parts = _parts(node, without=within)
        stored, loaded = _names(parts)
        if isinstance(node, ast.AugAssign) and not isinstance(node.op, ast.BitOr):
            yield from stored - made  # a |= {...} is the same the second time
        elif isinstance(node, ast.Assign):
            yield from stored & loaded - made
        for part in parts:
            grows = isinstance(part, ast.Attribute) and part.attr in GROW
            if grows and isinstance(part.value, ast.Name) and part.value.id not in made:
                yield part.value.id
        made |= stored
        yield from _carried(within, made)


def chance_is_seeded(lesson):
    for cell in lesson.code():
        for found in UNSEEDED.findall("\n".join(code_lines(cell))):
            yield f"{begins(cell)} gives other numbers in every kernel: {found} needs a seed"


def nothing_is_saved(lesson):
    """A line that saves a file is commented out: whoever wants the file removes the #."""
    for cell in lesson.code():
        for found in WRITES.findall("\n".join(code_lines(cell))):
            yield f"{begins(cell)} leaves a file behind ({found}): put a # before that line"


def no_machine_path(lesson):
    for cell in lesson.cells:
        for found in MACHINE_PATH.finditer(cell.source):
            yield f"{begins(cell)} has a path of one machine: {found[0]}..."
    for number, kind, content in lesson.outputs():
        if kind.startswith("text/") and (found := MACHINE_PATH.search(_short(content))):
            yield f"the output of cell {number} has a path of one machine: {found[0]}..."


def _short(content):
    """Without embedded pictures, which are long and in which anything may occur."""
    return re.sub(r"base64,[\w+/=\s]+", "", content)


def links_resolve(lesson):
    for audience, path in build.notebook_paths(lesson.source, lesson.notebooks).items():
        text = "\n".join(
            cell.source
            for cell in build.build(lesson.cells, audience).cells
            if cell.cell_type == "markdown"
        )
        for link in (a or b for a, b in LINK.findall(text)):
            if re.match(r"[a-z]+:|#", link):
                continue
            target = (path.parent / link.split("#")[0]).resolve()
            # The notebooks beside this one may not be built yet.
            beside = target.parent == path.parent.resolve() and target.stem in lesson.lessons
            if not target.exists() and not beside:
                yield f"the link {link} leads nowhere ({audience}'s notebook)"


def small_outputs(lesson):
    total = 0
    for number, kind, content in lesson.outputs():
        total += len(content.encode())
        embedded = [content] if kind in ("image/png", "image/jpeg") else []
        embedded += re.findall(r"base64,([\w+/=\s]+)", content)
        for size in (len(base64.b64decode(picture)) for picture in embedded):
            if size > PICTURE_BYTES:
                yield f"a picture in the output of cell {number} has {size} bytes"
    if total > NOTEBOOK_BYTES:
        yield f"the stored outputs have {total} bytes, more than {NOTEBOOK_BYTES}"


RULES = [
    one_title,
    only_what_was_chosen_is_called,
    nobody_is_waited_for,
    headings_in_order,
    objectives,
    minutes,
    minutes_add_up,
    optional_comes_last,
    seconds_are_printed,
    prerequisites,
    key_points,
    link_to_next,
    words_before_code,
    two_tracks,
    exercises_have_solutions,
    solutions_do_not_leak,
    whole_quiz,
    quiz_has_the_title,
    solutions_pass,
    imports_are_used,
    short_cells,
    pictures_described,
    answers_are_hidden,
    explanations_are_folded,
    predictions_are_slides,
    findings_are_shown,
    library_first,
    cells_may_run_twice,
    sections_may_run_twice,
    chance_is_seeded,
    nothing_is_saved,
    no_machine_path,
    links_resolve,
    small_outputs,
]
# What a page of exercises, which is no part of the course's way, need not have.
LESSONS_ONLY = {
    objectives,
    minutes,
    prerequisites,
    key_points,
    link_to_next,
    two_tracks,
    whole_quiz,
    quiz_has_the_title,
    library_first,
}


# ---- the lessons ---------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_lesson(source, rule):
    assert not list(rule(Lesson(source)))


@pytest.mark.parametrize("rule", sorted({*RULES} - LESSONS_ONLY, key=RULES.index))
@pytest.mark.parametrize("source", PAGES, ids=lambda source: source.stem)
def test_page(source, rule):
    assert not list(rule(Lesson(source)))


def test_there_are_lessons_and_pages():
    assert SOURCES and PAGES


# ---- the rules themselves ------------------------------------------------------------------

GOOD = """\
# %% [markdown]
# # 00 Two plus two
#
# 10 min. Prerequisites: none.
#
# ## Objectives (10 minutes)
#
# You can add. The [rules](../docs/rules.md) and ![a cat](../docs/cat.jpg) help.

# %%
x = 2

# %% [markdown]
# Now add them.

# %% tags=["exercise"]
y = ...

# %% tags=["solution"]
y = x + 2

# %% [markdown]
# And look at it.

# %%
show(y, alt="the sum")

# %% tags=["hidden-setup"]
plt.plot([x, y])
plt.title("Two and four")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** Which is larger?
#
# **Stretch.** And three?

# %% [markdown] tags=["instructor"]
# **The stretch task.** Five.

# %% [markdown]
# {{quiz 00-1}}

# %% [markdown]
# ## Key points
#
# Next: [take away](01_minus.ipynb).
"""

LONG_CELL = "\n".join(f"a{n} = {n}" for n in range(21))
PREDICTED = """\
# **Predict.** What is it?

# %%
title = "Four"
show(y, title=title)"""
PREDICTED_ON = "# %% [markdown]\n# And look at it.\n\n# %%\nshow("
PREDICTED_TOO = """\
# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** What is it?

# %% slideshow={"slide_type": "-"}
show("""
# The rule, a text of the good lesson, and what to put there to break that rule.
BROKEN = [
    (
        only_what_was_chosen_is_called,
        "y = x + 2\n\n# %% [markdown]\n# And look at it.\n\n# %%\nshow(y",
        "def add(x): return x\n\n# %%\nmy_add = check.add.mine_or_library(add)\nshow(add(y)",
    ),
    (
        nobody_is_waited_for,
        'show(y, alt="the sum")',
        'verdict = check.add(add)\nif verdict.passed:\n    show(add(y), alt="the sum")',
    ),
    (
        nobody_is_waited_for,
        'show(y, alt="the sum")',
        'verdict = check.add(add)\nplus = add if verdict.passed else sum\nshow(y, alt="the sum")',
    ),
    (
        nobody_is_waited_for,
        'show(y, alt="the sum")',
        'if first.passed and second.passed:\n    show(y, alt="the sum")',
    ),
    (
        nobody_is_waited_for,
        "y = ...\n",
        "def add(x): ...\n\n# %%\nfrom nstlib.check.references import add\nadd(1)\n",
    ),
    (one_title, "## Key points", "# Key points"),
    (one_title, "# # 00 Two plus two", "# 00 Two plus two"),
    (headings_in_order, "## Key points", "#### Key points"),
    (objectives, "## Objectives", "## Goals"),
    (minutes, "10 min", "Ten"),
    (minutes_add_up, "(10 minutes)", "(9 minutes)"),
    (optional_comes_last, "## Objectives (10 minutes)", "## Optional: add (10 minutes)"),
    (optional_comes_last, "## Key points", "## Key points\n#\n# ## Optional: add (3 minutes)"),
    (optional_comes_last, "## Key points", "## Key points\n#\n# ## An optional part"),
    (optional_comes_last, "Now add them", "This section, too, is optional"),
    (seconds_are_printed, "Now add them", "This takes 3.5 s"),
    (seconds_are_printed, "Now add them", "After 20 seconds"),
    (prerequisites, "Prerequisites: none.", ""),
    (key_points, "Key points", "Points"),
    (link_to_next, "01_minus.ipynb", "02_times.ipynb"),
    (words_before_code, "# %% [markdown]\n# And look at it.\n", ""),
    (words_before_code, ' tags=["hidden-setup"]', ""),
    (two_tracks, "**Without code.** Which", "Which"),
    (two_tracks, "**Stretch.** And", "And"),
    (two_tracks, "**The stretch task.** Five", "**Stretch.** Five"),
    (exercises_have_solutions, 'tags=["solution"]', 'tags=["other"]'),
    (solutions_do_not_leak, "x = 2\n", "x = 2\ny = x + 2\n"),
    (solutions_do_not_leak, "# Now add them.", "# Now add them:\n#\n#     y = x + 2"),
    (whole_quiz, "{{quiz 00-1}}", "{{quiz 00-2}}"),
    (whole_quiz, "{{quiz 00-1}}", "No question."),
    (quiz_has_the_title, "# # 00 Two plus two", "# # 00 Two plus three"),
    (imports_are_used, "x = 2\n", "import numpy as np\n"),
    (imports_are_used, "x = 2\n", "from keras import ops\n"),
    (short_cells, "x = 2\n", LONG_CELL),
    (short_cells, "x = 2\n", "if x:\n    # why\n\n    pass\n" * 30),
    (pictures_described, ', alt="the sum"', ""),
    (pictures_described, 'plt.title("Two and four")', ""),
    (pictures_described, "![a cat]", "![]"),
    (pictures_described, "![a cat](../docs/cat.jpg)", "<img src='../docs/cat.jpg'>"),
    (answers_are_hidden, "And look at it.", "**Predict.** What is it?"),
    (answers_are_hidden, '# And look at it.\n\n# %%\nshow(y, alt="the sum")', PREDICTED),
    (explanations_are_folded, "# And look at it.", "# Four.\n#\n# **Explain.** It is a sum."),
    (explanations_are_folded, "# And look at it.", "# **Explain.** It is a sum."),
    (explanations_are_folded, "# {{quiz 00-1}}", "# **Explain.** A sum.\n#\n# **Predict:** and 3?"),
    (predictions_are_slides, "And look at it.", "**Predict.** What is it?"),
    (predictions_are_slides, "And look at it.", "**Your turn.** Draw it."),
    (predictions_are_slides, "# {{quiz 00-1}}", "# **Explain.** It is a sum."),
    (predictions_are_slides, PREDICTED_ON, PREDICTED_TOO),
    (findings_are_shown, 'alt="the sum"', '**plots.finding("00-none")'),
    (library_first, "x = 2\n", "import numpy as np\n\nx = np.array(2)\n"),
    (cells_may_run_twice, "y = x + 2", "x += 2"),
    (cells_may_run_twice, "y = x + 2", "y = x = x + 2"),
    (cells_may_run_twice, "y = x + 2", "for y in range(3):\n    x += y"),
    (cells_may_run_twice, "y = x + 2", "if x:\n    sums.append(x)"),
    (
        sections_may_run_twice,
        '# And look at it.\n\n# %%\nshow(y, alt="the sum")\n',
        '# ## Look\n\n# %%\nshow(y, alt="the sum")\n\n# %%\ny = 3\n',
    ),
    (chance_is_seeded, "x = 2\n", "x = np.random.default_rng().random()\n"),
    (chance_is_seeded, "x = 2\n", "x = np.random.rand(2)\n"),
    (chance_is_seeded, "x = 2\n", "x = tf.random.normal((2, 3))\n"),
    (nothing_is_saved, "x = 2\n", "nstlib.save_image(x, 'x.png')\n"),
    (nothing_is_saved, "x = 2\n", "with open('x.txt', 'w') as file:\n    file.write('x')\n"),
    (no_machine_path, "x = 2\n", "x = open('/home/me/x')\n"),
    (no_machine_path, "Now add them", r"See C:\Users"),
    (links_resolve, "../docs/rules.md", "../docs/none.md"),
    (links_resolve, "01_minus.ipynb", "03_none.ipynb"),
]


@pytest.fixture
def lesson_of(tmp_path, monkeypatch):
    """Write a text as lesson 00 of a course of three, and return it as a lesson."""
    here = sys.modules[__name__]
    monkeypatch.setattr(here, "read_quizzes", lambda: {"00-1": ..., "01-1": ...})
    monkeypatch.setattr(here, "read_titles", lambda: {"00": "Two plus two"})
    monkeypatch.setattr(here, "read_findings", lambda: {})

    def write(text):
        source = tmp_path / "notebooks" / "source" / "00_plus.py"
        source.parent.mkdir(parents=True)
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "rules.md").write_text("Rules", encoding="utf-8")
        (tmp_path / "docs" / "cat.jpg").write_bytes(b"a picture")
        for name in ("00_plus.py", "01_minus.py", "02_times.py"):
            source.with_name(name).write_text(text, encoding="utf-8")
        return Lesson(source)

    return write


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_accepts_a_good_lesson(lesson_of, rule):
    assert not list(rule(lesson_of(GOOD)))


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_rule_finds_a_broken_lesson(lesson_of, rule, old, new):
    assert old in GOOD
    assert list(rule(lesson_of(GOOD.replace(old, new))))


@pytest.mark.parametrize(
    "code",
    [
        "n = 0\nn += 1",
        "sums = []\nfor part in (1, 2):\n    sums.append(part)\n    sums = sums[:1]",
        "y = [x for x in range(x)]",
        "known |= {'x': 2}",
        "def add(total):\n    total += 1\n    return total",
        "x = tf.random.normal((2, 3), seed=1)\n# nstlib.save_image(x, 'x.png')",
        "x = open('x.txt').read()",
    ],
)
def test_code_that_is_the_same_on_a_second_click(lesson_of, code):
    lesson = lesson_of(GOOD.replace("x = 2\n", f"{code}\n"))
    rules = cells_may_run_twice, chance_is_seeded, nothing_is_saved
    assert not [text for rule in rules for text in rule(lesson)]


def test_median_of_the_cells(lesson_of):
    """Each cell short enough, most of them not short."""
    lines = "\n".join(f"a{n} = {n}" for n in range(MEDIAN_LINES + 1))
    text = re.sub(r"^(x|y|show|plt).*", lines, GOOD, flags=re.M)
    lesson = lesson_of(text)
    assert "median" in " ".join(short_cells(lesson))


def test_comments_are_not_code(lesson_of):
    assert not list(short_cells(lesson_of(GOOD.replace("x = 2\n", "# why\n\n" * 30 + "x = 2\n"))))


def store(lesson, tags=(), **data):
    """Store an instructor's notebook with one output."""
    output = nbformat.v4.new_output(
        "display_data", data={k.replace("_", "/"): v for k, v in data.items()}
    )
    cell = nbformat.v4.new_code_cell("x", outputs=[output], execution_count=1)
    cell.metadata.tags = list(tags)
    path = build.notebook_paths(lesson.source, lesson.notebooks)["instructor"]
    build.write(nbformat.v4.new_notebook(cells=[cell]), path)


def test_a_check_that_did_not_pass(lesson_of):
    lesson = lesson_of(GOOD)
    stored = {
        "check.add(add)": "passed   Both.\nAll passed.\n",
        'check.quiz("00-1", "b")': "right    It is.\n",
        "check.add.hint()": "Hint 1 of 3: count.\n",
    }
    for printed, complaints in (({}, 0), ({"check.add(add)": "not yet  One.\n"}, 1)):
        store_printed(lesson, stored | printed)
        assert len(list(solutions_pass(lesson))) == complaints
    store_printed(lesson, stored | {'check.quiz("00-1", "b")': "not yet  No.\n"})
    assert len(list(solutions_pass(lesson))) == 1


@pytest.mark.parametrize(("count", "complaints"), [("2 of 2", 0), ("1 of 2", 1)])
def test_an_exercise_that_no_cell_checks(lesson_of, count, complaints):
    lesson = lesson_of(GOOD)
    table = f"3 of 9 passed.\n00 Two plus two: {count}\n    [x] add  [ ] quiz 1\n01 Minus: 0 of 1"
    store(lesson, tags=["progress"], text_plain=table)
    assert len(list(solutions_pass(lesson))) == complaints


def store_printed(lesson, printed):
    """Store an instructor's notebook with cells, and what each of them printed."""
    cells = [
        nbformat.v4.new_code_cell(
            source, outputs=[nbformat.v4.new_output("stream", name="stdout", text=text)]
        )
        for source, text in printed.items()
    ]
    path = build.notebook_paths(lesson.source, lesson.notebooks)["instructor"]
    build.write(nbformat.v4.new_notebook(cells=cells), path)


def embedded(size):
    return base64.b64encode(b"x" * size).decode()


def test_outputs_within_the_limits(lesson_of):
    lesson = lesson_of(GOOD)
    store(lesson, image_png=embedded(PICTURE_BYTES), text_plain="all is well")
    assert not list(small_outputs(lesson)) and not list(no_machine_path(lesson))


def test_large_picture(lesson_of):
    lesson = lesson_of(GOOD)
    store(lesson, image_png=embedded(PICTURE_BYTES + 1))
    assert len(list(small_outputs(lesson))) == 1


def test_large_picture_in_html(lesson_of):
    lesson = lesson_of(GOOD)
    picture = f'<img src="data:image/jpeg;base64,{embedded(PICTURE_BYTES + 1)}">'
    store(lesson, text_html=picture)
    assert len(list(small_outputs(lesson))) == 1


def test_large_outputs(lesson_of):
    lesson = lesson_of(GOOD)
    store(lesson, text_plain="x" * (NOTEBOOK_BYTES + 1))
    assert len(list(small_outputs(lesson))) == 1


def test_machine_path_in_an_output(lesson_of):
    lesson = lesson_of(GOOD)
    store(lesson, text_plain="saved as /home/me/painting.png")
    assert len(list(no_machine_path(lesson))) == 1


def test_every_rule_is_applied():
    """A rule that is written but not listed would never speak."""
    here = sys.modules[__name__]
    written = {f for _, f in inspect.getmembers(here, inspect.isfunction)}
    written = {f for f in written if list(inspect.signature(f).parameters) == ["lesson"]}
    assert written == set(RULES)
