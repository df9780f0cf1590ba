"""Lesson 11: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import scipy.linalg
import tensorflow as tf

from nstlib import gram_matrix
from nstlib.images.colors import LUMINANCE, luminance, matrix_power

BT709 = (0.2126, 0.7152, 0.0722)
YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
YCBCR = np.array([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
PRINTED_RGB = np.array([[1, 0.956, 0.619], [1, -0.272, -0.647], [1, -1.106, 1.703]])


def covariance(x):
    x = x - x.mean(axis=0)
    return x.T @ x / len(x)


def recolored(style, content, make_A, share=1, axis=0):
    """With an A from the two covariances, S and the new one."""
    x, y = style.reshape(-1, 3).astype(float), content.reshape(-1, 3).astype(float)
    S, K = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    A = make_A(S, S + share * (K - S))
    mean, other = x.mean(axis=axis), y.mean(axis=axis)
    matched = (x - mean) @ A.T + mean + share * (other - mean)
    return np.clip(matched, 0, 1).reshape(style.shape)


def by(make_A, **options):
    def solution(style, content, share=1.0):
        return recolored(style, content, make_A, share, **options)

    return solution


def of_share(make):
    """Right with all of the content's palette; below, colours from x, y, S, K and the share."""

    def solution(style, content, share=1.0):
        if share == 1:
            return by(symmetric)(style, content)
        x, y = style.reshape(-1, 3).astype(float), content.reshape(-1, 3).astype(float)
        found = make(x, y, np.cov(x, rowvar=False), np.cov(y, rowvar=False), share)
        return np.clip(found, 0, 1).reshape(style.shape)

    return solution


def moved(x, y, A, share):
    """Colours moved by A around a mean between both."""
    return (x - x.mean(axis=0)) @ A.T + (1 - share) * x.mean(axis=0) + share * y.mean(axis=0)


def mixed(S, K, share):
    return (1 - share) * S + share * K


def symmetric(S, K):
    return matrix_power(K, 0.5) @ matrix_power(S, -0.5)


def root_of_numbers(S, K):
    return np.sqrt(K) @ np.linalg.inv(np.sqrt(S))


def sure(*matrices):
    """With inverses even if a picture has but one colour."""
    return [S + 1e-9 * np.eye(3) for S in matrices]


def cholesky(S, K):
    S, K = sure(S, K)
    return np.linalg.cholesky(K) @ np.linalg.inv(np.linalg.cholesky(S))


def principal_axes(S, K):
    """Root and inverse root by eigenvectors, not turned back in between."""
    (s, U), (k, V) = map(np.linalg.eigh, sure(S, K))
    return V @ np.diag(np.sqrt(k)) @ np.diag(1 / np.sqrt(s)) @ U.T


def by_scipy(S, K):
    S, K = sure(S, K)
    return np.real(scipy.linalg.sqrtm(K)) @ np.linalg.inv(np.real(scipy.linalg.sqrtm(S)))


def match_with_tensors(style, content, share=1.0):
    """Divided by N, in float32, with columns for colours."""
    x = tf.transpose(tf.reshape(style, (-1, 3)))
    y = tf.transpose(tf.reshape(content, (-1, 3)))
    x_mean, y_mean = (tf.reduce_mean(z, axis=1, keepdims=True) for z in (x, y))
    S = (x - x_mean) @ tf.transpose(x - x_mean) / tf.cast(tf.shape(x)[1], x.dtype)
    K = (y - y_mean) @ tf.transpose(y - y_mean) / tf.cast(tf.shape(y)[1], y.dtype)
    least = tf.eye(3, dtype=x.dtype) * 1e-7
    K, y_mean = (1 - share) * S + share * K, (1 - share) * x_mean + share * y_mean
    A = tf.linalg.sqrtm(K + least) @ tf.linalg.inv(tf.linalg.sqrtm(S + least))
    matched = A @ (x - x_mean) + y_mean
    return tf.clip_by_value(tf.reshape(tf.transpose(matched), style.shape), 0, 1)


def match_with_weights(style, content, share=1.0):
    """Mean and covariance of the style and of the content, with weights, as of one mixed crowd.

    Its covariance has a part more, from the distance of the two means, which is taken off.
    """
    x, y = style.reshape(-1, 3).astype(float), content.reshape(-1, 3).astype(float)
    both = np.concatenate([x, y])
    weights = np.concatenate(
        [np.full(len(x), (1 - share) / len(x)), np.full(len(y), share / len(y))]
    )
    mean = weights @ both
    away = y.mean(axis=0) - x.mean(axis=0)
    K = (both - mean).T @ ((both - mean) * weights[:, None])
    K -= share * (1 - share) * np.outer(away, away)
    A = symmetric(covariance(x), K)
    return np.clip((x - x.mean(axis=0)) @ A.T + mean, 0, 1).reshape(style.shape)


def one_crowd(style, content, share=1.0):
    """As above, and nothing is taken off."""
    x, y = style.reshape(-1, 3).astype(float), content.reshape(-1, 3).astype(float)
    away = y.mean(axis=0) - x.mean(axis=0)
    S, K = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    K = mixed(S, K, share) + share * (1 - share) * np.outer(away, away)
    return np.clip(moved(x, y, symmetric(S, K), share), 0, 1).reshape(style.shape)


def match_means(means, make_A=symmetric):
    """With other means to subtract and to add."""

    def solution(style, content):
        x, y = style.reshape(-1, 3), content.reshape(-1, 3)
        A = make_A(np.cov(x, rowvar=False), np.cov(y, rowvar=False))
        subtracted, added = means(x.mean(axis=0), y.mean(axis=0))
        return np.clip((x - subtracted) @ A.T + added, 0, 1).reshape(style.shape)

    return solution


def second_moments(style, content):
    x, y = style.reshape(-1, 3), content.reshape(-1, 3)
    A = symmetric(x.T @ x / len(x), y.T @ y / len(y))
    return ((x - x.mean(axis=0)) @ A.T + y.mean(axis=0)).reshape(style.shape)


def reshape_for_transpose(style, content):
    x, y = style.reshape(3, -1), content.reshape(3, -1)
    A = symmetric(np.cov(x), np.cov(y))
    matched = A @ (x - x.mean(axis=1, keepdims=True)) + y.mean(axis=1, keepdims=True)
    return np.clip(matched, 0, 1).reshape(style.shape)


def sorted_channels(style, content):
    """Histograms matched, one channel at a time."""
    x, y = style.reshape(-1, 3), content.reshape(-1, 3)
    places = np.linspace(0, 1, len(x))
    ranks = x.argsort(axis=0).argsort(axis=0)
    channels = [
        np.interp(places, np.linspace(0, 1, len(y)), np.sort(y[:, k]))[ranks[:, k]]
        for k in range(3)
    ]
    return np.stack(channels, axis=1).reshape(style.shape)


def correlations(S, K):
    def normalized(C):
        return C / np.sqrt(np.outer(np.diag(C), np.diag(C)))

    return symmetric(normalized(S), normalized(K))


def root_turned_wrong(S, K):
    """The root without its transpose: vectors times roots times vectors."""

    def power(C, exponent):
        values, vectors = np.linalg.eigh(C)
        return (vectors * values**exponent) @ vectors

    return power(K, 0.5) @ power(S, -0.5)


def without_clipping(style, content, share=1.0):
    x, y = style.reshape(-1, 3), content.reshape(-1, 3)
    S, K = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    return moved(x, y, symmetric(S, mixed(S, K, share)), share).reshape(style.shape)


def clipped_above(style, content, share=1.0):
    return np.minimum(without_clipping(style, content, share), 1)


def squeezed(style, content, share=1.0):
    matched = without_clipping(style, content, share)
    if matched.min() >= 0 and matched.max() <= 1:
        return matched
    return (matched - matched.min()) / (matched.max() - matched.min())


def turned(style, content):
    _, height, width, _ = style.shape
    matched = by(symmetric)(style, content)
    return matched.reshape(1, width, height, 3).transpose(0, 2, 1, 3)


def match_in_place(style, content):
    x, y = style.reshape(-1, 3), content.reshape(-1, 3)
    A = symmetric(np.cov(x, rowvar=False), np.cov(y, rowvar=False))
    x -= x.mean(axis=0)
    return np.clip(x @ A.T + y.mean(axis=0), 0, 1).reshape(style.shape)


def Y(image, weights=LUMINANCE):
    return (image * np.array(weights)).sum(axis=-1, keepdims=True)


def transfer(painting, content):
    return np.clip(content + Y(painting) - Y(content), 0, 1)


def transfer_by(matrix, back=None):
    """Through another colour space, whose first coordinate is the luminance."""
    back = np.linalg.inv(matrix) if back is None else back

    def solution(painting, content):
        p, c = painting @ matrix.T, content @ matrix.T
        mixed = np.concatenate([p[..., :1], c[..., 1:]], axis=-1)
        return np.clip(mixed @ back.T, 0, 1)

    return solution


def transfer_with_tensors(painting, content):
    p, c = tf.image.rgb_to_yiq(painting), tf.image.rgb_to_yiq(content)
    mixed = tf.concat([p[..., :1], c[..., 1:]], axis=-1)
    return tf.clip_by_value(tf.image.yiq_to_rgb(mixed), 0, 1)


def transfer_by_loops(painting, content):
    result = np.zeros(content.shape)
    for at in np.ndindex(content.shape[:3]):
        p, c = (sum(LUMINANCE[k] * image[at][k] for k in range(3)) for image in (painting, content))
        result[at] = [min(max(value + p - c, 0), 1) for value in content[at]]
    return result


def of(light):
    """The right sum, clipped, with another measure of light and dark."""
    return lambda p, c: np.clip(c + light(p) - light(c), 0, 1)


def only_green(painting, content):
    result = content.copy()
    result[..., 1] = np.clip(content[..., 1] + (Y(painting) - Y(content))[..., 0], 0, 1)
    return result


def transfer_in_place(painting, content):
    content += (Y(painting) - Y(content)).astype(content.dtype)
    return np.clip(content, 0, 1)


def rows(F):
    return np.reshape(F, (F.shape[0], -1, F.shape[-1]))


def undivided(F):
    return np.einsum("bhwc,bhwd->bcd", F, F)


def region(F, T):
    return undivided(F * T) / (T**2).sum()


def region_by_loops(F, T):
    _, height, width, C = F.shape
    G, size = np.zeros((1, C, C)), 0.0
    for y in range(height):
        for x in range(width):
            t = float(T[0, y, x, 0]) ** 2
            G[0] += t * np.outer(F[0, y, x].astype(float), F[0, y, x])
            size += t
    return G / size


def region_of_a_normalized_mask(F, T):
    """As in the paper: a guidance channel of mean square 1."""
    return gram_matrix(F * (T / np.sqrt(np.mean(T**2))))


def region_in_place(F, T):
    F *= T
    return undivided(F) / (T**2).sum()


def region_inside(level):
    def solution(F, T):
        inside = F[T[..., 0] > level]
        return (inside.T @ inside / len(inside))[None]

    return solution


RIGHT = {
    "match_color": {
        "symmetric root": by(symmetric),
        "Cholesky": by(cholesky),
        "principal axes": by(principal_axes),
        "SciPy's root": by(by_scipy),
        "tensors, divided by N": match_with_tensors,
        "a little added": by(lambda S, K: symmetric(S + 1e-6 * np.eye(3), K)),
        "float32": lambda s, c, share=1.0: by(symmetric)(s, c, share).astype("float32"),
        "all pixels weighted": match_with_weights,
    },
    "luminance_transfer": {
        "added": transfer,
        "loops": transfer_by_loops,
        "nstlib's luminance": lambda p, c: np.clip(luminance(p) + (c - luminance(c)), 0, 1),
        "YIQ": transfer_by(YIQ),
        "YIQ, as printed": transfer_by(YIQ, PRINTED_RGB),
        "YCbCr": transfer_by(YCBCR),
        "tensorflow": transfer_with_tensors,
        "where": lambda p, c: np.minimum(np.maximum(c + Y(p - c), 0), 1),
    },
    "masked_gram": {
        "sum of squares": region,
        "mean of squares": lambda F, T: gram_matrix(F * T) / np.mean(np.square(T)),
        "loops": region_by_loops,
        "normalized first": region_of_a_normalized_mask,
        "einsum": lambda F, T: np.einsum("bhwc,bhwd,bhwe->bcd", F, F, T**2) / (T**2).sum(),
        "keras": lambda F, T: (
            keras.ops.einsum("bhwc,bhwd->bcd", F * T, F * T) / keras.ops.sum(T * T)
        ),
        "matmul": lambda F, T: (
            tf.matmul(rows(F * T), rows(F * T), transpose_a=True) / tf.reduce_sum(tf.square(T))
        ),
    },
}
WRONG = {
    "match_color": {
        "means": (by(lambda S, K: np.eye(3)), "means agree, and that is all"),
        "channel by channel": (
            by(lambda S, K: np.diag(np.sqrt(np.diag(K) / np.diag(S)))),
            "one by one, so they",
        ),
        "swapped": (by(lambda S, K: symmetric(K, S)), "swap the two roots"),
        "transposed": (by(lambda S, K: symmetric(S, K).T), "A is transposed"),
        "no roots": (by(lambda S, K: K @ np.linalg.inv(S)), "The roots are missing"),
        "no style": (by(lambda S, K: matrix_power(K, 0.5)), "own spread stays in"),
        "no content": (by(lambda S, K: matrix_power(S, -0.5)), "content's spread is missing"),
        "roots of numbers": (by(root_of_numbers), "root of each number"),
        "correlations": (by(correlations), "corrcoef forgets"),
        "not centred": (match_means(lambda x, y: (0, y)), "do not subtract the style's mean"),
        "no mean": (match_means(lambda x, y: (x, 0)), "content's mean is missing"),
        "the style's mean": (match_means(lambda x, y: (x, x)), "add the style's mean again"),
        "from the content's mean": (match_means(lambda x, y: (y, y)), "subtract the content's"),
        "mean of all": (by(symmetric, axis=None), "one mean of all numbers"),
        "second moments": (second_moments, "no covariance yet"),
        "reshape": (reshape_for_transpose, "reshape moves no number"),
        "unchanged": (lambda s, c: s, "style as it was"),
        "histograms": (sorted_channels, "not the covariance"),
        "turned": (turned, "in other places"),
        "brighter": (match_means(lambda x, y: (x, y + 0.05)), "mean colour should be"),
        "the content": (lambda s, c: by(symmetric)(c, s), "style gets other colours"),
        "flat": (lambda s, c: by(symmetric)(s, c).reshape(-1, 3), "Reshape the colours"),
        "no batch": (lambda s, c: by(symmetric)(s, c)[0], "first axis is missing"),
        "bytes": (lambda s, c: (by(symmetric)(s, c) * 255).astype("uint8"), "yours are uint8"),
        "undefined": (by(lambda S, K: np.full((3, 3), np.nan)), "Infinite or undefined"),
        "not clipped": (without_clipping, "leave \\[0, 1\\]: clip them"),
        "squeezed": (squeezed, "leave the others alone"),
        "in place": (match_in_place, "changes what it is given"),
        "no share": (lambda s, c: by(symmetric)(s, c), "besides what has a default"),
        "always all of it": (
            of_share(lambda x, y, S, K, share: moved(x, y, symmetric(S, K), 1)),
            "share has no effect",
        ),
        "two pictures": (
            of_share(lambda x, y, S, K, share: mixed(x, moved(x, y, symmetric(S, K), 1), share)),
            "two pictures over each other",
        ),
        "powers": (
            of_share(
                lambda x, y, S, K, share: moved(
                    x, y, matrix_power(K, share / 2) @ matrix_power(S, -share / 2), share
                )
            ),
            "powers with share",
        ),
        "the other share": (
            of_share(
                lambda x, y, S, K, share: moved(x, y, symmetric(S, mixed(K, S, share)), 1 - share)
            ),
            "share is the content's part",
        ),
        "the content's mean": (
            of_share(lambda x, y, S, K, share: moved(x, y, symmetric(S, mixed(S, K, share)), 1)),
            "Of the means you mix nothing",
        ),
        "the content's covariance": (
            of_share(lambda x, y, S, K, share: moved(x, y, symmetric(S, K), share)),
            "Of the covariances you mix nothing",
        ),
        "a share and no rest": (
            of_share(
                lambda x, y, S, K, share: (
                    (x - x.mean(axis=0)) @ symmetric(S, share * K).T + share * y.mean(axis=0)
                )
            ),
            "The style's part is missing",
        ),
        "mixed twice": (
            of_share(
                lambda x, y, S, K, share: moved(x, y, symmetric(mixed(S, K, share), K), share)
            ),
            "stands in both places",
        ),
        "one crowd": (one_crowd, "pixels of both pictures together"),
        "squared shares": (
            of_share(
                lambda x, y, S, K, share: moved(
                    x, y, symmetric(S, (1 - share) ** 2 * S + share**2 * K), share
                )
            ),
            "square the shares",
        ),
        "no share at all": (
            lambda s, c, share=1.0: by(symmetric)(s, c, share or 1.0),
            "0.0, it is .* and yours is",
        ),
    },
    "luminance_transfer": {
        "swapped": (lambda p, c: transfer(c, p), "two are swapped"),
        "sign": (lambda p, c: np.clip(c - Y(p) + Y(c), 0, 1), "sign is wrong"),
        "nothing subtracted": (lambda p, c: np.clip(c + Y(p), 0, 1), "stays in: subtract it"),
        "nothing added": (lambda p, c: c - Y(c), "add the painting's, too"),
        "plain mean": (of(lambda image: image.mean(axis=-1, keepdims=True)), "count alike"),
        "BT.709": (of(lambda image: Y(image, BT709)), "BT.709"),
        "wrong order": (of(lambda image: Y(image, LUMINANCE[::-1])), "in the wrong order"),
        "HSV": (of(lambda image: image.max(axis=-1, keepdims=True)), "value of HSV"),
        "only green": (only_green, "one of the colours only"),
        "weighted": (
            lambda p, c: np.clip(c + (Y(p) - Y(c)) * np.array(LUMINANCE), 0, 1),
            "weight what you add",
        ),
        "of the whole picture": (of(lambda image: Y(image).mean()), "number to the whole"),
        "half": (lambda p, c: np.clip(c + (Y(p) - Y(c)) / 2, 0, 1), "half of the difference"),
        "colours of the painting": (lambda p, c: np.clip(c - Y(c) + p, 0, 1), "with its colours"),
        "gray": (lambda p, c: np.repeat(Y(p), 3, axis=-1), "It is grey"),
        "painting": (lambda p, c: p, "painting as it was"),
        "content": (lambda p, c: c, "content as it was"),
        "multiplied": (lambda p, c: np.clip(c * Y(p) / Y(c), 0, 1), "You multiply"),
        "not clipped": (lambda p, c: c + Y(p) - Y(c), "but for one thing: clip"),
        "luminance alone": (lambda p, c: Y(p), "red, green and blue for each pixel"),
        "bytes": (lambda p, c: (255 * transfer(p, c)).astype(int), "lose everything behind"),
        "in place": (transfer_in_place, "changes what it is given"),
        "constant": (lambda p, c: np.full(p.shape, 0.5), "but not the values"),
    },
    "masked_gram": {
        "not divided by the mask": (lambda F, T: gram_matrix(F * T), "all positions only"),
        "not divided": (lambda F, T: undivided(F * T), "Nothing is divided"),
        "by its sum": (lambda F, T: undivided(F * T) / T.sum(), "by the sum of the mask"),
        "by the square of its mean": (
            lambda F, T: gram_matrix(F * T) / T.mean() ** 2,
            "by the square of the mean",
        ),
        "by its square twice": (
            lambda F, T: gram_matrix(F * T) / np.mean(T**2) ** 2,
            "mean square twice",
        ),
        "multiplied": (lambda F, T: gram_matrix(F * T) * np.mean(T**2), "You multiply by the"),
        "by the root": (lambda F, T: gram_matrix(F * T) / np.mean(T**2) ** 0.5, "take the root"),
        "by the positions inside": (
            lambda F, T: undivided(F * T) / (T > 0).sum(),
            "number of positions where",
        ),
        "no mask": (lambda F, T: gram_matrix(F), "mask does not occur"),
        "mask after": (lambda F, T: gram_matrix(F) * T.mean(), "mask comes too late"),
        "mask twice": (
            lambda F, T: gram_matrix(F * T**2) / np.mean(T**2),
            "You multiply by the mask twice",
        ),
        "mask once": (
            lambda F, T: np.einsum("bhwc,bhwd->bcd", F, F * T) / T.sum(),
            "mask counts once",
        ),
        "inside": (region_inside(0.5), "whether a position is inside"),
        "outside": (lambda F, T: region(F, 1 - T), "the other region"),
        "no batch": (lambda F, T: region(F, T)[0], "first axis is missing"),
        "positions": (
            lambda F, T: rows(F * T) @ rows(F * T).transpose(0, 2, 1) / (T**2).sum(),
            "positions with positions",
        ),
        "by the channels": (lambda F, T: region(F, T) / F.shape[-1], "is a multiple of"),
        "masked features": (lambda F, T: (F * T).mean(axis=(1, 2)), "One row and one column"),
        "whole numbers": (lambda F, T: (10 * region(F, T)).astype(int), "lose everything behind"),
        "in place": (region_in_place, "changes what it is given"),
        "constant": (lambda F, T: np.eye(F.shape[-1])[None], "and yours is"),
    },
}
SAME_WORDS = {  # of slips that have come up already
    "match_color": {
        "a share of the covariance and no rest": (
            of_share(lambda x, y, S, K, share: moved(x, y, symmetric(S, share * K), share)),
            "The style's part is missing",
        ),
        "all pixels alike": (
            of_share(
                lambda x, y, S, K, share: moved(
                    x, y, symmetric(S, np.cov(np.vstack([x, y]), rowvar=False)), share
                )
            ),
            "pixels of both pictures together",
        ),
        "mixed roots": (
            of_share(
                lambda x, y, S, K, share: moved(
                    x,
                    y,
                    mixed(matrix_power(S, 0.5), matrix_power(K, 0.5), share)
                    @ matrix_power(S, -0.5),
                    share,
                )
            ),
            "or two roots",
        ),
        "Cholesky, transposed": (by(lambda S, K: cholesky(S, K).T), "A is transposed"),
        "root turned wrong": (by(root_turned_wrong), "covariance|mean colour should be"),
        "less of it": (by(lambda S, K: 0.9 * symmetric(S, K)), "not the covariance"),
        "the content's pixels": (
            lambda s, c: np.resize(c, s.shape),
            "are these other pixels|not the covariance|mean colour should be",
        ),
        "clipped above": (clipped_above, "leave \\[0, 1\\]: clip them"),
    },
    "luminance_transfer": {
        "BT.709, not clipped": (lambda p, c: c + Y(p, BT709) - Y(c, BT709), "BT.709"),
        "value of HSV": (
            lambda p, c: c * p.max(axis=-1, keepdims=True) / c.max(axis=-1, keepdims=True),
            "You multiply",
        ),
        "first picture": (lambda p, c: transfer(p, c)[:1], "batches of one or more"),
    },
    "masked_gram": {
        "by its mean": (lambda F, T: gram_matrix(F * T) / T.mean(), "by the sum of the mask"),
        "mask twice, size as well": (
            lambda F, T: gram_matrix(F * T**2) / np.mean(T**4),
            "You multiply by the mask twice",
        ),
        "not 0": (region_inside(0), "whether a position is inside"),
    },
}
