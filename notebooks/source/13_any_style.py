# %% [markdown] slideshow={"slide_type": "slide"}
# # 13 Any style at once
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/13_any_style.ipynb)
#
# ![Six pictures: a photograph of a pavilion, a village painted by Van Gogh, the pavilion once more, and three pavilions in the colours of the painting, one of them half dissolved](../docs/images/lesson_13.jpg)
#
# A photograph, a painting, and four pictures that one network made of the two, each in a single
# pass. All that it is told of the painting goes through a few lines of code between its two halves,
# in which not one number is trained, and the four pictures differ in these lines alone. When the
# features leave these lines, two of the four have exactly the painting's Gram matrices. Which two?
# (Photograph: Daniel Büchele, [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), here
# repainted; painting: Vincent van Gogh, Houses at Auvers, 1890.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Give** a photograph's features the statistics of any picture, by AdaIN, by whitening and
#    colouring, and by optimal transport, and say what each of them makes equal.
# 2. **Explain** what each of them does to the Gram matrix, of the features and of the picture that
#    is made of them.
# 3. **Convict** wrong code by properties that must hold, and paint your own photograph in the
#    style of any picture.
#
# **You need** lessons 03 and 04 (features, Gram matrices), from lesson 11 what a covariance and its
# root are, and from lesson 12 that a network can be trained to paint in one pass.
# **It takes** 68 minutes.

# %% [markdown]
# {{machine: network, Gram matrices}}
#
# Of the machine that paints, this lesson keeps the network that looks at pictures, and the Gram
# matrices to judge by. The loop is not needed any more.

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 68. Three
# misconceptions to hunt. "The style is in the decoder": there is one decoder for all paintings; ask
# where this one's style is, and let them find the two numbers of each channel. "The same Gram matrix, the same
# painting": the turned features refute it; let the class look at the ghost for a while before the
# Explain. "Matched on the features, so matched in the picture": the table after the decoder. If
# time is short, leave out "A test that needs no right answer"; nothing needs its cells.

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
from nstlib.fast.any_style import LEVELS
from nstlib.fast.stylize import encode_and_decode
from nstlib.images.colors import matrix_power
from nstlib.widgets import live, upload_photo

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import time

import numpy as np
from keras import ops

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The way back from features (5 minutes)
#
# In lesson 03 you painted a photograph from nothing but its features, with dozens of evaluations of
# a loss. The next photograph took as many again. Yet the task is the same each time: features in,
# picture out. So a network can learn it, once and for all, as in lesson 12.
#
# It has two halves. The **encoder** is `vgg19-lite` as you know it, up to `block4_conv1`. The
# **decoder** is a network of its own that goes the way back: it starts from `block4_conv1`, doubles
# height and width three times, and each time it is handed the features of that size, too. It was
# trained as the network of lesson 12 was, with the course's paintings and a hundred other artworks
# as styles, and with every transform of this lesson in front of it.

# %%
encode, decode = encode_and_decode()


def load(name):
    """A small picture of the course. For the decoder, its sides are cut to multiples of 8."""
    image = nstlib.load_image(nstlib.example_path(name), max_side=256)
    height, width = (side // 8 * 8 for side in image.shape[1:3])
    return image[:, :height, :width]


# %% [markdown]
# A photograph and its features at the four levels:


# %%
def look(image):
    """The features of a picture at four levels, as arrays."""
    return {name: np.asarray(F) for name, F in encode(image).items()}


photo = load("china")
content = look(photo)
for name, F in content.items():
    print(name, F.shape)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Twice back from these features to a picture: with the loop of lesson 03, from noise,
# held to all four levels; and through the decoder. How many times as fast is the decoder? And which
# of the two comes closer to the photograph?

# %%
loop = {"content_layers": list(LEVELS), "style_weight": 0, "style_layers": "block1_conv1"}
loop |= {"convention": "relative", "init": "noise", "evaluations": min(60, profile.evaluations)}
decode(content)  # the first call compiles it
begin = time.perf_counter()
by_loop = nstlib.stylize(photo, photo, size=256, progress=False, **loop).image
middle = time.perf_counter()
by_decoder = decode(content).numpy()
took = {"loop": middle - begin, "decoder": time.perf_counter() - middle}

# %% [markdown]
# Seconds, and how far the colours are from the photograph's on average (0 is the same, 1 would be
# black against white):

# %% tags=["measured"]
for name, image in {"loop": by_loop, "decoder": by_decoder}.items():
    print(f"{name:8} took {took[name]:.2f} s, off by {np.abs(image - photo).mean():.3f}")
print(f"the decoder is {took['loop'] / took['decoder']:.0f} times as fast")

# %% [markdown]
# And the pictures:

# %%
pictures = {"the photo": photo, "by the loop": by_loop, "by the decoder": by_decoder}
plots.strip(list(pictures.values()), list(pictures), **plots.finding("13-back"), columns=3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The loop looks for the picture, step by step, and comes closer, as it fits this one
# photograph. The decoder doesn't look for anything: what the loop finds anew each time, it has learnt
# from thousands of pieces of photographs, and it goes through its layers once. It was trained to paint,
# and only now and then to copy. But whatever we do to features from now on, it turns into a picture at once.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Mean and deviation (13 minutes)
#
# So change the features. What of them is style? The smallest thing that one could try are two
# numbers for each channel: its **mean** over all positions, and its **standard deviation**, how far
# it varies around that mean. (In the optional part of lesson 04, the means alone matched the halves
# of paintings as well as Gram matrices did.)
#
# By hand, for one channel at two positions. In the photograph it is 1 and 3: the mean is 2, and the
# deviation is 1, since both numbers are 1 away from it. In the painting it is 10 and 14: mean 12,
# deviation 2.
#
# **Predict.** Move and stretch 1 and 3, so that they get the painting's mean and deviation, and
# the larger one stays the larger one. What becomes of them?

# %% tags=["nbval-check-output"]
F, S = np.array([1.0, 3.0]), np.array([10.0, 14.0])
print((F - F.mean()) / F.std() * S.std() + S.mean())

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Less the mean: -1 and 1. Over the deviation: still -1 and 1. Times 2: -2 and 2. Plus
# 12: 10 and 14. With two positions nothing of the photograph is left but which is larger. With
# thousands of positions, the whole pattern is left, and only two numbers are the painting's.

# %% [markdown]
# For features $F$ of the photograph and $S$ of the style, with mean $\mu$ and deviation $\sigma$ of
# each channel:
#
# $$\text{AdaIN}(F, S) = \sigma(S)\, \frac{F - \mu(F)}{\sigma(F)} + \mu(S)$$
#
# This is *adaptive instance normalisation*: the instance norm of lesson 12 with $\gamma = \sigma(S)$
# and $\beta = \mu(S)$. There, $\gamma$ and $\beta$ were numbers that had to be trained, for each
# style anew. Here they are measured in a picture.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write it for whole arrays of features. `check.adain.hint()` helps.


# %% tags=["exercise"]
def adain(F, S):
    """Each channel of F gets the mean and the deviation that it has in S.

    F: features of the content (B, h, w, C); S: of the style (B, h', w', C). They must not change.
    Means are taken over the positions of each picture, channel by channel. A deviation is the root
    of the variance plus 1e-5, so that a channel that does not vary does no harm.
    Returns features of the shape of F.
    For example, [[[[1.0], [3.0]]]] and [[[[10.0], [14.0]]]] give [[[[10.0], [14.0]]]].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.adain}}

# %% [markdown]
# The check makes up features of one picture and of two.

# %%
check.adain(adain)

# %% [markdown]
# Whose AdaIN paints from here on? If yours is not there yet, the library's takes its place.

# %%
my_adain = check.adain.mine_or_library(adain, gradient=False)

# %% [markdown]
# This is all that style transfer takes now: encode, transform each level, decode.


# %%
def transformed(transform, S):
    """The photograph's features at all levels after a transform to a style's features S."""
    return {n: np.asarray(transform(content[n], S[n]), "float32") for n in LEVELS}


art = {name: load(name) for name in ("van_gogh_houses_at_auvers", "kandinsky_composition_viii")}
style = {name: look(image) for name, image in art.items()}
village = art["van_gogh_houses_at_auvers"]
painted = decode(transformed(my_adain, style["van_gogh_houses_at_auvers"]))
nstlib.show(painted.numpy(), **plots.finding("13-yours"), width=384)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Take the painting's means alone, and leave the deviations as they are. Then take
# both. What comes with the means, and what with the deviations?


# %%
def shift(F, S):
    """Only the means become the style's."""
    return F - F.mean(axis=(1, 2), keepdims=True) + S.mean(axis=(1, 2), keepdims=True)


rows = []
for name, S in style.items():
    paintings = [decode(transformed(transform, S)).numpy() for transform in (shift, my_adain)]
    rows.append([art[name], by_decoder, *paintings])

# %% [markdown]
# A row for each style; beside it what the decoder makes of unchanged features.

# %%
columns = ["the style", "nothing changed", "its means", "its means and deviations"]
plots.picture_grid(rows, list(art), columns, **plots.finding("13-means"))

# %% [markdown]
# In numbers: the contrast, as how much the pixels of a picture vary, and the marks, as how far
# neighbours are apart.

# %%
for name, row in zip(art, rows, strict=True):
    print(name)
    for column, image in zip(columns, row, strict=True):
        marks = np.abs(np.diff(image, axis=2)).mean()
        print(f"    {column:25} contrast {image.std():.3f}, marks {marks:.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With the means comes the tint of the whole picture: how much there is of every
# feature, of yellow and of edges alike, and so a part of the marks. With the deviations comes how
# strongly it goes up and down: the marks get closer still to the painting's, and where the painting is much
# paler than the photograph, as Kandinsky's, so does the contrast. And where things are, no channel has
# forgotten: its pattern was moved and stretched, and that is all.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A test that needs no right answer (7 minutes)
#
# How do you test code like this, when nobody knows the right numbers? By properties that must hold
# whatever the features are, as you convicted a Gram matrix in lesson 04. Of any AdaIN four can be
# said: the means are the style's; the deviations are the style's; a picture in its own style stays
# as it is; and what becomes of a picture does not depend on others in the same batch.

# %%
rng = np.random.default_rng(0)
two = np.float32(rng.gamma(1.0, 1.0, (2, 6, 7, 3)))  # features of two pictures, made up
others = np.float32(5 + 2 * rng.gamma(1.0, 1.0, (2, 5, 9, 3)))  # and of two styles


def properties(candidate):
    """What must hold of any AdaIN, and whether it does."""
    alone, both = np.asarray(candidate(two[:1], others[:1])), np.asarray(candidate(two, others))
    wanted = others[:1]
    pairs = {"means": (alone.mean(axis=(1, 2)), wanted.mean(axis=(1, 2)))}
    pairs["deviations"] = alone.std(axis=(1, 2)), wanted.std(axis=(1, 2))
    pairs["itself"] = np.asarray(candidate(two, two)), two
    pairs["batch"] = both[:1], alone
    return {name: np.allclose(a, b, rtol=1e-2, atol=1e-2) for name, (a, b) in pairs.items()}


# %% [markdown]
# And here are four suspects. Each is a slip that people make: the variance in place of its root;
# means over the pictures of a batch as well; means over the channels as well; and too much added
# against a division by zero.


# %%
def mean(F, axes=(1, 2)):
    return F.mean(axis=axes, keepdims=True)


def deviation(F, axes=(1, 2)):
    return F.std(axis=axes, keepdims=True)


def over(axes):
    return lambda F, S: (
        (F - mean(F, axes)) / deviation(F, axes) * deviation(S, axes) + mean(S, axes)
    )


suspects = {
    "my_adain": my_adain,
    "variance": lambda F, S: (F - mean(F)) / deviation(F) ** 2 * deviation(S) ** 2 + mean(S),
    "axes 0, 1, 2": over((0, 1, 2)),
    "axes 1, 2, 3": over((1, 2, 3)),
    "0.3 added": lambda F, S: (F - mean(F)) / (deviation(F) + 0.3) * deviation(S) + mean(S),
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The third property is the one that everybody thinks of first: a picture in its own
# style stays as it is. How many of the four suspects does it convict?

# %% tags=["nbval-check-output"]
print(f"{'':14}" + "".join(f"{name:12}" for name in properties(my_adain)))
for name, suspect in suspects.items():
    print(f"{name:14}" + "".join(f"{'' if ok else 'NO':12}" for ok in properties(suspect).values()))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** One of four. What is divided by, is multiplied with again, whatever it is: so the
# variance and the wrong axes cancel out. No column convicts all, and the fault in a batch is
# invisible for whoever tries one picture at a time. A single property is a weak test, and a few
# together are a strong one.

# %% [markdown]
# Now the real case. The pages of Keras have a much-read
# [example of AdaIN](https://github.com/keras-team/keras-io/blob/0e226f351fd7dea5c164ccf1a2a20493e30b8daf/examples/generative/adain.py).
# Its AdaIN is the formula from above, and passes all four. Now look around it, where nobody has looked
# for properties. One that must hold of everything that uses an encoder: the layers that it names
# exist. The text of the example says that the style loss uses four layers:

# %% tags=["nbval-check-output"]
for name in ("block1_conv1", "block1_conv2", "block1_conv3", "block1_conv4"):
    print(name, "exists" if name in nstlib.layer_names("vgg19") else "does not exist")

# %% [markdown]
# (Its code takes four others, which are those of this lesson.) Another property: pictures that are
# far apart have features that are far apart. The code gives VGG red, green and blue from 0 to 1,
# without the preparation of lesson 01. `deprocess` shows what a picture would have to look like to
# become such numbers.

# %%
prepared = np.asarray(nstlib.preprocess(photo))
print(f"as VGG was trained: {prepared.min():.0f} to {prepared.max():.0f}")
print(f"as in the example:  {photo.min():.0f} to {photo.max():.0f}")
as_seen = [np.asarray(nstlib.deprocess(image)) for image in (photo, village)]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** How far apart are pavilion and village to the encoder, with the preparation and
# without? (0 is the same; $|F - P| / (|F| + |P|)$, as in lesson 03, of the means of the channels.)


# %%
def apart(image, other):
    """How far the mean features of two pictures are apart, level by level."""
    means = [{n: F.mean(axis=(1, 2)) for n, F in look(each).items()} for each in (image, other)]
    return {n: float(gram_distance(means[0][n], means[1][n])) for n in LEVELS}


for name, pair in {"prepared": (photo, village), "not prepared": as_seen}.items():
    print(f"{name:13}", {n: round(value, 3) for n, value in apart(*pair).items()})

# %% [markdown]
# This is what the encoder of the example gets to see of the two:

# %%
nstlib.show(
    as_seen, **plots.finding("13-grey"), captions=["the photograph", "the village"], width=330
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Nearly the same grey twice, so nearly the same features twice, and what is to be told
# apart is a few hundredths of their size at most. No error is raised. The decoder is trained behind this very
# encoder and makes do with what it gets, so the loss falls, as it did for the suspect of lesson 04.
# (That the example shows little has a plainer reason, too: it trains for at most 50 steps at a rate
# of 0.00001, and says itself that it should be at least 30 times as long.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Channels that go together (11 minutes)
#
# AdaIN takes each channel by itself. But a style is also which channels go **together**; for that
# there were Gram matrices. By hand: four positions, two channels, and the means are subtracted
# already.
#
# | position | 1 | 2 | 3 | 4 |
# |---|---|---|---|---|
# | channel 0 | 3 | -3 | 1 | -1 |
# | channel 1 | 3 | -3 | -1 | 1 |
#
# Mean products, as in lesson 04: channel 0 with itself $(9 + 9 + 1 + 1)/4 = 5$, channel 1 likewise,
# and the two together $(9 + 9 - 1 - 1)/4 = 4$. That is the **covariance**
#
# $$\Sigma = \begin{pmatrix} 5 & 4 \\ 4 & 5 \end{pmatrix}$$
#
# **Predict.** Divide each channel by its own deviation, $\sqrt 5$, as AdaIN does. What becomes of
# the 5s, and what of the 4s?

# %% tags=["nbval-check-output"]
x = np.array([[3.0, 3.0], [-3.0, -3.0], [1.0, -1.0], [-1.0, 1.0]])  # a row for each position
alone = x / x.std(axis=0)
print(alone.T @ alone / 4)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Both are divided by 5: each channel has a variance of 1 now, and the two still go
# together as before, 0.8 to 1. To AdaIN it is all one whether they do.

# %% [markdown] slideshow={"slide_type": "subslide"}
# To take that out, divide by the root of the *matrix* (lesson 11). It can be found by hand here:
# $\begin{pmatrix} 2 & 1 \\ 1 & 2 \end{pmatrix}$ times itself is $\Sigma$, for $4 + 1 = 5$ and
# $2 + 2 = 4$. And one over it is $\frac{1}{3} \begin{pmatrix} 2 & -1 \\ -1 & 2 \end{pmatrix}$, as
# the product of both is $\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}$.
#
# **Predict.** Send two positions through it: (3, 3), and (1, -1). Where do they go?

# %% tags=["nbval-check-output"]
white = x @ matrix_power(x.T @ x / 4, -0.5)
print("positions\n", white.round(3) + 0)
print("covariance\n", (white.T @ white / 4).round(3) + 0)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To (1, 1), as $(6 - 3)/3 = 1$, and to (1, -1), where it was, as $(2 + 1)/3 = 1$. The
# cloud was three times as long in the direction of (1, 1), and only that direction has shrunk. Now
# it is round: each channel has a variance of 1, and no two of them go together. Such features are
# called **white**.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Whiten the features of a picture. `check.whiten.hint()` helps.


# %% tags=["exercise"]
def whiten(F):
    """Features of mean 0, whose covariance is the identity matrix.

    F: features of one picture (1, h, w, C), with more positions than channels; it must not change.
    With a row x for each position, the mean subtracted, the covariance is x^T x / (h w).
    `matrix_power(A, -0.5)` is one over the root of a matrix A.
    Returns features of the shape of F.
    For example, [[[[3.0, 3.0], [-3.0, -3.0], [1.0, -1.0], [-1.0, 1.0]]]] become
    [[[[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]]].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.whiten}}

# %% [markdown]
# The check asks for mean and covariance, so a cloud that is turned as well passes, too.

# %%
check.whiten(whiten)

# %% [markdown]
# Whose function whitens from here on? If yours is not there yet, the library's.

# %%
my_whiten = check.whiten.mine_or_library(whiten, gradient=False)

# %% [markdown]
# The **correlation** of two channels is their covariance over both deviations, as the 0.8 above: 0
# if they do not go together, 1 or -1 if they always do. In how many pairs of channels is it beyond 0.1,
# in the photograph and after whitening?

# %%
for name in LEVELS:
    F = np.reshape(my_whiten(content[name]), (-1, content[name].shape[-1]))
    before = np.corrcoef(np.reshape(content[name], F.shape), rowvar=False)
    pairs = ~np.eye(len(before), dtype=bool)
    shares = [(np.abs(C[pairs]) > 0.1).mean() for C in (before, np.corrcoef(F, rowvar=False))]
    print(f"{name}: correlated by more than 0.1: {shares[0]:.0%} of pairs, then {shares[1]:.0%}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Put another covariance in (6 minutes)
#
# From white, the root of *another* covariance can be put in: multiply with the root of the style's,
# add the style's mean. That is **colouring**.


# %%
def color(white, S):
    """Give white features the covariance and the mean of a style's features S."""
    y = np.reshape(S, (-1, S.shape[-1]))
    root = matrix_power(np.cov(y, rowvar=False, bias=True), 0.5)  # bias: divided by all positions
    return white @ root + y.mean(axis=0)


def whiten_and_color(F, S):
    return color(np.asarray(my_whiten(F)), S)


# %% [markdown]
# Two channels of a real layer, before and after. A dot is a position, and the ellipse belongs to
# mean and covariance. We take the two channels whose correlation differs the most.

# %%
S = style["van_gogh_houses_at_auvers"]
versions = {"the photo": content, "AdaIN": transformed(my_adain, S)}
versions |= {"whitened and coloured": transformed(whiten_and_color, S), "the style": S}
clouds = {name: features["block1_conv1"].reshape(-1, 16) for name, features in versions.items()}
tilt = np.corrcoef(clouds["the photo"].T) - np.corrcoef(clouds["the style"].T)
i, j = np.unravel_index(np.abs(tilt).argmax(), tilt.shape)
plots.point_clouds(
    {name: points[:, [i, j]] for name, points in clouds.items()},
    (f"channel {i}", f"channel {j}"),
    title="AdaIN gives the ellipse the style's place and widths, colouring its tilt as well",
    alt="Four clouds of dots with an ellipse around each; the last two ellipses are alike.",
)

# %% [markdown]
# And the Gram matrix? It is the mean of the products with the means left in, and so it is the
# covariance plus $\mu \mu^T$, the table of all products of two means:
#
# $$G = \Sigma + \mu \mu^T$$

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Painting has spent dozens of evaluations to bring Gram matrices closer to the style's.
# How far is the Gram matrix of the photograph's features from the style's, how far after AdaIN, and
# how far after whitening and colouring?


# %%
def distances(features, S):
    """How far the Gram matrices are from the style's, level by level: 0 is the same, 1 the most."""
    return [float(gram_distance(gram_matrix(features[n]), gram_matrix(S[n]))) for n in LEVELS]


# %% [markdown]
# A column for each of the four levels:

# %%
for name in ("the photo", "AdaIN", "whitened and coloured"):
    print(f"{name:22}", *(f"{value:.3f}  " for value in distances(versions[name], S)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** White features have the identity matrix for a covariance. When the rows $x$ become
# $x R$, the products $x^T x$ become $R^T x^T x R$: with the root for $R$, the covariance becomes $\Sigma_S^{1/2}\, \Sigma_S^{1/2} = \Sigma_S$, and the mean $\mu_S$ was added: so
# the Gram matrix is $\Sigma_S + \mu_S \mu_S^T$, the style's own. No loss, no gradient, one step.
# AdaIN has the same means and the same diagonal; what is missing are the pairs.

# %% [markdown]
# Those are features. A picture is wanted, and a picture has to go through the decoder.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Decode the features, and let the encoder look at the painting. How much of the
# agreement is left? To compare: a painting by the loop of lesson 06, and how far that is off.

# %%
painted = decode(transformed(whiten_and_color, S)).numpy()
settings = {"convention": "relative", "style_weight": 30, "style_layers": list(LEVELS)}
settings |= {"evaluations": min(60, profile.evaluations), "size": 256, "progress": False}
optimised = nstlib.stylize(photo, village, **settings).image

# %% [markdown]
# The first two rows are those from above:

# %%
seen = {"the photo": content, "its features, coloured": versions["whitened and coloured"]}
seen |= {"decoded, encoded again": look(painted), "a painting by the loop": look(optimised)}
for name, features in seen.items():
    print(f"{name:23}", *(f"{value:.3f}  " for value in distances(features, S)))

# %% [markdown]
# Can these features belong to a picture at all? Behind a ReLU, nothing is below 0.

# %%
for name in LEVELS:
    share = (versions["whitened and coloured"][name] < 0).mean()
    print(f"{name}: below 0 in the photo {(content[name] < 0).mean():.0%}, coloured {share:.0%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A part of the way is lost again. No picture in the world has the coloured features:
# many are below 0, and each level was changed without asking the others, though the deeper ones
# are computed from the shallow ones. The decoder paints a picture that is like them all, as far as it
# can. So the step is exact on the features and a compromise in the picture. The loop is slower, but it
# works on the picture itself, and so it comes closer: compare the last two rows.

# %% [markdown]
# Both pictures beside the painting:

# %%
plots.strip(
    [village, painted, optimised],
    ["the style", "in one step", "by the loop"],
    **plots.finding("13-step"),
    columns=3,
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The shortest way (12 minutes)
#
# White features are a round cloud. What happens if we turn it, between whitening and colouring, in
# some direction drawn at random?


# %%
def turned(F, S):
    """Whitened, turned at random, and coloured."""
    white = np.asarray(my_whiten(F))
    size = white.shape[-1], white.shape[-1]
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=size))
    return color(white @ turn, S)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** What does the turn do to the Gram matrix? And what to the painting?

# %%
around = transformed(turned, S)
print(
    "whitened and coloured",
    *(f"{d:.3f}  " for d in distances(versions["whitened and coloured"], S)),
)
print("turned in between    ", *(f"{d:.3f}  " for d in distances(around, S)))

# %% [markdown]
# And decoded:

# %%
nstlib.show(
    [painted, decode(around).numpy()],
    **plots.finding("13-turned"),
    captions=["whitened and coloured", "turned in between"],
    width=330,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The Gram matrix is the same: a round cloud may be turned, and stays white. And the
# pavilion is a ghost. A turn mixes the channels:
# what was grass may answer as a roof. The Gram matrix has never asked for content, and here nobody
# else does. So among all the ways to the style's statistics we need the one that leaves the
# features as near as possible to where they were.

# %% [markdown]
# This is the problem of a heap of sand that has to become another heap, with as little carrying as
# possible: **optimal transport**, which Gaspard Monge asked about in 1781. Between two clouds with
# covariances $\Sigma_F$ and $\Sigma_S$ the best matrix is known:
#
# $$T = \Sigma_S^{1/2} \left( \Sigma_S^{1/2}\, \Sigma_F\, \Sigma_S^{1/2} \right)^{-1/2} \Sigma_S^{1/2}$$
#
# Of all matrices with $T\, \Sigma_F\, T^T = \Sigma_S$ it is the only one that is symmetric and has
# no negative eigenvalue (lesson 04): along directions at right angles it stretches, and neither turns
# nor mirrors. By hand, for channels that do not go
# together: from variances 1 and 4 to 9 and 1, the deviations go from 1 and 2 to 3 and 1, so
# $T = \begin{pmatrix} 3 & 0 \\ 0 & 0.5 \end{pmatrix}$. There it is AdaIN.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Write the map. `check.optimal_transport_map.hint()` helps.


# %% tags=["exercise"]
def optimal_transport_map(S_c, S_s):
    """The symmetric matrix T with T S_c T = S_s: from one covariance to another, moving least.

    S_c, S_s: the formula's two covariances (C, C), of the content and of the style; they must not
    change. T = root (root S_c root)^(-1/2) root, where root = S_s^(1/2). `matrix_power(A, 0.5)` is
    the root of a matrix A, and @ multiplies matrices.
    Returns (C, C).
    For example, from [[1.0, 0.0], [0.0, 4.0]] to [[9.0, 0.0], [0.0, 1.0]] it is
    [[3.0, 0.0], [0.0, 0.5]].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.optimal_transport_map}}

# %% [markdown]
# The check makes up covariances, and tries one with itself.

# %%
check.optimal_transport_map(optimal_transport_map)

# %% [markdown]
# Your map, or the library's if yours is not there yet, moves the features of a picture:

# %%
my_map = check.optimal_transport_map.mine_or_library(optimal_transport_map, gradient=False)


def optimal_transport(F, S):
    """The style's mean and covariance, on the shortest way."""
    x, y = (np.reshape(Z, (-1, Z.shape[-1])).astype(float) for Z in (F, S))
    S_c, S_s = (np.cov(z, rowvar=False, bias=True) for z in (x, y))
    moved = (x - x.mean(axis=0)) @ np.asarray(my_map(S_c, S_s)) + y.mean(axis=0)
    return np.reshape(moved, F.shape)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** AdaIN, whitening and colouring, the same with a turn, and optimal transport: put them
# in the order of how far they move the features. Is the shortest of all the best?

# %%
ways = {"AdaIN": my_adain, "whiten and colour": whiten_and_color}
ways |= {"with a turn": turned, "optimal transport": optimal_transport}
print("mean squared distance, over the photo's mean square")
for name, way in ways.items():
    features = transformed(way, S)
    moved = [np.square(features[n] - content[n]).mean() for n in LEVELS]
    shares = [m / np.square(content[n]).mean() for m, n in zip(moved, LEVELS, strict=True)]
    print(f"{name:18}", *(f"{share:.3f}  " for share in shares))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** AdaIN moves least, and stops before the covariance is reached. Of the three that do
# reach it, optimal transport moves least, as the theory promises for any two pictures. It is little
# less than whitening and colouring with the symmetric root, which hardly turns anything either, and
# far less than a turn at random.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Four transforms, one decoder (5 minutes)
#
# The library has the four as `fast_stylize(photo, picture, transform=...)`. It adds a little to
# all variances, so that a plain sky, where most channels hardly vary, is not blown up to strokes.
#
# **Predict.** Nothing at all, AdaIN, whitening and colouring, optimal transport: which of the three
# steps from one to the next is the largest to the eye, and is it the same one for both paintings?

# %%
names = ["identity", "adain", "whiten_and_color", "optimal_transport"]
rows = {
    name: [nstlib.fast_stylize(photo, image, transform=transform) for transform in names]
    for name, image in art.items()
}

# %% [markdown]
# A row for each style:

# %%
plots.picture_grid(
    [[art[name], *paintings] for name, paintings in rows.items()],
    list(art),
    ["the style", *names],
    **plots.finding("13-four"),
)

# %% [markdown]
# In numbers: how far the colours of each painting are from those of the one before it.

# %%
for name, paintings in rows.items():
    print(name)
    for k in (1, 2, 3):
        change = np.abs(paintings[k] - paintings[k - 1]).mean()
        print(f"    from {names[k - 1]} to {names[k]}: {change:.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Whether mean and deviation or the pairs of channels make the larger step depends on
# the painting: compare the numbers of the two. The last step is the smallest: both reach the same covariance, and
# how one gets there matters little, as long as nothing is turned.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And **how much** of it? Features can be mixed: a strength of 0.5 is halfway from the photograph's to
# the transformed ones.
#
# **Without code.** From which strength on is it a painting to you? Which style needs the least?


# %%
def mix(picture, transform, strength):
    """A painting, and the style beside it."""
    image = nstlib.load_image(nstlib.example_path(picture), max_side=256)
    return [nstlib.fast_stylize(photo, image, strength, transform=transform), image]


# %% [markdown]
# Every move of a slider is a whole painting.

# %%
live(
    mix,
    picture=["hokusai_great_wave", *art, *nstlib.examples("style")[:4]],
    transform=names[::-1],
    strength=(0.0, 1.0, 0.1),
    fallback=[{"strength": 0.5}],
    **plots.finding("13-strength"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The wave in tiles (4 minutes)
#
# One more test of what these transforms know of a style: cut a painting into tiles and lay them anew,
# as in lesson 04.


# %%
def shuffle_tiles(image, side=32):
    """Cut a picture into tiles, and lay them anew."""
    rows, columns = image.shape[1] // side, image.shape[2] // side
    tiles = image[0, : rows * side, : columns * side].reshape(rows, side, columns, side, 3)
    tiles = tiles.swapaxes(1, 2).reshape(-1, side, side, 3)
    tiles = np.random.default_rng(0).permutation(tiles).reshape(rows, columns, side, side, 3)
    return tiles.swapaxes(1, 2).reshape(1, rows * side, columns * side, 3)


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The Great Wave, and the Great Wave in tiles: what will the two paintings of the
# pavilion have in common? And where in the painting is the wave?

# %%
wave = load("hokusai_great_wave")
tiles = shuffle_tiles(wave)
by_wave, by_tiles = (nstlib.fast_stylize(photo, picture) for picture in (wave, tiles))
other = rows["van_gogh_houses_at_auvers"][-1]
print(f"from the wave's to the tiles' painting:   {np.abs(by_wave - by_tiles).mean():.3f}")
print(f"from the wave's to the village's painting: {np.abs(by_wave - other).mean():.3f}")

# %% [markdown]
# The two styles, and their paintings:

# %%
plots.strip(
    [wave, tiles, by_wave, by_tiles],
    ["the Great Wave", "in tiles", "painted as the wave", "painted as the tiles"],
    **plots.finding("13-tiles"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Whatever the transform, it knows of a style only what fits into means and a covariance.
# These forget where things are, so there is no wave, only its colours and its tone, in both. The edges
# of the tiles are new to the statistics: hence the specks in the second sky. Places are not all that gets
# lost. AdaIN loses the pairs besides. Whitening divides by how far a direction varies, and
# where that is next to nothing it blows up noise, unless something is added. Optimal transport gets
# mean and covariance right, and a cloud is more than its ellipse: look at the sharp corners in the
# figure of the two channels. And one decoder for all styles has to be a compromise.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Which photograph suits which painting? The whole picture's statistics are
# made the style's, so a night sky becomes as bright as the painting is. Paint `rocket` in three
# styles, look for where it goes wrong, and mend it with what you know: another strength, a crop of
# the style, or a mask for the sky (lesson 11), mixing two paintings by it. Say what your remedy
# costs.

# %% [markdown] tags=["instructor"]
# **The stretch task.** Tried with Cassatt, Kandinsky and Van Gogh. The rocket stands before a plain,
# dark sky, which is most of the picture. So the mean has to become the painting's, and the night
# becomes a pale day, with halos along the towers. A crop of Cassatt's dark water as the style makes
# the sky a little darker and gives up the rest of the painting; Kandinsky's dark circle alone turns
# the night red. A strength of 0.5 brings back some of the night, and gives up some of the style.
# With a mask, two paintings are mixed in the pixels, `mask * one + (1 - mask) * other`: each region
# has its style, and there is a seam, since no network has seen both.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your photograph, any picture (2 minutes)
#
# A photograph of yours:

# %%
mine = upload_photo(nstlib.example_path("chelsea"), max_side=384)
mine

# %% [markdown]
# And any picture as its style: a painting, a fabric, a page of a comic.

# %%
any_picture = upload_photo(nstlib.example_path("hiroshige_inokashira_snow"), max_side=384)
any_picture

# %% [markdown]
# Run this cell again after each new photo. Remove the `#` in front of the last line to keep the
# painting.

# %%
results = [nstlib.fast_stylize(mine.image, any_picture.image, transform=name) for name in names]
plots.strip(
    [mine.image, any_picture.image, *results],
    ["the photograph", "the picture", *names],
    title="One photograph, any picture, four ways",
    alt="A photograph, a picture, and the photograph in the picture's style in four ways.",
    columns=3,
)
# nstlib.save_image(results[-1], "any_style.png")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (2 minutes)
#
# {{quiz 13-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 13-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 13-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **Any style at once**: encode, give the features the style's statistics, decode. AdaIN takes
#    mean and deviation of each channel, whitening and colouring the whole covariance, and optimal
#    transport the covariance on the shortest way. None of them has anything to learn.
# 2. **The Gram matrix** is $\Sigma + \mu \mu^T$, so colouring reaches it in one step, on the
#    features. No picture has just these features, so the decoder gives a part of it back. Many maps
#    reach it, and only those that hardly turn keep the content recognisable.
# 3. **Properties** convict code whose right answer nobody knows, several together: a picture in its
#    own style, statistics, batches, and an encoder that can tell two pictures apart.
#
# Of the four pictures in the opening, the first was made with no transform at all, the second with
# a turn between whitening and colouring, the third with AdaIN, and the last with optimal transport:
# the second and the last had the painting's Gram matrices.
#
# ## References
#
# - X. Huang, S. Belongie, [Arbitrary Style Transfer in Real-time with Adaptive Instance
#   Normalization](https://arxiv.org/abs/1703.06868), 2017: AdaIN, and a decoder for any style.
# - Y. Li, C. Fang, J. Yang, Z. Wang, X. Lu, M.-H. Yang, [Universal Style Transfer via Feature
#   Transforms](https://arxiv.org/abs/1705.08086), 2017: whitening and colouring.
# - M. Lu, H. Zhao, A. Yao, Y. Chen, F. Xu, L. Zhang, [A Closed-Form Solution to Universal Style
#   Transfer](https://arxiv.org/abs/1906.00668), 2019: optimal transport.
#
# [In the browser]({{website}}/play.html) any picture can be the style of your own photo, on a phone, too.
#
# **Next:** [14 What a Gram matrix cannot see](14_beyond_gram.ipynb): two features can agree in mean
# and covariance, and still be told apart.
