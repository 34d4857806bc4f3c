"""`workshop plot RUN...`: compares trainings in one picture."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import tyro

from envs.names import BadInput
from workshop.curves import FIGURES, Curve, draw, metric_of, read_metrics
from workshop.recording import check_file


@dataclass
class Options:
    """What to compare."""

    runs: tyro.conf.Positional[list[Path]] = field(default_factory=list)
    """Run folders, or folders of seeds. Runs of the same agent, world and settings are drawn as
    one line."""
    metric: str | None = None
    """The measure to draw; by default the most telling one that all have."""
    save: Path = Path("plot.png")
    """The picture to write."""


def run(options: Options) -> int:
    """Draws the picture, and says where it is."""
    if not options.runs:
        raise BadInput("which runs? workshop plot runs/dqn-tictactoe-seed0 runs/ppo-...")
    check_file(options.save, FIGURES)
    found_in = (member for folder in options.runs for member in runs_in(folder))
    members = list({member.resolve(): member for member in found_in}.values())  # each counts once
    metrics = [read_metrics(folder) for folder in members]
    metric = metric_of(metrics, options.metric)
    groups: dict[str, list[Curve]] = {}
    worlds: dict[str, None] = {}
    for (label, world), found in zip(labels(members), metrics, strict=True):
        groups.setdefault(label, []).append(found[metric])
        worlds[world] = None
    unit = "epochs" if all((folder / "model").is_dir() for folder in members) else "steps"
    draw(groups, metric, " / ".join(worlds), options.save, unit)
    print(f"saved {options.save}")
    return 0


def runs_in(folder: Path) -> list[Path]:
    """The run folders of a folder of seeds; a run folder is its own.

    Raises:
        BadInput: it is neither.
    """
    if (folder / "group.json").exists():
        found = sorted(folder.glob("seed*/metrics.csv"), key=lambda path: int(path.parent.name[4:]))
        if found:
            return [path.parent for path in found]
    if not (folder / "config.json").exists():
        raise BadInput(f"{folder} is no run folder: it has no config.json")
    return [folder]


def labels(folders: list[Path]) -> list[tuple[str, str]]:
    """What to call each run, the same for runs that differ in nothing but the seed; and its world.

    Only what differs between them is told.
    """
    told = []
    for folder in folders:
        try:
            saved = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            if "model" in saved:
                saved |= {"agent": saved["model"], "world": saved["data"]["data"]}
            told.append({"agent": saved["agent"], "world": saved["world"], **saved["config"]})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{folder / 'config.json'}: cannot be read: {error}") from None
    found = []
    for one in told:
        peers = [other for other in told if other["agent"] == one["agent"]]
        words = [str(one["agent"])]
        if any(other["world"] != one["world"] for other in told):
            words.append(f"on {one['world']}")
        words += [
            f"{name}={value}"
            for name, value in one.items()
            if name not in ("agent", "world")
            and any(other["world"] == one["world"] and other.get(name) != value for other in peers)
        ]
        found.append((" ".join(words), str(one["world"])))
    return found
