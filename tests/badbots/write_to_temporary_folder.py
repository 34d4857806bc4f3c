# expect: error
# reason: PermissionError
# needs: jail
from pathlib import Path


def act(percept):
    Path("/tmp/was-here.txt").write_text("I was here")
    return percept.legal_actions[0]
