"""Lesson 04, Gram matrices by hand: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "04-1": Question(
        "You shuffle the positions of some features, all channels in the same way. What "
        "happens to their Gram matrix?",
        {
            "a": Choice(
                "it stays the same",
                True,
                "It adds up products over all positions, and a sum does not ask for the order. "
                "That is why it says what a picture is made of, and not where.",
            ),
            "b": Choice(
                "it changes, as neighbours are torn apart",
                False,
                "No neighbours are compared: each position is multiplied with itself only. "
                "(Shuffle the pixels instead, and the features themselves change.)",
            ),
            "c": Choice(
                "it becomes diagonal",
                False,
                "Channels that were active together still are: they were moved together.",
            ),
        },
    ),
    "04-2": Question(
        "Four copies of the same features are laid side by side, two by two. What would their Gram "
        "matrix be without the division by M?",
        {
            "a": Choice(
                "the same", False, "With the division it is: that is what the division is for."
            ),
            "b": Choice(
                "twice as large",
                False,
                "Twice as wide and twice as high: there are four times as many positions.",
            ),
            "c": Choice(
                "four times as large",
                True,
                "Four times as many positions add up. Divided by M, pictures of different sizes "
                "can be compared.",
            ),
            "d": Choice(
                "sixteen times as large",
                False,
                "Each position is multiplied with itself, not with all others: the sum has M "
                "terms, not M times M.",
            ),
        },
    ),
    "04-3": Question(
        "Features of shape `(h, w, C)` are turned into `X = reshape(F, (C, h * w))`, and the "
        "product of X with its own transpose is taken for the Gram matrix. What is wrong with it?",
        {
            "a": Choice(
                "it is not symmetric",
                False,
                "The product of any matrix with its own transpose is symmetric.",
            ),
            "b": Choice(
                "its rows are not the channels",
                True,
                "reshape keeps the order of the numbers, so each row of X mixes all channels. To "
                "move an axis, transpose.",
            ),
            "c": Choice(
                "its trace is too large",
                False,
                "The trace is the sum of the squares of all features, however they are arranged: "
                "it cannot reveal this bug.",
            ),
            "d": Choice(
                "nothing, the shape is right",
                False,
                "The shape is right, the numbers are not: test a property instead, such as what "
                "happens when the channels change places.",
            ),
        },
    ),
}
