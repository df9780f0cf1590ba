"""Style transfer with `torch.optim.LBFGS`, as PyTorch's tutorial does it, on our objective.

Needs PyTorch, and nothing of TensorFlow. The network works with channels last, the faster layout
on a CPU.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from problem import (
    CONTENT_LAYER,
    CONTENT_WEIGHT,
    LAYERS,
    STYLE_LAYERS,
    STYLE_WEIGHT,
    TV_WEIGHT,
    Problem,
)
from torch import nn

MEAN_BGR = (103.939, 116.779, 123.68)


class VGG(nn.Module):
    """Features by layer. Zero padding of 1 is what Keras calls "same" for kernels of 3x3."""

    def __init__(self, weights):
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN_BGR).view(1, 3, 1, 1))
        self.convolutions = nn.ModuleDict()
        for name, (kernel, bias) in weights.items():
            convolution = nn.Conv2d(*kernel.shape[2:], kernel_size=3, padding=1)
            convolution.weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
            convolution.bias.data = torch.from_numpy(bias.copy())
            self.convolutions[name] = convolution

    def forward(self, image):
        x, features = image.flip(1) * 255 - self.mean, {}
        x = x.contiguous(memory_format=torch.channels_last)
        for name, convolution in self.convolutions.items():
            if name.endswith("conv1") and name != "block1_conv1":
                x = F.max_pool2d(x, 2)
            x = F.relu(convolution(x))
            if name in LAYERS:
                features[name] = x
        return features


class TorchLBFGS:
    """The tutorial's loop: the picture is clamped inside the closure, at every evaluation.

    Args:
        learning_rate, line_search: as `torch.optim.LBFGS` has them.
        scale: of the loss that the optimiser is shown. Its thresholds are absolute numbers; with
            n, the number of pixel values, a gradient's entries are about 1.
    """

    def __init__(self, problem: Problem, learning_rate=1.0, line_search=None, scale=1.0):
        self.network = VGG(problem.weights).requires_grad_(False).eval()
        self.network.to(memory_format=torch.channels_last)
        with torch.no_grad():
            self.content_target = self.network(as_torch(problem.content))[CONTENT_LAYER]
            features = self.network(as_torch(problem.style))
            self.style_targets = {name: gram(features[name]) for name in STYLE_LAYERS}
        self.scale = scale
        self.image = as_torch(problem.content).requires_grad_()
        self.optimizer = torch.optim.LBFGS(
            [self.image], lr=learning_rate, line_search_fn=line_search
        )

    def loss(self, image):
        features = self.network(image)
        loss = CONTENT_WEIGHT * relative_error(features[CONTENT_LAYER], self.content_target)
        for name, A in self.style_targets.items():
            loss = loss + STYLE_WEIGHT / len(STYLE_LAYERS) * relative_error(gram(features[name]), A)
        dx = (image[..., 1:] - image[..., :-1]).abs().sum()
        dy = (image[..., 1:, :] - image[..., :-1, :]).abs().sum()
        return loss + TV_WEIGHT * (dx + dy) / image.numel()

    def evaluate(self, image):
        image = as_torch(image).requires_grad_()
        loss = self.loss(image)
        loss.backward()
        return loss.item(), image.grad.permute(0, 2, 3, 1).numpy()

    def run(self, enough):
        """Goes on until `enough`, and then to the end of the optimiser's step of 20 iterations."""
        done = False

        def closure():
            nonlocal done
            with torch.no_grad():
                self.image.clamp_(0, 1)
            self.optimizer.zero_grad()
            loss = self.loss(self.image)
            (self.scale * loss).backward()
            done = enough(loss.item()) or done
            return self.scale * loss

        while not done:
            self.optimizer.step(closure)


def as_torch(image) -> torch.Tensor:
    """Channels first: `torch.optim.LBFGS` takes no parameter in another order."""
    return torch.from_numpy(np.array(image, np.float32)).permute(0, 3, 1, 2).contiguous()


def gram(features):
    """Of one picture: (C, C)."""
    F = features[0].flatten(1)
    return F @ F.T / F.shape[1]


def relative_error(seen, target):
    """Mean squared difference over the target's own mean square."""
    return ((seen - target) ** 2).mean() / (target**2).mean()
