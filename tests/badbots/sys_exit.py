# expect: error
# reason: SystemExit
import sys


def act(percept):
    sys.exit()
