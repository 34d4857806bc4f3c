"""`workshop inspect SET`: what is in a set of data, and what is wrong with it, before learning.

Rows that are there twice, labels that a model which never saw them does not believe, features that
say nothing. Look at them, then decide: `learn --unique` leaves repeated rows out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro
from rich.console import Console

from envs.names import BadInput

if TYPE_CHECKING:
    from supervised.cleaning import Doubt
    from supervised.dataset import Dataset

SHOWN = 24
"""So many doubtful labels are told and drawn."""
FOLDS = 5
"""A class of fewer rows is not looked at for doubtful labels."""


@dataclass
class Options:
    """What to look at."""

    data: tyro.conf.Positional[str]
    """A set by name (workshop list), a FILE.csv, or a folder of images with one folder a class."""
    target: str = ""
    """The column of a table that is to be told; by default the last."""
    numeric_target: bool = False
    """Tell a number from a table, and no class."""
    group_by: str = ""
    """The column of a table by which rows belong together; it is no feature."""
    image_size: tuple[int, int] = (28, 28)
    """Rows and columns that one's own images are brought to."""
    colours: bool = False
    """Keep the colours of one's own images; else shades of grey."""
    seed: int = 0
    """Decides which rows are asked about together."""
    save: Path | None = None
    """A PNG with the images whose labels are in doubt."""
    json: bool = False
    """Print one JSON object and nothing else."""


def run(options: Options) -> int:
    """Looks, and prints tables or JSON."""
    from supervised.sources import Source

    source = Source(
        options.data, options.target, options.numeric_target, options.group_by,
        image_size=options.image_size, colours=options.colours,
    )  # fmt: skip
    dataset = source.load()
    if options.save is not None and not dataset.is_images:
        raise BadInput(f"--save draws images; {options.data} holds none")
    with Console(stderr=True).status("labels are looked at"):
        doubts = doubtful(dataset, options.seed)
    found = findings(dataset, doubts)
    if options.save is not None:
        save_doubts(dataset, doubts, options.save)
    if options.json:
        print(json.dumps(found))
        return 0
    _print(found, dataset)
    if options.save is not None:
        print(f"saved {options.save}")
    return 0


def doubtful(dataset: Dataset, seed: int) -> list[Doubt] | None:
    """The labels in doubt; None where a row has no label, or a class too few rows to tell."""
    from supervised.cleaning import doubtful_labels

    if not dataset.classes or dataset.targets.ndim > 1 or dataset.characters:
        return None
    if int(dataset.targets.bincount().min()) < FOLDS:
        return None
    return doubtful_labels(dataset.inputs, dataset.targets, seed, FOLDS)


def findings(dataset: Dataset, doubts: list[Doubt] | None) -> dict[str, Any]:
    """All that is told, as JSON holds it; rows and features are counted from 0."""
    from supervised.cleaning import redundant_features, repeated_rows

    found: dict[str, Any] = {
        "data": dataset.name,
        "rows": len(dataset),
        "shape": list(dataset.inputs.shape[1:]),
        "classes": {},
        "repeated_rows": repeated_rows(dataset.inputs).tolist(),
        "redundant_features": {},
        "doubtful_labels": None,
    }
    if dataset.classes and dataset.targets.ndim == 1:
        counts = dataset.targets.bincount(minlength=len(dataset.classes)).tolist()
        found["classes"] = dict(zip(dataset.classes, counts, strict=True))
    if dataset.inputs.ndim == 2 and not dataset.characters:
        names = dataset.columns or tuple(map(str, range(dataset.inputs.shape[1])))
        redundant = redundant_features(dataset.inputs).items()
        found["redundant_features"] = {
            names[feature]: "constant" if of is None else f"a copy of {names[of]}"
            for feature, of in redundant
        }
    if doubts is not None:
        found["doubtful_labels"] = [
            {
                "row": doubt.row,
                "place": dataset.place(doubt.row),
                "label": dataset.classes[doubt.label],
                "suggested": dataset.classes[doubt.suggested],
                "belief": round(doubt.belief, 4),
            }
            for doubt in doubts
        ]
    return found


def save_doubts(dataset: Dataset, doubts: list[Doubt] | None, path: Path) -> None:
    """The images whose labels are most in doubt.

    Raises:
        BadInput: there are none, or the file is no PNG.
    """
    from supervised.pictures.sheets import draw_sheet

    if path.suffix.lower() != ".png":
        raise BadInput(f"{path}: the images are saved as a PNG")
    if not doubts:
        raise BadInput(f"no label of {dataset.name} is in doubt: there is nothing to draw")
    some = doubts[:SHOWN]
    lines = [
        f"{dataset.classes[one.label]}, or {dataset.classes[one.suggested]}?\n"
        + dataset.place(one.row)
        for one in some
    ]
    images = dataset.inputs[[one.row for one in some]]
    title = f"{len(some)} of {len(doubts)} labels in doubt"
    draw_sheet(images, lines, title, "What it is called, and what it may be.").savefig(path)


def _print(found: dict[str, Any], dataset: Dataset) -> None:
    from rich.table import Table

    console = Console()
    shape = " x ".join(map(str, found["shape"]))
    console.print(
        f"[bold]{found['data']}[/bold]: {found['rows']:,} rows of {shape}", soft_wrap=True
    )
    counts = found["classes"]
    if counts:
        least, most = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
        told = f"from {counts[least]:,} rows ({least}) to {counts[most]:,} ({most})"
        if counts[least] == counts[most]:
            told = f"{counts[most]:,} rows each"
        console.print(f"{len(counts)} classes, {told}", highlight=False, soft_wrap=True)
    repeated = found["repeated_rows"]
    first = f"; the first is {dataset.place(repeated[0])}" if repeated else ""
    first += "; --unique leaves them out" if repeated else ""
    told = "1 row repeats" if len(repeated) == 1 else f"{len(repeated):,} rows repeat"
    console.print(f"{told} an earlier one{first}", highlight=False)
    if dataset.inputs.ndim == 2 and not dataset.characters:
        redundant = found["redundant_features"]
        told = "1 feature adds" if len(redundant) == 1 else f"{len(redundant)} features add"
        console.print(f"{told} nothing", highlight=False)
        for name, why in redundant.items():
            console.print(f"  {name}: {why}", highlight=False, soft_wrap=True)
    doubts = found["doubtful_labels"]
    if doubts is None:
        return
    console.print(
        f"{len(doubts):,} labels are in doubt: a forest that never saw them believes another"
        + (f"; the first {SHOWN}:" if len(doubts) > SHOWN else ""),
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    table = Table(box=None, pad_edge=False)
    for column in ("where", "label", "rather", "belief in the label"):
        table.add_column(column, justify="right" if column == "belief in the label" else "left")
    for one in doubts[:SHOWN]:
        table.add_row(one["place"], one["label"], one["suggested"], f"{one['belief']:.0%}")
    if doubts:
        console.print(table)
