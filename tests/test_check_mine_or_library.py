"""`check.<exercise>.mine_or_library`: whose function paints."""

import numpy as np
import pytest

import nstlib
from nstlib import check
from nstlib.backend import keras


def right(G, A):
    return keras.ops.mean(keras.ops.square(G - A))


def right_with_numpy(G, A):
    return np.mean((G - A) ** 2)


def the_sum(G, A):
    return keras.ops.sum(keras.ops.square(G - A))


def not_yet(G, A): ...


def asks_the_library(G, A):
    return nstlib.style_loss(G, A)


def test_a_right_function_paints_itself(capsys):
    assert check.style_loss.mine_or_library(right) is right
    assert capsys.readouterr().out == "style_loss: yours\n"


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (right_with_numpy, "no gradient comes through it"),
        (the_sum, "You return the sum"),
        (not_yet, "It returns nothing yet"),
        (asks_the_library, "as yours is not there yet"),
        (nstlib.style_loss, "as yours is not there yet"),
        (3, "That is no function"),
    ],
)
def test_else_the_librarys_does_and_the_reason_is_said(function, why, capsys):
    assert check.style_loss.mine_or_library(function) is nstlib.style_loss
    said = capsys.readouterr().out
    assert said.startswith("style_loss: the library's") and why in said
    assert said.count("\n") == 1  # nothing of what the check prints
