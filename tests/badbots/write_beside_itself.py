# expect: error
# reason: PermissionError
# needs: jail
from pathlib import Path


def act(percept):
    Path(__file__).with_name("was-here.txt").write_text("I was here")
    return percept.legal_actions[0]
