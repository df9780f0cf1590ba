"""Optimisers on functions whose answer is known, and against those of Keras and of SciPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from nstlib.line_search import wolfe_search
from scipy.optimize import minimize, rosen, rosen_der

from nstlib import example_path, stylize
from nstlib.optimizers import OPTIMIZERS, lbfgs


class Budget(Exception):
    pass


class Counted:
    """A NumPy function as `evaluate`, with a budget; remembers the values."""

    def __init__(self, value, gradient, budget=10_000):
        self.value, self.gradient, self.budget = value, gradient, budget
        self.values, self.points = [], []

    def __call__(self, x):
        if len(self.values) >= self.budget:
            raise Budget
        point = x.numpy()
        self.values.append(float(self.value(point)))
        self.points.append(point)
        return tf.constant(self.values[-1], x.dtype), tf.constant(self.gradient(point), x.dtype)

    def run(self, start, optimizer=lbfgs, **options):
        try:
            return optimizer(self, tf.constant(start, tf.float64), **options).numpy()
        except Budget:
            return self.points[int(np.argmin(self.values))]


def quadratic(condition=100, budget=10_000):
    """A bowl with a known answer, and that answer."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    A = basis @ np.diag(np.geomspace(1, condition, 12)) @ basis.T
    answer = rng.uniform(0.2, 0.8, 12)
    value = lambda x: 0.5 * (x - answer) @ A @ (x - answer)  # noqa: E731
    return Counted(value, lambda x: A @ (x - answer), budget), answer


# ---- gradient descent and Adam -------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_gradient_descent_equals_its_formula(momentum):
    bowl, _ = quadratic(budget=20)
    options = {"learning_rate": 0.008, "momentum": momentum}
    bowl.run(np.full(12, 0.5), OPTIMIZERS["gradient-descent"], **options)
    x, v = np.full(12, 0.5), np.zeros(12)
    for point in bowl.points:
        np.testing.assert_allclose(point, x, rtol=1e-12)
        v = momentum * v - 0.008 * bowl.gradient(x)
        x = np.clip(x + v, 0, 1)


def test_gradient_descent_chooses_a_first_step_that_can_be_seen():
    bowl, _ = quadratic(budget=3)
    bowl.run(np.full(12, 0.5), OPTIMIZERS["gradient-descent"])
    assert np.abs(bowl.points[1] - bowl.points[0]).mean() == pytest.approx(0.01)
    rate = 0.01 / np.abs(bowl.gradient(bowl.points[0])).mean()
    np.testing.assert_allclose(
        bowl.points[2], bowl.points[1] - rate * bowl.gradient(bowl.points[1]), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("adam", {"learning_rate": 0.02}),
        ("adam-tensorflow", {"learning_rate": 0.02, "beta_1": 0.99, "epsilon": 1e-1}),
    ],
)
def test_adam_equals_keras_step_for_step(name, settings):
    bowl, _ = quadratic(budget=60)
    bowl.run(np.full(12, 0.5), OPTIMIZERS[name])
    x = keras.Variable(np.full(12, 0.5), dtype="float64")
    theirs = keras.optimizers.Adam(**settings)
    for point in bowl.points:
        np.testing.assert_allclose(point, x.numpy(), rtol=1e-5)
        theirs.apply_gradients([(tf.constant(bowl.gradient(x.numpy())), x)])
        x.assign(np.clip(x.numpy(), 0, 1))  # as TensorFlow's tutorial does after each step


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_down_and_keeps_within_bounds(name):
    wanted = np.array([-0.5, 0.25, 0.75, 2.0])
    bowl = Counted(lambda x: ((x - wanted) ** 2).sum(), lambda x: 2 * (x - wanted), budget=200)
    options = {"learning_rate": 0.1} if name == "gradient-descent" else {}
    found = bowl.run([0.9, 0.9, 0.1, 0.1], OPTIMIZERS[name], **options)
    np.testing.assert_allclose(found, [0, 0.25, 0.75, 1], atol=0.01)
    assert all((point >= 0).all() and (point <= 1).all() for point in bowl.points)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_exceptions_from_evaluate_come_through(name):
    bowl, _ = quadratic(budget=5)
    with pytest.raises(Budget):
        OPTIMIZERS[name](bowl, tf.fill([12], tf.constant(0.5, tf.float64)))
    assert len(bowl.values) == 5


@pytest.mark.parametrize("kind", [tf.float32, tf.float64])
@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "scipy"])
def test_every_optimizer_goes_on_identically_from_whatever_it_remembered(name, kind):
    """From each state, to the last bit; the condition makes the line search work for it."""
    states = []

    def remember(state):
        states.append((state, len(bowl.values)))

    start = tf.constant(np.linspace(0, 1, 12), kind)
    bowl, _ = quadratic(1e4, budget=40)
    with pytest.raises(Budget):
        OPTIMIZERS[name](bowl, start, remember=remember)
    assert len(states) > 15
    for state, done in states:
        again, _ = quadratic(1e4, budget=40 - done)
        with pytest.raises(Budget):
            OPTIMIZERS[name](again, tf.zeros_like(start), state=state)
        np.testing.assert_array_equal(again.points, bowl.points[done:])


# ---- L-BFGS --------------------------------------------------------------------------------------


def test_rosenbrock_as_well_as_scipy():
    lowest = {}
    for name in ("lbfgs", "scipy"):
        valley = Counted(rosen, rosen_der, budget=150)
        valley.run([-1.2, 1.0] * 5, OPTIMIZERS[name], lower=-5, upper=5)
        assert valley.value([1.0] * 10) == 0 and min(valley.values) < valley.values[0] / 100
        lowest[name] = min(valley.values)
    assert lowest["lbfgs"] <= 1.02 * lowest["scipy"] + 1e-10


@pytest.mark.parametrize("condition", [1, 100, 1e4])
def test_quadratic_with_a_known_answer(condition):
    bowl, answer = quadratic(condition, budget=400)
    np.testing.assert_allclose(bowl.run(np.full(12, 0.5)), answer, atol=1e-5)


@pytest.mark.parametrize("budget", [10, 20, 40])
@pytest.mark.parametrize("condition", [1, 100, 1e4])
def test_quadratic_as_well_as_scipy_at_every_budget(condition, budget):
    """Within 2 % of the value at the start, which is what there was to lose."""
    lowest = []
    for name in ("lbfgs", "scipy"):
        bowl, _ = quadratic(condition, budget)
        bowl.run(np.full(12, 0.5), OPTIMIZERS[name])
        lowest.append(min(bowl.values))
    assert lowest[0] <= lowest[1] + 0.02 * bowl.values[0]


@pytest.mark.parametrize(
    "names",
    [("chelsea", "hokusai_great_wave"), ("astronaut", "van_gogh_houses_at_auvers")],
)
def test_a_painting_as_well_as_scipy(names):
    content, style = map(example_path, names)
    settings = {"size": 96, "evaluations": 60, "progress": False, "precision": "float32"}
    ours, theirs = (
        min(stylize(content, style, optimizer=name, **settings).history["total"])
        for name in ("lbfgs", "scipy")
    )
    assert ours <= 1.02 * theirs


def test_bounds_hold_at_every_evaluation_and_the_corner_is_found():
    wanted = np.array([-0.5, 0.25, 0.75, 2.0])
    bowl = Counted(lambda x: ((x - wanted) ** 2).sum(), lambda x: 2 * (x - wanted))
    found = bowl.run([0.9, 0.9, 0.1, 0.1])
    np.testing.assert_allclose(found, [0, 0.25, 0.75, 1], atol=1e-6)
    assert all((point >= 0).all() and (point <= 1).all() for point in bowl.points)


def test_coupled_bounded_problem_as_well_as_scipy():
    """With bounds that bind and coordinates that depend on one another."""
    rng = np.random.default_rng(3)
    root = rng.normal(size=(30, 30))
    A, b = root @ root.T / 30 + 0.01 * np.eye(30), rng.normal(size=30)
    value, gradient = (lambda x: 0.5 * x @ A @ x - b @ x), (lambda x: A @ x - b)
    ours = Counted(value, gradient, budget=300)
    ours.run(np.full(30, 0.5))
    theirs = minimize(
        value, np.full(30, 0.5), jac=gradient, method="L-BFGS-B", bounds=[(0, 1)] * 30
    )
    assert min(ours.values) <= theirs.fun + 0.02 * abs(theirs.fun)


@pytest.mark.parametrize("step", [1e-3, 0.1, 1.0, 10.0])
def test_wolfe_search_satisfies_both_conditions(step):
    def evaluate(x):
        value = tf.reduce_sum(1 - tf.cos(x) + 0.1 * x**2)
        return value, tf.sin(x) + 0.2 * x

    x = tf.constant([2.0, -1.5], tf.float64)
    value, gradient = evaluate(x)
    direction = -gradient
    point = wolfe_search(evaluate, x, value, gradient, direction, step, -100.0, 100.0)
    slope = float(tf.tensordot(gradient, direction, 1))
    assert point.value <= float(value) + 1e-4 * point.step * slope
    assert abs(point.slope) <= 0.9 * abs(slope)


def test_memory_helps():
    """Gradient descent in disguise would need far more evaluations on a narrow valley."""
    value, gradient = (lambda x: 0.5 * (x[0] ** 2 + 1e4 * x[1] ** 2)), None
    gradient = lambda x: np.array([x[0], 1e4 * x[1]])  # noqa: E731
    valley = Counted(value, gradient, budget=60)
    valley.run([0.9, 0.9], lower=-1, upper=1)
    assert min(valley.values) < 1e-8


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_the_unit_of_the_loss_does_not_matter(scale):
    """Conventions differ by twelve orders of magnitude; the memory has to work in all of them."""
    value, gradient = (lambda x: scale * rosen(x)), (lambda x: scale * rosen_der(x))
    start = [-1.2, 1.0] * 5
    plain, scaled = Counted(rosen, rosen_der, budget=100), Counted(value, gradient, budget=100)
    for counted in (plain, scaled):
        counted.run(start, lower=-5, upper=5)
    assert min(scaled.values) / scale <= 1.05 * min(plain.values) + 1e-8
