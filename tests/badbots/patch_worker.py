# expect: error
# reason: what it sent is no answer
import sys


def act(percept):
    sys.modules["__main__"]._checked = lambda action: [4.5]
    return percept.legal_actions[0]
