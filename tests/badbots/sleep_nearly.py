# expect: fine
# move: 2
import time

slept = False


def act(percept):
    global slept
    if not slept:
        slept = True
        time.sleep(0.9 * 2)
    return percept.legal_actions[0]
