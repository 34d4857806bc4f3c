"""Colours: a light and a dark theme. One accent for "best", one for "wrong"."""

from __future__ import annotations

from typing import NamedTuple

Color = tuple[int, int, int]


def _hex(text: str) -> Color:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


class Theme(NamedTuple):
    """The colours of everything that is drawn."""

    background: Color
    panel: Color
    ink: Color
    muted: Color
    track: Color
    """Behind a bar, or a key cap."""
    best: Color
    wrong: Color
    board: Color
    """A board with holes (gravity)."""
    cell: Color
    wall: Color
    first: Color
    second: Color
    mark: Color
    """The second player's mark on a plain cell."""
    agent: Color
    goal: Color
    ice: Color


LIGHT = Theme(
    background=_hex("#fbfbf8"),
    panel=_hex("#efefea"),
    ink=_hex("#1c1f2a"),
    muted=_hex("#626a78"),
    track=_hex("#dadad2"),
    best=_hex("#1f8f82"),
    wrong=_hex("#b5121b"),
    board=_hex("#2e5d8a"),
    cell=_hex("#ecece5"),
    wall=_hex("#8b8f9c"),
    first=_hex("#e4572e"),
    second=_hex("#f2c14e"),
    mark=_hex("#2e5d8a"),
    agent=_hex("#5a5fd6"),
    goal=_hex("#f2c14e"),
    ice=_hex("#a9d4ee"),
)
DARK = Theme(
    background=_hex("#14161f"),
    panel=_hex("#1e212b"),
    ink=_hex("#eceef5"),
    muted=_hex("#9298a8"),
    track=_hex("#303542"),
    best=_hex("#3dd6c0"),
    wrong=_hex("#ff6b6f"),
    board=_hex("#2b4f78"),
    cell=_hex("#242834"),
    wall=_hex("#565c6e"),
    first=_hex("#f0663d"),
    second=_hex("#f7cf6b"),
    mark=_hex("#f7cf6b"),
    agent=_hex("#8f97ff"),
    goal=_hex("#f7cf6b"),
    ice=_hex("#4d8fb8"),
)
THEMES = {"light": LIGHT, "dark": DARK}


def blend(one: Color, other: Color, share: float) -> Color:
    """`one` with `share` (0 to 1) of `other` mixed in."""
    share = min(max(share, 0.0), 1.0)
    r, g, b = (round(a + (c - a) * share) for a, c in zip(one, other, strict=True))
    return r, g, b


def ink_on(color: Color) -> Color:
    """Black or white, whichever is easier to read on `color`."""
    luminance = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]
    return (20, 22, 30) if luminance > 135 else (255, 255, 255)
