"""Where the neurons and the lines between them are, and what is under the mouse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from envs.drawing.canvas import Box, Point
from workshop.playground.experiment import Experiment, linears
from workshop.playground.layout import Layout
from workshop.playground.setting import FEATURES, Setting

HEAD, FOOT = 28, 30
"""Units: above the network, and below."""
NEAR = 5
"""Units: so near the mouse must come to a line."""
TERMS = 4
"""Inputs of a neuron that its formula names."""


class Line(NamedTuple):
    """A weight, from one neuron to another."""

    column: int
    """Of the neuron it leads from."""
    source: int
    to: int
    weight: float
    start: Point
    end: Point

    @property
    def key(self) -> tuple[int, int, int]:
        """Which it is."""
        return self.column, self.source, self.to


class Thing(NamedTuple):
    """What is under the mouse: a neuron, or a line."""

    column: int
    unit: int | None = None
    line: tuple[int, int, int] | None = None

    @property
    def place(self) -> tuple[int, int | None]:
        """Of a neuron: its column, and its number from the top."""
        return self.column, self.unit


class Plan:
    """The network in its box; column 0 holds the inputs, and the field is behind the last one.

    Attributes:
        counts: neurons in each column.
        columns: the middle of each.
        picture: the side of a neuron's picture, in pixels.
        spacing: from one column to the next.
    """

    def __init__(self, setting: Setting, layout: Layout) -> None:
        self.setting = setting
        self.unit = unit = layout.unit
        self.counts = [len(FEATURES), *setting.layers]
        width, height = layout.left.width, layout.left.height
        self.top, self.room = HEAD * unit, height - (HEAD + FOOT) * unit
        side = min(46 * unit, self.room / max(self.counts) * 0.84, width / len(self.counts) * 0.62)
        self.picture = max(round(side), 6)
        self.spacing = (width - self.picture) / len(self.counts)
        self.columns = [
            self.picture / 2 + number * self.spacing for number in range(len(self.counts))
        ]
        self.output = width, layout.field.height / 2

    def box(self, column: int, number: int) -> Box:
        """Where a neuron is."""
        count = self.counts[column]
        step = min(self.room / count, self.picture * 1.9)
        y = self.top + self.room / 2 + (number - (count - 1) / 2) * step
        half = self.picture / 2
        return Box(self.columns[column] - half, y - half, self.picture, self.picture)

    def lines(self, experiment: Experiment) -> Iterator[Line]:
        """Every weight."""
        shown = [list(FEATURES).index(name) for name in self.setting.features]
        layers = linears(experiment.network)
        for column, layer in enumerate(layers):
            for to, row in enumerate(layer.weight.tolist()):
                for number, weight in enumerate(row):
                    source = shown[number] if column == 0 else number
                    start = self.box(column, source)
                    end = self.output
                    if column + 1 < len(layers):
                        box = self.box(column + 1, to)
                        end = box.center
                    yield Line(column, source, to, weight, start.center, end)

    def thing_at(self, x: float, y: float, experiment: Experiment) -> Thing | None:
        """The neuron or the line under a point, seen from the corner of the box."""
        for column, count in enumerate(self.counts):
            for number in range(count):
                if self.box(column, number).holds(x, y):
                    return Thing(column, number)
        if not (0 <= x <= self.output[0] and self.top <= y <= self.top + self.room):
            return None
        near = [(_away(line, (x, y)), line) for line in self.lines(experiment)]
        least, line = min(near, key=lambda pair: pair[0])
        return Thing(line.column, line=line.key) if least <= NEAR * self.unit else None

    def column_at(self, x: float, y: float) -> int | None:
        """The column under a point."""
        for column, middle in enumerate(self.columns):
            if abs(x - middle) <= self.spacing / 2:
                return column
        return None


def _away(line: Line, at: Point) -> float:
    """How far a point is from a line."""
    start, end, point = np.array(line.start), np.array(line.end), np.array(at)
    along = end - start
    share = np.clip((point - start) @ along / max(along @ along, 1e-9), 0, 1)
    return float(np.hypot(*(start + share * along - point)))


def described(experiment: Experiment, thing: Thing | None) -> str:
    """What a neuron computes, or what a line weighs; empty if there is nothing."""
    if thing is None:
        return ""
    names = list(FEATURES.values())
    layers = linears(experiment.network)
    if thing.line is not None:
        column, source, to = thing.line
        number = source
        if column == 0:
            number = experiment.setting.features.index(list(FEATURES)[source])
        weight = layers[column].weight[to, number].item()
        start = names[source] if column == 0 else _name(column, source)
        end = _name(column + 1, to) if column + 1 < len(layers) else "the output"
        return f"weight {weight:+.3f} from {start} to {end}"
    assert thing.unit is not None
    if thing.column == 0:
        name = list(FEATURES)[thing.unit]
        off = "" if name in experiment.setting.features else ", which the network is not shown"
        return f"input {names[thing.unit]}{off}"
    return f"{_name(thing.column, thing.unit)} = {_formula(experiment, thing.column, thing.unit)}"


def _name(column: int, number: int) -> str:
    """A neuron's name: its layer as a letter, and its number."""
    return f"{'abcdef'[column - 1]}{number + 1}"


def _formula(experiment: Experiment, column: int, number: int) -> str:
    """What a hidden neuron computes, its largest terms first."""
    layer = linears(experiment.network)[column - 1]
    inputs = [FEATURES[name] for name in experiment.setting.features]
    if column > 1:
        inputs = [_name(column - 1, source) for source in range(layer.in_features)]
    terms = sorted(
        zip(layer.weight[number].tolist(), inputs, strict=True), key=lambda term: -abs(term[0])
    )
    said = " ".join(f"{weight:+.2f} {name}" for weight, name in terms[:TERMS])
    more = " …" if len(terms) > TERMS else ""
    return f"{experiment.setting.activation}({said}{more} {layer.bias[number].item():+.2f})"
