"""Plays games: it alone knows the rules, holds the clock, and says how a game ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from arena.bots import Bot, packed, unchanged, unpacked
from arena.games import Episode, Game, forfeit, new_game
from arena.player import Changed, Failure, Limits, Player
from arena.records import GameRecord, Outcome
from arena.schedule import Fixture
from envs.worlds import World, find_world

ATTEMPTS = 3
"""How often a game is tried whose players cannot be started."""


class PairingJob(NamedTuple):
    """The games of a pairing that have not been played, as they are sent to whoever plays them."""

    world: str
    map: str
    bots: tuple[Bot, ...]
    fixtures: tuple[Fixture, ...]
    limits: Limits
    files: tuple[dict[str, bytes], ...] = ()
    """The bots' files, for a machine that does not see them."""


class LoadJob(NamedTuple):
    """A bot that is to be tried."""

    world: str
    map: str
    bot: Bot
    limits: Limits
    files: tuple[dict[str, bytes], ...] = ()
    """As in a PairingJob."""


class Loaded(NamedTuple):
    """What came of it."""

    level: int
    """The level of the jail that was reached."""
    failure: str
    """Why it cannot be loaded; empty if it can."""
    said: str
    """What it printed."""


Job = PairingJob | LoadJob


def with_files(job: Job) -> Job:
    """The same job, with the bots' files."""
    bots = (job.bot,) if isinstance(job, LoadJob) else job.bots
    return job._replace(files=tuple(packed(bot) for bot in bots))


def do(job: Job, send: Callable[[Any], None], stopped: Callable[[], bool]) -> Any:
    """Plays a pairing, sending every game as soon as it is over; or tries to load a bot."""
    world = find_world(job.world, job.map)
    bots = (job.bot,) if isinstance(job, LoadJob) else job.bots
    with ExitStack() as stack:
        here = bots
        if job.files:
            scratch = Path(stack.enter_context(TemporaryDirectory()))
            here = tuple(
                unpacked(bot, files, scratch / str(number))
                for number, (bot, files) in enumerate(zip(bots, job.files, strict=True))
            )
        if isinstance(job, LoadJob):
            return try_to_load(here[0], world, job.limits)
        players = {
            bot: Player(mine, world, job.limits) for bot, mine in zip(bots, here, strict=True)
        }
        for player in players.values():
            stack.callback(player.end)
            with suppress(OSError):  # then the first game tries again
                player.start()  # all at once: they load at the same time
        for fixture in job.fixtures:
            if stopped():
                break
            record = play(world, fixture, [players[bot] for bot in fixture.bots])
            send(record)
            if record.outcome is Outcome.VOID and not all(map(unchanged, here)):
                break  # the others would be void as well
    return None


def try_to_load(bot: Bot, world: World, limits: Limits) -> Loaded:
    """Loads a bot in a process of its own."""
    player = Player(bot, world, limits)
    level, failure = 0, ""
    try:
        player.start()
        player.ready()
        level = player.level or 0
    except Failure as found:
        failure = found.reason
    finally:
        player.end()
    return Loaded(level, failure, player.take_output())


def play(world: World, fixture: Fixture, players: Sequence[Player]) -> GameRecord:
    """One game, to its end."""
    for _ in range(ATTEMPTS):
        try:
            return _Meeting(world, fixture, players).play()
        except Changed as error:  # to try again would change nothing
            reason = str(error)
            break
        except OSError as error:  # no process, no memory, no room: that is not a bot's fault
            reason = f"{type(error).__name__}: {error}"
            for player in players:
                player.end()
    score = 0.5 if len(players) > 1 else 0.0
    return GameRecord(
        fixture.key, *fixture.names, fixture.pair, fixture.opening, (), score,
        Outcome.VOID, None, reason,
    )  # fmt: skip


class _Meeting:
    """A game while it is played."""

    def __init__(self, world: World, fixture: Fixture, players: Sequence[Player]) -> None:
        self.fixture, self.players = fixture, players
        self.game: Game = new_game(world, fixture.opening)
        self.moves: list[int] = []
        self.milliseconds: list[float] = []
        self.said: list[tuple[int, str]] = []

    def play(self) -> GameRecord:
        """Plays it."""
        failures = self._begin()
        while self.game.waiting and not failures:
            waiting = self.game.waiting
            actions = []
            for seat in waiting:
                try:
                    actions.append(self._ask(seat))
                except Failure as failure:
                    failures[seat] = failure
            if not failures:
                self.game.play(actions)
                self.moves += actions
        return self._record(failures)

    def _begin(self) -> dict[int, Failure]:
        failures = {}
        for seat, player in enumerate(self.players):
            try:
                player.begin(self.fixture.seeds[seat], seat)
            except Failure as failure:
                failures[seat] = failure
            self._note(player)
        return failures

    def _ask(self, seat: int) -> int:
        """The move of a player.

        Raises:
            Failure: it has none, or an illegal one.
        """
        player = self.players[seat]
        try:
            answer = player.ask(self.game.state(seat))
        finally:
            self._note(player)
        self.milliseconds.append(round(1000 * answer.seconds, 3))
        action, legal = answer.action, self.game.legal(seat)
        if type(action) is not int or action not in legal:
            raise Failure(Outcome.ILLEGAL, f"played {action}; legal: {', '.join(map(str, legal))}")
        return action

    def _note(self, player: Player) -> None:
        said = player.take_output()
        if said:
            self.said.append((len(self.milliseconds), said))

    def _record(self, failures: dict[int, Failure]) -> GameRecord:
        """What is written down."""
        alone = len(self.players) == 1
        score, culprit, reason = self.game.score, None, ""
        outcome = Outcome.DRAW if score == 0.5 else Outcome.WIN
        if alone:
            outcome = Outcome.END
        if failures:
            culprit, failure = next(iter(failures.items()))
            outcome, reason = failure.outcome, failure.reason
            if isinstance(self.game, Episode):
                score = round(forfeit(self.game), 9)
            elif len(failures) > 1:  # both at the same time
                score = 0.5
                reason = "; ".join(f"seat {seat}: {f.reason}" for seat, f in failures.items())
            else:
                score = float(culprit)  # the first's: nothing if it was the first
        fixture = self.fixture
        return GameRecord(
            fixture.key,
            *fixture.names,
            fixture.pair,
            fixture.opening,
            tuple(self.moves),
            score,
            outcome,
            culprit,
            reason,
            tuple(self.said),
            tuple(self.milliseconds),
            round(1000 * max(player.overrun for player in self.players), 3),
        )
