"""The losses of neural style transfer, as plain functions on tensors.

Symbols, here and in the lessons: F are the features of a layer, seen as a matrix of M positions
by C channels; P are the content's features; G and A are the Gram matrices of the image and of the
style. Every function works with any Keras backend and differentiates through it.
"""

from __future__ import annotations

from nstlib.backend import keras

ops = keras.ops


def content_loss(F, P):
    """Mean squared difference between two layers of features: sum (F - P)^2 / (C M).

    Args:
        F, P: features (B, h, w, C) of the image and of the content picture.

    Returns a scalar. Gatys et al. 2015, equation 1, with the mean instead of half the sum, so
    that it depends neither on the picture's size nor on the number of channels.

    >>> float(content_loss([[1.0, 2.0]], [[1.0, 4.0]]))
    2.0
    """
    F, P = ops.convert_to_tensor(F), ops.convert_to_tensor(P)
    if F.shape != P.shape:
        raise ValueError(
            f"content_loss compares features of one shape, not {tuple(F.shape)} with "
            f"{tuple(P.shape)}: take both from the same layer, of pictures of the same size"
        )
    return ops.mean(ops.square(F - P))


def gram_matrix(features):
    """Which channels are active together, wherever that is: G = F^T F / M.

    Args:
        features: (B, h, w, C); their M = h w positions are the rows of F.

    Returns G of shape (B, C, C), symmetric and positive semidefinite. Gatys et al. 2015,
    equation 3, divided by M, so that pictures of different sizes can be compared.

    >>> gram_matrix([[[[1.0, 2.0], [3.0, 4.0]]]])  # two positions, two channels
    <tf.Tensor: shape=(1, 2, 2), dtype=float32, numpy=
    array([[[ 5.,  7.],
            [ 7., 10.]]], dtype=float32)>
    """
    features = ops.convert_to_tensor(features)
    if len(features.shape) != 4:
        raise ValueError(
            f"gram_matrix wants features of shape (B, h, w, C), not {tuple(features.shape)}"
        )
    batch, height, width, C = ops.shape(features)
    M = height * width
    F = ops.reshape(features, (batch, M, C))
    return ops.matmul(ops.transpose(F, (0, 2, 1)), F) / ops.cast(M, F.dtype)


def style_loss(G, A):
    """Mean squared difference between two Gram matrices: sum (G - A)^2 / C^2.

    Args:
        G, A: Gram matrices (B, C, C) of the image and of the style picture at one layer.

    Returns a scalar. Gatys et al. 2015, equation 4; with `gram_matrix` dividing by M this is
    their E_l times 4.

    >>> float(style_loss([[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 4.0]]))
    2.0
    """
    G, A = ops.convert_to_tensor(G), ops.convert_to_tensor(A)
    if G.shape != A.shape:
        raise ValueError(
            f"style_loss compares Gram matrices of one shape, not {tuple(G.shape)} with "
            f"{tuple(A.shape)}: take both from the same layer"
        )
    return ops.mean(ops.square(G - A))


def total_variation(image, squared: bool = False):
    """How much neighbouring pixels differ: sum |dx| + sum |dy|, or the sum of their squares.

    Args:
        image: (B, H, W, channels).
        squared: squares instead of absolute values.

    Returns a scalar. The absolute form is the anisotropic one of Rudin, Osher and Fatemi's
    1992 total variation, and what `tf.image.total_variation` computes.

    >>> plus = [[[[0.0], [1.0], [0.0]], [[1.0], [1.0], [1.0]], [[0.0], [1.0], [0.0]]]]
    >>> float(total_variation(plus))
    8.0
    """
    image = ops.convert_to_tensor(image)
    if len(image.shape) != 4:
        raise ValueError(
            f"total_variation wants an image of shape (B, H, W, channels), not {tuple(image.shape)}"
        )
    dx = image[:, :, 1:] - image[:, :, :-1]
    dy = image[:, 1:] - image[:, :-1]
    size = ops.square if squared else ops.abs
    return ops.sum(size(dx)) + ops.sum(size(dy))
