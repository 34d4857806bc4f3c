"""The ladder: who is on it, what is played, and which games count as one."""

from __future__ import annotations

import pytest
from rich.console import Console

from agents.agent import Agent, make_agent
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE
from envs.rules.solution import solve
from envs.worlds import find_world
from workshop import evaluate, ladder
from workshop.ladder import check_ladder, climb, distinct_games, rungs
from workshop.matches import Game, openings

TICTACTOE = find_world("tictactoe")


class Perfect(Agent):
    """Never gives a win or a draw away."""

    def act(self, percept: Percept) -> int:
        assert percept.board is not None and SOLUTION is not None
        return SOLUTION.best[TIC_TAC_TOE.from_board(percept.board)][0]


SOLUTION = solve(3, 3, 3)
assert SOLUTION is not None


def test_each_rung_is_an_agent_and_looks_further_than_the_last() -> None:
    names = rungs(3)
    assert names[-4:] == ["minimax:depth=1", "minimax:depth=2", "minimax:depth=3", "mcts"]
    for name in names:
        assert isinstance(make_agent(name, find_world("connect-four"), 0), Agent)


def test_perfect_play_loses_only_what_is_lost_from_the_start() -> None:
    assert SOLUTION is not None
    value = [SOLUTION.value[position] for position in openings(TIC_TAC_TOE)]  # to the first player
    found = climb(TICTACTOE, Perfect(), 1, 0, Console(quiet=True))
    assert [rung["against"] for rung in found] == rungs(1)
    for rung in found:
        assert rung["games"] == 2 * len(value) == 144
        assert rung["first"]["wins"] >= value.count(1)
        assert rung["first"]["losses"] <= value.count(-1)
        assert rung["second"]["losses"] <= value.count(1)
    assert found[0]["wins"] > found[2]["wins"]  # random play is beaten more often than minimax's
    assert found[0]["distinct_games"] > 72


def test_games_that_are_mirrored_are_one() -> None:
    def game(moves: list[int], seat: int = 0, start: tuple[int, int] = (0, 0)) -> Game:
        return Game(0, start, seat, tuple(moves), 1.0)

    mirror = CONNECT_FOUR.mirrored_actions
    moves = [3, 3, 2, 2, 4]
    mirrored = [mirror[move] for move in moves]
    assert mirrored == [3, 3, 4, 4, 2]
    assert distinct_games(CONNECT_FOUR, [game(moves), game(mirrored)]) == 1
    assert distinct_games(CONNECT_FOUR, [game(moves), game(moves, seat=1)]) == 2
    assert distinct_games(CONNECT_FOUR, [game(moves), game([3, 3, 2, 2, 1])]) == 2
    assert distinct_games(CONNECT_FOUR, [game([0, 1]), game([0, 1, 2])]) == 2
    after = (CONNECT_FOUR.landing(0, 0, 3), 0)
    start = after[1], after[0]
    assert distinct_games(CONNECT_FOUR, [game([0, 1], 0, start), game([6, 5], 0, start)]) == 1


def test_where_there_is_no_ladder_it_is_one_clear_line() -> None:
    with pytest.raises(BadInput, match="board games"):
        check_ladder(find_world("gridworld"), 1)
    for depth in (0, ladder.DEEPEST + 1):
        with pytest.raises(BadInput, match="1 to 8 plies"):
            check_ladder(TICTACTOE, depth)
    with pytest.raises(BadInput, match="opponents of its own"):
        evaluate.run(evaluate.Options("tictactoe", "random", against="random", ladder=1))
