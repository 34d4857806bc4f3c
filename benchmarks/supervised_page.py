"""The page of `benchmarks.supervised`, from the figures it keeps."""

from __future__ import annotations

from typing import Any


def page(kept: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = ["# Learning from labels: how right, and how fast", ""]
    lines += ["Made by `python -m benchmarks.supervised` and `--accuracy`.", ""]
    found = sorted(kept.get("accuracy", {}).values(), key=lambda one: (one["data"], -one["mean"]))
    for data in dict.fromkeys(one["data"] for one in found):
        rows = [one for one in found if one["data"] == data]
        seeds = len(rows[0]["values"])
        lines += [f"## Accuracy on `{data}`", ""]
        lines += [
            f"{seeds} seeds, each with its own stratified split (80 % to learn from, 20 % to judge "
            "by), the same for every model; the mean and Student's 95 % interval. Seconds are the "
            "processor's, on one thread, for one training.",
            "",
            "| model | settings | accuracy | 95 % | lowest | goal | seconds |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *map(_line, rows),
            "",
        ]
    for device, speed in kept.get("speed", {}).items():
        for one in speed["models"].values():
            lines += _speed(device, speed["machine"], one)
    return "\n".join(lines) + "\n"


def _line(one: dict[str, Any]) -> str:
    settings = " ".join(f"{name}={value}" for name, value in one["settings"].items())
    low, high = one["ci95"]
    goal = f"{one['goal']:.1%}" if one["goal"] else ""
    return (
        f"| `{one['model']}` | {settings} | {one['mean']:.2%} | {low:.2%} to {min(high, 1):.2%} | "
        f"{min(one['values']):.1%} | {goal} | {one['processor_seconds']:.1f} |"
    )


def _speed(device: str, machine: dict[str, Any], speed: dict[str, Any]) -> list[str]:
    clock, processor = speed["seconds_an_epoch"], speed["processor_seconds_an_epoch"]
    names = {
        "ours": "our loop: a batch is an index",
        "textbook_fork": f"Dataset and DataLoader with {speed['workers']} workers, forked: Linux "
        "before Python 3.14",
        "textbook_forkserver": "the same, from a fork server (its processor time is not "
        "counted): Linux since Python 3.14",
        "textbook_spawn": "the same, spawned: Windows and macOS",
        "textbook_images": "by default here, a row made of an image when it is asked for",
        "textbook_without_workers": "Dataset and DataLoader without workers",
        "lightning": "Lightning over Dataset and DataLoader with workers",
        "forward_and_backward": "forward, cost and backward alone, batches ready",
    }
    place = machine.get("gpu") or f"{machine['cores']} cores of {machine['cpu']}"
    threads = "one thread" if speed["threads"] == 1 else f"{speed['threads']} threads"
    return [
        f"## Seconds an epoch of `{speed['model']}` on `mnist5k`, on {device}, {threads}",
        "",
        f"{speed['rows']:,} rows, {speed['batch_size']} a batch; {place}; the median of "
        f"{speed['rounds']} rounds, in which all take turns.",
        "",
        "| loop | seconds | times ours | processor, all processes | times ours |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {names[name]} | {clock[name]:.3f} | {times[0]:.2f} | {processor[name]:.3f} | "
            f"{times[1]:.2f} |"
            for name, times in speed["over_ours"].items()
        ),
        "",
        f"Ours reaches {speed['share_of_pure_compute']:.0%} of pure compute (processor: "
        f"{speed['share_of_pure_compute_processor']:.0%}).",
        "",
    ]
