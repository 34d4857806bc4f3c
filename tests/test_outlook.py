"""What the rules say three moves ahead is the truth: on small boards all positions are solved."""

from __future__ import annotations

import pytest
import torch

from agents.outlook import outlook
from envs.rules.kinarow import KInARow
from envs.rules.solution import Solution

BOARDS = [KInARow(3, 3, 3), KInARow(3, 4, 3, gravity=True), KInARow(3, 3, 3, misere=True)]


@pytest.mark.parametrize("rules", BOARDS, ids=repr)
def test_what_is_sure_is_true_and_a_best_move_is_always_looked_at(rules: KInARow) -> None:
    solution = Solution(rules)
    positions = list(solution.best)
    mine, theirs = torch.tensor(positions).T
    cells, sure = outlook(rules, mine, theirs, ahead=True)
    found = zip(positions, cells.tolist(), sure.tolist(), strict=True)
    for position, looked_at, value in found:
        assert value in (0, solution.value[position])
        assert looked_at & ~rules.legal(*position) == 0
        best = [rules.landing(*position, action) for action in solution.best[position]]
        assert any(looked_at & landing for landing in best)
        wins = any(rules.lines(position[0] | rules.landing(*position, a))
                   for a in rules.legal_actions(*position))  # fmt: skip
        assert (value == 1) == (wins and not rules.misere)
    assert rules.misere or {-1.0, 0.0, 1.0} == set(sure.tolist())


def loses_at_once(rules: KInARow, mine: int, theirs: int, cell: int) -> bool:
    """Whether the other player can make a line after a stone in `cell`."""
    stones = mine | cell
    return any(
        rules.lines(theirs | rules.landing(theirs, stones, action))
        for action in rules.legal_actions(theirs, stones)
    )


@pytest.mark.parametrize("rules", BOARDS[:2], ids=repr)
def test_no_stone_that_lets_the_other_win_at_once_unless_all_do(rules: KInARow) -> None:
    positions = list(Solution(rules).best)
    mine, theirs = torch.tensor(positions).T
    cells, sure = outlook(rules, mine, theirs, ahead=True)
    for position, looked_at, value in zip(positions, cells.tolist(), sure.tolist(), strict=True):
        if value == 1:
            continue
        every = [rules.landing(*position, action) for action in rules.legal_actions(*position)]
        bad = [loses_at_once(rules, *position, cell) for cell in every]
        assert (value == -1) == all(bad)
        good = sum(cell for cell, loses in zip(every, bad, strict=True) if not loses)
        assert value == -1 or looked_at == good


def test_looking_no_move_ahead_knows_nothing() -> None:
    rules = BOARDS[0]
    mine, theirs = torch.tensor([[0b11], [0b110000]])
    cells, sure = outlook(rules, mine, theirs, ahead=False)
    assert torch.equal(cells, rules.legal(mine, theirs)) and not sure.any()
