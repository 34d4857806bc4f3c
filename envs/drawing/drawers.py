"""Which drawer draws which world, and what every drawer can do."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from envs.drawing.canvas import Box, Canvas


class Drawer(Protocol):
    """Draws one world."""

    moved: float
    """How much of the last move's way is done, from 0 to 1."""

    def draw(
        self,
        canvas: Canvas,
        box: Box,
        scores: np.ndarray | None = None,
        field: np.ndarray | None = None,
        shares: bool = False,
    ) -> None:
        """Draws the world into `box`.

        Args:
            scores: (actions,), how the agent rates its actions here; NaN: not rated.
            field: (states, actions), how it rates them in every state, where there are states.
            shares: whether these are shares of a whole: written in percent, drawn as a policy.
        """

    def action_at(self, box: Box, x: float, y: float) -> int | None:
        """The action a click at (x, y) stands for, if any."""


def drawer_for(env: Any) -> Drawer:
    """The drawer of a world; one that shows Gymnasium's own frames for any other env."""
    from envs.board import BoardEnv
    from envs.drawing.board import BoardDrawer
    from envs.drawing.duel import DuelDrawer
    from envs.drawing.gridworld import GridDrawer
    from envs.duel import DuelEnv
    from envs.gridworld import GridWorldEnv

    world = env.unwrapped
    if isinstance(world, BoardEnv):
        return BoardDrawer(world)
    if isinstance(world, GridWorldEnv):
        return GridDrawer(world)
    if isinstance(world, DuelEnv):
        return DuelDrawer(world)
    return FrameDrawer(env)


class FrameDrawer:
    """Shows what `env.render()` returns, for worlds that are not ours."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.moved = 1.0

    def draw(
        self,
        canvas: Canvas,
        box: Box,
        scores: np.ndarray | None = None,
        field: np.ndarray | None = None,
        shares: bool = False,
    ) -> None:
        """The env's own frame."""
        canvas.picture(np.asarray(self.env.render()), box)

    def action_at(self, box: Box, x: float, y: float) -> int | None:
        """Nothing to click on."""
        return None
