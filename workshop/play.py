"""`workshop play ENV --against AGENT`: a person plays, in the window or at the terminal."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import tyro

from agents.human import HumanAgent
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.guest import make_player
from workshop.session import Session
from workshop.watch import display_name, open_window


@dataclass
class Options:
    """What to play, and against whom."""

    world: tyro.conf.Positional[str] = ""
    """tictactoe, connect-four, gridworld, ... or any Gymnasium id. None: choose from a menu."""
    against: str | None = None
    """The opponent, in a game of two: random, minimax:depth=4, runs/..., my_bot.py"""
    second: bool = False
    """Let the opponent begin."""
    seed: int = 0
    """Decides every random choice."""
    best_of: int = 0
    """A match of so many games, with a score; 0: as many as you like."""
    theme: Literal["light", "dark"] = "light"
    """Colours."""
    terminal: bool = False
    """Play in the terminal instead of a window."""


def run(options: Options) -> int:
    """Lets a person play."""
    if not options.world and not _choose(options):
        return 0
    world = find_world(options.world)
    if world.two_player and options.against is None:
        opponent = "voronoi" if world.is_duel else "minimax"
        raise BadInput(f"against whom? workshop play {world.name} --against {opponent}")
    if not world.two_player and options.against is not None:
        raise BadInput(f"{world.name} is for one; leave --against away")
    if options.best_of < 0:
        raise BadInput(f"--best-of is a number of games, not {options.best_of}")
    session = human_session(world, options.against, options.second, options.seed)
    session.best_of = options.best_of if world.two_player else 0
    with closing(session):
        if options.terminal:
            play_in_terminal(session)
        else:
            without = "play in the terminal: --terminal"
            open_window(session, options.theme, wait=True, without=without)
    return 0


def _choose(options: Options) -> bool:
    """Lets a person choose from the menu; whether something was chosen."""
    from workshop.display import has_display

    if options.terminal or not has_display():
        raise BadInput("which world? workshop play tictactoe --against minimax --terminal")
    from workshop.menu import Menu

    choice = Menu(options.theme).run()
    if choice is not None:
        options.world, options.against, options.second = choice
    return choice is not None


def human_session(world: World, against: str | None, second: bool, seed: int) -> Session:
    """A session of a person, alone or against an agent."""
    agents, names = [HumanAgent(world)], ["you"]
    if against is None:
        return Session(world, list(agents), names, seed)
    opponent = make_player(against, world, seed)
    names.append("human" if isinstance(opponent, HumanAgent) else display_name(against))
    session = Session(world, [*agents, opponent], names, seed)
    if second:
        session.next_game()
    return session


def play_in_terminal(session: Session) -> None:
    """One game as text."""
    draw = getattr(session.env.unwrapped, "ansi", None)
    while not session.over:
        if draw and session.waits_for_human:
            print(f"\n{draw()}\n{session.describe()}")
        if not session.advance():
            try:
                session.advance(session.mover.act(session.percept))
            except EOFError:
                raise BadInput("the game was not finished: there is no more input") from None
    if draw:
        print(f"\n{draw()}")
    print(session.result)
