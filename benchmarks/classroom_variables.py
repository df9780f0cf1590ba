"""Which environment variables TensorFlow and NumPy heed: tried, each in a process of its own.

    python benchmarks/classroom_variables.py

prints as JSON how many cores a convolution and a matrix product keep busy, and how many threads
there are afterwards. `classroom.py` runs it with one variable after the other.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

VARIABLES = (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)
SECONDS = 3.0


def effect_of_variables() -> dict[str, dict]:
    """Cores and threads with no variable set, and with each of them set to 1, alone."""
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    settings = {"nothing set": {}, **{f"{name}=1": {name: "1"} for name in VARIABLES}}
    found = {}
    for name, extra in settings.items():
        done = subprocess.run(
            [sys.executable, str(pathlib.Path(__file__).resolve())],
            env={**clean, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", **extra},
            capture_output=True,
            text=True,
            check=True,
        )
        found[name] = json.loads(done.stdout.splitlines()[-1])
    return found


def cores_busy(work) -> float:
    """How many cores a piece of work, repeated for a while, keeps busy on average."""
    work()  # the first time also prepares
    started, before = time.perf_counter(), time.process_time()
    while time.perf_counter() - started < SECONDS:
        work()
    return round((time.process_time() - before) / (time.perf_counter() - started), 2)


def main() -> None:
    import numpy as np
    import psutil
    import tensorflow as tf

    matrix = np.ones((1000, 1000), np.float32)
    numpy_cores = cores_busy(lambda: matrix @ matrix)
    image = tf.random.stateless_uniform((1, 256, 256, 32), (0, 0))
    kernel = tf.random.stateless_uniform((3, 3, 32, 32), (0, 1))
    tensorflow_cores = cores_busy(lambda: tf.nn.conv2d(image, kernel, 1, "SAME").numpy())
    threads = psutil.Process().num_threads()
    print(json.dumps({"TensorFlow": tensorflow_cores, "NumPy": numpy_cores, "threads": threads}))


if __name__ == "__main__":
    main()
