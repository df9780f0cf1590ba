"""Lesson 09, starts, sizes, memory and precision: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "09-1": Question(
        "VGG-19 down to `block5_conv1` has 13 million weights, 52 MB in float32. A painting of "
        "512×512 pixels takes 0.9 GB. What takes most of it?",
        {
            "a": Choice(
                "the weights, which are kept once more with their gradients",
                False,
                "The weights do not change, so nobody asks for their gradients: it is the picture "
                "that changes.",
            ),
            "b": Choice(
                "the features of all layers, which are kept until the gradient is computed",
                True,
                "They alone are 320 MiB: the way back through the network needs them, and makes "
                "gradients as large as they are.",
            ),
            "c": Choice(
                "the steps that L-BFGS remembers",
                False,
                "Ten steps and ten changes of the gradient are no more than 20 pictures of 3 MB.",
            ),
            "d": Choice(
                "the Gram matrices",
                False,
                "With 512 channels, a Gram matrix has 512×512 numbers: 1 MB, whatever the size of "
                "the picture.",
            ),
        },
    ),
    "09-2": Question(
        "You paint the same motif at twice the size: 1024 pixels on the longer side instead of "
        "512. About how much more do the features take, and how much longer an evaluation?",
        {
            "a": Choice(
                "twice the memory, twice the time",
                False,
                "Twice as wide and twice as high: at every layer there are four times as many "
                "positions.",
            ),
            "b": Choice(
                "four times the memory, but the same time: the weights are as many as before",
                False,
                "Each weight has to be multiplied at every position, and there are four times as "
                "many of them.",
            ),
            "c": Choice(
                "four times the memory, sixteen times the time",
                False,
                "No position is multiplied with another one, not in a Gram matrix either: the work "
                "grows as the positions do.",
            ),
            "d": Choice(
                "four times the memory, four times the time",
                True,
                "There are four times as many positions, each with as many values and as many "
                "multiplications as before.",
            ),
        },
    ),
    "09-3": Question(
        "When does it pay to paint from coarse to fine, from the content and within the same "
        "number of evaluations?",
        {
            "a": Choice(
                "when strokes are to be large, and a plain sky is to be painted, too",
                True,
                "In a small picture the network sees much of the motif at a time. Judged at "
                "a quarter of the size, the style term with three sizes was about half of that "
                "with one.",
            ),
            "b": Choice(
                "when the loss at the final size is to be as low as possible",
                False,
                "That was lowest where all evaluations were spent at the final size: 0.38 against "
                "0.43 with two sizes and 0.45 with three.",
            ),
            "c": Choice(
                "when memory is short",
                False,
                "The last size is the full one and takes what it takes: the smaller ones before "
                "it save nothing.",
            ),
        },
    ),
}
