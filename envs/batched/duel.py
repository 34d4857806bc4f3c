"""A batch of duels: the walls of all arenas in one tensor."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor

from envs.batched.world import BatchedWorld, BatchOpponent
from envs.board import Seat, check_choices
from envs.duel import make_duel
from envs.rules.cells import ACTIONS


class BatchedDuel(BatchedWorld):
    """A batch of duels; see `envs.duel.DuelEnv` for the arguments they share.

    Args:
        num_envs: how many arenas.
        opponent: from observations and masks of a batch to actions; None: uniformly random.
        pool: where arenas vary, how many of them `reset(seed=...)` draws; every new game takes
            one of these, so that no step waits for the host.
        device: where the tensors live; None: NumPy arrays.

    An observation is the world's own tensor, never changed by later steps: read it, do not write.
    With `seat="both"` all games are in the same half of a move: all first players, then all second.
    """

    _state = ("planes", "mine", "theirs", "kept")

    def __init__(
        self,
        num_envs: int = 1,
        rows: int = 11,
        cols: int = 11,
        starts: str = "facing",
        obstacles: int = 0,
        seat: Seat = "random",
        opponent: BatchOpponent | None = None,
        pool: int = 256,
        device: str | torch.device | None = None,
    ) -> None:
        check_choices(seat, "lose")
        self.duel = make_duel(rows, cols, starts, obstacles)
        self.seat, self.opponent, self.pool = seat, opponent, pool
        self.value_sign = -1 if seat == "both" else 1
        shape = (3, self.duel.rows + 2, self.duel.width)
        super().__init__(
            num_envs, device, gym.spaces.MultiBinary(shape), gym.spaces.Discrete(len(ACTIONS))
        )
        self._offsets = torch.arange(num_envs, device=self.device) * 3 * self.duel.cells
        self._swap = torch.tensor([0, 2, 1], device=self.device)
        self._second = torch.tensor(seat == "second", device=self.device)
        self.chances = 3 if self.duel.varies else 2  # an opponent's move, a seat, an arena
        self.half = 0
        """With `seat="both"`: whose move is awaited."""
        self.kept = torch.zeros(num_envs, dtype=torch.int64, device=self.device)
        self.restart(0)

    def _draw_pool(self, seed: int) -> None:
        """The arenas of new games: walls int8 (pool, cells), heads int64 (pool, 2)."""
        rng = np.random.default_rng(seed)
        count = self.pool if self.duel.varies else 1
        walls, heads = zip(*(self.duel.arena(rng) for _ in range(count)), strict=True)
        self._walls = torch.as_tensor(np.stack(walls), device=self.device)
        self._heads = torch.as_tensor(np.array(heads), device=self.device)

    def state_dict(self) -> dict[str, Any]:
        """Where every game stands, and the random generator."""
        return {**super().state_dict(), "half": torch.tensor(self.half)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from what `state_dict` returned."""
        super().load_state_dict(state)
        self.half = int(state["half"])

    def restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        """New games everywhere, in new arenas if there is a seed."""
        if seed is not None:
            self._draw_pool(seed)
        self.half = 0
        every = torch.ones(self.num_envs, dtype=torch.bool, device=self.device)
        nothing = torch.zeros((self.num_envs, 3, self.duel.cells), dtype=torch.int8)
        self.mine = self.theirs = torch.zeros_like(self._offsets)
        self._start_over(nothing.to(self.device), every, self._draw_chances())
        return self.percepts()

    def _start_over(self, planes: Tensor, over: Tensor, chances: Tensor) -> None:
        """Goes on with `planes`, and with new games where the old ones are `over`."""
        walls, heads = self._walls, self._heads
        if len(walls) > 1:
            draws = (chances[2] * len(walls)).long()
            walls, heads = walls.index_select(0, draws), heads.index_select(0, draws)
        first, second = heads[:, 0] + self._offsets, heads[:, 1] + self._offsets
        swap = chances[1] < 0.5 if self.seat == "random" else self._second
        self.mine = torch.where(over, torch.where(swap, second, first), self.mine)
        self.theirs = torch.where(over, torch.where(swap, first, second), self.theirs)
        new = over.to(torch.int8)[:, None]
        self.planes = planes & (new - 1)[:, None]  # masking bytes is faster than torch.where
        self.planes[:, 0] |= walls & -new
        flat, cells = self.planes.view(-1), self.duel.cells
        flat[self.mine + cells] = 1
        flat[self.theirs + 2 * cells] = 1

    def _view(self, planes: Tensor, swapped: bool) -> Tensor:
        """Planes as an observation (n, 3, rows + 2, cols + 2), `swapped` as the other sees them."""
        seen = planes.index_select(1, self._swap) if swapped else planes
        return seen.view(self.num_envs, 3, -1, self.duel.width)

    def _masks(self) -> Tensor:
        return torch.ones((self.num_envs, len(ACTIONS)), dtype=torch.bool, device=self.device)

    def percepts(self) -> tuple[Tensor, Tensor]:
        """The current observations and action masks, as tensors."""
        return self._view(self.planes, self.half == 1), self._masks()

    def percepts_now(self) -> tuple[Any, Any]:
        """The current observations and action masks."""
        observations, masks = self.percepts()
        return self._out(observations), self._out(masks)

    def advance(self, actions: Tensor, chances: Tensor) -> tuple[Tensor, ...]:
        """One move of every game, or half of one with `seat="both"`."""
        if self.seat != "both":
            return self._move(actions, self._opponent_moves(chances[0]), chances)
        if self.half == 1:
            self.half = 0
            seen, rewards, *rest = self._move(self.kept, actions, chances)
            return seen, -rewards, *rest  # the second player has moved: its side counts
        self.kept, self.half = actions, 1
        seen, masks = self.percepts()
        nothing = torch.zeros(self.num_envs, device=self.device)
        return seen, nothing, nothing.bool(), nothing.bool(), masks, seen

    def _move(self, actions: Tensor, answers: Tensor, chances: Tensor) -> tuple[Tensor, ...]:
        """Both players move at once, the learner (or the first player) by `actions`."""
        flat, cells = self.planes.clone().view(-1), self.duel.cells
        flat[self.mine + cells] = 0
        flat[self.theirs + 2 * cells] = 0
        heads = self.mine, self.theirs
        (mine, theirs), crashed = self.duel.step(flat, heads, (actions, answers))
        flat[mine + cells] = 1
        flat[theirs + 2 * cells] = 1
        final = flat.view(self.num_envs, 3, cells)
        over = (crashed[0] | crashed[1]).bool()
        self.mine, self.theirs = mine, theirs
        self._start_over(final, over, chances)
        seen, masks = self.percepts()
        rewards = (crashed[1] - crashed[0]).float()
        return seen, rewards, over, torch.zeros_like(over), masks, self._view(final, False)

    def _opponent_moves(self, chances: Tensor) -> Tensor:
        if self.opponent is None:
            return (chances * len(ACTIONS)).long()
        return self.opponent(self._view(self.planes, True), self._masks())
