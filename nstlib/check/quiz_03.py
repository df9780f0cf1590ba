"""Lesson 03, painting from features: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "03-1": Question(
        "At `block4_conv2` the content loss between two pictures is exactly 0. What does that "
        "tell?",
        {
            "a": Choice(
                "they are the same picture, pixel by pixel",
                False,
                "Poolings and ReLUs have thrown something away: other pixels can have the same "
                "features.",
            ),
            "b": Choice(
                "their features are the same at this layer, and so at all deeper ones",
                True,
                "Deeper layers are computed from these features alone. The layers before, and the "
                "pixels, may still differ.",
            ),
            "c": Choice(
                "their features are the same at all layers",
                False,
                "At the deeper ones, yes. Before it they may differ in what did not get this far.",
            ),
        },
    ),
    "03-2": Question(
        "You rebuild a photo from the features of `block5_conv1` alone. What survives best?",
        {
            "a": Choice(
                "roughly, which shapes are where",
                True,
                "Each feature still has its place, but it stands for a large patch: exact pixels "
                "and fine detail are lost.",
            ),
            "b": Choice(
                "the exact colours of the pixels",
                False,
                "These survive best in the first layers, which see only a few pixels at a time.",
            ),
            "c": Choice(
                "the textures, but no longer where they were",
                False,
                "That would be a Gram matrix, the subject of the next lesson. Features know "
                "where they are.",
            ),
        },
    ),
    "03-3": Question(
        "Why is the content loss the mean of the squares, and not their sum?",
        {
            "a": Choice(
                "the sum would lead to another picture, whatever its weight",
                False,
                "For one layer the two differ by a constant: with another weight, it is the same.",
            ),
            "b": Choice(
                "the sum could become negative",
                False,
                "Squares are never negative, and no sum of them is.",
            ),
            "c": Choice(
                "so that a weight means the same for small and for large pictures",
                True,
                "The sum grows with the number of positions and channels; the mean does not.",
            ),
        },
    ),
}
