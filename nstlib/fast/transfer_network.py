"""One network that paints in many styles, and a style that is a vector of numbers.

Johnson et al. 2016 trained a network instead of a picture: it paints in one pass. Dumoulin et al.
2017 found that one network can paint in many styles if each has its own scales and shifts after the
instance normalisations. They are about 1,300 numbers here, against 340,000 that all styles share.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from nstlib.backend import keras
from nstlib.losses import Tensor
from nstlib.networks import FORMAT
from nstlib.weights import filled_from, read_arrays

ops = keras.ops

GREY = 0.45  # about the mean of photographs
SMALLEST_VARIANCE = 1e-5
PHOTOGRAPH = "photograph"  # the style that changes nothing: what a strength of 0 means
NEAR_IDENTITY = 0.3  # the scale that a residual block adds its second convolution with, at first


def instance_norm(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Give each channel of each picture a mean and a deviation: gamma (x - mean) / sigma + beta.

    Args:
        x: (B, h, w, C); mean and sigma, the deviation, are of its h w positions.
        gamma, beta: (B, C), the deviations and means that come out.

    Returns an array of the shape and type of x. Ulyanov et al. 2016; with gamma and beta of a style
    it is the conditional instance normalisation of Dumoulin et al. 2017, equation 5.

    >>> instance_norm([[[[1.0], [3.0]]]], [[10.0]], [[5.0]]).numpy().ravel().round(2)
    array([-5., 15.], dtype=float32)
    """
    x = ops.convert_to_tensor(x)
    gamma, beta = (ops.cast(each, "float32") for each in (gamma, beta))
    if x.shape[0] is not None and x.dtype != "float64":
        # The batch normalisation of one picture: TensorFlow has it in one pass, without copies.
        rows = [
            tf.compat.v1.nn.fused_batch_norm(
                x[row : row + 1], gamma[row], beta[row], epsilon=SMALLEST_VARIANCE
            )[0]
            for row in range(x.shape[0])
        ]
        return ops.concatenate(rows)
    exact = ops.cast(x, "float32")
    mean = ops.mean(exact, axis=(1, 2))
    variance = ops.maximum(ops.mean(ops.square(exact), axis=(1, 2)) - ops.square(mean), 0.0)
    return normalised(x, gamma, beta, mean, variance)


def normalised(x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """`instance_norm` with this mean and variance (B, C), of a larger picture say."""
    scale = gamma * ops.rsqrt(variance + SMALLEST_VARIANCE)
    shift = beta - mean * scale
    # One product and one sum of the large array, in its own precision.
    return x * ops.cast(scale, x.dtype)[:, None, None] + ops.cast(shift, x.dtype)[:, None, None]


def mirror(x: Tensor, pixels: int) -> Tensor:
    """Continue a picture, or features, beyond its borders by its mirror image.

    Args:
        x: (B, h, w, C), with h and w above `pixels`.

    >>> mirror(np.array([[[[1.0], [2.0], [3.0]]] * 3]), 1)[0, 1, :, 0].numpy()
    array([2., 1., 2., 3., 2.])
    """
    return ops.pad(x, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)), mode="reflect")


def twice_as_large(x: Tensor) -> Tensor:
    """Double height and width, linearly between the values.

    Args:
        x: (B, h, w, C).

    >>> twice_as_large([[[[0.0], [4.0]]]])[0, 0, :, 0].numpy()
    array([0., 1., 3., 4.], dtype=float32)
    """
    x = tf.convert_to_tensor(x)
    return tf.cast(tf.image.resize(x, 2 * tf.shape(x)[1:3]), x.dtype)  # a size may be unknown yet


# Which of three neighbours in a row, with which weights, are each of the three values that a
# kernel sees in the row twice as long: for the first and the second of the two new places.
SEEN = np.array(
    [
        [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.75, 0.25]],
        [[0.25, 0.75, 0.0], [0.0, 0.75, 0.25], [0.0, 0.25, 0.75]],
    ],
    "float32",
)


def convolve_enlarged(x: Tensor, kernel: Tensor) -> Tensor:
    """A convolution of `twice_as_large(x)`, in less time and memory than through that large array.

    Each value becomes 2x2, and each of these four places sees a 3x3 neighbourhood in x with a
    kernel of its own. The four results are interleaved.

    Args:
        x: (B, h, w, C), continued by its outermost values beyond its borders.
        kernel: (3, 3, C, D).

    Returns an array of shape (B, 2h, 2w, D).

    >>> middle = np.zeros((3, 3, 1, 1), "float32")
    >>> middle[1, 1] = 1
    >>> convolve_enlarged([[[[0.0], [4.0]]]], middle)[0, 0, :, 0].numpy()
    array([0., 1., 3., 4.], dtype=float32)
    """
    C, D = kernel.shape[2:]
    four = ops.einsum("aup,bvq,uvio->pqiabo", SEEN, SEEN, kernel)
    borders = ((0, 0), (1, 1), (1, 1), (0, 0))
    x = ops.pad(ops.convert_to_tensor(x), borders, mode="symmetric")
    y = ops.conv(x, ops.cast(ops.reshape(four, (3, 3, C, 4 * D)), x.dtype), data_format=FORMAT)
    return tf.nn.depth_to_space(y, 2)


class Block(keras.layers.Layer):
    """A convolution with mirrored borders, and instance normalisation by a style's numbers.

    Args:
        channels: that come out.
        kernel: side of the convolution.
        stride: 2 halves height and width.
        enlarges: whether height and width are doubled before the convolution.
        gamma: what the scales should be in the beginning.
        activation: `relu` or `linear`.
        dtype: in which the convolution computes.
    """

    def __init__(
        self,
        channels: int,
        kernel: int = 3,
        stride: int = 1,
        enlarges: bool = False,
        gamma: float = 1.0,
        activation: str = "relu",
        dtype: str = "float32",
        name: str | None = None,
    ):
        super().__init__(autocast=False, name=name)
        self.channels, self.gamma, self.enlarges = channels, gamma, enlarges
        self.activation = keras.activations.get(activation)
        self.border = kernel // 2
        self.convolution = keras.layers.Conv2D(
            channels,
            kernel,
            stride,
            use_bias=False,
            kernel_initializer="he_normal",
            data_format=FORMAT,
            dtype=dtype,
        )

    def call(self, x: Tensor, numbers: Tensor, beside: Tensor | None = None) -> Tensor:
        """What comes of features.

        Args:
            x: (B, h, w, C).
            numbers: (B, 2 channels), gamma and beta of each picture in a row.
            beside: further features (B, 2h, 2w, D), beside the doubled x.
        """
        gamma, beta = ops.split(numbers, 2, axis=-1)
        return self.activation(instance_norm(self.convolved(x, beside), gamma, beta))

    def convolved(self, x: Tensor, beside: Tensor | None = None) -> Tensor:
        """What is normalised then."""
        if not self.enlarges:
            return self.convolution(mirror(x, self.border))
        C, dtype = x.shape[-1], self.convolution.compute_dtype
        if not self.convolution.built:
            inputs = C if beside is None else C + beside.shape[-1]
            self.convolution.build((None, None, None, inputs))
        kernel = self.convolution.kernel
        y = convolve_enlarged(ops.cast(x, dtype), kernel[:, :, :C])
        if beside is not None:
            own = ops.cast(kernel[:, :, C:], dtype)
            with tf.control_dependencies([y]):  # not before: there would be one more large array
                beside = tf.identity(beside)
            y += ops.conv(mirror(ops.cast(beside, dtype), 1), own, data_format=FORMAT)
        return y


class TransferNetwork(keras.Model):
    """Photographs and a style's numbers in, paintings out, in one pass.

    Args:
        precision: of the convolutions, `float32` or `mixed_bfloat16`.
        residuals: how many residual blocks.
        widths: channels at full, half and quarter size.

    Called with photographs (B, H, W, 3), RGB in [0, 1], H and W multiples of 4, and numbers
    (B, `numbers`), it returns paintings of the same shape. Johnson et al. 2016, with instance
    normalisation (Ulyanov et al. 2016), upsampling followed by a convolution instead of transposed
    ones (Odena et al. 2016), and mirrored instead of black borders. What the first convolution sees
    goes to the last but one, too, so that edges stay where they are.
    """

    def __init__(
        self,
        precision: str = "float32",
        residuals: int = 4,
        widths: tuple[int, int, int] = (16, 32, 64),
    ):
        super().__init__(name="transfer_network")
        full, half, quarter = widths

        def block(name: str, channels: int, **more: Any) -> Block:
            return Block(channels, name=name, dtype=precision, **more)

        self.first = block("first", full // 2, kernel=5)
        self.down = [block("down_1", half, stride=2), block("down_2", quarter, stride=2)]
        linear = {"gamma": NEAR_IDENTITY, "activation": "linear"}
        self.residuals = [
            (
                block(f"residual_{number}a", quarter),
                block(f"residual_{number}b", quarter, **linear),
            )
            for number in range(1, residuals + 1)
        ]
        self.up = [block("up_1", half, enlarges=True), block("up_2", full, enlarges=True)]
        self.last = keras.layers.Conv2D(
            3,
            5,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
            data_format=FORMAT,
            dtype=precision,
            name="last",
        )
        self.blocks = [self.first, *self.down, *sum(self.residuals, ()), *self.up]
        self.numbers = sum(2 * block.channels for block in self.blocks)

    def start(self) -> list[float]:
        """The numbers to begin the training of a style with: scales of 1 and shifts of 0."""
        rows = ([block.gamma] * block.channels + [0.0] * block.channels for block in self.blocks)
        return [number for row in rows for number in row]

    def call(self, photographs: Tensor, numbers: Tensor) -> Tensor:
        x, fine, own = self.begin(photographs, numbers)
        return self.end(self.up[1](x, own, fine))

    def begin(self, photographs: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """All but the last two layers: features of half and of full size, and numbers left over."""
        sizes = [2 * block.channels for block in self.blocks]
        ends = [sum(sizes[: number + 1]) for number in range(len(sizes) - 1)]
        parts = iter(ops.split(numbers, ends, axis=-1))  # the blocks are called in their order

        def through(block: Block, x: Tensor) -> Tensor:
            return block(x, next(parts))

        fine = x = through(self.first, photographs - GREY)
        for block in self.down:
            x = through(block, x)
        for one, other in self.residuals:
            change = through(other, through(one, x))
            x = x + change
        return through(self.up[0], x), fine, next(parts)

    def end(self, x: Tensor) -> Tensor:
        """The last layer."""
        x = self.last(mirror(x, 2))
        return ops.sigmoid(ops.cast(x, "float32"))


def network_arrays(
    network: TransferNetwork, names: Sequence[str], numbers: Tensor
) -> dict[str, np.ndarray]:
    """What a file of a network holds: kernels by the names of their blocks, and its styles.

    Args:
        names, numbers: of the styles; a row each.
    """
    found = {f"{block.name}/kernel": block.convolution.kernel for block in network.blocks}
    found["last/kernel"], found["last/bias"] = network.last.kernel, network.last.bias
    found["styles/numbers"] = numbers
    arrays = {name: ops.convert_to_numpy(value) for name, value in found.items()}
    halves = {name: value.astype("float16") for name, value in arrays.items()}
    return {**halves, "styles/names": np.array(names)}


def load_transfer_network(
    path: str | os.PathLike, precision: str = "float32"
) -> tuple[TransferNetwork, dict[str, np.ndarray]]:
    """A trained network, and the numbers of each of its styles.

    Args:
        path: of a file that holds `network_arrays`.
        precision: of the convolutions.

    Raises:
        OSError: no such file.
        ValueError: a file with something else in it.
    """
    arrays = read_arrays(path, "a network of many styles")
    with filled_from(path, arrays, "network of many styles"):
        names, numbers = arrays["styles/names"], arrays["styles/numbers"]
        residuals = sum(name.startswith("residual_") for name in arrays) // 2
        full, half, quarter = (arrays[f"{n}/kernel"].shape[-1] for n in ("up_2", "up_1", "down_2"))
        network = TransferNetwork(precision, residuals, (full, half, quarter))
        if numbers.shape != (len(names), network.numbers):
            raise ValueError("numbers of another network")
        network(np.zeros((1, 16, 16, 3), "float32"), numbers[:1])
        for block in network.blocks:
            block.convolution.set_weights([arrays[f"{block.name}/kernel"]])
        network.last.set_weights([arrays["last/kernel"], arrays["last/bias"]])
        network.trainable = False
        styles = dict(zip(map(str, names), numbers, strict=True))
    return network, styles
