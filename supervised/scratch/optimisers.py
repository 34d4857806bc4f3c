"""How a gradient becomes a step. Each optimiser is one formula for one parameter.

    SGD        p <- p - rate * g
    momentum   v <- m * v + g                    p <- p - rate * v
    RMSProp    s <- a * s + (1 - a) * g²         p <- p - rate * g / (sqrt(s) + eps)
    Adam       v <- b1 * v + (1 - b1) * g        both divided by 1 - b^t, as they start at 0
               s <- b2 * s + (1 - b2) * g²       p <- p - rate * v / (sqrt(s) + eps)

Sources: Polyak 1964; Tieleman & Hinton 2012, lecture 6.5; Kingma & Ba 2015, algorithm 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor


class SGD:
    """Stochastic gradient descent: downhill, as steep as it is."""

    def __init__(self, parameters: Iterable[Tensor], rate: float) -> None:
        self.parameters = list(parameters)
        self.rate = rate

    def zero_grad(self) -> None:
        """Forgets the gradients of the batch before."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """One step of every parameter that has a gradient."""
        for number, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                parameter -= self.change(number, parameter.grad)

    def change(self, number: int, gradient: Tensor) -> Tensor:
        """By how much parameter `number` goes down."""
        return self.rate * gradient


class Momentum(SGD):
    """A ball that rolls: it goes on where it went, and gathers speed downhill."""

    def __init__(self, parameters: Iterable[Tensor], rate: float, momentum: float = 0.9) -> None:
        super().__init__(parameters, rate)
        self.momentum = momentum
        self.velocity = [torch.zeros_like(parameter) for parameter in self.parameters]

    def change(self, number: int, gradient: Tensor) -> Tensor:
        """Along the velocity."""
        self.velocity[number] = self.momentum * self.velocity[number] + gradient
        return self.rate * self.velocity[number]


class RMSProp(SGD):
    """Steps of about one size, however steep: divided by how large gradients were of late."""

    def __init__(
        self, parameters: Iterable[Tensor], rate: float, memory: float = 0.99, eps: float = 1e-8
    ) -> None:
        super().__init__(parameters, rate)
        self.memory, self.eps = memory, eps
        self.square = [torch.zeros_like(parameter) for parameter in self.parameters]

    def change(self, number: int, gradient: Tensor) -> Tensor:
        """The gradient by its root mean square."""
        self.square[number] = (
            self.memory * self.square[number] + (1 - self.memory) * gradient.square()
        )
        return self.rate * gradient / (self.square[number].sqrt() + self.eps)


class Adam(SGD):
    """Momentum and RMSProp in one, put right for having started at 0."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        rate: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, rate)
        self.betas, self.eps = betas, eps
        self.mean = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.square = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = [0] * len(self.parameters)

    def change(self, number: int, gradient: Tensor) -> Tensor:
        """The mean gradient by the root mean square."""
        first, second = self.betas
        self.steps[number] += 1
        self.mean[number] = first * self.mean[number] + (1 - first) * gradient
        self.square[number] = second * self.square[number] + (1 - second) * gradient.square()
        mean = self.mean[number] / (1 - first ** self.steps[number])
        root = self.square[number].sqrt() / math.sqrt(1 - second ** self.steps[number])
        return self.rate * mean / (root + self.eps)
