# expect: error
# reason: PermissionError
# needs: jail
import subprocess
import sys


def act(percept):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(5)"])
    return percept.legal_actions[0]
