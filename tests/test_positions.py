"""The labelled positions of Connect Four: what they are, whether they are true, who knows them."""

from __future__ import annotations

import itertools
import random
import subprocess
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress

from agents.agent import Agent, make_agent
from benchmarks import connect_four_positions as maker
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import CONNECT_FOUR, KInARow
from envs.worlds import find_world
from workshop import labelled
from workshop.evaluate import Options, evaluate, run
from workshop.labelled import CLASSES, Labelled, connect_four, opening_scores
from workshop.positions import (
    empty_cells,
    evaluate_positions,
    judge,
    percepts_of,
    random_position,
    rates,
    subset,
)
from workshop.truth import exact_measure

Workshop = Callable[..., subprocess.CompletedProcess[str]]
QUICK = 16
"""From so many stones on a search without a table takes a second or less."""


class Knowing(Agent):
    """Plays the labelled move that `choose` takes from the scores."""

    def __init__(self, choose: Callable[[dict[int, int]], int]) -> None:
        self.choose = choose
        self.known = {position.position: position.scores for position in connect_four()}

    def act(self, percept: Percept) -> int:
        assert percept.board is not None
        return self.choose(self.known[CONNECT_FOUR.from_board(percept.board)])


class Batched(Knowing):
    """The same, and says that it takes a batch."""

    def act_many(self, percepts: list[Percept]) -> list[int]:
        return [self.act(percept) for percept in percepts]


def best(scores: dict[int, int]) -> int:
    return max(scores, key=scores.__getitem__)


def worst(scores: dict[int, int]) -> int:
    return min(scores, key=scores.__getitem__)


def test_there_are_2000_different_ones_also_if_mirrored() -> None:
    assert len(connect_four()) == 2000
    seen = set()
    for mine, theirs in (position.position for position in connect_four()):
        image = CONNECT_FOUR.mirrored(mine), CONNECT_FOUR.mirrored(theirs)
        seen.add(frozenset([(mine, theirs), image]))
    assert len(seen) == 2000


def test_they_are_legal_and_nobody_has_won() -> None:
    for position in connect_four():
        mine = theirs = 0
        for action in map(int, position.moves):
            assert not CONNECT_FOUR.over(mine, theirs)
            assert action in CONNECT_FOUR.legal_actions(mine, theirs)
            mine, theirs = theirs, mine | CONNECT_FOUR.landing(mine, theirs, action)
        assert not CONNECT_FOUR.over(mine, theirs)
        assert tuple(position.scores) == CONNECT_FOUR.legal_actions(mine, theirs)
        assert len(set(position.scores.values())) > 1  # a mistake is possible


def test_stages_and_difficulties_are_what_they_say() -> None:
    counts = Counter((position.stage, position.difficulty) for position in connect_four())
    assert set(counts) == set(CLASSES) and max(counts.values()) - min(counts.values()) <= 1
    for position in connect_four():
        stones, score = len(position.moves), max(position.scores.values())
        own, other = (43 - stones) // 2, (42 - stones) // 2  # stones left to each
        if score > 0:  # it wins with the stone after which score - 1 of its own are left
            plies = 2 * (own - score) + 1
        else:
            plies = 2 * (other + score + 1) if score else 42 - stones
        limits = {"easy": (1, 13), "medium": (14, 27), "hard": (28, 42)}[position.difficulty]
        assert limits[0] <= plies <= limits[1]
        limits = {"early": (8, 14), "middle": (15, 28), "late": (29, 41)}[position.stage]
        assert limits[0] <= stones <= limits[1]


def test_the_openings_score_what_others_have_proven() -> None:
    """J. Tromp's and P. Pons's solvers: the middle wins with the last stone."""
    assert opening_scores() == dict(enumerate([-2, -1, 0, 1, 0, -1, -2]))


def test_a_win_at_once_is_labelled_as_one() -> None:
    """By the rules alone, in all 2,000: the score that is highest there, and no other move's."""
    found = 0
    for position in connect_four():
        mine, theirs = position.position
        highest = (43 - len(position.moves)) // 2
        for action, score in position.scores.items():
            wins = bool(CONNECT_FOUR.lines(mine | CONNECT_FOUR.landing(mine, theirs, action)))
            assert wins == (score == highest)
            found += wins
    assert found > 100


@pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
def test_a_search_without_a_table_proves_200_of_them() -> None:
    quick = [at for at in connect_four() if len(at.moves) >= QUICK]
    for position in random.Random(0).sample(quick, 200):
        assert maker.check(position) == {"right": len(position.scores)}


@pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
def test_a_wrong_label_does_not_agree() -> None:
    position = next(at for at in connect_four() if at.stage == "late")
    for action, wrong in itertools.product(position.scores, (-1, 1)):
        scores = {**position.scores, action: position.scores[action] + wrong}
        assert maker.check(position._replace(scores=scores))["wrong"] == 1


def test_an_interrupted_making_goes_on_to_the_same_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, interrupt_at = [], [0]

    def label(task: maker.Task) -> Labelled:
        """Not the truth, which would take longer."""
        asked.append(task.moves)
        if len(asked) == interrupt_at[0]:
            raise KeyboardInterrupt
        stage = labelled.stage_of(len(task.moves))
        kinds = [difficulty for where, difficulty in CLASSES if where == stage]
        difficulty = kinds[sum(map(int, task.moves)) % len(kinds)]
        scores = {0: 1, 1: int(task.moves[0]) % 2} if difficulty in task.wanted else {}
        return Labelled(task.moves, stage, difficulty, scores)

    monkeypatch.setattr(maker, "label", label)
    with Progress(disable=True) as bar:
        whole = maker.make(60, 7, 1, tmp_path / "whole.csv", bar)
        without_interruption = list(asked)
        asked.clear()
        for interrupt_at[0] in (40, 80):
            with pytest.raises(KeyboardInterrupt):
                maker.make(60, 7, 1, tmp_path / "broken.csv", bar)
        interrupt_at[0] = 0
        assert maker.make(60, 7, 1, tmp_path / "broken.csv", bar) == whole
    assert len(whole) == 60
    assert all(len(set(position.scores.values())) == 2 for position in whole)
    # twice is asked only for what was under way
    assert len(asked) == len(without_interruption) + 2
    assert list(dict.fromkeys(asked)) == without_interruption


def test_processes_side_by_side_label_the_same() -> None:
    moves = itertools.islice(maker.candidates("late", 1), 6)
    tasks = [maker.Task(game, frozenset(["easy"])) for game in moves]
    assert list(maker.labelled(tasks, 2, {})) == list(maker.labelled(tasks, 1, {}))


def test_who_knows_the_scores_is_right_everywhere() -> None:
    measure = exact_measure(find_world("connect-four"))
    assert measure is not None
    perfect, wrong = measure(Knowing(best)), measure(Knowing(worst))
    assert perfect.pop("positions") == 2000
    assert {"kept_value_rate", "perfect_move_rate", "kept_late"} < set(perfect)
    assert set(perfect.values()) == {1}
    assert wrong["perfect_move_rate"] == 0 and 0 < wrong["kept_value_rate"] < 1


def test_keeping_the_value_and_the_best_move_are_told_apart() -> None:
    scores = [{0: 3, 1: 5, 2: 0, 3: -1}] * 4 + [{0: 0, 1: -2}, {0: -7, 1: -2}, {0: -7, 1: -2}]
    judged = judge(scores, [0, 1, 2, 4, 1, 0, 1])  # 4 is no legal move there
    assert judged[:, 0].tolist() == [True, True, False, False, False, True, True]
    assert judged[:, 1].tolist() == [False, True, False, False, False, False, True]
    assert rates(judged)["kept_value_rate"] == pytest.approx(4 / 7)


def test_a_subset_is_even_and_the_same_for_the_same_seed() -> None:
    for count in (1, 60, 1999):
        chosen = subset(count, seed=3)
        assert chosen == subset(count, seed=3) and len({at.moves for at in chosen}) == count
    counts = Counter((at.stage, at.difficulty) for at in subset(60, seed=3))
    assert set(counts.values()) == {10}
    assert subset(60, seed=3) != subset(60, seed=4)


def test_the_seat_in_a_percept_is_whose_turn_it_is() -> None:
    for position, percept in zip(
        connect_four()[::50], percepts_of(connect_four()[::50]), strict=True
    ):
        assert percept.player == len(position.moves) % 2
        assert percept.legal_actions == tuple(position.scores)


def test_classes_add_up_to_the_whole() -> None:
    agent = make_agent("random", find_world("connect-four"), 0)
    found = evaluate(find_world("connect-four"), agent, 2, seed=0)
    assert list(found["by_stage"]) == ["early", "middle", "late"]
    for rate in ("kept_value_rate", "perfect_move_rate"):
        for parts in (found["by_class"].values(), found["by_stage"].values()):
            assert sum(part["positions"] for part in parts) == found["positions"] == 2000
            total = sum(part[rate] * part["positions"] for part in parts)
            assert found[rate] == pytest.approx(total / 2000)
        low, high = found[f"{rate}_ci95"]
        assert low < found[rate] < high


def test_one_batch_or_one_by_one_is_the_same() -> None:
    console = Console(quiet=True)
    for choose in (best, worst):
        several, single = (
            evaluate_positions(CONNECT_FOUR, agent(choose), 120, 0, console)
            for agent in (Batched, Knowing)
        )
        assert several == single and several["positions"] == 120


def test_more_positions_than_there_are_is_a_mistake() -> None:
    agent = make_agent("random", find_world("connect-four"), 0)
    for count in (0, 2001):
        with pytest.raises(BadInput, match="1 to 2000"):
            evaluate(find_world("connect-four"), agent, 2, 0, positions=count)
    with pytest.raises(BadInput, match="not tictactoe"):
        run(Options("tictactoe", "random", positions=5))


@pytest.mark.parametrize(("rows", "cols", "k"), [(1, 13, 13), (13, 1, 13), (4, 5, 4)])
def test_a_late_position_has_stones_and_few_free_cells(rows: int, cols: int, k: int) -> None:
    rules = KInARow(rows, cols, k, gravity=True)
    position = random_position(rules, np.random.default_rng(0))
    assert position is not None and not rules.over(*position)
    free = rows * cols - (position[0] | position[1]).bit_count()
    assert free == empty_cells(rules) < rows * cols


@pytest.mark.parametrize("k", [2, 3])
def test_where_games_end_early_there_are_no_late_positions(k: int) -> None:
    world = find_world(f"kinarow:rows=7,cols=7,k={k}")
    agent = make_agent("random", world, 0)
    found = evaluate(world, agent, 2, seed=0)
    assert "mean_return" in found and "positions" not in found
    with pytest.raises(BadInput, match="--positions: the games of this board end before only 9"):
        evaluate(world, agent, 2, seed=0, positions=5)


def test_a_training_tells_how_often_the_value_is_kept(workshop: Workshop) -> None:
    few = ["--steps", 600, "--run", "run", "--device", "cpu", "--stop-at", "kept_value_rate=0.99"]
    done = workshop("train", "dqn", "connect-four", *few)
    assert "keeps the win or draw in" in done.stderr and "of 2,000 positions" in done.stderr
