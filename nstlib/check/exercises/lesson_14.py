"""Lesson 14, beyond Gram matrices: its exercises."""

from __future__ import annotations

import numpy as np

from nstlib.check import references
from nstlib.check.comparison import compare, slips_of
from nstlib.check.framework import Check
from nstlib.images.colors import matrix_power as root


def _one_number(shape):
    return "A distance is one number for both together."


# ---- gaussian_wasserstein ------------------------------------------------------------------------

ROOTS_APART = 3e-4  # roots are taken in float32 by some, in several ways


def _draw_normals():
    """Draws means and covariances, which stretch in different directions.

    All covariances are above 0, so that the root of each number is a slip, not undefined.
    """
    rng = np.random.default_rng()
    drawn = []
    for _ in range(2):
        S = np.zeros((3, 3))
        while S.min() < 0.05:
            R, _ = np.linalg.qr(rng.normal(size=(3, 3)))
            S = (R * rng.uniform([0.2, 1, 4], [0.5, 2, 8])) @ R.T
        drawn += [rng.uniform(0, 2, 3), S]
    return tuple(each.astype("float32") for each in drawn)


def _of(spread, means=lambda d: np.sum(d**2)):
    """A wrong distance: something of the difference of the means, and something of S_c and S_s."""
    return lambda mean_c, S_c, mean_s, S_s: means(mean_c - mean_s) + spread(S_c, S_s)


def _cross(S_c, S_s):
    """The matrix whose trace is taken twice."""
    return root(root(S_s, 0.5) @ S_c @ root(S_s, 0.5), 0.5)


def _spread(S_c, S_s):
    return np.trace(S_c + S_s - 2 * _cross(S_c, S_s))


def _with(cross):
    """With something else in the place of the matrix in the middle."""
    return _of(lambda S_c, S_s: np.trace(S_c + S_s) - 2 * cross(S_c, S_s))


def _roots_of_numbers(S_c, S_s):
    r = np.sqrt(S_s)
    return np.trace(np.sqrt(r @ S_c @ r))


GAUSSIAN_SLIPS = slips_of(
    {
        "np.sqrt and ** 0.5 take the root of each number: matrix_power(S, 0.5) is that of the "
        "matrix.": (
            _with(_roots_of_numbers),
            _with(lambda S_c, S_s: np.trace(np.sqrt(root(S_s, 0.5) @ S_c @ root(S_s, 0.5)))),
            _with(lambda S_c, S_s: np.trace(root(np.sqrt(S_s) @ S_c @ np.sqrt(S_s), 0.5))),
            _with(lambda S_c, S_s: np.trace(np.sqrt(S_c @ S_s))),
        ),
        "The matrix in the middle counts twice, as in (a - b)^2 = a^2 + b^2 - 2 a b: the factor 2 "
        "is missing.": _of(lambda S_c, S_s: np.trace(S_c + S_s - _cross(S_c, S_s))),
        "The matrix in the middle is subtracted, and yours is added.": _of(
            lambda S_c, S_s: np.trace(S_c + S_s + 2 * _cross(S_c, S_s))
        ),
        "The means are missing: add the squared distance between them.": _of(
            _spread, lambda d: 0.0
        ),
        "The covariances are missing: that is how far the means are apart, squared.": _of(
            lambda S_c, S_s: 0.0
        ),
        "The distance of the means is not squared: np.sum((mean_c - mean_s) ** 2).": (
            _of(_spread, lambda d: np.sqrt(np.sum(d**2))),
            _of(_spread, lambda d: np.abs(d).sum()),
        ),
        "The squares of the means' differences are added up, and yours is their mean.": _of(
            _spread, lambda d: np.mean(d**2)
        ),
        "That is the distance itself: its square is wanted, without the last root.": (
            lambda *normals: np.sqrt(references.gaussian_wasserstein(*normals))
        ),
        "You multiply the two roots, which is the same only where the covariances stretch in the "
        "same directions: one root goes on both sides, root @ S_c @ root, and the root is taken "
        "of that.": _with(lambda S_c, S_s: np.trace(root(S_s, 0.5) @ root(S_c, 0.5))),
        "The root of the whole is missing: matrix_power(root @ S_c @ root, 0.5).": _with(
            lambda S_c, S_s: np.trace(S_c @ S_s)
        ),
        "In the middle stands root @ S_c @ root: yours has the covariance in place of its root.": (
            _with(lambda S_c, S_s: np.trace(root(S_s @ S_c @ S_s, 0.5)))
        ),
        "In the middle stands the root of the style's covariance on both sides of S_c, and yours "
        "stands on one side.": _with(lambda S_c, S_s: np.trace(root(root(S_s, 0.5) @ S_c, 0.5))),
        "The root has the exponent 1/2: yours is -1/2, one over it.": (
            _with(lambda S_c, S_s: np.trace(root(root(S_s, 0.5) @ S_c @ root(S_s, 0.5), -0.5))),
            _with(lambda S_c, S_s: np.trace(root(root(S_s, -0.5) @ S_c @ root(S_s, -0.5), 0.5))),
        ),
        "Products of matrices are written @: * multiplies number by number.": (
            _with(lambda S_c, S_s: np.trace(root(root(S_s, 0.5) * S_c * root(S_s, 0.5), 0.5))),
            _with(lambda S_c, S_s: np.trace(root(S_s * S_c, 0.5))),
        ),
        "That is how far the entries of the two covariances are apart, squared, as in the default "
        "convention. Here their roots count.": _of(lambda S_c, S_s: np.sum((S_c - S_s) ** 2)),
        "You take each channel by itself, from deviation to deviation: what varies together counts "
        "as well.": _of(
            lambda S_c, S_s: np.sum((np.sqrt(np.diag(S_c)) - np.sqrt(np.diag(S_s))) ** 2)
        ),
        "You subtract variances, and it is the deviations, their roots, that move.": (
            _of(lambda S_c, S_s: np.sum((np.diag(S_c) - np.diag(S_s)) ** 2)),
            _of(lambda S_c, S_s: np.trace(S_c) - np.trace(S_s)),
            _of(lambda S_c, S_s: abs(np.trace(S_c) - np.trace(S_s))),
        ),
        "The trace is the sum of the diagonal: you add up all entries.": _of(
            lambda S_c, S_s: np.sum(S_c + S_s - 2 * _cross(S_c, S_s))
        ),
        "The trace is the sum of the diagonal: you take its mean.": _of(
            lambda S_c, S_s: _spread(S_c, S_s) / len(S_c)
        ),
        "The content's own covariance is missing: it is S_c + S_s that the middle is taken from.": (
            _of(lambda S_c, S_s: np.trace(S_s - 2 * _cross(S_c, S_s)))
        ),
        "The style's own covariance is missing: it is S_c + S_s that the middle is taken from.": (
            _of(lambda S_c, S_s: np.trace(S_c - 2 * _cross(S_c, S_s)))
        ),
        "That is the matrix in the middle alone, or its trace.": (
            lambda mean_c, S_c, mean_s, S_s: np.trace(_cross(S_c, S_s))
        ),
    }
)
NORMALS_BY_HAND = {
    "the docstring's example": (
        np.array([0.0, 3.0], "float32"),
        np.diag([1.0, 4.0]).astype("float32"),
        np.zeros(2, "float32"),
        np.diag([9.0, 1.0]).astype("float32"),
    ),
    "one channel": tuple(np.array(each, "float32") for each in ([2.0], [[1.0]], [12.0], [[4.0]])),
}


def _examine_gaussian(student):
    compare(
        student,
        _draw_normals,
        references.gaussian_wasserstein,
        GAUSSIAN_SLIPS,
        shape_words=lambda shape: (
            "A distance is one number: the trace adds up the diagonal, the sum the means."
        ),
        tolerance=ROOTS_APART,
        by_hand=NORMALS_BY_HAND,
    )
    yield True, "The means' part and the covariances' part are right, and add up."
    yield True, "Also where the channels vary together; nothing given has changed."


gaussian_wasserstein = Check(
    references.gaussian_wasserstein,
    _examine_gaussian,
    (
        "With one channel it is the square of the difference of the means, plus the square of the "
        "difference of the deviations: a^2 + b^2 - 2 a b, with the deviations a and b.",
        "In the place of a^2 and b^2 stand the covariances, in that of a b stands "
        "matrix_power(root @ S_c @ root, 0.5), with root = matrix_power(S_s, 0.5).",
        "np.sum((mean_c - mean_s) ** 2) + np.trace(S_c + S_s - 2 * middle).",
    ),
)

# ---- sliced_wasserstein --------------------------------------------------------------------------


def _draw_slices():
    """Draws two clouds of as many positions, with channels that vary together, and directions."""
    rng = np.random.default_rng()
    M, K = rng.permutation([7, 5])
    F, S = (rng.gamma(1.0, 1.0, (M, 3)) @ rng.uniform(0, 1, (3, 3)) for _ in range(2))
    directions = rng.normal(size=(3, K))
    directions /= np.linalg.norm(directions, axis=0)
    return tuple(each.astype("float32") for each in (F, S + rng.uniform(0, 1, 3), directions))


def _along(measure):
    """A wrong distance from what F and S are along the directions."""
    return lambda F, S, R: measure(
        F.astype("float64") @ R.astype("float64"), S.astype("float64") @ R.astype("float64")
    )


def _sorted(x, axis=0):
    return np.sort(x, axis=axis)


def _way(x, y):
    return _sorted(x) - _sorted(y)


SLICED_SLIPS = slips_of(
    {
        "You compare position with position: sort both first, so that the smallest meets the "
        "smallest.": _along(lambda x, y: np.mean((x - y) ** 2)),
        "You sort F alone: sort what F and what S are along the directions.": _along(
            lambda x, y: np.mean((_sorted(x) - y) ** 2)
        ),
        "You sort S alone: sort what F and what S are along the directions.": _along(
            lambda x, y: np.mean((x - _sorted(y)) ** 2)
        ),
        "You sort the channels and then look along the directions. That takes the features apart: "
        "look first, F @ directions, and sort that.": lambda F, S, R: np.mean(
            ((_sorted(F) - _sorted(S)) @ R) ** 2
        ),
        "You sort over the directions, position by position: sort over the positions, axis=0.": (
            _along(lambda x, y: np.mean((_sorted(x, 1) - _sorted(y, 1)) ** 2))
        ),
        "You sort the numbers of all directions as one row: each has its own, axis=0.": (
            _along(lambda x, y: np.mean((np.sort(x.ravel()) - np.sort(y.ravel())) ** 2))
        ),
        "The directions do not occur: you compare the histograms of the channels.": (
            lambda F, S, R: np.mean((_sorted(F) - _sorted(S)) ** 2)
        ),
        "One is sorted from the smallest on, the other from the largest on.": _along(
            lambda x, y: np.mean((_sorted(x) - _sorted(y)[::-1]) ** 2)
        ),
        "argsort says where the values stand: sort gives the values themselves.": _along(
            lambda x, y: np.mean((np.argsort(x, axis=0) - np.argsort(y, axis=0)) ** 2)
        ),
        "That is how far the means are apart along the directions, squared: the squares come "
        "first, then the mean.": _along(
            lambda x, y: np.mean((x.mean(axis=0) - y.mean(axis=0)) ** 2)
        ),
        "The differences are not squared: with |...| it is another distance, Wasserstein-1.": (
            _along(lambda x, y: np.mean(np.abs(_way(x, y))))
        ),
        "The differences are added up as they are, and cancel out: square them first.": (
            _along(lambda x, y: np.mean(_way(x, y))),
            _along(lambda x, y: np.mean(_way(y, x))),
            _along(lambda x, y: np.mean(_way(x, y)) ** 2),
        ),
        "That is the root of the mean: the mean of the squares is wanted.": _along(
            lambda x, y: np.sqrt(np.mean(_way(x, y) ** 2))
        ),
        "The squares of all positions and directions are added up: it is their mean.": _along(
            lambda x, y: np.sum(_way(x, y) ** 2)
        ),
        "Over the positions it is a mean, too: yours is a sum.": _along(
            lambda x, y: np.sum(_way(x, y) ** 2) / x.shape[1]
        ),
        "Over the directions it is a mean, too: yours is a sum.": _along(
            lambda x, y: np.sum(_way(x, y) ** 2) / x.shape[0]
        ),
        "You take one direction alone: all of them count, in the mean.": (
            _along(lambda x, y: np.mean(_way(x, y)[:, 0] ** 2)),
            _along(lambda x, y: np.mean(_way(x, y)[:, -1] ** 2)),
        ),
        "You take the direction in which they are farthest apart: it is the mean of all.": _along(
            lambda x, y: np.max(np.mean(_way(x, y) ** 2, axis=0))
        ),
        "You subtract the squares: subtract first, then square.": _along(
            lambda x, y: np.mean(_sorted(x) ** 2 - _sorted(y) ** 2)
        ),
    }
)
SLICES_BY_HAND = {
    "the docstring's example": tuple(
        np.array(each, "float32")
        for each in ([[0.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], [[0.6], [0.8]])
    ),
}


def _shape_of_slices(shape):
    words = "It is the mean over all positions and all directions."
    return f"{words} Yours still has one number for each of them." if shape else words


def _examine_sliced(student):
    compare(
        student,
        _draw_slices,
        references.sliced_wasserstein,
        SLICED_SLIPS,
        shape_words=_shape_of_slices,
        by_hand=SLICES_BY_HAND,
    )
    yield True, "Along each direction the smallest meets the smallest, and so on."
    yield True, "It is the mean over positions and directions; nothing given has changed."


sliced_wasserstein = Check(
    references.sliced_wasserstein,
    _examine_sliced,
    (
        "Along a direction a feature is one number: their product. F @ directions has them all, a "
        "row for each position, a column for each direction.",
        "np.sort(..., axis=0) sorts each column. Do it for F and for S, and subtract.",
        "np.mean((np.sort(F @ directions, axis=0) - np.sort(S @ directions, axis=0)) ** 2).",
    ),
)

# ---- polynomial_mmd ------------------------------------------------------------------------------


def _draw_kernels():
    """Draws features of two pictures of other sizes and strengths, and a shift."""
    rng = np.random.default_rng()
    M, M_s = rng.permutation([4, 6])
    F = rng.gamma(1.0, 0.4, (M, 3)) + rng.uniform(0.2, 0.8, 3)
    S = rng.gamma(1.0, 0.4, (M_s, 3))
    return F.astype("float32"), S.astype("float32"), round(rng.uniform(1.2, 2.5), 2)


def _pairs(mean=np.mean, kernel=lambda dots, shift: (dots + shift) ** 2, signs=(1, 1, -2)):
    """A wrong MMD from another mean, kernel, or signs of the three terms."""

    def wrong(F, S, shift):
        F, S = F.astype("float64"), S.astype("float64")
        terms = [mean(kernel(x @ y.T, shift)) for x, y in ((F, F), (S, S), (F, S))]
        return np.dot(signs, terms)

    return wrong


def _moments(measure):
    """A wrong MMD from the differences of the Gram matrices and of the means."""

    def wrong(F, S, shift):
        F, S = F.astype("float64"), S.astype("float64")
        G, A = (x.T @ x / len(x) for x in (F, S))
        return measure(G - A, F.mean(axis=0) - S.mean(axis=0), shift)

    return wrong


def _of_means(F, S, shift):
    x, y = (z.astype("float64").mean(axis=0, keepdims=True) for z in (F, S))
    return np.sum([s * (a @ b.T + shift) ** 2 for s, a, b in ((1, x, x), (1, y, y), (-2, x, y))])


def _itself_alone(F, S, shift):
    """In the first two terms each position meets itself and no other."""
    F, S = F.astype("float64"), S.astype("float64")
    own = [np.mean((np.sum(x * x, axis=1) + shift) ** 2) for x in (F, S)]
    return sum(own) - 2 * np.mean((F @ S.T + shift) ** 2)


def _without_itself(F, S, shift):
    F, S = F.astype("float64"), S.astype("float64")
    kernels = [(x @ x.T + shift) ** 2 for x in (F, S)]
    own = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in kernels]
    return sum(own) - 2 * np.mean((F @ S.T + shift) ** 2)


def _of_channels(F, S, shift):
    """x.T @ x is a Gram matrix: its channels are what meets."""
    F, S = F.astype("float64"), S.astype("float64")
    rows = min(len(F), len(S))
    pairs = ((F, F), (S, S), (F[:rows], S[:rows]))
    return np.dot((1, 1, -2), [np.mean((x.T @ y + shift) ** 2) for x, y in pairs])


def _of_distances(F, S, shift):
    F, S = F.astype("float64"), S.astype("float64")

    def mean(x, y):
        return np.mean((np.sum((x[:, None] - y) ** 2, axis=-1) + shift) ** 2)

    return mean(F, F) + mean(S, S) - 2 * mean(F, S)


MMD_SLIPS = slips_of(
    {
        "The pairs of F with S count twice: the factor 2 is missing.": _pairs(signs=(1, 1, -1)),
        "The pairs of F with S are subtracted, and yours are added.": (
            _pairs(signs=(1, 1, 2)),
            _pairs(signs=(1, 1, 1)),
        ),
        "The pairs of F with S are missing.": _pairs(signs=(1, 1, 0)),
        "The pairs within S are missing.": _pairs(signs=(1, 0, -2)),
        "The pairs within F are missing.": _pairs(signs=(0, 1, -2)),
        "Those are the pairs of F with S alone.": _pairs(signs=(0, 0, 1)),
        "All signs are turned round: pairs within F and within S are added, those of F with S "
        "subtracted.": _pairs(signs=(-1, -1, 2)),
        "The kernel is not squared: (x . y + shift)^2.": _pairs(
            kernel=lambda dots, shift: dots + shift
        ),
        "The shift has to be added before the square: what is added to the kernel cancels out.": (
            _pairs(kernel=lambda dots, shift: dots**2)
        ),
        "Means over all pairs are wanted, and yours are sums.": _pairs(mean=np.sum),
        "Each position meets each other one: in your first two terms it meets only itself.": (
            _itself_alone
        ),
        "You leave out the pairs of a position with itself: here all pairs count.": _without_itself,
        "You take the mean of the features first, and of the kernel then nothing is left but "
        "means: apply the kernel to pairs of positions, then take the mean.": _of_means,
        "F.T @ F has a number for each pair of channels: of positions it is F @ F.T.": _of_channels,
        "Your kernel is of squared distances: it is of the products x . y.": _of_distances,
        "That is the root: the formula ends without one.": lambda F, S, shift: np.sqrt(
            references.polynomial_mmd(F, S, shift)
        ),
        "The Gram matrices' part is right. The means' squared distance counts 2 shift times.": (
            _moments(lambda G, mean, shift: np.sum(G**2) + shift * np.sum(mean**2)),
            _moments(lambda G, mean, shift: np.sum(G**2) + np.sum(mean**2)),
            _moments(lambda G, mean, shift: np.sum(G**2) + 2 * np.sum(mean**2)),
            _moments(lambda G, mean, shift: np.sum(G**2) + 2 * shift**2 * np.sum(mean**2)),
        ),
        "The squared differences of the Gram matrices are added up here, and not divided by C^2.": (
            _moments(lambda G, mean, shift: np.mean(G**2) + 2 * shift * np.sum(mean**2)),
            _moments(lambda G, mean, shift: np.mean(G**2)),
        ),
    }
)
KERNELS_BY_HAND = {
    "the docstring's example": (
        np.array([[2.0], [0.0]], "float32"),
        np.array([[1.0], [1.0]], "float32"),
        1.0,
    ),
    "the same with a shift of 0": (
        np.array([[2.0], [0.0]], "float32"),
        np.array([[1.0], [1.0]], "float32"),
        0.0,
    ),
}
KERNELS_APART = 1e-3  # large terms nearly cancel out


def _examine_mmd(student):
    compare(
        student,
        _draw_kernels,
        references.polynomial_mmd,
        MMD_SLIPS,
        shape_words=_one_number,
        tolerance=KERNELS_APART,
        by_hand=KERNELS_BY_HAND,
    )
    yield True, "All pairs of positions count, of pictures of different sizes as well."
    yield True, "The shift is inside of the square, and counts for every pair."


polynomial_mmd = Check(
    references.polynomial_mmd,
    _examine_mmd,
    (
        "x @ y.T has the products of every position of x with every position of y. The kernel is "
        "one operation on that whole matrix.",
        "Three means of such matrices: of F with F, of S with S, of F with S. A small function of "
        "x and y saves writing it three times.",
        "np.mean((F @ F.T + shift) ** 2) + np.mean((S @ S.T + shift) ** 2) - 2 * "
        "np.mean((F @ S.T + shift) ** 2).",
    ),
)
