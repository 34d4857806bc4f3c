# ---
# jupyter:
#   workshop:
#     title: Thinking critically
#     topics: [hype, snake oil, adversarial examples, FGSM, bias, fairness, deepfakes, deepfake
#       detection, base rate, reward hacking, specification gaming, energy, cost, limits of deep
#       learning, extrapolation, causality, ethics]
#     minutes: 40
#     seconds: 15
#     data: MNIST-5k, the gridworld boat-race, and numbers made here
# ---

# %% [markdown]
# # 24 Thinking critically
#
# You can train networks now. This lesson is about what to ask before you believe one, your own
# included. Seven small experiments, each of which shows something going wrong that looked fine.
#
# | | |
# | --- | --- |
# | needs | lessons 6 and 18 |
# | data | 5,000 handwritten digits of MNIST; a gridworld; made-up applicants; seed 0 |
# | time | 40 minutes to read and try, 15 seconds to run on 2 cores |
# | expect | a network that is right on 94 % of digits: on 7 % after a change one hardly sees |

# %% tags=["setup"]
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from workshop.lessons import Question, exercise, expect, pick, quiz, show, trained, watched

torch.set_num_threads(1)
BLUE, ORANGE, GREEN, VIOLET, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#8a5a9e", "#888888"

# %% [markdown]
# ## 1 "99 % accurate": hype and snake oil
#
# A company sells a test that tells from a video interview who will do well in the job. It is 95 %
# accurate, it says. Two questions take most such claims apart. *Accurate compared with what?* If 95
# of 100 applicants fit, "everybody fits" is 95 % accurate as well. And: *how was it tested?*

# %% [markdown] tags=["prediction"]
# **Predict first.** 60 people, 500 measurements of each, a label. The measurements are pure noise,
# and the labels are thrown with a coin. Somebody picks the 10 measurements that go best with the
# labels, and then tests by cross-validation a classifier that gets those 10. What accuracy will be
# announced?

# %%
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

draw = np.random.default_rng(0)
rounds = pick(full=20, fast=2)
announced, honest = [], []
for _ in range(rounds):
    measured, label = draw.normal(size=(60, 500)), draw.integers(2, size=60)
    picked = SelectKBest(f_classif, k=10).fit_transform(measured, label)  # has seen all labels
    announced.append(cross_val_score(LogisticRegression(), picked, label, cv=5).mean())
    inside = make_pipeline(SelectKBest(f_classif, k=10), LogisticRegression())
    honest.append(cross_val_score(inside, measured, label, cv=5).mean())
expect("announced", float(np.mean(announced)), full=(0.75, 0.95), fast=(0.6, 1))
expect("honest: it picks within each fold", float(np.mean(honest)), full=(0.42, 0.58))

# %% [markdown]
# There was nothing to find, and it was found, with a test that looks proper. The mistake is that
# the choice had seen the labels of the test (lesson 7 calls it leakage). Narayanan calls products
# whose claim cannot be true *AI snake oil*: above all those that predict a person's future. For
# some of them nobody can say whether they beat a simple rule, since nobody was let in to test it.
#
# ## 2 A change one hardly sees
#
# A network learns digits, and is right on most of those it has not seen.

# %%
from supervised.data import load

data = load("mnist5k")
print(data.description)
images, labels = data.inputs.float().flatten(1), data.targets  # (5000, 784), from 0 to 1
order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
train, test = order[:4000], order[4000:]


def train_network(inputs: Tensor, targets: Tensor, epochs: int, outputs: int = 10) -> nn.Module:
    """A small network, trained with Adam on batches of 64."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(inputs.shape[1], 128), nn.ReLU(), nn.Linear(128, outputs))
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(64):
            loss = nn.functional.cross_entropy(network(inputs[rows]), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network


def accuracy(network: nn.Module, inputs: Tensor, targets: Tensor) -> float:
    """The share it is right on."""
    with torch.no_grad():
        return float((network(inputs).argmax(1) == targets).float().mean())


began = time.process_time()
network = train_network(images[train], labels[train], epochs=pick(full=12, fast=2))
trained_in = time.process_time() - began
clean = accuracy(network, images[test], labels[test])
expect("right on digits it has not seen", clean, full=(0.92, 0.96), fast=(0.8, 1))

# %% [markdown]
# Training asks: how must the *weights* change, so that the error falls? Ask instead: how must the
# *pixels* change, so that it rises? The gradient tells, and every pixel takes a small step in the
# worse direction (Goodfellow and others, 2015: the fast gradient sign method).


# %%
def worsened(network: nn.Module, inputs: Tensor, targets: Tensor, size: float) -> Tensor:
    """The inputs, each pixel changed by `size` in the direction that makes the error grow."""
    inputs = inputs.clone().requires_grad_()
    nn.functional.cross_entropy(network(inputs), targets).backward()
    return (inputs + size * inputs.grad.sign()).clamp(0, 1).detach()


# %% [markdown] tags=["prediction"]
# **Predict first.** Each pixel may change by 0.1, where black is 0 and white is 1. How many of 100
# digits does the network still get right? And if the pixels change by 0.1 up or down *by lot*?

# %%
sizes = [0.0, 0.02, 0.05, 0.1, 0.15, 0.2]
signs = torch.randn(len(test), 784, generator=torch.Generator().manual_seed(1)).sign()
attacked = [
    accuracy(network, worsened(network, images[test], labels[test], s), labels[test]) for s in sizes
]
by_lot = [accuracy(network, (images[test] + s * signs).clamp(0, 1), labels[test]) for s in sizes]

figure, panels = plt.subplots(2, 6, figsize=(10, 3.4), width_ratios=[2.6, 1, 1, 1, 1, 1])
for axes in panels[:, 0]:
    axes.remove()
axes = figure.add_subplot(panels[0, 0].get_gridspec()[:, 0])
axes.plot(sizes, by_lot, "o-", color=BLUE, label="by lot")
axes.plot(sizes, attacked, "o-", color=ORANGE, label="on purpose")
axes.set(ylim=(0, 1), xlabel="change of each pixel", ylabel="right")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
shown = test[torch.tensor([3, 14, 25, 36, 47])]
spoiled = worsened(network, images[shown], labels[shown], 0.1)
for row, pictures in enumerate((images[shown], spoiled)):
    chances = network(pictures).softmax(1).max(1)
    for column in range(5):
        spot = panels[row, column + 1]
        spot.imshow(pictures[column].reshape(28, 28), cmap="Greys", vmin=0, vmax=1)
        spot.set_title(f"{int(chances.indices[column])} ({chances.values[column]:.0%})", fontsize=9)
        spot.axis("off")
show(figure, "24-adversarial")
expect("changed by 0.1 on purpose", attacked[3], full=(0.0, 0.25))
expect("changed by 0.1 by lot", by_lot[3], full=(0.88, 0.96), fast=(0.7, 1))

# %% [markdown]
# The same amount of change by lot costs three digits of a hundred. So the network is not "robust to
# noise, therefore robust". And it is *sure* of its wrong answers. It does not see digits as you do;
# nobody has fully cured this since 2013 (Szegedy and others found it).
#
# ## 3 Bias: what was decided before is decided again
#
# Applicants of two groups, equally able. Past decisions are the labels, and they asked more of
# group B. The network never sees the group, for it was taken out; but it sees the part of town.

# %%
draw = np.random.default_rng(1)
many = 20_000
group = draw.random(many) < 0.3  # True: group B
ability = draw.normal(size=many)
town = np.where(draw.random(many) < 0.85, group, ~group)  # group B mostly lives in one part
grades = ability + 0.5 * draw.normal(size=many)
invited = ability > np.where(group, 1.2, 0.0)  # what people decided
seen = np.column_stack([grades, town])
model = LogisticRegression().fit(seen[: many // 2], invited[: many // 2])
later = slice(many // 2, None)
able, b = ability[later] > 0.6, group[later]
chosen = model.predict(seen[later])
share_a, share_b = chosen[able & ~b].mean(), chosen[able & b].mean()
right = (chosen == invited[later]).mean()
print(f"it agrees with past decisions in {right:.0%}")
expect("of the ablest of group A it invites", share_a, full=(0.85, 1.0), fast=(0.85, 1.0))
expect("of the ablest of group B it invites", share_b, full=(0.3, 0.8), fast=(0.3, 0.8))

# %% [markdown]
# It is "accurate", for it was asked to repeat decisions, and it does. Taking the group out did not
# help: another column tells it. No better network mends this. The question has to be put
# differently: what is the label, who wrote it, and who is missing from the data?
#
# ## 4 Deepfakes, and the detector that knew them all
#
# Pictures that nobody took are made by the methods of lessons 14 and 15. Can a network find them?
# Here in small: "fakes" are digits pressed through 30 numbers and restored. A detector learns to
# tell them from real ones. Then somebody makes fakes in another way: each is the mean of two real
# ones.

# %%
mean = images[train].mean(0)
_, _, directions = torch.linalg.svd(images[train] - mean, full_matrices=False)


def pressed(inputs: Tensor) -> Tensor:
    """Fakes of one kind: what is left of pictures in 30 numbers."""
    few = directions[:30]
    return ((inputs - mean) @ few.T @ few + mean).clamp(0, 1)


def blended(inputs: Tensor, targets: Tensor) -> Tensor:
    """Fakes of another kind: each picture mixed with the next of its class."""
    mixed = inputs.clone()
    for digit in range(10):
        rows = (targets == digit).nonzero().squeeze(1)
        mixed[rows] = (inputs[rows] + inputs[rows.roll(1)]) / 2
    return mixed


def real_and(fakes: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """Both, and which of them are fakes."""
    are_fakes = torch.arange(len(real) + len(fakes)) >= len(real)
    return torch.cat([real, fakes]), are_fakes.long()


detector = train_network(*real_and(pressed(images[train]), images[train]), pick(5, 1), outputs=2)
old_kind = accuracy(detector, pressed(images[test]), torch.ones(len(test)))
new_kind = accuracy(detector, blended(images[test], labels[test]), torch.ones(len(test)))
alarms = 1 - accuracy(detector, images[test], torch.zeros(len(test)))
expect("fakes of the kind it knows, found", old_kind, full=(0.97, 1.0))
expect("fakes of a new kind, found", new_kind, full=(0.0, 0.8))
expect("real ones called fake", alarms, full=(0.0, 0.05))

# %% [markdown]
# A detector knows the fakes it was shown. Whoever makes new ones can test them against it first, as
# in a GAN. And even a good detector drowns where fakes are rare:

# %%
sorted_out, fake_share = 1_000_000, 0.001
found = 0.99 * fake_share * sorted_out
false_alarms = 0.01 * (1 - fake_share) * sorted_out
print(f"right in 99 %: {found:,.0f} fakes found, {false_alarms:,.0f} false alarms")
expect("of its alarms are true", found / (found + false_alarms), full=(0.089, 0.091))

# %% [markdown]
# ## 5 A reward that teaches the wrong thing
#
# A boat race on a grid. The goal pays 1. To help, buoys on the course pay 0.2 each time one passes.

# %% [markdown] tags=["prediction"]
# **Predict first.** What will an agent do that maximises the sum of its rewards?

# %%
BOATS = f"gridworld:map=boat-race,max_episode_steps={pick(full=60, fast=10)}"
racer = trained("q-learning", BOATS, steps=pick(full=20_000, fast=1_000))
show(watched(BOATS, [racer], "24-boat-race"), "24-boat-race")

# %%
from envs.worlds import find_world
from workshop.estimate import play_episodes

race = play_episodes([find_world(BOATS).make()], racer, [0])
print(f"earned {race.returns[0]:.1f} in {race.lengths[0]} steps; at the goal: {race.successes[0]}")
expect("reached the goal", float(race.successes[0]), full=(0, 0), fast=(0, 1))
expect("earned", float(race.returns[0]), full=(2.0, 12.0))

# %% [markdown]
# It goes to and fro past the buoys, or round and round, and never arrives. It is not stupid: that
# *is* the optimum of what we wrote. OpenAI's agent did the same in the game CoastRunners (Clark and
# Amodei, 2016). A measure that becomes a target ceases to be a good measure: watch time is not
# well-being, and clicks are not truth.
#
# ## 6 What it costs

# %%
watts, seconds = 10, trained_in  # of one busy core; an assumption, measure yours
here = watts * seconds / 3600  # watt-hours
gpt3 = 1_287e6  # 1,287 MWh, as Patterson and others (2021) estimate it
print(f"the digits network: {seconds:.1f} s of one core, about {1000 * here:.1f} milliwatt-hours")
print(f"GPT-3's training:   about {gpt3 / here:.0e} times as much, and more since then")

# %% [markdown]
# Training is paid once, use is paid each time. Ask for the energy of both, beside the accuracy. And
# ask what the *simple* method reaches: in lesson 4 it often wins, for a thousandth of the cost.
#
# ## 7 What it cannot do
#
# A network fits what it has seen, and says something about everything else, too. Nothing in it
# knows where its knowledge ends.

# %%
torch.manual_seed(0)
x = torch.linspace(-3, 3, 200)[:, None]
curve = nn.Sequential(nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(curve.parameters(), 1e-2)
for _ in range(pick(full=1000, fast=150)):
    loss = (curve(x) - torch.sin(2 * x)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
noise = torch.rand(1000, 784, generator=torch.Generator().manual_seed(2))
with torch.no_grad():
    sure = float((network(noise).softmax(1).max(1).values > 0.9).float().mean())
    wide = torch.linspace(-7, 7, 400)[:, None]
    inside = float((curve(x) - torch.sin(2 * x)).abs().mean())
    outside = float((curve(wide) - torch.sin(2 * wide)).abs()[wide.abs() > 4].mean())
    figure, axes = plt.subplots(figsize=(8, 2.6))
    axes.plot(wide, torch.sin(2 * wide), color=GREY, linestyle="--", label="the truth")
    axes.plot(wide, curve(wide), color=BLUE, label="the network")
axes.axvspan(-3, 3, color=GREEN, alpha=0.12, label="where it has seen examples")
axes.set_ylim(-3, 3)
axes.legend(frameon=False, fontsize=8, loc="upper center", ncols=3)
axes.spines[["top", "right"]].set_visible(False)
show(figure, "24-outside")
expect("error where it has seen examples", inside, full=(0, 0.06))
expect("error elsewhere", outside, full=(0.3, 10))
expect("pictures of pure noise of which it is over 90 % sure", sure, full=(0.3, 0.9))

# %% [markdown]
# Three lines of algebra that know "it is a sine" would be right everywhere. What deep learning does
# not give you: knowledge of what lies outside the data, causes in the place of correlations (with
# ice cream, drownings rise), reasons that you could check, a sense of not knowing, and
# responsibility. That stays with you.
#
# **A list to take along.** Compared with what? Tested on what, by whom? What is the label, and who
# wrote it? Who is missing? What happens if somebody wants it to fail? What is rewarded, and is it
# what you want? What does it cost? What does it do where it knows nothing? Who answers for it?
#
# ## Exercises
#
# `workshop lesson 24 --answers answers_24.py` writes these into a file for you;
# `workshop lesson 24 --check answers_24.py` marks it; `--hint NAME` helps.
#
# ### 1 Compared with what?


# %% tags=["exercise"]
def gain_over_majority(labels: list[int], predicted: list[int]) -> float:
    """The accuracy, minus that of always saying the most frequent label."""
    ### BEGIN SOLUTION
    right = sum(a == b for a, b in zip(labels, predicted, strict=True))
    return (right - max(labels.count(label) for label in set(labels))) / len(labels)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "gain_over_majority",
    hints=(
        "Two accuracies: of the predictions, and of the most frequent label for everybody.",
        "labels.count(label) counts; the largest count over set(labels) is the majority's.",
        "(number right - max(labels.count(l) for l in set(labels))) / len(labels)",
    ),
)
def check_gain_over_majority(gain_over_majority):
    labels = [1] * 19 + [0]
    assert abs(gain_over_majority(labels, [1] * 20)) < 1e-9, "95 % right, and no gain at all"
    assert abs(gain_over_majority(labels, labels) - 0.05) < 1e-9, "all right: a gain of 5 %"
    assert gain_over_majority([0, 1], [1, 0]) < 0, "it can be worse than the majority"


# %% [markdown]
# ### 2 How much is an alarm worth?


# %% tags=["exercise"]
def true_alarms(share: float, found: float, false_alarm: float) -> float:
    """The share of alarms that are true.

    Args:
        share: of fakes among all pictures.
        found: the share of fakes that set off an alarm.
        false_alarm: the share of real ones that set off an alarm.
    """
    ### BEGIN SOLUTION
    true = share * found
    return true / (true + (1 - share) * false_alarm)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "true_alarms",
    hints=(
        "Imagine 1,000 pictures: how many alarms come from fakes, how many from real ones?",
        "From fakes: share * found. From real ones: (1 - share) * false_alarm.",
        "The first, divided by the sum of both.",
    ),
)
def check_true_alarms(true_alarms):
    assert abs(true_alarms(0.5, 0.9, 0.1) - 0.9) < 1e-9, "half are fakes: 90 % of alarms are true"
    assert abs(true_alarms(0.001, 0.99, 0.01) - 0.0902) < 1e-3, "one in 1,000: only 9 % are true"
    assert true_alarms(0.2, 0.5, 0.0) == 1, "no false alarms: every alarm is true"


# %% [markdown]
# ### 3 The fast gradient sign


# %% tags=["exercise"]
def attack(pixels: np.ndarray, gradient: np.ndarray, size: float) -> np.ndarray:
    """Each pixel moved by `size` in the direction in which the error grows; kept from 0 to 1."""
    ### BEGIN SOLUTION
    return np.clip(pixels + size * np.sign(gradient), 0, 1)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "attack",
    hints=(
        "Only the sign of the gradient counts, not how large it is: np.sign.",
        "The error grows along the gradient, so add; a pixel cannot leave 0 to 1: np.clip.",
        "np.clip(pixels + size * np.sign(gradient), 0, 1)",
    ),
)
def check_attack(attack):
    pixels, gradient = np.array([0.5, 0.5, 0.95, 0.0]), np.array([7.0, -0.01, 1.0, -1.0])
    found = attack(pixels, gradient, 0.1)
    assert np.allclose(found[:2], [0.6, 0.4]), "by 0.1 each, however small the gradient is"
    assert found[2] == 1.0 and found[3] == 0.0, "never beyond white or black"


# %% [markdown]
# ### 4 Equal chances?
#
# For each group: of those who *are* able, which share is chosen? Return the smaller share divided
# by the larger one: 1 is equal. (In US employment law, less than four fifths is a warning.)


# %% tags=["exercise"]
def equal_chances(able: np.ndarray, group: np.ndarray, chosen: np.ndarray) -> float:
    """All are bool arrays of one length; the ratio of the two groups' shares among the able."""
    ### BEGIN SOLUTION
    shares = [chosen[able & (group == which)].mean() for which in (False, True)]
    return float(min(shares) / max(shares))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "equal_chances",
    hints=(
        "Of a group, look only at the able: chosen[able & group], and chosen[able & ~group].",
        "The mean of a bool array is the share of True.",
        "min(a, b) / max(a, b), for the two means a and b",
    ),
)
def check_equal_chances(equal_chances):
    able = np.array([True, True, True, True, False])
    group = np.array([False, False, True, True, True])
    chosen = np.array([True, True, True, False, True])
    assert equal_chances(able, group, chosen) == 0.5, "1 of 1 against 1 of 2; the last is not able"
    assert equal_chances(able, group, able) == 1, "all able are chosen, and no one else: equal"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "A detector is right in 99 % of cases, and 1 picture of 1,000 is a fake. An alarm?",
        ("It is a fake, 99 to 1", "It is probably real", "Fifty-fifty"),
        answer=1,
        because="Among 100,000 pictures there are 99 true alarms and about 999 false ones: nine of "
        "a hundred alarms are true. How rare a thing is belongs into the answer.",
    ),
    Question(
        "The column 'group' was taken out, and the model still disadvantages group B. Why?",
        ("Too little training", "Other columns tell it, and labels repeat the past", "Noise"),
        answer=1,
        because="The part of town nearly tells the group. And the decisions it learns from were "
        "unfair, so being unfair is what makes it 'accurate'.",
    ),
    Question(
        "The boat passes buoys for ever and never arrives. What is at fault?",
        ("The learning algorithm", "Too few steps of training", "The reward that was written"),
        answer=2,
        because="It found the optimum of what it was given; more training finds it more surely. "
        "Say what you want, and not what you hope goes along with it.",
    ),
    Question(
        "A network is robust to random noise of a size. To an attack of the same size?",
        ("Also", "That says nothing", "Even more"),
        answer=1,
        because="A random direction is nearly always harmless. Among 784 dimensions there are some "
        "that are not, and an attacker does not look for them by lot: the gradient tells.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - A. Narayanan and S. Kapoor, *AI Snake Oil*, 2024.
# - I. Goodfellow, J. Shlens and C. Szegedy, "Explaining and Harnessing Adversarial Examples", 2015.
# - J. Buolamwini and T. Gebru, "Gender Shades", 2018: how wrong, for whom?
# - J. Clark and D. Amodei, "Faulty Reward Functions in the Wild", 2016.
# - D. Patterson and others, "Carbon Emissions and Large Neural Network Training", 2021.
# - G. Marcus, "Deep Learning: A Critical Appraisal", 2018.
# - C. O'Neil, *Weapons of Math Destruction*, 2016.
