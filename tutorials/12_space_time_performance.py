# ---
# jupyter:
#   workshop:
#     title: "Space, time, performance"
#     topics: [model size, memory, speed, latency, throughput, batch, pruning, sparsity,
#       quantisation, int8, distillation, teacher, student, compression, edge devices, inference]
#     minutes: 30
#     seconds: 25
#     data: mnist5k, 5000 digits of 28 x 28; a fifth is for the test
# ---

# %% [markdown]
# # 12 Space, time, performance
#
# A network that is right but does not fit on the telephone, or answers too late for the brake, is
# of no use. How much smaller can one be made, and what does it cost? Three ways: leave weights out
# (**pruning**), store them more coarsely (**quantisation**), or teach a small network what a large
# one knows (**distillation**). In the end everything stands in one table.
#
# | | |
# | --- | --- |
# | needs | lesson 8 |
# | data | `mnist5k`: 4000 digits to learn from, 1000 for the test |
# | time | 30 minutes to read and try, 25 seconds to run on 2 cores; seeds 0 to 2 |
# | expect | 4 bits a weight cost nothing: 941 kB become 121, accuracy 0.936; an SVM has 0.958 |

# %% tags=["setup"]
import copy
import time
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from supervised.data import load
from workshop.lessons import Question, exercise, expect, pick, quiz, show

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"

# %% [markdown]
# ## The large one
#
# Three dense layers with 235,146 weights and biases of 4 bytes each.

# %%
from supervised.split import split

digits = load("mnist5k")
rows = split(digits, seed=0, validation=0.0)
learned = rows.train[:: pick(full=1, fast=5)]
train, train_labels = digits.inputs[learned].flatten(1), digits.targets[learned]
test, test_labels = digits.inputs[rows.test].flatten(1), digits.targets[rows.test]


def dense(*widths: int) -> nn.Sequential:
    """Dense layers of these widths, with ReLU between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def learn(network: nn.Module, epochs: int, cost_of, masks: dict[str, Tensor] | None = None) -> None:
    """Trains with Adam; weights where a mask is 0 stay 0."""
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(train)).split(50):
            cost = cost_of(network(train[batch]), batch)
            optimiser.zero_grad()
            cost.backward()
            optimiser.step()
            for name, mask in (masks or {}).items():
                network.get_parameter(name).data.mul_(mask)


def by_labels(outputs: Tensor, batch: Tensor) -> Tensor:
    """The usual cost: the surprise at the true label."""
    return nn.functional.cross_entropy(outputs, train_labels[batch])


@torch.no_grad()
def accuracy(network: nn.Module) -> float:
    """The share of the test that is told right."""
    return float((network(test).argmax(1) == test_labels).float().mean())


torch.manual_seed(0)
large = dense(784, 256, 128, 10)
learn(large, pick(full=10, fast=1), by_labels)
count = sum(p.numel() for p in large.parameters())
print(f"{count:,} numbers, {4 * count / 1e3:.0f} kB, accuracy {accuracy(large):.3f}")

# %% [markdown] tags=["prediction"]
# **Predict first.** Write down a number for each:
#
# 1. What share of the weights can be set to 0, those nearest to 0 first, before the accuracy falls
#    by more than one point? And if it may learn on for a little after that?
# 2. A weight has 32 bits. How few can it have before the accuracy falls by more than one point?
# 3. A network with 16 hidden neurons learns from the labels, or from what the large one says about
#    each image. Which is better?

# %% [markdown]
# ## Pruning
#
# In each layer the weights nearest to zero are set to zero. Then it learns on for two more passes,
# and those that were cut stay cut.


# %%
def cut(network: nn.Module, share: float) -> tuple[nn.Module, dict[str, Tensor]]:
    """A copy with the smallest `share` of each layer's weights set to 0; 1 where one is left."""
    pruned, masks = copy.deepcopy(network), {}
    for name, weights in pruned.named_parameters():
        if weights.ndim > 1:
            limit = np.quantile(weights.detach().abs().numpy(), share)
            masks[name] = (weights.detach().abs() > limit).float()
            weights.data.mul_(masks[name])
    return pruned, masks


shares = (0.5, 0.8, 0.9, 0.95, 0.98)
cut_only, learned_on = [], []
for share in shares:
    pruned, masks = cut(large, share)
    cut_only.append(accuracy(pruned))
    torch.manual_seed(0)
    learn(pruned, pick(full=2, fast=1), by_labels, masks)
    learned_on.append(accuracy(pruned))
    if share == 0.9:
        sparse = pruned

# %% [markdown]
# ## Quantisation
#
# With `bits` bits there are 2^bits - 1 levels around zero. For each row of a layer's weights the
# largest decides how far apart they are:
#
# ```
# step = largest / (2^(bits - 1) - 1)      stored = round(weight / step)      used = stored * step
# ```


# %%
def coarse(network: nn.Module, bits: int) -> nn.Module:
    """A copy whose weights lie on 2^bits - 1 levels, row by row; biases stay as they are."""
    rounded = copy.deepcopy(network)
    for weights in rounded.parameters():
        if weights.ndim > 1:
            largest = weights.detach().abs().amax(1, keepdim=True)
            step = largest / (2 ** (bits - 1) - 1)
            weights.data = (weights.data / step).round() * step
    return rounded


all_bits = (8, 6, 5, 4, 3, 2)
by_bits = [accuracy(coarse(large, bits)) for bits in all_bits]

figure, axes = plt.subplots(1, 2, figsize=(10, 3.3), layout="constrained")
axes[0].plot(shares, cut_only, "o-", color=GREY, label="cut")
axes[0].plot(shares, learned_on, "o-", color=BLUE, label="cut, then learned on")
axes[0].set(xlabel="share of the weights set to 0", ylabel="accuracy", ylim=(0, 1.02))
axes[0].legend(fontsize=9, loc="lower left")
axes[1].plot(all_bits, by_bits, "o-", color=ORANGE)
axes[1].set(xlabel="bits for each weight", ylim=(0, 1.02))
axes[1].invert_xaxis()
for axis in axes:
    axis.axhline(accuracy(large), color="#444444", linewidth=0.8, linestyle=":")
    axis.spines[["top", "right"]].set_visible(False)
show(figure, "12-curves")

# %% [markdown]
# ## Distillation
#
# The large network says more than a label does: this 7 is a 7, and a little like a 9. The
# **student** learns from these probabilities, softened by a temperature of 3 so that the small ones
# count (G. Hinton, O. Vinyals and J. Dean, 2015).

# %%
with torch.no_grad():
    told = (large(train) / 3).softmax(1)  # (n, 10)


def by_teacher(outputs: Tensor, batch: Tensor) -> Tensor:
    """The surprise at what the teacher says, at temperature 3; its gradients brought to size."""
    return 9 * nn.functional.cross_entropy(outputs / 3, told[batch])


students: dict[str, list[float]] = {"labels": [], "teacher": []}
for seed in range(pick(full=3, fast=1)):
    for name, cost_of in (("labels", by_labels), ("teacher", by_teacher)):
        torch.manual_seed(seed)
        student = dense(784, 16, 10)
        learn(student, pick(full=12, fast=1), cost_of)
        students[name].append(accuracy(student))
print({name: [round(one, 3) for one in found] for name, found in students.items()})

# %% [markdown]
# ## One table
#
# Time is measured as the processor's own, the median of several runs: for 1000 images at once, and
# for a single one. Sizes are what has to be stored: for the sparse one each weight that is left and
# its place (2 bytes), for coarse ones the levels and a step for each row. The simple rival is a
# support vector machine, which has to keep those images that it decides by.

# %%
from sklearn.svm import SVC

machine = SVC(C=10, gamma=0.02).fit(train.numpy(), train_labels.numpy())


def seconds(run, repeats: int) -> float:
    """The median processor time of a call."""
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    return float(np.median(taken))


def speed(network: nn.Module) -> tuple[float, float]:
    """Milliseconds for 1000 images, and for one."""
    one = test[:1]
    with torch.no_grad():
        many = seconds(lambda: network(test), pick(full=15, fast=3))
        single = seconds(lambda: [network(one) for _ in range(100)], pick(full=5, fast=1)) / 100
    return 1e3 * many, 1e3 * single


left = sum(int((p != 0).sum()) for p in sparse.parameters() if p.ndim > 1)
biases, matrix_rows = 394, 394  # 256 + 128 + 10
size = {
    "large": 4 * count,
    "16 bits": 2 * count,
    "8 bits": count - biases + 4 * (biases + matrix_rows),
    "4 bits": (count - biases) // 2 + 4 * (biases + matrix_rows),
    "pruned to a tenth": left * (4 + 2) + 4 * biases,
    "student, labels": 4 * sum(p.numel() for p in student.parameters()),
}
size["student, teacher"] = size["student, labels"]
half = copy.deepcopy(large).half().float()
networks = {
    "large": large,
    "16 bits": half,
    "8 bits": coarse(large, 8),
    "4 bits": coarse(large, 4),
    "pruned to a tenth": sparse,
    "student, labels": student,
    "student, teacher": student,
}
right = {name: accuracy(network) for name, network in networks.items()}
right["student, labels"], right["student, teacher"] = (float(np.mean(s)) for s in students.values())
times = {name: speed(network) for name, network in networks.items()}

pixels = test.numpy()
size["SVM"] = machine.support_vectors_.nbytes // 2 + machine.dual_coef_.nbytes // 2
right["SVM"] = float(machine.score(pixels, test_labels.numpy()))
times["SVM"] = (
    1e3 * seconds(lambda: machine.predict(pixels), pick(full=2, fast=1)),
    1e3 * seconds(lambda: machine.predict(pixels[:1]), 5),
)
print(f"{'':18} {'kB':>7} {'accuracy':>9} {'ms for 1000':>12} {'ms for 1':>9}")
for name in right:
    many, single = times[name]
    print(f"{name:18} {size[name] / 1e3:7.0f} {right[name]:9.3f} {many:12.2f} {single:9.3f}")

# %%
figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
for name in right:
    place = (size[name] / 1e3, right[name])
    axes.plot(*place, "o", color=GREY if name == "SVM" else BLUE)
    axes.annotate(f"   {name}", place, fontsize=9, ha="left", va="center")
axes.set(xscale="log", xlabel="kB to store", ylabel="accuracy", xlim=(40, 20_000))
axes.margins(y=0.25)
axes.spines[["top", "right"]].set_visible(False)
show(figure, "12-table")

# %%
expect("accuracy of the large network", right["large"], full=(0.92, 0.95), fast=(0.4, 1))
expect("cut to a half", cut_only[0], full=(0.9, 0.95))
expect("cut to a tenth", cut_only[2], full=(0.3, 0.8))
expect("cut to a tenth, learned on", learned_on[2], full=(0.89, 0.945))
expect("8 bits", right["8 bits"], full=(0.92, 0.95), fast=(0.4, 1))
expect("4 bits", right["4 bits"], full=(0.915, 0.95))
expect("2 bits", by_bits[-1], full=(0.4, 0.88))
expect("student, by labels", right["student, labels"], full=(0.9, 0.93))
expect("student, by the teacher", right["student, teacher"], full=(0.89, 0.925))
expect("support vector machine", right["SVM"], full=(0.95, 0.97), fast=(0.85, 1))

# %% [markdown]
# Read it line by line.
#
# - **Quantisation is nearly free.** With 4 bits, an eighth of the space, the accuracy is the same;
#   with 3 bits it loses a point, with 2 it breaks. Training never needed seven decimal places.
# - **Pruning wants training afterwards.** With nine tenths cut at once, 0.547 is left; two more
#   passes bring it back to 0.918. Yet the file is not smaller than that of 4 bits, since each
#   weight that is left needs its place beside it.
# - **None of these is any faster here.** The zeros are multiplied like other numbers, and coarse
#   weights are calculated with as 32 bits. Space is not time. Speed needs a machine that makes use
#   of it, or a network that *is* smaller, as the student: more than ten times as fast.
# - **Distillation did not help.** Three of three seeds are a little better from the labels alone.
#   The teacher has seen the very same 4000 images, is sure of almost all of them, and makes
#   mistakes of its own. It pays where a teacher knows more than the labels do: with millions of
#   images without labels, or a teacher far better than this one.
# - **The support vector machine** is the most accurate, the largest and by far the slowest: for
#   each answer it compares the image with thousands that it keeps. Which line is best depends on
#   what is scarce. That is why it takes the table.
#
# ## Exercises
#
# `workshop lesson 12 --answers answers_12.py` writes these into a file for you;
# `workshop lesson 12 --check answers_12.py` marks it; `--hint NAME` helps.
#
# ### 1 Round them
#
# Write the quantisation of one row of weights: the whole numbers that are stored, and the step. Not
# all weights are 0.


# %% tags=["exercise"]
def quantise(weights: np.ndarray, bits: int) -> tuple[np.ndarray, float]:
    """Whole numbers from -(2^(bits - 1) - 1) to 2^(bits - 1) - 1, and the step between them."""
    ### BEGIN SOLUTION
    step = float(np.abs(weights).max() / (2 ** (bits - 1) - 1))
    return np.round(weights / step).astype(int), step
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "quantise",
    hints=(
        "The weight furthest from 0 becomes the largest whole number. That gives the step.",
        "step = largest / (2 ** (bits - 1) - 1); each weight becomes round(weight / step).",
        "np.round(weights / step).astype(int); step: np.abs(weights).max() / (2 ** (bits - 1) - 1)",
    ),
)
def check_quantise(quantise):
    stored, step = quantise(np.array([0.5, -1.0, 0.26]), 3)
    assert abs(step - 1 / 3) < 1e-9, "3 bits go from -3 to 3, so 1.0 is three steps of 0.333"
    assert np.asarray(stored).tolist() in ([2, -3, 1], [1, -3, 1]), "0.5, -1.0 and 0.26 in thirds"
    weights = np.random.default_rng(0).normal(size=1000)
    stored, step = quantise(weights, 8)
    assert np.abs(stored).max() == 127, "8 bits: up to 127"
    assert np.abs(stored * step - weights).max() <= step / 2 + 1e-9, "off by half a step at most"


# %% [markdown]
# ### 2 Cut them
#
# Say which weights stay when a share of them, those nearest to 0, is cut. Of n weights
# `round(share * n)` go.


# %% tags=["exercise"]
def stays(weights: np.ndarray, share: float) -> np.ndarray:
    """bool, in the shape of the weights."""
    ### BEGIN SOLUTION
    kept = np.ones(weights.size, bool)
    order = np.abs(weights).flatten().argsort(kind="stable")
    kept[order[: round(share * weights.size)]] = False
    return kept.reshape(weights.shape)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "stays",
    hints=(
        "Nearest to 0 means by absolute value: -0.1 goes before 0.2.",
        "np.abs(weights).flatten().argsort() lists the places, smallest first: the first go.",
        "kept = np.ones(n, bool); kept[order[:round(share * n)]] = False; then reshape it",
    ),
)
def check_stays(stays):
    found = np.asarray(stays(np.array([[0.2, -0.1], [-3.0, 1.0]]), 0.5))
    assert found.shape == (2, 2), "in the shape of the weights"
    assert found.tolist() == [[False, False], [True, True]], "0.2 and -0.1 are nearest to 0"
    assert np.asarray(stays(np.ones(5), 0.0)).all(), "a share of 0: all stay"
    assert np.asarray(stays(np.arange(10.0), 0.9)).sum() == 1, "nine of ten go"


# %% [markdown]
# ### 3 What the teacher says
#
# Write the softened probabilities: exp(logit / temperature), divided by their sum. Subtract the
# largest logit first, so that nothing overflows.


# %% tags=["exercise"]
def soften(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities, (classes,)."""
    ### BEGIN SOLUTION
    powers = np.exp((logits - logits.max()) / temperature)
    return powers / powers.sum()
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "soften",
    hints=(
        "First divide the logits by the temperature, then it is the usual softmax.",
        "powers = np.exp((logits - logits.max()) / temperature)",
        "powers / powers.sum(), with powers as in the hint before",
    ),
)
def check_soften(soften):
    logits = np.array([2.0, 1.0, 0.0])
    assert abs(np.sum(soften(logits, 3.0)) - 1) < 1e-9, "probabilities add up to 1"
    assert np.allclose(soften(logits, 1.0), [0.66524, 0.24473, 0.09003], atol=1e-4), "temperature 1"
    assert np.ptp(soften(logits, 100.0)) < 0.01, "very hot: nearly equal"
    assert np.isfinite(soften(np.array([5000.0, 0.0]), 1.0)).all(), "large logits must not overflow"


# %% [markdown]
# ### 4 Will it fit?
#
# How many bytes does a network of dense layers take, with `bits` bits for each weight and 4 bytes
# for each bias?


# %% tags=["exercise"]
def bytes_of(widths: list[int], bits: int) -> float:
    """Bytes of dense layers of these widths: the inputs first, the outputs last."""
    ### BEGIN SOLUTION
    return sum(one * other * bits / 8 + 4 * other for one, other in pairwise(widths))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "bytes_of",
    hints=(
        "Two neighbouring widths a and b make one layer: a * b weights and b biases.",
        "pairwise(widths) gives the pairs of neighbours. A byte has 8 bits.",
        "sum(a * b * bits / 8 + 4 * b for a, b in pairwise(widths))",
    ),
)
def check_bytes_of(bytes_of):
    assert bytes_of([10, 5], 32) == 220, "50 weights of 4 bytes and 5 biases of 4 bytes: 220"
    assert bytes_of([10, 5], 8) == 70, "with 8 bits: 50 + 20"
    assert bytes_of([784, 256, 128, 10], 32) == 940_584, "the large network of this lesson: 940,584"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Nine tenths of the weights are 0. Is the network faster?",
        ("Ten times", "Not by itself", "It is slower"),
        answer=1,
        because="A plain matrix product multiplies zeros like all other numbers. It takes a format "
        "and a machine that skip them, or whole neurons have to go.",
    ),
    Question(
        "What do 8 bits a weight save, against 32?",
        ("Three quarters of the space", "Three quarters of the errors", "Nothing"),
        answer=0,
        because="One byte in place of four, and a few steps to store. Time is only saved where the "
        "machine can calculate with such small whole numbers.",
    ),
    Question(
        "Why are 1000 images at once so much cheaper than 1000 times one?",
        (
            "They are similar",
            "Each call has costs of its own, and weights are fetched once for all",
            "The network is smaller then",
        ),
        answer=1,
        because="Calling the layers, and getting the weights out of memory, is paid once for the "
        "whole batch. Whoever waits for one answer cannot use that.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - Y. LeCun, J. Denker and S. Solla, *Optimal Brain Damage*, 1989: pruning is an old idea.
# - S. Han, J. Pool, J. Tran and W. Dally, *Learning both Weights and Connections for Efficient
#   Neural Networks*, 2015.
# - G. Hinton, O. Vinyals and J. Dean, *Distilling the Knowledge in a Neural Network*, 2015.
# - B. Jacob and others, *Quantization and Training of Neural Networks for Efficient
#   Integer-Arithmetic-Only Inference*, 2018.
