# %% [markdown]
# # Ten puzzles, a line each
#
# [Open in Colab](https://colab.research.google.com/github/{{repository}}/blob/main/notebooks/puzzles.ipynb)
#
# For the train, for the evening, or to warm up before lesson 04. Each puzzle is solved by one line of
# NumPy, without a loop. Above it you see an example: arrays as tables, coloured the more, the larger
# a number is (blue from 0 up, vermilion below), and at the right what shall come out. The check tries
# your line on arrays that it has drawn at random.

# %% [markdown]
# This cell finds the course's library, `nstlib`, in a folder above this notebook. In Colab it
# fetches the course first.

# %%
# {{setup}}

# %% [markdown]
# The puzzles, and what your lines are written with:

# %%
import numpy as np

from nstlib.check import puzzles

# %% [markdown]
# ## Broadcasting
#
# Two arrays that are added or multiplied are laid upon each other from the right, axis by axis. Two
# axes fit if they have the same length, or if one of them has length 1: that one is repeated.
# `u[:, None]` gives an array of `n` numbers a second axis of length 1. That is all of it, and enough
# for the first four.
#
# ### 1. All products
#
# A table with a row for each number of `u` and a column for each number of `v`; in each cell
# stands the product of the two. `u` has `n` numbers and `v` has `m`.

# %%
puzzles.outer.show()

# %% [markdown]
# Complete the line; `puzzles.outer.hint()` helps, and so it does with the others.


# %% tags=["exercise"]
def outer(u, v):
    """All products of a number of u, (n,), and a number of v, (m,): shape (n, m)."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.outer}}

# %% [markdown]
# The check draws arrays of its own.

# %%
puzzles.outer(outer)

# %% [markdown]
# ### 2. Without its mean
#
# `F` are features, as a network has them, with a row for each position and a column for each
# channel. Take from every channel its mean over the positions.

# %%
puzzles.center.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def center(F):
    """Features (M, C), each channel without its mean over the positions."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.center}}

# %% [markdown]
# And the check:

# %%
puzzles.center(center)

# %% [markdown]
# ### 3. Who is near whom?
#
# Each row of `P` is a point. How far is every point from every other one? (Squared, so that no
# root is needed: 3 and 4 make 25.)

# %%
puzzles.distances.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def distances(P):
    """Squared distances (M, M) between each two of the M rows of P, (M, d)."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.distances}}

# %% [markdown]
# And the check:

# %%
puzzles.distances(distances)

# %% [markdown]
# ### 4. The mean of a region
#
# A mask says how much each position belongs to a region: 1 is inside, 0 is outside, and there is
# everything in between. What is the mean of each channel there?

# %%
puzzles.region_mean.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def region_mean(F, mask):
    """The mean of each channel (C,) of F (M, C), weighted with mask (M,), from 0 to 1."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.region_mean}}

# %% [markdown]
# And the check:

# %%
puzzles.region_mean(region_mean)

# %% [markdown]
# ## Gram matrices
#
# ### 5. Which channels are active together?
#
# Multiply each pair of channels at every position, and average. (Here without a first axis for
# pictures: `F` is one matrix.)

# %%
puzzles.gram.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def gram(F):
    """The Gram matrix (C, C) of features (M, C), averaged over the M positions."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.gram}}

# %% [markdown]
# And the check:

# %%
puzzles.gram(gram)

# %% [markdown]
# ### 6. It has not noticed
#
# Find other features that have the very same Gram matrix, whatever `F` is. There are many ways.

# %%
puzzles.same_gram.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def same_gram(F):
    """Other features than F, (M, C), that have its Gram matrix."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.same_gram}}

# %% [markdown]
# And the check:

# %%
puzzles.same_gram(same_gram)

# %% [markdown]
# ### 7. The means, for nothing
#
# Append a channel of ones as the last one. Now the Gram matrix has the means of all channels in
# its last row: can you see why?

# %%
puzzles.with_ones.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def with_ones(F):
    """Features (M, C) with one channel more, which is 1 everywhere: shape (M, C + 1)."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.with_ones}}

# %% [markdown]
# And the check:

# %%
puzzles.with_ones(with_ones)

# %% [markdown]
# ## Statistics
#
# ### 8. The features are lost
#
# All that is left is their Gram matrix `G` and the mean of each channel. Compute the covariance:
# the Gram matrix that the features would have had without their means.

# %%
puzzles.covariance.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def covariance(G, mean):
    """The covariance (C, C) of features with the Gram matrix G (C, C) and the means (C,)."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.covariance}}

# %% [markdown]
# And the check:

# %%
puzzles.covariance(covariance)

# %% [markdown]
# ### 9. In another's clothes
#
# Give each channel of `F` the mean and the deviation that it has in `S`. The two have as many
# channels, but not as many positions.

# %%
puzzles.dress.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def dress(F, S):
    """F (M, C) with the mean and the deviation of each channel in S (M2, C)."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.dress}}

# %% [markdown]
# And the check:

# %%
puzzles.dress(dress)

# %% [markdown]
# ### 10. What mean and deviation do not see
#
# The counterpart of the sixth puzzle. Find features in which every channel has kept its mean and
# its deviation, and the Gram matrix is another one all the same.

# %%
puzzles.same_moments.show()

# %% [markdown]
# Your line:


# %% tags=["exercise"]
def same_moments(F):
    """Features (M, C) with the means and deviations of F, and another Gram matrix."""
    return ...


# %% tags=["solution"]
# {{solution nstlib.check.references.same_moments}}

# %% [markdown]
# And the check:

# %%
puzzles.same_moments(same_moments)

# %% [markdown]
# ## And now?
#
# `outer` stands at the bottom of `covariance`; `gram`, `covariance` and `dress` are what lessons
# [04](04_gram_matrices.ipynb) and [13](13_any_style.ipynb) build with; and the sixth and the
# tenth puzzle say what each of them cannot see. Means and deviations do not know which channels
# are active together, and a Gram matrix does not know where anything was.
