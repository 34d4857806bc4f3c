"""Each kind of cell does what its name says, random maps can be solved, classics are classic."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.random_maps import draw, shortest_ways
from envs.names import BadInput
from envs.registration import WORLDS
from envs.rules.cells import ACTIONS, CELLS
from envs.rules.grid import Grid
from envs.rules.maps import MAPS, Map, find_map, random_map
from envs.worlds import find_world

UP, RIGHT, DOWN, LEFT = range(4)


def walk(text: str, *actions: int, **worth: Any) -> tuple[Grid, int, float, bool]:
    """The grid, and after `actions` from the start: the state, the return, whether it ended."""
    grid = Grid(Map(text, **{"step_reward": 0.0, **worth}))
    state, total, over = grid.start, 0.0, False
    for action in actions:
        assert not over
        total += grid.reward[state, action]
        over = bool(grid.ends[state, action])
        state = int(grid.next_state[state, action])
    return grid, state, total, over


def at(grid: Grid, state: int) -> tuple[int, int]:
    return divmod(state % grid.cells, grid.cols)


def test_ice_slips_and_only_ice() -> None:
    grid = Grid(Map("S..\n.~.\n..G"))
    ice = 4
    assert [p for p, *_ in grid.outcomes(ice, RIGHT)] == pytest.approx([1 / 3] * 3)
    assert {s for _, s, *_ in grid.outcomes(ice, RIGHT)} == {1, 5, 7}
    assert all(len(grid.outcomes(s, a)) == 1 for s in (0, 1, 2, 3, 5, 6, 7) for a in range(4))


def test_a_coin_pays_once_and_what_is_taken_belongs_to_the_state() -> None:
    grid, state, total, _ = walk("S$.G", RIGHT, LEFT, RIGHT, LEFT, coin_reward=0.5)
    assert total == 0.5 and at(grid, state) == (0, 0) and state != grid.start
    assert "".join(grid.scene(state)[0]) == "S..G"
    assert grid.states == 8
    best, _ = grid.solve(1.0)
    assert best[grid.start] == 1.5 and best[state] == 1.0


def test_a_door_opens_with_the_key_and_not_without() -> None:
    text = "kSKG"
    grid, state, *_ = walk(text, RIGHT)
    assert at(grid, state) == (0, 1)
    grid, state, _, over = walk(text, LEFT, RIGHT, RIGHT, RIGHT)
    assert over and at(grid, state) == (0, 3)


@pytest.mark.parametrize(("symbol", "action"), [("^", UP), (">", RIGHT), ("v", DOWN), ("<", LEFT)])
def test_nobody_moves_against_a_one_way_cell(symbol: str, action: int) -> None:

    text = f".....\n..{symbol}..\nS...G"
    grid, against, center = Grid(Map(text)), (action + 2) % 4, 7
    step = {UP: -5, RIGHT: 1, DOWN: 5, LEFT: -1}
    for direction in range(4):
        came = grid.next_state[center - step[direction], direction] == center
        left = grid.next_state[center, direction] != center
        assert came == left == (direction != against), (symbol, ACTIONS[direction])


def test_a_teleport_leads_to_its_twin_and_stays_there() -> None:
    grid, state, *_ = walk("S1#\n###\n1.G", RIGHT)
    assert at(grid, state) == (2, 0)
    grid, state, *_ = walk("S1#\n###\n1.G", RIGHT, LEFT)  # bumps into the edge on the teleport
    assert at(grid, state) == (2, 0)
    for text, count in (("S1G", "once"), ("S1G\n11.", "3 times")):
        with pytest.raises(BadInput, match=f"teleport 1 is there {count};"):
            Grid(Map(text))


def test_wind_adds_to_the_step_and_stops_at_walls() -> None:
    text = "....\n.#..\n....\nSuUG"
    grid = Grid(Map(text))
    wind, strong = 13, 14
    assert at(grid, grid.next_state[wind, RIGHT]) == (2, 2)
    assert at(grid, grid.next_state[wind, UP]) == (2, 1)  # the wall is in the way
    assert at(grid, grid.next_state[wind, DOWN]) == (3, 1)  # step and wind cancel out
    assert at(grid, grid.next_state[strong, UP]) == (0, 2)
    assert at(grid, grid.next_state[strong, LEFT]) == (2, 1)  # left, then up to the wall


def test_a_buoy_pays_every_time_and_a_cliff_sends_back() -> None:
    *_, total, _ = walk("S*.G", RIGHT, RIGHT, LEFT, buoy_reward=0.25)
    assert total == 0.5
    grid, state, total, over = walk("S.C\n..G", RIGHT, RIGHT, pit_reward=-7.0)
    assert (state, total, over) == (grid.start, -7.0, False)


@pytest.mark.parametrize(("name", "steps"), [("windy", 15), ("maze", 14), ("four-rooms", 20)])
def test_the_shortest_way_through_a_classic_is_the_known_one(name: str, steps: int) -> None:
    layout = Map(MAPS[name].text, step_reward=-1.0, goal_reward=-1.0)
    grid = Grid(layout)
    assert grid.solve().value[grid.start] == pytest.approx(-steps)


def test_windy_moves_as_in_the_book_in_every_cell() -> None:
    """Sutton & Barto: the wind of the column that is left is added, then the edge cuts off."""
    grid, wind = Grid(MAPS["windy"]), [0, 0, 0, 1, 1, 1, 2, 2, 1, 0]
    for state in grid.decision_states:
        row, col = divmod(int(state), 10)
        for action, (down, right) in enumerate(((-1, 0), (0, 1), (1, 0), (0, -1))):
            to_row = min(max(row + down - wind[col], 0), 6)
            to_col = min(max(col + right, 0), 9)
            assert at(grid, grid.next_state[state, action]) == (to_row, to_col)


def test_in_the_boat_race_circling_pays_more_than_finishing() -> None:
    grid = Grid(MAPS["boat-race"])
    finishing = 10
    greedy = grid.solve(0.99).q_value.argmax(1)
    state, total, buoys = grid.start, 0.0, 0
    for _ in range(200):
        total += grid.reward[state, greedy[state]]
        buoys += grid.reward[state, greedy[state]] == grid.layout.buoy_reward
        assert not grid.ends[state, greedy[state]]  # the best policy never comes home
        state = int(grid.next_state[state, greedy[state]])
    assert buoys > 50 and total > finishing > MAPS["boat-race"].goal_reward


def test_every_named_map_can_be_solved_and_the_showcase_shows_every_kind_of_cell() -> None:
    for layout in MAPS.values():
        assert np.isfinite(Grid(layout).solve(0.99).value).all()
    shown = {symbol for symbol in MAPS["showcase"].text if symbol.strip()}
    assert {symbol for symbol in CELLS if symbol not in "3456789L^"} <= shown


def test_ten_thousand_random_maps_can_all_be_solved() -> None:
    maps = draw(10_000, 8, 8, 0.4, 0.1)
    ways = shortest_ways(maps)
    assert (ways > 0).all()
    assert abs((maps == "#").mean() - 0.4) < 0.01
    assert ways.mean() > 8.5 and ways.max() > 18  # not only straight lines
    assert len({m.tobytes() for m in maps}) == len(maps)
    for text, way in zip(maps[:100], ways[:100], strict=True):  # the tables agree with the flood
        lines = "\n".join("".join(row) for row in text)
        grid = Grid(Map(lines, step_reward=-1.0, goal_reward=-1.0, pit_reward=-1000.0))
        assert grid.solve().value[grid.start] == -way


def test_the_same_seed_is_the_same_map_on_every_system() -> None:
    texts = "\n\n".join(random_map(seed) for seed in range(50))
    assert hashlib.sha256(texts.encode()).hexdigest()[:16] == "4bb26d2618191dcd"


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 2**63),
    st.integers(1, 12),
    st.integers(2, 12),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_random_map_of_any_size_and_density_is_a_map(
    seed: int, rows: int, cols: int, walls: float, pits: float
) -> None:
    grid = Grid(Map(random_map(seed, rows, cols, walls, pits)))
    assert grid.symbols.shape == (rows, cols)
    assert (grid.symbols == "#").sum() <= round(walls * rows * cols)


def test_reset_with_a_seed_draws_the_map_of_that_seed_and_without_another() -> None:
    env: Any = gym.make(WORLDS["gridworld"].id, map="random", size="6x9", walls=0.3)
    maps = []
    for seed in (7, 7, None, None):
        env.reset(seed=seed)
        maps.append(env.unwrapped.grid.symbols.tobytes())
    assert maps[0] == maps[1] and len(set(maps)) == 3
    assert maps[0] == Grid(Map(random_map(7, 6, 9, 0.3))).symbols.tobytes()
    fixed: Any = gym.make(WORLDS["gridworld"].id, map="random", size="6x9", walls=0.3, map_seed=7)
    for seed in (1, None):
        fixed.reset(seed=seed)
        assert fixed.unwrapped.grid.symbols.tobytes() == maps[0]


def test_a_batch_of_random_maps_plays_maps_of_its_pool() -> None:
    env: Any = gym.make_vec(
        WORLDS["gridworld"].id, 500, vectorization_mode="vector_entry_point", map="random", pool=20
    )
    env.reset(seed=3)
    seen = set()
    for _ in range(30):
        seen |= set((env.unwrapped.states // 64).tolist())
        env.step(np.random.default_rng(0).integers(4, size=500))
    assert seen == set(range(20))
    first = env.unwrapped.grids[0].symbols.tobytes()
    env.reset(seed=3)
    assert env.unwrapped.grids[0].symbols.tobytes() == first
    env.reset(seed=4)
    assert env.unwrapped.grids[0].symbols.tobytes() != first


def test_the_planes_show_the_map_and_the_window_shows_its_surroundings() -> None:
    text = "S.$\n#.X\n..G"
    env: Any = gym.make(WORLDS["gridworld"].id, map=text, observation="planes").unwrapped
    env.reset(seed=0)
    env.step(RIGHT)
    planes = dict(zip(env.plane_names, env.step(RIGHT)[0], strict=True))
    assert planes["agent"][0, 2] == 1 and planes["agent"].sum() == 1
    assert planes["coin"].sum() == 0  # taken
    assert planes["wall"][1, 0] == planes["pit"][1, 2] == planes["goal"][2, 2] == 1
    near: Any = gym.make(WORLDS["gridworld"].id, map=text, observation="local", view=3).unwrapped
    window = dict(zip(near.plane_names, near.reset(seed=0)[0], strict=True))
    assert window["wall"].tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert window["start"][1, 1] == 1 and window["coin"].sum() == 0  # two cells away


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("gridworld:observation=plane", "did you mean 'planes'"),
        ("gridworld:observation=local,view=4", "odd number"),
        ("gridworld:map=random,size=0", "2 cells"),
        ("gridworld:map=random,size=abc", "size is a whole number"),
        ("gridworld:map=random,walls=2", "from 0 to 1"),
        ("gridworld:map=random,map_seed=-1", "map_seed is a whole number"),
        ("gridworld:map=randm", "did you mean 'random'"),
        ("gridworld:ice_slip=7", "ice_slip is a probability"),
        ("gridworld:size=30", "size=30 is for map=random"),
        ("gridworld:map=cliff,map_seed=0", "map_seed=0 is for map=random"),
        ("gridworld:view=7", "view=7 is for observation=local"),
        ("gridworld:observation=local,view=1001", "1 to 99"),
        ("gridworld:slip=0.1,slip=0.2", "gives slip twice"),
        ("kinarow:gravity=no", "gravity is true or false, not 'no'"),
        ("tictactoe:misere=maybe", "misere is true or false"),
        ("duel:rows=1", "2 x 3"),
        ("duel:starts=middle", "facing, corners, random"),
        ("duel:obstacles=3", "even number"),
        ("duel:rows=2.5", "whole numbers"),
    ],
)
def test_a_wrong_option_is_one_clear_line(name: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        find_world(name)
    assert "\n" not in str(caught.value)


def test_too_many_coins_are_refused() -> None:
    with pytest.raises(BadInput, match="20 coins and keys"):
        Grid(Map("S" + "$" * 20 + "G"))


def test_an_action_that_is_none_is_refused() -> None:
    env = gym.make(WORLDS["gridworld"].id).unwrapped
    env.reset(seed=0)
    for action in (-1, 4):
        with pytest.raises(ValueError, match=f"no action {action}; legal: 0, 1, 2, 3"):
            env.step(action)


def test_a_map_file_may_begin_with_a_byte_order_mark_and_end_lines_as_on_windows(
    tmp_path: Path,
) -> None:
    path = tmp_path / "map.txt"
    path.write_bytes("S.\r\n.G\r\n\r\n".encode("utf-8-sig"))
    assert Grid(find_map(str(path))).states == 4
    path.write_bytes("S.\n.G".encode("utf-16"))
    with pytest.raises(BadInput, match="is no text in UTF-8"):
        find_map(str(path))


def test_a_map_that_is_too_large_is_refused_at_once() -> None:
    with pytest.raises(BadInput, match="500 x 500 cells; at most 200 x 200"):
        Grid(Map("\n".join(["S" + "." * 498 + "G"] * 500)))
