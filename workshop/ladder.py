"""How far up a ladder of opponents an agent gets: each rung looks further ahead than the last.

    random                              any legal move
    minimax:depth=1,evaluation=false    one ply: wins if it can at once, else keeps to the centre
    minimax:depth=1, 2, 3, ...          looks so far ahead, and counts lines at its horizon
    mcts                                UCT: tries moves out in random games

Against each of them every opening of two plies is played in both seats (`workshop/matches.py`):
98 games in Connect Four. Beaten is who lost; a draw beats nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import Progress

from agents.agent import Agent, make_agent
from envs.names import BadInput
from envs.rules.kinarow import KInARow
from envs.rules.solution import Position
from envs.worlds import World
from workshop.matches import Game, play_board, summary

DEEPEST = 8
"""Deeper than this, a ladder takes a person's night."""


def check_ladder(world: World, depth: int) -> None:
    """Raises BadInput if there is no such ladder in `world`."""
    if world.rules is None:
        raise BadInput(f"--ladder is for board games; {world.name} is none")
    if not 1 <= depth <= DEEPEST:
        raise BadInput(f"--ladder: minimax looks 1 to {DEEPEST} plies ahead, not {depth}")


def rungs(depth: int) -> list[str]:
    """The opponents, minimax looking up to `depth` plies ahead."""
    deeper = [f"minimax:depth={plies}" for plies in range(1, depth + 1)]
    return ["random", "minimax:depth=1,evaluation=false", *deeper, "mcts"]


def climb(
    world: World, agent: Agent, depth: int, seed: int, console: Console
) -> list[dict[str, Any]]:
    """How `agent` does against each rung: what `summary` tells, and how many games differ.

    Args:
        world: a board game.
        seed: of the opponents that draw lots, and of the intervals.
    """
    assert world.rules is not None
    found = []
    with Progress(console=console, transient=True) as bar:
        for name in bar.track(rungs(depth), description="ladder"):
            games = play_board(world.rules, agent, make_agent(name, world, seed), 1, seed)
            different = distinct_games(world.rules, games)
            found.append({"against": name, **summary(games, seed), "distinct_games": different})
    return found


def distinct_games(rules: KInARow, games: Sequence[Game]) -> int:
    """How many games differ, where a game and its mirror image are one."""
    return len({(game.seat, frozenset(_positions(rules, game))) for game in games})


def _positions(rules: KInARow, game: Game) -> list[Position]:
    """All that a game came by, each as it is or mirrored, whichever is less."""
    positions: list[Any] = [game.position]
    for action in game.moves:
        mine, theirs = positions[-1]
        positions.append((theirs, mine | rules.landing(mine, theirs, action)))
    return [
        min((mine, theirs), (rules.mirrored(mine), rules.mirrored(theirs)))
        for mine, theirs in positions
    ]
