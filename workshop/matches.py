"""Is one agent better than another? Games from many openings, each played in both seats.

Two agents that play deterministically repeat one game for ever from the empty board, and a hundred
copies of it prove nothing. So board games start from every opening of two plies, duels from seeded
arenas; a game that repeats is counted once. Gridworlds and other worlds of one player are compared
on the same seeded episodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from agents.agent import Agent
from arena.statistics import bootstrap_interval, wilson_interval
from envs.board import board_percept
from envs.duel import DuelEnv
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import KInARow
from envs.rules.solution import Position
from envs.worlds import World
from workshop.estimate import EPISODES, make_envs, play_episodes

MOST_OPENINGS = 500
"""On boards with more openings of two plies than this, so many are drawn."""
WIN, DRAW, LOSS = 1.0, 0.5, 0.0


class Game(NamedTuple):
    """One game, told from the side of the first named agent."""

    start: int
    """The number of its opening or seed: the games of one start are no independent evidence."""
    position: Hashable
    """Where it starts."""
    seat: int
    """The agent's seat; 0 moves first."""
    moves: tuple[int, ...]
    """The moves of both."""
    score: float
    """1 a win, 1/2 a draw, 0 a loss."""


def meet(world: World, agent: Agent, other: Agent, episodes: int, seed: int) -> dict[str, Any]:
    """How `agent` does against `other`.

    Args:
        episodes: about how many games, or how many pairs of episodes. Board games are played from
            every opening at least once, and again while that many games allow it.
        seed: of the arenas and episodes, and of the bootstrap.

    Returns:
        Of a game what `summary` tells, of a world of one player what `paired_returns` tells.
    """
    if world.rules is not None:
        return summary(play_board(world.rules, agent, other, episodes, seed), seed)
    if world.is_duel:
        arenas = [episode_seed(seed, number) for number in range(max(1, episodes // 2))]
        return summary(play_duel(world, agent, other, arenas), seed)
    return paired_returns(world, agent, other, episodes, seed)


def episode_seed(seed: int, number: int) -> int:
    """The seed of an episode, apart from those of other `seed`s."""
    return seed * 1_000_003 + number


def openings(rules: KInARow) -> list[Position]:
    """The positions after two plies, each once; those in which the game is over are left out.

    Raises:
        BadInput: there are none on so small a board.
    """
    found: dict[Position, None] = {}
    for first, second in product(range(rules.actions), repeat=2):
        one = rules.landing(0, 0, first)
        other = rules.landing(0, one, second)
        if one and other and not rules.over(one, other):
            found[one, other] = None
    if not found:
        raise BadInput(f"{rules} has no openings of two plies")
    return list(found)


def play_board(rules: KInARow, agent: Agent, other: Agent, games: int, seed: int = 0) -> list[Game]:
    """Every opening in both seats, and all of that again while no more than `games` are played."""
    starts = openings(rules)
    if len(starts) > MOST_OPENINGS:
        drawn = np.random.default_rng(seed).permutation(len(starts))[:MOST_OPENINGS]
        starts = [starts[int(number)] for number in drawn]
    played: list[Game] = []
    for _ in range(max(1, games // (2 * len(starts)))):
        again = [_BoardGame(rules, number, at, seat) for number, at in enumerate(starts)
                 for seat in (0, 1)]  # fmt: skip
        _play_side_by_side(again, agent, other)
        played += [game.result() for game in again]
        if len(without_repeats(played)) < len(played):  # one more round would say nothing new
            break
    return played


class _BoardGame:
    """A game from an opening, while it is played."""

    def __init__(self, rules: KInARow, start: int, position: Position, seat: int) -> None:
        self.rules, self.start, self.position, self.seat = rules, start, position, seat
        self.mine, self.theirs = position
        self.moves: list[int] = []
        self.score: float | None = None

    @property
    def player(self) -> int:
        """Whose move it is."""
        return (self.mine | self.theirs).bit_count() % 2

    def percept(self) -> Percept:
        """What that player perceives."""
        return board_percept(self.rules, self.mine, self.theirs, self.player)

    def move(self, action: int) -> None:
        """Plays it; who breaks the rules has lost."""
        rules, player = self.rules, self.player
        self.moves.append(action)
        known = 0 <= action < rules.actions
        landing = rules.landing(self.mine, self.theirs, action) if known else 0
        self.mine, self.theirs = self.theirs, self.mine | landing
        value = rules.line_value if rules.lines(self.theirs) else 0
        if not landing or value:  # of whoever has just moved
            won = landing and value > 0
            self.score = WIN if won == (player == self.seat) else LOSS
        elif rules.full(self.mine, self.theirs):
            self.score = DRAW

    def result(self) -> Game:
        """What is counted."""
        assert self.score is not None
        return Game(self.start, self.position, self.seat, tuple(self.moves), self.score)


def _play_side_by_side(games: Sequence[_BoardGame], agent: Agent, other: Agent) -> None:
    """Plays all games to their ends, each agent asked once a ply for all its moves."""
    while going := [game for game in games if game.score is None]:
        ours = [game for game in going if game.player == game.seat]
        theirs = [game for game in going if game.player != game.seat]
        for player, its in ((agent, ours), (other, theirs)):
            actions = player.act_many([game.percept() for game in its]) if its else []
            for game, action in zip(its, actions, strict=True):
                game.move(int(action))


def play_duel(world: World, agent: Agent, other: Agent, seeds: Sequence[int]) -> list[Game]:
    """Both seats in the arena of each seed; nobody sees the other's move before making its own."""
    games = [(start, seat) for start in range(len(seeds)) for seat in (0, 1)]
    faces: list[DuelEnv] = []
    for start, _ in games:
        face: Any = world.make(seat="both").unwrapped
        face.reset(seed=seeds[start])
        faces.append(face)
    positions = [(bytes(face.walls), face.heads) for face in faces]
    moves: list[list[int]] = [[] for _ in games]
    while going := [number for number, face in enumerate(faces) if not face.over]:
        ours = agent.act_many([faces[n].percept(games[n][1]) for n in going])
        theirs = other.act_many([faces[n].percept(1 - games[n][1]) for n in going])
        for number, mine, yours in zip(going, ours, theirs, strict=True):
            for action in (yours, mine) if games[number][1] else (mine, yours):
                faces[number].step(action)
                moves[number].append(int(action))
    found = []
    for (start, seat), position, played, face in zip(games, positions, moves, faces, strict=True):
        score = (1 + face.crashed[1 - seat] - face.crashed[seat]) / 2
        found.append(Game(start, position, seat, tuple(played), score))
    return found


def without_repeats(games: Sequence[Game]) -> list[Game]:
    """The games, each only once if both agents repeat themselves wherever they could differ.

    Of agents that draw lots, games that are equal by chance stay: that is evidence too.
    """
    kinds: dict[tuple[Hashable, int], dict[tuple[int, ...], Game]] = defaultdict(dict)
    for game in games:
        kinds[game.position, game.seat].setdefault(game.moves, game)
    if any(len(kind) > 1 for kind in kinds.values()):
        return list(games)
    return [game for kind in kinds.values() for game in kind.values()]


def summary(games: Sequence[Game], seed: int = 0) -> dict[str, Any]:
    """Wins, draws and losses, in both seats and in each, with intervals.

    `win_rate_ci95` is Wilson's interval. `score` counts a draw as a half; `score_ci95` is the
    percentile bootstrap of its mean over starts, drawn with all their games in both seats, since
    what an opening gives in one seat it takes in the other; null with a single start.
    """
    counted = without_repeats(games)
    found: dict[str, Any] = {
        "starts": len({game.start for game in counted}),
        "games": len(counted),
        "repeats_left_out": len(games) - len(counted),
        **_tally(counted, seed),
    }
    for seat, name in enumerate(("first", "second")):
        found[name] = _tally([game for game in counted if game.seat == seat], seed)
    return found


def _tally(games: Sequence[Game], seed: int) -> dict[str, Any]:
    """The results of some games, one seat's or both."""
    scores = np.array([game.score for game in games])
    wins = int((scores == WIN).sum())
    of_start: dict[int, list[float]] = defaultdict(list)
    for game in games:
        of_start[game.start].append(game.score)
    means = [float(np.mean(found)) for found in of_start.values()]
    interval = _rounded(bootstrap_interval(means, seed=seed)) if len(means) > 1 else None
    return {
        "wins": wins,
        "draws": int((scores == DRAW).sum()),
        "losses": int((scores == LOSS).sum()),
        "win_rate": round(wins / len(games), 6),
        "win_rate_ci95": _rounded(wilson_interval(wins, len(games))),
        "score": round(float(scores.mean()), 6),
        "score_ci95": interval,
    }


def paired_returns(
    world: World, agent: Agent, other: Agent, episodes: int, seed: int
) -> dict[str, Any]:
    """Both agents' returns on the same seeded episodes, and how much they differ.

    `difference_ci95` is the percentile bootstrap of the mean difference of a pair.
    Whole pairs are drawn, so what makes an episode easy for both does not blur the difference.
    """
    seeds = [episode_seed(seed, number) for number in range(episodes)]
    envs = make_envs(world, min(EPISODES, episodes))
    mine, theirs = (play_episodes(envs, player, seeds).returns for player in (agent, other))
    return {
        "episodes": episodes,
        "mean_return": round(float(mine.mean()), 6),
        "mean_return_against": round(float(theirs.mean()), 6),
        "difference": round(float((mine - theirs).mean()), 6),
        "difference_ci95": _rounded(bootstrap_interval(mine - theirs, seed=seed)),
    }


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(bound, 6) for bound in interval]
