"""Lesson 14: what the checks have to tell apart, run by test_check.py."""

import itertools

import keras
import numpy as np
import scipy.linalg
import scipy.stats
import tensorflow as tf

from nstlib.fast import transforms
from nstlib.images.colors import matrix_power
from nstlib.losses import gram_matrix

# ---- gaussian_wasserstein ------------------------------------------------------------------------


def middle(S_c, S_s):
    root = matrix_power(S_s, 0.5)
    return matrix_power(root @ S_c @ root, 0.5)


def gaussian(mean_c, S_c, mean_s, S_s):
    d = mean_c - mean_s
    return d @ d + np.trace(S_c + S_s - 2 * middle(S_c, S_s))


def gaussian_by_scipy(mean_c, S_c, mean_s, S_s):
    """The product of the covariances has the same eigenvalues."""
    root = scipy.linalg.sqrtm(S_c.astype(float) @ S_s)
    return np.linalg.norm(mean_c - mean_s) ** 2 + np.trace(S_c + S_s - 2 * np.real(root))


def gaussian_by_eigenvalues(mean_c, S_c, mean_s, S_s):
    values = np.linalg.eigvals(S_c @ S_s).real
    spread = sum(np.diag(S_c)) + sum(np.diag(S_s)) - 2 * sum(np.sqrt(values))
    return sum((a - b) ** 2 for a, b in zip(mean_c, mean_s, strict=True)) + spread


def gaussian_by_the_way_there(mean_c, S_c, mean_s, S_s):
    """Two roots as near to each other as a turn can bring them: Procrustes."""
    A, B = matrix_power(S_c, 0.5), matrix_power(S_s, 0.5)
    U, _, V = np.linalg.svd(A @ B)
    return np.sum((mean_c - mean_s) ** 2) + np.sum((A - B @ V.T @ U.T) ** 2)


def gaussian_by_newton(mean_c, S_c, mean_s, S_s):
    def root(S):
        scale, unit = np.linalg.norm(S), np.eye(len(S))
        Y, Z = S / scale, unit
        for _ in range(40):
            T = (3 * unit - Z @ Y) / 2
            Y, Z = Y @ T, T @ Z
        return Y * np.sqrt(scale)

    r = root(S_s.astype(float))
    return np.sum((mean_c - mean_s) ** 2) + np.trace(S_c + S_s - 2 * root(r @ S_c @ r))


def gaussian_by_tensors(mean_c, S_c, mean_s, S_s):
    root = tf.linalg.sqrtm(S_s)
    spread = tf.linalg.trace(S_c + S_s - 2 * tf.linalg.sqrtm(root @ S_c @ root))
    return tf.reduce_sum(tf.square(mean_c - mean_s)) + spread


def gaussian_by_tf_methods(mean_c, S_c, mean_s, S_s):
    """Needs tensors, not arrays."""
    size = S_c.get_shape()[0]
    return gaussian_by_tensors(mean_c, S_c, mean_s, S_s) + 0.0 * size


def gaussian_by_keras(mean_c, S_c, mean_s, S_s):
    ops = keras.ops
    root = transforms.power(S_s[None], 0.5)
    inner = transforms.power(ops.matmul(ops.matmul(root, S_c[None]), root), 0.5)
    return ops.sum(ops.square(mean_c - mean_s)) + ops.trace(S_c + S_s - 2 * inner[0])


def with_middle(make):
    """With something else in the place of the matrix in the middle."""

    def wrong(mean_c, S_c, mean_s, S_s):
        return np.sum((mean_c - mean_s) ** 2) + np.trace(S_c + S_s - 2 * make(S_c, S_s))

    return wrong


def with_spread(make):
    def wrong(mean_c, S_c, mean_s, S_s):
        return np.sum((mean_c - mean_s) ** 2) + make(S_c, S_s)

    return wrong


def with_means(make):
    def wrong(mean_c, S_c, mean_s, S_s):
        return make(mean_c - mean_s) + np.trace(S_c + S_s - 2 * middle(S_c, S_s))

    return wrong


def of_root(make):
    """A middle from the style's root and the content's covariance."""
    return with_middle(lambda S_c, S_s: make(matrix_power(S_s, 0.5), S_c))


def gaussian_in_place(mean_c, S_c, mean_s, S_s):
    mean_c -= mean_s
    return np.sum(mean_c**2) + np.trace(S_c + S_s - 2 * middle(S_c, S_s))


# ---- sliced_wasserstein --------------------------------------------------------------------------


def sliced(F, S, directions):
    way = np.sort(F @ directions, axis=0) - np.sort(S @ directions, axis=0)
    return (way**2).mean()


def sliced_by_loops(F, S, directions):
    total, count = 0.0, 0
    for k in range(directions.shape[1]):
        x = sorted(sum(f[c] * directions[c, k] for c in range(len(f))) for f in F)
        y = sorted(sum(s[c] * directions[c, k] for c in range(len(s))) for s in S)
        for a, b in zip(x, y, strict=True):
            total, count = total + (a - b) ** 2, count + 1
    return total / count


def sliced_by_matching(F, S, directions):
    """Each value is sent to where it belongs, in the order of F."""
    x, y = F @ directions, S @ directions
    targets = np.empty_like(x)
    np.put_along_axis(targets, np.argsort(x, axis=0), np.sort(y, axis=0), axis=0)
    return np.mean(np.square(x - targets))


def sliced_by_assignment(F, S, directions):
    """The cheapest of all ways to pair them, whatever it is."""
    costs = []
    for x, y in zip((F @ directions).T, (S @ directions).T, strict=True):
        cost = (x[:, None] - y) ** 2
        costs.append(cost[scipy.optimize.linear_sum_assignment(cost)].mean())
    return float(np.mean(costs))


def sliced_by_tensors(F, S, directions):
    x, y = (tf.sort(tf.matmul(Z, directions), axis=0) for Z in (F, S))
    return tf.reduce_mean(tf.math.squared_difference(x, y))


def sliced_by_tf_methods(F, S, directions):
    """Needs tensors, not arrays."""
    return sliced_by_tensors(F, S, directions).numpy() + 0 * F.get_shape()[0]


def sliced_by_keras(F, S, directions):
    ops = keras.ops
    x, y = (ops.sort(ops.transpose(ops.matmul(Z, directions)), axis=-1) for Z in (F, S))
    return ops.mean(ops.square(x - y))


def projected(make):
    return lambda F, S, R: make(F @ R, S @ R)


def ways(make):
    return lambda F, S, R: make(np.sort(F @ R, axis=0) - np.sort(S @ R, axis=0))


def sliced_in_place(F, S, directions):
    F.sort(axis=0)
    return sliced(F, S, directions)


# ---- polynomial_mmd ------------------------------------------------------------------------------


def mmd(F, S, shift, kernel=lambda dots, shift: (dots + shift) ** 2, mean=np.mean):
    within = mean(kernel(F @ F.T, shift)) + mean(kernel(S @ S.T, shift))
    return within - 2 * mean(kernel(F @ S.T, shift))


def mmd_by_loops(F, S, shift):
    def mean(x, y):
        pairs = list(itertools.product(x.tolist(), y.tolist()))
        return sum((sum(map(float.__mul__, a, b)) + shift) ** 2 for a, b in pairs) / len(pairs)

    return mean(F, F) - 2 * mean(F, S) + mean(S, S)


def mmd_by_moments(F, S, shift):
    """The Gram loss and the means: what the kernel comes to."""
    G, A = F.T @ F / len(F), S.T @ S / len(S)
    d = F.mean(axis=0) - S.mean(axis=0)
    return np.sum((G - A) ** 2) + 2 * shift * (d @ d)


def mmd_by_the_library(F, S, shift):
    G, A = (gram_matrix(Z[None, None]) for Z in (F, S))
    d = keras.ops.mean(F, axis=0) - keras.ops.mean(S, axis=0)
    return keras.ops.sum((G - A) ** 2) + 2 * shift * keras.ops.sum(d**2)


def mmd_by_features(F, S, shift):
    """What the kernel is the product of: all products of channels, the channels, and 1."""

    def lifted(x):
        squares = np.einsum("mi,mj->mij", x, x).reshape(len(x), -1)
        return np.concatenate([squares, np.sqrt(2 * shift) * x], axis=1)

    return np.sum((lifted(F).mean(axis=0) - lifted(S).mean(axis=0)) ** 2)


def mmd_by_tensors(F, S, shift):
    def mean(x, y):
        return tf.reduce_mean(tf.square(tf.matmul(x, y, transpose_b=True) + shift))

    return mean(F, F) + mean(S, S) - 2 * mean(F, S)


def mmd_by_one_matrix(F, S, shift):
    Z = np.concatenate([F, S])
    signs = np.concatenate([np.full(len(F), 1 / len(F)), np.full(len(S), -1 / len(S))])
    return signs @ (Z @ Z.T + shift) ** 2 @ signs


def mmd_by_tf_methods(F, S, shift):
    """Needs tensors, not arrays."""
    return mmd_by_tensors(F, S, shift).numpy() + 0 * F.get_shape()[0]


def mmd_terms(signs):
    def wrong(F, S, shift):
        terms = [np.mean((x @ y.T + shift) ** 2) for x, y in ((F, F), (S, S), (F, S))]
        return sum(sign * term for sign, term in zip(signs, terms, strict=True))

    return wrong


def mmd_of_itself(F, S, shift):
    own = [np.mean((np.einsum("mc,mc->m", x, x) + shift) ** 2) for x in (F, S)]
    return own[0] + own[1] - 2 * np.mean((F @ S.T + shift) ** 2)


def mmd_unbiased(F, S, shift):
    def off(x):
        return ((x @ x.T + shift) ** 2)[~np.eye(len(x), dtype=bool)].mean()

    return off(F) + off(S) - 2 * np.mean((F @ S.T + shift) ** 2)


def mmd_of_means(F, S, shift):
    f, s = F.mean(axis=0), S.mean(axis=0)
    return (f @ f + shift) ** 2 + (s @ s + shift) ** 2 - 2 * (f @ s + shift) ** 2


def mmd_of_channels(F, S, shift):
    rows = min(len(F), len(S))
    within = np.mean((F.T @ F + shift) ** 2) + np.mean((S.T @ S + shift) ** 2)
    return within - 2 * np.mean((F[:rows].T @ S[:rows] + shift) ** 2)


def mmd_of_distances(F, S, shift):
    def mean(x, y):
        return np.mean((((x[:, None] - y) ** 2).sum(-1) + shift) ** 2)

    return mean(F, F) + mean(S, S) - 2 * mean(F, S)


def mmd_in_place(F, S, shift):
    F += shift
    return mmd(F - shift, S, shift)


RIGHT = {
    "gaussian_wasserstein": {
        "roots": gaussian,
        "SciPy's root of the product": gaussian_by_scipy,
        "eigenvalues and loops": gaussian_by_eigenvalues,
        "Procrustes": gaussian_by_the_way_there,
        "Newton and Schulz": gaussian_by_newton,
        "tensors": gaussian_by_tensors,
        "methods of tensors": gaussian_by_tf_methods,
        "keras": gaussian_by_keras,
        "by the content's root": lambda m, S, m_s, S_s: gaussian(m_s, S_s, m, S),
    },
    "sliced_wasserstein": {
        "sort": sliced,
        "loops": sliced_by_loops,
        "matching": sliced_by_matching,
        "assignment": sliced_by_assignment,
        "tensors": sliced_by_tensors,
        "methods of tensors": sliced_by_tf_methods,
        "keras": sliced_by_keras,
        "from the largest on": lambda F, S, R: np.mean(
            (-np.sort(-F @ R, axis=0) + np.sort(-S @ R, axis=0)) ** 2
        ),
    },
    "polynomial_mmd": {
        "three means": mmd,
        "loops": mmd_by_loops,
        "moments": mmd_by_moments,
        "the library's Gram matrix": mmd_by_the_library,
        "features of the kernel": mmd_by_features,
        "tensors": mmd_by_tensors,
        "methods of tensors": mmd_by_tf_methods,
        "one matrix": mmd_by_one_matrix,
    },
}
WRONG = {
    "gaussian_wasserstein": {
        "roots of numbers": (
            with_middle(lambda S_c, S_s: np.sqrt(np.sqrt(S_s) @ S_c @ np.sqrt(S_s))),
            "root of each number",
        ),
        "no 2": (
            with_spread(lambda S_c, S_s: np.trace(S_c + S_s - middle(S_c, S_s))),
            "factor 2 is missing",
        ),
        "added": (
            with_spread(lambda S_c, S_s: np.trace(S_c + S_s + 2 * middle(S_c, S_s))),
            "subtracted, and yours is added",
        ),
        "no means": (with_means(lambda d: 0.0), "means are missing"),
        "means alone": (with_spread(lambda S_c, S_s: 0.0), "covariances are missing"),
        "means not squared": (with_means(np.linalg.norm), "is not squared"),
        "mean of squares": (with_means(lambda d: np.mean(d**2)), "yours is their mean"),
        "the distance": (lambda *n: np.sqrt(gaussian(*n)), "without the last root"),
        "two roots": (
            with_middle(lambda S_c, S_s: matrix_power(S_c, 0.5) @ matrix_power(S_s, 0.5)),
            "You multiply the two roots",
        ),
        "no root": (of_root(lambda r, S_c: r @ S_c @ r), "root of the whole is missing"),
        "covariances inside": (
            with_middle(lambda S_c, S_s: matrix_power(S_s @ S_c @ S_s, 0.5)),
            "covariance in place of its root",
        ),
        "one side": (of_root(lambda r, S_c: matrix_power(r @ S_c, 0.5)), "stands on one side"),
        "inverse root": (
            of_root(lambda r, S_c: matrix_power(r @ S_c @ r, -0.5)),
            "exponent 1/2: yours is -1/2",
        ),
        "number by number": (
            of_root(lambda r, S_c: matrix_power(r * S_c * r, 0.5)),
            "are written @",
        ),
        "entries": (
            with_spread(lambda S_c, S_s: np.sum((S_c - S_s) ** 2)),
            "entries of the two covariances",
        ),
        "deviations": (
            with_spread(lambda S_c, S_s: np.sum((np.diag(S_c) ** 0.5 - np.diag(S_s) ** 0.5) ** 2)),
            "each channel by itself",
        ),
        "variances": (
            with_spread(lambda S_c, S_s: np.sum(np.diag(S_c - S_s) ** 2)),
            "subtract variances",
        ),
        "all entries": (
            with_spread(lambda S_c, S_s: np.sum(S_c + S_s - 2 * middle(S_c, S_s))),
            "add up all entries",
        ),
        "mean of the diagonal": (
            with_spread(lambda S_c, S_s: np.diag(S_c + S_s - 2 * middle(S_c, S_s)).mean()),
            "take its mean",
        ),
        "no content": (
            with_spread(lambda S_c, S_s: np.trace(S_s - 2 * middle(S_c, S_s))),
            "content's own covariance",
        ),
        "no style": (
            with_spread(lambda S_c, S_s: np.trace(S_c - 2 * middle(S_c, S_s))),
            "style's own covariance is",
        ),
        "the middle": (lambda m, S_c, m_s, S_s: np.trace(middle(S_c, S_s)), "middle alone"),
        "a matrix": (
            lambda m, S_c, m_s, S_s: S_c + S_s - 2 * middle(S_c, S_s),
            "the trace adds up the diagonal",
        ),
        "three times": (lambda *n: 3 * gaussian(*n), "docstring.s example.* and yours is"),
        "undefined": (lambda *n: np.nan, "Infinite or undefined"),
        "whole": (lambda *n: round(float(gaussian(*n))), "whole numbers"),
        "in place": (gaussian_in_place, "changes what it is given"),
    },
    "sliced_wasserstein": {
        "not sorted": (projected(lambda x, y: np.mean((x - y) ** 2)), "position with position"),
        "F alone": (projected(lambda x, y: np.mean((np.sort(x, 0) - y) ** 2)), "sort F alone"),
        "S alone": (projected(lambda x, y: np.mean((x - np.sort(y, 0)) ** 2)), "sort S alone"),
        "channels sorted": (
            lambda F, S, R: np.mean(((np.sort(F, 0) - np.sort(S, 0)) @ R) ** 2),
            "takes the features apart",
        ),
        "the last axis": (
            projected(lambda x, y: np.mean((np.sort(x) - np.sort(y)) ** 2)),
            "over the directions, position by position",
        ),
        "as one row": (
            projected(lambda x, y: np.mean((np.sort(x, None) - np.sort(y, None)) ** 2)),
            "as one row",
        ),
        "histograms": (
            lambda F, S, R: np.mean((np.sort(F, 0) - np.sort(S, 0)) ** 2),
            "directions do not occur",
        ),
        "turned round": (
            projected(lambda x, y: np.mean((np.sort(x, 0) - np.sort(y, 0)[::-1]) ** 2)),
            "from the largest on",
        ),
        "argsort": (
            projected(lambda x, y: np.mean((np.argsort(x, 0) - np.argsort(y, 0)) ** 2)),
            "argsort says where",
        ),
        "means": (
            projected(lambda x, y: np.mean((x.mean(0) - y.mean(0)) ** 2)),
            "how far the means are apart",
        ),
        "absolute": (ways(lambda way: np.abs(way).mean()), "Wasserstein-1"),
        "not squared": (ways(lambda way: way.mean()), "cancel out"),
        "root": (ways(lambda way: np.sqrt((way**2).mean())), "root of the mean"),
        "sum": (ways(lambda way: (way**2).sum()), "all positions and directions are added up"),
        "sum over positions": (ways(lambda way: (way**2).sum(0).mean()), "Over the positions it"),
        "sum over directions": (ways(lambda way: (way**2).sum(1).mean()), "Over the directions it"),
        "one direction": (ways(lambda way: (way[:, 0] ** 2).mean()), "one direction alone"),
        "the farthest": (ways(lambda way: (way**2).mean(0).max()), "mean of all"),
        "squares subtracted": (
            projected(lambda x, y: np.mean(np.sort(x, 0) ** 2 - np.sort(y, 0) ** 2)),
            "subtract the squares",
        ),
        "one for each direction": (ways(lambda way: (way**2).mean(0)), "still has one number"),
        "three times": (lambda *n: 3 * sliced(*n), "docstring.s example.* and yours is"),
        "undefined": (lambda *n: np.inf, "Infinite or undefined"),
        "whole": (lambda *n: round(float(sliced(*n))), "whole numbers"),
        "in place": (sliced_in_place, "changes what it is given"),
    },
    "polynomial_mmd": {
        "no 2": (mmd_terms((1, 1, -1)), "factor 2 is missing"),
        "added": (mmd_terms((1, 1, 2)), "subtracted, and yours are added"),
        "within alone": (mmd_terms((1, 1, 0)), "pairs of F with S are missing"),
        "no S": (mmd_terms((1, 0, -2)), "pairs within S are missing"),
        "no F": (mmd_terms((0, 1, -2)), "pairs within F are missing"),
        "across alone": (mmd_terms((0, 0, 1)), "pairs of F with S alone"),
        "signs": (mmd_terms((-1, -1, 2)), "signs are turned round"),
        "linear": (lambda F, S, a: mmd(F, S, a, lambda d, a: d + a), "is not squared"),
        "shift outside": (lambda F, S, a: mmd(F, S, a, lambda d, a: d**2 + a), "before the square"),
        "sums": (lambda F, S, a: mmd(F, S, a, mean=np.sum), "yours are sums"),
        "itself": (mmd_of_itself, "meets only itself"),
        "without itself": (mmd_unbiased, "here all pairs count"),
        "means first": (mmd_of_means, "mean of the features first"),
        "channels": (mmd_of_channels, "each pair of channels"),
        "distances": (mmd_of_distances, "of squared distances"),
        "root": (lambda F, S, a: np.sqrt(mmd(F, S, a)), "ends without one"),
        "means once": (
            lambda F, S, a: mmd(F, S, 0) + a * np.sum((F.mean(0) - S.mean(0)) ** 2),
            "counts 2 shift times",
        ),
        "style loss": (
            lambda F, S, a: np.mean((F.T @ F / len(F) - S.T @ S / len(S)) ** 2),
            "not divided by C",
        ),
        "a matrix": (lambda F, S, a: (F @ S.T + a) ** 2, "one number for both together"),
        "three times": (lambda *n: 3 * mmd(*n), "docstring.s example.* and yours is"),
        "undefined": (lambda *n: np.nan, "Infinite or undefined"),
        "whole": (lambda *n: round(float(mmd(*n))), "whole numbers"),
        "in place": (mmd_in_place, "changes what it is given"),
    },
}
SAME_WORDS = {  # of slips that have come up already
    "gaussian_wasserstein": {
        "root of the product's numbers": (
            with_middle(lambda S_c, S_s: np.sqrt(S_c @ S_s)),
            "root of each number",
        ),
        "absolute means": (with_means(lambda d: np.abs(d).sum()), "is not squared"),
        "traces": (with_spread(lambda S_c, S_s: np.trace(S_c - S_s)), "subtract variances"),
    },
    "sliced_wasserstein": {
        "the order of F": (
            projected(
                lambda x, y: np.mean(
                    (np.sort(x, 0) - np.take_along_axis(y, np.argsort(x, 0), 0)) ** 2
                )
            ),
            "position with position",
        ),
        "square of the mean": (ways(lambda way: way.mean() ** 2), "cancel out"),
        "the last direction": (ways(lambda way: (way[:, -1] ** 2).mean()), "one direction alone"),
    },
    "polynomial_mmd": {
        "no shift": (lambda F, S, a: mmd(F, S, 0.0), "before the square"),
        "shift squared": (
            lambda F, S, a: mmd(F, S, 0) + 2 * a**2 * np.sum((F.mean(0) - S.mean(0)) ** 2),
            "counts 2 shift times",
        ),
    },
}
