"""Sequence to sequence with attention: reads a whole phrase, then writes another, sign by sign.

    seen[j]    = encoder, from both ends, at each place j of the phrase
    weight[j]  = softmax over j of (W memory) . seen[j]          where to look, before each sign
    context    = sum of weight[j] * seen[j]
    memory     = GRU(last sign, context; memory)
    next sign  = linear(memory, context)

While it learns, the last sign is the right one, whatever it wrote (teacher forcing); afterwards its
own. Sources: Cho et al. 2014 (encoder and decoder); Bahdanau et al. 2015 (attention; theirs is a
small perceptron, this one a product, as in Luong et al. 2015, section 3.1, "general").

Deviation: the answers have one length, that of an ISO date, so no sign for their end is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from supervised import training
from supervised.dataset import BadData, Dataset
from supervised.split import Split
from supervised.texts import decode
from supervised.training import Progress, predict, seeded

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a translator."""

    epochs: int = 6
    """How often all rows are learned from."""
    learning_rate: float = 4e-3
    """The highest step size that the schedule comes to."""
    max_norm: float = 1.0
    """Longer gradients are cut to this length; 0: none are."""
    width: int = 64
    """Numbers in the memory of the decoder, and of each half of the encoder."""
    letters: int = 32
    """Numbers that stand for a sign."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.width, self.letters) < 1:
            raise BadData(f"width and letters must be at least 1, not {self.width}, {self.letters}")


class Translator(nn.Module):
    """Rows of characters to logits of signs; it looks at all characters before each sign."""

    def __init__(
        self, characters: int, signs: int, read: int, written: int, config: Config
    ) -> None:
        super().__init__()
        self.read, self.written, self.signs = read, written, signs
        width, letters = config.width, config.letters
        self.letters = nn.Embedding(characters, letters)
        self.encoder = nn.GRU(letters, width, batch_first=True, bidirectional=True)
        self.begin = nn.Linear(2 * width, width)
        self.last = nn.Embedding(signs + 1, letters)  # the last stands before the first sign
        self.ask = nn.Linear(width, 2 * width, bias=False)
        self.decoder = nn.GRUCell(letters + 2 * width, width)
        self.tell = nn.Linear(3 * width, signs)

    def forward(self, rows: Tensor) -> Tensor:
        """Logits (n, written, signs).

        Args:
            rows: int64 (n, read); while it learns, the right signs may stand behind.
        """
        right = rows[:, self.read :] if self.training and rows.shape[1] > self.read else None
        return self.translate(rows[:, : self.read], right)[0]

    def translate(self, phrases: Tensor, right: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits (n, written, signs), and where it looked: (n, written, read), rows sum to 1."""
        empty = phrases == 0  # what fills a phrase up
        seen, ends = self.encoder(self.letters(phrases))  # (n, read, 2 * width)
        memory = self.begin(ends.movedim(0, 1).flatten(1)).tanh()
        sign = phrases.new_full((len(phrases),), self.signs)
        logits, looks = [], []
        for step in range(self.written):
            scores = (seen @ self.ask(memory)[:, :, None]).squeeze(2)
            weights = scores.masked_fill(empty, -torch.inf).softmax(1)  # (n, read)
            context = (weights[:, None] @ seen).squeeze(1)
            memory = self.decoder(torch.cat((self.last(sign), context), 1), memory)
            logits.append(self.tell(torch.cat((memory, context), 1)))
            looks.append(weights)
            sign = logits[-1].argmax(1) if right is None else right[:, step]
        return torch.stack(logits, 1), torch.stack(looks, 1)


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The network for such phrases.

    Raises:
        BadData: these are no characters that are to become others.
    """
    targets = dataset.targets
    if not dataset.characters or not dataset.classes or targets.ndim != 2:
        raise BadData(
            f"{dataset.name}: translation turns rows of characters into others, such as dates"
        )
    sizes = (dataset.inputs.shape[1], targets.shape[1])
    signs = (len(dataset.characters), len(dataset.classes))
    return seeded(seed, lambda: Translator(*signs, *sizes, config))


def train(
    config: Config,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """As every network does; the right signs stand behind each phrase."""
    forced = replace(dataset, inputs=torch.cat((dataset.inputs, dataset.targets), 1))
    return training.train(config, network, forced, rows, device, seed, state)


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """The share of phrases that are wholly right, and of signs.

    Beside it two simple methods: the answer of the learned phrase with the most n-grams in common
    (`nearest_exact`), and dateutil, a parser that people wrote for English (`dateutil_exact`).
    """
    right = dataset.targets[rows.test]
    told = predict(network, dataset.inputs[rows.test]).argmax(2) == right
    phrases = [decode(row, dataset.characters).strip() for row in dataset.inputs]
    answers = [decode(row, "".join(dataset.classes)) for row in dataset.targets]
    by_rules = [read_by_rules(phrases[row]) == answers[row] for row in rows.test.tolist()]
    near = nearest(phrases, rows)
    return {
        "exact": float(told.all(1).double().mean()),
        "sign_accuracy": float(told.double().mean()),
        "nearest_exact": float((dataset.targets[near] == right).all(1).double().mean()),
        "dateutil_exact": sum(by_rules) / len(by_rules),
    }


def nearest(phrases: list[str], rows: Split) -> Tensor:
    """For each test phrase, the learned one that shares most pairs and triples of characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 3))
    shelf = vectors.fit_transform([phrases[row] for row in rows.train.tolist()])
    alike = vectors.transform([phrases[row] for row in rows.test.tolist()]) @ shelf.T
    return rows.train[torch.from_numpy(alike.toarray().argmax(1))]


def read_by_rules(phrase: str) -> str:
    """What dateutil takes the phrase for, as an ISO date; nothing where it can make none of it."""
    from dateutil import parser

    try:
        return str(parser.parse(phrase).date().isoformat())
    except (ValueError, OverflowError):
        return ""


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """Where it looked in test phrases while it wrote."""
    from supervised.pictures.attention import draw_attention

    assert isinstance(network, Translator)
    some = rows.test[:: max(len(rows.test) // 4, 1)][:4]
    network.eval()
    with torch.no_grad():
        logits, looks = network.translate(dataset.inputs[some])
    phrases = [decode(row, dataset.characters).strip() for row in dataset.inputs[some]]
    written = [decode(row, "".join(dataset.classes)) for row in logits.argmax(2)]
    return {"attention": draw_attention(looks, phrases, written)}
