"""The line search and what L-BFGS remembers of it, where a small mistake would only cost time."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import minimize

from nstlib.lbfgs import LBFGSState, Point, dot, free_gradient, lbfgs, wolfe_search


def as_evaluate(value, gradient):
    """NumPy functions as `evaluate`."""

    def evaluate(x):
        point = x.numpy()
        return float(np.sum(value(point))), tf.constant(gradient(point), x.dtype)

    return evaluate


def search(value, slope, step=1.0, lower=-1e6, upper=1e6, **options):
    """Along a line from 0: the step found, or None, and all steps that were tried."""
    evaluate = as_evaluate(value, slope)
    start = tf.constant([0.0], tf.float64)
    point = Point(start, *evaluate(start))
    search = wolfe_search(evaluate, point, np.ones(1), step, lower, upper, **options)
    tried = []
    while True:
        try:
            tried.append(float(next(search).x[0]))
        except StopIteration as end:
            found, last = end.value
            tried.append(float(last.x[0]))
            return found and float(found.x[0]), tried


def curve(**slopes_and_values):
    """A function of a line and its slope, from value and slope at the steps 0, 1 and 4."""
    values, slopes = zip(*slopes_and_values.values(), strict=True)
    spline = CubicHermiteSpline([0, 1, 4, 100], [*values, 1e3], [*slopes, 1.0])
    return spline, spline.derivative()


# ---- where to look next --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at_1", "at_4", "third"),
    [
        ((1.0, 2.0), (9.0, 1.0), 0.25),  # the parabola through 0, slope -1, and 1: its minimum
        ((0.0, 2.0), (9.0, 1.0), 0.5),
        ((99.0, 2.0), (9.0, 1.0), 0.1),  # a wall: its minimum is at 0.005
        ((-0.5, -0.4), (-1.19, 1.0), 3.7),  # at 4.5, beyond the bracket from 1 to 4
        ((-0.5, -0.4), (-0.9, 1.0), 3.25),
        ((-0.5, -0.2), (-1.19, 1.0), 2.5),  # it bends downwards and has none: the middle
        ((-0.5, -0.125), (-0.875, 1.0), 2.5),  # nor has a straight line
        ((-0.5, 0.2), (9.0, 1.0), 1 - 0.2 / (2 * 0.7)),  # past the lowest point: back towards 0
    ],
)
def test_a_bracket_is_narrowed_by_a_parabola_kept_well_inside(at_1, at_4, third):
    """By at least a tenth; promises that are this hard to keep make all the cases possible."""
    value, slope = curve(at_0=(0.0, -1.0), at_1=at_1, at_4=at_4)
    _, tried = search(value, slope, decrease=0.3, curvature=0.1)
    second = [4.0] if third > 1 else []
    np.testing.assert_allclose(tried[: len(second) + 2], [1.0, *second, third], rtol=1e-6)


def test_what_leads_on_down_but_is_no_lower_than_before_closes_the_bracket():
    value, slope = curve(at_0=(0.0, -1.0), at_1=(-0.5, -0.4), at_4=(-0.5, -1.0))
    assert search(value, slope, curvature=0.1)[1][:3] == pytest.approx([1, 4, 2.5])


@pytest.mark.parametrize("step", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("lowest", [0.1, 0.7, 0.95, 3.0])
def test_it_narrows_down_on_the_lowest_point_from_either_side(lowest, step):
    """Of curves that are much steeper on one side than on the other."""
    for side in (-1, 1):
        slope = lambda x, k=3 * side: (np.exp(k * (x - lowest)) - 1) / k  # noqa: E731
        value = lambda x, k=3 * side: (np.exp(k * (x - lowest)) / k - x) / k  # noqa: E731
        found, tried = search(value, slope, step, curvature=1e-3)
        assert abs(slope(found)) <= 1e-3 * abs(slope(0)) and len(tried) < 20
        assert value(found) <= value(0) + 1e-4 * found * slope(0)


def test_a_wall_far_out_does_not_keep_it_at_the_start():
    """The parabola's minimum is always at the near end, where nothing is gained."""
    wall = 0.3
    found, tried = search(
        lambda x: -x + 1e4 * np.maximum(x - wall, 0) ** 4,
        lambda x: -1 + 4e4 * np.maximum(x - wall, 0) ** 3,
    )
    assert wall <= found < 0.33 and len(tried) < 20


def test_steps_grow_fourfold_while_the_way_leads_down():
    found, tried = search(lambda x: (x - 50) ** 2, lambda x: 2 * (x - 50))
    assert tried == [1, 4, 16] and found == 16  # there the slope is down to less than 0.9


def test_every_point_is_within_the_bounds_and_the_corner_will_do():
    found, tried = search(lambda x: -x, lambda x: -np.ones_like(x), lower=-1, upper=9)
    assert tried == [1, 4, 9] and found == 9


@pytest.mark.parametrize("trials", [1, 2, 5])
def test_no_more_is_tried_than_allowed_and_the_lowest_is_returned(trials):
    """Of a valley with steep sides, whose floor is nowhere flat enough."""
    found, tried = search(
        lambda x: np.abs(x - 7), lambda x: np.sign(x - 7), trials=trials, curvature=0.5
    )
    assert len(tried) == trials
    assert found == min(tried, key=lambda x: abs(x - 7))
    found, tried = search(lambda x: x, lambda x: -np.ones_like(x), trials=trials)  # a wrong slope
    assert found is None and len(tried) == trials


@pytest.mark.parametrize("options", [{}, {"decrease": 0.2}], ids=["as it is", "more"])
@pytest.mark.parametrize("steep", [-0.5, -3.0])
def test_where_it_is_flat_the_value_still_has_to_fall_as_promised(options, steep):
    """At 1 the slope is 0, but a bump has eaten up what was promised."""
    promised = options.get("decrease", 1e-4) * steep
    value, slope = curve(at_0=(0.0, steep), at_1=(0.8 * promised, 0.0), at_4=(9.0, 1.0))
    found, tried = search(value, slope, **options)
    assert len(tried) > 1 and 0 < found < 1 and value(found) <= promised * found
    value, slope = curve(at_0=(0.0, steep), at_1=(1.2 * promised, 0.0), at_4=(9.0, 1.0))
    assert search(value, slope, **options) == (1, [1])


def test_a_slope_of_exactly_what_is_left_to_it_will_do():
    value, slope = (lambda x: (x - 2) ** 2), (lambda x: 2 * (x - 2))
    assert search(value, slope, curvature=0.5) == (1, [1])
    assert search(value, slope, curvature=0.49)[1][:2] == [1, 4]


def test_as_it_is_twenty_trials_are_made():
    found, tried = search(lambda x: x, lambda x: -np.ones_like(x))
    assert found is None and len(tried) == 20


def test_what_a_bound_stops_is_not_free():
    """At the lower bound, between, and at the upper one: where the gradient leads back, it is."""
    x = tf.repeat(tf.constant([0.0, 0.5, 1.0]), 5)
    gradient = tf.tile(tf.constant([-2.0, -0.5, 0.0, 0.5, 2.0]), [3])
    free, part = free_gradient(x, gradient, 0.0, 1.0)
    wanted = [True, True, True, False, False, *[True] * 5, False, False, True, True, True]
    assert free.numpy().tolist() == wanted
    np.testing.assert_array_equal(part, np.where(wanted, gradient, 0))


# ---- what is remembered --------------------------------------------------------------------------


def hills(size=20):
    """Concave here and convex there, and coupled: between 0 and 1, L-BFGS meets its bounds."""
    root = np.random.default_rng(1).normal(size=(size, size)) / size**0.5
    A, waves = root @ root.T / 4, np.linspace(2, 9, size)
    return (
        lambda x: np.sum(np.cos(waves * x)) + x @ A @ x / 2,
        lambda x: -waves * np.sin(waves * x) + A @ x,
    )


def walk(value, gradient, start, count, **options):
    points = lbfgs(as_evaluate(value, gradient), tf.constant(start, tf.float64), **options)
    return list(itertools.islice(points, count))


def test_only_steps_of_positive_curvature_are_remembered():
    value, gradient = hills()
    start = np.random.default_rng(0).uniform(0.1, 0.9, 20)
    points = walk(value, gradient, start, 60)
    states = [point.state for point in points if point.state]
    whole_way = [after.x - before.x for before, after in itertools.pairwise(states)]
    learned = {s.tobytes() for state in states for s in state.steps}
    assert 0 < len(learned) < len(whole_way), "some of them were bent the other way"
    for state in states:
        assert len(state.steps) == len(state.changes)
        assert all(dot(s, y) > 0 for s, y in zip(state.steps, state.changes, strict=True))
    theirs = minimize(value, start, jac=gradient, method="L-BFGS-B", bounds=[(0, 1)] * 20)
    assert min(point.value for point in points) <= theirs.fun + 0.05 * abs(theirs.fun)


def test_where_the_gradient_does_not_change_nothing_can_be_learned():
    """Of a loss without any curvature: dividing by it would give a point that is no number."""
    wanted = np.linspace(0.2, 0.8, 7)
    for seed in range(5):
        start = np.random.default_rng(seed).uniform(0, 1, 7)
        points = walk(lambda x: np.abs(x - wanted).sum(), lambda x: np.sign(x - wanted), start, 80)
        assert np.isfinite([point.value for point in points]).all()
        assert points[-1].value < points[0].value


def test_the_latest_steps_are_remembered_the_newest_last():
    scales = np.geomspace(1, 1e3, 8)
    points = walk(lambda x: scales @ x**2 / 2, lambda x: scales * x, np.ones(8), 60, memory=3)
    states = [point.state for point in points if point.state]
    assert [len(state.steps) for state in states[:5]] == [0, 1, 2, 3, 3]
    for before, after in itertools.pairwise(states[:12]):
        np.testing.assert_array_equal(after.steps[-1], after.x - before.x)
        np.testing.assert_array_equal(after.changes[-1], after.gradient - before.gradient)
        assert len(after.steps) < 2 or after.steps[-2] is before.steps[-1]


def test_without_a_way_down_it_ends():
    """A wrong gradient: as many trials as a line search has, and no more."""
    points = walk(lambda x: x.sum(), lambda x: -np.ones_like(x), np.full(3, 0.5), 100)
    assert len(points) == 1 + 20


def test_a_memory_that_misleads_is_forgotten():
    """It promises the lowest point very far away, where no line search comes back from in time."""
    start, s = np.array([0.4, 0.45]), np.array([1.0, 1.0])
    value, gradient = (lambda x: ((x - 0.5) ** 2).sum()), (lambda x: 2 * (x - 0.5))
    state = LBFGSState(
        *(tf.constant(a, tf.float64) for a in (start, value(start), gradient(start))),
        [s],
        [1e-40 * s],
    )
    points = walk(value, gradient, start, 60, state=state)
    assert all(point.value > value(start) for point in points[:20])
    assert points[-1].value < 1e-12 and len(points) < 60


def test_what_else_was_evaluated_is_passed_on():
    def evaluate(x):
        return tf.reduce_sum(x**2), 2 * x, "first", "second"

    start = tf.constant([0.5])
    assert [p.terms for p in itertools.islice(lbfgs(evaluate, start), 3)] == ["first"] * 3
    assert next(lbfgs(lambda x: evaluate(x)[:2], start)).terms is None


def test_a_start_out_of_bounds_is_put_back_and_ten_steps_are_remembered():
    scales = np.geomspace(1, 1e4, 30)
    points = walk(lambda x: scales @ x**2 / 2, lambda x: scales * x, np.full(30, 7.0), 60)
    np.testing.assert_array_equal(points[0].x, np.ones(30))
    assert max(len(point.state.steps) for point in points if point.state) == 10
