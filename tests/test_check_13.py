"""Lesson 13: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import scipy.linalg
import tensorflow as tf

from nstlib.fast import transforms
from nstlib.images.colors import matrix_power

TINY = 1e-5


def statistics(F, axis=(1, 2)):
    return F.mean(axis=axis, keepdims=True), F.std(axis=axis, keepdims=True)


def by(formula):
    """From F and mean and deviation of content and style."""
    return lambda F, S: formula(F, *statistics(F), *statistics(S))


def adain(F, S, axis=(1, 2)):
    (m, d), (m_s, d_s) = statistics(F, axis), statistics(S, axis)
    return (F - m) / (d + TINY) * d_s + m_s


def adain_by_loops(F, S):
    result = np.zeros(F.shape)
    for b in range(F.shape[0]):
        for c in range(F.shape[-1]):
            x, y = F[b, ..., c], S[b, ..., c]
            if x.std() > 0:
                result[b, ..., c] = (x - x.mean()) / x.std() * y.std()
            result[b, ..., c] += y.mean()
    return result


def adain_by_einsum(F, S):
    """As one matrix a picture, and the variance as a mean of squares."""
    (B, h, w, C), M_s = F.shape, S.shape[1] * S.shape[2]
    x, y = F.reshape(B, -1, C).astype(float), S.reshape(B, -1, C).astype(float)
    x = x - np.einsum("bmc->bc", x)[:, None] / (h * w)
    mean_s = np.einsum("bmc->bc", y)[:, None] / M_s
    ratio = np.einsum("bmc,bmc->bc", y - mean_s, y - mean_s)[:, None] / M_s
    ratio /= np.einsum("bmc,bmc->bc", x, x)[:, None] / (h * w) + TINY
    return (x * np.sqrt(ratio) + mean_s).reshape(F.shape)


def adain_by_tensorflow(F, S):
    mean, variance = tf.nn.moments(F, axes=[1, 2], keepdims=True)
    mean_s, variance_s = tf.nn.moments(S, axes=[1, 2], keepdims=True)
    return tf.nn.batch_normalization(F, mean, variance, mean_s, tf.sqrt(variance_s), TINY)


def adain_by_tf_methods(F, S):
    """Needs tensors, not arrays."""
    B, _, _, C = F.get_shape()
    moments = [tf.math.reduce_mean, tf.math.reduce_std]
    m, d, m_s, d_s = (tf.reshape(f(Z, (1, 2)), (B, 1, 1, C)) for Z in (F, S) for f in moments)
    return d_s * (F - m) / tf.maximum(d, TINY) + m_s


def adain_by_keras(F, S):
    ops = keras.ops
    deviation = ops.sqrt(ops.var(F, axis=(1, 2), keepdims=True) + TINY)
    deviation_s = ops.sqrt(ops.var(S, axis=(1, 2), keepdims=True) + TINY)
    mean = ops.mean(F, axis=(1, 2), keepdims=True)
    return (F - mean) * (deviation_s / deviation) + ops.mean(S, axis=(1, 2), keepdims=True)


def adain_in_place(F, S):
    F -= F.mean(axis=(1, 2), keepdims=True)
    return F / (F.std(axis=(1, 2), keepdims=True) + TINY) * statistics(S)[1] + statistics(S)[0]


def undivided(F, S):
    """Without a guard against a deviation of 0."""
    with np.errstate(all="ignore"):
        return by(lambda F, m, d, m_s, d_s: (F - m) / d * d_s + m_s)(F, S)


def guarded_by_one(F, S):
    return by(lambda F, m, d, m_s, d_s: (F - m) / np.where(d > 0, d, 1) * d_s + m_s)(F, S)


def one_style_for_all(F, S):
    return adain(F, S[:1])


def rows(F):
    return np.reshape(F, (-1, F.shape[-1])).astype("float64")


def centred(F):
    return rows(F) - rows(F).mean(axis=0)


def covariance(F):
    return centred(F).T @ centred(F) / len(rows(F))


def whitened(make):
    return lambda F: (centred(F) @ make(covariance(F))).reshape(F.shape)


def inverse_root(S):
    return matrix_power(S, -0.5)


def principal_axes(S):
    values, vectors = np.linalg.eigh(S)
    return vectors / np.sqrt(values)


def whitened_by_svd(F):
    U, _, _ = np.linalg.svd(centred(F), full_matrices=False)
    return (U * np.sqrt(len(U))).reshape(F.shape)


def whitened_by_np_cov(F):
    """Divided by M - 1."""
    S = np.cov(rows(F), rowvar=False)
    return (centred(F) @ np.linalg.inv(scipy.linalg.sqrtm(S).real)).reshape(F.shape)


def whitened_by_tensors(F):
    x = tf.reshape(tf.convert_to_tensor(F), (-1, F.shape[-1]))
    x = x - tf.reduce_mean(x, axis=0)
    S = tf.matmul(x, x, transpose_a=True) / tf.cast(tf.shape(x)[0], x.dtype)
    values, vectors = tf.linalg.eigh(S)
    return tf.reshape(x @ (vectors / tf.sqrt(values)) @ tf.transpose(vectors), F.shape)


def whitened_by_keras(F):
    """With the library's power of a batch of matrices."""
    ops = keras.ops
    x = ops.reshape(F, (F.shape[0], -1, F.shape[-1]))
    x = x - ops.mean(x, axis=1, keepdims=True)
    S = ops.einsum("bmc,bmd->bcd", x, x) / x.shape[1]
    return ops.reshape(ops.einsum("bmc,bcd->bmd", x, transforms.power(S, -0.5)), F.shape)


def whitened_in_place(F):
    F -= F.mean(axis=(1, 2), keepdims=True)
    return whitened(inverse_root)(F)


def shuffled(F):
    white = rows(whitened(inverse_root)(F))
    return np.random.default_rng(0).permutation(white).reshape(F.shape)


def half_inverse(S):
    """Another wrong mixture that no slip explains."""
    return 0.7 * inverse_root(S)


def transport(S_c, S_s):
    root = matrix_power(S_s, 0.5)
    return root @ matrix_power(root @ S_c @ root, -0.5) @ root


def transport_by_the_contents_root(S_c, S_s):
    root, back = matrix_power(S_c, 0.5), matrix_power(S_c, -0.5)
    return back @ matrix_power(root @ S_s @ root, 0.5) @ back


def transport_by_scipy(S_c, S_s):
    """S_c^-1 (S_c S_s)^1/2: a product that is not symmetric has a root, too."""
    return np.linalg.inv(S_c) @ np.real(scipy.linalg.sqrtm(S_c.astype(float) @ S_s))


def transport_by_tensors(S_c, S_s):
    root = tf.linalg.sqrtm(S_s)
    return root @ tf.linalg.inv(tf.linalg.sqrtm(root @ S_c @ root)) @ root


def transport_by_newton(S_c, S_s):
    """The geometric mean of S_c^-1 and S_s, by Newton and Schulz's iteration."""

    def root(S):
        scale = np.linalg.norm(S)
        Y, Z = S / scale, np.eye(len(S))
        for _ in range(40):
            T = (3 * np.eye(len(S)) - Z @ Y) / 2
            Y, Z = Y @ T, T @ Z
        return Y * np.sqrt(scale), Z / np.sqrt(scale)

    r, _ = root(S_s.astype(float))
    return r @ root(r @ S_c @ r)[1] @ r


def transport_by_keras(S_c, S_s):
    root = transforms.power(S_s[None], 0.5)
    middle = keras.ops.matmul(keras.ops.matmul(root, S_c[None]), root)
    return keras.ops.matmul(keras.ops.matmul(root, transforms.power(middle, -0.5)), root)[0]


def transport_in_place(S_c, S_s):
    result = transport(S_c, S_s)
    S_c *= 2
    return result


def of_root(make):
    """From the style's root and the content's covariance."""
    return lambda S_c, S_s: make(matrix_power(S_s, 0.5), S_c)


RIGHT = {
    "adain": {
        "deviations": adain,
        "loops": adain_by_loops,
        "einsum": adain_by_einsum,
        "tensorflow": adain_by_tensorflow,
        "methods of tensors": adain_by_tf_methods,
        "keras": adain_by_keras,
        "where": guarded_by_one,
    },
    "whiten": {
        "symmetric root": whitened(inverse_root),
        "principal axes": whitened(principal_axes),
        "Cholesky": whitened(lambda S: np.linalg.inv(np.linalg.cholesky(S)).T),
        "SVD": whitened_by_svd,
        "SciPy's root, M - 1": whitened_by_np_cov,
        "tensors": whitened_by_tensors,
        "keras": whitened_by_keras,
        "float32": lambda F: whitened(inverse_root)(F).astype("float32"),
        "a little added": whitened(lambda S: inverse_root(S + 1e-5 * np.eye(3))),
    },
    "optimal_transport_map": {
        "by the style's root": transport,
        "by the content's root": transport_by_the_contents_root,
        "SciPy": transport_by_scipy,
        "tensors": transport_by_tensors,
        "Newton and Schulz": transport_by_newton,
        "keras": transport_by_keras,
        "einsum": lambda S_c, S_s: np.einsum(
            "ij,jk,kl->il",
            matrix_power(S_s, 0.5),
            matrix_power(
                np.einsum("ij,jk,kl", *(matrix_power(S_s, 0.5), S_c, matrix_power(S_s, 0.5))), -0.5
            ),
            matrix_power(S_s, 0.5),
        ),
    },
}
WRONG = {
    "adain": {
        "variances": (
            by(lambda F, m, d, m_s, d_s: (F - m) / d**2 * d_s**2 + m_s),
            "scale by the variance",
        ),
        "the content's variance": (
            by(lambda F, m, d, m_s, d_s: (F - m) / d**2 * d_s + m_s),
            "the content's variance",
        ),
        "the style's variance": (
            by(lambda F, m, d, m_s, d_s: (F - m) / d * d_s**2 + m_s),
            "the style's variance",
        ),
        "means": (by(lambda F, m, d, m_s, d_s: F - m + m_s), "still the content's"),
        "no mean": (by(lambda F, m, d, m_s, d_s: (F - m) / d * d_s), "style's mean is missing"),
        "the content's mean": (
            by(lambda F, m, d, m_s, d_s: (F - m) / d * d_s + m),
            "add the content's mean again",
        ),
        "not centred": (by(lambda F, m, d, m_s, d_s: F / d * d_s + m_s), "do not subtract"),
        "the style's mean subtracted": (
            by(lambda F, m, d, m_s, d_s: (F - m_s) / d * d_s + m_s),
            "subtract the style's mean",
        ),
        "no parentheses": (by(lambda F, m, d, m_s, d_s: F - m / d * d_s + m_s), "in parentheses"),
        "divided twice": (
            by(lambda F, m, d, m_s, d_s: (F - m) / d / d_s + m_s),
            "divide by the style's deviation, too",
        ),
        "only scaled": (by(lambda F, m, d, m_s, d_s: F / d * d_s), "only scale"),
        "mean squares": (
            by(lambda F, m, d, m_s, d_s: (F - m) / d * np.sqrt(m_s**2 + d_s**2) + m_s),
            "before you square",
        ),
        "sums of squares": (
            lambda F, S: (
                (F - statistics(F)[0])
                / np.sqrt(((F - statistics(F)[0]) ** 2).sum((1, 2), keepdims=True))
                * np.sqrt(((S - statistics(S)[0]) ** 2).sum((1, 2), keepdims=True))
                + statistics(S)[0]
            ),
            "squares are added up",
        ),
        "smallest and largest": (
            lambda F, S: (
                (F - F.min((1, 2), keepdims=True))
                / (F.max((1, 2), keepdims=True) - F.min((1, 2), keepdims=True))
                * (S.max((1, 2), keepdims=True) - S.min((1, 2), keepdims=True))
                + S.min((1, 2), keepdims=True)
            ),
            "smallest and the largest value",
        ),
        "instance norm": (by(lambda F, m, d, m_s, d_s: (F - m) / d), "normalised and no more"),
        "not divided": (by(lambda F, m, d, m_s, d_s: (F - m) * d_s + m_s), "do not divide by"),
        "not multiplied": (by(lambda F, m, d, m_s, d_s: (F - m) / d + m_s), "do not multiply"),
        "deviations swapped": (
            by(lambda F, m, d, m_s, d_s: (F - m) * d / d_s + m_s),
            "deviations are swapped",
        ),
        "added too early": (
            by(lambda F, m, d, m_s, d_s: ((F - m) / d + m_s) * d_s),
            "before you multiply",
        ),
        "swapped": (lambda F, S: adain(S, F), "F and S are swapped"),
        "one mean": (lambda F, S: adain(F, S, (1, 2, 3)), "for all channels"),
        "over the channels": (
            lambda F, S: (
                (F - F.mean(-1, keepdims=True)) / F.std(-1, keepdims=True) * statistics(S)[1]
                + statistics(S)[0]
            ),
            "over the channels, position by position",
        ),
        "a side only": (
            lambda F, S: (
                (F - F.mean(1, keepdims=True)) / F.std(1, keepdims=True) * statistics(S)[1]
                + statistics(S)[0]
            ),
            "one of the two sides",
        ),
        "a large epsilon": (
            by(lambda F, m, d, m_s, d_s: (F - m) / (d + 0.1) * d_s + m_s),
            "1e-5 is enough",
        ),
        "unchanged": (lambda F, S: F, "as they were"),
        "the whole batch": (lambda F, S: adain(F, S, (0, 1, 2)), "leave axis 0 out"),
        "one style for all": (one_style_for_all, "both get the first one's style"),
        "the first picture": (lambda F, S: adain(F[:1], S[:1]), "return the first only"),
        "not guarded": (undivided, "a channel that does not vary, .* yours is .*nan"),
        "no batch": (lambda F, S: adain(F, S)[0], "It is the content's: only the numbers"),
        "whole numbers": (lambda F, S: (100 * adain(F, S)).astype(int), "lose everything behind"),
        "in place": (adain_in_place, "changes what it is given"),
        "less of it": (
            lambda F, S: F + 0.9 * (adain(F, S) - F),
            "docstring.s example.* and yours is",
        ),
    },
    "whiten": {
        "centred": (whitened(lambda S: np.eye(3)), "mean is 0, and that is all"),
        "deviations": (
            whitened(lambda S: np.diag(np.diag(S) ** -0.5)),
            "they still vary together: divide",
        ),
        "not centred": (
            lambda F: (rows(F) @ inverse_root(covariance(F))).reshape(F.shape),
            "do not add it again",
        ),
        "a mean for each position": (
            lambda F: (
                (rows(F) - rows(F).mean(axis=1, keepdims=True)) @ inverse_root(covariance(F))
            ).reshape(F.shape),
            "a mean of its own",
        ),
        "Gram matrix": (
            lambda F: (centred(F) @ inverse_root(rows(F).T @ rows(F) / len(rows(F)))).reshape(
                F.shape
            ),
            "is a Gram matrix",
        ),
        "variances": (whitened(lambda S: np.diag(1 / np.diag(S))), "each channel by its variance"),
        "divided twice": (
            whitened(lambda S: np.diag(np.diag(S) ** -0.5) @ inverse_root(S)),
            "still has them in it",
        ),
        "eigenvectors transposed": (
            whitened(lambda S: np.linalg.eigh(S)[1].T / np.sqrt(np.linalg.eigh(S)[0])),
            "do not transpose it",
        ),
        "Cholesky not transposed": (
            whitened(lambda S: np.linalg.inv(np.linalg.cholesky(S))),
            "inv\\(L\\).T",
        ),
        "root": (whitened(lambda S: matrix_power(S, 0.5)), "make the spread larger"),
        "no root": (whitened(lambda S: np.linalg.inv(S)), "and not by its root"),
        "roots of numbers": (whitened(lambda S: 1 / np.sqrt(S)), "root of each number"),
        "only turned": (whitened(lambda S: np.linalg.eigh(S)[1]), "not yet scaled"),
        "by the eigenvalues": (
            whitened(lambda S: np.linalg.eigh(S)[1] / np.linalg.eigh(S)[0]),
            "they are variances",
        ),
        "times the roots": (
            whitened(lambda S: np.linalg.eigh(S)[1] * np.sqrt(np.linalg.eigh(S)[0])),
            "roots of the eigenvalues: divide",
        ),
        "correlations": (
            whitened(lambda S: inverse_root(S / np.sqrt(np.outer(np.diag(S), np.diag(S))))),
            "root of the correlations",
        ),
        "a sum": (
            lambda F: whitened(inverse_root)(F) / np.sqrt(len(rows(F))),
            "covariance is a mean",
        ),
        "reshape": (
            lambda F: (
                (Z := F.reshape(3, -1) - F.reshape(3, -1).mean(axis=1, keepdims=True)).T
                @ inverse_root(Z @ Z.T / Z.shape[1])
            ).T.reshape(F.shape),
            "reshape moves no number",
        ),
        "one deviation": (lambda F: (F - F.mean()) / F.std(), "One mean and one deviation"),
        "unchanged": (lambda F: F, "as they were"),
        "less of it": (whitened(half_inverse), "covariance is not the identity"),
        "a bit off": (
            lambda F: whitened(inverse_root)(F) + 0.1,
            "mean of every channel should be 0",
        ),
        "shuffled": (shuffled, "stay in its place"),
        "flat": (lambda F: rows(whitened(inverse_root)(F)), "Reshape it back"),
        "no batch": (lambda F: whitened(inverse_root)(F)[0], "first axis is missing"),
        "the matrix": (lambda F: inverse_root(covariance(F)), "apply it to the features"),
        "whole numbers": (lambda F: (100 * whitened(inverse_root)(F)).astype(int), "floats, and"),
        "undefined": (lambda F: np.full(F.shape, np.nan), "Infinite or undefined"),
        "in place": (whitened_in_place, "changes what it is given"),
    },
    "optimal_transport_map": {
        "whiten and colour": (
            lambda S_c, S_s: matrix_power(S_s, 0.5) @ matrix_power(S_c, -0.5),
            "That is whitening and colouring",
        ),
        "Cholesky": (
            lambda S_c, S_s: np.linalg.cholesky(S_s) @ np.linalg.inv(np.linalg.cholesky(S_c)),
            "Cholesky's roots",
        ),
        "made symmetric": (
            lambda S_c, S_s: (
                (
                    matrix_power(S_s, 0.5) @ matrix_power(S_c, -0.5)
                    + matrix_power(S_c, -0.5) @ matrix_power(S_s, 0.5)
                )
                / 2
            ),
            "symmetric afterwards is not enough",
        ),
        "swapped": (lambda S_c, S_s: transport(S_s, S_c), "S_c and S_s are swapped"),
        "AdaIN": (
            lambda S_c, S_s: np.diag(np.sqrt(np.diag(S_s) / np.diag(S_c))),
            "That is AdaIN's",
        ),
        "no roots": (lambda S_c, S_s: S_s @ np.linalg.inv(S_c), "No root is taken"),
        "roots of numbers": (
            lambda S_c, S_s: (
                np.sqrt(S_s) @ matrix_power(np.sqrt(S_s) @ S_c @ np.sqrt(S_s), -0.5) @ np.sqrt(S_s)
            ),
            "root of each number",
        ),
        "root in the middle": (
            of_root(lambda r, S_c: r @ matrix_power(r @ S_c @ r, 0.5) @ r),
            "exponent -1/2: yours is 1/2",
        ),
        "inverse in the middle": (
            of_root(lambda r, S_c: r @ np.linalg.inv(r @ S_c @ r) @ r),
            "exponent -1/2: yours is -1",
        ),
        "half of the inverse": (
            of_root(lambda r, S_c: r @ np.linalg.inv(r @ S_c @ r) / 2 @ r),
            "half of that",
        ),
        "one over each number": (
            of_root(lambda r, S_c: r @ (1 / matrix_power(r @ S_c @ r, 0.5)) @ r),
            "1 / ... divides number by number",
        ),
        "inverse roots": (
            of_root(
                lambda r, S_c: (
                    np.linalg.inv(r)
                    @ matrix_power(np.linalg.inv(r) @ S_c @ np.linalg.inv(r), -0.5)
                    @ np.linalg.inv(r)
                )
            ),
            "outer roots have the exponent",
        ),
        "the content's root outside": (
            lambda S_c, S_s: (
                matrix_power(S_c, 0.5)
                @ of_root(lambda r, S: matrix_power(r @ S @ r, -0.5))(S_c, S_s)
                @ matrix_power(S_c, 0.5)
            ),
            "yours is the content's",
        ),
        "one root in the middle": (
            of_root(lambda r, S_c: r @ matrix_power(r @ S_c, -0.5) @ r),
            "between two roots",
        ),
        "nothing outside": (
            of_root(lambda r, S_c: matrix_power(r @ S_c @ r, -0.5)),
            "on both sides of the middle",
        ),
        "covariance outside": (
            lambda S_c, S_s: (
                S_s @ of_root(lambda r, S: matrix_power(r @ S @ r, -0.5))(S_c, S_s) @ S_s
            ),
            "not the covariance itself",
        ),
        "covariance inside": (
            lambda S_c, S_s: of_root(lambda r, S: r @ matrix_power(S_s @ S @ S_s, -0.5) @ r)(
                S_c, S_s
            ),
            "in place of its root",
        ),
        "alone in the middle": (
            of_root(lambda r, S_c: r @ matrix_power(S_c, -0.5) @ r),
            "without the style's roots around it",
        ),
        "number by number": (
            of_root(lambda r, S_c: r * matrix_power(r @ S_c @ r, -0.5) * r),
            "are written @",
        ),
        "the style's root": (of_root(lambda r, S_c: r), "does not occur"),
        "only white": (lambda S_c, S_s: matrix_power(S_c, -0.5), "That only whitens"),
        "identity": (lambda S_c, S_s: np.eye(len(S_c)), "which changes nothing"),
        "diagonal alone": (lambda S_c, S_s: np.diag(transport(S_c, S_s)), "a row and a column"),
        "whole numbers": (lambda S_c, S_s: (100 * transport(S_c, S_s)).astype(int), "lose every"),
        "undefined": (lambda S_c, S_s: np.full(S_c.shape, np.nan), "Infinite or undefined"),
        "twice": (lambda S_c, S_s: 2 * transport(S_c, S_s), "and yours is"),
        "in place": (transport_in_place, "changes what it is given"),
    },
}
SAME_WORDS = {  # of slips that have come up already
    "adain": {
        "from the style's mean": (
            by(lambda F, m, d, m_s, d_s: (F - m_s) / d_s * d + m),
            "F and S are swapped",
        ),
        "epsilon in both": (
            by(lambda F, m, d, m_s, d_s: (F - m) / (d + 0.1) * (d_s + 0.1) + m_s),
            "1e-5 is enough",
        ),
        "the other side": (
            lambda F, S: (
                (F - F.mean(2, keepdims=True)) / F.std(2, keepdims=True) * statistics(S)[1]
                + statistics(S)[0]
            ),
            "one of the two sides",
        ),
        "one position less": (
            lambda F, S: (
                (F - F.mean((1, 2), keepdims=True))
                / F.std((1, 2), keepdims=True, ddof=1)
                * S.std((1, 2), keepdims=True, ddof=1)
                + S.mean((1, 2), keepdims=True)
            ),
            "one position less",
        ),
    },
    "whiten": {
        "mean added again": (
            lambda F: whitened(inverse_root)(F) + F.mean(axis=(1, 2), keepdims=True),
            "do not add it again",
        ),
        "Gram matrix, not centred": (
            lambda F: (rows(F) @ inverse_root(rows(F).T @ rows(F) / len(rows(F)))).reshape(F.shape),
            "is a Gram matrix",
        ),
        "inverse of the roots of numbers": (
            whitened(lambda S: np.linalg.inv(np.sqrt(S))),
            "root of each number",
        ),
    },
    "optimal_transport_map": {
        "number by number in the middle": (
            of_root(lambda r, S_c: r @ matrix_power(r * S_c * r, -0.5) @ r),
            "number by number",
        ),
        "colour and whiten": (
            lambda S_c, S_s: matrix_power(S_c, -0.5) @ matrix_power(S_s, 0.5),
            "That is whitening and colouring",
        ),
        "one side only": (
            of_root(lambda r, S_c: r @ matrix_power(r @ S_c @ r, -0.5)),
            "on both sides of the middle",
        ),
        "the style's covariance": (lambda S_c, S_s: S_s, "does not occur"),
    },
}
