"""Which network and how large a picture this machine is good for."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import tensorflow as tf


class Profile(NamedTuple):
    """Settings for `stylize`: the network, the longer side in pixels, the evaluations."""

    network: str
    size: int
    evaluations: int


def setup() -> Profile:
    """Choose a profile for this machine, and say which and why.

    With a GPU it is `vgg19` at 512 pixels, without one `vgg19-lite` at 384. The environment
    variable NST_FAST=1 makes everything tiny, to test that a notebook runs.
    """
    if os.environ.get("NST_FAST"):
        print("NST_FAST is set: tiny pictures and few evaluations, only to see that all runs.")
        return Profile("vgg19-lite", 96, 6)
    if tf.config.list_physical_devices("GPU"):
        print("A GPU was found: vgg19 at 512 pixels. Its weights (80 MB) are downloaded once.")
        return Profile("vgg19", 512, 150)
    print("No GPU was found: vgg19-lite at 384 pixels, which two CPU cores paint in seconds.")
    if "google.colab" in sys.modules:
        print("For a GPU: menu Runtime, Change runtime type, choose a GPU, Save; then run again.")
    return Profile("vgg19-lite", 384, 150)
