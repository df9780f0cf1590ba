"""How fast nstlib reaches a picture, against three loops that everybody knows.

    python benchmarks/bench.py [--fresh] [--timings] [--quick] [--output FILE.md] [--cache FOLDER]

Two things are measured apart. How many evaluations of loss and gradient a contender needs for a
mark does not depend on what else the machine does; how long a step takes does, so there the
contenders take turns. Their product is the time to the mark.

Each finished piece is kept as JSON in the folder, so an interrupted run goes on where it was.
`--timings` measures all seconds anew and keeps the rest; `--fresh` forgets everything.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import pathlib
from typing import NamedTuple

import report
import tensorflow as tf
import tuning
from cache import Cache, code_of
from contenders import LABELS, PEERS, WHERE, contender
from machine import machine
from measure import (
    TUNING_PAIR,
    busy,
    peak_memory,
    shape_of,
    time_adam,
    time_contenders,
    time_matmul,
    time_overhead,
    time_pixels,
    time_slider,
)
from ours import Ours, make_problem

from nstlib.engine.precision import choose_precision

HERE = pathlib.Path(__file__).parent
PAIRS = (
    ("chelsea", "hokusai_great_wave"),
    ("china", "van_gogh_houses_at_auvers"),
    ("astronaut", "kandinsky_composition_viii"),
)


class Plan(NamedTuple):
    """How large and how long everything is; `caps` of evaluations in order of the networks."""

    shapes: dict[str, tuple[int, int]]
    tuning_shapes: dict[str, tuple[int, int]]
    tuning_steps: dict[str, int]
    tried: int | None = None  # how many settings of each peer's grid; None for all
    pairs: tuple[tuple[str, str], ...] = PAIRS
    pair_counts: tuple[int, int] = (3, 1)  # a thousand steps of VGG-19 take long
    tutorial_steps: int = 1000  # as published
    caps: dict[str, tuple[int, int]] = {  # noqa: RUF012
        "ours": (600, 300),
        "keras": (300, 60),
        "torch": (300, 120),
    }
    rounds: int = 5
    timed_steps: tuple[int, int] = (10, 5)
    slider: tuple[int, int] = (160, 30)  # longer side and evaluations
    overhead_sizes: tuple[int, ...] = (160, 320, 384)
    overhead_steps: int = 20
    adam_size: int = 256  # at which a step is compared with one of nstlib's Adam
    pixel_sizes: tuple[int, ...] = (256, 384, 512, 768, 1024)
    pixel_evaluations: int = 4
    matmul_side: int = 2048
    memory_of: tuple[str, ...] = tuple(LABELS)


FULL = Plan(
    shapes={"vgg19-lite": shape_of(384), "vgg19-random": (256, 256)},
    tuning_shapes={"vgg19-lite": shape_of(192), "vgg19-random": shape_of(96)},
    tuning_steps={"vgg19-lite": 300, "vgg19-random": 200},
)
QUICK = Plan(
    shapes={"vgg19-lite": (32, 48), "vgg19-random": (16, 16)},
    tuning_shapes={"vgg19-lite": (16, 32), "vgg19-random": (16, 16)},
    tuning_steps={"vgg19-lite": 2, "vgg19-random": 1},
    tried=2,
    pairs=PAIRS[:1],
    tutorial_steps=6,
    caps={"ours": (8, 8), "keras": (3, 3), "torch": (8, 8)},
    rounds=1,
    timed_steps=(1, 1),
    slider=(32, 3),
    overhead_sizes=(32,),
    overhead_steps=2,
    adam_size=32,
    pixel_sizes=(32, 48),
    pixel_evaluations=1,
    matmul_side=256,
    memory_of=("tutorial",),
)


@functools.cache
def our_precision(network: str, shape: tuple[int, int]) -> str:
    """The precision that `stylize` chooses by itself: the one that counts as ours."""
    problem = _problem(network, PAIRS[0], shape)
    return choose_precision(lambda name: Ours(problem, name).objective, problem.content, 100)[1]


class Bench:
    """All pieces of the benchmark, each of them kept in the cache."""

    def __init__(self, plan: Plan, cache: Cache):
        self.plan, self.cache = plan, cache
        self.networks = list(plan.shapes)
        self.machine = machine()
        self.peers = [name for name in PEERS if name != "torch" or has_torch()]
        self.names = [name for name in LABELS if name in self.peers or name not in PEERS]
        if "torch" not in self.peers:
            print("PyTorch is not installed: its loop is left out (pip install 'nstlib[bench]')")

    def results(self) -> dict:
        """Everything that is reported: counts first, seconds last."""
        found = {network: self.counts(network) for network in self.networks}
        for network, here in found.items():
            here["memory"] = {
                name: self.memory(network, name, here)
                for name in self.plan.memory_of
                if name in self.names
            }
        for network, here in found.items():
            here |= self.timings(network, here)
        return {
            "machine": self.machine,
            "plan": self.plan._asdict(),
            "networks": found,
            **self.single_figures(),
        }

    def counts(self, network: str) -> dict:
        rankings = {name: self.ranking(network, name) for name in self.peers}
        ours = f"ours {our_precision(network, self.plan.shapes[network])} max"
        # Our other precision is raced on the small network only; its steps are timed on both.
        left_out = {name for name in self.names if "ours" in name and name != ours}
        names = [name for name in self.names if network == "vgg19-lite" or name not in left_out]
        pairs = {}
        for pair in self.plan.pairs[: self.plan.pair_counts[self.networks.index(network)]]:
            tutorial = self.trajectory(network, pair, "tutorial", rankings)
            pairs[" and ".join(pair)] = trajectories = {"tutorial": tutorial}
            mark = min(tutorial["losses"])
            for name in names:
                if name != "tutorial" and "average" not in name:
                    trajectory = self.trajectory(network, pair, name, rankings, mark=mark)
                    trajectories[name] = trajectory
        return {
            "ours": ours,
            "operations": self.problem(network).operations(),
            "rankings": rankings,
            "pairs": pairs,
        }

    # ---- the pieces ------------------------------------------------------------------------------

    def ranking(self, network, name):
        plan = self.plan
        shape, steps = plan.tuning_shapes[network], plan.tuning_steps[network]
        return self.cache.piece(
            f"tuning {network} {name}",
            self.depends(name, shape=shape, steps=steps, tried=plan.tried),
            lambda: tuning.rank(name, _problem(network, TUNING_PAIR, shape), steps, plan.tried),
        )

    def trajectory(self, network, pair, name, rankings, **until):
        until["cap"] = self.plan.tutorial_steps
        if name != "tutorial":
            until["cap"] = self.plan.caps[name.split()[0]][self.networks.index(network)]
        ranked = [settings for settings, _ in rankings.get(name, [])]

        def compute():
            problem = self.problem(network, pair)
            if name in PEERS:
                return tuning.race(name, problem, ranked, **until)
            ours = contender(name, problem, judged=True)
            return {"settings": {}, "losses": tuning.trajectory(ours, **until)}

        depends = self.depends(name, shape=self.plan.shapes[network], ranked=ranked, **until)
        kind = f"trajectory {network} {pair[0]} {name}"
        return self.cache.piece(kind, depends | {"pair": pair}, compute)

    def memory(self, network, name, here):
        settings = self.settled(network, name, here)
        return self.cache.piece(
            f"memory {network} {name}",
            self.depends(name, shape=self.plan.shapes[network], settings=settings),
            lambda: peak_memory(name, self.problem(network), settings, self.cache.folder),
        )

    def timings(self, network, here):
        """Of all contenders of a network, in turns; with average pooling only VGG-19."""
        names = [name for name in self.names if "average" not in name or network != "vgg19-lite"]
        settings = {name: self.settled(network, name, here) for name in names}
        steps = self.plan.timed_steps[self.networks.index(network)]

        def compute():
            problem = self.problem(network)
            contenders = {name: contender(name, problem, **settings[name]) for name in names}
            others = busy()
            timings = time_contenders(contenders, problem, steps, self.plan.rounds)
            return {"busy": others, "timings": timings}

        depends = {name: self.depends(name, **settings[name]) for name in names}
        depends |= {"shape": self.plan.shapes[network], "steps": steps, "rounds": self.plan.rounds}
        return self.cache.piece(f"timing {network}", depends, compute)

    def single_figures(self):
        plan = self.plan
        precision = our_precision("vgg19-lite", plan.shapes["vgg19-lite"])
        tasks = {
            "speed": (time_matmul, plan.matmul_side),
            "slider": (time_slider, precision, *plan.slider),
            "overhead": (time_overhead, precision, plan.overhead_sizes, plan.overhead_steps),
            "adam": (time_adam, precision, plan.adam_size, plan.overhead_steps),
            "pixels": (time_pixels, precision, plan.pixel_sizes, plan.pixel_evaluations),
        }
        figures = {}
        for name, (measure, *arguments) in tasks.items():
            depends = self.depends("ours", arguments=arguments, rounds=plan.rounds)
            compute = functools.partial(measure, *arguments, plan.rounds)
            figures[name] = self.cache.piece(f"timing {name}", depends, compute)
        return figures

    # ---- what they need --------------------------------------------------------------------------

    def problem(self, network, pair=None):
        return _problem(network, pair or self.plan.pairs[0], self.plan.shapes[network])

    def depends(self, name, **more):
        """What a piece depends on: the numbers given, the code, and the library."""
        library = "torch" if name == "torch" else "tensorflow"
        module, _ = WHERE[name.split()[0]]
        code = code_of("tuning", module)
        return {"contender": name, "code": code, library: self.machine[library], **more}

    def settled(self, network, name, here):
        """The settings with which a contender ran on the first pair, for pictures of that size."""
        if name not in PEERS:
            return {}
        first = next(iter(here["pairs"].values()))
        return tuning.for_size(first[name]["settings"], self.problem(network).content.size)


@functools.lru_cache(maxsize=4)
def _problem(network, pair, shape):
    return make_problem(network, pair, shape)


def has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def main(arguments=None):
    tf.get_logger().setLevel("ERROR")  # it suspects a loop where there are many contenders
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--fresh", action="store_true", help="forget all that was measured before")
    parser.add_argument("--timings", action="store_true", help="measure all seconds anew")
    parser.add_argument("--quick", action="store_true", help="tiny, to see that all of it runs")
    parser.add_argument("--output", type=pathlib.Path, help="default: benchmarks/RESULTS.md")
    parser.add_argument("--cache", type=pathlib.Path, help="default: build/bench")
    options = parser.parse_args(arguments)
    # What is quick shall neither replace nor forget what took an hour.
    folder = HERE.parent / "build" / ("bench-quick" if options.quick else "bench")
    cache = Cache(options.cache or folder)
    output = options.output or (folder if options.quick else HERE) / "RESULTS.md"
    if options.fresh:
        cache.forget()
    if options.timings:
        cache.forget("timing")
    results = Bench(QUICK if options.quick else FULL, cache).results()
    text = report.write(results)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
