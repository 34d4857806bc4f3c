"""What an agent perceives is shown as it arrives: pictures as pictures, all numbers that fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.agent import make_agent
from envs.drawing.canvas import Box, Canvas
from envs.worlds import find_world
from workshop.percept_view import picture_of
from workshop.session import Session
from workshop.view import Look, View


def session_in(name: str) -> Session:
    world = find_world(name)
    return Session(world, [make_agent("random", world, 0)], ["random"], seed=0)


@pytest.mark.parametrize("size", [(640, 480), (1280, 800)])
def test_an_agent_that_sees_pixels_is_shown_with_what_it_sees(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[np.ndarray, Box]] = []
    monkeypatch.setattr(Canvas, "picture", lambda c, pixels, box: shown.append((pixels, box)))
    session = session_in("gridworld:map=small,observation=pixels")
    session.advance()
    View(session).draw(size, Look())
    (pixels, box), seen = shown[0], session.percept.observation
    times = len(pixels) // len(seen)
    assert np.array_equal(pixels[::times, ::times], seen)
    assert box.width / box.height == pytest.approx(seen.shape[1] / seen.shape[0])
    assert box.height >= 40 and box.y + box.height < size[1]


def test_of_several_pictures_the_last_is_shown() -> None:
    gray = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for several in (gray, gray[..., None], np.stack([gray + 9, gray]), np.stack([gray, gray], 2)):
        found = picture_of(several)
        assert found is not None and found.shape == (3, 4, 3)
        assert np.array_equal(found[..., 1], gray)
    color = np.zeros((3, 4, 3), np.uint8)
    assert np.array_equal(picture_of(color), color)  # type: ignore[arg-type]
    assert picture_of(np.zeros(8, np.float32)) is None


@pytest.mark.parametrize("size", [(640, 480), (1280, 800), (800, 1000)])
@pytest.mark.parametrize("count", [4, 8, 27, 128])
def test_as_many_numbers_of_a_percept_are_written_as_fit(
    size: tuple[int, int], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, float]] = []
    write = Canvas.text

    def noted(canvas: Canvas, text: str, at: Any, *rest: Any, **how: Any) -> float:
        written.append((text, at[1]))
        return write(canvas, text, at, *rest, **how)

    monkeypatch.setattr(Canvas, "text", noted)
    session = session_in("CartPole-v1")
    session._observation = np.arange(count) + 0.125
    View(session).draw(size, Look())
    numbers = [text for text, _ in written if text.endswith(".125")]
    rest = [text for text, _ in written if text.startswith("and ")]
    assert len(numbers) + sum(int(text.split()[1]) for text in rest) == count
    assert len(numbers) == count if count <= 8 else len(numbers) > 8
    assert "return so far" in [text for text, _ in written]
    assert max(y for _, y in written) < size[1] - 5
