"""From the features of a photograph to features with the statistics of a style, in one step.

Each function in `TRANSFORMS` takes features F of shape (B, h, w, C), of which every position is a
vector x of C numbers, and of the style the mean (B, C) and the square root (B, C, C) of the
covariance, as `style_of` gives them. All of them are one affine map, T (x - mean of F) + mean of
the style, and differ in the matrix T alone. None has anything to learn. Where F is a part of a
picture, `whole` says what mean and covariance all of it has.

`nearest_neighbours` is none of them: it needs the style's features themselves.

Symbols: S is a covariance, _c of the content, _s of the style.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nstlib.backend import keras
from nstlib.losses import Tensor
from nstlib.moments import Moments, mean_covariance

ops = keras.ops

# Of a plain sky, most channels hardly vary: without this share of the mean variance, added to that
# of all of them, their noise would be blown up to strokes. The style gets it, too: so a picture
# that is its own style stays as it is.
FLOOR = 1e-2
CHOICE = 4096  # positions of a style among which the nearest is looked for
SMALLEST = 1e-6  # eigenvalues below this share of the largest are rounding errors


def power(S: Tensor, exponent: float) -> Tensor:
    """A power of symmetric matrices without negative eigenvalues: V diag(w^exponent) V^T.

    Args:
        S: (B, C, C).
        exponent: such as 1/2 for the square root, -1/2 for its inverse.

    >>> power([[[4.0, 0.0], [0.0, 9.0]]], 0.5)[0].numpy().round(3)
    array([[2., 0.],
           [0., 3.]], dtype=float32)
    """
    w, V = ops.eigh(ops.convert_to_tensor(S))
    w = ops.maximum(w, SMALLEST * ops.max(w, axis=-1, keepdims=True) + 1e-12)
    return ops.matmul(V * (w**exponent)[:, None], ops.transpose(V, (0, 2, 1)))


def style_of(F: Tensor) -> tuple[Tensor, Tensor]:
    """What the transforms want of a style's features: mean and square root of the covariance."""
    mean, S = _full_rank(mean_covariance(F))
    return mean, power(S, 0.5)


def identity(F: Tensor, mean_s: Tensor, root_s: Tensor, whole: Moments | None = None) -> Tensor:
    """The features as they are: what the decoder makes of them shows what it can."""
    return ops.convert_to_tensor(F)


def adain(F: Tensor, mean_s: Tensor, root_s: Tensor, whole: Moments | None = None) -> Tensor:
    """Adaptive instance normalisation, T = diag(deviation_s / deviation_c): each channel by itself.

    Huang and Belongie 2017, equation 8.

    >>> F = [[[[1.0], [3.0]]]]
    >>> adain(F, *style_of([[[[10.0], [14.0]]]]))[0, 0, :, 0].numpy().round(3)
    array([10., 14.], dtype=float32)
    """
    mean, S_c = _full_rank(whole or mean_covariance(F))
    variance_s = ops.sum(ops.square(root_s), axis=-1)  # the diagonal of root_s root_s
    variance_c = ops.diagonal(S_c, axis1=1, axis2=2)
    T = ops.sqrt(variance_s / variance_c)[:, None] * ops.eye(S_c.shape[-1])
    return _affine(F, mean, T, mean_s)


def whiten_and_color(
    F: Tensor, mean_s: Tensor, root_s: Tensor, whole: Moments | None = None
) -> Tensor:
    """Whitening and colouring, T = S_s^1/2 S_c^-1/2: first uncorrelated, then as in the style.

    Li et al. 2017, equations 1 and 2.
    """
    mean, S_c = _full_rank(whole or mean_covariance(F))
    T = ops.matmul(root_s, power(S_c, -0.5))
    return _affine(F, mean, T, mean_s)


def optimal_transport(
    F: Tensor, mean_s: Tensor, root_s: Tensor, whole: Moments | None = None
) -> Tensor:
    """The map to the style's mean and covariance that moves the features least.

    T = S_s^1/2 (S_s^1/2 S_c S_s^1/2)^-1/2 S_s^1/2, between two normal distributions: Monge's map.
    Gelbrich 1990; for style transfer Mroueh 2019 and Lu et al. 2019.
    """
    mean, S_c = _full_rank(whole or mean_covariance(F))
    inner = ops.matmul(ops.matmul(root_s, S_c), root_s)
    T = ops.matmul(ops.matmul(root_s, power(inner, -0.5)), root_s)
    return _affine(F, mean, T, mean_s)


def nearest_neighbours(F: Tensor, S: Tensor, choice: int = CHOICE) -> np.ndarray:
    """In the place of each feature, the style's own that points most nearly in its direction.

    Both are seen from their own mean, so that a dark photograph finds all of a bright painting.

    Args:
        F: features of one photograph (1, h, w, C).
        S: of one style (1, h', w', C).
        choice: of how many positions of the style one is chosen, drawn at random if it has more.

    Returns an array of the shape of F. Kolkin et al. 2022, "Neural Neighbor Style Transfer".

    >>> F, S = [[[[1.0, 1.0], [3.0, 1.0]]]], [[[[5.0, 8.0], [9.0, 8.0]]]]
    >>> nearest_neighbours(F, S)[0, 0]
    array([[5., 8.],
           [9., 8.]], dtype=float32)
    """
    x, y = (np.reshape(np.asarray(Z, "float32"), (-1, np.shape(Z)[-1])) for Z in (F, S))
    mean_s = y.mean(axis=0)
    y = np.random.default_rng(0).permutation(y)[:choice]

    def unit(z: np.ndarray) -> np.ndarray:
        return z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9)

    towards, from_mean = unit(y - mean_s).T, unit(x - x.mean(axis=0))
    parts = np.array_split(from_mean, max(1, len(x) // CHOICE))  # all at once would fill a GB
    nearest = np.concatenate([np.argmax(part @ towards, axis=1) for part in parts])
    return np.reshape(y[nearest], np.shape(F))


def _full_rank(moments: Moments) -> tuple[Tensor, Tensor]:
    """Mean and covariance, in which no direction has no variance at all."""
    mean, S = moments
    C = S.shape[-1]
    variance = ops.mean(ops.diagonal(S, axis1=1, axis2=2), axis=-1)
    return mean[:, :, 0], S + (FLOOR * variance + 1e-8)[:, None, None] * ops.eye(C)


def _affine(F: Tensor, mean: Tensor, T: Tensor, mean_s: Tensor) -> Tensor:
    """T (x - mean) + mean_s at every position."""
    F = ops.convert_to_tensor(F)
    shift = mean_s - ops.squeeze(ops.matmul(T, mean[:, :, None]), -1)
    batch, height, width, C = ops.shape(F)
    moved = ops.matmul(ops.reshape(F, (batch, height * width, C)), ops.transpose(T, (0, 2, 1)))
    return ops.reshape(moved, (batch, height, width, C)) + shift[:, None, None]


TRANSFORMS: dict[str, Callable[..., Tensor]] = {
    "identity": identity,
    "adain": adain,
    "whiten_and_color": whiten_and_color,
    "optimal_transport": optimal_transport,
}
