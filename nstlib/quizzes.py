"""The quiz questions' choices: for each, whether it is right, and why."""

QUIZZES = {
    "00-1": {
        "a": (False, "The weights of the network stay as they are: it only looks and judges."),
        "b": (True, "The pixels of the painting are the unknowns; nothing else changes."),
        "c": (False, "The photograph is a target: its features are computed once, then kept."),
    },
    "00-2": {
        "a": (True, "The painting starts as a copy of the content, so its features are the same."),
        "b": (False, "Its weight is not 0: from the second evaluation on the content term counts."),
        "c": (False, "The style picture plays no part in the content term."),
    },
    "00-3": {
        "a": (False, "Shorter runs change the strength too, but everything is then half done."),
        "b": (False, "A larger content weight holds on to the photograph: the style gets weaker."),
        "c": (True, "The style term then counts for more, and the content gives way."),
    },
}
