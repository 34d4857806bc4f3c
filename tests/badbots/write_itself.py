# expect: error
# reason: PermissionError
# needs: jail
from pathlib import Path


def act(percept):
    with Path(__file__).open("a") as file:
        file.write("# and a memory of every game")
    return percept.legal_actions[0]
