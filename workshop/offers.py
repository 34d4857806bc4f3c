"""What the menu of `workshop play` offers: worlds, and who acts there, trained runs among them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from agents.agent import AGENTS, make_agent
from arena.bots import bot_at
from envs.names import BadInput
from envs.registration import WORLDS
from envs.worlds import find_world
from workshop.guest import KINDS
from workshop.view import TITLES

MORE = {
    "gridworld:map=cliff": "GridWorld: the cliff",
    "gridworld:map=key-and-door": "GridWorld: key and door",
    "gridworld:map=random,size=8": "GridWorld: always a new map",
    "duel:rows=11,cols=11,starts=random,obstacles=6": "Duel among obstacles",
}
"""Worlds beside the plain ones, and what they are called."""
RUNS, BOTS = Path("runs"), Path("bots")
YOU, SECOND_PERSON = "you", "human"
"""The person at the window, and another one beside them."""
PEOPLE = (YOU, SECOND_PERSON)


class Choice(NamedTuple):
    """What is to be seen."""

    world: str
    player: str = YOU
    """Who acts."""
    against: str | None = None
    """The opponent, in a game of two."""
    second: bool = False
    """The opponent begins."""
    best_of: int = 0
    """A match of so many games; 0: as many as you like."""
    lapse: str = ""
    """The run whose training is to be seen instead."""

    @property
    def has_person(self) -> bool:
        """Whether somebody plays, and not only watches."""
        return self.player in PEOPLE or self.against in PEOPLE


def worlds() -> list[str]:
    """The worlds of the menu, those that a person can play."""
    return [*(name for name in WORLDS if name != "kinarow"), *MORE]


def offered(world_name: str) -> list[str]:
    """Who can be chosen in a world: as the opponent, or where one acts alone as that one."""
    found = [*built_in(world_name), *runs_for(world_name)]
    if find_world(world_name).two_player:
        return [*found, *bots()]
    return [YOU, *(name for name in found if name != SECOND_PERSON)]


@cache
def built_in(world_name: str) -> tuple[str, ...]:
    """The agents that play a world without having been trained."""
    world, found = find_world(world_name), []
    for name, spec in AGENTS.items():
        try:
            if spec.trains_on is None:
                make_agent(name, world, seed=0)
                found.append(name)
        except BadInput:  # it does not play here
            continue
    return tuple(found)


def runs_for(world_name: str) -> list[str]:
    """The run folders here of agents that were trained for a world."""
    world, found = find_world(world_name), []
    for path in sorted(RUNS.glob("*/agent/config.json")):
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            if find_world(about["world"], about.get("map", "")).plays_like(world):
                found.append(path.parents[1].as_posix())
        except (BadInput, OSError, ValueError, KeyError):  # no run that can be played
            continue
    return found


def bots() -> list[str]:
    """The bots of the folder `bots` here; whether one plays a world, only a game can tell."""
    there = sorted(BOTS.iterdir()) if BOTS.is_dir() else []
    return [bot.source for at in there if (bot := bot_at(at)) and bot.kind in KINDS]


def title_of(world_name: str) -> str:
    """What a world is called in the list."""
    return MORE.get(world_name) or TITLES.get(world_name, world_name)
