"""The gridworld's tables against Gymnasium's own, and its optimum against published figures."""

from __future__ import annotations

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.names import BadInput
from envs.rules.cells import ACTIONS
from envs.rules.grid import Grid
from envs.rules.maps import MAPS, Map, find_map

FROZEN_LAKE_ACTIONS = ("left", "down", "right", "up")
CLIFF_ACTIONS = ("up", "right", "down", "left")


def merged(outcomes: list[tuple[float, int, float, bool]]) -> dict[tuple[int, float, bool], float]:
    """Outcomes with the probabilities of equal ones added up."""
    found: dict[tuple[int, float, bool], float] = {}
    for probability, state, reward, ends in outcomes:
        key = (int(state), float(reward), bool(ends))
        found[key] = found.get(key, 0.0) + probability
    return found


def assert_same_table(grid: Grid, peer: gym.Env, order: tuple[str, ...], states: set[int]) -> None:
    table = peer.unwrapped.P  # type: ignore[attr-defined]
    assert len(table) == grid.states
    for state in states:
        for theirs, direction in enumerate(order):
            ours = merged(grid.outcomes(state, ACTIONS.index(direction)))
            expected = merged(table[state][theirs])
            assert ours.keys() == expected.keys(), (state, direction)
            for key, probability in expected.items():
                assert ours[key] == pytest.approx(probability)


@pytest.mark.parametrize("size", ["4x4", "8x8"])
@pytest.mark.parametrize("slippery", [True, False])
def test_frozen_lake_equals_gymnasiums_table_in_every_state(size: str, slippery: bool) -> None:
    layout = MAPS[f"frozenlake-{size}"]
    grid = Grid(layout if slippery else replace(layout, slip=0.0))
    peer = gym.make("FrozenLake-v1", map_name=size, is_slippery=slippery)
    assert_same_table(grid, peer, FROZEN_LAKE_ACTIONS, set(range(grid.states)))


def test_cliff_equals_gymnasiums_table_wherever_one_can_stand() -> None:
    grid = Grid(MAPS["cliff"])
    standing = {s for s in range(grid.states) if grid.symbols.flat[s] in ".S"}
    assert len(standing) == 37
    assert_same_table(grid, gym.make("CliffWalking-v1"), CLIFF_ACTIONS, standing)


@pytest.mark.parametrize(("name", "steps", "best"), [("4x4", 100, 0.7442), ("8x8", 200, 0.9132)])
def test_the_best_success_rate_on_frozen_lake_is_the_known_one(
    name: str, steps: int, best: float
) -> None:
    grid = Grid(MAPS[f"frozenlake-{name}"])
    assert grid.solve(horizon=steps).value[grid.start] == pytest.approx(best, abs=5e-5)


def test_the_shortest_way_along_the_cliff_takes_13_steps() -> None:
    grid = Grid(MAPS["cliff"])
    assert grid.solve().value[grid.start] == pytest.approx(-13)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_outcomes_are_a_distribution_and_the_optimum_satisfies_bellman(
    rows: int, cols: int, seed: int, slip: float
) -> None:
    rng = np.random.default_rng(seed)
    symbols = rng.choice(list("....#X"), (rows, cols))
    symbols[0, 0], symbols[-1, -1] = "S", "G"
    try:
        grid = Grid(Map("\n".join("".join(row) for row in symbols), slip=slip))
    except BadInput:  # walled off
        return
    for state in grid.decision_states:
        for action in range(4):
            outcomes = grid.outcomes(int(state), action)
            assert sum(p for p, *_ in outcomes) == pytest.approx(1)
    value, _ = grid.solve(discount=0.95)
    by_hand = [
        max(
            sum(p * (r + 0.95 * value[s] * (not ends)) for p, s, r, ends in grid.outcomes(state, a))
            for a in range(4)
        )
        for state in map(int, grid.decision_states)
    ]
    assert value[grid.decision_states] == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("S..\n...", "no goal"),
        ("S#G", "reached"),
        ("..G", "0 starts"),
        ("S.S\n..G", "2 starts"),
        ("S.\n..G", "line 2 has 3 cells"),
        ("S?G", "line 1, column 2"),
        ("", "empty"),
    ],
)
def test_a_bad_map_is_refused_with_the_place(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        Grid(Map(text))


def test_an_unknown_map_name_names_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'cliff'"):
        find_map("clif")
