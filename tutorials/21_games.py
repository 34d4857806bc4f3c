# ---
# jupyter:
#   workshop:
#     title: "Games: minimax, self-play, Monte Carlo tree search"
#     topics: [games, game tree, minimax, negamax, alpha-beta pruning, transposition table,
#       self-play, zero-sum, Monte Carlo tree search, MCTS, UCT, bandit, tic-tac-toe,
#       Connect Four, chess, evaluation function]
#     minutes: 40
#     seconds: 25
#     data: none; tic-tac-toe, whole, and Connect Four
# ---

# %% [markdown]
# # 21 Games: minimax, self-play, Monte Carlo tree search
#
# In a gridworld the world does not care. In a game there is somebody who wants you to lose. Three
# ways to choose a move against somebody like that: think it through to the end, learn it by playing
# yourself, or try it out at random and count.
#
# | | |
# | --- | --- |
# | needs | lesson 18 |
# | data | none: tic-tac-toe, all 5,478 positions of it; seeds 0 to 4 |
# | time | 40 minutes to read and try, 25 seconds to run on 2 cores |
# | expect | tic-tac-toe is a draw; who practises alone never loses; random opponents teach less |

# %% tags=["setup"]
import math
import random
from functools import cache, partial

import matplotlib.pyplot as plt
import numpy as np

from envs.rules.kinarow import TIC_TAC_TOE
from workshop.lessons import Question, exercise, expect, is_fast, pick, quiz, show, source, watched

BLUE, ORANGE, GREEN, VIOLET, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#8a5a9e", "#888888"
Position = tuple[int, int]  # the stones of the player to move, and the other's, a bit a cell

# %% [markdown]
# ## A tree of everything that can happen
#
# A position is always seen by the player to move: `(mine, theirs)`. A move puts a stone, and hands
# the board over, so the two change places. That one habit saves half of the mistakes people make
# with games.


# %% tags=["setup"]
@cache
def moves(position: Position) -> dict[int, Position]:
    """The positions that the legal moves lead to, by action; none if the game is over."""
    mine, theirs = position
    if TIC_TAC_TOE.over(mine, theirs):
        return {}
    legal = TIC_TAC_TOE.legal_actions(mine, theirs)
    return {a: (theirs, mine | TIC_TAC_TOE.landing(mine, theirs, a)) for a in legal}


def result(position: Position) -> float:
    """What a finished game is worth to the player whose turn it would be: -1 or 0."""
    return -1.0 if TIC_TAC_TOE.lines(position[1]) else 0.0


# %% [markdown] tags=["prediction"]
# **Predict first.** Two players put stones in tic-tac-toe at random. How often does the first
# one win: half of the games, 58 %, 75 %? And how many different games are there: 5,000, 250,000
# or 9! = 362,880?


# %%
@cache
def outlook(position: Position) -> tuple[int, float, float, float]:
    """How many games follow; how likely the mover wins, draws, loses, if both play at random."""
    after = moves(position)
    if not after:
        lost = result(position) < 0
        return 1, 0.0, float(not lost), float(lost)
    below = np.array([outlook(reply) for reply in after.values()])
    games, wins, draws, losses = below[:, 0].sum(), *below[:, 1:].mean(0)
    return int(games), losses, draws, wins  # the other's wins are the mover's losses


games, wins, draws, losses = outlook((0, 0))
expect("different games", games, full=(255168, 255168), fast=(255168, 255168))
expect("positions", outlook.cache_info().currsize, full=(5478, 5478), fast=(5478, 5478))
expect("the first player wins, at random", wins, full=(0.5848, 0.5850), fast=(0.5848, 0.5850))
print(f"draws {draws:.4f}, the second player wins {losses:.4f}")

# %% [markdown]
# No game was played for these figures. They are exact, because all of tic-tac-toe fits into memory.
#
# ## Minimax
#
# What is a position worth, if *both* play as well as can be done? A finished game is worth what it
# is worth. Any other is worth what its best move leads to, and that is what the *other* player
# gets, with the sign turned round:
#
# ```text
# V(s) = max over moves a of  -V(s after a)
# ```
#
# This is **minimax**, in the form that is called negamax (Shannon wrote in 1950 how a computer
# could play chess by it). The Bellman equation of lesson 18 again, with a minus for the opponent.

# %%
looked_at = 0


def negamax(position: Position) -> float:
    """The value of a position to the player to move."""
    global looked_at
    looked_at += 1
    after = moves(position)
    if not after:
        return result(position)
    return max(-negamax(reply) for reply in after.values())


def alpha_beta(position: Position, alpha: float, beta: float) -> float:
    """The same, without looking at what cannot change the answer."""
    global looked_at
    looked_at += 1
    after = moves(position)
    if not after:
        return result(position)
    for reply in after.values():
        alpha = max(alpha, -alpha_beta(reply, -beta, -alpha))
        if alpha >= beta:  # the opponent has something better, and will not let it come to this
            break
    return alpha


@cache
def remembered(position: Position) -> float:
    """The same, every position only once."""
    after = moves(position)
    return max((-remembered(reply) for reply in after.values()), default=result(position))


looked = {}
for name, search in (("minimax", negamax), ("alpha-beta", lambda p: alpha_beta(p, -2, 2))):
    looked_at = 0
    assert search((0, 0)) == remembered((0, 0))
    looked[name] = looked_at
looked["each position once"] = remembered.cache_info().currsize
for name, count in looked.items():
    print(f"{name:<20} looks at {count:>7,} positions")
expect("value of tic-tac-toe", abs(remembered((0, 0))), full=(0, 0), fast=(0, 0))
expect("alpha-beta looks at a share of", looked["alpha-beta"] / looked["minimax"], full=(0.01, 0.1))

# %%
openings = {action: -remembered(reply) for action, reply in moves((0, 0)).items()}
corner = moves((0, 0))[0]
figure, panels = plt.subplots(1, 2, figsize=(6, 3.1))
replies = {action: -remembered(reply) for action, reply in moves(corner).items()}
names = {-1.0: "loses", 0.0: "draw", 1.0: "wins"}
for axes, values, title in (
    (panels[0], openings, "the first move"),
    (panels[1], replies, "the answer to a corner"),
):
    for cell in range(9):
        row, col = divmod(cell, 3)
        color = {-1.0: ORANGE, 0.0: "#c9dce8"}.get(values.get(cell), "#eeeeee")
        axes.add_patch(plt.Rectangle((col, 2 - row), 1, 1, fc=color, ec="white", lw=3))
        text = names[abs(values[cell]) * np.sign(values[cell])] if cell in values else "X"
        axes.text(col + 0.5, 2.5 - row, text, ha="center", va="center", fontsize=11)
    axes.set(xlim=(0, 3), ylim=(0, 3), aspect="equal", title=title)
    axes.axis("off")
show(figure, "21-values")

# %% [markdown]
# Every first move keeps the draw. In answer to a corner there is a single move that does not lose.
#
# **Alpha-beta** finds the same value and looks at three of a hundred positions: once you know a
# reply that refutes a move, you need not know how badly. Remembering positions, since many orders
# of moves lead to the same one, leaves 5,478.
#
# ## Where thinking to the end ends
#
# | game | positions |
# | --- | --- |
# | tic-tac-toe | 5,478 |
# | Connect Four | 4,531,985,219,092 (J. Tromp) |
# | chess | about 10⁴³ (Shannon's estimate, 1950) |
# | Go, 19 x 19 | about 2 · 10¹⁷⁰ (Tromp, 2016) |
#
# So a chess program stops some moves ahead, and *estimates*. What it estimates with was written by
# people for fifty years; Deep Blue beat the world champion with it in 1997. Two ways do without.
#
# ## Self-play: learn the values by playing
#
# Keep a number for every position: what it is worth to who has just moved there. Play. After each
# move, pull the number towards the minus of the *other* player's best:
#
# ```text
# W(s) ← W(s) + 0.3 · ( - max over replies of W(reply)  -  W(s) )
# ```
#
# Both players learn from the same table, and both get better: nobody has to find an opponent of the
# right strength. But why not simply practise against somebody who plays at random?


# %%
def practise(games: int, seed: int, alone: bool) -> dict[Position, float]:
    """What positions are worth to who has just moved there, learned by playing.

    Args:
        alone: play both seats; else, in turn, one of them against somebody who moves at random.
    """
    draw = random.Random(seed)
    worth: dict[Position, float] = {}

    def of(position: Position) -> float:
        return worth.get(position, 0.0)

    def learn(position: Position, target: float) -> None:
        worth[position] = of(position) + 0.3 * (target - of(position))

    for game in range(games):
        position, ply, last = (0, 0), 0, None
        while after := moves(position):
            replies = list(after.values())
            ours = alone or ply % 2 == game % 2
            best = max(map(of, replies))
            if ours and last and not alone:
                learn(last, best)  # what came of my last move: I am to move again, so no minus
            if not ours or draw.random() < 0.2:
                position = draw.choice(replies)
            else:
                position = draw.choice([reply for reply in replies if of(reply) == best])
            if alone:
                follows = moves(position).values()
                learn(position, -max(map(of, follows), default=result(position)))
            last, ply = position if ours else last, ply + 1
        if not alone:
            won = -result(position) * (1 if position == last else -1)
            learn(last, won)
    return worth


# %% [markdown] tags=["prediction"]
# **Predict first.** Two learners practise for 40,000 games each: one alone, one against random
# moves. Which of them wins more often *against random moves*? Which does better against a perfect
# player?

# %%
from envs.rules.solution import Solution

truth = Solution(TIC_TAC_TOE)


def choose(worth: dict[Position, float], position: Position) -> int:
    """The move to the position that is worth most to who moves there."""
    after = moves(position)
    return max(after, key=lambda action: worth.get(after[action], 0.0))


def against_random(worth: dict[Position, float], position: Position, ours: bool) -> float:
    """The exact mean result, to the learner, of playing on against random moves."""
    after = moves(position)
    if not after:
        return result(position) * (1 if ours else -1)
    if ours:
        return against_random(worth, after[choose(worth, position)], False)
    return float(np.mean([against_random(worth, reply, True) for reply in after.values()]))


games_played, seeds = pick(full=40_000, fast=1_500), range(pick(full=5, fast=1))
rows = []
for name, alone in (("alone", True), ("against random moves", False)):
    for seed in seeds:
        worth = practise(games_played, seed, alone)
        weak = np.mean([against_random(worth, (0, 0), first) for first in (True, False)])
        strong = -np.mean(truth.best_response_values(partial(choose, worth)))
        rows.append((name, float(weak), float(strong)))
# %%
figure, axes = plt.subplots(figsize=(7, 2.6))
means = {}
for row, (name, color) in enumerate((("alone", BLUE), ("against random moves", ORANGE))):
    found = np.array([(weak, strong) for kind, weak, strong in rows if kind == name])
    means[name] = found.mean(0)
    height = row + np.linspace(-0.15, 0.15, len(found))
    axes.plot(found[:, 0], height, "o", color=color, label="against random moves")
    axes.plot(found[:, 1], height, "X", color=color, label="against the best reply")
axes.set_yticks([0, 1], ["practised\nalone", "practised against\nrandom moves"])
axes.set(ylim=(1.5, -0.5), xlim=(-1.1, 1.1))
axes.set_xlabel("mean result of both seats, exact: -1 loses, 1 wins")
axes.axvline(0, color="#444", linewidth=0.8)
axes.text(1.05, 0.55, "● against random moves", ha="right", fontsize=9)
axes.text(-1.05, 0.55, "✖ against the best reply", fontsize=9)
axes.spines[["top", "right"]].set_visible(False)
show(figure, "21-self-play")

# %%
expect("alone, against random", means["alone"][0], full=(0.85, 0.96))
expect("alone, against the best reply", means["alone"][1], full=(-0.3, 0.0))
expect("other, against random", means["against random moves"][0], full=(0.87, 0.97))
expect("other, against the best reply", means["against random moves"][1], full=(-1.0, -0.4))

# %% [markdown]
# Who practised against random moves beats random moves a little *more* often, and loses to whoever
# looks for its weakness. It has learned to set traps that a fool walks into. You become good at
# what you practise. Against itself, every trap has to be avoided as well as set.
#
# ## Monte Carlo tree search: try it out
#
# No table fits Connect Four, and we do not want to write an estimate. So from a position, play a
# game at random to the end. And another. Count. The moves that do well get more games, and the tree
# of the first few moves grows where it matters. Which move next? The one with the greatest
#
# ```text
# UCT(a) = mean result of a  +  1.4 · sqrt( ln(visits of all) / visits of a )
# ```
#
# so a move is tried because it is good, or because nobody knows. It is the rule for somebody in
# front of many slot machines (Kocsis and Szepesvári, 2006). The agent, in full but for its frame:

# %%
from agents import mcts

for part in (mcts.grow, mcts.descend, mcts.select):
    source(part)

# %% [markdown] tags=["prediction"]
# **Predict first.** 150 positions of Connect Four whose truth is known: won, drawn or lost,
# whatever anybody does. In how many does each agent keep what can be kept: chance, minimax that
# looks 1, 2, 4 moves ahead (and then estimates), or tree search with 25, 100 and 400 random games a
# move?

# %%
from agents.agent import make_agent
from arena.statistics import wilson_interval
from envs.worlds import find_world
from workshop.positions import judge, percepts_of, subset

connect_four = find_world("connect-four")
positions = subset(pick(full=150, fast=12), seed=0)
percepts = percepts_of(positions)
scores = [position.scores for position in positions]
names = ["random", "minimax:depth=1", "minimax:depth=2", "minimax:depth=4"]
names += [f"mcts:simulations={games}" for games in pick(full=(25, 100, 400), fast=(25, 50))]
kept = {}
for name in names:
    agent = make_agent(name, connect_four, seed=0)
    kept[name] = judge(scores, [agent.act(percept) for percept in percepts])[:, 0].mean()

# %%
figure, axes = plt.subplots(figsize=(8, 3.2))
shares = np.array(list(kept.values()))
rights = [round(share * len(positions)) for share in shares]
bounds = np.array([wilson_interval(right, len(positions)) for right in rights])
colors = [GREY if "random" in n else BLUE if "minimax" in n else ORANGE for n in names]
axes.barh(names, shares, color=colors, xerr=np.abs(bounds.T - shares), ecolor="#444", capsize=3)
axes.invert_yaxis()
axes.set(xlim=(0, 1), xlabel="share of positions in which the move keeps what there is")
axes.spines[["top", "right"]].set_visible(False)
show(figure, "21-connect-four")
for name, share in kept.items():
    print(f"{name:<22} {share:.3f}")

# %%
expect("chance", kept["random"], full=(0.4, 0.65))
expect("minimax, 4 moves ahead", kept["minimax:depth=4"], full=(0.88, 0.98), fast=(0.5, 1))
expect("tree search, 25 games a move", kept["mcts:simulations=25"], full=(0.7, 0.88))
if "mcts:simulations=400" in kept:
    expect("tree search, 400 games a move", kept["mcts:simulations=400"], full=(0.85, 0.97))

# %% [markdown]
# Chance is right in half of the positions, for in many of them several moves keep what there is,
# and what is lost cannot be lost again. Tree search gets better the more it tries, and knows
# nothing but the rules. Here the older method is at least as good: minimax with an estimate that
# counts open lines. For Go nobody had found a good estimate, and there tree search was the turning
# point (R. Coulom, 2006). What if a *network* gave the estimate, and said which moves to try first?
# That is AlphaZero, and lesson 22.
#
# A game of the two; the numbers are what the one to move thinks:

# %%
players = ["mcts:simulations=400", "minimax:depth=4"]
if is_fast():
    players = ["mcts:simulations=5", "minimax:depth=1"]
show(watched("connect-four", players, "21-game", seed=1), "21-game")

# %% [markdown]
# ## Exercises
#
# `workshop lesson 21 --answers answers_21.py` writes these into a file for you;
# `workshop lesson 21 --check answers_21.py` marks it; `--hint NAME` helps.
#
# ### 1 Minimax on any tree
#
# A tree is a number, what it is worth to the player to move there, or a list of trees: the
# positions that the moves lead to, each seen by the *other* player.


# %% tags=["exercise"]
def value_of(tree: float | list) -> float:
    """The value of a tree to the player to move at its root."""
    ### BEGIN SOLUTION
    if isinstance(tree, list):
        return max(-value_of(branch) for branch in tree)
    return tree
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "value_of",
    hints=(
        "A number is its own value. A list is worth what its best branch is worth.",
        "But a branch is seen by the other player: what is good for them is bad for you.",
        "max(-value_of(branch) for branch in tree), where tree is a list",
    ),
)
def check_value_of(value_of):
    assert value_of(3) == 3, "a number is its own value"
    assert value_of([-1, 1]) == 1, "the other loses 1 behind the first move: that is 1 for you"
    assert value_of([[1, 5], [2, 3]]) == 2, "you move, they move: of 1 and 2 take 2, not the 5"
    assert value_of([[[0, 4], -1], 7]) == -1, "three moves deep: signs change at every level"


# %% [markdown]
# ### 2 Leave out what cannot matter
#
# The same with alpha-beta. To see what you look at, append each number you come to to `seen`.


# %% tags=["exercise"]
def pruned(tree: float | list, alpha: float, beta: float, seen: list[float]) -> float:
    """The value of a tree, exact if it lies between alpha and beta; `seen` collects its leaves."""
    ### BEGIN SOLUTION
    if not isinstance(tree, list):
        seen.append(tree)
        return tree
    for branch in tree:
        alpha = max(alpha, -pruned(branch, -beta, -alpha, seen))
        if alpha >= beta:
            break
    return alpha
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "pruned",
    hints=(
        "alpha is what you have for certain, beta what the opponent will let you have at most.",
        "For a branch the two change places and signs: pruned(branch, -beta, -alpha, seen).",
        "alpha = max(alpha, -pruned(branch, -beta, -alpha, seen)); if alpha >= beta: break",
    ),
)
def check_pruned(pruned):
    seen: list[float] = []
    assert pruned([[3, 5], [2, 9]], -99, 99, seen) == 3, "the value is still 3"
    assert 9 not in seen, "after the 2 the second move is refuted: the 9 need not be looked at"
    assert seen == [3, 5, 2], "3, 5 and 2 have to be looked at, in this order"
    seen = []
    assert pruned([[2, 9], [3, 5]], -99, 99, seen) == 3, "in another order the value is the same"
    assert seen == [2, 9, 3, 5], "but nothing can be left out: good moves first!"


# %% [markdown]
# ### 3 Good, or merely untried?
#
# The bound of a move: its mean result, and more the less it was tried. A move that was never tried
# comes before all others: infinity.


# %% tags=["exercise"]
def bound(total: float, visits: int, all_visits: int, exploration: float = 1.4) -> float:
    """UCT of a move whose `visits` results add up to `total`; `all_visits`: of all moves."""
    ### BEGIN SOLUTION
    if visits == 0:
        return math.inf
    return total / visits + exploration * math.sqrt(math.log(all_visits) / visits)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "bound",
    hints=(
        "The mean is total / visits; math.inf is infinity.",
        "The second part is exploration times the root of: the logarithm of all visits, by visits.",
        "total / visits + exploration * math.sqrt(math.log(all_visits) / visits)",
    ),
)
def check_bound(bound):
    assert bound(0, 0, 10) == math.inf, "never tried: infinity"
    assert abs(bound(3, 4, 10, 0.0) - 0.75) < 1e-9, "no exploration: the mean, 0.75"
    assert abs(bound(0, 1, 10) - 1.4 * math.log(10) ** 0.5) < 1e-9, "tried once in ten, nothing won"
    assert bound(5, 10, 100) < bound(1, 2, 100), "equal means: the one tried less often is higher"


# %% [markdown]
# ### 4 Carry a result up
#
# A simulation walked through `length` positions, from the root to the last one, and its result for
# the player to move at the *end* is known. What is it worth in each of the positions, root first?


# %% tags=["exercise"]
def carried_up(outcome: float, length: int) -> list[float]:
    """The result as each player to move on the way sees it, from the root to the last position."""
    ### BEGIN SOLUTION
    return [outcome * (-1) ** (length - 1 - place) for place in range(length)]
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "carried_up",
    hints=(
        "In the last position it is the outcome itself; one before, the other player was to move.",
        "So signs alternate, counted from the end.",
        "outcome * (-1) ** (length - 1 - place), for each place from 0",
    ),
)
def check_carried_up(carried_up):
    assert carried_up(1, 1) == [1], "a single position: the outcome itself"
    assert carried_up(-1, 2) == [1, -1], "lost for who is to move: won for the one before"
    assert carried_up(1, 4) == [-1, 1, -1, 1], "signs alternate, counted from the end"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Where does the minus in negamax come from?",
        ("Losing is worth -1", "The next position is seen by the opponent", "It is a discount"),
        answer=1,
        because="Its value is what the opponent can get there. In a zero-sum game that is exactly "
        "what you lose.",
    ),
    Question(
        "What does alpha-beta change about the value that minimax finds?",
        ("Nothing", "It is an estimate", "It is a little too high"),
        answer=0,
        because="Only what cannot change the answer is left out. That is why it is used "
        "everywhere: it costs nothing but a few lines.",
    ),
    Question(
        "The learner that practised against random moves lost to the best reply. Why?",
        ("Too few games", "Its table was too small", "Nobody ever punished its mistakes"),
        answer=2,
        because="A gamble that a random mover seldom refutes earns more, on average, than a safe "
        "move. It has learned that, and rightly: for the opponent it had.",
    ),
    Question(
        "A move in a tree search was tried 3 times of 1,000, with bad results. What happens to it?",
        ("It is never tried again", "It is tried again now and then", "It is played"),
        answer=1,
        because="The logarithm of all visits grows without end, so its bound does too. But slowly: "
        "bad moves get few games.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - C. Shannon, "Programming a Computer for Playing Chess", 1950: all of the first half, 75 years
#   ago.
# - D. Knuth and R. Moore, "An Analysis of Alpha-Beta Pruning", 1975.
# - L. Kocsis and C. Szepesvári, "Bandit based Monte-Carlo Planning", 2006.
# - G. Tesauro, "Temporal Difference Learning and TD-Gammon", 1995: self-play, and a network.
# - `agents/minimax.py`, `agents/mcts.py`, `envs/rules/solution.py`.
# - Play: `workshop play connect-four --against mcts:simulations=1000`
