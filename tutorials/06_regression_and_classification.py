# ---
# jupyter:
#   workshop:
#     title: Regression and classification
#     topics: [regression, classification, tomorrow's temperature, cold or hot, persistence,
#       baseline, mean absolute error, cross-entropy, softmax, probability, calibration,
#       confusion matrix]
#     minutes: 30
#     seconds: 10
#     data: weather, four years of days in Seattle
# ---

# %% [markdown]
# # 6 Regression and classification
#
# *What will the temperature be tomorrow?* asks for a number: **regression**. *Will it be cold or
# hot?* asks for one of several classes: **classification**. The same days, the same network, and
# two differences: what comes out of it, and what counts as wrong. And for both one honest question:
# is it better than saying "as today"?
#
# | | |
# | --- | --- |
# | needs | lesson 4 |
# | data | `weather` and `cold-or-hot`: Seattle 2012 to 2015; the last 30 % of the days judge |
# | time | 30 minutes to read and try, 10 seconds to run on 2 cores; seeds 0 to 2 |
# | expect | mean absolute error: 2.1 °C by persistence, and hardly less by anything else |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from supervised.data import load
from supervised.scaling import standardise
from supervised.split import split
from supervised.weather import FEATURES, HOT, days, persistence
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"

# %% [markdown]
# ## The days
#
# Each row is a week of what was measured, and its target is the highest temperature of the day
# after.

# %%
weather, classes = load("weather"), load("cold-or-hot")
print(weather.description, tuple(weather.inputs.shape))
print("of a day:", ", ".join(FEATURES))
rows = split(weather)  # by time: the past to learn from, the future to be judged by
print("rows:", {name: len(part) for name, part in rows._asdict().items()})

temperatures = days()[:, FEATURES.index("maximum (°C)")]
figure, axes = plt.subplots(figsize=(9, 2.8))
axes.plot(temperatures, color=BLUE, linewidth=0.8)
axes.axvspan(int(rows.validation[0]), len(temperatures), color=GREY, alpha=0.2)
axes.axhline(HOT, color=ORANGE, linewidth=1)
axes.text(1480, HOT - 0.4, "hot from here on", color=ORANGE)
axes.text(int(rows.validation[0]) + 20, 33, "judges", color="#444444")
axes.set(xlabel="day", ylabel="highest temperature (°C)")
axes.spines[["top", "right"]].set_visible(False)
show(figure, "06-days")

# %% [markdown]
# Days follow one another, so the split is by time. Rows drawn by lot would have the test's
# neighbours in training, and a forecast does not get to see the day after.

# %% [markdown] tags=["prediction"]
# **Predict first.** The simplest forecast is *persistence*: tomorrow will be like today. By how
# many degrees is it wrong, on average? And by how many will a network be wrong that has learned
# from 1011 days?

# %%
today = persistence(weather.inputs)


def error(forecast: Tensor) -> float:
    """The mean absolute error on the test days, in °C. `forecast`: of all rows, (n,)."""
    return float((forecast - weather.targets)[rows.test].abs().mean())


usual = torch.full_like(today, float(weather.targets[rows.train].mean()))
expect("always the mean of the past", error(usual), (5, 8), (5, 8))
expect("persistence", error(today), full=(2.1, 2.5), fast=(2.1, 2.5))

# %% [markdown]
# That is the number to beat. A mean error of 2 degrees sounds good. It says nothing until you know
# what no thought at all would have reached.
#
# ## Regression
#
# One number comes out. Wrong is how far it is off, squared:
#
# ```
# cost = mean over the days of (forecast - temperature)²
# ```
#
# We let the models learn the *change* since today: who has nothing to add then says 0, which is
# persistence. The loop below is all of it. (Scaling is fitted on the training rows alone: the mean
# of the test days is something about the future.)

# %%
scale = standardise(weather.inputs[rows.train])
inputs = scale(weather.inputs).flatten(1)  # (n, 7 days * 11 features)
epochs, seeds = pick(full=60, fast=3), pick(full=3, fast=1)


def network(outputs: int) -> nn.Sequential:
    """77 numbers -> 32 neurons -> outputs."""
    return nn.Sequential(
        nn.Linear(inputs.shape[1], 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, outputs)
    )


def train(model: nn.Module, targets: Tensor, cost_of) -> nn.Module:
    """Learns from the training rows in batches, and keeps the weights best in validation."""
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.1)
    best, kept = float("inf"), model.state_dict()
    for _ in range(epochs):
        model.train()
        for batch in rows.train[torch.randperm(len(rows.train))].split(64):
            cost = cost_of(model(inputs[batch]), targets[batch])
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            cost = float(cost_of(model(inputs[rows.validation]), targets[rows.validation]))
        if cost < best:
            best = cost
            kept = {name: weight.clone() for name, weight in model.state_dict().items()}
    model.load_state_dict(kept)
    return model


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """outputs: (n, 1); targets: (n,)."""
    return (outputs[:, 0] - targets).square().mean()


# %%
from sklearn.linear_model import Ridge

change = weather.targets - today
linear = Ridge(100).fit(inputs[rows.train].numpy(), change[rows.train].numpy())
by_line = today + torch.from_numpy(linear.predict(inputs.numpy())).float()
by_network = []
for seed in range(seeds):
    torch.manual_seed(seed)
    model = train(network(1), change, squared_error)
    with torch.no_grad():
        by_network.append(today + model(inputs)[:, 0])
errors = {
    "as today": error(today),
    "linear": error(by_line),
    "network": float(np.mean([error(forecast) for forecast in by_network])),
}
print("network, by seed:", " ".join(f"{error(forecast):.3f}" for forecast in by_network))

# %%
expect("linear regression", errors["linear"], full=(1.9, 2.3), fast=(1.9, 2.3))
expect("network", errors["network"], full=(1.9, 2.3))
gain = 1 - errors["network"] / errors["as today"]
expect("what the network gains on persistence", gain, full=(-0.05, 0.1))

# %% [markdown]
# How sure is that gain? The same days judge both, so look at the difference day by day.
# Neighbouring days are alike, and therefore whole weeks are drawn by lot, not days (a *block
# bootstrap*):

# %%


def gain_interval(one: Tensor, other: Tensor, block: int = 7) -> tuple[float, float]:
    """The 95 % interval of by how much `other` is nearer than `one`, in °C."""
    wrong = [(it - weather.targets)[rows.test].abs().numpy() for it in (one, other)]
    better = wrong[0] - wrong[1]
    weeks = better[: len(better) // block * block].reshape(-1, block).mean(1)
    rng = np.random.default_rng(0)
    means = rng.choice(weeks, (2000, len(weeks))).mean(1)
    return tuple(np.quantile(means, [0.025, 0.975]))


low, high = gain_interval(today, by_network[0])
print(f"nearer than persistence by {low:.2f} to {high:.2f} °C")
versus = gain_interval(by_line, by_network[0])
print(f"nearer than the straight line by {versus[0]:.2f} to {versus[1]:.2f} °C")
expect("the least gain on persistence", low, full=(-0.3, 0.4))

# %%
shown = rows.test[-60:]
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4), width_ratios=(1, 2.4))
left.bar(list(errors), list(errors.values()), color=[GREY, BLUE, ORANGE])
for place, value in enumerate(errors.values()):
    left.text(place, value + 0.03, f"{value:.2f}", ha="center")
left.set(ylabel="mean absolute error (°C)", ylim=(0, 2.8))
right.plot(weather.targets[shown], color="#222222", label="what it was")
right.plot(today[shown], color=GREY, linestyle=":", label="as the day before")
right.plot(by_network[0][shown], color=ORANGE, label="network")
right.set(xlabel="the last 60 days of the test", ylabel="°C")
right.legend(frameon=False, ncols=3, loc="upper center", fontsize=8)
right.set_ylim(top=float(weather.targets[shown].max()) + 4)
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)
show(figure, "06-forecasts")

# %% [markdown]
# Both intervals have 0 in them. On these 292 days nobody can say that the network is better than
# "as today", and the straight line, which is the simpler one, is if anything ahead. That is no
# accident of our network. The highest temperatures of a week, with rain and wind, say little more
# about tomorrow than today's does. A forecast office has what we lack: the pressure over the ocean.
#
# Does learning help at all? Ask for something that persistence is bad at: the day a **week** ahead.

# %%
AHEAD = 6  # days beyond tomorrow
later = weather.targets[AHEAD:] - today[:-AHEAD]
learned, judged = rows.train[:-AHEAD], rows.test[:-AHEAD]
further = Ridge(100).fit(inputs[learned].numpy(), later[learned].numpy())
week = {
    "as today": float(later[judged].abs().mean()),
    "linear": float(np.abs(further.predict(inputs[judged].numpy()) - later[judged].numpy()).mean()),
}
print({name: round(value, 2) for name, value in week.items()})
expect("a week ahead, gain of the line", 1 - week["linear"] / week["as today"], full=(0.05, 0.3))

# %% [markdown]
# There the straight line has something to say: an odd day will not stay odd, and spring gets
# warmer. So the result is not "learning is useless"; it is "look at the baseline before you believe
# a number".
#
# ## Classification
#
# Now: cold or hot? The network has **two outputs**, a score (*logit*) for each class. Softmax turns
# the scores into probabilities, and wrong is how surprised one has to be by what happened:
#
# ```
# p(class) = exp(score of class) / sum of exp(score) over all classes        softmax
# cost     = mean over the days of  -log p(class that it was)                cross-entropy
# ```
#
# Whoever says "90 % hot" and it is hot pays 0.1; if it is cold, 2.3. Nothing else in the loop
# changes.

# %%
hot = classes.targets
torch.manual_seed(0)
classifier = train(network(2), hot, nn.functional.cross_entropy)
with torch.no_grad():
    probability = classifier(inputs).softmax(1)[:, 1]  # of hot, (n,)
said = {
    "always the more frequent": torch.full_like(hot, int(hot[rows.train].float().mean() > 0.5)),
    "as today": (today >= HOT).long(),
    "the regression, above 16 °C": (by_network[0] >= HOT).long(),
    "classifier": (probability > 0.5).long(),
}
accuracies = {name: float((it == hot)[rows.test].float().mean()) for name, it in said.items()}
for name, value in accuracies.items():
    print(f"{name:28} {value:.3f}")

# %%
expect("as today", accuracies["as today"], full=(0.84, 0.92), fast=(0.84, 0.92))
expect("classifier", accuracies["classifier"], full=(0.84, 0.94))
regression = accuracies["the regression, above 16 °C"]
expect("the regression, asked for a class", regression, full=(0.84, 0.94))

# %% [markdown]
# Again little to choose between them: the interval of 0.89 from 292 days is ±0.035. But the
# classifier says something that neither "as today" nor a temperature says: *how sure* it is. Is
# that worth anything? Take all days on which it said about 70 %: were 70 % of them hot? This is
# **calibration**. Beside it the **confusion matrix**: which class is taken for which.

# %%
table = np.zeros((2, 2), int)
np.add.at(table, (hot[rows.test].numpy(), said["classifier"][rows.test].numpy()), 1)
p, was = probability[rows.test].numpy(), hot[rows.test].numpy()
bins = np.clip((p * 5).astype(int), 0, 4)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
left.imshow(table, cmap="Blues", vmax=table.max() * 1.4)
for (row, column), count in np.ndenumerate(table):
    left.text(column, row, count, ha="center", va="center", fontsize=14)
left.set(xticks=[0, 1], xticklabels=classes.classes, yticks=[0, 1], yticklabels=classes.classes)
left.set(xlabel="said", ylabel="was")
right.plot([0, 1], [0, 1], color=GREY, linestyle=":")
there = [group for group in range(5) if (bins == group).sum() >= 5]
right.plot([p[bins == g].mean() for g in there], [was[bins == g].mean() for g in there], "o-",
           color=ORANGE)  # fmt: skip
right.set(xlabel="said: hot with probability", ylabel="share of days that were hot", aspect="equal")
right.spines[["top", "right"]].set_visible(False)
show(figure, "06-confusion-and-calibration")
gap = max(abs(p[bins == g].mean() - was[bins == g].mean()) for g in there)
expect("largest distance from the diagonal", gap, full=(0, 0.3))

# %% [markdown]
# What decides which of the two a problem is? Not the data, as you see, but the question. Ask what
# the answer is *for*. Whether to switch on the heating is a class; how much gas to buy is a number.
#
# | | regression | classification |
# | --- | --- | --- |
# | answer | a number | a class, or a probability for each |
# | last layer | one output, as it is | one output for each class, softmax |
# | cost | squared (or absolute) error | cross-entropy |
# | told in | °C: mean absolute error | accuracy, confusion matrix |
# | to beat | the mean; persistence | the most frequent class; persistence |
#
# The split by time, as it runs here:

# %%
from supervised.split import by_time

source(by_time)

# %% [markdown]
# ## Exercises
#
# `workshop lesson 6 --answers answers_06.py` writes these into a file for you;
# `workshop lesson 6 --check answers_06.py` marks it; `--hint NAME` helps.
#
# ### 1 Softmax


# %% tags=["exercise"]
def softmax(scores: np.ndarray) -> np.ndarray:
    """Scores (n, classes) as probabilities: each row adds up to 1. Scores may be large."""
    ### BEGIN SOLUTION
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "softmax",
    hints=(
        "np.exp of each score, divided by the sum of its row: .sum(1, keepdims=True).",
        "exp(1000) is too large for a computer. Adding a number to a whole row changes nothing.",
        "powers = np.exp(scores - scores.max(1, keepdims=True)); divide by the sum of each row.",
    ),
)
def check_softmax(softmax):
    scores = np.array([[0.0, 0.0], [0.0, np.log(3)]])
    assert np.allclose(softmax(scores), [[0.5, 0.5], [0.25, 0.75]]), "log 3 is 3 times as likely"
    assert np.allclose(softmax(scores + 5), softmax(scores)), "only differences of scores count"
    with np.errstate(over="ignore", invalid="ignore"):
        large = softmax(np.array([[1000.0, 0.0]]))
    assert np.allclose(large, [[1, 0]]), f"of 1000 and 0: 1 and 0, not {large[0]}"


# %% [markdown]
# ### 2 What surprise costs


# %% tags=["exercise"]
def cross_entropy(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The mean of -log p of the right class. `probabilities`: (n, classes); `targets`: int (n,)."""
    ### BEGIN SOLUTION
    return float(-np.log(probabilities[np.arange(len(targets)), targets]).mean())
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "cross_entropy",
    hints=(
        "Pick from each row the probability of the class that it was.",
        "probabilities[np.arange(n), targets] picks one number from each row.",
        "-np.log(probabilities[np.arange(len(targets)), targets]).mean()",
    ),
)
def check_cross_entropy(cross_entropy):
    sure = np.array([[1.0, 1e-9], [0.5, 0.5]])
    assert abs(cross_entropy(sure[:1], np.array([0]))) < 1e-6, "sure and right costs nothing"
    assert abs(cross_entropy(sure[1:], np.array([1])) - np.log(2)) < 1e-9, "a coin costs log 2"
    assert cross_entropy(sure[:1], np.array([1])) > 20, "sure and wrong costs a lot"
    rng = np.random.default_rng(0)
    scores, targets = torch.from_numpy(rng.normal(size=(9, 4))), rng.integers(0, 4, 9)
    theirs = float(nn.functional.cross_entropy(scores, torch.from_numpy(targets)))
    ours = cross_entropy(scores.softmax(1).numpy(), targets)
    assert abs(ours - theirs) < 1e-9, f"PyTorch says {theirs:.4f}, not {ours:.4f}"


# %% [markdown]
# ### 3 Better than nothing?
#
# The *skill* of a forecast compares it with a baseline: 1 if it is never wrong, 0 if it is no
# better, below 0 if it is worse. Skill = 1 - its mean absolute error / that of the baseline.


# %% tags=["exercise"]
def skill(forecast: np.ndarray, baseline: np.ndarray, truth: np.ndarray) -> float:
    """1 - the error of the forecast as a share of that of the baseline."""
    ### BEGIN SOLUTION
    return float(1 - np.abs(forecast - truth).mean() / np.abs(baseline - truth).mean())
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "skill",
    hints=(
        "The mean absolute error is np.abs(forecast - truth).mean().",
        "Work it out for both, and divide the one by the other.",
        "1 - np.abs(forecast - truth).mean() / np.abs(baseline - truth).mean()",
    ),
)
def check_skill(skill):
    truth, baseline = np.array([10.0, 12, 8]), np.array([12.0, 10, 10])
    assert skill(truth, baseline, truth) == 1, "never wrong: 1"
    assert skill(baseline, baseline, truth) == 0, "no better than the baseline: 0"
    assert skill(truth + 4, baseline, truth) == -1, "twice as wrong: -1"
    assert skill(truth + 1, baseline, truth) == 0.5, "half as wrong: 0.5"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Which of these is a regression?",
        ("Is this mail spam?", "Which digit is this?", "How much will the flat cost?"),
        answer=2,
        because="A price is a number, and 1 euro beside it is less wrong than 1000. Spam and "
        "digits are classes: a 3 is not nearer to a 4 than to an 8.",
    ),
    Question(
        "A model says tomorrow's temperature with a mean error of 2.1 °C. Is that good?",
        (
            "Yes, 2 degrees hardly matter",
            "It cannot be said without a baseline",
            "No, it should be 0",
        ),
        answer=1,
        because="Saying 'as today' is wrong by 2.1 °C here as well. The same would be poor where "
        "the temperature hardly changes from day to day.",
    ),
    Question(
        "Why may the days not be split by lot?",
        (
            "There are too few of them",
            "The test's neighbours would be learned from, and they are nearly the same days",
            "A network needs its rows in order",
        ),
        answer=1,
        because="A row holds a week. Drawn by lot, the days before and after a test day are in "
        "training, its very answer among them. A forecast has no such help.",
    ),
    Question(
        "The classifier says '70 % hot' on ten days, and four of them are hot. What is wrong?",
        (
            "Nothing: it is only a probability",
            "It is too sure: it is not well calibrated there",
            "Its accuracy must be 70 %",
        ),
        answer=1,
        because="If probabilities mean what they say, about seven of ten such days are hot. Ten "
        "days are few, so look at more before you conclude.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*, chapters 2 to
#   4.
# - A. Murphy and R. Winkler, *A General Framework for Forecast Verification*, 1987.
# - C. Guo, G. Pleiss, Y. Sun and K. Weinberger, *On Calibration of Modern Neural Networks*, 2017.
# - R. Hyndman and G. Athanasopoulos, *Forecasting: Principles and Practice*: on naive forecasts.
# - `supervised/weather.py`: where the days come from, and what is known of each.
