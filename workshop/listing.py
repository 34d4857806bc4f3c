"""`workshop list`: the worlds, agents, models, data sets and runs there are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agents.agent import AGENTS
from envs.names import BadInput
from envs.registration import WORLDS


@dataclass
class Options:
    """How to print the list."""

    json: bool = False
    """Print one JSON object and nothing else."""
    picture: Path | None = None
    """Write FILE.png with a picture of every world instead."""
    width: int = 1280
    """Of the picture, in pixels."""
    theme: Literal["light", "dark"] = "light"
    """Colours of the picture."""


def run(options: Options) -> int:
    """Prints everything that has a name, or draws every world."""
    if options.picture is not None:
        return _draw(options.picture, options.width, options.theme)
    from supervised.data import DATASETS
    from supervised.models import MODELS

    found = {
        "worlds": {name: world.summary for name, world in WORLDS.items()},
        "agents": {name: agent.summary for name, agent in AGENTS.items()},
        "models": {name: model.description for name, model in MODELS.items()},
        "data sets": {name: source.description for name, source in DATASETS.items()},
        "runs": {str(folder): _about(folder) for folder in sorted(Path("runs").glob("*/"))},
    }
    if options.json:
        print(json.dumps(found))
        return 0
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for title, rows in found.items():
        table = Table(title=title, title_justify="left", show_header=False, box=None)
        for name, about in rows.items():
            table.add_row(f"[bold]{name}[/bold]", about)
        console.print(table)
        console.print()
    console.print("Any Gymnasium id with discrete actions is a world too: CartPole-v1, ...")
    console.print("A FILE.csv and a folder of images, one folder a class, are data sets too.")
    return 0


def _draw(path: Path, width: int, theme: str) -> int:
    from workshop.gallery import save_gallery
    from workshop.recording import check_file

    check_file(path)
    if path.suffix.lower() != ".png":
        raise BadInput(f"{path}: the picture of every world is a PNG")
    if not 160 <= width <= 8000:
        raise BadInput(f"--width must lie between 160 and 8000, not {width}")
    save_gallery(path, width, theme)
    print(f"wrote {path}")
    return 0


def _about(folder: Path) -> str:
    """What a run folder says of itself, in one line."""
    config, summary = _read(folder / "config.json"), _read(folder / "summary.json")
    group = _read(folder / "group.json")
    if group:
        config = group.get("config", {})
    if not config:
        return "no run"
    subject = config.get("world") or config.get("data", {}).get("data")
    words = [f"{config.get('agent') or config.get('model')} on {subject}"]
    if group:
        words.append(f"{len(group.get('seeds', []))} seeds")
        return ", ".join(words if summary else [*words, "not finished"])
    if not summary:
        words.append("not finished")
    if "optimal_action_rate" in summary:
        words.append(f"best action in {summary['optimal_action_rate']:.1%}")
    if "accuracy" in summary:
        words.append(f"{summary['accuracy']:.1%} right")
    if summary.get("unbeatable"):
        words.append("unbeatable")
    return ", ".join(words)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
