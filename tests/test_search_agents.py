"""Minds that look ahead in board games: Monte Carlo tree search, and minimax with a horizon."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from agents.agent import Agent, make_agent
from agents.mcts import Node, grow
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


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("mcts:simulations=0", "1 or more, not 0"),
        ("mcts:exploration=-1", "0 or more, not -1"),
        ("mcts:exploration=high", "0 or more, not high"),
    ],
)
def test_options_out_of_range_are_one_clear_line(name: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        make_agent(name, find_world("tictactoe"))
