"""Features and Gram matrices for several exercises: drawn at random, and computed by NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def features(batch: int = 1, stacks: int = 1) -> Callable[[], tuple]:
    """Draws stacks of features as after a ReLU, with height, width and channels all different.

    No channel is like another, and there are more positions than channels.
    """

    def draw() -> tuple:
        rng = np.random.default_rng()
        height, width, channels = rng.permutation([3, 4, 5])
        loudness = rng.uniform(0.5, 2, (stacks, batch, 1, 1, channels))
        F = rng.gamma(1.0, 1.0, (stacks, batch, height, width, channels)) * loudness
        return tuple(F.astype("float32"))

    return draw


def rows(F: np.ndarray) -> np.ndarray:
    """Features as one matrix a picture, positions by channels, with float64's digits."""
    return F.reshape(len(F), -1, F.shape[-1]).astype("float64")


def gram_by_numpy(F: np.ndarray) -> np.ndarray:
    X = rows(F)
    return X.transpose(0, 2, 1) @ X / X.shape[1]


def centred(x: np.ndarray) -> np.ndarray:
    """One such matrix, each channel without its mean."""
    return x - x.mean(axis=0)


def correlation(S: np.ndarray) -> np.ndarray:
    """A covariance as it would be if all channels had a deviation of 1."""
    return S / np.sqrt(np.outer(np.diag(S), np.diag(S)))


def norm(X: np.ndarray) -> np.ndarray:
    """The root of the sum of all squares."""
    return np.sqrt(np.sum(np.square(X)))
