"""Larger sets that are downloaded once: from OpenML, by scikit-learn, which checks their MD5.

What came is checked again (so many images, so many of each class), and kept as whole numbers in one
file beside scikit-learn's own, with its SHA-256 in its name: a file that was cut short or changed
is noticed, and not learned from.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from supervised.dataset import BadData, Dataset

DIGITS = (6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958)
"""How many of each digit MNIST holds (LeCun, Cortes & Burges)."""


class Origin(NamedTuple):
    """A set on OpenML."""

    number: int
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    """Of each class."""
    description: str
    source: str
    licence: str


ORIGINS = {
    "mnist": Origin(
        554,
        (1, 28, 28),
        tuple("0123456789"),
        DIGITS,
        "70,000 handwritten digits, 28 x 28 shades of grey",
        "Y. LeCun, C. Cortes and C. Burges, MNIST; OpenML 554",
        "CC BY-SA 3.0",
    ),
    "fashion-mnist": Origin(
        40996,
        (1, 28, 28),
        ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
         "boot"),
        (7000,) * 10,
        "70,000 pieces of clothing in ten kinds, 28 x 28 shades of grey",
        "H. Xiao, K. Rasul and R. Vollgraf 2017, Fashion-MNIST; OpenML 40996",
        "MIT",
    ),
    "cifar-10": Origin(
        40927,
        (3, 32, 32),
        ("aeroplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "lorry"),
        (6000,) * 10,
        "60,000 small photographs of ten kinds of things, 32 x 32 in colours",
        "A. Krizhevsky 2009, CIFAR-10; OpenML 40927",
        "none stated; for research",
    ),
}  # fmt: skip


def mnist() -> Dataset:
    """70,000 handwritten digits, downloaded once."""
    return fetch("mnist")


def fashion_mnist() -> Dataset:
    """70,000 pieces of clothing, downloaded once."""
    return fetch("fashion-mnist")


def cifar_10() -> Dataset:
    """60,000 photographs of ten kinds of things, downloaded once."""
    return fetch("cifar-10")


def fetch(name: str) -> Dataset:
    """A set of `ORIGINS`, from the file kept here, or else from the network.

    Raises:
        BadData: there is no network, or what came is not what it should be.
    """
    origin = ORIGINS[name]
    pixels, labels = _kept(name) or _downloaded(name)
    images = torch.from_numpy(pixels.reshape(-1, *origin.shape)).float() / 255
    targets = torch.from_numpy(labels).long()
    return Dataset(name, images, targets, origin.classes, *origin[4:])


def folder() -> Path:
    """Where sets are kept."""
    from sklearn.datasets import get_data_home

    return Path(get_data_home()) / "workshop"


def _kept(name: str) -> tuple[np.ndarray, np.ndarray] | None:
    for path in sorted(folder().glob(f"{name}-*.npz")):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != path.stem.removeprefix(f"{name}-"):
            raise BadData(f"{path}: damaged; delete it, and it will be downloaded again")
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            return found["pixels"], found["labels"]
    return None


def _downloaded(name: str) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import fetch_openml

    origin = ORIGINS[name]
    try:
        table = fetch_openml(data_id=origin.number, as_frame=False, n_retries=1, parser="auto")
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise BadData(
            f"{name} has to be downloaded once, and that failed ({reason}); mnist5k, digits and "
            "faces need no network"
        ) from None
    pixels = np.asarray(table.data).astype(np.uint8)
    labels = np.asarray(table.target).astype(np.int64)
    check_origin(name, pixels, labels)
    _keep(name, pixels, labels)
    return pixels, labels


def check_origin(name: str, pixels: np.ndarray, labels: np.ndarray) -> None:
    """Raises BadData unless there are as many images, pixels and labels of each class as told."""
    origin = ORIGINS[name]
    wanted = (sum(origin.counts), int(np.prod(origin.shape)))
    counts = tuple(np.bincount(labels, minlength=len(origin.counts)).tolist())
    if pixels.shape != wanted or counts != origin.counts:
        raise BadData(
            f"{name}: what came is something else: {pixels.shape[0]} rows of {pixels.shape[1]}, "
            f"not {wanted[0]} of {wanted[1]}, or other labels"
        )


def _keep(name: str, pixels: np.ndarray, labels: np.ndarray) -> None:
    packed = io.BytesIO()
    np.savez_compressed(packed, pixels=pixels, labels=labels)
    content = packed.getvalue()
    path = folder() / f"{name}-{hashlib.sha256(content).hexdigest()}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
