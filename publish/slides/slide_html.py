"""The HTML of a deck: slides as slide_outline makes them, for reveal.js."""

from __future__ import annotations

import base64
import dataclasses
import html
import io
import math
import re
import textwrap

import mistune  # comes with nbconvert, as Pygments does
import numpy as np
from PIL import Image
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from slide_parts import (
    GAP,
    HEIGHT,
    LEAST_PICTURE,
    WIDTH,
    Answer,
    Choices,
    Code,
    Picture,
    Pictures,
    Question,
    Slide,
)

CAPTION, CHARACTER, BETWEEN = 30, 11.5, 16  # pixels: a caption's line and letters, a gap
LARGEST = 3  # times the size that a picture has in the notebook
FORMULA = re.compile(r"(`[^`]+`)|\$\$(.+?)\$\$|\$([^$]+?)\$", re.S)
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="vendor/reveal/reset.css">
<link rel="stylesheet" href="vendor/reveal/reveal.css">
<link rel="stylesheet" href="vendor/katex/katex.min.css">
<link rel="stylesheet" href="vendor/fonts/fonts.css">
<link rel="stylesheet" href="deck.css">
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="vendor/katex/katex.min.js"></script>
<script src="vendor/reveal/reveal.js"></script>
<script src="vendor/reveal/notes.js"></script>
<script src="deck.js"></script>
</body>
</html>
"""
INDEX = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides: neural style transfer</title>
<link rel="stylesheet" href="vendor/fonts/fonts.css">
<link rel="stylesheet" href="deck.css">
</head>
<body class="index">
<main>
<h1>Neural style transfer: the slides</h1>
<ul>
{decks}
</ul>
<p>Space goes on, <kbd>S</kbd> opens the speaker's notes in a second window, <kbd>F</kbd> fills the
screen, <kbd>Esc</kbd> shows all slides, <kbd>?</kbd> lists the other keys. To print a deck, add
<code>?print-pdf</code> to its address.</p>
<p>Texts: CC BY 4.0. Pictures: <a href="CREDITS.md">credits</a>. Fonts and scripts: licences in the
folder <code>vendor</code>.</p>
</main>
</body>
</html>
"""


def markdown(text: str) -> str:
    """HTML of Markdown in which formulas are left for KaTeX."""
    formulas = []

    def keep(match):
        if match[1]:
            return match[0]
        display = match[2] is not None
        formulas.append((display, match[2] if display else match[3]))
        return f"\x02{len(formulas) - 1}\x03"

    def put(match):
        display, tex = formulas[int(match[1])]
        kind = "math display" if display else "math"
        return f'<span class="{kind}">{html.escape(tex.strip())}</span>'

    text = re.sub(r"\]\(([^)\s]+)\)", lambda m: f"]({address(m[1])})", text)
    text = re.sub(r"\[([^\]]+)\]\(\)", r"\1", text)
    page = mistune.create_markdown(plugins=["table"])(FORMULA.sub(keep, text))
    page = re.sub(r"<th\b([^>]*)></th>", r"<td\1></td>", page)  # an empty cell heads nothing
    return re.sub("\x02(\\d+)\x03", put, page)


def address(link: str) -> str:
    """A link as seen from the decks; nothing for what is not beside them."""
    if re.match(r"[a-z]+:", link):
        return link
    name = link.rsplit("/", 1)[-1]
    if name.endswith(".ipynb"):
        return name.removesuffix(".ipynb") + ".html"
    return name if name == "CREDITS.md" else ""


# ---- pictures -------------------------------------------------------------------------------


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture.source.partition(",")[2])))


def untitled(picture: Picture) -> Picture:
    """The picture without its title, which is on the slide in larger letters.

    nstlib writes titles above its figures, flush left, in lines of at most 22 pixels.
    """
    image = opened(picture).convert("RGB")
    ink = np.asarray(image.convert("L")) < 170
    filled = np.append(ink.any(axis=1), False)
    top, left = 0, None
    for _ in textwrap.wrap(picture.title, 60):
        start = top + int(np.argmax(filled[top:]))
        end = start + int(np.argmin(filled[start:]))
        first = int(np.argmax(ink[start:end].any(axis=0)))
        if start - top > 12 or end - start > 24 or abs(first - (left or first)) > 5:
            break
        top, left = end, first
    if not top or image.height - top < 40:
        return picture
    buffer = io.BytesIO()
    kind = "jpeg" if picture.source.startswith("data:image/jpeg") else "png"
    options = {"quality": 92} if kind == "jpeg" else {"optimize": True}
    image.crop((0, top + 1, *image.size)).save(buffer, format=kind, **options)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return dataclasses.replace(picture, source=f"data:image/{kind};base64,{data}", title="")


def arranged(pictures, width: float, height: float) -> list[list[tuple]]:
    """Rows of (picture, width, height), as large as the space allows, all of the same height."""
    sizes = [opened(picture).size for picture in pictures]
    best, chosen = 0, []
    for count in range(1, len(pictures) + 1):
        each = math.ceil(len(pictures) / count)
        rows = [range(i, min(i + each, len(pictures))) for i in range(0, len(pictures), each)]
        tall = min(
            LARGEST * max(h for _, h in sizes),
            height / len(rows),
            *((width - BETWEEN * len(r)) / sum(sizes[i][0] / sizes[i][1] for i in r) for r in rows),
        )
        while tall > best and taken(pictures, sizes, rows, tall) > height:
            tall *= 0.98
        if tall > best:
            best = tall
            chosen = [
                [(pictures[i], tall * sizes[i][0] / sizes[i][1], tall) for i in row] for row in rows
            ]
    return chosen


def taken(pictures, sizes, rows, tall: float) -> float:
    """The height of these rows with their captions."""
    total = 0.0
    for row in rows:
        lines = [
            math.ceil(len(pictures[i].caption) * CHARACTER / (tall * sizes[i][0] / sizes[i][1]))
            for i in row
        ]
        total += tall + CAPTION * max(lines) + BETWEEN
    return total


def pictures_html(part: Pictures, height: float) -> str:
    rows = []
    for row in arranged(part.pictures, WIDTH, height):
        figures = []
        for picture, wide, tall in row:
            # Names such as van_gogh_houses may break at an underscore.
            caption = html.escape(picture.caption).replace("_", "_<wbr>")
            caption = f"<figcaption>{caption}</figcaption>"
            figures.append(
                f'<figure style="width:{int(wide)}px"><img alt="{html.escape(picture.alt)}" '
                f'width="{int(wide)}" height="{int(tall)}" src="{picture.source}">'
                f"{caption if picture.caption else ''}</figure>"
            )
        rows.append(f'<div class="row">{"".join(figures)}</div>')
    return f'<div class="pictures">{"".join(rows)}</div>'


# ---- slides ---------------------------------------------------------------------------------


def code_html(part: Code) -> str:
    if part.language == "text":
        return f'<pre class="printed">{html.escape(part.source)}</pre>'
    code = highlight(part.source, PythonLexer(), HtmlFormatter(nowrap=True))
    return f'<pre class="code"><code>{code.rstrip()}</code></pre>'


def part_html(part, height: float) -> str:
    if isinstance(part, Pictures):
        return pictures_html(part, height)
    if isinstance(part, Code):
        return code_html(part)
    if isinstance(part, Choices):
        return choices_html(part)
    if isinstance(part, Question):
        label = f'<p class="label">{html.escape(part.label)}</p>' if part.label else ""
        return f'<div class="question">{label}{markdown(part.markdown)}</div>'
    if isinstance(part, Answer):
        return f'<div class="answer">{markdown(part.markdown)}</div>'
    return f'<div class="text">{markdown(part.markdown)}</div>'


def inline(text: str) -> str:
    """One paragraph of Markdown, without the paragraph's own tags."""
    return re.sub("^<p>|</p>\n?$", "", markdown(text))


def choices_html(part: Choices) -> str:
    choices = []
    for letter, text in part.choices.items():
        # The right ones change when the presenter goes on, all in the same moment.
        right = ' class="fragment right" data-fragment-index="0"' if letter in part.right else ""
        choices.append(f"<li{right}><b>{letter}</b> <span>{inline(text)}</span></li>")
    feedback = (
        '<div class="answer fragment" data-fragment-index="0">'
        f"<p>{', '.join(part.right)}: {html.escape(part.feedback)}</p></div>"
    )
    return f'<ul class="choices">{"".join(choices)}</ul>{feedback if part.feedback else ""}'


def room(slide: Slide) -> float:
    """The height that there is for the pictures of a slide."""
    count = max(1, sum(isinstance(part, Pictures) for part in slide.parts))
    return (HEIGHT - slide.height() - GAP) / count + LEAST_PICTURE


def roomy(slide: Slide) -> Slide:
    """The slide with larger letters if its pictures, wide and low, lose nothing by it."""
    pictures = [part.pictures for part in slide.parts if isinstance(part, Pictures)]
    larger = dataclasses.replace(slide, size="roomy")
    if not pictures or slide.size != "normal" or larger.height() > HEIGHT:
        return slide
    before, after = (arranged(pictures[0], WIDTH, room(s))[0][0][2] for s in (slide, larger))
    return larger if after > 0.97 * before else slide


def slide_html(slide: Slide) -> str:
    for part in slide.parts:
        if isinstance(part, Pictures):
            part.pictures = [untitled(p) if p.title else p for p in part.pictures]
    slide = roomy(slide)
    parts = "\n".join(part_html(part, room(slide)) for part in slide.parts)
    eyebrow, title = slide.section, slide.title
    if slide.kind == "title":
        number, _, title = title.partition(" ")
        eyebrow = f"Neural style transfer, lesson {number}"
    section = f'<p class="eyebrow">{html.escape(eyebrow)}</p>' if eyebrow else ""
    classes = f"page {slide.kind} {slide.size}"
    return (
        f'<section><div class="{classes}">\n{section}'
        f"<h{slide.level}>{inline(title)}</h{slide.level}>\n{parts}\n</div>\n{notes_html(slide)}</section>"
    )


def notes_html(slide: Slide) -> str:
    notes = [
        code_html(note)
        if isinstance(note, Code)
        else markdown(re.sub(r"!\[[^\]]*\]\([^)]+\)", "", note.markdown))
        for note in slide.notes
    ]
    return f'<aside class="notes">{"".join(notes)}</aside>\n' if notes else ""


def deck_html(slides: list[Slide]) -> str:
    groups = []
    for slide in slides:
        if slide.begins or not groups:
            groups.append([])
        groups[-1].append(slide_html(slide))
    sections = [
        group[0] if len(group) == 1 else "<section>\n{}\n</section>".format("\n".join(group))
        for group in groups
    ]
    return PAGE.format(title=html.escape(slides[0].title), slides="\n".join(sections))


def index_html(decks: list[tuple[str, str, int]]) -> str:
    """The list of (file, title, number of slides)."""
    rows = [
        f'<li><a href="{file}">{html.escape(title)}</a> ({count} slides)</li>'
        for file, title, count in decks
    ]
    return INDEX.format(decks="\n".join(rows))
