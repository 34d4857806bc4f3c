"""The window of `render_mode="human"`: it shows frames, and answers events while it waits."""

from __future__ import annotations

import pygame


class Screen:
    """A resizable window of `size` pixels. Once a person has closed it, it stays closed."""

    def __init__(self, size: tuple[int, int], title: str) -> None:
        pygame.display.init()
        pygame.display.set_caption(title)
        self._window: pygame.Surface | None = pygame.display.set_mode(size, pygame.RESIZABLE)
        self._size = size

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as the person has made it."""
        return self._window.get_size() if self._window is not None else self._size

    def show(self, picture: pygame.Surface, fps: float) -> None:
        """Shows a picture for 1 / fps seconds."""
        until = pygame.time.get_ticks() + 1000 / fps
        while self._window is not None:
            if any(event.type == pygame.QUIT for event in pygame.event.get()):
                self.close()
                return
            if self._window.get_size() != picture.get_size():
                picture = pygame.transform.smoothscale(picture, self._window.get_size())
            self._window.blit(picture, (0, 0))
            pygame.display.flip()
            left = until - pygame.time.get_ticks()
            if left <= 0:
                return
            pygame.time.wait(round(min(left, 30)))

    def close(self) -> None:
        """Closes the window; a second call does nothing."""
        if self._window is not None:
            self._window = None
            pygame.display.quit()
