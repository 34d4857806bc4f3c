"""The page and the picture of `python -m benchmarks.training`, from its results."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.agent import AGENTS
from arena.statistics import bootstrap_interval, interquartile_mean, wilson_interval
from workshop.curves import PALETTE, save_figure

MEASURES = {
    "gridworld": ("relative regret", "relative_regret", "{:.2%}"),
    "tictactoe": ("best action", "optimal_action_rate", "{:.2%}"),
    "CartPole-v1": ("mean return", "evaluation_return", "{:.1f}"),
}
"""What is told of a trained agent in each world: its name, its key, its format."""
NAMES = {"gridworld": "GridWorld", "tictactoe": "Tic-tac-toe", "CartPole-v1": "CartPole-v1"}
TOGETHER = 5
"""So many seeds of ours and of theirs took turns within one run; only their times are compared."""
PAIRS = (("dqn", "sb3-dqn"), ("ppo", "sb3-ppo"), ("a2c", "sb3-a2c"))
"""Ours, and the same algorithm of Stable-Baselines3."""

Training = Mapping[str, Any]


def write_page(path: Path, targets: Mapping[str, str]) -> None:
    """Writes a page and a picture beside the results in `path`.

    Args:
        path: `training.json`.
        targets: what counts as learned in each world.
    """
    saved = json.loads(path.read_text(encoding="utf-8"))
    worlds: dict[str, dict[str, list[Training]]] = {}
    order = list(AGENTS)
    for one in sorted(saved["trainings"], key=lambda one: (order.index(one["agent"]), one["seed"])):
        worlds.setdefault(one["world"], {}).setdefault(one["agent"], []).append(one)
    worlds = {world: worlds[world] for world in MEASURES if world in worlds}
    draw(worlds, path.with_suffix(".png"))
    machine, packages = saved["machine"], saved["packages"]
    at_a_time = sorted({one["side_by_side"] for one in saved["trainings"]})
    lines = [
        "# What every learner learns, and how long it takes",
        "",
        f"Made by `python -m benchmarks.training --jobs {at_a_time[-1]}` on {saved['date']}: "
        f"{machine['cpu']}, {machine['cores']} cores, no GPU, one thread a training, "
        f"{' or '.join(map(str, at_a_time))} at a time; {machine['system']}; "
        + ", ".join(f"{name} {number}" for name, number in packages.items())
        + ". Every algorithm has its default settings; Stable-Baselines3's have those that RL "
        "Baselines3 Zoo publishes for CartPole (DQN on GridWorld explores longer). Every seed that "
        "was run with them is here; ours were chosen with an eye on some of the same seeds.",
        "",
        "*Learned*: the agent at the end of the training meets the target; behind it Wilson's 95 % "
        "interval. The next column is the interquartile mean over the seeds with its 95 % "
        "bootstrap interval. *To the target*: until the first measure that meets it, median over "
        "the seeds (fastest to slowest; a dash where more than half never met it), without the "
        "time it takes to measure. Of `alphazero` the network alone is measured, not the search "
        "that it plays with.",
        "",
        f"![Seconds to the target, every seed a dot]({path.with_suffix('.png').name})",
    ]
    for world, agents in worlds.items():
        lines += ["", f"## {NAMES[world]}", "", f"Target: `{targets[world]}`.", ""]
        lines += _table(world, agents)
    lines += ["", "## Beside Stable-Baselines3", "", *_beside(worlds), ""]
    partial = path.with_suffix(".partial")
    partial.write_text("\n".join(lines), encoding="utf-8")
    partial.replace(path.with_suffix(".md"))


def _table(world: str, agents: Mapping[str, Sequence[Training]]) -> list[str]:
    title, key, form = MEASURES[world]
    head = [
        "algorithm", "learned", title, "steps to the target", "seconds to the target",
        "steps", "seconds",
    ]  # fmt: skip
    if world == "tictactoe":
        head.insert(3, "lost to random, of 2,000")
    rows = [head, ["---"] * len(head)]
    for name, trainings in agents.items():
        values = [one["measured"][key] for one in trainings]
        low, high = bootstrap_interval(values, interquartile_mean)
        middle = form.format(interquartile_mean(values))
        interval = "" if low == high else f" ({form.format(low)} to {form.format(high)})"
        learned = sum(one["learned"] for one in trainings)
        rate = wilson_interval(learned, len(trainings))
        row = [
            f"`{name}`",
            f"{learned} of {len(trainings)} ({rate[0]:.0%} to {rate[1]:.0%})",
            middle + interval,
            _spread([_reached(one, "steps") for one in trainings], "{:,.0f}"),
            _spread([_reached(one, "seconds") for one in trainings], "{:.1f}"),
            f"{statistics.median(one['steps'] for one in trainings):,.0f}",
            f"{statistics.median(one['seconds'] for one in trainings):.1f}",
        ]
        if world == "tictactoe":
            lost = [one["measured"]["lost_to_random"] for one in trainings]
            row.insert(3, f"{statistics.median(lost):.0f} ({min(lost)} to {max(lost)})")
        rows.append(row)
    return ["| " + " | ".join(row) + " |" for row in rows]


def _beside(worlds: Mapping[str, Mapping[str, Sequence[Training]]]) -> list[str]:
    """Ours over theirs: the median time to the target, by the wall and by the processor."""
    head = ["world", "ours", "seconds", "theirs", "seconds", "ours / theirs", "by CPU time"]
    rows = [head, ["---"] * len(head)]
    for world, agents in worlds.items():
        for ours, theirs in PAIRS:
            if ours not in agents or theirs not in agents:
                continue
            wall, cpu = (
                [
                    statistics.median(
                        _reached(one, key) for one in agents[name] if one["seed"] < TOGETHER
                    )
                    for name in (ours, theirs)
                ]
                for key in ("seconds", "cpu_seconds")
            )
            spent = statistics.median(one["seconds"] for one in agents[theirs])
            rows.append(
                [
                    NAMES[world],
                    f"`{ours}`",
                    _seconds(wall[0]),
                    f"`{theirs}`",
                    _seconds(wall[1]) if math.isfinite(wall[1]) else f"not in {spent:.0f}",
                    _ratio(*wall),
                    _ratio(*cpu),
                ]
            )
    note = (
        f"Median times to the target of seeds 0 to {TOGETHER - 1}, which took turns within one "
        "run. What else the machine does lengthens them by the clock; by CPU time it counts for "
        "less. (Stable-Baselines3's later seeds, which the tables above count too, ran on a "
        "busier machine: their seconds are longer than they need be.)"
    )
    return [note, "", *("| " + " | ".join(row) + " |" for row in rows)]


def _reached(one: Training, key: str) -> float:
    """Steps or seconds until the target was met; infinite if it never was."""
    return one["reached"][key] if one["reached"] else math.inf


def _spread(values: Sequence[float], form: str) -> str:
    middle = statistics.median(values)
    if not math.isfinite(middle):
        return "-"
    low, high = (
        form.format(v) if math.isfinite(v) else "never" for v in (min(values), max(values))
    )
    return f"{form.format(middle)} ({low} to {high})"


def _seconds(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "-"


def _ratio(ours: float, theirs: float) -> str:
    if not math.isfinite(ours):
        return "-"
    return f"{ours / theirs:.2f}" if math.isfinite(theirs) else "theirs not"


def draw(worlds: Mapping[str, Mapping[str, Sequence[Training]]], path: Path) -> None:
    """Writes a picture: for each world one row an algorithm, every seed a dot.

    A dot is the time to the target; a cross on the right a training that never met it.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    rows = max(map(len, worlds.values()))
    figure, axes = pyplot.subplots(
        1, len(worlds), figsize=(4.2 * len(worlds), 1.2 + 0.26 * rows), layout="constrained",
        squeeze=False,
    )  # fmt: skip
    for axis, (world, agents) in zip(axes[0], worlds.items(), strict=True):
        times = {
            name: sorted(_reached(one, "seconds") for one in trainings)
            for name, trainings in agents.items()
        }
        order = sorted(times, key=lambda name: statistics.median(times[name]), reverse=True)
        finite = [t for found in times.values() for t in found if math.isfinite(t)]
        never = 3 * max(finite, default=1.0)
        for height, name in enumerate(order):
            color = PALETTE[1] if name.startswith("sb3-") else PALETTE[0]
            met = [t for t in times[name] if math.isfinite(t)]
            axis.plot(met, [height] * len(met), "o", color=color, alpha=0.45, markersize=5)
            missed = len(times[name]) - len(met)
            if missed:
                axis.plot(never, height, "x", color=color, markersize=5)
                axis.annotate(
                    f" {missed}", (never, height), fontsize=7, va="center", color="#555555",
                    xytext=(3, 0), textcoords="offset points",
                )  # fmt: skip
        axis.set_xscale("log")
        wide = never > 10_000 * min(finite, default=1.0)
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 3.0)))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_yticks(range(len(order)), order, fontsize=8)
        axis.set_ylim(len(order) - rows - 0.6, len(order) - 0.4)
        axis.set_title(NAMES[world], loc="left", fontsize=10)
        axis.set_xlabel("seconds to the target", fontsize=8)
        axis.tick_params(axis="x", labelsize=7)
        axis.grid(axis="x", alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        "blue: ours, orange: Stable-Baselines3; x: so many seeds never met it",
        fontsize=8.5, color="#555555",
    )  # fmt: skip
    save_figure(figure, path)
