# %% [markdown] slideshow={"slide_type": "slide"}
# # 02 Inside VGG
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/02_inside_vgg.ipynb)
#
# ![Six pieces of pictures: dark lines, orange beside green, a spoon on a saucer, a badge, a cat's eye, a face](../docs/images/lesson_02.jpg)
#
# Six of the network's channels, and for each of them the piece of our sixteen pictures that excites
# it most. What does each look for, and what would it draw, if it could? (Pieces of pictures from the
# course's collection, [credits](../data/CREDITS.md). The photograph of the pavilion, further down, is
# by Daniel Büchele, [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), here also cropped,
# darkened and drawn on.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Read** the network layer by layer: shapes, parameters, and how much of the picture one value
#    depends on.
# 2. **Find out** what a channel likes, in two ways: search pictures for it, or make a picture for
#    it.
# 3. **Tell** by measurement what training has given the network.
#
# **You need** lesson 01: images as arrays, and what VGG expects of them. **It takes** about
# 69 minutes, with a guess at every prediction and an answer to every exercise.

# %% [markdown]
# {{machine: network}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 69. The
# misconception to hunt: that a larger picture, or pooling, has to do with the number of
# parameters. Ask for a show of hands before the table of the second section, and again at the
# quiz. If time runs short, leave out "Trained against random"; nothing later needs
# it. Let everybody write down names for the six channels before anyone runs the climb: that is the
# moment of the lesson.

# %% [markdown]
# ## Setup (2 minutes)
#
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The library looks at this machine and chooses a network for it.

# %%
import nstlib
from nstlib import check, plots
from nstlib.widgets import live, predict

profile = nstlib.setup()

# %% [markdown]
# For the calculations we need NumPy, TensorFlow and Keras under their own names.

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import ops

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A stack of layers (4 minutes)
#
# VGG is a stack of **convolutions** in five blocks, with a **pooling** between two blocks; the next
# section computes one of each by hand. What comes out of a layer are its **features**: at every
# position of a grid, one number for each **channel**. A `FeatureExtractor` hands them out by the
# layer's name.

# %%
photo = nstlib.load_image(nstlib.example_path("china"), max_side=min(320, profile.size))
extractor = nstlib.FeatureExtractor(nstlib.layer_names(profile.network), profile.network)
features = extractor(photo)
print(profile.network, "has", len(features), "convolutions; the photo is", photo.shape)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** On the way through the stack, what happens to height and width, and what to the
# number of channels? Which kind of layer has no **parameters**, nothing to learn?

# %%
shape = photo.shape
for layer in extractor.model.layers[2:]:
    shape = layer.compute_output_shape(shape)
    print(f"{layer.name:13} {shape!s:20} {layer.count_params():9,} parameters")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A shape reads (pictures, height, width, channels). A convolution keeps height and
# width. A pooling halves them, rounded down, keeps the channels, and has no parameters at all.
# From block to block there are fewer positions and, as a rule, more channels: the network trades
# *where* for *what*.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One value by hand (6 minutes)
#
# A picture of 4×4 grey values, and a **kernel**, a small table of weights, which subtracts what is
# left from what is right. Put the kernel onto the upper left corner, multiply and add: the three rows give $2-0$ each, so 6.
# One step to the right it finds $0-0$, $0-1$ and $0-1$, so −2. Go on: what do the two lower
# places give?

# %%
picture = np.float32([[0, 0, 2, 0], [0, 1, 2, 0], [0, 1, 2, 0], [0, 1, 0, 0]])
kernel = np.float32([[-1, 0, 1]] * 3)

# %% [markdown]
# Keras agrees. It wants axes for pictures and channels, too; they get the length 1.

# %% tags=["nbval-check-output"]
sums = ops.conv(picture[None, :, :, None], kernel[:, :, None, None], padding="valid")
print(np.asarray(sums).squeeze())

# %% [markdown] slideshow={"slide_type": "subslide"}
# Then a number is added, the channel's **bias**, here −1, and the **ReLU** puts 0 in the place of
# whatever is negative: a channel is active, or it is silent. **Predict** these four values, and
# then what a pooling of 2×2 makes of them: the largest of the four, or their average.

# %% tags=["nbval-check-output"]
active = ops.relu(sums - 1)
print("after bias and ReLU", np.asarray(active).squeeze().tolist())
print("maximum", float(np.squeeze(ops.max_pool(active, 2))))
print("average", float(np.squeeze(ops.average_pool(active, 2))))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The maximum keeps the strongest answer; in the average the silent places count, too.
# That is all a VGG is made of.

# %% [markdown]
# Of a colour picture the kernel covers 3×3 pixels in all three colours, and every channel has a
# kernel of its own. So we can compute real features by hand. Here are 9 pixels of the photo, as the
# network wants them, and the weights of its first layer.

# %%
row, column = 30, 40
nine = np.asarray(nstlib.preprocess(photo))[0, row - 1 : row + 2, column - 1 : column + 2]
weights, bias = extractor.model.get_layer("block1_conv1").get_weights()
print("pixels", nine.shape, " weights", weights.shape, " biases", bias.shape)

# %% [markdown]
# Multiply the 27 numbers of the pixels with the 27 weights of a channel, add them up, add the
# bias, drop what is negative; for all channels at once:

# %%
by_hand = np.maximum(np.tensordot(nine, weights, axes=3) + bias, 0)
by_network = np.asarray(features["block1_conv1"])[0, row, column]
print("by hand   ", by_hand[:6].round(3))
print("by network", by_network[:6].round(3))
print("all channels agree:", np.allclose(by_hand, by_network, atol=1e-3))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: counting parameters (9 minutes)
#
# Weights and biases are the network's parameters, what training has to find. Complete the
# function. Think of what you have just multiplied: how many weights did one channel need, and
# what did it need besides? The shapes above tell. `check.count_parameters.hint()` helps.


# %% tags=["exercise"]
def count_parameters(kernel, channels_in, channels_out):
    """How many numbers one convolution has to learn, biases included.

    kernel: the side of its square kernel; channels_in, channels_out: whole numbers.
    Returns a whole number. For example, count_parameters(1, 2, 3) is 9: 6 weights and 3 biases.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.count_parameters}}

# %% [markdown]
# Check it on convolutions that no network has.

# %%
check.count_parameters(count_parameters)

# %% [markdown]
# Now count a real layer, and compare with what Keras counts. If your function is not there yet, the
# library's counts.

# %%
my_count = check.count_parameters.mine_or_library(count_parameters, gradient=False)
layer = extractor.model.get_layer("block4_conv2")
side, _, channels_in, channels_out = layer.get_weights()[0].shape
print("counted:", my_count(side, channels_in, channels_out), " Keras:", layer.count_params())

# %% [markdown] slideshow={"slide_type": "subslide"}
# Where in the network do the parameters sit, and where the features? **Predict:** the same
# blocks? And what changes if the photo has twice the side?

# %%
for block in ("block1", "block2", "block3", "block4", "block5"):
    layers = [layer for layer in extractor.model.layers if block in layer.name]
    parameters = sum(layer.count_params() for layer in layers)
    values = sum(np.size(features[layer.name]) for layer in layers if layer.name in features)
    print(f"{block}  {parameters:9,} parameters  {values:9,} values for this photo")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** At opposite ends: blocks 4 and 5 hold most of the parameters, and block 1 has more
# values than any other. Twice the side means four times the positions, so four times the values, and
# that takes memory. The parameters do not know the photo's size: look for it in the arguments of
# your function.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How far does a value see? (16 minutes)
#
# One value of `block1_conv1` depends on 3×3 pixels. The next layer looks at 3×3 such values. Ask
# it the other way round: let one pixel of a row be 1, and follow who notices. A kernel of three
# ones adds up a value and its two neighbours.

# %% tags=["nbval-check-output"]
row_of_pixels = np.array([0, 0, 0, 1, 0, 0, 0])
first = np.convolve(row_of_pixels, [1, 1, 1], mode="same")
second = np.convolve(first, [1, 1, 1], mode="same")
print(first, "then", second)

# %% [markdown]
# After one layer 3 values know the pixel, after two layers 5. Turned round again: a value of the
# second layer sees 5 pixels, its **receptive field**. Remember the numbers themselves, too, 1, 2,
# 3, 2, 1: they count the ways that lead from a pixel to a value.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** `block4_conv2` comes after nine other convolutions and three poolings. How many
# pixels, from side to side, does one of its values depend on? Write a number down.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Exercise: the receptive field
#
# Complete the function. Two things are easily overlooked: a kernel's own middle has been counted
# already, and behind a pooling, which goes on by two positions at a time (its **stride**), two
# neighbours are not one pixel apart any more. `check.receptive_field.hint()` helps.


# %% tags=["exercise"]
def receptive_field(layers):
    """How many pixels of the image, from side to side, one value of a layer depends on.

    layers: list of (kernel, stride), both in pixels of the layer's own input, from the image up
        to the layer in question, which is the last one and counts: (3, 1) is a convolution of
        VGG, (2, 2) a pooling. The list must not change.
    Returns a whole number, the side in pixels.
    For example, receptive_field([(3, 1), (3, 1)]) is 5.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.receptive_field}}

# %% [markdown]
# Check it on stacks that were made up for the purpose.

# %%
check.receptive_field(receptive_field)

# %% [markdown]
# Here is the answer to your prediction, by your function or, if that is not there yet, by the
# library's.

# %%
my_field = check.receptive_field.mine_or_library(receptive_field, gradient=False)
stack = nstlib.layers_up_to("block4_conv2", profile.network)
print(stack)
print("block4_conv2 sees", my_field(stack), "pixels from side to side")

# %% [markdown]
# And on the photo, for a layer of each block.

# %%
fields = {
    name: int(my_field(nstlib.layers_up_to(name, profile.network)))
    for name in ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv2", "block5_conv1")
}
plots.receptive_fields(
    photo,
    fields,
    title="With each block one value sees much more of the photo",
    alt="Five nested squares around the middle of the photo; the largest covers half of its width.",
)

# %% [markdown]
# Is it true? Ask the network. The **gradient** says how strongly each pixel moves the features at
# the middle position; pixels outside the receptive field cannot move them at all. TensorFlow
# computes it with a `GradientTape`: the tape records every step of a calculation, and
# `tape.gradient` follows the record back to the pixels.


# %%
def pull(image, layer):
    """How strongly each pixel moves the features of the middle position: (H, W)."""
    look = nstlib.FeatureExtractor(layer, profile.network)
    image = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(image)
        F = look(image)[layer]
        middle = tf.reduce_sum(F[0, F.shape[1] // 2, F.shape[2] // 2] ** 2)
    return np.abs(tape.gradient(middle, image)[0]).sum(axis=-1)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict:** how large is the part of the photo whose pull is not 0? And how large is the square
# around its middle from which half of all the pull comes?

# %%
strength = pull(photo, "block4_conv2")
rows, columns = np.nonzero(strength)
print("pixels that count at all:", np.ptp(rows) + 1, "x", np.ptp(columns) + 1)

# %% [markdown]
# The measurement gives the calculated number. For the second question we need the share of a square:

# %%
y, x = (rows.min() + rows.max() + 1) // 2, (columns.min() + columns.max() + 1) // 2


def share(side):
    """The share of the pull that comes from a square around the middle."""
    near = strength[y - side // 2 : y + side // 2, x - side // 2 : x + side // 2]
    return near.sum() / strength.sum()


# %% [markdown]
# We enlarge the square until it has half of the pull, and then nine tenths.

# %%
half, most = (next(n for n in range(2, 200, 2) if share(n) >= part) for part in (0.5, 0.9))
print(f"half of the pull: {half} x {half} pixels, nine tenths: {most} x {most}")

# %% [markdown]
# The part of the photo that the value can see, the pull of each pixel with the square that has half
# of it, and the photo in the light of the pull.

# %%
window = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
light = np.cbrt(strength / strength.max())[window][..., None]
v, u = np.indices(strength.shape) + 0.5
edge = np.maximum(abs(v - y), abs(u - x)).astype(int) == half // 2 - 1  # of the square
marked = np.where(edge[window][..., None], [0.9, 0.6, 0], light)
nstlib.show(
    [photo[0][window], marked, photo[0][window] * (0.2 + 0.8 * light)],
    **plots.finding("02-pull", side=np.ptp(rows) + 1, half=half),
    captions=["what it can see", "what moves it (cube root)", "both"],
    width=300,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The receptive field is what *can* count. What *does* count sits in its middle, for
# the reason that you have seen in the row 1, 2, 3, 2, 1: many ways lead from a pixel in the middle
# to the value, and only one from the corner. Luo et al. call this the *effective* receptive field.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Feature maps, block by block (6 minutes)
#
# One channel at all positions is a **feature map**, a small picture. **Predict:** in which block
# will you no longer recognise the pavilion?

# %%
deeper = ("block1_conv2", "block2_conv2", "block3_conv4", "block4_conv4", "block5_conv1")
plots.feature_blocks(
    {name: features[name] for name in deeper},
    columns=8,
    **plots.finding("02-blocks"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** These are the eight channels of each layer that are most active on average. In blocks
# 1 and 2 they look like the photo, drawn with other pens. Later a map says less about how things
# look and more about where *something* is.

# %% [markdown]
# But what? Seen alone, a map does not tell. So let it shine on the photo: bright where the channel
# is active, dark where it is silent. (Do you see a frame around some maps of blocks 3 and 4? The
# *Stretch* of this lesson asks where it comes from.)


# %%
def spotlight(image, F, channel):
    """The image, lit only where this channel of the features F is active."""
    heat = np.asarray(F)[..., channel, None]
    light = tf.image.resize(heat / max(heat.max(), 1e-6), image.shape[1:3], method="bicubic")
    return image * np.clip(0.1 + 1.5 * light, 0, 1)


# %% [markdown]
# All sixteen pictures of the course, small, so that the network answers at once.

# %%
names = nstlib.examples("content") + nstlib.examples("style")
small = {name: nstlib.load_image(nstlib.example_path(name), max_side=192) for name in names}

# %% [markdown]
# For some settings: the lit picture and the map itself.


# %%
def browse(picture, layer, channel):
    F = np.asarray(extractor(small[picture])[layer])
    channel = channel % F.shape[-1]
    peak, lit = F[..., channel].max(), spotlight(small[picture], F, channel)
    grays = np.repeat(F[..., channel, None] / max(peak, 1e-6), 3, axis=-1)
    return [lit, grays], [f"{layer}, channel {channel}", f"the map itself, up to {peak:.1f}"]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** Choose a picture, a layer and a channel. Find a channel that lights up one thing
# only; then try it on another picture. (Numbers beyond the last channel begin again at 0. Each
# picture has its own scale: the caption has the highest value.)

# %%
live(
    browse,
    picture=names,
    layer=list(features),
    channel=(0, 255, 1),
    fallback=[
        {"picture": "rocket", "layer": "block4_conv2", "channel": 30},
        {"picture": "china", "layer": "block3_conv1", "channel": 12},
    ],
    **plots.finding("02-browse"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does a channel like? (14 minutes)
#
# First way: **search**. We show the network all sixteen pictures of the course and cut out, for
# some channels, the receptive field around the position where each was most active. In this
# section we use `vgg19-lite` whatever `setup` was asked for, because the numbers of the channels
# belong to this network: those of another one have other meanings.

# %%
WANTED = [
    ("block2_conv2", 9),
    ("block2_conv2", 16),
    ("block4_conv4", 9),
    ("block4_conv4", 137),
    ("block4_conv4", 126),
    ("block5_conv1", 28),
]
lite = nstlib.FeatureExtractor(["block2_conv2", "block3_conv4", "block4_conv4", "block5_conv1"])
paths = [nstlib.example_path(name) for name in names]
gallery = [nstlib.load_image(path, max_side=min(320, profile.size)) for path in paths]
seen = [lite(image) for image in gallery]

# %% [markdown]
# Each picture has one best position for a channel. We sort the pictures by how high it is.


# %%
def best_places(layer, channel):
    """(value, number of the picture, row, column) of each picture's best position, best first."""
    maps = [np.asarray(F[layer])[0, ..., channel] for F in seen]
    places = [np.unravel_index(np.argmax(one), one.shape) for one in maps]
    peaks = [(maps[i][place], i, *place) for i, place in enumerate(places)]
    return sorted(peaks, reverse=True)


# %% [markdown]
# To cut out a receptive field we need its side and, from the poolings, how many pixels lie
# between two positions. Beyond the picture's edge it is white.


# %%
def cut_out(layer, value, number, row, column):
    """The receptive field of one position, out of picture `number`."""
    side, step = int(my_field(nstlib.layers_up_to(layer))), 2 ** (int(layer[5]) - 1)
    padded = np.pad(gallery[number][0], ((side, side), (side, side), (0, 0)), constant_values=1)
    top, left = (int((place + 0.5) * step) + side - side // 2 for place in (row, column))
    return padded[top : top + side, left : left + side]


# %% [markdown]
# A row of pieces for each of some channels, one from each picture, in the order of their values.


# %%
def show_pieces(channels, **options):
    """The best pieces for each (layer, channel), as a table."""
    rows = [[cut_out(layer, *p) for p in best_places(layer, c)[:8]] for layer, c in channels]
    labels = [f"{layer} channel {c}" for layer, c in channels]
    plots.picture_grid(rows, labels, ["best", *map(str, range(2, 9))], **options)


# %% [markdown]
# Before you read on, give each of these six a name, and write it down.

# %%
show_pieces(
    WANTED,
    title="What excites six channels most: can you give each a name?",
    alt="Six rows of eight pieces of pictures; the pieces of a row have something in common.",
)

# %% [markdown]
# Now the numbers: does a channel care as much for the last piece as for the best one?

# %%
for layer, channel in WANTED:
    peaks = best_places(layer, channel)
    print(f"{layer} {channel:3}:", " ".join(f"{value:5.1f}" for value, *_ in peaks[:8]))

# %% [markdown]
# Channel 126 of `block4_conv4` cares for two pictures, for the second a little more than half as
# much, and hardly for the rest. But a name is only a guess: sixteen pictures are few, and a channel
# knows nothing of our words. **How these six were chosen:** we looked at the sixteen most selective
# channels of seven layers, and took six that are easy to name. So here are four drawn by lot.

# %%
lot = np.random.default_rng(0).choice(160, 4, replace=False)
show_pieces(
    [("block4_conv4", channel) for channel in lot],
    title="Four channels drawn by lot: one of them likes a place, not a thing",
    alt="Four rows of eight pieces; in one row all pieces have white in their upper half.",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Which of the four likes a place, and which place is it? (White is where the
# picture has ended.) Nobody told the network where a picture ends. How can it know, and what has
# that to do with the frames around some feature maps? Then find a relative: what do the pieces of
# channel 70 of `block3_conv4` have in common?

# %% [markdown] tags=["instructor"]
# **The stretch task.** Channel 100: all its pieces lie at the upper edge of their pictures;
# channel 70 of `block3_conv4` likes the left edge. A convolution at the edge needs neighbours
# that do not exist and takes zeros in their place (`padding="same"`), so features jump there, which
# can be learned; the frames around some feature maps come from it, too. We tried it: with 80 rows
# cut off at the top, channel 100 is most active in the first row of what is left, in all of eight
# pictures; with 64 pixels mirrored around the astronaut, it moves out to the new edge.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Second way: make a picture
#
# Start with noise and change the pixels until the channel is as active as possible: the same idea
# as painting, with another loss. For each channel it is
#
# $$L = \frac{\text{the mean of its map for the best of our sixteen pictures}}{\text{the mean of its map for this picture}}$$
#
# A loss of 1 is as good as the best picture; below 1, the noise has become more exciting than
# anything that we have. **Predict:** what will the machine draw for the channels that you have
# named?

# %%
labels = [f"{layer} channel {c}" for layer, c in WANTED]
best = [max(np.asarray(F[layer])[..., c].mean() for F in seen) for layer, c in WANTED]

# %% [markdown]
# `best` are the six numerators. The six losses, and the gradient for all pictures at once
# (`tf.function` makes it faster):


# %%
@tf.function(reduce_retracing=True)
def losses_and_gradient(images, smoothness):
    with tf.GradientTape() as tape:
        tape.watch(images)
        F = lite(images)
        means = [tf.reduce_mean(F[layer][i, ..., c]) for i, (layer, c) in enumerate(WANTED)]
        losses = best / (tf.stack(means) + 0.001)
        variation = tf.reduce_sum(tf.image.total_variation(images))
        loss = tf.reduce_sum(tf.math.log(losses)) + smoothness * variation
    return losses, tape.gradient(loss, images)


# %% [markdown]
# Six pictures in one batch, the first for the first channel, and so on. Adam, which lesson 08
# builds, lowers the sum of the logarithms, so that no channel is louder than the others, and a
# little total variation keeps the noise away.


# %%
def climb(images, steps):
    """Change the images step by step so that each excites its channel; also returns the losses."""
    images, adam, record = tf.Variable(images), keras.optimizers.Adam(0.03), []
    smoothness = tf.constant(3 / images.shape[1] ** 2, tf.float32)
    for _ in range(steps):
        losses, gradient = losses_and_gradient(tf.convert_to_tensor(images), smoothness)
        adam.apply_gradients([(gradient, images)])
        images.assign(tf.clip_by_value(images, 0, 1))
        record.append(losses.numpy())
    return images.numpy(), record


# %% [markdown]
# We begin small, with 48×48 pixels, and double that once: large shapes first, fine ones later.

# %%
noise = np.random.default_rng(11).normal(0.5, 0.25, (len(WANTED), 48, 48, 3))
stages, record = [noise.clip(0, 1).astype("float32")], []
for side in (48, 96):
    larger = tf.image.resize(stages[-1], (side, side), method="bicubic")
    images, losses = climb(larger, steps=min(45, profile.evaluations))
    stages.append(images)
    record += losses

# %% [markdown]
# Look, and compare with your names.

# %%
nstlib.show(
    [images[i] for i in range(len(WANTED))],
    **plots.finding("02-climb"),
    captions=labels,
    width=150,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Nobody told this network what an eye or a face is. It was trained to imitate VGG-19,
# and VGG-19 to tell a thousand kinds of things apart, none of which is called *face*. Nor was there
# a face in the noise. Another noise gives another face, sometimes with too many eyes: change the 11
# above.

# %% [markdown]
# The loss of each channel, step by step:

# %%
plots.compare_losses(
    {label: [float(losses[i]) for losses in record] for i, label in enumerate(labels)},
    **plots.finding("02-climb-losses"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** One curve is flat at first: the noise leaves that channel silent everywhere, and a
# ReLU that gives 0 lets no gradient through. Only the smoothing works, until something wakes it.
# All curves jump where the picture is enlarged. And a loss below 1 is a warning, too: what excites
# a channel most is not a photograph of anything, but an exaggeration.

# %% [markdown]
# Here is the last one on its way.

# %%
nstlib.show(
    [np.clip(stage[-1:], 0, 1) for stage in stages],
    **plots.finding("02-stages"),
    captions=["noise", "after 48×48 pixels", "after 96×96 pixels"],
    width=220,
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trained against random (9 minutes)
#
# Is it the training that matters, or is any stack of this form good enough? The control
# experiment: the same layers with **random** weights, in the small network and in one of VGG-19's
# size.

# %%
NETWORKS = [profile.network, "vgg19-random"]
LAYERS = ["block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1"]
looks = {name: nstlib.FeatureExtractor(LAYERS, name) for name in NETWORKS}
looks["lite, random"] = nstlib.FeatureExtractor(LAYERS, "vgg19-lite", weights="random")

# %% [markdown]
# The most active channels of one layer, of each network.

# %%
plots.feature_blocks(
    {name: look(photo)["block4_conv1"] for name, look in looks.items()},
    title="block4_conv1: the strongest random channels repeat each other, the trained ones differ",
    alt="A row of feature maps for each network; those with random weights resemble each other.",
)

# %% [markdown]
# Now a number. We take the colours away, give all pictures the same brightness and contrast, and
# cut each into a left and a right half. A half's fingerprint says how active each channel is on
# average. **Does a left half find the right half of its own picture**, among all sixteen?


# %%
def gray(image):
    """Without colours; with the same brightness and contrast for every image."""
    light = image.mean(axis=-1, keepdims=True)
    light = 0.5 + 0.2 * (light - light.mean()) / light.std()
    return np.repeat(light.clip(0, 1), 3, axis=-1)


# %% [markdown]
# Fingerprints are compared by their directions, the cosine of the angle between them.


# %%
def fingerprints(look, images):
    """For each layer a row for each image: the channels' means, scaled to length 1."""
    features = [look(image) for image in images]
    means = {n: np.stack([np.mean(F[n], axis=(0, 1, 2)) for F in features]) for n in look.layers}
    return {n: X / np.linalg.norm(X, axis=1, keepdims=True) for n, X in means.items()}


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict:** how many of the sixteen does the trained network find, how many the random ones?
# Guessing would find one.

# %%
grays = [gray(image) for image in small.values()]
lefts = [image[:, :, : image.shape[2] // 2] for image in grays]
rights = [image[:, :, image.shape[2] // 2 :] for image in grays]
marks = {
    name: (fingerprints(look, lefts), fingerprints(look, rights)) for name, look in looks.items()
}

# %% [markdown]
# For every left half we take the right half whose fingerprint points most nearly the same way.


# %%
def pairs_found(A, B):
    """How many rows of A are most similar to the row of B with the same number."""
    return int(np.sum(np.argmax(A @ B.T, axis=1) == np.arange(len(A))))


# %% [markdown]
# Counted for each network and each layer:

# %%
hits = {name: [pairs_found(A[n], B[n]) for n in LAYERS] for name, (A, B) in marks.items()}

# %% [markdown]
# Your number for the trained network, at the first layer of block 4?

# %% slideshow={"slide_type": "skip"}
predict("How many of the sixteen pairs does the trained network find?", answer=hits[NETWORKS[0]][3])

# %% [markdown]
# All of them:

# %%
for name, counts in hits.items():
    print(f"{name:13} pairs found in blocks 1 to 5: {counts}")

# %% [markdown]
# For one layer, as bars:

# %%
plots.bars(
    {name: counts[3] for name, counts in hits.items()},
    **plots.finding("02-halves"),
    label="pairs found, of 16, with block4_conv1",
)

# %% [markdown]
# And how alike are the fingerprints of **different** pictures?

# %%
for name, (A, _) in marks.items():
    cosines = A["block4_conv1"] @ A["block4_conv1"].T
    others = cosines[~np.eye(len(cosines), dtype=bool)]
    print(f"{name:13} mean cosine of two different pictures: {others.mean():.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To the random networks all pictures are nearly the same: their fingerprints point the
# same way, whatever is in the picture. Training has made channels that pick out *some* things, so
# that different pictures excite different channels. But random does not mean blind. **Try** it with
# the colours left in, `grays = list(small.values())`: who gains by it, and why?

# %% [markdown] tags=["instructor"]
# **Random does not mean blind.** With colours, `vgg19-lite` finds 12 at `block4_conv1` and the random
# one 6 (five seeds: 5 to 11): an average colour survives any weights. Without them, five seeds found
# 1, 4, 1, 1 and 1. Subtracting the mean fingerprint first does not save the random ones.

# %% [markdown]
# ### The real VGG-19
#
# `vgg19-lite` was trained to imitate it. Put `"vgg19"` in the place of `None` if you would like to
# see how many halves the original brings together: its weights (80 MB) are downloaded once.

# %%
real = None
if real:
    look = nstlib.FeatureExtractor(LAYERS, real)
    A, B = fingerprints(look, lefts), fingerprints(look, rights)
    found = {name: counts[3] for name, counts in hits.items()}
    found[real] = pairs_found(A["block4_conv1"], B["block4_conv1"])
    plots.bars(
        found,
        title=f"Of 16 pairs {real} finds {found[real]}, {profile.network} {found[profile.network]}",
        alt="Bars: pairs found by each network.",
        label="pairs found, of 16, with block4_conv1",
    )


# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 02-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 02-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 02-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **Read the stack.** Convolutions keep height and width, poolings halve them and learn nothing.
#    The parameters depend on kernels and channels, never on the picture. A value of `block4_conv2`
#    can see 84 pixels from side to side; what moves it most lies in the middle.
# 2. **What a channel likes** is found by searching pictures, and by making one. In `vgg19-lite` some
#    channels like lines, one likes eyes, one faces, and one the upper edge. Every name is a guess.
# 3. **Training matters**, and it can be measured: trained features find the halves that belong
#    together, random ones hardly do.
#
# [Look inside in the browser]({{website}}/play.html): the feature maps of your own photo, layer by
# layer.
#
# **Next:** [what a layer remembers of the content](03_content.ipynb), and what it forgets. What
# follows below is for those who want more: nothing later needs it.

# %% [markdown]
# ## Optional: whole networks, counted
#
# With `count_parameters`, yours or the library's, whole networks are counted from the names of their
# layers and the channels of their five blocks: no need to download anything.

# %%
from nstlib.networks import LITE_WIDTHS, VGG_WIDTHS


def total(network, widths):
    """The parameters of all convolutions of a network."""
    count, channels = 0, 3
    for name in nstlib.layer_names(network):
        width = widths[int(name[5]) - 1]
        count, channels = count + my_count(3, channels, width), width
    return count


# %% [markdown]
# Our network beside the two that it takes after. Can the count be trusted? Keras builds a VGG-19
# without its trained weights and counts for itself.

# %%
totals = {name: total(name, VGG_WIDTHS) for name in ("vgg19", "vgg16")}
totals["vgg19-lite"] = total("vgg19-lite", LITE_WIDTHS)
keras_count = keras.applications.VGG19(weights=None, include_top=False).count_params()
print(f"vgg19, counted by Keras: {keras_count:,}")

# %% [markdown]
# As bars:

# %%
plots.bars(
    totals,
    title=f"vgg19 has {totals['vgg19'] / totals['vgg19-lite']:.0f} times the parameters of vgg19-lite",
    alt="Bars: vgg19 20,024,384, vgg16 14,714,688, vgg19-lite 1,388,752 parameters.",
    label="parameters, without the classifier",
)

# %% [markdown]
# ## Optional: average against maximum
#
# VGG was trained with pooling by maximum. Gatys et al. painted with the average of the four
# values instead: the same weights, another pooling. **Predict:** which of the two gives larger
# values, and which the smoother maps?


# %%
def roughness(F):
    """The mean difference of horizontal neighbours, in units of the mean value."""
    F = np.asarray(F)
    return np.abs(np.diff(F, axis=2)).mean() / F.mean()


# %% [markdown]
# Behind 1, 2, 3 and 4 poolings:

# %%
averaged = nstlib.FeatureExtractor(extractor.layers, profile.network, pooling="average")(photo)
for name in ("block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1"):
    means = np.mean(averaged[name]) / np.mean(features[name])
    rough = roughness(averaged[name]) / roughness(features[name])
    print(f"{name}: average over maximum: values {means:.2f}, roughness {rough:.2f}")

# %% [markdown]
# The same four channels with both.

# %%
chosen = np.argsort(-np.asarray(features["block4_conv1"]).mean((0, 1, 2)))[:4]
both = [np.asarray(F["block4_conv1"])[..., chosen] for F in (features, averaged)]
plots.feature_grid(
    np.concatenate(both, axis=-1),
    channels=range(8),
    columns=4,
    labels=[f"{kind}, channel {c}" for kind in ("maximum", "average") for c in chosen],
    **plots.finding("02-pooling"),
)

# %% [markdown]
# **Explain.** An average of four is never above their maximum, and it varies less from place to
# place. With each pooling the values of the two networks drift further apart. For painting it is a
# matter of taste. Gatys et al. found pictures made with the average "slightly more appealing", and
# `stylize` takes it unless told otherwise; `stylize(..., pooling="max")` lets you judge for yourself.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## References
#
# - K. Simonyan, A. Zisserman, [Very Deep Convolutional Networks for Large-Scale Image
#   Recognition](https://arxiv.org/abs/1409.1556), 2014: VGG.
# - W. Luo, Y. Li, R. Urtasun, R. Zemel, [Understanding the Effective Receptive Field in Deep
#   Convolutional Neural Networks](https://arxiv.org/abs/1701.04128), 2016.
# - K. Simonyan, A. Vedaldi, A. Zisserman, [Deep Inside Convolutional
#   Networks](https://arxiv.org/abs/1312.6034), 2013: pictures made for a class.
# - C. Olah, A. Mordvintsev, L. Schubert, [Feature
#   Visualization](https://distill.pub/2017/feature-visualization/), 2017: how far this can be taken.
# - L. A. Gatys, A. S. Ecker, M. Bethge, [A Neural Algorithm of Artistic
#   Style](https://arxiv.org/abs/1508.06576), 2015: average pooling.
#
# **Next:** [what a layer remembers of the content](03_content.ipynb), and what it forgets.
