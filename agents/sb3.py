"""Stable-Baselines3's learners beside ours: its algorithms, networks and buffers; our commands.

`sb3_dqn.py`, `sb3_ppo.py`, `sb3_a2c.py` and `sb3_maskable_ppo.py` hold the settings of one
algorithm each; here is what they share. `train` goes through `collect_rollouts` and `train` of an
algorithm in the order of its `learn`, and ends with the same weights.

Source: Raffin et al., "Stable-Baselines3: Reliable Reinforcement Learning Implementations", 2021.

A game of two is played from one seat, drawn anew for every game, against random moves. An
algorithm without masks may choose illegal moves there, and loses by them; once it acts for others,
the agent takes the best of its legal actions.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import mul
from pathlib import Path
from typing import Any, ClassVar, Self

import gymnasium as gym
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.preprocessing import is_image_space, is_image_space_channels_first
from stable_baselines3.common.vec_env import VecTransposeImage
from torch import Tensor

from agents.agent import Agent, Thoughts
from agents.networks import check_readable, masked
from agents.sb3_parts import AlgorithmState, Bookkeeping, GlobalRandom, ReplayMemory, Worlds
from agents.training import Counters, EpisodeReturns, Part, Progress, restore
from envs.names import BadInput
from envs.percept import Percept
from envs.replayable import ReplayableEnv
from envs.worlds import World

OURS = ("steps", "num_envs", "hidden", "linear")
"""The settings that are no arguments of SB3's algorithm; all others have the names SB3 gives."""
ONLY_FOR_TRAINING = {
    "learning_rate": 0.0, "lr_schedule": None, "clip_range": 0.2, "exploration_schedule": None,
    "buffer_size": 1,
}  # fmt: skip
"""Put in place of what a zip holds: a function does not survive another version of Python."""


def as_seen(space: Any) -> gym.Space[Any]:
    """The percepts as SB3's networks see them: pictures with the channels first."""
    if is_image_space(space) and not is_image_space_channels_first(space):
        return VecTransposeImage.transpose_space(space)
    return space


def choose_policy(space: gym.Space[Any], hidden: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """The name and arguments of SB3's policy: its CNN for pictures from 36 x 36, else its MLP."""
    if is_image_space(space) and min(as_seen(space).shape[1:]) >= 36:  # type: ignore[index]
        return "CnnPolicy", {}
    return "MlpPolicy", {"net_arch": list(hidden)}


class SB3Agent(Agent):
    """Plays the legal action that a policy of SB3 rates highest."""

    meaning: ClassVar[str] = "probability"
    """What the policy says of an action."""

    @staticmethod
    def algorithm() -> Any:
        """SB3's class."""
        raise NotImplementedError

    def __init__(self, world: World, config: Any, seed: int | None = None) -> None:
        check_readable("Stable-Baselines3", world)
        space, actions = _spaces(world)
        name, arguments = choose_policy(space, config.hidden)
        policy_class = self.algorithm().policy_aliases[name]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed or 0)
            self.policy = policy_class(space, actions, lambda _: 0.0, **arguments)

    @classmethod
    def from_file(cls, world: World, path: str, seed: int | None = None) -> Self:
        """The agent in a zip that SB3's `model.save` wrote anywhere.

        Such a zip holds pickles, and whoever made it decides which code runs when it is opened:
        for files of one's own, or inside a jail. What is trained here is saved without pickles.

        Raises:
            BadInput: it cannot be read, or was made for other percepts or actions than `world`'s.
        """
        check_readable("Stable-Baselines3", world)
        file, algorithm = Path(str(path)), cls.algorithm()
        if not file.is_file():
            raise BadInput(f"{file}: there is no such file")
        try:
            with GlobalRandom(), warnings.catch_warnings(action="ignore"):
                model = algorithm.load(file, device="cpu", custom_objects=ONLY_FOR_TRAINING)
            if not isinstance(model.policy, algorithm.policy_aliases["MlpPolicy"]):
                raise TypeError(f"it holds a {type(model.policy).__name__}")
        except Exception as error:  # a damaged or foreign file can fail in any way
            reason = " ".join(str(error).split())[:150] or type(error).__name__
            raise BadInput(f"{file} is no model of SB3's {algorithm.__name__}: {reason}") from None
        made = model.observation_space, model.action_space
        for kind, there, here in zip(("percepts", "actions"), made, _spaces(world), strict=True):
            if _shape(there) != _shape(here):
                found, wanted = (" ".join(str(space).split())[:100] for space in (there, here))
                raise BadInput(
                    f"{file} was made for {kind} {found}, not for {world.name}: {wanted}"
                )
        agent = cls.__new__(cls)
        agent.policy = model.policy
        return agent

    def act(self, percept: Percept) -> int:
        """The legal action rated highest."""
        return self.act_many([percept])[0]

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """The legal action rated highest for each percept, in one pass of the network."""
        return self._rate(percepts).argmax(1).tolist()

    def think(self, percept: Percept) -> Thoughts:
        """How the policy rates each legal action."""
        rated = self._rate([percept])[0].double()  # (actions,)
        if self.meaning == "probability":
            rated = rated.softmax(0)
        return Thoughts(np.where(percept.action_mask, rated.numpy(), np.nan), self.meaning)

    @torch.no_grad()
    def _rate(self, percepts: list[Percept]) -> Tensor:
        """Scores, minus infinity for illegal actions: (n, actions)."""
        observations, _ = self.policy.obs_to_tensor(np.stack([p.observation for p in percepts]))
        masks = torch.as_tensor(np.stack([p.action_mask for p in percepts]))
        return masked(self.scores(observations).cpu(), masks)

    def scores(self, observations: Tensor) -> Tensor:
        """What the policy says of all actions, legal or not: log-probabilities (n, actions)."""
        logits: Tensor = self.policy.get_distribution(observations).distribution.logits
        return logits

    def save(self, path: Path) -> None:
        """Writes the weights of the policy."""
        # networks may share layers: each name gets a copy
        save_file({k: v.cpu().clone() for k, v in self.policy.state_dict().items()}, path)

    def load(self, path: Path) -> None:
        """Reads the weights."""
        self.policy.load_state_dict(load_file(path))


def _spaces(world: World) -> tuple[gym.Space[Any], gym.Space[Any]]:
    return as_seen(world.observation_space), gym.spaces.Discrete(world.action_count)


def _shape(space: gym.Space[Any]) -> tuple[Any, ...]:
    """What must agree; bounds need not, they differ between versions of Gymnasium."""
    return type(space).__name__, space.shape, getattr(space, "n", None)


def make_algorithm(
    algorithm: Any, config: Any, worlds: Worlds, device: str, seed: int
) -> BaseAlgorithm:
    """SB3's algorithm with the settings of `config`.

    Raises:
        BadInput: SB3 refuses the settings.
    """
    settings = {name: value for name, value in vars(config).items() if name not in OURS}
    if getattr(config, "linear", False):
        for name in {"learning_rate", "clip_range"} & settings.keys():
            settings[name] = partial(mul, settings[name])  # times what remains: 1 to 0
    if settings.get("exploration_fraction") == 0:
        settings["exploration_fraction"] = 1e-9  # SB3 divides by it
    policy, arguments = choose_policy(worlds.observation_space, config.hidden)
    try:
        made: BaseAlgorithm = algorithm(
            policy, worlds, policy_kwargs=arguments, device=device, seed=seed, **settings
        )
    except (AssertionError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadInput(f"SB3's {algorithm.__name__} refuses these settings: {reason}") from None
    made.set_logger(Logger(folder=None, output_formats=[]))
    return made


def train(
    config: Any,
    env: list[ReplayableEnv],
    device: str,
    seed: int,
    agent: SB3Agent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Learns in several worlds.

    Args:
        env: the worlds, one seat each.
        agent: receives what is learned.
        state: where an earlier call stopped; None: from the start.
    """
    worlds, returns, at = Worlds(env), EpisodeReturns(len(env)), Counters()
    random = GlobalRandom(device)
    with random:
        algorithm: Any = make_algorithm(agent.algorithm(), config, worlds, device, seed)
        _, callback = algorithm._setup_learn(config.steps, Bookkeeping(returns))
    parts: dict[str, Part] = {
        "env": worlds, "algorithm": AlgorithmState(algorithm), "random": random,
        "returns": returns, "at": at,
    }  # fmt: skip
    if not isinstance(algorithm, OnPolicyAlgorithm):
        parts["replay"] = ReplayMemory(algorithm.replay_buffer)
    restore(parts, state)
    agent.policy = algorithm.policy

    while at.step < config.steps:
        with random:
            learn_a_little(algorithm, callback)
        at.step = algorithm.num_timesteps
        at.iteration += 1
        metrics = {
            name.removeprefix("train/"): float(value)
            for name, value in algorithm.logger.name_to_value.items()
            if name.startswith("train/")
        }
        yield Progress(at.step, {**metrics, **returns.metrics()}, agent, parts)


def learn_a_little(algorithm: Any, callback: BaseCallback) -> None:
    """Rounds of `learn`, experience and then updates, for 64 steps or more."""
    until = min(algorithm.num_timesteps + 64, algorithm._total_timesteps)
    env: Any = algorithm.env
    while algorithm.num_timesteps < until:
        if isinstance(algorithm, OnPolicyAlgorithm):
            steps: Any = algorithm.n_steps
            algorithm.collect_rollouts(env, callback, algorithm.rollout_buffer, steps)
            done, total = algorithm.num_timesteps, algorithm._total_timesteps
            algorithm._update_current_progress_remaining(done, total)
            algorithm.train()
        else:
            steps, starts = algorithm.train_freq, algorithm.learning_starts
            buffer = algorithm.replay_buffer
            algorithm.collect_rollouts(env, callback, steps, buffer, learning_starts=starts)
            if algorithm.num_timesteps > starts:
                algorithm.train(algorithm.gradient_steps, algorithm.batch_size)
