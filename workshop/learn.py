"""`workshop learn MODEL`: trains and judges a model, or `--seeds N` of them side by side."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from envs.names import BadInput
from workshop.interrupt import Interrupt
from workshop.options import check_seed, parse_options, quoted

if TYPE_CHECKING:
    from supervised.sources import Source
    from workshop.learning import Learning
    from workshop.seeds import Group, Seeds

USAGE = """usage: workshop learn MODEL [--data SET] [OPTIONS]
       workshop learn --resume DIR

Trains a model, judges it on rows that it never saw, and puts the simple method beside it.
`workshop learn MODEL --help` tells its settings.

  MODEL  {models}
  SET    {sets},
         a FILE.csv, or a folder of images with one folder a class (workshop list)

  --epochs N --seed N --run DIR --device cpu|cuda|auto --validation SHARE --test SHARE
  --target COLUMN --numeric-target --group-by COLUMN --in-time --unique
  --image-size ROWS COLS --colours
  --seeds N [--jobs N | --ray ADDRESS] --resume DIR --checkpoint-seconds S"""


@dataclass
class Job:
    """What the command line asks for: one training, or a group of seeds."""

    learning: Learning | None = None
    group: Group | None = None
    side: Seeds | None = None


def parse(arguments: Sequence[str]) -> Job:
    """Reads MODEL first, since it decides which settings there are."""
    if not arguments or arguments[0] in ("-h", "--help"):
        show_usage(USAGE, arguments)
    if any(word.partition("=")[0] == "--resume" for word in arguments):
        return _parse_resume(arguments)
    from workshop.learning import Learning, Options
    from workshop.seeds import Group, Seeds

    parts = {"options": Options, "side": Seeds}
    name, source, parsed = parse_learning(arguments, "learn", parts)
    learning = Learning(parsed.options, name, source, parsed.config)
    check_readable(learning)
    if parsed.side.seeds is None:
        parsed.side.refuse_alone()
        return Job(learning)
    return Job(group=Group.new(learning, parsed.side), side=parsed.side)


def parse_learning(
    arguments: Sequence[str], command: str, parts: dict[str, type]
) -> tuple[str, Source, Any]:
    """The model, the data, and the options behind: those of `parts` and `config`, the model's.

    Raises:
        BadInput: there is no such model or option.
    """
    from supervised.dataset import BadData
    from supervised.models import config_for, find_model
    from supervised.sources import Source

    name, *rest = arguments
    try:
        model = find_model(name)
    except BadData as error:
        raise BadInput(str(error)) from None
    tuned = config_for(name, named_data(rest) or model.data)
    kinds = {**parts, "source": Source}
    fields = [(k, kind, dataclasses.field(default_factory=kind)) for k, kind in kinds.items()]
    fields.append(("config", type(tuned), dataclasses.field(default_factory=lambda: tuned)))
    options = dataclasses.make_dataclass("AllOptions", fields)
    program = f"workshop {command} {name}"
    parsed: Any = parse_options(options, rest, program, model.description)
    for part in ("options", "search"):
        check_seed(getattr(getattr(parsed, part, None), "seed", 0))
    source = dataclasses.replace(parsed.source, data=parsed.source.data or model.data)
    return name, source, parsed


def named_data(arguments: Sequence[str]) -> str:
    """What stands behind `--data`, which decides some defaults; nothing where it is not."""
    for word, behind in pairwise([*arguments, ""]):
        option, _, value = word.partition("=")
        if option == "--data":
            return value or behind
    return ""


def check_readable(learning: Learning) -> None:
    """Raises BadInput if the data cannot be learned from, or not by this model."""
    from supervised.dataset import BadData
    from supervised.models import module_of
    from supervised.training import check_plan

    try:
        rows, _ = learning.parted
        assert len(rows.train)
        module_of(learning.model).make(learning.config, learning.dataset, learning.options.seed)
        check_plan(learning.config, learning.dataset, rows)
    except BadData as error:
        raise BadInput(str(error)) from None


def show_usage(text: str, arguments: Sequence[str]) -> None:
    """Prints `text` with the models and sets there are, and ends."""
    from supervised.data import DATASETS
    from supervised.models import MODELS

    print(text.format(models=", ".join(MODELS), sets=", ".join(DATASETS)))
    sys.exit(0 if arguments else 2)


def _parse_resume(arguments: Sequence[str]) -> Job:
    from workshop.learning import Learning
    from workshop.model_folder import LearnConfig
    from workshop.seeds import Group, Seeds

    @dataclass
    class ResumeOptions:
        resume: Path
        """The run folder to go on with."""
        checkpoint_seconds: float = 30.0
        jobs: int | None = None
        ray: str | None = None

    rest = list(arguments)
    named = rest.pop(0) if not rest[0].startswith("-") else None
    parsed = parse_options(ResumeOptions, rest, "workshop learn --resume DIR", "Goes on.")
    folder: Path = parsed.resume
    if Group.is_one(folder):
        group = Group.open(folder, LearnConfig.of)
        _check_name(named, folder, group.config.learner)
        group.checkpoint_seconds = parsed.checkpoint_seconds
        return Job(group=group, side=Seeds(parsed.jobs, parsed.ray, len(group.seeds)))
    for name in ("jobs", "ray"):
        if getattr(parsed, name) is not None:
            raise BadInput(f"--{name} is for several trainings at once: {folder} is one run")
    learning = Learning.of_run(folder, parsed.checkpoint_seconds)
    _check_name(named, folder, learning.model)
    return Job(learning)


def _check_name(given: str | None, folder: Path, there: str) -> None:
    if given is not None and given != there:
        raise BadInput(f"{folder} trained {there}, not {given}")


def run(job: Job) -> int:
    """Trains, judges, and says where the result is."""
    from workshop.learning import learn

    console = Console(stderr=True)
    if job.group is not None:
        assert job.side is not None
        return job.group.run(job.side, console)
    assert job.learning is not None
    with Interrupt() as interrupted:
        outcome = learn(job.learning, console, interrupted)
    folder = outcome.run.folder
    if not outcome.finished:
        console.print(f"stopped after epoch {outcome.step}; everything is saved. To go on:")
        print(f"workshop learn --resume {quoted(folder)}")
        return 130
    print_measures(outcome.measured, console)
    print(f"saved {folder}")
    console.print(f"see it: {quoted(folder / 'report.html')}", soft_wrap=True)
    return 0


def print_measures(measured: dict[str, float], console: Console) -> None:
    """All measures as a table."""
    from rich.table import Table

    from workshop.run_page import measures_of

    table = Table(title="on rows that it never saw", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value, simple in measures_of(measured):
        style = "italic" if simple else ""
        table.add_row(name, value, style=style)
    console.print(table)
