"""What `env.render()` does, for every world: a window, an array or text. Light until it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from envs.drawing.screen import Screen

SIZE = (640, 640)
"""Pixels of a frame, and of a window when it opens."""


def render_modes(fps: int) -> dict[str, Any]:
    """The `metadata` of a world that draws itself `fps` times a second."""
    return {"render_modes": ["human", "rgb_array", "ansi"], "render_fps": fps}


class Renderer:
    """Draws one world; imports pygame when the first frame is asked for, not before."""

    def __init__(self, env: Any, theme: str) -> None:
        self.env = env
        self.theme = theme
        self._screen: Screen | None = None
        mode = env.render_mode
        if mode is not None and mode not in env.metadata["render_modes"]:
            raise ValueError(f"no render_mode {mode!r}; there are human, rgb_array and ansi")

    def render(self) -> Any:
        """uint8 (height, width, 3) for `rgb_array`, a str for `ansi`, None for `human`."""
        mode = self.env.render_mode
        if mode == "ansi":
            return self.env.ansi()
        if mode is None:
            return None
        from envs.drawing.canvas import Canvas
        from envs.drawing.drawers import drawer_for
        from envs.drawing.theme import THEMES

        if mode == "human":
            from envs.drawing.screen import Screen

            self._screen = self._screen or Screen(SIZE, str(self.env.spec and self.env.spec.name))
            size = self._screen.size
        else:
            size = SIZE
        canvas = Canvas(size, THEMES[self.theme])
        drawer_for(self.env).draw(canvas, canvas.frame(0.04))
        if self._screen is not None:
            self._screen.show(canvas.surface(), self.env.metadata["render_fps"])
            return None
        return canvas.array()

    def close(self) -> None:
        """Closes the window if one is open; a second call does nothing."""
        if self._screen is not None:
            self._screen.close()
            self._screen = None
