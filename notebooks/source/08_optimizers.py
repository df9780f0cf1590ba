# %% [markdown] slideshow={"slide_type": "slide"}
# # 08 Optimisers: from gradient descent to Adam
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/08_optimizers.ipynb)
#
# ![A rocket on its launch pad at night, painted three times after Renoir: under fine ripples on blue, and twice under ripples of green, brown and gold; right the Renoir, people who dance in a garden](../docs/images/lesson_08.jpg)
#
# One photograph, one style, one loss, and ten evaluations for each of the three. From left to right
# the gradients were used by plain descent, with momentum, and by Adam. Is the third the best way, or
# had it only the better learning rate? By the end of this lesson you will have written a step of
# Adam yourself, will have seen the three in a race in which all may choose their rate, and your Adam
# will have painted a large cat. (Photograph: SpaceX, in the public domain, here repainted; right:
# Pierre-Auguste Renoir, Bal du moulin de la Galette, 1876.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Follow** gradient descent, momentum and Adam on paper, and say what each of them remembers.
# 2. **Write** a step of Adam, and paint with it.
# 3. **Measure** what is steep in a picture and what is flat.
# 4. **Judge** a race of optimisers: whose learning rate was searched for, how long, and with which
#    pictures.
#
# **You need** lesson 06: the loss, its three terms, and its gradient with respect to the pixels; and
# momentum, as you have written it in lesson 05. From mathematics, the gradient, and the product of a
# matrix and a vector. **It takes** 50 minutes.

# %% [markdown]
# {{machine: step of the pixels}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 50. The
# misconception to hunt: "a learning rate of 0.02 is a small one", as if rates had one unit; quiz
# question 3 shows who still believes it. The second one: "Adam is better than gradient descent", as
# a sentence with a full stop. Before the race, let everybody write down by how much Adam will win
# when each has the best of four rates. Short of time? Run "Is a painting a valley?" without a word:
# the race uses its picture and its objective.

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
from nstlib.lbfgs import dot, evaluate_at
from nstlib.plots.figures import DASHES, PALETTE, new_figure
from nstlib.widgets import live

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import itertools
import json
from functools import partial

import numpy as np
import tensorflow as tf

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A valley (8 minutes)
#
# Every optimiser walks to the lowest point of a landscape, and all it may do is to ask where it
# stands: how high is it here, and which way is uphill? The smallest landscape with a difficulty in
# it is a long valley:
#
# $$f(x, y) = \frac{x^2 + 9 y^2}{2}, \qquad g = \nabla f = (x, \; 9 y)$$
#
# For each unit that one walks along it, in $x$, the gradient changes by 1, and across, in $y$, by 9.
# This is its **curvature**: by how much the gradient changes on the way.
#
# Start at $(9, 1)$. There the gradient is $(9, 9)$. **Gradient descent** goes against it, times a
# *learning rate*. With rate 0.1, the next point is $(9 - 0.9, \; 1 - 0.9) = (8.1, \; 0.1)$. By
# code, with the two curvatures in a matrix $A$, so that $g = A p$ at the point $p = (x, y)$:

# %%
A = np.diag([1.0, 9.0])
start = np.array([9.0, 1.0])
print("gradient", A @ start, "  next point", start - 0.1 * A @ start)

# %% [markdown]
# Look at it again: the two numbers of the gradient are **the same**, 9 and 9. Yet along $x$ the
# bottom is 9 away, and along $y$ it is 1 away. A gradient says how steep it is, not how far to go.
#
# Here is the whole walk. (The `momentum` is that of lesson 05, and will be used later; 0 means none.)


# %%
def descend(A, point, rate, momentum=0.0, steps=40):
    """The points on the way of gradient descent."""
    points, velocity = [point], 0
    for _ in range(steps):
        velocity = momentum * velocity - rate * (A @ points[-1])
        points.append(points[-1] + velocity)
    return np.array(points)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** With rate 0.1, $x$ has come down to 8.1 only. Which of these rates brings us nearest
# to the bottom, $(0, 0)$, in 40 steps: 0.1, 0.2, 0.22 or 0.23?

# %%
for rate in (0.1, 0.2, 0.22, 0.23):
    x, y = descend(A, start, rate)[-1]
    print(f"rate {rate:4}: after 40 steps at ({x:.4f}, {y:.4f})")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Each step multiplies $x$ by $1 - \text{rate}$, and $y$ by $1 - 9 \cdot \text{rate}$.
# Beyond a rate of $2 / 9 = 0.222$ the second factor is below $-1$, and $y$ leaps from wall to wall,
# higher each time. So the *steepest* direction forbids a larger rate, and the *flattest* one has to
# creep. At 0.2 both factors have the size 0.8: no rate does better. Were the valley a hundred times
# as curved across as along, the best that any rate could do for both would be a factor of
# $99 / 101$, or 0.98, a step. That is what a long valley costs.

# %% [markdown]
# **Momentum**, the velocity of lesson 05, remembers one direction: each step begins with a share of
# the step before. To see what that does in a valley, we need a map.


# %%
def draw(paths, A, title, alt):
    """Paths on the map of a valley, and how high each walker still is."""
    figure = new_figure(3.4, title=title, width=9.0)
    map_, heights = figure.subplots(1, 2)
    x, y = np.meshgrid(np.linspace(-3, 10, 99), np.linspace(-4, 9, 99))
    f = (A[0, 0] * x**2 + 2 * A[0, 1] * x * y + A[1, 1] * y**2) / 2
    map_.contour(x, y, f, levels=np.geomspace(0.1, f.max(), 10), colors="0.8", linewidths=1)
    for (name, path), color, dash in zip(paths.items(), PALETTE, DASHES, strict=False):
        map_.plot(*path.T, ls=dash, color=color, marker="o", ms=2.5)
        height = np.sum((path @ A) * path, axis=1) / 2
        heights.semilogy(np.maximum(height, 1e-9), ls=dash, color=color, label=name, lw=2)
    map_.set(xlim=(-3, 10), ylim=(-4, 9), aspect="equal", xlabel="x", ylabel="y")
    heights.set(xlabel="steps (gradients asked for)", ylim=(1e-8, 1e4))
    heights.set_title("height f")
    heights.legend(loc="upper right", fontsize=9)
    return plots.show_figure(figure, alt=alt)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Plain descent takes its best rate, 0.2. Momentum keeps a quarter of each step, at a
# rate of 0.25, with which plain descent would explode. Whose path zigzags more, and who gets
# lower?

# %%
paths = {"gradient descent": descend(A, start, 0.2)}
paths["with momentum"] = descend(A, start, 0.25, momentum=0.25)
draw(
    paths,
    A,
    **plots.finding("08-momentum"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** By hand: the first step with momentum is $-0.25 \cdot (9, 9)$ and leads to
# $(6.75, -1.25)$. There the gradient is $(6.75, -11.25)$, and the second step
#
# $$0.25 \cdot (-2.25, \, -2.25) - 0.25 \cdot (6.75, \, -11.25) = (-2.25, \; 2.25)$$
#
# leads to $(4.5, 1)$. Along the valley both parts have the same sign and add up. Across, what is kept
# of the step before brakes the leap back, so that a rate can be used with which plain descent
# explodes. It swings wider at first, and in the long run each step halves the way, where plain
# descent takes a fifth off it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: a step of Adam (10 minutes)
#
# In the valley, $x$ could do with a larger rate than $y$. **Adam** (Kingma and Ba, 2015) gives each
# coordinate a unit of its own: how large its gradient usually is. It remembers two running means,
# of the gradient and of its square,
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# both 0 at first: a share $\beta$ of the old mean is kept, and the rest is what is new. It goes
# against $m / \sqrt{v}$. At the first step, with $\beta_1 = 0.9$ and $\beta_2 = 0.999$, a gradient of
# 9 gives $m = 0.9$ and $v = 0.081$: too small, for most of each mean is still the 0 that it began
# with. In step $t$ they are too small by the factor $1 - \beta^t$. Divided by it,
# $\hat m = 0.9 / 0.1 = 9$ and $\hat v = 0.081 / 0.001 = 81$, and the step is
#
# $$-\,\text{rate} \cdot \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# where the tiny $\epsilon$ only keeps us from dividing by 0.
#
# **Predict.** How long is this first step, in rates? And how long if the gradient is 0.01 in place
# of 9?


# %% tags=["exercise"]
def adam_step(x, m, v, gradient, t, learning_rate=0.02, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """One step of Adam: against the running mean of the gradient, each coordinate in its own unit.

    x: the point; m, v: running means of the gradient and of its square, zeros at first; gradient:
    at x. All have the same shape, and must not change.
    t: the number of this step, from 1. Early on the means are too small, by 1 - beta**t.
    beta_1, beta_2: how much of m and of v is kept.
    epsilon: added to the root of v.
    Returns the new x, m and v.
    For example, from x = 0.5 with m = 0.3, v = 0.009 and gradient -1.0, the second step (t=2)
    leads to x = 0.492, m = 0.17, v = 0.00999.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.optimizers.adam_step}}

# %% [markdown]
# The check makes up points, means and gradients. `check.adam_step.hint()` helps.

# %%
check.adam_step(adam_step)

# %% [markdown]
# Whose Adam walks and paints from here on? If yours is not there yet, the library's takes its place.
# (Keras and the library add $\epsilon$ to $\sqrt v$ itself, before the correction; you may have done
# it after, as in the formula. Both are in use.)

# %%
my_adam_step = check.adam_step.mine_or_library(adam_step, gradient=False)

# %% [markdown]
# It answers the prediction, for three values whose gradients are of very different size.

# %%
gradients = np.float32([9.0, 0.01, -500.0])
x, m, v = my_adam_step(np.float32([0, 0, 0]), 0 * gradients, 0 * gradients, gradients, 1)
print("first step:", np.round(x, 4))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The first step has one length, whatever the gradient: the learning rate itself. So
# Adam's rate is in the unit of what it moves. A rate of 0.02 means "a colour value changes by about
# 0.02 a step, while its gradient is steady", for every picture and every loss. That of gradient
# descent is multiplied by a gradient: how far it goes, one knows only with the loss.

# %% [markdown]
# And Adam's way through a valley:


# %%
def adam(A, point, rate, steps=40):
    """The points on Adam's way."""
    points, m, v = [np.float32(point)], np.float32(0 * point), np.float32(0 * point)
    for t in range(1, steps + 1):
        step = my_adam_step(points[-1], m, v, np.float32(A @ points[-1]), t, rate)
        new, m, v = map(np.float32, step)
        points.append(new)
    return np.array(points)


# %% [markdown] slideshow={"slide_type": "slide"}
# ## A valley that is turned (3 minutes)
#
# Make a landscape a thousand times as high, and Adam takes the same steps, as $m$ and $\sqrt v$ grow
# alike: one rate serves many problems. But what if the landscape is *turned*?
#
# Here is a longer valley, a hundred times as curved across as along, and the same valley **turned**
# by some degrees, so that it runs across both axes.


# %%
def turned_valley(condition, degrees):
    """The matrix of a valley in that direction, and a start in it."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    R = np.array([[c, -s], [s, c]])
    return R @ np.diag([1.0, condition]) @ R.T, R @ [9.0, 1.0]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Gradient descent and Adam go through that valley in four directions, 40 steps each. For
# which of the two does the direction matter?

# %%
for degrees in (0, 15, 30, 45):
    valley, top = turned_valley(100, degrees)
    ends = descend(valley, top, 0.0198)[-1], adam(valley, top, 0.5)[-1]
    down, by_adam = (point @ valley @ point / 2 for point in ends)
    print(f"turned by {degrees:2} degrees: descent is at height {down:.2f}, Adam at {by_adam:.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Gradient descent gets equally (not very) far whatever the direction. Adam, at this
# rate, gets much lower in the valley along the axis than in the one across both: there, both
# coordinates have gradients of the same size, and dividing by two equal numbers repairs nothing.
# "Each coordinate in its own unit" helps where what is steep is a *coordinate*. In a painting,
# coordinates are colour values of pixels. Is what is steep there a single colour value?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is a painting a valley? (8 minutes)
#
# Its curvature can be felt without any theory: push the picture a little, by $s$, and see by how
# much the gradient changes, $y$. In the valley $y = A s$, and the curvature along $s$ is $s \cdot y
# / s \cdot s$: 1 along, 100 across. We take a cat, and a painting of her that is half done. (This
# lesson paints with the library's default loss, which compares means and covariances in the place of
# Gram matrices, as lesson 06 has mentioned.)

# %%
from nstlib.conventions import CONVENTIONS

convention = CONVENTIONS["mean-covariance"]
size = min(192, profile.size)


def pair(photo, painting, size):
    """A photograph, a painting, and the objective of the two."""
    content = nstlib.load_image(nstlib.example_path(photo), max_side=size)
    style = nstlib.load_image(nstlib.example_path(painting), max_side=size)
    layers = sorted({*convention.content_layers, *convention.style_layers})
    extractor = nstlib.FeatureExtractor(layers, profile.network, pooling=convention.pooling)
    return content, style, nstlib.Objective(extractor, content, style)


# %% [markdown]
# The painting has seen 40 evaluations, from the photograph.

# %%
cat_by_renoir = "chelsea", "renoir_moulin_de_la_galette"
photograph, renoir, landscape = pair(*cat_by_renoir, size)
half_done = nstlib.paint(landscape, photograph, evaluations=min(40, profile.evaluations))
picture = half_done.best_image.numpy()


# %% [markdown]
# We go half of the push forth and half of it back, and take the difference of the two gradients:
# so the picture itself is in the middle.


# %%
def change_of_gradient(s, image):
    """By how much the gradient changes along a push s."""
    forth, back = (landscape(image + push)[1] for push in (s / 2, -s / 2))
    return np.asarray(forth - back, "float64")


# %% [markdown]
# And the curvature. All pushes are made equally long, 0.02 for each value, as the root of their mean
# square.


# %%
def curvature(s, image):
    """How much the loss is curved at an image, in the direction of s."""
    s = s * 0.02 / np.sqrt(np.mean(s**2))
    return np.sum(s * change_of_gradient(s, image)) / np.sum(s**2)


# %% [markdown] slideshow={"slide_type": "subslide"}
# In which directions? A picture is a sum of **waves**, from broad ones, hardly more than a gradual
# change from dark to light, to the finest, up and down from one pixel to the next. Of these a period
# takes two pixels, and their frequency is 0.5 cycles a pixel. No wave is finer.


# %%
def wave(frequency, axis):
    """Grey waves of so many cycles a pixel, down (axis 1) or across (axis 2) a picture."""
    return np.cos(2 * np.pi * frequency * np.indices(picture.shape)[axis])


frequencies = [1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** We push along seven waves, from 128 pixels long to 2. Along which of them is the
# painting curved most: the broad, the middle, or the fine ones? By which factor, from the flattest
# to the steepest? And is the photograph, where the painting began, a valley as well?

# %%
felt = {
    name: [np.mean([curvature(wave(f, axis), image) for axis in (1, 2)]) for f in frequencies]
    for name, image in (("the photograph", photograph), ("half done", picture))
}

# %% [markdown]
# The mean of waves down and across, times a million, from the broadest to the finest:

# %%
for name, values in felt.items():
    print(f"{name:14}", ", ".join(f"{1e6 * value:.0f}" for value in values))

# %% [markdown]
# The second line, drawn, in multiples of its smallest number.

# %%
multiples = np.array(felt["half done"]) / min(felt["half done"])
texts = plots.finding("08-waves", ratio=max(multiples))
figure = new_figure(3.2, title=texts["title"], width=7.5)
axes = figure.subplots()
axes.loglog(frequencies, multiples, color=PALETTE[0], marker="o")
axes.set_xticks(frequencies, [f"1/{1 / f:.0f}" for f in frequencies])
axes.set_yticks([1, 2, 5, 10, 20], [1, 2, 5, 10, 20])
axes.minorticks_off()
axes.set(xlabel="frequency, cycles a pixel")
axes.set_title("curvature half done, in multiples of the flattest")
plots.show_figure(figure, alt=texts["alt"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Half done it is a long valley, and its flat directions have a name: the **low
# frequencies**. Most of the network's first filters, and the total variation, look at differences
# between neighbours. A broad wave hardly changes these, and waves of 4 to 8 pixels change them a lot.
# (The very finest are somewhat flatter again.) So a broad change, such as another colour for the
# whole background, takes an optimiser the longest. The photograph is no valley at all. Negative
# numbers mean that the gradient changes *against* the push: along nearly all of these waves, and by
# far the most along those of 4 to 16 pixels, it lies on a **hilltop**.

# %% [markdown]
# Is the steep direction perhaps a *coordinate*, a single colour value, so that Adam's own unit for
# each of them repairs it? Push one value, chosen at random, and see how much of the gradient's change
# is at that value itself. In a valley along the axes it would be all of it.


# %%
def at_the_value(number):
    """The share of the gradient's change, squared, that is at the value that was pushed."""
    one_value = np.zeros(picture.size)
    one_value[number] = 0.1
    y = change_of_gradient(one_value.reshape(picture.shape), picture).ravel()
    return y[number] ** 2 / np.sum(y**2)


# %% [markdown]
# That for thirty values:

# %%
shares = [at_the_value(n) for n in np.random.default_rng(0).integers(picture.size, size=30)]
print(f"at the value itself: {np.mean(shares):.0%} on average, {max(shares):.0%} at most")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** On average more than half of the change is at *other* values: filters look at
# neighbourhoods, so pixels pull at each other. What is steep in a painting is no single value, and
# its valley runs across the axes, where a unit for each axis cannot repair it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A fair race (9 minutes)
#
# A race in which one runner's rate was tuned and another's was not tells about the tuning. So
# everybody gets four learning rates, each about three times the last, and the same cat, small.
# `nstlib.paint` runs the loop with the library's gradient descent and its Adam. They step as you have
# seen it, and put values that leave the range of colours back to 0 or 1.

# %%
cat, _, to_cat = pair(*cat_by_renoir, min(128, profile.size))
budget = min(60, profile.evaluations)


def lowest(objective, start, optimizer, rate, **options):
    """The lowest loss so far, at each evaluation."""
    how = {"optimizer": optimizer, "learning_rate": rate, **options}
    run = nstlib.paint(objective, start, evaluations=budget, **how)
    return np.minimum.accumulate(run.history()["total"])


# %% [markdown]
# Gradient descent needs rates in the unit of this loss: 2.6 to 86 for a picture of this size. Adam's
# are in the unit of colours.

# %%
walkers = {
    "gradient descent": (partial(lowest, optimizer="gradient-descent"), (2.6, 8.6, 26, 86)),
    "momentum 0.9": (
        partial(lowest, optimizer="gradient-descent", momentum=0.9),
        (2.6, 8.6, 26, 86),
    ),
    "Adam": (partial(lowest, optimizer="adam"), (0.01, 0.03, 0.1, 0.3)),
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Each with the best of its four rates: by how much is Adam lower than plain descent
# after 60 evaluations, a factor of 10, of 2, or by some percent? And to whom does the choice of the
# rate matter least?

# %%
losses = {
    name: {rate: run(to_cat, cat, rate=rate) for rate in rates}
    for name, (run, rates) in walkers.items()
}
for name, by_rate in losses.items():
    print(f"{name:17}", ", ".join(f"{rate}: {loss[-1]:.3f}" for rate, loss in by_rate.items()))

# %% [markdown]
# Now each at its best rate, evaluation by evaluation.

# %%
best = {name: min(runs, key=lambda rate: runs[rate][-1]) for name, runs in losses.items()}
curves = {f"{name}, {best[name]}": losses[name][best[name]] for name in losses}
plots.compare_losses(
    curves,
    **plots.finding("08-fair", lowest=min(curves, key=lambda name: curves[name][-1])),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** At their best rates the three are close: some percent, not a factor. But look along the
# rows. At three times its best rate plain descent leaps from wall to wall, and at a tenth of it its
# loss is still nearly twice as high. Adam's worst rate is not much worse than its best, though its
# rates are as far apart. What Adam saves is the search.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And does a rate that was found once serve again? Another pair, a cup of coffee and a head made of
# flowers, with the rates that were the cat's best. **Predict:** for whom will it go wrong?

# %%
coffee, _, to_coffee = pair("coffee", "arcimboldo_spring", min(128, profile.size))
for name, (run, _) in walkers.items():
    loss = run(to_coffee, coffee, rate=best[name])
    print(f"{name:17} rate {best[name]:4}: from {loss[0]:.2f} to {loss[-1]:.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Plain descent never comes below its start: here that rate explodes. With momentum the
# loss falls, but not as far as Adam's. Adam's rate is a distance in colours, which is the same for
# cats and for cups.

# %% [markdown]
# "The best rate", then, of Adam: is there one? We measured five of them for 400 evaluations, with
# three pairs of pictures at 192 pixels and Gram matrices, as in lesson 06: the cat, the pavilion of
# lesson 00 (`china`), and the cup of coffee. The data come with the course, and say how low the loss
# was after some numbers of evaluations, its *marks*.

# %%
from nstlib.images import data_folder

duel = json.loads((data_folder() / "optimizer_duel.json").read_text(encoding="utf-8"))
rates = (0.005, 0.01, 0.02, 0.05, 0.1)


def measured(rate, photo):
    """The lowest losses so far of an Adam, from the content, at some evaluations."""
    wanted = [f"Adam {rate}", "content", photo]
    runs = duel["runs"]
    run = next(r for r in runs if [r["contender"], r["start"], r["pair"][0]] == wanted)
    return {"evaluation": duel["marks"], "total": run["loss"]}


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Is one of these five rates the lowest all the way, for all three pairs?

# %%
plots.compare_losses(
    {f"Adam {rate}": measured(rate, "chelsea") for rate in rates},
    **plots.finding("08-adams"),
)

# %% [markdown]
# And the best of the five at some marks, for each pair; then how much higher than the best the loss
# is with 0.05, at the worst of these marks:

# %%
for photo in ("chelsea", "china", "coffee"):
    table = np.array([measured(rate, photo)["total"] for rate in rates])
    at = {mark: table[:, duel["marks"].index(mark)] for mark in (25, 50, 100, 200, 400)}
    best_of = ", ".join(f"{rates[np.argmin(low)]} at {mark}" for mark, low in at.items())
    above = max(low[rates.index(0.05)] / min(low) - 1 for low in at.values())
    print(f"{photo:8} {best_of}; 0.05 is at most {above:.1%} higher")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** No. With the cat and the pavilion 0.05 is ahead for long, and cannot settle: by 400
# evaluations the smaller 0.02 has come past it. With the cup it is another order. And 0.05 is never
# far off. Whoever lets an optimiser race against Adam should let Adam choose its rate at *each* mark
# and for *each* pair, and say so.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your Adam paints (4 minutes)
#
# Now large, and with your own step. An optimiser of this course is a *generator of evaluations*: it
# looks at a point, hands out what it was told there, and goes on when it is asked for the next one.
# `evaluate_at` asks the objective for value and gradient at a picture.


# %%
def my_adam(evaluate, x, rate=0.05):
    """Adam, as a generator of evaluations; colours stay from 0 to 1."""
    x, m, v = np.float32(x), np.zeros(x.shape, "float32"), np.zeros(x.shape, "float32")
    for t in itertools.count(1):
        here = evaluate_at(evaluate, tf.constant(x))
        yield here
        x, m, v = map(np.float32, my_adam_step(x, m, v, here.gradient.numpy(), t, rate))
        x = np.clip(x, 0, 1)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The cat's fur is light brown and grey, Renoir's garden is nearly black, with light on
# faces and dresses. Which parts of the cat will become black, and which will stay the brightest?

# %%
photograph, renoir, landscape = pair(*cat_by_renoir, min(384, profile.size))
run = nstlib.paint(landscape, photograph, optimizer=my_adam, evaluations=budget)
history = run.history()
print(f"loss {history['total'][0]:.2f} at first, {min(history['total']):.3f} in the end")

# %% [markdown]
# At the very end `stylize` gives a painting the colours of the style, as many of each as there are
# there. We do the same.

# %%
from nstlib.images.colors import match_palette

painting = match_palette(run.best_image.numpy(), renoir.reshape(-1, 3))
captions = ["the photograph", "painted by your Adam"]
nstlib.show([photograph, painting], captions=captions, width=440, **plots.finding("08-cat"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Black are her stripes, the rims of the eyes and the shaded side of the nose; the ridge
# of the nose and the cloth behind her stay the brightest. The content term keeps dark and light in
# their places, and the style term wants Renoir's black and his lights. What it does to each value,
# your Adam decides: about 0.05 a step, against the mean of its gradients.

# %% [markdown]
# To keep your painting, remove the `#`:

# %%
# nstlib.save_image(painting, "cat_by_my_adam.png")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Four walkers (4 minutes)
#
# Back to the valley, with a newcomer beside gradient descent, momentum and Adam. The fourth walker,
# **L-BFGS**, has no learning rate. It asks for gradients as the others do, 40 of them.


# %%
def lbfgs(A, point, looks=40):
    """The points at which the library's L-BFGS looks."""

    def evaluate(x):
        gradient = tf.linalg.matvec(A, x)
        return dot(x, gradient) / 2, gradient

    limits = {"lower": -np.inf, "upper": np.inf, "first_change": 1.0}
    walk = nstlib.lbfgs(evaluate, tf.constant(point), **limits)
    return np.array([seen.x for seen in itertools.islice(walk, looks + 1)])


# %% [markdown]
# The `rate` is that of the first three.


# %%
def walk(rate, condition, degrees):
    A, start = turned_valley(condition, degrees)
    paths = {
        "gradient descent": descend(A, start, rate),
        "momentum 0.8": descend(A, start, rate, momentum=0.8),
        "Adam": adam(A, start, rate),
        "L-BFGS": lbfgs(A, start),
    }
    lowest = min(paths, key=lambda name: min(point @ A @ point for point in paths[name]))
    return draw(paths, A, title=f"Lowest with 40 gradients: {lowest}", alt=None)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** At condition 1 there is a rate with which gradient descent needs a single step:
# which? From which condition on is momentum better than plain descent, each with its best rate?
# Whose height changes when the valley is turned? And at condition 100, is there a rate with which
# anybody gets lower than the newcomer?

# %%
live(
    walk,
    rate=[0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0],
    condition=[1, 3, 9, 30, 100],
    degrees=[0, 15, 30, 45],
    fallback=[{"rate": 0.01, "condition": 100, "degrees": 30}],
    alt="Paths of four walkers on the map of a valley, and their heights by gradients asked for",
    title="Who gets lowest with 40 gradients?",
)

# %% [markdown] tags=["instructor"]
# **Answers.** Rate 1. Momentum of 0.8 pays from condition 30 on; at 9 and below it is too much, and
# plain descent at its best rate is lower. Turning changes Adam's height, and that of L-BFGS a
# little, as the length of its very first step is measured by coordinates; the other two do not
# notice. At condition 100 no rate of the slider beats L-BFGS.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Adam measures each coordinate in a unit of its own. Write a walker with one unit for
# all of them: where Adam keeps the squares of the gradient, keep their mean. Before you run it: will
# the direction of the valley matter to it, and what has it given up? Compare it with Adam at
# condition 100, not turned and turned by 45 degrees, both with a rate of 0.5.

# %% [markdown] tags=["instructor"]
# **The stretch task.** In a copy of `adam`, call no `my_adam_step` but write its lines out, with
# `v = 0.999 * v + 0.001 * np.mean(gradient**2)`. After 40 steps it is at a height of 8.40 in every
# direction; Adam is at 0.45 along the axis, and turned by 45 degrees at 8.72. All that Adam gains
# here it has from the coordinates' own units, and where they say nothing it has gained nothing. What
# the new walker keeps is that its rate does not hang on how high the landscape is.

# %% [markdown] slideshow={"slide_type": "subslide"}
# What would help in every valley, turned or not, is to know $A$. But for the cat at 192 pixels, $A$
# would be a table with as many rows and as many columns as there are values:

# %%
print(f"{picture.size:,} values, {picture.size**2:,} numbers, {picture.size**2 * 4 / 1e9:.1f} GB")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Nobody writes that down, and the newcomer has not. It has asked for 40 gradients, as the others
# have, and kept a few of them. **So what did it read from them?** The next lesson answers that, and
# then you write it yourself.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 08-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 08-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 08-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **What they remember** tells them apart: gradient descent nothing, momentum a direction, Adam a
#    direction and how large each coordinate's gradient usually is. None of them knows of valleys that
#    run across the axes.
# 2. **You wrote** a step of Adam, and it painted. Its rate is a distance in colours; how far gradient
#    descent goes with a rate depends on the loss.
# 3. **A painting's low frequencies are flat**, its fine ones steep: you measured it by pushing. What is
#    steep is no single colour value.
# 4. **In a fair race**, each with the best of its rates, they are close. What Adam saves is the
#    search for the rate, and no rate is the best at every mark and for every pair.
#
# ## References
#
# - D. P. Kingma, J. Ba, [Adam: A Method for Stochastic
#   Optimization](https://arxiv.org/abs/1412.6980), 2015.
# - B. T. Polyak, [Some methods of speeding up the convergence of iteration
#   methods](https://doi.org/10.1016/0041-5553%2864%2990137-5), 1964: momentum.
#
# **Next:** [09 L-BFGS: curvature from steps](09_lbfgs.ipynb): what can be read from gradients that
# one has anyway, and how far to go.
