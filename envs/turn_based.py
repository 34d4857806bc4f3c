"""PettingZoo's AEC face of the boards: `env("connect-four")`.

It looks and behaves like PettingZoo's classic games: two agents in turn, each observing a
dictionary of `observation` and `action_mask`. Rules, pictures and text are `envs.board`'s.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from pettingzoo import AECEnv
from pettingzoo.utils.wrappers import AssertOutOfBoundsWrapper, OrderEnforcingWrapper

from envs.board import BoardEnv
from envs.drawing.rendering import render_modes
from envs.names import BadInput
from envs.worlds import find_world

PLAYERS = ["player_0", "player_1"]


def env(world: str = "tictactoe", render_mode: str | None = None) -> AECEnv[str, Any, Any]:
    """A board by its name (`tictactoe`, `kinarow:rows=7,cols=7,k=4`) in PettingZoo's wrappers.

    Raises:
        BadInput: there is no such world, or it is no board.
    """
    return OrderEnforcingWrapper(AssertOutOfBoundsWrapper(raw_env(world, render_mode)))


class raw_env(AECEnv[str, Any, Any]):  # noqa: N801 - PettingZoo's name for it
    """A board whose two agents move in turn.

    Observation space: `Dict(observation=Box(0, 1, (2, rows, cols), int8), action_mask=Box(0, 1,
    (actions,), int8))`: the agent's own stones, then the other's; no action where it is not to
    move.

    Rewards: +1 and -1 for a win, 0 and 0 for a draw. Whoever plays an illegal move loses.
    """

    def __init__(self, world: str = "tictactoe", render_mode: str | None = None) -> None:
        super().__init__()
        self.metadata = {
            **render_modes(fps=2),
            "name": f"{world}_v0",
            "is_parallelizable": False,
        }
        found = find_world(world)
        if found.rules is None:
            raise BadInput(f"{world} is no board; boards are tictactoe, connect-four, kinarow, ...")
        self.render_mode = render_mode
        board = found.make(seat="both", render_mode=render_mode).unwrapped
        assert isinstance(board, BoardEnv)
        self.board = board
        self.possible_agents = list(PLAYERS)
        self.agents = list(PLAYERS)
        rules = board.rules
        observation: dict[str, gym.Space[Any]] = {
            "observation": gym.spaces.Box(0, 1, (2, rules.rows, rules.cols), np.int8),
            "action_mask": gym.spaces.Box(0, 1, (rules.actions,), np.int8),
        }
        self.observation_spaces = {agent: gym.spaces.Dict(observation) for agent in PLAYERS}
        self.action_spaces = {agent: gym.spaces.Discrete(rules.actions) for agent in PLAYERS}

    def observation_space(self, agent: str) -> gym.Space[Any]:
        """What `observe(agent)` lies in."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gym.Space[Any]:
        """The actions of `agent`."""
        return self.action_spaces[agent]

    def observe(self, agent: str) -> dict[str, np.ndarray]:
        """The board as `agent` sees it, and its legal actions."""
        player = PLAYERS.index(agent)
        moves = agent == self.agent_selection
        mask = self.board.action_masks().astype(np.int8)
        return {
            "observation": self.board.planes(player),
            "action_mask": mask if moves else np.zeros_like(mask),
        }

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """An empty board; player_0 begins."""
        self.board.reset(seed=seed)
        self.agents = list(PLAYERS)
        self.agent_selection = PLAYERS[0]
        self.rewards = dict.fromkeys(PLAYERS, 0.0)
        self._cumulative_rewards = dict.fromkeys(PLAYERS, 0.0)
        self.terminations = dict.fromkeys(PLAYERS, False)
        self.truncations = dict.fromkeys(PLAYERS, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in PLAYERS}

    def step(self, action: Any) -> None:
        """A move of the agent whose turn it is; None once it is out of the game."""
        mover = self.agent_selection
        if self.terminations[mover] or self.truncations[mover]:
            self._was_dead_step(action)
            return
        other = PLAYERS[1 - PLAYERS.index(mover)]
        _, reward, over, _, _ = self.board.step(action)
        self._cumulative_rewards[mover] = 0.0
        self.rewards = {mover: reward, other: -reward}
        self.terminations = dict.fromkeys(PLAYERS, over)
        self.agent_selection = other
        self._accumulate_rewards()

    def render(self) -> Any:
        """A frame, or text, as `render_mode` asks."""
        if self.render_mode is None:
            gym.logger.warn("render() was called, but no render_mode was given")
            return None
        return self.board.render()

    def close(self) -> None:
        """Closes the window, if one is open; a second call does nothing."""
        self.board.close()
