"""Whether every lesson is true in full, and how long it takes: `python -m benchmarks.lessons`.

The tests run the lessons short, to see that they work. Here each runs as a reader runs it, with all
seeds and epochs, one after the other, in a process of its own with the network cut; it ends with an
error where a figure is out of its range or a solution is wrong. What was found is kept in
`results/lessons.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.worlds import machine
from workshop.lessons.lesson import Lesson, all_lessons

PATH = Path(__file__).parent / "results" / "lessons.json"
NO_NETWORK = """
import runpy, socket, sys
def cut(*_, **__): raise OSError("a lesson needs no network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = cut
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def run(lesson: Lesson) -> dict[str, Any]:
    """Runs a lesson in full; what it printed that it expects, and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        env = {name: value for name, value in os.environ.items() if name != "WORKSHOP_LESSONS"}
        env |= {"WORKSHOP_PICTURES": folder, "MPLBACKEND": "Agg"}
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", NO_NETWORK, str(lesson.path.resolve())],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        seconds = time.perf_counter() - began
        pictures = len([path for path in Path(folder).iterdir() if path.is_file()])
    told = [line for line in done.stdout.splitlines() if "(expected " in line]
    right = [line for line in done.stdout.splitlines() if line.startswith("exercise ")]
    failed = done.stderr.strip().splitlines()[-1] if done.returncode else ""
    return {
        "number": lesson.number,
        "title": lesson.title,
        "stated_seconds": lesson.seconds,
        "seconds": round(seconds, 1),
        "figures": told,
        "solutions": len(right),
        "pictures": pictures,
        "failed": failed,
    }


def page(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    about = found["machine"]
    lines = [
        "# Every lesson in full",
        "",
        f"Made by `python -m benchmarks.lessons` on {found['date']}: {about['cpu']}, "
        f"{about['cores']} cores, no GPU; {about['system']}. One after the other, with the network "
        "cut. A figure that is out of its range, or a solution that is wrong, ends a lesson.",
        "",
        "| lesson | seconds | stated | figures in range | solutions right | pictures |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in found["lessons"]:
        lines.append(
            f"| {one['number']} {one['title']} | {one['seconds']:.0f} | {one['stated_seconds']} | "
            f"{one['failed'] or len(one['figures'])} | {one['solutions']} | {one['pictures']} |"
        )
    lines += ["", "## The figures", ""]
    for one in found["lessons"]:
        lines += [f"**{one['number']} {one['title']}**", "", "```"]
        lines += [*one["figures"], "```", ""]
    return "\n".join(lines)


def main() -> int:
    """Runs them, and writes the results; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=int, nargs="*", default=[], help="numbers of lessons")
    options = parser.parse_args()
    found: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine("cpu"),
        "lessons": [],
    }
    for lesson in all_lessons():
        if options.only and lesson.number not in options.only:
            continue
        one = run(lesson)
        found["lessons"].append(one)
        print(f"{one['number']:2} {one['seconds']:5.1f} s  {one['failed'] or 'right'}", flush=True)
    if options.only and PATH.exists():  # the others stay as they were found before
        before = json.loads(PATH.read_text(encoding="utf-8"))["lessons"]
        old = {one["number"]: one for one in before}
        found["lessons"] = list((old | {one["number"]: one for one in found["lessons"]}).values())
    if len(found["lessons"]) == len(all_lessons()):
        PATH.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        PATH.with_suffix(".md").write_text(page(found), encoding="utf-8")
    return int(any(one["failed"] for one in found["lessons"]))


if __name__ == "__main__":
    sys.exit(main())
