"""Recurrent networks: one step after the other, with a memory of what was before.

    LSTM   memory = f * memory + i * g;  shown = o * tanh(memory)      Hochreiter & Schmidhuber 1997
    GRU    shown = z * shown + (1 - z) * n                              Cho et al. 2014
    RNN    shown = tanh(W input + U shown)                              Elman 1990

`f`, `i`, `o` and `z` are gates from 0 to 1. An open gate lets a memory through unchanged, and the
slope with it; in the plain RNN both fade within some ten steps. `supervised.scratch.lstm_cell`
and `gru_cell` have the steps written out, and `supervised.memory` shows the difference.

What is to be told depends on the data:

    next character      text, and names (a language model; `--task tell`: the label of the name)
    one label a row     steps of features; an image is read column by column
    one number a row    a forecast

Deviations: to be good in a minute, a language model's place also holds the vectors of its last
characters together (`language.CharacterVectors`); it and a forecast add a weighted sum of what the
last step is read as, so that the memory has to tell only what that leaves open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from supervised import classification, language, regression, training
from supervised.dataset import BadData, Dataset
from supervised.language import CharacterVectors
from supervised.scaling import Standardise
from supervised.split import Split
from supervised.training import Progress, seeded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Cell = Literal["lstm", "gru", "rnn"]
CELLS: dict[str, type[nn.LSTM] | type[nn.GRU] | type[nn.RNN]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn": nn.RNN,
}
"""PyTorch's, which take all steps in one call."""


TUNED: dict[str, dict[str, Any]] = {
    "names": {"epochs": 33, "batch_size": 32, "letters": 32, "group": 1,
              "dropout": 0.4, "weight_decay": 0.1},
    "weather": {"epochs": 30, "batch_size": 32, "width": 16, "learning_rate": 3e-3,
                "dropout": 0.1},
    "cold-or-hot": {"epochs": 30, "batch_size": 32, "width": 32, "learning_rate": 3e-3},
    "tones": {"epochs": 12, "batch_size": 32, "width": 64, "learning_rate": 3e-3},
    "stories": {"epochs": 16, "batch_size": 32, "width": 32, "learning_rate": 5e-3,
                "dropout": 0.0, "weight_decay": 0.0, "keep": 2.0},
}  # fmt: skip
"""Settings that differ from the defaults for sets we have tried; the defaults are for text."""


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a recurrent network."""

    epochs: int = 5
    """How often all rows are learned from."""
    batch_size: int = 16
    """Rows per update, or nearly."""
    learning_rate: float = 6e-3
    """The highest step size that the schedule comes to."""
    max_norm: float = 1.0
    """Longer gradients are cut to this length; 0: none are."""
    cell: Cell = "lstm"
    """lstm, gru or rnn."""
    task: Literal["auto", "next", "tell"] = "auto"
    """next: the next character; tell: the row's label or number; auto: next for characters."""
    width: int = 192
    """Numbers in the memory."""
    layers: int = 1
    """Cells, one over the other."""
    dropout: float = 0.3
    """Share of numbers that are left out by chance while learning."""
    keep: float = 1.0
    """Bias of the gates that keep the memory, before anything is learned."""
    letters: int = 64
    """Numbers that stand for a character."""
    group: int = 6
    """Up to so many characters together have a vector of their own; 1: single ones only."""
    buckets: int = 32768
    """Vectors that all groups of one length share."""
    group_dropout: float = 0.6
    """Share of the vectors of groups that are left out by chance while learning."""

    def __post_init__(self) -> None:
        super().__post_init__()
        language.check_language(self)
        if self.letters < 1:
            raise BadData(f"letters must be at least 1, not {self.letters}")
        if self.cell not in CELLS:
            raise BadData(f"cell: no {self.cell!r} (there are: {', '.join(CELLS)})")


def tells(config: Config, dataset: Dataset) -> str:
    """What is to be told: `next`, `label` or `number`.

    Raises:
        BadData: the set does not have it.
    """
    sequences = dataset.characters or dataset.inputs.ndim in (3, 4)
    if not sequences:
        raise BadData(
            f"{dataset.name}: a recurrent network reads steps, such as names, text, tones or "
            f"weather, not inputs of shape {tuple(dataset.inputs.shape)}"
        )
    if config.task == "next" or (config.task == "auto" and dataset.characters):
        language.next_characters(dataset)
        return "next"
    if dataset.targets.ndim > 1:
        raise BadData(f"{dataset.name}: task: there is no label of a row to tell, only next ones")
    return "label" if dataset.classes else "number"


class Recurrent(nn.Module):
    """Rows of characters, or of steps, to logits or numbers."""

    def __init__(self, config: Config, dataset: Dataset, told: str) -> None:
        super().__init__()
        self.told, self.characters = told, bool(dataset.characters)
        if self.characters:
            count, width = len(dataset.characters), config.letters
            self.enter: nn.Module = CharacterVectors(
                count, width, config.group, config.buckets, config.group_dropout
            )
        else:
            example = steps_of(dataset.inputs[:1])
            width = example.shape[2]
            self.enter = Standardise(example)
        dropout = config.dropout if config.layers > 1 else 0.0
        self.cell = CELLS[config.cell](
            width, config.width, config.layers, batch_first=True, dropout=dropout
        )
        keep_at_first(self.cell, config.keep)
        self.dropout = nn.Dropout(config.dropout)
        answers = {"next": len(dataset.characters), "label": len(dataset.classes), "number": 1}
        self.leave = nn.Linear(config.width, answers[told])
        self.scale = Standardise(torch.zeros(1)) if told == "number" else None
        short = told == "next" or (told == "number" and not self.characters)
        self.shortcut = nn.Linear(width, answers[told]) if short else None

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (n, places, characters) of next ones, (n, classes) of labels; numbers (n, 1)."""
        steps = inputs if self.characters else steps_of(inputs)
        entered = self.enter(steps)
        shown, _ = self.cell(self.dropout(entered))  # (n, places, width)
        if self.told != "next":
            shown = last_of(shown, inputs) if self.characters else shown[:, -1]
        answers = self.leave(self.dropout(shown))
        if self.shortcut is not None:
            last = entered if self.told == "next" else entered[:, -1]
            answers = answers + self.shortcut(last)
        return answers if self.scale is None else self.scale.undo(answers)


@torch.no_grad()
def keep_at_first(cell: nn.LSTM | nn.GRU | nn.RNN, bias: float) -> None:
    """Opens the gates that keep the memory, so that there is a slope from the start.

    Jozefowicz, Zaremba & Sutskever 2015, section 2.2. In PyTorch these are the second gates.
    """
    width = cell.hidden_size
    for name, values in cell.named_parameters():
        if cell.mode != "RNN_TANH" and name.startswith("bias_ih"):
            values[width : 2 * width] = bias


def steps_of(inputs: Tensor) -> Tensor:
    """(n, steps, features); of images (n, channels, rows, cols), each column is a step."""
    return inputs.permute(0, 3, 1, 2).flatten(2) if inputs.ndim == 4 else inputs


def last_of(shown: Tensor, inputs: Tensor) -> Tensor:
    """What is shown where each row of characters ends: (n, places, width) -> (n, width)."""
    ends = (inputs != 0).sum(1).clamp_max(inputs.shape[1] - 1)
    return shown[torch.arange(len(shown), device=shown.device), ends]


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The network for such rows.

    Raises:
        BadData: there is nothing that follows one another in them.
    """
    told = tells(config, dataset)
    return seeded(seed, lambda: Recurrent(config, dataset, told))


def train(
    config: Config,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """As every network does; features and numbers are first brought to one scale."""
    assert isinstance(network, Recurrent)
    if network.told == "next":
        dataset = language.next_characters(dataset)
    if isinstance(network.enter, CharacterVectors):
        network.enter.fit(dataset.inputs[rows.train])
    if isinstance(network.enter, Standardise):
        network.enter.fit(steps_of(dataset.inputs[rows.train]))
    if network.scale is not None:
        network.scale.fit(dataset.targets[rows.train])
    return training.train(config, network, dataset, rows, device, seed, state)


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """The measures of what it tells, and the simple method beside it."""
    return kind_of(network, dataset).evaluate(network, dataset, rows, seed)


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """What there is to see of what it tells."""
    return kind_of(network, dataset).pictures(network, dataset, rows, seed)


def kind_of(network: nn.Module, dataset: Dataset) -> Any:
    """The module that judges what the network tells."""
    from supervised import memory

    assert isinstance(network, Recurrent)
    if dataset.name == "stories":
        return memory
    return {"next": language, "label": classification, "number": regression}[network.told]
