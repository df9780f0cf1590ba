"""Who takes part in the benchmark: nstlib itself, and three loops that everybody knows."""

from __future__ import annotations

import importlib

from problem import Problem

# "ours" and what follows it are the arguments of `ours.Ours`; the others are the peers.
LABELS = {
    "ours float32 max": "nstlib, float32",
    "ours mixed_bfloat16 max": "nstlib, bfloat16",
    "ours float32 average": "nstlib, float32, average pooling",
    "ours mixed_bfloat16 average": "nstlib, bfloat16, average pooling",
    "tutorial": "TensorFlow tutorial, Adam",
    "keras": "Keras example, SGD",
    "torch": "PyTorch, L-BFGS",
}
PEERS = ("tutorial", "keras", "torch")
# Module and class, by the first word of the name.
WHERE = {
    "ours": ("ours", "Ours"),
    "tutorial": ("peers", "Tutorial"),
    "keras": ("peers", "KerasExample"),
    "torch": ("peers_torch", "TorchLBFGS"),
}


def contender(name: str, problem: Problem, **settings):
    """One of `LABELS`, set to work on a problem.

    All have the same two methods. `evaluate(image)` gives loss and gradient, as NumPy has them.
    `run(enough)` starts from the content and calls `enough(loss)` after every evaluation until it
    returns True; called again, the loops of the peers go on from where they were.
    """
    first, *arguments = name.split()
    module, kind = WHERE[first]
    # Imported only here: the peak memory of one shall not contain the libraries of another.
    return getattr(importlib.import_module(module), kind)(problem, *arguments, **settings)
