"""Lesson 15, a small VGG of one's own: its exercises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nstlib.check.comparison import compare, numbers, slips_of
from nstlib.check.exercises.random_features import centred
from nstlib.check.framework import NOTHING, Check, StudentError, shorten
from nstlib.training import distill

# ---- linear_r2 -----------------------------------------------------------------------------------

STUDENTS, TEACHERS = 3, 4  # channels


def _draw_features():
    """Features of two pictures, and a teacher's, which a linear map explains in part.

    The teacher's channels have means far from 0 and from each other, and each its own loudness.
    """
    rng = np.random.default_rng()
    height, width = rng.permutation([5, 6])
    F = rng.gamma(1.0, 1.0, (2, height, width, STUDENTS)) + rng.uniform(0.5, 2, STUDENTS)
    noise = rng.normal(0, 1, (2, height, width, TEACHERS))
    T = F @ rng.normal(0, 1, (STUDENTS, TEACHERS)) + rng.uniform(0.6, 1.2) * noise
    T = T * rng.uniform(0.5, 2.5, TEACHERS) + rng.uniform(2, 6, TEACHERS)
    return F.astype("float32"), T.astype("float32")


def _rows(F):
    return F.reshape(-1, F.shape[-1]).astype("float64")


def _fitted(x, y):
    """What least squares make of y from x, with nothing added."""
    return x @ np.linalg.lstsq(x, y, rcond=None)[0]


def _mapped(x, y):
    """The same with a constant."""
    return _fitted(centred(x), centred(y)) + y.mean(axis=0)


def _share(x, y, size=np.square, whole=centred, fitted=_mapped):
    """What is left of y after the fit, as a share of the whole."""
    return size(y - fitted(x, y)).sum() / size(whole(y)).sum()


def _of_rows(formula):
    return lambda F, T: formula(_rows(F), _rows(T))


def _r2(**how):
    return _of_rows(lambda x, y: 1 - _share(x, y, **how))


def _by_channel(x, y):
    return 1 - np.square(y - _mapped(x, y)).sum(axis=0) / np.square(centred(y)).sum(axis=0)


def _alone(x, y):
    """Of each pair of channels, the squared correlation."""
    both = np.corrcoef(x, y, rowvar=False)[: x.shape[1], x.shape[1] :]
    return both**2


def _without_its_constant(x, y):
    ones = np.column_stack([x, np.ones(len(x))])
    return x @ np.linalg.lstsq(ones, y, rcond=None)[0][:-1]


def _one_map_a_picture(F, T):
    parts = [_mapped(_rows(f), _rows(t)) for f, t in zip(F, T, strict=True)]
    y = _rows(T)
    return 1 - np.square(y - np.concatenate(parts)).sum() / np.square(centred(y)).sum()


def _reshaped(F, T):
    """Channels made by reshape, which moves no number."""
    x, y = (Z.reshape(Z.shape[-1], -1).T.astype("float64") for Z in (F, T))
    return 1 - _share(x, y)


R2_SLIPS = slips_of(
    {
        "Your map cannot add a constant: give F one channel more, of ones, or subtract each "
        "channel's mean from F and from T before the fit.": (
            _r2(fitted=_fitted),
            _r2(fitted=_fitted, whole=lambda y: y),
            _r2(fitted=lambda x, y: _fitted(centred(x), y)),
            _r2(fitted=lambda x, y: _fitted(x, centred(y)) + y.mean(axis=0)),
        ),
        "You fit with a constant, and leave it out of the prediction.": (
            _r2(fitted=_without_its_constant)
        ),
        "The whole is the variance, measured from each channel's mean: yours is measured from "
        "0.": _r2(whole=lambda y: y),
        "You subtract one mean for all channels, or correlate all numbers at once: so the "
        "different means of the channels count as explained. Each has its own: over axis 0 of the "
        "rows of T.": (
            _r2(whole=lambda y: y - y.mean()),  # the squared correlation is the same
            _of_rows(lambda x, y: 1 - _share(x - x.mean(), y - y.mean(), fitted=_fitted)),
        ),
        "You subtract the mean of each position: it is that of each channel that is wanted, over "
        "all positions.": (
            _r2(whole=lambda y: y - y.mean(axis=1, keepdims=True)),
            _of_rows(
                lambda x, y: (
                    1
                    - _share(
                        x - x.mean(axis=1, keepdims=True),
                        y - y.mean(axis=1, keepdims=True),
                        fitted=_fitted,
                    )
                )
            ),
        ),
        "That is what is left unexplained: subtract it from 1.": _of_rows(_share),
        "You average the R2 of the channels, so that a faint one counts as much as a loud one: "
        "add up the squares of all channels, then divide.": (
            _of_rows(lambda x, y: _by_channel(x, y).mean()),
            _of_rows(lambda x, y: np.median(_by_channel(x, y))),
        ),
        "That is R, the root of it.": _of_rows(lambda x, y: np.sqrt(1 - _share(x, y))),
        "You divide the roots of the squares, so lengths: divide the sums of squares.": _of_rows(
            lambda x, y: 1 - np.sqrt(_share(x, y))
        ),
        "You add up distances without squaring them: variance is made of squares.": _r2(
            size=np.abs
        ),
        "You fit a map for each picture: one map has to do for all of them.": _one_map_a_picture,
        "Only the first picture counts: take the positions of all pictures as rows.": (
            lambda F, T: 1 - _share(_rows(F[:1]), _rows(T[:1]))
        ),
        "reshape moves no number, so your channels are mixed: they are the last axis, so reshape "
        "to (-1, C).": _reshaped,
        "You explain F by T: it is the teacher's T that has to be explained by the student's F.": (
            lambda F, T: 1 - _share(_rows(T), _rows(F))
        ),
        "You compare one channel with one other: a linear map mixes all channels of F.": (
            _of_rows(
                lambda x, y: (_alone(x, y).max(axis=0) * y.var(axis=0)).sum() / y.var(0).sum()
            ),
            _of_rows(lambda x, y: _alone(x, y).max(axis=0).mean()),
            _of_rows(lambda x, y: _alone(x, y).max()),
            _of_rows(lambda x, y: _alone(x, y).mean()),
        ),
        "You correct for the number of channels (adjusted R2): here it is the plain one.": (
            _of_rows(lambda x, y: 1 - _share(x, y) * (len(x) - 1) / (len(x) - x.shape[1] - 1))
        ),
        "A sum over a mean, or one divided by another number of values: divide a sum by a sum, or "
        "a mean by a mean.": (
            _of_rows(lambda x, y: 1 - _share(x, y) * len(x)),
            _of_rows(lambda x, y: 1 - _share(x, y) * y.size),
            _of_rows(lambda x, y: 1 - _share(x, y) / y.shape[1]),
            _of_rows(lambda x, y: 1 - _share(x, y) * y.shape[1]),
            _of_rows(lambda x, y: 1 - _share(x, y) / len(x)),
            _of_rows(lambda x, y: 1 - _share(x, y) / y.size),
            _of_rows(lambda x, y: 1 - _share(x, y) * (len(x) - 1) / len(x)),
        ),
        "That is in per cent: 1 is all of it, not 100.": _of_rows(
            lambda x, y: 100 * (1 - _share(x, y))
        ),
        "That is the variance that is explained, not yet its share: divide by the whole.": (
            _of_rows(lambda x, y: np.square(_mapped(x, y) - y.mean(axis=0)).sum()),
            _of_rows(lambda x, y: np.square(_mapped(x, y) - y.mean(axis=0)).mean()),
        ),
        "That is what is left, not yet its share: divide by the whole, and subtract from 1.": (
            _of_rows(lambda x, y: np.square(y - _mapped(x, y)).sum()),
            _of_rows(lambda x, y: np.square(y - _mapped(x, y)).mean()),
        ),
    }
)
R2_BY_HAND = {
    "the docstring's example": (
        np.array([[[[1.0], [2.0], [3.0]]]], "float32"),
        np.array([[[[1.0], [5.0], [3.0]]]], "float32"),
    ),
    "two positions, through which a line always goes": (
        np.array([[[[1.0], [2.0]]]], "float32"),
        np.array([[[[1.0], [5.0]]]], "float32"),
    ),
}


def _r2_shape(shape):
    if shape == (TEACHERS,):
        return "That is one for each of the teacher's channels: count all channels together."
    if shape in ((STUDENTS, TEACHERS), (STUDENTS + 1, TEACHERS)):
        return "That is the map: apply it to F, and see how much of T is left."
    return ""


def _examine_r2(student):
    compare(
        student,
        _draw_features,
        distill.linear_r2,
        R2_SLIPS,
        shape_words=_r2_shape,
        by_hand=R2_BY_HAND,
    )
    yield True, "It is the share of the teacher's variance that one map explains, with a constant."
    yield True, "All channels and all pictures count together; two positions are always explained."


linear_r2 = Check(
    distill.linear_r2,
    _examine_r2,
    (
        "First two tables with a row for each position: np.reshape(F, (-1, F.shape[-1])), and T "
        "likewise. Which line of NumPy finds the best map from one to the other?",
        "Subtract from both tables the mean of each column, and call them x and y: so the map "
        "need not add anything. Then W = np.linalg.lstsq(x, y, rcond=None)[0].",
        "1 - np.sum((y - x @ W) ** 2) / np.sum(y ** 2).",
    ),
)

# ---- distillation_loss ---------------------------------------------------------------------------


def _draw_predictions():
    """A prediction, the teacher's features of two pictures, and what was measured of others."""
    rng = np.random.default_rng()
    shape = 2, *rng.permutation([3, 4]), 5
    mean, scale = rng.uniform(1, 3, 5), rng.uniform(1.5, 2.5)
    T = mean + rng.uniform(-0.5, 0.8, 5) + rng.uniform(0.7, 3, 5) * rng.normal(0, 1, shape)
    predicted = 0.6 * (T - mean) / scale + rng.normal(0.2, 0.5, shape)
    arrays = (array.astype("float32") for array in (predicted, T, mean))
    return *arrays, float(scale)


def _squared(difference):
    """A wrong loss: the mean square of this, of all four, in float64."""
    return lambda p, T, m, s: np.square(difference(*_exactly(p, T, m), s)).mean()


def _exactly(*arrays):
    return (array.astype("float64") for array in arrays)


def _difference(p, T, m, s):
    return p - (T - m) / s


def _of_difference(reduce):
    return lambda p, T, m, s: reduce(_difference(*_exactly(p, T, m), s))


LOSS_SLIPS = slips_of(
    {
        "You do not subtract the teacher's mean.": _squared(lambda p, T, m, s: p - T / s),
        "You do not divide by the scale: the teacher's features stay as large as they are.": (
            _squared(lambda p, T, m, s: p - (T - m))
        ),
        "The teacher's features are taken as they are: subtract the mean and divide by the "
        "scale.": _squared(lambda p, T, m, s: p - T),
        "You divide by the square of the scale: it is a deviation, no variance.": (
            _squared(lambda p, T, m, s: p - (T - m) / s**2)
        ),
        "You divide by the root of the scale: it is a deviation already, no variance.": (
            _squared(lambda p, T, m, s: p - (T - m) / np.sqrt(s))
        ),
        "You multiply by the scale: divide.": _squared(lambda p, T, m, s: p - (T - m) * s),
        "Only the mean is divided: write T - mean in parentheses.": (
            _squared(lambda p, T, m, s: p - (T - m / s))
        ),
        "You subtract the mean after dividing: first subtract, then divide.": (
            _squared(lambda p, T, m, s: p - (T / s - m))
        ),
        "The mean is added: subtract it.": _squared(lambda p, T, m, s: p - (T + m) / s),
        "The parentheses close too late: it is the teacher's features alone that are divided by "
        "the scale, not the difference.": _squared(lambda p, T, m, s: (p - (T - m)) / s),
        "The difference is right, but on the teacher's scale, where a loud layer counts more than "
        "a faint one: compare with (T - mean) / scale.": (
            _squared(lambda p, T, m, s: p * s + m - T)
        ),
        "You bring the prediction to mean 0 and variance 1, and it is there already: it is the "
        "teacher's features that have to be.": (
            _squared(lambda p, T, m, s: (p - m) / s - T),
            _squared(lambda p, T, m, s: (p - m) / s - (T - m) / s),
        ),
        "You take the mean of this batch: take the one that is given, which was measured once for "
        "all batches.": (
            _squared(lambda p, T, m, s: p - (T - T.mean(axis=(0, 1, 2))) / s),
            _squared(lambda p, T, m, s: p - (T - T.mean()) / s),
        ),
        "You take the deviation of this batch: take the scale that is given, one for all channels "
        "and all batches.": (
            _squared(lambda p, T, m, s: p - (T - m) / T.std(axis=(0, 1, 2))),
            _squared(lambda p, T, m, s: p - (T - m) / T.std()),
            _squared(lambda p, T, m, s: p - (T - m) / (T - m).std()),
            _squared(lambda p, T, m, s: p - (T - T.mean(axis=(0, 1, 2))) / T.std(axis=(0, 1, 2))),
        ),
        "You take distances without squaring them: variance is made of squares.": (
            _of_difference(lambda d: np.abs(d).mean())
        ),
        "You do not square the differences, so those above and below 0 cancel.": (
            _of_difference(np.mean),
            _of_difference(lambda d: -d.mean()),
        ),
        "You take a root in the end: a share of the variance is a mean of squares.": (
            _of_difference(lambda d: np.sqrt(np.square(d).mean())),
            _of_difference(lambda d: np.sqrt(np.square(d).sum())),
        ),
        "The squares are added up: take their mean over everything, or a larger picture has a "
        "larger loss.": _of_difference(lambda d: np.square(d).sum()),
        "You add up the squares of the channels, and average over positions only: average over "
        "the channels, too.": _of_difference(lambda d: np.square(d).sum(axis=-1).mean()),
        "You add up the pictures, or the positions of each: take the mean over everything.": (
            _of_difference(lambda d: np.square(d).mean(axis=(1, 2, 3)).sum()),
            _of_difference(lambda d: np.square(d).sum(axis=(1, 2, 3)).mean()),
            _of_difference(lambda d: np.square(d).sum(axis=(1, 2)).mean()),
        ),
        "That is half of it.": _of_difference(lambda d: np.square(d).mean() / 2),
        "You square the mean difference: square first, then take the mean.": (
            _of_difference(lambda d: d.mean() ** 2)
        ),
        "That is the variance of the difference, so a prediction that is always a little too large "
        "costs nothing: take the mean of the squares.": (
            _of_difference(np.var),
            _of_difference(lambda d: d.var(axis=(0, 1, 2)).mean()),
        ),
        "That is the share that is explained. A loss is to become small: take the share that is "
        "not.": _of_difference(lambda d: 1 - np.square(d).mean()),
        "That is the loss with the wrong sign: training makes it small, so it has to fall as the "
        "prediction gets better.": _of_difference(lambda d: -np.square(d).mean()),
        "Only the first picture counts: take the mean over all of them.": (
            _of_difference(lambda d: np.square(d[0]).mean())
        ),
        "The prediction does not occur.": (
            _squared(lambda p, T, m, s: (T - m) / s),
            _squared(lambda p, T, m, s: T - m),
        ),
    }
)
LOSS_BY_HAND = {
    "the docstring's example": (
        np.array([[[[-0.5], [1.5]]]], "float32"),
        np.array([[[[1.0], [5.0]]]], "float32"),
        np.array([3.0], "float32"),
        2.0,
    ),
}


def _examine_loss(student):
    compare(
        student,
        _draw_predictions,
        distill.distillation_loss,
        LOSS_SLIPS,
        shape_words=lambda shape: "Take the mean over pictures, positions and channels alike.",
        by_hand=LOSS_BY_HAND,
    )
    yield True, "It is the share of the teacher's variance that is left unexplained."


distillation_loss = Check(
    distill.distillation_loss,
    _examine_loss,
    (
        "Do the docstring's example on paper: what are 1 and 5, less their mean and over their "
        "scale? How far is the prediction from that?",
        "The teacher's features with mean 0 and variance 1 are (T - mean) / scale. The prediction "
        "stays as it is.",
        "ops.mean(ops.square(predicted - (T - mean) / scale)).",
    ),
)

# ---- fold_batch_norm -----------------------------------------------------------------------------

ADDED = distill.EPSILON


def _draw_norm():
    """A convolution and a normalisation. As many channels come in as go out, and as a kernel is
    wide, so that a factor along the wrong axis gives a wrong answer and no error.
    """
    rng = np.random.default_rng()
    kernel = rng.normal(0, 1, (3, 3, 3, 3))
    gamma, beta = rng.uniform(0.6, 2, 3), rng.uniform(0.5, 2, 3) * rng.choice([-1, 1], 3)
    mean, variance = rng.uniform(0.5, 2, 3) * rng.choice([-1, 1], 3), rng.uniform(0.02, 0.1, 3)
    return tuple(array.astype("float32") for array in (kernel, gamma, beta, mean, variance))


def _sigma(variance):
    return np.sqrt(variance.astype("float64") + ADDED)


def _gain(g, v):
    return g / _sigma(v)


def _kernel(gain):
    """A wrong kernel: times something made of gamma, beta, mean and variance."""
    return lambda k, g, b, m, v: k * gain(g, b, m, v)


def _along(*axes):
    return _kernel(lambda g, b, m, v: np.expand_dims(_gain(g, v), axes))


KERNEL_SLIPS = slips_of(
    {
        "It is as it was: it has to take over what the normalisation multiplies with.": (
            lambda k, *_: k
        ),
        "You divide by the variance: it is its root that a normalisation divides by.": (
            _kernel(lambda g, b, m, v: g / (v + ADDED)),
            _kernel(lambda g, b, m, v: g / v),
        ),
        "gamma is missing: the normalised channel is multiplied with it.": (
            _kernel(lambda g, b, m, v: 1 / _sigma(v)),
            _kernel(lambda g, b, m, v: 1 / np.sqrt(v)),
        ),
        "You multiply with gamma, and do not divide by the deviation.": (
            _kernel(lambda g, b, m, v: g)
        ),
        "You multiply with the deviation: divide by it.": _kernel(lambda g, b, m, v: g * _sigma(v)),
        "You divide by gamma: multiply with it.": (
            _kernel(lambda g, b, m, v: 1 / (g * _sigma(v))),
            _kernel(lambda g, b, m, v: _sigma(v) / g),
        ),
        "The 0.001 is missing that Keras adds to the variance before it takes the root.": (
            _kernel(lambda g, b, m, v: g / np.sqrt(v))
        ),
        "The 0.001 is added to the variance, before the root is taken: yours comes after it.": (
            _kernel(lambda g, b, m, v: g / (np.sqrt(v) + ADDED))
        ),
        "It is multiplied with beta: that is what is added in the end, gamma is the factor.": (
            _kernel(lambda g, b, m, v: b / _sigma(v))
        ),
        "What is subtracted or added does not belong into it: a kernel can only multiply.": (
            lambda k, g, b, m, v: k * _gain(g, v) + b - m * _gain(g, v),
            lambda k, g, b, m, v: (k - m) * _gain(g, v) + b,
            lambda k, g, b, m, v: (k - m) * _gain(g, v),
            lambda k, g, b, m, v: k * _gain(g, v) + b,
            lambda k, g, b, m, v: (k - m) / _sigma(v),
        ),
        "You multiply along the channels that come in: a factor belongs to a channel that goes "
        "out, the last axis.": _along(1),
        "You multiply along the sides of the kernel: a factor belongs to a channel that goes out, "
        "the last axis.": (_along(1, 2), _along(1, 2, 3)),
        "One factor for all channels: each has its own.": (
            lambda k, g, b, m, v: k * _gain(g, v).mean(),
            lambda k, g, b, m, v: k * _gain(g, v)[0],
        ),
        "Its inputs and outputs are exchanged: do not transpose it.": (
            lambda k, g, b, m, v: k.swapaxes(2, 3) * _gain(g, v),
            lambda k, g, b, m, v: k.swapaxes(2, 3) * _gain(g, v)[:, None],
        ),
    }
)


def _bias(formula):
    """A wrong bias from gamma, beta, mean, and the gain."""
    return lambda k, g, b, m, v: formula(g, b, m, _gain(g, v))


BIAS_SLIPS = slips_of(
    {
        "The mean is missing, which the normalisation subtracts.": (
            _bias(lambda g, b, m, gain: b),
            _bias(lambda g, b, m, gain: b * gain),
        ),
        "The mean is subtracted before the normalisation multiplies, so it is multiplied, too.": (
            _bias(lambda g, b, m, gain: b - m)
        ),
        "The mean is added: subtract it.": (
            _bias(lambda g, b, m, gain: b + m * gain),
            _bias(lambda g, b, m, gain: b + m),
        ),
        "beta comes last, so nothing is multiplied with it.": (
            _bias(lambda g, b, m, gain: (b - m) * gain),
            _bias(lambda g, b, m, gain: b * gain - m),
            _bias(lambda g, b, m, gain: b * g - m * gain),
        ),
        "beta is missing, which is added in the end.": (
            _bias(lambda g, b, m, gain: -m * gain),
            _bias(lambda g, b, m, gain: -m),
            _bias(lambda g, b, m, gain: -m * gain / g),
        ),
        "The sign is wrong: it is beta less the mean times the factor.": (
            _bias(lambda g, b, m, gain: m * gain - b)
        ),
        "The mean is multiplied with gamma, and not divided by the deviation.": (
            _bias(lambda g, b, m, gain: b - m * g)
        ),
        "The mean is divided by the deviation, and not multiplied with gamma.": (
            _bias(lambda g, b, m, gain: b - m * gain / g)
        ),
        "The mean is divided by the factor: multiply it.": _bias(
            lambda g, b, m, gain: b - m / gain
        ),
        "gamma stands in the place of beta.": _bias(lambda g, b, m, gain: g - m * gain),
        "The kernel has no part in it: what is subtracted is the mean of what the convolution "
        "gives, not of what it gets.": (
            lambda k, g, b, m, v: b - m * _gain(g, v) * k.sum(axis=(0, 1, 2)),
            lambda k, g, b, m, v: b - (k * _gain(g, v)).sum(axis=(0, 1, 2)) * m.sum(),
        ),
        "It is 0: what the normalisation subtracts and adds has to go somewhere.": (
            lambda k, g, b, m, v: np.zeros(len(b))
        ),
        "One number for all channels: each has its own.": (
            lambda k, g, b, m, v: np.full(len(b), (b - m * _gain(g, v)).mean())
        ),
    }
)
FOLD_BY_HAND = {
    "the docstring's example": (
        np.array([[[[2.0]]]], "float32"),
        np.array([3.0], "float32"),
        np.array([1.0], "float32"),
        np.array([4.0], "float32"),
        np.array([3.999], "float32"),
    ),
}


def _pair(found, inputs):
    """Kernel and bias out of an answer, with the right shapes."""
    if found is None or found is ...:
        raise StudentError(NOTHING)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        count = f"{len(found)} things" if isinstance(found, (tuple, list)) else "one thing"
        raise StudentError(
            f"It returns two things, the new kernel and the new bias; yours returns {count}: "
            f"{shorten(type(found).__name__)}."
        )
    kernel, bias = map(numbers, found)
    wanted = inputs[0].shape, inputs[1].shape
    if (bias.shape, kernel.shape) == wanted:
        raise StudentError("They are in the wrong order: first the kernel, then the bias.")
    for name, part, shape in zip(("kernel", "bias"), (kernel, bias), wanted, strict=True):
        if part.shape != shape:
            raise StudentError(f"The {name} has shape {shape}, and yours has {part.shape}.")
    return kernel, bias


def _examine_part(student, number: int, slips):
    """One of the two parts; what is said of it names it."""

    def part(function: Callable) -> Callable:
        return lambda *inputs: _pair(function(*inputs), inputs)[number]

    try:
        compare(
            part(student), _draw_norm, part(distill.fold_batch_norm), slips, by_hand=FOLD_BY_HAND
        )
    except StudentError as error:
        raise StudentError(f"The {('kernel', 'bias')[number]}: {error}") from None


def _examine_fold(student):
    inputs = _draw_norm()
    _pair(student(*inputs), inputs)
    _examine_part(student, 0, KERNEL_SLIPS)
    yield True, "The kernel takes over what the normalisation multiplies with."
    _examine_part(student, 1, BIAS_SLIPS)
    yield True, "The bias takes over what it subtracts and adds."


fold_batch_norm = Check(
    distill.fold_batch_norm,
    _examine_fold,
    (
        "Write down what the normalisation does to y, the convolution's output: subtract, divide, "
        "multiply, add. With what is y multiplied in all?",
        "gain = gamma / np.sqrt(variance + 0.001), a number for each channel that goes out. The "
        "mean is subtracted before the gain comes, and beta is added after it.",
        "return kernel * gain, beta - mean * gain.",
    ),
)
