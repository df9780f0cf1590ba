"""The steps of the optimisers against Keras, against matrices, and in SciPy's hands."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize, rosen, rosen_der

from nstlib.check.references import scipy_objective
from nstlib.lbfgs import dot, two_loop_direction
from nstlib.optimizers import adam_step

# ---- Adam ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [{}, {"learning_rate": 0.02, "beta_1": 0.99, "beta_2": 0.9, "epsilon": 0.1}]
)
def test_adam_equals_keras_for_several_steps(settings):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3))
    theirs = keras.Variable(x, dtype="float64")
    optimizer = keras.optimizers.Adam(**{"learning_rate": 0.02} | settings)
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t in range(1, 9):
        gradient = rng.normal(size=x.shape) * [1.0, 0.1, 0.01]
        before = x
        x, m, v = adam_step(x, m, v, gradient, t, **settings)
        optimizer.apply_gradients([(tf.constant(gradient), theirs)])
        assert np.abs(x - before).max() > 1e-3
        np.testing.assert_allclose(x, theirs.numpy(), rtol=0, atol=1e-6)


def test_the_means_of_a_steady_gradient_are_too_small_by_what_adam_corrects():
    """So a coordinate goes as far as the learning rate says in each step, from the first on."""
    x, m, v, g = np.zeros(2), 0.0, 0.0, np.array([3.0, -0.01])
    for t in range(1, 6):
        x, m, v = adam_step(x, m, v, g, t, 0.1, 0.9, 0.99, epsilon=0.0)
        np.testing.assert_allclose(m, g * (1 - 0.9**t))
        np.testing.assert_allclose(v, g**2 * (1 - 0.99**t))
        np.testing.assert_allclose(x, [-0.1 * t, 0.1 * t])


def test_adam_does_not_change_what_it_is_given():
    given = [np.ones(3) for _ in range(4)]
    adam_step(*given, t=1)
    np.testing.assert_array_equal(given, np.ones((4, 3)))


# ---- the two loops -------------------------------------------------------------------------------


def inverse_bfgs(steps, changes):
    """The matrix that two loops save (Nocedal and Wright 2006, equation 7.16)."""
    s, y = steps[-1], changes[-1]
    H = np.eye(len(s)) * (s @ y) / (y @ y)
    for s, y in zip(steps, changes, strict=True):
        rho = 1 / (s @ y)
        V = np.eye(len(s)) - rho * np.outer(y, s)
        H = V.T @ H @ V + rho * np.outer(s, s)
    return H


def bowl(seed=0, size=6):
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(size, size)))[0]
    return rng, basis @ np.diag(rng.uniform(1, 5, size)) @ basis.T


def tensors(vectors, shape=(-1,), kind="float64"):
    return [tf.constant(np.reshape(vector, shape), kind) for vector in vectors]


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize(("kind", "error"), [("float32", 1e-5), ("float64", 1e-12)])
def test_two_loops_equal_the_inverse_bfgs_matrix(count, kind, error):
    """For pictures, and as if there were no zeros in memory, whatever they are."""
    rng, A = bowl(count)
    steps, gradient = rng.normal(size=(count, 6)), rng.normal(size=6)
    shape, nothing = (1, 1, 2, 3), [tf.zeros((1, 1, 2, 3), kind)] * 2
    remembered = (tensors(vectors, shape, kind) for vectors in (steps, steps @ A))
    found = two_loop_direction(
        tensors([gradient], shape, kind)[0], *([*nothing, *vectors] for vectors in remembered)
    )
    assert found.dtype == kind and found.shape == shape
    wanted = -inverse_bfgs(steps, steps @ A) @ gradient
    np.testing.assert_allclose(np.ravel(found), wanted, rtol=0, atol=error * np.abs(wanted).max())


def test_conjugate_steps_in_all_directions_lead_to_the_bottom_at_once():
    rng, A = bowl()
    orthogonal = np.linalg.qr(rng.normal(size=A.shape))[0] * rng.uniform(0.5, 2, 6)
    steps = np.linalg.solve(np.linalg.cholesky(A).T, orthogonal).T
    products = steps @ A @ steps.T
    np.testing.assert_allclose(products, np.diag(np.diag(products)), atol=1e-12)
    gradient = rng.normal(size=6)
    remembered = [tensors(steps), tensors(steps @ A)]
    found = two_loop_direction(tf.constant(gradient), *remembered)
    np.testing.assert_allclose(found, -np.linalg.solve(A, gradient))
    fewer = two_loop_direction(tf.constant(gradient), *(vectors[1:] for vectors in remembered))
    assert np.abs(fewer - found).max() > 0.01


def test_the_newest_step_is_known_exactly():
    """The secant equation: the matrix turns the latest change into the latest step."""
    rng, A = bowl(3)
    steps = rng.normal(size=(3, 6))
    remembered = [tensors(steps), tensors(steps @ A)]
    newest = two_loop_direction(remembered[1][-1], *remembered)
    np.testing.assert_allclose(newest, -steps[-1])
    oldest = two_loop_direction(remembered[1][0], *remembered)
    assert np.abs(oldest + steps[0]).max() > 0.01


def test_the_direction_leads_downhill():
    for seed in range(10):
        rng, A = bowl(seed)
        steps, gradient = rng.normal(size=(3, 6)), tf.constant(rng.normal(size=6))
        found = two_loop_direction(gradient, tensors(steps), tensors(steps @ A))
        assert dot(found, gradient) < 0


# ---- SciPy's objective ---------------------------------------------------------------------------


class Asked:
    """Rosenbrock's valley as `evaluate`, of pictures; keeps what it was asked."""

    def __init__(self):
        self.questions = []

    def __call__(self, x):
        self.questions.append(x)
        point = np.ravel(x).astype("float64")
        gradient = rosen_der(point).reshape(x.shape)
        return tf.constant(rosen(point), x.dtype), tf.constant(gradient, x.dtype)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_scipys_objective_asks_for_a_picture_and_answers_in_float64(kind):
    evaluate, shape = Asked(), (1, 2, 4, 3)
    flat = np.random.default_rng(0).normal(size=24)
    value, gradient = scipy_objective(evaluate, shape, kind)(flat)
    assert len(evaluate.questions) == 1
    question = evaluate.questions[0]
    assert question.shape == shape and question.dtype == kind
    np.testing.assert_array_equal(question[0, 1, 3], flat[-3:].astype(kind))
    assert type(value) is float and type(gradient) is np.ndarray
    assert gradient.dtype == "float64" and gradient.shape == (24,)
    assert value == pytest.approx(rosen(flat), rel=1e-5)
    np.testing.assert_allclose(gradient, rosen_der(flat), rtol=1e-3, atol=1e-3)


def test_scipy_goes_the_same_way_with_it_as_without():
    start = np.linspace(-1, 1, 6)
    evaluate = Asked()
    ours = minimize(
        scipy_objective(evaluate, (1, 2, 1, 3), "float64"), start, jac=True, method="L-BFGS-B"
    )
    theirs = minimize(rosen, start, jac=rosen_der, method="L-BFGS-B")
    np.testing.assert_allclose(ours.x, theirs.x, rtol=1e-9)
    assert ours.nfev == theirs.nfev == len(evaluate.questions) > 20
    np.testing.assert_allclose(ours.x, 1, atol=1e-4)


def test_in_float32_scipy_finds_the_bottom_too():
    found = minimize(
        scipy_objective(Asked(), (1, 2, 1, 3)), np.zeros(6), jac=True, method="L-BFGS-B"
    )
    np.testing.assert_allclose(found.x, 1, atol=0.02)
