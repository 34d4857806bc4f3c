"""Tournaments of bots that do not exist: legal games by players of different skill, from a seed."""

from __future__ import annotations

import hashlib
from itertools import combinations

import numpy as np

from arena.ratings import Ratings, Result, paired_means, rate
from arena.records import Entrant, GameRecord, Outcome
from arena.results import Results
from envs.rules.duel import Arena, Duel
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow

HOSTILE = "</script><script>alert(1)</script>"
"""A bot's name, and what it prints."""
NAMES = [
    "ada", "alan", "barbara", "claude", "donald", "edsger", "emmy", "fei-fei", "frances",
    "geoffrey", "grace", "hedy", "ivan", "jean", "john", "kathleen", "lotfi", "marvin",
    "niklaus", "noam", "radia", "richard", "rosalind", "sophie", "stephen", "tim", "ursula",
    "yann",
]  # fmt: skip
HEADER = {
    "date": "2031-05-07",
    "jail": "level 2: no_new_privs, Landlock, seccomp",
    "limits": "100 ms a move, 10 s a game, 512 MiB",
    "seed": "7",
    "openings": "20 pairs, 2 random plies",
    "versions": "Python 3.11, NumPy 2.1",
}


def pretend_class(rules: KInARow = TIC_TAC_TOE, bots: int = 30, pairs: int = 20) -> Results:
    """A round robin on a board; some bots forfeit, some print, and one has a hostile name."""
    rng = np.random.default_rng(7)
    names = [*NAMES, HOSTILE, "a-bot-with-quite-a-long-name-of-its-own"][-bots:]
    skills = dict(zip(names, rng.permutation(np.linspace(0, 0.95, bots)), strict=True))
    records, repeated = [], set()
    for one, other in combinations(names, 2):
        if min(skills[one], skills[other]) > 0.9:
            repeated.add((other, one))
        for pair in range(pairs):
            opening = _opening(rules, rng)
            for first, second in ((one, other), (other, one)):
                records.append(_game(rules, rng, (first, second), pair, opening, skills))
    return Results(
        world="connect-four" if rules is CONNECT_FOUR else "tictactoe",
        kind="board",
        rows=rules.rows,
        cols=rules.cols,
        gravity=rules.gravity,
        k=rules.k,
        header=HEADER,
        entrants=[Entrant(name, f"bots/{name}.py", _key(name)) for name in names],
        ratings=_rated(names, records),
        trials=None,
        records=records,
        benched={
            "broken": "line 3: SyntaxError: invalid syntax\n    def act(percept)\n",
            HOSTILE: HOSTILE,
        },
        repeated=repeated,
    )  # fmt: skip


def _rated(names: list[str], records: list[GameRecord]) -> Ratings:
    place = {name: number for number, name in enumerate(names)}
    scores = [Result(place[r.first], place[r.second], r.pair, r.score) for r in records]
    return rate(names, scores, resamples=100)


def _key(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _opening(rules: KInARow, rng: np.random.Generator) -> tuple[int, ...]:
    while True:
        first, second = rng.integers(rules.actions, size=2).tolist()
        if rules.gravity or first != second:
            return first, second


def _game(
    rules: KInARow,
    rng: np.random.Generator,
    players: tuple[str, str],
    pair: int,
    opening: tuple[int, ...],
    skills: dict[str, float],
) -> GameRecord:
    """One game: with its skill a player sees a win or a threat, else its move is random."""
    mine = theirs = 0
    for action in opening:
        mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
    moves: list[int] = []
    said, times = [], []
    outcome, score, culprit, reason = Outcome.DRAW, 0.5, None, ""
    while not rules.over(mine, theirs):
        seat = len(moves) % 2
        times.append(float(rng.lognormal(-1 + 3 * skills[players[seat]], 0.6)))
        if players[seat] in ("ada", "grace", HOSTILE):
            what = HOSTILE if players[seat] == HOSTILE else f"depth 4, value {rng.normal():+.2f}"
            said.append((len(moves), what))
        if skills[players[seat]] < 0.3 and rng.random() < 0.01:
            outcome = (Outcome.TIMEOUT, Outcome.ERROR, Outcome.ILLEGAL)[int(rng.integers(3))]
            score, culprit = float(seat), seat
            legal = ", ".join(map(str, rules.legal_actions(mine, theirs)))
            reason = {
                Outcome.TIMEOUT: "no move within 100 ms",
                Outcome.ERROR: "IndexError: list index out of range (line 12)",
                Outcome.ILLEGAL: f"played 99; legal: {legal}",
            }[outcome]
            if outcome == Outcome.ILLEGAL:
                moves.append(99)
            break
        moves.append(_move(rules, rng, mine, theirs, skills[players[seat]]))
        mine, theirs = theirs, mine | rules.landing(mine, theirs, moves[-1])
        if rules.lines(theirs):
            outcome, score = Outcome.WIN, 1.0 - seat
    key = _key(players, pair, opening)
    return GameRecord(key, *players, pair, opening, tuple(moves), score, outcome, culprit, reason,
                      tuple(said), tuple(times))  # fmt: skip


def _move(rules: KInARow, rng: np.random.Generator, mine: int, theirs: int, skill: float) -> int:
    legal = rules.legal_actions(mine, theirs)
    if rng.random() < skill:
        for stones in (mine, theirs):
            for action in legal:
                if rules.lines(stones | rules.landing(mine, theirs, action)):
                    return action
    return int(rng.choice(legal))


def pretend_duel(bots: int = 4, pairs: int = 5) -> Results:
    """A round robin of light-cycles that steer clear of walls."""
    rng = np.random.default_rng(3)
    duel = Duel(obstacles=6, starts="random")
    arenas = [duel.arena(np.random.default_rng(seed)) for seed in range(pairs)]
    names = NAMES[:bots]
    records = [
        _duel(duel, rng, arena, players, pair)
        for one, other in combinations(names, 2)
        for pair, arena in enumerate(arenas)
        for players in ((one, other), (other, one))
    ]
    return Results(
        world="duel",
        kind="duel",
        rows=11,
        cols=11,
        gravity=False,
        k=0,
        header=HEADER,
        entrants=[Entrant(name, name, _key(name)) for name in names],
        ratings=_rated(names, records),
        trials=None,
        records=records,
        benched={},
        repeated=set(),
        maps={seed: _drawn(duel, arena) for seed, arena in enumerate(arenas)},
    )


def _duel(
    duel: Duel, rng: np.random.Generator, arena: Arena, players: tuple[str, str], pair: int
) -> GameRecord:
    walls, heads = bytearray(arena.walls.tobytes()), arena.heads
    moves: list[int] = []
    crashed = (False, False)
    while not any(crashed):
        actions = (_steer(duel, rng, walls, heads[0]), _steer(duel, rng, walls, heads[1]))
        moves += actions
        heads, crashed = duel.step(walls, heads, actions)
    score = 0.5 + (int(crashed[1]) - int(crashed[0])) / 2
    return GameRecord(
        key=_key(players, pair),
        first=players[0],
        second=players[1],
        pair=pair,
        opening=(pair,),
        moves=tuple(moves),
        score=score,
        outcome=Outcome.DRAW if all(crashed) else Outcome.WIN,
        said=((1, "going round"),),
        milliseconds=(0.2,) * len(moves),
    )


def _steer(duel: Duel, rng: np.random.Generator, walls: bytearray, head: int) -> int:
    free = [action for action in range(4) if not walls[duel.ahead(head, action)]]
    return int(rng.choice(free)) if free else 0


def _drawn(duel: Duel, arena: Arena) -> str:
    symbols = np.where(arena.walls == 1, "#", ".")
    symbols[list(arena.heads)] = ["A", "B"]
    return "\n".join("".join(row) for row in symbols.reshape(-1, duel.width))


WALK = (8, 4, 0, 1, 2, 3)
"""Cells from the start to the goal of both maps, around the wall."""
MAPS = {0: "...G\n.#.X\nS...", 1: "$~~G\n.#kK\nSu1."}


def pretend_trial() -> Results:
    """Three walkers on two small maps."""
    names = NAMES[:3]
    returns = np.array([[0.95, 0.5], [0.85, 0.5], [0.75, 0.5]])
    records = [
        GameRecord(
            key=_key(name, seed),
            first=name,
            second="",
            pair=seed,
            opening=(seed,),
            moves=(0, 0, 1, 1, 1),
            score=float(returns[number, seed]),
            outcome=Outcome.END,
            said=((0, "up"),),
            milliseconds=(0.1,) * 5,
        )
        for number, name in enumerate(names)
        for seed in MAPS
    ]
    return Results(
        world="gridworld:map=random",
        kind="gridworld",
        rows=3,
        cols=4,
        gravity=False,
        k=0,
        header=HEADER,
        entrants=[Entrant(name, name, _key(name)) for name in names],
        ratings=Ratings([], 0.0, 0.0, 0.0),
        trials=paired_means(names, returns),
        records=records,
        benched={},
        repeated=set(),
        maps=MAPS,
        walks={record.key: WALK for record in records},
    )
