"""The best n-gram model: what a language model has to beat (interpolated Kneser & Ney 1995).

    p(s | h) = (count(h s) - discount) / count(h) + left(h) * p(s | h without its oldest character)

`left(h)` is what the discounts took away; the last word has p(s) = 1 / characters. The longest
n-grams are counted as they occur. A shorter one only matters where a longer one was never seen, so
what counts is in how many places it may follow: behind how many different characters it was seen.

Source: Chen & Goodman 1999, section 3, "modified": one discount each for what was seen once, twice
and more often, from how many n-grams were seen so often. The length is chosen on the validation
rows. Deviation: n-grams that begin a row have nothing before them, and are counted as they occur.

An n-gram is one whole number, in the base of the number of characters, the newest last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LONGEST = 8
"""Characters of the longest n-gram that is tried."""
NOTHING = -1
"""Stands where a row is over."""


@dataclass(frozen=True)
class Table:
    """How often each n-gram of one length was seen; the numbers are in rising order."""

    grams: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    """What stands before the last character."""
    totals: np.ndarray
    """(contexts,): of the counts behind each."""
    left: np.ndarray
    """(contexts,): the share that the discounts leave to shorter n-grams."""
    discounts: np.ndarray
    """(4,): of an n-gram seen never, once, twice, more often."""

    @classmethod
    def of(cls, grams: np.ndarray, counts: np.ndarray, base: int) -> Table:
        """Adds up what each context was followed by."""
        contexts, place = np.unique(grams // base, return_inverse=True)
        totals = np.bincount(place, counts)
        discounts = _discounts(counts)
        taken = np.bincount(place, discounts[np.minimum(counts, 3)])
        return cls(grams, counts, contexts, totals, taken / totals, discounts)

    def mix(self, grams: np.ndarray, base: int, shorter: np.ndarray) -> np.ndarray:
        """The probability of the last character of each n-gram, given that of the shorter ones."""
        counts = _look_up(self.grams, self.counts, grams)
        totals = _look_up(self.contexts, self.totals, grams // base)
        left = _look_up(self.contexts, self.left, grams // base)
        share = (counts - self.discounts[np.minimum(counts, 3).astype(int)]).clip(0)
        return np.where(totals > 0, share / totals.clip(1) + left * shorter, shorter)


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each that is `wanted`; 0 where it is not there."""
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Chen & Goodman, equation 26; of a tiny text, where they are not defined, one half."""
    times = [int((counts == n).sum()) for n in (1, 2, 3, 4)]
    if min(times) == 0:
        return np.array([0, 0.5, 0.5, 0.5])
    share = times[0] / (times[0] + 2 * times[1])
    found = [n - (n + 1) * share * times[n] / times[n - 1] for n in (1, 2, 3)]
    return np.array([0, *np.clip(found, 0.05, (1, 2, 3))])


@dataclass(frozen=True)
class NGram:
    """A model that has counted."""

    base: int
    """How many characters there are."""
    tables: tuple[Table, ...]
    """Of n-grams of 1, 2, ... characters."""

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """Of each character but the first of each row, given what stands before it in the row.

        Args:
            rows: int64 (n, length); `NOTHING` behind the end.

        Returns:
            (n, length - 1); 1 behind the end.
        """
        found = np.full(rows[:, 1:].shape, 1 / self.base)
        for length, table in enumerate(self.tables[: rows.shape[1]], 1):
            grams = windows(rows[:, 1:] if length == 1 else rows, length, self.base)
            told = found[:, max(length - 2, 0) :]  # those with so much before them
            told[:] = table.mix(grams, self.base, told)
        return np.where(rows[:, 1:] == NOTHING, 1.0, found)

    def nats(self, rows: np.ndarray) -> float:
        """The mean surprise at a character."""
        surprise = -np.log(self.probabilities(rows))
        return float(surprise.sum() / (rows[:, 1:] != NOTHING).sum())

    def following(self, history: np.ndarray) -> np.ndarray:
        """How probable each character is behind a `history` of at least one: (characters,)."""
        rows = np.tile(np.append(history, 0), (self.base, 1))
        rows[:, -1] = np.arange(self.base)
        return self.probabilities(rows)[:, -1]


def windows(rows: np.ndarray, length: int, base: int) -> np.ndarray:
    """Every n-gram of a length, row by row, as a number: (n, row length - length + 1).

    It is `NOTHING` where the row is over before its end.
    """
    count = rows.shape[1] - length + 1
    parts = [rows[:, n : n + count] for n in range(length)]
    grams = parts[0]
    for part in parts[1:]:
        grams = grams * base + part
    return np.where(parts[-1] == NOTHING, NOTHING, grams)


def count(rows: np.ndarray, base: int, longest: int) -> NGram:
    """Counts the n-grams of `rows`, int64 (n, length), up to so many characters."""
    tables = []
    for length in range(1, longest + 1):
        grams = windows(rows, length, base)
        if length == longest:
            counted = grams[grams != NOTHING]
        else:
            longer = np.unique(windows(rows, length + 1, base))
            behind = longer[longer != NOTHING] % base**length
            counted = np.concatenate((behind, grams[:, 0][grams[:, 0] != NOTHING]))
        tables.append(Table.of(*np.unique(counted, return_counts=True), base))
    return NGram(base, tuple(tables))


def best(train: np.ndarray, validation: np.ndarray, base: int, longest: int = LONGEST) -> NGram:
    """The length that does best on `validation`."""
    longest = min(longest, train.shape[1], int(63 / np.log2(max(base, 2))))
    models = [count(train, base, length) for length in range(1, longest + 1)]
    return min(models, key=lambda model: model.nats(validation))
