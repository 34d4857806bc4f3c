"""GPT: a transformer that tells the next character from all before it.

    attention(Q, K, V) = softmax(Q K' / sqrt(d) + mask) V

Each place asks (Q) all places up to its own (K) what they have to tell (V); the mask is minus
infinity for those still to come. A block adds what attention found, then what a perceptron makes
of it, to what was there (residual); the numbers of each place are brought to one scale before.

What comes first is told by angles: queries and keys are turned, by more the later their place is
(`rotary`), so that how well two of them agree depends on how far apart they are.

Sources: Vaswani et al. 2017 (equation 1, attention); Radford et al. 2019 (GPT-2: the order of
things); Su et al. 2021 (RoPE: the angles, in place of GPT-2's learned vector for each place). As in
nanoGPT, no biases, and the table that turns characters into vectors also turns the last vectors
into scores of characters (Press & Wolf 2017).

Deviations: it is small and reads characters; to be good in minutes, the vector of a place also
holds those of its last characters together (`language.CharacterVectors`), and these vectors have a
say in the answer of their own, past all blocks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from supervised import training
from supervised.dataset import BadData, Dataset
from supervised.language import (
    CharacterVectors,
    check_language,
    evaluate,
    next_characters,
    pictures,
)
from supervised.split import Split
from supervised.training import Progress, seeded

__all__ = ["GPT", "Config", "attention", "evaluate", "make", "pictures", "train"]


TUNED: dict[str, dict[str, Any]] = {
    "names": {"epochs": 25, "batch_size": 32, "learning_rate": 4e-3, "width": 64, "layers": 2,
              "heads": 4, "dropout": 0.4, "weight_decay": 0.3, "group": 4, "buckets": 4096,
              "group_dropout": 0.6},
}  # fmt: skip
"""Settings that differ from the defaults for sets we have tried; the defaults are for text."""


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a small GPT."""

    epochs: int = 8
    """How often all rows are learned from."""
    batch_size: int = 16
    """Rows per update, or nearly."""
    learning_rate: float = 5e-3
    """The highest step size that the schedule comes to."""
    max_norm: float = 1.0
    """Longer gradients are cut to this length; 0: none are."""
    layers: int = 3
    """Blocks, one behind the other."""
    heads: int = 3
    """Questions that each place asks at once, in each block."""
    width: int = 96
    """Numbers that stand for each place."""
    dropout: float = 0.2
    """Share of numbers that are left out by chance while learning."""
    group: int = 6
    """Up to so many characters together have a vector of their own; 1: single ones only."""
    buckets: int = 32768
    """Vectors that all groups of one length share."""
    group_dropout: float = 0.65
    """Share of the vectors of groups that are left out by chance while learning."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_language(self)
        if self.heads < 1:
            raise BadData(f"heads must be at least 1, not {self.heads}")
        if self.width % (2 * self.heads):
            raise BadData(
                f"width must be a multiple of twice heads, not {self.width} of {self.heads} heads"
            )


SLOWEST = 1000.0
"""The slowest angle turns by 1/1000 at each place, the fastest by 1."""


def rotary(x: Tensor) -> Tensor:
    """Each place's pairs of numbers, turned by its number times an angle, another for each pair.

    What stands at m times what stands at n then depends on n - m (Su et al. 2021, section 3.2).

    Args:
        x: (n, heads, places, d), d even.

    Returns:
        The same shape; each pair is as long as it was.
    """
    places, pairs = x.shape[-2], x.shape[-1] // 2
    speed = SLOWEST ** (-torch.arange(pairs, device=x.device) / pairs)
    angle = torch.outer(torch.arange(places, device=x.device), speed)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    one, other = x[..., :pairs], x[..., pairs:]
    return torch.cat((one * cos - other * sin, one * sin + other * cos), -1)


def attention(
    queries: Tensor, keys: Tensor, values: Tensor, dropout: float = 0.0
) -> tuple[Tensor, Tensor]:
    """What each place finds, and how it looked at the others.

    Args:
        queries: (n, heads, places, d), as keys and values.
        dropout: share of the weights that are left out by chance of what is found.

    Returns:
        (n, heads, places, d), and the weights: (n, heads, places, places), each row sums to 1.
    """
    places, width = queries.shape[-2:]
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(width)
    later = torch.ones(places, places, dtype=torch.bool, device=scores.device).triu(1)
    weights = scores.masked_fill(later, -math.inf).softmax(-1)
    return nn.functional.dropout(weights, dropout) @ values, weights


class Block(nn.Module):
    """Attention, then a perceptron of one hidden layer; each adds to what is there."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention = nn.LayerNorm(width, bias=False)
        self.ask = nn.Linear(width, 3 * width, bias=False)  # queries, keys and values at once
        self.answer = nn.Linear(width, width, bias=False)
        self.before_perceptron = nn.LayerNorm(width, bias=False)
        self.perceptron = nn.Sequential(
            nn.Linear(width, 4 * width, bias=False),
            nn.GELU(),
            nn.Linear(4 * width, width, bias=False),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(n, places, width), of the same shape."""
        x = x + self.dropout(self.answer(self.look(x)[0]))
        return x + self.dropout(self.perceptron(self.before_perceptron(x)))

    def look(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What attention finds, (n, places, width), and its weights."""
        asked = self.ask(self.before_attention(x))  # (n, places, 3 * width)
        parts = asked.unflatten(-1, (3, self.heads, -1))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)  # (n, heads, places, d) each
        left_out = self.dropout.p if self.training else 0.0
        found, weights = attention(rotary(queries), rotary(keys), values, left_out)
        return found.transpose(1, 2).flatten(2), weights


class GPT(nn.Module):
    """Characters in, scores of each next character out."""

    def __init__(self, config: Config, characters: int) -> None:
        super().__init__()
        self.vectors = CharacterVectors(
            characters, config.width, config.group, config.buckets, config.group_dropout
        )
        self.blocks = nn.ModuleList(
            Block(config.width, config.heads, config.dropout) for _ in range(config.layers)
        )
        self.last = nn.LayerNorm(config.width, bias=False)
        self.shortcut = nn.Linear(config.width, characters, bias=False)
        self.dropout = nn.Dropout(config.dropout)
        nn.init.normal_(self.vectors.characters.weight, std=0.02)  # it also makes the logits
        for name, weight in self.blocks.named_parameters():
            if weight.ndim == 2:
                adds = name.endswith(("answer.weight", "perceptron.2.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * config.layers if adds else 1))

    def forward(self, inputs: Tensor) -> Tensor:
        """int64 (n, places) -> logits (n, places, characters)."""
        entered = self.vectors(inputs)
        x = self.dropout(entered)
        for block in self.blocks:
            x = block(x)
        return self.last(x) @ self.vectors.characters.weight.T + self.shortcut(entered)

    def look(self, inputs: Tensor) -> list[Tensor]:
        """How each block looked back: (n, heads, places, places) each."""
        x = self.vectors(inputs)
        found = []
        for block in self.blocks:
            assert isinstance(block, Block)
            found.append(block.look(x)[1])
            x = block(x)
        return found


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """A GPT for the characters of `dataset`.

    Raises:
        BadData: it has none.
    """
    next_characters(dataset)  # refuses what has none
    return seeded(seed, lambda: GPT(config, len(dataset.characters)))


def train(
    config: Config,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """As every network does; the target of each character is the next."""
    assert isinstance(network, GPT)
    told = next_characters(dataset)
    network.vectors.fit(told.inputs[rows.train])
    return training.train(config, network, told, rows, device, seed, state)
