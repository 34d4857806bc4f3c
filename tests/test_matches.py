"""Matches: which games are played, what counts, and what the figures mean."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.agent import Agent, make_agent
from arena.statistics import wilson_interval
from envs.board import BoardEnv
from envs.duel import DuelEnv
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import Position, solve
from envs.worlds import find_world
from workshop import evaluate
from workshop.estimate import make_envs, play_episodes
from workshop.matches import Game, meet, openings, play_board, play_duel, summary, without_repeats

SOLUTION = solve(3, 3, 3)
assert SOLUTION is not None
TICTACTOE, DUEL = find_world("tictactoe"), find_world("duel:rows=5,cols=7")
ARENAS = find_world("duel:rows=5,cols=7,starts=random,obstacles=4")


class Player(Agent):
    """Plays by a rule about percepts, and counts how often it is asked."""

    def __init__(self, rule: Callable[[Percept], int]) -> None:
        self.rule, self.asked = rule, 0

    def act(self, percept: Percept) -> int:
        return self.rule(percept)

    def act_many(self, percepts: list[Percept]) -> list[int]:
        self.asked += 1
        return super().act_many(percepts)


def perfect(percept: Percept) -> int:
    assert percept.board is not None and SOLUTION is not None
    return SOLUTION.best[TIC_TAC_TOE.from_board(percept.board)][0]


def first(percept: Percept) -> int:
    return percept.legal_actions[0]


def last(percept: Percept) -> int:
    return percept.legal_actions[-1]


def straight_on(percept: Percept) -> int:
    """Duel: the first direction that leads into no wall."""
    walls = percept.observation[0]
    row, col = np.argwhere(percept.observation[1])[0]
    around = [walls[row - 1, col], walls[row, col + 1], walls[row + 1, col], walls[row, col - 1]]
    return int(np.argmin(around))


@pytest.mark.parametrize(
    ("rules", "count"),
    [(TIC_TAC_TOE, 9 * 8), (CONNECT_FOUR, 7 * 7), (KInARow(7, 7, 5), 49 * 48)],
)
def test_every_opening_of_two_plies_is_there_once(rules: KInARow, count: int) -> None:
    found = openings(rules)
    assert len(found) == len(set(found)) == count
    assert all(mine.bit_count() == theirs.bit_count() == 1 for mine, theirs in found)


def test_a_board_too_small_for_openings_is_refused() -> None:
    with pytest.raises(BadInput, match="no openings"):
        openings(KInARow(1, 2, 2))


def test_large_boards_are_played_from_some_openings() -> None:
    games = play_board(KInARow(7, 7, 5), Player(first), Player(last), 1, seed=3)
    assert len(games) == 1000 and len({game.position for game in games}) == 500
    again = play_board(KInARow(7, 7, 5), Player(first), Player(last), 1, seed=3)
    assert games == again


def test_every_opening_is_played_in_both_seats_and_in_one_call_a_ply() -> None:
    ours, theirs = Player(first), Player(last)
    games = play_board(TIC_TAC_TOE, ours, theirs, 1)
    assert Counter((game.position, game.seat) for game in games) == Counter(
        (position, seat) for position in openings(TIC_TAC_TOE) for seat in (0, 1)
    )
    assert ours.asked <= 7 and theirs.asked <= 7


def test_perfect_players_reach_the_value_of_every_opening() -> None:
    """The scores are those of the solved game, in either seat."""
    assert SOLUTION is not None
    for game in play_board(TIC_TAC_TOE, Player(perfect), Player(perfect), 1):
        value = SOLUTION.value[game.position]  # type: ignore[index]
        assert game.score == (1 + (-value if game.seat else value)) / 2


def replayed(game: Game, opening: Position) -> float:
    """The score by the Gymnasium face: the same moves from the empty board."""
    env = BoardEnv(3, 3, 3, seat="both")
    env.reset(seed=0)
    stones = [int(np.flatnonzero(TIC_TAC_TOE.to_board(at, 0).ravel())[0]) for at in opening]
    reward = 0.0
    over = False
    plies = (*stones, *game.moves)
    for action in plies:
        assert not over
        _, reward, over, _, _ = env.step(action)
    assert over
    moved_last = (len(plies) - 1) % 2 == game.seat
    return (1 + (reward if moved_last else -reward)) / 2


def test_results_are_those_of_the_gymnasium_face() -> None:
    agents = make_agent("random", TICTACTOE, 0), make_agent("random", TICTACTOE, 1)
    games = play_board(TIC_TAC_TOE, *agents, 300)
    assert len(games) == 288 and {game.score for game in games} == {0, 0.5, 1}
    assert [replayed(game, game.position) for game in games] == [game.score for game in games]  # type: ignore[arg-type]


def test_in_misere_whoever_makes_the_line_loses() -> None:
    plain = play_board(TIC_TAC_TOE, Player(first), Player(last), 1)
    misere = play_board(KInARow(3, 3, 3, misere=True), Player(first), Player(last), 1)
    assert [1 - game.score for game in misere] == [game.score for game in plain]


@pytest.mark.parametrize("action", [-1, 9, "taken"])
def test_an_illegal_move_loses_for_who_makes_it(action: int | str) -> None:
    def broken(percept: Percept) -> int:
        assert percept.board is not None
        return int(np.flatnonzero(percept.board)[0]) if action == "taken" else int(action)

    games = play_board(TIC_TAC_TOE, Player(broken), Player(last), 1)
    assert all(game.score == 0 for game in games)
    games = play_board(TIC_TAC_TOE, Player(last), Player(broken), 1)
    assert all(game.score == 1 for game in games)


def test_against_itself_a_deterministic_agent_scores_a_half_exactly() -> None:
    """Whatever an opening gives in one seat it takes in the other; so the interval is a point."""
    found = meet(TICTACTOE, Player(first), Player(first), 100, seed=0)
    assert found["score"] == 0.5 and found["score_ci95"] == [0.5, 0.5]
    assert found["wins"] == found["losses"] and found["first"]["wins"] > found["first"]["losses"]


def test_repeated_games_of_deterministic_agents_count_once() -> None:
    found = meet(TICTACTOE, Player(first), Player(last), 1000, seed=0)
    assert (found["games"], found["starts"], found["repeats_left_out"]) == (144, 72, 144)
    drawn = [make_agent("random", TICTACTOE, seed) for seed in (0, 1)]
    found = meet(TICTACTOE, *drawn, 1000, seed=0)
    assert (found["games"], found["starts"], found["repeats_left_out"]) == (864, 72, 0)


def test_games_that_are_equal_by_chance_stay() -> None:
    equal = [Game(0, "here", 0, (1, 2), 1.0)] * 3
    assert without_repeats(equal) == equal[:1]
    other = Game(0, "here", 0, (2, 1), 0.0)
    assert without_repeats([*equal, other]) == [*equal, other]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 0.5, 1]), st.sampled_from([0, 0.5, 1])), min_size=1))
def test_the_summary_adds_up(pairs: list[tuple[float, float]]) -> None:
    games = [
        Game(start, start, seat, (start,), pair[seat])
        for start, pair in enumerate(pairs)
        for seat in (0, 1)
    ]
    found = summary(games)
    results = [found["wins"], found["draws"], found["losses"]]
    assert sum(results) == found["games"] == 2 * len(pairs)
    assert found["score"] == pytest.approx((results[0] + results[1] / 2) / sum(results), abs=1e-6)
    for name in ("wins", "draws", "losses"):
        assert found["first"][name] + found["second"][name] == found[name]
    assert found["win_rate_ci95"] == pytest.approx(
        wilson_interval(results[0], sum(results)), abs=1e-6
    )
    if len(pairs) == 1:
        assert found["score_ci95"] is None
    else:
        low, high = found["score_ci95"]
        assert low <= found["score"] + 1e-6 and found["score"] <= high + 1e-6


def test_the_interval_of_the_score_draws_whole_openings() -> None:
    """Won in one seat and lost in the other, everywhere: no doubt that the two are equal."""
    games = [Game(n, n, seat, (n,), 1.0 - seat) for n in range(20) for seat in (0, 1)]
    assert summary(games)["score_ci95"] == [0.5, 0.5]
    swept = [Game(n, n, seat, (n,), float(n % 2)) for n in range(20) for seat in (0, 1)]
    low, high = summary(swept)["score_ci95"]
    assert low < 0.35 and high > 0.65  # 20 openings, not 40 games: 0.5 +- 0.22


def test_duels_are_played_in_both_seats_of_seeded_arenas() -> None:
    games = play_duel(ARENAS, Player(straight_on), Player(first), range(6))
    assert [(game.start, game.seat) for game in games] == [(n, s) for n in range(6) for s in (0, 1)]
    assert len({game.position for game in games}) == 6
    assert sum(game.score for game in games) > 9  # who drives up for ever soon crashes
    again = play_duel(ARENAS, Player(straight_on), Player(first), range(6))
    assert games == again


def test_duels_end_as_in_the_gymnasium_face() -> None:
    """The same moves, the agent in its seat and the other as the env's opponent."""
    drawn = [make_agent("random-safe", ARENAS, seed) for seed in (0, 1)]
    games = play_duel(ARENAS, *drawn, range(10))
    assert {game.score for game in games} >= {0, 1}
    for game in games:
        mine, theirs = game.moves[game.seat :: 2], list(game.moves[1 - game.seat :: 2])
        env = DuelEnv(
            5,
            7,
            "random",
            4,
            seat="second" if game.seat else "first",
            opponent=lambda percept, left=theirs: left.pop(0),
        )
        env.reset(seed=game.start)
        for action in mine:
            _, reward, over, _, _ = env.step(action)
        assert over and not theirs
        assert game.score == (1 + reward) / 2


def test_one_arena_and_two_deterministic_drivers_are_two_games() -> None:
    found = meet(DUEL, Player(straight_on), Player(first), 40, seed=0)
    assert (found["games"], found["repeats_left_out"]) == (2, 38)
    assert found["wins"] == 2 and found["score_ci95"] is None
    drawn = meet(DUEL, make_agent("voronoi", DUEL, 0), make_agent("random-safe", DUEL, 1), 40, 0)
    assert drawn["games"] == 40 and drawn["score"] > 0.6
    low, high = drawn["score_ci95"]
    assert low < drawn["score"] < high


def test_one_player_worlds_are_compared_on_the_same_episodes() -> None:
    world = find_world("gridworld:map=small,slip=0.3")
    planner = make_agent("utility-based", world)
    same = meet(world, planner, planner, 20, seed=0)
    assert same["difference"] == 0 and same["difference_ci95"] == [0, 0]
    found = meet(world, planner, make_agent("random", world, 0), 40, seed=5)
    seeds = [5 * 1_000_003 + number for number in range(40)]
    ours = play_episodes(make_envs(world, 1), planner, seeds).returns
    theirs = play_episodes(make_envs(world, 10), make_agent("random", world, 0), seeds).returns
    assert found["difference"] == pytest.approx((ours - theirs).mean(), abs=1e-6)
    low, high = found["difference_ci95"]
    assert 0 < low < found["difference"] < high


def test_evaluate_against_another(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.run(evaluate.Options("tictactoe", "minimax", against="random", json=True))
    found = json.loads(capsys.readouterr().out)
    assert found["against"] == "random" and found["games"] == 144
    assert found["score"] > 0.8 and found["losses"] < 10
    low, high = found["win_rate_ci95"]
    assert low < found["win_rate"] < high
    evaluate.run(evaluate.Options("tictactoe", "minimax", against="random"))
    printed = capsys.readouterr().out
    assert "minimax against random" in printed and "144 games from 72 starts" in printed
    with pytest.raises(BadInput, match="person"):
        evaluate.run(evaluate.Options("tictactoe", "minimax", against="human"))
