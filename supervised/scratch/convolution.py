"""The convolution of a CNN, forward and backward.

    out[n, o, y, x] = bias[o] + sum over c, i, j of
                      weight[o, c, i, j] * inputs[n, c, stride * y + i, stride * x + j]

One place (i, j) of the kernel after the other: each is a plain matrix product over the channels,
of the inputs as they lie under that place. Backward each product gives its gradients back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class Gradients(NamedTuple):
    """Of the cost, in the shapes of what they belong to."""

    inputs: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


def convolve(
    inputs: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """The feature maps: (n, channels_out, rows, cols).

    Args:
        inputs: (n, channels_in, rows, cols).
        weight: (channels_out, channels_in, kernel_rows, kernel_cols).
        bias: (channels_out,).
        padding: zeros around each input.

    Raises:
        ValueError: the kernel is larger than the padded input.
    """
    padded = _pad(inputs, padding)
    rows, cols = _size(padded, weight, stride)
    out = np.zeros((len(inputs), len(weight), rows, cols)) + bias[:, None, None]
    for i, j, under in _places(weight, rows, cols, stride):
        out += np.einsum("oc,ncyx->noyx", weight[:, :, i, j], padded[under], optimize=True)
    return out


def convolve_backward(
    gradient: np.ndarray,
    inputs: np.ndarray,
    weight: np.ndarray,
    stride: int = 1,
    padding: int = 0,
) -> Gradients:
    """From the gradient of the feature maps, those of inputs, weight and bias."""
    padded = _pad(inputs, padding)
    of_padded, of_weight = np.zeros_like(padded), np.zeros_like(weight)
    for i, j, under in _places(weight, gradient.shape[2], gradient.shape[3], stride):
        of_weight[:, :, i, j] = np.einsum("noyx,ncyx->oc", gradient, padded[under], optimize=True)
        of_padded[under] += np.einsum("oc,noyx->ncyx", weight[:, :, i, j], gradient, optimize=True)
    rows, cols = inputs.shape[2:]
    of_inputs = of_padded[:, :, padding : padding + rows, padding : padding + cols]
    return Gradients(of_inputs, of_weight, gradient.sum((0, 2, 3)))


def _pad(inputs: np.ndarray, padding: int) -> np.ndarray:
    return np.pad(inputs, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def _size(padded: np.ndarray, weight: np.ndarray, stride: int) -> tuple[int, int]:
    """Rows and columns of the feature maps."""
    free = [size - kernel for size, kernel in zip(padded.shape[2:], weight.shape[2:], strict=True)]
    if min(free) < 0:
        raise ValueError(f"a kernel of {weight.shape[2:]} does not fit into {padded.shape[2:]}")
    return free[0] // stride + 1, free[1] // stride + 1


def _places(
    weight: np.ndarray, rows: int, cols: int, stride: int
) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """Each place of the kernel, and the inputs that lie under it: (n, channels, rows, cols)."""
    for i, j in np.ndindex(weight.shape[2:]):
        down = slice(i, i + stride * (rows - 1) + 1, stride)
        right = slice(j, j + stride * (cols - 1) + 1, stride)
        yield i, j, (slice(None), slice(None), down, right)
