"""Quiz questions: their Markdown, and what is said to each choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nstlib.check.framework import Verdict, shorten


class Choice(NamedTuple):
    """A choice of a quiz question: its Markdown, whether it is right, and why."""

    text: str
    right: bool
    feedback: str


class Question(NamedTuple):
    """A quiz question as it stands in the lesson: its Markdown, and its choices by letter."""

    text: str
    choices: Mapping[str, Choice]

    def markdown(self, number: int) -> str:
        """What to paste into the lesson.

        >>> print(Question("Is it?", {"a": Choice("yes", True, ""), "b": Choice("no", False, "")})
        ...       .markdown(1))
        **1.** Is it?
        <BLANKLINE>
        - (a) yes
        - (b) no
        """
        choices = [f"- ({letter}) {choice.text}" for letter, choice in self.choices.items()]
        return "\n".join([f"**{number}.** {self.text}", "", *choices])


def answer(questions: Mapping[str, Question], question: str, choice: str) -> Verdict:
    """The verdict on a choice, whatever is given as question and choice."""
    found = questions.get(question) if isinstance(question, str) else None
    choice = choice.strip().lower() if isinstance(choice, str) else choice
    if found is None:
        known = ", ".join(questions)
        verdict = Verdict(False, f"There is no question {shorten(question)}: try {known}.")
    elif not isinstance(choice, str) or choice not in found.choices:
        letters = ", ".join(map(repr, found.choices))
        verdict = Verdict(False, f"not yet  Put your choice in: {letters}.")
    else:
        _, right, feedback = found.choices[choice]
        verdict = Verdict(right, f"{'right  ' if right else 'not yet'}  {feedback}")
    print(verdict.message)
    return verdict
