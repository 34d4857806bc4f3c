# ---
# jupyter:
#   workshop:
#     title: "Reinforcement learning I: worlds as numbers, planning, Q-learning"
#     topics: [reinforcement learning, Markov decision process, MDP, state, action, reward, return,
#       discount, value, policy, Bellman equation, planning, value iteration, Q-learning, SARSA,
#       exploration, exploitation, epsilon-greedy, temporal difference]
#     minutes: 40
#     seconds: 25
#     data: none; gridworlds of 64 and 48 cells
# ---

# %% [markdown]
# # 18 Reinforcement learning I: worlds as numbers, planning, Q-learning
#
# Nobody tells the learner what is right. There is only a reward, and it may come long after the
# deed that earned it. How can anything learn from that? This lesson answers twice: first for
# somebody who *knows* the world and only has to think, then for somebody who has to walk.
#
# | | |
# | --- | --- |
# | needs | lesson 1 |
# | data | none: two gridworlds; seeds 0 to 9 |
# | time | 40 minutes to read and try, 25 seconds to run on 2 cores |
# | expect | the best policy earns 0.52 an episode; after 20,000 steps Q-learning earns about 0.46 |

# %% tags=["setup"]
from collections.abc import Iterator
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from envs.rules.grid import Grid
from envs.worlds import find_world
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source, trained, watched

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"
WORLD = "gridworld:map=default,slip=0.2"  # one step in five slips to a side
GAMMA = 0.99  # what a reward is worth one step later

# %% [markdown]
# ## A world as tables of numbers
#
# A **Markov decision process** (MDP) is four things: *states*, *actions*, where an action in a
# state *leads* and how likely, and the *reward* for it. "Markov" means that what happens next
# depends on where you are, and not on how you got there. Our gridworld is one:

# %%
world = find_world(WORLD)
grid = world.grid
print(f"{grid.states} states, {grid.actions} actions; an episode begins in state {grid.start}")
print("the action 'up' there leads")
for probability, state, reward, ends in grid.outcomes(grid.start, 0):
    print(f"  with probability {probability:.1f} to state {state}: reward {reward}, ends: {ends}")

# %% [markdown]
# The **return** of an episode is the sum of its rewards, where one that comes a step later counts a
# little less: gamma = 0.99 times as much. The **value** of a state is the return to expect from
# there on, if you go on as well as can be done:
#
# ```text
# return = r₁ + gamma · r₂ + gamma² · r₃ + ...
#
# V(s)   = max over a of   Σ over s'  p(s' | s, a) · (reward + gamma · V(s'))
# ```
#
# The second line is the **Bellman equation**: a state is worth what its best action pays now, and
# what the state after that is worth. Nothing about the far future stands in it. It is wrapped up in
# `V(s')`.
#
# ## Planning: know the world, and only think
#
# How do you find numbers that fit on both sides? Begin with 0 everywhere. Put that in on the right,
# and write down what comes out on the left. Again, and again. That is **value iteration**
# (Bellman, 1957).


# %%
def q_value(grid: Grid, value: np.ndarray, state: int, action: int) -> float:
    """What an action is worth, if `value` tells what states are worth."""
    return sum(
        probability * (reward + GAMMA * value[after] * (not ends))
        for probability, after, reward, ends in grid.outcomes(state, action)
    )


def sweep(grid: Grid, value: np.ndarray) -> np.ndarray:
    """One turn of the Bellman equation, for every state."""
    improved = np.zeros(grid.states)
    for state in grid.decision_states:
        improved[state] = max(q_value(grid, value, state, action) for action in range(4))
    return improved


values = [np.zeros(grid.states)]
for _ in range(60):
    values.append(sweep(grid, values[-1]))
changes = [np.abs(new - old).max() for old, new in pairwise(values)]

# %% [markdown] tags=["prediction"]
# **Predict first.** After the first sweep, which states have a value that is not the price of a
# step? The start is 13 steps from the goal: after how many sweeps does it begin to know about it?


# %%
def draw_values(axes: plt.Axes, grid: Grid, value: np.ndarray, q_values: np.ndarray) -> None:
    """The values as colours; an arrow for the best action, where any is better than another."""
    shown = np.where(grid.symbols == "#", np.nan, value.reshape(grid.rows, grid.cols))
    axes.imshow(shown, cmap="PuOr", vmin=-1.6, vmax=1.6)
    axes.set_facecolor("#555555")
    for cell in range(grid.cells):
        row, col = divmod(cell, grid.cols)
        if (symbol := grid.symbols[row, col]) in "SGX":
            axes.text(col, row, symbol, ha="center", va="center", fontsize=8)
        if symbol != "#" and symbol != "S" and np.ptp(q_values[cell]) > 1e-9:
            down, right = [(-0.3, 0), (0, 0.3), (0.3, 0), (0, -0.3)][q_values[cell].argmax()]
            axes.annotate(
                "",
                xy=(col + right, row + down),
                xytext=(col - right, row - down),
                arrowprops={"arrowstyle": "->", "color": "#222", "linewidth": 0.8},
            )
    axes.set_xticks([])
    axes.set_yticks([])


figure, panels = plt.subplots(1, 4, figsize=(10, 2.9))
for axes, number in zip(panels, (1, 5, 15, 60), strict=True):
    draw_values(axes, grid, values[number], grid.backup(values[number], GAMMA))
    axes.set_title(f"after {number} sweep{'s' * (number > 1)}", fontsize=10)
show(figure, "18-sweeps")

# %% [markdown]
# Good news (violet) and bad news (orange) spread like ink, one cell a sweep. The arrows keep their
# distance from the pits, because steps slip. Nobody wrote that rule down.
#
# Do the sweeps come to an end? Each of them shrinks what is still wrong, and they stand still at
# the only numbers that fit. So we can say what no lesson about learning can usually say: how good
# the *best possible* policy is.


# %%
def worth(grid: Grid, policy: np.ndarray) -> float:
    """The mean return of an episode of 200 steps at most, if a policy is followed: exact."""
    value = np.zeros(grid.states)
    for _ in range(200):
        value = np.take_along_axis(grid.backup(value), policy[:, None], axis=1)[:, 0]
    return float(value[grid.start])


best_policy = grid.backup(values[-1], GAMMA).argmax(1)
best = worth(grid, best_policy)
expect("change in the 60th sweep", changes[-1], full=(0, 1e-3))
expect("mean return of the best policy", best, full=(0.5, 0.58), fast=(0.5, 0.58))
of_start = [value[grid.start] for value in values]
heard = next(n for n in range(1, 61) if of_start[n] > of_start[n - 1])
expect("sweeps until the start hears of the goal", heard, full=(13, 13), fast=(13, 13))
assert np.abs(values[-1] - grid.solve(GAMMA).value).max() < 1e-2, "our own solver says the same"

# %% [markdown]
# Planning took no step in the world. Its price: you need the tables. Who has them for chess, for
# a street, for a market?
#
# ## Learning: know nothing, and walk
#
# **Q-learning** (Watkins, 1989) has one number for each state *and action*, `Q(s, a)`. After every
# single step it looks at what it got and where it is, and moves one number a little:
#
# ```text
# target  = reward + gamma · max over a' of Q(s', a')      (only the reward, if the episode is over)
# Q(s, a) ← Q(s, a) + alpha · (target - Q(s, a))
# ```
#
# It is the Bellman equation with a *sample* in the place of the sum. The world itself draws the
# sample, slips and all. What is left to say is where to walk: mostly the best action so far, and
# with probability ε any one. That is **ε-greedy**.


# %%
def learn(
    name: str,
    steps: int,
    seed: int,
    epsilon: float,
    first: float = 0.0,
    alpha: float = 0.1,
    sarsa: bool = False,
) -> Iterator[tuple[np.ndarray, float, bool]]:
    """Walks, and yields after every step the table, the reward, and whether an episode is over."""
    env, draw = find_world(name).make(), np.random.default_rng(seed)
    q_values = np.full((env.observation_space.n, 4), first)

    def choose(state: int) -> int:
        if draw.random() < epsilon:
            return int(draw.integers(4))
        best = np.flatnonzero(q_values[state] == q_values[state].max())
        return int(best[int(draw.random() * len(best))])  # of equals by lot

    state, _ = env.reset(seed=seed)
    action = choose(state)
    for _ in range(steps):
        after, reward, terminated, truncated, _ = env.step(action)
        next_action = choose(after)
        follows = q_values[after, next_action] if sarsa else q_values[after].max()
        target = reward + GAMMA * follows * (not terminated)
        q_values[state, action] += alpha * (target - q_values[state, action])
        yield q_values, float(reward), terminated or truncated
        state = after
        if terminated or truncated:
            state, _ = env.reset()
            next_action = choose(state)
        action = next_action if sarsa else choose(state)


# %% [markdown]
# `first` is what the table says before anything is known, and the line with `follows` has a switch;
# leave that for later.

# %% [markdown] tags=["prediction"]
# **Predict first.** Four learners of 20,000 steps each: one that explores in one step of ten, one
# that only ever walks at random (ε = 1), one that never explores (ε = 0), and one with ε = 0.1
# whose table begins with -2 everywhere in the place of 0. Which of them find the goal?

# %%
steps, seeds = pick(full=20_000, fast=4_000), range(pick(full=10, fast=2))
marks = range(steps // 20, steps + 1, steps // 20)
learners = {
    "ε = 0.1": (0.1, 0.0, BLUE),
    "ε = 0": (0.0, 0.0, GREEN),
    "ε = 1": (1.0, 0.0, ORANGE),
    "ε = 0.1, table begins with -2": (0.1, -2.0, GREY),
}


def curve(epsilon: float, first: float, seed: int) -> list[float]:
    """The exact worth of the greedy policy after some numbers of steps."""
    walk = learn(WORLD, steps, seed, epsilon, first)
    tables = (table for step, (table, _, _) in enumerate(walk, 1) if step in marks)
    return [worth(grid, table.argmax(1)) for table in tables]


curves = {
    name: np.array([curve(epsilon, first, seed) for seed in seeds])
    for name, (epsilon, first, _) in learners.items()
}

# %%
figure, axes = plt.subplots(figsize=(8, 3.8))
for name, (_, _, color) in learners.items():
    axes.plot(marks, np.median(curves[name], axis=0), color=color, label=name)
    low, high = np.percentile(curves[name], [10, 90], axis=0)
    axes.fill_between(marks, low, high, color=color, alpha=0.15, linewidth=0)
axes.axhline(best, color="#222", linestyle="--", linewidth=1, label="the best there is")
axes.set_xlabel("steps in the world")
axes.set_ylabel("return of the greedy policy\n(median of seeds, 10 to 90 %)")
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
axes.spines[["top", "right"]].set_visible(False)
show(figure, "18-learning")

# %%
ends = {name: found[:, -1] for name, found in curves.items()}
for name in ends:
    print(f"{name}: at the end, seed by seed: {np.round(ends[name], 2)}")
expect("one step of ten at random", ends["ε = 0.1"].mean(), full=(0.38, best), fast=(-2.1, best))
expect("never at random", ends["ε = 0"].mean(), full=(0.3, best))
expect("always at random", ends["ε = 1"].mean(), full=(-1.6, 0.2))
expect("a table of -2", ends["ε = 0.1, table begins with -2"].mean(), full=(-1.5, -0.8))

# %% [markdown]
# Two surprises.
#
# - The learner with ε = 0 does fine, though it *never* acts at random. Its table begins with 0, and
#   in this world every step costs something. So what it has not tried looks better than what it
#   has, and it tries everything. Optimism is a way to explore (Sutton and Barto, section 2.6).
# - Begin with -2, and the pit beside the start looks wonderful: it costs 1, and the rest of the
#   world is "known" to cost 2. So that learner jumps in, episode after episode.
#
# And walking at random teaches slowly, for the goal is seldom found. In 20,000 steps
# nobody learned as much as planning knew after 60 sweeps. Who has the tables should use them.
#
# ## On-policy and off-policy: the cliff
#
# A world from the book of Sutton and Barto (example 6.6): the short way leads along a cliff, and
# who falls pays 100 and begins again. There is no slip; but there is ε.

# %% [markdown] tags=["prediction"]
# **Predict first.** Q-learning asks for the *best* next action, SARSA for the action *really taken*
# next, ε included. `diff agents/q_learning.py agents/sarsa.py` shows that one line. Which of them
# earns more *while it learns*? Which has the better way when it stops exploring?

# %%
CLIFF = "gridworld:map=cliff"
rounds, episodes = pick(full=10, fast=2), pick(full=300, fast=60)


def cliff_returns(sarsa: bool, seed: int) -> tuple[list[float], np.ndarray]:
    """The return of each episode while it learns, and the table at the end."""
    returns, total = [], 0.0
    walk = learn(CLIFF, 10**6, seed, epsilon=0.1, alpha=0.5, sarsa=sarsa)
    while len(returns) < episodes:
        table, reward, over = next(walk)
        total += reward
        if over:
            returns.append(total)
            total = 0.0
    return returns, table


cliff = find_world(CLIFF).grid
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), width_ratios=[1, 1.25])
late, final = {}, {}
for name, color in (("Q-learning", ORANGE), ("SARSA", BLUE)):
    runs = [cliff_returns(name == "SARSA", seed) for seed in range(rounds)]
    mean = np.mean([returns for returns, _ in runs], axis=0)
    left.plot(np.convolve(mean, np.ones(15) / 15, "valid"), color=color, label=name)
    late[name] = mean[-episodes // 3 :].mean()
    final[name] = np.median([worth(cliff, table.argmax(1)) for _, table in runs])
    state, path = cliff.start, [cliff.start]
    while state != cliff.cells - 1 and len(path) < 40:
        state = int(cliff.next_state[state, runs[0][1][state].argmax()])
        path.append(state)
    rows, cols = np.divmod(path, cliff.cols)
    right.plot(cols, rows + (0.08 if name == "SARSA" else -0.08), color=color, marker="o", ms=3)
left.set_ylim(-150, 0)
left.set_xlabel("episode")
left.set_ylabel("return while learning")
left.legend(frameon=False)
left.spines[["top", "right"]].set_visible(False)
right.imshow(np.where(cliff.symbols == "C", 0.7, np.nan), cmap="Greys", vmin=0, vmax=1)
right.text(5.5, 3, "cliff", ha="center", va="center", color="white")
right.set_title("the ways of seed 0, when it stops exploring", fontsize=10)
right.set_xticks([])
right.set_yticks([])
show(figure, "18-cliff")

# %%
expect("SARSA while it learns", late["SARSA"], full=(-35, -18))
expect("Q-learning while it learns", late["Q-learning"], full=(-75, -35))
expect("SARSA, greedy at the end", final["SARSA"], full=(-21, -15))
expect("Q-learning, greedy at the end", final["Q-learning"], full=(-13, -13), fast=(-200, -13))

# %% [markdown]
# Q-learning learns about the best way, which is along the edge (-13), and while it still explores
# it falls off that edge again and again. SARSA learns about the way *it* walks, random steps
# included, and stays away (about -17). Neither is wrong. They answer different questions. A robot
# that learns on a real staircase had better ask SARSA's.
#
# ## The library's learner
#
# The same update, as it runs in `workshop train q-learning gridworld`:

# %%
from agents.q_learning import td_target

source(td_target)
student = trained("q-learning", WORLD, steps=pick(full=20_000, fast=6_000))
show(watched(WORLD, [student], "18-student", seed=3), "18-student")

# %% [markdown]
# ## Where it ends
#
# A table needs a row for every state. The gridworld has 64, tic-tac-toe 5,478. Connect Four has
# 4,531,985,219,092. A camera of 84 by 84 grey pixels can show 256⁷⁰⁵⁶ pictures, and none of them
# comes twice. A table learns nothing about a state from its neighbour. Something has to
# *generalise*, and lesson 19 puts a network in the table's place.
#
# ## Exercises
#
# `workshop lesson 18 --answers answers_18.py` writes these into a file for you;
# `workshop lesson 18 --check answers_18.py` marks it; `--hint NAME` helps.
#
# ### 1 The return


# %% tags=["exercise"]
def discounted_return(rewards: list[float], gamma: float) -> float:
    """r₁ + gamma · r₂ + gamma² · r₃ + ...; 0 if there are no rewards."""
    ### BEGIN SOLUTION
    total = 0.0
    for reward in reversed(rewards):
        total = reward + gamma * total
    return total
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "discounted_return",
    hints=(
        "The reward at place i, counted from 0, counts gamma to the power of i.",
        "It is quicker from the end: a return is its first reward, plus gamma times the rest.",
        "for reward in reversed(rewards): total = reward + gamma * total",
    ),
)
def check_discounted_return(discounted_return):
    assert discounted_return([], 0.9) == 0, "no rewards: 0"
    found = discounted_return([1, 1, 1], 0.5)
    assert abs(found - 1.75) < 1e-9, f"three times 1 is 1 + 0.5 + 0.25 with gamma 0.5, not {found}"
    found = discounted_return([0, 0, 8], 0.5)
    assert abs(found - 2) < 1e-9, f"8, two steps later, is worth 2 with gamma 0.5, not {found}"


# %% [markdown]
# ### 2 A turn of the Bellman equation
#
# `actions` has, for each action, the list of its outcomes `(probability, next state, reward,
# ends)`.


# %% tags=["exercise"]
def bellman(
    actions: list[list[tuple[float, int, float, bool]]], value: np.ndarray, gamma: float
) -> float:
    """The worth of the best action, if `value` tells what states are worth."""
    ### BEGIN SOLUTION
    worths = [
        sum(p * (reward + gamma * value[after] * (not ends)) for p, after, reward, ends in outcomes)
        for outcomes in actions
    ]
    return max(worths)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "bellman",
    hints=(
        "First the worth of one action: a sum over its outcomes, each times its probability.",
        "After an outcome that ends the episode nothing follows: only the reward counts there.",
        "max over all: sum(p * (r + gamma * value[s] * (not ends)) for p, s, r, ends in outcomes)",
    ),
)
def check_bellman(bellman):
    value = np.array([0.0, 10.0])
    sure, over = [(1.0, 1, -1.0, False)], [(1.0, 1, 3.0, True)]
    assert abs(bellman([sure], value, 0.5) - 4) < 1e-9, "-1 + 0.5 * 10 = 4"
    assert abs(bellman([over], value, 0.5) - 3) < 1e-9, "the episode ends: nothing is added to 3"
    risky = [(0.5, 1, 0.0, False), (0.5, 0, 0.0, False)]
    assert abs(bellman([risky], value, 1.0) - 5) < 1e-9, "half of the time 10, else 0: 5"
    assert abs(bellman([sure, over], value, 0.5) - 4) < 1e-9, "of two actions the better one"
    pits = [[(1.0, 0, -3.0, True)], [(1.0, 0, -2.0, True)]]
    assert bellman(pits, value, 0.5) == -2, "if every action costs something: what the best costs"


# %% [markdown]
# ### 3 One step of Q-learning


# %% tags=["exercise"]
def updated(
    table: np.ndarray, step: tuple[int, int, float, int, bool], alpha: float, gamma: float
) -> np.ndarray:
    """A new table after one step: (state, action, reward, next state, whether the episode ended).

    Args:
        table: (states, actions); it is left as it is.
    """
    state, action, reward, after, ended = step
    ### BEGIN SOLUTION
    changed = table.copy()
    target = reward + (0.0 if ended else gamma * table[after].max())
    changed[state, action] += alpha * (target - table[state, action])
    return changed
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "updated",
    hints=(
        "Copy the table, and change a single number: that of the state and action of the step.",
        "The target is the reward, plus gamma times the largest number of the next state's row.",
        "new[state, action] += alpha * (target - new[state, action]); ended: target = reward",
    ),
)
def check_updated(updated):
    table = np.array([[0.0, 1.0], [2.0, 4.0]])
    found = updated(table, (0, 1, 1.0, 1, False), 0.5, 0.5)
    assert table[0, 1] == 1, "the table that is given must be left as it is"
    assert abs(found[0, 1] - 2) < 1e-9, "target 1 + 0.5 * 4 = 3; halfway from 1 to 3 is 2"
    assert np.array_equal(found[1], table[1]) and found[0, 0] == 0, "one number changes, no other"
    ended = updated(table, (0, 1, -1.0, 1, True), 0.5, 0.5)
    assert abs(ended[0, 1]) < 1e-9, "at the end the target is the reward alone: from 1 to 0"


# %% [markdown]
# ### 4 How often is it the best action?
#
# With ε-greedy, the best action is taken when nothing is drawn by lot, and sometimes also when
# something is. What is its probability, if there are `actions` actions and one of them is best?


# %% tags=["exercise"]
def chance_of_best(epsilon: float, actions: int) -> float:
    """How likely the best of `actions` actions is, under ε-greedy."""
    ### BEGIN SOLUTION
    return 1 - epsilon + epsilon / actions
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "chance_of_best",
    hints=(
        "There are two ways to come to it: greedily, and by lot.",
        "By lot, with probability epsilon, every action is equally likely: the best one too.",
        "(1 - epsilon) + epsilon / actions",
    ),
)
def check_chance_of_best(chance_of_best):
    assert chance_of_best(0, 4) == 1, "who never explores always takes it"
    assert abs(chance_of_best(1, 4) - 0.25) < 1e-9, "always by lot: one of four"
    assert abs(chance_of_best(0.1, 4) - 0.925) < 1e-9, "ε = 0.1 and four actions: 0.925"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "What does value iteration need that Q-learning does not?",
        ("A reward", "To know where each action leads, and how likely", "A table"),
        answer=1,
        because="It sums over all outcomes of an action with their probabilities. Q-learning lets "
        "the world draw one outcome, and needs to know nothing.",
    ),
    Question(
        "Why did the learner with ε = 0 find the goal?",
        ("By luck", "It plans", "What it had not tried looked better than what it had"),
        answer=2,
        because="Its table begins with 0, and each step costs a little, so every action that was "
        "tried falls below those that were not. Begin with -2, and that ends.",
    ),
    Question(
        "A learner earns 0 for every step and 1 at the goal, gamma = 1. What does it not learn?",
        ("To reach the goal", "To hurry", "To avoid walls"),
        answer=1,
        because="Steps are free, nothing is discounted: a long way is worth as much as a short. "
        "A discount, or a price for each step, makes it hurry.",
    ),
    Question(
        "On the cliff, who earns more while still exploring?",
        ("Q-learning", "SARSA", "Both the same"),
        answer=1,
        because="SARSA's numbers include its own random steps, so it stays away from the edge. "
        "Q-learning's are about a way without random steps, which it does not walk.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - R. Sutton and A. Barto, *Reinforcement Learning: An Introduction*, 2nd edition, 2018, chapters 3
#   to 6; free on the authors' page.
# - R. Bellman, *Dynamic Programming*, 1957. C. Watkins, *Learning from Delayed Rewards*, 1989.
# - `agents/q_learning.py`, `agents/sarsa.py`, `agents/expected_sarsa.py`, `agents/monte_carlo.py`
#   and `agents/dyna_q.py` run parallel: the `diff` of two of them is the idea that differs.
# - Paint a map and see its values change: `workshop edit mine.txt`
