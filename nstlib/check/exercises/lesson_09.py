"""Lesson 09, L-BFGS: its exercises."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from nstlib.backend import keras
from nstlib.check import references
from nstlib.check.comparison import (
    as_floats,
    close,
    compare,
    draw_apart,
    numbers,
    raise_slip,
    slips_of,
)
from nstlib.check.framework import NOTHING, Check, Student, StudentError
from nstlib.lbfgs import frequency_metric as our_frequency_metric
from nstlib.lbfgs import two_loop_direction as our_two_loop_direction

# ---- two_loop_direction --------------------------------------------------------------------------


def draw_steps(count=4, shape=(6,), conjugate=False):
    """Draws steps on a bowl of known curvature, as unlike one another as can be if `conjugate`.

    Returns the inputs and the curvature, a matrix.
    """
    rng = np.random.default_rng()
    size = int(np.prod(shape))
    root = np.linalg.qr(rng.normal(size=(size, size)))[0] * rng.uniform(1, 2.5, size)
    S = rng.normal(size=(count, size))
    if conjugate:
        S = np.linalg.qr(S.T)[0].T @ np.linalg.inv(root) * rng.uniform(0.5, 2, (count, 1))
    A = root @ root.T
    gradient, *vectors = (
        vector.reshape(shape).astype("float32") for vector in (rng.normal(size=size), *S, *(S @ A))
    )
    return (gradient, vectors[:count], vectors[count:]), A


def _scale(s, y):
    return s @ y / (y @ y)


def _two_loops(
    there=-1,
    back=1,
    alpha=lambda s, y, q, g: s @ q / (s @ y),
    beta=lambda s, y, q: y @ q / (s @ y),
    down=lambda q, alpha, s, y: q - alpha * y,
    up=lambda q, alpha, beta, s, y: q + (alpha - beta) * s,
    scale=lambda S, Y: _scale(S[-1], Y[-1]),
    which=lambda i, count: i,
):
    """The two loops, or with a piece changed: the ways that they go, and what is done in them."""

    def direction(gradient, S, Y):
        q, alphas, order = gradient.astype(float), {}, range(len(S))
        for i in order[::there]:
            alphas[i] = alpha(S[i], Y[i], q, gradient)
            q = down(q, alphas[i], S[i], Y[i])
        q = q * scale(S, Y)
        for i in order[::back]:
            q = up(q, alphas[which(i, len(S))], beta(S[i], Y[i], q), S[i], Y[i])
        return -q

    return direction


_first_loop = _two_loops(up=lambda q, alpha, beta, s, y: q)
DIRECTIONS = {
    "It leads uphill: what is returned is minus q.": lambda *i: -_two_loops()(*i),
    "Both loops go the wrong way: the first from the newest step to the oldest, the second back.": (
        _two_loops(there=1, back=-1)
    ),
    "The first loop goes the wrong way: from the newest step to the oldest, with reversed.": (
        _two_loops(there=1)
    ),
    "The second loop goes the wrong way: from the oldest step to the newest.": _two_loops(back=-1),
    "The alphas are in the wrong order in the second loop: the first loop found that of the newest "
    "step first. Reverse them, or keep each by its number.": (
        _two_loops(which=lambda i, count: count - 1 - i)
    ),
    "The second loop adds alpha * s, and the beta is missing: (alpha - beta) * s.": (
        _two_loops(up=lambda q, alpha, beta, s, y: q + alpha * s)
    ),
    "The second loop takes beta * s away, and the alpha is missing: (alpha - beta) * s.": (
        _two_loops(up=lambda q, alpha, beta, s, y: q - beta * s)
    ),
    "In the second loop it is alpha - beta, not beta - alpha.": (
        _two_loops(up=lambda q, alpha, beta, s, y: q - (alpha - beta) * s)
    ),
    "The second loop adds the step, (alpha - beta) * s, and not the change y.": (
        _two_loops(up=lambda q, alpha, beta, s, y: q + (alpha - beta) * y)
    ),
    "The first loop takes alpha * y away: you add it.": (
        _two_loops(down=lambda q, alpha, s, y: q + alpha * y)
    ),
    "The first loop takes away the change, alpha * y, and not the step s.": (
        _two_loops(down=lambda q, alpha, s, y: q - alpha * s)
    ),
    "Each alpha is made of q as it has become by then, and not of the gradient.": (
        _two_loops(alpha=lambda s, y, q, g: s @ g / (s @ y))
    ),
    "alpha is s.q over s.y: you have y.q.": _two_loops(alpha=lambda s, y, q, g: y @ q / (s @ y)),
    "beta is y.q over s.y: you have s.q.": _two_loops(beta=lambda s, y, q: s @ q / (s @ y)),
    "You divide by y.y: alpha and beta are divided by s.y.": _two_loops(
        alpha=lambda s, y, q, g: s @ q / (y @ y), beta=lambda s, y, q: y @ q / (y @ y)
    ),
    "You divide by s.s: alpha and beta are divided by s.y.": _two_loops(
        alpha=lambda s, y, q, g: s @ q / (s @ s), beta=lambda s, y, q: y @ q / (s @ s)
    ),
    "Between the loops the scale is missing: multiply q by s.y / y.y of the newest step.": (
        _two_loops(scale=lambda S, Y: 1)
    ),
    "The scale is upside down: it is s.y / y.y, a step for a change of the gradient.": (
        _two_loops(scale=lambda S, Y: 1 / _scale(S[-1], Y[-1]))
    ),
    "The scale is that of the oldest step: the newest is nearest to where you are.": (
        _two_loops(scale=lambda S, Y: _scale(S[0], Y[0]))
    ),
    "Your scale s.s / s.y is another one that is in use: here it is s.y / y.y.": (
        _two_loops(scale=lambda S, Y: S[-1] @ S[-1] / (S[-1] @ Y[-1]))
    ),
    "The scale comes too early or too late: it belongs between the two loops.": (
        lambda g, S, Y: _two_loops(scale=lambda S, Y: 1)(g, S, Y) * _scale(S[-1], Y[-1])
    ),
    "You use the newest step only: loop over all of them.": (
        lambda g, S, Y: _two_loops()(g, S[-1:], Y[-1:])
    ),
    "The oldest step is missing: loop over all of them.": (
        lambda g, S, Y: _two_loops()(g, S[1:], Y[1:])
    ),
    "That is q after the first loop: scale it, and go back in a second one.": (
        _two_loops(up=lambda q, alpha, beta, s, y: q, scale=lambda S, Y: 1)
    ),
    "The second loop is missing: it adds (alpha - beta) * s, step by step.": _first_loop,
    "That is minus the gradient: the remembered steps do not occur.": lambda g, S, Y: -g,
    "That is the gradient, scaled: the two loops have no effect.": (
        lambda g, S, Y: -g * _scale(S[-1], Y[-1])
    ),
}


def _newton(gradient, S, Y, A):
    return -np.linalg.solve(A, gradient.ravel()).reshape(gradient.shape)


def _examine_two_loop_direction(student):
    right = our_two_loop_direction
    compare(student, lambda: draw_steps()[0], right, slips_of(DIRECTIONS))
    bend = (np.array([8.0, 0.0]), [np.array([1.0, 0.0])], [np.array([4.0, 0.0])])
    example = {"the docstring's example": bend}
    compare(student, lambda: draw_steps(1)[0], right, rounds=1, by_hand=example)
    yield True, "Both loops are right, for one remembered step and for four."
    (gradient, S, Y), A = draw_steps(6, (1, 2, 1, 3), conjugate=True)
    try:
        compare(student, lambda: (gradient, S, Y), lambda *i: _newton(*i, A), rounds=1)
    except StudentError as error:
        raise StudentError(
            "For vectors it is right, for pictures it is not: write dot(a, b), or add up a * b "
            f"over all axes. {error}"
        ) from None
    yield True, "It works on pictures, and after six steps across a bowl it points at the bottom."


two_loop_direction = Check(
    our_two_loop_direction,
    _examine_two_loop_direction,
    (
        "Write down what happens to q for one remembered step, then loop: the first loop ends with "
        "the oldest step, and the second begins with it.",
        "Keep the alpha of each step for the second loop, which meets them in the opposite order: "
        "reversed(alphas).",
        "Begin with q = gradient. First loop: alpha = s.q / s.y, q = q - alpha * y. Then q times "
        "s.y / y.y of the newest step. Second loop: beta = y.q / s.y, q = q + (alpha - beta) * s. "
        "Return -q.",
    ),
)

# ---- line_search ---------------------------------------------------------------------------------

TRIALS = 20
TOO_MANY = 60  # evaluations: whoever needs more has not stopped after 20 trials


class Line(NamedTuple):
    """A line to search: a parabola with waves on it, or what has no good length.

    kind: "waves", "downhill" (it falls for ever) or "uphill" (whatever is tried is higher).
    """

    bottom: float
    bend: float
    height: float
    wave: float
    shift: float
    kind: str = "waves"

    def at(self, t):
        """Value and slope."""
        if self.kind != "waves":
            rise = -1.0 if self.kind == "downhill" else 1.0
            return 5.0 + rise * t + (rise if t else 0.0), rise
        angle = self.wave * t + self.shift
        value = self.bend * (t - self.bottom) ** 2 + self.height * np.cos(angle)
        slope = 2 * self.bend * (t - self.bottom) - self.height * self.wave * np.sin(angle)
        return float(value), float(slope)


class _Walk:
    """A line that keeps at which lengths it was asked."""

    def __init__(self, line):
        self.line, self.asked = line, []

    def __call__(self, t):
        self.asked.append(float(t))
        if len(self.asked) > TOO_MANY:
            raise RuntimeError("asked too often")
        return self.line.at(float(t))

    def question(self, step, decrease, curvature):
        """The arguments of a search along it."""
        value, slope = self.line.at(0.0)
        return self, value, min(slope, -1.0), step, decrease, curvature


def draw_line():
    """Draws a line that falls at first and soon shows a good length, a first trial, settings."""
    rng = np.random.default_rng()
    while True:
        line = Line(*rng.uniform((1, 0.2, 0.5, 1, 0), (6, 1.2, 5, 5, 6)))
        step = line.bottom * rng.choice([0.05, 0.2, 1, 3, 6]) * rng.uniform(0.7, 1.4)
        decrease = rng.uniform(0.05, 0.4)
        settings = float(step), float(decrease), float(rng.uniform(decrease + 0.1, 0.85))
        if line.at(0.0)[1] < -1 and len(_tried(line, *settings)[1]) < 10:
            return line, *settings


def draw_lines(count=40):
    """Draws so many of them: one alone would not tell all slips apart."""
    return tuple(draw_line() for _ in range(count))


def _search(
    heard=lambda there, slope_there: (there, slope_there),
    too_long=lambda there, t, value, slope, d, slope_there: there > value + d * t * slope,
    too_short=lambda slope_there, slope, c: slope_there < c * slope,
    verdict=lambda long, short: "long" if long else "short" if short else "",
    bounds=lambda low, high, t, verdict: (low, t) if verdict == "long" else (t, high),
    step_after=lambda t, low, high: 2 * t if high is None else (low + high) / 2,
    settings=lambda step, d, c: (step, d, c),
    compared_with=lambda value, slope, there, slope_there: (value, slope),
    found=lambda t, there, slope_there, step: t,
):
    """The search, or with one piece changed; gives the length that it finds on a line."""

    def search(along, value, slope, step, decrease, curvature):
        t, decrease, curvature = settings(step, decrease, curvature)
        low, high = 0.0, None
        for _ in range(TRIALS):
            there, slope_there = heard(*along(t))
            what = verdict(
                too_long(there, t, value, slope, decrease, slope_there),
                too_short(slope_there, slope, curvature),
            )
            if not what:
                return found(t, there, slope_there, step)
            low, high = bounds(low, high, t, what)
            t = step_after(t, low, high)
            value, slope = compared_with(value, slope, there, slope_there)
        return low

    return search


def _of_lines(search):
    """What a search finds on each of several lines."""

    def of_lines(*lines):
        return [search(*_Walk(line).question(*settings)) for line, *settings in lines]

    return of_lines


SEARCHES = {
    "A value may be higher than promised, and you take it: too long is a length with a value above "
    "value + decrease * t * slope, and slope is negative.": _search(
        too_long=lambda there, t, value, slope, d, s: there > value - d * t * slope
    ),
    "Your line of sufficient decrease does not fall: it is value + decrease * t * slope, lower the "
    "longer the step, and t is missing.": _search(
        too_long=lambda there, t, value, slope, d, s: there > value + d * slope
    ),
    "You take whatever is lower, or nearly: sufficient is a value of at most value + decrease * t "
    "* slope, with the decrease that is handed over.": (
        _search(too_long=lambda there, t, value, slope, d, s: there > value),
        _search(settings=lambda step, d, c: (step, 1e-4, c)),
    ),
    "You demand the whole of what the slope promised, value + t * slope: a share is enough, "
    "decrease * t * slope.": _search(
        too_long=lambda there, t, value, slope, d, s: there > value + t * slope
    ),
    "Nothing is too long for you: compare the value there with value + decrease * t * slope.": (
        _search(too_long=lambda *_: False)
    ),
    "Nothing is too short for you: a slope there below curvature * slope is still too steep.": (
        _search(too_short=lambda *_: False)
    ),
    "You ask whether the slope has become any flatter: too short is a slope below curvature * "
    "slope.": _search(too_short=lambda there, slope, c: there < slope),
    "You go on for as long as it leads down: too short is a slope below curvature * slope, not "
    "below 0.": _search(too_short=lambda there, slope, c: there < 0),
    "Your comparison of the slopes is the wrong way round: too short is a slope *below* "
    "curvature * slope.": _search(too_short=lambda there, slope, c: there > c * slope),
    "You compare sizes of slopes: one that leads steeply uphill is not too short. Leave abs out, "
    "and both negative.": _search(too_short=lambda there, slope, c: abs(there) > c * abs(slope)),
    "decrease and curvature have changed places: decrease is for the values, curvature for the "
    "slopes.": _search(settings=lambda step, d, c: (step, c, d)),
    "Your curvature is always 0.9: take the one that is handed over.": _search(
        settings=lambda step, d, c: (step, d, 0.9)
    ),
    "Your first trial is always 1: take the step that is handed over.": _search(
        settings=lambda step, d, c: (1.0, d, c)
    ),
    "Both conditions lead the wrong way: after a length too long search below it, after one too "
    "short beyond.": _search(
        bounds=lambda low, high, t, what: (t, high) if what == "long" else (low, t)
    ),
    "You ask for the slope first: a value that is too high is too long, whatever the slope is "
    "there.": _search(verdict=lambda long, short: "short" if short else "long" if long else ""),
    "A length that is too long is only that: write elif, or a steep slope there makes it the "
    "longest too short as well.": _search(
        verdict=lambda long, short: ("long" if long else "") + ("short" if short else ""),
        bounds=lambda low, high, t, what: (
            t if "short" in what else low,
            t if "long" in what else high,
        ),
    ),
    "You forget the lengths that were too short: keep the longest of them, as the lower end.": (
        _search(bounds=lambda low, high, t, what: (low, t) if what == "long" else (low, high))
    ),
    "You keep the first length that was too long: keep the shortest of them, the latest one.": (
        _search(bounds=lambda low, high, t, what: (low, high or t) if what == "long" else (t, high))
    ),
    "along(t) gives the value first and then the slope: you take them the other way round.": (
        _search(heard=lambda there, slope_there: (slope_there, there))
    ),
    "You compare with the trial before: value and slope are those at the length 0, always.": (
        _search(compared_with=lambda value, slope, there, slope_there: (there, slope_there))
    ),
    "Enough decrease is measured by the slope at the length 0, which is handed over, not by that "
    "there.": _search(too_long=lambda there, t, value, slope, d, s: there > value + d * t * s),
    "Your share is one of the value: it is one of what the slope promises, decrease * t * slope.": (
        _search(too_long=lambda there, t, value, slope, d, s: there > value * (1 - d))
    ),
    "You look for the very bottom: a length lower and flatter by enough is taken at once.": (
        _search(
            too_long=lambda there, t, value, slope, d, s: s > 0,
            too_short=lambda slope_there, slope, c: slope_there < 0,
        )
    ),
    "Your decrease and curvature are always 0.0001 and 0.9: take those that are handed over.": (
        _search(settings=lambda step, d, c: (step, 1e-4, 0.9))
    ),
    "You double the first step before it is tried: the first length to try is the step itself.": (
        _search(settings=lambda step, d, c: (2 * step, d, c))
    ),
    "The middle of two lengths is half their sum, (low + high) / 2, not half their difference.": (
        _search(step_after=lambda t, low, high: 2 * t if high is None else (high - low) / 2)
    ),
    "The middle of two lengths is half their sum, not the root of their product: low may be 0.": (
        _search(step_after=lambda t, low, high: 2 * t if high is None else (low * high) ** 0.5)
    ),
    "Whether anything was too long, you ask of the wrong one: twice as far while there is no high, "
    "whatever low is.": _search(
        step_after=lambda t, low, high: (low + (high or 0.0)) / 2 if low else 2 * t
    ),
    "While nothing was too long there is no middle: then the next trial is twice as far.": (
        _search(step_after=lambda t, low, high: (low + (high or 0.0)) / 2)
    ),
    "You halve the length: the next trial is in the middle between the longest too short and the "
    "shortest too long.": _search(step_after=lambda t, low, high: 2 * t if high is None else t / 2),
    "After a length too short you double it, although a longer one was too long already: then the "
    "next trial is in the middle.": _search(
        step_after=lambda t, low, high: 2 * t if t == low else (low + high) / 2
    ),
    "While nothing was too long, the next trial is twice as far: with you it is another factor.": (
        _search(step_after=lambda t, low, high: 4 * t if high is None else (low + high) / 2),
        _search(step_after=lambda t, low, high: 10 * t if high is None else (low + high) / 2),
    ),
    "While nothing was too long, the next trial is twice as far: you add the first step.": (
        lambda along, value, slope, step, *settings: _search(
            step_after=lambda t, low, high: t + step if high is None else (low + high) / 2
        )(along, value, slope, step, *settings)
    ),
    "You return the value there: return the length.": _search(
        found=lambda t, there, slope_there, step: there
    ),
    "You return the slope there: return the length.": _search(
        found=lambda t, there, slope_there, step: slope_there
    ),
    "You return the first step on nearly every line: a length is taken if it is neither too long "
    "nor too short, and it is this length that is returned.": (
        _search(found=lambda t, there, slope_there, step: step),
        _search(verdict=lambda long, short: "long" if long and short else ""),
    ),
}
_FOR_EVER = Line(0, 0, 0, 0, 0, "downhill"), 1.0, 0.1, 0.9
_NEVER = Line(0, 0, 0, 0, 0, "uphill"), 1.0, 0.1, 0.9
AFTER_20 = (
    "After 20 trials it has to end: return the longest length that was too short (0.0 if none was)."
)


def _found_on(student, line, step, decrease, curvature):
    """The length that a student's function finds, and the lengths that it tried."""
    walk = _Walk(line)
    try:
        found = numbers(student(*walk.question(step, decrease, curvature)))
    except StudentError:
        if len(walk.asked) > TOO_MANY:
            raise StudentError(
                f"It has tried {TOO_MANY} lengths and not come to an end. {AFTER_20}"
            ) from None
        raise
    if found.shape:
        raise StudentError(
            f"It returns one length, a number, and yours has shape {found.shape}: along(t) gives "
            "value and slope, and neither of them is returned."
        )
    if not walk.asked:
        raise StudentError(
            "It never asks: along(t) gives value and slope at the length t, there, slope_there = "
            "along(t)."
        )
    return float(found), walk.asked


def _listed(lengths):
    """Lengths in a few words: more than eight are cut."""
    return ", ".join([f"{t:.4g}" for t in lengths[:8]] + ["..."] * (len(lengths) > 8))


def _tried(line, step, decrease, curvature):
    """The right length, and the lengths tried on the way."""
    walk = _Walk(line)
    return references.line_search(*walk.question(step, decrease, curvature)), walk.asked


def _same(one, other):
    return len(one) == len(other) and close(as_floats(one), as_floats(other))


def _look_at_the_trials(asked, wanted):
    """Whether no evaluation was wasted, now that the right lengths were found."""
    if _same(asked, wanted):
        return
    if 0.0 in asked:
        raise StudentError(
            "The length is right, but you ask along(0): value and slope there are handed over, and "
            "each call costs an evaluation."
        )
    if _same(asked, np.repeat(wanted, 2)):
        raise StudentError(
            "The length is right, but you call along twice for each: once is enough, and gives "
            "both, there, slope_there = along(t)."
        )
    if _same(asked, [*wanted, wanted[-1]]):
        raise StudentError(
            "The length is right, but you call along once more at the end: it was asked there "
            "already, and each call costs an evaluation."
        )
    raise StudentError(
        f"The length is right, but it tries {_listed(asked)}, and should try {_listed(wanted)}."
    )


def _examine_line_search(student):
    slips = [slip._replace(wrong=_of_lines(slip.wrong)) for slip in slips_of(SEARCHES)]
    for _ in range(2):
        lines, wanted, wrongs = draw_apart(draw_lines, _of_lines(references.line_search), slips)
        answers = [_found_on(student, *line) for line in lines]
        found = as_floats([length for length, _ in answers])
        if not close(found, wanted):
            raise_slip(found, slips, wrongs)
            _by_hand(student, "do it on paper, trial by trial.")
            at = int(np.argmax(np.abs(found - wanted)))
            raise StudentError(
                f"On a line, {_listed(_tried(*lines[at])[1])} are tried, and {wanted[at]:.4g} is "
                f"found. Yours tries {_listed(answers[at][1])} and returns {found[at]:.4g}."
            )
    yield True, "It finds the right length: lower by enough, and no longer as steep."
    for line, (_, asked) in zip(lines, answers, strict=True):
        if len(tried := _tried(*line)[1]) > 1:
            _look_at_the_trials(asked, tried)
    yield True, "It tries each length once, and none that it need not."
    for line, *settings in (_NEVER, _FOR_EVER):
        length, asked = _found_on(student, line, *settings)
        right, tried = _tried(line, *settings)
        if not close(as_floats(length), as_floats(right)) or not _same(asked, tried):
            rises = line is _NEVER[0]
            if len(asked) == TRIALS:
                raise StudentError(
                    "Where no length will do, return the longest one that was too short: on a line "
                    f"that {'rises' if rises else 'falls'} for ever yours returns {length:.4g}."
                )
            raise StudentError(
                f"{AFTER_20} On a line that {'rises' if rises else 'falls'} for ever, yours tries "
                f"{len(asked)} lengths and returns {length:.4g}."
            )
    _by_hand(student, "are the defaults those of the first line?")
    yield True, "Where no length will do, it ends after 20 trials."


def _by_hand(student, advice):
    """The docstring's example, with the settings that it has by default."""
    walk = _Walk(Line(3, 1, 0, 0, 0))
    found = numbers(student(walk, 9.0, -6.0, 8.0))
    if found.shape or not close(as_floats(found), as_floats(4.0)):
        raise StudentError(
            "On the docstring's line, (t - 3)**2 from 9.0 with slope -6.0, and the first step 8.0, "
            f"it is 4.0. Yours tries {_listed(walk.asked)} and is {found:.4g}: {advice}"
        )


line_search = Check(
    references.line_search,
    _examine_line_search,
    (
        "Keep two lengths: low, the longest that was too short, 0.0 at first, and high, the "
        "shortest that was too long, None at first. Each trial moves one of them or is the answer.",
        "In a loop of 20 rounds: there, slope_there = along(step), then if it is too long, high = "
        "step, elif it is too short, low = step, else return step. Then the next step.",
        "Too long: there > value + decrease * step * slope. Too short: slope_there < curvature * "
        "slope. Next: step = 2 * step if high is None else (low + high) / 2. After the loop: "
        "return low.",
    ),
)

# ---- frequency_metric ----------------------------------------------------------------------------


def draw_gradients(sides=(6, 8, 10)):
    """Draws the gradients of two pictures, with sides of their own, and a knee."""
    rng = np.random.default_rng()
    height, width = rng.choice(sides, 2, replace=False)
    gradient = rng.normal(size=(2, height, width, 3)).astype("float32")
    return gradient, float(rng.uniform(0.04, 0.3))


def _there(gradient):
    return np.fft.fft2(gradient, axes=(1, 2))


def _back(spectrum):
    return np.fft.ifft2(spectrum, axes=(1, 2))


def _weight(f, knee):
    return 1 / (1 + f / knee) ** 2


def _metric(
    frequencies=np.fft.fftfreq,
    length=np.hypot,
    weight=_weight,
    there=_there,
    back=_back,
    part=np.real,
):
    """The metric with NumPy, or with one piece changed."""

    def metric(gradient, knee=0.1):
        fy, fx = (frequencies(side) for side in gradient.shape[1:3])
        weights = weight(length(fy[:, None, None], fx[:, None]), knee)
        return part(back(there(gradient) * weights))

    return metric


def _through_the_channels(gradient, knee=0.1):
    fy, fx, fc = np.meshgrid(*map(np.fft.fftfreq, gradient.shape[1:]), indexing="ij")
    weights = _weight(np.sqrt(fy**2 + fx**2 + fc**2), knee)
    return np.fft.ifftn(np.fft.fftn(gradient, axes=(1, 2, 3)) * weights, axes=(1, 2, 3)).real


def _mirrored(gradient, knee=0.1):
    """As with a cosine transform: the picture goes on beyond its edges as in a mirror."""
    _, height, width, _ = gradient.shape
    mirror = np.concatenate([gradient, gradient[:, ::-1]], axis=1)
    mirror = np.concatenate([mirror, mirror[:, :, ::-1]], axis=2)
    return _metric()(mirror, knee)[:, :height, :width]


def _without_the_flat_part(gradient, knee=0.1):
    return _metric()(gradient - gradient.mean((1, 2), keepdims=True), knee)


def _of_gray(gradient, knee=0.1):
    return _metric()(gradient.mean(-1, keepdims=True) * np.ones(3), knee)


def _times(factor):
    """Right up to a factor that depends on the number of pixels."""
    return lambda gradient, *knee: _metric()(gradient, *knee) * factor(gradient[0, ..., 0].size)


def _along(*axes):
    return _metric(
        there=functools.partial(np.fft.fft2, axes=axes),
        back=functools.partial(np.fft.ifft2, axes=axes),
    )


METRICS = {
    "You go by the sum fy + fx, and fftfreq gives negative numbers as well: f is the length of "
    "(fy, fx), the root of fy**2 + fx**2.": (
        _metric(length=lambda fy, fx: fy + fx),
        _metric(length=lambda fy, fx: abs(fy + fx)),
    ),
    "f is the root of fy**2 + fx**2: you have |fy| + |fx|, which is longer along the diagonals.": (
        _metric(length=lambda fy, fx: abs(fy) + abs(fx))
    ),
    "f is the root of fy**2 + fx**2: you have the larger of |fy| and |fx|.": (
        _metric(length=lambda fy, fx: np.maximum(abs(fy), abs(fx)))
    ),
    "The root is missing: f is the root of fy**2 + fx**2.": (
        _metric(length=lambda fy, fx: fy**2 + fx**2)
    ),
    "You go along the rows only: whatever changes from one row to the next has a frequency, too.": (
        _metric(length=lambda fy, fx: abs(fx) + 0 * fy)
    ),
    "You go along the columns only: what changes from one column to the next has a frequency, "
    "too.": _metric(length=lambda fy, fx: abs(fy) + 0 * fx),
    "You weight both axes one after the other: one weight for each f, the root of fy**2 + fx**2.": (
        lambda gradient, knee=0.1: _metric(
            length=lambda fy, fx: (1 + abs(fy) / knee) * (1 + abs(fx) / knee) * knee - knee
        )(gradient, knee)
    ),
    "Your frequencies go on growing up to 1: those in the second half are negative, -f, and "
    "have the weight of f. np.fft.fftfreq has them.": (
        _metric(frequencies=lambda side: np.arange(side) / side)
    ),
    "Your frequencies grow from 0 to 0.5 over the whole axis: they reach 0.5 in the middle and "
    "come back. np.fft.fftfreq has them.": (
        _metric(frequencies=lambda side: np.linspace(0, 0.5, side)),
        _metric(frequencies=lambda side: np.arange(side) / side / 2),
    ),
    "Your weights have f = 0 in the middle, and a spectrum begins with it: fftfreq has the order "
    "of fft2, without a shift.": (
        _metric(frequencies=lambda side: np.fft.fftshift(np.fft.fftfreq(side))),
        _metric(frequencies=lambda side: np.arange(side) / side - 0.5),
    ),
    "Your f is in cycles a picture, and the knee in cycles a pixel: np.fft.fftfreq(side) has "
    "divided by the side already.": (_metric(frequencies=lambda side: np.fft.fftfreq(side) * side)),
    "Your f is an angle, 2 pi times as large as cycles a pixel, in which the knee is.": (
        _metric(frequencies=lambda side: np.fft.fftfreq(side) * 2 * np.pi)
    ),
    "Your f is twice as large: the finest pattern, up and down, takes two pixels, 0.5 cycles a "
    "pixel.": _metric(frequencies=lambda side: np.fft.fftfreq(side) * 2),
    "The square is missing: the weight is 1 / (1 + f / knee)**2.": (
        _metric(weight=lambda f, knee: 1 / (1 + f / knee))
    ),
    "Only f / knee is squared: the square is that of the whole bracket, (1 + f / knee)**2.": (
        _metric(weight=lambda f, knee: 1 / (1 + (f / knee) ** 2))
    ),
    "It is upside down: you multiply by (1 + f / knee)**2, which makes fine changes count for "
    "more.": _metric(weight=lambda f, knee: (1 + f / knee) ** 2),
    "f is divided by the knee: you multiply by it.": (
        _metric(weight=lambda f, knee: _weight(f * knee, 1))
    ),
    "The knee is missing: the weight is 1 / (1 + f / knee)**2.": (
        _metric(weight=lambda f, knee: _weight(f, 1))
    ),
    "Your knee is always 0.1: take the one that is handed over.": (
        _metric(weight=lambda f, knee: _weight(f, 0.1))
    ),
    "At f = 0 the weight is 1: with you the flat part of the picture is gone.": (
        _without_the_flat_part
    ),
    "Nothing is weighted: that is the gradient as it came.": lambda gradient, knee=0.1: gradient,
    "You weight the pixels: the weights are for frequencies, so go there with a Fourier transform "
    "first, and come back at the end.": _metric(there=lambda g: g, back=lambda spectrum: spectrum),
    "That is the absolute value, and a gradient has signs: take the real part.": (
        _metric(part=np.abs)
    ),
    "That is the imaginary part, which is rounding at most: take the real one.": (
        _metric(part=np.imag)
    ),
    "You are still among the frequencies: come back with ifft2.": (
        _metric(back=lambda spectrum: spectrum),
        _metric(back=lambda spectrum: spectrum, part=np.abs),
    ),
    "You transform forth twice, which turns the picture round: back is ifft2.": _metric(
        back=_there
    ),
    "You transform back only: first comes fft2, then the weights, then ifft2.": (
        _metric(there=lambda gradient: gradient)
    ),
    "It is right up to a factor: fft2 and ifft2 have to divide in ways that fit, as they do unless "
    "told otherwise (norm=...).": (
        _times(lambda pixels: pixels),
        _times(lambda pixels: 1 / pixels),
        _times(lambda pixels: pixels**0.5),
        _times(lambda pixels: pixels**-0.5),
    ),
    "You transform over columns and channels, as fft2 does unless it is told: rows and columns are "
    "axes=(1, 2).": _along(2, 3),
    "You transform over pictures and rows: rows and columns are axes=(1, 2).": _along(0, 1),
    "The channels are no third direction in the picture: each is transformed for itself, "
    "over rows and columns.": _through_the_channels,
    "Each channel goes its own way: you give all of them what belongs to their mean.": _of_gray,
    "Yours is a cosine transform, in which the picture goes on beyond its edges as in a mirror. "
    "That would be a good metric, too, but here it is Fourier's.": _mirrored,
}
AT_ODD_SIDES = "With even sides it is right, with odd ones it is not: "
IRFFT = "irfft2 makes an even width, unless it is told which: s=(H, W)."


def _real_part(student):
    """The student's function; of a complex answer the real part, unless that is all it lacks."""

    def metric(*inputs):
        found = student(*inputs)
        if not np.iscomplexobj(found):
            return found
        found = np.asarray(found).real
        if close(found, as_floats(our_frequency_metric(*inputs))):
            raise StudentError(
                "It returns complex numbers: what comes back is real, and its imaginary part "
                "nothing but rounding. Return the real part."
            )
        return found

    return metric


def _examine_frequency_metric(student):
    student, slips = _real_part(student), slips_of(METRICS)
    compare(student, draw_gradients, our_frequency_metric, slips)
    yield True, "Every frequency has its weight, for any knee."
    row = np.array([2.0, 0.0, 2.0, 0.0], "float32").reshape(1, 1, 4, 1)
    by_hand = {
        "the docstring's example": (row,),
        "a picture of one pixel": (np.full((1, 1, 1, 1), 0.5, "float32"), 0.2),
    }
    odd = functools.partial(draw_gradients, (5, 7, 9))
    try:
        compare(student, odd, our_frequency_metric, slips, shape_words=lambda shape: IRFFT)
        compare(student, odd, our_frequency_metric, rounds=1, by_hand=by_hand)
    except StudentError as error:
        raise StudentError(f"{AT_ODD_SIDES}{error}") from None
    yield True, "So has it in pictures with odd sides, and in very small ones."


frequency_metric = Check(
    our_frequency_metric,
    _examine_frequency_metric,
    (
        "Three steps: to the frequencies, times the weights, and back. A picture and its spectrum "
        "have the same shape, and so have the weights, but for pictures and channels.",
        "np.fft.fft2 and np.fft.ifft2 take axes=(1, 2). np.fft.fftfreq(H) has the fy of all rows, "
        "fftfreq(W) the fx of all columns; [:, None, None] and [:, None] put them in their places.",
        "f = np.sqrt(fy**2 + fx**2), of shape (H, W, 1); weights = 1 / (1 + f / knee) ** 2; return "
        "np.fft.ifft2(np.fft.fft2(gradient, axes=(1, 2)) * weights, axes=(1, 2)).real",
    ),
)

# ---- scipy_objective -----------------------------------------------------------------------------


class _Bowl:
    """An `evaluate` of which the lowest point is known, and that keeps what it was asked."""

    def __init__(self, dtype):
        rng = np.random.default_rng()
        self.shape, self.dtype, self.asked = (1, *map(int, rng.permutation([2, 3, 4]))), dtype, []
        self.bottom, self.bend = rng.uniform(1, 3, (2, *self.shape))

    def at(self, point):
        away = as_floats(point).reshape(self.shape) - self.bottom
        return np.sum(self.bend * away**2), 2 * self.bend * away

    def __call__(self, x):
        self.asked.append(x)
        return tuple(keras.ops.convert_to_tensor(part, self.dtype) for part in self.at(x))


def _look_at_the_question(bowl, flat, again):
    """Whether `evaluate` was asked as it should be."""
    if not bowl.asked and again:
        raise StudentError(
            "At the second point it does not call evaluate: it gives the first answer again."
        )
    if not bowl.asked:
        raise StudentError("It never calls evaluate: what is the value at the point that comes in?")
    if len(bowl.asked) > 1:
        raise StudentError(
            f"For one point it calls evaluate {len(bowl.asked)} times: once is needed, and gives "
            "both, value, gradient = evaluate(x)."
        )
    x = numbers(bowl.asked[0])
    if x.shape != bowl.shape:
        raise StudentError(f"evaluate gets {x.shape}: reshape SciPy's flat vector to {bowl.shape}.")
    if x.dtype == "float32" and bowl.dtype == "float64":
        raise StudentError("It converts to float32, whatever dtype is: convert to dtype.")
    if x.dtype != bowl.dtype:
        raise StudentError(f"evaluate gets {x.dtype}: convert what SciPy gives to {bowl.dtype}.")
    if not close(np.sort(x, axis=None), np.sort(flat)):
        raise StudentError(
            "evaluate gets other numbers than SciPy's: use the vector that comes in."
        )
    if not close(x, flat.reshape(bowl.shape)):
        raise StudentError(
            "evaluate gets SciPy's numbers in another order: do no more than reshape."
        )


def _look_at_the_answer(found, bowl, flat):
    """Whether SciPy gets what it needs."""
    if found is None:
        raise StudentError(
            "The function inside returns nothing: end it with return value, gradient."
        )
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        missing = "value" if np.shape(found) else "gradient"
        raise StudentError(
            f"The {missing} is missing: the function inside returns two things, value, gradient."
        )
    value, gradient = found
    if np.ndim(value) and not np.ndim(gradient):
        raise StudentError("SciPy wants the value first, then the gradient: change their places.")
    if not isinstance(value, float):
        raise StudentError(
            f"The value is of type {type(value).__name__}: make a Python float of it, float(value)."
        )
    if not isinstance(gradient, np.ndarray):
        raise StudentError(
            f"The gradient is of type {type(gradient).__name__}: np.asarray makes an array of it."
        )
    if gradient.shape != flat.shape:
        raise StudentError(f"The gradient has shape {gradient.shape}: SciPy wants it flat.")
    if gradient.dtype != "float64":
        raise StudentError(f"The gradient is in {gradient.dtype}: SciPy computes in float64.")
    wanted_value, wanted = bowl.at(flat)
    if not close(as_floats(value), as_floats(wanted_value)):
        raise StudentError(f"The value is {value:.6g}, and evaluate gave {wanted_value:.6g}.")
    if close(gradient, -wanted.ravel()):
        raise StudentError("The sign of the gradient is wrong: SciPy itself goes against it.")
    if not close(gradient, wanted.ravel()):
        raise StudentError(
            "These are not the numbers that evaluate gave as gradient, or not in their order: "
            "flatten it, and change nothing."
        )


def _made_by(student, bowl):
    """The function that the student's returns for a bowl, called as carefully."""
    made = student(bowl, bowl.shape, bowl.dtype)
    if made is None or made is ...:
        raise StudentError(NOTHING)
    if not callable(made):
        raise StudentError(
            f"It returns a function, for SciPy to call, and yours is {type(made).__name__}: write "
            "a def within your def, and return what it defines, without brackets."
        )
    if bowl.asked:
        raise StudentError(
            "It calls evaluate before SciPy has asked: only the function inside should do so."
        )
    right = references.scipy_objective(bowl, bowl.shape, bowl.dtype)
    return Student(made, right, arrays_only=True)


def _examine_scipy_objective(student):
    import scipy.optimize  # here: see `nstlib.check.references.scipy_lbfgsb`

    for dtype in ("float32", "float64"):
        bowl = _Bowl(dtype)
        made = _made_by(student, bowl)
        for again in (False, True):
            flat = np.random.default_rng().uniform(-1, 1, bowl.bottom.size)
            bowl.asked.clear()
            found = made(flat)
            _look_at_the_question(bowl, flat, again)
            _look_at_the_answer(found, bowl, flat)
    if isinstance(bowl.asked[0], (np.ndarray, np.generic, list, tuple)):
        raise StudentError(
            "All numbers are right, but evaluate takes a tensor and gets an array, of which "
            "TensorFlow has no gradient: tf.constant or ops.convert_to_tensor makes a tensor of it."
        )
    yield True, "It asks for a picture, once for each point, and gives a float and a flat array."
    bowl = _Bowl("float32")
    made = _made_by(student, bowl)
    found = scipy.optimize.minimize(made, 0 * bowl.bottom.ravel(), jac=True, method="L-BFGS-B")
    near = np.abs(found.x - bowl.bottom.ravel()).max() < 0.01
    yield near, "SciPy's L-BFGS-B finds the bottom of a bowl with it."


scipy_objective = Check(
    references.scipy_objective,
    _examine_scipy_objective,
    (
        "A function that returns a function: inside, def value_and_gradient(flat), which may use "
        "evaluate, shape and dtype; the last line returns it, without calling it.",
        "Two conversions: on the way in, reshape to shape and convert to dtype; on the way out, a "
        "float and a flat array in float64.",
        "In: tf.constant(flat.reshape(shape), dtype). Then value, gradient = evaluate(...). Out: "
        'float(value), np.asarray(gradient, "float64").ravel().',
    ),
)
