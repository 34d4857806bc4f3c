# expect: timeout
# move: 0.2
import time


def act(percept):
    time.sleep(10 * 0.2)
    return percept.legal_actions[0]
