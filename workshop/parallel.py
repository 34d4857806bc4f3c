"""Independent jobs side by side: in processes of this machine, or on a Ray cluster.

A job is a call of `work(job, send, stopped)`. It may `send` notes on its way, ends early once
`stopped()` is true, and returns a result. The same function runs in both places.

Processes are spawned, so that this works alike on every system. On Ray, a job whose node is lost
starts again on another one: that is Ray's own doing.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple, Protocol

from envs.names import BadInput
from workshop.interrupt import held_back, leave_to_parent

Work = Callable[[Any, Callable[[Any], None], Callable[[], bool]], Any]
"""From a job, a way to send notes, and a way to ask whether to stop, to the result."""
POLL = 0.2
"""How many seconds to wait for news before looking at Ctrl-C."""


@dataclass
class Side:
    """Where trainings run side by side."""

    jobs: int | None = None
    """Processes at the same time; by default one a CPU core."""
    ray: str | None = None
    """Run them on a Ray cluster: its address, auto, or local."""

    def __post_init__(self) -> None:
        if self.jobs is not None and self.jobs < 1:
            raise BadInput(f"--jobs must be at least 1, not {self.jobs}")
        if self.jobs is not None and self.ray is not None:
            raise BadInput("--jobs is for this machine; with --ray the cluster decides")

    def workers(self, work: Work, jobs: int, threads: int) -> Workers:
        """Where the work is done: for at most `jobs` jobs at once, of `threads` threads each."""
        if self.ray is not None:
            return RayCluster(work, self.ray, cores=threads)
        cores = max(1, (os.cpu_count() or 1) // threads)
        return Processes(work, min(self.jobs or cores, jobs))


class News(NamedTuple):
    """What a job has to say."""

    job: int
    """Its number, in the order in which jobs were begun."""
    content: Any
    """A note, or the result."""
    done: bool
    """Whether this is the result."""


class Workers(Protocol):
    """Where jobs run."""

    def run(self, jobs: Iterable[Any]) -> Iterator[News | None]:
        """Runs all jobs, each taken when a worker is free; None: nothing new for a while."""

    def stop(self, job: int) -> None:
        """Asks a job to end early."""

    def stop_all(self) -> None:
        """Asks all running jobs to end early, and begins no more."""

    def close(self) -> None:
        """Ends the workers."""


class Lost(BadInput):
    """A worker ended without an answer."""


class Processes:
    """`count` processes of this machine.

    Args:
        work: a function at the top of a module.
    """

    def __init__(self, work: Work, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(work, theirs), daemon=True)
            with held_back():
                process.start()
            theirs.close()  # so that its death is seen as the end of the file
            self._ends.append(ours)
            self._processes.append(process)
        self._busy: dict[Connection, int] = {}
        self._stopping = False

    def run(self, jobs: Iterable[Any]) -> Iterator[News | None]:
        """Runs all jobs, each taken when a worker is free; None: nothing new for a while.

        Raises:
            BadInput: a job's own.
            Lost: a worker was killed, or ran out of memory.
        """
        waiting, begun = iter(jobs), 0
        idle = list(self._ends)
        while True:
            while idle and not self._stopping:
                try:
                    job = next(waiting)
                except StopIteration:
                    break
                end = idle.pop(0)
                end.send(job)
                self._busy[end] = begun
                begun += 1
            if not self._busy:
                return
            ready = wait(list(self._busy), timeout=POLL)
            if not ready:
                yield None
            for end in [end for end in self._ends if end in ready]:
                number = self._busy[end]
                try:
                    kind, content = end.recv()
                except (EOFError, OSError):
                    raise Lost(f"the process of job {number + 1} ended without an answer") from None
                if kind == "error":
                    raise content
                if kind == "done":
                    del self._busy[end]
                    idle.append(end)
                yield News(number, content, kind == "done")

    def stop(self, job: int) -> None:
        """Asks a job to end early."""
        for end, number in self._busy.items():
            if number == job:
                end.send(STOP)

    def stop_all(self) -> None:
        """Asks all running jobs to end early, and begins no more."""
        if not self._stopping:
            self._stopping = True
            for end in self._busy:
                end.send(STOP)

    def close(self) -> None:
        """Ends the workers."""
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(timeout=0.5)
            if process.is_alive():
                process.terminate()


STOP = "stop"


def _serve(work: Work, end: Connection) -> None:
    """A worker's life: one job after another, until the other end is closed."""
    leave_to_parent()
    with closing(end):
        while True:
            try:
                job = end.recv()
            except (EOFError, OSError):
                return
            if isinstance(job, str) and job == STOP:  # it came after the job had ended
                continue
            try:
                result = work(job, lambda note: end.send(("note", note)), end.poll)
                end.send(("done", result))
            except BrokenPipeError:
                return
            except Exception as error:
                end.send(("error", error))


class RayCluster:
    """A Ray cluster, where this program has to be installed on every node.

    Args:
        work: a function at the top of a module.
        address: `auto` for the cluster this machine belongs to, `local` for a new one on this
            machine alone, or the address of its head.
        cores: CPU cores a job takes.

    Raises:
        BadInput: Ray is not installed, there is no cluster, or its nodes are too small.
    """

    def __init__(self, work: Work, address: str, cores: int = 1) -> None:
        self._ray = ray = join_cluster(address, cores)
        self._stdout = ExitStack()
        self._stdout.enter_context(redirect_stdout(sys.stderr))  # Ray tells of lost nodes there
        self._mailbox = _mailbox_here(ray)
        self._run = ray.remote(num_cpus=cores, max_retries=RETRIES)(_run_on_ray)
        self._work, self._cores = work, cores
        self._asked: set[int | None] = set()

    def run(self, jobs: Iterable[Any]) -> Iterator[News | None]:
        """Runs all jobs, as many at once as the cluster has cores for.

        Raises:
            BadInput: a job's own.
            Lost: Ray gave a job up.
        """
        ray = self._ray
        waiting, begun = iter(jobs), 0
        running: dict[Any, int] = {}
        while True:
            slots = self._slots()
            while len(running) < slots and None not in self._asked:
                try:
                    job = next(waiting)
                except StopIteration:
                    break
                running[self._run.remote(self._work, begun, job, self._mailbox)] = begun
                begun += 1
            if not running:
                return
            done, _ = ray.wait(list(running), timeout=POLL)  # done: and the result is here
            for number, note in ray.get(self._mailbox.take.remote(self._asked)):
                if number in running.values():  # else from a node that was thought dead
                    yield News(number, note, done=False)
            for reference in done:
                number = running.pop(reference)
                yield News(number, self._result(reference, number), done=True)
            if not done:
                yield None

    def _result(self, reference: Any, number: int) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            raise error.cause if isinstance(error.cause, BadInput) else error from None
        except errors.RayError as error:
            reason = " ".join(str(error).split())[:200]
            raise Lost(f"Ray gave up job {number + 1}: {reason}") from None

    def _slots(self) -> int:
        """How many jobs there is room for; one where there is none, to wait for room."""
        return max(1, sum(cores // self._cores for cores in cores_of_nodes(self._ray)))

    def stop(self, job: int) -> None:
        """Asks a job to end early."""
        self._asked.add(job)

    def stop_all(self) -> None:
        """Asks all running jobs to end early, and begins no more."""
        self._asked.add(None)

    def close(self) -> None:
        """Leaves the cluster."""
        self._ray.shutdown()
        self._stdout.close()


RETRIES = 10
"""How often a job may lose its node before it is given up."""


def join_cluster(address: str, cores: int) -> Any:
    """Ray, connected to the cluster at `address`, where a job takes so many cores.

    Raises:
        BadInput: Ray is not installed, there is no cluster, or its nodes are too small.
    """
    try:
        import ray
    except ImportError:
        raise BadInput("--ray needs Ray: pip install ray") from None
    _connect(ray, address)
    largest = max(cores_of_nodes(ray), default=0)
    if 0 < largest < cores:  # a job would wait for ever (a head without cores gets workers yet)
        ray.shutdown()
        raise BadInput(f"--threads {cores}: no node of the Ray cluster has more than {largest}")
    return ray


def cores_of_nodes(ray: Any) -> list[int]:
    """How many cores each node has that is there now: nodes join and leave."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [int(resources.get("CPU", 0)) for resources in nodes]


def _connect(ray: Any, address: str) -> None:
    """Joins the cluster at `address`.

    Raises:
        BadInput: there is none.
    """
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address == "local":
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody was asked
        options["include_dashboard"] = False
    elif address != "auto":
        _check_answers(address)  # Ray itself would try for a minute
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # it warns of a change
    try:
        ray.init(address=address, **options)
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        if address == "auto" and isinstance(error, ConnectionError):
            reason = "none runs on this machine; for one of its own: --ray local"
        raise BadInput(f"no Ray cluster at {address!r}: {reason}") from None


def _check_answers(address: str) -> None:
    """Raises BadInput if `address` is none, or nothing there speaks HTTP/2, as Ray does."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise BadInput(f"--ray {address}: not an address; valid are auto, local, or HOST:PORT")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=5) as wire:
            if os.environ.get("RAY_USE_TLS", "0") != "1":
                wire.sendall(GREETING)
                answer = wire.recv(9)
                if answer[3:4] != SETTINGS:
                    raise OSError("what answers there is something else")
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"no Ray cluster at {address!r}: {reason}") from None


GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
"""What a client of HTTP/2 says first: the preface, and settings that set nothing (RFC 9113)."""
SETTINGS = b"\x04"
"""The type of the frame that such a server answers with."""


def _mailbox_here(ray: Any) -> Any:
    """A mailbox on the node of whoever began the jobs: no other node takes it along when it dies.

    It may start again after a crash, since it holds nothing that cannot be missed.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    options = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1}
    return ray.remote(scheduling_strategy=here, **options)(_Mailbox).remote()


class _Mailbox:
    """Carries notes to whoever began the jobs, and the wish to stop back."""

    def __init__(self) -> None:
        self._notes: list[tuple[int, Any]] = []
        self._asked: set[int | None] = set()

    def put(self, job: int, note: Any) -> None:
        """Leaves a note."""
        self._notes.append((job, note))

    def take(self, asked: set[int | None]) -> list[tuple[int, Any]]:
        """The notes since the last call; `asked`: the jobs that are to stop, None for all."""
        self._asked = asked
        notes, self._notes = self._notes, []
        return notes

    def stopped(self, job: int) -> bool:
        """Whether a job is to stop."""
        return job in self._asked or None in self._asked


def _run_on_ray(work: Work, number: int, job: Any, mailbox: Any) -> Any:
    import ray

    stop, asked_at = False, -POLL

    def send(note: Any) -> None:
        ray.get(mailbox.put.remote(number, note))

    def stopped() -> bool:
        nonlocal stop, asked_at
        if not stop and time.monotonic() - asked_at >= POLL:
            stop = ray.get(mailbox.stopped.remote(number))
            asked_at = time.monotonic()
        return stop

    return work(job, send, stopped)
