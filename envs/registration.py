"""The worlds' Gymnasium ids; one entry a world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gymnasium.envs.registration import register, registry


class WorldSpec(NamedTuple):
    """How Gymnasium makes a world."""

    id: str
    entry_point: str
    vector_entry_point: str
    summary: str
    kwargs: Mapping[str, object] = {}
    max_episode_steps: int | None = None
    two_player: bool = False


def _board(id: str, summary: str, **kwargs: object) -> WorldSpec:
    return WorldSpec(
        id,
        "envs.board:BoardEnv",
        "envs.batched.board:BatchedBoard",
        summary,
        kwargs,
        two_player=True,
    )


WORLDS = {
    "tictactoe": _board(
        "workshop/TicTacToe-v0", "three in a row on 3 x 3 cells", rows=3, cols=3, k=3, gravity=False
    ),
    "connect-four": _board(
        "workshop/ConnectFour-v0",
        "four in a row; stones fall to the bottom",
        rows=6,
        cols=7,
        k=4,
        gravity=True,
    ),
    "connect-3": _board(
        "workshop/Connect3-v0",
        "three in a row on 4 x 4 cells; stones fall to the bottom",
        rows=4,
        cols=4,
        k=3,
        gravity=True,
    ),
    "gomoku-7": _board(
        "workshop/Gomoku7-v0", "five in a row on 7 x 7 cells", rows=7, cols=7, k=5, gravity=False
    ),
    "misere-tictactoe": _board(
        "workshop/MisereTicTacToe-v0",
        "tic-tac-toe in which three in a row lose",
        rows=3,
        cols=3,
        k=3,
        gravity=False,
        misere=True,
    ),
    "kinarow": _board("workshop/KInARow-v0", "any board: rows, cols, k, gravity, misere"),
    "gridworld": WorldSpec(
        "workshop/GridWorld-v0",
        "envs.gridworld:GridWorldEnv",
        "envs.batched.gridworld:BatchedGridWorld",
        "a grid of cells: map, observation, slip, rewards",
        max_episode_steps=200,
    ),
    "duel": WorldSpec(
        "workshop/Duel-v0",
        "envs.duel:DuelEnv",
        "envs.batched.duel:BatchedDuel",
        "two light-cycles, moving at the same time: rows, cols, starts, obstacles",
        two_player=True,
    ),
}
"""Every world of ours, by the name it has on the command line."""


def register_worlds() -> None:
    """Registers every world with Gymnasium; a second call changes nothing."""
    for world in WORLDS.values():
        if world.id not in registry:
            register(
                id=world.id,
                entry_point=world.entry_point,
                vector_entry_point=world.vector_entry_point,
                kwargs=dict(world.kwargs),
                max_episode_steps=world.max_episode_steps,
            )
