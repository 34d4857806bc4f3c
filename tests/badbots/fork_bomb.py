# expect: fine
# needs: jail
import os
import time


def act(percept):
    for _ in range(200):  # enough to be noticed, and no harm where the jail has a hole
        try:
            if os.fork() == 0:
                time.sleep(5)
                os._exit(0)
        except OSError:
            continue
    return percept.legal_actions[0]
