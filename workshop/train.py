"""`workshop train AGENT ENV`: consumes a learner's generator, and does all that is operational.

Progress bar, exact measure, metrics, checkpoints, Ctrl-C, live watching: the learner knows of none.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from agents.agent import AGENTS, agent_spec, read_config
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.interrupt import Interrupt
from workshop.live import LiveWindow
from workshop.options import check_seed, parse_options, quoted

if TYPE_CHECKING:
    from agents.training import Progress as Report
    from workshop.runs import Run

MEASURES = 40
"""How many times a training is measured against the truth; and each of the first so many steps is
(a planner's step is a whole sweep)."""
SEEN = 0.5
"""How many seconds `--watch` shows each of those first steps, which may be over in no time."""


@dataclass
class Options:
    """How to run a training; the algorithm's own settings follow."""

    seed: int = 0
    """Decides every random choice."""
    run: Path | None = None
    """The folder to write; by default a new one in runs/."""
    device: str = "auto"
    """cpu, cuda, mps, or auto: try each on the real update, take the fastest, say why."""
    threads: int = 1
    """CPU threads. Small networks gain little from more, and trainings side by side lose much."""
    watch: bool = False
    """Open a window and see the agent act while it learns."""
    checkpoint_seconds: float = 30.0
    """Save the state this often."""

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise BadInput(f"--threads must be at least 1, not {self.threads}")
        if not 0 <= self.checkpoint_seconds < float("inf"):
            raise BadInput(f"--checkpoint-seconds must be 0 or more, not {self.checkpoint_seconds}")


@dataclass
class Training:
    """A training to be started or resumed."""

    options: Options
    agent: str
    world: World
    config: Any
    resume: Path | None = None


USAGE = """usage: workshop train AGENT ENV [OPTIONS]
       workshop train --resume DIR [--watch]

Lets an agent learn. `workshop train AGENT ENV --help` tells the settings of both.

  AGENT   {agents}
  ENV     tictactoe, connect-four, gridworld:map=cliff, ... or any Gymnasium id (workshop list)

  --steps N --seed N --run DIR --device cpu|cuda|auto --watch --resume DIR --checkpoint-seconds S"""


def parse(arguments: Sequence[str]) -> Training:
    """Reads AGENT and ENV first, since they decide which settings there are."""
    if not arguments or arguments[0] in ("-h", "--help"):
        learners = [name for name, spec in AGENTS.items() if spec.trains_on]
        print(USAGE.format(agents=", ".join(learners)))
        sys.exit(0 if arguments else 2)
    if "--resume" in arguments:
        return _parse_resume(arguments)
    positional: list[str] = []
    rest = list(arguments)
    while rest and not rest[0].startswith("-") and len(positional) < 2:
        positional.append(rest.pop(0))
    if len(positional) < 2:
        raise BadInput("AGENT and ENV come first: workshop train dqn tictactoe")
    name, world_name = positional
    spec = agent_spec(name, learners_only=True)
    world = find_world(world_name)
    module = import_module(spec.module)
    default = module.config_for(world)
    kind = dataclasses.make_dataclass(
        "TrainOptions",
        [
            ("options", Options, dataclasses.field(default_factory=Options)),
            ("config", module.Config, dataclasses.field(default=default)),
        ],
    )
    parsed: Any = parse_options(kind, rest, f"workshop train {name} {world_name}", spec.summary)
    check_seed(parsed.options.seed)
    return Training(parsed.options, name, world, parsed.config)


def _parse_resume(arguments: Sequence[str]) -> Training:
    from workshop.runs import Run

    @dataclass
    class ResumeOptions:
        resume: Path
        """The run folder to go on with."""
        watch: bool = False
        checkpoint_seconds: float = 30.0

    rest = list(arguments)
    positional: list[str] = []
    while rest and not rest[0].startswith("-"):
        positional.append(rest.pop(0))
    parsed = parse_options(ResumeOptions, rest, "workshop train --resume DIR", "Goes on.")
    saved = Run.open(parsed.resume).config
    for given, there in zip(positional, (saved.agent, saved.world), strict=False):
        if given != there:
            raise BadInput(f"{parsed.resume} trained {saved.agent} on {saved.world}, not {given}")
    config = read_config(saved.agent, saved.config)
    options = Options(
        seed=saved.seed,
        run=parsed.resume,
        device=saved.device,
        threads=saved.threads,
        watch=parsed.watch,
        checkpoint_seconds=parsed.checkpoint_seconds,
    )
    return Training(options, saved.agent, find_world(saved.world, saved.map), config, parsed.resume)


def run(training: Training) -> int:
    """Trains, and says where the result is."""
    console = Console(stderr=True)
    interrupted = Interrupt()
    with interrupted:
        outcome = train(training, console, stop=lambda measured: False, interrupted=interrupted)
    folder = outcome.run.folder
    if not outcome.finished:
        console.print(f"stopped at step {outcome.step:,}; everything is saved. To go on:")
        print(f"workshop train --resume {quoted(folder)}")
        return 130
    console.print(f"[bold]{_describe(outcome.measured)}[/bold]")
    print(f"saved {folder}")
    console.print(
        f"see it: workshop watch {quoted(training.world.name)} {quoted(folder)}\n"
        f"measure it: workshop evaluate {quoted(training.world.name)} {quoted(folder)}",
        soft_wrap=True,
    )
    return 0


def _describe(measured: dict[str, Any]) -> str:
    """The end of a training in a few words."""
    words = []
    if "unbeatable" in measured:
        words.append("unbeatable" if measured["unbeatable"] else "still beatable")
    if "optimal_action_rate" in measured:
        words.append(f"best action in {measured['optimal_action_rate']:.2%} of all positions")
    if "greedy_return" in measured:
        words.append(
            f"return {measured['greedy_return']:.3f} (optimum {measured['optimal_return']:.3f})"
        )
    if not words and "episode_return" in measured:
        words.append(f"mean return of the latest episodes {measured['episode_return']:.1f}")
    return "; ".join(words)


@dataclass
class Outcome:
    """How a training ended."""

    run: Run
    finished: bool
    """Whether it came to its end, and was not interrupted."""
    step: int
    seconds: float
    measured: dict[str, Any]


def train(
    training: Training,
    console: Console,
    stop: Callable[[dict[str, Any]], bool],
    interrupted: Interrupt,
) -> Outcome:
    """Trains until the steps are done, `stop` is satisfied with a measure, or Ctrl-C."""
    import torch

    from workshop.truth import exact_measure

    torch.set_num_threads(training.options.threads)
    live = LiveWindow(training.world, training.agent, training.options.watch)
    start = _resume if training.resume else _create
    run, first_step, reports = start(training, console)
    steps = training.config.steps
    measure = exact_measure(training.world)
    measured: dict[str, Any] = {}
    measures = first_step * MEASURES // steps
    began = saved = time.perf_counter()
    with closing(live), progress_bar(console) as bar:
        task = bar.add_task(f"{training.agent} on {training.world.name}", total=steps, note="")
        for report in reports:
            early = report.step <= MEASURES
            live.frame(report.agent, seconds=SEEN if early else 0.0)
            finished = report.finished or report.step >= steps
            due = early or report.step * MEASURES // steps > measures
            if due or finished:
                measures = report.step * MEASURES // steps
                measured = {**report.metrics, **(measure(report.agent) if measure else {})}
                run.log(report.step, {name: float(value) for name, value in measured.items()})
                finished = finished or stop(measured)
            _show(bar, task, report, measured)
            if finished or interrupted.asked:
                break
            if time.perf_counter() - saved >= training.options.checkpoint_seconds:
                run.checkpoint(report)
                saved = time.perf_counter()
        bar.stop()
        run.checkpoint(report)
        seconds = time.perf_counter() - began
        if finished:
            run.finish({"steps": report.step, "seconds": round(seconds, 1), **measured})
            live.stay(console)
    return Outcome(run, finished, report.step, seconds, measured)


def _create(training: Training, console: Console) -> tuple[Run, int, Iterator[Report]]:
    """A new run, its first step, and what the learner will report."""
    from workshop.runs import Run, RunConfig, new_folder

    options, world = training.options, training.world
    device, why = _choose_device(training)
    reports = begin(training, device)
    settings = RunConfig(
        agent=training.agent,
        world=world.name,
        seed=options.seed,
        device=device,
        threads=options.threads,
        config=dataclasses.asdict(training.config),
        versions=RunConfig.versions_here(),
        map=world.map_file_text,
    )
    folder = options.run or new_folder(training.agent, world.name, options.seed)
    run = Run.create(folder, settings)
    console.print(f"device: {device} ({why})")
    return run, 0, reports


def _resume(training: Training, console: Console) -> tuple[Run, int, Iterator[Report]]:
    """The run to go on with, the step it stands at, and what the learner will report."""
    from workshop.runs import Run

    assert training.resume is not None
    run = Run.open(training.resume)
    state = run.load_state()
    step = int(state["at"]["step"]) if state else 0
    if step >= training.config.steps:
        raise BadInput(f"{training.resume} is finished: all {step:,} steps are done")
    run.rewind(step)
    console.print(f"going on from step {step:,}")
    return run, step, begin(training, run.config.device, state)


def begin(training: Training, device: str, state: Any = None) -> Iterator[Report]:
    """The learner's generator on a fresh world.

    Raises:
        BadInput: the agent cannot learn in this world.
    """
    spec, world, seed = agent_spec(training.agent), training.world, training.options.seed
    module = import_module(spec.module)
    agent = getattr(module, spec.class_name)(world, training.config)
    if spec.trains_on == "a batch":
        env = world.make_batch(training.config.num_envs, device, seed)
    elif spec.trains_on == "several worlds":
        env = world.make_several(training.config.num_envs, seed)
    else:
        env = world.make_for_training(seed)
    reports: Iterator[Report] = module.train(training.config, env, device, seed, agent, state)
    return reports


def _choose_device(training: Training) -> tuple[str, str]:
    """The device to train on, and why."""
    from workshop.device import check_device, choose_device

    if agent_spec(training.agent).trains_on == "one world":
        check_device(training.options.device)
        return "cpu", "a table lives there"
    return choose_device(training.options.device, lambda device: begin(training, device))


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


def _show(bar: Progress, task: TaskID, report: Report, measured: dict[str, Any]) -> None:
    notes = []
    if "optimal_action_rate" in measured:
        notes.append(f"best action {measured['optimal_action_rate']:.2%}")
    if "unbeatable" in measured:
        notes.append("[green]unbeatable[/green]" if measured["unbeatable"] else "beatable")
    if "greedy_return" in measured:
        notes.append(f"return {measured['greedy_return']:.2f} of {measured['optimal_return']:.2f}")
    elif "episode_return" in report.metrics and "unbeatable" not in measured:
        notes.append(f"return {report.metrics['episode_return']:.1f}")
    total = report.step if report.finished else None  # None: leave it
    bar.update(task, completed=report.step, total=total, note=" · ".join(notes))
