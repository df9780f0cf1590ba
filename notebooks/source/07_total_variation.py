# %% [markdown] slideshow={"slide_type": "slide"}
# # 07 Total variation
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/07_total_variation.ipynb)
#
# ![A painted astronaut, and the collar of her suit enlarged twice, so that single pixels can be seen: once full of coloured grain, once of calmer strokes](../docs/images/lesson_07.jpg)
#
# Left a painting, and on the right its middle under a loupe. Between them is the same place of a second
# painting, of the same photograph in the same style, after as many evaluations: from afar the two look
# almost the same. Where does such grain come from? Is it in one of the two pictures that they were
# painted from? And what does it cost to be rid of it?
# (Photograph: Eileen Collins, by NASA, here repainted in the style of Vincent van Gogh's Houses at
# Auvers, 1890.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Compute** the total variation of a picture in two forms, and the gradient of one of them, and
#    find out which form a program uses, whatever its text says.
# 2. **Predict** what each form does to an edge, a ramp and a speck of dust.
# 3. **Choose** a weight for the term, from what it takes away and what it costs the style.
#
# **You need** the objective and its weights (lesson 06), what a gradient is, and slices of arrays. **It
# takes** 55 minutes.

# %% [markdown]
# {{machine: total variation}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 55. The
# misconception to hunt: "total variation blurs". Ask before the section on the step and the ramp
# what the term does to a sharp edge, and let the class vote before you go on. The second one: "an edge detector
# shows what the term sees". The checkerboard settles it.

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
from nstlib.lbfgs import no_metric
from nstlib.widgets import live

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
from types import SimpleNamespace

import numpy as np
import tensorflow as tf
from keras import ops

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two paintings and a loupe (4 minutes)
#
# The same photograph, the same style, the same number of evaluations. The one difference is the
# weight of the third term: 0, or 1, as in lesson 06.

# %%
content = nstlib.load_image(nstlib.example_path("astronaut"), max_side=min(224, profile.size))
style = nstlib.load_image(
    nstlib.example_path("van_gogh_houses_at_auvers"), max_side=max(content.shape)
)
layers = ["block4_conv2", *(f"block{block}_conv1" for block in range(1, 6))]


def paint(tv_weight, pooling="max", **settings):
    """The astronaut in bold strokes, and how it came about."""
    look = nstlib.FeatureExtractor(layers, profile.network, pooling)
    settings = {"convention": "relative", "style_weight": 30, "tv_weight": tv_weight} | settings
    objective = nstlib.Objective(look, content, style, **settings)
    budget = min(60, profile.evaluations)
    run = nstlib.paint(objective, content, evaluations=budget, metric=no_metric)
    return SimpleNamespace(image=run.best_image.numpy(), history=run.history())


# %% [markdown]
# (`stylize` can do the same with `convention="relative"`. But its steps favour coarse waves over
# fine ones, as lesson 09 explains, so that less grain arises in the first place. With
# `metric=no_metric` all are alike, and we see what the term does.)
#
# Two paintings, by their weights. A moment's patience.

# %%
runs = {weight: paint(weight) for weight in (0, 1)}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** One of the two is grainy. Which one is it, A or B? Look first, then guess. (They
# have been shuffled, so that the code does not tell.)

# %%
a, b = map(int, np.random.default_rng(0).permutation([0, 1]))
nstlib.show(
    [runs[a].image, runs[b].image],
    **plots.finding("07-afar"),
    captions=["A", "B"],
    width=440,
)

# %% [markdown]
# Now the loupe. It cuts out the middle third of a picture and draws each pixel as a square.


# %%
def loupe(image):
    """The middle third of a picture, three times as large."""
    _, H, W, _ = np.shape(image)
    middle = np.asarray(image)[:, H // 3 : 2 * H // 3, W // 3 : 2 * W // 3]
    return middle.repeat(3, axis=1).repeat(3, axis=2)


# %% [markdown]
# Beside it, the same part as a **high-pass view**: at each pixel only the difference to its right
# neighbour, around grey. What stays grey is smooth.


# %%
def high_pass(image):
    """Differences to the right neighbour, around grey."""
    return np.clip(0.5 + np.diff(image, axis=2), 0, 1)


# %% [markdown]
# Look for places that should be smooth: the folds of the suit, and the background.

# %%
plots.picture_grid(
    [[loupe(run.image), loupe(high_pass(run.image))] for run in (runs[a], runs[b])],
    [f"A: weight {a}", f"B: weight {b}"],
    ["under the loupe", "differences to the right"],
    **plots.finding("07-loupe"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A was painted without the term. Its grain is as fine as a picture can be: it changes
# from each pixel to the next. The network does not mind it. Somebody has to, and all that is
# needed is a number that says how much neighbours differ.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Count it by hand (4 minutes)
#
# The **total variation** takes each two neighbours, side by side or one above the other, and adds
# up how much they differ:
#
# $$TV = \sum |d_x| + \sum |d_y|$$
#
# $d_x$ is the difference between a pixel and the one to its right, $d_y$ between a pixel and the
# one below; beyond the border there is nothing to compare with. (Rudin, Osher and Fatemi, who found
# the term, add up $\sqrt{d_x^2 + d_y^2}$, the *isotropic* form: a border at a slant costs no more
# than an upright one of the same length. Programs for style transfer take the simpler sum.) A white
# plus on black:
#
# $$\begin{pmatrix} 0 & 1 & 0 \\ 1 & 1 & 1 \\ 0 & 1 & 0 \end{pmatrix}$$
#
# Count row by row: $2 + 0 + 2 = 4$ from left to right. The columns are the same, so again 4.
# Together $TV = 8$.
#
# **Predict.** And a checkerboard of 4 by 4 pixels? Could any picture of zeros and ones of that
# size have more? TensorFlow has a function that counts for us.

# %% tags=["nbval-check-output"]
plus = tf.constant([[0.0, 1, 0], [1, 1, 1], [0, 1, 0]])[None, :, :, None]
board = tf.constant(np.indices((4, 4)).sum(axis=0) % 2, tf.float32)[None, :, :, None]
for name, picture in (("plus", plus), ("checkerboard", board)):
    print(f"{name}: {tf.image.total_variation(picture)[0]:.0f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** In 4 rows there are 3 pairs of neighbours each, in 4 columns as well: 24 pairs. On
# the checkerboard every one of them differs by 1. More is not possible with values from 0 to 1: the
# checkerboard is the roughest picture there is.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: total variation (8 minutes)
#
# Complete the function. Two slices and one subtraction give all differences to the right at once.
# There is a second form, with squares in the place of absolute values; it comes in a moment, so
# let `squared` choose. `check.total_variation.hint()` helps.


# %% tags=["exercise"]
def total_variation(image, squared=False):
    """How much neighbouring pixels differ: sum |dx| + sum |dy|, or the sum of their squares.

    image: (B, H, W, channels); it must not change.
    dx are the differences between a value and the one to its right, dy between a value and the one
    below. Beyond the border there are no neighbours. Returns one number, also for several pictures.
    For example, a row of three grey pixels, [[[[0.0], [2.0], [1.0]]]], gives 2 + 1 = 3.0, and with
    squared=True 4 + 1 = 5.0.
    """
    ...


# %% tags=["solution"]
def total_variation(image, squared=False):
    """How much neighbouring pixels differ: sum |dx| + sum |dy|, or the sum of their squares."""
    dx = image[:, :, 1:] - image[:, :, :-1]
    dy = image[:, 1:] - image[:, :-1]
    size = ops.square if squared else ops.abs
    return ops.sum(size(dx)) + ops.sum(size(dy))


# %% [markdown]
# The check tries it on pictures that were made up for the purpose.

# %%
check.total_variation(total_variation)

# %% [markdown]
# Whose function measures from here on? If yours is not there yet, the library's takes its place.

# %%
my_variation = check.total_variation.mine_or_library(total_variation, gradient=False)

# %% [markdown]
# Measure the two paintings, the photograph and the Van Gogh: the variation for each value, so that
# the size of the picture does not matter. This is also what the library's weight is multiplied with.

# %%
pictures = {"photograph": content, "Van Gogh": style}
pictures |= {f"painting, weight {weight}": run.image for weight, run in runs.items()}
for name, picture in pictures.items():
    print(f"{name:18} {float(my_variation(picture)) / picture.size:.3f} for each value")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The painting without the term varies more than the photograph **and** more than the
# Van Gogh. So its grain was copied from neither: the machine made it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The text says squares (4 minutes)
#
# A well-known tutorial on style transfer says of this term that it is the sum of the **squares**
# of these differences. Its code says `tf.reduce_sum(tf.abs(...))`, and later on it calls
# `tf.image.total_variation`. Text and code cannot both be right.
#
# **Predict.** TensorFlow has confirmed what we counted by hand, absolute values. So can we convict
# the text? Look at both forms first.

# %% tags=["nbval-check-output"]
print("               absolute  squared  tf.image.total_variation")
for name, picture in (("plus", plus), ("checkerboard", board)):
    ours = [float(my_variation(picture.numpy(), squared)) for squared in (False, True)]
    print(f"{name:12} {ours[0]:10.0f} {ours[1]:8.0f} {tf.image.total_variation(picture)[0]:15.0f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Not yet. In pictures of zeros and ones each difference is 0 or 1, and so is its
# square: TensorFlow agrees with both forms. Our examples were badly chosen; they can convict
# neither. A test needs an input on which the suspects differ.

# %% [markdown]
# Here is a property that tells them apart with any photograph: make all differences three times as
# large.

# %%
for name, tv in {
    "absolute": my_variation,
    "squared": lambda image: my_variation(image, True),
    "tf.image": lambda image: tf.image.total_variation(tf.constant(image))[0],
}.items():
    times = float(tv(3 * content) / tv(content))
    print(f"{name:8}: three times the contrast, {times:.1f} times the variation")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Squares grow nine times, absolute values three times, and so does TensorFlow's. The
# code is right about itself, the text is not. Does it matter? The two forms paint differently, as
# you will see in two sections. A weight from one form means nothing in the other.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What an edge detector sees (3 minutes)
#
# The same tutorial says that its high-pass view is basically an edge detector, and shows the Sobel
# filter beside it. For each pixel that filter takes the difference of the neighbours on *both
# sides*, right minus left, and a little from the rows above and below.
#
# **Predict.** The checkerboard has the largest total variation of all. What does Sobel find in it?

# %% tags=["nbval-check-output"]
print("checkerboard: total variation", int(my_variation(board.numpy())), end=", ")
print("largest Sobel value", int(np.abs(tf.image.sobel_edges(board)).max()))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Nothing at all. On a checkerboard the neighbour to the right and the one to the left
# are equal, so their difference is 0, at every pixel. What changes from each pixel to the next,
# Sobel cannot see. That is what makes it good at edges, and useless against grain.

# %% [markdown]
# Ask it about our paintings.


# %%
def sobel(image):
    """The mean size of what the Sobel filter finds."""
    return np.abs(tf.image.sobel_edges(tf.constant(image))).mean()


# %% [markdown]
# How many times as large is it for the grainy painting, A, as for the smoother one, B? And the total
# variation?

# %%
smooth, grainy = runs[1].image, runs[0].image
for name, measure in (("total variation", my_variation), ("Sobel", sobel)):
    print(f"{name:15} {float(measure(grainy) / measure(smooth)):.2f} times as large")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To Sobel the two paintings are nearly alike. To see grain, compare next neighbours.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A step and a ramp (4 minutes)
#
# Three rows of pixels. The **step** goes from 0 to 1 at once, the **ramp** in four steps of 1/4,
# and the **speck** goes up by 1/2 and comes down again.

# %%
rows = {
    "step": [0, 0, 0, 0, 1, 1, 1, 1],
    "ramp": [0, 0, 1 / 4, 2 / 4, 3 / 4, 1, 1, 1],
    "speck": [0, 0, 0, 1 / 2, 0, 0, 0, 0],
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Do the sums by hand, absolute and squared. Which form would rather have the ramp
# than the step? Which form thinks that the speck is as bad as the step?

# %% tags=["nbval-check-output"]
for name, row in rows.items():
    image = np.array(row, "float32").reshape(1, 1, -1, 1)
    sums = [float(my_variation(image, squared)) for squared in (False, True)]
    print(f"{name:6} absolute {sums[0]:4.2f}   squared {sums[1]:4.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To squares, a difference of 1 is as bad as sixteen of 1/4, so they would always
# rather have many small ones: they turn the step into a ramp, which is to say that they **blur**
# it. Absolute values add up rises and falls. Whoever goes from 0 to 1 has to rise by 1, and it does
# not matter in how many steps; so a sharp edge costs nothing extra. What costs is to go up **and
# down again**, as the speck does, and grain, at every other pixel.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: the way to a smoother picture (9 minutes)
#
# A picture is made smoother by small steps against the gradient of its total variation. The slope
# of $|d|$ is 1 for a positive and -1 for a negative $d$, however large it is. So a value that is
# raised by a little changes the total variation by the same little for each neighbour: which
# neighbours count as +1, which as -1?


# %% tags=["exercise"]
def total_variation_gradient(image):
    """By how much the total variation grows when a value grows, for absolute differences.

    image: (B, H, W, channels); it must not change.
    A value has up to four neighbours: left, right, above, below. Each counts +1 where the value is
    larger than this neighbour, -1 where it is smaller, and 0 where both are equal. Returns an array
    of the image's shape.
    For example, [[[[0.0], [1.0], [0.5]]]] gives [[[[-1.0], [2.0], [-1.0]]]].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.total_variation_gradient}}

# %% [markdown]
# The check looks at the border, too, and at equal neighbours.

# %%
check.total_variation_gradient(total_variation_gradient)

# %% [markdown]
# Whose slopes are these from here on? If your function is not there yet, the library's.

# %%
my_slopes = check.total_variation_gradient.mine_or_library(total_variation_gradient, gradient=False)

# %% [markdown]
# Compare them with TensorFlow's automatic differentiation, on a whole painting.

# %%
image = tf.constant(grainy)
with tf.GradientTape() as tape:
    tape.watch(image)
    variation = tf.image.total_variation(image)
difference = np.asarray(my_slopes(grainy)) - tape.gradient(variation, image).numpy()
print(f"largest difference: {np.abs(difference).max():.0f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# No difference: that is what TensorFlow finds by itself. Now read it as a map. Where it is
# 4 or -4, a value is larger, or smaller, than all its four neighbours: let us call that a **lone**
# value. **Predict.** In which of the four pictures are there most of them? And to which of the others
# does the painting of weight 1 come closest?

# %%
for name, picture in pictures.items():
    lone = np.abs(my_slopes(picture)) == 4
    print(f"{name:18} {lone.mean():5.1%} of the values are lone")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The painting without the term has most of them, though hardly more than the Van Gogh,
# where one value in five is lone, too. There you see less of it, because such a value differs less
# from its neighbours; but the gradient does not know that. It pulls at a ripple of one grey level as
# hard as at a cliff. With the same pull a ripple is soon gone, while a cliff has hardly become lower.
# That is how this term takes the grain and leaves the edges. And with it, the painting has about as
# few lone values as the photograph that it began with.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Clean a noisy photograph (6 minutes)
#
# The two forms can best be seen at work without any network. Take something clean, add noise, and
# look for an $x$ that is near the noisy one, $y$, and smooth:
#
# $$\tfrac{1}{2} \sum (x - y)^2 + w\, TV(x)$$
#
# Here is gradient descent on that, a thousand steps. They are shorter for a larger weight, and
# become shorter and shorter, because the slope of $|d|$ is as steep beside its lowest point as far
# from it. The library has both forms by name, as means over the $N$ values, hence the factor $N$;
# their gradient is found faster than that of slices.

# %%
from nstlib.conventions import VARIATIONS


@tf.function
def clean(y, weight, form):
    """Something near y, and smooth, by gradient descent."""
    x, N = y, tf.size(y, tf.float32)
    for number in tf.range(1000.0):
        with tf.GradientTape() as tape:
            tape.watch(x)
            variation = N * VARIATIONS[form](x)
        slope = x - y + weight * tape.gradient(variation, x)
        x -= slope / (1 + 16 * weight + number / 10)
    return x


# %% [markdown]
# First a single row of pixels, with a step up, a ramp down, and noise.

# %%
row = np.concatenate([np.zeros(24), np.ones(24), np.linspace(1, 0, 32), np.zeros(16)])
spread = np.random.default_rng(0).normal(0, 0.1, row.size)
noisy_row = tf.constant(row + spread, tf.float32)[None, None, :, None]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Sketch what each form will make of it: where is it right, where does it go wrong?

# %%
tries = [("absolute", 0.2), ("squared", 0.5), ("squared", 4.0)]
found = {f"{form}, {w:g}": clean(noisy_row, tf.constant(w), form) for form, w in tries}

# %% [markdown]
# Grey dots are the noisy row, the black line is the clean one, and the orange one was found.

# %%
from nstlib.plots.figures import PALETTE, new_figure

finding = plots.finding("07-row")
figure = new_figure(2.6, title=finding["title"], width=9)
for axes, (name, x) in zip(figure.subplots(1, 3), found.items(), strict=True):
    axes.plot(np.ravel(noisy_row), ".", color="0.7")
    axes.plot(row, color="black", lw=1)
    axes.plot(np.ravel(x), color=PALETTE[1], lw=2)
    axes.set_title(f"{name}: error {np.sqrt(np.mean((np.ravel(x) - row) ** 2)):.3f}")
plots.show_figure(figure, alt=finding["alt"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Left, the step is as upright as it was, and the ramp has become a flight of stairs:
# to absolute values they are as good as a ramp. Squares with a small weight still follow the
# noise; with a large one they are as smooth as the left one, and the step is gone: a large
# difference is what they pay most for. Blur **or** noise; absolute values need not choose.

# %% [markdown]
# A cup of coffee, which has both sharp edges and soft shadows, and noise.

# %%
cup = nstlib.load_image(nstlib.example_path("coffee"), max_side=min(128, profile.size))
noise = np.random.default_rng(0).normal(0, 0.1, cup.shape)
noisy = tf.constant(cup + noise, tf.float32)

# %% [markdown]
# How good is what we find? Its error is the root of the mean squared difference to the photograph.


# %%
def error(image):
    """How far a picture is from the photograph, in grey levels of 255."""
    return 255 * float(np.sqrt(np.mean((image - cup) ** 2)))


# %% [markdown]
# To be fair, each form gets the weight that suits it best, from a list.

# %%
weights = {"absolute": [0.02, 0.04, 0.06, 0.08, 0.1], "squared": [0.1, 0.2, 0.4, 0.6, 0.8, 1.0]}
best = {}
for form, choices in weights.items():
    answers = {w: clean(noisy, tf.constant(w), form) for w in choices}
    best[form] = min(answers.values(), key=error)
    print(f"{form}:", ", ".join(f"{w}: {error(x):.1f}" for w, x in answers.items()))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Both were chosen for the smallest error. Will they look the same? Look at the rim of
# the cup, and at the table.

# %%
cleaned = {"the photograph": cup, "with noise": noisy, **best}
shown = [np.clip(image, 0, 1) for image in cleaned.values()]
plots.picture_grid(
    [shown, [loupe(image) for image in shown]],
    ["whole", "loupe"],
    [
        "the photograph",
        *(f"{name}: error {error(cleaned[name]):.1f}" for name in list(cleaned)[1:]),
    ],
    **plots.finding("07-cup"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The same again, in two dimensions. The inside of the cup becomes calm, and its rim
# stays sharp, where absolute values were paid for. With squares the rim is soft, and spots of the
# noise are left, even at their best weight. But look at the wooden table: its fine veins are gone
# in both. What is small and goes up and down again, no total variation can tell from noise.

# %% [markdown]
# Now move the weight yourself; the loupe can be moved along the picture.


# %%
def cleaner(form, weight, loupe_at):
    x = clean(noisy, tf.constant(float(weight)), form)
    (_, H, W, _), shown = x.shape, [np.clip(image, 0, 1) for image in (x, noisy, x)]
    left = round(loupe_at * W / 2)
    parts = [image[:, H // 4 : 3 * H // 4, left : left + W // 2] for image in shown[1:]]
    return [shown[0], *parts], [f"cleaned: error {error(x):.1f}", "loupe: noisy", "loupe: cleaned"]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** Which weight is the best for each form? What becomes of the cup at 1?

# %%
live(
    cleaner,
    form=["absolute", "squared"],
    weight=[0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 2.0],
    loupe_at=(0.0, 1.0, 0.1),
    fallback=[
        {"form": "absolute", "weight": 0.06, "loupe_at": 0.5},
        {"form": "squared", "weight": 0.4, "loupe_at": 0.5},
    ],
    **plots.finding("07-cleaner"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What the term costs a painting (9 minutes)
#
# In a painting the term does not work alone: it bargains with content and style. Three more
# paintings, with larger weights.

# %%
runs |= {weight: paint(weight) for weight in (10, 100, 1000)}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Ten times this weight, a hundred times, a thousand times: when do the strokes
# go? And what will be left at 1000: the photograph, a blur, noise, or something else? The bottom
# row has the painting of weight 0 minus the one above, around grey.

# %%
plots.picture_grid(
    [
        [run.image for run in runs.values()],
        [loupe(run.image) for run in runs.values()],
        [0.5 + runs[0].image - run.image for run in runs.values()],
    ],
    ["painting", "loupe", "what was taken away"],
    [f"weight {weight}" for weight in runs],
    **plots.finding("07-weights"),
)

# %% [markdown]
# The last one again, larger, beside the photograph, and in numbers: how many neighbours differ by
# less than one grey level?

# %%
plots.picture_grid(
    [[loupe(content), loupe(runs[1000].image)]],
    ["loupe"],
    ["the photograph", "weight 1000"],
    **plots.finding("07-thousand"),
)
for name, image in {"the photograph": content, "weight 1000": runs[1000].image}.items():
    print(f"{name:14} {np.mean(np.abs(np.diff(image, axis=2)) < 1 / 255):.0%} of the neighbours")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** At 1 the grain has been taken away: the bottom row shows noise, and hardly anything of
# the astronaut. At 10 her outlines can be made out there, and the painting consists of small patches.
# At 100 the background has lost its strokes, and at 1000 the whole style is gone: what remains is
# neither a blur nor the photograph itself, but the photograph in flat areas, with most neighbours
# alike and sharp borders. Her eyes, which are small and dark, have been taken for specks.
#
# And the coloured specks at 100? A likely reason: a single strong speck costs no more than many
# weak ones together, and Gram matrices multiply, so that a strong one is worth more to the style.

# %% [markdown]
# What did it cost? The terms after the last evaluation:

# %%
print("weight   variation    style   content   (each for itself; the style at its weight of 30)")
for weight, run in runs.items():
    last = {term: run.history[term][-1] for term in nstlib.TERMS}
    variation = float(my_variation(run.image)) / run.image.size
    print(f"{weight:6}   {variation:9.3f} {last['style']:8.3f} {last['content']:9.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With `vgg19-lite` at 224 pixels, a weight of 1 takes away about a quarter of the
# variation, and the style term pays less than a tenth for it: almost a gift. At 10 about half
# is gone, and the style term is larger by less than a half. At 100 it is more than ten times as large,
# and at 1000 nearly a hundred times.

# %% [markdown]
# These are the style terms on their way, on a logarithmic axis.

# %%
plots.compare_losses(
    {f"weight {weight}": run.history for weight, run in runs.items()},
    term="style",
    **plots.finding("07-style-term"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# How can something be taken away that nobody misses? Every picture is a sum of waves, and the
# shortest of them, along a row or a column, have a period of two pixels: they change from each pixel
# to the next. This function measures how strong the waves shorter than 2.5 pixels are, in grey levels
# of 255.


# %%
def finest_waves(image):
    """The strength of all waves shorter than 2.5 pixels, in grey levels of 255."""
    _, H, W, _ = np.shape(image)
    window = np.outer(np.hanning(H), np.hanning(W))[None, :, :, None]  # fades out to the border
    waves = np.abs(np.fft.fft2((image - np.mean(image)) * window, axes=(1, 2))) ** 2
    per_pixel = np.maximum(np.abs(np.fft.fftfreq(H))[:, None], np.abs(np.fft.fftfreq(W)))
    finest = waves[:, per_pixel > 1 / 2.5].sum()
    return 255 * np.sqrt(finest / np.sum(window**2) / np.size(image))


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** In which picture are they strongest: the photograph, the Van Gogh, a painting?

# %%
pictures |= {f"painting, weight {weight}": run.image for weight, run in runs.items()}
plots.bars(
    {name: finest_waves(picture) for name, picture in pictures.items()},
    **plots.finding("07-waves"),
    label="grey levels of 255",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Without the term the finest waves are stronger than in either of the two pictures
# that it was painted from. With a weight of 1 they lie between both, where one would want them. A
# weight of 100 leaves hardly less: sharp edges and specks need them, too. Nobody asked for what is
# more than that. Content and style are about as good with it as without, as the table says, so
# neither holds it back. The term puts a small price on what the network does not care about; that is
# why it is nearly free.

# %% [markdown] slideshow={"slide_type": "subslide"}
# So far the steps were plain and the units `relative`. **Predict.** `stylize`, left to its own
# defaults as in lesson 00, gives the term a weight of 0.9. What will that take from the variation and
# cost the style there: as much as here, or more?

# %%
defaults = {"network": profile.network, "size": max(content.shape), "precision": "float32"}
defaults |= {"evaluations": min(60, profile.evaluations), "progress": False}
kept = {weight: nstlib.stylize(content, style, tv_weight=weight, **defaults) for weight in (0, 0.9)}
for weight, result in kept.items():
    variation = float(my_variation(result.image)) / result.image.size
    print(f"weight {weight:3}: variation {variation:.3f}, style {result.history['style'][-1]:.3f}")

# %% [markdown]
# The two paintings, whole and under the loupe.

# %%
plots.picture_grid(
    [[result.image for result in kept.values()], [loupe(r.image) for r in kept.values()]],
    ["whole", "loupe"],
    [f"weight {weight}" for weight in kept],
    **plots.finding("07-defaults"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** About the same: a quarter of the variation, and next to nothing of the style, although
# there is less grain to take. Under the loupe the strokes have become small patches of one colour.
# Judge a weight by both: what the loupe shows, and what the style pays.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Other ways to the same end. Paint once more (a) with
# `paint(10, variation="squared")`, which leaves about as much total variation as your painting of
# weight 1, and (b) with `paint(0, pooling="average")`, without the term. Compare `finest_waves`
# and what the loupe shows. Which would you hang on the wall?

# %% [markdown] tags=["instructor"]
# **The stretch task.** With vgg19-lite at 224 pixels: (a) the total variation is 0.132 for each
# value, as with weight 1, but the finest waves have 2.5 grey levels, fewer than in the photograph
# (5.0), where weight 1 has 6.6. Squares take them all, those of the edges, too, and under the loupe
# the painting is soft. The style term is 0.135 instead of 0.130. (b) 8.7 grey levels instead of 9.7:
# average pooling passes the gradient on to all four pixels, maximum pooling to one of them. There
# is less grain, but still more than in the photograph or the Van Gogh (8.1); so part of it comes
# from maximum pooling, not all.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 07-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 07-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 07-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **Total variation** adds up the differences of all neighbours, in absolute values or squared,
#    and its gradient is a count of larger and smaller neighbours. Three times the contrast tells
#    which form a program uses: 3 or 9, whatever its text says.
# 2. **Absolute values** leave edges sharp, make stairs of ramps, and take specks and grain;
#    **squares** make ramps of edges. What both mind most, a checkerboard, Sobel does not see.
# 3. **A small weight** takes away grain that nobody asked for, and hardly costs any style. Too
#    large a weight takes the strokes, and in the end leaves flat areas. Judge it under a loupe.
#
# ## References
#
# - L. I. Rudin, S. Osher, E. Fatemi, [Nonlinear total variation based noise removal
#   algorithms](https://doi.org/10.1016/0167-2789%2892%2990242-F), 1992: where the term comes from.
# - A. Mahendran, A. Vedaldi, [Understanding Deep Image Representations by Inverting
#   Them](https://arxiv.org/abs/1412.0035), 2014: the term in pictures made from features.
# - J. Johnson, A. Alahi, L. Fei-Fei, [Perceptual Losses for Real-Time Style Transfer and
#   Super-Resolution](https://arxiv.org/abs/1603.08155), 2016: the term in style transfer.
# - A. Odena, V. Dumoulin, C. Olah, [Deconvolution and Checkerboard
#   Artifacts](https://distill.pub/2016/deconv-checkerboard/), 2016: fine grain from networks.
#
# **Next:** [08 Optimisers](08_optimizers.ipynb): who is the fastest to make a loss small, and at what
# learning rate?
