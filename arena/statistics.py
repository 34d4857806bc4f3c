"""Honest figures from few runs: intervals of rates, the interquartile mean, the bootstrap.

Few seeds say little, so a figure comes with an interval, and one run gone wrong must not decide it
(Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice").
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, Protocol

import numpy as np

BLOCK = 1_000_000
"""How many numbers are resampled at a time: enough to be fast, little memory."""


class Statistic(Protocol):
    """What `np.mean`, `np.median` and `interquartile_mean` are."""

    def __call__(self, values: np.ndarray, /, *, axis: int) -> Any:
        """One number for each row of numbers along `axis`."""


def wilson_interval(successes: float, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Between what shares the chance of success lies, after `successes` in `trials`.

    Unlike the usual mean plus or minus so many standard errors it holds for few trials, and for
    none or all of them won (E. B. Wilson 1927; Brown, Cai & DasGupta 2001, formula 4).

    Raises:
        ValueError: no trials, more successes than trials, or a confidence outside 0 to 1.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} successes in {trials} trials")
    z = NormalDist().inv_cdf((1 + _checked(confidence)) / 2)
    rate, weight = successes / trials, z * z / trials
    centre = (rate + weight / 2) / (1 + weight)
    spread = z / (1 + weight) * (rate * (1 - rate) / trials + weight / (4 * trials)) ** 0.5
    low, high = centre - spread, centre + spread
    return (0.0 if successes == 0 else low), (1.0 if successes == trials else high)


def interquartile_mean(values: Any, *, axis: int = 0) -> Any:
    """The mean of the middle half: a quarter of the values is left out at each end.

    Args:
        values: (seeds,), or (seeds, points), one curve a seed.
        axis: that of the seeds.

    Of n values n // 4 go at each end, as in rliable: of 10 the 2 lowest and the 2 highest.

    Raises:
        ValueError: there are no values.
    """
    ranked = np.sort(np.asarray(values, float), axis=axis)
    count = ranked.shape[axis]
    if count == 0:
        raise ValueError("the mean of no values")
    cut = count // 4
    return np.take(ranked, range(cut, count - cut), axis=axis).mean(axis=axis)


def bootstrap_interval(
    values: Any,
    statistic: Statistic = np.mean,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[Any, Any]:
    """The percentile-bootstrap interval of a statistic of `values` (Efron 1979).

    Args:
        values: (seeds,), or (seeds, points), one curve a seed. Whole curves are drawn anew, so a
            seed's points stay together.
        statistic: `np.mean`, `interquartile_mean`, ...; taken along axis 0.
        resamples: how often as many seeds are drawn from the seeds, with repeats.
        seed: decides the draws.

    Returns:
        low, high: a float each, or (points,) each.

    Raises:
        ValueError: there are no values, no resamples, or a confidence outside 0 to 1.
    """
    values = np.asarray(values, float)
    if not len(values) or resamples < 1:
        raise ValueError(f"{resamples} resamples of {len(values)} values")
    rng = np.random.default_rng(seed)
    block = max(1, BLOCK // max(values.size, 1))
    found = []
    for done in range(0, resamples, block):
        draws = rng.integers(len(values), size=(min(block, resamples - done), len(values)))
        found.append(statistic(values[draws.T], axis=0))  # of (seeds, resamples, ...)
    tail = 50 * (1 - _checked(confidence))
    low, high = np.percentile(np.concatenate(found), [tail, 100 - tail], axis=0)
    return (float(low), float(high)) if values.ndim == 1 else (low, high)


def _checked(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
    return confidence
