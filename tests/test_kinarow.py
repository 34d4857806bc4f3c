"""The rules of the boards against enumeration, OpenSpiel, and each other on ints and tensors."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.minimax import Search
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import Solution, solve


@pytest.fixture(scope="module")
def solution() -> Solution:
    return Solution(TIC_TAC_TOE)


def test_tic_tac_toe_has_5478_positions_958_of_them_terminal(solution: Solution) -> None:
    assert len(solution.value) == 5478
    assert len(solution.best) == 4520
    assert len(solution.value) - len(solution.best) == 958


def test_tic_tac_toe_is_a_draw_and_3191_positions_allow_a_mistake(solution: Solution) -> None:
    assert solution.value[0, 0] == 0
    legal = {position: TIC_TAC_TOE.legal_actions(*position) for position in solution.best}
    assert sum(len(legal[p]) > len(best) for p, best in solution.best.items()) == 3191
    right = np.mean([len(best) / len(legal[p]) for p, best in solution.best.items()])
    assert right == pytest.approx(0.580, abs=5e-4)


def test_there_are_255168_games_and_random_play_wins_as_computed() -> None:
    @cache
    def games(mine: int, theirs: int) -> tuple[int, ...]:
        """Games to the end, won by the mover, by the other, drawn."""
        if TIC_TAC_TOE.lines(theirs):
            return 0, 1, 0
        if TIC_TAC_TOE.full(mine, theirs):
            return 0, 0, 1
        after = [
            games(theirs, mine | TIC_TAC_TOE.landing(mine, theirs, action))
            for action in TIC_TAC_TOE.legal_actions(mine, theirs)
        ]
        return tuple(
            sum(column)
            for column in zip(*((lost, won, drawn) for won, lost, drawn in after), strict=True)
        )

    @cache
    def chances(mine: int, theirs: int) -> tuple[Fraction, ...]:
        """Probability that the mover wins, loses, draws, when both play at random."""
        if TIC_TAC_TOE.lines(theirs):
            return Fraction(0), Fraction(1), Fraction(0)
        if TIC_TAC_TOE.full(mine, theirs):
            return Fraction(0), Fraction(0), Fraction(1)
        legal = TIC_TAC_TOE.legal_actions(mine, theirs)
        after = [chances(theirs, mine | TIC_TAC_TOE.landing(mine, theirs, a)) for a in legal]
        return tuple(
            sum(c) / len(legal)
            for c in zip(*((lost, won, drawn) for won, lost, drawn in after), strict=True)
        )

    assert games(0, 0) == (131_184, 77_904, 46_080)
    assert sum(games(0, 0)) == 255_168
    assert [round(100 * float(p), 2) for p in chances(0, 0)] == [58.49, 28.81, 12.70]


def test_connect_four_has_the_known_number_of_positions_by_ply() -> None:
    positions, counts = {(0, 0)}, []
    for _ in range(8):
        counts.append(len(positions))
        positions = {
            (theirs, mine | CONNECT_FOUR.landing(mine, theirs, action))
            for mine, theirs in positions
            if not CONNECT_FOUR.over(mine, theirs)
            for action in CONNECT_FOUR.legal_actions(mine, theirs)
        }
    assert counts == [1, 7, 49, 238, 1120, 4263, 16422, 54859]


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        (TIC_TAC_TOE, "tic_tac_toe"),
        (CONNECT_FOUR, "connect_four"),
        (KInARow(3, 3, 3, misere=True), "misere(game=tic_tac_toe())"),
    ],
)
def test_ten_thousand_random_games_in_lockstep_with_open_spiel(rules: KInARow, name: str) -> None:
    pyspiel = pytest.importorskip("pyspiel")
    game, draw = pyspiel.load_game(name), random.Random(0)
    for _ in range(10_000):
        state, mine, theirs, player = game.new_initial_state(), 0, 0, 0
        while not state.is_terminal():
            assert not rules.over(mine, theirs)
            legal = rules.legal_actions(mine, theirs)
            assert list(legal) == state.legal_actions()
            action = draw.choice(legal)
            state.apply_action(action)
            mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
            player = 1 - player
        assert rules.over(mine, theirs)
        won = float(rules.line_value) if rules.lines(theirs) else 0.0
        returns = [won, -won] if player == 1 else [-won, won]  # `theirs` has just moved
        assert state.returns() == returns


@st.composite
def boards(draw: st.DrawFn) -> KInARow:
    cols = draw(st.integers(1, 12))
    rows = draw(st.integers(1, min(12, 63 // cols - 1)))
    if max(rows, cols) < 2:
        rows = 2
    k = draw(st.integers(2, max(rows, cols)))
    return KInARow(rows, cols, k, draw(st.booleans()))


def lines_by_hand(board: np.ndarray, k: int) -> bool:
    """Whether a bool array holds k in a row: looked up cell by cell."""
    rows, cols = board.shape
    for row in range(rows):
        for col in range(cols):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                cells = [(row + i * down, col + i * right) for i in range(k)]
                if all(0 <= r < rows and 0 <= c < cols and board[r, c] for r, c in cells):
                    return True
    return False


@settings(max_examples=150, deadline=None)
@given(boards(), st.integers(0, 2**32 - 1))
def test_a_line_is_what_a_look_at_the_cells_says(rules: KInARow, seed: int) -> None:
    board = np.random.default_rng(seed).random((rules.rows, rules.cols)) < 0.6
    stones, _ = rules.from_board(board.astype(np.int8))
    assert bool(rules.lines(stones)) == lines_by_hand(board, rules.k)
    assert bool(rules.winning_cells(stones)) == lines_by_hand(board, rules.k)
    assert all(board[cell] for cell in rules.winning_cells(stones))


@settings(max_examples=100, deadline=None)
@given(boards(), st.integers(0, 2**32 - 1))
def test_rules_on_ints_equal_rules_on_tensors(rules: KInARow, seed: int) -> None:
    draw = random.Random(seed)
    positions = [(0, 0)]
    while not rules.over(*positions[-1]):
        mine, theirs = positions[-1]
        action = draw.choice(rules.legal_actions(mine, theirs))
        positions.append((theirs, mine | rules.landing(mine, theirs, action)))
    mine, theirs = torch.tensor(positions, dtype=torch.int64).T
    assert rules.lines(theirs).tolist() == [rules.lines(p[1]) for p in positions]
    assert rules.legal(mine, theirs).tolist() == [rules.legal(*p) for p in positions]
    assert rules.full(mine, theirs).tolist() == [rules.full(*p) for p in positions]
    actions = torch.arange(rules.actions)
    landing = rules.landing(mine[:, None], theirs[:, None], actions)
    by_hand = [[rules.landing(*p, a) for a in range(rules.actions)] for p in positions]
    assert landing.tolist() == by_hand


def test_a_win_with_the_last_stone_is_a_win_not_a_draw() -> None:
    #  X O X
    #  O X O     X to move at c3 fills the board and completes the diagonal
    #  O X .
    mine, theirs = TIC_TAC_TOE.from_board(np.array([[1, -1, 1], [-1, 1, -1], [-1, 1, 0]]))
    stones = mine | TIC_TAC_TOE.landing(mine, theirs, 8)
    assert TIC_TAC_TOE.full(theirs, stones)
    assert TIC_TAC_TOE.lines(stones)
    assert Solution(TIC_TAC_TOE).value[theirs, stones] == -1


def test_lines_do_not_wrap_from_one_column_into_the_next() -> None:
    board = np.zeros((6, 7), np.int8)
    board[0:2, 0] = 1  # the top of column a ...
    board[4:6, 1] = 1  # ... and the bottom of column b
    assert not CONNECT_FOUR.lines(CONNECT_FOUR.from_board(board)[0])


@pytest.mark.parametrize(("rows", "cols", "k"), [(8, 8, 5), (0, 3, 3), (3, 3, 4), (3, 3, 1)])
def test_a_board_that_cannot_be_is_refused(rows: int, cols: int, k: int) -> None:
    with pytest.raises(ValueError, match="bits|row|between"):
        KInARow(rows, cols, k)


def test_the_proof_finds_the_game_that_a_flawed_policy_loses(solution: Solution) -> None:
    policy = {position: best[0] for position, best in solution.best.items()}
    assert solution.unbeatable(policy.__getitem__)
    #  X . .     the only defence against X at a1, c3 is an edge; a corner loses
    #  . O .
    #  . . X
    position = TIC_TAC_TOE.from_board(np.array([[-1, 0, 0], [0, 1, 0], [0, 0, -1]]))
    policy[position] = 2
    policy[TIC_TAC_TOE.from_board(np.array([[-1, 0, 0], [0, 0, 0], [0, 0, 0]]))] = 4
    game = solution.loses(policy.__getitem__, seat=1)
    assert game is not None
    assert not solution.unbeatable(policy.__getitem__)
    mine = theirs = 0
    for action in game:
        mine, theirs = theirs, mine | TIC_TAC_TOE.landing(mine, theirs, action)
    assert TIC_TAC_TOE.lines(theirs) and len(game) % 2 == 1  # won by the first player


def test_boards_too_large_to_enumerate_have_no_solution() -> None:
    assert solve(6, 7, 4, True) is None
    small = solve(4, 4, 3, True)
    assert small is not None and small.value[0, 0] == 1


def test_misere_tic_tac_toe_is_a_draw_that_minimax_never_loses() -> None:
    rules = KInARow(3, 3, 3, misere=True)
    truth = Solution(rules)
    assert truth.value[0, 0] == 0 and len(truth.value) == 5478
    search = Search(rules, depth=9)

    def policy(position: tuple[int, int]) -> int:
        values = search.values(*position)
        return max(values, key=values.__getitem__)

    assert truth.unbeatable(policy)
    plain = Search(TIC_TAC_TOE, depth=9)  # who plays for three in a row loses here
    assert not truth.unbeatable(
        lambda p: max(plain.values(*p).items(), key=lambda item: item[1])[0]
    )


BOARDS = [TIC_TAC_TOE, CONNECT_FOUR, KInARow(4, 5, 3, gravity=True), KInARow(5, 5, 5)]


@pytest.mark.parametrize("rules", BOARDS, ids=str)
def test_a_completion_is_a_cell_with_which_there_is_a_line(rules: KInARow) -> None:
    """Each cell tried one by one, on stones that hold no line yet, as ints and as a tensor."""
    draw = random.Random(0)
    cells = list(rules.cell_of)
    samples = []
    while len(samples) < 200:
        stones = sum(draw.sample(cells, draw.randrange(len(cells) * 2 // 3)))
        if not rules.lines(stones):
            samples.append(stones)
    expected = [
        sum(cell for cell in cells if rules.lines(stones | cell) and not stones & cell)
        for stones in samples
    ]
    assert [rules.completions(stones) for stones in samples] == expected
    assert rules.completions(torch.tensor(samples)).tolist() == expected
    assert any(expected)


@pytest.mark.parametrize("rules", BOARDS, ids=str)
def test_the_mirror_exchanges_left_and_right(rules: KInARow) -> None:
    draw = random.Random(0)
    samples = [sum(draw.sample(list(rules.cell_of), 7)) for _ in range(50)]
    for stones in samples:
        image = rules.to_board(rules.mirrored(stones), 0)
        np.testing.assert_array_equal(image, rules.to_board(stones, 0)[:, ::-1])
    mirrored = [rules.mirrored(stones) for stones in samples]
    assert rules.mirrored(torch.tensor(samples)).tolist() == mirrored
