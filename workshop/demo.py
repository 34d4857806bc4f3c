"""`workshop demo`: from nothing to an unbeatable player, and then it plays you."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from agents import dqn
from envs.names import BadInput
from envs.worlds import find_world
from workshop.interrupt import Interrupt
from workshop.options import quoted
from workshop.runs import Run
from workshop.session import Session
from workshop.training import Options as TrainOptions
from workshop.training import Training, train

ENOUGH = 0.99
"""Beside the proof, the best move in this share of all positions."""


@dataclass
class Options:
    """How to show the demo."""

    seed: int = 0
    """Decides every random choice."""
    run: Path | None = None
    """The folder to write; by default a new one in runs/."""
    theme: Literal["light", "dark"] = "light"
    """Colours."""
    window: bool = True
    """Open a window at the end; --no-window writes a GIF instead."""


def run(options: Options) -> int:
    """Trains tic-tac-toe until it is proven unbeatable, then opens the window."""
    from workshop.display import has_display
    from workshop.play import human_session
    from workshop.watch import open_window

    console = Console(stderr=True)
    world = find_world("tictactoe")
    console.print(
        "[bold]Training[/bold] a network that knows nothing of tic-tac-toe but the legal moves.\n"
        "It plays itself; the bar shows in how many of the 4,520 positions it finds a best move."
    )
    training = Training(
        TrainOptions(seed=options.seed, run=options.run), "dqn", world, dqn.config_for(world)
    )
    with Interrupt() as interrupted:
        outcome = train(training, console, interrupted, stop=_is_proven)
    folder = outcome.run.folder
    if not outcome.finished:
        console.print("stopped; everything is saved. To go on:")
        print(f"workshop train --resume {quoted(folder)}")
        return 130
    rate = f"a best move in {outcome.measured['optimal_action_rate']:.2%} of all positions"
    if not outcome.measured["unbeatable"]:
        raise BadInput(f"seed {options.seed} did not become unbeatable ({rate}); try another")
    console.print(
        f"[bold green]proven unbeatable[/bold green] after {outcome.seconds:.0f} s and "
        f"{outcome.step:,} moves: every reply of every opponent walked, in both seats; {rate}."
    )
    print(f"saved {folder}")
    if options.window and has_display():
        console.print("Your turn. Try to beat it.")
        open_window(
            human_session(world, str(folder), False, options.seed), options.theme, wait=True
        )
        return 0
    picture = folder / "game.gif"
    _write_game(outcome.run, picture, options)
    print(f"no window here: one of its games is in {picture}")
    command = f"workshop play tictactoe --against {quoted(folder)} --terminal"
    console.print(f"play it at the terminal: {command}")
    return 0


def _is_proven(step: int, measured: dict[str, Any]) -> bool:
    return bool(measured["unbeatable"]) and measured["optimal_action_rate"] >= ENOUGH


def _write_game(run: Run, picture: Path, options: Options) -> None:
    """The trained agent against one that moves at random, in both seats."""
    from agents.agent import make_agent
    from workshop.recording import KEYLESS, record

    world = find_world("tictactoe")
    agents = [make_agent(str(run.folder), world), make_agent("random", world, options.seed)]
    session = Session(world, agents, ["dqn", "random"], options.seed)
    record(session, picture, KEYLESS._replace(theme=options.theme), episodes=2)
