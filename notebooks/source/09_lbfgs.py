# %% [markdown] slideshow={"slide_type": "slide"}
# # 09 L-BFGS: curvature from steps
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/09_lbfgs.ipynb)
#
# ![A rocket on its launch pad three times: as a photograph at night, under ripples of glaring colours, and in strokes of blue, white, green and orange](../docs/images/lesson_09.jpg)
#
# Three looks of one run: the photograph, the fourth evaluation, and the 60th. At the fourth the loss is
# much higher than that of the photograph, and yet the run ends in a painting. Was that a mistake? By
# the end of this lesson you will know who went there and why, you will have written the two functions
# that decide where to go and how far, and put together an optimiser of your own that paints. (Photograph: SpaceX, in the public domain, repainted after Vincent van Gogh, Houses at
# Auvers, 1890.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# 1. **Read** curvature from the steps of an optimiser, by hand and with the two loops of L-BFGS.
# 2. **Decide** how far to go: name the two conditions of a line search, and say what each is for.
# 3. **Assemble** a whole L-BFGS from your own functions, and paint with it.
# 4. **Judge** who wins: in which unit, from which start, for how long, and for how much memory.
#
# **You need** lesson 08: gradient descent, Adam, the valley, and what is steep in a painting. From
# mathematics, the gradient, and the product of two vectors. **It takes** 61 minutes; more of it
# is optional and comes after the key points.

# %% [markdown]
# {{machine: step of the pixels}}

# %% [markdown] tags=["instructor"]
# **For the instructor.** The minutes in the headings are the plan: they add up to 61. Do both
# examples by hand on the board before the code, that of $q$ in the two loops and that of the hill.
# The misconception to hunt: "if the loss is lower, the step was good"; the hill is there for it. The
# second one: "L-BFGS is better than Adam" (or the reverse), as a sentence with a full stop. Before
# the duel, let the class write down three conditions under which they would bet on Adam.

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
from nstlib.lbfgs import dot, evaluate_at, no_metric
from nstlib.plots.figures import PALETTE, new_figure
from nstlib.widgets import live

profile = nstlib.setup()

# %% [markdown]
# The other tools of this lesson:

# %%
import json
from itertools import islice

import numpy as np
import tensorflow as tf
from scipy.optimize import Bounds, minimize

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What a step tells (2 minutes)
#
# Lesson 08 ended with a walker who reads more from the same gradients. What it would like to know is
# how the landscape is curved, the matrix $A$ of the valley; and each step tells something of that
# without a further evaluation. The point moved by $s$, and the gradient changed by $y$. By hand, in the valley
# $f = (x^2 + 9 y^2) / 2$ with the gradient $(x, \, 9 y)$, from $(9, 1)$ to $(8.1, 0.1)$:
#
# $$s = (-0.9, -0.9), \quad y = (-0.9, -8.1), \quad \frac{s \cdot y}{y \cdot y} =
# \frac{0.81 + 7.29}{0.81 + 65.61} = 0.122$$
#
# Read this as a learning rate that the step has *measured*: 1 over a curvature of 8.2. (Along $s$ alone,
# as in lesson 08, it would be $s \cdot y / s \cdot s = 5$. With $y$ in the place of $s$, the steep axis,
# along which the gradient changes most, counts for more, and the rate is the more careful one.)

# %%
A = np.diag([1.0, 9.0])
start = np.array([9.0, 1.0])
s = -0.1 * A @ start
y = A @ (start + s) - A @ start
print("s", s, "  y", y, f"  rate {s @ y / (y @ y):.3f}")

# %% [markdown]
# Nobody had to search for that rate, as Adam's had to be searched for. But it is one rate, and the
# valley wants two: a large one along, a small one across.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: the two loops (12 minutes)
#
# A step tells more than one rate: it tells the curvature in *its* direction. With one
# remembered pair $(s, y)$ and $q$, the gradient to begin with, L-BFGS computes
#
# 1. $\alpha = \dfrac{s \cdot q}{s \cdot y}$, and takes $\alpha\, y$ from $q$: the part of the
#    gradient that a step of $\alpha\, s$ would remove, as far as is known;
# 2. $q$ times $\dfrac{s \cdot y}{y \cdot y}$: what is left goes by the measured rate;
# 3. $\beta = \dfrac{y \cdot q}{s \cdot y}$, and adds $(\alpha - \beta)\, s$ to $q$: the known part
#    of the way, less what is in $q$ already. The direction to search in is $-q$.
#
# By hand: $s = (1, 0)$ and $y = (4, 0)$, so along the first axis the curvature is 4, and about the
# second nothing is known. Let the gradient be $(8, 3)$. Then $\alpha = 8 / 4 = 2$ leaves
# $q = (0, 3)$; times $4 / 16$ it is $(0, 0.75)$; $\beta = 0$, and adding $\alpha\, s$ gives
# $(2, 0.75)$. Along the first axis the way is $8 / 4 = 2$, as it has to be; along the second, for
# want of anything better, $3 / 4$.
#
# With several pairs, 1. is a loop from the **newest** to the oldest, 2. takes the newest pair, and
# 3. is a loop back, from the **oldest** to the newest. These are the *two loops* (Nocedal, 1980).


# %% tags=["exercise"]
def two_loop_direction(gradient, steps, changes):
    """Minus the inverse curvature times the gradient, from remembered steps.

    gradient: at the current point, any shape.
    steps: list of s, by how much the point changed in each step, oldest first; at least one.
    changes: list of y, by how much the gradient changed in each of them.
    dot(a, b) is the inner product of two arrays of any shape. Nothing given must change.
    Returns the direction in which to search, in the shape of the gradient.
    For example, one step s = [1.0, 0.0] with y = [4.0, 0.0] tells of curvature 4, and the gradient
    [8.0, 0.0] then gives [-2.0, 0.0].
    """
    ...


# %% tags=["solution"]
def two_loop_direction(gradient, steps, changes):
    """Minus the inverse curvature times the gradient, from remembered steps."""
    q, alphas = gradient, []
    for s, y in zip(reversed(steps), reversed(changes), strict=True):
        alphas.append(dot(s, q) / dot(s, y))
        q = q - alphas[-1] * y
    q = q * dot(steps[-1], changes[-1]) / dot(changes[-1], changes[-1])
    for s, y, alpha in zip(steps, changes, reversed(alphas), strict=True):
        q = q + (alpha - dot(y, q) / dot(s, y)) * s
    return -q


# %% [markdown]
# The check has bowls of its own, and knows where their bottoms are.

# %%
check.two_loop_direction(two_loop_direction)

# %% [markdown]
# Whose two loops are used from here on? If yours are not there yet, the library's.

# %%
my_direction = check.two_loop_direction.mine_or_library(two_loop_direction, gradient=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Back in the valley, at $(9, 1)$. Let the two loops remember one step along each axis, $(1, 0)$ and
# $(0, 1)$; their changes are $(1, 0)$ and $(0, 9)$. **Predict:** which direction does gradient
# descent take from here, and which the two loops?

# %%
steps = [np.array([1.0, 0.0]), np.array([0.0, 1.0])]
changes = [A @ s for s in steps]
print("gradient descent goes ", -A @ start)
print("with two steps known  ", np.asarray(my_direction(A @ start, steps, changes)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Two steps are all there is to know about a valley in two dimensions, and so the
# direction leads from $(9, 1)$ to its very bottom, $(0, 0)$. A painting has tens of thousands of dimensions, and its curvature
# changes on the way, so only the last steps are worth knowing: hence *limited memory*, the L in the
# name. (B, F, G and S are Broyden, Fletcher, Goldfarb and Shanno.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How far? (7 minutes)
#
# A direction is not yet a step. Along it, the loss depends on the length $t$ alone: one evaluation
# at a length gives the value $\varphi(t)$ and the slope $\varphi'(t)$, the gradient there times the
# direction. To look for the very lowest point would cost many evaluations. So a **line search** takes
# a length that is good enough, and asks two questions. By hand, for $\varphi(t) = (t - 3)^2$: at
# $t = 0$ the value is 9 and the slope $-6$.
#
# **Is it lower by enough?** The slope promises to fall by 6 for each unit of length; a tiny share of
# that, $c_1 = 0.0001$, has to be kept. This is *sufficient decrease* (Armijo, 1966):
#
# $$\varphi(t) \le \varphi(0) + c_1 \, t \, \varphi'(0), \qquad (t - 3)^2 \le 9 - 0.0006 \, t$$
#
# so $t \le 5.9994$. Beyond it $t$ is *too long*.
#
# **Is it flatter by enough?** The slope must have gone up to $c_2 = 0.9$ of what it was. This is the
# *curvature condition* (Wolfe, 1969):
#
# $$\varphi'(t) \ge c_2 \, \varphi'(0), \qquad 2 (t - 3) \ge -5.4$$
#
# so $t \ge 0.3$. Below it $t$ is *too short*. All lengths from 0.3 to 5.9994 will do. That is wide on
# purpose: a trial saved is an evaluation for the next direction.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Would it be enough to ask that the loss be lower? A painting begins on a hill: along nearly all the
# waves of lesson 08 the photograph's curvature was negative. Here is a bowl behind a hill, small enough
# for paper,
#
# $$f(x) = \frac{x^4}{4} - 2 x^2, \qquad g(x) = x^3 - 4 x.$$
#
# We stand on the hill, at $x = 1/2$, and walk to the right, to $x = 1$. By hand: the value falls from
# $-0.484$ to $-1.75$. The slope goes from $-1.875$ to $-3$. So $s = 0.5$ and $y = -1.125$, and
# $s \cdot y$ is negative.
#
# **Predict.** With this one pair remembered and the gradient $-3$, where do the two loops send us: on
# to the right, where the bowl is, or to the left?


# %%
def hill(x):
    """Value and slope of a bowl behind a hill."""
    return x**4 / 4 - 2 * x**2, x**3 - 4 * x


s, y = np.float32([0.5]), np.float32([-1.125])
print("direction", np.asarray(my_direction(np.float32([-3]), [s], [y])))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** To the left, back up the hill. Gradient over curvature, $-3 / -2.25$, is the way to
# where the slope would be 0, and with a negative curvature that is a *top*. The step was lower, and
# what it taught was wrong. The second question would have refused it: the slope $-3$ is below
# $0.9 \cdot (-1.875) = -1.69$, so the step was too short.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And it refuses every such step. With $s = t \, d$ for the direction $d$, and $y$ the change of the
# gradient,
#
# $$s \cdot y = t \, (\varphi'(t) - \varphi'(0)) \ge t \, (c_2 - 1) \, \varphi'(0) > 0,$$
#
# as $\varphi'(0)$ is negative and $c_2$ is less than 1. So the first condition keeps the loss going
# down, and the second keeps what is remembered true: a positive curvature, by which the two loops
# may divide.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Exercise: a line search (13 minutes)
#
# How is such a length found? Keep two lengths: the longest that was too short, at first 0, and the
# shortest that was too long, at first none. If the trial was neither, it is the answer. Otherwise the
# next trial lies in the middle of the two; and while nothing has been too long, twice as far.
#
# By hand, for $\varphi(t) = (t - 3)^2$ and the first trial 8: the value is 25, too long. The middle of 0
# and 8 is 4: value 1, slope 2, taken. From 0.1: the slope is $-5.8$, too short; 0.2, $-5.6$, too
# short; 0.4, $-5.2$, taken.


# %% tags=["exercise"]
def line_search(along, value, slope, step=1.0, decrease=1e-4, curvature=0.9):
    """A length at which a line is lower by enough and no longer as steep.

    along: along(t) gives value and slope at the length t; each call costs an evaluation.
    value, slope: at the length 0; the slope is negative.
    step: the first length to try.
    decrease: too long is a length with a value above value + decrease * t * slope.
    curvature: of the others, too short is one with a slope below curvature * slope.
    The next length is in the middle of the longest too short, at first 0.0, and the shortest too
    long; twice the last one, while none was too long.
    Returns the first length that is neither; after 20 trials, the longest that was too short.
    For example, along (t - 3)**2, with value 9.0, slope -6.0 and the first step 8.0, it tries 8.0
    and 4.0, and returns 4.0.
    """
    ...


# %% tags=["solution"]
# {{solution nstlib.check.references.line_search}}

# %% [markdown]
# The check has lines with many hills, and counts the trials.

# %%
check.line_search(line_search)

# %% [markdown]
# Again, if yours is not there yet, the course's takes its place.

# %%
my_line_search = check.line_search.mine_or_library(line_search, gradient=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Back to the hill, at $x = 1/2$, with slope $-1.875$. The first trial is the length $1/2$, so it asks at
# $x = 1$. **Predict** which lengths are tried, and which one is taken. You have the slope
# $x^3 - 4 x$ and its limit $-1.69$; the values are low enough as far as $x = 2.7$.


# %%
def search_from(x, direction, first=1.0, curvature=0.9):
    """The length that is taken on the hill, and all that are tried."""
    tried = []

    def along(t):
        tried.append(float(t))
        value, slope = hill(x + t * direction)
        return value, slope * direction

    value, slope = hill(x)
    settings = first, 1e-4, curvature
    return float(my_line_search(along, value, slope * direction, *settings)), tried


taken, tried = search_from(0.5, direction=1.0, first=0.5)
print("tried", tried, "  taken", taken, f"  slope there {hill(0.5 + taken)[1]}")

# %% [markdown]
# Drawn, with the trials by their numbers; what is taken is larger, and what lies beyond the right edge
# is written there.


# %%
def draw_search(start, first, curvature, title=None):
    """The hill, and the lengths that are tried from a start."""
    taken, tried = search_from(start, 1.0, first, curvature)
    title = title or f"{len(tried)} tried: {', '.join(f'{t:g}' for t in tried)}"
    figure = new_figure(3.2, width=7.5, title=title)
    axes = figure.subplots()
    x = np.linspace(-0.2, 2.9, 200)
    axes.plot(x, hill(x)[0], color="0.5")
    axes.plot(start, hill(start)[0], "s", color="black", label="from here")
    for n, t in enumerate(tried, start=1):
        at = start + t, hill(start + t)[0]
        axes.plot(*at, "o", color=PALETTE[0], ms=12 if t == taken else 6)
        axes.annotate(str(n), at, (0, 9), textcoords="offset points", fontsize=12, ha="center")
    beyond = [str(n) for n, t in enumerate(tried, start=1) if start + t > x[-1]]
    axes.text(2.7, 0.75, f"{', '.join(beyond)} →" if beyond else "", ha="right", fontsize=12)
    axes.set(xlabel="x", xlim=(-0.2, 2.9), ylim=(-4.4, 1.2))
    axes.set_title("value f")
    axes.legend(loc="lower left")
    return figure


# %% [markdown]
# The search that you have predicted:

# %%
texts = plots.finding("09-hill")
plots.show_figure(draw_search(0.5, 0.5, 0.9, texts["title"]), alt=texts["alt"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** At $x = 1$ and $x = 1.5$ the slope is $-3$ and $-2.625$: below the limit, too short. At
# $x = 2.5$ it leads uphill with $5.625$: the search went past the bottom, and that will do. For now
# $s = 2$, $y = 5.625 + 1.875 = 7.5$, and the curvature $7.5 / 2 = 3.75$ is positive. The next direction is
# $-5.625 / 3.75 = -1.5$, back towards the bottom.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Without code.** From $x = 0.5$, which first length is taken at once, and how many trials does the
# shortest cost? Is the best first length the same from 1.9, near the bottom? And does it cost trials
# to ask for flatter slopes, with a curvature of 0.1?

# %%
live(
    draw_search,
    start=[0.5, 1, 1.5, 1.9],
    first=[0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8],
    curvature=[0.1, 0.5, 0.9],
    fallback=[{"start": 0.5, "first": 0.05, "curvature": 0.9}],
    **plots.finding("09-trials"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** No first length is right from everywhere: from 0.5 it is 2, from 1.9 it is 0.1 or less.
# That is what the two loops are good for once more. The curvature is in their direction already, so
# that the length 1 is nearly always right, and L-BFGS tries it first.

# %% [markdown] tags=["instructor"]
# **Answers.** 2; the shortest, 0.05, costs six. From 1.9 it is 0.1 (or 0.05), and 2 costs five. A
# curvature of 0.1 costs trials from 1 and from 1.5 with short first lengths: 4 in the place of 1 with
# 0.1 from 1.5.

# %% [markdown]
# That is all of L-BFGS, in one dimension: a direction, a length, one more pair. The bottom is at 2.

# %%
x, pairs = 0.5, []
for _ in range(5):
    g = np.float32([hill(x)[1]])
    d = float(my_direction(g, *zip(*pairs, strict=True))[0]) if pairs else 0.5
    t, tried = search_from(x, d)
    pairs = [*pairs, (np.float32([t * d]), np.float32([hill(x + t * d)[1]]) - g)]
    x = x + t * d
    print(f"direction {d:6.3f}, {len(tried)} tried, length {t:4}, now at {x:.4f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Your own L-BFGS (8 minutes)
#
# For a painting one thing is missing: colours end at 0 and at 1. By hand, two values $(0.9, 0.2)$
# and the direction $(0.4, -0.1)$: the length 1 leads to $(1.3, 0.1)$, which is put back to
# $(1, 0.1)$. From $t = 0.25$ on the first value stands still, so for the slope only the second one
# counts.


# %%
def on_the_line(evaluate, here, direction, seen):
    """along(t) for a line search within the bounds; keeps what it is told in seen."""

    def along(t):
        free = here.x + float(t) * direction
        point = seen[float(t)] = evaluate_at(evaluate, tf.clip_by_value(free, 0, 1))
        moving = tf.where(point.x == free, direction, 0)
        return point.value, float(dot(point.gradient, moving))

    return along


# %% [markdown]
# And where a value is at its bound already, and a step against the gradient would push it beyond, it
# does not take part in the step at all.


# %%
def not_stuck(point):
    """1 for each value that may move, 0 for one that is pushed against its bound."""
    low = (point.x <= 0) & (point.gradient > 0)
    high = (point.x >= 1) & (point.gradient < 0)
    return tf.where(low | high, 0.0, 1.0)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Now the whole machine: your direction, your line search, and a loop. As in lesson 08 it is a
# generator of evaluations. The first direction is against the gradient, so long that a value changes
# by 0.01 on average. (With bounds, $s \cdot y > 0$ is no longer sure. The library looks at each pair,
# and leaves out one with a product that is not above 0.)


# %%
def my_lbfgs(evaluate, x, memory=10):
    """L-BFGS, made on this page."""
    here, steps, changes = evaluate_at(evaluate, x), [], []
    yield here
    while True:
        g = not_stuck(here) * here.gradient
        direction = -0.01 * g / tf.reduce_mean(tf.abs(g))
        if steps:
            direction = np.float32(my_direction(g.numpy(), steps, changes))
        direction, seen = not_stuck(here) * direction, {}
        along = on_the_line(evaluate, here, direction, seen)
        t = float(my_line_search(along, here.value, float(dot(g, direction))))
        yield from seen.values()
        if t not in seen:
            return  # no length will do
        s, y = seen[t].x - here.x, seen[t].gradient - here.gradient
        steps, changes = [*steps, s.numpy()][-memory:], [*changes, y.numpy()][-memory:]
        here = seen[t]


# %% [markdown]
# Something to paint: a rocket on its pad, at night, after Van Gogh. (As in lesson 08, with the
# library's default loss.)

# %%
from nstlib.conventions import CONVENTIONS

convention = CONVENTIONS["mean-covariance"]


def pair(size):
    """The rocket, the Van Gogh, and the objective of the two."""
    content = nstlib.load_image(nstlib.example_path("rocket"), max_side=size)
    style = nstlib.load_image(nstlib.example_path("van_gogh_houses_at_auvers"), max_side=size)
    layers = sorted({*convention.content_layers, *convention.style_layers})
    extractor = nstlib.FeatureExtractor(layers, profile.network, pooling=convention.pooling)
    return content, style, nstlib.Objective(extractor, content, style)


rocket, _, objective = pair(min(192, profile.size))

# %% [markdown]
# Does it run? The first four evaluations, and how far a colour value has moved on average.

# %%
first = list(islice(my_lbfgs(objective, tf.constant(rocket)), 8))
for number, point in enumerate(first[:4], start=1):
    print(f"{number}: loss {point.value:5.2f}, moved by {np.abs(point.x - rocket).mean():.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# At the fourth evaluation the loss is far above that of the photograph. **Predict.** What will your
# optimiser do at the fifth: begin again at the photograph, try another direction, or the same one?
# And how far will it have moved?

# %%
for number, point in enumerate(first[4:], start=5):
    print(f"{number}: loss {point.value:5.2f}, moved by {np.abs(point.x - rocket).mean():.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** The same direction, at half the length, and then at a quarter. (The values have moved by
# more than these shares, for those that ended at 0 or 1 stay there.) The first step was found at its
# second trial, 0.02 long. All that it has taught is how the landscape is curved along it; for every
# other direction the two loops have only that one rate. The next direction, at its full length, goes
# fifteen times as far as anything that was measured, and the value there is no sufficient decrease:
# too long. So is the half. At a quarter the loss is lower by enough, and no longer as steep. Each step
# adds a pair, and from here on nearly every full length will do.

# %% [markdown] slideshow={"slide_type": "subslide"}
# The library's `lbfgs` asks the same two questions, and refuses slopes that are too steep uphill as
# well. It is more impatient (four times as far, where yours goes twice as far), puts a parabola
# through what it knows where yours takes the middle, and has one thing more, a *metric* (the first
# optional part). **Predict.** After 60 evaluations, will its loss be half of yours, a quarter lower, or
# within a few percent?

# %%
budget = min(60, profile.evaluations)
histories = {}
for name, optimizer in {"yours": my_lbfgs, "the library's": "lbfgs"}.items():
    run = nstlib.paint(objective, rocket, optimizer=optimizer, evaluations=budget)
    histories[name] = run.history()
    print(f"{name:14} {min(histories[name]['total']):.3f}")

# %% [markdown]
# Evaluation by evaluation:

# %%
yours, theirs = (min(each["total"]) for each in histories.values())
apart = abs(yours / theirs - 1)
plots.compare_losses(
    histories,
    **plots.finding("09-mine", evaluations=budget, apart=f"{apart:.0%}"),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Nearly the same in the end; in between, after 10 evaluations and 20, the library's is
# clearly ahead. Both have spikes: trials that went too far, one evaluation each.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## It paints (4 minutes)
#
# Now large, twice as wide and twice as high. Nothing but your two functions and your loop decides where
# each of the values goes.

# %%
photograph, houses, large = pair(min(384, profile.size))
run = nstlib.paint(large, photograph, optimizer=my_lbfgs, evaluations=budget)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The small rocket had 8 % of its loss left after 60 evaluations. Now there are four times
# as many values to find, and your L-BFGS remembers no more than its ten pairs. Is about half of the
# loss left, a quarter, or again 8 %?

# %%
for name, losses in {"small": histories["yours"], "large": run.history()}.items():
    first, lowest = losses["total"][0], min(losses["total"])
    print(
        f"{name}: loss {first:.2f} at first, {lowest:.3f} in the end: {lowest / first:.0%} is left"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** About as little. How many evaluations it takes depends on how long the valley is, and not
# on how many directions the landscape has: that is why ten pairs are worth remembering at all. What
# does grow with the picture is the price of each evaluation.

# %% [markdown]
# As in lesson 08, at the very end the painting gets the colours of the style.

# %%
from nstlib.images.colors import match_palette

painting = match_palette(run.best_image.numpy(), houses.reshape(-1, 3))
nstlib.show(
    [photograph, painting],
    **plots.finding("09-rocket"),
    captions=["the photograph", "painted by your L-BFGS"],
    width=440,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# The rocket, the towers and the lights keep their outlines, for which the content term speaks. The sky
# has little to keep, so it becomes patches of all of Van Gogh's colours, as many of each as he has.

# %% [markdown]
# To keep your painting, remove the `#`:

# %%
# nstlib.save_image(painting, "rocket_by_my_lbfgs.png")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The duel (7 minutes)
#
# Which of them wins? Tutorials take the one or the other, and rarely show a number. So we measured:
# three pairs of pictures at 192 pixels, two starts, the same loss for all (that of `relative`, in
# lesson 06), in turns on one machine, with five rates for Adam and three for gradient descent. You
# know the data from lesson 08. L-BFGS is the library's, without its metric, and SciPy's, which has
# been there for decades; both remember 10 steps.

# %%
from nstlib.images import data_folder

duel = json.loads((data_folder() / "optimizer_duel.json").read_text(encoding="utf-8"))
bests = [duel["best_descent"]["content"], duel["best_adam"]["content"]]
names = [*bests, "SciPy 10", "L-BFGS 10"]
print("; ".join(names), "and", len(duel["contenders"]) - len(names), "others")


# %% [markdown]
# A run of it, in the form that our plots take.


# %%
def measured(contender, start="content", photo="china"):
    """The lowest losses so far, by evaluations and by seconds."""
    wanted = [contender, start, photo]
    runs = duel["runs"]
    run = next(r for r in runs if [r["contender"], r["start"], r["pair"][0]] == wanted)
    marks = duel["marks"][: len(run["loss"])]
    return {"evaluation": marks, "seconds": run["seconds"], "total": run["loss"]}


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** The pavilion, from the content: gradient descent (for 100 evaluations only) and Adam, each
# with the rate that served all three pairs best, SciPy's L-BFGS and ours. Who is lowest after 50
# evaluations, and who after 400? And how many does L-BFGS need for what Adam has after 400?

# %%
plots.compare_losses(
    {name: measured(name) for name in names},
    **plots.finding("09-evaluations"),
)

# %% [markdown]
# An evaluation of L-BFGS comes with more work in between: so many milliseconds each, on that machine.

# %%
for name in names[1:]:
    print(f"{name:17} {duel['speed'][name][0]:.0f} ms an evaluation")

# %% [markdown]
# A fair race: the best of five Adams, for each pair and at each mark anew.


# %%
def best_adam(run):
    """The lowest loss that any of the five had at each mark, with its pair and start."""
    adams = {f"Adam {rate}" for rate in (0.005, 0.01, 0.02, 0.05, 0.1)}
    rivals = [
        other["loss"]
        for other in duel["runs"]
        if other["contender"] in adams
        and (other["pair"], other["start"]) == (run["pair"], run["start"])
    ]
    return np.min(rivals, axis=0)


# %% [markdown]
# Between which marks did L-BFGS come to what the best Adam has after 400?

# %%
ours = [run for run in duel["runs"] if run["contender"] == "L-BFGS 10"]
for run in ours:
    later = sum(run["loss"] > best_adam(run)[-1])
    before, after = duel["marks"][later - 1 : later + 1]
    what = f"{run['pair'][0]:7} from {run['start']:7}"
    print(what, f"{before} to {after} evaluations")

# %% [markdown] slideshow={"slide_type": "subslide"}
# So it needs a quarter to two thirds of the evaluations from the content, and half to five sixths
# from noise. **Predict:** is it ahead all the way, from both starts? Printed is its loss over that of
# the best Adam after as many evaluations. Below 1, L-BFGS leads.

# %%
for run in ours:
    ratios = dict(zip(duel["marks"], run["loss"] / best_adam(run), strict=True))
    shown = [f"{ratios[mark]:.2f} after {mark}" for mark in (10, 25, 50, 100, 200, 400)]
    what = f"{run['pair'][0]:7} from {run['start']:7}"
    print(what, ", ".join(shown))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** From the content it leads from 25 evaluations on with all three pairs, even against a
# rival that may choose its rate afterwards. From noise it is **behind** at first, and from 100
# evaluations on it is ahead, by 1 to 4 %. Why it is so, these numbers do not say.

# %% [markdown]
# And is the lower loss the better picture? The duel has a judge that no contender has optimised:
# another network, with another measure of style (0 is perfect) and of content (1 is perfect).

# %%
for name in (duel["best_adam"]["content"], "L-BFGS 10"):
    entry = duel["summary"]["content"][name]["400"]
    medians = [f"{what} {entry[what][0]:.3f}" for what in ("loss", "style", "content")]
    print(f"{name:17} after 400:", ", ".join(medians))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** These are medians over the pairs. L-BFGS has the lower loss, and yet the judge finds
# *Adam's* style nearer; L-BFGS holds on to more of the photograph. At the end of a run, where the losses
# are this close, they do not decide which picture is better.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## When each wins (4 minutes)
#
# What has to be remembered is vectors as large as the picture: momentum has one, Adam two, $m$ and
# $v$, L-BFGS with a memory of $k$ steps $2 k$, an $s$ and a $y$ for each. By hand for 100 by 100
# pixels in float32: a vector has $100 \cdot 100 \cdot 3 \cdot 4 = 120\,000$ bytes, so a memory of 5
# has $2 \cdot 5$ of these, 1.2 MB. **Predict:** is that much, compared with what an evaluation
# takes?

# %%
from nstlib.engine.memory import estimate_memory, optimizer_bytes

for name in ("adam", "lbfgs"):
    holds = optimizer_bytes((512, 512), name) / 2**20
    for network in ("vgg19-lite", "vgg19"):
        whole = estimate_memory(network, (512, 512), optimizer=name) / 2**20
        print(f"{name:6} {network:10}  optimiser {holds:4.0f} MiB, all together {whole:5.0f} MiB")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** These are the library's estimates for 512 by 512 pixels and a memory of 10, and they count
# what an optimiser holds in between, too. L-BFGS takes several times what Adam takes, and still it is
# the smaller part: the network, and its features, which are kept for the gradient, take more.

# %% [markdown] slideshow={"slide_type": "subslide"}
# So when does each win?
#
# - **L-BFGS**: from the content, from 25 evaluations on. And it has no rate to be tuned: that is why
#   it is the default of `nstlib`.
# - **Adam**: in the first evaluations from noise (up to 50 or a little more), and sometimes in very
#   long runs, where L-BFGS levels off. Why it does is open. One suspects *kinks*, which maximum pooling
#   and absolute differences give the loss, as a line search has to stop at them and Adam does not. We
#   measured it: with average pooling and squared differences, which have none, L-BFGS levels off as
#   well, and it is *there* that Adam overtakes by 600 evaluations
#   ([docs/engine.md](../docs/engine.md#how-far-ahead-and-how-far-not)). So kinks are not the reason.
# - **Gradient descent**: nowhere in these races. With momentum and a rate that somebody has searched
#   for, it was not far behind in lesson 08.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stretch.** *Find a race that Adam wins.* You may choose the start, the budget, the
# size, Adam's rate, and what the loss is made of (with `pooling="average"` and
# `variation="squared"` it has no kinks left). Say beforehand why Adam should win it. Would it win
# with another `seed`, or with another pair?

# %% [markdown] tags=["instructor"]
# **The stretch task.** Two kinds of race can be won, with vgg19-lite in the convention
# `relative`. **From noise and very short:** at 128 pixels, after 10 evaluations, Adam at 0.05 is 3 to 20 % lower than L-BFGS with
# three pairs and two seeds each; after 25 it is behind with all six. **Very long, without kinks:**
# the pavilion after Van Gogh at 128 pixels from the content with `pooling="average"`, `variation="squared"` and
# `tv_weight=20`: after 600 evaluations Adam at 0.05 has 0.479 and L-BFGS 0.482; after 200 it was
# 0.487 and 0.485. With kinks it had not caught up: after 800 evaluations at 96 pixels 0.511 (at
# 0.02) against 0.509, at 64 pixels 0.628 against 0.627, with Chelsea and the Great Wave 0.673
# against 0.669. A student who reports a win without having tried a second seed or pair has found an
# example, not a rule.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz (3 minutes)
#
# {{quiz 09-1}}
#
# Put your choice between the quotation marks.

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 09-2}}

# %% [markdown] slideshow={"slide_type": "subslide"}
# {{quiz 09-3}}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Key points
#
# 1. **A step tells curvature** in its direction: $s$ and $y$. Two loops over the last pairs turn the
#    gradient into a direction that knows of valleys across the axes.
# 2. **A line search** takes a length that is lower by enough (sufficient decrease) and no longer as
#    steep (the curvature condition). The second keeps $s \cdot y$ positive, by which the loops divide.
# 3. **You assembled** an L-BFGS from your two functions and a loop. A spike in its loss is a trial that
#    went too far, and costs one evaluation.
# 4. **Who wins** depends on the unit (evaluations, seconds), the start, the budget, and a tuned rival.
#    From the content L-BFGS wins; from noise Adam leads at first; in a very long run it depends. Its
#    memory, $2 k$ vectors for $k$ steps, is small beside the network's features.

# %% [markdown]
# ## Optional: a metric for pictures
#
# Ten remembered steps, and tens of thousands of directions: nearly all of a painting's gradient
# goes through the middle of the two loops only, where for want of anything better one rate serves
# for all. But for a picture we do know something better. Lesson 08 has measured that the fine waves are
# steep and the broad ones flat; so let us divide each wave by a guess at its curvature.
#
# By hand: a picture of four pixels in a row, $(10, 8, 10, 8)$. It is a flat part of 9, plus stripes
# of 1: up, down, up, down. Let its loss be lowest where all four are 0, and curved by 1 along the flat
# part and by 36 along the stripes. Then the gradient has a flat part of $1 \cdot 9$ and stripes of $36 \cdot 1$: it is
# $(45, -27, 45, -27)$. Look at the second pixel: it has to come down by 8, and gradient descent
# raises it. Guess that a wave of $f$ cycles a pixel has a curvature in proportion to
# $(1 + f / 0.1)^2$, so multiply each by
#
# $$\frac{1}{(1 + f / 0.1)^2}$$
#
# The flat part has $f = 0$ and keeps its 9; the stripes have $f = 0.5$ and get $36 / 6^2 = 1$. The
# sum is $(10, 8, 10, 8)$, and a step against it, with rate 1, leads to the bottom at once. Such a weighting is called a **metric**, as it
# says anew what is near, or a *preconditioner*.
#
# NumPy takes pictures apart into waves and puts them together again, by the Fourier transform:

# %%
gradient = np.array([45.0, -27, 45, -27])
print("frequencies", np.fft.fftfreq(4))
print("spectrum", np.fft.fft(gradient).real)
weighted = np.fft.fft(gradient) / (1 + abs(np.fft.fftfreq(4)) / 0.1) ** 2
print("back again", np.fft.ifft(weighted).real)

# %% [markdown] slideshow={"slide_type": "subslide"}
# The second half of the frequencies is negative: each wave that has a name with a minus is the one
# of the same length without. In a picture, a wave has a frequency down, $f_y$, and one across,
# $f_x$, and by Pythagoras $f = \sqrt{f_y^2 + f_x^2}$ cycles a pixel.


# %% tags=["exercise"]
def frequency_metric(gradient, knee=0.1):
    """A gradient in which coarse changes of the picture count for more than fine ones.

    gradient: (B, H, W, channels), any sizes; must not change. Each channel is taken for itself.
    knee: in cycles a pixel. A wave of f cycles a pixel, f = sqrt(fy**2 + fx**2), is multiplied by
        1 / (1 + f / knee)**2. fy goes with the H rows, fx with the W columns (np.fft.fftfreq).
    Returns an array of the same shape, of real numbers.
    For example, one row of four pixels [2.0, 0.0, 2.0, 0.0] is a flat part of 1 plus stripes of 1,
    and becomes 1 + 1/36 and 1 - 1/36 in turns: [1.0278, 0.9722, 1.0278, 0.9722].
    """
    ...


# %% tags=["solution"]
def frequency_metric(gradient, knee=0.1):
    """A gradient in which coarse changes of the picture count for more than fine ones."""
    fy = np.fft.fftfreq(gradient.shape[1])[:, None, None]
    fx = np.fft.fftfreq(gradient.shape[2])[:, None]
    weights = 1 / (1 + np.sqrt(fy**2 + fx**2) / knee) ** 2
    spectrum = np.fft.fft2(gradient, axes=(1, 2)) * weights
    return np.fft.ifft2(spectrum, axes=(1, 2)).real


# %% [markdown]
# The check draws sizes, odd ones as well, and knees.

# %%
check.frequency_metric(frequency_metric)

# %% [markdown]
# The library's `lbfgs` has an argument for a metric: yours, if it is there.

# %%
my_metric = check.frequency_metric.mine_or_library(frequency_metric, gradient=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# In the two loops, $P q$ takes the place of $q$ in the middle, times $s \cdot y / y \cdot P y$, so
# that the latest step is still right; and the very first step goes along $-P g$. That is all. With
# `metric=no_metric`, $P q = q$, it is the plain L-BFGS of the textbook.
#
# **Predict.** Both set out from the photograph. After how many evaluations has the one with the
# metric what the plain one has after 20? And what that has after 60?

# %%
losses = {}
for name, metric in {"plain L-BFGS": no_metric, "with the metric": my_metric}.items():
    walk = nstlib.lbfgs(objective, tf.constant(rocket), metric=metric)
    losses[name] = np.minimum.accumulate([seen.value for seen in islice(walk, budget)])

# %% [markdown]
# As many evaluations, and who is lower?

# %%
plain, weighted = losses.values()
marks = [*range(20, budget, 20), budget]
needs = [sum(weighted > plain[mark - 1]) + 1 for mark in marks]
print("; ".join(f"plain {mark}, metric {need}" for mark, need in zip(marks, needs, strict=True)))

# %% [markdown]
# And the curves.

# %%
plots.compare_losses(
    losses,
    **plots.finding("09-metric", plain=marks[-1], metric=needs[-1]),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** By 20 evaluations the metric has saved a few of them, by 60 about ten; but by then both
# curves have levelled off, and ten evaluations are worth little. It is a head start. For it is a guess, made before the first step: it knows nothing of this picture,
# of its places or colours, and what is learned from steps takes over. But whoever waits for a painting
# gains by it early, so it is what `lbfgs` does with pictures unless told otherwise, and it costs four Fourier
# transforms a step.

# %% [markdown]
# ## Optional: the bridge to SciPy
#
# The best-known L-BFGS is SciPy's. It has been there for decades and knows nothing of pictures: it
# hands over a **flat** vector in **float64**, and wants the value, a Python float, and the
# gradient, flat, in float64. Our objective takes a picture in float32. Complete the bridge.


# %% tags=["exercise"]
def scipy_objective(evaluate, shape, dtype="float32"):
    """`evaluate` in the form that SciPy's optimisers want: flat vectors in float64.

    evaluate: takes a picture, a tensor of that shape and dtype, and returns two tensors, value and
        gradient; each call costs time.
    shape, dtype: of the picture, e.g. (1, 2, 3, 3) and "float32".
    Returns a function. It takes a flat vector in float64, which must not change, evaluates it once,
    and returns the value, a Python float, and the gradient, a flat NumPy array in float64.
    For example, with an evaluate that gives sum(x**2) and 2 * x, and shape (1, 2), the function
    turns [3.0, 1.0] into 10.0 and [6.0, 2.0].
    """
    ...


# %% tags=["solution"]
def scipy_objective(evaluate, shape, dtype="float32"):
    """`evaluate` in the form that SciPy's optimisers want: flat vectors in float64."""

    def value_and_gradient(flat):
        value, gradient = evaluate(tf.constant(flat.reshape(shape), dtype))
        return float(value), np.asarray(gradient, "float64").ravel()

    return value_and_gradient


# %% [markdown]
# The check looks at what goes over the bridge, both ways.

# %%
check.scipy_objective(scipy_objective)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now build the bridge to the painting with your function, or with the library's if yours is not there
# yet (an `Objective` returns its terms, too, so the first two of its answers are taken), let SciPy
# paint, and look at what it counts.
#
# **Predict.** It may evaluate 40 times. How many iterations does it report?

# %%
my_scipy_objective = check.scipy_objective.mine_or_library(scipy_objective, gradient=False)
bridge = my_scipy_objective(lambda image: objective(image)[:2], rocket.shape)
here = rocket.ravel().astype("float64")
limits = {"maxfun": min(40, profile.evaluations)}
found = minimize(bridge, here, jac=True, bounds=Bounds(0, 1), options=limits)
print(f"loss {found.fun:.2f}, {found.nit} iterations, {found.nfev} evaluations")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Two numbers for the same work; here they are close, as most lengths are right at the
# first trial. An *iteration* is whatever a program calls so. SciPy's is a step, with all the
# trials of its line search. One `step` of PyTorch's L-BFGS is up to 20 iterations, and up to 25
# evaluations. In a well-known Keras program an iteration was a whole call of SciPy's L-BFGS, with
# up to 20 evaluations; for Adam, it is a single one. So "10 iterations" may be 10 evaluations or
# 200. The unit of this course is the **evaluation**: loss and gradient, once.

# %% [markdown]
# ## Optional: restarting
#
# A well-known example calls L-BFGS in a loop, for 20 evaluations each time, to save a picture in
# between; each call begins with the picture of the last one. The picture is handed on.
# **Predict:** is one run of 80 evaluations lower than four of 20, equal, or higher?

# %%
few = max(2, min(20, profile.evaluations // 3))
noise = np.random.default_rng(0).uniform(size=rocket.shape).astype("float32")
image, restarted = noise, []
for _ in range(4):
    run = nstlib.paint(objective, image, evaluations=few)
    image, restarted = run.best_image, restarted + run.history()["total"]

# %% [markdown]
# For comparison, one run without any pause.

# %%
whole = nstlib.paint(objective, noise, evaluations=4 * few).history()["total"]
for name, losses in {"four of them": restarted, "one run": whole}.items():
    print(f"{name:12} {min(losses):.3f}")

# %% [markdown]
# Here are both, evaluation by evaluation.

# %%
plots.compare_losses(
    {"restarted": restarted, "one run": whole},
    **plots.finding("09-restarts", evaluations=4 * few, ratio=min(restarted) / min(whole)),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** What is lost with each call is the list of steps and changes. The first step after it
# follows the gradient alone (with its metric), for a length that has to be guessed; the small spikes
# are guesses that went too far. If you need a picture in between, use a callback (lesson 00's `Timeline`
# is one); to go on later, `resume=` hands on what is remembered.

# %% [markdown]
# ## Optional: how much memory?
#
# A valley of **30** dimensions, 100 times as curved one way as another, and turned at random.

# %%
from nstlib.lbfgs import two_loop_direction as library_direction

rng = np.random.default_rng(0)
Q = np.linalg.qr(rng.normal(size=(30, 30)))[0]  # some rotation
A30 = Q @ np.diag(np.geomspace(1, 100, 30)) @ Q.T
start30 = Q @ np.ones(30)

# %% [markdown]
# The loop around the two loops: a direction, a step along it, and one more pair to remember. (In a
# valley the best length of a step can be computed, so that is done.)


# %%
def lbfgs_heights(memory, looks=21):
    """How high L-BFGS stands each time it asks, remembering so many steps."""
    x, steps, changes, heights = start30, [], [], []
    for _ in range(looks):
        g = A30 @ x
        heights.append(x @ g / 2)
        known = steps[-memory:], changes[-memory:]
        direction = np.asarray(library_direction(g, *known)) if steps else -g
        steps.append(direction * -(g @ direction) / (direction @ A30 @ direction))
        changes.append(A30 @ steps[-1])
        x = x + steps[-1]
    return heights


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** It runs twice, once with a single step remembered and once with all. How much does
# the memory matter?

# %%
for memory in (1, 30):
    heights = lbfgs_heights(memory)
    found = [f"{heights[k]:.1e} after {k}" for k in (5, 10, 15, 20)]
    print(f"memory {memory:2}: height", ", ".join(found))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Not at all: the two lines are one. In a valley, and *with the best length for every step*,
# one remembered step is worth as much as all of them (it is then the method of conjugate gradients).

# %% [markdown]
# But nobody tells an optimiser the best length. It tries, as you have written it. The library's
# L-BFGS does so here; `islice` ends it.


# %%
def lbfgs(A, point, looks=40, memory=10):
    """The points at which L-BFGS looks."""

    def evaluate(x):
        gradient = tf.linalg.matvec(A, x)
        return dot(x, gradient) / 2, gradient

    limits = {"lower": -np.inf, "upper": np.inf, "first_change": 1.0}
    walk = nstlib.lbfgs(evaluate, tf.constant(point), memory=memory, **limits)
    return np.array([seen.x for seen in islice(walk, looks + 1)])


# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict.** And now, with lengths that are only tried?

# %%
for memory in (1, 3, 10, 30):
    walk = lbfgs(A30, start30, 80, memory)
    heights = np.sum((walk @ A30) * walk, axis=1) / 2
    found = [f"{min(heights[: looks + 1]):.0e} after {looks}" for looks in (20, 40, 80)]
    print(f"memory {memory:2}: height", ", ".join(found))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Explain.** Now memory pays: what was remembered makes up for lengths that were not quite right.

# %% [markdown]
# ## Optional: a race on your machine
#
# By the clock an evaluation of L-BFGS costs more than one of Adam, as there is more to compute in
# between. The same rocket, small, the same budget. **Predict** who is lowest when the fastest of the
# three is done.

# %%
contenders = {
    "Adam 0.05": {"optimizer": "adam", "learning_rate": 0.05},
    "your L-BFGS": {"optimizer": my_lbfgs},
    "the library's": {"optimizer": "lbfgs"},
}
clocks = {
    name: nstlib.paint(objective, rocket, evaluations=budget, **how).history()
    for name, how in contenders.items()
}

# %% [markdown]
# The clock starts at each one's first evaluation, since before that TensorFlow may compile something.

# %% tags=["measured"]
for clock in clocks.values():
    clock["seconds"] = np.subtract(clock["seconds"], clock["seconds"][0])
done = min(clock["seconds"][-1] for clock in clocks.values())
by_then = {
    name: np.min(np.array(clock["total"])[clock["seconds"] <= done])
    for name, clock in clocks.items()
}
print(", ".join(f"{name} {loss:.3f}" for name, loss in by_then.items()))

# %% [markdown]
# The same race, by your seconds.

# %% tags=["measured"]
plots.compare_losses(
    clocks,
    x="seconds",
    **plots.finding("09-seconds", seconds=done, lowest=min(by_then, key=by_then.get)),
)

# %% [markdown]
# ## References
#
# - J. Nocedal, S. J. Wright, [Numerical
#   Optimization](https://link.springer.com/book/10.1007/978-0-387-40065-5), 2006: chapter 3 has the
#   line search, chapter 7 the two loops.
# - D. C. Liu, J. Nocedal, [On the limited memory BFGS method for large scale
#   optimization](https://link.springer.com/article/10.1007/BF01589116), 1989.
# - A. S. Lewis, M. L. Overton, [Nonsmooth optimization via quasi-Newton
#   methods](https://link.springer.com/article/10.1007/s10107-012-0514-2), 2013: the line search of
#   this page.
# - L. A. Gatys, A. S. Ecker, M. Bethge, [Image Style Transfer Using Convolutional Neural
#   Networks](https://openaccess.thecvf.com/content_cvpr_2016/html/Gatys_Image_Style_Transfer_CVPR_2016_paper.html),
#   2016: found that L-BFGS works best for image synthesis.
#
# **Next:** [10 Starts, sizes, memory](10_starts_sizes_memory.ipynb): where to begin, how large to
# paint, and what fits into your machine.
