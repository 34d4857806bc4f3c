"""How numbers went, in bounded memory: when it is full, every second entry is forgotten."""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST = 1024


class History:
    """A few curves over the same times.

    Args:
        names: of the curves.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.times: list[int] = []
        self.curves: dict[str, list[float]] = {name: [] for name in names}
        self._stride = 1
        self._seen = 0

    def add(self, time: int, values: Sequence[float]) -> None:
        """Notes the values at a time; NaN where a curve has none."""
        self._seen += 1
        if (self._seen - 1) % self._stride:
            return
        self.times.append(time)
        for curve, value in zip(self.curves.values(), values, strict=True):
            curve.append(value)
        if len(self.times) > MOST:
            self._stride *= 2
            self.times = self.times[::2]
            self.curves = {name: curve[::2] for name, curve in self.curves.items()}

    def range(self) -> tuple[float, float]:
        """The least and the greatest finite value; 0 and 1 if there is none."""
        values = [v for curve in self.curves.values() for v in curve if math.isfinite(v)]
        return (min(values), max(values)) if values else (0.0, 1.0)
