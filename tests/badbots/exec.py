# expect: error
# reason: PermissionError
# needs: jail
import os


def act(percept):
    os.execv("/bin/sh", ["sh", "-c", "sleep 5"])
