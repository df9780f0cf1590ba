"""Exercises that check themselves: they say what is missing, and never raise.

`check.evaluations_until(your_function)` prints what passed and what did not, in words, with the
probable misconception. `check.evaluations_until.hint()` gives one hint more each time;
`.solution()` shows the library's own source. `check.quiz("00-1", "b")` answers a quiz question.

Each lesson has two modules: `lesson_NN` has its exercises, `quiz_NN` its quiz. (Lesson 10 has one
more, for its first exercise.)
"""

from nstlib.check import (
    quiz_00,
    quiz_01,
    quiz_02,
    quiz_03,
    quiz_04,
    quiz_05,
    quiz_06,
    quiz_07,
    quiz_08,
    quiz_09,
    quiz_10,
)
from nstlib.check.framework import Check, Verdict
from nstlib.check.lesson_00 import evaluations_until
from nstlib.check.lesson_01 import deprocess, preprocess
from nstlib.check.lesson_02 import count_parameters, receptive_field
from nstlib.check.lesson_03 import content_loss, most_similar_layer
from nstlib.check.lesson_04 import gram_distance, gram_matrix
from nstlib.check.lesson_05 import mix_styles, style_loss
from nstlib.check.lesson_06 import convert_style_weight, total_loss
from nstlib.check.lesson_07 import total_variation, total_variation_gradient
from nstlib.check.lesson_08 import adam_step, scipy_objective, two_loop_direction
from nstlib.check.lesson_09 import activation_bytes, plan_schedule
from nstlib.check.lesson_10 import luminance_transfer, masked_gram
from nstlib.check.lesson_10_colors import match_color
from nstlib.check.questions import Choice, Question, answer

__all__ = [
    "QUIZZES",
    "Check",
    "Choice",
    "Question",
    "Verdict",
    "activation_bytes",
    "adam_step",
    "content_loss",
    "convert_style_weight",
    "count_parameters",
    "deprocess",
    "evaluations_until",
    "gram_distance",
    "gram_matrix",
    "luminance_transfer",
    "masked_gram",
    "match_color",
    "mix_styles",
    "most_similar_layer",
    "plan_schedule",
    "preprocess",
    "quiz",
    "receptive_field",
    "scipy_objective",
    "style_loss",
    "total_loss",
    "total_variation",
    "total_variation_gradient",
    "two_loop_direction",
]

QUIZZES = {}  # from "00-1" on
for lesson in (
    quiz_00,
    quiz_01,
    quiz_02,
    quiz_03,
    quiz_04,
    quiz_05,
    quiz_06,
    quiz_07,
    quiz_08,
    quiz_09,
    quiz_10,
):
    QUIZZES.update(lesson.QUIZ)


def quiz(question: str, choice: str) -> Verdict:
    """Answer a quiz question, such as `quiz("00-1", "b")`; says why the choice is right or not."""
    return answer(QUIZZES, question, choice)
