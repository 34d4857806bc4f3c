"""What models of images share: the shape that they read."""

from __future__ import annotations

from typing import NamedTuple

from supervised.dataset import BadData, Dataset


class Shape(NamedTuple):
    """Of an image."""

    channels: int
    rows: int
    cols: int


def shape_of(model: str, dataset: Dataset) -> Shape:
    """Of the images of a set.

    Raises:
        BadData: these are no images.
    """
    if not dataset.is_images:
        read = tuple(dataset.inputs.shape)
        raise BadData(
            f"{dataset.name}: {model} reads images (rank 4), such as digits, mnist5k or faces, not "
            f"inputs of shape {read}"
        )
    return Shape(*dataset.inputs.shape[1:])


def grey_shape(model: str, dataset: Dataset) -> Shape:
    """Of the images of a set whose pixels go from 0, black, to 1.

    Raises:
        BadData: these are no images, or other numbers than such.
    """
    shape = shape_of(model, dataset)
    low, high = float(dataset.inputs.min()), float(dataset.inputs.max())
    if low < 0 or high > 1:
        raise BadData(
            f"{dataset.name}: {model} makes pixels from 0 to 1, and here they go from {low:.3g} to "
            f"{high:.3g}"
        )
    return shape


def image_shape(model: str, dataset: Dataset) -> Shape:
    """Of the images of a set with classes.

    Raises:
        BadData: these are no images, or there are no classes to tell apart.
    """
    shape = shape_of(model, dataset)
    if not dataset.classes or dataset.targets.ndim > 1:
        raise BadData(f"{dataset.name}: {model} tells classes apart, and here there are none")
    return shape
