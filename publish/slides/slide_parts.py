"""What a slide is made of, how high each part is, and the texts that are shortened for it.

A browser is not asked: the heights are counted in lines and characters, a little too high rather
than too low, and tests/browser looks whether it was enough.
"""

from __future__ import annotations

import dataclasses
import math
import re

# In pixels of a slide of 1280 x 720; deck.css has the same sizes.
WIDTH, HEIGHT = 1200, 636  # without the margins
TITLE_LINE, TITLE_CHARACTERS, GAP = 52, 56, 16
LEAST_PICTURE = 260  # the height that a picture gets at least


@dataclasses.dataclass(frozen=True)
class Size:
    """The height of a line, and how many characters there are in it."""

    line: int
    characters: int
    question_line: int
    question_characters: int
    code_line: int
    code_characters: int


SIZES = {
    "large": Size(50, 64, 60, 50, 36, 82),
    "roomy": Size(50, 64, 60, 50, 30, 100),  # large, but for the code
    "normal": Size(40, 82, 47, 64, 30, 100),
    "compact": Size(34, 95, 40, 76, 30, 100),
}

SPAN = re.compile(r"\$\$.+?\$\$|\$[^$]+?\$|`[^`]+`", re.S)


# ---- what is on a slide ---------------------------------------------------------------------


@dataclasses.dataclass
class Text:
    """Markdown."""

    markdown: str

    def height(self, size):
        return text_height(self.markdown, size.line, size.characters)


@dataclasses.dataclass
class Question(Text):
    """What the class is asked, under a label such as Predict (or without one)."""

    label: str = ""

    def height(self, size):
        text = text_height(self.markdown, size.question_line, size.question_characters)
        return text + 24 + (46 if self.label else 0)


@dataclasses.dataclass
class Answer(Text):
    """What explains the evidence above it."""

    def height(self, size):
        return text_height(self.markdown, size.line, size.characters - 3) + 16


@dataclasses.dataclass
class Code:
    source: str
    language: str = "python"  # or "text", for what was printed

    def height(self, size):
        lengths = [len(line) for line in self.source.split("\n")]
        lines = sum(max(1, math.ceil(length / size.code_characters)) for length in lengths)
        return size.code_line * lines + 24 + GAP


@dataclasses.dataclass
class Picture:
    alt: str
    source: str  # a data address
    caption: str = ""
    title: str = ""  # in the first lines of the picture, and also the title of its slide


@dataclasses.dataclass
class Pictures:
    pictures: list[Picture]

    def height(self, size):
        return LEAST_PICTURE


@dataclasses.dataclass
class Choices:
    """The choices of a quiz question, and what is shown when the presenter goes on."""

    choices: dict[str, str]
    right: str
    feedback: str

    def height(self, size):
        texts = [*self.choices.values(), self.feedback]
        return sum(size.line * rows(text, size.characters - 10) + 14 for text in texts) + 24


@dataclasses.dataclass
class Slide:
    title: str
    level: int  # of the heading
    kind: str  # title, section, question, evidence, answer, code or quiz
    section: str = ""  # the title of the section, where the slide has one of its own
    parts: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)  # Text and Code
    begins: bool = False  # to the right of the slide before, not below it
    size: str = "normal"

    def height(self):
        title = TITLE_LINE * rows(self.title, TITLE_CHARACTERS) + 18 + (32 if self.section else 0)
        if self.kind == "title":
            title = 72 * rows(self.title, 36) + 60
        return title + sum(part.height(SIZES[self.size]) for part in self.parts)

    def room(self):
        return HEIGHT - self.height()

    def find(self, kind):
        return next((part for part in self.parts if type(part) is kind), None)

    def rank(self):
        """How readily it is given up when there are too many; 0: never."""
        if self.begins or self.kind in ("title", "quiz", "section"):
            return 0
        if self.kind == "evidence" and self.find(Pictures):
            return 0 if self.find(Answer) else 1
        if self.kind == "evidence":
            return 2 if self.find(Answer) else 5
        return {"question": 3, "answer": 4, "code": 6}[self.kind]


# ---- texts ----------------------------------------------------------------------------------


def blocks(markdown: str) -> list[tuple[str, str]]:
    """(kind, text) between empty lines: heading, list, table, formula, picture or paragraph."""
    found = []
    for block in re.split(r"\n\s*\n", markdown.strip()):
        kind = "paragraph"
        for name, start in (
            ("heading", r"#{1,6} "),
            ("list", r"(?:[-*]|\d+\.) "),
            ("formula", r"\$\$"),
            ("picture", r"!\["),
            ("table", r"\|"),
        ):
            if re.match(start, block):
                kind = name
        if kind == "heading":  # what follows it without an empty line
            heading, _, rest = block.partition("\n")
            found += [("heading", heading), *(blocks(rest) if rest.strip() else [])]
        elif block.strip():
            found.append((kind, block.strip()))
    return found


def joined(found) -> str:
    return "\n\n".join(text for _, text in found)


def items(text: str) -> list[str]:
    """The items of a list, each on one line."""
    return [" ".join(item.split()) for item in re.split(r"^(?:[-*]|\d+\.) +", text, flags=re.M)[1:]]


def visible(text: str) -> str:
    """About what is to be read of a piece of Markdown, for counting characters."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = SPAN.sub(lambda m: m[0] if m[0][0] == "`" else letters(m[0]), text)
    return " ".join(re.sub(r"\*\*|`", "", text).split())


def letters(tex: str) -> str:
    """One character for each of a formula's signs."""
    tex = re.sub(r"\\(?:text|hat|sqrt|frac|left|right)\b|\\[,;:!]|[${}_^]", "", tex)
    return re.sub(r"\\[a-zA-Z]+", "x", tex)


def rows(text: str, width: int) -> int:
    return max(1, math.ceil(len(visible(text)) / width))


def text_height(markdown: str, line: int, width: int) -> int:
    return sum(block_height(kind, text, line, width) for kind, text in blocks(markdown))


def formula_lines(tex: str) -> float:
    """How many lines of text a displayed formula is high, as measured in a browser."""
    tall = 2.9 if re.search(r"\\(sum|prod|int)", tex) else 2.0 if "\\frac" in tex else 1.1
    return max(tall, 1.1 * (1 + tex.count("\\\\")))


def block_height(kind: str, text: str, line: int, width: int) -> int:
    if kind == "list":
        return sum(line * rows(item, width - 4) + 8 for item in items(text)) + GAP
    if kind == "formula":
        return round(min(line, SIZES["normal"].line) * formula_lines(text)) + 12 + GAP
    if kind == "table":
        return (line + 8) * len(text.split("\n")) + GAP
    return line * rows(text, width) + GAP


def sentences(paragraph: str) -> list[str]:
    """Split at sentence ends outside of formulas, code, brackets and bold type."""
    text = " ".join(paragraph.split())
    masked = SPAN.sub(lambda m: "x" * len(m[0]), text)
    found, start = [], 0
    for end in re.finditer(r"(?<![A-Z])[.?!]\)?\*{0,2}(?= +[A-Z(*`$x])", masked):
        piece = masked[start : end.end()]
        if piece.count("(") == piece.count(")") and piece.count("**") % 2 == 0:
            found.append(text[start : end.end()].strip())
            start = end.end()
    return [*found, text[start:].strip()] if text[start:].strip() else found


def brief(paragraph: str, characters: int) -> str:
    """The first sentence, and further ones as long as all are shorter than that."""
    kept = ""
    for sentence in sentences(paragraph):
        length = len(visible(f"{kept} {sentence}"))
        # A very short sentence rarely says enough.
        if kept and length > characters and (len(visible(kept)) > 60 or length > characters + 120):
            break
        kept = f"{kept} {sentence}".strip()
    return kept


def shorter(markdown: str, characters: int = 190) -> str:
    """Each paragraph by its first sentences, and what announces a list; lists and formulas stay."""
    found, kept = blocks(markdown), []
    for (kind, text), after in zip(found, [*found[1:], ("", "")], strict=True):
        if kind == "paragraph":
            short, last = brief(text, characters), sentences(text)[-1]
            announces = after[0] not in ("", "paragraph") and not short.endswith(last)
            text = f"{short} {last}" if announces else short
        kept.append((kind, text))
    return joined(kept)


def first_paragraph(markdown: str, characters: int) -> str:
    """The beginning of a text, up to and with what its first paragraph announces."""
    found = blocks(markdown)
    end = 1
    if found[0][1].rstrip().endswith(":"):
        while end < len(found) and found[end][0] != "paragraph":
            end += 1
    return shorter(joined(found[:end]), characters)


def last_paragraph(markdown: str) -> str:
    """The end of a text, from where a sentence begins."""
    found = blocks(markdown)
    start = len(found) - 1
    while start and (found[start][0] != "paragraph" or found[start][1][0].islower()):
        start -= 1
    return joined(found[start:])
