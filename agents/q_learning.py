"""Q-learning: a table with one number for every percept and action, corrected after each step.

    Q(s, a) += alpha * (reward + sign * gamma * max_a' Q(s', a') - Q(s, a))

`sign` is the world's: +1 where the next percept is the agent's own, -1 where it is the
opponent's. The maximum runs over legal actions; where the episode has terminated it is 0.

Sources: C. Watkins, "Learning from Delayed Rewards", 1989; Sutton & Barto, 2nd ed., section 6.5.

Deviations: exploration falls linearly; equal Q-values are broken by lot while learning (else an
agent that has seen nothing always tries action 0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from agents.agent import Agent, Thoughts
from agents.training import Counters, EpisodeReturns, Part, Progress, check_settings, restore
from envs.names import BadInput
from envs.percept import Percept, perceive
from envs.replayable import ReplayableEnv
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of Q-learning."""

    steps: int = 50_000
    """Environment steps to train for."""
    alpha: float = 0.2
    """Learning rate: how far a Q-value moves towards its target."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    epsilon_start: float = 1.0
    """Share of random actions at the start."""
    epsilon_end: float = 0.05
    """Share of random actions once exploration has fallen."""
    epsilon_fraction: float = 0.5
    """Over which share of the steps exploration falls."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {
    "workshop/TicTacToe-v0": {"steps": 1_000_000, "alpha": 0.5, "epsilon_end": 0.5},
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class QTable:
    """Q-values by observation; what was never seen counts 0."""

    def __init__(self, actions: int) -> None:
        self.actions = actions
        self.rows: dict[bytes, np.ndarray] = {}

    def __getitem__(self, observation: np.ndarray) -> np.ndarray:
        """The row of `observation`, float64 (actions,), to be read and written."""
        key = observation.tobytes()
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = np.zeros(self.actions)
        return row

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


class QLearningAgent(Agent):
    """Plays the legal action of highest Q-value, the first of equals."""

    def __init__(self, world: World, config: Config, seed: int | None = None) -> None:
        if isinstance(world.observation_space, gym.spaces.Box):
            raise BadInput(
                f"q-learning keeps a table of percepts; those of {world.name} are continuous "
                "(try dqn)"
            )
        self.table = QTable(world.action_count)

    def act(self, percept: Percept) -> int:
        """The best legal action."""
        return int(best_actions(self.table[percept.observation], percept.legal_actions)[0])

    def think(self, percept: Percept) -> Thoughts:
        """The Q-value of each legal action."""
        q_values = self.table[percept.observation]
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


class NumpyRandom:
    """A NumPy generator as a part that can be saved."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)

    def state_dict(self) -> dict[str, Any]:
        """The state of the generator, with its large integers as text."""
        state = self.generator.bit_generator.state
        return {**state, "state": {key: str(value) for key, value in state["state"].items()}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on drawing from there."""
        numbers = {key: int(value) for key, value in state["state"].items()}
        self.generator.bit_generator.state = {**state, "state": numbers}


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: QLearningAgent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Learns in one world, one step at a time.

    Args:
        env: one world, seeded episode by episode.
        device: unused: a table lives on the CPU.
        agent: receives what is learned.
        state: where an earlier call stopped; None: from the start.
    """
    sign = getattr(env.unwrapped, "value_sign", 1)
    random = NumpyRandom(seed)
    table = agent.table
    returns = EpisodeReturns(1)
    at = Counters()
    parts: dict[str, Part] = {
        "env": env,
        "random": random,
        "table": table,
        "returns": returns,
        "at": at,
    }
    if state is None:
        env.reset()
    restore(parts, state)
    draw = random.generator
    percept = perceive(env, *env.now)

    while at.step < config.steps:
        explored = min(1.0, at.step / config.steps / config.epsilon_fraction)
        epsilon = config.epsilon_start + explored * (config.epsilon_end - config.epsilon_start)
        q_values = table[percept.observation]
        explore = draw.random() < epsilon
        choices = (
            percept.legal_actions if explore else best_actions(q_values, percept.legal_actions)
        )
        action = choices[int(draw.random() * len(choices))]

        observation, reward, terminated, truncated, info = env.step(action)
        percept = perceive(env, observation, info)
        next_value = 0.0
        if not terminated:
            next_q = table[percept.observation].tolist()
            next_value = max(next_q[legal] for legal in percept.legal_actions)
        td_target = reward + sign * config.gamma * next_value
        q_values[action] += config.alpha * (td_target - q_values[action])

        returns.add_one(reward, terminated or truncated)
        if terminated or truncated:
            percept = perceive(env, *env.reset())
        at.step += 1
        if at.step % 500 == 0 or at.step == config.steps:
            metrics = {"epsilon": epsilon, "states": float(len(table.rows)), **returns.metrics()}
            yield Progress(at.step, metrics, agent, parts)
