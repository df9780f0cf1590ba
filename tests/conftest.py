"""What several tests share."""

import numpy as np
import pytest

from nstlib import example_path, load_image


@pytest.fixture(scope="session")
def cat():
    return load_image(example_path("chelsea"), max_side=64)


@pytest.fixture(scope="session")
def wave():
    return load_image(example_path("hokusai_great_wave"), max_side=64)


@pytest.fixture
def noise():
    return np.random.default_rng(0).random((1, 48, 64, 3), np.float32)
