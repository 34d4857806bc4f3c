"""One picture of every world there is, each in the middle of an episode."""

from __future__ import annotations

from pathlib import Path

from agents.agent import make_agent
from envs.drawing.canvas import Box, Canvas
from envs.drawing.drawers import drawer_for
from envs.drawing.theme import THEMES
from envs.registration import WORLDS
from envs.rules.maps import MAPS
from envs.worlds import find_world
from workshop.session import Session

COLUMNS = 6
TITLE = 0.13
"""Height of a title, as a share of the width of a picture."""


def scenes() -> dict[str, tuple[str, int]]:
    """What is shown: by a world's name, who acts in it and how many moves are made."""
    boards = {name: ("random", 6) for name, spec in WORLDS.items() if spec.two_player}
    boards |= {"connect-four": ("random", 17), "gomoku-7": ("random", 16)}
    for name in ("kinarow", "duel"):  # the one is tic-tac-toe again, the other is shown larger
        del boards[name]
    duel = {"duel:starts=random,obstacles=8": ("voronoi", 44)}
    maps = {f"gridworld:map={name}": ("random", 0) for name in MAPS}
    return {**boards, **duel, **maps, "gridworld:map=random,map_seed=1,size=12": ("random", 0)}


def draw_gallery(width: int, theme: str) -> Canvas:
    """All scenes in rows, `width` pixels wide."""
    shown = scenes()
    side = width / COLUMNS
    rows = -(-len(shown) // COLUMNS)
    canvas = Canvas((width, round(rows * side * (1 + TITLE))), THEMES[theme])
    for number, (name, (agent, moves)) in enumerate(shown.items()):
        x, y = number % COLUMNS * side, number // COLUMNS * side * (1 + TITLE)
        title = name.removeprefix("gridworld:map=").partition(":")[0].partition(",")[0]
        canvas.text(title, (x + side / 2, y + side * 0.1), side * 0.075, bold=True)
        box = Box(x, y + side * TITLE, side, side).inset(side * 0.05)
        draw_scene(canvas, box, name, agent, moves)
    return canvas


def draw_scene(canvas: Canvas, box: Box, name: str, agent: str, moves: int) -> None:
    """A world after some moves of an agent."""
    world = find_world(name)
    players = [make_agent(agent, world, seed) for seed in range(2 if world.two_player else 1)]
    session = Session(world, players, [agent] * len(players), seed=0)
    for _ in range(moves):
        session.advance()
    drawer_for(session.env).draw(canvas, box)
    session.close()


def save_gallery(path: Path, width: int, theme: str) -> None:
    """Writes the picture; a file that is there is replaced at the end."""
    from PIL import Image

    partial = path.with_name(f"{path.stem}.partial{path.suffix}")
    Image.fromarray(draw_gallery(width, theme).array()).save(partial, optimize=True)
    partial.replace(path)
