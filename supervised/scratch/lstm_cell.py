"""One step of an LSTM, forward and backward.

    i = sigmoid(...)    how much of what is new comes in
    f = sigmoid(...)    how much of the memory is kept
    g = tanh(...)       what is new
    o = sigmoid(...)    how much of the memory is shown
    memory = f * memory + i * g
    shown  = o * tanh(memory)

    where ... is weight_inputs @ inputs + weight_shown @ shown + bias, a quarter of it for each

Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. PyTorch has the
same order of gates, and two biases that it adds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Weights(NamedTuple):
    """What is learned; also the shape of its gradients."""

    inputs: np.ndarray
    """(4 * hidden, inputs)."""
    shown: np.ndarray
    """(4 * hidden, hidden)."""
    bias: np.ndarray
    """(4 * hidden,)."""


class State(NamedTuple):
    """What goes from one step to the next; also the shape of its gradients. Each (n, hidden)."""

    shown: np.ndarray
    memory: np.ndarray


class Step(NamedTuple):
    """What happened in a step: what the way back needs."""

    inputs: np.ndarray
    before: State
    gates: np.ndarray
    """i, f, g, o: (4, n, hidden)."""
    after: State


def forward(weights: Weights, inputs: np.ndarray, state: State) -> Step:
    """One step. `inputs`: (n, inputs)."""
    sums = inputs @ weights.inputs.T + state.shown @ weights.shown.T + weights.bias
    i, f, g, o = np.split(sums, 4, axis=1)
    gates = np.stack((_sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)))
    i, f, g, o = gates
    memory = f * state.memory + i * g
    return Step(inputs, state, gates, State(o * np.tanh(memory), memory))


def backward(weights: Weights, step: Step, gradient: State) -> tuple[Weights, np.ndarray, State]:
    """The gradients of the weights, of the inputs and of the state before.

    Args:
        gradient: that of the state after the step, from the cost and from the step after it.
    """
    i, f, g, o = step.gates
    bent = np.tanh(step.after.memory)
    of_memory = gradient.memory + gradient.shown * o * (1 - bent**2)
    of_sums = np.concatenate(
        (
            of_memory * g * i * (1 - i),
            of_memory * step.before.memory * f * (1 - f),
            of_memory * i * (1 - g**2),
            gradient.shown * bent * o * (1 - o),
        ),
        axis=1,
    )  # (n, 4 * hidden)
    of_weights = Weights(of_sums.T @ step.inputs, of_sums.T @ step.before.shown, of_sums.sum(0))
    return of_weights, of_sums @ weights.inputs, State(of_sums @ weights.shown, of_memory * f)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return (np.tanh(x / 2) + 1) / 2  # 1 / (1 + exp(-x)), which may overflow
