"""What users of other packages have suffered from, by the thread in which they said so."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode

from agents.agent import AGENTS, make_agent
from agents.dqn import td_targets
from agents.table import best_actions
from envs.board import BoardEnv
from envs.names import BadInput
from envs.registration import WORLDS
from envs.rules.kinarow import KInARow
from envs.turn_based import env as aec_env
from envs.worlds import World, find_world

IDS = [world.id for world in WORLDS.values()]
LOCAL = "gridworld:observation=local"


def run(code: str, **env: str) -> None:
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env={**clean, **env})


@pytest.mark.parametrize("id", IDS)
def test_gymnasium_822_no_render_mode_starts_no_pygame(id: str) -> None:
    run(
        "import sys, gymnasium as gym, envs\n"
        f"env = gym.make('{id}')\n"
        "env.reset(seed=0); env.step(1); env.close(); env.close()\n"
        "assert 'pygame' not in sys.modules and 'torch' not in sys.modules\n"
    )


def test_gymnasium_1413_rgb_array_needs_no_display() -> None:
    run(
        "import gymnasium as gym, envs, pygame\n"
        f"for id in {IDS}:\n"
        "    env = gym.make(id, render_mode='rgb_array')\n"
        "    env.reset(seed=0)\n"
        "    assert env.render().shape == (640, 640, 3)\n"
        "    env.close(); env.close()\n"
        "assert not pygame.display.get_init() and not pygame.mixer.get_init()\n"
    )


@pytest.mark.parametrize("id", IDS)
def test_gymnasium_543_a_closed_window_stays_closed_and_play_goes_on(id: str) -> None:
    run(
        "import gymnasium as gym, envs, pygame\n"
        f"env = gym.make('{id}', render_mode='human')\n"
        "env.reset(seed=0)\n"
        "assert pygame.display.get_init()\n"
        "pygame.event.post(pygame.event.Event(pygame.QUIT))\n"
        "ended = env.step(1)[2]\n"
        "assert not pygame.display.get_init()\n"
        "env.reset() if ended else env.step(2)\n"
        "env.close(); env.close()\n",
        SDL_VIDEODRIVER="dummy",
    )


@pytest.mark.parametrize("map", ["S.\n.G", "S~\n.G"])
def test_gymnasium_1103_the_limit_truncates_and_a_goal_on_it_terminates(map: str) -> None:
    """At the very last step both can be true, and only `terminated` ends the value."""
    env = gym.make(WORLDS["gridworld"].id, map=map, max_episode_steps=2, ice_slip=0.0)
    env.reset(seed=0)
    assert env.step(0)[2:4] == (False, False)
    assert env.step(0)[2:4] == (False, True)
    env.reset(seed=0)
    env.step(1)
    assert env.step(2)[2:4] == (True, True)
    batch: Any = gym.make_vec(
        WORLDS["gridworld"].id,
        3,
        vectorization_mode="vector_entry_point",
        map=map,
        max_episode_steps=2,
        ice_slip=0.0,
    )
    batch.reset(seed=0)
    batch.step(np.array([1, 0, 2]))
    _, _, terminated, truncated, info = batch.step(np.array([2, 0, 2]))
    assert terminated.tolist() == [True, False, False] and truncated.all()
    assert info["final_obs"].tolist() == [3, 0, 2]


@pytest.mark.parametrize("id", IDS)
def test_gymnax_109_the_batch_declares_one_autoreset_mode_and_keeps_the_last_percept(
    id: str,
) -> None:
    env: Any = gym.make_vec(id, 64, vectorization_mode="vector_entry_point", device="cpu")
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    env.reset(seed=0)
    rng = torch.Generator().manual_seed(0)
    for _ in range(40):
        actions = torch.randint(env.single_action_space.n, (64,), generator=rng)
        seen, _, terminated, truncated, info = env.step(actions)
        going = ~(terminated | truncated)
        assert (info["_final_obs"] == ~going).all()
        assert torch.equal(seen[going], info["final_obs"][going])


def test_cleanrl_499_a_target_stops_at_terminated_and_not_at_truncated() -> None:
    batch = {
        "reward": torch.tensor([1.0, 1.0]),
        "terminated": torch.tensor([1.0, 0.0]),  # the second was truncated only
        "next_mask": torch.ones((2, 2), dtype=torch.bool),
    }
    next_q = torch.tensor([[5.0, 7.0], [5.0, 7.0]])
    assert td_targets(batch, next_q, next_q, 0.5, sign=1).tolist() == [1.0, 4.5]


def test_pettingzoo_863_and_sb3_contrib_200_the_best_illegal_action_is_nowhere() -> None:
    """Masks are in the percept, in `action_masks()`, and inside the maximum of the target."""
    env: Any = gym.make(WORLDS["tictactoe"].id, seat="both", illegal="raise").unwrapped
    _, info = env.reset(seed=0)
    for action in (4, 0, 8):
        _, _, _, _, info = env.step(action)
    taken = [0, 4, 8]
    assert not info["action_mask"][taken].any() and not env.action_masks()[taken].any()
    assert not set(taken) & set(env.percept().legal_actions)
    batch = {
        "reward": torch.zeros(1),
        "terminated": torch.zeros(1),
        "next_mask": torch.tensor([[False, True]]),
    }
    next_q = torch.tensor([[100.0, 1.0]])
    assert td_targets(batch, next_q, next_q, 1.0, sign=-1).item() == -1.0


def test_pettingzoo_1147_the_losers_minus_one_is_delivered() -> None:
    env = aec_env("tictactoe")
    env.reset(seed=0)
    for action in (0, 3, 1, 4, 2):
        env.step(action)
    heard = {}
    while env.agents:
        agent = env.agent_selection
        _, reward, terminated, truncated, _ = env.last()
        heard[agent] = (reward, terminated, truncated)
        env.step(None)
    assert heard == {"player_0": (1, True, False), "player_1": (-1, True, False)}


@pytest.mark.parametrize(("rows", "cols", "k"), [(3, 3, 3), (4, 4, 4), (3, 5, 4)])
def test_a_win_on_the_last_free_cell_is_a_win(rows: int, cols: int, k: int) -> None:
    """Both classic reports of it are about well-known packages."""
    rules, rng, seen = KInARow(rows, cols, k), np.random.default_rng(0), 0
    env = BoardEnv(rows, cols, k, seat="both")
    for _ in range(3000):
        env.reset()
        reward = 0.0
        while not env.over:
            reward = env.step(int(rng.choice(rules.legal_actions(env.mine, env.theirs))))[1]
        if len(env.moves) == rows * cols and rules.lines(env.theirs):
            assert reward == 1.0
            seen += 1
    assert seen > 20


def test_frozen_lake_never_learns_because_of_ties_and_slipping_by_default() -> None:
    assert best_actions(np.zeros(4), (0, 1, 2, 3)) == [0, 1, 2, 3]  # one of these, by lot
    assert not find_world("gridworld").grid.slips.any()  # type: ignore[union-attr]


def home(name: str) -> World:
    """The first world that an agent takes."""
    for world in map(find_world, ("tictactoe", "connect-four", "duel", "gridworld", LOCAL)):
        with suppress(BadInput):
            make_agent(name, world)
            return world
    raise AssertionError(f"no world for {name}")


def test_kaggle_unseeded_everything_random_here_takes_a_seed() -> None:
    for name in AGENTS:
        if AGENTS[name].trains_on or name in ("human", "minimax"):
            continue
        world = home(name)
        env: Any = world.make(**({"seat": "both"} if world.two_player else {})).unwrapped
        env.reset(seed=0)
        percept = env.percept()
        one, other = make_agent(name, world, 5), make_agent(name, world, 5)
        actions = [one.act(percept) for _ in range(20)]
        assert actions == [other.act(percept) for _ in range(20)], name
