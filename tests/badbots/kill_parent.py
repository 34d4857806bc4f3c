# expect: error
# reason: PermissionError
# needs: jail
import os
import signal


def act(percept):
    os.kill(os.getppid(), signal.SIGKILL)
    return percept.legal_actions[0]
