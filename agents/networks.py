"""What networks read, and the bodies they have: a plain one, and a convolutional one for pictures.

Every network takes its observations flat, as `encode` makes them; a convolutional one puts them
back into planes first.
"""

from __future__ import annotations

import itertools
from typing import Any, Literal, NamedTuple

import gymnasium as gym
import torch
from torch import Tensor, nn

from envs.names import BadInput, nearest
from envs.worlds import World

READABLE = (gym.spaces.Box, gym.spaces.Discrete, gym.spaces.MultiBinary)
"""The kinds of observation a network takes."""
Body = Literal["auto", "mlp", "cnn"]
"""The kinds of network there are; auto: a CNN for pictures of more than `SMALL` cells."""
BODIES = ("auto", "mlp", "cnn")
SMALL = 5 * 5
"""Of so few cells an MLP sees all at a glance: tic-tac-toe, or a window on a gridworld."""
MOST_CELLS = 10 * 10
"""Each convolution halves rows and columns until no more cells than this are left."""


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


class Picture(NamedTuple):
    """The shape of an observation that is planes of cells or pixels."""

    channels: int
    rows: int
    cols: int
    channels_last: bool
    """Whether an observation is (rows, cols, channels), and not (channels, rows, cols)."""

    @classmethod
    def of(cls, space: gym.Space[Any]) -> Picture | None:
        """What `space` shows, if it is a picture.

        Planes of 0 and 1 (`MultiBinary`) come first in every world of ours. In a `Box` the smallest
        side is the channels: last as in most of Gymnasium's images, first where frames are stacked.
        """
        shape = space.shape
        if not isinstance(space, gym.spaces.Box | gym.spaces.MultiBinary) or len(shape or ()) != 3:
            return None
        first, middle, last = shape  # type: ignore[misc]
        if isinstance(space, gym.spaces.Box) and last < first:
            return cls(last, first, middle, channels_last=True)
        return cls(first, middle, last, channels_last=False)


class MLP(nn.Sequential):
    """A multilayer perceptron: linear layers with a rectifier after each but the last."""

    def __init__(self, inputs: int, hidden: tuple[int, ...], outputs: int) -> None:
        sizes = [inputs, *hidden]
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise(sizes):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        super().__init__(*layers, nn.Linear(sizes[-1], outputs))


class ToPlanes(nn.Module):
    """Flat observations as planes: (n, flatdim) -> (n, channels, rows, cols)."""

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.picture = picture

    def forward(self, inputs: Tensor) -> Tensor:
        """The same numbers, in their places."""
        channels, rows, cols, channels_last = self.picture
        if channels_last:
            return inputs.view(-1, rows, cols, channels).permute(0, 3, 1, 2)
        return inputs.view(-1, channels, rows, cols)


class CNN(nn.Sequential):
    """Convolutions of 3 x 3 with a rectifier after each, then an MLP.

    A board keeps its size through two of them; of a large image each convolution moves by two
    cells, so that 84 x 84 become 42, 21, 11 and at last 6 x 6.
    """

    def __init__(self, picture: Picture, hidden: tuple[int, ...], outputs: int) -> None:
        channels, rows, cols = picture[:3]
        layers: list[nn.Module] = [ToPlanes(picture)]
        depth = 0
        while depth < 2 or rows * cols > MOST_CELLS:
            stride, width = 1 + (rows * cols > MOST_CELLS), min(16 * 2**depth, 64)
            layers += [nn.Conv2d(channels, width, 3, stride, padding=1), nn.ReLU()]
            rows, cols = -(-rows // stride), -(-cols // stride)
            channels, depth = width, depth + 1
        super().__init__(*layers, nn.Flatten(), *MLP(channels * rows * cols, hidden, outputs))


def make_body(
    space: gym.Space[Any], hidden: tuple[int, ...], outputs: int, body: Body = "auto"
) -> MLP | CNN:
    """A network for observations of `space`; its first weights come from the global generator.

    Raises:
        BadInput: there is no such body, or a CNN was asked for where there is no picture.
    """
    if body not in BODIES:
        raise BadInput(f"--body: there is no {body!r}; {nearest(body, BODIES)}")
    picture = Picture.of(space)
    if body == "cnn" and picture is None:
        raise BadInput(f"--body cnn is for pictures (rank 3), not for {space}; use --body mlp")
    large = picture is not None and picture.rows * picture.cols > SMALL
    if picture is not None and (body == "cnn" or (body == "auto" and large)):
        return CNN(picture, hidden, outputs)
    return MLP(gym.spaces.flatdim(space), hidden, outputs)


def masked(scores: Tensor, masks: Tensor) -> Tensor:
    """Scores with minus infinity where an action is illegal; both (n, actions)."""
    return scores.masked_fill(~masks, -torch.inf)
