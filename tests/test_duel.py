"""Duel's rules: who loses when, on ints and on tensors alike; and the order of its players."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.agent import make_agent
from envs.names import BadInput
from envs.percept import perceive
from envs.rules.duel import Duel
from envs.worlds import find_world

UP, RIGHT, DOWN, LEFT = range(4)


def play(rows: int, cols: int, *moves: tuple[int, int]) -> list[tuple[bool, bool]]:
    """Who has crashed after each move."""
    duel = Duel(rows, cols, starts="corners")
    arena = duel.arena(np.random.default_rng(0))
    walls, heads, told = bytearray(arena.walls.tobytes()), arena.heads, []
    for actions in moves:
        heads, (first, second) = duel.step(walls, heads, actions)
        told.append((bool(first), bool(second)))
    return told


def test_whoever_hits_a_wall_loses_and_both_at_once_draw() -> None:
    assert play(4, 4, (UP, LEFT)) == [(True, False)]
    assert play(4, 4, (RIGHT, RIGHT)) == [(False, True)]
    assert play(4, 4, (UP, DOWN)) == [(True, True)]


def test_turning_back_is_driving_into_ones_own_wall() -> None:
    assert play(4, 4, (RIGHT, LEFT), (LEFT, UP)) == [(False, False), (True, False)]


def test_meeting_in_one_cell_and_changing_places_are_draws() -> None:
    meeting = [(RIGHT, LEFT), (DOWN, UP)]  # 3 x 3: both come to the middle
    assert play(3, 3, *meeting) == [(False, False), (True, True)]
    places = [(DOWN, UP), (RIGHT, LEFT), (RIGHT, LEFT)]
    assert play(2, 3, (RIGHT, LEFT), (DOWN, UP)) == [(False, False), (True, True)]
    assert play(3, 4, *places)[-1] == (True, True)


def test_the_others_wall_counts_as_well() -> None:
    moves = [(RIGHT, UP), (RIGHT, UP), (DOWN, UP), (DOWN, LEFT)]
    told = play(4, 4, *moves)
    assert told[:3] == [(False, False)] * 3 and told[3] == (False, True)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 9), st.integers(3, 9), st.sampled_from(["facing", "corners", "random"]),
    st.integers(0, 2), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_arenas_on_tensors_are_many_arenas_on_ints(
    rows: int, cols: int, starts: str, pairs: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    duel = Duel(rows, cols, starts, min(2 * pairs, rows * cols // 2 // 2 * 2))
    arenas = [duel.arena(rng) for _ in range(5)]
    for arena in arenas:  # fair: the same seen from both ends
        assert (arena.walls == arena.walls[::-1]).all()
        assert sum(arena.heads) == duel.cells - 1 and arena.heads[0] != arena.heads[1]
    offsets = torch.arange(5) * duel.cells
    walls = torch.from_numpy(np.concatenate([arena.walls for arena in arenas]))
    heads = tuple(torch.tensor([a.heads[p] for a in arenas]) + offsets for p in (0, 1))
    single = [(bytearray(arena.walls.tobytes()), arena.heads) for arena in arenas]
    alive = [True] * 5
    for _ in range(6):
        actions = rng.integers(4, size=(2, 5))
        moves = torch.from_numpy(actions[0]), torch.from_numpy(actions[1])
        safe_heads = heads
        heads, crashed = duel.step(walls, heads, moves)
        for i in range(5):
            if not alive[i]:
                continue
            mine, theirs = single[i]
            after, told = duel.step(mine, theirs, (int(actions[0, i]), int(actions[1, i])))
            single[i] = mine, after
            assert [bool(c[i]) for c in crashed] == [bool(c) for c in told]
            assert [int(h[i] - offsets[i]) for h in heads] == list(after)
            alive[i] = not any(told)
        dead = torch.tensor([not a for a in alive])
        heads = tuple(torch.where(dead, old, new) for old, new in zip(safe_heads, heads))  # noqa: B905


def test_the_second_player_does_not_see_the_firsts_move() -> None:
    env: Any = find_world("duel").make(seat="both").unwrapped
    env.reset(seed=0)
    before = env.percept(1).observation.copy()
    for action in (UP, RIGHT, DOWN):
        env.reset(seed=0)
        observation, reward, over, _, _ = env.step(action)
        assert (observation == before).all() and (reward, over) == (0.0, False)
        assert env.player == 1


def test_the_reward_is_that_of_whoever_moved() -> None:
    env: Any = find_world("duel:rows=4,cols=4,starts=corners").make(seat="both").unwrapped
    env.reset(seed=0)
    env.step(UP)
    assert env.step(LEFT)[1:3] == (1.0, True)
    with pytest.raises(ValueError, match="over"):
        env.step(0)
    env.reset(seed=0)
    env.step(RIGHT)
    assert env.step(RIGHT)[1:3] == (-1.0, True)


def match(world_name: str, names: tuple[str, str], games: int) -> list[int]:
    """Wins of the one, draws, wins of the other; the seats change after every game."""
    world = find_world(world_name)
    agents = [make_agent(name, world, seed) for seed, name in enumerate(names)]
    env: Any = world.make(seat="both").unwrapped
    results = [0, 0, 0]
    for game in range(games):
        env.reset(seed=game // 2)
        while not env.over:
            env.step(agents[(env.player + game) % 2].act(env.percept()))
        score = int(env.crashed[1]) - int(env.crashed[0])
        results[1 - (score if game % 2 == 0 else -score)] += 1
    return results


def test_the_built_in_players_are_worth_what_they_look_ahead() -> None:
    for better, worse in (("voronoi", "wall-hugger"), ("voronoi", "random-safe")):
        wins, _, losses = match("duel:starts=random", (better, worse), 60)
        assert wins > 4 * max(losses, 1), (better, worse)
    wins, _, losses = match("duel:starts=random", ("wall-hugger", "random-safe"), 60)
    assert wins > 2 * losses


def test_a_light_cycle_never_drives_into_a_wall_while_it_can_help_it() -> None:
    world = find_world("duel:rows=5,cols=5,starts=random")
    env: Any = world.make(seat="both").unwrapped
    for name in ("random-safe", "wall-hugger", "voronoi"):
        agent = make_agent(name, world, 0)
        for seed in range(20):
            env.reset(seed=seed)
            while not env.over:
                percept = env.percept()
                action = agent.act(percept)
                head = env.heads[env.player]
                ahead = [env.walls[env.duel.ahead(head, a)] for a in range(4)]
                assert not ahead[action] or all(ahead)
                env.step(action)


def test_a_light_cycle_plays_no_other_game() -> None:
    with pytest.raises(BadInput, match="plays duel, not tictactoe"):
        make_agent("voronoi", find_world("tictactoe"), 0)


@pytest.mark.parametrize("seat", ["first", "second", "random"])
def test_a_percept_is_that_of_the_learners_seat(seat: str) -> None:
    env = find_world("duel").make(seat=seat)
    agent = make_agent("voronoi", find_world("duel"), 0)
    won = 0
    for seed in range(40):
        observation, info = env.reset(seed=seed)
        over = False
        while not over:
            percept = perceive(env, observation, info)
            assert (percept.observation == observation).all()
            observation, reward, over, _, info = env.step(agent.act(percept))
        won += reward == 1
    assert won >= 36  # whoever moves at random crashes soon
