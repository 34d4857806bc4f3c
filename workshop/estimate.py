"""How strong an agent is where no truth is known: the mean return of a few episodes.

The seeds are fixed beforehand, so that two measures of the same play are equal, and two agents meet
the same episodes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from agents.agent import Agent, make_agent
from envs.percept import Percept, perceive
from envs.worlds import World

EPISODES = 10
"""How many episodes an estimate takes, all side by side."""
FIRST_SEED = 1_000_000
"""The seed of the first of them; no training begins there by default."""
MOST_STEPS = 10_000
"""After how many steps an episode is cut off in a world that has no limit of its own."""


class Episodes(NamedTuple):
    """How each of some episodes went; every field is (episodes,)."""

    returns: np.ndarray
    lengths: np.ndarray
    """In steps."""
    successes: np.ndarray
    """bool: whether the world says that it ended well (a gridworld: on a goal)."""


def estimated_measure(world: World) -> Callable[[Agent], dict[str, float]]:
    """From an agent to its mean return and length over `EPISODES` episodes.

    For worlds of one player with discrete actions, `CartPole-v1` say, and for games of two, which
    are played against `rival_name` in a random seat. The agent acts as it does when it is watched:
    learners greedily. Worlds that draw their own chances from the seed given to `reset` make the
    measure the same for the same play.
    """
    seeds = range(FIRST_SEED, FIRST_SEED + EPISODES)
    kept = [] if world.two_player else make_envs(world, EPISODES)

    def measure(agent: Agent) -> dict[str, float]:
        envs = kept or make_envs(world, EPISODES)  # a rival draws lots: each time the same ones
        played = play_episodes(envs, agent, seeds)
        return {
            "evaluation_return": float(played.returns.mean()),
            "evaluation_length": float(played.lengths.mean()),
        }

    return measure


def rival_name(world: World) -> str:
    """Whom an agent is measured against: whoever drives at random in a duel crashes at once."""
    return "random-safe" if world.is_duel else "random"


def make_envs(world: World, count: int, seed: int = 0) -> list[gym.Env]:
    """`count` envs of `world`; in games of two, against a rival each whose lots `seed` decides."""
    if not world.two_player:
        return [world.make() for _ in range(count)]
    rivals = [make_agent(rival_name(world), world, seed + index) for index in range(count)]
    return [world.make(opponent=rival.act) for rival in rivals]


def play_episodes(envs: Sequence[gym.Env], agent: Agent, seeds: Sequence[int]) -> Episodes:
    """One episode for each seed, side by side in as many envs as there are.

    An agent that remembers plays them one after the other.
    """
    if agent.has_memory:
        envs = envs[:1]
    parts = [
        _play_together(envs, agent, seeds[first : first + len(envs)])
        for first in range(0, len(seeds), len(envs))
    ]
    return Episodes(*map(np.concatenate, zip(*parts, strict=True)))


def _play_together(envs: Sequence[gym.Env], agent: Agent, seeds: Sequence[int]) -> Episodes:
    """One episode in each env, every step one call of the agent for all that are not over."""
    returns, lengths = np.zeros(len(seeds)), np.zeros(len(seeds), np.int64)
    successes = np.zeros(len(seeds), bool)
    percepts: dict[int, Percept] = {}
    for index, seed in enumerate(seeds):
        percepts[index] = perceive(envs[index], *envs[index].reset(seed=seed))
    while percepts:
        for index, action in zip(list(percepts), _act(agent, percepts), strict=True):
            observation, reward, terminated, truncated, info = envs[index].step(action)
            returns[index] += float(reward)
            lengths[index] += 1
            successes[index] = bool(info.get("is_success", False))
            if terminated or truncated or lengths[index] >= step_limit(envs[index]):
                del percepts[index]
            else:
                percepts[index] = perceive(envs[index], observation, info)
    return Episodes(returns, lengths, successes)


def _act(agent: Agent, percepts: dict[int, Percept]) -> list[int]:
    if agent.has_memory:
        return [agent.act(percept) for percept in percepts.values()]
    return agent.act_many(list(percepts.values()))


def step_limit(env: gym.Env) -> int:
    """After how many steps an episode ends at the latest."""
    return (env.spec.max_episode_steps if env.spec else None) or MOST_STEPS
