"""Slides that fit: in height, with what there is room for, and in number, without the least."""

from __future__ import annotations

import dataclasses
import itertools

from slide_parts import (
    HEIGHT,
    LEAST_PICTURE,
    SIZES,
    Answer,
    Code,
    Pictures,
    Question,
    Slide,
    Text,
    blocks,
    brief,
    joined,
)

MOST_SLIDES = 40
FAIR_PICTURE = 360  # the height of a picture on a slide with a heading's text


def fitted(slide: Slide) -> Slide:
    """The slide with as much of its parts as there is room for, in the largest type."""
    if slide.find(Pictures) and slide.find(Answer) and slide.kind == "evidence":
        slide.parts = [part for part in slide.parts if type(part) is not Text]
    if slide.height() > HEIGHT:
        slide.size = "compact"
    # The texts are in the notes as well, and the code is in the notebook.
    for kind in (Code, Text, Answer) if slide.kind == "evidence" else (Text, Code):
        for part in [part for part in reversed(slide.parts) if type(part) is kind]:
            printed = kind is Code and part.language == "text"
            if slide.height() > HEIGHT and len(slide.parts) > 1 and not printed:
                slide.parts.remove(part)
    for part in slide.parts:
        if slide.height() > HEIGHT:
            shorten(slide, part)
    codes = "\n".join(part.source for part in slide.parts if isinstance(part, Code))
    longest = max(len(line) for line in codes.split("\n"))
    for size in SIZES:
        if slide.find(Pictures) and size in ("large", "roomy"):
            continue
        wide = size == "large" and longest > SIZES[size].code_characters
        if not wide and dataclasses.replace(slide, size=size).height() <= HEIGHT:
            slide.size = size
            break
    return slide


def shorten(slide, part):
    """Cut off the end of a part of a slide that is too high."""
    if isinstance(part, Code):
        lines = part.source.split("\n")
        while len(lines) > 1 and slide.height() > HEIGHT:
            lines.pop()
            part.source = "\n".join([*lines, "..."])
    elif isinstance(part, Text):
        found = blocks(part.markdown)
        while len(found) > 1 and slide.height() > HEIGHT:
            found.pop()
            part.markdown = joined(found)
        if slide.height() > HEIGHT:
            part.markdown = brief(part.markdown, 1)


def thinned(slides: list[Slide], most: int = MOST_SLIDES) -> list[Slide]:
    """At most that many: the least important go onto the slide before, or into its notes."""
    slides = list(slides)
    while pair := mergeable(slides, FAIR_PICTURE):
        merge(slides, *pair)
    while len(slides) > most:
        highest = max(slide.rank() for slide in slides)
        if highest < 5 and (pair := mergeable(slides, LEAST_PICTURE)):
            merge(slides, *pair)
        elif highest:
            give_up(slides, highest)
        else:
            raise ValueError(f"it needs {len(slides)} slides, and {most} are allowed")
    return slides


def mergeable(slides, picture: int):
    """The first bare heading that what follows fits under, with pictures of at least that height.

    Bare is a heading with nothing but text, which is not a question.
    """
    for heading, after in itertools.pairwise(slides):
        bare = heading.kind == "section" and all(type(part) is Text for part in heading.parts)
        bare = bare and heading.title not in ("What you will be able to do", "Key points")
        if not bare or after.begins or after.kind not in ("evidence", "code", "question"):
            continue
        height = heading.height() + sum(p.height(SIZES["normal"]) for p in moved(heading, after))
        height += (picture - LEAST_PICTURE) * bool(after.find(Pictures))
        if height <= HEIGHT:
            return heading, after
    return None


def moved(heading, slide):
    """The parts of a slide as they go onto that of the heading."""
    parts = [part for part in slide.parts if type(part) is not Text or not slide.find(Pictures)]
    if slide.kind == "question":
        return [
            dataclasses.replace(part, label=slide.title) if type(part) is Question else part
            for part in parts
        ]
    return [Text(f"**{slide.title}**"), *parts] if slide.title != heading.title else parts


def merge(slides, heading, slide):
    heading.parts += moved(heading, slide)
    heading.notes += slide.notes
    slides.remove(slide)


def give_up(slides, rank):
    """Take the last slide of this rank out of the fullest section, so that none is left bare."""
    groups = []
    for index, slide in enumerate(slides):
        if slide.begins or not groups:
            groups.append([])
        groups[-1].append(index)
    groups = [group for group in groups if any(slides[i].rank() == rank for i in group)]
    index = [i for i in max(groups, key=len) if slides[i].rank() == rank][-1]
    gone, before = slides.pop(index), slides[index - 1]
    before.notes += gone.notes
    parts = moved(before, gone)
    # Nothing goes below a question, and code not below what it has nothing to do with.
    taken = before.find(Question) or before.find(Pictures)
    if gone.kind != "question" and before.kind not in ("section", "code"):
        taken = True
    if not taken and sum(p.height(SIZES["normal"]) for p in parts) <= before.room():
        before.parts += parts
