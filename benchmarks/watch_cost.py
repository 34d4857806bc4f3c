"""What `--watch` costs a training: `python -m benchmarks.watch_cost`.

The same training with and without a window, in turns within one process a learner, so that what
else the machine does hits both alike. The window is a real one, on this machine's display; where
there is none, on a virtual screen (Xvfb). What counts is steps per second, by the clock and by the
processor's time (which other programs disturb less), as the median and range over the pairs; and
within the trainings with a window, what of the processor's time went into it.

Opening the window comes once, at the first report, and is measured apart: the speed is that of all
that follows.
Value and policy iteration are left out: a training of theirs is over in no time, and `--watch`
shows each of its first sweeps for half a second so that one sees anything at all.
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


class Training(NamedTuple):
    """What a training took, and what of the processor's time its window did."""

    cost: Cost
    window: float


def train_once(name: str, steps: int, watch: bool) -> Training:
    """Trains once, and closes the window at the end."""
    import pygame
    from rich.console import Console

    from agents.agent import Agent, agent_spec
    from envs.worlds import find_world
    from workshop import training
    from workshop.interrupt import Interrupt
    from workshop.live import LiveWindow

    first: list[Cost] = []
    window = 0.0

    class TimedWindow(LiveWindow):
        """Notes when the first report has been shown, and what the others take."""

        def frame(self, agent: Agent, seconds: float = 0.0) -> None:
            nonlocal window
            came = time.process_time()
            super().frame(agent, seconds)
            if first:
                window += time.process_time() - came
            else:
                first.append(Cost(time.perf_counter(), time.process_time()))

    vars(training)["LiveWindow"] = TimedWindow
    last = Cost(0, 0)

    def close_at_the_end(step: int, measured: dict[str, Any]) -> bool:
        nonlocal last
        last = Cost(time.perf_counter(), time.process_time())
        if watch and step >= steps:
            pygame.event.post(pygame.event.Event(pygame.QUIT))
        return False

    world = find_world(WORLD)
    config = replace(import_module(agent_spec(name).module).config_for(world), steps=steps)
    with tempfile.TemporaryDirectory() as scratch, Interrupt() as interrupted:
        options = training.Options(run=Path(scratch) / "run", device="cpu", watch=watch)
        job = training.Training(options, name, world, config)
        training.train(job, Console(quiet=True), interrupted, stop=close_at_the_end)
    cost = Cost(*(end - begin for begin, end in zip(first[0], last, strict=True)))
    return Training(cost, window)


def open_once(answer: Callable[[float], None]) -> None:
    """How many seconds it takes to open the window and show the first picture."""
    from agents.q_learning import QLearningAgent, config_for
    from envs.worlds import find_world
    from workshop.live import LiveWindow

    world = find_world(WORLD)
    window = LiveWindow(world, "q-learning", wanted=True)
    agent = QLearningAgent(world, config_for(world))
    began = time.perf_counter()
    window.frame(agent)
    answer(time.perf_counter() - began)
    window.close()


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
    from workshop.window import has_display

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
    taken: dict[bool, list[Training]] = {False: [], True: []}
    for pair in range(pairs):
        for watch in (False, True) if pair % 2 == 0 else (True, False):
            taken[watch].append(train_once(name, steps, watch))
    shares = [100 * one.window / one.cost.processor_seconds for one in taken[True]]
    found: dict[str, Any] = {
        "steps": steps,
        "window_percent_of_processor_median": round(statistics.median(shares), 2),
        "window_percent_of_processor_range": [round(min(shares), 2), round(max(shares), 2)],
    }
    for field in Cost._fields:
        plain, watched = ([getattr(one.cost, field) for one in taken[w]] for w in (False, True))
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
            "opening_seconds": round(
                statistics.median(in_a_process(open_once) for _ in range(3)), 3
            ),
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
