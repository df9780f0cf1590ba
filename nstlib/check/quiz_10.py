"""Lesson 10, control: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "10-1": Question(
        "Two ways to keep a photograph's colours: transfer the luminance of the finished painting, "
        "or match the style's colours before you paint. What does each of them keep?",
        {
            "a": Choice(
                "both of them keep the colour of every pixel",
                False,
                "Matching never looks at where a colour is: a mean and a covariance know nothing "
                "of places.",
            ),
            "b": Choice(
                "the luminance: the palette as a whole. Matching: the colour of every pixel",
                False,
                "The other way round: the luminance is exchanged pixel by pixel, the mean and the "
                "covariance belong to the picture as a whole.",
            ),
            "c": Choice(
                "the luminance: I and Q of every pixel. Matching: the palette as a whole",
                True,
                "With luminance alone, strokes are light and dark, with no colour of their own. "
                "With matched colours they have one, from the photograph's palette, and may carry "
                "it to where it was not.",
            ),
        },
    ),
    "10-2": Question(
        "Two style pictures of one height, the first three times as wide as the second, are "
        "pasted side by side and used as one style. But for the seam, which style is that?",
        {
            "a": Choice(
                "`mix_styles` with shares of 3 and 1",
                True,
                "A Gram matrix is a mean over positions, and three in four belong to the first "
                "picture. Pasting is mixing, with sizes in the place of shares.",
            ),
            "b": Choice(
                "`mix_styles` with shares of 1 and 1",
                False,
                "That would be two pictures of one size. The mean goes over positions, and the "
                "larger picture has more of them.",
            ),
            "c": Choice(
                "the first on the left of the painting, the second on the right",
                False,
                "A Gram matrix does not know where anything was. For that, there are masks.",
            ),
            "d": Choice(
                "none that `mix_styles` could make: features of the two are multiplied as well",
                False,
                "Each position is multiplied with itself only, and each lies in one of the two: "
                "only at the seam does a receptive field see both.",
            ),
        },
    ),
    "10-3": Question(
        "A mask gives the left half of the painting one style and the right half another. What "
        "happens at `block5_conv1`, right beside the border?",
        {
            "a": Choice(
                "a position sees only its own half, as the other one has been masked",
                False,
                "The mask is multiplied with the features of a layer, not with the picture: they "
                "were computed from both halves.",
            ),
            "b": Choice(
                "a position sees both halves, so each style has a say beyond the border",
                True,
                "Its receptive field is 156 pixels wide: what lies beyond the border changes the "
                "features on this side, so near it the two styles run into each other.",
            ),
            "c": Choice(
                "nothing is painted there, as neither of the two masks is white",
                False,
                "Where one mask fades, the other begins: scaled down to a layer, a border becomes "
                "grey in both, and both styles count in part.",
            ),
        },
    ),
}
