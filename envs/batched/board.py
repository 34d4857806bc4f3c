"""A batch of board games as bitboards in two tensors."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import torch
from torch import Tensor

from envs.batched.world import BatchedWorld, BatchOpponent, pick_legal
from envs.board import IllegalMove, Seat, check_choices, make_rules


class BatchedBoard(BatchedWorld):
    """A batch of board games; see `envs.board.BoardEnv` for the arguments they share.

    Args:
        num_envs: how many games.
        opponent: from observations and masks of a batch to actions; None: uniformly random legal.
        device: where the tensors live; None: NumPy arrays.

    `illegal="raise"` looks at every batch on the host; the others never wait for the device.
    """

    _state = ("mine", "theirs")

    def __init__(
        self,
        num_envs: int = 1,
        rows: int = 3,
        cols: int = 3,
        k: int = 3,
        gravity: bool = False,
        misere: bool = False,
        seat: Seat = "random",
        opponent: BatchOpponent | None = None,
        illegal: str = "lose",
        device: str | torch.device | None = None,
    ) -> None:
        check_choices(seat, illegal)
        self.rules = make_rules(rows, cols, k, gravity, misere)
        self.seat, self.opponent, self.illegal = seat, opponent, illegal
        self.value_sign = -1 if seat == "both" else 1
        self.chances = {"first": 1, "second": 2, "random": 3, "both": 0}[seat]
        super().__init__(
            num_envs,
            device,
            gym.spaces.MultiBinary((2, self.rules.rows, self.rules.cols)),
            gym.spaces.Discrete(self.rules.actions),
        )
        kind = smallest_integer(self.rules.cols * self.rules.height)
        self._cells = torch.as_tensor(self.rules.cell_bits, device=self.device).to(kind)
        self._squares = torch.as_tensor(self.rules.action_bits, device=self.device).to(kind)
        self._line_value = float(self.rules.line_value)
        self.mine = self.theirs = torch.zeros(num_envs, dtype=kind, device=self.device)

    def _observe(self, mine: Tensor, theirs: Tensor) -> Tensor:
        """int8 (n, 2, rows, cols)."""
        stones = torch.stack((mine, theirs), 1)[:, :, None, None]
        return (stones & self._cells).bool().view(torch.int8)

    def _masks(self, mine: Tensor, theirs: Tensor) -> Tensor:
        """bool (n, actions)."""
        return (self.rules.legal(mine, theirs)[:, None] & self._squares).bool()

    def percepts_now(self) -> tuple[Any, Any]:
        """The current observations and action masks."""
        observations = self._observe(self.mine, self.theirs)
        return self._out(observations), self._out(self._masks(self.mine, self.theirs))

    def restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        """Clears every board."""
        every = torch.ones(self.num_envs, dtype=torch.bool, device=self.device)
        self._new_games(every, self._draw_chances())
        return self._observe(self.mine, self.theirs), self._masks(self.mine, self.theirs)

    def _new_games(self, ended: Tensor, chances: Tensor) -> None:
        """Clears the boards where `ended`; the opponent opens where the learner is second."""
        self.mine = self.mine.masked_fill(ended, 0)
        self.theirs = self.theirs.masked_fill(ended, 0)
        if self.seat in ("first", "both"):
            return
        if self.seat == "random":
            ended = ended & (chances[2] < 0.5)
        self._play(self._opponent_moves(chances[1]), ended)

    def _opponent_moves(self, chances: Tensor) -> Tensor:
        """The action of the opponent, were it to move everywhere: (n,)."""
        masks = self._masks(self.mine, self.theirs)
        if self.opponent is None:
            return pick_legal(masks, chances)
        return self.opponent(self._observe(self.mine, self.theirs), masks)

    def _play(self, actions: Tensor, active: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Puts the stones of `actions` where `active`, and swaps the players there.

        Returns:
            lines, legal: bool (n,) each. An illegal action leaves its board as it was.
        """
        known = actions.clamp(0, self.rules.actions - 1)
        landing = self.rules.legal(self.mine, self.theirs) & self._squares[known]
        landing = landing * (known == actions)
        if active is not None:
            landing = landing * active
        legal = landing != 0
        stones = self.mine | landing
        self.mine = torch.where(legal, self.theirs, self.mine)
        self.theirs = torch.where(legal, stones, self.theirs)
        return (self.rules.lines(stones) != 0) & legal, legal

    def advance(self, actions: Tensor, chances: Tensor) -> tuple[Tensor, ...]:
        """One step of every game."""
        line, legal = self._play(actions)
        if self.illegal == "raise" and not bool(legal.all()):
            row = int((~legal).nonzero()[0])
            raise IllegalMove(f"game {row}: action {int(actions[row])} is illegal")
        full = self.rules.full(self.mine, self.theirs)
        over = line | full
        if self.illegal == "lose":
            over = over | ~legal
        rewards = line * self._line_value - (~legal).float()
        if self.seat == "both":
            final = self._observe(self.mine, self.theirs)
        else:
            answer, replied = self._play(self._opponent_moves(chances[0]), legal & ~over)
            rewards = rewards - answer * self._line_value
            over = over | (replied & (answer | self.rules.full(self.mine, self.theirs)))
            swapped = legal & ~replied  # the learner moved last: it looks from the other side
            final = self._observe(
                torch.where(swapped, self.theirs, self.mine),
                torch.where(swapped, self.mine, self.theirs),
            )
        self._new_games(over, chances)
        if self.seat in ("first", "both"):  # a new game is an empty board
            observations = final * (~over).view(torch.int8)[:, None, None, None]
        else:
            observations = self._observe(self.mine, self.theirs)
        masks = self._masks(self.mine, self.theirs)
        return observations, rewards, over, torch.zeros_like(over), masks, final


def smallest_integer(bits: int) -> torch.dtype:
    """The kind of integer that holds a bitboard: less memory to go through is faster."""
    return torch.int16 if bits < 16 else torch.int32 if bits < 32 else torch.int64
