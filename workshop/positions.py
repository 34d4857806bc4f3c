"""How an agent plays positions of which the truth is known, on boards too large to know all of it.

For Connect Four these are the labelled ones (`workshop/labelled`); for other boards late positions
are drawn and solved on the spot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from agents.agent import Agent
from agents.minimax import Search
from arena.statistics import wilson_interval
from envs.board import board_percept
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import CONNECT_FOUR, KInARow
from envs.rules.solution import Position, solve
from workshop.labelled import CLASSES, Labelled, connect_four

SOLVED = 200
"""How many positions are solved on the spot."""
EMPTY_CELLS = {True: 14, False: 9}
"""How many cells are free in them, with gravity and without: what can be searched to the end."""
GAMES = 300
"""So many random games are played to come to such a position, before it is taken for too rare."""
ROUNDING = 1e-9
"""Scores nearer than this are equal."""


def are_labelled(rules: KInARow) -> bool:
    """Whether there are labelled positions of this board."""
    return repr(rules) == repr(CONNECT_FOUR)


def on_positions(rules: KInARow | None) -> bool:
    """Whether an agent is measured on some positions, as there are too many to know all of."""
    if rules is None:
        return False
    shape = rules.rows, rules.cols, rules.k, rules.gravity, rules.misere
    return are_labelled(rules) or solve(*shape) is None


def percepts_of(positions: Sequence[Labelled]) -> list[Percept]:
    """What an agent sees in each of the positions."""
    return [
        board_percept(CONNECT_FOUR, *found.position, len(found.moves) % 2) for found in positions
    ]


def judge(scores: Sequence[Mapping[int, float]], actions: Sequence[int]) -> np.ndarray:
    """Whether each action keeps the win or draw there is, and whether none scores more.

    Args:
        scores: of the legal actions in each position; an illegal one is neither.
        actions: what the agent does in each.

    Returns:
        bool (positions, 2).
    """
    judged = np.zeros((len(scores), 2), bool)
    for row, (known, action) in enumerate(zip(scores, actions, strict=True)):
        best, score = max(known.values()), known.get(int(action))
        if score is not None:
            judged[row] = np.sign(score) == np.sign(best), score >= best - ROUNDING
    return judged


def rates(judged: np.ndarray) -> dict[str, Any]:
    """How many positions there were, and in what share of them the agent was right.

    `kept_value_rate`: the move keeps the win or draw there is (a lost position stays lost).
    `perfect_move_rate`: no move wins sooner, or loses later.
    """
    kept, perfect = judged.mean(0).tolist()
    return {"positions": len(judged), "kept_value_rate": kept, "perfect_move_rate": perfect}


def by_stage(stages: Sequence[str], judged: np.ndarray) -> dict[str, dict[str, Any]]:
    """The rates of each stage of the game: early, middle, late."""
    return {
        stage: rates(judged[[other == stage for other in stages]])
        for stage in dict.fromkeys(stage for stage, _ in CLASSES)
        if stage in stages
    }


def evaluate_positions(
    rules: KInARow, agent: Agent, count: int | None, seed: int, console: Console
) -> dict[str, Any]:
    """The rates with Wilson's intervals, and for labelled positions those of each class.

    Args:
        count: how many positions; None: all that are labelled, or `SOLVED`.
        seed: of the choice.

    Raises:
        BadInput: there are not so many, or the games of this board end before there is one.
    """
    labelled = are_labelled(rules)
    most = len(connect_four()) if labelled else None
    if count is not None and (count < 1 or (most and count > most)):
        raise BadInput(f"--positions: {f'1 to {most}' if most else 'at least 1'}, not {count}")
    found: dict[str, Any] = {}
    if not labelled:
        found["empty_cells"] = empty_cells(rules)
        scores, actions = solved_positions(rules, agent, count or SOLVED, seed, console)
        if not scores and count is not None:
            raise BadInput(
                f"--positions: the games of this board end before only {empty_cells(rules)} cells "
                "are free"
            )
        if not scores:
            return {}
        judged = judge(scores, actions)
    else:
        positions = subset(count, seed)
        actions = act(agent, percepts_of(positions), console)
        judged = judge([position.scores for position in positions], actions)
        sorts = [(position.stage, position.difficulty) for position in positions]
        found["by_stage"] = by_stage([position.stage for position in positions], judged)
        found["by_class"] = {
            " ".join(sort): rates(judged[[other == sort for other in sorts]])
            for sort in CLASSES
            if sort in sorts
        }
    told = rates(judged)
    for name, right in zip(("kept_value_rate", "perfect_move_rate"), judged.sum(0), strict=True):
        told[f"{name}_ci95"] = [round(b, 6) for b in wilson_interval(int(right), len(judged))]
    return {**told, **found}


def subset(count: int | None, seed: int) -> list[Labelled]:
    """So many of the labelled positions, spread evenly over the classes; None: all."""
    positions = connect_four()
    if count is None:
        return list(positions)
    order = np.random.default_rng(seed).permutation(len(positions)).tolist()
    taken: dict[tuple[str, str], int] = dict.fromkeys(CLASSES, 0)
    turns = []
    for number in order:
        sort = (positions[number].stage, positions[number].difficulty)
        turns.append((taken[sort], number))
        taken[sort] += 1
    return [positions[number] for number in sorted(n for _, n in sorted(turns)[:count])]


def act(agent: Agent, percepts: list[Percept], console: Console) -> list[int]:
    """The agent's actions: in one batch if it takes one, else one by one, with a bar."""
    if type(agent).act_many is not Agent.act_many:
        return agent.act_many(percepts)
    with Progress(console=console, transient=True) as bar:
        return [agent.act(percept) for percept in bar.track(percepts, description="positions")]


def solved_positions(
    rules: KInARow, agent: Agent, count: int, seed: int, console: Console
) -> tuple[list[dict[int, float]], list[int]]:
    """The values of the moves in late positions, solved to the end, and what the agent does.

    They are fewer than `count`, or none, where most games end before they come to one.
    """
    rng = np.random.default_rng(seed)
    search = Search(rules, rules.rows * rules.cols)
    scores, percepts = [], []
    with Progress(console=console, transient=True) as bar:
        for _ in bar.track(range(count), description="solving positions"):
            position = random_position(rules, rng)
            if position is None:
                break
            mine, theirs = position
            scores.append(search.values(mine, theirs))
            player = (mine | theirs).bit_count() % 2
            percepts.append(board_percept(rules, mine, theirs, player))
    return scores, act(agent, percepts, console) if percepts else []


def empty_cells(rules: KInARow) -> int:
    """How many cells are free in a late position; in a single row nothing falls."""
    return min(EMPTY_CELLS[rules.gravity and rules.rows > 1], rules.rows * rules.cols - 1)


def random_position(rules: KInARow, rng: np.random.Generator) -> Position | None:
    """A late position (`empty_cells`), by random moves, in which nobody has won.

    None: in `GAMES` games there was none.
    """
    cells = rules.rows * rules.cols
    for _ in range(GAMES):
        mine = theirs = 0
        while not rules.over(mine, theirs):
            if cells - (mine | theirs).bit_count() == empty_cells(rules):
                return mine, theirs
            action = int(rng.choice(rules.legal_actions(mine, theirs)))
            mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
    return None
