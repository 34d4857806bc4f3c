"""What networks read, and the plain network that most of them are."""

from __future__ import annotations

import itertools
from typing import Any

import gymnasium as gym
import torch
from torch import Tensor, nn

from envs.names import BadInput
from envs.worlds import World

READABLE = (gym.spaces.Box, gym.spaces.Discrete, gym.spaces.MultiBinary)
"""The kinds of observation a network takes."""


def check_readable(algorithm: str, world: World) -> None:
    """Raises BadInput unless a network can read the percepts of `world`."""
    space = world.observation_space
    if not isinstance(space, READABLE):
        raise BadInput(f"{algorithm} cannot read the percepts of {world.name}: {space}")


def encode(observations: Tensor, space: gym.Space[Any]) -> Tensor:
    """What the network reads: (n, ...) -> float (n, flatdim); a discrete state one-hot."""
    if isinstance(space, gym.spaces.Discrete):
        return nn.functional.one_hot(observations.long(), int(space.n)).float()
    if observations.dtype == torch.uint8:  # pixels
        return observations.flatten(1) / 255
    return observations.flatten(1).float()


class MLP(nn.Sequential):
    """A multilayer perceptron: linear layers with a rectifier after each but the last."""

    def __init__(self, inputs: int, hidden: tuple[int, ...], outputs: int) -> None:
        sizes = [inputs, *hidden]
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise(sizes):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        super().__init__(*layers, nn.Linear(sizes[-1], outputs))


def masked(scores: Tensor, masks: Tensor) -> Tensor:
    """Scores with minus infinity where an action is illegal; both (n, actions)."""
    return scores.masked_fill(~masks, -torch.inf)
