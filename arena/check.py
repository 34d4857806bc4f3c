"""Will a bot survive a tournament? Everything that could go wrong there, tried beforehand.

The bot runs as it would in a tournament: in a worker's process, in the jail, with the same limits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np

from arena.bots import Bot, find_bot
from arena.games import BoardGame
from arena.player import Failure, Limits, Player
from arena.records import GameRecord, Outcome
from arena.referee import play
from arena.results import seat_of
from arena.schedule import Fixture, schedule
from envs.rules.kinarow import KInARow
from envs.worlds import World

POSITIONS = 200
REPEATED = 50
"""So many of them are shown to the bot again, in a new process."""
EPISODES = 10

HINTS = {
    Outcome.ILLEGAL: "return one of percept.legal_actions, a whole number",
    Outcome.TIMEOUT: "is there a loop that never ends? Else search less deep, or watch the clock",
    Outcome.ERROR: "what it printed tells the line",
    Outcome.LOAD_ERROR: "what it printed tells the line",
    Outcome.MEMORY: "keep less: a table that grows with every move has to be bounded",
}
TELLING = {
    "has neither": "a bot is a .py file with a function act(percept) or a class Agent",
    "was trained for": "",
    "was made for": "",
    "not loaded after": "read or compute less before the first move, or --load-seconds",
    "no method act": "",
    "__init__() missing": "of its own accord Agent(...) is given world and seed only",
    "FileNotFoundError": "a bot starts in an empty folder; what is handed in with it lies at"
    ' Path(__file__).parent / "weights.npy"',
    "ModuleNotFoundError": "it may import what is installed here, and files beside it if it is"
    " handed in as a folder with bot.py",
}
"""What to say where a reason holds these words, rather than by its kind."""


class Finding(NamedTuple):
    """What one trial found."""

    name: str
    state: str
    """PASS, FAIL, or NOTE: allowed, but worth knowing."""
    found: str
    hint: str = ""
    said: str = ""
    """What the bot printed."""


def check(bot: Bot, world: World, limits: Limits, seed: int = 0) -> Iterator[Finding]:
    """Tries a bot; nothing follows the first failure that leaves nothing to try."""
    with ExitStack() as stack:
        player = Player(bot, world, limits)
        stack.callback(player.end)
        try:
            player.start()
            player.ready()
            player.begin(seed, 0)
        except Failure as failure:
            yield _failed("loading", failure, player)
            return
        seconds = player.loading
        said = player.take_output()
        yield Finding("loading", "PASS", f"{seconds:.1f} s of {limits.load:g} s", said=said)
        times: list[float] = []
        findings = _plays(bot, player, world, limits, seed, times)
        yield from findings
        if world.rules is not None:
            yield from _positions(player, world, world.rules, seed, times)
        if not player.alive:
            return
        if times:
            yield _speed(times, limits)
        memory = player.peak_memory()
        if memory is not None:
            yield Finding("memory", "PASS", f"{memory} MiB at most, our own code included")
        if world.rules is not None:
            yield from _repeats(bot, world, limits, seed)


def _failed(name: str, failure: Failure, player: Player) -> Finding:
    said = player.take_output()
    return Finding(name, "FAIL", failure.reason, advice(failure.outcome, failure.reason), said)


def advice(outcome: Outcome, reason: str) -> str:
    """What might be done about a failure."""
    said = (told for words, told in TELLING.items() if words in reason)
    return next(said, HINTS.get(outcome, ""))


def _plays(
    bot: Bot, player: Player, world: World, limits: Limits, seed: int, times: list[float]
) -> Iterator[Finding]:
    """Whole games in both seats, or episodes."""
    if world.two_player:
        rival_name = "random-safe" if world.is_duel else "random"
        rival = find_bot(rival_name)._replace(name="rival")
        pairing = schedule(world, [bot, rival], 2, seed, limits)[0]
        other = Player(rival, world, limits)
        try:
            for seat, name in enumerate(("moving first", "moving second")):
                mine = [fixture for fixture in pairing.fixtures if fixture.bots[seat] == bot]
                yield _games(name, mine, bot, {bot: player, rival: other}, world, times)
        finally:
            other.end()
    else:
        fixtures = schedule(world, [bot], EPISODES, seed, limits)[0].fixtures
        yield _games("episodes", list(fixtures), bot, {bot: player}, world, times)


def _games(
    name: str,
    fixtures: list[Fixture],
    bot: Bot,
    players: dict[Bot, Player],
    world: World,
    times: list[float],
) -> Finding:
    """Plays some games; the first that the bot loses by its own doing is told."""
    records: list[GameRecord] = []
    for fixture in fixtures:
        record = play(world, fixture, [players[seated] for seated in fixture.bots])
        records.append(record)
        seat = fixture.bots.index(bot)
        if not world.two_player or world.is_duel:
            times += record.milliseconds[seat :: len(fixture.bots)]
        if record.culprit == seat:
            said = "".join(text for _, text in record.said)
            what = f"{record.outcome} at its move {_own_moves(world, record, seat) + 1}"
            told = advice(record.outcome, record.reason)
            return Finding(name, "FAIL", f"{what}: {record.reason}", told, said)
    said = "".join(text for record in records for _, text in record.said)
    if not world.two_player:
        mean = float(np.mean([record.score for record in records]))
        return Finding(name, "PASS", f"{len(records)} episodes, mean return {mean:.3f}", said=said)
    return Finding(name, "PASS", f"{len(records)} games to their ends", said=said)


def _own_moves(world: World, record: GameRecord, seat: int) -> int:
    """How many moves of a game were those of `seat`."""
    kind = "board" if world.rules is not None else "duel" if world.is_duel else "gridworld"
    return sum(seat_of(kind, record, number) == seat for number in range(len(record.moves)))


def random_positions(rules: KInARow, count: int, seed: int) -> list[BoardGame]:
    """Positions of random games, from the empty board to one free cell."""
    draw = random.Random(f"positions {seed}")
    found: list[BoardGame] = []
    cells = rules.rows * rules.cols
    while len(found) < count:
        game, plies = BoardGame(rules), len(found) * cells // count
        for _ in range(plies):
            if not game.waiting:
                break
            game.play([draw.choice(game.legal(0))])
        if game.waiting:
            found.append(game)
    return found


def _positions(
    player: Player, world: World, rules: KInARow, seed: int, times: list[float]
) -> Iterator[Finding]:
    """Whether it has a legal move everywhere."""
    try:
        for game in random_positions(rules, POSITIONS, seed):
            player.begin(seed, game.player)
            answer = player.ask(game.state(game.player))
            times.append(1000 * answer.seconds)
            legal = game.legal(game.player)
            if type(answer.action) is not int or answer.action not in legal:
                told = ", ".join(map(str, legal))
                reason = f"played {answer.action}; legal: {told}"
                raise Failure(Outcome.ILLEGAL, f"{reason}, on this board: {_drawn(rules, game)}")
    except Failure as failure:
        yield _failed("positions", failure, player)
        return
    yield Finding("positions", "PASS", f"a legal move in each of {POSITIONS} random positions")


def _drawn(rules: KInARow, game: BoardGame) -> str:
    """The board in a line: own stones x, the other's o."""
    board = rules.to_board(game.mine, game.theirs)
    return "/".join("".join(".xo"[int(cell)] for cell in row) for row in board)


def _speed(times: list[float], limits: Limits) -> Finding:
    half, most = (float(found) for found in np.percentile(times, (50, 99)))
    told = f"{half:.1f} ms a move, 99 % below {most:.1f} ms, longest {max(times):.1f} ms"
    if most > 500 * limits.move:
        hint = f"the limit is {1000 * limits.move:g} ms, and another machine may be slower"
        return Finding("speed", "NOTE", told, hint)
    return Finding("speed", "PASS", told)


def _repeats(bot: Bot, world: World, limits: Limits, seed: int) -> Iterator[Finding]:
    """Whether new processes answer the same under the same seed, in whatever order they are asked.

    A bot that remembers something from one game to the next would not.
    """
    assert world.rules is not None
    games = random_positions(world.rules, REPEATED, seed + 1)
    try:
        answers = [_answers(bot, world, limits, seed, part) for part in (games, games[::-1])]
    except Failure as failure:
        yield Finding(
            "repeatability", "FAIL", failure.reason, advice(failure.outcome, failure.reason)
        )
        return
    differing = sum(one != other for one, other in zip(answers[0], answers[1][::-1], strict=True))
    if not differing:
        yield Finding("repeatability", "PASS", "the same moves again under the same seed")
        return
    hint = (
        "draw lots from random or numpy.random, which are seeded before every game, and keep"
        " nothing outside the class Agent: a new one is made for every game"
    )
    found = f"other moves in {differing} of {REPEATED} positions under the same seed"
    yield Finding("repeatability", "NOTE", found, hint)


def _answers(
    bot: Bot, world: World, limits: Limits, seed: int, games: list[BoardGame]
) -> list[Any]:
    player = Player(bot, world, limits)
    try:
        found = []
        for game in games:
            player.begin(seed, game.player)
            found.append(player.ask(game.state(game.player)).action)
        return found
    finally:
        player.end()
