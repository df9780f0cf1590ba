"""A prediction: what is said first, the answer after it, and both in words without a browser."""

import numpy as np
import pytest
from test_accessible import parts

from nstlib.widgets import predict


def asked(answer="red", choices=("red", "green", "a long name of a colour")):
    return predict("Which colour is it?", choices, answer=answer)


def shown(box):
    return " ".join(
        str(getattr(part, "value", "")) + getattr(part, "description", "") for part in parts(box)
    )


@pytest.mark.parametrize(
    ("pressed", "words"), [(1, "You said: green. It is: red."), (0, "You said: red. So it is.")]
)
def test_the_answer_comes_after_what_was_said(pressed, words):
    prediction = asked()
    prediction.buttons[pressed].click()
    assert prediction.message.value == words


def test_nothing_gives_the_answer_away_before():
    texts = [shown(asked(answer).widget) for answer in ("red", "green")]
    assert texts[0] == texts[1] and "It is" not in texts[0]
    texts = [shown(predict("How many?", answer=answer).widget) for answer in (3, 7)]
    assert texts[0] == texts[1]


def test_the_first_guess_counts():
    prediction = asked()
    prediction.buttons[2].click()
    assert all(button.disabled for button in prediction.buttons)
    counted = predict("How many?", answer=7)
    counted.buttons[0].click()
    assert counted.number.disabled


@pytest.mark.parametrize(
    ("said", "words"), [(40, "You said: 40. It is: 97."), (97, "You said: 97. So it is.")]
)
def test_a_number_is_typed(said, words):
    prediction = predict("How many percent?", answer=np.float32(96.8))
    prediction.number.value = said
    prediction.buttons[0].click()
    assert prediction.message.value == words


def test_a_choice_may_be_a_number():
    prediction = predict("How many of four?", [0, 1, 2, 3, 4], answer=np.int64(0))
    prediction.buttons[4].click()
    assert prediction.message.value == "You said: 4. It is: 0."


def test_without_a_browser_question_and_answer_are_words(capsys):
    asked()._ipython_display_()
    predict("How many?", answer=3)._ipython_display_()
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "Which colour is it? (red, green, a long name of a colour) It is: red.",
        "How many? It is: 3.",
    ]


def test_in_a_browser_it_is_a_widget_whose_news_are_read_aloud(with_browser, displayed):
    prediction = asked()
    prediction._ipython_display_()
    assert displayed[0] is prediction.widget and "nst-widget" in prediction.widget._dom_classes
    assert "nst-news" in prediction.message._dom_classes


def test_an_answer_that_nobody_can_choose_is_refused():
    with pytest.raises(ValueError, match="'blue' is none of the choices"):
        asked("blue")
