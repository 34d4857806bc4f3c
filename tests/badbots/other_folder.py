# expect: fine
import os


def act(percept):
    os.chdir("/")
    return percept.legal_actions[0]
