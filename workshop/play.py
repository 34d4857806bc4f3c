"""`workshop play ENV --against AGENT`: a person plays, in the window or at the terminal."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from agents.human import HumanAgent
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.guest import make_player
from workshop.offers import YOU, Choice
from workshop.session import Session
from workshop.timelapse import TimeLapse
from workshop.watch import display_name, open_lapse, open_window, watched


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
    if options.best_of < 0:
        raise BadInput(f"--best-of is a number of games, not {options.best_of}")
    if not options.world:
        return from_menu(options)
    world = find_world(options.world)
    if world.two_player and options.against is None:
        opponent = "voronoi" if world.is_duel else "minimax"
        raise BadInput(f"against whom? workshop play {world.name} --against {opponent}")
    if not world.two_player and options.against is not None:
        raise BadInput(f"{world.name} is for one; leave --against away")
    session = human_session(world, options.against, options.second, options.seed)
    session.best_of = options.best_of if world.two_player else 0
    with closing(session):
        if options.terminal:
            play_in_terminal(session)
        else:
            without = "play in the terminal: --terminal"
            open_window(session, options.theme, wait=True, without=without)
    return 0


def from_menu(options: Options) -> int:
    """Shows what a person chooses from the menu, and the menu again, until that is closed."""
    from workshop.display import has_display

    if options.terminal or not has_display():
        raise BadInput("which world? workshop play tictactoe --against minimax --terminal")
    from workshop.menu import Menu

    menu = Menu(options.theme, options.best_of, options.second)
    while (choice := menu.run()) is not None:
        try:
            show(choice, menu.theme, options.seed)
        except BadInput as error:
            menu.notice = str(error)
    return 0


def show(choice: Choice, theme: str, seed: int) -> None:
    """What was chosen from the menu, in a window.

    Raises:
        BadInput: it cannot be shown.
    """
    if choice.lapse:
        open_lapse(TimeLapse(Path(choice.lapse)), theme)
        return
    world = find_world(choice.world)
    if choice.player == YOU:
        session = human_session(world, choice.against, choice.second, seed)
    else:
        session = watched(world, [name for name in choice[1:3] if name], seed)
        if choice.second:
            session.next_game()
    session.best_of = choice.best_of
    with closing(session):
        open_window(session, theme, wait=choice.has_person)


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
