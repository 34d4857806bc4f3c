"""Which games are played: everybody meets everybody, from the same openings, in both seats."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.bots import Bot
from arena.player import Limits
from arena.schedule import Pairing, make_openings, schedule
from envs.names import BadInput
from envs.rules.kinarow import KInARow
from envs.worlds import World, find_world

LIMITS = Limits()
TICTACTOE = find_world("tictactoe")
BOTS = [Bot(name, f"{name}.py", "file", f"hash of {name}") for name in "abcd"]


def keys(pairings: list[Pairing]) -> list[str]:
    return [fixture.key for pairing in pairings for fixture in pairing.fixtures]


def test_everybody_meets_everybody_once_in_each_seat_of_every_opening() -> None:
    pairings = schedule(TICTACTOE, BOTS, 7, 0, LIMITS)
    assert [pairing.bots for pairing in pairings] == list(combinations(BOTS, 2))
    openings = make_openings(TICTACTOE, 7, 0)
    for pairing in pairings:
        assert len(pairing.fixtures) == 14
        for pair, opening in enumerate(openings):
            one, other = pairing.fixtures[2 * pair : 2 * pair + 2]
            assert one.opening == other.opening == opening
            assert one.bots == pairing.bots and other.bots == pairing.bots[::-1]
            assert one.seeds == other.seeds  # a bot against its copy scores exactly a half
    assert len(set(keys(pairings))) == 6 * 14


def test_a_gauntlet_is_against_the_staff_only() -> None:
    pairings = schedule(TICTACTOE, BOTS[:2], 1, 0, LIMITS, staff=BOTS[2:])
    met = [tuple(bot.name for bot in pairing.bots) for pairing in pairings]
    assert met == [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]


def test_in_a_time_trial_all_walk_on_the_same_maps() -> None:
    world = find_world("gridworld:map=random")
    pairings = schedule(world, BOTS, 5, 0, LIMITS)
    seeds = [[fixture.opening for fixture in pairing.fixtures] for pairing in pairings]
    assert seeds == [seeds[0]] * 4 and len(set(seeds[0])) == 5
    assert seeds[0] != [f.opening for f in schedule(world, BOTS, 5, 1, LIMITS)[0].fixtures]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(3, 6),
    cols=st.integers(3, 7),
    gravity=st.booleans(),
    pairs=st.integers(1, 60),
    seed=st.integers(0, 9),
)
def test_openings_are_legal_different_and_not_the_end(
    rows: int, cols: int, gravity: bool, pairs: int, seed: int
) -> None:
    name = f"kinarow:rows={rows},cols={cols},k=3,gravity={str(gravity).lower()}"
    rules = KInARow(rows, cols, 3, gravity)
    openings = make_openings(find_world(name), pairs, seed)
    positions = []
    for opening in openings:
        mine = theirs = 0
        for action in opening:
            assert not rules.over(mine, theirs)
            assert action in rules.legal_actions(mine, theirs)
            mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
        assert not rules.over(mine, theirs)
        positions.append((mine, theirs))
    assert len(openings) == pairs
    assert len({len(opening) % 2 for opening in openings}) == 1  # the same side moves first
    if rows * cols >= 12:  # there are enough
        assert len(set(positions)) == pairs


@pytest.mark.parametrize(("pairs", "plies"), [(1, 2), (49, 2), (50, 4)])
def test_openings_are_as_short_as_enough_of_them_are(pairs: int, plies: int) -> None:
    """Connect Four has 49 positions after two plies, and 1,120 after four."""
    openings = make_openings(find_world("connect-four"), pairs, 0)
    assert {len(opening) for opening in openings} == {plies}


def test_a_game_is_known_by_what_decides_it_and_by_nothing_else() -> None:
    a, b, c = BOTS[:3]
    known = keys(schedule(TICTACTOE, [a, b], 3, 0, LIMITS))

    def also(world: World = TICTACTOE, seed: int = 0, limits: Limits = LIMITS) -> list[str]:
        return keys(schedule(world, [a, b], 3, seed, limits))

    renamed = [a._replace(name="x", source="y.py"), b]
    assert keys(schedule(TICTACTOE, renamed, 3, 0, LIMITS)) == known
    assert keys(schedule(TICTACTOE, [a, b, c], 3, 0, LIMITS))[:6] == known
    others = [
        keys(schedule(TICTACTOE, [a._replace(content="changed"), b], 3, 0, LIMITS)),
        also(seed=1),
        also(limits=LIMITS._replace(move=2.0)),
        also(world=find_world("misere-tictactoe")),
    ]
    for other in others:
        assert not set(other) & set(known)


def test_one_bot_alone_has_nobody_to_play() -> None:
    with pytest.raises(BadInput, match="two bots"):
        schedule(TICTACTOE, BOTS[:1], 1, 0, LIMITS)
