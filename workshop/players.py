"""AlphaZero's self-play on a Ray cluster: many actors play, one learner learns.

Every actor plays `num_envs` games of its own. It gets the network's weights, makes `rollout` moves
of each game, hands in the positions of those that ended, and gets the weights as they are by then.
An actor whose process or machine is lost is replaced, and its unfinished games with it; as nodes
join, actors are added. Which actor is first depends on the machines, so that two such trainings
differ even from the same seed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from itertools import count
from typing import Any

import torch
from torch import Tensor

from agents.alphazero import Config
from agents.policy_value import PolicyValueNetwork, make_policy_value
from agents.self_play import Played, SelfPlay
from envs.worlds import World, find_world
from workshop.parallel import POLL, RETRIES, Lost, cores_of_nodes, join_cluster

SEEDS_APART = 10_007
"""Between the learner's seed and those of the actors."""
SEEDS = 2**63
"""How many seeds there are; behind the last comes the first."""
PATIENCE = 600.0
"""How many seconds to wait for a node with room, where there is none."""


class Player:
    """What runs in an actor."""

    def __init__(self, world: str, config: Config, seed: int, threads: int) -> None:
        torch.set_num_threads(threads)
        generator = torch.Generator().manual_seed(seed)
        env = find_world(world).make_batch(config.num_envs, "cpu", seed)
        self._here = SelfPlay(config, env, generator)
        self._network = make_policy_value(env.rules, config.channels, config.blocks, seed)

    def play(self, weights: dict[str, Tensor]) -> Played:
        """`rollout` moves of every game, with these weights."""
        self._network.load_state_dict(weights)
        return self._here.play(self._network)


class RayPlayers:
    """The actors, as the learner sees them.

    Args:
        address: of the cluster; `local` for one on this machine alone.
        threads: CPU cores an actor takes.
        stopped: whether to wait no longer.

    Raises:
        BadInput: Ray is not installed, there is no cluster, or its nodes are too small.
    """

    def __init__(
        self,
        address: str,
        world: World,
        config: Config,
        seed: int,
        threads: int,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._stdout = ExitStack()
        self._ray = join_cluster(address, threads)
        self._stdout.enter_context(redirect_stdout(sys.stderr))  # Ray tells of lost nodes there
        self._new = self._ray.remote(num_cpus=threads)(Player).remote
        self._world, self._config, self._threads = world.name, config, threads
        self._seeds = (number % SEEDS for number in count(SEEDS_APART * (seed + 1)))
        self._stopped, self._room_at = stopped, 0.0
        self.playing: dict[Any, Any] = {}
        """The actor that each awaited result comes from."""

    def play(self, network: PolicyValueNetwork) -> Played:
        """The next result of any actor, which then goes on with the network as it is now.

        No moves at all if it is stopped before there is one.

        Raises:
            Lost: one actor after the other was lost, or there was no node for long.
        """
        weights = self._ray.put({k: v.cpu() for k, v in network.state_dict().items()})
        reason, self._room_at = "", time.monotonic()
        for _ in range(RETRIES):
            while not (done := self._wait(weights)):
                if self._stopped():
                    nothing = torch.zeros(0, self._config.num_envs)
                    return Played([], nothing, nothing.bool())
            player = self.playing.pop(done)
            try:
                played: Played = self._ray.get(done)
            except self._ray.exceptions.RayTaskError:
                raise
            except self._ray.exceptions.RayError as error:
                reason = " ".join(str(error).split())[:200]
                continue
            self.playing[player.play.remote(weights)] = player
            return played.to(network.cells.device)
        raise Lost(f"Ray gave up {RETRIES} players: {reason}")

    def _wait(self, weights: Any) -> Any:
        """A result that is there, or None after a while."""
        slots = sum(cores // self._threads for cores in cores_of_nodes(self._ray))
        if slots:
            self._room_at = time.monotonic()
        elif time.monotonic() - self._room_at > PATIENCE:
            raise Lost(f"no node of the Ray cluster has had room for {PATIENCE / 60:.0f} minutes")
        while len(self.playing) < max(1, slots):
            player = self._new(self._world, self._config, next(self._seeds), self._threads)
            self.playing[player.play.remote(weights)] = player
        done, _ = self._ray.wait(list(self.playing), timeout=POLL)
        return done[0] if done else None

    def state_dict(self) -> dict[str, Any]:
        """Nothing: actors begin their games anew."""
        return {}

    def load_state_dict(self, state: Any) -> None:
        """There is nothing to go on from."""

    def close(self) -> None:
        """Leaves the cluster, and ends the actors."""
        self.playing.clear()
        self._ray.shutdown()
        self._stdout.close()
