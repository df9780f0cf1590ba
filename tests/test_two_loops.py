"""The two loops of L-BFGS against the matrices that they save."""

import numpy as np
import pytest

from nstlib.lbfgs import dot, two_loop_direction


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


def arrays(vectors, shape=(-1,), kind="float64"):
    return [np.reshape(vector, shape).astype(kind) for vector in vectors]


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize(("kind", "error"), [("float32", 1e-5), ("float64", 1e-12)])
def test_two_loops_equal_the_inverse_bfgs_matrix(count, kind, error):
    """For pictures."""
    rng, A = bowl(count)
    steps, gradient = rng.normal(size=(count, 6)), rng.normal(size=6)
    shape = (1, 1, 2, 3)
    remembered = [arrays(vectors, shape, kind) for vectors in (steps, steps @ A)]
    found = two_loop_direction(arrays([gradient], shape, kind)[0], *remembered)
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
    remembered = [arrays(steps), arrays(steps @ A)]
    found = two_loop_direction(gradient, *remembered)
    np.testing.assert_allclose(found, -np.linalg.solve(A, gradient))
    fewer = two_loop_direction(gradient, *(vectors[1:] for vectors in remembered))
    assert np.abs(fewer - found).max() > 0.01


def test_the_newest_step_is_known_exactly():
    """The secant equation: the matrix turns the latest change into the latest step."""
    rng, A = bowl(3)
    steps = rng.normal(size=(3, 6))
    remembered = [arrays(steps), arrays(steps @ A)]
    newest = two_loop_direction(remembered[1][-1], *remembered)
    np.testing.assert_allclose(newest, -steps[-1])
    oldest = two_loop_direction(remembered[1][0], *remembered)
    assert np.abs(oldest + steps[0]).max() > 0.01


def test_the_direction_leads_downhill():
    for seed in range(10):
        rng, A = bowl(seed)
        steps, gradient = rng.normal(size=(3, 6)), rng.normal(size=6)
        found = two_loop_direction(gradient, arrays(steps), arrays(steps @ A))
        assert dot(found, gradient) < 0


def test_a_change_so_small_that_its_square_is_0_tells_of_its_step_and_of_nothing_else():
    s, gradient = arrays([(1.0, 0.0), (8.0, 3.0)], kind="float32")
    y = np.float32(1e-30) * s
    assert dot(y, y) == 0
    found = two_loop_direction(gradient, [s], [y])
    np.testing.assert_allclose(found, -dot(s, gradient) / dot(s, y) * s, rtol=1e-5)
