# %% [markdown] slideshow={"slide_type": "slide"}
# # 16 Your project
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/16_project.ipynb)
#
# ![Six small pictures: a cat in hard contrast, black, white and pink, a pavilion in Monet's hazy blue, a wall of brush strokes without a seam, a cat in dots with a yellow ball, a cat that is its own mirror image, and a painted cat strewn with bright specks](../docs/images/lesson_16.jpg)
#
# Six projects, a picture from each. Five of them are as they were meant. One came out of a
# program with faults that none of its tests noticed. Which one is it, and what would you have
# tested? (Photographs: Stéfan van der Walt, Chelsea, CC0, and Daniel Büchele, [CC BY
# 2.0](https://creativecommons.org/licenses/by/2.0/), here repainted. Painters: Claude Monet,
# Vincent van Gogh, Henri-Edmond Cross.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Plan** a project that can fail: an intention, one variable, a prediction, and a yardstick that
#    says which differences mean anything.
# 2. **Begin** any of six projects with a cell that runs, and know where to go on from there.
# 3. **Mend** a program that nobody's tests complain about, by properties that must hold.
# 4. **Show** what you made: one page with pictures, settings, seconds and credits, and say whose
#    pictures went into it.
#
# **You need** your functions of lessons 01, 03, 04 and 07, and one idea from several others: a
# texture (05), the objective (06), the network that paints (12), and properties as tests (13). **It
# takes** 60 minutes, and then as many hours as your project deserves.

# %% [markdown]
# {{machine: network, content loss, Gram matrices, style loss, total variation, sum, gradient, step of the pixels}}
#
# Nothing new is added to the machine today. It is yours.

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 60. Everybody
# runs the first cell of all six projects, and then chooses. Two misconceptions to hunt. "The
# numbers differ, so my change did something": the section on the plan is there for it, and quiz
# question 2. "It goes downhill and paints, so the program is right": the bug hunt. If time is
# short, leave out the bug hunt, whose cells nothing else needs, and give it as homework. Rubric,
# review sheet and two marked examples are in docs/project.md.

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
from nstlib.fast.stylize import painter
from nstlib.fast.video import Steady
from nstlib.images import credit
from nstlib.networks import MEAN_BGR
from nstlib.tiles import repeat, seam, tileable, wrap
from nstlib.widgets import live, predict, upload_photo

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import itertools
import pathlib
import tempfile

import numpy as np
import tensorflow as tf
from keras import ops
from PIL import Image, ImageDraw

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The whole machine, once more (7 minutes)
#
# In lesson 06 you put the machine together on one page. Here is that page again, a little shorter:
# for a project you need a place in which you can change things. Paste your own functions over these
# four; as they stand, each only asks the library's.


# %% slideshow={"slide_type": "subslide"}
def preprocess(image):
    """Lesson 01: RGB in [0, 1] to BGR, 0 to 255, minus the mean colour."""
    return nstlib.preprocess(image)


def content_loss(F, P):
    """Lesson 03: the mean squared difference."""
    return nstlib.content_loss(F, P)


def gram_matrix(features):
    """Lesson 04: which channels are active together, G = F^T F / M."""
    return nstlib.gram_matrix(features)


def total_variation(image, squared=False):
    """Lesson 07: how far neighbouring pixels are apart, in all."""
    return nstlib.total_variation(image, squared)


# %% [markdown]
# Which of them can paint? Where one of yours is not there yet, the library's takes its place.

# %%
my_preprocess = check.preprocess.mine_or_library(preprocess)
my_content_loss = check.content_loss.mine_or_library(content_loss)
my_gram_matrix = check.gram_matrix.mine_or_library(gram_matrix)
my_total_variation = check.total_variation.mine_or_library(total_variation)

# %% [markdown]
# One layer for the content and five for the style, as ever.

# %%
deep, layers = "block4_conv2", [f"block{block}_conv1" for block in range(1, 6)]
network = nstlib.FeatureExtractor([deep, *layers], profile.network, pooling="average").model
stack = [layer for layer in network.layers if layer.name.startswith("block")]

# %% [markdown]
# To look at a picture is a loop over the layers of the network.


# %%
def see(x):
    """The features of all layers, by their names, of a picture as `preprocess` gives it."""
    features = {}
    for layer in stack:
        features[layer.name] = x = layer(x)
    return features


# %% [markdown]
# The three terms, in relative units, with the weights of lesson 06:
#
# $$L = \frac{|F - P|^2}{|P|^2} + \frac{30}{5} \sum_{l=1}^{5} \frac{|G_l - A_l|^2}{|A_l|^2} +
# \frac{L_{tv}}{3\,H\,W}$$
#
# `F` is what the network sees in the painting and `P` what it sees in the photo, both in one deep layer;
# `G` and `A` are the Gram matrices of the painting and of the style, and `l` counts the five layers.


# %%
def terms(image, P, A):
    """Content, style and total variation of an image, each with its weight."""
    F, style = see(my_preprocess(image)), 0.0
    for name in layers:
        style += my_content_loss(my_gram_matrix(F[name]), A[name]) / ops.mean(A[name] ** 2)
    content = my_content_loss(F[deep], P) / ops.mean(P**2)
    variation = my_total_variation(image) / (3 * image.shape[1] * image.shape[2])
    return {"content": content, "style": 30 * style / len(layers), "variation": variation}


# %% [markdown]
# What the painting is compared with does not change any more.


# %%
def targets(photo, art):
    """What the network sees in the photo, and the Gram matrices of the art."""
    F = see(my_preprocess(art))
    return see(my_preprocess(photo))[deep], {name: my_gram_matrix(F[name]) for name in layers}


# %% [markdown]
# And the machine itself: the sum of the terms and its gradient. The place where a project may add a
# term of its own is `extra`.


# %%
def machine(photo, art, extra=lambda image: 0.0):
    """From an image to its loss and the gradient, as any optimiser wants it."""
    P, A = targets(photo, art)

    @tf.function
    def evaluate(image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = sum(terms(image, P, A).values()) + extra(image)
        return loss, tape.gradient(loss, image)

    return evaluate


# %% [markdown]
# Pictures get sides that four poolings halve without a remainder.


# %%
def load(name, side):
    """A picture of the course, its sides cut to multiples of 16."""
    image = nstlib.load_image(nstlib.example_path(name), max_side=side)
    height, width = (side // 16 * 16 for side in image.shape[1:3])
    return image[:, :height, :width]


cat = load("chelsea", min(160, profile.size))
village = load("van_gogh_houses_at_auvers", min(160, profile.size))

# %% [markdown]
# `nstlib.paint` takes any function that gives a loss and its gradient, so also yours. Here it is
# the L-BFGS of lesson 09; `optimizer=` also takes a generator of yours, without quotes.

# %%
budget = min(40, profile.evaluations)
painted = nstlib.paint(machine(cat, village), cat, evaluations=budget).best_image.numpy()

# %% [markdown]
# Painted on this page, by your own functions where you have pasted them:

# %%
labels = ["the photo", "painted on this page", "the style"]
plots.strip([cat, painted, village], labels, **plots.finding("16-own"), columns=3)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A plan before a picture (6 minutes)
#
# Choose one of six. Each has a section below, with a first cell that runs.
#
# | | Project | What you change |
# |---|---|---|
# | 1 | a style from your own drawings | the drawing, the steps |
# | 2 | one photograph through a painter's years | the year |
# | 3 | a texture for a wall, without a seam | the cloth, the layers |
# | 4 | a short clip that does not flicker | how much is held |
# | 5 | a new term for the loss | its weight |
# | 6 | a bug hunt | nothing: you find out what is wrong |
#
# Before you paint, write three sentences. They go on your page at the end, so write them for
# somebody who was not here.

# %%
plan = {
    "Intention": "What the work shall show, and how somebody else would see whether it does.",
    "One variable": "What I change, in which steps, and what stays as it is.",
    "Prediction": "What I expect of it. Written before the first painting.",
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The yardstick
#
# Say you have changed something, and a loss went from 0.034 to 0.031. Was that your change?
# By hand: run the old version three times, each from slightly other noise. It gives 0.034, 0.030 and
# 0.036. The largest less the smallest is 0.006. So the same program differs from itself by more than
# the 0.003 that your change has brought, and you may say nothing yet.
#
# That spread is your **yardstick**, and it costs a few runs in which you change *nothing*.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The machine above, three times, from the cat with a trace of noise that is hardly
# seen, another one each time. By how much do the final losses differ: by a thousandth, a hundredth,
# or a tenth of the loss?


# %%
def started(seed, amount=0.02):
    """The cat with a trace of noise."""
    noise = np.random.default_rng(seed).normal(0, amount, cat.shape)
    return (cat + noise).clip(0, 1).astype("float32")


plain = machine(cat, village)
runs = [nstlib.paint(plain, started(seed), evaluations=budget) for seed in (1, 2, 3)]
finals = [run.best_total for run in runs]

# %% [markdown]
# Three losses, and the yardstick:

# %%
yardstick = max(finals) - min(finals)
print("losses", *(f"{loss:.4f}" for loss in finals))
print(f"yardstick {yardstick:.4f}, which is {yardstick / np.mean(finals):.2%} of the loss")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The noise is hardly seen, and yet the runs end about a hundredth of the loss apart:
# small differences grow from step to step, and the loss has many minima of nearly the same height, of
# which each run ends near another. Of what
# differs by less than the yardstick you cannot say that your change has done it, nor that it has
# not. What differs by several times as much, it probably has done. Say both numbers, side by
# side, on your page.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Project 1: your own drawing as a style (3 minutes)
#
# In lesson 12 a style was 1,328 numbers, which a few dozen steps can learn. So draw: crayons, a
# ball pen, cut paper. Fill a sheet to its edges, and photograph it from above in even light. Here is
# a sheet of strokes, for whoever has none:

# %%
sheet, rng = Image.new("RGB", (256, 256), "ivory"), np.random.default_rng(0)
draw = ImageDraw.Draw(sheet)
for _ in range(260):
    (x, y), angle = rng.integers(0, 256, 2), rng.uniform(-0.4, 0.4) + rng.choice([0, 1.4])
    across, down = rng.integers(15, 45) * np.array([np.cos(angle), np.sin(angle)])
    color = ("crimson", "teal", "gold", "navy")[rng.integers(4)]
    draw.line((x - across, y - down, x + across, y + down), color, int(rng.integers(2, 6)))

# %% [markdown]
# Your photograph takes its place:

# %%
drawing = upload_photo(sheet, max_side=256)
drawing

# %% [markdown]
# It is learnt in some steps, and paints at once.

# %%
mine = nstlib.learn_style(drawing.image, name="my drawing", steps=min(30, profile.evaluations))
in_my_style = nstlib.fast_stylize(nstlib.example_path("chelsea"), mine, size=256)

# %% [markdown]
# The drawing, and the cat in its style:

# %%
labels = ["the drawing", "the cat in its style"]
plots.strip([drawing.image, in_my_style], labels, **plots.finding("16-drawing"), columns=2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Your turn.** One variable: the same drawing with thick and with thin strokes, or 30 steps of
# training and 120. What does the style take from your hand, and what does it never take? (In 30 steps
# ours has brought its contrast and hardly any of its colour; its strokes have not come.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Project 2: one photograph through a painter's years (4 minutes)
#
# Over the years a painter's manner changes. The network of lesson 12 knows four works of Claude
# Monet. What is known of each stands in the course's credits.

# %%
monet = [name for name in nstlib.style_names() if name.startswith("monet_")]
year_of = {name: int(credit(name).partition(":")[0][-4:]) for name in monet}
years = sorted(monet, key=year_of.get)
for name in years:
    print(credit(name))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The pavilion in these four styles, in the order of the years. Which two neighbours
# will be farthest apart in colour?

# %%
china = nstlib.load_image(nstlib.example_path("china"), max_side=min(256, profile.size))
series = [nstlib.fast_stylize(china, name) for name in years]

# %% [markdown]
# The mean colour of each, and how far neighbours are apart:

# %%
colors = {year_of[name]: image.mean(axis=(1, 2)) for name, image in zip(years, series, strict=True)}
steps = {
    f"{one} to {other}": float(np.abs(colors[one] - colors[other]).mean())
    for one, other in itertools.pairwise(colors)
}

# %% [markdown]
# Step by step:

# %%
for step, distance in steps.items():
    print(f"{step}: {distance:.3f}")
widest = max(steps, key=steps.get)
plots.strip(series, list(map(str, colors)), **plots.finding("16-years", widest=widest))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The numbers say which; what they do not say is why. Four paintings are four
# subjects in four lights: a meadow in the sun, a pond, an evening in fog, a palace by the water.
# Whoever takes the widest step for a change in Monet has measured his motifs. For a claim about the painter you
# would need several works of each year, and their spread is the yardstick.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Your turn.** Choose a painter and works that can be compared: one motif, or one season. With the
# loop (`nstlib.stylize`) you need their pictures, and the right to use them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Project 3: a texture for a wall (6 minutes)
#
# A texture from noise, as in lesson 05, and this time it shall tile: laid beside itself, nobody
# shall find the edge. What keeps it from that? The network sees a border, and paints it like one.
# So show it more than the picture: beyond each edge, what stands at the opposite edge.
#
# By hand, for a row of three pixels and a margin of one: 1 2 3 becomes 3 1 2 3 1. What leaves on the
# right comes in on the left, and the seam between 3 and 1 lies inside, where it is looked at.

# %% tags=["nbval-check-output"]
row = np.array([1.0, 2.0, 3.0]).reshape(1, 1, 3, 1)
print(wrap(row, 1)[0, 1, :, 0].numpy())

# %% [markdown]
# A cloth, or any surface of yours. Without one we take the lower left corner of Van Gogh's village.

# %%
village = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=384)
cloth = upload_photo(village[0, -150:, :150], max_side=150)
cloth

# %% [markdown]
# Noise to begin with, and a margin of a quarter of its side.

# %%
side = min(128, profile.size)
margin = side // 4
start = np.random.default_rng(0).normal(0.5, 0.1, (1, side, side, 3)).clip(0, 1).astype("float32")

# %% [markdown]
# Two objectives of style alone: one of the picture with its borders, one of the wrapped picture.

# %%
looking = nstlib.FeatureExtractor(layers, profile.network, pooling="average")
alone = {"convention": "relative", "content_weight": 0, "content_layers": layers[-1]}
alone |= {"style_weight": 30, "style_layers": layers}
bordered = nstlib.Objective(looking, start, cloth.image, **alone)
around = nstlib.Objective(looking, wrap(start, margin).numpy(), cloth.image, **alone)

# %% [markdown]
# `tileable` wraps an image, asks the objective, and adds the gradients of the margin to the pixels
# that were seen there.

# %%
tiles = [
    nstlib.paint(objective, start, evaluations=min(60, profile.evaluations)).best_image.numpy()
    for objective in (bordered, tileable(around, margin))
]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Both textures, laid two by two. How far are neighbours apart across the seam, over
# how far they are apart elsewhere? Give a number for each. Will you see it in the first, in the
# second, in both?

# %%
for name, tile in zip(("with borders", "wrapped"), tiles, strict=True):
    print(f"{name:13} seam {seam(tile):.2f}")

# %% [markdown]
# The two walls:

# %%
labels = ["with borders, two by two", "wrapped, two by two"]
plots.strip(list(map(repeat, tiles)), labels, **plots.finding("16-tiles"), columns=2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A seam of 1 is none: across it neighbours differ as anywhere else. With less they
# differ less there, which no eye takes for an edge. The number looks at two lines of pixels, and
# your eye at the whole wall, so use both: what repeats, a bright spot say, your eye finds at
# once, and no seam is to blame for it. The wrapped texture costs more, as the network sees the
# margin as well.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Your turn.** What makes a tile less of a pattern: a larger side, fewer deep layers, a cloth
# without landmarks? A wall to print needs 2000 pixels a side: from coarse to fine, as in lesson 10.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Project 4: a clip that does not flicker (5 minutes)
#
# A clip is painted frame by frame, and no frame knows of the one before. Here is a film in poor
# light: the cat keeps still, the grain of the camera is another one in each frame, and a ball rolls
# by.

# %%
still = nstlib.load_image(nstlib.example_path("chelsea"), max_side=min(192, profile.size))
down, across = np.mgrid[: still.shape[1], : still.shape[2]]

# %% [markdown]
# A frame is the cat with fresh grain, and with the ball a little farther on.


# %%
def frame(number):
    """One picture of the film."""
    image = still + np.random.default_rng(number).normal(0, 0.02, still.shape)
    middle = 0.8 * still.shape[1], (0.1 + 0.07 * number) * still.shape[2]
    ball = np.hypot(down - middle[0], across - middle[1]) < 0.07 * still.shape[1]
    image[0, ball] = (1.0, 0.9, 0.2)
    return image.clip(0, 1).astype("float32")


# %% [markdown]
# Painted frame by frame, and once more with `Steady`: it keeps the painting where the photograph
# hardly changes, and lets what moves be painted anew.

# %%
frames = [frame(number) for number in range(12)]
paint, steady = painter("cross_pink_cloud"), Steady()
alone_each = [paint(image) for image in frames]
held = [steady(image, painting) for image, painting in zip(frames, alone_each, strict=True)]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** In the upper half nothing moves but the grain. From frame to frame, do the paintings
# change there less than the film, as much, or more? And with `Steady`?


# %%
def flicker(clip):
    """How much the upper half changes from frame to frame, on average."""
    half = clip[0].shape[1] // 2
    upper = [image[:, :half] for image in clip]
    return float(np.mean([np.abs(b - a).mean() for a, b in itertools.pairwise(upper)]))


for name, clip in {"film": frames, "each alone": alone_each, "steady": held}.items():
    print(f"{name:11} {flicker(clip):.4f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The network makes strokes of grain: a little noise tips a stroke to one side or the
# other, so the paintings flicker more than the film does. `Steady` takes the new painting only as
# far as the photograph has changed. Its number says how much of the way from black to white the
# photograph has to change before half of the new painting comes in, on the mean of a small square, where
# grain counts less than in a pixel. `Steady()` takes 0.02, and
# `Steady(0.05)` holds more. That has a price, which is your experiment: what moves slowly leaves a
# trail.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** Move through the clip, and look at the ball and at the fur beside it. Where does
# `Steady` hold too much, and where too little?


# %%
def look_at(number):
    """A frame, and both of its paintings."""
    return [frames[number], alone_each[number], held[number]], ["film", "each alone", "steady"]


live(look_at, number=(0, 11, 1), fallback=[{"number": 8}], **plots.finding("16-clip"))

# %% [markdown]
# Without the `#`, these lines write a clip that any browser shows. A film of your own is painted in
# a shell: `nst --fast film.mp4 cross_pink_cloud --output painted.mp4` holds on to strokes as well
# (it needs the package `imageio-ffmpeg`).

# %%
pictures = [Image.fromarray(nstlib.images.to_uint8(image)) for image in held]
# pictures[0].save("clip.gif", save_all=True, append_images=pictures[1:], duration=80, loop=0)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Project 5: a term of your own (6 minutes)
#
# A term is a number that is 0 when you have what you want. Say you want a picture that is its own
# mirror image. By hand, for a row of two pixels, 1 and 3: its mirror image is 3 and 1, the
# differences are 2 and 2, the mean of their squares is 4. For 2 and 2 it is 0.


# %% tags=["nbval-check-output"]
def asymmetry(image):
    """How far an image is from its mirror image, left to right: 0 if it is its own."""
    return ops.mean((image - ops.flip(image, axis=2)) ** 2)


print(float(asymmetry(np.array([1.0, 3.0]).reshape(1, 1, 2, 1))))

# %% [markdown]
# Into the machine with it:


# %%
def mirrored_by(weight):
    """A painting with the new term in the sum, that heavy."""
    evaluate = machine(cat, village, lambda image: weight * asymmetry(image))
    return nstlib.paint(evaluate, cat, evaluations=budget).best_image.numpy()


# %% [markdown]
# With three weights, and nothing else changed. 0 is the machine as it was.

# %%
mirrored = {weight: mirrored_by(weight) for weight in (0, 3, 30)}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The cat looks to one side. With the new term, what becomes of her face? And which of
# the old terms has to pay for it: the content, the style, or both?

# %%
P, A = targets(cat, village)


def measured(image):
    """All terms of a painting, the new one first."""
    return np.array([float(value) for value in (asymmetry(image), *terms(image, P, A).values())])


# %% [markdown]
# The yardstick stands in the last row: how far the three runs from above differ in each.

# %%
print(f"{'':9}", *(f"{name:>9}" for name in ("asymmetry", "content", "style", "variation")))
for weight, painting in mirrored.items():
    print(f"weight {weight:2}", *(f"{value:9.4f}" for value in measured(painting)))
unchanged = np.array([measured(run.best_image) for run in runs])
print("yardstick", *(f"{value:9.4f}" for value in np.ptp(unchanged, axis=0)))

# %% [markdown]
# The paintings:

# %%
labels = [f"weight {weight}" for weight in mirrored]
plots.strip(list(mirrored.values()), labels, **plots.finding("16-mirror"), columns=3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The new term falls, as it must: that alone is no result. A result is what it costs.
# Go through the other columns, and compare each change with its yardstick in the last row.
# Content and style both pay; of the variation little can be said. To the content, one half of this
# face is not the other. (The cat looks to one side, so at weight 30 she has four eyes.) To a Gram
# matrix it is all one where things are, but not which way strokes lean: a picture that is its own
# mirror image has as many to the left as to the right, and the village need not. And each demand
# more on the same pixels leaves less for the others.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Your turn.** Think of a term: light stays where it was light; a frame of plain colour; as few
# colours as possible. Compute it by hand for two pixels, and give the price that the others pay.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Project 6: a bug hunt (13 minutes)
#
# Much of what is published on style transfer has faults that no error message tells of. The program
# below was written for this lesson, and faults were put in whose kinds were found in well-known
# tutorials. It has five functions. First the way into the network.


# %%
def to_vgg(image):
    """RGB in [0, 1] to what VGG wants."""
    return image[..., ::-1] * 255 - np.float32(MEAN_BGR)


# %% [markdown]
# And out of it again:


# %%
def to_picture(x):
    """And back to what a file wants: RGB, whole numbers from 0 to 255."""
    rgb = (np.asarray(x) + MEAN_BGR)[..., ::-1]
    return rgb.round().astype(int).astype("uint8")


# %% [markdown]
# Then the style: a Gram matrix for each layer.


# %%
def gram(F):
    """Which channels are active together."""
    X = ops.reshape(F, (F.shape[0], -1, F.shape[-1]))
    return ops.einsum("bmc,bmd->bcd", X, X) / X.shape[1]


# %% [markdown]
# The mean of the layers' losses, with a weight:


# %%
def style_term(found, wanted, weight):
    """A weight times the mean of the layers' losses."""
    loss = 0.0
    for name, A in wanted.items():
        loss = loss + ops.mean((found[name] - A) ** 2)
    return loss * weight * len(wanted)


# %% [markdown]
# And the loop: gradient descent with momentum, which keeps a picture now and then for an album.


# %%
def descend(slope, x, steps, rate, momentum, every):
    """So many steps downhill; after every few of them a picture goes into the album."""
    album = []
    for start in range(0, steps, every):
        velocity = 0.0
        for _ in range(start, min(start + every, steps)):
            velocity = momentum * velocity - rate * slope(x)
            x = x + velocity
        album.append(x)
    return album


# %% [markdown]
# Does it work? For a test we make up features, Gram matrices, and the example of lesson 04.

# %%
rng = np.random.default_rng(0)
F = rng.gamma(1.0, 1.0, (1, 6, 5, 3)).astype("float32")
G, H = {"a": gram(F), "b": gram(F**2)}, {"a": gram(2 * F), "b": gram(F)}
small = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])

# %% [markdown]
# These are the tests that everybody thinks of first.


# %%
def ordinary():
    """Whether each of the five does on an example what it should."""
    photo, album = to_picture(to_vgg(cat)), descend(lambda x: 2 * x, 8.0, 6, 0.1, 0.5, 2)
    return {
        "to_vgg: white, red at the end": to_vgg(np.ones((1, 1, 1, 3)))[0, 0, 0, 2] > 131,
        "to_picture: a photo comes back": np.abs(photo - 255 * cat).max() < 1,
        "gram: the example of lesson 04": np.allclose(gram(small), [[[5, 7], [7, 10]]]),
        "style_term: 0 for the style itself": float(style_term(H, H, 3.0)) == 0,
        "descend: downhill": 8 > album[0] > album[1] > album[2] > 0,
    }


# %% [markdown]
# Five of five:

# %% tags=["nbval-check-output"]
for words, passed in ordinary().items():
    print("passed" if passed else "FAILED", "", words)

# %% [markdown]
# So it paints. Its targets, in relative units:

# %%
wanted = {name: gram(see(to_vgg(village))[name]) for name in layers}
scale = {name: float(ops.mean(wanted[name] ** 2)) ** 0.5 for name in layers}
wanted = {name: A / scale[name] for name, A in wanted.items()}
of_cat = see(to_vgg(cat))[deep]

# %% [markdown]
# The gradient is TensorFlow's. The content's term is written out here, and nothing is wrong with this
# cell; the style's term comes in from outside. What goes in and out are arrays.


# %%
def slope_by(style_term):
    """How the loss grows with each value of x; brought to one length, as in lesson 05."""

    @tf.function
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            F = see(x)
            found = {name: gram(F[name]) / scale[name] for name in layers}
            content = ops.mean((F[deep] - of_cat) ** 2) / ops.mean(of_cat**2)
            loss = content + style_term(found, wanted, 30.0)
        gradient = tape.gradient(loss, x)
        return gradient / ops.std(gradient)

    return lambda x: slope(tf.constant(x, "float32")).numpy()


# %% [markdown]
# As many steps as before, and a look after every fifth:

# %%
album = descend(slope_by(style_term), to_vgg(cat), budget, 2.0, 0.8, 5)
given = to_picture(album[-1])
nstlib.show(given, **plots.finding("16-given"), width=400)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Looks like a painting, with odd specks. As in lesson 13, ask for **properties**: what must hold
# whatever the numbers are?
#
# | function | must hold |
# |---|---|
# | `to_vgg` | the picture that it is given stays as it was |
# | `to_picture` | what is lighter never becomes darker |
# | `gram` | positions may be shuffled |
# | `style_term` | each layer twice, under another name, changes nothing: it is a mean |
# | `descend` | how often one looks does not change where it goes |
#
# **Predict.** Compare each row with the code above. How many of the five will fail?


# %%
def twice(grams):
    return {**grams, **{f"{name} again": A for name, A in grams.items()}}


def same(one, other):
    return bool(np.allclose(one, other, rtol=1e-4))


# %% [markdown]
# A property is a line of code. Here, too, the functions come in from outside.


# %%
def properties(to_vgg, to_picture, gram, style_term, descend):
    """What must hold of the five functions, and whether it does."""
    before, way = cat.copy(), (lambda x: 2 * x, 8.0, 6, 0.1, 0.5)
    to_vgg(cat)
    darker, lighter = (np.asarray(to_picture(x)) for x in (values, values + 99))
    return {
        "to_vgg": same(cat, before),
        "to_picture": bool((lighter >= darker).all()),
        "gram": same(gram(F), gram(shuffled)),
        "style_term": same(style_term(twice(G), twice(H), 3.0), style_term(G, H, 3.0)),
        "descend": same(descend(*way, 6)[-1], descend(*way, 2)[-1]),
    }


# %% [markdown]
# What they are tried on, and the program as it was given:

# %%
values, shuffled = 60 * rng.normal(size=(1, 6, 5, 3)), rng.permutation(F.reshape(30, 3))[None, None]
hold = properties(to_vgg, to_picture, gram, style_term, descend)

# %% [markdown]
# They have been tried. How many fail?

# %% slideshow={"slide_type": "skip"}
predict("How many of the five properties fail?", answer=list(hold.values()).count(False))

# %% [markdown]
# One by one:

# %% tags=["nbval-check-output"]
for name, holds in hold.items():
    print(f"{name:11}", "holds" if holds else "FAILS")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Three. Each fault hid from its ordinary test. A photo has nothing beyond white, so
# it comes back whole; an optimiser leaves such values behind, and a byte that is full begins
# again at 0: 255 and 1 more is 0. The style itself has a loss of 0, and 0 times anything is 0;
# five layers are 25 times as much as was asked for, since the sum was multiplied by 5 where it
# should have been divided by 5. And a loop that forgets its velocity still goes downhill, only
# more slowly, the more often one looks.

# %% [markdown]
# Two of these by hand: a byte that runs over, and five layers with a loss of 1 each, whose mean is
# 1.

# %% tags=["nbval-check-output"]
print("bytes", np.array([254, 255, 256, 257]).astype("uint8"))
ones, zeros = ({name: np.full((1, 1, 1), one) for name in layers} for one in (1.0, 0.0))
print("five layers, weight 1:", float(style_term(ones, zeros, 1.0)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Mend `to_picture`: copy its lines from above, and change what is needed.
# `check.to_picture.hint()` helps, as with the other two.


# %% tags=["exercise"]
def to_picture(x):
    """From what VGG wants back to what a file wants: RGB, whole numbers from 0 to 255.

    x: (B, H, W, 3), BGR, 0 to 255 minus the mean colour MEAN_BGR; it must not change.
    Returns uint8 of the same shape. What is lighter than white becomes white, what is darker than
    black becomes black.
    For example, [[[[151.061, 138.221, 131.32], [200.0, 0.0, -300.0]]]] gives
    [[[[255, 255, 255], [0, 117, 255]]]].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.to_picture}}

# %% [markdown]
# The check draws values on both sides of the range.

# %%
check.to_picture(to_picture)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Mend `style_term`.


# %% tags=["exercise"]
def style_term(found, wanted, weight):
    """The style term of an objective: a weight times the mean over the layers of their losses.

    found: dict from layers to Gram matrices (1, C, C) of the painting; it may have other layers, too.
    wanted: dict from the style's layers to its Gram matrices. Both must not change.
    The loss of a layer is the mean squared difference of its two matrices.
    For example, found {"a": [[[3.0]]], "b": [[[2.0]]]}, wanted {"a": [[[1.0]]], "b": [[[0.0]]]} and
    the weight 10.0 give 40.0.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.style_term}}

# %% [markdown]
# The check takes two layers or three, and one more that the style does not name.

# %%
check.style_term(style_term)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Mend `descend`.


# %% tags=["exercise"]
def descend(slope, x, steps, rate, momentum, every):
    """Gradient descent with momentum, and a picture for the album now and then.

    slope: a function from a picture to the gradient there.
    x: the start; it must not change.
    In each step the velocity becomes momentum * velocity - rate * slope(x) and is added to x. It is
    0 at first, and only then.
    every: after so many steps a picture is kept; after the last step, too.
    Returns the pictures that were kept, a list.
    For example, with slope 2 x, from 8.0, descend(slope, x, 3, 0.25, 0.5, 2) keeps 0.0 and -2.0.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.descend}}

# %% [markdown]
# The check walks in a bowl, with a last round that is shorter than the others.

# %%
check.descend(descend)

# %% [markdown]
# Whose functions mend the program? Where one of yours is not there yet, the library's takes its
# place.

# %%
my_to_picture = check.to_picture.mine_or_library(to_picture, gradient=False)
my_style_term = check.style_term.mine_or_library(style_term)
my_descend = check.descend.mine_or_library(descend, gradient=False)

# %% [markdown]
# Mended, it paints with what it was told: a style weight that is 25 times smaller than the one that
# was at work before, a momentum that lasts, and bytes that end at 255.

# %%
way = my_descend(slope_by(my_style_term), to_vgg(cat), budget, 2.0, 0.8, 5)
mended = np.asarray(my_to_picture(np.asarray(way[-1])))
nstlib.show([given, mended], **plots.finding("16-mended"), width=400)
hold_now = properties(to_vgg, my_to_picture, gram, my_style_term, my_descend)
print("properties that hold:", list(hold_now.values()).count(True), "of", len(hold_now))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Your turn.** As a project: find a program on the web that does style transfer, and write down a
# property of each of its functions *before* you read the code. If one fails, write the smallest
# example that shows it, and tell its authors, kindly.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Properties are tests, and tests can be tested. Put another fault into each of the
# three mended functions, one that all five properties let pass, and find the property that convicts
# it.

# %% [markdown] tags=["instructor"]
# **The stretch task.** Tried, one for each. A `to_picture` that mirrors left and right passes:
# lighter is still lighter. "A photo comes back" convicts it. A `style_term` with absolute
# differences in place of squares passes: it is a mean. Twice the differences have to give four
# times the term. A `descend` without momentum passes: it goes the same way, however often one
# looks. On a slope of 1 everywhere, the second step must be longer than the first. On the web one
# usually finds pictures that go to VGG without its preparation, a reshape that mixes channels and
# positions, a Gram matrix that adds up the pictures of a batch, text and code that differ (squares
# and absolute values), and L-BFGS in rounds that each forget their memory.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Show it, and say whose it is (5 minutes)
#
# In most paintings that this course makes there is work of others. Before you show one, ask:
#
# - **The photo.** Did you take it? Can anyone on it be recognised, and have they said yes?
# - **The style picture.** How long has its author been dead? In the European Union and in the United
#   Kingdom a work is protected for 70 years after that, elsewhere by other rules. A photograph of an
#   old painting may have rights of its own.
# - **A licence** is kept word for word. The pavilion is CC BY 2.0: name its author, link the licence,
#   say what was changed, for each painting made from it.
# - **A living artist?** A manner of painting may be nobody's property, but the picture from which you
#   learn it is somebody's work. Ask them. Do not put the name into your title as if the work were
#   theirs, do not sell it as that, and take it down when you are told to.
#
# Where you are not sure, ask your institution: this is a habit, and no legal advice.

# %% [markdown]
# The course's own pictures have their credits at hand:

# %% tags=["nbval-check-output"]
for name in ("chelsea", "china", "van_gogh_houses_at_auvers"):
    print(credit(name))

# %% [markdown]
# A painting that `stylize` made brings its settings and seconds along. With these, somebody else can
# make it again.

# %%
paths = [nstlib.example_path(name) for name in ("china", "van_gogh_houses_at_auvers")]
settings = {"size": min(256, profile.size), "evaluations": min(30, profile.evaluations)}
evening = nstlib.stylize(*paths, progress=False, **settings)
print(f"{evening.history['seconds'][-1]:.1f} s with {len(evening.settings)} settings")

# %% [markdown]
# `nstlib.portfolio` makes one HTML file of your pictures: results, files, arrays. It has room for
# your plan and for what became of it, and it asks for what pages usually lack, a text for each
# picture that says what can be seen, and credits. Try to leave one out.

# %%
works = [evening, repeat(tiles[1]), mirrored[30]]
captions = ["Evening at the lake", "A wall", "Her own mirror image"]
alt = [
    "A pavilion above a lake, in short strokes of yellow and green",
    "A wall of brush strokes in ochre and green in which no seam can be found",
    "A cat's face with two eyes on each side, its own mirror image, in orange and blue",
]

# %% [markdown]
# The texts go on from your plan.

# %%
afterwards = {"What happened": "What came out, with numbers and the yardstick beside them."}
afterwards |= {"What failed": "What did not work, why I think so, and how to find out."}
page = {"title": "A lake, a wall and a mirror", "author": "Your name", "alt": alt}
page |= {"captions": captions, "sections": plan | afterwards}
page |= {"credits": ["china", "chelsea", "van_gogh_houses_at_auvers"]}

# %% [markdown]
# Here it goes into a folder that is thrown away. Without the `#`, the last line leaves the page
# beside this notebook: open it in a browser, send it, print it. It never replaces a page unless you
# say `overwrite=True`.

# %% tags=["measured"]
with tempfile.TemporaryDirectory() as folder:
    written = nstlib.portfolio(works, pathlib.Path(folder, "portfolio.html"), **page)
    print(f"{written.name}: {written.stat().st_size / 1000:.0f} kB, and nothing else is needed")
# nstlib.portfolio(works, "portfolio.html", **page)

# %% [markdown]
# This is how such a page looks, from top to bottom. It is one of two that are marked, row by row, in
# [docs/project.md](../docs/project.md).
#
# ![A page with a title, five short texts, four pictures of walls in the colours of poppies with captions, and a line of credits](../docs/images/project_wall.jpg)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Read somebody else's (2 minutes)
#
# Before you hand in, let somebody read your page who has not seen it grow, and read theirs. The
# [rubric and the review sheet](../docs/project.md) fit on two sheets of paper. The reviewer does
# three things: makes one painting again from the page alone; names the sentence that they believe
# least, and the number that would convince them; and asks one question that the page does not
# answer.
#
# **Your turn.** At home: the plan (half an hour, and let somebody read it), the yardstick, then the
# experiment, the page, and a review. Begin with the failure when you present it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (2 minutes)
#
# {{quiz 16-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 16-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 16-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **A plan** is an intention, one variable and a prediction, written first. The **yardstick** is how
#    far the same thing differs from itself; a change that is smaller has not been measured.
# 2. **Six beginnings** run, and each has a place to go on: `extra` for a term, in the machine that you
#    have written; `wrap` for a wall, `Steady` for a clip, `learn_style` for a hand.
# 3. **Properties** find what examples miss: lighter stays lighter, a mean does not know how many,
#    looking does not change the way. That it goes downhill and paints proves nothing.
# 4. **A page** says what can be seen, how it was made, in how many seconds, and whose pictures are in
#    it. A living artist is asked.
#
# The odd one among the six in the opening is the last: its specks are colours lighter than white,
# which began again at black, and colours darker than black, which came out light.
#
# ## References
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, [Texture Synthesis Using Convolutional Neural
#   Networks](https://arxiv.org/abs/1505.07376), 2015: the texture that tiles here.
# - M. Ruder, A. Dosovitskiy, T. Brox, [Artistic style transfer for
#   videos](https://arxiv.org/abs/1604.08610), 2016: clips, with the movement taken into account.
# - Creative Commons, [licences](https://creativecommons.org/licenses/): what BY asks for.
#
# **Next:** your own. Show it to somebody.
