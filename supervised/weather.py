"""Four years of weather in Seattle: what will tomorrow's temperature be?"""

from __future__ import annotations

import csv
import math
from datetime import date
from pathlib import Path

import torch
from torch import Tensor

from supervised.dataset import Dataset

DAYS = 7
"""How many days are known: today and the six before."""
HOT = 16.0
"""Degrees Celsius from which on a day is called hot: about every other day is."""
KINDS = ("drizzle", "fog", "rain", "snow", "sun")
FEATURES = ("rain (mm)", "maximum (°C)", "minimum (°C)", "wind (m/s)", "winter", "spring", *KINDS)
"""What is known of a day. `winter` and `spring` are where it stands on the circle of the year."""
MAXIMUM = FEATURES.index("maximum (°C)")
SEASON = [FEATURES.index("winter"), FEATURES.index("spring")]
SOURCE = "NOAA, daily records of Seattle 2012 to 2015; in vega_datasets"
LICENCE = "public domain; vega_datasets MIT"


def days() -> Tensor:
    """All days in their order: (1461, features)."""
    from vega_datasets import data

    with Path(data.seattle_weather.filepath).open(newline="", encoding="utf-8") as file:
        return torch.tensor([_features(row) for row in csv.DictReader(file)])


def weather(known: int = DAYS) -> Dataset:
    """Tomorrow's highest temperature in Seattle, from the days before: (n, known, features)."""
    inputs, tomorrow = _windows(known)
    about = f"tomorrow's highest temperature (°C) from the last {known} days in Seattle"
    return Dataset("weather", inputs, tomorrow, (), about, SOURCE, LICENCE, span=known + 1)


def cold_or_hot(known: int = DAYS) -> Dataset:
    """Whether tomorrow will be hot in Seattle."""
    inputs, tomorrow = _windows(known)
    hot = (tomorrow >= HOT).long()
    about = f"whether tomorrow reaches {HOT:g} °C, from the last {known} days in Seattle"
    classes = ("cold", "hot")
    return Dataset("cold-or-hot", inputs, hot, classes, about, SOURCE, LICENCE, span=known + 1)


def persistence(inputs: Tensor) -> Tensor:
    """The forecast that every other one has to beat: tomorrow will be like today. (n,) in °C."""
    return inputs[:, -1, MAXIMUM]


def _windows(known: int) -> tuple[Tensor, Tensor]:
    every = days()
    inputs = every[:-1].unfold(0, known, 1).transpose(1, 2).contiguous()  # (n, known, features)
    return inputs, every[known:, MAXIMUM].clone()


def _features(row: dict[str, str]) -> list[float]:
    angle = math.tau * (date(*map(int, row["date"].split("/"))).timetuple().tm_yday - 1) / 365.25
    numbers = [float(row[name]) for name in ("precipitation", "temp_max", "temp_min", "wind")]
    kinds = [float(row["weather"] == kind) for kind in KINDS]
    return [*numbers, math.cos(angle), math.sin(angle), *kinds]
