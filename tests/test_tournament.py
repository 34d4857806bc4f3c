"""Tournaments, as they are played: fair, and the same again whatever happens meanwhile."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
import stable_baselines3
from conftest import Workshop
from rich.console import Console

import envs
from arena.bots import find_bots, not_bots
from arena.player import Limits
from arena.records import GameRecord, Outcome, Records
from arena.referee import PairingJob, do
from arena.schedule import schedule
from envs.worlds import find_world
from workshop.scoreboard import Scoreboard

BOTS = Path(__file__).parents[1] / "bots"
LIMITS = Limits()
assert envs  # importing it registers the worlds
RANDOM = "import random\n\ndef act(percept):\n    return random.choice(percept.legal_actions)\n"
FIRST = "def act(percept):\n    return percept.legal_actions[0]\n"
LAST = "class Agent:\n    def act(self, percept):\n        return percept.legal_actions[-1]\n"
CRASHES = "def act(percept):\n    print('hello', percept.player)\n    return 1 / 0\n"


@pytest.fixture
def bots(tmp_path: Path) -> Path:
    """A folder of four quick bots."""
    folder = tmp_path / "bots"
    folder.mkdir()
    for name, text in (("ada", RANDOM), ("bob", FIRST), ("cyd", LAST), ("dan", CRASHES)):
        (folder / f"{name}.py").write_text(text)
    return folder


def games(folder: Path) -> dict[str, GameRecord]:
    with closing(Records(folder / "results.sqlite")) as records:
        found = records.get(records.keys())
    return {key: record.repeatable for key, record in found.items()}


def played(world_name: str, sources: list[str], pairs: int) -> list[GameRecord]:
    """The games of two bots, by the referee."""
    world = find_world(world_name)
    (pairing,) = schedule(world, find_bots(sources), pairs, 0, LIMITS)
    found: list[GameRecord] = []
    job = PairingJob(world.name, "", pairing.bots, pairing.fixtures, LIMITS)
    do(job, found.append, lambda: False)
    return found


@pytest.mark.parametrize(
    ("world", "game"), [("tictactoe", "tic_tac_toe"), ("connect-four", "connect_four")]
)
def test_openspiel_finds_the_same_results_for_the_same_moves(
    world: str, game: str, bots: Path
) -> None:
    pyspiel = pytest.importorskip("pyspiel")
    records = played(world, [str(bots / "ada.py"), "random"], 15)
    assert len({record.score for record in records}) > 1
    for record in records:
        state = pyspiel.load_game(game).new_initial_state()
        for action in (*record.opening, *record.moves):
            assert action in state.legal_actions()
            state.apply_action(action)
        assert state.is_terminal()
        assert record.score == (state.returns()[0] + 1) / 2
        assert record.outcome == ("draw" if record.score == 0.5 else "win")
        assert len(record.milliseconds) == len(record.moves)


@pytest.mark.parametrize("world", ["tictactoe", "connect-four", "duel:rows=5,cols=5"])
def test_a_bot_scores_exactly_a_half_against_its_copy(world: str, bots: Path) -> None:
    """Also one that draws lots: in both games of an opening its seats have the same seeds."""
    for name in ("ada", "bob"):
        shutil.copy(bots / f"{name}.py", bots / "copy.py")
        records = played(world, [str(bots / f"{name}.py"), str(bots / "copy.py")], 6)
        copied = [1 - r.score if r.first == "copy" else r.score for r in records]
        assert sum(copied) == len(records) / 2
        for one, other in zip(records[::2], records[1::2], strict=True):
            assert one.moves == other.moves and one.score == other.score


def test_in_a_duel_nobody_knows_the_others_move(tmp_path: Path) -> None:
    """The second is asked before the first's move is made: it sees the same walls."""
    for name in ("one", "two"):
        text = "def act(percept):\n    print(int(percept.observation[0].sum()))\n    return 0\n"
        (tmp_path / f"{name}.py").write_text(text + f"# {name}\n")
    for record in played("duel", [str(tmp_path / "one.py"), str(tmp_path / "two.py")], 1):
        walls = [int(text) for _, text in record.said]
        assert walls[::2] == walls[1::2]
        assert [number for number, _ in record.said] == list(range(len(record.moves)))


def test_an_episode_is_worth_what_gymnasium_pays(bots: Path) -> None:
    name = "gridworld:map=random,size=5,slip=0.2"
    world = find_world(name)
    for pairing in schedule(world, find_bots([str(bots / "ada.py")]), 5, 0, LIMITS):
        records: list[GameRecord] = []
        job = PairingJob(name, "", pairing.bots, pairing.fixtures, LIMITS)
        do(job, records.append, lambda: False)
        for record in records:
            env = world.make()
            env.reset(seed=record.opening[0])
            rewards, ended = [], False
            for action in record.moves:
                assert not ended
                _, reward, terminated, truncated, _ = env.step(action)
                rewards.append(float(reward))
                ended = terminated or truncated
            assert ended and record.score == pytest.approx(sum(rewards))
            assert record.outcome == "end" and record.second == ""


def test_who_fails_loses_and_its_own_words_are_kept(bots: Path) -> None:
    records = played("tictactoe", [str(bots / "ada.py"), str(bots / "dan.py")], 2)
    for record in records:
        seat = (record.first, record.second).index("dan")
        assert (record.outcome, record.culprit) == (Outcome.ERROR, seat)
        assert record.score == seat
        assert record.reason == "ZeroDivisionError: division by zero (dan.py, line 3)"
        number, said = record.said[-1]
        assert number == len(record.moves)  # the move that it did not make
        assert said.startswith(f"hello {seat}\nTraceback") and "1 / 0" in said


def test_the_ranking_is_that_of_strength(workshop: Workshop, tmp_path: Path) -> None:
    strength = ["random", str(BOTS / "one_ply.py"), "minimax:depth=2"]
    result = workshop("tournament", "connect-four", *strength, "--pairs", 12, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert [line["name"] for line in found["standings"]] == ["minimax:depth=2", "one_ply", "random"]
    assert [line["rank"] for line in found["standings"]] == [1, 2, 3]
    assert sum(line["games"] for line in found["standings"]) == 2 * 3 * 24
    page = tmp_path / "results" / "connect-four" / "report.html"
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")


PAIRS = int(os.environ.get("WORKSHOP_PAIRS", "6"))
TOURNAMENT = ("tournament", "tictactoe", "bots", "--pairs", PAIRS)


def test_two_at_a_time_play_the_same_as_one_and_nothing_is_played_twice(
    workshop: Workshop, bots: Path, tmp_path: Path
) -> None:
    for jobs in (1, 2):
        result = workshop(*TOURNAMENT, "--jobs", jobs, "--out", f"jobs{jobs}")
        assert result.returncode == 0, result.stderr
    assert games(tmp_path / "jobs1") == games(tmp_path / "jobs2")
    assert len(games(tmp_path / "jobs1")) == 12 * PAIRS
    with closing(Records(tmp_path / "jobs1" / "results.sqlite")) as records:
        before = records.get(records.keys())
    (bots / "eve.py").write_text(RANDOM + "# another one\n")
    (bots / "bob.py").write_text(LAST + "# changed\n")
    assert workshop(*TOURNAMENT, "--out", "jobs1").returncode == 0
    with closing(Records(tmp_path / "jobs1" / "results.sqlite")) as records:
        after = records.get(records.keys())
    assert {key: after[key] for key in before} == before  # the clock too: not played again
    new = [record for key, record in after.items() if key not in before]
    assert len(new) == 14 * PAIRS  # four with eve, three more with what bob is now
    assert all({"eve", "bob"} & {record.first, record.second} for record in new)


def test_the_bar_is_seen_however_many_take_part() -> None:
    console = Console(width=80, height=24, file=io.StringIO())
    names = [f"student{number}" for number in range(40)]
    board = Scoreboard(console, find_world("tictactoe"), names, 1560)
    with console.capture() as shown:
        console.print(board._picture())
    rows = shown.get().splitlines()
    assert len(rows) <= 24 and "0/1560" in rows[-1] and "and 21 more" in rows[-2]


@pytest.mark.parametrize("moment", ["before it is loaded", "while it is loaded"])
def test_what_changes_while_it_is_played_is_not_written_down_under_its_old_content(
    bots: Path, moment: str
) -> None:
    world, ada = find_world("tictactoe"), bots / "ada.py"
    if moment == "while it is loaded":
        ada.write_text("import time\ntime.sleep(1)\n" + FIRST)
    (pairing,) = schedule(world, find_bots([str(ada), "random"]), 3, 0, LIMITS)
    delay = 0.0 if moment == "before it is loaded" else 0.7
    change = threading.Timer(delay, lambda: ada.write_text(LAST))
    change.start()
    if not delay:
        change.join()
    found: list[GameRecord] = []
    do(
        PairingJob(world.name, "", pairing.bots, pairing.fixtures, LIMITS),
        found.append,
        lambda: False,
    )
    assert [record.outcome for record in found] == [Outcome.VOID]
    assert "ada.py has changed" in found[0].reason


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_killed_at_random_moments_it_goes_on_to_the_same_end(
    workshop: Workshop, bots: Path, tmp_path: Path
) -> None:
    # its games take a while on any machine, so that there is a middle to be killed in
    (bots / "ada.py").write_text(
        RANDOM.replace("    ", "    time.sleep(0.01)\n    ") + "import time"
    )
    assert workshop(*TOURNAMENT, "--out", "whole", "--jobs", 2).returncode == 0
    draw, counts, total = random.Random(0), [0], 6 * 2 * PAIRS
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "workshop", *map(str, TOURNAMENT), "--out", "killed"]

    def count() -> int:
        return len(games(folder)) if (folder / "results.sqlite").exists() else 0

    for _ in range(KILLS):
        with _running([*command, "--jobs", "2"], tmp_path) as process:
            _wait(lambda: count() > counts[-1], process)
            time.sleep(draw.uniform(0, 0.1))
            process.kill()
        counts.append(count())
    assert counts[-1] < total  # it was in the middle every time
    assert workshop(*TOURNAMENT, "--out", "killed", "--jobs", 2).returncode == 0
    assert games(folder) == games(tmp_path / "whole") and len(games(folder)) == total


KILLS = int(os.environ.get("WORKSHOP_KILLS", "3"))
"""Twenty have been tried: WORKSHOP_KILLS=20 WORKSHOP_PAIRS=150."""


class _running:  # noqa: N801 - a context, used as `with _running(...)`
    """A command in a process group of its own, which is gone at the end."""

    def __init__(self, command: list[str], folder: Path, **options: Any) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def __enter__(self) -> subprocess.Popen[str]:
        return self.process

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_ctrl_c_keeps_what_was_played_and_tells_how_to_go_on(
    workshop: Workshop, bots: Path, tmp_path: Path
) -> None:
    (bots / "slow.py").write_text(
        FIRST.replace("    ", "    time.sleep(0.02)\n    ") + "import time"
    )
    command = [sys.executable, "-m", "workshop", *map(str, TOURNAMENT), "--jobs", "1"]
    folder = tmp_path / "results" / "tictactoe"
    with _running(command, tmp_path) as process:
        _wait(lambda: (folder / "results.sqlite").exists() and len(games(folder)) > 2, process)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.splitlines()[-1].split()[:3] == ["workshop", "tournament", "tictactoe"]
    assert "Traceback" not in err and "report:" in out
    before = len(games(folder))
    assert 2 < before < 20 * PAIRS
    result = workshop(*TOURNAMENT)
    assert result.returncode == 0 and len(games(folder)) == 20 * PAIRS


def _wait(condition: Any, process: subprocess.Popen[str], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_follow_plays_what_is_handed_in_later(bots: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workshop", *map(str, TOURNAMENT), "--pairs", "2", "--follow"]
    folder = tmp_path / "results" / "tictactoe"
    later = {path: path.read_text() for path in bots.glob("*.py") if path.stem != "ada"}
    for path in later:
        path.unlink()

    def count() -> int:
        return len(games(folder)) if (folder / "report.html").exists() else 0

    with _running(command, tmp_path) as process:
        _wait((folder / "results.sqlite").exists, process)
        time.sleep(0.5)  # one bot alone: it waits for another
        for path, text in later.items():
            path.write_text(text)
        _wait(lambda: count() == 6 * 4, process)
        (bots / "eve.py").write_text("def act(percept)\n")  # a mistake
        _wait(lambda: "eve" in (folder / "report.html").read_text(encoding="utf-8"), process)
        assert count() == 6 * 4
        (bots / "eve.py").write_text(FIRST + "# mended\n")
        _wait(lambda: count() == 10 * 4, process)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "eve" in out and "could not take part" not in out


def test_who_cannot_be_loaded_is_benched_and_told_why(workshop: Workshop, bots: Path) -> None:
    (bots / "typo.py").write_text("def act(percept):\nreturn 1\n")
    (bots / "empty.py").write_text("x = 1\n")
    (bots / "slow.py").write_text("import time\ntime.sleep(60)\n")
    result = workshop(*TOURNAMENT, "--pairs", 1, "--load-seconds", 2, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    benched = found["benched"]
    assert set(benched) == {"typo", "empty", "slow"}
    assert benched["typo"].startswith("IndentationError") and "line 2" in benched["typo"]
    assert benched["empty"] == "empty.py has neither a function act(percept) nor a class Agent"
    assert benched["slow"] == "not loaded after 2 s"
    assert {line["name"] for line in found["standings"]} == {"ada", "bob", "cyd", "dan"}


def test_every_kind_of_bot_takes_part(workshop: Workshop, bots: Path, tmp_path: Path) -> None:
    """A file, a folder with what it reads, a run folder, SB3's zip, given by itself and by name."""
    for name in ("ada", "cyd", "dan"):
        (bots / f"{name}.py").unlink()
    weights = bots / "folder"
    weights.mkdir()
    (weights / "moves.txt").write_text("4 0 8 2 6 1 3 5 7")
    (weights / "taste.py").write_text(
        "def best(legal, order):\n    return min(legal, key=order.index)"
    )
    (weights / "bot.py").write_text(
        "from pathlib import Path\nfrom taste import best\n\n"
        "ORDER = list(map(int, Path(__file__).with_name('moves.txt').read_text().split()))\n\n\n"
        "def act(percept):\n    return best(percept.legal_actions, ORDER)\n"
    )
    trained = workshop("train", "q-learning", "tictactoe", "--steps", 2000, "--run", "bots/run")
    assert trained.returncode == 0, trained.stderr
    stable_baselines3.DQN("MlpPolicy", gym.make("workshop/TicTacToe-v0")).save(bots / "zipped")
    named = "sb3-dqn:path=bots/zipped.zip"
    patient = "--load-seconds", 120, "--move-seconds", 10  # SB3 is slow to load on a busy machine
    result = workshop("tournament", "tictactoe", "bots", named, "--pairs", 2, "--json", *patient)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert not found["benched"]
    names = {"bob", "folder", "run", "zipped", named}
    assert {line["name"] for line in found["standings"]} == names
    games = found["games"]
    assert len(games) == 10 * 4
    meant = [g for g in games if {g["first"], g["second"]} == {"zipped", named}]
    assert sum(g["score"] for g in meant if g["first"] == "zipped") == sum(
        g["score"] for g in meant if g["first"] == named
    )  # they are the same agent


def test_a_gauntlet_and_a_time_trial(workshop: Workshop, bots: Path) -> None:
    gauntlet = workshop(*TOURNAMENT, "--pairs", 1, "--staff", "minimax", "--json")
    assert gauntlet.returncode == 0, gauntlet.stderr
    met = {frozenset((g["first"], g["second"])) for g in json.loads(gauntlet.stdout)["games"]}
    assert met == {frozenset((name, "minimax")) for name in ("ada", "bob", "cyd", "dan")}
    (bots / "marks").mkdir()
    for name in ("cyd", "dan"):
        (bots / f"{name}.py").rename(bots / "marks" / f"{name}.py")
    folder = workshop(*TOURNAMENT, "--pairs", 1, "--staff", "bots/marks", "--json")
    assert folder.returncode == 0, folder.stderr
    met = {frozenset((g["first"], g["second"])) for g in json.loads(folder.stdout)["games"]}
    assert met == {frozenset((one, staff)) for one in ("ada", "bob") for staff in ("cyd", "dan")}
    for name in ("cyd", "dan"):
        (bots / "marks" / f"{name}.py").rename(bots / f"{name}.py")
    trial = workshop(
        "tournament", "gridworld:map=random,size=5", "bots", "--pairs", 3, "--json", "--seed", 5
    )
    assert trial.returncode == 0, trial.stderr
    found = json.loads(trial.stdout)
    assert found["measure"] == "mean_return" and len(found["games"]) == 4 * 3
    assert found["standings"][-1]["name"] == "dan"  # it fails on every map
    assert found["standings"][-1]["forfeits"] == {"error": 3}


def test_pairs_that_repeat_a_game_count_it_once(workshop: Workshop, bots: Path) -> None:
    """In an arena without obstacles every start is the same."""
    pair = "bots/bob.py", "bots/cyd.py"
    result = workshop("tournament", "duel", *pair, "--pairs", 5, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["repeated"] == [["bob", "cyd"]] and len(found["games"]) == 10
    assert [line["games"] for line in found["standings"]] == [2, 2]
    assert all(line["repeats"] for line in found["standings"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("CartPole-v1", "random", "random"), "not CartPole-v1"),
        (("tictactoe", "random"), "two bots"),
        (("tictactoe", "random", "random"), "random was given twice"),
        (("tictactoe", "nobody", "random"), "no agent 'nobody'"),
        (("tictactoe", "bots/adda.py", "random"), "no such file or folder; did you mean 'bots/ada"),
        (("tictactoe", "bots/ada", "random"), "did you mean 'bots/ada.py'?"),
        (("tictactoe", "minimax:dept=2", "random"), "did you mean 'depth'?"),
        (("tictactoe", "human", "random"), "a person cannot take part"),
        (("tictactoe", "dqn", "random"), "has to be trained first"),
        (("tictactoe", "bots", "--pairs", "0"), "--pairs must be at least 1"),
        (("tictactoe", "bots", "--move-seconds", "0"), "--move-seconds lies between 0"),
        (("tictactoe", "bots", "--require-jail", "3"), "--require-jail 3"),
    ],
)
def test_mistakes_are_told_in_one_line(
    workshop: Workshop, bots: Path, arguments: tuple[str, ...], told: str
) -> None:
    result = workshop("tournament", *arguments)
    assert result.returncode == 2 and told in result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert not (bots.parent / "results").exists()


def test_what_is_no_bot_in_a_folder_is_told(bots: Path) -> None:
    for name in ("notes.txt", "eve.PY.txt", "_draft.py", ".hidden", "model.zip"):
        (bots / name).write_text("x")
    assert not_bots(bots) == ["eve.PY.txt", "model.zip", "notes.txt"]
    assert [bot.name for bot in find_bots([str(bots)])] == ["ada", "bob", "cyd", "dan"]


class Trap:
    """Pickled, it is a command that runs when it is read."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A run folder with a pickle wherever one could be, that writes a file when it is loaded."""
    sprung = tmp_path / "sprung"
    text = pickle.dumps(Trap(f"echo > {sprung.as_posix()}"))
    run = tmp_path / "runs" / "trap"
    for name in ("agent/weights.safetensors", "agent/bot.pkl", "state/checkpoint.pt", "model.pt",
                 "best/weights.safetensors", "agent/weights.pt"):  # fmt: skip
        path = run / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    yield run, sprung


def test_a_handed_in_pickle_is_not_loaded_by_any_command(
    workshop: Workshop, trap: tuple[Path, Path], tmp_path: Path
) -> None:
    run, sprung = trap
    with suppress(Exception):  # the trap is one
        pickle.loads((run / "agent" / "bot.pkl").read_bytes())
    assert sprung.exists()
    sprung.unlink()
    real = tmp_path / "runs" / "real"
    trained = workshop("train", "q-learning", "tictactoe", "--steps", 500, "--run", real)
    assert trained.returncode == 0, trained.stderr
    for name in (
        "config.json",
        "metrics.csv",
        "summary.json",
        "agent/config.json",
        "best/config.json",
    ):
        (run / name).write_bytes((real / name).read_bytes())
    name = str(run)
    for command in (
        ("tournament", "tictactoe", name, "random", "minimax", "--pairs", 1),
        ("compare", "tictactoe", name, "random", "--most", 1),
        ("check", name, "tictactoe"),
        ("evaluate", "tictactoe", name),
        ("watch", "tictactoe", name, "--save", "x.png"),
        ("play", "tictactoe", "--against", name),
        ("plot", name, "--save", "x.png"),
        ("list",),
        ("train", "--resume", name),
        ("train", "q-learning", "tictactoe", "--resume", name),
        ("train", "ppo", "tictactoe", "--opponent", name, "--steps", 10),
    ):
        result = workshop(*command)
        assert "Traceback" not in result.stderr, (command, result.stderr)
        assert not sprung.exists(), command
