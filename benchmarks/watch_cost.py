"""What `--watch` costs a training: `python -m benchmarks.watch_cost`.

The same training with and without a window, in turns within one process a learner, so that what
else the machine does hits both alike. The window is a process of its own and a real one, on this
machine's display; where there is none, on a virtual screen (Xvfb). What counts is steps per second
from the first measure to the last, by the clock and by the processor's time of the training (which
other programs disturb less), as the median and range over the pairs.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.worlds import machine

PAIRS = 7
WORLD = "gridworld"
STEPS = {"dqn": 40_000, "q-learning": 300_000}
"""Long enough for several pictures: a few seconds each."""
PACKAGES = ("pygame-ce", "torch", "numpy")


class Cost(NamedTuple):
    """What a training took, from its first report on."""

    seconds: float
    processor_seconds: float


def train_once(name: str, steps: int, watch: bool) -> Cost:
    """Trains once; the window is closed at the end."""
    from rich.console import Console

    from agents.agent import agent_spec
    from envs.worlds import find_world
    from workshop import training
    from workshop.interrupt import Interrupt
    from workshop.live import Asked, LiveWindow

    class Unattended(LiveWindow):
        """Does not wait for anybody to close it."""

        def stay(self, console: Console, interrupted: Asked) -> None:
            """Goes on at once."""

    vars(training)["LiveWindow"] = Unattended
    seen: list[Cost] = []

    def note(step: int, measured: dict[str, Any]) -> bool:
        seen.append(Cost(time.perf_counter(), time.process_time()))
        return False

    world = find_world(WORLD)
    config = replace(import_module(agent_spec(name).module).config_for(world), steps=steps)
    with tempfile.TemporaryDirectory() as scratch, Interrupt() as interrupted:
        options = training.Options(run=Path(scratch) / "run", device="cpu", watch=watch)
        job = training.Training(options, name, world, config)
        training.train(job, Console(quiet=True), interrupted, stop=note)
    return Cost(*(end - begin for begin, end in zip(seen[0], seen[-1], strict=True)))


def in_a_process(work: Callable[..., None], *arguments: Any) -> Any:
    """What `work` answers in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=work, args=(*arguments, answers.put))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} failed in its process")
    return answers.get()


@contextmanager
def screen() -> Iterator[str]:
    """The display there is, or a virtual one."""
    from workshop.display import has_display

    if has_display():
        yield "this machine's"
        return
    if not shutil.which("Xvfb"):
        raise SystemExit("there is no display here, and no Xvfb to stand in for one")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-noreset", "-screen", "0", "1400x900x24"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
    try:
        yield "virtual, Xvfb 1400 x 900"
    finally:
        del os.environ["DISPLAY"]
        server.terminate()
        server.wait(timeout=10)


def compare(name: str, steps: int, pairs: int, answer: Callable[[dict[str, Any]], None]) -> None:
    """Pairs of trainings without and with a window; which goes first alternates."""
    train_once(name, steps // 10, watch=True)  # whatever is imported late is now here
    taken: dict[bool, list[Cost]] = {False: [], True: []}
    for pair in range(pairs):
        for watch in (False, True) if pair % 2 == 0 else (True, False):
            taken[watch].append(train_once(name, steps, watch))
    found: dict[str, Any] = {"steps": steps}
    for field in Cost._fields:
        plain, watched = ([getattr(one, field) for one in taken[w]] for w in (False, True))
        speeds = [100 * a / b for a, b in zip(plain, watched, strict=True)]
        found[field] = {
            "steps_per_second_without": round(steps / statistics.median(plain)),
            "steps_per_second_with": round(steps / statistics.median(watched)),
            "speed_kept_percent_median": round(statistics.median(speeds), 2),
            "speed_kept_percent_range": [round(min(speeds), 2), round(max(speeds), 2)],
        }
    answer(found)


def report(pairs: int, steps: dict[str, int]) -> dict[str, Any]:
    """Everything measured, and where."""
    with screen() as display:
        return {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": {**machine("cpu"), "torch_threads": 1, "display": display},
            "packages": {name: version(name) for name in PACKAGES},
            "world": WORLD,
            "pairs": pairs,
            "learners": {
                name: in_a_process(compare, name, count, pairs) for name, count in steps.items()
            },
        }


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--scale", type=float, default=1.0, help="of the steps of each training")
    arguments = parser.parse_args()
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"  # the processes print it where the result goes
    steps = {name: round(count * arguments.scale) for name, count in STEPS.items()}
    print(json.dumps(report(arguments.pairs, steps), indent=2))


if __name__ == "__main__":
    main()
