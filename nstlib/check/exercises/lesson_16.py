"""Lesson 16, your project: the three functions of a program that has to be mended."""

from __future__ import annotations

import numpy as np

from nstlib.check import references
from nstlib.check.comparison import compare, numbers, slips_of
from nstlib.check.framework import NOTHING, Check, StudentError
from nstlib.networks import MEAN_BGR

# ---- to_picture ----------------------------------------------------------------------------------

MEAN = np.array(MEAN_BGR)
A_LEVEL = 1.02 / 255  # rounded or cut off: a file shows no difference


def _draw_painted():
    """Draws what an optimiser leaves behind: too dark and too light values of each colour.

    One pixel is white, even when all values are halved: A_LEVEL is relative to the largest.
    """
    rng = np.random.default_rng()
    height, width = rng.permutation([4, 5, 6, 7])[:2]
    x = rng.uniform(-230.0, 290.0, (1, height, width, 3)).astype("float32")
    x[0, rng.integers(height), rng.integers(width)] = 310.0
    return (x,)


def _rgb(x):
    return (x.astype("float64") + MEAN)[..., ::-1]


def _byte(values):
    """As a cast does it: 256 begins again at 0, and -1 is 255."""
    return np.round(values) % 256


def _clip(values):
    return np.clip(values, 0, 255)


def _spread_out(rgb):
    return (rgb - rgb.min()) / (rgb.max() - rgb.min()) * 255


PICTURE_SLIPS = slips_of(
    {
        "What is lighter than white comes out dark: a byte begins again at 0. Put the values back "
        "into 0 to 255, and do so before astype.": lambda x: _byte(_rgb(x)),
        "Lighter than white is put back, but darker than black comes out light: clip at 0, too.": (
            lambda x: _byte(np.minimum(_rgb(x), 255))
        ),
        "Darker than black is put back, but lighter than white comes out dark: clip at 255, "
        "too.": lambda x: _byte(np.maximum(_rgb(x), 0)),
        "You clip before the mean is added, and so cut off every dark colour.": (
            lambda x: _byte(_clip(x) + MEAN)[..., ::-1],
            lambda x: _clip(_clip(x) + MEAN)[..., ::-1],
        ),
        "You clip to 0 and 1, and here colours go up to 255.": lambda x: np.round(
            np.clip(_rgb(x), 0, 1)
        ),
        "The colours come in as numbers up to 255 already: do not multiply by 255.": (
            lambda x: _clip(255 * _rgb(x))
        ),
        "You stretch the picture so that its darkest value becomes 0 and its lightest 255. That "
        "changes colours which were in range: only clip.": lambda x: _spread_out(_rgb(x)),
        "Darker than black comes out light, as you take the absolute value: clip at 0.": (
            lambda x: _clip(np.abs(_rgb(x)))
        ),
        "It is clipped, but still blue, green, red: swap the colours as well.": (
            lambda x: _clip(_rgb(x)[..., ::-1])
        ),
        "You swap the colours before you add the mean, which begins with blue.": (
            lambda x: _clip(x[..., ::-1] + MEAN)
        ),
        "You subtract the mean once more: add it.": lambda x: _clip((x - MEAN)[..., ::-1]),
        "The mean is missing: add MEAN_BGR first.": lambda x: _clip(x[..., ::-1]),
        "The picture is mirrored, and its colours are not swapped: they are the last axis, "
        "[..., ::-1].": (
            lambda x: _clip(x + MEAN)[:, :, ::-1],
            lambda x: _clip(x + MEAN)[:, ::-1],
        ),
        "It is a negative of the picture.": lambda x: 255 - _clip(_rgb(x)),
    }
)
PICTURE_BY_HAND = {
    "the docstring's example": (
        np.array([[[[151.061, 138.221, 131.32], [200.0, 0.0, -300.0]]]], "float32"),
    ),
}


def _in_bytes(student):
    """The student's function, with its bytes as floats: `compare` takes these."""

    def picture(x):
        found = numbers(student(x))
        if found.dtype.kind == "f":
            raise StudentError(
                f"It returns whole numbers from 0 to 255, and yours are {found.dtype}: end with "
                '.astype("uint8").'
            )
        if found.dtype != np.uint8:
            raise StudentError(
                f"A file wants one byte for each colour, uint8, and yours are {found.dtype}."
            )
        return found.astype("float64")

    return picture


def _examine_to_picture(student):
    compare(
        _in_bytes(student),
        _draw_painted,
        lambda x: np.round(_clip(_rgb(x))),
        PICTURE_SLIPS,
        shape_words=lambda shape: "The shape does not change, only the values.",
        tolerance=A_LEVEL,
        by_hand=PICTURE_BY_HAND,
    )
    yield True, "Lighter never becomes darker: what is out of range is put back."
    yield True, "What is in range comes back as it was, red first, in bytes."


to_picture = Check(
    references.to_picture,
    _examine_to_picture,
    (
        "A photo comes back as it was, so look for what a photo never has. What does your "
        "property say of a value of 260?",
        "np.array([255, 256, 260]).astype('uint8') is 255, 0, 4. Something has to happen before "
        "astype.",
        "np.clip(rgb, 0, 255), and only then round and astype('uint8').",
    ),
)

# ---- style_term ----------------------------------------------------------------------------------


def _draw_grams():
    """Draws Gram matrices of three layers, of which two are the style's, or of four and three."""
    rng = np.random.default_rng()
    count = int(rng.integers(2, 4))
    sizes = rng.permutation([2, 3, 4, 5])[: count + 1]
    names = [f"block{k + 1}_conv1" for k in range(count + 1)]

    def grams(names):
        return {
            name: rng.gamma(2.0, 1.0, (1, size, size)).astype("float32")
            for name, size in zip(names, sizes, strict=False)
        }

    return grams(names), grams(names[:count]), float(rng.uniform(3, 9))


def _losses(found, wanted, of=lambda D: np.mean(D**2)):
    return [float(of(found[name].astype("float64") - A)) for name, A in wanted.items()]


def _term(total, of=lambda D: np.mean(D**2)):
    """A wrong term, of the losses of the layers, the weight, and how many layers there are."""
    return lambda found, wanted, weight: total(_losses(found, wanted, of), weight, len(wanted))


def _right_term(found, wanted, weight):
    return weight * float(np.mean(_losses(found, wanted)))


TERM_SLIPS = slips_of(
    {
        "With each layer twice it gets four times as large: you multiply by the number of layers, "
        "and a mean divides by it.": _term(lambda L, w, n: w * n * sum(L)),
        "With each layer twice it gets twice as large: that is the sum over the layers, and not "
        "their mean.": _term(lambda L, w, n: w * sum(L)),
        "With each layer twice it gets half as large: you divide by the number of layers twice.": (
            _term(lambda L, w, n: w * sum(L) / n**2)
        ),
        "You divide by the number of layers that were found. Only those of the style count: "
        "len(wanted).": lambda found, wanted, w: w * sum(_losses(found, wanted)) / len(found),
        "You divide by the five layers of this page: these are others, len(wanted) of them.": _term(
            lambda L, w, n: w * sum(L) / 5
        ),
        "You divide by one layer less than there are.": _term(
            lambda L, w, n: w * sum(L) / max(n - 1, 0.5)
        ),
        "The weight does not occur.": _term(lambda L, w, n: sum(L) / n),
        "You divide by the weight: multiply.": _term(lambda L, w, n: sum(L) / n / w),
        "The weight is multiplied in once for each layer, as it stands inside of the loop and "
        "meets what was there already.": _term(
            lambda L, w, n: sum(one * w ** (n - k) for k, one in enumerate(L)) / n
        ),
        "Only the first layer counts: is the return inside of the loop?": (
            _term(lambda L, w, n: w * L[0]),
            _term(lambda L, w, n: w * L[0] / n),
            _term(lambda L, w, n: w * L[0] * n),
        ),
        "Only the last layer counts: add to the loss, do not replace it.": (
            _term(lambda L, w, n: w * L[-1]),
            _term(lambda L, w, n: w * L[-1] / n),
            _term(lambda L, w, n: w * L[-1] * n),
        ),
        "It is the largest of the layers' losses: the mean was asked for.": _term(
            lambda L, w, n: w * max(L)
        ),
        "That is the mean over all entries of all matrices, in which large layers count more: "
        "first the mean of each layer, then the mean of these.": lambda found, wanted, w: (
            w
            * float(
                np.mean(np.concatenate([((found[k] - A) ** 2).ravel() for k, A in wanted.items()]))
            )
        ),
        "You take the root of each layer's loss.": _term(lambda L, w, n: w * sum(np.sqrt(L)) / n),
        "Of each layer you add up the squares: the loss of a layer is their mean.": (
            _term(lambda L, w, n: w * sum(L) / n, of=lambda D: np.sum(D**2)),
            _term(lambda L, w, n: w * sum(L), of=lambda D: np.sum(D**2)),
        ),
        "The differences are not squared.": (
            _term(lambda L, w, n: w * sum(L) / n, of=lambda D: np.mean(np.abs(D))),
            _term(lambda L, w, n: w * sum(L) / n, of=np.mean),
        ),
    }
)
TERM_BY_HAND = {
    "one layer, found and wanted,": (
        {"a": np.full((1, 2, 2), 3.0, "float32")},
        {"a": np.ones((1, 2, 2), "float32")},
        10.0,
    ),
    "two layers, found and wanted,": (
        {"a": np.full((1, 1, 1), 3.0, "float32"), "b": np.full((1, 1, 1), 2.0, "float32")},
        {"a": np.ones((1, 1, 1), "float32"), "b": np.zeros((1, 1, 1), "float32")},
        10.0,
    ),
}


def _examine_style_term(student):
    compare(
        student,
        _draw_grams,
        _right_term,
        TERM_SLIPS,
        shape_words=lambda shape: "Take the mean over all of the matrix.",
        described=lambda inputs: f"the losses {_rounded(_losses(*inputs[:2]))} and this weight",
        by_hand=TERM_BY_HAND,
    )
    yield True, "Each layer twice, and the term stays as it is: a mean over the layers."
    yield True, "The weight counts once, and layers that the style does not name do not count."


def _rounded(losses):
    return [round(one, 3) for one in losses]


style_term = Check(
    references.style_term,
    _examine_style_term,
    (
        "What is the mean of two numbers, and what that of the same two numbers, each twice? Which "
        "operation of the code breaks that?",
        "A sum over the layers becomes a mean when it is divided by how many there are.",
        "return weight * loss / len(wanted)",
    ),
)

# ---- descend -------------------------------------------------------------------------------------


def _draw_walk():
    """Draws a start, steps that `every` does not divide, and a bowl sum w (x - c)^2."""
    rng = np.random.default_rng()
    shape = 1, 2, 2, 3
    x, w, c = (rng.uniform(*ends, shape) for ends in ((-1.0, 1.0), (0.5, 1.5), (-2.0, 2.0)))
    every = int(rng.integers(2, 4))
    steps = 3 * every + 1
    rate, momentum = float(rng.uniform(0.08, 0.2)), float(rng.uniform(0.4, 0.8))
    return x.astype("float32"), steps, rate, momentum, every, w, c


def _walk(
    velocity=lambda m, v, rate, g: m * v - rate * g,
    fresh=lambda v: v,
    whole=lambda start, every, steps: min(start + every, steps),
    rounds=lambda steps, every: range(0, steps, every),
    again=lambda x, first: x,
    keep=lambda album: album[1:],
    stale=False,
    move=lambda x, v, m, rate, g: x + v,
):
    """The right way, or with one piece changed; the album begins with the start."""

    def walk(x, steps, rate, momentum, every, w, c):
        first = x = x.astype("float64")
        album, v = [x], np.zeros_like(x)
        for start in rounds(steps, every):
            v, x = fresh(v), again(x, first)
            g = 2 * w * (x - c)
            for _ in range(start, whole(start, every, steps)):
                g = g if stale else 2 * w * (x - c)
                v = velocity(momentum, v, rate, g)
                x = move(x, v, momentum, rate, g)
            album.append(x)
        return np.array(keep(album))

    return walk


WALK_SLIPS = slips_of(
    {
        "With another `every` it ends elsewhere: the velocity begins anew with each round. Set it "
        "to 0 once, before the outer loop.": _walk(fresh=lambda v: 0 * v),
        "The velocity is halved with each picture that is kept: looking must not change it.": (
            _walk(fresh=lambda v: v / 2)
        ),
        "There is no momentum: the velocity keeps a part of what it was.": _walk(
            lambda m, v, rate, g: -rate * g
        ),
        "The whole velocity is kept: multiply the old one with the momentum.": _walk(
            lambda m, v, rate, g: v - rate * g
        ),
        "You go uphill: the gradient is subtracted.": _walk(lambda m, v, rate, g: m * v + rate * g),
        "The gradient gets only what momentum leaves, 1 - momentum: here all of it counts.": _walk(
            lambda m, v, rate, g: m * v - (1 - m) * rate * g
        ),
        "The rate is multiplied with the old velocity as well: only with the gradient.": _walk(
            lambda m, v, rate, g: rate * (m * v - g)
        ),
        "Each round begins at the start again: go on from where the last one ended.": _walk(
            again=lambda x, first: first
        ),
        "The slope is asked for once a round: it changes with every step.": _walk(stale=True),
        "The last round is too long: steps ends it, even if every would not.": _walk(
            whole=lambda start, every, steps: start + every
        ),
        "You look ahead, as Nesterov does: here the picture moves by the velocity.": _walk(
            move=lambda x, v, m, rate, g: x + m * v - rate * g
        ),
        "The album has the picture at the beginning of each round: keep the one at its end.": (
            _walk(keep=lambda album: album[:-1])
        ),
        "The album is in the wrong order: the first picture first.": _walk(
            keep=lambda album: album[:0:-1]
        ),
        "All pictures of the album are the last one: x += velocity changes those that are kept, "
        "so write x = x + velocity.": _walk(keep=lambda album: [album[-1]] * (len(album) - 1)),
        "Each picture of the album is the mean of those so far: keep them as they are.": _walk(
            keep=lambda album: [np.mean(album[1 : k + 1], axis=0) for k in range(1, len(album))]
        ),
    }
)


def _with_bowl(student):
    """The student's function on a bowl, its album as one array."""

    def walk(x, steps, rate, momentum, every, w, c):
        def slope(at):
            return (2 * w * (np.asarray(at, "float64") - c)).astype("float32")

        album = student(slope, x, steps, rate, momentum, every)
        if album is None or album is ...:
            raise StudentError(NOTHING)
        if not isinstance(album, (list, tuple)):
            found = numbers(album)
            if found.shape == x.shape:
                raise StudentError(
                    "It returns one picture: the album is a list with one for each round."
                )
            return found
        pictures = [numbers(one) for one in album]
        if any(one.shape != x.shape for one in pictures):
            raise StudentError(f"The album holds pictures of shape {x.shape}, and nothing else.")
        return _same_length(pictures, steps, every)

    return walk


def _same_length(pictures, steps, every):
    """The album as an array; or why it has another length than it should."""
    right, given = -(-steps // every), f"For {steps} steps and every={every}"
    why = {
        right + 1: "The start is not one of them.",
        right - 1: "After the last step one is kept, too, even if the round was a short one.",
        steps: "You keep one after each step.",
        1: "Is the return inside of the loop, or does the album begin anew in each round?",
        0: "Append to the album in each round.",
    }
    if len(pictures) != right:
        raise StudentError(
            f"{given} the album has {right} pictures, and yours {len(pictures)}. "
            f"{why.get(len(pictures), '')}".strip()
        )
    return np.array(pictures)


def _from(x, steps, rate, momentum, every):
    return np.full((1, 1, 1, 1), x, "float32"), steps, rate, momentum, every, 1.0, 0.0


WALKS_BY_HAND = {
    "the docstring's example (the slope is 2 x)": _from(8.0, 3, 0.25, 0.5, 2),
    "one step": _from(8.0, 1, 0.25, 0.5, 3),
}


def _examine_descend(student):
    compare(
        _with_bowl(student),
        _draw_walk,
        _walk(),
        WALK_SLIPS,
        described=lambda inputs: f"{inputs[1]} steps and every={inputs[4]}",
        by_hand=WALKS_BY_HAND,
    )
    yield True, "However often one looks, it goes the same way."
    yield True, "The album has a picture for each round, and one after the last step."


descend = Check(
    references.descend,
    _examine_descend,
    (
        "Walk six steps with every=6 and with every=2, by hand or in a cell. At which step do the "
        "two part?",
        "What does the program forget at the beginning of each round?",
        "velocity = 0.0 belongs before the outer loop, beside album = [].",
    ),
)
