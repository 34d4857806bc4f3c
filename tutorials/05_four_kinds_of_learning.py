# ---
# jupyter:
#   workshop:
#     title: Four kinds of learning
#     topics: [supervised learning, unsupervised learning, self-supervised learning,
#       reinforcement learning, k-means, clustering, principal components, bandit, labels, reward]
#     minutes: 35
#     seconds: 15
#     data: digits, 1797 images of 8 x 8
# ---

# %% [markdown]
# # 5 Four kinds of learning
#
# Kinds of learning do not differ by the network, and not by the mathematics. They differ by **what
# the learner is told**. So we take one set of data and one small network, and change only that.
#
# | kind | what the learner is told |
# | --- | --- |
# | supervised | for each example the right answer |
# | unsupervised | the examples |
# | self-supervised | the examples; it hides a part of each, and the hidden part is the answer |
# | reinforcement | it answers, and is told how good the answer was, not which was right |
#
# | | |
# | --- | --- |
# | needs | lesson 4 |
# | data | `digits`, 1797 images of 8 x 8; a fifth is the test; seeds 0 to 19 |
# | time | 35 minutes to read and try, 15 seconds to run on 2 cores |
# | expect | right answers in 0.98 (told), 0.96 (only rewarded), 0.73 (groups, named afterwards) |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from supervised.data import load
from supervised.scaling import PCA
from supervised.split import split
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source, trained, watched

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"

# %%
digits = load("digits")
rows = split(digits, seed=0)
images, labels = digits.inputs.flatten(1), digits.targets  # (1797, 64), (1797,)


def make_network() -> nn.Sequential:
    """64 numbers -> 64 neurons -> 10 scores. The same for all that follows."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def accuracy(network: nn.Module) -> float:
    """The share of test images that it tells right."""
    with torch.no_grad():
        return float((network(images[rows.test]).argmax(1) == labels[rows.test]).float().mean())


def batch() -> Tensor:
    """64 training rows, drawn by lot."""
    return rows.train[torch.randint(len(rows.train), (64,))]


# %% [markdown] tags=["prediction"]
# **Predict first.** A learner sees 64 images at a time, and for each it is told the digit. A second
# one has to name a digit, and hears only "right" or "wrong". How many times as many images will the
# second need to be right in 9 of 10?

# %% [markdown]
# ## Supervised: told the answer

# %%
steps = pick(full=3000, fast=60)
every = pick(full=20, fast=20)


def supervised() -> list[float]:
    """The accuracy every so many steps."""
    network, curve = make_network(), []
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    for step in range(steps):
        drawn = batch()
        cost = nn.functional.cross_entropy(network(images[drawn]), labels[drawn])
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        if step % every == every - 1:
            curve.append(accuracy(network))
    return curve


told = supervised()
expect("supervised", told[-1], full=(0.95, 0.99))

# %% [markdown]
# ## Reinforcement: told how good it was
#
# Now the network's scores are probabilities. It draws an answer from them, and gets a **reward** of
# 1 if that is right and 0 if not. What can one do with that? Make what was rewarded more probable,
# and what was not less; by how much more or less than usual (the *baseline*) the reward was:
#
# ```
# cost = -(reward - baseline) log p(answer given)              REINFORCE, Williams 1992
# ```


# %%
def reinforced() -> list[float]:
    """The accuracy every so many steps, from rewards alone."""
    network, curve, baseline = make_network(), [], 0.1
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    for step in range(steps):
        drawn = batch()
        choices = torch.distributions.Categorical(logits=network(images[drawn]))
        answers = choices.sample()
        rewards = (answers == labels[drawn]).float()  # all it is ever told
        cost = -((rewards - baseline) * choices.log_prob(answers)).mean()
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        baseline = 0.95 * baseline + 0.05 * rewards.mean()
        if step % every == every - 1:
            curve.append(accuracy(network))
    return curve


rewarded = reinforced()


def images_until(curve: list[float], wanted: float = pick(full=0.9, fast=0.2)) -> float:
    """How many images it took to come to that accuracy; infinity if it did not."""
    reached = [number for number, value in enumerate(curve, 1) if value >= wanted]
    return reached[0] * every * 64 if reached else float("inf")


figure, axes = plt.subplots(figsize=(7.5, 3.2))
seen = 64 * every * np.arange(1, len(told) + 1)
axes.plot(seen, told, color=BLUE, label="supervised: told the digit")
axes.plot(seen, rewarded, color=ORANGE, label="reinforcement: told right or wrong")
axes.axhline(0.9, color=GREY, linewidth=0.8, linestyle=":")
axes.set(xscale="log", xlabel="images looked at", ylabel="share of test images right")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="lower right")
show(figure, "05-told-and-rewarded")
print(f"0.9 after {images_until(told):,.0f} images, and after {images_until(rewarded):,.0f}")

# %%
expect("reinforcement", rewarded[-1], full=(0.8, 0.985))
expect("times as many images", images_until(rewarded) / images_until(told), full=(1.5, 12))

# %% [markdown]
# It comes nearly to the same end on less information, and takes about twice as many images; at the
# beginning, when it is nearly always wrong, it falls behind further. "Wrong" leaves nine digits
# open. "Right" says everything, and the more it knows the more often it hears that. Rewards are for
# where nobody knows the right answer, only whether it went well: a game, a robot, a dialogue. There
# is usually one thing more that our digits lack: what the agent does decides what it sees next.
# Lesson 1's walker learned so, and this one does:

# %%
WORLD = "gridworld:map=cliff"
walker = trained("q-learning", WORLD, steps=pick(full=8000, fast=500))
if pick(full=True, fast=False):  # a beginner's way is a long film
    show(watched(WORLD, [walker], "05-walker"), "05-walker")

# %% [markdown]
# ## Unsupervised: told nothing
#
# What can one learn from images alone? That some are alike. **k-means** (Lloyd 1957) looks for k
# groups: each image goes to the nearest centre, each centre to the mean of its images, and again,
# until nothing moves any more.


# %%
def k_means(points: np.ndarray, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The centres (k, features), and the group of each point (n,)."""
    rng = np.random.default_rng(seed)
    centres = points[rng.choice(len(points), k, replace=False)]
    groups = np.full(len(points), -1)
    while True:
        distances = ((points[:, None] - centres) ** 2).sum(2)  # (n, k)
        nearest = distances.argmin(1)
        if (nearest == groups).all():
            return centres, groups
        groups = nearest
        centres = np.stack(
            [points[groups == g].mean(0) if (groups == g).any() else centres[g] for g in range(k)]
        )


# %% [markdown] tags=["prediction"]
# **Predict first.** k-means is asked for ten groups, and never hears of digits. If each group is
# then named after the digit most frequent in it, how many images carry the right name?

# %%
points, truth = images[rows.train].numpy(), labels[rows.train].numpy()


def purity(groups: np.ndarray) -> float:
    """The share of points whose group is named after what they are."""
    counts = [np.bincount(truth[groups == group]).max() for group in np.unique(groups)]
    return float(sum(counts) / len(truth))


def spread(centres: np.ndarray, groups: np.ndarray) -> float:
    """What k-means makes small: the squared distance to the own centre, on average."""
    return float(((points - centres[groups]) ** 2).sum(1).mean())


tries = [k_means(points, 10, seed) for seed in range(pick(full=5, fast=2))]
for centres, groups in tries:
    print(f"spread {spread(centres, groups):.3f}, rightly named {purity(groups):.3f}")
centres, groups = min(tries, key=lambda found: spread(*found))
names = [np.bincount(truth[groups == group]).argmax() for group in range(10)]
figure, all_axes = plt.subplots(1, 10, figsize=(10, 1.4))
for group, axes in enumerate(all_axes):
    axes.imshow(centres[group].reshape(8, 8), cmap="gray_r")
    axes.set_title(f"{names[group]}: {(groups == group).sum()}", fontsize=9)
    axes.axis("off")
show(figure, "05-centres")

# %%
expect("rightly named, the tightest groups", purity(groups), full=(0.65, 0.9), fast=(0.5, 0.95))
expect("digits that name a group", len(set(names)), full=(7, 10))

# %% [markdown]
# Nearly three in four, without a single label: the digits are there in the data, as heaps. But look
# at the pictures. Two groups may share a digit, and two digits a group: "which digit" is *our*
# question, and to k-means the slant of a 1 is as good a difference. Which of five tries was best it
# judged by its own measure, and by ours another one was: the names came afterwards, and from
# labels.
#
# The other thing to learn is in which *directions* images differ most. **Principal components**
# find them, and 64 numbers become two that one can draw. The digits were written in afterwards:

# %%
places = PCA.fit(images[rows.train], 2)(images[rows.train])
figure, axes = plt.subplots(figsize=(5.5, 4.2))
for (x, y), digit in list(zip(places.tolist(), truth, strict=True))[:400]:
    axes.text(x, y, digit, color=plt.cm.tab10(digit), fontsize=8, ha="center", va="center")
axes.set(xlim=(-2, 2.1), ylim=(-2, 1.9), title="400 images, each drawn as the digit it is")
axes.set(xlabel="first direction", ylabel="second direction")
axes.spines[["top", "right"]].set_visible(False)
show(figure, "05-directions")
source(PCA.fit)

# %% [markdown]
# ## Self-supervised: asks itself
#
# Hide half of the pixels, and let the network guess them from the rest. The answer is in the data:
# no person has labelled anything. What the hidden layer learned for that, its *features*, may be of
# use for another question, of which we have few examples.

# %% [markdown] tags=["prediction"]
# **Predict first.** We have 50 labelled images and 1207 without a label. A simple classifier
# (logistic regression) gets 1. the pixels, 2. the features of the network that learned to guess
# hidden pixels, 3. those of a network that has learned nothing, its weights drawn by lot. Which
# order?


# %%
def untrained(seed: int) -> nn.Sequential:
    """Pixels to 256 features."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(64, 256), nn.ReLU())


def self_supervised(seed: int) -> tuple[nn.Sequential, nn.Module]:
    """The same after guessing hidden pixels; and what turns features into pixels."""
    encoder, decoder = untrained(seed), nn.Linear(256, 64)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 3e-3)
    for _ in range(pick(full=1500, fast=100)):
        whole = images[batch()]
        shown = whole * (torch.rand_like(whole) > 0.5)
        cost = (decoder(encoder(shown)) - whole).square().mean()
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return encoder, decoder


encoder, decoder = self_supervised(0)
whole = images[rows.test[:8]]
torch.manual_seed(1)
shown = whole * (torch.rand_like(whole) > 0.5)
with torch.no_grad():
    guessed = decoder(encoder(shown)).clamp(0, 1)
figure, all_axes = plt.subplots(3, 8, figsize=(8, 3.2))
for row, (name, pixels) in enumerate((("shown", shown), ("guessed", guessed), ("was", whole))):
    for column in range(8):
        all_axes[row, column].imshow(pixels[column].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        all_axes[row, column].set(xticks=[], yticks=[])
    all_axes[row, 0].set_ylabel(name)
show(figure, "05-hidden-pixels")
hidden = shown == 0
mean_image = images[rows.train].mean(0).expand_as(whole)
by_mean = float((mean_image - whole)[hidden].square().mean())
by_guess = float((guessed - whole)[hidden].square().mean())
expect("error of the guess, of that by the mean image", by_guess / by_mean, full=(0.2, 0.7))

# %%
from sklearn.linear_model import LogisticRegression


def from_few(features: Tensor, seed: int, count: int = 50) -> float:
    """The test accuracy of logistic regression that has seen so many labels."""
    known = np.random.default_rng(seed).permutation(rows.train.numpy())[:count]
    scaled = (features - features[rows.train].mean(0)) / (features[rows.train].std(0) + 0.01)
    model = LogisticRegression(max_iter=300).fit(scaled[known].numpy(), labels[known].numpy())
    return float(model.score(scaled[rows.test].numpy(), labels[rows.test].numpy()))


with torch.no_grad():
    features = {"pixels": images, "learned": encoder(images), "by lot": untrained(0)(images)}
seeds = range(pick(full=20, fast=2))
few = {name: [from_few(values, seed) for seed in seeds] for name, values in features.items()}
for name, values in few.items():
    print(f"{name:8} {np.mean(values):.3f}, from {min(values):.3f} to {max(values):.3f}")

# %%
gain = np.mean(few["learned"]) - np.mean(few["pixels"])
expect("learned features, gain on pixels", gain, full=(0.005, 0.06))
control = np.mean(few["by lot"]) - np.mean(few["pixels"])
expect("features by lot, gain on pixels", control, full=(-0.01, 0.05))

# %% [markdown]
# The learned features help, by a point or two. But most of that gain the features *by lot* have as
# well, a control that is easily forgotten: more numbers to choose from are a help in themselves.
# With 1257 small images self-supervision has little to find. It pays where there is very much
# without a label: GPT hides the next word, in a good part of all that was ever written (lesson 17).
#
# ## Which one?
#
# | you have | take |
# | --- | --- |
# | answers for the examples | supervised; the simplest, and the most sample-efficient |
# | examples, and no question yet | unsupervised: look at groups and directions |
# | very many examples, few answers | self-supervised first, then supervised on the few |
# | no answers, but a way to try and a measure of success | reinforcement |
#
# Real systems mix them. A chat program is self-supervised on text, then supervised on model
# answers, then rewarded for what people prefer.
#
# ## Exercises
#
# `workshop lesson 5 --answers answers_05.py` writes these into a file for you;
# `workshop lesson 5 --check answers_05.py` marks it; `--hint NAME` helps.
#
# ### 1 One round of k-means


# %% tags=["exercise"]
def one_round(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The new centres: the mean of the points nearest to each; without any, the old one."""
    ### BEGIN SOLUTION
    groups = ((points[:, None] - centres) ** 2).sum(2).argmin(1)
    means = [
        points[groups == g].mean(0) if (groups == g).any() else c for g, c in enumerate(centres)
    ]
    return np.stack(means)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "one_round",
    hints=(
        "First the group of each point: which centre is nearest.",
        "((points[:, None] - centres) ** 2).sum(2) holds all squared distances, (n, k).",
        "Then points[groups == g].mean(0) for each g in groups; the others stay.",
    ),
)
def check_one_round(one_round):
    points = np.array([[0.0, 0], [0, 2], [10, 0], [10, 4]])
    centres = np.array([[1.0, 1], [9, 1], [100, 100]])
    found = one_round(points, centres)
    assert found.shape == (3, 2), f"three centres in the plane: (3, 2), not {found.shape}"
    assert np.allclose(found[:2], [[0, 1], [10, 2]]), "the means are (0, 1) and (10, 2)"
    assert np.allclose(found[2], [100, 100]), "nobody is nearest to the third: it stays"


# %% [markdown]
# ### 2 The answer is in the data
#
# A text becomes examples for a self-supervised learner: of each stretch of `length` characters, the
# next one is the answer.


# %% tags=["exercise"]
def next_characters(text: str, length: int) -> list[tuple[str, str]]:
    """All pairs (stretch, the character after it), in order."""
    ### BEGIN SOLUTION
    return [(text[i : i + length], text[i + length]) for i in range(len(text) - length)]
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "next_characters",
    hints=(
        "The stretch that begins at i is text[i : i + length].",
        "The character after it is text[i + length]; the last i is such that it exists.",
        "[(text[i : i + length], text[i + length]) for i in range(len(text) - length)]",
    ),
)
def check_next_characters(next_characters):
    found = next_characters("learn", 3)
    assert found == [("lea", "r"), ("ear", "n")], f'of "learn": lea-r and ear-n, not {found}'
    assert next_characters("ab", 2) == [], "after the last stretch nothing comes: no example"
    assert len(next_characters("x" * 100, 10)) == 90, "100 characters, stretches of 10: 90 examples"


# %% [markdown]
# ### 3 Try or use?
#
# Two buttons pay 1 or 0, each with a probability of its own, which nobody knows. The simplest
# learner: with probability epsilon press any, by lot; else the one whose mean reward so far is
# highest.


# %% tags=["exercise"]
def choose(rewards: list[list[float]], epsilon: float, rng: np.random.Generator) -> int:
    """Which button to press. `rewards`: for each button what it has paid so far; one that was never
    pressed comes first, the lowest number of them."""
    ### BEGIN SOLUTION
    for button, paid in enumerate(rewards):
        if not paid:
            return button
    if rng.random() < epsilon:
        return int(rng.integers(len(rewards)))
    return int(np.argmax([np.mean(paid) for paid in rewards]))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "choose",
    hints=(
        "An empty list is False: `if not paid: return button`.",
        "rng.random() < epsilon is true with probability epsilon; rng.integers(n) draws a button.",
        "Else int(np.argmax([np.mean(paid) for paid in rewards])).",
    ),
)
def check_choose(choose):
    rng = np.random.default_rng(0)
    assert choose([[1.0], []], 0.0, rng) == 1, "button 1 was never pressed: press it"
    assert choose([[1.0, 0.0], [0.0, 0.0]], 0.0, rng) == 0, "button 0 paid more on average"
    sums = [[1.0, 0, 0, 0], [1.0]]
    assert choose(sums, 0.0, rng) == 1, "the mean counts, not the sum: 1 against 0.25"
    lots = [choose([[1.0], [0.0]], 1.0, rng) for _ in range(200)]
    assert 60 < sum(lots) < 140, "with epsilon 1 each is pressed about equally often"
    some = [choose([[1.0], [0.0]], 0.2, rng) for _ in range(500)]
    assert 20 < sum(some) < 90, f"with epsilon 0.2 button 1 about 50 times in 500, not {sum(some)}"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "A network learns to predict the next word in a library of books. Which kind is it?",
        ("Supervised", "Self-supervised", "Reinforcement"),
        answer=1,
        because="The answers come from the text itself. Nobody has labelled anything, so there "
        "may be as many examples as there is text.",
    ),
    Question(
        "Why does the rewarded learner need more images than the one that is told?",
        (
            "'Wrong' says less than the right answer does",
            "Its network is smaller",
            "It is not allowed to see all images",
        ),
        answer=0,
        because="Of ten answers 'wrong' rules out one. The right answer rules out nine.",
    ),
    Question(
        "k-means found ten groups in photos of animals. What do the groups mean?",
        (
            "Ten kinds of animal",
            "Nothing can be known of it",
            "What is alike in the pixels; look before you name it",
        ),
        answer=2,
        because="It might be animals, and just as well snow, grass and water behind them. A group "
        "has no name of its own.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - R. Sutton and A. Barto, *Reinforcement Learning: An Introduction*, 2nd edition, chapters 1 and
#   2.
# - R. Williams, *Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement
#   Learning*, 1992: REINFORCE.
# - S. Lloyd, *Least Squares Quantization in PCM*, 1982 (written in 1957): k-means.
# - P. Vincent et al., *Extracting and Composing Robust Features with Denoising Autoencoders*, 2008.
# - `agents/q_learning.py` and `supervised/scaling.py`: the walker, and the directions.
