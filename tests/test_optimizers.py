"""L-BFGS on functions whose answer is known, against SciPy's, and with bounds."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize, rosen, rosen_der

from nstlib.line_search import wolfe_search
from nstlib.optimizers import lbfgs, two_loop_direction


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

    def run(self, start, **options):
        try:
            return lbfgs(self, tf.constant(start, tf.float64), **options).numpy()
        except Budget:
            return self.points[int(np.argmin(self.values))]


def test_rosenbrock_as_well_as_scipy():
    start = np.array([-1.2, 1.0] * 5)
    ours = Counted(rosen, rosen_der, budget=150)
    ours.run(start, lower=-5, upper=5)
    theirs = []

    def recorded(x):
        theirs.append(rosen(x))
        return theirs[-1], rosen_der(x)

    bounds = [(-5, 5)] * len(start)
    options = {"maxfun": 150, "ftol": 0, "gtol": 0}
    minimize(recorded, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    assert min(ours.values) <= 1.02 * min(theirs[:150]) + 1e-10


@pytest.mark.parametrize("condition", [1, 100, 1e4])
def test_quadratic_with_a_known_answer(condition):
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    A = basis @ np.diag(np.geomspace(1, condition, 12)) @ basis.T
    answer = rng.uniform(0.2, 0.8, 12)
    quadratic = Counted(
        lambda x: 0.5 * (x - answer) @ A @ (x - answer), lambda x: A @ (x - answer), budget=400
    )
    np.testing.assert_allclose(quadratic.run(np.full(12, 0.5)), answer, atol=1e-5)


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


def test_two_loop_direction_is_the_inverse_bfgs_matrix_times_the_gradient():
    """Against the formula that builds the matrix (Nocedal and Wright 2006, equation 7.16)."""
    rng = np.random.default_rng(1)
    A = np.diag(rng.uniform(1, 5, 6))
    steps = rng.normal(size=(4, 6))
    changes = steps @ A
    s, y = steps[-1], changes[-1]
    H = np.eye(6) * (s @ y) / (y @ y)
    for s, y in zip(steps, changes, strict=True):
        rho = 1 / (s @ y)
        V = np.eye(6) - rho * np.outer(y, s)
        H = V.T @ H @ V + rho * np.outer(s, s)
    gradient = rng.normal(size=6)
    empty = [tf.zeros(6, tf.float64)] * 2  # what is not remembered yet has no influence
    remembered = [[*empty, *map(tf.constant, vectors)] for vectors in (steps, changes)]
    found = two_loop_direction(tf.constant(gradient), *remembered)
    np.testing.assert_allclose(found, -H @ gradient)


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
