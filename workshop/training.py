"""Consumes a learner's generator, and does all that is operational.

Progress bar, measures, metrics, checkpoints, stopping, live watching: the learner knows of none.
"""

from __future__ import annotations

import dataclasses
import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from agents.agent import agent_spec, load_agent, make_agent, read_config
from agents.opponents import check_opponent, make_opponent
from agents.self_play import Players
from agents.training import Progress as Report
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.estimate import estimated_measure
from workshop.live import Asked, LiveWindow
from workshop.lock import locked
from workshop.options import check_threads
from workshop.runs import Run, RunConfig, check_new, new_folder, read_summary
from workshop.targets import check_target, headline, parse_target, score_of
from workshop.truth import exact_measure

MEASURES = 40
"""How many times a training is measured against the truth; and each of the first so many steps is
(a planner's step is a whole sweep)."""
ESTIMATES = 20
"""How many times where no truth is known, and episodes have to be played."""


@dataclass
class Options:
    """How to run a training."""

    seed: int = 0
    """Decides every random choice."""
    run: Path | None = None
    """The folder to write; by default a new one in runs/."""
    device: str = "auto"
    """cpu, cuda, mps, or auto: try each on the real update, take the fastest, say why."""
    threads: int = 1
    """CPU threads. Small networks gain little from more, and trainings side by side lose much."""
    stop_at: str = ""
    """End early when a measure is reached: unbeatable, relative_regret=0.01, ..."""
    opponent: str = "self"
    """Games of two: self, pool (its past selves), or an agent by name: minimax:depth=2, runs/..."""
    watch: bool = False
    """Open a window and see the agent act while it learns."""
    checkpoint_seconds: float = 30.0
    """Save the state this often."""

    def __post_init__(self) -> None:
        check_threads(self.threads)
        if not 0 <= self.checkpoint_seconds < float("inf"):
            raise BadInput(f"--checkpoint-seconds must be 0 or more, not {self.checkpoint_seconds}")
        parse_target(self.stop_at)


@dataclass
class Training:
    """A training to be started or resumed."""

    options: Options
    agent: str
    world: World
    config: Any
    resume: Path | None = None
    ray: str | None = None
    """Where others play for the learner: the address of a Ray cluster."""

    @classmethod
    def of_run(cls, folder: Path, watch: bool = False, seconds: float = 30.0) -> Training:
        """The training of a run folder, to go on with.

        Raises:
            BadInput: it is no run folder.
        """
        training = cls.of_config(Run.open(folder, RunConfig.of).config, folder, seconds)
        training.options.watch = watch
        training.resume = folder
        return training

    @classmethod
    def of_config(cls, saved: RunConfig, folder: Path, seconds: float) -> Training:
        """The training that `saved` tells, to be begun in `folder`."""
        options = Options(
            seed=saved.seed,
            run=folder,
            device=saved.device,
            threads=saved.threads,
            stop_at=saved.stop_at,
            opponent=saved.opponent,
            checkpoint_seconds=seconds,
        )
        world = find_world(saved.world, saved.map)
        return cls(options, saved.agent, world, read_config(saved.agent, saved.config))

    @property
    def several(self) -> Callable[[str], Path]:
        """The folder for several of its kind, from what is to stand behind agent and world."""
        return partial(new_folder, self.agent, self.world.name)

    settled = ()

    @property
    def words(self) -> list[str]:
        """What names it on the command line."""
        return [self.agent, self.world.name]

    def choose_device(self) -> tuple[str, str]:
        """Where to train, and why there."""
        return choose_device(self)

    def plan(self, device: str) -> RunConfig:
        """What decides it."""
        return run_config(self, device)

    def first_measure(self, device: str) -> str:
        """By what it is measured: looked up on an agent that has learned nothing yet.

        Raises:
            BadInput: it cannot learn there, or nothing tells how good it is.
        """
        measure = exact_measure(self.world) or estimated_measure(self.world)
        report = next(begin(self, device))
        found = headline({**report.metrics, **measure(report.agent)})
        if found is None:
            raise BadInput(f"nothing tells how good an agent is on {self.world.name}")
        return found

    def check_target(self) -> None:
        """Raises BadInput if `--stop-at` waits for what is never measured in this world."""
        if self.options.stop_at:
            measure = exact_measure(self.world) or estimated_measure(self.world)
            measures = measure(make_agent("random", self.world, seed=0))
            check_target(self.options.stop_at, [*measures, "episode_return"])


class Asking:
    """Asks somebody each time."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped

    @property
    def asked(self) -> bool:
        """Whether it was."""
        return self._stopped()


@dataclass
class Outcome:
    """How a training ended."""

    run: Run
    finished: bool
    """Whether it came to its end, and was not interrupted."""
    step: int
    seconds: float
    """All that it took, also before it was stopped and resumed."""
    measured: dict[str, Any]


class Start(NamedTuple):
    """Where a training begins."""

    run: Run
    step: int
    reports: Iterator[Report]
    over: bool = False
    """Whether there is nothing left to learn, only to write down."""


def train(
    training: Training,
    console: Console,
    interrupted: Asked,
    stop: Callable[[int, dict[str, Any]], bool] = lambda step, measured: False,
) -> Outcome:
    """Trains until the steps are done, the target or `stop` is satisfied, or Ctrl-C.

    Args:
        stop: is told the step and every measure; whether that is good enough.
    """
    options = training.options
    torch.set_num_threads(options.threads)
    live = LiveWindow(options.watch)
    folder = training.resume or _new_folder(training)
    with _players(training, interrupted) as players, locked(folder), closing(live):
        start = (_resume if training.resume else _create)(training, folder, console, players)
        return _consume(training, start, live, console, interrupted, stop)


def _consume(
    training: Training,
    start: Start,
    live: LiveWindow,
    console: Console,
    interrupted: Asked,
    stop: Callable[[int, dict[str, Any]], bool],
) -> Outcome:
    """`train`, from where it begins."""
    options = training.options
    run, first_step, reports, over = start
    steps = training.config.steps
    exact = exact_measure(training.world)
    measure = exact or estimated_measure(training.world)
    times = MEASURES if exact else ESTIMATES
    reached = parse_target(options.stop_at)
    step, measured = first_step, dict(run.latest)
    if over:  # killed between its last two files
        reports = iter(())
        measured |= measure(load_agent(run.folder / "agent", training.world))
    finished = True
    best = run.best(score_of)
    measures = first_step * times // steps
    saved = time.perf_counter()
    with progress_bar(console) as bar:
        task = bar.add_task(f"{training.agent} on {training.world.name}", total=steps, note="")
        for report in reports:
            early = report.step <= MEASURES
            finished = report.finished or report.step >= steps
            due = early or report.step * times // steps > measures
            if due or finished:
                measures = report.step * times // steps
                measured = {**report.metrics, **measure(report.agent)}
                run.log(report.step, {name: float(value) for name, value in measured.items()})
                run.keep_history(report)
                live.show(run.folder)
                if best is None or score_of(measured) > best:
                    best = score_of(measured)
                    run.keep_best(report)
                enough = stop(report.step, measured) or reached(measured)
                finished = finished or enough
            show(bar, task, report.step, {**report.metrics, **measured}, report.finished)
            step = report.step
            if finished or interrupted.asked:
                break
            if time.perf_counter() - saved >= options.checkpoint_seconds:
                run.checkpoint(report)
                saved = time.perf_counter()
        else:
            report = None
        bar.stop()
        if report is not None:
            run.checkpoint(report, finished)
        seconds = run.seconds
        if finished:
            run.finish({"steps": step, "seconds": round(seconds, 1), **measured})
            live.stay(console, interrupted)
        else:
            run.draw_curve()
    return Outcome(run, finished, step, seconds, measured)


def _new_folder(training: Training) -> Path:
    """Where a new run goes.

    Raises:
        BadInput: there is something in the folder already.
    """
    options = training.options
    name = f"seed{options.seed}"
    folder = options.run or new_folder(training.agent, training.world.name, name)
    check_new(folder)
    return folder


def can_play_elsewhere(agent: str) -> bool:
    """Whether others can play for this learner."""
    train_it = import_module(agent_spec(agent).module).train
    return "players" in inspect.signature(train_it).parameters


def _players(training: Training, interrupted: Asked) -> AbstractContextManager[Players | None]:
    """Those who play for the learner; None: it plays itself.

    Raises:
        BadInput: there is no such cluster.
    """
    if training.ray is None:
        return nullcontext()
    from workshop.players import RayPlayers

    seed, threads = training.options.seed, training.options.threads
    where = training.ray, training.world, training.config
    return closing(RayPlayers(*where, seed, threads, lambda: interrupted.asked))


def _create(training: Training, folder: Path, console: Console, players: Players | None) -> Start:
    """A new run."""
    device, why = choose_device(training)
    reports = begin(training, device, players=players)
    run = Run.create(folder, run_config(training, device))
    console.print(f"device: {device} ({why})")
    return Start(run, 0, run.begin(reports))


def run_config(training: Training, device: str) -> RunConfig:
    """What decides `training`, as it is written down."""
    return RunConfig(
        agent=training.agent,
        world=training.world.name,
        seed=training.options.seed,
        device=device,
        threads=training.options.threads,
        config=dataclasses.asdict(training.config),
        versions=RunConfig.versions_here(),
        map=training.world.map_file_text,
        stop_at=training.options.stop_at,
        opponent=training.options.opponent,
    )


def _resume(training: Training, folder: Path, console: Console, players: Players | None) -> Start:
    """The run to go on with."""
    run = Run.open(folder, RunConfig.of)
    _check_device(run)
    state = run.load_state()
    if run.finished and read_summary(folder):
        raise BadInput(f"{folder} is finished: see its summary.json")
    step = int(state["at"]["step"]) if state else 0
    run.rewind(step)
    console.print(f"going on from step {step:,}")
    over = bool(state and state.get("finished"))
    return Start(run, step, begin(training, run.config.device, state, players), over)


def _check_device(run: Run) -> None:
    """Raises BadInput if the run's device is not here: its random generators live on it."""
    from workshop.device import check_device

    try:
        check_device(run.config.device)
    except BadInput as error:
        agent = run.folder / "agent"
        raise BadInput(
            f"{run.folder}: {error}; it goes on only where it began, but {agent} can be used here, "
            "and --device cpu trains a new run"
        ) from None


def begin(
    training: Training, device: str, state: Any = None, players: Players | None = None
) -> Iterator[Report]:
    """The learner's generator on a fresh world, where perhaps others play.

    Raises:
        BadInput: the agent cannot learn in this world.
    """
    spec, world, seed = agent_spec(training.agent), training.world, training.options.seed
    rival = training.options.opponent
    check_opponent(rival, training.agent, spec.trains_on, world)
    module = import_module(spec.module)
    agent = getattr(module, spec.class_name)(world, training.config)
    if spec.trains_on == "a batch":
        opponent = make_opponent(rival, agent, world, device, seed)
        env = world.make_batch(training.config.num_envs, device, seed, opponent)
    elif spec.trains_on == "several worlds":
        env = world.make_several(training.config.num_envs, seed)
    else:
        env = world.make_for_training(seed)
    told = (training.config, env, device, seed, agent, state)
    players = players or _beside(training, device)
    reports: Iterator[Report] = module.train(*told, **({"players": players} if players else {}))
    return reports


def _beside(training: Training, device: str) -> Players | None:
    """Who plays beside the learner, where two threads can be had and both are for the processor."""
    threads, seed = training.options.threads, training.options.seed
    if device != "cpu" or threads < 2 or not can_play_elsewhere(training.agent):
        return None
    from agents.self_play import Alongside

    torch.set_num_threads(threads // 2)
    env = training.world.make_batch(training.config.num_envs, device, seed)
    return Alongside(training.config, env, seed)


def choose_device(training: Training) -> tuple[str, str]:
    """The device to train on, and why."""
    from workshop import device

    if agent_spec(training.agent).trains_on == "one world":
        device.check_device(training.options.device)
        return "cpu", "its numbers live there"
    return device.choose_device(training.options.device, lambda name: begin(training, name))


def progress_bar(console: Console) -> Progress:
    """A bar with a note at its end."""
    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}"),
        console=console,
        transient=False,
    )


def show(bar: Progress, task: TaskID, step: int, measured: dict[str, Any], finished: bool) -> None:
    """Moves a bar to `step`, with what is known about the agent beside it."""
    notes = []
    if "optimal_action_rate" in measured:
        notes.append(f"best action {measured['optimal_action_rate']:.2%}")
    if "kept_value_rate" in measured:
        notes.append(f"keeps the value {measured['kept_value_rate']:.1%}")
    if "unbeatable" in measured:
        notes.append("[green]unbeatable[/green]" if measured["unbeatable"] else "beatable")
    if "cost" in measured:
        notes.append(f"cost {measured['cost']:.3f}")
    if "validation_accuracy" in measured:
        notes.append(f"validation {measured['validation_accuracy']:.1%} right")
    elif "validation_mae" in measured:
        notes.append(f"validation error {measured['validation_mae']:.3g}")
    if "greedy_return" in measured:
        notes.append(f"return {measured['greedy_return']:.2f} of {measured['optimal_return']:.2f}")
    elif "evaluation_return" in measured:
        notes.append(f"return {measured['evaluation_return']:.1f}")
    elif "episode_return" in measured and not measured.keys() & {"unbeatable", "kept_value_rate"}:
        notes.append(f"return {measured['episode_return']:.1f}")
    total = step if finished else None  # None: leave it
    bar.update(task, completed=step, total=total, note=" · ".join(notes))


def describe(measured: dict[str, Any]) -> str:
    """The end of a training in a few words."""
    words = []
    if "unbeatable" in measured:
        words.append("unbeatable" if measured["unbeatable"] else "still beatable")
    if "optimal_action_rate" in measured:
        words.append(f"best action in {measured['optimal_action_rate']:.2%} of all positions")
    if "kept_value_rate" in measured:
        words.append(
            f"keeps the win or draw in {measured['kept_value_rate']:.1%} of "
            f"{measured['positions']:,.0f} positions, best move in "
            f"{measured['perfect_move_rate']:.1%}"
        )
    if "greedy_return" in measured:
        words.append(
            f"return {measured['greedy_return']:.3f} (optimum {measured['optimal_return']:.3f})"
        )
    if "evaluation_return" in measured:
        words.append(f"mean return {measured['evaluation_return']:.1f}")
    if not words and "episode_return" in measured:
        words.append(f"mean return of the latest episodes {measured['episode_return']:.1f}")
    return "; ".join(words)
