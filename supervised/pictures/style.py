"""The one look of all pictures: colours that colour-blind people tell apart, and quiet axes."""

from __future__ import annotations

from textwrap import fill

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PINK, YELLOW, SKY, BLACK = PALETTE = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"
)  # fmt: skip
"""Okabe and Ito 2008."""
INK, MUTED, FAINT = "#1d2433", "#5b6475", "#d7dbe3"
SEQUENTIAL: Colormap = LinearSegmentedColormap.from_list(
    "counts", ["#f5f8fb", "#9cc3e0", "#003b66"]
)
"""From nothing to much."""
DIVERGING: Colormap = LinearSegmentedColormap.from_list("signs", [ORANGE, "#f7f7f7", BLUE])
"""From minus to plus."""
GREY: Colormap = colormaps["gray"]
"""Of images."""
HEAT: Colormap = colormaps["magma"]
"""From dark to glowing, for what lies over an image."""
DOTS = 140
"""An inch."""
NOTE_LETTERS = 16
"""So many letters of a note take an inch of its line."""


def new_figure(width: float, height: float) -> Figure:
    """An empty page of so many inches; its parts keep out of each other's way."""
    figure = Figure(figsize=(width, height), dpi=DOTS, facecolor="white")
    figure.set_layout_engine("constrained", w_pad=0.09, h_pad=0.07)
    return figure


def one_plot(
    title: str, note: str = "", width: float = 5.6, height: float = 4.6
) -> tuple[Figure, Axes]:
    """A page with a single pair of axes."""
    figure = new_figure(width, height)
    axes = figure.add_subplot()
    quiet(axes)
    entitle(figure, title, note)
    return figure, axes


def entitle(figure: Figure, title: str, note: str = "") -> None:
    """What is to be seen, over everything, and in small letters how to read it."""
    figure.suptitle(title, x=0.02, ha="left", fontsize=12, fontweight="bold", color=INK)
    if note:
        note = fill(note, int(NOTE_LETTERS * figure.get_figwidth()))
        figure.supxlabel(note, x=0.02, ha="left", fontsize=8.5, color=MUTED)


def quiet(axes: Axes, grid: bool = True) -> None:
    """Axes that leave the word to the data."""
    axes.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
    axes.tick_params(which="both", colors=MUTED, labelsize=9, length=0)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(INK)
        label.set_fontsize(10)
    if grid:
        axes.grid(color=FAINT, linewidth=0.7)
        axes.set_axisbelow(True)


def end_at_whole(axes: Axes) -> None:
    """Shares end at 1: no more than the room for a mark is left above."""
    low, high = axes.get_ylim()
    axes.set_ylim(top=min(high, 1 + 0.03 * (1 - low)))


def ink_on(shade: float, colors: Colormap = SEQUENTIAL) -> str:
    """White, or the ink of all words: whichever is easier to read on a shade from 0 to 1."""
    red, green, blue, _ = colors(shade)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.48 else "white"


def bare(axes: Axes) -> None:
    """Axes of an image: nothing but the image."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
