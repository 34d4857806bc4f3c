"""`workshop tune AGENT ENV`, `workshop tune MODEL`: looks for better settings, by Optuna, and says
how to check them.

A trial trains once. What counts of an agent is the mean of the measure over the whole training, so
that learning sooner is better; of a model the validation at the end. A trial that falls behind the
median of the others is ended early.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from rich.console import Console

from agents.agent import AGENTS, agent_spec
from envs.names import BadInput, nearest
from workshop.interrupt import Interrupt
from workshop.options import check_seed, file_name, quoted
from workshop.parallel import News, Side, Workers
from workshop.runs import Plan, replaced
from workshop.search_space import SearchSpace
from workshop.targets import SCORES
from workshop.train import parse_training, show_usage
from workshop.training import (
    MEASURES,
    Options,
    Training,
    progress_bar,
)

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial
    from rich.progress import TaskID

USAGE = """usage: workshop tune AGENT ENV [OPTIONS]
       workshop tune MODEL [--data SET] [OPTIONS]

Looks for better settings. Every setting you give stays as it is; all others are searched.
`workshop tune AGENT ENV --help` and `workshop tune MODEL --help` tell the settings.

  AGENT   {agents}
  ENV     tictactoe, connect-four, gridworld:map=cliff, ... or any Gymnasium id (workshop list)
  MODEL   cnn, mlp, svm, ... and SET what it learns from (workshop list)

  --trials N --study NAME --storage URL --seed N --device cpu|cuda|auto --threads N
  --jobs N | --ray ADDRESS
"""
STARTUP = 5
"""So many trials end before any is compared with their median."""
WAITS = (0.1, 0.5, 2.0)
"""Seconds between the attempts to open a storage."""


@dataclass
class Search:
    """How to search."""

    trials: int = 30
    """Trials in all, with those of an earlier call: the same command goes on where it was."""
    study: str = ""
    """What the search is called in its storage; by default after agent and world."""
    storage: str = "sqlite:///runs/studies.db"
    """Where Optuna keeps it: any SQLAlchemy URL, also of a database that several machines share."""
    seed: int = 1_000
    """Trial 0 trains from this seed, trial 1 from the next, ...; other seeds stay fresh, to check
    the outcome on. With several jobs the order in which trials end decides what is tried next."""
    device: str = "auto"
    """cpu, cuda, mps, or auto."""
    threads: int = 1
    """CPU threads of a trial."""

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise BadInput(f"--trials must be at least 1, not {self.trials}")
        check_seed(self.seed)


class Tunable(Protocol):
    """A training whose settings can be searched."""

    @property
    def config(self) -> Any:
        """The settings to start from."""

    @property
    def words(self) -> list[str]:
        """What names it on the command line."""

    @property
    def settled(self) -> Sequence[str]:
        """Settings that are not for searching."""

    def choose_device(self) -> tuple[str, str]:
        """Where to train, and why there."""

    def plan(self, device: str) -> Plan:
        """What decides it."""

    def first_measure(self, device: str) -> str:
        """By what it is measured."""


class TrialJob(NamedTuple):
    """A trial, as it is sent to whoever does it."""

    config: Plan
    measure: str


class TrialResult(NamedTuple):
    """How it ended."""

    finished: bool
    worth: float
    """The measure, over the training or at its end."""
    error: str = ""
    """Why the settings cannot be trained with."""


def run_trial(job: TrialJob, send: Callable[[Any], None], stopped: Callable[[], bool]) -> Any:
    """One training, of which nothing is left."""
    curve: list[tuple[int, float]] = []

    def tell(step: int, measured: dict[str, Any]) -> bool:
        curve.append((step, float(measured[job.measure])))
        send((step, worth(step)))
        return False

    def worth(step: int) -> float:
        return curve[-1][1] if job.config.ends_best else mean_over(curve, step)

    try:
        finished = job.config.try_out(stopped, tell)
    except (ValueError, RuntimeError) as error:  # BadInput, or numbers that ran away
        return TrialResult(False, 0.0, str(error).split("\n")[0])
    return TrialResult(finished, worth(job.config.total) if curve else 0.0)


def mean_over(curve: Sequence[tuple[int, float]], steps: int) -> float:
    """The mean of a measure over `steps`.

    Each value stands for the steps since the one before, the last for all that follow as well: a
    training may end early because there is nothing left to learn.
    """
    total, before = 0.0, 0
    for step, value in curve:
        total += value * (step - before)
        before = step
    return (total + curve[-1][1] * (steps - before)) / steps


def open_study(url: str, name: str, direction: Literal["maximize", "minimize"]) -> Study:
    """The study in its storage, new or as it was left.

    Raises:
        SQLAlchemyError, ImportError, ValueError: the storage cannot be used.
    """
    import optuna
    from sqlalchemy.exc import DatabaseError

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(STARTUP, n_warmup_steps=MEASURES // 4)
    create = partial(
        optuna.create_study,
        storage=url,
        study_name=name,
        load_if_exists=True,
        direction=direction,
        pruner=pruner,
    )
    for wait in WAITS:
        try:
            return create()
        except DatabaseError:  # another search may be making the tables this very moment
            time.sleep(wait)
    return create()


def parse(arguments: Sequence[str]) -> Tuner:
    """Reads AGENT and ENV first, since they decide which settings there are."""
    if not arguments or arguments[0] in ("-h", "--help"):
        show_usage(USAGE, arguments)
    names_agent = len(arguments) > 1 and not arguments[1].startswith("-")
    training, parsed = (_parse_agent if names_agent else _parse_model)(arguments)
    search: Search = parsed.search
    options = [word[2:] for word in arguments if word.startswith("--")]
    given = {option.split("=")[0].replace("-", "_") for option in options}
    fixed = [
        field.name
        for field in dataclasses.fields(parsed.config)
        if field.name in given or f"no_{field.name}" in given
    ]
    space = SearchSpace(parsed.config, [*fixed, *training.settled])
    if not space.names:
        training.first_measure("cpu")  # first of all: can it learn there?
        named = " on ".join(_names(training))
        raise BadInput(f"nothing to search: {named} has no other settings to try")
    search.study = search.study or file_name("-".join(_names(training)))
    return Tuner(search, parsed.side, training, space, arguments)


def _names(training: Tunable) -> list[str]:
    """The learner and what it learns from, without options."""
    return [word for word in training.words[:3] if not word.startswith("--")]


def _parse_agent(arguments: Sequence[str]) -> tuple[Tunable, Any]:
    name, world, parsed = parse_training(arguments, "tune", {"search": Search, "side": Side})
    search: Search = parsed.search
    options = Options(seed=search.seed, device=search.device, threads=search.threads)
    return Training(options, name, world, parsed.config), parsed


def _parse_model(arguments: Sequence[str]) -> tuple[Tunable, Any]:
    from workshop import learning
    from workshop.learn import check_readable, parse_learning

    check_model(arguments[0])
    name, source, parsed = parse_learning(arguments, "tune", {"search": Search, "side": Side})
    search: Search = parsed.search
    options = learning.Options(search.seed, None, search.device, search.threads)
    found = learning.Learning(options, name, source, parsed.config)
    check_readable(found)
    return found, parsed


def check_model(name: str) -> None:
    """Raises BadInput if there is no model of this name, or it is an agent without its world."""
    from supervised.models import MODELS, config_for

    if name in MODELS:
        return
    if name in AGENTS:
        agent_spec(name, learners_only=True)
        raise BadInput(f"AGENT and ENV come first: workshop tune {name} tictactoe")
    learners = [agent for agent, spec in AGENTS.items() if spec.trains_on]
    models = [model for model in MODELS if SearchSpace(config_for(model, ""), ()).names]
    known = dict.fromkeys((*learners, *models))  # an agent and a model may have one name
    raise BadInput(f"no agent or model {name!r}; {nearest(name, known)}")


def run(tuner: Tuner) -> int:
    """Searches, and says what was found."""
    return tuner.run(Console(stderr=True))


def picture_of(search: Search) -> Path:
    """The picture of a study: each storage may have one of the same name."""
    from sqlalchemy.engine import make_url

    name = search.study
    if search.storage != Search.storage:
        name += "-" + make_url(search.storage).render_as_string()  # a password is left out
    return Path("runs") / f"tune-{file_name(name)}.png"


def _check_folder(folder: Path) -> None:
    """Makes `runs`, where the storage is by default; any other folder has to be there.

    Raises:
        BadInput: it is not.
    """
    if folder == Path("runs"):
        folder.mkdir(exist_ok=True)
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}")


class Tuner:
    """A study that is going on.

    Args:
        arguments: of the command, to be repeated to go on.
    """

    def __init__(
        self,
        search: Search,
        side: Side,
        training: Tunable,
        space: SearchSpace,
        arguments: Sequence[str],
    ) -> None:
        self.search, self.side, self.training, self.space = search, side, training, space
        self._command = " ".join(["workshop tune", *map(quoted, arguments)])

    def run(self, console: Console) -> int:
        """Tries what is still to be tried; returns the exit code."""
        device, why = self.training.choose_device()
        self._config = self.training.plan(device)
        self._measure = self.training.first_measure(device)
        self._study = self._open()
        self._trials: list[Trial] = []
        self._ended: set[int] = set()
        left = self.search.trials - self._counted()
        if left > 0:
            console.print(f"device: {device} ({why})")
            console.print(f"searched: {', '.join(self.space.names)}")
            with Interrupt() as interrupted:
                self._search(left, console, interrupted)
        if self._best() is not None:
            self._report(console)
        if self._counted() < self.search.trials:
            console.print("stopped; every finished trial is saved. To go on:")
            print(self._command)
            return 130
        if self._best() is None:
            raise BadInput("no trial came to its end: " + self._why_not())
        return 0

    def _open(self) -> Study:
        """The study in its storage, new or as it was left.

        Raises:
            BadInput: the storage cannot be used, or a study of this name searched something else.
        """
        from sqlalchemy.exc import SQLAlchemyError

        url, name = self.search.storage, self.search.study
        try:
            if url.startswith("sqlite:///"):
                _check_folder(Path(url.removeprefix("sqlite:///")).parent)
            direction: Literal["maximize", "minimize"]
            direction = "maximize" if SCORES[self._measure] > 0 else "minimize"
            study = open_study(url, name, direction)
        except (SQLAlchemyError, ImportError, ValueError, RuntimeError) as error:
            raise BadInput(f"--storage {url}: {str(error).split(chr(10))[0]}") from None
        config = self._config
        fixed = {k: v for k, v in config.config.items() if k not in self.space.names}
        about = {
            **config.identity,
            **{
                name: list(value) if isinstance(value, tuple) else value
                for name, value in fixed.items()
            },
            "searched": self.space.names,
        }
        there = study.user_attrs.get("about")
        if there is None:
            study.set_user_attr("about", about)
            study.enqueue_trial(self.space.start)
        elif there != about:
            key = next(k for k in {**there, **about} if there.get(k) != about.get(k))
            raise BadInput(
                f"study {name!r} has {key} {there.get(key)}, not {about.get(key)}; "
                "choose another name with --study"
            )
        return study

    def _search(self, left: int, console: Console, interrupted: Interrupt) -> None:
        with ExitStack() as stack:
            workers = self.side.workers(run_trial, left, self.search.threads)
            stack.callback(workers.close)
            bar = stack.enter_context(progress_bar(console))
            whole = bar.add_task("trials", total=left, note="")
            tasks: dict[int, TaskID] = {}
            for news in workers.run(self._jobs()):
                if interrupted.asked:
                    workers.stop_all()
                if news is None:
                    continue
                if news.job not in tasks:
                    title = f"trial {self._trials[news.job].number}"
                    total = self._config.total
                    tasks[news.job] = bar.add_task(title, total=total, note="")
                if news.done:
                    bar.remove_task(tasks[news.job])
                    console.print(self._tell(news), highlight=False)
                    best = self._best()
                    note = f"best {best.value:.4g} (trial {best.number})" if best else ""
                    bar.update(whole, advance=1, note=note)
                else:
                    step, mean = news.content
                    bar.update(tasks[news.job], completed=step, note=f"{mean:.4g}")
                    self._compare(news.job, step, mean, workers)

    def _jobs(self) -> Iterator[TrialJob]:
        """The trials, each drawn up when a worker is free for it."""
        from optuna.samplers import TPESampler

        while self._counted() + len(self._trials) - len(self._ended) < self.search.trials:
            number = len(self._study.get_trials(deepcopy=False))
            self._study.sampler = TPESampler(seed=(self.search.seed + number) % 2**32)
            trial = self._study.ask()
            self._trials.append(trial)
            config = dataclasses.asdict(self.space.suggest(trial))
            seed = (self.search.seed + trial.number) % 2**63
            yield TrialJob(replaced(self._config, seed=seed, config=config), self._measure)

    def _compare(self, job: int, step: int, mean: float, workers: Workers) -> None:
        """Ends a trial that is behind the others."""
        trial = self._trials[job]
        at = step * MEASURES // self._config.total
        reported = self._study.get_trials(deepcopy=False)[trial.number].intermediate_values
        if at in reported or "behind" in trial.user_attrs:
            return
        trial.report(mean, at)
        if trial.should_prune():
            trial.set_user_attr("behind", True)
            workers.stop(job)

    def _tell(self, news: News) -> str:
        """Notes how a trial ended; says so in a line."""
        from optuna.trial import TrialState

        self._ended.add(news.job)
        trial, result = self._trials[news.job], news.content
        name = f"trial {trial.number}:"
        if result.finished:
            self._study.tell(trial, result.worth)
            return f"{name} {result.worth:.4g}"
        if "behind" in trial.user_attrs:
            self._study.tell(trial, state=TrialState.PRUNED)
            return f"{name} behind the others, ended early"
        if result.error:
            trial.set_user_attr("error", result.error)
            self._study.tell(trial, state=TrialState.FAIL)
            return f"{name} cannot be trained: {result.error}"
        self._study.tell(trial, state=TrialState.FAIL)
        self._study.enqueue_trial(trial.params)
        return f"{name} stopped; it will be repeated"

    def _counted(self) -> int:
        """How many trials have come to their end."""
        from optuna.trial import TrialState

        return sum(
            trial.state in (TrialState.COMPLETE, TrialState.PRUNED) or "error" in trial.user_attrs
            for trial in self._study.get_trials(deepcopy=False)
        )

    def _complete(self) -> list[FrozenTrial]:
        from optuna.trial import TrialState

        return self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))

    def _best(self) -> FrozenTrial | None:
        return self._study.best_trial if self._complete() else None

    def _why_not(self) -> str:
        trials = self._study.get_trials(deepcopy=False)
        return next(
            (t.user_attrs["error"] for t in trials if "error" in t.user_attrs), "all behind"
        )

    def _report(self, console: Console) -> None:
        """Says what was found, and how to check it."""
        from workshop.tune_picture import draw_study

        best = self._best()
        assert best is not None
        measure = self._measure.replace("_", " ")
        told = f"{measure} at the end" if self._config.ends_best else f"mean {measure}"
        default = next((t for t in self._complete() if t.number == 0), None)
        counted, complete = self._counted(), len(self._complete())
        console.print(f"{counted} trials, {counted - complete} of them ended early")
        console.print(
            f"[bold]best: {best.value:.4g}, the {told}[/bold]"
            f" (trial {best.number}"
            + (f"; the defaults, trial 0: {default.value:.4g})" if default else ")"),
            highlight=False,
        )
        picture = picture_of(self.search)
        picture.parent.mkdir(exist_ok=True)
        title = " on ".join(_names(self.training))
        draw_study(self._study, self.space.names, told, title, picture)
        console.print(f"picture: {picture}", soft_wrap=True)
        if best.number == 0:
            console.print("nothing was better than the defaults")
            return
        console.print("The best of many looks better than it is. On fresh seeds:")
        words = [*self.training.words, *self.space.flags(best.params)]
        print(" ".join([self._config.command, *map(quoted, words), "--seeds 10"]))
