"""Consumes a model's generator, and does all that is operational: `workshop.training`'s twin hand.

Progress bar, metrics, checkpoints, stopping, the measures at the end, pictures and the page.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from rich.console import Console
from torch import nn

from agents.training import Progress as Report
from envs.names import BadInput
from supervised.dataset import BadData, Dataset
from supervised.models import module_of
from supervised.pictures.learning import draw_learning
from supervised.sources import Source
from supervised.split import Split
from supervised.training import Progress, check_plan
from workshop.live import Asked
from workshop.lock import locked
from workshop.model_folder import (
    LearnConfig,
    check_same,
    fingerprint,
    load_model,
    part_rows,
    reads_of,
    source_words,
    versions_here,
)
from workshop.options import check_threads
from workshop.run_page import write_page
from workshop.runs import Run, check_new, new_folder, read_summary
from workshop.targets import headline
from workshop.training import Outcome, Start, progress_bar, show

TIMED = 2048
"""So many rows are learned from, to find out which device is faster."""


@dataclass
class Options:
    """How to run a training."""

    seed: int = 0
    """Decides every random choice, and which rows judge."""
    run: Path | None = None
    """The folder to write; by default a new one in runs/."""
    device: str = "auto"
    """cpu, cuda, mps, or auto: try each on the real update, take the fastest, say why."""
    threads: int = 1
    """CPU threads; a large network gains from more."""
    checkpoint_seconds: float = 30.0
    """Save the state this often."""

    def __post_init__(self) -> None:
        check_threads(self.threads)
        if not 0 <= self.checkpoint_seconds < float("inf"):
            raise BadInput(f"--checkpoint-seconds must be 0 or more, not {self.checkpoint_seconds}")


@dataclass
class Learning:
    """A training to be started or resumed."""

    options: Options
    model: str
    source: Source
    config: Any
    resume: Path | None = None

    @classmethod
    def of_run(cls, folder: Path, seconds: float = 30.0) -> Learning:
        """The training of a run folder, to go on with.

        Raises:
            BadInput: it is no run folder.
        """
        learning = cls.of_config(Run.open(folder, LearnConfig.of).config, folder, seconds)
        learning.resume = folder
        return learning

    @classmethod
    def of_config(cls, saved: LearnConfig, folder: Path, seconds: float) -> Learning:
        """The training that `saved` tells, to be begun in `folder`."""
        options = Options(saved.seed, folder, saved.device, saved.threads, seconds)
        return cls(options, saved.model, saved.source(), saved.settings())

    @cached_property
    def dataset(self) -> Dataset:
        """What is learned from."""
        return self.source.load()

    @cached_property
    def parted(self) -> tuple[Split, list[str]]:
        """The rows of each part, and what is to be warned of."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            rows = part_rows(self.dataset, self.source, self.options.seed)
        return rows, [str(one.message) for one in caught]

    @property
    def several(self) -> Callable[[str], Path]:
        """The folder for several of its kind, from what is to stand behind model and data."""
        return partial(new_folder, self.model, Path(self.source.data).stem)

    @property
    def settled(self) -> tuple[str, ...]:
        """What is not searched: how long it learns, and what this data does not allow."""
        try:
            check_plan(replace(self.config, augment=True), self.dataset, self.parted[0])
        except (BadData, TypeError):  # the second: it has no such setting
            return ("epochs", "augment")
        return ("epochs",)

    @property
    def words(self) -> list[str]:
        """What names it on the command line."""
        return [self.model, *source_words(self.source)]

    def choose_device(self) -> tuple[str, str]:
        """Where to train, and why there."""
        return choose_device(self)

    def plan(self, device: str) -> LearnConfig:
        """What decides it."""
        return plan_of(self, device)

    def first_measure(self, device: str) -> str:
        """By what settings are compared: the validation, as far as it tells.

        Raises:
            BadInput: there is none.
        """
        if not len(self.parted[0].validation):
            raise BadInput("settings are chosen by the validation rows: give --validation a share")
        report = next(self.begin(device))
        found = headline([name for name in report.metrics if name.startswith("validation_")])
        if found is None:
            raise BadInput(f"nothing tells how good {self.model} is on {self.source.data}")
        return found

    def begin(self, device: str, state: Any = None) -> Iterator[Report]:
        """The model's generator on a fresh network.

        Raises:
            BadData: the model cannot read such data.
        """
        module, seed = module_of(self.model), self.options.seed
        network = module.make(self.config, self.dataset, seed)
        rows, _ = self.parted
        reports = module.train(self.config, network, self.dataset, rows, device, seed, state)
        return map(as_report, reports)


class At:
    """How many epochs are done, as a part of the state."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def state_dict(self) -> dict[str, Any]:
        """It."""
        return {"step": self.epoch}

    def load_state_dict(self, state: Any) -> None:
        """Takes it over."""
        self.epoch = int(state["step"])


def as_report(progress: Progress) -> Report:
    """A model's report as a run folder takes it."""
    parts = {**progress.parts, "at": At(progress.epoch)}
    learned: Any = progress.network
    return Report(progress.epoch, progress.metrics, learned, parts, progress.finished)


def plan_of(learning: Learning, device: str) -> LearnConfig:
    """What decides a training, as it is written down."""
    return LearnConfig(
        model=learning.model,
        data=asdict(learning.source),
        seed=learning.options.seed,
        device=device,
        threads=learning.options.threads,
        config=asdict(learning.config),
        versions=versions_here(),
        reads=reads_of(learning.dataset),
        fingerprint=fingerprint(learning.dataset),
    )


def choose_device(learning: Learning) -> tuple[str, str]:
    """The device to train on, and why."""
    from workshop import device

    module, seed = module_of(learning.model), learning.options.seed
    network = module.make(learning.config, learning.dataset, seed)
    if not any(True for _ in network.parameters()):
        device.check_device(learning.options.device)
        return "cpu", "its numbers live there"
    some = Split(learning.parted[0].train[:TIMED], torch.tensor([]).long(), torch.tensor([]).long())
    changes = {"epochs": 10_000, "patience": 0}
    known = asdict(learning.config)
    config = replace(learning.config, **{k: v for k, v in changes.items() if k in known})

    def start(name: str) -> Iterator[Report]:
        network = module.make(config, learning.dataset, seed)
        return map(as_report, module.train(config, network, learning.dataset, some, name, seed))

    return device.choose_device(learning.options.device, start)


def learn(
    learning: Learning,
    console: Console,
    interrupted: Asked,
    stop: Callable[[int, dict[str, Any]], bool] = lambda step, measured: False,
) -> Outcome:
    """Trains until the epochs are done, `stop` is satisfied, or Ctrl-C.

    Args:
        stop: is told the epoch and every measure; whether that is good enough.

    Raises:
        BadInput: the data cannot be learned from, or the folder is taken.
    """
    options = learning.options
    torch.set_num_threads(options.threads)
    folder = learning.resume or options.run or learning.several(f"seed{options.seed}")
    try:
        if not learning.resume:
            check_new(folder)
        with locked(folder):
            start = (_resume if learning.resume else _create)(learning, folder, console)
            for line in learning.parted[1]:
                console.print(f"[yellow]warning:[/yellow] {line}", soft_wrap=True)
            return _consume(learning, start, console, interrupted, stop)
    except BadData as error:
        raise BadInput(str(error)) from None


def _create(learning: Learning, folder: Path, console: Console) -> Start:
    device, why = choose_device(learning)
    run = Run.create(folder, plan_of(learning, device))
    reports = learning.begin(device)
    console.print(f"device: {device} ({why})")
    return Start(run, 0, run.begin(reports))


def _resume(learning: Learning, folder: Path, console: Console) -> Start:
    from workshop.device import check_device

    run = Run.open(folder, LearnConfig.of)
    check_device(run.config.device)
    state = run.load_state()
    if run.finished and read_summary(folder):
        raise BadInput(f"{folder} is finished: see its summary.json")
    check_same(run.config, learning.dataset)
    epoch = int(state["at"]["step"]) if state else 0
    run.rewind(epoch)
    console.print(f"going on from epoch {epoch}")
    over = bool(state and state.get("finished"))
    return Start(run, epoch, learning.begin(run.config.device, state), over)


def _consume(
    learning: Learning,
    start: Start,
    console: Console,
    interrupted: Asked,
    stop: Callable[[int, dict[str, Any]], bool],
) -> Outcome:
    run, epoch, reports, over = start
    network: Any = load_model(run.folder)[1] if over else None
    saved = time.perf_counter()
    finished, report = True, None
    with progress_bar(console) as bar:
        title = f"{learning.model} on {run.config.subject}"
        task = bar.add_task(title, total=run.config.total, completed=epoch, note="")
        for report in reports if not over else ():
            epoch, network = report.step, report.agent
            run.log(epoch, report.metrics)
            finished = report.finished or stop(epoch, report.metrics)
            show(bar, task, epoch, report.metrics, finished)
            if finished or interrupted.asked:
                break
            if time.perf_counter() - saved >= learning.options.checkpoint_seconds:
                run.checkpoint(report)
                saved = time.perf_counter()
    seconds = run.seconds
    measured = dict(run.latest)
    if report is not None:
        run.checkpoint(report, finished)
    if finished:
        measured = _judge(learning, run, network.cpu().eval(), epoch, seconds)
    else:
        run.draw_curve()
    return Outcome(run, finished, epoch, seconds, measured)


def save_figures(figures: Mapping[str, Figure], folder: Path) -> None:
    """Writes each as a PNG, whole or not at all."""
    folder.mkdir(exist_ok=True)
    for name, figure in figures.items():
        partial_file = folder / f"{name}.partial.png"
        figure.savefig(partial_file)
        partial_file.replace(folder / f"{name}.png")


def _judge(
    learning: Learning, run: Run[Any], network: nn.Module, epoch: int, seconds: float
) -> dict[str, float]:
    """Measures what was learned, and leaves everything that there is to see; the summary last."""
    module, seed = module_of(learning.model), learning.options.seed
    rows, warned = learning.parted
    measured = module.evaluate(network, learning.dataset, rows, seed)
    summary = {
        "epochs": epoch,
        "seconds": round(seconds, 1),
        "parameters": sum(part.numel() for part in network.parameters()),
        "train_rows": len(rows.train),
        "test_rows": len(rows.test),
        **{name: float(value) for name, value in measured.items()},
    }
    figures = module.pictures(network, learning.dataset, rows, seed)
    if len(run.rows) > 1:  # a single point does not show how it learned
        figures["learning"] = draw_learning(run.rows)
    save_figures(figures, run.folder / "pictures")
    write_page(run.folder, run.config, summary, warned)
    run.finish(summary)
    return measured
