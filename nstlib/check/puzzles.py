"""Ten puzzles, a line each: broadcasting, Gram matrices, statistics.

`puzzles.outer.show()` draws an example, `puzzles.outer(your_function)` checks on arrays drawn at
random. Two of them ask for a property that many functions have; the others for one answer.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any

import IPython.display
import numpy as np

from nstlib.check import references
from nstlib.check.comparison import (
    ROUNDING,
    Slip,
    close,
    compare,
    numbers,
    proportional,
    slips_of,
)
from nstlib.check.framework import Check, Stopped, Student, StudentError
from nstlib.check.passed import Table
from nstlib.images.display import row_html

Words = Mapping[str, Callable | Sequence[Callable]]  # from what to say to the wrong formulas

SAME = ROUNDING / 10  # of properties that stay: nearer than the nearest other features may be
DOES_NOT_FIT = re.compile("broadcast|shape|dimension|aligned|match|size", re.IGNORECASE)


class Puzzle(Check):
    """A check with an example to look at.

    Args:
        reference: a right answer.
        examine, hints: as those of `Check`.
        example: from the names of arrays to arrays, what there is to see; the text "?" for what
            is to be found.
    """

    def __init__(
        self,
        reference: Callable,
        examine: Callable,
        hints: Sequence[str],
        example: Mapping[str, Any],
    ):
        super().__init__(reference, examine, hints)
        self.example = dict(example)

    def show(self) -> None:
        """Draw the example: its arrays as tables, side by side."""
        page = row_html([_grid(name, value) for name, value in self.example.items()])
        text = "\n\n".join(f"{name}:\n{value}" for name, value in self.example.items())
        IPython.display.display(Table(f"<style>{STYLE}</style>{page}", text))


# ---- the drawing ---------------------------------------------------------------------------------

# As `nstlib.check.passed`: JupyterLab would make stripes, and put all to the right.
STYLE = """\
table.nst-array {border-collapse: collapse; margin: 0 12px 8px 0 !important;
  align-self: flex-start}
table.nst-array caption {caption-side: top; text-align: left; color: inherit; padding: 2px 0}
table.nst-array td {text-align: right !important; padding: 3px 9px; min-width: 1.4em;
  border: 1px solid rgba(128, 128, 128, 0.6)}"""
HUES = {True: "0, 114, 178", False: "213, 94, 0"}  # from 0 up; below 0: blue and vermilion


def _grid(name: str, value: Any) -> str:
    """An array as a table: a number is the more coloured, the larger it is."""
    array = np.atleast_2d(value)
    if array.dtype.kind not in "iuf":
        cells = f"<tr><td>{html.escape(str(value))}</td></tr>"
    else:
        largest = np.abs(array).max() or 1
        cells = "".join(
            "<tr>" + "".join(_cell(number, number / largest) for number in row) + "</tr>"
            for row in array
        )
    return f'<table class="nst-array"><caption>{html.escape(name)}</caption>{cells}</table>'


def _cell(number: float, share: float) -> str:
    color = f"rgba({HUES[bool(share >= 0)]}, {0.5 * abs(share):.2f})"
    return f'<td style="background:{color}">{number:.4g}</td>'


# ---- how puzzles are checked ---------------------------------------------------------------------


def _features(M: int = 6, C: int = 3) -> np.ndarray:
    """Features (M, C) as after a ReLU, no channel like another."""
    rng = np.random.default_rng()
    F = rng.gamma(1.0, 1.0, (M, C)) * rng.uniform(0.5, 2, C)
    return F.astype("float32")


def _unsorted() -> np.ndarray:
    """Features that are not F itself again when positions are sorted by a channel or a sum."""
    while True:
        F = _features()
        ways = np.diff(np.column_stack([F, F.sum(axis=1)]), axis=0)
        if ((ways > 0).any(axis=0) & (ways < 0).any(axis=0)).all():
            return F


def _some(*sizes: tuple[int, int]) -> Callable[[], tuple]:
    return lambda: tuple(_features(*size) for size in sizes)


def _formula(
    reference: Callable,
    draw: Callable[[], tuple],
    inputs: Mapping[str, np.ndarray],
    slips: Words,
    *,
    passed: str,
    hints: Sequence[str],
    multiple: Words | None = None,
    fit: str = "",
    shape: str = "",
) -> Puzzle:
    """A puzzle with one answer.

    Args:
        inputs: of the example.
        slips: wrong formulas, by what is said of them; of those in `multiple`, multiples, too.
        passed: what is said when it is right.
        fit: what to add where arrays do not fit together; shape: where the answer has another one.
    """
    known = [*slips_of(slips), *slips_of(multiple or {}, multiple=True)]
    answer = f"{reference.__name__}({', '.join(inputs)})"

    def examine(student: Student) -> Any:
        def explained(*arrays: np.ndarray) -> Any:
            try:
                return student(*arrays)
            except Stopped as stopped:
                if fit and DOES_NOT_FIT.search(str(stopped)):
                    raise StudentError(f"{stopped}. {fit}") from None
                raise

        by_hand = {"the example above": tuple(inputs.values())}
        shape_words = {"shape_words": lambda _: shape} if shape else {}
        compare(explained, draw, reference, known, by_hand=by_hand, **shape_words)
        yield True, passed

    shown = {**inputs, answer: reference(*inputs.values())}
    return Puzzle(reference, examine, hints, shown)


def _property(
    reference: Callable,
    example: Mapping[str, Any],
    slips: Words,
    complaint: Callable[[np.ndarray, np.ndarray], str],
    *,
    passed: str,
    hints: Sequence[str],
) -> Puzzle:
    """A puzzle that many functions of features solve.

    Args:
        slips: wrong ones that have words of their own.
        complaint: gets features and what was made of them; what is wrong, or nothing.
        passed: what is said when it is right.
    """
    known: list[Slip] = slips_of(slips)

    def examine(student: Student) -> Any:
        for _ in range(5):
            F = _unsorted()
            found = numbers(student(F)).astype("float64")
            if found.shape != F.shape:
                raise StudentError(f"It returns features of the shape of F, {F.shape}, and yours "
                                   f"have {found.shape}.")  # fmt: skip
            words = complaint(F.astype("float64"), found)
            if words:
                same = (slip.words for slip in known if close(found, np.asarray(slip.wrong(F))))
                raise StudentError(next(same, words))
        yield True, passed

    return Puzzle(reference, examine, hints, example)


def _moments(F: np.ndarray) -> np.ndarray:
    return np.array([F.mean(axis=0), F.std(axis=0)])


# ---- broadcasting --------------------------------------------------------------------------------

outer = _formula(
    references.outer,
    lambda: (_features(1, 4)[0], _features(1, 3)[0]),
    {"u": np.array([1.0, 2.0, 3.0]), "v": np.array([1.0, 10.0])},
    {
        "You add: a number of the table is a product.": lambda u, v: u[:, None] + v,
        "Yours lies on its side: a row for each number of u, a column for each of v.": (
            lambda u, v: v[:, None] * u
        ),
        "You divide: a number of the table is a product.": lambda u, v: u[:, None] / v,
        "You subtract: a number of the table is a product.": lambda u, v: u[:, None] - v,
        "You have summed the products: the table keeps each of them.": (
            lambda u, v: np.sum(u) * np.sum(v)
        ),
    },
    passed="Row i is u[i] times v, whatever u and v are.",
    hints=(
        "NumPy compares shapes from the right, and an axis of length 1 is repeated. Which shape "
        "must u have, so that (n, ...) and (m,) become (n, m)?",
        "u[:, None] has the shape (n, 1).",
    ),
    fit="Arrays of n and of m numbers do not fit, side by side: give u a second axis, of length 1.",
    shape="The table has a row for each number of u, a column for each of v.",
)

center = _formula(
    references.center,
    _some((6, 3)),
    {"F": np.array([[1.0, 20.0], [3.0, 60.0], [5.0, 40.0]])},
    {
        "You subtract one mean of all numbers: each channel has its own.": lambda F: F - F.mean(),
        "You subtract the mean of each position: of each channel it is that along axis 0.": (
            lambda F: F - F.mean(axis=1, keepdims=True)
        ),
        "The sign is turned: what is above the mean stays above 0.": lambda F: F.mean(axis=0) - F,
        "You divide by the deviation, too: here only the mean goes.": (
            lambda F: (F - F.mean(axis=0)) / F.std(axis=0)
        ),
        "You subtract the median: the mean is the sum, divided by how many there are.": (
            lambda F: F - np.median(F, axis=0)
        ),
        "You subtract the smallest number of each channel: it is the mean that goes.": (
            lambda F: F - F.min(axis=0)
        ),
        "You subtract the largest number of each channel: it is the mean that goes.": (
            lambda F: F - F.max(axis=0)
        ),
        "You subtract the sum of each channel: the mean is the sum, divided by how many there "
        "are.": lambda F: F - F.sum(axis=0),
        "You subtract the deviation of each channel: it is the mean that goes.": (
            lambda F: F - F.std(axis=0)
        ),
        "You subtract the first position from all of them: it is the mean that goes.": (
            lambda F: F - F[0]
        ),
        "You subtract the mean twice: once is enough.": lambda F: F - 2 * F.mean(axis=0),
        "You divide by the mean: it is to be subtracted.": lambda F: F / F.mean(axis=0),
        "You add the mean: it is to be subtracted.": lambda F: F + F.mean(axis=0),
        "That is F as it was.": lambda F: F,
    },
    passed="Each channel has the mean 0, and differences between positions are as they were.",
    hints=(
        "Which axis disappears when you average over the positions?",
        "F.mean(axis=0) has the shape (C,), and F - that fits from the right.",
    ),
    fit="A mean along axis 1 has a number for each position: the channels' means are along axis 0.",
    shape="It has the shape of F: every number stays where it is, less the mean of its channel.",
)

distances = _formula(
    references.distances,
    _some((5, 2)),
    {"P": np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]])},
    {
        "You take the root: squared distances are asked for.": (
            lambda P: np.sqrt(((P[:, None] - P) ** 2).sum(-1))
        ),
        "You add absolute values: along the streets, not through the air. Square them.": (
            lambda P: np.abs(P[:, None] - P).sum(-1)
        ),
        "You square the sum: square each coordinate's difference first, then add.": (
            lambda P: (P[:, None] - P).sum(-1) ** 2
        ),
        "You add differences, some of which are negative: square them first.": (
            lambda P: (P[:, None] - P).sum(-1)
        ),
        "You average over the coordinates: a distance adds them.": (
            lambda P: ((P[:, None] - P) ** 2).mean(-1)
        ),
        "Those are products of the points: a distance is of differences.": lambda P: P @ P.T,
        "You add the points: a distance is of differences.": (
            lambda P: ((P[:, None] + P) ** 2).sum(-1)
        ),
        "The 2 is missing: the square of a - b is a^2 - 2 a b + b^2.": (
            lambda P: (P * P).sum(-1)[:, None] + (P * P).sum(-1) - P @ P.T
        ),
        "You subtract squares: square the differences.": (
            lambda P: (P * P).sum(-1)[:, None] - (P * P).sum(-1)
        ),
        "You keep the largest coordinate's difference: a distance adds them.": (
            lambda P: np.abs(P[:, None] - P).max(-1),
            lambda P: ((P[:, None] - P) ** 2).max(-1),
        ),
        "You multiply the coordinates' differences: a distance adds them.": (
            lambda P: ((P[:, None] - P) ** 2).prod(-1)
        ),
        "Half of the table is 0: it is as far from j to i as from i to j.": (
            lambda P: np.triu(references.distances(P)),
            lambda P: np.tril(references.distances(P)),
        ),
    },
    passed="0 on the diagonal, symmetric, and right for points that nobody has seen before.",
    hints=(
        "P[:, None] has the shape (M, 1, d). What is the shape of P[:, None] - P?",
        "Square these differences, and sum over the last axis.",
    ),
    fit="M rows do not fit beside M rows, each with each: give P a third axis, P[:, None].",
    shape="It has a row and a column for each point: sum over the coordinates, the last axis.",
)


def _features_and_mask() -> tuple:
    """A mask with all that it may have: outside, inside and in between."""
    rng = np.random.default_rng()
    between = rng.uniform(0.1, 0.4, 2), rng.uniform(0.6, 0.9, 2)
    mask = rng.permutation(np.concatenate([[0, 1], *between]))
    return _features(), mask.astype("float32")


region_mean = _formula(
    references.region_mean,
    _features_and_mask,
    {
        "F": np.array([[1.0, 20.0], [3.0, 60.0], [9.0, 9.0]]),
        "mask": np.array([1.0, 1.0, 0.0]),
    },
    {
        "You divide by the number of all positions: divide by how much mask there is.": (
            lambda F, mask: mask @ F / len(F)
        ),
        "You forget the mask: that is the mean of the whole picture.": (
            lambda F, mask: F.mean(axis=0)
        ),
        "You do not divide: that is a sum, larger for larger regions.": lambda F, mask: mask @ F,
        "The mask counts twice: multiply with it once.": (
            lambda F, mask: mask**2 @ F / mask.sum(),
            lambda F, mask: mask**2 @ F / (mask**2).sum(),
        ),
        "You divide by the sum of the squared mask: the mask counts once here, so take its sum.": (
            lambda F, mask: mask @ F / (mask**2).sum()
        ),
        "You divide twice, as .mean() divides by the number of positions: take .sum().": (
            lambda F, mask: mask @ F / len(F) / mask.sum()
        ),
        "You multiply by how much mask there is: divide by it.": (
            lambda F, mask: mask @ F * mask.sum()
        ),
        "The mask comes too late: weigh each position before you average.": (
            lambda F, mask: F.mean(axis=0) * mask.mean(),
            lambda F, mask: F.mean(axis=0) * mask.sum(),
            lambda F, mask: F.mean(axis=0) / mask.sum(),
            lambda F, mask: F.mean(axis=0) / mask.mean(),
        ),
        "You divide by the number of positions that have any mask: divide by how much mask there "
        "is.": lambda F, mask: mask @ F / np.count_nonzero(mask),
        "That is what lies outside of the region: take mask, not 1 - mask.": (
            lambda F, mask: (1 - mask) @ F / (1 - mask).sum()
        ),
        "You take every position that has any mask as a whole: weigh it with its number.": (
            lambda F, mask: F[mask > 0.5].mean(axis=0),
            lambda F, mask: F[mask > 0].mean(axis=0),
            lambda F, mask: F[mask == 1].mean(axis=0),
            lambda F, mask: F[mask > 0.5].sum(axis=0) / len(F),
        ),
    },
    passed="Positions count as much as the mask says, and a region's size does not matter.",
    hints=(
        "A weighted mean is the sum of weights times numbers, divided by the sum of the weights.",
        "mask[:, None] * F weighs the rows of F; mask @ F sums them at once.",
    ),
    fit="The mask has a number for each row of F: mask[:, None] stands beside all its channels.",
    shape="It has a number for each channel: sum over the positions, axis 0.",
)

# ---- Gram matrices -------------------------------------------------------------------------------

gram = _formula(
    references.gram,
    _some((6, 3)),
    {"F": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]])},
    {
        "You do not divide by the number of positions.": lambda F: F.T @ F,
        "You divide by the channels: divide by the number of positions, len(F).": (
            lambda F: F.T @ F / F.shape[1]
        ),
        "You subtract the means: that makes a covariance, and a Gram matrix keeps them.": (
            lambda F: references.center(F).T @ references.center(F) / len(F),
            lambda F: np.cov(F.T),
        ),
        "Those are correlations: a Gram matrix keeps the means and how strong a channel is.": (
            lambda F: np.corrcoef(F.T)
        ),
        "You divide by one position less than there are: all of them count, len(F).": (
            lambda F: F.T @ F / (len(F) - 1)
        ),
        "// leaves out what is behind the point: divide with /.": lambda F: F.T @ F // len(F),
        "You take a root: a Gram matrix is a mean of products, and no more.": (
            lambda F: np.sqrt(F.T @ F / len(F))
        ),
        "You multiply means: multiply at each position first, then average.": (
            lambda F: np.outer(F.mean(axis=0), F.mean(axis=0))
        ),
    },
    multiple={
        "You multiply positions with positions: turn the first factor, F.T.": lambda F: F @ F.T,
        "Only each channel with itself: every pair has its number.": (
            lambda F: (F**2).mean(axis=0),
            lambda F: np.diag((F**2).mean(axis=0)),
        ),
        "It is a multiple of what it should be: divide by the number of positions, once.": (
            lambda F: 7.7 * references.gram(F)
        ),
    },
    passed="Each pair of channels, multiplied at the same position and averaged over all of them.",
    hints=(
        "Row i, column j: the mean over the positions of channel i times channel j.",
        "Which product of F (M, C) and its transpose has the shape (C, C)?",
    ),
    fit="Rows of the first factor meet columns of the second: F.T is (C, M), and F is (M, C).",
    shape="It has a row and a column for each channel.",
)


def _not_the_same_gram(F: np.ndarray, found: np.ndarray) -> str:
    if close(found, F):
        return "That is F itself: find other features."
    wanted, G = references.gram(F), references.gram(found)
    if close(G, wanted, SAME):
        return ""
    if any(close(G, wanted[order][:, order]) for order in map(list, permutations(range(len(G))))):
        return (
            "You reorder the channels, and the Gram matrix's rows and columns change their places, "
            "too."
        )
    if proportional(G, wanted):
        return "A multiple of F: twice as strong, and the Gram matrix is four times as large."
    if close(np.abs(G), wanted):
        return (
            "The sign of a channel is turned, and not that of the others: products of two channels "
            "turn theirs."
        )
    if close(np.sort(found, axis=0), np.sort(F, axis=0)):
        return "You move each channel by itself: pairs that were at one position are torn apart."
    return "The Gram matrix is another one. What does it not see: the positions, or the channels?"


_EXAMPLE = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]])
same_gram = _property(
    references.same_gram,
    {"F": _EXAMPLE, "same_gram(F)": "?", "gram of both": references.gram(_EXAMPLE)},
    {
        "You subtract the means, and the Gram matrix has them in it.": references.center,
        "You sort each position's channels, and pairs of channels are no pairs any more: whole "
        "positions may move.": lambda F: np.sort(F, axis=1),
        "You put all numbers in new places: whole positions may move.": (
            lambda F: np.roll(F, 1),
            lambda F: np.sort(F.ravel()).reshape(F.shape),
        ),
    },
    _not_the_same_gram,
    passed="Other features, and the Gram matrix has not noticed.",
    hints=(
        "A Gram matrix is a mean over positions. Does it know which of them came first?",
        "Whole rows may change their places. (And what does a sign do?)",
    ),
)

with_ones = _formula(
    references.with_ones,
    _some((6, 3)),
    {"F": np.array([[1.0, 2.0], [3.0, 4.0]])},
    {
        "The ones are first: they shall be the last channel.": (
            lambda F: np.column_stack([np.ones(len(F)), F])
        ),
        "You append zeros: what is multiplied with 0 leaves nothing of the mean.": (
            lambda F: np.column_stack([F, np.zeros(len(F))])
        ),
        "You append a position of ones: a channel is a column.": (
            lambda F: np.vstack([F, np.ones(F.shape[1])])
        ),
        "You append the mean of each position: ones are enough, the Gram matrix averages.": (
            lambda F: np.column_stack([F, F.mean(axis=1)])
        ),
        "You add 1 to the features: append a channel.": lambda F: F + 1,
        "You append a channel again that is there already: append ones.": (
            lambda F: np.column_stack([F, F[:, -1]]),
            lambda F: np.column_stack([F, F[:, 0]]),
        ),
        "You append the positions' numbers: append ones.": (
            lambda F: np.column_stack([F, np.arange(len(F))])
        ),
        "F itself is gone: it stays, and the ones come behind it.": (
            lambda F: np.ones((len(F), F.shape[1] + 1))
        ),
        "You append one over the number of positions: the mean divides by that already.": (
            lambda F: np.column_stack([F, np.full(len(F), 1 / len(F))])
        ),
    },
    passed="The Gram matrix of that has the means in its last row, and 1 in its corner.",
    hints=(
        "What is the mean of channel i times 1?",
        "np.column_stack([F, ...]), with as many ones as F has rows.",
    ),
    fit="A channel has a number for each position: np.ones(len(F)), as a column.",
    shape="It is F with one channel more: (M, C + 1).",
)

# ---- statistics ----------------------------------------------------------------------------------


def _gram_and_mean() -> tuple:
    F = _features().astype("float64")
    return references.gram(F), F.mean(axis=0)


covariance = _formula(
    references.covariance,
    _gram_and_mean,
    {"G": np.array([[5.0, 7.0], [7.0, 10.0]]), "mean": np.array([2.0, 3.0])},
    {
        "You subtract means from products: of channels i and j goes mean i times mean j.": (
            lambda G, mean: G - mean,
            lambda G, mean: G - mean[:, None],
            lambda G, mean: G - mean - mean[:, None],
        ),
        "You subtract squares from whole columns: of channels i and j goes mean i times mean j.": (
            lambda G, mean: G - mean**2,
            lambda G, mean: G - mean[:, None] ** 2,
        ),
        "You correct the diagonal only: of every pair goes mean i times mean j.": (
            lambda G, mean: G - np.diag(mean**2)
        ),
        "You subtract one number, the sum of the squared means: each pair has its own product.": (
            lambda G, mean: G - mean @ mean
        ),
        "You add: a covariance is what is left of the Gram matrix without the means.": (
            lambda G, mean: G + np.outer(mean, mean)
        ),
        "You divide: a covariance is what is left when the products of means are subtracted.": (
            lambda G, mean: G / np.outer(mean, mean)
        ),
        "The sign is turned: variances, on the diagonal, are not negative.": (
            lambda G, mean: np.outer(mean, mean) - G
        ),
        "You multiply: a covariance is what is left when the products of means are subtracted.": (
            lambda G, mean: G * np.outer(mean, mean)
        ),
        "You subtract the products of the means twice: once is enough.": (
            lambda G, mean: G - 2 * np.outer(mean, mean)
        ),
        "You divide by the number of channels: G and mean are means over the positions already.": (
            lambda G, mean: (G - np.outer(mean, mean)) / len(mean),
            lambda G, mean: G - np.outer(mean, mean) / len(mean),
            lambda G, mean: G / len(mean) - np.outer(mean, mean),
        ),
        "You subtract the square of the mean of all channels: each pair has its own product.": (
            lambda G, mean: G - mean.mean() ** 2
        ),
        "np.cov takes features, and G are none any more: subtract the products of means from it.": (
            lambda G, mean: np.cov(G)
        ),
        "Those are the products of means: they are to be subtracted from G.": (
            lambda G, mean: np.outer(mean, mean)
        ),
        "That is G as it was: the means are still in it.": lambda G, mean: G,
    },
    passed="The features themselves are not needed for it.",
    hints=(
        "The mean of (a - mean a)(b - mean b) is the mean of a b, less mean a times mean b.",
        "All products of the means are the first puzzle's table.",
    ),
    shape="It has the shape of G.",
)

dress = _formula(
    references.dress,
    _some((6, 3), (4, 3)),
    {
        "F": np.array([[1.0, 0.0], [3.0, 4.0], [5.0, 2.0]]),
        "S": np.array([[10.0, -1.0], [14.0, 1.0]]),
    },
    {
        "Only the mean is that of S: divide by F's deviation, multiply with that of S.": (
            lambda F, S: F - F.mean(axis=0) + S.mean(axis=0),
            lambda F, S: F + S.mean(axis=0),
        ),
        "F's own mean is still in it: subtract it before you divide.": (
            lambda F, S: F / F.std(axis=0) * S.std(axis=0) + S.mean(axis=0),
            lambda F, S: F * S.std(axis=0) + S.mean(axis=0),
            lambda F, S: F / F.std(axis=0) * S.std(axis=0),
        ),
        "Brackets are missing: subtract the mean first, and divide the difference.": (
            lambda F, S: F - F.mean(axis=0) / F.std(axis=0) * S.std(axis=0) + S.mean(axis=0)
        ),
        "F's own deviation is still in it: divide by it.": (
            lambda F, S: (F - F.mean(axis=0)) * S.std(axis=0) + S.mean(axis=0)
        ),
        "You swap the deviations: divide by that of F, and multiply with that of S.": (
            lambda F, S: (F - F.mean(axis=0)) / S.std(axis=0) * F.std(axis=0) + S.mean(axis=0)
        ),
        "You swap F and S: subtract and divide by what F has, multiply with and add what S has.": (
            lambda F, S: (F - S.mean(axis=0)) / S.std(axis=0) * F.std(axis=0) + F.mean(axis=0)
        ),
        "You divide by both deviations: divide by that of F, and multiply with that of S.": (
            lambda F, S: (F - F.mean(axis=0)) / F.std(axis=0) / S.std(axis=0) + S.mean(axis=0)
        ),
        "You add F's own mean again: that of S is wanted.": (
            lambda F, S: references.dress(F, S) - S.mean(axis=0) + F.mean(axis=0)
        ),
        "You add the mean of F where you have to subtract it.": (
            lambda F, S: (F + F.mean(axis=0)) / F.std(axis=0) * S.std(axis=0) + S.mean(axis=0)
        ),
        "You subtract the mean of S where you have to add it.": (
            lambda F, S: references.dress(F, S) - 2 * S.mean(axis=0)
        ),
        "You swap mean and deviation of S: multiply with the deviation, add the mean.": (
            lambda F, S: (F - F.mean(axis=0)) / F.std(axis=0) * S.mean(axis=0) + S.std(axis=0)
        ),
        "S does not occur: of F the mean and the deviation are gone, now give it those of S.": (
            lambda F, S: (F - F.mean(axis=0)) / F.std(axis=0),
            lambda F, S: F - F.mean(axis=0),
        ),
        "That is F as it was.": lambda F, S: F,
        "You divide by one position less than there are (ddof=1): a deviation is .std(axis=0), "
        "which divides by all of them.": (
            lambda F, S: (
                (F - F.mean(axis=0)) / F.std(axis=0, ddof=1) * S.std(axis=0, ddof=1)
                + S.mean(axis=0)
            ),
            lambda F, S: (
                (F - F.mean(axis=0)) / F.std(axis=0, ddof=1) * S.std(axis=0) + S.mean(axis=0)
            ),
            lambda F, S: (
                (F - F.mean(axis=0)) / F.std(axis=0) * S.std(axis=0, ddof=1) + S.mean(axis=0)
            ),
        ),
        "You use variances: the deviation is the root of the variance, .std().": (
            lambda F, S: (F - F.mean(axis=0)) / F.var(axis=0) * S.var(axis=0) + S.mean(axis=0),
            lambda F, S: (F - F.mean(axis=0)) / F.var(axis=0) * S.std(axis=0) + S.mean(axis=0),
            lambda F, S: (F - F.mean(axis=0)) / F.std(axis=0) * S.var(axis=0) + S.mean(axis=0),
        ),
        "You take mean and deviation of all channels together: each has its own, along axis 0.": (
            lambda F, S: (F - F.mean()) / F.std() * S.std() + S.mean(),
            lambda F, S: (F - F.mean(axis=0)) / F.std() * S.std() + S.mean(axis=0),
            lambda F, S: (F - F.mean()) / F.std(axis=0) * S.std(axis=0) + S.mean(axis=0),
            lambda F, S: (F - F.mean(axis=0)) / F.std(axis=0) * S.std(axis=0) + S.mean(),
        ),
        "Mean and deviation are those of a position with you: each channel has its own, along "
        "axis 0.": (
            lambda F, S: (
                (F - F.mean(axis=1, keepdims=True)) / F.std(axis=1, keepdims=True) * S.std(axis=0)
                + S.mean(axis=0)
            )
        ),
        "You divide by the deviation, and do not multiply with that of S.": (
            lambda F, S: (F - F.mean(axis=0)) / F.std(axis=0) + S.mean(axis=0)
        ),
        "The mean of S is missing: add it at the end.": (
            lambda F, S: (F - F.mean(axis=0)) / F.std(axis=0) * S.std(axis=0)
        ),
        "You dress S like F: F is what changes.": (
            lambda F, S: (S - S.mean(axis=0)) / S.std(axis=0) * F.std(axis=0) + F.mean(axis=0)
        ),
    },
    passed="The means and the deviations of S, the shape of F: this is AdaIN, of lesson 13.",
    hints=(
        "First take F's own mean and deviation away, then give it those of S.",
        "(F - its mean) / its deviation * the deviation of S + the mean of S, each along axis 0.",
    ),
    fit="F and S have as many channels, but not as many positions: take only means and deviations.",
    shape="It has the shape of F.",
)


def _not_the_same_moments(F: np.ndarray, found: np.ndarray) -> str:
    wanted, moments = _moments(F), _moments(found)
    same = np.abs(moments - wanted) <= SAME * np.abs(F).max()
    orders = list(map(list, permutations(range(F.shape[1]))))
    if not same.all() and any(close(moments, wanted[:, order]) for order in orders):
        return "You exchange the channels, and with them their means and deviations."
    if close(moments, wanted * [[-1], [1]]):
        return "The sign of the means is turned: turn only what a channel is above or below them."
    if not same[0].all():
        return "A channel's mean has changed."
    if not same[1].all():
        return "The means are right, and a channel's deviation has changed."
    if close(references.gram(found), references.gram(F)):
        return (
            "Means and deviations are right, but the Gram matrix is the same, too: pairs of "
            "channels have to meet in another way."
        )
    return ""


same_moments = _property(
    references.same_moments,
    {
        "F": _EXAMPLE,
        "means and deviations": _moments(_EXAMPLE).round(2),
        "gram(F)": references.gram(_EXAMPLE),
        "same_moments(F)": "?",
    },
    {
        "Whole rows have moved, so every pair is still a pair: move one channel, not the others.": (
            lambda F: F[::-1],
            lambda F: np.roll(F, 1, axis=0),
        ),
        "That is F itself: its Gram matrix has to change.": lambda F: F,
        "The means are gone: they have to stay.": references.center,
        "You mirror every channel at its mean, and two signs cancel: mirror one of them.": (
            lambda F: 2 * F.mean(axis=0) - F
        ),
    },
    _not_the_same_moments,
    passed="Means and deviations cannot tell it from F, and the Gram matrix can.",
    hints=(
        "Mean and deviation of a channel do not know its order. The Gram matrix does not know the "
        "order of the positions, but it knows which numbers stand side by side.",
        "Sort each channel by itself, or turn round only one of them.",
    ),
)

PUZZLES = {
    puzzle.reference.__name__: puzzle
    for puzzle in (
        outer,
        center,
        distances,
        region_mean,
        gram,
        same_gram,
        with_ones,
        covariance,
        dress,
        same_moments,
    )
}
