"""Independent jobs side by side: in processes of this machine, or on a Ray cluster.

A job is a call of `work(job, send, stopped)`. It may `send` notes on its way, ends early once
`stopped()` is true, and returns a result. The same function runs in both places.

Processes are spawned, so that this works alike on every system. On Ray, a job whose node is lost
starts again on another one: that is Ray's own doing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple, Protocol

from envs.names import BadInput

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


class Lost(Exception):
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
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
        BadInput: Ray is not installed, or there is no cluster.
    """

    def __init__(self, work: Work, address: str, cores: int = 1) -> None:
        try:
            import ray
        except ImportError:
            raise BadInput("--ray needs Ray: pip install ray") from None
        try:
            ray.init(address=address, log_to_driver=False, ignore_reinit_error=True)
        except (ConnectionError, ValueError, RuntimeError) as error:
            reason = str(error).strip().split("\n")[0][:120]
            raise BadInput(f"no Ray cluster at {address!r}: {reason}") from None
        self._ray = ray
        self._mailbox: Any = ray.remote(num_cpus=0)(_Mailbox).remote()
        self._run = ray.remote(num_cpus=cores, max_retries=10)(_run_on_ray)
        self._work = work
        self._slots = max(1, int(ray.cluster_resources().get("CPU", 1)) // cores)
        self._stopping = False

    def run(self, jobs: Iterable[Any]) -> Iterator[News | None]:
        """Runs all jobs, as many at once as the cluster has cores for."""
        ray = self._ray
        waiting, begun = iter(jobs), 0
        running: dict[Any, int] = {}
        while True:
            while len(running) < self._slots and not self._stopping:
                try:
                    job = next(waiting)
                except StopIteration:
                    break
                running[self._run.remote(self._work, begun, job, self._mailbox)] = begun
                begun += 1
            if not running:
                return
            done, _ = ray.wait(list(running), timeout=POLL)
            for number, note in ray.get(self._mailbox.take.remote()):
                yield News(number, note, done=False)
            for reference in done:
                number = running.pop(reference)
                try:
                    result = ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    raise error.cause if isinstance(error.cause, BadInput) else error from None
                yield News(number, result, done=True)
            if not done:
                yield None

    def stop(self, job: int) -> None:
        """Asks a job to end early."""
        self._mailbox.stop.remote(job)

    def stop_all(self) -> None:
        """Asks all running jobs to end early, and begins no more."""
        if not self._stopping:
            self._stopping = True
            self._mailbox.stop.remote(None)

    def close(self) -> None:
        """Leaves the cluster."""
        self._ray.shutdown()


class _Mailbox:
    """Carries notes to whoever began the jobs, and the wish to stop back."""

    def __init__(self) -> None:
        self._notes: list[tuple[int, Any]] = []
        self._stopped: set[int | None] = set()

    def put(self, job: int, note: Any) -> bool:
        """Leaves a note; whether the job is to stop."""
        self._notes.append((job, note))
        return job in self._stopped or None in self._stopped

    def take(self) -> list[tuple[int, Any]]:
        """The notes since the last call."""
        notes, self._notes = self._notes, []
        return notes

    def stop(self, job: int | None) -> None:
        """Asks a job to stop; None: all."""
        self._stopped.add(job)


def _run_on_ray(work: Work, number: int, job: Any, mailbox: Any) -> Any:
    import ray

    stop = False

    def send(note: Any) -> None:
        nonlocal stop
        stop = ray.get(mailbox.put.remote(number, note))

    return work(job, send, lambda: stop)
