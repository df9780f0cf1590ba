# %% [markdown] slideshow={"slide_type": "slide"}
# # 05 Texture: style without content
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/05_texture.ipynb)
#
# ![Six square pieces in a row, all of foam, dark blue water and pale ground; in two of them there are boats, in one of these a mountain, too](../docs/images/lesson_05.jpg)
#
# Six pieces of one size. Three are cut out of Hokusai's Great Wave. The other three are cut out of a
# picture that was noise once, and was made to agree with the print in five Gram matrices, and in
# nothing else. Which are Hokusai's, and by what do you tell? (Katsushika Hokusai, Under the Wave off
# Kanagawa, about 1831.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Synthesise** a texture from noise with a loop that you have written, and measure which layer
#    paints what.
# 2. **Tell apart** by a control experiment what a network has learned from what any network does,
#    and **mix** two styles in any proportion.
# 3. **Foresee** which textures will fail, and say why.
#
# **You need** lesson 04: Gram matrices and the distance of two of them; from lesson 03 the content
# loss and the step of gradient descent; from lesson 02 the receptive field. **It takes** about
# 69 minutes, with a guess at every prediction and an answer to every exercise.

# %% [markdown]
# {{machine: style loss}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 69. There are two
# misconceptions to hunt. One: "it has copied pieces of the painting"; no pixel of the painting
# enters the loss, and the section on the two seeds is there to be believed. The other: "with more
# evaluations the bricks would line up"; let the class bet before the wall is cut into strips. If
# time is short, leave out the layers one by one, not the random weights: without a control
# experiment every other picture here proves less than it seems to.

# %% [markdown]
# ## Setup (2 minutes)
#
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The library looks at this machine and chooses a network.

# %%
import nstlib
from nstlib import check, plots
from nstlib.widgets import live

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import ops
from PIL import Image, ImageDraw

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A loss for style (5 minutes)
#
# In lesson 04 Gram matrices kept of a painting what meets what, wherever it is. Now they shall paint.
# For that we need a number that is 0 when a picture's Gram matrix $G$ is the painting's, $A$, and
# grows with the difference.
# Take two channels, say "bright" and "edge":
#
# $$G = \begin{pmatrix} 5 & 7 \\ 7 & 10 \end{pmatrix} \qquad
#   A = \begin{pmatrix} 5 & 3 \\ 3 & 10 \end{pmatrix}$$
#
# Both channels are as strong in one picture as in the other: the diagonals agree. But on the
# left bright places and edges meet too often. Square each of the four differences and average:
# $(0^2 + 4^2 + 4^2 + 0^2) / 4 = 8$. That is the **style loss** of one layer.

# %% [markdown]
# You have written that already: it is the content loss of lesson 03, with two Gram matrices in the
# place of two layers of features. The library has it under both names.

# %% tags=["nbval-check-output"]
G = np.array([[[5.0, 7.0], [7.0, 10.0]]])
A = np.array([[[5.0, 3.0], [3.0, 10.0]]])
print(
    "content_loss", float(nstlib.content_loss(G, A)), " style_loss", float(nstlib.style_loss(G, A))
)

# %% [markdown]
# Now the real thing: the painting, at the size at which we shall paint, noise of the same size, and
# five layers of the network, the first one of each block.

# %%
size = min(160, profile.size)
wave = nstlib.load_image(nstlib.example_path("hokusai_great_wave"), max_side=size)
noise = np.random.default_rng(0).normal(0.5, 0.1, (1, size, size, 3)).clip(0, 1).astype("float32")
layers = [f"block{block}_conv1" for block in (1, 2, 3, 4, 5)]
eyes = nstlib.FeatureExtractor(layers, profile.network, pooling="average")

# %% [markdown]
# (Average pooling instead of the maximum: it hands a share of the gradient to every pixel, and
# paints smoother textures. Gatys and his colleagues preferred it.)
#
# One Gram matrix for each layer, and one more: that of the pixels themselves, as the network gets
# them, with three channels blue, green and red. It says nothing but which colours there are.


# %%
def grams(image, eyes=eyes):
    """The Gram matrices of a picture: of its colours, and of each layer."""
    features = {"colours": nstlib.preprocess(image), **eyes(image)}
    return {name: nstlib.gram_matrix(F) for name, F in features.items()}


# %% [markdown]
# How large is this loss between noise and painting, layer by layer?

# %%
found, wanted = grams(noise), grams(wave)
for name in wanted:
    loss = float(nstlib.style_loss(found[name], wanted[name]))
    share = loss / np.mean(wanted[name] ** 2)
    print(f"{name:12} {loss:8.1e}   divided by the mean of A²: {share:5.2f}")

# %% [markdown]
# The layers' losses differ by powers of ten, because their features do. Added up as they are, one
# layer would drown all others. So from here on each layer's loss is divided by the mean square of
# its own $A$, which is what `stylize` does: then every layer has its say.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Noise becomes texture (17 minutes)
#
# Lesson 00 had three terms: content, style, total variation. Leave the content out, begin with
# noise, and what remains is style alone. What the Great Wave has at the five layers does not change
# any more: these are the **targets**.

# %%
target = {name: nstlib.gram_matrix(F) for name, F in eyes(wave).items()}

# %% [markdown]
# The loss is the mean of the five layers' losses, and its **gradient** says how much it grows with
# every value of the picture, as in lesson 03. Here the gradient is brought to one length as well, so
# that a learning rate means the same at the beginning, where the picture is far off, and at the end.


# %%
@tf.function
def loss_and_gradient(image):
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = 0.0
        for name, F in eyes(image).items():
            A = target[name]
            loss += nstlib.style_loss(nstlib.gram_matrix(F), A) / ops.mean(A**2) / len(target)
    gradient = tape.gradient(loss, image)
    return loss, gradient / ops.std(gradient)


# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The loop
#
# In lesson 03 you wrote one step of gradient descent. Now write what is around it: the loop that
# paints. Two things are new. First, a rolling ball does not start from rest at each point of its way:
# it has a **velocity**, $v$, and keeps a part of it, the **momentum**. With the gradient $g$ and the
# learning rate $r$,
#
# $$v \leftarrow \text{momentum} \cdot v - r \, g, \qquad \text{image} \leftarrow \text{image} + v.$$
#
# By hand, for one colour value of 0.5 and the loss $x^2$, whose gradient is $2x$, with $r = 0.1$ and a
# momentum of 0.5: the first step has $v = 0.5 \cdot 0 - 0.1 \cdot 1 = -0.1$ and leads to 0.4. The second
# one has $v = 0.5 \cdot (-0.1) - 0.1 \cdot 0.8 = -0.13$ and leads to 0.27. Without momentum it would
# have been 0.32: the ball rolls faster and faster while the slope goes the same way.
#
# Second, a ball that rolls can roll too far. So the loop keeps the **best** picture, the one with the
# lowest loss, and not the last one.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write the loop. In each round: look (loss and gradient of the image), record the loss,
# keep the image if it is the best so far, and only then move it. `check.gradient_descent.hint()`
# helps.


# %% tags=["exercise"]
def gradient_descent(loss_and_gradient, image, learning_rates, momentum):
    """Gradient descent with momentum from an image, a step for each learning rate.

    loss_and_gradient: a function; loss_and_gradient(image) is a pair, the loss and its gradient. It
        is asked once for each learning rate.
    image: the start, a tensor (1, H, W, 3), RGB in [0, 1]; after each step all values are put back
        into [0, 1].
    learning_rates: list of floats, one for each step, at least one; it must not change.
    momentum: how much of the velocity is kept. The velocity is 0 at first.
    Returns (best, losses): losses is a list with the loss of each image that was looked at, the start
        first (the one after the last step is not looked at); best is the image with the lowest.
    For example, for one pixel [0.5, 0.25, 0.0], the loss sum(image**2) and the learning rates [0.1,
    0.1], without momentum, losses is [0.3125, 0.2] and best is [0.4, 0.2, 0.0].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.gradient_descent}}

# %% [markdown]
# The check rolls down valleys that were made up for the purpose.

# %%
check.gradient_descent(gradient_descent)

# %% [markdown]
# Whose loop paints? If yours is not there yet, the library's takes its place.

# %%
my_descent = check.gradient_descent.mine_or_library(gradient_descent, gradient=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** All five Gram matrices of the Great Wave shall be matched. Will there be a great wave
# in the picture, and will it be where Hokusai put it?

# %% [markdown]
# Now downhill from pale noise, a hundred times, with shorter and shorter steps. (The numbers 0.3, 0.9
# and 0.005 were found by trying.) To see the picture on its way, `watched` keeps whatever the loop
# looks at.

# %%
steps, start, seen = min(100, profile.evaluations), 0.5 + 0.3 * (noise - 0.5), []


def watched(image):
    seen.append(np.array(image))
    return loss_and_gradient(image)


rates = [0.005 * (1 - step / steps) for step in range(1, steps + 1)]
texture_of_wave, losses = my_descent(watched, tf.constant(start), rates, 0.9)
stages = {f"step {step}": seen[step - 1] for step in (1, 10, 30, steps) if step <= steps}
print(f"loss {losses[0]:.3f} at first, {min(losses):.4f} at best, {losses[-1]:.4f} at last")

# %% [markdown]
# On the way: what the loop looked at in four of its rounds.

# %%
nstlib.show(
    list(stages.values()),
    **plots.finding("05-loop"),
    captions=list(stages),
    width=200,
)

# %% [markdown]
# And large, beside the painting, the best picture of all rounds:

# %%
nstlib.show(
    [wave, texture_of_wave],
    **plots.finding("05-wave"),
    captions=["the painting", "painted by this loop"],
    width=420,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** There are crests and foam and slopes, and none of them where it was. No pixel of the
# painting is in the loss, only five Gram matrices, and these know next to nothing of where anything
# was (lesson 04; that it is not quite nothing, the section on other noise will show). What is left
# of a picture when positions are forgotten is what we call its **texture**.

# %% [markdown]
# From here on `stylize` does the same for us. It goes downhill more cleverly (lesson 09), and a
# little total variation takes the grain away. Its first argument is still a content picture: with a
# weight of 0 it says only how large the painting shall be, so it may be black. The `convention`
# called `relative` compares Gram matrices, as we do; lesson 06 explains it.

# %%
black, evaluations = np.zeros((1, size, size, 3)), min(60, profile.evaluations)

# %% [markdown]
# All other settings stay the same from picture to picture, so they go into a function.


# %%
def texture(style, layers, **other):
    """Noise, changed until its Gram matrices at these layers are those of the style."""
    alone = {"content_weight": 0, "content_layers": layers[0], "style_layers": layers}
    start = {"init": "noise", "tv_weight": 0.1, "progress": False, "size": size}
    network = {"convention": "relative", "network": profile.network, "pooling": "average"}
    settings = {**alone, **start, **network, "evaluations": evaluations, **other}
    return nstlib.stylize(black, style, **settings)


# %% [markdown]
# The Great Wave once more, all five layers.

# %%
everything = texture(wave, layers)

# %% [markdown]
# Its loss and that of your loop, on a logarithmic axis. (`stylize` multiplies its style loss by
# a weight, so that is divided out. The two do not begin at one height because they do not begin with the same
# noise: your loop's is paler.)

# %%
weight = everything.settings["style_weight"]
plots.compare_losses(
    {"the loop above": losses, "stylize": np.divide(everything.history["style"], weight)},
    **plots.finding("05-loops"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which layer paints what? (9 minutes)
#
# A feature sees no further than its receptive field. These are the five:

# %%
for name, F in eyes(noise).items():
    side = nstlib.receptive_field(nstlib.layers_up_to(name, profile.network))
    print(f"{name} sees {side:3} pixels of {size}, from {F.shape[1]:3} places")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** We match layer 1 alone, then 1–2, and so on to 1–5. From which picture on will you
# find the painting's *colours*, the *streaks* of its foam, whole *crests* of waves? Write down
# three numbers.

# %%
kandinsky = nstlib.load_image(nstlib.example_path("kandinsky_composition_viii"), max_side=size)
depths = [f"1–{depth}" if depth > 1 else "1" for depth in (1, 2, 3, 4, 5)]
runs = {depth: texture(wave, layers[: int(depth[-1])]) for depth in depths}
others = {depth: texture(kandinsky, layers[: int(depth[-1])]) for depth in depths}

# %% [markdown]
# First the painting, then more and more layers; below them the same for a Kandinsky.

# %%
labels = ["the painting", *(f"layers {depth}" for depth in depths)]
of_wave, of_kandinsky = ([run.image for run in made.values()] for made in (runs, others))
plots.strip([wave, *of_wave], labels, **plots.finding("05-hokusai"), columns=3)
plots.strip([kandinsky, *of_kandinsky], labels, **plots.finding("05-kandinsky"), columns=3)

# %% [markdown]
# Your eyes may be kind to it, so measure. For each picture and each Gram matrix, how far is it from
# the painting's? A row for a picture, a column for a layer; also for layers that it was *not* asked
# to match.


# %%
def report(label, image, style, eyes=eyes):
    """Print how far the Gram matrices of a picture are from those of a style."""
    G, A = grams(image, eyes), grams(style, eyes)
    numbers = [float(nstlib.gram_distance(G[name], A[name])) for name in A]
    print(f"{label:14}", *(f"{number:8.3f}" for number in numbers))


# %% [markdown]
# First and last row are for comparison: where all began, and how far another painting is away.

# %%
header = " " * 14 + "  colours" + "".join(f"   block{block}" for block in (1, 2, 3, 4, 5))
print(header)
report("noise", noise, wave)
for depth, run in runs.items():
    report(f"layers {depth}", run.image, wave)
report("the Kandinsky", kandinsky, wave)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Go along a row. Up to the deepest layer that was matched, the numbers are small;
# right of it they jump up. So block 1 brings the colours and their grain, but only as blots. Block
# 2 sees ten pixels, and there are streaks. The deeper blocks bring what needs more room: in the
# Hokusai crests and slopes, in the Kandinsky a ring round a disc.
#
# Go down a column, from layer 1 to 1–5. The layers *not yet* matched come nearer as well: whoever
# gets the streaks right gets part of the waves for nothing. But compare with the last row. At
# block 5 a Kandinsky, with colours of its own, is nearer to the Great Wave than blots in all its
# colours, and about as near as streaks: what block 5 sees has little to do with colours.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** And each layer alone? If block 1 brings the colours, what does a picture look like
# that was asked for block 5 only?

# %%
alone = {name[:6]: texture(wave, [name]) for name in layers[1:]}
nstlib.show(
    [runs["1"].image, *(run.image for run in alone.values())],
    **plots.finding("05-alone"),
    captions=["block1 alone", *(f"{block} alone" for block in alone)],
    width=180,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# How far are their colours from the print's, as Gram matrices of the pixels?

# %%
colors = nstlib.gram_matrix(nstlib.preprocess(wave))
for name, run in {"block1": runs["1"], **alone}.items():
    G = nstlib.gram_matrix(nstlib.preprocess(run.image))
    print(f"{name} alone: {float(nstlib.gram_distance(G, colors)):.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Without block 1 the colours are off, and the deeper the layer, the farther. VGG-19
# was trained to name what is in a photograph, and for a name the shade of a colour matters little.
# The fine grain is wrong, too: large forms do not determine it. That is why style is taken from
# *several* layers at once, shallow ones included.

# %% [markdown]
# ### The real VGG-19
#
# Block by block, this was `vgg19-lite`. Put `"vgg19"` in the place of `None` if you would like to
# see what the layers of the original paint: its weights (80 MB) are downloaded once.

# %%
real = None
if real:
    theirs = [texture(wave, layers[:depth], network=real).image for depth in (1, 2, 3, 4, 5)]
    plots.strip(
        [wave, *theirs], labels, title=f"Painted by {real}", alt="Five textures.", columns=3
    )

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it a copy? (6 minutes)
#
# Count. A Gram matrix of $C$ channels is symmetric, so it has $C (C + 1) / 2$ different numbers.
# Two channels have 3: above it was 5, 7 and 10. How many are the five layers' together, and how
# many numbers is a picture?

# %%
channels = [F.shape[-1] for F in eyes(noise).values()]
entries = [C * (C + 1) // 2 for C in channels]
print(profile.network, ":", " + ".join(map(str, entries)), "=", f"{sum(entries):,} entries")
print("vgg19 :", f"{sum(C * (C + 1) // 2 for C in (64, 128, 256, 512, 512)):,} entries")
for side in (size, 512):
    print(f"a picture of {side} × {side} pixels: {3 * side * side:,} values")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Where a picture has more values than there are entries, the matrices cannot fix it: many pictures
# must have the same ones. That is so for VGG-19 at 512 pixels, but not for VGG-19 at 160. So
# counting is only half of the answer. The other half is an experiment: begin with **other noise**.
#
# **Predict.** The same painting, the same layers, another seed. Will the crests be in the same
# places?

# %%
again = texture(wave, layers, seed=1)
nstlib.show(
    [wave, everything.image, again.image],
    **plots.finding("05-seeds"),
    captions=["the painting", "texture, seed 0", "texture, seed 1"],
    width=260,
)

# %% [markdown]
# How well do they agree with the painting?

# %%
print(header)
report("seed 0", everything.image, wave)
report("seed 1", again.image, wave)


# %% [markdown]
# And with each other? The correlation of two pictures' pixels is 1 if they are equal, and 0 if
# they have nothing in common. There is a surprise in it, so turn one upside down, too, and look at
# two textures with layers 1–2 only.


# %%
def correlation(one, other):
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


two_layers = texture(wave, layers[:2], seed=1)
print(f"seed 0 and seed 1:              {correlation(everything.image, again.image):5.2f}")
print(f"seed 0 and seed 1, upside down: {correlation(everything.image, again.image[:, ::-1]):5.2f}")
print(f"the two seeds with layers 1–2:  {correlation(runs['1–2'].image, two_layers.image):5.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** In every column both pictures are about equally close to the painting, and pixel by
# pixel they have little in common. The Gram matrices describe not a picture but a family of
# pictures, and the noise picks one of the family.
#
# With two layers the pixels have nothing at all in common, with five a little, and only while both
# stand upright. Look again: both have the sky on top and foam below. So a deep Gram matrix does
# know a little about *where*. Its features see far enough to see the edge of the picture, beyond
# which the network puts zeros: "sky below an edge" is a pattern like any other.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What has training to do with it? (5 minutes)
#
# VGG-19 has learned from a million photographs, and the small network of this course from VGG-19.
# It is tempting to thank the training for what we see. Is that right? A **control experiment**
# changes one thing and keeps all others: the same architecture, layers, loss and optimiser, but
# random weights.
#
# **Predict.** What comes out: noise, colours, streaks, crests?

# %%
random = {seed: texture(wave, layers, weights="random", seed=seed) for seed in (0, 1)}
nstlib.show(
    [everything.image, *(run.image for run in random.values())],
    **plots.finding("05-random"),
    captions=["trained", *(f"random weights, seed {seed}" for seed in random)],
    width=260,
)

# %% [markdown]
# Perhaps the optimiser got stuck? Let two judges look at both pictures: the trained network, and
# the random one (seed 0). Each row says who painted and who judges.

# %%
its_own = nstlib.FeatureExtractor(layers, profile.network, "average", weights="random", seed=0)
judges = {"random": its_own, "trained": eyes}
print(header)
for maker, run in (("random", random[0]), ("trained", everything)):
    for judge, look in judges.items():
        report(f"{maker}/{judge}", run.image, wave, look)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The optimiser did its work: in the eyes of the random network, at all five layers,
# the picture as good as *is* the Great Wave. A random network has Gram matrices like any other,
# and blots in the right colours can be had from them. But in the trained eyes it is far away, in
# blocks 1 to 4 further than the streaks of layers 1–2 in the first table. The other way round there
# is no complaint: the trained network's texture satisfies *both* judges. So the blots prove
# nothing about training; the streaks and the crests do.
#
# Do not make too much of it: the two random networks paint different pictures, and much *wider*
# ones paint better textures (see the references). A control experiment speaks about the networks
# that it was done with.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two styles in one (13 minutes)
#
# What is halfway between Hokusai and Van Gogh? Average the two paintings, and you see two
# transparencies, one upon the other. Average their Gram matrices, and there is a *third* style.
# Why that is the right thing to do, a single entry can show. Style one wants 8 there, style two
# wants 0, and style one counts three times as much.

# %% tags=["nbval-check-output"]
for g in (0, 2, 4, 6, 8):
    apart = 3 / 4 * (g - 8) ** 2 + 1 / 4 * (g - 0) ** 2
    print(f"entry {g}: both losses {apart:4.0f}, loss to 6 alone {(g - 6) ** 2:4}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The two columns differ by 12, always. A constant has no gradient, so the optimiser cannot tell
# one from the other: two styles at once are *one* style, with a target in between.
#
# **Exercise.** Mix whole targets. `check.mix_styles.hint()` helps.


# %% tags=["exercise"]
def mix_styles(targets, shares):
    """The target Gram matrices of a mixture of styles.

    targets: list with a dict for each style, from layer name to Gram matrix (1, C, C).
    shares: list with a number for each style; only their proportions count, so [3, 1] means three
        quarters of the first style. Neither list must change.
    Returns a dict from layer name to the mixed Gram matrix.
    For example, 8.0 and 0.0 at a layer, mixed [3, 1], become 6.0 at that layer.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.losses.mix_styles}}

# %% [markdown]
# Check it on styles that were made up for the purpose.

# %%
check.mix_styles(mix_styles)

# %% [markdown]
# Whose function mixes from here on? If yours is not there yet, the library's. Three parts of Hokusai
# with one part of Van Gogh: how far is the mixture from either, layer by layer?

# %%
my_mix = check.mix_styles.mine_or_library(mix_styles, gradient=False)
houses = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=size)
targets = [{name: np.asarray(A) for name, A in grams(style).items()} for style in (wave, houses)]
for name, mixed in my_mix(targets, [3, 1]).items():
    near, far = (float(nstlib.gram_distance(np.float32(mixed), A[name])) for A in targets)
    print(f"{name:12}  to Hokusai {near:.3f}   to Van Gogh {far:.3f}")

# %% [markdown]
# `stylize` mixes, too: give it a list of styles. Three layers are enough for strokes, and
# they are quick.

# %%
half = texture([wave, houses], layers[:3], size=min(128, size))
nstlib.show(
    [wave, half.image, houses],
    alt=["The Great Wave", "Dark blue strokes beside orange and green ones", "Houses at Auvers"],
    captions=["Hokusai", "half and half", "Van Gogh"],
    title="A third style: Hokusai's streaks and Van Gogh's strokes, in colours of both",
    width=260,
)

# %% [markdown]
# Now choose the proportion yourself. To be quick, we take the last steps with our own hands: the
# style losses, their gradient, and Adam (one of the optimisers of lesson 08).


# %%
@tf.function
def gradient(image, targets):
    with tf.GradientTape() as tape:
        tape.watch(image)
        G = grams(image, strokes)
        terms = [nstlib.style_loss(G[name], A) / ops.mean(A**2) for name, A in targets.items()]
        loss = sum(terms)
    return tape.gradient(loss, image)


# %% [markdown]
# Twenty steps from the half-and-half texture are enough to see where it wants to go.

# %%
strokes = nstlib.FeatureExtractor(layers[:3], profile.network, pooling="average")
mixable = [
    {name: np.asarray(A) for name, A in grams(style, strokes).items()} for style in (wave, houses)
]


def paint(van_gogh):
    image, adam = tf.Variable(half.image), keras.optimizers.Adam(0.03)
    mixture = my_mix(mixable, [1 - van_gogh, van_gogh])
    mixture = {name: tf.constant(A, tf.float32) for name, A in mixture.items()}
    for _ in range(20):
        adam.apply_gradients([(gradient(image.value(), mixture), image)])
        image.assign(tf.clip_by_value(image, 0, 1))
    return image.numpy()


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** **Predict** before you move the slider: will the strokes change their places, or
# only their colours and edges?

# %%
live(
    paint,
    van_gogh=(0.0, 1.0, 0.1),
    fallback=[{"van_gogh": 0.0}, {"van_gogh": 1.0}],
    **plots.finding("05-mixing"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The strokes stay where the half-and-half texture had them, for the Gram matrices do
# not care where they are. What changes is what the matrices do describe: the colours, the edges,
# and which colours lie side by side.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A wall and a meadow (9 minutes)
#
# Two textures, drawn with a few lines of code. First a brick wall.

# %%
y, x = np.mgrid[:size, :size]
joints = (y % 20 < 2) | ((x + y // 20 % 2 * 20) % 40 < 2)
wall = np.where(joints[..., None], (0.85, 0.82, 0.76), (0.7, 0.29, 0.2))[None].astype("float32")

# %% [markdown]
# Then a meadow: blades of grass at random places, leaning a little.

# %%
meadow = Image.new("RGB", (size, size), (60, 90, 30))
blades = np.random.default_rng(0).uniform((0, 0, -8, 0.5), (size, size + 14, 8, 1.5), (900, 4))
for left, foot, lean, light in blades:
    green = tuple((light * np.array([110, 150, 50])).astype(int).tolist())
    ImageDraw.Draw(meadow).line((left, foot, left + lean, foot - 14), fill=green, width=2)
meadow = np.asarray(meadow, "float32")[None] / 255

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Both are synthesised with all five layers. Which comes nearer to the real thing, and
# what will be wrong with the other?

# %%
new_wall, new_meadow = texture(wall, layers).image, texture(meadow, layers).image
pictures = {"wall": wall, "new wall": new_wall, "meadow": meadow, "new meadow": new_meadow}
nstlib.show(
    list(pictures.values()),
    **plots.finding("05-walls"),
    captions=list(pictures),
    width=230,
)

# %% [markdown]
# Measure it. In a wall the joints go through: a column of pixels looks like one further right. How
# much so, at which distance?


# %%
def alignment(picture, lag):
    """How a column of pixels correlates with the one `lag` pixels to the right, on average."""
    gray = picture[0].mean(-1)
    pairs = zip(gray.T[:-lag], gray.T[lag:], strict=True)
    return np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs])


# %% [markdown]
# A row for a picture, a column for a distance.

# %%
lags = (2, 4, 8, 16, 32, 64)
print(" " * 14, *(f"{lag:5} px" for lag in lags))
for name, picture in pictures.items():
    print(f"{name:14}", *(f"{alignment(picture, lag):8.2f}" for lag in lags))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** In the drawn wall the columns agree at any distance. In the new one they agree with
# their neighbours, less and less further off, and 64 pixels away not at all. The meadow had nothing
# to lose: two pixels further right, a column of it has nothing in common with the first, and so
# it is in the new one.

# %% [markdown]
# Why does nobody put the joints right? Ask the Gram matrices. Take the *drawn* wall, cut it into
# four strips, and push each one up or down. Now the joints are broken for certain.

# %%
shifts = np.random.default_rng(1).integers(0, 40, 4)
strips = zip(np.split(wall, 4, axis=2), shifts, strict=True)
broken = np.concatenate([np.roll(strip, shift, axis=1) for strip, shift in strips], axis=2)
nstlib.show(
    [wall, broken],
    **plots.finding("05-strips"),
    captions=["the wall", "the wall in strips"],
    width=260,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Which layers notice the damage? For comparison, the table also has the drawn wall
# unharmed, but moved down by 7 pixels as a whole, and the new wall.

# %%
print(header)
report("in strips", broken, wall)
report("moved 7 px", np.roll(wall, 7, 1), wall)
report("new wall", new_wall, wall)
print(f"columns 64 px apart: {alignment(wall, 64):.2f}, in strips {alignment(broken, 64):.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Across two strips the columns have nothing in common any more. But blocks 1 to 3,
# which see 24 pixels at most, are no more disturbed than by the harmless move (which they notice,
# because the grid of the poolings falls upon other joints): only the few features at a cut have
# seen it. Blocks 4 and 5 look further, and do notice. But they see coarsely; block 5 has only one
# place for every 16 × 16 pixels.
#
# And look at the new wall: from block 2 on it is *nearer* to the drawn wall than the drawn wall
# itself, moved by 7 pixels. To the loss, next to nothing is wrong with it. What no matrix demands,
# no optimiser will paint.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Is it a matter of patience? Call `texture(wall, layers, evaluations=300)`
# and print its alignment beside that of `new_wall`. At which distances does the patience pay, at
# which not?

# %% [markdown] tags=["instructor"]
# **The stretch task.** It pays within the length of a brick: with vgg19-lite the alignment rises
# from about 0.33 to 0.45 at 16 pixels, and from 0.55 to 0.6 at 8. At 64 pixels it stays below 0.1,
# where the drawn wall has 0.87, although all Gram distances are below 0.03 by then.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 05-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 05-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 05-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **Texture** is what Gram matrices keep. It comes from noise by a loop: look, record the loss, keep
#    the best, move. (`stylize` with a content weight of 0 does so, too.) Block 1 brings colours and
#    grain, block 2 strokes, deeper blocks larger forms, but hardly colours.
# 2. **A control experiment** with random weights gives the blots away, and leaves strokes and
#    forms to the training. **Styles mix** by their Gram matrices, in any proportion.
# 3. **Long structures fail**: what has to agree over a distance, no Gram matrix demands.
#
# Of the six pieces in the opening, the second, the third and the last are Hokusai's.
#
# ## References
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, [Texture Synthesis Using Convolutional Neural
#   Networks](https://arxiv.org/abs/1505.07376), 2015: Gram matrices, for textures first.
# - I. Ustyuzhaninov, W. Brendel, L. A. Gatys, M. Bethge, [Texture Synthesis Using Shallow
#   Convolutional Networks with Random Filters](https://arxiv.org/abs/1606.00021), 2016: how well
#   wide random layers do.
# - J. Portilla, E. P. Simoncelli, [A Parametric Texture Model Based on Joint Statistics of Complex
#   Wavelet Coefficients](https://doi.org/10.1023/A:1026553619983), 2000: matched statistics before
#   there were such networks.
#
# **Next:** [06 The objective](06_objective.ipynb): content and style together, and how to weigh
# one against the other.
