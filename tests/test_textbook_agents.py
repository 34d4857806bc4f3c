"""The agents of Russell & Norvig's chapters 2 and 3, and an expert system."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.agent import Agent, make_agent
from agents.expert_system import consult
from agents.goal_based import AStarAgent, BreadthFirstAgent, Plan
from agents.model_based import ModelBasedReflexAgent
from agents.table_driven import TableDrivenAgent
from envs.board import board_percept
from envs.drawing.canvas import Canvas, number
from envs.drawing.gridworld import GridDrawer
from envs.drawing.theme import LIGHT
from envs.gridworld import GridWorldEnv
from envs.names import BadInput
from envs.rules.cells import CELLS, STEPS
from envs.rules.grid import Grid
from envs.rules.kinarow import TIC_TAC_TOE
from envs.rules.solution import Position, Solution
from envs.worlds import World, find_world
from workshop.session import Session
from workshop.truth import exact_measure
from workshop.view import Look, View

LOCAL = "gridworld:observation=local"
PLANNED = [
    *("gridworld", "gridworld:map=maze", "gridworld:map=four-rooms", "gridworld:map=cliff"),
    *("gridworld:map=windy", "gridworld:map=key-and-door"),
    *(f"gridworld:map=random,size=12,map_seed={seed}" for seed in range(12)),
]
TELEPORTS = "S......1\n.#####..\n........\n1.....#G"
"""A map on which the way through the teleport is the shortest."""


def known_grid(world: World) -> Grid:
    assert world.grid is not None
    return world.grid


def shortest(grid: Grid) -> np.ndarray:
    """The steps from each state to a goal, by relaxing every step until nothing changes."""
    goals = np.tile(grid.symbols.ravel() == "G", len(grid.scenes))
    steps = np.where(goals, 0.0, np.inf)
    usable = ~grid.ends | goals[grid.next_state]
    for _ in range(grid.states):
        through = np.where(usable, steps[grid.next_state] + 1, np.inf).min(1)
        if (np.minimum(steps, through) == steps).all():
            break
        steps = np.minimum(steps, through)
    return steps


def follow(grid: Grid, state: int, actions: list[int]) -> int:
    for action in actions:
        state = int(grid.next_state[state, action])
    return state


@pytest.mark.parametrize("world_name", [*PLANNED, f"gridworld:map={TELEPORTS}"])
def test_both_plans_are_shortest_ways_and_a_star_expands_no_more(world_name: str) -> None:
    world = find_world(world_name)
    grid, steps = known_grid(world), shortest(known_grid(world))
    blind, informed = BreadthFirstAgent(world), AStarAgent(world)
    for state in grid.decision_states.tolist():
        plans: list[Plan] = [blind.plan(state), informed.plan(state)]
        for plan in plans:
            if np.isinf(steps[state]):
                assert plan.actions is None
                continue
            assert plan.actions is not None and len(plan.actions) == steps[state]
            assert blind.goals[follow(grid, state, plan.actions)]
            assert not grid.ends[list(plan.frontier)].all(1).any()  # no pit, no goal
        assert plans[1].expanded <= plans[0].expanded


def test_a_star_saves_most_of_the_search_where_the_estimate_is_good() -> None:
    world = find_world("gridworld:map=four-rooms")
    start = known_grid(world).start
    blind, informed = BreadthFirstAgent(world).plan(start), AStarAgent(world).plan(start)
    assert informed.expanded < 0.8 * blind.expanded


@pytest.mark.parametrize("world_name", PLANNED)
def test_the_estimate_never_overrates_and_falls_by_at_most_one_a_step(world_name: str) -> None:
    world = find_world(world_name)
    grid, agent = known_grid(world), AStarAgent(world)
    left = np.array([agent.estimate()(state) for state in range(grid.states)])
    assert (left[grid.reachable] <= shortest(grid)[grid.reachable]).all()
    here = grid.decision_states
    assert (left[here, None] <= 1 + left[grid.next_state[here]]).all()


def test_the_frontier_lies_between_what_was_expanded_and_what_was_never_reached() -> None:
    world = find_world("gridworld:map=four-rooms")
    grid = known_grid(world)
    plan = BreadthFirstAgent(world).plan(grid.decision_states[60])
    assert plan.frontier
    steps = np.full(grid.states, np.inf)
    steps[grid.decision_states[60]] = 0
    for _ in range(grid.states):
        for action in range(4):
            np.minimum.at(steps, grid.next_state[:, action], steps + 1)
    assert plan.actions is not None
    assert {steps[state] for state in plan.frontier} <= {len(plan.actions), len(plan.actions) + 1}


def episode(world: World, agent: Agent, seed: int) -> bool:
    """Whether the agent comes to the goal."""
    env: Any = world.make()
    env.reset(seed=seed)
    over, info = False, {}
    while not over:
        *_, terminated, truncated, info = env.step(agent.act(env.unwrapped.percept()))
        over = terminated or truncated
    return bool(info.get("is_success"))


def successes(world_name: str, agent_name: str, episodes: int) -> int:
    world = find_world(world_name)
    agent = make_agent(agent_name, world, 0)
    return sum(episode(world, agent, seed) for seed in range(episodes))


MAZES = [
    *(f"map={name}" for name in ("maze", "four-rooms", "key-and-door")),
    "map=random,size=20,walls=0.3,pits=0",
]


@pytest.mark.parametrize("maze", MAZES)
def test_memory_finds_the_goal_where_reflexes_stray(maze: str) -> None:
    world_name = f"{LOCAL},{maze},max_episode_steps=300"
    assert successes(world_name, "model-based-reflex", 15) == 15
    assert successes(world_name, "simple-reflex", 15) <= 10


def knows_the_truth(agent: ModelBasedReflexAgent, face: GridWorldEnv) -> bool:
    """Whether the agent's place and map are right, seen from where it began."""
    memory, grid = agent._memory, face.grid
    assert memory is not None
    row, col = (a - b for a, b in zip(divmod(face.state, grid.cols), memory.here, strict=True))
    padded = np.pad(grid.symbols, 20, constant_values="#")
    return all(
        kind == CELLS[padded[20 + row + down, 20 + col + right]]
        for (down, right), kind in memory.cells.items()
    )


def test_the_remembered_map_is_the_map_also_where_episodes_are_cut_off() -> None:
    world = find_world(f"{LOCAL},map=random,size=12,pits=0")
    agent = ModelBasedReflexAgent(world)
    face: Any = world.make().unwrapped
    for seed in range(10):
        face.reset(seed=seed)
        for _ in range(15):
            thoughts = agent.think(face.percept())
            action = agent.act(face.percept())
            assert thoughts.scores[action] > 0
            assert knows_the_truth(agent, face)
            if face.step(action)[2]:
                break


def test_the_map_grows_and_outlasts_a_slip_to_the_side() -> None:
    #  S . # . .
    #  . @ . . .      it is at @, goes one way, and finds itself to the right of that
    #  # . # . .
    #  . . . . G
    world = find_world(f"{LOCAL},view=3,map=S.#..\n.....\n#.#..\n....G")
    agent = ModelBasedReflexAgent(world)
    face: Any = world.make().unwrapped
    face.state = 6
    action = agent.act(face.percept())
    slipped = (action + 1) % 4
    face.step(slipped)
    known = agent._memory
    agent.act(face.percept())
    assert known is not None and agent._memory is not None
    assert agent._memory.here == STEPS[slipped]
    assert len(agent._memory.cells) > len(known.cells) == 9


def test_memory_survives_slipping() -> None:
    assert successes(f"{LOCAL},map=four-rooms,slip=0.2", "model-based-reflex", 20) >= 18


def test_a_reflex_goes_to_the_goal_next_to_it_and_never_into_a_pit_it_sees() -> None:
    world = find_world(f"{LOCAL},map=S.X\n.XG\n...")
    face: Any = world.make().unwrapped
    agent = make_agent("simple-reflex", world, 0)
    beside_goal = agent.think(face.percept(8))
    assert beside_goal is not None and beside_goal.note.startswith("rule 1")
    assert beside_goal.scores.tolist() == [1, 0, 0, 0]
    between_pits = agent.think(face.percept(1))  # pits to the right and below, the edge above
    assert between_pits is not None and between_pits.scores.tolist() == [0, 0, 0, 1]


def test_expected_utility_is_optimal_on_the_frozen_lake() -> None:
    world = find_world("gridworld:map=frozenlake-4x4,max_episode_steps=100")
    measure = exact_measure(world)
    assert measure is not None
    found = measure(make_agent("utility-based", world))
    assert found["optimal_action_rate"] == 1
    assert found["optimal_return"] == pytest.approx(0.7442, abs=5e-5)  # counts the steps left
    assert found["greedy_return"] == pytest.approx(0.7402, abs=5e-5)  # the best that does not


@pytest.mark.parametrize("world_name", ["gridworld", "gridworld:map=small", "gridworld:map=maze"])
def test_the_table_plays_the_exact_solution(world_name: str) -> None:
    world = find_world(world_name)
    measure = exact_measure(world)
    assert measure is not None
    agent = TableDrivenAgent(world)
    assert measure(agent)["optimal_action_rate"] == 1
    assert all(episode(world, agent, seed) for seed in range(3))  # one episode after the other


def test_the_table_is_asked_for_all_that_was_perceived() -> None:
    world = find_world("gridworld:map=small")
    agent, face = TableDrivenAgent(world), world.make().unwrapped
    for length in (1, 2, 3):
        percept = face.percept()  # type: ignore[attr-defined]
        assert agent.think(percept).note.startswith(f"a row of {length} percepts")
        face.step(agent.act(percept))
    face.reset()
    again = agent.think(face.percept())  # type: ignore[attr-defined]
    assert again.note.startswith("a row of 1 percepts")


def test_the_table_has_a_row_for_each_step_of_the_best_way_from_each_state() -> None:
    world = find_world("gridworld:map=small")
    steps = shortest(known_grid(world))[known_grid(world).decision_states]
    assert len(TableDrivenAgent(world).table) == steps.sum()


def test_a_discount_too_near_1_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envs.rules.grid.SWEEPS", 1_000)
    with pytest.raises(BadInput, match=r"1,000 sweeps with discount 0.9999: give a smaller one"):
        make_agent("utility-based:discount=0.9999", find_world("gridworld:map=boat-race"))


@pytest.mark.parametrize(
    ("agent", "world", "complaint"),
    [
        ("simple-reflex", "gridworld", "needs local percepts: gridworld:observation=local"),
        ("model-based-reflex", "tictactoe", "needs local percepts: gridworld:observation=local"),
        ("simple-reflex", f"{LOCAL},view=1", "view=3 or more"),
        ("a-star", LOCAL, "needs to perceive its state: gridworld:observation=index"),
        ("breadth-first", "gridworld:map=random", "needs the map beforehand"),
        ("breadth-first", "gridworld:slip=0.1", "utility-based weighs what may happen"),
        ("utility-based", "CartPole-v1", "acts in a gridworld"),
        ("utility-based:discount=1", "gridworld", "between 0 and 1, not 1"),
        ("table-driven", "gridworld:map=frozenlake-4x4", "too many for a table"),
        ("table-driven", "gridworld:map=boat-race", "too many for a table"),
        ("expert", "connect-four", "nothing but tictactoe"),
    ],
)
def test_the_wrong_world_is_one_clear_line(agent: str, world: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        make_agent(agent, find_world(world))
    assert "\n" not in str(caught.value)


def test_the_expert_never_loses_whatever_the_lot() -> None:
    """Every reply of the opponent, and every cell that the rule proposes."""
    seen = set[Position]()

    def walk(mine: int, theirs: int, ours: bool) -> None:
        if TIC_TAC_TOE.lines(theirs):
            assert not ours, TIC_TAC_TOE.to_board(mine, theirs)
            return
        if TIC_TAC_TOE.full(mine, theirs) or (ours and (mine, theirs) in seen):
            return
        seen.add((mine, theirs))
        legal = TIC_TAC_TOE.legal_actions(mine, theirs)
        cells = consult(mine, theirs)[1] if ours else legal
        assert cells and set(cells) <= set(legal)
        for cell in cells:
            walk(theirs, mine | TIC_TAC_TOE.squares(cell), not ours)

    walk(0, 0, True)
    walk(0, 0, False)


def test_the_expert_is_unbeatable() -> None:
    agent = make_agent("expert", find_world("tictactoe"), 0)

    def policy(position: Position) -> int:
        player = (position[0] | position[1]).bit_count() % 2
        return agent.act(board_percept(TIC_TAC_TOE, *position, player))

    assert Solution(TIC_TAC_TOE).unbeatable(policy)


@pytest.mark.parametrize(
    ("board", "rule", "cells"),
    [
        ("XX. OO. ...", "rule 1: win", {2}),
        ("X.. OO. ..X", "rule 2: block", {5}),
        ("X.. .O. ..X", "rule 3: make a fork", {2, 6}),
        ("O.. .X. ..O", "rule 4: block a fork", {1, 3, 5, 7}),
        ("... ... ...", "rule 5: take the centre", {4}),
        ("O.. .X. ...", "rule 6: take the opposite corner", {8}),
        ("... .O. ...", "rule 7: take a corner", {0, 2, 6, 8}),
    ],
)
def test_the_rule_that_fires(board: str, rule: str, cells: set[int]) -> None:
    signs = np.array([{"X": 1, "O": -1, ".": 0}[sign] for sign in board.replace(" ", "")])
    position = TIC_TAC_TOE.from_board(signs.reshape(3, 3))
    assert consult(*position) == (rule, sorted(cells))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (640, 400)])
def test_a_note_and_marks_are_drawn(
    size: tuple[int, int], theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = find_world("gridworld:map=four-rooms")
    agent = make_agent("a-star", world)
    session = Session(world, [agent], ["a-star"], 0)
    view = View(session)
    marked = view.draw(size, Look(theme=theme)).array()
    monkeypatch.setattr(GridDrawer, "mark", lambda *_: None)
    box = view.board_box(size)
    rings = (marked != view.draw(size, Look(theme=theme)).array()).any(2)
    rings = rings[:, : int(box.x + box.width)]
    thoughts = agent.think(session.percept)
    assert thoughts is not None and thoughts.marked
    side = box.cell(0, 0, 11, 11).width
    for state in range(11 * 11):
        cell = box.cell(state // 11, state % 11, 11, 11)
        edge = rings[round(cell.y + side / 2), round(cell.x) : round(cell.x + side * 0.2)]
        assert edge.any() == (state in thoughts.marked)


def test_shares_are_written_in_percent_and_values_with_a_sign() -> None:
    assert number(0.26, is_share=True) == "26%" and number(0.26) == "+0.26"
    assert number(-0.001) == number(0.0) == "0.00" and number(-1234.7) == "-1235"
    assert number(-89.51) == "-89.5" and number(-7.04, largest=89.51) == "-7.0"
    world = find_world("tictactoe")
    percept = board_percept(TIC_TAC_TOE, 0, 0, 0)
    shares = {"random", "mcts", "expert"}
    for name in (*shares, "minimax"):
        thoughts = make_agent(name, world, 0).think(percept)
        assert thoughts is not None and thoughts.are_shares == (name in shares)
        assert not thoughts.are_shares or np.nansum(thoughts.scores) == pytest.approx(1)


def test_only_states_of_the_present_scene_are_marked() -> None:
    env: Any = find_world("gridworld:map=key-and-door").make(render_mode="rgb_array").unwrapped
    drawer, canvas = GridDrawer(env), Canvas((200, 200), LIGHT)
    blank = canvas.array()
    drawer.mark(canvas, canvas.frame(0.05), [env.grid.cells + 3])
    assert (canvas.array() == blank).all()
    drawer.mark(canvas, canvas.frame(0.05), [3])
    assert (canvas.array() != blank).any()
