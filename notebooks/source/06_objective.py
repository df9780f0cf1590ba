# %% [markdown] slideshow={"slide_type": "slide"}
# # 06 The objective: five implementations, one formula
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/06_objective.ipynb)
#
# ![A pavilion painted three times after Kandinsky: on the left circles and arcs over sky and building, in the middle and on the right the same colours with short lines and hardly a circle](../docs/images/lesson_06.jpg)
#
# One photograph, one painting, one network, one formula, and the style term is the same at the
# start of all three. Only five numbers differ, one for each layer: they have the proportions of three
# well-known programs, Keras's example, TensorFlow's tutorial, and one for Torch. Which picture
# belongs to which? (Painting: Wassily
# Kandinsky, Composition VIII, 1923. Photograph: Daniel Büchele, [CC BY
# 2.0](https://creativecommons.org/licenses/by/2.0/), repainted.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Combine** content, style and total variation in one objective, and foresee what its weights
#    do, and what they do not.
# 2. **Measure** which term and which layer pulls at the picture, and how hard, at the start and
#    at the end.
# 3. **Convert** a style weight from one program into the units of another, and say when no number
#    can do it.
# 4. **Assemble** the whole machine from your own functions, on one page, and paint with it.
#
# **You need** the content loss (lesson 03), Gram matrices (lesson 04) and the style loss (lesson
# 05); for the last section, have your functions of lessons 01, 03 and 04 at hand. From mathematics, the
# gradient: in which direction a function grows, and how steeply. **It takes** 75 minutes.

# %% [markdown]
# {{machine: sum, gradient}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 75. The
# misconception to hunt: "a style weight of a million is a bold one". Put the table of published
# weights on the wall before anyone has heard the word unit, and let the class vote which program
# paints most boldly; quiz question 1 shows who still believes in the numbers. The second one: "the
# term with the largest loss pulls hardest"; the section on the gradients is there for it. If time
# is short, leave the page with the whole machine for homework; the section on the balance of the
# layers is the point of the lesson.

# %% [markdown]
# ## Setup (1 minute)
#
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The library looks at this machine and chooses a network.

# %%
import nstlib
from nstlib import check, content_loss, gram_matrix, plots, style_loss, total_variation
from nstlib.conventions import find_convention
from nstlib.widgets import live, predict

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import time

import numpy as np
import tensorflow as tf

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three terms, one number (9 minutes)
#
# A painting shall keep what the photo shows, take over how the style is painted, and not be noisy.
# These are three numbers, and a machine can make only one number small. So they are added up,
# each with a weight:
#
# $$L = \sum_{l\,\in\,\text{content}} k_l\, L_\text{content}^l +
#       \sum_{l\,\in\,\text{style}} k_l\, L_\text{style}^l + w_{tv}\, L_{tv}$$
#
# By hand, for a network with a single layer, which has one position and two channels. The picture
# has the features $F = (1, 2)$, and the photo has $P = (1, 4)$. The content loss is the mean
# of the squared differences: $(0^2 + 2^2) / 2 = 2$. The picture's Gram matrix and the style's are
#
# $$G = \begin{pmatrix} 1 & 2 \\ 2 & 4 \end{pmatrix} \qquad
#   A = \begin{pmatrix} 1 & 0 \\ 0 & 4 \end{pmatrix}$$
#
# and the style loss is $(0^2 + 2^2 + 2^2 + 0^2) / 4 = 2$. The picture itself shall have two pixels,
# a dark grey of 0.25 and a light one of 0.75: red, green and blue each differ by 0.5, and the total
# variation is 1.5. With the weights 10, 3 and 1 the objective is $10 \cdot 2 + 3 \cdot 2 + 1 \cdot
# 1.5 = 27.5$.

# %% [markdown]
# The same in tensors, and the three losses by the library's functions.

# %% tags=["nbval-check-output"]
F, P = tf.constant([[[[1.0, 2.0]]]]), tf.constant([[[[1.0, 4.0]]]])
A = tf.constant([[[1.0, 0.0], [0.0, 4.0]]])
two_pixels = tf.constant([[[[0.25, 0.25, 0.25], [0.75, 0.75, 0.75]]]])
losses = content_loss(F, P), style_loss(gram_matrix(F), A), total_variation(two_pixels)
print("content {:.1f}, style {:.1f}, total variation {:.1f}".format(*map(float, losses)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write the objective, for any choice of layers. Use `content_loss`, `style_loss`,
# `gram_matrix` and `total_variation` as above. `check.total_loss.hint()` helps.


# %% tags=["exercise"]
def total_loss(features, image, content, style, tv_weight):
    """The objective: L = sum_l k_l L_content + sum_l k_l L_style + w_tv L_tv.

    features: dict from layer name to features (1, h, w, C) of the image.
    image: (1, H, W, 3), which is being painted.
    content: dict from layer name to (P, k): the content's features and the term's weight.
    style: dict from layer name to (A, k): the style's Gram matrix (1, C, C) and the term's weight.
    tv_weight: the weight of total_variation(image).
    Layers are added up, and a layer may be of both content and style. Returns one number; what is
    given must not change.
    For example, features {"deep": [[[[1.0, 2.0]]]]}, content {"deep": ([[[[1.0, 4.0]]]], 10.0)}, no
    style, and an image of one pixel give 10 * (0 + 4) / 2 = 20.0.
    """
    ...


# %% tags=["solution"]
def total_loss(features, image, content, style, tv_weight):
    """The objective: L = sum_l k_l L_content + sum_l k_l L_style + w_tv L_tv."""
    loss = tv_weight * total_variation(image)
    for layer, (P, k) in content.items():
        loss = loss + k * content_loss(features[layer], P)
    for layer, (A, k) in style.items():
        loss = loss + k * style_loss(gram_matrix(features[layer]), A)
    return loss


# %% [markdown]
# The check tries it on features that were made up, with one kind of weight at a time.

# %%
check.total_loss(total_loss)

# %% [markdown]
# From here on `my_total_loss` is your function, if it passed and a gradient comes through it, or else
# the library's. It should find the 27.5 that we have found by hand.

# %%
my_total_loss = check.total_loss.mine_or_library(total_loss)
loss = my_total_loss({"deep": F}, two_pixels, {"deep": (P, 10.0)}, {"deep": (A, 3.0)}, 1.0)
print("by hand 27.5, by code", float(loss))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same on real pictures (5 minutes)
#
# A photo of a rocket at night and the Kandinsky, cut to one size.

# %%
size = min(144, profile.size)
photo = nstlib.load_image(nstlib.example_path("rocket"), max_side=size)
style = nstlib.load_image(nstlib.example_path("kandinsky_composition_viii"), max_side=size)
style = style[:, : photo.shape[1]]
print("photo", photo.shape, " style", style.shape)

# %% [markdown]
# One layer for the content and five for the style, as in most programs. What the network sees in
# the photo and in the painting does not change any more: these are the **targets**.

# %%
deep, layers = "block4_conv2", [f"block{block}_conv1" for block in range(1, 6)]
look = nstlib.FeatureExtractor([deep, *layers], profile.network)
P = look(photo)[deep]
A = {name: gram_matrix(F) for name, F in look(style).items() if name in layers}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The photo itself, as it is: its content loss is 0. Its style loss at five layers and
# its total variation, all without weights: of about the same size, or how far apart?

# %%
before = {name: float(style_loss(gram_matrix(look(photo)[name]), A[name])) for name in layers}
before["total variation"] = float(total_variation(photo))
for name, loss in before.items():
    print(f"{name:16} {loss:.3g}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** They stand in different units, powers of ten apart. Added up as they are, one or two
# layers would drown all others.

# %% [markdown]
# So we give each term a unit of its own: the content loss and each style loss are divided by the
# mean square of their target, the style by the number of its layers, and the total variation by the
# number of values in the picture. This is the convention `relative` of `nstlib`, which the lessons
# use wherever they paint with Gram matrices.
#
# The library's own default, with which you painted in lesson 00, measures its terms in the same
# way and compares something else: the means and the covariances of the features, each for itself,
# of which a Gram matrix is a mixture. `nstlib/moments.py` explains it, and a later lesson will.


# %%
def mean_square(X):
    return float(np.mean(np.square(X)))


unit = {deep: 1 / mean_square(P)}
unit |= {name: 1 / mean_square(A[name]) / len(layers) for name in layers}
unit["tv"] = 1 / photo.size

# %% [markdown]
# Three weights in these units now say what seven terms count: their $k$.


# %%
def weigh(content=1.0, style=30.0, tv=1.0):
    """The k of each term, by its name."""
    weights = {deep: content, "tv": tv}
    k = {name: weights.get(name, style) * unit[name] for name in unit}
    return {name: tf.constant(value, tf.float32) for name, value in k.items()}


# %% [markdown]
# TensorFlow adds the gradient: how much the objective grows with every pixel.


# %%
@tf.function
def evaluate(image, k):
    """The objective and its gradient."""
    with tf.GradientTape() as tape:
        tape.watch(image)
        of_style = {name: (A[name], k[name]) for name in layers}
        loss = my_total_loss(look(image), image, {deep: (P, k[deep])}, of_style, k["tv"])
    return loss, tape.gradient(loss, image)


# %% [markdown]
# `nstlib.stylize` minimises the same thing, and keeps a history of the terms. At the start both
# should have the same number.

# %%
settings = {"network": profile.network, "size": size, "precision": "float32", "progress": False}
bold = {"convention": "relative", "style_weight": 30, "evaluations": profile.evaluations}
result = nstlib.stylize(photo, style, **bold, **settings)
start = float(evaluate(tf.constant(photo), weigh())[0])
print(f"by my_total_loss {start:.3f}, by stylize {result.history['total'][0]:.3f}")

# %% [markdown]
# This is what it painted, and what became of the three terms on the way.

# %%
nstlib.show(
    [photo, result.image, style],
    **plots.finding("06-painting"),
    captions=["content", "the painting", "style"],
    width=300,
)
plots.loss_curves(
    result.history,
    **plots.finding("06-terms"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Who pulls how hard? (8 minutes)
#
# The loss says how far a term is from its target. What moves the pixels is the **gradient**, and
# it is a sum, too: of the gradients that each term would have alone. We turn them around, so that
# they point where the term wants to go, and call them its **pull**.


# %%
def pull(image, names):
    """Where these terms together pull each pixel."""
    k = {name: value * (name in names) for name, value in weigh().items()}
    return -np.asarray(evaluate(tf.constant(image), k)[1])


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** At the start the picture is the photo. Which of the seven terms pulls hardest there,
# and which one not at all? These are the losses of the same seven terms.

# %%
at_start = {name: float(before.get(name, 0) * weigh()[name]) for name in weigh()}
at_start["tv"] = float(before["total variation"] * unit["tv"])
for name, loss in at_start.items():
    print(f"{name:13} {loss:6.3f}")

# %% [markdown]
# And how hard do they pull: how long is the pull, over all pixels?

# %%
pulls = {name: float(np.linalg.norm(pull(photo, [name]))) for name in weigh()}
hardest = max(pulls, key=pulls.get)

# %% [markdown]
# The pulls have been measured. Which is the longest?

# %% slideshow={"slide_type": "skip"}
predict("Which term pulls hardest at the photo?", list(pulls), answer=hardest)

# %% [markdown]
# All seven:

# %%
plots.bars(
    pulls,
    **plots.finding("06-pulls", hardest=hardest, deep=deep),
    label="length of the gradient",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The content does not pull at all, as it has its minimum there: at the bottom of a
# bowl there is no slope. And with `vgg19-lite` the largest loss is not the hardest pull: block 1,
# which minds that the night is not cream, has by far the most to lose, and block 5 pulls several
# times as hard. A loss says how far a term has to go. How steep the way is, and so who leads, the
# gradient says.

# %% [markdown] tags=["instructor"]
# **Why the deepest layer?** It has only 6 by 9 positions in this small picture, so each counts much.
# With vgg19-lite and another pair of pictures the length of its pull fell from 5.5 at 128 pixels to 1.5 at 192
# and 0.65 at 256, while block 1 went from 0.17 to 0.09. A good question for whoever asks for more.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Now the end, when nothing seems to happen any more. Who pulls harder there, the style
# or the content? Is there any pull left?

# %%
painted = result.image
s, c, tv = pull(painted, layers), pull(painted, [deep]), pull(painted, ["tv"])
for name, g in {"style": s, "content": c, "total variation": tv, "all": s + c + tv}.items():
    print(f"{name:16} pulls with {np.linalg.norm(g):.4f}")
cosine = np.sum(s * c) / np.linalg.norm(s) / np.linalg.norm(c)
print(f"cosine of the angle between style and content: {cosine:.2f}")

# %% [markdown]
# A cosine of -1 means opposite directions. So look at these pulls: a piece of the picture, and what
# each of the two wants there, as a change of a grey picture.

# %%
rows, columns = slice(8, 40), slice(8, 56)
changes = [0.5 + g[:, rows, columns] / (6 * s.std()) for g in (s, c, s + c + tv)]
plots.patches(
    [painted[:, rows, columns], *(np.clip(change, 0, 1) for change in changes)],
    ["the painting", "the style's pull", "the content's pull", "all together"],
    **plots.finding("06-at-the-end"),
    columns=4,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A tug of war that stands still. Both teams pull, harder than the total variation does,
# and against each other, pixel by pixel; together less than a fifth of either is left. That is what
# a minimum of a sum is: not that every term is content, but that what one would gain, the others
# would lose. The losses of the two need not be equal, and are not; the *slopes* are, nearly.

# %% [markdown]
# ### The real VGG-19
#
# Other features, another tug of war. Put `"vgg19"` in the place of `None` if you would like to see
# the painting of the original: its weights (80 MB) are downloaded once.

# %%
real = None
if real:
    now = settings | {"network": real, "evaluations": profile.evaluations}
    theirs = nstlib.stylize(photo, style, style_weight=30, **now)
    nstlib.show(
        [result.image, theirs.image],
        alt=[f"The rocket, painted with {name}" for name in (profile.network, real)],
        captions=[profile.network, real],
        title="The same weights, another network",
        width=300,
    )

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Twice as much of everything (4 minutes)
#
# For experiments with weights we want short runs. `nstlib.paint` improves the photo with L-BFGS,
# which lesson 09 is about: all it needs is a function that gives loss and gradient of a picture.


# %%
def paint(k, evaluations):
    """The best picture after so many evaluations, and the loss of each."""
    run = nstlib.paint(lambda image: evaluate(image, k), photo, evaluations=evaluations)
    return run.best_image.numpy(), run.history()["total"]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** All three weights twice as large. Is the picture bolder, closer to both, or the same?
# And three times as large?

# %%
short = min(32, profile.evaluations)
runs = {times: paint(weigh(times, 30 * times, times), short) for times in (1, 2, 3)}
once, once_losses = runs[1]
for times, (image, losses) in runs.items():
    first, lowest = losses[0] / once_losses[0], min(losses) / min(once_losses)
    print(
        f"times {times}: the first loss is {first:.3f} times as large, the lowest {lowest:.3f} times;"
    )
    print(f"         the largest difference of a value is {np.abs(image - once).max():.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Doubled, it is the same picture, bit for bit (on a GPU, which adds up in changing
# order, nearly). The gradient is twice as long and points where it pointed, and L-BFGS finds the
# length of its steps by itself. (Gradient descent with a fixed learning rate does not: for it, a
# weight is also a step length.) So only the **proportion** of the weights counts: of three
# weights, one is free.
#
# Three times is the same objective as well, and yet some values differ visibly. To double a binary
# number is exact; times three, its last digit is rounded, and on a long way of steps that grows.
# The loss, a third of it, has hardly noticed: there are many compromises of almost the same worth,
# and this run went to one nearby.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The trade-off (7 minutes)
#
# So we keep the content weight at 1 and turn the other two. **Predict.** In the table to come, which
# corner looks most like the photo, and is it the photo? What gives way first as the style
# weight grows: the night, the towers, or the rocket?

# %%
style_weights, tv_weights = (1, 10, 100), (0, 3, 30)
table = [[paint(weigh(1, s, tv), short)[0] for tv in tv_weights] for s in style_weights]
plots.picture_grid(
    table,
    [f"style {weight}" for weight in style_weights],
    [f"total variation {weight}" for weight in tv_weights],
    **plots.finding("06-table"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The corner with little style and much total variation keeps the night, but not the
# photo: the struts of the towers are wiped away, for smoothness has its price, too. Down the table
# the night gives way first, and fills with lines; then the towers go, and the rocket holds on
# longest, its foot at least. And the total variation of 30 that leaves no line in the sky of the
# first row leaves most of them in the last one: it is the proportion that counts.

# %% [markdown]
# The first column in numbers, without the weights:

# %%
for weight, (image, *_) in zip(style_weights, table, strict=True):
    features = look(image)
    content = float(content_loss(features[deep], P)) * unit[deep]
    of_style = [float(style_loss(gram_matrix(features[n]), A[n])) * unit[n] for n in layers]
    print(f"style weight {weight:3}: content loss {content:.3f}, style loss {sum(of_style):.4f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** What the style gains, the content pays for. There is no best weight, only a choice on
# a line of best compromises, and every weight picks one of them.

# %% [markdown]
# Now choose yourself. Every move paints anew from the photo, with fewer evaluations than in the
# table.


# %%
def trade(style_weight, tv_weight):
    """A quick painting for two weights."""
    image, losses = paint(weigh(1, style_weight, tv_weight), 10)
    return [photo, image], ["the photo", f"loss {losses[0]:.2f} before, {min(losses):.2f} after"]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** With a style weight of 1: is there a total variation that quiets the sky and leaves
# the towers their struts? And what is painted with both weights at 0?

# %%
live(
    trade,
    style_weight=[0, 0.3, 1, 3, 10, 30, 100],
    tv_weight=[0, 0.3, 1, 3, 10, 30, 100],
    fallback=[{"style_weight": 30, "tv_weight": 3}, {"style_weight": 3, "tv_weight": 30}],
    **plots.finding("06-trade"),
)

# %% [markdown] tags=["instructor"]
# **The task without code.** At a style weight of 1, a total variation of 10 does it with vgg19-lite;
# 30 wipes the struts away. With both weights at 0 it is the photo, after a single evaluation: its
# content loss is 0, and nothing pulls.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Five programs, one formula (14 minutes)
#
# Suppose that you have read somewhere: use a style weight of 100. Here is what well-known programs
# have been published with.

# %%
programs = ("gatys2015", "jcjohnson", "anishathalye", "tensorflow", "keras", "pytorch", "d2l")
for name in programs:
    published = find_convention(name)
    weights = f"content {published.content_weight:8g}   style {published.style_weight:8g}"
    print(f"{name:13} {weights}   {published.source.split(',')[0]}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Which of them paints most boldly? Decide before you read on. (The first row is the
# paper of 2015, as commonly reported.)
#
# From one part in a million to a million: that cannot be taste. Write $D = X^T X - Y^T Y$, where
# $X$ and $Y$ are the features of picture and style at one layer, with $M$ rows and $C$ columns, and
# nothing is divided. Then this is what five of the programs compute at a layer, before their style
# weight. Each is one line.

# %%
N = photo.shape[1] * photo.shape[2]  # pixels of the picture
five = {
    "gatys2015": lambda D, C, M: np.sum(D**2) / (4 * C**2 * M**2) / 5,
    "jcjohnson": lambda D, C, M: np.mean((D / (C * M)) ** 2),
    "anishathalye": lambda D, C, M: np.mean((D / (C * M)) ** 2) / 5,
    "tensorflow": lambda D, C, M: np.mean((D / M) ** 2) / 5,
    "keras": lambda D, C, M: np.sum(D**2) / (4 * 3**2 * N**2) / 5,
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# Squares of $D$ all of them, divided by something. So there is one formula,
#
# $$L_\text{style} = \sum_l k_l\, \frac{S_l}{C_l^4\, M_l^2}, \qquad S_l = \sum_{ij} D_{ij}^2$$
#
# and a program is its **constants** $k_l$. (What we divide by is a matter of taste; this way one of
# the five programs has a $k$ of 1.) By hand: at one layer with two channels and one position, $D = \begin{pmatrix}
# 0 & 2 \\ 2 & 0 \end{pmatrix}$, so $S = 8$ and $S / (C^4 M^2) = 8/16 = 0.5$. **Predict** from the
# lines above: what do `jcjohnson` and `tensorflow` make of this $D$, and which $k$ do they have?

# %% tags=["nbval-check-output"]
D = np.array([[0.0, 2.0], [2.0, 0.0]])
for name in ("jcjohnson", "tensorflow"):
    loss = five[name](D, C=2, M=1)
    print(f"{name:10} loss {loss:.1f}, k = {loss / 0.5:.1f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** `tensorflow` divides by $M$ where `jcjohnson` divides by $C M$, so its differences
# are twice as large and its squares four times, and then it takes a fifth: $k = C^2 / 5$.

# %% [markdown]
# Is that the whole truth? Here are the features of the two pictures, at the first layer and at the
# last, and the $k$ that each line really has, beside the library's `style_constant`, for a weight
# of 1.

# %%
for layer in (layers[0], layers[-1]):
    X, Y = (np.asarray(look(image)[layer], float)[0] for image in (photo, style))
    (h, w, C), M = X.shape, X.shape[0] * X.shape[1]
    D = np.einsum("hwi,hwj->ij", X, X) - np.einsum("hwi,hwj->ij", Y, Y)
    for name, line in five.items():
        k = line(D, C, M) / (np.sum(D**2) / (C**4 * M**2))
        formula = find_convention(name).style_constant(C, M, N, 1.0)
        print(f"{layer} {name:13} k = {k:12.6g}   by the formula {formula:12.6g}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Every program is the one formula. And a style weight means nothing before you know the $k$ that it
# leads to. (With `vgg19-lite`, `keras` happens to have the same $k$ at both of these layers.)
#
# **Exercise.** Convert a style weight: which weight in the units of `target` leads to the same
# constant, at this layer, as `weight` does in the units of `source`? Both are conventions, as
# `find_convention` gives them. `check.convert_style_weight.hint()` helps.


# %% tags=["exercise"]
def convert_style_weight(weight, source, target, C, M, N):
    """The style weight of another convention that paints a layer as strongly.

    weight: a style weight in the units of source.
    source, target: conventions, such as find_convention("keras") (not their names).
    C, M, N: channels and positions of the layer, and pixels of the image.
    A convention knows the constant k that a style weight leads to at a layer, in units that are the
    same for all of them: convention.style_constant(C, M, N, weight). It goes in proportion with the
    weight. Without a weight, it takes the published one.
    For example, from jcjohnson to tensorflow, at a layer of 10 channels, 100.0 becomes 5.0.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.convert_style_weight}}

# %% [markdown]
# The check converts from program to program, at layers of VGG-19.

# %%
check.convert_style_weight(convert_style_weight)

# %% [markdown]
# Whose function converts from here on? If yours is not there yet, the library's.

# %%
my_convert = check.convert_style_weight.mine_or_library(convert_style_weight, gradient=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# `jcjohnson`'s weight of 100, in five programs. The shapes are those of VGG-19, for a picture of 512
# by 512 pixels. **Predict:** in whose row will the two columns agree?

# %%
source, shapes = find_convention("jcjohnson"), [(64, 512**2), (512, 32**2)]
print(f"{'':13} {'block1_conv1':>13} {'block5_conv1':>13}")
for name in five:
    target = find_convention(name)
    weights = [float(my_convert(100.0, source, target, *at, 512**2)) for at in shapes]
    print(f"{name:13} {weights[0]:13.6f} {weights[1]:13.6f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** 100 there is 500 here, at every layer: `anishathalye` averages five layers where
# `jcjohnson` adds them up, and that is all. For the others the two columns differ: what is right
# for block 1 is wrong for block 5.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Who paints most boldly? (7 minutes)
#
# **Predict.** Two paintings, one with `jcjohnson`'s published weights and one with
# `anishathalye`'s, both without total variation, which the two compute differently. How much do
# they differ?

# %%
names = ("jcjohnson", "anishathalye")
short_run = settings | {"tv_weight": 0, "evaluations": min(24, profile.evaluations)}
paintings = [nstlib.stylize(photo, style, convention=name, **short_run) for name in names]
print("first losses     ", *(run.history["total"][0] for run in paintings))
print("last losses      ", *(run.history["total"][-1] for run in paintings))
print("largest difference", np.abs(paintings[0].image - paintings[1].image).max())

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Five times the number, and the same picture, bit for bit. Their published weights are
# one objective under two names.

# %% [markdown]
# Now the question from the beginning: who paints most boldly? What counts is the proportion of style
# to content. Here is the style's $k$ at block 1 and at block 5 for each unit of the content's
# constant, with the published weights, again with the shapes of VGG-19 for 512 by 512 pixels.

# %% tags=["nbval-check-output"]
for name in five:
    program = find_convention(name)
    positions = 64**2 if "block4_conv2" in program.content_layers else 32**2  # or block5_conv2
    content = program.content_constant(512, positions)
    k = [program.style_constant(C, M, 512**2) / content for C, M in ((64, 512**2), (512, 32**2))]
    print(f"{name:13} {k[0]:9.4f} at block1_conv1, {k[1]:9.4f} at block5_conv1")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The twins, whose weights of 100 and 500 nobody would have called bold. `gatys2015`, with
# 1000, comes close at block 5 and stays far behind at block 1. And `tensorflow` is the most timid of
# the five. (Not all is said by that: two of them take their content from `block5_conv2`, which holds
# on to less.)

# %% [markdown]
# And in `relative`, our own unit? It has no formula, as its $k$ depends on the style picture. The
# safe way, which works for every program and every network, is to **measure**: with a weight of 1,
# how large is the style term at the start? Weights that make it equally large start alike. Here are
# those that make it 25, about what our own painting began with.

# %%
jcjohnson = find_convention("jcjohnson")
probe = nstlib.Objective(
    look, photo, style, convention="jcjohnson", content_weight=0, style_weight=1, tv_weight=0
)
style_weight = 25 / float(probe(photo)[0])
relative = 25 / sum(before[name] * unit[name] for name in layers)
print(f"style weight for jcjohnson {style_weight:.3g}, for us {relative:.3g}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The published 100 is about a hundred million times as much, as it was chosen for the
# features of VGG-19. So a weight belongs to a network, too.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two rows of the first table are still open: the million of `pytorch`, and `d2l`. Their VGG-19 has
# been trained on other inputs, and answers on another scale.
#
# **Predict.** If all features were twice as large, how large would the content loss be? And the
# style loss?

# %% tags=["nbval-check-output"]
F = np.ones((1, 4, 4, 2))
for name, loss in {"content": content_loss, "style": style_loss}.items():
    see = gram_matrix if name == "style" else np.asarray
    print(name, float(loss(see(2 * F), see(0 * F)) / loss(see(F), see(0 * F))), "times")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The content loss goes with the square of the features, the style loss with their
# fourth power, as a Gram matrix has products of two. So a million in `pytorch` may well be less than
# a hundred elsewhere, and no formula says what it is here: its features and ours are not one another
# times a number. (It also takes its five style layers from blocks 1 to 3 alone.) What to do, then,
# with weights for another network? Measure the terms at the start, as above.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What no number converts: the balance (8 minutes)
#
# Now we put the network aside, and ask what the programs say about the **balance** of the layers.
# Our unit is `style_loss` itself: what does a program multiply it by, at each of VGG-19's five
# layers, if the last one is 1? As `style_loss` is $S / (C^2 M^2)$, that is $k / C^2$. Each layer
# of VGG-19 has a quarter of the positions of the one before.


# %%
def balance(name):
    """What a program multiplies `style_loss` by, from block 1 to block 5, the last one being 1."""
    program = find_convention(name)
    at = [(C, 4.0**-block) for block, C in enumerate((64, 128, 256, 512, 512))]
    k = [program.style_constant(C, M, 1, 1.0, layers=5) / C**2 for C, M in at]
    return [float(one / k[-1]) for one in k]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** `tensorflow` divides the Gram matrix by $M$, `jcjohnson` by $C M$, and `keras` takes
# the picture's own three channels and all of its pixels for $C$ and $M$ of every layer. Who favours
# block 1?

# %% tags=["nbval-check-output"]
for name in five:
    print(f"{name:13}", *(f"{one:5.0f}" for one in balance(name)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** 1 to 1, as in the paper; 64 to 1; 1024 to 1. These are the factors *between* the
# programs, whatever the features are: next to TensorFlow's, Keras's example lets block 1 count
# 1024 times as much against block 5. No style weight changes that, as it multiplies all five
# alike.

# %% [markdown]
# What does it do to a picture? We take the pavilion from the top of this lesson, by day and larger
# than the rocket. We begin with the relative units, in which the layers count alike, and multiply
# them by the three balances. The style weight is chosen so that the style term is 15 at the start of
# each. So only the balance differs.

# %%
side = min(192, profile.size)
large = nstlib.load_image(nstlib.example_path("china"), max_side=side)
kandinsky = nstlib.load_image(nstlib.example_path("kandinsky_composition_viii"), max_side=side)
kandinsky = kandinsky[:, : large.shape[1]]
grams = [{name: gram_matrix(F) for name, F in look(image).items()} for image in (large, kandinsky)]
losses = [float(style_loss(*(G[n] for G in grams))) / mean_square(grams[1][n]) for n in layers]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** With which balance will the circles come, and with which one the colours?


# %%
def balanced(name, at_start):
    """A painting with a program's balance of layers, and this style term at the start."""
    weights = balance(name)
    style_weight = float(at_start / np.average(losses, weights=weights))
    style_layers = dict(zip(layers, weights, strict=True))
    now = settings | {"size": side, "evaluations": min(48, profile.evaluations)}
    now["convention"] = "relative"
    return nstlib.stylize(
        large, kandinsky, style_weight=style_weight, style_layers=style_layers, **now
    )


# %% [markdown]
# And one painting more: with the last balance, but ten times the style weight. Does a weight make up
# for a balance?

# %%
balances = {"1 to 1": "tensorflow", "64 to 1": "jcjohnson", "1024 to 1": "keras"}
images = {name: balanced(program, 15).image for name, program in balances.items()}
images["1024 to 1, tenfold"] = balanced("keras", 150).image
plots.strip(
    list(images.values()),
    list(images),
    **plots.finding("06-balances"),
    columns=2,
)

# %% [markdown]
# And how far each layer's Gram matrix is from Kandinsky's, in the photo and in these paintings:

# %%
from nstlib import gram_distance

print(f"{'':18}", *(f"{name:>12}" for name in layers))
for name, image in {"the photo": large, **images}.items():
    seen = {layer: gram_matrix(F) for layer, F in look(image).items()}
    numbers = [float(gram_distance(seen[layer], grams[1][layer])) for layer in layers]
    print(f"{name:18}", *(f"{number:12.3f}" for number in numbers))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Read the last column. From the photo's distance at `block5_conv1`, a balance of 1 to 1
# goes most of the way, 1024 to 1 only a small part; and even with ten times the style weight it is
# farther away than 1 to 1. In the first column it is the other way round. That is what you see:
# heavy first layers bring Kandinsky's colours and grain, and the deep ones, which would bring arcs
# and circles, are hardly asked. Between 64 and 1024 the eye finds less of a difference: block 5 has
# little to say in either.
#
# These are not the pictures of those three programs, which run on VGG-19 and not from equal layers.
# They are what the *difference* between the programs does. So are those at the top of this lesson,
# which are larger: from left to right TensorFlow's balance, Torch's, and Keras's.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** (a) Turn the balance around, `[1, 4, 16, 64, 1024]`, and paint as in
# `balanced`. Predict first what will be missing. (b) Find five numbers that bring the circles
# *and* the colours, and keep more of the building's lines than 1 to 1 does.

# %% [markdown] tags=["instructor"]
# **The stretch task.** With vgg19-lite: (a) the circle is there, and the sky stays bluish and the
# trees green: the distance at block 1 falls by a third only (from 0.34 to 0.23), that at block 5 as
# far as with 1 to 1 (0.07). (b) Heavy at both ends does it, such as `[64, 1, 1, 1, 64]`: cream sky
# and the circle (0.02 and 0.07); what lies between, short strokes, is weaker. `[16, 8, 4, 2, 1]` is
# a mild choice: all of the colours, the building nearly straight, and a faint ring.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The whole machine on one page (9 minutes)
#
# Two pictures go in, a painting comes out, and you have written the parts of the machine yourself.
# Here they are put together: no `stylize`, no `Objective`. Only the trained network, the total
# variation and the loading of pictures are the library's. Paste your own functions
# over the three that follow; as they stand, each only asks the library's. This is what they may need.

# %%
from keras import ops

from nstlib.networks import MEAN_BGR

# %% [markdown]
# What the network wants of a picture, from lesson 01.


# %% tags=["exercise"]
def preprocess(image):
    """RGB in [0, 1] to what VGG was trained on: BGR, 0 to 255, minus the mean colour."""
    return nstlib.preprocess(image)


# %% tags=["solution"]
# {{solution nstlib.networks.preprocess}}

# %% [markdown]
# How far the features are from those of the content, from lesson 03.


# %% tags=["exercise"]
def content_loss(F, P):
    """The mean squared difference between two arrays of features."""
    return nstlib.content_loss(F, P)


# %% tags=["solution"]
# {{solution nstlib.losses.content_loss}}

# %% [markdown]
# What is left of features when positions are forgotten, from lesson 04. (How far that is from the
# style's, your `content_loss` tells as well: lesson 05.)


# %% tags=["exercise"]
def gram_matrix(features):
    """Which channels are active together, wherever that is: G = F^T F / M."""
    return nstlib.gram_matrix(features)


# %% tags=["solution"]
# {{solution nstlib.losses.gram_matrix}}

# %% [markdown]
# Which of them can paint? Where one of yours is not there yet, the library's takes its place.

# %%
my_preprocess = check.preprocess.mine_or_library(preprocess)
my_content_loss = check.content_loss.mine_or_library(content_loss)
my_gram_matrix = check.gram_matrix.mine_or_library(gram_matrix)

# %% [markdown]
# The network is a list of layers, and to look at a picture is a loop over it. (Average pooling, as
# in lesson 05, paints smoother strokes.)

# %%
network = nstlib.FeatureExtractor([deep, *layers], profile.network, pooling="average").model
stack = [layer for layer in network.layers if layer.name.startswith("block")]


def see(image):
    """The features of all layers, by their names."""
    x, features = my_preprocess(image), {}
    for layer in stack:
        features[layer.name] = x = layer(x)
    return features


# %% [markdown]
# Two pictures, and the targets: what the network sees in the cat, and the Gram matrices of Van
# Gogh's houses. (Both are cut to 176 rows, which four poolings halve without a remainder. `stylize`
# would pad another size.)

# %%
edge = min(288, profile.size)
cat = nstlib.load_image(nstlib.example_path("chelsea"), max_side=edge)[:, :176]
houses = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=edge)
houses = houses[:, : cat.shape[1]]
of_cat = see(cat)[deep]
of_houses = {name: my_gram_matrix(F) for name, F in see(houses).items() if name in layers}

# %% [markdown]
# The three terms, in relative units, with the weights 1, 30 and 1. Their sum is your `total_loss`;
# here they stay apart, so that we can watch each. (You will write the total variation in lesson 07.)


# %%
def terms(image):
    """Content, style and total variation, each with its weight."""
    F, of_style = see(image), 0.0
    for name, A in of_houses.items():
        of_style += my_content_loss(my_gram_matrix(F[name]), A) / ops.mean(A**2)
    return {
        "content": 1.0 * my_content_loss(F[deep], of_cat) / ops.mean(of_cat**2),
        "style": 30.0 * of_style / len(of_houses),
        "total_variation": 1.0 * total_variation(image) / cat.size,
    }


# %% [markdown]
# Their sum is the objective, and TensorFlow finds its gradient.


# %%
@tf.function
def terms_and_gradient(image):
    with tf.GradientTape() as tape:
        tape.watch(image)
        now = terms(image)
        now["total"] = sum(now.values())
    return now, tape.gradient(now["total"], image)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Van Gogh's roofs are orange, his trees green, his sky is blue and white. Nothing in
# the objective says which of these goes where. What of the cat will become orange, and what blue?
#
# Now downhill from the photo, with the loop of lesson 05.

# %%
steps, painting, speed = min(80, profile.evaluations), tf.constant(cat), 0.0
now, gradient = terms_and_gradient(painting)
history = {"evaluation": [], **{name: [] for name in now}}
began = time.perf_counter()
for step in range(1, steps + 1):
    now, gradient = terms_and_gradient(painting)
    for name, value in {"evaluation": step, **now}.items():
        history[name].append(float(value))
    speed = 0.9 * speed - 0.005 * (1 - step / steps) * gradient / ops.std(gradient)
    painting = ops.clip(painting + speed, 0, 1)
print(f"{steps} steps in {time.perf_counter() - began:.1f} s")

# %% [markdown]
# Here is what your machine has painted, and what its terms did meanwhile.

# %%
nstlib.show(
    [cat, painting, houses],
    **plots.finding("06-cat"),
    captions=["content", "painted on this page", "style"],
    width=300,
)
plots.loss_curves(
    history,
    **plots.finding("06-cat-terms"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** `stylize` minimises the same objective from the same photo, with its own L-BFGS. After
# as many evaluations, will its loss be a tenth of yours, a half, or about the same?

# %%
same = settings | {"size": edge, "evaluations": steps, "pooling": "average"}
same |= {"convention": "relative", "style_weight": 30, "tv_weight": 1}
of_library = nstlib.stylize(cat, houses, **same).history["total"]
for name, curve in {"on this page": history["total"], "by stylize": of_library}.items():
    print(f"{name:12} the loss is {curve[0]:.3f} at first, and {curve[-1]:.3f} at last")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The first losses agree: it is the same machine, and there is no more to style
# transfer than this page. The last ones differ by what lessons 08 and 09 are about, and not by much. What
# the library adds is better steps, other starts and sizes, a look at the memory, and checks against
# common mistakes.
#
# And the colours: the content's layer is deep and cares little for them, and a Gram matrix does
# not know places. So neither of them decides, and the start has its say: orange has gone to the
# nose, which was warm before, blue and white to the blurred blanket behind.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 06-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 06-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 06-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **The objective** is a weighted sum of content, style and total variation. Only the proportion
#    of the weights counts: all of them doubled, it is the same picture, bit for bit. What the style
#    gains, the content pays for.
# 2. **The gradient** says who pulls: the largest loss need not pull hardest. At the start, on the
#    photo, the content does not pull at all; at the end style and content pull with almost equal
#    force, in opposite directions.
# 3. **A style weight is a number with a unit.** Convert it by the constant $k$ that it leads to, or
#    better, measure the term at the start. What no number converts is the balance of the layers:
#    1 to 1, 64 to 1, 1024 to 1.
# 4. **The whole machine** fits on a page: preprocess, see, compare, add up, take the gradient, step.
#    What a library adds is better steps, and checks.
#
# **Next:** [07 Total variation](07_total_variation.ipynb): the third term. What follows below is for
# those who want more: nothing later needs it.

# %% [markdown]
# ## Optional: copied, and converted
#
# Now we do what is so tempting: take weights that suit one program, and copy them into another.
# We begin with the style weight that we have measured for `jcjohnson`, and with the content weight
# that is 1 for us.

# %%
compared, content_weight = {"content_layers": deep, "style_layers": layers}, unit[deep]
print(f"for jcjohnson: content weight {content_weight:.3g}, style weight {style_weight:.3g}")

# %% [markdown]
# The same two numbers, in five programs.


# %%
def painted_by(name, content_weight, style_weight):
    """A short run in the units of a program."""
    weights = {"content_weight": content_weight, "style_weight": style_weight}
    return nstlib.stylize(photo, style, convention=name, **weights, **compared, **short_run)


copied = [painted_by(name, content_weight, style_weight) for name in five]

# %% [markdown]
# And the two numbers converted: the content weight by its own constant, the style weight at
# `block2_conv1`, with the function of the exercise.

# %%
C, M, C2 = P.shape[-1], P.shape[1] * P.shape[2], A["block2_conv1"].shape[-1]
converted = []
for name in five:
    to = find_convention(name)
    content = content_weight / to.content_constant(C, M, 1.0)
    weight = float(my_convert(style_weight, jcjohnson, to, C2, N // 4, N))
    converted.append(painted_by(name, content, weight))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Which of the five copies will be bold, and which will be hardly painted at all?

# %%
plots.picture_grid(
    [[run.image for run in runs] for runs in (copied, converted)],
    ["copied", "converted"],
    list(five),
    **plots.finding("06-copied"),
)
for label, runs in (("copied", copied), ("converted", converted)):
    print(f"{label:9}, style at the start", *(f"{run.history['style'][0]:8.1f}" for run in runs))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Copied, the same two numbers leave the photo almost as it was in `gatys2015` and
# `keras`, whose content terms are sums, not means; in `tensorflow`, style has more than four hundred
# times as much to say as in `jcjohnson`. Converted, all five paint, and much alike. Not quite: the numbers
# below the picture say with how much style they began, and that is 25 only for the twins. All
# agree at `block2_conv1`, where we converted, but that does not settle the other layers.

# %% [markdown]
# But look at what has become of the circles in all ten of them. There are none, and the first
# painting of this lesson has them. Where do they get lost? Here is how much of the style term each
# layer has at the start, in `jcjohnson`'s units and with this network.

# %%
k = {name: jcjohnson.style_constant(A[name].shape[-1], 1, 1, 1.0) for name in layers}
term = {name: k[name] / A[name].shape[-1] ** 2 * before[name] for name in layers}
for name in layers:
    print(f"{name}: {term[name] / sum(term.values()):7.2%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With `vgg19-lite`, two layers have nearly all of it, and the deep ones, which see
# circles, have nothing. Published weights were chosen for the
# features of VGG-19, and those of another network have other sizes.

# %% [markdown]
# ## Optional: a slip and where it lands
#
# The five lines stand behind tutorials that many have learned from. TensorFlow's own has the
# fourth. julianbel's builds on it, and multiplies by the number of layers where that divides: 25
# times the style. Matheus Facure's has the third line, Peixeiro's begins with the first one, and
# one more, in Portuguese, is written for Keras. A curious thing about the factor of 25:

# %% tags=["nbval-check-output"]
paper, tensorflow = find_convention("gatys2015"), find_convention("tensorflow")
for C in (64, 128, 256, 512):
    k = 25 * tensorflow.style_constant(C, 1, 1, 0.01), paper.style_constant(C, 1, 1, 1.0)
    print(f"{C:3} channels: 25 times tensorflow's {k[0]:8.1f}, the paper's for 1 {k[1]:8.1f}")

# %% [markdown]
# The slip lands on the constants of the first paper, as they are commonly reported, with a style
# weight of 1.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## References
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, [A Neural Algorithm of Artistic
#   Style](https://arxiv.org/abs/1508.06576), 2015: content and style in one objective.
# - J. Johnson, [neural-style](https://github.com/jcjohnson/neural-style), and A. Athalye,
#   [neural-style](https://github.com/anishathalye/neural-style): the same objective, 1e2 and 5e2.
# - TensorFlow, [Neural style
#   transfer](https://www.tensorflow.org/tutorials/generative/style_transfer), and Keras, [Neural
#   style transfer](https://keras.io/examples/generative/neural_style_transfer/): 1 to 1, and 1024 to
#   1.
# - PyTorch, [Neural Transfer Using
#   PyTorch](https://pytorch.org/tutorials/advanced/neural_style_tutorial.html), and Dive into Deep
#   Learning, [Neural Style
#   Transfer](https://d2l.ai/chapter_computer-vision/neural-style.html): features on another scale.
#
# [In the browser]({{website}}/play.html) the weights of the three terms can be moved while a painting
# grows.
#
# **Next:** [07 Total variation](07_total_variation.ipynb): the third term, and what else one could
# expect of a picture before having seen it.
