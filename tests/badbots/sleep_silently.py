# expect: fine
# move: 5
import os
import time

closed = False


def act(percept):
    global closed
    if not closed:
        closed = True
        os.close(1)
        os.close(2)
        time.sleep(0.5)
    return percept.legal_actions[0]
