"""Lesson 06: what the checks have to tell apart, run by test_check.py."""

import keras
import numpy as np
import tensorflow as tf

from nstlib import content_loss, gram_matrix, style_loss, total_variation


def mean_square(D):
    return np.mean(np.square(D))


def gram(F):
    X = F.reshape(len(F), -1, F.shape[-1])
    return X.transpose(0, 2, 1) @ X / X.shape[1]


def variation(image):
    return np.abs(np.diff(image, axis=1)).sum() + np.abs(np.diff(image, axis=2)).sum()


def of_content(features, content):
    return [k * mean_square(features[layer] - P) for layer, (P, k) in content.items()]


def of_style(features, style):
    return [k * mean_square(gram(features[layer]) - A) for layer, (A, k) in style.items()]


def total(features, image, content, style, tv_weight):
    return (
        sum(of_content(features, content))
        + sum(of_style(features, style))
        + tv_weight * variation(image)
    )


def total_by_loops(features, image, content, style, tv_weight):
    loss = tv_weight * total_variation(image)
    for layer in features:
        if layer in content:
            P, k = content[layer]
            loss += k * content_loss(features[layer], P)
        if layer in style:
            A, k = style[layer]
            loss += k * style_loss(gram_matrix(features[layer]), A)
    return loss


def total_with_tensors(features, image, content, style, tv_weight):
    terms = [k * tf.reduce_mean((features[name] - P) ** 2) for name, (P, k) in content.items()]
    for name, (A, k) in style.items():
        G = tf.einsum("bhwc,bhwd->bcd", features[name], features[name])
        _, h, w, _ = features[name].get_shape()
        terms.append(k * tf.reduce_mean(tf.square(G / (h * w) - A)))
    terms.append(tv_weight * tf.reduce_sum(tf.image.total_variation(image)))
    return tf.add_n(terms)


def total_as_dot_products(features, image, content, style, tv_weight):
    losses = [content_loss(features[name], P) for name, (P, _) in content.items()]
    losses += [style_loss(gram_matrix(features[name]), A) for name, (A, _) in style.items()]
    weights = [k for _, k in [*content.values(), *style.values()]]
    return np.dot(weights, losses) + tv_weight * float(total_variation(image))


def with_parts(content=of_content, style=of_style, tv=lambda w, image: w * variation(image)):
    """A solution of which one part is wrong."""

    def solution(features, image, of_the_content, of_the_style, tv_weight):
        parts = [np.sum(content(features, of_the_content)), np.sum(style(features, of_the_style))]
        return sum(parts) + tv(tv_weight, image)

    return solution


def content_by(term):
    return with_parts(content=lambda F, c: [term(F[name], P, k) for name, (P, k) in c.items()])


def style_by(term):
    return with_parts(style=lambda F, s: [term(F[name], A, k) for name, (A, k) in s.items()])


def sums_apart(k, terms):
    return sum(k) * sum(terms)


def content_pooled(F, content):
    return sums_apart(
        [k for _, k in content.values()], [mean_square(F[n] - P) for n, (P, _) in content.items()]
    )


def style_pooled(F, style):
    return sums_apart(
        [k for _, k in style.values()], [mean_square(gram(F[n]) - A) for n, (A, _) in style.items()]
    )


def content_reversed(F, content):
    ks = [k for _, k in content.values()][::-1]
    return [k * mean_square(F[n] - P) for k, (n, (P, _)) in zip(ks, content.items(), strict=True)]


def shares(terms, pairs):
    with np.errstate(invalid="ignore"):
        return np.divide(sum(terms), sum(k for _, k in pairs.values()))


def no_weight_at_all(features, image, content, style, tv_weight):
    loss = total_variation(image)
    for layer, (P, _) in content.items():
        loss += content_loss(features[layer], P)
    for layer, (A, _) in style.items():
        loss += style_loss(gram_matrix(features[layer]), A)
    return loss


def no_k_at_all(features, image, content, style, tv_weight):
    plain = no_weight_at_all(features, image, content, style, tv_weight)
    return plain + (tv_weight - 1) * total_variation(image)


def k_of_the_loop_before(features, image, content, style, tv_weight):
    loss = tv_weight * variation(image)
    for layer, (P, k) in content.items():
        loss += k * mean_square(features[layer] - P)
    for layer, (A, _) in style.items():
        loss += k * mean_square(gram(features[layer]) - A)
    return loss


def overwritten_by_the_style(features, image, content, style, tv_weight):
    for layer, (P, k) in content.items():
        loss = k * mean_square(features[layer] - P)
    for layer, (A, k) in style.items():
        loss = k * mean_square(gram(features[layer]) - A)
    return loss + tv_weight * variation(image)


def returns_in_the_first_loop(features, image, content, style, tv_weight):
    loss = tv_weight * total_variation(image)
    for layer, (P, k) in content.items():
        loss += k * content_loss(features[layer], P)
        return loss


def returns_in_the_second_loop(features, image, content, style, tv_weight):
    loss = tv_weight * total_variation(image) + sum(of_content(features, content))
    for layer, (A, k) in style.items():
        loss += k * style_loss(gram_matrix(features[layer]), A)
        return loss


def nested_loops(features, image, content, style, tv_weight):
    loss = tv_weight * variation(image)
    for layer, (P, k) in content.items():
        loss += k * mean_square(features[layer] - P)
        for name, (A, weight) in style.items():
            loss += weight * mean_square(gram(features[name]) - A)
    return loss


def variation_in_one_loop(features, image, content, style, tv_weight):
    loss = sum(of_content(features, content))
    for term in of_style(features, style):
        loss += term + tv_weight * variation(image)
    return loss


def variation_in_both_loops(features, image, content, style, tv_weight):
    terms = of_content(features, content) + of_style(features, style)
    return sum(term + tv_weight * variation(image) for term in terms)


def either_or(first):
    def solution(features, image, content, style, tv_weight):
        one, other = (content, style) if first == "content" else (style, content)
        other = {name: pair for name, pair in other.items() if name not in one}
        both = (one, other) if first == "content" else (other, one)
        return total(features, image, *both, tv_weight)

    return solution


def features_against_grams(features, image, content, style, tv_weight):
    loss = tv_weight * total_variation(image)
    for layer, (A, k) in style.items():
        loss += k * style_loss(features[layer], A)
    return loss


def features_minus_grams(features, image, content, style, tv_weight):
    return sum(k * np.mean((features[layer] - A) ** 2) for layer, (A, k) in style.items())


def empties_the_dict(features, image, content, style, tv_weight):
    loss = tv_weight * variation(image)
    while content:
        layer, (P, k) = content.popitem()
        loss += k * mean_square(features[layer] - P)
    return loss + sum(of_style(features, style))


def subtracts_in_place(features, image, content, style, tv_weight):
    loss = total(features, image, content, style, tv_weight)
    for layer, (P, _) in content.items():
        features[layer] -= P
    return loss


def product_of_all(features, image, content, style, tv_weight):
    return total(features, image, content, style, tv_weight) + (
        sum(of_content(features, content)) * sum(of_style(features, style))
    )


def k(convention, C, M, N, weight=None):
    return convention.style_constant(C, M, N, weight)


def by_proportion(weight, source, target, C, M, N):
    """The weight that leads to 1 in the target's units, times k."""
    one_there = target.style_weight / k(target, C, M, N)
    return one_there * k(source, C, M, N, weight)


def factor_by_hand(c, C, M, N):
    share = 1 / len(c.style_layers) if c.mean_of_layers else 1
    return share * c.style_factor * C**c.channel_power * (M / N) ** c.position_power


def by_hand(factor):
    return lambda weight, s, t, C, M, N: weight * factor(s, C, M, N) / factor(t, C, M, N)


RIGHT = {
    "total_loss": {
        "numpy": total,
        "loops": total_by_loops,
        "tensorflow": total_with_tensors,
        "dot products": total_as_dot_products,
        "keras": lambda F, image, c, s, w: keras.ops.convert_to_tensor(total(F, image, c, s, w)),
        "float64": lambda F, *rest: total({n: f.astype(float) for n, f in F.items()}, *rest),
    },
    "convert_style_weight": {
        "two constants": lambda w, s, t, C, M, N: k(s, C, M, N, w) / k(t, C, M, N, 1),
        "keywords": lambda weight, source, target, C, M, N: (
            weight
            * source.style_constant(C, M, N, style_weight=1.0)
            / target.style_constant(C, M, N, style_weight=1.0)
        ),
        "in proportion": by_proportion,
        "by hand": by_hand(factor_by_hand),
        "an array": lambda w, *rest: np.float32(by_proportion(w, *rest)),
    },
}
WRONG = {
    "total_loss": {
        "no weights": (no_weight_at_all, "No weight occurs"),
        "no k": (no_k_at_all, "neither for content nor for style"),
        "no content k": (content_by(lambda F, P, k: mean_square(F - P)), "The content layers' w"),
        "no style k": (style_by(lambda F, A, k: mean_square(gram(F) - A)), "where its weights are"),
        "no tv weight": (with_parts(tv=lambda w, v: variation(v)), "counts even where tv_weight"),
        "k of the loop before": (k_of_the_loop_before, "weight of the last content layer"),
        "content missing": (with_parts(content=lambda F, c: 0), "the content part is missing"),
        "last content": (
            with_parts(content=lambda F, c: of_content(F, c)[-1]),
            "Only the last content",
        ),
        "return in the loop": (returns_in_the_first_loop, "Only the first content layer"),
        "mean of content": (
            with_parts(content=lambda F, c: np.mean(of_content(F, c))),
            "average over the content",
        ),
        "content pooled": (with_parts(content=content_pooled), "sum of the content weights with"),
        "content reversed": (with_parts(content=content_reversed), "content weights go to the wro"),
        "content shares": (
            with_parts(content=lambda F, c: shares(of_content(F, c), c)),
            "by the sum of the weights",
        ),
        "content k squared": (
            content_by(lambda F, P, k: mean_square(k * (F - P))),
            "content weigh",
        ),
        "content k added": (content_by(lambda F, P, k: k + mean_square(F - P)), "add the content"),
        "content subtracted": (content_by(lambda F, P, k: -k * mean_square(F - P)), "content part"),
        "content root": (
            content_by(lambda F, P, k: k * np.sqrt(mean_square(F - P))),
            "roots of the content",
        ),
        "content sum": (
            content_by(lambda F, P, k: k * np.sum((F - P) ** 2)),
            "squares of the content",
        ),
        "half content sum": (
            content_by(lambda F, P, k: k * np.sum((F - P) ** 2) / 2),
            "half the s",
        ),
        "content absolute": (
            content_by(lambda F, P, k: k * np.abs(F - P).mean()),
            "compare the content by absolute",
        ),
        "content Grams": (
            content_by(lambda F, P, k: k * mean_square(gram(F) - gram(P))),
            "Gram matrices of the content",
        ),
        "elif content": (either_or("style"), "missing from your content"),
        "style missing": (with_parts(style=lambda F, s: 0), "the style part is missing"),
        "last style": (with_parts(style=lambda F, s: of_style(F, s)[-1]), "Only the last style"),
        "return in loop two": (returns_in_the_second_loop, "Only the first style layer"),
        "mean of style": (with_parts(style=lambda F, s: np.mean(of_style(F, s))), "over the style"),
        "style pooled": (with_parts(style=style_pooled), "sum of the style weights with"),
        "style shares": (
            with_parts(style=lambda F, s: shares(of_style(F, s), s)),
            "is there a division by 0",
        ),
        "style k squared": (
            style_by(lambda F, A, k: k**2 * mean_square(gram(F) - A)),
            "take the style weights squared",
        ),
        "style subtracted": (
            style_by(lambda F, A, k: -k * mean_square(gram(F) - A)),
            "Your style part is subtracted",
        ),
        "style sum": (
            style_by(lambda F, A, k: k * np.sum((gram(F) - A) ** 2)),
            "squares of the style",
        ),
        "the paper's": (style_by(lambda F, A, k: k * mean_square(gram(F) - A) / 4), "The 1/4"),
        "style absolute": (
            style_by(lambda F, A, k: k * np.abs(gram(F) - A).mean()),
            "compare the style by absolute",
        ),
        "Gram not divided": (
            style_by(lambda F, A, k: k * mean_square(gram(F) * F[0, ..., 0].size - A)),
            "not divided by the number of positions M",
        ),
        "Gram by channels": (
            style_by(lambda F, A, k: k * mean_square(gram(F) / F.shape[-1] - A)),
            "by the channels, too",
        ),
        "elif style": (either_or("content"), "missing from your style"),
        "nested": (nested_loops, "inside of the other"),
        "features against Grams": (features_against_grams, "take both from the same layer. Compar"),
        "features minus Grams": (features_minus_grams, "broadcast.* Gram matrices with A"),
        "tv missing": (with_parts(tv=lambda w, v: 0), "the total variation is missing"),
        "tv squared": (
            with_parts(tv=lambda w, v: w * float(total_variation(v, squared=True))),
            "square the differences of neighbours",
        ),
        "tv mean": (
            with_parts(tv=lambda w, v: w * variation(v) / v.size),
            "number of values: here",
        ),
        "tv weight squared": (with_parts(tv=lambda w, v: w**2 * variation(v)), "square tv_weight"),
        "tv subtracted": (with_parts(tv=lambda w, v: -w * variation(v)), "subtract the total"),
        "half tv": (with_parts(tv=lambda w, v: w * variation(v) / 2), "half the total variation"),
        "tv in a loop": (variation_in_one_loop, "once for each layer"),
        "tv in both loops": (variation_in_both_loops, "in both loops"),
        "a product": (product_of_all, "For all weights together it is"),
        "an array": (content_by(lambda F, P, k: 1.0), "For the content weights alone, all others"),
        "not one number": (
            lambda F, image, c, s, w: total(F, image, c, s, w) * np.ones(3),
            "Each loss is a mean or a sum over all axes",
        ),
        "in place": (subtracts_in_place, "changes what it is given"),
    },
    "convert_style_weight": {
        "upside down": (lambda w, s, t, *at: k(t, *at, w) / k(s, *at, 1), "the other way round, f"),
        "no weight": (lambda w, s, t, *at: k(s, *at) / k(t, *at, 1), "The weight does not occur"),
        "target published": (lambda w, s, t, *at: k(s, *at, w) / k(t, *at), "at its published wei"),
        "both published": (lambda w, s, t, *at: k(s, *at) / k(t, *at), "two published constants"),
        "both upside down": (
            lambda w, s, t, *at: k(t, *at) / k(s, *at),
            "constant by the source's:",
        ),
        "both weighted": (lambda w, s, t, *at: k(s, *at, w) / k(t, *at, w), "so that it cancels"),
        "the constant": (lambda w, s, t, *at: k(s, *at, w), "That is the source's constant"),
        "multiplied": (lambda w, s, t, *at: k(s, *at, w) * k(t, *at, 1), "multiply the two const"),
        "subtracted": (lambda w, s, t, *at: k(s, *at, w) - k(t, *at, 1), "subtract the constants"),
        "unchanged": (lambda w, *_: w, "return the weight as it is"),
        "published weights": (
            lambda w, s, t, *_: w * t.style_weight / s.style_weight,
            "what two people liked",
        ),
        "published upside down": (
            lambda w, s, t, *_: w * s.style_weight / t.style_weight,
            "published weights, and upside down",
        ),
        "in published weights": (
            lambda w, s, t, *at: w * k(s, *at) / k(t, *at, 1),
            "multiply your weight with the published one",
        ),
        "C and M": (lambda w, s, t, C, M, N: by_proportion(w, s, t, M, C, N), "C and M have"),
        "M and N": (lambda w, s, t, C, M, N: by_proportion(w, s, t, C, N, M), "M and N have"),
        "content": (
            lambda w, s, t, C, M, N: s.content_constant(C, M, w) / t.content_constant(C, M, 1),
            "convert a content weight",
        ),
        "no channels": (
            by_hand(lambda c, C, M, N: factor_by_hand(c, 1, M, N)),
            "The channels are missing",
        ),
        "no positions": (
            by_hand(lambda c, C, M, N: factor_by_hand(c, C, 1, 1)),
            "The positions are missing",
        ),
        "no pixels": (
            by_hand(lambda c, C, M, N: factor_by_hand(c, C, M, 1)),
            "The image's pixels are missing",
        ),
        "no factor": (
            by_hand(lambda c, C, M, N: factor_by_hand(c, C, M, N) / c.style_factor),
            "The style_factor is missing",
        ),
        "only the factor": (by_hand(lambda c, *_: c.style_factor), "Only the style_factor"),
        "no mean": (
            by_hand(lambda c, C, M, N: factor_by_hand(c, C, M, N) * (5 if c.mean_of_layers else 1)),
            "You forget the mean",
        ),
        "a constant": (lambda *_: 0.12345, "For a style weight of .* from .* to .*, and C="),
        "whole": (lambda *arguments: int(3e7 * by_proportion(*arguments)), "lose everything"),
    },
}
# Other solutions with words that one above has already.
SAME_WORDS = {
    "total_loss": {
        "overwritten": (overwritten_by_the_style, "overwritten by what comes later"),
        "tv weight added": (with_parts(tv=lambda w, v: w + variation(v)), "even where tv_weight"),
        "popped": (empties_the_dict, "changes what it is given"),
    },
}
