"""Intervals and robust means, against SciPy and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from arena import statistics
from arena.statistics import bootstrap_interval, interquartile_mean, wilson_interval

FINITE = st.floats(-1e6, 1e6)
SOME = arrays(float, st.integers(1, 30), elements=FINITE)
counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)  # the first import of SciPy takes its time
@given(counts, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_is_scipys(count: tuple[int, int], confidence: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(*count).proportion_ci(confidence, method="wilson")
    assert wilson_interval(*count, confidence) == pytest.approx(tuple(expected), abs=1e-12)


@given(counts)
def test_wilson_holds_the_rate_and_mirrors(count: tuple[int, int]) -> None:
    successes, trials = count
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1 and low < high
    other_low, other_high = wilson_interval(trials - successes, trials)
    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low), abs=1e-12)


def test_wilson_covers_the_truth_as_often_as_it_says() -> None:
    """Exactly, summing the binomial: mean coverage over many rates is about 95 %."""
    stats = pytest.importorskip("scipy.stats")
    intervals = np.array([wilson_interval(won, 20) for won in range(21)])
    rates = np.linspace(0.02, 0.98, 97)[:, None]
    holds = (intervals[:, 0] <= rates) & (rates <= intervals[:, 1])  # (rates, 21)
    coverage = (stats.binom.pmf(np.arange(21), 20, rates) * holds).sum(1)
    assert coverage.mean() == pytest.approx(0.95, abs=0.01) and coverage.min() > 0.8


@pytest.mark.parametrize("count", [(0, 0), (5, 4), (-1, 4)])
def test_impossible_counts_are_refused(count: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson_interval(*count)
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson_interval(1, 2, 1.0)


@settings(deadline=None)
@given(arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=FINITE))
def test_the_interquartile_mean_is_scipys_trimmed_mean(curves: np.ndarray) -> None:
    stats = pytest.importorskip("scipy.stats")
    expected = stats.trim_mean(curves, 0.25, axis=0)
    assert interquartile_mean(curves) == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert interquartile_mean(curves.T, axis=1) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_one_seed_gone_wrong_does_not_move_the_interquartile_mean() -> None:
    fine = [1.0] * 9
    assert interquartile_mean([*fine, -1e9]) == 1
    assert interquartile_mean([0, 1, 2, 30]) == 1.5
    with pytest.raises(ValueError, match="no values"):
        interquartile_mean([])


@given(SOME, st.integers(0, 99))
def test_the_bootstrap_stays_among_the_values_and_repeats(values: np.ndarray, seed: int) -> None:
    low, high = bootstrap_interval(values, resamples=200, seed=seed)
    slack = 1e-9 * (1 + np.abs(values).max())
    assert values.min() - slack <= low <= high <= values.max() + slack
    assert bootstrap_interval(values, resamples=200, seed=seed) == (low, high)
    narrow = bootstrap_interval(values, confidence=0.5, resamples=200, seed=seed)
    assert low - slack <= narrow[0] <= narrow[1] <= high + slack


def test_the_bootstrap_agrees_with_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(0).gamma(2, size=40)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert bootstrap_interval(values, np.mean, resamples=20_000) == pytest.approx(theirs, abs=0.02)
    theirs = stats.bootstrap(
        (values,), interquartile_mean, n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    ours = bootstrap_interval(values, interquartile_mean, resamples=20_000)
    assert ours == pytest.approx(theirs, abs=0.02)


def test_a_curve_is_drawn_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """(seeds, points): as each point alone, in one go or in blocks."""
    curves = np.random.default_rng(0).normal(size=(10, 7)) + np.arange(7)
    low, high = bootstrap_interval(curves, interquartile_mean)
    assert low.shape == high.shape == (7,)
    for point in range(7):
        alone = bootstrap_interval(curves[:, point], interquartile_mean)
        assert alone == pytest.approx((low[point], high[point]))
    monkeypatch.setattr(statistics, "BLOCK", 70 * 64)
    assert np.allclose(bootstrap_interval(curves, interquartile_mean), (low, high))


def test_the_bootstrap_covers_the_mean_about_as_often_as_it_says() -> None:
    """Of 30 normal values a percentile interval of 95 % holds the mean in about 93 %."""
    samples = np.random.default_rng(0).normal(size=(30, 400))
    low, high = bootstrap_interval(samples)
    assert 0.89 < ((low <= 0) & (high >= 0)).mean() < 0.97


@pytest.mark.parametrize("call", [{"values": []}, {"values": [1.0], "resamples": 0}])
def test_a_bootstrap_of_nothing_is_refused(call: dict) -> None:
    with pytest.raises(ValueError, match="resamples"):
        bootstrap_interval(**call)
