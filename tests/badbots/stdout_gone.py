# expect: fine
import sys


class Broken:
    def flush(self):
        raise SystemExit

    def __getattr__(self, name):
        raise SystemExit


def act(percept):
    sys.stdout, sys.stderr = None, Broken()
    return percept.legal_actions[0]
