"""Peak memory of a few steps of one contender; called by `measure.peak_memory`.

python benchmarks/peak_memory.py CONTENDER PROBLEM.npz SETTINGS_AS_JSON
"""

import json
import pathlib
import resource
import sys

from contenders import contender
from problem import load_problem

STEPS = 4


def peak() -> float:
    """MB. Linux counts the peak of whoever started this process too, except in this file."""
    try:
        for line in pathlib.Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main():
    name, path, settings = sys.argv[1:]
    one = contender(name, load_problem(pathlib.Path(path)), **json.loads(settings))
    steps = []
    one.run(lambda loss: steps.append(loss) or len(steps) >= STEPS)
    print(peak())


if __name__ == "__main__":
    main()
