"""How large a picture and how long a run this machine is good for."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import tensorflow as tf

from nstlib.engine.memory import estimate_memory
from nstlib.names import check_name
from nstlib.networks import BLOCKS

DOWNLOADS = {"vgg19": 80, "vgg16": 59}  # MB, once


class Profile(NamedTuple):
    """Settings for `stylize`: the network, the longer side in pixels, the evaluations."""

    network: str
    size: int
    evaluations: int


def setup(network: str = "vgg19-lite") -> Profile:
    """Choose a profile for this machine, and say which and why.

    The network is the same on every machine, and so is what a lesson says of it. A GPU buys size
    and evaluations: 512 pixels and 300, in the place of 384 and 150. The environment variable
    NST_FAST=1 makes everything tiny, to test that a notebook runs.

    Args:
        network: `vgg19-lite`, which comes with the course, or `vgg19` or `vgg16`, whose weights
            are downloaded once.

    Raises:
        ValueError: unknown network.
    """
    check_name("network", network, BLOCKS)
    if os.environ.get("NST_FAST"):
        print("NST_FAST is set: tiny pictures and few evaluations, only to see that all runs.")
        return Profile(network, 96, 6)
    gpu = bool(tf.config.list_physical_devices("GPU"))
    profile = Profile(network, 512, 300) if gpu else Profile(network, 384, 150)
    memory = estimate_memory(network, (profile.size, profile.size)) / 1e9
    print(
        f"{'A' if gpu else 'No'} GPU was found: {network} at {profile.size} pixels, at most "
        f"{profile.evaluations} evaluations and about {memory:.1f} GB of memory."
    )
    if network in DOWNLOADS:
        print(f"The weights of {network} ({DOWNLOADS[network]} MB) are downloaded once.")
    if not gpu and "google.colab" in sys.modules:
        print("For a GPU: menu Runtime, Change runtime type, choose a GPU, Save; then run again.")
    return profile
