# %% [markdown] slideshow={"slide_type": "slide"}
# # 15 Make your own small VGG
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/15_small_vgg.ipynb)
#
# ![A print of a great wave, and three paintings of a cat. In two of them its fur is made of dark strokes like those of the print, in the other one it has hardly changed](../docs/images/lesson_15.jpg)
#
# The Great Wave, and a cat, painted three times like it by the same loop. Only the network that looks
# at the pictures differs: one has 1,388,752 weights, the other two have 135,995 each. One of these
# two was trained for some minutes, on twelve pictures without a cat or a wave, before it painted; the
# other was not. What is a network told in these minutes, so that it learns to look? And how can a
# tenth of the weights be enough? (Photograph: Stéfan van der Walt, CC0; print: Katsushika Hokusai,
# Under the Wave off Kanagawa, about 1831.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Measure** how much of what one network sees another one sees, too, layer by layer.
# 2. **Train** a small network to look at pictures as a large one does, and make a plain VGG of it.
# 3. **Paint** with your own network, and say how narrow a network may be before the style is lost.
#
# **You need** lessons 02 (layers, channels, features), 04 (Gram matrices) and 12 (a network's weights
# can be trained). From mathematics, a mean and a variance. **It takes** 52 minutes.

# %% [markdown]
# {{machine: network}}
#
# Everything else in the machine you have written yourself. This box you got for nothing: now you
# make one.

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 52. Three
# misconceptions to hunt. "A copy has to have the same channels": ask for a recipe, not for a channel;
# the linear map is the recipe. "R2 near 1 is always good": two positions, and quiz 15-1. "What is
# not trained sees nothing": the bars before the training. The training stops after a minute at the
# latest, so on a slow machine it makes fewer steps, and the marks are lower. If time is short, leave
# out "Into one convolution"; its cells have to run.

# %% [markdown]
# ## Setup (1 minute)
#
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The library looks at this machine and chooses a profile. What trains lies in `nstlib.training`.

# %%
import nstlib
from nstlib import check, plots
from nstlib.networks import BLOCKS, LITE_WIDTHS
from nstlib.training import distill
from nstlib.training.teachers import TARGETS, Crops
from nstlib.widgets import Easel, live, predict, upload_photo

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import itertools
import json
import pathlib
import tempfile
import time

import keras
import numpy as np
from keras import ops
from PIL import Image

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A teacher and a student (4 minutes)
#
# VGG-19 learnt to look from a million photographs, each with a name. `vgg19-lite` never saw a name:
# it was shown pictures, and told what VGG-19 sees in them. That is **distillation**: a large network
# is the *teacher*, and a small one, the *student*, is trained until it sees the same. Here
# `vgg19-lite` itself is the teacher, at the five layers that stand for style, and the student is
# yours.

# %%
print(TARGETS)
teacher = nstlib.FeatureExtractor(TARGETS)

# %% [markdown]
# The student has the same layers, with fewer channels in each of the five blocks. How many weights that
# makes, lesson 02 has told:


# %%
def count_weights(widths):
    """Weights and biases of a vgg19-lite with these channels in its five blocks."""
    channels = [3, *np.repeat(widths, BLOCKS["vgg19-lite"])]  # the picture's colours come first
    return sum(nstlib.count_parameters(3, a, b) for a, b in itertools.pairwise(channels))


# %% [markdown]
# The channels of both, block by block:

# %%
WIDTHS = (5, 10, 25, 50, 80)
print("the teacher:", LITE_WIDTHS, "the student:", WIDTHS)
share = count_weights(WIDTHS) / count_weights(LITE_WIDTHS)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** In each block the student has 5 channels for 16 of the teacher's, 0.31 of them, and
# the opening speaks of a tenth of the weights. Where have all the others gone?

# %% [markdown]
# Counted:

# %% tags=["nbval-check-output"]
for name, widths in {"teacher": LITE_WIDTHS, "student": WIDTHS}.items():
    print(f"{name}: {int(count_weights(widths)):9,} weights")
print(f"the student has {share:.1%} of them")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A convolution has a weight for each *pair* of a channel that comes in and one that goes
# out. With 0.31 of the channels on both sides, $0.31 \cdot 0.31$ is about a tenth. The time that it
# takes shrinks, too, though not as much.

# %% [markdown]
# It learns from twelve pictures of the course. Four are kept away: on these we judge, and with these
# we paint. What a network says of pictures that it has learnt from proves little.

# %%
HELD_OUT = ("chelsea", "hokusai_great_wave", "coffee", "cassatt_summertime")
names = [n for n in nstlib.examples("content") + nstlib.examples("style") if n not in HELD_OUT]
paths = [nstlib.example_path(name) for name in names]
pictures = [(path, Image.open(path).convert("RGB")) for path in paths]
judged = [nstlib.load_image(nstlib.example_path(name), max_side=512) for name in HELD_OUT]
held_out = np.concatenate([image[:, :288, :448] for image in judged])
print(len(pictures), "to learn from; held out:", held_out.shape)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How much of it is explained? (13 minutes)
#
# The teacher has 16 channels in its first layer, and the student 5. So the student cannot have the
# same channels. But perhaps it has the same *knowledge*: if the teacher's channel is "blue beside
# white", and the student has one for blue and one for edges, then the teacher's may be a mixture of
# these two. So we ask: how well can each channel of the teacher be mixed of those of the student,
# with one recipe for all positions?
#
# A recipe is a number for each channel of the student, and one that is added: a **linear map**. With
# the student's features $F$ ($M$ positions, $C$ channels), the teacher's $T$ ($M$ positions, $D$
# channels), and the same row $b$ added at every position:
#
# $$T \approx F\, W + b$$
#
# That is what style needs. If it holds exactly, then mean and covariance of $T$ follow from those of
# $F$: a painting that has the style's statistics to the student, has them to the teacher, too.

# %% [markdown]
# The measure is $R^2$, the **explained variance**. By hand, for one channel of the teacher at two
# positions: it is 1 and 5, and somebody says 2 and 4. The mean is 3, so there is
# $(1 - 3)^2 + (5 - 3)^2 = 8$ to be explained, and $(1 - 2)^2 + (5 - 4)^2 = 2$ are left:
#
# $$R^2 = 1 - \frac{2}{8} = 0.75$$
#
# 1 is perfect, and 0 is no better than to say 3 at every position.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Again the teacher has 1 and 5. The student's only channel is 10 at the first position
# and 11 at the second. How much does the best map explain? And if there is a third position, where
# the teacher has 3 and the student 12: more, less, or as much?

# %% tags=["nbval-check-output"]
F, T = np.array([10.0, 11.0, 12.0]), np.array([1.0, 5.0, 3.0])
for M in (2, 3):
    slope, added = np.polyfit(F[:M], T[:M], 1)  # least squares
    left = np.sum((T[:M] - (slope * F[:M] + added)) ** 2)
    R2 = 1 - left / np.sum((T[:M] - T[:M].mean()) ** 2)
    print(f"{M} positions: T = {slope:.0f} F + {added:.0f} at best, R2 = {R2:.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Two positions are always explained, as a line goes through any two points. It says
# nothing about student or teacher. With three the line has to compromise. So $R^2$ means something
# only with **many more positions than channels**.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write it for whole batches of features. `check.linear_r2.hint()` helps.


# %% tags=["exercise"]
def linear_r2(F, T):
    """How much of the teacher's variance the best linear map of the student's features explains.

    F: the student's features (B, h, w, C). T: the teacher's, (B, h, w, D). They must not change.
    The map has a number for each pair of channels, and one that is added for each of T's.
    `np.linalg.lstsq(x, y, rcond=None)[0]` is the matrix W for which x W comes closest to y.
    Returns 1 - (squares of what is left) / (squares of T less the mean of each of its channels),
    each added up over everything: one number.
    For example, F = [[[[1.0], [2.0], [3.0]]]] and T = [[[[1.0], [5.0], [3.0]]]] give 0.25.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.training.distill.linear_r2}}

# %% [markdown]
# The check makes up features of two pictures.

# %%
check.linear_r2(linear_r2)

# %% [markdown]
# Whose $R^2$ measures from here on? If yours is not there yet, the library's takes its place.

# %%
my_r2 = check.linear_r2.mine_or_library(linear_r2, gradient=False)


def explained(F, T):
    """How much the features F of one network explain of those of another one, layer by layer."""
    return {name: float(my_r2(np.asarray(F[name]), np.asarray(T[name]))) for name in TARGETS}


# %% [markdown]
# Here is a student that has not learnt anything yet. (It normalises after each convolution, of which
# more below.)

# %%
keras.utils.set_random_seed(0)
beginner = distill.build_student(WIDTHS)
T = teacher(held_out)


def r2_by_layer(network):
    """How much of what the teacher sees in the held-out pictures a network explains."""
    return explained(network(held_out), T)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Its weights are drawn at random. How much of what the teacher sees in the four held-out
# pictures is explained by it: nothing, some, or nearly all? In which layer most?

# %%
r2_before = r2_by_layer(beginner)
for name, value in r2_before.items():
    print(f"{name}: {value:.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Some: random mixtures of neighbouring pixels are mixtures of pixels all the same.
# The teacher's first layer is little more than that, so nearly half is explained there. Further
# on it is a quarter at most, as every layer keeps a part of what it gets, and chance keeps
# another part than training does. These are the marks to beat.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The loss (7 minutes)
#
# To train, the student needs a loss that says how much is *left*. To solve for the best map anew at
# every step would be slow. So the map is learnt along with the student: a convolution of 1 by 1
# pixels is just that, a number for each pair of channels and one that is added. Each of the five
# layers gets such a **head**. After the training the heads are thrown away.
#
# And the teacher's five layers are of very different size. So the features are brought to mean 0 and
# variance 1, with numbers that are measured once, beforehand: a mean for each channel, and one
# deviation for the whole layer, so that a channel that varies more counts more.

# %%
crops = Crops(pictures, steps=12, batch=8, size=64)
means, scales = distill.feature_scale(teacher, crops)
for name in TARGETS:
    print(f"{name}: {len(means[name])} channels, deviation {scales[name]:.0f}")

# %% [markdown]
# By hand: a channel of the teacher is 1 and 5, its mean 3 and its deviation 2. Brought to mean 0 and
# variance 1 it is -1 and 1. The head says -0.5 and 0.5: the squares of what is left are 0.25 and
# 0.25, and their mean is the loss, 0.25. That is $1 - R^2$: the 0.75 from above.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write the loss of a layer. `check.distillation_loss.hint()` helps. Take `ops`, so that
# a gradient comes through.


# %% tags=["exercise"]
def distillation_loss(predicted, T, mean, scale):
    """The share of the teacher's variance that a head's prediction leaves unexplained.

    predicted: what the head says, (B, h, w, D): the teacher's features with mean 0, variance 1.
    T: the teacher's features as they are, (B, h, w, D). They must not change.
    mean: of each of the teacher's channels, (D,). scale: the deviation, one number for all of them.
    Returns one number, a mean over everything.
    For example, predicted [[[[-0.5], [1.5]]]] and T [[[[1.0], [5.0]]]] with mean [3.0] and scale
    2.0 give 0.25.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.training.distill.distillation_loss}}

# %% [markdown]
# The check makes up predictions and features.

# %%
check.distillation_loss(distillation_loss)

# %% [markdown]
# From here on `my_loss` is your function, if it passed and a gradient comes through, or else the
# library's. With it your network will be trained.

# %%
my_loss = check.distillation_loss.mine_or_library(distillation_loss)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Train it (8 minutes)
#
# `Distiller` puts together what belongs together: the student, its five heads, the teacher, and
# your loss, added up over the layers.


# %%
def untrained(teacher):
    """A student and its heads, about to learn from a teacher."""
    keras.utils.set_random_seed(0)
    student = distill.build_student(WIDTHS, momentum=0.95)  # a mean of the last 20 steps or so
    distiller = distill.Distiller(
        student, teacher, *distill.feature_scale(teacher, crops), loss_of_layer=my_loss
    )
    distiller(crops[0][0])  # the first call makes the heads
    return distiller


# %% [markdown]
# The steps are Adam's, as in lesson 12, and they get smaller towards the end. For each step eight
# pieces of pictures are drawn anew, mirrored, and varied in size, light and colour. After
# `most_seconds` it ends, however many steps it has made.

# %%
steps, most_seconds = 2 * min(150, profile.evaluations), 60


def train(distiller, steps, easel):
    """Train a student; returns the losses of its layers at each step."""
    rate = keras.optimizers.schedules.CosineDecay(0.02, steps)
    distiller.compile(keras.optimizers.Adam(rate, clipnorm=1.0))
    practice, history = Crops(pictures, steps, batch=8, size=64, seed=1), []
    begin = time.perf_counter()
    for number in range(steps):
        distiller.reset_metrics()
        history.append(distiller.train_on_batch(practice[number][0], return_dict=True))
        if number % 25 == 24:
            easel.show(draw_curves(history), caption=f"after {number + 1} steps")
        if time.perf_counter() - begin > most_seconds:
            break
    return history


# %% [markdown]
# The curves: what is left unexplained in each layer. Every step has other pieces, so each point is
# the mean of several steps.


# %%
def draw_curves(history, title="", alt=None):
    """The loss of each layer in the course of a training."""
    group = len(history) // 25 or 1
    count = len(history) // group
    curves = {}
    for block in sorted(history[0].keys() - {"loss"}):
        losses = [float(step[block]) for step in history[: count * group]]
        means = np.reshape(losses, (count, group)).mean(axis=1)
        curves[block] = {"step": group * np.arange(1, count + 1), "total": means}
    return plots.compare_losses(
        curves, x="step", label="share left unexplained", title=title, alt=alt
    )


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Block 1 to block 5: which of them will be learnt best in these few steps, and which
# will have most left? Where will the curves begin?

# %%
distiller = untrained(teacher)
history = train(distiller, steps, Easel("What is left unexplained, by layer", width=700))

# %% [markdown]
# How it went, and how far it came in its time:

# %% tags=["measured"]
print(f"{len(history)} of {steps} steps")
draw_curves(history, **plots.finding("15-training"))

# %% [markdown]
# And how much is explained of what the teacher sees in the four pictures that were held out? Here
# the best map is looked for anew, so this is a question about the student alone, not about its heads.

# %%
r2_after = r2_by_layer(distiller.student)
both = {
    f"{name[:6]} {when}": r2[name]
    for name in TARGETS
    for when, r2 in {"before": r2_before, "after": r2_after}.items()
}
plots.bars(both, **plots.finding("15-r2"), label="R2 on the held-out pictures", groups=5)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The curves begin near 1: so much has a head left that says nothing. (To say something
# wrong is worse, so they may begin above.) The first layer is the easiest, as its channels are near to
# the pixels. What is deep hangs on all that comes before it, and has most left in the end. And five
# channels cannot hold all that sixteen do, however long one trains. `vgg19-lite` took 6,000 steps of
# sixteen larger pieces, from more than a thousand pictures.

# %% [markdown]
# ### The real VGG-19
#
# Your student's teacher was itself a student. Put `"vgg19"` in the place of `None` if you would like
# to see how much of the original another student learns: the weights (80 MB) are downloaded once, and
# a step takes several times as long, so it gets a quarter of the steps.

# %%
real = None
if real:
    original = nstlib.FeatureExtractor(TARGETS, real)
    of_original = untrained(original)
    train(of_original, max(1, steps // 4), Easel("What is left unexplained, by layer", width=700))
    of_theirs = explained(of_original.student(held_out[:2]), original(held_out[:2]))
    for name, value in of_theirs.items():
        print(f"{name}: R2 {value:.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Into one convolution (8 minutes)
#
# Thirteen convolutions in a row are hard to train. So the student has a **batch normalisation** after
# each: subtract the channel's mean, divide by its deviation, multiply with $\gamma$, add $\beta$. In
# training mean and variance are those of the batch (lesson 12). Afterwards they are fixed numbers,
# averages from the last steps, and so the whole can be **folded** into the convolution.
#
# By hand, a convolution of one weight, $w = 2$, without a bias. Of what comes out of it the mean is 4
# and the variance 3.999. (Keras adds 0.001 to a variance before it takes the root, so the deviation
# is 2.) And $\gamma = 3$, $\beta = 1$. What does the value 5 become?
#
# $$5 \;\to\; 2 \cdot 5 = 10 \;\to\; \frac{10 - 4}{2} = 3 \;\to\; 3 \cdot 3 + 1 = 10$$

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** One weight $w'$ and one bias $b'$ do the same to every value. Which?

# %% tags=["nbval-check-output"]
normalised = [3 * (2 * x - 4) / 2 + 1 for x in (0.0, 1.0, 5.0)]
print("0, 1 and 5 become", normalised)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** 0 becomes the bias: $b' = -5$. From 0 to 1 it grows by the weight: $w' = 3$. In
# letters: with the factor $g = \gamma / \text{deviation} = 3/2$, $w' = w g = 3$, and
# $b' = \beta - \text{mean} \cdot g = 1 - 4 \cdot 3/2 = -5$. (So $3 \cdot 5 - 5 = 10$.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Fold a whole convolution. `check.fold_batch_norm.hint()` helps.


# %% tags=["exercise"]
def fold_batch_norm(kernel, gamma, beta, mean, variance):
    """Kernel and bias of one convolution that does what a convolution and a normalisation do.

    kernel: (kh, kw, in, out), without a bias. gamma, beta, mean, variance: (out,) each, of the
    normalisation after it. They must not change. The deviation is the root of variance + 0.001.
    Returns two arrays: the new kernel, of the shape of kernel, and the new bias, (out,).
    For example, kernel [[[[2.0]]]], gamma [3.0], beta [1.0], mean [4.0] and variance [3.999] give
    [[[[3.0]]]] and [-5.0].
    """
    ...


# %% tags=["solution"]
def fold_batch_norm(kernel, gamma, beta, mean, variance):
    """Kernel and bias of one convolution that does what a convolution and a normalisation do."""
    gain = gamma / np.sqrt(variance + 0.001)
    return kernel * gain, beta - mean * gain


# %% [markdown]
# The check makes up kernels with three channels.

# %%
check.fold_batch_norm(fold_batch_norm)

# %% [markdown]
# Which of the two folds your network, yours or the library's?

# %%
my_fold = check.fold_batch_norm.mine_or_library(fold_batch_norm, gradient=False)

# %% [markdown]
# `distill.save` does this with all thirteen, and writes the weights into a file, here in a folder
# that vanishes with the notebook. It uses one more freedom: if a channel is doubled, and the next
# convolution's weights for it are halved, then nothing changes further on. But Gram matrices change,
# for they compare channels. So each channel is made as large as what it stands for in the teacher.

# %%
folder = tempfile.TemporaryDirectory()
files = {name: pathlib.Path(folder.name) / f"{name}.npz" for name in ("untrained", "student")}
distill.save(untrained(teacher), files["untrained"], my_fold)
distill.save(distiller, files["student"], my_fold)
print(f"{files['student'].stat().st_size / 1000:.0f} kB")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The plain network from the file, before the same pictures: how much of what the trained
# student sees does it explain, and how much of the teacher?

# %%
plain = nstlib.FeatureExtractor(TARGETS, weights=files["student"])
F = plain(held_out)
of_student, of_teacher = explained(F, distiller.student(held_out)), explained(F, T)
for name in TARGETS:
    print(f"{name}: of the student {of_student[name]:.3f}, of the teacher {of_teacher[name]:.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** All of the student, up to rounding: without a single normalisation it computes the
# same, a factor for each channel apart, and factors a map makes up for. So of the teacher, too, it
# explains as much as before.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Paint with it (3 minutes)
#
# A file of weights is all that `stylize` needs: `weights=` takes the place of the network that comes
# with the course. Photograph and style are two of the four that nothing was learnt from.

# %%
cat, wave = (nstlib.load_image(nstlib.example_path(name), max_side=256) for name in HELD_OUT[:2])
settings = {"convention": "relative", "size": 256, "progress": False}
settings |= {"evaluations": min(60, profile.evaluations)}
painted = {
    name: nstlib.stylize(cat, wave, weights=weights, **settings).image
    for name, weights in {**files, "teacher": None}.items()
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The teacher judges: how far are the Gram matrices of each painting from those of the
# wave, if the photograph's distance is 1? Put the three in order, and guess a number for each. Does
# the network that has not learnt anything come nearer to the wave at all?


# %%
def distance_to_style(image):
    """How far a picture's Gram matrices are from the wave's, to the teacher: a mean of the layers."""
    seen, wanted = teacher(image), teacher(wave)
    grams = [(nstlib.gram_matrix(seen[n])[0], nstlib.gram_matrix(wanted[n])[0]) for n in TARGETS]
    return np.mean([np.linalg.norm(G - A) / np.linalg.norm(A) for G, A in grams])


for name, image in painted.items():
    print(f"{name:10} {distance_to_style(image) / distance_to_style(cat):.2f}")

# %% [markdown]
# What they painted:

# %%
plots.strip([cat, *painted.values()], ["the photograph", *painted], **plots.finding("15-painted"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The teacher is nearest, for it judges what it has painted itself. The student has
# brought dark lines and strokes, with a tenth of the weights and after a short time at school.
# The colours it has not got right yet. The untrained one comes hardly nearer than the photograph is.
# It, too, was asked for the wave's Gram matrices, its own, but what it compares is not what makes the
# style.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How few channels still hold a style? (5 minutes)
#
# Your student is one of many. These four were trained beforehand (`make widths`), each for 1,200 steps
# on the twelve pictures, and each painted before it learnt and after. (Trained on two
# cores, whose seconds are added up; an evaluation is one at 320 by 213 pixels.)

# %%
from nstlib.images.examples import data_folder

measured = json.loads((data_folder() / "small_networks.json").read_text(encoding="utf-8"))
networks = {row["widths"][0]: row for row in measured["networks"]}
for first, row in networks.items():
    print(
        f"{first:2} channels in block 1: {row['parameters']:9,} weights, trained for "
        f"{row['training_seconds']:3} s, an evaluation {row['evaluation_ms']:5.1f} ms"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Two networks: the widest, with 16 channels in block 1, before it has learnt anything, and
# the one with 5, after its training. Which of them explains more of the teacher, and which paints
# nearer to the style? And what of the narrowest, with 2?

# %%
pair = "chelsea as hokusai_great_wave"
found = [
    (np.mean(list(row[kind]["r2"].values())), row[kind]["gram"][pair], first, kind)
    for first, row in networks.items()
    for kind in ("untrained", "trained")
]

# %% [markdown] slideshow={"slide_type": "skip"}
# Say it before you look:

# %% slideshow={"slide_type": "skip"}
two = {"5 channels, trained": networks[5]["trained"]}
two |= {"16 channels, untrained": networks[16]["untrained"]}
nearer = min(two, key=lambda name: two[name]["gram"][pair])
predict("Nearer to the style is the network with", list(two), answer=nearer)

# %% [markdown]
# All eight, sorted by how much they explain, as a mean of the five layers. The distance to the style
# is the teacher's judgement again, with the photograph at 1.

# %%
print("channels        mean R2   distance to the style")
for mean_r2, distance, first, kind in sorted(found):
    print(f"{first:2} {kind:12}{mean_r2:8.2f}{distance:14.2f}")
print(f"the teacher        1.00{measured['teacher']['gram'][pair]:14.2f}")

# %% [markdown]
# And the paintings, cut out of the sheet that `make widths` leaves:

# %%
sheet = nstlib.load_image(data_folder() / "small_networks.jpg")
width, height = measured["plan"]["tile"]
pairs = [f"{photo} as {style}" for photo, style in measured["plan"]["pairs"]]


def tile(row, column):
    """A painting of the sheet."""
    return sheet[:, row * height : (row + 1) * height, column * width : (column + 1) * width]


# %% [markdown]
# In the upper row those that were trained. A column has as many channels in block 1 as it says:

# %%
grid = [[tile(row, column) for column in range(4)] for row in (0, 1)]
columns = [f"{first} channels" for first in networks]
plots.picture_grid(grid, ["trained", "untrained"], columns, **plots.finding("15-widths"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With 5 channels and a training, more is explained than with 16 and none, and the painting
# comes much nearer to the style, with a tenth of the weights. The narrowest one is too narrow: trained,
# it is about as good as the widest that has learnt nothing. Down the table the distance falls as what
# is explained grows, whether it comes of width or of training: for this pair $R^2$, which knows
# nothing of paintings, foretells how a network paints. From 5 to 16 trained channels the distance
# about halves once more, for ten times the weights.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** Say first with how many channels it will be the same style to you. Then look for the
# number: is it the same for both pictures? And what is lost first, the colours or the strokes?


# %%
def compare(channels_in_block_1, picture):
    """The paintings of one width, trained and not, and the teacher's."""
    found, captions = networks[channels_in_block_1], []
    for kind in ("trained", "untrained"):
        mean_r2, distance = np.mean(list(found[kind]["r2"].values())), found[kind]["gram"][picture]
        captions.append(f"{kind}: mean R2 {mean_r2:.2f}, distance {distance:.2f}")
    captions[0] += f", {found['evaluation_ms']:.0f} ms an evaluation"
    captions.append(f"the teacher: distance {measured['teacher']['gram'][picture]:.2f}")
    column, row = list(networks).index(channels_in_block_1), 2 * pairs.index(picture)
    return [tile(row, column), tile(row + 1, column), tile(row, 4)], captions


# %% [markdown]
# Every move of the slider shows three paintings, and what was measured of them.

# %%
live(
    compare,
    channels_in_block_1=list(networks),
    picture=pairs,
    fallback=[{"channels_in_block_1": 5}, {"channels_in_block_1": 2, "picture": pairs[1]}],
    **plots.finding("15-slider"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Painted by your own network (1 minute)
#
# A photograph of yours, or the cup of coffee, which was held out:

# %%
mine = upload_photo(nstlib.example_path("coffee"), max_side=384)
mine

# %% [markdown]
# In the library's usual convention, in the style of Van Gogh's village; put any other picture in its
# place. No network but yours takes part in it.

# %%
village = nstlib.example_path("van_gogh_houses_at_auvers")
last = nstlib.stylize(
    mine.image,
    village,
    weights=files["student"],
    size=384,
    evaluations=settings["evaluations"],
    progress=False,
)

# %% [markdown]
# Show it to somebody, and let them guess how large the network is.

# %%
plots.strip(
    [mine.image, nstlib.load_image(village, max_side=384), last.image],
    ["the photograph", "Houses at Auvers", "painted by your own network"],
    title=f"A network of {count_weights(WIDTHS):,} weights, which you have trained yourself",
    alt="A photograph, a painting, and the photograph in the colours and strokes of the painting.",
)

# %% [markdown]
# To keep the network, remove the `#`: the file is all that `weights=` needs, in a script too, and
# `nst photo.jpg painting.jpg --weights small_vgg.npz -o out.png` paints with it in a shell. More
# steps make it better: `distill.distill(teacher, pictures, "small_vgg.npz", steps=1200, batch=8,
# size=64, widths=WIDTHS, momentum=0.97, learning_rate=0.01)` trains for some minutes, writes the file
# after each part, and goes on where it was stopped. With pictures of your own, the better.

# %%
# distill.save(distiller, "small_vgg.npz")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** What does a network learn that has seen one picture only? Give `pictures` a
# single painting, train, and look at `r2_by_layer` on the held-out pictures, and at what it paints.
# Is it a specialist for this painting, or just a worse network?

# %% [markdown] tags=["instructor"]
# **The stretch task.** Tried with Composition VIII alone, and with the Poppies alone: on the held-out
# pictures R2 is about what it is with twelve pictures, and the cat comes as near to the Kandinsky, the
# Poppies and the wave with either of the three networks. Neither a specialist nor worse: one picture
# has thousands of pieces in it, and what so few steps lack is not pictures.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (2 minutes)
#
# {{quiz 15-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 15-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 15-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **Measure** with $R^2$: the share of the teacher's variance that the best linear map of the
#    student's features explains, on held-out pictures, and with many more positions than channels.
# 2. **Train** with a head of 1 by 1 for each layer, and what it leaves unexplained as the loss.
#    Batch normalisation helps on the way, and is folded into the convolutions; the heads are dropped.
# 3. **Paint** with `stylize(..., weights="small_vgg.npz")`. Trained, a network with 5 channels in
#    block 1 and a tenth of the weights holds a style, and one with 2 is too narrow. As a rule, the
#    more of the teacher a network explains, the nearer it paints.
#
# Of the three cats in the opening, the first was painted by the network with 5 channels in block
# 1 after 1,200 steps, which is more than yours had, the second by the same before it had learnt
# anything, and the last by the teacher.
#
# ## References
#
# - G. Hinton, O. Vinyals, J. Dean, [Distilling the Knowledge in a Neural
#   Network](https://arxiv.org/abs/1503.02531), 2015: the answers of a large network teach a small one.
# - A. Romero, N. Ballas, S. Ebrahimi Kahou, A. Chassang, C. Gatta, Y. Bengio, [FitNets: Hints for Thin
#   Deep Nets](https://arxiv.org/abs/1412.6550), 2015: the features do, through a learnt map.
# - H. Wang, Y. Li, Y. Wang, H. Hu, M.-H. Yang, [Collaborative Distillation for Ultra-Resolution
#   Universal Style Transfer](https://arxiv.org/abs/2003.08436), 2020: a small VGG that paints, a
#   teacher of `vgg19-lite`.
# - S. Ioffe, C. Szegedy, [Batch Normalization](https://arxiv.org/abs/1502.03167), 2015.
#
# **Next:** [16 Your project](16_project.ipynb). Every box of the machine is one that you have made
# yourself by now: what will you make with it? What follows below is for those who want more.

# %% [markdown]
# ## Optional: What can a network name?
#
# VGG was not trained to paint, but to say what is in a photograph: after its convolutions come three
# layers, the *classifier*, that end in 1000 names. The course's networks have none. What names things
# has to be taught with names, by a classifier as the teacher or by photographs with labels, and
# neither comes with the course: so there is nothing that `vgg19-lite`, or your network, could be asked.
#
# VGG-19 itself can. Put `True` in the place of `False`: it is downloaded once, 574 MB, most of it the
# classifier, and says what it takes the cat for.

# %%
name_it = False
if name_it:
    vgg19 = keras.applications.vgg19
    classifier = vgg19.VGG19()
    square = ops.image.resize(judged[0][:, :, :300], (224, 224))  # what it was trained on
    shares = np.asarray(classifier(nstlib.preprocess(square)))
    for _, name, share_of_name in vgg19.decode_predictions(shares, top=5)[0]:
        print(f"{share_of_name:6.1%} {name}")

# %% [markdown]
# **Next:** [16 Your project](16_project.ipynb).
