# ---
# jupyter:
#   workshop:
#     title: A history that runs
#     topics: [history of AI, perceptron 1957, backpropagation 1970, convolution 1979, neocognitron,
#       recurrence 1982, Hopfield network, Q-learning 1989, alpha-beta 1997, Deep Blue, GAN 2014,
#       AlphaGo 2016, AlphaZero 2017, GPT 2019]
#     minutes: 40
#     seconds: 40
#     data: digits, 1797 images; text, the handbook of Python; games
# ---

# %% [markdown]
# # 2 A history that runs
#
# Nine ideas, from 1957 to 2019. Each was in the news once, and each fits into a cell: what made
# them news was often scale, and not length. Read what you can, and let the rest run; every one of
# them comes back in a lesson of its own.
#
# | | |
# | --- | --- |
# | needs | nothing; lesson 1 helps |
# | data | `digits`, `text`, drawn numbers, a game and a gridworld; seed 0, but for the sample |
# | time | 40 minutes to read and try, 40 seconds to run on 2 cores |
# | expect | nine figures, one for each idea, in the last picture |

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from workshop.lessons import Question, exercise, expect, pick, quiz, show, source, trained

BLUE, ORANGE, GREEN, PURPLE, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#8a5a9e", "#888888"

# %% [markdown] tags=["prediction"]
# **Predict first.** Put in order of age: a network that learns by being rewarded · a network that
# looks at images through small windows · the rule by which nearly all networks learn today · a
# network that paints. Which of them is older than the moon landing (1969)?

# %% [markdown]
# ## 1957: the perceptron
#
# Frank Rosenblatt let a machine *find* its weights, from examples. Where it is wrong, the weights
# move towards the example or away from it. It needs no more than that to tell a 0 from a 1.

# %%
from supervised.data import load

digits = load("digits")
images, labels = digits.inputs[:, 0].numpy(), digits.targets.numpy()  # (1797, 8, 8)
wanted = labels < 2
points = np.hstack([images[wanted].reshape(-1, 64), np.ones((wanted.sum(), 1))])  # (360, 65)
weights = np.zeros(65)
mistakes = []
for point, label in zip(points[:100], labels[wanted][:100], strict=True):
    error = label - int(point @ weights > 0)
    weights += error * point
    mistakes.append(abs(error))
right = ((points[100:] @ weights > 0) == labels[wanted][100:]).mean()
print(f"mistakes while it learned from 100 images: {sum(mistakes)}")
expect("1957: 0 or 1, right on 260 others", right, full=(0.97, 1.0), fast=(0.97, 1.0))

# %% [markdown]
# The *New York Times* reported in 1958 that the navy expected it to walk, talk and be conscious of
# its existence. In 1969 Minsky and Papert showed what a single layer cannot do (lesson 8), and
# money went elsewhere. It was not the last time that hope, and then disappointment, ran ahead of
# the matter.
#
# ## 1970: backpropagation
#
# Several layers need to know how the result changes with a weight far back. Seppo Linnainmaa wrote
# down how to work that out for *all* inputs of a long calculation at once, going backwards; in a
# master's thesis on rounding errors, not on networks. (Rumelhart, Hinton and Williams made it known
# for networks in 1986.) The heart of it is a list of what was done, and a walk back:

# %%
x, y = 3.0, 2.0
a = x * y  # 6
b = np.sin(a)
c = b + x  # the result
c_bar = 1.0  # how the result changes with itself
b_bar, x_bar = c_bar, c_bar  # through c = b + x
a_bar = b_bar * np.cos(a)  # through b = sin(a)
x_bar, y_bar = x_bar + a_bar * y, a_bar * x  # through a = x y: x was used twice, so both are added

tx, ty = torch.tensor(x, requires_grad=True), torch.tensor(y, requires_grad=True)
(torch.sin(tx * ty) + tx).backward()
print(f"by hand ({x_bar:.6f}, {y_bar:.6f}); PyTorch ({tx.grad:.6f}, {ty.grad:.6f})")
gap = abs(x_bar - tx.grad.item()) + abs(y_bar - ty.grad.item())
expect("1970: difference to PyTorch", gap, full=(0, 1e-5), fast=(0, 1e-5))

# %% [markdown]
# ## 1979: convolution
#
# Kunihiko Fukushima's Neocognitron looked at images as the visual cortex does: through small
# windows, with the *same* weights at every place. Where a window fits, it answers. Here are two
# windows of 3 x 3; lesson 13 learns them. Fukushima's could not yet be learned by backpropagation;
# LeCun's could, in 1989.

# %%
from supervised.scratch.convolution import convolve

lying = np.array([[-1.0, -1, -1], [2, 2, 2], [-1, -1, -1]])
windows = np.stack([lying, lying.T])[:, None]  # (2, 1, 3, 3): a lying and a standing stroke
chosen = images[labels == 7][:1, None].astype(float)  # (1, 1, 8, 8)
maps = convolve(chosen, windows, np.zeros(2), padding=1)[0].clip(0)  # (2, 8, 8)
figure, all_axes = plt.subplots(1, 3, figsize=(6.5, 2.3))
for axes, picture, title in zip(
    all_axes, (chosen[0, 0], *maps), ("a 7", "lying strokes", "standing strokes"), strict=True
):
    axes.imshow(picture, cmap="gray_r")
    axes.set_title(title, fontsize=10)
    axes.axis("off")
show(figure, "02-convolution")
moved = convolve(np.roll(chosen, 1, 3), windows, np.zeros(2), padding=1)[0].clip(0)
same = np.abs(np.roll(maps, 1, 2) - moved)[:, 1:-1, 2:-1].max()
expect("1979: the 7 moved, its maps move along; difference", same, (0, 1e-9), (0, 1e-9))

# %% [markdown]
# ## 1982: recurrence
#
# John Hopfield fed the outputs of a network back into it, again and again, until nothing changes.
# The states in which it comes to rest are what it *remembers*: shown a part, it finds the whole.
# Each pair of neurons is bound as strongly as they agree in the memories:


# %% tags=["setup"]
def bonds(memories: np.ndarray) -> np.ndarray:
    """The weights (neurons, neurons) of a network that remembers `memories`: rows of -1 and 1."""
    weights = memories.T @ memories / memories.shape[1]
    np.fill_diagonal(weights, 0)
    return weights


# %%
def rest(weights: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The state, and how it looks after each of two rounds of updates in random order."""
    states = [state]
    for _ in range(2):
        state = state.copy()
        for neuron in rng.permutation(len(state)):
            state[neuron] = 1 if weights[neuron] @ state > 0 else -1
        states.append(state)
    return states


def restored(memories: np.ndarray) -> tuple[list[list[np.ndarray]], float]:
    """What each memory becomes with one pixel in five turned over; the share of pixels right."""
    rng, weights = np.random.default_rng(0), bonds(memories)
    noisy = [np.where(rng.random(64) < 0.2, -memory, memory) for memory in memories]
    ways = [rest(weights, state, rng) for state in noisy]
    return ways, float(
        np.mean([way[-1] == memory for way, memory in zip(ways, memories, strict=True)])
    )


down, across = np.indices((8, 8)) // 2
patterns = np.stack([across % 2, (down + across) % 2, (down + across) // 2 % 2]).reshape(3, 64)
memories = 2 * patterns - 1
ways, overlap = restored(memories)
figure, all_axes = plt.subplots(3, 4, figsize=(5, 3.8))
for row, way in enumerate(ways):
    for axes, picture in zip(all_axes[row], [memories[row], *way], strict=True):
        axes.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=-1.3, vmax=1)
        axes.axis("off")
for axes, title in zip(all_axes[0], ("remembered", "shown", "1 round", "2 rounds"), strict=True):
    axes.set_title(title, fontsize=9)
show(figure, "02-hopfield")
expect("1982: pixels right at rest", overlap, full=(0.98, 1.0), fast=(0.98, 1.0))
alike = np.stack([np.where(images[labels == d].mean(0) > 0.5, 1, -1).ravel() for d in (0, 1, 4)])
expect("the same with three digits", restored(alike)[1], full=(0.7, 0.95), fast=(0.7, 0.95))

# %% [markdown]
# The patterns above have little in common. Digits have much, and it mixes them up: a network of
# this kind holds few memories, and no two that are alike. Hopfield was given the Nobel prize in
# physics of 2024 for it, together with Geoffrey Hinton. The other line of recurrent networks, which
# read a sequence step by step, led to the LSTM of 1997 (lesson 16).
#
# ## 1989: Q-learning
#
# Chris Watkins: keep a number for every state and action, how good it is in the long run, and
# correct it after each step by what came of it. No model of the world is needed, and no teacher:

# %%
from envs.worlds import find_world

env = find_world("gridworld:map=cliff").make()
q_values = np.zeros((env.observation_space.n, 4))
rng, lengths = np.random.default_rng(0), []
for episode in range(pick(full=400, fast=200)):
    state, _ = env.reset(seed=episode)
    over, length = False, 0
    while not over:
        best = rng.choice(np.flatnonzero(q_values[state] == q_values[state].max()))
        action = int(rng.integers(4) if rng.random() < 0.1 else best)
        after, reward, terminated, truncated, _ = env.step(action)
        target = reward + 0.99 * q_values[after].max() * (not terminated)
        q_values[state, action] += 0.5 * (target - q_values[state, action])
        state, over, length = after, terminated or truncated, length + 1
    lengths.append(length)
state, _ = env.reset(seed=0)
steps, over = 0, False
while not over:
    state, _, terminated, truncated, _ = env.step(int(q_values[state].argmax()))
    steps, over = steps + 1, terminated or truncated
print(f"the first episode took {lengths[0]} steps; the way it knows at the end takes {steps}")
expect("1989: steps of the way it learned", steps, full=(13, 17), fast=(13, 60))

# %% [markdown]
# ## 1997: alpha-beta, and a champion beaten
#
# Deep Blue beat Garry Kasparov at chess. It learned little. It *searched*, some hundred million
# positions a second, and the idea that made this go far is older (Knuth and Moore describe it in
# 1975): when one reply already refutes a move, the other replies need not be looked at.

# %% [markdown] tags=["prediction"]
# **Predict first.** Tic-tac-toe to its end, from the empty board: 549,946 positions are looked at.
# How many with alpha-beta?

# %%
from envs.rules.kinarow import TIC_TAC_TOE

seen = {"minimax": 0, "alpha-beta": 0}


def value(mine: int, theirs: int, alpha: float, beta: float, kind: str) -> float:
    """The value to the player to move; with alpha-beta exact if it lies between the two."""
    seen[kind] += 1
    if TIC_TAC_TOE.over(mine, theirs):
        return -1 if TIC_TAC_TOE.lines(theirs) else 0
    for action in TIC_TAC_TOE.legal_actions(mine, theirs):
        after = mine | TIC_TAC_TOE.landing(mine, theirs, action)
        alpha = max(alpha, -value(theirs, after, -beta, -alpha, kind))
        if kind == "alpha-beta" and alpha >= beta:
            break  # the opponent will not let it come to this
    return alpha


begun = pick(full=(0, 0), fast=(TIC_TAC_TOE.squares(4), TIC_TAC_TOE.squares(0)))
found = {kind: value(*begun, -1, 1, kind) for kind in seen}
print(seen, "value:", found)
expect("1997: positions, minimax", seen["minimax"], full=(549_946, 549_946))
expect("1997: positions, alpha-beta", seen["alpha-beta"], full=(1_000, 60_000))
expect("difference of the two values", found["minimax"] - found["alpha-beta"], (0, 0), (0, 0))

# %% [markdown]
# ## 2014: generative adversarial networks
#
# Ian Goodfellow let two networks play against each other. The *generator* makes up numbers, the
# *discriminator* has to tell them from real ones, and each learns from the other's success. With
# images instead of numbers, these are the faces of people who do not exist (lesson 15).

# %%
torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
discriminator = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
makes, tells = (
    torch.optim.Adam(network.parameters(), 1e-3, betas=(0.5, 0.999))
    for network in (generator, discriminator)
)
surprise = nn.functional.binary_cross_entropy_with_logits
yes, no = torch.ones(64, 1), torch.zeros(64, 1)
before = generator(torch.randn(4000, 1)).detach()
for _ in range(pick(full=3000, fast=100)):
    real, fake = 4 + 0.5 * torch.randn(64, 1), generator(torch.randn(64, 1))
    cost = surprise(discriminator(real), yes) + surprise(discriminator(fake.detach()), no)
    tells.zero_grad()
    cost.backward()
    tells.step()
    cost = surprise(discriminator(fake), yes)  # it is to be taken for real
    makes.zero_grad()
    cost.backward()
    makes.step()
made = generator(torch.randn(4000, 1)).detach()
figure, axes = plt.subplots(figsize=(7, 2.6))
numbers = (before, made, 4 + 0.5 * torch.randn(4000, 1))
for values, name, colour in zip(
    numbers, ("made up before", "made up after", "real"), (GREY, ORANGE, BLUE), strict=True
):
    axes.hist(values[:, 0].numpy(), np.linspace(-2, 7, 120), color=colour, alpha=0.55, label=name)
axes.legend(frameon=False)
axes.set_yticks([])
axes.spines[["top", "right", "left"]].set_visible(False)
show(figure, "02-gan")
expect("2014: mean of the made up; real ones have 4", made.mean().item(), full=(3.5, 4.5))
expect("2014: their width; real ones have 0.5", made.std().item(), full=(0.25, 0.75))

# %% [markdown]
# Mean and width come near. The shape does not: where the real numbers are a bell, it makes a narrow
# heap with a tail, and the discriminator has not found that out. GANs are hard to train, and hard
# to judge.
#
# ## 2016 and 2017: AlphaGo and AlphaZero
#
# Go has too many positions to search, and AlphaGo beat Lee Sedol all the same: a network says which
# moves are worth looking at, and a tree search looks. AlphaZero dropped what people had played, and
# learned from games against itself alone. Here it learns tic-tac-toe from nothing, and for once we
# can ask the truth: in how many of all 4520 positions does the network, without its search, play a
# best move?

# %%
from workshop.truth import exact_measure

tictactoe = find_world("tictactoe")
truth = exact_measure(tictactoe)
small = {"channels": 16, "blocks": 1, "simulations": 16}
played = pick(full=(4_096, 16_384, 49_152), fast=(512,))
knows = [
    truth(trained("alphazero", "tictactoe", steps=moves, **small))["optimal_action_rate"]
    for moves in played
]
for moves, share in zip(played, knows, strict=True):
    print(f"after {moves:6,} moves of self-play: {share:.3f} (chance: 0.580)")
expect("2017: share of best moves", knows[-1], full=(0.82, 1.0))

# %% [markdown]
# ## 2019: GPT-2
#
# A transformer (2017) that does one thing: guess how the text goes on. OpenAI held GPT-2 back at
# first, for fear of misuse. Here is a small one, and it reads the handbook of Python, letter by
# letter. Beside it the simplest model of text, a table of which letter follows which, as Markov
# made one in 1913:

# %%
text = load("text")
count, width, length = len(text.characters), 64, pick(full=64, fast=16)
learned, judged = torch.arange(len(text)).split([len(text) - 290, 290])


class Block(nn.Module):
    """Look at what came before, then think about it; each adds to what is known of a place."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.look = nn.MultiheadAttention(width, 4, batch_first=True)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, length, width), the same shape."""
        future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        seen = self.before(x)
        x = x + self.look(seen, seen, seen, attn_mask=future, need_weights=False)[0]
        return x + self.think(self.between(x))


class SmallGPT(nn.Module):
    """Letters and their places, two blocks, and a score for every letter that may come next."""

    def __init__(self) -> None:
        super().__init__()
        self.letters, self.places = nn.Embedding(count, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(Block(), Block())
        self.score = nn.Linear(width, count)

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        """(n, length) -> (n, length, count)."""
        return self.score(self.blocks(self.letters(codes) + self.places.weight[: codes.shape[1]]))


torch.manual_seed(0)
gpt = SmallGPT()
optimizer = torch.optim.AdamW(gpt.parameters(), 3e-3)
for _ in range(pick(full=400, fast=3)):
    drawn = learned[torch.randint(len(learned), (32,))]
    scores = gpt(text.inputs[drawn, :length]).flatten(0, 1)
    cost = nn.functional.cross_entropy(scores, text.targets[drawn, :length].flatten())
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()

# %%
with torch.no_grad():
    scores = gpt(text.inputs[judged, :length]).flatten(0, 1)
    answers = text.targets[judged, :length].flatten()
    surprise_of_gpt = nn.functional.cross_entropy(scores, answers).item()
table = torch.full((count, count), 0.1)
pairs = (text.inputs[learned].flatten(), text.targets[learned].flatten())
table.index_put_(pairs, torch.tensor(1.0), accumulate=True)
follows = (table / table.sum(1, keepdim=True)).log()
surprise_of_table = -follows[text.inputs[judged, :length].flatten(), answers].mean().item()
print(f"nats a letter: the table {surprise_of_table:.2f}, the small GPT {surprise_of_gpt:.2f}")

draws = torch.Generator().manual_seed(3)
codes = text.inputs[judged[:1], :20]
for _ in range(pick(full=200, fast=5)):
    with torch.no_grad():
        chances = (gpt(codes[:, -length:])[:, -1] / 0.7).softmax(1)
    codes = torch.cat((codes, torch.multinomial(chances, 1, generator=draws)), 1)
print("".join(text.characters[code] for code in codes[0]))
expect("1913: nats a letter, by the table", surprise_of_table, full=(2.2, 2.55))
expect("2019: nats a letter, by the small GPT", surprise_of_gpt, full=(1.6, 2.0))

# %% [markdown]
# It has learned how words look, and says nothing. GPT-2 had 1.5 billion weights where ours has
# about 120,000.
#
# ## What the history teaches

# %%
milestones = {
    1957: f"perceptron: {right:.0%} of 0s and 1s",
    1970: "backpropagation: equals PyTorch",
    1979: "convolution: moves with the image",
    1982: f"recurrence: {overlap:.0%} of pixels restored",
    1989: f"Q-learning: {lengths[0]} steps become {steps}",
    1997: f"alpha-beta: {seen['minimax'] / seen['alpha-beta']:.0f} times fewer positions",
    2014: f"GAN: makes up numbers around {made.mean().item():.1f}",
    2016: f"AlphaGo, AlphaZero: {knows[-1]:.0%} best moves from nothing",
    2019: f"GPT: {surprise_of_gpt:.1f} nats a letter; a table {surprise_of_table:.1f}",
}
figure, axes = plt.subplots(figsize=(9.5, 3.9))
for row, (year, name) in enumerate(milestones.items()):
    axes.plot([1955, year], [row, row], color=GREY, linewidth=0.6, linestyle=":")
    axes.plot(year, row, "o", color=BLUE, markersize=8)
    left = year > 1990
    axes.text(year + (-1.2 if left else 1.2), row, name, ha="right" if left else "left",
              va="center", backgroundcolor="white")  # fmt: skip
for start, end in ((1974, 1980), (1987, 1993)):
    axes.axvspan(start, end, color=BLUE, alpha=0.12)
    axes.text((start + end) / 2, -0.9, "winter", ha="center", color=GREY, fontsize=9)
axes.set(xlim=(1955, 2021), ylim=(8.6, -1.4), yticks=[], xticks=list(milestones))
axes.tick_params(axis="x", rotation=60, labelsize=9)
axes.spines[["top", "right", "left"]].set_visible(False)
show(figure, "02-timeline")

# %% [markdown]
# - The ideas are old. What came after 2010 was above all *data and computers*, a hundred thousand
#   times faster than Fukushima's.
# - Twice the hopes outran the results, and money and interest went: the *AI winters*, about 1974 to
#   1980 and 1987 to 1993. Whoever promises you something today may be right; ask what was measured.
# - Two lines run through it, *search* (alpha-beta) and *learning* (the perceptron). The largest
#   success at games came where they met.
#
# The Q-learning of 1989 as it stands in our code today:

# %%
from agents.q_learning import td_target

source(td_target)

# %% [markdown]
# ## Exercises
#
# `workshop lesson 2 --answers answers_02.py` writes these into a file for you;
# `workshop lesson 2 --check answers_02.py` marks it; `--hint NAME` helps.
#
# ### 1 A memory comes to rest (1982)


# %% tags=["exercise"]
def recall(weights: np.ndarray, state: np.ndarray) -> np.ndarray:
    """The state at rest: in turn, each neuron becomes 1 if its weighted sum is above 0, else
    -1; round after round, until one changes nothing. `weights`: (n, n); `state`: (n,)."""
    ### BEGIN SOLUTION
    state = state.copy()
    while True:
        before = state.copy()
        for neuron in range(len(state)):
            state[neuron] = 1 if weights[neuron] @ state > 0 else -1
        if (state == before).all():
            return state
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "recall",
    hints=(
        "One neuron: state[neuron] = 1 if weights[neuron] @ state > 0 else -1.",
        "Each neuron sees what those before it have become: change the state itself, in a copy.",
        "Keep a copy of state before each round, and stop when (state == before).all().",
    ),
)
def check_recall(recall):
    rng = np.random.default_rng(0)
    memory = rng.choice([-1, 1], (1, 30))
    shown = memory[0].copy()
    shown[:6] *= -1
    given = shown.copy()
    assert (recall(bonds(memory), shown) == memory[0]).all(), "6 of 30 turned over: it finds back"
    assert (shown == given).all(), "leave the state you are given as it is"
    assert (recall(bonds(memory), memory[0]) == memory[0]).all(), "a memory is at rest"
    opposite = recall(bonds(memory), -memory[0])
    assert (opposite == -memory[0]).all(), "the opposite of a memory is at rest as well"


# %% [markdown]
# ### 2 Minimax in a few lines (1997)
#
# A game as nested lists: a number is how it ends, for us; a list holds what the player to move can
# choose. We choose the largest, the opponent the smallest, in turn.


# %% tags=["exercise"]
def minimax(tree, ours: bool = True) -> float:
    """What the game comes to. `ours`: whether it is our move."""
    ### BEGIN SOLUTION
    if not isinstance(tree, list):
        return tree
    values = [minimax(branch, not ours) for branch in tree]
    return max(values) if ours else min(values)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "minimax",
    hints=(
        "A number is its own value: isinstance(tree, list) tells which it is.",
        "Ask minimax itself for the value of every branch; there it is the other player's move.",
        "values = [minimax(branch, not ours) for branch in tree]; then max or min.",
    ),
)
def check_minimax(minimax):
    assert minimax(7) == 7, "a game that is over is worth what it came to"
    assert minimax([1, 3, 2]) == 3, "we choose the largest"
    assert minimax([1, 3, 2], ours=False) == 1, "the opponent chooses the smallest"
    assert minimax([[3, 12], [2, 40], [14, 1]]) == 3, "they answer with 3, 2 or 1: we choose 3"
    assert minimax([[[1, 5], 4], [0, [9]]]) == 4, "branches may be of different length"


# %% [markdown]
# ### 3 A window slides (1979)


# %% tags=["exercise"]
def slide(signal: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The sum of products of the window and what lies under it, wherever it fits whole."""
    ### BEGIN SOLUTION
    places = range(len(signal) - len(window) + 1)
    return np.array([signal[i : i + len(window)] @ window for i in places])
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "slide",
    hints=(
        "What lies under the window at place i is signal[i : i + len(window)].",
        "It fits at len(signal) - len(window) + 1 places.",
        "np.array([signal[i : i + len(window)] @ window for i in range(...)])",
    ),
)
def check_slide(slide):
    step = np.array([0.0, 0, 1, 1])
    assert slide(step, np.array([-1.0, 1])).tolist() == [0, 1, 0], "-1, 1 answers where it rises"
    assert slide(step, np.ones(4)).tolist() == [2], "a window as long as the signal fits once"
    rng = np.random.default_rng(0)
    signal, window = rng.normal(size=20), rng.normal(size=5)
    theirs = np.correlate(signal, window, "valid")
    assert np.allclose(slide(signal, window), theirs), "np.correlate says otherwise"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "What does backpropagation work out?",
        ("The right answer", "How the cost changes with every weight", "The best weights"),
        answer=1,
        because="It gives slopes. What to do with them, a small step downhill, is another part of "
        "learning (lesson 9).",
    ),
    Question(
        "Why was Deep Blue no learning machine in the sense of the perceptron?",
        (
            "It had no computer",
            "It searched, and what it counted positions by was mostly set by people",
            "It played by lot",
        ),
        answer=1,
        because="Its strength was search. People chose what makes a position good, and tuned it by "
        "master games.",
    ),
    Question(
        "What is new in AlphaZero compared with AlphaGo?",
        (
            "It learned from its own games alone",
            "It did without a network",
            "It was the first to play chess",
        ),
        answer=0,
        because="AlphaGo began with games of people. AlphaZero got the rules, and nothing else.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - F. Rosenblatt, *The Perceptron*, Psychological Review, 1958.
# - S. Linnainmaa, master's thesis, University of Helsinki, 1970; in English: *Taylor Expansion of
#   the Accumulated Rounding Error*, 1976.
# - K. Fukushima, *Neocognitron*, Biological Cybernetics, 1980.
# - J. Hopfield, *Neural Networks and Physical Systems with Emergent Collective Computational
#   Abilities*, 1982.
# - C. Watkins, *Learning from Delayed Rewards*, thesis, Cambridge, 1989.
# - M. Campbell, A. Hoane and F. Hsu, *Deep Blue*, Artificial Intelligence, 2002.
# - I. Goodfellow et al., *Generative Adversarial Nets*, 2014.
# - D. Silver et al., *Mastering the Game of Go with Deep Neural Networks and Tree Search*, 2016,
#   and *A General Reinforcement Learning Algorithm that Masters Chess, Shogi and Go through
#   Self-Play*, 2018.
# - A. Radford et al., *Language Models are Unsupervised Multitask Learners*, 2019.
# - J. Schmidhuber, *Deep Learning in Neural Networks: An Overview*, 2015: who found what, and when.
