"""A student's first bot: `new` writes one, `check` tells what is wrong, `compare` who is better."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import Workshop
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import champion
from agents.agent import save_agent
from agents.alphazero import AlphaZeroAgent, Config
from arena.bots import Bot, bot_at, find_bots, packed, unpacked
from arena.check import random_positions
from arena.records import Records
from envs.names import BadInput
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.worlds import find_world
from workshop.replay import replay_of
from workshop.session import Session

FIRST = "def act(percept):\n    return percept.legal_actions[0]\n"


def checked(workshop: Workshop, bot: Path, world: str, *options: object) -> dict[str, Any]:
    result = workshop("check", bot, world, "--json", *options)
    found = json.loads(result.stdout)
    assert result.returncode == (0 if found["ok"] else 1), result.stderr
    return {finding["name"]: finding for finding in found["findings"]} | {"ok": found["ok"]}


@pytest.mark.parametrize(
    "world",
    [
        "connect-four",
        "tictactoe",
        "kinarow:rows=4,cols=5,k=3,gravity=true",
        "duel",
        "gridworld:map=random,observation=local",
    ],
)
def test_a_new_bot_is_ready_for_its_world(workshop: Workshop, tmp_path: Path, world: str) -> None:
    written = workshop("new", "mine.py", "--env", world)
    assert written.returncode == 0, written.stderr
    found = checked(workshop, tmp_path / "mine.py", world)
    assert found.pop("ok") and all(one["state"] == "PASS" for one in found.values()), found
    text = (tmp_path / "mine.py").read_text(encoding="utf-8")
    commands = re.findall("^    workshop .*? {3,}", text, re.M)
    assert len(commands) >= 2 and len(set(map(len, commands))) == 1, "they are one table"
    again = workshop("new", "mine.py", "--env", world)
    assert again.returncode == 2 and "is there already" in again.stderr


def test_a_new_bot_takes_the_win(tmp_path: Path, workshop: Workshop) -> None:
    """It looks one ply ahead, so it is better than random moves."""
    assert workshop("new", "mine.py", "--env", "tictactoe").returncode == 0
    result = workshop("compare", "tictactoe", "mine.py", "random", "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["state"] == "A is better" and found["low"] > 0
    assert sum(found["counts"]) == found["pairs"] < 500


def test_no_difference_is_found_between_equals_and_repeats_are_no_evidence(
    tmp_path: Path, workshop: Workshop
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(FIRST + f"# {name}\n")
    both = "one.py", "two.py"
    result = workshop("compare", "tictactoe", *both, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["state"] == "no difference" and found["score"] == 0.5
    duel = workshop("compare", "duel", *both, "--most", 6, "--json")
    assert duel.returncode == 0, duel.stderr
    found = json.loads(duel.stdout)
    assert found["state"] == "undecided" and found["pairs"] == 1 and found["repeats"] == 5


@pytest.mark.parametrize(
    ("code", "trial", "told", "hint"),
    [
        ("def act(percept)\n", "loading", "SyntaxError", "printed"),
        ("def play(percept):\n    return 0\n", "loading", "neither a function act", ""),
        ("def act(percept):\n    return 3.0\n", "moving first", "returned 3.0 (float)", "whole"),
        ("def act(percept):\n    return 1 / 0\n", "moving first", "bot.py, line 2", "printed"),
        (
            "import numpy as np\n\nweights = np.load('weights.npy')\n",
            "loading",
            "(bot.py, line 3)",
            "Path(__file__).parent",
        ),
        ("class Agent:\n    pass\n", "loading", "no method act(self, percept)", ""),
        (
            "class Agent:\n    n = 0\n\n    def act(self, percept):\n        self.n += 1\n"
            "        return percept.legal_actions[0] if self.n < 2 else None\n",
            "moving first",
            "illegal at its move 2: returned None",
            "whole",
        ),
        ("def act(percept):\n    while True: pass\n", "moving first", "no move after", "loop"),
        (
            FIRST.replace("[0]", "[1] if len(percept.legal_actions) > 1 else 99"),
            "positions",
            "played 99; legal:",
            "legal_actions",
        ),
    ],
)
def test_check_tells_what_is_wrong_and_what_to_do(
    workshop: Workshop, tmp_path: Path, code: str, trial: str, told: str, hint: str
) -> None:
    (tmp_path / "bot.py").write_text(code)
    found = checked(workshop, tmp_path / "bot.py", "tictactoe", "--move-seconds", 0.3)
    assert not found["ok"] and found[trial]["state"] == "FAIL"
    assert told in found[trial]["found"] and hint in found[trial]["hint"]


def test_a_bot_may_be_called_like_a_library(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "random.py").write_text(
        "import random\n\ndef act(percept):\n    return random.choice(percept.legal_actions)\n"
    )
    assert checked(workshop, Path("bots/random.py"), "tictactoe")["ok"]


def test_check_notes_what_is_not_the_same_again(workshop: Workshop, tmp_path: Path) -> None:
    kept = "n = [0]\n\ndef act(percept):\n    n[0] += 1\n"
    (tmp_path / "keeps.py").write_text(
        kept + "    return percept.legal_actions[n[0] % len(percept.legal_actions)]\n"
    )
    own = "from random import Random\nlots = Random()\n\ndef act(percept):\n"
    (tmp_path / "draws.py").write_text(own + "    return lots.choice(percept.legal_actions)\n")
    for name in ("keeps", "draws"):
        found = checked(workshop, tmp_path / f"{name}.py", "connect-four")
        assert found["ok"] and found["repeatability"]["state"] == "NOTE", name


def test_check_shows_the_bots_own_words(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "print('loading')\n" + FIRST.replace("return", "print('hm'); return")
    )
    told = workshop("check", tmp_path / "bot.py", "tictactoe").stdout
    assert "| loading" in told and "| hm" in told and "bot is ready for tictactoe" in told


@pytest.mark.parametrize("rules", [TIC_TAC_TOE, CONNECT_FOUR, KInARow(4, 4, 3)])
def test_the_positions_reach_from_the_empty_board_to_the_last_cells(rules: KInARow) -> None:
    games = random_positions(rules, 200, 0)
    free = [rules.rows * rules.cols - (g.mine | g.theirs).bit_count() for g in games]
    assert len(games) == 200 and max(free) == rules.rows * rules.cols
    assert min(free) <= rules.rows * rules.cols // 4
    assert all(game.waiting == (game.player,) for game in games)
    seen = {(game.mine, game.theirs) for game in games}
    assert len(seen) > 60


def test_a_game_of_a_tournament_is_shown_again(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("def act(percept):\n    print('oh')\n    return 'a5'\n")
    played = workshop("tournament", "connect-four", "bot.py", "random", "--pairs", 1)
    assert played.returncode == 0, played.stderr
    folder = tmp_path / "results" / "connect-four"
    with closing(Records(folder / "results.sqlite")) as records:
        key, other = sorted(records.keys())
    shown = workshop("watch", folder, "--game", key[:6], "--save", "game.png")
    assert shown.returncode == 0, shown.stderr
    assert (tmp_path / "game.png").read_bytes().startswith(b"\x89PNG")
    assert replay_of(folder, key).silence != Session.silence  # there is no "yet" in a record
    for wrong, told in (("zz", other), ("", key)):
        refused = workshop("watch", folder, "--game", wrong, "--save", "no.png")
        assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 1
        assert told in refused.stderr or "which game" in refused.stderr


def test_bots_of_one_name_are_told_apart_and_content_decides(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bot1.py").write_text(FIRST)
    bots = find_bots([str(tmp_path / "a"), str(tmp_path / "b")])
    assert len({bot.name for bot in bots}) == 2
    assert len({bot.content for bot in bots}) == 1
    (tmp_path / "b" / "bot1.py").write_text(FIRST + "\n")
    assert bot_at(tmp_path / "b" / "bot1.py").content != bots[0].content  # type: ignore[union-attr]
    with pytest.raises(BadInput, match="no bot in this folder"):
        find_bots([str(tmp_path)])


@settings(deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6})?\.(txt|npz)", fullmatch=True),
        st.binary(max_size=50),
        max_size=4,
    )
)
def test_a_folder_arrives_as_it_was_sent(files: dict[str, bytes]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as scratch:
        here, there = Path(scratch) / "mine", Path(scratch) / "theirs"
        for name, content in {**files, "bot.py": FIRST.encode()}.items():
            (here / name).parent.mkdir(parents=True, exist_ok=True)
            (here / name).write_bytes(content)
        bot = bot_at(here)
        assert isinstance(bot, Bot)
        arrived = unpacked(bot, packed(bot), there)
        found = bot_at(Path(arrived.source))
        assert found is not None and found.content == bot.content == arrived.content


def trained_run(folder: Path) -> Path:
    world, config = find_world("tictactoe"), Config(channels=4, blocks=1)
    about = {"algorithm": "alphazero", "world": "tictactoe", "config": vars(config)}
    save_agent(AlphaZeroAgent(world, config, seed=3), folder / "run" / "agent", about)
    return folder / "run"


def test_a_run_folder_takes_part_with_so_many_simulations(tmp_path: Path) -> None:
    run = trained_run(tmp_path)
    plain, few, many = find_bots(
        [f"{run}{how}" for how in ("", ":simulations=2", ":simulations=3")]
    )
    assert (plain.name, few.name) == ("run", "run:simulations=2")
    assert few.kind == "run" and few.readable == plain.readable == (run.resolve(),)
    assert len({bot.content for bot in (plain, few, many)}) == 3
    arrived = unpacked(few, packed(few), tmp_path / "elsewhere")
    assert arrived.source == f"{(tmp_path / 'elsewhere').as_posix()}:simulations=2"
    (tmp_path / "bot.py").write_text(FIRST)
    for wrong in (f"{tmp_path}:simulations=2", f"{tmp_path / 'none'}:simulations=2"):
        with pytest.raises(BadInput):
            find_bots([wrong])


def test_simulations_decide_what_a_run_folder_plays(tmp_path: Path, workshop: Workshop) -> None:
    """An untrained network loses to a search that guides it: the arena passes the option on."""
    trained_run(tmp_path)
    patient = ("--pairs", 6, "--move-seconds", 30, "--game-seconds", 300, "--json")
    result = workshop("tournament", "tictactoe", "run", "run:simulations=40", *patient)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["standings"][0]["name"] == "run:simulations=40"


def test_the_champion_takes_part_and_its_weights_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bot,) = find_bots(["champion:simulations=5"])
    folder = shutil.copytree(champion.FOLDER, tmp_path / "champions")
    monkeypatch.setattr(champion, "FOLDER", folder)
    assert find_bots(["champion:simulations=5"]) == [bot]
    with next(folder.rglob("weights.safetensors")).open("ab") as file:
        file.write(b"!")
    assert find_bots(["champion:simulations=5"])[0].content != bot.content
