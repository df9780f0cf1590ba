# %% [markdown] slideshow={"slide_type": "slide"}
# # 10 Starts, sizes, memory, precision
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/10_starts_sizes_memory.ipynb)
#
# ![The same pavilion four times in the manner of Hokusai's Great Wave: with straight roofs, bent into broad waves, of grainy strokes, and bent again](../docs/images/lesson_10.jpg)
#
# Four paintings of one photograph in one style, with the same loss, the same weights and the same
# number of multiplications. Two of them began with the photograph and two with noise; and of each two,
# one was painted at one size, and the other at three, from coarse to fine. Which is which? Guess now,
# and look at it again when you know more. (Photograph: Daniel Büchele,
# [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), here repainted; style: Katsushika
# Hokusai, The Great Wave off Kanagawa, about 1831.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Choose** a start and a schedule of sizes, and say what each of them buys and what it costs.
# 2. **Predict** how much memory and how much time a painting will take, before you run it.
# 3. **Judge** whether numbers with fewer digits are good enough, by three tests.
#
# **You need** lessons 02 to 04 (receptive fields, features and Gram matrices) and lesson 06 (the loss
# and its gradient). From mathematics, powers of two. **It takes** 59 minutes.

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 59. Three
# misconceptions to hunt: "the best start is the one with the lowest loss" (first section), "twice
# the side costs twice as much" (second), and "the network is what fills the memory" (the section
# on memory; the table of blocks is the place to stop and let them talk). If time is short, leave
# out the section on precision: nothing else needs it.

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
from nstlib import check, plots
from nstlib.engine.pictures import starting_image
from nstlib.widgets import live

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import numpy as np
import tensorflow as tf

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three starts (8 minutes)
#
# Painting changes the pixels of a picture until the loss is small. Which picture? Three starts
# suggest themselves: the photograph, the style picture, and noise.

# %%
size, budget = min(192, profile.size), min(100, profile.evaluations)
photo = nstlib.load_image(nstlib.example_path("chelsea"), max_side=size)
wave = nstlib.load_image(nstlib.example_path("hokusai_great_wave"), max_side=size)
inits = {"photograph": "content", "Great Wave": "style", "noise": "noise"}
starts = {name: starting_image(init, photo, wave) for name, init in inits.items()}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** All three get the same number of evaluations. One of them begins with a style term
# of almost nothing, one with a content term of exactly nothing. Which start has the lowest loss at
# the first evaluation? And which at the last? Write down two names.

# %%
settings = {"convention": "relative", "network": profile.network, "style_weight": 30}
settings |= {"precision": "float32"}
settings |= {"size": size, "evaluations": budget}
moments = {name: nstlib.Timeline(at=(10, 30, budget)) for name in starts}
runs = {
    name: nstlib.stylize(photo, wave, init=init, callback=moments[name], **settings)
    for name, init in inits.items()
}

# %% [markdown]
# The terms at the first evaluation and at the last.

# %%
for name, run in runs.items():
    for number, when in ((0, "first"), (-1, "last")):
        terms = {term: run.history[term][number] for term in ("content", "style", "total")}
        print(f"{name:10} {when:5}", *(f"{term} {loss:5.2f}  " for term, loss in terms.items()))

# %% [markdown]
# And the whole way down.

# %%
plots.compare_losses(
    {name: run.history for name, run in runs.items()},
    **plots.finding("10-starts"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The Great Wave begins low because the style term counts most here, and that term it
# has almost for free. But out of a wave a cat has to be made, feature by feature, and at the last
# evaluation its content term is still above that of the run from the photograph. There it is the
# other way round: strokes have to be found, and they are found quickly. The first loss says how
# high you stand, not how good the path down is. (The peak on the way down from noise is a step of
# the line search that went too far; lesson 09 tells how it recovers.)

# %% [markdown]
# Now the pictures themselves, which a `Timeline` has kept on the way: a column for each start, a row
# for each moment.

# %%
kept = list(moments["noise"].images)  # 10, 30 and the last one
rows = [list(starts.values())]
rows += [[moments[name].images[k] for name in starts] for k in kept]

# %% [markdown]
# Read each column from top to bottom.

# %%
plots.picture_grid(
    rows,
    ["start", *(f"after {k}" for k in kept)],
    list(starts),
    **plots.finding("10-paintings"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Look at the middle column: after all those evaluations, the wave still breaks where
# Hokusai let it break. The content term asks for the cat's features and the style term asks
# for Hokusai's correlations, wherever; neither of them asks the wave to leave.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The losses of the runs from the photograph and from noise get closer to each other. Do
# these two pictures get closer, too, pixel by pixel? As a yardstick: how far is the photograph from
# the Great Wave?


# %%
def apart(image, other):
    """How far two pictures are apart: root of the mean squared difference, colours from 0 to 1."""
    return float(np.sqrt(np.mean((image - other) ** 2)))


print(f"the photograph and the Great Wave: {apart(starts['photograph'], starts['Great Wave']):.2f}")

# %% [markdown]
# The run from the photograph against the run from noise:

# %%
from_photo, from_noise = (runs[name].history["total"] for name in ("photograph", "noise"))
for k, image in moments["noise"].images.items():
    losses = f"{min(from_photo[:k]):.2f} and {min(from_noise[:k]):.2f}"
    print(
        f"after {k:3}: losses {losses}, apart {apart(moments['photograph'].images[k], image):.2f}"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The losses come close. The pictures do not: at the end they are about as far apart as
# the photograph and the Great Wave. So there is not one valley with one lowest point, but many, and
# the start decides which.

# %% [markdown]
# A sharper test: the same kind of start, noise, but another seed.

# %%
runs["other noise"] = nstlib.stylize(photo, wave, init="noise", seed=1, **settings)
for a, b in (("noise", "other noise"), ("noise", "photograph")):
    losses = [round(min(runs[name].history["total"]), 2) for name in (a, b)]
    print(f"{a}, {b}: losses {losses}, apart {apart(runs[a].image, runs[b].image):.2f}")

# %% [markdown]
# Two seeds, and the paintings are at least as far apart as if one of them had not begun as noise at
# all.

# %%
nstlib.show(
    [runs["noise"].image, runs["other noise"].image],
    **plots.finding("10-seeds"),
    captions=["seed 0", "seed 1"],
    width=384,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A Gram matrix forgets where things are (lesson 04). So somebody else has to decide
# where each stroke goes, and that is the start. With noise you get another painting for every
# seed; with the photograph, one that holds on to its lines.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Between photograph and noise (3 minutes)
#
# A start may be any picture, also a mixture. The function below paints a small picture from one,
# with `nstlib.paint`, the loop inside of `stylize`.

# %%
layers = sorted({"block4_conv2", *(f"block{block}_conv1" for block in range(1, 6))})
extractor = nstlib.FeatureExtractor(layers, profile.network)
tiny, tiny_wave = (nstlib.load_image(image, max_side=96) for image in (photo, wave))
relative = {"convention": "relative", "style_weight": 30}  # for objectives made by hand
objective = nstlib.Objective(extractor, tiny, tiny_wave, **relative)
noise = starting_image("noise", tiny, tiny_wave)


# %% [markdown]
# It shows the start, and the best picture so far.


# %%
def paint_from(share_of_noise, evaluations):
    start = (1 - share_of_noise) * tiny + share_of_noise * noise
    run = nstlib.paint(objective, start, evaluations=evaluations)
    first, lowest = run.history()["total"][0], run.best_total
    return [start, run.best_image], [f"start: loss {first:.1f}", f"painted: loss {lowest:.2f}"]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** **Predict:** how much noise may you mix in, until the cat has lost its face?
# Move the slider, then give it more evaluations: do they bring it back?

# %%
live(
    paint_from,
    share_of_noise=(0.0, 1.0, 0.05),
    evaluations=[4, 8, 12, 16],
    fallback=[
        {"share_of_noise": 0.0, "evaluations": 12},
        {"share_of_noise": 0.7, "evaluations": 12},
    ],
    **plots.finding("10-mixtures"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With seven tenths of noise the face is hardly to be seen in the start, and it comes back
# within a dozen evaluations: the content term asks for eyes and nose from any start. What is lost is
# what the features do not ask for, and the start had: the whiskers, and where each hair ran.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What a pixel costs (3 minutes)
#
# The unit of cost is an evaluation of loss and gradient. But an evaluation of what? At every
# position of a layer, the same weights are multiplied.
#
# **Predict.** By which factor does the time of an evaluation grow when the side doubles: 2, 4, 8
# or 16? Is it the same factor for small pictures and for large ones?

# %%
import time


def best_of_ten(objective, image):
    """Seconds of one evaluation of loss and gradient."""
    taken = []
    for _ in range(11):  # the first one compiles
        begin = time.perf_counter()
        objective(image)[0].numpy()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def seconds_each(side):
    """Seconds of one evaluation at a size."""
    pair = [nstlib.example_path(name) for name in ("china", "hokusai_great_wave")]
    pair = [nstlib.load_image(path, max_side=side) for path in pair]
    return best_of_ten(nstlib.Objective(extractor, *pair, **relative), pair[0])


# %% [markdown]
# Four sizes, each twice the one before.

# %% tags=["measured"]
sides = [side for side in (48, 96, 192, 384) if side <= profile.size]
cost = {side: seconds_each(side) for side in sides}
for side in sides:
    factor = f", {cost[side] / cost[side // 2]:.1f} times as long" if side // 2 in cost else ""
    print(f"{side:3} pixels wide: {1000 * cost[side]:6.1f} ms an evaluation{factor}")

# %% [markdown]
# The same as time for each thousand pixels (the picture is two thirds as high as it is wide).

# %%
each = {f"{side} pixels wide": 1e6 * cost[side] / (side * side * 2 / 3) * 1000 for side in sides}
plots.bars(
    each,
    **plots.finding("10-thousand"),
    label="microseconds for 1000 pixels",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Twice the side is twice as wide and twice as high, so four times the positions, and
# the last factor is the nearest to 4. For small pictures it is less, since part of an evaluation
# costs the same at any size: calling a hundred operations, comparing Gram matrices. So **time is
# proportional to pixels, plus a constant** that matters below some size. With this you can spend the same time in another way: one evaluation at
# the full size, or four at half, or sixteen at a quarter.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: a plan from coarse to fine (8 minutes)
#
# Painters begin with a broad brush. We can paint a small picture first, enlarge it, and go on at
# twice the size. Let every size have the same time. By hand, for 100 pixels, two levels and the
# price of 8 evaluations at the full size: each level gets the price of 4. At 100 pixels these are
# 4 evaluations; at 50 pixels each costs a quarter, so there are 16.
#
# Write the function that plans this. `check.plan_schedule.hint()` helps.


# %% tags=["exercise"]
def plan_schedule(size, levels, evaluations):
    """Sizes from coarse to fine, each twice the one before, with the same time for each.

    An evaluation costs in proportion to the pixels; `evaluations` is what all levels together may
    cost, counted in evaluations at the full size.

    size: longer side of the painting; levels: how many sizes, the full one included.
    Returns two lists of whole numbers, the sizes and the evaluations at each. Only what is returned
    is rounded, and down; an evaluation at half the size costs exactly a quarter, even where the
    size was rounded.
    For example, plan_schedule(101, 2, 5) is ([50, 101], [10, 2]): each of the two levels may cost
    2.5 evaluations at the full size, which is 10 at half the size.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.plan_schedule}}

# %% [markdown]
# The check draws sizes and budgets at random.

# %%
check.plan_schedule(plan_schedule)

# %% [markdown]
# Whose function plans from here on? If yours is not there yet, the library's takes its place. This is
# the plan for the next section. Read it aloud: how many evaluations in all?

# %%
my_plan = check.plan_schedule.mine_or_library(plan_schedule, gradient=False)
large, price = min(256, profile.size), min(36, profile.evaluations)
plan = [[int(number) for number in part] for part in my_plan(large, 3, price)]
print(f"sizes {plan[0]}, evaluations {plan[1]}, together {sum(plan[1])} instead of {price}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## From coarse to fine (7 minutes)
#
# Two starts, each at one size and at three, for the same price. The photograph is the pavilion, and
# the style counts a third of what it did for the cat. (At every size the style picture is scaled as
# the painting is.)

# %%
pictures = [nstlib.example_path(name) for name in ("china", "hokusai_great_wave")]
plans = {"one size": ([large], [price]), "three sizes": plan}
for name, (sizes, evaluations) in plans.items():
    print(f"{name}: {sizes} pixels, {evaluations} evaluations")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** With three sizes, only a third of the price is spent at the size where the loss is
# judged in the end. Will that loss be higher or lower than with one size? From the photograph? And
# from noise?

# %%
paintings = {}
for init, start in (("content", "photograph"), ("noise", "noise")):
    for name, (sizes, evaluations) in plans.items():
        spent = settings | {"size": large, "sizes": sizes, "evaluations": evaluations}
        spent |= {"style_weight": 10}
        paintings[start, name] = nstlib.stylize(*pictures, init=init, **spent)

# %% [markdown]
# First the pictures.

# %%
rows = [[paintings[start, name].image for name in plans] for start in ("photograph", "noise")]
original = nstlib.load_image(pictures[1], max_side=large)
plots.picture_grid(
    [[*rows[0], original], [*rows[1], None]],
    ["from the photograph", "from noise"],
    [*plans, "the Great Wave"],
    **plots.finding("10-sizes"),
)

# %% [markdown]
# Now the numbers. The loss at the full size says little about large strokes. To judge those, step
# back: scale painting and style to a third, a size at which nobody has painted, and compute the
# style term there.

# %%
full = [nstlib.load_image(path, max_side=large) for path in pictures]
third = [nstlib.load_image(image, max_side=large // 3) for image in full]
judge = nstlib.Objective(extractor, *third, convention="relative", style_weight=1)


def from_afar(image):
    """The style term of a painting, scaled to a third."""
    return float(judge(nstlib.load_image(image, max_side=large // 3))[2][1])


# %% [markdown]
# For all four, with the content term, which says what is left of the photograph (the loss and this
# term are those of the last evaluation, at the full size):

# %%
for (start, name), run in paintings.items():
    loss, content = (run.history[term][-1] for term in ("total", "content"))
    terms = f"loss {loss:.2f}, content {content:.2f}, style at a third {from_afar(run.image):.2f}"
    print(f"{start:10} {name:11} {terms}, {run.history['seconds'][-1]:4.1f} seconds")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** From the photograph, the loss at the full size is much higher with three sizes: it was
# worked at for a third of the price. From noise, where one size is far from done at this price, it
# loses less by them. But from afar, both paintings of three sizes are much closer to Hokusai. The
# loss at the full size hardly sees that. And large forms are not for nothing: the content term is
# higher, since the pavilion has been bent.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And the seconds? They are not the same, though the plan says so: the constant of the last section
# has to be paid for each of those many cheap evaluations. So the comparison was not fair. Give the
# one size, from the photograph, as many **seconds** as the three have had. **Predict:** will it now
# look like Hokusai from afar, too?

# %% tags=["measured"]
seconds = paintings["photograph", "three sizes"].history["seconds"][-1]
longer = settings | {"size": large, "evaluations": 1000, "seconds": seconds, "style_weight": 10}
longer = nstlib.stylize(*pictures, init="content", **longer)
losses = f"loss {longer.history['total'][-1]:.2f}, style at a third {from_afar(longer.image):.2f}"
print(f"{len(longer.history['total'])} evaluations at one size: {losses}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With the time, the loss at the full size has become still lower. From afar it has
# gained a little, and stays well behind the three sizes. So it is not a question of patience: at
# one size, large strokes are not what the run is looking for.

# %% [markdown]
# Why? Ask how much of the picture's width a feature sees.

# %%
for name in ("block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1"):
    sees = nstlib.receptive_field(nstlib.layers_up_to(name, profile.network))
    shares = [f"{sees / side:4.0%} of {side}" for side in plans["three sizes"][0]]
    print(f"{name} sees {sees:3} pixels: ", ",  ".join(shares))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** At the smallest size, two of the style layers see the whole width of the picture at
# once, a wave from its foot to its crest. At the full size none of them does, and the middle ones
# see no more than a bit of foam. So the small picture is asked for large forms, and the large one
# for small forms. Large forms that are there already do not bother anybody at the full size: they
# stay.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Memory, by hand (3 minutes)
#
# To compute the gradient, the machine goes through the network a second time, backwards, and at
# every layer it needs what that layer has answered on the way forth. So the features of **all**
# layers wait in memory. How many numbers are they?
#
# A picture of 4 by 4 pixels. Two convolutions with 2 channels each: $4 \cdot 4 \cdot 2 = 32$
# values, twice. A pooling halves both sides: $2 \cdot 2 \cdot 2 = 8$. Together $32 + 32 + 8 = 72$
# values, at 4 bytes 288 bytes. The weights: 9 for each pair of channels and one bias for each
# output, $(9 \cdot 3 + 1) \cdot 2 = 56$ and $(9 \cdot 2 + 1) \cdot 2 = 38$, together 94.
#
# **Predict.** The weights are more than the features, then. Is that so for an 8 by 8 picture?

# %% tags=["nbval-check-output"]
import math

from keras import layers as kl

net = [kl.Conv2D(2, 3, padding="same"), kl.Conv2D(2, 3, padding="same"), kl.MaxPooling2D()]
for side in (4, 8, 512):
    x, values = tf.zeros((1, side, side, 3)), 0
    for layer in net:
        x = layer(x)
        values += math.prod(x.shape)
    weights = sum(layer.count_params() for layer in net)
    print(f"{side:3} pixels: {values:9,} values in the features, {weights} weights")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The weights do not know how large the picture is. The features do: twice the side,
# four times the values. Sooner or later they are more, in every network. When, in VGG-19?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: the bytes of all features (10 minutes)
#
# This is what there is in VGG-19 down to `block2_conv1`: name, channels $C$, and the scale, by
# which a side of the picture is divided.

# %% tags=["nbval-check-output"]
from nstlib.check.references import feature_shapes

for entry in feature_shapes("block2_conv1", "vgg19"):
    print(entry)

# %% [markdown]
# Memory can also be bought with time. Of each block keep the last layer and nothing else. When the
# gradient, on its way back, comes to a block, compute the block's other layers once more, and drop
# them when it has passed; what was kept stays to the end. This is *gradient checkpointing*, and
# `recompute` asks for it. What is the most that is held at one time?
#
# Complete the function. `check.activation_bytes.hint()` helps.


# %% tags=["exercise"]
def activation_bytes(shapes, height, width, bytes_each=4, recompute=False):
    """The most bytes of features that are held at one time, until the gradient is computed.

    shapes: a list of (name, C, scale), one for each layer, poolings included: C channels, and a
        side of the features is the picture's over scale. A name begins with its block, as in
        "block1_pool", and the layers of a block follow each other. The list must not change.
    height, width: of the picture; a side that a scale does not divide is rounded down.
    bytes_each: of one value: 4 in float32, 2 in bfloat16.
    recompute: True for the way above; False where all features are kept.
    Returns a whole number. For example, for [("block1_conv1", 3, 1), ("block1_conv2", 3, 1),
    ("block1_pool", 3, 2), ("block2_conv1", 10, 2), ("block2_pool", 10, 4)] and 5 by 7 pixels it is
    1192, and with recompute=True 952.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.activation_bytes}}

# %% [markdown]
# The check makes up a network as none has ever been.

# %%
check.activation_bytes(activation_bytes)

# %% [markdown]
# Put it to the real question, or the library's if yours is not there yet: VGG-19 down to
# `block5_conv1`, square pictures. (Recomputing has its price: the way forth is gone twice. `stylize`
# does not do it.)

# %%
my_bytes = check.activation_bytes.mine_or_library(activation_bytes, gradient=False)
deep = feature_shapes("block5_conv1", "vgg19")
for side in (128, 256, 512, 1024):
    held = [my_bytes(deep, side, side, 4, recompute) / 2**20 for recompute in (False, True)]
    print(f"{side:4} by {side:4} pixels: {held[0]:6,.0f} MiB, recomputed {held[1]:4,.0f} MiB")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** VGG-19 has five blocks, with 64, 128, 256, 512 and 512 channels. Which block holds
# the most weights? Which one holds the most features, at 512 pixels?

# %%
MiB = 2**20
weights, features, inputs = {}, {}, 3
for name, C, _ in deep:
    block = name[:6]
    if "conv" in name:
        weights[block] = weights.get(block, 0) + 4 * nstlib.count_parameters(3, inputs, C)
        inputs = C
for block in weights:
    features[block] = my_bytes([s for s in deep if s[0].startswith(block)], 512, 512)

# %% [markdown]
# Both, block by block.

# %%
pairs = {}
for block in weights:
    pairs[f"{block}, features"] = features[block] / MiB
    pairs[f"{block}, weights"] = weights[block] / MiB
plots.bars(
    pairs,
    **plots.finding("10-blocks"),
    label="MiB, for VGG-19 at 512 by 512 pixels",
)

# %% [markdown]
# And all together. From which side on are the features more than the weights?

# %%
all_features, all_weights = (sum(held.values()) / MiB for held in (features, weights))
equal = 512 * math.sqrt(all_weights / all_features)
print(f"features {all_features:.0f} MiB at 512 by 512, weights {all_weights:.0f} MiB at any size")
print(f"equally much at {equal:.0f} by {equal:.0f} pixels")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** It is upside down. When the channels double, the positions become a quarter: a
# convolution's features shrink by half, and its weights grow by four. (Blocks 3 and 4 have four
# convolutions, not two, and of block 5 only the first one is used.) The shallow blocks, which know
# nothing but edges and colours, are the ones that fill the memory.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict a run, then measure it (5 minutes)
#
# A run holds more than features: the weights and copies of them, gradients that wait, what the
# optimiser remembers. `estimate_memory` adds that up, before anything is computed.

# %%
from nstlib.engine.memory import available_memory, estimate_memory, optimizer_bytes

predicted = {}
for side in (256, 512):
    shapes = [nstlib.load_image(path, max_side=side).shape[1:3] for path in pictures]
    predicted[side] = estimate_memory("vgg19-lite", shapes[0], style_shapes=shapes[1:])
    print(f"{side} pixels: {predicted[side] / 1e6:.0f} MB predicted")

# %% [markdown]
# To measure it, we need a process of its own: this notebook has long taken its memory and does not
# give it back. The program below starts afresh, paints, and looks every few milliseconds at how
# much it holds.

# %%
PROGRAM = """
import json, sys, threading, time
import psutil, nstlib
side, paths = int(sys.argv[1]), sys.argv[2:]
pictures = [nstlib.load_image(path, max_side=side) for path in paths]
process, held = psutil.Process(), []
def watch():
    while True:
        held.append(process.memory_info().rss)
        time.sleep(0.005)
threading.Thread(target=watch, daemon=True).start()
nstlib.stylize(*pictures, size=side, evaluations=14, precision="float32", progress=False)
print(json.dumps(max(held) - held[0]))
"""


# %% [markdown]
# It runs on the processor, not on a GPU, whose memory would not be seen this way.

# %%
import json
import os
import subprocess
import sys


def measure(side):
    """Bytes that painting takes at its peak, in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, str(side), *map(str, pictures)]
    folder = os.path.dirname(os.path.dirname(nstlib.__file__))
    quiet = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": folder}
    done = subprocess.run(
        command, env=os.environ | quiet, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** How far off will the prediction be: 1 %, 10 %, 50 %?

# %% tags=["measured"]
measured = {side: measure(side) for side in predicted}
off = max(abs(predicted[side] / measured[side] - 1) for side in predicted)
print(f"off by {off:.0%} at most")

# %% [markdown]
# Side by side:

# %%
compared = {}
for side in predicted:
    compared[f"{side} pixels, predicted"] = predicted[side] / 1e6
    compared[f"{side} pixels, measured"] = measured[side] / 1e6
plots.bars(
    compared,
    **plots.finding("10-predicted"),
    label="MB beyond what Python, TensorFlow and the pictures hold",
)

# %% [markdown]
# And how often do the features of the last section go into that?

# %%
lite = feature_shapes("block5_conv1", "vgg19-lite")
for side, needed in predicted.items():
    height, width = nstlib.load_image(pictures[0], max_side=side).shape[1:3]
    held = my_bytes(lite, height, width)
    words = f"features {held / 1e6:.0f} MB, a run {needed / held:.1f} times as much"
    print(f"{side} pixels: {words}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Four times the pixels is not four times the memory here: TensorFlow itself takes some
# when it starts to compute, for its threads and for the functions that it compiles, whatever the
# size. The larger the picture, the less that counts, and what remains is in proportion to the
# features: they themselves, gradients of the same shapes that wait, and what the losses make of
# them. So for large pictures there is a rule for the back of an envelope: the features, times four
# to five.

# %% [markdown]
# What if it does not fit? A process that asks for too much is killed, and a notebook says no more
# than that its kernel has died. So `stylize` asks first. Let us ask for more than there is.

# %% tags=["measured"]
side = math.isqrt(available_memory() // 1000)
giant = np.full((side, side, 3), 128, "uint8")
if tf.config.list_physical_devices("GPU"):
    print("With a GPU nothing is refused beforehand: TensorFlow says itself when it was too much.")
else:
    try:
        nstlib.stylize(giant, giant, network="vgg19", size=side)
    except MemoryError as error:
        print(error)

# %% [markdown]
# It names a size that would fit. Now play with it: the calculator adds up the parts of a run, for
# a picture two thirds as high as it is wide.


# %%
def calculate(network, width, precision, optimizer):
    shape = width * 2 // 3, width
    layers = feature_shapes("block5_conv1", network)
    first = [layer for layer in layers if layer[0].startswith("block1_conv")]  # always in float32
    rest, each = [layer for layer in layers if layer not in first], 2 if "16" in precision else 4
    parts = {"features": my_bytes(first, *shape) + my_bytes(rest, *shape, each)}
    parts["what the optimiser remembers"] = optimizer_bytes(shape, optimizer)
    at_any_size = estimate_memory(network, (1, 1), precision=precision, optimizer=optimizer)
    parts["weights, starting up"] = at_any_size
    needed = estimate_memory(network, shape, precision=precision, optimizer=optimizer)
    parts["gradients, and what losses make of features"] = needed - sum(parts.values())
    parts["all together"] = needed
    fits = "It fits" if needed < available_memory() else "It does not fit"
    title = f"{fits}: {available_memory() / 1e9:.1f} GB are free here"
    megabytes = {name: value / 1e6 for name, value in parts.items()}
    return plots.bars(megabytes, title=title, alt=None, label="MB, estimated")


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** What is the widest picture that fits on this machine with `vgg19`? What saves
# more: fewer bits, or another optimiser? Which of these parts could you leave out of your head?

# %%
live(
    calculate,
    network=["vgg19-lite", "vgg19"],
    width=(128, 4096, 64),
    precision=["float32", "mixed_bfloat16"],
    optimizer=["lbfgs", "adam"],
    fallback=[{"network": "vgg19-lite", "width": 512}, {"network": "vgg19", "width": 1024}],
    **plots.finding("10-memory"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Fewer digits (8 minutes)
#
# In `float32` a number has a sign, 8 bits for its size (a power of two) and 24 binary digits, the
# first of which is always 1. `bfloat16` keeps the 8 bits for the size, and of the digits only 8.
# By hand: between 1 and 2, its numbers are $1/128 = 0.0078125$ apart. 1.01 lies between 1.0078125
# and 1.015625, and becomes the first of them. Between 256 and 512 they are $256/128 = 2$ apart.
#
# **Predict.** What is 256 + 1, in `bfloat16`? And 1 + 1 + 1 + ..., a thousand times, added one by
# one?

# %% tags=["nbval-check-output"]
half = tf.bfloat16.as_numpy_dtype
total = half(0)
for _ in range(1000):
    total = total + half(1)
print("1.01 becomes", float(half(1.01)), "  256 + 1 =", half(256) + half(1), "  the sum:", total)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** 257 lies in the middle between 256 and 258, and goes to the one whose last digit is
# even: 256. There the sum stays for ever. A Gram matrix is a sum over thousands of positions! So
# the products may be of `bfloat16`, but what they are added up in must not be. The library's
# `mixed_bfloat16` hands on features in `bfloat16` from one layer to the next, but for those of
# block 1, and keeps in `float32` what the losses need. (The optional section at the end says why
# block 1 is spared, and why the other half format, `float16`, will not do.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Two bytes instead of four: how much of the memory of a whole run does that save?

# %%
for network in ("vgg19-lite", "vgg19"):
    full, mixed = (
        estimate_memory(network, (683, 1024), precision=precision)
        for precision in ("float32", "mixed_bfloat16")
    )
    print(
        f"{network:10} {full / 1e6:,.0f} MB, mixed {mixed / 1e6:,.0f} MB: {1 - mixed / full:.0%} less"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Far from half. The first block, which holds the most, stays in four bytes, and what
# the losses need is kept in `float32` beside the rounded copy.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Whoever takes fewer digits here takes them for speed. When is that allowed?
#
# First test: does the gradient point the same way? The **cosine** of the angle between the two
# says so: 1 for the same direction, 0 for a right angle.

# %%
from nstlib.engine.precision import cosine

judges = {}
for precision in ("float32", "mixed_bfloat16"):
    network = nstlib.FeatureExtractor(layers, profile.network, precision=precision)
    judges[precision] = nstlib.Objective(network, photo, wave, **relative)


# %% [markdown] slideshow={"slide_type": "subslide"}
# We ask at the start of the run from the photograph, on the way, and at its end. **Predict:** where
# is the cosine lowest?

# %%
for k, image in {0: photo, **moments["photograph"].images}.items():
    exact, rounded = (judge(image)[1] for judge in judges.values())
    lengths = f"length {tf.norm(exact):.3f}, of the rounding {tf.norm(rounded - exact):.4f}"
    print(f"after {k:3} evaluations: cosine {cosine(exact, rounded):.3f}, {lengths}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** At the start the gradient is long, and the rounding turns it little. Towards the end,
# content and style pull in opposite directions: what is left is a small difference of larger
# forces. The roundings get smaller, too, but not by as much as the gradient, and so they turn it
# further. Then a step counts little. So a low cosine at the end is no verdict yet.

# %% [markdown]
# Second test: is the loss the same after as many evaluations? ("photograph" is the run from the first
# section, in `float32`.)

# %%
runs["bfloat16"] = nstlib.stylize(
    photo, wave, **settings | {"precision": "mixed_bfloat16"}, init="content"
)
for name in ("photograph", "bfloat16"):
    print(f"{name:10}: best loss {min(runs[name].history['total']):.3f}")

# %% [markdown]
# And the whole way down.

# %%
plots.compare_losses(
    {"float32": runs["photograph"].history, "bfloat16": runs["bfloat16"].history},
    **plots.finding("10-digits"),
)

# %% [markdown]
# Third test: is it faster, here?

# %% tags=["measured"]
for precision, judge in judges.items():
    print(f"{precision:14}: {1000 * best_of_ten(judge, photo):.1f} ms an evaluation")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The loss passes the test. For speed there is no general answer: newer processors and
# GPUs multiply `bfloat16` in hardware, older ones convert it back and forth and lose time, and the cell
# above has told you what yours does. Therefore `stylize` has `precision="auto"`: for runs that are
# long enough, it measures speed and cosine at the start, and takes `mixed_bfloat16` only if both are right.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### All of it in one painting
#
# Lesson 09's rocket, as Hokusai's Great Wave: from the photograph, so that the towers keep their
# places; from coarse to fine by your plan, or the library's, for the large forms. What will it take?
# That is printed first.

# %% tags=["measured"]
launch = nstlib.load_image(nstlib.example_path("rocket"), max_side=profile.size)
budget_here = min(24, profile.evaluations)
sizes, evaluations = ([int(n) for n in part] for part in my_plan(profile.size, 3, budget_here))
pixels, shape = launch[0, ..., 0].size, launch.shape[1:3]
seconds = budget_here * cost[sides[-1]] * pixels / (sides[-1] ** 2 * 2 / 3)
needed = estimate_memory(profile.network, shape, style_shapes=[shape])
print(f"{sizes} pixels, {evaluations} evaluations")
print(f"predicted: {seconds:.0f} seconds by pixels alone, {needed / 1e6:.0f} MB")
spent = {"size": profile.size, "sizes": sizes, "evaluations": evaluations}
spent |= {"network": profile.network, "progress": False}
great = nstlib.stylize(launch, pictures[1], **spent)
print(f"it took {great.history['seconds'][-1]:.0f} seconds")

# %% [markdown]
# And the painting. (No Gram matrices this time, but the default convention of `stylize`.) To keep it,
# remove the last `#`.

# %%
nstlib.show(great.image, **plots.finding("10-launch"), width=768)
# nstlib.save_image(great.image, "rocket_in_high_seas.png")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Pixels alone say too little, as they did above: each of the many cheap evaluations has
# its constant, and every size is compiled anew. What it buys is a form as large as the launch pad.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Plan a painting of your own, on paper: photograph, style, start, sizes,
# evaluations, precision. You have one minute of computing. Write down, **before** you run it, how
# many seconds and megabytes it will take, by the tables above. Then run it. How far off were you,
# and which of this lesson's constants did you forget?

# %% [markdown] tags=["instructor"]
# **The stretch task.** Tried with Van Gogh's houses and `plan_schedule(384, 3, 120)`, on two busy
# cores with vgg19-lite. Pixels alone (120 evaluations at the full size) predicted a third of the
# seconds that the run took; evaluations times `seconds_each`, size by size, almost two thirds. What
# is forgotten: compiling, once for every size, and what L-BFGS itself computes. (That was less quick
# then: TensorFlow computed it.) Memory: `estimate_memory` says 224 MB, for
# the last size; a run in a notebook that has painted before takes less, since TensorFlow has
# started up already. Whoever is off by a factor of two in seconds has planned well; whoever is off
# by four has forgotten to square.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 10-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 10-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 10-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **The start** decides where each stroke goes, as nothing in the loss does; the lowest first
#    loss is not the best start. **From coarse to fine** buys large forms, and pays with the
#    photograph's own; from the photograph also with some loss at the full size.
# 2. **Features** fill the memory, the shallow ones most: add up $C\,h\,w$ over all layers, and for a
#    run with large pictures take that four to five times. Twice the side is four times the features,
#    and four times the time, plus constants.
# 3. **Fewer digits** are good enough if the gradient points the same way at the start, the loss
#    ends where it did, and an evaluation is faster on this machine. Measure all three.
#
# The four pictures in the opening are, from left to right: from the photograph, at one size and at
# three; from noise, at one size and at three.
#
# **Next:** [11 Control](11_control.ipynb): who decides which style goes where, and in which colours.
# What follows below is for those who want more: nothing later needs it.

# %% [markdown]
# ## Optional: why not float16, and why block 1 is spared
#
# The other half format, `float16`, has more digits, 11, and fewer bits for the size. How large do
# features get?

# %%
for name, F in extractor(photo).items():
    print(f"{name}: largest feature {np.max(F):,.0f}")

# %% [markdown]
# A Gram matrix multiplies such numbers. Take 300:

# %% tags=["nbval-check-output"]
with np.errstate(over="ignore"):
    print("300 * 300:  float16", np.float16(300) ** 2, "  bfloat16", half(300) * half(300))

# %% [markdown]
# **Explain.** One is infinite, the other wrong by one part in a thousand. So of the
# two, the library takes `bfloat16`.

# %% [markdown]
# And where does rounding hurt? A maximum pooling sends its gradient to the largest of four values, and
# nothing to the others. Neighbouring pixels are often almost equal: 1.001 and 1.003 above, 1.000 and
# 1.002 below. **Predict:** who gets the gradient after rounding?

# %% tags=["nbval-check-output"]
neighbours = tf.reshape([1.001, 1.003, 1.000, 1.002], (1, 2, 2, 1))
for kind in (tf.float32, tf.bfloat16):
    x = tf.cast(neighbours, kind)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.max_pool2d(x, 2, 2, "VALID")
    print(f"{kind.name:9} gradient", np.ravel(tape.gradient(y, x)).astype(int))

# %% [markdown]
# **Explain.** In `bfloat16` all four are 1, and the gradient goes to the first, a pixel that has
# not earned it. This is worst where neighbours are most alike, right after the picture itself. So
# the library's `mixed_bfloat16` begins after block 1, which stays in `float32`.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## References
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, A. Hertzmann, E. Shechtman, [Controlling Perceptual Factors
#   in Neural Style Transfer](https://arxiv.org/abs/1611.07865), 2016: from coarse to fine, among
#   other things.
# - D. Kalamkar and others, [A Study of BFLOAT16 for Deep Learning
#   Training](https://arxiv.org/abs/1905.12322), 2019.
# - P. Micikevicius and others, [Mixed Precision Training](https://arxiv.org/abs/1710.03740), 2017:
#   what may be rounded, and what has to be added up exactly.
#
# **Next:** [11 Control](11_control.ipynb): who decides which style goes where, and in which colours.
