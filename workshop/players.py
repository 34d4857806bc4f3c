"""AlphaZero's self-play on a Ray cluster: many actors play, one learner learns.

Every actor plays `num_envs` games of its own. It gets the network's weights, makes `rollout` moves
of each game, hands in the positions of those that ended, and gets the weights as they are by then.
An actor whose process or machine is lost is replaced, and its unfinished games with it; as nodes
join, actors are added. Which actor is first depends on the machines, so that two such trainings
differ even from the same seed.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, redirect_stdout
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

    Raises:
        BadInput: Ray is not installed, there is no cluster, or its nodes are too small.
    """

    def __init__(self, address: str, world: World, config: Config, seed: int, threads: int) -> None:
        self._stdout = ExitStack()
        self._ray = join_cluster(address, threads)
        self._stdout.enter_context(redirect_stdout(sys.stderr))  # Ray tells of lost nodes there
        self._new = self._ray.remote(num_cpus=threads)(Player).remote
        self._world, self._config, self._threads = world.name, config, threads
        self._seeds = iter(range(SEEDS_APART * (seed + 1), sys.maxsize))
        self.playing: dict[Any, Any] = {}
        """The actor that each awaited result comes from."""

    def play(self, network: PolicyValueNetwork) -> Played:
        """The next result of any actor, which then goes on with the network as it is now.

        Raises:
            Lost: one actor after the other was lost.
        """
        weights = self._ray.put({k: v.cpu() for k, v in network.state_dict().items()})
        reason = ""
        for _ in range(RETRIES):
            while not (done := self._wait(weights)):
                pass
            player = self.playing.pop(done)
            try:
                played: Played = self._ray.get(done)
            except self._ray.exceptions.RayTaskError:
                raise
            except self._ray.exceptions.RayError as error:
                reason = " ".join(str(error).split())[:200]
                continue
            self.playing[player.play.remote(weights)] = player
            return played
        raise Lost(f"Ray gave up {RETRIES} players: {reason}")

    def _wait(self, weights: Any) -> Any:
        """A result that is there, or None after a while."""
        slots = sum(cores // self._threads for cores in cores_of_nodes(self._ray))
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
