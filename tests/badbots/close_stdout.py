# expect: fine
import os
import sys


def act(percept):
    sys.stdout.close()
    for number in (0, 1, 2):
        try:
            os.close(number)
        except OSError:  # closed at the last move
            continue
    return percept.legal_actions[0]
