"""The run folder: everything a training leaves behind, written so that nothing is half there.

    config.json      agent and world, or model and data; seed, settings, versions
    metrics.csv      one row a report; TensorBoard events beside it
    summary.json     how it ended
    curve.png        how it learned
    agent/           what is handed in: config.json + weights.safetensors; of a model, model/
    best/            the same, as it was when it measured best
    history/         the same, as it was each time it was measured
    pictures/        of a model, all that there is to see; and report.html, with them in it
    state/           what resumes: checkpoint.pt, every part down to the random generators
    training.lock    held by the process that trains

Each file is written under another name first and then renamed, so a crash leaves the old one. But
metrics.csv gets row after row at its end: a crash may tear the last one, which is then left out.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import platform
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch

from agents.agent import check_types, read_config, save_agent
from agents.training import Progress
from envs.names import BadInput
from workshop.curves import draw, metric_of, read_metrics, read_rows
from workshop.lock import is_taken
from workshop.options import check_seed, file_name, quoted


def new_folder(agent: str, world: str, what: str) -> Path:
    """A folder in runs/ that does not exist yet: `runs/dqn-tictactoe-seed0`, `...-2`, ..."""
    base = Path("runs") / file_name(f"{agent}-{world}-{what}")
    folder, number = base, 2
    while folder.exists():
        folder, number = base.with_name(f"{base.name}-{number}"), number + 1
    return folder


def check_new(folder: Path) -> None:
    """Raises BadInput if there is something in the folder already."""
    if not is_taken(folder):
        return
    begun = (folder / "config.json").exists() or (folder / "group.json").exists()
    if begun and not (folder / "summary.json").exists():
        raise BadInput(
            f"{folder} exists already; go on with it (--resume {quoted(folder)}) "
            "or choose another --run"
        )
    raise BadInput(f"{folder} exists already; choose another --run, of a folder that is new")


class Plan(Protocol):
    """What decides a training: all of it stands in config.json."""

    @property
    def learner(self) -> str:
        """Who learns: `dqn`."""

    @property
    def subject(self) -> str:
        """From what: `tictactoe`."""

    @property
    def seed(self) -> int:
        """Decides every random choice."""

    @property
    def device(self) -> str:
        """Where the numbers are."""

    @property
    def threads(self) -> int:
        """CPU threads."""

    @property
    def config(self) -> dict[str, Any]:
        """The settings of the learner."""

    @property
    def total(self) -> int:
        """How many steps it takes."""

    @property
    def unit(self) -> str:
        """What a step is."""

    @property
    def command(self) -> str:
        """What goes on with it: `workshop train`."""

    @property
    def product(self) -> str:
        """The folder of what is handed in."""

    @property
    def identity(self) -> dict[str, Any]:
        """What tells this training from others."""

    def save(self, learned: Any, folder: Path) -> None:
        """Writes what has learned, so that it can be made again."""

    @property
    def ends_best(self) -> bool:
        """Whether what counts is how it ends, and not how soon it is good."""

    def try_out(
        self, asked: Callable[[], bool], stop: Callable[[int, dict[str, Any]], bool]
    ) -> bool:
        """Trains and leaves nothing behind; whether it came to its end."""

    def train_in(
        self,
        folder: Path,
        seconds: float,
        asked: Callable[[], bool],
        stop: Callable[[int, dict[str, Any]], bool],
    ) -> bool:
        """Trains in `folder`, from wherever it stands; whether it came to its end.

        Args:
            seconds: between checkpoints.
            asked: whether to stop, to go on later.
            stop: is told the step and every measure; whether that is good enough.
        """


P = TypeVar("P", bound=Plan)


def replaced(plan: P, **changes: Any) -> P:
    """The same plan but for some of its fields."""
    return dataclasses.replace(plan, **changes)  # type: ignore[type-var]


@dataclass(frozen=True)
class RunConfig:
    """What decides the training of an agent."""

    agent: str
    world: str
    seed: int
    device: str
    threads: int
    """CPU threads; with another number the last bits of a float may differ."""
    config: dict[str, Any]
    """The fields of the algorithm's Config."""
    versions: dict[str, str]
    map: str = ""
    """The text of the map, where it came from a file that may change."""
    stop_at: str = ""
    """The measure that ends it early."""
    opponent: str = "self"
    """Whom it meets in a game of two."""

    unit = "steps"
    command = "workshop train"
    product = "agent"
    ends_best = False

    @property
    def learner(self) -> str:
        """The agent."""
        return self.agent

    @property
    def subject(self) -> str:
        """The world."""
        return self.world

    @property
    def total(self) -> int:
        """Steps in the world."""
        return int(self.config["steps"])

    @property
    def identity(self) -> dict[str, Any]:
        """What tells this training from others."""
        return {name: getattr(self, name) for name in ("agent", "world", "map", "seed")}

    def save(self, learned: Any, folder: Path) -> None:
        """Writes the agent."""
        about = {
            "algorithm": self.agent, "world": self.world, "config": self.config, "map": self.map
        }  # fmt: skip
        save_agent(learned, folder, about)

    def try_out(
        self, asked: Callable[[], bool], stop: Callable[[int, dict[str, Any]], bool]
    ) -> bool:
        """Trains the agent in a folder that is thrown away."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            return self.train_in(Path(scratch) / "run", 1e9, asked, stop)

    def train_in(
        self,
        folder: Path,
        seconds: float,
        asked: Callable[[], bool],
        stop: Callable[[int, dict[str, Any]], bool],
    ) -> bool:
        """Trains the agent, without a word."""
        from rich.console import Console

        from workshop.training import Asking, Training, train

        if (folder / "config.json").exists():
            training = Training.of_run(folder, seconds=seconds)
        else:
            training = Training.of_config(self, folder, seconds)
        return train(training, Console(quiet=True), Asking(asked), stop).finished

    @classmethod
    def of(cls, saved: Any) -> RunConfig:
        """What a JSON file told.

        Raises:
            BadInput, TypeError: it tells no training.
        """
        if "model" in saved:
            raise BadInput("it is of a model, and no agent: workshop learn goes on with it")
        check_types(cls, saved)
        found = cls(**saved)
        check_seed(found.seed)
        read_config(found.agent, found.config)
        return found

    @staticmethod
    def versions_here() -> dict[str, str]:
        """The versions of what the numbers depend on."""
        return {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "numpy", "gymnasium")},
        }


class Run(Generic[P]):
    """An open run folder."""

    def __init__(self, folder: Path, config: P) -> None:
        self.folder = folder
        self.config = config
        self._columns: list[str] = []
        self._rows: list[dict[str, float]] = []
        self._events: Any = None
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """How long it has been trained, with the time before the checkpoint it goes on from."""
        return time.perf_counter() - self._began

    @classmethod
    def create(cls, folder: Path, config: P) -> Run[P]:
        """A new run, of which nothing is written before `begin`.

        Raises:
            BadInput: there is something in the folder already.
        """
        check_new(folder)
        return cls(folder, config)

    def begin(self, reports: Iterator[Progress]) -> Iterator[Progress]:
        """`reports`; the first founds the run: what cannot even begin leaves nothing behind."""
        for number, report in enumerate(reports):
            if number == 0:
                write_json(self.folder / "config.json", self.config.__dict__)
            yield report

    @classmethod
    def open(cls, folder: Path, read: Callable[[Any], P]) -> Run[P]:
        """A run that was begun before.

        Args:
            read: makes its plan from what the JSON file tells.

        Raises:
            BadInput: the folder is no run.
        """
        try:
            saved = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            return cls(folder, read(saved))
        except FileNotFoundError:
            raise BadInput(f"{folder} is no run folder: it has no config.json") from None
        except (OSError, ValueError, TypeError) as error:
            raise BadInput(f"{folder / 'config.json'}: cannot be read: {error}") from None

    @property
    def finished(self) -> bool:
        """Whether the training came to its end."""
        return (self.folder / "summary.json").exists()

    @property
    def checkpoint_file(self) -> Path:
        """Where the state is that resumes."""
        return self.folder / "state" / "checkpoint.pt"

    def load_state(self) -> Mapping[str, Any] | None:
        """The saved state; None if the run was never checkpointed.

        Raises:
            BadInput: there is one, but it is damaged, or of another training.
        """
        path = self.checkpoint_file
        if not path.exists():
            return None
        try:
            with warnings.catch_warnings(action="ignore"):  # of what is refused in one line
                state = torch.load(path, map_location=self.config.device, weights_only=True)
            int(state["at"]["step"])
            self._check_mine(state["training"])
            self._began = time.perf_counter() - float(state.get("seconds", 0.0))
            return state
        except Exception as error:  # whatever a damaged file makes the reader raise
            reason = str(error).split("\n")[0][:120]
            raise BadInput(
                f"{path}: cannot be read ({reason}); the trained {self.config.product} in "
                f"{self.folder / self.config.product} is untouched, only resuming is not possible"
            ) from None

    def _check_mine(self, identity: Mapping[str, Any]) -> None:
        for name, mine in self.config.identity.items():
            if identity[name] != mine:
                raise BadInput(f"it is of {name} {identity[name]}, not {mine}")

    def checkpoint(self, progress: Progress, finished: bool = False) -> None:
        """Saves the agent as it is, and the state to go on from.

        Args:
            finished: there is nothing to go on with; what is left is to write the summary.

        Raises:
            BadInput: somebody has deleted the folder meanwhile.
        """
        self._must_be_there()
        self.config.save(progress.agent, self.folder / self.config.product)
        path = self.checkpoint_file
        path.parent.mkdir(exist_ok=True)
        partial = path.with_suffix(".partial")
        state = {name: part.state_dict() for name, part in progress.parts.items()}
        about = {
            "training": self.config.identity, "finished": finished, "seconds": self.seconds
        }  # fmt: skip
        torch.save({**state, **about}, partial)
        partial.replace(path)

    def _must_be_there(self) -> None:
        if not (self.folder / "config.json").is_file():
            raise BadInput(f"{self.folder}: the run is not there any more")

    def keep_best(self, progress: Progress) -> None:
        """Keeps the agent as it is, besides the one that goes on learning."""
        self.config.save(progress.agent, self.folder / "best")

    @property
    def rows(self) -> list[dict[str, float]]:
        """All rows logged so far."""
        return list(self._rows)

    def keep_history(self, progress: Progress) -> None:
        """Keeps the agent as it is, as a picture of how it learned."""
        self.config.save(progress.agent, self.folder / f"history/{progress.step:012}")

    @property
    def latest(self) -> dict[str, float]:
        """The row logged last; empty if there is none."""
        return {k: v for k, v in (self._rows or [{}])[-1].items() if k != "step"}

    def best(self, score: Callable[[Mapping[str, float]], Any]) -> Any:
        """The highest score among the rows logged so far; None if there are none."""
        return max(map(score, self._rows), default=None)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Adds a row to metrics.csv and to the TensorBoard events.

        Raises:
            BadInput: somebody has deleted the folder meanwhile.
        """
        self._must_be_there()
        if self._events is None:
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(self.folder), purge_step=step)
        self._rows.append({"step": step, **metrics})
        columns = list(dict.fromkeys([*self._columns, "step", *metrics]))
        path = self.folder / "metrics.csv"
        if columns != self._columns:
            self._columns = columns
            self._write_rows()
        else:
            with path.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, columns).writerow(self._rows[-1])
        for name, value in metrics.items():
            self._events.add_scalar(name, value, step)

    def _write_rows(self) -> None:
        path = self.folder / "metrics.csv"
        partial = path.with_suffix(".partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns)
            writer.writeheader()
            writer.writerows(self._rows)
        partial.replace(path)

    def rewind(self, step: int) -> None:
        """Drops what was logged and kept after the checkpoint at `step`.

        Raises:
            BadInput: the file is damaged.
        """
        for later in (self.folder / "history").glob("*"):
            if later.name.isdigit() and int(later.name) > step:
                shutil.rmtree(later)
        path = self.folder / "metrics.csv"
        if not path.exists():
            return
        self._columns, rows = read_rows(path)
        self._rows = [row for row in rows if row["step"] <= step]
        self._write_rows()

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Writes curve.png, and then summary.json: it says that all is here."""
        self.draw_curve()
        if self._events is not None:
            self._events.close()
        write_json(self.folder / "summary.json", summary)

    def draw_curve(self) -> None:
        """Writes curve.png, if there is anything to be seen on it.

        What learns all at once has no curve.
        """
        if not self._rows or self.config.total == 1:
            return
        found = read_metrics(self.folder)
        metric = metric_of([found], None)
        draw(
            {self.config.learner: [found[metric]]},
            metric,
            self.config.subject,
            self.folder / "curve.png",
            self.config.unit,
        )


def read_summary(folder: Path) -> dict[str, Any]:
    """What came out of a run that is finished.

    Raises:
        BadInput: it cannot be read.
    """
    path = folder / "summary.json"
    try:
        summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if all(type(value) in (bool, int, float) for value in summary.values()):
            return summary
        reason = "its values are no numbers"
    except (OSError, ValueError, AttributeError) as error:
        reason = str(error)
    raise BadInput(
        f"{path}: cannot be read ({reason}); delete it, and --resume goes on from the checkpoint"
    )


def write_json(path: Path, content: Any) -> None:
    """Writes a file that is either the old one or the new one, never half."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
