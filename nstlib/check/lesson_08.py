"""Lesson 08, Adam against L-BFGS: its exercises."""

from __future__ import annotations

import functools

import numpy as np

from nstlib import steps
from nstlib.backend import keras
from nstlib.check import optimizer_parts as parts
from nstlib.check.answers import as_floats, close, compare, draw_apart, numbers
from nstlib.check.framework import NOTHING, Check, Student, StudentError

# ---- adam_step -----------------------------------------------------------------------------------

AS_PRINTED = (
    "You correct v before you add epsilon, as the paper's algorithm 1 does; nstlib and Keras do it "
    "afterwards, so that epsilon counts for more in the first steps. Both are Adam."
)


def _right_adam(*inputs):
    return np.stack(steps.adam_step(*inputs))


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


def _examine_adam_step(student):
    _compare_steps(student, parts.draw_adam, parts.ADAM_SLIPS)
    yield True, "The new m, v and x are right in the middle of a run, for any settings."
    _compare_steps(student, lambda: parts.draw_adam(first=True))
    yield True, "So is the first step, where t is 1."
    draw = functools.partial(parts.draw_adam, epsilon=0.3)
    as_printed = _compare_steps(student, draw, parts.EPSILON_SLIPS, also=parts.paper)
    yield True, AS_PRINTED if as_printed else "Epsilon is added to the root of v, as Keras does it."


adam_step = Check(
    steps.adam_step,
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


def _newton(gradient, S, Y, A):
    return -np.linalg.solve(A, gradient.ravel()).reshape(gradient.shape)


def _examine_two_loop_direction(student):
    right = steps.two_loop_direction
    compare(student, lambda: parts.draw_steps()[0], right, parts.DIRECTION_SLIPS)
    compare(student, lambda: parts.draw_steps(1)[0], right, rounds=1)
    yield True, "Both loops are right, for one remembered step and for four."
    (gradient, S, Y), A = parts.draw_steps(6, (1, 2, 1, 3), conjugate=True)
    try:
        compare(student, lambda: (gradient, S, Y), lambda *i: _newton(*i, A), rounds=1)
    except StudentError as error:
        raise StudentError(
            "For vectors it is right, for pictures it is not: write dot(a, b), or add up a * b "
            f"over all axes. {error}"
        ) from None
    yield True, "It works on pictures, and after six steps across a bowl it points at the bottom."


two_loop_direction = Check(
    steps.two_loop_direction,
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


def _look_at_the_question(bowl, flat):
    """Whether `evaluate` was asked as it should be."""
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
    if not isinstance(value, (float, np.floating)):
        raise StudentError(f"The value is of type {type(value).__name__}: make a float of it.")
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
    right = steps.scipy_objective(bowl, bowl.shape, bowl.dtype)
    return Student(made, right, arrays_only=True)


def _examine_scipy_objective(student):
    import scipy.optimize  # here: see `nstlib.optimizers.scipy_lbfgsb`

    for dtype in ("float32", "float64"):
        bowl = _Bowl(dtype)
        made = _made_by(student, bowl)
        for _ in range(2):
            flat = np.random.default_rng().uniform(-1, 1, bowl.bottom.size)
            bowl.asked.clear()
            found = made(flat)
            _look_at_the_question(bowl, flat)
            _look_at_the_answer(found, bowl, flat)
    yield True, "It asks for a picture, once for each point, and gives a float and a flat array."
    bowl = _Bowl("float32")
    made = _made_by(student, bowl)
    found = scipy.optimize.minimize(made, 0 * bowl.bottom.ravel(), jac=True, method="L-BFGS-B")
    near = np.abs(found.x - bowl.bottom.ravel()).max() < 0.01
    yield near, "SciPy's L-BFGS-B finds the bottom of a bowl with it."


scipy_objective = Check(
    steps.scipy_objective,
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
