"""Lesson 07: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import tensorflow as tf


def steps(image):
    return np.diff(image, axis=2), np.diff(image, axis=1)


def variation(image, squared=False):
    dx, dy = steps(image)
    return np.sum(dx**2) + np.sum(dy**2) if squared else np.abs(dx).sum() + np.abs(dy).sum()


def variation_by_loops(image, squared=False):
    _, height, width, _ = image.shape
    total = 0.0
    for y in range(height):
        for x in range(width):
            for below, right in ((1, 0), (0, 1)):
                if y + below < height and x + right < width:
                    step = np.abs(image[:, y + below, x + right] - image[:, y, x])
                    total += np.sum(step**2 if squared else step)
    return total


def variation_by_keras(image, squared=False):
    size = keras.ops.square if squared else keras.ops.abs
    rows = image[:, 1:] - image[:, :-1]
    return keras.ops.sum(size(rows)) + keras.ops.sum(size(image[:, :, 1:] - image[:, :, :-1]))


def variation_by_tensorflow(image, squared=False):
    if not squared:
        return tf.reduce_sum(tf.image.total_variation(image))
    dx, dy = image[:, :, 1:] - image[:, :, :-1], image[:, 1:] - image[:, :-1]
    return 2 * (tf.nn.l2_loss(dx) + tf.nn.l2_loss(dy))


def variation_by_power(image, squared=False):
    flat = np.concatenate([np.ravel(step) for step in steps(image.astype(float))])
    return np.sum(np.abs(flat) ** (2 if squared else 1))


def absolute(formula):
    """A solution that is wrong for absolute values, whatever it does for squares."""
    return lambda image, squared=False: formula(image)


def of_squares(formula):
    """A solution that is right for absolute values, but not for squares."""
    return lambda image, squared=False: formula(image) if squared else variation(image)


def along(*axes):
    return absolute(lambda v: sum(np.abs(np.diff(v, axis=axis)).sum() for axis in axes))


def of_corners(size):
    def formula(image):
        dx, dy = steps(image)
        return size(dx[:, :-1], dy[:, :, :-1]).sum()

    return formula


def rolled(image):
    return sum(np.abs(np.roll(image, 1, axis) - image).sum() for axis in (1, 2))


def padded(*widths):
    return absolute(lambda v: variation(np.pad(v, [(0, 0), widths, widths, (0, 0)])))


def in_place(image, squared=False):
    image -= image.mean()
    return variation(image, squared)


def gradient(image, sign=np.sign):
    dx, dy = map(sign, steps(image))
    slope = np.zeros(image.shape)
    slope[:, :, 1:] += dx
    slope[:, :, :-1] -= dx
    slope[:, 1:] += dy
    slope[:, :-1] -= dy
    return slope


def gradient_by_loops(image):
    batch, height, width, channels = image.shape
    slope = [[[[0] * channels for _ in range(width)] for _ in range(height)] for _ in range(batch)]
    for b, y, x, c in np.ndindex(image.shape):
        for row, column in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= row < height and 0 <= column < width:
                mine, other = image[b, y, x, c], image[b, row, column, c]
                slope[b][y][x][c] += int(mine > other) - int(mine < other)
    return slope


def gradient_by_tape(image):
    image = tf.convert_to_tensor(image)
    with tf.GradientTape() as tape:
        tape.watch(image)
        total = tf.image.total_variation(image)
    return tape.gradient(total, image)


def gradient_by_division(image):
    return gradient(image, lambda d: d / (np.abs(d) + 1e-8))


def divided_by_zero(image):
    with np.errstate(invalid="ignore"):
        return gradient(image, lambda d: d / np.abs(d))


def gradient_by_padding(image):
    """With the border repeated, a value is its own neighbour there."""
    v = np.pad(image, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="edge")
    inner = v[:, 1:-1, 1:-1]
    others = (v[:, :-2, 1:-1], v[:, 2:, 1:-1], v[:, 1:-1, :-2], v[:, 1:-1, 2:])
    return sum(np.sign(inner - other) for other in others)


def gradient_by_keras(image):
    dx = keras.ops.sign(image[:, :, 1:] - image[:, :, :-1])
    dy = keras.ops.sign(image[:, 1:] - image[:, :-1])
    across, down = [[0, 0], [0, 0], [1, 1], [0, 0]], [[0, 0], [1, 1], [0, 0], [0, 0]]
    dx, dy = keras.ops.pad(dx, across), keras.ops.pad(dy, down)
    return dx[:, :, :-1] - dx[:, :, 1:] + dy[:, :-1] - dy[:, 1:]


def gradient_of(*sides, sign=np.sign):
    """Only some of the four neighbours."""

    def solution(image):
        dx, dy = map(sign, steps(image))
        slope = np.zeros(image.shape)
        if "left" in sides:
            slope[:, :, 1:] += dx
        if "right" in sides:
            slope[:, :, :-1] -= dx
        if "above" in sides:
            slope[:, 1:] += dy
        if "below" in sides:
            slope[:, :-1] -= dy
        return slope

    return solution


def added_everywhere(image):
    dx, dy = map(np.sign, steps(image))
    slope = np.zeros(image.shape)
    slope[:, :, 1:] += dx
    slope[:, :, :-1] += dx
    slope[:, 1:] += dy
    slope[:, :-1] += dy
    return slope


def gradient_rolled(image):
    return sum(np.sign(image - np.roll(image, by, axis)) for by in (1, -1) for axis in (1, 2))


def zero_border(image):
    slope = np.zeros(image.shape)
    slope[:, 1:-1, 1:-1] = gradient(image)[:, 1:-1, 1:-1]
    return slope


def neighbour_by_neighbour(compare):
    def solution(image):
        slope = np.zeros(image.shape)
        slope[:, :, 1:] += compare(image[:, :, 1:], image[:, :, :-1])
        slope[:, :, :-1] += compare(image[:, :, :-1], image[:, :, 1:])
        slope[:, 1:] += compare(image[:, 1:], image[:, :-1])
        slope[:, :-1] += compare(image[:, :-1], image[:, 1:])
        return slope

    return solution


def one_value_more(image):
    """The difference quotient to one side: right, but for equal neighbours."""
    image, slope = image.astype(float), np.zeros(image.shape)
    before, step = variation(image), 1e-7
    for place in np.ndindex(image.shape):
        image[place] += step
        slope[place] = (variation(image) - before) / step
        image[place] -= step
    return slope


def both_sides(image):
    """The difference quotient to both sides."""
    image, slope = image.astype(float), np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        quotients = []
        for step in (1e-7, -1e-7):
            moved = image.copy()
            moved[place] += step
            quotients.append(variation(moved))
        slope[place] = (quotients[0] - quotients[1]) / 2e-7
    return slope


def gradient_in_place(image):
    slope = gradient(image)
    image[:] = slope
    return image


RIGHT = {
    "total_variation": {
        "numpy": variation,
        "loops": variation_by_loops,
        "keras": variation_by_keras,
        "tensorflow": variation_by_tensorflow,
        "powers": variation_by_power,
        "another name": lambda v, squares=False: variation(v, squares),
    },
    "total_variation_gradient": {
        "slices": gradient,
        "loops and lists": gradient_by_loops,
        "whole numbers": lambda v: gradient(v).astype("int64"),
        "automatic": gradient_by_tape,
        "divided": gradient_by_division,
        "padded": gradient_by_padding,
        "keras": gradient_by_keras,
        "four neighbours": neighbour_by_neighbour(lambda v, other: np.sign(v - other)),
        "difference quotient": both_sides,
    },
}
WRONG = {
    "total_variation": {
        "squares": (absolute(lambda v: variation(v, True)), "You take squares: absolute values"),
        "means": (absolute(lambda v: sum(np.abs(d).mean() for d in steps(v))), "means of the diff"),
        "by all values": (absolute(lambda v: variation(v) / v.size), "the number of values: the"),
        "by the pixels": (
            absolute(lambda v: variation(v) / v[..., 0].size),
            "the number of pixels: the",
        ),
        "only dx": (along(2), "Only differences along the rows"),
        "only dy": (along(1), "Only differences from above"),
        "colours": (along(-1), "compare colours with each other"),
        "last axes": (along(-1, -2), "compare columns and colours"),
        "all axes": (along(1, 2, 3), "compare neighbouring colours, too"),
        "isotropic": (
            absolute(of_corners(lambda dx, dy: np.sqrt(dx**2 + dy**2))),
            "the isotropic total variation",
        ),
        "root": (absolute(lambda v: np.sqrt(variation(v, True))), "root of a sum of squares"),
        "norms": (
            absolute(lambda v: sum(np.linalg.norm(np.ravel(d)) for d in steps(v))),
            "roots of two sums",
        ),
        "np.gradient": (
            absolute(lambda v: sum(np.abs(d).sum() for d in np.gradient(v, axis=(1, 2)))),
            "np.gradient takes half",
        ),
        "wraps around": (absolute(rolled), "from the last pixel to the first"),
        "nothing positive": (
            absolute(lambda v: sum(d.sum() for d in steps(v))),
            "Nothing is made positive",
        ),
        "of the sum": (
            absolute(lambda v: sum(abs(d.sum()) for d in steps(v))),
            "absolute value of the sum",
        ),
        "largest colour": (
            absolute(lambda v: sum(np.abs(d).max(axis=-1).sum() for d in steps(v))),
            "the one with the largest difference",
        ),
        "mean of colours": (absolute(lambda v: variation(v) / 3), "average over the colours"),
        "grey": (absolute(lambda v: variation(v.mean(-1, keepdims=True))), "make the picture grey"),
        "corners": (
            absolute(of_corners(lambda dx, dy: np.abs(dx) + np.abs(dy))),
            "last column are missing in part",
        ),
        "added first": (
            absolute(of_corners(lambda dx, dy: np.abs(dx + dy))),
            "add dx and dy before you take absolute",
        ),
        "two apart": (
            absolute(
                lambda v: (
                    np.abs(v[:, 2:] - v[:, :-2]).sum() + np.abs(v[:, :, 2:] - v[:, :, :-2]).sum()
                )
            ),
            "two apart",
        ),
        "diagonal": (
            absolute(lambda v: np.abs(v[:, 1:, 1:] - v[:, :-1, :-1]).sum()),
            "diagonal neighbours",
        ),
        "zeros around": (padded(1, 1), "zeros around the picture"),
        "zeros behind": (padded(0, 1), "zeros behind them"),
        "twice": (absolute(lambda v: 2 * variation(v)), "counts twice, from either side"),
        "half": (absolute(lambda v: variation(v) / 2), "You take half of it"),
        "sign": (absolute(lambda v: -variation(v)), "The sign is wrong"),
        "not one number": (
            absolute(lambda v: variation(v) * np.ones(len(v))),
            "has shape \\(1,\\). Sum over all axes",
        ),
        "first picture": (absolute(lambda v: variation(v[:1])), "only at the first"),
        "mean of pictures": (absolute(lambda v: variation(v) / len(v)), "average over two"),
        "pictures compared": (along(0, 1, 2), "pictures of a batch with each other"),
        "no squares": (absolute(variation), "squared=True nothing changes"),
        "no argument squared": (
            lambda image: variation(image),
            "squared=False\\). Yours is .*\\(image\\)",
        ),
        "no default": (lambda image, squared: 1.0, "besides what has a default: .*squared=False"),
        "square of all": (of_squares(lambda v: variation(v) ** 2), "you square the sum"),
        "two squares": (
            of_squares(lambda v: sum(np.abs(d).sum() ** 2 for d in steps(v))),
            "you square two sums",
        ),
        "root of squares": (of_squares(lambda v: variation(v, True) ** 0.5), "you take the root"),
        "norms of squares": (
            of_squares(lambda v: sum(np.linalg.norm(np.ravel(d)) for d in steps(v))),
            "you add the roots of two sums: l",
        ),
        "isotropic squares": (
            of_squares(of_corners(lambda dx, dy: np.sqrt(dx**2 + dy**2))),
            "you take roots of dx\\^2",
        ),
        "corners of squares": (
            of_squares(of_corners(lambda dx, dy: dx**2 + dy**2)),
            "differences at the border",
        ),
        "added, squared": (
            of_squares(of_corners(lambda dx, dy: (dx + dy) ** 2)),
            "add dx and dy before you square",
        ),
        "values squared": (of_squares(lambda v: variation(v**2)), "square the values instead"),
        "mean square": (of_squares(lambda v: variation(v, True) / v.size), "you take the mean"),
        "mean squares": (of_squares(lambda v: sum(np.mean(d**2) for d in steps(v))), "add means"),
        "half square": (of_squares(lambda v: variation(v, True) / 2), "you take half of it"),
        "only dx^2": (of_squares(lambda v: np.sum(steps(v)[0] ** 2)), "only differences from left"),
        "only dy^2": (of_squares(lambda v: np.sum(steps(v)[1] ** 2)), "only differences from ab"),
        "whole number": (absolute(lambda v: int(100 * variation(v))), "lose everything behind"),
        "constant": (absolute(lambda v: 1.5), "and yours is 1.5"),
        "in place": (in_place, "changes what it is given"),
    },
    "total_variation_gradient": {
        "sign": (lambda v: -gradient(v), "The sign is wrong"),
        "forward": (gradient_of("right", "below"), "to the right and below only"),
        "backward": (gradient_of("left", "above"), "to the left and above only"),
        "only x": (gradient_of("left", "right"), "above and below are missing"),
        "only y": (gradient_of("above", "below"), "to the left and right are missing"),
        "not the left": (gradient_of("right", "above", "below"), "the one to the left"),
        "not the right": (gradient_of("left", "above", "below"), "the one to the right"),
        "not above": (gradient_of("left", "right", "below"), "the one above"),
        "not below": (gradient_of("left", "right", "above"), "the one below"),
        "added": (added_everywhere, "add where you have to subtract"),
        "rolled": (gradient_rolled, "no neighbours beyond the border"),
        "differences": (lambda v: gradient(v, lambda d: d), "the differences themselves"),
        "of squares": (lambda v: gradient(v, lambda d: 2 * d), "gradient of the squares"),
        "twice": (lambda v: 2 * gradient(v), "twice too large"),
        "half": (lambda v: gradient(v) / 2, "half as large"),
        "mean": (lambda v: gradient(v) / v.size, "number of values"),
        "sign of the sum": (lambda v: np.sign(gradient(v, lambda d: d)), "sign of the whole sum"),
        "sign of signs": (lambda v: np.sign(gradient(v)), "take the sign once more"),
        "counted": (neighbour_by_neighbour(np.not_equal), "count neighbours that differ"),
        "border": (zero_border, "It is 0 at the border"),
        "inside only": (lambda v: gradient(v)[:, 1:-1, 1:-1], "a value at the border has fewer"),
        "a number": (lambda v: gradient(v).sum(), "yours is a single number"),
        "the first only": (lambda v: gradient(v)[:1], "only at the first"),
        "at least": (
            neighbour_by_neighbour(lambda v, other: np.where(v >= other, 1, -1)),
            "as a smaller one, \\+1",
        ),
        "more than": (
            neighbour_by_neighbour(lambda v, other: np.where(v > other, 1, -1)),
            "as a larger one, -1",
        ),
        "0 is negative": (
            lambda v: gradient(v, lambda d: np.where(d > 0, 1, -1)),
            "for a negative one",
        ),
        "0 is positive": (
            lambda v: gradient(v, lambda d: np.where(d >= 0, 1, -1)),
            "for a positive one",
        ),
        "0 by 0": (divided_by_zero, "a division by 0"),
        "in place": (gradient_in_place, "changes what it is given"),
        "zeros": (np.zeros_like, "and yours is"),
    },
}
SAME_WORDS = {
    "total_variation": {
        "batch and rows": (along(0, 1), "axis 0 is the batch"),
        "no argument squared": (lambda image, /: variation(image), "squared=False"),
    },
    "total_variation_gradient": {
        "to one side": (one_value_more, "as a smaller one, \\+1"),
    },
}
