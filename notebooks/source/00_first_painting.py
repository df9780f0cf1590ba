# %% [markdown] slideshow={"slide_type": "slide"}
# # 00 First painting
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/00_first_painting.ipynb)
#
# ![A photograph of a pavilion, a Van Gogh, and the pavilion painted with the Van Gogh's colours and brushstrokes](../docs/images/first_painting.jpg)
#
# Left and middle are what you have: a photograph and a painting. Right is what you will make
# in the next few minutes, on this very machine. How much of this can be seen after a tenth of the
# work? (Photograph: Daniel Büchele,
# [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), here also repainted; painting:
# Vincent van Gogh, Houses at Auvers, 1890.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Paint** any photograph in the manner of any painting, with one call.
# 2. **Name** the three pictures of style transfer and the three terms of its loss, and say what
#    changes while the machine paints.
# 3. **Read** a loss curve: say how much of its drop is done, and what that does not tell.
#
# **You need** to be able to run a notebook cell and, for the exercise, to write a small Python
# function; no mathematics yet. If you do not program, leave the exercises out: every lesson goes on
# without your answers, and one task in it is marked *Without code*. If you want more, one is marked
# *Stretch*. **It takes** about 36 minutes, with a guess at every prediction and
# an answer to every exercise. How many seconds of these are spent painting, the notebook will tell
# you.

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 36. Let the
# class vote on the prediction before anyone runs the cell. The misconception to hunt in this
# lesson is that the network is being trained; quiz question 1 reveals who still has it.

# %% [markdown]
# ## Setup (1 minute)
#
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The library looks at this machine and chooses a size that it paints quickly. The network is
# `vgg19-lite`, a small one that was trained to respond to pictures as VGG-19 does, a large one that
# learned to say what is in a photograph.

# %%
import nstlib
from nstlib import check, plots, widgets

profile = nstlib.setup()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two pictures (2 minutes)
#
# The **content** is what we want to see, the **style** is how we want to see it. Both are loaded
# as arrays of red, green and blue between 0 and 1.

# %%
content = nstlib.load_image(nstlib.example_path("china"), max_side=profile.size)
style = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"))
print("content", content.shape, " style", style.shape)

# %% [markdown]
# Look at them side by side. What, exactly, makes the second one a Van Gogh? Keep your answer: in
# lesson 04 you will compute it.

# %%
nstlib.show(
    [content, style],
    alt=[
        "A pavilion with a tiled roof above trees",
        "Van Gogh's houses at Auvers, in short strokes",
    ],
    captions=["content: a pavilion in Beijing", "style: Houses at Auvers (1890)"],
    title="What to paint, and how",
    width=320,
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict, then paint (5 minutes)
#
# Painting takes many **evaluations**: in each, the machine judges what it has so far, and works out
# what to change. **Predict before you run the next cell.** Write your guesses down:
#
# - After how many evaluations will you first think of Van Gogh: 2, 10, 40?
# - Something is adjusted from each to the next. What: the network, the photograph, or a third
#   picture?

# %% [markdown]
# Now paint. The bar counts the evaluations, and `timeline` keeps some moments on the way. After the
# last one, the colours are matched with those of the style.

# %%
settings = {"network": profile.network, "size": profile.size}
settings["evaluations"] = min(60, profile.evaluations)
timeline = nstlib.Timeline(at=(1, 2, 5, 10, 20, 40, 60))
result = nstlib.stylize(content, style, callback=timeline, **settings)
print(result.stopped, f"in {result.history['seconds'][-1]:.1f} seconds")

# %% [markdown]
# This came out, shown between content and style:

# %%
nstlib.show(
    [content, result.image, style],
    **plots.finding("00-painting"),
    captions=["content", "the painting", "style"],
    width=230,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The roof is where it was, and so are the trees; what was smooth is now made of
# strokes. The network is not changed, and neither the content nor the style was touched: the
# **painting** is a third picture, which began as a copy of the content. Its pixels are the only
# thing that changed.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three terms, one loss (4 minutes)
#
# How does the machine know that a picture is getting better? It computes one number, the
# **loss**, and changes the pixels to make it smaller:
#
# $$L = w_c\, L_\text{content} + w_s\, L_\text{style} + w_{tv}\, L_\text{tv}$$
#
# - $L_\text{content}$: has the painting moved away from what the photograph shows?
# - $L_\text{style}$: do its colours and textures differ from the style's?
# - $L_\text{tv}$, the *total variation*: how much do neighbouring pixels differ, is it noisy?
#
# The weights $w$ say what each of them counts: with a larger $w_s$, in the call `style_weight=`, the
# strokes get bolder.

# %% [markdown]
# This is the whole machine. The *gradient* says how the loss changes with each pixel. Each of the
# next lessons is about a part of it:
#
# {{machine: }}

# %% [markdown]
# Every evaluation is in the history. This is the first one and the last one: each term, already
# multiplied with its weight.

# %%
for number in (0, -1):
    terms = {name: round(result.history[name][number], 3) for name in nstlib.TERMS}
    print("evaluation", result.history["evaluation"][number], terms)

# %% [markdown]
# The content term starts at 0, because the painting starts as a copy of the content. Then it has to
# rise: whatever brings the style closer moves the picture away from the photograph. The cell below
# draws all of it; the axis is logarithmic, so that small terms can be seen too. (It has no place
# for 0. And at first nearly all of the loss is style, so the curve of the total lies on that of the
# style.)

# %%
plots.loss_curves(
    result.history,
    title="The style term falls, and the content term pays for it",
    alt="Loss against evaluations: style and total fall steeply, then slowly; content rises from 0.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Watch it appear (5 minutes)
#
# Evaluation 1 looks at the start, the photograph itself. **Predict:** after how many evaluations
# will you no longer see a change from one picture to the next?

# %%
plots.strip(
    list(timeline.images.values()),
    [f"evaluation {number}" for number in timeline.images],
    **plots.finding("00-timeline"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Does the loss agree with your eye? **Predict:** of its whole drop, from the first loss to the lowest
# one, how many percent were done after 10 evaluations?

# %% slideshow={"slide_type": "skip"}
totals = result.history["total"]
after_ten = (totals[0] - min(totals[:10])) / (totals[0] - min(totals))
widgets.predict(
    "How many percent of the drop are done after 10 evaluations?", answer=100 * after_ten
)

# %% [markdown]
# How much of the drop was done when, and how far was the picture still from the last one, where the
# photograph counts as 100 %?

# %%
*_, end = timeline.images.values()
for number, image in timeline.images.items():
    done = (totals[0] - min(totals[:number])) / (totals[0] - min(totals))
    to_come = abs(image - end).mean() / abs(content - end).mean()
    print(f"evaluation {number:3}: {done:4.0%} of the drop done, {to_come:4.0%} of the way to go")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** They disagree. The loss falls fastest where most is wrong, at the beginning, and the
# pixels go on moving long after it has almost come to rest: two pictures can differ clearly and
# have nearly the same loss. So a curve that has become flat does not say that the picture stands
# still. Look at it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: when is it as good as done? (8 minutes)
#
# Complete the function. It gets the list of losses, `totals`, and a share between 0 and 1, and
# returns after how many evaluations that share of the whole drop (from the first loss to the
# lowest one) was done for the first time. The check below it says "not yet" until it is right;
# `check.evaluations_until.hint()` helps.


# %% tags=["exercise"]
def evaluations_until(totals, share):
    """The number of the first evaluation, counted from 1, with `share` of the drop done.

    totals: list of floats, the loss at evaluation 1, 2, 3, ...
    share: float between 0 and 1.
    For example, evaluations_until([10.0, 6.0, 4.0, 2.0], 0.5) is 2.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.evaluations_until}}

# %% [markdown]
# Check it on losses that were made up for the purpose.

# %%
check.evaluations_until(evaluations_until)

# %% [markdown]
# Now ask your own painting: when was nine tenths of the drop done? If your function is not there yet,
# the library's answers.

# %%
my_evaluations_until = check.evaluations_until.mine_or_library(evaluations_until, gradient=False)
print(f"90 % of the drop after {my_evaluations_until(totals, 0.9)} of {len(totals)} evaluations")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Another style, and another (4 minutes)
#
# Besides the Van Gogh, here are three other styles:

# %%
names = ("hokusai_great_wave", "kandinsky_composition_viii", "renoir_moulin_de_la_galette")
styles = {name: nstlib.example_path(name) for name in (*names, "van_gogh_houses_at_auvers")}
nstlib.show(
    [nstlib.load_image(styles[name], max_side=200) for name in names],
    alt=["Hokusai: a wave", "Kandinsky: circles and lines", "Renoir: a crowd dancing"],
    captions=names,
    title="Three painters, three ways with colour",
    width=200,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** Choose a style and a strength, press **Paint**, and watch. **Stop** keeps the
# best picture so far. **Predict** first: which of these styles will change the colours most?

# %%
painter = widgets.StylePainter(content, styles, network=profile.network)
painter

# %% [markdown]
# ### The real VGG-19
#
# All pictures of the course are painted with `vgg19-lite`, the small imitator of VGG-19. Put
# `"vgg19"` in the place of `None` if you would like to see the original at work: it (80 MB) is
# downloaded once.

# %%
real = None
if real:
    theirs = nstlib.stylize(content, style, **(settings | {"network": real}))
    nstlib.show(
        [result.image, theirs.image],
        alt=[f"The pavilion, painted with {name}" for name in (profile.network, real)],
        captions=[profile.network, real],
        title="The same call, another network",
        width=320,
    )


# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your own photo (4 minutes)
#
# Choose a photo from your disk (JPEG, PNG, WebP, ...). On your own computer it stays there, and
# until you choose one, the cat steps in. In Colab it goes to the Colab machine, and the cell waits
# until you choose or cancel.

# %%
photo = widgets.upload_photo(nstlib.example_path("chelsea"), max_side=profile.size)
photo

# %% [markdown]
# Run this cell again after each upload. `styles` above has the names to choose from.

# %%
mine = nstlib.stylize(photo.image, styles["hokusai_great_wave"], **settings)
nstlib.show(
    [photo.image, mine.image],
    alt=["The chosen photo", "The chosen photo, painted like Hokusai's Great Wave"],
    captions=["your photo", "painted like the Great Wave"],
    title="The same call, two other pictures",
    width=320,
)

# %% [markdown]
# Keep it, if you like it: remove the `#`. The settings are stored inside the file, so that with
# the same two pictures you can make it again.

# %% slideshow={"slide_type": "skip"}
# nstlib.save_image(mine.image, "my_painting.png", metadata=mine.settings)
mine.settings["network"], mine.settings["evaluations"]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** Call `stylize` with `style_weight=1` and then with `style_weight=100`.
# What gives way first, and what holds on longest: the colours, the empty sky, the shape of the
# roof? Guess why; lesson 03 is about what the content term holds on to. Then compare the last totals
# in the two histories: is the painting with the lower one nearer to the style? (The history has each
# term multiplied with its weight.)

# %% [markdown] tags=["instructor"]
# **The stretch task.** With this pair the colours go first, whatever the weight: the finished
# painting is given those of the style. Strokes need the weight. At 100 they fill the sky and bend
# the lines of the building, whose outline is still there. The totals end at about 0.19 and 0.59, so
# the bolder painting has the higher one. Divided by the weight, its style term is 0.0012, and that
# of the other 0.058: losses with different weights cannot be compared.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 00-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 00-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 00-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **Painting** is one call: `nstlib.stylize(content, style)`.
# 2. **Three pictures**: content, style, painting; **three terms**: content, style, total
#    variation. Only the pixels of the painting change.
# 3. **A loss curve** falls steeply, then hardly at all: most of the drop is done long before the
#    run ends. It does not tell how much the picture still changes.
#
# ## References
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, [A Neural Algorithm of Artistic
#   Style](https://arxiv.org/abs/1508.06576), 2015: where all this began.
# - K. Simonyan, A. Zisserman, [Very Deep Convolutional Networks for Large-Scale Image
#   Recognition](https://arxiv.org/abs/1409.1556), 2014: the network that looks.
#
# Without installing anything, on a phone, too: [paint in the browser]({{website}}/play.html), with the
# same small network and your own photo.
#
# **Next:** [01 Images and the VGG contract](01_images_and_vgg.ipynb): how a picture becomes
# numbers, and what a network expects of them.
