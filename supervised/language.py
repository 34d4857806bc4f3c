"""What language models share: rows of characters, the surprise in nats, and writing on.

A language model says how probable each next character is, given all before it in its row. Its
cost is its surprise: -log p(what came), in nats a character. Who knows nothing has the logarithm of
the number of characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from supervised import ngram
from supervised.dataset import BadData, Dataset
from supervised.split import Split
from supervised.texts import decode
from supervised.training import cost_of, predict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNKNOWN = -100
"""A target that does not count, as in PyTorch's cross entropy."""
TEMPERATURES = (0.5, 0.8, 1.0, 1.3)
"""At which samples are written: below 1 the probable becomes more so."""
KNOWN = 2**20
"""Numbers of groups of one length that are told apart; more are taken for others."""
AT_ONCE = 100
"""Rows that are judged in one pass: each has logits of all characters at all places."""


def next_characters(dataset: Dataset) -> Dataset:
    """The same rows with the next character as the target of each.

    Where the targets are no next characters yet (names have labels), each row begins with the sign
    that ends it, and what stands behind its end does not count.

    Raises:
        BadData: the rows are no characters.
    """
    if not dataset.characters:
        raise BadData(
            f"{dataset.name}: a language model reads characters, such as names or text, and here "
            "there are none"
        )
    if dataset.targets.shape == dataset.inputs.shape:
        return dataset
    end = torch.zeros_like(dataset.inputs[:, :1])  # code 0 fills a row behind its end
    over = (dataset.inputs == 0).cumsum(1) > 1  # the first end is to be told, too
    inputs = torch.cat((end, dataset.inputs[:, :-1]), 1)
    return replace(
        dataset, inputs=inputs, targets=dataset.inputs.masked_fill(over, UNKNOWN), classes=()
    )


def check_language(config: Any) -> None:
    """Whether the settings that language models share can be meant.

    Raises:
        BadData: they cannot.
    """
    for name in ("layers", "width", "group", "buckets"):
        if getattr(config, name) < 1:
            raise BadData(f"{name} must be at least 1, not {getattr(config, name)}")
    for name in ("dropout", "group_dropout"):
        if not 0 <= getattr(config, name) < 1:
            raise BadData(f"{name} must be from 0 to below 1, not {getattr(config, name)}")


class CharacterVectors(nn.Module):
    """A vector for each place: that of its character, and those of the last two, three, ...

    What counting is good at need not be learned anew: each group of characters has a vector of its
    own, or nearly, as a table of `buckets` vectors is shared by all groups of one length (Svenstrup
    et al. 2017). A group that `fit` did not find twice has none: what is learned of a group from
    the one place where it stands is that place by heart. While learning, vectors of groups are left
    out by chance too, so that each length is of use without the longer ones.
    """

    def __init__(self, characters: int, width: int, longest: int, buckets: int, dropout: float):
        super().__init__()
        self.characters = nn.Embedding(characters, width)
        self.groups = nn.ModuleList(nn.Embedding(buckets, width) for _ in range(longest - 1))
        self.buckets, self.dropout = buckets, dropout
        self.known: Tensor
        self.register_buffer("known", torch.zeros(longest - 1, KNOWN, dtype=torch.bool))
        for weight in self.groups.parameters():
            nn.init.normal_(weight, std=0.02)

    def fit(self, inputs: Tensor) -> None:
        """Looks up which groups occur in rows to learn from, and again: int64 (n, places)."""
        for known, number in zip(self.known, self.numbers(inputs), strict=True):
            known.copy_((number % KNOWN).flatten().bincount(minlength=KNOWN) > 1)

    def numbers(self, inputs: Tensor) -> Iterator[Tensor]:
        """The last two characters at each place as a number, then the last three, ..."""
        group = inputs
        for back in range(1, len(self.groups) + 1):
            shifted = nn.functional.pad(inputs + 1, (back, 0))  # 0 before the row
            group = group * 1_000_003 + shifted[:, : inputs.shape[1]]  # wraps: as good as chance
            yield group * 2_654_435_761 >> 16

    def forward(self, inputs: Tensor) -> Tensor:
        """int64 (n, places) -> (n, places, width)."""
        vectors = self.characters(inputs)
        for table, known, number in zip(self.groups, self.known, self.numbers(inputs), strict=True):
            kept = known[number % KNOWN].to(vectors.dtype)
            if self.training and self.dropout:
                lots = torch.rand(inputs.shape, device=inputs.device)
                kept = kept * (lots >= self.dropout) / (1 - self.dropout)
            vectors = vectors + table(number % self.buckets) * kept[..., None]
        return vectors


def whole_rows(dataset: Dataset, rows: Tensor) -> np.ndarray:
    """What n-grams are counted in: (n, places + 1), `ngram.NOTHING` behind the end."""
    known = dataset.targets[rows]
    known = known.masked_fill(known == UNKNOWN, ngram.NOTHING)
    return torch.cat((dataset.inputs[rows][:, :1], known), 1).numpy()


def best_ngram(dataset: Dataset, rows: Split) -> ngram.NGram:
    """The n-gram model of a set of next characters, chosen on its validation rows."""
    validation = rows.validation if len(rows.validation) else rows.train
    train, chosen_on = (whole_rows(dataset, part) for part in (rows.train, validation))
    return ngram.best(train, chosen_on, len(dataset.characters))


def nats(network: nn.Module, dataset: Dataset, rows: Tensor) -> float:
    """The mean surprise at a character of these rows of a set of next characters."""
    total, count = 0.0, 0
    for part in rows.split(AT_ONCE):
        targets = dataset.targets[part]
        known = int((targets != UNKNOWN).sum())
        total += float(cost_of(predict(network, dataset.inputs[part]), targets)) * known
        count += known
    return total / count


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """Nats a character on the test rows, beside those of the best n-gram model.

    Both see nothing but the row.
    """
    told = next_characters(dataset)
    simple = best_ngram(told, rows)
    return {
        "nats": nats(network, told, rows.test),
        "ngram_nats": simple.nats(whole_rows(told, rows.test)),
        "ngram_length": float(len(simple.tables)),
        "uniform_nats": float(np.log(len(dataset.characters))),
    }


@torch.no_grad()
def write(
    network: nn.Module,
    start: Tensor,
    length: int,
    temperature: float,
    generator: torch.Generator,
    context: int,
) -> Tensor:
    """Goes on writing: int64 (n, places) -> (n, places + length).

    Args:
        temperature: the logits are divided by it.
        context: so many of the last characters are looked at.
    """
    network.eval()
    rows = start
    for _ in range(length):
        logits = network(rows[:, -context:])[:, -1] / temperature
        drawn = torch.multinomial(logits.softmax(1), 1, generator=generator)
        rows = torch.cat((rows, drawn), 1)
    return rows


def samples(network: nn.Module, dataset: Dataset, seed: int, count: int = 8) -> dict[float, str]:
    """What it writes at each temperature: so many rows of names, or a piece of text."""
    told = next_characters(dataset)
    context, named = told.inputs.shape[1], told is not dataset
    begin = 0 if named else max(dataset.characters.find("\n"), 0)
    start = torch.full((count if named else 1, 1), begin)
    found = {}
    for temperature in TEMPERATURES:
        generator = torch.Generator().manual_seed(seed)
        rows = write(network, start, context if named else 320, temperature, generator, context)
        lines = [decode(row[1:], dataset.characters) for row in rows]
        found[temperature] = ", ".join(x.split("\n")[0] for x in lines) if named else lines[0]
    return found


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """What it writes, and what surprises it in a test row, beside the n-gram model."""
    from supervised.pictures.writing import draw_surprise, draw_writing

    told = next_characters(dataset)
    shown = 2 if told is dataset else 24  # a row of text is longer than a name
    some = rows.test[:: max(len(rows.test) // shown, 1)][:shown]
    logits = predict(network, told.inputs[some])
    targets = told.targets[some]
    known = targets != UNKNOWN
    surprise = nn.functional.cross_entropy(
        logits.movedim(2, 1), targets, ignore_index=UNKNOWN, reduction="none"
    )
    simple = -np.log(best_ngram(told, rows).probabilities(whole_rows(told, some)))
    return {
        "samples": draw_writing(samples(network, dataset, seed)),
        "surprise": draw_surprise(
            decode(targets[known], dataset.characters),
            {"network": surprise[known].numpy(), "n-grams": simple[known.numpy()]},
        ),
    }
