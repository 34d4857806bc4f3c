"""`workshop doctor`: tries what the workshop needs on this machine, and says how to mend it."""

from __future__ import annotations

import json
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from envs.names import BadInput


@dataclass
class Options:
    """How to print the findings."""

    json: bool = False
    """Print one JSON object and nothing else."""


class Finding(NamedTuple):
    """What one check found."""

    state: str
    """PASS, FAIL, NONE (missing, but not needed), or UNSUPPORTED: not to be had on this machine."""
    found: str
    fix: str = ""


def run(options: Options) -> int:
    """Runs every check; 0 unless one of them failed."""
    findings = {name: _safely(check) for name, check in CHECKS.items()}
    findings |= _attacks()
    if options.json:
        print(json.dumps({name: finding._asdict() for name, finding in findings.items()}))
    else:
        _print_table(findings)
    return 1 if any(finding.state == "FAIL" for finding in findings.values()) else 0


def _safely(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # whatever is broken on this machine
        return Finding("FAIL", f"{type(error).__name__}: {error}", "python start.py installs anew")


def _python() -> Finding:
    return Finding("PASS", f"{platform.python_version()} on {platform.platform(terse=True)}")


def _torch() -> Finding:
    import torch

    weight = torch.nn.Linear(4, 2)(torch.ones(1, 4)).sum()
    weight.backward()
    return Finding("PASS", f"torch {torch.__version__}, {torch.get_num_threads()} threads")


def _gpu() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding("PASS", torch.cuda.get_device_name())
    if torch.backends.mps.is_available():
        return Finding("PASS", "Apple GPU (mps)")
    return Finding("NONE", "no GPU that torch can use", "not needed: every lesson runs on the CPU")


def _worlds() -> Finding:
    import gymnasium as gym

    from envs.registration import WORLDS

    for world in WORLDS.values():
        env = gym.make(world.id)
        env.reset(seed=0)
        env.step(env.action_space.sample())
        env.close()
    return Finding("PASS", f"{len(WORLDS)} worlds of ours, gymnasium {gym.__version__}")


def _drawing() -> Finding:
    import gymnasium as gym

    import envs

    env = gym.make("workshop/TicTacToe-v0", render_mode="rgb_array")
    env.reset(seed=0)
    shape = env.render().shape  # type: ignore[union-attr]
    env.close()
    return Finding("PASS", f"{envs.__name__} draws {shape[1]} x {shape[0]} pixels")


def _window() -> Finding:
    from workshop.display import has_display, reach_display

    fix = "pictures work without one: --save FILE.gif; on a server, ssh -X or a virtual screen"
    if not has_display():
        return Finding("NONE", "no display", fix)
    import pygame

    try:
        reach_display()
    except BadInput as error:
        return Finding("NONE", str(error), fix)
    driver, size = pygame.display.get_driver(), pygame.display.get_desktop_sizes()[0]
    pygame.display.quit()
    return Finding("PASS", f"{driver}, {size[0]} x {size[1]}")


def _folder() -> Finding:
    try:
        with tempfile.NamedTemporaryFile(dir=Path.cwd()):
            return Finding("PASS", f"{Path.cwd()} can be written")
    except OSError as error:
        return Finding("FAIL", str(error), "change to a folder of your own")


def _jail() -> Finding:
    from arena.jail import PROMISE, probe

    levels = probe()
    level = max(found.level for found in levels if found.works)
    if level == levels[-1].level and level:
        return Finding("PASS", f"level {level}: {levels[-1].found}\n{PROMISE}")
    why = "" if level == levels[-1].level else f"; not level {level + 1}: {levels[level + 1].found}"
    return Finding("NONE", f"level {level}: {levels[level].found}{why}", CONTAINER)


CONTAINER = "bots of people you trust do no harm; for others, a container around the tournament"


def _attacks() -> dict[str, Finding]:
    """What a bot in the jail fails to do."""
    from arena.jail.attacks import run_attacks

    try:
        trials = run_attacks()
    except Exception as error:
        return {"jail: attacks": Finding("FAIL", f"{type(error).__name__}: {error}", CONTAINER)}
    return {f"jail: {name}": Finding(verdict, said, CONTAINER) for name, verdict, said in trials}


CHECKS: dict[str, Callable[[], Finding]] = {
    "python": _python,
    "torch": _torch,
    "gpu": _gpu,
    "worlds": _worlds,
    "drawing": _drawing,
    "window": _window,
    "run folder": _folder,
    "jail": _jail,
}


def _print_table(findings: dict[str, Finding]) -> None:
    from rich.console import Console
    from rich.table import Table

    colors = {"PASS": "green", "FAIL": "red", "NONE": "yellow", "UNSUPPORTED": "yellow"}
    table = Table(box=None, show_header=False)
    for name, (state, found, fix) in findings.items():
        hint = f"\n[dim]{fix}[/dim]" if fix and state != "PASS" else ""
        table.add_row(f"[{colors[state]}]{state}[/]", f"[bold]{name}[/bold]", found + hint)
    Console().print(table)
