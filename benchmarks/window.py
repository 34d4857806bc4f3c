"""What the window's pictures cost: `python -m benchmarks.window`.

Milliseconds of the processor's time to draw each scene at 1280 x 800, the median and the slowest
of a hundred frames; 60 frames a second leave 16.7. The playground learns in what time a frame
leaves: of it the frames in a second are counted. Windows that nobody touches should cost next to
nothing: of the menu and of a paused playground the share of a core's time is taken. And whether
memory grows while many frames of one scene are drawn (`--frames 100000` for a day's worth; without
it what was found before stays).
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import statistics
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.worlds import machine

PATH = Path(__file__).parent / "results" / "window.json"
SIZE = (1280, 800)
TIMES = 100
SECONDS, REST = 5.0, 2.0
MODES = ("network", "gan", "descent")
SCENES = {
    "tictactoe, thoughts": ("tictactoe", "minimax", "thoughts"),
    "connect-four, thoughts": ("connect-four", "minimax:depth=2", "thoughts"),
    "connect-four, search tree": ("connect-four", "minimax:depth=4", "tree"),
    "connect-four, tree of mcts": ("connect-four", "mcts:simulations=200", "tree"),
    "connect-four, network": ("connect-four", "champion", "network"),
    "gridworld, values": ("gridworld", "utility-based", "thoughts"),
    "duel": ("duel", "voronoi", "thoughts"),
    "CartPole-v1": ("CartPole-v1", "random", "thoughts"),
}
"""World, agent, panel."""


def scene(world_name: str, agent: str, panel: str) -> Callable[[], Any]:
    """Draws a scene in the middle of an episode."""
    from agents.agent import make_agent
    from envs.worlds import find_world
    from workshop.session import Session
    from workshop.view import Look, View

    world = find_world(world_name)
    count = 2 if world.two_player else 1
    agents = [make_agent(agent, world, seed) for seed in range(count)]
    session = Session(world, agents, [agent] * count, seed=0)
    for _ in range(4):
        session.advance()
    view, look = View(session), Look(panel=panel, truth=True)
    return lambda: view.draw(SIZE, look).surface()


def cost(draw: Callable[[], Any]) -> dict[str, float]:
    """Milliseconds of the processor's time a frame."""
    draw()
    taken = []
    for _ in range(TIMES):
        began = time.process_time()
        draw()
        taken.append(1000 * (time.process_time() - began))
    return {"median_ms": round(statistics.median(taken), 2), "slowest_ms": round(max(taken), 2)}


def lapse() -> Callable[[], Any]:
    """Draws the time-lapse of a short training."""
    from workshop.__main__ import main as workshop
    from workshop.timelapse import LapseView, TimeLapse
    from workshop.view import Look

    with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        run = Path(folder) / "run"
        workshop(["train", "q-learning", "gridworld", "--steps", "5000", "--run", str(run)])
        view = LapseView(TimeLapse(run))
        view.show(len(view.lapse.steps) - 1)
    return lambda: view.draw(SIZE, Look()).surface()


def playground_rate(mode: Any) -> float:
    """Frames a second of the playground, by the clock; it never shows more than 60."""
    from workshop.playground.setting import Setting
    from workshop.playground.stage import Look
    from workshop.playground.window import PlaygroundWindow

    window = PlaygroundWindow(Setting(mode=mode), Look())
    for _ in range(60):
        window.tick()
    shown, began = window.frames, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        window.tick()
    return round((window.frames - shown) / (time.perf_counter() - began), 1)


def idle_shares() -> dict[str, float]:
    """The share of a core's time that windows take which nobody touches, by window."""
    from workshop.menu import Menu
    from workshop.playground.setting import Setting
    from workshop.playground.stage import Look
    from workshop.playground.window import PlaygroundWindow

    menu = idle_share(Menu())
    return {"menu": menu, "playground": idle_share(PlaygroundWindow(Setting(), Look(), True))}


def idle_share(window: Any) -> float:
    """The same of one window, once it has come to rest."""
    opened = time.perf_counter()
    while time.perf_counter() - opened < REST:
        window.tick()
    began, taken = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < SECONDS:
        window.tick()
    return round((time.process_time() - taken) / (time.perf_counter() - began), 4)


def resident() -> float:
    """Megabytes of memory that this process holds (Linux only)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(draw: Callable[[], Any], frames: int) -> dict[str, float]:
    """How much more memory is held after the second half of so many frames than before it."""
    for _ in range(frames // 2):
        draw()
    gc.collect()
    before = resident()
    for _ in range(frames // 2):
        draw()
    gc.collect()
    return {"frames": frames, "megabytes": round(resident(), 1),
            "grown_by": round(resident() - before, 2)}  # fmt: skip


def main() -> None:
    """Writes the results, and prints them as one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--frames", type=int, default=0, help="to look for growing memory in")
    frames = parser.parse_args().frames
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
    drawers = {name: scene(*about) for name, about in SCENES.items()}
    found: dict[str, Any] = {"machine": machine("cpu"), "size": SIZE}
    found["scenes"] = {name: cost(draw) for name, draw in drawers.items()}
    found["scenes"]["gridworld, time-lapse"] = cost(lapse())
    found["playground_frames_per_second"] = {mode: playground_rate(mode) for mode in MODES}
    found["idle_share_of_a_core"] = idle_shares()
    if frames:
        found["memory"] = growth(drawers["tictactoe, thoughts"], frames)
    elif PATH.exists():
        found["memory"] = json.loads(PATH.read_text(encoding="utf-8"))["memory"]
    PATH.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
