"""Import Keras (and with it TensorFlow) quietly, or say in one sentence what to install."""

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator

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


def check_shadows(names: Iterable[str] = ("numpy", "tensorflow", "keras")) -> None:
    """Say which file of the reader's own would be imported in the place of a library.

    Args:
        names: of libraries, all of them folders of files; a single file is another thing.

    Raises:
        ImportError: there is such a file.
    """
    for name in names:
        found = None
        with contextlib.suppress(ImportError, ValueError):  # missing, which the import says
            found = importlib.util.find_spec(name)
        if found is not None and found.origin and found.submodule_search_locations is None:
            raise ImportError(
                f"{found.origin} is imported in the place of {name}: give that file another name "
                "and restart the kernel"
            )


def check_eager() -> None:
    """Say so if TensorFlow was told to build graphs as in its version 1: nothing works then.

    Raises:
        RuntimeError: it was.
    """
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or keras.backend.backend() != "tensorflow":
        return
    if not tensorflow.compat.v1.executing_eagerly_outside_functions():
        raise RuntimeError(
            "TensorFlow's eager execution is switched off, and nstlib needs it: restart the "
            "kernel and leave out disable_eager_execution() or disable_v2_behavior()"
        )


check_shadows()
try:
    with _silent_stderr():
        import keras
except ImportError as error:
    raise ImportError(
        "nstlib needs TensorFlow with Keras 3. Colab has both; elsewhere install them with "
        f"pip install 'nstlib[tensorflow]' ({error})"
    ) from error

__all__ = ["check_eager", "check_shadows", "keras"]
