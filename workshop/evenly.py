"""Some of many, where there is no room or time for all."""

from __future__ import annotations

import numpy as np


def evenly(count: int, most: int) -> list[int]:
    """At most so many of the numbers below `count`, evenly, the first and the last among them."""
    return sorted({round(at) for at in np.linspace(0, count - 1, min(count, most))})
