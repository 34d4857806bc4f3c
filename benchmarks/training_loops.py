"""The loops that `benchmarks.supervised` compares: ours, the textbook's, Lightning's, and none.

Each is the next epoch of the same network on the same rows, in the same batches, and tells how long
it took. Where rows are fetched by a DataLoader, they are either tensors already, or images that are
made tensors when they are asked for, as in PyTorch's tutorials (`ToTensor`, `Normalize`).
"""

from __future__ import annotations

import importlib.util
import os
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from supervised.dataset import Dataset
from supervised.models import module_of
from supervised.split import Split
from supervised.training import OPTIMIZERS, cost_of, train, update

WORKERS = 2
MEAN, SPREAD = 0.1307, 0.3081
"""Of MNIST's pixels, as the tutorials have them."""


class Seconds(NamedTuple):
    """What an epoch took."""

    clock: float
    processor: float
    """Of this process and all that it began."""


Epoch = Callable[[], Seconds]
"""Goes once over all rows."""
Rows = TorchDataset[tuple[Tensor, Tensor]]


class Ready(Rows):
    """A set of tensors, one row at a time."""

    def __init__(self, dataset: Dataset, rows: Tensor) -> None:
        self.inputs, self.targets = dataset.inputs[rows], dataset.targets[rows]

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor]:
        return self.inputs[row], self.targets[row]


class Images(Rows):
    """A set of images, each made a tensor when it is asked for: torchvision's way."""

    def __init__(self, dataset: Dataset, rows: Tensor) -> None:
        self.pixels = (dataset.inputs[rows, 0] * 255).round().to(torch.uint8).numpy()
        self.targets = dataset.targets[rows]

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor]:
        image = Image.fromarray(self.pixels[row])
        pixels = torch.from_numpy(np.array(image)).float().div(255)[None]
        return pixels.sub(MEAN).div(SPREAD), self.targets[row]


class Clock:
    """Time since it was made."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.began = self._now()

    def seconds(self) -> Seconds:
        """Since the beginning, with all that the device was told to do."""
        if self.device.startswith("cuda"):
            torch.cuda.synchronize(self.device)
        return Seconds(*(now - then for now, then in zip(self._now(), self.began, strict=True)))

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.perf_counter(), sum(os.times()[:4])


def timed(epoch: Callable[[], object], device: str) -> Epoch:
    """An epoch that tells how long it took."""

    def measured() -> Seconds:
        clock = Clock(device)
        epoch()
        return clock.seconds()

    return measured


def ours(name: str, dataset: Dataset, rows: Split, device: str) -> Epoch:
    """Our loop."""
    config = module_of(name).Config(epochs=1000, schedule="constant")
    network = module_of(name).make(config, dataset, 0)
    reports = train(config, network, dataset, rows, device, 0)
    return timed(lambda: next(reports), device)


def loader_of(rows: Rows, batch_size: int, workers: int, context: str | None = None) -> Any:
    """A DataLoader as the textbooks have it."""
    return DataLoader(
        rows,
        batch_size,
        shuffle=True,
        num_workers=workers,
        multiprocessing_context=context,
        generator=torch.Generator().manual_seed(0),
    )


def textbook(
    name: str,
    dataset: Dataset,
    rows: Split,
    device: str,
    kind: type[Ready] | type[Images] = Ready,
    workers: int = WORKERS,
    context: str | None = None,
) -> Epoch:
    """The textbook's loop, with the same network and update."""
    config = module_of(name).Config(schedule="constant")
    network = module_of(name).make(config, dataset, 0).to(device)
    optimizer = OPTIMIZERS[config.optimizer](network.parameters(), config.learning_rate)
    loader = loader_of(kind(dataset, rows.train), config.batch_size, workers, context)

    def epoch() -> None:
        network.train()
        for inputs, targets in loader:
            cost = cost_of(network(inputs.to(device)), targets.to(device))
            optimizer.zero_grad()
            cost.backward()
            update(network, optimizer, config)

    return timed(epoch, device)


def has_lightning() -> bool:
    """Whether it is installed."""
    return importlib.util.find_spec("pytorch_lightning") is not None


def lightning(name: str, dataset: Dataset, rows: Split, device: str) -> Epoch:
    """Lightning's loop over the textbook's loader, without its logs, bars and checkpoints.

    Two epochs are trained and the second counts, so that what it prepares costs it nothing.
    """
    import pytorch_lightning

    config = module_of(name).Config(schedule="constant")
    loader = loader_of(Ready(dataset, rows.train), config.batch_size, WORKERS)
    taken: list[Seconds] = []

    class Learner(pytorch_lightning.LightningModule):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.network = module_of(name).make(config, dataset, 0)

        def on_train_epoch_start(self) -> None:
            self.clock = Clock(device)

        def training_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
            return cost_of(self.network(batch[0]), batch[1])

        def on_train_epoch_end(self) -> None:
            taken.append(self.clock.seconds())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return OPTIMIZERS[config.optimizer](self.network.parameters(), config.learning_rate)

    def epoch() -> Seconds:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trainer = pytorch_lightning.Trainer(
                max_epochs=2, accelerator="cpu" if device == "cpu" else "gpu", devices=1,
                logger=False, enable_checkpointing=False, enable_progress_bar=False,
                enable_model_summary=False,
            )  # fmt: skip
            trainer.fit(Learner(), loader)
        return taken[-1]

    return epoch


def bare(name: str, dataset: Dataset, rows: Split, device: str) -> Epoch:
    """Forward, cost and backward of as many ready batches, and nothing else."""
    config = module_of(name).Config()
    network = module_of(name).make(config, dataset, 0).to(device).train()
    order = rows.train[torch.randperm(len(rows.train))]
    parts = order.tensor_split(-(-len(order) // config.batch_size))
    batches = [(dataset.inputs[p].to(device), dataset.targets[p].to(device)) for p in parts]

    def epoch() -> None:
        for inputs, targets in batches:
            network.zero_grad()
            cost_of(network(inputs), targets).backward()

    return timed(epoch, device)
