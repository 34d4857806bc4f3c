"""New images from old ones: what a label survives is worth learning. On whole batches at once."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def shake(
    images: Tensor,
    generator: torch.Generator,
    degrees: float = 12.0,
    zoom: float = 0.12,
    shear: float = 0.15,
    shift: float = 0.08,
) -> Tensor:
    """Each image turned, zoomed, slanted and moved a little, by chance: (n, channels, rows, cols).

    Args:
        degrees: turned by up to so much, either way.
        zoom: larger or smaller by up to this share.
        shear: slanted by up to this share of its height.
        shift: moved by up to this share of its size, each way. What comes in from outside is 0.
    """
    count = len(images)
    chance = 2 * torch.rand(6, count, generator=generator, device=images.device) - 1
    angle = chance[0] * math.radians(degrees)
    wide, high = 1 + zoom * chance[1], 1 + zoom * chance[2]
    slant = shear * chance[3]
    cos, sin = angle.cos(), angle.sin()
    # where each pixel of the new image is read in the old one, whose corners are at -1 and 1
    across = torch.stack((wide * cos, wide * (slant * cos - sin), 2 * shift * chance[4]), 1)
    down = torch.stack((high * sin, high * (slant * sin + cos), 2 * shift * chance[5]), 1)
    places = torch.nn.functional.affine_grid(
        torch.stack((across, down), 1), list(images.shape), align_corners=False
    )
    return torch.nn.functional.grid_sample(images, places, align_corners=False)
