# ---
# jupyter:
#   workshop:
#     title: "The perceptron, and why it needs company"
#     topics: [perceptron, neuron, weights, bias, layer, multi-layer perceptron, activation,
#       sigmoid, tanh, ReLU, leaky ReLU, non-linearity, XOR, vanishing gradient]
#     minutes: 35
#     seconds: 20
#     data: four points; spirals, 1000 computed points in three arms
# ---

# %% [markdown]
# # 8 The perceptron, and why it needs company
#
# One artificial neuron adds up what it sees, each input with a weight of its own, and says yes if
# the sum is above zero. That is all it does. What can it learn, what can it never learn, and what
# changes when there are several of them, one layer after another?
#
# | | |
# | --- | --- |
# | needs | lesson 4 helps |
# | data | four points; `spirals`: 1000 computed points, a quarter for the test |
# | time | 35 minutes to read and try, 20 seconds to run on 2 cores; seeds 0 to 2 |
# | expect | without non-linearity 0.67 of the test points right, with any of four 0.99 |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from supervised.data import load
from workshop.lessons import Question, exercise, expect, pick, quiz, show

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
WITH_BIAS = np.hstack([CORNERS, np.ones((4, 1), int)])  # (4, 3): the bias is a weight of a 1
TABLES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0)}
BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"


def fires(weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """The perceptron: 1 where the weighted sum is above 0, else 0."""
    return (inputs @ weights > 0).astype(int)


# %% [markdown]
# ## One neuron
#
# ```
# output = 1 if w1 x1 + w2 x2 + b > 0, else 0
# ```
#
# The border, where the sum is 0, is a straight line. Frank Rosenblatt's rule of 1957 finds it from
# examples. It changes nothing where the answer is right. Where it is wrong, the weights move
# towards the input that should have fired, or away from the one that should not:
#
# ```
# w  <-  w + (target - output) x
# ```

# %% [markdown] tags=["prediction"]
# **Predict first.** One neuron is shown the four corners of a square, and is to fire
#
# 1. only where both inputs are 1 (AND),
# 2. where at least one is (OR),
# 3. where exactly one is (XOR).
#
# After how many passes through the four corners does it make no mistake any more, in each case?

# %%


def learn(targets: tuple[int, ...], passes: int = 1000) -> tuple[np.ndarray, int]:
    """The weights after the first pass without a mistake, or after all; and how many passes."""
    weights = np.zeros(3)
    for number in range(1, passes + 1):
        mistakes = 0
        for inputs, target in zip(WITH_BIAS, targets, strict=True):
            error = target - fires(weights, inputs)
            weights = weights + error * inputs
            mistakes += abs(error)
        if mistakes == 0:
            return weights, number
    return weights, passes


learned = {name: learn(targets) for name, targets in TABLES.items()}
for name, (weights, passes) in learned.items():
    right = (fires(weights, WITH_BIAS) == TABLES[name]).sum()
    print(f"{name:3}  {passes:4} passes  weights {weights}  {right} of 4 right")

# %%
expect("passes for AND", learned["AND"][1], full=(6, 6), fast=(6, 6))
expect("passes for OR", learned["OR"][1], full=(4, 4), fast=(4, 4))
expect("passes for XOR, given up", learned["XOR"][1], full=(1000, 1000), fast=(1000, 1000))

# %% [markdown]
# AND and OR are learned within a few passes. XOR never is, and more passes would not help: the two
# corners that should fire lie across from each other, and no straight line has them on one side and
# the other two on the other. Marvin Minsky and Seymour Papert worked out in 1969 what a single
# layer cannot see; XOR is the smallest example.
#
# ## Company
#
# Three neurons can do what one cannot. The first says OR, the second says NOT AND, and the third
# says AND of these two. Nobody has to draw a curved line for that. The first two *move the points*:
# in the plane of their two answers, a straight line is enough.

# %%
hidden_weights = np.array([[1, 1, -0.5], [-1, -1, 1.5]])  # OR; NOT AND
hidden = np.stack([fires(weights, WITH_BIAS) for weights in hidden_weights], 1)  # (4, 2)


def draw(axes: plt.Axes, points: np.ndarray, targets, weights: np.ndarray, title: str) -> None:
    """Points, filled where the neuron should fire, and the line where its sum is 0."""
    side = np.linspace(-0.5, 1.5, 200)
    x, y = np.meshgrid(side, side)
    total = weights[0] * x + weights[1] * y + weights[2]
    axes.contourf(x, y, total, levels=[0, 1e9], colors=[ORANGE], alpha=0.25)
    axes.contour(x, y, total, levels=[0], colors=[GREY], linewidths=1)
    for point, target in zip(points, targets, strict=True):
        axes.plot(*point, "o", markersize=13, markeredgecolor="#333333",
                  markerfacecolor=ORANGE if target else "white")  # fmt: skip
    axes.set(title=title, xticks=[0, 1], yticks=[0, 1], aspect="equal")


figure, all_axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
for axes, name in zip(all_axes, TABLES, strict=False):
    draw(axes, CORNERS, TABLES[name], learned[name][0], f"{name}, one neuron")
draw(all_axes[3], hidden, TABLES["XOR"], np.array([1, 1, -1.5]), "XOR, behind two neurons")
all_axes[3].set(xlabel="says OR", ylabel="says NOT AND")
show(figure, "08-xor")

# %% [markdown]
# Filled points should fire, and the coloured side is where the neuron does. In the third panel it
# has gone round in circles, and two of four is what it happened to stop at. In the fourth, two of
# the points, (0, 1) and (1, 0), lie on top of each other at (1, 1): for the last neuron they are
# the same, and that is what it needed.
#
# We chose those weights by hand. To *learn* them we need to know how the result changes when a
# weight of the first layer changes a little; and a step says "not at all", or jumps. So the step is
# replaced by something with a slope, the **activation function**:
#
# ```
# sigmoid(x)    = 1 / (1 + exp(-x))        from 0 to 1
# tanh(x)                                  from -1 to 1, a sigmoid stretched and moved
# ReLU(x)       = x if x > 0, else 0       slope 1 or 0
# leaky ReLU(x) = x if x > 0, else 0.01 x  slope 1 or 0.01: it never falls quite asleep
# ```

# %%
ACTIVATIONS = {
    "none": nn.Identity(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "ReLU": nn.ReLU(),
    "leaky ReLU": nn.LeakyReLU(0.01),
}
x = torch.linspace(-5, 5, 401, requires_grad=True)
figure, all_axes = plt.subplots(1, 5, figsize=(12, 2.6), layout="constrained", sharex=True)
for axes, (name, activation) in zip(all_axes, ACTIVATIONS.items(), strict=True):
    y = activation(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    axes.plot(x.detach(), y.detach(), color=BLUE, label="value")
    axes.plot(x.detach(), slope, color=ORANGE, linestyle="--", label="slope")
    axes.set(title=name, ylim=(-1.6, 2.6))
    axes.axhline(0, color=GREY, linewidth=0.6)
all_axes[0].legend(frameon=False, loc="lower right")
show(figure, "08-activations")
(steepest,) = torch.autograd.grad(torch.sigmoid(x).sum(), x)
expect("the sigmoid's greatest slope", float(steepest.max()), (0.249, 0.251), (0.249, 0.251))

# %% [markdown]
# ## No non-linearity, no luck
#
# Three arms of a spiral, and a network with two hidden layers of 32 neurons. What differs is only
# the activation.

# %% [markdown] tags=["prediction"]
# **Predict first.** Guessing is right for one point in three. What will the network reach with no
# activation at all, only sums of sums? And which of the other four learns fastest?

# %%
spirals = load("spirals")
points, labels = spirals.inputs, spirals.targets
test = torch.arange(len(points)) % 4 == 0  # the arms take turns every 3 rows, so each is in both
steps, seeds = pick(full=400, fast=25), pick(full=3, fast=1)


def make_network(activation: nn.Module, layers: int = 2, width: int = 32) -> nn.Sequential:
    """Points in, a score for each arm out: 2 -> width -> ... -> width -> 3."""
    parts: list[nn.Module] = []
    for inputs in [2] + [width] * (layers - 1):
        parts += [nn.Linear(inputs, width), activation]
    return nn.Sequential(*parts, nn.Linear(width, 3))


def train(network: nn.Module) -> list[float]:
    """Learns from all training points at once; returns the cost of each step."""
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    costs = []
    for _ in range(steps):
        cost = nn.functional.cross_entropy(network(points[~test]), labels[~test])
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    return costs


def accuracy(network: nn.Module) -> float:
    """The share of test points that it tells right."""
    with torch.no_grad():
        return float((network(points[test]).argmax(1) == labels[test]).float().mean())


networks, costs = {}, {}
scores: dict[str, list[float]] = {name: [] for name in ACTIVATIONS}
for name, activation in ACTIVATIONS.items():
    for seed in range(seeds):
        torch.manual_seed(seed)
        networks[name] = make_network(activation)
        costs[name] = train(networks[name])
        scores[name].append(accuracy(networks[name]))
    half = next((step for step, cost in enumerate(costs[name], 1) if cost < 0.5), None)
    print(f"{name:10}", " ".join(f"{score:.3f}" for score in scores[name]), end="  ")
    print(f"cost below 0.5 after {half} steps")

# %%
figure, all_axes = plt.subplots(1, 5, figsize=(12, 2.9), layout="constrained")
side = torch.linspace(-1.15, 1.15, 150)
plane = torch.cartesian_prod(side, side)  # (22500, 2)
for axes, (name, network) in zip(all_axes, networks.items(), strict=True):
    with torch.no_grad():
        regions = network(plane).argmax(1).reshape(150, 150).T
    axes.contourf(side, side, regions, levels=[-0.5, 0.5, 1.5, 2.5], alpha=0.35,
                  colors=[BLUE, ORANGE, GREEN])  # fmt: skip
    for arm, colour in enumerate((BLUE, ORANGE, GREEN)):
        axes.plot(*points[test & (labels == arm)].T, ".", color=colour, markersize=3)
    axes.set(title=f"{name}: {np.mean(scores[name]):.2f}", xticks=[], yticks=[], aspect="equal")
show(figure, "08-spirals")

# %%
expect("test accuracy, none", np.mean(scores["none"]), full=(0.6, 0.72))
for name in list(ACTIVATIONS)[1:]:
    expect(f"test accuracy, {name}", np.mean(scores[name]), full=(0.97, 1.0))

# %% [markdown]
# All four come to the same here; the sigmoid only takes longer. Without an activation, three layers
# do what one does: they part the plane with straight lines. It cannot be otherwise. A sum of sums
# is a sum, and the weights of the one layer it amounts to can be worked out by multiplying.
#
# Watch one do it: `workshop playground --data spirals --layers 8,8` learns two arms in ten seconds;
# with `linear` as its activation it cannot. `c` shows the PyTorch code of the setting.

# %%
first, _, second, _, third = networks["none"]
one_layer = third.weight @ second.weight @ first.weight  # (3, 2)
one_bias = third.weight @ (second.weight @ first.bias + second.bias) + third.bias
difference = (networks["none"](points) - (points @ one_layer.T + one_bias)).abs().max()
expect("largest difference to one layer", difference.item(), (0, 1e-3), (0, 1e-3))

# %% [markdown]
# And is a network the best for these points? No. Three nearest neighbours have no weights, take no
# time to learn, and do as well:

# %%
from sklearn.neighbors import KNeighborsClassifier

neighbours = KNeighborsClassifier(3).fit(points[~test].numpy(), labels[~test].numpy())
nearest = neighbours.score(points[test].numpy(), labels[test].numpy())
expect("test accuracy, 3 nearest neighbours", nearest, full=(0.95, 1.0), fast=(0.95, 1.0))

# %% [markdown]
# ## Why ReLU, and not the sigmoid?
#
# A weight in the first layer learns through all the layers after it. On the way back its gradient
# is multiplied by the slope of each activation, and the sigmoid's is 0.25 at best. With eight
# layers little arrives. This is the **vanishing gradient**:

# %%
DEEP = 8
arriving: dict[str, np.ndarray] = {}
for name in ("sigmoid", "tanh", "ReLU"):
    torch.manual_seed(0)
    deep = make_network(ACTIVATIONS[name], DEEP)
    nn.functional.cross_entropy(deep(points[~test]), labels[~test]).backward()
    arriving[name] = np.array([part.weight.grad.norm() for part in deep[::2]])  # (DEEP + 1,)

figure, axes = plt.subplots(figsize=(7, 3.2))
for (name, norms), colour in zip(arriving.items(), (ORANGE, GREEN, BLUE), strict=True):
    axes.semilogy(range(1, DEEP + 2), norms, "o-", color=colour, label=name)
axes.set(xlabel="layer, from the input to the output", ylabel="length of its gradient")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
show(figure, "08-vanishing")

# %%
for name, norms in arriving.items():
    print(f"{name:8} the first layer's gradient is {norms[0] / norms[-1]:.1e} of the last one's")
ratio = arriving["sigmoid"][0] / arriving["sigmoid"][-1]
expect("sigmoid, first to last", ratio, full=(1e-12, 1e-5), fast=(1e-12, 1e-5))
relu_ratio = arriving["ReLU"][0] / arriving["ReLU"][-1]
expect("ReLU, first to last", relu_ratio, full=(5e-4, 10), fast=(5e-4, 10))

# %% [markdown]
# Does it matter for what is learned? The same steps as before, now with eight hidden layers:

# %%
depths = {}
for name in ("sigmoid", "ReLU"):
    torch.manual_seed(0)
    deep = make_network(ACTIVATIONS[name], DEEP)
    train(deep)
    depths[name] = accuracy(deep)
expect("test accuracy, eight layers of sigmoids", depths["sigmoid"], full=(0.5, 0.9))
expect("test accuracy, eight layers of ReLU", depths["ReLU"], full=(0.95, 1.0))

# %% [markdown]
# With two layers the sigmoid had 0.99; with eight it is hardly better than no activation at all,
# and that only because Adam, the optimiser, makes small gradients larger. So in a deep network ReLU
# is the usual choice. And depth is no use in itself: two layers were enough for these points.
#
# ReLU has a weakness of its own. A neuron whose sum is negative for every example has slope 0 and
# never learns again. The leaky ReLU keeps a small slope there. In a small network like ours that
# matters little, as the accuracies above show.
#
# ## Exercises
#
# `workshop lesson 8 --answers answers_08.py` writes these into a file for you;
# `workshop lesson 8 --check answers_08.py` marks it; `--hint NAME` helps.
#
# ### 1 Rosenblatt's rule


# %% tags=["exercise"]
def perceptron_step(weights: np.ndarray, inputs: np.ndarray, target: int) -> np.ndarray:
    """The weights after one example. `inputs` already holds the 1 of the bias."""
    ### BEGIN SOLUTION
    output = int(weights @ inputs > 0)
    return weights + (target - output) * inputs
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "perceptron_step",
    hints=(
        "First find out what the perceptron answers with these weights.",
        "target - output is 1, 0 or -1: towards the input, nowhere, or away from it.",
        "weights + (target - int(weights @ inputs > 0)) * inputs",
    ),
)
def check_perceptron_step(perceptron_step):
    zero, inputs = np.zeros(3), np.array([1.0, 0.0, 1.0])
    moved = perceptron_step(zero, inputs, 1)
    assert not zero.any(), "return new weights, and leave the old ones as they were (no +=)"
    assert np.allclose(moved, inputs), "a sum of 0 does not fire, and it should: add the input"
    assert np.allclose(perceptron_step(inputs, inputs, 0), zero), "it should not: take it away"
    assert np.allclose(perceptron_step(inputs, inputs, 1), inputs), "right: nothing changes"
    assert np.allclose(perceptron_step(zero, inputs, 0), zero), "a sum of exactly 0 does not fire"


# %% [markdown]
# ### 2 XOR of three
#
# A neuron with three inputs can count. Choose the weights of two hidden neurons and of the output
# neuron, so that the network fires where **exactly one** of the three inputs is 1.


# %% tags=["exercise"]
def exactly_one() -> tuple[np.ndarray, np.ndarray]:
    """The weights of the hidden layer, (2, 4), and of the output, (3,); the bias comes last."""
    ### BEGIN SOLUTION
    at_least_one, at_most_one = [1, 1, 1, -0.5], [-1, -1, -1, 1.5]
    return np.array([at_least_one, at_most_one]), np.array([1, 1, -1.5])
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "exactly_one",
    hints=(
        "Exactly one is: at least one, and at most one.",
        "The sum of the inputs is above 0.5 where at least one is 1, below 1.5 where at most one.",
        "The hidden neurons: [1, 1, 1, -0.5] and [-1, -1, -1, 1.5]; the output is their AND.",
    ),
)
def check_exactly_one(exactly_one):
    hidden_weights, output_weights = exactly_one()
    assert np.shape(hidden_weights) == (2, 4), "two hidden neurons, each of three inputs and a bias"
    assert np.shape(output_weights) == (3,), "one output: a weight for each hidden neuron, a bias"
    for inputs in np.ndindex(2, 2, 2):
        hidden = fires(np.transpose(hidden_weights), np.array([*inputs, 1]))
        answer = fires(np.asarray(output_weights), np.array([*hidden, 1]))
        assert answer == (sum(inputs) == 1), f"for {inputs} the hidden layer says {hidden}, and "\
            f"the output {answer}"  # fmt: skip


# %% [markdown]
# ### 3 A ReLU that leaks


# %% tags=["exercise"]
def leaky_relu(x: np.ndarray, leak: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """Its value and its slope at every x; at 0 the slope is that of the left side, `leak`."""
    ### BEGIN SOLUTION
    slope = np.where(x > 0, 1.0, leak)
    return x * slope, slope
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "leaky_relu",
    hints=(
        "np.where(condition, a, b) takes a where the condition holds and b elsewhere.",
        "On either side it is a straight line through 0, so the value is x times the slope.",
        "slope = np.where(x > 0, 1.0, leak); then x * slope, slope",
    ),
)
def check_leaky_relu(leaky_relu):
    value, slope = leaky_relu(np.array([-2.0, 0.0, 3.0]), 0.1)
    assert np.allclose(value, [-0.2, 0, 3]), f"of -2, 0 and 3 with a leak of 0.1, not {value}"
    assert np.allclose(slope, [0.1, 0.1, 1]), f"the slopes there are 0.1, 0.1 and 1, not {slope}"
    x = torch.linspace(-1, 1, 20)
    ours = leaky_relu(x.numpy())[0]
    assert np.allclose(ours, nn.functional.leaky_relu(x).numpy()), "PyTorch's values differ"


# %% [markdown]
# ### 4 Two layers that are one
#
# Without an activation between them, two layers are one: `W2 (W1 x + b1) + b2`. Write that one.


# %% tags=["exercise"]
def merged(
    first: np.ndarray, first_bias: np.ndarray, second: np.ndarray, second_bias: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias of one layer that does what both do; a layer is `weights @ x + bias`."""
    ### BEGIN SOLUTION
    return second @ first, second @ first_bias + second_bias
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "merged",
    hints=(
        "Multiply out: W2 (W1 x + b1) + b2 = (...) x + (...).",
        "Matrices are multiplied with @; the order counts: the second layer stands on the left.",
        "second @ first, second @ first_bias + second_bias",
    ),
)
def check_merged(merged):
    rng = np.random.default_rng(0)
    first, first_bias = rng.normal(size=(4, 3)), rng.normal(size=4)
    second, second_bias = rng.normal(size=(2, 4)), rng.normal(size=2)
    weights, bias = merged(first, first_bias, second, second_bias)
    assert weights.shape == (2, 3), f"three inputs, two outputs: (2, 3), not {weights.shape}"
    assert np.allclose(bias, second @ first_bias + second_bias), (
        "where x is 0 the bias is all there is"
    )
    x = rng.normal(size=3)
    both = second @ (first @ x + first_bias) + second_bias
    assert np.allclose(weights @ x + bias, both), "it is another function than the two layers"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why can one perceptron not learn XOR?",
        (
            "Its learning rule is too slow",
            "No straight line parts the two classes",
            "Four examples are too few",
        ),
        answer=1,
        because="One neuron fires on one side of a straight line. The corners of XOR cannot be "
        "parted by any, however long it learns.",
    ),
    Question(
        "A network has ten layers and no activation function. What can it do?",
        ("What one layer can", "What ten layers can", "Nothing"),
        answer=0,
        because="A weighted sum of weighted sums is a weighted sum: the ten weight matrices "
        "multiply to one.",
    ),
    Question(
        "Why does a deep network of sigmoids learn slowly in its first layers?",
        (
            "The sigmoid takes long to compute",
            "Its values are never negative",
            "On the way back the gradient is multiplied by a slope of 0.25 or less in each layer",
        ),
        answer=2,
        because="Eight such factors leave at most 0.25 to the power of 8, which is 0.000015. ReLU "
        "has slope 1 where it is on.",
    ),
    Question(
        "A ReLU neuron's sum is negative for every example. What happens to its weights?",
        ("They stay as they are", "They become zero", "They grow without bound"),
        answer=0,
        because="Its slope is 0 everywhere, so its gradient is too. A leaky ReLU keeps a small "
        "slope and so a way back.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - F. Rosenblatt, *The Perceptron: A Probabilistic Model for Information Storage and Organization
#   in the Brain*, Psychological Review, 1958.
# - M. Minsky and S. Papert, *Perceptrons*, 1969.
# - X. Glorot, A. Bordes and Y. Bengio, *Deep Sparse Rectifier Neural Networks*, 2011.
# - I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, 2016, chapter 6.
# - `agents/perceptron.py`: one layer that learns tic-tac-toe from a teacher, and how much it gains
#   when it is given pairs of cells to look at (`--features pairs`).
