# %% [markdown] slideshow={"slide_type": "slide"}
# # 14 What a Gram matrix cannot see
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/14_beyond_gram.ipynb)
#
# ![Above, a garden café full of people, painted by Renoir, and the same in pale colours of about one brightness. Below, a print of poppies, a cat in its pale colours, and a cat in its ink lines, orange and grey](../docs/images/lesson_14.jpg)
#
# Above, a painting by Renoir and a picture made of it: both have one Gram matrix of their colours.
# Below, a print, and a cat that the decoder of lesson 13 painted after it twice. The features of one
# cat have exactly the print's mean and covariance, those of the other have not. Which cat is which,
# and which one is more like the print to you? (Paintings: Pierre-Auguste Renoir, Bal du moulin de la
# Galette, 1876; Katsushika Hokusai, Poppies, about 1833. Photograph: Stéfan van der Walt, CC0.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Construct** pictures that a Gram matrix cannot tell apart, and say what it mixes up.
# 2. **Measure** how far one style is from another by what has to be carried: between normal
#    distributions with roots of matrices, between any two by sorting.
# 3. **Choose** a distance by what it notices, and judge paintings by something that none of them was
#    made for.
#
# **You need** lesson 04 (Gram matrices), lesson 05 (textures), and from lesson 13 mean, covariance,
# and the map of optimal transport. **It takes** 55 minutes; a little more is optional and comes
# after the key points.

# %% [markdown]
# {{machine: Gram matrices, style loss}}
#
# Of the whole machine, this lesson takes out one part, what the style loss compares, and puts others
# in its place.

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 55. Three
# misconceptions to hunt. "The loss is 0, so it is the style": the faded Renoir. "Mean and covariance
# are all there is to know of a cloud": the two clouds with one ellipse; let somebody turn the
# direction until the histograms differ. "The best distance paints the best picture": the judge's
# numbers and the pictures side by side, and the last row of the table, which makes nothing equal and
# is liked best. If time is short, leave out "Compared by pairs"; nothing needs its cells.

# %% [markdown]
# ## Setup (1 minute)
#
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The library looks at this machine and chooses a profile; the pictures here are small, whatever it
# says.

# %%
import nstlib
from nstlib import check, gram_distance, gram_matrix, plots
from nstlib.check.references import optimal_transport_map
from nstlib.fast.any_style import LEVELS
from nstlib.fast.stylize import encode_and_decode
from nstlib.images.colors import matrix_power
from nstlib.plots.figures import PALETTE, new_figure
from nstlib.widgets import live, upload_photo

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import time

import numpy as np

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What adds up to a Gram matrix (9 minutes)
#
# Two pictures of one channel, small enough for paper. The first has one grey everywhere,
# $1/\sqrt 2 = 0.7071$. The second is a chessboard, one half 0 and the other half 1. A Gram matrix of
# one channel is a single number, the mean of its squares.
#
# **Predict.** Compute both Gram matrices. How far are they apart, and how far to your eye?

# %% tags=["nbval-check-output"]
grey = np.full((1, 8, 8, 1), 0.5**0.5)
chess = np.indices((8, 8)).sum(axis=0)[None, ..., None] % 2.0
for name, F in {"grey ": grey, "chess": chess}.items():
    print(f"{name} G {np.mean(F**2):.4f}  mean {F.mean():.4f}  deviation {F.std():.4f}")

# %% [markdown]
# The two pictures:

# %%
nstlib.show(
    [np.repeat(F, 3, axis=-1).repeat(20, axis=1).repeat(20, axis=2) for F in (grey, chess)],
    captions=["grey", "chess"],
    width=330,
    **plots.finding("14-chess"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Both are 1/2, so the distance is 0. A mean of squares is the square of the mean plus
# the variance. For the grey picture that is $1/2 + 0$, for the chessboard $1/4 + 1/4$. Bright
# without contrast, or darker with contrast: of the two, the Gram matrix has nothing but the sum.

# %% [markdown]
# From here on we need features as a matrix, a row for each position, and small pictures:


# %%
def rows(F):
    """Features as a matrix, a row for each position."""
    return np.reshape(F, (-1, np.shape(F)[-1])).astype(float)


def load(name):
    """A small picture of the course, of 160 by 256 pixels."""
    return nstlib.load_image(nstlib.example_path(name), max_side=256)[:, :160]


# %% [markdown] slideshow={"slide_type": "subslide"}
# With many channels it is the same game. Lesson 13 had the sum as
#
# $$G = \Sigma + \mu \mu^T .$$
#
# So take any picture, make its mean $s$ times as large, and give it the covariance
# $G - s^2 \mu \mu^T$ to make up for it. How to give features another covariance, moving them as little as
# possible, you know from lesson 13: by the map of optimal transport.


# %%
def with_same_gram(F, s):
    """Features with s times the mean, and with the same Gram matrix."""
    x = rows(F)
    mean, G = x.mean(axis=0), x.T @ x / len(x)
    T = optimal_transport_map(G - np.outer(mean, mean), G - s**2 * np.outer(mean, mean))
    return np.reshape((x - mean) @ T + s * mean, np.shape(F))


# %% [markdown]
# How large may $s$ be? A covariance has no negative variance in any direction. The larger $s$ is, the
# more is subtracted from $G$, and the first direction comes down to 0 at
# $s^2 \, \mu^T G^{-1} \mu = 1$, where $G^{-1}$ is the inverse matrix.


# %%
def largest(F):
    """The largest s for which there are such features."""
    x = rows(F)
    mean, G = x.mean(axis=0), x.T @ x / len(x)
    return 1 / np.sqrt(mean @ np.linalg.solve(G, mean))


# %% [markdown]
# One of the paintings:

# %%
dance = load("renoir_moulin_de_la_galette")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The features are now simply red, green and blue, and the painting is that of the
# opening. How large can its mean become: 1.01, 1.15 or 2 times what it is? You saw at the top
# what goes to make up for it, hues or light and dark. Why that?

# %%
faded = with_same_gram(dance, 0.999 * largest(dance))
distance = gram_distance(gram_matrix(dance), gram_matrix(faded.astype("float32")))
print(f"{largest(dance):.2f} times the mean, Gram distance {float(distance):.6f}")
for name, image in {"the painting": dance, "the other   ": faded}.items():
    print(f"{name} mean {image.mean():.3f}, varies by {image.std():.3f}")

# %% [markdown]
# Both:

# %%
plots.strip(
    [dance, faded], ["the painting", "the same Gram matrix"], **plots.finding("14-faded"), columns=2
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** By 15 in 100, and no more. The covariance has lost $(s^2 - 1)\, \mu \mu^T$:
# variance in the direction of the mean colour, as much as can be taken. And the mean colour of
# most pictures is a sort of grey: so light and dark go, most of them here, and what differs in
# hue stays. The painting became a little brighter for it, and to its Gram matrix that makes up
# for everything. When lesson 05 brought Gram matrices together, nobody said at which of these
# pictures to end.

# %% [markdown] slideshow={"slide_type": "subslide"}
# All the way from a painting to there has one Gram matrix.
#
# **Without code.** With which painting can the mean grow the most, with which the least? Guess
# from the paintings first, then move the slider to its end. And is what loses least also what
# grows least?


# %%
def on_the_way(picture, share):
    """A painting, and how it looks a share of the way to the largest mean."""
    image = load(picture)
    s = 1 + share * (0.999 * largest(image) - 1)
    other = with_same_gram(image, s).clip(0, 1)
    return [image, other], ["the painting", f"its mean times {s:.3f}, its Gram matrix the same"]


live(
    on_the_way,
    picture=["cassatt_summertime", *nstlib.examples("style")],
    share=(0.0, 1.0, 0.1),
    fallback=[{"picture": "cassatt_summertime", "share": 0.7}],
    **plots.finding("14-way"),
)

# %% [markdown] tags=["instructor"]
# **Answer.** The most where the deviation is large beside the mean: the Renoir, Arcimboldo, whose
# means can grow by a tenth and more; the least in bright, even pictures, Bazille's ramparts or
# Hiroshige's snow. What is lost is another matter: the ramparts keep the least of their light and
# dark.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And the features of a network? Behind a ReLU nothing is below 0, so means are large. We need a
# photograph, a print, and the encoder of lesson 13.

# %%
encode, decode = encode_and_decode()


def look(image):
    """The features of a picture at four levels, as arrays."""
    return {name: np.asarray(F) for name, F in encode(image).items()}


cat, poppies = load("chelsea"), load("hokusai_poppies")
content, style = look(cat), look(poppies)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Give the cat's features the means of the print's, and leave alone how they vary. By
# how much does the distance of the Gram matrices fall? And that of the covariances?


# %%
def shift(F, S):
    """Only the means become the style's."""
    return F - F.mean(axis=(1, 2), keepdims=True) + S.mean(axis=(1, 2), keepdims=True)


# %% [markdown]
# As in lesson 04, the distance of two matrices is 0 for the same ones, and 1 at the most:


# %%
def apart(F, S):
    """How far Gram matrices and covariances are apart."""
    pairs = [(rows(Z).T @ rows(Z) / len(rows(Z)), np.cov(rows(Z).T, bias=True)) for Z in (F, S)]
    return [float(gram_distance(*pair)) for pair in zip(*pairs, strict=True)]


# %% [markdown]
# Level by level:

# %%
for n in LEVELS:
    G, covariance = apart(content[n], style[n])
    G_shifted, shifted = apart(shift(content[n], style[n]), style[n])
    print(f"{n}  Gram {G:.3f} -> {G_shifted:.3f}   covariance {covariance:.3f} -> {shifted:.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The deeper the level, the more of the Gram distance goes with the means alone, and the
# covariance is as far away as before: which channels vary together, with which the style began in
# lesson 04, is the small part of the sum. Taken apart, each counts for itself,
#
# $$\frac{|\mu - \mu_S|^2}{2\,|\mu_S|^2} + \frac{|\Sigma - \Sigma_S|^2}{2\,|\Sigma_S|^2},$$
#
# and this is the secret of every picture that you painted with `stylize` and no `convention`: its
# default is called `mean-covariance`. The grey and the chessboard are no longer the same to it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How far is far? (9 minutes)
#
# That sum was put together by hand: why these two terms, and why half of each? Lesson 13 had a
# question that needs no such choice: how far are features *carried*? AdaIN moved 1 to 10 and 3
# to 14. The mean of the squared ways is $(9^2 + 11^2)/2 = 101$. Now from mean and deviation alone: the
# mean moved by 10, the deviation from 1 to 2, and $10^2 + 1^2 = 101$, too. With one channel,
#
# $$W^2 = (\mu - \mu_S)^2 + (\sigma - \sigma_S)^2$$
#
# is the mean square of the cheapest way from one normal distribution (the bell-shaped cloud of which
# mean and deviation say everything) to another: the square of their **Wasserstein-2 distance**.
#
# **Predict.** What is it between the grey picture and the chessboard?

# %% tags=["nbval-check-output"]
print(f"{(grey.mean() - chess.mean()) ** 2 + (grey.std() - chess.std()) ** 2:.4f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** $(0.7071 - 0.5)^2 + (0 - 0.5)^2 = 0.0429 + 0.25 = 0.2929$, which is $1 - 1/\sqrt 2$.
# Or without the formula: half of the grey goes to 0, the other half to 1, and
# $(0.7071^2 + 0.2929^2)/2 = 0.2929$. They are far apart, and this distance says so.

# %% [markdown] slideshow={"slide_type": "subslide"}
# With several channels, the deviations become roots of matrices:
#
# $$W^2 = |\mu_F - \mu_S|^2 + \text{tr}\left(\Sigma_F + \Sigma_S -
# 2 \left( \Sigma_S^{1/2}\, \Sigma_F\, \Sigma_S^{1/2} \right)^{1/2}\right)$$
#
# It is $a^2 + b^2 - 2ab$ with the deviations $a$ and $b$, and the trace adds up the diagonal. By
# hand: variances 1 and 4, to become 9 and 1. The deviations go from 1 to 3 and from 2 to 1, so the
# trace is $2^2 + 1^2 = 5$. If the mean of the second channel is 3 and should be 0, that adds 9:
# $W^2 = 14$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write it. `check.gaussian_wasserstein.hint()` helps.


# %% tags=["exercise"]
def gaussian_wasserstein(mean_c, S_c, mean_s, S_s):
    """The squared Wasserstein-2 distance of two normal distributions.

    mean_c, mean_s: means (C,) of content and style; S_c, S_s: their covariances (C, C). None of
    them must change. `matrix_power(A, 0.5)` is the root of a matrix A, and `np.trace(A)` the sum of
    its diagonal.
    Returns a number.
    For example, from [0.0, 3.0] and [[1.0, 0.0], [0.0, 4.0]] to [0.0, 0.0] and
    [[9.0, 0.0], [0.0, 1.0]] it is 14.0.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.gaussian_wasserstein}}

# %% [markdown]
# The check makes up means and covariances.

# %%
check.gaussian_wasserstein(gaussian_wasserstein)

# %% [markdown]
# Whose formula is used from here on? If yours is not there yet, the library's takes its place. Below
# it is what the formula wants of features.

# %%
my_gaussian = check.gaussian_wasserstein.mine_or_library(gaussian_wasserstein, gradient=False)


def mean_and_covariance(F):
    """Of each channel the mean, and of all channels the covariance."""
    return rows(F).mean(axis=0), np.cov(rows(F).T, bias=True)


# %% [markdown]
# Optimal transport, as in lesson 13:


# %%
def optimal_transport(F, S):
    """The style's mean and covariance, on the shortest way."""
    (mean, S_c), (mean_s, S_s) = mean_and_covariance(F), mean_and_covariance(S)
    return np.reshape((rows(F) - mean) @ optimal_transport_map(S_c, S_s) + mean_s, F.shape)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Your formula has never seen the features, only their means and covariances. How near
# does it come to the mean square of the way on which optimal transport really moved the cat's
# features?

# %%
for n in LEVELS:
    F, S = content[n], style[n]
    way = np.sum((optimal_transport(F, S) - F) ** 2, axis=-1).mean()
    formula = float(my_gaussian(*mean_and_covariance(F), *mean_and_covariance(S)))
    print(f"{n}  carried {way:9.3e}   by the formula {formula:9.3e}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The formula *is* the mean square of that way. (Where the two differ by a few
# thousandths, there are directions in which next to nothing varies, and `matrix_power` divides by
# a smallest value in their place.) Map and distance are two sides of one thing. As a loss, it is
# `stylize(..., convention="wasserstein")`, which needs the root of a matrix at every evaluation.
# How to get one by nothing but products is in the optional section.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Sort and subtract (12 minutes)
#
# Is a cloud known, once its mean and covariance are known? One channel at four positions, by hand:
#
# | | | | | | mean | variance |
# |---|---|---|---|---|---|---|
# | a | -1 | 1 | 1 | -1 | 0 | 1 |
# | b | 0 | $\sqrt 2$ | $-\sqrt 2$ | 0 | 0 | 1 |
#
# To everything so far they are the same. What would the cheapest way from a to b be? With one
# channel it is known: the smallest goes to the smallest, the next to the next, and so on. (If two
# ways crossed, uncrossing them would be cheaper.) So **sort both, and subtract**.
#
# **Predict.** The mean square of this way, on paper: $\sqrt 2$ is 1.41.

# %% tags=["nbval-check-output"]
a, b = np.array([-1, 1, 1, -1]), np.array([0, 2**0.5, -(2**0.5), 0])
print("sorted", np.sort(a), np.sort(b).round(2))
print(f"mean square {np.mean((np.sort(a) - np.sort(b)) ** 2):.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** From -1 to -1.41, from -1 to 0, from 1 to 0, from 1 to 1.41. The squares are 0.17, 1,
# 1 and 0.17, and their mean is 0.586. No formula, no root: sorting sees whatever there is to be
# seen in one channel.

# %% [markdown] slideshow={"slide_type": "subslide"}
# With many channels nothing can be sorted. But one can look at a cloud **along a direction**: there
# each feature is one number, its product with the direction. Two positions and two channels, by
# hand: F has (0, 0) and (1, 1), S has (1, 0) and (0, 1). Along the first channel both are 0 and 1,
# along the second, too: nothing to be seen. But along (0.6, 0.8) F is 0 and 1.4, and S is 0.6 and
# 0.8. Sorted and subtracted: -0.6 and 0.6, with a mean square of 0.36.
#
# The mean over many directions is the **sliced Wasserstein distance**.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write it. `check.sliced_wasserstein.hint()` helps.


# %% tags=["exercise"]
def sliced_wasserstein(F, S, directions):
    """The mean square, over positions and directions, of F less S, both sorted.

    F, S: features (M, C), a row for each of M positions. directions: (C, K), a column for each of K
    directions. None of them must change.
    Along a direction a feature is one number, and each direction is sorted by itself.
    Returns a number.
    For example, [[0.0, 0.0], [1.0, 1.0]] and [[1.0, 0.0], [0.0, 1.0]] are 0.36 apart along the
    direction [[0.6], [0.8]], and 0.0 along the two axes.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.sliced_wasserstein}}

# %% [markdown]
# The check makes up clouds and directions.

# %%
check.sliced_wasserstein(sliced_wasserstein)

# %% [markdown]
# Yours goes on, or the library's in its place.

# %%
my_sliced = check.sliced_wasserstein.mine_or_library(sliced_wasserstein, gradient=False)

# %% [markdown]
# Now two clouds of real features that share their mean and covariance: the cat's after optimal
# transport, and the print's, in two channels of `block1_conv1`, which your function chooses.

# %%
S = rows(style["block1_conv1"])
moved = rows(optimal_transport(content["block1_conv1"], style["block1_conv1"]))
along_axes = [float(my_sliced(moved, S, axis[:, None])) for axis in np.eye(S.shape[1])]
pair = np.argsort(along_axes / S.var(axis=0))[-2:]
clouds = {"the cat, transported": moved[:, pair], "the print": S[:, pair]}

# %% [markdown]
# One direction, at an angle, and both histograms along it:


# %%
def draw_direction(angle):
    """The two clouds with a direction, and what they are along it."""
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    along = {name: points @ direction for name, points in clouds.items()}
    found = float(my_sliced(*clouds.values(), direction[:, None])) / along["the print"].var()
    title = f"Along {angle} degrees they are {found:.2f} of the print's variance apart"
    figure = new_figure(2.9, width=8, title=title)
    figure.set_layout_engine()  # none, which is quick enough for a slider
    left, right = figure.subplots(1, 2)
    figure.subplots_adjust(0.09, 0.17, 0.99, 0.9)
    for color, line, (name, points) in zip(PALETTE, ("-", "--"), clouds.items(), strict=False):
        left.plot(*points[::30].T, ".", ms=2, color=color)
        heights, edges = np.histogram(along[name], 80)
        right.step(edges[:-1], np.sqrt(heights), ls=line, color=color, label=name)
    line = np.outer([-200, 200], direction) + points.mean(axis=0)  # of both, the same
    left.plot(*line.T, color="black")
    left.set(xlabel=f"channel {pair[0]}", ylabel=f"channel {pair[1]}")
    right.set_title("along the direction, root of the count", fontsize=10)
    right.legend(fontsize=9)
    return figure


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Both have the same ellipse. Will the histograms agree in width? In shape? **Find out**
# the direction in which they differ the most.

# %%
live(
    draw_direction,
    angle=(0, 180, 5),
    fallback=[{"angle": 0}, {"angle": 90}],
    **plots.finding("14-direction"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** In every direction mean and deviation agree, for these follow from mean and
# covariance. The shapes do not. Most of the print's dots lie on the two axes: where one of these
# channels responds, the other is silent, and behind a ReLU silence is exactly 0, a sharp peak.
# The cat's cloud was stretched into the same ellipse, goes across, and reaches below 0. Along the
# axes alone the comparison is that of the channels' **histograms**, as Risser, Wilmot and Barnes
# used it for style in 2017: the special case `directions = np.eye(C)`. It misses that in which
# F and S of the example by hand differed.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Who notices what? (4 minutes)
#
# Five distances by now. Let the print be the style, change its features in five ways, and put the
# transported cat in their place in a sixth.


# %%
def shuffled_alone(S):
    """The first half of the channels, each moved to other positions by itself."""
    S, rng = S.copy(), np.random.default_rng(0)
    for channel in range(S.shape[1] // 2):
        S[:, channel] = rng.permutation(S[:, channel])
    return S


S = rows(style["block3_conv1"])
changed = {"positions shuffled": np.random.default_rng(0).permutation(S)}
changed["channels shuffled alone"] = shuffled_alone(S)
changed["three quarters of the contrast"] = S.mean(axis=0) + 0.75 * (S - S.mean(axis=0))
changed["1.2 of the mean"] = S + 0.2 * S.mean(axis=0)
changed["less mean, more contrast"] = with_same_gram(S, 0.8)
changed["the cat, transported"] = rows(
    optimal_transport(content["block3_conv1"], style["block3_conv1"])
)

# %% [markdown]
# The last three distances are in one unit, the mean square of the style's features, added up over
# its channels. So the mean over $C$ directions counts $C$ times. `directions` gives as many
# directions as there are channels, drawn at random, at right angles to each other.

# %%
from nstlib.moments import mean_covariance, moments_loss
from nstlib.sliced import belongings, directions


def all_distances(F, S):
    """What each distance says, 0 if it cannot tell the two apart."""
    C, size = S.shape[1], np.mean(np.sum(S**2, axis=1))
    mean, mean_s = (mean_covariance(Z[None, None].astype("float32")) for Z in (F, S))
    normal = float(my_gaussian(*mean_and_covariance(F), *mean_and_covariance(S)))
    return {
        "Gram": apart(F, S)[0],
        "mean, cov": float(moments_loss(mean, mean_s)),
        "normal": normal / size,
        "histogram": C * float(my_sliced(F, S, np.eye(C))) / size,
        "sliced": C * float(my_sliced(F, S, directions(C))) / size,
    }


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Five columns: Gram matrix; mean and covariance; the same as normal distributions;
# histograms; sliced. Which distances are 0 in which row?

# %%
table = {name: all_distances(F, S) for name, F in changed.items()}
print(" " * 32 + "".join(f"{name:>10}" for name in table["positions shuffled"]))
for name, found in table.items():
    print(f"{name:32}" + "".join(f"{abs(value):10.3f}" for value in found.values()))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Where things are, none of them knows: the first row is 0 throughout. Histograms do
# not notice that channels were torn apart, the Gram matrix does not notice that mean was traded for
# contrast, and whatever stops at mean and covariance takes the transported cat for the print.
# Only the last column has no other 0 than the first.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Compared by pairs (7 minutes)
#
# There is yet another way to compare two clouds: by pairs. Take a **kernel** $k(x, y)$, which says
# how alike two features are, and ask whether features of the one cloud are as much like each other
# as they are like those of the other cloud:
#
# $$\text{MMD}^2 = \text{mean}\; k(f, f') + \text{mean}\; k(s, s') - 2\;\text{mean}\; k(f, s)$$
#
# over all pairs of positions. (MMD is *maximum mean discrepancy*.) By hand, with
# $k(x, y) = (x \cdot y + 1)^2$ and one channel: F has 2 and 0, S has 1 and 1. Within F there are
# $(4 + 1)^2 = 25$ and three times 1, with a mean of 7; within S all are 4; between them
# $(2 + 1)^2 = 9$ and 1, with a mean of 5. So $7 + 4 - 10 = 1$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write it. `check.polynomial_mmd.hint()` helps.


# %% tags=["exercise"]
def polynomial_mmd(F, S, shift):
    """The squared MMD of two clouds with the kernel k(x, y) = (x . y + shift)^2.

    F: features (M, C), a row for each position; S: (M', C). Neither must change. shift: a number.
    The means are taken over all pairs of positions, also of a position with itself.
    Returns a number.
    For example, [[2.0], [0.0]] and [[1.0], [1.0]] with a shift of 1.0 give 1.0.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.polynomial_mmd}}

# %% [markdown]
# The check makes up clouds of two sizes.

# %%
check.polynomial_mmd(polynomial_mmd)

# %% [markdown]
# And whose MMD goes on?

# %%
my_mmd = check.polynomial_mmd.mine_or_library(polynomial_mmd, gradient=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** With a shift of 0 the kernel is $(x \cdot y)^2$. On real features, to which of these
# is the MMD equal: the squared difference of the means, of the covariances, or of the Gram
# matrices?

# %%
F, S = (rows(features["block3_conv1"])[::4] for features in (content, style))
(mean, S_c), (mean_s, S_s) = mean_and_covariance(F), mean_and_covariance(S)
known = {"means": mean - mean_s, "covariances": S_c - S_s}
known |= {"Gram matrices": F.T @ F / len(F) - S.T @ S / len(S)}
print(f"MMD {float(my_mmd(F, S, 0.0)):.6e}")
for name, difference in known.items():
    print(f"    {name:14} {np.sum(difference**2):.6e}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To the last one: it is the Gram loss, but for the division by $C^2$. For
# $(f \cdot s)^2 = \sum_{ij} f_i f_j\, s_i s_j$, and the mean of that over all pairs is
# $\sum_{ij} G_{ij} A_{ij}$. The three terms are then $|G|^2 + |A|^2 - 2\,G \cdot A = |G - A|^2$ (Li, Wang, Liu and
# Hou, 2017). So the loss of lesson 05 compares two clouds by a kernel that it never chose: one that
# cannot tell $x$ from $-x$, and looks at nothing but products of two channels. With a shift, means
# are compared, too: the MMD is $|G - A|^2 + 2\,\text{shift}\,|\mu - \mu_S|^2$.

# %% [markdown]
# So a shift should tell the grey picture from the chessboard:

# %% tags=["nbval-check-output"]
for amount in (0.0, 1.0):
    print(f"shift {amount}: {abs(float(my_mmd(rows(grey), rows(chess), amount))):.4f}")

# %% [markdown]
# And so it does: $2\,(0.7071 - 0.5)^2 = 0.0858$. Whoever chooses a kernel, or directions, for a
# style loss chooses what it does not notice.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Paint with each (5 minutes)
#
# Four of them are conventions of `stylize`. To be fair, everything else is the same: layers, their
# weights, pooling, start, and the number of evaluations.

# %%
from nstlib.conventions import CONVENTIONS

ours = CONVENTIONS["mean-covariance"]
fair = {"style_layers": ours.style_layers, "content_layers": ours.content_layers}
fair |= {"pooling": "average", "match_colors": 0, "progress": False}
fair |= {"size": 192, "evaluations": min(40, profile.evaluations)}
texture = {"content_weight": 0, "init": "noise"}
names = {"relative": "Gram matrices", "mean-covariance": "mean and covariance"}
names |= {"wasserstein": "normal distributions", "sliced-wasserstein": "sliced"}

# %% [markdown]
# None of the four may be the judge. So let somebody judge who has never heard of a network: for
# each patch of 8 by 8 pixels, how far are its colours from those of the most similar patch of the
# print? And to see whether something of the print is missing, the same from the print's patches to
# the painting.


# %%
def patches(image, side=8):
    """Pieces of a picture that begin at every fourth pixel, a row for each."""
    windows = np.lib.stride_tricks.sliding_window_view(image[0], (side, side), axis=(0, 1))
    return windows[::4, ::4].reshape(-1, 3 * side * side)


# %% [markdown]
# The nearest of all patches of the other picture, as a mean over the patches:


# %%
def judge(image, other):
    """From each patch of a picture to the nearest one of another: the mean distance of colours."""
    x, y = patches(image), patches(other)
    squares = np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1) - 2 * x @ y.T
    return np.sqrt(np.maximum(squares.min(axis=1), 0) / x.shape[1]).mean()


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** A texture of the print from noise, and the cat in its style, each with four losses. To
# which loss will the judge give its best marks, and which one will take the longest?

# %%
small = nstlib.load_image(poppies, max_side=192)
paintings, losses, verdicts = {}, {}, []
for kind, settings in {"texture": texture, "cat": {}}.items():
    for convention, name in names.items():
        begin = time.perf_counter()
        result = nstlib.stylize(cat, poppies, convention=convention, **fair, **settings)
        took = time.perf_counter() - begin
        image = paintings[kind, name] = result.image
        losses[kind, name] = result.history["style"]
        marks = judge(image, small), judge(small, image), (image.min(axis=-1) > 0.93).mean()
        verdicts.append((kind, name, *marks, took))

# %% [markdown]
# What the judge says, how many pixels are nearly white, and what it took. The last row is the print
# itself.

# %% tags=["measured"]
print(f"{'':29} to the print   from the print    white     took")
for kind, name, there, back, white, took in verdicts:
    print(f"{kind:8} {name:20} {there:12.3f} {back:16.3f} {white:8.1%} {took:6.1f} s")
print(f"{'the print':59} {(small.min(axis=-1) > 0.93).mean():8.1%}")

# %% [markdown]
# How far has each loss come? Each has a unit of its own, so here it is divided by what it was at the
# start, the photograph of the cat:

# %%
plots.compare_losses(
    {name: np.divide(losses["cat", name], losses["cat", name][0]) for name in names.values()},
    label="style term, in parts of the first one",
    **plots.finding("14-losses"),
)

# %% [markdown]
# The textures:

# %%
plots.strip(
    [paintings["texture", name] for name in names.values()],
    list(names.values()),
    **plots.finding("14-textures"),
)

# %% [markdown]
# And the cats:

# %%
plots.strip(
    [paintings["cat", name] for name in names.values()],
    list(names.values()),
    **plots.finding("14-cats"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Gram matrices get the worst marks, for the texture and for the cat, though their loss
# falls the furthest: how far a loss has come says nothing of what it does not look at. With them
# the background of the cat burns out: there is the trade of contrast against brightness again. On
# the way to the print the largest step is to take mean and covariance apart. The other two take the
# longest, as each evaluation needs roots of matrices, or sorting. What they add to the marks is less
# than that step, where they add anything, so the one that is simple and quicker than these two has
# become the default.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Whole vectors (5 minutes)
#
# All of these compare clouds. One can also be blunt: put **the style's own features** in the place
# of the photograph's, for each the one that points most nearly in the same direction, both seen
# from their own mean. By hand, in one channel: the photograph has 1 and 3, mean 2; the style 5 and
# 9, mean 7. What is below the mean becomes 5, what is above becomes 9. No number comes out that was
# not in the style (Kolkin and others, 2022).

# %% [markdown]
# And sorting, too, is a transform: after optimal transport, move the features along many directions
# to where they belong. `belongings` says for each value what stands at its rank in the style; the
# `ones` tell it that every position counts alike. `R` has directions at right angles, so `R.T` leads
# back to the channels.


# %%
def sort_along(F, S, turns=2):
    """Optimal transport, then along directions at right angles to where the features belong."""
    x, y = rows(optimal_transport(F, S)), rows(S)
    rng, ones = np.random.default_rng(1), np.ones(len(x))
    for _ in range(turns):
        R, _ = np.linalg.qr(rng.normal(size=(x.shape[1], x.shape[1])))
        x = x + (belongings(x @ R, ones, y @ R) - x @ R) @ R.T
    return np.reshape(x, F.shape)


# %% [markdown]
# So here are five transforms for one decoder.

# %%
from nstlib.check.references import adain
from nstlib.fast.transforms import nearest_neighbours

transforms = {"nothing": lambda F, S: F, "AdaIN": adain}
transforms |= {"optimal transport": optimal_transport, "sorting": sort_along}
transforms |= {"nearest neighbours": nearest_neighbours}


def repaint(transform, image, other):
    """A photograph by the decoder, after a transform at each level; and the features of one."""
    F, S = look(image), look(other)
    moved = {n: np.asarray(transform(F[n], S[n]), "float32") for n in LEVELS}
    return decode(moved).numpy(), moved["block3_conv1"]


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Which transforms bring which of the five distances to 0? The table will have the
# distances of their features from the print's, at one level. And which cat will the judge, who looks
# at patches, like best?

# %%
made = {name: repaint(transform, cat, poppies) for name, transform in transforms.items()}
S = rows(style["block3_conv1"])
print(" " * 20 + "".join(f"{name:>10}" for name in table["positions shuffled"]) + "     judge")
for name, (image, features) in made.items():
    found = all_distances(rows(features), S).values()
    marks = f"{judge(image, poppies):10.3f}"
    print(f"{name:20}" + "".join(f"{abs(value):10.3f}" for value in found) + marks)

# %% [markdown]
# And the cats:

# %%
plots.strip(
    [poppies, *(image for image, _ in made.values())],
    ["the print", *made],
    **plots.finding("14-five"),
    columns=3,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** AdaIN reaches none of the five, as it makes means and deviations equal, and no
# pairs. Optimal transport reaches the first three, exactly. Sorting brings down the last one and
# gives a little of the first three back. Nearest neighbours make nothing 0: to a Gram matrix they
# are about as far away as AdaIN is. And yet the judge likes them best, and perhaps you, too. The
# last two distances, which see more than an ellipse, agree with the judge: to them, these
# features are among the nearest. Each is one that the print really has, so it lies in the print's
# cloud, and the ink comes in strokes. (The judge is of the same kind: it looks for neighbours,
# among pixels. So let people judge as well.) But where things are, none of the five knows, and
# how to measure that of a style is an open question.

# %% [markdown]
# The same with the Great Wave:

# %%
other = load("hokusai_great_wave")
chosen = ("optimal transport", "nearest neighbours")
second = {name: repaint(transforms[name], cat, other)[0] for name in chosen}
plots.strip(
    [other, *second.values()], ["the print", *second], **plots.finding("14-wave"), columns=3
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Is the judge right? Choose two of the paintings of this lesson whose marks
# differ, show them without names to three people, and ask which is more like the print. Then build a
# picture that the judge likes and nobody else does, and say what it has overlooked.

# %% [markdown] tags=["instructor"]
# **The stretch task.** The judge's weak spot: to the print it asks only whether each patch has a
# likeness there. A picture of the print's empty paper gets the best marks of all, and has no poppy
# in it; only the way back, from the print to the painting, notices. A mean of both helps, and then
# a copy of the print wins: nobody asks for the cat.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your photograph, whole vectors (1 minute)
#
# A photograph of yours, and any picture as its style:

# %%
mine = upload_photo(nstlib.example_path("coffee"), max_side=384)
mine

# %% [markdown]
# The style:

# %%
any_picture = upload_photo(nstlib.example_path("kandinsky_composition_viii"), max_side=384)
any_picture

# %% [markdown]
# Run this cell again after each new picture. Remove the `#` in front of the last line to keep the
# painting.


# %%
def cut(image):
    """The decoder's sides are multiples of 8."""
    return image[:, : image.shape[1] // 8 * 8, : image.shape[2] // 8 * 8]


pictures = [cut(mine.image), cut(any_picture.image)]
result, _ = repaint(nearest_neighbours, *pictures)
plots.strip(
    [*pictures, result],
    ["the photograph", "the picture", "with the picture's own features"],
    title="Every feature that the decoder was given is one of the picture's own",
    alt="A photograph, a picture, and the photograph painted with the picture's own features.",
    columns=3,
)
# nstlib.save_image(result, "whole_vectors.png")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (2 minutes)
#
# {{quiz 14-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 14-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 14-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **A Gram matrix** is $\Sigma + \mu \mu^T$, and only the sum: a painting with far less light and dark
#    can have the same one. Deep in a network the means are most of it. It is the comparison by the
#    kernel $(x \cdot y)^2$, which looks at nothing but products of two channels.
# 2. **Wasserstein's distance** is what has to be carried on the cheapest way. Between normal
#    distributions it follows from means and roots of covariances, along a direction from sorting,
#    and the mean over enough directions notices everything but where things are.
# 3. **Choose by what may differ**, and let somebody judge who was not optimised. Apart from Gram
#    matrices the marks lie closer together. Of the transforms nearest neighbours were liked best:
#    to a Gram matrix far from the print, to distances that see the cloud's shape among the nearest.
#
# In the opening, the first cat was made by optimal transport, with exactly the print's mean and
# covariance; the second by nearest neighbours, without.
#
# ## References
#
# - E. Risser, P. Wilmot, C. Barnes, [Stable and Controllable Neural Texture Synthesis and Style
#   Transfer Using Histogram Losses](https://arxiv.org/abs/1701.08893), 2017: the grey picture, and
#   histograms.
# - Y. Li, N. Wang, J. Liu, X. Hou, [Demystifying Neural Style
#   Transfer](https://arxiv.org/abs/1701.01036), 2017: the kernel.
# - E. Heitz, K. Vanhoey, T. Chambon, L. Belcour, [A Sliced Wasserstein Loss for Neural Texture
#   Synthesis](https://arxiv.org/abs/2006.07229), 2021.
# - N. Kolkin, M. Kucera, S. Paris, D. Sýkora, E. Shechtman, G. Shakhnarovich, [Neural Neighbor Style
#   Transfer](https://arxiv.org/abs/2203.13215), 2022.

# %% [markdown]
# ## Optional: a root from nothing but products
#
# Where does `matrix_power` get its root from? From eigenvectors, which a graphics card is slow at.
# Newton's way needs products only. For a number $a$ below 1, by hand: begin with $y = a$ and
# $z = 1$, and repeat
#
# $$t = \frac{3 - z\,y}{2}, \qquad y \leftarrow y\,t, \qquad z \leftarrow t\,z .$$
#
# For $a = 1/4$: $t = 1.375$, $y = 0.344$, $z = 1.375$; then $t = 1.264$, $y = 0.434$, $z = 1.738$.
# $y$ is on its way to $1/2$, and $z$ to 2, one over the root; once $z\,y = 1$, $t$ is 1 and nothing
# changes any more. With matrices in the place of numbers it is the iteration of **Newton and
# Schulz**; first the matrix is divided by its size, so that it is below 1.


# %%
def root_by_products(A, steps):
    """The square root of a covariance by products alone."""
    size, unit = np.linalg.norm(A), np.eye(len(A))
    Y, Z = A / size, unit
    for _ in range(steps):
        T = (3 * unit - Z @ Y) / 2
        Y, Z = Y @ T, T @ Z
    return Y * np.sqrt(size)


# %% [markdown]
# **Predict.** How many steps until it agrees with the root by eigenvectors in six digits, with 16
# channels and with 160?

# %%
for n in ("block1_conv1", "block4_conv1"):
    _, A = mean_and_covariance(style[n])
    root = matrix_power(A, 0.5)
    for steps in (4, 8, 12, 16, 20):
        off = np.linalg.norm(root_by_products(A, steps) - root) / np.linalg.norm(root)
        print(f"{n}  {steps:2} steps: off by {off:.0e}")

# %% [markdown]
# **Explain.** Twelve are enough with 16 channels, and 16 with 160. At first it comes nearer
# slowly: the small directions have to grow, by half again at each step. Once they are there, the
# number of right digits doubles with every step. With more channels there are smaller directions,
# which takes a few steps more.

# %% [markdown]
# [In the browser]({{website}}/play.html) any picture can be the style of your own photo, on a
# phone, too.
#
# **Next:** [15 Make your own small VGG](15_small_vgg.ipynb): every distance of this lesson compares
# what one network sees. Where does such a network come from, and how small may it be?
