# expect: fine
# needs: jail
import os
import pwd
from pathlib import Path


def act(percept):
    for look in (
        lambda: Path("/etc/passwd").read_text(),
        lambda: pwd.getpwuid(os.getuid()).pw_dir,
        lambda: list(Path("/root").iterdir()),
        lambda: list(Path("/home").iterdir()),
        lambda: list(Path("/tmp").iterdir()),
        lambda: Path(f"/proc/{os.getppid()}/cmdline").read_text(),
    ):
        try:
            print("found", look())
        except (OSError, KeyError):
            continue
    return percept.legal_actions[0]
