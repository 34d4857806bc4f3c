"""Where a set comes from: a name of the registry, a table, or a folder of images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from supervised.cleaning import without_repeated
from supervised.data import DATASETS, load
from supervised.dataset import BadData, Dataset
from supervised.files import read_csv, read_images

OF_TABLES = ("target", "numeric_target", "group_by", "in_time")
OF_IMAGES = ("image_size", "colours")
"""Options that say nothing of other sets."""
LARGEST = 1024
"""Pixels of a side; the first layer of a perceptron is as large as an image, a hundred times."""


@dataclass(frozen=True)
class Source:
    """What to learn from."""

    data: str = ""
    """A set by name (workshop list), a FILE.csv, or a folder of images with one folder a class; by
    default the model's own."""
    target: str = ""
    """The column of a table that is to be told; by default the last."""
    numeric_target: bool = False
    """Tell a number from a table, and no class."""
    group_by: str = ""
    """The column of a table by which rows belong together (a patient, a day): they are never
    parted, and it is no feature."""
    in_time: bool = False
    """The rows of a table follow one another in time: the last ones judge."""
    unique: bool = False
    """Leave out rows that repeat an earlier one."""
    image_size: tuple[int, int] = (28, 28)
    """Rows and columns that one's own images are brought to."""
    colours: bool = False
    """Keep the colours of one's own images; else shades of grey."""
    validation: float = 0.1
    """Share of the rows that choose between models; may be 0."""
    test: float = 0.2
    """Share of the rows that judge; they are seen at the end, once."""

    def __post_init__(self) -> None:
        if not all(1 <= side <= LARGEST for side in self.image_size):
            sides = " x ".join(map(str, self.image_size))
            raise BadData(f"--image-size must lie between 1 and {LARGEST:,}, not {sides}")
        if self.group_by and self.in_time:
            raise BadData("--group-by and --in-time: rows are parted by the one or by the other")

    def load(self) -> Dataset:
        """The set.

        Raises:
            BadData: there is none, or it cannot be learned from.
        """
        dataset = self._load()
        return without_repeated(dataset) if self.unique else dataset

    def _load(self) -> Dataset:
        if self.data in DATASETS:
            self._refuse("", *OF_TABLES, *OF_IMAGES)
            return load(self.data)
        path = Path(self.data)
        if path.is_dir():
            self._refuse("a folder of images", *OF_TABLES)
            return read_images(path, self.image_size, 3 if self.colours else 1)
        if path.suffix.lower() == ".csv":
            self._refuse("a table", *OF_IMAGES)
            table = read_csv(path, self.target, self.numeric_target, self.group_by)
            return replace(table, span=1) if self.in_time else table
        if path.name != self.data:
            raise BadData(f"{self.data}: there is no such folder of images, and no such set")
        return load(self.data)  # which says what there is

    def _refuse(self, kind: str, *names: str) -> None:
        """Raises BadData if one of these was given, which says nothing here."""
        for name in names:
            if getattr(self, name) != getattr(Source, name):
                option = "--" + name.replace("_", "-")
                what = f"{self.data} is {kind}" if kind else f"{self.data} is a set of its own"
                raise BadData(f"{option} says nothing here: {what}")
