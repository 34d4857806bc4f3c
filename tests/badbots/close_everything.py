# expect: error
# reason: its process
import os


def act(percept):
    os.closerange(0, 256)
    return percept.legal_actions[0]
