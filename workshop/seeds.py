"""`--seeds N`: the same training from several seeds, side by side, and what they say together.

group.json       what is trained, and from which seeds
seed0/ ...       a run folder each
summary.json     how they ended, with intervals
curve.png        how they learned
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from rich.console import Console

from arena.statistics import bootstrap_interval, interquartile_mean, wilson_interval
from envs.names import BadInput
from workshop.curves import draw, metric_of, read_metrics
from workshop.interrupt import Interrupt
from workshop.lock import LOCK, is_taken, locked
from workshop.options import quoted
from workshop.parallel import Lost, Side
from workshop.runs import Plan, check_new, read_summary, replaced, write_json
from workshop.targets import told
from workshop.training import progress_bar, show


@dataclass
class Seeds(Side):
    """How many trainings run side by side, and how."""

    seeds: int | None = None
    """Train from so many seeds, --seed and the following."""
    ray: str | None = None
    """A Ray cluster to train several seeds on: its address, auto, or local."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.seeds is not None and self.seeds < 1:
            raise BadInput(f"--seeds must be at least 1, not {self.seeds}")

    def refuse_alone(self, ray_too: bool = True) -> None:
        """Raises BadInput if these are given for a single training; `ray_too`: also --ray."""
        for name, value in (("jobs", self.jobs), ("ray", self.ray if ray_too else None)):
            if value is not None:
                raise BadInput(f"--{name} is for several trainings at once: add --seeds 10")


@dataclass
class AgentSeeds(Seeds):
    """The same of agents, one of which can use a cluster for a single training."""

    ray: str | None = None
    """A Ray cluster to train several seeds on: its address, auto, or local. One training of
    alphazero plays itself there, and then no seed makes it repeatable."""


class Start(Protocol):
    """How to begin a training, whoever learns."""

    seed: int
    run: Path | None
    checkpoint_seconds: float


class Trainable(Protocol):
    """A training that can be begun from several seeds."""

    @property
    def options(self) -> Start:
        """How to begin it."""

    @property
    def several(self) -> Callable[[str], Path]:
        """The folder for several of its kind, from what is to stand behind its name."""

    def choose_device(self) -> tuple[str, str]:
        """Where to train, and why there."""

    def plan(self, device: str) -> Plan:
        """What decides it."""


class SeedJob(NamedTuple):
    """One of the trainings, as it is sent to whoever does it."""

    folder: str
    """Its run folder; with `files`, only its name."""
    config: Plan
    checkpoint_seconds: float
    files: dict[str, bytes] | None
    """What is in the folder so far, for a machine that does not see it."""


class SeedResult(NamedTuple):
    """How one of the trainings ended."""

    finished: bool
    files: dict[str, bytes] | None


def train_seed(job: SeedJob, send: Callable[[Any], None], stopped: Callable[[], bool]) -> Any:
    """One training, from wherever its folder stands."""
    if job.files is None:
        return SeedResult(_train_in(Path(job.folder), job, send, stopped), None)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "run"
        for name, content in job.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        finished = _train_in(folder, job, send, stopped)
        return SeedResult(finished, files_in(folder))


def _train_in(
    folder: Path, job: SeedJob, send: Callable[[Any], None], stopped: Callable[[], bool]
) -> bool:
    def tell(step: int, measured: dict[str, Any]) -> bool:
        send((step, measured))
        return False

    return job.config.train_in(folder, job.checkpoint_seconds, stopped, tell)


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file of a run folder, by its path inside."""
    if not folder.exists():
        return {}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".partial" and path.name != LOCK
    }


@dataclass
class Group:
    """Trainings that differ in nothing but the seed."""

    folder: Path
    config: Plan
    """Of the first seed."""
    seeds: list[int]
    checkpoint_seconds: float = 30.0

    @staticmethod
    def is_one(folder: Path) -> bool:
        """Whether a folder is one of these."""
        return (folder / "group.json").exists()

    @classmethod
    def new(cls, training: Trainable, side: Seeds) -> Group:
        """A group to be trained.

        Raises:
            BadInput: the options do not go together.
        """
        options = training.options
        assert side.seeds is not None
        if getattr(options, "watch", False):
            raise BadInput("--watch shows one training: leave out --seeds")
        name = f"seeds{side.seeds}" if options.seed == 0 else f"seeds{options.seed}-{side.seeds}"
        folder = options.run or training.several(name)
        check_new(folder)
        seeds = list(range(options.seed, options.seed + side.seeds))
        plan = training.plan(training.choose_device()[0])
        return cls(folder, plan, seeds, options.checkpoint_seconds)

    @classmethod
    def open(cls, folder: Path, read: Callable[[Any], Plan]) -> Group:
        """A group that was begun before.

        Args:
            read: makes a plan from what the JSON file tells.

        Raises:
            BadInput: its file cannot be read.
        """
        try:
            saved = json.loads((folder / "group.json").read_text(encoding="utf-8"))
            return cls(folder, read(saved["config"]), list(map(int, saved["seeds"])))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BadInput(f"{folder / 'group.json'}: cannot be read: {error}") from None

    def run_folder(self, seed: int) -> Path:
        """The run folder of one seed."""
        return self.folder / f"seed{seed}"

    @property
    def unfinished(self) -> list[int]:
        """The seeds that are not at their end."""
        return [s for s in self.seeds if not (self.run_folder(s) / "summary.json").exists()]

    def run(self, side: Side, console: Console) -> int:
        """Trains what is not finished, draws and tells the result; returns the exit code."""
        with locked(self.folder):
            return self._run(side, console)

    def _run(self, side: Side, console: Console) -> int:
        waiting = self.unfinished
        if not waiting and (self.folder / "summary.json").exists():
            raise BadInput(f"{self.folder} is finished: all {len(self.seeds)} seeds are done")
        try:
            with Interrupt() as interrupted:
                if waiting:  # else it was killed before its own last files
                    self._train(waiting, side, console, interrupted)
        except Lost as lost:
            command = f"{self.config.command} --resume {quoted(self.folder)}"
            raise BadInput(f"{lost}; what is saved goes on with {command}") from None
        except BadInput:
            if not any(is_taken(self.run_folder(seed)) for seed in self.seeds):
                (self.folder / "group.json").unlink(
                    missing_ok=True
                )  # there is nothing to go on with
            raise
        left = self.unfinished
        if left:
            done = len(self.seeds) - len(left)
            console.print(f"{done} of {len(self.seeds)} seeds are done, the rest saved. To go on:")
            print(f"{self.config.command} --resume {quoted(self.folder)}")
            return 130
        summary = self.summarise()
        self._draw()
        write_json(self.folder / "summary.json", summary)  # the last: it says that all is here
        print_summary(summary, console)
        print(f"saved {self.folder}")
        return 0

    def _train(
        self, waiting: list[int], side: Side, console: Console, interrupted: Interrupt
    ) -> None:
        workers = side.workers(train_seed, len(waiting), self.config.threads)
        steps = self.config.total
        try:
            self._begin()  # not before there are workers: a wrong address leaves nothing behind
            jobs = [self._job(seed, far=side.ray is not None) for seed in waiting]
            with progress_bar(console) as bar:
                tasks = [bar.add_task(f"seed {seed}", total=steps, note="") for seed in waiting]
                for news in workers.run(jobs):
                    if interrupted.asked:
                        workers.stop_all()
                    if news is None:
                        continue
                    if news.done:
                        self._keep(waiting[news.job], news.content)
                        bar.update(tasks[news.job], refresh=True)
                        if news.content.finished:
                            done = bar.tasks[news.job].completed
                            bar.update(tasks[news.job], total=done, completed=done)
                    else:
                        step, measured = news.content
                        show(bar, tasks[news.job], step, measured, finished=False)
        finally:
            workers.close()

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        about = {"config": dict(self.config.__dict__), "seeds": self.seeds}
        write_json(self.folder / "group.json", about)

    def _job(self, seed: int, far: bool) -> SeedJob:
        folder = self.run_folder(seed)
        return SeedJob(
            str(folder),
            replaced(self.config, seed=seed),
            self.checkpoint_seconds,
            files_in(folder) if far else None,
        )

    def _keep(self, seed: int, result: SeedResult) -> None:
        """Writes the files that came from elsewhere, the summary last: it says that all is here."""
        files = dict(result.files or {})
        for name in sorted(files, key=lambda name: name == "summary.json"):
            path = self.run_folder(seed) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".partial")
            partial.write_bytes(files[name])
            partial.replace(path)

    def summarise(self) -> dict[str, Any]:
        """Every measure over all seeds: interquartile mean with interval, or how many of them."""
        summaries = [read_summary(self.run_folder(seed)) for seed in self.seeds]
        common = [name for name in summaries[0] if all(name in one for one in summaries)]
        found: dict[str, Any] = {"seeds": self.seeds}
        for name in common:
            values = [one[name] for one in summaries]
            if isinstance(values[0], bool):
                low, high = wilson_interval(sum(values), len(values))
                found[name] = {"count": sum(values), "of": len(values), "ci95": [low, high]}
            else:
                low, high = bootstrap_interval(values, interquartile_mean)
                found[name] = {
                    "interquartile_mean": float(interquartile_mean(values)),
                    "ci95": [low, high],
                    "median": float(np.median(values)),
                    "values": values,
                }
        return found

    def _draw(self) -> None:
        if self.config.total == 1:  # what learns all at once has no curve
            return
        metrics = [read_metrics(self.run_folder(seed)) for seed in self.seeds]
        metric = metric_of(metrics, None)
        curves = {self.config.learner: [found[metric] for found in metrics]}
        draw(curves, metric, self.config.subject, self.folder / "curve.png", self.config.unit)


def print_summary(summary: dict[str, Any], console: Console) -> None:
    """Every measure over all seeds as a table, in the words of a single training."""
    from rich.table import Table

    table = Table()
    for column in ("measure", "all seeds", "95 % interval"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for name, found in summary.items():
        if name == "seeds":
            continue
        low, high = found["ci95"]
        if "count" in found:
            row = (f"{found['count']} of {found['of']}", f"{low:.0%} to {high:.0%}")
        else:
            interval = f"{told(name, low)} to {told(name, high)}" if low != high else ""
            row = (told(name, found["interquartile_mean"]), interval)
        table.add_row(name.replace("_", " "), *row)
    console.print(table)
