"""Minds that look ahead in board games: Monte Carlo tree search, and minimax with a horizon."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from agents.agent import Agent, make_agent
from agents.line_count import UNDECIDED, LineCount
from agents.mcts import Node, grow, rollout
from agents.minimax import DISCOUNT, Search
from envs.board import board_percept
from envs.names import BadInput
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import Position, Solution
from envs.worlds import find_world

SOLUTION = Solution(TIC_TAC_TOE)


def after(rules: KInARow, position: Position, action: int) -> Position:
    mine, theirs = position
    return theirs, mine | rules.landing(mine, theirs, action)


def winning_moves(rules: KInARow, position: Position) -> list[int]:
    """The moves that make a line."""
    legal = rules.legal_actions(*position)
    return [a for a in legal if rules.lines(after(rules, position, a)[1])]


def play(rules: KInARow, first: Agent, second: Agent, opening: tuple[int, ...] = ()) -> int:
    """What a game comes to for the first player."""
    position: Position = 0, 0
    for ply in count():
        if rules.over(*position):
            won = rules.line_value if rules.lines(position[1]) else 0
            return won if ply % 2 else -won
        percept = board_percept(rules, *position, ply % 2)
        action = opening[ply] if ply < len(opening) else (first, second)[ply % 2].act(percept)
        assert action in percept.legal_actions
        position = after(rules, position, action)
    raise AssertionError


def test_mcts_sees_every_win_in_one_and_every_block() -> None:
    draw, kinds = random.Random(0), {"win": 0, "block": 0}
    for position in draw.sample(sorted(SOLUTION.best), 400):
        mine, theirs = position
        wins, threats = (winning_moves(TIC_TAC_TOE, seen) for seen in (position, (theirs, mine)))
        if not wins and len(threats) != 1:
            continue
        kinds["win" if wins else "block"] += 1
        moves = grow(TIC_TAC_TOE, *position, 600, 1.4, random.Random(1)).children
        most = max(moves, key=lambda action: moves[action].visits)
        assert most in (wins or threats), TIC_TAC_TOE.to_board(*position)
    assert min(kinds.values()) > 50


def test_mcts_does_not_lose_to_random() -> None:
    world = find_world("tictactoe")
    for game in range(40):
        mind = make_agent("mcts:simulations=200", world, game)
        lot = make_agent("random", world, game)
        pair = (mind, lot) if game % 2 == 0 else (lot, mind)
        assert play(TIC_TAC_TOE, *pair) * (1 if game % 2 == 0 else -1) >= 0


def test_mcts_plays_misere_nearly_always_best() -> None:
    rules = KInARow(3, 3, 3, misere=True)
    solution, right = Solution(rules), 0
    for position in random.Random(0).sample(sorted(solution.best), 150):
        moves = grow(rules, *position, 400, 1.4, random.Random(1)).children
        right += max(moves, key=lambda a: moves[a].visits) in solution.best[position]
    assert right >= 145


def nodes(root: Node) -> Iterator[Node]:
    yield root
    for child in root.children.values():
        yield from nodes(child)


@pytest.mark.parametrize("rules", [TIC_TAC_TOE, CONNECT_FOUR])
def test_the_statistics_of_the_tree_add_up(rules: KInARow) -> None:
    root = grow(rules, 0, 0, 500, 1.4, random.Random(0))
    assert sum(child.visits for child in root.children.values()) == root.visits == 500
    for node in nodes(root):
        assert -1 <= node.mean <= 1
        below = list(node.children.values())
        if node.result is not None:
            assert not below and node.mean == node.result
        elif node is not root:  # its first visit went on at random
            assert sum(child.visits for child in below) == node.visits - 1
            assert abs(node.total + sum(child.total for child in below)) <= 1


@pytest.mark.parametrize("misere", [False, True])
def test_a_game_played_on_counts_for_the_player_to_move(misere: bool) -> None:
    rules = KInARow(3, 3, 3, misere=misere)
    solution, values = Solution(rules), set[int]()
    for position in solution.best:
        if len(rules.legal_actions(*position)) == 1:  # nothing is left to chance
            assert rollout(rules, *position, random.Random(0)) == solution.value[position]
            values.add(solution.value[position])
    assert len(values) == 2


def test_where_lines_lose_mcts_makes_none() -> None:
    #  X X .      c1 would lose; any other move does not at once
    #  . O O
    #  . . .
    world = find_world("misere-tictactoe")
    assert world.rules is not None
    position = world.rules.from_board(np.array([[1, 1, 0], [0, -1, -1], [0, 0, 0]]))
    thoughts = make_agent("mcts", world, 0).think(board_percept(world.rules, *position, 0))
    assert thoughts is not None and thoughts.meaning == "visits"
    assert np.nansum(thoughts.scores) == pytest.approx(1)
    assert np.nanargmin(thoughts.scores) == 2


def test_mcts_answers_the_same_under_the_same_seed_thinking_or_not() -> None:
    world = find_world("connect-four")
    percepts = [board_percept(CONNECT_FOUR, 0, 0, 0), board_percept(CONNECT_FOUR, 1 << 21, 0, 1)]
    one, other = (make_agent("mcts:simulations=60", world, 3) for _ in range(2))
    for percept in percepts:
        first = one.think(percept)
        assert one.act(percept) == other.act(percept)
        second = other.think(percept)
        assert first is not None and second is not None
        assert (first.scores == second.scores).all()
    third = make_agent("mcts:simulations=60", world, 4).think(percepts[1])
    assert third is not None and (third.scores != second.scores).any()


def test_on_a_single_column_there_is_one_move() -> None:
    world = find_world("kinarow:rows=20,cols=1,k=3,gravity=true")
    assert world.rules is not None
    assert make_agent("minimax", world).act(board_percept(world.rules, 0, 0, 0)) == 0


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("mcts:simulations=0", "1 or more, not 0"),
        ("mcts:exploration=-1", "0 or more, not -1"),
        ("mcts:exploration=high", "0 or more, not high"),
        ("minimax:seconds=0", "a time above 0, not 0"),
    ],
)
def test_options_out_of_range_are_one_clear_line(name: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        make_agent(name, find_world("tictactoe"))


def random_positions(rules: KInARow, number: int, seed: int) -> list[Position]:
    """Positions after random moves, in which the game goes on."""
    draw, found = random.Random(seed), list[Position]()
    while len(found) < number:
        position: Position = 0, 0
        for _ in range(draw.randrange(rules.rows * rules.cols)):
            if not rules.over(*position):
                position = after(rules, position, draw.choice(rules.legal_actions(*position)))
        if not rules.over(*position):
            found.append(position)
    return found


BOARDS = [CONNECT_FOUR, TIC_TAC_TOE, KInARow(5, 6, 4), KInARow(3, 3, 3, misere=True)]


@pytest.mark.parametrize("rules", BOARDS)
def test_counting_lines_is_fair_to_both_and_never_worth_a_win(rules: KInARow) -> None:
    count_lines = LineCount(rules)
    assert all(rules.lines(line) for line in count_lines.lines)
    for mine, theirs in random_positions(rules, 200, seed=0):
        value = count_lines(mine, theirs)
        assert value == -count_lines(theirs, mine)
        assert abs(value) < UNDECIDED < DISCOUNT**63


def test_there_are_69_lines_in_connect_four_and_8_in_tictactoe() -> None:
    assert len(LineCount(CONNECT_FOUR).lines) == 69
    assert len(LineCount(TIC_TAC_TOE).lines) == 8


@pytest.mark.parametrize("misere", [False, True])
def test_two_open_stones_are_good_unless_lines_lose(misere: bool) -> None:
    rules = KInARow(3, 3, 3, misere=misere)
    mine, theirs = rules.from_board(np.array([[1, 1, 0], [0, -1, 0], [0, 0, -1]]))
    assert (LineCount(rules)(mine, 0) < 0) == misere
    assert LineCount(rules)(mine, theirs) != 0


@pytest.mark.parametrize("rules", [TIC_TAC_TOE, KInARow(3, 3, 3, misere=True)])
def test_where_search_reaches_the_end_nothing_is_estimated(rules: KInARow) -> None:
    exact, estimating = Search(rules, 9), Search(rules, 9, LineCount(rules))
    for position in random.Random(0).sample(sorted(Solution(rules).best), 300):
        assert exact.values(*position) == estimating.values(*position)


def test_counting_lines_beats_counting_nothing_at_the_same_depth() -> None:
    world = find_world("connect-four")
    counting = make_agent("minimax:depth=3", world)
    plain = make_agent("minimax:depth=3,evaluation=false", world)
    draw, balance = random.Random(0), 0
    for _ in range(50):
        opening = tuple(draw.randrange(7) for _ in range(4))
        balance += play(CONNECT_FOUR, counting, plain, opening)
        balance -= play(CONNECT_FOUR, plain, counting, opening)
    assert balance >= 30  # of 100 games; it is 68 won and 21 lost


class Clock:
    """A clock that moves on by a second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.parametrize("seconds", [1, 5, 40])
def test_deepening_stops_when_the_time_is_up_and_answers_the_last_finished_depth(
    seconds: float,
) -> None:
    clock = Clock()
    search = Search(CONNECT_FOUR, 42, LineCount(CONNECT_FOUR), clock)
    found = search.deepen(0, 0, seconds)
    assert clock.now == seconds + 1  # the look that saw the deadline was the last
    alone = Search(CONNECT_FOUR, 42, LineCount(CONNECT_FOUR))
    assert found == pytest.approx(alone.values(0, 0, search.reached))
    assert 1 <= search.reached < 42


def test_more_time_is_more_depth() -> None:
    depths = []
    for seconds in (1, 10, 100):
        search = Search(CONNECT_FOUR, 42, LineCount(CONNECT_FOUR), Clock())
        search.deepen(0, 0, seconds)
        depths.append(search.reached)
    assert depths == sorted(set(depths))


def test_deepening_that_finishes_is_exact() -> None:
    search, clockless = Search(TIC_TAC_TOE, 9, LineCount(TIC_TAC_TOE)), Search(TIC_TAC_TOE, 9)
    for position in random.Random(1).sample(sorted(SOLUTION.best), 200):
        found = search.deepen(*position, seconds=1e9)
        value, exact = max(found.values()), max(clockless.values(*position).values())
        assert value == pytest.approx(exact)
        assert max(found, key=found.__getitem__) in SOLUTION.best[position]
        assert np.sign(value) == SOLUTION.value[position]
