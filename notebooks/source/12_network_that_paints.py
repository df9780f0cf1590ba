# %% [markdown] slideshow={"slide_type": "slide"}
# # 12 A network that paints
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/12_network_that_paints.ipynb)
#
# ![A photograph of a cat, and five paintings of it](../docs/images/lesson_12.jpg)
#
# One photograph and five paintings, all by the same network. It looked at the photograph once for
# each, and took no step of any optimiser. Its 341,643 weights are the same in all five; from one
# painting to the next, 1,328 other numbers change, about as many as a picture of 21 by 21 pixels has
# ($21 \cdot 21 \cdot 3 = 1{,}323$). What can so few numbers say about a painting, and who taught the
# network all the rest?
# (Photograph: Stéfan van der Walt, CC0; styles: Hokusai, The Great Wave; Monet, The Japanese
# Footbridge; Kandinsky, Composition VIII; Van Gogh, Wheat Field with Cypresses; Delaunay, Political
# Drama.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Train** a network that paints in one pass, with the three terms that moved pixels until now.
# 2. **Mix**, fade and learn styles that are rows of numbers, and say why instance normalisation
#    makes that possible.
# 3. **Judge** a claim such as "1000 times faster": what it counts, what it leaves out, and after how
#    many pictures the training has paid for itself.
#
# **You need** lessons 04 (Gram matrices), 06 (the objective) and 08 (steps along a gradient). From
# mathematics, a mean and a standard deviation. **It takes** 68 minutes.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Until now, this was the machine. Only one thing in it ever changed: the pixels of the painting.
#
# {{machine: step of the pixels}}
#
# Today that step goes. Between photograph and painting stands a second network, and the gradient
# does not stop at the pixels: it goes on, into that network's weights.

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 68. Three
# misconceptions to hunt. "The network has the paintings stored": it has never seen one, only
# their Gram matrices; ask where in 1,328 numbers a wave could be. "Mixing styles is laying two
# paintings over each other": the section on a style's numbers shows both. "1000 times faster, so
# nobody needs the loop any more": "A thousand times faster?" and "Loop and pass before the same
# judge". If time is short, leave out "Batch or instance?"; nothing needs its cells. The training
# takes as many steps on every machine; on a slow one it ends after a minute.

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
from nstlib.engine.precision import faster_precision
from nstlib.fast import perceptual
from nstlib.fast.learn import Practice
from nstlib.fast.styles import weights_path
from nstlib.fast.transfer_network import load_transfer_network, mirror
from nstlib.widgets import Easel, live, upload_photo

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import math
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A loop or one pass (4 minutes)
#
# The pavilion shall be painted like the Great Wave: once by the loop of the lessons before, and
# once by a network that comes with the course. This measures how long a call takes.

# %%
china, wave_path = (nstlib.example_path(name) for name in ("china", "hokusai_great_wave"))
photo = nstlib.load_image(china, max_side=profile.size)


def timed(paint, *pictures, **settings):
    """What a function paints, and the seconds that it took."""
    begin = time.perf_counter()
    painting = paint(*pictures, **settings)
    return painting, time.perf_counter() - begin


# %% [markdown] slideshow={"slide_type": "subslide"}
# The loop gets 60 evaluations; in each of them, `vgg19-lite` looks at the painting, and a gradient
# comes all the way back. The network looks at the photograph once, and nothing comes back.
# **Predict.** How many times faster is it: about 1, 10, 100 or 1000 times?

# %%
settings = {"convention": "relative", "content_layers": "block3_conv4", "style_weight": 10}
settings |= {"size": profile.size, "network": profile.network}
settings |= {"evaluations": min(60, profile.evaluations), "progress": False}
by_loop, loop_seconds = timed(nstlib.stylize, photo, wave_path, **settings)

# %% [markdown]
# The network is compiled when it is called for the first time, so we call it twice and count the
# second time. (The loop compiles its objective anew for every painting, so there it counts.)

# %%
nstlib.fast_stylize(photo, "hokusai_great_wave")
by_pass, pass_seconds = timed(nstlib.fast_stylize, photo, "hokusai_great_wave")

# %% [markdown]
# On this machine:

# %% tags=["measured"]
print(f"the loop {loop_seconds:.2f} s, one pass {pass_seconds:.2f} s")
print(f"{loop_seconds / pass_seconds:.0f} times as fast")

# %% [markdown]
# And the paintings:

# %%
plots.strip(
    [photo, nstlib.load_image(wave_path), by_loop.image, by_pass],
    ["the photograph", "the Great Wave", "the loop", "one pass"],
    **plots.finding("12-passes"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A pass costs less than one evaluation: it goes through a smaller network, once, and
# only forward. So the factor is the number of evaluations times what an evaluation costs in passes. The two paintings are not the same,
# either. To the factor and to the difference we come back at the end.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same terms, another unknown (4 minutes)
#
# The loop looks for the pixels $x$ of one painting. Training looks for the weights $w$ of a network
# $f_w$ that paints any photograph $p$:
#
# $$\text{loop:}\;\; \min_x L(x, p) \qquad\qquad \text{training:}\;\; \min_w \text{mean over } p
# \text{ of } L(f_w(p), p)$$
#
# $L$ stands for the terms of content and style in both, though they are counted a little differently. By hand, with a "network" of one weight and
# photographs of one pixel: $f_w(p) = w\,p$, and the loss is $(w\,p - 6)^2$. With $w = 1$ and $p = 2$
# the painting is 2 and the loss 16. For the *pixel* the gradient is $2\,(2 - 6) = -8$.
#
# **Predict.** What is it for the weight $w$? And for the photograph $p = 3$?

# %% tags=["nbval-check-output"]
w = tf.constant(1.0)
for p in (2.0, 3.0):
    with tf.GradientTape(persistent=True) as tape:  # persistent: it is asked twice
        tape.watch(w)
        painting = w * p
        loss = (painting - 6) ** 2
    pixel, weight = (float(tape.gradient(loss, unknown)) for unknown in (painting, w))
    print(f"p = {p:.0f}: for the pixel {pixel:.0f}, for the weight {weight:.0f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The chain rule multiplies the pixel's gradient with how much the pixel changes with
# the weight, which is $p$: $-8 \cdot 2 = -16$, and $-6 \cdot 3 = -18$. Each photograph pulls at the
# same weight, and a step goes along the mean of the pulls. What a network learns has to be good for
# all of them. (Here no weight can be: $p = 2$ wants $w = 3$, and $p = 3$ wants 2.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## In the sun and in fog (11 minutes)
#
# Before we train, one part of the network deserves a name. A photograph taken in fog and one taken
# in the sun have another contrast. By hand, one channel of four positions, and the same in fog,
# where each value is halved and 10 is added:
#
# $$x = \begin{pmatrix} 0 & 6 \\ 6 & 8 \end{pmatrix} \qquad\qquad
# x_\text{fog} = \begin{pmatrix} 10 & 13 \\ 13 & 14 \end{pmatrix}$$
#
# The mean of $x$ is 5. The **deviation** is the root of the mean square of what is left when the mean
# is subtracted: $\sqrt{(25 + 1 + 1 + 9)/4} = 3$. Subtract the mean, divide by the deviation:
#
# $$\frac{x - 5}{3} = \begin{pmatrix} -5/3 & 1/3 \\ 1/3 & 1 \end{pmatrix}$$
#
# **Predict.** What comes out of $x_\text{fog}$, with its own mean and its own deviation?

# %% tags=["nbval-check-output"]
x = np.array([[0.0, 6.0], [6.0, 8.0]])
for name, channel in {"in the sun": x, "in fog": x / 2 + 10}.items():
    mean, deviation = channel.mean(), channel.std()
    normal = ((channel - mean) / deviation).round(2)
    print(f"{name:10} mean {mean:.1f}, deviation {deviation:.1f}, normalised {normal.ravel()}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The same. Whatever a channel is multiplied with, and whatever is added to it, is
# gone: that is what mean and deviation measure. What stays is the shape. So how bold a painting is
# can hang on the style, and not on the weather.

# %% [markdown]
# Normalising every channel of every picture by itself is **instance normalisation** (Ulyanov and
# others, 2016). Then each channel gets a new deviation $\gamma$ and a new mean $\beta$:
#
# $$\gamma\, \frac{x - \text{mean}}{\text{deviation}} + \beta$$

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write it for a batch of features; `check.instance_norm.hint()` helps. Take `ops`, so
# that a gradient comes through.


# %% tags=["exercise"]
def instance_norm(x, gamma, beta):
    """Give each channel of each picture the mean beta and the deviation gamma.

    x: (B, h, w, C). gamma, beta: (B, C), a row for each picture. They must not change.
    Mean and deviation are over the h w positions of each channel, in each picture by itself. So
    that a plain channel gives no division by 0, the deviation is the root of (variance + 1e-5).
    Returns an array of the shape of x.
    For example, the positions [[[[1.0], [3.0]]]] with gamma [[10.0]] and beta [[5.0]] become
    [[[[-5.0], [15.0]]]].
    """
    ...


# %% tags=["solution"]
def instance_norm(x, gamma, beta):
    """Give each channel of each picture the mean beta and the deviation gamma."""
    mean, variance = ops.moments(x, axes=(1, 2), keepdims=True)
    normal = (x - mean) / ops.sqrt(variance + 1e-5)
    return gamma[:, None, None] * normal + beta[:, None, None]


# %% [markdown]
# The check tries it on features of two pictures.

# %%
check.instance_norm(instance_norm)

# %% [markdown]
# From here on `my_instance_norm` is your function, if it passed and a gradient comes through, or
# else the library's. It will be a part of the network that you train.

# %%
my_instance_norm = check.instance_norm.mine_or_library(instance_norm)

# %% [markdown]
# The pavilion in the sun and in fog, before and after. The three channels are red, green and blue;
# each gets the mean 0.5 and the deviation 0.2.

# %%
fog = 0.3 * photo + 0.6
both = np.concatenate([photo, fog])
normal = np.asarray(my_instance_norm(both, np.full((2, 3), 0.2), np.full((2, 3), 0.5)))
print(
    f"apart before: {np.abs(photo - fog).mean():.4f}, after: {np.abs(normal[0] - normal[1]).mean():.4f}"
)

# %% [markdown]
# Side by side:

# %%
plots.strip(
    [photo, fog, normal[:1], normal[1:]],
    ["in the sun", "in fog", "in the sun, normalised", "in fog, normalised"],
    **plots.finding("12-fog"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Train a network (10 minutes)
#
# Now the network. It is a small one: two convolutions, of which the second halves the size, two that
# stay there, one that comes back, and one that makes the three colours. After each but the
# last one stands your instance normalisation, with a $\gamma$ and a $\beta$ for each channel that
# are learnt, as the weights are.


# %%
class InstanceNorm(layers.Layer):
    """Instance normalisation, with numbers that are learnt."""

    def build(self, shape):
        self.gamma = self.add_weight(shape=(1, shape[-1]), initializer="ones")
        self.beta = self.add_weight(shape=(1, shape[-1]), initializer="zeros")

    def call(self, x):
        ones = ops.ones_like(x[:, 0, 0])  # (B, C): all pictures get the same numbers
        return my_instance_norm(x, self.gamma * ones, self.beta * ones)


# %% [markdown]
# `mirror` continues a picture beyond its borders, so that they are no black edges to the network.


# %%
def tiny_network(norm):
    """Photographs in, paintings out; grey, as long as nothing is learnt."""

    def convolve(x, channels, kernel=3, stride=1):
        x = layers.Conv2D(channels, kernel, stride, use_bias=False)(mirror(x, kernel // 2))
        return layers.ReLU()(norm()(x))

    keras.utils.set_random_seed(0)
    photographs = layers.Input((None, None, 3))
    x = convolve(photographs, 16, kernel=5)
    x = convolve(x, 32, stride=2)
    x = convolve(convolve(x, 32), 32)
    x = convolve(layers.UpSampling2D(interpolation="bilinear")(x), 16)
    small = keras.initializers.RandomNormal(stddev=0.01)
    last = layers.Conv2D(3, 5, activation="sigmoid", kernel_initializer=small)
    return keras.Model(photographs, last(mirror(x, 2)))


# %% [markdown]
# What it practises on: pieces of four of the course's photographs. The pavilion is not among them.

# %%
others = [nstlib.example_path(name) for name in nstlib.examples("content") if name != "china"]
nstlib.show(
    list(Practice(others, seed=0).draw()[:, None]),
    captions=["a piece"] * 4,
    title="What the network practises on: pieces, drawn anew for every step",
    alt=["A square piece of a photograph"] * 4,
)

# %% [markdown]
# And what it is told: the terms of lesson 06, here for a batch of paintings, with two changes. Content
# asks `block3_conv4`; style asks the Gram matrices of five layers of the Great Wave, and counts how far
# they are on a logarithmic scale, so that it pays as much to halve a small distance as a large one;
# total variation asks for smoothness, and for that of colours much more than for that of brightness,
# as VGG hardly minds a red fringe beside a green one. A loss that is computed from features is called a **perceptual
# loss**. (It is computed in fewer digits where this machine is faster with them, see lesson 10.)

# %%
look = perceptual.looking(faster_precision() or "float32")
wave = nstlib.load_image(wave_path, max_side=320)
target = perceptual.gram_matrices(look(wave))


def terms_of(paintings, photographs):
    """Content, style and total variation of each painting."""
    return perceptual.terms(paintings, look(paintings), look(photographs), target)


# %% [markdown] slideshow={"slide_type": "subslide"}
# One step of the training. Compare it with lesson 08, where a step of Adam moved the pixels: what is
# new is that the gradient is asked for with respect to `weights`. (The steps get smaller towards the
# end, along half a wave of a cosine.)

# %%
steps, most_seconds = 2 * min(100, profile.evaluations), 60


def make_step(network, steps):
    """A function that paints a batch and moves the network's weights once, the first of steps."""
    weights = network.trainable_variables
    rate = keras.optimizers.schedules.CosineDecay(0.01, steps)
    adam = keras.optimizers.Adam(rate, beta_2=0.99)
    adam.build(weights)

    @tf.function
    def step(photographs):
        with tf.GradientTape() as tape:
            terms = terms_of(network(photographs, training=True), photographs)
            loss = tf.reduce_mean(perceptual.total(terms))
        adam.apply(tape.gradient(loss, weights), weights)
        return {name: tf.reduce_mean(term) for name, term in terms.items()}

    return step


# %% [markdown]
# And the whole training. After some of the steps it paints the pavilion, for you to watch.

# %%
moments = [0, 2, 10, 20, 50, 100, 200]
small = nstlib.load_image(china, max_side=192)


def train(network, steps, easel):
    """Train a network; its terms at each step, and its paintings at the moments above."""
    step, practice = make_step(network, steps), Practice(others, seed=0)
    begin, history, paintings = time.perf_counter(), [], {}
    for number in range(steps + 1):
        if number in moments or number % 10 == 0:
            paintings[number] = np.asarray(network(small))
            easel.show(paintings[number], caption=f"after {number} steps")
        if number == steps or time.perf_counter() - begin > most_seconds:
            return history, paintings
        history.append({k: float(term) for k, term in step(practice.draw()).items()})


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** It has never seen the pavilion, and it begins grey. What comes first, the colours,
# the edges of the pavilion, or the strokes? And what will be there after two hundred steps?

# %%
tiny = tiny_network(InstanceNorm)
print(f"{tiny.count_params():,} weights, to be learnt in at most {steps} steps")
history, paintings = train(tiny, steps, Easel("The pavilion, painted by a network that learns"))

# %% [markdown]
# How it went. Every step has other pieces, and some are harder to paint: so each point of a curve is
# the mean of a twentieth of all steps. (A step is one evaluation of loss and gradient.)


# %%
def curves_of(history):
    """The weighted terms in the course of a training."""
    group = len(history) // 20 or 1
    rows = [[step[k] * weight for k, weight in perceptual.WEIGHTS.items()] for step in history]
    means = np.array(rows)[: len(rows) // group * group].reshape(-1, group, 3).mean(axis=1)
    curves = {"evaluation": group * np.arange(1, len(means) + 1), "total": means.sum(axis=1)}
    return curves | dict(zip(("content", "style", "total_variation"), means.T, strict=True))


plots.loss_curves(curves_of(history), **plots.finding("12-training"))

# %% [markdown]
# And what it painted:

# %%
shown = [number for number in paintings if number in moments]
plots.strip(
    [small, *(paintings[number] for number in shown)],
    ["the photograph", *(f"after {number} steps" for number in shown)],
    **plots.finding("12-strokes"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** First come blots of colours that are not yet the print's. Then dark lines stand on the
# edges, and the print's own cream and blue and its strokes come last. The
# content term falls little: as soon as there are edges the pavilion is there, and each stroke
# costs some again. The pavilion was in none of the pieces. What was learnt is no picture but a
# habit, such as "beside a dark edge put a light line", and a habit can be followed on any
# photograph. It is not Hokusai's yet: the first networks of this kind (Johnson and others, 2016)
# had fifty times as many weights, and 40,000 steps of four photographs each.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Batch or instance? (4 minutes)
#
# Many networks normalise in another way: **batch normalisation** takes mean and deviation over all
# pictures of a batch together. Once the network is trained, it takes for every picture the same two
# numbers, the average of those from the last steps. In Keras it is a layer, and we can put it in the
# place of ours. (It gets the same pieces in the same order, but to save time a quarter of the steps.)
#
# **Predict.** Both networks paint the pavilion in the sun and in fog. Which of the four paintings
# will be the faintest?

# %%
with_batch = tiny_network(lambda: layers.BatchNormalization(momentum=0.9))
train(with_batch, steps // 4, Easel("The pavilion, painted with batch normalisation"))
foggy = 0.3 * small + 0.6
networks = {"instance": tiny, "batch": with_batch}
weather = {k: [np.asarray(f(p)) for p in (small, foggy)] for k, f in networks.items()}

# %% [markdown]
# What the two networks paint:

# %%
plots.strip(
    [picture for pictures in weather.values() for picture in pictures],
    [f"{norm} norm, {when}" for norm in weather for when in ("in the sun", "in fog")],
    **plots.finding("12-weather"),
)

# %% [markdown]
# In numbers: how much the pixels of a painting vary, and how far the two paintings are apart.

# %%
for name, (sun, mist) in weather.items():
    apart = np.abs(sun - mist).mean()
    print(
        f"{name:9} deviation {sun.std():.2f} in the sun, {mist.std():.2f} in fog; apart {apart:.3f}"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** After a convolution, what fog does is still a factor and a sum in each channel; the
# first instance normalisation takes both away, and all that follows is the same, whatever the
# weights, after 50 steps as after 200. Batch normalisation has learnt from the pieces which mean and
# deviation to expect. The photograph in fog has others, and nothing puts that right later: the
# fainter photograph becomes the faintest painting, all but white. There is a price to be paid: a network with
# instance normalisation cannot paint fog.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A style is a row of numbers (13 minutes)
#
# Our tiny network knows one style. Dumoulin and others found in 2017 that a network can know many,
# if each style has its own $\gamma$ and $\beta$ in the instance normalisations, and everything else
# is shared. The network that comes with the course was trained so, for 32 styles.

# %%
network, styles = load_transfer_network(weights_path())
shared = network.count_params()
print(f"{shared:,} weights that all styles share")
print(f"{network.numbers:,} numbers for each of {len(styles) - 1} styles")
print(f"for one style, that is {network.numbers / shared:.2%} of what is shared")

# %% [markdown] slideshow={"slide_type": "subslide"}
# A call takes photographs and a row of numbers for each. We give it the same photograph four times,
# in one batch. That colours and strokes will be others, the pictures at the top have shown.
# **Predict.** Only $\gamma$ and $\beta$ differ, and all convolutions are the same: how can other
# strokes come of that? And could a row of numbers paint Hokusai on the left and Monet on the right?

# %%
names = ["hokusai_great_wave", "monet_japanese_footbridge", "kandinsky_composition_viii"]
rows = np.stack([styles[name] for name in (*names, "van_gogh_wheat_field")])
four = network(np.repeat(small, 4, axis=0), rows)

# %% [markdown]
# The four paintings of this one call:

# %%
plots.strip(
    list(np.asarray(four)),
    [*names, "van_gogh_wheat_field"],
    **plots.finding("12-rows"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The convolutions have learnt many things that a stroke could be made of, a channel for
# each. $\gamma$ says how loud a channel is in this style, and $\beta$ from where on it is heard, as a
# ReLU cuts off below 0. A style is a mixing desk with 664 channels, two sliders each. What no row can
# say is where: roofs and shore are in all four where they are in the photograph, and nobody comes out
# on the left alone, as no slider knows of any position.

# %% [markdown]
# For one half of one style and one half of another, the network takes the mean of their numbers. By
# hand, one channel, normalised to -1 and 1, and two styles with $\gamma$ and $\beta$ of 2 and 2, and
# of 4 and 4. The first gives $2 \cdot (-1) + 2 = 0$ and $2 + 2 = 4$, the second 0 and 8. Half of each
# has $\gamma = \beta = 3$ and gives 0 and 6.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write it for a batch in which each picture has its own mixture. You may call your
# `instance_norm`; `check.conditional_instance_norm.hint()` helps.


# %% tags=["exercise"]
def conditional_instance_norm(x, gammas, betas, shares):
    """Instance normalisation by the numbers of a style, or of a mixture: for each picture its own.

    x: (B, h, w, C). gammas, betas: (S, C), a row for each style. shares: (B, S), how much of each
    style each picture gets; every row adds up to 1. They must not change.
    Returns an array of the shape of x.
    For example, the positions [[[[1.0], [3.0]]]], with gammas and betas [[2.0], [4.0]] and shares
    [[0.5, 0.5]], become [[[[0.0], [6.0]]]].
    """
    ...


# %% tags=["solution"]
def conditional_instance_norm(x, gammas, betas, shares):
    """Instance normalisation by the numbers of a style, or of a mixture: for each picture its own."""
    return my_instance_norm(x, ops.matmul(shares, gammas), ops.matmul(shares, betas))


# %% [markdown]
# The check makes up features, styles and shares.

# %%
check.conditional_instance_norm(conditional_instance_norm)

# %% [markdown] slideshow={"slide_type": "subslide"}
# `fast_stylize` takes a mixture as names with their shares. **Predict.** Half a tapestry, The Unicorn
# in Captivity, and half a Kandinsky: is that the same as the two paintings laid over each other, half
# transparent?

# %%
one, other = "unicorn_in_captivity", "kandinsky_composition_viii"
halves = [nstlib.fast_stylize(photo, name) for name in (one, other)]
mixture = nstlib.fast_stylize(photo, {one: 1, other: 1})
overlay = (halves[0] + halves[1]) / 2

# %% [markdown]
# Both, and how sharp each of the pictures is: the mean difference between neighbouring pixels.

# %%
pictures = [halves[0], mixture, overlay, halves[1]]
labels = ["tapestry", "numbers mixed", "pixels mixed", "Kandinsky"]
for label, picture in zip(labels, pictures, strict=True):
    print(f"{label:14} neighbours differ by {np.abs(np.diff(picture, axis=2)).mean():.3f}")
plots.strip(pictures, labels, **plots.finding("12-mixture"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Not the same, though not far from it. In a single channel by hand it would have
# been: 0 and 6 are the means of 0 and 0, and of 4 and 8. But behind it stand ReLUs and further
# layers. In the overlay the strokes of the two do not meet, and each is half as strong as in its own
# painting: neighbouring pixels differ less than in the mixture. The mixture is painted by one hand: its numbers decide,
# before each ReLU, what a channel contributes, and all later layers work with that.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Mix and fade (3 minutes)
#
# There is one more row, called `photograph`: with its numbers the network changes next to nothing.
# Mixed with a style it makes that weaker, and `strength` does that. Choose a photo of your own, or
# keep the pavilion.

# %%
upload = upload_photo(china, max_side=profile.size)
upload

# %% [markdown]
# Every move of a slider is a whole painting.


# %%
def mix(style, another, share_of_another, strength):
    """The photo above, in a mixture of two styles."""
    shares = {another: share_of_another}
    shares[style] = shares.get(style, 0) + 1 - share_of_another  # it may be the same style
    painted = nstlib.fast_stylize(upload.image, shares, strength)
    return [painted], [f"strength {strength:.0%}"]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** Which two styles make a third one that is neither? From which strength on do you
# call it a painting?

# %%
live(
    mix,
    style=nstlib.style_names(),
    another=nstlib.style_names(),
    share_of_another=(0.0, 1.0, 0.05),
    strength=(0.0, 1.0, 0.05),
    fallback=[{"style": one, "another": other, "share_of_another": 0.3, "strength": 1.0}],
    **plots.finding("12-desk"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Learn your own painting's style (4 minutes)
#
# If a style is 1,328 numbers, then a new one is 1,328 numbers to be learnt; all weights stay as they
# are. Choose a painting of your own: a drawing, a fabric, a leaf from near by. Without one we take
# spots of colour, which nobody has taught the network.

# %%
from PIL import Image, ImageDraw

spots, rng = Image.new("RGB", (256, 256), "linen"), np.random.default_rng(0)
draw = ImageDraw.Draw(spots)
for _ in range(160):
    (x, y), radius = rng.integers(0, 256, 2), rng.integers(4, 22)
    color = ("crimson", "teal", "gold", "navy", "darkorange")[rng.integers(5)]
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), color, "black")
painting_of_mine = upload_photo(spots, max_side=256)
painting_of_mine

# %% [markdown] slideshow={"slide_type": "subslide"}
# `learn_style` begins with the known style that comes closest, and takes some steps, as `train` did
# above. **Predict.** How long will it take, compared with the loop's one painting at the beginning?

# %%
losses, budget = [], min(40, profile.evaluations)
mine, learning_seconds = timed(
    nstlib.learn_style,
    painting_of_mine.image,
    name="my painting",
    steps=budget,
    callback=lambda learning: losses.append(learning.loss),
)

# %% [markdown]
# On this machine:

# %% tags=["measured"]
begin, end = np.mean(losses[:5]), np.mean(losses[-5:])
print(
    f"{learning_seconds:.1f} s for {len(mine.numbers):,} numbers; the loop took {loop_seconds:.1f} s"
)
print(f"the loss of the first five steps {begin:.2f}, of the last five {end:.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A step costs more than an evaluation of the loop, as the gradient comes back through two
# networks. But the loop begins anew with every photograph, and these numbers paint all of them. In so
# few steps the loss has fallen a little only: the warm colours have come, the spots have not.

# %% [markdown]
# It paints at once, and mixes with the others.

# %%
in_my_style = nstlib.fast_stylize(upload.image, mine)
half_a_wave = nstlib.fast_stylize(upload.image, {mine: 1, "hokusai_great_wave": 1})
plots.strip(
    [upload.image, painting_of_mine.image, in_my_style, half_a_wave],
    ["the photo", "the painting", "the photo in its style", "half of it the Great Wave"],
    **plots.finding("12-learnt"),
)

# %% [markdown]
# Take it home: without the `#`, this line writes a file of a few kilobytes, which
# `nstlib.load_style` reads.

# %%
# mine.save("my_style.npz")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A thousand times faster? (8 minutes)
#
# "Three orders of magnitude faster", says the paper with which such networks began (Johnson and
# others, 2016), and many a tutorial repeats it. Their table of speeds has the loop with 100
# iterations, with 300 and with 500: beside the first, the network was about 200 times as fast,
# beside the last about 1000 times. The factor hangs on how long one lets the loop run. Here:

# %% tags=["measured"]
evaluation = loop_seconds / len(by_loop.history["total"])
print(f"one evaluation costs {evaluation / pass_seconds:.1f} passes")
print(f"1000 times as fast as a loop of {1000 * pass_seconds / evaluation:.0f} evaluations")

# %% [markdown]
# And it counts painting only. Somebody had to train the network first. By hand: if the training
# takes 100 units of time, a painting by the loop 12 and by the network 2, then each picture saves
# 10, and after 10 pictures both have cost the same: $100 + 10 \cdot 2 = 10 \cdot 12$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** After how many pictures has the training paid for itself?
# `check.break_even.hint()` helps.


# %% tags=["exercise"]
def break_even(training, loop, one_pass):
    """How many pictures until a network's training has paid for itself.

    training: seconds, once; loop, one_pass: seconds for each picture.
    Returns the smallest number of pictures, at least 1, for which training and network together
    take no longer than the loop: a whole number, or `math.inf` if there is none.
    For example, break_even(100.0, 12.0, 2.0) is 10.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.break_even}}

# %% [markdown]
# The check draws its own seconds.

# %%
check.break_even(break_even)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two trainings: that of your own style, which you have just measured, and that of the network with
# its 32 styles, which took about two hours of processor time. **Predict.** After how many pictures
# does each of them pay?

# %%
my_break_even = check.break_even.mine_or_library(break_even, gradient=False)
trainings = {"your own style": learning_seconds, "the network, for all styles": 2 * 60 * 60}

# %% [markdown]
# With the seconds that were measured on this machine:

# %% tags=["measured"]
for name, seconds in trainings.items():
    pictures = my_break_even(seconds, loop_seconds, pass_seconds)
    print(f"{name}: the training pays from picture {pictures:,} on")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Your own style has paid for itself after a few pictures at most: to learn it takes about
# as long as so many paintings of the loop. The network needs many more, some for each of its 32
# styles. Neither counts what cannot be seen in these seconds: the photographs that somebody
# gathered, and the trainings that failed. For one picture, take the loop; for the wall at the end
# of this lesson, the network.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Loop and pass before the same judge (3 minutes)
#
# Loop and pass have painted the same pavilion. **Predict.** Judged by the terms that the network was
# trained with, as we have weighted them above, which painting is better: in content, in style, in both?
# And if the loop goes on from where the network ended, is that worth something?

# %%
budget = min(15, profile.evaluations)
begun = nstlib.stylize(photo, wave_path, **settings | {"evaluations": budget})
gone_on = nstlib.stylize(photo, wave_path, init=by_pass, **settings | {"evaluations": budget})
judged = {"loop": by_loop.image, "pass": by_pass}
judged |= {f"loop of {budget}": begun.image, f"pass, then loop of {budget}": gone_on.image}

# %% [markdown]
# The three terms of each, and their weighted sum:

# %%
for name, painting in judged.items():
    terms = {k: float(v[0]) for k, v in terms_of(painting, photo).items()}
    words = "  ".join(f"{k} {value:.3f}" for k, value in terms.items())
    print(f"{name:21} {words}  sum {float(perceptual.total(terms)):.2f}")

# %% [markdown]
# A detail of the Great Wave, and of three of the paintings:

# %%
details = {"Hokusai": wave[:, 60:180, :160]}
for name in ("loop", "pass", f"pass, then loop of {budget}"):
    height, width = judged[name].shape[1:3]
    details[name] = judged[name][:, : height // 2, width // 8 : 5 * width // 8]
plots.strip(list(details.values()), list(details), **plots.finding("12-details"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The loop is better in content and in style: it fits the pixels to this one photograph, and the
# network has one recipe for all. It has brought lines of the print into the sky, which the pass
# leaves smooth. The claws of the foam, the motif, have come with neither: a Gram matrix has no
# motifs in it (lesson 04), and the network has learnt from nothing else. The colours of the pass change
# more softly: its training asked for that above all, and the loop asks little of it. As a start for the loop, a pass is worth many
# evaluations to this judge: a few more bring the sum close to that of the whole loop.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** How many evaluations does a start from the network save? Run the loop with
# `callback=nstlib.Timeline(...)` from the photograph and from `by_pass`, draw both with
# `plots.compare_losses`, and read off where the first one reaches what the second one has after 15.
# Does it hang on the style?

# %% [markdown] tags=["instructor"]
# **The stretch task.** Tried with the Great Wave at 384 pixels: the pass begins where the loop from
# the photograph is after 7 evaluations; after 5 evaluations from the pass, the photograph needs 11,
# after 15 it needs 20. With Kandinsky's Composition VIII it is 7 at the beginning, 12 for 5, and 23
# for 15. So by the loop's own loss, which does not count colours apart, a start from the network is
# worth five to eight evaluations. (Lesson 10: the start decides where each stroke goes, so the two
# paintings stay different.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A wall of paintings (1 minute)
#
# To end with: your photo, or the pavilion, in all styles that the network knows.

# %%
begin = time.perf_counter()
wall = {name: nstlib.fast_stylize(upload.image, name, size=192) for name in nstlib.style_names()}
wall_seconds = time.perf_counter() - begin

# %% [markdown]
# As long as it took:

# %% tags=["measured"]
print(f"{len(wall)} paintings in {wall_seconds:.1f} s; the loop took {loop_seconds:.1f} s for one")

# %% [markdown]
# Whose wall is it? Show it to somebody, and let them guess the painters.

# %%
plots.strip(
    list(wall.values()),
    list(wall),
    title="One photo, one network, and a row of numbers for each painting",
    alt="A wall of small paintings of the photo, each in colours and strokes of its own",
    columns=8,
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (2 minutes)
#
# {{quiz 12-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 12-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 12-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **Training a network** with the perceptual loss needs one new line: the gradient is taken with
#    respect to its weights, of the mean over many photographs. What it learns paints photographs
#    that it has never seen, in one pass.
# 2. **Instance normalisation** takes each picture's own contrast away and gives each channel the
#    deviation $\gamma$ and the mean $\beta$. These numbers are a style; all else is shared. So styles
#    can be mixed, faded, and learnt in less than a minute.
# 3. **How many times faster** hangs on how long the loop runs, and leaves out the training, which
#    pays from a certain picture on: divide its seconds by what each picture saves. And on the picture
#    where we compared them the pass fitted less well than the loop.
#
# ## References
#
# - J. Johnson, A. Alahi, L. Fei-Fei, [Perceptual Losses for Real-Time Style Transfer and
#   Super-Resolution](https://arxiv.org/abs/1603.08155), 2016: a network in the place of the loop.
# - D. Ulyanov, A. Vedaldi, V. Lempitsky, [Instance Normalization: The Missing Ingredient for Fast
#   Stylization](https://arxiv.org/abs/1607.08022), 2016.
# - V. Dumoulin, J. Shlens, M. Kudlur, [A Learned Representation For Artistic
#   Style](https://arxiv.org/abs/1610.07629), 2017: many styles in one network.
#
# [In the browser]({{website}}/play.html) you can mix styles with your own photo on a phone, too.
#
# **Next:** [13 Any style at once](13_any_style.ipynb): this network knows a style only after it was
# trained for it. What if it should paint like a picture that it sees for the first time?
