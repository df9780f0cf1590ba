"""The profile that `setup` chooses, and what it says."""

import sys
import types

import pytest
import tensorflow as tf

import nstlib


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv("NST_FAST", raising=False)


def gpus(monkeypatch, number):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU"] * number)


def test_without_a_gpu(monkeypatch, capsys):
    gpus(monkeypatch, 0)
    assert nstlib.setup() == ("vgg19-lite", 384, 150)
    assert "No GPU" in capsys.readouterr().out


def test_with_a_gpu(monkeypatch, capsys):
    gpus(monkeypatch, 1)
    assert nstlib.setup() == ("vgg19", 512, 150)
    assert "80 MB" in capsys.readouterr().out


def test_in_colab_without_a_gpu_it_says_where_to_click(monkeypatch, capsys):
    gpus(monkeypatch, 0)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    nstlib.setup()
    assert "Change runtime type" in capsys.readouterr().out


def test_fast_is_tiny(monkeypatch, capsys):
    monkeypatch.setenv("NST_FAST", "1")
    profile = nstlib.setup()
    assert profile.size <= 128 and profile.evaluations <= 10
    assert "NST_FAST" in capsys.readouterr().out
