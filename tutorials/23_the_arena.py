# ---
# jupyter:
#   workshop:
#     title: "Your agent in the arena: write, check, compete"
#     topics: [bot, arena, tournament, rating, Elo, Bradley-Terry, referee, deadline, sandbox,
#       comparing agents, statistics, confidence interval, openings, replay, competition]
#     minutes: 35
#     seconds: 30
#     data: none; Connect Four
# ---

# %% [markdown]
# # 23 Your agent in the arena: write, check, compete
#
# An agent is one function, `act(percept)`. So is everybody else's. This lesson writes one, sees
# whether it would survive a tournament, asks whether it is *really* better than another, ranks five
# of them, and watches one game again. All of it by the commands that you will use for your own.
#
# | | |
# | --- | --- |
# | needs | lesson 1; lesson 21 helps |
# | data | none: Connect Four; seed 0 |
# | time | 35 minutes to read and try, 30 seconds to run on 2 cores |
# | expect | one more rule in a bot wins it about 9 of 10 points against the bot without it |

# %% tags=["setup"]
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from workshop.lessons import Question, exercise, expect, pick, quiz, show

BLUE, ORANGE, GREY = "#3b7ea1", "#c7782a", "#888888"

# %% [markdown]
# Commands are run here as you would type them, in a folder that is deleted at the end.

# %%
place = tempfile.TemporaryDirectory()
folder = Path(place.name)


def workshop(command: str, quiet: bool = False) -> str:
    """Runs `workshop COMMAND` in the folder; prints what it says, and returns it."""
    print(f"$ workshop {command}")
    done = subprocess.run(
        [sys.executable, "-m", "workshop", *command.split()],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode > 1:  # 1: the bot has failed; more: the command itself
        raise RuntimeError(done.stderr)
    if not quiet:
        print(done.stdout.rstrip(), "\n")
    return done.stdout


# %% [markdown]
# ## Write
#
# `workshop new` writes a bot that plays already, and says in it what it gets and where to go on:

# %%
workshop("new ada.py --env connect-four")
print((folder / "ada.py").read_text(encoding="utf-8"))

# %% [markdown]
# ## Check
#
# In a tournament, a bot that breaks a rule, crashes or thinks too long loses that game. `check`
# tries all of that beforehand, with the same referee and the same limits: a process of its own, a
# deadline, and on Linux a jail in which there is no network and no file but the bot's own.

# %%
assert "ada is ready" in workshop("check ada.py connect-four")

# %% [markdown] tags=["prediction"]
# **Predict first.** Three more bots. The first always plays the middle column. The second draws one
# of the three middle columns until it draws one that is free. The third plays the middle while it
# is free, and then the first free column, but counts columns from 1. Each is wrong. Would you have
# found that by watching two games of each?

# %%
bots = {
    "middle": "def act(percept):\n    return 3\n",
    "lots": "import random\n\ndef act(percept):\n    while True:\n"
    "        action = random.choice([2, 3, 4])\n"
    "        if action in percept.legal_actions:\n            return action\n",
    "from_one": "def act(percept):\n    legal = percept.legal_actions\n"
    "    return 3 if 3 in legal else legal[0] + 1\n",
}
for name, text in bots.items():
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
for name in pick(full=list(bots), fast=[]):  # fast: only written
    found = workshop(f"check {name}.py connect-four --move-seconds 0.5")
    assert "FAIL" in found, f"{name} should have been found out"

# %% [markdown]
# All three play whole games without a fault. `check` puts them in front of 200 random positions,
# full columns and all, and then says what was wrong, on which board, and what to do.
#
# ## Better?
#
# Ada wins if it can, and never looks at what the other one threatens. One more rule: if the other
# would win by some move, play there first. And else the column nearest to the middle.

# %%
ada = (folder / "ada.py").read_text(encoding="utf-8")
rule = """    for action in percept.legal_actions:
        if wins(put(percept.board, action, -1), -1):
            return action  # else the other one wins
    return min(percept.legal_actions, key=lambda action: abs(action - 3))
"""
before, after = ada.split("    # What would the other one play here?")
bert = before + rule + after.partition("legal_actions)\n")[2]
(folder / "bert.py").write_text(bert, encoding="utf-8")
print(f"ada has {len(ada.splitlines())} lines, bert {len(bert.splitlines())}")

# %% [markdown] tags=["prediction"]
# **Predict first.** Is bert better than ada? Surely. But how many games does it take to be *sure*,
# so that in 20 such questions about equal bots you would be wrong once: 2, 20, 200?

# %%
limit = pick(full="", fast=" --most 2")
answer = json.loads(workshop(f"compare connect-four bert.py ada.py --json{limit}", quiet=True))
print(f"{answer['state']}: {answer['score']:.1%} of the points in {answer['pairs']} opening pairs")
print(f"Elo {answer['elo']:+.0f}, 95 % interval {answer['low']:+.0f} to {answer['high']:+.0f}")
expect("bert's share of the points", answer["score"], full=(0.6, 1.0))
expect("opening pairs", answer["pairs"], full=(20, 120))

# %% [markdown]
# Two bots that draw no lots play the same game again and again from the empty board. So every
# *opening* is played twice, with the seats changed: what it gives to one, it gives to the other
# too. After each pair the arena asks whether it is sure by now (Wald's sequential test, 1945), and
# stops as soon as it is. Clear cases are short. For two equal bots it takes some 200 pairs to say
# so.
#
# ## Compete
#
# Everybody against everybody: your two bots, and three of the house.

# %%
table = workshop(
    "tournament connect-four ada.py bert.py random "
    + pick(full="minimax:depth=2 mcts:simulations=50 --pairs 10", fast="--pairs 1")
)
results = folder / "results" / "connect-four"
report = json.loads((results / "report.json").read_text(encoding="utf-8"))
for path in sorted(results.iterdir()):
    print(f"{path.name:<16} {path.stat().st_size / 1000:>6.0f} kB")

# %% [markdown]
# `report.html` is one file that needs no network: the ranking, who beat whom, and every game, move
# by move, with what the bots printed. Here is its ranking as a picture:

# %%
standings = report["standings"]
elo = np.array([[row["value"], row["low"], row["high"]] for row in standings])
figure, axes = plt.subplots(figsize=(8, 2.8))
own = [row["source"].endswith(".py") for row in standings]
for row, ((value, low, high), is_own) in enumerate(zip(elo, own, strict=True)):
    color = ORANGE if is_own else BLUE
    axes.plot([low, high], [row, row], color=color, linewidth=6, alpha=0.3)
    axes.plot(value, row, "o", color=color, markersize=8)
ranks = ["-".join(map(str, sorted({row["rank_low"], row["rank_high"]}))) for row in standings]
labels = [f"{row['name']}   {rank}" for row, rank in zip(standings, ranks, strict=True)]
axes.set_yticks(range(len(standings)), labels)
axes.invert_yaxis()
axes.set_xlabel("Elo, with 95 % intervals; beside the name the ranks it may have")
axes.spines[["top", "right"]].set_visible(False)
show(figure, "23-ranking")

# %%
points = {row["name"]: row["score"] for row in standings}
expect("ada's share of the points", points["ada"], full=(0.15, 0.35))
expect("bert's share of the points", points["bert"], full=(0.5, 0.75))
if "minimax:depth=2" in points:
    expect("minimax, 2 moves ahead", points["minimax:depth=2"], full=(0.9, 1.0))

# %% [markdown]
# One rule moved bert from far below to level with a tree search of 50 random games a move. Level:
# the intervals of the two overlap, so the ranking says *2-3* of both. In a class of thirty, most
# places are like that, and a list that numbers everybody from 1 to 30 claims what nobody knows.
#
# The ratings are **Bradley and Terry's** (1952): every bot gets one number, and the difference of
# two says how many points to expect. All games count at once, in no order. The Elo of chess clubs
# depends on the order in which games are played; this does not.
#
# ## Watch one again
#
# Every game has a key, and can be seen again in the window, or as a picture. A game that bert lost,
# to somebody who moves at random! What did it not see?

# %%
lost = [
    game
    for game in report["games"]
    if (game["first"] == "bert" and game["score"] == 0)
    or (game["second"] == "bert" and game["score"] == 1)
]
game = (lost or report["games"])[0]
print(f"{game['first']} against {game['second']}: {game['outcome']}")
picture = pick(full="game.gif", fast="game.png")
workshop(f"watch results/connect-four --game {game['key']} --save {picture}", quiet=True)
show(folder / picture, "23-replay")
place.cleanup()

# %% [markdown]
# Now you. `workshop new my_bot.py`, then the exercises, which are the next rules it needs. What
# reads a model or a table may take them along: a *folder* with `bot.py` in it can be handed in too,
# and so can the run folder of anything that `workshop train` has made.
#
# ## Exercises
#
# `workshop lesson 23 --answers answers_23.py` writes these into a file for you;
# `workshop lesson 23 --check answers_23.py` marks it; `--hint NAME` helps.
#
# A board is an array as in the percept, 1 mine, -1 theirs, the first row on top. Two functions are
# there for you:


# %% tags=["setup"]
from envs.rules.kinarow import CONNECT_FOUR


def put(board: np.ndarray, action: int, stone: int) -> np.ndarray:
    """The board after a stone fell into a column."""
    after = board.copy()
    after[np.flatnonzero(board[:, action] == 0).max(), action] = stone
    return after


def wins(board: np.ndarray, stone: int) -> bool:
    """Whether there are four of these stones in a row."""
    return bool(CONNECT_FOUR.lines(CONNECT_FOUR.from_board(board * stone)[0]))


def board_of(text: str) -> np.ndarray:
    """A board from its lowest rows, written x mine, o theirs."""
    rows = [[{"x": 1, "o": -1, ".": 0}[sign] for sign in row] for row in text.split("/")]
    return np.array([[0] * 7] * (6 - len(rows)) + rows)


# %% [markdown]
# ### 1 Make no presents
#
# Bert sees what the other one threatens *now*. It does not see that its own stone may be the step
# that the other one needs. Which of the legal moves are safe: after them, no reply wins at once?


# %% tags=["exercise"]
def safe_moves(board: np.ndarray, legal: tuple[int, ...]) -> list[int]:
    """Those of the legal moves after which the other one cannot win with the next stone."""
    ### BEGIN SOLUTION
    safe = []
    for action in legal:
        after = put(board, action, 1)
        replies = np.flatnonzero(after[0] == 0)
        if not any(wins(put(after, int(reply), -1), -1) for reply in replies):
            safe.append(action)
    return safe
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "safe_moves",
    hints=(
        "For each legal move: put my stone, then try every reply of the other one.",
        "A column is free as long as its uppermost cell is: np.flatnonzero(after[0] == 0).",
        "keep action if not any(wins(put(after, reply, -1), -1) for reply in free columns)",
    ),
)
def check_safe_moves(safe_moves):
    everything = tuple(range(7))
    assert list(safe_moves(board_of("......."), everything)) == list(everything), "empty: all are"
    assert list(safe_moves(board_of("ooo...."), everything)) == [3], "three of theirs: only block"
    deep = board_of("ooo..../xox.o../xxo.x..")
    assert 3 in safe_moves(deep, everything), "a stone at the bottom of column 3 helps nobody yet"
    found = list(safe_moves(board_of("ooo..../xxo.x.."), everything))
    assert 3 not in found, "a stone in column 3 is the step that they need: they play on top of it"
    assert found == [0, 1, 2, 4, 5, 6], "all other columns are safe there"


# %% [markdown]
# ### 2 What a rating says
#
# Ratings are on Elo's scale: a bot that is 400 better wins ten points to one. So it may expect
# 10 / 11 of the points. In general, with a difference d: 1 / (1 + 10^(-d / 400)).


# %% tags=["exercise"]
def expected_points(mine: float, theirs: float) -> float:
    """The share of the points that who is rated `mine` may expect against `theirs`."""
    ### BEGIN SOLUTION
    return 1 / (1 + 10 ** ((theirs - mine) / 400))
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "expected_points",
    hints=(
        "d is how much better I am: mine - theirs.",
        "Mind the sign: who is better expects more than half.",
        "1 / (1 + 10 ** (-(mine - theirs) / 400))",
    ),
)
def check_expected_points(expected_points):
    assert expected_points(100, 100) == 0.5, "equals share the points"
    assert abs(expected_points(400, 0) - 10 / 11) < 1e-9, "400 better: 10 of 11"
    both = expected_points(50, 0) + expected_points(0, 50)
    assert abs(both - 1) < 1e-9, "what one expects and what the other expects add up to 1"


# %% [markdown]
# ### 3 Two games of one opening
#
# The two games of an opening are no independent evidence: a good opening wins it for whoever has
# it. So they are counted together. Add up the points of each opening.


# %% tags=["exercise"]
def pair_points(games: list[tuple[int, float]]) -> list[float]:
    """The points of each opening: (number of the opening, points: 1, 0.5 or 0), by its number."""
    ### BEGIN SOLUTION
    openings = sorted({opening for opening, _ in games})
    return [sum(points for other, points in games if other == opening) for opening in openings]
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "pair_points",
    hints=(
        "Which openings are there? A set has each of them once, and sorted puts them in order.",
        "For each opening, sum the points of the games that began with it.",
        "[sum(p for o, p in games if o == opening) for opening in sorted({o for o, _ in games})]",
    ),
)
def check_pair_points(pair_points):
    assert pair_points([(0, 1.0), (0, 0.0)]) == [1.0], "won once, lost once: 1 point"
    found = pair_points([(1, 1.0), (0, 0.5), (1, 1.0), (0, 0.5)])
    assert found == [1.0, 2.0], "opening 0 first, whatever the order in which games were played"
    assert pair_points([]) == [], "no games: no openings"


# %% [markdown]
# ### 4 Which ranks are possible?
#
# Of a bot you know an interval for its rating, and of the others too. It is surely below those
# whose whole interval lies above its own, and surely above those whose whole interval lies below.
# (The arena's own ranks look at the *difference* of two, of which one is surer than of each alone.)


# %% tags=["exercise"]
def possible_ranks(intervals: list[tuple[float, float]], number: int) -> tuple[int, int]:
    """The best and the worst rank, from 1, that bot `number` may have."""
    ### BEGIN SOLUTION
    low, high = intervals[number]
    above = sum(other_low > high for other_low, _ in intervals)
    below = sum(other_high < low for _, other_high in intervals)
    return 1 + above, len(intervals) - below
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "possible_ranks",
    hints=(
        "Count the bots that are surely better: their low end lies above this one's high end.",
        "The best rank is 1 more than that; the worst: of all, take off those surely worse.",
        "1 + how many l > high, and len(intervals) - how many h < low, for (l, h) in intervals",
    ),
)
def check_possible_ranks(possible_ranks):
    assert possible_ranks([(0, 1)], 0) == (1, 1), "alone: first"
    three = [(10, 20), (0, 5), (4, 12)]
    assert possible_ranks(three, 0) == (1, 2), "surely better than one of two"
    assert possible_ranks(three, 1) == (2, 3), "surely worse than one of two"
    assert possible_ranks(three, 2) == (1, 3), "overlaps with both: anything is possible"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "Two bots that draw no lots play 100 games from the empty board. How much is that worth?",
        ("100 games", "2 games", "50 games"),
        answer=1,
        because="One game with each of them moving first, and 98 copies. That is why games here "
        "begin from different openings.",
    ),
    Question(
        "Your bot won 6 of 10 games. Is it better than the other one?",
        ("Yes", "No", "That cannot be said yet"),
        answer=2,
        because="A fair coin shows 6 or more heads in 10 throws in 38 of 100 cases. compare plays "
        "on until chance is no longer a good explanation.",
    ),
    Question(
        "A bot takes 3 seconds for one move, and the limit is 1. What happens?",
        ("The game waits", "It loses that game", "Its move is drawn by lot"),
        answer=1,
        because="At its deadline the process is ended by the referee, and the game is a loss by "
        "timeout. check says beforehand how near you come.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - R. Bradley and M. Terry, "Rank Analysis of Incomplete Block Designs", 1952.
# - A. Elo, *The Rating of Chessplayers, Past and Present*, 1978.
# - A. Wald, "Sequential Tests of Statistical Hypotheses", 1945.
# - R. Axelrod, *The Evolution of Cooperation*, 1984: a tournament of programs that everybody
#   should know about.
# - `arena/referee.py`, `arena/ratings.py`, `arena/sequential.py`; sample bots in `bots/`.
