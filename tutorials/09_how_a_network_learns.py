# ---
# jupyter:
#   workshop:
#     title: How a network learns
#     topics: [cost function, loss, mean squared error, cross-entropy, gradient, chain rule,
#       backpropagation, gradient descent, learning rate, stochastic gradient descent, momentum,
#       RMSProp, Adam, initialisation]
#     minutes: 40
#     seconds: 15
#     data: digits, 1797 images of 8 x 8; points computed
# ---

# %% [markdown]
# # 9 How a network learns
#
# A network of a few thousand weights answers wrongly. Which of them should be larger, which
# smaller, and by how much? There is one answer for all networks, from lesson 8's to those that
# write: measure how wrong it is (**cost**), work out how the cost changes with every weight
# (**backpropagation**), and go a little downhill (**gradient descent**). This lesson does all three
# by hand, and then lets PyTorch check.
#
# | | |
# | --- | --- |
# | needs | lesson 8; the chain rule of calculus |
# | data | `digits`, 1797 images, a fifth is the test; seeds 0 and 1 |
# | time | 40 minutes to read and try, 15 seconds to run on 2 cores |
# | expect | by hand as PyTorch to 1e-6; on digits every method at 0.98, if its rate is right |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from supervised.data import load
from supervised.scratch.optimisers import SGD, Adam, Momentum, RMSProp
from supervised.split import split
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source

BLUE, ORANGE, GREEN, PURPLE, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#8a5a9e", "#888888"

# %% [markdown]
# ## 1 Cost: how wrong?
#
# A cost turns answers and truths into one number, smaller is better. Which number, is a choice, and
# it decides what is learned:
#
# ```
# squared error     (answer - truth)²        numbers; a large mistake counts very much
# absolute error    |answer - truth|         numbers; twice as far is twice as bad
# cross-entropy     -log p(truth)            classes; sure and wrong is very bad
# ```

# %% [markdown] tags=["prediction"]
# **Predict first.** Five people earn 20, 22, 24, 26 and 500. One number is to stand for all five.
# Which does the squared error choose, and which the absolute error?

# %%
incomes = torch.tensor([20.0, 22, 24, 26, 500])
guesses = torch.linspace(0, 200, 2001)  # (2001,)
errors = guesses[:, None] - incomes  # (2001, 5)
squared, absolute = errors.square().mean(1), errors.abs().mean(1)
by_square, by_size = float(guesses[squared.argmin()]), float(guesses[absolute.argmin()])
print(
    f"least squared error at {by_square:.1f}: the mean; least absolute at {by_size:.1f}: the median"
)

p = torch.linspace(0.01, 1, 200)
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3))
left.plot(guesses, squared / squared.min(), color=BLUE, label="squared")
left.plot(guesses, absolute / absolute.min(), color=ORANGE, label="absolute")
left.set(xlabel="the number that stands for all five", ylabel="cost, by its least", ylim=(0.9, 2))
right.plot(p, -p.log(), color=GREEN, label="cross-entropy")
right.plot(p, (p < 0.5).float(), color=GREY, linestyle="--", label="1 if wrong, else 0")
right.set(xlabel="probability given to the right class", ylabel="cost")
for axes in (left, right):
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
show(figure, "09-costs")
expect("by the squared error", by_square, (118, 119), (118, 119))
expect("by the absolute error", by_size, (23.8, 24.2), (23.8, 24.2))

# %% [markdown]
# Why not take what we are interested in, the share of wrong answers? Look at the dashed line. It is
# flat: if a weight changes a little, nothing changes, and nobody knows where downhill is. A cost
# has to have a **slope**.
#
# ## 2 Backpropagation: whose fault?
#
# The simplest way to find the slope for one weight is to change it a little and to look. For each
# weight that takes two more runs of the network. Backpropagation takes one walk back for *all* of
# them. It is the chain rule, and a network is a chain:
#
# ```
# z = x W1 + b1    h = max(z, 0)    s = h W2 + b2    p = softmax(s)    cost = mean -log p[truth]
# ```

# %%
digits = load("digits")
rows = split(digits, seed=0)
images, labels = digits.inputs.flatten(1).numpy().astype(float), digits.targets.numpy()
rng = np.random.default_rng(0)
W1, b1 = rng.normal(0, 0.18, (64, 32)), np.zeros(32)
W2, b2 = rng.normal(0, 0.25, (32, 10)), np.zeros(10)


def forward(x, W1, b1, W2, b2):  # noqa: N803
    """All that the way back needs: what goes into the ReLU, what comes out, the probabilities."""
    z = x @ W1 + b1  # (n, 32)
    h = np.maximum(z, 0)
    s = h @ W2 + b2  # (n, 10)
    powers = np.exp(s - s.max(1, keepdims=True))
    return z, h, powers / powers.sum(1, keepdims=True)


def cost_by_hand(x, y, weights) -> float:
    """The mean surprise at the right class."""
    return float(-np.log(forward(x, *weights)[2][np.arange(len(y)), y]).mean())


def backward(x, y, W1, b1, W2, b2):  # noqa: N803
    """The gradient of the cost for each of the four, from the end of the chain to its start."""
    z, h, p = forward(x, W1, b1, W2, b2)
    ds = (p - np.eye(10)[y]) / len(y)  # softmax and -log together: what it said, minus what it was
    dh = ds @ W2.T  # back through the layer: each h is to blame as far as its weights reach
    dz = dh * (z > 0)  # back through the ReLU: slope 1 where it was on, 0 where not
    return x.T @ dz, dz.sum(0), h.T @ ds, ds.sum(0)


x, y = images[rows.train[:200]], labels[rows.train[:200]]
ours = backward(x, y, W1, b1, W2, b2)

# %% [markdown]
# Is it right? Two judges: changing some weights a little, and PyTorch.

# %%
theirs = [torch.tensor(w, requires_grad=True) for w in (W1, b1, W2, b2)]
scores = (torch.tensor(x) @ theirs[0] + theirs[1]).relu() @ theirs[2] + theirs[3]
nn.functional.cross_entropy(scores, torch.tensor(y)).backward()
gap = max(np.abs(o - t.grad.numpy()).max() for o, t in zip(ours, theirs, strict=True))


def by_trying(row: int, column: int, step: float = 1e-5) -> float:
    """The slope for one weight of W1, from two more runs."""
    up, down = W1.copy(), W1.copy()
    up[row, column] += step
    down[row, column] -= step
    rise = cost_by_hand(x, y, (up, b1, W2, b2)) - cost_by_hand(x, y, (down, b1, W2, b2))
    return rise / (2 * step)


tried = [(20 + n, n, by_trying(20 + n, n)) for n in range(10)]
apart = max(abs(slope - ours[0][row, column]) for row, column, slope in tried)
weights_there = sum(w.size for w in (W1, b1, W2, b2))
print(f"{weights_there} weights: {2 * weights_there} runs by trying; by hand one, and a walk back")
expect("largest difference to PyTorch", gap, (0, 1e-9), (0, 1e-9))
expect("largest difference to trying", apart, (0, 1e-6), (0, 1e-6))

# %% [markdown]
# PyTorch does not know our formula. It notes every operation with its slope, and walks back through
# the notes. That can be written in a page; here is how ours multiplies, and how it walks:

# %%
from supervised.scratch.autograd import Value

source(Value.__mul__)
source(Value.backward)

# %% [markdown]
# ## 3 Gradient descent: downhill, but how far?
#
# ```
# weight  <-  weight - rate * gradient
# ```
#
# A valley that is 25 times as steep one way as the other: `(x² + 25 y²) / 2`. The gradient is
# `(x, 25 y)`.

# %% [markdown] tags=["prediction"]
# **Predict first.** With the rate 0.03 it comes down slowly, with 0.07 faster. With 0.085?


# %%
def walk(optimizer_class, rate: float, steps: int = 60) -> np.ndarray:
    """The places passed, (steps + 1, 2)."""
    place = torch.tensor([-9.0, 2.0], requires_grad=True)
    optimizer = optimizer_class([place], rate)
    places = [place.detach().clone()]
    for _ in range(steps):
        cost = (place[0] ** 2 + 25 * place[1] ** 2) / 2
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        places.append(place.detach().clone())
    return torch.stack(places).numpy()


def valley(axes: plt.Axes, places: np.ndarray, colour: str, title: str) -> None:
    """The valley from above, and a way through it."""
    x, y = np.meshgrid(np.linspace(-10, 3, 80), np.linspace(-4, 4, 80))
    axes.contour(x, y, (x**2 + 25 * y**2) / 2, levels=np.geomspace(0.5, 200, 9),
                 colors="#bbbbbb", linewidths=0.7)  # fmt: skip
    axes.plot(*places.T, ".-", color=colour, markersize=4, linewidth=1)
    axes.plot(0, 0, "+", color="#222222", markersize=10)
    axes.set(title=title, xlim=(-10, 3), ylim=(-4, 4), xticks=[], yticks=[])


rates = (0.005, 0.03, 0.07, 0.085)
figure, all_axes = plt.subplots(1, 4, figsize=(12, 2.8), layout="constrained")
ends = {}
for axes, rate in zip(all_axes, rates, strict=True):
    places = walk(SGD, rate)
    ends[rate] = np.linalg.norm(places[-1])
    valley(axes, places, BLUE, f"rate {rate}: {ends[rate]:.2g} away")
show(figure, "09-rates")
expect("rate 0.03: distance at the end", ends[0.03], (1.3, 1.6), (1.3, 1.6))
expect("rate 0.07: distance at the end", ends[0.07], (0.1, 0.2), (0.1, 0.2))
expect("rate 0.085: distance at the end", ends[0.085], (100, 1e5), (100, 1e5))

# %% [markdown]
# Each step multiplies `y` by `1 - 25 rate`. Above 2 / 25 = 0.08 that is below -1, and every step
# leads further up the other side. The *steepest* direction sets the limit for the rate, and the
# flattest then decides how long it takes. That is the trouble with plain gradient descent, and each
# variant is an answer to it:
#
# ```
# momentum   a ball that rolls: to and fro cancels out, downhill adds up    Polyak 1964
# RMSProp    divide by how large gradients were of late                     Tieleman, Hinton 2012
# Adam       both                                                           Kingma and Ba 2015
# ```

# %%
source(Momentum)
variants = {"SGD": (SGD, 0.07), "momentum": (Momentum, 0.02), "RMSProp": (RMSProp, 0.2),
            "Adam": (Adam, 0.5)}  # fmt: skip
colours = dict(zip(variants, (BLUE, ORANGE, GREEN, PURPLE), strict=True))
figure, all_axes = plt.subplots(1, 4, figsize=(12, 2.8), layout="constrained")
for axes, (name, (optimizer_class, rate)) in zip(all_axes, variants.items(), strict=True):
    places = walk(optimizer_class, rate)
    valley(axes, places, colours[name], f"{name}: {np.linalg.norm(places[-1]):.2g} away")
show(figure, "09-variants")

# %% [markdown]
# In this valley, at rates that we chose by eye, RMSProp is nearest after 60 steps and Adam
# furthest: it came down fast and then rolled past. That says little about other valleys.
#
# ## 4 On real data
#
# Two things are new. The gradient is taken on a **batch** of 64 images, drawn by lot, and not on
# all: it points only roughly downhill, and costs a twentieth. (That is the S in SGD, *stochastic*.)
# And the valley has 2410 dimensions.

# %% [markdown] tags=["prediction"]
# **Predict first.** After 15 times through the data, with the best rate for each of the four: how
# far will they lie apart? And which of them forgives a rate that is ten times too small?

# %%
inputs, targets = digits.inputs.flatten(1), digits.targets
epochs, seeds = pick(full=15, fast=1), pick(full=2, fast=1)


def train(optimizer_class, rate: float, seed: int) -> float:
    """The share of validation images right after all epochs."""
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = optimizer_class(network.parameters(), rate)
    for _ in range(epochs):
        for batch in rows.train[torch.randperm(len(rows.train))].split(64):
            cost = nn.functional.cross_entropy(network(inputs[batch]), targets[batch])
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
    return accuracy(network, rows.validation)


def accuracy(network: nn.Module, which: Tensor) -> float:
    """The share of these rows that it tells right."""
    with torch.no_grad():
        return float((network(inputs[which]).argmax(1) == targets[which]).float().mean())


tried_rates = {
    "SGD": (0.01, 0.1, 0.5, 2.0, 8.0),
    "momentum": (0.001, 0.01, 0.05, 0.2, 0.8),
    "RMSProp": (0.0001, 0.001, 0.01, 0.05, 0.3),
    "Adam": (0.0001, 0.001, 0.01, 0.05, 0.3),
}
found = {
    name: [
        np.mean([train(variants[name][0], rate, seed) for seed in range(seeds)]) for rate in them
    ]
    for name, them in tried_rates.items()
}
figure, axes = plt.subplots(figsize=(8, 3.4))
for name, values in found.items():
    axes.semilogx(tried_rates[name], values, "o-", color=colours[name], label=name)
    print(
        f"{name:9}",
        " ".join(f"{r:g}: {v:.3f}" for r, v in zip(tried_rates[name], values, strict=True)),
    )
axes.set(xlabel="rate", ylabel="validation images right", ylim=(0, 1.02))
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="lower center", ncols=4, bbox_to_anchor=(0.5, 1))
show(figure, "09-rates-on-digits")

# %%
best = {name: max(values) for name, values in found.items()}
expect("the worst of the four, at its best rate", min(best.values()), full=(0.93, 1.0))
expect("how far they lie apart there", max(best.values()) - min(best.values()), full=(0, 0.04))
expect("SGD at a rate far too small", found["SGD"][0], full=(0.1, 0.8))
expect("SGD at a rate far too large", found["SGD"][-1], full=(0.0, 0.9))

# %% [markdown]
# At their best rates the four are the same within chance. **The simplest one, SGD, is as good as
# any**, if somebody finds its rate. The rates that are right for SGD and for Adam differ by a
# factor of 50, so a rate says nothing without the name of the method; and whoever compares methods
# at *one* rate compares nothing. What Adam gives is that about 0.001 to 0.01 is rarely far off.
#
# ## 5 Where it does not work
#
# Downhill from where? Let all weights begin at zero: a clean start, one would think.


# %%
def from_start(scale: float) -> tuple[float, Tensor]:
    """Test accuracy, and the first layer's weights, (32, 64); 0: all begin equal."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    for part in (network[0], network[2]):
        nn.init.constant_(part.weight, 0.1) if scale == 0 else nn.init.normal_(
            part.weight, 0, scale
        )
        nn.init.zeros_(part.bias)
    optimizer = torch.optim.SGD(network.parameters(), 0.5)
    for _ in range(epochs):
        for batch in rows.train[torch.randperm(len(rows.train))].split(64):
            cost = nn.functional.cross_entropy(network(inputs[batch]), targets[batch])
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
    return accuracy(network, rows.test), network[0].weight.detach()


equal, same_weights = from_start(0)
small, _ = from_start(0.15)
large, _ = from_start(5.0)
spread = float(same_weights.std(0).max())
print(f"all equal {equal:.3f}, small by lot {small:.3f}, large by lot {large:.3f}")
expect("all weights equal at the start", equal, full=(0.1, 0.6))
expect("small, by lot", small, full=(0.94, 1.0))
expect("large, by lot", large, full=(0.5, 0.95))
expect("how much the 32 neurons differ", spread, (0, 1e-3), (0, 1e-3))

# %% [markdown]
# (We took 0.1 for each instead of 0, where nothing would move at all.) Equal neurons get equal
# gradients, and stay equal for ever: 32 neurons that are one. Chance has to break the tie. And too
# large weights drive the tanh to its flat ends, where no slope is left. Learning by gradients needs
# a cost with a slope, a start that is not symmetric, and numbers of a sensible size; that is why
# inputs are scaled.
#
# ## Exercises
#
# `workshop lesson 9 --answers answers_09.py` writes these into a file for you;
# `workshop lesson 9 --check answers_09.py` marks it; `--hint NAME` helps.
#
# ### 1 The slope by trying


# %% tags=["exercise"]
def numerical_gradient(cost, weights: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """The slope for each weight: (cost a step above - cost a step below) / (2 step). `cost`: a
    function of an array like `weights`."""
    ### BEGIN SOLUTION
    slopes = np.zeros_like(weights)
    for place in np.ndindex(weights.shape):
        up, down = weights.copy(), weights.copy()
        up[place] += step
        down[place] -= step
        slopes[place] = (cost(up) - cost(down)) / (2 * step)
    return slopes
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "numerical_gradient",
    hints=(
        "np.ndindex(weights.shape) goes through all places, in any number of dimensions.",
        "Change one weight at a time, in a copy, and both ways.",
        "up[place] += step; down[place] -= step; slope = (cost(up) - cost(down)) / (2 * step)",
    ),
)
def check_numerical_gradient(numerical_gradient):
    weights = np.array([[1.0, 2.0], [3.0, -1.0]])
    given = weights.copy()
    found = numerical_gradient(lambda w: (w**2).sum(), weights)
    assert np.shape(found) == (2, 2), "as many slopes as weights, in the same shape"
    assert np.allclose(found, 2 * weights, atol=1e-6), "the slope of w² is 2 w"
    assert (weights == given).all(), "leave the weights you are given as they are"
    mixed = numerical_gradient(lambda w: w[0, 0] * w[1, 1], weights)
    assert np.allclose(mixed, [[-1, 0], [0, 1]], atol=1e-6), "of a product: the other factor"


# %% [markdown]
# ### 2 Back through a layer
#
# Forward it was `outputs = inputs @ weights + bias`. Given how the cost changes with each output,
# how does it change with the inputs, the weights, the bias?


# %% tags=["exercise"]
def layer_backward(
    gradient: np.ndarray, inputs: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of inputs (n, i), weights (i, o), bias (o,). `gradient`: of the outputs, (n, o)."""
    ### BEGIN SOLUTION
    return gradient @ weights.T, inputs.T @ gradient, gradient.sum(0)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "layer_backward",
    hints=(
        "Let the shapes lead you: from (n, o) and (i, o) there is one way to (n, i).",
        "The bias was added to every row, so its gradient is the sum over the rows.",
        "gradient @ weights.T, inputs.T @ gradient, gradient.sum(0)",
    ),
)
def check_layer_backward(layer_backward):
    torch.manual_seed(0)
    shapes = ((5, 3), (3, 2), (2,))
    x, w, b = (torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes)
    outputs = x @ w + b
    gradient = torch.randn(5, 2, dtype=torch.float64)
    outputs.backward(gradient)
    found = layer_backward(gradient.numpy(), x.detach().numpy(), w.detach().numpy())
    for name, ours, theirs in zip(("inputs", "weights", "bias"), found, (x, w, b), strict=True):
        assert np.shape(ours) == tuple(theirs.shape), f"{name}: shape {np.shape(ours)}"
        assert np.allclose(ours, theirs.grad.numpy()), f"the gradient of the {name} is another"


# %% [markdown]
# ### 3 A ball that rolls


# %% tags=["exercise"]
def momentum_step(
    weight: float, velocity: float, gradient: float, rate: float, momentum: float
) -> tuple[float, float]:
    """The new weight and the new velocity: momentum * velocity + gradient, then rate times that
    downhill."""
    ### BEGIN SOLUTION
    velocity = momentum * velocity + gradient
    return weight - rate * velocity, velocity
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "momentum_step",
    hints=(
        "The velocity comes first: part of the old one is kept, and the gradient is added.",
        "The weight then moves along the new velocity, downhill: minus.",
        "velocity = momentum * velocity + gradient; return weight - rate * velocity, velocity",
    ),
)
def check_momentum_step(momentum_step):
    assert np.allclose(momentum_step(1.0, 0.0, 2.0, 0.1, 0.0), (0.8, 2.0)), "no momentum: SGD"
    assert np.allclose(momentum_step(1.0, 2.0, 0.0, 0.1, 0.9), (0.82, 1.8)), "it rolls on"
    weight, velocity = torch.tensor([3.0], requires_grad=True), 0.0
    optimizer, ours = torch.optim.SGD([weight], 0.1, momentum=0.9), 3.0
    for _ in range(5):
        optimizer.zero_grad()
        (weight**2).sum().backward()
        optimizer.step()
        ours, velocity = momentum_step(ours, velocity, 2 * ours, 0.1, 0.9)
    assert abs(ours - weight.item()) < 1e-5, f"PyTorch says {weight.item():.4f}, not {ours:.4f}"


# %% [markdown]
# ### 4 How fast may it go?
#
# On `a w² / 2` each step multiplies `w` by `1 - rate a`. It comes to rest where that lies between
# `-1` and `1`. Say for several directions, each of its own steepness, the limit of the rate, and
# the rate at which the slowest direction is as fast as possible: then the steepest and the flattest
# shrink alike.


# %% tags=["exercise"]
def rates_for(steepness: list[float]) -> tuple[float, float]:
    """(the limit of the rate, the best rate) for directions of these steepnesses, all above 0."""
    ### BEGIN SOLUTION
    return 2 / max(steepness), 2 / (max(steepness) + min(steepness))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "rates_for",
    hints=(
        "The steepest direction is the first to leave: 1 - rate * steepest > -1.",
        "At the best rate 1 - rate * flattest = -(1 - rate * steepest).",
        "2 / max(steepness), and 2 / (max(steepness) + min(steepness))",
    ),
)
def check_rates_for(rates_for):
    limit, rate = rates_for([1.0, 25.0])
    assert abs(limit - 0.08) < 1e-9, f"in our valley the limit is 0.08, not {limit}"
    assert abs(rate - 2 / 26) < 1e-9, "at the best rate both directions shrink by 24/26 a step"
    assert np.allclose(rates_for([4.0]), (0.5, 0.25)), "one direction: one step can do"
    assert np.allclose(rates_for([3.0, 1.0, 2.0]), (2 / 3, 0.5)), "those between do not count"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why is the share of wrong answers no cost to learn by?",
        (
            "It is too small a number",
            "It is flat nearly everywhere: a small step changes nothing",
            "It cannot be computed",
        ),
        answer=1,
        because="Its slope is 0 or undefined. Cross-entropy falls with every bit of probability "
        "that moves to the right class.",
    ),
    Question(
        "A network has a million weights. How much does backpropagation cost?",
        (
            "A million runs of the network",
            "About as much as a few runs of the network",
            "It depends on the rate",
        ),
        answer=1,
        because="One run forward and one walk back, about twice as long, give all slopes at once. "
        "By trying it would be two million runs.",
    ),
    Question(
        "The cost jumps up and down and becomes NaN. What do you change first?",
        ("The rate: smaller", "The number of layers: more", "The seed"),
        answer=0,
        because="Each step overshoots, as in the fourth valley. A tenth of it is often enough.",
    ),
    Question(
        "Somebody shows that Adam beats SGD at rate 0.001. What do you say?",
        (
            "So Adam is better",
            "The same rate is not the same for both: find the best for each",
            "SGD has no rate",
        ),
        answer=1,
        because="On the digits a good rate for SGD was about 50 times that for Adam. At its own "
        "best rate it was as good.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - D. Rumelhart, G. Hinton and R. Williams, *Learning Representations by Back-propagating Errors*,
#   Nature, 1986.
# - D. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, 2015.
# - G. Goh, *Why Momentum Really Works*, Distill, 2017: the valley, to play with.
# - A. Karpathy, *micrograd*: automatic differentiation in a hundred lines.
# - `supervised/scratch/autograd.py`, `supervised/scratch/optimisers.py`: written out, and held
#   against PyTorch in the tests.
