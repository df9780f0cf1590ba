# %% [markdown] slideshow={"slide_type": "slide"}
# # 01 Images and the VGG contract
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/01_images_and_vgg.ipynb)
#
# ![Above, four versions of one painting by Van Gogh: in its colours, bluish, glaring, and an even grey. Below, the pavilion painted after each of them](../docs/images/lesson_01.jpg)
#
# One photograph, one style, one network, and no error message. Above is what the network took the
# style for; below is the painting that came out. Left, the picture was handed over as the network
# expects it. For the other three something was forgotten: what? (Photograph: Daniel Büchele,
# [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), here repainted; painting: Vincent van
# Gogh, Houses at Auvers, 1890, here recoloured.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Read** a picture as an array: say what each axis, each number and the order of the colours
#    means.
# 2. **Translate** a picture into what VGG was trained on, and back, without changing the original.
# 3. **Diagnose** a broken input: see which step was forgotten, where no error message tells you.
#
# **You need** lesson 00 and a little NumPy: indexing, and arithmetic with whole arrays. **It
# takes** about 57 minutes, with a guess at every prediction and an answer to every exercise.

# %% [markdown]
# {{machine: photograph, style, painting}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 57. The
# misconception to hunt is that the network looks after its input, or would at least complain; quiz
# question 1 reveals who still has it. The other one is that the mean of *this* picture is
# subtracted (question 2). If time is short, leave out "The same cell, three times".

# %% [markdown]
# ## Setup (1 minute)
#
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The library looks at this machine and chooses a network and a size that it paints quickly.

# %%
import nstlib
from nstlib import check, plots
from nstlib.widgets import live

profile = nstlib.setup()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A picture is an array (6 minutes)
#
# Begin with a picture so small that you can write it down. It has two rows of two pixels: red and
# green above, blue and white below. Each pixel is three numbers, how much red, green and blue there
# is, from 0 to 1:
#
# |  | left | right |
# |---|---|---|
# | **above** | red [1, 0, 0] | green [0, 1, 0] |
# | **below** | blue [0, 0, 1] | white [1, 1, 1] |
#
# **Predict:** take the first of the three numbers of each pixel, that is, the *red channel*. What
# does this 2×2 table look like?
#
# This cell fetches the tools of the lesson; its last line is the picture.

# %%
import keras
import numpy as np
from keras import ops
from PIL import Image

from nstlib.networks import MEAN_BGR

tiny = np.array([[[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 1, 1]]]], "float32")

# %% [markdown]
# The axes are, from the outside in: pictures, rows, columns, colours. There is one picture, so the
# first axis has length 1; networks like to look at several at once.

# %% tags=["nbval-check-output"]
print("shape:", tiny.shape, "(pictures, rows, columns, colours)")
print("red channel:", tiny[0, :, :, 0].tolist())
print("pixel below on the right:", tiny[0, 1, 1].tolist())

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The red channel has a 1 in two places, at the red pixel *and at the white one*: white
# is red, green and blue together.

# %% [markdown]
# A real picture is the same, with more pixels. All pictures in this course are such arrays,
# float32, RGB, from 0 to 1.

# %%
photo = nstlib.load_image(nstlib.example_path("coffee"), max_side=min(160, profile.size))
print(photo.shape, photo.dtype, "from", photo.min(), "to", photo.max())
print("the pixel above on the left:", photo[0, 0, 0])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Split the photo into its channels. Each is shown as a grey picture, bright where there is much of
# that colour. The saucer is a reddish brown, the cup is white inside. **Predict:** in which of the
# three channels is the one bright, and in which the other?

# %%
channels = [np.repeat(photo[..., i : i + 1], 3, axis=-1) for i in range(3)]
plots.strip(
    [photo, *channels],
    ["the photo", "red", "green", "blue"],
    **plots.finding("01-channels"),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The contract (4 minutes)
#
# VGG was trained on pictures that had been prepared in a certain way, and its **weights**, the
# numbers that training found, fit pictures prepared in that way. Nothing in the network says so. It
# is a contract, which whoever hands it a picture has to know:
#
# |  | our pictures | what VGG was trained on |
# |---|---|---|
# | order of colours | red, green, blue (RGB) | blue, green, red (BGR) |
# | range | 0 to 1 | 0 to 255 |
# | mean colour of the training pictures | still in | subtracted |
# | axes | (1, H, W, 3) | the same |
#
# That mean colour is a constant, `MEAN_BGR` = (103.939, 116.779, 123.68), in the order blue, green,
# red and counted from 0 to 255.
#
# By hand, for a red pixel: [1, 0, 0] in the new order is [0, 0, 1]; from 0 to 255 that is
# [0, 0, 255]; minus the mean it is [-103.939, -116.779, 131.32]. **Predict:** what becomes of a
# white pixel? The next exercise will tell.

# %% [markdown]
# Why blue first? One published tutorial says that it is because Pillow, with which Python opens
# pictures, gives BGR. Ask Pillow for a red pixel, and for the mean colour of our photo, which is
# brown: much red, little blue.

# %%
print("a red pixel:", np.asarray(Image.new("RGB", (1, 1), "red"))[0, 0])
coffee = Image.open(nstlib.example_path("coffee"))
print("the photo:", coffee.mode, np.asarray(coffee).mean((0, 1)).round())

# %% [markdown]
# Red comes first in both: Pillow gives RGB. It is the weights that want BGR. VGG was trained with
# Caffe, a program whose pictures came from OpenCV, and OpenCV has blue first. Keras took over the
# weights, and with them the order.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: there (8 minutes)
#
# Keep the contract. The check says "not yet" until the function is right, and often why it is not;
# `check.preprocess.hint()` helps.


# %% tags=["exercise"]
def preprocess(image):
    """RGB in [0, 1] to what VGG was trained on: BGR, 0 to 255, minus the mean colour.

    image: (1, H, W, 3), a float in [0, 1] for red, green and blue; it must not change.
    Returns an array of the same shape. MEAN_BGR = (103.939, 116.779, 123.68).
    For example, a red pixel [1.0, 0.0, 0.0] becomes about [-103.9, -116.8, 131.3].
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.networks.preprocess}}

# %% [markdown]
# Check it on pictures that are made up for the purpose.

# %%
check.preprocess(preprocess)

# %% [markdown]
# Whose function prepares pictures from here on? If yours is not there yet, the library's takes its
# place, and the lesson goes on.

# %%
my_preprocess = check.preprocess.mine_or_library(preprocess, gradient=False)

# %% [markdown]
# Here are your four pixels, and then the photo. Keras has such a function too, so there is somebody
# to agree with.

# %%
print(np.round(np.asarray(my_preprocess(tiny)), 1))
mine = np.asarray(my_preprocess(photo))
print(f"photo: from {photo.min():.2f} to {photo.max():.2f}")
print(f"for VGG: from {mine.min():.1f} to {mine.max():.1f}")
theirs = keras.applications.vgg19.preprocess_input(photo * 255)
print("largest difference from Keras's own:", np.abs(mine - theirs).max())

# %% [markdown]
# The three numbers of the white pixel, the last one, differ: each colour has lost another mean. And
# half of all these numbers are negative. No screen can show them, so we need a way back.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: and back (9 minutes)
#
# Undo it. A painting that is being optimised may become darker than black or brighter than white:
# clip such values at the end.


# %% tags=["exercise"]
def deprocess(vgg_input):
    """The way back from what VGG wants: RGB in [0, 1].

    vgg_input: (1, H, W, 3), BGR, 0 to 255 minus MEAN_BGR; it must not change.
    Returns an array of the same shape, every value clipped to [0, 1].
    For example, [-103.939, -116.779, 131.32] becomes [1.0, 0.0, 0.0], a red pixel.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.networks.deprocess}}

# %% [markdown]
# Check it; some of the inputs lie beyond black and white.

# %%
check.deprocess(deprocess)

# %% [markdown]
# A round trip proves two functions at once: out and home. Two things must hold. The picture comes
# back, and the original is as it was.

# %%
my_deprocess = check.deprocess.mine_or_library(deprocess, gradient=False)
before = photo.copy()
back = my_deprocess(np.asarray(my_preprocess(photo)))
print("largest error of the round trip:", np.abs(np.asarray(back) - photo).max())
print("the photo is as before:", np.array_equal(photo, before))

# %% [markdown] slideshow={"slide_type": "subslide"}
# The error is one of rounding, far less than the 1/255 = 0.004 that a screen can show.
#
# **Predict:** to VGG, which colour is a pixel [0, 0, 0]?

# %%
zero = np.asarray(my_deprocess(np.zeros((1, 120, 120, 3), "float32")))
print("red, green, blue from 0 to 255:", np.round(zero[0, 0, 0] * 255, 1))
nstlib.show(zero, **plots.finding("01-zero"))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Black is [-103.939, -116.779, -123.68]. Zero is the mean colour of all the pictures
# that VGG was trained on, a warm grey. You will see this grey again.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same cell, three times (4 minutes)
#
# Why so much fuss about the original being unchanged? Here is Keras's function at work on an array
# of pixels, three times in a row, as when you run a cell again and again. After each call,
# `deprocess` shows what VGG would see. **Predict:** what does it see the second time, and the third?

# %%
pixels, seen = photo * 255, []
for _ in range(3):
    wanted = keras.applications.vgg19.preprocess_input(pixels)
    seen.append(my_deprocess(wanted))

# %% [markdown]
# The same line of code, the same variable:

# %%
plots.strip(
    seen,
    ["first run", "second run", "third run"],
    **plots.finding("01-runs"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The function writes its result over its input. What it returns is a view of the same
# memory, read backwards. So `pixels` had lost its mean after the first call, and lost it again in
# the second.

# %% [markdown]
# Two facts that lead to the culprit:

# %%
print("the result lies in the memory of its input:", np.shares_memory(wanted, pixels))
print("pixels, once from 0 to 255, now from", pixels.min(), "to", pixels.max())

# %% [markdown]
# Keras's documentation says so, and recommends a copy. It happens to arrays;
# TensorFlow's tensors cannot be written over. This is why the checks above look at your input as
# well as at your output: a function that spoils its argument works when you try it, and fails when
# you use it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does the network see? (11 minutes)
#
# You now have an instrument. VGG takes *every* input for one that keeps the contract. So `deprocess`
# of any input, right or wrong, is **the picture that VGG takes it for**.
#
# First we need a VGG that can be handed a wrong input. A `FeatureExtractor` is the network as the
# library builds it: it takes a picture, and hands out what comes out of the layers that we name. It
# takes RGB from 0 to 1, as its first layer, `to_bgr`, is `preprocess`. The third line leaves that
# layer out.

# %%
layers = [f"block{block}_conv1" for block in (1, 2, 3, 4, 5)]
extractor = nstlib.FeatureExtractor(layers, profile.network)
vgg = keras.Model(extractor.model.layers[1].output, extractor.model.output)
print("left out:", extractor.model.layers[1].name, " vgg begins with:", vgg.layers[1].name)

# %% [markdown]
# What comes out of each layer are its *features*; lesson 02 looks inside. Here we only ask how far
# they are from the right ones: $|F - P| \,/\, |P|$ with $F$ the features, $P$ the right ones, and
# $|P|$ the root of the sum of all squares. 0 means the same, and 1, or 100%, as wrong as if all
# features were zero.


# %%
def difference(F, P):
    return float(np.linalg.norm(F - P) / np.linalg.norm(P))


# %% [markdown]
# Fed with the right input, `vgg` has to give what the extractor gives:

# %%
right = extractor(photo)
features = vgg(my_preprocess(photo))
print({layer: difference(features[layer], right[layer]) for layer in layers})

# %% [markdown]
# The next function breaks the contract on purpose. Without `bgr` the picture comes with its colours
# swapped already, so that they end up in the wrong order; without `times_255` it comes divided
# by 255; without `mean_subtracted` the mean is put back.


# %%
def vgg_input(picture, bgr=True, mean_subtracted=True, times_255=True):
    picture = picture if bgr else np.flip(picture, -1)
    prepared = np.asarray(my_preprocess(picture if times_255 else picture / 255))
    return prepared if mean_subtracted else prepared + MEAN_BGR


inputs = {
    "right": vgg_input(photo),
    "wrong order": vgg_input(photo, bgr=False),
    "mean left in": vgg_input(photo, mean_subtracted=False),
    "not times 255": vgg_input(photo, times_255=False),
    "as loaded": vgg_input(photo, bgr=False, mean_subtracted=False, times_255=False),
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# "As loaded" forgets all three steps: it is the photo itself. **Predict:** which of the four
# mistakes makes VGG see a black picture, which a grey one, which a glaring one, which a blue table?

# %%
plots.strip(
    [my_deprocess(wrong) for wrong in inputs.values()],
    list(inputs),
    **plots.finding("01-inputs"),
    columns=5,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Without the factor 255 all values lie between 0 and 1, which is next to nothing; minus
# the mean, that is black. As loaded, not even the mean is subtracted, and nearly zero is the grey
# that you have met. (Where the mean is left in, VGG sees colours brighter than white, which a screen
# cannot show.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now the features. **Predict:** are the first layers harmed more, or the deepest?

# %%
harm = {
    f"{layer}: {name}": difference(vgg(wrong)[layer], right[layer])
    for layer in (layers[0], layers[-1])
    for name, wrong in list(inputs.items())[1:]
}
plots.bars(
    harm,
    **plots.finding("01-harm"),
    label="relative difference from the right features",
    groups=2,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** A blue table is still a table, and so is a bright one: deep layers, which respond to
# larger structures, forgive such mistakes in part. But nothing can be recognised in a picture that
# is black or grey all over.

# %% [markdown]
# Here are features of the five inputs, a column each; each row is one channel of `block2_conv1`,
# and all are on one scale.

# %%
strongest = np.argsort(-np.mean(right["block2_conv1"], (0, 1, 2)))[:2]
maps = [np.asarray(vgg(x)["block2_conv1"])[..., [c]] for c in strongest for x in inputs.values()]
plots.feature_grid(
    np.concatenate(maps, axis=-1),
    channels=range(10),
    columns=5,
    labels=[*inputs, *[""] * 5],
    **plots.finding("01-maps"),
)

# %% [markdown]
# Worse than wrong: as loaded, all pictures look alike. Here are two quite different photographs, the cup and
# lesson 00's pavilion, and how far apart they are to VGG.

# %%
other = nstlib.load_image(nstlib.example_path("china"), max_side=min(160, profile.size))
for name, one, two in (
    ("right", my_preprocess(photo), my_preprocess(other)),
    ("as loaded", photo, other),
):
    F, P = vgg(two), vgg(one)
    print(f"{name:9}", {layer: f"{difference(F[layer], P[layer]):.0%}" for layer in layers})

# %% [markdown]
# Properly prepared, the two are about as far apart as the features are large. As loaded, both are
# the same grey to VGG: they differ by less than a tenth of their features at the first layer, and
# by a few hundredths at the others.
#
# Does it happen to professionals? The [TensorFlow
# tutorial](https://www.tensorflow.org/tutorials/generative/style_transfer) on style transfer
# prepares its pictures properly when it paints. But in an earlier cell, which prints numbers about
# the features of its style picture, it hands Keras's network `style_image*255`: the order and the
# mean are forgotten. These are the mean features that one gets that way, and those of the right
# input.

# %%
auvers = nstlib.example_path("van_gogh_houses_at_auvers")
style = nstlib.load_image(auvers, max_side=min(256, profile.size))
careless, careful = vgg(style * 255), vgg(my_preprocess(style))
for layer in layers:
    wrong, good = np.mean(careless[layer]), np.mean(careful[layer])
    off = difference(careless[layer], careful[layer])
    print(f"{layer}: mean {wrong:8.2f}, should be {good:8.2f}; features {off:.0%} off")

# %% [markdown]
# Nothing in the left column looks suspicious: the numbers of a broken contract are numbers like any
# other. The features behind them are far off.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it yourself (4 minutes)
#
# The widget shows what VGG sees, and the four strongest channels of a layer: for the right input in
# the middle, for yours on the right, on one scale.
#
# **Without code.** **Predict** each time before you click. Is there a way to break two clauses of
# the contract that is better than breaking one?

# %%
from matplotlib import colormaps


def tiles(F, P):
    """Four channels of the features F in colours, on the scale of the right ones P."""
    strongest = np.argsort(-np.mean(P, (0, 1, 2)))[:4]
    top = np.quantile(np.asarray(P)[..., strongest], 0.995)
    a, b, c, d = np.moveaxis(np.asarray(F)[0][..., strongest] / top, -1, 0)
    return colormaps["viridis"](np.block([[a, b], [c, d]]))[..., :3]


# %% [markdown]
# Move, click, compare:


# %%
def look(bgr, mean_subtracted, times_255, layer):
    wrong = vgg_input(photo, bgr, mean_subtracted, times_255)
    F, P = vgg(wrong)[layer], right[layer]
    captions = ["what VGG sees", "right features", f"yours: {difference(F, P):.0%} off"]
    return [my_deprocess(wrong), tiles(P, P), tiles(F, P)], captions


live(
    look,
    bgr=True,
    mean_subtracted=True,
    times_255=True,
    layer=layers,
    fallback=[{"bgr": False}, {"mean_subtracted": False}, {"times_255": False}],
    **plots.finding("01-clauses"),
)

# %% [markdown] tags=["instructor"]
# **The widget's question.** Yes, in `block1_conv1`: where the factor 255 is missing, the features are
# less wrong if the mean is left in as well, because an even grey is nearer to most pictures than
# black. In `block5_conv1` both are as wrong as no features at all. And without the factor the order of
# the colours no longer matters, as there are no colours left.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does the painting suffer? (6 minutes)
#
# Now paint, as in lesson 00. The photograph is treated properly; only the **style** was handed over
# carelessly. We can do that with any library: give it the picture that VGG takes the input for, as
# far as a screen can show it.

# %%
names = ("right", "wrong order", "mean left in", "as loaded")
kept = ((True, True, True), (False, True, True), (True, False, True), (False, False, False))
seen = [my_deprocess(vgg_input(style, *clauses)) for clauses in kept]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** These are the paintings of the first page: which mistake belongs to which of them?
# And which of the four keeps closest to the style that the network was shown?

# %%
settings = {"network": profile.network, "size": min(256, profile.size), "style_weight": 30}
settings |= {"evaluations": min(60, profile.evaluations), "progress": False}
settings["convention"] = "relative"  # the default one also gives the style's colours at the end
content = nstlib.load_image(nstlib.example_path("china"), max_side=settings["size"])
paintings = [nstlib.stylize(content, picture, **settings).image for picture in seen]

# %% [markdown]
# The style above, the painting below:

# %%
plots.picture_grid(
    [seen, paintings],
    ["the style as VGG sees it", "the painting"],
    names,
    **plots.finding("01-paintings"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Nothing is broken in the network, nor in the optimiser. They did what they were asked:
# to paint in the manner of the picture in the upper row. The grey one is the most faithful of all.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And if the *same* mistake is made on every side, with the content, the style and the painting?
# **Predict**, for the order of colours: worse than the second painting, or better? It is the same as
# swapping both pictures, painting, and swapping back.

# %%
swapped = nstlib.stylize(np.flip(content, -1), np.flip(style, -1), **settings).image
nstlib.show(
    [paintings[0], np.flip(swapped, -1)],
    **plots.finding("01-both-sides"),
    captions=["the right order", "the wrong order, for all three pictures"],
    width=400,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** All three pictures are compared with each other, all three wear the same wrong
# glasses, and good features of the wrong colours are still features. This is how such a mistake
# can live on for years: the results look fine, until one day somebody repairs it in one place only.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Other contracts (1 minute, or as long as you like)
#
# **Stretch.** Other networks have other contracts.
# `keras.applications.imagenet_utils.preprocess_input(photo * 255, mode="torch")` prepares a picture
# for a network trained in PyTorch; `mode="tf"` is a third way. What does VGG see if you hand it such
# an input? Guess, then look, with `nstlib.deprocess` and `difference`.

# %% [markdown] tags=["instructor"]
# **The stretch task.** Grey, in both cases. `mode="torch"` gives about -2 to 2.6, `mode="tf"` -1
# to 1: on VGG's scale of 255 that is at most one hundredth, and the features are as wrong as those of
# the photo as loaded. Whoever changes the network has to change the contract with it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 01-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 01-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 01-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **A picture** is an array (1, H, W, 3): pictures, rows, columns, colours; here float32, RGB,
#    from 0 to 1.
# 2. **The contract** of VGG is BGR, 0 to 255, minus the mean colour of its training. It belongs to
#    the weights. The way there and the way back leave their input alone.
# 3. **A broken contract** raises no error. `deprocess` shows what the network sees. Wrong colours
#    harm the first layers most; without the factor 255 the network is blind.
#
# ## References
#
# - K. Simonyan, A. Zisserman, [Very Deep Convolutional Networks for Large-Scale Image
#   Recognition](https://arxiv.org/abs/1409.1556), 2014: section 2.1 says that the mean colour is
#   subtracted.
# - Keras, [VGG16 and VGG19](https://keras.io/api/applications/vgg/): what `preprocess_input` does,
#   and that it may write over its input.
# - TensorFlow, [Neural style
#   transfer](https://www.tensorflow.org/tutorials/generative/style_transfer): the tutorial of which
#   one cell was looked at here.
#
# **Next:** [Inside VGG](02_inside_vgg.ipynb): what the layers respond to, and how far they see.
