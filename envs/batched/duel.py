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

    With `seat="both"` all games are in the same half of a move: all first players, then all second.
    """

    _state = ("walls", "first", "second", "learner", "kept", "half")

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
        self._offsets = torch.arange(num_envs, device=self.device) * self.duel.cells
        self._draw_pool(0)
        self.half = torch.zeros((), dtype=torch.int64)  # on the host: it decides what a step does
        self.kept = torch.zeros(num_envs, dtype=torch.int64, device=self.device)
        self.learner = torch.zeros(num_envs, dtype=torch.int64, device=self.device)
        self._restart(None)

    def _draw_pool(self, seed: int | None) -> None:
        rng = np.random.default_rng(seed)
        arenas = [self.duel.arena(rng) for _ in range(self.pool if self.duel.varies else 1)]
        walls, heads = (np.stack(column) for column in zip(*arenas, strict=True))
        self._arenas = torch.as_tensor(walls, device=self.device)  # (pool, cells)
        self._heads = torch.as_tensor(heads, device=self.device)  # (pool, 2)

    def _restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        if seed is not None:
            self._draw_pool(seed)
        self.half = torch.zeros_like(self.half)
        self.learner = self._new_seats()
        self.walls, self.first, self.second = self._new_games()
        return self.percepts()

    def _new_seats(self) -> Tensor:
        """The learner's seat in each next game: (num_envs,)."""
        if self.seat == "random":
            draw = torch.rand(self.num_envs, generator=self.generator, device=self.device)
            return (draw < 0.5).long()
        return torch.full_like(self.learner, int(self.seat == "second"))

    def _new_games(self) -> tuple[Tensor, Tensor, Tensor]:
        """Walls (num_envs, cells) and heads (num_envs,) of the next game of each world."""
        if len(self._arenas) == 1:
            walls = self._arenas.expand(self.num_envs, -1)
            heads = self._heads.expand(self.num_envs, -1)
        else:
            draws = torch.randint(
                len(self._arenas), (self.num_envs,), generator=self.generator, device=self.device
            )
            walls, heads = self._arenas[draws], self._heads[draws]
        return walls, heads[:, 0], heads[:, 1]

    def _observe(self, player: Tensor | int) -> Tensor:
        """int8 (n, 3, rows + 2, cols + 2): what `player` of each game sees."""
        swap = torch.as_tensor(player, device=self.device) == 1
        mine = torch.where(swap, self.second, self.first)
        theirs = torch.where(swap, self.first, self.second)
        seen = self.walls.new_zeros((self.num_envs, 3, self.duel.cells))
        seen[:, 0] = self.walls
        flat = seen.view(-1)
        flat[self._offsets * 3 + self.duel.cells + mine] = 1
        flat[self._offsets * 3 + 2 * self.duel.cells + theirs] = 1
        return seen.view(self.num_envs, 3, -1, self.duel.width)

    def _masks(self) -> Tensor:
        return torch.ones((self.num_envs, len(ACTIONS)), dtype=torch.bool, device=self.device)

    @property
    def _viewer(self) -> Tensor:
        """Whose view is asked for."""
        return self.half if self.seat == "both" else self.learner

    def percepts(self) -> tuple[Tensor, Tensor]:
        """The current observations and action masks, as tensors."""
        return self._observe(self._viewer), self._masks()

    def percepts_now(self) -> tuple[Any, Any]:
        """The current observations and action masks."""
        observations, masks = self.percepts()
        return self._out(observations), self._out(masks)

    def _advance(self, actions: Tensor) -> tuple[Tensor, ...]:
        if self.seat == "both" and not self.half:
            return self._keep(actions)
        if self.seat == "both":
            moves, mover = (self.kept, actions), torch.ones_like(self.learner)
            self.half = torch.zeros_like(self.half)
        else:
            mover, answers = self.learner, self._opponent_moves()
            second = mover == 1
            moves = torch.where(second, answers, actions), torch.where(second, actions, answers)
        walls = self.walls.clone().view(-1)
        heads = self.first + self._offsets, self.second + self._offsets
        heads, (crashed, other_crashed) = self.duel.step(walls, heads, moves)
        self.walls = walls.view(self.num_envs, -1)
        self.first, self.second = heads[0] - self._offsets, heads[1] - self._offsets
        rewards = (other_crashed - crashed).float()  # of the first player
        rewards = torch.where(mover == 1, -rewards, rewards)
        over = (crashed | other_crashed).bool()
        final = self._observe(self._viewer)
        self._start_over(over)
        seen, masks = self.percepts()
        return seen, rewards, over, torch.zeros_like(over), masks, final

    def _keep(self, actions: Tensor) -> tuple[Tensor, ...]:
        """The first players have chosen; now the second players see the same arenas."""
        self.kept, self.half = actions, torch.ones_like(self.half)
        seen, masks = self.percepts()
        nothing = torch.zeros(self.num_envs, device=self.device)
        return seen, nothing, nothing.bool(), nothing.bool(), masks, seen

    def _opponent_moves(self) -> Tensor:
        if self.opponent is None:
            count = (self.num_envs,)
            return torch.randint(4, count, generator=self.generator, device=self.device)
        return self.opponent(self._observe(1 - self.learner), self._masks())

    def _start_over(self, over: Tensor) -> None:
        """New games where the old ones are over."""
        walls, first, second = self._new_games()
        self.walls = torch.where(over[:, None], walls, self.walls)
        self.first = torch.where(over, first, self.first)
        self.second = torch.where(over, second, self.second)
        if self.seat == "random":
            self.learner = torch.where(over, self._new_seats(), self.learner)
