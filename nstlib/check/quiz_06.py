"""Lesson 06, the objective: its quiz, as it stands in the lesson."""

from nstlib.check.questions import Choice, Question

QUIZ = {
    "06-1": Question(
        "One repository has a style weight of 1e2, another one of 1e6. Which of the two paints "
        "more boldly?",
        {
            "a": Choice(
                "the second one, ten thousand times",
                False,
                "That would be so if both divided by the same. The 1e2 of jcjohnson and the 5e2 of "
                "anishathalye are even the very same style term: one adds up five layers, the "
                "other averages them.",
            ),
            "b": Choice(
                "both alike: a weight is only a unit",
                False,
                "It would be only a unit if one had been converted into the other. But their "
                "authors may well have wanted different pictures.",
            ),
            "c": Choice(
                "these two numbers do not say",
                True,
                "Each stands in units of its own: what the Gram matrices are divided by, whether "
                "the layers are averaged. And what it has to hold against, the content term, has "
                "a weight and units of its own as well.",
            ),
        },
    ),
    "06-2": Question(
        "You double the content weight and the style weight; the total variation has weight 0. "
        "What happens to the picture that has the smallest loss?",
        {
            "a": Choice(
                "nothing: only its loss is twice as large",
                True,
                "The loss of every picture doubles, so the best one stays the best. Only the "
                "proportion of the weights decides, and the gradient points where it did.",
            ),
            "b": Choice(
                "it becomes bolder, as the style counts twice",
                False,
                "The content counts twice, too, and holds against it as firmly as before.",
            ),
            "c": Choice(
                "it comes closer to both, the content and the style",
                False,
                "It has come as close as it can: what brings it closer to one takes it away from "
                "the other, at the same rate as before.",
            ),
            "d": Choice(
                "it becomes bolder, as the style goes with the fourth power of the features",
                False,
                "So it does, but the weight is only multiplied with it: both terms double, "
                "whatever they are made of.",
            ),
        },
    ),
    "06-3": Question(
        "Write the style term as constants times `style_loss`, layer by layer. From `block1_conv1` "
        "to `block5_conv1` these constants are as 1 to 1 in one convention, as 64 to 1 in another, "
        "and as 1024 to 1 in a third. What does this ratio decide?",
        {
            "a": Choice(
                "how boldly the style is painted over the content",
                False,
                "That is what the style weight decides, which multiplies all of the constants and "
                "leaves their ratio as it is.",
            ),
            "b": Choice(
                "how much colours and fine grain count against large forms",
                True,
                "Shallow layers see a few pixels, deep ones large parts of the picture. No style "
                "weight can make two such conventions equal: only weights for each layer can.",
            ),
            "c": Choice(
                "nothing: deep layers have larger features, which makes up for it",
                False,
                "Features do differ in size from layer to layer, but in each convention they "
                "differ alike, as the network is the same. The ratio comes on top.",
            ),
            "d": Choice(
                "how large the picture may become",
                False,
                "Any size will do. It is the features that make a large picture need memory, not "
                "the weights of the losses.",
            ),
        },
    ),
}
