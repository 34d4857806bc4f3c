"""Which games are to be played: a pure function of bots, world, openings, limits and seed.

Every opening is played twice, with the seats swapped, so that what it gives to one side it gives to
both. Openings are random legal positions: with as few plies, an even number, as there are enough
different ones of. The random numbers of a bot follow from the seed, the opening and its seat, so
that a bot against its own copy scores exactly a half.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations, product
from typing import NamedTuple

from arena.bots import Bot
from arena.player import Limits
from arena.records import VERSION, digest
from envs.names import BadInput
from envs.rules.kinarow import KInARow
from envs.worlds import World

Opening = tuple[int, ...]
MOST_PLIES = 8
"""An opening has no more; where they do not suffice, openings repeat."""
ENOUGH = 5000
"""With so many different openings nobody looks for more."""


class Fixture(NamedTuple):
    """A game that is to be played."""

    key: str
    """The hash of all that decides it."""
    bots: tuple[Bot, ...]
    """By seat."""
    pair: int
    """The number of its opening."""
    opening: Opening
    """As in `GameRecord.opening`."""
    seeds: tuple[int, ...]
    """Of the bots' random numbers, by seat."""

    @property
    def names(self) -> tuple[str, str]:
        """Of the bots, by seat; empty where nobody sits."""
        return self.bots[0].name, self.bots[1].name if len(self.bots) > 1 else ""


class Pairing(NamedTuple):
    """All games of two bots, or all episodes of one."""

    bots: tuple[Bot, ...]
    fixtures: tuple[Fixture, ...]


def schedule(
    world: World,
    bots: Sequence[Bot],
    pairs: int,
    seed: int,
    limits: Limits,
    staff: Sequence[Bot] = (),
) -> list[Pairing]:
    """Everybody against everybody; with `staff`, everybody against those only.

    Args:
        pairs: openings of each pairing; in a world of one player, episodes of each bot.

    Raises:
        BadInput: that are too few bots.
    """
    openings = make_openings(world, pairs, seed)
    if not world.two_player:
        return [_pairing(world, (bot,), openings, seed, limits) for bot in bots]
    if not staff and len(bots) < 2:
        raise BadInput("a tournament takes two bots or more")
    meetings = product(bots, staff) if staff else combinations(bots, 2)
    return [_pairing(world, both, openings, seed, limits) for both in meetings]


def make_openings(world: World, pairs: int, seed: int) -> list[Opening]:
    """So many openings, the same for everybody."""
    draw = random.Random(f"openings {seed}")
    if world.rules is None:
        return [(draw.randrange(2**31),) for _ in range(pairs)]
    found = _positions(world.rules, pairs)
    draw.shuffle(found)
    return [found[number % len(found)] for number in range(pairs)]


def _positions(rules: KInARow, pairs: int) -> list[Opening]:
    """Ways to different positions in which the game goes on."""
    layer: dict[tuple[int, int], Opening] = {(0, 0): ()}
    found = list(layer.values())
    for _ in range(MOST_PLIES // 2):
        for _ in range(2):
            after: dict[tuple[int, int], Opening] = {}
            for (mine, theirs), moves in layer.items():
                for action in rules.legal_actions(mine, theirs):
                    position = theirs, mine | rules.landing(mine, theirs, action)
                    if not rules.over(*position):
                        after.setdefault(position, (*moves, action))
            layer = after
        if not layer:
            break
        found = list(layer.values())
        if len(found) >= min(pairs, ENOUGH):
            break
    return found


def _pairing(
    world: World, bots: tuple[Bot, ...], openings: Sequence[Opening], seed: int, limits: Limits
) -> Pairing:
    where = repr(world.rules) if world.rules else [world.id, world.options, world.map_file_text]
    fixtures = []
    for pair, opening in enumerate(openings):
        seeds = tuple(_seed(seed, pair, seat) for seat in range(len(bots)))
        for seated in (bots, bots[::-1]) if len(bots) > 1 else (bots,):
            contents = [bot.content for bot in seated]
            key = digest(VERSION, where, contents, pair, opening, seeds, limits)
            fixtures.append(Fixture(key, seated, pair, opening, seeds))
    return Pairing(bots, tuple(fixtures))


def _seed(seed: int, pair: int, seat: int) -> int:
    return int(digest(seed, pair, seat)[:7], 16)
