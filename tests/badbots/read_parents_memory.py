# expect: error
# reason: PermissionError
# needs: jail
import os
from pathlib import Path


def act(percept):
    print(Path(f"/proc/{os.getppid()}/environ").read_bytes())
    return percept.legal_actions[0]
