"""Lesson 01, images and the VGG contract: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "01-1": Question(
        "You give Keras's own `VGG19` a picture with values from 0 to 1, in RGB, just as it was "
        "loaded. What happens?",
        {
            "a": Choice(
                "it stops with an error",
                False,
                "The shape is right, and nothing else is looked at. That makes it a bad mistake: "
                "nobody tells you.",
            ),
            "b": Choice(
                "it says nothing, and sees a picture that is gray all over",
                True,
                "For VGG 0 is the mean colour and 1 is one step of 255 brighter, which is next to "
                "nothing. The features are wrong, and no error says so.",
            ),
            "c": Choice(
                "it scales the picture by itself",
                False,
                "Keras's network does not; our `FeatureExtractor` does, which is why you give it "
                "RGB from 0 to 1.",
            ),
        },
    ),
    "01-2": Question(
        "Why is `MEAN_BGR` subtracted from every picture?",
        {
            "a": Choice(
                "because it was subtracted when the network was trained",
                True,
                "The weights fit such inputs and no others: preprocessing is part of the network.",
            ),
            "b": Choice(
                "so that all values become positive",
                False,
                "Before it they were positive: whatever is darker than the mean becomes negative.",
            ),
            "c": Choice(
                "so that the mean of each picture becomes 0",
                False,
                "That would take each picture's own mean. These three numbers are the mean of the "
                "training pictures, and a dark picture stays darker than others.",
            ),
        },
    ),
    "01-3": Question(
        "Which one is the way back?",
        {
            "a": Choice(
                "divide by 255, add `MEAN_BGR`, swap the colours, clip",
                False,
                "The mean counts from 0 to 255: added after the division, all becomes white.",
            ),
            "b": Choice(
                "swap the colours, add `MEAN_BGR`, divide by 255, clip",
                False,
                "Once the colours are swapped, red comes first and gets the mean of blue.",
            ),
            "c": Choice(
                "add `MEAN_BGR`, divide by 255, swap the colours, clip",
                True,
                "The steps of the way there, undone from the last to the first. Clipping comes at "
                "the end, as only then 0 and 1 are black and white.",
            ),
        },
    ),
}
