# ---
# jupyter:
#   workshop:
#     title: Underfitting and overfitting
#     topics: [underfitting, overfitting, generalisation, regularisation, weight decay, ridge,
#       dropout, early stopping, bias and variance, capacity, memorising, double descent]
#     minutes: 35
#     seconds: 40
#     data: points computed; digits, 1797 images of 8 x 8
# ---

# %% [markdown]
# # 10 Underfitting and overfitting
#
# A model can fail in two ways. It is too simple for what there is to learn, or it learns what there
# is not: the accidents of its examples. The first shows in the training data already. The second
# shows only in data it has never seen, and it looks like success until then.
#
# | | |
# | --- | --- |
# | needs | lessons 8 and 9 |
# | data | 12 points around a curve; `digits`, of which 150 are learned from; seeds 0 to 4 |
# | time | 35 minutes to read and try, 40 seconds to run on 2 cores |
# | expect | random labels learned by heart: 1.0 in training, 0.1 in the test |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from supervised.augmentation import shake
from supervised.data import load
from supervised.split import split
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source

BLUE, ORANGE, GREEN, PURPLE, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#8a5a9e", "#888888"


def powers(x: np.ndarray, degree: int) -> np.ndarray:
    """1, x, x², ... up to the degree: (n, degree + 1)."""
    return np.vander(x, degree + 1, increasing=True)


# %% [markdown]
# ## A curve through points
#
# Twelve measurements of a curve, each a little off. The model is a polynomial; its degree says how
# much it can bend.

# %% [markdown] tags=["prediction"]
# **Predict first.** Degree 1, 4 or 11: which passes nearest to the twelve points? And which nearest
# to the next thousand?


# %%
def truth(x: np.ndarray) -> np.ndarray:
    """The curve that nobody knows."""
    return np.sin(2.5 * x)


def measured(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points at even distances from -1 to 1, and the curve there, a little off."""
    rng, x = np.random.default_rng(seed), np.linspace(-1, 1, count)
    return x, truth(x) + rng.normal(0, 0.25, count)


x, y = measured(12, seed=0)
degrees = range(12)
samples = pick(full=200, fast=10)


def errors(degree: int, seed: int) -> tuple[float, float]:
    """The mean squared error on twelve points, and on a thousand more."""
    x, y = measured(12, seed)
    weights = np.linalg.lstsq(powers(x, degree), y, rcond=None)[0]
    more_x, more_y = measured(1000, seed + 1_000_000)
    both = ((x, y), (more_x, more_y))
    return tuple(np.mean((powers(x, degree) @ weights - y) ** 2) for x, y in both)


typical = np.array(
    [np.median([errors(d, seed) for seed in range(samples)], axis=0) for d in degrees]
)
figure, all_axes = plt.subplots(1, 4, figsize=(13, 3.1), layout="constrained")
line = np.linspace(-1, 1, 300)
for axes, degree in zip(all_axes, (1, 4, 11), strict=False):
    weights = np.linalg.lstsq(powers(x, degree), y, rcond=None)[0]
    axes.plot(line, truth(line), color=GREY, linestyle=":")
    axes.plot(line, powers(line, degree) @ weights, color=ORANGE)
    axes.plot(x, y, "o", color=BLUE, markersize=5)
    axes.set(ylim=(-2, 2), title=f"degree {degree}")
all_axes[3].semilogy(degrees, typical[:, 0].clip(1e-6), "o-", color=BLUE, label="on the twelve")
all_axes[3].semilogy(degrees, typical[:, 1], "o-", color=ORANGE, label="on a thousand more")
all_axes[3].set(xlabel="degree", title="squared error, typical", ylim=(1e-3, 10))
all_axes[3].legend(frameon=False)
show(figure, "10-polynomials")
best_degree = int(typical[:, 1].argmin())
print(f"of degree 1: {typical[1]}, {best_degree}: {typical[best_degree]}, 11: {typical[11]}")

# %%
expect("best degree for new points", best_degree, (3, 5), (2, 6))
expect("degree 11: error on the twelve", typical[11, 0], (0, 1e-4), (0, 1e-4))
expect("degree 11: error on new points", typical[11, 1], full=(0.4, 100), fast=(0.1, 1e4))
expect("degree 1: error on new points", typical[1, 1], full=(0.1, 0.4), fast=(0.1, 0.6))

# %% [markdown]
# Degree 11 has twelve weights for twelve points, and passes through each of them: an error of 0,
# and swings in between that nobody measured. Degree 1 is wrong on old and new points alike. What
# counts is the orange curve, and one cannot see it in the training data.
#
# | | training error | error on new data | what helps |
# | --- | --- | --- | --- |
# | **underfitting** | high | high, hardly more | a larger model, better inputs, longer training |
# | just right | low | a little more | |
# | **overfitting** | low | high | more data, regularisation, a smaller model |
#
# ## Learning by heart
#
# How much can a network learn by heart? Give it 300 digits whose labels are drawn by lot. There is
# nothing to learn.

# %% [markdown] tags=["prediction"]
# **Predict first.** Which share of the 300 random labels will the network get right after training?

# %%
digits = load("digits")
inputs, targets = digits.inputs.flatten(1), digits.targets
rows = split(digits, seed=0)


def network(width: int = 64, dropout: float = 0.0) -> nn.Sequential:
    """64 numbers -> width neurons -> 10 scores."""
    return nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, 10))


def accuracy(model: nn.Module, which: Tensor, labels: Tensor) -> float:
    """The share of these rows right, with dropout switched off."""
    model.eval()
    with torch.no_grad():
        return float((model(inputs[which]).argmax(1) == labels[which]).float().mean())


torch.manual_seed(0)
lots = torch.randint(10, targets.shape)
some = rows.train[torch.randperm(len(rows.train))[:300]]
memoriser = network(256)
optimizer = torch.optim.Adam(memoriser.parameters(), 0.01)
for _ in range(pick(full=300, fast=150)):
    cost = nn.functional.cross_entropy(memoriser(inputs[some]), lots[some])
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
expect("random labels, training", accuracy(memoriser, some, lots), (0.97, 1.0), (0.9, 1.0))
expect("random labels, test", accuracy(memoriser, rows.test, lots), (0.04, 0.18), (0.04, 0.18))

# %% [markdown]
# All of them. So a training accuracy of 100 % proves *nothing*: the same network gets it where
# there is something to learn, and where there is nothing (Zhang and others, 2017). Only unseen data
# tell.
#
# ## Overfitting, as it happens
#
# Now real labels, but few and not all right: 150 digits, of which 15 % carry a wrong label. After
# every epoch we look at both sides.

# %%
FEW, WRONG = 150, 0.15
epochs, seeds = pick(full=200, fast=6), pick(full=5, fast=1)


def few_examples(seed: int) -> tuple[Tensor, Tensor]:
    """150 training rows, and labels of all rows, of which 15 % are wrong in these."""
    rng = np.random.default_rng(seed)
    chosen = torch.from_numpy(rng.permutation(rows.train.numpy())[:FEW])
    labels = targets.clone()
    wrong = chosen[: int(WRONG * FEW)]
    labels[wrong] = (labels[wrong] + torch.from_numpy(rng.integers(1, 10, len(wrong)))) % 10
    return chosen, labels


def train(
    model: nn.Module,
    chosen: Tensor,
    labels: Tensor,
    seed: int,
    decay: float = 0.0,
    shaken: bool = False,
) -> np.ndarray:
    """Per epoch: training cost, validation cost, validation accuracy, test accuracy."""
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3, weight_decay=decay)
    generator, history = torch.Generator().manual_seed(seed), []
    for _ in range(epochs):
        model.train()
        for batch in chosen[torch.randperm(len(chosen), generator=generator)].split(50):
            seen = inputs[batch]
            if shaken:
                seen = shake(digits.inputs[batch], generator, shift=0.04).flatten(1)
            cost = nn.functional.cross_entropy(model(seen), labels[batch])
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            costs = [
                nn.functional.cross_entropy(model(inputs[part]), known[part]).item()
                for part, known in ((chosen, labels), (rows.validation, targets))
            ]
        shares = [accuracy(model, part, targets) for part in (rows.validation, rows.test)]
        history.append(costs + shares)
    return np.array(history)


torch.manual_seed(0)
plain = train(network(), *few_examples(0), seed=0)
figure, axes = plt.subplots(figsize=(7.5, 3.3))
axes.plot(plain[:, 0], color=BLUE, label="training")
axes.plot(plain[:, 1], color=ORANGE, label="validation")
stop = int(plain[:, 1].argmin())
axes.axvline(stop, color=GREY, linestyle=":")
axes.text(stop + 2, plain[:, 1].max(), "stop here", color=GREY, va="top")
axes.set(xlabel="epoch", ylabel="cost (nats)")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
show(figure, "10-overfitting")
expect("training cost at the end", plain[-1, 0], full=(0, 0.1))
expect("validation cost at the end, by its least", plain[-1, 1] / plain[stop, 1], full=(1.1, 5))
expect("the epoch to stop at", stop, full=(5, 100))

# %% [markdown]
# Blue falls for ever. Orange falls, and turns: from there on the network learns the wrong labels,
# one by one, and pays for it with what it knew.
#
# ## What helps
#
# **Regularisation** is everything that makes learning by heart harder than learning the matter:
#
# - **early stopping**: keep the weights that were best in validation,
# - **weight decay**: each step, forget a small share of every weight; only what is needed again and
#   again stays large,
# - **dropout**: in training, switch off half of the neurons by lot, others each time; none can rely
#   on another,
# - **augmentation**: never the same image twice (lesson 7),
# - **a smaller network**: less room to learn by heart,
# - **more data**: the same 15 % of wrong labels, but 600 examples.

# %% [markdown] tags=["prediction"]
# **Predict first.** Which of these six helps most? Does any of them do harm?

# %%
more = split(digits, seed=0).train
ways = {
    "nothing": {},
    "early stopping": {},
    "weight decay": {"decay": 2.0},
    "dropout": {"dropout": 0.5},
    "augmentation": {"shaken": True},
    "8 neurons": {"width": 8},
    "600 examples": {"count": 600},
}


def outcome(name: str, seed: int) -> float:
    """The test accuracy that this way leads to."""
    settings = dict(ways[name])
    chosen, labels = few_examples(seed)
    if "count" in settings:
        rng = np.random.default_rng(seed + 100)
        known = set(chosen.tolist())
        rest = [row for row in rng.permutation(more.numpy()) if row not in known]
        added = torch.tensor(rest[: settings["count"] - FEW])
        wrong = added[: int(WRONG * len(added))]
        labels[wrong] = (labels[wrong] + torch.from_numpy(rng.integers(1, 10, len(wrong)))) % 10
        chosen = torch.cat((chosen, added))
    torch.manual_seed(seed)
    model = network(settings.get("width", 64), settings.get("dropout", 0.0))
    decay, shaken = settings.get("decay", 0.0), settings.get("shaken", False)
    history = train(model, chosen, labels, seed, decay, shaken)
    best = history[:, 1].argmin() if name == "early stopping" else -1
    return float(history[best, 3])


outcomes = {name: np.array([outcome(name, seed) for seed in range(seeds)]) for name in ways}
figure, axes = plt.subplots(figsize=(7.5, 3.4))
for place, (name, values) in enumerate(outcomes.items()):
    axes.barh(place, values.mean(), color=GREY if name == "nothing" else BLUE)
    axes.plot(values, [place] * len(values), ".", color="#222222", markersize=5)
    print(f"{name:15} {values.mean():.3f}, from {values.min():.3f} to {values.max():.3f}")
axes.set_yticks(range(len(outcomes)), list(outcomes))
axes.invert_yaxis()
axes.set(xlim=(pick(full=0.6, fast=0.0), 1), xlabel="test images right; a dot is a seed")
axes.spines[["top", "right"]].set_visible(False)
show(figure, "10-regularisation")

# %%
base = outcomes["nothing"].mean()
expect("nothing", base, full=(0.6, 0.85))
for name in ("early stopping", "weight decay", "dropout", "augmentation"):
    expect(f"{name}, gain", outcomes[name].mean() - base, full=(0.01, 0.2))
expect("600 examples, gain", outcomes["600 examples"].mean() - base, full=(0.01, 0.2))
expect("8 neurons, gain", outcomes["8 neurons"].mean() - base, full=(-0.15, 0.03))

# %% [markdown]
# Weight decay and early stopping help most here, and they cost nothing. Four times as many examples
# help less than one might think: the network learns their wrong labels by heart as well, for
# nothing keeps it from it. And the smaller network does *harm*. It has less room, and fills it with
# the wrong labels all the same. (Each way was tried with one setting, chosen beforehand: this ranks
# settings, not ideas.)
#
# And the simple method, on the same 150 examples with the same wrong labels? An SVM is regularised
# by its very idea, the widest margin; its C says how much it cares about single examples:

# %%
from sklearn.svm import SVC

svm = []
for seed in range(pick(full=5, fast=2)):
    chosen, labels = few_examples(seed)
    model = SVC(C=1, gamma=0.256).fit(inputs[chosen].numpy(), labels[chosen].numpy())
    svm.append(model.score(inputs[rows.test].numpy(), targets[rows.test].numpy()))
expect("SVM, C = 1", np.mean(svm), full=(0.88, 0.95))

# %% [markdown]
# The simple method wins, and by far: 0.92, where the best network has 0.86. Where examples are few
# and labels not to be trusted, begin there.
#
# ## Larger is not always worse
#
# By the picture of the polynomials one would expect a network to overfit more the larger it is.
# Here are clean labels, 150 examples, and widths from 1 to 1024:

# %%
widths = pick(full=(1, 2, 4, 8, 16, 64, 256, 1024), fast=(1, 16))
by_width = []
for width in widths:
    scores = []
    for seed in range(pick(full=3, fast=1)):
        torch.manual_seed(seed)
        model, chosen = network(width), few_examples(seed)[0]
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        for _ in range(pick(full=300, fast=20)):
            cost = nn.functional.cross_entropy(model(inputs[chosen]), targets[chosen])
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
        known = accuracy(model, chosen, targets)
        scores.append((known, accuracy(model, rows.test, targets)))
    by_width.append(np.mean(scores, axis=0))
by_width = np.array(by_width)
figure, axes = plt.subplots(figsize=(7, 3.1))
axes.semilogx(widths, by_width[:, 0], "o-", color=BLUE, label="the 150 it learned from")
axes.semilogx(widths, by_width[:, 1], "o-", color=ORANGE, label="test")
axes.set_xticks(widths, [str(width) for width in widths])
axes.minorticks_off()
axes.set(xlabel="neurons", ylabel="share right", ylim=(0, 1.03))
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="lower right")
show(figure, "10-widths")
expect("1 neuron, test", by_width[0, 1], full=(0.1, 0.5))
expect("widest, test", by_width[-1, 1], full=(0.85, 0.97))
expect("widest against the best", by_width[-1, 1] - by_width[:, 1].max(), full=(-0.02, 0))

# %% [markdown]
# The widest network has 77,000 weights for 150 images, learns all of them by heart, and is the best
# in the test, or as good as the best. Many solutions fit the examples, and gradient descent from
# small weights tends to find smooth ones. Why exactly, is a question of today's research (*double
# descent*). So do not read the size of a network as the danger; read the gap between training and
# validation.
#
# What decides which lines of a network forget, in our own training:

# %%
from supervised.training import update

source(update)

# %% [markdown]
# ## Exercises
#
# `workshop lesson 10 --answers answers_10.py` writes these into a file for you;
# `workshop lesson 10 --check answers_10.py` marks it; `--hint NAME` helps.
#
# ### 1 What is wrong with it?


# %% tags=["exercise"]
def diagnosis(train_error: float, validation_error: float, wanted: float) -> str:
    """ "underfitting" if the training error is above `wanted`; else "overfitting" if the validation
    error is; else "fine"."""
    ### BEGIN SOLUTION
    if train_error > wanted:
        return "underfitting"
    return "overfitting" if validation_error > wanted else "fine"
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "diagnosis",
    hints=(
        "Look at the training error first: who cannot do the old ones need not try new ones.",
        "If training is good enough and validation is not, it has learned by heart.",
        "if train_error > wanted: underfitting; elif validation_error > wanted: overfitting",
    ),
)
def check_diagnosis(diagnosis):
    assert diagnosis(0.15, 0.16, 0.05) == "underfitting", "it is poor on what it has seen"
    assert diagnosis(0.01, 0.16, 0.05) == "overfitting", "good on the old, poor on the new"
    assert diagnosis(0.01, 0.04, 0.05) == "fine", "both are good enough"
    assert diagnosis(0.2, 0.5, 0.05) == "underfitting", "first things first, though both are poor"


# %% [markdown]
# ### 2 Weight decay for a straight line
#
# *Ridge regression* adds a price for large weights: `sum of (X w - y)² + price * sum of w²`. Its
# best weights are those for which `(X'X + price I) w = X'y`, where X' is X transposed and I the
# unit matrix.


# %% tags=["exercise"]
def ridge(inputs: np.ndarray, targets: np.ndarray, price: float) -> np.ndarray:
    """The best weights, (features,). `inputs`: (n, features)."""
    ### BEGIN SOLUTION
    unit = np.eye(inputs.shape[1])
    return np.linalg.solve(inputs.T @ inputs + price * unit, inputs.T @ targets)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "ridge",
    hints=(
        "np.eye(k) is the unit matrix; inputs.T is the transposed.",
        "np.linalg.solve(A, b) finds the w for which A w = b.",
        "np.linalg.solve(inputs.T @ inputs + price * np.eye(k), inputs.T @ targets)",
    ),
)
def check_ridge(ridge):
    inputs, y = powers(np.linspace(-1, 1, 12), 3), np.random.default_rng(0).normal(size=12)
    exact = np.linalg.lstsq(inputs, y, rcond=None)[0]
    assert np.allclose(ridge(inputs, y, 0.0), exact), "with price 0 it is the least squares"
    lengths = [np.linalg.norm(ridge(inputs, y, price)) for price in (10.0, 1.0, 0.1, 0.0)]
    assert lengths == sorted(lengths), "the dearer, the smaller the weights"
    w = ridge(inputs, y, 0.5)
    slope = 2 * inputs.T @ (inputs @ w - y) + 2 * 0.5 * w
    assert np.allclose(slope, 0), "at the best weights the slope of the whole cost is 0"


# %% [markdown]
# ### 3 When to stop
#
# Training ends when validation has not improved for `patience` epochs. Which epoch's weights are
# kept?


# %% tags=["exercise"]
def early_stop(costs: list[float], patience: int) -> tuple[int, int]:
    """(the epoch whose weights are kept, the epoch after which training ends), from 0. It ends
    after the first epoch that is `patience` past the best one so far, or after the last."""
    ### BEGIN SOLUTION
    best = 0
    for epoch, cost in enumerate(costs):
        if cost < costs[best]:
            best = epoch
        if epoch - best >= patience:
            return best, epoch
    return best, len(costs) - 1
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "early_stop",
    hints=(
        "Go through the epochs, and remember the number of the best one so far.",
        "After each epoch: if epoch - best >= patience, it is over.",
        "A cost equal to the best is no improvement: use <, and return at the end too.",
    ),
)
def check_early_stop(early_stop):
    assert early_stop([3.0, 2, 1, 2, 3, 4], 2) == (2, 4), "epoch 2 is best, 4 is 2 later"
    assert early_stop([3.0, 2, 1], 2) == (2, 2), "it still improves: to the end"
    assert early_stop([3.0, 1, 2, 0.5, 2, 2], 2) == (3, 5), "it waits long enough to find epoch 3"
    assert early_stop([3.0, 1, 2, 0.5], 1) == (1, 2), "with less patience it misses epoch 3"
    assert early_stop([1.0, 1, 1], 2) == (0, 2), "equal is no improvement"


# %% [markdown]
# ### 4 Dropout
#
# In training each value is set to 0 with probability `rate`. The others are divided by `1 - rate`,
# so that the sum stays the same on average and nothing has to change when it is switched off.


# %% tags=["exercise"]
def dropped(values: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """The values after dropout."""
    ### BEGIN SOLUTION
    kept = rng.random(values.shape) >= rate
    return values * kept / (1 - rate)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "dropped",
    hints=(
        "rng.random(values.shape) are numbers from 0 to 1, one for each value.",
        "Those below rate are dropped: multiply by (numbers >= rate).",
        "values * (rng.random(values.shape) >= rate) / (1 - rate)",
    ),
)
def check_dropped(dropped):
    rng = np.random.default_rng(0)
    ones = np.ones((100, 100))
    assert (dropped(ones, 0.0, rng) == 1).all(), "with rate 0 nothing changes"
    half = dropped(ones, 0.5, rng)
    assert set(np.unique(half)) == {0, 2}, f"ones at rate 0.5: 0 and 2, not {np.unique(half)[:5]}"
    zeros = (dropped(ones, 0.2, rng) == 0).mean()
    assert 0.17 < zeros < 0.23, f"at rate 0.2 a fifth is dropped, not {zeros:.2f}"
    assert abs(dropped(ones, 0.2, rng).mean() - 1) < 0.03, "the mean should stay the same"
    assert (ones == 1).all(), "leave the values you are given as they are"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Training accuracy 0.99, validation 0.80. What do you try first?",
        ("A larger network", "More data, or regularisation", "Longer training"),
        answer=1,
        because="The gap is overfitting. A larger network or more epochs can only learn better by "
        "heart what is learned by heart already.",
    ),
    Question(
        "Training accuracy 0.70, validation 0.69. What do you try first?",
        ("Dropout", "More data", "A larger network, or better inputs"),
        answer=2,
        because="It is poor on what it has seen: underfitting. Dropout would make that worse, and "
        "more of the same data would hardly help.",
    ),
    Question(
        "A network reaches 100 % on its training data. What does that prove?",
        ("That it has understood the matter", "Nothing", "That it overfits"),
        answer=1,
        because="Ours did the same with labels drawn by lot. And a wide network that did so on "
        "clean labels was the best in the test.",
    ),
    Question(
        "Why is the best epoch chosen by validation, and not by the test?",
        (
            "What is chosen by a set is fitted to it; the test must stay unused to judge",
            "Validation is larger",
            "The test takes longer",
        ),
        answer=0,
        because="The best of 200 epochs on the test set is partly luck on that very set, and would "
        "promise too much.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - S. Geman, E. Bienenstock and R. Doursat, *Neural Networks and the Bias/Variance Dilemma*, 1992.
# - N. Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, 2014.
# - C. Zhang et al., *Understanding Deep Learning Requires Rethinking Generalization*, 2017.
# - M. Belkin, D. Hsu, S. Ma and S. Mandal, *Reconciling Modern Machine-Learning Practice and the
#   Classical Bias-Variance Trade-off*, 2019: double descent.
# - I. Loshchilov and F. Hutter, *Decoupled Weight Decay Regularization*, 2019.
# - `supervised/training.py`: where decay, patience and augmentation stand in a real loop.
