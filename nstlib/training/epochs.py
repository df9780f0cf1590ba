"""A training that can be stopped, and goes on where it was."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence

from nstlib.backend import keras
from nstlib.training.teachers import Crops


class Backup(keras.callbacks.BackupAndRestore):
    """A checkpoint after every epoch; one that does not fit is told in one sentence."""

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        try:
            super().on_train_begin(logs)
        except ValueError as error:
            raise ValueError(
                f"{self.backup_dir} cannot be gone on from: it is broken, or of another training; "
                "delete it, or choose another output"
            ) from error


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
            `on_epoch_end` is called once, without logs, when all was trained already.
    """
    draw = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(data, "epoch", epoch)
    )
    backup = Backup(
        output.with_suffix(".checkpoint"), delete_checkpoint=False, double_checkpoint=True
    )
    epochs = -(-steps // len(data))
    history = model.fit(
        data,
        epochs=epochs,
        callbacks=[draw, backup, *callbacks],
        shuffle=False,
        verbose=verbose,
    )
    if not history.epoch:
        for callback in callbacks:  # its file may be missing, or one epoch behind
            callback.on_epoch_end(epochs - 1)
        print(f"{output} was finished already: to train anew, delete it and {backup.backup_dir}")
