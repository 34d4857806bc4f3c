"""Planning and tabular learning: facts of chapters 4 to 8 of Sutton & Barto, and exact updates."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Workshop

from agents import (
    dyna_q,
    expected_sarsa,
    monte_carlo,
    policy_iteration,
    q_learning,
    sarsa,
    value_iteration,
)
from agents.agent import AGENTS
from agents.table import QTable, epsilon_at, epsilon_greedy
from agents.training import Progress
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.grid import Grid
from envs.worlds import find_world
from workshop.truth import exact_measure

PLANNERS = ("value-iteration", "policy-iteration")
LEARNERS = ("monte-carlo", "sarsa", "expected-sarsa", "q-learning", "dyna-q")


def start(
    name: str, world_name: str, seed: int = 0, state: Any = None, **settings: Any
) -> Iterator[Progress]:
    """The generator of a learner on a fresh world."""
    world, spec = find_world(world_name), AGENTS[name]
    module = import_module(spec.module)
    config = replace(module.config_for(world), **settings)
    agent = getattr(module, spec.class_name)(world, config)
    reports: Iterator[Progress] = module.train(
        config, world.make_for_training(seed), "cpu", seed, agent, state
    )
    return reports


def train(name: str, world_name: str, seed: int = 0, **settings: Any) -> list[Progress]:
    """All reports of a whole training; the agent of each is the trained one."""
    return list(start(name, world_name, seed, **settings))


def grid_of(world_name: str) -> Grid:
    grid = find_world(world_name).grid
    assert grid is not None
    return grid


def q_values_of(report: Progress, world_name: str, state: int) -> np.ndarray:
    face: Any = find_world(world_name).make().unwrapped
    thoughts = report.agent.think(face.percept(state))
    assert thoughts is not None
    return thoughts.scores


@pytest.mark.parametrize("world", ["gridworld", "gridworld:map=windy", "gridworld:slip=0.3"])
@pytest.mark.parametrize("name", PLANNERS)
def test_planning_finds_the_exact_optimum_and_stops(name: str, world: str) -> None:
    reports = train(name, world)
    assert [report.finished for report in reports] == [False] * (len(reports) - 1) + [True]
    grid = grid_of(world)
    exact = grid.solve(0.99).q_value
    for state in grid.decision_states.tolist():
        assert q_values_of(reports[-1], world, state) == pytest.approx(exact[state], abs=1e-7)


def test_a_sweep_of_value_iteration_brings_the_goal_one_cell_further() -> None:
    grid = grid_of("gridworld:map=small,step_reward=-0.0001")
    value = np.zeros(grid.states)
    knows_of_it = []
    for _ in range(4):
        value, _ = value_iteration.sweep(grid, value, 1.0)
        knows_of_it.append(int((value > 0.5).sum()))
    assert knows_of_it == [1, 3, 5, 8]  # the cells one step away, up to two, three, four


def test_every_improvement_of_policy_iteration_is_one_for_good() -> None:
    starts = [report.metrics["value_of_start"] for report in train("policy-iteration", "gridworld")]
    assert starts == sorted(starts)
    assert starts[0] < -0.8 < 0.7 < starts[-1]


def test_a_greedy_policy_keeps_an_action_that_none_beats() -> None:
    q_value = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0]])
    policy = np.array([1, 0])
    assert policy_iteration.improve(q_value, policy).tolist() == [1, 3]


@pytest.mark.parametrize("name", PLANNERS)
@pytest.mark.parametrize(
    ("world", "complaint"),
    [
        ("tictactoe", "needs the model of a gridworld; tictactoe has none"),
        ("FrozenLake-v1", "needs the model of a gridworld"),
        ("gridworld:map=random", "draws a new one every episode"),
        ("gridworld:observation=local,view=1", "tell the states apart"),
    ],
)
def test_planning_needs_one_model_and_percepts_that_tell_its_states(
    name: str, world: str, complaint: str
) -> None:
    with pytest.raises(BadInput, match=complaint):
        start(name, world)


def test_planning_goes_through_the_command_line_and_ends_early(
    workshop: Workshop, tmp_path: Any
) -> None:
    result = workshop("train", "value-iteration", "gridworld", "--run", tmp_path / "run")
    assert result.returncode == 0, result.stderr
    rows = (tmp_path / "run" / "metrics.csv").read_text().splitlines()
    steps = [int(row.split(",")[0]) for row in rows[1:]]
    assert steps == list(range(1, len(steps) + 1))  # the curve has every sweep
    assert len(steps) < 40
    assert (tmp_path / "run" / "summary.json").exists()


@pytest.mark.parametrize("name", LEARNERS)
def test_the_default_gridworld_is_learned_to_the_optimum(name: str) -> None:
    measure = exact_measure(find_world("gridworld"))
    assert measure is not None
    found = measure(train(name, "gridworld", seed=1)[-1].agent)
    assert found["greedy_return"] == pytest.approx(found["optimal_return"], rel=0.01)


@pytest.mark.parametrize("name", ["monte-carlo", "sarsa", "expected-sarsa", "dyna-q"])
def test_a_board_is_learned_by_self_play(name: str) -> None:
    """With the sign of the next percept forgotten, they come to between 59 and 68 %."""
    measure = exact_measure(find_world("tictactoe"))
    assert measure is not None
    agent = train(name, "tictactoe", steps=20_000 if name == "dyna-q" else 60_000)[-1].agent
    assert measure(agent)["optimal_action_rate"] > 0.7  # a random move is right in 58.0 %


def test_targets_by_hand() -> None:
    """The next percept is worth 1, 5 and 2 to whoever acts there; action 1 is illegal."""
    next_q, legal = np.array([1.0, 5.0, 2.0]), (0, 2)
    assert q_learning.td_target(1.0, False, next_q, legal, 1, 0.5) == 1 + 0.5 * 2
    assert q_learning.td_target(1.0, False, next_q, legal, -1, 0.5) == 1 - 0.5 * 2
    assert sarsa.td_target(1.0, False, next_q, 0, 1, 0.5) == 1 + 0.5 * 1
    assert sarsa.td_target(1.0, False, next_q, 0, -1, 0.5) == 1 - 0.5 * 1
    # epsilon 0.2 on two legal actions: the better is drawn with 0.9, the other with 0.1
    mean = 0.9 * 2 + 0.1 * 1
    target = expected_sarsa.td_target(1.0, False, next_q, legal, 0.2, 1, 0.5)
    assert target == pytest.approx(1 + 0.5 * mean)
    target = expected_sarsa.td_target(1.0, False, next_q, legal, 0.2, -1, 0.5)
    assert target == pytest.approx(1 - 0.5 * mean)
    assert q_learning.td_target(1.0, True, next_q, (), 1, 0.5) == 1
    assert sarsa.td_target(1.0, True, next_q, 0, 1, 0.5) == 1
    assert expected_sarsa.td_target(1.0, True, next_q, (), 0.2, 1, 0.5) == 1


def test_the_expected_target_is_the_mean_of_sarsas() -> None:
    draw, next_q, legal = np.random.default_rng(0), np.array([0.3, 9.0, 1.0, 1.0]), (0, 2, 3)
    drawn = [epsilon_greedy(next_q, legal, 0.3, draw) for _ in range(20_000)]
    targets = [sarsa.td_target(0.0, False, next_q, action, 1, 0.9) for action in drawn]
    expected = expected_sarsa.td_target(0.0, False, next_q, legal, 0.3, 1, 0.9)
    assert np.mean(targets) == pytest.approx(expected, abs=0.01)
    assert {*drawn} == {0, 2, 3}  # all that is legal, equals by lot, never the 9


def test_returns_by_hand_for_one_player_and_for_two() -> None:
    assert monte_carlo.returns_from([1.0, 2.0, 3.0], 0.0, 1, 0.5) == [2.75, 3.5, 3.0]
    assert monte_carlo.returns_from([1.0, 2.0, 3.0], 8.0, 1, 0.5) == [3.75, 5.5, 7.0]
    # the last move wins: good for who made it, bad for the other, whose moves lie between
    assert monte_carlo.returns_from([0.0, 0.0, 1.0], 0.0, -1, 1.0) == [1.0, -1.0, 1.0]


def test_only_the_first_visit_counts() -> None:
    visits = [(b"a", 0), (b"b", 1), (b"a", 0), (b"a", 1)]
    assert monte_carlo.first_visits(visits) == {(b"a", 0): 0, (b"b", 1): 1, (b"a", 1): 3}


def test_monte_carlo_comes_to_the_exact_values_of_a_deterministic_way() -> None:
    world = "gridworld:map=small"
    settings = {"gamma": 1.0, "alpha": 0.5, "epsilon_end": 0.0, "epsilon_fraction": 0.5}
    trained = train("monte-carlo", world, steps=4_000, **settings)[-1]
    grid = grid_of(world)
    exact = grid.solve().q_value
    state, cells = grid.start, 0
    while True:
        q_values = q_values_of(trained, world, state)
        action = int(q_values.argmax())
        assert q_values[action] == pytest.approx(exact[state].max(), abs=1e-6)
        cells += 1
        if grid.ends[state, action]:
            break
        state = int(grid.next_state[state, action])
    assert cells == 5


def test_sarsa_takes_the_safe_way_along_the_cliff_and_q_learning_the_edge() -> None:
    """Sutton & Barto, example 6.6: while both explore, SARSA earns more, on the longer way."""
    settings = {"alpha": 0.5, "gamma": 1.0, "epsilon_start": 0.1, "epsilon_end": 0.1}
    online, lengths = {}, {}
    measure = exact_measure(find_world("gridworld:map=cliff"))
    assert measure is not None
    for name in ("sarsa", "q-learning"):
        reports = train(name, "gridworld:map=cliff", steps=20_000, **settings)
        earned = [report.metrics["episode_return"] for report in reports[-20:]]
        online[name], lengths[name] = np.mean(earned), measure(reports[-1].agent)["greedy_return"]
    assert online["sarsa"] > -35 > -40 > online["q-learning"]
    assert lengths["q-learning"] == -13 > lengths["sarsa"]


def solved(planning_steps: int, steps: int) -> int:
    """Of five trainings of so many real steps, how many find a best way through the default map."""
    measure = exact_measure(find_world("gridworld"))
    assert measure is not None
    settings = {"steps": steps, "planning_steps": planning_steps, "epsilon_fraction": 0.9}
    found = [measure(train("dyna-q", "gridworld", seed, **settings)[-1].agent) for seed in range(5)]
    return sum(one["greedy_return"] > one["optimal_return"] - 1e-6 for one in found)


def test_dyna_q_needs_fewer_real_steps_the_more_it_plans() -> None:
    assert solved(20, steps=1_000) >= 3 > 0 == solved(1, steps=1_000)
    assert solved(1, steps=2_000) >= 3 > 0 == solved(0, steps=2_000)


def test_dyna_q_without_planning_is_q_learning() -> None:
    ours = train("dyna-q", "gridworld", steps=2_000, planning_steps=0, alpha=0.2)[-1]
    theirs = train("q-learning", "gridworld", steps=2_000)[-1]
    one, other = (report.parts["table"].rows for report in (ours, theirs))  # type: ignore[attr-defined]
    assert {key: row.tolist() for key, row in one.items() if row.any()} == {
        key: row.tolist() for key, row in other.items() if row.any()
    }


def test_two_states_by_hand_one_update_after_the_other() -> None:
    """a --(0)--> b --(+1)--> end, each step once: the reward comes to b, then half of it to a."""
    table, config = QTable(2), dyna_q.Config(alpha=0.5, gamma=1.0)
    first = dyna_q.Remembered(b"a", 0, 0.0, False, b"b", (0, 1))
    last = dyna_q.Remembered(b"b", 1, 1.0, True, b"end", ())
    for step in (first, last):
        dyna_q.update(table, step, config, 1)
    assert [table.row(b"a").tolist(), table.row(b"b").tolist()] == [[0, 0], [0, 0.5]]
    dyna_q.update(table, first, config, 1)
    assert table.row(b"a").tolist() == [0.25, 0]
    dyna_q.update(table, first, config, -1)  # were b the opponent's: half way towards -0.5
    assert table.row(b"a").tolist() == [-0.125, 0]
    assert b"end" not in table.rows


def test_a_model_believes_what_an_action_led_to_last() -> None:
    model = dyna_q.Model()
    for reward in (1.0, 2.0):
        model.remember(dyna_q.Remembered(b"a", 0, reward, True, b"b", ()))
    model.remember(dyna_q.Remembered(b"a", 1, 3.0, True, b"b", ()))
    assert [(step.action, step.reward) for step in model.steps] == [(0, 2.0), (1, 3.0)]


@pytest.mark.parametrize("name", LEARNERS)
def test_a_cut_off_episode_keeps_the_value_of_what_would_have_followed(name: str) -> None:
    """Each is cut off after one step: to stay at the start costs that one, and one more at least.

    A learner that took the cut for the end would think it costs 1.
    """
    world = "gridworld:map=cliff,max_episode_steps=1"
    trained = train(name, world, steps=6_000, gamma=0.5, alpha=0.5, epsilon_end=1.0)[-1]
    grid = grid_of(world)
    up, _, _, left = q_values_of(trained, world, grid.start)
    assert up == pytest.approx(-1)  # to a cell in which it never was to move
    assert left < -1.4
    if name in ("q-learning", "dyna-q"):
        assert left == pytest.approx(-1 + 0.5 * up)


@pytest.mark.parametrize("name", LEARNERS)
def test_an_illegal_action_is_never_tried(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from envs.board import BoardEnv

    def refuse(self: BoardEnv, action: int) -> float:
        raise AssertionError(self.why_illegal(action))

    monkeypatch.setattr(BoardEnv, "_refuse", refuse)
    trained = train(name, "tictactoe", steps=1_500)[-1]
    only = np.zeros(9, bool)
    only[4] = True
    percept = Percept(np.zeros((2, 3, 3), np.int8), only, (4,), 0, None)
    assert trained.agent.act(percept) == 4


@pytest.mark.parametrize("name", [*PLANNERS, *LEARNERS])
def test_stopped_and_resumed_equals_never_stopped(name: str) -> None:
    world = "gridworld:slip=0.2"
    settings = {} if name in PLANNERS else {"steps": 3_000}
    whole = start(name, world, **settings)
    for _ in range(3):
        saved = io.BytesIO()
        torch.save(states(next(whole)), saved)
    saved.seek(0)
    state = torch.load(saved, weights_only=True)
    broken = list(start(name, world, state=state, **settings))
    rest = list(whole)
    assert len(rest) == len(broken) >= 2
    assert [(report.step, report.metrics) for report in rest] == [
        (report.step, report.metrics) for report in broken
    ]
    assert repr(states(rest[-1])) == repr(states(broken[-1]))
    for ones, others in zip(tables(rest[-1]), tables(broken[-1]), strict=True):
        assert ones.tobytes() == others.tobytes()


def states(report: Progress) -> dict[str, Any]:
    return {name: part.state_dict() for name, part in report.parts.items()}


def tables(report: Progress) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in states(report)["table"].values()]


def test_exploration_falls_and_then_stays() -> None:
    config = q_learning.Config(steps=100, epsilon_start=1.0, epsilon_end=0.2, epsilon_fraction=0.5)
    found = [epsilon_at(step, config) for step in (0, 25, 50, 99)]
    assert found == pytest.approx([1.0, 0.6, 0.2, 0.2])
    assert epsilon_at(0, replace(config, epsilon_fraction=0.0)) == pytest.approx(0.2)


def test_looking_at_a_percept_adds_no_row() -> None:
    trained = train("q-learning", "gridworld", steps=500)[-1]
    rows = trained.parts["table"].rows  # type: ignore[attr-defined]
    before = len(rows)
    measure = exact_measure(find_world("gridworld"))
    assert measure is not None
    measure(trained.agent)
    assert len(rows) == before
