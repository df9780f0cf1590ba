"""Optimisers on functions whose answer is known, and against those of Keras and of SciPy."""

import contextlib
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize, rosen, rosen_der

from nstlib import FeatureExtractor, Objective, example_path, load_image
from nstlib.check.references import scipy_lbfgsb
from nstlib.lbfgs import dot, evaluate_at, frequency_metric, lbfgs, no_metric, wolfe_search
from nstlib.objective import CONTENT_LAYERS, STYLE_LAYERS, layers_for
from nstlib.optimizers import OPTIMIZERS, adam_step


class Counted:
    """A NumPy function as `evaluate`; remembers the values and the points asked for."""

    def __init__(self, value, gradient, budget=10_000):
        self.value, self.gradient, self.budget = value, gradient, budget
        self.values, self.points = [], []

    def __call__(self, x):
        if len(self.values) >= self.budget:
            raise Budget  # for SciPy, which only so can be ended
        point = x.numpy()
        self.values.append(float(self.value(point)))
        self.points.append(point)
        return tf.constant(self.values[-1], x.dtype), tf.constant(self.gradient(point), x.dtype)

    def run(self, start, optimizer=lbfgs, **options):
        """The best point of so many evaluations."""
        walk = optimizer(self, tf.constant(start, tf.float64), **options)
        yielded = [point.value for point in itertools.islice(walk, self.budget)]
        assert yielded == self.values, "every evaluation is yielded, once"
        return self.points[int(np.argmin(self.values))]

    def run_scipy(self, start, **options):
        with contextlib.suppress(Budget):
            scipy_lbfgsb(self, tf.constant(start, tf.float64), **options)


class Budget(Exception):
    pass


def quadratic(condition=100, budget=10_000):
    """A bowl with a known answer, and that answer."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    A = basis @ np.diag(np.geomspace(1, condition, 12)) @ basis.T
    answer = rng.uniform(0.2, 0.8, 12)
    value = lambda x: 0.5 * (x - answer) @ A @ (x - answer)  # noqa: E731
    return Counted(value, lambda x: A @ (x - answer), budget), answer


# ---- one step of Adam ----------------------------------------------------------------------------


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
def test_every_optimizer_begins_within_bounds(name):
    x = tf.constant([-1.0, 0.5, 2.0])
    first = next(OPTIMIZERS[name](lambda x: (tf.reduce_sum(x), tf.ones_like(x)), x))
    np.testing.assert_array_equal(first.x, [0, 0.5, 1])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_stays_where_it_is_flat(name):
    x = tf.constant([0.25, 0.75])
    walk = OPTIMIZERS[name](lambda x: (tf.constant(1.0), tf.zeros_like(x)), x)
    for point in itertools.islice(walk, 3):
        np.testing.assert_array_equal(point.x, x)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_exceptions_from_evaluate_come_through(name):
    bowl, _ = quadratic(budget=5)
    with pytest.raises(Budget):
        list(OPTIMIZERS[name](bowl, tf.fill([12], tf.constant(0.5, tf.float64))))
    assert len(bowl.values) == 5


@pytest.mark.parametrize("kind", [tf.float32, tf.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_on_identically_from_whatever_it_remembered(name, kind):
    """From each state, to the last bit; the condition makes the line search work for it."""
    start = tf.constant(np.linspace(0, 1, 12), kind)
    bowl, _ = quadratic(1e4)
    points = list(itertools.islice(OPTIMIZERS[name](bowl, start), 40))
    states = [(done, point.state) for done, point in enumerate(points, start=1) if point.state]
    assert len(states) > 15
    for done, state in states:
        again, _ = quadratic(1e4)
        rest = OPTIMIZERS[name](again, tf.zeros_like(start), state=state)
        rest = list(itertools.islice(rest, 40 - done))
        np.testing.assert_array_equal(again.points, bowl.points[done:40])
        assert [point.value for point in rest] == [point.value for point in points[done:]]


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("answer", [np.float16, np.float64, np.ndarray.tolist])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_x_is_made_of_holds_whatever_the_gradient_is_made_of(name, answer, kind):
    def bowl(x):
        x = x.numpy()
        assert x.dtype == kind
        return np.sum((x - 0.6) ** 2), answer(2 * (x - 0.6))

    points = list(itertools.islice(OPTIMIZERS[name](bowl, tf.zeros((1, 2, 3, 3), kind)), 6))
    assert points[-1].value < points[0].value
    for point in points:
        remembered = tf.nest.flatten(point.state and point.state._asdict())
        arrays = [each for each in (point.x, point.gradient, *remembered) if np.ndim(each)]
        assert {np.asarray(each).dtype.name for each in arrays} == {kind}


def test_bounds_in_float64_leave_a_picture_in_float32():
    def bowl(x):
        return tf.reduce_sum((x - 3.0) ** 2), 2 * (x - 3.0)

    walk = lbfgs(bowl, tf.zeros((1, 2, 3, 3)), lower=np.float64(0.1), upper=np.float64(0.7))
    points = list(walk)
    assert {point.x.dtype for point in points} == {tf.float32}
    np.testing.assert_allclose(points[-1].x, 0.7, rtol=1e-6)


def test_what_evaluate_says_besides_is_handed_on():
    for optimizer in OPTIMIZERS.values():
        with_terms = optimizer(lambda x: (tf.reduce_sum(x), tf.ones_like(x), "terms"), tf.ones(2))
        assert next(with_terms).terms == "terms"
        without = optimizer(lambda x: (tf.reduce_sum(x), tf.ones_like(x)), tf.ones(2))
        assert next(without).terms is None


# ---- L-BFGS --------------------------------------------------------------------------------------


def test_rosenbrock_as_well_as_scipy():
    lowest = {}
    for name in ("lbfgs", "scipy"):
        valley = Counted(rosen, rosen_der, budget=150)
        run = valley.run if name == "lbfgs" else valley.run_scipy
        run([-1.2, 1.0] * 5, lower=-5, upper=5)
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
    ours, theirs = (quadratic(condition, budget)[0] for _ in range(2))
    ours.run(np.full(12, 0.5))
    theirs.run_scipy(np.full(12, 0.5))
    assert min(ours.values) <= min(theirs.values) + 0.02 * ours.values[0]


@pytest.mark.parametrize(
    "names",
    [("chelsea", "hokusai_great_wave"), ("astronaut", "van_gogh_houses_at_auvers")],
)
def test_a_painting_as_well_as_scipy(names):
    content, style = (load_image(example_path(name), max_side=96) for name in names)
    objective = Objective(FeatureExtractor([*CONTENT_LAYERS, *STYLE_LAYERS]), content, style)
    ours = min(point.value for point in itertools.islice(lbfgs(objective, content), 60))
    theirs = []

    def evaluate(image):
        if len(theirs) == 60:
            raise Budget
        loss, gradient, _ = objective(image)
        theirs.append(float(loss))
        return loss, gradient

    with pytest.raises(Budget):
        scipy_lbfgsb(evaluate, tf.constant(content))
    assert ours <= 1.02 * min(theirs)


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


def spent(search):
    """The points that a line search yields, and what it returns."""
    yielded = []
    while True:
        try:
            yielded.append(next(search))
        except StopIteration as done:
            return yielded, *done.value


@pytest.mark.parametrize("step", [1e-3, 0.1, 1.0, 10.0])
def test_wolfe_search_satisfies_both_conditions(step):
    asked = []

    def evaluate(x):
        asked.append(x)
        value = tf.reduce_sum(1 - tf.cos(x) + 0.1 * x**2)
        return value, tf.sin(x) + 0.2 * x

    start = evaluate_at(evaluate, tf.constant([2.0, -1.5], tf.float64))
    direction = -start.gradient
    yielded, found, last = spent(wolfe_search(evaluate, start, direction, step, -100.0, 100.0))
    slope, far = dot(start.gradient, direction), (found.x - start.x)[0] / direction[0]
    assert found is last and len(asked) == len(yielded) + 2
    assert found.value <= start.value + 1e-4 * far * slope
    assert abs(dot(found.gradient, direction)) <= 0.9 * abs(slope)


def test_when_the_trials_are_over_the_lowest_point_is_returned_and_the_last_one():
    def steep(x):  # ever steeper: no slope is flat enough
        return -tf.exp(x[0]), -tf.exp(x)

    start = evaluate_at(steep, tf.constant([0.0]))
    yielded, found, last = spent(
        wolfe_search(steep, start, tf.ones(1), 0.1, -10.0, 100.0, trials=3)
    )
    assert [round(float(point.x[0]), 3) for point in (*yielded, last)] == [0.1, 0.4, 1.6]
    assert found is last

    def rises(x):
        return tf.reduce_sum(x**2), -2 * x  # a gradient that lies

    start = evaluate_at(rises, tf.constant([1.0]))
    yielded, found, last = spent(
        wolfe_search(rises, start, 2 * tf.ones(1), 1.0, 0.0, 9.0, trials=4)
    )
    assert found is None and len(yielded) == 3 and last.value > start.value


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


def test_the_unit_of_x_does_not_matter():
    start, scale = np.array([-1.2, 1.0] * 5), 1e14
    value, gradient = (lambda x: rosen(x / scale)), (lambda x: rosen_der(x / scale) / scale)
    plain, scaled = Counted(rosen, rosen_der, budget=100), Counted(value, gradient, budget=100)
    plain.run(start, lower=-5, upper=5)
    scaled.run(scale * start, lower=-5 * scale, upper=5 * scale, first_change=0.01 * scale)
    assert min(scaled.values) <= 1.05 * min(plain.values) + 1e-8


# ---- the metric ----------------------------------------------------------------------------------

SHAPES = [(1, 1), (1, 7), (6, 1), (2, 2), (4, 6), (5, 5), (6, 5), (5, 8)]


def matrix_of(metric, shape):
    """The matrix of a linear map of images with one channel."""
    size = shape[0] * shape[1]
    return metric(np.eye(size).reshape(size, *shape, 1)).reshape(size, size)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_metric_is_symmetric_and_positive_definite(shape):
    P = matrix_of(frequency_metric, shape)
    np.testing.assert_allclose(P, P.T, atol=1e-12)
    values = np.linalg.eigvalsh(P)
    assert values[0] > 0.001 and values[-1] == pytest.approx(1)
    np.testing.assert_allclose(P.sum(axis=1), 1)  # what is flat stays as it is


@pytest.mark.parametrize("shape", SHAPES)
def test_the_metric_weights_each_frequency(shape):
    """By the full transform of NumPy, and a knee that is not the usual one."""
    gradient = np.random.default_rng(0).normal(size=(2, *shape, 3))
    f = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij"))
    spectrum = np.fft.fft2(gradient, axes=(1, 2)) / ((1 + f / 0.2) ** 2)[:, :, None]
    wanted = np.fft.ifft2(spectrum, axes=(1, 2)).real
    found = frequency_metric(gradient, knee=0.2)
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    single = frequency_metric(gradient.astype("float32"), knee=0.2)
    assert single.dtype == "float32"
    np.testing.assert_allclose(single, wanted, atol=1e-5)


def test_images_get_the_metric_by_themselves_and_other_arrays_none():
    image = tf.constant(np.random.default_rng(1).random((1, 6, 7, 3)), tf.float32)
    weights = tf.constant(np.random.default_rng(2).random(image.shape), tf.float32)

    def bowl(x):
        return tf.reduce_sum(weights * (x - 0.4) ** 2), 2 * weights * (x - 0.4)

    def values(**options):
        return [point.value for point in itertools.islice(lbfgs(bowl, image, **options), 8)]

    assert values() == values(metric=frequency_metric) != values(metric=no_metric)

    def flat(x):  # the same bowl, and no image
        value, gradient = bowl(tf.reshape(x, image.shape))
        return value, tf.reshape(gradient, (-1,))

    found = [p.value for p in itertools.islice(lbfgs(flat, tf.reshape(image, (-1,))), 8)]
    np.testing.assert_allclose(found, values(metric=no_metric), rtol=1e-5)


def halved_in_place(gradient):
    gradient *= 0.5
    return gradient


@pytest.mark.parametrize(
    "same", [tf.identity, np.float64, halved_in_place], ids=["a tensor", "float64", "in place"]
)
def test_a_metric_may_answer_in_a_tensor_or_in_float64_or_in_what_it_was_given(same):
    bowl, _ = quadratic()
    start = np.full(12, 0.5, "float32")

    def found(metric):
        points = itertools.islice(lbfgs(bowl, start, metric=metric), 15)
        return np.array([point.x for point in points])

    assert found(same).dtype == "float32"
    np.testing.assert_allclose(found(same), found(no_metric), rtol=0, atol=1e-5)


def test_the_metric_takes_whole_numbers():
    stripes = np.array([2, 0, 2, 0]).reshape(1, 1, 4, 1)
    np.testing.assert_array_equal(frequency_metric(stripes), frequency_metric(1.0 * stripes))
    assert frequency_metric(stripes)[0, 0, 1, 0] > 0.9


@pytest.mark.parametrize("convention", ["mean-covariance", "relative"])
def test_with_the_metric_a_painting_needs_fewer_evaluations(cat, wave, convention):
    layers = {name for part in layers_for("vgg19-lite", convention) for name in part}
    objective = Objective(FeatureExtractor(layers), cat, wave, convention=convention)

    def lowest(metric):
        walk = itertools.islice(lbfgs(objective, cat, metric=metric), 60)
        return np.minimum.accumulate([point.value for point in walk])

    plain, metric = lowest(no_metric), lowest(frequency_metric)
    assert 0 < np.argmax(metric <= plain[-1]) < 57, "of 60"
