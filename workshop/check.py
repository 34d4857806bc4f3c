"""`workshop check BOT ENV`: will this bot survive a tournament, and what should be mended?"""

from __future__ import annotations

import json
from dataclasses import dataclass

import tyro
from rich.console import Console
from rich.text import Text

from arena.bots import find_bot
from arena.check import Finding, check
from arena.player import Limits
from envs.names import BadInput
from envs.worlds import find_world

ROWS, FAILED_ROWS, WIDEST = 3, 30, 200
"""So many lines of what a bot printed are shown, and so much of each."""
COLOURS = {"PASS": "green", "NOTE": "yellow", "FAIL": "bold red"}


@dataclass
class Options:
    """Which bot, and where."""

    bot: tyro.conf.Positional[str]
    """bots/ada.py, a folder with bot.py, runs/..., a .zip of Stable-Baselines3, or a built-in."""
    world: tyro.conf.Positional[str]
    """tictactoe, connect-four, kinarow:rows=7,cols=7,k=4, duel, gridworld:map=cliff, ..."""
    move_seconds: float = Limits._field_defaults["move"]
    """For each move."""
    load_seconds: float = Limits._field_defaults["load"]
    """To be loaded."""
    memory: int = Limits._field_defaults["memory"]
    """MiB for the bot, beside our own code."""
    seed: int = 0
    """Of the positions and of the bot."""
    json: bool = False
    """Print one JSON object and nothing else."""


def run(options: Options) -> int:
    """Tries the bot; 0 if nothing failed, else 1."""
    world, bot = find_world(options.world), find_bot(options.bot)
    if not world.two_player and not world.is_gridworld:
        raise BadInput(f"bots play games of two and in gridworlds, not {world.name}")
    limits = Limits(move=options.move_seconds, load=options.load_seconds, memory=options.memory)
    console, found = Console(), list[Finding]()
    for finding in check(bot, world, limits, options.seed):
        found.append(finding)
        if not options.json:
            show(finding, console)
    failed = any(finding.state == "FAIL" for finding in found)
    if options.json:
        print(json.dumps({"ok": not failed, "findings": [one._asdict() for one in found]}))
    elif failed:
        told = Text(f"{bot.name} would lose games by this.", "bold red")
        console.print(told, soft_wrap=True)
    else:
        told = Text(f"{bot.name} is ready for {world.name}.", "bold green")
        console.print(told, soft_wrap=True)
    return int(failed)


def show(finding: Finding, console: Console) -> None:
    """A line, the hint, and what the bot printed."""
    line = Text.assemble(
        (f"{finding.state} ", COLOURS[finding.state]),
        (f"{finding.name:<15}", "bold"),
        finding.found,
    )
    console.print(line, soft_wrap=True)
    if finding.hint:
        console.print(Text(f"     {finding.hint}", "italic"), soft_wrap=True)
    rows = finding.said.strip().splitlines()
    if not rows:
        return
    most = FAILED_ROWS if finding.state == "FAIL" else ROWS
    cut = f", the last {most} of {len(rows)} lines" if len(rows) > most else ""
    console.print(Text(f"     it printed{cut}:", "dim"))
    for row in rows[-most:]:
        console.print(Text(f"     | {row[:WIDEST]}", "dim"), soft_wrap=True)
