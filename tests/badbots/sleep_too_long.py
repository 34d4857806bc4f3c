# expect: timeout
# move: 2
# reason: no move after 2 s
import time


def act(percept):
    time.sleep(1.1 * 2)
    return percept.legal_actions[0]
