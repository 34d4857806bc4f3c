"""A zoo of bad bots: each loses as it says itself, and does no harm to anything else.

Every file of `tests/badbots` begins with what becomes of it in the jail's highest level:

    # expect: error          the outcome of its game; `fine` if it may play on; `memory or error`
    # reason: ValueError     part of the reason that is told
    # needs: jail            is not let loose where that level is not supported
    # move: 2                its limits, where they are not those below
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from arena.bots import Bot, find_bot
from arena.jail import highest
from arena.player import Failure, Limits, Player, remove
from arena.records import GameRecord, Outcome
from arena.referee import PairingJob, do, play, try_to_load
from arena.schedule import Fixture, schedule
from envs.worlds import find_world

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals, /proc, closed descriptors"),
    pytest.mark.xdist_group("badbots"),  # they are timed: one after the other
]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
BADBOTS = Path(__file__).with_name("badbots")
WORLD = find_world("tictactoe")
LIMITS = Limits(move=0.2, load=3.0, memory=256)


def about(path: Path) -> dict[str, str]:
    """What a bot tells about itself in its first lines."""
    return dict(re.findall(r"^# (\w+): (.*)$", path.read_text(), re.MULTILINE))


def found(name: str) -> Bot:
    """A bot of the zoo."""
    return find_bot(str(BADBOTS / f"{name}.py"))


def limits_of(bot: Bot) -> Limits:
    """What it is granted."""
    told = about(Path(bot.source))
    return LIMITS._replace(
        move=float(told.get("move", LIMITS.move)), memory=int(told.get("memory", LIMITS.memory))
    )


def first_game(bot: Bot, rival: Bot) -> Fixture:
    """The game from the empty board in which `bot` moves first."""
    return schedule(WORLD, [bot, rival], 1, 0, LIMITS)[0].fixtures[0]._replace(opening=())


def game(player: Player, rival: Player) -> GameRecord:
    """That game, and the end of the player."""
    try:
        return play(WORLD, first_game(player.bot, rival.bot), [player, rival])
    finally:
        player.end()


def sessions(folder: Path = Path("/proc")) -> set[int]:
    """The sessions that have a process: a worker begins one, and all it starts belongs to it."""
    alive = set()
    for status in folder.glob("[0-9]*/stat"):
        try:
            state, _, _, session = status.read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it has ended
            continue
        if state != "Z":
            alive.add(int(session))
    return alive


def swept(folder: Path) -> None:
    """Removes a folder by other means than ours: pytest's own fail at what bots may leave there."""
    subprocess.run([shutil.which("rm") or "rm", "-rf", str(folder)], check=True)


@pytest.fixture(scope="module")
def started() -> Iterator[set[int]]:
    """The numbers of all workers that are started."""
    numbers: set[int] = set()
    with pytest.MonkeyPatch.context() as patch:
        start = Player.start

        def noted(self: Player) -> None:
            start(self)
            assert self._process is not None
            numbers.add(self._process.pid)

        patch.setattr(Player, "start", noted)
        yield numbers


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the workers' folders are made."""
    folder = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder
    swept(folder)


@pytest.fixture(scope="module")
def rival(
    started: set[int], scratch: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Player]:
    """Plays at random against each of them, all the time in the same process."""
    player = Player(find_bot("random"), WORLD, LIMITS._replace(move=2.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("rival")))
        player.start()
    yield player
    player.end()


@pytest.mark.parametrize("path", sorted(BADBOTS.glob("*.py")), ids=lambda path: path.stem)
def test_a_bad_bot_ends_as_expected(
    path: Path, rival: Player, started: set[int], scratch: Path
) -> None:
    expected = about(path)
    if expected.get("needs") == "jail" and highest() < 2:
        pytest.skip("not let loose without the jail's highest level")
    bot = find_bot(str(path))
    before = {file: file.read_bytes() for file in BADBOTS.glob("*.py")}
    record = game(Player(bot, WORLD, limits_of(bot)), rival)
    fine = record.outcome in (Outcome.WIN, Outcome.DRAW)
    assert ("fine" if fine else record.outcome) in expected["expect"].split(" or "), record
    assert record.culprit == (None if fine else 0)
    assert expected.get("reason", "") in record.reason
    assert record.reason.isprintable()
    assert rival.alive  # who does no wrong is not ended
    assert not list(scratch.iterdir())
    assert {file: file.read_bytes() for file in BADBOTS.glob("*.py")} == before
    if sys.platform == "linux":
        rivals = {rival._process.pid} if rival._process is not None else set()
        assert not (started - rivals) & sessions(), "something it started is still there"


def test_a_bot_whose_file_is_gone_has_not_lost(rival: Player, tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    path.write_text("def act(percept): return 0\n")
    bot = find_bot(str(path))
    path.unlink()
    record = game(Player(bot, WORLD, LIMITS), rival)
    assert (record.outcome, record.culprit) == (Outcome.VOID, None)
    assert "gone.py has changed" in record.reason


def test_the_time_that_our_own_code_takes_to_begin_is_not_the_bots(
    rival: Player, tmp_path: Path
) -> None:
    path = tmp_path / "quick.py"
    path.write_text("def act(percept):\n    return percept.legal_actions[0]\n")
    bot = find_bot(str(path))  # it is loaded within a millisecond; a process takes a hundred
    assert game(Player(bot, WORLD, LIMITS._replace(load=0.08)), rival).culprit is None


needs_jail = pytest.mark.skipif(highest() < 2, reason="the jail's highest level is not supported")


@needs_jail
@pytest.mark.parametrize("name", ["read_sibling_catching", "read_home_catching"])
def test_who_looks_around_finds_nothing(name: str, rival: Player) -> None:
    bot = found(name)
    record = game(Player(bot, WORLD, limits_of(bot)), rival)
    said = "".join(text for _, text in record.said)
    assert record.culprit is None
    assert "found" not in said
    assert "notes" not in said  # which the sibling's text is full of


@needs_jail
def test_nothing_is_thought_on_the_opponents_time(rival: Player) -> None:
    record = game(Player(found("thread_catching"), WORLD, LIMITS), rival)
    assert {text for _, text in record.said} == {"0 nodes searched on the opponent's time\n"}


def test_what_was_printed_stands_beside_its_move_however_much_it_was(
    rival: Player, tmp_path: Path
) -> None:
    path = tmp_path / "talker.py"
    path.write_text(
        "print('loaded')\nmoves = 0\n\n\ndef act(percept):\n    global moves\n    moves += 1\n"
        "    print(f'begin {moves}', 'x' * 100_000, f'end {moves}')\n"
        "    return percept.legal_actions[0]\n"
    )
    record = game(Player(find_bot(str(path)), WORLD, LIMITS), rival)
    assert [move for move, _ in record.said] == list(range(0, len(record.moves), 2))
    for number, (_, text) in enumerate(record.said, 1):
        assert text.startswith(f"begin {number} xxx")
        assert text.endswith(f"xxx end {number}\n")
        assert len(text) < 9000
        assert "bytes left out" in text


def test_what_a_bot_prints_does_not_steer_a_terminal(rival: Player) -> None:
    for name in ("exception_with_escapes", "print_binary"):
        record = game(Player(found(name), WORLD, LIMITS), rival)
        said = "".join(text for _, text in record.said)
        assert said
        assert said.replace("\n", "").replace("\t", "").isprintable()
    assert r"\x1b" in said


def test_a_bad_bot_changes_no_game_of_the_others(
    tmp_path: Path, started: set[int], scratch: Path
) -> None:
    for name, choice in (("low", "min(legal)"), ("lots", "random.choice(legal)")):
        (tmp_path / f"{name}.py").write_text(
            f"import random\n\n\ndef act(percept):\n    legal = percept.legal_actions\n"
            f"    print('I see', legal)\n    return {choice}\n"
        )
    good = [find_bot(str(tmp_path / f"{name}.py")) for name in ("low", "lots")]
    good.append(find_bot("expert"))
    bad = [found(name) for name in ("os_exit", "patch_rules", "forge_by_print")]

    def tournament(bots: list[Bot]) -> dict[str, GameRecord]:
        records: dict[str, GameRecord] = {}
        for pairing in schedule(WORLD, bots, 2, 0, LIMITS):
            job = PairingJob("tictactoe", "", pairing.bots, pairing.fixtures, LIMITS)
            do(job, lambda record: records.update({record.key: record.repeatable}), lambda: False)
        return records

    alone = tournament(good)
    among = tournament([bad[0], good[0], bad[1], good[1], bad[2], good[2]])
    assert len(alone) == 12
    assert alone == {key: record for key, record in among.items() if key in alone}
    assert not list(scratch.iterdir())


@LINUX
def test_the_kill_comes_within_50_ms_of_the_deadline(started: set[int], scratch: Path) -> None:
    late = []
    for _ in range(5):  # the machine may be busy: the best counts
        player = Player(found("infinite_loop"), WORLD, LIMITS)
        player.begin(0, 0)
        assert player._process is not None
        number = player._process.pid
        began = time.perf_counter()
        with pytest.raises(Failure, match="no move after 0.2 s"):
            player.ask([0, 0, 0])
        late.append(time.perf_counter() - began - LIMITS.move - LIMITS.grace)
        assert not Path(f"/proc/{number}").exists()
        if late[-1] < 0.05:
            break
    assert 0 <= min(late) < 0.05


def test_closed_output_does_not_keep_the_referee_busy(started: set[int], scratch: Path) -> None:
    player = Player(found("sleep_silently"), WORLD, LIMITS._replace(move=5))
    player.begin(0, 0)
    used = time.process_time()
    player.ask([0, 0, 0])
    player.end()
    assert time.process_time() - used < 0.2  # it slept for half a second


REFEREE = """
import sys
from arena.bots import find_bot
from arena.player import Limits, Player
from envs.worlds import find_world

player = Player(find_bot(sys.argv[1]), find_world("tictactoe"), Limits(jail=int(sys.argv[2])))
player.begin(0, 0)
print(player._process.pid, flush=True)
player._deadline = player.ask([0, 0, 0])
"""


@LINUX
@pytest.mark.parametrize("level", range(highest() + 1))
def test_no_worker_outlives_its_referee(level: int, tmp_path: Path) -> None:
    source = BADBOTS / "loop_that_catches_all.py"
    with subprocess.Popen(
        [sys.executable, "-c", REFEREE, str(source), str(level)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as referee:
        assert referee.stdout is not None
        worker = int(referee.stdout.readline())
        time.sleep(0.1)  # into the loop
        assert worker in sessions()
        referee.send_signal(signal.SIGKILL)
    began = time.monotonic()
    while (alive := worker in sessions()) and time.monotonic() - began < 5:
        time.sleep(0.02)
    if alive:
        os.kill(worker, signal.SIGKILL)
    assert not alive


def test_who_does_not_listen_cannot_hold_up_the_referee(
    tmp_path: Path, started: set[int], scratch: Path
) -> None:
    source = "import time\n\n\ndef act(percept):\n    time.sleep(60)\n"
    path = tmp_path / "deaf.py"
    path.write_text(source)
    player = Player(find_bot(str(path)), WORLD, LIMITS)
    player.begin(0, 0)
    player._send([2, [0, 0, 0]])
    began = time.perf_counter()
    for _ in range(100):  # the socket's buffer is full before that
        player._send([0, "x" * 60_000])
        if time.perf_counter() - began > LIMITS.move:
            break
    with pytest.raises(Failure) as failed:
        player.ask([0, 0, 0])
    assert failed.value.outcome == Outcome.TIMEOUT
    assert time.perf_counter() - began < 3


@LINUX
def test_hundreds_of_processes_leave_no_descriptor_and_no_folder(
    started: set[int], scratch: Path, tmp_path: Path
) -> None:
    rival = Player(find_bot("random"), WORLD, LIMITS)
    path = tmp_path / "exit.py"
    path.write_text("import os\n\n\ndef act(percept):\n    os._exit(0)\n")
    bot = find_bot(str(path))
    player = Player(bot, WORLD, LIMITS)
    counts = []
    for _ in range(8):
        play(WORLD, first_game(bot, rival.bot), [player, rival])
        counts.append(len(list(Path("/proc/self/fd").iterdir())))
    rival.end()
    assert len(set(counts)) == 1
    assert not list(scratch.iterdir())


@LINUX
def test_a_worker_that_cannot_be_started_leaves_nothing_behind_and_blames_nobody(
    scratch: Path, started: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bots = [find_bot("random"), found("infinite_loop")]
    players = [Player(bot, WORLD, LIMITS) for bot in bots]
    before = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(sys, "executable", str(scratch / "no-python"))
    record = play(WORLD, first_game(*bots), players)
    assert (record.outcome, record.culprit, record.score) == (Outcome.VOID, None, 0.5)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not list(scratch.iterdir())


def test_a_folder_is_removed_however_deep_it_is(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    beside = tmp_path / "beside.txt"
    beside.write_text("")
    (top / "link").symlink_to(tmp_path)
    here = Path.cwd()
    try:
        os.chdir(top)
        for _ in range(2 * sys.getrecursionlimit()):
            os.mkdir("d")  # noqa: PTH102
            os.chdir("d")
        Path("file").touch()
    finally:
        os.chdir(here)
    try:
        remove(top)
        assert list(tmp_path.iterdir()) == [beside]
    finally:
        swept(top)


def test_the_level_of_the_jail_is_told_before_the_bot_can_speak(
    started: set[int], scratch: Path
) -> None:
    loaded = try_to_load(found("forge_level"), WORLD, LIMITS._replace(jail=0))
    assert "not asked" in loaded.failure
    assert loaded.level == 0
