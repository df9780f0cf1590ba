"""Lesson 07, total variation: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "07-1": Question(
        "TensorFlow's tutorial writes of squares, and its code computes something else. Which one "
        "line shows whether `tf.image.total_variation` adds up squares or absolute values?",
        {
            "a": Choice(
                "`tf.image.total_variation(tf.constant([[[[0.0], [1.0]]]]))`",
                False,
                "From 0 to 1 it is a step of 1, and 1 is its own square: both sums are 1. So are "
                "those of every picture of zeros and ones, however large.",
            ),
            "b": Choice(
                "`tf.image.total_variation(tf.constant([[[[0.5], [0.5]]]]))`",
                False,
                "Without a step both sums are 0: that tells you nothing.",
            ),
            "c": Choice(
                "`tf.image.total_variation(tf.random.uniform((1, 8, 8, 3))) > 0`",
                False,
                "Both sums are positive. A test has to be one that one of the two fails.",
            ),
            "d": Choice(
                "`tf.image.total_variation(tf.constant([[[[0.0], [2.0]]]]))`",
                True,
                "A step of 2 gives 2 or 4, and it gives 2: absolute values. What a text says of "
                "code, one small example can settle.",
            ),
        },
    ),
    "07-2": Question(
        "From black to white, a row of pixels goes in one step of 1, or in ten steps of 0.1. What "
        "do the two forms of the total variation prefer?",
        {
            "a": Choice(
                "absolute values and squares both prefer the ten small steps",
                False,
                "With absolute values, ten times 0.1 is 1, exactly as much as the single step.",
            ),
            "b": Choice(
                "absolute values mind both alike, and squares prefer the ten small steps",
                True,
                "As sums, 1 and 1 against 1 and 0.1. So squares smear edges into ramps; absolute "
                "values leave a sharp edge, and smooth what goes up and down again.",
            ),
            "c": Choice(
                "absolute values prefer the single step, and squares mind both alike",
                False,
                "Add it up: with absolute values 1 against ten times 0.1, with squares 1 against "
                "ten times 0.01.",
            ),
        },
    ),
    "07-3": Question(
        "You give the total variation, of absolute values, a weight that is far too large. What "
        "becomes of the painting?",
        {
            "a": Choice(
                "a few flat patches of colour with sharp borders",
                True,
                "Grain and brush strokes cost more than they bring, so patches run together, until "
                "at last a single colour is left, which costs nothing at all.",
            ),
            "b": Choice(
                "the photo that it began with",
                False,
                "The photo has details of its own, and they cost as much as those of a brush: the "
                "total variation does not know what belongs to the content.",
            ),
            "c": Choice(
                "fine noise",
                False,
                "Noise is what it minds most: nearly every pixel differs from its neighbours.",
            ),
            "d": Choice(
                "a blurred painting with soft edges",
                False,
                "That is what squares lead to. To absolute values a soft edge is no cheaper than a "
                "sharp one.",
            ),
        },
    ),
}
