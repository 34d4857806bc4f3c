"""The agents that do not need to be trained, and the pure parts of those that do."""

from __future__ import annotations

import random
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from agents.agent import AGENTS, load_agent, make_agent, save_agent
from agents.dqn import Config, DQNAgent, config_for, td_targets
from agents.minimax import MinimaxAgent, Search
from agents.q_learning import QLearningAgent
from envs.board import board_percept
from envs.names import BadInput, parse_name
from envs.percept import perceive
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import Solution
from envs.worlds import find_world


@pytest.mark.parametrize("rules", [TIC_TAC_TOE, KInARow(4, 4, 3, gravity=True)])
def test_minimax_gives_every_move_its_true_value(rules: KInARow) -> None:
    solution, search = Solution(rules), Search(rules, rules.rows * rules.cols)
    draw = random.Random(0)
    for mine, theirs in draw.sample(sorted(solution.best), 400):
        for action, value in search.values(mine, theirs).items():
            after = theirs, mine | rules.landing(mine, theirs, action)
            assert np.sign(value) == -solution.value[after]


def test_minimax_wins_at_once_rather_than_later() -> None:
    #  X X .      both c1 (now) and others win in the end
    #  . O .
    #  . O .
    world = find_world("tictactoe")
    mine, theirs = TIC_TAC_TOE.from_board(np.array([[1, 1, 0], [0, -1, 0], [0, -1, 0]]))
    percept = board_percept(TIC_TAC_TOE, mine, theirs, 0)
    agent = MinimaxAgent(world)
    assert agent.act(percept) == 2
    thoughts = agent.think(percept)
    assert thoughts.best == 2
    assert np.isnan(thoughts.scores[[0, 1, 4, 7]]).all()


def test_minimax_of_two_plies_stops_three_in_a_row_in_connect_four() -> None:
    board = np.zeros((6, 7), np.int8)
    board[5, :3] = -1
    board[4, :2] = 1
    percept = board_percept(CONNECT_FOUR, *CONNECT_FOUR.from_board(board), 1)
    assert MinimaxAgent(find_world("connect-four"), depth=2).act(percept) == 3


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("minmax", "did you mean 'minimax'"),
        ("minimax:dept=4", "did you mean 'depth'"),
        ("minimax:depth=-1", "number of plies"),
        ("dqn", "has to be trained first"),
        ("runs/none", "no trained agent"),
    ],
)
def test_a_wrong_agent_is_one_clear_line(name: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        make_agent(name, find_world("tictactoe"))


def test_minimax_says_that_a_gridworld_is_no_board_game() -> None:
    with pytest.raises(BadInput, match="board games"):
        make_agent("minimax", find_world("gridworld"))


def test_the_grammar_of_names() -> None:
    name = parse_name("minimax:depth=4,fast=true,bias=0.5,map=a.txt")
    assert name == ("minimax", {"depth": 4, "fast": True, "bias": 0.5, "map": "a.txt"})
    assert parse_name(str(name)) == name


def test_targets_take_the_opponents_gain_as_a_loss_and_stop_at_the_end() -> None:
    batch = {
        "reward": torch.tensor([0.0, 1.0]),
        "terminated": torch.tensor([0.0, 1.0]),
        "next_mask": torch.tensor([[True, True, False], [False, False, False]]),
    }
    online = torch.tensor([[1.0, 3.0, 9.0], [5.0, 5.0, 5.0]])  # action 2 would be best: illegal
    slow = torch.tensor([[0.1, 0.5, 0.9], [7.0, 7.0, 7.0]])
    board = td_targets(batch, online, slow, gamma=0.9, sign=-1)
    assert board.tolist() == pytest.approx([-0.45, 1.0])
    alone = td_targets(batch, online, slow, gamma=0.9, sign=1)
    assert alone.tolist() == pytest.approx([0.45, 1.0])


@pytest.mark.parametrize("world_name", ["tictactoe", "gridworld", "CartPole-v1", "connect-four"])
def test_a_network_answers_only_legal_actions_and_survives_saving(
    world_name: str, tmp_path: Path
) -> None:
    world = find_world(world_name)
    agent = DQNAgent(world, config_for(world))
    env = world.make()
    percepts = []
    observation, info = env.reset(seed=0)
    for _ in range(30):
        percepts.append(perceive(env, observation, info))
        action = agent.act(percepts[-1])
        assert action in percepts[-1].legal_actions
        observation, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            observation, info = env.reset()
    about = {"algorithm": "dqn", "world": world_name, "config": vars(config_for(world))}
    save_agent(agent, tmp_path / "agent", about)
    again = load_agent(tmp_path / "agent", world)
    assert again.act_many(percepts) == agent.act_many(percepts) == [agent.act(p) for p in percepts]


def test_a_trained_agent_does_not_act_in_another_world(tmp_path: Path) -> None:
    world = find_world("tictactoe")
    about = {"algorithm": "dqn", "world": "tictactoe", "config": vars(Config())}
    save_agent(DQNAgent(world, Config()), tmp_path, about)
    with pytest.raises(BadInput, match="trained for tictactoe, not for connect-four"):
        load_agent(tmp_path, find_world("connect-four"))
    assert load_agent(tmp_path, find_world("kinarow:rows=3,cols=3,k=3"))


def test_q_learning_needs_percepts_that_can_be_counted() -> None:
    from agents import q_learning

    with pytest.raises(BadInput, match="continuous"):
        QLearningAgent(find_world("CartPole-v1"), q_learning.Config())


@pytest.mark.parametrize("name", AGENTS)
def test_an_algorithm_is_read_in_one_sitting(name: str) -> None:
    found = find_spec(AGENTS[name].module)
    assert found is not None and found.origin is not None
    assert len(Path(found.origin).read_text(encoding="utf-8").splitlines()) <= 250
