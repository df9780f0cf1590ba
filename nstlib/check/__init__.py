"""Exercises that check themselves: they say what is missing, and never raise.

`check.evaluations_until(your_function)` prints what passed and what did not, in words, with the
probable misconception. `check.evaluations_until.hint()` gives one hint more each time;
`.solution()` shows the library's own source. `check.quiz("00-1", "b")` answers a quiz question.
`check.progress()` draws what is passed.
"""

from __future__ import annotations

import importlib

import IPython.display

from nstlib.check.framework import Check, Verdict, say, shorten
from nstlib.check.passed import draw, look_up, remember
from nstlib.check.questions import read_quizzes, read_titles

# From an exercise to its lesson. What is not asked for is not imported: nstlib itself takes some
# functions from `nstlib.check.references`, before there is anything to check.
EXERCISES = {
    "evaluations_until": "00",
    "preprocess": "01",
    "deprocess": "01",
    "count_parameters": "02",
    "receptive_field": "02",
    "content_loss": "03",
    "gradient_step": "03",
    "most_similar_layer": "03",
    "gram_matrix": "04",
    "gradient_descent": "05",
    "mix_styles": "05",
    "total_loss": "06",
    "convert_style_weight": "06",
    "total_variation": "07",
    "total_variation_gradient": "07",
    "adam_step": "08",
    "two_loop_direction": "09",
    "line_search": "09",
    "frequency_metric": "09",
    "scipy_objective": "09",
    "activation_bytes": "10",
    "plan_schedule": "10",
    "luminance_transfer": "11",
    "match_color": "11",
    "masked_gram": "11",
    "instance_norm": "12",
    "conditional_instance_norm": "12",
    "break_even": "12",
    "adain": "13",
    "whiten": "13",
    "optimal_transport_map": "13",
    "gaussian_wasserstein": "14",
    "sliced_wasserstein": "14",
    "polynomial_mmd": "14",
    "linear_r2": "15",
    "distillation_loss": "15",
    "fold_batch_norm": "15",
    "to_picture": "16",
    "style_term": "16",
    "descend": "16",
}
__all__ = ["EXERCISES", "Check", "Verdict", "progress", "quiz"]


def __getattr__(name: str) -> Check:
    if name not in EXERCISES:
        raise AttributeError(f"there is no exercise {name!r}: choose from {', '.join(EXERCISES)}")
    lesson = importlib.import_module(f"nstlib.check.exercises.lesson_{EXERCISES[name]}")
    return getattr(lesson, name)


def __dir__() -> list[str]:
    return sorted([*__all__, *EXERCISES])


def quiz(question: str, choice: str) -> Verdict:
    """Answer a quiz question, such as `quiz("00-1", "b")`; says why the choice is right or not."""
    questions = read_quizzes()
    found = questions.get(question) if isinstance(question, str) else None
    letter = choice.strip().lower() if isinstance(choice, str) else ""
    if found is None:
        names = ", ".join(questions)
        verdict = Verdict(False, f"There is no question {shorten(question)}: try {names}.")
    elif letter not in found.choices:
        letters = ", ".join(map(repr, found.choices))
        verdict = Verdict(False, f"not yet  Put your choice in: {letters}.")
    else:
        _, right, feedback = found.choices[letter]
        verdict = Verdict(right, f"{'right  ' if right else 'not yet'}  {feedback}")
        if right:
            remember(question)
    say(verdict.message)
    return verdict


def progress() -> None:
    """Draw which exercises and quiz questions of which lesson are passed, and what is next."""
    lessons: dict[str, dict[str, str]] = {lesson: {} for lesson in read_titles()}
    for name, lesson in EXERCISES.items():
        lessons.setdefault(lesson, {})[name] = name
    for name in read_quizzes():
        lesson, _, number = name.partition("-")
        lessons.setdefault(lesson, {})[name] = f"quiz {number}"
    known, note = look_up()
    IPython.display.display(draw(dict(sorted(lessons.items())), read_titles(), known, note))
