"""Lesson 00, first painting: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "00-1": Question(
        "While the machine paints, what changes?",
        {
            "a": Choice(
                "the network's weights",
                False,
                "The weights of the network stay as they are: it only looks and judges.",
            ),
            "b": Choice(
                "the pixels of the painting",
                True,
                "The pixels of the painting are the unknowns; nothing else changes.",
            ),
            "c": Choice(
                "the pixels of the photograph",
                False,
                "The photograph is a target: its features are computed once, then kept.",
            ),
        },
    ),
    "00-2": Question(
        "Why is the content term 0 at the first evaluation?",
        {
            "a": Choice(
                "the painting starts as a copy of the content",
                True,
                "The painting starts as a copy of the content, so its features are the same.",
            ),
            "b": Choice(
                "its weight is 0",
                False,
                "Its weight is not 0: from the second evaluation on the content term counts.",
            ),
            "c": Choice(
                "the style picture is empty",
                False,
                "The style picture plays no part in the content term.",
            ),
        },
    ),
    "00-3": Question(
        "You want bolder strokes. What do you raise?",
        {
            "a": Choice(
                "nothing, you run it for fewer evaluations",
                False,
                "Shorter runs change the strength too, but everything is then half done.",
            ),
            "b": Choice(
                "the content weight",
                False,
                "A larger content weight holds on to the photograph: the style gets weaker.",
            ),
            "c": Choice(
                "the style weight",
                True,
                "The style term then counts for more, and the content gives way.",
            ),
        },
    ),
}
