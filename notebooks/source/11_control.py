# %% [markdown] slideshow={"slide_type": "slide"}
# # 11 Control: colours, regions, several styles, your own drawing
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/11_control.ipynb)
#
# ![Four pictures: a photograph of a red pavilion; the same in strokes and its own colours; the pavilion in orange, green and blue strokes before a pale sky of lines and a ring; a doodle of a house between round trees](../docs/images/lesson_11.jpg)
#
# One photograph and one doodle, and somebody who decides. Above the photograph, and what became of it
# by Renoir's strokes; below once more, with two painters at work, Van Gogh and Kandinsky. What had to
# be said each time, besides "this photograph" and "this style"? And what would you say to turn the
# doodle into a landscape? (Photograph: Daniel Büchele, [CC BY
# 2.0](https://creativecommons.org/licenses/by/2.0/), here also repainted; paintings: Pierre-Auguste
# Renoir, Bal du moulin de la Galette, 1876; Vincent van Gogh, Houses at Auvers, 1890; Wassily
# Kandinsky, Composition VIII, 1923; doodle: ours.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Keep** a photograph's colours in two ways, and say what each of them keeps and what it
#    gives up.
# 2. **Paint** regions in styles of their own with a mask, and say what happens at their border.
# 3. **Decide** how two styles go into one painting, and turn a doodle of your own into a landscape.
#
# **You need** lessons 04 (Gram matrices) and 06 (the objective), and from lesson 02 what a
# receptive field is. What a covariance is, is explained here, on five pixels.
# **It takes** 67 minutes.

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 67. Three
# misconceptions to hunt. "Both ways keep every pixel's colour": only the luminance way does; have
# the class point at the sky of the matched painting. "The mask hides the rest of the picture from
# the network": it is multiplied with features that were computed from all of it; the section on
# the border shows it. "Pasted side by side, the left style comes out on the left": ask for it
# before the section on several styles, and send who says so back to lesson 04. If time is short,
# give "Several styles" as homework; nothing later needs its cells.

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
from nstlib import check, gram_distance, gram_matrix, plots
from nstlib.images.colors import luminance, matrix_power
from nstlib.images.masks import mask_at
from nstlib.widgets import MaskPainter, Shape, live

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import numpy as np
import tensorflow as tf
from keras import ops
from PIL import Image, ImageColor, ImageDraw

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What happens to the colours? (3 minutes)
#
# All paintings of this lesson are made with the same few settings, so that they can be compared.
# The photograph and the paintings that come with the course:

# %%
size = min(224, profile.size)
photo = nstlib.load_image(nstlib.example_path("china"), max_side=size)
names = nstlib.examples("style")
art = {name: nstlib.load_image(nstlib.example_path(name), max_side=384) for name in names}

# %% [markdown]
# `paint` is `stylize` with these settings; what differs is said in the call, as in
# `paint(style, style_weight=100)`.

# %%
settings = {"convention": "relative", "network": profile.network, "style_weight": 30}
settings |= {"size": size, "evaluations": min(45, profile.evaluations), "progress": False}


def paint(style, content=photo, **more):
    """A painting, and how it came about."""
    return nstlib.stylize(content, style, **(settings | more))


# %% [markdown]
# And this shows pictures by name.


# %%
def row(pictures, *, title, alt):
    """Show pictures side by side, each with its name below it."""
    shown = [nstlib.load_image(picture, max_side=size) for picture in pictures.values()]
    width = 900 // max(len(shown), 3)
    nstlib.show(shown, captions=list(pictures), title=title, alt=alt, width=width)


# %% [markdown] slideshow={"slide_type": "subslide"}
# The photograph shows a red pavilion before a pale blue sky. The style is a dance in the evening,
# in the garden of a mill. **Predict.** The pavilion, painted by Renoir: what becomes of the blue of
# the sky? And what becomes of the day?

# %%
renoir = art["renoir_moulin_de_la_galette"]
plain = paint(renoir)

# %% [markdown]
# The photograph, the painting, and the style, the Bal du moulin de la Galette of 1876:

# %%
row(
    {"the photograph": photo, "painted": plain.image, "Renoir": renoir},
    **plots.finding("11-renoir"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Colours are a part of the style: the Gram matrices of the first layers know which
# colours there are, and how dark the picture is. To the loss, the evening is a success.

# %% [markdown]
# See for yourself:

# %%
plots.loss_curves(
    plain.history,
    **plots.finding("11-terms"),
)

# %% [markdown]
# But what if it is your house, and you would like it red? Gatys and others described two ways in
# 2016. One is about light, one about the palette. You will write both.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Light and colour (10 minutes)
#
# How bright does a pixel look? Green looks brighter than red, and red brighter than blue. The
# **luminance** $Y$ is the weighted mean of the three:
#
# $$Y = 0.299\, R + 0.587\, G + 0.114\, B$$
#
# By hand, for a dull red, $R = 0.6$, $G = 0.2$ and $B = 0.2$: $0.1794 + 0.1174 + 0.0228 = 0.3196$.
# The colour space YIQ, of American colour television, has two more numbers, $I$ and $Q$, which say
# which colour it is. They are weighted sums of $R$, $G$ and $B$, too, but their weights add up to
# **0**. **Predict.** Add 0.1 to $R$, to $G$ and to $B$. What happens to $Y$, and what to $I$ and
# $Q$?

# %% tags=["nbval-check-output"]
YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
for pixel in ([0.6, 0.2, 0.2], [0.7, 0.3, 0.3]):
    print("R, G, B:", pixel, "  Y, I, Q:", (YIQ @ pixel).round(3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The weights of $Y$ add up to 1, so $Y$ rises by 0.1, and $I$ and $Q$ stay: the same
# colour, in more light. Television sent $Y$ by itself, so that sets in black and white could use
# it.

# %% [markdown]
# Here are both parts of the photograph: the light, and what is left of a colour when its luminance
# is taken away (0 is drawn as mid grey).

# %%
light = np.repeat(luminance(photo), 3, axis=-1)
row(
    {"the photograph": photo, "its luminance Y": light, "R, G and B less Y": photo - light + 0.5},
    **plots.finding("11-light"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** That suggests a trade: the light of the painting, for there the strokes are, with
# the colour of the photograph. Complete the function; `check.luminance_transfer.hint()` helps.


# %% tags=["exercise"]
def luminance_transfer(painting, content):
    """The painting's light and dark with the content's colours: Y of the one, I and Q of the other.

    painting, content: (B, H, W, 3), RGB in [0, 1], of one shape; they must not change.
    `luminance(image)` is the Y of every pixel, 0.299 R + 0.587 G + 0.114 B, of shape (B, H, W, 1).
    Returns an image of that shape, clipped to [0, 1].
    For example, where the painting is [0.4, 0.4, 0.4] and the content [0.6, 0.2, 0.2], with
    luminances of 0.4 and 0.32, it is [0.68, 0.28, 0.28].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.images.colors.luminance_transfer}}

# %% [markdown]
# The check tries it on pictures that were made up for the purpose.

# %%
check.luminance_transfer(luminance_transfer)

# %% [markdown]
# It gives the painting above its colours back: your function, or the library's if yours is not there
# yet.

# %%
my_transfer = check.luminance_transfer.mine_or_library(luminance_transfer, gradient=False)
recolored = np.float32(my_transfer(plain.image, photo))
row(
    {"the photograph": photo, "the painting's light, the photograph's colours": recolored},
    **plots.finding("11-red"),
)

# %% [markdown]
# The colours are back, and the darkness stays: dark is light, too. So the library does it more
# thoroughly when you say `preserve_color="luminance"`. It paints in grey from the beginning, with a
# grey style whose mean and contrast are the photograph's, and adds the colours at the end.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The palette as a cloud (12 minutes)
#
# The other way does not look at pixels. It looks at the **palette**: all colours of a picture,
# thrown together in one cloud. Here are two clouds, redder to the right, bluer upwards. The ellipse
# says where a cloud lies and how it is stretched.

# %%
plots.color_clouds(
    {"Renoir": renoir, "the photograph": photo},
    title="Renoir's cloud is dark and warm; the photograph's reaches up into pale blue",
    alt="Two clouds of dots: brown and gold below the diagonal; along it, from black to pale blue.",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# A cloud has a middle, the mean colour, and a spread. But one number does not tell how it is
# spread: a cloud can be long in one direction and thin in another. For that there is the
# **covariance**. By hand: five pixels, of which we look at red and green alone.
#
# | | | | | | | mean |
# |---|---|---|---|---|---|---|
# | red | 1 | 5 | 3 | 4 | 7 | 4 |
# | green | 1 | 3 | 3 | 3 | 5 | 3 |
# | red less its mean | -3 | 1 | -1 | 0 | 3 | 0 |
# | green less its mean | -2 | 0 | 0 | 0 | 2 | 0 |
#
# Multiply the last two rows by themselves and with each other, add up, and divide by 4, the number
# of pixels less one: red with red $(9 + 1 + 1 + 0 + 9)/4 = 5$, green with green $(4 + 4)/4 = 2$,
# and red with green $(6 + 6)/4 = 3$. Does it look familiar? But for that one it is the Gram matrix
# of lesson 04, of colours whose mean was subtracted:
#
# $$K = \begin{pmatrix} 5 & 3 \\ 3 & 2 \end{pmatrix}$$

# %% [markdown] slideshow={"slide_type": "subslide"}
# Of a single colour channel, the spread is the *root* of the variance, the standard deviation. A
# matrix has a root, too: one that gives $K$ when it is multiplied with itself. **Predict.** Is it
# the matrix of the roots of the four numbers?

# %% tags=["nbval-check-output"]
x = np.array([[1, 1], [5, 3], [3, 3], [4, 3], [7, 5]])  # a row for each pixel
K = np.cov(x, rowvar=False)
print("K\n", K)
print("its root\n", matrix_power(K, 0.5).round(3))
print("the root of each number\n", np.sqrt(K).round(3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** It is not. $\begin{pmatrix} 2 & 1 \\ 1 & 1 \end{pmatrix}$ times itself is $K$: row by
# column, $4 + 1$, $2 + 1$ and $1 + 1$. `matrix_power(K, 0.5)` finds it from the eigenvalues, and
# `matrix_power(K, -0.5)` is one over the root. (There are other roots of a matrix, such as
# Cholesky's; they do as well.)

# %% [markdown]
# What is such a matrix good for? Send the five pixels through it.

# %% tags=["nbval-check-output"]
flat = (x - x.mean(axis=0)) @ matrix_power(K, -0.5)
print(np.cov(flat, rowvar=False).round(3) + 0)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** One over the root takes all spread out of the cloud: it becomes round, with a
# deviation of 1 in every direction. From there, another root can make any cloud of it.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Exercise.** Give the style the palette of the photograph, before anything is painted: the same
# mean, and the same covariance; or let it keep a share of its own. Which $A$ does it? Its roots are
# `matrix_power`'s. `check.match_color.hint()` helps.


# %% tags=["exercise"]
def match_color(style, content, share=1.0):
    """The style picture with the content's colours, their mean and covariance; or halfway there.

    Every colour x of the style becomes A (x - mean of the style) + a new mean, with one matrix A for
    all of them. What comes out has a mean and a covariance between the two pictures' own:
    (1 - share) times the style's plus share times the content's.

    style, content: (1, H, W, 3), RGB in [0, 1], of different sizes; they must not change.
    share: from 0, the style's own palette, to 1, the content's.
    Returns an image of the style's shape, clipped to [0, 1].
    For example, in pictures of one grey each, [0.2, 0.2, 0.2] becomes [0.6, 0.6, 0.6] where the
    content is [0.6, 0.6, 0.6], and with share=0.5 [0.4, 0.4, 0.4]: only the mean is left to match.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.images.colors.match_color}}

# %% [markdown]
# The check makes up pictures, and looks at mean and covariance only.

# %%
check.match_color(match_color)

# %% [markdown]
# It gives Renoir another palette: your function, or the library's if yours is not there yet. On real
# pictures some colours leave $[0, 1]$ and are clipped, so that mean and covariance agree nearly, not
# exactly.

# %%
my_match = check.match_color.mine_or_library(match_color, gradient=False)
matched, halfway = (np.float32(my_match(renoir, photo, share)) for share in (1.0, 0.5))
palettes = {"Renoir": renoir, "halfway": halfway, "the photograph's palette": matched}
for name, image in {**palettes, "the photograph": photo}.items():
    print(f"{name:24} mean colour {image.mean(axis=(0, 1, 2)).round(2)}")

# %% [markdown]
# As pictures:

# %%
row(palettes, **plots.finding("11-day"))

# %% [markdown]
# And the cloud? Before it was brown and lay below the diagonal.

# %%
plots.color_clouds(
    {"Renoir, matched": matched, "the photograph": photo},
    **plots.finding("11-clouds"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Mean and covariance agree, and with them the ellipses. The clouds do not: a mean and
# a covariance are nine numbers (three and six), and a cloud is more than that. No colour was taken
# from any pixel of the photograph.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two ways, two things kept (4 minutes)
#
# `preserve_color` has both. **Predict.** In which of the two can the sky get a colour that it
# never had?

# %%
ways = {"plain": plain.image}
for way in ("match", "luminance"):
    ways[way] = paint(renoir, preserve_color=way).image

# %% [markdown]
# Look at the sky.

# %%
row(
    {"the photograph": photo, **ways},
    **plots.finding("11-ways"),
)

# %% [markdown]
# To say it in numbers we need two of them. One compares pixel by pixel what is left of the colours
# without their luminance. The other is blind to places: the distance of the Gram matrices of the
# colours, from lesson 04.


# %%
def color_distances(image):
    """How far its colours are from the photo's: pixel by pixel, and as a palette."""
    pixels = np.abs((image - luminance(image)) - (photo - luminance(photo))).mean()
    palette = gram_distance(gram_matrix(image), gram_matrix(photo))
    return f"pixel by pixel {pixels:.3f}   as a palette {float(palette):.3f}"


# %% [markdown]
# For the three paintings:

# %%
for name, image in ways.items():
    print(f"{name:10}", color_distances(image))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The luminance way keeps the colour of every pixel, but for what was clipped, and with
# it the palette. Matching is near as a palette, and not pixel by pixel: there are red and green in
# the photograph, and so there may be specks of them in the sky. Which is better? With the light
# alone, no stroke has a colour of its own, as in a photograph that was tinted by hand. With a
# matched palette it stays a painting, by a painter who had only the photograph's colours at hand.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And in between? The next slider has no network in it, so it is instant: how much of the painting's
# own colour do you want?
#
# **Without code.** How little of Renoir's gold is enough for an evening?


# %%
def keep(own_color):
    """The painting with a share of its own colours, and the rest from the photograph."""
    mixed = (1 - own_color) * recolored + own_color * plain.image
    return [photo, mixed], ["the photograph", f"{own_color:.0%} of the painting's colour"]


# %% [markdown]
# No network is needed for it, so the picture follows the slider at once.

# %%
live(
    keep,
    own_color=(0.0, 1.0, 0.05),
    fallback=[{"own_color": 0.3}],
    **plots.finding("11-colours"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The Gram matrix of a region (11 minutes)
#
# A Gram matrix has forgotten where everything was. So a style comes out everywhere: in the sky, on
# the roof. If that is not what you want, you have to say where **before** the sum over the
# positions is taken. By hand, with the two positions and two channels of lesson 04 and a **mask**,
# which has a number for each position: 1 for inside, 0 for outside.
#
# $$F = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}, \qquad T = \begin{pmatrix} 1 \\ 0 \end{pmatrix}$$
#
# The region is the first position alone. Its Gram matrix should be that of a picture which has
# nothing but this position: $\begin{pmatrix} 1 & 2 \\ 2 & 4 \end{pmatrix}$. Multiply the features
# with the mask and take the Gram matrix. And once more with a mask that is one half everywhere.
# **Predict** both.

# %% tags=["nbval-check-output"]
F = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
for T in ([[[[1.0], [0.0]]]], [[[[0.5], [0.5]]]], [[[[1.0], [1.0]]]]):
    print("mask", np.ravel(T), " Gram matrix", np.ravel(gram_matrix(F * T)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With the first mask everything is half of what it should be: the mean is taken over
# two positions, and one of them is empty. With the second mask all positions are inside alike, so
# we would like the whole Gram matrix, 5, 7, 7, 10, and got a **quarter** of it.

# %% [markdown] slideshow={"slide_type": "subslide"}
# So there is a number to be divided by, which can be computed from the mask: $\frac{1}{2}$ for the
# mask (1, 0), $\frac{1}{4}$ for (0.5, 0.5), and 1 for (1, 1). Which one is it?


# %% tags=["exercise"]
def masked_gram(features, mask):
    """The Gram matrix of a region: a mean over its positions, weighted by the mask.

    features: (1, h, w, C); mask: (1, h, w, 1), from 0 to 1, soft at its border. They must not
    change. Both factors of every product get the mask, and then the number from above is divided
    out: a mask that is the same everywhere changes nothing, whatever its value.
    Returns (1, C, C). With a mask of ones it is `gram_matrix(features)`.
    For example, for the positions [[[[1.0, 2.0], [3.0, 4.0]]]] and the mask [[[[1.0], [0.0]]]] it
    is [[[1.0, 2.0], [2.0, 4.0]]], that of the first position alone.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.losses.masked_gram}}

# %% [markdown]
# The check; `check.masked_gram.hint()` helps.

# %%
check.masked_gram(masked_gram)

# %% [markdown]
# From here on `my_masked_gram` is your function, if it passed and a gradient comes through it, or
# else the library's. A deep layer has few positions, so each layer gets the mask at its own size: what
# a coarse position covers is averaged by `mask_at`.

# %%
my_masked_gram = check.masked_gram.mine_or_library(masked_gram)


def region(F, mask):
    """The Gram matrix of a region, for a mask of any size."""
    T = mask_at(mask, F.shape[1:3])
    return my_masked_gram(tf.convert_to_tensor(F), tf.convert_to_tensor(T))


# %% [markdown]
# A mask is an array, and here is one in a single line. The sky is what is blue enough; the lake, in
# the haze, goes with it.

# %%
sky = (photo[..., 2:] > 0.62).astype("float32")
row(
    {"the photograph": photo, f"a mask: {sky.mean():.0%} white": np.repeat(sky, 3, axis=-1)},
    **plots.finding("11-sky"),
)

# %% [markdown]
# These are the features of the photograph.

# %%
layers = [f"block{block}_conv1" for block in range(1, 6)]
extractor = nstlib.FeatureExtractor(layers, profile.network)
features = {name: np.asarray(F) for name, F in extractor(photo).items()}

# %% [markdown]
# Ask it: how different are sky and ground in this photo? And two regions of the same sizes whose
# positions were drawn at random?

# %%
chance = np.random.default_rng(0).permutation(sky.ravel()).reshape(sky.shape)
for words, mask in {"sky and ground": sky, "two random regions": chance}.items():
    for name in layers[:3]:
        distance = gram_distance(region(features[name], mask), region(features[name], 1 - mask))
        print(f"{words:18} at {name}: {float(distance):.2f}")

# %% [markdown]
# Without a mask there is one Gram matrix for both. With it, one picture has become two. And this is
# what the mask looks like, pixel by pixel, at three of the layers:

# %%
at_layers = [mask_at(sky, features[name].shape[1:3]) for name in layers[::2]]
masks = {
    f"{name}: {T.shape[2]} × {T.shape[1]}": T
    for name, T in zip(layers[::2], at_layers, strict=True)
}
widest = max(mask.shape[2] for mask in masks.values())
plots.patches(
    [np.kron(mask, np.ones((1, *[widest // mask.shape[2]] * 2, 3))) for mask in masks.values()],
    list(masks),
    **plots.finding("11-masks"),
    columns=3,
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Sky to sky, earth to earth (4 minutes)
#
# Now for the painting. Van Gogh's village has a sky, too: cut it off, and there are two style
# pictures from one painting.

# %%
village = art["van_gogh_houses_at_auvers"]
horizon = village.shape[1] // 4
heaven, earth = village[:, :horizon], village[:, horizon:]
row(
    {"Van Gogh's sky": heaven, "Van Gogh's earth": earth},
    title="One painting, cut into two styles",
    alt=["Blue strokes on white", "Orange and green roofs, and a yellow path"],
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# So there are targets for each region $r$, and the style term becomes a sum over the regions, too:
#
# $$L_\text{style} = \sum_r s_r \sum_l k_{rl}\, L_\text{style}^{rl}$$
#
# where $L_\text{style}^{rl}$ compares `masked_gram` of the painting's features and the region's mask
# at layer $l$ with the Gram matrix of the region's style, and $s_r$ is the region's share of the
# picture. `stylize` takes a list of styles, and `masks`, one for each; a single mask is for the first
# of two styles, and the second has the rest.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** First the whole village as the style, then sky
# to sky and earth to earth. What will differ? And what will you see if the two are swapped?

# %%
whole = paint(village)
guided = paint([heaven, earth], masks=sky)
swapped = paint([earth, heaven], masks=sky)

# %% [markdown]
# Here they are.

# %%
results = {"one style": whole, "sky to sky": guided, "swapped": swapped}
row(
    {"the photograph": photo, **{name: result.image for name, result in results.items()}},
    **plots.finding("11-guided"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** With one style the sky gets a little of everything, blue here, pink and yellow there.
# Guided, it gets sky. The network does not know what a sky is; you knew, and the mask said so.
# Swapped, everything is still made of Van Gogh's strokes, and the content term still holds the
# tower's shape; but it is built of sky.

# %% [markdown]
# In numbers, at `block2_conv1`:

# %%
targets = [gram_matrix(extractor(picture)["block2_conv1"]) for picture in (heaven, earth)]
print("distance of the painting's sky to Van Gogh's sky, and to his earth")
for name, result in results.items():
    G = region(extractor(result.image)["block2_conv1"], sky)
    print(f"{name:10}", *(f"{float(gram_distance(G, A)):.2f}" for A in targets))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Paint a mask (4 minutes)
#
# For whatever cannot be found by its colour, there are sliders. All sizes are shares of the photo.
# **Keep** leaves a shape where it is, and the sliders then move another one; *take away* makes it a
# hole. Another photo, a cup of coffee: paint a mask, around the cup or elsewhere.

# %%
cup = nstlib.load_image(nstlib.example_path("coffee"), max_side=size)
saucer = Shape("ellipse", x=0.45, y=0.5, width=0.7, height=0.98, softness=0.05)
painter = MaskPainter(cup, [saucer])
painter

# %% [markdown]
# `painter.mask` is what the sliders say at this moment. Where it is white, Renoir paints; where it
# is black, Kandinsky. Run the cell again for another mask.

# %%
kandinsky = art["kandinsky_composition_viii"]
mine = paint([renoir, kandinsky], cup, masks=painter.mask)
row(
    {"Renoir in the mask, Kandinsky around": mine.image, "Kandinsky": kandinsky},
    title="Two painters at one table",
    alt=["A dark, golden cup on a pale table of lines and rings", "Kandinsky's Composition VIII"],
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## At the border (3 minutes)
#
# A mask is sharp. Is the painting? **Predict.** We replace the right half of the photo by noise.
# Left of the middle no pixel has changed. Do the *features* there change, and how far from the
# middle?

# %%
middle = size // 2
noisy = photo.copy()
noisy[:, :, middle:] = np.random.default_rng(0).uniform(0, 1, noisy[:, :, middle:].shape)
noisy_features = {name: np.asarray(F) for name, F in extractor(noisy).items()}

# %% [markdown]
# How far left of the middle is the last feature that has changed?

# %%
for name in layers:
    step = 2 ** (int(name[5]) - 1)  # pixels from one position to the next
    change = np.abs(features[name] - noisy_features[name]).max(axis=(0, 1, 3))
    touched = np.sum(change[: middle // step] > 1e-3 * change.max()) * step
    field = nstlib.receptive_field(nstlib.layers_up_to(name, profile.network))
    print(f"{name} sees {field:3} pixels; features change as far as {touched:2} pixels to the left")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Features are computed from the whole picture, and only then multiplied by the mask. A
# position beside the border sees both sides, as far as half its receptive field. The same holds
# backwards, for the gradient.

# %% [markdown]
# Let one style rule in the left half alone, and look at where it pulls at the pixels.


# %%
left_half = np.zeros_like(sky)
left_half[:, :, :middle] = 1
village_features = extractor(nstlib.load_image(village, max_side=size))

# %% [markdown]
# This is the gradient of that style's loss at one layer, without its sign.


# %%
def pull(name):
    """How hard the style term of the left half, at one layer, pulls at each pixel."""
    with tf.GradientTape() as tape:
        image = tf.constant(photo)
        tape.watch(image)
        F, A = extractor(image)[name], gram_matrix(village_features[name])
        loss = nstlib.style_loss(region(F, left_half), A)
    return np.abs(tape.gradient(loss, image)).sum(axis=-1, keepdims=True)


pulls = {name: pull(name) for name in layers[::2]}

# %% [markdown]
# The mask ends in the middle. Brighter is a harder pull; the labels say how much of it goes beyond.

# %%
pictures = {}
for name, P in pulls.items():
    beyond = P[:, :, middle:].sum() / P.sum()
    brightness = np.sqrt(np.minimum(P / np.quantile(P, 0.99), 1))
    pictures[f"{name}: {beyond:.1%} beyond"] = np.repeat(brightness, 3, axis=-1)
row(
    pictures,
    **plots.finding("11-border"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** At `block1_conv1` a style stops at its border. At `block5_conv1`, whose positions see
# 156 pixels, it pulls far into the other's half. So expect palettes to part sharply at a border,
# and large forms to run on across it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Several styles: weigh them or paste them? (7 minutes)
#
# Give `stylize` two styles without a mask, and both paint everywhere, in the shares of
# `style_shares`. A tutorial that is often read proposes something else: paste the two paintings
# side by side, and use the result as one style. We want to know which is better, and take two
# paintings that could not be less alike: the dark Renoir and the pale Kandinsky.
#
# **Predict.** A cat is painted. Pasted side by side, Renoir on the left: does Renoir come out on the
# left of the painting? And what if Renoir is three times as wide as Kandinsky?


# %%
small = size * 3 // 4


def piece(picture, quarters):
    """The left part of a picture, some quarters of a page wide."""
    return nstlib.load_image(picture, max_side=small)[:, : small * 5 // 8, : quarters * small // 4]


# %% [markdown]
# Five pages, from four quarters of Renoir to none:

# %%
pages = {}
for share in (4, 3, 2, 1, 0):
    pages[share] = np.concatenate([piece(renoir, share), piece(kandinsky, 4 - share)], axis=2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# A Gram matrix is a mean over positions. Of the positions of a page, some lie in Renoir and the
# others in Kandinsky, and each is multiplied with itself alone. So with three quarters for Renoir
# it should be
#
# $$A_\text{page} = \tfrac{3}{4}\, A_\text{Renoir} + \tfrac{1}{4}\, A_\text{Kandinsky}$$
#
# and that is a mixture of styles, which `mix_styles` makes of the matrices of the two pieces. Only
# at the seam does a feature see both.


# %%
def grams(picture):
    """The Gram matrices of a picture at the five layers."""
    return {name: gram_matrix(F) for name, F in extractor(picture).items()}


pieces = [grams(piece(renoir, 3)), grams(piece(kandinsky, 1))]
page, mixture = grams(pages[3]), nstlib.mix_styles(pieces, [3, 1])

# %% [markdown]
# Is it? The distance between Renoir and Kandinsky gives the measure.

# %%
for name in layers:
    seam = float(gram_distance(page[name], mixture[name]))
    apart = float(gram_distance(pieces[0][name], pieces[1][name]))
    print(f"{name}: from page to mixture {seam:.2f}, from Renoir to Kandinsky {apart:.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** In the first blocks page and mixture are nearly the same. The deeper, the more of the
# seam the features see; those of `block5_conv1` see 156 pixels, almost the whole width of a page.
# But for the seam, pasting **is** mixing, with areas in the place of shares.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And two style losses, weighted and added up? For every entry of the matrices that is a sum of two
# parabolas, one around each target. Such a sum is one parabola again, around the weighted mean, and
# a constant, which has no gradient. So it is a single style loss with the mixture for its target,
# and as such `stylize` computes it.
#
# **Predict.** Then both should paint the same pictures. Do they?


# %%
def weigh(share):
    """A painting in two styles, each with its share of the style weight."""
    styles = [piece(renoir, share), piece(kandinsky, 4 - share)]
    return paint(styles, cat, style_shares=[share, 4 - share], size=small).image


# %% [markdown]
# Eight small paintings:

# %%
cat = nstlib.load_image(nstlib.example_path("chelsea"), max_side=size)
pasted = {share: paint(page, cat, size=small).image for share, page in pages.items()}
weighted = {share: weigh(share) for share in (3, 2, 1)}

# %% [markdown]
# Above the pages, in the middle what was painted from them, below what was painted with weights.

# %%
plots.picture_grid(
    [list(pages.values()), list(pasted.values()), [weighted.get(share) for share in pages]],
    ["style", "pasted", "weighted"],
    ["Renoir", "3 : 1", "1 : 1", "1 : 3", "Kandinsky"],
    **plots.finding("11-mixtures"),
)

# %% [markdown]
# How much alike, in numbers? We need a yardstick: a page with Kandinsky on the left. By our theory
# it is the same style as the page with Renoir on the left.

# %%
turned = np.concatenate([piece(kandinsky, 2), piece(renoir, 2)], axis=2)
turned_round = paint(turned, cat, size=small).image

# %% [markdown]
# Three pairs of paintings, and how far their pixels are apart on average:

# %%
pairs = {"Renoir and Kandinsky": (pasted[4], pasted[0])}
pairs["pasted and weighted, 1 : 1"] = (pasted[2], weighted[2])
pairs["pasted and pasted the other way round"] = (pasted[2], turned_round)
for name, (one, other) in pairs.items():
    print(f"{name:37} {np.abs(one - other).mean():.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** From dark to pale, as the shares say, and over the whole cat: a Gram matrix has
# forgotten where Renoir was. Pasted and weighted differ about as much
# as two pages which are the same style but for their order, and the two painters differ several
# times as much. What is left is the seam, and that a run of some dozens of evaluations ends near
# the minimum, not in it. So the tutorial's advice works. It is mixing under another name.

# %% [markdown]
# Weights have no seam and need no cutting, so we use weights. They also do for three styles, here
# with an astronaut.

# %%
wave = art["hokusai_great_wave"]
astronaut = nstlib.load_image(nstlib.example_path("astronaut"), max_side=size)
three = paint([renoir, kandinsky, wave], astronaut, style_shares=[1, 1, 2]).image
nstlib.show(
    three,
    **plots.finding("11-three"),
    width=480,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Mix the village of Van Gogh and the Great Wave, one to one, once pasted and
# once weighted, and measure with `gram_distance`, layer by layer, how far either painting is from
# both styles. Has one of the painters the upper hand? Which one, and why? (Compare the norms of
# the two Gram matrices, `np.linalg.norm`: to which of two matrices is their mean nearer?)

# %% [markdown] tags=["instructor"]
# **The stretch task.** The village, a little. With `vgg19-lite`, at 256 pixels and 60 evaluations
# with a style weight of 30, the weighted painting is at distances of 0.16, 0.07, 0.09, 0.14 and
# 0.13 from the village, block by block, and of 0.18, 0.08, 0.12, 0.15 and 0.14 from the wave. The
# village's Gram matrices are larger (1.3, 1.2, 1.3, 1.2 and 1.05 times), so the mean of the
# matrices has more of them. Pasted (two squares side by side) it is 0.20, 0.06, 0.06, 0.13 and
# 0.16, and 0.16, 0.11, 0.17, 0.20 and 0.20: another mean of the same kind, as cropping to squares
# has left something of each painting out. "One to one" is a question of loudness, too.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your own drawing (5 minutes)
#
# Everything together: a doodle of five flat colours, drawn with Pillow. You need not be able to
# draw.

# %%
doodle = Image.new("RGB", (256, 171), "skyblue")
draw = ImageDraw.Draw(doodle)
draw.rectangle((0, 104, 256, 171), fill="gold")
for tree in ((-30, 60, 50, 130), (20, 72, 80, 125), (185, 40, 275, 130), (165, 75, 215, 125)):
    draw.ellipse(tree, fill="forestgreen")
draw.polygon((80, 80, 105, 38, 150, 38, 175, 80), fill="orangered")
draw.rectangle((88, 80, 167, 128), fill="linen")

# %% [markdown]
# Each colour stands for a piece of a painting: Van Gogh's sky, meadow, roof and wall, and trees by
# Mary Cassatt.


# %%
def crop(picture, left, top, right, bottom):
    """A piece of a picture; where it begins and ends is said in shares of the sides."""
    height, width = picture.shape[1:3]
    rows = slice(int(top * height), int(bottom * height))
    return picture[:, rows, int(left * width) : int(right * width)]


# %% [markdown]
# Five pieces, each with the name of a colour in the doodle:

# %%
cassatt = art["cassatt_summertime"]
paints = {
    "skyblue": crop(village, 0.35, 0.0, 1.0, 0.2),
    "gold": crop(village, 0.0, 0.78, 0.75, 1.0),
    "forestgreen": crop(cassatt, 0.0, 0.0, 0.4, 0.12),
    "orangered": crop(village, 0.22, 0.27, 0.47, 0.5),
    "linen": crop(village, 0.15, 0.56, 0.38, 0.7),
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# Once with the whole village as the style, and once with a mask for each colour, now with the settings
# that `stylize` has when nothing is said. (They compare means and covariances of features, layer by
# layer, in the place of Gram matrices: as above for colours.) **Predict.** Which of the two will have
# the better sky, and which the better house?

# %%
pixels = np.asarray(doodle)
masks = [(pixels == ImageColor.getrgb(color)).all(axis=-1).astype("float32") for color in paints]
usual = {"convention": "mean-covariance", "style_weight": None, "size": min(256, profile.size)}
one_style = paint(village, doodle, **usual)
landscape = paint(list(paints.values()), doodle, masks=masks, **usual)

# %% [markdown]
# The doodle, and what two ways make of it:

# %%
row(
    {"the doodle": doodle, "one style": one_style.image, "a piece each": landscape.image},
    **plots.finding("11-doodle"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Both are landscapes. As one style, each colour got the paint that was nearest to it:
# the painting starts from the doodle, and from a red roof it is not far to Van Gogh's orange. With
# pieces, you decide: the sky is his sky, the meadow his meadow, the trees are Cassatt's. Only the
# house has suffered: its roof is ragged, and there is green on its wall.

# %% [markdown]
# Count the positions that are left of each colour in a deep layer:

# %%
for color, mask in zip(paints, masks, strict=True):
    positions = mask_at(mask[None, :, :, None], (11, 16)).sum()
    print(f"{color:12} {positions:5.1f} of {11 * 16} positions at block5_conv1")

# %% [markdown] slideshow={"slide_type": "subslide"}
# A Gram matrix of a handful of positions, most of them at a border, knows little. Large regions are
# painted well, small ones roughly. And all of it is paint, not understanding: no light falls from
# anywhere, and the house throws no shadow. That is for you to draw.
#
# **Your turn.** Change the drawing, or the pieces; a colour that you add needs a piece, too.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 11-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 11-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 11-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **Colours** are a part of a style. Luminance transfer keeps the colour of every pixel and
#    paints light and dark only; matching mean and covariance keeps the palette, and lets it wander.
# 2. **A mask** goes into the Gram matrix before the sum over positions, and its mean square is
#    divided out. Features beside a border see both sides, so a style reaches beyond it, by up to
#    half a receptive field.
# 3. **Pasting** pictures is mixing styles in the shares of their areas; weights do the same without
#    a seam. With a mask for each colour a doodle becomes a landscape; a style says little about a
#    region of few positions.
#
# **Next:** [12 A network that paints](12_network_that_paints.ipynb): a whole painting in one pass, and
# what the training of it costs. What follows below is for those who want more: nothing later needs it.

# %% [markdown]
# ## Optional: shallow or deep
#
# `style_layers` takes weights, too. **Predict.** Van Gogh with most of the weight on
# `block1_conv1`, a quarter of that on block 2, a quarter of this on block 3, and so on; then the
# other way round. Which of the two keeps the colours of the photograph?

# %%
shallow = {name: 4.0**-i for i, name in enumerate(layers)}
deep = {name: 4.0**i for i, name in enumerate(layers)}
levels = {"shallow": paint(village, style_layers=shallow).image, "all alike": whole.image}
levels["deep"] = paint(village, style_layers=deep).image

# %% [markdown]
# All three are painted in the style of the whole village.

# %%
row(
    {"the photograph": photo, **levels},
    **plots.finding("11-depths"),
)

# %% [markdown]
# And measured as before:

# %%
for name, image in levels.items():
    print(f"{name:10}", color_distances(image))

# %% [markdown]
# **Explain.** `block1_conv1` sees three pixels. All it can know is which colours there are and
# which lie beside which, so the palette hangs on its weight. Where it hardly counts, the photograph
# keeps more of its colours, and there are strokes and curls all the same: a third way to keep
# colours, if a rough one.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## References
#
# - L. A. Gatys, M. Bethge, A. Hertzmann, E. Shechtman, [Preserving Color in Neural Artistic Style
#   Transfer](https://arxiv.org/abs/1606.05897), 2016: luminance and matched colours.
# - L. A. Gatys, A. S. Ecker, M. Bethge, A. Hertzmann, E. Shechtman, [Controlling Perceptual Factors
#   in Neural Style Transfer](https://arxiv.org/abs/1611.07865), 2017: masks in Gram matrices.
# - A. J. Champandard, [Semantic Style Transfer and Turning Two-Bit Doodles into Fine
#   Artworks](https://arxiv.org/abs/1603.01768), 2016: where doodles began.
#
# **Next:** [12 A network that paints](12_network_that_paints.ipynb): a whole painting in one pass, and
# what the training of it costs.
