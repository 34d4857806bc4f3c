"""The jail: the real attacks are stopped in it, go through outside, and ordinary work still works.

Everything here is tried by processes that have entered; this one stays free.
"""

from __future__ import annotations

import os
import platform
import re
import select
import signal
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from arena.bots import find_bot
from arena.jail import PREFIX, PROMISE, Jail, enter, highest, linux, probe, readable_by_all, seccomp
from arena.jail.attacks import ATTACKS, FAIL, PASS, Trial, run_attacks
from arena.jail.system_calls import NUMBERS, REFUSED
from arena.player import Limits, Player
from envs.worlds import find_world
from workshop import doctor

ROOT = Path(__file__).resolve().parents[1]
HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has a job object instead")
level_2 = pytest.mark.skipif(
    sys.platform == "win32" or highest() < 2, reason="this kernel has no Landlock or no seccomp"
)


def in_jail(
    code: str, scratch: Path, level: int = 2, readable: tuple[Path, ...] = (), memory: int = 1024
) -> str:
    """What code prints that runs in the jail; `reached` is the level, `scratch` its folder."""
    beginning = f"""\
        import numpy as np, os, sys
        from pathlib import Path
        from arena.jail import Jail, enter
        scratch = Path({str(scratch)!r})
        reached = enter(Jail({level}, tuple(map(Path, {list(map(str, readable))!r})),
                             (scratch,), {memory}))
        """
    child = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(beginning) + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=scratch,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        | {"OPENBLAS_NUM_THREADS": "1", "HOME": str(scratch), "TMPDIR": str(scratch)},
    )
    assert child.returncode == 0, child.stderr
    return child.stdout.strip()


@pytest.fixture(scope="module")
def at_level_2() -> dict[str, Trial]:
    return {trial.name: trial for trial in run_attacks(2)}


@pytest.fixture(scope="module")
def at_level_0() -> dict[str, Trial]:
    return {trial.name: trial for trial in run_attacks(0)}


@level_2
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_stopped_in_the_jail(name: str, at_level_2: dict[str, Trial]) -> None:
    assert at_level_2[name].verdict == PASS, at_level_2[name]


@pytest.mark.skipif(sys.platform != "linux", reason="some attacks are Linux's own")
@pytest.mark.parametrize("name", ATTACKS)
def test_the_same_attack_goes_through_outside(name: str, at_level_0: dict[str, Trial]) -> None:
    if name == "make a device of the disk" and at_level_0[name].verdict == PASS:
        pytest.skip("this user makes no devices anyway")
    guarded = YAMA.exists() and YAMA.read_text().strip() != "0"
    if guarded and name in ("trace the referee", "read the referee's memory"):
        pytest.skip("this kernel lets nobody look into a process that is not its child")
    assert at_level_0[name].verdict != PASS, at_level_0[name]
    assert at_level_0[name].detail in ("it went through", "the referee is dead")


def test_limits_stop_what_needs_no_kernel_of_a_certain_age() -> None:
    trials = {trial.name: trial.verdict for trial in run_attacks(1)}
    assert FAIL not in trials.values()
    stopped = {name for name, attack in ATTACKS.items() if attack.level == 1}
    if os.getuid() != 0:  # root is not counted
        stopped |= {"fork", "fork twice, to be nobody's child", "start a program"}
    assert stopped and all(trials[name] == PASS for name in stopped)


@level_2
def test_ordinary_work_works_in_the_jail(tmp_path: Path) -> None:
    weights = tmp_path / "bots" / "ada" / "weights.json"
    weights.parent.mkdir(parents=True)
    weights.write_text("[1, 2]")
    (weights.parent / "helper.py").write_text("three = 3")
    (tmp_path / "scratch").mkdir()
    code = f"""
        import collections, gc, json, math, random, tempfile, time, traceback, zoneinfo
        print(reached, json.loads(Path({str(weights)!r}).read_text()))
        sys.path.insert(0, {str(weights.parent)!r})
        import helper
        print(helper.three, (np.ones((200, 200)) @ np.ones((200, 200)))[0, 0])
        try:
            raise ValueError("mine")
        except ValueError:
            assert "mine" in traceback.format_exc()
        (scratch / "notes").mkdir()
        (scratch / "notes" / "a.txt").write_text("seen")
        (scratch / "notes" / "a.txt").rename(scratch / "b.txt")
        print((scratch / "b.txt").read_text(), sorted(os.listdir(scratch)), gc.collect() >= 0)
        with tempfile.TemporaryFile() as file, open(os.devnull, "w") as nothing:
            print("hidden", file=nothing)
        begin = time.monotonic(); time.sleep(0.01); assert time.monotonic() > begin
        import resource, signal
        signal.signal(signal.SIGUSR1, lambda *_: print("signalled by itself"))
        signal.raise_signal(signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)
        print(resource.getrlimit(resource.RLIMIT_CORE), len(os.urandom(4)))
        """
    found = in_jail(code, tmp_path / "scratch", readable=(weights.parent,)).splitlines()
    assert found == [
        "2 [1, 2]",
        "3 200.0",
        "seen ['b.txt', 'notes'] True",
        "signalled by itself",
        "signalled by itself",
        "(0, 0) 4",
    ]  # fmt: skip


@level_2
def test_torch_is_imported_and_thinks_in_the_jail(tmp_path: Path) -> None:
    """In the memory that a bot has by default."""
    code = """
        import torch
        net = torch.nn.Sequential(torch.nn.Conv2d(1, 64, 3), torch.nn.Flatten(),
                                  torch.nn.Linear(64 * 4 * 5, 7))
        boards = torch.ones(128, 1, 6, 7)
        net(boards).sum().backward()
        print(reached, tuple(net(boards).shape), torch.get_num_threads())
        """
    assert in_jail(code, tmp_path) == "2 (128, 7) 1"


@level_2
def test_what_fewer_bots_do_works_as_well(tmp_path: Path) -> None:
    """Among it what looks like network, services or shared memory, and is not."""
    (tmp_path / "weights").mkdir()
    save_file({"w": np.ones((2, 3), dtype=np.float32)}, tmp_path / "weights" / "w.safetensors")
    (tmp_path / "scratch").mkdir()
    code = f"""
        import asyncio, contextlib, logging, pickle, secrets, sqlite3, uuid
        from agents.minimax import MinimaxAgent
        from safetensors.numpy import load_file
        print(load_file({str(tmp_path / "weights" / "w.safetensors")!r})["w"].sum())
        print(asyncio.run(asyncio.sleep(0, "awake")))
        with sqlite3.connect("own.db") as database:
            database.execute("create table moves (move)")
        assert pickle.loads(pickle.dumps(MinimaxAgent)) is MinimaxAgent
        np.save("ones.npy", np.ones(3)); print(np.load("ones.npy", mmap_mode="r").sum())
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            print("not seen")
        os.mkdir("deep"); os.chdir("deep"); os.chdir(".."); os.rmdir("deep")
        logging.basicConfig(filename="log.txt"); logging.error("seen by itself")
        secrets.token_bytes(8); uuid.uuid4(); np.linalg.svd(np.ones((9, 9)))
        """
    found = in_jail(code, tmp_path / "scratch", readable=(tmp_path / "weights",))
    assert found.splitlines() == ["6.0", "awake", "3.0"]


@level_2
@pytest.mark.skipif(find_spec("sklearn") is None, reason="scikit-learn is not installed")
def test_scikit_learn_works_in_the_jail(tmp_path: Path) -> None:
    code = """
        from sklearn.ensemble import RandomForestClassifier
        print(RandomForestClassifier(3).fit([[0.0], [1.0]], [0, 1]).predict([[1.0]]).shape)
        """
    assert in_jail(code, tmp_path) == "(1,)"


@level_2
def test_what_is_refused_fails_with_an_error_that_says_so(tmp_path: Path) -> None:
    """Nothing hangs, nothing ends the process."""
    code = """
        import multiprocessing, socket, subprocess
        for attempt in (
            lambda: multiprocessing.Pool(1),
            lambda: multiprocessing.get_context("fork").Process(target=print).start(),
            lambda: multiprocessing.get_context("spawn").Process(target=print).start(),
            lambda: subprocess.run(["true"]),
            lambda: socket.getaddrinfo("example.com", 80),
            lambda: os.listdir("/"),
        ):
            try:
                print("went through", attempt())
            except OSError as error:
                print(type(error).__name__)
        """
    refused = "PermissionError"
    assert in_jail(code, tmp_path).splitlines() == [refused] * 4 + ["gaierror", refused]


@level_2
def test_calls_that_python_does_not_make_are_refused_as_well(tmp_path: Path) -> None:
    """Some are stopped by Landlock too, or by not being root: the filter does not rely on that."""
    names = ["fork", "ptrace", "process_vm_readv", "pidfd_open", "kcmp", "fchmodat", "fchownat"]
    names += ["utimensat", "fsetxattr", "setpgid", "unshare", "setns", "shmget", "shmat", "mq_open"]
    names += ["io_uring_setup", "bpf", "userfaultfd", "keyctl", "inotify_add_watch", "execveat"]
    column = linux.MACHINES.index(platform.machine())
    numbers = {name: REFUSED[name][column] for name in names}
    code = f"""
        import ctypes
        library = ctypes.CDLL(None, use_errno=True)
        for name, number in {numbers}.items():
            if number is not None:
                answer = library.syscall(number, *[-1] * 6), ctypes.get_errno()
                if answer != (-1, 1):
                    print(name, answer)
        """
    assert in_jail(code, tmp_path) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows descriptors as files")
def test_a_worker_holds_nothing_of_its_referees_but_its_own_line(tmp_path: Path) -> None:
    """Neither open files, nor the lines of the players beside it."""
    limits = Limits(jail=1)  # at level 2 nobody but root can look
    players = [Player(find_bot("random"), find_world("tictactoe"), limits) for _ in range(3)]
    with (tmp_path / "secret").open("w"):
        try:
            for player in players:
                player.start()
            for player in players:
                player.ready()
                assert player._process is not None
                held = Path(f"/proc/{player._process.pid}/fd").iterdir()
                kinds = sorted(str(one.readlink()).split(":")[0] for one in held)
                assert kinds == ["/dev/null", "pipe", "pipe", "socket"]
        finally:
            for player in players:
                player.end()


@pytest.mark.skipif(sys.platform != "linux", reason="nowhere else is reading restricted")
@pytest.mark.parametrize("place", ["/usr/src/app/bots", "/usr/local/bots", "/opt/bots", "/home/x"])
def test_where_bots_may_lie_is_not_open_to_all(place: str) -> None:
    assert not [path for path in readable_by_all() if Path(place).is_relative_to(path)]


def test_a_virtual_environment_does_not_open_the_folder_that_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `python -m venv .` makes one, in the folder of bots."""
    (tmp_path / PREFIX[0]).mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    found = readable_by_all()
    assert tmp_path / PREFIX[0] in found
    assert not [path for path in found if (tmp_path / "ada.py").is_relative_to(path)]


@level_2
def test_a_bot_that_is_one_file_reads_it_and_no_neighbour(tmp_path: Path) -> None:
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.py").write_text(f"name = {name!r}")
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "link").symlink_to(tmp_path / "bob.py")
    code = f"""
        ways = ["ada.py", "bob.py", "scratch/link", "scratch/../bob.py"]
        ways = [Path({str(tmp_path)!r}) / way for way in ways]
        ways += [Path("/proc/self/root" + str(ways[1])), Path("../bob.py")]
        for way in ways:
            try:
                print(way.read_text())
            except PermissionError:
                print("no")
        """
    found = in_jail(code, tmp_path / "scratch", readable=(tmp_path / "ada.py",))
    assert found.splitlines() == ["name = 'ada'", *["no"] * 5]


@level_2
def test_a_bot_changes_neither_itself_nor_our_code(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_text("name = 'ada'")
    (tmp_path / "scratch").mkdir()
    code = f"""
        import arena
        for path in (Path({str(tmp_path / "ada.py")!r}), Path(arena.__file__), Path(np.__file__)):
            try:
                path.open("r+b").close()
                print("open to be changed")
            except PermissionError:
                print("read only", len(path.read_text()) > 0)
        """
    found = in_jail(code, tmp_path / "scratch", readable=(tmp_path / "ada.py",))
    assert found.splitlines() == ["read only True"] * 3


@level_2
def test_nobody_leaves_the_jail_again(tmp_path: Path) -> None:
    """Neither by asking the kernel, nor by entering a wider jail."""
    code = """
        import ctypes, platform, resource
        library = ctypes.CDLL(None, use_errno=True)
        print([library.prctl(option, 0, 0, 0, 0) for option in (1, 4, 38)])
        for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
            try:
                resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                print("raised")
            except (ValueError, OSError):
                print("not raised")
        enter(Jail(2, (Path("/etc"),), (Path("/"),), 100_000))
        try:
            print(len(Path("/etc/passwd").read_text()))
        except PermissionError:
            print("still inside")
        print([line.split()[1] for line in open("/proc/self/status")
               if line.startswith(("NoNewPrivs", "Seccomp:"))])
        """
    found = in_jail(code, tmp_path).splitlines()
    assert found == ["[-1, -1, -1]", "not raised", "not raised", "still inside", "['1', '2']"]


@level_2
def test_root_has_no_powers_left(tmp_path: Path) -> None:
    code = """
        with open("/proc/self/status") as status:
            print(next(line for line in status if line.startswith("CapEff")).split()[1])
        """
    assert int(in_jail(code, tmp_path), 16) & ~linux.READS_ALL_FILES == 0


@level_2
def test_entering_takes_milliseconds(tmp_path: Path) -> None:
    """The jail is made anew for each pairing."""
    code = """
        import time
        began = time.process_time()
        enter(Jail(2, (), (scratch,)))
        print(time.process_time() - began)
        """
    assert float(in_jail(code, tmp_path, level=0)) < 0.05


@level_2
def test_a_jail_that_would_leave_a_thread_free_is_not_called_level_2(tmp_path: Path) -> None:
    code = """
        import threading
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        told = []
        print(enter(Jail(2, (), (scratch,)), told.append), *told)
        sys.stdout.flush(); os._exit(0)
        """
    found = in_jail(code, tmp_path, level=0)
    assert found.startswith("1 ") and "threads" in found


@level_2
def test_what_fails_at_level_2_leaves_level_1(tmp_path: Path) -> None:
    code = """
        from arena.jail import seccomp
        def refuse(): raise OSError("no filter today")
        seccomp.restrict, told = refuse, []
        print(enter(Jail(2, (), (scratch,)), told.append), told)
        """
    assert in_jail(code, tmp_path, level=0) == "1 ['no filter today']"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such signal")
def test_no_worker_outlives_its_referee(tmp_path: Path) -> None:
    """Not even one that is in the middle of a loop that never ends."""
    worker = "import os; from arena.jail import Jail, enter; enter(Jail(1))\n"
    worker += "os.write(1, str(os.getpid()).encode())\nwhile True: pass"
    referee = "import subprocess, sys, time; "
    referee += f"subprocess.Popen([sys.executable, '-P', '-c', {worker!r}]); time.sleep(60)"
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", referee],
        stdout=writing,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    os.close(writing)
    worker_id = int(os.read(reading, 10))
    process.kill()
    process.wait()
    gone = bool(select.select([reading], [], [], 5)[0])  # nobody holds the other end
    os.close(reading)
    if not gone:
        os.kill(worker_id, signal.SIGKILL)
    assert gone


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's headers")
@pytest.mark.parametrize("column", range(2))
def test_the_numbers_of_system_calls_are_the_kernels(column: int) -> None:
    header = Path(list(HEADERS.values())[column])
    if not header.exists():
        pytest.skip("the kernel's headers are not installed")
    defined = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
    kernels = {name: int(number) for name, number in defined}
    ours = {name: numbers[column] for name, numbers in NUMBERS.items()}
    newer = {name for name, number in ours.items() if number and number > max(kernels.values())}
    assert len(newer) < 10
    assert {n: x for n, x in ours.items() if n not in newer} == {
        n: kernels.get(n) for n in ours if n not in newer
    }


def run_filter(machine: str, number: int, *arguments: int, architecture: int = 0) -> str:
    """What the filter says to a call, by a BPF machine of this test's own."""
    architecture = architecture or seccomp.ARCHITECTURE[machine]
    words = [number, architecture, 0, 0]
    for argument in (*arguments, *[0] * (6 - len(arguments))):
        words += [argument & 0xFFFFFFFF, argument >> 32]
    code, at, loaded = seccomp.program(machine, process=4242), 0, 0
    while True:
        kind, if_true, if_false, constant = code[at]
        at += 1
        if kind == seccomp.RETURN:
            return {0x7FFF0000: "allowed", 0x50001: "denied", 0x50026: "missing"}[constant]
        if kind == seccomp.LOAD:
            loaded = words[constant // 4]
        else:
            true = loaded == constant if kind == seccomp.JUMP_EQUAL else loaded >= constant
            at += if_true if true else if_false


@pytest.mark.parametrize("machine", linux.MACHINES)
def test_what_the_filter_says_on_either_machine(machine: str) -> None:
    def says(name: str, *arguments: int) -> str:
        number = NUMBERS[name][0 if machine == "x86_64" else 1]
        assert number is not None
        return run_filter(machine, number, *arguments)

    assert says("clone") == says("execve") == says("socket") == "denied"
    assert says("clone3") == "missing"
    assert says("kill", 4242, 9) == says("tgkill", 4242, 4242, 6) == "allowed"
    assert says("kill", 1, 9) == says("kill", 0, 9) == says("kill", 2**64 - 1, 9) == "denied"
    assert says("prlimit64", 0, 7, 0, 4096) == "allowed"
    assert says("prlimit64", 0, 7, 4096) == says("prlimit64", 0, 7, 1 << 32) == "denied"
    assert says("prctl", 1) == says("prctl", 4) == "denied" and says("prctl", 15) == "allowed"
    assert says("fcntl", 3, 8) == "denied" and says("fcntl", 3, 3) == "allowed"
    read, write = {"x86_64": (0, 1), "aarch64": (63, 64)}[machine]
    assert run_filter(machine, read) == run_filter(machine, write) == "allowed"
    assert run_filter(machine, read, architecture=0x40000003) == "denied"  # a 32-bit call
    if machine == "x86_64":
        assert run_filter(machine, read | seccomp.X32) == "denied"


def test_the_probe_names_each_level_and_leaves_this_process_free() -> None:
    before = Path("/proc/self/status").read_text() if sys.platform == "linux" else ""
    found = probe()
    assert [protection.level for protection in found] == [0, 1, 2]
    assert sum(protection.works for protection in found) - 1 == highest()
    if before:
        after = Path("/proc/self/status").read_text()
        line = re.compile(r"^(?:Seccomp|NoNewPrivs|CapEff):.*$", re.MULTILINE)
        assert line.findall(after) == line.findall(before)


@pytest.mark.parametrize(("verdict", "code"), [("PASS", 0), ("UNSUPPORTED", 0), ("FAIL", 1)])
def test_doctor_fails_where_an_attack_goes_through_that_should_not(
    verdict: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", {"jail": doctor._jail})
    trials = [Trial("fork", verdict, "it went through")]
    monkeypatch.setattr("arena.jail.attacks.run_attacks", lambda: trials)
    assert doctor.run(doctor.Options()) == code
    said = " ".join(capsys.readouterr().out.split())
    assert verdict in said and "fork" in said
    assert (PROMISE in said) == (highest() == 2)


def test_level_0_asks_for_nothing() -> None:
    assert enter(Jail(0)) == 0
