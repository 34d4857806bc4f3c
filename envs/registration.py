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
        id, "envs.board:BoardEnv", "envs.batched:BatchedBoard", summary, kwargs, two_player=True
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
    "kinarow": _board("workshop/KInARow-v0", "any board: rows, cols, k, gravity"),
    "gridworld": WorldSpec(
        "workshop/GridWorld-v0",
        "envs.gridworld:GridWorldEnv",
        "envs.batched:BatchedGridWorld",
        "find the goal among walls and pits: map, slip, rewards",
        max_episode_steps=200,
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
