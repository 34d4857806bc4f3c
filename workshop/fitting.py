"""Text in the room there is: in several lines, or with a part left out."""

from __future__ import annotations

from collections.abc import Sequence

from envs.drawing.canvas import Canvas


def wrap(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """A text in lines of at most `width`."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and Canvas.text_width(longer, size, bold) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def two_lines(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """A text in one line or two of at most `width`; what is longer loses its middle."""
    if Canvas.text_width(text, size, bold) <= width:
        return [text]
    first, *rest = wrap(text, size, width, bold)
    return [first, cut_middle(" ".join(rest), size, width, bold)] if rest else [first]


def cut_end(text: str, size: float, width: float) -> str:
    """A text of at most `width`, its end cut off if it must be (as if in bold)."""
    if Canvas.text_width(text, size, bold=True) <= width:
        return text
    while text and Canvas.text_width(f"{text}…", size, bold=True) > width:
        text = text[:-1]
    return f"{text}…"


def cut_middle(text: str, size: float, width: float, bold: bool = False) -> str:
    """A text of at most `width`; of a long one, the beginning and the end."""
    left, words = len(text), text
    while left > 8 and Canvas.text_width(words, size, bold) > width:
        left -= 1
        words = f"{text[: left // 3]}…{text[len(text) - (left - left // 3) :]}"
    return words


def short_names(names: Sequence[str], width: float, size: float) -> dict[str, str]:
    """Each name by how it is written in a list; two are never written alike."""
    found: dict[str, str] = {}
    for name in names:
        words = cut_middle(name, size, width)
        found[name if words in found else words] = name
    return found
