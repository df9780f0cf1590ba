"""Lesson 02, inside VGG: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "02-1": Question(
        "How many pixels does a value depend on after two 3×3 convolutions of stride 1, one after "
        "the other?",
        {
            "a": Choice(
                "3×3", False, "The second one sees neighbours that see further themselves."
            ),
            "b": Choice("5×5", True, "3 pixels, and 2 more: one on either side."),
            "c": Choice("6×6", False, "The two overlap: the second one adds 2 pixels, not 3."),
            "d": Choice(
                "9×9",
                False,
                "Receptive fields add up and do not multiply, as long as strides are 1.",
            ),
        },
    ),
    "02-2": Question(
        "You give VGG's convolutions a picture twice as wide and twice as high. How many "
        "parameters have they now?",
        {
            "a": Choice(
                "four times as many",
                False,
                "There are four times as many positions, and all are looked at with the same "
                "weights.",
            ),
            "b": Choice(
                "just as many",
                True,
                "Kernel and channels count, not the picture. It is the features that take four "
                "times the memory.",
            ),
            "c": Choice(
                "twice as many",
                False,
                "A kernel does not grow with the picture that it moves over.",
            ),
        },
    ),
    "02-3": Question(
        "What does a 2×2 pooling of stride 2 do?",
        {
            "a": Choice(
                "it halves the number of channels",
                False,
                "Each channel is pooled on its own, and all of them come out.",
            ),
            "b": Choice(
                "it learns which of four values matters",
                False,
                "It has no parameters: it takes the largest of the four, or their average.",
            ),
            "c": Choice(
                "it halves height and width, and a kernel behind it reaches twice as far",
                True,
                "Neighbours behind it are twice as many pixels apart. That is why receptive "
                "fields grow faster and faster with depth.",
            ),
        },
    ),
}
