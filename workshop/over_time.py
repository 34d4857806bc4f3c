"""How strong a run's agent was each time it was measured: against the truth, and up the ladder.

A training logs what its network does by itself. Here each entry of `history/` is asked again, with
whatever is said of it, such as how many positions it may look at for a move.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from agents.agent import make_agent, split_folder
from envs.names import BadInput
from envs.worlds import World
from workshop.ladder import climb
from workshop.positions import evaluate_positions, on_positions
from workshop.targets import SCORES
from workshop.truth import exact_measure


def strength_over_time(
    world: World, name: str, seed: int, positions: int | None, ladder: int | None, console: Console
) -> list[dict[str, Any]]:
    """What is exactly known of each entry, the first one first.

    Args:
        name: a run folder, with options if its agent has any: `runs/zero:simulations=50`.
        positions: how many are shown, where not all are known; None: as many as usual.
        ladder: minimax of up to so many plies are played, too; None: nobody is.

    Raises:
        BadInput: there is no history, or no truth to measure by.
    """
    folder, given = split_folder(name)
    entries = sorted(path for path in (folder / "history").glob("*") if path.is_dir())
    if not entries:
        raise BadInput(f"{folder} is no run folder with a history")
    measure = exact_measure(world)
    if measure is None and not on_positions(world.rules):
        raise BadInput(f"--history measures against the truth, and none is known of {world.name}")
    options = ":" + name.rpartition(":")[2] if given else ""
    found = []
    for entry in entries:
        console.print(f"step {int(entry.name):,}", highlight=False)
        agent = make_agent(f"{entry}{options}", world, seed)
        row: dict[str, Any] = {"step": int(entry.name)}
        if on_positions(world.rules):
            assert world.rules is not None
            row |= evaluate_positions(world.rules, agent, positions, seed, console)
        elif measure is not None:
            row |= measure(agent)
        if ladder is not None:
            row["ladder"] = climb(world, agent, ladder, seed, console)
        found.append(row)
    return found


def print_over_time(title: str, rows: list[dict[str, Any]]) -> None:
    """A row a step: the measures that tell most, and in each stage of the game the share of the
    positions in which it kept the win or draw; then the share of games won on the ladder."""
    names = [name for name in (*SCORES, "perfect_move_rate") if name in rows[0]]
    stages = list(rows[0].get("by_stage", {}))
    measures = Table(title=title, title_justify="left")
    heads = [name.removesuffix("_rate").replace("_", " ") for name in names]
    for head in ("step", *heads, *stages):
        measures.add_column(head, justify="right")
    for row in rows:
        kept = (row["by_stage"][stage]["kept_value_rate"] for stage in stages)
        measures.add_row(
            f"{row['step']:,}",
            *(told(name, row[name]) for name in names),
            *(f"{share:.1%}" for share in kept),
        )
    console = Console()
    console.print(measures)
    if "ladder" not in rows[0]:
        return
    games = Table(title="games won against", title_justify="left")
    for head in ("step", *(short(rung["against"]) for rung in rows[0]["ladder"])):
        games.add_column(head, justify="right")
    for row in rows:
        games.add_row(f"{row['step']:,}", *(f"{rung['win_rate']:.0%}" for rung in row["ladder"]))
    console.print(games)


def short(rung: str) -> str:
    """The name of an opponent, as it fits over a column."""
    if "evaluation=false" in rung:
        return "one ply"
    return rung.removeprefix("minimax:").replace("=", " ")


def told(name: str, value: Any) -> str:
    """A measure as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1%}" if name.endswith("_rate") else f"{value:.3f}"
