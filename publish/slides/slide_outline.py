"""From the cells of an executed lesson to its slides: what is shown, and what the notes say.

Nothing is written for the slides in a lesson. A heading tagged as slide begins a section, and the
cells below it become slides by what they are: a prediction is a question, an output is the
evidence, an explanation stands below it, an exercise shows the stub, a quiz shows its choices.
Of longer texts the first sentence stays on the slide, and all of it is in the notes. Sections
without the tag are left out. If there are more than MOST_SLIDES, the least important ones go into
the notes, too.
"""

from __future__ import annotations

import ast
import html.parser
import itertools
import re

from slide_fit import MOST_SLIDES, fitted, thinned
from slide_parts import (
    HEIGHT,
    SIZES,
    Answer,
    Choices,
    Code,
    Picture,
    Pictures,
    Question,
    Slide,
    Text,
    blocks,
    first_paragraph,
    joined,
    last_paragraph,
    sentences,
    shorter,
)

QUESTION = re.compile(
    r"\*\*(Predict|Find out|Your turn|An open exercise|Exercise|The widget's question)\b[^*]*\*\*"
)
ANSWER = re.compile(r"\*\*Explain\b[.:]?\*\*[.:]?\s*")
MINUTES = re.compile(r"\s*\((\d+ minutes?)\)$")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
# Progress bars and warnings that no presenter needs.
NOISE = re.compile(r"^WARNING:.*\n?|^.*\|\s+\| \d+/\d+ \[.*\n?", re.M)


# ---- texts ----------------------------------------------------------------------------------


def moments(markdown: str) -> list[tuple[str, str, str]]:
    """(kind, label, text) of a cell's pieces: plain, question or answer, in their order."""
    pieces = []
    for kind, text in blocks(markdown):
        if kind == "paragraph" and (question := QUESTION.search(text)):
            before, after = text[: question.start()].strip(), text[question.end() :].strip()
            label, short = question[1], len(after) < 25 and not after.endswith("?")
            colon = re.match(r"(?:first)?[:,.]\s*", after)
            if len(question[0].strip("*")) > len(label) + 1:  # a sentence in bold type
                after = f"{question[0]} {after}"
            elif colon:
                after = after[colon.end() :]
            elif question[0].endswith(f"{label}**"):  # a verb: "**Predict** both."
                after = f"{label} {after}"
            after = after[:1].upper() + after[1:]
            if before and short:  # what is asked stands before it
                *others, last = sentences(before)
                before, after = " ".join(others), f"{last} {after}"
            if before and pieces and pieces[-1][0] == "plain":
                pieces[-1] = ("plain", "", f"{pieces[-1][2]}\n\n{before}")
            elif before:
                pieces += moments(before) if ANSWER.match(before) else [("plain", "", before)]
            pieces.append(("question", label, after))
        elif kind == "paragraph" and ANSWER.match(text):
            pieces.append(("answer", "Explain", ANSWER.sub("", text, count=1)))
        elif pieces and pieces[-1][0] == "question" and kind == "paragraph":
            pieces.append(("plain", "", text))  # how to go on, no part of the question
        elif pieces and pieces[-1][0] != "plain":
            kept = pieces.pop()
            pieces.append((*kept[:2], f"{kept[2]}\n\n{text}"))
        elif pieces:
            pieces[-1] = ("plain", "", f"{pieces[-1][2]}\n\n{text}")
        else:
            pieces.append(("plain", "", text))
    return pieces


# ---- outputs --------------------------------------------------------------------------------


class _Page(html.parser.HTMLParser):
    """The title and the pictures in the HTML that nstlib shows."""

    def __init__(self):
        super().__init__()
        self.title, self.pictures, self._into = "", [], None

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "img":
            self.pictures.append(Picture(values.get("alt", ""), values.get("src", "")))
        elif tag in ("b", "figcaption"):
            self._into = "caption" if self.pictures else "title"

    def handle_endtag(self, tag):
        if tag in ("b", "figcaption"):
            self._into = None

    def handle_data(self, text):
        if self._into == "title":
            self.title += text
        elif self._into:
            self.pictures[-1].caption += text


def pictures_of(cell) -> tuple[str, list[Picture]]:
    """The title above a cell's pictures, and the pictures."""
    title, found = "", []
    for output in cell.get("outputs", ()):
        page = _Page()
        page.feed(output.get("data", {}).get("text/html", ""))
        title, found = title or page.title, found + page.pictures
    return title, found


def printed(cell) -> str:
    """What a cell printed, and its last value."""
    text = ""
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if "text/html" not in data:
            text += NOISE.sub("", output.get("text", "") or data.get("text/plain", ""))
    return text.strip("\n")


def title_in_code(source: str) -> str:
    """The title that a plot was given, if it is a plain string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "title":
            value = getattr(node.value, "value", None)
            return value if isinstance(value, str) else ""
    return ""


def quiz_question(markdown: str) -> tuple[str, dict[str, str]]:
    """The question and its choices, which are a list or follow each other in a sentence."""
    text = joined(b for b in blocks(markdown) if b[0] != "heading")
    text = re.sub(r"\n\nPut your choice .*", "", text, flags=re.S)
    question, *found = re.split(r"(?:^|\s)(?:[-*]\s+)?\(([a-f])\)\s+", text)
    choices = {
        letter: re.sub(r"(?:,(?: or)?|[.;])$", "", " ".join(choice.split()))
        for letter, choice in zip(found[::2], found[1::2], strict=True)
    }
    return re.sub(r"^\*\*\d+\.\*\*\s*", "", question.strip()), choices


def short_stub(source: str) -> str:
    """A stub without the further paragraphs of its docstring."""
    return re.sub(r'("""[^\n]*)\n.*?"""', r'\1"""', source, flags=re.S)


# ---- a lesson -------------------------------------------------------------------------------


class Outline:
    """Reads the cells of a lesson one after the other."""

    def __init__(self, stubs=()):
        self.slides: list[Slide] = []
        self.stubs = list(stubs)
        # Titles of the section and of the part of it, and whether it is in the deck.
        self.parent, self.section, self.shown = "", "", False
        self.lead = []  # texts that announce what comes next
        self.code, self.code_lead = "", []  # a definition that is waiting for its use, its text

    def read(self, cell):
        tags = set(cell["metadata"].get("tags", ()))
        starts = cell["metadata"].get("slideshow", {}).get("slide_type") == "slide"
        if cell["cell_type"] == "markdown":
            self.markdown(cell["source"], starts, "instructor" in tags)
        elif cell["cell_type"] == "code":
            stub = self.stubs.pop(0) if "solution" in tags and self.stubs else ""
            if self.shown:
                self.code_cell(cell, "solution" in tags, stub)

    def note(self, *parts):
        if self.slides:
            self.slides[-1].notes += parts

    def add(self, title, kind, parts, notes=(), level=3, section=None, begins=False):
        section = self.section if section is None else section
        slide = Slide(title, level, kind, section, list(parts), list(notes), begins)
        if not slide.title:
            slide.title, slide.section = self.section, ""
        self.slides.append(slide)
        return slide

    # -- texts

    def markdown(self, source, starts, instructor):
        found = blocks(source)
        headed = bool(found) and found[0][0] == "heading"
        if headed:
            self.flush()
        if headed and (starts or found[0][1].startswith("### ")):
            if starts or self.shown:
                self.heading_cell(found, starts)
        elif headed:
            self.shown = False  # a section that is not tagged as a slide
        elif instructor:
            self.note(Text(source))
        elif not self.shown:
            return
        else:
            for kind, label, text in moments(source):
                self.moment(kind, label, text)

    def heading_cell(self, found, starts):
        """One slide for each heading in the cell."""
        cuts = [i for i, (kind, _) in enumerate(found) if kind == "heading"] + [len(found)]
        for first, last in itertools.pairwise(cuts):
            hashes, title = found[first][1].split(" ", 1)
            minutes = MINUTES.search(title)
            title = MINUTES.sub("", title).strip()
            if len(hashes) <= 2:
                self.parent = title
            parent = self.parent if len(hashes) > 2 else ""
            self.section, self.shown = title, True
            notes = [Text(f"**{minutes[1]}**")] if minutes else []
            slide = self.add(title, "section", [], notes, len(hashes), parent, starts)
            rest = found[first + 1 : last]
            if len(hashes) == 1:
                self.opening(slide, rest)
            elif title == "What you will be able to do":
                slide.parts = [Text(joined(b for b in rest if b[0] == "list"))]
                slide.notes += [Text(joined(b for b in rest if b[0] != "list"))]
            elif title == "Quiz":
                self.slides.pop()  # its first question has the heading
                self.lead = [joined(rest)]
            elif title in ("Key points", "References"):
                slide.parts = [Text(joined(rest))]
            elif rest:
                slide.notes.append(Text(joined(rest)))
                slide.parts = self.pieces(joined(rest))
            starts = False

    def opening(self, slide, rest):
        """The title slide: the picture, what it is, and whose it is."""
        slide.kind = "title"
        for kind, text in rest:
            if picture := PICTURE.match(text):
                slide.parts.append(Pictures([Picture(picture[1], picture[2])]))
            elif kind == "paragraph" and not text.startswith("[Open in Colab]"):
                words, _, credit = " ".join(text.split()).partition(" (")
                while "(" in credit and credit.count("(") >= credit.count(")"):
                    more, _, credit = credit.partition(" (")
                    words = f"{words} ({more}"
                slide.notes.append(Text(words))
                if credit:
                    slide.parts.append(Text(f"*{credit.rstrip(').')}*"))

    def pieces(self, markdown):
        parts = []
        for kind, label, text in moments(markdown):
            if parts and isinstance(parts[-1], Question) and kind == "plain":
                continue
            if kind == "question":
                parts.append(Question(shorter(text, 240), label))
            else:
                parts += self.pictured(text)
        return parts

    def pictured(self, markdown):
        """Texts shortened, pictures as they are."""
        for kind, text in blocks(shorter(markdown)):
            if picture := PICTURE.match(text) if kind == "picture" else None:
                yield Pictures([Picture(picture[1], picture[2])])
            else:
                yield Text(text)

    def moment(self, kind, label, text):
        if self.code and kind != "plain":
            self.code_slide()
        last = self.slides[-1]
        if kind == "plain":
            self.lead.append(text)
        elif kind == "question":
            context = [Text(shorter(last_paragraph(self.lead[-1])))] if self.lead else []
            notes = [Text(lead) for lead in self.lead]
            self.lead = []
            title = label.removeprefix("An ").capitalize()
            parts = [*context, Question(first_paragraph(text, 300))]
            self.add(title, "question", parts, [*notes, Text(text)])
        elif last.kind == "evidence" and not last.find(Answer) and not self.lead:
            last.parts.append(Answer(first_paragraph(text, 170)))
            last.notes.append(Text(text))
        else:
            notes = [*map(Text, self.lead), Text(text)]
            self.lead = []
            self.add("Explain", "answer", [Answer(first_paragraph(text, 400))], notes)

    def flush(self):
        """Texts and code that nothing has taken up."""
        if self.code and self.shown:
            self.code_slide()
        if self.lead and self.shown:
            self.note(*map(Text, self.lead))
        self.lead = []

    # -- code

    def code_cell(self, cell, solution, stub):
        source, output = cell["source"].strip(), printed(cell)
        if "check.quiz(" in source:
            self.quiz(source, output)
            return
        if solution:
            self.exercise(source, stub)
            return
        title, pictures = pictures_of(cell)
        if self.code and (pictures or not output):
            self.code_slide()
        notes = [*map(Text, self.code_lead + self.lead)]
        if number := cell.get("execution_count"):
            notes.append(Text(f"In the notebook: cell [{number}]."))
        if pictures:
            if not title and len(pictures) == 1:
                title = pictures[0].title = title_in_code(source)
            slide = self.add(title, "evidence", [Pictures(pictures)], notes)
            if self.lead and len(self.lead[-1]) > 60:
                slide.parts.insert(0, Text(first_paragraph(self.lead[-1], 120)))
            self.lead = []
        elif re.search(r"\bcheck\.\w+\(", source) and output:
            self.note(*notes, Code(output, "text"))
            self.lead = []
        elif output:
            together = f"{self.code}\n\n{source}".strip()
            if self.code and Code(together).height(SIZES["normal"]) > 300:
                self.code_slide()
                notes, together = [*map(Text, self.lead), notes[-1]], source
            lead = [Text(first_paragraph(self.lead[-1], 160))] if self.lead else []
            self.code, self.code_lead, self.lead = "", [], []
            self.add("", "evidence", [*lead, Code(together), Code(output, "text")], notes)
        elif source and not source.startswith("#"):
            self.code, self.code_lead, self.lead = source, self.lead, []

    def code_slide(self):
        source, texts = self.code, self.code_lead
        self.code, self.code_lead = "", []
        if source.count("\n") < 2:
            self.note(*map(Text, texts), Code(source))
            return
        lead = [Text(first_paragraph(texts[-1], 160))] if texts else []
        slide = self.add("", "code", [*lead, Code(source)], [*map(Text, texts)])
        if slide.height() > HEIGHT:
            self.slides.pop()
            self.note(*slide.notes)

    def exercise(self, solution, stub):
        """The stub is shown with the task if there is room, and the solution is in the notes."""
        if self.code:
            self.code_slide()
        self.note(*map(Text, self.lead))
        self.lead = []
        if not stub:
            raise ValueError(f"there is no exercise to the solution {solution[:60]!r}")
        stub = Code(stub)
        last = self.slides[-1]
        free = last.room()
        if last.kind not in ("section", "question") or last.find(Code):
            free = 0
        for code in (stub, Code(short_stub(stub.source))):
            if code.height(SIZES["normal"]) <= free:
                last.parts.append(code)
                break
        else:
            fits = stub.height(SIZES["normal"]) < HEIGHT - 100
            self.add("Exercise", "section", [stub if fits else code])
        self.note(Text("**Solution**"), Code(solution))

    def quiz(self, source, output):
        number = 1 + sum(slide.kind == "quiz" for slide in self.slides)
        question, choices = quiz_question("\n\n".join(self.lead))
        self.lead = []
        right = re.search(r'check\.quiz\(\s*"[^"]*",\s*"([^"]+)"', source)
        if not right:
            raise ValueError(f"there is no answer in {source[:60]!r}")
        feedback = re.sub(r"^right\s+", "", " ".join(output.split()))
        parts = [Question(question), Choices(choices, right[1], feedback)]
        answer = Text(f"The answer is {', '.join(right[1])}. {feedback}")
        first = number == 1
        self.add(f"Quiz: question {number}", "quiz", parts, [answer], 2 if first else 3, "", first)


def outline(instructor, student, most: int = MOST_SLIDES) -> list[Slide]:
    """The slides of a lesson: the executed instructor's notebook, and the student's for stubs."""
    stubs = [
        cell["source"].strip()
        for cell in student["cells"]
        if "exercise" in cell["metadata"].get("tags", ())
    ]
    reader = Outline(stubs)
    for cell in instructor["cells"]:
        reader.read(cell)
    reader.flush()
    return [fitted(slide) for slide in thinned(reader.slides, most)]
