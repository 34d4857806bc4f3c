"""The present setting as a script of plain PyTorch, which learns the same, number for number."""

from __future__ import annotations

import inspect
from itertools import pairwise
from pprint import pformat
from textwrap import indent, wrap

from torch import Tensor

from supervised.toys import PLANE, Points
from workshop.playground.gan import BETAS, LATENT
from workshop.playground.race import STEPS
from workshop.playground.setting import ACTIVATIONS, PAINTED, Setting
from workshop.playground.surfaces import SURFACES

OPTIMIZERS = {
    "sgd": "torch.optim.SGD({parameters}, lr={rate})",
    "momentum": "torch.optim.SGD({parameters}, lr={rate}, momentum=0.9)",
    "rmsprop": "torch.optim.RMSprop({parameters}, lr={rate})",
    "adam": "torch.optim.Adam({parameters}, lr={rate}, fused=True)",
}
FORMULAS = {
    "x": "x", "y": "y", "xx": "x**2", "yy": "y**2", "xy": "x * y",
    "sinx": "torch.sin(2 * x)", "siny": "torch.sin(2 * y)",
}  # fmt: skip
PENALTIES = {
    "l1": "sum(p.abs().sum() for p in network.parameters() if p.ndim > 1)",
    "l2": "sum(p.square().sum() for p in network.parameters() if p.ndim > 1) / 2",
}
WIDTH = 96
"""Letters of a line, at most."""


def script(setting: Setting, own: Points | None, epochs: int) -> str:
    """The code of a setting.

    Args:
        own: points in place of a set.
        epochs: how long it learns; for a GAN, likewise; a race has its own length.
    """
    if setting.mode == "descent":
        return _race(setting)
    own = own if setting.data not in PLANE else None
    if setting.mode == "gan":
        return _gan(setting, own, epochs)
    return _network(setting, own, epochs)


def _title(setting: Setting) -> str:
    """The command as a docstring; a line is broken between words only."""
    lines = wrap(setting.command(), WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    return '"""' + "\n    ".join(lines) + '"""'


def _head(setting: Setting, own: Points | None) -> str:
    """The imports, and the function that makes the points."""
    source = inspect.getsource(PLANE[setting.data]) if own is None else ""
    imports = [
        "import torch",
        "from torch import Generator, Tensor, nn" if source else "from torch import nn",
    ]
    if "math." in source:
        imports = ["import math", "", *imports]
    lines = [_title(setting), "", *imports, "", "torch.set_num_threads(1)"]
    if source:
        lines += ["", "Points = tuple[Tensor, Tensor]", "", "", source.rstrip(), ""]
    return "\n".join(lines) + "\n"


def _points(setting: Setting, own: Points | None) -> str:
    """Code that makes `points` and `labels`, and says which are learned from."""
    lines = [f"seed = {setting.seed}", "generator = torch.Generator().manual_seed(seed)"]
    if own is None:
        lines.append(
            f"points, labels = {PLANE[setting.data].__name__}({setting.points}, generator)"
        )
    else:
        lines += [f"points = {_numbers(own[0])}", f"labels = {_numbers(own[1])}"]
    lines.append("order = torch.rand(len(points), generator=generator).argsort()")
    lines.append(
        f"points = points + {setting.noise} * torch.randn(points.shape, generator=generator)"
    )
    lines.append(
        f"cut = min(max(round({setting.train_share} * len(order)), 1), max(len(order) - 1, 1))"
    )
    lines.append("train, test = order[:cut], order[cut:]")
    if own is None:
        lines.append("middle, width = points[train].mean(0), points[train].std(0, correction=0)")
        lines.append("points = (points - middle) / width")
    return "\n".join(lines)


def _numbers(values: Tensor) -> str:
    """Code that makes a tensor, on several lines, with all digits that tell its numbers apart."""
    plain = values.numpy()
    if values.is_floating_point():
        plain = plain.astype(str).astype(float)  # the shortest that float32 tells apart
    rows = pformat(plain.tolist(), width=WIDTH - 4, compact=True)
    return f"torch.tensor(\n{indent(rows, '    ')}\n)"


def _layers(widths: list[int], activation: str) -> str:
    """The lines of an `nn.Sequential`."""
    name = f"nn.{ACTIVATIONS[activation].__name__}()"
    rows = [f"    nn.Linear({before}, {after}), {name}," for before, after in pairwise(widths[:-1])]
    return "\n".join([*rows, f"    nn.Linear({widths[-2]}, {widths[-1]}),"])


def _network(setting: Setting, own: Points | None, epochs: int) -> str:
    features = ", ".join(FORMULAS[name] for name in setting.features)
    layers = _layers([len(setting.features), *setting.layers, 1], setting.activation)
    optimizer = OPTIMIZERS[setting.optimizer].format(
        parameters="network.parameters()", rate=setting.learning_rate
    )
    punish = ""
    if setting.regularisation != "none":
        punish = f"        cost = cost + {setting.penalty} * {PENALTIES[setting.regularisation]}\n"
    return f"""{_head(setting, own)}
{_points(setting, own)}
targets = labels.float()
x, y = points.unbind(1)
inputs = torch.stack([{features}], 1)

torch.manual_seed(seed)  # where the weights begin
network = nn.Sequential(
{layers}
)
optimizer = {optimizer}
shuffling = torch.Generator().manual_seed(seed)

for epoch in range({epochs}):
    order = train[torch.randperm(len(train), generator=shuffling)]
    for batch in order.split({setting.batch_size}):
        logits = network(inputs[batch])[:, 0]
        cost = nn.functional.binary_cross_entropy_with_logits(logits, targets[batch])
{punish}        optimizer.zero_grad()
        cost.backward()
        optimizer.step()

with torch.no_grad():
    right = (network(inputs)[:, 0] > 0) == (targets > 0.5)
print(f"right: train {{right[train].float().mean():.1%}}, test {{right[test].float().mean():.1%}}")
"""


def _gan(setting: Setting, own: Points | None, epochs: int) -> str:
    makes = _layers([LATENT, *setting.layers, 2], setting.activation)
    judges = _layers([2, *setting.layers, 1], setting.activation)
    rate, count = setting.learning_rate, setting.batch_size
    return f"""{_head(setting, own)}
{_points(setting, own)}

torch.manual_seed(seed)  # where the weights begin
generator_network = nn.Sequential(
{makes}
)
discriminator = nn.Sequential(
{judges}
)
for_generator, for_discriminator = (
    torch.optim.Adam(network.parameters(), lr={rate}, betas={BETAS}, fused=True)
    for network in (generator_network, discriminator)
)
chance = torch.Generator().manual_seed(seed)

for step in range({epochs} * len(points) // {count}):
    real = points[torch.randint(len(points), ({count},), generator=chance)].requires_grad_()
    noise = torch.randn(({count}, {LATENT}), generator=chance)
    made = generator_network(noise).detach()
    for_real, for_made = discriminator(real), discriminator(made)
    cost = nn.functional.softplus(-for_real).mean() + nn.functional.softplus(for_made).mean()
    (slope,) = torch.autograd.grad(for_real.sum(), real, create_graph=True)
    whole = cost + {setting.penalty} / 2 * slope.square().sum(1).mean()
    for_discriminator.zero_grad()
    whole.backward()
    for_discriminator.step()

    noise = torch.randn(({count}, {LATENT}), generator=chance)
    loss = nn.functional.softplus(-discriminator(generator_network(noise))).mean()
    for_generator.zero_grad()
    loss.backward()
    for_generator.step()

print(f"loss: discriminator {{cost.item():.3f}}, generator {{loss.item():.3f}}")
print(generator_network(torch.randn((10, {LATENT}), generator=chance)))
"""


def _race(setting: Setting) -> str:
    surface = SURFACES[setting.surface]
    start = list(setting.start or surface.start)
    rows = "\n".join(
        f'    "{name}": lambda p: {_racer(name, setting.learning_rate)},' for name in setting.racers
    )
    return f"""{_title(setting)}

import math

import torch


def loss(x, y):
    return {surface.formula}


optimisers = {{
{rows}
}}
for name, make in optimisers.items():
    place = torch.tensor({start}, dtype=torch.float64, requires_grad=True)
    optimiser = make([place])
    chance = torch.Generator().manual_seed({setting.seed})
    for step in range({STEPS}):
        optimiser.zero_grad()
        loss(place[0], place[1]).backward()
        noise = torch.randn(2, generator=chance, dtype=torch.float64)
        place.grad += {setting.noise} * noise
        optimiser.step()
    print(f"{{name:8}}  loss {{loss(*place).item():.3g}}  at {{place.tolist()}}")
"""


def _racer(name: str, rate: float) -> str:
    made = OPTIMIZERS[name].format(parameters="p", rate=rate)
    return made.replace(", fused=True", "")


def is_empty(setting: Setting, own: Points | None) -> bool:
    """Whether there is nothing to write code for: nothing is painted yet."""
    return setting.data == PAINTED and (own is None or not len(own[0]))
