"""Backpropagation written out: arrays that remember how they were made.

Each operation computes a value and notes, for each of its inputs, how a gradient of the value
becomes one of that input. `backward` walks the notes from the end to the start: the chain rule.

After micrograd (A. Karpathy 2020), with two differences: values are arrays of any shape, with
NumPy's broadcasting; and `backward` keeps what flows apart from what was gathered before, so that
calling it twice adds the same gradient twice, as in PyTorch, and not something else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike

Gradient = Callable[[np.ndarray], np.ndarray]
Number = Union["Value", ArrayLike]


class Value:
    """An array (a number is one of no dimensions) and, after `backward`, its gradient."""

    __array_ufunc__ = None  # so that array + value is ours, too

    def __init__(self, data: ArrayLike, made_from: tuple[tuple[Value, Gradient], ...] = ()) -> None:
        self.data = np.asarray(data, np.float64)
        self.grad = np.zeros_like(self.data)
        self._made_from = made_from

    def __add__(self, other: Number) -> Value:
        other = value(other)
        return Value(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other: Number) -> Value:
        other = value(other)
        inputs = ((self, lambda g: g * other.data), (other, lambda g: g * self.data))
        return Value(self.data * other.data, inputs)

    def __pow__(self, power: float) -> Value:
        slope = power * self.data ** (power - 1) if power else np.zeros_like(self.data)
        return Value(self.data**power, ((self, lambda g: g * slope),))

    def __matmul__(self, other: Value) -> Value:
        if min(self.data.ndim, other.data.ndim) < 2:
            shapes = f"{self.data.shape} and {other.data.shape}"
            raise ValueError(f"@ multiplies matrices, not {shapes}; reshape a vector first")
        left = (self, lambda g: g @ other.data.swapaxes(-1, -2))
        return Value(
            self.data @ other.data, (left, (other, lambda g: self.data.swapaxes(-1, -2) @ g))
        )

    def exp(self) -> Value:
        """e to the power of it."""
        result = np.exp(self.data)
        return Value(result, ((self, lambda g: g * result),))

    def log(self) -> Value:
        """The natural logarithm."""
        return Value(np.log(self.data), ((self, lambda g: g / self.data),))

    def tanh(self) -> Value:
        """The hyperbolic tangent."""
        result = np.tanh(self.data)
        return Value(result, ((self, lambda g: g * (1 - result**2)),))

    def sigmoid(self) -> Value:
        """1 / (1 + exp(-x)), without overflow."""
        return ((self * 0.5).tanh() + 1) * 0.5

    def relu(self) -> Value:
        """It where it is positive, else 0; the slope at 0 is 0."""
        return Value(np.maximum(self.data, 0), ((self, lambda g: g * (self.data > 0)),))

    def sum(self, axis: int | None = None) -> Value:
        """The sum of all, or along an axis, which stays, with length 1."""
        total = self.data.sum(axis, keepdims=axis is not None)
        return Value(total, ((self, lambda g: np.broadcast_to(g, self.data.shape)),))

    def mean(self, axis: int | None = None) -> Value:
        """The mean of all, or along an axis, which stays, with length 1."""
        return self.sum(axis) / (self.data.size if axis is None else self.data.shape[axis])

    def reshape(self, *shape: int) -> Value:
        """The same numbers in another shape."""
        return Value(self.data.reshape(shape), ((self, lambda g: g.reshape(self.data.shape)),))

    def __getitem__(self, place: Any) -> Value:
        def scatter(g: np.ndarray) -> np.ndarray:
            whole = np.zeros_like(self.data)
            np.add.at(whole, place, g)  # a place may have been read several times
            return whole

        return Value(self.data[place], ((self, scatter),))

    def log_softmax(self) -> Value:
        """The logarithm of the softmax along the last axis."""
        shifted = self - self.data.max(-1, keepdims=True)  # changes nothing, and cannot overflow
        return shifted - shifted.exp().sum(-1).log()

    def backward(self) -> None:
        """Adds to every `grad` the gradient of this number.

        Raises:
            ValueError: it is no single number.
        """
        if self.data.size != 1:
            raise ValueError(f"backward starts at one number, not at shape {self.data.shape}")
        flowing = {self: np.ones_like(self.data)}
        for node in reversed(self._ancestors()):
            arrived = flowing.pop(node)
            node.grad = node.grad + arrived
            for source, gradient in node._made_from:
                part = _like(gradient(arrived), source.data.shape)
                flowing[source] = flowing[source] + part if source in flowing else part

    def _ancestors(self) -> list[Value]:
        """All it was made from, each after what it was made from itself; without recursion."""
        order: dict[Value, None] = {}
        stack = [(self, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order[node] = None
            elif node not in order:
                stack.append((node, True))
                stack += [(source, False) for source, _ in node._made_from]
        return list(order)

    def __neg__(self) -> Value:
        return self * -1

    def __sub__(self, other: Number) -> Value:
        return self + -value(other)

    def __rsub__(self, other: Number) -> Value:
        return value(other) - self

    def __truediv__(self, other: Number) -> Value:
        return self * value(other) ** -1

    def __rtruediv__(self, other: Number) -> Value:
        return value(other) / self

    __radd__, __rmul__ = __add__, __mul__


def value(number: Number) -> Value:
    """A number or an array as a Value."""
    return number if isinstance(number, Value) else Value(number)


def _like(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Undoes broadcasting: what was used several times receives the sum of all its gradients."""
    gradient = gradient.sum(tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(n for n, size in enumerate(shape) if size == 1 != gradient.shape[n])
    return gradient.sum(stretched, keepdims=True)


def cross_entropy(logits: Value, labels: np.ndarray) -> Value:
    """The mean surprise at the right labels, in nats. `logits`: (n, classes); `labels`: (n,)."""
    return -logits.log_softmax()[np.arange(len(labels)), labels].mean()
