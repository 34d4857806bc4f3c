"""The figures of the models that make things, from several seeds, each beside the simple method.

    python -m benchmarks.generative [--seeds 5] [--only lstm-names gan ...] [--json FILE]

A line a model and set: the mean of each measure on the test rows, with a 95 % interval over seeds
(Student's t), and the seconds of one processor core that a training took. The seed decides the
split, the first weights and the order of rows. Then the table of compression, and how far back
recurrent networks remember. With `--json` a page of tables lies beside the file.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from scipy import stats

from benchmarks.generative_page import page
from supervised import cnn
from supervised.compression import compare, learn
from supervised.data import load
from supervised.memory import CELLS, DISTANCES, remember
from supervised.models import config_for, module_of
from supervised.split import split

RUNS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "autoencoder-2": ("autoencoder", "mnist5k", {"width": 2}),
    "autoencoder-8": ("autoencoder", "mnist5k", {"width": 8}),
    "autoencoder-32": ("autoencoder", "mnist5k", {"width": 32}),
    "vae": ("vae", "mnist5k", {}),
    "lstm-names": ("lstm", "names", {}),
    "gru-names": ("lstm", "names", {"cell": "gru"}),
    "lstm-text": ("lstm", "text", {}),
    "lstm-weather": ("lstm", "weather", {}),
    "lstm-tones": ("lstm", "tones", {}),
    "translation": ("translation", "dates", {}),
    "gpt-names": ("gpt", "names", {}),
    "gpt-text": ("gpt", "text", {}),
    "gan": ("gan", "mnist5k", {}),
    "gan-untold": ("gan", "mnist5k", {"labels": False}),
    "gan-plain": ("gan", "mnist5k", {"labels": False, "stabilise": "none"}),
}
"""Model, set, and settings that differ from its defaults."""
TABLES = ("compression", "memory")
SLOW = ("gan", "gan-untold", "gan-plain")
"""Trainings of minutes: at most `FEW` seeds each."""
FEW = 3


def measured(model: str, data: str, changes: dict[str, Any], seed: int) -> dict[str, float]:
    """Trains and judges once."""
    module, dataset = module_of(model), load(data)
    config = dataclasses.replace(config_for(model, data), **changes)
    rows = split(dataset, seed)
    network = module.make(config, dataset, seed)
    start = time.process_time()
    for _ in module.train(config, network, dataset, rows, "cpu", seed):
        pass
    seconds = time.process_time() - start
    return {"training_seconds": seconds, **module.evaluate(network, dataset, rows, seed)}


def summary(found: list[dict[str, float]]) -> dict[str, Any]:
    """The mean of each measure, and half of its 95 % interval."""
    told: dict[str, Any] = {"seeds": len(found)}
    for name in found[0]:
        values = [each[name] for each in found]
        told[name] = {"mean": statistics.fmean(values), "values": values}
        if len(values) > 1:
            wide = stats.t.ppf(0.975, len(values) - 1) / len(values) ** 0.5
            told[name]["ci95"] = float(wide * statistics.stdev(values))
    return told


def compression() -> list[dict[str, Any]]:
    """The table of `supervised.compression`."""
    dataset, config = load("mnist5k"), cnn.Config()
    rows, teacher = split(dataset), cnn.make(config, dataset, 0)
    seconds = learn(config, teacher, dataset, rows, 0)
    return [dataclasses.asdict(row) for row in compare(config, teacher, seconds, dataset, rows, 0)]


def memory(seeds: int) -> dict[str, dict[str, list[float]]]:
    """The accuracy of each cell at each distance, seed by seed."""
    return {
        cell: {
            str(distance): [remember(cell, distance, seed)[0].accuracy for seed in range(seeds)]
            for distance in DISTANCES
        }
        for cell in CELLS
    }


def figures(names: list[str], seeds: int) -> Iterator[tuple[str, Any]]:
    """Each name, and what was found."""
    for name in names:
        if name == "compression":
            yield name, compression()
        elif name == "memory":
            yield name, memory(seeds)
        else:
            count = min(seeds, FEW) if name in SLOW else seeds
            yield name, summary([measured(*RUNS[name], seed) for seed in range(count)])


def main() -> None:
    """Measures, and prints a line each; `--json` writes all of it, after every line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=[*RUNS, *TABLES], default=[*RUNS, *TABLES])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    path: Path | None = asked.json
    found = json.loads(path.read_text(encoding="utf-8")) if path and path.exists() else {}
    for name, told in figures(asked.only, asked.seeds):
        found[name] = told
        print(name, json.dumps(shortened(told)), file=sys.stderr if path is None else sys.stdout)
        if path is not None:
            path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            path.with_suffix(".md").write_text(page(found), encoding="utf-8")
    if path is None:
        print(json.dumps(found))


def shortened(told: Any) -> Any:
    """A summary without the values of single seeds, in four digits."""
    if not isinstance(told, dict) or "seeds" not in told:
        return told
    means = {name: each for name, each in told.items() if isinstance(each, dict)}
    return {
        name: f"{each['mean']:.4g}" + (f" +- {each['ci95']:.2g}" if "ci95" in each else "")
        for name, each in means.items()
    }


if __name__ == "__main__":
    main()
