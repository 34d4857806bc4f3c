# ---
# jupyter:
#   workshop:
#     title: "GANs: a forger and a detective"
#     topics: [GAN, generative adversarial network, generator, discriminator, mode collapse,
#       generative model, minimax, density, Gaussian mixture, fake images, momentum]
#     minutes: 30
#     seconds: 40
#     data: "points drawn on a ring of eight heaps; digits, 1797 images of 8 x 8"
# ---

# %% [markdown]
# # 15 GANs: a forger and a detective
#
# Two networks play against each other. The **generator** forges, and the **discriminator** tells
# forged from real. Each gets better because the other does. Ian Goodfellow and others described it
# in 2014 as a *generative adversarial network*, a GAN. When does this game end well, and how does
# it go wrong?
#
# | | |
# | --- | --- |
# | needs | lessons 8 and 14 |
# | data | a ring of 8 heaps of points, drawn by lot; `digits`, 1797 images of 8 x 8 |
# | time | 30 minutes to read and try, 40 seconds to run on 2 cores; seeds 0 to 2 |
# | expect | points near a heap 0.85 with one setting, 0.37 with another that looks harmless |

# %% tags=["setup"]
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from supervised.data import load
from workshop.lessons import Question, exercise, expect, pick, quiz, show

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"

# %% [markdown]
# ## Something simple to forge
#
# Faces are hard to judge. So we begin with points in the plane, where one sees at once what is
# missing: eight small heaps on a ring, all equally likely.

# %%
ANGLES = torch.arange(8) * math.tau / 8
CENTRES = 2 * torch.stack((ANGLES.cos(), ANGLES.sin()), 1)  # (8, 2)


def real_points(count: int, generator: torch.Generator) -> Tensor:
    """(count, 2): each in one of the eight heaps, whose standard deviation is 0.08."""
    heap = torch.randint(8, (count,), generator=generator)
    return CENTRES[heap] + 0.08 * torch.randn(count, 2, generator=generator)


# %% [markdown]
# The generator gets two random numbers `z` and makes a point of them. The discriminator gets a
# point and puts out one number: above zero for *real*, below for *forged*. Their costs:
#
# ```
# discriminator    mean of softplus(-D(real))  +  mean of softplus(D(forged))
# generator        mean of softplus(-D(forged))             softplus(x) = ln(1 + e^x)
# ```
#
# Each is the surprise (cross-entropy) at the answer it would like. The generator never sees a real
# point. All that it learns comes through the discriminator, by backpropagation: *move your point
# this way, and I would rather take it for real*.


# %%
def small(inputs: int, outputs: int, bend: nn.Module) -> nn.Sequential:
    """A network with two hidden layers of 64."""
    return nn.Sequential(
        nn.Linear(inputs, 64), bend, nn.Linear(64, 64), bend, nn.Linear(64, outputs)
    )


def play(seed: int, momentum: float, steps: int) -> list[Tensor]:
    """One training; 1000 forged points at its beginning and after each sixth of it."""
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    forger, detective = small(2, 2, nn.ReLU()), small(2, 1, nn.LeakyReLU(0.2))
    softplus = nn.functional.softplus
    optimisers = [
        torch.optim.Adam(network.parameters(), lr=1e-3, betas=(momentum, 0.999))
        for network in (forger, detective)
    ]
    forged = []
    for step in range(steps + 1):
        if step % (steps // 6) == 0:
            with torch.no_grad():
                forged.append(forger(torch.randn(1000, 2, generator=chance)))
        real, fake = real_points(128, chance), forger(torch.randn(128, 2, generator=chance))

        told = softplus(-detective(real)).mean() + softplus(detective(fake.detach())).mean()
        optimisers[1].zero_grad()
        told.backward()
        optimisers[1].step()

        fooled = softplus(-detective(fake)).mean()
        optimisers[0].zero_grad()
        fooled.backward()
        optimisers[0].step()
    return forged


# %% [markdown]
# `fake.detach()` is the line to understand. While the detective learns, nothing may flow back into
# the forger: he would learn to be caught. And while the forger learns, the gradients that the
# detective gets on the way are thrown away by the next `zero_grad`.

# %% [markdown] tags=["prediction"]
# **Predict first.** Adam keeps a running mean of the gradients, its *momentum*. PyTorch's default
# is 0.9: about the last ten steps count. We play with 0.9 and with 0.5, three seeds each, and
# everything else is the same. How many of the eight heaps will the forger find? Does the setting
# matter?

# %%
steps = pick(full=1800, fast=60)
seeds = range(pick(full=3, fast=1))
games = {momentum: [play(seed, momentum, steps) for seed in seeds] for momentum in (0.9, 0.5)}


def heaps_found(points: Tensor) -> tuple[int, float]:
    """Heaps with at least 1 % of the points within 0.3, and the share of points near any heap."""
    nearest = torch.cdist(points, CENTRES).min(1)
    near = nearest.values < 0.3
    counts = torch.bincount(nearest.indices[near], minlength=8)
    return int((counts >= 0.01 * len(points)).sum()), float(near.float().mean())


for momentum, trainings in games.items():
    for seed, forged in enumerate(trainings):
        line = "  ".join("{} ({:.2f})".format(*heaps_found(points)) for points in forged)
        print(f"momentum {momentum}, seed {seed}: heaps (share near one): {line}")

# %%
genuine = real_points(400, torch.Generator().manual_seed(9))
figure, axes = plt.subplots(2, 7, figsize=(12.5, 4), layout="constrained")
for line, (momentum, trainings) in zip(axes, games.items(), strict=True):
    for number, (axis, points) in enumerate(zip(line, trainings[0], strict=True)):
        axis.scatter(*genuine.T, s=4, color=GREY, alpha=0.3)
        axis.scatter(*points[:400].T, s=4, color=ORANGE, alpha=0.6)
        axis.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[], aspect="equal")
        axis.set_title(f"step {number * (steps // 6)}", fontsize=9)
    line[0].set_ylabel(f"momentum {momentum}")
show(figure, "15-ring")

# %%
last = {m: [heaps_found(forged[-1]) for forged in trainings] for m, trainings in games.items()}
high, low = (np.array(last[momentum]).mean(0) for momentum in (0.9, 0.5))
expect("heaps found with 0.9, mean", high[0], full=(1, 7.7))
expect("heaps found with 0.5, mean", low[0], full=(7, 8))
expect("points near a heap with 0.9", high[1], full=(0.05, 0.6))
expect("points near a heap with 0.5", low[1], full=(0.65, 1))

# %% [markdown]
# With 0.5 the forger finds all eight heaps in all three games, and 85 % of its points lie near one.
# With 0.9, the usual setting, it is 37 %. Look at the upper row: at each moment the forger makes
# one kind of thing, a line. The detective learns to distrust that place, the forger moves on, and
# so they run round the ring after each other. That is **mode collapse**: whatever fools the
# detective *now* is made again and again, and nothing in the forger's cost asks for variety. Of the
# three games with 0.9, one never got out of it; the other two did, late.
#
# Why the momentum? It keeps the forger going where the gradient pointed ten steps ago. In ordinary
# training the hill stays where it is. Here the opponent moves it at every step. That is the heart
# of the trouble with GANs: **nobody walks downhill, two walk on each other's hills**. A game need
# not come to rest. Three seeds of one small problem are no law about the number 0.5, either; the
# lesson is to run several seeds, and to count what was found.
#
# ## The simple rival
#
# Nobody has to play a game to draw points like these. A **mixture of Gaussians** says: the points
# come from eight round heaps; find out where they are. Its rule (expectation and maximisation) is
# from 1977.

# %%
from sklearn.mixture import GaussianMixture

mixture = GaussianMixture(8, random_state=0, n_init=3)
mixture.fit(real_points(1000, torch.Generator().manual_seed(2)).numpy())
heaps, near = heaps_found(torch.from_numpy(mixture.sample(1000)[0]).float())
expect("heaps found by a mixture of Gaussians", heaps, full=(8, 8), fast=(6, 8))
expect("its points near a heap", near, full=(0.97, 1), fast=(0.5, 1))

# %% [markdown]
# It needs a blink, finds all eight, and can even tell how likely a point is; no GAN can. But we
# told it that there are eight round heaps. For images of faces nobody knows what to tell.
#
# ## Small images
#
# The same game with digits of 8 x 8. For the generator's last layer we take a sigmoid, so that
# pixels lie between 0 and 1; apart from sizes nothing else changes.

# %%
digits = load("digits")
images = digits.inputs.flatten(1)  # (1797, 64)


def forge_digits(steps: int, seed: int = 0) -> tuple[Tensor, list[tuple[float, float]]]:
    """300 forged digits, (300, 64), and how both costs went."""
    torch.manual_seed(seed)
    forger = nn.Sequential(
        nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(),
        nn.Linear(128, 64), nn.Sigmoid(),
    )  # fmt: skip
    detective = nn.Sequential(
        nn.Linear(64, 128), nn.LeakyReLU(0.2), nn.Dropout(0.3),
        nn.Linear(128, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1),
    )  # fmt: skip
    softplus = nn.functional.softplus
    forges = torch.optim.Adam(forger.parameters(), lr=1e-3, betas=(0.5, 0.999))
    detects = torch.optim.Adam(detective.parameters(), lr=1e-3, betas=(0.5, 0.999))
    costs = []
    for _ in range(steps):
        real, fake = images[torch.randint(len(images), (64,))], forger(torch.randn(64, 16))
        told = softplus(-detective(real)).mean() + softplus(detective(fake.detach())).mean()
        detects.zero_grad()
        told.backward()
        detects.step()
        fooled = softplus(-detective(fake)).mean()
        forges.zero_grad()
        fooled.backward()
        forges.step()
        costs.append((float(told.detach()), float(fooled.detach())))
    with torch.no_grad():
        return forger(torch.randn(300, 16)), costs


forged, costs = forge_digits(pick(full=4000, fast=60))

# %% [markdown]
# How good are they? Looking is not enough, and a discriminator is no judge in its own cause. A
# third party judges: a forest that has learned to name real digits. It is asked which digits there
# are, and how sure it is. Beside the GAN again something simple, PCA: each digit class is one
# Gaussian in 16 directions, and we draw from those.

# %%
from sklearn.ensemble import RandomForestClassifier

from supervised.scaling import PCA

judge = RandomForestClassifier(100, random_state=0).fit(images[::2], digits.targets[::2])
pca = PCA.fit(images, 16)
rng = np.random.default_rng(0)
drawn = []
for digit in range(10):
    codes = pca(images[digits.targets == digit]).numpy()
    drawn.append(rng.multivariate_normal(codes.mean(0), np.cov(codes.T), 30))
by_pca = pca.undo(torch.from_numpy(np.concatenate(drawn)).float()).clamp(0, 1)
mixed = by_pca[torch.randperm(300, generator=torch.Generator().manual_seed(0))]
kinds = {"real (not seen)": images[1::2], "GAN": forged, "a Gaussian a digit": mixed}
sure = {name: judge.predict_proba(some.numpy()) for name, some in kinds.items()}

figure, axes = plt.subplots(2, 3, figsize=(11, 3.4), layout="constrained")
for column, (name, some) in zip(axes.T, kinds.items(), strict=True):
    tiles = some[:40].reshape(4, 10, 8, 8)
    sheet = nn.functional.pad(tiles, (1, 1, 1, 1), value=0.4).permute(0, 2, 1, 3).reshape(40, 100)
    column[0].imshow(sheet, cmap="gray", vmin=0, vmax=1)
    column[0].axis("off")
    column[0].set_title(f"{name}; the judge is sure to {sure[name].max(1).mean():.2f}", fontsize=10)
    share = np.bincount(sure[name].argmax(1), minlength=10) / len(some)
    column[1].bar(range(10), share, color=ORANGE if name == "GAN" else GREY)
    column[1].set(xticks=range(10), ylim=(0, 0.35), xlabel="taken for")
    column[1].spines[["top", "right"]].set_visible(False)
axes[1, 0].set_ylabel("share")
show(figure, "15-digits")

figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
window = pick(full=50, fast=5)
smooth = np.array(costs).reshape(-1, window, 2).mean(1)
for number, (name, colour) in enumerate((("discriminator", BLUE), ("generator", ORANGE))):
    axes.plot(np.arange(len(smooth)) * window, smooth[:, number], color=colour, label=name)
axes.axhline(2 * math.log(2), color=BLUE, linestyle=":", linewidth=1)
axes.axhline(math.log(2), color=ORANGE, linestyle=":", linewidth=1)
axes.set(xlabel="step", ylabel="cost")
axes.legend(fontsize=9)
axes.spines[["top", "right"]].set_visible(False)
show(figure, "15-costs")

# %%
rarest = np.bincount(sure["GAN"].argmax(1), minlength=10).min() / 300
certain = {name: found.max(1).mean() for name, found in sure.items()}
expect("the judge about real digits", certain["real (not seen)"], full=(0.65, 0.8))
expect("about the GAN's", certain["GAN"], full=(0.4, 0.6))
expect("about a Gaussian a digit", certain["a Gaussian a digit"], full=(0.57, 0.7))
expect("share of the rarest digit of the GAN", rarest, full=(0.01, 0.1))

# %% [markdown]
# The GAN makes every digit, and from nothing but noise and the opinion of a detective. Is it good?
# The judge is sure to 0.49 about its digits, and to 0.63 about those of ten plain Gaussians; real
# ones get 0.73. On images as small as these the simple method wins, in an instant, though it was
# told the labels and the GAN was not. Gaussians over pixels stop working where images are large and
# things can be anywhere in them; that is where GANs, and after them diffusion models, made the
# photographs of people who do not exist.
#
# Telling helps a GAN, too: `workshop learn gan` tells both players which digit an image is, on
# larger images. Told, forged digits are as far from unseen real ones as training images drawn by
# lot are (0.97 times); not told, `--no-labels`, they are 4.3 times as far (three seeds, a distance
# in a classifier's features).
#
# And the curve of costs? Dotted is where both would be if the detective could do no better than
# guess: 2 ln 2 and ln 2. The generator's cost goes up for hundreds of steps and comes down again,
# and each cost is measured by an opponent that changes. **The costs of a GAN do not say how good it
# is.**
#
# ## Exercises
#
# `workshop lesson 15 --answers answers_15.py` writes these into a file for you;
# `workshop lesson 15 --check answers_15.py` marks it; `--hint NAME` helps.
#
# ### 1 What the detective pays
#
# Write the discriminator's cost, from its outputs for real and for forged points: see the formula
# above. `np.logaddexp(0, x)` is softplus(x), and does not overflow.


# %% tags=["exercise"]
def detective_cost(real: np.ndarray, forged: np.ndarray) -> float:
    """The mean surprise at real points being real, plus that at forged ones being forged."""
    ### BEGIN SOLUTION
    return float(np.logaddexp(0, -real).mean() + np.logaddexp(0, forged).mean())
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "detective_cost",
    hints=(
        "It wants large outputs for real points, so these must make the cost small.",
        "softplus(-real) for the real ones, softplus(forged) for the forged; each has its mean.",
        "np.logaddexp(0, -real).mean() + np.logaddexp(0, forged).mean()",
    ),
)
def check_detective_cost(detective_cost):
    zero = np.zeros(4)
    assert abs(detective_cost(zero, zero) - 2 * math.log(2)) < 1e-9, "knowing nothing costs 2 ln 2"
    assert detective_cost(zero + 9, zero - 9) < 0.001, "right and sure costs next to nothing"
    assert detective_cost(zero - 9, zero + 9) > 17, "wrong and sure costs about 9 + 9"
    uneven = detective_cost(np.zeros(1), np.full(3, -50.0))
    assert abs(uneven - math.log(2)) < 1e-9, (
        "each part has its own mean, however many points it has"
    )


# %% [markdown]
# ### 2 What the forger pays
#
# Goodfellow's paper has two costs for the generator. The first is minus the discriminator's; the
# second, which is used, is softplus(-forged). The gradient says why: when the forger is bad and
# D(forged) = -5, how fast does each cost fall as D(forged) grows? Write both slopes with respect to
# the output. The slope of softplus(x) is sigmoid(x).


# %% tags=["exercise"]
def slopes(output: float) -> tuple[float, float]:
    """Of -softplus(output), and of softplus(-output), at that output for a forged point."""
    ### BEGIN SOLUTION
    sigmoid = 1 / (1 + math.exp(-output))
    return -sigmoid, -(1 - sigmoid)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "slopes",
    hints=(
        "The slope of -softplus(x) is -sigmoid(x).",
        "The slope of softplus(-x) is -sigmoid(-x), and sigmoid(-x) is 1 - sigmoid(x).",
        "s = 1 / (1 + math.exp(-output)); return -s, -(1 - s)",
    ),
)
def check_slopes(slopes):
    first, second = slopes(0.0)
    assert abs(first + 0.5) < 1e-9 and abs(second + 0.5) < 1e-9, "at 0 both are -0.5"
    first, second = slopes(-5.0)
    assert abs(first + 0.00669) < 1e-4, "at -5 the first is nearly flat: -0.0067"
    assert abs(second + 0.99331) < 1e-4, "at -5 the second is steep: -0.993; that is why it is used"


# %% [markdown]
# ### 3 The best detective
#
# At some place real points have the density `p` and forged ones `q`. As many are shown of each.
# What is the best probability for *real* that a detective can state there?


# %% tags=["exercise"]
def best_detective(p: float, q: float) -> float:
    """The probability that a point at this place is real."""
    ### BEGIN SOLUTION
    return p / (p + q)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "best_detective",
    hints=(
        "Think of 100 real and 100 forged points, 30 and 10 of which lie in this place.",
        "Of the 40 points there, 30 are real.",
        "p / (p + q)",
    ),
)
def check_best_detective(best_detective):
    assert abs(best_detective(0.3, 0.1) - 0.75) < 1e-9, "three real ones for each forged: 0.75"
    assert best_detective(0.2, 0.2) == 0.5, "a perfect forger leaves nothing but 0.5"
    assert best_detective(0.2, 0.0) == 1.0, "where nothing is forged, all is real"


# %% [markdown]
# ### 4 How many kinds?
#
# Mode collapse is that the forger makes a few kinds only. Count the kinds which have at least a
# share `least` of the samples. `kinds` holds the kind of each sample.


# %% tags=["exercise"]
def kinds_made(kinds: list[int], least: float) -> int:
    """How many kinds have at least that share of all samples."""
    ### BEGIN SOLUTION
    return sum(kinds.count(kind) >= least * len(kinds) for kind in set(kinds))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "kinds_made",
    hints=(
        "set(kinds) holds each kind once; list.count tells how often it is there.",
        "A kind counts if its count is at least least * len(kinds).",
        "sum(kinds.count(kind) >= least * len(kinds) for kind in set(kinds))",
    ),
)
def check_kinds_made(kinds_made):
    assert kinds_made([3, 3, 3], 0.01) == 1, "all of one kind: collapsed to 1"
    assert kinds_made([0, 1, 2, 3], 0.25) == 4, "a quarter is at least a quarter"
    assert kinds_made([0] * 99 + [1], 0.05) == 1, "1 in 100 is less than a share of 0.05"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "What is mode collapse?",
        (
            "The discriminator always says 'forged'",
            "The generator makes only some of the kinds there are",
            "The costs become NaN",
        ),
        answer=1,
        because="One convincing kind fools the discriminator for a while, and nothing in the "
        "generator's cost asks for the others.",
    ),
    Question(
        "The generator's cost goes up. What does that say about its images?",
        ("They get worse", "They get better", "Nothing, by itself"),
        answer=2,
        because="Its cost is measured by an opponent that learns too. A better detective raises it "
        "though the images may be better than before. Judge by something that stands still.",
    ),
    Question(
        "What does the generator see of the training data?",
        ("All of it", "Nothing", "One batch at a time"),
        answer=1,
        because="It only gets random numbers, and gradients through the discriminator. That alone "
        "moves its points to where the real ones are.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - I. Goodfellow and others, *Generative Adversarial Nets*, 2014.
# - A. Radford, L. Metz and S. Chintala, *Unsupervised Representation Learning with Deep
#   Convolutional Generative Adversarial Networks*, 2015: there the momentum of 0.5 is recommended.
# - L. Metz, B. Poole, D. Pfau and J. Sohl-Dickstein, *Unrolled Generative Adversarial Networks*,
#   2016: the ring of heaps as a test.
# - A. Dempster, N. Laird and D. Rubin, *Maximum Likelihood from Incomplete Data via the EM
#   Algorithm*, 1977.
