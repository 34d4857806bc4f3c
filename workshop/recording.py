"""Pictures of a session in a file: GIF, MP4 or PNG, with no display."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from envs.names import BadInput, nearest
from workshop.display import has_display
from workshop.evenly import evenly
from workshop.session import Session
from workshop.timelapse import LapseView, TimeLapse
from workshop.view import Look, View

KINDS = (".gif", ".mp4", ".png")
MAX_FRAMES = 2000
LAPSE_FRAMES = 60
LAPSE_PACE = 0.25
"""Seconds that an entry of a time-lapse is shown."""
FPS = 30
"""Pictures a second in a film."""
KEYLESS = Look(keys=())
Frame = tuple[np.ndarray, float]
"""A picture, and for how many seconds it is shown."""


def check_file(path: Path, kinds: Collection[str] = KINDS) -> None:
    """Raises BadInput unless `path` can become a picture."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name a file in it: {path / 'picture.png'}")
    if path.suffix.lower() not in kinds:
        raise BadInput(f"{path}: no picture format {path.suffix!r}; {nearest(path.suffix, kinds)}")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"{path}: there is no folder {path.absolute().parent}")


def record(
    session: Session,
    path: Path,
    look: Look = KEYLESS,
    size: tuple[int, int] = (960, 600),
    episodes: int = 1,
) -> int:
    """Plays `episodes` and writes them to `path`; returns how many frames were drawn.

    A PNG shows the last position. MP4 needs even sizes; an odd one loses a pixel.
    """
    if not has_display():  # else SDL complains of what it looks for and does not find
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    view = View(session)
    positions = _played(session, episodes)
    if path.suffix.lower() != ".png":
        positions = islice(positions, MAX_FRAMES)
    else:
        *_, last = positions
        positions = iter((last,))
    return write_frames(path, ((view.draw(size, look).array(), pause) for pause in positions))


def _played(session: Session, episodes: int) -> Iterator[float]:
    """Plays so many episodes; after every move, how many seconds the position is shown."""
    pace = 0.9 if session.world.rules else 0.25 if session.world.has_directions else 1 / FPS
    for episode in range(episodes):
        if episode:
            session.next_game()
        yield pace
        while session.advance():
            yield 2.0 if session.over else pace


def write_frames(path: Path, frames: Iterable[Frame]) -> int:
    """Writes pictures to a file that is there whole or not at all; returns how many.

    They are drawn one by one as they are written, so a long film takes no memory.
    """
    partial = path.with_name(f"{path.stem}.partial{path.suffix}")
    kinds = {".mp4": _write_film, ".png": _write_last}
    try:
        count = kinds.get(path.suffix.lower(), _write_gif)(partial, frames)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def record_lapse(
    lapse: TimeLapse, path: Path, look: Look = KEYLESS, size: tuple[int, int] = (960, 600)
) -> int:
    """Writes a time-lapse to `path`; returns how many frames it has. A PNG shows its end."""
    if not has_display():
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    view = LapseView(lapse)
    numbers = evenly(len(lapse.steps), LAPSE_FRAMES)
    if path.suffix.lower() == ".png":
        numbers = numbers[-1:]

    def drawn() -> Iterator[Frame]:
        for number in numbers:
            view.show(number)
            yield view.draw(size, look).array(), 3.0 if number == numbers[-1] else LAPSE_PACE

    return write_frames(path, drawn())


def _write_film(path: Path, frames: Iterable[Frame]) -> int:
    import imageio.v3 as imageio

    count = 0
    with imageio.imopen(path, "w", plugin="pyav") as opened:
        film: Any = opened
        for frame, pause in frames:
            count += 1
            even = frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2]
            for _ in range(max(1, round(pause * FPS))):
                film.write(even, is_batch=False, codec="libx264", fps=FPS)
    return count


def _write_last(path: Path, frames: Iterable[Frame]) -> int:
    from PIL import Image

    *_, (frame, _) = frames
    Image.fromarray(frame).save(path, optimize=True)
    return 1


def _write_gif(path: Path, frames: Iterable[Frame]) -> int:
    from PIL import Image

    palette, seconds = [], []
    for frame, pause in frames:
        palette.append(Image.fromarray(frame).quantize(128, dither=Image.Dither.NONE))
        seconds.append(pause)
    palette[0].save(
        path,
        save_all=True,
        append_images=palette[1:],
        duration=[max(20, round(pause * 1000)) for pause in seconds],
        loop=0,
        optimize=True,
    )
    return len(palette)
