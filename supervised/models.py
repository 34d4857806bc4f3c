"""The models there are. Each is a module with the same parts, in the same order:

    Config      its settings, as a rule those of `supervised.training` and some of its own
    make        the network; raises BadData if it cannot read such data
    train       the loop, as a rule that of `supervised.training`; yields its `Progress`
    evaluate    measures on the test rows, its own and those of the simple method beside it
    pictures    what there is to see: figures, by the name of their file

`make` looks only at the set's shapes, kinds, classes and characters, never at its rows: a model is
made again where the data is not. Whatever is fitted on rows (a mean to subtract) is fitted by
`train` and kept in a buffer of the network. A network without weights learns anew when loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from supervised.bad_data import BadData, nearest

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import nn

    from supervised.dataset import Dataset
    from supervised.split import Split
    from supervised.training import Progress


@dataclass(frozen=True)
class Model:
    """Where a model's code is, and what it is."""

    name: str
    module: str
    data: str
    """The set that it learns from where none is named."""
    description: str
    """One line."""


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("perceptron", "supervised.perceptron", "digits", "one layer, changed where it errs"),
        Model("linear", "supervised.linear", "weather", "a number as a weighted sum of features"),
        Model("logistic", "supervised.logistic", "digits", "classes from a weighted sum for each"),
        Model("mlp", "supervised.mlp", "spirals", "layers of sums, bent in between"),
        Model("lenet", "supervised.lenet", "mnist5k", "LeNet-5 of 1998: convolutions on images"),
        Model("cnn", "supervised.cnn", "mnist5k", "a small residual network for images"),
        Model("expert-system", "supervised.expert_system", "cold-or-hot", "rules of a person"),
        Model("k-nn", "supervised.k_nn", "digits", "whatever the most similar rows are"),
        Model("svm", "supervised.svm", "mnist5k", "the cut between classes with the widest margin"),
        Model("random-forest", "supervised.random_forest", "digits", "many trees, and their mean"),
        Model(
            "gradient-boosting", "supervised.gradient_boosting", "digits",
            "trees, each on what the ones before got wrong",
        ),
        Model("k-means", "supervised.k_means", "digits", "clusters found without labels"),
        Model("autoencoder", "supervised.autoencoder", "mnist5k", "images through a narrow door"),
        Model("vae", "supervised.vae", "mnist5k", "codes are clouds: new images from noise"),
        Model("gan", "supervised.gan", "mnist5k", "a forger and a critic of images"),
        Model("lstm", "supervised.recurrent", "names", "one step after the other, with a memory"),
        Model("gpt", "supervised.gpt", "text", "a transformer that tells the next character"),
        Model("translation", "supervised.translation", "dates", "one row of signs into another"),
    )
}  # fmt: skip
"""By name. A new model is a module, and a line here."""


class ModelModule(Protocol):
    """What a model's module holds."""

    Config: type[Any]

    def make(self, config: Any, dataset: Dataset, seed: int) -> nn.Module:
        """The network, its first weights decided by `seed`."""

    def train(
        self,
        config: Any,
        network: nn.Module,
        dataset: Dataset,
        rows: Split,
        device: str,
        seed: int,
        state: Mapping[str, Any] | None = None,
    ) -> Iterator[Progress]:
        """Learns, and tells after every epoch."""

    def evaluate(
        self, network: nn.Module, dataset: Dataset, rows: Split, seed: int
    ) -> dict[str, float]:
        """How good it is on `rows.test`, and the simple method beside it."""

    def pictures(
        self, network: nn.Module, dataset: Dataset, rows: Split, seed: int
    ) -> dict[str, Figure]:
        """What there is to see."""


def find_model(name: str) -> Model:
    """The entry of a model.

    Raises:
        BadData: there is none of this name.
    """
    if name not in MODELS:
        raise BadData(f"there is no model {name!r}; {nearest(name, MODELS)}")
    return MODELS[name]


def config_for(name: str, data: str) -> Any:
    """The default settings of a model for a set: its module may have `TUNED` some.

    Raises:
        BadData: there is no model of this name.
    """
    module = module_of(name)
    return module.Config(**getattr(module, "TUNED", {}).get(data, {}))


def module_of(name: str) -> ModelModule:
    """The module of a model.

    Raises:
        BadData: there is none of this name.
    """
    return cast(ModelModule, import_module(find_model(name).module))
