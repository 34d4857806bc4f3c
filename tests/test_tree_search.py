"""The tree search: it plays by the rules, counts every sign the right way, and finds the truth."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from agents.tree_search import Evaluate, Found, Search, search
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import solve

MISERE = KInARow(3, 3, 3, misere=True)
GUMBEL = [True, False]
BOARDS = [TIC_TAC_TOE, CONNECT_FOUR, KInARow(4, 5, 3), MISERE]


def knows_nothing(rules: KInARow) -> Evaluate:
    """An untrained network: every move equally likely, every position a draw."""
    return lambda mine, theirs: (torch.zeros(len(mine), rules.actions), torch.zeros(len(mine)))


def has_opinions(rules: KInARow) -> Evaluate:
    """A network that is sure of itself: its answers look random, but are always the same."""

    def evaluate(mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        columns = torch.arange(rules.actions + 1)
        mixed = (mine[:, None] * 7919 + theirs[:, None] * 104729 + 1) * (2 * columns + 1299709)
        noise = ((mixed ^ (mixed >> 21)) % 100_003).float() / 100_003
        return 2 * noise[:, :-1], 1.6 * noise[:, -1] - 0.8

    return evaluate


def look(
    rules: KInARow, positions: list[tuple[int, int]], evaluate: Evaluate | None = None, **how: Any
) -> Found:
    mine, theirs = torch.tensor(positions).T
    generator = how.pop("generator", None)
    return search(rules, mine, theirs, evaluate or knows_nothing(rules), Search(**how), generator)


def played(rules: KInARow, moves: list[int]) -> tuple[int, int]:
    """The position after `moves` from the empty board."""
    mine = theirs = 0
    for move in moves:
        mine, theirs = theirs, mine | rules.landing(mine, theirs, move)
    return mine, theirs


def drawn_positions(rules: KInARow, seed: int, count: int = 12) -> list[tuple[int, int]]:
    """Positions in which someone must move, by random play."""
    generator = torch.Generator().manual_seed(seed)
    found: list[tuple[int, int]] = []
    while len(found) < count:
        mine = theirs = 0
        while not rules.over(mine, theirs) and len(found) < count:
            found.append((mine, theirs))
            legal = rules.legal_actions(mine, theirs)
            action = legal[int(torch.randint(len(legal), (1,), generator=generator))]
            mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
    return found


WIN = {"tic-tac-toe": (TIC_TAC_TOE, [0, 3, 1, 4], 2), "connect four": (CONNECT_FOUR, [3, 0] * 3, 3)}
BLOCK = {
    "tic-tac-toe": (TIC_TAC_TOE, [0, 8, 1], 2),
    "connect four": (CONNECT_FOUR, [3, 0, 3, 1, 3], 3),
}


@pytest.mark.parametrize("gumbel", GUMBEL)
@pytest.mark.parametrize(("rules", "moves", "best"), WIN.values(), ids=WIN)
def test_it_wins_in_one_though_it_knows_nothing(
    rules: KInARow, moves: list[int], best: int, gumbel: bool
) -> None:
    found = look(rules, [played(rules, moves)], gumbel=gumbel, simulations=32)
    assert found.actions.tolist() == [best]
    assert float(found.q_values[0, best]) == 1.0
    assert int(found.policy[0].argmax()) == best


@pytest.mark.parametrize("gumbel", GUMBEL)
@pytest.mark.parametrize(("rules", "moves", "best"), BLOCK.values(), ids=BLOCK)
def test_it_blocks_though_it_knows_nothing(
    rules: KInARow, moves: list[int], best: int, gumbel: bool
) -> None:
    found = look(rules, [played(rules, moves)], gumbel=gumbel, simulations=200)
    assert found.actions.tolist() == [best]
    others = found.q_values[0].nan_to_num(-1.0)
    others[best] = -1.0
    assert float(others.max()) < float(found.q_values[0, best])


def test_a_line_in_misere_is_not_made() -> None:
    found = look(MISERE, [played(MISERE, [0, 3, 1, 4])], gumbel=False, simulations=200)
    assert float(found.q_values[0, 2]) == -1.0
    assert int(found.actions) != 2


@pytest.mark.parametrize("gumbel", GUMBEL)
def test_a_value_changes_its_sign_with_the_mover(gumbel: bool) -> None:
    def first_is_ahead(mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        stones = sum(((mine | theirs) >> bit) & 1 for bit in range(12))
        return torch.zeros(len(mine), 9), 0.5 - (stones % 2).float()

    positions = [played(TIC_TAC_TOE, moves) for moves in ([], [4], [4, 0])]  # no game ends so soon
    found = look(TIC_TAC_TOE, positions, first_is_ahead, gumbel=gumbel, simulations=12)
    assert found.values.tolist() == [0.5, -0.5, 0.5]
    known = found.visits > 0
    assert (found.q_values == found.values[:, None])[known].all()


def test_a_full_board_is_a_draw_whatever_the_network_says() -> None:
    def sure_to_win(mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        return torch.zeros(len(mine), 9), torch.ones(len(mine))

    #  X O X
    #  X O O     X has the lower right cell left
    #  O X .
    position = played(TIC_TAC_TOE, [0, 1, 2, 4, 3, 5, 7, 6])
    found = look(TIC_TAC_TOE, [position], sure_to_win, gumbel=False, simulations=8)
    assert float(found.q_values[0, 8]) == 0.0
    assert found.visits[0, 8] == 8


def test_a_win_on_the_last_cell_is_a_win() -> None:
    #  X O X
    #  O X O     X has the lower right cell left, and wins there
    #  O X .
    position = played(TIC_TAC_TOE, [0, 1, 2, 3, 4, 5, 7, 6])
    for gumbel in GUMBEL:
        found = look(TIC_TAC_TOE, [position], gumbel=gumbel, simulations=8)
        assert float(found.q_values[0, 8]) == 1.0


@pytest.mark.parametrize("gumbel", GUMBEL)
@pytest.mark.parametrize("rules", [TIC_TAC_TOE, CONNECT_FOUR], ids=["tic-tac-toe", "connect four"])
def test_a_mirrored_board_gives_mirrored_visits(rules: KInARow, gumbel: bool) -> None:
    squares = torch.as_tensor(rules.action_bits)
    mirror = (rules.mirrored(squares)[:, None] == squares).int().argmax(1)  # of each action
    opinions = has_opinions(rules)

    def fair(mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        logits, values = opinions(mine, theirs)
        other_logits, other_values = opinions(rules.mirrored(mine), rules.mirrored(theirs))
        return logits + other_logits[:, mirror], (values + other_values) / 2

    positions = [
        (mine, theirs)
        for mine, theirs in drawn_positions(rules, 0, 20)
        if (rules.mirrored(mine), rules.mirrored(theirs)) != (mine, theirs)
    ]
    mirrored = [(rules.mirrored(mine), rules.mirrored(theirs)) for mine, theirs in positions]
    found = look(rules, positions, fair, gumbel=gumbel, simulations=48)
    other = look(rules, mirrored, fair, gumbel=gumbel, simulations=48)
    assert torch.equal(found.visits, other.visits[:, mirror])
    assert torch.equal(found.actions, mirror[other.actions])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(BOARDS), st.booleans(), st.integers(1, 60))
def test_masks_never_leak_and_every_simulation_counts(
    seed: int, rules: KInARow, gumbel: bool, simulations: int
) -> None:
    positions = drawn_positions(rules, seed)
    generator = torch.Generator().manual_seed(seed)
    found = look(
        rules, positions, has_opinions(rules), gumbel=gumbel, simulations=simulations,
        generator=generator,
    )  # fmt: skip
    for row, position in enumerate(positions):
        legal = set(rules.legal_actions(*position))
        illegal = [action for action in range(rules.actions) if action not in legal]
        assert int(found.actions[row]) in legal
        assert not found.visits[row, illegal].any()
        assert not found.policy[row, illegal].any()
        assert found.q_values[row, illegal].isnan().all()
    assert (found.visits.sum(1) == simulations).all()
    assert torch.allclose(found.policy.sum(1), torch.ones(len(positions)))
    assert (found.values.abs() <= 1).all()
    nodes = found.tree.priors  # all of them, roots and leaves
    squares = torch.as_tensor(rules.action_bits)
    legal_there = (rules.legal(found.tree.mine, found.tree.theirs)[:, None] & squares) != 0
    assert not nodes[~legal_there].any()
    assert not found.tree.visits[:-1][~legal_there[:-1]].any()


def test_with_many_simulations_it_plays_tic_tac_toe_as_minimax_does() -> None:
    solution = solve(3, 3, 3)
    assert solution is not None
    positions = [p for p in solution.best if (p[0] | p[1]).bit_count() >= 2]
    generator = torch.Generator().manual_seed(0)
    chosen = [positions[int(i)] for i in torch.randperm(len(positions), generator=generator)[:250]]
    for gumbel in GUMBEL:
        found = look(TIC_TAC_TOE, chosen, gumbel=gumbel, simulations=1500)
        actions = found.actions.tolist()
        wrong = [p for p, a in zip(chosen, actions, strict=True) if a not in solution.best[p]]
        assert not wrong


@pytest.mark.parametrize("gumbel", GUMBEL)
@pytest.mark.parametrize("rules", BOARDS, ids=repr)
def test_a_batch_finds_what_each_alone_does(rules: KInARow, gumbel: bool) -> None:
    positions = drawn_positions(rules, 3)
    how = {"gumbel": gumbel, "simulations": 40}
    together = look(rules, positions, has_opinions(rules), **how)
    for row, position in enumerate(positions):
        alone = look(rules, [position], has_opinions(rules), **how)
        assert torch.equal(alone.visits[0], together.visits[row])
        assert alone.actions[0] == together.actions[row]


@pytest.mark.parametrize("gumbel", GUMBEL)
def test_the_generator_decides_every_bit(gumbel: bool) -> None:
    positions = drawn_positions(CONNECT_FOUR, 5)

    def once(seed: int) -> Found:
        generator = torch.Generator().manual_seed(seed)
        opinions = has_opinions(CONNECT_FOUR)
        return look(CONNECT_FOUR, positions, opinions, gumbel=gumbel, generator=generator)

    one, two, other = once(1), once(1), once(2)
    assert all(torch.equal(a, b) for a, b in zip(one[:4], two[:4], strict=True))
    assert not torch.equal(one.policy, other.policy) or not torch.equal(one.actions, other.actions)


def test_gumbel_improves_the_policy() -> None:
    """Neither the target nor what is played is worth less than the network's policy."""
    solution = solve(3, 3, 3)
    assert solution is not None
    truth = {position: float(value) for position, value in solution.value.items()}

    def knows_values(mine: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
        known = [truth.get(p, 0.0) for p in zip(mine.tolist(), theirs.tolist(), strict=True)]
        return has_opinions(TIC_TAC_TOE)(mine, theirs)[0], torch.tensor(known)

    for legal in range(2, 10):  # as many simulations: each move is tried once, and known exactly
        positions = [p for p in solution.best if (p[0] | p[1]).bit_count() == 9 - legal][::5]
        after = torch.zeros(len(positions), 9)
        for row, (mine, theirs) in enumerate(positions):
            for action in TIC_TAC_TOE.legal_actions(mine, theirs):
                stones = mine | TIC_TAC_TOE.landing(mine, theirs, action)
                after[row, action] = -truth[theirs, stones]
        generator = torch.Generator().manual_seed(legal)
        how = {"simulations": legal, "generator": generator}
        found = look(TIC_TAC_TOE, positions, knows_values, **how)
        before = (found.tree.priors[found.tree.roots] * after).sum(1)
        assert ((found.policy * after).sum(1) >= before - 1e-5).all()
        assert after.gather(1, found.actions[:, None]).mean() >= before.mean()
        assert (found.policy * after).sum(1).mean() >= before.mean()


def test_gumbel_tries_the_considered_moves_in_halves() -> None:
    found = look(TIC_TAC_TOE, [(0, 0)], has_opinions(TIC_TAC_TOE), simulations=16, considered=4)
    assert sorted(found.visits[0].tolist(), reverse=True) == [6, 6, 2, 2, 0, 0, 0, 0, 0]
