"""Duel: a gridworld for two who move at the same time. A Gymnasium face of `envs.rules.duel`."""

from __future__ import annotations

from operator import index
from typing import Any

import gymnasium as gym
import numpy as np

from envs.board import Opponent, Seat, check_choices
from envs.drawing.rendering import Renderer, render_modes
from envs.names import BadInput
from envs.percept import Percept, freeze
from envs.rules.cells import ACTIONS
from envs.rules.duel import Duel


def make_duel(rows: int, cols: int, starts: str, obstacles: int) -> Duel:
    """The rules of an arena.

    Raises:
        BadInput: there is no such arena.
    """
    try:
        return Duel(index(rows), index(cols), str(starts), index(obstacles))
    except TypeError:
        raise BadInput(
            f"rows, cols and obstacles are whole numbers, not {rows}, {cols}, {obstacles}"
        ) from None
    except ValueError as error:
        raise BadInput(str(error)) from None


class DuelEnv(gym.Env[np.ndarray, Any]):
    """One light-cycle against an opponent's, or both.

    Description:
        Two light-cycles on one grid move at the same time, each leaving a wall in every cell it
        has been to. Whoever drives into a wall loses; if both do in the same move, or meet in
        one cell, it is a draw.

    Action space:
        `Discrete(4)`: 0 up, 1 right, 2 down, 3 left. All four are always legal; turning back is
        driving into one's own wall.

    Observation space:
        `MultiBinary((3, rows + 2, cols + 2))`: walls, the player's own head, the other's head; the
        border of walls is part of it.

    Rewards:
        +1 for a win, -1 for a loss, 0 else, from the learner's side.

    Episode end:
        Terminated when somebody has crashed. Never truncated.

    Arguments:
        rows, cols: the arena without its border.
        starts: `facing`, `corners` or `random`; always symmetric about the centre.
        obstacles: walls inside the arena, an even number, at random and symmetric.
        seat: `first`, `second`, `random` (drawn at every reset), or `both`: whoever calls `step`
            plays both sides in turn. The first player's move is then kept until the second
            player, who does not see it, has chosen too; rewards are those of whoever moved.
        opponent: a callable from percept to action; None: uniformly random.
        render_mode: `human`, `rgb_array` or `ansi`.
        theme: `light` or `dark`.

    Info:
        Nothing: every action is legal everywhere.

    Version history:
        v0: first.
    """

    metadata = render_modes(fps=6)
    plane_names = ("walls", "my head", "their head")
    """What each plane of an observation shows."""

    def __init__(
        self,
        rows: int = 11,
        cols: int = 11,
        starts: str = "facing",
        obstacles: int = 0,
        seat: Seat = "random",
        opponent: Opponent | None = None,
        render_mode: str | None = None,
        theme: str = "light",
    ) -> None:
        check_choices(seat, "lose")
        self.duel = make_duel(rows, cols, starts, obstacles)
        self.seat, self.opponent = seat, opponent
        self.value_sign = -1 if seat == "both" else 1
        """The sign of the next percept's value: -1 where it is the opponent's."""
        shape = (3, self.duel.rows + 2, self.duel.width)
        self.observation_space = gym.spaces.MultiBinary(shape)
        self.action_space = gym.spaces.Discrete(len(ACTIONS))
        self.render_mode = render_mode
        self._renderer = Renderer(self, theme)
        self.learner = 0
        """The seat that `step` plays; with `seat="both"`, player 0."""
        self._begin(np.random.default_rng(0))

    def _begin(self, rng: np.random.Generator) -> None:
        arena = self.duel.arena(rng)
        self.walls = bytearray(arena.walls.tobytes())
        self.heads = arena.heads
        self.trails = [[head] for head in arena.heads]
        """The cells each player has been to, the current one last."""
        self.crashed = (False, False)
        self.over = False
        self.player = 0
        """Whose move is awaited; 0 unless `seat="both"` has player 0's move already."""
        self._kept: int | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """A new arena."""
        super().reset(seed=seed)
        self._begin(self.np_random)
        if self.seat == "random":
            self.learner = int(self.np_random.integers(2))
        else:
            self.learner = int(self.seat == "second")
        if self.render_mode == "human":
            self.render()
        return self._observation(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """One move of both; with `seat="both"`, the move of the one whose turn it is."""
        if self.over:
            raise ValueError("the game is over; call reset()")
        action = int(action)
        if not 0 <= action < len(ACTIONS):
            raise ValueError(f"there is no action {action}; legal: 0, 1, 2, 3")
        mover = self._mover
        if self.seat == "both" and self._kept is None:
            self._kept, self.player = action, 1
        else:
            other = self._opponent_action() if self._kept is None else self._kept
            self._move((action, other) if mover == 0 else (other, action))
        reward = float(self.crashed[1 - mover] - self.crashed[mover])
        if self.render_mode == "human":
            self.render()
        return self._observation(), reward, self.over, False, {}

    @property
    def _mover(self) -> int:
        """The seat that `step` moves next."""
        return self.player if self.seat == "both" else self.learner

    def _opponent_action(self) -> int:
        if self.opponent is None:
            return int(self.np_random.integers(len(ACTIONS)))
        action = int(self.opponent(self.percept(1 - self.learner)))
        if not 0 <= action < len(ACTIONS):
            raise ValueError(f"the opponent's move: there is no action {action}")
        return action

    def _move(self, actions: tuple[int, int]) -> None:
        self.heads, crashed = self.duel.step(self.walls, self.heads, actions)
        self.crashed = bool(crashed[0]), bool(crashed[1])
        self.over = any(self.crashed)
        for trail, head in zip(self.trails, self.heads, strict=True):
            trail.append(head)
        self._kept, self.player = None, 0

    def _observation(self) -> np.ndarray:
        return self.planes(self._mover)

    def planes(self, player: int) -> np.ndarray:
        """int8 (3, rows + 2, cols + 2): what `player` sees."""
        seen = np.zeros((3, self.duel.cells), np.int8)
        seen[0] = np.frombuffer(self.walls, np.int8)
        seen[1, self.heads[player]] = 1
        seen[2, self.heads[1 - player]] = 1
        return seen.reshape(3, -1, self.duel.width)

    def action_masks(self) -> np.ndarray:
        """bool (4,): every direction is always allowed (the name SB3's maskable agents ask for)."""
        return np.full(len(ACTIONS), not self.over)

    def percept(self, player: int | None = None) -> Percept:
        """What `player` perceives (default: the one that `step` moves next)."""
        seat = self._mover if player is None else player
        mask = freeze(self.action_masks())
        legal = () if self.over else tuple(range(len(ACTIONS)))
        return Percept(freeze(self.planes(seat)), mask, legal, seat, None)

    def ansi(self) -> str:
        """The arena as text: walls #, trails a and b, heads A and B."""
        symbols = np.where(self.duel.border == 1, "#", ".")
        symbols[np.frombuffer(self.walls, np.int8) > self.duel.border] = "#"
        for letter, trail in zip("ab", self.trails, strict=True):
            symbols[trail] = letter
            symbols[trail[-1]] = letter.upper()
        return "\n".join(" ".join(row) for row in symbols.reshape(-1, self.duel.width))

    def render(self) -> Any:
        """A frame, or text, as `render_mode` asks."""
        return self._renderer.render()

    def close(self) -> None:
        """Closes the window, if one is open."""
        self._renderer.close()
