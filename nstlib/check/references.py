"""What exercises ask for, and nothing that paints needs: the checks' own right answers.

Where a student's function is one of the library's, such as `nstlib.losses.gram_matrix`, that is
the right answer, and it is not here. Lessons use these as well, once their exercise is done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nstlib.conventions import Convention
from nstlib.images.colors import matrix_power
from nstlib.losses import Tensor, ops
from nstlib.networks import MEAN_BGR, rows_up_to

# ---- lesson 00 -----------------------------------------------------------------------------------


def evaluations_until(totals: Sequence[float], share: float) -> int:
    """After how many evaluations so large a share of the whole drop of the loss was done.

    Args:
        totals: the loss at evaluation 1, 2, 3, ...
        share: of the drop from the first loss to the lowest one, from 0 to 1.

    Returns the number of the first evaluation, from 1, whose loss is low enough.

    >>> evaluations_until([10.0, 6.0, 4.0, 2.0], share=0.5)
    2
    """
    mark = totals[0] - share * (totals[0] - min(totals))
    return next(number for number, total in enumerate(totals, start=1) if total <= mark)


# ---- lesson 02 -----------------------------------------------------------------------------------


def count_parameters(kernel: int, channels_in: int, channels_out: int) -> int:
    """How many numbers a convolution has to learn: k^2 C_in C_out weights and C_out biases.

    The picture's size does not occur: every position is looked at with the same weights.

    Args:
        kernel: the kernel's side k.
        channels_in, channels_out: of the layer's input and output.

    >>> count_parameters(3, 3, 64)  # VGG's block1_conv1
    1792
    """
    weights = kernel * kernel * channels_in * channels_out
    return weights + channels_out


def layers_up_to(name: str, network: str = "vgg19-lite") -> list[tuple[int, int]]:
    """(kernel, stride) of all layers of a network from the image up to a convolution.

    Args:
        name: one of `layer_names(network)`.
        network: as in `layer_names`.

    Raises:
        ValueError: unknown network or layer.

    >>> layers_up_to("block2_conv1")
    [(3, 1), (3, 1), (2, 2), (3, 1)]
    """
    return [(layer.kernel, layer.stride) for layer in rows_up_to(name, network)]


def feature_shapes(deepest: str, network: str = "vgg19-lite") -> list[tuple[str, int, int]]:
    """Every convolution and pooling down to a layer: its channels, and how much smaller it is.

    Args:
        deepest: name of the last layer, as in `layer_names`.
        network: a name as there.

    Returns a list of (name, channels, scale): a side of the features is the image's over scale.

    >>> feature_shapes("block2_conv1", "vgg19")[1:]
    [('block1_conv2', 64, 1), ('block1_pool', 64, 2), ('block2_conv1', 128, 2)]
    """
    return [(layer.name, layer.channels, layer.scale) for layer in rows_up_to(deepest, network)]


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """How many pixels of the image, from side to side, one value of a layer depends on.

    A kernel of side k takes in k - 1 neighbours more. Neighbours in the layer below are as many
    pixels apart as the strides of all layers before have made them.

    Args:
        layers: (kernel, stride) of each layer, from the image up to the one in question.

    Returns the side in pixels. Araujo, Norris and Sim 2019, "Computing receptive fields of
    convolutional neural networks", equation 2.

    >>> receptive_field([(3, 1), (3, 1), (2, 2), (3, 1)])  # up to VGG's block2_conv1
    10
    """
    side, step = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * step
        step *= stride
    return side


# ---- lesson 03 -----------------------------------------------------------------------------------


def gradient_step(
    loss_of: Callable[[Tensor], Tensor], image: Tensor, learning_rate: float
) -> Tensor:
    """One step of gradient descent on the pixels, kept within [0, 1].

    Args:
        loss_of: gives the loss of an image, a scalar through which TensorFlow finds a gradient.
        image: (1, H, W, 3), RGB in [0, 1].
        learning_rate: how far to go for a gradient of 1.

    Returns the new image, of the same shape. Without the bounds, a colour could become darker than
    black, which no file can hold and no screen can show.

    >>> gradient_step(lambda image: ops.sum(image**2), ops.array([0.5, 0.25, 0.0]), 0.1).numpy()
    array([0.4, 0.2, 0. ], dtype=float32)
    """
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = loss_of(image)
    gradient = tape.gradient(loss, image)
    return ops.clip(image - learning_rate * gradient, 0, 1)


def most_similar_layer(features_a: Mapping[str, Tensor], features_b: Mapping[str, Tensor]) -> str:
    """The layer at which two pictures look most alike to the network.

    Two layers of features F and P are as different as |F - P| / (|F| + |P|), where |F| is the
    root of the sum of all squares: 0 for the same features, and by the triangle inequality never
    more than 1. Without the division the layer with the faintest features would always win.

    Args:
        features_a, features_b: the features of two pictures of one size, as a `FeatureExtractor`
            gives them: dicts from layer name to features (B, h, w, C), with the same names.

    Returns the layer's name; the first one, where several are alike.

    >>> one, other = {"low": [3.0, 4.0], "deep": [8.0]}, {"low": [3.0, 5.0], "deep": [2.0]}
    >>> most_similar_layer(one, other)  # 1 of 10.8 against 6 of 10
    'low'
    """

    def norm(X: Tensor) -> Tensor:
        return ops.sqrt(ops.sum(ops.square(X)))

    def difference(name: str) -> float:
        F = ops.convert_to_tensor(features_a[name])
        P = ops.convert_to_tensor(features_b[name])
        return float(norm(F - P) / (norm(F) + norm(P)))

    return min(features_a, key=difference)


# ---- lesson 04 -----------------------------------------------------------------------------------


def gram_distance(G: Tensor, A: Tensor) -> Tensor:
    """How far two Gram matrices are apart: |G - A| / (|G| + |A|).

    |G| is the Frobenius norm, the root of the sum of all squares. Unlike the style loss, the
    distance is the same in both directions and does not depend on how strong the features are, so
    that it can stand in a table; by the triangle inequality it is never more than 1.

    Args:
        G, A: Gram matrices (B, C, C), of the same layer.

    Returns a scalar: 0 for equal matrices; undefined where both are 0.

    >>> float(gram_distance([[[3.0, 0.0], [0.0, 4.0]]], [[[0.0, 0.0], [0.0, 0.0]]]))
    1.0
    """
    G, A = ops.convert_to_tensor(G), ops.convert_to_tensor(A)
    if G.shape != A.shape:
        raise ValueError(
            f"gram_distance compares Gram matrices of one shape, not {tuple(G.shape)} with "
            f"{tuple(A.shape)}: take both from the same layer"
        )

    def norm(X: Tensor) -> Tensor:
        return ops.sqrt(ops.sum(ops.square(X)))

    return norm(G - A) / (norm(G) + norm(A))


# ---- lesson 05 -----------------------------------------------------------------------------------


def gradient_descent(
    loss_and_gradient: Callable[[Tensor], tuple[Tensor, Tensor]],
    image: Tensor,
    learning_rates: Sequence[float],
    momentum: float,
) -> tuple[Tensor, list[float]]:
    """Gradient descent with momentum from an image, a step for each learning rate.

    The velocity v becomes momentum v - learning_rate g, with the gradient g, and the image moves by
    it, within [0, 1]. `nstlib.optimizers` has the same as a generator.

    Args:
        loss_and_gradient: gives both for an image; it is asked once for each learning rate.
        image: the start, (1, H, W, 3), RGB in [0, 1].
        learning_rates: how far each step goes for a gradient of 1; at least one.
        momentum: how much of the velocity is kept, from 0 to below 1.

    Returns the image with the lowest loss of all that were looked at, and their losses in order.
    Polyak 1964, for the momentum.

    >>> def bowl(x):
    ...     return ops.sum(x**2), 2 * x
    >>> best, losses = gradient_descent(bowl, ops.array([0.5]), [0.1, 0.1, 0.1], 0.0)
    >>> best.numpy().round(2), [round(loss, 4) for loss in losses]
    (array([0.32], dtype=float32), [0.25, 0.16, 0.1024])
    """
    best, losses, velocity = image, [], 0.0
    for learning_rate in learning_rates:
        loss, gradient = loss_and_gradient(image)
        losses.append(float(loss))
        if losses[-1] == min(losses):
            best = image
        velocity = momentum * velocity - learning_rate * gradient
        image = ops.clip(image + velocity, 0, 1)
    return best, losses


# ---- lesson 06 -----------------------------------------------------------------------------------


def convert_style_weight(
    weight: float, source: Convention, target: Convention, C: int, M: int, N: int
) -> float:
    """The style weight of another convention that paints a layer as strongly.

    The same at this layer: where two conventions weight the layers in other proportions, no one
    weight makes all of them equal.

    Args:
        weight: a style weight in the units of `source`.
        source, target: conventions, as from `find_convention`; none that is relative to its target.
        C, M, N: channels and positions of the layer, and pixels of the image.

    >>> from nstlib.conventions import find_convention
    >>> ours, theirs = find_convention("jcjohnson"), find_convention("anishathalye")
    >>> round(convert_style_weight(100.0, ours, theirs, C=64, M=100, N=100), 6)
    500.0
    """
    k = source.style_constant(C, M, N, weight)
    return k / target.style_constant(C, M, N, 1.0)


# ---- lesson 07 -----------------------------------------------------------------------------------


def total_variation_gradient(image: Tensor) -> Tensor:
    """By how much the total variation grows when a value grows: the gradient of its absolute form.

    A value counts in up to four differences: it raises the one to its left and the one above when
    it is the larger of the two, and lowers those to its right and below when it is the smaller.

    Args:
        image: (B, H, W, channels).

    Returns an array of that shape, of whole numbers from -4 to 4: the slope has no size but that
    of a step, however large the difference is. Equal neighbours count as 0.

    >>> total_variation_gradient([[[[0.0], [1.0], [0.5]]]])[0, 0, :, 0].numpy()
    array([-1.,  2., -1.], dtype=float32)
    """
    image = ops.convert_to_tensor(image)
    dx = ops.sign(image[:, :, 1:] - image[:, :, :-1])
    dy = ops.sign(image[:, 1:] - image[:, :-1])
    left, right = [[0, 0], [0, 0], [1, 0], [0, 0]], [[0, 0], [0, 0], [0, 1], [0, 0]]
    above, below = [[0, 0], [1, 0], [0, 0], [0, 0]], [[0, 0], [0, 1], [0, 0], [0, 0]]
    return ops.pad(dx, left) - ops.pad(dx, right) + ops.pad(dy, above) - ops.pad(dy, below)


# ---- lesson 09 -----------------------------------------------------------------------------------


def line_search(
    along: Callable,
    value: float,
    slope: float,
    step: float = 1.0,
    decrease: float = 1e-4,
    curvature: float = 0.9,
) -> float:
    """A length at which a line is lower by enough and no longer as steep.

    Args:
        along: along(t) gives value and slope at the length t.
        value, slope: at the length 0; the slope is negative.
        step: the first length to try.
        decrease: too long is a length with a value above value + decrease * t * slope.
        curvature: of the others, too short is one with a slope below curvature * slope.

    Returns the first length that is neither. It is searched for in the middle of the longest one
    too short, at first 0, and the shortest one too long, or twice as far while none was. After 20
    trials, the longest one too short. Lewis and Overton 2013, the weak Wolfe conditions by
    bisection.

    >>> line_search(lambda t: ((t - 3) ** 2, 2 * (t - 3)), value=9.0, slope=-6.0, step=8.0)
    4.0
    """
    low, high = 0.0, None
    for _ in range(20):
        there, slope_there = along(step)
        if there > value + decrease * step * slope:
            high = step
        elif slope_there < curvature * slope:
            low = step
        else:
            return step
        step = 2 * step if high is None else (low + high) / 2
    return low


def scipy_objective(evaluate: Callable, shape: Sequence[int], dtype: str = "float32") -> Callable:
    """`evaluate` in the form that SciPy's optimisers want: flat vectors in float64.

    Args:
        evaluate: gives value (scalar) and gradient, for a tensor of that shape and type.
        shape, dtype: of what is optimised, e.g. (1, H, W, 3).

    Returns a function from a flat vector to the value, a float, and the flat gradient, in float64.

    >>> bowl = scipy_objective(lambda x: (ops.sum(x**2), 2 * x), shape=(1, 2))
    >>> bowl(np.array([3.0, 1.0]))
    (10.0, array([6., 2.]))
    """

    def value_and_gradient(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = evaluate(ops.convert_to_tensor(flat.reshape(shape), dtype))
        return float(value), np.asarray(gradient, "float64").ravel()

    return value_and_gradient


def scipy_lbfgsb(
    evaluate: Callable, x: Tensor, *, memory: int = 10, lower: float = 0.0, upper: float = 1.0
) -> Tensor:
    """Minimise with SciPy's L-BFGS-B, the reference that `nstlib.lbfgs` is measured against.

    Args: as those of `lbfgs`; `evaluate` ends it with an exception.

    Returns the last point, when SciPy finds no lower one. Byrd, Lu, Nocedal and Zhu 1995.
    """
    import scipy.optimize  # here: it takes 30 MB, and most lessons do without

    found = scipy.optimize.minimize(
        scipy_objective(evaluate, x.shape, x.dtype),
        np.asarray(x, "float64").ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=scipy.optimize.Bounds(lower, upper),
        # Its own reasons to stop are switched off: budgets are the business of `evaluate`.
        options={"maxcor": memory, "maxiter": 10**9, "maxfun": 10**9, "ftol": 0, "gtol": 0},
    )
    return ops.convert_to_tensor(found.x.reshape(x.shape), x.dtype)


# ---- lesson 10 -----------------------------------------------------------------------------------


def plan_schedule(size: int, levels: int, evaluations: int) -> tuple[list[int], list[int]]:
    """Sizes from coarse to fine, each twice the one before, with a share of the time for each.

    An evaluation costs in proportion to the pixels: at half the size four of them cost what one
    costs at the full size. Every level gets the same time.

    Args:
        size: longer side of the painting, in pixels.
        levels: how many sizes, at least 1.
        evaluations: the budget, in evaluations at the full size; at least as many as levels.

    Returns the sizes and the evaluations at each, all rounded down, for `stylize(sizes=...,
    evaluations=...)`.

    >>> plan_schedule(384, levels=3, evaluations=60)
    ([96, 192, 384], [320, 80, 20])
    """
    scales = [2**level for level in reversed(range(levels))]
    share = evaluations / levels
    return [size // scale for scale in scales], [int(share * scale**2) for scale in scales]


def activation_bytes(
    shapes: Sequence[tuple[str, int, int]],
    height: int,
    width: int,
    bytes_each: int = 4,
    recompute: bool = False,
) -> int:
    """Bytes of the features of a picture that are held at one time, for the gradient.

    Args:
        shapes: for each layer (name, channels, scale), where a side of the features is the
            picture's over scale. The layers of a block follow each other; its name comes first.
        height, width: of the picture, in pixels; a side that a scale does not divide is rounded
            down.
        bytes_each: of one value: 4 in float32, 2 in bfloat16.
        recompute: of each block only the last layer is kept, and on the way back the others are
            computed once more, one block at a time. Otherwise all are kept.

    Returns the most that is held. Chen et al. 2016, "Training Deep Nets with Sublinear Memory
    Cost", for the recomputing.

    >>> shapes = feature_shapes("block5_conv1", "vgg19")
    >>> activation_bytes(shapes, 512, 512) / 2**20  # MiB
    320.0
    >>> activation_bytes(shapes, 512, 512, recompute=True) / 2**20
    160.0
    """
    blocks: dict[str, list[int]] = {}
    for name, C, scale in shapes:
        values = C * (height // scale) * (width // scale)
        blocks.setdefault(name.split("_")[0], []).append(values)
    if recompute:
        kept = sum(block[-1] for block in blocks.values())
        again = max((sum(block[:-1]) for block in blocks.values()), default=0)
        return (kept + again) * bytes_each
    return sum(map(sum, blocks.values())) * bytes_each


# ---- lesson 12 -----------------------------------------------------------------------------------


def conditional_instance_norm(x: Tensor, gammas: Tensor, betas: Tensor, shares: Tensor) -> Tensor:
    """Instance normalisation by the numbers of a style, or of a mixture: for each picture its own.

    Args:
        x: (B, h, w, C).
        gammas, betas: (S, C), the deviations and means of each style.
        shares: (B, S), of the styles in each picture; each row adds up to 1.

    Returns an array of the shape of x. Dumoulin et al. 2017, section 2.2.

    >>> x, numbers = [[[[1.0], [3.0]]]], [[2.0], [4.0]]  # two styles
    >>> conditional_instance_norm(x, numbers, numbers, [[0.5, 0.5]]).numpy().ravel().round(2)
    array([0., 6.], dtype=float32)
    """
    from nstlib.fast.transfer_network import instance_norm  # here: it needs TensorFlow

    return instance_norm(x, ops.matmul(shares, gammas), ops.matmul(shares, betas))


def break_even(training: float, loop: float, one_pass: float) -> float:
    """How many pictures until a network's training has paid for itself.

    Args:
        training: seconds, once.
        loop: seconds of a painting by the optimisation.
        one_pass: seconds of a painting by the network.

    Returns the smallest number of pictures, at least 1, for which the network takes no longer in
    all; infinity, `math.inf`, if there is none.

    >>> break_even(training=100.0, loop=12.0, one_pass=2.0)
    10
    """
    saved = loop - one_pass  # with every picture
    return max(1, math.ceil(training / saved)) if saved > 0 else math.inf


# ---- lesson 13 -----------------------------------------------------------------------------------


def adain(F: Tensor, S: Tensor) -> Tensor:
    """Adaptive instance normalisation: each channel of F gets the mean and deviation it has in S.

    `nstlib.fast.transforms.adain` does the same with statistics that it is given, and adds more to
    the variances.

    Args:
        F: features of the content (B, h, w, C).
        S: features of the style (B, h', w', C), of any size.

    Returns features of the shape of F. Huang and Belongie 2017, equation 8.

    >>> adain([[[[1.0], [3.0]]]], [[[[10.0], [14.0]]]])[0, 0, :, 0].numpy().round(3)
    array([10., 14.], dtype=float32)
    """
    F, S = ops.convert_to_tensor(F), ops.convert_to_tensor(S)
    mean, variance = ops.moments(F, axes=(1, 2), keepdims=True)
    mean_s, variance_s = ops.moments(S, axes=(1, 2), keepdims=True)
    # A channel that does not vary has a deviation of 0, by which nothing can be divided.
    deviation, deviation_s = ops.sqrt(variance + 1e-5), ops.sqrt(variance_s + 1e-5)
    return (F - mean) / deviation * deviation_s + mean_s


def whiten(F: Tensor) -> np.ndarray:
    """Features of mean 0 whose covariance is the identity: no two channels vary together.

    Args:
        F: features of one picture (1, h, w, C).

    Returns features of that shape. Li et al. 2017, equation 1.

    >>> whiten(np.array([[[[3.0, 3.0], [-3.0, -3.0], [1.0, -1.0], [-1.0, 1.0]]]])).round(3)[0, 0]
    array([[ 1.,  1.],
           [-1., -1.],
           [ 1., -1.],
           [-1.,  1.]])
    """
    x = np.reshape(F, (-1, np.shape(F)[-1])).astype("float64")
    x = x - x.mean(axis=0)
    covariance = x.T @ x / len(x)
    return np.reshape(x @ matrix_power(covariance, -0.5), np.shape(F))


def optimal_transport_map(S_c: np.ndarray, S_s: np.ndarray) -> np.ndarray:
    """The matrix that gives features another covariance and moves them least: T S_c T = S_s.

    Of all matrices that turn the one covariance into the other it is the only one that is symmetric
    and has no negative eigenvalue; `nstlib.fast.transforms.optimal_transport` applies it.

    Args:
        S_c, S_s: covariances (C, C), of the content and of the style.

    Gelbrich 1990; Olkin and Pukelsheim 1982.

    >>> optimal_transport_map(np.diag([1.0, 4.0]), np.diag([9.0, 1.0])).round(3) + 0
    array([[3. , 0. ],
           [0. , 0.5]])
    """
    root = matrix_power(S_s, 0.5)
    return root @ matrix_power(root @ S_c @ root, -0.5) @ root


# ---- lesson 14 -----------------------------------------------------------------------------------


def gaussian_wasserstein(
    mean_c: np.ndarray, S_c: np.ndarray, mean_s: np.ndarray, S_s: np.ndarray
) -> float:
    """How far one normal distribution is from another: the Wasserstein-2 distance, squared.

        |mean_c - mean_s|^2 + tr(S_c + S_s - 2 (S_s^1/2 S_c S_s^1/2)^1/2)

    `nstlib.moments.wasserstein_loss` is the same over the size of the style, with a gradient.

    Args:
        mean_c, mean_s: means (C,), of the content and of the style.
        S_c, S_s: their covariances (C, C).

    Olkin and Pukelsheim 1982.

    >>> narrow, wide = np.diag([1.0, 4.0]), np.diag([9.0, 1.0])
    >>> round(gaussian_wasserstein(np.array([0.0, 3.0]), narrow, np.zeros(2), wide), 4)
    14.0
    """
    root = matrix_power(S_s, 0.5)
    spread = np.trace(S_c + S_s - 2 * matrix_power(root @ S_c @ root, 0.5))
    return float(np.sum((mean_c - mean_s) ** 2) + spread)


def sliced_wasserstein(F: np.ndarray, S: np.ndarray, directions: np.ndarray) -> float:
    """How far features are from others along some directions: the mean square after sorting.

    `nstlib.sliced` has it for features of any sizes, with a gradient.

    Args:
        F, S: features (M, C), a row for each position, of the same number of positions.
        directions: (C, K), columns of length 1.

    Rabin et al. 2011, "Wasserstein barycenter and its application to texture mixing".

    >>> F, S = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> sliced_wasserstein(F, S, np.eye(2))  # the axes: the same histograms
    0.0
    >>> round(sliced_wasserstein(F, S, np.array([[0.6], [0.8]])), 4)
    0.36
    """
    way = np.sort(F @ directions, axis=0) - np.sort(S @ directions, axis=0)
    return float(np.mean(way**2))


def polynomial_mmd(F: np.ndarray, S: np.ndarray, shift: float) -> float:
    """How far features are from others to a kernel, k(x, y) = (x . y + shift)^2.

        mean k(f, f') + mean k(s, s') - 2 mean k(f, s), over all pairs of positions

    It is |G - A|^2 + 2 shift |mu - mu_s|^2: with a shift of 0 the Gram loss, not divided by C^2.

    Args:
        F, S: features (M, C) and (M', C), a row for each position.
        shift: at least 0.

    Li et al. 2017, "Demystifying Neural Style Transfer".

    >>> polynomial_mmd(np.array([[2.0], [0.0]]), np.array([[1.0], [1.0]]), shift=1.0)
    1.0
    """

    def mean_kernel(x: np.ndarray, y: np.ndarray) -> float:
        return np.mean((x @ y.T + shift) ** 2)

    return float(mean_kernel(F, F) + mean_kernel(S, S) - 2 * mean_kernel(F, S))


# ---- lesson 16 -----------------------------------------------------------------------------------


def to_picture(x: Tensor) -> np.ndarray:
    """From what VGG wants back to what a file wants: RGB, whole numbers from 0 to 255.

    What no screen can show is clipped; a cast alone would begin again at 0 beyond 255.

    Args:
        x: (B, H, W, 3), BGR, 0 to 255 minus the mean colour.

    Returns uint8 of the same shape.

    >>> to_picture(np.array([[[[151.061, 138.221, 131.32], [200.0, 0.0, -300.0]]]]))[0, 0]
    array([[255, 255, 255],
           [  0, 117, 255]], dtype=uint8)
    """
    rgb = (np.asarray(x) + MEAN_BGR)[..., ::-1]
    return np.clip(rgb, 0, 255).round().astype("uint8")


def style_term(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], weight: float) -> Tensor:
    """The style term of an objective: a weight times the mean over the layers of their losses.

    Args:
        found: from layers to Gram matrices (1, C, C) of the painting; may have other layers, too.
        wanted: from the style's layers to its Gram matrices.
        weight: of the whole term, however many layers there are.

    >>> float(style_term({"a": np.full((1, 2, 2), 3.0)}, {"a": np.ones((1, 2, 2))}, weight=10.0))
    40.0
    """
    loss = 0.0
    for name, A in wanted.items():
        loss = loss + ops.mean((found[name] - A) ** 2)
    return weight * loss / len(wanted)


def descend(
    slope: Callable[[Tensor], Tensor],
    x: Tensor,
    steps: int,
    rate: float,
    momentum: float,
    every: int,
) -> list[Tensor]:
    """Gradient descent with momentum, and a picture for the album now and then.

    How often one looks changes nothing about the way: the velocity lives through all steps.

    Args:
        slope: from a picture to the gradient there.
        x: the start.
        steps, rate, momentum: how many steps, how large, and what share of the velocity is kept.
        every: after so many steps a picture is kept; after the last step, too.

    Returns the pictures that were kept.

    >>> descend(lambda x: 2 * x, 8.0, steps=3, rate=0.25, momentum=0.5, every=2)
    [0.0, -2.0]
    """
    album, velocity = [], 0.0
    for start in range(0, steps, every):
        for _ in range(start, min(start + every, steps)):
            velocity = momentum * velocity - rate * slope(x)
            x = x + velocity
        album.append(x)
    return album


# ---- the puzzles: a line each, on arrays ---------------------------------------------------------


def outer(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """All products of a number of u and a number of v: (n,) and (m,) become (n, m).

    >>> outer(np.array([1, 2]), np.array([1, 10, 100]))
    array([[  1,  10, 100],
           [  2,  20, 200]])
    """
    return u[:, None] * v


def center(F: np.ndarray) -> np.ndarray:
    """Features (M, C), each channel without its mean over the positions.

    >>> center(np.array([[1.0, 20.0], [3.0, 60.0]]))
    array([[ -1., -20.],
           [  1.,  20.]])
    """
    return F - F.mean(axis=0)


def distances(P: np.ndarray) -> np.ndarray:
    """Squared distances (M, M) between each two of M points, the rows of P (M, d).

    >>> distances(np.array([[0.0, 0.0], [3.0, 4.0]]))
    array([[ 0., 25.],
           [25.,  0.]])
    """
    return ((P[:, None] - P) ** 2).sum(axis=-1)


def region_mean(F: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mean of each channel (C,) of features (M, C), weighted with a mask (M,) from 0 to 1.

    >>> region_mean(np.array([[1.0, 20.0], [3.0, 60.0], [9.0, 9.0]]), np.array([1.0, 1.0, 0.0]))
    array([ 2., 40.])
    """
    return mask @ F / mask.sum()


def gram(F: np.ndarray) -> np.ndarray:
    """The Gram matrix (C, C) of features (M, C), averaged over the M positions.

    >>> gram(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[ 5.,  7.],
           [ 7., 10.]])
    """
    return F.T @ F / len(F)


def same_gram(F: np.ndarray) -> np.ndarray:
    """Other features than F (M, C) that have its Gram matrix.

    >>> same_gram(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[3., 4.],
           [1., 2.]])
    """
    return F[::-1]


def with_ones(F: np.ndarray) -> np.ndarray:
    """Features (M, C) with a last channel of ones, so that their Gram matrix has the means in it.

    >>> with_ones(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2., 1.],
           [3., 4., 1.]])
    """
    return np.column_stack([F, np.ones(len(F))])


def covariance(G: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The covariance (C, C) of features of which only Gram matrix and means (C,) are known.

    >>> covariance(np.array([[5.0, 7.0], [7.0, 10.0]]), np.array([2.0, 3.0]))
    array([[1., 1.],
           [1., 1.]])
    """
    return G - mean[:, None] * mean


def dress(F: np.ndarray, S: np.ndarray) -> np.ndarray:
    """Features F (M, C), with the mean and the deviation that each channel has in S (M', C).

    >>> dress(np.array([[1.0], [3.0]]), np.array([[10.0], [14.0]]))
    array([[10.],
           [14.]])
    """
    return (F - F.mean(axis=0)) / F.std(axis=0) * S.std(axis=0) + S.mean(axis=0)


def same_moments(F: np.ndarray) -> np.ndarray:
    """Features (M, C) with the means and deviations of F, and another Gram matrix.

    >>> same_moments(np.array([[1.0, 4.0], [3.0, 2.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    return np.sort(F, axis=0)
