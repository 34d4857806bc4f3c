"""The playground in a file: a picture after so many epochs, or a film of the way there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pygame

from workshop.playground.layout import Layout
from workshop.playground.picture import begin, whole_picture
from workshop.playground.setting import Setting
from workshop.playground.stage import Look
from workshop.recording import Frame, write_frames

SIZE, FILM_SIZE = (960, 640), (720, 480)
FRAMES, PAUSE, LAST = 48, 0.1, 2.0
"""Of a film: how many, and seconds of each and of the last."""


def save(setting: Setting, path: Path, epochs: int, theme: str) -> str:
    """Learns for `epochs` and writes the file; returns how it came out, in a line."""
    learner, stage = begin(setting)
    film = path.suffix.lower() != ".png"
    look = Look(theme, animated=False)
    layout = Layout(FILM_SIZE if film else SIZE, with_panel=False)
    shown = stops(epochs) if film else [epochs]

    def drawn() -> Iterator[Frame]:
        for epoch in shown:
            while learner.has_points and learner.epoch < epoch and not learner.over:
                learner.step()
            picture = pygame.surfarray.array3d(whole_picture(layout, look, learner, stage))
            pause = LAST if epoch == shown[-1] else PAUSE
            yield np.ascontiguousarray(picture.swapaxes(0, 1)), pause

    write_frames(path, drawn())
    return learner.status()


def stops(epochs: int) -> list[int]:
    """The epochs that a film shows: closer together at first, when most happens."""
    shares = np.linspace(0, 1, min(FRAMES, epochs + 1)) ** 2
    return sorted({round(share * epochs) for share in shares} | {epochs})
