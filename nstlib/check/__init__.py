"""Exercises that check themselves: they say what is missing, and never raise.

`check.evaluations_until(your_function)` prints what passed and what did not, in words, with the
probable misconception. `check.evaluations_until.hint()` gives one hint more each time;
`.solution()` shows the library's own source. `check.quiz("00-1", "b")` answers a quiz question.

Each lesson has two modules: `lesson_NN` has its exercises, `quiz_NN` its quiz.
"""

from nstlib.check import quiz_00, quiz_01, quiz_02, quiz_03, quiz_04, quiz_05
from nstlib.check.framework import Check, Verdict
from nstlib.check.lesson_00 import evaluations_until
from nstlib.check.lesson_01 import deprocess, preprocess
from nstlib.check.lesson_02 import count_parameters, receptive_field
from nstlib.check.lesson_03 import content_loss, most_similar_layer
from nstlib.check.lesson_04 import gram_distance, gram_matrix
from nstlib.check.lesson_05 import mix_styles, style_loss
from nstlib.check.questions import Choice, Question, answer

__all__ = [
    "QUIZZES",
    "Check",
    "Choice",
    "Question",
    "Verdict",
    "content_loss",
    "count_parameters",
    "deprocess",
    "evaluations_until",
    "gram_distance",
    "gram_matrix",
    "mix_styles",
    "most_similar_layer",
    "preprocess",
    "quiz",
    "receptive_field",
    "style_loss",
]

QUIZZES = {}  # from "00-1" on
for lesson in (quiz_00, quiz_01, quiz_02, quiz_03, quiz_04, quiz_05):
    QUIZZES.update(lesson.QUIZ)


def quiz(question: str, choice: str) -> Verdict:
    """Answer a quiz question, such as `quiz("00-1", "b")`; says why the choice is right or not."""
    return answer(QUIZZES, question, choice)
