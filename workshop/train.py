"""`workshop train AGENT ENV`: one training, or `--seeds N` of them side by side."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from agents.agent import AGENTS, agent_spec
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.interrupt import Interrupt
from workshop.options import check_seed, parse_options, quoted

if TYPE_CHECKING:
    from workshop.seeds import Group, Seeds
    from workshop.training import Training

USAGE = """usage: workshop train AGENT ENV [OPTIONS]
       workshop train --resume DIR [--watch]

Lets an agent learn. `workshop train AGENT ENV --help` tells the settings of both.

  AGENT   {agents}
  ENV     tictactoe, connect-four, gridworld:map=cliff, ... or any Gymnasium id (workshop list)

  --steps N --seed N --run DIR --device cpu|cuda|auto --stop-at MEASURE --watch
  --opponent self|pool|AGENT --seeds N [--jobs N | --ray ADDRESS]
  --resume DIR --checkpoint-seconds S"""


@dataclass
class Job:
    """What the command line asks for: one training, or a group of seeds."""

    training: Training | None = None
    group: Group | None = None
    side: Seeds | None = None


def parse(arguments: Sequence[str]) -> Job:
    """Reads AGENT and ENV first, since they decide which settings there are."""
    if not arguments or arguments[0] in ("-h", "--help"):
        show_usage(USAGE, arguments)
    if any(word.partition("=")[0] == "--resume" for word in arguments):
        return _parse_resume(arguments)
    from workshop.seeds import AgentSeeds, Group
    from workshop.training import Options, Training, can_play_elsewhere

    parts = {"options": Options, "side": AgentSeeds}
    name, world, parsed = parse_training(arguments, "train", parts)
    check_seed(parsed.options.seed)
    training = Training(parsed.options, name, world, parsed.config)
    training.check_target()
    if parsed.side.seeds is None:
        parsed.side.refuse_alone(ray_too=not can_play_elsewhere(name))
        training.ray = parsed.side.ray
        return Job(training)
    return Job(group=Group.new(training, parsed.side), side=parsed.side)


def parse_training(
    arguments: Sequence[str], command: str, parts: dict[str, type]
) -> tuple[str, World, Any]:
    """The agent, the world, and the options behind: those of `parts` and `config`, the agent's.

    Raises:
        BadInput: there is no such agent, world or option.
    """
    positional: list[str] = []
    rest = list(arguments)
    while rest and not rest[0].startswith("-") and len(positional) < 2:
        positional.append(rest.pop(0))
    if len(positional) < 2:
        raise BadInput(f"AGENT and ENV come first: workshop {command} dqn tictactoe")
    name, world_name = positional
    if name not in AGENTS and world_name in AGENTS:
        right = f"workshop {command} {world_name} {quoted(name)}"
        raise BadInput(f"the agent comes first, then the world: {right}")
    spec = agent_spec(name, learners_only=True)
    world = find_world(world_name)
    module = import_module(spec.module)
    default = module.config_for(world)
    fields = [(k, kind, dataclasses.field(default_factory=kind)) for k, kind in parts.items()]
    fields.append(("config", module.Config, dataclasses.field(default=default)))
    options = dataclasses.make_dataclass("AllOptions", fields)
    program = f"workshop {command} {name} {world_name}"
    parsed: Any = parse_options(options, rest, program, spec.summary)
    return name, world, parsed


def show_usage(text: str, arguments: Sequence[str]) -> NoReturn:
    """Prints `text` with the agents that can learn, and ends."""
    learners = [name for name, spec in AGENTS.items() if spec.trains_on]
    print(text.format(agents=", ".join(learners)))
    sys.exit(0 if arguments else 2)


def _parse_resume(arguments: Sequence[str]) -> Job:
    from workshop.runs import RunConfig
    from workshop.seeds import Group, Seeds
    from workshop.training import Training, can_play_elsewhere

    @dataclass
    class ResumeOptions:
        resume: Path
        """The run folder to go on with."""
        watch: bool = False
        checkpoint_seconds: float = 30.0
        jobs: int | None = None
        ray: str | None = None

    rest = list(arguments)
    positional: list[str] = []
    while rest and not rest[0].startswith("-"):
        positional.append(rest.pop(0))
    parsed = parse_options(ResumeOptions, rest, "workshop train --resume DIR", "Goes on.")
    folder: Path = parsed.resume
    if Group.is_one(folder):
        group = Group.open(folder, RunConfig.of)
        _check_names(positional, folder, group.config.learner, group.config.subject)
        if parsed.watch:
            raise BadInput(f"--watch shows one training: {folder} is a group of seeds")
        group.checkpoint_seconds = parsed.checkpoint_seconds
        return Job(group=group, side=Seeds(parsed.jobs, parsed.ray, len(group.seeds)))
    training = Training.of_run(folder, parsed.watch, parsed.checkpoint_seconds)
    for name in ("jobs", "ray"):
        alone = name == "ray" and can_play_elsewhere(training.agent)
        if getattr(parsed, name) is not None and not alone:
            raise BadInput(f"--{name} is for several trainings at once: {folder} is one run")
    training.ray = parsed.ray
    _check_names(positional, folder, training.agent, training.world.name)
    return Job(training)


def _check_names(positional: Sequence[str], folder: Path, agent: str, world: str) -> None:
    """Raises BadInput if AGENT and ENV, which need not be given, are not those of the folder."""
    for given, there in zip(positional, (agent, world), strict=False):
        if given != there:
            raise BadInput(f"{folder} trained {agent} on {world}, not {given}")


def run(job: Job) -> int:
    """Trains, and says where the result is."""
    from rich.console import Console

    from workshop.training import describe, train

    console = Console(stderr=True)
    if job.group is not None:
        assert job.side is not None
        return job.group.run(job.side, console)
    training = job.training
    assert training is not None
    with Interrupt() as interrupted:
        outcome = train(training, console, interrupted)
    folder = outcome.run.folder
    if not outcome.finished:
        console.print(f"stopped at step {outcome.step:,}; everything is saved. To go on:")
        print(f"workshop train --resume {quoted(folder)}")
        return 130
    console.print(f"[bold]{describe(outcome.measured)}[/bold]")
    print(f"saved {folder}")
    console.print(
        f"see it: workshop watch {quoted(training.world.name)} {quoted(folder)}\n"
        f"measure it: workshop evaluate {quoted(training.world.name)} {quoted(folder)}",
        soft_wrap=True,
    )
    return 0
