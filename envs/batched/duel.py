"""A batch of duels: the walls of all arenas in one tensor."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor

from envs.batched.world import BatchedWorld, BatchOpponent, replace_rows
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

    _state = ("planes", "mine", "theirs", "kept")
    chances = 2

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
        self.half = 0
        """With `seat="both"`: whose move is awaited."""
        self.kept = torch.zeros(num_envs, dtype=torch.int64, device=self.device)
        self.restart(0)

    def _draw_pool(self, seed: int) -> None:
        """What the learner sees at the start of each arena of the pool, from the seats it may have.

        `_planes`: int8 (starts, 3, cells); `_heads`: int64 (starts, 2), its own and the other's.
        """
        rng = np.random.default_rng(seed)
        seats = {"random": (0, 1), "second": (1,)}.get(self.seat, (0,))
        count = self.pool if self.duel.varies else 1
        starts = [
            (arena.walls, arena.heads[seat], arena.heads[1 - seat])
            for arena in (self.duel.arena(rng) for _ in range(count))
            for seat in seats
        ]
        heads = np.array([[mine, theirs] for _, mine, theirs in starts])
        planes = np.zeros((len(starts), 3, self.duel.cells), np.int8)
        planes[:, 0] = [walls for walls, _, _ in starts]
        for player in (0, 1):
            planes[np.arange(len(starts)), player + 1, heads[:, player]] = 1
        self._planes = torch.as_tensor(planes, device=self.device)
        self._heads = torch.as_tensor(heads, device=self.device)

    def state_dict(self) -> dict[str, Tensor]:
        """Where every game stands, and the random generator."""
        return {**super().state_dict(), "half": torch.tensor(self.half)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Goes on from what `state_dict` returned."""
        super().load_state_dict(state)
        self.half = int(state["half"])

    def restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        """New games everywhere, in new arenas if there is a seed."""
        if seed is not None:
            self._draw_pool(seed)
        self.half = 0
        planes, self.mine, self.theirs = self._new_games(self._draw_chances()[1])
        self.planes = planes.expand(self.num_envs, -1, -1).clone()
        return self.percepts()

    def _new_games(self, chances: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The planes (num_envs or 1, 3, cells) and heads (num_envs,) of each next game."""
        if len(self._planes) == 1:
            planes, heads = self._planes, self._heads.expand(self.num_envs, -1)
        else:
            draws = (chances * len(self._planes)).long()
            planes, heads = self._planes.index_select(0, draws), self._heads[draws]
        return planes, heads[:, 0] + self._offsets, heads[:, 1] + self._offsets

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
            return self._move(actions, self._opponent_moves(chances[0]), chances[1])
        if self.half == 1:
            self.half = 0
            seen, rewards, *rest = self._move(self.kept, actions, chances[1])
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
        planes, new_mine, new_theirs = self._new_games(chances)
        self.planes = replace_rows(final, planes, over)
        self.mine = torch.where(over, new_mine, mine)
        self.theirs = torch.where(over, new_theirs, theirs)
        seen, masks = self.percepts()
        rewards = (crashed[1] - crashed[0]).float()
        return seen, rewards, over, torch.zeros_like(over), masks, self._view(final, False)

    def _opponent_moves(self, chances: Tensor) -> Tensor:
        if self.opponent is None:
            return (chances * len(ACTIONS)).long()
        return self.opponent(self._view(self.planes, True), self._masks())
