"""Lesson 08, Adam against L-BFGS: its exercises."""

from __future__ import annotations

import functools

import numpy as np

from nstlib.backend import keras
from nstlib.check import references
from nstlib.check.comparison import as_floats, close, compare, draw_apart, numbers, slips_of
from nstlib.check.framework import NOTHING, Check, Student, StudentError
from nstlib.lbfgs import frequency_metric as our_frequency_metric
from nstlib.lbfgs import two_loop_direction as our_two_loop_direction
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
        for slip, wrong in zip(slips, wrongs, strict=True):
            if close(found, wrong):
                raise StudentError(slip.words)
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
    half, zero, three = (np.full(1, value, "float32") for value in (0.5, 0.0, 3.0))
    if not close(_three(student(half, zero, zero, three, 1), (1,)), _few((0.48, 0.3, 0.009))):
        raise StudentError(
            "For the docstring's example, x = 0.5, m = v = 0, gradient = 3.0 and t = 1, with all "
            "settings as they are by default, the new x, m and v are 0.48, 0.3 and 0.009, and "
            "yours are not: are the defaults those of the first line?"
        )
    yield True, "So is the first step, where t is 1."
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
