"""The race of the duel: optimisers that take turns on one objective, and what is known of them.

`run_problem` lets all contenders paint one pair from one start, judges what they have painted, and
returns their records.
"""

import contextlib
import functools
import math
import statistics
import threading
import time

import numpy as np
import tensorflow as tf
from duel_plan import budget, digits, marks_of

from nstlib import FeatureExtractor, Objective, example_path, load_image
from nstlib.engine.pictures import starting_image
from nstlib.objective import CONTENT_LAYERS, STYLE_LAYERS
from nstlib.optimizers import OPTIMIZERS, lbfgs

JUDGE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1")


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
    layers = tuple(sorted({*CONTENT_LAYERS, *STYLE_LAYERS}))
    objective = Objective(extractor(layers, "vgg19-lite"), content, style, **settings["weights"])
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
