"""AlphaZero: what it learns from has the right sign, and its agent plays what it thinks."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from agents import champion
from agents.agent import make_agent, save_agent
from agents.alphazero import AlphaZeroAgent, Config, loss_of, update
from agents.opponents import check_opponent
from agents.policy_value import Remembered, make_policy_value
from agents.positions import Games, Positions, Window
from agents.tree_search import Found, Search, search
from envs.board import board_percept
from envs.names import BadInput
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.worlds import find_world
from workshop.positions import judge, percepts_of, rates, subset
from workshop.training import Options, Training, begin

SMALL = Config(channels=4, blocks=1)


def games_of(
    games: list[list[int]], random_plies: int = 0, share: float = 0.0, value: float = 0.25
) -> list[Positions]:
    """The positions that each move of tic-tac-toe games, of the same length, hands out."""
    env = find_world("tictactoe").make_batch(len(games), "cpu", 0)
    generator = torch.Generator().manual_seed(0)
    played = Games(env, 0, generator)
    played.opening[:] = random_plies
    found = []
    for actions in zip(*games, strict=True):
        looked = search(
            env.rules, env.mine.long(), env.theirs.long(),
            lambda mine, theirs: (torch.zeros(len(mine), 9), torch.full((len(mine),), value)),
            Search(simulations=0, gumbel=False),
        )  # fmt: skip
        looked = looked._replace(actions=torch.tensor(actions))
        found.append(played.play(looked, share, generator)[2])
    return found


@pytest.mark.parametrize("rules", [TIC_TAC_TOE, CONNECT_FOUR], ids=repr)
def test_the_network_is_shown_the_stones_and_the_cells_that_lines_lack(rules: KInARow) -> None:
    generator, network = np.random.default_rng(0), make_policy_value(rules, 4, 1, 0)
    for _ in range(20):
        board = generator.choice([0, 0, 1, -1], (rules.rows, rules.cols))
        both = rules.from_board(board)
        if any(rules.lines(stones) for stones in both):
            continue
        shown = network.shown(*torch.tensor(both)[:, None])[0].tolist()
        planes = [(rules.cell_bits & bits) != 0 for bits in shown]
        assert np.array_equal(planes[0], board == 1) and np.array_equal(planes[1], board == -1)
        for stones, lacking in zip(both, planes[2:], strict=True):
            lines = [bool(rules.lines(stones | cell)) for cell in rules.cell_bits.ravel().tolist()]
            assert np.array_equal(lacking, np.reshape(lines, board.shape) & (board == 0))


def test_the_result_counts_for_whoever_was_to_move() -> None:
    *before, last = games_of([[0, 3, 1, 4, 2]])  # X wins with its third stone
    assert all(len(positions.values) == 0 for positions in before)
    assert last.values.tolist() == [1, -1, 1, -1, 1]
    assert last.mine[0] == last.theirs[0] == 0
    *_, last = games_of([[0, 1, 3, 4, 8, 7]])  # O wins
    assert last.values.tolist() == [-1, 1, -1, 1, -1, 1]
    *_, last = games_of([[0, 1, 2, 4, 3, 5, 7, 6, 8]])  # nobody does
    assert last.values.tolist() == [0] * 9


def test_games_that_end_at_the_same_time_are_kept_apart() -> None:
    *_, last = games_of([[0, 3, 1, 4, 2], [0, 3, 1, 4, 8]])
    assert len(last.values) == 5  # the other one goes on
    assert last.values.tolist() == [1, -1, 1, -1, 1]


def test_the_next_game_begins_with_the_empty_board() -> None:
    game = [0, 3, 1, 4, 2]
    *_, last = games_of([game + game])
    assert last.values.tolist() == [1, -1, 1, -1, 1]
    assert last.mine[0] == last.theirs[0] == 0


def test_the_value_target_lies_between_result_and_search() -> None:
    *_, last = games_of([[0, 3, 1, 4, 2]], share=0.5, value=0.5)
    assert last.values.tolist() == [0.75, -0.25, 0.75, -0.25, 0.75]


def test_a_result_says_nothing_of_positions_before_a_random_move() -> None:
    games = Games(find_world("tictactoe").make_batch(1, "cpu", 0), 0, torch.Generator())
    games.opening[:], games.ply[:] = 2, 4
    games.values[:] = 0.25
    finished = games._finished(torch.ones(1), torch.ones(1, dtype=torch.bool), 0.0)
    assert finished.values.tolist() == [0.25, 0.25, 1, -1, 1]


def test_equal_positions_are_learned_as_one_also_if_mirrored() -> None:
    window = Window(CONNECT_FOUR, 100, "cpu")
    mine, theirs = CONNECT_FOUR.landing(0, 0, 0), CONNECT_FOUR.landing(0, 0, 1)
    positions = Positions(
        torch.tensor([mine, CONNECT_FOUR.mirrored(mine), mine, theirs]),
        torch.tensor([theirs, CONNECT_FOUR.mirrored(theirs), theirs, mine]),
        torch.eye(7)[[0, 6, 2, 4]],
        torch.tensor([1.0, -1.0, 0.6, 0.5]),
    )
    window.add(positions)
    distinct = window.latest(100)
    assert len(distinct.mine) == 2
    row = int((distinct.mine == mine).int().argmax())
    assert distinct.values[row] == pytest.approx(0.2)
    assert distinct.policy[row].tolist() == pytest.approx([2 / 3, 0, 1 / 3, 0, 0, 0, 0])


def test_the_oldest_positions_are_forgotten() -> None:
    window = Window(TIC_TAC_TOE, 3, "cpu")
    for cell in (0, 1, 2, 4, 5):
        bit = torch.tensor([1 << cell])
        window.add(Positions(bit, bit * 0, torch.full((1, 9), 1 / 9), torch.tensor([float(cell)])))
    assert sorted(window.latest(10).values.tolist()) == [2, 4, 5]
    assert sorted(window.latest(2).values.tolist()) == [4, 5]


def test_half_of_a_batch_is_mirrored_with_its_policy() -> None:
    window = Window(CONNECT_FOUR, 10, "cpu")
    column = torch.tensor([CONNECT_FOUR.landing(0, 0, 1)])
    window.add(Positions(column, column * 0, torch.eye(7)[[1]], torch.zeros(1)))
    batch, legal = window.batch(window.latest(10), 400, torch.Generator().manual_seed(0))
    left = batch.mine == column
    assert 150 < int(left.sum()) < 250
    assert (batch.policy.argmax(1) == torch.where(left, 1, 5)).all()
    assert legal.all()


def test_the_loss_is_least_for_the_target_itself_and_blind_to_illegal_moves() -> None:
    policy = torch.tensor([[0.7, 0.3, 0.0]])
    legal = torch.tensor([[True, True, False]])
    value = torch.tensor([0.5])
    right = loss_of(policy.log().clamp_min(-5), value, policy, value, legal)
    wrong = loss_of(torch.zeros(1, 3), value, policy, value, legal)
    other = loss_of(torch.tensor([[0.0, 0.0, 9.0]]), value, policy, value, legal)
    entropy = -(0.7 * np.log(0.7) + 0.3 * np.log(0.3))
    assert float(right[0]) == pytest.approx(entropy)
    assert float(wrong[0]) == float(other[0]) > float(right[0])
    assert float(right[1]) == 0.0


@pytest.mark.parametrize(("growth", "distinct"), [(0.0, 2 / 4), (0.5, 5 / 9), (2.0, 6 / 10)])
def test_the_window_grows_with_what_was_played_and_its_variety_is_told(
    growth: float, distinct: float
) -> None:
    """Of ten positions the latest 4 (+ growth * 10) count, and how many of those differ is told."""
    window = Window(TIC_TAC_TOE, 100, "cpu")
    stones = torch.tensor([1, 2, 4, 16, 32, 32, 32, 64, 64, 64])
    even = torch.full((10, 9), 1 / 9)
    window.add(Positions(stones * 0, stones, even, torch.zeros(10)))
    network = make_policy_value(TIC_TAC_TOE, 4, 1, 0)
    config = Config(window=4, window_growth=growth, batch_size=8, rollout=1, num_envs=1)
    optimizer = torch.optim.SGD(network.parameters(), 0.01)
    metrics = update(network, optimizer, window, config, torch.Generator().manual_seed(0))
    assert metrics["distinct"] == pytest.approx(distinct)


ODD_BOARDS = {
    "rows=4,cols=5,k=3,gravity=true": 1,
    "rows=2,cols=5,k=2,gravity=true,misere=true": -1,
    "rows=2,cols=3,k=2,misere=true": -1,
}
"""Boards that are not square, and what it is worth to be sure of a line."""


@pytest.mark.parametrize(("board", "worth"), ODD_BOARDS.items(), ids=ODD_BOARDS)
def test_it_learns_the_truth_where_lines_lose_and_stones_fall(board: str, worth: int) -> None:
    """Whoever can make a line wins; whoever has to, where lines lose, loses."""
    world = find_world(f"kinarow:{board}")
    rules = world.rules
    assert rules is not None
    config = Config(num_envs=16, simulations=8, channels=4, blocks=1, random_plies=0,
                    batch_size=32, search_share=0.0)  # fmt: skip
    reports = begin(Training(Options(), "alphazero", world, config), "cpu")
    *_, report = islice(reports, 5)
    assert np.isfinite(report.metrics["policy_loss"] + report.metrics["value_loss"])
    found = report.parts["window"].state_dict()
    count, sure = int(found["count"]), 0
    columns = (found[name][:count].tolist() for name in ("mine", "theirs", "policy", "values"))
    for mine, theirs, policy, value in zip(*columns, strict=True):
        assert not rules.over(mine, theirs) and value in (-1, 0, 1)
        legal = rules.legal_actions(mine, theirs)
        assert sum(policy[action] for action in legal) == pytest.approx(1)
        lines = [rules.lines(mine | rules.landing(mine, theirs, action)) for action in legal]
        if any(lines) if worth == 1 else all(lines):
            sure += 1
            assert value == worth
    assert count > sure > 10


def percept_after(moves: list[int]) -> Any:
    mine = theirs = 0
    for move in moves:
        mine, theirs = theirs, mine | TIC_TAC_TOE.landing(mine, theirs, move)
    return board_percept(TIC_TAC_TOE, mine, theirs, len(moves) % 2)


def test_alone_and_with_simulations_it_plays_what_it_thinks() -> None:
    world = find_world("tictactoe")
    percepts = [percept_after(moves) for moves in ([], [4], [0, 4, 8], [0, 3, 1, 4])]
    for simulations, meaning in ((0, "probability"), (64, "visits")):
        agent = AlphaZeroAgent(world, SMALL, seed=1, simulations=simulations)
        for percept in percepts:
            thoughts = agent.think(percept)
            assert thoughts.meaning == meaning and thoughts.best == agent.act(percept)
            assert np.nansum(thoughts.scores) == pytest.approx(1)
            assert thoughts.value is not None and thoughts.note.startswith("value ")
            assert (np.isnan(thoughts.scores) == ~percept.action_mask).all()
        assert agent.act_many(percepts) == [agent.act(percept) for percept in percepts]
    assert agent.act(percepts[-1]) == 2  # wins
    assert "expects c1" in agent.think(percepts[-1]).note


def test_a_run_folder_takes_the_number_of_simulations(tmp_path: Path) -> None:
    world = find_world("tictactoe")
    about = {"algorithm": "alphazero", "world": "tictactoe", "config": vars(SMALL)}
    folder = tmp_path / "run"
    save_agent(AlphaZeroAgent(world, SMALL, seed=5), folder / "agent", about)
    for name, simulations in ((f"{folder}", 0), (f"{folder}:simulations=20", 20)):
        agent = make_agent(name, world)
        assert isinstance(agent, AlphaZeroAgent)
        assert agent.settings.simulations == simulations
    with pytest.raises(BadInput, match="did you mean 'simulations'"):
        make_agent(f"{folder}:simulation=20", world)
    with pytest.raises(BadInput, match="0 or more"):
        make_agent(f"{folder}:simulations=-1", world)
    with pytest.raises(BadInput, match="no trained agent"):
        make_agent(f"{tmp_path / 'other'}:simulations=1", world)


def test_it_refuses_what_it_cannot_learn() -> None:
    with pytest.raises(BadInput, match="plays board games"):
        AlphaZeroAgent(find_world("gridworld"), SMALL)
    with pytest.raises(BadInput, match="alphazero cannot choose"):
        check_opponent("random", "alphazero", "a batch", find_world("tictactoe"))


def test_the_network_alone_is_a_search_of_nothing() -> None:
    agent = AlphaZeroAgent(find_world("connect-four"), SMALL, seed=2)
    empty = torch.zeros(3, dtype=torch.int64)
    found: Found = search(
        CONNECT_FOUR, empty, empty, agent.network.both_ways, Search(simulations=0, gumbel=False)
    )
    logits, values = agent.network.both_ways(empty, empty)
    assert torch.allclose(found.policy, logits.softmax(1))
    assert torch.allclose(found.values, values)


def test_what_is_mirrored_is_rated_alike() -> None:
    world = find_world("connect-four")
    agent = AlphaZeroAgent(world, SMALL, seed=2, simulations=30)
    torch.nn.init.normal_(agent.network.policy[-1].weight)  # type: ignore[arg-type]
    for moves in ([0], [1, 3, 2], [6, 6, 5, 2, 0]):
        mine = theirs = 0
        for move in moves:
            mine, theirs = theirs, mine | CONNECT_FOUR.landing(mine, theirs, move)
        thoughts, other = (
            agent.think(board_percept(CONNECT_FOUR, *position, len(moves) % 2))
            for position in (
                (mine, theirs),
                (CONNECT_FOUR.mirrored(mine), CONNECT_FOUR.mirrored(theirs)),
            )
        )
        assert np.allclose(thoughts.scores, other.scores[::-1])
        assert thoughts.scores.max() > 0.2


def test_sixteen_bits_are_as_good_as_thirty_two() -> None:
    agent = AlphaZeroAgent(find_world("connect-four"), SMALL, seed=2)
    mine = torch.randint(1 << 40, (50,), generator=torch.Generator().manual_seed(0))
    mine &= CONNECT_FOUR.board
    exact, quick = (agent.network(mine, mine * 0, quick) for quick in (False, True))
    for one, other in zip(exact, quick, strict=True):
        assert one.dtype == other.dtype == torch.float32
        assert (one - other).abs().max() < 0.01


def test_the_champion_is_an_agent_by_name_in_its_own_world_only() -> None:
    world = find_world("connect-four")
    for name, simulations in (("champion", 200), ("champion:simulations=0", 0)):
        agent = make_agent(name, find_world("kinarow:rows=6,cols=7,k=4,gravity=true"))
        assert isinstance(agent, AlphaZeroAgent) and agent.settings.simulations == simulations
    with pytest.raises(BadInput, match="no champion of tictactoe; there is one of connect-four"):
        make_agent("champion", find_world("tictactoe"))
    with pytest.raises(BadInput, match="did you mean 'simulations'"):
        make_agent("champion:simulation=5", world)
    assert sum(path.stat().st_size for path in champion.FOLDER.rglob("*")) < 5_000_000


def test_the_champion_has_learned_something() -> None:
    """Its network alone, on labelled positions; an untrained one keeps the value in 66 %."""
    positions = subset(300, 0)
    scores = [position.scores for position in positions]
    world = find_world("connect-four")
    kept = [
        rates(judge(scores, agent.act_many(percepts_of(positions))))["kept_value_rate"]
        for agent in (make_agent("champion:simulations=0", world), AlphaZeroAgent(world, SMALL, 0))
    ]
    assert kept[0] > 0.84 > kept[1]


@pytest.mark.parametrize("slots", [4, 1 << 12])
def test_remembered_answers_are_those_of_the_network(slots: int) -> None:
    """Also where positions fight for a slot, and where one comes twice at once."""
    asked = []

    def evaluate(mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        asked.append(len(mine))
        return torch.stack((mine, theirs), 1).float(), (mine - 2 * theirs).float()

    remembered = Remembered(evaluate, actions=2, slots=slots)
    lots = torch.Generator().manual_seed(0)
    for _ in range(30):
        mine, theirs = torch.randint(12, (2, 50), generator=lots)
        logits, values = remembered(mine, theirs)
        expected = evaluate(mine, theirs)
        asked.pop()
        assert torch.equal(logits, expected[0])
        assert torch.equal(values, expected[1])
    asked.clear()
    remembered(*torch.randint(12, (2, 50), generator=lots))
    assert (not asked) == (slots > 144)  # by then it has seen all 144, if it can hold them
