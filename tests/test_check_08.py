"""Lesson 08: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import tensorflow as tf

from nstlib import check
from nstlib.lbfgs import dot

# ---- Adam ----------------------------------------------------------------------------------------


def means(m, v, g, b1, b2):
    return b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2


def adam(x, m, v, gradient, t, learning_rate=0.02, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """As algorithm 1 has it."""
    m, v = means(m, v, gradient, beta_1, beta_2)
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return x - learning_rate * m_hat / (v_hat**0.5 + epsilon), m, v


def adam_at_once(x, m, v, g, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
    """As Keras has it."""
    m, v = means(m, v, g, b1, b2)
    return x - rate * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + e), m, v


def adam_by_loops(x, m, v, gradient, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
    new = [np.zeros(np.shape(x)) for _ in range(3)]
    for at in np.ndindex(*np.shape(x)):
        numbers = (float(array[at]) for array in (x, m, v, gradient))
        for array, number in zip(new, adam(*numbers, t, rate, b1, b2, e), strict=True):
            array[at] = number
    return new


def adam_with_tensors(x, m, v, g, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
    m, v = m + (1 - b1) * (g - m), v + (1 - b2) * (tf.square(g) - v)
    fix_m, fix_v = 1 - tf.pow(b1, float(t)), 1 - tf.pow(b2, float(t))
    return x - rate * (m / fix_m) / (tf.sqrt(v / fix_v) + e), m, v


def adam_as_one_array(*inputs):
    return keras.ops.stack(adam_at_once(*inputs))


def adam_with(**changes):
    """`adam` with pieces changed, of which the arguments tell what they get."""

    def step(x, m, v, gradient, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
        known = {"x": x, "m": m, "v": v, "g": gradient, "t": t, "rate": rate, "e": e}
        known |= {"b1": b1, "b2": b2}
        for name, formula in (FORMULAS | changes).items():
            known[name] = eval(formula, {}, known)
        return known["return_"]

    return step


FORMULAS = {
    **{name: name for name in ("rate", "b1", "b2", "e")},
    "old_m": "m",
    "old_v": "v",
    "m": "b1 * m + (1 - b1) * g",
    "v": "b2 * v + (1 - b2) * g**2",
    "m_hat": "m / (1 - b1**t)",
    "v_hat": "v / (1 - b2**t)",
    "step": "m_hat / (v_hat**0.5 + e)",
    "new": "x - rate * step",
    "return_": "(new, m, v)",
}


SWAPPED = {"m_hat": "m / (1 - b2**t)", "v_hat": "v / (1 - b1**t)"}


def adam_in_place(x, m, v, g, t, rate=0.02, b1=0.9, b2=0.999, e=1e-7):
    m *= b1
    m += (1 - b1) * g
    v *= b2
    v += (1 - b2) * g**2
    return x - rate * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + e), m, v


def adam_without_settings(x, m, v, gradient, t):
    return adam(x, m, v, gradient, t)


def adam_restarting(x, m, v, g, t, *settings):
    """Takes the first step for one without means."""
    return (x - settings[0] * g, m, v) if t == 1 else adam(x, m, v, g, t, *settings)


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
    alpha="s @ q / (s @ y)",
    down="q - alpha * y",
    scale="S[-1] @ Y[-1] / (Y[-1] @ Y[-1])",
    beta="y @ q / (s @ y)",
    up="q + (alpha - beta) * s",
    there=-1,
    back=1,
    alphas="alphas[i]",
):
    """The two loops with pieces changed."""

    def two_loops(gradient, S, Y):
        q, known, numbers = gradient, {"S": S, "Y": Y, "g": gradient, "n": len(S)}, range(len(S))
        known["alphas"] = {}
        for i in numbers[::there]:
            known |= {"s": S[i], "y": Y[i], "q": q}
            known["alpha"] = known["alphas"][i] = eval(alpha, {}, known)
            q = eval(down, {}, known)
        q = q * eval(scale, {}, known)
        for i in numbers[::back]:
            known |= {"s": S[i], "y": Y[i], "q": q, "i": i}
            known["alpha"], known["beta"] = eval(alphas, {}, known), eval(beta, {}, known)
            q = eval(up, {}, known)
        return -q

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


# ---- SciPy's objective ---------------------------------------------------------------------------


def objective(evaluate, shape, dtype="float32"):
    def value_and_gradient(flat):
        value, gradient = evaluate(np.reshape(flat, shape).astype(dtype))
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
        return [found[0].numpy(), np.asarray(found[1]).ravel().astype("float64")]

    return f


class AsAnObject:
    def __init__(self, evaluate, shape, dtype="float32"):
        self.evaluate, self.shape, self.dtype = evaluate, shape, dtype

    def __call__(self, flat):
        value, gradient = self.evaluate(tf.constant(flat.reshape(self.shape), self.dtype))
        return float(value), gradient.numpy().ravel().astype(float)


def scipys(question="evaluate(flat.reshape(shape).astype(dtype))", **changes):
    """An objective with pieces changed; `changes` are those of the answer."""
    formulas = {"value": "float(value)", "gradient": "np.array(gradient, float).ravel()"}
    formulas |= {"answer": "(value, gradient)"} | changes

    def objective(evaluate, shape, dtype="float32"):
        def value_and_gradient(flat):
            known = {"np": np, "evaluate": evaluate, "shape": shape, "dtype": dtype, "flat": flat}
            known["value"], known["gradient"] = eval(question, known)
            for name, formula in formulas.items():
                known[name] = eval(formula, known)
            return known["answer"]

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


def asks_first_and_then_again(evaluate, shape, dtype="float32"):
    evaluate(np.zeros(shape, dtype))
    return objective(evaluate, shape, dtype)


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
    "adam_step": {
        "algorithm 1": adam,
        "at once": adam_at_once,
        "loops": adam_by_loops,
        "tensors": adam_with_tensors,
        "one array": adam_as_one_array,
        "float64": lambda x, *rest: adam(x.astype(float), *rest),
        "lists": lambda *inputs: [part.tolist() for part in adam(*inputs)],
    },
    "two_loop_direction": {
        "numpy": direction,
        "by numbers": direction_by_numbers,
        "a matrix": inverse_bfgs,
        "recursively": direction_recursively,
        "tensors only": direction_of_tensors,
        "lists": lambda *inputs: direction(*inputs).tolist(),
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
    "adam_step": {
        "not corrected": (adam_with(m_hat="m", v_hat="v"), "do not correct m and v"),
        "m corrected": (adam_with(v_hat="v"), "correct m only"),
        "v corrected": (adam_with(m_hat="m"), "correct v only"),
        "t from 0": (
            adam_with(m_hat="m / (1 - b1**(t - 1))", v_hat="v / (1 - b2**(t - 1))"),
            "t - 1: t counts from 1",
        ),
        "t from 2": (
            adam_with(m_hat="m / (1 - b1**(t + 1))", v_hat="v / (1 - b2**(t + 1))"),
            "t \\+ 1: t is 1",
        ),
        "without t": (
            adam_with(m_hat="m / (1 - b1)", v_hat="v / (1 - b2)"),
            "whatever t is",
        ),
        "corrections swapped": (
            adam_with(**SWAPPED),
            "corrections have changed places",
        ),
        "multiplied": (
            adam_with(m_hat="m * (1 - b1**t)", v_hat="v * (1 - b2**t)"),
            "too small at first, so divide",
        ),
        "correction without root": (
            adam_with(step="m_hat * (1 - b2**t) / (v**0.5 + e)"),
            "belongs under the root",
        ),
        "betas swapped": (
            adam_with(m="b2 * m + (1 - b2) * g", v="b1 * v + (1 - b1) * g**2", **SWAPPED),
            "betas have changed places",
        ),
        "weights swapped": (
            adam_with(m="(1 - b1) * m + b1 * g", v="(1 - b2) * v + b2 * g**2"),
            "weights have changed places",
        ),
        "m no mean": (adam_with(m="b1 * m + g"), "Your m is no mean"),
        "v no mean": (adam_with(v="b2 * v + g**2"), "Your v is no mean"),
        "no means": (adam_with(m="b1 * m + g", v="b2 * v + g**2"), "m and v are no means"),
        "no square": (adam_with(v="b2 * v + (1 - b2) * g"), "forgot the square"),
        "two squares": (adam_with(m="b1 * m + (1 - b1) * g**2"), "for m as well"),
        "no root": (adam_with(step="m_hat / (v_hat + e)"), "forgot the root"),
        "no m": (adam_with(step="g / (v_hat**0.5 + e)"), "this one gradient"),
        "momentum": (adam_with(step="m_hat"), "as with momentum"),
        "uphill": (adam_with(new="x + rate * step"), "It climbs"),
        "no rate": (adam_with(new="x - step"), "learning rate is missing"),
        "fixed rate": (adam_with(rate="0.02"), "always 0.02"),
        "fixed betas": (adam_with(b1="0.9", b2="0.999"), "always 0.9 and 0.999"),
        "fixed epsilon": (adam_with(e="1e-7"), "Epsilon has no effect"),
        "epsilon under the root": (
            adam_with(step="m_hat / (v_hat + e)**0.5"),
            "Epsilon stands under the root",
        ),
        "old m and v": (adam_with(return_="(new, old_m, old_v)"), "Only x is right"),
        "corrected m and v": (adam_with(return_="(new, m_hat, v_hat)"), "before the correction"),
        "x last": (adam_with(return_="(m, v, new)"), "x comes last"),
        "v before m": (adam_with(return_="(new, v, m)"), "v comes before m"),
        "only x": (adam_with(return_="new"), "returns three arrays"),
        "means over all": (adam_with(return_="(new, m.mean(), v)"), "new m has shape \\(\\)"),
        "in place": (adam_in_place, "changes what it is given"),
        "no settings": (adam_without_settings, "5 arguments, besides what has a default"),
        "the first step": (adam_restarting, "In step t = 1, one number of the new m"),
        "another v": (adam_with(v="b2 * v + (1 - b2) * m**2"), "one number of the new v"),
        "another x": (adam_with(new="x - rate"), "one number of the new x"),
        "nothing in it": (adam_with(return_="(None, m, v)"), "replace the \\.\\.\\."),
    },
    "two_loop_direction": {
        "uphill": (lambda *inputs: -direction(*inputs), "leads uphill"),
        "both loops reversed": (loops(there=1, back=-1), "Both loops go the wrong way"),
        "first loop reversed": (loops(there=1), "The first loop goes the wrong way"),
        "second loop reversed": (loops(back=-1), "The second loop goes the wrong way"),
        "alphas reversed": (loops(alphas="alphas[n - 1 - i]"), "alphas are in the wrong order"),
        "no beta": (loops(up="q + alpha * s"), "beta is missing"),
        "no alpha": (loops(up="q - beta * s"), "alpha is missing"),
        "beta - alpha": (loops(up="q + (beta - alpha) * s"), "not beta - alpha"),
        "y added": (loops(up="q + (alpha - beta) * y"), "and not the change y"),
        "alpha y added": (loops(down="q + alpha * y"), "you add it"),
        "alpha s": (loops(down="q - alpha * s"), "and not the step s"),
        "alpha of the gradient": (loops(alpha="s @ g / (s @ y)"), "and not of the gradient"),
        "alpha with y": (loops(alpha="y @ q / (s @ y)"), "alpha is s.q over"),
        "beta with s": (loops(beta="s @ q / (s @ y)"), "beta is y.q over"),
        "by y.y": (loops(alpha="s @ q / (y @ y)", beta="y @ q / (y @ y)"), "divide by y.y"),
        "by s.s": (loops(alpha="s @ q / (s @ s)", beta="y @ q / (s @ s)"), "divide by s.s"),
        "no scale": (loops(scale="1"), "the scale is missing"),
        "scale upside down": (loops(scale="Y[-1] @ Y[-1] / (S[-1] @ Y[-1])"), "upside down"),
        "the oldest scale": (loops(scale="S[0] @ Y[0] / (Y[0] @ Y[0])"), "the oldest step: the"),
        "another scale": (loops(scale="S[-1] @ S[-1] / (S[-1] @ Y[-1])"), "another one"),
        "scaled too early": (
            lambda g, S, Y: loops(scale="1")(g * (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1]), S, Y),
            "too early or too late",
        ),
        "the newest step": (lambda g, S, Y: direction(g, S[-1:], Y[-1:]), "newest step only"),
        "the oldest left out": (
            lambda g, S, Y: direction(g, S[1:] or S, Y[1:] or Y),
            "oldest step is missing",
        ),
        "one loop": (loops(scale="1", up="q"), "q after the first loop"),
        "no second loop": (loops(up="q"), "second loop is missing"),
        "no loops": (loops(down="q", up="q"), "two loops have no effect"),
        "needs two steps": (
            lambda g, S, Y: direction(g, S, Y) if S[1:] else -g,
            "The shape is right, but not the values",
        ),
        "vectors only": (loops(), "for pictures it is not: write dot"),
        "pairs": (lambda *inputs: (direction(*inputs), 1.0), "It returns numbers|no array"),
        "in place": (direction_in_place, "changes what it is given"),
    },
    "scipy_objective": {
        "asks at once": (asks_at_once, "before SciPy has asked"),
        "asks and returns": (asks_and_returns, "yours is tuple: write a def"),
        "asks twice": (asks_twice, "calls evaluate 2 times"),
        "never asks": (never_asks, "never calls evaluate"),
        "not reshaped": (scipys("evaluate(flat.astype(dtype))"), "evaluate gets \\(24,\\)"),
        "not converted": (
            scipys("evaluate(flat.reshape(shape))"),
            "evaluate gets float64: convert",
        ),
        "always float32": (
            scipys("evaluate(flat.reshape(shape).astype('float32'))"),
            "converts to float32, whatever",
        ),
        "another order": (
            scipys("evaluate(flat.reshape(shape, order='F').astype(dtype))"),
            "numbers in another order",
        ),
        "another question": (
            scipys("evaluate(np.clip(flat, 0, 1).reshape(shape).astype(dtype))"),
            "other numbers than SciPy's",
        ),
        "only the gradient": (scipys(answer="gradient"), "The value is missing"),
        "only the value": (scipys(answer="value"), "The gradient is missing"),
        "swapped": (scipys(answer="(gradient, value)"), "value first, then the gradient"),
        "value a tensor": (scipys(value="value"), "The value is of type EagerTensor"),
        "value an array": (scipys(value="np.asarray(value)"), "The value is of type ndarray"),
        "another value": (scipys(value="float(value) / 24"), "and evaluate gave"),
        "gradient a tensor": (scipys(gradient="gradient"), "The gradient is of type EagerTensor"),
        "gradient a list": (
            scipys(gradient="np.ravel(gradient).tolist()"),
            "The gradient is of type list",
        ),
        "gradient not flat": (
            scipys(gradient="np.array(gradient, float)"),
            "SciPy wants it flat",
        ),
        "gradient in float32": (scipys(gradient="np.ravel(gradient)"), "gradient is in float32"),
        "gradient uphill": (
            scipys(gradient="-np.array(gradient, float).ravel()"),
            "sign of the gradient",
        ),
        "gradient in another order": (
            scipys(gradient="np.array(gradient, float).ravel('F')"),
            "not in their order",
        ),
        "no return": (forgets_to_return, "returns nothing: end it with"),
        "two arguments": (wants_the_shape_again, "It must take 1 argument"),
        "tensors only": (wants_tensors, "stopped with AttributeError"),
        "in place": (changes_the_point, "changes what it is given"),
        "gives up": (has_a_budget, "stopped with RuntimeError: too many"),
        "stuck": (remembers_the_second_answer, "finds the bottom"),
    },
}
IN_PLACE = {"two_loop_direction": [takes_the_lists_apart]}


def test_both_places_of_epsilon_are_right_and_told_apart():
    as_printed, as_in_keras = check.adam_step(adam), check.adam_step(adam_at_once)
    assert as_printed.passed and "before you add epsilon" in as_printed.message
    assert as_in_keras.passed and "as Keras does it" in as_in_keras.message
