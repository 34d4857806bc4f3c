"""The twins written from scratch do what PyTorch does, forward and backward, to 1e-6."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays
from torch import Tensor

from supervised.scratch import convolution, gru_cell, lstm_cell, optimisers
from supervised.scratch.autograd import Value, cross_entropy

SEEDS = some.integers(0, 2**32 - 1)
SHAPES = arrays.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4)


def same(ours: Any, theirs: Tensor) -> None:
    """The same shape, and the same numbers to 1e-6."""
    expected = theirs.detach().numpy()
    assert np.shape(ours) == expected.shape
    assert np.asarray(ours) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def draw(seed: int, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Random numbers; none of them is just 0, where some slopes are a matter of taste."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) + 1e-3 for shape in shapes]


def both(function: Callable[..., Any], numbers: list[np.ndarray], calls: int = 1) -> None:
    """`function` of our values and of tensors, and all gradients after `calls` backwards."""
    ours = [Value(number) for number in numbers]
    theirs = [torch.tensor(number, requires_grad=True) for number in numbers]
    our_result, their_result = function(*ours), function(*theirs)
    same(our_result.data, their_result)
    weights = draw(0, our_result.data.shape)[0]  # so that no two gradients are alike
    our_cost, their_cost = (
        (our_result * weights).sum(),
        (their_result * torch.tensor(weights)).sum(),
    )
    for _ in range(calls):
        our_cost.backward()
        their_cost.backward(retain_graph=True)
    for our, their in zip(ours, theirs, strict=True):
        same(our.grad, torch.zeros_like(their) if their.grad is None else their.grad)


# autograd


@settings(deadline=None, max_examples=60)
@given(SHAPES, SEEDS, some.sampled_from("+-*/"))
def test_arithmetic_with_broadcasting(shapes: Any, seed: int, sign: str) -> None:
    def function(a: Any, b: Any) -> Any:
        return {"+": a + b, "-": a - b, "*": a * b, "/": a / (b * b + 0.5)}[sign]

    both(function, draw(seed, *shapes.input_shapes))


@settings(deadline=None, max_examples=60)
@given(
    arrays.array_shapes(min_dims=0, max_dims=3, max_side=4),
    SEEDS,
    some.sampled_from(["exp", "tanh", "sigmoid", "relu", "log", "sum", "mean", "neg"]),
)
def test_functions_of_one_array(shape: tuple[int, ...], seed: int, name: str) -> None:
    def function(a: Any) -> Any:
        inner = a * a + 0.1 if name == "log" else a
        return -inner if name == "neg" else getattr(inner, name)()

    both(function, draw(seed, shape))


@settings(deadline=None, max_examples=40)
@given(arrays.array_shapes(min_dims=1, max_dims=3, max_side=4), SEEDS, some.data())
def test_sums_along_an_axis_and_reshaping(shape: Any, seed: int, data: Any) -> None:
    axis = data.draw(some.integers(-len(shape), len(shape) - 1))
    keep: Callable[..., Any] = lambda a: {} if isinstance(a, Value) else {"keepdim": True}  # noqa: E731
    both(lambda a: a * a.sum(axis, **keep(a)), draw(seed, shape))
    both(lambda a: a - a.mean(axis, **keep(a)), draw(seed, shape))
    both(lambda a: a.reshape(-1, 1) * 2, draw(seed, shape))


@settings(deadline=None, max_examples=40)
@given(arrays.mutually_broadcastable_shapes(signature="(n,k),(k,m)->(n,m)", max_dims=2), SEEDS)
def test_products_of_matrices(shapes: Any, seed: int) -> None:
    both(lambda a, b: a @ b, draw(seed, *shapes.input_shapes))


@pytest.mark.parametrize("power", [-2, -1, 0, 0.5, 1, 2, 3])
def test_powers_even_of_zero(power: float) -> None:
    numbers = np.array([0.0, 0.3, 2.0]) if power in (0, 1, 2, 3) else np.array([0.3, 2.0])
    both(lambda a: a**power, [numbers])


def test_a_number_on_the_left_and_a_plain_array_work_too() -> None:
    for function in (
        lambda a: 2 + a,
        lambda a: 2 - a,
        lambda a: 2 * a,
        lambda a: 2 / a,
    ):
        both(function, [np.array([[0.5, -1.5]])])
    total = (np.array([[1.0, 2.0]]) * Value([[3.0], [4.0]])).sum()
    assert isinstance(total, Value) and total.data == 21


def test_a_value_used_twice_gets_both_gradients_and_so_does_a_place_read_twice() -> None:
    both(lambda a: a * a + a.tanh() * a, draw(1, (3, 2)))
    places = np.array([0, 2, 0])
    both(lambda a: a[places], draw(2, (3, 2)))


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_backward_twice_adds_the_same_again(calls: int) -> None:
    """micrograd's second backward runs on what the first left in the middle of the graph."""
    both(lambda a, b: (a * b).tanh() * a, draw(3, (2, 3), (3,)), calls)


def test_a_chain_of_ten_thousand_is_no_too_deep_a_recursion() -> None:
    x = Value(1.0)
    total = x
    for _ in range(10_000):
        total = total + x
    total.backward()
    assert x.grad == 10_001


@settings(deadline=None, max_examples=25)
@given(some.integers(1, 5), some.integers(1, 4), some.integers(2, 4), SEEDS)
def test_a_multilayer_perceptron_with_cross_entropy(
    rows: int, inputs: int, classes: int, seed: int
) -> None:
    data = draw(seed, (rows, inputs), (inputs, 6), (6,), (6, classes), (classes,))
    labels = np.random.default_rng(seed).integers(classes, size=rows)
    ours = [Value(number) for number in data]
    theirs = [torch.tensor(number, requires_grad=True) for number in data]

    def logits(x: Any, w: Any, b: Any, v: Any, c: Any) -> Any:
        return (x @ w + b).relu() @ v + c

    our_cost = cross_entropy(logits(*ours) * 300, labels)  # no overflow
    their_cost = torch.nn.functional.cross_entropy(logits(*theirs) * 300, torch.tensor(labels))
    our_cost.backward()
    their_cost.backward()
    same(our_cost.data, their_cost)
    for our, their in zip(ours, theirs, strict=True):
        assert their.grad is not None
        same(our.grad, their.grad)


def test_backward_from_an_array_and_products_of_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match=r"backward starts at one number, not at shape \(2,\)"):
        Value([1.0, 2.0]).backward()
    with pytest.raises(ValueError, match="@ multiplies matrices"):
        Value([1.0, 2.0]) @ Value([1.0, 2.0])


# convolution


@settings(deadline=None, max_examples=60)
@given(
    some.tuples(*[some.integers(1, 3)] * 3),
    some.tuples(some.integers(1, 8), some.integers(1, 8)),
    some.tuples(some.integers(1, 4), some.integers(1, 4)),
    some.integers(1, 3),
    some.integers(0, 2),
    SEEDS,
)
def test_the_convolution(
    sizes: tuple[int, int, int],
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: int,
    padding: int,
    seed: int,
) -> None:
    count, channels, maps = sizes
    inputs, weight, bias = draw(seed, (count, channels, *image), (maps, channels, *kernel), (maps,))
    if any(k > n + 2 * padding for k, n in zip(kernel, image, strict=True)):
        with pytest.raises(ValueError, match="does not fit into"):
            convolution.convolve(inputs, weight, bias, stride, padding)
        return
    tensors = [torch.tensor(number, requires_grad=True) for number in (inputs, weight, bias)]
    theirs = torch.nn.functional.conv2d(*tensors, stride, padding)
    ours = convolution.convolve(inputs, weight, bias, stride, padding)
    same(ours, theirs)
    (gradient,) = draw(seed + 1, ours.shape)
    theirs.backward(torch.tensor(gradient))
    found = convolution.convolve_backward(gradient, inputs, weight, stride, padding)
    for our, their in zip(found, tensors, strict=True):
        assert their.grad is not None
        same(our, their.grad)


# LSTM


@settings(deadline=None, max_examples=40)
@given(*[some.integers(1, 4)] * 4, SEEDS)
def test_the_lstm_cell_over_several_steps(
    count: int, inputs: int, hidden: int, steps: int, seed: int
) -> None:
    """Backpropagation through time, against torch.nn.LSTM; its second bias is 0."""
    numbers = draw(
        seed, (steps, count, inputs), (4 * hidden, inputs), (4 * hidden, hidden), (4 * hidden,),
        (count, hidden), (count, hidden),
    )  # fmt: skip
    tensors = [torch.tensor(number, requires_grad=True) for number in numbers]
    x, w_inputs, w_shown, bias, shown, memory = tensors
    network = torch.nn.LSTM(inputs, hidden, dtype=torch.float64)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")
    changed = dict(zip(names, (w_inputs, w_shown, bias), strict=True))
    changed["bias_hh_l0"] = torch.zeros_like(bias)
    out, (_, last) = torch.func.functional_call(network, changed, (x, (shown[None], memory[None])))

    weights, state = lstm_cell.Weights(*numbers[1:4]), lstm_cell.State(*numbers[4:])
    taken = []
    for step in range(steps):
        taken.append(lstm_cell.forward(weights, numbers[0][step], state))
        state = taken[-1].after
    same(np.stack([step.after.shown for step in taken]), out)
    same(state.memory, last[0])

    of_out, of_last = draw(seed + 1, out.shape, last[0].shape)
    ((out * torch.tensor(of_out)).sum() + (last[0] * torch.tensor(of_last)).sum()).backward()
    of_weights = [np.zeros_like(weight) for weight in weights]
    of_state, of_inputs = lstm_cell.State(np.zeros_like(of_last), of_last), []
    for step in reversed(range(steps)):
        gradient = lstm_cell.State(of_state.shown + of_out[step], of_state.memory)
        parts, of_input, of_state = lstm_cell.backward(weights, taken[step], gradient)
        of_weights = [sum_ + part for sum_, part in zip(of_weights, parts, strict=True)]
        of_inputs.insert(0, of_input)
    for our, their in zip((np.stack(of_inputs), *of_weights, *of_state), tensors, strict=True):
        assert their.grad is not None
        same(our, their.grad)


# GRU


@settings(deadline=None, max_examples=40)
@given(*[some.integers(1, 4)] * 4, SEEDS)
def test_the_gru_cell_over_several_steps(
    count: int, inputs: int, hidden: int, steps: int, seed: int
) -> None:
    """Backpropagation through time, against torch.nn.GRU."""
    numbers = draw(
        seed, (steps, count, inputs), (3 * hidden, inputs), (3 * hidden, hidden), (3 * hidden,),
        (3 * hidden,), (count, hidden),
    )  # fmt: skip
    tensors = [torch.tensor(number, requires_grad=True) for number in numbers]
    network = torch.nn.GRU(inputs, hidden, dtype=torch.float64)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    changed = dict(zip(names, tensors[1:5], strict=True))
    out, _ = torch.func.functional_call(network, changed, (tensors[0], tensors[5][None]))

    weights, shown, taken = gru_cell.Weights(*numbers[1:5]), numbers[5], []
    for step in range(steps):
        taken.append(gru_cell.forward(weights, numbers[0][step], shown))
        shown = taken[-1].after
    same(np.stack([step.after for step in taken]), out)

    (of_out,) = draw(seed + 1, out.shape)
    (out * torch.tensor(of_out)).sum().backward()
    of_weights = [np.zeros_like(weight) for weight in weights]
    of_shown, of_inputs = np.zeros_like(numbers[5]), []
    for step in reversed(range(steps)):
        parts, of_input, of_shown = gru_cell.backward(weights, taken[step], of_shown + of_out[step])
        of_weights = [sum_ + part for sum_, part in zip(of_weights, parts, strict=True)]
        of_inputs.insert(0, of_input)
    for our, their in zip((np.stack(of_inputs), *of_weights, of_shown), tensors, strict=True):
        assert their.grad is not None
        same(our, their.grad)


# Optimisers


PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sgd": (optimisers.SGD, torch.optim.SGD),
    "momentum": (optimisers.Momentum, lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9)),
    "rmsprop": (optimisers.RMSProp, torch.optim.RMSprop),
    "adam": (optimisers.Adam, torch.optim.Adam),
}


@pytest.mark.parametrize("name", PAIRS)
@settings(deadline=None, max_examples=15)
@given(seed=SEEDS, rate=some.floats(1e-4, 0.5), steps=some.integers(1, 12))
def test_optimisers_take_the_steps_of_torch(name: str, seed: int, rate: float, steps: int) -> None:
    """One of the parameters has no gradient every other time, and stays where it is."""
    numbers = draw(seed, (3, 2), (4,), ())
    ours, theirs = ([torch.tensor(n, requires_grad=True) for n in numbers] for _ in range(2))
    for parameters, make in zip((ours, theirs), PAIRS[name], strict=True):
        optimiser = make(parameters, rate)
        for step in range(steps):
            optimiser.zero_grad()
            used = parameters[: 2 + step % 2]
            sum((p * p * (1 + n)).sum() + p.sin().sum() for n, p in enumerate(used)).backward()
            optimiser.step()
    for our, their in zip(ours, theirs, strict=True):
        same(our.detach().numpy(), their)
