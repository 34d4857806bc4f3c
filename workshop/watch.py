"""`workshop watch ENV AGENT [AGENT]`: the window, or a picture file.

`workshop watch RUN` shows how a training went, and follows one that is going on;
`workshop watch RESULTS --game KEY` shows a game of a tournament again.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.guest import make_player
from workshop.replay import is_results, replay_of
from workshop.session import Session
from workshop.timelapse import TimeLapse, has_history


@dataclass
class Options:
    """What to watch, and how."""

    world: tyro.conf.Positional[str]
    """tictactoe, connect-four, gridworld:map=cliff, ... or any Gymnasium id; or a run folder, to
    see how it learned; or the folder of a tournament's results, with --game."""
    agents: tyro.conf.Positional[tuple[str, ...]] = ()
    """One agent, or two for a game: random, minimax:depth=4, runs/..., my_bot.py"""
    game: str | None = None
    """Of a tournament: the key of the game, or its beginning; the page tells it."""
    seed: int = 0
    """Decides every random choice."""
    save: Path | None = None
    """Write FILE.gif, FILE.mp4 or FILE.png instead of opening a window."""
    episodes: int = 1
    """How many games or episodes to save."""
    theme: Literal["light", "dark"] = "light"
    """Colours."""


def run(options: Options) -> int:
    """Opens the window, or writes the file."""
    from workshop.recording import KEYLESS, check_file, record

    if options.episodes < 1:
        raise BadInput(f"--episodes must be at least 1, not {options.episodes}")
    if options.save:
        check_file(options.save)
    if has_history(Path(options.world)):
        return _time_lapse(options)
    with closing(_session(options)) as session:
        if options.save:
            look = KEYLESS._replace(theme=options.theme)
            frames = record(session, options.save, look, episodes=options.episodes)
            print(f"wrote {options.save} ({frames} frames)")
        else:
            open_window(session, options.theme)
    return 0


def _time_lapse(options: Options) -> int:
    """Shows how a training went, or writes it to a file."""
    from workshop.recording import KEYLESS, record_lapse

    if options.agents or options.game is not None:
        raise BadInput(f"{options.world} is a run folder, shown by itself; leave the rest out")
    lapse = TimeLapse(Path(options.world))
    if options.save:
        frames = record_lapse(lapse, options.save, KEYLESS._replace(theme=options.theme))
        print(f"wrote {options.save} ({frames} frames)")
        return 0
    open_lapse(lapse, options.theme)
    return 0


def open_lapse(lapse: TimeLapse, theme: str) -> None:
    """Shows a time-lapse until the person quits.

    Raises:
        BadInput: there is no display.
    """
    from workshop.display import has_display

    if not has_display():
        raise BadInput("there is no display here; write a file instead: --save FILE.gif")
    from workshop.lapse_window import LapseWindow

    LapseWindow(lapse, theme).run()


def _session(options: Options) -> Session:
    """What is to be shown.

    Raises:
        BadInput: there is no such world, agent, or game.
    """
    if options.game is not None or is_results(Path(options.world)):
        if options.agents:
            raise BadInput("a game of a tournament has its players; leave the agents out")
        return replay_of(Path(options.world), options.game)
    world = find_world(options.world)
    if "human" in options.agents:
        raise BadInput(f"to play yourself: workshop play {world.name} --against AGENT")
    return watched(world, list(options.agents), options.seed)


def watched(world: World, names: list[str], seed: int) -> Session:
    """A session of agents by their names; in a game of two, one plays itself.

    Raises:
        BadInput: there is no such agent, or there are too many.
    """
    most = 2 if world.two_player else 1
    if not 1 <= len(names) <= most:
        raise BadInput(f"{world.name} takes {'one or two agents' if most == 2 else 'one agent'}")
    if world.two_player and len(names) == 1:
        names *= 2
    agents = [make_player(name, world, seed + i) for i, name in enumerate(names)]
    return Session(world, agents, [display_name(name) for name in names], seed)


def open_window(
    session: Session,
    theme: str = "light",
    wait: bool = False,
    without: str = "write a file instead: --save FILE.gif",
) -> None:
    """Shows a session until the person quits.

    Raises:
        BadInput: there is no display; `without` says what can be done then.
    """
    from workshop.display import has_display
    from workshop.window import Window

    if not has_display():
        raise BadInput(f"there is no display here; {without}")
    Window(session, theme, wait).run()


def display_name(name: str) -> str:
    """What an agent is called in the window: the last part of a folder's path."""
    return Path(name).name if ("/" in name or "\\" in name) else name
