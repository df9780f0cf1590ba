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
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


try:
    with _silent_stderr():
        import keras
except ImportError as error:
    raise ImportError(
        "nstlib needs TensorFlow with Keras 3. Colab has both; elsewhere install them with "
        f"pip install 'nstlib[tensorflow]' ({error})"
    ) from error

__all__ = ["keras"]
