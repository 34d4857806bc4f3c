"""A perceptron that imitates minimax: one layer of weights, corrected only where it chose wrong.

    w[wanted] += x
    w[chosen] -= x      only if the action chosen, argmax_a w[a] . x, is none of minimax's best

`x` are the inputs: what is on the board, and a 1 for the bias. `wanted` is the one of minimax's
best moves that the weights rate highest. No reward is used: this is learning from a teacher. If
some weights rate every best move above every other by a margin gamma, no more than 2 (R / gamma)^2
corrections are ever made (R: the longest x; all weights together of length 1). If none do, the
weights never come to rest: so the agent plays by their mean over all steps.

One layer adds up what it is given. "Two stones on one line" is no sum of cells; but a pair of cells
says it, and so does a count on a line. `workshop train perceptron tictactoe --seeds 5 --features F`
comes to so many best moves in all 4,520 positions (random: 58.0 %), the lowest and highest seed:

    F = cells    19 inputs   70.51 to 70.82 %   beatable in 5 of 5
    F = pairs   172 inputs   99.76 to 99.85 %   unbeatable in 5 of 5
    F = lines    83 inputs   98.98 to 99.20 %   unbeatable in 5 of 5

Sources: F. Rosenblatt, "The Perceptron", 1958; A. Novikoff, "On Convergence Proofs on
Perceptrons", 1962; M. Minsky and S. Papert, "Perceptrons", 1969 (what one layer cannot see);
R. Duda and P. Hart, "Pattern Classification and Scene Analysis", 1973 (many classes); Y. Freund and
R. Schapire, "Large Margin Classification Using the Perceptron Algorithm", 1999 (the mean).

Deviations: several moves can be right; only legal moves compete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from safetensors.numpy import load_file, save_file

from agents.agent import Agent, Thoughts
from agents.line_count import LineCount
from agents.minimax import Search
from agents.planning import SavedArray
from agents.table import NumpyRandom
from agents.training import Counters, Part, Progress, check_settings, restore
from envs.names import BadInput, nearest
from envs.percept import Percept, perceive
from envs.replayable import ReplayableEnv
from envs.rules.kinarow import KInARow
from envs.worlds import World

Features = Literal["cells", "pairs", "lines"]
FEATURES = get_args(Features)


@dataclass(frozen=True)
class Config:
    """Settings of the perceptron."""

    steps: int = 50_000
    """Positions to learn from: random legal moves lead from one to the next."""
    features: Features = "cells"
    """What it sees: cells: whose stone is where; pairs: also which two stones there are together;
    lines: also how many stones of either player there are on each line."""
    depth: int = 4
    """Plies that minimax, the teacher, looks ahead; as many as there are cells: to the end."""

    def __post_init__(self) -> None:
        check_settings(self)
        if self.features not in FEATURES:
            raise BadInput(f"no features {self.features!r}; {nearest(self.features, FEATURES)}")


TUNED: dict[str, dict[str, Any]] = {}
"""Settings that differ from the defaults for worlds we have tried."""
SMALL = 12
"""On boards of up to so many cells the teacher looks ahead to the end."""
ROUNDING = 1e-9
"""Minimax values nearer than this are equal."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    cells = world.rules.rows * world.rules.cols if world.rules else 0
    to_the_end = {"depth": cells} if 0 < cells <= SMALL else {}
    return replace(Config(), **{**to_the_end, **TUNED.get(world.id, {})})


class Inputs:
    """From what is seen of a board to the inputs of a single layer."""

    def __init__(self, rules: KInARow, features: Features) -> None:
        self.features = features
        self._pairs = np.triu_indices(2 * rules.rows * rules.cols, 1)
        lines = [(rules.cell_bits & line).ravel() != 0 for line in LineCount(rules).lines]
        self._on_line = np.array(lines, float).T  # (cells, lines)
        # a count as a number would only be a sum of cells: so it is one input for every count
        self._counts = [c for c in np.ndindex(rules.k, rules.k) if sum(c) <= rules.k]
        self.count = self(np.zeros((1, 2, rules.rows, rules.cols), np.int8)).shape[1]

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """(n, 2, rows, cols) -> float (n, inputs), all of them 0 or 1."""
        cells = observations.reshape(len(observations), -1).astype(float)
        parts = [np.ones((len(cells), 1)), cells]
        if self.features == "pairs":
            one, other = self._pairs
            parts.append(cells[:, one] * cells[:, other])
        if self.features == "lines":
            mine, theirs = (half @ self._on_line for half in np.split(cells, 2, axis=1))
            parts += [(mine == m) & (theirs == t) for m, t in self._counts]  # (n, lines) each
        return np.concatenate(parts, axis=1)


class PerceptronAgent(Agent):
    """Plays the legal action of highest score, the first of equals.

    Raises:
        BadInput: the world is no board game: its teacher plays nothing else.
    """

    def __init__(self, world: World, config: Config, seed: int | None = None) -> None:
        if world.rules is None:
            raise BadInput(f"perceptron imitates minimax on boards; {world.name} is none")
        self.inputs = Inputs(world.rules, config.features)
        # the sum and not the mean: whole numbers add up alike in any order, so that a batch of
        # percepts gets the answers that each gets alone
        self.summed = np.zeros((world.action_count, self.inputs.count))
        """The weights of every step so far, added up: (actions, inputs)."""
        self.steps = np.zeros(1, np.int64)
        """How many."""

    def act(self, percept: Percept) -> int:
        """The best legal action."""
        return self.act_many([percept])[0]

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """The best legal action for each percept."""
        masks = np.stack([percept.action_mask for percept in percepts])
        actions = np.where(masks, self._scores(percepts), -np.inf).argmax(1)
        return [int(action) for action in actions]

    def think(self, percept: Percept) -> Thoughts:
        """The score of each legal action."""
        scores = self._scores([percept])[0] / max(1, int(self.steps[0]))
        seen = f"one layer, {self.inputs.count} inputs: {self.inputs.features}"
        return Thoughts(np.where(percept.action_mask, scores, np.nan), "score", seen)

    def _scores(self, percepts: list[Percept]) -> np.ndarray:
        """What the mean weights say, times `steps`: (n, actions)."""
        return self.inputs(np.stack([p.observation for p in percepts])) @ self.summed.T

    def save(self, path: Path) -> None:
        """Writes the weights."""
        save_file({"summed": self.summed, "steps": self.steps}, path)

    def load(self, path: Path) -> None:
        """Reads the weights."""
        arrays = load_file(path)
        self.summed[:], self.steps[:] = arrays["summed"], arrays["steps"]


def correction(
    weights: np.ndarray, inputs: np.ndarray, legal: tuple[int, ...], best: tuple[int, ...]
) -> np.ndarray | None:
    """What one example changes: (actions, inputs) to add to the weights; None: the choice is right.

    Args:
        weights: (actions, inputs).
        inputs: (inputs,).
        legal: the actions that compete.
        best: those of them that are right.
    """
    scores = (weights @ inputs).tolist()
    chosen, wanted = (max(actions, key=scores.__getitem__) for actions in (legal, best))
    if chosen in best:
        return None
    change = np.zeros_like(weights)
    change[wanted] = inputs
    change[chosen] = -inputs
    return change


def best_moves(teacher: Search, board: np.ndarray) -> tuple[int, ...]:
    """The moves that the teacher would choose among, in rising order."""
    values = teacher.values(*teacher.rules.from_board(board))
    highest = max(values.values())
    return tuple(sorted(a for a, value in values.items() if value > highest - ROUNDING))


class Examples(Counters):
    """How far training is, and how many examples were wrong since the last report."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = self.mistakes = 0


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: PerceptronAgent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Learns in one world, one position at a time.

    Args:
        env: one board, both of whose seats are played, seeded episode by episode.
        device: unused: the weights live on the CPU.
        agent: receives what is learned.
        state: where an earlier call stopped; None: from the start.
    """
    rules: KInARow = env.unwrapped.rules  # type: ignore[attr-defined]
    teacher = Search(rules, config.depth, LineCount(rules))
    random = NumpyRandom(seed)
    weights = np.zeros_like(agent.summed)
    at = Examples()
    parts: dict[str, Part] = {
        "env": env,
        "random": random,
        "weights": SavedArray(weights),
        "summed": SavedArray(agent.summed),
        "at": at,
    }
    if state is None:
        env.reset()
    restore(parts, state)
    draw = random.generator
    percept = perceive(env, *env.now)

    while at.step < config.steps:
        assert percept.board is not None
        best, legal = best_moves(teacher, percept.board), percept.legal_actions
        inputs = agent.inputs(percept.observation[None])[0]
        change = correction(weights, inputs, legal, best)
        if change is not None:
            weights += change
        agent.summed += weights

        _, _, terminated, truncated, _ = env.step(legal[int(draw.random() * len(legal))])
        if terminated or truncated:
            env.reset()
        percept = perceive(env, *env.now)
        at.mistakes += change is not None
        at.seen += 1
        at.step += 1
        if at.step % 500 == 0 or at.step == config.steps:
            agent.steps[0] = at.step
            metrics = {"mistake_rate": at.mistakes / at.seen}
            at.mistakes = at.seen = 0
            yield Progress(at.step, metrics, agent, parts)
