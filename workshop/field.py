"""A whole gridworld at once: how an agent rates its actions in every cell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.agent import Agent
from envs.gridworld import GridWorldEnv

MOST = 400
"""Cells of which a policy is shown: on more, its arrows are too small, and a search too slow."""


class Field(NamedTuple):
    """How an agent rates its actions in the present scene of a gridworld."""

    scores: np.ndarray
    """float (states, actions); 0 in states of other scenes."""
    are_shares: bool
    """Whether the scores are a policy: how probable, and not how good."""


def field_of(agent: Agent, face: GridWorldEnv) -> Field | None:
    """Asks the agent about every cell; None if it does not tell, or remembers what it was asked."""
    if agent.has_memory:
        return None
    grid = face.grid
    scores, are_shares = np.zeros((grid.states, grid.actions)), False
    for state in states_of_scene(face):
        thoughts = agent.think(face.percept(int(state)))
        if thoughts is None or (thoughts.are_shares and grid.cells > MOST):
            return None
        scores[state], are_shares = thoughts.scores, thoughts.are_shares
    return Field(scores, are_shares)


def states_of_scene(face: GridWorldEnv) -> np.ndarray:
    """The states, int64 (n,), of the present scene in which a move is to be made."""
    states, cells = face.grid.decision_states, face.grid.cells
    return states[states // cells == face.state // cells]
