"""Quiz questions, read from `quizzes/NN.md`: each stands there once, with what is said to choices.

Such a file begins with the lesson's title, `# Quiz of lesson 04: Gram matrices by hand`. It is a
list of questions as the lesson shows them. Below each choice, one step further to the right, stands
what is said to whoever takes it, after `right:` or `not yet:`.

This module imports nothing else of nstlib: the build of the notebooks reads the questions, too,
and need not load TensorFlow for that.
"""

from __future__ import annotations

import functools
import pathlib
import re
from typing import NamedTuple

FOLDER = pathlib.Path(__file__).with_name("quizzes")
TITLE = re.compile(r"^# Quiz of lesson \d\d: (.+)")
QUESTION = re.compile(r"^(?=\*\*\d+\.\*\* )", flags=re.M)
CHOICE = re.compile(r"^- \(([a-z])\) ", flags=re.M)
FEEDBACK = re.compile(r"^  - (right|not yet): ", flags=re.M)


class Choice(NamedTuple):
    """A choice of a question: its Markdown, whether it is right, and why."""

    text: str
    right: bool
    feedback: str


class Question(NamedTuple):
    """A question: its Markdown, as the lesson shows it, and its choices by letter."""

    markdown: str
    choices: dict[str, Choice]

    @property
    def right(self) -> str:
        """The letter of the right choice."""
        return next(letter for letter, choice in self.choices.items() if choice.right)


def read_quiz(text: str, lesson: str) -> dict[str, Question]:
    """The questions of a file, by names such as "04-1".

    Args:
        text: of the file.
        lesson: its number, such as "04".

    Raises:
        ValueError: questions are not counted from 1, or choices not from (a); a choice has no
            feedback, or that of another one; not exactly one choice is right. The message says
            which question it is, and what to do.

    >>> text = "**1.** Is it?\\n\\n- (a) yes\\n  - right: It is.\\n- (b) no\\n  - not yet: Look."
    >>> question = read_quiz(text, "04")["04-1"]
    >>> print(question.markdown)
    **1.** Is it?
    <BLANKLINE>
    - (a) yes
    - (b) no
    >>> question.choices["b"]
    Choice(text='no', right=False, feedback='Look.')
    """
    found = {}
    for number, part in enumerate(QUESTION.split(text)[1:], start=1):
        name = f"{lesson}-{number}"
        if not part.startswith(f"**{number}.** "):
            raise ValueError(f"quiz {name}: begin it with **{number}.**, not {part.split()[0]}")
        found[name] = _read_question(part.rstrip(), name)
    return found


def _read_question(part: str, name: str) -> Question:
    markdown, *pieces = CHOICE.split(part)
    choices = {}
    for number, (letter, piece) in enumerate(zip(pieces[::2], pieces[1::2], strict=True)):
        if letter != "abcdefgh"[number]:
            raise ValueError(f"quiz {name}: after {number} choices comes ({'abcdefgh'[number]})")
        text, *feedback = FEEDBACK.split(piece)
        if len(feedback) != 2 or not feedback[1].strip():
            raise ValueError(
                f"quiz {name}: ({letter}) needs one line below it, two spaces further to the "
                "right, that begins '- right:' or '- not yet:' and says why"
            )
        markdown += f"- ({letter}) {text}"
        words = " ".join(feedback[1].split())
        choices[letter] = Choice(" ".join(text.split()), feedback[0] == "right", words)
    right = [letter for letter, choice in choices.items() if choice.right]
    if len(right) != 1:
        raise ValueError(f"quiz {name}: one choice must be right, and here are {len(right)}")
    for what in ("text", "feedback"):
        if len({getattr(choice, what) for choice in choices.values()}) < len(choices):
            raise ValueError(f"quiz {name}: two choices have the same {what}: tell them apart")
    return Question(markdown.rstrip(), choices)


@functools.cache
def read_quizzes() -> dict[str, Question]:
    """The questions of all lessons, from "00-1" on."""
    found = {}
    for path in sorted(FOLDER.glob("*.md")):
        found.update(read_quiz(path.read_text(encoding="utf-8"), path.stem))
    return found


@functools.cache
def read_titles() -> dict[str, str]:
    """The titles of the lessons that have a quiz, by their numbers."""
    found = {}
    for path in sorted(FOLDER.glob("*.md")):
        if title := TITLE.match(path.read_text(encoding="utf-8")):
            found[path.stem] = title[1]
    return found
