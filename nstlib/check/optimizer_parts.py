"""The optimisers of lesson 08 in parts: what right and wrong formulas are made of."""

from __future__ import annotations

import numpy as np

from nstlib.check.answers import slips_of

# ---- Adam ----------------------------------------------------------------------------------------


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
ADAM_SLIPS, EPSILON_SLIPS = slips_of(ADAM), slips_of(EPSILONS)

# ---- the two loops ------------------------------------------------------------------------------


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
    "That is the gradient, scaled: the two loops have no effect.": (
        lambda g, S, Y: -g * _scale(S[-1], Y[-1])
    ),
}
DIRECTION_SLIPS = slips_of(DIRECTIONS)
