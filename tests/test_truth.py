"""The exact measures, against OpenSpiel, Gymnasium's own tables and plain reasoning."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from agents.agent import Agent, make_agent, read_config
from agents.minimax import Search
from envs.board import board_percept
from envs.gridworld import GridWorldEnv
from envs.percept import Percept
from envs.rules.kinarow import TIC_TAC_TOE, KInARow
from envs.rules.solution import Policy, Position, Solution
from envs.worlds import World, find_world
from workshop import truth
from workshop.training import Options, Training, begin
from workshop.truth import exact_measure, solution_of, start_value

Moves = Mapping[int, float]


class Fixed(Agent):
    """Plays what a policy says about positions."""

    def __init__(self, rules: KInARow, policy: Callable[[Position], int]) -> None:
        self.rules, self.policy = rules, policy

    def act(self, percept: Percept) -> int:
        assert percept.board is not None
        return self.policy(self.rules.from_board(percept.board))


class Table(Agent):
    """Plays one action in each state of a gridworld that shows its number."""

    def __init__(self, actions: np.ndarray) -> None:
        self.actions = actions

    def act(self, percept: Percept) -> int:
        return int(self.actions[int(percept.observation)])


def measured(world: World, agent: Agent) -> dict[str, Any]:
    measure = exact_measure(world)
    assert measure is not None
    return measure(agent)


def drawn_policy(rules: KInARow, seed: int) -> dict[Position, Moves]:
    """A probability for each legal action of each position, some of them 0."""
    rng = np.random.default_rng(seed)
    found = {}
    for mine, theirs in solved(rules).best:
        legal = rules.legal_actions(mine, theirs)
        shares = rng.dirichlet([0.3] * len(legal))
        found[mine, theirs] = dict(zip(legal, shares.tolist(), strict=True))
    return found


def solved(rules: KInARow) -> Solution:
    solution = solution_of(rules)
    assert solution is not None
    return solution


def histories(game: Any, rules: KInARow, policy: Policy) -> dict[str, list[tuple[int, float]]]:
    """The same policy as OpenSpiel wants it: by every history that leads to a position."""
    found = {}

    def walk(state: Any, mine: int, theirs: int) -> None:
        if state.is_terminal():
            return
        legal = state.legal_actions()
        assert tuple(legal) == rules.legal_actions(mine, theirs)
        chosen = policy((mine, theirs))
        shares = chosen if isinstance(chosen, Mapping) else {chosen: 1.0}
        found[state.information_state_string()] = [(a, shares.get(a, 0.0)) for a in legal]
        for action in legal:
            walk(state.child(action), theirs, mine | rules.landing(mine, theirs, action))

    walk(game.new_initial_state(), 0, 0)
    return found


def trained_policy(world: World, learner: str, **settings: Any) -> dict[Position, int]:
    """What a network does that has learned a little."""
    config = read_config(learner, settings)
    reports = begin(Training(Options(), learner, world, config), "cpu")
    *_, last = reports
    assert world.rules is not None
    positions = list(solved(world.rules).best)
    percepts = [
        board_percept(world.rules, mine, theirs, (mine | theirs).bit_count() % 2)
        for mine, theirs in positions
    ]
    return dict(zip(positions, last.agent.act_many(percepts), strict=True))


def test_exploitability_of_tic_tac_toe_is_openspiels() -> None:
    """OpenSpiel's best responses walk all 549,946 histories; ours 5,478 positions."""
    pyspiel = pytest.importorskip("pyspiel")
    game = pyspiel.load_game("tic_tac_toe")
    search = Search(TIC_TAC_TOE, 9)
    positions = list(solved(TIC_TAC_TOE).best)
    policies: list[dict[Position, Any]] = [
        drawn_policy(TIC_TAC_TOE, seed=0),
        {at: max(search.values(*at).items(), key=lambda item: item[1])[0] for at in positions},
        {at: TIC_TAC_TOE.legal_actions(*at)[sum(at) % 2 - 1] for at in positions},
        trained_policy(find_world("tictactoe"), "ppo", steps=40_000, num_envs=64, hidden=(32,)),
    ]
    replies = None
    found = []
    for policy in (policy.__getitem__ for policy in policies):
        table = histories(game, TIC_TAC_TOE, policy)
        replies = replies or [pyspiel.TabularBestResponse(game, seat, table) for seat in (0, 1)]
        for reply in replies:
            reply.set_policy(table)
        start = game.new_initial_state()
        second, first = (reply.value_from_state(start) for reply in replies)
        ours = solved(TIC_TAC_TOE).best_response_values(policy)
        assert ours == pytest.approx((first, second), abs=1e-9)
        found.append(solved(TIC_TAC_TOE).exploitability(policy))
        assert found[-1] == pytest.approx((first + second) / 2, abs=1e-9)
    drawn, minimax, odd, trained = found
    assert minimax == 0 and drawn > 0.4 and odd > 0.4 and trained > 0


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("connect_four(rows=3,columns=3,x_in_row=3)", KInARow(3, 3, 3, gravity=True)),
        ("connect_four(rows=4,columns=3,x_in_row=2)", KInARow(4, 3, 2, gravity=True)),
    ],
)
def test_exploitability_of_small_boards_is_openspiels(name: str, rules: KInARow) -> None:
    """Here OpenSpiel's `exploitability` and `nash_conv` of Python are fast enough themselves."""
    pyspiel = pytest.importorskip("pyspiel")
    from open_spiel.python import policy as openspiel
    from open_spiel.python.algorithms import exploitability

    game = pyspiel.load_game(name)
    for seed in range(5):
        policy = drawn_policy(rules, seed).__getitem__
        table = histories(game, rules, policy)
        theirs = openspiel.tabular_policy_from_callable(
            game, lambda state, table=table: dict(table[state.information_state_string()])
        )
        ours = solved(rules).exploitability(policy)
        assert ours == pytest.approx(exploitability.exploitability(game, theirs), abs=1e-9)
        assert 2 * ours == pytest.approx(exploitability.nash_conv(game, theirs), abs=1e-9)


@pytest.mark.parametrize("name", ["tictactoe", "misere-tictactoe", "kinarow:rows=3,cols=4,k=3"])
def test_nothing_gains_on_a_best_policy_even_where_a_seat_is_lost(name: str) -> None:
    world = find_world(name)
    assert world.rules is not None
    solution = solved(world.rules)
    found = measured(world, Fixed(world.rules, lambda at: solution.best[at][-1]))
    assert found["exploitability"] == 0 and found["optimal_action_rate"] == 1


def test_who_breaks_the_rules_has_lost() -> None:
    world = find_world("tictactoe")
    found = measured(world, Fixed(TIC_TAC_TOE, lambda at: 4))
    assert found["exploitability"] == 1 and not found["unbeatable"]


def test_a_perfect_first_and_a_hopeless_second_player_is_half_exploitable() -> None:
    solution = solved(TIC_TAC_TOE)

    def policy(position: Position) -> int:
        legal = TIC_TAC_TOE.legal_actions(*position)
        return solution.best[position][0] if len(legal) % 2 else legal[0]

    assert solution.best_response_values(policy) == (0, 1)
    found = measured(find_world("tictactoe"), Fixed(TIC_TAC_TOE, policy))
    assert found["exploitability"] == 0.5 and found["unbeatable"] is False


def test_unbeatable_at_tic_tac_toe_means_not_exploitable() -> None:
    """Two ways to the same fact, over policies that err in one position each."""
    solution = solved(TIC_TAC_TOE)
    best = {position: actions[0] for position, actions in solution.best.items()}
    rng, seen = np.random.default_rng(0), set()
    for position in rng.permutation(list(best))[:40].tolist():
        position = tuple(position)
        policy = {**best, position: TIC_TAC_TOE.legal_actions(*position)[-1]}
        exploitable = solution.exploitability(policy.__getitem__) > 0
        assert solution.unbeatable(policy.__getitem__) is not exploitable
        policy = {at: TIC_TAC_TOE.legal_actions(*at)[int(rng.integers(2)) - 1] for at in best}
        exploitable = solution.exploitability(policy.__getitem__) > 0
        assert solution.unbeatable(policy.__getitem__) is not exploitable
        seen.add(exploitable)
    assert True in seen


def test_a_training_can_afford_it_forty_times() -> None:
    solution = solved(TIC_TAC_TOE)
    policy = {position: best[0] for position, best in solution.best.items()}
    began = time.perf_counter()
    solution.exploitability(policy.__getitem__)
    assert time.perf_counter() - began < 0.5


def grid_face(world: World) -> GridWorldEnv:
    face = world.make().unwrapped
    assert isinstance(face, GridWorldEnv)
    return face


def test_regret_is_that_of_gymnasiums_frozen_lake() -> None:
    """The values of random policies and the optimum, from Gymnasium's own table of outcomes."""
    world = find_world("gridworld:map=frozenlake-4x4")
    grid = world.grid
    assert grid is not None
    lake = gym.make("FrozenLake-v1", is_slippery=True).unwrapped.P
    theirs = [3, 2, 1, 0]  # left, down, right, up there
    rng = np.random.default_rng(0)

    def value(choose: Callable[[int, list[float]], float]) -> float:
        values = np.zeros(16)
        for _ in range(4000):
            q_values = [
                [
                    sum(p * (r + 0.99 * values[s] * (not over)) for p, s, r, over in lake[at][a])
                    for a in theirs
                ]
                for at in range(16)
            ]
            after = np.array([choose(at, row) for at, row in enumerate(q_values)])
            values, before = after, values
            if np.abs(values - before).max() < 1e-12:
                break
        return float(values[0])

    optimum, uniform = value(lambda at, row: max(row)), value(lambda at, row: float(np.mean(row)))
    for _ in range(5):
        actions = rng.integers(4, size=16)
        found = measured(world, Table(actions))
        regret = optimum - value(lambda at, row, chosen=actions: row[chosen[at]])
        assert found["regret"] == pytest.approx(regret, abs=1e-9)
        assert found["relative_regret"] == pytest.approx(regret / (optimum - uniform), abs=1e-8)


@pytest.mark.parametrize("name", ["gridworld", "gridworld:map=cliff,slip=0.2"])
def test_best_play_has_no_regret(name: str) -> None:
    world = find_world(name)
    grid = world.grid
    assert grid is not None
    q_values = grid.solve(0.99).q_value
    found = measured(world, Table(q_values.argmax(1)))
    assert found["regret"] == found["relative_regret"] == 0
    assert found["policy_agreement"] == 1
    worst = q_values.argmax(1)
    worst[grid.start] = q_values[grid.start].argmin()
    found = measured(world, Table(worst))
    assert found["regret"] > 1e-6
    assert found["policy_agreement"] == pytest.approx(1 - 1 / len(grid.decision_states))


def test_an_error_where_the_agent_never_comes_is_no_regret_but_a_disagreement() -> None:
    world = find_world("gridworld:map=small")
    grid = world.grid
    assert grid is not None
    optimum = grid.solve(0.99)
    actions, state, way = optimum.q_value.argmax(1), grid.start, set()
    while not way & {state}:
        way.add(state)
        over = grid.ends[state, actions[state]]
        state = state if over else int(grid.next_state[state, actions[state]])
    elsewhere = next(int(s) for s in grid.decision_states if s not in way)
    actions[elsewhere] = optimum.q_value[elsewhere].argmin()
    found = measured(world, Table(actions))
    assert found["regret"] == 0 and found["policy_agreement"] < 1


def test_who_stands_still_pays_for_ever() -> None:
    """Against a wall at -0.01 a step, discounted by 0.99: -1 altogether."""
    world = find_world("gridworld:map=small")
    grid = world.grid
    assert grid is not None
    against_the_wall = np.full((grid.states, 4), np.eye(4)[3])
    assert start_value(grid, against_the_wall) == pytest.approx(-1)


@pytest.mark.parametrize("name", ["gridworld", "gridworld:map=cliff,slip=0.3"])
def test_sweeps_agree_with_the_linear_system(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = find_world(name).grid
    assert grid is not None
    policies = np.random.default_rng(0).dirichlet([0.5] * 4, (4, grid.states))
    exact = [start_value(grid, policy) for policy in policies]
    monkeypatch.setattr(truth, "DENSE", 0)
    assert [start_value(grid, policy) for policy in policies] == pytest.approx(exact, abs=1e-9)
    assert max(exact) <= grid.solve(0.99).value[grid.start] + 1e-9


def test_a_planner_agrees_with_the_truth() -> None:
    world = find_world("gridworld:slip=0.1")
    found = measured(world, make_agent("utility-based", world))
    assert found["policy_agreement"] == 1 and found["regret"] == 0


def test_an_agent_with_a_memory_has_no_regret_told() -> None:
    """What it does in a state depends on how it came there: no table of actions says it."""
    world = find_world("gridworld:map=small,observation=local")
    found = measured(world, make_agent("model-based-reflex", world, 0))
    assert "policy_agreement" in found and not {"regret", "greedy_return"} & found.keys()
