"""The report of the duel: what follows from the records of its runs, as a file and as a table."""

import json
import math
import os
import platform
import statistics

import numpy as np
import scipy
import tensorflow as tf
from duel_plan import budget, digits, marks_of
from machine import processor

from nstlib.backend import keras


def report(runs, settings, contenders, adams, descents):
    """All that the file says of the runs, from the records of all problems.

    The names in `adams` and in `descents` are those of the contenders that differ in nothing but
    the learning rate, and of which the best is told. Every run is told when it `reached` what the
    best Adam came to.
    """
    marks, reported = marks_of(settings)
    starts, values = settings["starts"], max(3 * math.prod(run["shape"]) for run in runs)

    def of(start, name):
        return [run for run in runs if run["start"] == start and run["contender"] == name]

    def best(start, names):
        finals = {name: [run["loss"][-1] for run in of(start, name)] for name in names}
        return min(names, key=lambda name: statistics.median(finals[name]))

    best_adam = {start: best(start, adams) for start in starts}
    for run in runs:
        adam = next(
            r for r in of(run["start"], best_adam[run["start"]]) if r["pair"] == run["pair"]
        )
        goal = adam["every_loss"][-1]
        run["reached"] = next((i for i, x in enumerate(run["every_loss"], 1) if x <= goal), None)
        run["over_adam"] = [a / b for a, b in zip(run["loss"], adam["loss"], strict=False)]

    def summary(start, name):
        found = {}
        for j, mark in enumerate(reported):
            if mark <= budget(contenders[name], settings):
                i = marks.index(mark)
                places = {"loss": i, "over_adam": i, "style": j, "content": j}
                found[str(mark)] = {
                    key: spread([run[key][place] for run in of(start, name)])
                    for key, place in places.items()
                }
        return found

    def speed(name):
        return spread([run["milliseconds"] for start in starts for run in of(start, name)])

    hidden = ("every_loss", "over_adam")
    return {
        "settings": settings,
        "marks": marks,
        "reported": reported,
        "contenders": {name: describe(c, settings, values) for name, c in contenders.items()},
        "best_adam": best_adam,
        "best_descent": {start: best(start, descents) for start in starts},
        "speed": {name: speed(name) for name in contenders},
        "summary": {start: {name: summary(start, name) for name in contenders} for start in starts},
        "runs": [{key: run[key] for key in run if key not in hidden} for run in runs],
    }


def describe(contender, settings, values):
    """A contender as the file has it; `values` is how many numbers make up the picture."""
    memory = contender.options.get("memory", 0)
    # Each step that L-BFGS remembers is two vectors: s and y. To these ours adds the direction,
    # the free gradient, and three points of the line search with their gradients; SciPy what it
    # allocates, with the integers' share; the restarted one its best picture; the metric a
    # spectrum, half of it, of complex numbers, and its weights.
    vectors = {
        "gradient-descent": 1,
        "adam": 2,
        "lbfgs": 2 * memory + 8,
        "metric": 2 * memory + 10,
        "restarted": 2 * memory + 9,
        "scipy": 2 * memory + 11,
    }[contender.optimizer]
    number_bytes = 8 if contender.optimizer == "scipy" else 4
    return {
        "optimizer": contender.optimizer,
        "options": contender.options,
        "relative_epsilon": contender.relative_epsilon and digits(contender.relative_epsilon),
        "budget": budget(contender, settings),
        "vectors": vectors,
        "number_bytes": number_bytes,
        "memory_bytes": vectors * number_bytes * values,
    }


def spread(numbers):
    """Median, minimum and maximum."""
    return [digits(pick(numbers)) for pick in (statistics.median, min, max)]


def machine():
    """Processor and versions; nothing that tells whose machine it is."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "gpus": len(tf.config.list_physical_devices("GPU")),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def to_text(value, indent=""):
    """JSON for human eyes: on one line whatever is short, or a list of numbers."""
    text = json.dumps(value, ensure_ascii=False)
    is_dict, deeper = isinstance(value, dict), indent + "  "
    if len(indent + text) <= 100 or not (is_dict or isinstance(value[0], dict)):
        return text
    lines = (
        [f"{json.dumps(key)}: {to_text(part, deeper)}" for key, part in value.items()]
        if is_dict
        else [to_text(part, deeper) for part in value]
    )
    opening, closing = "{}" if is_dict else "[]"
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(lines) + f"\n{indent}{closing}"


def print_table(found):
    """Per start and contender: median losses at the reported marks, cost, and the judgement."""
    reported = [str(mark) for mark in found["reported"]]
    for start, by_contender in found["summary"].items():
        print(f"\nFrom the {start}: lowest loss after so many evaluations, median of the pairs")
        print(f"{'':24}" + "".join(f"{mark:>8}" for mark in reported), end="")
        print("   ms/eval  memory  reached   style  content")
        for name, marks in by_contender.items():
            runs = [r for r in found["runs"] if (r["contender"], r["start"]) == (name, start)]
            reached = [run["reached"] or "-" for run in runs]
            last, best = list(marks.values())[-1], name == found["best_adam"][start]
            losses = [
                f"{marks[mark]['loss'][0]:8.4f}" if mark in marks else 8 * " " for mark in reported
            ]
            print(
                f"{name:22}{'*' if best else ' '} " + "".join(losses),
                f"{found['speed'][name][0]:9.1f}",
                f"{found['contenders'][name]['memory_bytes'] / 1e6:4.1f} MB",
                f"{'/'.join(map(str, reached)):>11}",
                f"{last['style'][0]:7.3f} {last['content'][0]:8.3f}",
            )
    print("\n* Adam's best rate; reached: evaluations until as good as its end, per pair")
