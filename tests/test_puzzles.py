"""The puzzles: laws that hold for any arrays, and what their checks have to tell apart."""

import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from nstlib import check
from nstlib.check import puzzles, references
from nstlib.check.puzzles import PUZZLES

REPEATS = 5  # arrays are drawn afresh

RIGHT = {
    "outer": [
        np.outer,
        lambda u, v: np.array([[a * b for b in v] for a in u]),
        lambda u, v: np.matrix(u).T @ np.matrix(v),
    ],
    "center": [lambda F: (F.T - F.mean(0)[:, None]).T, lambda F: F - np.ones(len(F)) @ F / len(F)],
    "distances": [
        lambda P: cdist(P, P) ** 2,
        lambda P: (P * P).sum(1)[:, None] + (P * P).sum(1) - 2 * P @ P.T,
        lambda P: [[sum((a - b) ** 2) for b in P] for a in P],
    ],
    "region_mean": [
        lambda F, mask: (F * mask[:, None]).sum(0) / mask.sum(),
        lambda F, mask: np.average(F, axis=0, weights=mask),
    ],
    "gram": [
        lambda F: np.einsum("mc,md->cd", F, F) / len(F),
        lambda F: np.mean(F[:, :, None] * F[:, None], axis=0),
    ],
    "same_gram": [
        lambda F: -F,
        lambda F: np.roll(F, 1, axis=0),
        lambda F: F[np.random.default_rng(0).permutation(len(F))],
        lambda F: np.linalg.qr(np.random.default_rng(0).normal(size=(len(F),) * 2))[0] @ F,
        lambda F: F[np.argsort(F[:, 0])],
    ],
    "with_ones": [
        lambda F: np.c_[F, np.ones(len(F))],
        lambda F: np.pad(F, ((0, 0), (0, 1)), constant_values=1),
        lambda F: np.hstack([F, np.ones((len(F), 1))]),
    ],
    "covariance": [
        lambda G, mean: G - np.outer(mean, mean),
        lambda G, mean: G - mean[None].T @ mean[None],
    ],
    "dress": [
        lambda F, S: S.mean(0) + S.std(0) * (F - F.mean(0)) / F.std(0),
        lambda F, S: F * (S.std(0) / F.std(0)) + S.mean(0) - F.mean(0) * S.std(0) / F.std(0),
    ],
    "same_moments": [
        lambda F: np.column_stack([np.roll(F[:, 0], 1), F[:, 1:]]),
        lambda F: np.column_stack([2 * F[:, 0].mean() - F[:, 0], F[:, 1:]]),
        lambda F: np.column_stack([F[::-1, 0], F[:, 1:]]),
    ],
}
# What is wrong, and what the message has to contain.
WRONG = {
    "outer": [
        (lambda u, v: u[:, None] + v, "You add"),
        (lambda u, v: np.outer(v, u), "on its side"),
        (lambda u, v: u * v, "second axis, of length 1"),
        (lambda u, v: u.sum() * v.sum(), "summed the products"),
        (lambda u, v: u[:, None] / v, "You divide"),
        (lambda u, v: ..., "returns nothing yet"),
        (lambda u, v: u[:, None] - v, "You subtract"),
    ],
    "center": [
        (lambda F: F - np.mean(F), "one mean of all"),
        (lambda F: F - F.mean(1, keepdims=True), "mean of each position"),
        (lambda F: F - F.mean(1), "along axis 0"),
        (lambda F: (F - F.mean(0)) / F.std(0), "deviation, too"),
        (lambda F: F.mean(0) - F, "sign is turned"),
        (lambda F: F - np.median(F, 0), "median"),
        (lambda F: F - F.min(0), "smallest"),
        (lambda F: F - F.sum(0), "the sum of each channel"),
        (lambda F: F - F.max(0), "largest"),
        (lambda F: F - F[0], "first position"),
        (lambda F: F - F.std(0), "deviation of each channel"),
        (lambda F: F - 2 * F.mean(0), "twice"),
        (lambda F: F / F.mean(0), "You divide by the mean"),
        (lambda F: F + F.mean(0), "You add the mean"),
        (lambda F: F, "as it was"),
        (lambda F: F.mean(0), "every number stays"),
    ],
    "distances": [
        (lambda P: cdist(P, P), "root"),
        (lambda P: np.abs(P[:, None] - P).sum(-1), "absolute values"),
        (lambda P: ((P[:, None] - P) ** 2).sum(0), "row and a column for each point"),
        (lambda P: ((P[:, None] - P) ** 2).mean(-1), "average over the coordinates"),
        (lambda P: (P[:, None] - P).sum(-1), "some of which are negative"),
        (lambda P: (P[:, None] - P).sum(-1) ** 2, "square the sum"),
        (lambda P: P @ P.T, "products of the points"),
        (lambda P: (P - P.T) ** 2, "a third axis"),
        (lambda P: (P[:, None] - P) ^ 2, "^ is no power"),
        (lambda P: ((P[:, None] + P) ** 2).sum(-1), "add the points"),
        (lambda P: np.add.outer((P * P).sum(1), (P * P).sum(1)) - P @ P.T, "2 is missing"),
        (lambda P: np.subtract.outer((P * P).sum(1), (P * P).sum(1)), "subtract squares"),
        (lambda P: np.abs(P[:, None] - P).max(-1), "largest coordinate"),
        (lambda P: ((P[:, None] - P) ** 2).prod(-1), "multiply the coordinates"),
        (lambda P: np.triu(cdist(P, P) ** 2), "Half of the table"),
    ],
    "region_mean": [
        (lambda F, mask: (F * mask[:, None]).mean(0), "number of all positions"),
        (lambda F, mask: F.mean(0), "forget the mask"),
        (lambda F, mask: mask @ F, "do not divide"),
        (lambda F, mask: F * mask, "mask[:, None] stands beside"),
        (lambda F, mask: ((1 - mask) @ F) / (1 - mask).sum(), "outside of the region"),
        (lambda F, mask: F[mask > 0.5].mean(0), "as a whole"),
        (lambda F, mask: (mask * mask) @ F / mask.sum(), "counts twice"),
        (lambda F, mask: F * mask[:, None] / mask.sum(), "a number for each channel"),
        (lambda F, mask: mask @ F / (mask**2).sum(), "sum of the squared mask"),
        (lambda F, mask: (F * mask[:, None]).mean(0) / mask.sum(), "divide twice"),
        (lambda F, mask: mask @ F * mask.sum(), "You multiply by how much"),
        (lambda F, mask: F.mean(0) / mask.mean(), "too late"),
        (lambda F, mask: mask @ F / (mask > 0).sum(), "positions that have any mask"),
    ],
    "gram": [
        (lambda F: F.T @ F, "number of positions"),
        (lambda F: F.T @ F / F.shape[1], "divide by the channels"),
        (lambda F: F @ F.T / len(F), "positions with positions"),
        (lambda F: np.cov(F.T, bias=True), "covariance"),
        (lambda F: (F**2).mean(0), "itself"),
        (lambda F: np.outer(F.mean(0), F.mean(0)), "multiply means"),
        (lambda F: F @ F, "Rows of the first factor"),
        (lambda F: np.corrcoef(F.T), "correlations"),
        (lambda F: F.T @ F / (len(F) - 1), "one position less"),
        (lambda F: F.T @ F // len(F), "// leaves out"),
        (lambda F: np.sqrt(F.T @ F / len(F)), "take a root"),
        (lambda F: F.T @ F / F.size, "a multiple of what"),
    ],
    "same_gram": [
        (lambda F: F, "F itself"),
        (lambda F: F[:, ::-1], "reorder the channels"),
        (lambda F: 2 * F, "four times"),
        (lambda F: np.sort(F, axis=0), "torn apart"),
        (lambda F: F - F.mean(0), "has them in it"),
        (lambda F: F[:-1], "of the shape of F"),
        (lambda F: F + 1, "Gram matrix is another one"),
        (lambda F: F * [-1, 1, 1], "The sign of a channel"),
        (lambda F: np.sort(F, axis=1), "sort each position"),
        (lambda F: np.roll(F, 1), "all numbers in new places"),
    ],
    "with_ones": [
        (lambda F: np.c_[np.ones(len(F)), F], "ones are first"),
        (lambda F: np.c_[F, np.zeros(len(F))], "zeros"),
        (lambda F: np.vstack([F, np.ones(F.shape[1])]), "a channel is a column"),
        (lambda F: np.c_[F, F.mean(1)], "ones are enough"),
        (lambda F: F + 1, "append a channel"),
        (lambda F: np.hstack([F, np.ones(len(F))]), "as a column"),
        (lambda F: np.c_[F, F[:, -1]], "there already"),
        (lambda F: np.c_[F, range(len(F))], "the positions' numbers"),
        (lambda F: np.ones((len(F), F.shape[1] + 1)), "F itself is gone"),
        (lambda F: np.c_[F, np.full(len(F), 1 / len(F))], "one over the number"),
        (lambda F: F.append(1), "'numpy.ndarray' object has no attribute 'append'"),
    ],
    "covariance": [
        (lambda G, mean: G - mean, "means from products"),
        (lambda G, mean: G - mean**2, "squares from whole columns"),
        (lambda G, mean: G - np.diag(mean**2), "diagonal only"),
        (lambda G, mean: G - mean @ mean, "one number"),
        (lambda G, mean: G + np.outer(mean, mean), "You add"),
        (lambda G, mean: G / np.outer(mean, mean), "You divide"),
        (lambda G, mean: np.outer(mean, mean) - G, "sign is turned"),
        (lambda G, mean: G * np.outer(mean, mean), "You multiply"),
        (lambda G, mean: G - 2 * np.outer(mean, mean), "twice"),
        (lambda G, mean: G - np.outer(mean, mean) / len(mean), "number of channels"),
        (lambda G, mean: G - mean.mean() ** 2, "square of the mean of all"),
        (lambda G, mean: np.cov(G), "np.cov takes features"),
        (lambda G, mean: np.outer(mean, mean), "to be subtracted from G"),
        (lambda G, mean: G, "as it was"),
    ],
    "dress": [
        (lambda F, S: F - F.mean(0) + S.mean(0), "Only the mean"),
        (lambda F, S: F / F.std(0) * S.std(0) + S.mean(0), "own mean is still in it"),
        (lambda F, S: (F - F.mean(0)) / F.var(0) * S.var(0) + S.mean(0), "variances"),
        (lambda F, S: (F - F.mean()) / F.std() * S.std() + S.mean(), "channels together"),
        (lambda F, S: (F - F.mean(0)) / F.std(0) + S.mean(0), "do not multiply"),
        (lambda F, S: (F - F.mean(0)) / F.std(0) * S.std(0), "mean of S is missing"),
        (lambda F, S: references.dress(S, F), "F is what changes"),
        (lambda F, S: F - S, "not as many positions"),
        (lambda F, S: F - F.mean(0) / F.std(0) * S.std(0) + S.mean(0), "Brackets"),
        (lambda F, S: (F - F.mean(0)) * S.std(0) + S.mean(0), "F's own deviation"),
        (lambda F, S: (F - F.mean(0)) / S.std(0) * F.std(0) + S.mean(0), "swap the deviations"),
        (lambda F, S: (F - S.mean(0)) / S.std(0) * F.std(0) + F.mean(0), "swap F and S"),
        (lambda F, S: (F - F.mean(0)) / (F.std(0) * S.std(0)) + S.mean(0), "both deviations"),
        (lambda F, S: references.dress(F, S - S.mean(0) + F.mean(0)), "add F's own mean"),
        (lambda F, S: (F + F.mean(0)) / F.std(0) * S.std(0) + S.mean(0), "mean of F where"),
        (lambda F, S: references.dress(F, S) - 2 * S.mean(0), "mean of S where"),
        (lambda F, S: (F - F.mean(0)) / F.std(0) * S.mean(0) + S.std(0), "swap mean and deviation"),
        (lambda F, S: (F - F.mean(0)) / F.std(0), "S does not occur"),
        (lambda F, S: F, "as it was"),
        (lambda F, S: (F - F.mean(0)) / F.std(0, ddof=1) * S.std(0, ddof=1) + S.mean(0), "ddof"),
        (
            lambda F, S: (F.T - F.mean(1)).T / F.std(1, keepdims=True) * S.std(0) + S.mean(0),
            "of a position",
        ),
    ],
    "same_moments": [
        (lambda F: F, "F itself"),
        (lambda F: F[::-1], "Whole rows"),
        (lambda F: F[:, ::-1], "exchange the channels"),
        (lambda F: F - F.mean(0), "means are gone"),
        (lambda F: 2 * F.mean(0) - F, "mirror every channel"),
        (lambda F: F + 1, "mean has changed"),
        (lambda F: 2 * F - F.mean(0), "deviation has changed"),
        (lambda F: F[np.r_[1, 0, 2 : len(F)]], "Gram matrix is the same"),
        (lambda F: -F, "sign of the means"),
    ],
}


def test_there_are_ten_each_with_its_proofs():
    assert list(PUZZLES) == list(RIGHT) == list(WRONG) and len(PUZZLES) == 10
    assert all(getattr(puzzles, name) is puzzle for name, puzzle in PUZZLES.items())
    assert not set(PUZZLES) & set(check.EXERCISES), "both are kept by their names"


@pytest.mark.parametrize("name", PUZZLES)
def test_right_lines_pass(name):
    for line in [PUZZLES[name].reference, *RIGHT[name]]:
        for _ in range(REPEATS):
            verdict = PUZZLES[name](line)
            assert verdict.passed, verdict.message


@pytest.mark.parametrize("name", PUZZLES)
def test_wrong_lines_are_told_apart(name):
    said = []
    for line, words in WRONG[name]:
        for _ in range(REPEATS):
            verdict = PUZZLES[name](line)
            last = verdict.message.splitlines()[-1]
            assert not verdict.passed and words in last, (words, verdict.message)
        said.append(re.sub(r"\d", "#", last))
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("same_gram", lambda F: F / 3, "four times"),
        ("same_gram", lambda F: F[::-1, [1, 0, 2]], "reorder the channels"),
        ("same_gram", lambda F: np.column_stack([F[::-1, 0], F[:, 1:]]), "torn apart"),
        ("same_moments", lambda F: F[:, [1, 0, 2]], "exchange the channels"),
        ("region_mean", lambda F, mask: F[mask == 1].mean(0), "as a whole"),
        ("region_mean", lambda F, mask: F[mask.astype(bool)].mean(0), "as a whole"),
        ("covariance", lambda G, mean: G - mean[:, None], "means from products"),
    ],
)
def test_other_wrong_lines_of_the_same_kind(name, line, words):
    for _ in range(REPEATS):
        assert words in PUZZLES[name](line).message


@pytest.mark.parametrize("name", ["same_gram", "same_moments"])
def test_features_that_are_nearly_the_same_are_no_others(name):
    """A nudge that changes a Gram matrix or a mean by less than it changes the features."""

    def nudged(F):
        found = F.copy()
        at = np.unravel_index(np.argmin(F), F.shape)
        found[at] += 2e-4 * np.abs(F).max()
        return found

    assert not any(PUZZLES[name](nudged).passed for _ in range(4 * REPEATS))


def test_positions_that_are_sorted_already_are_not_drawn(monkeypatch):
    ups = np.arange(18, dtype="float32").reshape(6, 3)
    drawn = iter([ups, ups[::-1], *(ups[[1, 0, 3, 2, 5, 4]],) * 5])
    monkeypatch.setattr(puzzles, "_features", lambda: next(drawn))
    assert PUZZLES["same_gram"](lambda F: F[np.argsort(F[:, 0])]).passed


@pytest.mark.parametrize("name", PUZZLES)
def test_whatever_is_handed_over_nothing_is_raised(name):
    for line in (None, 3, lambda: 1, lambda *arrays: "one", lambda *arrays: 1 / 0):
        assert not PUZZLES[name](line).passed


@pytest.mark.parametrize("name", PUZZLES)
def test_the_example_is_drawn_with_its_numbers(name, displayed):
    PUZZLES[name].show()
    (shown,) = displayed
    page = BeautifulSoup(shown.data, "html.parser")
    assert [part.text for part in page.select("caption")] == list(PUZZLES[name].example)
    for table, value in zip(page.select("table"), PUZZLES[name].example.values(), strict=True):
        numbers = [cell.text for cell in table.select("td")]
        wanted = ["?"] if isinstance(value, str) else [f"{x:.4g}" for x in np.ravel(value)]
        assert numbers == wanted
    assert all(part in repr(shown) for part in PUZZLES[name].example)


def test_colours_say_the_sign_and_the_size():
    page = puzzles._grid("x", np.array([-2.0, 0.0, 1.0]))
    assert re.findall(r"rgba\(([^)]+)\)", page) == [
        "213, 94, 0, 0.50",
        "0, 114, 178, 0.00",
        "0, 114, 178, 0.25",
    ]


# ---- laws ----------------------------------------------------------------------------------------

NUMBERS = st.floats(-10, 10, width=32)
FEATURES = arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(1, 4)), elements=NUMBERS)


@given(arrays(np.float64, 3, elements=NUMBERS), arrays(np.float64, 4, elements=NUMBERS))
def test_a_table_of_products_has_rank_one(u, v):
    table = references.outer(u, v)
    assert np.allclose(table.sum(), u.sum() * v.sum())
    assert np.linalg.matrix_rank(table, tol=1e-6) <= 1


@given(FEATURES)
def test_centred_features_have_mean_0_and_are_centred(F):
    centred = references.center(F)
    assert np.allclose(centred.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(references.center(centred), centred, atol=1e-6)


@given(FEATURES)
def test_distances_are_symmetric_and_do_not_notice_a_move(P):
    D = references.distances(P)
    assert (D == D.T).all() and (np.diagonal(D) == 0).all() and (D >= 0).all()
    assert np.allclose(references.distances(P + 3), D, atol=1e-6)


@given(FEATURES, st.data())
def test_a_region_and_the_rest_make_the_whole(F, data):
    mask = data.draw(arrays(np.float64, len(F), elements=st.floats(0.125, 0.875, width=32)))
    inside, outside = (references.region_mean(F, part) for part in (mask, 1 - mask))
    share = mask.mean()
    assert np.allclose(share * inside + (1 - share) * outside, F.mean(axis=0), atol=1e-6)


@given(FEATURES)
def test_a_gram_matrix_is_symmetric_and_has_no_negative_eigenvalue(F):
    G = references.gram(F)
    assert np.allclose(G, G.T) and np.linalg.eigvalsh(G).min() > -1e-6
    assert np.allclose(references.gram(references.same_gram(F)), G)


@given(FEATURES)
def test_a_channel_of_ones_brings_the_means(F):
    G = references.gram(references.with_ones(F))
    assert np.allclose(G[:-1, :-1], references.gram(F))
    assert np.allclose(G[-1], [*F.mean(axis=0), 1])


@given(FEATURES)
def test_a_gram_matrix_without_the_means_is_a_covariance(F):
    found = references.covariance(references.gram(F), F.mean(axis=0))
    assert np.allclose(found, np.cov(F.T, bias=True), atol=1e-6)


@given(arrays(np.float64, (5, 2), elements=NUMBERS), st.integers(1, 4))
def test_who_is_dressed_has_the_others_moments(S, rows):
    F = np.random.default_rng(rows).normal(size=(rows + 1, 2))
    dressed = references.dress(F, S)
    assert np.allclose(dressed.mean(axis=0), S.mean(axis=0), atol=1e-6)
    assert np.allclose(dressed.std(axis=0), S.std(axis=0), atol=1e-6)


@given(FEATURES)
def test_sorted_channels_have_the_same_moments(F):
    found = references.same_moments(F)
    assert np.allclose(puzzles._moments(found), puzzles._moments(F), atol=1e-6)
