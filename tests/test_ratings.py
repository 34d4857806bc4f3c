"""Ratings, against choix and SciPy, against planted strengths, and in whatever order games come."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena import ratings
from arena.ratings import ELO, Rating, Ratings, Result, fit, paired_means, rate

SCORES = st.sampled_from([0.0, 0.5, 1.0])
QUICK = 50
"""Resamples, where intervals are not the point."""


@st.composite
def tournaments(draw: st.DrawFn) -> tuple[list[str], list[Result]]:
    """Any games between up to five entrants, some of whom may not have played."""
    entrants = draw(st.integers(2, 5))
    seats = st.permutations(range(entrants)).map(lambda order: order[:2])
    games = draw(st.lists(st.tuples(seats, st.integers(0, 3), SCORES), max_size=30))
    names = [f"bot {letter}" for letter in "dbeac"[:entrants]]
    return names, [Result(*both, pair, score) for both, pair, score in games]


def simulate(
    rng: np.random.Generator, elo: np.ndarray, pairs: int, first_move: float, draws: float = 0.0
) -> list[Result]:
    """All against all, each opening in both seats, by the model."""
    results = []
    for one, other in combinations(range(len(elo)), 2):
        for pair in range(pairs):
            for first, second in ((one, other), (other, one)):
                chance = 1 / (1 + np.exp(-(elo[first] - elo[second] + first_move) / ELO))
                drawn = draws * min(chance, 1 - chance)
                luck = rng.random() - (chance - drawn)
                score = 1.0 if luck < 0 else 0.5 if luck < 2 * drawn else 0.0
                results.append(Result(first, second, pair, score))
    return results


def of(found: Ratings) -> dict[str, Rating]:
    """The ratings by name."""
    return {rating.name: rating for rating in found.table}


def centred(strengths: np.ndarray, results: list[Result]) -> np.ndarray:
    """With mean 0 for those who have played; the others count nothing."""
    played = sorted({seat for result in results for seat in result[:2]})
    found = strengths.copy()
    found[played] -= strengths[played].mean() if played else 0
    return found


@settings(deadline=None, max_examples=50)
@given(tournaments(), st.randoms(use_true_random=False))
def test_the_order_of_games_and_names_changes_no_bit(
    tournament: tuple[list[str], list[Result]], random
) -> None:  # type: ignore[no-untyped-def]
    names, results = tournament
    expected = rate(names, results, resamples=QUICK)
    shuffled = random.sample(results, len(results))
    assert rate(names, shuffled, resamples=QUICK) == expected
    order = random.sample(range(len(names)), len(names))  # the new places' old ones
    moved = [
        Result(order.index(game.first), order.index(game.second), game.pair, game.score)
        for game in shuffled
    ]
    assert rate([names[n] for n in order], moved, resamples=QUICK) == expected


@settings(deadline=None, max_examples=50)
@given(tournaments())
def test_ratings_are_finite_and_add_up(tournament: tuple[list[str], list[Result]]) -> None:
    """Of perfect scorers, without games, in groups that never met, with lopsided schedules."""
    names, results = tournament
    found = rate(names, results, resamples=QUICK)
    assert sum(rating.elo for rating in found.table) == pytest.approx(0, abs=1e-4)
    assert all(rating.elo == 0 for rating in found.table if not rating.games)
    assert sorted(rating.name for rating in found.table) == sorted(names)
    assert found.table == sorted(found.table, key=lambda rating: (-rating.elo, rating.name))
    for rating in found.table:
        assert np.isfinite([rating.elo, rating.low, rating.high]).all()
        assert rating.low < rating.high
        assert 1 <= rating.rank_low <= rating.rank_high <= len(names)
        assert rating.wins + rating.draws + rating.losses == rating.games
        assert (rating.score is None) == (rating.games == 0)
    assert sum(rating.games for rating in found.table) == 2 * len(results)
    points = sum((rating.score or 0) * rating.games for rating in found.table)
    assert points == pytest.approx(len(results))
    assert np.isfinite(found[1:]).all()
    assert found.first_move_low < found.first_move_high


@settings(deadline=None, max_examples=30)
@given(tournaments())
def test_strengths_are_those_of_choix(tournament: tuple[list[str], list[Result]]) -> None:
    """Where each game was also played with seats swapped, to the same end, the first move is worth
    nothing, and choix's model, which has no such term, is ours. The virtual entrant is one more
    item there, against which everybody has won and lost; so all are connected and need no other
    prior. A game is two comparisons, so that a draw can be one each way.
    """
    choix = pytest.importorskip("choix")
    names, results = tournament
    swapped = [Result(two, one, pair, 1 - score) for one, two, pair, score in results]
    virtual = len(names)
    data = [game for n in range(virtual) for game in ((n, virtual), (virtual, n))] * 2
    for one, two, _, score in results + swapped:
        data += [(one, two)] * round(2 * score) + [(two, one)] * round(2 - 2 * score)
    expected = choix.ilsr_pairwise(len(names) + 1, data, alpha=0.0, max_iter=10_000)
    found = rate(names, results + swapped, resamples=1)
    assert found.first_move_elo == 0
    ours = [of(found)[name].elo / ELO for name in names]
    assert ours == pytest.approx(centred(expected[:-1] - expected[-1], results), abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(tournaments())
def test_the_first_move_and_the_strengths_are_scipys_optimum(
    tournament: tuple[list[str], list[Result]],
) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    names, results = tournament

    def surprise(found: np.ndarray) -> float:
        """The negative log-likelihood, as the definition has it."""
        logits = [*found, *-found]  # one game won and one lost, each; also by the first mover
        total = float(np.logaddexp(0, logits).sum())
        for first, second, _, score in results:
            logit = found[first] - found[second] + found[-1]
            total += score * np.logaddexp(0, -logit) + (1 - score) * np.logaddexp(0, logit)
        return total

    best = optimize.minimize(surprise, np.zeros(len(names) + 1), options={"gtol": 1e-6}).x
    found = rate(names, results, resamples=1)
    ours = [of(found)[name].elo for name in names]
    assert ours == pytest.approx(ELO * centred(best[:-1], results), abs=0.05)
    assert found.first_move_elo == pytest.approx(ELO * best[-1], abs=0.05)


@pytest.mark.parametrize(
    ("entrants", "spread", "pairs", "draws"), [(6, 200, 10, 0.0), (5, 300, 20, 0.6), (4, 0, 5, 0.3)]
)
def test_intervals_hold_the_planted_strengths_as_often_as_they_say(
    entrants: int, spread: float, pairs: int, draws: float
) -> None:
    rng = np.random.default_rng(1)
    names = [f"bot {n}" for n in range(entrants)]
    held, ranked, moved = [], [], []
    for _ in range(200):
        elo = rng.normal(0, spread, entrants)
        elo -= elo.mean()
        found = rate(names, simulate(rng, elo, pairs, 50, draws), resamples=300)
        for n, rating in enumerate(of(found)[name] for name in names):
            held.append(rating.low <= elo[n] <= rating.high)
            best, worst = 1 + (elo > elo[n]).sum(), (elo >= elo[n]).sum()
            ranked.append(rating.rank_low <= best and worst <= rating.rank_high)
        moved.append(found.first_move_low <= 50 <= found.first_move_high)
    assert 0.90 <= np.mean(held) <= 0.98
    assert 0.90 <= np.mean(moved) <= 0.99
    assert np.mean(ranked) >= 0.95


def test_strengths_and_first_move_are_recovered_from_many_games() -> None:
    elo = np.array([-300.0, -50, 0, 100, 250])
    found = rate(list("abcde"), simulate(np.random.default_rng(0), elo, 500, 80), resamples=QUICK)
    assert [rating.name for rating in found.table] == list("edcba")
    assert [of(found)[name].elo for name in "abcde"] == pytest.approx(elo, abs=25)
    assert found.first_move_elo == pytest.approx(80, abs=15)
    assert found.first_move_low < found.first_move_elo < found.first_move_high
    assert all(rating.rank_low == rating.rank == rating.rank_high for rating in found.table)


def test_the_interval_of_one_chance_is_the_bayesian_one() -> None:
    """Between equals only the first move is in doubt: Beta(won + 1, lost + 1), of any pairs."""
    stats = pytest.importorskip("scipy.stats")
    games, won = 60, 42
    results = [Result(0, 1, n, float(n < won)) for n in range(games)]
    results += [Result(1, 0, games + n, float(n < won)) for n in range(games)]
    found = rate(["a", "b"], results, resamples=5000)
    assert found.table[0].elo == 0
    chances = stats.beta(2 * won + 1, 2 * (games - won) + 1).ppf([0.025, 0.5, 0.975])
    expected = ELO * np.log(chances / (1 - chances))
    assert found[1:] == pytest.approx([expected[1], expected[0], expected[2]], abs=5)


def test_perfect_scorers_are_finite_and_their_intervals_are_no_points() -> None:
    """The plain bootstrap would draw nothing but wins."""
    results = [Result(*seats, pair, float(seats[0] == 0)) for pair in range(20)
               for seats in ((0, 1), (1, 0))]  # fmt: skip
    best, worst = rate(["winner", "loser"], results).table
    assert (best.name, best.score, best.rank_low, best.rank_high) == ("winner", 1, 1, 1)
    assert (worst.score, worst.rank_low, worst.rank_high) == (0, 2, 2)
    assert best.elo == -worst.elo and best.elo > 250
    assert best.low < best.elo - 50 and best.high > best.elo + 50
    few = rate(["winner", "loser"], results[:4]).table[0]
    assert few.elo < best.elo and few.low < best.low


def test_an_entrant_without_games_may_be_anywhere() -> None:
    results = simulate(np.random.default_rng(0), np.array([0.0, 300]), 50, 0)
    table = of(rate(["a", "b", "late"], results))
    late = table["late"]
    assert (late.games, late.score, late.rank_low, late.rank_high) == (0, None, 1, 3)
    assert late.elo == 0 and late.low < -450 and late.high > 450
    without = of(rate(["a", "b"], results))
    for name in "ab":  # one who did not turn up makes nobody's rating less sure
        assert table[name].elo == pytest.approx(without[name].elo, abs=1)
        assert table[name].high == pytest.approx(without[name].high, abs=10)
    assert rate([], []).table == []
    alone = rate(["alone"], []).table[0]
    assert (alone.elo, alone.rank, alone.rank_low, alone.rank_high) == (0, 1, 1, 1)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=20))
def test_an_entrant_and_its_copy_are_rated_equal(pairs: list[tuple[float, float]]) -> None:
    """Whoever sits first, it is the same bot: what one scores as first, the other does too."""
    results = []
    for number, both in enumerate(pairs):
        for pair, scores in ((2 * number, both), (2 * number + 1, both[::-1])):
            results += [Result(0, 1, pair, scores[0]), Result(1, 0, pair, scores[1])]
    one, other = rate(["bot", "copy"], results).table
    assert one.score == other.score == 0.5 and one.elo == other.elo == 0
    assert one.rank == other.rank == 1 and (one.rank_low, one.rank_high) == (1, 2)


@settings(deadline=None, max_examples=50)
@given(st.data(), st.integers(2, 5), st.integers(1, 3))
def test_an_extra_win_never_lowers_a_rating(data: st.DataObject, entrants: int, pairs: int) -> None:
    """All against all, in both seats: half a point more, and who got it is rated no lower."""
    games = [(*seats, pair) for seats in permutations(range(entrants), 2) for pair in range(pairs)]
    scores = data.draw(st.lists(SCORES, min_size=len(games), max_size=len(games)))
    number = data.draw(st.integers(0, len(games) - 1))
    names = list("abcde"[:entrants])
    results = [Result(*game, score) for game, score in zip(games, scores, strict=True)]
    before = rate(names, results, resamples=1)
    game = results[number]
    better = game.score < 1
    results[number] = game._replace(score=game.score + (0.5 if better else -0.5))
    winner = names[game.first if better else game.second]
    after = rate(names, results, resamples=1)
    assert of(after)[winner].elo >= of(before)[winner].elo


def test_the_games_of_a_pair_are_drawn_together() -> None:
    """Each opening decides both its games: half as much is known as from separate games."""
    together = [Result(*seats, pair, float((seats[0] == 0) == pair % 2)) for pair in range(40)
                for seats in ((0, 1), (1, 0))]  # fmt: skip
    apart = [game._replace(pair=number) for number, game in enumerate(together)]
    wide, narrow = (rate(["a", "b"], games).table[0] for games in (together, apart))
    assert 1.25 < (wide.high - wide.low) / (narrow.high - narrow.low) < 1.55
    even = [Result(*seats, pair, float(pair % 2)) for pair in range(40)
            for seats in ((0, 1), (1, 0))]  # fmt: skip
    equal = rate(["a", "b"], even).table[0]
    assert equal.elo == 0 and 0 < equal.high - equal.low < (narrow.high - narrow.low) / 2


def test_a_class_of_thirty_is_rated_in_a_few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    elo = np.linspace(-400, 400, 30)
    names = [f"bot {n:02}" for n in range(30)]
    results = simulate(rng, elo, 2, 30)
    found = rate(names, results, resamples=200)
    assert np.corrcoef([of(found)[name].elo for name in names], elo)[0, 1] > 0.95
    monkeypatch.setattr(ratings, "BLOCK", 40_000)
    again = rate(names, results, resamples=200)
    assert [rating.elo for rating in again.table] == [rating.elo for rating in found.table]


def test_the_search_comes_back_from_far_out() -> None:
    """A lopsided schedule in which Newton's full steps run away."""
    games = np.array([[0, 0, 0, 300], [0, 0, 300, 300], [1, 0, 0, 300], [10, 0, 10, 0]], float)
    scores = np.array([[0, 0, 0, 300], [0, 0, 300, 0], [0, 0, 0, 300], [0, 0, 0, 0]], float)
    strengths, first_move = fit(games[None], scores[None], np.ones((1, 5, 2)))
    logits = strengths[0][:, None] - strengths[0] + first_move
    surplus = scores - games / (1 + np.exp(-logits))
    alone = 1 - 2 / (1 + np.exp(-strengths[0]))  # of the virtual games, won less expected
    assert surplus.sum(1) - surplus.sum(0) + alone == pytest.approx(np.zeros(4), abs=1e-9)
    assert 5 < first_move[0] < 10 and strengths[0, 0] > 10


def test_nearly_weightless_virtual_games_still_hold_the_strengths() -> None:
    """Random weights can be as small as they like."""
    games = np.full((1, 3, 3), 100.0) * (1 - np.eye(3))
    scores = games * np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]])
    for weight in (1e-3, 1e-6, 1e-9):
        strengths, first_move = fit(games, scores, np.full((1, 4, 2), weight))
        assert strengths[0, 0] > 5 and abs(strengths[0, 1]) < 1e-3 and abs(first_move[0]) < 1e-3


@pytest.mark.parametrize(
    "result", [(0, 0, 0, 1.0), (0, 2, 0, 1.0), (-1, 0, 0, 1.0), (0, 1, 0, 0.7), (0, 1, 0, np.nan)]
)
def test_what_is_no_result_is_refused(result: tuple[int, int, int, float]) -> None:
    with pytest.raises(ValueError, match="no result"):
        rate(["a", "b"], [Result(*result)])


def test_names_given_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        rate(["a", "a"], [])
    with pytest.raises(ValueError, match="twice"):
        paired_means(["a", "a"], np.zeros((2, 3)))
    with pytest.raises(ValueError, match="resamples"):
        rate(["a"], [], resamples=0)
    for returns in (np.zeros((1, 3)), np.zeros((2, 0)), np.zeros(2)):
        with pytest.raises(ValueError, match="returns"):
            paired_means(["a", "b"], returns)


def test_who_is_a_little_better_on_every_map_is_surely_better() -> None:
    """Maps differ by far more than the two do, and that blurs their means but not their order."""
    maps = np.random.default_rng(0).normal(0, 10, 30)
    best, worst, twin = paired_means(["a", "b", "c"], np.array([maps, maps + 0.1, maps]))
    assert (best.name, best.rank, best.rank_low, best.rank_high) == ("b", 1, 1, 1)
    assert [worst.name, twin.name] == ["a", "c"]
    assert worst[1:] == twin[1:] and (twin.rank, twin.rank_low, twin.rank_high) == (2, 2, 3)
    assert best.low < worst.mean < best.mean == pytest.approx(maps.mean() + 0.1)
    assert best.maps == 30


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.floats(-100, 100), min_size=4, max_size=4), min_size=1, max_size=5),
       st.randoms(use_true_random=False))  # fmt: skip
def test_means_are_the_same_in_whatever_order_names_come(rows: list[list[float]], random) -> None:  # type: ignore[no-untyped-def]
    names = list("abcde"[: len(rows)])
    returns = np.array(rows)
    found = paired_means(names, returns, resamples=QUICK)
    order = random.sample(range(len(names)), len(names))
    assert paired_means([names[n] for n in order], returns[order], resamples=QUICK) == found
    for one in found:
        assert one.mean == pytest.approx(returns[names.index(one.name)].mean(), abs=1e-6)
        assert min(rows[names.index(one.name)]) - 1e-6 <= one.low <= one.high


def test_intervals_of_means_hold_the_mean_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(300):
        (found,) = paired_means(["a"], rng.normal(3, 2, (1, 50)), resamples=400)
        held.append(found.low <= 3 <= found.high)
    assert 0.90 <= np.mean(held) <= 0.98
