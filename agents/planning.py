"""What the planners share: the model of a gridworld, and a table that holds what is planned."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.table import TableAgent
from envs.names import BadInput
from envs.rules.grid import Grid
from envs.worlds import World


class PlanningAgent(TableAgent):
    """Plays the action of highest Q-value, the first of equals.

    Raises:
        BadInput: `world` has no model, another one in every episode, or hides the state.
    """

    def __init__(self, world: World, config: object, seed: int | None = None) -> None:
        if not world.is_gridworld:
            raise BadInput(f"planning needs the model of a gridworld; {world.name} has none")
        if world.grid is None:
            raise BadInput(
                f"planning needs the model of one map; {world.name} draws a new one every "
                "episode (map_seed=7 keeps one)"
            )
        super().__init__(world, config, seed)
        face: Any = world.make().unwrapped
        self.grid: Grid = world.grid
        states = self.grid.decision_states.tolist()
        self._keys = {state: face.percept(state).observation.tobytes() for state in states}
        if len(set(self._keys.values())) < len(states):
            raise BadInput(
                f"planning needs percepts that tell the states apart; those of {world.name} do not"
            )

    def write(self, q_value: np.ndarray) -> None:
        """Takes the Q-values, (states, actions), of every state in which there is a choice."""
        for state, key in self._keys.items():
            self.table.row(key)[:] = q_value[state]


class SavedArray:
    """A NumPy array as a part that can be saved."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def state_dict(self) -> dict[str, Tensor]:
        """The numbers."""
        return {"array": torch.from_numpy(self.array.copy())}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Takes the numbers of `state_dict`, in place."""
        self.array[:] = state["array"].numpy()
