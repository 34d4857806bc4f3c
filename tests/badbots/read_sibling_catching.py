# expect: fine
# needs: jail
import importlib
import os
import sys
from pathlib import Path


def act(percept):
    here = Path(__file__).parent
    sys.path.insert(0, str(here))
    for attempt in (
        lambda: print(here.joinpath("scratch.py").read_text()),
        lambda: print(list(here.iterdir())),
        lambda: print(importlib.import_module("scratch").act),
        lambda: print(Path("/proc/self/cwd", os.path.relpath(here), "scratch.py").read_text()),
        lambda: Path("copy.py").hardlink_to(here / "scratch.py"),
        lambda: (here / "scratch.py").rename("copy.py"),
        lambda: Path("copy.py").symlink_to(here / "scratch.py"),
        lambda: print(Path("copy.py").read_text()),
    ):
        try:
            attempt()
        except (OSError, ImportError):
            continue
    return percept.legal_actions[0]
