"""What several tests share."""

import multiprocessing
import types
from concurrent.futures import ProcessPoolExecutor

import IPython.display
import numpy as np
import pytest

from nstlib import cli, example_path, load_image


@pytest.fixture(scope="session")
def cat():
    return load_image(example_path("chelsea"), max_side=64)


@pytest.fixture(scope="session")
def wave():
    return load_image(example_path("hokusai_great_wave"), max_side=64)


@pytest.fixture
def noise():
    return np.random.default_rng(0).random((1, 48, 64, 3), np.float32)


@pytest.fixture
def nst(capsys):
    """The command in this process, which need not load TensorFlow each time."""

    def run(*arguments):
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as left:  # so argparse ends
            status = left.code
        printed = capsys.readouterr()
        return types.SimpleNamespace(returncode=status, stdout=printed.out, stderr=printed.err)

    return run


@pytest.fixture
def displayed(monkeypatch):
    """What is displayed below a cell, in its order."""
    outputs = []
    monkeypatch.setattr(IPython.display, "display", outputs.append)
    return outputs


@pytest.fixture
def with_browser(monkeypatch):
    """A notebook with somebody who can press its buttons."""
    monkeypatch.delenv("NST_HEADLESS", raising=False)
    monkeypatch.setattr("nstlib.notebook.get_ipython", lambda: types.SimpleNamespace(kernel=None))


@pytest.fixture(scope="session")
def in_own_process():
    """Calls a function of a module in a new process and returns what it returns, or raises.

    For what changes the process: limits, signals, the current folder, the user, the locale.
    """

    def call(function, *arguments):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            return pool.submit(function, *arguments).result()

    return call
