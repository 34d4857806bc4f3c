"""One step of a GRU, forward and backward.

    r = sigmoid(...)                         how much of what is shown counts for what is new
    z = sigmoid(...)                         how much of what is shown is kept
    n = tanh(of_inputs + r * of_shown)       what is new
    shown = z * shown + (1 - z) * n

    where ... is weight_inputs @ inputs + weight_shown @ shown + both biases, a third of it for each

Source: Cho et al. 2014; as in PyTorch, r is applied behind the second product, and the order of
gates is r, z, n.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Weights(NamedTuple):
    """What is learned; also the shape of its gradients."""

    inputs: np.ndarray
    """(3 * hidden, inputs)."""
    shown: np.ndarray
    """(3 * hidden, hidden)."""
    bias_inputs: np.ndarray
    """(3 * hidden,)."""
    bias_shown: np.ndarray
    """(3 * hidden,)."""


class Step(NamedTuple):
    """What happened in a step: what the way back needs."""

    inputs: np.ndarray
    before: np.ndarray
    gates: np.ndarray
    """r, z, n: (3, n, hidden)."""
    of_shown: np.ndarray
    """What n was made of, that r let through: (n, hidden)."""
    after: np.ndarray
    """(n, hidden)."""


def forward(weights: Weights, inputs: np.ndarray, shown: np.ndarray) -> Step:
    """One step. `inputs`: (n, inputs); `shown`: (n, hidden)."""
    first = np.split(inputs @ weights.inputs.T + weights.bias_inputs, 3, axis=1)
    second = np.split(shown @ weights.shown.T + weights.bias_shown, 3, axis=1)
    r, z = (1 / (1 + np.exp(-(a + b))) for a, b in zip(first[:2], second[:2], strict=True))
    n = np.tanh(first[2] + r * second[2])
    return Step(inputs, shown, np.stack((r, z, n)), second[2], z * shown + (1 - z) * n)


def backward(
    weights: Weights, step: Step, gradient: np.ndarray
) -> tuple[Weights, np.ndarray, np.ndarray]:
    """The gradients of the weights, of the inputs and of what was shown before.

    Args:
        gradient: that of what is shown after the step, (n, hidden).
    """
    r, z, n = step.gates
    of_n = gradient * (1 - z) * (1 - n**2)
    of_z = gradient * (step.before - n) * z * (1 - z)
    of_r = of_n * step.of_shown * r * (1 - r)
    first = np.concatenate((of_r, of_z, of_n), axis=1)  # (n, 3 * hidden)
    second = np.concatenate((of_r, of_z, of_n * r), axis=1)
    of_weights = Weights(first.T @ step.inputs, second.T @ step.before, first.sum(0), second.sum(0))
    return of_weights, first @ weights.inputs, second @ weights.shown + gradient * z
