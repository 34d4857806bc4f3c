# ---
# jupyter:
#   workshop:
#     title: Learning instead of programming
#     topics: [machine learning, programming by examples, support vector machine, SVM,
#       random forest, decision tree, neural network, learning curve, baseline,
#       when deep learning wins]
#     minutes: 30
#     seconds: 25
#     data: digits, 1797 images of 8 x 8; mnist5k, 5000 images of 28 x 28
# ---

# %% [markdown]
# # 4 Learning instead of programming
#
# An expert system holds what people could put into words. But how do you tell a 3 from an 8? Nobody
# can say it so that a machine could follow. Everybody can give *examples*. This lesson lets three
# methods learn from the same examples: a support vector machine, a random forest, and a neural
# network. Only one of them is "deep", and it does not always win.
#
# | | |
# | --- | --- |
# | needs | lesson 3 helps |
# | data | `digits`, 1797 images of 8 x 8; `mnist5k`, 5000 of 28 x 28; a fifth of each is the test |
# | time | 30 minutes to read and try, 25 seconds to run on 2 cores; splits of seeds 0 to 2 |
# | expect | digits: SVM 0.99, forest 0.98, network 0.97; mnist5k: SVM 0.96, CNNs 0.95 and 0.98 |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from supervised.data import load
from supervised.split import split
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"
digits = load("digits")
images, labels = digits.inputs[:, 0].numpy(), digits.targets.numpy()  # (1797, 8, 8), 0 to 1

# %%
figure, all_axes = plt.subplots(2, 10, figsize=(10, 2.2))
for column, digit in enumerate((0, 1, 3, 8, 2, 4, 5, 6, 7, 9)):
    for row in range(2):
        all_axes[row, column].imshow(images[labels == digit][row], cmap="gray_r")
        all_axes[row, column].axis("off")
show(figure, "04-digits")

# %% [markdown]
# ## Programming
#
# A 0 has a hole in the middle, a 1 has ink there. That is a rule, and a machine can follow it:


# %% tags=["setup"]
def zero_or_one(image: np.ndarray) -> int:
    """Our program: 1 if there is ink in the middle, else 0."""
    return int(image[3:5, 3:5].mean() > 0.4)


def share_right(rule, of: tuple[int, int]) -> float:
    """In how many of the images of two digits the rule is right."""
    wanted = np.isin(labels, of)
    answers = np.array([rule(image) for image in images[wanted]])
    return float((answers == labels[wanted]).mean())


# %%
expect("0 or 1, by our rule", share_right(zero_or_one, (0, 1)), (0.96, 0.98), (0.96, 0.98))

# %% [markdown]
# One line, and it is right in 97 of 100. So why learn?

# %% [markdown] tags=["prediction"]
# **Predict first.** Now 3 or 8. An 8 is closed on the left, a 3 is open. Our rule asks for ink on
# the left. In how many of 100 images will it be right? And how many lines would a program have that
# tells all ten digits apart?


# %%
def three_or_eight(image: np.ndarray) -> int:
    """Our second program: 8 if there is ink on the left, above or below the middle, else 3."""
    return 8 if image[2:6, 1:3].mean() > 0.2 else 3


by_hand = share_right(three_or_eight, (3, 8))
expect("3 or 8, by our rule", by_hand, (0.88, 0.91), (0.88, 0.91))

# %% [markdown]
# The rule misses one in ten, and we have looked at only two of ten digits. There are 45 pairs, and
# people write in many ways. Each exception needs a rule, and the rules get into each other's way.
# This is where expert systems ended. (We have also cheated a little: the numbers 0.4 and 0.2 were
# chosen by looking at the images. Choosing numbers by looking at examples is learning, done by
# hand.)
#
# ## Learning
#
# Three ways to find a rule from examples. All get the same 64 numbers, the shades of grey:
#
# - A **support vector machine** keeps the examples nearest to the border between two classes, and
#   puts the border as far from them as it can.
# - A **random forest** asks many trees of yes-or-no questions, each grown from other examples drawn
#   by lot, and takes the vote.
# - A **neural network** adds up the numbers with weights, in layers, and moves the weights a little
#   downhill after each look at the examples. In full:


# %%
def train_network(inputs: np.ndarray, targets: np.ndarray, seed: int, steps: int) -> nn.Module:
    """A network with one hidden layer: 64 numbers -> 64 neurons -> 10 scores."""
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(inputs.shape[1], 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    x, y = torch.from_numpy(inputs), torch.from_numpy(targets)
    for _ in range(steps):
        cost = nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return network


def right(model, inputs: np.ndarray, targets: np.ndarray) -> float:
    """The share that a model, of whichever kind, tells right."""
    if isinstance(model, nn.Module):
        with torch.no_grad():
            answers = model(torch.from_numpy(inputs)).argmax(1).numpy()
    else:
        answers = model.predict(inputs)
    return float((answers == targets).mean())


# %% [markdown] tags=["prediction"]
# **Predict first.** With 40 examples, 4 of each digit, which of the three does best? And with 1257?

# %%
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

trees, steps = pick(full=200, fast=10), pick(full=200, fast=20)
makers = {
    "SVM": lambda x, y, seed: SVC(C=10, gamma=0.256).fit(x, y),
    "forest": lambda x, y, seed: RandomForestClassifier(trees, random_state=seed).fit(x, y),
    "network": lambda x, y, seed: train_network(x, y, seed, steps),
}
sizes = pick(full=(40, 120, 400, 1257), fast=(40, 400))
seeds = pick(full=3, fast=1)
flat = digits.inputs.flatten(1).numpy()  # (1797, 64)
scores = {name: np.zeros((seeds, len(sizes))) for name in makers}
for seed in range(seeds):
    rows = split(digits, seed=seed)
    shuffled = np.random.default_rng(seed).permutation(rows.train.numpy())
    for column, size in enumerate(sizes):
        learned = shuffled[:size]
        for name, make in makers.items():
            model = make(flat[learned], labels[learned], seed)
            scores[name][seed, column] = right(model, flat[rows.test], labels[rows.test])

# %%
figure, axes = plt.subplots(figsize=(7.5, 3.6))
for (name, found), colour in zip(scores.items(), (BLUE, GREEN, ORANGE), strict=True):
    axes.fill_between(sizes, found.min(0), found.max(0), color=colour, alpha=0.2)
    axes.plot(sizes, found.mean(0), "o-", color=colour, label=name)
    print(
        f"{name:8}",
        " ".join(f"{size}: {mean:.3f}" for size, mean in zip(sizes, found.mean(0), strict=True)),
    )
axes.set(xscale="log", xlabel="examples to learn from", ylabel="share of test images right")
axes.set_xticks(sizes, [str(size) for size in sizes])
axes.minorticks_off()
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
show(figure, "04-learning-curves")

# %%
expect("SVM, all examples", scores["SVM"][:, -1].mean(), full=(0.98, 1.0))
expect("forest, all examples", scores["forest"][:, -1].mean(), full=(0.955, 0.985))
expect("network, all examples", scores["network"][:, -1].mean(), full=(0.96, 0.99))
expect("SVM, 40 examples", scores["SVM"][:, 0].mean(), full=(0.65, 0.9))

# %% [markdown]
# The curves are *learning curves*: the mean over the splits, and around it the lowest and the
# highest. All three beat whatever we would have written by hand, and not one line in them is about
# digits. From 400 examples on the SVM is ahead, it learns in a fraction of a second, and two
# numbers decide all of it: **here the simple one wins**. With 40 examples the network is ahead of
# it. Those two numbers were chosen for the whole set, so that is not the SVM's last word; but it
# shows that "few examples: no network" is too simple a rule.
#
# One number alone would not have shown it. A test of 360 images is itself a sample:

# %%
from supervised.classical import accuracy, fit

rows = split(digits, seed=0)
p, n = scores["SVM"][0, -1], len(rows.test)
print(f"SVM: {p:.3f}, and the 95 % interval is about ±{1.96 * (p * (1 - p) / n) ** 0.5:.3f}")

# %% [markdown]
# ## What none of the three knows
#
# Shuffle the 64 pixels, in every image in the same way. You cannot read such an image any more.

# %% [markdown] tags=["prediction"]
# **Predict first.** What will the SVM, the forest and the network lose by it?

# %%
order = np.random.default_rng(0).permutation(64)
mixed = flat[:, order]
figure, all_axes = plt.subplots(1, 8, figsize=(9, 1.5))
for number, axes in enumerate(all_axes):
    axes.imshow((flat if number < 4 else mixed)[number % 4].reshape(8, 8), cmap="gray_r")
    axes.set_title(labels[number % 4])
    axes.axis("off")
show(figure, "04-shuffled")
losses = {}
for name, make in makers.items():
    model = make(mixed[rows.train], labels[rows.train], 0)
    as_they_are = make(flat[rows.train], labels[rows.train], 0)
    before, after = (
        right(model, pixels[rows.test], labels[rows.test])
        for model, pixels in ((as_they_are, flat), (model, mixed))
    )
    losses[name] = before - after
    print(f"{name:8} {before:.3f} as they are, {after:.3f} shuffled")

# %%
expect("what the SVM loses", losses["SVM"], (-0.001, 0.001), (-0.001, 0.001))
expect("what the forest loses", losses["forest"], full=(-0.02, 0.02))
expect("what the network loses", losses["network"], full=(-0.02, 0.02))

# %% [markdown]
# Nothing, within chance. To all three an image is a list of 64 numbers, and which number lies
# beside which means nothing to them. You know more than they do: neighbouring pixels belong
# together.
#
# A **convolutional network** is told just that. It looks at small windows, with the same weights
# everywhere (lesson 13 opens it up). On larger images the difference shows:

# %%
from supervised import cnn, lenet
from supervised.training import judge, train

mnist = load("mnist5k")
parts = split(mnist, seed=0)
if pick(full=False, fast=True):
    parts = type(parts)(*(part[:: len(part) // 100] for part in parts))
deep = {}
for name, model, epochs in (("lenet", lenet, 8), ("cnn", cnn, 4)):
    config = model.Config(epochs=pick(full=epochs, fast=1))
    network = model.make(config, mnist, seed=0)
    for _ in train(config, network, mnist, parts, "cpu", seed=0):
        pass
    deep[name] = judge(network, mnist.inputs[parts.test], mnist.targets[parts.test])["accuracy"]
svm = accuracy(fit("svm", mnist, parts), mnist, parts.test)

# %%
expect("mnist5k, SVM", svm, full=(0.94, 0.97))
expect("mnist5k, LeNet-5, of 1998", deep["lenet"], full=(0.93, 0.97))
expect("mnist5k, residual CNN, of 2016", deep["cnn"], full=(0.97, 0.99))
source(cnn.ResidualCNN)

# %% [markdown]
# LeNet-5 *is* a convolutional network, and with 3,500 examples the SVM is ahead of it. A residual
# CNN, with what was found out in the twenty years between, makes half as many mistakes as the SVM.
# So neither depth nor convolution wins by itself: the *shape* has to fit the data, and the training
# has to work. The workshop's rule for every problem: the simple method first, on the same split. It
# takes a minute. If it is good enough you are done; if not, you know what to beat.
#
# | | take the simple one | take the deep one |
# | --- | --- | --- |
# | examples | tens to thousands | many thousands and more |
# | data | tables: each column means something by itself | images, sound, text: neighbours matter |
# | you need | an answer today, on a laptop | the last percent, or raw data without features |
#
# ## Exercises
#
# `workshop lesson 4 --answers answers_04.py` writes these into a file for you;
# `workshop lesson 4 --check answers_04.py` marks it; `--hint NAME` helps.
#
# ### 1 A program of your own
#
# Tell a 4 from a 7, by a rule that you write: an image is an 8 x 8 array, 0 white to 1 black. It
# has to be right for 90 in 100 of the images. Look at some of `images` first.


# %% tags=["exercise"]
def four_or_seven(image: np.ndarray) -> int:
    """4 or 7."""
    ### BEGIN SOLUTION
    return 7 if image[0, 2:6].mean() > image[4:6, 0:3].mean() + 0.2 else 4
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "four_or_seven",
    hints=(
        "Where is there ink in every 7 and in hardly any 4? And the other way round?",
        "A 7 has a bar on top, image[0, 2:6]; a 4 has ink on the left below, image[4:6, 0:3].",
        "Compare the means of the two places: 7 if the first is larger by about 0.2.",
    ),
)
def check_four_or_seven(four_or_seven):
    answers = {int(four_or_seven(image)) for image in images[np.isin(labels, (4, 7))]}
    assert answers <= {4, 7}, f"it answers 4 or 7, and not {sorted(answers - {4, 7})}"
    found = share_right(four_or_seven, (4, 7))
    assert found >= 0.9, f"it is right in {found:.0%} of the images; 90 % are asked for"


# %% [markdown]
# ### 2 The simplest learner
#
# Take the mean image of each class. A new image belongs to the class whose mean is nearest.
# Learning is one line, and so is answering.


# %% tags=["exercise"]
class NearestMean:
    """Remembers the mean of each class, (classes, features)."""

    def fit(self, inputs: np.ndarray, targets: np.ndarray) -> "NearestMean":
        """Learns; the classes are 0, 1, ... `inputs`: (n, features)."""
        ### BEGIN SOLUTION
        classes = range(targets.max() + 1)
        self.means = np.stack([inputs[targets == c].mean(0) for c in classes])
        return self

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """The nearest class of each row: (n,)."""
        distances = ((inputs[:, None] - self.means) ** 2).sum(2)  # (n, classes)
        return distances.argmin(1)
        ### END SOLUTION


# %% tags=["check"]
@exercise(
    "NearestMean",
    hints=(
        "inputs[targets == 3].mean(0) is the mean image of class 3. fit returns self.",
        "inputs[:, None] - self.means is (n, classes, features): all differences at once.",
        "predict: ((inputs[:, None] - self.means) ** 2).sum(2).argmin(1)",
    ),
)
def check_nearest_mean(nearest_mean):
    points = np.array([[0.0, 0], [0, 2], [10, 0], [10, 2]])
    model = nearest_mean().fit(points, np.array([0, 0, 1, 1]))
    assert model is not None, "fit returns self"
    assert hasattr(model, "predict"), "write predict(inputs) too: the nearest class of each row"
    assert np.allclose(model.means, [[0, 1], [10, 1]]), "the means are (0, 1) and (10, 1)"
    assert model.predict(np.array([[1.0, 5], [9, -3]])).tolist() == [0, 1], "the nearest counts"
    flat = images.reshape(-1, 64)
    found = nearest_mean().fit(flat[:1000], labels[:1000]).predict(flat[1000:]) == labels[1000:]
    assert found.mean() > 0.8, f"on digits it should be right in 4 of 5, not {found.mean():.0%}"


# %% [markdown]
# ### 3 One split in a tree
#
# A tree asks: is feature f above a threshold? It looks for the question after which each side is as
# pure as can be. Write the search for one feature: the threshold after which the fewest rows
# disagree with the majority of their side.


# %% tags=["exercise"]
def best_threshold(values: np.ndarray, targets: np.ndarray) -> tuple[float, int]:
    """The best threshold halfway between neighbouring different values, the first of equals;
    and how many rows are in the minority of their side. `targets` are 0 or 1."""
    ### BEGIN SOLUTION
    distinct = np.unique(values)

    def mistakes(threshold: float) -> int:
        sides = (targets[values <= threshold], targets[values > threshold])
        return sum(int(min(side.sum(), len(side) - side.sum())) for side in sides)

    best = min((distinct[1:] + distinct[:-1]) / 2, key=mistakes)
    return float(best), mistakes(best)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "best_threshold",
    hints=(
        "Candidates: np.unique sorts the values; halfway is (distinct[1:] + distinct[:-1]) / 2.",
        "On one side the minority is min(ones, zeros); add both sides up.",
        "min(candidates, key=mistakes) takes the first of equals.",
    ),
)
def check_best_threshold(best_threshold):
    values, targets = np.array([4.0, 1.0, 3.0, 2.0]), np.array([1, 0, 1, 0])
    assert best_threshold(values, targets) == (2.5, 0), (
        "1 and 2 are of one class, 3 and 4 of the other"
    )
    assert best_threshold(values, 1 - targets) == (2.5, 0), "which class is below does not matter"
    noisy = np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 0, 1, 0, 1, 1])
    assert best_threshold(*noisy) == (2.5, 1), "one row is wrong at 2.5, and at 4.5: take 2.5"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "What did the program that learned get from us instead of rules?",
        ("Examples with their answers", "A list of features of each digit", "Nothing at all"),
        answer=0,
        because="1257 images and what they show. Rules come out at the end, as weights, trees or "
        "support vectors, and not in words.",
    ),
    Question(
        "Why does shuffling the pixels not hurt the SVM, the forest and the plain network?",
        (
            "They put the pixels back in order",
            "To them an image is a list of numbers without neighbours",
            "The digits are too easy",
        ),
        answer=1,
        because="Each treats every feature alike, wherever it stands. A CNN looks at windows of "
        "neighbours and would lose by it.",
    ),
    Question(
        "You have 300 rows of a table with 12 columns. What do you try first?",
        ("A deep network", "A random forest or an SVM", "More layers"),
        answer=1,
        because="Few examples and columns that mean something by themselves: simple methods are "
        "fast there and often the best. Then you know what a network would have to beat.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - C. Cortes and V. Vapnik, *Support-Vector Networks*, Machine Learning, 1995.
# - L. Breiman, *Random Forests*, Machine Learning, 2001.
# - L. Grinsztajn, E. Oyallon and G. Varoquaux, *Why do tree-based models still outperform deep
#   learning on typical tabular data?*, 2022.
# - P. Domingos, *A Few Useful Things to Know About Machine Learning*, 2012.
# - `supervised/classical.py`: the simple methods beside the deep ones, on the same split.
