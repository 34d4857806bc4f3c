# expect: error
# reason: PermissionError
# needs: jail
import os
import time


def act(percept):
    if os.fork() == 0:
        time.sleep(5)
        os._exit(0)
    return percept.legal_actions[0]
