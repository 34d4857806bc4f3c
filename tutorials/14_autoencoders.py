# ---
# jupyter:
#   workshop:
#     title: "Autoencoders and search by image"
#     topics: [autoencoder, encoder, decoder, bottleneck, latent space, code, compression, PCA,
#       representation, embedding, similarity, nearest neighbours, search by image, denoising,
#       unsupervised learning, self-supervised learning]
#     minutes: 30
#     seconds: 25
#     data: mnist5k; the labels are only used to judge
# ---

# %% [markdown]
# # 14 Autoencoders and search by image
#
# A network gets an image and has to put out the same image. Nothing could be easier: it copies. So
# we make it hard. In the middle we leave room for 16 numbers only, and the image has 784. What can
# be told in 16 numbers, and what are they good for?
#
# | | |
# | --- | --- |
# | needs | lesson 8 |
# | data | `mnist5k`: 4000 digits to learn from, 1000 for the test; labels only to judge |
# | time | 30 minutes to read and try, 25 seconds to run on 2 cores; seed 0 |
# | expect | error 0.017 with 16 numbers, PCA 0.027; of the found images 0.9 show the same digit |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from supervised.data import load
from workshop.lessons import Question, exercise, expect, pick, quiz, show

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"

# %% [markdown]
# ## Through a bottleneck
#
# The **encoder** turns the image into a few numbers, its **code**. The **decoder** turns the code
# into an image again. Both are ordinary layers. The cost is how far the image that comes out is
# from the one that went in: the mean squared difference of their pixels. No label is needed. The
# image is its own target.


# %%
class Autoencoder(nn.Module):
    """784 pixels -> 128 -> `width` numbers -> 128 -> 784 pixels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, width)
        )
        self.decode = nn.Sequential(
            nn.Linear(width, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid()
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.decode(self.encode(images))  # (n, 784)


def learn(width: int, images: Tensor, noise: float = 0.0) -> Autoencoder:
    """Trains with Adam. With `noise` it sees spoiled images, and is to put out the clean ones."""
    torch.manual_seed(0)
    network = Autoencoder(width)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(pick(full=25, fast=1)):
        for batch in torch.randperm(len(images)).split(50):
            clean = images[batch]
            seen = clean + noise * torch.randn(clean.shape) if noise else clean
            cost = nn.functional.mse_loss(network(seen), clean.flatten(1))
            optimiser.zero_grad()
            cost.backward()
            optimiser.step()
    return network.eval()


# %% [markdown] tags=["prediction"]
# **Predict first.** There is an old method for the same task, without any network: **PCA**, the
# best that a *linear* encoder and decoder can do (lesson 5 draws with it). All are given 16 numbers
# for each image.
#
# 1. Which comes nearer to the image, the network or PCA?
# 2. We look for similar images among 4000, by the codes, or by all 784 pixels. Which finds most
#    images of the same digit: the network's codes, PCA's codes, or the bare pixels?

# %%
from supervised.scaling import PCA
from supervised.split import split

digits = load("mnist5k")
rows = split(digits, seed=0, validation=0.0)
shelf = rows.train[:: pick(full=1, fast=20)]
train, test = digits.inputs[shelf], digits.inputs[rows.test]  # (n, 1, 28, 28)
train_labels, test_labels = digits.targets[shelf], digits.targets[rows.test]

networks = {width: learn(width, train) for width in (2, 16)}
pcas = {width: PCA.fit(train, width) for width in (2, 16)}


def error(images: Tensor, again: Tensor) -> float:
    """The mean squared difference of a pixel."""
    return float((images.flatten(1) - again.flatten(1)).square().mean())


errors = {}
with torch.no_grad():
    for width in (2, 16):
        errors["network", width] = error(test, networks[width](test))
        errors["PCA", width] = error(test, pcas[width].undo(pcas[width](test)))
errors["mean image"] = error(test, train.mean(0, keepdim=True).expand_as(test))
print({str(name): round(value, 4) for name, value in errors.items()})

# %%
shown = [int((test_labels == digit).nonzero()[0]) for digit in range(10)]
with torch.no_grad():
    lines = {
        "image": test[shown],
        "network, 16": networks[16](test[shown]),
        "PCA, 16": pcas[16].undo(pcas[16](test[shown])),
        "network, 2": networks[2](test[shown]),
        "PCA, 2": pcas[2].undo(pcas[2](test[shown])),
    }
figure, axes = plt.subplots(5, 10, figsize=(10, 5.2), layout="constrained")
for line, (name, images) in zip(axes, lines.items(), strict=True):
    for axis, image in zip(line, images, strict=True):
        axis.imshow(image.reshape(28, 28), cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
    line[0].set_ylabel(name, fontsize=9, rotation=0, ha="right", va="center")
show(figure, "14-again")

# %%
expect("error of the mean image", errors["mean image"], full=(0.06, 0.075))
expect("error of the network with 16 numbers", errors["network", 16], full=(0.014, 0.02))
expect("error of PCA with 16 numbers", errors["PCA", 16], full=(0.024, 0.03))
expect("error of the network with 2 numbers", errors["network", 2], full=(0.04, 0.05))
expect("error of PCA with 2 numbers", errors["PCA", 2], full=(0.05, 0.06))

# %% [markdown]
# The network wins clearly: 0.017 to 0.027 with 16 numbers. PCA may only add and subtract sixteen
# fixed pictures; you see their ghosts. The network may bend. With two numbers both are blurred, and
# each puts out a mean of what it cannot tell apart.
#
# ## The plane of digits
#
# Two numbers can be drawn. Each point is a test image at the place of its code. The network was
# never told which digit is which.

# %%
figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
with torch.no_grad():
    places = {"PCA": pcas[2](test), "the network": networks[2].encode(test)}
for axis, (name, codes) in zip(axes, places.items(), strict=True):
    for digit in range(10):
        own = codes[test_labels == digit]
        axis.scatter(*own.T, s=8, color=plt.cm.tab10(digit), alpha=0.5)
    for digit in range(10):
        middle = codes[test_labels == digit].median(0).values
        axis.text(
            *middle.tolist(), str(digit), fontsize=15, weight="bold", ha="center", va="center"
        )
    axis.set(title=f"two numbers by {name}", xticks=[], yticks=[])
show(figure, "14-plane")

# %% [markdown]
# ## Search by image
#
# A shop has a million pictures, and a customer a photograph. To search is to find the nearest
# codes. We have 4000 digits on the shelf and 1000 questions, and take the five nearest of each.


# %%
def found_by(shelf: Tensor, questions: Tensor, count: int = 5) -> Tensor:
    """For each question, the `count` nearest of the shelf: int64 (questions, count)."""
    distances = torch.cdist(questions.flatten(1), shelf.flatten(1))
    return distances.topk(count, largest=False).indices


def same_digit(found: Tensor) -> float:
    """Which share of the found images show the digit that was asked for."""
    return float((train_labels[found] == test_labels[:, None]).float().mean())


torch.manual_seed(1)
with torch.no_grad():
    untrained = Autoencoder(16).encode
    spaces = {
        "784 pixels": (train, test),
        "PCA, 16 numbers": (pcas[16](train), pcas[16](test)),
        "network, 16 numbers": (networks[16].encode(train), networks[16].encode(test)),
        "untrained network, 16": (untrained(train), untrained(test)),
        "network, 2 numbers": (networks[2].encode(train), networks[2].encode(test)),
        "PCA, 2 numbers": (pcas[2](train), pcas[2](test)),
    }
shares = {name: same_digit(found_by(*space)) for name, space in spaces.items()}

# %%
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
colours = [ORANGE if "network" in name else GREY for name in shares]
bars = axes.barh(list(shares), list(shares.values()), color=colours)
axes.bar_label(bars, fmt="%.2f", padding=3)
axes.invert_yaxis()
axes.set(xlim=(0, 1.08), xlabel="found images that show the same digit (chance: 0.10)")
axes.spines[["top", "right"]].set_visible(False)
show(figure, "14-search")

asked = [int((test_labels == digit).nonzero()[4]) for digit in (2, 4, 5, 8, 9)]
found = found_by(*spaces["network, 16 numbers"])
figure, axes = plt.subplots(5, 6, figsize=(6.4, 5.4), layout="constrained")
for line, question in zip(axes, asked, strict=True):
    line[0].imshow(test[question, 0], cmap="gray")
    for axis, row in zip(line[1:], found[question], strict=True):
        axis.imshow(train[row, 0], cmap="gray")
        if train_labels[row] != test_labels[question]:
            axis.set_title(f"a {train_labels[row]}", fontsize=9, color=ORANGE, pad=1)
    for axis in line:
        axis.set(xticks=[], yticks=[])
axes[0, 0].set_title("asked for", fontsize=9, pad=4)
axes[0, 3].set_title("found", fontsize=9, pad=4)
show(figure, "14-found")

# %%
expect("by pixels", shares["784 pixels"], full=(0.88, 0.95), fast=(0.4, 1))
expect("by PCA's codes", shares["PCA, 16 numbers"], full=(0.85, 0.95), fast=(0.3, 1))
expect("by the network's codes", shares["network, 16 numbers"], full=(0.85, 0.95))
expect("by an untrained network", shares["untrained network, 16"], full=(0.4, 0.75))

# %% [markdown]
# Surprised? With 16 numbers, the codes of the network, those of PCA and all 784 pixels find the
# same digit nine times in ten; no difference is larger than a hundredth. The network is far better
# at *putting images out again*, and that has not made it better at *search*. It was not trained for
# that: a code must hold slant and thickness just as well as the digit. What both codes do give is
# 49 times less to store and to compare. Training pays against an untrained network, and with only
# two numbers against PCA.
#
# Look at what it finds, too. Errors are not absurd: a 9 with its loop almost shut looks like a 7,
# and that is what was found. Real engines for photographs take codes of networks that were trained
# to name millions of photographs, where neighbours in pixels mean next to nothing. Digits in the
# middle of a black frame are the easy case.
#
# ## Taught to clean
#
# If the encoder sees an image spoiled by noise and the decoder has to put out the clean one, then
# copying is no way out, however wide the bottleneck. It must know what digits look like. The
# simple rival is again PCA: noise in directions that no digit varies in is thrown away.

# %%
generator = torch.Generator().manual_seed(5)
spoiled = test + 0.5 * torch.randn(test.shape, generator=generator)
cleaner = learn(16, train, noise=0.5)
with torch.no_grad():
    cleaned = {
        "spoiled": spoiled,
        "by PCA": pcas[16].undo(pcas[16](spoiled)),
        "by the first": networks[16](spoiled),
        "by the cleaner": cleaner(spoiled),
    }
left = {name: error(test, images) for name, images in cleaned.items()}
figure, axes = plt.subplots(4, 10, figsize=(10, 4.2), layout="constrained")
for line, (name, images) in zip(axes, cleaned.items(), strict=True):
    for axis, image in zip(line, images[shown], strict=True):
        axis.imshow(image.reshape(28, 28), cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
    title = f"{name}\n{left[name]:.3f}"
    line[0].set_ylabel(title, fontsize=9, rotation=0, ha="right", va="center")
show(figure, "14-cleaned")
expect("left by PCA", left["by PCA"], full=(0.028, 0.037))
expect("left by the first network", left["by the first"], full=(0.033, 0.05))
expect("left by the cleaner", left["by the cleaner"], full=(0.02, 0.028))

# %% [markdown]
# The cleaner is best, 0.023. The first network is worse than PCA: it has never seen noise, and it
# turns noise into strokes. **A network is good at what it was trained for**; the linear method at
# least does nothing wild. The cleaner, too, sometimes cleans a digit into another one: it draws
# what was likely, not what was there. Remember that where such networks clean photographs or
# X-rays.
#
# ## It can draw, but not invent
#
# Between two codes lie others. Along the straight line from one to the other, one digit turns into
# the other. And if we just make codes up, by chance, around the mean of the real ones?

# %%
with torch.no_grad():
    codes = networks[16].encode(train)
    one, other = networks[16].encode(test[[shown[4], shown[9]]])
    steps = torch.linspace(0, 1, 10)[:, None]
    between = networks[16].decode((1 - steps) * one + steps * other)
    chance = torch.randn(10, 16, generator=generator) * codes.std(0) + codes.mean(0)
    invented = networks[16].decode(chance)
figure, axes = plt.subplots(2, 10, figsize=(10, 2.2), layout="constrained")
for line, name, images in zip(axes, ("from 4 to 9", "by chance"), (between, invented), strict=True):
    for axis, image in zip(line, images, strict=True):
        axis.imshow(image.reshape(28, 28), cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
    line[0].set_ylabel(name, fontsize=9, rotation=0, ha="right", va="center")
show(figure, "14-between")

# %% [markdown]
# Some of the invented ones remind of digits; few would pass for one. Nobody asked that *every* code
# mean something; there are holes between those in use. A variational autoencoder (VAE) asks for
# just that. Networks that invent are the next lesson.
#
# ## Exercises
#
# `workshop lesson 14 --answers answers_14.py` writes these into a file for you;
# `workshop lesson 14 --check answers_14.py` marks it; `--hint NAME` helps.
#
# ### 1 The nearest
#
# Which `count` rows of `shelf` lie nearest to `question`, the nearest first? As the distance take
# the root of the summed squares.


# %% tags=["exercise"]
def nearest(question: np.ndarray, shelf: np.ndarray, count: int) -> list[int]:
    """Rows of `shelf`, (n, width), by their distance from `question`, (width,)."""
    ### BEGIN SOLUTION
    distances = ((shelf - question) ** 2).sum(1) ** 0.5
    return np.argsort(distances, kind="stable")[:count].tolist()
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "nearest",
    hints=(
        "shelf - question subtracts the question from every row at once.",
        "Square, add up along axis 1: one number for each row. np.argsort puts them in order.",
        "np.argsort(((shelf - question) ** 2).sum(1))[:count].tolist()",
    ),
)
def check_nearest(nearest):
    shelf = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0], [-9.0, 0.0]])
    assert list(nearest(np.array([0.0, 0.0]), shelf, 1)) == [0], "a row itself is the nearest to it"
    found = list(nearest(np.array([0.0, 0.0]), shelf, 3))
    assert found == [0, 2, 1], (
        f"distances are 0, 5, 1 and 9: the nearest three are 0, 2, 1, not {found}"
    )
    assert list(nearest(np.array([2.9, 4.1]), shelf, 1)) == [1], "nearest to (2.9, 4.1) is row 1"


# %% [markdown]
# ### 2 Alike by direction
#
# Many search engines do not take the distance but the **cosine**: the sum of the products of two
# codes, divided by the lengths of both. It is 1 for codes of one direction, however long, 0 for
# codes at right angles, and -1 for opposite ones.


# %% tags=["exercise"]
def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """The cosine of the angle between two codes."""
    ### BEGIN SOLUTION
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "cosine",
    hints=(
        "The length of a code is the root of its summed squares: np.linalg.norm.",
        "one @ other multiplies number by number, and adds up.",
        "one @ other / (np.linalg.norm(one) * np.linalg.norm(other))",
    ),
)
def check_cosine(cosine):
    one = np.array([1.0, 2.0, 2.0])
    assert abs(cosine(one, 5 * one) - 1) < 1e-9, "the length does not matter: 1"
    assert abs(cosine(one, -one) + 1) < 1e-9, "opposite: -1"
    assert abs(cosine(np.array([1.0, 0]), np.array([0, 3.0]))) < 1e-9, "at right angles: 0"
    assert abs(cosine(np.array([1.0, 0]), np.array([1.0, 1.0])) - 0.5**0.5) < 1e-9, (
        "45 degrees: 0.71"
    )


# %% [markdown]
# ### 3 From one to the other
#
# Write the codes on the straight line between two: the first is `one`, the last is `other`, and the
# steps between are equal.


# %% tags=["exercise"]
def interpolate(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    """(count, width), count at least 2."""
    ### BEGIN SOLUTION
    share = np.linspace(0, 1, count)[:, None]
    return (1 - share) * one + share * other
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "interpolate",
    hints=(
        "Half way lies the mean. A quarter of the way: three quarters of one, a quarter of other.",
        "np.linspace(0, 1, count) are the shares of `other`; [:, None] makes it a column.",
        "(1 - share) * one + share * other, with share = np.linspace(0, 1, count)[:, None]",
    ),
)
def check_interpolate(interpolate):
    one, other = np.array([0.0, 8.0]), np.array([4.0, 0.0])
    line = np.asarray(interpolate(one, other, 5))
    assert line.shape == (5, 2), f"five codes of two numbers, not {line.shape}"
    assert np.allclose(line[0], one) and np.allclose(line[-1], other), "it goes from one to other"
    assert np.allclose(line[1], [1.0, 6.0]), "a quarter of the way is (1, 6)"


# %% [markdown]
# ### 4 This is no digit
#
# An autoencoder knows only what it has learned from. What it cannot put out again is *strange*: a
# broken part on a belt, or a fraud. Set the limit so that only a share `alarms` of the known, good
# images has a larger error, and say of each new error whether it is above it.


# %% tags=["exercise"]
def strange(good: np.ndarray, new: np.ndarray, alarms: float) -> np.ndarray:
    """bool (len(new),): above the limit that a share `alarms` of the `good` errors is above."""
    ### BEGIN SOLUTION
    return new > np.quantile(good, 1 - alarms)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "strange",
    hints=(
        "Put the good errors in order. Where in this row must the limit lie?",
        "np.quantile(values, 0.9) is the number that nine tenths of the values lie below.",
        "new > np.quantile(good, 1 - alarms)",
    ),
)
def check_strange(strange):
    good = np.arange(101) / 100
    found = np.asarray(strange(good, np.array([0.5, 0.899, 0.901, 7.0]), 0.1))
    assert found.tolist() == [False, False, True, True], "one in ten good ones is above 0.9"
    assert np.asarray(strange(good, good, 0.25)).sum() == 25, "25 of these 101 are above the limit"
    assert not np.asarray(strange(good, good, 0.0)).any(), "no alarm: none of the good is strange"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why is an autoencoder with 784 numbers in the middle of little use?",
        ("It is too slow", "It may simply copy", "Its error is larger"),
        answer=1,
        because="With room for every pixel, copying is the best it can do, and the code tells "
        "nothing new. Only what is hard to pass on makes it find what images have in common.",
    ),
    Question(
        "How much smaller is the shelf with 16 numbers an image than with 784 pixels?",
        ("16 times", "49 times", "It is the same"),
        answer=1,
        because="784 / 16 = 49, if numbers and pixels take as many bytes each. Distances take as "
        "many times less work, too: that is why search engines keep codes.",
    ),
    Question(
        "Who told the network which digit each image shows?",
        ("The labels of the training set", "The decoder", "Nobody"),
        answer=2,
        because="The target is the image itself. Labels were used to judge how good the search is, "
        "and to colour the points. This is self-supervised learning (lesson 5).",
    ),
)

# %% [markdown]
# ## Further reading
#
# - G. Hinton and R. Salakhutdinov, *Reducing the Dimensionality of Data with Neural Networks*,
#   Science, 2006.
# - P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, *Extracting and Composing Robust
#   Features with Denoising Autoencoders*, 2008.
# - D. Kingma and M. Welling, *Auto-Encoding Variational Bayes*, 2013: the VAE.
# - `supervised/scaling.py`: PCA in thirty lines.
