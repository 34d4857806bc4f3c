"""Which keys the window of a session tells, and which action of a world a key stands for."""

from __future__ import annotations

from collections.abc import Iterable

import pygame

from agents.human import HumanAgent
from envs.rules.cells import STEPS
from envs.rules.kinarow import KInARow
from workshop.guest import Guest
from workshop.keys import Key
from workshop.session import Session
from workshop.view import WATCH_KEYS

ARROWS = (pygame.K_UP, pygame.K_RIGHT, pygame.K_DOWN, pygame.K_LEFT)
WASD = (pygame.K_w, pygame.K_d, pygame.K_s, pygame.K_a)
"""The same for a second person."""
ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER)
ALL_KEYS = (
    ("space", "pause and go on"),
    ("s", "one move"),
    ("+ -", "faster, slower"),
    ("t", "what it thinks, on the cells"),
    ("v", "panel: thoughts, search tree, network"),
    ("click", "in the tree: the replies to a move"),
    ("o", "the truth: what is best, and mistakes"),
    ("h", "a hint, and why"),
    ("u", "take back"),
    ("e", "set up a position, and play on from it"),
    ("r", "the same game from its start"),
    ("n", "next game, seats swapped"),
    ("a", "motion on or off"),
    ("d", "light or dark"),
    ("?", "these keys"),
    ("q", "quit"),
)


def person_plays(session: Session) -> bool:
    """Whether a person is among the agents."""
    return any(isinstance(agent, HumanAgent) for agent in session.agents)


def somebody_thinks(session: Session) -> bool:
    """Whether there are thoughts to be seen: of people, bots and records there are none."""
    silent = (HumanAgent, Guest)
    return session.can_be_changed and not all(isinstance(one, silent) for one in session.agents)


def can_set_up(session: Session) -> bool:
    """Whether a person may set up a position."""
    return session.world.rules is not None and session.can_be_changed


def keys_below(session: Session) -> list[Key]:
    """What is told below the world: the keys that are needed most."""
    if not person_plays(session):
        return _useful(WATCH_KEYS, session)
    how = [("click", "move")] if session.world.rules is not None else _steering(session)
    keys = [("h", "hint"), ("u", "take back"), ("n", "next game"), ("d", "light / dark")]
    return [*how, *_useful(keys, session), *WATCH_KEYS[-2:]]


def all_keys(session: Session) -> list[Key]:
    """Those that do something in this world."""
    told = _useful(ALL_KEYS, session)
    if not person_plays(session):
        return told
    if session.world.rules is not None:
        return [("arrows enter", "a cursor on the board, and play there"), *told]
    return [*_steering(session), *told]


def is_told(session: Session, letter: str) -> bool:
    """Whether the key of a letter does something in this world."""
    return letter in dict(all_keys(session))


def _steering(session: Session) -> list[Key]:
    """Which keys move where there is no board; where two people do at once, who has which."""
    if session.drive_together:
        return list(zip(("arrows", "w a s d"), session.names, strict=True))
    return [("arrows" if session.world.has_directions else "1 - 9", "move")]


def _useful(keys: Iterable[Key], session: Session) -> list[Key]:
    """Without those that do nothing in this world, or steer in it."""
    world, idle = session.world, set[str]()
    if world.rules is None:
        idle |= {"click"} if world.has_directions else {"click", "t", "a"}
    if world.rules is None and not world.is_gridworld:  # nobody knows what is best
        idle |= {"o", "h"}
    if not can_set_up(session):
        idle.add("e")
    if not somebody_thinks(session):
        idle |= {"t", "v", "click"}
    if not session.can_be_changed:
        idle.add("n")
    if session.drive_together:
        idle |= set("wasd")
    told = [key for key in keys if key[0] not in idle]
    if world.two_player:
        return told
    return [("n", "next episode") if key[0] == "n" else key for key in told]


def moved_cursor(rules: KInARow, cursor: int | None, arrow: int) -> int:
    """The action beside that of the cursor, which begins in the middle and ends at the edges."""
    row, col = rules.rows // 2, rules.cols // 2
    if cursor is not None:
        row, col = (0, cursor) if rules.gravity else divmod(cursor, rules.cols)
        down, right = STEPS[ARROWS.index(arrow)]
        row = min(max(row + down, 0), rules.rows - 1)
        col = min(max(col + right, 0), rules.cols - 1)
    return col if rules.gravity else row * rules.cols + col
