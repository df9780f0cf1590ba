"""What every contender of the benchmark is given. No TensorFlow in here.

The one objective of all of them, with F, G of the image, P, A of the content and the style:

    L = |F - P|^2 / |P|^2 + 10 mean over 5 layers of |G - A|^2 / |A|^2 + TV / n

where n is the number of pixel values: nstlib's convention `relative`. Its gradient
shrinks as 1/n, so learning rates and epsilons that are to mean the same at every size are given
times n or over n.
"""

from __future__ import annotations

import pathlib
from typing import NamedTuple

import numpy as np

CONTENT_LAYER = "block4_conv2"
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
LAYERS = (*STYLE_LAYERS, CONTENT_LAYER)
CONTENT_WEIGHT, STYLE_WEIGHT, TV_WEIGHT = 1.0, 10.0, 1.0


class Problem(NamedTuple):
    """A network and two pictures of one size.

    network: its name in nstlib.
    weights: (kernel, bias) of every convolution up to the deepest that the objective looks at.
    content, style: images (1, H, W, 3), RGB in [0, 1].
    """

    network: str
    weights: dict[str, tuple[np.ndarray, np.ndarray]]
    content: np.ndarray
    style: np.ndarray

    def operations(self) -> float:
        """Floating-point operations of a loss and its gradient: the convolutions, there and back.

        On the way back only the gradient of their inputs counts, as nobody changes the weights.
        """
        pixels, total = np.prod(self.content.shape[1:3]), 0.0
        for name, (kernel, _) in self.weights.items():
            total += 2 * np.prod(kernel.shape) * pixels / 4 ** (int(name[5]) - 1)
        return float(2 * total)

    def save(self, path: pathlib.Path) -> None:
        parts = {
            f"{name}/{i}": part
            for name in self.weights
            for i, part in enumerate(self.weights[name])
        }
        np.savez(path, network=self.network, content=self.content, style=self.style, **parts)


def load_problem(path: pathlib.Path) -> Problem:
    """What `Problem.save` has written."""
    with np.load(path) as arrays:
        names = [name.removesuffix("/0") for name in arrays if name.endswith("/0")]
        weights = {name: (arrays[f"{name}/0"], arrays[f"{name}/1"]) for name in names}
        return Problem(str(arrays["network"]), weights, arrays["content"], arrays["style"])
