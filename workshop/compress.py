"""`workshop compress RUN`: a trained network made smaller, in each way that there is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import tyro
from rich.console import Console

from envs.names import BadInput


@dataclass
class Options:
    """What to make smaller."""

    run: tyro.conf.Positional[Path]
    """The run folder of a cnn; what is found is added to its report."""
    json: bool = False
    """Print one JSON object and nothing else."""


def run(options: Options) -> int:
    """Prunes it, writes it in 8 bits, and lets a small network learn from it; prints a table."""
    from supervised.compression import WAYS, compare
    from supervised.dataset import BadData
    from supervised.pictures.sizes import draw_sizes
    from workshop.learning import Learning, save_figures
    from workshop.model_folder import check_same, load_model
    from workshop.options import quoted
    from workshop.run_page import SMALLER, write_page
    from workshop.runs import read_summary, write_json

    folder = options.run
    config, network = load_model(folder)
    if config.model != "cnn":
        raise BadInput(f"{folder} holds {config.model}; only a cnn is made smaller")
    if not (folder / "summary.json").exists():
        raise BadInput(f"{folder} is not finished: workshop learn --resume {quoted(folder)}")
    summary = read_summary(folder)
    learning = Learning.of_config(config, folder, 0)
    try:
        dataset, (rows, warned) = learning.dataset, learning.parted
    except BadData as error:
        raise BadInput(str(error)) from None
    check_same(config, dataset)
    console, found = Console(stderr=True), []
    with console.status("") as status:
        ways = compare(learning.config, network, summary["seconds"], dataset, rows, config.seed)
        for number in range(WAYS):
            status.update(f"{number + 1} of {WAYS} networks")
            found.append(next(ways))
    told = [asdict(row) for row in found]
    write_json(folder / SMALLER, told)
    save_figures({"compression": draw_sizes(found)}, folder / "pictures")
    write_page(folder, config, summary, warned)
    if options.json:
        print(json.dumps({"run": str(folder), "networks": told}))
        return 0
    _print(told)
    console.print(f"see it: {quoted(folder / 'report.html')}", soft_wrap=True)
    return 0


def _print(rows: list[dict[str, object]]) -> None:
    from rich.table import Table

    from workshop.run_page import COLUMNS, cells

    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right")
    for row in rows:
        table.add_row(*cells(row))
    Console().print(table)
