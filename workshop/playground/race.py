"""Optimisers that go down the same landscape from the same place."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from supervised.scratch.optimisers import SGD, Adam, Momentum, RMSProp
from workshop.playground.history import History
from workshop.playground.setting import Setting, differing
from workshop.playground.surfaces import SURFACES, Surface

OPTIMISERS: dict[str, type[SGD]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "rmsprop": RMSProp,
    "adam": Adam,
}
"""Those that are written out in `supervised/scratch/optimisers.py`."""
FORMULAS = {
    "sgd": "p - rate · g",
    "momentum": "v = 0.9 v + g,  p - rate · v",
    "rmsprop": "s = mean g²,  p - rate · g / √s",
    "adam": "v, s = mean g, g²,  p - rate · v / √s",
}
STEPS = 3000
"""After so many the race is over."""
AWAY = 4.0
"""Who is so many times as far from the middle as what is shown is lost."""


class Racer:
    """One optimiser, where it is and where it was."""

    def __init__(self, name: str, setting: Setting) -> None:
        x, y = setting.start or SURFACES[setting.surface].start
        self.name = name
        self.place = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        self.optimiser = OPTIMISERS[name]([self.place], setting.learning_rate)
        self.trail = [(x, y)]
        self.cost = float(SURFACES[setting.surface].cost(*self.place.detach()))
        self.lost_at = 0
        """The step at which it was thrown out of the landscape; 0: it was not."""

    def step(self, surface: Surface, noise: Tensor, number: int) -> None:
        """One step downhill."""
        if self.lost_at:
            return
        self.optimiser.zero_grad()
        surface.cost(self.place[0], self.place[1]).backward()
        assert self.place.grad is not None
        self.place.grad += noise
        self.optimiser.step()
        x, y = self.place.tolist()
        if not (math.isfinite(x + y) and surface.inside(x, y, AWAY)):
            self.lost_at = number
            self.cost = math.inf
            return
        self.cost = float(surface.cost(*self.place.detach()))
        self.trail.append((x, y))


class Race:
    """All optimisers of a setting, step by step.

    Args:
        setting: of mode `descent`.
    """

    has_points = True

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.reset()

    @property
    def surface(self) -> Surface:
        """Where they are."""
        return SURFACES[self.setting.surface]

    def reset(self) -> None:
        """All back to the start."""
        self.racers = [Racer(name, self.setting) for name in self.setting.racers]
        self._random = torch.Generator().manual_seed(self.setting.seed)
        self.steps = self.epoch = 0
        self.history = History(self.setting.racers)
        self._note()

    def change(self, setting: Setting) -> None:
        """Another rate or noise holds from here; anything else starts anew."""
        what, self.setting = differing(self.setting, setting), setting
        if what - {"learning_rate", "noise"}:
            self.reset()
        for racer in self.racers:
            racer.optimiser.rate = setting.learning_rate

    @property
    def over(self) -> bool:
        """Whether nobody goes on."""
        return self.steps >= STEPS or all(racer.lost_at for racer in self.racers)

    def step(self) -> None:
        """One step of each, with the same noise in the gradient."""
        if self.over:
            return
        self.steps += 1
        self.epoch = self.steps
        noise = self.setting.noise * torch.randn(2, generator=self._random, dtype=torch.float64)
        for racer in self.racers:
            racer.step(self.surface, noise, self.steps)
        self._note()

    def _note(self) -> None:
        costs = [math.nan if racer.lost_at else racer.cost for racer in self.racers]
        self.history.add(self.steps, costs)

    def status(self) -> str:
        """Who is lowest, in one line."""
        best = min(self.racers, key=lambda racer: racer.cost)
        lost = [racer.name for racer in self.racers if racer.lost_at]
        said = f"step {self.steps:,}   lowest: {best.name} at {best.cost:.2g}"
        if lost:
            said += f"   thrown out: {', '.join(lost)}"
        return said
