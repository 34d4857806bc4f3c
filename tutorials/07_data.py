# ---
# jupyter:
#   workshop:
#     title: "Data: collecting, cleaning, augmenting, splitting"
#     topics: [data, data collection, data cleaning, duplicates, wrong labels, missing values,
#       data augmentation, train validation test split, leakage, distribution shift, bias]
#     minutes: 35
#     seconds: 10
#     data: digits, 1797 images of 8 x 8; mnist5k, 5000 images
# ---

# %% [markdown]
# # 7 Data: collecting, cleaning, augmenting, splitting
#
# Most of the work of machine learning is here, and most of the ways to fool oneself. This lesson
# makes the classic mistakes on purpose, one after the other, and measures what each costs. The
# learner stays the same all the time, the simplest there is: *the nearest known example decides*.
#
# | | |
# | --- | --- |
# | needs | lesson 4 |
# | data | `digits`, `mnist5k` (shrunk to 8 x 8), and numbers drawn by lot; seeds 0 to 4 |
# | time | 35 minutes to read and try, 10 seconds to run on 2 cores |
# | expect | pure noise "told apart" in 0.8 of all cases, by leakage; 0.5 without |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor

from supervised.augmentation import shake
from supervised.cleaning import doubtful_labels, repeated_rows
from supervised.data import load
from supervised.split import leaked_rows, split
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"

# %%
from sklearn.neighbors import KNeighborsClassifier

digits = load("digits")
rows = split(digits, seed=0)


def nearest(inputs: Tensor, labels: Tensor, asked: Tensor, truth: Tensor) -> float:
    """The share of `asked` that the nearest of `inputs` tells right. Images: (n, 1, 8, 8)."""
    model = KNeighborsClassifier(1).fit(inputs.flatten(1).numpy(), labels.numpy())
    return float(model.score(asked.flatten(1).numpy(), truth.numpy()))


clean = nearest(
    digits.inputs[rows.train], digits.targets[rows.train],
    digits.inputs[rows.test], digits.targets[rows.test],
)  # fmt: skip
expect("with clean data", clean, full=(0.97, 1.0), fast=(0.97, 1.0))

# %% [markdown]
# ## Cleaning: what is wrong in here?
#
# Real data come with errors. So that we can count what we find, we plant some: 5 % of the labels
# become another digit, and 40 rows are there a second time.

# %% [markdown] tags=["prediction"]
# **Predict first.** Somebody looks at only the 50 most doubtful of the labels. How many of those
# will really be wrong, if a model chooses which to look at? And if chance does?

# %%
count = pick(full=1500, fast=400)
rng = np.random.default_rng(0)
images, truth = digits.inputs[:count], digits.targets[:count]
wrong = torch.from_numpy(rng.permutation(count)[: count // 20])
labels = truth.clone()
labels[wrong] = (labels[wrong] + torch.from_numpy(rng.integers(1, 10, len(wrong)))) % 10
again = torch.from_numpy(rng.integers(0, count, 40))
dirty_images, dirty_labels = torch.cat((images, images[again])), torch.cat((labels, labels[again]))

repeated = repeated_rows(dirty_images)
print(f"{len(repeated)} rows repeat an earlier one; 40 were planted")
doubts = doubtful_labels(images, labels)
really = np.array([labels[it.row] != truth[it.row] for it in doubts])
top = pick(full=50, fast=15)
print(f"{len(doubts)} labels in doubt; of the first {top} wrong: {really[:top].sum()}; ", end="")
print(f"by chance: about {top * len(wrong) / count:.1f}")

# %%
figure, all_axes = plt.subplots(1, 10, figsize=(10, 1.7))
for axes, doubt in zip(all_axes, doubts, strict=False):
    axes.imshow(images[doubt.row, 0], cmap="gray_r")
    axes.set_title(f"says {doubt.label}\nrather {doubt.suggested}?", fontsize=8)
    axes.axis("off")
show(figure, "07-doubts")

# %%
expect("repeated rows found", len(repeated), full=(40, 40), fast=(40, 40))
expect("really wrong among the first", really[:top].mean(), full=(0.9, 1.0), fast=(0.8, 1.0))
found = really.sum() / len(wrong)
expect("share of the wrong labels found", found, full=(0.9, 1.0), fast=(0.7, 1.0))

# %% [markdown]
# The model never saw the row it is asked about: it learns from four fifths and is asked about the
# rest, in turn. **Look, then decide**: a label in doubt may be right, and the image a rare one.
#
# What did the wrong labels cost?

# %%
asked, answers = digits.inputs[count:], digits.targets[count:]
kept = torch.ones(count, dtype=torch.bool)
kept[[it.row for it in doubts]] = False
dirty = nearest(images, labels, asked, answers)
cleaned = nearest(images[kept], labels[kept], asked, answers)
print(
    f"clean {nearest(images, truth, asked, answers):.3f}, dirty {dirty:.3f}, cleaned {cleaned:.3f}"
)
expect("gained by cleaning", cleaned - dirty, full=(0.01, 0.08))

# %% [markdown]
# ## Splitting, and how the answer leaks
#
# Data are parted in three: to **learn** from, to **choose** by (validation: which method, which
# settings), and to **judge** by (test: once, at the end). What was learned from can judge nothing.
# It sounds easy to obey. Three ways to break it without noticing:
#
# **Leak 1: copies on both sides.** Somebody has only 150 images, makes eight slightly changed ones
# of each ("more data is better"), and *then* splits by lot.

# %%
few = split(digits, seed=1).train[:150]
generator = torch.Generator().manual_seed(0)
copies = torch.cat([shake(digits.inputs[few], generator, shift=0.04) for _ in range(8)])
copied_labels = digits.targets[few].repeat(8)
order = torch.randperm(len(copies), generator=generator)
learned, judged = order[: len(order) * 4 // 5], order[len(order) * 4 // 5 :]
leaky = nearest(copies[learned], copied_labels[learned], copies[judged], copied_labels[judged])
unseen = torch.ones(len(digits), dtype=torch.bool)
unseen[few] = False
honest = nearest(copies, copied_labels, digits.inputs[unseen], digits.targets[unseen])
expect("augmented, then split", leaky, full=(0.97, 1.0), fast=(0.97, 1.0))
expect("on images never seen", honest, full=(0.8, 0.95), fast=(0.8, 0.95))

# %% [markdown]
# The promise was "nearly perfect", the truth is one mistake in about ten: each test image had a
# sister in training. The same happens with several photos of one patient, or sentences of one
# author. Rows that belong together stay together; that is what `groups` of a data set are for.
# Augment *after* splitting.
#
# **Leak 2: choosing features with the test in view.** Now data with nothing in them: 60 rows of
# 2000 numbers drawn by lot, and labels drawn by lot as well.

# %% [markdown] tags=["prediction"]
# **Predict first.** Of the 2000 columns we keep the 20 that go best with the labels, and then split
# and learn, properly. In what share of the test rows will the nearest example be right?

# %%


def best_columns(numbers: np.ndarray, signs: np.ndarray, count: int = 20) -> np.ndarray:
    """The columns that go best with labels of -1 and 1: those of largest correlation."""
    centred = numbers - numbers.mean(0)
    return np.abs(signs @ centred / numbers.std(0)).argsort()[-count:]


def noise_accuracy(seed: int, choose_first: bool) -> float:
    """What the nearest example reaches on noise; columns chosen before the split, or after."""
    rng = np.random.default_rng(seed)
    numbers, signs = rng.normal(size=(60, 2000)), rng.permutation([-1, 1] * 30)
    seen = slice(None) if choose_first else slice(40)
    numbers = numbers[:, best_columns(numbers[seen], signs[seen])]
    model = KNeighborsClassifier(1).fit(numbers[:40], signs[:40])
    return float(model.score(numbers[40:], signs[40:]))


times = pick(full=100, fast=20)
too_good, fair = (
    np.mean([noise_accuracy(seed, first) for seed in range(times)]) for first in (True, False)
)
expect("noise, columns chosen on all rows", too_good, full=(0.72, 0.95), fast=(0.7, 0.97))
expect("noise, columns chosen on training rows", fair, full=(0.44, 0.54), fast=(0.35, 0.6))

# %% [markdown]
# From noise! The 20 columns fit *all* 60 labels by chance, the test's too. Everything that looks at
# labels, or even at means and widths, belongs after the split and on the training rows alone.
#
# **Leak 3: time.** Weather, prices, anything with neighbours in time: a test day whose neighbours
# were learned from is half known. Lesson 6 splits by time for this reason.
#
# Our `split` looks for rows that are on both sides and warns; here is the search:

# %%
source(leaked_rows)

# %% [markdown]
# ## Augmenting: more from the same
#
# Turned, zoomed, slanted and moved a little, a 3 is still a 3. After the split, and only in
# training, that is a way to get more data. Which changes a label survives has to be *thought
# about*. Mirrored, a 3 is no digit; and a 6 on its head is a 9.

# %%
sizes = pick(full=(50, 150, 500, 1257), fast=(50, 150))
ways = {
    "as they are": lambda images, generator: images[:0],
    "shaken": lambda images, generator: torch.cat(
        [shake(images, generator, shift=0.04) for _ in range(8)]
    ),
    "on their heads": lambda images, generator: images.flip(2, 3),
}
seeds = pick(full=5, fast=1)
curves = {name: np.zeros((seeds, len(sizes))) for name in ways}
for seed in range(seeds):
    generator = torch.Generator().manual_seed(seed)
    parts = split(digits, seed=seed)
    shuffled = parts.train[torch.randperm(len(parts.train), generator=generator)]
    for column, size in enumerate(sizes):
        there, known = digits.inputs[shuffled[:size]], digits.targets[shuffled[:size]]
        for name, way in ways.items():
            more = way(there, generator)
            curves[name][seed, column] = nearest(
                torch.cat((there, more)), known.repeat(1 + len(more) // len(there)),
                digits.inputs[parts.test], digits.targets[parts.test],
            )  # fmt: skip

figure, axes = plt.subplots(figsize=(7, 3.4))
for (name, values), colour in zip(curves.items(), (GREY, BLUE, ORANGE), strict=True):
    axes.fill_between(sizes, values.min(0), values.max(0), color=colour, alpha=0.15)
    axes.plot(sizes, values.mean(0), "o-", color=colour, label=name)
    print(f"{name:15}", values.mean(0).round(3))
axes.set(xscale="log", xlabel="images collected", ylabel="share of test images right")
axes.set_xticks(sizes, [str(size) for size in sizes])
axes.minorticks_off()
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="lower right")
show(figure, "07-augmentation")
gain = curves["shaken"][:, 0].mean() - curves["as they are"][:, 0].mean()
expect("gained by shaking 50 images", gain, full=(0.01, 0.15))
late = curves["shaken"][:, -1].mean() - curves["as they are"][:, -1].mean()
expect("gained by shaking all of them", late, full=(-0.01, 0.02))

# %% [markdown]
# It helps where there is little, and hardly where there is enough. It never replaces collecting:
# look how much further 150 collected images get than 50 shaken ones.
#
# ## Collecting, and what happens elsewhere
#
# Our digits were written by 13 people in Turkey. Will the model work on another collection? MNIST
# was written by American pupils and civil servants. Cropped and shrunk to 8 x 8 it looks much the
# same to us:

# %%
mnist = load("mnist5k")
middle = mnist.inputs[:, :, 4:24, 4:24]  # the digit fills the middle 20 x 20
small = torch.nn.functional.interpolate(middle, (8, 8), mode="area")
both = (digits.inputs, digits.targets), (small, mnist.targets)
figure, all_axes = plt.subplots(2, 10, figsize=(9, 2))
for digit in range(10):
    for row, (pictures, names) in enumerate(both):
        all_axes[row, digit].imshow(pictures[names == digit][1, 0], cmap="gray_r")
        all_axes[row, digit].axis("off")
show(figure, "07-two-collections")

# %% [markdown] tags=["prediction"]
# **Predict first.** On its own test images the model is right in 0.99. On the second row's?

# %%
foreign = split(mnist, seed=0)
judges, judged_labels = small[foreign.test], mnist.targets[foreign.test]
elsewhere = nearest(digits.inputs[rows.train], digits.targets[rows.train], judges, judged_labels)
steps = pick(full=(0, 50, 200, 1000), fast=(0, 50))
order = np.random.default_rng(0).permutation(foreign.train.numpy())
adapted = [
    nearest(
        torch.cat((digits.inputs[rows.train], small[order[:more]])),
        torch.cat((digits.targets[rows.train], mnist.targets[order[:more]])),
        judges, judged_labels,
    )
    for more in steps
]  # fmt: skip
for more, value in zip(steps, adapted, strict=True):
    print(f"with {more:4} images of the new kind: {value:.3f}")
expect("elsewhere", elsewhere, full=(0.4, 0.85), fast=(0.4, 0.85))
expect("with 1000 of the new kind", adapted[-1], full=(0.85, 0.97))

# %% [markdown]
# This is **shift**: the world in which a model is used differs from the one it was collected in.
# The test did not warn us, for it came from the same box as the training set. So the workshop's
# rule:
#
# - **Validation and test come from where the model will be used.** Both from the same place.
# - **Training data may come from anywhere**: drawn, bought, augmented, from the other collection.
#
# `split(dataset, only_train=...)` keeps foreign rows out of the judging, and warns where validation
# and test differ.
#
# ## Exercises
#
# `workshop lesson 7 --answers answers_07.py` writes these into a file for you;
# `workshop lesson 7 --check answers_07.py` marks it; `--hint NAME` helps.
#
# ### 1 Fill what is missing
#
# A gap in a table is a NaN. Fill each with the median of its column; and the test may not have a
# say.


# %% tags=["exercise"]
def filled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both tables without gaps: each NaN becomes the median of its column in `train`."""
    ### BEGIN SOLUTION
    medians = np.nanmedian(train, axis=0)
    return np.where(np.isnan(train), medians, train), np.where(np.isnan(test), medians, test)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "filled",
    hints=(
        "np.nanmedian leaves gaps out; axis=0 is along the column.",
        "The medians come from train, for both tables.",
        "np.where(np.isnan(table), medians, table)",
    ),
)
def check_filled(filled):
    train = np.array([[1.0, 10], [np.nan, 20], [3, 60]])
    test = np.array([[np.nan, np.nan], [100, 5]])
    one, other = filled(train, test)
    assert np.allclose(one, [[1, 10], [2, 20], [3, 60]]), "the median of 1 and 3 is 2"
    assert not np.isnan(other).any(), "the test has gaps left"
    assert np.allclose(other[0], [2, 20]), f"2 and 20 are train's medians; you used {other[0]}"
    assert np.isnan(train[1, 0]), "leave the tables you are given as they are"


# %% [markdown]
# ### 2 Keep together what belongs together
#
# Several rows are of one person. Part them so that nobody is on both sides.


# %% tags=["exercise"]
def split_by_group(groups: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """bool (n,): True for the rows to judge by: whole groups, in random order, until at least
    `share` of all rows are chosen."""
    ### BEGIN SOLUTION
    chosen = np.zeros(len(groups), bool)
    for group in rng.permutation(np.unique(groups)):
        if chosen.mean() >= share:
            break
        chosen |= groups == group
    return chosen
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "split_by_group",
    hints=(
        "Begin with an array of False, and go through rng.permutation(np.unique(groups)).",
        "chosen |= groups == group chooses all rows of a group.",
        "Stop as soon as chosen.mean() >= share, and look before you add the next group.",
    ),
)
def check_split_by_group(split_by_group):
    groups = np.repeat(np.arange(20), 5)
    chosen = split_by_group(groups, 0.2, np.random.default_rng(0))
    assert chosen.dtype == bool and chosen.shape == (100,), "a bool for each row"
    assert not set(groups[chosen]) & set(groups[~chosen]), "a group is on both sides"
    assert chosen.sum() == 20, f"20 of 100 rows are a share of 0.2, and not {chosen.sum()}"
    other = split_by_group(groups, 0.2, np.random.default_rng(1))
    assert (chosen != other).any(), "another generator should draw other groups"


# %% [markdown]
# ### 3 Move an image
#
# The simplest augmentation of all. What comes in at the edge is 0; what goes out is gone.


# %% tags=["exercise"]
def moved(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """The image moved by whole pixels; negative: up and to the left. `image`: (rows, cols)."""
    ### BEGIN SOLUTION
    result = np.zeros_like(image)
    for row, col in np.ndindex(image.shape):
        source_row, source_col = row - down, col - right
        if 0 <= source_row < image.shape[0] and 0 <= source_col < image.shape[1]:
            result[row, col] = image[source_row, source_col]
    return result
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "moved",
    hints=(
        "The pixel at (row, col) comes from (row - down, col - right), if that lies in the image.",
        "np.roll moves too, but what goes out comes in on the other side: that has to become 0.",
        "Begin with np.zeros_like(image), and fill in each pixel whose source is in the image.",
    ),
)
def check_moved(moved):
    image = np.arange(1, 10).reshape(3, 3)
    assert (moved(image, 0, 0) == image).all(), "not moved at all"
    assert moved(image, 1, 0).tolist() == [[0, 0, 0], [1, 2, 3], [4, 5, 6]], "down by one"
    assert moved(image, 0, -1).tolist() == [[2, 3, 0], [5, 6, 0], [8, 9, 0]], "left by one"
    assert not moved(image, 5, 0).any(), "moved out altogether: nothing is left"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Where do the mean and width for scaling come from?",
        ("All rows", "The training rows", "The test rows"),
        answer=1,
        because="Whatever is fitted is fitted on what is learned from. The test's mean would tell "
        "something about the answers to come.",
    ),
    Question(
        "A model is to find illness in X-ray images, and most patients have several. How to split?",
        ("By lot, image by image", "By lot, patient by patient", "By the size of the files"),
        answer=1,
        because="Images of one patient are alike. With a patient on both sides the test measures "
        "whether the model recognises the patient.",
    ),
    Question(
        "You can buy 100,000 foreign images and take 2,000 where the model is used. Which judge?",
        (
            "A random part of all 102,000",
            "Only foreign ones: there are more",
            "Only some of the 2,000",
        ),
        answer=2,
        because="What judges has to be like what comes later. The foreign ones, and what is left "
        "of the 2,000, are welcome to learn from.",
    ),
    Question(
        "Which change is a good augmentation for photos of birds?",
        ("Left and right exchanged", "All colours inverted", "The pixels shuffled"),
        answer=0,
        because="A bird that looks to the left might as well look to the right: the label "
        "survives. No bird will ever come in inverted colours.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*, section
#   7.10.2: the wrong and the right way to do cross-validation.
# - S. Kaufman, S. Rosset and C. Perlich, *Leakage in Data Mining*, 2011.
# - C. Northcutt, A. Athalye and J. Mueller, *Pervasive Label Errors in Test Sets*, 2021.
# - T. Gebru et al., *Datasheets for Datasets*, 2018.
# - `supervised/split.py`, `supervised/cleaning.py`, `supervised/augmentation.py`: what was used
#   here.
