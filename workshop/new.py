"""`workshop new BOT.py --env ENV`: writes a bot that plays already, and says where to go on."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import tyro

from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.options import quoted

FALLS = """    for row in reversed(range(len(board))):  # it falls to the lowest free cell
        if board[row, action] == 0:
            after[row, action] = stone
            break"""
LIES = """    after.flat[action] = stone  # cells are counted row by row"""


@dataclass
class Options:
    """What to write."""

    file: tyro.conf.Positional[Path]
    """The new file, for example my_bot.py."""
    env: str = "connect-four"
    """What it is to play: tictactoe, connect-four, duel, gridworld:map=random,observation=local."""


def run(options: Options) -> int:
    """Writes the file, and never over another one."""
    world, path = find_world(options.env), options.file
    if path.suffix != ".py":
        raise BadInput(f"{path}: a bot is a .py file; did you mean {path.with_suffix('.py')}?")
    if path.exists():
        raise BadInput(f"{path} is there already; give another name")
    names = {"world": quoted(world.name), "file": quoted(path), "gap": " " * len(quoted(path))}
    text = template(world).format(**names, **_details(world))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path}; try: workshop check {quoted(path)} {quoted(world.name)}")
    return 0


def template(world: World) -> str:
    """The text of a bot for a kind of world.

    Raises:
        BadInput: bots do not play there.
    """
    kind = "board" if world.rules else "duel" if world.is_duel else "gridworld"
    if kind == "gridworld" and not world.is_gridworld:
        raise BadInput(f"bots play games of two and in gridworlds, not {world.name}")
    return (files("workshop") / "templates" / f"{kind}.txt").read_text(encoding="utf-8")


def _details(world: World) -> dict[str, object]:
    """What the template of a board has to know of it."""
    if world.rules is None:
        return {}
    return {"k": world.rules.k, "put": FALLS if world.rules.gravity else LIES}
