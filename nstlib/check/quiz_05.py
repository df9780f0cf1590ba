"""Lesson 05, texture: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "05-1": Question(
        "From noise, you match the Gram matrix of `block1_conv1` alone. What does the picture take "
        "from the style?",
        {
            "a": Choice(
                "its colours and its finest grain",
                True,
                "A value of this layer sees 3×3 pixels: that is enough for colours and grain, and "
                "for nothing larger.",
            ),
            "b": Choice(
                "its large forms, but not its colours",
                False,
                "The other way round: large forms need deep layers, which see many pixels at a "
                "time.",
            ),
            "c": Choice(
                "everything: it becomes the style picture",
                False,
                "A Gram matrix does not know where anything was, and this one knows only 3×3 "
                "pixels at a time.",
            ),
        },
    ),
    "05-2": Question(
        "Why do we make the same textures with a network of random weights, too?",
        {
            "a": Choice(
                "because it is faster",
                False,
                "It does the same arithmetic with other numbers: it takes just as long.",
            ),
            "b": Choice(
                "because without training there are no Gram matrices, and the picture stays noise",
                False,
                "Random weights give features, and these have Gram matrices: look at what comes "
                "out.",
            ),
            "c": Choice(
                "because what it paints as well cannot come from training",
                True,
                "It is the control experiment: only the difference between the two networks shows "
                "what training brings.",
            ),
        },
    ),
    "05-3": Question(
        "In a synthesized brick wall the long joints do not line up. Why?",
        {
            "a": Choice(
                "there were not enough evaluations",
                False,
                "The joints may be broken even where all Gram matrices agree: to the loss, nothing "
                "is wrong.",
            ),
            "b": Choice(
                "Gram matrices forget where things are, beyond what a receptive field sees",
                True,
                "Within a receptive field the features see the pattern; how two far places belong "
                "together is lost when all positions are added up.",
            ),
            "c": Choice(
                "the style weight is too small",
                False,
                "There is no content term that could hold against it: a larger weight changes "
                "nothing.",
            ),
        },
    ),
}
