"""Lesson 08, Adam against L-BFGS: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "08-1": Question(
        "Two libraries paint the same picture with L-BFGS, one in 10 iterations, the other in 100. "
        "Which of the two has to work less?",
        {
            "a": Choice(
                "the first, ten times less",
                False,
                "Only if their iterations were the same thing. In one library an iteration is a "
                "single evaluation of loss and gradient; in another it is up to 20 or 25.",
            ),
            "b": Choice(
                "nobody can tell before evaluations are counted and seconds measured",
                True,
                "An iteration is whatever a library calls so: one evaluation here, up to 20 or 25 "
                "there. Evaluations can be compared, and seconds also show what an optimiser "
                "computes in between.",
            ),
            "c": Choice(
                "neither, for it is the same method",
                False,
                "The same method may be stopped early or late, and may evaluate once or several "
                "times for each step: what it costs has to be counted.",
            ),
        },
    ),
    "08-2": Question(
        "A program calls L-BFGS in a loop, for 20 evaluations each time, and each time from where "
        "the last call ended. What is lost between two calls?",
        {
            "a": Choice(
                "what the last steps told about the curvature",
                True,
                "Each call begins as plain gradient descent and has to learn the curvature again. "
                "As we measured it, the loss after 100 evaluations was 3 to 4 % higher from the "
                "content, and 4 to 10 % higher from noise.",
            ),
            "b": Choice(
                "nothing: the picture is handed on",
                False,
                "The picture is, but L-BFGS knows more than where it stands: it remembers how the "
                "gradient changed along its last steps.",
            ),
            "c": Choice(
                "the learning rate that it had found",
                False,
                "L-BFGS has no learning rate: a line search chooses the length of every step.",
            ),
        },
    ),
    "08-3": Question(
        "L-BFGS remembers its last 10 steps. For a colour picture of 512×512 pixels in float64, "
        "how much memory is that?",
        {
            "a": Choice(
                "6 MiB",
                False,
                "That is the picture itself: 512 × 512 × 3 numbers of 8 bytes. What is remembered "
                "are vectors of this size, several of them.",
            ),
            "b": Choice(
                "60 MiB",
                False,
                "That is ten vectors of 6 MiB. But each step is remembered as two: s, how far the "
                "point moved, and y, how much the gradient changed.",
            ),
            "c": Choice(
                "120 MiB",
                True,
                "Ten steps of two vectors each, s and y, and each vector has 6 MiB, as the picture "
                "has. In float32 it is half of that.",
            ),
            "d": Choice(
                "4.5 TiB",
                False,
                "That is the full matrix of BFGS, with a number for every pair of numbers in the "
                "picture. The L stands for limited memory: the matrix is never written down.",
            ),
        },
    ),
}
