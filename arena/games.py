"""Games as a referee sees them: who is to move, what may be played, who has won.

The rules are those of the worlds. What a player is told of a position travels as a short list, and
`percept_maker` turns it into a percept on the other side: of a board its two bitboards, of any
other world what it lets its player observe.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from envs.board import board_percept
from envs.percept import Percept, freeze, perceive
from envs.rules.grid import Grid
from envs.rules.kinarow import KInARow
from envs.worlds import World

MOST_STEPS = 10_000
"""An episode of a world that sets itself no limit ends after so many steps."""


class Game(Protocol):
    """A game while it is played."""

    waiting: tuple[int, ...]
    """The seats that are to move now, none of which sees what the others do; empty at the end."""
    score: float
    """When it is over: what it came to for seat 0."""

    def state(self, seat: int) -> list[Any]:
        """What the player in `seat` is told."""

    def legal(self, seat: int) -> tuple[int, ...]:
        """What that player may do."""

    def play(self, actions: Sequence[int]) -> None:
        """The legal moves of those who were waiting."""


class BoardGame:
    """K in a row, from an opening.

    Args:
        opening: legal moves from the empty board, by whoever is to move.
    """

    def __init__(self, rules: KInARow, opening: Sequence[int] = ()) -> None:
        self.rules = rules
        self.mine = self.theirs = 0
        self.player = 0
        self.score = 0.5
        self.waiting: tuple[int, ...] = (0,)
        for action in opening:
            self.play((action,))

    def state(self, seat: int) -> list[Any]:
        """The bitboards of the player and of the other."""
        return [self.mine, self.theirs, seat]

    def legal(self, seat: int) -> tuple[int, ...]:
        """The actions that put a stone somewhere."""
        return self.rules.legal_actions(self.mine, self.theirs)

    def play(self, actions: Sequence[int]) -> None:
        """Puts a stone, and hands the board to the other player."""
        rules, mover = self.rules, self.player
        stones = self.mine | rules.landing(self.mine, self.theirs, actions[0])
        self.mine, self.theirs, self.player = self.theirs, stones, 1 - mover
        if rules.lines(stones):
            won = rules.line_value > 0
            self.score, self.waiting = float(won == (mover == 0)), ()
        elif rules.full(self.mine, stones):
            self.waiting = ()
        else:
            self.waiting = (1 - mover,)


class DuelGame:
    """Two light-cycles that move at the same time, in the arena of a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.face: Any = world.make(seat="both").unwrapped
        self.face.reset(seed=seed)
        self.score = 0.5
        self.waiting: tuple[int, ...] = (0, 1)

    def state(self, seat: int) -> list[Any]:
        """What is seen from the seat."""
        return packed(self.face.percept(seat))

    def legal(self, seat: int) -> tuple[int, ...]:
        """Every direction."""
        return tuple(range(int(self.face.action_space.n)))

    def play(self, actions: Sequence[int]) -> None:
        """One step of both."""
        for action in actions:
            self.face.step(action)
        if self.face.over:
            crashed = self.face.crashed
            self.score, self.waiting = (1 + crashed[1] - crashed[0]) / 2, ()


class Episode:
    """One player in a world, from a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.env = world.make()
        self.score = 0.0
        self.steps = 0
        self.waiting: tuple[int, ...] = (0,)
        self.percept = perceive(self.env, *self.env.reset(seed=seed))

    def state(self, seat: int) -> list[Any]:
        """What is observed."""
        return packed(self.percept)

    def legal(self, seat: int) -> tuple[int, ...]:
        """The legal actions."""
        return self.percept.legal_actions

    def play(self, actions: Sequence[int]) -> None:
        """One step."""
        observation, reward, terminated, truncated, info = self.env.step(actions[0])
        self.score += float(reward)
        self.steps += 1
        if terminated or truncated or self.steps >= MOST_STEPS:
            self.waiting = ()
            self.env.close()
        else:
            self.percept = perceive(self.env, observation, info)


def forfeit(game: Episode) -> float:
    """What an episode is worth that its player cannot finish: never more than any that ends.

    All steps that are left, each at the worst price of one, and a pit besides.
    """
    limit = game.env.spec.max_episode_steps if game.env.spec else None
    grid: Grid = game.env.unwrapped.grid  # type: ignore[attr-defined]
    worst = min(0.0, float(grid.reward[~grid.ends.astype(bool)].min()))
    return game.score + worst * ((limit or MOST_STEPS) - game.steps) - 1.0


def new_game(world: World, opening: Sequence[int]) -> Game:
    """A game of `world`; `opening` as in `GameRecord.opening`."""
    if world.rules is not None:
        return BoardGame(world.rules, opening)
    return DuelGame(world, opening[0]) if world.is_duel else Episode(world, opening[0])


def packed(percept: Percept) -> list[Any]:
    """A percept of a world that has no board, so that it can travel."""
    seen = percept.observation
    legal = None if percept.action_mask.all() else list(percept.legal_actions)
    return [b64encode(seen.tobytes()).decode(), seen.dtype.str, seen.shape, legal, percept.player]


def percept_maker(world: World) -> Callable[[list[Any]], Percept]:
    """What turns the state of a game of `world` into a percept."""
    rules = world.rules
    if rules is not None:
        return lambda state: board_percept(rules, *state)
    count = world.action_count

    def unpack(state: list[Any]) -> Percept:
        seen, kind, shape, actions, player = state
        observation = np.frombuffer(b64decode(seen), kind).reshape(shape)
        legal = tuple(range(count)) if actions is None else tuple(actions)
        mask = np.isin(np.arange(count), legal)
        return Percept(freeze(observation), freeze(mask), legal, player, None)

    return unpack
