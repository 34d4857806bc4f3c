"""Which rows are learned from, which choose between models, and which judge them.

The workshop's rule: what is learned from may be of another distribution (drawn, made up, from
elsewhere: `only_train`); validation and test must both be of the one that counts. So these two are
always drawn together, in the same way:

    classes in the same shares everywhere                 stratified
    rows that belong together stay together               groups
    the past to learn from, the future to be judged by    time
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from supervised.cleaning import row_keys
from supervised.dataset import BadData, Dataset

SURE = 1e-4
"""Two parts count as different where chance would make them differ so much this seldom ..."""
MUCH = 0.15
"""... and where at least this share of one would have to move to make it like the other."""
FEWEST = 10
"""So few rows do not tell."""


class LeakageWarning(UserWarning):
    """Rows to be judged by were learned from: the result will be too good."""


class DistributionWarning(UserWarning):
    """Validation and test differ: what is chosen by the one need not be good for the other."""


class Split(NamedTuple):
    """The rows of each part, as int64."""

    train: Tensor
    validation: Tensor
    test: Tensor


def split(
    dataset: Dataset,
    seed: int = 0,
    validation: float = 0.1,
    test: float = 0.2,
    only_train: Tensor | None = None,
) -> Split:
    """Parts a set, in the way that it asks for; the seed decides.

    Args:
        validation: share of the rows; may be 0.
        test: likewise.
        only_train: bool (n,): rows that may be learned from, and never judge.

    Raises:
        BadData: the shares leave nothing for a part, or there are too few rows, groups or steps.
    """
    if min(validation, test) < 0:
        raise BadData(f"a share of rows is at least 0, not {min(validation, test)}")
    if validation + test >= 1 or test == 0:
        raise BadData(f"shares of {validation} and {test} leave nothing to learn from or to test")
    rng = np.random.default_rng(seed)
    foreign = np.zeros(len(dataset), bool) if only_train is None else only_train.cpu().numpy()
    rows = np.flatnonzero(~foreign)
    if dataset.span:
        parts = by_time(len(rows), dataset.span, validation, test)
    elif dataset.groups is not None:
        parts = by_group(dataset.groups.cpu().numpy()[rows], validation, test, rng)
    elif dataset.classes and dataset.targets.ndim == 1:
        check_classes(dataset, rows)
        parts = stratified(dataset.targets.cpu().numpy()[rows], validation, test, rng)
    else:
        parts = stratified(np.zeros(len(rows), int), validation, test, rng)
    train, judged = [rows[parts[0]], np.flatnonzero(foreign)], [rows[part] for part in parts[1:]]
    wanted = (1 - validation - test, validation, test)
    for name, share, part in zip(Split._fields, wanted, parts, strict=True):
        if share and not len(part):
            raise BadData(f"{dataset.name}: {len(dataset)} rows are too few: none for {name}")
    found = Split(*(torch.from_numpy(np.sort(p)) for p in (np.concatenate(train), *judged)))
    warn_of_leakage(dataset, found)
    warn_of_difference(dataset, found)
    return found


def check_classes(dataset: Dataset, rows: np.ndarray) -> None:
    """Refuses a class that cannot be both learned from and judged by.

    Raises:
        BadData: it has a single row.
    """
    labels, counts = np.unique(dataset.targets.cpu().numpy()[rows], return_counts=True)
    if counts.min() > 1:
        return
    lonely = dataset.classes[int(labels[counts.argmin()])]
    raise BadData(
        f"{dataset.name}: class {lonely!r} has one row only: it cannot be learned from and be "
        "judged by"
    )


Parts = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rows of train, validation and test."""


def stratified(
    labels: np.ndarray, validation: float, test: float, rng: np.random.Generator
) -> Parts:
    """Every class in the same share everywhere, to within one row; something of each is learned
    from."""
    shuffled = rng.permutation(len(labels))
    in_classes = shuffled[np.argsort(labels[shuffled], kind="stable")]
    rest, tested = _deal(in_classes, round(test * len(labels)))
    train, validated = _deal(rest, round(validation * len(labels)))
    for label in np.setdiff1d(labels, labels[train]):  # a class of few rows may be dealt whole
        given = max((validated, tested), key=lambda part: int((labels[part] == label).sum()))
        train = np.append(train, given[labels[given] == label][0])
    return train, np.setdiff1d(validated, train), np.setdiff1d(tested, train)


def _deal(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` rows at even distances, so as many of each class as it has a share; after the rest.

    The first row taken is the middle of its stretch, so that a small class keeps some of both.
    """
    chosen = np.zeros(len(rows), bool)
    chosen[(2 * np.arange(count) + 1) * len(rows) // (2 * max(count, 1))] = True
    return rows[~chosen], rows[chosen]


def by_group(groups: np.ndarray, validation: float, test: float, rng: np.random.Generator) -> Parts:
    """Whole groups, each to the part that is furthest below its share: those that are larger than
    the smallest part come first, the others in random order.

    Raises:
        BadData: there are fewer groups than parts.
    """
    names, sizes = np.unique(groups, return_counts=True)
    wanted = np.array([1 - validation - test, validation, test]) * len(groups)
    if len(names) < (wanted > 0).sum():
        raise BadData(
            f"{len(names)} groups cannot be parted in {(wanted > 0).sum()}: rows to learn from, "
            "and rows that judge"
        )
    order = rng.permutation(len(names))
    large = np.where(sizes > wanted[wanted > 0].min(), sizes, 0)
    order = order[np.argsort(-large[order], kind="stable")]
    part_of = np.full(len(names), -1)
    for left, group in zip(range(len(names), 0, -1), order, strict=True):
        empty = (wanted > 0) & ~np.isin(range(3), part_of)
        part = int(np.where(empty | (left > empty.sum()), wanted, -np.inf).argmax())
        part_of[group] = part
        wanted[part] -= sizes[group]
    parts = part_of[np.searchsorted(names, groups)]
    return _three(parts)


def by_time(steps: int, span: int, validation: float, test: float) -> Parts:
    """The first steps to learn from; the last in short blocks, by turns for validation and test.

    The blocks make both of the same seasons. Before the first of them as many rows go unused as it
    takes that no step is both learned from and judged by.
    """
    first = steps - round((validation + test) * steps)
    block = np.arange(steps - first) // span
    share = validation / (validation + test)
    validates = np.floor((block + 1) * share) > np.floor(block * share)
    train = np.arange(max(first - span + 1, 0))
    return train, first + np.flatnonzero(validates), first + np.flatnonzero(~validates)


def _three(parts: np.ndarray) -> Parts:
    return np.flatnonzero(parts == 0), np.flatnonzero(parts == 1), np.flatnonzero(parts == 2)


def leaked_rows(dataset: Dataset, found: Split) -> Tensor:
    """The rows of validation and test whose inputs are also learned from, number for number."""
    keys = row_keys(dataset.inputs)
    learned = {keys[row] for row in found.train.tolist()}
    judged = torch.cat((found.validation, found.test)).tolist()
    return torch.tensor([row for row in judged if keys[row] in learned], dtype=torch.int64)


def warn_of_leakage(dataset: Dataset, found: Split) -> None:
    """Warns where `leaked_rows` finds some."""
    leaked = leaked_rows(dataset, found)
    if len(leaked):
        warnings.warn(
            f"{dataset.name}: {len(leaked)} rows of validation and test are learned from too; the "
            f"first is {dataset.place(int(leaked[0]))}. Leave repeated rows out (--unique), or "
            "give them one group",
            LeakageWarning,
            stacklevel=3,
        )


def warn_of_difference(dataset: Dataset, found: Split) -> None:
    """Warns where the targets or the inputs of validation and test are differently distributed."""
    one, other = found.validation, found.test
    if not len(one) or not len(other):
        return
    apart = max(dataset.span, 1)  # neighbours in time are alike and would count as many
    targets = ("targets", dataset.targets, bool(dataset.classes))
    inputs = ("inputs", dataset.inputs, bool(dataset.characters))
    for what, values, labels in (targets, inputs):
        if differ(values[one][::apart], values[other][::apart], labels):
            warnings.warn(
                f"{dataset.name}: the {what} of validation and test are differently distributed; "
                "draw both from where the model will be used",
                DistributionWarning,
                stacklevel=3,
            )


def differ(one: Tensor, other: Tensor, labels: bool = False) -> bool:
    """Whether two parts hardly come from one distribution: labels by their counts (chi-squared),
    else the mean of each row (Kolmogorov and Smirnov)."""
    from scipy import stats

    if min(len(one), len(other)) < FEWEST:
        return False
    if labels:
        found = torch.cat((one.flatten(), other.flatten())).unique()
        counts = np.array([[int((part == c).sum()) for c in found] for part in (one, other)])
        moved = np.abs(np.diff(counts / counts.sum(1, keepdims=True), axis=0)).sum() / 2
        chance = stats.chi2_contingency(counts).pvalue if len(found) > 1 else 1.0
    else:
        means = [part.double().reshape(len(part), -1).mean(1).numpy() for part in (one, other)]
        moved, chance = stats.ks_2samp(*means, method="asymp")
    return bool(moved >= MUCH and chance < SURE)
