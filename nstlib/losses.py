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


def total_variation_gradient(image):
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


def total_loss(features, image, content, style, tv_weight):
    """The objective of style transfer: L = sum_l k_l L_content + sum_l k_l L_style + w_tv L_tv.

    Args:
        features: dict from layer name to features (1, h, w, C) of the image.
        image: (1, H, W, 3), which is being painted.
        content: dict from layer name to (P, k): the content's features and the term's weight.
        style: dict from layer name to (A, k): the style's Gram matrix and the term's weight.
        tv_weight: weight of the total variation.

    Returns a scalar. Gatys et al. 2015, equation 7, with a weight for every layer and the total
    variation of later implementations. `Objective` computes the same, term by term, with its
    gradient.

    >>> features, P = {"deep": [[[[1.0, 2.0]]]]}, [[[[1.0, 4.0]]]]
    >>> float(total_loss(features, [[[[0.5]]]], {"deep": (P, 10.0)}, {}, tv_weight=1.0))
    20.0
    """
    loss = tv_weight * total_variation(image)
    for layer, (P, k) in content.items():
        loss = loss + k * content_loss(features[layer], P)
    for layer, (A, k) in style.items():
        loss = loss + k * style_loss(gram_matrix(features[layer]), A)
    return loss


def masked_gram(features, mask):
    """The Gram matrix of a region: of the features times the mask, over the mask's own size.

    Args:
        features: (1, h, w, C).
        mask: (1, h, w, 1), from 0 to 1, and not 0 everywhere; see `nstlib.images.masks.mask_at`.

    Returns G of shape (1, C, C): for a mask of ones `gram_matrix(features)`. Gatys et al. 2017,
    Controlling Perceptual Factors in Neural Style Transfer, equation 5, where the guidance channel
    has a mean square of 1.

    >>> features = [[[[1.0, 2.0], [3.0, 4.0]]]]
    >>> masked_gram(features, [[[[1.0], [0.0]]]])[0].numpy()  # the first position alone
    array([[1., 2.],
           [2., 4.]], dtype=float32)
    """
    features = ops.convert_to_tensor(features)
    mask = ops.convert_to_tensor(mask, features.dtype)
    return gram_matrix(features * mask) / ops.mean(ops.square(mask))


# ---- comparing and mixing ------------------------------------------------------------------------


def most_similar_layer(features_a, features_b):
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

    def norm(X):
        return ops.sqrt(ops.sum(ops.square(X)))

    def difference(name):
        F = ops.convert_to_tensor(features_a[name])
        P = ops.convert_to_tensor(features_b[name])
        return float(norm(F - P) / (norm(F) + norm(P)))

    return min(features_a, key=difference)


def gram_distance(G, A):
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

    def norm(X):
        return ops.sqrt(ops.sum(ops.square(X)))

    return norm(G - A) / (norm(G) + norm(A))


def mix_styles(targets, shares):
    """The Gram matrices of a mixture of styles: sum_s share_s A_s, layer by layer.

    The mean squared distances to several targets, weighted by shares that add up to 1, differ from
    the one to this mixture only by a constant: both have the same gradient, so both paint the
    same picture.

    Args:
        targets: for each style a dict from layer name to Gram matrix (B, C, C); same names.
        shares: for each style a number of at least 0; only their proportions count.

    Returns such a dict, of the mixture.

    Raises:
        ValueError: not one share for each style; shares below 0, or all of them 0.

    >>> {name: float(A) for name, A in mix_styles([{"low": 8.0}, {"low": 0.0}], [3, 1]).items()}
    {'low': 6.0}
    """
    if len(targets) != len(shares) or min(shares, default=0) < 0 or not sum(shares):
        raise ValueError(
            f"mix_styles wants a share of at least 0 for each of {len(targets)} styles, and not "
            f"all of them 0: {list(shares)}"
        )
    total = sum(shares)
    return {
        name: sum(share / total * A[name] for A, share in zip(targets, shares, strict=True))
        for name in targets[0]
    }
