"""What is written down of games: each once, whole, and never lost by a crash."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from arena.records import GameRecord, Outcome, Records, digest
from envs.names import BadInput

SHA256 = "d595d2f2e969d3269cff23f3"
"""By sha256sum, its first 24 digits."""
GAME = GameRecord(
    "key", "ada", "bob", 3, (0, 4), (1, 2, 3), 0.5, Outcome.ILLEGAL, 1, "why", ((2, "hm\n"),),
    (1.5, 2.5, 3.5), 0.25,
)  # fmt: skip


def test_a_game_comes_back_as_it_was(tmp_path: Path) -> None:
    with closing(Records(tmp_path / "new" / "games.sqlite")) as records:
        records.add([GAME])
    with closing(Records(tmp_path / "new" / "games.sqlite")) as records:
        assert records.get(["key", "another"]) == {"key": GAME}
        assert records.keys() == {"key"}


def test_a_game_is_kept_once_and_as_it_was_first(tmp_path: Path) -> None:
    with closing(Records(tmp_path / "games.sqlite")) as records:
        records.add([GAME])
        records.add([GAME._replace(score=1.0), GAME._replace(key="other")])
        assert records.get(["key"])["key"].score == 0.5
        assert records.keys() == {"key", "other"}


def test_what_repeats_leaves_out_the_clock() -> None:
    later = GAME._replace(milliseconds=(9.0,) * 3, overrun=1.0)
    assert later != GAME and later.repeatable == GAME.repeatable
    assert GAME._replace(moves=(1,)).repeatable != GAME.repeatable


def test_two_may_write_at_the_same_time(tmp_path: Path) -> None:
    with (
        closing(Records(tmp_path / "games.sqlite")) as one,
        closing(Records(tmp_path / "games.sqlite")) as other,
    ):
        for number in range(50):
            one.add([GAME._replace(key=f"one{number}")])
            other.add([GAME._replace(key=f"other{number}")])
        assert len(one.keys()) == 100


def test_what_is_no_file_of_results_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_text("my notes, not a database, and long enough to be looked at" * 20)
    before = path.read_bytes()
    with pytest.raises(BadInput, match="not a file of results"):
        Records(path)
    assert path.read_bytes() == before
    newer = tmp_path / "newer.sqlite"
    with closing(sqlite3.connect(newer)) as file:
        file.execute("PRAGMA user_version = 99")
    with pytest.raises(BadInput, match="another version"):
        Records(newer)


def test_a_damaged_file_is_told_in_one_line_wherever_the_damage_is(tmp_path: Path) -> None:
    path = tmp_path / "games.sqlite"
    with closing(Records(path)) as records:
        records.add([GAME._replace(key=f"key{number}") for number in range(200)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))  # its first page is in order
    with closing(Records(path)) as records:
        for use in (records.keys, lambda: records.get(["key1"]), lambda: records.add([GAME])):
            with pytest.raises(BadInput, match="damaged") as told:
                use()
            assert "\n" not in str(told.value)
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE games SET game = '{' WHERE key = 'key1'")
    with closing(Records(path)) as records, pytest.raises(BadInput, match="damaged.*key1"):
        records.get(records.keys())


def test_results_that_nobody_may_write_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "games.sqlite"
    with closing(Records(path)) as records:
        records.add([GAME])
        with closing(Records(path, to_read=True)) as reader:  # while a tournament is at work
            assert reader.get(["key"]) == {"key": GAME}
    before = sorted(tmp_path.iterdir())
    with closing(Records(path, to_read=True)) as reader:
        assert reader.keys() == {"key"}
        with pytest.raises(BadInput, match="cannot be used"):
            reader.add([GAME._replace(key="other")])
    assert sorted(tmp_path.iterdir()) == before


def test_a_hash_is_the_same_everywhere_and_knows_where_a_part_ends() -> None:
    assert digest("a", 1, ["b"]) == SHA256  # of the text ["a", 1, ["b"]]
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(1) != digest("1")
