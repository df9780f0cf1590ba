"""The profile that `setup` chooses, and what it says."""

import re
import sys
import types

import pytest
import tensorflow as tf

import nstlib
from nstlib.engine.memory import estimate_memory


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv("NST_FAST", raising=False)


def gpus(monkeypatch, number):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU"] * number)


def said_gigabytes(said):
    return float(re.search(r"about ([\d.]+) GB of memory", said)[1])


def test_without_a_gpu(monkeypatch, capsys):
    gpus(monkeypatch, 0)
    assert nstlib.setup() == ("vgg19-lite", 384, 150)
    assert capsys.readouterr().out.startswith("No GPU was found: vgg19-lite at 384 pixels")


def test_a_gpu_buys_size_and_evaluations_and_no_other_network(monkeypatch, capsys):
    gpus(monkeypatch, 1)
    assert nstlib.setup() == ("vgg19-lite", 512, 300)
    said = capsys.readouterr().out
    assert said.startswith("A GPU was found: vgg19-lite at 512 pixels, at most 300 evaluations")
    assert "download" not in said


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(("network", "megabytes"), [("vgg19", 80), ("vgg16", 59)])
def test_the_real_vgg_is_one_argument(monkeypatch, capsys, network, megabytes, number):
    gpus(monkeypatch, number)
    lite = nstlib.setup()
    capsys.readouterr()
    assert nstlib.setup(network=network) == (network, *lite[1:])
    assert f"The weights of {network} ({megabytes} MB) are downloaded" in capsys.readouterr().out


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("network", ["vgg19-lite", "vgg19"])
def test_memory_is_as_said(monkeypatch, capsys, network, number):
    """A square of the profile's size is the largest picture that there can be."""
    gpus(monkeypatch, number)
    profile = nstlib.setup(network)
    estimate = estimate_memory(network, (profile.size, profile.size))
    assert said_gigabytes(capsys.readouterr().out) == pytest.approx(estimate / 1e9, abs=0.05)


def test_a_network_that_there_is_not(monkeypatch):
    with pytest.raises(ValueError, match="unknown network 'vgg': choose one of vgg19-lite"):
        nstlib.setup("vgg")


def test_in_colab_without_a_gpu_it_says_where_to_click(monkeypatch, capsys):
    gpus(monkeypatch, 0)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    nstlib.setup()
    assert "Change runtime type" in capsys.readouterr().out


@pytest.mark.parametrize("network", ["vgg19-lite", "vgg19"])
def test_fast_is_tiny(monkeypatch, capsys, network):
    monkeypatch.setenv("NST_FAST", "1")
    profile = nstlib.setup(network)
    assert profile.network == network and profile.size <= 128 and profile.evaluations <= 10
    assert "NST_FAST" in capsys.readouterr().out
