"""Import Keras (and with it TensorFlow) quietly, or say in one sentence what to install."""

import contextlib
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Goes before the backend in Keras's own settings file; an environment variable goes before this.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


@contextlib.contextmanager
def _silent_stderr():
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

        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            # The first thing that XLA compiles in a process makes TensorFlow 2.20 (Colab's) log
            # two lines, at no level that could be chosen. Let it be this, and not a student's cell.
            tf.function(lambda: tf.constant(0.0), jit_compile=True)()
except ImportError as error:
    raise ImportError(
        "nstlib needs TensorFlow with Keras 3. Colab has both; elsewhere install them with "
        f"pip install 'nstlib[tensorflow]' ({error})"
    ) from error

__all__ = ["keras"]
