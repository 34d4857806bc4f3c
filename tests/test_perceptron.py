"""A single layer that imitates minimax: Rosenblatt's rule, Novikoff's bound, what it can see."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Workshop
from hypothesis import given, settings
from hypothesis import strategies as some

from agents.agent import load_agent, make_agent, save_agent
from agents.line_count import LineCount
from agents.minimax import Search
from agents.perceptron import (
    Config,
    Features,
    Inputs,
    PerceptronAgent,
    best_moves,
    config_for,
    correction,
    train,
)
from agents.training import Progress
from envs.board import BoardEnv, board_percept
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.rules.solution import Solution
from envs.worlds import find_world
from workshop.session import Session
from workshop.truth import exact_measure

SOLUTION = Solution(TIC_TAC_TOE)
LINES = [
    *([(row, col) for col in range(3)] for row in range(3)),
    *([(row, col) for row in range(3)] for col in range(3)),
    [(0, 0), (1, 1), (2, 2)],
    [(0, 2), (1, 1), (2, 0)],
]


def start(
    features: Features, world_name: str = "tictactoe", seed: int = 0, state: Any = None, **more: int
) -> Iterator[Progress]:
    """The generator of a training on a fresh world."""
    world = find_world(world_name)
    config = replace(config_for(world), features=features, **more)
    agent = PerceptronAgent(world, config)
    return train(config, world.make_for_training(seed), "cpu", seed, agent, state)


def trained(features: Features, steps: int, seed: int = 0) -> Progress:
    return list(start(features, seed=seed, steps=steps))[-1]


def rate(report: Progress) -> float:
    """In which share of the 4,520 positions it plays a best move; at random in 58.0 %."""
    measure = exact_measure(find_world("tictactoe"))
    assert measure is not None
    found: float = measure(report.agent)["optimal_action_rate"]
    return found


def percepts(rules: KInARow, positions: list[tuple[int, int]]) -> list[Percept]:
    return [board_percept(rules, *stones, sum(stones).bit_count() % 2) for stones in positions]


def learn(
    inputs: np.ndarray, right: np.ndarray, classes: int, passes: int
) -> tuple[np.ndarray, int]:
    """Goes over examples again and again; the weights, and how many corrections there were.

    Args:
        inputs: (examples, inputs).
        right: int (examples,).
        passes: at most so many; it ends after the first without a correction.
    """
    weights, corrections = np.zeros((classes, inputs.shape[1])), 0
    for _ in range(passes):
        before = corrections
        for x, answer in zip(inputs, right.tolist(), strict=True):
            change = correction(weights, x, tuple(range(classes)), (answer,))
            if change is not None:
                weights, corrections = weights + change, corrections + 1
        if corrections == before:
            break
    return weights, corrections


def test_a_correction_by_hand() -> None:
    """Scores 5, 3, 1, 9; the last is illegal. Right are 1 and 2, and 1 is rated higher."""
    weights, x = np.array([[5.0, 0.0], [3.0, 0.0], [0.0, 0.5], [9.0, 0.0]]), np.array([1.0, 2.0])
    change = correction(weights, x, (0, 1, 2), (1, 2))
    assert change is not None
    assert change.tolist() == [[-1, -2], [1, 2], [0, 0], [0, 0]]
    assert weights[0].tolist() == [5, 0]  # nothing is done to the weights themselves


def test_what_is_right_is_left_alone_whichever_of_the_best_it_is() -> None:
    weights, x = np.array([[5.0], [3.0], [1.0]]), np.array([1.0])
    assert correction(weights, x, (0, 1, 2), (0, 2)) is None
    assert correction(weights[::-1], x, (0, 1, 2), (0, 2)) is None
    assert correction(weights, x, (1, 2), (1,)) is None


def test_two_classes_are_rosenblatts_perceptron() -> None:
    """Textbook: where y (w . x) <= 0, w += y x. Ours: the difference of both rows, halved."""
    draw = np.random.default_rng(0)
    textbook, ours, mistakes = np.zeros(4), np.zeros((2, 4)), 0
    for _ in range(300):
        x = np.append(draw.integers(-5, 6, 3), 1.0)
        y = 1 if x[:3].sum() + draw.normal() > 0 else -1
        if y * (textbook @ x) < 0 or (textbook @ x == 0 and y > 0):  # a tie counts as class 0
            textbook, mistakes = textbook + y * x, mistakes + 1
        change = correction(ours, x, (0, 1), (int(y > 0),))
        ours = ours if change is None else ours + change
        assert ((ours[1] - ours[0]) / 2).tolist() == textbook.tolist()
    assert mistakes > 20


@settings(deadline=None)
@given(seed=some.integers(0, 2**32 - 1), classes=some.integers(2, 5), size=some.integers(1, 6))
def test_no_more_corrections_than_novikoff_allows(seed: int, classes: int, size: int) -> None:
    """Duda & Hart 1973, Kesler's construction: 2 (R / gamma)^2; of two classes (R / gamma)^2."""
    draw = np.random.default_rng(seed)
    perfect = draw.normal(size=(classes, size))
    perfect /= np.linalg.norm(perfect)
    inputs = draw.normal(size=(60, size))
    scores = np.sort(inputs @ perfect.T, axis=1)
    inputs = inputs[scores[:, -1] - scores[:, -2] > 0.1]
    if not len(inputs):
        return
    scores = inputs @ perfect.T
    right, ordered = scores.argmax(1), np.sort(scores, axis=1)
    gamma = float((ordered[:, -1] - ordered[:, -2]).min())
    longest = float(np.linalg.norm(inputs, axis=1).max())
    bound = 2 * (longest / gamma) ** 2
    if classes == 2:  # the theorem in its first form, of one weight vector of length 1
        one = (perfect[1] - perfect[0]) / np.linalg.norm(perfect[1] - perfect[0])
        bound = (longest / float(np.abs(inputs @ one).min())) ** 2
    weights, corrections = learn(inputs, right, classes, passes=int(bound) + 2)
    assert corrections <= bound
    assert (inputs @ weights.T).argmax(1).tolist() == right.tolist()


def test_no_layer_learns_exclusive_or_until_it_is_given_the_product() -> None:
    """Minsky & Papert 1969."""
    cells = np.array([[1.0, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]])
    right = np.array([0, 1, 1, 0])
    _, corrections = learn(cells, right, 2, passes=500)
    assert corrections >= 500  # one at least in every pass
    _, corrections = learn(np.c_[cells, cells[:, 1] * cells[:, 2]], right, 2, passes=500)
    assert corrections < 50


def test_the_inputs_in_every_position_of_tic_tac_toe() -> None:
    seen = percepts(TIC_TAC_TOE, list(SOLUTION.best))
    observations = np.stack([percept.observation for percept in seen])
    cells, pairs, lines = (
        Inputs(TIC_TAC_TOE, features)(observations) for features in ("cells", "pairs", "lines")
    )
    assert [part.shape[1] for part in (cells, pairs, lines)] == [1 + 18, 1 + 18 + 153, 1 + 18 + 64]
    for percept, of_cells, of_pairs, of_lines in zip(seen, cells, pairs, lines, strict=True):
        board = percept.board
        assert board is not None
        expected = [1, *(board == 1).ravel(), *(board == -1).ravel()]
        assert of_cells.tolist() == expected
        stones = int((board != 0).sum())
        assert of_pairs[19:].sum() == stones * (stones - 1) / 2
        on_lines = [[board[cell] for cell in line] for line in LINES]
        for count in ((0, 0), (2, 0), (0, 2), (1, 1), (2, 1)):
            fitting = [line for line in on_lines if (line.count(1), line.count(-1)) == count]
            at = [(m, t) for m in range(3) for t in range(3) if m + t <= 3].index(count)
            assert of_lines[19 + 8 * at : 27 + 8 * at].sum() == len(fitting)
    assert (lines[:, 19:].sum(1) == 8).all()  # every line has one count


def test_the_teacher_shows_what_minimax_would_play_and_only_best_moves() -> None:
    teacher = Search(TIC_TAC_TOE, 9, LineCount(TIC_TAC_TOE))
    minimax = make_agent("minimax", find_world("tictactoe"))
    several = 0
    for position, percept in zip(
        SOLUTION.best, percepts(TIC_TAC_TOE, list(SOLUTION.best)), strict=True
    ):
        assert percept.board is not None
        best = best_moves(teacher, percept.board)
        assert set(best) <= set(SOLUTION.best[position])
        assert minimax.act(percept) in best
        several += len(best) > 1
    assert several > 1000


def test_one_layer_on_cells_beats_random_play_and_sees_no_lines() -> None:
    reports = [trained("cells", 10_000, seed) for seed in range(3)]
    assert all(0.65 < rate(report) < 0.75 for report in reports)  # at random 0.58


@pytest.mark.parametrize("features", ["pairs", "lines"])
def test_the_same_layer_sees_lines_if_it_is_given_them(features: Features) -> None:
    assert rate(trained(features, 10_000)) > 0.95


def test_pairs_become_unbeatable_with_the_default_steps() -> None:
    report = list(start("pairs"))[-1]
    measure = exact_measure(find_world("tictactoe"))
    assert measure is not None
    found = measure(report.agent)
    assert report.step == 50_000 and found["unbeatable"] and found["optimal_action_rate"] > 0.99
    assert report.metrics["mistake_rate"] < 0.03


def test_the_mean_plays_better_than_the_last_weights() -> None:
    report = trained("cells", 20_000)
    mean = rate(report)
    agent: Any = report.agent
    agent.summed[:] = report.parts["weights"].array  # type: ignore[attr-defined]
    assert mean > rate(report) + 0.02


def test_the_agent_plays_by_the_mean_of_the_weights_after_every_step() -> None:
    """The first 500 steps with one report, and the same one step at a time."""
    whole: Any = next(start("cells", steps=500)).agent
    total = np.zeros_like(whole.summed)
    state = None
    for step in range(1, 501):
        report = next(start("cells", steps=step, state=state))
        assert report.step == step
        state = states(report)
        total += report.parts["weights"].array  # type: ignore[attr-defined]
    assert total.tolist() == whole.summed.tolist()
    percept = percepts(TIC_TAC_TOE, [(0, 0)])[0]
    thoughts = whole.think(percept)
    assert thoughts.scores == pytest.approx(total[:, 0] / 500)  # an empty board: the bias alone


@pytest.mark.parametrize("features", ["cells", "pairs", "lines"])
def test_no_illegal_move_is_ever_played(
    features: Features, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: BoardEnv, action: int) -> float:
        raise AssertionError(self.why_illegal(action))

    monkeypatch.setattr(BoardEnv, "_refuse", refuse)
    agent = trained(features, 1_000).agent
    seen = percepts(TIC_TAC_TOE, list(SOLUTION.best))
    actions = agent.act_many(seen)
    assert all(a in p.legal_actions for a, p in zip(actions, seen, strict=True))
    assert actions[::7] == [agent.act(percept) for percept in seen[::7]]
    for action, percept in zip(actions[:200], seen, strict=False):
        thoughts = agent.think(percept)
        assert thoughts is not None and thoughts.best == action
        assert np.isnan(thoughts.scores).tolist() == (~percept.action_mask).tolist()


@pytest.mark.parametrize("world", ["connect-four", "misere-tictactoe", "kinarow:rows=3,cols=5,k=3"])
@pytest.mark.parametrize("features", ["cells", "pairs", "lines"])
def test_it_learns_on_every_board(features: Features, world: str) -> None:
    report = next(start(features, world, steps=40, depth=2))
    agent: Any = report.agent
    assert report.step == 40 and 0 < report.metrics["mistake_rate"] < 1
    assert agent.summed.any()


def test_connect_four_has_69_lines() -> None:
    inputs = Inputs(CONNECT_FOUR, "lines")
    assert inputs.count == 1 + 84 + 69 * 13  # up to 3 stones of each, and 4 together
    assert Inputs(CONNECT_FOUR, "pairs").count == 1 + 84 + 84 * 83 // 2


def test_small_boards_are_looked_through_to_the_end_and_large_ones_are_not() -> None:
    assert config_for(find_world("tictactoe")).depth == 9
    assert config_for(find_world("kinarow:rows=3,cols=4,k=3")).depth == 12
    assert config_for(find_world("connect-four")).depth == 4


@pytest.mark.parametrize("world", ["gridworld", "duel", "CartPole-v1"])
def test_it_learns_boards_alone(world: str) -> None:
    with pytest.raises(BadInput, match=f"imitates minimax on boards; {world} is none"):
        start("cells", world)


def test_settings_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(BadInput, match="no features 'line'; did you mean 'lines'?"):
        Config(features="line")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="--depth must be at least 1, not 0"):
        Config(depth=0)


@pytest.mark.parametrize("features", ["cells", "lines"])
def test_stopped_and_resumed_equals_never_stopped(features: Features) -> None:
    whole = start(features, steps=2_700)
    for _ in range(3):
        saved = io.BytesIO()
        torch.save(states(next(whole)), saved)
    saved.seek(0)
    state = torch.load(saved, weights_only=True)
    rest, broken = list(whole), list(start(features, steps=2_700, state=state))
    assert [(report.step, report.metrics) for report in rest] == [
        (report.step, report.metrics) for report in broken
    ]
    assert [report.step for report in rest] == [2_000, 2_500, 2_700]
    assert repr(states(rest[-1])) == repr(states(broken[-1]))
    for name in ("weights", "summed"):
        ones, others = (
            report.parts[name].state_dict()["array"] for report in (rest[-1], broken[-1])
        )
        assert ones.numpy().tobytes() == others.numpy().tobytes()


def states(report: Progress) -> dict[str, Any]:
    return {name: part.state_dict() for name, part in report.parts.items()}


def test_what_is_saved_plays_and_thinks_the_same(tmp_path: Path) -> None:
    world, agent = find_world("tictactoe"), trained("lines", 1_000).agent
    config = {"steps": 1_000, "features": "lines", "depth": 9}
    about = {"algorithm": "perceptron", "world": "tictactoe", "config": config}
    save_agent(agent, tmp_path, about)
    read, seen = load_agent(tmp_path, world), percepts(TIC_TAC_TOE, list(SOLUTION.best))
    assert read.act_many(seen) == agent.act_many(seen)
    ours, theirs = agent.think(seen[0]), read.think(seen[0])
    assert ours is not None and theirs is not None
    assert ours.scores.tobytes() == theirs.scores.tobytes()


def test_its_scores_are_not_drawn_as_the_value_of_a_game() -> None:
    world = find_world("tictactoe")
    drawn = {}
    for name, agent in (("ours", trained("pairs", 500).agent), ("minimax", None)):
        mind = agent or make_agent(name, world)
        session = Session(world, [mind, make_agent("random", world, 0)], [name, "random"], seed=0)
        while session.advance() and not session.over:
            pass
        drawn[name] = len(session.values)
    assert drawn["ours"] == 0 < drawn["minimax"]


def test_it_goes_through_the_command_line(workshop: Workshop, tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = ("--steps", 5_000, "--features", "lines", "--run", run)
    result = workshop("train", "perceptron", "tictactoe", *options)
    assert result.returncode == 0, result.stderr
    found = workshop("evaluate", "tictactoe", run, "--json")
    assert json.loads(found.stdout)["optimal_action_rate"] > 0.9
    result = workshop("train", "perceptron", "gridworld")
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
