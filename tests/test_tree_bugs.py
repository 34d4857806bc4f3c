"""The tree itself: what is left of the search where the rules are not asked three moves ahead.

With `agents/outlook.py` the search never has to look for a win at once or for a block. Here it is
blind: what it finds, it finds by walking, and every classic bug of such a tree is planted once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from test_tree_search import drawn_positions, has_opinions, look, played
from torch import Tensor

from agents import tree_search
from agents.outlook import outlook
from agents.tree_search import Search, Tree, stir
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import Position, solve

BOTH = [True, False]
BLOCK = [3, 0, 3, 1, 3]
"""Connect Four: three in column d, on which a fourth must not come."""


@pytest.fixture(autouse=True)
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(rules: KInARow, mine: Tensor, theirs: Tensor, ahead: bool) -> tuple[Tensor, Tensor]:
        return outlook(rules, mine, theirs, ahead=False)

    monkeypatch.setattr(tree_search, "outlook", without)


def deep_positions() -> list[Position]:
    """Those of tic-tac-toe with one to three stones in which a wrong move costs something."""
    solution = solve(3, 3, 3)
    assert solution is not None
    return [
        (mine, theirs)
        for (mine, theirs), best in solution.best.items()
        if 1 <= (mine | theirs).bit_count() <= 3
        and len(best) < len(TIC_TAC_TOE.legal_actions(mine, theirs))
    ][::8]


def check_truth(gumbel: bool = False) -> None:
    """What decides these games lies three moves ahead or more."""
    solution, positions = solve(3, 3, 3), deep_positions()
    assert solution is not None and len(positions) > 20
    found = look(TIC_TAC_TOE, positions, gumbel=gumbel, simulations=500)
    for position, action in zip(positions, found.actions.tolist(), strict=True):
        assert action in solution.best[position]


def check_win(gumbel: bool = False) -> None:
    for rules, moves, best in ((TIC_TAC_TOE, [0, 3, 1, 4], 2), (CONNECT_FOUR, [3, 0] * 3, 3)):
        found = look(rules, [played(rules, moves)], gumbel=gumbel, simulations=32)
        assert found.actions.tolist() == [best]
        assert float(found.q_values[0, best]) == 1.0


def check_block(gumbel: bool = False) -> None:
    for rules, moves, best in ((TIC_TAC_TOE, [0, 8, 1], 2), (CONNECT_FOUR, BLOCK, 3)):
        found = look(rules, [played(rules, moves)], gumbel=gumbel, simulations=200)
        assert found.actions.tolist() == [best]


def check_draw() -> None:
    #  X O X
    #  X O O     X has the lower right cell left, and no line
    #  O X .
    position = played(TIC_TAC_TOE, [0, 1, 2, 4, 3, 5, 7, 6])
    found = look(TIC_TAC_TOE, [position], gumbel=False, simulations=8)
    assert float(found.q_values[0, 8]) == 0.0


def check_sides() -> None:
    """A network that thinks the first player ahead, whoever is to move."""

    def first_is_ahead(mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        stones = (((mine | theirs)[:, None] >> torch.arange(12)) & 1).sum(1)
        return torch.zeros(len(mine), 9), 0.5 - (stones % 2).float()

    positions = [played(TIC_TAC_TOE, moves) for moves in ([], [4])]
    found = look(TIC_TAC_TOE, positions, first_is_ahead, gumbel=False, simulations=12)
    assert found.values.tolist() == [0.5, -0.5]


def check_masks() -> None:
    for rules in (TIC_TAC_TOE, KInARow(3, 4, 3, gravity=True)):
        positions = drawn_positions(rules, 1, 20)
        found = look(rules, positions, has_opinions(rules), gumbel=False, simulations=60)
        for row, position in enumerate(positions):
            illegal = set(range(rules.actions)) - set(rules.legal_actions(*position))
            assert not found.visits[row, list(illegal)].any()


@pytest.mark.parametrize("gumbel", BOTH)
@pytest.mark.parametrize("check", [check_win, check_block, check_truth])
def test_a_blind_search_finds_it_by_walking(check: Callable[[bool], None], gumbel: bool) -> None:
    check(gumbel)


BACKUP, EXPAND, ADD = Tree.backup, Tree.expand, Tree.add


def backup_with_one_sign(tree: Tree, path: Tensor, length: Tensor, values: Tensor) -> None:
    taken = (length - tree.plies[: len(path)] > 0).float()
    edges = path.flatten()
    for table, added in ((tree.visits, taken), (tree.totals, -taken * values)):
        flat = table.view(-1)
        flat[edges] = flat[edges] + added.flatten()
    tree.choose_next(edges // tree.actions)


def expanded(tree: Tree, number: int) -> tuple[Tensor, Tensor]:
    """Whether the new positions hold a line, or are full without one: bool (games,) each."""
    nodes = tree.roots + number
    line = tree.rules.lines(tree.theirs[nodes]) != 0
    return line, tree.rules.full(tree.mine[nodes], tree.theirs[nodes]) & ~line


def expand_with_draws_won(tree: Tree, path: Tensor, length: Tensor, number: int) -> Tensor:
    values = EXPAND(tree, path, length, number)
    return torch.where(expanded(tree, number)[1], 1.0, values)


def expand_with_lines_for_the_other(
    tree: Tree, path: Tensor, length: Tensor, number: int
) -> Tensor:
    values = EXPAND(tree, path, length, number)
    return torch.where(expanded(tree, number)[0], 1.0, values)


def add_without_mask(tree: Tree, nodes: Tensor, *position: Tensor) -> tuple[Tensor, Tensor]:
    found = ADD(tree, nodes, *position)
    tree.priors[nodes] = tree.evaluate(*position)[0].softmax(1)
    return found


BUGS: dict[str, tuple[str, Any, Callable[[], None]]] = {
    "no sign is swapped on the way up": ("backup", backup_with_one_sign, check_truth),
    "all signs are swapped": (
        "backup",
        lambda tree, path, length, values: BACKUP(tree, path, length, -values),
        check_truth,
    ),
    "the network's value is taken for the other player's": (
        "expand",
        lambda tree, *how: -EXPAND(tree, *how),
        check_sides,
    ),
    "a draw is worth something": ("expand", expand_with_draws_won, check_draw),
    "a line is worth 1 to whoever has to move next": (
        "expand",
        expand_with_lines_for_the_other,
        check_win,
    ),
    "the mask leaks": ("add", add_without_mask, check_masks),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_turns_its_check_red(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    method, mutant, check = BUGS[bug]
    check()
    monkeypatch.setattr(Tree, method, mutant)
    with pytest.raises(AssertionError):
        check()


@pytest.mark.parametrize(("share", "concentration"), [(0.25, 10.0), (0.5, 2.0)])
def test_the_roots_noise_is_dirichlets_and_has_its_share(
    share: float, concentration: float
) -> None:
    """Its mean is even; its spread is that of parameters that add up to `concentration`."""
    games, position = 4_000, played(TIC_TAC_TOE, [4, 0])
    settings = Search(1, gumbel=False, dirichlet=share, concentration=concentration)
    mine, theirs = torch.tensor([position] * games).T
    tree = Tree(TIC_TAC_TOE, mine, theirs, has_opinions(TIC_TAC_TOE), settings)
    before = tree.priors[tree.roots].clone()
    stir(tree, torch.Generator().manual_seed(0))
    after = tree.priors[tree.roots]
    legal = before[0] > 0
    assert legal.tolist() == [cell not in (4, 0) for cell in range(9)]
    assert not after[:, ~legal].any()
    assert torch.allclose(after.sum(1), torch.ones(games), atol=1e-4)
    even = 1 / 7
    expected = share * even + (1 - share) * before[0, legal]
    assert torch.allclose(after.mean(0)[legal], expected, atol=0.01)
    noise = ((after - (1 - share) * before) / share)[:, legal]
    variance = even * (1 - even) / (concentration + 1)
    assert noise.var(0).tolist() == pytest.approx([variance] * 7, rel=0.15)
