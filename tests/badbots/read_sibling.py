# expect: error
# reason: PermissionError
# needs: jail
from pathlib import Path


def act(percept):
    print(Path(__file__).with_name("scratch.py").read_text())
    return percept.legal_actions[0]
