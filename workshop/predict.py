"""`workshop predict RUN IMAGE.png…`: what a trained model says of something new, or makes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro
from rich.console import Console

from envs.names import BadInput

if TYPE_CHECKING:
    from torch import Tensor, nn

    from workshop.model_folder import LearnConfig

PLAIN = 0.15
"""A ground no further than this from black or white is taken for paper."""
BEST = 3
"""So many classes are told of each."""
EXAMPLES = {
    "names": "Ada",
    "text": '"The "',
    "dates": '"3rd of May 1994"',
    "stories": '"I grew up in Spain then I visited Poland I speak fluent"',
}
"""What a model of words could be told, by its set."""


@dataclass
class Options:
    """What to ask."""

    run: tyro.conf.Positional[Path]
    """The run folder of a model."""
    things: tyro.conf.Positional[list[str]] = field(default_factory=list)
    """IMAGE.png..., or a FILE.csv or 1.5,0.2,... for a model of numbers, or words for one of text;
    a language model writes on from them. A gan or vae makes images, and is told nothing."""
    seed: int | None = None
    """Of what is made: another one makes something else; 1 by default."""
    count: int | None = None
    """Images on the sheet, 100 by default; or how often a text goes on, 1 by default."""
    length: int | None = None
    """Characters that a language model writes, 300 by default; names end by themselves."""
    temperature: float | None = None
    """Of a language model: below 1 the probable becomes more so, above 1 less; 0.8 by default."""
    save: Path | None = None
    """The PNG with the images that are made; by default one in the run folder."""
    json: bool = False
    """Print one JSON object and nothing else."""


def run(options: Options) -> int:
    """Answers, and prints a table or JSON."""
    from supervised.dataset import BadData
    from workshop.inventing import check_options, kind_of, save_sheet, write_on
    from workshop.model_folder import load_model

    config, network = load_model(options.run)
    kind = kind_of(config, network)
    check_options(config, kind, options)
    try:
        if kind == "images":
            return _tell(options, "saved", str(save_sheet(network, options)))
        if kind in ("text", "name"):
            return _tell(options, "written", write_on(config, network, kind, options))
        return _answer(config, network, kind, options)
    except BadData as error:
        raise BadInput(str(error)) from None


def _tell(options: Options, name: str, made: str | list[str]) -> int:
    """Prints what was made."""
    if options.json:
        print(json.dumps({"run": str(options.run), name: made}))
    elif isinstance(made, str):
        print(f"{name} {made}")
    else:
        print("\n\n".join(made) if any("\n" in text for text in made) else "\n".join(made))
    return 0


def _answer(config: LearnConfig, network: nn.Module, kind: str, options: Options) -> int:
    """Asks the model, and prints a table or JSON."""
    from supervised.training import predict
    from workshop.inventing import save_mirrored, translated

    if not options.things:
        raise BadInput(f"what about? workshop predict {options.run} {example(config)}")
    names, inputs, notes = read_things(config, options.things)
    console = Console(stderr=True)
    for note in dict.fromkeys(notes) if not options.json else ():
        console.print(note, soft_wrap=True, highlight=False)
    if kind == "mirror":
        return _tell(options, "saved", str(save_mirrored(config, network, inputs, options)))
    tell = translated if kind == "phrase" else answers_of
    answers = tell(config, predict(network, inputs))
    if options.json:
        told = [{"input": name, **answer} for name, answer in zip(names, answers, strict=True)]
        print(json.dumps({"run": str(options.run), "answers": told}))
        return 0
    _print(names, answers)
    return 0


def example(config: LearnConfig) -> str:
    """What the model could be told."""
    if config.model in ("gan", "vae"):
        return ""
    if len(config.reads["shape"]) == 3:
        return "IMAGE.png"
    usual = "..." if config.reads["characters"] else "FILE.csv"
    return EXAMPLES.get(config.subject, usual)


def read_things(config: LearnConfig, things: Sequence[str]) -> tuple[list[str], Tensor, list[str]]:
    """What each is called, all as the network reads them, and what was done to them.

    Raises:
        BadData: one cannot be read; it is named.
    """
    import torch

    if config.reads["characters"]:
        return list(things), torch.stack([_read_text(config, thing) for thing in things]), []
    if len(config.reads["shape"]) == 3:
        read = [_read_image(config, Path(thing)) for thing in things]
        notes = [note for _, found in read for note in found]
        return list(things), torch.stack([image for image, _ in read]), notes
    if config.subject == "stories":
        from supervised.memory import read as read_story

        longest = config.reads["shape"][0]
        return list(things), torch.stack([read_story(thing, longest) for thing in things]), []
    names, rows = [], []
    for thing in things:
        found = _read_numbers(config, thing)
        many = len(found) > 1
        names += [f"{thing}, row {row}" if many else thing for row in range(len(found))]
        rows.append(found)
    return names, torch.cat(rows), []


def _read_image(config: LearnConfig, path: Path) -> tuple[Tensor, list[str]]:
    """An image in the shape and colours of the set; light paper becomes dark where the set is."""
    from supervised.dataset import BadData
    from supervised.files import image_facts, read_image
    from workshop.model_folder import paper

    channels, rows, cols = config.reads["shape"]
    low, high = config.reads["limits"]
    if low < 0 or high > 1 or channels not in (1, 3):
        raise BadData(f"{config.subject} holds no pictures that a file could hold; nothing to read")
    image = read_image(path, (rows, cols), channels)
    size, mode = image_facts(path)
    notes = []
    if size != (rows, cols):
        notes.append(f"{path}: {size[0]} x {size[1]}, brought to {rows} x {cols}")
    if (channels == 1) != (mode in ("1", "L", "I", "I;16")):
        notes.append(f"{path}: brought to {'shades of grey' if channels == 1 else 'colours'}")
    usual = config.reads["paper"]
    if min(usual, 1 - usual) < PLAIN and abs(paper(image) - usual) > 0.5:
        image = 1 - image
        notes.append(f"{path}: light and dark exchanged, as the images that were learned from")
    return image, notes


def _read_text(config: LearnConfig, text: str) -> Tensor:
    from supervised.dataset import BadData
    from supervised.texts import END, encode
    from workshop.inventing import check_known

    known, (length,) = config.reads["characters"], config.reads["shape"]
    check_known(text, known)
    if len(text) > length or not text:
        raise BadData(f"{text!r}: the model reads 1 to {length} characters, not {len(text)}")
    filler = END if END in known else known[0]
    return encode(text.ljust(length, filler), known)


def _read_numbers(config: LearnConfig, thing: str) -> Tensor:
    """The rows of a table without the column that is to be told, or one row of numbers."""
    import torch

    from supervised.dataset import BadData
    from supervised.files import read_numbers

    shape = config.reads["shape"]
    wanted = torch.Size(shape).numel()
    if Path(thing).suffix.lower() == ".csv":
        rows = read_numbers(Path(thing), config.reads.get("columns", ()))
    else:
        try:
            rows = torch.tensor([[float(number) for number in thing.split(",")]])
        except ValueError:
            raise BadData(f"{thing!r}: no numbers with commas between, and no FILE.csv") from None
        if not rows.isfinite().all():
            raise BadData(f"{thing!r}: a number is not finite")
    if rows.shape[1] != wanted:
        raise BadData(f"{thing}: {rows.shape[1]} numbers a row, but the model reads {wanted}")
    return rows.reshape(len(rows), *shape)


def answers_of(config: LearnConfig, outputs: Tensor) -> list[dict[str, Any]]:
    """For each row the answer, and how probable each class is.

    Raises:
        BadInput: the model answers no such questions.
    """
    classes = config.reads["classes"]
    if not classes and outputs.reshape(len(outputs), -1).shape[1] == 1:
        return [{"answer": float(f"{float(number):.6g}")} for number in outputs.flatten()]
    if not classes or outputs.ndim != 2 or outputs.shape[1] != len(classes):
        raise BadInput(f"{config.model} on {config.subject} tells neither classes nor a number")
    found = []
    for row in outputs.softmax(1):
        shares = {name: round(float(share), 4) for name, share in zip(classes, row, strict=True)}
        found.append({"answer": classes[int(row.argmax())], "probabilities": shares})
    return found


def _print(names: Sequence[str], answers: Sequence[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("", "answer", "how probable"):
        table.add_column(column, overflow="fold")
    for name, answer in zip(names, answers, strict=True):
        shares = answer.get("probabilities", {})
        best = sorted(shares, key=shares.__getitem__, reverse=True)[:BEST]
        told = ", ".join(f"{one} {100 * shares[one]:.1f} %" for one in best)
        table.add_row(name, f"[bold]{answer['answer']}[/bold]", told)
    Console().print(table)
