"""What every tabular learner shares: the table, the agent that acts by it, exploration by lot."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from agents.agent import Agent, Thoughts
from envs.names import BadInput
from envs.percept import Percept
from envs.worlds import World


class QTable:
    """Q-values by observation; what was never seen counts 0."""

    def __init__(self, actions: int) -> None:
        self.actions = actions
        self.rows: dict[bytes, np.ndarray] = {}

    def __getitem__(self, observation: np.ndarray) -> np.ndarray:
        """The row of `observation`, float64 (actions,), to be read and written."""
        return self.row(observation.tobytes())

    def row(self, key: bytes) -> np.ndarray:
        """The row of the observation with these bytes, to be read and written."""
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = np.zeros(self.actions)
        return row

    def peek(self, observation: np.ndarray) -> np.ndarray:
        """The row of `observation`, to be read only: looking adds no row to the table."""
        row = self.rows.get(observation.tobytes())
        return np.zeros(self.actions) if row is None else row

    def state_dict(self) -> dict[str, Any]:
        """All rows, as two tensors."""
        return {name: torch.from_numpy(array) for name, array in self.arrays().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes the rows of `state_dict`."""
        self.fill({name: tensor.numpy() for name, tensor in state.items()})

    def arrays(self) -> dict[str, np.ndarray]:
        """uint8 (rows, bytes of an observation) and float64 (rows, actions)."""
        keys = np.frombuffer(b"".join(self.rows), np.uint8).reshape(len(self.rows), -1)
        return {"observations": keys.copy(), "q_values": np.array(list(self.rows.values()))}

    def fill(self, arrays: dict[str, np.ndarray]) -> None:
        """The inverse of `arrays`."""
        keys = arrays["observations"]
        self.rows.clear()
        for key, row in zip(keys, arrays["q_values"], strict=True):
            self.rows[key.tobytes()] = row.copy()


class TableAgent(Agent):
    """Plays the legal action of highest Q-value, the first of equals.

    Raises:
        BadInput: the percepts of `world` are continuous: hardly any would be met twice.
    """

    def __init__(self, world: World, config: object, seed: int | None = None) -> None:
        if isinstance(world.observation_space, gym.spaces.Box):
            raise BadInput(
                "a table needs percepts that can be counted; "
                f"those of {world.name} are continuous (try dqn)"
            )
        self.table = QTable(world.action_count)

    def act(self, percept: Percept) -> int:
        """The best legal action."""
        return best_actions(self.table.peek(percept.observation), percept.legal_actions)[0]

    def think(self, percept: Percept) -> Thoughts:
        """The Q-value of each legal action."""
        q_values = self.table.peek(percept.observation)
        return Thoughts(np.where(percept.action_mask, q_values, np.nan), "Q-value")

    def save(self, path: Path) -> None:
        """Writes the table."""
        save_file(self.table.arrays(), path)

    def load(self, path: Path) -> None:
        """Reads the table."""
        self.table.fill(load_file(path))


def best_actions(q_values: np.ndarray, legal: tuple[int, ...]) -> list[int]:
    """All legal actions of highest Q-value."""
    values = q_values.tolist()
    best = max(values[action] for action in legal)
    return [action for action in legal if values[action] == best]


def epsilon_greedy(
    q_values: np.ndarray, legal: tuple[int, ...], epsilon: float, draw: np.random.Generator
) -> int:
    """A random legal action with probability `epsilon`, else one of the best by lot."""
    choices = legal if draw.random() < epsilon else best_actions(q_values, legal)
    return choices[int(draw.random() * len(choices))]


class Exploration(Protocol):
    """The settings that say how exploration falls."""

    @property
    def steps(self) -> int:
        """Environment steps in all."""

    @property
    def epsilon_start(self) -> float:
        """Share of random actions at the start."""

    @property
    def epsilon_end(self) -> float:
        """Share of random actions once exploration has fallen."""

    @property
    def epsilon_fraction(self) -> float:
        """Over which share of the steps exploration falls."""


def epsilon_at(step: int, config: Exploration) -> float:
    """The share of random actions at `step`: it falls linearly, then stays."""
    falls = config.epsilon_fraction * config.steps
    explored = step / falls if step < falls else 1.0
    return config.epsilon_start + explored * (config.epsilon_end - config.epsilon_start)


class NumpyRandom:
    """A NumPy generator as a part that can be saved: a new one, or one that is there."""

    def __init__(self, seed: int | np.random.Generator) -> None:
        self.generator = np.random.default_rng(seed)

    def state_dict(self) -> dict[str, Any]:
        """The state of the generator, with its large integers as text."""
        state = self.generator.bit_generator.state
        return {**state, "state": {key: str(value) for key, value in state["state"].items()}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on drawing from there."""
        numbers = {key: int(value) for key, value in state["state"].items()}
        self.generator.bit_generator.state = {**state, "state": numbers}
