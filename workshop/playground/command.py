"""`workshop playground`: a small network learns in the plane, and everything can be turned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from envs.names import BadInput
from workshop.playground.setting import DEFAULTS, SHOWN, Setting, changed, numbers

WITHOUT = "write a file instead: --save FILE.png, or .gif"


@dataclass
class Options:
    """Where to begin; everything can be changed in the window."""

    mode: Literal["network", "gan", "descent"] = "network"
    """A network that tells two classes apart; a GAN; optimisers racing on a landscape."""
    data: str | None = None
    """moons, spirals, circles, xor, blobs, ring, painted, or a table FILE.csv of x, y, label."""
    points: int | None = None
    """How many points."""
    noise: float | None = None
    """How far points are moved; in a race, how wrong slopes are."""
    train_share: float | None = None
    """The share of points that are learned from; the others test."""
    features: str | None = None
    """What the network is shown: x,y,xx,yy,xy,sinx,siny or some of them."""
    layers: str | None = None
    """Neurons in each hidden layer: 8,8 or none."""
    activation: str | None = None
    """tanh, relu, sigmoid, gelu or linear."""
    optimizer: str | None = None
    """sgd, momentum, rmsprop or adam."""
    learning_rate: float | None = None
    """The step size."""
    regularisation: str | None = None
    """none, l1 or l2."""
    penalty: float | None = None
    """How much large weights cost; in a GAN, how much steep slopes do (R1)."""
    batch_size: int | None = None
    """Points a step."""
    surface: str | None = None
    """Of a race: bowl, valley, hills, saddle, waves or plateau."""
    racers: str | None = None
    """Of a race: sgd,momentum,rmsprop,adam or some of them."""
    start: str | None = None
    """Of a race, where it begins: -1.5,2"""
    seed: int = 0
    """Decides points, weights and order."""
    epochs: int | None = None
    """With --save or --code: how long it learns (in a race: steps)."""
    save: Path | None = None
    """Write FILE.png, FILE.gif or FILE.mp4 instead of opening a window."""
    code: bool = False
    """Print the PyTorch code instead of opening a window."""
    paused: bool = False
    """Wait before the first step."""
    theme: Literal["light", "dark"] = "light"
    """Colours."""
    no_animation: bool = False
    """Colours change at once."""


def run(options: Options) -> int:
    """Opens the window, writes the file, or prints the code."""
    import torch

    setting = setting_of(options)
    epochs = 300 if options.epochs is None else options.epochs
    if epochs < 0:
        raise BadInput(f"--epochs must be 0 or more, not {epochs}")
    torch.set_num_threads(1)  # networks as small as these gain nothing from more
    if options.code:
        print_code(setting, epochs)
    elif options.save is not None:
        save_file(setting, options.save, epochs, options.theme)
    else:
        if options.epochs is not None:
            raise BadInput("--epochs is for --save FILE.png and for --code; the window just runs")
        open_window(setting, options)
    return 0


def setting_of(options: Options) -> Setting:
    """The setting that the options say.

    Raises:
        BadInput: one is out of range, or the mode has none such.
    """
    given: dict[str, Any] = {
        name: getattr(options, name)
        for mode in SHOWN.values()
        for name in mode
        if name != "seed" and getattr(options, name) is not None
    }
    for name in given:
        if name not in SHOWN[options.mode]:
            option = "--" + name.replace("_", "-")
            modes = " and ".join(mode for mode, names in SHOWN.items() if name in names)
            raise BadInput(f"{option} is for --mode {modes}, not {options.mode}")
    for name in {"features", "racers"} & set(given):
        given[name] = tuple(part.strip() for part in given[name].split(","))
    if "layers" in given:
        given["layers"] = numbers("layers", given["layers"], int)
    if "start" in given:
        given["start"] = numbers("start", given["start"], float)
        if len(given["start"]) != 2:
            raise BadInput(f"--start takes two numbers, such as -1.5,2, not {options.start!r}")
    defaults = DEFAULTS[options.mode]
    return changed(defaults, **{"noise": math.nan} | given, seed=options.seed)


def print_code(setting: Setting, epochs: int) -> None:
    """The code on standard output, and nothing else.

    Raises:
        BadInput: there are no points yet.
    """
    from workshop.playground.points import own_points
    from workshop.playground.script import is_empty, script

    own = None if setting.mode == "descent" else own_points(setting)
    if is_empty(setting, own):
        raise BadInput("nothing is painted yet; the window prints the code of what you paint there")
    print(script(setting, own, epochs), end="")


def save_file(setting: Setting, path: Path, epochs: int, theme: str) -> None:
    """Learns, writes the file, and says how it came out."""
    from workshop.recording import check_file

    check_file(path)
    from workshop.playground.recording import save

    print(f"{save(setting, path, epochs, theme)}\nwrote {path}")


def open_window(setting: Setting, options: Options) -> None:
    """Shows the playground until the person quits.

    Raises:
        BadInput: there is no display.
    """
    from workshop.display import has_display

    if not has_display():
        raise BadInput(f"there is no display here; {WITHOUT}")
    from workshop.playground.stage import Look
    from workshop.playground.window import PlaygroundWindow

    look = Look(options.theme, not options.no_animation)
    PlaygroundWindow(setting, look, options.paused).run()
