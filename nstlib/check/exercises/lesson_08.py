"""Lesson 08, from gradient descent to Adam: its exercises."""

from __future__ import annotations

import functools

import numpy as np

from nstlib.check.comparison import as_floats, close, draw_apart, numbers, raise_slip, slips_of
from nstlib.check.framework import Check, StudentError
from nstlib.optimizers import adam_step as our_adam_step

# ---- adam_step -----------------------------------------------------------------------------------


def draw_adam(first=False, epsilon=1e-7):
    """Draws a step of Adam, with settings that nobody has by default."""
    rng = np.random.default_rng()
    x, v, size = rng.uniform(0.4, 1.5, (3, 2, 3))
    m, gradient = rng.normal(0, 0.5, (2, 3)), size * rng.choice([-1, 1], (2, 3))
    if first:
        m, v = 0 * m, 0 * v
    t = 1 if first else int(rng.integers(2, 7))
    arrays = [array.astype("float32") for array in (x, m, v, gradient)]
    settings = rng.uniform(0.3, 0.8), rng.uniform(0.6, 0.8), rng.uniform(0.85, 0.95)
    return *arrays, t, *settings, epsilon


def _mean_g(m, g, b1):
    return b1 * m + (1 - b1) * g


def _mean_g2(v, g, b2):
    return b2 * v + (1 - b2) * g**2


def _way(m, v, g, e):
    return m / (v**0.5 + e)


def _fix(b1, b2, t):
    return 1 / (1 - b1**t), 1 / (1 - b2**t)


def _adam(mean_g=_mean_g, mean_g2=_mean_g2, fix=_fix, way=_way):
    """A step of Adam as the paper's algorithm 1 has it, or with one piece changed."""

    def step(x, m, v, g, t, rate, b1, b2, epsilon):
        m, v = mean_g(m, g, b1), mean_g2(v, g, b2)
        fix_m, fix_v = fix(b1, b2, t)
        return np.stack([x - rate * way(m * fix_m, v * fix_v, g, epsilon), m, v])

    return step


paper = _adam()


def _returns_fixed(*inputs):
    fixes = _fix(*inputs[6:8], t=inputs[4])
    return paper(*inputs) * np.reshape([1, *fixes], (3, 1, 1))


ADAM = {
    "You do not correct m and v: they began at 0, so divide m by 1 - beta_1**t, v by 1 - beta_2**t "
    "before you step.": _adam(fix=lambda b1, b2, t: (1, 1)),
    "You correct m only: v is too small at first as well.": (
        _adam(fix=lambda b1, b2, t: (1 / (1 - b1**t), 1))
    ),
    "You correct v only: m is too small at first as well.": (
        _adam(fix=lambda b1, b2, t: (1, 1 / (1 - b2**t)))
    ),
    "You correct with t - 1: t counts from 1 already.": (
        _adam(fix=lambda b1, b2, t: _fix(b1, b2, t - 1))
    ),
    "You correct with t + 1: t is 1 in the first step.": (
        _adam(fix=lambda b1, b2, t: _fix(b1, b2, t + 1))
    ),
    "You correct by 1 - beta, whatever t is: it is 1 - beta**t, which soon comes close to 1.": (
        _adam(fix=lambda b1, b2, t: _fix(b1, b2, 1))
    ),
    "The corrections have changed places: that with beta_1 belongs to m, that with beta_2 to v.": (
        _adam(fix=lambda b1, b2, t: _fix(b2, b1, t))
    ),
    "You multiply by 1 - beta**t: m and v are too small at first, so divide.": (
        _adam(fix=lambda b1, b2, t: (1 - b1**t, 1 - b2**t))
    ),
    "The correction of v belongs under the root: outside, it is the root of 1 - beta_2**t.": (
        _adam(fix=lambda b1, b2, t: (1 / (1 - b1**t), (1 - b2**t) ** -2))
    ),
    "The betas have changed places: beta_1 is for m, beta_2 for v.": (
        lambda x, m, v, g, t, rate, b1, b2, e: paper(x, m, v, g, t, rate, b2, b1, e)
    ),
    "The weights have changed places: beta is kept of the old mean, 1 - beta comes in.": (
        _adam(lambda m, g, b1: _mean_g(m, g, 1 - b1), lambda v, g, b2: _mean_g2(v, g, 1 - b2))
    ),
    "Your m is no mean: the gradient comes in times 1 - beta_1.": (
        _adam(mean_g=lambda m, g, b1: b1 * m + g)
    ),
    "Your v is no mean: the squared gradient comes in times 1 - beta_2.": (
        _adam(mean_g2=lambda v, g, b2: b2 * v + g**2)
    ),
    "Your m and v are no means: what is new comes in times 1 - beta.": (
        _adam(lambda m, g, b1: b1 * m + g, lambda v, g, b2: b2 * v + g**2)
    ),
    "You forgot the square: v is the mean of the squared gradient.": (
        _adam(mean_g2=lambda v, g, b2: b2 * v + (1 - b2) * g)
    ),
    "You take the absolute gradient in the place of its square: v is a mean of squares.": (
        _adam(mean_g2=lambda v, g, b2: b2 * v + (1 - b2) * np.abs(g))
    ),
    "You divide by one number for the whole picture: each coordinate has a v of its own.": (
        _adam(way=lambda m, v, g, e: m / (v.mean() ** 0.5 + e)),
        _adam(way=lambda m, v, g, e: m / (v.sum() ** 0.5 + e)),
    ),
    "You square the gradient for m as well: m is the mean of the gradient itself.": (
        _adam(mean_g=lambda m, g, b1: _mean_g(m, g**2, b1))
    ),
    "You forgot the root: of v, which is a square, it makes a usual gradient.": (
        _adam(way=lambda m, v, g, e: m / (v + e))
    ),
    "x moves by this one gradient: put m, its running mean, in its place.": (
        _adam(way=lambda m, v, g, e: g / (v**0.5 + e))
    ),
    "You do not divide by the root of v: so all coordinates share one unit, as with momentum.": (
        _adam(way=lambda m, v, g, e: m)
    ),
    "It climbs: x goes against m, so minus.": _adam(way=lambda m, v, g, e: -_way(m, v, g, e)),
    "The learning rate is missing: multiply the step by it.": (
        lambda x, m, v, g, t, rate, *rest: paper(x, m, v, g, t, 1, *rest)
    ),
    "Your learning rate is always 0.02: take the one that is handed over.": (
        lambda x, m, v, g, t, rate, *rest: paper(x, m, v, g, t, 0.02, *rest)
    ),
    "Your betas are always 0.9 and 0.999: take those that are handed over.": (
        lambda x, m, v, g, t, rate, b1, b2, e: paper(x, m, v, g, t, rate, 0.9, 0.999, e)
    ),
    "Only x is right. Return the new m and v, too, and not the old ones.": (
        lambda x, m, v, *rest: np.stack([paper(x, m, v, *rest)[0], m, v])
    ),
    "Return m and v as they are before the correction: the next step begins with them.": (
        _returns_fixed
    ),
    "The order is x, m, v: with you x comes last.": lambda *inputs: paper(*inputs)[[1, 2, 0]],
    "The order is x, m, v: with you v comes before m.": lambda *inputs: paper(*inputs)[[0, 2, 1]],
}
_under_the_root = _adam(way=lambda m, v, g, e: m / (v + e) ** 0.5)


def _under_the_root_at_once(*inputs):
    fix_v = _fix(*inputs[6:8], t=inputs[4])[1]
    return _under_the_root(*inputs[:-1], inputs[-1] * fix_v)


EPSILONS = {
    "Epsilon has no effect: add the one that is handed over to the root of v.": (
        lambda *inputs: paper(*inputs[:-1], 0)
    ),
    "Epsilon stands under the root: take the root of v first, then add epsilon.": (
        _under_the_root,
        _under_the_root_at_once,
    ),
}

AS_PRINTED = (
    "You correct v before you add epsilon, as the paper's algorithm 1 does; nstlib and Keras do it "
    "afterwards, so that epsilon counts for more in the first steps. Both are Adam."
)


def _right_adam(*inputs):
    return np.stack(our_adam_step(*inputs))


def _three(found, shape):
    """An answer as the new x, m and v in one array, or a `StudentError`."""
    three = found if isinstance(found, (tuple, list)) else np.atleast_1d(numbers(found))
    if len(three) != 3:
        raise StudentError("It returns three arrays, the new x, m and v, each in the shape of x.")
    three = [numbers(part) for part in three]
    for name, part in zip("xmv", three, strict=True):
        if part.shape != shape:
            raise StudentError(f"The new {name} has shape {part.shape}, and x has {shape}.")
    return as_floats(three)


def _compare_steps(student, draw, slips=(), also=_right_adam):
    """As `compare`, for three arrays; `also` is right, too. Returns whether that was needed."""
    needed = False
    for _ in range(3):
        inputs, wanted, wrongs = draw_apart(draw, _right_adam, slips)
        found = _three(student(*inputs), inputs[0].shape)
        if close(found, wanted):
            continue
        if close(found, also(*inputs)):
            needed = True
            continue
        raise_slip(found, slips, wrongs)
        part = next(part for part in (1, 2, 0) if not close(found[part], wanted[part]))
        at = (part, *np.unravel_index(np.argmax(np.abs(found - wanted)[part]), wanted[part].shape))
        raise StudentError(
            f"In step t = {inputs[4]}, one number of the new {'xmv'[part]} is {wanted[at]:.4g}, "
            f"and yours is {found[at]:.4g}. Compute a step of one number by hand, and compare."
        )
    return needed


def _few(values):
    return np.array(values)[:, None]


def _examine_adam_step(student):
    _compare_steps(student, draw_adam, slips_of(ADAM))
    yield True, "The new m, v and x are right in the middle of a run, for any settings."
    _compare_steps(student, lambda: draw_adam(first=True))
    second = (np.full(1, value, "float32") for value in (0.5, 0.3, 0.009, -1.0))
    if not close(_three(student(*second, 2), (1,)), _few((0.491996, 0.17, 0.009991))):
        raise StudentError(
            "For the docstring's example, x = 0.5, m = 0.3, v = 0.009, gradient = -1.0 and t = 2, "
            "with all settings as they are by default, the new x, m and v are 0.492, 0.17 and "
            "0.00999, and yours are not: are the defaults those of the first line?"
        )
    yield True, "So are the first step, where t is 1, and the docstring's example."
    draw = functools.partial(draw_adam, epsilon=0.3)
    as_printed = _compare_steps(student, draw, slips_of(EPSILONS), also=paper)
    yield True, AS_PRINTED if as_printed else "Epsilon is added to the root of v, as Keras does it."


adam_step = Check(
    our_adam_step,
    _examine_adam_step,
    (
        "There are three things to do, in this order: a new m, a new v, a step. In a running mean "
        "the old one counts beta and what is new 1 - beta.",
        "Both means began at 0 and are too small by a factor of 1 - beta**t: divide by it, but "
        "return m and v as they were before that.",
        "x - learning_rate * m_hat / (v_hat**0.5 + epsilon), where m_hat = m / (1 - beta_1**t) and "
        "v_hat = v / (1 - beta_2**t). Return the new x, m and v.",
    ),
)
