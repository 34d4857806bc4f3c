"""How fast the training loop is, and how right its models are: `python -m benchmarks.supervised`.

Speed (`--json` prints it): an epoch of LeNet-5 and the residual CNN on mnist5k, by our loop, where
a batch is an index into a tensor; by the textbook's, where a DataLoader with worker processes
fetches every row, ready or from an image; by Lightning's, if it is installed; and by nothing but
forward, cost and backward on ready batches, which no loop can undercut
(`benchmarks/training_loops.py`). The workers are begun anew in every epoch, in each way that this
system has: which one is taken by default differs by system and Python. All take turns within one
run, on one CPU thread and on all, and the median over the rounds counts: of the clock, and of the
processor's time of all processes together, which other programs disturb less. Where a GPU is, also
the seconds until 97.5 % of the validation rows are told right.

Accuracy (`--accuracy`): each model from several seeds, each with a split of its own, beside the
simple method on the same split; the mean with Student's interval. It takes a quarter of an hour;
what is kept already is not measured again.

Both are kept in `results/supervised.json`, and the page `results/supervised.md` is made from it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy import stats

from benchmarks import training_loops
from benchmarks.supervised_page import page
from benchmarks.training_loops import WORKERS, Epoch, Images, Seconds, has_lightning, textbook
from benchmarks.worlds import machine
from supervised import classical
from supervised.cnn import Config, make
from supervised.data import load
from supervised.dataset import Dataset
from supervised.models import module_of
from supervised.split import Split, split
from supervised.training import judge, train

PATH = Path(__file__).parent / "results" / "supervised.json"
SEEDS = range(5)
ROUNDS = 5
CORES = os.cpu_count() or 1
PACKAGES = ("torch", "numpy", "scikit-learn", "mlxtend")


class Trial(NamedTuple):
    """A row of the table of accuracies."""

    model: str
    data: str
    settings: dict[str, Any]
    goal: float | None
    """What it has to reach, in the mean."""


TRIALS = (
    Trial("cnn", "mnist5k", {}, 0.975),
    Trial("cnn", "mnist5k", {"augment": True, "epochs": 20}, 0.985),
    Trial("lenet", "mnist5k", {}, None),
    Trial("mlp", "mnist5k", {}, None),
    Trial("logistic", "mnist5k", {}, None),
    Trial("perceptron", "mnist5k", {}, None),
    Trial("cnn", "digits", {}, 0.985),
    Trial("mlp", "digits", {}, None),
)
SIMPLE = ("svm", "random-forest", "k-nn")


# Accuracy


def measure_accuracy(trial: Trial) -> dict[str, Any]:
    """One trial from all seeds; nothing is held out for validation, for nothing is chosen."""
    module, dataset = module_of(trial.model), load(trial.data)
    config = module.Config(**trial.settings)
    right, seconds = [], []
    for seed in SEEDS:
        rows = split(dataset, seed, validation=0.0)
        began = time.process_time()
        network = module.make(config, dataset, seed)
        for _ in module.train(config, network, dataset, rows, "cpu", seed):
            pass
        seconds.append(time.process_time() - began)
        judged = judge(network, dataset.inputs[rows.test], dataset.targets[rows.test])
        right.append(judged["accuracy"])
    return {
        "model": trial.model,
        "data": trial.data,
        "settings": trial.settings,
        "goal": trial.goal,
        **with_interval(right),
        "processor_seconds": round(statistics.median(seconds), 1),
    }


def measure_simple(name: str, data: str) -> dict[str, Any]:
    """A simple method on the same splits."""
    dataset = load(data)
    right, seconds = [], []
    for seed in SEEDS:
        rows = split(dataset, seed, validation=0.0)
        began = time.process_time()
        model = classical.fit(name, dataset, rows, seed)
        seconds.append(time.process_time() - began)
        right.append(classical.accuracy(model, dataset, rows.test))
    return {
        "model": name,
        "data": data,
        "settings": classical.TUNED.get((name, data), {}),
        "goal": None,
        **with_interval(right),
        "processor_seconds": round(statistics.median(seconds), 1),
    }


def with_interval(values: list[float]) -> dict[str, Any]:
    """The mean, and Student's 95 % interval around it."""
    mean, error = float(np.mean(values)), float(stats.sem(values))
    width = float(stats.t.ppf(0.975, len(values) - 1)) * error
    return {
        "mean": round(mean, 5),
        "ci95": [round(mean - width, 5), round(mean + width, 5)],
        "values": [round(value, 5) for value in values],
    }


# Speed


def loops_of(name: str, device: str) -> tuple[int, dict[str, Epoch]]:
    """How many rows an epoch has, and the next epoch of each loop."""
    dataset = load("mnist5k")
    rows = split(dataset, 0, validation=0.0)
    told = name, dataset, rows, device
    loops = {
        "ours": training_loops.ours(*told),
        **{
            f"textbook_{way}": textbook(*told, context=way)
            for way in multiprocessing.get_all_start_methods()
        },
        "textbook_images": textbook(*told, Images),
        "textbook_without_workers": textbook(*told, workers=0),
        **({"lightning": training_loops.lightning(*told)} if has_lightning() else {}),
        "forward_and_backward": training_loops.bare(*told),
    }
    return len(rows.train), loops


def measure_speed(name: str, device: str, threads: int, rounds: int = ROUNDS) -> dict[str, Any]:
    """Seconds an epoch of each loop, in turns."""
    torch.set_num_threads(threads)
    count, loops = loops_of(name, device)
    times: dict[str, list[Seconds]] = {loop: [] for loop in loops}
    for number in range(rounds + 1):
        for loop, epoch in loops.items():
            taken = epoch()
            if number:  # the first warms up
                times[loop].append(taken)
    clock, processor = (
        {loop: round(statistics.median(t[kind] for t in taken), 4) for loop, taken in times.items()}
        for kind in (0, 1)
    )
    return {
        "model": name,
        "rows": count,
        "threads": threads,
        "batch_size": Config().batch_size,
        "rounds": rounds,
        "workers": WORKERS,
        "device": device,
        "seconds_an_epoch": clock,
        "processor_seconds_an_epoch": processor,
        "over_ours": {
            loop: [round(kind[loop] / kind["ours"], 3) for kind in (clock, processor)]
            for loop in loops
        },
        "share_of_pure_compute": round(clock["forward_and_backward"] / clock["ours"], 3),
        "share_of_pure_compute_processor": round(
            processor["forward_and_backward"] / processor["ours"], 3
        ),
    }


def seconds_to_learn(dataset: Dataset, rows: Split, device: str, goal: float) -> dict[str, Any]:
    """Seconds until the CNN with augmentation tells `goal` of the validation right; the best epoch
    if it never does."""
    config = Config(epochs=20, augment=True)
    network = make(config, dataset, 0)
    began, best = time.perf_counter(), 0.0
    for report in train(config, network, dataset, rows, device, 0):
        best = max(best, report.metrics["validation_accuracy"])
        if best >= goal:
            break
    return {"goal": goal, "reached": best, "seconds": round(time.perf_counter() - began, 2)}


# What is kept


def main() -> None:
    """Measures what is asked for, keeps it, and writes the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the speeds as one JSON object")
    parser.add_argument("--accuracy", action="store_true", help="measure accuracies instead")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    kept = read_kept()
    if options.accuracy:
        for key, measure in accuracies():
            if key not in kept.get("accuracy", {}):
                found = measure()
                print(json.dumps(found), flush=True)
                keep("accuracy", key, found)
        return
    found = about(options.device)
    found["models"] = {
        f"{name}, threads: {threads}": measure_speed(name, options.device, threads)
        for name in ("lenet", "cnn")
        for threads in (1, CORES)
    }
    if options.device != "cpu":
        dataset = load("mnist5k")
        found["to_97.5"] = seconds_to_learn(dataset, split(dataset, 0), options.device, 0.975)
    keep("speed", options.device, found)
    if options.json:
        print(json.dumps(found))


def accuracies() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Each row of the table by what tells it from others, and how it is measured."""
    for trial in TRIALS:
        settings = " ".join(f"{name}={value}" for name, value in trial.settings.items())
        yield f"{trial.model} {trial.data} {settings}".strip(), partial(measure_accuracy, trial)
    for data in dict.fromkeys(trial.data for trial in TRIALS):
        for name in SIMPLE:
            yield f"{name} {data}", partial(measure_simple, name, data)


def about(device: str) -> dict[str, Any]:
    """Where and when it was measured."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(device),
        "versions": {name: version(name) for name in PACKAGES},
    }


def read_kept() -> dict[str, Any]:
    """What was measured before."""
    kept: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    return kept


def keep(kind: str, key: str, found: dict[str, Any]) -> None:
    """Adds a figure, and makes the page anew."""
    kept = read_kept()
    kept.setdefault(kind, {})[key] = found
    PATH.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PATH.with_suffix(".md").write_text(page(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
