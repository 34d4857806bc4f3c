"""The run folder: everything a training leaves behind, written so that nothing is half there.

    config.json      agent, world, seed, settings, versions
    metrics.csv      one row a report; TensorBoard events beside it
    summary.json     how it ended
    curve.png        how it learned
    agent/           what is handed in: config.json + weights.safetensors
    best/            the same, as it was when it measured best
    state/           what resumes: checkpoint.pt, every part down to the random generators

Each file is written under another name first and then renamed, so a crash leaves the old one.
"""

from __future__ import annotations

import csv
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from agents.agent import save_agent
from agents.training import Progress
from envs.names import BadInput
from workshop.options import file_name


def new_folder(agent: str, world: str, what: str) -> Path:
    """A folder in runs/ that does not exist yet: `runs/dqn-tictactoe-seed0`, `...-2`, ..."""
    base = Path("runs") / file_name(f"{agent}-{world}-{what}")
    folder, number = base, 2
    while folder.exists():
        folder, number = base.with_name(f"{base.name}-{number}"), number + 1
    return folder


def is_taken(folder: Path) -> bool:
    """Whether there is something in the way; a file that a crash left half written is not."""
    if not folder.is_dir():
        return folder.exists()
    return any(path.suffix != ".partial" for path in folder.iterdir())


@dataclass(frozen=True)
class RunConfig:
    """What decides a training."""

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

    @staticmethod
    def versions_here() -> dict[str, str]:
        """The versions of what the numbers depend on."""
        return {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "numpy", "gymnasium")},
        }


class Run:
    """An open run folder."""

    def __init__(self, folder: Path, config: RunConfig) -> None:
        self.folder = folder
        self.config = config
        self._columns: list[str] = []
        self._rows: list[dict[str, float]] = []
        self._events: Any = None

    @classmethod
    def create(cls, folder: Path, config: RunConfig) -> Run:
        """A new run.

        Raises:
            BadInput: there is something in the folder already.
        """
        if is_taken(folder):
            raise BadInput(
                f"{folder} exists already; go on with it (--resume {folder}) "
                "or choose another --run"
            )
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "config.json", config.__dict__)
        return cls(folder, config)

    @classmethod
    def open(cls, folder: Path) -> Run:
        """A run that was begun before.

        Raises:
            BadInput: the folder is no run.
        """
        try:
            saved = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            return cls(folder, RunConfig(**saved))
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
            BadInput: there is one, but it is damaged.
        """
        path = self.checkpoint_file
        if not path.exists():
            return None
        try:
            state = torch.load(path, map_location=self.config.device, weights_only=True)
            int(state["at"]["step"])
            return state
        except Exception as error:  # whatever a damaged file makes the reader raise
            reason = str(error).split("\n")[0][:120]
            raise BadInput(
                f"{path}: cannot be read ({reason}); the trained agent in "
                f"{self.folder / 'agent'} is untouched, only resuming is not possible"
            ) from None

    def checkpoint(self, progress: Progress, finished: bool = False) -> None:
        """Saves the agent as it is, and the state to go on from.

        Args:
            finished: there is nothing to go on with; what is left is to write the summary.
        """
        self._save_agent(progress, "agent")
        path = self.checkpoint_file
        path.parent.mkdir(exist_ok=True)
        partial = path.with_suffix(".partial")
        state = {name: part.state_dict() for name, part in progress.parts.items()}
        torch.save({**state, "finished": finished}, partial)
        partial.replace(path)

    def keep_best(self, progress: Progress) -> None:
        """Keeps the agent as it is, besides the one that goes on learning."""
        self._save_agent(progress, "best")

    @property
    def latest(self) -> dict[str, float]:
        """The row logged last; empty if there is none."""
        return {k: v for k, v in (self._rows or [{}])[-1].items() if k != "step"}

    def best(self, score: Callable[[Mapping[str, float]], Any]) -> Any:
        """The highest score among the rows logged so far; None if there are none."""
        return max(map(score, self._rows), default=None)

    def _save_agent(self, progress: Progress, name: str) -> None:
        about = {
            "algorithm": self.config.agent,
            "world": self.config.world,
            "config": self.config.config,
            "map": self.config.map,
        }
        save_agent(progress.agent, self.folder / name, about)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Adds a row to metrics.csv and to the TensorBoard events."""
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
        """Drops the rows that were logged after the checkpoint at `step`."""
        path = self.folder / "metrics.csv"
        if not path.exists():
            return
        with path.open(newline="", encoding="utf-8") as file:
            whole = [line for line in file if line.endswith("\n")]  # the last may be torn
        reader = csv.DictReader(whole)
        rows = [{k: float(v) for k, v in row.items() if v} for row in reader]
        rows = [{**row, "step": int(row["step"])} for row in rows]
        self._columns = list(reader.fieldnames or [])
        self._rows = [row for row in rows if row["step"] <= step]
        self._write_rows()

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Writes curve.png, and then summary.json: it says that all is here."""
        if self._rows:
            self._draw_curve()
        if self._events is not None:
            self._events.close()
        write_json(self.folder / "summary.json", summary)

    def _draw_curve(self) -> None:
        from workshop.curves import draw, metric_of, read_metrics

        found = read_metrics(self.folder)
        metric = metric_of([found], None)
        draw(
            {self.config.agent: [found[metric]]},
            metric,
            self.config.world,
            self.folder / "curve.png",
        )


def write_json(path: Path, content: Any) -> None:
    """Writes a file that is either the old one or the new one, never half."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
