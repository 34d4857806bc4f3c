# ---
# jupyter:
#   workshop:
#     title: "AlphaZero: a network and a search that teach each other"
#     topics: [AlphaZero, AlphaGo, PUCT, policy network, value network, self-play, tree search,
#       Connect Four, tic-tac-toe, Go, Gumbel AlphaZero]
#     minutes: 35
#     seconds: 25
#     data: none; tic-tac-toe, all 4,520 positions in which somebody has to move
# ---

# %% [markdown]
# # 22 AlphaZero: a network and a search that teach each other
#
# Lesson 21 ended with two gaps. Tree search plays its games out at random, and treats all moves
# alike. What if a network said how good a position is, and which moves look promising? And where
# would that network learn it? From the search, which sees further than the network does.
#
# | | |
# | --- | --- |
# | needs | lessons 13 and 21 |
# | data | none: tic-tac-toe, all 4,520 positions; seed 0 |
# | time | 35 minutes to read and try, 25 seconds to run on 2 cores |
# | expect | after 12,000 moves: the network alone right in 95 %; with a search 99 %, unbeatable |

# %% tags=["setup"]
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import torch

from workshop.lessons import Question, exercise, expect, pick, quiz, show, source, trained, watched

torch.set_num_threads(1)
BLUE, ORANGE, GREY = "#3b7ea1", "#c7782a", "#888888"

# %% [markdown]
# ## Two heads
#
# The network sees the board: my stones and theirs, and the free cells that would complete a line
# of mine, and of theirs. It says two things: a **policy**, how likely each move is to be the right
# one, and a **value**, from -1 to 1, how it will end.

# %%
from agents.policy_value import PolicyValueNetwork

source(PolicyValueNetwork)

# %% [markdown]
# ## A search that is led
#
# As in lesson 21 the tree grows where it matters. But no game is played out: a new position gets
# the network's value. And the bound of a move has the policy in it (**PUCT**):
#
# ```text
# Q(a)  +  1.25 · P(a) · sqrt(visits of all) / (1 + visits of a)
# ```
#
# `P(a)` is what the network thinks of the move before anything is tried. The search corrects it:
# moves that turn out well are visited more. So **the visits are a better policy than the network's
# own**. That is the whole idea. Train the network to say at once what the search found after
# looking, and to foresee how the games ended; then search with the better network; and again.
#
# ```text
# loss  =  - Σ over moves  visits(a) · log P(a)   +   ( V - result )²
# ```

# %%
from agents.alphazero import loss_of

source(loss_of)

# %% [markdown] tags=["prediction"]
# **Predict first.** 64 games at once are played against itself, 12,000 moves in all, from nothing.
# In how many of the 4,520 positions of tic-tac-toe does the network then play right, (a) alone, (b)
# with 8 and (c) with 32 positions looked at for each move? Is any of these unbeatable?

# %%
from agents.tree_search import Search
from envs.worlds import find_world
from workshop.truth import exact_measure

settings = {"num_envs": 64, "simulations": 16, "rollout": 4, "random_plies": 4}
small = {"channels": 16, "blocks": 1, "batch_size": 256}
world = find_world("tictactoe")
measure = exact_measure(world)
looks = pick(full=[0, 4, 8, 16, 32], fast=[0, 8])


def strength(steps: int) -> list[dict]:
    """How an agent plays after its training, by how many positions it looks at for a move."""
    agent = agents[steps] = trained("alphazero", "tictactoe", steps=steps, **settings, **small)
    found = []
    for simulations in looks:
        agent.settings = replace(Search(gumbel=False), simulations=simulations)
        found.append(measure(agent))
    return found


agents = {}
moves = pick(full=[64, 3_000, 12_000], fast=[64, 1_000])
by_moves = {steps: strength(steps) for steps in moves}

# %%
figure, axes = plt.subplots(figsize=(7.5, 3.2))
for steps, color in zip(moves, (GREY, BLUE, ORANGE), strict=False):
    rates = [found["optimal_action_rate"] for found in by_moves[steps]]
    axes.plot(looks, rates, "o-", color=color, label=f"after {steps:,} moves of self-play")
    for look, rate, found in zip(looks, rates, by_moves[steps], strict=True):
        if found["unbeatable"]:
            axes.plot(look, rate, "o", color=color, markersize=14, fillstyle="none")
axes.set(xlabel="positions looked at for a move; 0: the network alone", ylabel="right in")
axes.set_title("ringed: nobody can beat it", fontsize=10)
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
show(figure, "22-strength")

# %%
final = by_moves[moves[-1]]
for look, found in zip(looks, final, strict=True):
    rate, unbeatable = found["optimal_action_rate"], found["unbeatable"]
    print(f"looks at {look:>2}: right in {rate:.1%}; unbeatable: {unbeatable}")
expect("the network alone is right in", final[0]["optimal_action_rate"], full=(0.85, 1.0))
expect("with the most looked at", final[-1]["optimal_action_rate"], full=(0.97, 1.0))
untrained = by_moves[64]
expect("alone, untrained", untrained[0]["optimal_action_rate"], full=(0.4, 0.75))
expect("a search, untrained", untrained[-1]["optimal_action_rate"], full=(0.97, 1.0))

# %% [markdown]
# Read the picture from both sides.
#
# - The network *alone* learned to play 95 of 100 positions right, from nothing but its own games
#   and the cells that it is shown. (Shown the stones alone, it came to 73.)
# - The search lifts it to 99 with eight looks, and with 16 nobody can beat it: every reply in both
#   seats was walked. A search with an *untrained* network comes to 96 with four looks, and is right
#   nearly as often with 32, though it can still be beaten: ours knows by the rules alone what is
#   decided within two moves (`agents/outlook.py`), and that is much in nine cells. The larger the
#   game, the more the network matters.
# - For tic-tac-toe all of this is absurd: minimax is perfect in less than a second, and lesson 21's
#   table learned it too. It is here since the truth is known here.
#
# On Go boards the same idea beat everything: AlphaGo won 4 to 1 against Lee Sedol in 2016, and
# AlphaZero (2018) learned chess, shogi and Go from the rules alone. Its games were played on
# 5,000 special processors. Connect Four takes longer than this lesson:
# `workshop train alphazero connect-four`.
#
# Here it plays both seats, with its visits painted over the cells:

# %%
player = agents[moves[-1]]
player.settings = replace(Search(gumbel=False), simulations=looks[-1])
show(watched("tictactoe", [player], "22-game"), "22-game")

# %% [markdown]
# ## Exercises
#
# `workshop lesson 22 --answers answers_22.py` writes these into a file for you;
# `workshop lesson 22 --check answers_22.py` marks it; `--hint NAME` helps.
#
# ### 1 Which move next?


# %% tags=["exercise"]
def puct(values: list[float], priors: list[float], visits: list[int], c: float = 1.25) -> int:
    """The move with the largest Q + c · P · sqrt(visits of all) / (1 + its visits)."""
    ### BEGIN SOLUTION
    everything = math.sqrt(sum(visits))
    bounds = [
        value + c * prior * everything / (1 + count)
        for value, prior, count in zip(values, priors, visits, strict=True)
    ]
    return bounds.index(max(bounds))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "puct",
    hints=(
        "Compute the bound of each move first, then find the place of the largest one.",
        "math.sqrt(sum(visits)) is the same for all; divide by 1 + the visits of this move.",
        "bounds = [q + c * p * root / (1 + n) for ...]; return bounds.index(max(bounds))",
    ),
)
def check_puct(puct):
    assert puct([0.0, 0.0], [0.1, 0.9], [1, 1]) == 1, "equal otherwise: what the network likes"
    assert puct([0.0, 0.0], [0.5, 0.5], [9, 1]) == 1, "equal otherwise: the one tried less often"
    assert puct([0.9, -0.9], [0.5, 0.5], [50, 50]) == 0, "after many visits the values decide"
    assert puct([0.5, 0.0], [0.1, 0.9], [1, 3], c=0.0) == 0, "with c = 0 only the values count"


# %% [markdown]
# ### 2 The better policy
#
# What the search found becomes the network's lesson: the share of the visits of each move. With a
# *temperature* t below 1 it becomes more decided: visits ^ (1 / t), and then shares.


# %% tags=["exercise"]
def lesson_of(visits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """The shares of visits ^ (1 / temperature)."""
    ### BEGIN SOLUTION
    powers = visits ** (1 / temperature)
    return powers / powers.sum()
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "lesson_of",
    hints=(
        "Shares add up to 1: divide by the sum.",
        "First the power, then the shares.",
        "powers = visits ** (1 / temperature); return powers / powers.sum()",
    ),
)
def check_lesson_of(lesson_of):
    visits = np.array([1.0, 3.0, 0.0])
    assert np.allclose(lesson_of(visits), [0.25, 0.75, 0.0]), "1 and 3 of 4 visits"
    assert np.allclose(lesson_of(visits, 0.5), [0.1, 0.9, 0.0]), "t = 0.5: 1 and 9 of 10"
    assert abs(lesson_of(np.array([2.0, 5.0, 7.0]), 0.7).sum() - 1) < 1e-9, "they add up to 1"


# %% [markdown]
# ### 3 How did it end, for whom?
#
# A game is over, and the value head is to learn from all its positions. Each is seen by the player
# to move there, first player first. `result` is 1 if the first player won, -1 if the second, 0 for
# a draw.


# %% tags=["exercise"]
def value_targets(result: int, plies: int) -> list[int]:
    """What the game came to for the player to move in each of its `plies` positions."""
    ### BEGIN SOLUTION
    return [result * (-1) ** ply for ply in range(plies)]
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "value_targets",
    hints=(
        "In position 0 the first player is to move: there it is the result itself.",
        "In position 1 it is the other player's turn: the sign is turned round. And so on.",
        "[result * (-1) ** ply for ply in range(plies)]",
    ),
)
def check_value_targets(value_targets):
    assert value_targets(1, 3) == [1, -1, 1], "the first player won: good for who moves at 0 and 2"
    assert value_targets(-1, 2) == [-1, 1], "the second player won: good for who moves at 1"
    assert value_targets(0, 4) == [0, 0, 0, 0], "a draw is a draw for both"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Who teaches the policy of the network?",
        ("Games of masters", "The visits of its own search", "The value head"),
        answer=1,
        because="The search begins with the network's policy and corrects it by looking. What "
        "comes out is better than what went in, so it can be learned from.",
    ),
    Question(
        "What takes the place of games that are played out at random?",
        ("The value that the network gives", "Nothing", "A count of open lines"),
        answer=0,
        because="A new position is rated at once by the value head. That is quicker than a game to "
        "the end, and soon better.",
    ),
    Question(
        "An untrained network with 32 looks was right in 99 % of tic-tac-toe. What follows?",
        ("Training is useless", "A small game does not show what the network is for", "A bug"),
        answer=1,
        because="Nine cells are soon searched. In Connect Four or Go 32 looks see next to nothing, "
        "and what is promising has to be known beforehand.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - D. Silver and others, "Mastering the game of Go with deep neural networks and tree search",
#   2016.
# - D. Silver and others, "A general reinforcement learning algorithm that masters chess, shogi, and
#   Go through self-play", 2018.
# - I. Danihelka and others, "Policy improvement by planning with Gumbel", 2022: few looks suffice.
# - `agents/alphazero.py`, `agents/tree_search.py`, `agents/gumbel.py`.
