# expect: error
# reason: PermissionError
# needs: jail
import os


def act(percept):
    os.setsid()
    return percept.legal_actions[0]
