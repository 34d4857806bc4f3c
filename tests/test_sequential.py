"""The test that stops when decided: fastchess's figures, error rates, and how soon it stops."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arena.sequential import (
    POINTS,
    SequentialTest,
    State,
    Verdict,
    elo_interval,
    expected_score,
    log_likelihood_ratio,
)

COUNTS = st.lists(st.integers(0, 40), min_size=5, max_size=5)
MATCHES = 300
DIFFERENCE = 100
"""Elo; smaller differences would take more pairs."""


def pairs(rng: np.random.Generator, elo: float, count: int, draws: float = 0.0) -> np.ndarray:
    """A's points in so many pairs; moving first is worth 50 Elo."""
    points = np.zeros(count)
    for first_move in (50, -50):
        chance = expected_score(elo + first_move)
        drawn = draws * min(chance, 1 - chance)
        luck = rng.random(count) - (chance - drawn)
        points += np.where(luck < 0, 1, np.where(luck < 2 * drawn, 0.5, 0))
    return points


def match(rng: np.random.Generator, elo: float, draws: float = 0.0) -> Verdict:
    """One match, up to its end."""
    test = SequentialTest(DIFFERENCE)
    for points in pairs(rng, elo, 5000, draws):
        if (verdict := test.add(points)).decided:
            return verdict
    raise AssertionError("5000 pairs decide nothing")


@cache
def matches(elo: float, draws: float = 0.0) -> list[Verdict]:
    rng = np.random.default_rng(7)
    return [match(rng, elo, draws) for _ in range(MATCHES)]


def share(verdicts: list[Verdict], state: State) -> float:
    return sum(verdict.state is state for verdict in verdicts) / len(verdicts)


@pytest.mark.parametrize(
    ("counts", "elo0", "elo1", "expected"),
    [
        ((223, 9863, 20279 + 1000, 10037, 246), 0.5, 2.5, -3.07),
        ((871, 26175, 55003 + 980, 26678, 821), 0, 2, -4.98),
    ],
)
def test_the_ratio_is_fastchesss(
    counts: tuple[int, ...], elo0: float, elo1: float, expected: float
) -> None:
    """What its own tests expect, to the digits given there ("logistic pentanomial 1" and "2")."""
    assert log_likelihood_ratio(counts, elo0, elo1) == pytest.approx(expected, abs=0.005)


@settings(deadline=None, max_examples=25)
@given(COUNTS, st.sampled_from([10, 50, 200]))
def test_the_ratio_is_that_of_scipys_constrained_optimum(counts: list[int], elo: float) -> None:
    """Dual form (Owen 2001, formula 2.6): the largest log-likelihood given the mean."""
    optimize = pytest.importorskip("scipy.optimize")
    assume(sum(counts))
    seen = np.array([count or 1e-3 for count in counts])

    def largest(mean: float) -> float:
        away = np.array(POINTS) - mean
        low, high = -1 / away[-1], -1 / away[0]
        dual = optimize.minimize_scalar(
            lambda slope: -(seen * np.log1p(slope * away)).sum(),
            bounds=(low, high),
            method="bounded",
            options={"xatol": 1e-10},
        )
        return float((seen * np.log(seen / seen.sum())).sum() + dual.fun)

    expected = largest(2 * expected_score(elo)) - largest(1)
    assert log_likelihood_ratio(counts, 0, elo) == pytest.approx(expected, abs=1e-4)


def test_before_any_game_nothing_is_known() -> None:
    verdict = SequentialTest().verdict()
    assert verdict.state is State.UNDECIDED and not verdict.decided
    assert verdict.score is None and verdict.elo == 0 and verdict.ratios == (0, 0)
    assert verdict.high == -verdict.low > 300


@pytest.mark.parametrize("draws", [0.0, 0.6])
def test_equals_are_seldom_called_different(draws: float) -> None:
    """In 5 % of the matches, about: of 300, 3 standard errors of that are 3.8 %."""
    assert share(matches(0, draws), State.NO_DIFFERENCE) >= 0.95 - 0.038


@pytest.mark.parametrize("draws", [0.0, 0.6])
def test_the_difference_asked_for_is_seldom_missed(draws: float) -> None:
    assert share(matches(DIFFERENCE, draws), State.A_BETTER) >= 0.95 - 0.038


def test_larger_differences_are_found_sooner_and_never_missed() -> None:
    found = [matches(elo) for elo in (100, 200, 400)]
    assert all(share(verdicts, State.A_BETTER) >= 0.99 for verdicts in found[1:])
    means = [np.mean([verdict.pairs for verdict in verdicts]) for verdicts in found]
    assert means[0] > 2 * means[1] and means[1] > 1.1 * means[2]


@pytest.mark.parametrize("elo", [0, 100, 200])
def test_the_interval_holds_the_difference_although_it_stopped_the_match(elo: float) -> None:
    held = [verdict.low <= elo <= verdict.high for verdict in matches(elo)]
    assert np.mean(held) >= 0.90


@pytest.mark.parametrize("elo", [0, 150, 400])
def test_the_interval_holds_the_difference_as_often_as_it_says(elo: float) -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(500):
        points = pairs(rng, elo, 40)
        _, low, high = elo_interval([int((points == each).sum()) for each in POINTS])
        held.append(low <= elo <= high)
    assert 0.90 <= np.mean(held) <= 0.98


@given(COUNTS)
def test_seen_from_the_other_side_all_is_mirrored(counts: list[int]) -> None:
    elo, low, high = elo_interval(counts)
    assert elo_interval(counts[::-1]) == pytest.approx((-elo, -high, -low))
    assert low < elo < high and math.isfinite(low) and math.isfinite(high)
    assert log_likelihood_ratio(counts, 0, 50) == pytest.approx(
        log_likelihood_ratio(counts[::-1], 0, -50), abs=1e-6
    )


@settings(deadline=None)
@given(st.lists(st.sampled_from(POINTS), max_size=60))
def test_the_names_swapped_swap_the_verdict(points: list[float]) -> None:
    test, mirrored = SequentialTest(200), SequentialTest(200)
    for each in points:
        test.add(each)
        mirrored.add(2 - each)
    one, other = test.verdict(), mirrored.verdict()
    swapped = {State.A_BETTER: State.B_BETTER, State.B_BETTER: State.A_BETTER}
    assert other.state is swapped.get(one.state, one.state)
    assert other.ratios == one.ratios[::-1] and other.counts == one.counts[::-1]
    if points:
        assert one.score == pytest.approx(np.mean(points) / 2)


@pytest.mark.parametrize(
    ("points", "state", "told"),
    [
        (2.0, State.A_BETTER, "ada is better"),
        (0.0, State.B_BETTER, "bob is better"),
        (1.0, State.NO_DIFFERENCE, "no difference of at least 50 Elo"),
    ],
)
def test_the_same_result_over_and_over_decides(points: float, state: State, told: str) -> None:
    """Finite with 0 % and 100 %; and a mirror match, always one all, ends as no difference."""
    test = SequentialTest()
    while not (verdict := test.add(points)).decided:
        assert verdict.told("ada", "bob") == "undecided"
    assert 15 < verdict.pairs < 35
    assert verdict.state is state and verdict.told("ada", "bob") == told
    assert math.isfinite(verdict.low) and verdict.low < verdict.elo < verdict.high


@pytest.mark.parametrize("points", [0.0, 2.0])
@pytest.mark.parametrize("beta", [0.05, 1e-6])  # with the latter a yes comes before the other's no
def test_games_after_the_answer_leave_it_as_it_is(points: float, beta: float) -> None:
    """They were on their way when it fell; the estimate takes them in."""
    test = SequentialTest(beta=beta)
    while not (decided := test.add(points)).decided:
        pass
    for _ in range(400):
        after = test.add(2 - points)
    assert after.state is decided.state is not State.NO_DIFFERENCE
    assert after.pairs == decided.pairs + 400 and after.elo * decided.elo < 0


def test_a_no_is_kept_while_the_other_side_is_still_open() -> None:
    """Sobel & Wald's test: two one-sided ones, and the first answer of each stands."""
    test = SequentialTest()
    while test.answers[1] is None:
        test.add(1.5)
    assert test.answers[1] is False
    for _ in range(3):
        test.add(0.0)
    assert test.verdict().ratios[1] > test.bounds[0] and test.answers[1] is False


@pytest.mark.parametrize(
    "wrong", [{"difference": 0}, {"difference": math.inf}, {"alpha": 0}, {"beta": 0.5}]
)
def test_questions_without_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="alpha"):
        SequentialTest(**wrong)
    with pytest.raises(ValueError, match="not 3"):
        SequentialTest().add(3)
