# %% [markdown] slideshow={"slide_type": "slide"}
# # 04 Gram matrices by hand
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/04_gram_matrices.ipynb)
#
# ![A village by Van Gogh and the same painting cut into tiles and shuffled](../docs/images/lesson_04.jpg)
#
# Above: a painting, and the same painting cut into tiles and laid anew. You can tell the two apart
# at a glance. Could somebody who has nothing but a table of numbers of each? This lesson computes
# such a table from a picture, its **Gram matrix**, and asks what it keeps of the picture.
# (Painting: Vincent van Gogh, Houses at Auvers, 1890.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Compute** a Gram matrix, by hand and with a few lines of code, and say what each of its
#    numbers means.
# 2. **Predict** what a Gram matrix forgets about a picture, and what it keeps.
# 3. **Test** a Gram matrix by a property, and so convict a wrong one.
#
# **You need** lesson 02: features are what a layer of the network has found, a number for each
# position and channel. From mathematics, the product of two matrices and the transpose. (To
# warm up, or for later: [ten puzzles](puzzles.ipynb), a line each.) **It takes** about 67 minutes, with a guess at every prediction and an answer to every exercise.

# %% [markdown]
# {{machine: Gram matrices}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 67. Let the
# class play the game with the halves aloud, before anyone has heard the word Gram. The
# misconception to hunt: "blind to where things are" is heard as "blind to shuffled pixels". It is
# positions of *features* that do not matter; the features themselves look at neighbourhoods. Ask
# for it after the section on tiles, and read the feedback of quiz question 1 together.

# %% [markdown]
# ## Setup (2 minutes)
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
from nstlib.widgets import live, predict

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import matplotlib
import numpy as np
from keras import ops

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A game with halves (3 minutes)
#
# Eleven paintings come with the course. Here are five of them, each cut into a left and a right
# half, and the right halves have changed places.

# %%
size = min(256, profile.size)
names = nstlib.examples("style")
paintings = {name: nstlib.load_image(nstlib.example_path(name), max_side=size) for name in names}
left = {name: image[:, :, : image.shape[2] // 2] for name, image in paintings.items()}
right = {name: image[:, :, image.shape[2] // 2 :] for name, image in paintings.items()}

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** Which right half belongs to which left half? Write down five letters. Then ask
# yourself by what you matched them.

# %%
five = [
    "hokusai_poppies",
    "renoir_moulin_de_la_galette",
    "kandinsky_composition_viii",
    "van_gogh_houses_at_auvers",
    "cassatt_summertime",
]
plots.picture_grid(
    [[left[name] for name in five], [right[five[i]] for i in (3, 0, 4, 1, 2)]],
    ["left halves", "right halves"],
    ["1 / A", "2 / B", "3 / C", "4 / D", "5 / E"],
    **plots.finding("04-halves"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** You cannot have compared position by position: what is on the left is not on the
# right. You matched *how* things are painted: which colours meet, and in which strokes, wherever
# they are. (The letters are B, D, E, A, C.) Numbers that can play this game have to forget **where**
# and to keep something of **how**. This lesson looks for such numbers; in its optional part, the
# machine plays.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two positions, two channels (5 minutes)
#
# The smallest example has two positions and two channels. Write the features as a matrix $F$, a
# row for each position and a column for each channel:
#
# $$F = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$$
#
# At the first position, channel 0 answers with 1 and channel 1 with 2; at the second position
# with 3 and 4. Are the two channels active together? Multiply them position by position, and
# average: $(1 \cdot 2 + 3 \cdot 4) / 2 = 7$. And each with itself: $(1 \cdot 1 + 3 \cdot 3) / 2 =
# 5$ and $(2 \cdot 2 + 4 \cdot 4) / 2 = 10$. That is all. The table of these averages is the
# **Gram matrix**:
#
# $$G = \begin{pmatrix} 5 & 7 \\ 7 & 10 \end{pmatrix}$$
#
# **Predict.** Which product of $F$ and its transpose $F^T$ gives these sums, before the division
# by the number of positions?

# %% tags=["nbval-check-output"]
F = np.array([[1, 2], [3, 4]])
print("F^T F\n", F.T @ F, "\n\nF F^T\n", F @ F.T)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** $F^T F$ has 10, 14 and 20, twice 5, 7 and 10. Its rows and columns are the channels.
# $F F^T$ is symmetric too, but its rows and columns are the positions: it asks which two
# *positions* look alike.

# %% [markdown]
# As a picture, divided by the two positions:

# %%
plots.gram_heatmaps(
    {"by hand": F.T @ F / 2},
    **plots.finding("04-by-hand"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: the Gram matrix of real features (11 minutes)
#
# With $M$ positions and $C$ channels the Gram matrix is
#
# $$G = \frac{1}{M}\, F^T F, \qquad G_{ij} = \frac{1}{M} \sum_{m=1}^{M} F_{mi}\, F_{mj}$$
#
# of shape $C \times C$, whatever the size of the picture. But features do not come as a matrix. They come with a batch axis, a height, and a width: $(B, h, w,
# C)$. Complete the function, for any number of pictures at once. `check.gram_matrix.hint()` helps.


# %% tags=["exercise"]
def gram_matrix(features):
    """Which channels are active together, wherever that is: G = F^T F / M.

    features: (B, h, w, C); for each picture F is the matrix of its M = h w positions by C channels.
    Returns (B, C, C). The features must not change.
    For example, two positions with two channels, [[[[1.0, 2.0], [3.0, 4.0]]]], give
    [[[5.0, 7.0], [7.0, 10.0]]].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.losses.gram_matrix}}

# %% [markdown]
# The check tries it on features that were made up for the purpose.

# %%
check.gram_matrix(gram_matrix)

# %% [markdown]
# From here on `my_gram_matrix` is your function, if it passed and a gradient comes through it, for
# there will be painting; or else the library's. `gram` calls it, and makes an array of what it says.

# %%
my_gram_matrix = check.gram_matrix.mine_or_library(gram_matrix)


def gram(features):
    """The Gram matrices (B, C, C) of features (B, h, w, C), or of a picture, as an array."""
    return np.asarray(my_gram_matrix(ops.convert_to_tensor(features, "float32")))


# %% [markdown]
# Now a real painting. The first convolution of each block looks at it.

# %%
layers = [f"block{block}_conv1" for block in range(1, 6)]
extractor = nstlib.FeatureExtractor(layers, profile.network)
painting = paintings["van_gogh_houses_at_auvers"][:, :192]
features = {name: np.asarray(F) for name, F in extractor(painting).items()}
F = features["block1_conv1"]

# %% [markdown]
# Their Gram matrices:

# %%
for name in layers:
    print(f"{name}: features {features[name].shape}, Gram matrix {gram(features[name]).shape}")

# %% [markdown]
# What does one of its numbers say? Take two pairs of channels: the pair with the largest number of
# all, and, among channels that are at least as strong as most, the pair whose number is the smallest
# for their strength.

# %%
G = gram(F)[0]
strength = np.sqrt(np.diag(G)) + 1e-9
both_strong = np.minimum.outer(strength, strength) >= np.median(strength)
share = np.where(both_strong, G / np.outer(strength, strength), 1)  # 1: they always meet
together = np.unravel_index(np.argmax(np.triu(G, k=1)), G.shape)
apart = np.unravel_index(np.argmin(share), G.shape)

# %% [markdown]
# Below, each row has two feature maps, at half size, and then their product, position by position
# (its root, so that all maps share one scale). The Gram matrix has the mean of that product.

# %%
maps, labels = [], []
for i, j in (together, apart):
    maps += [F[..., i], F[..., j], np.sqrt(F[..., i] * F[..., j])]
    labels += [f"channel {i}", f"channel {j}", f"product: mean {G[i, j]:,.0f}"]
plots.feature_grid(
    ops.average_pool(np.stack(maps, axis=-1), 2),
    channels=range(6),
    columns=3,
    labels=labels,
    title="One number of a Gram matrix: how bright the product of two maps is on average",
    alt="Two rows of three maps of a village. The product of the upper pair is bright in many "
    "places, that of the lower pair is almost black.",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** In the upper row both channels answer at the same places, and the product stays
# bright. In the lower row both are strong too, but at different places: where one answers, the
# other is silent, and the product is almost nothing. So $G_{ij}$ is large where $i$ and $j$ are
# strong **and** meet.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The shredder (7 minutes)
#
# A shredder cuts a picture into square tiles and lays them in random order. With tiles of side 1 it
# shuffles single positions, and all channels of a position stay together.


# %%
def shuffle_tiles(image, side):
    """Cut (1, h, w, C) into tiles of side x side positions, and lay them anew."""
    rows, columns, C = image.shape[1] // side, image.shape[2] // side, image.shape[3]
    tiles = image[:, : rows * side, : columns * side].reshape(rows, side, columns, side, C)
    tiles = tiles.swapaxes(1, 2).reshape(-1, side, side, C)
    tiles = np.random.default_rng(0).permutation(tiles)
    tiles = tiles.reshape(rows, columns, side, side, C).swapaxes(1, 2)
    return tiles.reshape(1, rows * side, columns * side, C)


# %% [markdown]
# First the **features** of the painting. Shuffled, they look like this, shown for the channel that
# is the busiest.

# %%
shuffled = shuffle_tiles(F, 1)
busiest = int(np.argmax(F.mean(axis=(0, 1, 2))))
gray = [np.repeat(X[..., [busiest]] / F[..., busiest].max(), 3, axis=-1) for X in (F, shuffled)]
nstlib.show(
    gray,
    alt=["A feature map in which the village can be made out", "Random grey dots"],
    captions=[f"channel {busiest}", "the same numbers, shuffled"],
    title="Of the village nothing is left",
    width=360,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** What is left of its Gram matrix: everything, something, nothing?

# %%
plots.gram_heatmaps(
    {"of the features": gram(F), "of the shuffled features": gram(shuffled)},
    **plots.finding("04-shuffled"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Which channel meets which other one at a position has not changed. And a Gram matrix is
# a sum over positions: a sum does not ask for the order.

# %% [markdown]
# How large is the largest difference?

# %%
change = np.abs(gram(F) - gram(shuffled)).max() / np.max(gram(F))
print(f"largest change of an entry: {change:.0e} of the largest entry")

# %% [markdown]
# How much has been forgotten? A symmetric matrix has $C (C + 1) / 2$ different numbers. Compare
# them with the numbers in the features.

# %%
for name in layers:
    _, h, w, C = features[name].shape
    print(
        f"{name}: {h * w * C:7,} numbers in the features, {C * (C + 1) // 2:7,} in the Gram matrix"
    )

# %% [markdown]
# The picture itself is a layer, too, layer zero, with three channels: red, green and blue. Shuffle
# its **pixels**, and compare the Gram matrices of the colours.

# %%
confetti = shuffle_tiles(painting, 1)
nstlib.show(
    [painting, confetti],
    **plots.finding("04-dust"),
    captions=["the painting", "its pixels, shuffled"],
    width=360,
)
plots.gram_heatmaps(
    {"of the painting": gram(painting), "of the dust": gram(confetti)},
    **plots.finding("04-dust-colours"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The network now looks at the dust. Is the Gram matrix of its *features* the same as
# the painting's? To answer with a number, we need a distance between two Gram matrices.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A distance between Gram matrices (4 minutes)
#
# How large is a matrix? One measure is the root of the sum of all its squares, its *Frobenius
# norm*, $|G|$: the same as the $|F|$ of lesson 03, for another table of numbers. Different layers
# answer with very different strength, so the distance has to be relative, as there: the norm of the
# difference, divided by the sum of both norms,
#
# $$\frac{|G - A|}{|G| + |A|},$$
#
# which is 0 for the same matrix and never more than 1. By hand, for $G = \begin{pmatrix} 3 & 0 \\ 0 &
# 4 \end{pmatrix}$ and a matrix $A$ of zeros: $|G| = \sqrt{9 + 16} = 5$, so the distance is $5 / (5 + 0) =
# 1$. The library has it as `gram_distance`.

# %% tags=["nbval-check-output"]
from nstlib import gram_distance

three_four = np.array([[[3.0, 0.0], [0.0, 4.0]]])
print("to zeros", float(gram_distance(three_four, 0 * three_four)))
print("to twice itself", round(float(gram_distance(three_four, 2 * three_four)), 2))

# %% [markdown]
# Now it answers the prediction: how far is the dust from the painting?

# %%
dust = np.asarray(extractor(confetti)["block1_conv1"])
for name, X, Y in (("colours", painting, confetti), ("block1_conv1", F, dust)):
    print(f"{name:12}: {float(gram_distance(gram(X), gram(Y))):.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The colours are at distance 0, the features are not. A feature is no pixel: it is
# what a filter finds in a **neighbourhood**, and in dust there are no strokes to be found. Order
# matters inside the neighbourhood that a feature sees, and no longer outside of it. That is the
# whole secret of style: *what is near what* is kept, *where it is* is forgotten.

# %% [markdown] slideshow={"slide_type": "subslide"}
# A page with two regions: left the village, right the Great Wave. It has *one* Gram matrix, too.
# **Predict:** which one is it nearest to, the village's, the wave's, or the average of these two? And
# how near, if 0 is the same?

# %%
wave = paintings["hokusai_great_wave"]
rows, columns = min(painting.shape[1], wave.shape[1]), size // 2
regions = [image[:, :rows, :columns] for image in (painting, wave)]
pages = {"village": regions[0], "wave": regions[1], "page": np.concatenate(regions, axis=2)}
for name in layers[:4]:
    G = {page: gram(extractor(image)[name]) for page, image in pages.items()}
    others = {"the village": G["village"], "the wave": G["wave"]}
    others["their average"] = (G["village"] + G["wave"]) / 2
    print(name, *(f"  to {o}: {float(gram_distance(G['page'], A)):.2f}" for o, A in others.items()))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** It is the average of the two, but for the seam between them, which deep layers see
# more of. So a Gram matrix cannot say that one style is on the left and another on the right: two
# regions become one mixture. (Lesson 11 gives each region a matrix of its own.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## From dust to tiles (8 minutes)
#
# Shuffle larger and larger pieces: between pixels and the whole painting there are tiles.
# **Predict.** Tiles of 16 by 16 pixels, shuffled: at which of the five layers does the Gram matrix
# change least, at which most? (Remember receptive fields: how many pixels a feature sees.)


# %%
def distances(image, other, look=extractor):
    """The distance of two pictures' Gram matrices, layer by layer."""
    both = look(image), look(other)
    return [float(gram_distance(*(gram(F[name]) for F in both))) for name in layers]


fields = [nstlib.receptive_field(nstlib.layers_up_to(name, profile.network)) for name in layers]
print(
    "a feature sees    ",
    *(f"{name[:6]}: {side:3} px " for name, side in zip(layers, fields, strict=True)),
)
for side in (1, 2, 4, 8, 16, 32, 64):
    row = distances(painting, shuffle_tiles(painting, side))
    print(f"tiles of {side:2} pixels", *(f"{distance:15.2f}" for distance in row))
row = distances(painting, paintings["hokusai_great_wave"])
print("the Great Wave    ", *(f"{distance:15.2f}" for distance in row))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Read a row, from tiles of 8 pixels on: the deeper the layer, the more it sees, and
# the more seams it sees. A layer that sees 3 pixels hardly notices tiles of 64; at `block5_conv1`
# each feature sees more than a whole tile, and so every feature has a seam in sight. Read a
# column, from tiles of 4 on: the larger the tiles, the fewer seams, the smaller the distance. (Below
# that, strange things happen: at the first three layers, dust is nearer than tiles of 2.) So each
# layer keeps texture **up to about the size of its receptive field**, and forgets how anything
# larger was arranged. The last row gives the measure: this far away is another painting.

# %% [markdown]
# Now turn the shredder yourself. On the right are the two Gram matrices, of the painting and of
# the tiles, brighter for larger numbers.


# %%
def heat(G, like):
    """A Gram matrix as a picture; the brightest color is for the largest entry of `like`."""
    G, like = np.asarray(G)[0], np.asarray(like)
    return matplotlib.colormaps["viridis"](np.sqrt(np.clip(G / like.max(), 0, 1)))[..., :3]


def shredder(side, layer):
    tiles = shuffle_tiles(painting, side)
    A, G = (gram(extractor(image)[layer]) for image in (painting, tiles))
    captions = [f"tiles of side {side}", "the painting's Gram"]
    captions += [f"the tiles' Gram: distance {float(gram_distance(G, A)):.2f}"]
    return [tiles, heat(A, A), heat(G, A)], captions


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** For each layer, from which tiles on is the distance below 0.1?

# %%
live(
    shredder,
    side=[1, 2, 4, 8, 16, 32, 64],
    layer=layers[:4],
    fallback=[{"side": 16, "layer": "block1_conv1"}],
    **plots.finding("04-tiles"),
)

# %% [markdown]
# ### The real VGG-19
#
# The table of tiles was made with `vgg19-lite`. Put `"vgg19"` in the place of `None` if you would
# like to see that of the original: its weights (80 MB) are downloaded once.

# %%
real = None
if real:
    theirs = nstlib.FeatureExtractor(layers, real)
    for side in (1, 2, 4, 8, 16, 32, 64):
        row = distances(painting, shuffle_tiles(painting, side), theirs)
        print(f"tiles of {side:2} pixels", *(f"{distance:15.2f}" for distance in row))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three things every Gram matrix is (3 minutes)
#
# They follow from $G = F^T F / M$, and so they can be tested.
#
# 1. **Symmetric**: $G_{ij} = G_{ji}$. If $i$ meets $j$, then $j$ meets $i$.
# 2. **Positive semidefinite**: for every vector $v$ of $C$ numbers, $v^T G\, v \ge 0$. Read $v$ as
#    a recipe that mixes all channels into one, $F v$. Then $v^T G\, v = (F v)^T (F v) / M$ is the
#    mean square of that mixture, and no mean of squares is negative.
# 3. **Of limited rank.** The *rank* is how many of its rows are independent, that is, no mixture of
#    the others. And each row of $G$ is a mixture of the rows of $F$, with the features of one channel
#    as the recipe.

# %%
G = gram(F)[0]
v = np.random.default_rng(0).normal(size=len(G))
print(f"v^T G v = {v @ G @ v:.1f}, mean of (F v)^2 = {np.mean((F @ v) ** 2):.1f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** A patch of 3 by 3 positions, cut out of `block1_conv1`: what is the largest rank
# that its Gram matrix can have?

# %%
patch = F[:, 60:63, 60:63]
rank = np.linalg.matrix_rank(gram(patch)[0])
print(f"features of shape {patch.shape}: rank {rank}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Nine positions give nine rows of $F$ to be mixed, so the rank is 9 at most, however many
# channels there are. In general it is $M$ or $C$ at most, whichever is smaller: a small patch cannot
# fill a large Gram matrix.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why divide, and by what? (5 minutes)
#
# The content and the style rarely have the same size, and $F^T F$ is a sum over positions.
# **Predict.** Lay four copies of the same features side by side, two by two. What happens to
# $F^T F$, and what to $F^T F / M$? And what if the same painting is loaded twice as large?

# %%
large = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=2 * size)
versions = {
    "the painting": F,
    "four copies": np.tile(F, (1, 2, 2, 1)),
    "twice as large": np.asarray(extractor(large[:, :384])["block1_conv1"]),
}

# %% [markdown]
# The table says how large both matrices are (their norm), compared with those of the painting.

# %%
for name, X in versions.items():
    M = X.shape[1] * X.shape[2]
    mean = np.linalg.norm(gram(X)) / np.linalg.norm(G)
    total = mean * M / (F.shape[1] * F.shape[2])
    print(f"{name:14}  M = {M:7,}   F^T F: {total:.2f} times   F^T F / M: {mean:.2f} times")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Undivided, a picture counts as more style because it is larger. Divided by $M$,
# copies change nothing at all, and the larger version little.

# %% [markdown]
# Published programs do not agree about this. Some divide by nothing, as the first paper does
# (its loss divides instead), some by $M$, as we do, some by $C M$. A style loss is a mean of
# squared differences of two Gram matrices (lesson 05), so a factor $s$ in the matrix is a factor
# $s^2$ in the loss.

# %%
for name in layers:
    _, h, w, C = features[name].shape
    print(f"{name}: undivided, loss x {(h * w) ** 2:.0e};   divided by C M, loss / {C**2:,}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The factors are enormous, and they differ from layer to layer, so that no single
# style weight can make up for them. A style weight copied from another program means nothing
# before you know what that program divides by. Lesson 06 comes back to it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The suspect (16 minutes)
#
# A Gram matrix wants the channels as rows of $X = F^T$; then $X X^T / M$ is right. What the
# following function does has stood in a published tutorial: it *reshapes* the features to
# (channels, positions).


# %%
def suspect(features):
    """Is this a Gram matrix?"""
    B, h, w, C = features.shape
    X = ops.reshape(features, (B, C, h * w))
    return ops.matmul(X, ops.transpose(X, (0, 2, 1))) / (h * w)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Four tests that a careful programmer might write: the shape; the symmetry; the *eigenvalues*, by
# which a symmetric matrix stretches in its own directions, and of which a positive semidefinite one
# has none below 0; and the *trace*, the sum of the diagonal, which has to be the mean over
# positions of the sum of all squares.
# **Predict.** Which of them does the suspect fail?

# %%
tests = {
    "shape (1, C, C)": lambda G: G.shape == (1, F.shape[-1], F.shape[-1]),
    "symmetric": lambda G: np.allclose(G, G.transpose(0, 2, 1)),
    "no negative eigenvalue": lambda G: np.linalg.eigvalsh(G).min() > -1e-5 * G.max(),
    "trace": lambda G: np.isclose(np.trace(G[0]), np.square(F).sum(-1).mean(), rtol=1e-3),
}
results = {
    name: [bool(test(np.asarray(matrix_of(F)))) for matrix_of in (gram, suspect)]
    for name, test in tests.items()
}

# %% [markdown]
# The tests have been made, and nobody has seen the results. Your guess?

# %% slideshow={"slide_type": "skip"}
predict(
    "How many of the four tests does the suspect fail?",
    [0, 1, 2, 3, 4],
    answer=sum(not suspected for _, suspected in results.values()),
)

# %% [markdown]
# One by one:

# %%
for name, (right_one, suspected) in results.items():
    print(f"{name:22}  gram_matrix: {right_one}   suspect: {suspected}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** It passes all four. They hold for *any* arrangement of the same numbers in a matrix
# of $C$ rows, times its own transpose, whatever these rows are. A test that convicts has to use what a Gram matrix is about.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Your turn.** Write a fifth test: something that you have seen to hold for the Gram matrix of
# any features, because of what its rows and columns *mean*. `gram` is one of the two functions,
# made to return NumPy arrays, and `F` are features, such as those above. Your test convicts when
# the right function gives True and the suspect gives False.


# %% tags=["exercise"]
def fifth_test(gram, F):
    """True if `gram(F)` has a property that every Gram matrix has."""
    ...


# %% tags=["solution"]
def fifth_test(gram, F):
    """True if the matrix stays the same when the positions are shuffled."""
    return np.allclose(gram(F), gram(shuffle_tiles(F, 1)), rtol=1e-3)


# %% [markdown]
# None means: not written yet.

# %%
verdicts = [fifth_test(gram, F)]
verdicts += [fifth_test(lambda X: np.asarray(suspect(X)), F)]
print("gram_matrix:", verdicts[0], "  suspect:", verdicts[1])

# %% [markdown] tags=["instructor"]
# **Another answer** that convicts: reorder the channels, `F[..., order]`, and the right matrix has
# its rows and columns reordered, `G[:, order][:, :, order]`. The suspect's are not. Both tests are
# *property tests*: no expected numbers are needed, only two inputs and a relation of the outputs.

# %% [markdown]
# What did the suspect compute? By hand, on the small example, whose first axis were the positions:
# `reshape` moves no number, so $X = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$ still has the
# positions as rows, and $X X^T = \begin{pmatrix} 5 & 11 \\ 11 & 25 \end{pmatrix}$, not
# $\begin{pmatrix} 10 & 14 \\ 14 & 20 \end{pmatrix}$. Shape: the same. Trace: 30 both times.

# %% tags=["nbval-check-output"]
by_hand = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
print("right", (2 * gram(by_hand)).astype(int).ravel())
print("wrong", (2 * np.asarray(suspect(by_hand))).astype(int).ravel())

# %% [markdown]
# On a painting, each row of $X$ is filled with the first, second, third ... part of the numbers,
# and these are laid out line by line. So the suspect's rows are horizontal **bands** of the
# picture. Two ways to see it: its diagonal is how strong the features in each band are, and a
# picture upside down turns it around.

# %%
C = F.shape[-1]
bands = np.square(F).reshape(C, -1).sum(axis=1) / (F.shape[1] * F.shape[2])
W = np.asarray(suspect(F))[0]
print("the diagonal is the bands' strength:", np.allclose(np.diag(W), bands, rtol=1e-3))
print(
    "upside down it is turned around:    ",
    np.allclose(suspect(F[:, ::-1])[0], W[::-1, ::-1], rtol=1e-3),
)

# %% [markdown]
# Side by side, the difference can be seen.

# %%
plots.gram_heatmaps(
    {"gram_matrix: channels": gram(F), "suspect: bands of the picture": suspect(F)},
    **plots.finding("04-suspect"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Does it matter? **Predict.** We change noise step by step, so that its matrices come nearer to those
# of the painting, once with each function. Will the loss of the suspect stay high? What will its
# picture look like? (The next lesson is about this loop. Here we only use it.)

# %%
import tensorflow as tf
from scipy.optimize import minimize

look = nstlib.FeatureExtractor(layers[:4], profile.network)
small = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=size * 5 // 8)


def loss_and_gradient(image, matrix_of, A):
    """How far its matrices are from the targets A, relative to those, and the way downhill."""
    with tf.GradientTape() as tape:
        tape.watch(image)
        G = {name: matrix_of(F) for name, F in look(image).items()}
        losses = [nstlib.style_loss(G[n], A[n]) / nstlib.style_loss(A[n], 0 * A[n]) for n in A]
        loss = tf.add_n(losses)
    return loss, tape.gradient(loss, image)


# %% [markdown]
# Noise goes in, and the pixels follow the gradient, between 0 and 1.


# %%
def paint(matrix_of):
    """A picture whose matrices are those of the painting, and the loss at each evaluation."""
    compiled, losses = tf.function(loss_and_gradient), []
    A = {name: matrix_of(F) for name, F in look(small).items()}

    def evaluate(pixels):
        image = tf.constant(pixels.reshape(small.shape), tf.float32)
        loss, gradient = compiled(image, matrix_of, A)
        losses.append(float(loss))
        return losses[-1], np.ravel(gradient).astype(float)

    noise = np.random.default_rng(0).normal(0.5, 0.1, small.size)
    limits = {"maxfun": min(60, profile.evaluations)}
    found = minimize(evaluate, noise, jac=True, bounds=[(0, 1)] * small.size, options=limits)
    return found.x.reshape(small.shape), losses


# %% [markdown]
# Both functions get the same noise and the same number of evaluations.

# %%
by_gram, losses = paint(my_gram_matrix)
by_suspect, suspects_losses = paint(suspect)
plots.compare_losses(
    {"gram_matrix": losses, "suspect": suspects_losses},
    **plots.finding("04-suspect-losses"),
)

# %% [markdown]
# And these are the pictures.

# %%
nstlib.show(
    [small, by_gram, by_suspect],
    **plots.finding("04-suspect-pictures"),
    captions=["the painting", "noise, given its Gram matrices", "noise, given the suspect's"],
    width=290,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Both kinds of matrices were matched about equally well. But which channels meet is nowhere
# in the suspect's, and so neither colour nor stroke comes back. This is how such a bug survives:
# the shape is right, nothing stops, and the loss falls. A falling loss says that the machine did
# what you asked, not that you asked for the right thing.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 04-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 04-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 04-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **A Gram matrix**, $G = F^T F / M$, has a number for each pair of channels: the mean of their
#    product over all positions. It is large where both are strong and meet.
# 2. **It forgets** where features are, completely. It keeps what meets what, and each feature
#    keeps its neighbourhood: shuffled features leave it the same, shuffled pixels do not.
# 3. **Test properties**, not shapes: the reshape bug has the right shape, symmetry, eigenvalues
#    and trace, and a falling loss. Shuffle the positions, and it confesses.
#
# **Next:** [05 Texture](05_texture.ipynb), where a Gram matrix is enough to make a picture. What
# follows below is for those who want more: nothing later needs it.

# %% [markdown]
# ## Optional: five paintings, eleven paintings
#
# What can one tell by a Gram matrix? First, what you could not see before: the same table of numbers
# for five painters.

# %%
grams = {name: gram(extractor(paintings[name])["block1_conv1"]) for name in five}
plots.gram_heatmaps(
    grams,
    title="The same channels, and each painting has a pattern of its own",
    alt="Five squares of coloured cells, each with other bright cells.",
)

# %% [markdown]
# Now all eleven, each with each, at `block4_conv1`. **Predict.** Three of them are by Hokusai.
# Which painting will be nearest to each of these?

# %%
deep = {name: gram(extractor(paintings[name])["block4_conv1"]) for name in names}
table = np.array([[float(gram_distance(deep[a], deep[b])) for b in names] for a in names])
of_hokusai = [row for row, name in enumerate(names) if "hokusai" in name]
nearest = np.argmin(table + np.eye(len(names)), axis=1)
found = sum(nearest[row] in of_hokusai for row in of_hokusai)
plots.distance_table(names, table, **plots.finding("04-eleven", found=found))

# %% [markdown]
# The dots in words, and beside them the nearest by **colour**: the Gram matrix of the pixels.

# %%
colors = {name: gram(paintings[name]) for name in names}
for row, a in enumerate(names):
    near = names[np.argmin(table[row] + np.eye(len(names))[row])]
    by_color = min(
        (b for b in names if b != a), key=lambda b: float(gram_distance(colors[a], colors[b]))
    )
    print(f"{a:28} {near:28} by colour: {by_color}")
print(f"nearest is a Hokusai: for {sum(row in of_hokusai for row in nearest)} of {len(names)}")

# %% [markdown]
# **Explain.** Each of the three prints has another print of its master as its nearest; by colour
# alone, the Great Wave would go with Van Gogh. Does the layer know Hokusai, then? Read the second
# column again: most of the *other* painters have a Hokusai as their nearest, too. Some pictures are
# near to many (a **hub**), and three neighbours out of a hub prove little. Nor is the table an art
# historian: the Japanese shrine in snow has a Flemish harvest as its nearest either way. It knows
# textures, at this size, as this network sees them.

# %% [markdown]
# ## Optional: the machine plays the game with halves
#
# Each left half looks for the right half whose Gram matrix is nearest. Here there are eleven to
# choose from; whoever guesses is right once in eleven times. **Predict:** how many of the eleven
# will it match, and at which layer the most?


# %%
def grams_of(image):
    """The Gram matrices of the colours and of all layers."""
    return {name: gram(F) for name, F in {"colours": image, **extractor(image)}.items()}


lefts = [grams_of(left[name]) for name in names]
rights = [grams_of(right[name]) for name in names]

# %% [markdown]
# For each layer: which right half is nearest to each left half, and how often is it its own?

# %%
answers = {
    layer: [int(np.argmin([gram_distance(a[layer], b[layer]) for b in rights])) for a in lefts]
    for layer in ["colours", *layers]
}
matched = {layer: sum(np.array(found) == range(len(names))) for layer, found in answers.items()}
best = max(layers, key=matched.get)
plots.bars(
    matched,
    **plots.finding("04-game", colours=matched["colours"], best=best, matched=matched[best]),
    label="halves matched, of 11",
)

# %% [markdown]
# Does it take products of channels to play? Play again with much less, the **mean** of each
# channel: $C$ numbers in the place of $C (C + 1) / 2$. **Predict:** fewer matches, as many, more?


# %%
def means_of(image):
    """The mean of each channel, for all layers."""
    return {name: ops.mean(F, axis=(1, 2)) for name, F in extractor(image).items()}


means = [[means_of(half[name]) for name in names] for half in (left, right)]
for layer in layers:
    found = [np.argmin([gram_distance(a[layer], b[layer]) for b in means[1]]) for a in means[0]]
    hits = sum(np.array(found) == range(len(names)))
    print(f"{layer}: means match {hits:2} of 11, the Gram matrix {matched[layer]:2}")

# %% [markdown]
# Nobody is perfect. These are its mistakes at `block4_conv1`: the left half, its own right half,
# and the right half that the machine took instead.

# %%
mistakes = [i for i, found in enumerate(answers["block4_conv1"]) if found != i]
chosen = [(names[i], names[answers["block4_conv1"][i]]) for i in mistakes]
if mistakes:
    nstlib.show(
        [image for own, other in chosen for image in (left[own], right[own], right[other])],
        **plots.finding("04-mistakes"),
        captions=[text for own, other in chosen for text in (own, "its right half", other)],
        width=128,
    )

# %% [markdown]
# **Explain.** Look at its mistakes before you blame it: where the left half shows one thing and
# the right half another, there is less of a common texture to find. The colours alone are bad at
# this game. But the means of the channels play it as well as their Gram matrix: to *recognise* a
# painting among eleven it is enough to know how much there is of each feature. To *make* one takes
# more, as the next lesson shows.

# %% [markdown]
# **Stretch.** And without the strength of the channels? Play the game with the Gram matrix
# divided by the lengths of both channels, so that its diagonal is 1. What do you conclude about
# what a *style* is, and about what this game can show?

# %% [markdown] tags=["instructor"]
# **The stretch task.** With vgg19-lite at 256 pixels (colours, then the five layers): the Gram
# matrix matches 2, 7, 5, 7, 9, 6; the diagonal of ones 4, 10, 8, 9, 10, 9. So to tell eleven
# paintings apart, how strong the channels are is rather in the way. To *recognise* a style takes less than to *make* one: in
# lesson 05 pictures are made from the matrices. Methods that paint from means and deviations alone
# exist (Huang and Belongie 2017). And eleven halves are few: one more or less means nothing.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## References
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, [Texture Synthesis Using Convolutional Neural
#   Networks](https://arxiv.org/abs/1505.07376), 2015: Gram matrices of features as a texture.
# - L. A. Gatys, A. S. Ecker, M. Bethge, [A Neural Algorithm of Artistic
#   Style](https://arxiv.org/abs/1508.06576), 2015: the same as the style of a painting.
# - X. Huang, S. Belongie, [Arbitrary Style Transfer in Real-time with Adaptive Instance
#   Normalization](https://arxiv.org/abs/1703.06868), 2017: style from means and deviations.
#
# **Next:** [05 Texture](05_texture.ipynb), where a Gram matrix is enough to make a picture.
