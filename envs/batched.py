"""Batched twins: thousands of worlds as tensors on one device, stepped by the same rules.

Made by `gym.make_vec(id, num_envs, vectorization_mode="vector_entry_point", device="cpu")`. With a
`device`, every observation, reward, flag and mask is a tensor on it; without one, a NumPy array.
Arrays are never reused: what a step returned stays as it was.

Autoreset is same-step: where an episode ends, the observation is already the next episode's, and
`info["final_obs"]` (the whole batch; rows of `info["_final_obs"]` count) is the one it ended with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from torch import Tensor

from envs.board import IllegalMove, Seat, check_choices, make_rules
from envs.gridworld import GridSource
from envs.rules.cells import ACTIONS
from envs.rules.grid import Grid
from envs.sight import Sight

BatchOpponent = Callable[[Tensor, Tensor], Tensor]
"""From observations (n, 2, rows, cols) and action masks (n, actions) to actions (n,)."""


def random_legal(action_masks: Tensor, generator: torch.Generator) -> Tensor:
    """A uniformly random legal action for each row of bool (n, actions): int64 (n,)."""
    device = action_masks.device
    so_far = action_masks.cumsum(1, dtype=torch.int32)  # (n, actions) legal actions up to here
    draws = torch.rand(len(action_masks), generator=generator, device=device)
    pick = (draws * so_far[:, -1]).int()
    return (so_far <= pick[:, None]).sum(1)


class BatchedWorld(VectorEnv[Any, Any, Any]):
    """What all batched worlds share: device, seeding, NumPy at the edge, saved state."""

    def __init__(
        self,
        num_envs: int,
        device: str | torch.device | None,
        observation_space: gym.Space[Any],
        action_space: gym.Space[Any],
    ) -> None:
        self.metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}
        self.num_envs = num_envs
        self.numpy = device is None
        self.device = torch.device(device or "cpu")
        self.single_observation_space = observation_space
        self.single_action_space = action_space
        self.observation_space = batch_space(observation_space, num_envs)
        self.action_space = batch_space(action_space, num_envs)
        self.generator = torch.Generator(self.device)

    def reset(
        self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts every episode anew; one seed stands for the whole batch."""
        if isinstance(seed, list):
            seed = seed[0]
        if seed is not None:  # not the seed itself: whoever acts may seed a generator with that
            mixed = np.random.SeedSequence((seed, self.num_envs)).generate_state(1, np.uint64)
            self.generator.manual_seed(int(mixed[0]))
        elif self._np_random is None:  # the first reset of all
            self.generator.seed()
        self._np_random = np.random.default_rng(seed)
        observations, masks = self._restart(seed)
        return self._out(observations), {"action_mask": self._out(masks)}

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """One step of every world. `actions`: int64 (num_envs,)."""
        actions = torch.as_tensor(actions, device=self.device)
        observations, rewards, terminated, truncated, masks, final = self._advance(actions)
        ended = terminated | truncated
        info = {
            "action_mask": self._out(masks),
            "final_obs": self._out(final),
            "_final_obs": self._out(ended),
        }
        return (
            self._out(observations),
            self._out(rewards),
            self._out(terminated),
            self._out(truncated),
            info,
        )

    def _out(self, tensor: Tensor) -> Any:
        return tensor.numpy() if self.numpy else tensor

    def _restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        """Starts all episodes; returns observations and action masks."""
        raise NotImplementedError

    def _advance(self, actions: Tensor) -> tuple[Tensor, ...]:
        """Observations, rewards, terminated, truncated, masks, final observations."""
        raise NotImplementedError

    _state: tuple[str, ...] = ()
    """The names of the tensors that say where every episode stands."""

    def state_dict(self) -> dict[str, Tensor]:
        """Where every episode stands, and the random generator."""
        state = {name: getattr(self, name) for name in self._state}
        return {**state, "generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Goes on from what `state_dict` returned."""
        for name in self._state:
            setattr(self, name, state[name].to(self.device).clone())
        self.generator.set_state(state["generator"].cpu())

    def percepts_now(self) -> tuple[Any, Any]:
        """The current observations and action masks, as the last step returned them."""
        raise NotImplementedError


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
        seat: Seat = "random",
        opponent: BatchOpponent | None = None,
        illegal: str = "lose",
        device: str | torch.device | None = None,
    ) -> None:
        check_choices(seat, illegal)
        self.rules = make_rules(rows, cols, k, gravity)
        self.seat, self.opponent, self.illegal = seat, opponent, illegal
        self.value_sign = -1 if seat == "both" else 1
        super().__init__(
            num_envs,
            device,
            gym.spaces.MultiBinary((2, self.rules.rows, self.rules.cols)),
            gym.spaces.Discrete(self.rules.actions),
        )
        self._cells = torch.as_tensor(self.rules.cell_bits, device=self.device)
        self._squares = torch.as_tensor(self.rules.action_bits, device=self.device)
        self.mine = self.theirs = torch.zeros(num_envs, dtype=torch.int64, device=self.device)

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

    def _restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        every = torch.ones(self.num_envs, dtype=torch.bool, device=self.device)
        self._new_games(every)
        return self._observe(self.mine, self.theirs), self._masks(self.mine, self.theirs)

    def _new_games(self, ended: Tensor) -> None:
        """Clears the boards where `ended`; the opponent opens where the learner is second."""
        self.mine = self.mine.masked_fill(ended, 0)
        self.theirs = self.theirs.masked_fill(ended, 0)
        if self.seat in ("first", "both"):
            return
        if self.seat == "second":
            opens = ended
        else:
            draw = torch.rand(self.num_envs, generator=self.generator, device=self.device)
            opens = ended & (draw < 0.5)
        self._play(self._opponent_moves(), opens)

    def _opponent_moves(self) -> Tensor:
        """The action of the opponent, were it to move everywhere: (n,)."""
        masks = self._masks(self.mine, self.theirs)
        if self.opponent is None:
            return random_legal(masks, self.generator)
        return self.opponent(self._observe(self.mine, self.theirs), masks)

    def _play(self, actions: Tensor, active: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Puts the stones of `actions` where `active`, and swaps the players there.

        Returns:
            won, legal: bool (n,) each. An illegal action leaves its board as it was.
        """
        known = actions.clamp(0, self.rules.actions - 1)
        landing = self.rules.landing(self.mine, self.theirs, known) * (known == actions)
        if active is not None:
            landing = landing * active
        legal = landing != 0
        stones = self.mine | landing
        self.mine = torch.where(legal, self.theirs, self.mine)
        self.theirs = torch.where(legal, stones, self.theirs)
        return (self.rules.lines(stones) != 0) & legal, legal

    def _advance(self, actions: Tensor) -> tuple[Tensor, ...]:
        won, legal = self._play(actions)
        if self.illegal == "raise" and not bool(legal.all()):
            row = int((~legal).nonzero()[0])
            raise IllegalMove(f"game {row}: action {int(actions[row])} is illegal")
        full = self.rules.full(self.mine, self.theirs)
        over = won | full
        if self.illegal == "lose":
            over = over | ~legal
        rewards = won.float() - (~legal).float()
        if self.seat == "both":
            final = self._observe(self.mine, self.theirs)
        else:
            lost, replied = self._play(self._opponent_moves(), legal & ~over)
            rewards = rewards - lost.float()
            over = over | (replied & (lost | self.rules.full(self.mine, self.theirs)))
            swapped = legal & ~replied  # the learner moved last: it looks from the other side
            final = self._observe(
                torch.where(swapped, self.theirs, self.mine),
                torch.where(swapped, self.mine, self.theirs),
            )
        self._new_games(over)
        if self.seat in ("first", "both"):  # a new game is an empty board
            observations = final * (~over).view(torch.int8)[:, None, None, None]
        else:
            observations = self._observe(self.mine, self.theirs)
        masks = self._masks(self.mine, self.theirs)
        return observations, rewards, over, torch.zeros_like(over), masks, final


class BatchedGridWorld(BatchedWorld):
    """A batch of gridworlds; see `envs.gridworld.GridWorldEnv` for the arguments they share.

    Args:
        num_envs: how many worlds.
        pool: where maps are redrawn, how many of them `reset(seed=...)` draws; every new episode
            takes one of these, so that no step waits for the host.
        max_episode_steps: after how many steps an episode is truncated.
        device: where the tensors live; None: NumPy arrays.
        source: `map`, `slip` and the other arguments that say what the world is like.
    """

    value_sign = 1
    _state = ("states", "steps")

    def __init__(
        self,
        num_envs: int = 1,
        observation: str = "index",
        view: int = 5,
        pool: int = 256,
        max_episode_steps: int = 200,
        device: str | torch.device | None = None,
        **source: Any,
    ) -> None:
        self.source = GridSource.of(source)
        self.observation, self.view, self.pool = observation, view, pool
        self.max_episode_steps = max_episode_steps
        grid = self.source.grid()
        sight = Sight([grid], observation, view, self.source.symbols(grid))
        super().__init__(num_envs, device, sight.space, gym.spaces.Discrete(len(ACTIONS)))
        self._worlds = torch.arange(num_envs, device=self.device)
        self._set_grids([grid])
        self.states = torch.full((num_envs,), grid.start, device=self.device)
        self.steps = torch.zeros_like(self.states)

    def _set_grids(self, grids: list[Grid]) -> None:
        """The tables of all maps, one after the other: a state of map i counts from i * states."""
        self.grids = grids
        symbols = self.source.symbols(grids[0])
        self.sight = Sight(grids, self.observation, self.view, symbols, self._table)
        offsets = np.arange(len(grids)) * grids[0].states
        stacked = [grid.next_state + at for grid, at in zip(grids, offsets, strict=True)]
        self._next_state = self._table(np.concatenate(stacked)).flatten()
        rewards = np.concatenate([grid.reward for grid in grids])
        self._reward = self._table(rewards.astype(np.float32)).flatten()
        self._ends = self._table(np.concatenate([grid.ends for grid in grids])).flatten()
        slips = np.concatenate([grid.slips for grid in grids]).astype(np.float32)
        self._slips = self._table(slips) if slips.any() else None
        self._starts = self._table(offsets + [grid.start for grid in grids])

    def _table(self, array: np.ndarray) -> Tensor:
        return torch.as_tensor(array, device=self.device)

    def percepts_now(self) -> tuple[Any, Any]:
        """The current observations and action masks."""
        return self._out(self.sight.observe(self.states, self._worlds)), self._out(self._masks())

    def _masks(self) -> Tensor:
        return torch.ones((self.num_envs, len(ACTIONS)), dtype=torch.bool, device=self.device)

    def _restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        if self.source.redrawn and (seed is not None or len(self.grids) < self.pool):
            draws = np.random.default_rng(seed).integers(2**32, size=self.pool)
            self._set_grids([self.source.grid(int(draw)) for draw in draws])
        self.states = self._new_starts()
        self.steps = torch.zeros_like(self.steps)
        return self.sight.observe(self.states, self._worlds), self._masks()

    def _new_starts(self) -> Tensor:
        """Where the next episode of each world begins: (num_envs,)."""
        if len(self._starts) == 1:
            return self._starts.expand(self.num_envs)
        draws = torch.randint(
            len(self._starts), (self.num_envs,), generator=self.generator, device=self.device
        )
        return self._starts[draws]

    def _advance(self, actions: Tensor) -> tuple[Tensor, ...]:
        if self._slips is not None:
            slip = self._slips[self.states]
            chance = torch.rand(self.num_envs, generator=self.generator, device=self.device)
            actions = actions + (chance >= 1 - slip / 2).long() - (chance < slip / 2).long()
            actions = actions % len(ACTIONS)
        entry = self.states * len(ACTIONS) + actions
        after = self._next_state[entry]
        terminated = self._ends[entry]
        steps = self.steps + 1
        truncated = steps >= self.max_episode_steps
        ended = terminated | truncated
        final = self.sight.observe(after, self._worlds)
        self.states = torch.where(ended, self._new_starts(), after)
        self.steps = steps.masked_fill(ended, 0)
        seen = self.sight.observe(self.states, self._worlds)
        return seen, self._reward[entry], terminated, truncated, self._masks(), final
