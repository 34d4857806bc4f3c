"""`workshop edit MAP.txt`: a window in which a gridworld is drawn, solved and walked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from envs.names import BadInput
from envs.rules.maps import read_map_file
from workshop.map_editor import MapEditor, examine, open_map
from workshop.options import quoted


@dataclass
class Options:
    """What to edit."""

    file: tyro.conf.Positional[Path]
    """A text map; a new one is made if there is no such file."""
    template: Annotated[str | None, tyro.conf.arg(name="from")] = None
    """Begin a new map as a copy: cliff, four-rooms, ..., a text file, or random."""
    rows: int = 8
    """Of a new map."""
    cols: int = 8
    """Of a new map."""
    seed: int = 0
    """Of test walks, and of --from random."""
    theme: Literal["light", "dark"] = "light"
    """Colours."""


def run(options: Options) -> int:
    """Opens the window; says afterwards how the map is used."""
    path = options.file
    if "," in str(path):
        raise BadInput(f"{path}: a comma ends the name in gridworld:map=NAME; choose another")
    editor = open_map(path, options.template, options.rows, options.cols, options.seed)
    edit(editor, path, options.theme, options.seed)
    print(how_to_use(path))
    return 0


def edit(editor: MapEditor, path: Path, theme: str, seed: int) -> None:
    """Shows a map until the person quits.

    Raises:
        BadInput: there is no display.
    """
    from workshop.display import has_display

    if not has_display():
        raise BadInput("there is no display here; a map is plain text, any text editor writes it")
    from workshop.map_window import MapWindow

    MapWindow(editor, path, theme, seed).run()


def how_to_use(path: Path) -> str:
    """What to do with the file, in one line."""
    if not path.exists():
        return "nothing was saved"
    problem = examine(read_map_file(path)).problem
    if problem:
        return f"{path} is not a map yet: {problem}"
    return f"workshop train q-learning {quoted(f'gridworld:map={path}')}"
