"""AlphaZero: a network guides a tree search, and learns to say at once what the search found.

Many games are played at once, every move by a search (`agents/tree_search.py`) with the network
as it is. Each position is remembered with the search's better policy and with what it was worth:

    value target = (1 - search_share) * result of the game + search_share * value of the search
    loss = -sum over a of policy(a) * log P(a) + (V - value target)^2

Results and values are those of the player to move: they change sign from move to move.

Sources: Silver et al., "A general reinforcement learning algorithm that masters chess, shogi and
Go through self-play", 2018; Danihelka et al., "Policy improvement by planning with Gumbel", 2022.

Deviations: moves and targets are Gumbel AlphaZero's, which needs few simulations; games begin with
random moves, so that they differ (behind such a move the result of the game says nothing of the
position before it: there the search alone is the target); positions that are equal, also mirrored,
are learned as one, with the mean of their targets; the window of positions learned from grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from agents.agent import Agent, Branch, Thoughts
from agents.policy_value import make_policy_value
from agents.positions import Window
from agents.self_play import Players, SelfPlay
from agents.training import Counters, EpisodeReturns, Progress, RandomState, check_settings, restore
from agents.tree_search import Found, Search, search
from envs.names import BadInput
from envs.percept import Percept
from envs.worlds import World

AT_ONCE = 256
"""How many positions an agent searches side by side."""


@dataclass(frozen=True)
class Config:
    """Settings of AlphaZero."""

    steps: int = 1_000_000
    """Moves to train for, over all parallel games."""
    num_envs: int = 256
    """Games played in parallel."""
    simulations: int = 32
    """Positions that the search looks at for each move."""
    rollout: int = 8
    """Moves of every game between two updates."""
    random_plies: int = 6
    """Games begin with up to so many random moves."""
    channels: int = 32
    """Planes in each layer of the network."""
    blocks: int = 3
    """Residual blocks, of two layers each."""
    learning_rate: float = 2e-3
    """Adam's step size at the start; it falls linearly to zero."""
    weight_decay: float = 1e-4
    """How fast unused weights shrink."""
    batch_size: int = 512
    """Positions per gradient."""
    reuse: int = 4
    """How often a position is learned from, about."""
    buffer_size: int = 400_000
    """Positions remembered at most."""
    window: int = 20_000
    """Positions learned from at the start: the latest ones."""
    window_growth: float = 0.5
    """How many positions the window grows by for each position played."""
    search_share: float = 0.5
    """How much the search's value counts in the value target; the rest is the game's result."""
    value_scale: float = 0.1
    """How much the search's values count against the network's policy."""
    bfloat16: bool = True
    """Learn with numbers of 16 bits, where the processor multiplies them faster than others."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {
    "workshop/TicTacToe-v0": {"steps": 90_000, "blocks": 2},
    "workshop/ConnectFour-v0": {"steps": 2_200_000, "num_envs": 512, "simulations": 16,
                                "random_plies": 12},
}  # fmt: skip
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class AlphaZeroAgent(Agent):
    """Plays what its search visited most; without simulations, what its network thinks best.

    Args:
        world: a board game.
        simulations: positions looked at for each move; 0: the network alone.

    Raises:
        BadInput: the world is no board game, or there is no such number of simulations.
    """

    def __init__(
        self, world: World, config: Config, seed: int | None = None, simulations: int = 0
    ) -> None:
        if world.rules is None:
            raise BadInput(f"alphazero plays board games; {world.name} is none")
        if not isinstance(simulations, int) or simulations < 0:
            raise BadInput(f"alphazero: simulations is a whole number, 0 or more: {simulations}")
        self.world, self.rules = world, world.rules
        self.settings = Search(simulations=simulations, gumbel=False)
        self.network = make_policy_value(self.rules, config.channels, config.blocks, seed or 0)

    def act(self, percept: Percept) -> int:
        """The best action."""
        return self.act_many([percept])[0]

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """The best action for each percept; the searches run side by side."""
        mine, theirs = self._positions(percepts)
        parts = zip(mine.split(AT_ONCE), theirs.split(AT_ONCE), strict=True)
        return [int(action) for part in parts for action in self._look(*part).actions]

    def think(self, percept: Percept) -> Thoughts:
        """The share of the visits of each move, or the probability that the network gives it."""
        found = self._look(*self._positions([percept]))
        scores = np.where(percept.action_mask, found.policy[0].cpu().double().numpy(), np.nan)
        value = float(found.values)
        note = f"value {value:+.2f}"
        if not self.settings.simulations:
            return Thoughts(scores, "probability", note, estimate=value)
        line = " ".join(self.world.action_name(action) for action in found.tree.line()[:8])
        return Thoughts(scores, "visits", f"{note}, expects {line}", estimate=value)

    def ahead(self, percept: Percept, plies: int = 3) -> tuple[Branch, ...]:
        """The moves that its search visited, those visited most first."""
        return self._look(*self._positions([percept])).tree.branches(0, plies)

    def _look(self, mine: Tensor, theirs: Tensor) -> Found:
        return search(self.rules, mine, theirs, self.network.both_ways, self.settings)

    def _positions(self, percepts: list[Percept]) -> tuple[Tensor, Tensor]:
        boards = [self.rules.from_board(p.board) for p in percepts if p.board is not None]
        mine, theirs = torch.tensor(boards, device=self.network.cells.device).T
        return mine, theirs

    def save(self, path: Path) -> None:
        """Writes the network's weights."""
        save_file({k: v.cpu().contiguous() for k, v in self.network.state_dict().items()}, path)

    def load(self, path: Path) -> None:
        """Reads the weights."""
        self.network.load_state_dict(load_file(path))


def loss_of(
    logits: Tensor, values: Tensor, policy: Tensor, targets: Tensor, legal: Tensor
) -> tuple[Tensor, Tensor]:
    """The losses of the policy and of the value.

    Args:
        logits, policy, legal: (n, actions).
        values, targets: (n,).
    """
    log_policy = logits.masked_fill(~legal, -1e9).log_softmax(1)
    return -(policy * log_policy).sum(1).mean(), (values - targets).pow(2).mean()


def train(
    config: Config,
    env: Any,
    device: str,
    seed: int,
    agent: AlphaZeroAgent,
    state: Mapping[str, Any] | None = None,
    players: Players | None = None,
) -> Iterator[Progress]:
    """Learns from games against itself.

    Args:
        env: a batch of boards as tensors on `device`, both seats the learner's.
        agent: receives what is learned.
        state: where an earlier call stopped; None: from the start.
        players: who plays; None: the learner itself, in `env`.
    """
    random = RandomState(seed, device)
    network = agent.network.to(device)
    fresh = make_policy_value(env.rules, config.channels, config.blocks, seed)
    network.load_state_dict(fresh.state_dict())
    optimizer = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    players = players or SelfPlay(config, env, random.generator)
    window = Window(env.rules, config.buffer_size, device)
    returns = EpisodeReturns(env.num_envs)
    at = Counters()
    parts = {  # the players first: some are still playing, and have to end that
        "players": players, "env": env, "random": random, "network": network,
        "optimizer": optimizer, "window": window, "returns": returns, "at": at,
    }  # fmt: skip
    restore(parts, state)

    while at.step < config.steps:
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * (1 - at.step / config.steps)
        played = players.play(network)
        for positions, rewards, ended in zip(*played, strict=True):
            window.add(positions)
            returns.add(rewards, ended)
        at.step += played.rewards.numel()
        at.iteration += 1
        metrics = update(network, optimizer, window, config, random.generator)
        yield Progress(at.step, {**metrics, **returns.metrics()}, agent, parts)


def update(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    window: Window,
    config: Config,
    generator: torch.Generator,
) -> dict[str, float]:
    """Learns from the window, as much as was played since; of no positions, nothing."""
    if not (count := int(window.count)):
        return {"policy_loss": float("nan"), "value_loss": float("nan"), "distinct": float("nan")}
    size = min(count, config.buffer_size, config.window + int(config.window_growth * count))
    distinct = window.latest(size)
    new = config.rollout * config.num_envs
    for _ in range(max(1, config.reuse * new // config.batch_size)):
        positions, legal = window.batch(distinct, config.batch_size, generator)
        logits, values = network(positions.mine, positions.theirs, config.bfloat16)
        policy_loss, value_loss = loss_of(logits, values, positions.policy, positions.values, legal)
        optimizer.zero_grad()
        (policy_loss + value_loss).backward()
        optimizer.step()
    return {
        "policy_loss": float(policy_loss.detach()),
        "value_loss": float(value_loss.detach()),
        "distinct": len(distinct.mine) / size,
    }
