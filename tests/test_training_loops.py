"""The loops that the benchmark compares learn from the same rows."""

from __future__ import annotations

import torch

from benchmarks.training_loops import MEAN, SPREAD, Images, Ready, loader_of
from supervised.data import load
from supervised.split import split


def test_a_row_of_an_image_is_the_row_that_was_ready_but_normalised() -> None:
    dataset = load("mnist5k")
    rows = torch.tensor([7, 3, 4999])
    ready, images = Ready(dataset, rows), Images(dataset, rows)
    assert len(ready) == len(images) == 3
    for row in range(3):
        pixels, target = images[row]
        torch.testing.assert_close(pixels * SPREAD + MEAN, ready[row][0])
        assert target == ready[row][1] == dataset.targets[rows[row]]


def test_the_textbooks_loader_shows_every_row_once() -> None:
    dataset = load("mnist5k")
    rows = split(dataset, 0, validation=0.0).train
    shown = torch.cat([targets for _, targets in loader_of(Ready(dataset, rows), 64, workers=0)])
    assert shown.bincount().tolist() == dataset.targets[rows].bincount().tolist()
