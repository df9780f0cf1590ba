"""What the content loss and the style loss share: both are a mean of squared differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from nstlib.check.comparison import Slip, compare, slips_of
from nstlib.check.exercises.random_features import norm


def mean_square_slips(F: str, P: str) -> list[Slip]:
    """Slips in a mean of squared differences of two arrays, which have these names."""
    return slips_of(
        {
            "You return half of it: the mean, without 1/2.": lambda F, P: np.mean((F - P) ** 2) / 2,
            "You take absolute differences: square them instead, so that large ones count for "
            "more.": lambda F, P: np.mean(np.abs(F - P)),
            "You forgot the square: differences up and down cancel, and the loss can be "
            "negative.": lambda F, P: np.mean(F - P),
            "You take the mean first and square it then: differences up and down have cancelled by "
            "then. Square each one, then take the mean.": lambda F, P: np.mean(F - P) ** 2,
            "You take the root of the mean square: leave it out.": (
                lambda F, P: np.sqrt(np.mean((F - P) ** 2))
            ),
            "You return the length of the difference (np.linalg.norm), its Frobenius norm: neither "
            "a root nor a sum is wanted, but the mean of the squares.": lambda F, P: norm(F - P),
            "You subtract the squares: square the difference.": lambda F, P: np.mean(F**2 - P**2),
            f"You add {F} and {P}: it is their difference that counts.": (
                lambda F, P: np.mean((F + P) ** 2)
            ),
            f"You multiply {F} and {P}: it is their difference that counts.": (
                lambda F, P: np.mean(F * P)
            ),
            f"{P} does not occur: compare {F} with {P}.": lambda F, P: np.mean(F**2),
            "Its sign is wrong: a loss becomes smaller when pictures become more similar.": (
                lambda F, P: -np.mean((F - P) ** 2)
            ),
            "You take the median: take the mean.": lambda F, P: np.median((F - P) ** 2),
            "Only the first channel counts with you: take all of them.": (
                lambda F, P: np.mean((F - P)[..., 0] ** 2),
                lambda F, P: np.sum((F - P)[..., 0] ** 2) / F.size,
            ),
            f"You divide by the size of {P}: that makes it a relative loss, and here it is the "
            "plain mean.": lambda F, P: np.sum((F - P) ** 2) / np.sum(P**2),
        }
    )


def examine_mean_square(
    student: Callable,
    right: Callable,
    draw: Callable[[int], Callable[[], tuple]],
    slips: Sequence[Slip],
    numbers: str,
    passed: tuple[str, str],
    by_hand: Mapping[str, tuple],
) -> Iterator[tuple[bool, str]]:
    """Examine such a loss for one picture, and for two at once.

    Args:
        student, right: the functions.
        draw: gets the number of pictures, and draws two arrays.
        slips: for one picture.
        numbers: how many there are in words, such as "B C C".
        by_hand: as in `compare`.
        passed: what to say where it is right, for one and for two.
    """
    several = slips_of(
        {
            "For one picture it is right, but of two pictures you look only at the first.": (
                lambda F, P: np.mean((F[0] - P[0]) ** 2)
            ),
            "For one picture it is right, for two it is twice too large: take the mean over all "
            f"{numbers} numbers.": lambda F, P: np.sum((F - P) ** 2) / F[0].size,
        }
    )

    def axes(shape: tuple) -> str:
        return "Take the mean over all axes." if shape else ""

    for batch, wrong, words in zip((1, 2), (slips, several), passed, strict=True):
        compare(student, draw(batch), right, wrong, shape_words=axes, by_hand=by_hand)
        yield True, words
