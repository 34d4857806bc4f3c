"""`workshop tune`: what is searched, what a trial counts, and how a search goes on where it was."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from pathlib import Path
from threading import Barrier
from typing import Any

import optuna
import pytest
from conftest import Workshop
from optuna.trial import TrialState

from agents.agent import AGENTS
from envs.names import BadInput
from envs.worlds import find_world
from supervised.models import config_for
from workshop.search_space import Choices, SearchSpace, label
from workshop.train import parse_training
from workshop.tune import Search, mean_over, open_study, parse, picture_of
from workshop.tune_picture import draw_study, log_ticks

LEARNERS = [name for name, spec in AGENTS.items() if spec.trains_on]
WORLDS = ("gridworld", "tictactoe", "CartPole-v1")
TINY = ("tune", "q-learning", "gridworld", "--steps", 20_000, "--jobs", 1)


def default_for(learner: str, world: str) -> Any:
    module: Any = import_module(AGENTS[learner].module)
    return module.config_for(find_world(world))


def study_in(folder: Path) -> optuna.Study:
    storage = f"sqlite:///{(folder / 'runs' / 'studies.db').as_posix()}"
    return optuna.load_study(study_name="q-learning-gridworld", storage=storage)


@pytest.mark.parametrize("learner", LEARNERS)
def test_the_search_begins_with_the_defaults_and_tries_what_train_takes(learner: str) -> None:
    for world in WORLDS:
        default = default_for(learner, world)
        space = SearchSpace(default, fixed=())
        assert vars(default).items() >= space.settings(space.start).items()
        assert space.flags(space.start) == []
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        for _ in range(20 if space.names else 0):  # a Config refuses what is out of range
            trial = study.ask()
            config = space.suggest(trial)
            told = [learner, world, *space.flags(trial.params)]
            assert parse_training(told, "train", {})[2].config == config


def test_a_setting_that_is_given_is_not_searched_and_told_again() -> None:
    space = SearchSpace(default_for("q-learning", "gridworld"), fixed=("alpha", "steps"))
    assert "alpha" not in space.names and "gamma" in space.names
    assert space.flags(space.start) == ["--steps", "50000", "--alpha", "0.2"]


def test_gamma_of_a_kernel_is_no_discount() -> None:
    space = SearchSpace(config_for("svm", "digits"), fixed=())
    assert "0.99" not in label_values(space, "gamma") and "0.1" in label_values(space, "gamma")
    space = SearchSpace(default_for("q-learning", "gridworld"), fixed=())
    assert "0.99" in label_values(space, "gamma")


def label_values(space: SearchSpace, name: str) -> list[str]:
    """The choices of a setting as a study notes them."""
    part = space._parts[name]
    assert isinstance(part, Choices)
    return [label(value) for value in part.values]


def test_a_choice_is_noted_as_a_person_would() -> None:
    assert [label(value) for value in ((64, 64), True, 0.99)] == ["64x64", "True", "0.99"]


def test_the_mean_over_a_training_counts_each_value_for_the_steps_before_it() -> None:
    assert mean_over([(10, 0.0), (20, 1.0)], 20) == 0.5
    assert mean_over([(10, 0.0), (20, 1.0)], 40) == 0.75  # it ended early: nothing left to learn
    assert mean_over([(30, 2.0)], 30) == 2.0


def test_a_search_goes_on_where_it_was_and_its_outcome_can_be_trained(
    workshop: Workshop, tmp_path: Path
) -> None:
    first = workshop(*TINY, "--trials", 3)
    assert first.returncode == 0, first.stderr
    before = [trial.params for trial in study_in(tmp_path).trials]
    assert len(before) == 3
    default = default_for("q-learning", "gridworld")
    assert before[0]["alpha"] == default.alpha and before[0]["gamma"] == str(default.gamma)

    hopeless = {**before[0], "alpha": 0.01}
    study_in(tmp_path).enqueue_trial(hopeless)
    study_in(tmp_path).enqueue_trial(before[0])
    study_in(tmp_path).enqueue_trial(before[0])
    study_in(tmp_path).enqueue_trial(hopeless)
    again = workshop(*TINY, "--trials", 8)
    assert again.returncode == 0, again.stderr
    trials = study_in(tmp_path).trials
    assert [trial.params for trial in trials[:3]] == before and len(trials) == 8
    assert trials[3].state == TrialState.COMPLETE  # there are too few to compare it with
    assert trials[6].params == hopeless and trials[6].state == TrialState.PRUNED
    complete = [trial.value for trial in trials if trial.state == TrialState.COMPLETE]
    best = study_in(tmp_path).best_trial
    assert best.value == max(value for value in complete if value is not None)
    picture = tmp_path / "runs" / "tune-q-learning-gridworld.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    told = shlex.split(again.stdout)
    if best.number:  # else nothing was better than the defaults
        assert told[:4] == ["workshop", "train", "q-learning", "gridworld"]
        assert workshop(*told[1:], "--seeds", 1).returncode == 0

    nothing_left = workshop(*TINY, "--trials", 8)
    assert nothing_left.returncode == 0 and len(study_in(tmp_path).trials) == 8

    other = workshop(*TINY, "--trials", 9, "--alpha", 0.5)
    assert other.returncode == 2
    assert "another name with --study" in other.stderr and len(other.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_an_interrupted_search_keeps_its_trials_and_says_how_to_go_on(
    workshop: Workshop, tmp_path: Path
) -> None:
    command = [*map(str, TINY), "--trials", "200"]
    process = subprocess.Popen(
        [sys.executable, "-m", "workshop", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ.copy(),
        cwd=tmp_path,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not _done(tmp_path):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert shlex.split(out.splitlines()[-1]) == ["workshop", *command]
    assert "Traceback" not in err
    done = _done(tmp_path)
    assert workshop(*TINY, "--trials", len(done) + 1).returncode == 0
    assert _done(tmp_path)[: len(done)] == done


def _done(folder: Path) -> list[tuple[int, float | None]]:
    """The trials that came to their end, with their outcomes. Looks only: it makes no tables."""
    database = folder / "runs" / "studies.db"
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(
                "SELECT number, value FROM trials LEFT JOIN trial_values USING (trial_id)"
                " WHERE state IN ('COMPLETE', 'PRUNED') ORDER BY number"
            ).fetchall()
    except sqlite3.OperationalError:  # there is no study yet
        return []


def test_searches_that_begin_at_the_same_moment_share_a_study(tmp_path: Path) -> None:
    url, together = f"sqlite:///{(tmp_path / 'studies.db').as_posix()}", Barrier(4)

    def begin(_: int) -> int:
        together.wait()
        return open_study(url, "study", "maximize")._study_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(begin, range(4)))) == 1


def test_studies_of_one_name_in_two_storages_have_two_pictures() -> None:
    storages = ("sqlite:///a.db", "sqlite:///b.db", "mysql://me:secret@host/db", Search.storage)
    pictures = [picture_of(Search(study="one", storage=storage)).name for storage in storages]
    assert len(set(pictures)) == 4 and pictures[3] == "tune-one.png"
    assert "secret" not in "".join(pictures)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1e-8, 0.1, [1e-8, 1e-6, 1e-4, 1e-2]),
        (1e-4, 1e-2, [1e-4, 1e-3, 1e-2]),
        (0.002, 0.02, [0.002, 0.005, 0.01, 0.02]),
        (2, 7, [2, 7]),
        (5, 5, [5]),
    ],
)
def test_few_round_numbers_stand_where_only_factors_count(
    low: float, high: float, expected: list[float]
) -> None:
    assert log_ticks(low, high) == pytest.approx(expected)


def test_a_picture_of_a_search_counts_trials_in_whole_numbers(tmp_path: Path) -> None:
    study = optuna.create_study(direction="maximize")
    for number in range(3):
        trial = study.ask()
        trial.suggest_float("learning_rate", 0.002, 0.008, log=True)
        study.tell(trial, 0.7 + 0.1 * number)
    picture = tmp_path / "study.svg"
    draw_study(study, ["learning_rate"], "accuracy", "one", picture)
    history, *_ = picture.read_text(encoding="utf-8").split('id="matplotlib.axis_2"')
    assert re.findall(r"<!-- ([\d.]+) -->", history) == ["0", "1", "2"]


def test_only_options_are_settings_that_are_given() -> None:
    names = parse(["q-learning", "gridworld", "--study", "alpha", "--gamma=0.9"]).space.names
    assert "alpha" in names and "gamma" not in names


def test_only_what_has_something_to_search_is_offered() -> None:
    with pytest.raises(BadInput, match="did you mean 'cnn'") as error:
        parse(["cnnn"])
    offered = str(error.value).partition("there are: ")[2].rstrip(")").split(", ")
    assert len(offered) == len(set(offered)) and {"dqn", "perceptron", "svm"} < set(offered)
    assert not {"random", "human", "minimax", "expert-system"} & set(offered)
    with pytest.raises(BadInput, match="minimax does not learn"):
        parse(["minimax"])


def test_a_search_may_begin_with_any_seed(workshop: Workshop) -> None:
    few = ("--steps", 500, "--jobs", 1, "--trials", 1)
    result = workshop("tune", "q-learning", "gridworld", *few, "--seed", 2**63 - 1)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--storage", "nowhere://x"), "--storage nowhere://x"),
        (("--storage", "sqlite:///no/such/studies.db"), "there is no folder no"),
        (("--trials", 0), "--trials must be at least 1"),
        (("--seed", -1), "--seed must lie between 0 and"),
        (("--epsilon-ends", 1), "--epsilon-end"),
    ],
)
def test_a_search_that_cannot_be_is_refused_in_one_line(
    workshop: Workshop, arguments: tuple[object, ...], told: str
) -> None:
    result = workshop(*TINY, *arguments)
    assert result.returncode == 2
    assert told in result.stderr and len(result.stderr.splitlines()) == 1
