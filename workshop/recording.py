"""Pictures of a session in a file: GIF, MP4 or PNG, with no display."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

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
KEYLESS = Look(keys=())


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
    frames: list[np.ndarray] = []
    seconds: list[float] = []
    pace = 0.9 if session.world.rules else 0.25 if session.world.has_directions else 1 / 30
    only_last = path.suffix.lower() == ".png"

    def take(pause: float) -> None:
        if not only_last:
            frames.append(view.draw(size, look).array())
            seconds.append(pause)

    for episode in range(episodes):
        if episode:
            session.next_game()
        take(pace)
        while session.advance() and len(frames) < MAX_FRAMES:
            take(2.0 if session.over else pace)
    if only_last:
        frames, seconds = [view.draw(size, look).array()], [1.0]
    write_frames(path, frames, seconds)
    return len(frames)


def write_frames(path: Path, frames: list[np.ndarray], seconds: list[float]) -> None:
    """Writes pictures, each shown so long, to a file that is there whole or not at all."""
    partial = path.with_name(f"{path.stem}.partial{path.suffix}")
    _write(partial, frames, seconds)
    partial.replace(path)


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
    frames = []
    for number in numbers:
        view.show(number)
        frames.append(view.draw(size, look).array())
    write_frames(path, frames, [LAPSE_PACE] * (len(frames) - 1) + [3.0])
    return len(frames)


def _write(path: Path, frames: list[np.ndarray], seconds: list[float]) -> None:
    if path.suffix.lower() == ".mp4":
        import imageio.v3 as imageio

        fps = 30
        repeated = [
            frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2]
            for frame, pause in zip(frames, seconds, strict=True)
            for _ in range(max(1, round(pause * fps)))
        ]
        imageio.imwrite(path, np.stack(repeated), plugin="pyav", codec="libx264", fps=fps)
        return
    from PIL import Image

    images = [Image.fromarray(frame) for frame in frames]
    if path.suffix.lower() == ".png":
        images[-1].save(path, optimize=True)
        return
    palette = [image.quantize(128, dither=Image.Dither.NONE) for image in images]
    palette[0].save(
        path,
        save_all=True,
        append_images=palette[1:],
        duration=[max(20, round(pause * 1000)) for pause in seconds],
        loop=0,
        optimize=True,
    )
