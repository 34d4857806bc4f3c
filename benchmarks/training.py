"""How well every learner does, and how long it takes: `python -m benchmarks.training`.

Every algorithm on GridWorld, tic-tac-toe and CartPole with its default settings, from ten seeds,
and Stable-Baselines3's with the settings that its zoo publishes. All take turns within one run:
seed 0 of each, then seed 1 of each, so that what else the machine does hits all alike. Each
training has a process and a CPU thread of its own; its clock stands still while it is measured.

`--profile ppo CartPole-v1` trains once and writes down where the time goes, instead.

Every training that ends is kept in `results/training.json` at once, and the same command goes on
from there; what was trained with other settings than today's is trained anew. The page
`results/training.md` and its picture are made at the end.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pstats
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from cProfile import Profile
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from agents.agent import AGENTS, Agent, make_agent
from benchmarks.training_page import write_page
from benchmarks.worlds import machine
from envs.worlds import World, find_world
from workshop.estimate import estimated_measure, play_episodes
from workshop.parallel import Processes
from workshop.targets import parse_target
from workshop.training import ESTIMATES, MEASURES, Options, Training, begin
from workshop.truth import exact_measure

TARGETS = {
    "gridworld": "relative_regret=0.01",
    "tictactoe": "unbeatable",
    "CartPole-v1": "evaluation_return=475",
}
"""What counts as learned, in each world."""
EPISODES = 100
"""How many episodes of CartPole a trained agent is measured by."""
GAMES = 1_000
"""How many games of tic-tac-toe a trained agent plays in each seat against random moves."""
PACKAGES = ("gymnasium", "numpy", "sb3-contrib", "stable-baselines3", "torch")
PATH = Path(__file__).parent / "results" / "training.json"


class Job(NamedTuple):
    """One training."""

    agent: str
    world: str
    seed: int


class Clock:
    """Seconds of the wall and of this process, while it runs."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0
        self._since = (0.0, 0.0)

    def start(self) -> None:
        """Lets it run."""
        self._since = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Lets it stand still."""
        self.wall += time.perf_counter() - self._since[0]
        self.cpu += time.process_time() - self._since[1]


def train_and_time(
    job: Job, send: Callable[[Any], None], stopped: Callable[[], bool]
) -> dict[str, Any]:
    """Trains to the end; what came out, when it was good enough for the first time, how long."""
    import torch

    torch.set_num_threads(1)
    world = find_world(job.world)
    config = import_module(AGENTS[job.agent].module).config_for(world)
    exact = exact_measure(world)
    measure, times = (exact, MEASURES) if exact else (estimated_measure(world), ESTIMATES)
    reached = parse_target(TARGETS[job.world])
    clock, measures, first = Clock(), 0, None
    reports = begin(Training(Options(seed=job.seed), job.agent, world, config), "cpu")
    while True:
        clock.start()
        report = next(reports)
        clock.stop()
        finished = report.finished or report.step >= config.steps
        early = report.step <= MEASURES  # a planner's step is a whole sweep
        if early or finished or report.step * times // config.steps > measures:
            measures = report.step * times // config.steps
            measured = measure(report.agent)
            if first is None and reached(measured):
                first = _so_far(report.step, clock)
        if finished:
            break
    found = {k: v for k, v in measured.items() if isinstance(v, bool | float)}
    found |= judge(world, report.agent)
    return {
        **job._asdict(),
        **_so_far(report.step, clock),
        "reached": first,
        "learned": bool(reached(found)),
        "measured": found,
    }


def _so_far(step: int, clock: Clock) -> dict[str, float]:
    return {
        "steps": step,
        "seconds": round(clock.wall, 3),
        "cpu_seconds": round(clock.cpu, 3),
    }


def judge(world: World, agent: Agent) -> dict[str, float]:
    """What takes longer to measure, and is measured once, at the end."""
    if world.rules is not None:
        return {"lost_to_random": lost_to_random(world, agent)}
    if world.is_gridworld:
        return {}
    envs = [world.make() for _ in range(EPISODES)]
    played = play_episodes(envs, agent, range(EPISODES))
    return {"evaluation_return": float(played.returns.mean())}


def lost_to_random(world: World, agent: Agent) -> int:
    """How many of `GAMES` games in each seat are lost against random moves."""
    lost = 0
    for seat in ("first", "second"):
        rivals = [make_agent("random", world, seed) for seed in range(100)]
        envs = [world.make(seat=seat, opponent=rival.act) for rival in rivals]
        lost += int((play_episodes(envs, agent, range(GAMES)).returns < 0).sum())
    return lost


def learners(world: World) -> list[str]:
    """The algorithms that can learn in a world."""
    found = []
    for name, spec in AGENTS.items():
        if not spec.trains_on or (name == "sb3-maskable-ppo" and not world.two_player):
            continue  # where every action is legal, it is sb3-ppo
        config = import_module(spec.module).config_for(world)
        try:
            begin(Training(Options(), name, world, config), "cpu")
        except (ValueError, ImportError):  # BadInput is a ValueError
            continue
        found.append(name)
    return found


def measure(seeds: int, jobs: int, worlds: list[str], agents: list[str]) -> None:
    """Runs what has not been run, and keeps every result."""
    able = {world: learners(find_world(world)) for world in TARGETS}
    settings = {
        f"{agent} on {world}": settings_of(agent, world) for world in able for agent in able[world]
    }
    saved: dict[str, Any] = {"settings": settings, "trainings": []}
    if PATH.exists():
        before = json.loads(PATH.read_text(encoding="utf-8"))
        saved["trainings"] = [
            one
            for one in before["trainings"]
            for what in (f"{one['agent']} on {one['world']}",)
            if settings.get(what) == before["settings"][what]
        ]
    trainings: list[dict[str, Any]] = saved["trainings"]
    done = {Job(one["agent"], one["world"], one["seed"]) for one in trainings}
    todo = [
        job
        for seed in range(seeds)
        for world in worlds
        for agent in able[world]
        if (job := Job(agent, world, seed)) not in done and (not agents or agent in agents)
    ]
    if not todo:
        return
    with closing(Processes(train_and_time, min(jobs, len(todo)))) as workers:
        for news in workers.run(todo):
            if news is None or not news.done:
                continue
            trainings.append({**news.content, "side_by_side": jobs})
            saved["date"] = datetime.now(UTC).date().isoformat()
            saved["machine"] = {**machine("cpu"), "torch_threads": 1}
            saved["packages"] = {name: version(name) for name in PACKAGES}
            write(saved)
            job = todo[news.job]
            sign = "learned" if news.content["learned"] else "not learned"
            print(
                f"{len(trainings)} of {len(done) + len(todo)}: {job.agent} on {job.world}, "
                f"seed {job.seed}: {sign}, {news.content['seconds']:.0f} s",
                file=sys.stderr,
            )


def profile(agent: str, name: str) -> Path:
    """Trains once, and writes down which functions took the time."""
    world = find_world(name)
    config = import_module(AGENTS[agent].module).config_for(world)
    training = Training(Options(), agent, world, config)
    for _ in begin(training, "cpu"):  # what is imported and compiled on first use is not meant
        break
    with Profile() as profiler:
        deque(begin(training, "cpu"), maxlen=0)
    path = PATH.with_name(f"profile-{agent}-{name}.txt")
    with path.open("w", encoding="utf-8") as file:
        pstats.Stats(profiler, stream=file).strip_dirs().sort_stats("tottime").print_stats(20)
    return path


def settings_of(agent: str, world: str) -> Any:
    """The default settings, as JSON holds them."""
    config = import_module(AGENTS[agent].module).config_for(find_world(world))
    return json.loads(json.dumps(dataclasses.asdict(config)))


def write(saved: dict[str, Any]) -> None:
    """Writes the results, a line for each training."""
    about = {name: value for name, value in saved.items() if name != "trainings"}
    rows = ",\n".join(f"    {json.dumps(one)}" for one in saved["trainings"])
    text = json.dumps(about, indent=2).removesuffix("\n}")
    partial = PATH.with_suffix(".partial")
    partial.write_text(f'{text},\n  "trainings": [\n{rows}\n  ]\n}}\n', encoding="utf-8")
    partial.replace(PATH)


def main() -> None:
    """Trains, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="trainings of each (0, 1, ...)")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at the same time")
    parser.add_argument("--worlds", nargs="*", default=list(TARGETS), choices=list(TARGETS))
    parser.add_argument("--agents", nargs="*", default=[], help="only these")
    parser.add_argument("--profile", nargs=2, metavar=("AGENT", "WORLD"), help="where time goes")
    options = parser.parse_args()
    if options.profile:
        print(profile(*options.profile))
        return
    measure(options.seeds, options.jobs, options.worlds, options.agents)
    write_page(PATH, TARGETS)


if __name__ == "__main__":
    main()
