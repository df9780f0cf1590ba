"""`check.<exercise>.mine_or_library`: whose function paints."""

import numpy as np
import pytest

import nstlib
from nstlib import check
from nstlib.backend import keras


def right(F, P):
    return keras.ops.mean(keras.ops.square(F - P))


def right_with_numpy(F, P):
    return np.mean((F - P) ** 2)


def the_sum(F, P):
    return keras.ops.sum(keras.ops.square(F - P))


def not_yet(F, P): ...


def asks_the_library(F, P):
    return nstlib.content_loss(F, P)


def test_a_right_function_paints_itself(capsys):
    assert check.content_loss.mine_or_library(right) is right
    assert capsys.readouterr().out == "content_loss: yours\n"


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (right_with_numpy, "no gradient comes through it"),
        (the_sum, "You return the sum"),
        (not_yet, "It returns nothing yet"),
        (asks_the_library, "as yours is not there yet"),
        (nstlib.content_loss, "as yours is not there yet"),
        (3, "That is no function"),
    ],
)
def test_else_the_librarys_does_and_the_reason_is_said(function, why, capsys):
    assert check.content_loss.mine_or_library(function) is nstlib.content_loss
    said = capsys.readouterr().out
    assert said.startswith("content_loss: the library's") and why in said
    assert said.count("\n") == 1  # nothing of what the check prints


def test_through_a_step_of_an_optimiser_no_gradient_has_to_come(capsys):
    assert check.content_loss.mine_or_library(right_with_numpy, gradient=False) is right_with_numpy
    assert check.content_loss.mine_or_library(the_sum, gradient=False) is nstlib.content_loss
    first, second = capsys.readouterr().out.splitlines()
    assert first == "content_loss: yours" and "You return the sum" in second


def test_a_step_of_an_optimiser_gets_arrays(capsys):
    def of_tensors(F, P):
        return keras.ops.mean(keras.ops.square(F - P)) + 0 * F.get_shape().rank

    assert check.content_loss(of_tensors).passed
    capsys.readouterr()
    chosen = check.content_loss.mine_or_library(of_tensors, gradient=False)
    assert chosen is nstlib.content_loss
    assert "takes tensors only, and here it gets arrays" in capsys.readouterr().out
