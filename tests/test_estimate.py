"""Episodes on fixed seeds: side by side as one after the other, and always the same."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from agents.agent import Agent, make_agent
from envs.percept import Percept
from envs.worlds import World, find_world
from workshop import estimate
from workshop.estimate import estimated_measure, make_envs, play_episodes


class Balancer(Agent):
    """Pushes CartPole's cart to where the pole falls; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def act(self, percept: Percept) -> int:
        return int(percept.observation[2] > 0)

    def act_many(self, percepts: list[Percept]) -> list[int]:
        self.asked.append(len(percepts))
        return [self.act(percept) for percept in percepts]


class First(Agent):
    """The first legal action."""

    def act(self, percept: Percept) -> int:
        return percept.legal_actions[0]


def plain_returns(seeds: range) -> list[float]:
    """CartPole played by Gymnasium alone, one episode after the other."""
    env, found = gym.make("CartPole-v1"), []
    for seed in seeds:
        seen, _ = env.reset(seed=seed)
        total, over = 0.0, False
        while not over:
            seen, reward, dead, cut, _ = env.step(int(seen[2] > 0))
            total, over = total + float(reward), dead or cut
        found.append(total)
    return found


def test_side_by_side_is_as_one_after_the_other() -> None:
    agent = Balancer()
    played = play_episodes(make_envs(find_world("CartPole-v1"), 4), agent, range(7, 17))
    assert played.returns.tolist() == plain_returns(range(7, 17))
    assert played.lengths.tolist() == played.returns.tolist()
    assert len(set(played.returns)) > 1 and max(agent.asked) == 4
    assert sum(agent.asked) == played.lengths.sum()  # never asked about an episode that is over


def test_the_estimate_is_the_mean_over_ten_fixed_seeds_and_repeats() -> None:
    measure = estimated_measure(find_world("CartPole-v1"))
    found = measure(Balancer())
    expected = float(np.mean(plain_returns(range(1_000_000, 1_000_010))))
    assert found == {"evaluation_return": expected, "evaluation_length": expected}
    assert measure(Balancer()) == found
    worse = measure(First())
    assert 8 < worse["evaluation_return"] < 11  # always to the left: the pole falls at once


@pytest.mark.parametrize("name", ["connect-four", "duel:starts=random", "gridworld:map=maze"])
def test_the_same_play_earns_the_same_wherever_chance_comes_from_the_seed(name: str) -> None:
    world = find_world(name)
    measure = estimated_measure(world)
    found = measure(First())
    assert measure(First()) == found == estimated_measure(world)(First())
    assert -100 <= found["evaluation_return"] <= 1


def test_a_worlds_own_limit_holds() -> None:
    found = estimated_measure(find_world("MountainCar-v0"))(First())
    assert found == {"evaluation_return": -200, "evaluation_length": 200}


def test_a_world_without_a_limit_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(gym.Env[np.ndarray, Any]):
        observation_space = gym.spaces.Box(0, 1, (1,))
        action_space = gym.spaces.Discrete(2)

        def reset(self, **kwargs: Any) -> tuple[np.ndarray, dict[str, Any]]:
            return np.zeros(1, np.float32), {}

        def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
            return np.zeros(1, np.float32), 1.0, False, False, {}

    monkeypatch.setattr(estimate, "MOST_STEPS", 50)
    monkeypatch.setitem(
        gym.registry, "Endless-v0", gym.envs.registration.EnvSpec("Endless-v0", Endless)
    )
    found = estimated_measure(find_world("Endless-v0"))(First())
    assert found == {"evaluation_return": 50, "evaluation_length": 50}


def test_an_agent_that_remembers_plays_one_episode_at_a_time() -> None:
    """Its map of one episode would mislead it in another; alone it always finds the goal."""
    world: World = find_world("gridworld:map=small,observation=local")
    agent = make_agent("model-based-reflex", world, 0)
    played = play_episodes(make_envs(world, 10), agent, range(10))
    assert agent.has_memory and played.successes.all()
