"""Say what you expect, and only then see what it is: a prediction with buttons.

Only core ipywidgets, version 7 (Colab) or 8.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import ipywidgets

from nstlib.notebook import is_headless
from nstlib.widgets.accessible import news, show_widget


def predict(question: str, choices: Sequence | None = None, *, answer: Any) -> Prediction:
    """Ask what the reader expects, and after that show the answer beside it.

    Nothing of the answer can be read before that, if the cell names it by what computes it. No
    other cell needs what this one returns: a reader may go on without a prediction.

    Args:
        question: as the reader sees it.
        choices: what the answer may be, a button for each; None to let a whole number be typed.
        answer: one of the choices, or a number, which is rounded.

    Returns a `Prediction`, which shows itself when it ends a cell.

    Raises:
        ValueError: an answer that is none of the choices.

    >>> asked = predict("Which is larger?", ["a third", "a half"], answer="a half")
    >>> asked.buttons[0].click()
    >>> asked.message.value
    'You said: a third. It is: a half.'
    """
    return Prediction(question, choices, answer)


class Prediction:
    """What `predict` makes.

    Attributes:
        number: where a number is typed; None if there are choices.
        buttons: a button for each choice, or the one that says that the number is typed.
        message: an `ipywidgets.Label`: what was said, and what it is.
        widget: the box with all of them.
    """

    def __init__(self, question: str, choices: Sequence | None, answer: Any):
        if choices is not None and answer not in choices:
            raise ValueError(f"the answer {answer!r} is none of the choices {list(choices)}")
        self.question = question
        self.choices = None if choices is None else [str(choice) for choice in choices]
        self.answer = str(round(answer) if choices is None else answer)
        names = self.choices or ["That is my guess"]
        self.buttons = [
            ipywidgets.Button(description=name, layout={"width": "auto"}) for name in names
        ]
        self.number = ipywidgets.IntText(description="number") if choices is None else None
        for button in self.buttons:
            button.on_click(self._said)
        self.message = news("Say what you expect: then you see what it is.")
        controls = [self.number, *self.buttons] if self.number else self.buttons
        row = ipywidgets.HBox(controls, layout={"flex_flow": "row wrap"})
        self.widget = ipywidgets.VBox([ipywidgets.HTML(html.escape(question)), row, self.message])

    def _said(self, button: ipywidgets.Button) -> None:
        said = str(self.number.value) if self.number else button.description
        found = "So it is." if said == self.answer else f"It is: {self.answer}."
        self.message.value = f"You said: {said}. {found}"
        for control in [self.number, *self.buttons]:
            if control:
                control.disabled = True  # the first guess counts

    def _ipython_display_(self) -> None:
        if is_headless():
            choices = f" ({', '.join(self.choices)})" if self.choices else ""
            print(f"{self.question}{choices} It is: {self.answer}.")
        else:
            show_widget(self.widget)
