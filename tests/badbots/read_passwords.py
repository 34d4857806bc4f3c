# expect: error
# reason: PermissionError
# needs: jail
from pathlib import Path


def act(percept):
    print(Path("/etc/passwd").read_text())
    return percept.legal_actions[0]
