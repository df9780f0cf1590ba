"""Kinds of mistakes that any exercise knows: edges, memory, endless loops, prints, odd machines."""

import contextlib
import io
import re
import sys
import threading
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from nstlib import check, losses, networks
from nstlib.check import framework, references
from nstlib.check.questions import read_quizzes
from nstlib.images import colors

ops = keras.ops


def curve(below=lambda total, mark: total <= mark, start=lambda totals: totals[0]):
    """`evaluations_until`, or with a piece changed."""

    def evaluations_until(totals, share):
        mark = start(totals) - share * (start(totals) - min(totals))
        return next(n for n, total in enumerate(totals, 1) if below(total, mark))

    return evaluations_until


def nearest(totals, share):
    mark = totals[0] - share * (totals[0] - min(totals))
    return min(range(len(totals)), key=lambda i: abs(totals[i] - mark)) + 1


def by_place(a, b):
    """Does not look at the names of the second dict."""
    sizes = zip(a, a.values(), b.values(), strict=True)
    norm = np.linalg.norm

    def difference(item):
        _, F, P = item
        return norm(np.ravel(F) - np.ravel(P)) / (norm(np.ravel(F)) + norm(np.ravel(P)))

    return min(sizes, key=difference)[0]


def at_least_two(a, b):
    by_difference = sorted(a, key=lambda n: references.most_similar_layer({n: a[n]}, {n: b[n]}))
    _first, _second = by_difference[:2]
    return references.most_similar_layer(a, b)


def whole_shares(targets, shares):
    total = sum(int(share) for share in shares)
    pairs = list(zip(targets, shares, strict=True))
    return {name: sum(share / total * A[name] for A, share in pairs) for name in targets[0]}


def mixed_by_place(targets, shares):
    total, columns = sum(shares), zip(*(A.values() for A in targets), strict=True)
    mixed = [sum(s / total * A for s, A in zip(shares, As, strict=True)) for As in columns]
    return dict(zip(targets[0], mixed, strict=True))


def several_styles(targets, shares):
    if len(targets) < 2:
        raise ValueError("one style")
    return losses.mix_styles(targets, shares)


def needs(which):
    """`total_loss` that stops where there is no content, or no style."""

    def total_loss(features, image, content, style, tv_weight):
        if not {"content": content, "style": style}[which]:
            raise ValueError(f"no {which}")
        return losses.total_loss(features, image, content, style, tv_weight)

    return total_loss


def two_rows(image, squared=False):
    if min(image.shape[1:3]) < 2:
        raise ValueError("too small")
    return losses.total_variation(image, squared)


def in_float32(kernel, channels_in, channels_out):
    return int(np.float32(kernel**2) * np.float32(channels_in) * channels_out) + channels_out


def bytes_in_int32(shapes, height, width, bytes_each=4, recompute=False):
    layers = [(C, height // scale, width // scale) for _, C, scale in shapes]
    values = np.prod(np.array(layers, "int32"), axis=1, dtype="int32")
    with np.errstate(over="ignore"):
        return int(values.sum(dtype="int32") * np.int32(bytes_each))


def eight_bits(painting, content):
    return np.rint(255 * colors.luminance_transfer(painting, content)) / 255


def two_digits(painting, content):
    def Y(image):
        return image @ np.array([[0.3], [0.59], [0.11]])

    return np.clip(content + Y(painting) - Y(content), 0, 1)


def moved(style, content, covariance=lambda x: np.cov(x, rowvar=False), share=1.0):
    x, y = (np.asarray(image, float).reshape(-1, 3) for image in (style, content))
    S, K = covariance(x - x.mean(axis=0)), covariance(y - y.mean(axis=0))
    K, mean = S + share * (K - S), x.mean(axis=0) + share * (y.mean(axis=0) - x.mean(axis=0))
    A = colors.matrix_power(K, 0.5) @ colors.matrix_power(S, -0.5)
    return np.clip((x - x.mean(axis=0)) @ A.T + mean, 0, 1).reshape(style.shape)


def as_many_pixels(style, content):
    return moved(style, np.reshape(content, (-1, 3))[: style[..., 0].size])


def no_gray(style, content, share=1.0):
    if np.ptp(style) == 0:
        raise ValueError("one colour")
    return moved(style, content, share=share)


def scipy_form(value=float, question=tf.constant):
    def scipy_objective(evaluate, shape, dtype="float32"):
        def value_and_gradient(flat):
            found, gradient = evaluate(question(flat.reshape(shape), dtype))
            return value(found), np.asarray(gradient, "float64").ravel()

        return value_and_gradient

    return scipy_objective


def one_answer(evaluate, shape, dtype="float32"):
    """Writes each gradient into the same array."""
    kept = np.zeros(int(np.prod(shape)))

    def value_and_gradient(flat):
        found, gradient = evaluate(tf.constant(flat.reshape(shape), dtype))
        kept[:] = np.asarray(gradient).ravel()
        return float(found), kept

    return value_and_gradient


def first_channel(F, P):
    return np.mean((np.asarray(F) - np.asarray(P))[..., 0] ** 2)


def turned(F):
    F = np.reshape(F, (F.shape[0], -1, F.shape[-1]))
    return F.T @ F / F.shape[1]


def in_mebibytes(shapes, height, width, bytes_each=4):
    return references.activation_bytes(shapes, height, width, bytes_each) / 2**20


# The exercise, a wrong answer, and what is said to it.
EDGES = {
    "strictly below the mark": ("evaluations_until", curve(lambda t, mark: t < mark), "example"),
    "from the highest": ("evaluations_until", curve(start=max), "highest loss that is not"),
    "the nearest": ("evaluations_until", nearest, "nearly gets there"),
    "no share of 1": (
        "evaluations_until",
        lambda totals, share: curve()(totals, share) if share < 1 else None,
        "returns nothing here|all of the drop",
    ),
    "float32": ("count_parameters", in_float32, "beyond 32 bits"),
    "int32": ("activation_bytes", bytes_in_int32, "beyond 32 bits"),
    "mebibytes": ("activation_bytes", in_mebibytes, "neither kilobytes nor megabytes"),
    "dicts by place": ("most_similar_layer", by_place, "orders|broadcast|another order"),
    "two layers at least": ("most_similar_layer", at_least_two, "one layer only"),
    "first channel": ("content_loss", first_channel, "first channel"),
    "F.T": ("gram_matrix", turned, "F.T turns round all axes"),
    "ReLU": ("gram_matrix", lambda F: losses.gram_matrix(np.maximum(F, 0)), "negative features"),
    "whole shares": ("mix_styles", whole_shares, "no whole numbers"),
    "styles by place": ("mix_styles", mixed_by_place, "another order"),
    "one style": ("mix_styles", several_styles, "For one style"),
    "no content": ("total_loss", needs("content"), "no content"),
    "no style": ("total_loss", needs("style"), "without style"),
    "one row": ("total_variation", two_rows, "it is 3.0.*too small"),
    "an array": ("scipy_objective", scipy_form(question=np.asarray), "takes a tensor"),
    "no Python float": ("scipy_objective", scipy_form(np.float32), "make a Python float"),
    "eight bits": ("luminance_transfer", eight_bits, "round the colours to 8 bits"),
    "two digits": ("luminance_transfer", two_digits, "0.11 are rounded"),
    "sums": (
        "match_color",
        lambda style, content: moved(style, content, lambda x: x.T @ x),
        "number of its own pixels",
    ),
    "as many pixels": ("match_color", as_many_pixels, "part of the content|reshape"),
    "one gray": ("match_color", no_gray, "pictures of one grey each"),
    "one array for all": ("scipy_objective", one_answer, "before has changed"),
}


@pytest.mark.parametrize(("exercise", "wrong", "words"), EDGES.values(), ids=EDGES)
def test_what_the_text_promises_is_drawn(exercise, wrong, words):
    """Every time; and what was drawn may once hide the cause behind a counterexample."""
    for _ in range(4):
        verdict = getattr(check, exercise)(wrong)
        assert not verdict.passed, verdict.message
        if re.search(words, verdict.message):
            return
    pytest.fail(verdict.message)


def remembering(key):
    """`content_loss` with a memory."""
    memory = {}

    def content_loss(F, P):
        if key(F) not in memory:
            memory[key(F)] = float(np.mean((F - P) ** 2))
        return memory[key(F)]

    return content_loss


@pytest.mark.parametrize("key", [id, np.shape], ids=["by id", "by shape"])
def test_a_memory_is_found_out(key):
    for _ in range(20):
        assert not check.content_loss(remembering(key)).passed


def test_one_array_for_all_answers_is_found_out():
    arrays = {}

    def preprocess(image):
        answer = arrays.setdefault(image.shape, np.zeros(image.shape))
        answer[...] = networks.preprocess(image)
        return answer

    for _ in range(20):
        arrays.clear()
        verdict = check.preprocess(preprocess)
        assert not verdict.passed and "before has changed" in verdict.message


def test_an_answer_that_is_the_argument_is_no_memory():
    def mix_styles(targets, shares):
        return targets[0] if len(targets) == 1 else losses.mix_styles(targets, shares)

    assert check.mix_styles(mix_styles).passed


def test_a_locked_argument_is_noticed():
    def preprocess(image):
        image.flags.writeable = False
        return networks.preprocess(image)

    verdict = check.preprocess(preprocess)
    assert not verdict.passed and "locks what it is given" in verdict.message


def endless(*_):
    while True:
        pass


def endless_and_deaf(*_):
    while True:
        with contextlib.suppress(Exception):
            for _ in range(1000):
                pass


@pytest.mark.parametrize("function", [endless, endless_and_deaf])
@pytest.mark.parametrize("in_thread", [False, True])
def test_a_loop_without_end_is_stopped(function, in_thread, monkeypatch):
    monkeypatch.setattr(framework, "SECONDS", 0.3)
    verdicts = []

    def examine():
        verdicts.append(check.content_loss(lambda F, P: function()))

    began = time.monotonic()
    if in_thread:
        thread = threading.Thread(target=examine)
        thread.start()
        thread.join(timeout=20)
    else:
        examine()
    assert time.monotonic() - began < 10
    assert not verdicts[0].passed and "a loop that does not end" in verdicts[0].message
    assert check.content_loss(losses.content_loss).passed  # nothing arrives late


def slow(F, P):
    time.sleep(0.15)
    return losses.content_loss(F, P)


def slow_and_deaf(F, P):
    end = time.monotonic() + 0.6
    while time.monotonic() < end:
        with contextlib.suppress(BaseException):
            time.sleep(0.01)
    return losses.content_loss(F, P)


@pytest.mark.parametrize(
    ("function", "words"),
    [(slow, "over 0.5 seconds in all"), (slow_and_deaf, "had not returned after 0.3 seconds")],
)
def test_a_check_ends_however_its_time_is_spent(function, words, monkeypatch):
    monkeypatch.setattr(framework, "SECONDS", 0.3)
    monkeypatch.setattr(framework, "SECONDS_OF_ALL", 0.5)
    began = time.monotonic()
    verdict = check.content_loss(function)
    assert time.monotonic() - began < 5
    assert not verdict.passed and words in verdict.message


def test_what_a_function_prints_is_shown_once(capsys):
    def content_loss(F, P):
        print("here")
        return np.mean((F - P) ** 2)

    assert check.content_loss(content_loss).passed
    assert capsys.readouterr().out.count("here") == 1


def test_who_prints_instead_of_returning_is_told():
    verdict = check.content_loss(lambda F, P: print(np.mean((F - P) ** 2)))
    assert not verdict.passed and "prints, but returns nothing" in verdict.message


def test_a_search_that_finds_nothing_is_not_called_unwritten():
    verdict = check.most_similar_layer(lambda a, b: next(name for name in a if not name))
    assert not verdict.passed and "replace the" not in verdict.message


def test_a_closed_stdout_does_not_make_a_check_raise(monkeypatch):
    closed = io.StringIO()
    closed.close()
    for stdout in (closed, None):
        monkeypatch.setattr(sys, "stdout", stdout)
        assert check.content_loss(losses.content_loss).passed
        check.content_loss.hint()
        assert check.quiz("00-1", read_quizzes()["00-1"].right).passed


def test_passed_is_a_bool():
    for function in (references.scipy_objective, scipy_form()):
        assert type(check.scipy_objective(function).passed) is bool


def test_optimal_transport_with_the_offered_root_is_right():
    def match_color(style, content, share=1.0):
        x, y = (np.asarray(image, float).reshape(-1, 3) for image in (style, content))
        S, K = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
        K, mean = S + share * (K - S), x.mean(axis=0) + share * (y.mean(axis=0) - x.mean(axis=0))
        root, inverse = colors.matrix_power(S, 0.5), colors.matrix_power(S, -0.5)
        A = inverse @ colors.matrix_power(root @ K @ root, 0.5) @ inverse
        return np.clip((x - x.mean(axis=0)) @ A.T + mean, 0, 1).reshape(style.shape)

    for _ in range(50):
        verdict = check.match_color(match_color)
        assert verdict.passed, verdict.message


def test_a_small_eigenvalue_stays_what_it_is():
    small = np.diag([4e-9, 9e-9, 1e-8])
    np.testing.assert_allclose(colors.matrix_power(small, 0.5) ** 2, small, rtol=1e-9, atol=1e-20)
    assert np.isfinite(colors.matrix_power(np.zeros((3, 3)), -0.5)).all()
