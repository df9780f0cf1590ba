"""A training that can be stopped, and goes on where it was."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

from nstlib.backend import keras
from nstlib.training.teachers import Crops


def fit_in_epochs(
    model: keras.Model,
    data: Crops,
    output: pathlib.Path,
    steps: int,
    callbacks: Sequence[keras.callbacks.Callback],
    verbose: int | str,
) -> None:
    """Train a compiled model for so many steps, in whole epochs.

    A training that was stopped goes on from its last epoch when it is called again with the same
    `output`: the checkpoint lies beside that file. It draws what it would have drawn uninterrupted.

    Args:
        callbacks: they find the weights as they are trained, once these are in the checkpoint.
    """
    draw = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(data, "epoch", epoch)
    )
    backup = keras.callbacks.BackupAndRestore(
        output.with_suffix(".checkpoint"), delete_checkpoint=False, double_checkpoint=True
    )
    history = model.fit(
        data,
        epochs=-(-steps // len(data)),
        callbacks=[draw, backup, *callbacks],
        shuffle=False,
        verbose=verbose,
    )
    if not history.epoch:
        print(f"{output} was finished already: to train anew, delete it and {backup.backup_dir}")
