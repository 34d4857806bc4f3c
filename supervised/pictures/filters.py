"""Into a network of images: what it looks for, what it finds, and what its answer hangs on."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from supervised.pictures.sheets import draw_sheet, shown
from supervised.pictures.style import DIVERGING, GREY, HEAT, bare, entitle, new_figure

SHOWN = 6
"""Images that are looked at."""


def draw_all(network: nn.Module, images: Tensor) -> dict[str, Figure]:
    """All pictures that there are of a network with convolutions; of another one only saliency."""
    if not any(True for _ in network.parameters()):
        return {}
    some = images[:: max(1, len(images) // SHOWN)][-SHOWN:]  # rows may lie class by class
    found = {"saliency": draw_saliency(network, some)}
    first = next((part for part in network.modules() if isinstance(part, nn.Conv2d)), None)
    if first is None:
        return found
    return {
        "filters": draw_filters(first),
        "feature_maps": draw_feature_maps(network, some[len(some) // 2]),
        **found,
    }


def draw_filters(layer: nn.Conv2d) -> Figure:
    """The kernels of a convolution, (maps, channels, rows, cols): what each map looks for."""
    kernels = layer.weight.detach().cpu()
    most = float(kernels.abs().max())
    return draw_sheet(
        kernels.mean(1, keepdim=True),
        [],
        "What the first layer looks for",
        "Blue adds, orange takes away.",
        cmap=DIVERGING,
        limits=(-most, most),
    )


def feature_maps(network: nn.Module, image: Tensor) -> list[Tensor]:
    """What each convolution finds in an image, (channels, rows, cols): (maps, rows, cols)."""
    found: list[Tensor] = []
    handles = [
        part.register_forward_hook(lambda _, __, output: found.append(output[0].detach().cpu()))
        for part in network.modules()
        if isinstance(part, nn.Conv2d)
    ]
    was_training = network.training
    try:
        with torch.no_grad():
            network.eval()(image[None])
    finally:
        network.train(was_training)
        for handle in handles:
            handle.remove()
    return found


def draw_feature_maps(network: nn.Module, image: Tensor, across: int = 8, most: int = 4) -> Figure:
    """An image, and under it the first maps of the first convolutions."""
    layers = feature_maps(network, image)[:most]
    figure = new_figure(0.95 * across, 0.98 * (len(layers) + 1) + 0.7)
    entitle(figure, "What each layer finds", "Above the image, then the first maps of each layer.")
    grid = figure.add_gridspec(len(layers) + 1, across)
    axes = figure.add_subplot(grid[0, 0])
    bare(axes)
    axes.imshow(shown(image), cmap=GREY)
    for number, maps in enumerate(layers, start=1):
        for column, one in enumerate(maps[:across]):
            axes = figure.add_subplot(grid[number, column])
            bare(axes)
            axes.imshow(one.numpy(), cmap=HEAT)
    return figure


def saliency(network: nn.Module, images: Tensor) -> Tensor:
    """How much the winning logit changes with each pixel: (n, rows, cols), 0 or more.

    Simonyan, Vedaldi & Zisserman 2014, section 3: the largest of the channels.
    """
    was_training = network.training
    watched = images.clone().requires_grad_()
    network.eval()(watched).max(1).values.sum().backward()
    network.train(was_training)
    network.zero_grad()
    assert watched.grad is not None
    return watched.grad.abs().amax(1)


def draw_saliency(network: nn.Module, images: Tensor) -> Figure:
    """Images, and under each the pixels that its answer hangs on."""
    heat = saliency(network, images)
    figure = new_figure(1.1 * len(images) + 0.2, 2.2 + 0.75)
    entitle(figure, "What the answer hangs on", "Bright: this pixel would change it most.")
    for number, (image, glow) in enumerate(zip(images, heat, strict=True)):
        for row, (picture, cmap) in enumerate(((shown(image), GREY), (glow.numpy(), HEAT))):
            axes = figure.add_subplot(2, len(images), row * len(images) + number + 1)
            bare(axes)
            axes.imshow(picture, cmap=cmap)
    return figure
