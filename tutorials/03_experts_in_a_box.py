# ---
# jupyter:
#   workshop:
#     title: Experts in a box
#     topics: [expert system, rules, knowledge base, inference engine, symbolic AI, tic-tac-toe,
#       forward chaining, certainty factor, knowledge acquisition, brittleness]
#     minutes: 30
#     seconds: 10
#     data: none; the 4520 positions of tic-tac-toe in which someone must move
# ---

# %% [markdown]
# # 3 Experts in a box
#
# Ask somebody who is good at something how they do it, write the answers down as *if ... then ...*,
# and let a machine go through them. That is an **expert system**, and in the 1980s it was what most
# people meant by artificial intelligence. It can be very good. This lesson builds one that is
# perfect, proves it, and then looks for the places where it breaks.
#
# | | |
# | --- | --- |
# | needs | nothing but lesson 1 |
# | data | none: all 4520 positions of tic-tac-toe in which someone must move; seeds 0 to 399 |
# | time | 30 minutes to read and try, 10 seconds to run on 2 cores |
# | expect | eight rules: unbeatable, proven; with the aim turned round: worse than chance |

# %% tags=["setup"]
from functools import cache

import matplotlib.pyplot as plt
import numpy as np

from agents.expert_system import RULES, consult
from agents.line_count import LineCount
from agents.minimax import Search
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import Solution
from workshop.lessons import Question, exercise, expect, pick, quiz, show, source, watched

BLUE, ORANGE, GREEN, GREY = "#3b7ea1", "#c7782a", "#4c9a6a", "#888888"

# %% [markdown] tags=["prediction"]
# **Predict first.** Write down, in words, how you play tic-tac-toe. How many rules do you need
# until nobody can beat you? In which order are they asked?

# %% [markdown]
# ## What people say
#
# Allen Newell and Herbert Simon asked, and wrote down eight rules. The first that fits is the one
# that acts. Each rule looks at a position, `(mine, theirs)`, and names the cells it would play:

# %%
for number, (name, rule) in enumerate(RULES.items(), 1):
    print(f"rule {number}: {name:25} {rule.__doc__}")
source(RULES["make a fork"])
source(consult)

# %% [markdown]
# An expert system has two parts, and they are apart: the **knowledge base** (the eight rules), and
# the **inference engine** (the loop in `consult`, which knows nothing about tic-tac-toe). To teach
# it more, one adds a rule; the engine stays. And it can always say *why*:

# %%
show(watched("tictactoe", ["expert", "random"], "03-expert", seed=4), "03-expert")

# %% [markdown]
# ## How good is each rule?
#
# Tic-tac-toe is small enough to know the truth: the value of every position with perfect play. So
# we need no test games. For every position we ask which cells the rules choose, and how probably,
# and work out exactly what comes of it.

# %%
SOLUTION = Solution(TIC_TAC_TOE)
FITS = {
    position: {name: rule(*position) for name, rule in RULES.items()} for position in SOLUTION.best
}
"""For each position the cells that each rule proposes."""


def policy_of(names: list[str]):
    """From a position to the probability of each cell: those of the first rule that fits."""

    def policy(position: tuple[int, int]) -> dict[int, float]:
        fitting = (FITS[position][name] for name in names if FITS[position][name])
        cells = next(fitting, TIC_TAC_TOE.legal_actions(*position))  # no rule fits: any free cell
        return {cell: 1 / len(cells) for cell in cells}

    return policy


def best_move_rate(policy) -> float:
    """In what share of all positions it plays a best move."""
    shares = [
        sum(share for cell, share in policy(position).items() if cell in best)
        for position, best in SOLUTION.best.items()
    ]
    return float(np.mean(shares))


def against_chance(rules: KInARow, policy) -> np.ndarray:
    """How often it wins, draws and loses against random moves, the mean of both seats; exactly."""

    @cache
    def walk(mine: int, theirs: int, ours: bool) -> np.ndarray:
        if rules.lines(theirs):
            we_win = ours == (rules.line_value < 0)
            return np.array([we_win, 0.0, not we_win])
        if rules.full(mine, theirs):
            return np.array([0.0, 1, 0])
        legal = rules.legal_actions(mine, theirs)
        shares = policy((mine, theirs)) if ours else dict.fromkeys(legal, 1 / len(legal))
        after = (
            share * walk(theirs, mine | rules.landing(mine, theirs, cell), not ours)
            for cell, share in shares.items()
        )
        return sum(after, np.zeros(3))

    return (walk(0, 0, True) + walk(0, 0, False)) / 2


# %%
names = list(RULES)
measured = []
for count in range(len(names) + 1):
    policy = policy_of(names[:count])
    lost = against_chance(TIC_TAC_TOE, policy)[2]
    measured.append((best_move_rate(policy), lost, SOLUTION.exploitability(policy)))
    print(
        f"{count} rules: best moves {measured[-1][0]:.3f}, lost against chance {lost:.4f}, ", end=""
    )
    print(f"a best reply earns {measured[-1][2]:.3f}")
best, lost, earned = np.array(measured).T

# %%
figure, axes = plt.subplots(figsize=(8.5, 3.8))
axes.plot(best, "o-", color=BLUE, label="share of positions with a best move")
axes.plot(lost, "s-", color=ORANGE, label="games lost against chance")
axes.plot(earned, "^-", color=GREEN, label="what a perfect opponent earns, a game")
axes.set_xticks(range(9), ["no rules", *(f"+ {name}" for name in names)], rotation=30, ha="right")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.88))
show(figure, "03-rules")

# %%
expect("no rules: best moves", best[0], (0.57, 0.59), (0.57, 0.59))
expect("two rules: lost against chance", lost[2], (0.01, 0.06), (0.01, 0.06))
expect("all rules: best moves", best[8], (0.9, 1.0), (0.9, 1.0))
expect("all rules: what a perfect opponent earns", earned[8], (-1e-9, 1e-9), (-1e-9, 1e-9))

# %% [markdown]
# `0` in the last line is a *proof*: whatever the opponent does, in either seat, the eight rules
# never lose. No learning method can say that of itself without such a walk through every position.
#
# Yet the rules do not play a best move in every position. They need not: they never get into the
# others.
#
# ## Which rule may go? And does the order matter?

# %% [markdown] tags=["prediction"]
# **Predict first.** One of the eight is left out. Without which of them does the system lose games
# to a perfect opponent? And what if "block" is asked before "win"?

# %%
without = {
    name: SOLUTION.exploitability(policy_of([it for it in names if it != name])) for name in names
}
for name, value in without.items():
    print(f"without {name:25} a perfect opponent earns {value:.3f}")
swapped = ["block", "win", *names[2:]]
first = {"win first": policy_of(names), "block first": policy_of(swapped)}
won = {name: against_chance(TIC_TAC_TOE, policy)[0] for name, policy in first.items()}
for name, share in won.items():
    print(f"{name}: wins {share:.3f} of its games against chance")
print(f"block first: a perfect opponent earns {SOLUTION.exploitability(first['block first']):.3f}")

# %%
expect("without block", without["block"], (0.3, 1.0), (0.3, 1.0))
expect("without block a fork", without["block a fork"], (0.01, 1.0), (0.01, 1.0))
expect("won by asking win first", won["win first"] - won["block first"], (0.01, 0.3), (0.01, 0.3))
needed = sum(value > 1e-9 for value in without.values())
expect("rules without which it loses", needed, (4, 4), (4, 4))
alone = policy_of([name for name in names if without[name] > 1e-9])
expect("those alone: a perfect opponent earns", SOLUTION.exploitability(alone), (0, 0), (0, 0))

# %% [markdown]
# Four of the eight are enough never to lose. Even "win" can go: the others do not lose, they only
# win less. Nobody who was asked would have said so: to know how to do a thing and to know *why it
# works* are two things. And the order counts: with "block" first it still never loses, and wins 15
# games in 100 less. So rules are not independent of each other. Whoever adds rule 451 to a system
# of 450 cannot know what it does to the other 450 without trying.
#
# ## Where it breaks
#
# **Another aim.** In misère tic-tac-toe whoever makes three in a row *loses*. One word of the rules
# of the game has changed. What are our eight rules worth?

# %%
MISERE = KInARow(rows=3, cols=3, k=3, misere=True)
chance = against_chance(MISERE, policy_of([]))
turned = against_chance(MISERE, policy_of(names))
print("wins, draws, losses of chance:     ", chance.round(3))
print("wins, draws, losses of the experts:", turned.round(3))
search = Search(MISERE, 9)


def searches(position: tuple[int, int]) -> dict[int, float]:
    """Minimax: looks ahead to the end, and knows nothing but the rules of the game."""
    values = search.values(*position)
    return {max(values, key=values.__getitem__): 1.0}


looked = against_chance(MISERE, searches)
print("wins, draws, losses of a search:   ", looked.round(3))

# %%
expect("misère: lost by the experts", turned[2], (0.5, 1.0), (0.5, 1.0))
expect("misère: lost by chance", chance[2], (0.3, 0.5), (0.3, 0.5))
expect("misère: lost by a search", looked[2], (0.0, 0.05), (0.0, 0.05))

# %% [markdown]
# Worse than chance: it completes its lines as it was told. Nothing in the box knows what a rule is
# *for*. The search was given the new rules of the game, and plays as well as before.
#
# **A larger world.** Connect Four has 4,531,985,219,092 positions. Take over the rules that make
# sense there: win, block, the middle column; else draw lots. The opponent looks four moves ahead
# and counts lines.


# %%
def three_rules(mine: int, theirs: int, rng: np.random.Generator) -> int:
    """Win, block, the middle, any column."""
    legal = CONNECT_FOUR.legal_actions(mine, theirs)
    for stones in (mine, theirs):
        for column in legal:
            if CONNECT_FOUR.lines(stones | CONNECT_FOUR.landing(mine, theirs, column)):
                return column
    return 3 if 3 in legal else int(rng.choice(legal))


def result_against_search(seed: int) -> float:
    """1, 0.5 or 0 for the three rules; the seed says who begins."""
    rng, looks = np.random.default_rng(seed), Search(CONNECT_FOUR, 4, LineCount(CONNECT_FOUR))
    mine, theirs, ours = 0, 0, seed % 2 == 0
    while not CONNECT_FOUR.over(mine, theirs):
        if ours:
            column = three_rules(mine, theirs, rng)
        else:
            values = looks.values(mine, theirs)
            column = max(values, key=values.__getitem__)
        mine, theirs = theirs, mine | CONNECT_FOUR.landing(mine, theirs, column)
        ours = not ours
    if not CONNECT_FOUR.lines(theirs):
        return 0.5
    return float(not ours)


games = pick(full=30, fast=2)
points = np.mean([result_against_search(seed) for seed in range(games)])
expect("Connect Four: points a game of the three rules", points, full=(0.0, 0.2))

# %% [markdown]
# It can be done better: Victor Allis found nine rules of a much cleverer kind, and with them and a
# search he solved the game in 1988. It took a master's thesis. That is the **bottleneck**: every
# piece of knowledge has to be found by somebody, put into words, and kept in agreement with all the
# others.
#
# **A percept that is not certain.** Rules take what they see for the truth. Let each cell be
# misread with a small probability: a stone overlooked, or one seen where there is none.

# %%


def misread(stones: tuple[int, int], rate: float, rng: np.random.Generator) -> tuple[int, int]:
    """The position as it seems: each cell becomes empty, mine or theirs by lot at that rate."""
    board = TIC_TAC_TOE.to_board(*stones)
    noise = rng.integers(-1, 2, (3, 3))
    return TIC_TAC_TOE.from_board(np.where(rng.random((3, 3)) < rate, noise, board))


def loses_to_chance(rate: float, seed: int) -> bool:
    """One game of the experts against random moves, from a board they misread."""
    rng = np.random.default_rng(seed)
    mine, theirs, ours = 0, 0, seed % 2 == 0
    while not TIC_TAC_TOE.over(mine, theirs):
        legal = cells = list(TIC_TAC_TOE.legal_actions(mine, theirs))
        if ours:
            seems = misread((mine, theirs), rate, rng)
            proposed = [] if TIC_TAC_TOE.full(*seems) else consult(*seems)[1]
            cells = [cell for cell in proposed if cell in legal] or legal
        landing = TIC_TAC_TOE.landing(mine, theirs, int(rng.choice(cells)))
        mine, theirs, ours = theirs, mine | landing, not ours
    return bool(TIC_TAC_TOE.lines(theirs)) and ours


rates, plays = (0.0, 0.05, 0.1, 0.2, 0.4), pick(full=400, fast=40)
losses = [np.mean([loses_to_chance(rate, seed) for seed in range(plays)]) for rate in rates]
figure, axes = plt.subplots(figsize=(6.5, 3))
halves = [1.96 * (loss * (1 - loss) / plays) ** 0.5 for loss in losses]
axes.errorbar(rates, losses, halves, fmt="o-", color=ORANGE, capsize=3)
axes.set(xlabel="share of cells misread", ylabel="games lost to chance", ylim=(0, None))
axes.spines[["top", "right"]].set_visible(False)
show(figure, "03-misread")
expect("lost when nothing is misread", losses[0], (0, 0), (0, 0))
expect("lost when 1 cell in 5 is misread", losses[3], full=(0.1, 0.28))

# %% [markdown]
# The perfect player loses to one that draws lots. Expert systems met this early, and MYCIN, which
# advised doctors on infections of the blood, gave each rule a *certainty factor* (exercise 4).
#
# So when is an expert system the right thing? When the knowledge is small, stable and can be said
# in words, when mistakes are costly and every answer has to be explained: tax forms, safety
# switches, checks before a flight. There it is still the best there is. Where nobody can say how
# they do it, as in telling a 3 from an 8, lesson 4 begins.
#
# ## Exercises
#
# `workshop lesson 3 --answers answers_03.py` writes these into a file for you;
# `workshop lesson 3 --check answers_03.py` marks it; `--hint NAME` helps.
#
# ### 1 The engine


# %% tags=["exercise"]
def first_that_fits(rules: dict, situation) -> tuple[str, list] | None:
    """The name of the first rule that proposes anything, and what; None if none does. A rule is a
    function from a situation to a list of proposals."""
    ### BEGIN SOLUTION
    for name, rule in rules.items():
        proposals = rule(situation)
        if proposals:
            return name, proposals
    return None
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "first_that_fits",
    hints=(
        "Go through rules.items() in its order.",
        "An empty list counts as False: `if proposals:`.",
        "Call rule(situation) for each name, rule; the first that is not empty: return both.",
    ),
)
def check_first_that_fits(first_that_fits):
    rules = {
        "even": lambda n: [n // 2] if n % 2 == 0 else [],
        "large": lambda n: [n - 1, n - 2] if n > 9 else [],
    }
    assert first_that_fits(rules, 4) == ("even", [2]), "4 is even"
    assert first_that_fits(rules, 10) == ("even", [5]), "10 fits both: the first acts"
    assert first_that_fits(rules, 11) == ("large", [10, 9]), "11 is not even; the second acts"
    assert first_that_fits(rules, 3) is None, "nothing fits: None"


# %% [markdown]
# ### 2 A rule of your own
#
# The rule "win", without bitboards. A board is a text of nine cells, row by row, such as
# `"XX.OO...."`.


# %% tags=["exercise"]
def completes(board: str, me: str) -> list[int]:
    """The free cells, 0 to 8 in rising order, that complete three in a row of `me`."""
    ### BEGIN SOLUTION
    lines = [range(row, row + 3) for row in (0, 3, 6)]
    lines += [range(column, 9, 3) for column in range(3)] + [range(0, 9, 4), range(2, 7, 2)]
    found = {
        cell
        for line in lines
        for cell in line
        if board[cell] == "." and all(board[other] == me for other in line if other != cell)
    }
    return sorted(found)
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "completes",
    hints=(
        "First write down the eight lines, each as three cell numbers: (0, 1, 2), ..., (2, 4, 6).",
        "A cell completes a line if it is '.', and the other two cells of the line are me.",
        "Collect such cells in a set, for one may complete two lines, and return sorted(found).",
    ),
)
def check_completes(completes):
    assert completes("XX.OO....", "X") == [2], "X completes the top row at 2"
    assert completes("XX.OO....", "O") == [5], "O completes the middle row at 5"
    assert completes("X.X...X..", "X") == [1, 3, 4], "row at 1, column at 3, diagonal 2-4-6 at 4"
    assert completes(".........", "X") == [], "nobody completes anything on an empty board"
    assert completes("XXO......", "X") == [], "cell 2 is taken"


# %% [markdown]
# ### 3 Forward chaining
#
# Other systems derive *facts* from facts: if it has feathers and flies, it is a bird; if it is a
# bird and swims, it is a duck. Go on until no rule adds anything.


# %% tags=["exercise"]
def derived(facts: set[str], rules: list[tuple[set[str], str]]) -> set[str]:
    """All that follows. Each rule is (conditions, conclusion); the given facts stay as they are."""
    ### BEGIN SOLUTION
    known = set(facts)
    while True:
        new = {then for conditions, then in rules if conditions <= known} - known
        if not new:
            return known
        known |= new
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "derived",
    hints=(
        "conditions <= known is True if all conditions are among what is known.",
        "One pass is not enough: a conclusion may be the condition of an earlier rule.",
        "Repeat: new = {then for conditions, then in rules if conditions <= known} - known.",
    ),
)
def check_derived(derived):
    rules = [({"bird", "swims"}, "duck"), ({"feathers", "flies"}, "bird"), ({"duck"}, "quacks")]
    facts = {"feathers", "flies", "swims"}
    found = derived(facts, rules)
    assert "bird" in found, "feathers and flies: a bird"
    assert "duck" in found, "the first rule fits only after the second has: go round again"
    assert found == facts | {"bird", "duck", "quacks"}, f"{found} is not all, or too much"
    assert facts == {"feathers", "flies", "swims"}, "leave the set you are given as it is"
    assert derived({"flies"}, rules) == {"flies"}, "one condition of two is not enough"


# %% [markdown]
# ### 4 How certain?
#
# MYCIN's rules were certain to a degree from 0 to 1. Two rules that say the same strengthen each
# other: the second takes its share of the doubt that the first has left. `a + b (1 - a)`.


# %% tags=["exercise"]
def certainty(factors: list[float]) -> float:
    """The certainty of a conclusion for which each of these factors speaks; none: 0."""
    ### BEGIN SOLUTION
    total = 0.0
    for factor in factors:
        total += factor * (1 - total)
    return total
    ### END SOLUTION


# %% tags=["check"]
@exercise(
    "certainty",
    hints=(
        "Begin with 0 and take in one factor after the other.",
        "What is left to doubt is 1 - total; a factor takes its share of that.",
        "total += factor * (1 - total)",
    ),
)
def check_certainty(certainty):
    assert certainty([]) == 0, "nothing speaks for it: 0"
    assert certainty([0.6]) == 0.6, "one factor: that"
    assert abs(certainty([0.6, 0.5]) - 0.8) < 1e-9, "0.5 of the doubt of 0.4 that is left: 0.8"
    assert abs(certainty([0.5, 0.6]) - 0.8) < 1e-9, "the order does not matter"
    assert certainty([1.0, 0.3]) == 1, "certain is certain"


# %% [markdown]
# ## Quiz

# %% tags=["quiz"]
quiz(
    Question(
        "What is the inference engine of an expert system?",
        ("Its list of rules", "What goes through the rules and applies them", "Its screen"),
        answer=1,
        because="Knowledge and engine are apart: other rules in the same engine: another expert.",
    ),
    Question(
        "Why did the perfect player do worse than chance in misère tic-tac-toe?",
        (
            "Its rules fit another aim, and it does not know what they are for",
            "The board was larger",
            "It had not seen enough examples",
        ),
        answer=0,
        because="It completes lines, because a rule says so. The aim itself is nowhere in the "
        "rules, so it cannot notice that they have become wrong.",
    ),
    Question(
        "What can this expert system do that a trained network cannot?",
        ("Play without mistakes", "Say which rule made it choose a move", "Play fast"),
        answer=1,
        because="It names the rule. A network can be perfect and fast as well, and its reasons are "
        "thousands of numbers.",
    ),
)

# %% [markdown]
# ## Further reading
#
# - A. Newell and H. Simon, *Human Problem Solving*, 1972.
# - B. Buchanan and E. Shortliffe (editors), *Rule-Based Expert Systems: The MYCIN Experiments of
#   the Stanford Heuristic Programming Project*, 1984.
# - V. Allis, *A Knowledge-based Approach of Connect-Four*, 1988.
# - S. Russell and P. Norvig, *Artificial Intelligence: A Modern Approach*, section 1.3: the rise of
#   expert systems, and the winter after it.
# - `agents/expert_system.py`: the eight rules. Play them: `workshop play tictactoe --against
#   expert`
