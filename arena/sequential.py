"""Is A better than B? A match that stops as soon as the answer is sure.

What is counted are opening pairs, as in the chess world's fastchess and fishtest: the two games of
an opening, seats swapped, give A 0, 1/2, 1, 3/2 or 2 points, so what the opening gives in one seat
it takes in the other, and no independence of the two games is assumed.

After each pair the log-likelihood ratio of two strengths is formed, each with whatever chances of
the five outcomes are then the most likely (Van den Bergh 2019, "The generalized maximum likelihood
ratio for the expectation value of a distribution"; proposition 1.1 is `_most_likely`), and Wald's
test (1945) stops when it leaves the bounds ln(beta / (1 - alpha)) and ln((1 - beta) / alpha).

That test is one-sided: "better by `difference` Elo, or not better at all?". Our question has two
sides, so two of them run side by side, one asking it of A and one of B, each with half of alpha,
and each stays with its first answer (Sobel & Wald 1949, "A sequential decision procedure for
choosing one of three hypotheses"). A yes ends the match; so do two noes. Then, approximately:

    equals are called different with a chance of at most alpha
    who is better by `difference` or more is not called so with a chance of at most beta

In between either answer may come. The default difference is 50 Elo, 57 % of the points; teaching
bots mostly differ by more. In 300 simulated matches each, without draws, it took 205 pairs on
average to tell equals, 170 to find 50 Elo, 65 to find 100, 35 to find 200 and 28, the fewest, to be
sure of who wins all. Smaller differences take more pairs, about as their inverse square.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from statistics import NormalDist
from typing import NamedTuple

DIFFERENCE = 50.0
"""Elo; smaller differences need not be found."""
ALPHA, BETA = 0.05, 0.05
POINTS = (0.0, 0.5, 1.0, 1.5, 2.0)
"""What A can score in the two games of an opening."""
UNSEEN = 1e-3
"""Counted for an outcome that never came, as in fastchess: never seen is not impossible."""
STEPS = 100


class State(StrEnum):
    """The answer so far."""

    A_BETTER = "A is better"
    B_BETTER = "B is better"
    NO_DIFFERENCE = "no difference"
    UNDECIDED = "undecided"


class Verdict(NamedTuple):
    """What a match has shown so far."""

    state: State
    difference: float
    """That the question was about, in Elo."""
    pairs: int
    counts: tuple[int, ...]
    """Of the pairs in which A scored 0, 1/2, 1, 3/2, 2."""
    score: float | None
    """A's share of the points; None before the first pair."""
    elo: float
    """By how much A is better; below 0, by how much B is."""
    low: float
    high: float
    """The interval of 95 %. A match that stops when it is decided stops sooner when the luck is
    extreme, so differences tend to be told too large."""
    ratios: tuple[float, float]
    """Log-likelihood ratios: that A is better, and that B is."""
    bounds: tuple[float, float]
    """A ratio of at most the first is a no, of at least the second a yes."""

    @property
    def decided(self) -> bool:
        """Whether the match may end."""
        return self.state is not State.UNDECIDED

    def told(self, a: str = "A", b: str = "B") -> str:
        """The answer in words, with the names of the two."""
        return {
            State.A_BETTER: f"{a} is better",
            State.B_BETTER: f"{b} is better",
            State.NO_DIFFERENCE: f"no difference of at least {self.difference:g} Elo",
            State.UNDECIDED: "undecided",
        }[self.state]


class SequentialTest:
    """The match, one pair at a time.

    Pairs must come in an order fixed before they are played, say by their numbers, and not as they
    happen to end: long games end differently from short ones. So fed, a match played by many
    processes, or resumed, stops where it would have stopped.

    Args:
        difference: in Elo; who is better by so much is to be found out.
        alpha: the chance to call equals different.
        beta: the chance to miss such a difference.

    Raises:
        ValueError: the difference is not above 0, or a chance is not between 0 and 1/2.
    """

    def __init__(
        self, difference: float = DIFFERENCE, alpha: float = ALPHA, beta: float = BETA
    ) -> None:
        if not (0 < difference < math.inf and 0 < alpha < 0.5 and 0 < beta < 0.5):
            raise ValueError(f"difference {difference}, alpha {alpha}, beta {beta}")
        self.difference = difference
        self.bounds = (
            math.log(beta / (1 - alpha / 2)),
            math.log((1 - beta) / (alpha / 2)),
        )
        self.counts = [0] * len(POINTS)
        self.ratios = (0.0, 0.0)  # that A is better rather than equal; that B is
        self.answers: list[bool | None] = [None, None]

    def add(self, points: float) -> Verdict:
        """The verdict with one pair more, in which A scored so many points.

        What comes after the answer makes the estimate surer and the answer no other.

        Raises:
            ValueError: two games do not give so many points.
        """
        if points not in POINTS:
            raise ValueError(f"two games give 0, 0.5, 1, 1.5 or 2 points, not {points}")
        self.counts[POINTS.index(points)] += 1
        self.ratios = (
            log_likelihood_ratio(self.counts, 0, self.difference),
            log_likelihood_ratio(self.counts[::-1], 0, self.difference),
        )
        if self._state() is State.UNDECIDED:
            self._answer()
        return self.verdict()

    def verdict(self) -> Verdict:
        """What the pairs so far have shown."""
        pairs = sum(self.counts)
        scored = sum(count * points for count, points in zip(self.counts, POINTS, strict=True))
        return Verdict(
            self._state(),
            self.difference,
            pairs,
            tuple(self.counts),
            scored / (2 * pairs) if pairs else None,
            *elo_interval(self.counts),
            self.ratios,
            self.bounds,
        )

    def _answer(self) -> None:
        """Each question that is still open, if its ratio has left the bounds."""
        low, high = self.bounds
        for side, ratio in enumerate(self.ratios):
            if self.answers[side] is None and not low < ratio < high:
                self.answers[side] = ratio >= high

    def _state(self) -> State:
        a, b = self.answers
        if a or b:
            return State.A_BETTER if a else State.B_BETTER
        return State.NO_DIFFERENCE if a is False and b is False else State.UNDECIDED


def log_likelihood_ratio(counts: Sequence[float], elo0: float, elo1: float) -> float:
    """How much likelier the outcomes of pairs are if A is better by `elo1` than if by `elo0`.

    Args:
        counts: of the pairs in which A scored 0, 1/2, 1, 3/2, 2.
    """
    if not sum(counts):
        return 0.0
    seen = [count or UNSEEN for count in counts]
    chances = [_most_likely(seen, 2 * expected_score(elo)) for elo in (elo0, elo1)]
    return sum(
        count * math.log(one / zero) for count, zero, one in zip(seen, *chances, strict=True)
    )


def expected_score(elo: float) -> float:
    """The share of the points that goes to who is better by so much."""
    return 1 / (1 + 10 ** (-elo / 400))


def _most_likely(counts: Sequence[float], mean: float) -> list[float]:
    """The chances of the outcomes that have this mean and make the counts the most likely.

    They are `share / (1 + slope * (points - mean))` with the slope at which they add up to 1 and
    have that mean, the root of a falling function: by Newton's method, or by halving where that
    leaves the bounds between which all chances are positive.
    """
    total = sum(counts)
    away = [points - mean for points in POINTS]
    low, high = -1 / away[-1], -1 / away[0]
    slope = 0.0
    for _ in range(STEPS):
        parts = [d / (1 + slope * d) for d in away]
        value = sum(count * part for count, part in zip(counts, parts, strict=True)) / total
        low, high = (slope, high) if value > 0 else (low, slope)
        steepness = sum(c * part * part for c, part in zip(counts, parts, strict=True)) / total
        following = slope + value / steepness
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - slope) <= 1e-12:
            break
        slope = following
    return [c / total / (1 + slope * d) for c, d in zip(counts, away, strict=True)]


def elo_interval(counts: Sequence[float], confidence: float = 0.95) -> tuple[float, float, float]:
    """By how many Elo A is better, and between what bounds that lies.

    From the mean and the variance of the pairs' scores. Half a pair more is counted as won by A in
    both games and half a pair as won by B, so nobody is better without end and no interval is a
    point. The interval is symmetric in Elo, which it needs near 0 and 100 %.

    Args:
        counts: of the pairs in which A scored 0, 1/2, 1, 3/2, 2.

    Returns:
        The difference, its lower and its upper bound.
    """
    smooth = [counts[0] + 0.5, *counts[1:-1], counts[-1] + 0.5]
    pairs = sum(smooth)
    shares = [points / 2 for points in POINTS]
    mean = sum(n * share for n, share in zip(smooth, shares, strict=True)) / pairs
    variance = sum(n * (share - mean) ** 2 for n, share in zip(smooth, shares, strict=True)) / pairs
    elo = 400 * math.log10(mean / (1 - mean))
    error = 400 / math.log(10) * math.sqrt(variance / pairs) / (mean * (1 - mean))
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return elo, elo - reach, elo + reach
