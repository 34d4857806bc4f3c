# ---
# jupyter:
#   workshop:
#     title: "What the computer sees"
#     topics: [image, pixel, audio, sound, sampling, spectrogram, convolution, kernel, filter,
#       feature map, stride, padding, pooling, receptive field, CNN, occlusion, computer vision]
#     minutes: 35
#     seconds: 25
#     data: "mnist5k, faces and tones; a fifth of each is for the test"
# ---

# %% [markdown]
# # 13 What the computer sees
#
# You see a face, or hear a violin. The computer gets a table of numbers, or a row of them. This
# lesson looks at those numbers, slides small windows over them, and then opens a network that does
# so, to see what it looks at.
#
# | | |
# | --- | --- |
# | needs | lesson 8 |
# | data | `mnist5k`: 4000 digits to learn from, 1000 for the test; `faces`; `tones` |
# | time | 35 minutes to read and try, 25 seconds to run on 2 cores; seed 0 |
# | expect | CNN 0.96 of the digits right, a dense network 0.92; with shuffled pixels both 0.92 |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from supervised.data import load
from workshop.lessons import Question, exercise, expect, pick, quiz, show

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"

# %% [markdown]
# ## An image is a table of numbers
#
# A grey image holds one number for each pixel, here from 0 (black) to 1 (white). A colour image
# holds three such tables, for red, green and blue: they are called **channels**. Nothing in the
# table says "nose". Move the face by one pixel and nearly every number changes.

# %%
faces = load("faces")
face = faces.inputs[0, 0]  # (25, 25)
print("shape", tuple(face.shape), "and the numbers around the left eye:")
print((100 * face[8:12, 5:12]).round().int().numpy())

# %% [markdown]
# ## A sound is a row of numbers
#
# A microphone measures the pressure of the air, here 8000 times a second. The bare wave is hard to
# read. So we cut it into short pieces and ask of each which frequencies it holds, and how loud.
# Time to the right, frequency downwards, loudness as brightness: that is a **spectrogram**, and it
# is an image. Whatever reads images can now read sound.

# %%
from supervised.tones import RATE, SHAPES, spectrogram, waves

sounds, labels = waves(8, seed=1)
pictures = spectrogram(sounds)[:, 0]  # (8, 65 frequencies, 33 times)
figure, axes = plt.subplots(2, 5, figsize=(12, 4), layout="constrained")
axes[0, 0].imshow(face, cmap="gray")
axes[0, 0].set_title("an image", fontsize=10)
axes[1, 0].imshow(face[8:12, 5:12], cmap="gray", vmin=0, vmax=1)
for (row, col), value in np.ndenumerate((100 * face[8:12, 5:12]).round().int().numpy()):
    colour = "black" if value > 50 else "white"
    axes[1, 0].text(col, row, value, ha="center", va="center", color=colour, fontsize=8)
axes[1, 0].set_title("a part of it, in percent", fontsize=10)
for place, name in enumerate(SHAPES, start=1):
    axes[0, place].plot(np.arange(160) / RATE * 1000, sounds[place - 1, :160], color=BLUE)
    axes[0, place].set(title=f"{name}: 20 ms", xlabel="ms", ylim=(-1.3, 1.3))
    axes[1, place].imshow(pictures[place - 1], aspect="auto", cmap="magma", extent=(0, 256, 4, 0))
    axes[1, place].set(xlabel="ms", ylabel="kHz" if place == 1 else "")
for axis in axes[:, 0]:
    axis.axis("off")
show(figure, "13-numbers")

# %% [markdown]
# The bright lines are the overtones. The sine has none; the square and the triangle have every
# second one; the sawtooth has them all. Your ear tells these four apart by nothing else.
#
# ## Convolution: one small window for all places
#
# A **kernel** is a little table of weights. It is laid on every place of the image in turn; weights
# and pixels are multiplied, and added up. The sums make a new image, the **feature map**: it is
# bright where the image looks like the kernel.
#
# ```
# map[y, x] = sum over i, j of   kernel[i, j] * image[y + i, x + j]
# ```


# %%
def convolve(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The feature map of a kernel: smaller than the image by the kernel's size, less 1."""
    rows = image.shape[0] - kernel.shape[0] + 1
    cols = image.shape[1] - kernel.shape[1] + 1
    out = np.zeros((rows, cols))
    for y in range(rows):
        for x in range(cols):
            under = image[y : y + kernel.shape[0], x : x + kernel.shape[1]]
            out[y, x] = (kernel * under).sum()
    return out


kernels = {
    "blur": np.full((3, 3), 1 / 9),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "edges from left to right": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "edges from top to bottom": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
}
figure, axes = plt.subplots(1, 5, figsize=(12, 2.9), layout="constrained")
axes[0].imshow(face, cmap="gray")
axes[0].set_title("the image", fontsize=10)
for axis, (name, kernel) in zip(axes[1:], kernels.items(), strict=True):
    axis.imshow(convolve(face.numpy(), kernel), cmap="gray")
    axis.set_title(name, fontsize=10)
for axis in axes:
    axis.axis("off")
show(figure, "13-kernels")

kernel = kernels["edges from left to right"]
ours = convolve(face.numpy(), kernel)
kernel_tensor = torch.tensor(kernel).float()[None, None]  # (maps out, channels in, 3, 3)
theirs = nn.functional.conv2d(face[None, None], kernel_tensor)[0, 0]
expect("difference from PyTorch", np.abs(ours - theirs.numpy()).max(), full=(0, 1e-4))

# %% [markdown]
# People chose these four kernels (the last two are Sobel's). A **convolutional network** (CNN) is
# not given any: the nine numbers are weights, and they are learned like all others. Two more words:
# **padding** puts zeros around the image, so that the map does not shrink; **stride** 2 lays the
# kernel on every second place only. **Pooling** shrinks a map: of each square of 2 x 2 it keeps the
# largest number. So it matters less *where exactly* something was.
#
# ## Two networks, and a mean trick
#
# The dense network connects each pixel with each of its 64 neurons. The CNN has two stages of
# convolution and pooling, and one dense layer at the end.


# %%
def dense() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))


def cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),  # (n, 8, 14, 14)
        nn.Conv2d(8, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),  # (n, 16, 7, 7)
        nn.Flatten(), nn.Linear(16 * 7 * 7, 10),
    )  # fmt: skip


weights = {make.__name__: sum(p.numel() for p in make().parameters()) for make in (dense, cnn)}
print("weights:", weights)

# %% [markdown] tags=["prediction"]
# **Predict first.** Both networks learn digits. Then we draw one random order of the 784 pixels and
# shuffle *every* image, of training and of test, in that same order. To you they all look like
# snow. Both networks start anew on the snow.
#
# How much worse does the dense network get? And the CNN?


# %%
from supervised.split import split

digits = load("mnist5k")
rows = split(digits, seed=0, validation=0.0)
learned_from = rows.train[torch.randperm(4000, generator=torch.Generator().manual_seed(0))]
learned_from = learned_from[: pick(full=4000, fast=600)]
epochs = pick(full=6, fast=1)


def learn(network: nn.Module, images: Tensor, labels: Tensor, epochs: int = epochs) -> nn.Module:
    """Trains with Adam, in batches of 50."""
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images), generator=generator).split(50):
            cost = nn.functional.cross_entropy(network(images[batch]), labels[batch])
            optimiser.zero_grad()
            cost.backward()
            optimiser.step()
    return network.eval()


@torch.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of right answers."""
    return float((network(images).argmax(1) == labels).float().mean())


order = torch.randperm(784, generator=torch.Generator().manual_seed(1))
snow = digits.inputs.flatten(1)[:, order].reshape(-1, 1, 28, 28)
right, networks = {}, {}
for make in (dense, cnn):
    for kind, images in (("digits", digits.inputs), ("snow", snow)):
        torch.manual_seed(0)
        network = learn(make(), images[learned_from], digits.targets[learned_from])
        networks[make.__name__, kind] = network
        right[make.__name__, kind] = accuracy(network, images[rows.test], digits.targets[rows.test])
        print(f"{make.__name__:6} on {kind:7} {right[make.__name__, kind]:.3f}")

# %%
moved = torch.roll(digits.inputs[rows.test], (3, 3), (2, 3))  # three pixels right and down
for name in ("dense", "cnn"):
    right[name, "moved"] = accuracy(networks[name, "digits"], moved, digits.targets[rows.test])

figure, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained", width_ratios=(1, 1, 2.2))
example = int(rows.test[digits.targets[rows.test] == 7][1])
for axis, images, title in zip(axes, (digits.inputs, snow), ("a digit", "as snow"), strict=False):
    axis.imshow(images[example, 0], cmap="gray")
    axis.set_title(title, fontsize=10)
    axis.axis("off")
places = np.arange(3)
for shift, name, colour in ((-0.2, "dense", GREY), (0.2, "cnn", BLUE)):
    heights = [right[name, kind] for kind in ("digits", "snow", "moved")]
    bars = axes[2].bar(places + shift, heights, 0.38, color=colour, label=name)
    axes[2].bar_label(bars, fmt="%.2f", fontsize=9)
axes[2].set_xticks(places, ["digits", "snow", "digits moved\nby 3 pixels, test only"])
axes[2].set(ylim=(0, 1.12), ylabel="right answers in the test")
axes[2].legend(loc="upper right", fontsize=9)
axes[2].spines[["top", "right"]].set_visible(False)
show(figure, "13-snow")

# %%
expect("dense, digits", right["dense", "digits"], full=(0.9, 0.95), fast=(0.3, 1))
expect("dense, snow", right["dense", "snow"], full=(0.9, 0.95), fast=(0.3, 1))
expect("CNN, digits", right["cnn", "digits"], full=(0.945, 0.98))
expect("CNN, snow", right["cnn", "snow"], full=(0.88, 0.94))
expect("dense, moved", right["dense", "moved"], full=(0.05, 0.25))
expect("CNN, moved", right["cnn", "moved"], full=(0.15, 0.5))

# %% [markdown]
# The dense network does not mind at all. It has a weight for each pixel, and which pixels lie side
# by side means nothing to it: snow is the same task to it. The CNN was better on digits *because*
# it is built on neighbours. Take the neighbours away and the lead is gone, 0.96 to 0.91. That is
# all the magic there is: **a CNN is a bet that neighbours belong together**. On images and sound
# the bet is won; on a table of customers there is nothing to win.
#
# The last pair of bars is a warning. Both networks learned from digits in the middle. Moved by
# three pixels, most are read wrong by both. The CNN's kernels do find the moved strokes, but its
# last layer again has a weight for each *place*. "CNNs do not mind where a thing is" is only half
# true; learning from moved images as well (lesson 7) is the usual cure.
#
# ## Opened up
#
# What have the kernels become, and what do they make of one digit?

# %%
network, image = networks["cnn", "digits"], digits.inputs[example : example + 1]
with torch.no_grad():
    first = network[1](network[0](image))[0]  # (8, 28, 28)
    second = network[:5](image)[0]  # (16, 14, 14)
figure, axes = plt.subplots(4, 8, figsize=(11, 5.8), layout="constrained")
strongest = float(network[0].weight.detach().abs().max())
for number in range(8):
    kernel = network[0].weight[number, 0].detach()
    axes[0, number].imshow(kernel, cmap="PuOr", vmin=-strongest, vmax=strongest)
    axes[1, number].imshow(first[number], cmap="gray")
    axes[2, number].imshow(second[number], cmap="gray")
    axes[3, number].imshow(second[number + 8], cmap="gray")
titles = ("8 kernels", "their maps", "16 maps of the", "second stage")
for row, title in enumerate(titles):
    axes[row, 0].set_ylabel(title, fontsize=10)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
show(figure, "13-opened")

# %% [markdown]
# In the first row orange is negative and purple positive. Many of the eight kernels have a bright
# side and a dark side: they answer to edges in one direction, as Sobel's do, though nobody told
# them to. The maps of the second stage are harder to read. Each answers to a *combination* of first
# maps.
#
# **Where does it look?** Cover one part of the image with a grey square and see how sure the
# network still is of the right answer. Do that at every place.


# %%
@torch.no_grad()
def occlusion(network: nn.Module, image: Tensor, label: int, size: int = 7) -> np.ndarray:
    """The probability of `label` with a square of `size` around each place covered: (28, 28)."""
    covered = image.repeat(784, 1, 1, 1)  # (784, 1, 28, 28): one for each place
    for place in range(784):
        y, x = divmod(place, 28)
        top, left = max(y - size // 2, 0), max(x - size // 2, 0)
        covered[place, 0, top : y + size // 2 + 1, left : x + size // 2 + 1] = 0.0
    return network(covered).softmax(1)[:, label].reshape(28, 28).numpy()


def least_sure(digit: int) -> int:
    """The test row of a digit that the network reads right, and is least sure about."""
    own = rows.test[digits.targets[rows.test] == digit]
    with torch.no_grad():
        beliefs = networks["cnn", "digits"](digits.inputs[own]).softmax(1)
    beliefs[beliefs.argmax(1) != digit] = 1.0
    return int(own[beliefs[:, digit].argmin()])


chosen = [least_sure(digit) for digit in pick(full=(2, 4, 7, 8, 9), fast=(2, 8))]
figure, axes = plt.subplots(2, len(chosen), figsize=(10, 4.1), layout="constrained")
for column, row in enumerate(chosen):
    label = int(digits.targets[row])
    map_of = occlusion(network, digits.inputs[row : row + 1], label)
    axes[0, column].imshow(digits.inputs[row, 0], cmap="gray")
    axes[0, column].set_title(f"a {label}", fontsize=10)
    drawn = axes[1, column].imshow(map_of, cmap="cividis", vmin=0, vmax=1)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
figure.colorbar(drawn, ax=axes[1], label="still sure", shrink=0.9)
show(figure, "13-occlusion")

# %% [markdown]
# These are the digits that it reads right and is least sure about. Dark places are those that it
# cannot do without; bright ones those that it would rather not see. Such maps are worth making of
# every network that is to be trusted. Some that read X-rays were found to look at the marks that a
# hospital leaves on its pictures (J. Zech and others, 2018).
#
# ## And it hears
#
# The same kind of network on spectrograms; only the sizes change. Beside it something simple: the
# mean loudness of each of the 65 frequencies, told apart by a support vector machine (lesson 4).

# %%
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

tones = load("tones")
parts = split(tones, seed=0, validation=0.0)
tone_rows = parts.train[:: pick(full=1, fast=3)]
ear = nn.Sequential(
    nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(16 * 16 * 8, 4),
)  # fmt: skip
ear = learn(ear, tones.inputs[tone_rows] / 6, tones.targets[tone_rows], pick(full=24, fast=2))
hears = accuracy(ear, tones.inputs[parts.test] / 6, tones.targets[parts.test])
loudness = tones.inputs.mean((1, 3)).numpy()  # (n, 65): the mean over time
simple = make_pipeline(StandardScaler(), SVC(C=10))
simple.fit(loudness[tone_rows], tones.targets[tone_rows])
simply = simple.score(loudness[parts.test], tones.targets[parts.test])
expect("CNN on tones", hears, full=(0.9, 1), fast=(0.2, 1))
expect("mean loudness and a support vector machine", simply, full=(0.95, 1), fast=(0.5, 1))

# %% [markdown]
# The CNN hears which instrument it is. So does the simple method, as well and in a small part of
# the time: these tones do not change while they sound, so that the mean over time loses nothing.
# For speech it would lose everything. Whoever knows what matters in the data can hand it over
# ready-made; the CNN is for when nobody does.
#
# ## Exercises
#
# `workshop lesson 13 --answers answers_13.py` writes these into a file for you;
# `workshop lesson 13 --check answers_13.py` marks it; `--hint NAME` helps.
#
# ### 1 How large is the map?
#
# An image of `size` pixels a side, with `padding` zeros on both sides, under a kernel of `kernel`
# pixels that moves by `stride`. How many places are there along one side?


# %% tags=["exercise"]
def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Pixels along one side of the feature map."""
    ### BEGIN SOLUTION
    return (size + 2 * padding - kernel) // stride + 1
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "output_size",
    hints=(
        "Draw a row of 5 boxes and slide a window of 3 along it: how many places does it have?",
        "Padding makes the row longer at both ends. A stride of 2 leaves out every second place.",
        "(size + 2 * padding - kernel) // stride + 1",
    ),
)
def check_output_size(output_size):
    assert output_size(5, 3) == 3, "a window of 3 has 3 places in a row of 5"
    assert output_size(28, 5, padding=2) == 28, "a padding of 2 keeps 28 under a kernel of 5"
    assert output_size(6, 3, stride=2) == 2, "places 0 and 2; from 4 on the window would stick out"
    for size, kernel, stride, padding in ((9, 2, 2, 1), (10, 4, 3, 0), (7, 7, 1, 3)):
        layer = nn.Conv2d(1, 1, kernel, stride, padding)
        wanted = layer(torch.zeros(1, 1, size, size)).shape[-1]
        found = output_size(size, kernel, stride, padding)
        case = f"output_size({size}, {kernel}, {stride}, {padding})"
        assert found == wanted, f"{case} is {found}, but PyTorch makes {wanted}"


# %% [markdown]
# ### 2 Pooling
#
# Write max pooling for one map: cut it into squares of 2 x 2 and keep the largest number of each. A
# last odd row or column is dropped.


# %% tags=["exercise"]
def max_pool(image: np.ndarray) -> np.ndarray:
    """(rows, cols) -> (rows // 2, cols // 2)."""
    ### BEGIN SOLUTION
    rows, cols = image.shape[0] // 2, image.shape[1] // 2
    squares = image[: 2 * rows, : 2 * cols].reshape(rows, 2, cols, 2)
    return squares.max((1, 3))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "max_pool",
    hints=(
        "Two loops will do: over rows // 2 and cols // 2. Each looks at image[2y:2y+2, 2x:2x+2].",
        "Or no loop: reshape to (rows // 2, 2, cols // 2, 2) and take the maximum of two axes.",
        "image[:2 * rows, :2 * cols].reshape(rows, 2, cols, 2).max((1, 3))",
    ),
)
def check_max_pool(max_pool):
    small = max_pool(np.array([[1, 2, 5, 0], [3, 4, 0, 0]]))
    assert np.shape(small) == (1, 2), "2 x 4 becomes 1 x 2"
    assert small.tolist() == [[4, 5]], "the largest of the first square is 4, of the second 5"
    assert max_pool(np.array([[-3.0, -1.0], [-2.0, -5.0]]))[0, 0] == -1, (
        "the largest may be below 0"
    )
    assert np.shape(max_pool(np.zeros((5, 7)))) == (2, 3), "an odd last row or column is dropped"
    image = np.random.default_rng(0).normal(size=(8, 6))
    wanted = nn.functional.max_pool2d(torch.tensor(image)[None], 2)[0].numpy()
    assert np.allclose(max_pool(image), wanted), "not what PyTorch's max_pool2d makes of it"


# %% [markdown]
# ### 3 How much of the image does one number see?
#
# One number in a map of the second layer looks at 3 x 3 numbers of the first, and each of these
# looked at 3 x 3 pixels: together at 5 x 5 pixels. That is its **receptive field**. A layer is
# given as (kernel, stride). Going in from the image, every layer adds `kernel - 1` steps to the
# field; a step is as long as the strides of all layers before it, multiplied.


# %% tags=["exercise"]
def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Pixels, along one side, that one number behind all these (kernel, stride) layers sees."""
    ### BEGIN SOLUTION
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "receptive_field",
    hints=(
        "Without any layer a number sees one pixel: itself. Begin there, with a step of 1.",
        "Each layer first makes the field longer, then the step: in that order.",
        "for kernel, stride in layers: field += (kernel - 1) * step; step *= stride",
    ),
)
def check_receptive_field(receptive_field):
    assert receptive_field([]) == 1, "without a layer: one pixel"
    assert receptive_field([(3, 1), (3, 1)]) == 5, "two kernels of 3 see 5 pixels"
    assert receptive_field([(2, 2), (2, 2)]) == 4, "pooling twice: a square of 4"
    found = receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)])
    assert found == 16, f"the CNN of this lesson sees 16 pixels before its last layer, not {found}"


# %% [markdown]
# ### 4 What sharing saves
#
# A convolution uses the same kernel everywhere, so its weights do not depend on the image's size.
# How many weights has it, with one bias for each map?


# %% tags=["exercise"]
def weights_of_convolution(channels: int, maps: int, kernel: int) -> int:
    """Weights and biases of `maps` square kernels over so many channels."""
    ### BEGIN SOLUTION
    return maps * (channels * kernel * kernel + 1)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "weights_of_convolution",
    hints=(
        "A kernel has one little table for each channel that it looks at.",
        "channels * kernel * kernel weights make one map, and one bias.",
        "maps * (channels * kernel * kernel + 1)",
    ),
)
def check_weights_of_convolution(weights_of_convolution):
    assert weights_of_convolution(1, 8, 5) == 208, "8 kernels of 5 x 5 and 8 biases: 208"
    for case in ((3, 16, 3), (8, 16, 5), (2, 1, 1)):
        wanted = sum(p.numel() for p in nn.Conv2d(*case).parameters())
        found = weights_of_convolution(*case)
        assert found == wanted, f"{case}: {found}, but PyTorch's layer has {wanted}"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why does the dense network learn snow as well as digits?",
        (
            "It never knew which pixels are neighbours",
            "It is larger than the CNN",
            "Snow is easier than digits",
        ),
        answer=0,
        because="Each of its neurons has a weight for each pixel, and the order of the pixels "
        "means nothing to it. Shuffled in one fixed order, the task is the same task.",
    ),
    Question(
        "What does a spectrogram need for a CNN to make sense?",
        (
            "Colours",
            "That neighbouring times and frequencies belong together",
            "A sound of at least one second",
        ),
        answer=1,
        because="A kernel looks at neighbours. In a spectrogram, as in a photograph, neighbours "
        "have to do with each other; in a table of customers, columns have no such order.",
    ),
    Question(
        "A kernel holds nine times 1/9. What does it do to an image?",
        ("It finds edges", "It blurs", "Nothing"),
        answer=1,
        because="Every pixel becomes the mean of itself and its eight neighbours, so that small "
        "differences are levelled.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, *Gradient-based learning applied to document
#   recognition*, Proceedings of the IEEE, 1998: the CNN, and MNIST.
# - K. Fukushima, *Neocognitron*, Biological Cybernetics, 1980: the idea before it could be trained.
# - M. Zeiler and R. Fergus, *Visualizing and Understanding Convolutional Networks*, 2014: covering
#   parts of an image, and more.
# - `supervised/scratch/convolution.py`: the convolution with its gradients; `supervised/cnn.py`:
#   LeNet-5 and a residual network; `supervised/tones.py`: how the tones are made.
