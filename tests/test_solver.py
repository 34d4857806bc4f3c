"""The solver against plain negamax, OpenSpiel's rules, minimax, and itself in other ways."""

from __future__ import annotations

import math
import random
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from agents.minimax import DISCOUNT, Search
from agents.solver import TABLE_SIZE, OutOfPositions, Solver
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import Position
from workshop.labelled import plies_left

WAYS = [
    pytest.param(False, id="python"),
    pytest.param(
        True,
        id="compiled",
        marks=pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed"),
    ),
]


@cache
def solver(
    rules: KInARow = CONNECT_FOUR, table: int = TABLE_SIZE, compiled: bool = False
) -> Solver:
    return Solver(rules, table, compiled)


def random_positions(rules: KInARow, free: int, count: int, seed: int = 0) -> list[Position]:
    """Positions with `free` cells free, in which nobody has won."""
    draw, found = random.Random(seed), list[Position]()
    while len(found) < count:
        mine = theirs = 0
        for _ in range(rules.rows * rules.cols - free):
            if rules.over(mine, theirs):
                break
            action = draw.choice(rules.legal_actions(mine, theirs))
            mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
        if not rules.over(mine, theirs):
            found.append((mine, theirs))
    return found


def plain_scores(rules: KInARow, position: Position) -> dict[int, int]:
    """What each move scores, by visiting all that can follow: no bound, no order, no shortcut."""

    @cache
    def value(mine: int, theirs: int) -> int:
        free = rules.rows * rules.cols - (mine | theirs).bit_count()
        if rules.lines(theirs):
            return -(1 + free // 2)
        return max(moves(mine, theirs).values(), default=0)

    def moves(mine: int, theirs: int) -> dict[int, int]:
        return {
            action: -value(theirs, mine | rules.landing(mine, theirs, action))
            for action in rules.legal_actions(mine, theirs)
        }

    return moves(*position)


@pytest.mark.parametrize("compiled", WAYS)
@pytest.mark.parametrize("table", [TABLE_SIZE, 0])
@pytest.mark.parametrize(
    "rules",
    [
        TIC_TAC_TOE,
        KInARow(3, 4, 3),
        KInARow(4, 4, 3, gravity=True),
        KInARow(4, 4, 4, gravity=True),
        KInARow(3, 5, 3, gravity=True),
        KInARow(4, 3, 2, gravity=True),
    ],
    ids=str,
)
def test_scores_are_those_of_plain_negamax(rules: KInARow, table: int, compiled: bool) -> None:
    for free in range(1, 10):
        for position in random_positions(rules, free, 10 if rules.k > 2 else 0, seed=free):
            known = plain_scores(rules, position)
            assert solver(rules, table, compiled).scores(*position) == known
            assert solver(rules, table, compiled).score(*position) == max(known.values())
    assert solver(rules, table, compiled).score(0, 0) == max(plain_scores(rules, (0, 0)).values())


def test_late_positions_score_what_openspiels_rules_say() -> None:
    """Plain negamax over OpenSpiel's own Connect Four, of which no rule is ours."""
    pyspiel = pytest.importorskip("pyspiel")
    game, draw = pyspiel.load_game("connect_four"), random.Random(1)

    def value(state: Any, ply: int) -> int:
        if state.is_terminal():
            seat = ply % 2  # whose turn it would be
            return round(state.returns()[seat]) * (1 + (42 - ply) // 2)
        return max(-value(state.child(action), ply + 1) for action in state.legal_actions())

    tried = 0
    while tried < 40:
        state, mine, theirs = game.new_initial_state(), 0, 0
        plies = 34 + tried % 2
        for _ in range(plies):
            if state.is_terminal():
                break
            action = draw.choice(state.legal_actions())
            state.apply_action(action)
            mine, theirs = theirs, mine | CONNECT_FOUR.landing(mine, theirs, action)
        if not state.is_terminal():
            known = {
                action: -value(state.child(action), plies + 1) for action in state.legal_actions()
            }
            assert solver().scores(mine, theirs) == known
            tried += 1


@pytest.mark.parametrize("compiled", WAYS)
def test_minimax_sees_the_same_end_as_many_plies_ahead(compiled: bool) -> None:
    search = Search(CONNECT_FOUR, 42)
    for position in random_positions(CONNECT_FOUR, 14, 40):
        for action, score in solver(compiled=compiled).scores(*position).items():
            value = search.values(*position)[action]
            assert np.sign(value) == np.sign(score)
            if score:  # after the move there are 13 free cells, and the other player's score
                plies = 1 + plies_left(13, -score) if abs(value) != DISCOUNT else 1
                assert plies == round(math.log(abs(value), DISCOUNT))


def test_mirror_images_score_the_same() -> None:
    for mine, theirs in random_positions(CONNECT_FOUR, 20, 20):
        image = CONNECT_FOUR.mirrored(mine), CONNECT_FOUR.mirrored(theirs)
        scores = solver(compiled=find_spec("numba") is not None).scores(mine, theirs)
        mirrored = solver(compiled=find_spec("numba") is not None).scores(*image)
        assert {6 - action: score for action, score in scores.items()} == mirrored


@pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
@pytest.mark.parametrize("table", [TABLE_SIZE, 0])
def test_compiled_and_python_visit_the_same_positions(table: int) -> None:
    slow, fast = Solver(CONNECT_FOUR, table, False), Solver(CONNECT_FOUR, table, True)
    for free in (12, 18, 28):  # 28: the table takes a position and its mirror image for one
        for position in random_positions(CONNECT_FOUR, free, 3, seed=free):
            for bound in (10, 6) if free > 20 else (0, 1):
                answers = slow.at_least(*position, bound), fast.at_least(*position, bound)
                assert answers[0] == answers[1]
                assert slow.positions == fast.positions
    assert fast.positions > 1000


def test_the_table_changes_no_score_and_saves_work() -> None:
    with_table, without = solver(compiled=False), Solver(CONNECT_FOUR, 0, False)
    before = with_table.positions
    for position in random_positions(CONNECT_FOUR, 16, 8, seed=3):
        assert with_table.scores(*position) == without.scores(*position)
    assert with_table.positions - before < without.positions


def test_a_search_ends_when_it_may_visit_no_more() -> None:
    bare = Solver(CONNECT_FOUR, 0, False)
    bare.limit = 100
    with pytest.raises(OutOfPositions):
        bare.score(0, 0)
    assert bare.positions < 2000  # each bound that was asked for had its 100


def test_what_it_cannot_solve_is_refused() -> None:
    with pytest.raises(ValueError, match="not to avoid them"):
        Solver(KInARow(3, 3, 3, misere=True))
    with pytest.raises(ValueError, match="do not fit"):
        Solver(KInARow(6, 6, 4))
    with pytest.raises(ValueError, match="over"):
        solver().score(0, 0b1111)
