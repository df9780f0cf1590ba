"""Lesson 09: what the checks have to tell apart, run by test_check.py."""

import operator
from types import SimpleNamespace as Parts

import keras
import numpy as np
import scipy.fft
import tensorflow as tf

from nstlib.lbfgs import dot

# ---- the two loops -------------------------------------------------------------------------------


def direction(gradient, steps, changes):
    q, alphas = gradient, []
    for s, y in zip(steps[::-1], changes[::-1], strict=True):
        alphas.insert(0, np.sum(s * q) / np.sum(s * y))
        q = q - alphas[0] * y
    q = q * np.sum(steps[-1] * changes[-1]) / np.sum(changes[-1] ** 2)
    for s, y, alpha in zip(steps, changes, alphas, strict=True):
        q = q + (alpha - np.sum(y * q) / np.sum(s * y)) * s
    return -q


def direction_by_numbers(gradient, steps, changes):
    q, alpha = np.array(gradient, "float64"), {}
    for i in reversed(range(len(steps))):
        alpha[i] = float(np.vdot(steps[i], q) / np.vdot(steps[i], changes[i]))
        q -= alpha[i] * changes[i]
    q *= np.vdot(steps[-1], changes[-1]) / np.vdot(changes[-1], changes[-1])
    for i in range(len(steps)):
        beta = float(np.vdot(changes[i], q) / np.vdot(steps[i], changes[i]))
        q += (alpha[i] - beta) * steps[i]
    return -q


def inverse_bfgs(gradient, steps, changes):
    """With the matrix, which two loops save."""
    S, Y = (np.reshape(vectors, (len(vectors), -1)).astype(float) for vectors in (steps, changes))
    H = np.eye(S.shape[1]) * (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1])
    for s, y in zip(S, Y, strict=True):
        V = np.eye(len(s)) - np.outer(y, s) / (s @ y)
        H = V.T @ H @ V + np.outer(s, s) / (s @ y)
    return -(H @ gradient.ravel()).reshape(gradient.shape)


def direction_recursively(gradient, steps, changes):
    def apply(q, count):
        if count == 0:
            return q * dot(steps[-1], changes[-1]) / dot(changes[-1], changes[-1])
        s, y = steps[count - 1], changes[count - 1]
        alpha = dot(s, q) / dot(s, y)
        q = apply(q - alpha * y, count - 1)
        return q + (alpha - dot(y, q) / dot(s, y)) * s

    return -apply(gradient, len(steps))


def direction_of_tensors(gradient, steps, changes):
    shape = gradient.get_shape()
    flat = [[tf.reshape(vector, [-1]) for vector in vectors] for vectors in (steps, changes)]
    return tf.reshape(direction_recursively(tf.reshape(gradient, [-1]), *flat), shape)


def loops(
    alpha=lambda p: p.s @ p.q / (p.s @ p.y),
    down=lambda p: p.q - p.alpha * p.y,
    scale=lambda p: p.S[-1] @ p.Y[-1] / (p.Y[-1] @ p.Y[-1]),
    beta=lambda p: p.y @ p.q / (p.s @ p.y),
    up=lambda p: p.q + (p.alpha - p.beta) * p.s,
    there=-1,
    back=1,
    kept=lambda p: p.i,
):
    """The two loops with pieces changed: formulas of `p`, which has what was computed so far."""

    def two_loops(gradient, S, Y):
        p, numbers = Parts(S=S, Y=Y, g=gradient, q=gradient, n=len(S), kept={}), range(len(S))
        for i in numbers[::there]:
            p.i = i
            p.s, p.y = S[i], Y[i]
            p.alpha = p.kept[i] = alpha(p)
            p.q = down(p)
        p.q = p.q * scale(p)
        for i in numbers[::back]:
            p.i = i
            p.s, p.y, p.alpha = S[i], Y[i], p.kept[kept(p)]
            p.beta = beta(p)
            p.q = up(p)
        return -p.q

    return two_loops


def direction_in_place(gradient, steps, changes):
    found = direction(gradient, steps, changes)
    gradient *= 0
    gradient += found
    return gradient


def takes_the_lists_apart(gradient, steps, changes):
    found = direction(gradient, steps, changes)
    while steps:
        steps.pop()
    return found


# ---- the line search -----------------------------------------------------------------------------


def search(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
    low, high = 0.0, float("inf")
    for _ in range(20):
        there, slope_there = along(step)
        if there > value + decrease * step * slope:
            high = step
        elif slope_there < curvature * slope:
            low = step
        else:
            return step
        step = min(2 * step, (low + high) / 2)
    return low


def search_while(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
    """With the conditions that hold, in the place of those that do not."""
    low, high, trials = 0.0, None, 0
    while trials < 20:
        trials += 1
        there, slope_there = along(step)
        lower = there - value <= decrease * step * slope
        flatter = slope_there / slope <= curvature
        if lower and flatter:
            break
        low, high = (step, high) if lower else (low, step)
        step = step * 2 if high is None else low + (high - low) / 2
    else:
        return low
    return step


def search_recursively(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
    def between(t, low, high, left):
        if left == 0:
            return low
        there, slope_there = along(t)
        if there > value + decrease * t * slope:
            return between((low + t) / 2, low, t, left - 1)
        if slope_there < curvature * slope:
            return between(2 * t if high is None else (t + high) / 2, t, high, left - 1)
        return t

    return between(step, 0.0, None, 20)


def search_with_numpy(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
    ends = np.array([0.0, np.inf])
    t = np.float64(step)
    for _ in range(20):
        there, slope_there = np.array(along(t))
        wrong = np.array([slope_there < curvature * slope, there > value + decrease * t * slope])
        if not wrong.any():
            return t
        ends[1 if wrong[1] else 0] = t
        t = ends.mean() if np.isfinite(ends).all() else 2 * t
    return ends[0]


def search_of_tensors(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
    low, high, t = tf.constant(0.0, tf.float64), None, tf.constant(step, tf.float64)
    for _ in range(20):
        there, slope_there = (tf.constant(part, tf.float64) for part in along(t))
        if tf.greater(there, value + decrease * t * slope):
            high = t
        elif tf.less(slope_there, curvature * slope):
            low = t
        else:
            return t
        t = 2.0 * t if high is None else tf.reduce_mean([low, high])
    return low


def search_with_keras(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
    low, high = 0.0, None
    for _ in range(20):
        there, slope_there = keras.ops.convert_to_tensor(along(step), "float64")
        if keras.ops.greater(there, value + decrease * step * slope):
            high = step
        elif keras.ops.less(slope_there, curvature * slope):
            low = step
        else:
            break
        step = 2 * step if high is None else (low + high) / 2
    else:
        step = low
    return keras.ops.convert_to_tensor(step, "float64")


def too_long(p):
    return p.there > p.value + p.d * p.t * p.slope


def too_steep(p):
    return p.slope_there < p.c * p.slope


def searches(
    long=too_long,
    short=too_steep,
    ask=lambda p: p.along(p.t),
    shorter=lambda p: p.t,
    longer=lambda p: p.t,
    after=lambda p: 2 * p.t if p.high is None else (p.low + p.high) / 2,
    answer=lambda p: p.t,
    last=lambda p: p.low,
    trials=20,
):
    """The search with pieces changed: formulas of `p`, which has what was found so far."""

    def line_search(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
        p = Parts(along=along, value=value, slope=slope, t=step, first=step, low=0.0, high=None)
        p.d, p.c = decrease, curvature
        for _ in range(trials):
            p.there, p.slope_there = ask(p)
            if long(p):
                p.high = longer(p)
            elif short(p):
                p.low = shorter(p)
            else:
                return answer(p)
            p.t = after(p)
        return last(p)

    return line_search


def compares_with_the_last_trial(p):
    p.value, p.slope = p.there, p.slope_there
    return 2 * p.t if p.high is None else (p.low + p.high) / 2


def two_ifs(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
    low, high = 0.0, None
    for _ in range(20):
        there, slope_there = along(step)
        if long := there > value + decrease * step * slope:
            high = step
        if short := slope_there < curvature * slope:
            low = step
        if not (long or short):
            return step
        step = 2 * step if high is None else (low + high) / 2
    return low


def with_settings(change):
    return lambda along, value, slope, step=1.0, d=1e-4, c=0.9: search(
        along, value, slope, *change(step, d, c)
    )


def asks_at_the_start(along, value, slope, *settings):
    along(0.0)
    return search(along, value, slope, *settings)


def asks_at_the_end(along, value, slope, *settings):
    step = search(along, value, slope, *settings)
    along(step)
    return step


def asks_for_each(along, value, slope, *settings):
    return search(lambda t: (along(t)[0], along(t)[1]), value, slope, *settings)


def asks_in_vain(along, value, slope, step=1.0, *settings):
    along(3 * step)
    return search(along, value, slope, step, *settings)


# ---- the metric ----------------------------------------------------------------------------------


def length(p):
    return np.sqrt(p.fy[:, None] ** 2 + p.fx[None] ** 2)


def to_frequencies(p):
    return np.fft.fft2(p.g, axes=(1, 2))


def from_frequencies(p):
    return np.fft.ifft2(p.spectrum * p.weights[None, :, :, None], axes=(1, 2))


METRIC = {
    "knee": operator.attrgetter("knee"),
    "fy": lambda p: np.fft.fftfreq(p.g.shape[1]),
    "fx": lambda p: np.fft.fftfreq(p.g.shape[2]),
    "f": length,
    "weights": lambda p: (1 + p.f / p.knee) ** -2.0,
    "spectrum": to_frequencies,
    "back": from_frequencies,
    "answer": lambda p: p.back.real,
}


def metric_with(**changes):
    """The metric with pieces changed: formulas of `p`, which has what was computed so far."""

    def metric(gradient, knee=0.1):
        p = Parts(g=gradient, knee=knee)
        for name, formula in (METRIC | changes).items():
            setattr(p, name, formula(p))
        return p.answer

    return metric


def frequencies_with(frequencies, **changes):
    """As above, with other frequencies of a side."""
    return metric_with(
        fy=lambda p: frequencies(p.g.shape[1]), fx=lambda p: frequencies(p.g.shape[2]), **changes
    )


def metric_of_halves(gradient, knee=0.1):
    _, height, width, _ = gradient.shape
    fy, fx = np.fft.fftfreq(height)[:, None, None], np.fft.rfftfreq(width)[:, None]
    spectrum = np.fft.rfft2(gradient, axes=(1, 2)) / np.square(1 + np.hypot(fy, fx) / knee)
    return np.fft.irfft2(spectrum, s=(height, width), axes=(1, 2))


def metric_without_a_size(gradient, knee=0.1):
    _, height, width, _ = gradient.shape
    fy, fx = np.fft.fftfreq(height)[:, None, None], np.fft.rfftfreq(width)[:, None]
    spectrum = np.fft.rfft2(gradient, axes=(1, 2)) / np.square(1 + np.hypot(fy, fx) / knee)
    return np.fft.irfft2(spectrum, axes=(1, 2))


def metric_by_channels(gradient, knee=0.1):
    found = np.zeros(gradient.shape)
    for picture in range(gradient.shape[0]):
        for channel in range(gradient.shape[3]):
            plane = gradient[picture, :, :, channel]
            fy, fx = np.meshgrid(*map(np.fft.fftfreq, plane.shape), indexing="ij")
            weights = 1 / (1 + np.sqrt(fx**2 + fy**2) / knee) ** 2
            found[picture, :, :, channel] = np.fft.ifft2(weights * np.fft.fft2(plane)).real
    return found


def metric_of_tensors(gradient, knee=0.1):
    planes = tf.cast(tf.transpose(gradient, [0, 3, 1, 2]), tf.complex64)
    height, width = planes.get_shape()[2:]
    f = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    weights = tf.constant(1 / (1 + f / knee) ** 2, tf.complex64)
    found = tf.math.real(tf.signal.ifft2d(tf.signal.fft2d(planes) * weights))
    return tf.transpose(found, [0, 2, 3, 1])


def metric_by_matrices(gradient, knee=0.1):
    """The sums that a Fourier transform is."""
    waves = [np.exp(-2j * np.pi * np.outer(*[np.arange(n)] * 2) / n) for n in gradient.shape[1:3]]
    rows, columns = ([min(k, n - k) / n for k in range(n)] for n in gradient.shape[1:3])
    weights = [[1 / (1 + abs(complex(fy, fx)) / knee) ** 2 for fx in columns] for fy in rows]
    spectrum = np.einsum("uy,vx,byxc->buvc", *waves, gradient)
    spectrum = spectrum * np.array(weights)[:, :, None]
    back = [wave.conj() / len(wave) for wave in waves]
    return np.einsum("yu,xv,buvc->byxc", *back, spectrum).real


def metric_by_convolution(gradient, knee=0.1):
    """Each pixel takes its share of all others, around the edges."""
    _, height, width, _ = gradient.shape
    f = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    kernel = np.fft.ifft2(1 / (1 + f / knee) ** 2).real
    shifts = np.ndindex(height, width)
    return sum(kernel[shift] * np.roll(gradient, shift, axis=(1, 2)) for shift in shifts)


def metric_with_scipy(gradient, knee=0.1):
    """fftn goes through the channels as well, and comes back unchanged from there."""
    fy, fx = (scipy.fft.fftfreq(n) for n in gradient.shape[1:3])
    f = np.linalg.norm(np.stack(np.meshgrid(fy, fx, indexing="ij")), axis=0)[None, ..., None]
    return scipy.fft.ifftn(scipy.fft.fftn(gradient) / (1 + f / knee) ** 2).real.astype("float32")


def cosine_metric(gradient, knee=0.1):
    fy, fx = (np.arange(n) / (2 * n) for n in gradient.shape[1:3])
    weights = 1 / (1 + np.hypot(fy[:, None, None], fx[:, None]) / knee) ** 2
    return scipy.fft.idctn(scipy.fft.dctn(gradient, axes=(1, 2)) * weights, axes=(1, 2))


def metric_in_place(gradient, knee=0.1):
    gradient[...] = metric_of_halves(gradient, knee)
    return gradient


def halves_by_hand(side):
    """Right for even sides: with odd ones the middle belongs to the first half."""
    return np.concatenate([np.arange(side // 2), np.arange(-(side // 2), 0)]) / side


def even_sides_only(side):
    return np.concatenate([np.arange(side // 2), np.arange(-((side + 1) // 2), 0)]) / side


# ---- SciPy's objective ---------------------------------------------------------------------------


def objective(evaluate, shape, dtype="float32"):
    def value_and_gradient(flat):
        value, gradient = evaluate(tf.constant(np.reshape(flat, shape), dtype))
        return float(value), np.array(gradient, np.float64).flatten()

    return value_and_gradient


def objective_of_tensors(evaluate, shape, dtype="float32"):
    def f(x):
        value, gradient = evaluate(tf.cast(tf.reshape(x, shape), dtype))
        return value.numpy().item(), tf.reshape(tf.cast(gradient, "float64"), [-1]).numpy()

    return f


def objective_with_keras(evaluate, shape, dtype="float32"):
    def f(x):
        found = evaluate(keras.ops.convert_to_tensor(x.reshape(shape), dtype))
        return [found[0].numpy().item(), np.asarray(found[1]).ravel().astype("float64")]

    return f


class AsAnObject:
    def __init__(self, evaluate, shape, dtype="float32"):
        self.evaluate, self.shape, self.dtype = evaluate, shape, dtype

    def __call__(self, flat):
        value, gradient = self.evaluate(tf.constant(flat.reshape(self.shape), self.dtype))
        return float(value), gradient.numpy().ravel().astype(float)


def flattened(p):
    return np.array(p.gradient, float).ravel()


def scipys(question=lambda p: p.evaluate(tf.constant(p.flat.reshape(p.shape), p.dtype)), **changes):
    """An objective with pieces changed; `changes` are those of the answer, formulas of `p`."""
    formulas = {"value": lambda p: float(p.value), "gradient": flattened}
    formulas |= {"answer": lambda p: (p.value, p.gradient)} | changes

    def objective(evaluate, shape, dtype="float32"):
        def value_and_gradient(flat):
            p = Parts(evaluate=evaluate, shape=shape, dtype=dtype, flat=flat)
            p.value, p.gradient = question(p)
            for name, formula in formulas.items():
                setattr(p, name, formula(p))
            return p.answer

        return value_and_gradient

    return objective


def asks_at_once(evaluate, shape, dtype="float32"):
    found = evaluate(np.zeros(shape, dtype))
    return lambda flat: (float(found[0]), np.array(found[1], float).ravel())


def asks_and_returns(evaluate, shape, dtype="float32"):
    return objective(evaluate, shape, dtype)(np.zeros(np.prod(shape)))


def asks_twice(evaluate, shape, dtype="float32"):
    def value_and_gradient(flat):
        x = tf.constant(flat.reshape(shape), dtype)
        return float(evaluate(x)[0]), np.array(evaluate(x)[1], float).ravel()

    return value_and_gradient


def never_asks(evaluate, shape, dtype="float32"):
    return lambda flat: (0.0, 0 * flat)


def wants_the_shape_again(evaluate, shape, dtype="float32"):
    return lambda flat, shape: objective(evaluate, shape, dtype)(flat)


def wants_tensors(evaluate, shape, dtype="float32"):
    return lambda flat: objective(evaluate, shape, dtype)(flat.numpy())


def forgets_to_return(evaluate, shape, dtype="float32"):
    def value_and_gradient(flat):
        objective(evaluate, shape, dtype)(flat)

    return value_and_gradient


def changes_the_point(evaluate, shape, dtype="float32"):
    def value_and_gradient(flat):
        found = objective(evaluate, shape, dtype)(flat)
        flat += 1
        return found

    return value_and_gradient


def has_a_budget(evaluate, shape, dtype="float32"):
    count = 0

    def value_and_gradient(flat):
        nonlocal count
        count += 1
        if count > 3:
            raise RuntimeError("too many calls")
        return objective(evaluate, shape, dtype)(flat)

    return value_and_gradient


def remembers_the_second_answer(evaluate, shape, dtype="float32"):
    answers = []

    def value_and_gradient(flat):
        found = objective(evaluate, shape, dtype)(flat)
        answers.append(found)
        return answers[1] if len(answers) > 2 else found

    return value_and_gradient


RIGHT = {
    "two_loop_direction": {
        "numpy": direction,
        "by numbers": direction_by_numbers,
        "a matrix": inverse_bfgs,
        "recursively": direction_recursively,
        "tensors only": direction_of_tensors,
        "lists": lambda *inputs: direction(*inputs).tolist(),
    },
    "line_search": {
        "infinity": search,
        "while": search_while,
        "recursively": search_recursively,
        "numpy": search_with_numpy,
        "tensors": search_of_tensors,
        "keras": search_with_keras,
        "pieces": searches(),
    },
    "frequency_metric": {
        "pieces": metric_with(),
        "half the frequencies": metric_of_halves,
        "one channel after the other": metric_by_channels,
        "tensors": metric_of_tensors,
        "matrices": metric_by_matrices,
        "a convolution": metric_by_convolution,
        "scipy": metric_with_scipy,
        "lists": lambda *inputs: metric_of_halves(*inputs).tolist(),
    },
    "scipy_objective": {
        "numpy": objective,
        "tensorflow": objective_of_tensors,
        "keras": objective_with_keras,
        "an object": AsAnObject,
        "pieces": scipys(),
    },
}
WRONG = {
    "two_loop_direction": {
        "uphill": (lambda *inputs: -direction(*inputs), "leads uphill"),
        "both loops reversed": (loops(there=1, back=-1), "Both loops go the wrong way"),
        "first loop reversed": (loops(there=1), "The first loop goes the wrong way"),
        "second loop reversed": (loops(back=-1), "The second loop goes the wrong way"),
        "alphas reversed": (loops(kept=lambda p: p.n - 1 - p.i), "alphas are in the wrong order"),
        "no beta": (loops(up=lambda p: p.q + p.alpha * p.s), "beta is missing"),
        "no alpha": (loops(up=lambda p: p.q - p.beta * p.s), "alpha is missing"),
        "beta - alpha": (loops(up=lambda p: p.q + (p.beta - p.alpha) * p.s), "not beta - alpha"),
        "y added": (loops(up=lambda p: p.q + (p.alpha - p.beta) * p.y), "and not the change y"),
        "alpha y added": (loops(down=lambda p: p.q + p.alpha * p.y), "you add it"),
        "alpha s": (loops(down=lambda p: p.q - p.alpha * p.s), "and not the step s"),
        "alpha of the gradient": (
            loops(alpha=lambda p: p.s @ p.g / (p.s @ p.y)),
            "and not of the gradient",
        ),
        "alpha with y": (loops(alpha=lambda p: p.y @ p.q / (p.s @ p.y)), "alpha is s.q over"),
        "beta with s": (loops(beta=lambda p: p.s @ p.q / (p.s @ p.y)), "beta is y.q over"),
        "by y.y": (
            loops(alpha=lambda p: p.s @ p.q / (p.y @ p.y), beta=lambda p: p.y @ p.q / (p.y @ p.y)),
            "divide by y.y",
        ),
        "by s.s": (
            loops(alpha=lambda p: p.s @ p.q / (p.s @ p.s), beta=lambda p: p.y @ p.q / (p.s @ p.s)),
            "divide by s.s",
        ),
        "no scale": (loops(scale=lambda p: 1), "the scale is missing"),
        "scale upside down": (
            loops(scale=lambda p: p.Y[-1] @ p.Y[-1] / (p.S[-1] @ p.Y[-1])),
            "upside down",
        ),
        "the oldest scale": (
            loops(scale=lambda p: p.S[0] @ p.Y[0] / (p.Y[0] @ p.Y[0])),
            "the oldest step: the",
        ),
        "another scale": (
            loops(scale=lambda p: p.S[-1] @ p.S[-1] / (p.S[-1] @ p.Y[-1])),
            "another one",
        ),
        "scaled too early": (
            lambda g, S, Y: loops(scale=lambda p: 1)(g * (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1]), S, Y),
            "too early or too late",
        ),
        "the newest step": (lambda g, S, Y: direction(g, S[-1:], Y[-1:]), "newest step only"),
        "the oldest left out": (
            lambda g, S, Y: direction(g, S[1:] or S, Y[1:] or Y),
            "oldest step is missing",
        ),
        "one loop": (loops(scale=lambda p: 1, up=lambda p: p.q), "q after the first loop"),
        "no second loop": (loops(up=lambda p: p.q), "second loop is missing"),
        "no loops": (loops(down=lambda p: p.q, up=lambda p: p.q), "two loops have no effect"),
        "needs two steps": (
            lambda g, S, Y: direction(g, S, Y) if S[1:] else -g,
            "and yours is",
        ),
        "vectors only": (loops(), "for pictures it is not: write dot"),
        "pairs": (lambda *inputs: (direction(*inputs), 1.0), "It returns numbers|no array"),
        "in place": (direction_in_place, "changes what it is given"),
    },
    "line_search": {
        "the wrong sign": (
            searches(long=lambda p: p.there > p.value - p.d * p.t * p.slope),
            "may be higher than promised",
        ),
        "no t": (searches(long=lambda p: p.there > p.value + p.d * p.slope), "t is missing"),
        "whatever is lower": (searches(long=lambda p: p.there > p.value), "whatever is lower"),
        "all that was promised": (
            searches(long=lambda p: p.there > p.value + p.t * p.slope),
            "a share is enough",
        ),
        "nothing too long": (searches(long=lambda p: False), "Nothing is too long"),
        "shorts forgotten": (searches(shorter=lambda p: p.low), "forget the lengths that were"),
        "the first too long": (searches(longer=lambda p: p.high or p.t), "the latest one"),
        "two ifs": (two_ifs, "write elif"),
        "slope and value": (searches(ask=lambda p: p.along(p.t)[::-1]), "the other way round"),
        "the last trial": (searches(after=compares_with_the_last_trial), "the trial before"),
        "the slope there": (
            searches(long=lambda p: p.there > p.value + p.d * p.t * p.slope_there),
            "not by that there",
        ),
        "a share of the value": (
            searches(long=lambda p: p.there > p.value * (1 - p.d)),
            "Your share is one of the value",
        ),
        "the very bottom": (
            searches(long=lambda p: p.slope_there > 0, short=lambda p: p.slope_there < 0),
            "for the very bottom",
        ),
        "neither setting": (with_settings(lambda step, d, c: (step, 1e-4, 0.9)), "0.0001 and 0.9"),
        "doubled at first": (
            with_settings(lambda step, d, c: (2 * step, d, c)),
            "double the first",
        ),
        "half the difference": (
            searches(after=lambda p: 2 * p.t if p.high is None else (p.high - p.low) / 2),
            "not half their difference",
        ),
        "root of the product": (
            searches(after=lambda p: 2 * p.t if p.high is None else (p.low * p.high) ** 0.5),
            "not the root",
        ),
        "asks low": (
            searches(after=lambda p: (p.low + (p.high or 0)) / 2 if p.low else 2 * p.t),
            "you ask of the wrong one",
        ),
        "a middle with nothing": (
            searches(after=lambda p: (p.low + (p.high or 0)) / 2),
            "there is no middle",
        ),
        "nothing too short": (searches(short=lambda p: False), "Nothing is too short"),
        "any flatter": (searches(short=lambda p: p.slope_there < p.slope), "become any flatter"),
        "down to the bottom": (
            searches(short=lambda p: p.slope_there < 0),
            "for as long as it leads down",
        ),
        "a slope above": (
            searches(short=lambda p: p.slope_there > p.c * p.slope),
            "wrong way round",
        ),
        "sizes": (
            searches(short=lambda p: abs(p.slope_there) > p.c * abs(p.slope)),
            "sizes of slopes",
        ),
        "swapped settings": (
            with_settings(lambda step, d, c: (step, c, d)),
            "decrease and curvature have changed places",
        ),
        "fixed curvature": (
            with_settings(lambda step, d, c: (step, d, 0.9)),
            "curvature is always 0.9",
        ),
        "from 1": (with_settings(lambda step, d, c: (1.0, d, c)), "first trial is always 1"),
        "other way round": (
            searches(long=lambda p: too_steep(p) and not too_long(p), short=too_long),
            "lead the wrong way",
        ),
        "slope first": (
            searches(long=lambda p: too_long(p) and not too_steep(p)),
            "ask for the slope first",
        ),
        "halves": (
            searches(after=lambda p: 2 * p.t if p.high is None else p.t / 2),
            "You halve the length",
        ),
        "doubles": (
            searches(after=lambda p: 2 * p.t if p.t == p.low else (p.low + p.high) / 2),
            "although a longer one",
        ),
        "four times": (
            searches(after=lambda p: 4 * p.t if p.high is None else (p.low + p.high) / 2),
            "another factor",
        ),
        "one more": (
            searches(after=lambda p: p.t + p.first if p.high is None else (p.low + p.high) / 2),
            "you add the first step",
        ),
        "the value": (searches(answer=lambda p: p.there), "You return the value there"),
        "the slope": (searches(answer=lambda p: p.slope_there), "You return the slope there"),
        "the first step": (searches(answer=lambda p: p.first), "return the first step"),
        "value and slope": (searches(answer=lambda p: (p.there, p.slope_there)), "yours has shape"),
        "never asks": (lambda along, value, slope, step=1.0, d=1e-4, c=0.9: step, "never asks"),
        "has no end": (searches(trials=10**6), "not come to an end"),
        "ends early": (searches(trials=12), "rises for ever, yours tries 12 lengths"),
        "the last length": (
            searches(last=lambda p: p.t),
            "on a line that rises for ever yours returns",
        ),
        "nothing at last": (searches(last=lambda p: None), "returns nothing here"),
        "asks at the start": (asks_at_the_start, "you ask along\\(0\\)"),
        "asks at the end": (asks_at_the_end, "once more at the end"),
        "asks twice": (asks_for_each, "call along twice"),
        "asks in vain": (asks_in_vain, "The length is right, but it tries"),
        "a third of the way": (
            searches(after=lambda p: 2 * p.t if p.high is None else (2 * p.low + p.high) / 3),
            "yours tries|do it on paper",
        ),
        "another default": (
            lambda along, value, slope, step=2.0, d=0.9, c=0.9: search(
                along, value, slope, step, d, c
            ),
            "are the defaults those",
        ),
        "no settings": (lambda along, value, slope: 1.0, "3 arguments, besides what has a default"),
    },
    "frequency_metric": {
        "the sum": (metric_with(f=lambda p: p.fy[:, None] + p.fx), "negative numbers as well"),
        "sizes added": (
            metric_with(f=lambda p: abs(p.fy)[:, None] + abs(p.fx)),
            "longer along the diagonals",
        ),
        "the larger": (
            metric_with(f=lambda p: np.maximum(abs(p.fy)[:, None], abs(p.fx))),
            "the larger of",
        ),
        "no root": (metric_with(f=lambda p: p.fy[:, None] ** 2 + p.fx**2), "root is missing"),
        "along the rows": (metric_with(fy=lambda p: 0 * np.fft.fftfreq(p.g.shape[1])), "rows only"),
        "along the columns": (
            metric_with(fx=lambda p: 0 * np.fft.fftfreq(p.g.shape[2])),
            "columns only",
        ),
        "a product": (
            metric_with(
                weights=lambda p: (
                    ((1 + abs(p.fy) / p.knee) ** -2)[:, None] * (1 + abs(p.fx) / p.knee) ** -2
                )
            ),
            "one after the other",
        ),
        "up to 1": (frequencies_with(lambda n: np.arange(n) / n), "second half are negative"),
        "up to a half": (frequencies_with(lambda n: np.linspace(0, 0.5, n)), "in the middle and"),
        "shifted": (
            frequencies_with(lambda n: np.fft.fftshift(np.fft.fftfreq(n))),
            "without a shift",
        ),
        "cycles a picture": (frequencies_with(lambda n: np.fft.fftfreq(n, 1 / n)), "a picture,"),
        "an angle": (frequencies_with(lambda n: 2 * np.pi * np.fft.fftfreq(n)), "2 pi times"),
        "up to 1 and back": (frequencies_with(lambda n: np.fft.fftfreq(n, 0.5)), "twice as large"),
        "power 1": (metric_with(weights=lambda p: 1 / (1 + p.f / p.knee)), "square is missing"),
        "a square inside": (
            metric_with(weights=lambda p: 1 / (1 + (p.f / p.knee) ** 2)),
            "Only f / knee is squared",
        ),
        "upside down": (metric_with(weights=lambda p: (1 + p.f / p.knee) ** 2), "upside down"),
        "times the knee": (
            metric_with(weights=lambda p: 1 / (1 + p.f * p.knee) ** 2),
            "you multiply by it",
        ),
        "no knee": (metric_with(weights=lambda p: 1 / (1 + p.f) ** 2), "The knee is missing"),
        "fixed knee": (metric_with(knee=lambda p: 0.1), "always 0.1"),
        "not flat": (
            metric_with(weights=lambda p: (1 + p.f / p.knee) ** -2.0 * (p.f > 0)),
            "the flat part",
        ),
        "no 1": (metric_with(weights=lambda p: (p.f / p.knee) ** -2.0), "Infinite or undefined"),
        "no weights": (metric_with(weights=lambda p: np.ones(p.g.shape[1:3])), "Nothing is weight"),
        "pixels": (
            lambda g, knee=0.1: (
                g
                * (
                    (
                        1
                        + length(
                            Parts(fy=np.fft.fftfreq(g.shape[1]), fx=np.fft.fftfreq(g.shape[2]))
                        )
                        / knee
                    )
                    ** -2
                )[..., None]
            ),
            "weight the pixels",
        ),
        "absolute": (metric_with(answer=lambda p: abs(p.back)), "absolute value"),
        "imaginary": (metric_with(answer=lambda p: p.back.imag), "imaginary part, which"),
        "complex": (metric_with(answer=lambda p: p.back), "returns complex numbers"),
        "no way back": (
            metric_with(back=lambda p: p.spectrum * p.weights[..., None]),
            "still among the frequencies",
        ),
        "forth twice": (
            metric_with(back=lambda p: np.fft.fft2(p.spectrum * p.weights[..., None], axes=(1, 2))),
            "forth twice",
        ),
        "back only": (metric_with(spectrum=lambda p: p.g), "You transform back only"),
        "divided once more": (
            metric_with(spectrum=lambda p: np.fft.fft2(p.g, axes=(1, 2), norm="forward")),
            "up to a factor",
        ),
        "columns and channels": (
            metric_with(
                spectrum=lambda p: np.fft.fft2(p.g),
                back=lambda p: np.fft.ifft2(p.spectrum * p.weights[..., None]),
            ),
            "columns and channels",
        ),
        "pictures and rows": (
            metric_with(
                spectrum=lambda p: np.fft.fft2(p.g, axes=(0, 1)),
                back=lambda p: np.fft.ifft2(p.spectrum * p.weights[..., None], axes=(0, 1)),
            ),
            "pictures and rows",
        ),
        "three axes": (
            metric_with(
                f=lambda p: np.sqrt(length(p)[..., None] ** 2 + np.fft.fftfreq(p.g.shape[3]) ** 2),
                spectrum=lambda p: np.fft.fftn(p.g, axes=(1, 2, 3)),
                back=lambda p: np.fft.ifftn(p.spectrum * p.weights, axes=(1, 2, 3)),
            ),
            "no third direction",
        ),
        "grey": (
            metric_with(answer=lambda p: np.repeat(p.back.real.mean(-1, keepdims=True), 3, -1)),
            "belongs to their mean",
        ),
        "a cosine transform": (cosine_metric, "a cosine transform"),
        "no size": (metric_without_a_size, "odd ones it is not.*irfft2 makes an even width"),
        "even sides only": (
            frequencies_with(even_sides_only),
            "odd ones it is not: The shape is right",
        ),
        "halves": (frequencies_with(halves_by_hand), "stopped with ValueError"),
        "one picture": (lambda g, knee=0.1: metric_with()(g[0], knee), "stopped with"),
        "no knee to hand over": (lambda g: metric_with()(g), "1 argument, besides what"),
        "another default": (lambda g, knee=0.2: metric_with()(g, knee), "the docstring's example"),
        "in place": (metric_in_place, "changes what it is given"),
    },
    "scipy_objective": {
        "asks at once": (asks_at_once, "before SciPy has asked"),
        "asks and returns": (asks_and_returns, "yours is tuple: write a def"),
        "asks twice": (asks_twice, "calls evaluate 2 times"),
        "never asks": (never_asks, "never calls evaluate"),
        "not reshaped": (
            scipys(lambda p: p.evaluate(p.flat.astype(p.dtype))),
            "evaluate gets \\(24,\\)",
        ),
        "not converted": (
            scipys(lambda p: p.evaluate(p.flat.reshape(p.shape))),
            "evaluate gets float64: convert",
        ),
        "always float32": (
            scipys(lambda p: p.evaluate(p.flat.reshape(p.shape).astype("float32"))),
            "converts to float32, whatever",
        ),
        "another order": (
            scipys(lambda p: p.evaluate(p.flat.reshape(p.shape, order="F").astype(p.dtype))),
            "numbers in another order",
        ),
        "another question": (
            scipys(lambda p: p.evaluate(np.clip(p.flat, 0, 1).reshape(p.shape).astype(p.dtype))),
            "other numbers than SciPy's",
        ),
        "only the gradient": (scipys(answer=lambda p: p.gradient), "The value is missing"),
        "only the value": (scipys(answer=lambda p: p.value), "The gradient is missing"),
        "swapped": (
            scipys(answer=lambda p: (p.gradient, p.value)),
            "value first, then the gradient",
        ),
        "value a tensor": (scipys(value=lambda p: p.value), "The value is of type EagerTensor"),
        "value an array": (
            scipys(value=lambda p: np.asarray(p.value)),
            "The value is of type ndarray",
        ),
        "another value": (scipys(value=lambda p: float(p.value) / 24), "and evaluate gave"),
        "gradient a tensor": (
            scipys(gradient=lambda p: p.gradient),
            "The gradient is of type EagerTensor",
        ),
        "gradient a list": (
            scipys(gradient=lambda p: np.ravel(p.gradient).tolist()),
            "The gradient is of type list",
        ),
        "gradient not flat": (
            scipys(gradient=lambda p: np.array(p.gradient, float)),
            "SciPy wants it flat",
        ),
        "gradient in float32": (
            scipys(gradient=lambda p: np.ravel(p.gradient)),
            "gradient is in float32",
        ),
        "gradient uphill": (
            scipys(gradient=lambda p: -np.array(p.gradient, float).ravel()),
            "sign of the gradient",
        ),
        "gradient in another order": (
            scipys(gradient=lambda p: np.array(p.gradient, float).ravel("F")),
            "not in their order",
        ),
        "no return": (forgets_to_return, "returns nothing"),
        "two arguments": (wants_the_shape_again, "It must take 1 argument"),
        "tensors only": (wants_tensors, "stopped with AttributeError"),
        "in place": (changes_the_point, "changes what it is given"),
        "gives up": (has_a_budget, "stopped with RuntimeError: too many"),
        "stuck": (remembers_the_second_answer, "finds the bottom"),
    },
}
SAME_WORDS = {
    "frequency_metric": {
        "the size of the sum": (
            metric_with(f=lambda p: abs(p.fy[:, None] + p.fx)),
            "negative numbers as well",
        ),
        "a spectrum's size": (
            metric_with(answer=lambda p: abs(p.spectrum * p.weights[..., None])),
            "still among the frequencies",
        ),
        "half of up to 1": (frequencies_with(lambda n: np.arange(n) / n / 2), "in the middle and"),
        "from -0.5": (frequencies_with(lambda n: np.arange(n) / n - 0.5), "without a shift"),
        "multiplied once more": (
            metric_with(answer=lambda p: p.back.real * p.g[0, ..., 0].size),
            "up to a factor",
        ),
    }
}
IN_PLACE = {"two_loop_direction": [takes_the_lists_apart]}
