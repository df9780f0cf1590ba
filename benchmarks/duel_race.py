"""The race of the duel: optimisers that take turns on one objective, and what is known of them.

`run_problem` lets all contenders paint one pair from one start, judges what they have painted, and
returns their records.
"""

import functools
import itertools
import math
import queue
import statistics
import threading
import time

import numpy as np
import tensorflow as tf
from duel_plan import budget, digits, marks_of
from problem import LAYERS

from nstlib import FeatureExtractor, Objective, example_path, load_image, optimizers
from nstlib.check import references
from nstlib.engine.pictures import starting_image
from nstlib.lbfgs import evaluate_at, lbfgs, no_metric

JUDGE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")


plain_lbfgs = functools.partial(lbfgs, metric=no_metric)


def restarted(evaluate, x, *, every, **options):
    """L-BFGS that forgets what it knows every so many evaluations, and goes on from its best."""
    best = math.inf, x
    while True:
        for point in itertools.islice(plain_lbfgs(evaluate, best[1], **options), every):
            best = min(best, (point.value, point.x), key=lambda found: found[0])
            yield point


class Stop(Exception):
    """Ends an optimiser that only knows the function it evaluates."""


def scipy_lbfgsb(evaluate, x, **options):
    """SciPy's L-BFGS-B as a generator of evaluations.

    Nothing can pause its loop but the function it evaluates. So it has a thread of its own and
    waits in that function until somebody asks for the next point.
    """
    asked, answers = queue.SimpleQueue(), queue.SimpleQueue()

    def paused(x):
        if not asked.get():
            raise Stop
        point = evaluate_at(evaluate, x)
        answers.put(point)
        return point.value, point.gradient

    def work():
        try:
            references.scipy_lbfgsb(paused, x, **options)
            answers.put(None)  # it finds no lower one
        except Stop:
            pass
        except Exception as error:
            answers.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        while True:
            asked.put(True)
            point = answers.get()
            if isinstance(point, Exception):
                raise point
            if point is None:
                return
            yield point
    finally:
        asked.put(False)


OPTIMIZERS = {
    **optimizers.OPTIMIZERS,
    "lbfgs": plain_lbfgs,
    "metric": lbfgs,
    "restarted": restarted,
    "scipy": scipy_lbfgsb,
}


class Racer:
    """An optimiser that works only when it is its turn, for a block of evaluations."""

    def __init__(self, objective, start, contender, budget, block=None, reported=()):
        self.objective, self.image, self.contender = objective, start, contender
        self.budget, self.block, self.reported = budget, block or budget, reported
        self.losses, self.seconds, self.images = [], [], {}  # of the best so far
        self.finished = False
        optimizer, options, _, relative_epsilon = contender
        options = dict(options)
        if relative_epsilon:  # ours to find out, not the optimiser's: before the clock runs
            options["epsilon"] = relative_epsilon * gradient_size(objective, start)
        self.points = OPTIMIZERS[optimizer](objective, tf.constant(start), **options)

    def go(self):
        """Work for one block."""
        before = self.seconds[-1] if self.seconds else 0.0
        started = time.perf_counter()
        room = min(self.block, self.budget - len(self.losses))
        done = len(self.losses)
        for point in itertools.islice(self.points, room):
            lowest = min(self.losses[-1:], default=math.inf)
            if point.value < lowest:
                self.image = point.x
            self.losses.append(min(lowest, point.value))
            self.seconds.append(before + time.perf_counter() - started)
            if len(self.losses) in self.reported:
                self.images[len(self.losses)] = self.image
        self.finished = len(self.losses) < done + room or len(self.losses) == self.budget
        if self.finished:
            self.points.close()


def race(racers):
    """All racers to their ends, block by block in turn."""
    while racers:
        for racer in racers:
            racer.go()
        racers = [racer for racer in reversed(racers) if not racer.finished]


def gradient_size(objective, image):
    """Root mean square of the gradient."""
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


@functools.cache
def extractor(layers, network):
    """One for all problems: its network is built only once."""
    return FeatureExtractor(layers, network)


def run_problem(pair, start, settings, contenders):
    """All contenders on one pair from one start: their records."""
    content, style = (load_image(example_path(name), settings["size"]) for name in pair)
    content, style = (
        image[:, : image.shape[1] // 16 * 16, : image.shape[2] // 16 * 16]
        for image in (content, style)
    )
    image = starting_image(start, content, style, settings["seed"])
    network = extractor(LAYERS, "vgg19-lite")
    objective = Objective(network, content, style, convention="relative", **settings["weights"])
    judge, (marks, reported) = Judge(content, style), marks_of(settings)
    # Thrown away: whatever is compiled at its first call is compiled here.
    race([Racer(objective, image, contender, 5) for contender in contenders.values()])
    racers = {
        name: Racer(
            objective, image, contender, budget(contender, settings), settings["block"], reported
        )
        for name, contender in contenders.items()
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
