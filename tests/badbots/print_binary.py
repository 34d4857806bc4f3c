# expect: fine
import os


def act(percept):
    os.write(1, bytes(range(256)))
    os.write(2, bytes(range(256)))
    return percept.legal_actions[0]
