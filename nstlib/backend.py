"""Import Keras (and with it TensorFlow) quietly, or say in one sentence what to install."""

import contextlib
import os
import sys
from collections.abc import Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Goes before the backend in Keras's own settings file; an environment variable goes before this.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """TensorFlow's first log lines ignore its log level: C++ writes them to descriptor 2."""
    if sys.stderr is not None:  # it is without a console, or after 2>&- in a shell
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        # Where it is closed it stays at the null device: the next file that is opened would
        # take its number, and C++ would write into somebody's painting.
        kept = os.dup(2) if _is_open(2) else os.dup(nowhere)
        os.dup2(nowhere, 2)
    finally:
        if nowhere != 2:
            os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


try:
    with _silent_stderr():
        import keras
except ImportError as error:
    raise ImportError(
        "nstlib needs TensorFlow with Keras 3. Colab has both; elsewhere install them with "
        f"pip install 'nstlib[tensorflow]' ({error})"
    ) from error

__all__ = ["keras"]
