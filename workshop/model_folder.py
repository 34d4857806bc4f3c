"""What a model's training decides, and the folder that holds what it learned.

    model/config.json            the same as the run's
    model/weights.safetensors    what was learned; no pickle

Whoever loads it needs no data: what the network reads is written down beside its settings. One
without weights (a decision tree, a table of neighbours) is not written at all: it learns again
from the same rows, which takes as long as it took, and no code of others is run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn

from agents.agent import check_types, read_settings
from envs.names import BadInput
from supervised.dataset import BadData, Dataset
from supervised.models import config_for, find_model, module_of
from supervised.sources import Source
from supervised.split import Split, split
from workshop.options import check_seed, flag, quoted
from workshop.runs import RunConfig, write_json


@dataclass(frozen=True)
class LearnConfig:
    """What decides the training of a model."""

    unit = "epochs"
    command = "workshop learn"
    product = "model"
    ends_best = True

    model: str
    data: dict[str, Any]
    """The fields of its Source."""
    seed: int
    device: str
    threads: int
    config: dict[str, Any]
    """The fields of the model's Config."""
    versions: dict[str, str]
    reads: dict[str, Any] = field(default_factory=dict)
    """What the network reads and tells: see `Reads`."""
    fingerprint: str = ""
    """Of the data, number for number."""

    @property
    def learner(self) -> str:
        """The model."""
        return self.model

    @property
    def subject(self) -> str:
        """The data set."""
        return str(self.data["data"])

    @property
    def total(self) -> int:
        """Epochs; what learns all at once takes one."""
        return int(self.config.get("epochs", 1))

    @property
    def identity(self) -> dict[str, Any]:
        """What tells this training from others."""
        data = json.dumps(self.data)  # which knows no tuples, as what is read from it
        return {"model": self.model, "data": data, "seed": self.seed, "numbers": self.fingerprint}

    def settings(self) -> Any:
        """The model's Config."""
        return read_settings(module_of(self.model).Config, self.model, self.config)

    def source(self) -> Source:
        """Where the data is."""
        return read_settings(Source, "a data set", self.data)

    def save(self, learned: nn.Module, folder: Path) -> None:
        """Writes the network."""
        from safetensors.torch import save_model

        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "config.json", self.__dict__)
        partial = folder / "weights.partial"
        save_model(learned, str(partial))
        partial.replace(folder / "weights.safetensors")  # last: where it is, the rest is

    def try_out(
        self, asked: Callable[[], bool], stop: Callable[[int, dict[str, Any]], bool]
    ) -> bool:
        """Trains the model, and does not judge it: the test rows are for the end."""
        from workshop.learning import Learning

        torch.set_num_threads(self.threads)
        learning = Learning.of_config(self, Path(), 1e9)
        for report in learning.begin(self.device):
            if stop(report.step, report.metrics) or report.finished:
                return True
            if asked():
                return False
        return True

    def train_in(
        self,
        folder: Path,
        seconds: float,
        asked: Callable[[], bool],
        stop: Callable[[int, dict[str, Any]], bool],
    ) -> bool:
        """Trains the model, without a word."""
        from rich.console import Console

        from workshop.learning import Learning, learn
        from workshop.training import Asking

        if (folder / "config.json").exists():
            learning = Learning.of_run(folder, seconds)
        else:
            learning = Learning.of_config(self, folder, seconds)
        return learn(learning, Console(quiet=True), Asking(asked), stop).finished

    def again(self) -> str:
        """The command that does the same once more."""
        settings = self.settings()
        words = [self.model, *source_words(self.source()), *flag("seed", self.seed)]
        words += changed(settings, config_for(self.model, self.subject))
        return " ".join([self.command, *map(quoted, words)])

    @classmethod
    def of(cls, saved: Any) -> LearnConfig:
        """What a JSON file told.

        Raises:
            BadInput, TypeError: it tells no training of a model.
        """
        if "agent" in saved:
            raise BadInput("it is of an agent, and no model: workshop train goes on with it")
        check_types(cls, saved)
        found = cls(**saved)
        check_seed(found.seed)
        try:
            find_model(found.model)
            found.settings()
            found.source()
        except BadData as error:
            raise BadInput(str(error)) from None
        return found


def source_words(source: Source) -> list[str]:
    """The options that name a set of data."""
    return changed(source, Source())


def changed(settings: Any, default: Any) -> list[str]:
    """The options for what is not as `default`."""
    words: list[str] = []
    for one in fields(settings):
        value = getattr(settings, one.name)
        if value != getattr(default, one.name):
            words += flag(one.name, value)
    return words


def reads_of(dataset: Dataset) -> dict[str, Any]:
    """What a network of this set reads and tells, as JSON holds it."""
    inputs, targets = dataset.inputs, dataset.targets
    found: dict[str, Any] = {
        "shape": list(inputs.shape[1:]),
        "dtype": str(inputs.dtype).removeprefix("torch."),
        "targets": list(targets.shape[1:]),
        "target_dtype": str(targets.dtype).removeprefix("torch."),
        "classes": list(dataset.classes),
        "characters": dataset.characters,
        "columns": list(dataset.columns),
        "span": dataset.span,
        "description": dataset.description,
        "source": dataset.source,
        "licence": dataset.licence,
    }
    if dataset.is_images:
        found["limits"] = [float(inputs.min()), float(inputs.max())]
        found["paper"] = round(paper(inputs), 4)
    return found


def paper(images: torch.Tensor) -> float:
    """How light the ground is on which things are drawn: the mean of the four corners."""
    return float(images[..., [0, -1], :][..., [0, -1]].mean())


def without_rows(name: str, reads: dict[str, Any]) -> Dataset:
    """A set of that kind with nothing in it: what `make` needs to make a network again."""
    classes = tuple(reads["classes"])
    inputs = torch.zeros(2, *reads["shape"], dtype=getattr(torch, reads["dtype"]))
    targets = torch.zeros(2, *reads["targets"], dtype=getattr(torch, reads["target_dtype"]))
    if classes:
        targets[1] = 1
    about = str(reads["description"])
    return Dataset(name, inputs, targets, classes, about, "", "", reads["characters"],
                   span=reads["span"])  # fmt: skip


def fingerprint(dataset: Dataset) -> str:
    """Sixteen letters that tell whether a set is the same, number for number."""
    found = hashlib.sha256()
    for part in (dataset.inputs, dataset.targets):
        found.update(part.contiguous().numpy().data)
    return found.hexdigest()[:16]


def part_rows(dataset: Dataset, source: Source, seed: int) -> Split:
    """The rows of each part."""
    return split(dataset, seed, source.validation, source.test)


def load_model(folder: Path) -> tuple[LearnConfig, nn.Module]:
    """The model in a run folder, in evaluation mode.

    Raises:
        BadInput: there is none, or it cannot be read.
    """
    from safetensors.torch import load_model as load_weights

    inside = folder / "model"
    try:
        config = LearnConfig.of(json.loads((inside / "config.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        if (folder / "group.json").exists():
            one = min(folder.glob("seed*/"), default=folder)
            raise BadInput(f"{folder} holds several seeds; name one, such as {one}") from None
        raise BadInput(f"{folder} is no run folder of a model: {inside} is not there") from None
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(f"{inside / 'config.json'}: cannot be read: {error}") from None
    module, settings = module_of(config.model), config.settings()
    network = module.make(settings, without_rows(config.subject, config.reads), config.seed)
    if not network.state_dict():
        return config, _learn_again(config, network)
    try:
        load_weights(network, str(inside / "weights.safetensors"))
    except Exception as error:  # a damaged file can fail in any way the reader knows
        reason = " ".join(str(error).split())[:200]
        raise BadInput(f"{inside / 'weights.safetensors'}: cannot be read: {reason}") from None
    return config, network.eval()


def _learn_again(config: LearnConfig, network: nn.Module) -> nn.Module:
    try:
        dataset = config.source().load()
        rows = part_rows(dataset, config.source(), config.seed)
    except BadData as error:
        raise BadInput(f"{config.model} has no weights and learns again: {error}") from None
    check_same(config, dataset)
    for _ in module_of(config.model).train(
        config.settings(), network, dataset, rows, "cpu", config.seed
    ):
        pass
    return network.eval()


def check_same(config: LearnConfig, dataset: Dataset) -> None:
    """Raises BadInput if the set is not what it was when the training began."""
    if fingerprint(dataset) != config.fingerprint:
        raise BadInput(f"{config.subject}: the data has changed since the training began")


def versions_here() -> dict[str, str]:
    """The versions of what the numbers depend on."""
    from importlib.metadata import version

    return {**RunConfig.versions_here(), "scikit-learn": version("scikit-learn")}
