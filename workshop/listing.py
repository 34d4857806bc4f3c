"""`workshop list`: the worlds, agents and runs there are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.agent import AGENTS
from envs.registration import WORLDS


@dataclass
class Options:
    """How to print the list."""

    json: bool = False
    """Print one JSON object and nothing else."""


def run(options: Options) -> int:
    """Prints everything that has a name."""
    found = {
        "worlds": {name: world.summary for name, world in WORLDS.items()},
        "agents": {name: agent.summary for name, agent in AGENTS.items()},
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
    return 0


def _about(folder: Path) -> str:
    """What a run folder says of itself, in one line."""
    config, summary = _read(folder / "config.json"), _read(folder / "summary.json")
    if not config:
        return "no run"
    words = [f"{config.get('agent')} on {config.get('world')}"]
    if not summary:
        words.append("not finished")
    if "optimal_action_rate" in summary:
        words.append(f"best action in {summary['optimal_action_rate']:.1%}")
    if summary.get("unbeatable"):
        words.append("unbeatable")
    return ", ".join(words)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
