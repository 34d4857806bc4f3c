"""PettingZoo's parallel face of Duel: `parallel_env("duel:rows=9,cols=9")`."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from pettingzoo import ParallelEnv

from envs.drawing.rendering import render_modes
from envs.duel import DuelEnv
from envs.names import BadInput
from envs.worlds import find_world

PLAYERS = ["player_0", "player_1"]


class parallel_env(ParallelEnv[str, np.ndarray, int]):  # noqa: N801 - PettingZoo's name for it
    """Two light-cycles that move at the same time; see `envs.duel.DuelEnv`.

    Observation space: `MultiBinary((3, rows + 2, cols + 2))`: walls, own head, the other's head.

    Rewards: +1 and -1 for a win, 0 and 0 for a draw.

    Raises:
        BadInput: there is no such world, or it is no duel.
    """

    def __init__(self, world: str = "duel", render_mode: str | None = None) -> None:
        self.metadata = {**render_modes(fps=6), "name": f"{world}_v0"}
        duel = find_world(world).make(seat="both", render_mode=render_mode).unwrapped
        if not isinstance(duel, DuelEnv):
            raise BadInput(f"{world} is not played at the same time; write duel:rows=9,cols=9")
        self.duel = duel
        self.render_mode = render_mode
        self.possible_agents = list(PLAYERS)
        self.agents = list(PLAYERS)
        shape = duel.observation_space.shape
        assert shape is not None
        self.observation_spaces = {agent: gym.spaces.MultiBinary(shape) for agent in PLAYERS}
        self.action_spaces = {agent: gym.spaces.Discrete(4) for agent in PLAYERS}

    def observation_space(self, agent: str) -> gym.Space[Any]:
        """What the observation of `agent` lies in."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gym.Space[Any]:
        """The actions of `agent`."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """A new arena."""
        self.duel.reset(seed=seed)
        self.agents = list(PLAYERS)
        return self._observations(), self._infos()

    def step(
        self, actions: dict[str, int]
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
        """One move of both."""
        self.duel.step(actions[PLAYERS[0]])
        _, reward, over, _, _ = self.duel.step(actions[PLAYERS[1]])
        rewards = {PLAYERS[0]: -reward, PLAYERS[1]: reward}
        if over:
            self.agents = []
        ends = dict.fromkeys(PLAYERS, over)
        cuts = dict.fromkeys(PLAYERS, False)
        return self._observations(), rewards, ends, cuts, self._infos()

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: self.duel.planes(player) for player, agent in enumerate(PLAYERS)}

    def _infos(self) -> dict[str, Any]:
        return {agent: {} for agent in PLAYERS}

    def render(self) -> Any:
        """A frame, or text, as `render_mode` asks."""
        return self.duel.render()

    def close(self) -> None:
        """Closes the window, if one is open; a second call does nothing."""
        self.duel.close()
