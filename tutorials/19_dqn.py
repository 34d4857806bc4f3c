# ---
# jupyter:
#   workshop:
#     title: "Reinforcement learning II: a network in the place of the table"
#     topics: [deep reinforcement learning, DQN, deep Q-network, function approximation, CartPole,
#       replay memory, target network, deadly triad, divergence, overestimation, double DQN,
#       n-step returns]
#     minutes: 40
#     seconds: 50
#     data: none; CartPole-v1
# ---

# %% [markdown]
# # 19 Reinforcement learning II: a network in the place of the table
#
# Lesson 18 ended with a table that knows nothing of a state it has not been in. Put a network
# there, and what it learns in one state it has also said about those around it. That is a blessing,
# and it is what goes wrong: this lesson shows both, and the two tricks that made it work in 2013.
#
# | | |
# | --- | --- |
# | needs | lessons 9 and 18 |
# | data | none: CartPole-v1 of Gymnasium; seeds 0 to 2 |
# | time | 40 minutes to read and try, 50 seconds to run on 2 cores |
# | expect | DQN: 150 to 350 steps; without its target network 9; with 20-step returns 500 |

# %% tags=["setup"]
import tempfile
from pathlib import Path

import gymnasium as gym
import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from workshop.lessons import Question, exercise, expect, pick, quiz, show, source, trained

torch.set_num_threads(1)  # the networks are small: more threads would only wait for each other
BLUE, ORANGE, GREEN, VIOLET, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#8a5a9e", "#888888"
GAMMA = 0.99

# %% [markdown]
# ## A pole on a cart
#
# Four numbers are perceived: where the cart is, how fast it moves, how far the pole leans, how fast
# it falls. Two actions: push left, push right. Every step pays 1, until the pole leans by more than
# 12 degrees or the cart leaves its track; after 500 steps at the latest it is over. A table would
# have to have rows for real numbers.
#
# First, what the world is worth to somebody who *knows* something:


# %%
def balanced(push_right, episodes: int = 50) -> float:
    """The mean number of steps; `push_right`: (n, 4) observations -> bool (n,)."""
    envs = gym.make_vec("CartPole-v1", episodes, vectorization_mode="vector_entry_point")
    observations, _ = envs.reset(seed=1000)
    steps, up = np.zeros(episodes), np.ones(episodes, bool)
    while up.any():
        actions = push_right(observations).astype(int)
        observations, _, terminated, truncated, _ = envs.step(actions)
        steps += up
        up &= ~(terminated | truncated)
    return float(steps.mean())


lots = np.random.default_rng(0)
rules = {
    "chance": lambda seen: lots.random(len(seen)) < 0.5,
    "push where it leans": lambda seen: seen[:, 2] > 0,
    "push where it leans and falls": lambda seen: seen[:, 2] + 0.5 * seen[:, 3] > 0,
}
by_hand = {name: balanced(rule) for name, rule in rules.items()}
for name, steps in by_hand.items():
    print(f"{name:<30} {steps:5.0f} steps")

# %% [markdown]
# Keep that in mind: one line, by somebody who thought for a minute about poles, is perfect here.
# What follows is for where nobody can think of that line, as with the pixels of a video game.
#
# ## DQN
#
# The target is that of Q-learning; the table is a network, and it is moved towards the target by a
# step of gradient descent:
#
# ```text
# target = reward + gamma · (1 - terminated) · max over a' of Q_old(s', a')
# loss   = ( Q(s, a) - target )²          (where it is large: its absolute value)
# ```
#
# Two tricks (Mnih and others, 2013 and 2015):
#
# - **Replay memory.** Steps of one episode resemble each other, and a network that is shown only
#   what it sees now forgets the rest. So steps are stored, and drawn at random.
# - **Target network.** The target contains the network itself. `Q_old` is a copy that follows
#   slowly, so that the network does not chase its own tail.
#
# The whole of it, for 16 carts at once. `replay` and `slow_target` switch the tricks off.

# %%
CARTS, MEMORY, BATCH = 16, 50_000, 128


def make_network(seed: int) -> nn.Sequential:
    """(n, 4) -> (n, 2): what each action is worth."""
    torch.manual_seed(seed)
    layers = [nn.Linear(4, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2)]
    return nn.Sequential(*layers)


@torch.no_grad()
def greedy(network: nn.Module, observations: np.ndarray) -> np.ndarray:
    """The better action for each of (n, 4) observations."""
    return network(torch.from_numpy(observations)).argmax(1).numpy()


def dqn(seed: int, steps: int, replay: bool = True, slow_target: bool = True) -> dict[str, list]:
    """Learns; now and then notes how long the pole stays up, and what the network expects."""
    network, old = make_network(seed), make_network(seed)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    draw = np.random.default_rng(seed)
    envs = gym.make_vec("CartPole-v1", CARTS, vectorization_mode="vector_entry_point")
    observations, _ = envs.reset(seed=seed)
    ended = np.zeros(CARTS, bool)
    memory = [torch.zeros(MEMORY, 4), torch.zeros(MEMORY).long(), torch.zeros(MEMORY)]
    memory += [torch.zeros(MEMORY), torch.zeros(MEMORY, 4)]
    stored, turns = 0, steps // CARTS
    notes: dict[str, list] = {"steps": [], "expects": []}

    for turn in range(turns):
        epsilon = max(0.05, 1 - turn / (0.3 * turns))
        actions = greedy(network, observations)
        actions = np.where(draw.random(CARTS) < epsilon, draw.integers(2, size=CARTS), actions)
        after, rewards, terminated, truncated, _ = envs.step(actions)
        real = np.flatnonzero(~ended)  # after an end, one step only brings the new start
        slots = (stored + np.arange(len(real))) % MEMORY
        new = (observations, actions, rewards, terminated, after)
        for column, values in zip(memory, new, strict=True):
            column[slots] = torch.from_numpy(values[real]).to(column.dtype)
        stored += len(real)
        observations, ended = after, terminated | truncated

        if stored >= 500:
            rows = draw.integers(min(stored, MEMORY), size=BATCH) if replay else slots
            batch = [column[rows] for column in memory]
            loss = loss_of(batch, network, old if slow_target else network)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                for slow, fast in zip(old.parameters(), network.parameters(), strict=True):
                    slow.lerp_(fast, 0.02)
        if (turn + 1) % (turns // 10) == 0:
            mind = old if slow_target else network
            notes["steps"].append(balanced(lambda seen, mind=mind: greedy(mind, seen), 20))
            with torch.no_grad():
                notes["expects"].append(float(mind(memory[0][: min(stored, MEMORY)]).mean()))
    return notes


def loss_of(batch: list[Tensor], network: nn.Module, old: nn.Module) -> Tensor:
    """How far the network is from the targets, on a batch of steps."""
    seen, actions, rewards, terminated, after = batch
    with torch.no_grad():
        targets = rewards + GAMMA * (1 - terminated) * old(after).max(1).values  # (batch,)
    chosen = network(seen).gather(1, actions[:, None]).squeeze(1)
    return nn.functional.smooth_l1_loss(chosen, targets)


# %% [markdown] tags=["prediction"]
# **Predict first.** We take one of the two tricks away. How long does the pole stay up? And: every
# step pays 1 and gamma is 0.99, so no state is worth more than 1 / (1 - 0.99) = 100. What do the
# networks *expect*?

# %%
steps, seeds = pick(full=32_000, fast=2_400), range(pick(full=3, fast=1))
kinds = {
    "DQN": ({}, BLUE),
    "no replay memory": ({"replay": False}, GREEN),
    "no target network": ({"slow_target": False}, ORANGE),
}
runs = {name: [dqn(s, steps, **switches) for s in seeds] for name, (switches, _) in kinds.items()}

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4))
marks = np.linspace(steps / 10, steps, 10)
for name, (_, color) in kinds.items():
    for axes, key in ((left, "steps"), (right, "expects")):
        for number, run in enumerate(runs[name]):
            axes.plot(marks, run[key], color=color, label=name if number == 0 else None)
right.axhline(100, color="#222", linestyle="--", linewidth=1, label="the most there is")
right.set_yscale("log")
left.set_ylabel("steps until it falls")
right.set_ylabel("mean of what it expects")
right.legend(frameon=False)
for axes in (left, right):
    axes.set_xlabel("steps in the world, all carts")
    axes.spines[["top", "right"]].set_visible(False)
show(figure, "19-dqn")

# %%
last = {name: [np.mean(run["steps"][-3:]) for run in runs[name]] for name in runs}
expects = {name: np.median([run["expects"][-1] for run in runs[name]]) for name in runs}
for name, found in last.items():
    print(f"{name:<20} {np.round(found)} steps; expects {expects[name]:,.0f}")
expect("chance", by_hand["chance"], full=(17, 28), fast=(17, 28))
by_line = by_hand["push where it leans and falls"]
expect("one line by hand", by_line, full=(450, 500), fast=(450, 500))
expect("DQN", float(np.mean(last["DQN"])), full=(130, 500))
expect("no target network", float(np.median(last["no target network"])), full=(8, 60))
expect("what that one expects", expects["no target network"], full=(500, 1e9))

# %% [markdown]
# Without the target network the pole falls at once, and the network expects *a million*. It is
# chasing its own tail: it raises `Q(s, a)` towards `1 + 0.99 · Q(s')`; states resemble each other,
# so that raises `Q(s')` too, and so on without end. Learning from guesses, with a network, about
# another policy than the one that acts: these three together can diverge (Sutton and Barto call
# them the **deadly triad**, section 11.3). A table cannot do that.
#
# Without the memory it learns, forgets, and learns again: once it was perfect, and a few thousand
# steps later it was not. And DQN itself? Far better than chance, and far from the line by hand.
#
# ## What is wrong with it
#
# It expects 33, and the truth is nearly 100. The good news of a step travels one step at a time, as
# in lesson 18. So look further ahead: 20 rewards in a row, and only then a guess (**n-step
# returns**). The library's DQN has it as a switch, beside a few others:

# %%
from agents.dqn import td_targets

source(td_targets)

# %% [markdown] tags=["prediction"]
# **Predict first.** The library's learner gets 25,000 steps, with `n_step=1` and with `n_step=20`.
# All else is equal. How long does each hold the pole?

# %%
practice = pick(full=25_000, fast=2_000)
legal = torch.ones(20, 2, dtype=torch.bool)
agents, held = {}, {}
for n_step in (1, 20):
    agent = agents[n_step] = trained("dqn", "CartPole-v1", steps=practice, n_step=n_step)
    held[n_step] = balanced(
        lambda seen, agent=agent: agent.choose(torch.from_numpy(seen), legal).numpy(), 20
    )
    print(f"n_step={n_step:<3} holds it for {held[n_step]:.0f} steps")
expect("one step", held[1], full=(100, 450))
expect("twenty steps", held[20], full=(450, 500))

# %%
env = gym.make("CartPole-v1", render_mode="rgb_array")
observation, _ = env.reset(seed=3)
frames, over = [], False
while not over and len(frames) < 300:
    frames.append(Image.fromarray(env.render()[120:320:2, ::2]))
    action = int(agents[20].choose(torch.from_numpy(observation)[None], legal[:1]))
    observation, _, terminated, truncated, _ = env.step(action)
    over = terminated or truncated
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "cart.gif"
    frames[0].save(path, save_all=True, append_images=frames[3::3], duration=60, loop=0)
    show(path, "19-cart")

# %% [markdown]
# One number made the difference, and the famous part of the method did not. That is how deep
# reinforcement learning is: what decides is often a detail, and one finds it by measuring. Which
# is why a figure from one seed, or without the simple method beside it, should not impress you.
#
# ## The largest of several guesses
#
# One more trap. The target takes the *largest* of the estimates. Suppose that all actions are worth
# 0, and estimates are off by a random amount:

# %%
noise = np.random.default_rng(0).normal(size=(10_000, 10))
largest = np.array([noise[:, :actions].max(1).mean() for actions in range(1, 11)])
second = np.random.default_rng(1).normal(size=noise.shape)
rated = [
    np.take_along_axis(second, noise[:, :actions].argmax(1)[:, None], 1).mean()
    for actions in range(1, 11)
]
figure, axes = plt.subplots(figsize=(7, 2.8))
axes.plot(range(1, 11), largest, "o-", color=ORANGE, label="the largest of the estimates")
axes.plot(range(1, 11), rated, "o-", color=BLUE, label="chosen by one, rated by another")
axes.axhline(0, color="#222", linestyle="--", linewidth=1, label="the truth")
axes.set(xlabel="actions, all worth 0", ylabel="mean")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
show(figure, "19-overestimation")
expect("the largest of 10 estimates of 0", largest[-1], full=(1.5, 1.58), fast=(1.5, 1.58))
expect("rated by another", abs(rated[-1]), full=(0, 0.04), fast=(0, 0.04))

# %% [markdown]
# The largest of ten guesses about 0 is 1.54. **Double DQN** (van Hasselt and others, 2016) lets one
# network choose the action and the other rate it. In `td_targets` above it is the first line.
#
# ## Exercises
#
# `workshop lesson 19 --answers answers_19.py` writes these into a file for you;
# `workshop lesson 19 --check answers_19.py` marks it; `--hint NAME` helps.
#
# ### 1 Targets for a batch


# %% tags=["exercise"]
def targets_of(rewards: Tensor, terminated: Tensor, next_q: Tensor, gamma: float) -> Tensor:
    """What Q(s, a) should have been for each step of a batch: (batch,).

    Args:
        rewards, terminated: (batch,), terminated 1 or 0.
        next_q: (batch, actions), what the old network says of the next state.
    """
    ### BEGIN SOLUTION
    return rewards + gamma * (1 - terminated) * next_q.max(1).values
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "targets_of",
    hints=(
        "The best action of each row: next_q.max(1) has .values, and .indices.",
        "Where an episode has terminated, nothing follows: multiply by (1 - terminated).",
        "rewards + gamma * (1 - terminated) * next_q.max(1).values",
    ),
)
def check_targets_of(targets_of):
    next_q = torch.tensor([[1.0, 3.0], [5.0, 2.0]])
    found = targets_of(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 1.0]), next_q, 0.5)
    assert found.shape == (2,), f"one target for each step: (2,), not {tuple(found.shape)}"
    assert abs(found[0] - 2.5) < 1e-6, "1 + 0.5 * 3 = 2.5: the largest of the row"
    assert abs(found[1] - 1) < 1e-6, "this one has terminated: only its reward"


# %% [markdown]
# ### 2 A memory
#
# It keeps the latest `size` steps. When it is full, the newest takes the place of the oldest.


# %% tags=["exercise"]
class Memory:
    """Remembers the latest `size` things."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.things: list = []
        self.added = 0

    def add(self, thing: object) -> None:
        """Remembers one more; if it is full, the oldest is forgotten."""
        ### BEGIN SOLUTION
        if len(self.things) < self.size:
            self.things.append(thing)
        else:
            self.things[self.added % self.size] = thing
        self.added += 1
        ### END SOLUTION


# %% tags=["check"]
@exercise(
    "Memory",
    hints=(
        "Until it is full: append. Then put the new thing where the oldest one is.",
        "Places are taken in turn, 0, 1, 2, ... and again from 0: that is self.added % self.size.",
        "if full: self.things[self.added % self.size] = thing; always: self.added += 1",
    ),
)
def check_memory(memory):
    mine = memory(3)
    for thing in "abc":
        mine.add(thing)
    assert sorted(mine.things) == ["a", "b", "c"], "three fit into a memory of three"
    mine.add("d")
    assert sorted(mine.things) == ["b", "c", "d"], "the fourth takes the place of the oldest, a"
    for thing in "efg":
        mine.add(thing)
    assert sorted(mine.things) == ["e", "f", "g"], "and so on in turn, round and round"


# %% [markdown]
# ### 3 Twenty steps in a row
#
# The n-step target: the rewards of n steps, each discounted by how late it comes, and then the
# guess about the state that was reached, discounted by n steps.


# %% tags=["exercise"]
def n_step_target(rewards: list[float], guess: float, gamma: float) -> float:
    """r₁ + gamma · r₂ + ... + gamma^(n-1) · rₙ + gamma^n · guess."""
    ### BEGIN SOLUTION
    total = guess
    for reward in reversed(rewards):
        total = reward + gamma * total
    return total
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "n_step_target",
    hints=(
        "With one reward it is the target you know: reward + gamma * guess.",
        "Begin at the end, with the guess, and go through the rewards backwards.",
        "total = guess; for reward in reversed(rewards): total = reward + gamma * total",
    ),
)
def check_n_step_target(n_step_target):
    assert abs(n_step_target([1], 10, 0.5) - 6) < 1e-9, "1 + 0.5 * 10 = 6"
    assert abs(n_step_target([1, 1], 8, 0.5) - 3.5) < 1e-9, "1 + 0.5 + 0.25 * 8 = 3.5"
    assert abs(n_step_target([0, 0, 4], 0, 0.5) - 1) < 1e-9, "a reward two steps later: a quarter"


# %% [markdown]
# ### 4 One chooses, the other rates
#
# The value of the next state by double DQN.


# %% tags=["exercise"]
def double_values(online: Tensor, old: Tensor) -> Tensor:
    """What `old` says of the actions that `online` likes best: (batch, actions) -> (batch,)."""
    ### BEGIN SOLUTION
    return old.gather(1, online.argmax(1, keepdim=True)).squeeze(1)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "double_values",
    hints=(
        "online.argmax(1) is the choice of each row; its value is looked up in old.",
        "tensor.gather(1, places) looks up; places is (batch, 1), so use keepdim=True.",
        "old.gather(1, online.argmax(1, keepdim=True)).squeeze(1)",
    ),
)
def check_double_values(double_values):
    online, old = torch.tensor([[1.0, 2.0], [5.0, 0.0]]), torch.tensor([[9.0, 3.0], [4.0, 8.0]])
    found = double_values(online, old)
    assert found.shape == (2,), f"one value for each row: (2,), not {tuple(found.shape)}"
    assert found.tolist() == [3.0, 4.0], "online chooses actions 1 and 0; old says 3 and 4 of them"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Why did the network without a target network expect a million?",
        ("It had too few weights", "It raised the targets that it ran after", "CartPole pays more"),
        answer=1,
        because="The target is made of its own output. Raising one state raises its neighbours, "
        "and with them the target. A copy that follows slowly breaks the circle.",
    ),
    Question(
        "What is the memory for?",
        ("To plan ahead", "To mix steps of many episodes in one batch", "To save the network"),
        answer=1,
        because="Neighbouring steps resemble each other. A network that sees only those adapts to "
        "them, and forgets what it knew about the rest.",
    ),
    Question(
        "A line by hand is perfect at CartPole. What does that say about DQN?",
        ("It is useless", "It should be compared with the simplest thing first", "It is unfair"),
        answer=1,
        because="Learning is for where nobody can write that line. Where somebody can, the line is "
        "shorter, surer and free. So always try it first.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - V. Mnih and others, "Human-level control through deep reinforcement learning", 2015: the same
#   method on 49 video games, from pixels.
# - R. Sutton and A. Barto, *Reinforcement Learning*, chapters 7 and 11.
# - H. van Hasselt, A. Guez and D. Silver, "Deep Reinforcement Learning with Double Q-learning",
#   2016.
# - P. Henderson and others, "Deep Reinforcement Learning that Matters", 2018: on seeds and details.
# - `agents/dqn.py`, with switches: `workshop train dqn CartPole-v1 --n-step 1 --dueling
#   --prioritised`
