"""One's own data: a table in a CSV file, or a folder of images with one folder a class."""

from __future__ import annotations

import csv
import math
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from supervised.dataset import BadData, Dataset

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""Files that are images; others are left alone."""
OWN = ("the user's own file", "the user's own")


def read_csv(path: Path, target: str = "", numeric_target: bool = False) -> Dataset:
    """A table with a line of names on top; all columns but the target's are numbers.

    Args:
        target: the column to be told; by default the last.
        numeric_target: tell a number, and no class.

    Raises:
        BadData: what is wrong, with the file, the line and the column.
    """
    lines = _read_lines(path)
    header = [name.strip() for name in lines[0][1]] if lines else []
    if len(lines) < 2:
        raise BadData(f"{path}: the set is empty; a line of names and one a row are needed")
    column = header.index(target) if target in header else len(header) - 1
    if target and target not in header:
        raise BadData(f"{path}: there is no column {target!r} (there are: {', '.join(header)})")
    inputs, labels, classes = [], [], tuple[str, ...]()
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            raise BadData(f"{path}, line {line}: {len(cells)} cells, but {len(header)} columns")
        labels.append(cells[column].strip())
        if not labels[-1]:
            raise BadData(f"{path}, line {line}: there is no label in column {header[column]!r}")
        others = [n for n in range(len(header)) if n != column]
        inputs.append([_number(cells[n], f"{path}, line {line}", header[n]) for n in others])
    if not inputs[0]:
        raise BadData(f"{path}: there is only one column; nothing to tell {header[column]!r} by")
    if numeric_target:
        where = (f"{path}, line {line}" for line, _ in lines[1:])
        numbers = [
            _number(label, place, header[column])
            for label, place in zip(labels, where, strict=True)
        ]
        targets = torch.tensor(numbers)
    else:
        classes = tuple(sorted(set(labels)))
        targets = torch.tensor([classes.index(label) for label in labels])
    about = f"{len(labels)} rows; tells {header[column]!r}"
    return Dataset(str(path), torch.tensor(inputs), targets, classes, about, *OWN)


def read_numbers(path: Path) -> torch.Tensor:
    """A table of numbers only, below its line of names: (n, columns).

    Raises:
        BadData: what is wrong, with the file, the line and the column.
    """
    lines = _read_lines(path)
    if len(lines) < 2:
        raise BadData(f"{path}: the set is empty; a line of names and one a row are needed")
    header = [name.strip() for name in lines[0][1]]
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            raise BadData(f"{path}, line {line}: {len(cells)} cells, but {len(header)} columns")
        columns = zip(cells, header, strict=True)
        rows.append([_number(cell, f"{path}, line {line}", name) for cell, name in columns])
    return torch.tensor(rows)


def _read_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Each row with the number of its (last) line; empty lines are skipped."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            return [(reader.line_num, cells) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: cannot be read as a table: {error}") from None


def _number(cell: str, where: str, column: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not abs(number) <= torch.finfo(torch.float32).max:
        raise BadData(f"{where}: {cell.strip()!r} in column {column!r} is no finite number")
    return number


def read_images(folder: Path, size: tuple[int, int] = (28, 28), channels: int = 1) -> Dataset:
    """Images in one folder a class, brought to `size` (rows, cols).

    Args:
        channels: 1 for shades of grey, 3 for colours.

    Raises:
        BadData: a file is broken, a class is empty, or there are no two.
    """
    if not folder.is_dir():
        raise BadData(f"{folder}: there is no such folder")
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    if len(folders) < 2:
        raise BadData(f"{folder}: {len(folders)} folders in it; each class needs one, two at least")
    images, labels = [], []
    for label, inside in enumerate(folders):
        files = sorted(path for path in inside.iterdir() if path.suffix.lower() in SUFFIXES)
        if not files:
            raise BadData(f"{inside}: there is no image in it ({', '.join(SUFFIXES)})")
        images += [read_image(file, size, channels) for file in files]
        labels += [label] * len(files)
    return Dataset(
        str(folder),
        torch.stack(images),
        torch.tensor(labels),
        tuple(path.name for path in folders),
        f"{len(images)} images of {size[0]} x {size[1]}",
        *OWN,
    )


def read_image(path: Path, size: tuple[int, int], channels: int = 1) -> torch.Tensor:
    """One image, from 0 to 1: (channels, rows, cols); upright, if its camera said how it was held.

    Raises:
        BadData: the file cannot be read as an image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a picture of absurd size
            with Image.open(path) as image:
                upright = ImageOps.exif_transpose(image)
                if upright.mode.startswith("I"):  # 16 bits a pixel, which `convert` would cut off
                    upright = Image.fromarray((np.asarray(upright) // 256).astype(np.uint8))
                fitted = upright.convert("L" if channels == 1 else "RGB").resize(size[::-1])
    except (OSError, SyntaxError, ValueError, Warning, UnidentifiedImageError) as error:
        reason = " ".join(str(error).split())[:100]
        raise BadData(f"{path}: cannot be read as an image: {reason}") from None
    pixels = np.asarray(fitted, np.float32).reshape(*size, channels) / 255
    return torch.from_numpy(pixels).movedim(2, 0).contiguous()


def image_facts(path: Path) -> tuple[tuple[int, int], str]:
    """Rows and columns of an image file that can be read, held upright, and its mode."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        return (upright.height, upright.width), upright.mode
