"""What the benchmark measures: seconds, interleaved; peak memory; the machine's own speed."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import psutil
import tensorflow as tf
from ours import Ours, make_problem
from problem import Problem

from nstlib.lbfgs import lbfgs
from nstlib.optimizers import adam

TUNING_PAIR = ("coffee", "renoir_moulin_de_la_galette")  # none of those that are compared


def interleaved(works: dict[str, Callable[[], int]], rounds: int) -> dict[str, list[float]]:
    """Seconds per piece of work, by round.

    Args:
        works: functions that do something and return how many times they have done it.
        rounds: in each of them every function has its turn, so that whatever slows the machine
            down for a while slows all of them. One more round, to warm up, does not count.
    """
    seconds = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            started = time.perf_counter()
            times = work()
            if number > 0:
                seconds[name].append((time.perf_counter() - started) / times)
    return seconds


def steps_of(one, count: int, **how) -> Callable[[], int]:
    """Work: whole steps, the evaluation with the optimiser's update; some do a few more.

    `how` goes to the contender's `run`.
    """

    def work():
        done = 0

        def enough(loss):
            nonlocal done
            done += 1
            return done >= count

        one.run(enough, **how)
        return done

    return work


def evaluations_of(one, image, count: int) -> Callable[[], int]:
    """Work: nothing but loss and gradient."""

    def work():
        for _ in range(count):
            one.evaluate(image)
        return count

    return work


def busy(seconds: float = 2.0) -> float:
    """The share of the processor that others use while this process waits, from 0 to 1."""
    return psutil.cpu_percent(seconds) / 100


def time_contenders(contenders: dict, problem: Problem, steps: int, rounds: int) -> dict:
    """Seconds of a step and of a bare evaluation, by contender and round."""
    works = {}
    for name, one in contenders.items():
        works[f"bare {name}"] = evaluations_of(one, problem.content, steps)
        works[f"step {name}"] = steps_of(one, steps)
    seconds = interleaved(works, rounds)
    return {
        name: {"step": seconds[f"step {name}"], "bare": seconds[f"bare {name}"]}
        for name in contenders
    }


# ---- the small network alone ---------------------------------------------------------------------


def shape_of(size: int) -> tuple[int, int]:
    """Height and width of a picture with so long a side: about 2:3, multiples of 16.

    >>> shape_of(384)
    (256, 384)
    """
    return max(1, round(size * 2 / 3 / 16)) * 16, size


def lite(size: int, precision: str, square: bool = False) -> tuple[Ours, np.ndarray]:
    shape = (size, size) if square else shape_of(size)
    problem = make_problem("vgg19-lite", TUNING_PAIR, shape)
    return Ours(problem, precision), problem.content


def time_slider(precision: str, size: int, evaluations: int, rounds: int) -> list[float]:
    """Seconds of so many evaluations of L-BFGS from the content, all compiled already."""
    work = steps_of(lite(size, precision)[0], evaluations)
    return interleaved({"slider": lambda: work() and 1}, rounds)["slider"]


def time_overhead(precision: str, sizes, count: int, rounds: int) -> dict:
    """Seconds of a step of L-BFGS and of the bare evaluation in it, by size."""
    overhead = {}
    for size in sizes:
        ours, image = lite(size, precision)
        works = {"bare": evaluations_of(ours, image, count), "step": steps_of(ours, count)}
        overhead[str(size)] = interleaved(works, rounds)
    return overhead


def time_adam(precision: str, size: int, count: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of a step of L-BFGS and of our own Adam on the same objective."""
    ours = lite(size, precision)[0]
    works = {each.__name__: steps_of(ours, count, optimizer=each) for each in (lbfgs, adam)}
    return interleaved(works, rounds)


def time_pixels(precision: str, sizes, count: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of a bare evaluation of square pictures, by size."""
    works = {}
    for size in sizes:
        works[str(size)] = evaluations_of(*lite(size, precision, square=True), count)
    return interleaved(works, rounds)


# ---- memory, and what the machine can do ---------------------------------------------------------


def peak_memory(name: str, problem: Problem, settings: dict, folder: pathlib.Path) -> float:
    """Peak resident memory in MB of a few steps of a contender, in a process of its own."""
    file = folder / "problem.npz"
    problem.save(file)
    script = pathlib.Path(__file__).with_name("peak_memory.py")
    command = [sys.executable, str(script), name, str(file), json.dumps(settings)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{name} failed in its own process:\n{error.stderr[-2000:]}") from None
    finally:
        file.unlink()
    return float(done.stdout.split()[-1])


def time_matmul(side: int, rounds: int) -> dict[str, list[float]]:
    """GFLOP/s of products of square matrices, by precision: what the machine can do at best."""
    works = {}
    for precision in ("float32", "bfloat16"):
        a = tf.cast(tf.random.stateless_uniform((side, side), (1, 2)), precision)
        works[precision] = lambda a=a: len([tf.matmul(a, a)[0, 0].numpy() for _ in range(4)])
    seconds = interleaved(works, rounds)
    return {name: [2e-9 * side**3 / one for one in seconds[name]] for name in works}
