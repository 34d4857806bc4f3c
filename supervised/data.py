"""The sets there are. Only those of `fetched` need a download, once; every other is computed, or
lies in an installed package."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from supervised.bad_data import BadData, nearest

if TYPE_CHECKING:
    from supervised.dataset import Dataset


class Source(NamedTuple):
    """Where a set comes from, and what it is; it is imported when it is called."""

    module: str
    function: str
    description: str
    """In a few words."""

    def __call__(self) -> Dataset:
        """Makes the set."""
        made: Dataset = getattr(import_module(self.module), self.function)()
        return made


def load(name: str) -> Dataset:
    """The set called `name`.

    Raises:
        BadData: there is none of that name, or the package that holds it is not installed.
    """
    if name not in DATASETS:
        raise BadData(f"there is no data set {name!r}; {nearest(name, DATASETS)}")
    try:
        return DATASETS[name]()
    except ImportError as error:
        raise BadData(f"data set {name!r} lies in a package that is missing: {error}") from None


DATASETS: dict[str, Source] = {
    "digits": Source("supervised.packaged", "digits", "1,797 handwritten digits of 8 x 8"),
    "mnist5k": Source("supervised.packaged", "mnist5k", "5,000 images of MNIST, 500 of each digit"),
    "faces": Source(
        "supervised.packaged", "faces", "200 patches of photographs, of which half are faces"
    ),
    "weather": Source(
        "supervised.weather",
        "weather",
        "Tomorrow's highest temperature in Seattle, from the days before",
    ),
    "cold-or-hot": Source(
        "supervised.weather", "cold_or_hot", "Whether tomorrow will be hot in Seattle"
    ),
    "names": Source("supervised.texts", "names", "From what language is a first name"),
    "text": Source(
        "supervised.texts",
        "text",
        "The next character, in Python's own handbook",
    ),
    "dates": Source("supervised.dates", "dates", "Phrases of random days"),
    "stories": Source(
        "supervised.memory", "stories", "I grew up in France ... I speak fluent: what?"
    ),
    "tones": Source("supervised.tones", "tones", "Which instrument is it"),
    "moons": Source("supervised.toys", "moons", "Two half moons, one inside the other"),
    "spirals": Source(
        "supervised.toys",
        "spirals",
        "Two spirals around each other",
    ),
    "circles": Source("supervised.toys", "circles", "A ring around a heap"),
    "xor": Source("supervised.toys", "xor", "Two corners against the other two"),
    "mnist": Source("supervised.fetched", "mnist", "70,000 handwritten digits, downloaded once"),
    "fashion-mnist": Source(
        "supervised.fetched", "fashion_mnist", "70,000 pieces of clothing, downloaded once"
    ),
    "cifar-10": Source(
        "supervised.fetched",
        "cifar_10",
        "60,000 photographs of ten kinds of things, downloaded once",
    ),
}
"""By name. A new set is a function that makes it, and a line here."""
