"""The fair comparison of Adam and L-BFGS whose data a lesson plots.

    python benchmarks/duel.py [--quick] [--fresh] [--output FILE.json] [--folder FOLDER]

Every contender gets the same objective, start, seed, bounds and unit of cost: an evaluation of
loss and gradient. Adam gets a grid of learning rates, so that it does not lose for want of
tuning. What the entries of the file mean is said in the file itself (see `ABOUT`).

Problems (a pair and a start) that are finished are kept in the folder, and a later call goes on
with the next one.
"""

import argparse
import contextlib
import datetime
import functools
import itertools
import json
import math
import os
import pathlib
import platform
import shutil
import statistics
import threading
import time
from typing import NamedTuple

# On a busy machine, the threads of SciPy's many small products would wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy
import tensorflow as tf

from nstlib import FeatureExtractor, Objective, example_path, load_image
from nstlib.backend import keras
from nstlib.objective import CONTENT_LAYERS, CONTENT_WEIGHT, STYLE_LAYERS, STYLE_WEIGHT, TV_WEIGHT
from nstlib.optimizers import OPTIMIZERS, lbfgs
from nstlib.starts import starting_image

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAIRS = [
    ["chelsea", "hokusai_great_wave"],
    ["china", "van_gogh_houses_at_auvers"],
    ["coffee", "renoir_moulin_de_la_galette"],
]
FULL = {
    "size": 256,
    "evaluations": 400,
    "block": 10,
    "pairs": PAIRS,
    "starts": ["content", "noise"],
    "seed": 0,
    "weights": {
        "content_weight": CONTENT_WEIGHT,
        "style_weight": STYLE_WEIGHT,
        "tv_weight": TV_WEIGHT,
    },
}
QUICK = {**FULL, "size": 48, "evaluations": 8, "block": 2, "pairs": PAIRS[:1]}
REPORTED = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)  # of the evaluations: after 25, 50, 100, 200, 400
RATES = (0.005, 0.01, 0.02, 0.05, 0.1)
JUDGE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")


class Contender(NamedTuple):
    """An optimiser, its settings, and its share of the evaluations.

    relative_epsilon: Adam's epsilon, over the root mean square of the gradient at the start.
    """

    optimizer: str
    options: dict
    share: float = 1.0
    relative_epsilon: float | None = None


TUTORIAL = {"learning_rate": 0.02, "beta_1": 0.99}
CONTENDERS = {
    **{f"Adam {rate}": Contender("adam", {"learning_rate": rate}) for rate in RATES},
    "Adam, tutorial": Contender("adam", {**TUTORIAL, "epsilon": 0.1}, 1 / 4),
    # The tutorial's own objective has a gradient of about 58 at its start (root mean square;
    # chelsea as the wave, 256 pixels, `vgg19-random`), and 0.1 is little beside that.
    "Adam, tutorial scaled": Contender("adam", TUTORIAL, 1 / 2, relative_epsilon=0.1 / 58),
    **{
        f"gradient descent {rate}": Contender("gradient-descent", {"learning_rate": rate}, 1 / 4)
        for rate in (10, 20, 40)
    },
    "L-BFGS 5": Contender("lbfgs", {"memory": 5}, 1 / 2),
    "L-BFGS 10": Contender("lbfgs", {"memory": 10}),
    "L-BFGS 20": Contender("lbfgs", {"memory": 20}, 1 / 2),
    "L-BFGS 10, restarted": Contender("restarted", {"memory": 10, "every": 20}, 1 / 2),
    "SciPy 10": Contender("scipy", {"memory": 10}),
}
ADAMS = [name for name in CONTENDERS if name in {f"Adam {rate}" for rate in RATES}]
DESCENTS = [name for name in CONTENDERS if name.startswith("gradient descent")]

ABOUT = {
    "what": "Optimisers of style transfer, compared on one objective (nstlib's default, with "
    "vgg19-lite in float32), from the same starts, with pixels kept in [0, 1]. Written by "
    "benchmarks/duel.py.",
    "machine": "what it ran on, and on which day; SciPy's linear algebra had one thread",
    "settings": "size: longer side in pixels, sides cropped to multiples of 16; evaluations: the "
    "full budget; block: after so many it is the next contender's turn, in an order that turns "
    "round each time, so that a slower machine is slower for all (what is compiled is compiled "
    "before); pairs: content and style; starts: the content, or noise around grey; seed: of the "
    "noise; weights: of the objective",
    "marks": "after how many evaluations of loss and gradient the runs are recorded",
    "reported": "the marks at which the judge looks, and those of the summary",
    "contenders": "by name: optimizer and options; relative_epsilon: Adam's epsilon over the root "
    "mean square of the gradient at the start; budget in evaluations, less than the full one "
    "where the course of things is clear by then: variants half, plain descent and the published "
    "tutorial a quarter; vectors: how many of the picture's size are kept beside picture and "
    "gradient in the busiest moment, counted from the code; number_bytes: of one number in them; "
    "memory_bytes: of them all, for the largest picture. 'Adam, tutorial' is TensorFlow's style "
    "transfer tutorial as published, whose epsilon is meant for another scale of the loss; "
    "'scaled' gives it the share of the gradient that it has there; 'restarted' forgets its "
    "memory every 20 evaluations",
    "runs": "loss: the lowest so far at the marks within the budget, 5 digits; seconds: the "
    "contender's own up to the marks, optimiser included; milliseconds: of an evaluation, median "
    "of the blocks; evaluations: how many were made, fewer than the budget if no step led lower; "
    "reached: the first that was as good as the last of best_adam on this pair and start, null "
    "if none was; style, content: the judgement at the reported marks; gradient: root mean square "
    "at the start; shape: height and width",
    "judge": "vgg19-random and the sliced Wasserstein distance: neither this network nor this "
    "measure was optimised. style: distance of the features to the style's over that of the "
    "photograph, geometric mean of four layers, 0 is perfect; content: correlation with the "
    "photograph's features at the deepest of them, 1 is perfect",
    "best_adam": "per start, the rate of the grid with the lowest median of final losses",
    "best_descent": "the same among the rates of plain gradient descent",
    "summary": "by start, contender and reported mark, the median, minimum and maximum over the "
    "pairs: of loss; of over_adam, the loss over best_adam's at the same mark; of style, content",
    "speed": "milliseconds an evaluation: median, minimum and maximum of the runs",
}


# ---- the race ------------------------------------------------------------------------------------


class Restart(Exception):
    """Raised in an optimiser to begin it anew."""


def restarted(evaluate, x, *, every, **options):
    """L-BFGS that forgets what it knows every so many evaluations, and goes on from its best."""
    best, count = (math.inf, x), 0

    def counted(x):
        nonlocal best, count
        if count == every:
            raise Restart
        value, gradient = evaluate(x)
        best, count = min(best, (float(value), x), key=lambda found: found[0]), count + 1
        return value, gradient

    while True:
        with contextlib.suppress(Restart):
            return lbfgs(counted, best[1], **options)
        count = 0


class Spent(Exception):
    """Raised in an optimiser to end it: its budget is spent."""


class Racer(threading.Thread):
    """An optimiser that works only when it is its turn, for a block of evaluations.

    Nothing can pause an optimiser's loop but the function it evaluates. So every one has a thread
    of its own and waits in that function; at any time at most one of them is not waiting.
    """

    def __init__(self, objective, start, contender, budget, block=None, reported=()):
        super().__init__(daemon=True)
        self.objective, self.image, self.contender = objective, start, contender
        self.budget, self.block, self.reported = budget, block or budget, reported
        self.turn, self.rest = threading.Semaphore(0), threading.Semaphore(0)
        self.losses, self.seconds, self.images = [], [], {}  # of the best so far
        self.working, self.finished, self.error = 0.0, False, None

    def go(self):
        """Work for one block; called from outside, returns when it is done."""
        self.turn.release()
        self.rest.acquire()
        if self.error:
            raise self.error

    def run(self):
        optimizer, options, _, relative_epsilon = self.contender
        optimize, options = {**OPTIMIZERS, "restarted": restarted}[optimizer], dict(options)
        self._wait()
        try:
            if relative_epsilon:
                options["epsilon"] = relative_epsilon * gradient_size(self.objective, self.image)
                self.since = time.perf_counter()  # that was ours to find out, not the optimiser's
            optimize(self.evaluate, tf.constant(self.image), **options)
        except Spent:
            pass
        except Exception as error:
            self.error = error
        self.finished = True
        self.rest.release()

    def evaluate(self, x):
        done = len(self.losses)
        if done == self.budget:
            raise Spent
        if done and done % self.block == 0:
            self.working += time.perf_counter() - self.since
            self.rest.release()
            self._wait()
        loss, gradient, _ = self.objective(x)
        lowest = min(self.losses[-1:], default=math.inf)
        if float(loss) < lowest:
            self.image = x
        self.losses.append(min(lowest, float(loss)))
        self.seconds.append(self.working + time.perf_counter() - self.since)
        if done + 1 in self.reported:
            self.images[done + 1] = self.image
        return loss, gradient

    def _wait(self):
        self.turn.acquire()
        self.since = time.perf_counter()


def race(racers):
    """All racers to their ends, block by block in turn."""
    for racer in racers:
        racer.start()
    while racers:
        for racer in racers:
            racer.go()
        racers = [racer for racer in reversed(racers) if not racer.finished]


def gradient_size(objective, image):
    return float(tf.sqrt(tf.reduce_mean(objective(image)[1] ** 2)))


class Judge:
    """Sees a painting with a network and a measure that no contender has optimised.

    The objective compares Gram matrices under `vgg19-lite`, and what overfits to them would fool
    a judge that does the same. `vgg19-random` has nothing in common with it, and the sliced
    Wasserstein distance compares whole distributions of features, not their second moments.
    """

    def __init__(self, content, style):
        self.extractor = extractor(JUDGE_LAYERS, "vgg19-random")
        (self.style, _), (before, self.photograph) = self._look(style), self._look(content)
        self.apart = self._distances(before)

    def __call__(self, image):
        """Distance to the style over the photograph's, and similarity to the photograph."""
        quantiles, deepest = self._look(image)
        ratios = [a / b for a, b in zip(self._distances(quantiles), self.apart, strict=True)]
        content = np.corrcoef(deepest, self.photograph)[0, 1]
        return digits(statistics.geometric_mean(ratios), 4), digits(content, 4)

    def _distances(self, quantiles):
        pairs = zip(quantiles, self.style, strict=True)
        return [float(np.sqrt(np.mean((a - b) ** 2))) for a, b in pairs]

    def _look(self, image):
        """Of every layer 128 quantiles along 32 random directions; and the deepest layer."""
        rng, quantiles = np.random.default_rng(0), []
        for features in self.extractor(image).values():
            features = np.reshape(features, (-1, features.shape[-1]))
            directions = rng.normal(size=(32, features.shape[1])).astype("float32")
            directions /= np.linalg.norm(directions, axis=1, keepdims=True)
            projected = np.sort(directions @ features.T)
            places = (np.arange(128) + 0.5) / 128 * projected.shape[1]
            quantiles.append(projected[:, places.astype(int)])
        # Without the channels' means, which even two unlike pictures have in common.
        return quantiles, np.ravel(features - features.mean(axis=0))


# ---- what is recorded ----------------------------------------------------------------------------


def digits(number, count=5):
    return float(f"{number:.{count}g}")


def spread(numbers):
    return [digits(pick(numbers)) for pick in (statistics.median, min, max)]


def budget(contender, settings):
    return round(contender.share * settings["evaluations"])


def marks_of(settings):
    """The marks, ever wider apart, and those reported."""
    N = settings["evaluations"]
    reported = sorted({max(1, round(share * N)) for share in REPORTED})
    denser = np.geomspace(1, N, 32).round().astype(int).tolist()
    return sorted({*denser, *reported}), reported


@functools.cache
def extractor(layers, network):
    return FeatureExtractor(layers, network)


def run_problem(pair, start, settings):
    """All contenders on one pair from one start: their records."""
    content, style = (load_image(example_path(name), settings["size"]) for name in pair)
    content, style = (
        image[:, : image.shape[1] // 16 * 16, : image.shape[2] // 16 * 16]
        for image in (content, style)
    )
    image = starting_image(start, content, style, settings["seed"])
    layers = tuple(sorted({*CONTENT_LAYERS, *STYLE_LAYERS}))
    objective = Objective(extractor(layers, "vgg19-lite"), content, style, **settings["weights"])
    judge, (marks, reported) = Judge(content, style), marks_of(settings)
    # Thrown away: whatever is compiled at its first call is compiled here.
    race([Racer(objective, image, contender, 5) for contender in CONTENDERS.values()])
    racers = {
        name: Racer(
            objective, image, contender, budget(contender, settings), settings["block"], reported
        )
        for name, contender in CONTENDERS.items()
    }
    race(list(racers.values()))
    problem = {"pair": pair, "start": start, "shape": list(content.shape[1:3])}
    problem["gradient"] = digits(gradient_size(objective, image), 4)
    return [
        {"contender": name, **problem, **record(racer, marks, judge)}
        for name, racer in racers.items()
    ]


def record(racer, marks, judge):
    """What is known of a finished run; the loss at every evaluation is not for the file."""
    marks = [mark for mark in marks if mark <= racer.budget]
    reported = [mark for mark in racer.reported if mark <= racer.budget]
    done = len(racer.losses)  # one that stopped early stays at what it has
    judged = [judge(racer.images.get(mark, racer.image)) for mark in reported]
    block = min(racer.block, done)
    ends = [0.0, *racer.seconds[block - 1 :: block]]
    return {
        "loss": [digits(racer.losses[min(mark, done) - 1]) for mark in marks],
        "seconds": [round(racer.seconds[min(mark, done) - 1], 3) for mark in marks],
        "milliseconds": digits(1000 * np.median(np.diff(ends)) / block, 4),
        "evaluations": done,
        "style": [style for style, _ in judged],
        "content": [content for _, content in judged],
        "every_loss": [digits(loss, 7) for loss in racer.losses],
    }


def describe(contender, settings, values):
    """A contender as the file has it; `values` is how many numbers make up the picture."""
    memory = contender.options.get("memory", 0)
    # Each step that L-BFGS remembers is two vectors: s and y. To these ours adds the direction,
    # the free gradient, and three points of the line search with their gradients; SciPy what it
    # allocates, with the integers' share; the restarted one its best picture.
    vectors = {
        "gradient-descent": 1,
        "adam": 2,
        "lbfgs": 2 * memory + 8,
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


def report(runs, settings, computer):
    """All that the file holds, from the records of all problems."""
    marks, reported = marks_of(settings)
    starts, values = settings["starts"], max(3 * math.prod(run["shape"]) for run in runs)

    def of(start, name):
        return [run for run in runs if run["start"] == start and run["contender"] == name]

    def best(start, names):
        finals = {name: [run["loss"][-1] for run in of(start, name)] for name in names}
        return min(names, key=lambda name: statistics.median(finals[name]))

    best_adam = {start: best(start, ADAMS) for start in starts}
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
            if mark <= budget(CONTENDERS[name], settings):
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
        "about": ABOUT,
        "machine": {**computer, "date": datetime.date.today().isoformat()},
        "settings": settings,
        "marks": marks,
        "reported": reported,
        "contenders": {name: describe(c, settings, values) for name, c in CONTENDERS.items()},
        "best_adam": best_adam,
        "best_descent": {start: best(start, DESCENTS) for start in starts},
        "speed": {name: speed(name) for name in CONTENDERS},
        "summary": {start: {name: summary(start, name) for name in CONTENDERS} for start in starts},
        "runs": [{key: run[key] for key in run if key not in hidden} for run in runs],
    }


def machine():
    """Processor and versions; nothing that tells whose machine it is."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return {
        "processor": model,
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


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny and meaningless, for the tests")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier call did")
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build" / "duel")
    options = parser.parse_args(arguments)
    settings = QUICK if options.quick else FULL
    folder = options.folder / ("quick" if options.quick else "full")
    usual = folder / "duel.json" if options.quick else ROOT / "data" / "optimizer_duel.json"
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)

    # What another machine or other settings have found must not be mixed with this.
    conditions = {"machine": machine(), "settings": settings}
    conditions["contenders"] = {name: list(c) for name, c in CONTENDERS.items()}
    runs = []
    for pair, start in itertools.product(settings["pairs"], settings["starts"]):
        path = folder / f"{'-'.join([*pair, start])}.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        if kept.get("conditions") != conditions:
            print(f"racing: {pair[0]} as {pair[1]}, from the {start}", flush=True)
            kept = {"conditions": conditions, "runs": run_problem(pair, start, settings)}
            path.with_suffix(".part").write_text(json.dumps(kept))
            path.with_suffix(".part").replace(path)
        runs += kept["runs"]
    found = report(runs, settings, conditions["machine"])
    (options.output or usual).write_text(to_text(found) + "\n", encoding="utf-8")
    print_table(found)


if __name__ == "__main__":
    main()
