"""How long a network remembers: "I grew up in France ... I speak fluent French".

Between what has to be remembered and where it is needed, there are more and more words that do not
matter, some of which look as if they did ("I visited Spain"). The plain recurrent network forgets,
as the slope through it fades or explodes (Bengio, Simard & Frasconi 1994); gates keep.

    python -m supervised.memory                 a network for each cell and distance: the table
    workshop learn lstm --data stories          one for all distances: its gates, word by word

The words are one-hot rows, so each is a step of features.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from supervised import classification, recurrent
from supervised.dataset import BadData, Dataset
from supervised.scratch import lstm_cell
from supervised.split import Split, split
from supervised.training import judge

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LANGUAGES = {"France": "French", "Spain": "Spanish", "Italy": "Italian", "Poland": "Polish"}
"""Where one grew up, and what one speaks."""
FILLERS = ("the weather was fine", "we moved house", "my dog likes rain", "work was hard",
           "summers are short", "my sister sings")  # fmt: skip
"""What does not matter."""
WORDS = tuple(
    sorted({word for line in FILLERS for word in line.split()} | set(LANGUAGES)
           | {"I", "grew", "up", "in", "then", "visited", "speak", "fluent"})
)  # fmt: skip
"""All words there are."""
MARKS = string.punctuation + "\u2018\u2019\u201c\u201d\u2026\u2013\u2014"
"""What may stand before or behind a word that a person writes."""
DISTANCES = (10, 25, 50)
"""Words between what is to be remembered and where it is needed; with much fewer there are not
enough different stories."""
CELLS: tuple[recurrent.Cell, ...] = ("rnn", "gru", "lstm")


def sentences(distance: int, count: int = 1200, seed: int = 0) -> Dataset:
    """Which language does the speaker speak? (n, words, vocabulary), one-hot."""
    rng = np.random.default_rng(seed)
    countries = list(LANGUAGES)
    labels = np.arange(count) % len(countries)
    lines: list[list[str]] = []
    while len(lines) < count:
        line = story(countries[labels[len(lines)]], distance, rng)
        if line not in lines:  # a story that was learned from tells nothing when it is asked for
            lines.append(line)
    codes = torch.tensor([[WORDS.index(word) for word in line] for line in lines])
    return Dataset(
        "france",
        torch.nn.functional.one_hot(codes, len(WORDS)).float(),
        torch.from_numpy(labels),
        tuple(LANGUAGES.values()),
        f"{count:,} stories: where one grew up, {distance} words of other things, what one speaks",
        "computed",
        "none needed",
    )


def stories() -> Dataset:
    """Those of all `DISTANCES` together; the shorter ones come after silence, which is 0."""
    parts = [sentences(distance) for distance in DISTANCES]
    longest = parts[-1].inputs.shape[1]
    padded = [silent(part.inputs, longest) for part in parts]
    *few, most = map(str, DISTANCES)
    return Dataset(
        "stories",
        torch.cat(padded),
        torch.cat([part.targets for part in parts]),
        parts[0].classes,
        f"{sum(map(len, parts)):,} stories: where one grew up, {', '.join(few)} or {most} words of "
        "other things, what one speaks",
        "computed",
        "none needed",
    )


def silent(told: Tensor, longest: int) -> Tensor:
    """Stories (n, words, vocabulary) of so many steps: nothing is said before they begin."""
    return nn.functional.pad(told, (0, 0, longest - told.shape[1], 0))


def read(text: str, longest: int) -> Tensor:
    """A story as the network reads it: (longest, vocabulary). Marks around words are passed over.

    Raises:
        BadData: there is a word that no story has, or too many of them.
    """
    found = [word for part in text.split() if (word := part.strip(MARKS))]
    strange = [word for word in found if word not in WORDS]
    if strange:
        raise BadData(f"{text!r}: no story has the word {strange[0]!r} ({' '.join(WORDS)})")
    if not 1 <= len(found) <= longest:
        raise BadData(f"{text!r}: a story has 1 to {longest} words, not {len(found)}")
    codes = torch.tensor([WORDS.index(word) for word in found])
    return silent(nn.functional.one_hot(codes, len(WORDS)).float()[None], longest)[0]


def story(country: str, distance: int, rng: np.random.Generator) -> list[str]:
    """I grew up in `country` ... I speak fluent: with `distance` words between."""
    between: list[str] = []
    while len(between) < distance:
        if rng.random() < 0.25:
            between += ["then", "I", "visited", str(rng.choice(list(LANGUAGES)))]
        else:
            between += str(rng.choice(FILLERS)).split()
    return ["I", "grew", "up", "in", country, *between[:distance], "I", "speak", "fluent"]


AROUND = len(("I", "grew", "up", "in", "France", "I", "speak", "fluent"))
"""The words of a story that stand at no distance."""


def words(sentence: Tensor) -> list[str]:
    """The words of a row (words, vocabulary)."""
    return [WORDS[code] for code in sentence.argmax(1).tolist()]


CONFIG = recurrent.Config(**recurrent.TUNED["stories"])
"""Small: there is little to be remembered."""


@dataclass(frozen=True)
class Remembered:
    """What a cell told right of stories of a length."""

    cell: str
    distance: int
    accuracy: float


def remember(
    cell: recurrent.Cell, distance: int, seed: int
) -> tuple[Remembered, recurrent.Recurrent]:
    """Teaches a network, and asks it about stories that it has not heard."""
    dataset = sentences(distance, seed=seed)
    rows = split(dataset, seed)
    config = replace(CONFIG, cell=cell)
    network = recurrent.make(config, dataset, seed)
    for _ in recurrent.train(config, network, dataset, rows, "cpu", seed):
        pass
    found = judge(network, dataset.inputs[rows.test], dataset.targets[rows.test])
    assert isinstance(network, recurrent.Recurrent)
    return Remembered(cell, distance, found["accuracy"]), network


def gates(network: recurrent.Recurrent, sentence: Tensor) -> np.ndarray:
    """What the gates of an LSTM did at each word: i, f, g, o and the memory, (5, words, hidden).

    Computed by `supervised.scratch.lstm_cell`, as PyTorch does not tell.

    Args:
        sentence: (words, vocabulary).
    """
    cell = network.cell
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    taken = [getattr(cell, name).detach().double().numpy() for name in names]
    weights = lstm_cell.Weights(taken[0], taken[1], taken[2] + taken[3])
    nothing = np.zeros((1, cell.hidden_size))
    state, found = lstm_cell.State(nothing, nothing), []
    with torch.no_grad():
        entered = network.enter(sentence[None])[0].double().numpy()
    for row in entered:
        step = lstm_cell.forward(weights, row[None], state)
        state = step.after
        found.append(np.concatenate((step.gates[:, 0], state.memory)))
    return np.stack(found, 1)


def picture(network: recurrent.Recurrent, sentence: Tensor) -> Figure:
    """The gates of an LSTM over a sentence, from where it begins."""
    from supervised.pictures.gates import draw_gates

    begins = int(sentence.any(1).int().argmax())
    return draw_gates(gates(network, sentence)[:, begins:], words(sentence[begins:]))


def distances(told: Tensor) -> Tensor:
    """Of stories (n, steps, vocabulary), after silence or not: int64 (n,)."""
    return told.any(2).sum(1) - AROUND


def accuracies(network: nn.Module, dataset: Dataset, rows: Tensor) -> dict[int, float]:
    """Which share of these stories is told right, by distance."""
    apart = distances(dataset.inputs[rows])
    found = {}
    for distance in apart.unique().tolist():
        own = rows[apart == distance]
        found[distance] = judge(network, dataset.inputs[own], dataset.targets[own])["accuracy"]
    return found


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """As of all classes, and by distance."""
    found = classification.evaluate(network, dataset, rows, seed)
    right = accuracies(network, dataset, rows.test)
    return found | {f"accuracy_after_{distance}": share for distance, share in right.items()}


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """As of all classes, how far back it remembers, and the gates of an LSTM in a test story."""
    from supervised.pictures.gates import draw_remembered

    assert isinstance(network, recurrent.Recurrent)
    right = accuracies(network, dataset, rows.test)
    found = classification.pictures(network, dataset, rows, seed)
    found["distances"] = draw_remembered(right, 1 / len(dataset.classes))
    if isinstance(network.cell, nn.LSTM):
        told = dataset.inputs[rows.test]
        middle = sorted(right)[len(right) // 2]
        found["gates"] = picture(network, told[distances(told) == middle][0])
    return found


def main() -> None:
    """Prints the accuracy of each cell at each distance."""
    print(f"{'':8}" + "".join(f"{distance:>8} words" for distance in DISTANCES))
    for cell in CELLS:
        right = [remember(cell, distance, 0)[0].accuracy for distance in DISTANCES]
        print(f"{cell:8}" + "".join(f"{share:>14.1%}" for share in right), flush=True)


if __name__ == "__main__":
    main()
