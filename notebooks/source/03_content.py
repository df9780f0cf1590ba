# %% [markdown] slideshow={"slide_type": "slide"}
# # 03 Content: painting from features
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/03_content.ipynb)
#
# ![A photograph of a red pavilion before a pale sky; its negative, dark where the photograph is bright; and the face of a cat](../docs/images/lesson_03.jpg)
#
# Left is a photograph. Which of the other two is nearer to it, the negative or the cat? By the end of
# this lesson you will have three answers: your own, that of a machine which compares pixels, and that
# of a network. And you will have painted the pavilion out of noise, from nothing but the numbers that
# the network has for it.
# (Photographs: Daniel Büchele, [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), here scaled
# down and inverted; Stéfan van der Walt, CC0.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Write** the content loss, and say what it compares that pixels do not.
# 2. **Step** from the gradient of a loss to better pixels, and so rebuild a photo from the features
#    of one layer.
# 3. **Explain** what is lost with depth, what stays, and how you can tell.
#
# **You need** features and layer names, as in [lesson 02](02_inside_vgg.ipynb), and NumPy arrays.
# **It takes** about 70 minutes, with a guess at every prediction and an answer to every exercise.

# %% [markdown]
# {{machine: content loss, gradient}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 70. Have the
# class vote on "cat or negative?" with raised hands before the first number is printed; half of
# the lesson hangs on that surprise. The misconception to hunt is that a content loss of nearly 0
# means nearly the same picture. Three experiments contradict it: the two seeds, the untrained
# network, and the pavilion on the cat. If time is short, leave out "Where to start"
# but for its first cell, which the last exercise needs.

# %% [markdown]
# ## Setup (2 minutes)
#
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The library looks at this machine and chooses a network. The pictures of this lesson are small,
# so that every experiment takes seconds.

# %%
import nstlib
from nstlib import check, plots
from nstlib.engine.pictures import fit, starting_image
from nstlib.widgets import live, predict

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
from itertools import islice

import ipywidgets
import keras
import numpy as np
import tensorflow as tf
from keras import ops

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Cat or negative? (6 minutes)
#
# Style transfer has to leave the *content* of a photo alone while it repaints every pixel. So it
# needs a measure of "still the same content". Here is a photo, and a cat cut to the same size.

# %%
size = min(192, profile.size)
photo = nstlib.load_image(nstlib.example_path("china"), max_side=size)
cat = fit(nstlib.load_image(nstlib.example_path("chelsea")), photo.shape[1:3])
print("photo", photo.shape, " cat", cat.shape)

# %% [markdown]
# Five pictures to compare with the photo: four were made from it, the fifth is the cat. (What
# the shift pushes out on the right comes in again on the left.)

# %%
others = {
    "shifted by 4 pixels": np.roll(photo, 4, axis=2),
    "blurred": tf.nn.avg_pool2d(photo, 5, strides=1, padding="SAME").numpy(),
    "half as bright": photo / 2,
    "negative": 1 - photo,
    "a cat": cat,
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict:** put the five in order, from the nearest to the photo to the farthest. Do it twice:
# once as you see it, and once as a machine would that compares pixel with pixel.

# %%
plots.strip(
    [photo, *others.values()], ["the photo", *others], **plots.finding("03-five"), columns=3
)

# %% [markdown]
# Pixel with pixel: by how much does a colour value differ, on average? 0 is the same picture, 1
# would be black against white.


# %%
def pixel_difference(image, other=photo):
    return float(np.abs(image - other).mean())


in_pixels = {name: pixel_difference(image) for name, image in others.items()}

# %% [markdown]
# The machine has its order. And yours?

# %% slideshow={"slide_type": "skip"}
predict(
    "Pixel with pixel, which of the five is the farthest from the photo?",
    list(others),
    answer=max(in_pixels, key=in_pixels.get),
)

# %% [markdown]
# All five, from near to far:

# %%
for name in sorted(in_pixels, key=in_pixels.get):
    print(f"{in_pixels[name]:.3f}  {name}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To the pixels, the cat is nearer to the pavilion than the pavilion's own negative
# is. They know nothing of roofs: they compare each point with the point in the same place, and
# the cat happens to be bright where the photo is bright more often than the negative is.

# %% [markdown]
# Now let a network look, and compare what it sees.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The content loss, by hand (12 minutes)
#
# Let $F$ be the features of a picture at one layer, and $P$ those of the photo at the same layer.
# Each is a matrix with a row for each of the $M$ positions and a column for each of the $C$
# channels. The **content loss** is the mean of all squared differences:
#
# $$L_\text{content} = \frac{1}{C M} \sum_{i=1}^{M} \sum_{j=1}^{C} (F_{ij} - P_{ij})^2$$
#
# By hand, for one channel on 2 × 2 positions:
#
# $$F: \begin{matrix} 1 & 2 \\ 3 & 4 \end{matrix} \qquad
#   P: \begin{matrix} 4 & 2 \\ 3 & 1 \end{matrix} \qquad
#   \text{squares: } \begin{matrix} 9 & 0 \\ 0 & 9 \end{matrix}$$
#
# They add up to 18; there are 4 of them; the loss is $18 / 4 = 4.5$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write it. `ops` is Keras's NumPy: it has the same names, and works on tensors. The
# check below says "not yet" until the function is right; `check.content_loss.hint()` helps.


# %% tags=["exercise"]
def content_loss(F, P):
    """The mean squared difference between two arrays of features.

    F, P: features (B, h, w, C) of the image and of the content; they must not change.
    Returns one number: the mean over all B h w C squared differences.
    For example, for [[[[1.0, 2.0]]]] and [[[[1.0, 4.0]]]] it is 2.0.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.losses.content_loss}}

# %% [markdown]
# Check it on features that were made up for the purpose.

# %%
check.content_loss(content_loss)

# %% [markdown]
# From here on `my_content_loss` is your function, if it passed and a gradient comes through it, or
# else the library's. Pictures will be painted with it.

# %%
my_content_loss = check.content_loss.mine_or_library(content_loss)

# %% [markdown]
# Let it do the 2 × 2 example: does it agree with your hand?

# %%
F = tf.constant([1.0, 2.0, 3.0, 4.0], shape=(1, 2, 2, 1))
P = tf.constant([4.0, 2.0, 3.0, 1.0], shape=(1, 2, 2, 1))
print(float(my_content_loss(F, P)))

# %% [markdown]
# Now the real thing. The extractor gives the features of `block4_conv2`, the layer to which Gatys
# and others hold their paintings (lesson 00 used three layers). For each of the five pictures: how
# far are its features from the photo's?

# %%
extractor = nstlib.FeatureExtractor("block4_conv2", network=profile.network)
target = extractor(photo)["block4_conv2"]
print("features of the photo:", tuple(target.shape))
deep = {name: extractor(image)["block4_conv2"] for name, image in others.items()}
in_features = {name: float(my_content_loss(F, target)) for name, F in deep.items()}
for name, loss in in_features.items():
    print(f"{loss:.3f}  {name}")

# %% [markdown]
# Now the five pictures in the order of the pixels, and in the order in which this layer sees them.
# Read both rows from near to far.

# %%
rows = [[others[name] for name in sorted(by, key=by.get)] for by in (in_pixels, in_features)]
columns = ["1 nearest", "2", "3", "4", "5 farthest"]
title = "To the pixels the negative is the farthest, to the layer it is the cat"
alt = "Two rows of the same five pictures: ordered by pixels, and by features of block4_conv2."
plots.picture_grid(rows, ["pixels", "block4_conv2"], columns, title=title, alt=alt)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The layer agrees with you about the cat. It answers to edges and patterns, in their
# places: the negative has the photo's edges where the photo has them, and darkness changes none.
#
# Is it a model of your eye, then? No. Look for the blurred picture: the nearest of all to the
# pixels, and to the layer about as far off as the negative. It misses the fine patterns.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Why the mean?
#
# The photo and its negative once more; and then both laid out four times, like tiles. What does
# the mean do, and what does the sum?

# %%
for tiles in ((1, 1, 1, 1), (1, 2, 2, 1)):
    F, P = (extractor(np.tile(image, tiles))["block4_conv2"] for image in (1 - photo, photo))
    loss = float(my_content_loss(F, P))
    print(f"{P.shape[1:3]} positions: mean {loss:.3f}   sum {loss * np.size(F):9,.0f}")

# %% [markdown]
# Four times as many positions: the sum is more than four times as large, and the mean has grown by
# little more than a tenth (that comes from the seams between the tiles). So with a mean, the weights that you
# find on a small picture keep their meaning on a large one.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What a pooling cannot tell
#
# Back to 2 × 2. The $F$ and $P$ from above hold the same numbers, two of them swapped. Max
# pooling keeps the largest of the four. What is the content loss after it?

# %% tags=["nbval-check-output"]
F = tf.constant([1.0, 2.0, 3.0, 4.0], shape=(1, 2, 2, 1))
P = tf.constant([4.0, 2.0, 3.0, 1.0], shape=(1, 2, 2, 1))
pool = keras.layers.MaxPooling2D(2)
print("before", float(my_content_loss(F, P)), " after", float(my_content_loss(pool(F), pool(P))))

# %% [markdown]
# From 4.5 to exactly 0, and the two are still different. Whatever comes after the pooling is
# computed from one and the same 4, so no later layer can tell them apart either. Keep this
# example in mind for the rest of the lesson.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A few steps by hand (12 minutes)
#
# Turn the question round. We have the features $P$ of the photo. Which *picture* has these
# features? Nobody can compute it. But we can begin with any picture, ask which way the loss grows,
# and go the other way: this is **gradient descent**.

# %% [markdown]
# By hand, for a picture of one pixel, [0.5, 0.25, 0], and a loss that is as simple as can be: the sum
# of the squares, $0.25 + 0.0625 + 0 = 0.3125$. The slope of $x^2$ is $2x$, so the gradient is
# [1, 0.5, 0]: for each colour value a number, how fast the loss grows when that value grows.
# TensorFlow finds it with a tape, as in lesson 02: in the `with` block the tape watches the image and
# records how the loss comes about.

# %% tags=["nbval-check-output"]
pixel = tf.constant([[[[0.5, 0.25, 0.0]]]])
with tf.GradientTape() as tape:
    tape.watch(pixel)
    loss = tf.reduce_sum(pixel**2)
print("loss", float(loss), " gradient", tape.gradient(loss, pixel).numpy().ravel())

# %% [markdown]
# The **step** is the gradient times a small number, the **learning rate**. With 0.1 it is [0.1, 0.05,
# 0], and the new pixel [0.4, 0.2, 0]. Its loss is $0.16 + 0.04 = 0.2$: less than before. A step may
# also lead to colours darker than black or brighter than white; no picture can have those, so every
# value is then put back into [0, 1].

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write one such step, for any loss: from the loss to its gradient, from there to the
# pixels. `check.gradient_step.hint()` helps.


# %% tags=["exercise"]
def gradient_step(loss_of, image, learning_rate):
    """One step of gradient descent on the pixels, kept within [0, 1].

    loss_of: a function; loss_of(image) is the loss, one number, as a tensor.
    image: a tensor (1, H, W, 3), RGB in [0, 1].
    learning_rate: the step is this times the gradient of the loss with respect to the image.
    Returns the new image, of the same shape.
    For example, gradient_step(lambda image: tf.reduce_sum(image**2), pixel, 0.1) is
    [[[[0.4, 0.2, 0.0]]]].
    """
    ...


# %% tags=["solution"]
def gradient_step(loss_of, image, learning_rate):
    """One step of gradient descent on the pixels, kept within [0, 1]."""
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = loss_of(image)
    gradient = tape.gradient(loss, image)
    return tf.clip_by_value(image - learning_rate * gradient, 0, 1)


# %% [markdown]
# The check tries it on losses that were made up for the purpose.

# %%
check.gradient_step(gradient_step)

# %% [markdown]
# Whose steps are taken below? If your function is not there yet, the library's takes them.

# %%
my_gradient_step = check.gradient_step.mine_or_library(gradient_step, gradient=False)

# %% [markdown]
# Now the loss that we are after: how far are the features of a picture from those of the photo? No
# weight of the network is touched.


# %%
def loss_of(image):
    return my_content_loss(extractor(image)["block4_conv2"], target)


# %% [markdown]
# Eight steps from noise. (The gradient with respect to a single pixel is small, as there are so many
# pixels: hence the large learning rate.)

# %%
image = tf.constant(starting_image("noise", photo, photo))
for step in range(8):
    print(f"after {step} steps: {float(loss_of(image)):.3f}")
    image = ops.convert_to_tensor(my_gradient_step(loss_of, image, 70.0), "float32")

# %% [markdown]
# That is all there is to painting from features: this step, again and again. (The loop around it you
# will write in lesson 05.) From here on `stylize` takes the steps, with
# L-BFGS, which chooses their direction and length far better. We switch off the style
# (`style_weight=0`; some picture and layer have to stand there, and have no influence) and keep a
# little of the total variation, so that what the features do not care about becomes smooth. The
# `convention` says how losses are scaled: `relative` is the simplest, and lesson 06 explains it.


# %%
settings = {"style_weight": 0, "style_layers": "block1_conv1", "tv_weight": 0.03}
settings |= {"convention": "relative", "network": profile.network}
settings |= {"size": size, "progress": False}


def rebuild(layer, evaluations=80, **other):
    """A picture, painted from the photo's features at one layer; starts from noise."""
    what = {"content_layers": layer, "init": "noise", **settings, **other}
    return nstlib.stylize(photo, photo, evaluations=min(evaluations, profile.evaluations), **what)


# %% [markdown] slideshow={"slide_type": "slide"}
# ## One layer at a time (8 minutes)
#
# **Predict.** Five times the same noise, five times the same number of evaluations, and each time
# another layer's features as the goal. What will be missing in the picture from `block5_conv1`:
# the colours, the fine lines, or the place where things are?

# %%
layers = ["block1_conv1", "block2_conv1", "block3_conv1", "block4_conv2", "block5_conv1"]
rebuilt = {layer: rebuild(layer) for layer in layers}

# %% [markdown]
# Read them from top left to bottom right: each is painted from a deeper layer.

# %%
pictures = [photo, *(result.image for result in rebuilt.values())]
plots.strip(pictures, ["the photo", *layers], **plots.finding("03-layers"), columns=3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** `block1_conv1` sees 3 × 3 pixels at a time and gives the photo back, and
# `block3_conv1` still does, with a little grain. By `block4_conv2` the colours are off and the sky
# is violet, and from `block5_conv1` come wavy outlines in coloured noise. Yet the roof, the storeys
# and the trees are where they were: **each feature knows its position**.

# %% [markdown]
# Was the machine done? The losses, relative to the photo's own features: 1 is as wrong as having
# no features at all.

# %%
histories = {layer: result.history for layer, result in rebuilt.items()}
plots.compare_losses(histories, term="content", **plots.finding("03-layer-losses"))

# %% [markdown]
# The loss from `block5_conv1` is little more than one hundredth, as that from `block4_conv2` is a
# little less, and its picture is by far the strangest. How far is each picture from the photo in
# *pixels*, as in the first section?

# %%
distances = {layer: pixel_difference(result.image) for layer, result in rebuilt.items()}
distances["(the cat)"] = in_pixels["a cat"]
plots.bars(distances, **plots.finding("03-pixels"), label="mean absolute difference from the photo")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To the pixels, the picture from `block4_conv2` is more than half as wrong as a cat; to
# the layer, and to you, it is the pavilion. This is what the content loss leaves free: much of the
# colour, which is where a style can move in.

# %% [markdown]
# Now ask all layers about the picture that was painted from `block4_conv2` alone.


# %%
features = nstlib.FeatureExtractor(layers, network=profile.network)


def relative_losses(image):
    """The content loss at each layer, divided by that of no features at all."""
    F, P = features(image), features(photo)
    return {n: float(my_content_loss(F[n], P[n]) / my_content_loss(0 * P[n], P[n])) for n in layers}


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict:** at which layers does this picture resemble the photo?

# %%
losses = relative_losses(rebuilt["block4_conv2"].image)
plots.bars(losses, **plots.finding("03-other-layers"), label="relative content loss", log=True)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The agreement goes on behind `block4_conv2`, though nobody asked for it: the deeper
# layer is computed from `block4_conv2` and nothing else, as in the 2 × 2 example. The layers
# before it were not asked either, and they got a picture that is quite unlike the photo to them.

# %% [markdown]
# ### The real VGG-19
#
# All of this was `vgg19-lite`. Put `"vgg19"` in the place of `None` if you would like to see what
# the original remembers: its weights (80 MB) are downloaded once.

# %%
real = None
if real:
    pictures = [photo, *(rebuild(layer, network=real).image for layer in layers)]
    title, alt = (
        f"The photo, rebuilt from layers of {real}",
        "The photo, and a picture from each layer.",
    )
    plots.strip(pictures, ["the photo", *layers], title=title, alt=alt, columns=3)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Lost, or only late? (7 minutes)
#
# "Colour is lost with depth": is it? Two suspects, and they are easy to mix up. Either the features
# no longer *hold* the colour, or the machine stopped too early. First, count.

# %%
for layer, P in features(photo).items():
    active = float(ops.mean(ops.cast(P > 0, "float32")))
    print(f"{layer}: {np.size(P):8,} features for {photo.size:,} pixel values, {active:4.0%} > 0")

# %% [markdown] slideshow={"slide_type": "subslide"}
# With `vgg19-lite` the features are more than the pixel values up to `block3_conv1`, and fewer
# from `block4_conv2` on; and wherever a feature is 0, the ReLU keeps to itself how negative it
# was. Fewer numbers cannot hold everything. So something is lost. But the colours?
#
# **Predict.** We go on for four times as long, twice, from two different noises (and on a smaller
# picture, to save time). Will the colours come back? Will the two pictures become the same?

# %%
budget = min(320, 4 * profile.evaluations)
small = nstlib.load_image(photo, max_side=2 * size // 3)
longer = settings | {"content_layers": "block4_conv2", "init": "noise", "evaluations": budget}
lines, runs = [], []
for seed in (0, 1):
    lines.append(nstlib.Timeline(at=(budget // 16, budget // 4, budget)))
    runs.append(nstlib.stylize(small, small, seed=seed, callback=lines[-1], **longer))

# %% [markdown]
# A row for each noise, a column for each stage.

# %%
rows = [list(line.images.values()) for line in lines]
columns = [f"evaluation {number}" for number in lines[0].images]
plots.picture_grid(rows, ["one noise", "another"], columns, **plots.finding("03-noises"))

# %% [markdown]
# And in numbers: the loss, how far the first picture is from the photo, and how far the two are
# from each other.

# %%
print("evaluation    loss   to the photo   to each other")
for number, a, b in zip(lines[0].images, *rows, strict=True):
    loss, wrong = runs[0].history["content"][number - 1], pixel_difference(a, small)
    print(f"{number:10}{loss:8.4f}{wrong:15.3f}{pixel_difference(a, b):16.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The colours were not erased: the sky turns light and the trees turn green, so
# `block4_conv2` still knows of them. But so faintly that the loss hardly asks. When it is below one
# hundredth, the picture is still far from the photo; and two pictures that differ from each other
# have, to the layer, nearly the same content.
#
# So be careful with the word *lost*. What a layer shouts comes back at once: the shapes. What it
# whispers comes back late: the colours. What still differs between the rows at the end, it holds
# more faintly still, or not at all.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Features nobody has trained
#
# One more control. The same layers, filled with random weights that have never seen a picture.
# **Predict:** higher or lower loss? A better or a worse picture?

# %%
untrained = rebuild("block4_conv2", weights="random")
pair = {"trained": rebuilt["block4_conv2"], "untrained": untrained}
labels = [f"{name}: loss {min(run.history['content']):.4f}" for name, run in pair.items()]
pictures = [photo, *(run.image for run in pair.values())]
plots.strip(pictures, ["the photo", *labels], **plots.finding("03-untrained"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The loss of the untrained network is *lower*, and its picture is a dim shape in noise.
# A low loss says that the features are alike, and no more than that. Whether this means "the same
# content" depends on what the features stand for, and that comes from the training.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Watch it live (4 minutes)
#
# An optimiser wants only one thing: a function that gives loss and gradient of a picture. Here it
# is the `Objective` of a tiny photo, one for each layer, so that you need not wait.

# %%
tiny = nstlib.load_image(photo, max_side=size // 2)
names = ("convention", "style_weight", "style_layers", "tv_weight")
terms = {name: settings[name] for name in names}
seers = {n: nstlib.FeatureExtractor({n, "block1_conv1"}, network=profile.network) for n in layers}
objectives = {
    name: nstlib.Objective(seer, tiny, tiny, content_layers=name, **terms)
    for name, seer in seers.items()
}
for objective in objectives.values():
    objective(tiny)  # the first call compiles it

# %% [markdown]
# `nstlib.lbfgs` evaluates one picture after the other for as long as somebody asks for the next.
# `islice` asks so many times, and the last of these pictures is what we show.


# %%
def rebuild_tiny(layer, evaluations):
    noise = starting_image("noise", tiny, tiny)
    *_, last = islice(nstlib.lbfgs(objectives[layer], noise), evaluations)
    return last.x


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** Every move of a slider paints anew from the noise. At which layer does the
# pavilion appear after the fewest evaluations? At which can you tell the colour of the sky?

# %%
live(
    rebuild_tiny,
    layer=ipywidgets.SelectionSlider(
        options=layers,
        description="layer",
        style={"description_width": "initial"},
        layout={"width": "26em"},
    ),
    evaluations=[1, 2, 5, 10, 15, 20],
    fallback=[
        {"layer": "block1_conv1", "evaluations": 20},
        {"layer": "block4_conv2", "evaluations": 20},
    ],
    title="A photo, painted from one layer's features while you watch",
    alt="The tiny pavilion, painted from the features of one layer.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where to start (4 minutes)
#
# Until now every run began with noise. **Predict:** we paint the pavilion from `block4_conv2`, but
# onto a cat. Will it be a cat, a pavilion, or both?

# %%
van_gogh = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"))
starts = {"grey": 0 * photo + 0.5, "a Van Gogh": fit(van_gogh, photo.shape[1:3]), "a cat": cat}
starts["the photo"] = photo
ends = {name: rebuild("block4_conv2", 60, init=start) for name, start in starts.items()}

# %% [markdown]
# Above the start, below the end.

# %%
rows = [list(starts.values()), [result.image for result in ends.values()]]
plots.picture_grid(rows, ["start", "after painting"], list(starts), **plots.finding("03-starts"))

# %% [markdown]
# A pavilion, you say. What do the pixels say?

# %%
for name, result in ends.items():
    start, end = pixel_difference(result.image, starts[name]), pixel_difference(result.image)
    print(f"from {name:10}: {start:.3f} away from the start, {end:.3f} away from the photo")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To the pixels, the third picture is still a cat: much nearer to the cat than to the
# photo. It took so little to turn one into the other, as far as `block4_conv2` and your eye are
# concerned.

# %% [markdown]
# Three pictures that differ so much: do their losses differ, too?

# %%
histories = {name: ends[name].history for name in ("grey", "a Van Gogh", "a cat")}
plots.compare_losses(histories, term="content", **plots.finding("03-start-losses"))

# %% [markdown]
# Only the run that began with the photo kept the colours, as there was hardly anything to do. That
# is why `stylize` starts from the content unless you say otherwise.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: where do they agree most? (12 minutes)
#
# Losses of different layers cannot be compared as they are: some layers have much larger numbers
# than others. Divide by the size of the features, $|F| + |P|$, and you can: then 0 means the same,
# and nothing is above 1. Complete the function; `check.most_similar_layer.hint()` helps.


# %% tags=["exercise"]
def most_similar_layer(features_a, features_b):
    """The name of the layer at which the features of two pictures differ least.

    features_a, features_b: dicts from layer name to features (1, h, w, C), the same names in both;
        they must not change.
    How much F and P differ is |F - P| / (|F| + |P|), where |F| is the root of the sum of all
    squares: between 0 (the same) and 1. Returns a string, one of the names.
    For example, of {"low": 1 against 2, "deep": 4 against 5} it is "deep": 1/9 is less than 1/3.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.most_similar_layer}}

# %% [markdown]
# Check it on features of several made-up pairs.

# %%
check.most_similar_layer(most_similar_layer)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Ask it about real pairs: the photo and each of the five pictures, and a painting in bold
# strokes. **Predict** for the blurred one and for the negative: a shallow layer or
# a deep one?

# %%
bold = {"convention": "relative", "style_weight": 30, "network": profile.network}
bold |= {"size": size, "progress": False}
painting = nstlib.stylize(photo, van_gogh, evaluations=min(60, profile.evaluations), **bold)
pictures = {**others, "painted": painting.image}

# %% [markdown]
# Each picture's features as arrays, and your function, or the library's:

# %%
my_most_similar = check.most_similar_layer.mine_or_library(most_similar_layer, gradient=False)
arrays = {name: np.asarray(P) for name, P in features(photo).items()}
for name, picture in pictures.items():
    seen = {layer: np.asarray(F) for layer, F in features(picture).items()}
    print(f"{my_most_similar(seen, arrays)}  {name}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With `vgg19-lite`: the *blurred* photo is nearest at `block1_conv1`, which sees 3 × 3
# pixels; with depth, more and more fine patterns are missing. The *negative* and the *shifted*
# photo are nearest deep down, where a position stands for 16 × 16 pixels. The *painting* is most
# like the photo at `block4_conv2`, the very layer to which its content term held it. And the *cat*
# has a nearest layer too, because some layer always is: least different is not yet similar.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** A painting with a small style weight, twice: once its content term holds it to
# `block4_conv2`, once to `block1_conv1`. Which of the two leaves the style more room, and what will
# be the same as in the photo?

# %%
gentle = bold | {"style_weight": 1, "evaluations": min(60, profile.evaluations)}
held = {
    f"held to {layer}": nstlib.stylize(photo, van_gogh, content_layers=layer, **gentle)
    for layer in ("block4_conv2", "block1_conv1")
}
pictures = [photo, *(run.image for run in held.values())]
plots.strip(pictures, ["the photo", *held], **plots.finding("03-held"), columns=3)
for name, run in held.items():
    left = run.history["style"][-1] / run.history["style"][0]
    print(f"{name}: {left:.0%} of the style term is left")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The first layer holds every line of the building, and strokes come only where the photo
# was smooth; more of the style term is left. The deep layer holds the shapes and lets everything be
# made of strokes. That is why content is taken from a deep layer.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Is it the pooling that hides the colours? `stylize` takes
# `pooling="average"`, the mean of the four values instead of the largest. Compare
# `rebuild("block4_conv2", pooling="average")` with the picture from above. What comes back, and
# why? (Look at the 2 × 2 example, and ask which of the four pixels learns from the gradient.)

# %% [markdown] tags=["instructor"]
# **The stretch task.** With averages the sky is light again, the trees are green and the building
# is reddish, after the same 80 evaluations. The content loss is about a ninth, and the mean
# absolute difference from the photo falls from 0.21 to 0.11 (with `vgg19-lite` on a CPU). In the
# 2 × 2 example the maximum hands its gradient to one pixel of the four and tells the other three
# nothing; the average moves all four. So it was in part the pooling: it makes the colours harder to
# get back. They are not right with averages either.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 03-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 03-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 03-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **The content loss** is the mean squared difference between the features $F$ of a picture and
#    $P$ of the photo, position by position. It calls a cat farther away than a negative; pixels
#    do not.
# 2. **A photo is rebuilt** by steps against the gradient with respect to the pixels, from any start,
#    until its features are the photo's. The network stays as it is; what the layer leaves open stays
#    as it was at the start.
# 3. **With depth** colour and fine detail fade first, shapes and their places stay. Some of it is
#    gone for good, much is held so faintly that the loss hardly asks for it: and there a style
#    finds its room.
#
# ## References
#
# - A. Mahendran, A. Vedaldi, [Understanding Deep Image Representations by Inverting
#   Them](https://arxiv.org/abs/1412.0035), 2014: photos rebuilt from every layer of a network.
# - L. A. Gatys, A. S. Ecker, M. Bethge, [A Neural Algorithm of Artistic
#   Style](https://arxiv.org/abs/1508.06576), 2015: equation 1 is the content loss, there with half
#   the sum in the place of the mean.
# - J. Johnson, A. Alahi, L. Fei-Fei, [Perceptual Losses for Real-Time Style Transfer and
#   Super-Resolution](https://arxiv.org/abs/1603.08155), 2016: the same rebuilding, layer by layer,
#   and a network trained with such losses.
#
# **Next:** [04 Gram matrices](04_gram_matrices.ipynb): the other half of style transfer, which
# forgets the places and keeps the textures.
