"""One's own data: a table in a CSV file, or a folder of images with one folder a class."""

from __future__ import annotations

import csv
import math
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from supervised.bad_data import nearest
from supervised.dataset import BadData, Dataset

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""Files that are images; others are left alone."""
MISSING = ("", "?", "n/a", "na", "nan", "null")
"""What stands in a cell, in small letters, where nothing is known."""
MOST = 2**31
"""Bytes that one's own images may take together."""
OWN = ("the user's own file", "the user's own")


UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    UnidentifiedImageError,
)
"""What Pillow raises at a file that it cannot, or had better not, read."""


def read_csv(
    path: Path, target: str = "", numeric_target: bool = False, group: str = ""
) -> Dataset:
    """A table with a line of names on top; all columns but the target's are numbers.

    Args:
        target: the column to be told; by default the last.
        numeric_target: tell a number, and no class.
        group: a column of any text that is no feature: rows with the same belong together.

    Raises:
        BadData: what is wrong, with the file, the line and the column.
    """
    header, lines = _read_lines(path)
    for name in (target, group):
        if name and name not in header:
            raise BadData(f"{path}: there is no column {name!r}; {nearest(name, header)}")
    column = header.index(target) if target else len(header) - 1
    if group and header.index(group) == column:
        raise BadData(f"{path}: column {group!r} is what is to be told; it makes no groups")
    left_out = {column, header.index(group) if group else column}
    others = [n for n in range(len(header)) if n not in left_out]
    inputs, labels, classes = [], [], tuple[str, ...]()
    for line, cells in lines:
        if len(cells) != len(header):
            raise BadData(f"{path}, line {line}: {len(cells)} cells, but {len(header)} columns")
        labels.append(cells[column].strip())
        if labels[-1].lower() in MISSING:
            found = f" ({labels[-1]!r})" if labels[-1] else ""
            raise BadData(
                f"{path}, line {line}: there is no label in column {header[column]!r}{found}"
            )
        inputs.append([_number(cells[n], f"{path}, line {line}", header[n]) for n in others])
    if not inputs[0]:
        raise BadData(f"{path}: there is only one column; nothing to tell {header[column]!r} by")
    if numeric_target:
        where = (f"{path}, line {line}" for line, _ in lines)
        numbers = [
            _number(label, place, header[column])
            for label, place in zip(labels, where, strict=True)
        ]
        targets = torch.tensor(numbers)
        if len(set(numbers)) == 1:
            raise BadData(
                f"{path}: column {header[column]!r} is {labels[0]} in every row; there is nothing "
                "to tell"
            )
    else:
        classes = tuple(sorted(set(labels)))
        _check_lonely(path, [line for line, _ in lines], labels)
        targets = torch.tensor([classes.index(label) for label in labels])
    about = f"{len(labels)} rows; tells {header[column]!r}"
    columns = tuple(header[n] for n in others)
    groups = None
    if group:
        cells_of = [cells[header.index(group)].strip() for _, cells in lines]
        names = sorted(set(cells_of))
        groups = torch.tensor([names.index(cell) for cell in cells_of])
    return Dataset(
        str(path), torch.tensor(inputs), targets, classes, about, *OWN,
        groups=groups, columns=columns, places=tuple(f"line {line}" for line, _ in lines),
    )  # fmt: skip


def _check_lonely(path: Path, lines: list[int], labels: list[str]) -> None:
    """Raises BadData if a label is there once: it cannot be learned from and judged by."""
    counts = Counter(labels)
    for line, label in zip(lines, labels, strict=True):
        if counts[label] == 1:
            hint = "; give --numeric-target if a number is to be told" if _is_number(label) else ""
            raise BadData(
                f"{path}, line {line}: class {label!r} has one row only: it cannot be learned from "
                f"and judged by{hint}"
            )


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def read_numbers(path: Path, columns: Sequence[str] = ()) -> torch.Tensor:
    """A table of numbers, below its line of names: (n, columns).

    Args:
        columns: those to read, in this order; none: all, as they stand.

    Raises:
        BadData: what is wrong, with the file, the line and the column.
    """
    header, lines = _read_lines(path)
    wanted = columns or header
    for name in wanted:
        if name not in header:
            raise BadData(f"{path}: there is no column {name!r}; {nearest(name, header)}")
    places = [header.index(name) for name in wanted] if columns else range(len(header))
    rows = []
    for line, cells in lines:
        if len(cells) != len(header):
            raise BadData(f"{path}, line {line}: {len(cells)} cells, but {len(header)} columns")
        rows.append([_number(cells[n], f"{path}, line {line}", header[n]) for n in places])
    return torch.tensor(rows)


def _read_lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of the columns, and each row with the number of its (last) line.

    Empty lines are skipped.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except FileNotFoundError:
        raise BadData(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise BadData(f"{path}: its letters are not in UTF-8; save it as CSV UTF-8") from None
    except (OSError, csv.Error) as error:
        raise BadData(f"{path}: cannot be read as a table: {error}") from None
    if len(lines) < 2:
        raise BadData(f"{path}: the set is empty; a line of names and one a row are needed")
    (first, names), *rows = lines
    header = [name.strip() for name in names]
    _check_header(f"{path}, line {first}", header)
    return header, rows


def _check_header(where: str, header: list[str]) -> None:
    """Raises BadData if these are no names of columns with commas between."""
    for mark, called in ((";", "';'"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise BadData(f"{where}: its columns are parted by {called}; they must be by commas")
    for number, name in enumerate(header):
        if not name:
            raise BadData(f"{where}: column {number + 1} has no name")
        if name in header[:number]:
            raise BadData(f"{where}: two columns are called {name!r}")
    if len(header) > 1 and all(map(_is_number, header)):
        raise BadData(f"{where}: these are numbers; a line of names for the columns comes first")


def _number(cell: str, where: str, column: str) -> float:
    number = float(cell) if _is_number(cell) else math.nan
    if not abs(number) <= torch.finfo(torch.float32).max:
        raise BadData(f"{where}: {cell.strip()!r} in column {column!r} is no finite number")
    return number


def read_images(folder: Path, size: tuple[int, int] = (28, 28), channels: int = 1) -> Dataset:
    """Images in one folder a class, brought to `size` (rows, cols).

    Args:
        channels: 1 for shades of grey, 3 for colours.

    Raises:
        BadData: a file is broken, a class is empty, there are no two, or all would be too large.
    """
    if not folder.is_dir():
        raise BadData(f"{folder}: there is no such folder")
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    if len(folders) < 2:
        raise BadData(f"{folder}: {len(folders)} folders in it; each class needs one, two at least")
    files, labels = [], []
    for label, inside in enumerate(folders):
        found = sorted(path for path in inside.iterdir() if path.suffix.lower() in SUFFIXES)
        if not found:
            raise BadData(f"{inside}: there is no image in it ({', '.join(SUFFIXES)})")
        files += found
        labels += [label] * len(found)
    needed = 4 * len(files) * channels * size[0] * size[1]
    if needed > MOST:
        raise BadData(
            f"{folder}: {len(files):,} images of {size[0]} x {size[1]} would take "
            f"{needed / 2**30:.1f} GiB of memory, more than {MOST / 2**30:.0f}; "
            "--image-size brings them to less"
        )
    images = [read_image(file, size, channels) for file in files]
    return Dataset(
        str(folder),
        torch.stack(images),
        torch.tensor(labels),
        tuple(path.name for path in folders),
        f"{len(images)} images of {size[0]} x {size[1]}",
        *OWN,
        places=tuple(file.relative_to(folder).as_posix() for file in files),
    )


def read_image(path: Path, size: tuple[int, int], channels: int = 1) -> torch.Tensor:
    """One image, from 0 to 1: (channels, rows, cols); upright, if its camera said how it was held.

    Raises:
        BadData: the file cannot be read as an image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                upright = on_paper(ImageOps.exif_transpose(image))
                if upright.mode.startswith("I"):  # 16 bits a pixel, which `convert` would cut off
                    upright = Image.fromarray((np.asarray(upright) // 256).astype(np.uint8))
                fitted = upright.convert("L" if channels == 1 else "RGB").resize(size[::-1])
    except FileNotFoundError:
        raise BadData(f"{path}: there is no such file") from None
    except UNREADABLE as error:
        reason = " ".join(str(error).split())[:100]
        raise BadData(f"{path}: cannot be read as an image: {reason}") from None
    pixels = np.asarray(fitted, np.float32).reshape(*size, channels) / 255
    return torch.from_numpy(pixels).movedim(2, 0).contiguous()


def on_paper(image: Image.Image) -> Image.Image:
    """The image on white, where it is transparent; else as it is."""
    if not image.has_transparency_data:
        return image
    there = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), there).convert("RGB")


def image_facts(path: Path) -> tuple[tuple[int, int], str]:
    """Rows and columns of an image file that can be read, held upright, and its mode."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        return (upright.height, upright.width), upright.mode
